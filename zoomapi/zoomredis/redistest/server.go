package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is a redis-server of one test. What starts, ends or pauses it is for one goroutine at a time.
type Server struct {
	program, dir, socket string
	options              Options

	cmd    *exec.Cmd
	exited chan struct{}
}

// Options says what kind of server it is. The zero value keeps everything in memory and comes back empty.
type Options struct {
	// AppendOnly has the server write what it is told to a file, which goes to the disk every second, and read it when it is
	// started again. The file is never rewritten: it is <Dir>/appendonlydir/*.incr.aof and only grows.
	AppendOnly bool
}

// New starts a server, waits until it answers, and ends it with the test. Where there is no redis-server the test is skipped,
// or fails if ZOOMUSERS_TEST_STRICT is 1.
func New(tb testing.TB, o Options) *Server {
	tb.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("ZOOMUSERS_TEST_STRICT") == "1" { //nolint:forbidigo // Tests are configured by their environment.
			tb.Fatalf("redis-server is needed: %v", err)
		}
		tb.Skip("redis-server is not installed")
	}
	dir, err := os.MkdirTemp("", "zu-redis-") //nolint:usetesting // tb.TempDir has the test's name in it, which is too long for a socket's path.
	if err != nil {
		tb.Fatalf("make a directory for redis-server: %v", err)
	}
	s := &Server{program: program, dir: dir, socket: filepath.Join(dir, "redis.sock"), options: o}
	tb.Cleanup(func() {
		s.Kill()
		_ = os.RemoveAll(dir)
	})
	if err := s.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// Client returns a new client of the server, which is closed when the test ends. It outlives the server's restarts.
func (s *Server) Client(tb testing.TB) *redis.Client {
	tb.Helper()
	rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket, PoolSize: poolSize})
	tb.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// URL is where clients of other processes find the server.
func (s *Server) URL() string { return "unix://" + s.socket + "?db=0" }

// Dir is the server's directory, with its socket, its files and its log redis.log.
func (s *Server) Dir() string { return s.dir }

// startWithin is how long a server gets to read its file and answer. It is far more than any needs.
const startWithin = time.Minute

// Start starts the server again after [Server.Kill], in the same place, and waits until it answers. It is an error when it ends
// at once instead, for instance as it does not understand its file.
func (s *Server) Start(ctx context.Context) error {
	args := []string{"--port", "0", "--unixsocket", s.socket, "--dir", s.dir, "--logfile", "redis.log", "--save", ""}
	if s.options.AppendOnly {
		args = append(args, "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0")
	}
	cmd := exec.Command(s.program, args...) //nolint:gosec,noctx // The program is redis-server; it is ended by hand.
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start redis-server: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // How it ended is in its log.
	}()
	s.cmd, s.exited = cmd, exited
	return s.await(ctx)
}

func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket, MaxRetries: -1})
	defer func() { _ = rdb.Close() }()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		// The client would complain that nobody listens yet.
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", s.socket)
		if err == nil {
			_ = conn.Close()
			if err = rdb.Ping(ctx).Err(); err == nil {
				return nil
			}
		}
		select {
		case <-s.exited:
			log, _ := os.ReadFile(filepath.Join(s.dir, "redis.log"))
			return errors.New("redis-server ended at once: " + strings.TrimSpace(string(log)))
		case <-ctx.Done():
			return fmt.Errorf("redis-server does not answer: %w", err)
		case <-look.C:
		}
	}
}

// Kill ends the server as a crash does, and returns when it is gone. A server that is gone is left so.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.exited
}
