package jobs

import (
	"context"

	"github.com/zoomusers/zoomusers/jobs/plan"
)

// Difference tells the plan of a job and the one that it replaced apart; [ErrNotFound] when none was replaced.
func (s *Service) Difference(ctx context.Context, id string) (plan.Difference, error) {
	return plan.Difference{}, ErrNotFound
}
