package zoomtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func TestToken(t *testing.T) {
	t.Parallel()
	good := url.Values{"grant_type": {"account_credentials"}, "account_id": {zoomtest.DefaultAccountID}}
	tests := []struct {
		name        string
		form, query url.Values
		secret      string
		status      int
		kind        string
	}{
		{"form", good, nil, zoomtest.DefaultClientSecret, 200, ""},
		{"query", nil, good, zoomtest.DefaultClientSecret, 200, ""},
		{"wrong secret", good, nil, "nope", 400, "invalid_client"},
		{"grant", url.Values{"grant_type": {"client_credentials"}, "account_id": {zoomtest.DefaultAccountID}}, nil, zoomtest.DefaultClientSecret, 400, "unsupported_grant_type"},
		{"no grant", url.Values{"account_id": {zoomtest.DefaultAccountID}}, nil, zoomtest.DefaultClientSecret, 400, "invalid_request"},
		{"wrong account", url.Values{"grant_type": {"account_credentials"}, "account_id": {"other"}}, nil, zoomtest.DefaultClientSecret, 400, "invalid_request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, zoomtest.Options{})
			// The schema allows account_credentials only; refusals are about others.
			r.offSpec = tt.status != http.StatusOK
			ans := r.askToken(tt.form, tt.query, tt.secret)
			var body struct {
				AccessToken string `json:"access_token"`
				TokenType   string `json:"token_type"`
				ExpiresIn   int    `json:"expires_in"`
				Scope       string `json:"scope"`
				APIURL      string `json:"api_url"`
				Error       string `json:"error"`
			}
			ans.into(t, &body)
			if ans.Status != tt.status || body.Error != tt.kind {
				t.Fatalf("answer = %d %q, want %d %q", ans.Status, body.Error, tt.status, tt.kind)
			}
			if tt.status != http.StatusOK {
				return
			}
			if body.AccessToken == "" || body.TokenType != "bearer" || body.ExpiresIn != 3599 || body.APIURL != r.base {
				t.Errorf("token answer = %+v", body)
			}
			if !strings.Contains(" "+body.Scope+" ", " user:write:user:admin ") || !strings.Contains(" "+body.Scope+" ", " group:write:admin ") {
				t.Errorf("scope = %q, want granular and classic scopes", body.Scope)
			}
		})
	}
}

func TestTokenEnds(t *testing.T) {
	t.Parallel()
	t.Run("expires", func(t *testing.T) {
		t.Parallel()
		clk := newClock()
		r := start(t, zoomtest.Options{Now: clk.Now, TokenLifetime: time.Minute})
		clk.Advance(59 * time.Second)
		r.want(r.do("GET", "/users", nil), 200, 0)
		clk.Advance(time.Second)
		r.want(r.do("GET", "/users", nil), 401, 124)
		r.login()
		r.want(r.do("GET", "/users", nil), 200, 0)
	})
	t.Run("several are valid", func(t *testing.T) {
		t.Parallel()
		r := start(t, zoomtest.Options{})
		first := r.token
		r.login()
		r.token = first
		r.want(r.do("GET", "/users", nil), 200, 0)
	})
	t.Run("a new one kills the old", func(t *testing.T) {
		t.Parallel()
		r := start(t, zoomtest.Options{SingleToken: true})
		first := r.token
		r.login()
		second := r.token
		r.token = first
		r.want(r.do("GET", "/users", nil), 401, 124)
		r.token = second
		r.want(r.do("GET", "/users", nil), 200, 0)
	})
	t.Run("revoked", func(t *testing.T) {
		t.Parallel()
		r := start(t, zoomtest.Options{})
		r.acct.RevokeTokens()
		r.want(r.do("GET", "/users", nil), 401, 124)
	})
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		r := start(t, zoomtest.Options{})
		r.token = ""
		r.want(r.do("GET", "/users", nil), 401, 124)
	})
}

func TestScopes(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{Scopes: []string{"user:read:admin"}})
	r.want(r.do("GET", "/users", nil), 200, 0)
	body := obj{"name": "New"}
	ans := r.do("POST", "/groups", body)
	r.want(ans, 400, 4711)
	if want := "does not contain scopes:[group:write:group:admin, group:write:admin]."; !strings.Contains(ans.message(), want) {
		t.Errorf("message = %q, want %q in it", ans.message(), want)
	}
	// Scopes are fixed in a token: a change needs a new one.
	r.acct.SetScopes("group:write:group:admin")
	r.want(r.do("POST", "/groups", body), 400, 4711)
	r.login()
	r.want(r.do("POST", "/groups", body), 201, 0)
	r.want(r.do("GET", "/users", nil), 400, 4711)
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{})
	for _, call := range []string{"GET /meetings", "PUT /users", "GET /users/a/b/c", "GET /users/"} {
		method, path, _ := strings.Cut(call, " ")
		ans := r.do(method, path, nil)
		if path == "/users/" {
			r.want(ans, 200, 0) // a slash at the end is forgiven
			continue
		}
		r.want(ans, 400, 2300)
		if ans.Header.Get("X-Zm-Trackingid") == "" {
			t.Errorf("%s: no tracking id", call)
		}
	}
}

func TestPathsWithoutPrefix(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{})
	r.add("ann@example.com", zoomtest.Basic)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.base+"/users/ann%40example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "bearer "+r.token)
	ans, err := r.send(req, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.want(ans, 200, 0)
}
