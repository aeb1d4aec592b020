package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServer is a redis-server of its own with an append-only file that is flushed every second, and what can go wrong
// with it.
type redisServer struct {
	path, dir, socket string
	rdb               *redis.Client

	// doing keeps two faults from overlapping.
	doing sync.Mutex

	mu    sync.Mutex
	cmd   *exec.Cmd
	sizes []sizeAt
	cuts  []span
	down  []span
	// gone is since when the server is away; zero while it is there.
	gone time.Time
}

// span is a stretch of time.
type span struct{ from, to time.Time }

// sizeAt is how long the append-only file was at a moment.
type sizeAt struct {
	at   time.Time
	size int64
}

// flushedEvery is how long the server keeps what it has not written to the disk, and so what a crash of its machine can take.
const flushedEvery = time.Second

func startRedisServer(ctx context.Context, t *testing.T) *redisServer {
	t.Helper()
	s := &redisServer{path: findProgram(t, "redis-server"), dir: shortDir(t)}
	s.socket = filepath.Join(s.dir, "redis.sock")
	s.rdb = redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket})
	if err := s.start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.rdb.Close()
		s.stop()
	})
	return s
}

// start starts the server and waits until it has read its file.
func (s *redisServer) start(ctx context.Context) error {
	cmd := exec.Command(s.path, "--port", "0", "--unixsocket", s.socket, "--dir", s.dir, "--logfile", "redis.log", //nolint:noctx // It is ended by hand.
		"--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--aof-load-truncated", "yes",
		"--auto-aof-rewrite-percentage", "0", "--maxmemory-policy", "noeviction")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.mu.Lock()
	s.cmd, s.sizes = cmd, nil
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", s.socket)
		if err == nil {
			_ = conn.Close()
			if err = s.rdb.Ping(ctx).Err(); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("redis-server does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// stop ends the server as a crash does.
func (s *redisServer) stop() {
	s.mu.Lock()
	cmd := s.cmd
	s.mu.Unlock()
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// url is where bots find the server.
func (s *redisServer) url() string { return "unix://" + s.socket + "?db=0" }

// journal is the append-only file that grows.
func (s *redisServer) journal() (string, error) {
	names, err := filepath.Glob(filepath.Join(s.dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(names) != 1 {
		return "", errors.Join(err, fmt.Errorf("%d append-only files, want 1", len(names)))
	}
	return names[0], nil
}

// watch notes how the file grows until ctx ends.
func (s *redisServer) watch(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			name, err := s.journal()
			if err != nil {
				continue
			}
			if info, err := os.Stat(name); err == nil {
				s.mu.Lock()
				s.sizes = append(s.sizes, sizeAt{now, info.Size()})
				s.mu.Unlock()
			}
		}
	}
}

// restart crashes the server, leaves it away for a while, and starts it. With a part above 0 it comes back without up to the
// last second before the crash: that part of it, cut off anywhere.
func (s *redisServer) restart(ctx context.Context, away time.Duration, part float64) error {
	s.doing.Lock()
	defer s.doing.Unlock()
	begun := s.leaving()
	s.stop()
	var cutErr error
	if part > 0 {
		cutErr = s.cut(begun, part)
	}
	wait(ctx, away)
	// Also when the campaign ends here: others need the server.
	err := s.start(context.WithoutCancel(ctx))
	s.back()
	return errors.Join(cutErr, err)
}

func (s *redisServer) cut(at time.Time, part float64) error {
	name, err := s.journal()
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := info.Size()
	for _, x := range s.sizes {
		if !x.at.Before(at.Add(-flushedEvery)) {
			keep = min(keep, x.size)
			break
		}
	}
	keep = info.Size() - int64(part*float64(info.Size()-keep))
	s.cuts = append(s.cuts, span{at.Add(-flushedEvery), at})
	return os.Truncate(name, keep)
}

// stall stops the server for a while without ending it.
func (s *redisServer) stall(ctx context.Context, d time.Duration) {
	s.doing.Lock()
	defer s.doing.Unlock()
	s.mu.Lock()
	cmd := s.cmd
	s.mu.Unlock()
	s.leaving()
	_ = cmd.Process.Signal(syscall.SIGSTOP)
	wait(ctx, d)
	_ = cmd.Process.Signal(syscall.SIGCONT)
	s.back()
}

// leaving and back note when nobody can reach the server.
func (s *redisServer) leaving() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = time.Now()
	return s.gone
}

func (s *redisServer) back() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.gone = append(s.down, span{s.gone, time.Now()}), time.Time{}
}

// forget deletes the keys that match a pattern and says how many.
func (s *redisServer) forget(ctx context.Context, pattern string) int {
	n := 0
	for it := s.rdb.Scan(ctx, 0, pattern, 1000).Iterator(); it.Next(ctx); {
		if s.rdb.Del(ctx, it.Val()).Err() == nil {
			n++
		}
	}
	return n
}

// away reports whether the server could not be reached within a stretch of time.
func (s *redisServer) away(from, to time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return overlaps(s.down, from, to) || (!s.gone.IsZero() && s.gone.Before(to))
}

// lost are the stretches that the server has forgotten.
func (s *redisServer) lost() []span {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]span(nil), s.cuts...)
}

func overlaps(all []span, from, to time.Time) bool {
	for _, x := range all {
		if x.from.Before(to) && from.Before(x.to) {
			return true
		}
	}
	return false
}

// wait waits for a while or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
