package main

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// stage is a sandbox in this process, with the environment for a bot in another one.
type stage struct {
	page
	*sandbox
	environment map[string]string
}

// newStage serves a sandbox until the test ends.
func newStage(t *testing.T, o demoOptions) *stage {
	t.Helper()
	o.slackAddr, o.zoomAddr = "127.0.0.1:0", "127.0.0.1:0"
	if o.people == 0 {
		o.people = 30
	}
	if o.plan == "" {
		o.plan = zoomtest.PlanBusiness
	}
	if o.latency == 0 {
		o.latency = 20 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s, err := startSandbox(ctx, o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	s.finishEvery = "1s"
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve the sandbox: %v", err)
		}
		s.close()
	})
	st := &stage{page: page{t: t, url: s.slackURL}, sandbox: s, environment: make(map[string]string)}
	for _, kv := range s.env() {
		st.environment[kv[0]] = kv[1]
	}
	return st
}

// serve starts the bot as a process and waits until it is connected.
func (s *stage) serve(t *testing.T, args ...string) *process {
	t.Helper()
	p := startProgram(t, s.environment, append([]string{"serve"}, args...)...)
	s.awaitBot(t)
	return p
}

func (s *stage) awaitBot(t *testing.T) {
	t.Helper()
	if err := s.slack.Wait(waitingTime(t), s.slack.Connected); err != nil {
		t.Fatalf("the bot does not connect: %v", err)
	}
}

// shortDir is a directory whose path is short enough for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "zu") //nolint:usetesting // t.TempDir has the test's name in it, which is too long for a socket's path.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// realRedis puts a redis-server with an append-only file in place of the sandbox's. Without one installed the sandbox
// keeps its own, unless everything must be there.
func (s *stage) realRedis(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil && !strict() {
		t.Log("redis-server is not installed; the embedded one serves")
		return
	}
	s.environment["REDIS_URL"] = redistest.New(t, redistest.Options{AppendOnly: true}).URL()
}

// created is how many people Zoom was told to add and did add.
func (s *stage) created() int {
	n := 0
	for _, c := range s.zoom.Calls() {
		if c.Pattern == "/users" && c.Method == "POST" && c.Status == 201 {
			n++
		}
	}
	return n
}
