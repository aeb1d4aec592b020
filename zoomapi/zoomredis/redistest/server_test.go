//go:build unix

package redistest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
)

// impatient is a client that tries nothing twice.
func impatient(t *testing.T, s *redistest.Server) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
	rdb := redis.NewClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// TestServerComesBack kills servers: what was told to one with a file is there afterwards.
func TestServerComesBack(t *testing.T) {
	t.Parallel()
	for _, keeps := range []bool{false, true} {
		t.Run(map[bool]string{false: "in memory", true: "with a file"}[keeps], func(t *testing.T) {
			t.Parallel()
			s := redistest.New(t, redistest.Options{AppendOnly: keeps})
			rdb := impatient(t, s)
			if err := rdb.Set(t.Context(), "key", "value", 0).Err(); err != nil {
				t.Fatal(err)
			}
			s.Kill()
			s.Kill()
			if err := rdb.Ping(t.Context()).Err(); err == nil {
				t.Error("a server that was killed answers")
			}
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			rdb = s.Client(t)
			got, err := rdb.Get(t.Context(), "key").Result()
			switch {
			case keeps && (err != nil || got != "value"):
				t.Errorf("it has %q, %v", got, err)
			case !keeps && !errors.Is(err, redis.Nil):
				t.Errorf("it has %q, %v, want nothing", got, err)
			}
			files, err := filepath.Glob(filepath.Join(s.Dir(), "appendonlydir", "*.incr.aof"))
			if err != nil || (len(files) == 1) != keeps {
				t.Errorf("its files are %q, %v", files, err)
			}
		})
	}
}

func TestServerPauses(t *testing.T) {
	t.Parallel()
	s := redistest.New(t, redistest.Options{})
	rdb := impatient(t, s)
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := rdb.Ping(ctx).Err(); err == nil {
		t.Error("a server that is paused answers")
	}
	s.Resume()
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Errorf("it does not go on: %v", err)
	}
}

// TestServerSaysWhyItEnds gives a server a file that it does not understand.
func TestServerSaysWhyItEnds(t *testing.T) {
	t.Parallel()
	s := redistest.New(t, redistest.Options{AppendOnly: true})
	s.Kill()
	manifest := filepath.Join(s.Dir(), "appendonlydir", "appendonly.aof.manifest")
	if err := os.WriteFile(manifest, []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "manifest") {
		t.Errorf("error %v, want one that tells of the manifest", err)
	}
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	m, rdb := redistest.Embedded(t)
	if err := rdb.Set(t.Context(), "key", "value", time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	m.FastForward(time.Hour)
	if got, err := rdb.Get(t.Context(), "key").Result(); !errors.Is(err, redis.Nil) {
		t.Errorf("after an hour it has %q, %v, want nothing", got, err)
	}
}
