package redisstore_test

import (
	"testing"

	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
)

// TestEpoch: each run of a server has a name of its own, which is how it is noticed that one may have lost something.
func TestEpoch(t *testing.T) {
	t.Parallel()
	_, rdb := redistest.Embedded(t)
	one, err := redisstore.New(rdb, redisstore.Options{}).Epoch(t.Context(), "aaaa-0001")
	if err != nil {
		t.Errorf("embedded server: %v", err)
	}
	two, err := redisstore.New(rdb, redisstore.Options{}).Epoch(t.Context(), "aaaa-0002")
	if err != nil || one != two {
		t.Errorf("the embedded server is %q, then %q, %v", one, two, err)
	}

	server := redistest.New(t, redistest.Options{})
	rdb = server.Client(t)
	epoch := func() string {
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
	first := epoch()
	server.Kill()
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second := epoch(); first == second {
		t.Errorf("both runs are %q", first)
	}
}

// TestEpochWithoutAServer: not reaching the server is an error, and not a server without a name.
func TestEpochWithoutAServer(t *testing.T) {
	t.Parallel()
	m, rdb := redistest.Embedded(t)
	m.Close()
	if run, err := redisstore.New(rdb, redisstore.Options{}).Epoch(t.Context(), "aaaa-0001"); err == nil {
		t.Errorf("run %q", run)
	}
}
