package zoomapi_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// nopPacer holds nothing back.
type nopPacer struct{}

func (nopPacer) Wait(ctx context.Context, _ zoomapi.Class) error { return ctx.Err() }
func (nopPacer) Penalize(zoomapi.Class, time.Time)               {}

// TestStatusVerdicts says for every status what becomes of a read and of a
// write: how often it is sent, and which class the error has.
func TestStatusVerdicts(t *testing.T) {
	t.Parallel()
	const once, twice, most = 1, 2, 6
	type verdict struct {
		sends int
		class zoomapi.ErrorClass
	}
	refusal := func(c zoomapi.ErrorClass) [2]verdict { return [2]verdict{{once, c}, {once, c}} }
	repeated := [2]verdict{{most, zoomapi.Retry}, {once, zoomapi.Unknown}}
	tests := map[int][2]verdict{}
	for _, s := range []int{300, 301, 302, 303, 304, 305, 307, 308, 402, 403, 405, 406, 407, 410, 415} {
		tests[s] = refusal(zoomapi.Fatal)
	}
	for _, s := range []int{400, 404, 409, 411, 412, 413, 414, 416, 417, 418, 421, 422, 423, 424, 426, 428, 431, 451} {
		tests[s] = refusal(zoomapi.RowError)
	}
	for _, s := range []int{408, 425, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 524, 530} {
		tests[s] = repeated
	}
	tests[401] = [2]verdict{{twice, zoomapi.Fatal}, {twice, zoomapi.Fatal}}
	tests[429] = [2]verdict{{most, zoomapi.Retry}, {most, zoomapi.Retry}}
	for _, s := range []int{200, 201, 202, 204} {
		tests[s] = [2]verdict{{once, ""}, {once, ""}}
	}
	for status, want := range tests {
		for i, write := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d_write=%v", status, write), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sends := 0
					client := virtual(t, func(*http.Request) (*http.Response, error) {
						sends++
						return answer(status, `{"message":"m"}`), nil
					})
					var err error
					if write {
						err = client.UpdateUser(t.Context(), testEmail, zoomapi.UserPatch{FirstName: new("A")})
					} else {
						_, err = client.User(t.Context(), testEmail)
					}
					if sends != want[i].sends || zoomapi.ClassOf(err) != want[i].class {
						t.Errorf("sent %d times, class %q; want %+v (%v)", sends, zoomapi.ClassOf(err), want[i], err)
					}
					leakFree(t, err)
				})
			})
		}
	}
}

// TestNetworkVerdicts says for every way in which an answer can go missing
// what becomes of a read and of a write.
func TestNetworkVerdicts(t *testing.T) {
	t.Parallel()
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	failing := func(err error) roundTrip {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	answering := func(status int, body io.Reader) roundTrip {
		return func(*http.Request) (*http.Response, error) {
			r := answer(status, "")
			r.Body = io.NopCloser(body)
			r.ContentLength = -1
			return r, nil
		}
	}
	hang := func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }
	const most = 6
	tests := []struct {
		name          string
		transport     func() roundTrip
		reads, writes int
		writeClass    zoomapi.ErrorClass
	}{
		{"time-out", func() roundTrip { return hang }, most, 1, zoomapi.Unknown},
		{"reset", func() roundTrip { return failing(reset) }, most, 1, zoomapi.Unknown},
		{"end of connection", func() roundTrip { return failing(io.EOF) }, most, 1, zoomapi.Unknown},
		{"refused connection", func() roundTrip { return failing(dial) }, most, most, zoomapi.Retry},
		{"no such host", func() roundTrip { return failing(&net.DNSError{Err: "no such host", Name: "api.example.com"}) }, most, most, zoomapi.Retry},
		{"bad certificate", func() roundTrip { return failing(&tls.CertificateVerificationError{Err: errors.New("unknown")}) }, 1, 1, zoomapi.Retry},
		{"body cut off", func() roundTrip {
			return answering(200, io.MultiReader(strings.NewReader(`{"id":`), errReader{io.ErrUnexpectedEOF}))
		}, most, 1, zoomapi.Unknown},
		{"JSON cut off", func() roundTrip {
			return func(*http.Request) (*http.Response, error) { return answer(200, `{"id":"a@example.com`), nil }
		}, most, 1, zoomapi.Unknown},
		{"web page", func() roundTrip {
			return func(*http.Request) (*http.Response, error) { return answer(200, `<html>Log in`), nil }
		}, most, 1, zoomapi.Unknown},
		{"endless body", func() roundTrip { return answering(200, endless{}) }, 1, 1, zoomapi.Unknown},
		{"5xx", func() roundTrip {
			return func(*http.Request) (*http.Response, error) { return answer(502, `oops`), nil }
		}, most, 1, zoomapi.Unknown},
		{"not found, cut off", func() roundTrip {
			return answering(404, io.MultiReader(strings.NewReader(`{"code":`), errReader{io.ErrUnexpectedEOF}))
		}, most, 1, zoomapi.Unknown},
		{"refusal cut off", func() roundTrip {
			return answering(400, io.MultiReader(strings.NewReader(`{"code":`), errReader{io.ErrUnexpectedEOF}))
		}, 1, 1, zoomapi.RowError},
	}
	for _, tt := range tests {
		for _, write := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s_write=%v", tt.name, write), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sends, f := 0, tt.transport()
					client := virtual(t, func(r *http.Request) (*http.Response, error) { sends++; return f(r) })
					if !write {
						_, err := client.User(t.Context(), testEmail)
						if want := tt.reads; err == nil || (sends != want) {
							t.Errorf("read %d times, want %d (%v)", sends, want, err)
						}
						leakFree(t, err)
						return
					}
					_, err := client.CreateUser(t.Context(), zoomapi.ActionCreate, zoomapi.NewUser{Email: testEmail, Type: 1})
					if sends != tt.writes || zoomapi.ClassOf(err) != tt.writeClass {
						t.Errorf("written %d times, class %q; want %d, %q (%v)", sends, zoomapi.ClassOf(err), tt.writes, tt.writeClass, err)
					}
					if e, ok := errors.AsType[*zoomapi.UnknownOutcomeError](err); ok && e.Op != "POST /users" {
						t.Errorf("op %q", e.Op)
					}
					leakFree(t, err)
				})
			})
		}
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestRealConnections checks over sockets what the transport reports of
// requests that were, or were not, sent, in both versions of HTTP.
func TestRealConnections(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", http2), func(t *testing.T) {
			t.Parallel()
			var writes atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/token") {
					writeJSON(w, http.StatusOK, `{"access_token":"`+testToken+`"}`)
					return
				}
				writes.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				panic(http.ErrAbortHandler)
			}))
			server.EnableHTTP2 = http2
			server.StartTLS()
			defer server.Close()
			client := newClient(t, zoomapi.Options{
				BaseURL: server.URL, TokenURL: server.URL + "/token", HTTPClient: server.Client(), Pacer: nopPacer{},
			})
			err := client.UpdateUser(t.Context(), testEmail, zoomapi.UserPatch{FirstName: new("A")})
			if !errors.Is(err, zoomapi.ErrUnknownOutcome) || writes.Load() != 1 {
				t.Errorf("sent %d times: %v", writes.Load(), err)
			}
			leakFree(t, err)
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, http.StatusOK, `{"access_token":"`+testToken+`"}`)
		}))
		defer server.Close()
		var lc net.ListenConfig
		l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		client := newClient(t, zoomapi.Options{
			BaseURL: "http://" + address, TokenURL: server.URL, MaxAttempts: 2, Pacer: nopPacer{},
		})
		err = client.SetUserStatus(t.Context(), "u", true)
		if errors.Is(err, zoomapi.ErrUnknownOutcome) || !errors.Is(err, zoomapi.ErrUnreachable) {
			t.Errorf("error %v, want ErrUnreachable and a known outcome", err)
		}
		leakFree(t, err)
	})
}

// TestCanceledWhileSending: the caller left, the write may have happened.
func TestCanceledWhileSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := virtual(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := client.SetUserStatus(ctx, "u", true)
		if !errors.Is(err, zoomapi.ErrUnknownOutcome) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("write: error %v", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = client.User(ctx, "u")
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, zoomapi.ErrUnreachable) {
			t.Errorf("read: error %v", err)
		}
	})
}

func TestPerSecondLimitIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []int64
		start := time.Now()
		client := virtual(t, func(*http.Request) (*http.Response, error) {
			at = append(at, since(start))
			if len(at) <= 2 {
				return answer(429, `{"code":429,"message":"maximum per-second rate limit"}`, "X-RateLimit-Type", "QPS"), nil
			}
			return answer(204, ``), nil
		})
		if err := client.SetUserStatus(t.Context(), "u", true); err != nil {
			t.Fatal(err)
		}
		if len(at) != 3 || at[1] < 1000 || at[1] > 1600 || at[2]-at[1] < 2000 || at[2]-at[1] > 2600 {
			t.Errorf("sent at %v ms, want about 0, 1000-1500, and 2000-2500 later", at)
		}
	})
}

func TestDailyLimitComesBackAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		reset := start.Add(5 * time.Hour).UTC().Truncate(time.Second)
		client := virtual(t, func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				return answer(429, `{"code":429,"message":"maximum daily rate limit"}`,
					"X-RateLimit-Type", "Daily-limit", "Retry-After", reset.Format(time.RFC3339)), nil
			}
			return answer(200, `{"id":"u"}`), nil
		})
		_, err := client.CreateUser(t.Context(), zoomapi.ActionCreate, zoomapi.NewUser{Email: testEmail, Type: 1})
		e, ok := errors.AsType[*zoomapi.Error](err)
		if !ok || !e.RetryAfter.Equal(reset) || e.Class() != zoomapi.Pause {
			t.Errorf("error %v", err)
		}
		// The cap was on creating: other calls of the class go on.
		if _, err := client.User(t.Context(), "u"); err != nil {
			t.Error(err)
		}
		if ms := since(start); ms > 100 {
			t.Errorf("took %d ms", ms)
		}
	})
}

// TestDailyLimitWithoutTime: without a header the day ends at 00:00 UTC; a
// time that has just passed is not taken for tomorrow.
func TestDailyLimitWithoutTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(7 * time.Hour)
		midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		for _, tt := range []struct {
			header []string
			want   time.Time
		}{
			{nil, midnight},
			{[]string{"Retry-After", "soon"}, midnight},
			{[]string{"Retry-After", time.Now().UTC().Add(-time.Second).Format(time.RFC3339)}, time.Now().Add(time.Minute)},
		} {
			e := refusalOf(t, 429, `{"message":"daily rate limit (100), resume at GMT 00:00:00"}`, tt.header...)
			if !e.RetryAfter.Equal(tt.want) {
				t.Errorf("header %v: %v, want %v", tt.header, e.RetryAfter, tt.want)
			}
		}
	})
}

func TestRetryAfterOfServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, sends := time.Now(), 0
		client := virtual(t, func(*http.Request) (*http.Response, error) {
			if sends++; sends == 1 {
				return answer(503, ``, "Retry-After", "30"), nil
			}
			return answer(200, `{"id":"u"}`), nil
		})
		if _, err := client.User(t.Context(), "u"); err != nil {
			t.Fatal(err)
		}
		if ms := since(start); ms < 30_000 || ms > 31_000 {
			t.Errorf("took %d ms, want 30 s", ms)
		}
	})
}

func TestConcurrencyIsCapped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		client := newClient(t, zoomapi.Options{
			Concurrency: 3, Pacer: nopPacer{},
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				now.Add(-1)
				return answer(200, `{"id":"u"}`), nil
			})},
		})
		start := time.Now()
		done := make(chan error)
		for range 9 {
			go func() { _, err := client.User(t.Context(), "u"); done <- err }()
		}
		for range 9 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if most.Load() != 3 || since(start) != 3000 {
			t.Errorf("%d at once, %d ms; want 3 at once, 3000 ms", most.Load(), since(start))
		}
	})
}

// TestFeaturesAreTenSecondsApart: Zoom asks for that, beyond the class.
func TestFeaturesAreTenSecondsApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := virtual(t, func(*http.Request) (*http.Response, error) { return answer(201, `{}`), nil })
		start := time.Now()
		for range 3 {
			if _, err := client.SetUserFeatures(t.Context(), zoomapi.FeatureChange{Type: "user_type", Value: "2", Users: []string{"u"}}); err != nil {
				t.Fatal(err)
			}
		}
		if ms := since(start); ms != 20_500 {
			t.Errorf("three calls took %d ms, want 20.5 s", ms)
		}
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	client, mux := setup(t)
	mux.HandleFunc("GET /users/u", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, basePath+"/v2/elsewhere", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { t.Error("redirect followed") })
	if _, err := client.User(t.Context(), "u"); zoomapi.ClassOf(err) != zoomapi.Fatal {
		t.Errorf("error %v", err)
	}
}
