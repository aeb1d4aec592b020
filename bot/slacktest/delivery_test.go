package slacktest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

// quick makes retries of events follow each other without minutes between.
func quick() slacktest.Options {
	return slacktest.Options{
		AckTimeout: 300 * time.Millisecond, RetryDelays: []time.Duration{0, 10 * time.Millisecond, 10 * time.Millisecond},
	}
}

func outcomes(d slacktest.Delivery) []string {
	out := []string{}
	for _, a := range d.Attempts {
		out = append(out, a.Outcome)
	}
	return out
}

func TestUnackedEventComesAgain(t *testing.T) {
	t.Parallel()
	w := start(t, quick())
	b := w.connect(t, func(_ *bot, e socketmode.Event) (bool, any) { return e.Request.RetryAttempt == 2, nil })
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "hello"); err != nil {
		t.Fatal(err)
	}
	w.until(t, "the acknowledgement", w.Idle)
	got := []int{}
	ids := map[string]bool{}
	for _, e := range b.events() {
		got = append(got, e.Request.RetryAttempt)
		var payload struct {
			EventID string `json:"event_id"`
		}
		if err := json.Unmarshal(e.Request.Payload, &payload); err != nil {
			t.Fatal(err)
		}
		ids[payload.EventID] = true
	}
	if diff := cmp.Diff([]int{0, 1, 2}, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if len(ids) != 1 {
		t.Errorf("the attempts have %d event ids", len(ids))
	}
	log := w.Events()[0]
	if diff := cmp.Diff([]string{"timeout", "timeout", "acked"}, outcomes(log)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if log.Attempts[2].AckAfter <= 0 {
		t.Error("the log has no time to the acknowledgement")
	}
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	w := start(t, quick())
	w.connect(t, func(*bot, socketmode.Event) (bool, any) { return false, nil })
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "hello"); err != nil {
		t.Fatal(err)
	}
	w.until(t, "giving up", w.Idle)
	if log := w.Events()[0]; !log.GivenUp || len(log.Attempts) != 4 {
		t.Errorf("log: %+v", log)
	}
}

func TestEventWaitsForSocket(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{AckTimeout: 20 * time.Second})
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "early"); err != nil {
		t.Fatal(err)
	}
	b := w.connect(t, nil)
	w.until(t, "the event", w.Idle)
	if got := len(b.events()); got != 1 {
		t.Errorf("%d events, want 1", got)
	}
}

func TestLostSocket(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	first := true
	w.connect(t, func(*bot, socketmode.Event) (bool, any) {
		if first {
			first = false
			w.KillSockets()
			return false, nil
		}
		return true, nil
	})
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "hello"); err != nil {
		t.Fatal(err)
	}
	w.until(t, "the second delivery", w.Idle)
	if diff := cmp.Diff([]string{"closed", "acked"}, outcomes(w.Events()[0])); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestDisconnectFrame(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"warning", "refresh_requested"} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			w := start(t, slacktest.Options{})
			w.connect(t, nil)
			w.Disconnect(reason)
			w.until(t, "a new connection", func() bool { return w.CallCount("apps.connections.open") == 2 && w.Connected() })
			if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "hello"); err != nil {
				t.Fatal(err)
			}
			w.until(t, "the event", w.Idle)
		})
	}
}

func TestTwoSocketsShare(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	a, b := w.connect(t, nil), w.connect(t, nil)
	for range 6 {
		if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "x"); err != nil {
			t.Fatal(err)
		}
	}
	w.until(t, "the events", w.Idle)
	if na, nb := len(a.events()), len(b.events()); na+nb != 6 || na == 0 || nb == 0 {
		t.Errorf("one got %d, the other %d", na, nb)
	}
}

func TestRedeliverAndDroppedAck(t *testing.T) {
	t.Parallel()
	w := start(t, quick())
	b := w.connect(t, nil)
	w.DropAcks(1)
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "x"); err != nil {
		t.Fatal(err)
	}
	w.until(t, "both attempts", w.Idle)
	if err := w.Redeliver(""); err != nil {
		t.Fatal(err)
	}
	w.until(t, "the redelivery", w.Idle)
	got := []int{}
	for _, e := range b.events() {
		got = append(got, e.Request.RetryAttempt)
	}
	if diff := cmp.Diff([]int{0, 1, 1}, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if log := w.Events(); log[0].ID != log[1].ID {
		t.Error("the redelivery has another event id")
	}
}

func TestCommandWithoutAnswer(t *testing.T) {
	t.Parallel()
	w := start(t, quick())
	b := w.connect(t, func(*bot, socketmode.Event) (bool, any) { return false, nil })
	err := w.Command(slacktest.UserAda, slacktest.ChannelAdmins, "/zoomusers", "help")
	if err == nil {
		t.Fatal("no error")
	}
	if got := w.Ephemerals(slacktest.UserAda); len(got) != 1 || got[0].Text != `/zoomusers failed with the error "operation_timeout"` {
		t.Errorf("what the person sees: %+v", got)
	}
	if got := len(b.events()); got != 1 {
		t.Errorf("the command was sent %d times", got)
	}
}

func TestHTTPDelivery(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var w *workspace
	retries := []string{}
	texts := []string{}
	app := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		verifier, err := slack.NewSecretsVerifier(r.Header, slacktest.SigningSecret)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = verifier.Write(body)
		if err := verifier.Ensure(); err != nil {
			t.Error(err)
		}
		if r.Header.Get("Content-Type") != "application/json" {
			r.Body = io.NopCloser(bytes.NewReader(body))
			if cmd, err := slack.SlashCommandParse(r); err == nil && cmd.Command != "" {
				texts = append(texts, cmd.Command+" "+cmd.Text)
				_, _ = io.WriteString(rw, "plain help")
				return
			}
			got, err := slack.InteractionCallbackParse(r)
			if err != nil {
				t.Error(err)
			}
			texts = append(texts, string(got.Type))
			return
		}
		e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			t.Error(err)
		}
		if e.Type == slackevents.URLVerification {
			_, _ = io.WriteString(rw, e.Data.(*slackevents.EventsAPIURLVerificationEvent).Challenge)
			return
		}
		retries = append(retries, r.Header.Get("X-Slack-Retry-Num")+r.Header.Get("X-Slack-Retry-Reason"))
		if len(retries) == 1 {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer app.Close()
	opts := quick()
	opts.AckTimeout = 10 * time.Second
	opts.HTTP = &slacktest.HTTPDelivery{RequestURL: app.URL}
	w = start(t, opts)
	if err := w.VerifyURL(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "x"); err != nil {
		t.Fatal(err)
	}
	w.until(t, "the event", w.Idle)
	if err := w.Command(slacktest.UserAda, slacktest.ChannelAdmins, "/zoomusers", "help"); err != nil {
		t.Fatal(err)
	}
	if err := w.Shortcut(slacktest.UserAda, "import_users", "", ""); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff([]string{"", "1http_error"}, retries); diff != "" {
		t.Errorf("retries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/zoomusers help", "shortcut"}, texts); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
	if got := w.Ephemerals(slacktest.UserAda); len(got) != 1 || got[0].Text != "plain help" {
		t.Errorf("answer: %+v", got)
	}
}
