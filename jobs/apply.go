package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
)

// apply carries out an approved plan, or goes on with one that a former worker left. It also ends jobs that are to stop.
func (s *Service) apply(ctx context.Context, l Lease, j Job) error {
	var err error
	switch {
	case j.State == StateApproved:
		if j.Held != nil {
			return nil
		}
		j, err = s.confirm(ctx, l, j)
		if err != nil || j.State != StateApplying {
			return err
		}
	case j.State == StatePaused && j.Stop == nil:
		if j.Held != nil || s.now().Before(j.ResumeAt) {
			return nil
		}
		j, err = s.move(ctx, j.ID, transition{to: StateApplying, lease: &l, edit: func(j *Job) {
			j.Reason, j.ResumeAt = Reason{}, time.Time{}
		}})
	case j.State == StateApplying && j.RetryAt.IsZero() && j.Stop == nil:
		// Whoever carried it out has ended it neither way: that process was stopped, has died or has lost its lease.
		s.log.InfoContext(ctx, "job goes on where another worker left it", "job_id", j.ID, "lease", l.Fence)
	case j.State == StateApplying, j.Stop != nil && (j.State == StatePaused || j.State == StateFinishing):
	default:
		err = &StateError{ID: j.ID, From: j.State, To: StateApplying}
	}
	if err != nil {
		return err
	}
	if j.Stop == nil {
		// It is engaged already, unless the store has lost that.
		if free, err := s.engage(ctx, l, j); err != nil || !free {
			return err
		}
	}
	e, err := s.engine(ctx, l, j)
	if err != nil {
		return err
	}
	e.guard = newGuard(s.o.Guards.FailedShare, e.rows, j.Waived)
	if j.Kind == KindUndo {
		e.guard = nil
	}
	if err := s.remember(ctx, l, j, e); err != nil {
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
	if lost := errors.Join(e.clearDoubts(context.WithoutCancel(ctx)), e.secure(context.WithoutCancel(ctx))); lost != nil {
		return lost
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
	seq, err := s.o.Store.Seq(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	e := newEngine(s, l, p, rows, seq)
	switch j.Wish() {
	case WishStop:
		e.halt(errStopped)
	case WishRest:
		e.halt(errHeld)
	case WishNone:
	}
	return e, nil
}

// remember makes sure that the ledger is what the attempts before this one left. A server that was started again, or that
// took over from another, may lack the newest records: then the account is read before anything is written.
func (s *Service) remember(ctx context.Context, l Lease, j Job, e *engine) error {
	epoch, err := s.o.Store.Epoch(ctx, j.ID)
	if err != nil {
		return err
	}
	// Numbered writes without a row: the rows themselves are gone.
	gone := e.memory.top > 0 && len(e.memory.first) == 0
	if !gone && (epoch == "" || epoch == j.Epoch) {
		return nil
	}
	if gone || j.Epoch != "" {
		e.doubtful = true
		if err := e.recall(ctx); err != nil {
			return err
		}
	}
	_, err = s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
		j.Epoch = epoch
		return nil, nil
	})
	return err
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
	var (
		seats *seatsError
		alarm *guardError
	)
	if (errors.Is(err, errHeld) || errors.As(err, &alarm)) && counts.Unprocessed == 0 {
		// Nothing was left that could rest.
		err = nil
	}
	now := s.now()
	switch until, daily := pauseUntil(err, now); {
	case errors.Is(err, errHeld):
		t.to, t.note = StatePaused, string(ReasonHeld)
		t.edit = func(j *Job) {
			j.Counts, j.ResumeAt = counts, time.Time{}
			if j.Held == nil {
				// Somebody has resumed it before it came to rest.
				j.ResumeAt = now
				return
			}
			j.Reason = Reason{Code: ReasonHeld}
		}
	case errors.As(err, &alarm):
		t.to, t.note = StatePaused, string(alarm.code)
		t.edit = func(j *Job) {
			j.Counts, j.ResumeAt, j.Held, j.Reason = counts, time.Time{}, &Hold{At: now}, alarm.reason()
		}
	case errors.As(err, &seats) && (e.progressed() || j.SeatsSince.IsZero() || now.Sub(j.SeatsSince) < s.o.SeatsFor):
		again := now.Add(s.o.SeatsEvery)
		t.to, t.note = StatePaused, string(ReasonSeats)
		t.edit = func(j *Job) {
			if e.progressed() || j.SeatsSince.IsZero() {
				j.SeatsSince = now
			}
			j.Counts, j.ResumeAt, j.Reason = counts, again, seats.reason(again, j.SeatsSince.Add(s.o.SeatsFor))
		}
	case seats != nil && counts.Waiting > 0:
		// Rows that no licence came for must not cost those their profile who have been invited.
		if err := e.giveBack(ctx); err != nil {
			return err
		}
		counts = e.counts()
		t.to, t.note = StateFinishing, string(ReasonSeats)
		t.edit = func(j *Job) {
			j.Counts, j.ResumeAt, j.Held, j.Reason = counts, now.Add(s.o.FinishEvery), nil, seats.reason(time.Time{}, time.Time{})
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
		t.edit = func(j *Job) { j.Counts, j.ResumeAt, j.Held = counts, s.now().Add(s.o.FinishEvery), nil }
	default:
		t.to, t.check = StateDone, nil
		t.edit = func(j *Job) { j.Counts, j.Held = counts, nil }
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
// approved; otherwise the new plan waits for a new decision. A job that has to wait for another stays approved.
func (s *Service) confirm(ctx context.Context, l Lease, j Job) (Job, error) {
	if free, err := s.engage(ctx, l, j); err != nil || !free {
		return j, err
	}
	r, err := s.Roster(ctx, j.ID)
	if err != nil {
		return j, err
	}
	p, err := s.build(ctx, r, &j)
	if err != nil {
		return j, err
	}
	if err := s.replacePlan(ctx, l, j, p); err != nil {
		return j, err
	}
	if p.Digest == j.Decision.Digest {
		epoch, err := s.o.Store.Epoch(ctx, j.ID)
		if err != nil {
			return j, err
		}
		return s.move(ctx, j.ID, transition{
			to: StateApplying, lease: &l, check: unmoved(StateApproved),
			edit: func(j *Job) {
				j.Plan, j.StartedAt, j.Reason, j.Behind, j.Epoch = summarize(r, p), s.now(), Reason{}, "", epoch
			},
		})
	}
	t := transition{
		to: StateAwaitingApproval, note: "account changed since " + j.Decision.Digest, lease: &l, check: unmoved(StateApproved),
	}
	reason := Reason{Code: ReasonAccountChanged}
	large, tooLarge := s.o.Guards.tooLarge(p)
	switch {
	case !p.Writes():
		t.to, reason = StateNoChanges, Reason{}
	case tooLarge:
		t.to, reason = StateInvalid, large
	}
	t.edit = func(j *Job) {
		j.Replaced, j.Plan, j.Decision, j.Reason, j.Held, j.Behind = j.Plan, summarize(r, p), nil, reason, nil, ""
		j.ExpiresAt = s.now().Add(s.o.Expires)
	}
	j, err = s.move(ctx, j.ID, t)
	if err == nil {
		s.disengage(ctx, j.ID)
	}
	return j, err
}

// replacePlan stores a plan that was made anew. The one before is kept beside it where it says something else, so that
// people can be shown the difference.
func (s *Service) replacePlan(ctx context.Context, l Lease, j Job, p *plan.Plan) error {
	old, err := s.o.Store.Blob(ctx, j.ID, BlobPlan)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err == nil && p.Digest != j.Plan.Digest {
		// An interrupted attempt may have left the new plan here already.
		if before, err := decodePlan(old); err == nil && before.Digest == j.Plan.Digest {
			if err := s.o.Store.PutBlobHeld(ctx, l, BlobReplaced, old); err != nil {
				return err
			}
		}
	}
	// Also when the digest is the same: an interrupted attempt may have left another plan here.
	return s.putPlan(ctx, l, p)
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
	if e.undone, err = s.isUndone(ctx, j); err != nil {
		return err
	}
	err = e.finish(ctx)
	if cause := interrupted(ctx, err); cause != nil {
		return cause
	}
	ctx = context.WithoutCancel(ctx)
	s.disengage(ctx, j.ID)
	if lost := e.secure(ctx); lost != nil {
		return lost
	}
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
		if j.Reason.Code == ReasonDailyLimit {
			j.Reason = Reason{}
		}
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
