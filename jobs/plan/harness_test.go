package plan_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// values are the cells of a row by column.
type values = map[roster.Field]string

// rosterOf makes a roster of rows as Read would make it, without any issue. Rows stand in lines 2, 3, ….
func rosterOf(rows ...values) *roster.Roster {
	r := &roster.Roster{}
	columns := make(values)
	for i, v := range rows {
		r.Rows = append(r.Rows, roster.NewRow(i+2, i+1, v))
		maps.Copy(columns, v)
	}
	for i, f := range slices.Sorted(maps.Keys(columns)) {
		r.Header = append(r.Header, "Column "+string(f))
		r.Columns = append(r.Columns, roster.Column{Index: i, Header: "Column " + string(f), Field: f})
	}
	return r
}

// ada is a row; changed is a copy of a row with other cells, an empty one taken away.
func ada() values {
	return values{roster.Email: "ada@example.com", roster.FirstName: "Ada", roster.LastName: "Lovelace"}
}

func changed(v values, kv ...string) values {
	v = maps.Clone(v)
	for i := 0; i < len(kv); i += 2 {
		v[roster.Field(kv[i])] = kv[i+1]
	}
	return v
}

// accountOf makes a complete account of people whose fields were all read.
func accountOf(users ...zoomapi.User) plan.Account {
	a := plan.Account{Users: make(map[string]zoomapi.User), Detailed: make(map[string]bool), Complete: true}
	for _, u := range users {
		if u.Status == "" {
			u.Status = zoomapi.StatusActive
		}
		a.Users[plan.Key(u.Email)], a.Detailed[plan.Key(u.Email)] = u, true
	}
	return a
}

func withGroups(a plan.Account, groups ...plan.Group) plan.Account {
	a.Groups = groups
	return a
}

func userGroup(id, name string) plan.Group {
	return plan.Group{ID: id, Name: name, Kind: plan.UserGroup}
}

func imGroup(id, name string) plan.Group { return plan.Group{ID: id, Name: name, Kind: plan.IMGroup} }

func contactGroup(id, name string) plan.Group {
	return plan.Group{ID: id, Name: name, Kind: plan.ContactGroup}
}

func adaUser() zoomapi.User {
	return zoomapi.User{
		ID: "u1", Email: "Ada@Example.com", FirstName: "Ada", LastName: "Lovelace", DisplayName: "Ada Lovelace",
		Department: "Engines", JobTitle: "Analyst", Location: "London", Manager: "charles@example.com",
		GroupIDs: []string{"g1"}, IMGroupIDs: []string{"m1"}, Status: zoomapi.StatusActive,
	}
}

func basic() plan.Options {
	return plan.Options{
		AccountID: "acc", UserType: zoomapi.TypeBasic, CreateAction: zoomapi.ActionAutoCreate, Tier: zoomapi.PlanBusiness, Share: 1,
		MadeAt: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
	}
}

// build plans and checks what holds for every plan.
func build(tb testing.TB, r *roster.Roster, a plan.Account, o plan.Options) *plan.Plan {
	tb.Helper()
	p := plan.Build(r, a, o)
	for _, fault := range faults(r, p) {
		tb.Error(fault)
	}
	return p
}

// faults lists how a plan breaks what is promised of every plan.
func faults(r *roster.Roster, p *plan.Plan) []string {
	var out []string
	want := func(ok bool, what string) {
		if !ok {
			out = append(out, what)
		}
	}
	want(len(p.Changes) == len(r.Rows), "not one change per row")
	invalid := make(map[int]bool)
	for _, is := range p.Issues {
		if is.Severity == roster.Error && is.Row > 0 {
			invalid[is.Row] = true
		}
		want(is.Value == "" || len([]rune(is.Value)) <= 80, "the value of an issue is too long")
	}
	n := make(map[plan.Verdict]int)
	created := make(map[string]bool)
	actions := map[plan.Verdict]plan.Action{
		plan.VerdictCreate: plan.ActionCreate, plan.VerdictUpdate: plan.ActionUpdate, plan.VerdictActivate: plan.ActionActivate,
		plan.VerdictDeactivate: plan.ActionDeactivate, plan.VerdictResend: plan.ActionResend, plan.VerdictWithdraw: plan.ActionWithdraw,
		plan.VerdictDelete: plan.ActionDelete, plan.VerdictUnlink: plan.ActionUnlink,
	}
	for i, c := range p.Changes {
		if i < len(r.Rows) {
			want(c.Line == r.Rows[i].Line && c.Row == r.Rows[i].Number, "change is not about its row")
			// Whoever got another address has it in the plan that takes it back.
			want(c.Key == r.Rows[i].Key() || p.Undoes != "", "change is not about the person of its row")
		}
		n[c.Verdict]++
		effects := len(c.Fields) + len(c.Groups) + len(c.Leaves)
		action, writes := actions[c.Verdict]
		if !writes {
			action = plan.ActionNone
		}
		want(c.Action == action, "action does not fit the verdict")
		switch c.Verdict {
		case plan.VerdictUpdate, plan.VerdictDiffers:
			want(effects > 0, "differs, but nothing does")
		case plan.VerdictCreate, plan.VerdictActivate, plan.VerdictResend, plan.VerdictDelete, plan.VerdictUnlink:
		default:
			want(effects == 0, "nothing is written, but something would be")
		}
		if writes {
			want(!created[c.Key], "two rows write one person")
			created[c.Key] = true
		}
		for _, f := range c.Fields {
			adds := c.Action == plan.ActionCreate || c.Action == plan.ActionResend
			want(f.Unread || f.Old != f.New || (adds && f.New != ""), "a field does not change")
			want(!f.Unread || f.Old == "", "a field that was not read has a value")
		}
		want((c.Verdict == plan.VerdictInvalid) == invalid[c.Row], "an error and the verdict invalid do not go together")
		want(c.Key != "" || c.Verdict == plan.VerdictInvalid || p.Undoes != "" && !writes, "a row without an address is used")
	}
	k := p.Counts
	want(plan.Counts{
		Rows: len(p.Changes), Create: n[plan.VerdictCreate], Update: n[plan.VerdictUpdate], Activate: n[plan.VerdictActivate],
		Deactivate: n[plan.VerdictDeactivate], Resend: n[plan.VerdictResend], Withdraw: n[plan.VerdictWithdraw],
		Delete: n[plan.VerdictDelete], Unlink: n[plan.VerdictUnlink],
		Unchanged: n[plan.VerdictUnchanged], Differs: n[plan.VerdictDiffers], Pending: n[plan.VerdictPending],
		Inactive: n[plan.VerdictInactive], Absent: n[plan.VerdictAbsent], Invalid: n[plan.VerdictInvalid],
		Kept: n[plan.VerdictKept], Irreversible: n[plan.VerdictIrreversible],
	} == k, "counts are not those of the verdicts")
	want(k.Rows == k.Writes()+k.Existing()+k.Absent+k.Invalid+k.Kept+k.Irreversible, "counts do not add up")
	want(p.Writes() == (len(created) > 0), "Writes is wrong")
	for i, s := range p.Seats {
		want(s.Needed >= 0 && s.Freed >= 0 && s.Free >= 0 && s.Short() >= 0, "seats are negative")
		want(i == 0 || s.Licence != plan.LicenceBase, "the base licence is not the first")
		want(s.Known || (s.Total == 0 && s.Free == 0 && s.Short() == 0), "seats nobody knows are counted")
	}
	want(slices.IsSorted(p.NewGroups), "new groups are not sorted")
	touched, removed := 0, 0
	for _, c := range p.Changes {
		switch c.Action {
		case plan.ActionDeactivate, plan.ActionDelete, plan.ActionUnlink:
			touched++
			if c.Status != "inactive" {
				// Who was shut out before has no access to lose.
				removed++
			}
		case plan.ActionUpdate, plan.ActionActivate:
			touched++
		case plan.ActionNone, plan.ActionCreate, plan.ActionResend, plan.ActionWithdraw:
		}
	}
	want(p.Touched() == touched && p.Removed() == removed, "people in the account are miscounted")
	return out
}

// codes lists the codes of a plan's issues with their severities, in order.
func codes(p *plan.Plan) []string {
	var out []string
	for _, is := range p.Issues {
		out = append(out, is.Severity.String()+" "+string(is.Code))
	}
	return out
}

// find returns the only issue with a code.
func find(tb testing.TB, p *plan.Plan, code roster.Code) roster.Issue {
	tb.Helper()
	var found []roster.Issue
	for _, is := range p.Issues {
		if is.Code == code {
			found = append(found, is)
		}
	}
	if len(found) != 1 {
		tb.Fatalf("%d issues %s, want 1; all: %v", len(found), code, codes(p))
	}
	return found[0]
}
