package zoomapi_test

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// TestCheckComesLast: what is asked right before a request is sent is asked after all waiting, and a no keeps it from being
// sent.
func TestCheckComesLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		client := virtual(t, func(*http.Request) (*http.Response, error) {
			sent.Add(1)
			return answer(200, `{"id":"u"}`), nil
		})
		gone := errors.New("somebody else is at work")
		var asked time.Time
		ctx := zoomapi.WithCheck(t.Context(), func() error {
			asked = time.Now()
			return gone
		})
		if err := client.SetUserStatus(ctx, "u", true); !errors.Is(err, gone) || errors.Is(err, zoomapi.ErrUnknownOutcome) {
			t.Errorf("error %v, want the one of the check and a known outcome", err)
		}
		if asked.IsZero() || sent.Load() != 0 {
			t.Errorf("asked at %v, %d requests were sent", asked, sent.Load())
		}
		ok := zoomapi.WithCheck(t.Context(), func() error { return nil })
		if err := client.SetUserStatus(ok, "u", true); err != nil || sent.Load() != 1 {
			t.Errorf("error %v, %d requests were sent", err, sent.Load())
		}
	})
}
