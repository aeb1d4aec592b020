package jobs

import (
	"context"
	"errors"

	"github.com/zoomusers/zoomusers/jobs/plan"
)

// Hasten makes jobs that wait for one of these people look at once, because somebody told that they have accepted.
func (s *Service) Hasten(ctx context.Context, emails ...string) error {
	open, err := s.o.Store.Open(ctx)
	if err != nil {
		return err
	}
	keys := make(map[string]bool, len(emails))
	for _, e := range emails {
		keys[plan.Key(e)] = true
	}
	var errs []error
	for _, j := range open {
		if j.State == StateFinishing {
			errs = append(errs, s.hasten(ctx, j.ID, keys))
		}
	}
	return errors.Join(errs...)
}

func (s *Service) hasten(ctx context.Context, id string, keys map[string]bool) error {
	p, err := s.Plan(ctx, id)
	if err != nil {
		return err
	}
	rows, err := s.o.Store.Rows(ctx, id)
	if err != nil {
		return err
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		if !keys[c.Key] || rows[c.Line].Outcome != OutcomeWaiting {
			continue
		}
		_, err := s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
			if j.State != StateFinishing {
				return nil, errSuperseded
			}
			j.ResumeAt = s.now()
			return nil, nil
		})
		if errors.Is(err, errSuperseded) {
			return nil
		}
		if err == nil {
			s.enqueue(ctx, TaskFinish, id, 0)
		}
		return err
	}
	return nil
}
