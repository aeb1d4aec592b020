package zoomapi_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
)

func hexMAC(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// signed are the headers of a webhook as Zoom sends it.
func signed(secret, body string, at time.Time) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{}
	h.Set("x-zm-request-timestamp", stamp)
	h.Set("x-zm-signature", "v0="+hexMAC(secret, "v0:"+stamp+":"+body))
	return h
}

const accepted = `{"event":"user.invitation_accepted","event_ts":1626230691572,"payload":{"account_id":"acc",` +
	`"object":{"id":"u1","first_name":"Ada","last_name":"L","email":"ada@example.com","type":2}}}`

func TestVerifyWebhook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	with := func(h http.Header, name, value string) http.Header { h.Set(name, value); return h }
	added := func(h http.Header, name, value string) http.Header { h.Add(name, value); return h }
	without := func(h http.Header, name string) http.Header { h.Del(name); return h }
	fine := func() http.Header { return signed(testSecret, accepted, now) }
	tests := []struct {
		name   string
		header http.Header
		body   string
		good   bool
	}{
		{"signed now", fine(), accepted, true},
		{"five minutes old", signed(testSecret, accepted, now.Add(-5*time.Minute)), accepted, true},
		{"five minutes ahead", signed(testSecret, accepted, now.Add(5*time.Minute)), accepted, true},
		{"too old", signed(testSecret, accepted, now.Add(-5*time.Minute-time.Second)), accepted, false},
		{"too far ahead", signed(testSecret, accepted, now.Add(5*time.Minute+time.Second)), accepted, false},
		{"one byte more", fine(), accepted + " ", false},
		{"another secret", signed("other", accepted, now), accepted, false},
		{"later timestamp", with(fine(), "x-zm-request-timestamp", strconv.FormatInt(now.Unix()+1, 10)), accepted, false},
		{"timestamp of letters", with(fine(), "x-zm-request-timestamp", "now"), accepted, false},
		{"no timestamp", without(fine(), "x-zm-request-timestamp"), accepted, false},
		{"no signature", without(fine(), "x-zm-signature"), accepted, false},
		{"two signatures", added(fine(), "x-zm-signature", "v0=00"), accepted, false},
		{"no version", with(fine(), "x-zm-signature", strings.TrimPrefix(fine().Get("x-zm-signature"), "v0=")), accepted, false},
		{"cut short", with(fine(), "x-zm-signature", fine().Get("x-zm-signature")[:20]), accepted, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := zoomapi.VerifyWebhook(tt.header, []byte(tt.body), zoomapi.NewSecret(testSecret), now)
			if (err == nil) != tt.good || err != nil && !errors.Is(err, zoomapi.ErrWebhookSignature) {
				t.Errorf("error %v, want good %v", err, tt.good)
			}
			leakFree(t, err)
		})
	}
	if err := zoomapi.VerifyWebhook(signed("", accepted, now), []byte(accepted), zoomapi.Secret{}, now); err == nil {
		t.Error("an empty secret verifies")
	}
}

func TestParseWebhook(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1626230691572).UTC()
	tests := []struct {
		name string
		body string
		want zoomapi.Webhook
		err  error
	}{
		{"accepted", accepted, zoomapi.Webhook{
			Event: zoomapi.EventInvitationAccepted, Time: at, AccountID: "acc", UserID: "u1", Email: "ada@example.com",
			FirstName: "Ada", LastName: "L", Type: zoomapi.TypeLicensed,
		}, nil},
		{
			"address changed",
			`{"event":"user.updated","event_ts":"1626230691","payload":{"account_id":"acc","operator":"o@example.com",
			"old_object":{"id":"u1","email":"old@example.com"},"object":{"id":"u1","email":"new@example.com","type":"1"}}}`,
			zoomapi.Webhook{
				Event: zoomapi.EventUpdated, Time: time.Unix(1626230691, 0).UTC(), AccountID: "acc", UserID: "u1",
				Email: "new@example.com", OldEmail: "old@example.com", Type: 1,
			},
			nil,
		},
		{
			"validation", `{"payload":{"plainToken":"qgg8-_"},"event_ts":1626230691572,"event":"endpoint.url_validation"}`,
			zoomapi.Webhook{Event: zoomapi.EventURLValidation, Time: at, PlainToken: "qgg8-_"},
			nil,
		},
		{
			"event of another kind", `{"event":"meeting.started","payload":{"account_id":"acc","object":{"id":{"x":1}}}}`,
			zoomapi.Webhook{Event: "meeting.started", AccountID: "acc"},
			nil,
		},
		{"no payload", `{"event":"user.activated"}`, zoomapi.Webhook{Event: zoomapi.EventActivated}, nil},
		{"object is a text", `{"event":"user.activated","payload":{"object":"ada@example.com"}}`, zoomapi.Webhook{}, zoomapi.ErrWebhookBody},
		{"no event", `{"payload":{}}`, zoomapi.Webhook{}, zoomapi.ErrWebhookBody},
		{"not JSON", `ada.lovelace+x@example.com`, zoomapi.Webhook{}, zoomapi.ErrWebhookBody},
		{"a list", `[]`, zoomapi.Webhook{}, zoomapi.ErrWebhookBody},
		{"nothing", ``, zoomapi.Webhook{}, zoomapi.ErrWebhookBody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := zoomapi.ParseWebhook([]byte(tt.body))
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			leakFree(t, err)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("webhook (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseWebhook(f *testing.F) {
	f.Add([]byte(accepted))
	f.Add([]byte(`{"event":"user.updated","payload":{"object":null,"old_object":[]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		w, err := zoomapi.ParseWebhook(body)
		if (err == nil) != (w.Event != "") {
			t.Errorf("event %q with error %v", w.Event, err)
		}
	})
}

// receiver is a handler, what reached its callback, and its log.
type receiver struct {
	http.Handler

	log    strings.Builder
	mu     sync.Mutex
	events []string
}

func newReceiver(o zoomapi.WebhookOptions) *receiver {
	r := new(receiver)
	inner := o.Callback
	o.Secret = zoomapi.NewSecret(testSecret)
	o.Logger = slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Callback = func(ctx context.Context, w zoomapi.Webhook) {
		r.mu.Lock()
		r.events = append(r.events, w.Event+" "+w.Email)
		r.mu.Unlock()
		if inner != nil {
			inner(ctx, w)
		}
	}
	r.Handler = zoomapi.WebhookHandler(o)
	return r
}

func (r *receiver) post(t *testing.T, header http.Header, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/zoom/webhook", strings.NewReader(body))
	req.Header = header
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

func TestWebhookHandler(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r := newReceiver(zoomapi.WebhookOptions{AccountID: "acc", MaxBody: 1000})
	post := func(want int, header http.Header, body string) *httptest.ResponseRecorder {
		t.Helper()
		w := r.post(t, header, body)
		if w.Code != want {
			t.Errorf("answer %d, want %d, to %s", w.Code, want, body)
		}
		return w
	}
	post(http.StatusNoContent, signed(testSecret, accepted, now), accepted)
	post(http.StatusNoContent, signed(testSecret, accepted, now), accepted) // The same delivery again.
	later := strings.Replace(accepted, "1626230691572", "1626230691573", 1)
	post(http.StatusNoContent, signed(testSecret, later, now), later)
	post(http.StatusUnauthorized, signed("wrong", accepted, now), accepted)
	post(http.StatusUnauthorized, signed(testSecret, accepted, now.Add(-time.Hour)), accepted)
	other := strings.Replace(accepted, `"acc"`, `"another"`, 1)
	post(http.StatusNoContent, signed(testSecret, other, now), other)
	meeting := `{"event":"meeting.started","payload":{"account_id":"acc","object":{}}}`
	post(http.StatusNoContent, signed(testSecret, meeting, now), meeting)
	post(http.StatusBadRequest, signed(testSecret, "{", now), "{")
	long := strings.Repeat(" ", 1001)
	post(http.StatusRequestEntityTooLarge, signed(testSecret, long, now), long)

	challenge := `{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1}`
	answer := post(http.StatusOK, signed(testSecret, challenge, now), challenge)
	var got map[string]string
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": hexMAC(testSecret, "qgg8vlvZRS6UYooatFL8Aw"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("proof (-want +got):\n%s", diff)
	}
	// Unsigned, or for a text that is no token, there is no proof: it could be a signature.
	post(http.StatusUnauthorized, http.Header{}, challenge)
	forged := `{"event":"endpoint.url_validation","payload":{"plainToken":"v0:1:{}"}}`
	if w := post(http.StatusBadRequest, signed(testSecret, forged, now), forged); strings.Contains(w.Body.String(), "encrypted") {
		t.Errorf("signed on demand: %s", w.Body)
	}

	get := httptest.NewRecorder()
	r.ServeHTTP(get, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if get.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET is answered %d", get.Code)
	}
	twice := []string{"user.invitation_accepted ada@example.com", "user.invitation_accepted ada@example.com"}
	if diff := cmp.Diff(twice, r.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, secret := range []string{"ada@example.com", testSecret, "Ada"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

func TestWebhookHandlerSlowAndFailing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		slow := newReceiver(zoomapi.WebhookOptions{Callback: func(context.Context, zoomapi.Webhook) { <-release }})
		start := time.Now()
		if code := slow.post(t, signed(testSecret, accepted, start), accepted).Code; code != http.StatusNoContent {
			t.Errorf("slow callback: answer %d", code)
		}
		if took := time.Since(start); took >= 3*time.Second {
			t.Errorf("answered after %v", took)
		}
		// As many as may run at once are running, and all stay there: the next one is sent away.
		var wg sync.WaitGroup
		for i := range 63 {
			wg.Go(func() {
				body := strings.Replace(accepted, "u1", "v"+strconv.Itoa(i), 1)
				slow.post(t, signed(testSecret, body, time.Now()), body)
			})
		}
		wg.Wait()
		body := strings.Replace(accepted, "u1", "w", 1)
		header := signed(testSecret, body, time.Now())
		if code := slow.post(t, header, body).Code; code != http.StatusServiceUnavailable {
			t.Errorf("too many: answer %d", code)
		}
		close(release)
		synctest.Wait()
		if code := slow.post(t, header, body).Code; code != http.StatusNoContent || len(slow.events) != 65 {
			t.Errorf("again: answer %d, %d events", code, len(slow.events))
		}

		broken := true
		failing := newReceiver(zoomapi.WebhookOptions{Callback: func(context.Context, zoomapi.Webhook) {
			if broken {
				panic(testEmail)
			}
		}})
		header = signed(testSecret, accepted, time.Now())
		if code := failing.post(t, header, accepted).Code; code != http.StatusInternalServerError {
			t.Errorf("panic: answer %d", code)
		}
		broken = false
		if code := failing.post(t, header, accepted).Code; code != http.StatusNoContent || len(failing.events) != 2 {
			t.Errorf("delivered again: answer %d, %d events", code, len(failing.events))
		}
		if strings.Contains(failing.log.String(), testEmail) {
			t.Error("the log has an address")
		}
	})
}

func TestPlanPoolCapacity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pool zoomapi.PlanPool
		want int
	}{
		{zoomapi.PlanPool{Type: "large500_monthly"}, 500},
		{zoomapi.PlanPool{Type: "plan_webinar10000_three_years"}, 10000},
		{zoomapi.PlanPool{Type: "webinar_1000"}, 1000},
		{zoomapi.PlanPool{Type: "large_meeting_500"}, 500},
		{zoomapi.PlanPool{Type: "webinar_501_yearly"}, 501},
		{zoomapi.PlanPool{Type: "webinar3k_yearly"}, 3000},
		{zoomapi.PlanPool{Type: "large_3_years_1000"}, 1000},
		{zoomapi.PlanPool{Type: "64", Name: "Webinar 1,000 Annual"}, 1000},
		{zoomapi.PlanPool{Type: "zroom_monthly", Name: "1000 Participants meeting"}, 1000},
		{zoomapi.PlanPool{Type: "576460752303423488"}, 0},
		{zoomapi.PlanPool{Type: "monthly25"}, 0},
		{zoomapi.PlanPool{Type: "business_yearly"}, 0},
		{zoomapi.PlanPool{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.pool.Type, func(t *testing.T) {
			t.Parallel()
			if got := tt.pool.Capacity(); got != tt.want {
				t.Errorf("capacity of %q %q is %d, want %d", tt.pool.Type, tt.pool.Name, got, tt.want)
			}
		})
	}
}
