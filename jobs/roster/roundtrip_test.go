package roster_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// hostileText draws what accounts hold at their worst.
func hostileText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"", " ", "(clear)", "(CLEAR)", "（clear）", `\(clear)`, `\\(clear)`, `\`, "=1+1", "=HYPERLINK(\"x\")", "+33 612345678", "-", "@SUM(A1)",
			"'", "''", "'=1", "'06", `"`, `""`, `","`, ";", ",", "\t", "|", "\n", "\r", "\r\n", "\v", "\f", "\x00", "\x07", "\x1b$B", "\x7f",
			"\u0085", "\u2028", "\u2029", "\u00a0", "\u3000", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202e", "\u2066", "\ufeff", "\u00ad",
			"\u037e", "\u0301", "e\u0301", "\uff1d1", "\uff0b", "\uff08", "\uff09", "\ufffd", "Ã©", "é", "中文", "日本語テスト", "ß", "𝔘", "👩\u200d👩\u200d👧", "ﬁ", "\U000e0001",
			"A; B", "+A; -B", "=A", `"A; B"`, "#REF!", "#N/A", "3.36E+10", "sep=;", "Total", "Total: 3", "合計", "null", "NULL", "TRUE", "1e9", "0033612345678",
			"Email;First Name;Last Name;Department;Manager;User Group;Job Title;Location", "Email|First Name|Last Name|Department|Manager|Company",
			"Email\tFirst Name\tLast Name\tDepartment\tManager\tCompany", "Email,First Name,Last Name,Department,Manager,Company", "x@localhost", "a@example.com",
			"\na@example.com,Ann,Lee\n", "\nother@example.com;x;y;z\n", "<script>", "%PDF-1.7", "PK\x03\x04", "{", "[Mobile] +33 612345678", "[Office] +1 4165550123 (CA)",
			"licensed", "Licensed", "basic", "500", "yes", "no", "0", "1", "99", "none", "update", "fr-FR", "pt-br", "Europe/Paris", "europe/paris", "Asia/Calcutta",
			strings.Repeat("x", 300), strings.Repeat("é\n", 200), strings.Repeat("\"", 99),
		}),
		rapid.StringN(0, 12, -1),
		rapid.StringMatching(`['=+\-@\t ,;"\\(]{0,4}[a-zé中]{0,4}`),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.ToValidUTF8(strings.Join(rapid.SliceOfN(piece, 0, 4).Draw(t, "pieces"), ""), "?")
	})
}

// accountValue draws what an account may hold in a field, as an export has it
// before it is escaped.
func accountValue(f roster.Field) *rapid.Generator[string] {
	switch f { //nolint:exhaustive // The others are text.
	case roster.UserGroup, roster.ChatGroup:
		return rapid.Map(rapid.SliceOfN(hostileText(), 0, 4), roster.JoinGroups)
	case roster.PhoneNumber:
		phone := rapid.Custom(func(t *rapid.T) roster.Phone {
			if rapid.Bool().Draw(t, "hostile") {
				return roster.Phone{
					Country: hostileText().Draw(t, "country"), Code: hostileText().Draw(t, "code"),
					Number: hostileText().Draw(t, "number"), Label: hostileText().Draw(t, "label"),
				}
			}
			return tamePhone().Draw(t, "phone")
		})
		return rapid.Map(rapid.SliceOfN(phone, 0, 4), roster.FormatPhones)
	}
	return hostileText()
}

func tamePhone() *rapid.Generator[roster.Phone] {
	return rapid.Custom(func(t *rapid.T) roster.Phone {
		at := rapid.SampledFrom([][2]string{{"FR", "+33"}, {"US", "+1"}, {"CA", "+1"}, {"IT", "+39"}, {"VA", "+39"}, {"RU", "+7"}, {"KZ", "+7"}, {"AR", "+54"}, {"BR", "+55"}, {"MX", "+52"}, {"JP", "+81"}, {"DE", "+49"}, {"GG", "+44"}}).Draw(t, "country")
		return roster.Phone{
			Country: at[0], Code: at[1], Number: rapid.StringMatching(`[0-9]{6,11}`).Draw(t, "number"),
			Label: rapid.SampledFrom([]string{"Mobile", "Office", "Home", "Fax"}).Draw(t, "label"),
		}
	})
}

// TestExportReadsBack writes accounts of any content and reads them as an
// update: every value is what the account has, and nobody is lost.
func TestExportReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SliceOfDistinct(rapid.SampledFrom(headerFields()[1:]), rapid.ID[roster.Field]).Draw(t, "fields")
		for _, name := range rapid.SliceOfN(hostileText(), 0, 3).Draw(t, "attributes") {
			if f := roster.CustomField(name); strings.TrimPrefix(string(f), "custom:") != "" && !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
		fields = append([]roster.Field{roster.Email}, fields...)
		language := rapid.SampledFrom(roster.Languages()).Draw(t, "language")
		header := make([]string, len(fields))
		for i, f := range fields {
			header[i] = roster.HeaderName(f, language)
		}
		n := rapid.IntRange(1, 15).Draw(t, "people")
		values, records := make([][]string, n), make([][]string, n)
		for i := range n {
			address := fmt.Sprintf("person.%d@%s", i, rapid.SampledFrom([]string{"example.com", "example.org", "localhost", "exämple.org"}).Draw(t, "domain"))
			values[i], records[i] = []string{address}, []string{address}
			for _, f := range fields[1:] {
				v := accountValue(f).Draw(t, string(f))
				values[i], records[i] = append(values[i], v), append(records[i], roster.EscapeCell(f, v))
			}
		}
		opts := roster.WriteOptions{
			BOM: true, FormulaSafe: true, Delimiter: rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "delimiter"),
		}
		var b bytes.Buffer
		if err := roster.Write(&b, header, records, opts); err != nil {
			t.Fatal(err)
		}
		r, err := roster.Read(b.Bytes(), roster.Options{Required: []roster.Field{roster.Email}, MaxBytes: 1 << 30})
		if err != nil {
			t.Fatalf("Read: %v", err)
		}
		if diff := cmp.Diff(fields, r.Fields()); diff != "" {
			t.Fatalf("fields mismatch (-want +got):\n%s", diff)
		}
		if len(r.Rows) != n {
			t.Fatalf("Read gave %d rows, want %d", len(r.Rows), n)
		}
		for i, row := range r.Rows {
			for j, f := range fields {
				if got, want := row.Get(f), roster.Clean(f, values[i][j]); got != want || row.Clears(f) {
					t.Fatalf("row %d: Get(%s) = %q, Clears %v, want %q", i+1, f, got, row.Clears(f), want)
				}
			}
		}
		for _, is := range r.Issues {
			if is.Row > 0 && is.Severity == roster.Error && is.Field == "" {
				t.Fatalf("issue %v names no field", is)
			}
		}
	})
}

// TestCleanIsStable cleans values of any field twice.
func TestCleanIsStable(t *testing.T) {
	t.Parallel()
	fields := append(headerFields(), roster.CustomField("x"))
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(fields).Draw(t, "field")
		once := roster.Clean(f, rapid.OneOf(hostileText(), accountValue(f)).Draw(t, "value"))
		if twice := roster.Clean(f, once); twice != once {
			t.Fatalf("Clean(%s, %q) = %q, want no change the second time", f, once, twice)
		}
	})
}

// TestGroupsOfAccountReadBack joins the names of groups of any kind as an
// export does.
func TestGroupsOfAccountReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(hostileText(), 0, 5).Draw(t, "names")
		var want []string
		for _, n := range names {
			n = roster.Clean(roster.UserGroup, n)
			if n != "" && !slices.ContainsFunc(want, func(s string) bool { return strings.EqualFold(s, n) }) {
				want = append(want, n)
			}
		}
		cell := roster.EscapeCell(roster.UserGroup, roster.JoinGroups(names))
		row := roster.NewRow(2, 1, map[roster.Field]string{roster.UserGroup: cell})
		e, _ := row.GroupEdit(roster.UserGroup)
		if diff := cmp.Diff(roster.GroupEdit{Join: want}, e); diff != "" {
			t.Fatalf("edit of %q mismatch (-want +got):\n%s", cell, diff)
		}
	})
}

// TestPhonesReadBack formats numbers and parses them.
func TestPhonesReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		phones := rapid.SliceOfN(tamePhone(), 0, 3).Draw(t, "phones")
		cell := roster.FormatPhones(phones)
		got, err := roster.ParsePhones(cell)
		if err != nil {
			t.Skip("no possible number") // of random digits many are none
		}
		again, err := roster.ParsePhones(roster.FormatPhones(got))
		if err != nil {
			t.Fatalf("ParsePhones(%q): %v", roster.FormatPhones(got), err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("phones mismatch (-want +got):\n%s", diff)
		}
		for i, p := range got {
			want := phones[i]
			if p.Country != want.Country || p.Code != want.Code || p.Label != want.Label || !strings.HasSuffix(want.Number, p.Number) {
				t.Fatalf("ParsePhones(%q)[%d] = %+v, want %+v", cell, i, p, want)
			}
		}
	})
}
