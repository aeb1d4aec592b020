package zoomredis_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// inviting is a Zoom that accepts every invitation in 50 ms and counts them.
type inviting struct{ seen atomic.Int64 }

// RoundTrip implements [http.RoundTripper].
func (z *inviting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	text := `{"access_token":"t","expires_in":3599}`
	if !strings.HasSuffix(r.URL.Path, "/token") {
		z.seen.Add(1)
		text = `{"id":"u"}`
		select {
		case <-time.After(50 * time.Millisecond):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)),
	}, nil
}

// TestHaltedInvitationsAreNotCounted: two clients carry out 30 invitations
// each, and are halted, or stopped at once, again and again. What counts
// against the day after each halt is what Zoom has seen.
func TestHaltedInvitationsAreNotCounted(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]bool{"memory": false, "redis": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			synctest.Test(t, func(t *testing.T) {
				zoom := &inviting{}
				clients := invitingClients(t, server, shared, zoom)
				const rows = 30
				var left [2]atomic.Int64
				for i := range left {
					left[i].Store(rows)
				}
				for round := 0; left[0].Load()+left[1].Load() > 0; round++ {
					if round > 4*rows {
						t.Fatal("the jobs do not come to an end")
					}
					var all sync.WaitGroup
					for i, c := range clients {
						// Alternately: nothing is sent any more, or the calls end as well.
						halt := haltAfter(t, time.Duration(100+70*i+35*(round%3))*time.Millisecond, round%2 == 1)
						for range left[i].Load() {
							all.Go(func() {
								_, err := c.CreateUser(halt, zoomapi.ActionCreate, zoomapi.NewUser{Email: "a@example.com", Type: zoomapi.TypeBasic})
								switch {
								case err == nil, errors.Is(err, zoomapi.ErrUnknownOutcome):
									left[i].Add(-1)
								case !errors.Is(err, errHalted) && !errors.Is(err, context.Canceled):
									t.Errorf("round %d: %v", round, err)
								}
							})
						}
					}
					all.Wait()
					time.Sleep(2 * time.Second)
					for i, c := range clients {
						budget, err := c.Budget(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						if got, want := budget[len(budget)-1].Used, int(zoom.seen.Load()); got != want {
							t.Fatalf("round %d, client %d: %d invitations counted, Zoom has seen %d", round, i, got, want)
						}
					}
				}
				if got := zoom.seen.Load(); got != 2*rows {
					t.Errorf("Zoom has seen %d invitations, want %d", got, 2*rows)
				}
			})
		})
	}
}

var errHalted = errors.New("the job is halted")

// haltAfter is a context whose calls are not sent any more after a time, or
// end then.
func haltAfter(t *testing.T, d time.Duration, end bool) context.Context {
	t.Helper()
	var halted atomic.Bool
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(d, func() {
		if halted.Store(true); end {
			cancel()
		}
	})
	t.Cleanup(cancel)
	return zoomapi.WithCheck(ctx, func() error {
		if halted.Load() {
			return errHalted
		}
		return nil
	})
}

// invitingClients are two of one account, which share a pacer in memory or a
// meter in Redis that is up to 8 ms away.
func invitingClients(t *testing.T, server *miniredis.Miniredis, shared bool, zoom http.RoundTripper) []*zoomapi.Client {
	t.Helper()
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(3, 4))
	connect, _ := bubbled(t, server, func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(random.Int64N(int64(4 * time.Millisecond)))
	})
	pacer := newPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanPro})
	clients := make([]*zoomapi.Client, 2)
	for i := range clients {
		o := zoomapi.Options{
			BaseURL: "https://zoom.example.com/v2", TokenURL: "https://zoom.example.com/oauth/token", Plan: zoomapi.PlanPro,
			HTTPClient: &http.Client{Transport: zoom}, AccountID: "acc", ClientID: fmt.Sprintf("cid%d", i),
			ClientSecret: zoomapi.NewSecret("secret"), Pacer: pacer,
		}
		if shared {
			o.Pacer, o.Meter = nil, newMeter(t, connect(), "p")
		}
		var err error
		if clients[i], err = zoomapi.New(o); err != nil {
			t.Fatal(err)
		}
	}
	return clients
}

// TestFarInvitations: counting invitations does not hold up the calls of their
// class where the server is far away.
func TestFarInvitations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		plan  zoomapi.Plan
		far   time.Duration // One way.
		least int           // Invitations a second.
	}{
		{zoomapi.PlanBusiness, 10 * time.Millisecond, 70},
		{zoomapi.PlanBusiness, 25 * time.Millisecond, 65},
		{zoomapi.PlanPro, 50 * time.Millisecond, 23},
	} {
		t.Run(fmt.Sprintf("%s %v", tt.plan, tt.far), func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			synctest.Test(t, func(t *testing.T) {
				zoom := &inviting{}
				connect, _ := bubbled(t, server, func() time.Duration { return tt.far })
				client, err := zoomapi.New(zoomapi.Options{
					BaseURL: "https://zoom.example.com/v2", TokenURL: "https://zoom.example.com/oauth/token", Plan: tt.plan,
					HTTPClient: &http.Client{Transport: zoom}, AccountID: "acc", ClientID: "cid",
					ClientSecret: zoomapi.NewSecret("secret"), Meter: newMeter(t, connect(), "p"),
				})
				if err != nil {
					t.Fatal(err)
				}
				const length = 10
				ctx, cancel := context.WithTimeout(t.Context(), length*time.Second)
				defer cancel()
				var all sync.WaitGroup
				for range 60 {
					all.Go(func() {
						for ctx.Err() == nil {
							_, _ = client.CreateUser(ctx, zoomapi.ActionCreate, zoomapi.NewUser{Email: "a@example.com", Type: zoomapi.TypeBasic})
						}
					})
				}
				all.Wait()
				if got := int(zoom.seen.Load()) / length; got < tt.least {
					t.Errorf("%d invitations a second, want %d", got, tt.least)
				}
				time.Sleep(10 * time.Second) // What was claimed ahead goes back.
				allowances, err := client.Budget(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range allowances {
					if a.Class == zoomapi.Invitations && a.Used != int(zoom.seen.Load()) {
						t.Errorf("%d counted, Zoom has seen %d", a.Used, zoom.seen.Load())
					}
				}
			})
		})
	}
}
