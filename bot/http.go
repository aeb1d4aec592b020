package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// maxRequest bounds what Slack may send over HTTP.
const maxRequest = 1 << 20

// Paths of the HTTP front, for the settings of the Slack app.
const (
	PathEvents       = "/slack/events"
	PathCommands     = "/slack/commands"
	PathInteractions = "/slack/interactions"
)

// Handler receives from Slack over HTTP, for installations without Socket Mode. Every request must be signed.
func (b *Bot) Handler(signingSecret string) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{PathEvents, PathCommands, PathInteractions} {
		mux.HandleFunc("POST "+path, b.signed(signingSecret, b.serve))
	}
	return mux
}

// serve tells by its form what a request is, so that an app may have one URL for everything.
func (b *Bot) serve(w http.ResponseWriter, r *http.Request, raw []byte) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		b.serveEvent(w, r, raw)
		return
	}
	form, err := url.ParseQuery(string(raw))
	switch {
	case err != nil:
		http.Error(w, "bad form", http.StatusBadRequest)
	case form.Has("payload"):
		b.serveInteraction(w, r)
	case form.Has("command"):
		b.serveCommand(w, r)
	default:
		// Slack's certificate check, which wants no more than an answer.
		w.WriteHeader(http.StatusOK)
	}
}

// signed lets only requests through that Slack has signed within the last five minutes.
func (b *Bot) signed(secret string, next func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
			return
		}
		verifier, err := slack.NewSecretsVerifier(r.Header, secret)
		if err == nil {
			if _, err = verifier.Write(raw); err == nil {
				err = verifier.Ensure()
			}
		}
		if err != nil {
			b.log.WarnContext(r.Context(), "request without a valid signature", "err", err)
			http.Error(w, "bad signature", http.StatusUnauthorized)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(raw))
		next(w, r, raw)
	}
}

func (b *Bot) serveEvent(w http.ResponseWriter, r *http.Request, raw []byte) {
	ev, err := slackevents.ParseEvent(raw, slackevents.OptionNoVerifyToken())
	if err != nil {
		// Sending the same again would not help.
		b.log.WarnContext(r.Context(), "event not understood", "err", err)
		w.Header().Set("X-Slack-No-Retry", "1")
		w.WriteHeader(http.StatusOK)
		return
	}
	if ev.Type == slackevents.URLVerification {
		var challenge slackevents.ChallengeResponse
		if err := json.Unmarshal(raw, &challenge); err != nil {
			http.Error(w, "bad challenge", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, challenge.Challenge)
		return
	}
	if err := b.onEvent(r.Context(), ev); err != nil {
		b.log.WarnContext(r.Context(), "event not recorded", "err", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (b *Bot) serveCommand(w http.ResponseWriter, r *http.Request) {
	cmd, err := slack.SlashCommandParse(r)
	if err != nil {
		http.Error(w, "bad command", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusOK)
	b.background(r.Context(), "command", func(ctx context.Context) error { return b.onCommand(ctx, cmd) })
}

func (b *Bot) serveInteraction(w http.ResponseWriter, r *http.Request) {
	cb, err := slack.InteractionCallbackParse(r)
	if err != nil {
		http.Error(w, "bad interaction", http.StatusBadRequest)
		return
	}
	payload, after := b.onInteraction(r.Context(), cb)
	if payload != nil {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(payload); err != nil {
			b.log.WarnContext(r.Context(), "answer not sent", "err", err)
		}
	}
	if after != nil {
		b.background(r.Context(), "interaction", after)
	}
}
