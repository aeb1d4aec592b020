package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	rows := []values{cells("na", "department", "Lab"), cells("nb", "department", "Lab"), cells("new", "first_name", "N", "last_name", "N"), cells("nd", "division", "south")}
	edit := func(f func(*plan.Account)) plan.Account {
		a := fullAccount()
		f(&a)
		return a
	}
	user := func(key string, f func(*zoomapi.User)) plan.Account {
		return edit(func(a *plan.Account) {
			u := a.Users[key]
			f(&u)
			a.Users[key] = u
		})
	}
	for _, tt := range []struct {
		name  string
		after plan.Account
		want  map[int][2]string
	}{
		{name: "nothing", after: fullAccount()},
		{
			name: "another old value", after: user("na@example.com", func(u *zoomapi.User) { u.Department = "Hand" }),
			want: map[int][2]string{2: {"update department:>Lab", "update department:Hand>Lab"}},
		},
		{
			name: "done by hand", after: user("nb@example.com", func(u *zoomapi.User) { u.Department = "Lab" }),
			want: map[int][2]string{3: {"update department:>Lab", "unchanged"}},
		},
		{
			name: "somebody was added by hand", after: edit(func(a *plan.Account) { a.Users["new@example.com"] = person("new", zoomapi.TypeBasic) }),
			want: map[int][2]string{4: {"create basic email:>new@example.com first_name:>N last_name:>N", "update first_name:new>N last_name:X>N"}},
		},
		{
			name: "somebody left", after: edit(func(a *plan.Account) { delete(a.Users, "na@example.com") }),
			want: map[int][2]string{2: {"update department:>Lab", "invalid"}},
		},
		{
			name: "somebody else has the address", after: user("na@example.com", func(u *zoomapi.User) { u.ID = "other" }),
			want: map[int][2]string{2: {"update department:>Lab", "update department:>Lab"}},
		},
		{
			name: "another division of that name", after: edit(func(a *plan.Account) { a.Divisions[1].ID = "d9" }),
			want: map[int][2]string{5: {"update division:>South", "update division:>South"}},
		},
		{name: "nothing that matters", after: user("na@example.com", func(u *zoomapi.User) { u.LastLoginTime = "later" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := changing()
			before := build(t, rosterOf(rows...), fullAccount(), o)
			o.MadeAt = o.MadeAt.Add(time.Hour)
			after := build(t, rosterOf(rows...), tt.after, o)
			d := plan.Compare(before, after)
			var got map[int][2]string
			for _, r := range d.Rows {
				if got == nil {
					got = make(map[int][2]string)
				}
				got[r.Line] = [2]string{effects(r.Before), effects(r.After)}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("difference mismatch (-want +got):\n%s", diff)
			}
			if d.Before != before.Counts || d.After != after.Counts || d.Otherwise {
				t.Errorf("counts %+v and %+v, otherwise %v", d.Before, d.After, d.Otherwise)
			}
		})
	}
}

// TestCompareWithout: a row that the other plan does not have stands alone.
func TestCompareWithout(t *testing.T) {
	t.Parallel()
	o := changing()
	both := build(t, rosterOf(cells("na", "department", "Lab"), cells("nb", "department", "Lab")), fullAccount(), o)
	one := build(t, rosterOf(cells("na", "department", "Lab")), fullAccount(), o)
	for _, tt := range []struct {
		before, after *plan.Plan
		want          plan.RowDifference
	}{
		{both, one, plan.RowDifference{Line: 3, Before: both.Changes[1]}},
		{one, both, plan.RowDifference{Line: 3, After: both.Changes[1]}},
	} {
		if diff := cmp.Diff([]plan.RowDifference{tt.want}, plan.Compare(tt.before, tt.after).Rows); diff != "" {
			t.Errorf("rows mismatch (-want +got):\n%s", diff)
		}
	}
	o.AccountID = "other"
	if d := plan.Compare(both, build(t, rosterOf(cells("na", "department", "Lab"), cells("nb", "department", "Lab")), fullAccount(), o)); !d.Otherwise || d.IsZero() {
		t.Errorf("a plan for another account: %+v", d)
	}
}
