package jobs_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// departments is an update file that gives n people of the account another department.
func (r *rig) departments(n int) []string {
	r.t.Helper()
	lines := []string{"Email,Department"}
	for i := range n {
		name := fmt.Sprintf("d%03d", i)
		r.staff(name)
		lines = append(lines, name+"@example.com,After")
	}
	return lines
}

// changedPeople are those of departments who have the new department.
func (r *rig) changedPeople() int {
	n := 0
	for _, u := range r.zoom.Users() {
		if u.Dept == "After" {
			n++
		}
	}
	return n
}

// TestPause: a job that a person pauses finishes the rows in hand, rests as long as it takes, and goes on when it is resumed.
func TestPause(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 4 }})
	j := r.file(jobs.KindUpdate, r.departments(40)...)
	var patches atomic.Int32
	r.watch.before = func(method, _ string) {
		if method != http.MethodPatch || patches.Add(1) != 7 {
			return
		}
		for range 3 {
			if _, err := r.svc.Pause(t.Context(), j.ID, approver); err != nil {
				t.Error(err)
			}
		}
	}
	r.approve(j)
	r.settle()
	j = r.want(j.ID, jobs.StatePaused)
	if j.Reason.Code != jobs.ReasonHeld || j.Held == nil || j.Held.Actor != approver || !j.ResumeAt.IsZero() {
		t.Errorf("reason %+v, held %+v, goes on at %v", j.Reason, j.Held, j.ResumeAt)
	}
	r.check(j.ID)
	if n := r.changedPeople(); n > 12 || n != j.Counts.Updated || j.Counts.Unprocessed != 40-n {
		t.Errorf("%d people have been changed, counts %+v", n, j.Counts)
	}
	rested := patches.Load()
	r.pass(72 * time.Hour)
	r.want(j.ID, jobs.StatePaused)
	if n := patches.Load(); n != rested {
		t.Errorf("%d calls while it rested", n-rested)
	}
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	if j.Counts.Updated != 40 || j.Held != nil || r.changedPeople() != 40 {
		t.Errorf("counts %+v, held %+v, %d changed", j.Counts, j.Held, r.changedPeople())
	}
	r.check(j.ID)
	if n := events(t, r, j.ID)["pause_requested "]; n != 1 {
		t.Errorf("the log has %d requests to pause, want 1", n)
	}
}

// TestPauseStates: pausing and resuming where it makes no sense says so; who has no part in the job may not.
func TestPauseStates(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	j := r.planned(people(3))
	var wrong *jobs.StateError
	if _, err := r.svc.Pause(t.Context(), j.ID, requester); !errors.As(err, &wrong) {
		t.Errorf("pause before the approval: %v", err)
	}
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); !errors.As(err, &wrong) {
		t.Errorf("resume before the approval: %v", err)
	}
	_, err := r.svc.Pause(t.Context(), j.ID, jobs.Actor{ID: "U-other"})
	wantErr(t, "pause by a stranger", err, jobs.ErrNotYours)
	_, err = r.svc.Resume(t.Context(), j.ID, jobs.Actor{ID: "U-other"})
	wantErr(t, "resume by a stranger", err, jobs.ErrNotYours)
	_, err = r.svc.Pause(t.Context(), "none-0000", requester)
	wantErr(t, "pause nothing", err, jobs.ErrNotFound)

	// Approved and not begun: it does not begin.
	r.approve(j)
	if _, err := r.svc.Pause(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	if j = r.want(j.ID, jobs.StateApproved); j.Held == nil {
		t.Error("not held")
	}
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateFinishing)
	if _, err := r.svc.Pause(t.Context(), j.ID, requester); !errors.As(err, &wrong) {
		t.Errorf("pause while people are waited for: %v", err)
	}
}

// TestPauseThenCancel: a paused job can be ended, and what was not begun is reported.
func TestPauseThenCancel(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 4 }})
	j := r.file(jobs.KindUpdate, r.departments(20)...)
	var patches atomic.Int32
	r.watch.before = func(method, _ string) {
		if method == http.MethodPatch && patches.Add(1) == 5 {
			if _, err := r.svc.Pause(t.Context(), j.ID, requester); err != nil {
				t.Error(err)
			}
		}
	}
	r.approve(j)
	r.settle()
	r.want(j.ID, jobs.StatePaused)
	if _, err := r.svc.Cancel(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateCanceled)
	if j.Counts.Unprocessed != 20-r.changedPeople() {
		t.Errorf("counts %+v, %d people changed", j.Counts, r.changedPeople())
	}
	r.check(j.ID)
	var wrong *jobs.StateError
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); !errors.As(err, &wrong) {
		t.Errorf("resume of a canceled job: %v", err)
	}
}

// TestResumeEarly: a person need not wait for the hour at which a job goes on by itself.
func TestResumeEarly(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: -1}}})
	r.staff("ann")
	j := r.carry(jobs.KindUpdate, "Email,User Type", "ann@example.com,Licensed")
	if j.State != jobs.StatePaused || j.Reason.Code != jobs.ReasonSeats {
		t.Fatalf("job is %s (%+v)", j.State, j.Reason)
	}
	if err := r.zoom.SetSeats("licensed", 0, 5); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.want(j.ID, jobs.StatePaused)
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
}

// TestPauseInvitations: people who are already invited when a job is paused keep their place.
func TestPauseInvitations(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 4 }})
	j := r.planned(people(30))
	var posts atomic.Int32
	r.watch.before = func(method, path string) {
		if method == http.MethodPost && strings.HasSuffix(path, "/users") && posts.Add(1) == 6 {
			if _, err := r.svc.Pause(t.Context(), j.ID, requester); err != nil {
				t.Error(err)
			}
		}
	}
	r.approve(j)
	r.settle()
	j = r.want(j.ID, jobs.StatePaused)
	r.check(j.ID)
	if j.Counts.Unprocessed == 0 || j.Counts.Waiting == 0 {
		t.Errorf("counts %+v", j.Counts)
	}
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.zoom.ActivateAll()
	r.pass(time.Hour)
	j = r.want(j.ID, jobs.StateDone)
	if j.Counts.Created != 30 {
		t.Errorf("counts %+v", j.Counts)
	}
	r.check(j.ID)
}

// change edits somebody by hand.
func (r *rig) change(email string, edit func(*zoomtest.User)) {
	r.t.Helper()
	if err := r.zoom.Edit(email, edit); err != nil {
		r.t.Fatal(err)
	}
}

// guarded turns the guards on.
func guarded(g jobs.Guards) func(*jobs.Options) {
	return func(o *jobs.Options) { o.Guards = g }
}

// refuse makes Zoom refuse changes of people.
func (r *rig) refuse(paths ...string) {
	for _, path := range paths {
		r.zoom.Inject(zoomtest.Fault{Method: http.MethodPatch, Path: path, Times: -1, Status: 400, Code: 300, Message: "Validation Failed."})
	}
}

// TestCanary: when too many of the first rows fail, nobody else is touched until a person says so.
func TestCanary(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: guarded(jobs.Guards{})})
	lines := r.departments(40)
	r.refuse("/users/*")
	j := r.carry(jobs.KindUpdate, lines...)
	if j.State != jobs.StatePaused || j.Reason.Code != jobs.ReasonCanary || j.Held == nil || j.Held.Actor != (jobs.Actor{}) {
		t.Fatalf("job is %s (%+v), held %+v", j.State, j.Reason, j.Held)
	}
	if p := j.Reason.Params; p["failed"] != "10" || p["rows"] != "10" || p["percent"] != "100" || p["limit"] != "50" {
		t.Errorf("params %v", p)
	}
	if j.Counts.Failed != 10 || j.Counts.Unprocessed != 30 {
		t.Errorf("counts %+v", j.Counts)
	}
	r.pass(48 * time.Hour)
	r.want(j.ID, jobs.StatePaused)
	// The reason is gone, and somebody lets it go on: the ten are not held against it.
	r.zoom.Clear()
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	if j.Counts.Failed != 10 || j.Counts.Updated != 30 {
		t.Errorf("counts %+v", j.Counts)
	}
	r.check(j.ID)
}

// TestCanaryLives: a few failures among the first rows do not stop a job, and small files have no canary.
func TestCanaryLives(t *testing.T) {
	t.Parallel()
	for _, n := range []int{12, 40} {
		r := newRig(t, rigOptions{memory: true, edit: guarded(jobs.Guards{})})
		lines := r.departments(n)
		bad := 4
		if n <= 20 {
			bad = n
		}
		for i := range bad {
			u, _ := r.zoom.User(fmt.Sprintf("d%03d@example.com", i))
			r.refuse("/users/" + u.ID)
		}
		j := r.carry(jobs.KindUpdate, lines...)
		if j.State != jobs.StateDone || j.Counts.Failed != bad {
			t.Errorf("%d rows, %d bad: job is %s (%+v), counts %+v", n, bad, j.State, j.Reason, j.Counts)
		}
	}
}

// TestTooManyErrors: a job that goes wrong later on is stopped as well.
func TestTooManyErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) {
		o.Guards, o.InFlight = jobs.Guards{FailedShare: 0.25}, 2
	}})
	lines := r.departments(300)
	var calls atomic.Int32
	r.watch.before = func(method, _ string) {
		if method == http.MethodPatch && calls.Add(1) == 30 {
			r.refuse("/users/*")
		}
	}
	j := r.carry(jobs.KindUpdate, lines...)
	if j.State != jobs.StatePaused || j.Reason.Code != jobs.ReasonErrors {
		t.Fatalf("job is %s (%+v), counts %+v", j.State, j.Reason, j.Counts)
	}
	if j.Counts.Failed < 20 || j.Counts.Failed > 26 {
		t.Errorf("counts %+v", j.Counts)
	}
	r.check(j.ID)
	// It is as bad as it was, somebody lets it go on, and it is stopped once more.
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	again := r.want(j.ID, jobs.StatePaused)
	if again.Counts.Failed < j.Counts.Failed+20 || again.Counts.Unprocessed == 0 {
		t.Errorf("counts %+v after %+v", again.Counts, j.Counts)
	}
	r.check(j.ID)
}

// TestTouchesTooMany: plans out of proportion cannot be approved.
func TestTouchesTooMany(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		guards jobs.Guards
		column string
		want   jobs.ReasonCode
	}{
		{"changes", jobs.Guards{TouchedShare: 0.5}, "Department", jobs.ReasonTouched},
		{"changes, no limit", jobs.Guards{}, "Department", ""},
		{"shuts out", jobs.Guards{}, "Action", jobs.ReasonRemoved},
		{"shuts out, no limit", jobs.Guards{RemovedShare: -1}, "Action", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true, edit: guarded(tt.guards)})
			lines := r.departments(30)
			lines[0] = "Email," + tt.column
			if tt.column == "Action" {
				for i := 1; i < len(lines); i++ {
					lines[i] = strings.Replace(lines[i], "After", "deactivate", 1)
				}
			}
			j := r.file(jobs.KindUpdate, lines...)
			if tt.want == "" {
				if j.State != jobs.StateAwaitingApproval {
					t.Errorf("job is %s (%+v)", j.State, j.Reason)
				}
				return
			}
			if j.State != jobs.StateInvalid || j.Reason.Code != tt.want || j.Reason.Params["people"] != "30" {
				t.Errorf("job is %s (%+v)", j.State, j.Reason)
			}
			var wrong *jobs.StateError
			if _, err := r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, approver); !errors.As(err, &wrong) {
				t.Errorf("approve: %v", err)
			}
		})
	}
}

// TestRetry: the rows that did not go through become a job of their own, with everything that was decided about the file.
func TestRetry(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, action: zoomapi.ActionSSOCreate})
	r.refuse("/users/*")
	j := r.apply(people(6))
	if j.State != jobs.StateDone || j.Counts.Failed != 6 {
		t.Fatalf("job is %s, counts %+v", j.State, j.Counts)
	}
	_, _, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Key: "k", Requester: jobs.Actor{ID: "U-other"}})
	wantErr(t, "retry by a stranger", err, jobs.ErrNotYours)
	r.zoom.Clear()
	again, created, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Key: "k1", Requester: requester})
	if err != nil || !created || again.Of != j.ID {
		t.Fatalf("retry: created %v, job %+v, %v", created, again, err)
	}
	if same, created, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Key: "k2", Requester: requester}); err != nil || created || same.ID != again.ID {
		t.Errorf("a second click: created %v, job %s, %v; want the first", created, same.ID, err)
	}
	if by := r.get(j.ID).RetriedBy; by != again.ID {
		t.Errorf("the first job says it is tried again by %q", by)
	}
	r.settle()
	again = r.want(again.ID, jobs.StateAwaitingApproval)
	r.approve(again)
	r.settle()
	again = r.want(again.ID, jobs.StateDone)
	// They had been added, so they get what they lack.
	if again.Counts.Updated != 6 {
		t.Errorf("counts %+v", again.Counts)
	}
	r.check(again.ID)
	for _, p := range people(6) {
		if n := r.watch.timesCreated(p.email); n != 1 {
			t.Errorf("somebody was created %d times", n)
		}
		if u, _ := r.zoom.User(p.email); u.Dept != p.dept || len(u.GroupIDs) != len(strings.Split(p.groups, ";")) {
			t.Errorf("%s has department %q and groups %v", p.email, u.Dept, u.GroupIDs)
		}
	}
	_, _, err = r.svc.Retry(t.Context(), again.ID, jobs.Submission{Key: "k3", Requester: requester})
	wantErr(t, "retry with nothing left", err, jobs.ErrNothing)
}

// TestExpiredApproval: an approval of an old plan counts for the same plan only, made anew.
func TestExpiredApproval(t *testing.T) {
	t.Parallel()
	for _, swept := range []bool{true, false} {
		for _, drifted := range []bool{true, false} {
			t.Run(fmt.Sprintf("swept %v, drifted %v", swept, drifted), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, rigOptions{memory: true})
				lines := r.departments(4)
				j := r.file(jobs.KindUpdate, lines...)
				r.clock.Advance(j.ExpiresAt.Sub(r.clock.Now()) + time.Hour)
				if swept {
					r.settle()
					r.want(j.ID, jobs.StateExpired)
				}
				if drifted {
					r.change("d002@example.com", func(u *zoomtest.User) { u.Dept = "Elsewhere" })
				}
				if _, err := r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, approver); err != nil {
					t.Fatal(err)
				}
				r.settle()
				if !drifted {
					if j = r.want(j.ID, jobs.StateDone); j.Counts.Updated != 4 {
						t.Errorf("counts %+v", j.Counts)
					}
					return
				}
				now := r.want(j.ID, jobs.StateAwaitingApproval)
				if now.Reason.Code != jobs.ReasonAccountChanged || now.Replaced == nil || now.Decision != nil || r.changedPeople() != 0 {
					t.Errorf("reason %+v, decision %+v, %d changed", now.Reason, now.Decision, r.changedPeople())
				}
				d, err := r.svc.Difference(t.Context(), j.ID)
				if err != nil {
					t.Fatal(err)
				}
				if len(d.Rows) != 1 || d.Rows[0].Line != 4 || d.Rows[0].After.Fields[0].Old != "Elsewhere" {
					t.Errorf("difference %+v", d.Rows)
				}
			})
		}
	}
}

// TestPlanAgain: an expired job is planned anew, and says what is different.
func TestPlanAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	j := r.file(jobs.KindUpdate, r.departments(4)...)
	var wrong *jobs.StateError
	if _, err := r.svc.PlanAgain(t.Context(), j.ID, requester); !errors.As(err, &wrong) {
		t.Errorf("again before the end: %v", err)
	}
	r.pass(j.ExpiresAt.Sub(r.clock.Now()) + time.Hour)
	r.want(j.ID, jobs.StateExpired)
	r.change("d001@example.com", func(u *zoomtest.User) { u.Dept = "After" })
	if _, err := r.svc.PlanAgain(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	now := r.want(j.ID, jobs.StateAwaitingApproval)
	if now.Plan.Digest == j.Plan.Digest || now.Replaced == nil {
		t.Errorf("the plan is the old one, or nothing was replaced: %+v", now.Replaced)
	}
	if d, err := r.svc.Difference(t.Context(), j.ID); err != nil || len(d.Rows) != 1 || d.Rows[0].Line != 3 {
		t.Errorf("difference %+v, %v", d.Rows, err)
	}
	r.approve(now)
	r.settle()
	if j = r.want(j.ID, jobs.StateDone); j.Counts.Updated != 3 || j.Counts.Unchanged != 1 {
		t.Errorf("counts %+v", j.Counts)
	}
	states := r.front.seen(j.ID)
	if !slices.Contains(states, jobs.StateAwaitingApproval) {
		t.Errorf("people have seen %v", states)
	}
}
