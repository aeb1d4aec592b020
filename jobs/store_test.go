package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
)

// storeCase is a store under test. wait lets times to live of up to d run out.
type storeCase struct {
	t     *testing.T
	store jobs.Store
	wait  func(d time.Duration)
}

// stores are the implementations that the suite runs on, each fresh.
func stores() map[string]func(t *testing.T) storeCase {
	return map[string]func(t *testing.T) storeCase{
		"twin": func(*testing.T) storeCase {
			c := newClock()
			return storeCase{store: newTwin(c.Now), wait: c.Advance}
		},
		"miniredis": func(t *testing.T) storeCase {
			t.Helper()
			m, rdb := redistest.Embedded(t)
			return storeCase{store: redisstore.New(rdb, redisstore.Options{}), wait: m.FastForward}
		},
		"redis": func(t *testing.T) storeCase {
			t.Helper()
			rdb := redistest.New(t, redistest.Options{}).Client(t)
			return storeCase{store: redisstore.New(rdb, redisstore.Options{}), wait: func(d time.Duration) {
				// A key that is set after all others ends after all others.
				const key = "wait"
				if err := rdb.Set(t.Context(), key, 1, d+time.Millisecond).Err(); err != nil {
					t.Fatal(err)
				}
				for rdb.Exists(t.Context(), key).Val() > 0 {
					time.Sleep(time.Millisecond)
				}
			}}
		},
	}
}

// eachStore runs a test on every implementation.
func eachStore(t *testing.T, test func(c storeCase)) {
	t.Helper()
	for name, fresh := range stores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := fresh(t)
			c.t = t
			test(c)
		})
	}
}

func sampleJob(id string) jobs.Job {
	return jobs.Job{
		ID: id, State: jobs.StateReceived, Kind: jobs.KindImport, Requester: jobs.Actor{ID: "U1"}, Changed: 1,
		CreatedAt: time.Now().UTC().Truncate(time.Millisecond), Front: map[string]string{"channel": "C1"},
	}
}

func mustCreate(t *testing.T, s jobs.Store, id string) jobs.Job {
	t.Helper()
	j := sampleJob(id)
	if err := s.Create(t.Context(), j, jobs.Entry{At: j.CreatedAt, Event: "submitted", To: j.State}); err != nil {
		t.Fatalf("create: %v", err)
	}
	return j
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestStoreCreateGet(t *testing.T) {
	t.Parallel()
	eachStore(t, func(c storeCase) {
		t := c.t
		want := mustCreate(t, c.store, "aaaa-0001")
		got := must[jobs.Job](t)(c.store.Get(t.Context(), want.ID))
		want.Rev, want.AuditHead = 1, got.AuditHead
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("job (-want +got):\n%s", diff)
		}
		wantErr(t, "second create", c.store.Create(t.Context(), want), jobs.ErrExists)
		_, err := c.store.Get(t.Context(), "none-0000")
		wantErr(t, "get of nothing", err, jobs.ErrNotFound)
		_, err = c.store.Update(t.Context(), "none-0000", func(*jobs.Job) ([]jobs.Entry, error) { return nil, nil })
		wantErr(t, "update of nothing", err, jobs.ErrNotFound)
		_, err = c.store.Lease(t.Context(), "none-0000", time.Minute)
		wantErr(t, "lease of nothing", err, jobs.ErrNotFound)
	})
}

func TestStoreUpdateComparesAndSets(t *testing.T) {
	t.Parallel()
	eachStore(t, func(c storeCase) {
		t := c.t
		id := mustCreate(t, c.store, "aaaa-0001").ID
		const writers, times = 8, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for range times {
					_, err := c.store.Update(t.Context(), id, func(j *jobs.Job) ([]jobs.Entry, error) {
						j.Changed++
						return []jobs.Entry{{At: time.Now(), Event: fmt.Sprint("writer ", w)}}, nil
					})
					if err != nil {
						t.Errorf("update: %v", err)
					}
				}
			})
		}
		wg.Wait()
		j := must[jobs.Job](t)(c.store.Get(t.Context(), id))
		if want := int64(1 + writers*times); j.Changed != want || j.Rev != want {
			t.Errorf("changed %d times at revision %d, want %d: an update was lost", j.Changed, j.Rev, want)
		}
		entries := must[[]jobs.Entry](t)(c.store.Audit(t.Context(), id))
		if len(entries) != 1+writers*times {
			t.Errorf("%d audit entries, want %d", len(entries), 1+writers*times)
		}
		if at := jobs.Verify(entries); at != -1 {
			t.Errorf("audit log is broken at entry %d", at)
		}
		if last := entries[len(entries)-1].Hash; last != j.AuditHead {
			t.Errorf("head of the audit log is %s, the job says %s", last, j.AuditHead)
		}

		refusal := errors.New("no")
		_, err := c.store.Update(t.Context(), id, func(j *jobs.Job) ([]jobs.Entry, error) {
			j.Changed = 0
			return []jobs.Entry{{Event: "never"}}, refusal
		})
		wantErr(t, "refused update", err, refusal)
		if after := must[jobs.Job](t)(c.store.Get(t.Context(), id)); after.Rev != j.Rev {
			t.Error("a refused update was stored")
		}
	})
}

func TestAuditVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	log := func() []jobs.Entry {
		entries := []jobs.Entry{{Event: "a"}, {Event: "b", Actor: jobs.Actor{ID: "U1"}}, {Event: "c"}}
		if _, err := jobs.Seal("", entries); err != nil {
			t.Fatal(err)
		}
		return entries
	}
	if at := jobs.Verify(log()); at != -1 {
		t.Fatalf("a whole log is broken at %d", at)
	}
	changed := log()
	changed[1].Actor.ID = "U2"
	removed := slices.Delete(log(), 1, 2)
	swapped := log()
	swapped[1], swapped[2] = swapped[2], swapped[1]
	for name, entries := range map[string][]jobs.Entry{"changed": changed, "removed": removed, "swapped": swapped} {
		if at := jobs.Verify(entries); at != 1 {
			t.Errorf("%s: broken at %d, want 1", name, at)
		}
	}
}

func TestStoreListAndOpen(t *testing.T) {
	t.Parallel()
	eachStore(t, func(c storeCase) {
		t := c.t
		ctx := t.Context()
		base := time.Now().UTC().Truncate(time.Millisecond)
		for i, id := range []string{"aaaa-0001", "aaaa-0002", "aaaa-0003"} {
			j := sampleJob(id)
			j.CreatedAt = base.Add(time.Duration(i) * time.Second)
			if err := c.store.Create(ctx, j); err != nil {
				t.Fatal(err)
			}
		}
		ids := func(list []jobs.Job) map[string]bool {
			out := map[string]bool{}
			for _, j := range list {
				out[j.ID] = true
			}
			return out
		}
		newest := must[[]jobs.Job](t)(c.store.List(ctx, 2))
		if len(newest) != 2 || newest[0].ID != "aaaa-0003" || newest[1].ID != "aaaa-0002" {
			t.Errorf("newest two are %v", ids(newest))
		}
		set := func(id string, edit func(*jobs.Job)) {
			t.Helper()
			if _, err := c.store.Update(ctx, id, func(j *jobs.Job) ([]jobs.Entry, error) { edit(j); return nil, nil }); err != nil {
				t.Fatal(err)
			}
		}
		set("aaaa-0001", func(j *jobs.Job) { j.State = jobs.StateDone })
		set("aaaa-0002", func(j *jobs.Job) { j.State, j.Announced = jobs.StateDone, j.Changed })
		want := map[string]bool{"aaaa-0001": true, "aaaa-0003": true}
		if diff := cmp.Diff(want, ids(must[[]jobs.Job](t)(c.store.Open(ctx)))); diff != "" {
			t.Errorf("open jobs, of which the ended one is not announced (-want +got):\n%s", diff)
		}
		set("aaaa-0001", func(j *jobs.Job) { j.Announced = j.Changed })
		if diff := cmp.Diff(map[string]bool{"aaaa-0003": true}, ids(must[[]jobs.Job](t)(c.store.Open(ctx)))); diff != "" {
			t.Errorf("open jobs (-want +got):\n%s", diff)
		}
		if got := must[[]jobs.Job](t)(c.store.List(ctx, 9)); len(got) != 3 {
			t.Errorf("%d jobs listed, want the ended ones too", len(got))
		}
	})
}

func TestStoreBlobs(t *testing.T) {
	t.Parallel()
	eachStore(t, func(c storeCase) {
		t := c.t
		ctx := t.Context()
		id := mustCreate(t, c.store, "aaaa-0001").ID
		_, err := c.store.Blob(ctx, id, jobs.BlobFile)
		wantErr(t, "no blob", err, jobs.ErrNotFound)
		want := []byte("Email;Pr\xe9nom\r\n\x00\xff")
		for _, data := range [][]byte{[]byte("first"), want} {
			if err := c.store.PutBlob(ctx, id, jobs.BlobFile, data); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, must[[]byte](t)(c.store.Blob(ctx, id, jobs.BlobFile))); diff != "" {
			t.Errorf("blob (-want +got):\n%s", diff)
		}
		_, err = c.store.Blob(ctx, id, jobs.BlobPlan)
		wantErr(t, "the other blob", err, jobs.ErrNotFound)
	})
}

func TestStoreClaims(t *testing.T) {
	t.Parallel()
	const ttl = 50 * time.Millisecond
	eachStore(t, func(c storeCase) {
		t := c.t
		ctx := t.Context()
		claim := func(key, owner string, ttl time.Duration, want string) {
			t.Helper()
			if got := must[string](t)(c.store.Claim(ctx, key, owner, ttl)); got != want {
				t.Errorf("%s claims %s: held by %s, want %s", owner, key, got, want)
			}
		}
		claim("k", "a", ttl, "a")
		claim("kept", "a", 0, "a")
		claim("other", "b", time.Hour, "b")
		if err := c.store.Release(ctx, "other", "a"); err != nil {
			t.Fatal(err)
		}
		claim("other", "c", time.Hour, "b") // Nobody releases what another holds.
		if err := c.store.Release(ctx, "other", "b"); err != nil {
			t.Fatal(err)
		}
		claim("other", "c", time.Hour, "c")
		c.wait(ttl)
		claim("k", "b", ttl, "b")
		claim("kept", "b", time.Hour, "a")

		var mu sync.Mutex
		var wg sync.WaitGroup
		holders := map[string]bool{}
		for i := range 16 {
			wg.Go(func() {
				h, err := c.store.Claim(ctx, "race", strconv.Itoa(i), time.Minute)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				holders[h] = true
			})
		}
		wg.Wait()
		if len(holders) != 1 {
			t.Errorf("a claim is held by %d", len(holders))
		}
	})
}

func TestStoreLease(t *testing.T) {
	t.Parallel()
	// What has to run out is short; what has to last does so on any machine.
	const short, long = 50 * time.Millisecond, time.Hour
	eachStore(t, func(c storeCase) {
		t := c.t
		ctx := t.Context()
		id := mustCreate(t, c.store, "aaaa-0001").ID
		lease := func(want error) jobs.Lease {
			t.Helper()
			l, err := c.store.Lease(ctx, id, long)
			wantErr(t, "lease", err, want)
			return l
		}
		runOut := func(l jobs.Lease) {
			t.Helper()
			if err := c.store.Extend(ctx, l, short); err != nil {
				t.Errorf("extend: %v", err)
			}
			c.wait(short)
		}
		first := lease(nil)
		lease(jobs.ErrLeased)
		if !must[bool](t)(c.store.Leased(ctx, id)) {
			t.Error("a held lease is not seen")
		}
		runOut(first)
		if must[bool](t)(c.store.Leased(ctx, id)) {
			t.Error("a lease that ran out is seen")
		}
		// Nobody else took it: the holder may go on.
		if err := c.store.Extend(ctx, first, long); err != nil {
			t.Errorf("extend after the end with nobody else: %v", err)
		}
		lease(jobs.ErrLeased)
		runOut(first)
		if _, err := c.store.PutRows(ctx, first, jobs.RowState{Line: 2}); err != nil {
			t.Errorf("put rows after the end with nobody else: %v", err)
		}

		second := lease(nil)
		if second.Fence <= first.Fence || second.Token == first.Token {
			t.Errorf("second lease %+v after %+v", second, first)
		}
		wantErr(t, "extend of a lost lease", c.store.Extend(ctx, first, long), jobs.ErrFenced)
		_, err := c.store.PutRows(ctx, first, jobs.RowState{Line: 2, Created: true}, jobs.RowState{Line: 3})
		wantErr(t, "put rows under a lost lease", err, jobs.ErrFenced)
		_, err = c.store.UpdateHeld(ctx, first, func(j *jobs.Job) ([]jobs.Entry, error) { j.Changed = 99; return nil, nil })
		wantErr(t, "update under a lost lease", err, jobs.ErrFenced)
		if err := c.store.Drop(ctx, first); err != nil {
			t.Errorf("drop of a lost lease: %v", err)
		}
		if !must[bool](t)(c.store.Leased(ctx, id)) {
			t.Error("dropping a lost lease ended the other's")
		}
		if err := c.store.Drop(ctx, second); err != nil {
			t.Errorf("drop: %v", err)
		}
		// A lease that was given up leaves its fence behind: the first holder is still out.
		wantErr(t, "extend after the other dropped", c.store.Extend(ctx, first, long), jobs.ErrFenced)
		rows := must[map[int]jobs.RowState](t)(c.store.Rows(ctx, id))
		if len(rows) != 1 || rows[2].Created {
			t.Errorf("rows are %v: a fenced write came through", rows)
		}
		if j := must[jobs.Job](t)(c.store.Get(ctx, id)); j.Changed == 99 {
			t.Error("a fenced update came through")
		}
		third := lease(nil)
		if _, err := c.store.UpdateHeld(ctx, third, func(j *jobs.Job) ([]jobs.Entry, error) { j.Changed = 7; return nil, nil }); err != nil {
			t.Errorf("update under the newest lease: %v", err)
		}
	})
}

func TestStoreRowsAndStop(t *testing.T) {
	t.Parallel()
	eachStore(t, func(c storeCase) {
		t := c.t
		ctx := t.Context()
		id := mustCreate(t, c.store, "aaaa-0001").ID
		l := must[jobs.Lease](t)(c.store.Lease(ctx, id, time.Minute))
		want := map[int]jobs.RowState{}
		for line := 2; line < 700; line++ {
			want[line] = jobs.RowState{
				Line: line, Created: true, UserID: fmt.Sprint("u", line), Presence: jobs.PresenceActive, Joined: []string{"g1"},
				Outcome: jobs.OutcomeFailed, Failure: &jobs.Failure{Step: jobs.StepGroups, Status: 400, Code: 300, Message: "é"},
			}
		}
		var rows []jobs.RowState
		for _, rs := range want {
			rows = append(rows, rs)
		}
		first := must[jobs.Receipt](t)(c.store.PutRows(ctx, l, rows...))
		if first.Wish != jobs.WishNone || first.Seq != 1 {
			t.Errorf("receipt %+v of the first write, and nobody wants anything", first)
		}
		if diff := cmp.Diff(want, must[map[int]jobs.RowState](t)(c.store.Rows(ctx, id))); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if _, err := c.store.Update(ctx, id, func(j *jobs.Job) ([]jobs.Entry, error) {
			j.Stop = &jobs.Stop{Actor: jobs.Actor{ID: "U1"}}
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
		if got := must[jobs.Receipt](t)(c.store.PutRows(ctx, l, jobs.RowState{Line: 2})); got != (jobs.Receipt{Wish: jobs.WishStop, Seq: 2}) {
			t.Errorf("receipt %+v, want a word to stop and number 2", got)
		}
		if n := must[int64](t)(c.store.Seq(ctx, id)); n != 2 {
			t.Errorf("the newest write has number %d", n)
		}
		if got := must[map[int]jobs.RowState](t)(c.store.Rows(ctx, id))[2]; got.Created {
			t.Error("the row was not stored together with the word to stop")
		}
	})
}

func TestStoreWishes(t *testing.T) {
	t.Parallel()
	eachStore(t, func(c storeCase) {
		t := c.t
		ctx := t.Context()
		id := mustCreate(t, c.store, "aaaa-0001").ID
		l := must[jobs.Lease](t)(c.store.Lease(ctx, id, time.Minute))
		for _, step := range []struct {
			edit func(*jobs.Job)
			want jobs.Wish
		}{
			{func(*jobs.Job) {}, jobs.WishNone},
			{func(j *jobs.Job) { j.Held = &jobs.Hold{} }, jobs.WishRest},
			{func(j *jobs.Job) { j.Stop = &jobs.Stop{} }, jobs.WishStop},
			{func(j *jobs.Job) { j.Stop = nil }, jobs.WishRest},
			{func(j *jobs.Job) { j.Held = nil }, jobs.WishNone},
		} {
			if _, err := c.store.Update(ctx, id, func(j *jobs.Job) ([]jobs.Entry, error) { step.edit(j); return nil, nil }); err != nil {
				t.Fatal(err)
			}
			if got := must[jobs.Receipt](t)(c.store.PutRows(ctx, l, jobs.RowState{Line: 2})).Wish; got != step.want {
				t.Errorf("wish %q, want %q", got, step.want)
			}
		}
	})
}

// TestStoreFencesBlobs: a worker that lost its lease cannot write over the other's plan.
func TestStoreFencesBlobs(t *testing.T) {
	t.Parallel()
	eachStore(t, func(c storeCase) {
		t := c.t
		ctx := t.Context()
		id := mustCreate(t, c.store, "aaaa-0001").ID
		first := must[jobs.Lease](t)(c.store.Lease(ctx, id, time.Minute))
		if err := c.store.PutBlobHeld(ctx, first, jobs.BlobPlan, []byte("one")); err != nil {
			t.Fatal(err)
		}
		if err := c.store.Drop(ctx, first); err != nil {
			t.Fatal(err)
		}
		second := must[jobs.Lease](t)(c.store.Lease(ctx, id, time.Minute))
		if err := c.store.PutBlobHeld(ctx, second, jobs.BlobPlan, []byte("two")); err != nil {
			t.Fatal(err)
		}
		wantErr(t, "put under a lost lease", c.store.PutBlobHeld(ctx, first, jobs.BlobPlan, []byte("three")), jobs.ErrFenced)
		if got := string(must[[]byte](t)(c.store.Blob(ctx, id, jobs.BlobPlan))); got != "two" {
			t.Errorf("blob %q", got)
		}
	})
}

func TestStoreEngages(t *testing.T) {
	t.Parallel()
	eachStore(t, func(c storeCase) {
		t := c.t
		ctx := t.Context()
		engage := func(id, wantHolder string, wantHeld int, people ...string) {
			t.Helper()
			holder, held, err := c.store.Engage(ctx, id, people)
			if err != nil || holder != wantHolder || held != wantHeld {
				t.Errorf("engage %v for %s: %q holds %d, %v; want %q, %d", people, id, holder, held, err, wantHolder, wantHeld)
			}
		}
		engage("a", "", 0, "ann", "ben", "cy")
		engage("a", "", 0, "ann", "dee")
		engage("b", "a", 2, "ann", "eve", "dee")
		engage("b", "", 0, "eve") // nothing of the refused attempt was taken, and nothing is in the way
		engage("c", "b", 1, "eve", "fay")
		engage("c", "", 0)
		if err := c.store.Disengage(ctx, "a", "ann", "eve"); err != nil {
			t.Fatal(err)
		}
		engage("c", "", 0, "ann")
		engage("c", "a", 1, "ben")
		engage("c", "b", 1, "eve")
		if err := c.store.Disengage(ctx, "a"); err != nil {
			t.Fatal(err)
		}
		engage("c", "", 0, "ben", "cy", "dee")
		var many []string
		for i := range 12_000 {
			many = append(many, fmt.Sprint("many", i))
		}
		engage("d", "", 0, many...)
		engage("e", "d", 3, many[:3]...)
		if err := c.store.Disengage(ctx, "d"); err != nil {
			t.Fatal(err)
		}
		engage("e", "", 0, many...)
	})
}

// TestStoreEndsWithContext: a store gives up when its caller has.
func TestStoreEndsWithContext(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"miniredis", "redis"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := stores()[name](t)
			id := mustCreate(t, c.store, "aaaa-0001").ID
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := c.store.Get(ctx, id)
			wantErr(t, "get", err, context.Canceled)
			_, err = c.store.Update(ctx, id, func(*jobs.Job) ([]jobs.Entry, error) { return nil, nil })
			wantErr(t, "update", err, context.Canceled)
		})
	}
}
