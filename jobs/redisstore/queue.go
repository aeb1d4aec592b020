package redisstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/jobs"
)

// QueueOptions configure a [Queue].
type QueueOptions struct {
	// Prefix begins the names of the queues, so that several installations can share a server; "zoomusers" by default.
	Prefix string
	// Workers is how many tasks one process works on at once; 16 by default.
	Workers int
	// PollEvery is how often an idle process looks for tasks; 200 ms by default.
	PollEvery time.Duration
	// StopWithin is how long running tasks get to finish their rows in hand at a stop; 20 seconds by default.
	StopWithin time.Duration
	Logger     *slog.Logger
}

// Queue distributes tasks through asynq. It implements [jobs.Queue].
//
// A task is only a word that something may have to be done: the service compares with the stored job, so that doubled or
// late tasks do no harm, and its sweep makes up for lost ones. That is why nothing is archived here: the service itself
// decides about another attempt.
//
// A server that is full, read-only, away or holds something else under a name of the queue is not asked without a pause: see
// lookout.
type Queue struct {
	rdb    redis.UniversalClient
	o      QueueOptions
	client *asynq.Client
}

var _ jobs.Queue = (*Queue)(nil)

// taskTimeout bounds one attempt at one task. Large files on small plans take hours; the lease, not this, tells whether a
// worker is alive.
const taskTimeout = 24 * time.Hour

// NewQueue makes a queue on a client, which stays the caller's to close.
func NewQueue(rdb redis.UniversalClient, o QueueOptions) *Queue {
	if o.Prefix == "" {
		o.Prefix = "zoomusers"
	}
	if o.Workers <= 0 {
		o.Workers = 16
	}
	if o.PollEvery <= 0 {
		o.PollEvery = 200 * time.Millisecond
	}
	if o.StopWithin <= 0 {
		o.StopWithin = 20 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Queue{rdb: rdb, o: o, client: asynq.NewClientFromRedisClient(rdb)}
}

// front and back are the two queues: what people see does not stand in line behind long work.
func (q *Queue) front() string { return q.o.Prefix + "-front" }
func (q *Queue) back() string  { return q.o.Prefix + "-back" }

// Enqueue implements [jobs.Queue].
func (q *Queue) Enqueue(ctx context.Context, t jobs.Task, jobID string, delay time.Duration) error {
	name := q.back()
	if t == jobs.TaskAnnounce {
		name = q.front()
	}
	opts := []asynq.Option{asynq.Queue(name), asynq.Timeout(taskTimeout), asynq.MaxRetry(maxRetry)}
	if delay > 0 {
		opts = append(opts, asynq.ProcessIn(delay))
	}
	if _, err := q.client.EnqueueContext(ctx, asynq.NewTask(string(t), []byte(jobID)), opts...); err != nil {
		return fmt.Errorf("queue task: %w", err)
	}
	return nil
}

// maxRetry bounds asynq's own repetition of tasks whose handler returned an error: those that could not even record
// their failure. The sweep goes on after that.
const maxRetry = 5

// errStopping is the cause with which running tasks are asked to stop.
var errStopping = errors.New("the process is stopping")

// Run works on tasks until ctx ends, then lets running tasks finish their rows in hand. Work that needs long and work that
// people wait for have workers of their own.
func (q *Queue) Run(ctx context.Context, work func(context.Context, jobs.Task, string) error) error {
	// The context that asynq gives stays alive until the work returns: asynq leaves work alone whose context has ended.
	base := context.WithoutCancel(ctx)
	stopping, stop := context.WithCancel(base)
	defer stop()
	handler := asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
		working, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(stopping, func() { cancel(errStopping) })()
		err := work(working, jobs.Task(t.Type()), string(t.Payload()))
		if err == nil || errors.Is(err, errStopping) {
			return err
		}
		if n, ok := asynq.GetRetryCount(ctx); ok && n >= maxRetry {
			// An archive would only grow: whatever ought to go on, the sweep finds.
			q.o.Logger.WarnContext(ctx, "task given up by the queue", "task", t.Type(), "job_id", string(t.Payload()), "err", err)
			return nil
		}
		return err
	})
	looking, cease := context.WithCancel(ctx)
	defer cease()
	servers := make([]*asynq.Server, 0, 2)
	for name, workers := range map[string]int{q.front(): max(2, q.o.Workers/4), q.back(): q.o.Workers} {
		srv := asynq.NewServerFromRedisClient(newLookout(looking, q.rdb, q.o.PollEvery), asynq.Config{
			Concurrency:              workers,
			Queues:                   map[string]int{name: 1},
			BaseContext:              func() context.Context { return base },
			TaskCheckInterval:        q.o.PollEvery,
			DelayedTaskCheckInterval: time.Second,
			ShutdownTimeout:          q.o.StopWithin,
			RetryDelayFunc:           func(n int, _ error, _ *asynq.Task) time.Duration { return time.Second << min(n, 5) },
			IsFailure:                func(err error) bool { return !errors.Is(err, errStopping) },
			Logger:                   asynqLog{q.o.Logger},
			LogLevel:                 asynq.WarnLevel,
		})
		if err := srv.Start(handler); err != nil {
			cease()
			for _, s := range servers {
				s.Shutdown()
			}
			return fmt.Errorf("start workers: %w", err)
		}
		servers = append(servers, srv)
	}
	<-ctx.Done()
	for _, s := range servers {
		s.Stop()
	}
	stop()
	for _, s := range servers {
		s.Shutdown()
	}
	return nil
}

// asynqLog passes asynq's own messages on.
type asynqLog struct{ log *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.log.Debug("queue", "detail", fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.log.Info("queue", "detail", fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.log.Warn("queue", "detail", fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.log.Error("queue", "detail", fmt.Sprint(args...)) }
func (l asynqLog) Fatal(args ...any) { l.log.Error("queue", "detail", fmt.Sprint(args...)) }
