package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// world is a generated case.
type world struct {
	rows    []values
	account plan.Account
	options plan.Options
}

// groupNames are those of generated accounts; spellings are those of files, the last ones unknown.
func groupNames() []string {
	return []string{"Sales", "Équipe sud", "R, D", "it", "IT", "Twin", "Twin"}
}

func groupSpellings() []string {
	return []string{"Sales", "sales ", "E\u0301quipe  sud", `"R, D"`, "IT", "it", "Twin", "Sale", "It", "nowhere", "Nowhere"}
}

// word generates names and other values, some of them untidy.
func word() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "Ada", "ada", "Zo\u00e9", "Zoe\u0301", "O'Hara", " X\u00a0Y ", "李", "=1+1", "\"q\"", "a\nb", "(clear)", `\(clear)`}),
		rapid.StringMatching(`[A-Za-zàéïöß' -]{1,12}`),
		rapid.StringN(0, 6, 24),
	)
}

// groupCells generates cells that join, leave and replace.
func groupCells() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		names := rapid.SliceOfN(rapid.SampledFrom(groupSpellings()), 0, 3).Draw(t, "names")
		switch rapid.IntRange(0, 5).Draw(t, "how") {
		case 0:
			return "=" + strings.Join(names, ";")
		case 1:
			return "-" + strings.Join(names, ";-")
		case 2:
			return roster.ClearMarker
		}
		return strings.Join(names, ";")
	})
}

func blankOr(vs ...string) *rapid.Generator[string] {
	return rapid.SampledFrom(append(vs, make([]string, len(vs))...))
}

// drawWorld makes rows for distinct people and an account that knows some of them.
func drawWorld(t *rapid.T) world {
	w := world{
		account: plan.Account{
			Users: make(map[string]zoomapi.User), Detailed: make(map[string]bool), Complete: rapid.Bool().Draw(t, "complete"),
			Features: make(map[string]zoomapi.Features), Members: make(map[string]map[string]bool),
			Divisions:  []plan.Division{{ID: "d1", Name: "North"}, {ID: "d2", Name: "South\u00a0 "}, {ID: "d3", Name: "North"}},
			Attributes: []plan.Attribute{{Key: "k1", Name: "Badge"}, {Key: "k2", Name: "badge"}, {Key: "k3", Name: "Shoe size"}},
		},
		options: basic(),
	}
	w.options.Mode = rapid.SampledFrom([]plan.Mode{plan.ModeAuto, plan.ModeImport, plan.ModeUpdate, ""}).Draw(t, "mode")
	w.options.CreateAction = rapid.SampledFrom([]zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionAutoCreate}).Draw(t, "action")
	w.options.UserType = rapid.SampledFrom([]int{zoomapi.TypeBasic, zoomapi.TypeLicensed}).Draw(t, "type")
	w.options.LargeMeeting = rapid.SampledFrom([]int{0, 500}).Draw(t, "large")
	w.options.Tier = rapid.SampledFrom([]zoomapi.Plan{zoomapi.PlanFree, zoomapi.PlanPro, zoomapi.PlanBusiness, ""}).Draw(t, "tier")
	w.options.Share = rapid.Float64Range(0, 2).Draw(t, "share")
	w.options.MadeAt = time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "made"), 123).In(time.FixedZone("CET", 3600))
	w.options.CreateGroups = rapid.Bool().Draw(t, "create groups")
	w.options.AllowAdmins = rapid.Bool().Draw(t, "may change admins")
	w.options.InvitedToday = rapid.SampledFrom([]int{0, 45, 60, 20_000}).Draw(t, "invited today")
	w.options.AllowDelete = rapid.Bool().Draw(t, "may delete")
	w.options.GroupNames = rapid.SampledFrom([]map[string]string{nil, {"Sale": "Sales", "nowhere": "Sale"}, {"NOWHERE": "It"}}).Draw(t, "renamed")
	if rapid.Bool().Draw(t, "licences known") {
		w.account.Pools = map[plan.Licence]plan.Licences{
			plan.LicenceBase:                     {Total: rapid.Int().Draw(t, "total"), Used: rapid.Int().Draw(t, "used"), Reserved: rapid.Int().Draw(t, "reserved")},
			plan.AddOn(roster.LargeMeeting, 500): {Total: 3}, plan.AddOn(roster.Webinar, 500): {Total: 1, Used: 1}, plan.AddOn(roster.Webinar, 1000): {Total: 2},
		}
	}
	w.account.ChatGroupsUnreadable = rapid.Bool().Draw(t, "unreadable")
	contacts := rapid.Bool().Draw(t, "contacts")
	for i, name := range groupNames() {
		id := string(rune('a' + i))
		w.account.Groups = append(w.account.Groups, userGroup("g"+id, name))
		if contacts {
			w.account.Groups = append(w.account.Groups, contactGroup("c"+id, name))
			w.account.Members["c"+id] = make(map[string]bool)
		} else {
			w.account.Groups = append(w.account.Groups, imGroup("m"+id, name))
		}
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "rows") {
		key := string(rune('a'+i)) + rapid.SampledFrom([]string{"@example.com", "@Example.org", "\u00e9@example.com"}).Draw(t, "domain")
		w.rows = append(w.rows, drawRow(t, key))
		if rapid.Bool().Draw(t, "known") {
			w.drawUser(t, key, w.rows[i])
		}
	}
	return w
}

func drawRow(t *rapid.T, email string) values {
	row := values{roster.Email: email}
	for _, f := range []roster.Field{
		roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.JobTitle, roster.Location, roster.Company,
		roster.CostCenter, roster.Pronouns, roster.CustomField("Badge"), roster.CustomField("shoe SIZE"), roster.CustomField("none"),
	} {
		row[f] = word().Draw(t, string(f))
	}
	row[roster.Manager] = blankOr("a@example.com", "Ada", "b@example.org", email).Draw(t, "manager")
	row[roster.UserGroup], row[roster.ChatGroup] = groupCells().Draw(t, "groups"), groupCells().Draw(t, "chats")
	row[roster.Division] = blankOr("North", "north", "South", roster.ClearMarker, "Nort").Draw(t, "division")
	row[roster.UserType] = blankOr("basic", "Licensed", "4").Draw(t, "user type")
	row[roster.LargeMeeting] = blankOr("500", "no", "yes").Draw(t, "large meeting")
	row[roster.Webinar] = blankOr("500", "1000", "0").Draw(t, "webinar")
	row[roster.PhoneNumber] = blankOr("+33 612345678", "[Office] +1 5551234567; +33612345678", roster.ClearMarker).Draw(t, "phone")
	row[roster.Timezone] = blankOr("Europe/Paris", "asia/tokyo").Draw(t, "zone")
	row[roster.Language] = blankOr("fr-FR", "en-US").Draw(t, "language")
	row[roster.Action] = blankOr("create", "update", "deactivate", "activate", "resend", "withdraw", "delete", "unlink").Draw(t, "row action")
	row[roster.ZoomEvents] = blankOr("500", "yes", "no").Draw(t, "events")
	row[roster.TranslatedCaptions] = blankOr("yes", "no").Draw(t, "captions")
	row[roster.NewEmail] = blankOr("a@example.com", "b@example.org", "new."+email, "new@example.com", email).Draw(t, "new address")
	row[roster.TransferTo] = blankOr("a@example.com", "b@example.org", "nobody@example.com").Draw(t, "heir")
	row[roster.TransferMeetings] = blankOr("yes", "no").Draw(t, "handed over")
	return row
}

// drawUser puts somebody into the account who is more or less as the row says.
func (w *world) drawUser(t *rapid.T, email string, row values) {
	k := plan.Key(email)
	u := zoomapi.User{
		ID: "id-" + k, Email: email, FirstName: word().Draw(t, "have first"), LastName: row[roster.LastName], Department: word().Draw(t, "have dept"),
		JobTitle: word().Draw(t, "have title"), Manager: row[roster.Manager], Pronouns: row[roster.Pronouns],
		Status: rapid.SampledFrom([]string{
			zoomapi.StatusActive, zoomapi.StatusActive, zoomapi.StatusActive, zoomapi.StatusPending, zoomapi.StatusInactive,
		}).Draw(t, "status"),
		Type:        rapid.SampledFrom([]int{zoomapi.TypeBasic, zoomapi.TypeLicensed, zoomapi.TypeUnassigned, 3}).Draw(t, "have type"),
		GroupIDs:    rapid.SliceOfDistinct(rapid.SampledFrom([]string{"ga", "gb", "gc", "gg", "gone"}), rapid.ID[string]).Draw(t, "have groups"),
		DivisionIDs: rapid.SampledFrom([][]string{nil, {"d1"}, {"d2"}, {"d3"}, {"gone"}}).Draw(t, "have division"),
		RoleID:      rapid.SampledFrom([]string{"0", "1", "2", ""}).Draw(t, "role"),
	}
	if rapid.Bool().Draw(t, "has badge") {
		u.CustomAttributes = []zoomapi.CustomAttribute{{Key: "k1", Name: "Badge", Value: word().Draw(t, "badge")}}
	}
	if rapid.Bool().Draw(t, "has phone") {
		u.PhoneNumbers = []zoomapi.PhoneNumber{{Country: "FR", Code: "+33", Number: "612345678", Label: "Mobile"}}
	}
	w.account.Users[k] = u
	w.account.Detailed[k] = rapid.Bool().Draw(t, "detailed")
	if u.Type == zoomapi.TypeLicensed && u.Status == zoomapi.StatusActive && rapid.Bool().Draw(t, "features read") {
		w.account.Features[k] = zoomapi.Features{
			LargeMeeting: rapid.Bool().Draw(t, "has large"), LargeMeetingCapacity: rapid.SampledFrom([]int{0, 500, 300}).Draw(t, "capacity"),
			Webinar: rapid.Bool().Draw(t, "has webinar"), WebinarCapacity: 1000,
			ZoomEvents: rapid.Bool().Draw(t, "has events"), ZoomEventsCapacity: 500, TranslatedCaptions: rapid.Bool().Draw(t, "has captions"),
		}
	}
	for _, g := range w.account.Groups {
		if g.Kind == plan.ContactGroup && rapid.Bool().Draw(t, "member") {
			w.account.Members[g.ID][k] = true
		}
	}
}

func check(t *rapid.T, r *roster.Roster, p *plan.Plan) {
	for _, fault := range faults(r, p) {
		t.Error(fault)
	}
}

// TestPropertyAccounts: whatever rows and account are, every row is accounted for once, also rows that repeat an address.
func TestPropertyAccounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		if len(w.rows) > 0 {
			w.rows = append(w.rows, rapid.SliceOfN(rapid.SampledFrom(w.rows), 0, 4).Draw(t, "repeated")...)
			w.rows = append(w.rows, rapid.SliceOfN(rapid.Just(values{roster.FirstName: "X"}), 0, 1).Draw(t, "without address")...)
		}
		r := rosterOf(w.rows...)
		check(t, r, plan.Build(r, w.account, w.options))
	})
}

// TestPropertyShuffle: the order of the rows changes neither the digest nor what becomes of anybody.
func TestPropertyShuffle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		shuffled := rapid.Permutation(w.rows).Draw(t, "shuffled")
		reverse := func() {
			slices.Reverse(w.account.Groups)
			slices.Reverse(w.account.Divisions)
			slices.Reverse(w.account.Attributes)
		}
		reverse()
		p := plan.Build(rosterOf(w.rows...), w.account, w.options)
		reverse()
		q := plan.Build(rosterOf(shuffled...), w.account, w.options)
		if p.Digest != q.Digest {
			t.Errorf("digest depends on the order of rows")
		}
		for _, d := range []string{
			cmp.Diff(p.Counts, q.Counts), cmp.Diff(p.Cost, q.Cost), cmp.Diff(p.Seats, q.Seats), cmp.Diff(p.NewGroups, q.NewGroups),
			cmp.Diff(p.Divisions, q.Divisions), cmp.Diff(p.Attributes, q.Attributes),
		} {
			if d != "" {
				t.Errorf("the plan depends on the order of rows (-file +shuffled):\n%s", d)
			}
		}
	})
}

// TestPropertyApplied: once a plan is applied, planning the same file again finds nothing to do but to send invitations
// again that are to be sent again.
func TestPropertyApplied(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		r := rosterOf(w.rows...)
		p := plan.Build(r, w.account, w.options)
		check(t, r, p)
		after, options := apply(w.account, p), w.options
		again := plan.Build(r, after, options)
		check(t, r, again)
		for i, c := range p.Changes {
			got := again.Changes[i]
			if row := r.Rows[i]; c.Verdict == plan.VerdictInvalid && (row.Has(roster.NewEmail) || row.Has(roster.TransferTo)) {
				// Somebody whom another row added or moved may make it right now.
				continue
			}
			if got.Action != plan.ActionNone && (c.Action != plan.ActionResend || got.Action != plan.ActionResend) {
				t.Errorf("row %d was %s and is %s: %+v", c.Row, c.Verdict, got.Verdict, got)
			}
			if c.Action == plan.ActionUpdate && got.Verdict != plan.VerdictUnchanged {
				t.Errorf("row %d was updated and is %s: %+v", c.Row, got.Verdict, got)
			}
		}
		if p.Writes() == again.Writes() && p.Digest == again.Digest && p.Counts.Resend == 0 && p.Writes() {
			t.Error("the digest is the one from before")
		}
	})
}

// TestPropertySeats: the seats are those by which the people's licences differ before and after.
func TestPropertySeats(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		r := rosterOf(w.rows...)
		for k := range w.account.Users {
			w.account.Detailed[k] = true
			if _, read := w.account.Features[k]; !read {
				w.account.Features[k] = zoomapi.Features{}
			}
		}
		p := plan.Build(r, w.account, w.options)
		before, after := licencesOf(w.account), licencesOf(apply(w.account, p))
		want := make(map[plan.Licence]int)
		for l, n := range after {
			want[l] += n
		}
		for l, n := range before {
			want[l] -= n
		}
		for _, s := range p.Seats {
			if s.Needed-s.Freed != want[s.Licence] {
				t.Errorf("%s: %d needed, %d freed, want a difference of %d", s.Licence, s.Needed, s.Freed, want[s.Licence])
			}
			delete(want, s.Licence)
		}
		for l, n := range want {
			if n != 0 {
				t.Errorf("%s: %d more, and no seats are counted", l, n)
			}
		}
	})
}

// licencesOf counts who holds what, or has it reserved.
func licencesOf(a plan.Account) map[plan.Licence]int {
	out := make(map[plan.Licence]int)
	for k, u := range a.Users {
		if u.Status == zoomapi.StatusInactive {
			continue
		}
		if u.Type == zoomapi.TypeLicensed {
			out[plan.LicenceBase]++
		}
		f := a.Features[k]
		if f.LargeMeeting && f.LargeMeetingCapacity > 0 {
			out[plan.AddOn(roster.LargeMeeting, f.LargeMeetingCapacity)]++
		}
		if f.Webinar && f.WebinarCapacity > 0 {
			out[plan.AddOn(roster.Webinar, f.WebinarCapacity)]++
		}
		if f.ZoomEvents && f.ZoomEventsCapacity > 0 {
			out[plan.AddOn(roster.ZoomEvents, f.ZoomEventsCapacity)]++
		}
	}
	return out
}

// TestPropertyStored: a plan comes back from storage as it was.
func TestPropertyStored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		r := rosterOf(w.rows...)
		r.Issues = []roster.Issue{} // as some readers leave it
		p := plan.Build(r, w.account, w.options)
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back plan.Plan
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, &back); diff != "" {
			t.Errorf("plan mismatch (-made +stored):\n%s", diff)
		}
		// Identical, not only the same instant.
		if p.MadeAt != back.MadeAt {
			t.Errorf("made at %#v, stored %#v", p.MadeAt, back.MadeAt)
		}
	})
}

// TestPropertyArguments: Build leaves its arguments as they are.
func TestPropertyArguments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		r := rosterOf(w.rows...)
		r.Issues = make([]roster.Issue, 1, 20)
		snapshot := func() string {
			return fmt.Sprintf("%+v", []any{r.Rows, r.Issues[:20], r.Columns, w.account, w.options})
		}
		before := snapshot()
		p := plan.Build(r, w.account, w.options)
		for i := range p.Changes {
			p.Changes[i].Key = "x"
			clear(p.Changes[i].Fields)
			clear(p.Changes[i].Groups)
		}
		if diff := cmp.Diff(before, snapshot()); diff != "" {
			t.Errorf("arguments changed (-before +after):\n%s", diff)
		}
	})
}
