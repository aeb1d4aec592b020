package redisstore_test

import (
	"os/exec"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/jobs/redisstore"
)

// TestEpoch: each run of a server has a name of its own, which is how it is noticed that one may have lost something.
func TestEpoch(t *testing.T) {
	t.Parallel()
	_, rdb := embedded(t)
	one, err := redisstore.New(rdb, redisstore.Options{}).Epoch(t.Context(), "aaaa-0001")
	if err != nil {
		t.Errorf("embedded server: %v", err)
	}
	two, err := redisstore.New(rdb, redisstore.Options{}).Epoch(t.Context(), "aaaa-0002")
	if err != nil || one != two {
		t.Errorf("the embedded server is %q, then %q, %v", one, two, err)
	}

	requireRedis(t)
	dir := t.TempDir()
	epoch := func() string {
		cmd := exec.CommandContext(t.Context(), "redis-server", "--port", "0", "--unixsocket", "redis.sock", "--dir", dir, "--save", "")
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}()
		rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: dir + "/redis.sock"})
		defer func() { _ = rdb.Close() }()
		waitFor(t, "redis-server answers", func() bool { return rdb.Ping(t.Context()).Err() == nil })
		s := redisstore.New(rdb, redisstore.Options{})
		run, err := s.Epoch(t.Context(), "aaaa-0001")
		if err != nil || run == "" {
			t.Errorf("run %q, %v", run, err)
		}
		if again, err := s.Epoch(t.Context(), "aaaa-0001"); err != nil || again != run {
			t.Errorf("run %q, then %q, %v", run, again, err)
		}
		return run
	}
	if first, second := epoch(), epoch(); first == second {
		t.Errorf("both runs are %q", first)
	}
}

// TestEpochWithoutAServer: not reaching the server is an error, and not a server without a name.
func TestEpochWithoutAServer(t *testing.T) {
	t.Parallel()
	m, rdb := embedded(t)
	m.Close()
	if run, err := redisstore.New(rdb, redisstore.Options{}).Epoch(t.Context(), "aaaa-0001"); err == nil {
		t.Errorf("run %q", run)
	}
}
