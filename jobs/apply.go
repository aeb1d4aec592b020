package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// apply carries out an approved plan, or goes on with one that a former worker left. It also ends jobs that are to stop.
func (s *Service) apply(ctx context.Context, l Lease, j Job) error {
	var err error
	switch {
	case j.State == StateApproved:
		j, err = s.confirm(ctx, l, j)
		if err != nil || j.State != StateApplying {
			return err
		}
	case j.State == StatePaused && j.Stop == nil:
		if s.now().Before(j.ResumeAt) {
			return nil
		}
		j, err = s.move(ctx, j.ID, transition{to: StateApplying, lease: &l, edit: func(j *Job) {
			j.Reason, j.ResumeAt = Reason{}, time.Time{}
		}})
	case j.State == StateApplying, j.Stop != nil && (j.State == StatePaused || j.State == StateFinishing):
	default:
		err = &StateError{ID: j.ID, From: j.State, To: StateApplying}
	}
	if err != nil {
		return err
	}
	e, err := s.engine(ctx, l, j)
	if err != nil {
		return err
	}
	stopProgress := e.report(ctx, j)
	err = e.run(ctx)
	if seats, short := errors.AsType[*seatsError](err); short && e.counts().Waiting > 0 {
		// While some rows wait for licences, those who were invited are still looked after.
		if err = e.finish(ctx); err == nil {
			err = seats
		}
	}
	stopProgress()
	if cause := interrupted(ctx, err); cause != nil {
		return cause
	}
	// The end of an attempt is recorded even while the process is being stopped.
	return s.settleApply(context.WithoutCancel(ctx), l, j, e, err)
}

// engine makes an engine for the plan that was approved.
func (s *Service) engine(ctx context.Context, l Lease, j Job) (*engine, error) {
	p, err := s.Plan(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	if j.Decision == nil || p.Digest != j.Decision.Digest {
		return nil, fmt.Errorf("apply job %s: stored plan is not the approved one: %w", j.ID, ErrStale)
	}
	rows, err := s.o.Store.Rows(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	e := newEngine(s, l, p, rows)
	if j.Stop != nil {
		e.halt(errStopped)
	}
	return e, nil
}

// settleApply decides what the end of an attempt means for the job.
func (s *Service) settleApply(ctx context.Context, l Lease, j Job, e *engine, err error) error {
	if errors.Is(err, ErrFenced) {
		return err
	}
	if e.stopped() {
		return s.settleStop(ctx, l, e)
	}
	counts := e.counts()
	t := transition{lease: &l, check: notStopping, edit: func(j *Job) { j.Counts = counts }}
	var seats *seatsError
	now := s.now()
	switch until, daily := pauseUntil(err, now); {
	case errors.As(err, &seats) && (e.progressed() || j.SeatsSince.IsZero() || now.Sub(j.SeatsSince) < s.o.SeatsFor):
		again := now.Add(s.o.SeatsEvery)
		t.to, t.note = StatePaused, string(ReasonSeats)
		t.edit = func(j *Job) {
			j.Counts, j.ResumeAt, j.Reason = counts, again, seats.reason(again)
			if e.progressed() || j.SeatsSince.IsZero() {
				j.SeatsSince = now
			}
		}
	case daily:
		t.to, t.note = StatePaused, string(ReasonDailyLimit)
		t.edit = func(j *Job) {
			j.Counts, j.ResumeAt = counts, until
			j.Reason = Reason{Code: ReasonDailyLimit, Params: map[string]string{"until": until.Format(time.RFC3339)}}
		}
	case err != nil && e.progressed():
		return &progressError{err}
	case err != nil:
		return err
	case counts.Waiting > 0:
		t.to = StateFinishing
		t.edit = func(j *Job) { j.Counts, j.ResumeAt = counts, s.now().Add(s.o.FinishEvery) }
	default:
		t.to, t.check = StateDone, nil
	}
	_, err = s.move(ctx, l.JobID, t)
	if errors.Is(err, errStopped) {
		return s.settleStop(ctx, l, e)
	}
	return err
}

// notStopping refuses a change that would leave a job waiting although a person asked it to stop.
func notStopping(j *Job) error {
	if j.Stop != nil {
		return errStopped
	}
	return nil
}

// interrupted returns why a worker has to leave a job to another one, nil if that is not the reason of an error.
func interrupted(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, cause) {
		return cause
	}
	return nil
}

// settleStop ends a job at the wish of a person, as canceled unless nothing was left to do anyway.
func (s *Service) settleStop(ctx context.Context, l Lease, e *engine) error {
	if c := e.counts(); c.Unprocessed+c.Waiting == 0 {
		_, err := s.move(ctx, l.JobID, transition{to: StateDone, lease: &l, edit: func(j *Job) { j.Counts = c }})
		return err
	}
	_, err := s.end(ctx, l, StateCanceled, Reason{})
	return err
}

// confirm compares an approved plan with the account once more. The job goes on only if it is still the plan that was
// approved; otherwise the new plan waits for a new decision.
func (s *Service) confirm(ctx context.Context, l Lease, j Job) (Job, error) {
	r, err := s.Roster(ctx, j.ID)
	if err != nil {
		return j, err
	}
	p, err := s.build(ctx, r, &j)
	if err != nil {
		return j, err
	}
	// Also when the digest is the same: an interrupted attempt may have left another plan here.
	if err := s.putPlan(ctx, j.ID, p); err != nil {
		return j, err
	}
	if p.Digest == j.Decision.Digest {
		return s.move(ctx, j.ID, transition{
			to: StateApplying, lease: &l, check: unmoved(StateApproved),
			edit: func(j *Job) { j.Plan, j.StartedAt, j.Reason = summarize(r, p), s.now(), Reason{} },
		})
	}
	t := transition{
		to: StateAwaitingApproval, note: "account changed since " + j.Decision.Digest, lease: &l, check: unmoved(StateApproved),
	}
	reason := Reason{Code: ReasonAccountChanged}
	if !p.Writes() {
		t.to, reason = StateNoChanges, Reason{}
	}
	t.edit = func(j *Job) {
		j.Replaced, j.Plan, j.Decision, j.Reason = j.Plan, summarize(r, p), nil, reason
		j.ExpiresAt = s.now().Add(s.o.Expires)
	}
	return s.move(ctx, j.ID, t)
}

// finish looks after people who were only invited: those who have accepted get what is outstanding.
func (s *Service) finish(ctx context.Context, l Lease, j Job) error {
	switch {
	case j.State != StateFinishing:
		return &StateError{ID: j.ID, From: j.State, To: StateFinishing}
	case j.Stop == nil && s.now().Before(j.ResumeAt):
		return nil
	}
	e, err := s.engine(ctx, l, j)
	if err != nil {
		return err
	}
	err = e.finish(ctx)
	if cause := interrupted(ctx, err); cause != nil {
		return cause
	}
	ctx = context.WithoutCancel(ctx)
	switch {
	case errors.Is(err, ErrFenced):
		return err
	case e.stopped():
		return s.settleStop(ctx, l, e)
	case err != nil && e.progressed():
		return &progressError{err}
	case err != nil:
		return err
	}
	return s.rest(ctx, l, e)
}

// rest ends a look at invited people: the job is done when nobody is waited for any more, else it rests until the next.
func (s *Service) rest(ctx context.Context, l Lease, e *engine) error {
	if e != nil && e.counts().Waiting == 0 {
		_, err := s.move(ctx, l.JobID, transition{to: StateDone, lease: &l, edit: func(j *Job) { j.Counts = e.counts() }})
		return err
	}
	j, err := s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
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
	switch {
	case errors.Is(err, errSuperseded):
		return nil
	case err != nil:
		return err
	case j.Stop != nil:
		// The wish came at the very end.
		_, err = s.end(ctx, l, StateCanceled, Reason{})
		return err
	}
	s.enqueue(ctx, TaskAnnounce, l.JobID, 0)
	return nil
}
