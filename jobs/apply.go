package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// apply carries out an approved plan, or goes on with one that a former worker left.
func (s *Service) apply(ctx context.Context, l Lease) error {
	j, err := s.o.Store.Get(ctx, l.JobID)
	if err != nil {
		return err
	}
	switch j.State {
	case StateApproved:
		j, err = s.confirm(ctx, j)
	case StatePaused:
		if s.now().Before(j.ResumeAt) {
			return nil
		}
		j, err = s.move(ctx, j.ID, StateApplying, Actor{}, "", func(j *Job) error {
			j.Reason, j.ResumeAt = Reason{}, time.Time{}
			return nil
		})
	case StateApplying:
	default:
		err = &StateError{ID: j.ID, From: j.State, To: StateApplying}
	}
	if err != nil || j.State != StateApplying {
		return err
	}
	p, err := s.Plan(ctx, j.ID)
	if err != nil {
		return err
	}
	rows, err := s.o.Store.Rows(ctx, j.ID)
	if err != nil {
		return err
	}
	e := newEngine(s, l, p, rows)
	stopProgress := e.report(ctx, j)
	err = e.run(ctx)
	stopProgress()
	// The end of an attempt is recorded even while the process is being stopped.
	return s.settleApply(context.WithoutCancel(ctx), j, e, err)
}

// settleApply decides what the end of an attempt means for the job.
func (s *Service) settleApply(ctx context.Context, j Job, e *engine, err error) error {
	if errors.Is(err, ErrFenced) {
		return err
	}
	counts := e.counts()
	keep := func(j *Job) error {
		j.Counts = counts
		return nil
	}
	if err == nil {
		if counts.Waiting > 0 {
			_, err = s.move(ctx, j.ID, StateFinishing, Actor{}, "", func(j *Job) error {
				j.ResumeAt = s.now().Add(s.o.FinishEvery)
				return keep(j)
			})
			return err
		}
		_, err = s.move(ctx, j.ID, StateDone, Actor{}, "", keep)
		return err
	}
	if errors.Is(err, errStopped) {
		var by Actor
		if now, err := s.o.Store.Get(ctx, j.ID); err == nil && now.Stop != nil {
			by = now.Stop.Actor
		}
		_, err = s.move(ctx, j.ID, StateCanceled, by, "", keep)
		return err
	}
	if until, ok := pauseUntil(err, s.now()); ok {
		_, err = s.move(ctx, j.ID, StatePaused, Actor{}, string(ReasonDailyLimit), func(j *Job) error {
			j.ResumeAt = until
			j.Reason = Reason{Code: ReasonDailyLimit, Params: map[string]string{"until": until.Format(time.RFC3339)}}
			return keep(j)
		})
		return err
	}
	return err
}

// confirm compares an approved plan with the account once more. The job goes on only if it is still the plan that was
// approved; otherwise the new plan waits for a new decision.
func (s *Service) confirm(ctx context.Context, j Job) (Job, error) {
	r, err := s.Roster(ctx, j.ID)
	if err != nil {
		return j, err
	}
	p, err := s.build(ctx, r, j.Settings)
	if err != nil {
		return j, err
	}
	if p.Digest == j.Decision.Digest {
		// The rows of the two plans are the same, so the newer one is kept for its numbers of seats.
		return s.move(ctx, j.ID, StateApplying, Actor{}, "", func(j *Job) error {
			if j.Decision == nil || j.Decision.Digest != p.Digest {
				return ErrStale
			}
			j.StartedAt = s.now()
			return nil
		})
	}
	if err := s.putPlan(ctx, j.ID, p); err != nil {
		return j, err
	}
	to, reason := StateAwaitingApproval, Reason{Code: ReasonAccountChanged}
	if !p.Writes() {
		to, reason = StateNoChanges, Reason{}
	}
	return s.move(ctx, j.ID, to, Actor{}, "account changed since "+j.Decision.Digest, func(j *Job) error {
		j.Replaced, j.Plan, j.Decision, j.Reason = j.Plan, summarize(p), nil, reason
		j.ExpiresAt = s.now().Add(s.o.Expires)
		return nil
	})
}

// finish looks after people who were only invited: those who have accepted get what is outstanding.
func (s *Service) finish(ctx context.Context, l Lease) error {
	j, err := s.o.Store.Get(ctx, l.JobID)
	if err != nil {
		return err
	}
	if j.State != StateFinishing {
		return &StateError{ID: j.ID, From: j.State, To: StateFinishing}
	}
	p, err := s.Plan(ctx, j.ID)
	if err != nil {
		return err
	}
	rows, err := s.o.Store.Rows(ctx, j.ID)
	if err != nil {
		return err
	}
	e := newEngine(s, l, p, rows)
	if err := e.finish(ctx); err != nil {
		return err
	}
	return s.rest(context.WithoutCancel(ctx), j.ID, e)
}

// rest ends a look at invited people: the job is done when nobody is waited for any more, else it rests until the next.
func (s *Service) rest(ctx context.Context, id string, e *engine) error {
	if e != nil && e.counts().Waiting == 0 {
		_, err := s.move(ctx, id, StateDone, Actor{}, "", func(j *Job) error {
			j.Counts = e.counts()
			return nil
		})
		return err
	}
	_, err := s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
		if j.State != StateFinishing {
			return nil, errSuperseded
		}
		j.ResumeAt, j.RetryAt, j.Attempts = s.now().Add(s.o.FinishEvery), time.Time{}, 0
		if e != nil && j.Counts != e.counts() {
			j.Counts = e.counts()
			j.Changed++
		}
		return nil, nil
	})
	if errors.Is(err, errSuperseded) {
		return nil
	}
	if err == nil {
		s.enqueue(ctx, TaskAnnounce, id, 0)
	}
	return err
}

// lookup reads one person who ought to be there. Absence is not an error.
func lookup(ctx context.Context, dir Reader, key string) (zoomapi.User, bool, error) {
	u, err := dir.User(ctx, key)
	switch {
	case errors.Is(err, zoomapi.ErrNotFound):
		return zoomapi.User{}, false, nil
	case err != nil:
		return zoomapi.User{}, false, fmt.Errorf("look up a person: %w", err)
	}
	return u, true, nil
}
