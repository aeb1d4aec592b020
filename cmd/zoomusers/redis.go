package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// openRedis connects to the configured server; without one it starts a server of its own, or keeps everything in memory
// if that was asked for. lost says that jobs end with the process.
func openRedis(
	ctx context.Context, cfg *Config, ephemeral bool, dataDir string, log *slog.Logger,
) (rdb redis.UniversalClient, lost bool, closeAll func(), err error) {
	switch url := cfg.Redis.URL.Reveal(); {
	case url != "":
		dial, err := redisDialer(url)
		if err != nil {
			return nil, false, nil, err
		}
		rdb = dial()
		return rdb, false, func() { _ = rdb.Close() }, nil
	case ephemeral:
		log.WarnContext(ctx, "jobs are kept in memory and lost at exit")
		mem, err := startMemoryRedis()
		if err != nil {
			return nil, false, nil, err
		}
		rdb = redis.NewClient(&redis.Options{Addr: mem.addr()})
		return rdb, true, func() {
			_ = rdb.Close()
			mem.close()
		}, nil
	}
	return startPrivateRedis(ctx, dataDir, log)
}

// redisDialer reads a URL and returns what makes a client for it: redis:// or rediss:// for one server, with addr=
// parameters for a cluster's other nodes, redis+sentinel:// or rediss+sentinel:// with a master_name for Sentinel. The
// parsers' own errors can repeat the password, so they are not passed on.
func redisDialer(url string) (func() redis.UniversalClient, error) {
	if scheme, rest, ok := strings.Cut(url, "+sentinel://"); ok {
		o, err := redis.ParseFailoverURL(scheme + "://" + rest)
		if err != nil || o.MasterName == "" {
			return nil, errors.New("the value is not a Sentinel URL such as redis+sentinel://host:26379/0?master_name=mymaster&addr=host2:26379")
		}
		return func() redis.UniversalClient { return redis.NewFailoverClient(o) }, nil
	}
	if strings.Contains(url, "addr=") {
		o, err := redis.ParseClusterURL(url)
		if err != nil {
			return nil, errors.New("the value is not a cluster's URL such as redis://host:6379?addr=host2:6379&addr=host3:6379")
		}
		return func() redis.UniversalClient { return redis.NewClusterClient(o) }, nil
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("the value is not a Redis URL such as redis://localhost:6379/0 (rediss for TLS)")
	}
	return func() redis.UniversalClient { return redis.NewClient(o) }, nil
}

// memoryRedis is the embedded server. Its clock stands still unless it is moved.
type memoryRedis struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	done   chan struct{}
}

func startMemoryRedis() (*memoryRedis, error) {
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start the embedded Redis: %w", err)
	}
	r := &memoryRedis{server: m, stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		const tick = 100 * time.Millisecond
		t := time.NewTicker(tick)
		defer t.Stop()
		for {
			select {
			case <-r.stop:
				return
			case <-t.C:
				m.FastForward(tick)
			}
		}
	}()
	return r, nil
}

func (r *memoryRedis) addr() string { return r.server.Addr() }

func (r *memoryRedis) close() {
	close(r.stop)
	<-r.done
	r.server.Close()
}

// errNoRedis says what can be done where there is no server.
var errNoRedis = errors.New("there is no Redis to keep jobs in: set REDIS_URL, or install redis-server so that the bot " +
	"can run one of its own, or accept losing jobs at exit with --ephemeral")
