package jobs

import (
	"context"
	"fmt"

	"github.com/zoomusers/zoomusers/jobs/plan"
)

// Difference tells the plan of a job and the one that it replaced apart; [ErrNotFound] when none was replaced.
func (s *Service) Difference(ctx context.Context, id string) (plan.Difference, error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return plan.Difference{}, err
	}
	if j.Replaced == nil {
		return plan.Difference{}, ErrNotFound
	}
	raw, err := s.o.Store.Blob(ctx, id, BlobReplaced)
	if err != nil {
		return plan.Difference{}, fmt.Errorf("get replaced plan of job: %w", err)
	}
	before, err := decodePlan(raw)
	if err != nil {
		return plan.Difference{}, err
	}
	after, err := s.Plan(ctx, id)
	if err != nil {
		return plan.Difference{}, err
	}
	return plan.Compare(before, after), nil
}
