package zoomapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// authority is a made-up Zoom that issues numbered tokens and accepts only
// the newest.
type authority struct {
	mu       sync.Mutex
	issued   int
	refused  int
	lifetime int
	delay    time.Duration
	accept   func(token string, issued int) bool // Default: the newest.
	token    func() (*http.Response, error)      // In the place of issuing, if set and non-nil.
}

func (a *authority) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if a.delay > 0 {
		time.Sleep(a.delay)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/oauth/token") {
		if a.token != nil {
			if resp, err := a.token(); resp != nil || err != nil {
				return resp, err
			}
		}
		a.issued++
		return answer(200, fmt.Sprintf(`{"access_token":"tok-%d","expires_in":%d}`, a.issued, a.lifetime)), nil
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	ok := token == fmt.Sprintf("tok-%d", a.issued)
	if a.accept != nil {
		ok = a.accept(token, a.issued)
	}
	if !ok {
		a.refused++
		return answer(401, `{"code":124,"message":"Invalid access token."}`), nil
	}
	return answer(200, `{"id":"u"}`), nil
}

func (a *authority) client(t *testing.T) *zoomapi.Client {
	t.Helper()
	return newClient(t, zoomapi.Options{HTTPClient: &http.Client{Transport: a}, Pacer: nopPacer{}})
}

func TestTokenRequest(t *testing.T) {
	t.Parallel()
	var got []string
	client := newClient(t, zoomapi.Options{
		TokenURL: "https://auth.example.com/prefix/token?x=1", Version: "1.2.3",
		HTTPClient: &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "auth.example.com" {
				return answer(200, `{"id":"u"}`), nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			form, err := url.ParseQuery(string(body))
			if err != nil {
				return nil, err
			}
			user, password, _ := r.BasicAuth()
			got = []string{
				r.Method, r.URL.String(), form.Encode(), user, password, r.Header.Get("Content-Type"),
				r.Header.Get("Accept"), r.Header.Get("User-Agent"),
			}
			return answer(200, `{"access_token":"t","token_type":"bearer","expires_in":"3599","api_url":"https://evil.example.org"}`), nil
		})},
	})
	if _, err := client.User(t.Context(), "u"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST", "https://auth.example.com/prefix/token?x=1", "account_id=acc&grant_type=account_credentials",
		"cid", testSecret, "application/x-www-form-urlencoded", "application/json", "zoomusers/1.2.3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("token request (-want +got):\n%s", diff)
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTokenIsFetchedOnce: however many ask, and however many are refused at
// once, one token is asked for.
func TestTokenIsFetchedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &authority{lifetime: 3600, delay: 50 * time.Millisecond}
		client := a.client(t)
		crowd := func() {
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					if _, err := client.User(t.Context(), "u"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		crowd()
		if a.issued != 1 {
			t.Errorf("%d tokens, want 1", a.issued)
		}
		// Somebody else takes a token, which ends ours.
		a.issued++
		crowd()
		if a.issued != 3 {
			t.Errorf("%d tokens, want 3", a.issued)
		}
	})
}

func TestTokenIsRenewedEarly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		lifetime     int
		fresh, stale time.Duration
	}{
		{3600, 53 * time.Minute, 56 * time.Minute},
		{60, 44 * time.Second, 46 * time.Second},
		{0, 53 * time.Minute, 56 * time.Minute}, // Not said: an hour.
	} {
		t.Run(strconv.Itoa(tt.lifetime), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &authority{lifetime: tt.lifetime}
				client := a.client(t)
				start := time.Now()
				for _, step := range []struct {
					at     time.Duration
					issued int
				}{{0, 1}, {tt.fresh, 1}, {tt.stale, 2}} {
					time.Sleep(time.Until(start.Add(step.at)))
					if _, err := client.User(t.Context(), "u"); err != nil {
						t.Fatal(err)
					}
					if a.issued != step.issued {
						t.Errorf("%d tokens after %v, want %d", a.issued, step.at, step.issued)
					}
				}
				if a.refused != 0 {
					t.Errorf("%d refused requests", a.refused)
				}
			})
		})
	}
}

// TestOldTokenIsUsedWhileRenewalFails: an outage of the token endpoint is no
// reason to stop while the token works.
func TestOldTokenIsUsedWhileRenewalFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &authority{lifetime: 3600}
		client := a.client(t)
		if _, err := client.User(t.Context(), "u"); err != nil {
			t.Fatal(err)
		}
		a.token = func() (*http.Response, error) { return answer(503, ``), nil }
		time.Sleep(56 * time.Minute)
		if _, err := client.User(t.Context(), "u"); err != nil {
			t.Errorf("token still works: %v", err)
		}
		time.Sleep(5 * time.Minute)
		if _, err := client.User(t.Context(), "u"); zoomapi.ClassOf(err) != zoomapi.Retry {
			t.Errorf("token over: error %v", err)
		}
		a.token = nil
		time.Sleep(3 * time.Second)
		if _, err := client.User(t.Context(), "u"); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	})
}

// TestTokenOutageIsAskedAboutOnce: all who wait for a token learn of one
// attempt's failure, whatever class they are of and whoever's turn it was, and
// so do those who come right after it.
func TestTokenOutageIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		token func(*authority) (*http.Response, error)
		most  time.Duration
	}{
		{"errors", func(*authority) (*http.Response, error) { return answer(500, `{}`), nil }, 16 * time.Second},
		{"no answers", func(a *authority) (*http.Response, error) {
			a.mu.Unlock()
			defer a.mu.Lock()
			time.Sleep(10 * time.Second)
			return nil, errors.New("no answer")
		}, 45 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, asked := &authority{lifetime: 3600}, 0
				a.token = func() (*http.Response, error) { asked++; return tt.token(a) }
				client := newClient(t, zoomapi.Options{HTTPClient: &http.Client{Transport: a}})
				start := time.Now()
				var all sync.WaitGroup
				for i := range 20 {
					all.Go(func() {
						var err error
						if i%2 == 0 {
							_, err = client.User(t.Context(), "u")
						} else {
							_, err = client.PlanUsage(t.Context())
						}
						if zoomapi.ClassOf(err) != zoomapi.Retry {
							t.Errorf("error %v", err)
						}
					})
				}
				all.Wait()
				if took := time.Since(start); took > tt.most || asked > 6 {
					t.Errorf("failed after %v and %d requests, want up to %v and 6", took, asked, tt.most)
				}
				before, start := asked, time.Now()
				if _, err := client.User(t.Context(), "u"); zoomapi.ClassOf(err) != zoomapi.Retry || asked != before || since(start) > 0 {
					t.Errorf("who comes next: %v after %d ms and %d requests, want the same error at once", err, since(start), asked-before)
				}
				time.Sleep(3 * time.Second)
				a.token = nil
				if _, err := client.User(t.Context(), "u"); err != nil {
					t.Errorf("after the outage: %v", err)
				}
			})
		})
	}
}

// TestOldTokenIsUsedWhileRenewalHangs: a class does not stand still for a new
// token while the old one works.
func TestOldTokenIsUsedWhileRenewalHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &authority{lifetime: 3600}
		client := newClient(t, zoomapi.Options{HTTPClient: &http.Client{Transport: a}})
		if _, err := client.User(t.Context(), "u"); err != nil {
			t.Fatal(err)
		}
		asked := 0
		a.token = func() (*http.Response, error) {
			asked++
			a.mu.Unlock()
			defer a.mu.Lock()
			time.Sleep(20 * time.Second)
			return nil, nil //nolint:nilnil // A token is issued, late.
		}
		time.Sleep(56 * time.Minute)
		start := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := client.User(t.Context(), "u"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		a.mu.Lock()
		if ms := since(start); ms > 2000 || asked != 1 || a.issued != 1 {
			t.Errorf("took %d ms with %d requests for a token, want about a second and one", ms, asked)
		}
		a.mu.Unlock()
		time.Sleep(25 * time.Second)
		_, err := client.User(t.Context(), "u")
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil || a.issued != 2 || a.refused != 0 {
			t.Errorf("later: %v, %d tokens, %d refused", err, a.issued, a.refused)
		}
	})
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		write bool
	}{{"read", false}, {"write", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &authority{lifetime: 3600, accept: func(_ string, issued int) bool { return issued >= 2 }}
				client := a.client(t)
				call := func() error {
					if tt.write {
						return client.SetUserStatus(t.Context(), "u", true)
					}
					_, err := client.User(t.Context(), "u")
					return err
				}
				if err := call(); err != nil || a.refused != 1 || a.issued != 2 {
					t.Errorf("error %v, %d refused, %d tokens", err, a.refused, a.issued)
				}
				a.accept = func(string, int) bool { return false }
				a.refused = 0
				err := call()
				if !errors.Is(err, zoomapi.ErrAuth) || zoomapi.ClassOf(err) != zoomapi.Fatal || a.refused != 2 {
					t.Errorf("error %v, %d refused, want ErrAuth after 2", err, a.refused)
				}
			})
		})
	}
}

// TestMissingScopeDropsToken: scopes are fixed in a token, so the next call
// must ask for a new one.
func TestMissingScopeDropsToken(t *testing.T) {
	t.Parallel()
	a := &authority{lifetime: 3600}
	granted := false
	client := newClient(t, zoomapi.Options{Pacer: nopPacer{}, HTTPClient: &http.Client{
		Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			if !granted && !strings.HasSuffix(r.URL.Path, "/token") {
				return answer(400, `{"code":4711,"message":"Invalid access token, does not contain scopes:[a, b]."}`), nil
			}
			return a.RoundTrip(r)
		}),
	}})
	if _, err := client.User(t.Context(), "u"); !errors.Is(err, zoomapi.ErrScope) || a.issued != 1 {
		t.Errorf("error %v, %d tokens", err, a.issued)
	}
	granted = true
	if _, err := client.User(t.Context(), "u"); err != nil || a.issued != 2 {
		t.Errorf("error %v, %d tokens", err, a.issued)
	}
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		status  int
		body    string
		sends   int
		class   zoomapi.ErrorClass
		reason  string
		message string
	}{
		{"bad client", 400, `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`, 1, zoomapi.Fatal, "invalid_client", "Invalid client_id or client_secret"},
		{"secret echoed", 401, `{"reason":"bad ` + testSecret + `","error":"invalid_client"}`, 1, zoomapi.Fatal, "invalid_client", "bad [redacted]"},
		{"bad account", 400, `{"reason":"Bad Request","error":"invalid_request"}`, 1, zoomapi.Fatal, "invalid_request", "Bad Request"},
		{"app disabled", 400, `{"code":4717,"message":"The app has been disabled."}`, 1, zoomapi.Fatal, "no token", "The app has been disabled."},
		{"no token", 200, `{"token_type":"bearer"}`, 1, zoomapi.Fatal, "no token", ""},
		{"not found", 404, `<html>`, 1, zoomapi.Fatal, "no token", ""},
		{"server error", 500, `{}`, 6, zoomapi.Retry, "", ""},
		{"too many", 429, `{"code":429}`, 6, zoomapi.Retry, "", ""},
		{"not JSON", 200, testToken, 6, zoomapi.Retry, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sends := 0
				a := &authority{token: func() (*http.Response, error) { sends++; return answer(tt.status, tt.body), nil }}
				err := a.client(t).SetUserStatus(t.Context(), "u", true)
				if zoomapi.ClassOf(err) != tt.class || sends != tt.sends {
					t.Errorf("class %q after %d requests, want %q after %d: %v", zoomapi.ClassOf(err), sends, tt.class, tt.sends, err)
				}
				if got, want := errors.Is(err, zoomapi.ErrAuth), tt.class == zoomapi.Fatal; got != want {
					t.Errorf("is ErrAuth: %v, want %v", got, want)
				}
				if e, ok := errors.AsType[*zoomapi.Error](err); ok && tt.reason != "" && (e.Reason != tt.reason || e.Message != tt.message) {
					t.Errorf("reason %q, message %q", e.Reason, e.Message)
				}
				leakFree(t, err)
			})
		})
	}
}

// TestTokenOutlivesItsCaller: the first to ask leaves, the others still get
// the token that was asked for.
func TestTokenOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &authority{lifetime: 3600, delay: time.Second}
		client := a.client(t)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		first := make(chan error)
		go func() { _, err := client.User(ctx, "u"); first <- err }()
		synctest.Wait()
		second := make(chan error)
		go func() { _, err := client.User(t.Context(), "u"); second <- err }()
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("first: %v", err)
		}
		if err := <-second; err != nil || a.issued != 1 {
			t.Errorf("second: %v, %d tokens", err, a.issued)
		}
	})
}
