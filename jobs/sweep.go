package jobs

import (
	"context"
	"errors"
	"time"
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
	var errs []error
	for _, j := range open {
		errs = append(errs, s.sweepJob(ctx, j))
	}
	return errors.Join(errs...)
}

func (s *Service) sweepJob(ctx context.Context, j Job) error {
	now := s.now()
	if j.Announced < j.Changed {
		s.enqueue(ctx, TaskAnnounce, j.ID, 0)
	}
	var t Task
	switch j.State {
	case StateReceived, StateReading, StatePlanning:
		t = TaskPlan
	case StateApproved, StateApplying:
		t = TaskApply
	case StatePaused:
		if !now.Before(j.ResumeAt) {
			t = TaskApply
		}
	case StateFinishing:
		if !now.Before(j.ResumeAt) {
			t = TaskFinish
		}
	case StateAwaitingApproval:
		if !j.ExpiresAt.IsZero() && !now.Before(j.ExpiresAt) {
			s.expire(ctx, j.ID)
		}
	case StateDone, StateNoChanges, StatePlanned, StateInvalid, StateRejected, StateExpired, StateCanceled, StateErrored:
	}
	if t == "" || now.Before(j.RetryAt) {
		return nil
	}
	held, err := s.o.Store.Leased(ctx, j.ID)
	if err != nil || held {
		return err
	}
	s.enqueue(ctx, t, j.ID, 0)
	return nil
}
