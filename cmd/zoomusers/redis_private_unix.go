//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// Names in the data directory of the private server.
const (
	privateSocket = "redis.sock"
	privateLock   = "zoomusers.lock"
	privateLog    = "redis.log"
)

// longestSocket is how long a socket's path may be on every Unix.
const longestSocket = 100

// startPrivateRedis runs redis-server for this process alone, on a socket in the data directory, with an append-only file.
//
// One process at a time owns a data directory: a second server on the same files would ruin them, and redis-server does
// not look. A server whose owner was killed goes on running; the next owner takes it over with everything in it.
func startPrivateRedis(ctx context.Context, dir string, log *slog.Logger) (redis.UniversalClient, bool, func(), error) {
	dir, socket, err := dataDirectory(dir)
	if err != nil {
		return nil, false, nil, err
	}
	unlock, err := lockDirectory(dir)
	if err != nil {
		return nil, false, nil, err
	}
	rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	if reachable(ctx, socket) {
		if err := awaitRedis(ctx, rdb, socket, nil, filepath.Join(dir, privateLog)); err != nil {
			_ = rdb.Close()
			unlock()
			return nil, false, nil, err
		}
		log.InfoContext(ctx, "took over the redis-server of a former process", "dir", dir)
		return rdb, false, func() {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
			defer cancel()
			_ = rdb.Shutdown(ending).Err() // It ends by closing the connection, which looks like an error.
			_ = rdb.Close()
			unlock()
		}, nil
	}
	stop, exited, err := runRedis(dir)
	if err != nil {
		_ = rdb.Close()
		unlock()
		return nil, false, nil, err
	}
	closeAll := func() {
		_ = rdb.Close()
		stop()
		unlock()
	}
	if err := awaitRedis(ctx, rdb, socket, exited, filepath.Join(dir, privateLog)); err != nil {
		closeAll()
		return nil, false, nil, err
	}
	log.InfoContext(ctx, "jobs are kept by a redis-server of this process", "dir", dir)
	return rdb, false, closeAll, nil
}

// dataDirectory makes the directory and returns its absolute path and that of the socket in it, the shorter of two.
func dataDirectory(dir string) (abs, socket string, err error) {
	if abs, err = filepath.Abs(dir); err != nil {
		return "", "", fmt.Errorf("data directory: %w", err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return "", "", fmt.Errorf("data directory: %w", err)
	}
	socket = filepath.Join(abs, privateSocket)
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, socket); err == nil && len(rel) < len(socket) {
			socket = rel
		}
	}
	if len(socket) > longestSocket {
		return "", "", fmt.Errorf("data directory: the path %s is too long for a socket in it, give a shorter one with --data-dir", abs)
	}
	return abs, socket, nil
}

// lockDirectory makes this process the owner of a data directory, until it ends or unlocks.
func lockDirectory(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, privateLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another zoomusers uses the data directory %s: end it, or give another one with --data-dir", dir)
		}
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	return func() { _ = f.Close() }, nil
}

// stopWithin is how long the private server gets to write everything out.
const stopWithin = 10 * time.Second

// runRedis starts redis-server in a directory.
func runRedis(dir string) (stop func(), exited <-chan struct{}, err error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, nil, errNoRedis
	}
	cmd := exec.Command(path, "--port", "0", "--unixsocket", privateSocket, "--unixsocketperm", "700", "--dir", dir, //nolint:gosec,noctx // The program is redis-server; it must outlive ctx until jobs are stored.
		"--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--save", "", "--daemonize", "no",
		"--logfile", privateLog)
	cmd.Dir = dir
	// Ctrl-C in a terminal goes to the whole group; the server must not end before this process has.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start redis-server: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait() // How it ended is in its log.
	}()
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // Asked politely, it writes everything out.
		select {
		case <-gone:
		case <-time.After(stopWithin):
			_ = cmd.Process.Kill()
			<-gone
		}
	}, gone, nil
}

// reachable reports whether somebody listens on a socket. The client would try for seconds.
func reachable(ctx context.Context, socket string) bool {
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// awaitRedis waits until the server answers; at first it may be reading its file.
func awaitRedis(ctx context.Context, rdb *redis.Client, socket string, exited <-chan struct{}, logFile string) error {
	patience := time.NewTimer(30 * time.Second)
	defer patience.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		err := errors.New("nobody listens on its socket")
		if reachable(ctx, socket) {
			if err = rdb.Ping(ctx).Err(); err == nil {
				return nil
			}
		}
		select {
		case <-exited:
			return fmt.Errorf("redis-server ended at once, its log %s says why: %s", logFile, lastLine(logFile))
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C:
			return fmt.Errorf("redis-server does not answer: %w", err)
		case <-look.C:
		}
	}
}

// lastLine is the end of a log.
func lastLine(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return "nothing"
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return lines[len(lines)-1]
}
