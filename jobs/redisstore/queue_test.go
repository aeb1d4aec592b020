package redisstore_test

import (
	"context"
	"errors"
	"log/slog"
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

// worker is one process's queue at work.
type worker struct {
	q    *redisstore.Queue
	stop func()
	done chan error

	mu   sync.Mutex
	seen map[string]int
}

func (w *worker) times(id string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[id]
}

func (w *worker) total() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, c := range w.seen {
		n += c
	}
	return n
}

// start runs a queue until the test ends. Each call of work is counted before it is made.
func start(t *testing.T, rdb *redis.Client, prefix string, work func(ctx context.Context, task jobs.Task, id string) error) *worker {
	t.Helper()
	w := &worker{done: make(chan error, 1), seen: map[string]int{}, q: redisstore.NewQueue(rdb, redisstore.QueueOptions{
		Prefix: prefix, PollEvery: 10 * time.Millisecond, StopWithin: 10 * time.Second,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})}
	ctx, stop := context.WithCancel(t.Context())
	var once sync.Once
	w.stop = func() {
		once.Do(func() {
			stop()
			if err := <-w.done; err != nil {
				t.Errorf("run: %v", err)
			}
		})
	}
	go func() {
		w.done <- w.q.Run(ctx, func(ctx context.Context, task jobs.Task, id string) error {
			w.mu.Lock()
			w.seen[id]++
			w.mu.Unlock()
			return work(ctx, task, id)
		})
	}()
	t.Cleanup(w.stop)
	return w
}

func enqueue(t *testing.T, w *worker, task jobs.Task, id string, delay time.Duration) {
	t.Helper()
	if err := w.q.Enqueue(t.Context(), task, id, delay); err != nil {
		t.Fatalf("enqueue: %v", err)
	}
}

// queueCase is a server under test.
type queueCase struct {
	t      *testing.T
	rdb    *redis.Client
	prefix string
}

// eachServer runs a test on every kind of Redis, with a prefix of its own.
func eachServer(t *testing.T, test func(queueCase)) {
	t.Helper()
	for name, connect := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(queueCase{t, connect(t), "test-" + uuid.NewString()})
		})
	}
}

func TestQueueDelivers(t *testing.T) {
	t.Parallel()
	eachServer(t, func(c queueCase) {
		t, rdb, prefix := c.t, c.rdb, c.prefix
		var mu sync.Mutex
		tasks := map[string]jobs.Task{}
		w := start(t, rdb, prefix, func(_ context.Context, task jobs.Task, id string) error {
			mu.Lock()
			defer mu.Unlock()
			tasks[id] = task
			return nil
		})
		want := map[string]jobs.Task{"a": jobs.TaskPlan, "b": jobs.TaskApply, "c": jobs.TaskFinish, "d": jobs.TaskAnnounce}
		for id, task := range want {
			enqueue(t, w, task, id, 0)
		}
		waitFor(t, "all tasks are delivered", func() bool { return w.total() == len(want) })
		w.stop()
		if diff := cmp.Diff(want, tasks); diff != "" {
			t.Errorf("tasks (-want +got):\n%s", diff)
		}
	})
}

func TestQueueDelays(t *testing.T) {
	t.Parallel()
	eachServer(t, func(c queueCase) {
		t, rdb, prefix := c.t, c.rdb, c.prefix
		var mu sync.Mutex
		at := map[string]time.Time{}
		w := start(t, rdb, prefix, func(_ context.Context, _ jobs.Task, id string) error {
			mu.Lock()
			defer mu.Unlock()
			at[id] = time.Now()
			return nil
		})
		due := time.Now().Add(time.Second)
		enqueue(t, w, jobs.TaskApply, "later", time.Second)
		enqueue(t, w, jobs.TaskApply, "much later", time.Hour)
		enqueue(t, w, jobs.TaskApply, "now", 0)
		waitFor(t, "the delayed task is delivered", func() bool { return w.times("later") == 1 })
		w.stop()
		// The queue keeps whole seconds.
		if got := at["later"]; got.Before(due.Truncate(time.Second)) {
			t.Errorf("delivered %v before its time", due.Sub(got))
		}
		if w.times("now") != 1 || w.times("much later") != 0 {
			t.Errorf("delivered now %d times, much later %d times; want 1 and 0", w.times("now"), w.times("much later"))
		}
	})
}

func TestQueueDeliversAgainAfterAnError(t *testing.T) {
	t.Parallel()
	eachServer(t, func(c queueCase) {
		t, rdb, prefix := c.t, c.rdb, c.prefix
		var mu sync.Mutex
		calls := 0
		w := start(t, rdb, prefix, func(context.Context, jobs.Task, string) error {
			mu.Lock()
			defer mu.Unlock()
			if calls++; calls < 2 {
				return errors.New("not now")
			}
			return nil
		})
		enqueue(t, w, jobs.TaskApply, "a", 0)
		waitFor(t, "the task is delivered again", func() bool { return w.times("a") == 2 })
	})
}

// TestQueueStops: Run returns once the rows in hand are done, and the task goes to another process.
func TestQueueStops(t *testing.T) {
	t.Parallel()
	eachServer(t, func(c queueCase) {
		t, rdb, prefix := c.t, c.rdb, c.prefix
		begun := make(chan struct{})
		var cause error
		finished := false
		w := start(t, rdb, prefix, func(ctx context.Context, _ jobs.Task, _ string) error {
			close(begun)
			<-ctx.Done()
			cause = context.Cause(ctx)
			time.Sleep(50 * time.Millisecond) // The rows in hand.
			finished = true
			return cause
		})
		enqueue(t, w, jobs.TaskApply, "a", 0)
		<-begun
		w.stop()
		if !finished {
			t.Error("run returned before the rows in hand were done")
		}
		if cause == nil || errors.Is(cause, context.Canceled) {
			t.Errorf("the cause of the stop is %v, want words", cause)
		}
		next := start(t, rdb, prefix, func(context.Context, jobs.Task, string) error { return nil })
		waitFor(t, "another process gets the task", func() bool { return next.times("a") == 1 })
	})
}

// TestQueueIsShared: two processes share the tasks, and each task is worked on once.
func TestQueueIsShared(t *testing.T) {
	t.Parallel()
	eachServer(t, func(c queueCase) {
		t, rdb, prefix := c.t, c.rdb, c.prefix
		work := func(context.Context, jobs.Task, string) error {
			time.Sleep(5 * time.Millisecond)
			return nil
		}
		one, two := start(t, rdb, prefix, work), start(t, rdb, prefix, work)
		const n = 200
		ids := make([]string, n)
		for i := range ids {
			ids[i] = uuid.NewString()
			enqueue(t, one, jobs.TaskApply, ids[i], 0)
		}
		waitFor(t, "all tasks are done", func() bool { return one.total()+two.total() >= n })
		one.stop()
		two.stop()
		for _, id := range ids {
			if got := one.times(id) + two.times(id); got != 1 {
				t.Errorf("a task was worked on %d times", got)
			}
		}
		if one.total() == 0 || two.total() == 0 {
			t.Errorf("tasks shared as %d and %d", one.total(), two.total())
		}
	})
}

// TestQueueFailsToEnqueue: the caller learns that a task was not queued.
func TestQueueFailsToEnqueue(t *testing.T) {
	t.Parallel()
	m, rdb := redistest.Embedded(t)
	q := redisstore.NewQueue(rdb, redisstore.QueueOptions{Prefix: "p"})
	m.Close()
	if err := q.Enqueue(t.Context(), jobs.TaskApply, "a", 0); err == nil {
		t.Error("a task was queued although the server is away")
	}
}
