package jobs

import (
	"context"
	"errors"
	"fmt"
)

// Approve consumes the one approval of a job: by somebody who has the right at this moment, for the plan with this
// digest. The errors say why not: [ErrNotApprover], [ErrOwnJob], [ErrStale], [ErrDecided], [ErrExpired], [*StateError].
func (s *Service) Approve(ctx context.Context, id, digest string, actor Actor) (Job, error) {
	return s.decide(ctx, id, Decision{Verdict: Approved, Actor: actor, Digest: digest})
}

// Reject ends a job that waits for approval. The errors are those of Approve.
func (s *Service) Reject(ctx context.Context, id, digest string, actor Actor, reason string) (Job, error) {
	return s.decide(ctx, id, Decision{Verdict: Rejected, Actor: actor, Digest: digest, Reason: reason})
}

func (s *Service) decide(ctx context.Context, id string, d Decision) (Job, error) {
	j, err := s.MayDecide(ctx, id, d.Digest, d.Verdict, d.Actor)
	if err != nil {
		return j, err
	}
	to := StateApproved
	if d.Verdict == Rejected {
		to = StateRejected
	}
	d.At = s.now()
	// Everything is checked again inside the compare-and-set: between two clicks only one finds the job undecided.
	decided, err := s.move(ctx, id, transition{
		to: to, actor: d.Actor, note: d.Reason,
		check: func(j *Job) error { return s.decidable(j, d.Digest, d.Verdict) },
		edit:  func(j *Job) { j.Decision = &d },
	})
	if err != nil {
		return j, err
	}
	if d.Verdict == Approved {
		s.enqueue(ctx, TaskApply, id, 0)
	}
	return decided, nil
}

// MayDecide says whether the actor could decide about this plan now, without deciding. It returns the job as it is, also
// beside an error where there is one.
func (s *Service) MayDecide(ctx context.Context, id, digest string, v Verdict, actor Actor) (Job, error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if err := s.decidable(&j, digest, v); err != nil {
		if errors.Is(err, ErrExpired) {
			s.expire(ctx, id)
		}
		return j, err
	}
	if v == Approved && len(j.Plan.Header) > 0 {
		return j, ErrUnconfirmed
	}
	if v == Approved && !s.o.SelfApprove && actor.ID == j.Requester.ID {
		return j, ErrOwnJob
	}
	if err := s.o.Front.MayApprove(ctx, actor); err != nil {
		return j, fmt.Errorf("decide about job %s: %w", id, err)
	}
	return j, nil
}

// decidable checks that a job waits for a decision about the plan with this digest. A plan that waited too long can still be
// approved: it is made anew before anything is done, and only the same plan goes on.
func (s *Service) decidable(j *Job, digest string, v Verdict) error {
	waits := j.State == StateAwaitingApproval || j.State == StateExpired
	old := j.State == StateExpired || (!j.ExpiresAt.IsZero() && !s.now().Before(j.ExpiresAt))
	switch {
	case j.Decision != nil && !waits:
		return ErrDecided
	case !waits || j.DryRun:
		return &StateError{ID: j.ID, From: j.State, To: StateApproved}
	case old && v == Rejected:
		return ErrExpired
	case j.Plan == nil || j.Plan.Digest != digest:
		return ErrStale
	}
	return nil
}

func (s *Service) expire(ctx context.Context, id string) {
	_, err := s.move(ctx, id, transition{to: StateExpired, check: func(j *Job) error {
		if j.State != StateAwaitingApproval || s.now().Before(j.ExpiresAt) {
			return errSuperseded
		}
		return nil
	}})
	if err != nil && !errors.Is(err, errSuperseded) {
		s.log.WarnContext(ctx, "job not expired", "job_id", id, "err", err)
	}
}

// errSuperseded ends an update that has become pointless.
var errSuperseded = errors.New("superseded")

// Cancel ends a job at the wish of its requester or of an approver. A job that is being worked on stops after the rows in
// hand and reports what it did; Cancel then returns while it is still stopping.
func (s *Service) Cancel(ctx context.Context, id string, actor Actor) (Job, error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if actor.ID != j.Requester.ID {
		if err := s.o.Front.MayApprove(ctx, actor); err != nil {
			return j, errors.Join(ErrNotYours, err)
		}
	}
	for {
		var canceled Job
		switch j.State {
		case StateApplying, StatePaused, StateFinishing:
			canceled, err = s.requestStop(ctx, id, actor)
		case StateReceived, StateReading, StatePlanning, StateAwaitingApproval, StateApproved:
			canceled, err = s.move(ctx, id, transition{
				to: StateCanceled, actor: actor, check: unmoved(j.State),
				edit: func(j *Job) { j.Stop = &Stop{Actor: actor, At: s.now()} },
			})
		case StateDone, StateNoChanges, StatePlanned, StateInvalid, StateRejected, StateExpired, StateCanceled, StateErrored:
			return j, &StateError{ID: id, From: j.State, To: StateCanceled}
		}
		if !errors.Is(err, errSuperseded) {
			return canceled, err
		}
		if j, err = s.o.Store.Get(ctx, id); err != nil {
			return Job{}, err
		}
	}
}

// unmoved refuses a change when the job has left a state meanwhile.
func unmoved(from State) func(*Job) error {
	return func(j *Job) error {
		if j.State != from {
			return errSuperseded
		}
		return nil
	}
}

// requestStop leaves a word for whoever works on a job that has begun to apply. If nobody does, the job ends at once.
func (s *Service) requestStop(ctx context.Context, id string, actor Actor) (Job, error) {
	j, err := s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
		switch {
		case j.State != StateApplying && j.State != StatePaused && j.State != StateFinishing:
			return nil, errSuperseded
		case j.Stop != nil:
			return nil, nil
		}
		j.Stop = &Stop{Actor: actor, At: s.now()}
		j.Changed++
		return []Entry{{At: s.now(), Actor: actor, Event: "stop_requested"}}, nil
	})
	if err != nil {
		return j, err
	}
	l, err := s.o.Store.Lease(ctx, id, s.o.LeaseTTL)
	if err == nil {
		var stopped Job
		stopped, err = s.stopIdle(ctx, l)
		if dropErr := s.o.Store.Drop(context.WithoutCancel(ctx), l); dropErr != nil {
			s.log.WarnContext(ctx, "lease not dropped, it will end by itself", "job_id", id, "err", dropErr)
		}
		var ended *StateError
		switch {
		case err == nil:
			return stopped, nil
		case errors.As(err, &ended):
			return j, errSuperseded
		}
	}
	// The wish is recorded. A worker reads it with the next row, and the sweep looks after jobs that have none.
	if !errors.Is(err, ErrLeased) && !errors.Is(err, errUnsettled) {
		s.log.WarnContext(ctx, "job not stopped at once, a task will", "job_id", id, "err", err)
	}
	s.enqueue(ctx, TaskApply, id, 0)
	s.enqueue(ctx, TaskAnnounce, id, 0)
	return j, nil
}

// errUnsettled: a call of a former worker has no known outcome, so Zoom has to be read before the job can end.
var errUnsettled = errors.New("outcome of a call is not settled")

// stopIdle ends a job that nobody works on.
func (s *Service) stopIdle(ctx context.Context, l Lease) (Job, error) {
	rows, err := s.o.Store.Rows(ctx, l.JobID)
	if err != nil {
		return Job{}, err
	}
	for _, rs := range rows {
		if rs.unsettled() || rs.inDoubt() {
			return Job{}, errUnsettled
		}
	}
	return s.end(ctx, l, StateCanceled, Reason{})
}
