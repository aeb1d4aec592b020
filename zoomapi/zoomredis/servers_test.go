package zoomredis_test

import (
	"context"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// shared is a redis-server of this test process. Each test has a key prefix
// of its own.
var shared struct {
	once sync.Once
	dir  string
	cmd  *exec.Cmd
	err  error
}

// TestMain ends the server that tests may have started.
func TestMain(m *testing.M) {
	code := m.Run()
	if shared.cmd != nil {
		_ = shared.cmd.Process.Kill()
		_ = shared.cmd.Wait()
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code) //nolint:forbidigo // The way of TestMain.
}

// realServer returns a maker of clients of a real redis-server. Without one on
// this machine the test is skipped, unless it must not be.
func realServer(tb testing.TB) func() *redis.Client {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("ZOOMUSERS_TEST_STRICT") == "1" { //nolint:forbidigo // Tests are configured by their environment.
			tb.Fatalf("redis-server is needed: %v", err)
		}
		tb.Skip("redis-server is not installed")
	}
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "zoomusers-redis-"); shared.err != nil { //nolint:usetesting // Other tests use it too.
			return
		}
		cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", "redis.sock", "--dir", shared.dir, "--save", "", //nolint:noctx // It ends with the tests.
			"--appendonly", "no", "--loglevel", "warning")
		cmd.Dir = shared.dir
		if shared.err = cmd.Start(); shared.err == nil {
			shared.cmd = cmd
		}
	})
	if shared.err != nil {
		tb.Fatalf("start redis-server: %v", shared.err)
	}
	connect := func() *redis.Client {
		rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: shared.dir + "/redis.sock"})
		tb.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	rdb := connect()
	for begun := time.Now(); rdb.Ping(tb.Context()).Err() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			tb.Fatal("redis-server does not answer")
		}
	}
	return connect
}

// miniServer is the same for a miniredis of the test's own.
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
