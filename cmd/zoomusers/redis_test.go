package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// TestRedisDialer reads the forms of a Redis URL; nothing is contacted.
func TestRedisDialer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url  string
		kind string // "" when it is refused
	}{
		{"redis://localhost:6379/0", "one"},
		{"rediss://:word@redis.example.com:6380/2", "one"},
		{"unix:///run/redis.sock?db=1", "one"},
		{"redis://a.example.com:6379?addr=b.example.com:6379&addr=c.example.com:6379", "cluster"},
		{"redis+sentinel://a.example.com:26379/0?master_name=main&addr=b.example.com:26379", "sentinel"},
		{"rediss+sentinel://:word@a.example.com:26379?master_name=main", "sentinel"},
		{"redis+sentinel://a.example.com:26379", ""},
		{"redis+sentinel://:secretword@a.example.com:port?master_name=main", ""},
		{"redis://:secretword@a.example.com:port?addr=b.example.com:6379", ""},
		{"http://:secretword@localhost", ""},
		{"secretword", ""},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			t.Parallel()
			dial, err := redisDialer(tt.url)
			if err != nil {
				if tt.kind != "" || strings.Contains(err.Error(), "secretword") {
					t.Errorf("refused: %v", err)
				}
				return
			}
			rdb := dial()
			defer func() { _ = rdb.Close() }()
			got := "one"
			switch c := rdb.(type) {
			case *redis.ClusterClient:
				got = "cluster"
			case *redis.Client:
				if c.Options().Addr == "FailoverClient" {
					got = "sentinel"
				}
			}
			if got != tt.kind {
				t.Errorf("a client for %s, want %s", got, tt.kind)
			}
			// What the dialer takes, the configuration takes.
			c := Config{}
			if err := setRedisURL(&c, tt.url); err != nil {
				t.Errorf("the configuration refuses it: %v", err)
			}
		})
	}
}

// TestPrivateRedis ends and kills a bot with a redis-server of its own: its jobs are there when it comes back.
func TestPrivateRedis(t *testing.T) {
	t.Parallel()
	findProgram(t, "redis-server")
	s := newStage(t, demoOptions{})
	delete(s.environment, "REDIS_URL")
	data := filepath.Join(shortDir(t), "data")

	first := s.serve(t, "--data-dir", data)
	ts := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "roster.csv", []byte(shortRoster))
	s.waitCard(ts, jobs.StateAwaitingApproval)

	// A second bot in the same directory would ruin the files.
	second := startProgram(t, s.environment, "serve", "--data-dir", data)
	if code := second.exitCode(); code != exitError {
		t.Errorf("a second bot ends with status %d, want %d", code, exitError)
	}
	if !strings.Contains(second.log.String(), "another zoomusers uses the data directory "+data) {
		t.Errorf("a second bot says: %s", second.log)
	}

	// Ended properly: the server ends with it.
	first.end()
	if reachable(t.Context(), filepath.Join(data, privateSocket)) {
		t.Error("the redis-server outlives the bot that was ended")
	}

	// Killed: the server goes on, and the next bot takes it over.
	killed := s.serve(t, "--data-dir", data)
	killed.kill()
	killed.exitCode()
	if !reachable(t.Context(), filepath.Join(data, privateSocket)) {
		t.Error("the redis-server was killed with the bot")
	}
	third := startProgram(t, s.environment, "serve", "--data-dir", data)
	third.log.wait(t, "took over the redis-server of a former process")
	third.log.wait(t, `"connected to Slack"`)

	card := s.waitCard(ts, jobs.StateAwaitingApproval)
	if a := s.click(slacktest.UserBen, &card, bot.ActionApprove); !a.OK {
		t.Fatalf("approve: %s", a.Error)
	}
	s.waitReport(ts)
	s.zoom.ActivateAll()
	s.waitCard(ts, jobs.StateDone)
	third.end()
	if reachable(t.Context(), filepath.Join(data, privateSocket)) {
		t.Error("the redis-server that was taken over outlives the bot")
	}

	// Everything is in the file.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rdb, lost, closeRedis, err := startPrivateRedis(ctx, data, slog.New(slog.DiscardHandler))
	if err != nil || lost {
		t.Fatalf("start the server again: %v, %t", err, lost)
	}
	defer closeRedis()
	if n, err := rdb.DBSize(ctx).Result(); err != nil || n == 0 {
		t.Errorf("%d keys were kept, %v", n, err)
	}
	conf, err := rdb.ConfigGet(ctx, "appendonly").Result()
	if err != nil || conf["appendonly"] != "yes" {
		t.Errorf("appendonly is %q, %v", conf["appendonly"], err)
	}
	if w := redisWarnings(ctx, rdb); len(w) > 0 {
		t.Errorf("the bot warns of its own server: %v", w)
	}
}

// TestPrivateRedisInterrupted sends Ctrl-C as a terminal does, to the whole group: the server must outlive the bot's last
// writes.
func TestPrivateRedisInterrupted(t *testing.T) {
	t.Parallel()
	findProgram(t, "redis-server")
	s := newStage(t, demoOptions{})
	delete(s.environment, "REDIS_URL")
	data := filepath.Join(shortDir(t), "data")
	p := startProgram(t, s.environment, "serve", "--data-dir", data)
	s.awaitBot(t)
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.exitCode(); code != exitOK {
		t.Errorf("status %d, want %d; the log:\n%s", code, exitOK, p.log)
	}
	if strings.Contains(p.log.String(), "level=ERROR") || strings.Contains(p.log.String(), "level=WARN") {
		t.Errorf("the server was gone before the bot:\n%s", p.log)
	}
}

func TestPrivateRedisRefuses(t *testing.T) {
	t.Parallel()
	findProgram(t, "redis-server")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(shortDir(t), "broken")
	if err := os.MkdirAll(filepath.Join(broken, "appendonlydir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "appendonlydir", "appendonly.aof.manifest"), []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, dir, want string }{
		{"a file in the way", filepath.Join(file, "data"), "data directory: "},
		{"a path too long for a socket", filepath.Join(t.TempDir(), strings.Repeat("long/", 30)), "is too long for a socket in it, give a shorter one with --data-dir"},
		{"files that redis-server does not understand", broken, "redis-server ended at once, its log "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, closeRedis, err := startPrivateRedis(t.Context(), tt.dir, slog.New(slog.DiscardHandler))
			if err == nil {
				closeRedis()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestEphemeral runs a bot that keeps nothing: its cards say so, and a restart knows of no job.
func TestEphemeral(t *testing.T) {
	t.Parallel()
	s := newStage(t, demoOptions{})
	delete(s.environment, "REDIS_URL")
	p := s.serve(t, "--ephemeral")
	ts := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "roster.csv", []byte(shortRoster))
	card := s.waitCard(ts, jobs.StateAwaitingApproval)
	if !strings.Contains(card.words(), "only until it stops") {
		t.Errorf("the card does not say that jobs are lost: %s", card.words())
	}
	p.end()
	startProgram(t, s.environment, "serve", "--ephemeral").log.wait(t, `"connected to Slack"`)
	if a := s.click(slacktest.UserBen, &card, bot.ActionApprove); !a.OK {
		t.Fatalf("approve: %s", a.Error)
	}
	if err := s.slack.Wait(waitingTime(t), func() bool { return len(s.slack.Ephemerals(slacktest.UserBen)) > 0 }); err != nil {
		t.Errorf("a click on a lost job has no answer: %v", err)
	}
	if got := s.created(); got != 0 {
		t.Errorf("%d people were added by a job that is lost", got)
	}
}
