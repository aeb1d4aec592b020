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
	decided, err := s.move(ctx, id, to, d.Actor, d.Reason, func(j *Job) error {
		j.Decision = &d
		return nil
	}, func(j *Job) error { return s.decidable(j, d.Digest) })
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
	if err := s.decidable(&j, digest); err != nil {
		if errors.Is(err, ErrExpired) {
			s.expire(ctx, id)
		}
		return j, err
	}
	if v == Approved && !s.o.SelfApprove && actor.ID == j.Requester.ID {
		return j, ErrOwnJob
	}
	if err := s.o.Front.MayApprove(ctx, actor); err != nil {
		return j, fmt.Errorf("decide about job %s: %w", id, err)
	}
	return j, nil
}

// decidable checks that a job waits for a decision about the plan with this digest.
func (s *Service) decidable(j *Job, digest string) error {
	switch {
	case j.State == StateExpired:
		return ErrExpired
	case j.Decision != nil && (j.State != StateAwaitingApproval):
		return ErrDecided
	case j.State != StateAwaitingApproval || j.DryRun:
		return &StateError{ID: j.ID, From: j.State, To: StateApproved}
	case !j.ExpiresAt.IsZero() && !s.now().Before(j.ExpiresAt):
		return ErrExpired
	case j.Plan == nil || j.Plan.Digest != digest:
		return ErrStale
	}
	return nil
}

func (s *Service) expire(ctx context.Context, id string) {
	_, err := s.move(ctx, id, StateExpired, Actor{}, "", nil, func(j *Job) error {
		if j.State != StateAwaitingApproval || s.now().Before(j.ExpiresAt) {
			return errSuperseded
		}
		return nil
	})
	if err != nil && !errors.Is(err, errSuperseded) {
		s.log.WarnContext(ctx, "job not expired", "job_id", id, "err", err)
	}
}

// errSuperseded ends an update that has become pointless.
var errSuperseded = errors.New("superseded")

// Cancel ends a job at the wish of its requester or of an approver. A running job stops after the calls in flight and
// reports what it did; Cancel then returns while it is still stopping.
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
		switch {
		case j.State.Terminal():
			return j, &StateError{ID: id, From: j.State, To: StateCanceled}
		case j.State == StateApplying:
			stopping, err := s.requestStop(ctx, id, actor)
			if !errors.Is(err, errSuperseded) {
				return stopping, err
			}
		default:
			from := j.State
			canceled, err := s.move(ctx, id, StateCanceled, actor, "", func(j *Job) error {
				j.Stop = &Stop{Actor: actor, At: s.now()}
				return nil
			}, func(j *Job) error {
				if j.State != from {
					return errSuperseded
				}
				return nil
			})
			if !errors.Is(err, errSuperseded) {
				return canceled, err
			}
		}
		if j, err = s.o.Store.Get(ctx, id); err != nil {
			return Job{}, err
		}
	}
}

func (s *Service) requestStop(ctx context.Context, id string, actor Actor) (Job, error) {
	j, err := s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
		if j.State != StateApplying {
			return nil, errSuperseded
		}
		if j.Stop != nil {
			return nil, nil
		}
		j.Stop = &Stop{Actor: actor, At: s.now()}
		j.Changed++
		return []Entry{{At: s.now(), Actor: actor, Event: "stop_requested"}}, nil
	})
	if err != nil {
		return j, err
	}
	if err := s.o.Store.RequestStop(ctx, id); err != nil {
		return j, fmt.Errorf("request stop: %w", err)
	}
	s.enqueue(ctx, TaskApply, id, 0)
	s.enqueue(ctx, TaskAnnounce, id, 0)
	return j, nil
}
