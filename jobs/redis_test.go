package jobs_test

import (
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// server is a Redis server of this test process, shared by its tests, each of which has a key prefix of its own.
type server struct {
	start func() (*redis.Client, func(), error)
	once  sync.Once
	rdb   *redis.Client
	stop  func()
	err   error
}

func (s *server) client(t *testing.T) *redis.Client {
	t.Helper()
	s.once.Do(func() { s.rdb, s.stop, s.err = s.start() })
	if s.err != nil {
		t.Fatalf("start server: %v", s.err)
	}
	return s.rdb
}

var realRedis = &server{start: startRedis}

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
	return realRedis.client(t)
}

func startRedis() (*redis.Client, func(), error) {
	dir, err := os.MkdirTemp("", "zoomusers-redis-")
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", "redis.sock", "--dir", dir, "--save", "", //nolint:noctx // It ends with the tests.
		"--appendonly", "no", "--loglevel", "warning")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	}
	rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: dir + "/redis.sock", PoolSize: 64})
	return rdb, stop, nil
}

// TestMain ends the server that tests may have started.
func TestMain(m *testing.M) {
	code := m.Run()
	if realRedis.stop != nil {
		_ = realRedis.rdb.Close()
		realRedis.stop()
	}
	os.Exit(code) //nolint:forbidigo // The way of TestMain.
}

// ready waits until a server answers.
func ready(t *testing.T, rdb *redis.Client) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := rdb.Ping(t.Context()).Err()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("redis does not answer: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// embedded starts a miniredis of the test's own. Its clock moves only when it is told to.
func embedded(tb testing.TB) (*miniredis.Miniredis, *redis.Client) {
	tb.Helper()
	m := miniredis.RunT(tb)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr(), PoolSize: 64})
	tb.Cleanup(func() { _ = rdb.Close() })
	return m, rdb
}
