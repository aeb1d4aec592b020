package redisstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Epoch implements [jobs.Store] with the run id of the server, which it makes anew at each start.
func (s *Store) Epoch(ctx context.Context, id string) (string, error) {
	var server interface {
		Info(ctx context.Context, sections ...string) *redis.StringCmd
	} = s.rdb
	if c, ok := s.rdb.(*redis.ClusterClient); ok {
		node, err := c.MasterForKey(ctx, s.keys.job(id))
		if err != nil {
			return "", fmt.Errorf("find the server of a job: %w", err)
		}
		server = node
	}
	info, err := server.Info(ctx, "server").Result()
	if refused, ok := err.(redis.Error); ok && !redis.IsLoadingError(refused) && refused.Error() != "" { //nolint:errorlint // Only an answer of the server's own, not a wrapped one of the connection.
		// Some services hide it, and the embedded server has none.
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask which run of the server this is: %w", err)
	}
	for line := range strings.Lines(info) {
		if run, found := strings.CutPrefix(strings.TrimSpace(line), "run_id:"); found {
			return run, nil
		}
	}
	return "", nil
}
