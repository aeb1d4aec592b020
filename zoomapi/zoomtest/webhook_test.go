package zoomtest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func mac(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// subscriber checks signatures and proves that it knows its secret.
type subscriber struct {
	t      *testing.T
	secret string
	*httptest.Server

	mu   sync.Mutex
	got  []string
	seen chan struct{}
}

func subscribe(t *testing.T, secret string) *subscriber {
	t.Helper()
	s := &subscriber{t: t, secret: secret, seen: make(chan struct{}, 100)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	if want := "v0=" + mac("s3cret", "v0:"+r.Header.Get("X-Zm-Request-Timestamp")+":"+string(body)); r.Header.Get("X-Zm-Signature") != want {
		s.t.Errorf("signature of %s is %s", body, r.Header.Get("X-Zm-Signature"))
	}
	var event struct {
		Event   string `json:"event"`
		Time    int64  `json:"event_ts"`
		Payload struct {
			PlainToken string `json:"plainToken"`
			AccountID  string `json:"account_id"`
			Object     struct {
				ID    string `json:"id"`
				Email string `json:"email"`
				Type  int    `json:"type"`
			} `json:"object"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(body, &event); err != nil || event.Time == 0 {
		s.t.Errorf("event %s: %v", body, err)
	}
	if event.Event == "endpoint.url_validation" {
		token := event.Payload.PlainToken
		_ = json.NewEncoder(w).Encode(map[string]string{"plainToken": token, "encryptedToken": mac(s.secret, token)})
		return
	}
	if o := event.Payload.Object; o.ID == "" || o.Type == 0 || event.Payload.AccountID != zoomtest.DefaultAccountID {
		s.t.Errorf("event %s is not complete", body)
	}
	w.WriteHeader(http.StatusNoContent)
	s.mu.Lock()
	s.got = append(s.got, event.Event+" "+event.Payload.Object.Email)
	s.mu.Unlock()
	s.seen <- struct{}{}
}

func (s *subscriber) wait(n int) []string {
	s.t.Helper()
	for range n {
		select {
		case <-s.seen:
		case <-time.After(10 * time.Second):
			s.t.Fatal("no event came")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := subscribe(t, "s3cret")
	r := unlimited(t, zoomtest.Options{WebhookURL: s.URL, WebhookSecret: "s3cret"})
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "ann@example.com", "type": 2})), 201, 0)
	r.want(r.do("PATCH", "/users/ann@example.com", obj{"dept": "nobody hears of this"}), 204, 0)
	if err := r.acct.Activate("ann@example.com"); err != nil {
		t.Fatal(err)
	}
	r.want(r.do("PATCH", "/users/ann@example.com", obj{"dept": "Sales"}), 204, 0)
	r.want(r.do("PUT", "/users/ann@example.com/status", obj{"action": "deactivate"}), 200, 0)
	r.want(r.do("PUT", "/users/ann@example.com/status", obj{"action": "activate"}), 200, 0)
	r.want(r.do("DELETE", "/users/ann@example.com", nil), 204, 0)
	want := []string{
		"user.created ann@example.com", "user.invitation_accepted ann@example.com", "user.activated ann@example.com",
		"user.updated ann@example.com", "user.deactivated ann@example.com", "user.activated ann@example.com",
		"user.disassociated ann@example.com",
	}
	if diff := cmp.Diff(want, s.wait(len(want))); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Nothing is told to an address that cannot prove itself.
func TestWebhookValidation(t *testing.T) {
	t.Parallel()
	wrong, right := subscribe(t, "guess"), subscribe(t, "s3cret")
	r := unlimited(t, zoomtest.Options{})
	r.invite("ann@example.com")
	r.invite("bob@example.com")
	post := func(address string) int {
		return r.sandbox("POST", "/sandbox/webhook", "application/json", `{"url":"`+address+`","secret":"s3cret"}`).Status
	}
	if err := r.acct.ValidateWebhook(t.Context()); err == nil {
		t.Error("no address was validated")
	}
	if got := post(wrong.URL); got != http.StatusBadGateway {
		t.Errorf("wrong proof: answer %d", got)
	}
	if err := r.acct.Activate("ann@example.com"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return r.dropped() == 2 }) // Both events of the acceptance.
	if got := post(right.URL); got != http.StatusNoContent {
		t.Errorf("right proof: answer %d", got)
	}
	if err := r.acct.Activate("bob@example.com"); err != nil {
		t.Fatal(err)
	}
	want := []string{"user.invitation_accepted bob@example.com", "user.activated bob@example.com"}
	if diff := cmp.Diff(want, right.wait(2)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if len(wrong.got) > 0 {
		t.Errorf("an address without proof heard of %v", wrong.got)
	}
}

// dropped counts the events that were not posted.
func (r *rig) dropped() int {
	r.t.Helper()
	var body struct{ Deliveries []zoomtest.Delivery }
	r.sandbox("GET", "/sandbox/webhooks", "application/json", "").into(r.t, &body)
	n := 0
	for _, d := range body.Deliveries {
		if d.Email != "" && d.Status == 0 {
			n++
		}
	}
	return n
}
