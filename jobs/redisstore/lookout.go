package redisstore

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// lookMost is the longest pause between looks for tasks on a server that answers with errors.
const lookMost = 5 * time.Second

// lookout is the client that one asynq server works with. It is the caller's, but that a look for tasks which the server
// answers with an error takes a while: asynq pauses after a look that finds nothing and not after one that fails, and so
// would ask a server that is full tens of thousands of times a second. The pause doubles from error to error and ends with
// ctx. All else, such as to say that a task is done, is not held back.
//
// To hold only the looks matters for two more reasons: asynq makes them one after another, so that the pause of one delays
// nobody else, and the heartbeats that succeed meanwhile do not end a row of failures.
type lookout struct {
	redis.UniversalClient

	ctx   context.Context //nolint:containedctx // Asynq looks without a context that ends.
	least time.Duration

	mu    sync.Mutex
	pause time.Duration // After the next failure.
}

func newLookout(ctx context.Context, rdb redis.UniversalClient, least time.Duration) *lookout {
	return &lookout{UniversalClient: rdb, ctx: ctx, least: min(least, lookMost), pause: min(least, lookMost)}
}

// EvalSha implements [redis.Scripter].
func (l *lookout) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	cmd := l.UniversalClient.EvalSha(ctx, sha, keys, args...)
	l.rest(ctx, keys, cmd.Err())
	return cmd
}

// Eval implements [redis.Scripter].
func (l *lookout) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	cmd := l.UniversalClient.Eval(ctx, script, keys, args...)
	l.rest(ctx, keys, cmd.Err())
	return cmd
}

// isLook reports whether a script is the one that takes the next task: only its first key is the list of those that wait.
func isLook(keys []string) bool { return len(keys) > 0 && strings.HasSuffix(keys[0], ":pending") }

// rest pauses after a look that failed. A script that the server has yet to be given is no failure.
func (l *lookout) rest(ctx context.Context, keys []string, err error) {
	if !isLook(keys) || redis.HasErrorPrefix(err, "NOSCRIPT") {
		return
	}
	l.mu.Lock()
	pause := l.pause
	if err == nil || errors.Is(err, redis.Nil) {
		l.pause, pause = l.least, 0
	} else {
		l.pause = min(2*pause, lookMost)
	}
	l.mu.Unlock()
	if pause == 0 {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.ctx.Done():
	case <-ctx.Done():
	}
}
