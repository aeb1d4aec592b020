package plan_test

import (
	"fmt"
	"math"
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

func TestSeats(t *testing.T) {
	t.Parallel()
	pending := adaUser()
	pending.Status = zoomapi.StatusPending
	tests := []struct {
		name     string
		userType int
		licences plan.Licences
		rows     []values
		want     plan.Seats
		short    int
		codes    []string
	}{
		{
			name: "basic takes none", userType: zoomapi.TypeBasic, licences: plan.Licences{Known: true}, rows: people(3),
			want: plan.Seats{Type: zoomapi.TypeBasic},
		},
		{
			name: "enough", userType: zoomapi.TypeLicensed, licences: plan.Licences{Known: true, Total: 10, Used: 5, Reserved: 2}, rows: people(3),
			want: plan.Seats{Type: zoomapi.TypeLicensed, Needed: 3, Known: true, Total: 10, Used: 5, Reserved: 2, Free: 3},
		},
		{
			name: "short", userType: zoomapi.TypeLicensed, licences: plan.Licences{Known: true, Total: 10, Used: 6, Reserved: 3}, rows: people(3),
			want:  plan.Seats{Type: zoomapi.TypeLicensed, Needed: 3, Known: true, Total: 10, Used: 6, Reserved: 3, Free: 1},
			short: 2, codes: []string{"warning not_enough_seats"},
		},
		{
			name: "over-used", userType: zoomapi.TypeLicensed, licences: plan.Licences{Known: true, Total: 10, Used: 12, Reserved: 3}, rows: people(1),
			want:  plan.Seats{Type: zoomapi.TypeLicensed, Needed: 1, Known: true, Total: 10, Used: 12, Reserved: 3},
			short: 1, codes: []string{"warning not_enough_seats"},
		},
		{
			name: "absurd numbers", userType: zoomapi.TypeLicensed,
			licences: plan.Licences{Known: true, Total: 5, Used: math.MaxInt, Reserved: math.MaxInt}, rows: people(1),
			want:  plan.Seats{Type: zoomapi.TypeLicensed, Needed: 1, Known: true, Total: 5, Used: math.MaxInt, Reserved: math.MaxInt},
			short: 1, codes: []string{"warning not_enough_seats"},
		},
		{
			name: "negative numbers give nothing away", userType: zoomapi.TypeLicensed,
			licences: plan.Licences{Known: true, Total: 5, Used: -3, Reserved: math.MinInt}, rows: people(6),
			want:  plan.Seats{Type: zoomapi.TypeLicensed, Needed: 6, Known: true, Total: 5, Used: -3, Reserved: math.MinInt, Free: 5},
			short: 1, codes: []string{"warning not_enough_seats"},
		},
		{
			name: "unknown", userType: zoomapi.TypeLicensed, rows: people(2),
			want: plan.Seats{Type: zoomapi.TypeLicensed, Needed: 2}, codes: []string{"note seats_unknown"},
		},
		{
			name: "unknown and not needed", userType: zoomapi.TypeLicensed, rows: []values{ada()},
			want: plan.Seats{Type: zoomapi.TypeLicensed}, codes: []string{"note exists_pending"},
		},
		{
			name: "only new people of usable rows take seats", userType: zoomapi.TypeLicensed, licences: plan.Licences{Known: true, Total: 1},
			rows: append(people(1), ada(), changed(ada(), "email", "b@example.com", "user_group", "Nowhere")),
			want: plan.Seats{Type: zoomapi.TypeLicensed, Needed: 1, Known: true, Total: 1, Free: 1}, codes: []string{"note exists_pending", "error unknown_group"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := accountOf(pending)
			a.Licences = tt.licences
			o := basic()
			o.UserType = tt.userType
			p := build(t, rosterOf(tt.rows...), a, o)
			if diff := cmp.Diff(tt.want, p.Seats); diff != "" {
				t.Errorf("seats mismatch (-want +got):\n%s", diff)
			}
			if got := p.Seats.Short(); got != tt.short {
				t.Errorf("short = %d, want %d", got, tt.short)
			}
			if diff := cmp.Diff(tt.codes, codes(p)); diff != "" {
				t.Errorf("issues mismatch (-want +got):\n%s", diff)
			}
			if tt.short > 0 {
				want := map[string]string{"needed": strconv.Itoa(tt.want.Needed), "free": strconv.Itoa(tt.want.Free), "short": strconv.Itoa(tt.short)}
				if diff := cmp.Diff(want, find(t, p, plan.CodeNotEnoughSeats).Params); diff != "" {
					t.Errorf("params mismatch (-want +got):\n%s", diff)
				}
			}
		})
	}
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
		want   plan.Cost
	}{
		{name: "nothing to do", action: zoomapi.ActionAutoCreate, tier: zoomapi.PlanPro, share: 1, want: plan.Cost{Days: 1}},
		{
			name: "invited without groups", action: zoomapi.ActionCreate, tier: zoomapi.PlanPro, share: 1, rows: people(31, "department", "D", "chat_group", "Lunch"),
			want: plan.Cost{Light: 31, Duration: 2 * time.Second, Days: 1, PerDay: 1500},
		},
		{
			name: "invited, placed in their first group", action: zoomapi.ActionCreate, tier: zoomapi.PlanPro, share: 1,
			rows: append(people(60, "user_group", "Lab; Sales", "job_title", "T"), changed(ada(), "chat_group", "Lunch")),
			want: plan.Cost{Light: 121, Duration: 5 * time.Second, Days: 1, PerDay: 1500},
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
			want: plan.Cost{Light: 50, Duration: 13 * time.Second, Days: 1, PerDay: 50},
		},
		{
			name: "invitations over days", action: zoomapi.ActionCreate, tier: zoomapi.PlanFree, share: 1, rows: people(101),
			want: plan.Cost{Light: 101, Duration: 26 * time.Second, Days: 3, PerDay: 50},
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
			o.CreateAction, o.Tier, o.Share = tt.action, tt.tier, tt.share
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
			params := map[string]string{"days": strconv.Itoa(want.Days), "per_day": strconv.Itoa(want.PerDay)}
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
