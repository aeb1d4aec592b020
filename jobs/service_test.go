package jobs_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestOneJobPerDelivery: the same delivery, at once and later, is one job.
func TestOneJobPerDelivery(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	sub := jobs.Submission{Key: "event-1", Requester: requester, Data: csvOf(t, people(2))}
	var mu sync.Mutex
	var wg sync.WaitGroup
	ids, created := map[string]bool{}, 0
	for range 8 {
		wg.Go(func() {
			j, isNew, err := r.svc.Submit(t.Context(), sub)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[j.ID] = true
			if isNew {
				created++
			}
		})
	}
	wg.Wait()
	r.settle()
	j, isNew, err := r.svc.Submit(t.Context(), sub)
	if err != nil || isNew || !ids[j.ID] || len(ids) != 1 || created != 1 {
		t.Errorf("one delivery became %d jobs, %d times new; later: new %v, error %v", len(ids), created, isNew, err)
	}
	if _, _, err := r.svc.Submit(t.Context(), jobs.Submission{}); err == nil {
		t.Error("a submission without a key was taken")
	}
	for i, want := range []bool{true, false, false} {
		got, err := r.svc.Once(t.Context(), "click")
		if err != nil || got != want {
			t.Errorf("once, call %d: %v, %v", i, got, err)
		}
	}
}

// TestCrashBetweenClaimAndJob: the delivery was claimed and its process died; the second delivery makes the job.
func TestCrashBetweenClaimAndJob(t *testing.T) {
	t.Parallel()
	fail := true
	r := newRig(t, rigOptions{wrapStore: func(s jobs.Store) jobs.Store { return &failingCreate{Store: s, fail: &fail} }})
	sub := jobs.Submission{Key: "event-1", Requester: requester, Data: csvOf(t, people(2))}
	if _, _, err := r.svc.Submit(t.Context(), sub); err == nil {
		t.Fatal("the first delivery did not fail")
	}
	fail = false
	j, created, err := r.svc.Submit(t.Context(), sub)
	if err != nil || !created {
		t.Fatalf("second delivery: created %v, error %v", created, err)
	}
	r.settle()
	r.want(j.ID, jobs.StateAwaitingApproval)
}

type failingCreate struct {
	jobs.Store

	fail *bool
}

func (s *failingCreate) Create(ctx context.Context, j jobs.Job, entries ...jobs.Entry) error {
	if *s.fail {
		return errors.New("killed")
	}
	return s.Store.Create(ctx, j, entries...)
}

// TestClashOfIDs: an id that another delivery's job has already is not taken for a second delivery.
func TestClashOfIDs(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	first := r.submit(people(2))
	if holder, err := r.store.Claim(t.Context(), "delivery:event-2", first.ID, time.Hour); err != nil || holder != first.ID {
		t.Fatal(holder, err)
	}
	j, created, err := r.svc.Submit(t.Context(), jobs.Submission{Key: "event-2", Requester: requester, Data: csvOf(t, people(3))})
	if err != nil || !created || j.ID == first.ID {
		t.Errorf("job %s, created %v, error %v; the other is %s", j.ID, created, err, first.ID)
	}
}

// TestSameContent: one file is one job at a time.
func TestSameContent(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
	first := r.planned(people(3))
	copied := r.submit(people(3))
	r.settle()
	copied = r.want(copied.ID, jobs.StateInvalid)
	if copied.Reason.Code != jobs.ReasonDuplicate || copied.Reason.Params["job"] != first.ID {
		t.Errorf("reason %+v, want a duplicate of %s", copied.Reason, first.ID)
	}
	list, err := r.svc.List(t.Context(), 5)
	if err != nil || len(list) != 1 || list[0].ID != first.ID {
		t.Errorf("listed %d jobs (%v), want the first alone", len(list), err)
	}
	dry, _, err := r.svc.Submit(t.Context(), jobs.Submission{Key: "dry", Requester: requester, DryRun: true, Data: csvOf(t, people(3))})
	if err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.want(dry.ID, jobs.StatePlanned)
	r.approve(first)
	r.settle()
	r.want(first.ID, jobs.StateDone)
	again := r.submit(people(3))
	r.settle()
	r.want(again.ID, jobs.StateNoChanges) // Everybody is there now.
	// A job that ended without giving up its claim does not keep the file either.
	third := r.submit(people(4))
	r.settle()
	if _, err := r.store.Update(t.Context(), third.ID, func(j *jobs.Job) ([]jobs.Entry, error) {
		j.State = jobs.StateRejected
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	r.planned(people(4))
}

func TestFetch(t *testing.T) {
	t.Parallel()
	submit := func(t *testing.T, r *rig) jobs.Job {
		t.Helper()
		j, _, err := r.svc.Submit(t.Context(), jobs.Submission{Key: "k", Requester: requester})
		if err != nil {
			t.Fatal(err)
		}
		r.settle()
		return r.get(j.ID)
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		r.front.fetch = func(jobs.Job) ([]byte, error) {
			return nil, &roster.RefusedError{Code: "too_large", Params: map[string]string{"limit": "10"}}
		}
		j := submit(t, r)
		r.want(j.ID, jobs.StateInvalid)
		if diff := cmp.Diff(jobs.Reason{Code: "too_large", Params: map[string]string{"limit": "10"}}, j.Reason); diff != "" {
			t.Errorf("reason (-want +got):\n%s", diff)
		}
	})
	t.Run("not a roster", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		r.front.fetch = func(jobs.Job) ([]byte, error) { return []byte("%PDF-1.7 nothing to see"), nil }
		j := submit(t, r)
		r.want(j.ID, jobs.StateInvalid)
		if j.Reason.Code == "" {
			t.Error("no reason")
		}
	})
	t.Run("later", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		calls := 0
		r.front.fetch = func(jobs.Job) ([]byte, error) {
			if calls++; calls < 4 {
				return nil, errors.New("not now")
			}
			return csvOf(t, people(2)), nil
		}
		j := submit(t, r)
		r.want(j.ID, jobs.StateReading)
		for range 6 {
			r.pass(20 * time.Second)
		}
		r.want(j.ID, jobs.StateAwaitingApproval)
		if calls != 4 {
			t.Errorf("fetched %d times: a fetched file is kept", calls)
		}
	})
	t.Run("never", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		calls := 0
		r.front.fetch = func(jobs.Job) ([]byte, error) {
			calls++
			return nil, errors.New("gone")
		}
		j := submit(t, r)
		for range 30 {
			r.pass(time.Minute)
		}
		j = r.want(j.ID, jobs.StateErrored)
		if j.Reason.Code != jobs.ReasonFileGone || calls != 10 {
			t.Errorf("reason %+v after %d calls, want %s after 10", j.Reason, calls, jobs.ReasonFileGone)
		}
		if open, err := r.store.Open(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("%d jobs are open (%v)", len(open), err)
		}
	})
}

// TestPlanningFails: Zoom's answers while the account is read.
func TestPlanningFails(t *testing.T) {
	t.Parallel()
	t.Run("scope", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		r.zoom.Inject(zoomtest.Fault{Path: "/users", Status: 400, Code: 4711, Message: "does not contain scopes:[a, b].", Times: -1})
		j := r.submit(people(2))
		r.settle()
		j = r.want(j.ID, jobs.StateErrored)
		if diff := cmp.Diff(jobs.Reason{Code: jobs.ReasonScope, Params: map[string]string{"scopes": "a, b"}}, j.Reason); diff != "" {
			t.Errorf("reason (-want +got):\n%s", diff)
		}
	})
	t.Run("listing does not add up, then does", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		r.zoom.Inject(zoomtest.Fault{Path: "/users", Effect: zoomtest.WrongTotal, Times: -1})
		j := r.submit(people(20))
		r.settle()
		r.want(j.ID, jobs.StatePlanning)
		r.zoom.Clear()
		r.pass(5 * time.Second)
		r.want(j.ID, jobs.StateAwaitingApproval)
	})
	t.Run("limit of the day", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		r.zoom.Inject(zoomtest.Fault{Path: "/users", Effect: zoomtest.LimitDaily, Times: 1})
		j := r.submit(people(20))
		r.settle()
		r.pass(time.Minute)
		r.want(j.ID, jobs.StatePlanning)
		r.pass(25 * time.Hour)
		r.want(j.ID, jobs.StateAwaitingApproval)
	})
	t.Run("chat groups unreadable", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		r.zoom.Inject(zoomtest.Fault{Path: "/im/groups", Status: 400, Code: 4711, Message: "scopes:[x]", Times: -1})
		j := r.submit(people(2))
		r.settle()
		r.want(j.ID, jobs.StateAwaitingApproval)
	})
	t.Run("somebody of another account", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		r.zoom.Inject(zoomtest.Fault{Path: "/users/*", Status: 400, Code: 1010, Message: "User belongs to another account.", Times: 1})
		j := r.submit(people(2))
		r.settle()
		if j = r.want(j.ID, jobs.StateAwaitingApproval); j.Plan.Counts.Create != 2 {
			t.Errorf("plan %+v", j.Plan.Counts)
		}
	})
}

// TestAnnounce: every change is shown once, also when showing fails at first.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
	failures := 3
	r.front.announce = func(jobs.Job) error {
		if failures > 0 {
			failures--
			return errors.New("not now")
		}
		return nil
	}
	j := r.planned(people(2))
	if got := r.front.seen(j.ID); len(got) != 0 {
		t.Errorf("shown %v while it cannot be shown", got)
	}
	for range 4 {
		r.pass(10 * time.Second)
	}
	if diff := cmp.Diff([]jobs.State{jobs.StateAwaitingApproval}, r.front.seen(j.ID)); diff != "" {
		t.Errorf("shown states (-want +got):\n%s", diff)
	}
	for range 5 {
		if err := r.svc.Work(t.Context(), jobs.TaskAnnounce, j.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.front.seen(j.ID); len(got) != 1 {
		t.Errorf("shown %v although nothing changed", got)
	}
	r.approve(j)
	r.settle()
	seen := r.front.seen(j.ID)
	if seen[len(seen)-1] != jobs.StateDone || countOf(seen, jobs.StateDone) != 1 {
		t.Errorf("shown states %v", seen)
	}
	for _, shown := range r.front.shown {
		if n := len(slices.DeleteFunc(slices.Clone(r.front.shown), func(x jobs.Job) bool { return x.Changed != shown.Changed })); n != 1 {
			t.Errorf("change %d was shown %d times", shown.Changed, n)
		}
	}
}

// TestUnshowable: a job that can never be shown is not kept open for ever.
func TestUnshowable(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{store: newTwin(time.Now)})
	r.front.announce = func(jobs.Job) error { return errors.New("never") }
	r.front.fetch = func(jobs.Job) ([]byte, error) { return nil, &roster.RefusedError{Code: "x"} }
	j, _, err := r.svc.Submit(t.Context(), jobs.Submission{Key: "k", Requester: requester})
	if err != nil {
		t.Fatal(err)
	}
	for range 800 {
		r.pass(3 * time.Minute)
	}
	r.want(j.ID, jobs.StateInvalid)
	if open, err := r.store.Open(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%d jobs are open (%v)", len(open), err)
	}
}

// TestLostTasks: a queue that loses everything but what the sweep puts there. Promise 1.
func TestLostTasks(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	sweep := func() {
		t.Helper()
		r.queue.lose(false)
		if err := r.svc.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		// What the sweep queued is worked on; what that work queues is lost.
		for {
			task, ok := r.queue.next()
			if !ok {
				break
			}
			rest := slices.Clone(r.queue.tasks)
			if err := r.queue.work(t.Context(), task.task, task.id); err != nil {
				t.Fatal(err)
			}
			r.queue.tasks = rest
		}
		r.clock.Advance(30 * time.Second)
		r.redis.FastForward(30 * time.Second)
	}
	until := func(id string, s jobs.State) {
		t.Helper()
		for range 40 {
			if r.get(id).State == s {
				return
			}
			sweep()
		}
		r.want(id, s)
	}
	j := r.submit(people(3))
	until(j.ID, jobs.StateAwaitingApproval)
	r.approve(r.get(j.ID))
	until(j.ID, jobs.StateFinishing)
	r.zoom.ActivateAll()
	until(j.ID, jobs.StateDone)
	r.check(j.ID)
	sweep()
	if seen := r.front.seen(j.ID); seen[len(seen)-1] != jobs.StateDone {
		t.Errorf("shown states %v", seen)
	}
}

// TestSweepDoesNotPileUp: tasks that have not begun yet are not queued again and again.
func TestSweepDoesNotPileUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.submit(people(3))
	r.queue.lose(false)
	for range 10 {
		if err := r.svc.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.queue.tasks); n != 2 {
		t.Errorf("%d tasks queued by ten sweeps, want one to plan and one to announce", n)
	}
	r.redis.FastForward(time.Minute)
	if err := r.svc.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(r.queue.tasks); n != 4 {
		t.Errorf("%d tasks queued: lost ones are not put back", n)
	}
}

func TestSaveFrontAndDefaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	j := r.submit(people(1))
	for _, refs := range []map[string]string{{"a": "1", "b": "2"}, {"a": "", "c": "3"}} {
		if _, err := r.svc.SaveFront(t.Context(), j.ID, refs); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]string{"b": "2", "c": "3"}, r.get(j.ID).Front); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	want := jobs.Settings{UserType: zoomapi.TypeBasic, CreateAction: zoomapi.ActionCreate}
	if diff := cmp.Diff(want, r.svc.Defaults()); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	if err := r.svc.Work(t.Context(), "dance", j.ID); err == nil {
		t.Error("an unknown task was worked on")
	}
	if err := r.svc.Work(t.Context(), jobs.TaskApply, "none-0000"); err != nil {
		t.Errorf("a task about nothing: %v", err)
	}
}
