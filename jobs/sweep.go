package jobs

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Run sweeps until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.o.SweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "sweep", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep looks at every open job and queues what ought to be going on and is not: after a crash, after a lost or late
// task, when a time has come. Doing it once too often does no harm.
func (s *Service) Sweep(ctx context.Context) error {
	open, err := s.o.Store.Open(ctx)
	if err != nil {
		return err
	}
	errs := []error{s.restarted(ctx, open)}
	for _, j := range open {
		errs = append(errs, s.sweepJob(ctx, j))
	}
	return errors.Join(errs...)
}

func (s *Service) sweepJob(ctx context.Context, j Job) error {
	now := s.now()
	var errs []error
	if s.unshown(&j) {
		errs = append(errs, s.requeue(ctx, TaskAnnounce, j))
	}
	t := s.due(ctx, j, now)
	if t == "" {
		return errors.Join(errs...)
	}
	held, err := s.o.Store.Leased(ctx, j.ID)
	if err != nil || held {
		return errors.Join(append(errs, err)...)
	}
	return errors.Join(append(errs, s.requeue(ctx, t, j))...)
}

// due is the task that ought to be going on for a job now, "" when it only has to wait.
func (s *Service) due(ctx context.Context, j Job, now time.Time) Task {
	t, resume := Task(""), false
	switch j.State {
	case StateReceived, StateReading, StatePlanning:
		t = TaskPlan
		if j.Kind == KindExport {
			t = TaskExport
		}
	case StateApproved, StateApplying:
		t = TaskApply
	case StatePaused:
		t, resume = TaskApply, true
	case StateFinishing:
		t, resume = TaskFinish, true
	case StateAwaitingApproval:
		if !j.ExpiresAt.IsZero() && !now.Before(j.ExpiresAt) {
			s.expire(ctx, j.ID)
		}
	case StateDone, StateNoChanges, StatePlanned, StateInvalid, StateRejected, StateExpired, StateCanceled, StateErrored:
	}
	switch {
	case t == "" || now.Before(j.RetryAt):
		return ""
	case j.Stop != nil:
		// Whatever the job waited for: it is to end.
		return TaskApply
	case j.Held != nil && (j.State == StateApproved || j.State == StatePaused):
		return ""
	case (resume || j.Behind != "") && now.Before(j.ResumeAt):
		return ""
	}
	return t
}

// requeue queues a task unless a sweep, here or in another process, has done so a little while ago for the job as it is.
// Otherwise tasks would pile up while the workers are busy with others.
func (s *Service) requeue(ctx context.Context, t Task, j Job) error {
	key := "sweep:" + string(t) + ":" + j.ID + ":" + strconv.FormatInt(j.Rev, 10)
	me := uuid.NewString()
	holder, err := s.o.Store.Claim(ctx, key, me, sweepMemory*s.o.SweepEvery)
	if err != nil || holder != me {
		return err
	}
	s.enqueue(ctx, t, j.ID, 0)
	return nil
}

// sweepMemory is how many rounds a queued task gets to begin before it counts as lost.
const sweepMemory = 4

// restarted has all open jobs shown again after the store's server was started anew, or another took over: people may have
// been shown what the store has lost since.
func (s *Service) restarted(ctx context.Context, open []Job) error {
	if len(open) == 0 {
		return nil
	}
	epoch, err := s.o.Store.Epoch(ctx, open[0].ID)
	if err != nil || epoch == "" {
		return err
	}
	me := uuid.NewString()
	holder, err := s.o.Store.Claim(ctx, "epoch:"+epoch, me, epochMemory)
	if err != nil || holder != me {
		return err
	}
	var errs []error
	for _, j := range open {
		_, err := s.o.Store.Update(ctx, j.ID, func(j *Job) ([]Entry, error) {
			j.Changed++
			return []Entry{{At: s.now(), Event: "store_started"}}, nil
		})
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err == nil {
			s.enqueue(ctx, TaskAnnounce, j.ID, 0)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// epochMemory is how long a run of the server is remembered; afterwards cards are drawn once more, which harms nobody.
const epochMemory = 30 * 24 * time.Hour
