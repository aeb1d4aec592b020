package zoomredis_test

import (
	"context"
	"crypto/rand"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
)

// realServer returns a maker of clients of a redis-server of the test's own.
func realServer(tb testing.TB) func() *redis.Client {
	tb.Helper()
	server := redistest.New(tb, redistest.Options{})
	return func() *redis.Client { return server.Client(tb) }
}

// miniServer is the same for a miniredis.
func miniServer(tb testing.TB) func() *redis.Client {
	tb.Helper()
	m := miniredis.RunT(tb)
	return func() *redis.Client {
		rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
		tb.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
}

// servers are the kinds of server that tests run on.
func servers() map[string]func(t *testing.T) func() *redis.Client {
	return map[string]func(t *testing.T) func() *redis.Client{
		"miniredis": func(t *testing.T) func() *redis.Client { t.Helper(); return miniServer(t) },
		"redis":     func(t *testing.T) func() *redis.Client { t.Helper(); return realServer(t) },
	}
}

// prefix is one that no other test has, nor the same one when it is repeated.
func prefix(tb testing.TB) string {
	tb.Helper()
	return strings.NewReplacer("/", "-", ":", "-", "{", "", "}", "").Replace(tb.Name()) + rand.Text()
}

// bubbled returns a maker of clients for a bubble of virtual time. The server
// is outside of it and its clock is the bubble's; so a command takes no time,
// but for what delay says, before and after it. It counts round trips.
func bubbled(t *testing.T, server *miniredis.Miniredis, delay func() time.Duration) (func() *redis.Client, *atomic.Int64) {
	t.Helper()
	trips := new(atomic.Int64)
	return func() *redis.Client {
		rdb := redis.NewClient(&redis.Options{
			Addr: server.Addr(), DialTimeout: -1, ReadTimeout: -2, WriteTimeout: -2, PoolSize: 4, MaxRetries: -1,
			DialerRetries: 1, Protocol: 2, DisableIdentity: true,
			Dialer: func(context.Context, string, string) (net.Conn, error) { return net.Dial("tcp", server.Addr()) }, //nolint:noctx // Its time-out would be virtual.
		})
		t.Cleanup(func() { _ = rdb.Close() })
		rdb.AddHook(clockHook{server, delay, trips})
		return rdb
	}, trips
}

// clockHook sets the server's clock and delays and counts round trips.
type clockHook struct {
	server *miniredis.Miniredis
	delay  func() time.Duration
	trips  *atomic.Int64
}

func (h clockHook) wait() {
	if h.delay != nil {
		time.Sleep(h.delay())
	}
}

func (h clockHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h clockHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		h.wait()
		h.server.SetTime(time.Now())
		err := next(ctx, cmd)
		h.trips.Add(1)
		h.wait()
		return err
	}
}

func (h clockHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
