package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// TestBuildOneRow judges one row against one account.
func TestBuildOneRow(t *testing.T) {
	t.Parallel()
	sales, lab := userGroup("g1", "Sales"), userGroup("g2", "Lab")
	chat, contacts := imGroup("m1", "Lunch"), contactGroup("c1", "Lunch")
	fields := func(kv ...string) []plan.FieldChange {
		var out []plan.FieldChange
		for i := 0; i < len(kv); i += 3 {
			out = append(out, plan.FieldChange{Field: roster.Field(kv[i]), Old: kv[i+1], New: kv[i+2]})
		}
		return out
	}
	newAda := fields("email", "", "ada@example.com", "first_name", "", "Ada", "last_name", "", "Lovelace")
	listed := accountOf(adaUser())
	listed.Detailed = nil
	incomplete := accountOf()
	incomplete.Complete = false
	unreadable := accountOf()
	unreadable.ChatGroupsUnreadable = true
	status := func(s zoomapi.UserStatus) plan.Account {
		u := adaUser()
		u.Status = s
		return accountOf(u)
	}
	manager := func(s string) plan.Account {
		u := adaUser()
		u.Manager = s
		return accountOf(u, zoomapi.User{Email: "charles@example.com", DisplayName: "Charles Babbage"})
	}

	tests := []struct {
		name    string
		row     values
		account plan.Account
		want    plan.Change
		codes   []string
	}{
		{
			name: "create", row: ada(), account: accountOf(),
			want: plan.Change{Verdict: plan.VerdictCreate, Fields: newAda},
		},
		{
			name: "create with everything",
			row: changed(ada(), "display_name", "Ada L.", "department", "Engines", "job_title", "Analyst", "location", "London",
				"manager", "Charles Babbage", "user_group", "Lab; sales", "chat_group", "Lunch"),
			account: withGroups(accountOf(), sales, lab, chat),
			want: plan.Change{
				Verdict: plan.VerdictCreate, Groups: []plan.Group{lab, sales, chat},
				Fields: append(newAda[:3:3], fields("display_name", "", "Ada L.", "department", "", "Engines", "job_title", "", "Analyst",
					"location", "", "London", "manager", "", "Charles Babbage")...),
			},
			codes: []string{"warning unknown_manager"},
		},
		{
			name: "blank cells are not written", row: changed(ada(), "department", "", "job_title", "  ", "user_group", " ; "),
			account: accountOf(), want: plan.Change{Verdict: plan.VerdictCreate, Fields: newAda},
		},
		{
			name: "address in other letters is the same person", row: changed(ada(), "email", " ADA@example.COM "),
			account: accountOf(adaUser()), want: plan.Change{Verdict: plan.VerdictUnchanged}, codes: []string{"note exists"},
		},
		{
			name: "blank cells of somebody known say nothing", row: changed(ada(), "department", "", "job_title", "", "manager", ""),
			account: accountOf(adaUser()), want: plan.Change{Verdict: plan.VerdictUnchanged}, codes: []string{"note exists"},
		},
		{
			name:    "unchanged in every column",
			row:     changed(ada(), "department", "Engines", "job_title", "Analyst", "location", "London", "manager", "Charles@Example.com", "user_group", "Sales", "chat_group", "lunch"),
			account: withGroups(accountOf(adaUser(), zoomapi.User{Email: "charles@example.com"}), sales, lab, chat),
			want:    plan.Change{Verdict: plan.VerdictUnchanged}, codes: []string{"note exists"},
		},
		{
			name: "differs in listed fields", row: changed(ada(), "last_name", "King", "department", "Poetry"), account: listed,
			want:  plan.Change{Verdict: plan.VerdictDiffers, Fields: fields("last_name", "Lovelace", "King", "department", "Engines", "Poetry")},
			codes: []string{"note exists_differs"},
		},
		{
			name: "letter case of a name is a difference", row: changed(ada(), "first_name", "ADA"), account: listed,
			want:  plan.Change{Verdict: plan.VerdictDiffers, Fields: fields("first_name", "Ada", "ADA")},
			codes: []string{"note exists_differs"},
		},
		{
			name: "differs in detailed fields", row: changed(ada(), "job_title", "Poet", "location", "Paris", "manager", "mary@example.com"),
			account: accountOf(adaUser(), zoomapi.User{Email: "mary@example.com"}),
			want: plan.Change{Verdict: plan.VerdictDiffers, Fields: fields("job_title", "Analyst", "Poet", "location", "London", "Paris",
				"manager", "charles@example.com", "mary@example.com")},
			codes: []string{"note exists_differs"},
		},
		{
			name: "detailed fields that were not read are not compared", row: changed(ada(), "job_title", "Poet"), account: listed,
			want: plan.Change{Verdict: plan.VerdictUnchanged}, codes: []string{"note exists"},
		},
		{
			name: "differs in groups", row: changed(ada(), "user_group", "Lab; Sales", "chat_group", "Lunch; Tea"),
			account: withGroups(accountOf(adaUser()), sales, lab, chat, imGroup("m2", "Tea")),
			want:    plan.Change{Verdict: plan.VerdictDiffers, Groups: []plan.Group{lab, imGroup("m2", "Tea")}}, codes: []string{"note exists_differs"},
		},
		{
			name: "an id among the other kind of groups is no membership", row: changed(ada(), "user_group", "Odd"),
			account: withGroups(accountOf(adaUser()), userGroup("m1", "Odd")),
			want:    plan.Change{Verdict: plan.VerdictDiffers, Groups: []plan.Group{userGroup("m1", "Odd")}}, codes: []string{"note exists_differs"},
		},
		{
			name: "contact groups cannot be compared", row: changed(ada(), "chat_group", "Lunch"),
			account: withGroups(accountOf(adaUser()), contacts),
			want:    plan.Change{Verdict: plan.VerdictUnchanged}, codes: []string{"note exists"},
		},
		{
			name: "contact group of a new person", row: changed(ada(), "chat_group", "Lunch"), account: withGroups(accountOf(), contacts),
			want: plan.Change{Verdict: plan.VerdictCreate, Fields: newAda, Groups: []plan.Group{contacts}},
		},
		{
			name: "pending", row: changed(ada(), "last_name", "King"), account: status(zoomapi.StatusPending),
			want: plan.Change{Verdict: plan.VerdictPending}, codes: []string{"note exists_pending"},
		},
		{
			name: "inactive", row: changed(ada(), "last_name", "King"), account: status(zoomapi.StatusInactive),
			want: plan.Change{Verdict: plan.VerdictInactive}, codes: []string{"note exists_inactive"},
		},
		{
			name: "unknown group of somebody known", row: changed(ada(), "user_group", "Sale"), account: withGroups(accountOf(adaUser()), sales),
			want: plan.Change{Verdict: plan.VerdictInvalid}, codes: []string{"error unknown_group"},
		},
		{
			name: "unknown groups of both kinds", row: changed(ada(), "user_group", "Sales; Nowhere; Nothing", "chat_group", "Tea"),
			account: withGroups(accountOf(), sales, chat), want: plan.Change{Verdict: plan.VerdictInvalid},
			codes: []string{"error unknown_group", "error unknown_group", "error unknown_chat_group"},
		},
		{
			name: "a chat group is no user group", row: changed(ada(), "user_group", "Lunch"), account: withGroups(accountOf(), chat, contacts),
			want: plan.Change{Verdict: plan.VerdictInvalid}, codes: []string{"error unknown_group"},
		},
		{
			name: "a user group is no chat group", row: changed(ada(), "chat_group", "Sales"), account: withGroups(accountOf(), sales),
			want: plan.Change{Verdict: plan.VerdictInvalid}, codes: []string{"error unknown_chat_group"},
		},
		{
			name: "chat groups unreadable", row: changed(ada(), "user_group", "Sales", "chat_group", "Lunch"), account: withGroups(unreadable, sales),
			want:  plan.Change{Verdict: plan.VerdictCreate, Fields: newAda, Groups: []plan.Group{sales}},
			codes: []string{"warning chat_groups_unavailable"},
		},
		{
			name: "chat groups unreadable but not asked for", row: changed(ada(), "chat_group", " "), account: unreadable,
			want: plan.Change{Verdict: plan.VerdictCreate, Fields: newAda},
		},
		{
			name: "two spellings of a group are one", row: changed(ada(), "user_group", "Big Team; big  team; BIG TEAM"),
			account: withGroups(accountOf(), userGroup("g9", "Big Team")),
			want:    plan.Change{Verdict: plan.VerdictCreate, Fields: newAda, Groups: []plan.Group{userGroup("g9", "Big Team")}},
		},
		{
			name: "manager unknown", row: changed(ada(), "manager", "Nobody@example.com"), account: accountOf(),
			want:  plan.Change{Verdict: plan.VerdictCreate, Fields: append(newAda[:3:3], fields("manager", "", "Nobody@example.com")...)},
			codes: []string{"warning unknown_manager"},
		},
		{
			name: "manager unknown, but not everybody was read", row: changed(ada(), "manager", "nobody@example.com"), account: incomplete,
			want: plan.Change{Verdict: plan.VerdictCreate, Fields: append(newAda[:3:3], fields("manager", "", "nobody@example.com")...)},
		},
		{
			name: "manager known", row: changed(ada(), "manager", "Charles@example.com"), account: accountOf(zoomapi.User{Email: "charles@Example.com"}),
			want: plan.Change{Verdict: plan.VerdictCreate, Fields: append(newAda[:3:3], fields("manager", "", "Charles@example.com")...)},
		},
		{
			name: "manager of oneself", row: changed(ada(), "manager", "ada@example.com"), account: accountOf(),
			want: plan.Change{Verdict: plan.VerdictCreate, Fields: append(newAda[:3:3], fields("manager", "", "ada@example.com")...)},
		},
		{
			name: "manager by name where Zoom has the address", row: changed(ada(), "manager", "Charles Babbage"), account: manager("charles@example.com"),
			want: plan.Change{Verdict: plan.VerdictUnchanged}, codes: []string{"note exists"},
		},
		{
			name: "manager by address where Zoom has the name", row: changed(ada(), "manager", "Charles@example.com"), account: manager("Charles Babbage"),
			want: plan.Change{Verdict: plan.VerdictUnchanged}, codes: []string{"note exists"},
		},
		{
			name: "manager where Zoom has none", row: changed(ada(), "manager", "charles@example.com"), account: manager(""),
			want:  plan.Change{Verdict: plan.VerdictDiffers, Fields: fields("manager", "", "charles@example.com")},
			codes: []string{"note exists_differs"},
		},
		{
			name: "no address", row: changed(ada(), "email", ""), account: accountOf(zoomapi.User{}),
			want: plan.Change{Verdict: plan.VerdictInvalid}, codes: []string{"error missing_email"},
		},
		{
			name: "columns that are not written", row: changed(ada(), "company", "", "zoomusers_result", "failed", "role", "Owner"),
			account: accountOf(), want: plan.Change{Verdict: plan.VerdictCreate, Fields: newAda},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := build(t, rosterOf(tt.row), tt.account, basic())
			want := tt.want
			want.Line, want.Row, want.Key, want.Action = 2, 1, plan.Key(tt.row[roster.Email]), plan.ActionNone
			if u, known := tt.account.Users[want.Key]; known && want.Verdict != plan.VerdictInvalid {
				want.UserID, want.Status = u.ID, u.Status
			}
			if want.Verdict == plan.VerdictCreate {
				want.Action, want.UserType = plan.ActionCreate, zoomapi.TypeBasic
			}
			if diff := cmp.Diff([]plan.Change{want}, p.Changes); diff != "" {
				t.Errorf("changes mismatch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.codes, codes(p)); diff != "" {
				t.Errorf("issues mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBuildTidiesTheAccount compares with values that Zoom holds untidily.
func TestBuildTidiesTheAccount(t *testing.T) {
	t.Parallel()
	// Composed in the file; with loose accents, odd blanks and capitals in the account.
	row := values{
		roster.Email: "zoe@example.com", roster.FirstName: "Zo\u00e9", roster.LastName: "Le F\u00e8vre",
		roster.Department: "\u00c9tudes", roster.UserGroup: "\u00c9quipe  sud; ΟΔΟΣ", roster.ChatGroup: "caf\u00e9",
	}
	user := zoomapi.User{
		Email: "Zoe@example.com ", FirstName: "Zoe\u0301", LastName: "Le\u00a0Fe\u0300vre ", Department: " E\u0301tudes\u200b",
		GroupIDs: []string{"g1", "g2"}, IMGroupIDs: []string{"m1"},
	}
	a := withGroups(accountOf(user), userGroup("g1", "E\u0301quipe\u00a0Sud "), userGroup("g2", "οδος"), imGroup("m1", " CAFE\u0301"))
	p := build(t, rosterOf(row), a, basic())
	if got := p.Changes[0]; got.Verdict != plan.VerdictUnchanged {
		t.Errorf("verdict = %s, want unchanged: %+v, issues %v", got.Verdict, got, p.Issues)
	}
}

// TestBuildAlikeGroups looks up names in an account whose groups differ in letter case or not at all.
func TestBuildAlikeGroups(t *testing.T) {
	t.Parallel()
	upper, lower := userGroup("g1", "IT"), userGroup("g2", "it")
	groups := []plan.Group{upper, lower, userGroup("g4", "Twin"), userGroup("g3", "Twin"), userGroup("g5", "")}
	for _, tt := range []struct {
		cell string
		want []plan.Group
	}{
		{"IT", []plan.Group{upper}},
		{"it", []plan.Group{lower}},
		{"It", nil}, // a guess
		{"twin", []plan.Group{userGroup("g3", "Twin")}},
	} {
		p := build(t, rosterOf(changed(ada(), "user_group", tt.cell)), withGroups(accountOf(), groups...), basic())
		if diff := cmp.Diff(tt.want, p.Changes[0].Groups); diff != "" {
			t.Errorf("%s: groups mismatch (-want +got):\n%s", tt.cell, diff)
		}
		if tt.want == nil {
			is := find(t, p, plan.CodeUnknownGroup)
			if is.Params["nearest"] != "IT; it" {
				t.Errorf("nearest = %q, want both", is.Params["nearest"])
			}
		}
	}
}

// TestBuildUnknownGroupIssue looks at a whole issue.
func TestBuildUnknownGroupIssue(t *testing.T) {
	t.Parallel()
	a := withGroups(accountOf(), userGroup("g1", "Sales EMEA"), userGroup("g2", "Sales, APAC"), userGroup("g3", "Engineering"), imGroup("m1", "Salse"))
	r := rosterOf(changed(ada(), "user_group", "Sales EMAE"), changed(ada(), "email", "b@example.com", "user_group", "Sales - APAC;"))
	p := build(t, r, a, basic())
	want := []roster.Issue{
		{
			Line: 2, Row: 1, Col: 4, Column: "Column user_group", Field: roster.UserGroup, Value: "Sales EMAE",
			Code: plan.CodeUnknownGroup, Severity: roster.Error, Suggestion: "Sales EMEA",
			Params: map[string]string{"group": "Sales EMAE", "nearest": "Sales EMEA"},
		},
		{
			Line: 3, Row: 2, Col: 4, Column: "Column user_group", Field: roster.UserGroup, Value: "Sales - APAC",
			Code: plan.CodeUnknownGroup, Severity: roster.Error, Suggestion: `"Sales, APAC"`,
			Params: map[string]string{"group": "Sales - APAC", "nearest": "Sales, APAC"},
		},
	}
	if diff := cmp.Diff(want, p.Issues); diff != "" {
		t.Errorf("issues mismatch (-want +got):\n%s", diff)
	}
	long := strings.Repeat("é", 100)
	p = build(t, rosterOf(changed(ada(), "user_group", long)), a, basic())
	if is := find(t, p, plan.CodeUnknownGroup); is.Value != strings.Repeat("é", 79)+"…" || is.Suggestion != "" {
		t.Errorf("value = %q, suggestion %q", is.Value, is.Suggestion)
	}
}

// TestBuildManyRows looks at what rows have to do with each other.
func TestBuildManyRows(t *testing.T) {
	t.Parallel()
	row := func(name string, kv ...string) values {
		return changed(values{roster.Email: name + "@example.com", roster.FirstName: name, roster.LastName: "X"}, kv...)
	}
	unreadable := accountOf()
	unreadable.ChatGroupsUnreadable = true
	tests := []struct {
		name    string
		roster  *roster.Roster
		account plan.Account
		want    []plan.Verdict
		codes   []string
	}{
		{
			name: "manager further down", roster: rosterOf(row("a", "manager", "B@example.com"), row("b")), account: accountOf(),
			want: []plan.Verdict{plan.VerdictCreate, plan.VerdictCreate},
		},
		{
			name: "manager in a row that is left out", roster: rosterOf(row("a", "manager", "b@example.com"), row("b", "user_group", "Nowhere")),
			account: accountOf(), want: []plan.Verdict{plan.VerdictCreate, plan.VerdictInvalid},
			codes: []string{"warning unknown_manager", "error unknown_group"},
		},
		{
			name: "duplicate that the roster did not report", roster: rosterOf(row("a"), row("A", "department", "D"), row("b")), account: accountOf(),
			want: []plan.Verdict{plan.VerdictCreate, plan.VerdictInvalid, plan.VerdictCreate}, codes: []string{"error duplicate_email"},
		},
		{
			name:   "duplicate of a row that is left out",
			roster: rosterOf(row("a", "user_group", "Nowhere"), row("a")), account: accountOf(),
			want: []plan.Verdict{plan.VerdictInvalid, plan.VerdictInvalid}, codes: []string{"error unknown_group", "error duplicate_email"},
		},
		{
			name:   "chat groups unreadable is said once",
			roster: rosterOf(row("a", "chat_group", "x"), row("b", "chat_group", "y"), row("c", "chat_group", "x")), account: unreadable,
			want: []plan.Verdict{plan.VerdictCreate, plan.VerdictCreate, plan.VerdictCreate}, codes: []string{"warning chat_groups_unavailable"},
		},
		{name: "no rows", roster: rosterOf(), account: accountOf()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := build(t, tt.roster, tt.account, basic())
			var got []plan.Verdict
			for _, c := range p.Changes {
				got = append(got, c.Verdict)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("verdicts mismatch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.codes, codes(p)); diff != "" {
				t.Errorf("issues mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBuildRosterIssues plans rosters that already have issues.
func TestBuildRosterIssues(t *testing.T) {
	t.Parallel()
	r := rosterOf(ada(), changed(ada(), "email", "b@example.com"), changed(ada(), "email", "c@example.com", "user_group", "Nowhere"))
	// As of a file without a header line: an issue of the whole file is about the line of the first row, too.
	r.Rows[0].Line = 1
	r.Issues = []roster.Issue{
		{Line: 1, Code: roster.BadQuote, Severity: roster.Error},
		{Line: 3, Row: 2, Code: roster.EmailTypo, Severity: roster.Warning},
		{Line: 4, Row: 3, Code: roster.Formula, Severity: roster.Note},
		{Line: 4, Row: 3, Code: roster.TooLong, Severity: roster.Error},
	}
	before := len(r.Issues)
	p := build(t, r, accountOf(), basic())
	if p.Changes[0].Verdict != plan.VerdictCreate || p.Changes[1].Verdict != plan.VerdictCreate || p.Changes[2].Verdict != plan.VerdictInvalid {
		t.Errorf("verdicts = %s, %s, %s", p.Changes[0].Verdict, p.Changes[1].Verdict, p.Changes[2].Verdict)
	}
	want := []string{"error bad_quote", "warning email_typo", "error too_long", "error unknown_group", "note formula"}
	if diff := cmp.Diff(want, codes(p)); diff != "" {
		t.Errorf("issues mismatch (-want +got):\n%s", diff)
	}
	if len(r.Issues) != before || r.Issues[2].Code != roster.Formula {
		t.Error("Build changed the issues of the roster")
	}
}

// TestBuildUnread names what was not compared.
func TestBuildUnread(t *testing.T) {
	t.Parallel()
	a := withGroups(accountOf(adaUser()), contactGroup("c1", "Lunch"), contactGroup("c2", "Tea"))
	a.Detailed = nil
	row := changed(ada(), "job_title", "Poet", "manager", "ada@example.com", "chat_group", "Lunch, Tea")
	is := find(t, build(t, rosterOf(row), a, basic()), plan.CodeExists)
	if diff := cmp.Diff(map[string]string{"unread": "job_title,manager,chat_group"}, is.Params); diff != "" {
		t.Errorf("params mismatch (-want +got):\n%s", diff)
	}
	is = find(t, build(t, rosterOf(changed(row, "last_name", "King", "department", "D")), a, basic()), plan.CodeExistsDiffers)
	if diff := cmp.Diff(map[string]string{"unread": "job_title,manager,chat_group", "fields": "last_name,department"}, is.Params); diff != "" {
		t.Errorf("params mismatch (-want +got):\n%s", diff)
	}
}

// TestKey tells people apart as rosters do.
func TestKey(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"ada@example.com", " Ada@Example.COM\t", "\u00a0ADA@example.com", "ada\u200b@example.com", "\uff41da@example.com",
		"Zoe\u0301@example.com", "\u0130sa@example.com", "",
	} {
		row := roster.NewRow(2, 1, values{roster.Email: address})
		if got := plan.Key(address); got != row.Key() || got != plan.Key(got) {
			t.Errorf("Key(%+q) = %+q, the roster says %+q", address, got, row.Key())
		}
	}
}

// TestBuildManyUnknownGroups stops suggesting at some point and still reports every row.
func TestBuildManyUnknownGroups(t *testing.T) {
	t.Parallel()
	groups := benchGroups(5000)
	var rows []values
	for i := range 600 {
		// The first one comes again at the end and is not searched again.
		rows = append(rows, changed(ada(), "email", fmt.Sprintf("p%d@example.com", i), "user_group", fmt.Sprintf("%s!%d", groups[i%599].Name, i%599)))
	}
	p := build(t, rosterOf(rows...), withGroups(accountOf(), groups...), basic())
	if len(p.Issues) != len(rows) || p.Counts.Invalid != len(rows) {
		t.Fatalf("%d issues, %d invalid rows, want %d", len(p.Issues), p.Counts.Invalid, len(rows))
	}
	suggested := 0
	for _, is := range p.Issues {
		if is.Suggestion != "" {
			suggested++
		}
	}
	if suggested != 401 || p.Issues[599].Suggestion == "" {
		t.Errorf("%d suggestions, want 401, the last one repeated: %v", suggested, p.Issues[599])
	}
}
