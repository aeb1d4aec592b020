package jobs

import (
	"context"
	"errors"
	"maps"
	"time"
)

// Pause lets a job rest after the rows in hand until somebody resumes it; its requester and approvers may. It can be asked
// of approved, applying and paused jobs; others give a [*StateError]. Asking twice is one effect.
func (s *Service) Pause(ctx context.Context, id string, actor Actor) (Job, error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if err := s.mine(ctx, &j, actor); err != nil {
		return j, err
	}
	now, err := s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
		if (j.State != StateApproved && j.State != StateApplying && j.State != StatePaused) || j.Stop != nil {
			return nil, &StateError{ID: id, From: j.State, To: StatePaused}
		}
		if j.Held != nil {
			return nil, errSuperseded
		}
		j.Held = &Hold{Actor: actor, At: s.now()}
		if j.State == StatePaused {
			// What it lacks it still lacks; only the time at which it would go on by itself is gone.
			j.ResumeAt = time.Time{}
			j.Reason = Reason{Code: j.Reason.Code, Params: maps.Clone(j.Reason.Params)}
			delete(j.Reason.Params, "until")
			delete(j.Reason.Params, "gives_up")
		}
		j.Changed++
		return []Entry{{At: s.now(), Actor: actor, Event: "pause_requested"}}, nil
	})
	switch {
	case errors.Is(err, errSuperseded):
		return j, nil
	case err != nil:
		return j, err
	}
	if now.State == StateApplying {
		// Nobody may be at work on it just now.
		s.enqueue(ctx, TaskApply, id, 0)
	}
	s.enqueue(ctx, TaskAnnounce, id, 0)
	return now, nil
}

// clockRest keeps count of how long a job rests, given the state that it leaves.
func (j *Job) clockRest(from State, now time.Time) {
	if from == StatePaused && j.State != StatePaused && !j.RestsSince.IsZero() {
		j.Rested += max(now.Sub(j.RestsSince), 0)
		j.RestsSince = time.Time{}
	}
	if j.State == StatePaused && from != StatePaused {
		j.RestsSince = now
	}
}

// Resume lets a paused job go on now, whatever it rests for; its requester and approvers may. Where a guard has paused it,
// the rows that failed so far are not held against it any more. Jobs that are not paused give a [*StateError].
func (s *Service) Resume(ctx context.Context, id string, actor Actor) (Job, error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if err := s.mine(ctx, &j, actor); err != nil {
		return j, err
	}
	rows, err := s.o.Store.Rows(ctx, id)
	if err != nil {
		return j, err
	}
	if j.Reason.Code == ReasonDailyLimit {
		// To try now is to ask Zoom, not the memory of what it said.
		if err := s.o.Directory.Reopen(ctx); err != nil {
			s.log.WarnContext(ctx, "the limit of the day is not forgotten", "job_id", id, "err", err)
		}
	}
	now, err := s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
		held := j.Held != nil && (j.State == StateApproved || j.State == StateApplying)
		resting := j.Reason.Code == ReasonDailyLimit && !j.RetryAt.IsZero() && !j.State.Terminal()
		if (j.State != StatePaused && !held && !resting) || j.Stop != nil {
			return nil, &StateError{ID: id, From: j.State, To: StateApplying}
		}
		if j.Reason.Code == ReasonCanary || j.Reason.Code == ReasonErrors {
			j.Waived = endings(rows)
		}
		if j.State == StatePaused {
			// The reason stays until the job really goes on.
			j.ResumeAt, j.SeatsSince = s.now(), time.Time{}
		}
		j.Held, j.RetryAt, j.Attempts = nil, time.Time{}, 0
		j.Changed++
		return []Entry{{At: s.now(), Actor: actor, Event: "resumed"}}, nil
	})
	if err != nil {
		return j, err
	}
	s.enqueue(ctx, orDefault(s.due(ctx, now, s.now()), TaskApply), id, 0)
	s.enqueue(ctx, TaskAnnounce, id, 0)
	return now, nil
}
