package slacktest_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

// workspace is a sandbox on a test server.
type workspace struct {
	*slacktest.Workspace
	url string
}

func start(t *testing.T, opts slacktest.Options) *workspace {
	t.Helper()
	w := slacktest.New(opts)
	server := httptest.NewServer(w)
	t.Cleanup(func() {
		w.Close()
		server.Close()
	})
	return &workspace{Workspace: w, url: server.URL}
}

// client is the real client on the sandbox.
func (w *workspace) client(opts ...slack.Option) *slack.Client {
	all := append([]slack.Option{
		slack.OptionAPIURL(w.url + "/api/"), slack.OptionAppLevelToken(slacktest.AppToken),
	}, opts...)
	return slack.New(slacktest.BotToken, all...)
}

// until waits for a condition of the workspace.
func (w *workspace) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.Wait(ctx, done); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// bot is a connected app: it keeps what it gets and answers with reply.
type bot struct {
	api *slack.Client

	mu   sync.Mutex
	seen []socketmode.Event
}

// connect runs a bot over Socket Mode. reply returns whether to acknowledge
// and the payload for it; nil acknowledges everything.
func (w *workspace) connect(t *testing.T, reply func(*bot, socketmode.Event) (bool, any)) *bot {
	t.Helper()
	b := &bot{api: w.client()}
	before := w.Connections()
	ctx, cancel := context.WithCancel(t.Context())
	client := socketmode.New(b.api)
	var wg sync.WaitGroup
	wg.Go(func() { _ = client.RunContext(ctx) })
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-client.Events:
				if e.Type == socketmode.EventTypeErrorBadMessage {
					t.Errorf("the client cannot read a payload: %v", e.Data)
				}
				if e.Request == nil || e.Request.EnvelopeID == "" {
					continue
				}
				ack, payload := true, any(nil)
				if reply != nil {
					ack, payload = reply(b, e)
				}
				b.mu.Lock()
				b.seen = append(b.seen, e)
				b.mu.Unlock()
				if ack {
					_ = client.AckCtx(ctx, e.Request.EnvelopeID, payload)
				}
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		w.KillSockets()
		wg.Wait()
	})
	w.until(t, "connect", func() bool { return w.Connections() > before })
	return b
}

func (b *bot) events() []socketmode.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]socketmode.Event(nil), b.seen...)
}

// last is the last thing of a type that the bot got.
func last[T any](t *testing.T, b *bot) T {
	t.Helper()
	var found T
	ok := false
	for _, e := range b.events() {
		if v, is := e.Data.(T); is {
			found, ok = v, true
		}
	}
	if !ok {
		t.Fatalf("the bot got no %T", found)
	}
	return found
}

func button(actionID, value, label string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(actionID, value, slack.NewTextBlockObject(slack.PlainTextType, label, false, false))
}

func section(text string) *slack.SectionBlock {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil)
}
