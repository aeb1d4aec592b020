package plan_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// people are n new people, each with the extra cells.
func people(n int, kv ...string) []values {
	var rows []values
	for i := range n {
		name := "p" + strconv.Itoa(i)
		rows = append(rows, changed(values{roster.Email: name + "@example.com", roster.FirstName: name, roster.LastName: "X"}, kv...))
	}
	return rows
}

func TestCost(t *testing.T) {
	t.Parallel()
	groups := []plan.Group{userGroup("g1", "Sales"), userGroup("g2", "Lab"), imGroup("m1", "Lunch"), contactGroup("c1", "Tea")}
	tests := []struct {
		name   string
		action zoomapi.CreateAction
		tier   zoomapi.Plan
		share  float64
		rows   []values
		today  int
		want   plan.Cost
	}{
		{name: "nothing to do", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, share: 1, want: plan.Cost{Days: 1}},
		{
			name: "invited without groups", action: zoomapi.ActionCreate, tier: zoomapi.PlanPro, share: 1, rows: people(31, "department", "D", "chat_group", "Lunch"),
			want: plan.Cost{Light: 31, Duration: 2 * time.Second, Days: 1, PerDay: 1500, Left: 1500},
		},
		{
			name: "invited, placed in their first group", action: zoomapi.ActionCreate, tier: zoomapi.PlanPro, share: 1,
			rows: append(people(60, "user_group", "Lab; Sales", "job_title", "T"), changed(ada(), "chat_group", "Lunch")),
			want: plan.Cost{Light: 121, Duration: 5 * time.Second, Days: 1, PerDay: 1500, Left: 1500},
		},
		{
			name: "active at once with nothing but names", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, share: 1, rows: people(60, "display_name", "N"),
			want: plan.Cost{Light: 60, Duration: 2 * time.Second, Days: 1},
		},
		{
			name: "active at once with profile", action: zoomapi.ActionSSOCreate, tier: zoomapi.PlanPro, share: 1, rows: people(60, "department", "D", "manager", "M"),
			want: plan.Cost{Light: 120, Duration: 4 * time.Second, Days: 1},
		},
		{
			name: "full batches of user groups", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, share: 1, rows: people(60, "user_group", "Sales"),
			want: plan.Cost{Light: 60, Medium: 2, Duration: 3 * time.Second, Days: 1},
		},
		{
			name: "every kind of group in its own batches", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, share: 1,
			rows: people(61, "user_group", "Sales;Lab", "chat_group", "Lunch;Tea"),
			// 3+3 batches of user groups, 7 of the chat group, 2 of the contact group.
			want: plan.Cost{Light: 61, Medium: 13, Heavy: 2, Duration: 3 * time.Second, Days: 1},
		},
		{
			name: "half the share takes twice as long", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, share: 0.5, rows: people(60),
			want: plan.Cost{Light: 60, Duration: 4 * time.Second, Days: 1},
		},
		{
			name: "business", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanBusiness, share: 0.25, rows: people(60),
			want: plan.Cost{Light: 60, Duration: 3 * time.Second, Days: 1},
		},
		{
			name: "free", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanFree, share: 1, rows: people(61, "user_group", "Sales"),
			want: plan.Cost{Light: 61, Medium: 3, Duration: 17 * time.Second, Days: 1},
		},
		{
			name: "rounding does not make a second", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, share: 0.03, rows: people(9),
			want: plan.Cost{Light: 9, Duration: 10 * time.Second, Days: 1},
		},
		{
			name: "no share is all of it", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, rows: people(60),
			want: plan.Cost{Light: 60, Duration: 2 * time.Second, Days: 1},
		},
		{
			name: "absurd share", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, share: 1e-300, rows: people(1),
			want: plan.Cost{Light: 1, Duration: 87600 * time.Hour, Days: 1},
		},
		{
			name: "unknown tier", action: zoomapi.ActionCreate, share: 1, rows: people(60),
			want: plan.Cost{Light: 60, Days: 1},
		},
		{
			name: "a full day of invitations", action: zoomapi.ActionCreate, tier: zoomapi.PlanFree, share: 1, rows: people(50),
			want: plan.Cost{Light: 50, Duration: 13 * time.Second, Days: 1, PerDay: 50, Left: 50},
		},
		{
			name: "invitations over days", action: zoomapi.ActionCreate, tier: zoomapi.PlanFree, share: 1, rows: people(101),
			want: plan.Cost{Light: 101, Duration: 26 * time.Second, Days: 3, PerDay: 50, Left: 50},
		},
		{
			name: "what is left of today is used first", action: zoomapi.ActionCreate, tier: zoomapi.PlanFree, share: 1, rows: people(60), today: 40,
			want: plan.Cost{Light: 60, Duration: 15 * time.Second, Days: 2, PerDay: 50, Left: 10},
		},
		{
			name: "just what is left of today", action: zoomapi.ActionCreate, tier: zoomapi.PlanFree, share: 1, rows: people(10), today: 40,
			want: plan.Cost{Light: 10, Duration: 3 * time.Second, Days: 1, PerDay: 50, Left: 10},
		},
		{
			name: "nothing is left of today", action: zoomapi.ActionCreate, tier: zoomapi.PlanFree, share: 1, rows: people(51), today: 70,
			want: plan.Cost{Light: 51, Duration: 13 * time.Second, Days: 3, PerDay: 50},
		},
		{
			name: "nobody is invited on a day that is used up", action: zoomapi.ActionCreate, tier: zoomapi.PlanFree, share: 1, today: 50,
			want: plan.Cost{Days: 1, PerDay: 50},
		},
		{
			name: "who is active at once is not counted by day", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanFree, share: 1, rows: people(101),
			want: plan.Cost{Light: 101, Duration: 26 * time.Second, Days: 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := withGroups(accountOf(), groups...)
			a.Reads = 7
			o := basic()
			o.CreateAction, o.Tier, o.Share, o.InvitedToday = tt.action, tt.tier, tt.share, tt.today
			p := build(t, rosterOf(tt.rows...), a, o)
			want := tt.want
			want.Reads = 7
			if diff := cmp.Diff(want, p.Cost); diff != "" {
				t.Errorf("cost mismatch (-want +got):\n%s", diff)
			}
			if want.Days == 1 {
				if got := strings.Join(codes(p), " "); strings.Contains(got, string(plan.CodeDailyCap)) {
					t.Errorf("issues = %s", got)
				}
				return
			}
			params := map[string]string{"days": strconv.Itoa(want.Days), "per_day": strconv.Itoa(want.PerDay), "left": strconv.Itoa(want.Left)}
			if diff := cmp.Diff(params, find(t, p, plan.CodeDailyCap).Params); diff != "" {
				t.Errorf("params mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCostLeavesOutOtherRows counts calls for people who are added and nobody else.
func TestCostLeavesOutOtherRows(t *testing.T) {
	t.Parallel()
	differing := changed(ada(), "department", "Poetry", "user_group", "Lab")
	unusable := changed(ada(), "email", "b@example.com", "department", "D", "user_group", "Lab; Nowhere")
	a := withGroups(accountOf(adaUser()), userGroup("g2", "Lab"))
	got := build(t, rosterOf(differing, unusable), a, basic()).Cost
	if diff := cmp.Diff(plan.Cost{Days: 1}, got); diff != "" {
		t.Errorf("cost mismatch (-want +got):\n%s", diff)
	}
}

// TestCostOfUpdates counts the calls for people who are there already.
func TestCostOfUpdates(t *testing.T) {
	t.Parallel()
	contacts := fullAccount()
	contacts.Groups = []plan.Group{contactGroup("c1", "Lunch"), contactGroup("c2", "Tea")}
	contacts.Members = map[string]map[string]bool{"c1": {}, "c2": {}}
	var leaving []values
	for key := range contacts.Users {
		contacts.Members["c1"][key] = true
	}
	for name := range strings.SplitSeq("abcdefghijklmnopqrst", "") {
		leaving = append(leaving, cells("n"+name, "chat_group", "-Lunch; Tea"))
	}
	leaving = append(leaving, cells("ada", "chat_group", "-Lunch"))
	for _, tt := range []struct {
		name    string
		rows    []values
		account plan.Account
		action  zoomapi.CreateAction
		want    plan.Cost
	}{
		{name: "nothing to do", rows: []values{cells("ada"), cells("off"), cells("gone")}},
		{name: "profile", rows: []values{cells("ada", "last_name", "King", "custom:Badge", "8")}, want: plan.Cost{Light: 2}},
		{name: "the type is a call of its own", rows: []values{cells("na", "user_type", "licensed", "department", "D")}, want: plan.Cost{Light: 3}},
		{name: "add-ons", rows: []values{cells("ada", "webinar", "500", "large_meeting", "0")}, want: plan.Cost{Light: 1, Medium: 2}},
		{name: "groups", rows: []values{cells("ada", "user_group", "=Lab", "chat_group", "=Tea")}, want: plan.Cost{Light: 2, Medium: 3}},
		{name: "contact groups", rows: leaving, account: contacts, want: plan.Cost{Light: 21, Heavy: 3}},
		{name: "deactivate", rows: []values{cells("na", "action", "deactivate")}, want: plan.Cost{Light: 2}},
		{name: "activate", rows: []values{cells("off", "action", "activate", "department", "D")}, want: plan.Cost{Light: 3}},
		{name: "resend", rows: []values{cells("pend", "action", "resend", "job_title", "T")}, action: zoomapi.ActionCreate, want: plan.Cost{Light: 3, PerDay: 50, Left: 50}},
		{name: "resend to people who are active at once", rows: []values{cells("gone", "action", "resend", "job_title", "T")}, want: plan.Cost{Light: 3}},
		{name: "withdraw", rows: []values{cells("pend", "action", "withdraw")}, want: plan.Cost{Light: 1}},
		{name: "new groups", rows: []values{cells("na", "user_group", "A; B"), cells("nb", "user_group", "b")}, want: plan.Cost{Light: 4, Medium: 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := tt.account
			if a.Users == nil {
				a = fullAccount()
			}
			o := basic()
			o.Mode, o.Tier, o.CreateGroups = plan.ModeAuto, zoomapi.PlanFree, true
			for i := range tt.rows {
				if tt.rows[i][roster.Action] == "" {
					tt.rows[i] = changed(tt.rows[i], "action", "update")
				}
			}
			if tt.action != "" {
				o.CreateAction = tt.action
			}
			got := build(t, rosterOf(tt.rows...), a, o).Cost
			got.Duration, got.Days = 0, 0
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("cost mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCostCountsResentInvitations against the limit of the day, since each is a new invitation to Zoom.
func TestCostCountsResentInvitations(t *testing.T) {
	t.Parallel()
	rows := people(26)
	for i := range 25 {
		rows = append(rows, cells("r"+strconv.Itoa(i), "action", "resend"))
	}
	o := basic()
	o.Mode, o.Tier, o.CreateAction = plan.ModeAuto, zoomapi.PlanFree, zoomapi.ActionCreate
	if got := build(t, rosterOf(rows...), accountOf(), o).Cost; got.Days != 2 || got.PerDay != 50 {
		t.Errorf("%d days at %d a day, want 2 at 50", got.Days, got.PerDay)
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, k := range []plan.GroupKind{plan.UserGroup, plan.IMGroup, plan.ContactGroup, "other"} {
		fmt.Fprintf(&got, "%s %d %s\n", k, k.BatchSize(), k.Class())
	}
	want := "user_group 30 medium\nim_group 10 medium\ncontact_group 50 heavy\nother 1 medium\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("batches mismatch (-want +got):\n%s", diff)
	}
}
