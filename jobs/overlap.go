package jobs

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Overlap says what becomes of a job that has people in common with one that is running.
type Overlap string

// The ways to treat overlapping jobs.
const (
	// OverlapQueue lets the later one wait.
	OverlapQueue Overlap = "queue"
	// OverlapRefuse gives it back for another approval later.
	OverlapRefuse Overlap = "refuse"
)

// writtenKeys are the people whom a plan changes, with the addresses that it gives them.
func writtenKeys(p *plan.Plan) []string {
	var keys []string
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Action == plan.ActionNone {
			continue
		}
		keys = append(keys, c.Key)
		if to, ok := c.Value(roster.NewEmail); ok {
			keys = append(keys, plan.Key(to))
		}
	}
	return keys
}

// engage makes a job the only one that works on its people. When another does, the job waits behind it, or is given back,
// and false is returned. Who is engaged already stays so, which makes asking again harmless.
func (s *Service) engage(ctx context.Context, l Lease, j Job) (bool, error) {
	p, err := s.Plan(ctx, j.ID)
	if err != nil {
		return false, err
	}
	holder, held, err := s.claimPeople(ctx, j.ID, writtenKeys(p))
	if err != nil {
		return false, err
	}
	if holder == "" {
		return true, s.unqueue(ctx, l, j)
	}
	reason := Reason{Code: ReasonBehind, Params: map[string]string{"job": holder, "people": strconv.Itoa(held)}}
	if j.State == StateApproved && s.o.Overlap == OverlapRefuse {
		reason.Code = ReasonOverlap
		_, err := s.move(ctx, j.ID, transition{
			to: StateAwaitingApproval, note: string(reason.Code), lease: &l, check: unmoved(StateApproved),
			edit: func(j *Job) {
				j.Decision, j.Reason, j.Held, j.Behind = nil, reason, nil, ""
				j.ExpiresAt = s.now().Add(s.o.Expires)
			},
		})
		return false, err
	}
	s.log.InfoContext(ctx, "job waits for another", "job_id", j.ID, "other_id", holder, "people", held)
	_, err = s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
		j.ResumeAt = s.now().Add(s.o.BehindEvery)
		if j.Behind == holder {
			return nil, nil
		}
		j.Behind, j.Reason = holder, reason
		j.Changed++
		return []Entry{{At: s.now(), Event: "waits", Note: "behind " + holder}}, nil
	})
	if err == nil {
		s.enqueue(ctx, TaskAnnounce, j.ID, 0)
	}
	return false, err
}

// unqueue takes note that a job need not wait for another any more.
func (s *Service) unqueue(ctx context.Context, l Lease, j Job) error {
	if j.Behind == "" {
		return nil
	}
	_, err := s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
		j.Behind, j.ResumeAt = "", time.Time{}
		if j.Reason.Code == ReasonBehind {
			j.Reason = Reason{}
		}
		return nil, nil
	})
	return err
}

// claimPeople engages people for a job, or says which other job that is not over holds how many of them.
func (s *Service) claimPeople(ctx context.Context, id string, people []string) (holder string, held int, err error) {
	for {
		holder, held, err = s.o.Store.Engage(ctx, id, people)
		if err != nil || holder == "" {
			return "", 0, err
		}
		other, err := s.o.Store.Get(ctx, holder)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return "", 0, err
		}
		if err == nil {
			working, err := s.working(ctx, &other)
			if err != nil || working {
				return holder, held, err
			}
		}
		// It went on without letting go: the process was killed in between.
		if err := s.o.Store.Disengage(ctx, holder, people...); err != nil {
			return "", 0, err
		}
	}
}

// working reports whether a job may be at work on the people that it holds. One that waits for invited people holds some only
// while it looks at them.
func (s *Service) working(ctx context.Context, j *Job) (bool, error) {
	switch j.State {
	case StateApproved, StateApplying, StatePaused:
		return true, nil
	case StateFinishing:
		return s.o.Store.Leased(ctx, j.ID)
	case StateReceived, StateReading, StatePlanning, StateAwaitingApproval, StateDone, StateNoChanges, StatePlanned, StateInvalid,
		StateRejected, StateExpired, StateCanceled, StateErrored:
	}
	return false, nil
}

// disengage lets other jobs work on the people of a job, and those that wait for it go on.
func (s *Service) disengage(ctx context.Context, id string) {
	if err := s.o.Store.Disengage(ctx, id); err != nil {
		s.log.WarnContext(ctx, "people not let go, the next job will see to it", "job_id", id, "err", err)
		return
	}
	open, err := s.o.Store.Open(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "jobs that wait not looked for, they will look themselves", "job_id", id, "err", err)
		return
	}
	for _, j := range open {
		if j.Behind != id {
			continue
		}
		_, err := s.o.Store.Update(ctx, j.ID, func(j *Job) ([]Entry, error) {
			if j.Behind != id {
				return nil, errSuperseded
			}
			j.ResumeAt = time.Time{}
			return nil, nil
		})
		if err == nil {
			s.enqueue(ctx, TaskApply, j.ID, 0)
		}
	}
}
