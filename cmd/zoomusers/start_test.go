package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// TestCheckZoom: whoever starts the bot reads in its log at once whether Zoom lets it work.
func TestCheckZoom(t *testing.T) {
	t.Parallel()
	const secret, token = "a-client-secret", `{"access_token":"a-token","expires_in":3600}`
	for _, tt := range []struct {
		name                string
		tokenStatus, status int
		token, body         string
		level, want         string
	}{
		{"all is well", 200, 200, token, `{"users":[],"total_records":0}`, "INFO", "zoom answers"},
		{"wrong credentials", 400, 200, `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`, "", "ERROR", "check account id"},
		{"a missing scope", 200, 400, token, `{"code":4711,"message":"Invalid access token, does not contain scopes:[user:read:list_users:admin]."}`, "ERROR", "lacks a scope"},
		{"an outage", 200, 503, token, `{}`, "WARN", "does not answer usefully"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				status, body := tt.status, tt.body
				if strings.HasPrefix(r.URL.Path, "/oauth/") {
					status, body = tt.tokenStatus, tt.token
				}
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}))
			t.Cleanup(srv.Close)
			zoom, err := zoomapi.New(zoomapi.Options{
				BaseURL: srv.URL + "/v2", TokenURL: srv.URL + "/oauth/token", AccountID: "an-account", ClientID: "a-client",
				ClientSecret: zoomapi.NewSecret(secret), MaxAttempts: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			a := app{zoom: zoom, log: slog.New(slog.NewTextHandler(&out, nil))}
			a.checkZoom(t.Context())
			got := out.String()
			if !strings.Contains(got, "level="+tt.level) || !strings.Contains(got, tt.want) {
				t.Errorf("log %q, want %s with %q", got, tt.level, tt.want)
			}
			for _, hidden := range []string{secret, "a-token"} {
				if strings.Contains(got, hidden) {
					t.Errorf("the log has a secret: %q", got)
				}
			}
		})
	}
}
