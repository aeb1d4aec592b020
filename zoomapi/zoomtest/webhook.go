package zoomtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// hookWait is how long Zoom waits for a receiver.
const hookWait = 3 * time.Second

// hooksKept is how many deliveries Deliveries returns.
const hooksKept = 500

// Delivery is one webhook that was posted, or could not be.
type Delivery struct {
	Time   time.Time `json:"time"`
	Event  string    `json:"event"`
	Email  string    `json:"email,omitempty"`
	Status int       `json:"status"` // 0: no answer
	Error  string    `json:"error,omitempty"`
}

// hook is an event that waits to be posted.
type hook struct {
	event, email string
	body         []byte
}

// hooks posts events to the subscribed address, one after the other.
type hooks struct {
	now    func() time.Time
	client *http.Client
	// start is the goroutine's run, a field because events outlive the call
	// that caused them: no context of a caller leads there.
	start func()

	mu          sync.Mutex
	url, secret string
	valid       string // The address that proved that it knows the secret.
	queue       []hook
	running     bool
	sent        []Delivery
}

func newHooks(o Options) *hooks {
	h := &hooks{
		now: o.Now, url: o.WebhookURL, secret: o.WebhookSecret,
		client: &http.Client{
			Timeout:       hookWait,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	h.start = h.run
	return h
}

// SetWebhook subscribes an address to the events about people; an empty one
// ends the subscription.
func (a *Account) SetWebhook(address, secret string) {
	a.hooks.mu.Lock()
	defer a.hooks.mu.Unlock()
	a.hooks.url, a.hooks.secret, a.hooks.valid = address, secret, ""
}

// ValidateWebhook asks the subscribed address to prove that it knows the
// secret, as Zoom does when somebody presses Validate.
func (a *Account) ValidateWebhook(ctx context.Context) error {
	a.hooks.mu.Lock()
	address, secret := a.hooks.url, a.hooks.secret
	a.hooks.mu.Unlock()
	if address == "" {
		return errors.New("zoomtest: no webhook address is set")
	}
	return a.hooks.validate(ctx, address, secret)
}

// Deliveries returns the newest webhooks posted, oldest first.
func (a *Account) Deliveries() []Delivery {
	a.hooks.mu.Lock()
	defer a.hooks.mu.Unlock()
	return slices.Clone(a.hooks.sent)
}

// hookPerson is a person in a webhook.
type hookPerson struct {
	ID          string `json:"id"`
	FirstName   string `json:"first_name,omitempty"`
	LastName    string `json:"last_name,omitempty"`
	DisplayName string `json:"display_name,omitempty"`
	Email       string `json:"email"`
	Type        int    `json:"type,omitempty"`
}

type hookPayload struct {
	AccountID    string      `json:"account_id"`
	Operator     string      `json:"operator,omitempty"`
	OperatorID   string      `json:"operator_id,omitempty"`
	CreationType string      `json:"creation_type,omitempty"`
	Object       hookPerson  `json:"object"`
	Old          *hookPerson `json:"old_object,omitempty"`
}

// tell posts an event about a person. The change hook may complete the
// payload. The caller holds the account's lock.
func (a *Account) tell(event string, u User, complete ...func(*hookPayload)) {
	a.hooks.mu.Lock()
	defer a.hooks.mu.Unlock()
	if a.hooks.url == "" {
		return
	}
	payload := hookPayload{
		AccountID: a.opts.AccountID,
		Object:    hookPerson{ID: u.ID, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, Type: u.Type},
	}
	for _, f := range complete {
		f(&payload)
	}
	a.hooks.add(hook{event: event, email: u.Email, body: hookBody(event, payload, a.now())})
}

func hookBody(event string, payload any, now time.Time) []byte {
	return answer{body: struct {
		Event   string `json:"event"`
		Time    int64  `json:"event_ts"`
		Payload any    `json:"payload"`
	}{event, now.UnixMilli(), payload}}.encode()
}

// add queues an event and starts the poster, which ends with the queue.
func (h *hooks) add(e hook) {
	h.queue = append(h.queue, e)
	if h.running {
		return
	}
	h.running = true
	go h.start()
}

func (h *hooks) run() {
	for {
		h.mu.Lock()
		if len(h.queue) == 0 {
			h.running = false
			h.mu.Unlock()
			return
		}
		next, address, secret, valid := h.queue[0], h.url, h.secret, h.valid == h.url
		h.queue = h.queue[1:]
		h.mu.Unlock()
		if address == "" {
			continue
		}
		ctx := context.Background()
		// Nothing is posted to an address that did not prove itself.
		if !valid && h.validate(ctx, address, secret) != nil {
			h.record(Delivery{Event: next.event, Email: next.email, Error: "the address is not validated"})
			continue
		}
		status, _, err := h.post(ctx, address, secret, next.body)
		d := Delivery{Event: next.event, Email: next.email, Status: status}
		if err != nil {
			d.Error = err.Error()
		}
		h.record(d)
	}
}

func (h *hooks) record(d Delivery) {
	d.Time = h.now().UTC()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = append(h.sent, d)
	h.sent = h.sent[max(len(h.sent)-hooksKept, 0):]
}

// validate runs the challenge.
func (h *hooks) validate(ctx context.Context, address, secret string) error {
	token := hookMAC(strconv.FormatInt(h.now().UnixNano(), 10), address)[:22]
	body := hookBody("endpoint.url_validation", map[string]string{"plainToken": token}, h.now())
	status, got, err := h.post(ctx, address, secret, body)
	var proof struct {
		Plain     string `json:"plainToken"`
		Encrypted string `json:"encryptedToken"`
	}
	switch {
	case err != nil:
	case status != http.StatusOK:
		err = fmt.Errorf("zoomtest: validate webhook: answer %d", status)
	case json.Unmarshal(got, &proof) != nil || proof.Plain != token || proof.Encrypted != hookMAC(secret, token):
		err = errors.New("zoomtest: validate webhook: wrong proof")
	}
	d := Delivery{Event: "endpoint.url_validation", Status: status}
	if err != nil {
		d.Error = err.Error()
	}
	h.record(d)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil && h.url == address {
		h.valid = address
	}
	return err
}

func hookMAC(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// post sends one signed body.
func (h *hooks) post(ctx context.Context, address, secret string, body []byte) (status int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("zoomtest: post webhook: %w", err)
	}
	stamp := strconv.FormatInt(h.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Zoom Marketplace/1.0a")
	req.Header.Set("X-Zm-Request-Timestamp", stamp)
	req.Header.Set("X-Zm-Signature", "v0="+hookMAC(secret, "v0:"+stamp+":"+string(body)))
	resp, err := h.client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("zoomtest: post webhook: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		err = fmt.Errorf("zoomtest: read answer to webhook: %w", err)
	}
	return resp.StatusCode, answer, err
}
