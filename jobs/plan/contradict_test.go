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

// readRoster reads a file as it would come in.
func readRoster(tb testing.TB, file string) *roster.Roster {
	tb.Helper()
	r, err := roster.Read([]byte(file), roster.Options{Required: []roster.Field{roster.Email}})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// changing are options under which files may do everything.
func changing() plan.Options {
	o := basic()
	o.Mode, o.AllowDelete = plan.ModeAuto, true
	return o
}

// TestBuildRowsContradict: of several rows about a person that ask for different actions none is used, in any order.
func TestBuildRowsContradict(t *testing.T) {
	t.Parallel()
	const out, twice = "invalid:rows_contradict", "invalid:duplicate_email"
	for _, tt := range []struct {
		name string
		rows []string
		want []string
		// ordered says that the order of the rows matters.
		ordered bool
	}{
		{"delete and update", []string{"na@example.com,delete,", "na@example.com,update,Lab"}, []string{out, out}, false},
		{"delete and no action", []string{"na@example.com,delete,", "NA@example.com,,Lab"}, []string{out, out}, false},
		{"the same twice, then another", []string{"na@example.com,delete,", "na@example.com,delete,", "na@example.com,update,Lab"}, []string{out, out, out}, false},
		{"an action nobody knows", []string{"na@example.com,delete,", "na@example.com,dance,"}, []string{out, out + "+unknown_action"}, false},
		{"no action is update", []string{"na@example.com,update,Lab", "na@example.com,,Shop"}, []string{"update", twice}, true},
		{"other people", []string{"na@example.com,delete,", "nb@example.com,update,Lab"}, []string{"delete", "update"}, false},
		{
			"a receiver of whom they say different things",
			[]string{"na@example.com,delete,,heir@example.com,yes", "heir@example.com,update,Lab", "heir@example.com,deactivate,"},
			[]string{"invalid:transfer_to", out, out},
			false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			digests := make(map[string]bool)
			for _, reverse := range []bool{false, true} {
				rows, want := slices.Clone(tt.rows), slices.Clone(tt.want)
				if reverse && !tt.ordered {
					slices.Reverse(rows)
					slices.Reverse(want)
				}
				r := readRoster(t, "Email,Action,Department,Transfer to,Transfer meetings\n"+strings.Join(rows, "\n")+"\n")
				p := build(t, r, removable(), changing())
				digests[p.Digest] = true
				var got []string
				for _, c := range p.Changes {
					var errs []string
					for _, is := range p.Issues {
						if is.Row == c.Row && is.Severity == roster.Error {
							errs = append(errs, string(is.Code))
						}
					}
					slices.Sort(errs)
					got = append(got, strings.TrimSuffix(string(c.Verdict)+":"+strings.Join(errs, "+"), ":"))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("rows mismatch (-want +got):\n%s", diff)
				}
			}
			if len(digests) != 1 {
				t.Error("the digest depends on the order of the rows")
			}
		})
	}
}

func TestBuildRowsContradictParams(t *testing.T) {
	t.Parallel()
	rows := []values{cells("na", "action", "delete")}
	for range 7 {
		rows = append(rows, cells("na", "action", "update"))
	}
	p := build(t, rosterOf(rows...), removable(), changing())
	want := map[string]string{"lines": "3, 4, 5, 6, 7", "actions": "delete, update"}
	if diff := cmp.Diff(want, p.Issues[0].Params); diff != "" || p.Issues[0].Code != plan.CodeRowsContradict {
		t.Errorf("%s mismatch (-want +got):\n%s", p.Issues[0].Code, diff)
	}
}

// TestBuildFaultyGroupCells: a group cell with a fault is an error also where what could be read of it is so already.
func TestBuildFaultyGroupCells(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]plan.Verdict{
		"Sales; =Support": plan.VerdictInvalid, "Sales; (clear)": plan.VerdictInvalid, "=Sales; Lab; -Paris": plan.VerdictInvalid,
		"=Sales; -Lab": plan.VerdictInvalid, "Sales; -Lab; -": plan.VerdictInvalid, "Sales; – ": plan.VerdictInvalid, "Sales; -Lab": plan.VerdictUnchanged,
	} {
		for _, mode := range []plan.Mode{plan.ModeUpdate, plan.ModeImport} {
			o := basic()
			o.Mode = mode
			p := build(t, readRoster(t, "Email,User Group\nada@example.com,"+cell+"\n"), fullAccount(), o)
			if got := p.Changes[0].Verdict; got != want {
				t.Errorf("%s, %q: %s, want %s; issues %v", mode, cell, got, want, codes(p))
			}
		}
	}
}

// TestBuildTypesContradict: a row that says two user types is left out, also where the account has one of them.
func TestBuildTypesContradict(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]plan.Verdict{
		"licensed,Zoom Workplace Basic": plan.VerdictInvalid, "basic,licensed": plan.VerdictInvalid,
		"licensed,Zoom Workplace Pro": plan.VerdictUnchanged, "basic,": plan.VerdictUpdate, "licensed,Zoom Phone Pro": plan.VerdictUnchanged,
	} {
		p := build(t, readRoster(t, "Email,User Type,Licenses\nada@example.com,"+cell+"\n"), fullAccount(), changing())
		if got := p.Changes[0].Verdict; got != want {
			t.Errorf("%q: %s, want %s; issues %v", cell, got, want, codes(p))
		}
	}
}

// TestBuildManager warns about managers who are not there, or not for long.
func TestBuildManager(t *testing.T) {
	t.Parallel()
	row := cells("na", "manager", "Nb@example.com")
	for _, tt := range []struct {
		name string
		rows []values
		want []string
	}{
		{"stays", []values{row, cells("nb", "department", "Lab")}, nil},
		{"deleted", []values{row, cells("nb", "action", "delete")}, []string{"warning manager_leaves"}},
		{"unlinked, further up", []values{cells("nb", "action", "unlink"), row}, []string{"warning manager_leaves"}},
		{"deactivated", []values{row, cells("nb", "action", "deactivate")}, []string{"warning manager_leaves"}},
		{"already the manager", []values{cells("nc", "manager", "nb@example.com"), cells("nb", "action", "delete")}, []string{"warning manager_leaves"}},
		{"of somebody who goes too", []values{changed(row, "action", "delete"), cells("nb", "action", "delete")}, nil},
		{"not deleted after all", []values{row, cells("nb", "action", "delete", "transfer_meetings", "yes")}, nil},
		{"not there", []values{cells("na", "manager", "gone@example.com")}, []string{"warning unknown_manager"}},
		{"perhaps there", []values{cells("na", "manager", "other@example.com")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := removable()
			a.Users["nc@example.com"] = person("nc", zoomapi.TypeBasic, func(u *zoomapi.User) { u.Manager = "nb@example.com" })
			a.Detailed["nc@example.com"] = true
			a.Complete, a.Absent = false, map[string]bool{"gone@example.com": true}
			p := build(t, rosterOf(tt.rows...), a, changing())
			got := slices.DeleteFunc(codes(p), func(c string) bool { return !strings.Contains(c, "manager") })
			if !slices.Equal(tt.want, got) {
				t.Errorf("issues %v, want %v", got, tt.want)
			}
		})
	}
}

func TestNeedsFeatures(t *testing.T) {
	t.Parallel()
	licensed, unlicensed := person("na", zoomapi.TypeLicensed), person("na", zoomapi.TypeBasic)
	for _, tt := range []struct {
		name string
		row  values
		user *zoomapi.User
		want bool
	}{
		{"names an add-on", cells("na", "webinar", "500"), &unlicensed, true},
		{"clears an add-on", cells("na", "translated_captions", "(clear)"), &licensed, true},
		{"takes the licence", cells("na", "user_type", "basic"), &licensed, true},
		{"takes the licence by the portal's column", cells("na", "licenses", "Zoom Workplace Basic"), &licensed, true},
		{"keeps the licence", cells("na", "user_type", "licensed"), &licensed, false},
		{"has none to take", cells("na", "user_type", "basic"), &unlicensed, false},
		{"says nothing of it", cells("na", "department", "Lab"), &licensed, false},
		{"is not there", cells("na", "user_type", "basic"), nil, false},
	} {
		row := roster.NewRow(2, 1, tt.row)
		if got := plan.NeedsFeatures(&row, tt.user); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestTextAddsUp: the counts of the head line are those of all rows.
func TestTextAddsUp(t *testing.T) {
	t.Parallel()
	r := rosterOf(cells("na", "action", "delete"), cells("nb", "action", "unlink"), cells("nc", "action", "delete"), cells("nd", "department", "Lab"))
	const want = "\nrows: 4 = 1 update + 2 delete + 1 unlink\n"
	if text := build(t, r, removable(), changing()).Text(); !strings.Contains(text, want) {
		t.Errorf("text lacks %q:\n%s", want, text)
	}
}

// TestManagerOfWrongRow: whoever mends a row learns of its unknown manager at once.
func TestManagerOfWrongRow(t *testing.T) {
	t.Parallel()
	r, err := roster.Read([]byte("Email,Phone Number,Manager\nann@example.com,0612345678,nobody@example.com\n"), roster.Options{Required: []roster.Field{roster.Email}})
	if err != nil {
		t.Fatal(err)
	}
	p := plan.Build(r, plan.Account{
		Users: map[string]zoomapi.User{"ann@example.com": {ID: "1", Email: "ann@example.com", Type: 1, Status: zoomapi.StatusActive}}, Complete: true,
	}, plan.Options{Mode: plan.ModeUpdate})
	var codes []roster.Code
	for _, is := range p.Issues {
		codes = append(codes, is.Code)
	}
	if !slices.Contains(codes, plan.CodeUnknownManager) || !slices.Contains(codes, roster.InvalidPhone) {
		t.Errorf("issues %v, want the phone number and the manager", codes)
	}
}
