package jobs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// hostile are texts that files, spreadsheets and readers take for something else.
func hostile() []string {
	return []string{
		"", " ", "Ann", "=1+1", "+49 30 1234", "-2", "@SUM(A1)", "'=1", "''x", "'", "\t=1", "=cmd|' /C calc'!A0", `say "hi"`, `"quoted"`, `a""b`,
		"a;b", "a,b", "a|b", "a\tb", "line\nbreak", "line\r\nbreak", "\nfirst", "nul\x00nul", "\x07bell", "\u202eRTL", "שלום", "مرحبا بالعالم",
		"(clear)", `\(clear)`, `\\(Clear)`, "（clear）", " (clear) ", "#REF!", "#N/A", "###", "1E+10", "3.36E+10", "TRUE", "2026-01-31", "00123",
		"no\u00a0break", "zero\u200bwidth", "\ufeffbom", "e\u0301", "é", "ＦＵＬＬ", "全角　文字", "山田太郎次郎三郎四郎五郎六郎", "emoji 👩‍👩‍👧", "\ufffd", "Ã©tÃ©",
		"none", "Off", "yes", "n/a", "-", "0", "null", "Total", "sep=;", "Email", strings.Repeat("x", 5000), strings.Repeat("長", 300),
		"ann@example.com", "<script>", "%s%n", "a\\", "\\", "a\u2028b", "a\u0085b", "\u00ad", "tel:+1", "Sales", "sales", "SALES ",
	}
}

func hostileText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 5).Draw(t, "kind of text") {
		case 0:
			return ""
		case 1:
			return strings.ToValidUTF8(rapid.String().Draw(t, "text"), "")
		case 2:
			return rapid.SampledFrom(hostile()).Draw(t, "one") + rapid.SampledFrom(hostile()).Draw(t, "another")
		}
		return rapid.SampledFrom(hostile()).Draw(t, "one")
	})
}

// groupName is a name that a group may have; Zoom has none without a name.
func groupName() *rapid.Generator[string] {
	signs := []string{"+Sales", "-Sales", "=Sales", "(clear)", `"Sales"`, "A; B", "A, B", "+", "-", "=", "A\nB", "Sales", "sales", "Sales ", "Paris", "Ｓａｌｅｓ", `\x`}
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "sign") {
			return rapid.SampledFrom(signs).Draw(t, "name")
		}
		return hostileText().Filter(func(s string) bool { return strings.TrimSpace(s) != "" }).Draw(t, "name")
	})
}

// hostileAccount makes an account in which every text is whatever people, other programs and attackers have put there.
func hostileAccount(t *rapid.T) *memory {
	m := &memory{
		features: map[string]zoomapi.Features{}, members: map[string][]zoomapi.ContactMember{}, migrated: rapid.Bool().Draw(t, "migrated"),
		roles: []zoomapi.Role{{ID: "0", Name: "Owner"}, {ID: "1", Name: "=Admin"}, {ID: "2", Name: "Member"}},
	}
	text := hostileText()
	names := rapid.SliceOfN(groupName(), 0, 4)
	for i, name := range names.Draw(t, "groups") {
		m.groups = append(m.groups, zoomapi.Group{ID: fmt.Sprintf("g%d", i), Name: name})
	}
	for i, name := range names.Draw(t, "chat groups") {
		m.ims = append(m.ims, zoomapi.Group{ID: fmt.Sprintf("i%d", i), Name: name})
		m.contacts = append(m.contacts, zoomapi.ContactGroup{ID: fmt.Sprintf("c%d", i), Name: name})
	}
	for i, name := range names.Draw(t, "divisions") {
		m.divisions = append(m.divisions, zoomapi.Division{ID: fmt.Sprintf("d%d", i), Name: name})
	}
	attributes := rapid.SliceOfNDistinct(text, 0, 3, rapid.ID[string]).Draw(t, "attributes")
	some := func(prefix string, n int) []string {
		var out []string
		for i := range n {
			if rapid.Bool().Draw(t, prefix) {
				out = append(out, fmt.Sprintf("%s%d", prefix, i))
			}
		}
		return out
	}
	for i := range rapid.IntRange(1, 13).Draw(t, "people") {
		u := zoomapi.User{
			ID: fmt.Sprintf("id%02d", i),
			Email: fmt.Sprintf(rapid.SampledFrom([]string{
				"ann%d@example.com", "Ann.Lee%d@Example.com", "o'neil+x%d@example.org", "-x%d@example.com", "=x%d@example.com", "+x%d@example.com",
				"'x%d@example.com", "ann%d@exmaple.com", "x%d@bücher.example",
			}).Draw(t, "address"), i),
			FirstName: text.Draw(t, "first"), LastName: text.Draw(t, "last"), DisplayName: text.Draw(t, "display"),
			Type:       rapid.SampledFrom([]int{1, 2, 4, 99, 3}).Draw(t, "type"),
			Status:     rapid.SampledFrom([]string{"active", "active", "active", "inactive", "pending"}).Draw(t, "status"),
			Department: text.Draw(t, "department"), JobTitle: text.Draw(t, "title"), Location: text.Draw(t, "location"),
			Company: text.Draw(t, "company"), Manager: text.Draw(t, "manager"), CostCenter: text.Draw(t, "cost center"),
			Language: rapid.OneOf(rapid.SampledFrom([]string{"", "en-US", "fr-FR", "jp-JP", "xx-XX"}), text).Draw(t, "language"),
			Timezone: rapid.OneOf(rapid.SampledFrom([]string{"", "Europe/Paris", "Asia/Tokyo", "Mars/Base"}), text).Draw(t, "zone"),
			Pronouns: text.Draw(t, "pronouns"), RoleID: rapid.SampledFrom([]string{"0", "1", "2", "Rx"}).Draw(t, "role"),
			GroupIDs: some("g", len(m.groups)+1), DivisionIDs: some("d", min(1, len(m.divisions))),
			LastLoginTime: rapid.SampledFrom([]string{"", "2026-01-02T03:04:05Z", "yesterday"}).Draw(t, "login"),
			UserCreatedAt: rapid.SampledFrom([]string{"", "2025-01-02T03:04:05Z"}).Draw(t, "created"),
			PMI:           rapid.SampledFrom([]int64{0, 1234567890}).Draw(t, "pmi"), EmployeeUniqueID: text.Draw(t, "employee"),
			LastClientVersion: text.Draw(t, "client"), LoginTypes: []int{1, 100, 7},
		}
		if rapid.Bool().Draw(t, "backwards") {
			slices.Reverse(u.GroupIDs)
		}
		if m.migrated {
			for _, id := range some("c", len(m.contacts)) {
				m.members[id] = append(m.members[id], zoomapi.ContactMember{Type: zoomapi.ContactUser, ID: u.ID})
			}
		} else {
			u.IMGroupIDs = some("i", len(m.ims)+1)
		}
		for range rapid.IntRange(0, 3).Draw(t, "phones") {
			u.PhoneNumbers = append(u.PhoneNumbers, zoomapi.PhoneNumber{
				Country: rapid.OneOf(rapid.SampledFrom([]string{"FR", "US", "CA", "JP", ""}), text).Draw(t, "country"),
				Code:    rapid.OneOf(rapid.SampledFrom([]string{"+33", "+1", "+81", "33", ""}), text).Draw(t, "code"),
				Number:  rapid.OneOf(rapid.SampledFrom([]string{"612345678", "0612345678", "5551234567", "06 12 34", ""}), text).Draw(t, "number"),
				Label:   rapid.OneOf(rapid.SampledFrom([]string{"Mobile", "Office", "Home", "Fax", ""}), text).Draw(t, "label"),
			})
		}
		for n, name := range attributes {
			if rapid.Bool().Draw(t, "has attribute") {
				u.CustomAttributes = append(u.CustomAttributes, zoomapi.CustomAttribute{
					Key: fmt.Sprintf("cbf_%d", n), Name: name, Value: text.Draw(t, "attribute"),
				})
			}
		}
		if u.Type == zoomapi.TypeLicensed {
			m.features[u.Email] = zoomapi.Features{
				LargeMeeting: rapid.Bool().Draw(t, "large"), LargeMeetingCapacity: rapid.SampledFrom([]int{0, 500, 750}).Draw(t, "size"),
				Webinar: rapid.Bool().Draw(t, "webinar"), WebinarCapacity: rapid.SampledFrom([]int{0, 500, 1000}).Draw(t, "seats"),
			}
		}
		m.users = append(m.users, u)
	}
	return m
}

// TestRoundTrip: what an export wrote, posted as an update, changes nothing and has no errors, whatever is in the account,
// with whatever columns and in every language.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := hostileAccount(t)
		language := rapid.SampledFrom(roster.Languages()).Draw(t, "language")
		all := jobs.AllColumns()
		columns := rapid.SampledFrom([][]roster.Field{nil, all, all, jobs.MinimalColumns()}).Draw(t, "columns")
		if rapid.IntRange(0, 3).Draw(t, "own columns") == 0 {
			columns = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 8, rapid.ID[roster.Field]).Draw(t, "picked")
		}
		roundTrip(t, m, jobs.Query{Statuses: []string{"active", "inactive", "pending"}, Columns: columns}, language)
	})
}

func roundTrip(t *rapid.T, m *memory, q jobs.Query, language string) {
	t.Helper()
	clock := newClock()
	queue := &taskList{clock: clock}
	svc := jobs.New(jobs.Options{
		Store: newTwin(clock.Now), Queue: queue, Directory: m, Front: &front{}, Now: clock.Now, AccountID: "acc",
		Limits: roster.Options{MaxBytes: 100 << 20},
	})
	queue.work = svc.Work
	ctx := t.Context()
	j, _, err := svc.SubmitExport(ctx, jobs.Submission{
		Key: uuid.NewString(), Requester: jobs.Actor{ID: "U1", Locale: language},
	}, q)
	if err != nil {
		t.Fatal(err)
	}
	queue.drain(ctx)
	if j, err = svc.Get(ctx, j.ID); err != nil || j.State != jobs.StateDone || j.Exported.People != len(m.users) {
		t.Fatalf("export is %s (%+v) with %+v, error %v; want everybody", j.State, j.Reason, j.Exported, err)
	}
	data, err := svc.ExportData(ctx, j.ID)
	if err != nil {
		t.Fatal(err)
	}
	u, _, err := svc.Submit(ctx, jobs.Submission{Key: uuid.NewString(), Kind: jobs.KindUpdate, Requester: jobs.Actor{ID: "U1"}, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	queue.drain(ctx)
	if u, err = svc.Get(ctx, u.ID); err != nil || u.Plan == nil {
		t.Fatalf("update is %s (%+v), error %v\n%q", u.State, u.Reason, err, data)
	}
	p, err := svc.Plan(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if p.Writes() || u.State != jobs.StateNoChanges || p.Counts.Rows != len(m.users) || u.Plan.Errors > 0 {
		t.Fatalf("update is %s with %d errors, want no changes for %d people:\n%s\nfile: %q", u.State, u.Plan.Errors, len(m.users), p.Text(), data)
	}
	if p.Counts.Invalid != 0 || p.Counts.Absent != 0 {
		t.Fatalf("counts %+v, want neither invalid nor absent rows\n%s", p.Counts, p.Text())
	}
}
