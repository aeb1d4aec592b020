package jobs

import (
	"context"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// invitedToday is how many people have been invited today, as far as that is known.
func (s *Service) invitedToday(ctx context.Context) int {
	budget, err := s.o.Directory.Budget(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "the budget of the day is not known", "err", err)
	}
	for _, a := range budget {
		if a.Class == zoomapi.Invitations {
			return a.Used
		}
	}
	return 0
}

// Budget says how much of Zoom's limits is used and granted at this moment, for all processes of the account together.
func (s *Service) Budget(ctx context.Context) ([]zoomapi.Allowance, error) {
	return s.o.Directory.Budget(ctx)
}
