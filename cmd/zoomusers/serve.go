package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/redis/go-redis/v9"
)

// serve runs the bot with what the environment, the configuration file and the flags say.
func (p program) serve(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	ephemeral := fs.Bool("ephemeral", false, "without Redis, keep jobs in memory and lose them at exit")
	dataDir := fs.String("data-dir", "zoomusers-data", "without REDIS_URL, where the bot's own redis-server keeps its data")
	cfg, err := loadConfigFor(fs, needSlack|needZoom, args, p.getenv, p.readFile)
	switch {
	case errors.Is(err, flag.ErrHelp):
		p.help(fs)
		return err
	case err != nil:
		return &usageError{err}
	}
	log := logger(p.stderr, &cfg)
	if p.getenv("GOGC") == "" {
		// Large accounts are read in one go and forgotten again: memory is dearer than the time to collect it.
		debug.SetGCPercent(gcPercent)
	}
	for _, w := range cfg.warnings() {
		log.WarnContext(ctx, "configuration", "detail", w)
	}
	rdb, lost, closeRedis, err := openRedis(ctx, &cfg, *ephemeral, *dataDir, log)
	if err != nil {
		return err
	}
	defer closeRedis()
	if !lost {
		for _, w := range redisWarnings(ctx, rdb) {
			log.WarnContext(ctx, "redis", "detail", w)
		}
	}
	a, err := newApp(&cfg, rdb, lost, log)
	if err != nil {
		return err
	}
	return a.run(ctx)
}

// gcPercent keeps the plan for an account of 100,000 people under 300 MB; Go's own 100 does not.
const gcPercent = 50

// redisWarnings says what is dangerous about a server. Servers that hide their configuration are believed.
func redisWarnings(ctx context.Context, rdb redis.UniversalClient) []string {
	var out []string
	conf, err := rdb.ConfigGet(ctx, "appendonly").Result()
	if err == nil && conf["appendonly"] == "no" {
		out = append(out, "this server keeps no append-only file, so a crash of it can lose jobs: set appendonly yes")
	}
	conf, err = rdb.ConfigGet(ctx, "maxmemory-policy").Result()
	if policy := conf["maxmemory-policy"]; err == nil && policy != "" && !strings.EqualFold(policy, "noeviction") {
		out = append(out, fmt.Sprintf("this server throws keys away when memory is short (%s): set maxmemory-policy noeviction", policy))
	}
	return out
}
