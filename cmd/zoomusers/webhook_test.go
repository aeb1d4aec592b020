package main

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// hookSecret is the secret token of the made-up event subscription.
const hookSecret = "sample-hook-secret"

// listening starts the bot of a stage in this process and returns the address at which it listens.
func (s *stage) listening(t *testing.T, change map[string]string) string {
	t.Helper()
	s.environment["ZOOMUSERS_LISTEN"] = "127.0.0.1:0"
	maps.Copy(s.environment, change)
	cfg, err := loadConfig(nil, func(name string) string { return s.environment[name] }, world{}.readFile)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: s.redis.addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	logged := newRecord()
	a, err := newApp(&cfg, rdb, false, slog.New(slog.NewTextHandler(io.MultiWriter(logged, t.Output()), nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ran := make(chan error, 1)
	go func() { ran <- a.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Errorf("run the bot: %v", err)
		}
	})
	return "http://" + strings.TrimSpace(logged.wait(t, "msg=listening address="))
}

// TestZoomEvents completes invited people as soon as Zoom tells that they have accepted, long before they would be looked at.
func TestZoomEvents(t *testing.T) {
	t.Parallel()
	s := newStage(t, demoOptions{})
	base := s.listening(t, map[string]string{"ZOOM_WEBHOOK_SECRET": hookSecret, "ZOOMUSERS_FINISH_INTERVAL": "1h"})
	s.awaitBot(t)

	// An address that knows another secret is not subscribed, and what it is told is refused.
	s.zoom.SetWebhook(base+pathZoomEvents, "another-secret")
	if err := s.zoom.ValidateWebhook(waitingTime(t)); err == nil {
		t.Error("the address validates with another secret")
	}
	s.zoom.SetWebhook(base+pathZoomEvents, hookSecret)
	if err := s.zoom.ValidateWebhook(waitingTime(t)); err != nil {
		t.Fatalf("validate the address: %v", err)
	}

	ts := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "roster.csv", []byte(shortRoster))
	card := s.waitCard(ts, jobs.StateAwaitingApproval)
	if a := s.click(slacktest.UserBen, &card, bot.ActionApprove); !a.OK {
		t.Fatalf("approve: %s", a.Error)
	}
	s.waitCard(ts, jobs.StateFinishing)
	s.waitReport(ts)

	if err := s.zoom.Activate("cleo.dahl@example.org"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the profile and the groups of the person who accepted", func() bool {
		u, ok := s.zoom.User("cleo.dahl@example.org")
		return ok && u.Dept == "Sales" && len(u.GroupIDs) == 2
	})
	if u, _ := s.zoom.User("ada.berg@example.org"); u.Status != "pending" {
		t.Errorf("somebody who has not accepted is %s", u.Status)
	}
	s.waitCard(ts, jobs.StateFinishing)
	s.zoom.ActivateAll()
	s.waitCard(ts, jobs.StateDone)
	for _, email := range []string{"ada.berg@example.org", "bo.castel@example.org", "dan.eklund@example.org"} {
		if u, _ := s.zoom.User(email); u.Dept == "" {
			t.Errorf("%s has no department", email)
		}
	}
	for _, d := range s.zoom.Deliveries() {
		if d.Event == "user.activated" && d.Status != http.StatusNoContent && d.Status != http.StatusOK {
			t.Errorf("%s was answered with %d %s", d.Event, d.Status, d.Error)
		}
	}
}

// TestZoomEventsRefused: whoever does not know the secret gets nowhere, and without a secret nothing is there.
func TestZoomEventsRefused(t *testing.T) {
	t.Parallel()
	const event = `{"event":"user.activated","event_ts":1,"payload":{"account_id":"a","object":{"email":"ada.berg@example.org"}}}`
	for _, tt := range []struct {
		name   string
		change map[string]string
		method string
		want   int
	}{
		{name: "unsigned", change: map[string]string{"ZOOM_WEBHOOK_SECRET": hookSecret}, method: http.MethodPost, want: http.StatusUnauthorized},
		{name: "read", change: map[string]string{"ZOOM_WEBHOOK_SECRET": hookSecret}, method: http.MethodGet, want: http.StatusMethodNotAllowed},
		{name: "not configured", method: http.MethodPost, want: http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, demoOptions{})
			base := s.listening(t, tt.change)
			if status, _ := request(t, tt.method, base+pathZoomEvents, "application/json", strings.NewReader(event)); status != tt.want {
				t.Errorf("status %d, want %d", status, tt.want)
			}
		})
	}
}
