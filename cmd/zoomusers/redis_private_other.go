//go:build !unix

package main

import (
	"context"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// startPrivateRedis would run a server of this process alone; redis-server exists on Unix only.
func startPrivateRedis(context.Context, string, *slog.Logger) (redis.UniversalClient, bool, func(), error) {
	return nil, false, nil, errNoRedis
}
