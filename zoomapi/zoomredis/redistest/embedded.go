package redistest

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// Embedded starts a Redis server within the test's process, and returns it with a client of it. Keys run out only when it is
// told that time has passed: [miniredis.Miniredis.FastForward]. Both end with the test.
func Embedded(tb testing.TB) (*miniredis.Miniredis, *redis.Client) {
	tb.Helper()
	m := miniredis.RunT(tb)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr(), PoolSize: poolSize})
	tb.Cleanup(func() { _ = rdb.Close() })
	return m, rdb
}

// poolSize lets the goroutines of a test that crowds a server all have their connection.
const poolSize = 64
