package jobs_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// undo makes the job that takes another back and carries it as far as it goes now.
func (r *rig) undo(id string) jobs.Job {
	r.t.Helper()
	j := r.undoPlanned(id)
	r.approve(j)
	r.settle()
	return r.get(j.ID)
}

// undoPlanned makes the job that takes another back, up to its plan.
func (r *rig) undoPlanned(id string) jobs.Job {
	r.t.Helper()
	j, created, err := r.svc.Undo(r.t.Context(), id, jobs.Submission{Key: "undo " + id + fmt.Sprint(len(r.queue.tasks), r.clock.Now()), Requester: requester})
	if err != nil || !created || j.Of != id || j.Kind != jobs.KindUndo {
		r.t.Fatalf("undo: created %v, job %+v, %v", created, j, err)
	}
	r.settle()
	j = r.get(j.ID)
	if j.State != jobs.StateAwaitingApproval {
		r.t.Fatalf("the undo is %s (%+v)", j.State, j.Reason)
	}
	return j
}

// mixed is a staff and a file that changes everything about them that can be taken back.
func mixed(r *rig) []string {
	r.staff("ann", "ben", "cy", "dee", "eve", "flo")
	groups := map[string]string{}
	for _, g := range r.zoom.Groups() {
		groups[g.Name] = g.ID
	}
	r.zoom.Join(groups["Paris"], "ann@example.com", "ben@example.com")
	r.zoom.Edit("dee@example.com", func(u *zoomtest.User) { u.Status, u.Type = zoomtest.Inactive, zoomapi.TypeBasic }) //nolint:errcheck // She is there.
	r.zoom.Edit("cy@example.com", func(u *zoomtest.User) { u.Type = zoomapi.TypeLicensed })                            //nolint:errcheck // So is he.
	return []string{
		"Email,Department,Job Title,Location,User Group,User Type,Action,New Email",
		"ann@example.com,After,(clear),Here,\"-Paris; +Sales\",,,",
		"ben@example.com,,Boss,,+Support,Licensed,,",
		"cy@example.com,After,,,,,deactivate,",
		"dee@example.com,,,,,,activate,",
		"eve@example.com,After,,,,,,evelyn@example.com",
		"flo@example.com,Before,,,,,,",
	}
}

// TestUndo: what a job changed about people is as it was before.
func TestUndo(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	lines := mixed(r)
	lines[3] = strings.Replace(lines[3], "After", "", 1)
	before := picture(r)
	first := r.carry(jobs.KindUpdate, lines...)
	if first.State != jobs.StateDone || first.Counts.Failed+first.Counts.Conflict != 0 {
		t.Fatalf("job is %s (%+v), counts %+v", first.State, first.Reason, first.Counts)
	}
	r.check(first.ID)
	if diff := cmp.Diff(before, picture(r)); diff == "" {
		t.Fatal("the first job changed nothing")
	}
	_, _, err := r.svc.Undo(t.Context(), first.ID, jobs.Submission{Key: "x", Requester: jobs.Actor{ID: "U-other"}})
	wantErr(t, "undo by a stranger", err, jobs.ErrNotYours)
	planned := r.undoPlanned(first.ID)
	if diff := cmp.Diff(before, picture(r)); diff == "" {
		t.Error("something was taken back before the approval")
	}
	if same, created, err := r.svc.Undo(t.Context(), first.ID, jobs.Submission{Key: "y", Requester: requester}); err != nil || created || same.ID != planned.ID {
		t.Errorf("a second click: created %v, job %s, %v", created, same.ID, err)
	}
	if by := r.get(first.ID).UndoneBy; by != planned.ID {
		t.Errorf("the first job says it is undone by %q", by)
	}
	r.approve(planned)
	r.settle()
	back := r.want(planned.ID, jobs.StateDone)
	if back.Counts.Reversed != 5 || back.Counts.Unchanged != 1 || back.Counts.Total() != 6 {
		t.Errorf("counts %+v", back.Counts)
	}
	r.check(back.ID)
	if diff := cmp.Diff(before, picture(r)); diff != "" {
		t.Errorf("the account before and after (-before +after):\n%s", diff)
	}
	// Once more: there is nothing left to take back.
	again, _, err := r.svc.Undo(t.Context(), first.ID, jobs.Submission{Key: "z", Requester: requester})
	if err != nil {
		t.Fatal(err)
	}
	r.settle()
	if again = r.want(again.ID, jobs.StateNoChanges); again.Reason.Code != jobs.ReasonNothingToUndo {
		t.Errorf("reason %+v", again.Reason)
	}
	// And the undo can be undone.
	r.undo(back.ID)
	if u, ok := r.zoom.User("evelyn@example.com"); !ok || u.Dept != "After" {
		t.Errorf("after the undo of the undo: there %v, department %q", ok, u.Dept)
	}
}

// TestUndoKeeps: whatever somebody changed since stays as it is.
func TestUndoKeeps(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann", "ben", "cy", "dee")
	first := r.carry(jobs.KindUpdate, "Email,Department,Job Title",
		"ann@example.com,After,New", "ben@example.com,After,New", "cy@example.com,After,New", "dee@example.com,After,New")
	r.change("ann@example.com", func(u *zoomtest.User) { u.Dept = "By hand" })
	r.change("ben@example.com", func(u *zoomtest.User) { u.Dept, u.JobTitle = "By hand", "By hand" })
	j := r.undoPlanned(first.ID)
	if c := j.Plan.Counts; c.Update != 3 || c.Kept != 1 {
		t.Errorf("plan %+v", c)
	}
	r.approve(j)
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	if j.Counts.Reversed != 3 || j.Counts.Kept != 1 {
		t.Errorf("counts %+v", j.Counts)
	}
	r.check(j.ID)
	got := map[string]string{}
	for _, name := range []string{"ann", "ben", "cy", "dee"} {
		u, _ := r.zoom.User(name + "@example.com")
		got[name] = u.Dept + ", " + u.JobTitle
	}
	want := map[string]string{"ann": "By hand, Clerk", "ben": "By hand, By hand", "cy": "Before, Clerk", "dee": "Before, Clerk"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

// TestUndoKeepsDuringTheJob: somebody who is changed between the plan and the write is kept.
func TestUndoKeepsDuringTheJob(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 1 }})
	r.staff("ann", "ben")
	first := r.carry(jobs.KindUpdate, "Email,Department", "ann@example.com,After", "ben@example.com,After")
	j := r.undoPlanned(first.ID)
	var edit sync.Once
	r.watch.before = func(method, _ string) {
		if method == "PATCH" {
			edit.Do(func() { r.change("ben@example.com", func(u *zoomtest.User) { u.Dept = "By hand" }) })
		}
	}
	r.approve(j)
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	if j.Counts.Reversed != 1 || j.Counts.Kept != 1 {
		t.Errorf("counts %+v", j.Counts)
	}
	r.check(j.ID)
	if u, _ := r.zoom.User("ben@example.com"); u.Dept != "By hand" {
		t.Errorf("department %q", u.Dept)
	}
}

// TestUndoImport: invitations that are still open are taken back, and who has accepted is listed.
func TestUndoImport(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	first := r.apply(people(6))
	if first.State != jobs.StateFinishing {
		t.Fatal(first.State)
	}
	for _, p := range people(2) {
		if err := r.zoom.Activate(p.email); err != nil {
			t.Fatal(err)
		}
	}
	r.pass(time.Hour)
	planned := r.undoPlanned(first.ID)
	if c := planned.Plan.Counts; c.Withdraw != 4 || c.Irreversible != 2 {
		t.Errorf("plan %+v", c)
	}
	// One more accepts before the approval, and one between.
	if err := r.zoom.Activate("p002@example.com"); err != nil {
		t.Fatal(err)
	}
	r.approve(planned)
	r.settle()
	now := r.want(planned.ID, jobs.StateAwaitingApproval)
	if now.Reason.Code != jobs.ReasonAccountChanged || now.Plan.Counts.Withdraw != 3 {
		t.Fatalf("reason %+v, plan %+v", now.Reason, now.Plan.Counts)
	}
	r.approve(now)
	r.settle()
	back := r.want(now.ID, jobs.StateDone)
	if back.Counts.Reversed != 3 || back.Counts.Irreversible != 3 {
		t.Errorf("counts %+v", back.Counts)
	}
	r.check(back.ID)
	_, results, err := r.svc.Results(t.Context(), back.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range results {
		_, there := r.zoom.User(res.Row.Get(roster.Email))
		if there != (res.Outcome == jobs.OutcomeIrreversible) {
			t.Errorf("line %d is %s and there: %v", res.Row.Line, res.Outcome, there)
		}
		if told := len(res.Issues) > 0 && res.Issues[0].Code == plan.CodeUndoActivated; told != there {
			t.Errorf("line %d: issues %+v", res.Row.Line, res.Issues)
		}
	}
	// The first job notices that nobody is waited for any more.
	r.pass(time.Hour)
	first = r.want(first.ID, jobs.StateDone)
	if first.Counts.Withdrawn != 3 || first.Counts.Created != 3 {
		t.Errorf("counts of the first %+v", first.Counts)
	}
	r.check(first.ID)
}

// TestUndoPartly: of a job that was canceled only what was done is taken back.
func TestUndoPartly(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 1 }})
	before := r.departments(10)
	r.refuse("/users/*")
	var wrong *jobs.StateError
	failed := r.carry(jobs.KindUpdate, before...)
	_, _, err := r.svc.Undo(t.Context(), failed.ID, jobs.Submission{Key: "k", Requester: requester})
	wantErr(t, "undo of a job that did nothing", err, jobs.ErrNothing)
	r.zoom.Clear()
	j := r.file(jobs.KindUpdate, before...)
	if _, _, err := r.svc.Undo(t.Context(), j.ID, jobs.Submission{Key: "k1", Requester: requester}); !errors.As(err, &wrong) {
		t.Errorf("undo before the approval: %v", err)
	}
	var calls atomic.Int32
	r.watch.before = func(method, _ string) {
		if n := calls.Add(1); method == "PATCH" && n > 20 {
			if _, err := r.svc.Cancel(t.Context(), j.ID, requester); err != nil && !errors.As(err, &wrong) {
				t.Error(err)
			}
		}
	}
	r.approve(j)
	r.settle()
	r.watch.before = nil
	j = r.want(j.ID, jobs.StateCanceled)
	if j.Counts.Updated == 0 || j.Counts.Unprocessed == 0 {
		t.Fatalf("counts %+v", j.Counts)
	}
	back := r.undo(j.ID)
	if back.Counts.Reversed != j.Counts.Updated || back.Counts.Unchanged != j.Counts.Unprocessed || r.changedPeople() != 0 {
		t.Errorf("counts %+v of %+v, %d changed", back.Counts, j.Counts, r.changedPeople())
	}
	r.check(back.ID)
}

// TestKilledWhileUndoing: an undo that is killed at any call ends with everything taken back.
func TestKilledWhileUndoing(t *testing.T) {
	t.Parallel()
	stage := func(t *testing.T) (*rig, *killer, map[string]string, string) {
		t.Helper()
		r, k := crashRig(t, zoomapi.ActionCreate)
		lines := mixed(r)
		before := picture(r)
		first := r.carry(jobs.KindUpdate, lines...)
		if first.State != jobs.StateDone {
			t.Fatalf("job is %s (%+v), counts %+v", first.State, first.Reason, first.Counts)
		}
		return r, k, before, first.ID
	}
	run := func(t *testing.T, kill int, after bool) int {
		t.Helper()
		r, k, before, id := stage(t)
		k.calls = 0
		k.arm(kill, after)
		var j jobs.Job
		for range 60 {
			if k.isDead() {
				r.queue.lose(false)
				k.arm(-1, false)
			}
			var err error
			if j.ID == "" {
				if j, _, err = r.svc.Undo(t.Context(), id, jobs.Submission{Requester: requester}); err != nil {
					j = jobs.Job{}
				}
			} else if now, getErr := r.svc.Get(t.Context(), j.ID); getErr != nil {
				err = getErr
			} else if j = now; j.State == jobs.StateAwaitingApproval {
				_, _ = r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, approver)
			}
			r.settleDead()
			r.clock.Advance(30 * time.Second)
			if err == nil {
				if now, err := r.svc.Get(t.Context(), j.ID); err == nil && now.State.Terminal() {
					j = now
					break
				}
			}
		}
		calls := k.calls
		k.arm(-1, false)
		r.settle()
		if j.ID != "" {
			j = r.get(j.ID)
		}
		if j.State != jobs.StateDone || j.Counts.Reversed != 5 {
			t.Errorf("killed at call %d (after %v): job is %s (%+v), counts %+v", kill, after, j.State, j.Reason, j.Counts)
		}
		if j.ID != "" {
			r.check(j.ID)
		}
		if diff := cmp.Diff(before, picture(r)); diff != "" {
			t.Errorf("killed at call %d (after %v): the account (-before +after):\n%s", kill, after, diff)
		}
		return calls
	}
	calls := run(t, -1, false)
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= calls && !t.Failed(); n += 2 * raceStride {
				run(t, n, after)
			}
		})
	}
}
