package zoomredis_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestThreeClientsOnRealConnections lets three clients with connections of
// their own call one server as fast as they may. The clock is the real one and the
// machine may be busy with other things, so how fast they are at least is for
// [TestThreeProcessesShareOneRate] to say.
func TestThreeClientsOnRealConnections(t *testing.T) {
	t.Parallel()
	for kind, server := range servers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			connect := server(t)
			var mu sync.Mutex
			var at []time.Time
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if strings.HasSuffix(r.URL.Path, "/token") {
					_, _ = w.Write([]byte(`{"access_token":"t","expires_in":3600}`))
					return
				}
				mu.Lock()
				at = append(at, time.Now())
				mu.Unlock()
				_, _ = w.Write([]byte(`{"id":"u"}`))
			}))
			defer server.Close()
			name := prefix(t)
			const length = 4 * time.Second
			var made [3]atomic.Int64
			ctx, cancel := context.WithTimeout(t.Context(), length)
			defer cancel()
			var all sync.WaitGroup
			for i := range made {
				rdb := connect()
				client, err := zoomapi.New(zoomapi.Options{
					BaseURL: server.URL + "/v2", TokenURL: server.URL + "/token", HTTPClient: server.Client(),
					AccountID: "acc", ClientID: "cid", ClientSecret: zoomapi.NewSecret("secret"), Plan: zoomapi.PlanBusiness,
					Tokens: newTokens(t, rdb, name, "secret"), Meter: newMeter(t, rdb, name),
				})
				if err != nil {
					t.Fatal(err)
				}
				for range 16 {
					all.Go(func() {
						for {
							if _, err := client.User(ctx, "u"); err != nil {
								if !errors.Is(err, context.DeadlineExceeded) {
									t.Error(err)
								}
								return
							}
							made[i].Add(1)
						}
					})
				}
			}
			all.Wait()
			mu.Lock()
			defer mu.Unlock()
			t.Logf("%d calls in %v, %d in the fullest second", len(at), length, fullest(at))
			if most := int(80 * length.Seconds()); len(at) > most {
				t.Errorf("%d calls in %v, want up to %d", len(at), length, most)
			}
			for i := range made {
				if made[i].Load() == 0 {
					t.Errorf("client %d made no call beside the others", i)
				}
			}
		})
	}
}

// TestRefusalReachesOtherClients: Zoom refuses one client for the day, or for
// the second, and another one does not ask.
func TestRefusalReachesOtherClients(t *testing.T) {
	t.Parallel()
	for kind, server := range servers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			connect := server(t)
			account := zoomtest.New(zoomtest.Options{Plan: zoomtest.PlanBusiness, Limits: zoomtest.Limits{CreatePerDay: 2}})
			clients := accountClients(t, account, connect, 2)
			invite := func(c *zoomapi.Client, email string) error {
				_, err := c.CreateUser(t.Context(), zoomapi.ActionCreate, zoomapi.NewUser{Email: email, Type: zoomapi.TypeBasic})
				return err
			}
			for i, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
				if err := invite(clients[0], email); (err != nil) != (i == 2) || (i == 2 && !errors.Is(err, zoomapi.ErrDailyLimit)) {
					t.Fatalf("invitation %d: %v", i, err)
				}
			}
			posts := func() int {
				n := 0
				for _, c := range account.Calls() {
					if c.Method == http.MethodPost && c.Path == "/users" {
						n++
					}
				}
				return n
			}
			asked := posts()
			e, ok := errors.AsType[*zoomapi.Error](invite(clients[1], "d@example.com"))
			if want := midnight(time.Now()); !ok || e.Limit != zoomapi.LimitDaily || !e.RetryAfter.Equal(want) || posts() != asked {
				t.Errorf("other client: %v, asked %d times more", e, posts()-asked)
			}
			budget, err := clients[1].Budget(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if a := budget[len(budget)-1]; a.Class != zoomapi.Invitations || a.Used != a.PerDay || !a.HeldUntil.Equal(midnight(time.Now())) {
				t.Errorf("allowance %+v", a)
			}
			if _, err := clients[1].Summary(t.Context()); err != nil {
				t.Errorf("another kind of call: %v", err)
			}
			if err := clients[1].Reopen(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := invite(clients[1], "d@example.com"); !errors.Is(err, zoomapi.ErrDailyLimit) || posts() != asked+1 {
				t.Errorf("after reopening: %v, asked %d times more, want 1", err, posts()-asked)
			}
		})
	}
}

// TestCountsOfAllClients: invitations and calls are counted together.
func TestCountsOfAllClients(t *testing.T) {
	t.Parallel()
	for kind, server := range servers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			connect := server(t)
			account := zoomtest.New(zoomtest.Options{Plan: zoomtest.PlanBusiness, NoLimits: true, BlockedDomains: []string{"example.org"}})
			clients := accountClients(t, account, connect, 3)
			var all sync.WaitGroup
			for i, c := range clients {
				all.Go(func() {
					for j := range 4 {
						email := string(rune('a'+i)) + string(rune('0'+j)) + "@example.com"
						if j == 3 {
							email = string(rune('a'+i)) + "@example.org" // Refused.
						}
						_, err := c.CreateUser(t.Context(), zoomapi.ActionCreate, zoomapi.NewUser{Email: email, Type: zoomapi.TypeBasic})
						if (err != nil) != (j == 3) {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			budget, err := clients[0].Budget(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			used := make(map[zoomapi.Class]int)
			for _, a := range budget {
				used[a.Class] = a.Used
			}
			// A process that was held up has counted a few places that it lost.
			if used[zoomapi.Invitations] != 9 || used[zoomapi.Light] < 12 || used[zoomapi.Light] > 36 || used[zoomapi.Heavy] != 0 {
				t.Errorf("used %v, want 9 invitations and 12 light calls", used)
			}
		})
	}
}
