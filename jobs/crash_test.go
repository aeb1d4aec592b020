package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// killer stands between a service and its surroundings. It counts calls and cuts the service off at one of them, as kill -9
// does: that call is not made, or made and its answer lost, and none is made after it.
type killer struct {
	mu    sync.Mutex
	left  int // calls until the end; negative: never
	after bool
	dead  bool
	calls int
}

var errKilled = errors.New("killed")

// arm revives the service and kills it at the n-th call from now.
func (k *killer) arm(n int, after bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left, k.after, k.dead = n, after, false
}

func (k *killer) isDead() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.dead
}

// call makes a call, if it still can be made.
func (k *killer) call(f func() error) error {
	k.mu.Lock()
	if k.dead {
		k.mu.Unlock()
		return errKilled
	}
	k.calls++
	k.left--
	last := k.left == 0
	if last {
		k.dead = true
	}
	after := k.after
	k.mu.Unlock()
	if last && !after {
		return errKilled
	}
	err := f()
	if last {
		return errKilled
	}
	return err
}

type mortalStore struct {
	jobs.Store

	k *killer
}

func mortal[T any](k *killer, f func() (T, error)) (T, error) {
	var v, zero T
	err := k.call(func() (err error) {
		v, err = f()
		return err
	})
	if err != nil {
		return zero, err
	}
	return v, nil
}

func (s *mortalStore) Create(ctx context.Context, j jobs.Job, entries ...jobs.Entry) error {
	return s.k.call(func() error { return s.Store.Create(ctx, j, entries...) })
}

func (s *mortalStore) Get(ctx context.Context, id string) (jobs.Job, error) {
	return mortal(s.k, func() (jobs.Job, error) { return s.Store.Get(ctx, id) })
}

func (s *mortalStore) Update(ctx context.Context, id string, change func(*jobs.Job) ([]jobs.Entry, error)) (jobs.Job, error) {
	return mortal(s.k, func() (jobs.Job, error) { return s.Store.Update(ctx, id, change) })
}

func (s *mortalStore) UpdateHeld(ctx context.Context, l jobs.Lease, change func(*jobs.Job) ([]jobs.Entry, error)) (jobs.Job, error) {
	return mortal(s.k, func() (jobs.Job, error) { return s.Store.UpdateHeld(ctx, l, change) })
}

func (s *mortalStore) Open(ctx context.Context) ([]jobs.Job, error) {
	return mortal(s.k, func() ([]jobs.Job, error) { return s.Store.Open(ctx) })
}

func (s *mortalStore) PutBlob(ctx context.Context, id string, b jobs.Blob, data []byte) error {
	return s.k.call(func() error { return s.Store.PutBlob(ctx, id, b, data) })
}

func (s *mortalStore) Blob(ctx context.Context, id string, b jobs.Blob) ([]byte, error) {
	return mortal(s.k, func() ([]byte, error) { return s.Store.Blob(ctx, id, b) })
}

func (s *mortalStore) Claim(ctx context.Context, key, owner string, ttl time.Duration) (string, error) {
	return mortal(s.k, func() (string, error) { return s.Store.Claim(ctx, key, owner, ttl) })
}

func (s *mortalStore) Keep(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	return mortal(s.k, func() (bool, error) { return s.Store.Keep(ctx, key, owner, ttl) })
}

func (s *mortalStore) Release(ctx context.Context, key, owner string) error {
	return s.k.call(func() error { return s.Store.Release(ctx, key, owner) })
}

func (s *mortalStore) Lease(ctx context.Context, id string, ttl time.Duration) (jobs.Lease, error) {
	return mortal(s.k, func() (jobs.Lease, error) { return s.Store.Lease(ctx, id, ttl) })
}

func (s *mortalStore) Drop(ctx context.Context, l jobs.Lease) error {
	return s.k.call(func() error { return s.Store.Drop(ctx, l) })
}

func (s *mortalStore) Leased(ctx context.Context, id string) (bool, error) {
	return mortal(s.k, func() (bool, error) { return s.Store.Leased(ctx, id) })
}

func (s *mortalStore) PutBlobHeld(ctx context.Context, l jobs.Lease, b jobs.Blob, data []byte) error {
	return s.k.call(func() error { return s.Store.PutBlobHeld(ctx, l, b, data) })
}

func (s *mortalStore) PutRows(ctx context.Context, l jobs.Lease, rows ...jobs.RowState) (jobs.Receipt, error) {
	return mortal(s.k, func() (jobs.Receipt, error) { return s.Store.PutRows(ctx, l, rows...) })
}

func (s *mortalStore) Engage(ctx context.Context, id string, people []string) (holder string, held int, err error) {
	err = s.k.call(func() (err error) {
		holder, held, err = s.Store.Engage(ctx, id, people)
		return err
	})
	return holder, held, err
}

func (s *mortalStore) Disengage(ctx context.Context, id string, people ...string) error {
	return s.k.call(func() error { return s.Store.Disengage(ctx, id, people...) })
}

func (s *mortalStore) Rows(ctx context.Context, id string) (map[int]jobs.RowState, error) {
	return mortal(s.k, func() (map[int]jobs.RowState, error) { return s.Store.Rows(ctx, id) })
}

type mortalDirectory struct {
	jobs.Directory

	k *killer
}

func (d *mortalDirectory) Users(ctx context.Context, o zoomapi.ListUsersOptions) iter.Seq2[zoomapi.User, error] {
	return func(yield func(zoomapi.User, error) bool) {
		users, err := mortal(d.k, func() ([]zoomapi.User, error) {
			var all []zoomapi.User
			for u, err := range d.Directory.Users(ctx, o) {
				if err != nil {
					return nil, err
				}
				all = append(all, u)
			}
			return all, nil
		})
		if err != nil {
			yield(zoomapi.User{}, err)
			return
		}
		for _, u := range users {
			if !yield(u, nil) {
				return
			}
		}
	}
}

func (d *mortalDirectory) User(ctx context.Context, who string) (zoomapi.User, error) {
	return mortal(d.k, func() (zoomapi.User, error) { return d.Directory.User(ctx, who) })
}

func (d *mortalDirectory) CreateUser(ctx context.Context, a zoomapi.CreateAction, u zoomapi.NewUser) (zoomapi.User, error) {
	return mortal(d.k, func() (zoomapi.User, error) { return d.Directory.CreateUser(ctx, a, u) })
}

func (d *mortalDirectory) UpdateUser(ctx context.Context, who string, p zoomapi.UserPatch) error {
	return d.k.call(func() error { return d.Directory.UpdateUser(ctx, who, p) })
}

func (d *mortalDirectory) AddGroupMembers(ctx context.Context, id string, members []string) ([]string, error) {
	return mortal(d.k, func() ([]string, error) { return d.Directory.AddGroupMembers(ctx, id, members) })
}

func (d *mortalDirectory) AddIMGroupMembers(ctx context.Context, id string, members []string) ([]string, error) {
	return mortal(d.k, func() ([]string, error) { return d.Directory.AddIMGroupMembers(ctx, id, members) })
}

func (d *mortalDirectory) Settings(ctx context.Context, who string) (zoomapi.Settings, error) {
	return mortal(d.k, func() (zoomapi.Settings, error) { return d.Directory.Settings(ctx, who) })
}

func (d *mortalDirectory) UpdateSettings(ctx context.Context, who string, p zoomapi.FeaturesPatch) error {
	return d.k.call(func() error { return d.Directory.UpdateSettings(ctx, who, p) })
}

func (d *mortalDirectory) SetUserStatus(ctx context.Context, who string, activate bool) error {
	return d.k.call(func() error { return d.Directory.SetUserStatus(ctx, who, activate) })
}

func (d *mortalDirectory) DeleteUser(ctx context.Context, who string, o zoomapi.DeleteOptions) error {
	return d.k.call(func() error { return d.Directory.DeleteUser(ctx, who, o) })
}

func (d *mortalDirectory) SetUserEmail(ctx context.Context, who, email string) error {
	return d.k.call(func() error { return d.Directory.SetUserEmail(ctx, who, email) })
}

func (d *mortalDirectory) CreateGroup(ctx context.Context, name string) (zoomapi.Group, error) {
	return mortal(d.k, func() (zoomapi.Group, error) { return d.Directory.CreateGroup(ctx, name) })
}

func (d *mortalDirectory) RemoveGroupMember(ctx context.Context, id, who string) error {
	return d.k.call(func() error { return d.Directory.RemoveGroupMember(ctx, id, who) })
}

func (d *mortalDirectory) RemoveIMGroupMember(ctx context.Context, id, who string) error {
	return d.k.call(func() error { return d.Directory.RemoveIMGroupMember(ctx, id, who) })
}

// crashRig is a rig whose service can be killed. Its store is in memory, with a clock that the test moves.
func crashRig(tb testing.TB, action zoomapi.CreateAction, edits ...func(*jobs.Options)) (*rig, *killer) {
	tb.Helper()
	k := &killer{left: -1}
	c := newClock()
	r := newRig(tb, rigOptions{
		action: action, store: newTwin(c.Now),
		wrapStore: func(s jobs.Store) jobs.Store { return &mortalStore{s, k} },
		wrapDir:   func(d jobs.Directory) jobs.Directory { return &mortalDirectory{d, k} },
		edit: func(o *jobs.Options) {
			o.Now = c.Now
			for _, edit := range edits {
				edit(o)
			}
		},
	})
	*r.clock = clock{now: c.now}
	r.clock, r.queue.clock = c, c
	return r, k
}

// live takes a job through its whole life. kills are the calls at which the service is killed, each counted from the
// restart after the one before. It returns the job and how many calls were made.
func live(tb testing.TB, r *rig, k *killer, rows []person, kills []int, after bool) jobs.Job {
	tb.Helper()
	return liveFile(tb, r, k, csvOf(tb, rows), jobs.Revision{}, kills, after)
}

// liveFile is live for any file.
func liveFile(tb testing.TB, r *rig, k *killer, data []byte, rev jobs.Revision, kills []int, after bool) jobs.Job {
	tb.Helper()
	ctx := tb.Context()
	arm := func() {
		n := -1
		if len(kills) > 0 {
			n, kills = kills[0], kills[1:]
		}
		k.arm(n, after)
	}
	arm()
	for range 60 {
		if k.isDead() {
			// Everything in the process is gone, and what the queue held for it.
			r.queue.lose(false)
			arm()
		}
		j, _, err := r.svc.Submit(ctx, jobs.Submission{Key: "delivery", Requester: requester, Data: data, Revision: rev})
		if err == nil && j.State == jobs.StateAwaitingApproval {
			_, _ = r.svc.Approve(ctx, j.ID, j.Plan.Digest, approver)
		}
		if err == nil && j.State == jobs.StateFinishing {
			r.zoom.ActivateAll()
			r.clock.Advance(5 * time.Minute)
		}
		for n := 1; n > 0; {
			_ = r.svc.Sweep(ctx)
			n = r.queue.drain(ctx)
		}
		r.clock.Advance(30 * time.Second)
		if err == nil && !k.isDead() && j.State.Terminal() && j.Announced >= j.Changed {
			k.arm(-1, false)
			return j
		}
	}
	tb.Fatal("the job does not end")
	return jobs.Job{}
}

// killEverywhere takes a file through its life once for each call that can be interrupted, killed there before and after the
// call took effect. Counts and account in the end are those of a job without a crash.
func killEverywhere(t *testing.T, stage func() (*rig, *killer), data []byte, rev jobs.Revision, counts jobs.Counts) {
	t.Helper()
	whole, counted := stage()
	j := liveFile(t, whole, counted, data, rev, nil, false)
	whole.check(j.ID)
	want := picture(whole)
	if diff := cmp.Diff(counts, j.Counts); diff != "" || j.State != jobs.StateDone {
		t.Fatalf("without a crash the job is %s (%+v), counts (-want +got):\n%s", j.State, j.Reason, diff)
	}
	const shards = 8
	for shard := range shards {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("after %v, %d of %d", after, shard, shards), func(t *testing.T) {
				t.Parallel()
				for n := 1 + shard; n <= counted.calls; n += shards * raceStride {
					r, k := stage()
					j := liveFile(t, r, k, data, rev, []int{n}, after)
					r.check(j.ID)
					if diff := cmp.Diff(counts, j.Counts); diff != "" || j.State != jobs.StateDone {
						t.Errorf("killed at call %d: job is %s (%+v), counts (-want +got):\n%s", n, j.State, j.Reason, diff)
					}
					if diff := cmp.Diff(want, picture(r)); diff != "" {
						t.Errorf("killed at call %d: account (-want +got):\n%s", n, diff)
					}
					if t.Failed() {
						return
					}
				}
			})
		}
	}
}

// picture is what an account holds of people, by address, with groups by name.
func picture(r *rig) map[string]string {
	names := map[string]string{}
	for _, g := range append(r.zoom.Groups(), r.zoom.IMGroups()...) {
		names[g.ID] = g.Name
	}
	out := map[string]string{}
	for _, u := range r.zoom.Users() {
		var groups []string
		for _, id := range append(slices.Clone(u.GroupIDs), u.IMGroupIDs...) {
			groups = append(groups, names[id])
		}
		out[u.Email] = fmt.Sprint(u.Status, u.Type, u.FirstName, u.Dept, u.JobTitle, u.Location, groups)
	}
	return out
}

// TestKilledAnywhere kills the service at every single call of a small job, before and after it took effect: promises 1, 2
// and 3. The account in the end is that of a job without a crash.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	rows := []person{
		{"a@example.com", "D", "Sales; Paris", "Lunch", "T"}, {"b@example.com", "", "Paris", "", ""}, {"c@example.com", "E", "", "", ""},
	}
	for _, action := range []zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionSSOCreate} {
		whole, counted := crashRig(t, action)
		j := live(t, whole, counted, rows, nil, false)
		whole.check(j.ID)
		want := picture(whole)
		if j.State != jobs.StateDone || j.Counts.Created != len(rows) {
			t.Fatalf("without a crash the job is %s with %+v", j.State, j.Counts)
		}
		if counted.calls < 60 {
			t.Fatalf("only %d calls can be interrupted", counted.calls)
		}
		const shards = 8
		for shard := range shards {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, after %v, %d of %d", action, after, shard, shards), func(t *testing.T) {
					t.Parallel()
					for n := 1 + shard; n <= counted.calls; n += shards * raceStride {
						r, k := crashRig(t, action)
						j := live(t, r, k, rows, []int{n}, after)
						r.check(j.ID)
						if j.State != jobs.StateDone || j.Counts.Created != len(rows) {
							t.Errorf("killed at call %d: job is %s (%+v) with %+v", n, j.State, j.Reason, j.Counts)
						}
						if diff := cmp.Diff(want, picture(r)); diff != "" {
							t.Errorf("killed at call %d: account (-want +got):\n%s", n, diff)
						}
						if t.Failed() {
							return
						}
					}
				})
			}
		}
	}
}

// TestKilledAgainAndAgain kills the service several times in one job, at any calls.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	rows := people(6)
	cases := 0
	rapid.Check(t, func(rt *rapid.T) {
		if cases++; cases%raceStride != 0 {
			return
		}
		action := rapid.SampledFrom([]zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionSSOCreate}).Draw(rt, "action")
		kills := rapid.SliceOfN(rapid.IntRange(1, 80), 1, 6).Draw(rt, "kills")
		after := rapid.Bool().Draw(rt, "after")
		r, k := crashRig(t, action)
		j := live(t, r, k, rows, kills, after)
		r.check(j.ID)
		if j.State != jobs.StateDone || j.Counts.Created != len(rows) {
			rt.Fatalf("job is %s (%+v) with %+v", j.State, j.Reason, j.Counts)
		}
	})
}

// TestWorkerThatWakesUpLate: a worker sleeps past its lease in the middle of a job, and another takes over. From then on
// the first one writes nothing, and makes no call to Zoom beyond the one in hand.
func TestWorkerThatWakesUpLate(t *testing.T) {
	t.Parallel()
	// Minus one stands for the very end, before the job is moved on.
	for _, at := range []int{-1, 1, 3, 4, 7, 10, 13, 16, 19, 22} {
		t.Run(fmt.Sprint("at write ", at), func(t *testing.T) {
			t.Parallel()
			c := newClock()
			store := &sleepyStore{Store: newTwin(c.Now), at: at}
			r := newRig(t, rigOptions{
				action: zoomapi.ActionSSOCreate, store: store,
				edit: func(o *jobs.Options) { o.InFlight, o.Now = 1, c.Now },
			})
			r.clock, r.queue.clock = c, c
			j := r.planned(people(5))
			var calls int
			var before map[int]jobs.RowState
			store.asleep = func() {
				c.Advance(time.Minute)
				l, err := store.Lease(t.Context(), j.ID, time.Hour)
				if err != nil {
					t.Errorf("take over: %v", err)
				}
				store.other = l
				before, _ = store.Rows(t.Context(), j.ID)
				calls = r.zoom.Counts().Total
			}
			r.approve(j)
			r.queue.drain(t.Context())
			if calls == 0 {
				t.Fatal("the worker never slept")
			}
			after, err := store.Rows(t.Context(), j.ID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("rows written by a worker that had lost its lease (-before +after):\n%s", diff)
			}
			// The call in hand, and the join that another row may just have begun.
			if made := r.zoom.Counts().Total - calls; made > 2 {
				t.Errorf("%d calls were made under a lost lease", made)
			}
			if got := r.get(j.ID); got.State != jobs.StateApplying || got.Attempts != 0 {
				t.Errorf("job is %s after %d attempts: the late worker changed it", got.State, got.Attempts)
			}
			if err := store.Drop(t.Context(), store.other); err != nil {
				t.Fatal(err)
			}
			r.pass(time.Minute)
			r.want(j.ID, jobs.StateDone)
			r.check(j.ID)
		})
	}
}

// sleepyStore lets its caller sleep before the at-th write of rows.
type sleepyStore struct {
	jobs.Store

	mu     sync.Mutex
	at     int
	asleep func()
	other  jobs.Lease
}

func (s *sleepyStore) PutRows(ctx context.Context, l jobs.Lease, rows ...jobs.RowState) (jobs.Receipt, error) {
	s.mu.Lock()
	if s.at > 0 {
		if s.at--; s.at == 0 {
			s.asleep()
		}
	}
	s.mu.Unlock()
	return s.Store.PutRows(ctx, l, rows...)
}

func (s *sleepyStore) UpdateHeld(ctx context.Context, l jobs.Lease, change func(*jobs.Job) ([]jobs.Entry, error)) (jobs.Job, error) {
	j, err := s.Get(ctx, l.JobID)
	s.mu.Lock()
	if err == nil && s.at < 0 && s.asleep != nil && j.State == jobs.StateApplying {
		s.asleep()
		s.asleep = nil
	}
	s.mu.Unlock()
	return s.Store.UpdateHeld(ctx, l, change)
}

// slowReader is an account whose lists take a minute.
type slowReader struct{ jobs.Directory }

func (slowReader) Budget(context.Context) ([]zoomapi.Allowance, error) { return nil, nil }

func (slowReader) Users(ctx context.Context, _ zoomapi.ListUsersOptions) iter.Seq2[zoomapi.User, error] {
	return func(yield func(zoomapi.User, error) bool) {
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			yield(zoomapi.User{}, context.Cause(ctx))
		}
	}
}

func (slowReader) User(context.Context, string) (zoomapi.User, error) {
	return zoomapi.User{}, &zoomapi.Error{Status: 404, Code: 1001}
}

func (slowReader) Groups(context.Context) iter.Seq2[zoomapi.Group, error] {
	return func(func(zoomapi.Group, error) bool) {}
}

func (slowReader) PlanUsage(context.Context) (zoomapi.PlanUsage, error) {
	return zoomapi.PlanUsage{}, &zoomapi.Error{Status: 403}
}

// deafStore does not prolong leases.
type deafStore struct{ jobs.Store }

func (deafStore) Extend(context.Context, jobs.Lease, time.Duration) error {
	return errors.New("no answer")
}

// TestLeaseIsRenewed: work that takes longer than a lease keeps it, and gives up when it cannot be kept.
func TestLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprint("store is deaf: ", deaf), func(t *testing.T) {
			t.Parallel()
			data := csvOf(t, []person{{email: "a@example.com"}})
			synctest.Test(t, func(t *testing.T) {
				var store jobs.Store = newTwin(time.Now)
				if deaf {
					store = deafStore{store}
				}
				q := &taskList{clock: newClock()}
				svc := jobs.New(jobs.Options{Store: store, Queue: q, Directory: slowReader{}, Front: &front{}})
				j, _, err := svc.Submit(t.Context(), jobs.Submission{Key: "k", Requester: requester, Data: data})
				if err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				done := make(chan error, 1)
				go func() { done <- svc.Work(t.Context(), jobs.TaskPlan, j.ID) }()
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if held, err := store.Leased(t.Context(), j.ID); err != nil || !held {
					t.Errorf("held %v, %v", held, err)
				}
				if err := <-done; err != nil {
					t.Errorf("work: %v", err)
				}
				j, err = svc.Get(t.Context(), j.ID)
				if err != nil {
					t.Fatal(err)
				}
				took := time.Since(begun)
				switch {
				case !deaf && (j.State != jobs.StateAwaitingApproval || took != time.Minute):
					t.Errorf("job is %s after %v, want a plan after the minute", j.State, took)
				case deaf && (j.State != jobs.StatePlanning || took > 25*time.Second || j.Attempts != 0):
					t.Errorf("job is %s after %v and %d attempts; a lost lease ends the work and counts as nothing", j.State, took, j.Attempts)
				}
			})
		})
	}
}

// TestStopOfTheProcess interrupts work with a cause; the rows in hand are recorded and nothing counts as a failure.
func TestStopOfTheProcess(t *testing.T) {
	t.Parallel()
	stopping := errors.New("the process is stopping")
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate, edit: func(o *jobs.Options) { o.InFlight = 4 }})
	j := r.planned(people(40))
	ctx, stop := context.WithCancelCause(t.Context())
	r.watch.before = func(method, path string) {
		if path == "/users" && method == "POST" && len(r.zoom.Users()) > 8 {
			stop(stopping)
		}
	}
	r.approve(j)
	err := r.svc.Work(ctx, jobs.TaskApply, j.ID)
	wantErr(t, "work", err, stopping)
	if j = r.want(j.ID, jobs.StateApplying); j.Attempts != 0 {
		t.Errorf("%d attempts counted", j.Attempts)
	}
	rows, err := r.store.Rows(t.Context(), j.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range slices.Sorted(maps.Keys(rows)) {
		if rs := rows[line]; rs.Intent != "" {
			t.Errorf("line %d was left between its two records", line)
		}
	}
	if held, err := r.store.Leased(t.Context(), j.ID); err != nil || held {
		t.Errorf("the lease is held after the stop: %v, %v", held, err)
	}
	r.watch.before = nil
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Created != 40 {
		t.Errorf("counts %+v", j.Counts)
	}
}
