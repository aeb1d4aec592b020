package jobs_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// atWrite calls f ahead of the n-th call from now that changes the account, before it takes effect.
func (r *rig) atWrite(n int32, f func()) {
	var writes atomic.Int32
	r.watch.before = func(method, path string) {
		if method != http.MethodGet && !strings.HasPrefix(path, "/oauth") && writes.Add(1) == n {
			f()
		}
	}
}

// pauseAtWrite approves a job and pauses it while its n-th write is under way.
func (r *rig) pauseAtWrite(j jobs.Job, n int32) jobs.Job {
	r.t.Helper()
	r.atWrite(n, func() {
		if _, err := r.svc.Pause(r.t.Context(), j.ID, requester); err != nil {
			r.t.Error(err)
		}
	})
	r.approve(j)
	r.settle()
	r.watch.before = nil
	return r.want(j.ID, jobs.StatePaused)
}

// resume lets a paused job go on and takes it as far as it goes now.
func (r *rig) resume(j jobs.Job) jobs.Job {
	r.t.Helper()
	if _, err := r.svc.Resume(r.t.Context(), j.ID, requester); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return r.get(j.ID)
}

// killedAfterWrite approves a job, kills the service right after Zoom has carried out the first write, before anybody could
// record that, and starts it again with nothing in its queue.
func (r *rig) killedAfterWrite(k *killer, j jobs.Job) {
	r.t.Helper()
	r.atWrite(1, func() { k.arm(1, false) })
	r.approve(j)
	r.settleDead()
	r.watch.before = nil
	if !k.isDead() {
		r.t.Fatal("the service was not killed")
	}
	r.queue.lose(false)
	k.arm(-1, false)
	r.clock.Advance(time.Minute)
}

// TestKilledAfterAWrite: what Zoom carried out and nobody could record any more is found by reading, whether the job goes on
// or is canceled: the row tells it, and an undo takes it back.
func TestKilledAfterAWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		lines []string
		want  jobs.Counts
	}{
		{"profile", []string{"Email,Department", "ann@example.com,After"}, jobs.Counts{Updated: 1}},
		{"licence", []string{"Email,User Type", "ann@example.com,Licensed"}, jobs.Counts{Updated: 1}},
		{"activation", []string{"Email,Action", "dee@example.com,activate"}, jobs.Counts{Updated: 1}},
		{"deactivation", []string{"Email,Action", "ann@example.com,deactivate"}, jobs.Counts{Deactivated: 1}},
		{"address", []string{"Email,New Email", "ann@example.com,annie@example.com"}, jobs.Counts{Updated: 1}},
		{"join", []string{"Email,User Group", "ann@example.com,+Sales"}, jobs.Counts{Updated: 1}},
		{"leave", []string{"Email,User Group", "ann@example.com,-Paris"}, jobs.Counts{Updated: 1}},
	}
	for _, tt := range tests {
		for _, canceled := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, canceled %v", tt.name, canceled), func(t *testing.T) {
				t.Parallel()
				r, k := crashRig(t, zoomapi.ActionCreate)
				r.staff("ann", "dee")
				r.zoom.Join(r.groupID("Paris"), "ann@example.com")
				r.change("dee@example.com", func(u *zoomtest.User) { u.Status = zoomtest.Inactive })
				before := picture(r)
				j := r.file(jobs.KindUpdate, tt.lines...)
				r.killedAfterWrite(k, j)
				if diff := cmp.Diff(before, picture(r)); diff == "" {
					t.Fatal("the write had no effect before the service was killed")
				}
				if canceled {
					if _, err := r.svc.Cancel(t.Context(), j.ID, requester); err != nil {
						t.Fatal(err)
					}
				}
				r.settle()
				// The only row is through, so nothing was left that a cancellation could end.
				j = r.want(j.ID, jobs.StateDone)
				if diff := cmp.Diff(tt.want, j.Counts); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				r.check(j.ID)
				back := r.undo(j.ID)
				if diff := cmp.Diff(jobs.Counts{Reversed: 1}, back.Counts); diff != "" {
					t.Errorf("counts of the undo (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(before, picture(r)); diff != "" {
					t.Errorf("the account before and after (-before +after):\n%s", diff)
				}
			})
		}
	}
}

// TestKilledAndRemoved: somebody who was changed by a call that nobody could record, and whom a person removed before the job
// went on, is not reported as one of whom nothing was done.
func TestKilledAndRemoved(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"profile":      {"Email,Department", "ann@example.com,After"},
		"deactivation": {"Email,Action", "ann@example.com,deactivate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, k := crashRig(t, zoomapi.ActionCreate)
			r.staff("ann")
			j := r.file(jobs.KindUpdate, lines...)
			r.killedAfterWrite(k, j)
			r.zoom.Remove("ann@example.com")
			r.settle()
			j = r.want(j.ID, jobs.StateDone)
			r.check(j.ID)
			res := r.result(j.ID, "ann@example.com")
			if f := res.State.Failure; res.Outcome != jobs.OutcomeFailed || f == nil || f.Reason != jobs.FailureNoAnswer {
				t.Errorf("the row is %s, %+v", res.Outcome, f)
			}
		})
	}
}

// TestKilledAfterTakingBack: an invitation that is gone is never reported as one that nobody touched.
func TestKilledAfterTakingBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		action   plan.Action
		canceled bool
		state    jobs.State
		want     jobs.Counts
		there    bool
	}{
		{plan.ActionWithdraw, true, jobs.StateDone, jobs.Counts{Withdrawn: 1}, false},
		{plan.ActionWithdraw, false, jobs.StateDone, jobs.Counts{Withdrawn: 1}, false},
		// The old invitation is gone and the new one may not be sent any more.
		{plan.ActionResend, true, jobs.StateCanceled, jobs.Counts{Failed: 1}, false},
		{plan.ActionResend, false, jobs.StateFinishing, jobs.Counts{Waiting: 1, Invited: 1}, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s, canceled %v", tt.action, tt.canceled), func(t *testing.T) {
			t.Parallel()
			r, k := crashRig(t, zoomapi.ActionCreate)
			r.zoom.AddUser(zoomtest.User{Email: "pen@example.com", FirstName: "Pen", LastName: "Ding", Status: zoomtest.Pending})
			j := r.file(jobs.KindInvitations, "Email,First Name,Last Name,Action", "pen@example.com,Pen,Ding,"+string(tt.action))
			r.killedAfterWrite(k, j)
			if _, there := r.zoom.User("pen@example.com"); there {
				t.Fatal("the invitation was not taken back before the service was killed")
			}
			if tt.canceled {
				if _, err := r.svc.Cancel(t.Context(), j.ID, requester); err != nil {
					t.Fatal(err)
				}
			}
			r.settle()
			j = r.want(j.ID, tt.state)
			if diff := cmp.Diff(tt.want, j.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			if _, there := r.zoom.User("pen@example.com"); there != tt.there {
				t.Errorf("invited %v, want %v", there, tt.there)
			}
			r.check(j.ID)
		})
	}
}

// TestUndoLeavesWhatOthersDid: what somebody did by hand while the job rested is not the job's to take back, even where the
// row asks for the same.
func TestUndoLeavesWhatOthersDid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header string
		cells  string
		byHand func(r *rig)
		// stays reports whether what was done by hand is there; back whether what the job did is gone.
		stays, back func(r *rig, u zoomtest.User) bool
	}{
		{
			name: "field", header: "Department,Job Title", cells: "After,Boss",
			byHand: func(r *rig) { r.change("ann@example.com", func(u *zoomtest.User) { u.Dept = "After" }) },
			stays:  func(_ *rig, u zoomtest.User) bool { return u.Dept == "After" },
			back:   func(_ *rig, u zoomtest.User) bool { return u.JobTitle == "Clerk" },
		},
		{
			name: "group", header: "User Group,Job Title", cells: "+Sales,Boss",
			byHand: func(r *rig) { r.zoom.Join(r.groupID("Sales"), "ann@example.com") },
			stays:  func(r *rig, u zoomtest.User) bool { return slices.Contains(u.GroupIDs, r.groupID("Sales")) },
			back:   func(_ *rig, u zoomtest.User) bool { return u.JobTitle == "Clerk" },
		},
		{
			name: "activation", header: "Action,Job Title", cells: "activate,Boss",
			byHand: func(r *rig) {
				r.change("ann@example.com", func(u *zoomtest.User) { u.Status = zoomtest.Active })
			},
			stays: func(_ *rig, u zoomtest.User) bool { return u.Status == zoomtest.Active },
			back:  func(_ *rig, u zoomtest.User) bool { return u.JobTitle == "Clerk" },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 1 }})
			r.staff("zed", "zoe", "ann")
			lines := []string{"Email," + tt.header}
			for _, name := range []string{"zed", "zoe", "ann"} {
				if tt.name == "activation" {
					r.change(name+"@example.com", func(u *zoomtest.User) { u.Status = zoomtest.Inactive })
				}
				lines = append(lines, name+"@example.com,"+tt.cells)
			}
			j := r.pauseAtWrite(r.file(jobs.KindUpdate, lines...), 1)
			if got := r.result(j.ID, "ann@example.com"); got.Outcome != jobs.OutcomeUnprocessed {
				t.Fatalf("ann is %s before the change by hand", got.Outcome)
			}
			tt.byHand(r)
			if j = r.resume(j); j.State != jobs.StateDone || j.Counts.Updated != 3 {
				t.Fatalf("job is %s (%+v), counts %+v", j.State, j.Reason, j.Counts)
			}
			back := r.undo(j.ID)
			if diff := cmp.Diff(jobs.Counts{Reversed: 3}, back.Counts); diff != "" {
				t.Errorf("counts of the undo (-want +got):\n%s", diff)
			}
			u, _ := r.zoom.User("ann@example.com")
			if !tt.stays(r, u) || !tt.back(r, u) {
				t.Errorf("by hand stays %v, the job's own is back %v: %+v", tt.stays(r, u), tt.back(r, u), u)
			}
		})
	}
}

// TestUndoLapsedInvitation: an invitation that lapsed is over. One that is there now is another job's and stays, whether the
// undo has others to take back or nothing at all.
func TestUndoLapsedInvitation(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2} {
		t.Run(fmt.Sprint(n, " invited"), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true})
			first := r.apply(people(n))
			if err := r.zoom.Lapse("p000@example.com"); err != nil {
				t.Fatal(err)
			}
			r.pass(10 * time.Minute)
			if first = r.get(first.ID); first.Counts.Lapsed != 1 {
				t.Fatalf("counts %+v", first.Counts)
			}
			second := r.apply(people(1))
			r.want(second.ID, jobs.StateFinishing)
			if n == 1 {
				_, _, err := r.svc.Undo(t.Context(), first.ID, jobs.Submission{Requester: requester})
				wantErr(t, "undo of a lapsed invitation", err, jobs.ErrNothing)
			} else if back := r.undo(first.ID); back.Counts.Reversed != 1 {
				t.Errorf("counts of the undo %+v", back.Counts)
			}
			if u, there := r.zoom.User("p000@example.com"); !there || u.Status != zoomtest.Pending {
				t.Errorf("the invitation of the second job: there %v, %s", there, u.Status)
			}
			if _, there := r.zoom.User("p001@example.com"); there {
				t.Error("the invitation of the first job that was open is still there")
			}
		})
	}
}
