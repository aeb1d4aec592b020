package jobs

import (
	"context"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// Budget says how much of Zoom's limits is used and granted at this moment, for all processes of the account together.
func (s *Service) Budget(ctx context.Context) ([]zoomapi.Allowance, error) {
	return s.o.Directory.Budget(ctx)
}
