package jobs_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// events counts the audit entries of a job by event and target state.
func events(t *testing.T, r *rig, id string) map[string]int {
	t.Helper()
	entries, err := r.svc.Audit(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, e := range entries {
		out[e.Event+" "+string(e.To)]++
	}
	return out
}

// TestRefusedDecisions walks the reasons why a decision does not count: promise 4.
func TestRefusedDecisions(t *testing.T) {
	t.Parallel()
	unavailable := errors.New("the list of approvers cannot be read")
	tests := []struct {
		name   string
		before func(r *rig, j jobs.Job)
		actor  jobs.Actor
		digest string
		want   error
	}{
		{name: "not an approver", actor: jobs.Actor{ID: "U-other"}, want: jobs.ErrNotApprover},
		{name: "own job", actor: requester, want: jobs.ErrOwnJob},
		{name: "another plan", actor: approver, digest: "0000", want: jobs.ErrStale},
		{name: "no approvers", before: func(r *rig, _ jobs.Job) {
			r.front.approve = func(jobs.Actor) error { return jobs.ErrNoApprovers }
		}, actor: approver, want: jobs.ErrNoApprovers},
		{name: "right cannot be looked up", before: func(r *rig, _ jobs.Job) {
			r.front.approve = func(jobs.Actor) error { return unavailable }
		}, actor: approver, want: unavailable},
		{name: "another plan, expired", before: func(r *rig, j jobs.Job) {
			r.pass(j.ExpiresAt.Sub(r.clock.Now()))
			r.want(j.ID, jobs.StateExpired)
		}, actor: approver, digest: "0000", want: jobs.ErrStale},
		{name: "not an approver, expired", before: func(r *rig, j jobs.Job) {
			r.pass(j.ExpiresAt.Sub(r.clock.Now()))
		}, actor: jobs.Actor{ID: "U-other"}, want: jobs.ErrNotApprover},
		{name: "approved before", before: func(r *rig, j jobs.Job) {
			r.approve(j)
		}, actor: approver, want: jobs.ErrDecided},
		{name: "rejected before", before: func(r *rig, j jobs.Job) {
			if _, err := r.svc.Reject(r.t.Context(), j.ID, j.Plan.Digest, approver, "no"); err != nil {
				r.t.Error(err)
			}
		}, actor: approver, want: jobs.ErrDecided},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			j := r.planned(people(2))
			if tt.before != nil {
				tt.before(r, j)
			}
			decided := r.get(j.ID).Decision
			digest := j.Plan.Digest
			if tt.digest != "" {
				digest = tt.digest
			}
			_, err := r.svc.Approve(t.Context(), j.ID, digest, tt.actor)
			wantErr(t, "approve", err, tt.want)
			if diff := cmp.Diff(decided, r.get(j.ID).Decision); diff != "" {
				t.Errorf("a refused decision left something (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecisionStates(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	var wrong *jobs.StateError
	_, err := r.svc.Approve(t.Context(), "none-0000", "x", approver)
	wantErr(t, "approve nothing", err, jobs.ErrNotFound)
	_, err = r.svc.Cancel(t.Context(), "none-0000", approver)
	wantErr(t, "cancel nothing", err, jobs.ErrNotFound)

	j := r.submit(people(2))
	if _, err := r.svc.Approve(t.Context(), j.ID, "x", approver); !errors.As(err, &wrong) {
		t.Errorf("approve before the plan: %v, want a state error", err)
	}
	r.settle()
	_, err = r.svc.Cancel(t.Context(), j.ID, jobs.Actor{ID: "U-other"})
	wantErr(t, "cancel by a stranger", err, jobs.ErrNotYours)
	wantErr(t, "cancel by a stranger", err, jobs.ErrNotApprover)
	j = r.want(j.ID, jobs.StateAwaitingApproval)
	if _, err := r.svc.Reject(t.Context(), j.ID, j.Plan.Digest, approver, "wrong file"); err != nil {
		t.Fatal(err)
	}
	j = r.want(j.ID, jobs.StateRejected)
	want := &jobs.Decision{Verdict: jobs.Rejected, Actor: approver, At: r.clock.Now(), Digest: j.Plan.Digest, Reason: "wrong file"}
	if diff := cmp.Diff(want, j.Decision); diff != "" {
		t.Errorf("decision (-want +got):\n%s", diff)
	}
	if _, err := r.svc.Cancel(t.Context(), j.ID, requester); !errors.As(err, &wrong) {
		t.Errorf("cancel after the end: %v, want a state error", err)
	}

	dry, _, err := r.svc.Submit(t.Context(), jobs.Submission{Key: "dry", Requester: requester, DryRun: true, Data: csvOf(t, people(3))})
	if err != nil {
		t.Fatal(err)
	}
	r.settle()
	dry = r.want(dry.ID, jobs.StatePlanned)
	if _, err := r.svc.Approve(t.Context(), dry.ID, dry.Plan.Digest, approver); !errors.As(err, &wrong) {
		t.Errorf("approve a dry run: %v, want a state error", err)
	}
}

// TestOneDecision lets several people decide at once: one of them does, the others get a clear word.
func TestOneDecision(t *testing.T) {
	t.Parallel()
	second := jobs.Actor{ID: "U-approver-2"}
	for range 10 {
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		j := r.planned(people(2))
		acts := []func() error{
			func() error { _, err := r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, approver); return err },
			func() error { _, err := r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, approver); return err },
			func() error { _, err := r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, second); return err },
			func() error { _, err := r.svc.Reject(t.Context(), j.ID, j.Plan.Digest, second, "no"); return err },
		}
		errs := make([]error, len(acts))
		var wg sync.WaitGroup
		for i, act := range acts {
			wg.Go(func() { errs[i] = act() })
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
				continue
			}
			wantErr(t, "the others", err, jobs.ErrDecided)
		}
		got := events(t, r, j.ID)
		if n := got["decision approved"] + got["decision rejected"]; done != 1 || n != 1 {
			t.Errorf("%d decisions succeeded, %d are recorded", done, n)
		}
		r.settle()
		r.check(j.ID)
	}
}

// TestApproveAgainstCancel: whichever comes first, the job ends in one way.
func TestApproveAgainstCancel(t *testing.T) {
	t.Parallel()
	for range 10 {
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		j := r.planned(people(2))
		var wg sync.WaitGroup
		var approved, canceled error
		wg.Go(func() { _, approved = r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, approver) })
		wg.Go(func() { _, canceled = r.svc.Cancel(t.Context(), j.ID, requester) })
		wg.Wait()
		var wrong *jobs.StateError
		if approved != nil && !errors.As(approved, &wrong) && !errors.Is(approved, jobs.ErrDecided) {
			t.Errorf("approve: %v", approved)
		}
		if canceled != nil {
			t.Errorf("cancel: %v", canceled)
		}
		r.settle()
		r.want(j.ID, jobs.StateCanceled)
		if n := len(r.zoom.Users()); n != 1 {
			t.Errorf("%d people in the account of a canceled job, want the one of before", n)
		}
	}
}

// TestDrift: the account changes between plan and approval. Promise 5.
func TestDrift(t *testing.T) {
	t.Parallel()
	t.Run("effects differ", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		rows := people(5)
		j := r.planned(rows)
		r.zoom.AddUser(zoomtest.User{Email: rows[2].email})
		r.approve(j)
		r.settle()
		again := r.want(j.ID, jobs.StateAwaitingApproval)
		if again.Plan.Digest == j.Plan.Digest || again.Replaced == nil || again.Replaced.Digest != j.Plan.Digest ||
			again.Decision != nil || again.Reason.Code != jobs.ReasonAccountChanged {
			t.Errorf("the job does not wait for a new decision: %+v", again)
		}
		if n := r.zoom.Counts().ByPattern["POST /users"]; n != 0 {
			t.Errorf("%d people were added on an old approval", n)
		}
		_, err := r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, approver)
		wantErr(t, "approve the old plan", err, jobs.ErrStale)
		r.approve(again)
		r.settle()
		end := r.want(j.ID, jobs.StateDone)
		r.check(j.ID)
		if end.Counts.Created != 4 || end.Counts.Skipped != 1 {
			t.Errorf("counts %+v", end.Counts)
		}
	})
	t.Run("same effects", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		j := r.planned(people(5))
		r.zoom.AddUser(zoomtest.User{Email: "unrelated@example.com"})
		r.approve(j)
		r.settle()
		r.want(j.ID, jobs.StateDone)
		r.check(j.ID)
	})
	t.Run("nothing left", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		rows := people(2)
		j := r.planned(rows)
		for _, p := range rows {
			r.zoom.AddUser(zoomtest.User{Email: p.email})
		}
		r.approve(j)
		r.settle()
		r.want(j.ID, jobs.StateNoChanges)
	})
	t.Run("left by an interrupted attempt", func(t *testing.T) {
		t.Parallel()
		// A worker stored the plan of a changed account and crashed; then the account changed back.
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		rows := people(3)
		j := r.planned(rows)
		other := r.planned(people(2))
		raw, err := r.store.Blob(t.Context(), other.ID, jobs.BlobPlan)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.store.PutBlob(t.Context(), j.ID, jobs.BlobPlan, raw); err != nil {
			t.Fatal(err)
		}
		r.approve(j)
		r.settle()
		end := r.want(j.ID, jobs.StateDone)
		r.check(j.ID)
		if end.Counts.Created != 3 {
			t.Errorf("counts %+v: not the approved plan was applied", end.Counts)
		}
	})
}

// TestOtherPlanIsNotApplied: what is applied has the digest that was approved, whatever lies in the store.
func TestOtherPlanIsNotApplied(t *testing.T) {
	t.Parallel()
	limits := unlimited()
	limits.CreatePerDay = 2
	r := newRig(t, rigOptions{zoom: zoomtest.Options{Limits: limits}, action: zoomapi.ActionSSOCreate})
	j := r.apply(people(3))
	j = r.want(j.ID, jobs.StatePaused)
	other := r.planned(people(9))
	raw, err := r.store.Blob(t.Context(), other.ID, jobs.BlobPlan)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.store.PutBlob(t.Context(), j.ID, jobs.BlobPlan, raw); err != nil {
		t.Fatal(err)
	}
	r.pass(j.ResumeAt.Sub(r.clock.Now()))
	if n := r.zoom.Counts().ByPattern["POST /users"]; n != 3 {
		t.Errorf("%d creations, want the 3 of the approved plan's first day", n)
	}
}

// TestCancel ends jobs in every state that can be left.
func TestCancel(t *testing.T) {
	t.Parallel()
	cancel := func(t *testing.T, r *rig, id string) jobs.Job {
		t.Helper()
		j, err := r.svc.Cancel(t.Context(), id, requester)
		if err != nil {
			t.Fatalf("cancel: %v", err)
		}
		return j
	}
	t.Run("received", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		j := r.submit(people(2))
		cancel(t, r, j.ID)
		r.settle()
		r.want(j.ID, jobs.StateCanceled)
	})
	t.Run("approved", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		j := r.planned(people(2))
		r.approve(j)
		cancel(t, r, j.ID)
		r.settle()
		r.want(j.ID, jobs.StateCanceled)
		if n := r.zoom.Counts().ByPattern["POST /users"]; n != 0 {
			t.Errorf("%d people added", n)
		}
	})
	for _, action := range []zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionSSOCreate} {
		t.Run("applying "+string(action), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{action: action, edit: func(o *jobs.Options) { o.InFlight = 4 }})
			j := r.planned(people(60))
			var once sync.Once
			r.watch.before = func(method, path string) {
				if method == http.MethodPost && path == "/users" && len(r.zoom.Users()) > 12 {
					once.Do(func() {
						if got := cancel(t, r, j.ID); got.State != jobs.StateApplying || got.Stop == nil {
							t.Errorf("a job that is worked on is %s after the wish to stop", got.State)
						}
					})
				}
			}
			r.approve(j)
			r.settle()
			j = r.want(j.ID, jobs.StateCanceled)
			r.check(j.ID)
			c := j.Counts
			// People who were only invited lack the rest of their row for good: nobody completes them for a canceled job.
			if begun := c.Created + c.Incomplete; begun < 12 || begun > 20 || c.Waiting != 0 || c.Unprocessed != 60-begun {
				t.Errorf("counts %+v: not stopped after the rows in hand", c)
			}
			if action == zoomapi.ActionSSOCreate && c.Incomplete != 0 {
				t.Errorf("counts %+v: people who are active at once were left half done", c)
			}
			if got := events(t, r, j.ID); got["stop_requested "] != 1 || got["state canceled"] != 1 {
				t.Errorf("audit log %v", got)
			}
			if n := countOf(r.front.seen(j.ID), jobs.StateCanceled); n == 0 {
				t.Error("the end was not shown")
			}
		})
	}
	t.Run("applying without a worker", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		j := leftBehind(t, r, people(6))
		if got := cancel(t, r, j.ID); got.State != jobs.StateCanceled {
			t.Errorf("the job is %s, and nobody works on it", got.State)
		}
		r.settle()
		r.check(j.ID)
	})
	t.Run("applying with a dead worker's lease", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		j := leftBehind(t, r, people(6))
		if _, err := r.store.Lease(t.Context(), j.ID, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		if got := cancel(t, r, j.ID); got.State != jobs.StateApplying {
			t.Errorf("the job is %s while somebody holds it", got.State)
		}
		r.queue.lose(false)
		r.pass(11 * time.Second)
		r.want(j.ID, jobs.StateCanceled)
		r.check(j.ID)
	})
	t.Run("applying with an unsettled call", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		rows := people(6)
		j := leftBehind(t, r, rows)
		// The former worker's calls for two rows: one had succeeded.
		l, err := r.store.Lease(t.Context(), j.ID, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.store.PutRows(t.Context(), l, jobs.RowState{Line: 2, Intent: jobs.StepCreate}, jobs.RowState{Line: 3, Intent: jobs.StepCreate}); err != nil {
			t.Fatal(err)
		}
		if err := r.store.Drop(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		r.zoom.AddUser(zoomtest.User{Email: rows[0].email})
		cancel(t, r, j.ID)
		r.settle()
		j = r.want(j.ID, jobs.StateCanceled)
		r.check(j.ID)
		if diff := cmp.Diff(jobs.Counts{Created: 1, Unprocessed: 5}, j.Counts); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	})
	t.Run("paused", func(t *testing.T) {
		t.Parallel()
		limits := unlimited()
		limits.CreatePerDay = 2
		r := newRig(t, rigOptions{zoom: zoomtest.Options{Limits: limits}, action: zoomapi.ActionSSOCreate})
		j := r.apply(people(5))
		r.want(j.ID, jobs.StatePaused)
		cancel(t, r, j.ID)
		j = r.want(j.ID, jobs.StateCanceled)
		r.settle()
		r.check(j.ID)
		if diff := cmp.Diff(jobs.Counts{Created: 2, Unprocessed: 3}, j.Counts); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	})
	t.Run("finishing", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		rows := people(4)
		j := r.apply(rows)
		if err := r.zoom.Activate(rows[0].email); err != nil {
			t.Fatal(err)
		}
		r.pass(6 * time.Minute)
		r.want(j.ID, jobs.StateFinishing)
		cancel(t, r, j.ID)
		j = r.want(j.ID, jobs.StateCanceled)
		r.settle()
		r.check(j.ID)
		if diff := cmp.Diff(jobs.Counts{Created: 1, Incomplete: 3, Invited: 4, Activated: 1, Finished: 1}, j.Counts); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	})
	t.Run("at the very end", func(t *testing.T) {
		t.Parallel()
		// The wish comes after the last row was recorded and before the job moves on.
		var r *rig
		var id string
		var once sync.Once
		r = newRig(t, rigOptions{wrapStore: func(s jobs.Store) jobs.Store {
			return &hookedStore{Store: s, beforeUpdateHeld: func() {
				if id == "" || r.get(id).State != jobs.StateApplying {
					return
				}
				once.Do(func() { cancel(t, r, id) })
			}}
		}})
		j := r.planned(people(3))
		id = j.ID
		r.approve(j)
		r.settle()
		r.want(id, jobs.StateCanceled)
		r.check(id)
		if got := events(t, r, id); got["state finishing"] != 0 {
			t.Errorf("audit log %v: the job went on to wait for people", got)
		}
	})
}

func countOf(states []jobs.State, s jobs.State) int {
	return len(slices.DeleteFunc(slices.Clone(states), func(x jobs.State) bool { return x != s }))
}

// leftBehind makes a job that is applying and that no worker holds: its worker was killed before the first row.
func leftBehind(t *testing.T, r *rig, rows []person) jobs.Job {
	t.Helper()
	j := r.planned(rows)
	r.approve(j)
	r.queue.lose(false)
	if _, err := r.store.Update(t.Context(), j.ID, func(j *jobs.Job) ([]jobs.Entry, error) {
		j.State, j.StartedAt = jobs.StateApplying, r.clock.Now()
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	return r.get(j.ID)
}

// hookedStore lets something happen at a certain point.
type hookedStore struct {
	jobs.Store

	beforeUpdateHeld func()
}

func (s *hookedStore) UpdateHeld(ctx context.Context, l jobs.Lease, change func(*jobs.Job) ([]jobs.Entry, error)) (jobs.Job, error) {
	s.beforeUpdateHeld()
	return s.Store.UpdateHeld(ctx, l, change)
}
