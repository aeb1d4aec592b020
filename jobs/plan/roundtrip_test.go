package plan_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// hostile generates what nobody wants in a profile and what may be there all the same.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "Ada", "(clear)", `\(clear)`, `\\(Clear)`, "（clear）", "=1+1", "'=1+1", "'", "''x", "+33 6", "-", "--", "@home", "#REF!", "###",
			"1.2E+5", "Ã©tudes", "a\ufffdb", "a\nb", "a\r\nb@example.com,B,C\r\nc@example.com,D,E\r\n", `"`, `""`, `"a`, `a"b`, ";", "a;b,c|d\te",
			" pad ", "\u00a0x\u00a0", "\u200b", "x\u200dy", "e\u0301", "\u0301x", "＝1", "０", "0", "yes", "no", "basic", "Licensed", "\x00", "\a",
			"=A; -B", "+A", "-A", `"Sales", EMEA`, "六個中文字符串", "Europe/Paris", "fr-FR", "deactivate", "\u2028", "\r", "\t", "a\u0338",
			"person@example.com", "no@no", "Total", "sep=;", "\ufeffx", "İı", "ΟΔΟΣ", "ﬁ", "Å", "\u202ex", "Email", strings.Repeat("long ", 80),
		}),
		rapid.String(),
		rapid.StringOfN(rapid.RuneFrom([]rune(`;,"'=+-@()\ `+"\n\t\u00a0\u0301aB")), 1, 6, -1),
	)
}

// drawAccount makes an account whose every value is hostile.
func drawAccount(t *rapid.T) plan.Account {
	a := accountOf()
	a.Features = make(map[string]zoomapi.Features)
	a.Members = make(map[string]map[string]bool)
	a.AttributesListed = rapid.Bool().Draw(t, "attributes listed")
	a.Complete = rapid.Bool().Draw(t, "complete")
	contacts := rapid.Bool().Draw(t, "contacts")
	var ids []string
	for i := range rapid.IntRange(0, 5).Draw(t, "groups") {
		id := strconv.Itoa(i)
		ids = append(ids, id)
		name := hostile().Draw(t, "group")
		a.Groups = append(a.Groups, userGroup(id, name))
		if contacts {
			a.Groups = append(a.Groups, contactGroup(id, name))
			a.Members[id] = make(map[string]bool)
		} else {
			a.Groups = append(a.Groups, imGroup(id, name))
		}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "divisions") {
		a.Divisions = append(a.Divisions, plan.Division{ID: strconv.Itoa(i), Name: hostile().Draw(t, "division")})
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "attributes") {
		a.Attributes = append(a.Attributes, plan.Attribute{Key: strconv.Itoa(i), Name: hostile().Draw(t, "attribute")})
	}
	if rapid.Bool().Draw(t, "pools") {
		a.Pools = map[plan.Licence]plan.Licences{plan.LicenceBase: {Total: 9}, plan.AddOn(roster.Webinar, 500): {Total: 1}}
	}
	some := func(label string) []string {
		if len(ids) == 0 {
			return nil
		}
		return rapid.SliceOfDistinct(rapid.SampledFrom(append(ids, "gone")), rapid.ID[string]).Draw(t, label)
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "people") {
		value := func(f roster.Field) string { return hostile().Draw(t, string(f)) }
		email := rapid.SampledFrom([]string{"%d@example.com", "P%d@Example.com", "no address %d", "zoe\u0301%d@example.com", "=%d@example.com", "%d@gmial.com"}).Draw(t, "email")
		email = fmt.Sprintf(email, i)
		key := plan.Key(email)
		u := zoomapi.User{
			ID: strconv.Itoa(i), Email: email, FirstName: value(roster.FirstName), LastName: value(roster.LastName), DisplayName: value(roster.DisplayName),
			Department: value(roster.Department), JobTitle: value(roster.JobTitle), Location: value(roster.Location), Company: value(roster.Company),
			Manager: value(roster.Manager), CostCenter: value(roster.CostCenter), Language: value(roster.Language), Timezone: value(roster.Timezone),
			Pronouns: value(roster.Pronouns), GroupIDs: some("user groups"), Type: rapid.SampledFrom([]int{0, 1, 2, 3, 4, 99, 7}).Draw(t, "type"),
			Status:      rapid.SampledFrom([]string{zoomapi.StatusActive, zoomapi.StatusActive, zoomapi.StatusPending, zoomapi.StatusInactive}).Draw(t, "status"),
			DivisionIDs: rapid.SampledFrom([][]string{nil, {"0"}, {"1"}, {"2"}, {"gone"}}).Draw(t, "division"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "phones") {
			u.PhoneNumbers = append(u.PhoneNumbers, zoomapi.PhoneNumber{
				Country: blankOr("FR", "US", "GB", "XX").Draw(t, "country"), Code: blankOr("+33", "+1", "44", "x").Draw(t, "code"),
				Number: rapid.OneOf(rapid.SampledFrom([]string{"612345678", "6 12 34 56 78", "5551234567"}), hostile()).Draw(t, "number"),
				Label:  rapid.OneOf(blankOr("Mobile", "Office", "Fax"), hostile()).Draw(t, "label"),
			})
		}
		for _, at := range a.Attributes {
			if rapid.Bool().Draw(t, "has attribute") {
				u.CustomAttributes = append(u.CustomAttributes, zoomapi.CustomAttribute{Key: at.Key, Name: at.Name, Value: hostile().Draw(t, "value")})
			}
		}
		if rapid.Bool().Draw(t, "features read") {
			a.Features[key] = zoomapi.Features{
				LargeMeeting: rapid.Bool().Draw(t, "large"), LargeMeetingCapacity: rapid.SampledFrom([]int{0, 300, 500}).Draw(t, "large capacity"),
				Webinar: rapid.Bool().Draw(t, "webinar"), WebinarCapacity: rapid.SampledFrom([]int{0, 500, 77}).Draw(t, "webinar capacity"),
			}
		}
		for _, id := range some("chat groups") {
			if contacts && a.Members[id] != nil {
				a.Members[id][key] = true
			} else {
				u.IMGroupIDs = append(u.IMGroupIDs, id)
			}
		}
		a.Users[key], a.Detailed[key] = u, rapid.Bool().Draw(t, "detailed")
	}
	return a
}

// exported writes an account as an export does.
func exported(tb interface{ Fatal(args ...any) }, a plan.Account, language string, o roster.WriteOptions) []byte {
	fields := []roster.Field{
		roster.Email, roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.Manager, roster.UserGroup, roster.ChatGroup,
		roster.JobTitle, roster.Location, roster.Company, roster.CostCenter, roster.PhoneNumber, roster.UserType, roster.LargeMeeting,
		roster.Webinar, roster.Language, roster.Timezone, roster.Pronouns, roster.Division,
	}
	named := make(map[roster.Field]bool)
	for _, at := range a.Attributes {
		f := roster.CustomField(at.Name)
		if _, ok := f.Custom(); ok && !named[f] {
			named[f] = true
			fields = append(fields, f)
		}
	}
	header := make([]string, len(fields))
	for i, f := range fields {
		header[i] = roster.HeaderName(f, language)
	}
	var records [][]string
	for _, key := range slices.Sorted(maps.Keys(a.Users)) {
		u := a.Users[key]
		record := make([]string, len(fields))
		for i, f := range fields {
			if cell, read := a.Cell(&u, f); read {
				record[i] = roster.EscapeCell(f, cell)
			}
		}
		records = append(records, record)
	}
	var b bytes.Buffer
	if err := roster.Write(&b, header, records, o); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestPropertyRoundTrip: an account that is exported and posted back plans nothing and finds no errors, whatever is in it.
func TestPropertyRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := drawAccount(t)
		data := exported(t, a, rapid.SampledFrom([]string{"en", "fr", "ja"}).Draw(t, "language"), roster.WriteOptions{
			BOM: true, FormulaSafe: rapid.Bool().Draw(t, "safe"), Delimiter: rapid.SampledFrom([]rune{0, ';'}).Draw(t, "delimiter"),
		})
		r, err := roster.Read(data, roster.Options{Required: []roster.Field{roster.Email}})
		if err != nil {
			t.Fatalf("read %q: %v", data, err)
		}
		o := basic()
		o.Mode = rapid.SampledFrom([]plan.Mode{plan.ModeUpdate, plan.ModeAuto}).Draw(t, "mode")
		p := plan.Build(r, a, o)
		check(t, r, p)
		if p.Counts.Rows != len(a.Users) || p.Counts.Unchanged+p.Counts.Pending+p.Counts.Inactive != p.Counts.Rows {
			t.Errorf("the file is not what the account has: %+v", p.Counts)
		}
		for _, c := range p.Changes {
			if c.Action != plan.ActionNone {
				t.Errorf("row %d would change: %+v", c.Row, c)
			}
		}
		for _, is := range p.Issues {
			if is.Severity == roster.Error || (is.Row > 0 && is.Severity != roster.Note) {
				t.Errorf("%v %q %v", is, is.Value, is.Params)
			}
		}
		if t.Failed() {
			t.Logf("file:\n%s", data)
		}
	})
}
