package redisstore_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
)

// servers are the kinds of Redis that tests run on.
func servers() map[string]func(t *testing.T) *redis.Client {
	return map[string]func(t *testing.T) *redis.Client{
		"miniredis": func(t *testing.T) *redis.Client { //nolint:thelper // A maker of clients.
			_, rdb := redistest.Embedded(t)
			return rdb
		},
		"redis": func(t *testing.T) *redis.Client { //nolint:thelper // A maker of clients.
			return redistest.New(t, redistest.Options{}).Client(t)
		},
	}
}

// waitFor waits until something holds; it fails after a time in which it must have come to hold.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for begun := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			t.Fatalf("it does not come to pass that %s", what)
		}
	}
}
