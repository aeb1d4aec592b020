package redisstore_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
)

// What holds of every store is tested by the suite in jobs; here is what is Redis's own.

func create(t *testing.T, s *redisstore.Store, id string, at time.Time) {
	t.Helper()
	err := s.Create(t.Context(), jobs.Job{ID: id, State: jobs.StateReceived, CreatedAt: at, Changed: 1}, jobs.Entry{At: at, Event: "submitted"})
	if err != nil {
		t.Fatalf("create: %v", err)
	}
}

func update(t *testing.T, s *redisstore.Store, id string, edit func(*jobs.Job)) {
	t.Helper()
	_, err := s.Update(t.Context(), id, func(j *jobs.Job) ([]jobs.Entry, error) {
		edit(j)
		return []jobs.Entry{{Event: "edited"}}, nil
	})
	if err != nil {
		t.Fatalf("update: %v", err)
	}
}

// TestRetention: everything of a job expires some time after it ended and its end was shown, and nothing before.
func TestRetention(t *testing.T) {
	t.Parallel()
	const retention = time.Hour
	for name, connect := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := connect(t)
			prefix := "test-" + uuid.NewString()
			s := redisstore.New(rdb, redisstore.Options{Prefix: prefix, Retention: retention})
			id := "aaaa-0001"
			create(t, s, id, time.Now())
			l, err := s.Lease(t.Context(), id, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.PutRows(t.Context(), l, jobs.RowState{Line: 2}); err != nil {
				t.Fatal(err)
			}
			if err := s.Drop(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			for _, b := range []jobs.Blob{jobs.BlobFile, jobs.BlobPlan} {
				if err := s.PutBlob(t.Context(), id, b, []byte("x")); err != nil {
					t.Fatal(err)
				}
			}
			expiring := func() map[string]bool {
				t.Helper()
				out := map[string]bool{}
				for _, key := range rdb.Keys(t.Context(), prefix+":{"+id+"}:*").Val() {
					part := strings.TrimPrefix(key, prefix+":{"+id+"}:")
					out[part] = rdb.TTL(t.Context(), key).Val() > 0
				}
				return out
			}
			all := func(v bool) map[string]bool {
				return map[string]bool{"job": v, "audit": v, "rows": v, "meta": v, "file": v, "plan": v}
			}
			if diff := cmp.Diff(all(false), expiring()); diff != "" {
				t.Errorf("keys of a running job that expire (-want +got):\n%s", diff)
			}
			update(t, s, id, func(j *jobs.Job) { j.State = jobs.StateDone })
			if diff := cmp.Diff(all(false), expiring()); diff != "" {
				t.Errorf("keys of a job whose end is not shown that expire (-want +got):\n%s", diff)
			}
			update(t, s, id, func(j *jobs.Job) { j.Announced = j.Changed })
			if diff := cmp.Diff(all(true), expiring()); diff != "" {
				t.Errorf("keys of an ended job that expire (-want +got):\n%s", diff)
			}
			update(t, s, id, func(j *jobs.Job) { j.Front = map[string]string{"a": "b"} })
			if diff := cmp.Diff(all(true), expiring()); diff != "" {
				t.Errorf("keys that expire after a late change (-want +got):\n%s", diff)
			}
		})
	}
}

// TestExpiredJobsLeaveTheIndexes: the lists do not name what is gone.
func TestExpiredJobsLeaveTheIndexes(t *testing.T) {
	t.Parallel()
	m, rdb := redistest.Embedded(t)
	s := redisstore.New(rdb, redisstore.Options{Retention: time.Hour})
	create(t, s, "aaaa-0001", time.Now().Add(-2*time.Hour))
	update(t, s, "aaaa-0001", func(j *jobs.Job) { j.State, j.Announced = jobs.StateDone, j.Changed })
	m.FastForward(2 * time.Hour)
	if list, err := s.List(t.Context(), 9); err != nil || len(list) != 0 {
		t.Errorf("listed %d jobs, %v", len(list), err)
	}
	if n := rdb.ZCard(t.Context(), "zoomusers:jobs").Val(); n != 0 {
		t.Errorf("%d ids in the index", n)
	}
	if _, err := s.Get(t.Context(), "aaaa-0001"); !errors.Is(err, jobs.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
}

// TestPartialWrites leaves what a crash between two writes leaves.
func TestPartialWrites(t *testing.T) {
	t.Parallel()
	t.Run("indexed, not stored", func(t *testing.T) {
		t.Parallel()
		_, rdb := redistest.Embedded(t)
		s := redisstore.New(rdb, redisstore.Options{})
		stray := func(id string, age time.Duration) {
			rdb.SAdd(t.Context(), "zoomusers:open", id)
			rdb.ZAdd(t.Context(), "zoomusers:jobs", redis.Z{Score: float64(time.Now().Add(-age).UnixMilli()), Member: id})
		}
		stray("aaaa-young", time.Second)
		stray("aaaa-old", 2*time.Hour)
		create(t, s, "aaaa-0001", time.Now())
		for range 2 {
			open, err := s.Open(t.Context())
			if err != nil || len(open) != 1 {
				t.Errorf("%d open jobs, %v", len(open), err)
			}
			list, err := s.List(t.Context(), 9)
			if err != nil || len(list) != 1 {
				t.Errorf("%d listed jobs, %v", len(list), err)
			}
		}
		// The young one may be between its two writes, and is found once it is stored.
		create(t, s, "aaaa-young", time.Now())
		if open, err := s.Open(t.Context()); err != nil || len(open) != 2 {
			t.Errorf("%d open jobs, %v: an id was dropped too early", len(open), err)
		}
		if n := rdb.SCard(t.Context(), "zoomusers:open").Val(); n != 2 {
			t.Errorf("%d ids in the set of open jobs, the old stray one included", n)
		}
	})
	t.Run("ended, not closed", func(t *testing.T) {
		t.Parallel()
		_, rdb := redistest.Embedded(t)
		s := redisstore.New(rdb, redisstore.Options{Retention: time.Hour})
		create(t, s, "aaaa-0001", time.Now())
		update(t, s, "aaaa-0001", func(j *jobs.Job) { j.State, j.Announced = jobs.StateDone, j.Changed })
		rdb.SAdd(t.Context(), "zoomusers:open", "aaaa-0001")
		rdb.Persist(t.Context(), "zoomusers:{aaaa-0001}:job")
		if open, err := s.Open(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("%d open jobs, %v", len(open), err)
		}
		if n := rdb.SCard(t.Context(), "zoomusers:open").Val(); n != 0 {
			t.Error("the ended job is in the set of open ones")
		}
		if ttl := rdb.TTL(t.Context(), "zoomusers:{aaaa-0001}:job").Val(); ttl <= 0 {
			t.Errorf("the ended job lives for %v", ttl)
		}
	})
}

// betweenWrites runs f once, before a job is taken out of the set of open ones.
type betweenWrites struct {
	once sync.Once
	f    func()
}

func (b *betweenWrites) DialHook(next redis.DialHook) redis.DialHook { return next }

func (b *betweenWrites) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (b *betweenWrites) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if slices.ContainsFunc(cmds, func(c redis.Cmder) bool { return c.Name() == "srem" }) {
			b.once.Do(b.f)
		}
		return next(ctx, cmds)
	}
}

// TestReopenedMeanwhile: a job that somebody opens again, while whoever ended it has not yet taken it out of the set of open
// ones, is an open job, and so is one that a crash has kept from being in it.
func TestReopenedMeanwhile(t *testing.T) {
	t.Parallel()
	m, rdb := redistest.Embedded(t)
	s := redisstore.New(rdb, redisstore.Options{Retention: time.Hour})
	reopen := func(j *jobs.Job) { j.State, j.Changed = jobs.StatePlanning, j.Changed+1 }
	isOpen := func(what string) {
		t.Helper()
		open, err := s.Open(t.Context())
		if err != nil || len(open) != 1 {
			t.Errorf("%s: %d open jobs, %v", what, len(open), err)
		}
		if ttl := rdb.TTL(t.Context(), "zoomusers:{aaaa-0001}:job").Val(); ttl > 0 {
			t.Errorf("%s: the open job lives for %v", what, ttl)
		}
	}
	create(t, s, "aaaa-0001", time.Now())
	slow := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = slow.Close() })
	slow.AddHook(&betweenWrites{f: func() { update(t, s, "aaaa-0001", reopen) }})
	update(t, redisstore.New(slow, redisstore.Options{Retention: time.Hour}), "aaaa-0001", func(j *jobs.Job) {
		j.State, j.Announced = jobs.StateExpired, j.Changed
	})
	if j, err := s.Get(t.Context(), "aaaa-0001"); err != nil || j.State != jobs.StatePlanning {
		t.Fatalf("the job is %s, %v", j.State, err)
	}
	isOpen("opened again meanwhile")

	rdb.SRem(t.Context(), "zoomusers:open", "aaaa-0001")
	if list, err := s.List(t.Context(), 9); err != nil || len(list) != 1 {
		t.Errorf("listed %d jobs, %v", len(list), err)
	}
	isOpen("kept from it by a crash")
}

// repeating sends every script twice, as a client does that did not get the answer to the first.
type repeating struct{}

func (repeating) DialHook(next redis.DialHook) redis.DialHook { return next }

func (repeating) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if name := cmd.Name(); name == "evalsha" || name == "eval" {
			first := redis.NewCmd(ctx, cmd.Args()...)
			if err := next(ctx, first); err != nil {
				cmd.SetErr(err)
				return err
			}
		}
		return next(ctx, cmd)
	}
}

func (repeating) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// TestRepeatedCommands: a command whose answer was lost, and that the client sends again, has one effect and succeeds.
func TestRepeatedCommands(t *testing.T) {
	t.Parallel()
	for name, connect := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := connect(t)
			rdb.AddHook(repeating{})
			s := redisstore.New(rdb, redisstore.Options{Prefix: "test-" + uuid.NewString()})
			create(t, s, "aaaa-0001", time.Now())
			calls := 0
			j, err := s.Update(t.Context(), "aaaa-0001", func(j *jobs.Job) ([]jobs.Entry, error) {
				calls++
				j.Changed++
				return []jobs.Entry{{Event: "edited"}}, nil
			})
			if err != nil || calls != 1 || j.Changed != 2 || j.Rev != 2 {
				t.Errorf("update: %v after %d calls, job %+v", err, calls, j)
			}
			l, err := s.Lease(t.Context(), "aaaa-0001", time.Minute)
			if err != nil || l.Fence != 1 {
				t.Errorf("lease %+v: %v", l, err)
			}
			if _, err := s.PutRows(t.Context(), l, jobs.RowState{Line: 2}); err != nil {
				t.Errorf("put rows: %v", err)
			}
			if _, err := s.UpdateHeld(t.Context(), l, func(*jobs.Job) ([]jobs.Entry, error) { return nil, nil }); err != nil {
				t.Errorf("update under a lease: %v", err)
			}
			entries, err := s.Audit(t.Context(), "aaaa-0001")
			if err != nil || len(entries) != 2 || jobs.Verify(entries) != -1 {
				t.Errorf("%d audit entries, broken at %d, %v", len(entries), jobs.Verify(entries), err)
			}
		})
	}
}

// TestMetaGone: a server that throws keys away when memory is short may take the one beside the job's record. Whoever worked
// on the job loses it, and the next worker goes on.
func TestMetaGone(t *testing.T) {
	t.Parallel()
	for name, connect := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := connect(t)
			prefix := "test-" + uuid.NewString()
			s := redisstore.New(rdb, redisstore.Options{Prefix: prefix})
			create(t, s, "aaaa-0001", time.Now())
			update(t, s, "aaaa-0001", func(j *jobs.Job) { j.Stop = &jobs.Stop{} })
			old, err := s.Lease(t.Context(), "aaaa-0001", time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			vanish := func() { rdb.Del(t.Context(), prefix+":{aaaa-0001}:meta") }
			vanish()
			if err := s.Extend(t.Context(), old, time.Minute); !errors.Is(err, jobs.ErrFenced) {
				t.Errorf("extend: %v", err)
			}
			if _, err := s.PutRows(t.Context(), old, jobs.RowState{Line: 2}); !errors.Is(err, jobs.ErrFenced) {
				t.Errorf("put rows: %v", err)
			}
			j, err := s.Update(t.Context(), "aaaa-0001", func(j *jobs.Job) ([]jobs.Entry, error) {
				j.Changed++
				return nil, nil
			})
			if err != nil || j.Rev != 3 {
				t.Errorf("update: revision %d, %v", j.Rev, err)
			}
			if _, err := s.UpdateHeld(t.Context(), old, func(*jobs.Job) ([]jobs.Entry, error) { return nil, nil }); !errors.Is(err, jobs.ErrFenced) {
				t.Errorf("update under the old lease: %v", err)
			}
			vanish()
			if err := s.Drop(t.Context(), old); err != nil {
				t.Fatal(err)
			}
			l, err := s.Lease(t.Context(), "aaaa-0001", time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if receipt, err := s.PutRows(t.Context(), l, jobs.RowState{Line: 2}); err != nil || receipt.Seq != 1 {
				t.Errorf("put rows: %+v, %v", receipt, err)
			}
			if _, err := s.UpdateHeld(t.Context(), l, func(*jobs.Job) ([]jobs.Entry, error) { return nil, nil }); err != nil {
				t.Errorf("update under the new lease: %v", err)
			}
			if _, err := s.Lease(t.Context(), "aaaa-none", time.Minute); !errors.Is(err, jobs.ErrNotFound) {
				t.Errorf("lease of no job: %v", err)
			}
		})
	}
}

// TestKeysOfAJobShareASlot: in a cluster, a script may touch keys of one slot only.
func TestKeysOfAJobShareASlot(t *testing.T) {
	t.Parallel()
	_, rdb := redistest.Embedded(t)
	s := redisstore.New(rdb, redisstore.Options{Prefix: "p"})
	create(t, s, "aaaa-0001", time.Now())
	if _, err := s.Lease(t.Context(), "aaaa-0001", time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, key := range rdb.Keys(t.Context(), "*").Val() {
		if key != "p:jobs" && key != "p:open" && !strings.HasPrefix(key, "p:{aaaa-0001}:") {
			t.Errorf("key %s has no tag", key)
		}
	}
}
