package zoomapi_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// flaky is a Zoom whose token endpoint is down until it is mended; it counts how often it is asked.
type flaky struct {
	asked  atomic.Int32
	mended atomic.Bool
}

// RoundTrip implements [http.RoundTripper].
func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/oauth/token" {
		return answer(http.StatusOK, `{"id":"u"}`), nil
	}
	f.asked.Add(1)
	if f.mended.Load() {
		return answer(http.StatusOK, `{"access_token":"`+testToken+`","expires_in":3599}`), nil
	}
	return answer(http.StatusServiceUnavailable, `{}`), nil
}

// TestTokenFlight: an attempt to get a token goes on for whoever still waits for it, and not when nobody does.
func TestTokenFlight(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]bool{"the last one leaves": false, "another one stays": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				zoom := &flaky{}
				client := newClient(t, zoomapi.Options{HTTPClient: &http.Client{Transport: zoom}})
				brief, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				stays := make(chan error, 1)
				if second {
					go func() {
						_, err := client.User(t.Context(), "u")
						stays <- err
					}()
				}
				if _, err := client.User(brief, "u"); err == nil {
					t.Error("there is a token")
				}
				before := zoom.asked.Load()
				zoom.mended.Store(true)
				time.Sleep(time.Minute)
				if !second {
					if n := zoom.asked.Load() - before; n != 0 {
						t.Errorf("asked %d times after everybody had left", n)
					}
					return
				}
				if err := <-stays; err != nil || zoom.asked.Load() != before+1 {
					t.Errorf("who stayed: %v, asked %d more times", err, zoom.asked.Load()-before)
				}
			})
		})
	}
}
