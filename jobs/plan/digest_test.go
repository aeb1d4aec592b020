package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// digestCase is what a plan is made of, to be varied.
type digestCase struct {
	roster  *roster.Roster
	account plan.Account
	options plan.Options
}

func (c digestCase) digest(tb testing.TB) string {
	tb.Helper()
	return build(tb, c.roster, c.account, c.options).Digest
}

func newDigestCase(edit ...func(rows []values)) digestCase {
	rows := []values{
		changed(ada(), "department", "Engines", "job_title", "Analyst", "user_group", "Sales; Lab", "chat_group", "Lunch"),
		changed(ada(), "email", "bob@example.com", "first_name", "Bob"),
		changed(ada(), "email", "cy@example.com", "first_name", "Cy"),
	}
	for _, e := range edit {
		e(rows)
	}
	return digestCase{
		roster: rosterOf(rows...),
		account: withGroups(accountOf(zoomapi.User{Email: "cy@example.com", FirstName: "Cyrus", LastName: "Lovelace"}),
			userGroup("g1", "Sales"), userGroup("g2", "Lab"), imGroup("m1", "Lunch")),
		options: basic(),
	}
}

// TestDigestGolden notices when the layout of what is hashed changes: approvals given before would then be void, so the
// number in digestDomain has to change with it.
func TestDigestGolden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		c    digestCase
		want string
	}{
		{"three rows", newDigestCase(), "39b5fc38102d848917d7888ad1c92c81c505966b7cacc5830edf271cbd1d1a5d"},
		{"nothing", digestCase{roster: rosterOf(), account: accountOf(), options: basic()}, "fc2f491c384b4fb152aa275282b983a2ed2723424f3aaa5b51bbfb57dd235ef6"},
	} {
		if got := tt.c.digest(t); got != tt.want {
			t.Errorf("digest of %s = %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestDigestCoversEffects(t *testing.T) {
	t.Parallel()
	edit := func(f func(rows []values)) digestCase { return newDigestCase(f) }
	set := func(row int, f roster.Field, v string) digestCase {
		return edit(func(rows []values) { rows[row][f] = v })
	}
	with := func(f func(c *digestCase)) digestCase {
		c := newDigestCase()
		f(&c)
		return c
	}
	group := func(from int, to plan.Group) digestCase {
		return with(func(c *digestCase) {
			c.account.Groups = slices.Clone(c.account.Groups)
			c.account.Groups[from] = to
		})
	}
	different := map[string]digestCase{
		"base":             newDigestCase(),
		"account":          with(func(c *digestCase) { c.options.AccountID = "other" }),
		"user type":        with(func(c *digestCase) { c.options.UserType = zoomapi.TypeLicensed }),
		"create action":    with(func(c *digestCase) { c.options.CreateAction = zoomapi.ActionCreate }),
		"address":          set(0, roster.Email, "ada@example.org"),
		"first name":       set(0, roster.FirstName, "ada"),
		"last name":        set(0, roster.LastName, "King"),
		"display name":     set(0, roster.DisplayName, "Ada"),
		"department":       set(0, roster.Department, "Poetry"),
		"no department":    set(0, roster.Department, ""),
		"job title":        set(0, roster.JobTitle, "Engines"),
		"location":         set(0, roster.Location, "London"),
		"manager":          set(0, roster.Manager, "bob@example.com"),
		"fewer groups":     set(0, roster.UserGroup, "Sales"),
		"order of groups":  set(0, roster.UserGroup, "Lab; Sales"), // the first one is primary
		"no chat group":    set(0, roster.ChatGroup, ""),
		"values exchanged": edit(func(rows []values) { rows[0][roster.JobTitle], rows[0][roster.Department] = "Engines", "Analyst" }),
		"one person less":  with(func(c *digestCase) { c.roster = rosterOf(ada()) }),
		"names exchanged": edit(func(rows []values) {
			rows[0][roster.FirstName], rows[1][roster.FirstName] = rows[1][roster.FirstName], rows[0][roster.FirstName]
		}),
		"id of a group":      group(0, userGroup("g7", "Sales")),
		"kind of chat group": group(2, contactGroup("m1", "Lunch")),
		"person there meanwhile": with(func(c *digestCase) {
			c.account.Users = map[string]zoomapi.User{"bob@example.com": {Email: "bob@example.com", Status: zoomapi.StatusPending}}
		}),
	}
	seen := make(map[string]string)
	for name, c := range different {
		d := c.digest(t)
		if other, dup := seen[d]; dup {
			t.Errorf("%q and %q have the same digest", name, other)
		}
		seen[d] = name
	}
}

// TestDigestCoversUpdates varies a row about somebody who is there.
func TestDigestCoversUpdates(t *testing.T) {
	t.Parallel()
	a := fullAccount()
	digest := func(a plan.Account, edit func(o *plan.Options), row values) string {
		o := basic()
		o.Mode = plan.ModeAuto
		if edit != nil {
			edit(&o)
		}
		return build(t, rosterOf(row), a, o).Digest
	}
	create := func(o *plan.Options) { o.CreateGroups = true }
	otherOld := fullAccount()
	u := otherOld.Users["ada@example.com"]
	u.Department = "Looms"
	otherOld.Users["ada@example.com"] = u
	otherID := fullAccount()
	otherID.Divisions = []plan.Division{{ID: "d1", Name: "North"}, {ID: "d9", Name: "South"}}
	seen := make(map[string]string)
	for name, d := range map[string]string{
		"nothing":             digest(a, nil, cells("ada")),
		"field":               digest(a, nil, cells("ada", "department", "D")),
		"cleared":             digest(a, nil, cells("ada", "department", "(clear)")),
		"other value before":  digest(otherOld, nil, cells("ada", "department", "D")),
		"type":                digest(a, nil, cells("ada", "user_type", "basic")),
		"add-on":              digest(a, nil, cells("ada", "webinar", "500")),
		"join":                digest(a, nil, cells("ada", "user_group", "Lab")),
		"leave":               digest(a, nil, cells("ada", "user_group", "-Sales")),
		"join and leave":      digest(a, nil, cells("ada", "user_group", "=Lab")),
		"new group":           digest(a, create, cells("ada", "user_group", "New")),
		"other new group":     digest(a, create, cells("ada", "user_group", "Newer")),
		"division":            digest(a, nil, cells("ada", "division", "South")),
		"id of the division":  digest(otherID, nil, cells("ada", "division", "South")),
		"attribute":           digest(a, nil, cells("ada", "custom:Badge", "D")),
		"deactivate":          digest(a, nil, cells("ada", "action", "deactivate")),
		"withdraw":            digest(a, nil, cells("pend", "action", "withdraw")),
		"resend":              digest(a, nil, cells("pend", "action", "resend")),
		"resend as basic":     digest(a, nil, cells("pend", "action", "resend", "user_type", "basic")),
		"activate":            digest(a, nil, cells("off", "action", "activate")),
		"activate and change": digest(a, nil, cells("off", "action", "activate", "department", "D")),
	} {
		if other, dup := seen[d]; dup {
			t.Errorf("%q and %q have the same digest", name, other)
		}
		seen[d] = name
	}
	update := func(o *plan.Options) { o.Mode = plan.ModeUpdate }
	if digest(a, update, cells("ada", "department", "D")) != digest(a, nil, cells("ada", "department", "D", "first_name", "Ada", "action", "update")) {
		t.Error("two files that ask for the same have different digests")
	}
}

func TestDigestLeavesOutTheRest(t *testing.T) {
	t.Parallel()
	base := newDigestCase()
	want := base.digest(t)
	same := map[string]func(c *digestCase){
		"order of rows":   func(c *digestCase) { slices.Reverse(c.roster.Rows) },
		"time":            func(c *digestCase) { c.options.MadeAt = c.options.MadeAt.Add(time.Hour) },
		"tier and share":  func(c *digestCase) { c.options.Tier, c.options.Share = zoomapi.PlanFree, 0.1 },
		"licences":        func(c *digestCase) { c.account.Pools = map[plan.Licence]plan.Licences{plan.LicenceBase: {Total: 9}} },
		"calls":           func(c *digestCase) { c.account.Reads = 99 },
		"order of groups": func(c *digestCase) { slices.Reverse(c.account.Groups) },
		"name of a group": func(c *digestCase) { c.account.Groups[0].Name = "SALES" },
		"numbers": func(c *digestCase) {
			for i := range c.roster.Rows {
				c.roster.Rows[i].Line += 100
				c.roster.Rows[i].Number += 50
			}
		},
		"issues": func(c *digestCase) {
			c.roster.Issues = []roster.Issue{{Line: 2, Row: 1, Code: roster.EmailTypo, Severity: roster.Warning, Value: "x", Suggestion: "y"}}
		},
		"headers":    func(c *digestCase) { c.roster.Columns = nil },
		"unread":     func(c *digestCase) { c.account.Detailed = nil },
		"incomplete": func(c *digestCase) { c.account.Complete = false },
		"a row that writes nothing more": func(c *digestCase) {
			c.roster.Rows = append(c.roster.Rows, roster.NewRow(9, 8, values{roster.Email: "x@example.com", roster.UserGroup: "Nowhere"}))
		},
		"a row that writes nothing less": func(c *digestCase) { c.roster.Rows = c.roster.Rows[:2] },
		"somebody else in the account": func(c *digestCase) {
			c.account.Users["dee@example.com"] = zoomapi.User{Email: "dee@example.com"}
		},
	}
	for name, f := range same {
		c := newDigestCase()
		f(&c)
		if got := c.digest(t); got != want {
			t.Errorf("digest depends on %s", name)
		}
	}
}
