package redisstore_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
)

// looks counts a client's looks for tasks of one queue, whatever became of them.
type looks struct {
	key string
	mu  sync.Mutex
	n   int
}

func (l *looks) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (l *looks) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); len(args) > 3 {
			if key, ok := args[3].(string); ok && key == l.key {
				l.mu.Lock()
				l.n++
				l.mu.Unlock()
			}
		}
		return next(ctx, cmd)
	}
}

func (l *looks) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (l *looks) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

func idle(context.Context, jobs.Task, string) error { return nil }

// TestQueueSparesASickServer: a server that answers with errors is asked ever less often, the work goes on once it is well,
// and a stop does not wait for the end of a pause.
func TestQueueSparesASickServer(t *testing.T) {
	t.Parallel()
	// The pauses double from 10 ms on: in three seconds there is room for nine looks. Each look may be tried a few times by
	// the client, and is sent twice if the server does not know the script.
	const length, most = 3 * time.Second, 60
	const key = "asynq:{p-back}:pending"
	watch := func(t *testing.T, rdb *redis.Client, sicken, heal func(t *testing.T, rdb *redis.Client)) {
		t.Helper()
		seen := &looks{key: key}
		rdb.AddHook(seen)
		w := start(t, rdb, "p", idle)
		enqueue(t, w, jobs.TaskApply, "before", 0)
		waitFor(t, "a well server's task is delivered", func() bool { return w.times("before") == 1 })
		waitFor(t, "a well server is asked often", func() bool { return seen.count() > most })
		sicken(t, rdb)
		begun, before := time.Now(), seen.count()
		time.Sleep(length)
		if got := seen.count() - before; got > most {
			t.Errorf("%d looks in %v, want up to %d", got, time.Since(begun), most)
		}
		heal(t, rdb)
		enqueue(t, w, jobs.TaskApply, "after", 0)
		waitFor(t, "the task after the illness is delivered", func() bool { return w.times("after") == 1 })
		before = seen.count()
		waitFor(t, "the server is asked often again", func() bool { return seen.count()-before > most })
		sicken(t, rdb)
		stopped := make(chan struct{})
		go func() { w.stop(); close(stopped) }()
		waitFor(t, "the queue of a sick server stops", func() bool {
			select {
			case <-stopped:
				return true
			default:
				return false
			}
		})
		heal(t, rdb)
	}
	t.Run("errors", func(t *testing.T) {
		t.Parallel()
		m, rdb := redistest.Embedded(t)
		watch(t, rdb,
			func(*testing.T, *redis.Client) { m.SetError("OOM command not allowed when used memory > 'maxmemory'.") },
			func(*testing.T, *redis.Client) { m.SetError("") })
	})
	t.Run("something else under the key", func(t *testing.T) {
		t.Parallel()
		_, rdb := redistest.Embedded(t)
		watch(t, rdb,
			func(t *testing.T, rdb *redis.Client) {
				t.Helper()
				if err := rdb.Set(t.Context(), key, "x", 0).Err(); err != nil {
					t.Fatal(err)
				}
			},
			func(t *testing.T, rdb *redis.Client) {
				t.Helper()
				if err := rdb.Del(t.Context(), key).Err(); err != nil {
					t.Fatal(err)
				}
			})
	})
}

// TestQueueLeavesTheClientOpen: after a stop the client still is its owner's.
func TestQueueLeavesTheClientOpen(t *testing.T) {
	t.Parallel()
	_, rdb := redistest.Embedded(t)
	w := start(t, rdb, "p", idle)
	enqueue(t, w, jobs.TaskApply, "a", 0)
	waitFor(t, "the task is delivered", func() bool { return w.times("a") == 1 })
	w.stop()
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Errorf("the client after the stop: %v", err)
	}
}
