package zoomapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Defaults and bounds of a webhook handler.
const (
	defaultWebhookBody = 256 << 10
	// defaultWebhookWait leaves Zoom, who waits for three seconds, some time
	// for the network.
	defaultWebhookWait = 2 * time.Second
	// maxWebhookCalls bounds how many callbacks are running.
	maxWebhookCalls = 64
	// maxWebhooksSeen bounds how many signatures are remembered.
	maxWebhooksSeen = 20_000
)

// WebhookOptions say what a [WebhookHandler] does. Zero values mean the
// documented default.
type WebhookOptions struct {
	// Secret is the secret token of the app's event subscription. Without one
	// everything is refused.
	Secret Secret
	// AccountID is the account whose events are wanted; others are answered
	// and dropped. Default: all.
	AccountID string
	// Callback is told of every verified event about a person, once. Its
	// context ends with Wait, or when the callback returns. A panic makes the
	// handler answer 500, and Zoom deliver again later. It may be called by
	// several goroutines at once. Default: nothing is done.
	Callback func(context.Context, Webhook)
	// MaxBody bounds a body in bytes. Default 256 KiB.
	MaxBody int64
	// Wait bounds how long the callback may take. Default two seconds, as
	// Zoom wants its answer within three.
	Wait time.Duration
	// Now is the clock. Default [time.Now].
	Now func() time.Time
	// Logger gets a record per event, without addresses. Default: none.
	Logger *slog.Logger
}

// WebhookHandler returns a handler for Zoom's webhooks, to be mounted at the
// address that the event subscription names. It answers 401 to what Zoom did
// not sign, 200 with the proof to [EventURLValidation], and 204 to the rest. A
// delivery that comes twice, by Zoom or by somebody who recorded it, reaches
// the callback once. While 64 callbacks are running it answers 503, after
// which Zoom delivers again.
func WebhookHandler(o WebhookOptions) http.Handler {
	if o.MaxBody <= 0 {
		o.MaxBody = defaultWebhookBody
	}
	if o.Wait <= 0 {
		o.Wait = defaultWebhookWait
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Callback == nil {
		o.Callback = func(context.Context, Webhook) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &webhookHandler{
		WebhookOptions: o,
		running:        make(chan struct{}, maxWebhookCalls),
		seen:           make(map[[sha256.Size]byte]time.Time),
	}
}

type webhookHandler struct {
	WebhookOptions

	running chan struct{}

	mu    sync.Mutex
	seen  map[[sha256.Size]byte]time.Time // When the signature may be forgotten.
	sweep time.Time                       // When to look for such signatures.
}

// ServeHTTP implements [http.Handler].
func (h *webhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.MaxBody))
	if err != nil {
		status := http.StatusBadRequest
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			status = http.StatusRequestEntityTooLarge
		}
		w.WriteHeader(status)
		return
	}
	now := h.Now()
	if err := VerifyWebhook(r.Header, body, h.Secret, now); err != nil {
		h.Logger.WarnContext(r.Context(), "zoom webhook refused", "err", err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	event, err := ParseWebhook(body)
	if err != nil {
		h.Logger.WarnContext(r.Context(), "zoom webhook not understood", "err", err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if event.Event == EventURLValidation {
		h.validate(w, r, event)
		return
	}
	w.WriteHeader(h.deliver(r.Context(), event, sha256.Sum256([]byte(r.Header.Get(WebhookSignatureHeader))), now))
}

// validate proves that the secret is known here.
func (h *webhookHandler) validate(w http.ResponseWriter, r *http.Request, event Webhook) {
	answer, err := event.ValidationAnswer(h.Secret)
	if err != nil {
		h.Logger.WarnContext(r.Context(), "zoom webhook not understood", "err", err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.Logger.InfoContext(r.Context(), "zoom webhook address validated")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // Zoom may be gone; it asks again.
}

// deliver runs the callback and returns the status of the answer.
func (h *webhookHandler) deliver(ctx context.Context, event Webhook, id [sha256.Size]byte, now time.Time) int {
	if h.AccountID != "" && event.AccountID != "" && event.AccountID != h.AccountID {
		h.Logger.InfoContext(ctx, "zoom webhook of another account", "event", event)
		return http.StatusNoContent
	}
	if event.UserID == "" && event.Email == "" {
		return http.StatusNoContent
	}
	select {
	case h.running <- struct{}{}:
	default:
		return http.StatusServiceUnavailable
	}
	if !h.first(id, now) {
		<-h.running
		return http.StatusNoContent
	}
	// Zoom hanging up does not undo the event.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.Wait)
	done := make(chan bool, 1)
	go func() {
		defer func() { <-h.running }()
		defer cancel()
		done <- h.call(ctx, event, id)
	}()
	select {
	case good := <-done:
		if !good {
			return http.StatusInternalServerError
		}
	case <-ctx.Done():
		select {
		case good := <-done: // It returned, which ended ctx.
			if !good {
				return http.StatusInternalServerError
			}
		default:
			h.Logger.WarnContext(ctx, "zoom webhook callback is slow", "event", event)
		}
	}
	return http.StatusNoContent
}

// call runs the callback. What failed is forgotten, so that it can come again.
func (h *webhookHandler) call(ctx context.Context, event Webhook, id [sha256.Size]byte) (good bool) {
	defer func() {
		if r := recover(); r != nil {
			h.Logger.ErrorContext(ctx, "zoom webhook callback panicked", "event", event)
		}
		if !good {
			h.forget(id)
		}
	}()
	h.Callback(ctx, event)
	h.Logger.InfoContext(ctx, "zoom webhook", "event", event)
	return true
}

// first reports whether a signature is new, and remembers it for as long as it
// would be accepted.
func (h *webhookHandler) first(id [sha256.Size]byte, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.After(h.sweep) || len(h.seen) >= maxWebhooksSeen {
		for old, until := range h.seen {
			if now.After(until) {
				delete(h.seen, old)
			}
		}
		h.sweep = now.Add(WebhookSkew)
	}
	if until, known := h.seen[id]; known && !now.After(until) {
		return false
	}
	if len(h.seen) < maxWebhooksSeen {
		h.seen[id] = now.Add(2 * WebhookSkew)
	}
	return true
}

func (h *webhookHandler) forget(id [sha256.Size]byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.seen, id)
}
