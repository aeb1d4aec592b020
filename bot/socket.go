package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// readiness tells whether events can arrive.
type readiness struct {
	mu        sync.Mutex
	connected bool
}

func (r *readiness) set(v bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connected = v
}

// Ready reports whether the bot is connected to Slack.
func (b *Bot) Ready() bool {
	b.ready.mu.Lock()
	defer b.ready.mu.Unlock()
	return b.ready.connected
}

// RunSocket receives over Socket Mode until ctx ends. It returns an error only when Slack refuses the tokens.
func (b *Bot) RunSocket(ctx context.Context) error {
	var opts []socketmode.Option
	if b.o.PingInterval > 0 {
		opts = append(opts, socketmode.OptionPingInterval(b.o.PingInterval))
	}
	client := socketmode.New(b.api, opts...)
	// The client does not close its events when it gives up.
	reading, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-reading.Done():
				return
			case ev, open := <-client.Events:
				if !open {
					return
				}
				b.onSocket(ctx, client, ev)
			}
		}
	}()
	err := client.RunContext(ctx)
	stop()
	<-done
	b.ready.set(false)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("socket mode: %w", err)
}

// onSocket hands one event of the socket on. Everything that may take time runs beside the reader: a slow one would hold
// up all others.
func (b *Bot) onSocket(ctx context.Context, client *socketmode.Client, ev socketmode.Event) {
	ack := func(ctx context.Context, payload any) error {
		if ev.Request == nil {
			return nil
		}
		if payload == nil {
			return client.AckCtx(ctx, ev.Request.EnvelopeID, nil)
		}
		return client.AckCtx(ctx, ev.Request.EnvelopeID, payload)
	}
	switch ev.Type { //nolint:exhaustive // the others are for the log of the library
	case socketmode.EventTypeConnected:
		b.ready.set(true)
		b.log.InfoContext(ctx, "connected to Slack")
	case socketmode.EventTypeDisconnect, socketmode.EventTypeConnectionError:
		b.ready.set(false)
		b.log.WarnContext(ctx, "connection to Slack lost, connecting again")
	case socketmode.EventTypeErrorBadMessage:
		b.onBadMessage(ctx, client, ev)
	case socketmode.EventTypeEventsAPI:
		outer, ok := ev.Data.(slackevents.EventsAPIEvent)
		if !ok {
			return
		}
		b.background(ctx, "event", func(ctx context.Context) error {
			if err := b.onEvent(ctx, outer); err != nil {
				// Not acknowledged: Slack delivers it again.
				return err
			}
			return ack(ctx, nil)
		})
	case socketmode.EventTypeSlashCommand:
		cmd, ok := ev.Data.(slack.SlashCommand)
		if !ok {
			return
		}
		b.background(ctx, "command", func(ctx context.Context) error {
			err := ack(ctx, nil)
			return errors.Join(err, b.onCommand(ctx, cmd))
		})
	case socketmode.EventTypeInteractive:
		cb, ok := ev.Data.(slack.InteractionCallback)
		if !ok {
			return
		}
		b.background(ctx, "interaction", func(ctx context.Context) error {
			payload, after := b.onInteraction(ctx, cb)
			err := ack(ctx, payload)
			if after != nil {
				err = errors.Join(err, after(ctx))
			}
			return err
		})
	}
}

// onBadMessage acknowledges what slack-go could not decode: Slack would only send the same again.
func (b *Bot) onBadMessage(ctx context.Context, client *socketmode.Client, ev socketmode.Event) {
	bad, ok := ev.Data.(*socketmode.ErrorBadMessage)
	if !ok {
		return
	}
	var envelope struct {
		EnvelopeID string `json:"envelope_id"`
		Type       string `json:"type"`
	}
	if json.Unmarshal(bad.Message, &envelope) != nil || envelope.EnvelopeID == "" {
		return
	}
	b.log.WarnContext(ctx, "message from Slack not understood", "kind", envelope.Type, "err", bad.Cause)
	b.background(ctx, "bad message", func(ctx context.Context) error {
		return client.AckCtx(ctx, envelope.EnvelopeID, nil)
	})
}

// onEvent takes one event of the Events API. An error means that it should be delivered again.
func (b *Bot) onEvent(ctx context.Context, outer slackevents.EventsAPIEvent) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	switch ev := outer.InnerEvent.Data.(type) {
	case *slackevents.MessageEvent:
		return b.onMessage(ctx, ev)
	case *slackevents.SubteamMembersChangedEvent:
		b.people.forgetGroups()
	case *slackevents.AppHomeOpenedEvent:
		if ev.Tab == "messages" {
			return nil
		}
		b.background(ctx, "home", func(ctx context.Context) error { return b.publishHome(ctx, ev.User) })
	}
	return nil
}

// recordTimeout keeps an event's recording inside the three seconds in which Slack wants its acknowledgement.
const recordTimeout = 2500 * time.Millisecond
