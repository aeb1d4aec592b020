package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// TestOverHTTP plays the main job with Slack calling the bot by signed requests.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	delivery, address := httpDelivery(t)
	s := newStage(t, demoOptions{http: delivery})
	delete(s.environment, "SLACK_APP_TOKEN")
	listening := strings.TrimPrefix(s.listening(t, nil), "http://")
	address <- listening

	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/elsewhere": 404} {
		if status, _ := request(t, http.MethodGet, "http://"+listening+path, "", nil); status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
	}
	for _, path := range []string{bot.PathEvents, bot.PathCommands, bot.PathInteractions} {
		if status, _ := request(t, http.MethodPost, "http://"+listening+path, "application/json", strings.NewReader(`{}`)); status != 401 {
			t.Errorf("a request without a signature to %s: status %d, want 401", path, status)
		}
	}
	if err := s.slack.VerifyURL(waitingTime(t)); err != nil {
		t.Errorf("verify the URL: %v", err)
	}

	if err := s.slack.Command(slacktest.UserAda, slacktest.ChannelAdmins, bot.Command, "help"); err != nil {
		t.Errorf("a command: %v", err)
	}
	if err := s.slack.Wait(waitingTime(t), func() bool { return len(s.slack.Ephemerals(slacktest.UserAda)) > 0 }); err != nil {
		t.Errorf("the command has no answer: %v", err)
	}
	ts := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "roster.csv", []byte(shortRoster))
	card := s.waitCard(ts, jobs.StateAwaitingApproval)
	if a := s.click(slacktest.UserBen, &card, bot.ActionApprove); !a.OK {
		t.Fatalf("approve: %s", a.Error)
	}
	s.waitCard(ts, jobs.StateFinishing)
	s.waitReport(ts)
	s.zoom.ActivateAll()
	s.waitCard(ts, jobs.StateDone)
	if got := s.created(); got != 5 {
		t.Errorf("%d people were added, want 5", got)
	}

	// Without its Redis the bot is alive and not ready.
	s.redis.server.SetError("out of order")
	if status, _ := request(t, http.MethodGet, "http://"+listening+"/readyz", "", nil); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz without Redis: status %d, want 503", status)
	}
	if status, _ := request(t, http.MethodGet, "http://"+listening+"/healthz", "", nil); status != http.StatusOK {
		t.Errorf("/healthz without Redis: status %d, want 200", status)
	}
	s.redis.server.SetError("")
}
