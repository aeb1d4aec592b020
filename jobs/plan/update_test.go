package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// full is somebody with a value everywhere.
func full() zoomapi.User {
	u := adaUser()
	u.Type, u.Company, u.CostCenter, u.Language, u.Timezone, u.Pronouns = zoomapi.TypeLicensed, "Analytical", "42", "en-US", "Europe/London", "she/her"
	u.PhoneNumbers = []zoomapi.PhoneNumber{{Country: "GB", Code: "+44", Number: "2079460000", Label: "Office"}}
	u.DivisionIDs = []string{"d1"}
	u.CustomAttributes = []zoomapi.CustomAttribute{{Key: "k1", Name: "Badge", Value: "7"}}
	return u
}

// fullAccount has that person, an administrator who is basic, somebody invited and somebody shut out.
func fullAccount() plan.Account {
	a := withGroups(
		accountOf(
			full(), person("boss", zoomapi.TypeBasic, func(u *zoomapi.User) { u.RoleID = "1" }), person("owner", zoomapi.TypeLicensed, func(u *zoomapi.User) { u.RoleID = "0" }),
			person("pend", zoomapi.TypeLicensed, inStatus(zoomapi.StatusPending), func(u *zoomapi.User) { u.GroupIDs = []string{"g1"} }),
			person("off", zoomapi.TypeBasic, inStatus(zoomapi.StatusInactive)),
		),
		userGroup("g1", "Sales"), userGroup("g2", "Lab"), imGroup("m1", "Lunch"), imGroup("m2", "Tea"),
	)
	a.Features = map[string]zoomapi.Features{"ada@example.com": {LargeMeeting: true, LargeMeetingCapacity: 500}}
	a.Pools = map[plan.Licence]plan.Licences{
		plan.LicenceBase: {Total: 100}, plan.AddOn(roster.LargeMeeting, 500): {Total: 9}, plan.AddOn(roster.LargeMeeting, 1000): {Total: 9},
		plan.AddOn(roster.Webinar, 500): {Total: 9},
	}
	a.Divisions = []plan.Division{{ID: "d1", Name: "North"}, {ID: "d2", Name: "South"}}
	a.Attributes = []plan.Attribute{{Key: "k1", Name: "Badge"}, {Key: "k2", Name: "Shoe size"}}
	// Enough people that one of them is no large share.
	for name := range strings.SplitSeq("abcdefghijklmnopqrst", "") {
		a.Users["n"+name+"@example.com"] = person("n"+name, zoomapi.TypeBasic)
	}
	return a
}

// effects writes what a change does in one line.
func effects(c plan.Change) string {
	out := []string{string(c.Verdict)}
	if c.UserType != 0 {
		out = append(out, plan.TypeName(c.UserType))
	}
	for _, f := range c.Fields {
		if f.Unread {
			f.Old = "?"
		}
		out = append(out, string(f.Field)+":"+f.Old+">"+f.New)
	}
	for _, g := range c.Groups {
		out = append(out, "+"+g.Name)
	}
	for _, g := range c.Leaves {
		out = append(out, "-"+g.Name)
	}
	return strings.Join(out, " ")
}

// TestBuildRowOfAnUpdate judges one row in a file that may change people.
func TestBuildRowOfAnUpdate(t *testing.T) {
	t.Parallel()
	listed := fullAccount()
	listed.Detailed, listed.Features = nil, nil
	contacts := fullAccount()
	contacts.Groups = []plan.Group{contactGroup("c1", "Lunch"), contactGroup("c2", "Tea")}
	contacts.Members = map[string]map[string]bool{"c1": {"ada@example.com": true}, "c2": {}}
	unread := contacts
	unread.Members = map[string]map[string]bool{"c1": {"ada@example.com": true}}
	poor := fullAccount()
	poor.Pools = map[plan.Licence]plan.Licences{plan.LicenceBase: {Total: 1}}
	unknown := fullAccount()
	unknown.Pools = nil
	incomplete := fullAccount()
	incomplete.Complete = false
	incomplete.Absent = map[string]bool{"gone@example.com": true}
	undivided := fullAccount()
	undivided.DivisionsUnreadable = true

	tests := []struct {
		name    string
		mode    plan.Mode
		row     values
		account *plan.Account
		want    string
		codes   string
	}{
		{name: "nothing but the address", row: cells("ada"), want: "unchanged", codes: "note exists"},
		{name: "blank keeps", row: cells("ada", "department", "", "user_group", " ", "phone_number", ""), want: "unchanged", codes: "note exists"},
		{
			name: "everything as it is", want: "unchanged", codes: "note exists",
			row: cells("ada", "first_name", "Ada", "company", "Analytical", "cost_center", "42", "language", "en-us", "timezone", "europe/london",
				"pronouns", "she/her", "phone_number", "[Office] 0044 20 7946 0000", "division", "north", "custom:Badge", "7", "user_type", "Licensed",
				"large_meeting", "yes", "webinar", "no", "user_group", "=Sales", "chat_group", "Lunch", "manager", "Charles@example.com"),
		},
		{
			name: "profile", row: cells("ada", "last_name", "King", "job_title", "Poet", "company", "Verse", "cost_center", "43", "pronouns", "they", "timezone", "Asia/Tokyo"),
			want: "update last_name:Lovelace>King job_title:Analyst>Poet company:Analytical>Verse cost_center:42>43 timezone:Europe/London>Asia/Tokyo pronouns:she/her>they",
		},
		{
			name: "cleared", row: cells("ada", "department", "(clear)", "manager", "(clear)", "phone_number", "(clear)", "division", "(clear)", "custom:Badge", "(CLEAR)", "company", `\(clear)`),
			want: "update department:Engines> company:Analytical>(clear) manager:charles@example.com> phone_number:[Office] +44 2079460000> division:North> custom:Badge:7>",
		},
		{name: "cleared where nothing is", row: cells("boss", "department", "(clear)", "phone_number", "(clear)", "user_group", "(clear)"), want: "unchanged", codes: "note exists"},
		{name: "a display name that Zoom would make again", row: cells("ada", "display_name", "(clear)"), want: "unchanged", codes: "note exists"},
		{
			name: "a display name that Zoom would make otherwise", row: cells("ada", "display_name", "(clear)", "last_name", "King"),
			want: "update last_name:Lovelace>King display_name:Ada Lovelace>",
		},
		{
			name: "phones", row: cells("ada", "phone_number", "+33 6 12 34 56 78; [Office] +44 2079460000"),
			want: "update phone_number:[Office] +44 2079460000>[Mobile] +33 612345678; [Office] +44 2079460000",
		},
		{
			name: "what was not read is written", row: cells("ada", "job_title", "Poet", "department", "Verse", "large_meeting", "1000", "custom:Badge", "8"), account: &listed,
			want: "update department:Engines>Verse job_title:?>Poet custom:Badge:?>8 large_meeting:?>1000", codes: "note not_compared",
		},
		{name: "division", row: cells("ada", "division", "south"), want: "update division:North>South"},
		{name: "division unknown", row: cells("ada", "division", "Nort"), want: "invalid", codes: "error unknown_division"},
		{name: "divisions unreadable", row: cells("ada", "division", "South"), account: &undivided, want: "unchanged", codes: "note exists,warning divisions_unavailable"},
		{name: "attribute in other letters", row: cells("ada", "custom:badge", "8", "custom:shoe  SIZE", "40"), want: "update custom:Badge:7>8 custom:Shoe size:>40"},
		{name: "attribute unknown", row: cells("ada", "custom:Bagde", "8"), want: "unchanged", codes: "note exists,warning unknown_attribute"},
		{name: "manager unknown", row: cells("ada", "manager", "gone@example.com"), want: "update manager:charles@example.com>gone@example.com", codes: "warning unknown_manager"},
		{name: "manager looked up", row: cells("ada", "manager", "gone@example.com"), account: &incomplete, want: "update manager:charles@example.com>gone@example.com", codes: "warning unknown_manager"},
		{name: "manager not looked up", row: cells("ada", "manager", "else@example.com"), account: &incomplete, want: "update manager:charles@example.com>else@example.com"},
		{name: "manager by name", row: cells("ada", "manager", "boss X"), want: "update manager:charles@example.com>boss X"},
		{name: "manager by unknown name", row: cells("ada", "manager", "boss Y"), want: "update manager:charles@example.com>boss Y", codes: "warning unknown_manager"},

		{name: "upgrade", row: cells("na", "user_type", "2"), want: "update user_type:basic>licensed"},
		{name: "type by the column of licences", row: cells("na", "licenses", "Licensed"), want: "update user_type:basic>licensed"},
		{
			name: "downgrade", row: cells("ada", "user_type", "basic"), want: "update user_type:licensed>basic",
			codes: "warning licence_taken,warning takes_licences",
		},
		{name: "downgrade with an add-on that stays", row: cells("ada", "user_type", "basic", "large_meeting", "500"), want: "invalid", codes: "error needs_licence"},
		{
			name: "downgrade and off", row: cells("ada", "user_type", "basic", "large_meeting", "off"),
			want: "update user_type:licensed>basic large_meeting:500>0", codes: "warning licence_taken,warning takes_licences",
		},
		{name: "add-on", row: cells("ada", "webinar", "yes", "large_meeting", "1000"), want: "update large_meeting:500>1000 webinar:0>500"},
		{name: "add-on off", row: cells("ada", "large_meeting", "(clear)"), want: "update large_meeting:500>0"},
		{name: "add-on of somebody basic", row: cells("na", "webinar", "500"), want: "invalid", codes: "error needs_licence"},
		{name: "add-on with the licence", row: cells("na", "webinar", "500", "user_type", "licensed"), want: "update user_type:basic>licensed webinar:0>500"},
		{name: "no add-on for somebody basic", row: cells("na", "webinar", "no"), want: "unchanged", codes: "note exists"},
		{name: "a capacity that is not there", row: cells("ada", "webinar", "1000"), want: "invalid", codes: "error no_such_capacity"},
		{name: "several capacities", row: cells("owner", "large_meeting", "yes", "user_type", "licensed"), want: "invalid", codes: "error no_such_capacity"},
		{name: "an add-on that is not there", row: cells("ada", "webinar", "500"), account: &poor, want: "invalid", codes: "error no_such_capacity"},
		{name: "capacities unknown", row: cells("ada", "webinar", "500"), account: &unknown, want: "update webinar:0>500", codes: "note seats_unknown"},
		{name: "a capacity nobody knows", row: cells("ada", "webinar", "yes"), account: &unknown, want: "invalid", codes: "error no_such_capacity"},

		{name: "join and leave", row: cells("ada", "user_group", "+Lab; -sales", "chat_group", "Tea"), want: "update +Lab +Tea -Sales"},
		{name: "replaced", row: cells("ada", "user_group", "=Lab", "chat_group", "(clear)"), want: "update +Lab -Sales -Lunch"},
		{name: "left already", row: cells("ada", "user_group", "-Lab"), want: "unchanged", codes: "note exists"},
		{name: "leave a group that is not there", row: cells("ada", "user_group", "-Lba"), want: "invalid", codes: "error unknown_group"},
		{name: "contact groups", row: cells("ada", "chat_group", "-Lunch; Tea"), account: &contacts, want: "update +Tea -Lunch"},
		{name: "contact groups replaced", row: cells("ada", "chat_group", "=Lunch"), account: &contacts, want: "unchanged", codes: "note exists"},
		{name: "contact groups not read", row: cells("ada", "chat_group", "Tea"), account: &unread, want: "update +Tea", codes: "note not_compared"},

		{name: "absent", row: cells("ad", "department", "x"), want: "absent", codes: "warning absent"},
		{name: "pending", row: cells("pend", "department", "x"), want: "pending", codes: "warning exists_pending"},
		{name: "pending as it is", row: cells("pend", "first_name", "pend"), want: "pending", codes: "note exists_pending"},
		{name: "inactive", row: cells("off", "department", "x"), want: "inactive", codes: "warning exists_inactive"},
		{name: "inactive as it is", row: cells("off", "user_type", "basic"), want: "inactive", codes: "note exists_inactive"},
		{name: "administrator", row: cells("boss", "department", "x"), want: "update department:>x", codes: "warning admin,warning touches_admins"},

		{name: "create in an update", row: cells("new", "action", "create", "first_name", "a", "last_name", "b"), want: "invalid", codes: "error action_not_allowed"},
		{name: "update in an import", mode: plan.ModeImport, row: cells("ada", "action", "update"), want: "invalid", codes: "error action_not_allowed"},
		{name: "an action that is none", row: cells("ada", "action", "promote"), want: "invalid", codes: "error unknown_action"},
		{name: "create somebody known", mode: plan.ModeAuto, row: cells("ada", "action", "create"), want: "invalid", codes: "error exists_for_create"},
		{
			name: "create", mode: plan.ModeAuto, row: cells("new", "first_name", "N", "last_name", "B", "department", "D", "division", "south", "custom:Badge", "1"),
			want: "create basic email:>new@example.com first_name:>N last_name:>B department:>D division:>South custom:Badge:>1",
		},
		{name: "create needs names", mode: plan.ModeAuto, row: cells("new"), want: "invalid", codes: "error missing_first_name,error missing_last_name"},
		{
			name: "create with an add-on", mode: plan.ModeAuto, row: cells("new", "first_name", "N", "last_name", "B", "user_type", "licensed", "webinar", "yes", "large_meeting", "0"),
			want: "create licensed email:>new@example.com first_name:>N last_name:>B webinar:>500",
		},
		{name: "create with an add-on and no licence", mode: plan.ModeAuto, row: cells("new", "first_name", "N", "last_name", "B", "webinar", "500"), want: "invalid", codes: "error needs_licence"},
		{name: "create without a meeting type", mode: plan.ModeAuto, row: cells("new", "first_name", "N", "last_name", "B", "user_type", "none"), want: "invalid", codes: "error type_needs_sso"},
		{name: "update of somebody absent", mode: plan.ModeAuto, row: cells("new", "action", "update"), want: "absent", codes: "warning absent"},

		{name: "deactivate", row: cells("na", "action", "deactivate"), want: "deactivate"},
		{name: "deactivate with other cells", row: cells("na", "action", "deactivate", "department", "x", "user_group", "Nowhere"), want: "deactivate", codes: "note other_cells"},
		{name: "deactivate somebody licensed", row: cells("ada", "action", "deactivate"), want: "deactivate", codes: "warning takes_licences"},
		{name: "deactivate again", row: cells("off", "action", "deactivate"), want: "unchanged", codes: "note nothing_to_do"},
		{name: "deactivate somebody invited", row: cells("pend", "action", "deactivate"), want: "invalid", codes: "error cannot_deactivate"},
		{name: "deactivate the owner", row: cells("owner", "action", "deactivate"), want: "invalid", codes: "error protected_owner"},
		{name: "deactivate somebody absent", row: cells("new", "action", "deactivate"), want: "absent", codes: "warning absent"},
		{name: "activate", row: cells("off", "action", "activate", "department", "x", "user_type", "licensed"), want: "activate department:>x user_type:basic>licensed"},
		{name: "activate somebody active", row: cells("na", "action", "activate", "department", "x"), want: "update department:>x"},
		{name: "activate somebody invited", row: cells("pend", "action", "activate"), want: "pending", codes: "warning exists_pending"},
		{
			name: "resend", row: cells("pend", "action", "resend"),
			want: "resend licensed email:>pend@example.com first_name:>pend last_name:>X display_name:>pend X +Sales",
		},
		{
			name: "resend with other values", row: cells("pend", "action", "resend", "first_name", "P", "user_type", "basic", "user_group", "Lab; -Sales"),
			want: "resend basic email:>pend@example.com first_name:>P last_name:>X display_name:>pend X +Lab",
		},
		{name: "resend what lapsed", row: cells("new", "action", "resend"), want: "resend basic email:>new@example.com"},
		{name: "resend to somebody active", row: cells("ada", "action", "resend"), want: "unchanged", codes: "note nothing_to_do"},
		{name: "withdraw", row: cells("pend", "action", "withdraw"), want: "withdraw"},
		{name: "withdraw from somebody active", row: cells("ada", "action", "withdraw"), want: "unchanged", codes: "note nothing_to_do"},
		{name: "withdraw what lapsed", row: cells("new", "action", "withdraw"), want: "absent", codes: "note absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := fullAccount()
			if tt.account != nil {
				a = *tt.account
			}
			o := basic()
			o.Mode = tt.mode
			if o.Mode == "" {
				o.Mode = plan.ModeUpdate
			}
			p := build(t, rosterOf(tt.row), a, o)
			if diff := cmp.Diff(tt.want, effects(p.Changes[0])); diff != "" {
				t.Errorf("effects mismatch (-want +got):\n%s", diff)
			}
			got := codes(p)
			if diff := cmp.Diff(sortedWords(tt.codes), sortedWords(strings.Join(got, ","))); diff != "" {
				t.Errorf("issues mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func sortedWords(s string) []string {
	words := strings.Split(s, ",")
	slices.Sort(words)
	return words
}

// TestBuildDropsIssuesOfWhatIsSo leaves no row out because of a value that the account has.
func TestBuildDropsIssuesOfWhatIsSo(t *testing.T) {
	t.Parallel()
	u := full()
	u.Department, u.PhoneNumbers[0].Code = strings.Repeat("long ", 40), ""
	a := accountOf(u)
	issue := func(row int, f roster.Field, code roster.Code) roster.Issue {
		return roster.Issue{Line: row + 1, Row: row, Field: f, Code: code, Severity: roster.Error}
	}
	department := strings.TrimSpace(u.Department)
	for _, tt := range []struct {
		name  string
		row   values
		issue roster.Issue
		want  plan.Verdict
	}{
		{"as it is", cells("ada", "department", department), issue(1, roster.Department, roster.TooLong), plan.VerdictUnchanged},
		{"another value", cells("ada", "department", department+"er"), issue(1, roster.Department, roster.TooLong), plan.VerdictInvalid},
		{"of another column", cells("ada", "department", department), issue(1, roster.Location, roster.TooLong), plan.VerdictInvalid},
		{"of the row", cells("ada", "department", department), issue(1, "", roster.RaggedRow), plan.VerdictInvalid},
		{"a second row", cells("ada", "department", department), issue(1, roster.Email, roster.DuplicateEmail), plan.VerdictInvalid},
		{"the address", cells("ada"), issue(1, roster.Email, roster.InvalidEmail), plan.VerdictUnchanged},
		{"the address of nobody", cells("nobody"), issue(1, roster.Email, roster.InvalidEmail), plan.VerdictInvalid},
		{"a column that is left out", cells("ada", "custom:nothing", "x"), issue(1, "custom:nothing", roster.ControlCharacter), plan.VerdictUnchanged},
		{"of a row that is not there", cells("ada"), issue(7, roster.Email, roster.InvalidEmail), plan.VerdictUnchanged},
	} {
		r := rosterOf(tt.row)
		r.Issues = []roster.Issue{tt.issue}
		o := basic()
		o.Mode = plan.ModeUpdate
		if p := plan.Build(r, a, o); p.Changes[0].Verdict != tt.want {
			t.Errorf("%s: %s, want %s: %v", tt.name, p.Changes[0].Verdict, tt.want, p.Issues)
		}
	}
}

// TestBuildAttributeColumns finds attributes in columns whose headers the roster does not know.
func TestBuildAttributeColumns(t *testing.T) {
	t.Parallel()
	r, err := roster.Read([]byte("Email,badge,Shoe Size,Colour\nada@example.com,8,(clear),red\nna@example.com,,44\n"), roster.Options{Required: []roster.Field{roster.Email}})
	if err != nil {
		t.Fatal(err)
	}
	a := fullAccount()
	u := a.Users["ada@example.com"]
	u.CustomAttributes = append(u.CustomAttributes, zoomapi.CustomAttribute{Key: "k2", Name: "Shoe size", Value: "37"})
	a.Users["ada@example.com"], a.AttributesListed = u, true
	o := basic()
	o.Mode = plan.ModeUpdate
	p := build(t, r, a, o)
	got := []string{effects(p.Changes[0]), effects(p.Changes[1])}
	want := []string{"update custom:Badge:7>8 custom:Shoe size:37>", "update custom:Shoe size:>44"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("effects mismatch (-want +got):\n%s", diff)
	}
	if is := find(t, p, roster.UnknownColumn); is.Column != "Colour" {
		t.Errorf("unknown column %q, want only Colour", is.Column)
	}
	if diff := cmp.Diff([]plan.Attribute{{Key: "k1", Name: "Badge"}, {Key: "k2", Name: "Shoe size"}}, p.Attributes); diff != "" {
		t.Errorf("attributes mismatch (-want +got):\n%s", diff)
	}
}

// TestBuildNewGroups creates the groups of the rows that are written, and no others.
func TestBuildNewGroups(t *testing.T) {
	t.Parallel()
	a := fullAccount()
	o := basic()
	o.Mode, o.CreateGroups = plan.ModeAuto, true
	o.GroupNames = map[string]string{"slaes": "Sales", "Reserch": "Research"}
	rows := []values{
		cells("na", "user_group", "new TEAM; Slaes; Reserch"), cells("nb", "user_group", "New Team"), cells("nc", "user_group", "=research"),
		cells("pend", "user_group", "Not this"), cells("nd", "user_group", "Nor this", "chat_group", "Nowhere"), cells("ne", "user_group", "-Nowhere"),
		cells("nf", "user_group", strings.Repeat("x", 129)),
	}
	p := build(t, rosterOf(rows...), a, o)
	if diff := cmp.Diff([]string{"New Team", "Research"}, p.NewGroups); diff != "" {
		t.Errorf("new groups mismatch (-want +got):\n%s", diff)
	}
	var got []string
	for _, c := range p.Changes {
		got = append(got, effects(c))
	}
	want := []string{"update +New Team +Sales +Research", "update +New Team", "update +Research", "pending", "invalid", "unchanged", "invalid"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("effects mismatch (-want +got):\n%s", diff)
	}
	before := p.Digest
	slices.Reverse(rows)
	if p = build(t, rosterOf(rows...), a, o); p.Digest != before {
		t.Error("the digest depends on which spelling comes first")
	}
	o.CreateGroups = false
	p = build(t, rosterOf(cells("na", "user_group", "Reserch")), a, o)
	is := find(t, p, plan.CodeUnknownGroup)
	if is.Value != "Reserch" || is.Params["group"] != "Research" {
		t.Errorf("value %q, group %q: want the name in the file and the one it was renamed to", is.Value, is.Params["group"])
	}
}

// TestBuildOptionsForNewPeople gives everybody who is added what was chosen for the file, unless the row says otherwise.
func TestBuildOptionsForNewPeople(t *testing.T) {
	t.Parallel()
	row := func(name string, kv ...string) values {
		return cells(name, append([]string{"first_name", "F", "last_name", "L"}, kv...)...)
	}
	o := basic()
	o.Mode, o.UserType, o.LargeMeeting, o.Webinar = plan.ModeAuto, zoomapi.TypeLicensed, 500, 3000
	p := build(t, rosterOf(row("x"), row("y", "large_meeting", "1000"), row("z", "large_meeting", "no"), row("w", "user_type", "basic"), cells("na", "department", "D")), fullAccount(), o)
	var got []string
	for _, c := range p.Changes {
		large, _ := c.Value(roster.LargeMeeting)
		webinar, _ := c.Value(roster.Webinar)
		got = append(got, strings.TrimSpace(plan.TypeName(c.UserType)+" "+large+" "+webinar))
	}
	if diff := cmp.Diff([]string{"licensed 500", "licensed 1000", "licensed", "basic", "0"}, got); diff != "" {
		t.Errorf("licences mismatch (-want +got):\n%s", diff)
	}
	want := map[string]string{"fields": "webinar", "capacity": "3000", "capacities": "500"}
	if diff := cmp.Diff(want, find(t, p, plan.CodeNoSuchCapacity).Params); diff != "" {
		t.Errorf("params mismatch (-want +got):\n%s", diff)
	}
	o.UserType, o.Webinar = zoomapi.TypeBasic, 0
	p = build(t, rosterOf(row("x")), fullAccount(), o)
	if is := find(t, p, plan.CodeNeedsLicence); is.Severity != roster.Warning || is.Params["kind"] != "chosen" {
		t.Errorf("issue = %+v", is)
	}
}

// TestBuildAbsentSuggests offers addresses that differ by one slip and that the file does not name.
func TestBuildAbsentSuggests(t *testing.T) {
	t.Parallel()
	a := accountOf(person("ada", 1), person("adam", 1), person("bob", 1), person("zo\u00e9", 1))
	o := basic()
	o.Mode = plan.ModeUpdate
	for _, tt := range []struct{ email, others, want string }{
		{"daa@example.com", "", "ada@example.com"},
		{"adaa@example.com", "", "ada@example.com; adam@example.com"},
		{"adaa@example.com", "ada", "adam@example.com"},
		{"ada@exmaple.com", "", "ada@example.com"},
		{"zo\u00e9@example.co", "", "zo\u00e9@example.com"},
		{"nobody@example.com", "", ""},
	} {
		rows := []values{{roster.Email: tt.email}}
		if tt.others != "" {
			rows = append(rows, cells(tt.others))
		}
		is := find(t, build(t, rosterOf(rows...), a, o), plan.CodeAbsent)
		first, _, _ := strings.Cut(tt.want, "; ")
		if is.Params["nearest"] != tt.want || is.Suggestion != first {
			t.Errorf("%s: nearest %q, suggestion %q, want %q", tt.email, is.Params["nearest"], is.Suggestion, tt.want)
		}
	}
	a.Complete = false
	if is := find(t, build(t, rosterOf(cells("daa")), a, o), plan.CodeAbsent); is.Suggestion != "" {
		t.Errorf("suggestion %q from an account that was not read whole", is.Suggestion)
	}
}

// TestBuildFarReaching warns about files that change much.
func TestBuildFarReaching(t *testing.T) {
	t.Parallel()
	o := basic()
	o.Mode = plan.ModeUpdate
	var users []zoomapi.User
	var rows []values
	for name := range strings.SplitSeq("abcdefghij", "") {
		users = append(users, person(name, zoomapi.TypeLicensed))
		rows = append(rows, cells(name, "user_type", "basic"))
	}
	users = append(users, person("off", 1, inStatus(zoomapi.StatusInactive)))
	a := accountOf(users...)
	p := build(t, rosterOf(rows[:3]...), a, o)
	if diff := cmp.Diff(map[string]string{"touched": "3", "people": "10", "percent": "30"}, find(t, p, plan.CodeTouchesMany).Params); diff != "" {
		t.Errorf("params mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"count": "3"}, find(t, p, plan.CodeTakesLicences).Params); diff != "" {
		t.Errorf("params mismatch (-want +got):\n%s", diff)
	}
	if got := codes(build(t, rosterOf(rows[:2]...), a, o)); slices.Contains(got, "warning touches_many") {
		t.Errorf("a fifth of the people is too much: %v", got)
	}
	a.Complete = false
	if got := codes(build(t, rosterOf(rows...), a, o)); slices.Contains(got, "warning touches_many") {
		t.Errorf("a share of people who were not read: %v", got)
	}
}

// TestLicenceTaken names what goes with a licence.
func TestLicenceTaken(t *testing.T) {
	t.Parallel()
	o := basic()
	o.Mode = plan.ModeUpdate
	is := find(t, build(t, rosterOf(cells("ada", "user_type", "basic")), fullAccount(), o), plan.CodeLicenceTaken)
	want := map[string]string{"licences": "licensed,large_meeting_500", "kind": "add_ons", "fields": "large_meeting"}
	if diff := cmp.Diff(want, is.Params); diff != "" {
		t.Errorf("params mismatch (-want +got):\n%s", diff)
	}
}

// TestBuildTwinGroups believes that whoever is in one of several groups of a name is in the group of that name.
func TestBuildTwinGroups(t *testing.T) {
	t.Parallel()
	in := func(ids ...string) func(*zoomapi.User) { return func(u *zoomapi.User) { u.GroupIDs = ids } }
	a := withGroups(
		accountOf(
			person("one", 1, in("g2")), person("both", 1, in("g2", "g1")), person("none", 1),
			person("pend", 1, in("g2"), inStatus(zoomapi.StatusPending)),
		),
		userGroup("g2", "Twin"), userGroup("g1", "Twin"),
	)
	o := basic()
	o.Mode = plan.ModeAuto
	var got []string
	for _, row := range []values{
		cells("one", "user_group", "Twin"), cells("one", "user_group", "=twin"), cells("one", "user_group", "-Twin"),
		cells("both", "user_group", "-Twin"), cells("none", "user_group", "Twin"), cells("pend", "action", "resend", "user_group", "Twin"),
	} {
		c := build(t, rosterOf(row), a, o).Changes[0]
		ids := []string{string(c.Verdict)}
		for _, g := range c.Groups {
			ids = append(ids, "+"+g.ID)
		}
		for _, g := range c.Leaves {
			ids = append(ids, "-"+g.ID)
		}
		got = append(got, strings.Join(ids, " "))
	}
	want := []string{"unchanged", "unchanged", "update -g2", "update -g1 -g2", "update +g1", "resend +g2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups mismatch (-want +got):\n%s", diff)
	}
}
