package jobs_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// shutOut adds n people who may not sign in, and gives a file that does something to each of them.
func (r *rig) shutOut(n int, action string) []string {
	r.t.Helper()
	lines := []string{"Email,Action"}
	for i := range n {
		name := fmt.Sprintf("out%03d", i)
		r.staff(name)
		r.change(name+"@example.com", func(u *zoomtest.User) { u.Status = zoomtest.Inactive })
		lines = append(lines, name+"@example.com,"+action)
	}
	return lines
}

// TestGuardLeavesOutInvalidRows: rows that were wrong in the file say nothing about how the job goes, with a canary and
// without.
func TestGuardLeavesOutInvalidRows(t *testing.T) {
	t.Parallel()
	for _, n := range []int{15, 60} {
		t.Run(fmt.Sprint(n, " rows"), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true, edit: guarded(jobs.Guards{})})
			lines := r.departments(n)
			for i := range 25 {
				lines = append(lines, fmt.Sprintf("no address %d,After", i))
			}
			// One that Zoom refuses makes the guard look.
			u, _ := r.zoom.User("d000@example.com")
			r.refuse("/users/" + u.ID)
			j := r.carry(jobs.KindUpdate, lines...)
			if j.State != jobs.StateDone {
				t.Errorf("job is %s (%+v)", j.State, j.Reason)
			}
			if diff := cmp.Diff(jobs.Counts{Updated: n - 1, Failed: 26}, j.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			r.check(j.ID)
		})
	}
}

// TestGuardAtTheLastRow: a guard that goes off with the last row has nothing left to keep back. The job ends, so that its
// rows can be tried again.
func TestGuardAtTheLastRow(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: guarded(jobs.Guards{})})
	lines := r.departments(20)
	r.refuse("/users/*")
	j := r.carry(jobs.KindUpdate, lines...)
	if j.State != jobs.StateDone || j.Counts.Failed != 20 {
		t.Fatalf("job is %s (%+v), counts %+v", j.State, j.Reason, j.Counts)
	}
	r.check(j.ID)
	r.zoom.Clear()
	again, created, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Requester: requester})
	if err != nil || !created {
		t.Fatalf("retry: created %v, %v", created, err)
	}
	r.settle()
	if again = r.want(again.ID, jobs.StateAwaitingApproval); again.Plan.Counts.Update != 20 {
		t.Errorf("plan %+v", again.Plan.Counts)
	}
}

// TestDriftPastTheLimit: a plan that the account has made too large since it was shown is refused like one that was too
// large from the beginning.
func TestDriftPastTheLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: guarded(jobs.Guards{})})
	lines := r.shutOut(30, "deactivate")
	for _, name := range []string{"out000", "out001"} {
		r.change(name+"@example.com", func(u *zoomtest.User) { u.Status = zoomtest.Active })
	}
	j := r.file(jobs.KindUpdate, lines...)
	if j = r.want(j.ID, jobs.StateAwaitingApproval); j.Plan.Counts.Deactivate != 2 {
		t.Fatalf("plan %+v", j.Plan.Counts)
	}
	for i := range 30 {
		r.change(fmt.Sprintf("out%03d@example.com", i), func(u *zoomtest.User) { u.Status = zoomtest.Active })
	}
	r.approve(j)
	r.settle()
	j = r.want(j.ID, jobs.StateInvalid)
	if j.Reason.Code != jobs.ReasonRemoved || j.Reason.Params["people"] != "30" {
		t.Errorf("reason %+v", j.Reason)
	}
	for _, u := range r.zoom.Users() {
		if u.Status != zoomtest.Active {
			t.Errorf("%s is %s", u.Email, u.Status)
		}
	}
}

// TestInProportion: plans that the guards let pass at their defaults.
func TestInProportion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		stage func(r *rig) []string
	}{
		// A share of one is no limit, whomever the share is of.
		{"more are activated than are there", func(r *rig) []string {
			return r.shutOut(40, "activate")
		}},
		// Whoever is shut out already loses no access.
		{"people are deleted who are shut out", func(r *rig) []string {
			for i := range 60 {
				r.staff(fmt.Sprintf("s%03d", i))
			}
			return r.shutOut(30, "delete")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.Guards, o.AllowDelete = jobs.Guards{}, true }})
			j := r.file(jobs.KindUpdate, tt.stage(r)...)
			if j.State != jobs.StateAwaitingApproval {
				t.Errorf("job is %s (%+v)", j.State, j.Reason)
			}
		})
	}
}

// TestAdministratorMadeMeanwhile: somebody who has become an administrator while the job rested keeps licence, access and
// address.
func TestAdministratorMadeMeanwhile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header, cell string
		want               jobs.Counts
	}{
		{"access", "Action", "deactivate", jobs.Counts{Deactivated: 3, Conflict: 1}},
		{"licence", "User Type", "Basic", jobs.Counts{Updated: 3, Conflict: 1}},
		{"address", "New Email", "new-%s@example.com", jobs.Counts{Updated: 3, Conflict: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 1 }})
			lines := []string{"Email," + tt.header}
			for _, name := range []string{"zed", "zoe", "zac", "ann"} {
				cell := tt.cell
				if tt.name == "address" {
					cell = fmt.Sprintf(cell, name)
				}
				r.zoom.AddUser(zoomtest.User{Email: name + "@example.com", FirstName: "F", LastName: "L", Type: zoomapi.TypeLicensed})
				lines = append(lines, name+"@example.com,"+cell)
			}
			j := r.pauseAtWrite(r.file(jobs.KindUpdate, lines...), 1)
			r.change("ann@example.com", func(u *zoomtest.User) { u.RoleID = "1" })
			before := picture(r)["ann@example.com"]
			if j = r.resume(j); j.State != jobs.StateDone {
				t.Fatalf("job is %s (%+v)", j.State, j.Reason)
			}
			if diff := cmp.Diff(tt.want, j.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			r.check(j.ID)
			f := r.result(j.ID, "ann@example.com").State.Failure
			if f == nil || f.Reason != jobs.FailureChanged || f.Message != string(roster.Role) {
				t.Errorf("failure %+v", f)
			}
			if diff := cmp.Diff(before, picture(r)["ann@example.com"]); diff != "" {
				t.Errorf("the administrator (-before +after):\n%s", diff)
			}
		})
	}
}
