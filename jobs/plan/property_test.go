package plan_test

import (
	"encoding/json"
	"maps"
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
func groupNames() []string { return []string{"Sales", "Équipe sud", "R, D", "it", "IT"} }

func groupSpellings() []string {
	return []string{"Sales", "sales ", "E\u0301quipe  sud", `"R, D"`, "IT", "it", "Sale", "It", "nowhere"}
}

// word generates names and other values, some of them untidy.
func word() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "Ada", "ada", "Zo\u00e9", "Zoe\u0301", "O'Hara", " X\u00a0Y ", "李", "=1+1", "\"q\"", "a\nb"}),
		rapid.StringMatching(`[A-Za-zàéïöß' -]{1,12}`),
		rapid.StringN(0, 6, 24),
	)
}

// drawWorld makes rows for distinct people and an account that knows some of them.
func drawWorld(t *rapid.T, known bool) world {
	w := world{
		account: plan.Account{Users: make(map[string]zoomapi.User), Detailed: make(map[string]bool), Complete: rapid.Bool().Draw(t, "complete")},
		options: basic(),
	}
	w.options.CreateAction = rapid.SampledFrom([]zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionAutoCreate}).Draw(t, "action")
	w.options.UserType = rapid.SampledFrom([]int{zoomapi.TypeBasic, zoomapi.TypeLicensed}).Draw(t, "type")
	w.options.Tier = rapid.SampledFrom([]zoomapi.Plan{zoomapi.PlanFree, zoomapi.PlanPro, zoomapi.PlanBusiness, ""}).Draw(t, "tier")
	w.options.Share = rapid.Float64Range(0, 2).Draw(t, "share")
	w.options.MadeAt = time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "made"), 123).In(time.FixedZone("CET", 3600))
	w.account.Licences = plan.Licences{
		Known: rapid.Bool().Draw(t, "licences known"), Total: rapid.Int().Draw(t, "total"), Used: rapid.Int().Draw(t, "used"),
		Reserved: rapid.Int().Draw(t, "reserved"),
	}
	w.account.ChatGroupsUnreadable = rapid.Bool().Draw(t, "unreadable")
	for i, name := range groupNames() {
		id := string(rune('a' + i))
		w.account.Groups = append(w.account.Groups, userGroup("g"+id, name), imGroup("m"+id, name))
	}
	n := rapid.IntRange(0, 12).Draw(t, "rows")
	groups := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(groupSpellings()), 0, 3), func(names []string) string { return strings.Join(names, ";") })
	for i := range n {
		key := string(rune('a'+i)) + rapid.SampledFrom([]string{"@example.com", "@Example.org", "\u00e9@example.com"}).Draw(t, "domain")
		row := values{roster.Email: key}
		for _, f := range []roster.Field{
			roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.JobTitle, roster.Location, roster.Company,
		} {
			row[f] = word().Draw(t, string(f))
		}
		row[roster.Manager] = rapid.SampledFrom([]string{"", "a@example.com", "Ada", "b@example.org", key}).Draw(t, "manager")
		row[roster.UserGroup], row[roster.ChatGroup] = groups.Draw(t, "groups"), groups.Draw(t, "chats")
		w.rows = append(w.rows, row)
		if known && rapid.Bool().Draw(t, "known") {
			k := plan.Key(key)
			w.account.Users[k] = zoomapi.User{
				Email: key, FirstName: word().Draw(t, "have first"), LastName: row[roster.LastName], Department: word().Draw(t, "have dept"),
				JobTitle: word().Draw(t, "have title"), Manager: row[roster.Manager],
				Status:   rapid.SampledFrom([]string{zoomapi.StatusActive, zoomapi.StatusActive, zoomapi.StatusPending, zoomapi.StatusInactive}).Draw(t, "status"),
				GroupIDs: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"ga", "gb", "gc"}), rapid.ID[string]).Draw(t, "have groups"),
			}
			w.account.Detailed[k] = rapid.Bool().Draw(t, "detailed")
		}
	}
	return w
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
		w := drawWorld(t, true)
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
		w := drawWorld(t, true)
		shuffled := rapid.Permutation(w.rows).Draw(t, "shuffled")
		slices.Reverse(w.account.Groups)
		p := plan.Build(rosterOf(w.rows...), w.account, w.options)
		slices.Reverse(w.account.Groups)
		q := plan.Build(rosterOf(shuffled...), w.account, w.options)
		if p.Digest != q.Digest {
			t.Errorf("digest depends on the order of rows")
		}
		if diff := cmp.Diff(p.Counts, q.Counts); diff != "" {
			t.Errorf("counts depend on the order of rows (-file +shuffled):\n%s", diff)
		}
		if diff := cmp.Diff(p.Cost, q.Cost); diff != "" {
			t.Errorf("cost depends on the order of rows (-file +shuffled):\n%s", diff)
		}
	})
}

// apply does to the account in memory what a plan says.
func apply(a plan.Account, p *plan.Plan) plan.Account {
	a.Users, a.Detailed = maps.Clone(a.Users), maps.Clone(a.Detailed)
	for _, c := range p.Changes {
		if c.Action != plan.ActionCreate {
			continue
		}
		u := zoomapi.User{ID: "id-" + c.Key, Type: c.UserType, Status: zoomapi.StatusActive}
		if p.CreateAction == zoomapi.ActionCreate {
			u.Status = zoomapi.StatusPending
		}
		for f, dst := range map[roster.Field]*string{
			roster.Email: &u.Email, roster.FirstName: &u.FirstName, roster.LastName: &u.LastName, roster.DisplayName: &u.DisplayName,
			roster.Department: &u.Department, roster.JobTitle: &u.JobTitle, roster.Location: &u.Location, roster.Manager: &u.Manager,
		} {
			*dst, _ = c.Value(f)
		}
		for _, g := range c.Groups {
			if g.Kind == plan.UserGroup {
				u.GroupIDs = append(u.GroupIDs, g.ID)
			} else {
				u.IMGroupIDs = append(u.IMGroupIDs, g.ID)
			}
		}
		a.Users[plan.Key(u.Email)], a.Detailed[plan.Key(u.Email)] = u, true
	}
	return a
}

// TestPropertyApplied: once a plan is applied, planning the same file again finds nothing to do.
func TestPropertyApplied(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, true)
		r := rosterOf(w.rows...)
		p := plan.Build(r, w.account, w.options)
		again := plan.Build(r, apply(w.account, p), w.options)
		check(t, r, again)
		if again.Writes() {
			t.Error("the second plan writes")
		}
		after := plan.VerdictUnchanged
		if w.options.CreateAction == zoomapi.ActionCreate {
			after = plan.VerdictPending
		}
		for i, c := range p.Changes {
			want := c.Verdict
			if want == plan.VerdictCreate {
				want = after
			}
			if got := again.Changes[i]; got.Verdict != want {
				t.Errorf("row %d was %s and is %s, want %s: %+v", c.Row, c.Verdict, got.Verdict, want, got)
			}
		}
	})
}

// TestPropertyStored: a plan comes back from storage as it was.
func TestPropertyStored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, true)
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
		w := drawWorld(t, true)
		r := rosterOf(w.rows...)
		r.Issues = make([]roster.Issue, 1, 20)
		before, err := json.Marshal([]any{r.Rows, r.Issues[:20], w.account})
		if err != nil {
			t.Fatal(err)
		}
		p := plan.Build(r, w.account, w.options)
		for i := range p.Changes {
			p.Changes[i].Key = "x"
		}
		after, err := json.Marshal([]any{r.Rows, r.Issues[:20], w.account})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(before), string(after)); diff != "" {
			t.Errorf("arguments changed (-before +after):\n%s", diff)
		}
	})
}
