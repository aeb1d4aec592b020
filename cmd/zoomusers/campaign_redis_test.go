package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
)

// redisServer is a redis-server with an append-only file, and what can go wrong with it.
type redisServer struct {
	server *redistest.Server
	rdb    *redis.Client

	// doing keeps two faults from overlapping.
	doing sync.Mutex

	mu    sync.Mutex
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

func startRedisServer(t *testing.T) *redisServer {
	t.Helper()
	server := redistest.New(t, redistest.Options{AppendOnly: true})
	return &redisServer{server: server, rdb: server.Client(t)}
}

// start starts the server that was killed; how its file grew before is of no use any more.
func (s *redisServer) start(ctx context.Context) error {
	s.mu.Lock()
	s.sizes = nil
	s.mu.Unlock()
	return s.server.Start(ctx)
}

// journal is the append-only file that grows.
func (s *redisServer) journal() (string, error) {
	names, err := filepath.Glob(filepath.Join(s.server.Dir(), "appendonlydir", "*.incr.aof"))
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
	s.server.Kill()
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
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return os.Truncate(name, min(keep, int64(beforeTorn(data, int(keep)))))
}

// beforeTorn is where the transaction begins that ends behind a place in a journal, or that place if there is none. Redis 7.0
// does not take the beginning of a torn transaction out of its file: it writes on behind it, and at the start after the next
// one carries it out together with what comes then. That is Redis's to mend and hides what the campaign looks for.
func beforeTorn(journal []byte, end int) int {
	open := -1
	for at := 0; at < end; {
		word, n := journalEntry(journal[at:])
		if n == 0 {
			break
		}
		if word == "MULTI" {
			open = at
		}
		if at += n; word == "EXEC" && at <= end {
			open = -1
		}
	}
	if open >= 0 {
		return open
	}
	return end
}

// journalEntry is the name of the command at the beginning of a journal and the bytes that it takes; 0 when it is not whole.
func journalEntry(journal []byte) (word string, n int) {
	line := func(mark byte) (int, bool) {
		end := bytes.Index(journal[n:], []byte("\r\n"))
		if end < 1 || journal[n] != mark {
			return 0, false
		}
		value, err := strconv.Atoi(string(journal[n+1 : n+end]))
		n += end + 2
		return value, err == nil
	}
	words, ok := line('*')
	for i := range words {
		size, whole := line('$')
		if !whole || n+size+2 > len(journal) {
			return "", 0
		}
		if i == 0 {
			word = strings.ToUpper(string(journal[n : n+size]))
		}
		n += size + 2
	}
	if !ok {
		return "", 0
	}
	return word, n
}

// stall stops the server for a while without ending it.
func (s *redisServer) stall(ctx context.Context, d time.Duration) {
	s.doing.Lock()
	defer s.doing.Unlock()
	s.leaving()
	s.server.Pause()
	wait(ctx, d)
	s.server.Resume()
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

// TestBeforeTorn: a journal is cut where its server would cut it too.
func TestBeforeTorn(t *testing.T) {
	t.Parallel()
	const (
		set   = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$7\r\na\r\nb\r\nc\r\n"
		multi = "*1\r\n$5\r\nMULTI\r\n"
		exec  = "*1\r\n$4\r\nEXEC\r\n"
	)
	journal := set + multi + set + set + exec + set
	whole := len(multi + set + set + exec)
	for end := range len(journal) + 1 {
		want := end
		if end > len(set) && end < len(set)+whole {
			want = len(set)
		}
		if got := beforeTorn([]byte(journal), end); got != want {
			t.Errorf("cut at %d: %d, want %d", end, got, want)
		}
	}
}
