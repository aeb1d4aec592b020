package redisstore_test

import (
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// shared is a redis-server of this test process. Each test has a key prefix of its own.
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

// requireRedis returns a client of a real redis-server. Without one on this machine the test is skipped, unless it must not
// be.
func requireRedis(t *testing.T) *redis.Client {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("ZOOMUSERS_TEST_STRICT") == "1" { //nolint:forbidigo // Tests are configured by their environment.
			t.Fatalf("redis-server is needed: %v", err)
		}
		t.Skip("redis-server is not installed")
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
		t.Fatalf("start redis-server: %v", shared.err)
	}
	rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: shared.dir + "/redis.sock"})
	t.Cleanup(func() { _ = rdb.Close() })
	waitFor(t, "redis-server answers", func() bool { return rdb.Ping(t.Context()).Err() == nil })
	return rdb
}

// embedded starts a miniredis of the test's own whose clock moves only when it is told to.
func embedded(t *testing.T) (*miniredis.Miniredis, *redis.Client) {
	t.Helper()
	m := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	return m, rdb
}

// servers are the kinds of Redis that tests run on.
func servers() map[string]func(t *testing.T) *redis.Client {
	return map[string]func(t *testing.T) *redis.Client{
		"miniredis": func(t *testing.T) *redis.Client { //nolint:thelper // A maker of clients.
			_, rdb := embedded(t)
			return rdb
		},
		"redis": requireRedis,
	}
}

// waitFor waits until something holds; it fails after a time in which it must have come to hold.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for begun := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			t.Fatalf("it does not come to pass that %s", what)
		}
	}
}
