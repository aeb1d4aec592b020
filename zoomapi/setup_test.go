package zoomapi_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// basePath is in front of /v2, so that a test notices a client that builds
// absolute paths.
const basePath = "/eu/gateway"

// These must never appear in an error.
const (
	testSecret = "s3cr3t-of-the-app"
	testToken  = "tok-1-of-the-account"
	testEmail  = "ada.lovelace+x@example.com"
)

// setup starts a server that issues tokens and leaves all else under
// basePath/v2 to the returned mux.
func setup(t *testing.T) (*zoomapi.Client, *http.ServeMux) {
	t.Helper()
	mux := http.NewServeMux()
	root := http.NewServeMux()
	root.Handle(basePath+"/v2/", http.StripPrefix(basePath+"/v2", mux))
	root.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, `{"access_token":"`+testToken+`","token_type":"bearer","expires_in":3599}`)
	})
	root.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("request outside of the base path: %s %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusTeapot)
	})
	server := httptest.NewServer(root)
	t.Cleanup(server.Close)
	return newClient(t, zoomapi.Options{
		BaseURL: server.URL + basePath + "/v2", TokenURL: server.URL + "/oauth/token", HTTPClient: server.Client(),
	}), mux
}

func newClient(t *testing.T, o zoomapi.Options) *zoomapi.Client {
	t.Helper()
	o.AccountID, o.ClientID, o.ClientSecret = "acc", "cid", zoomapi.NewSecret(testSecret)
	if o.Plan == "" {
		o.Plan = zoomapi.PlanBusiness
	}
	o.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := zoomapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// roundTrip answers requests without a network, so that it can be used in a
// bubble of virtual time.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if strings.HasSuffix(r.URL.Path, "/oauth/token") {
		return answer(http.StatusOK, `{"access_token":"`+testToken+`","expires_in":3599}`), nil
	}
	return f(r)
}

func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// virtual returns a client on a transport without a network.
func virtual(t *testing.T, f roundTrip) *zoomapi.Client {
	t.Helper()
	return newClient(t, zoomapi.Options{HTTPClient: &http.Client{Transport: f}})
}

// compact takes the blanks out of a JSON text.
func compact(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("bad JSON %q: %v", text, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// since counts whole milliseconds, to compare virtual times.
func since(start time.Time) int64 { return time.Since(start).Milliseconds() }
