package zoomapi_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// shelf is a [zoomapi.TokenStore] of which a lock ends in virtual time.
type shelf struct {
	mu      sync.Mutex
	down    bool
	token   zoomapi.Token
	holder  int
	lockEnd time.Time
	locks   int
	trips   int
}

func (s *shelf) reach() error {
	s.trips++
	if s.down {
		return errCut
	}
	return nil
}

func (s *shelf) Load(context.Context) (zoomapi.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token, s.reach()
}

func (s *shelf) Lock(_ context.Context, ttl time.Duration) (func(context.Context), bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(); err != nil {
		return nil, false, err
	}
	if time.Now().Before(s.lockEnd) {
		return nil, false, nil
	}
	s.locks++
	mine := s.locks
	s.holder, s.lockEnd = mine, time.Now().Add(ttl)
	return func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.holder == mine {
			s.lockEnd = time.Time{}
		}
	}, true, nil
}

func (s *shelf) Save(_ context.Context, t zoomapi.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(); err != nil {
		return err
	}
	s.token = t
	return nil
}

func (s *shelf) Drop(_ context.Context, t zoomapi.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(); err != nil {
		return err
	}
	if s.token.Value.Equal(t.Value) {
		s.token = zoomapi.Token{}
	}
	return nil
}

func (s *shelf) cut(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// fleet is several clients with one store.
func fleet(t *testing.T, a *authority, s zoomapi.TokenStore, n int) []*zoomapi.Client {
	t.Helper()
	clients := make([]*zoomapi.Client, n)
	for i := range clients {
		clients[i] = newClient(t, zoomapi.Options{HTTPClient: &http.Client{Transport: a}, Pacer: nopPacer{}, Tokens: s})
	}
	return clients
}

// everybody calls with all clients at once, several times each.
func everybody(t *testing.T, clients []*zoomapi.Client) {
	t.Helper()
	var all sync.WaitGroup
	for _, c := range clients {
		for range 5 {
			all.Go(func() {
				if _, err := c.User(t.Context(), "u"); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
}

// TestFleetFetchesOneToken: at the start, when it is refused and when it gets
// old, ten processes ask Zoom once.
func TestFleetFetchesOneToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, s := &authority{lifetime: 3600, delay: 50 * time.Millisecond}, &shelf{}
		clients := fleet(t, a, s, 10)
		everybody(t, clients)
		if a.issued != 1 {
			t.Fatalf("%d tokens at the start, want 1", a.issued)
		}
		for revoked := range 5 {
			a.issued++ // Somebody else takes a token, which ends ours.
			everybody(t, clients)
			if want := 3 + 2*revoked; a.issued != want {
				t.Fatalf("%d tokens after %d ends, want %d", a.issued, revoked+1, want)
			}
		}
		issued := a.issued
		for range 60 {
			time.Sleep(time.Minute)
			everybody(t, clients)
		}
		if got := a.issued - issued; got != 1 {
			t.Errorf("%d tokens in the next hour, want 1", got)
		}
		everybody(t, fleet(t, a, s, 3))
		if got := a.issued - issued; got != 1 {
			t.Errorf("%d tokens with processes that came later, want 1", got)
		}
	})
}

// TestDeadFetcher: the right to fetch ends by itself, and a token that works
// is used meanwhile.
func TestDeadFetcher(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, s := &authority{lifetime: 3600}, &shelf{}
		if _, ok, err := s.Lock(t.Context(), 20*time.Second); !ok || err != nil {
			t.Fatal(ok, err)
		}
		start := time.Now()
		clients := fleet(t, a, s, 3)
		everybody(t, clients)
		if ms := since(start); ms < 20_000 || ms > 21_000 || a.issued != 1 {
			t.Errorf("took %d ms and %d tokens, want 20 s and 1", ms, a.issued)
		}
		time.Sleep(56 * time.Minute)
		if _, ok, err := s.Lock(t.Context(), 20*time.Second); !ok || err != nil {
			t.Fatal(ok, err)
		}
		start = time.Now()
		everybody(t, clients)
		if ms := since(start); ms > 1000 || a.issued != 1 || a.refused != 0 {
			t.Errorf("took %d ms and %d tokens with a token that works", ms, a.issued)
		}
	})
}

// TestLockThatNeverEnds: the wait has an end, and the error may pass.
func TestLockThatNeverEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, s := &authority{lifetime: 3600}, &shelf{lockEnd: time.Now().Add(time.Hour)}
		_, err := fleet(t, a, s, 1)[0].User(t.Context(), "u")
		if zoomapi.ClassOf(err) != zoomapi.Retry || !errors.Is(err, zoomapi.ErrUnreachable) || a.issued != 0 {
			t.Errorf("error %v, %d tokens", err, a.issued)
		}
		leakFree(t, err)
	})
}

// TestTokenStoreCutOff: without the store the token in memory is used while it
// lasts, and nobody fetches another.
func TestTokenStoreCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, s := &authority{lifetime: 3600}, &shelf{down: true}
		clients := fleet(t, a, s, 3)
		for _, c := range clients {
			if _, err := c.User(t.Context(), "u"); zoomapi.ClassOf(err) != zoomapi.Retry || !errors.Is(err, errCut) || !errors.Is(err, zoomapi.ErrUnreachable) {
				t.Errorf("without a token: %v", err)
			}
		}
		if a.issued != 0 {
			t.Fatalf("%d tokens without the store", a.issued)
		}
		s.cut(false)
		time.Sleep(3 * time.Second)
		everybody(t, clients)
		s.cut(true)
		time.Sleep(57 * time.Minute)
		trips := s.trips
		everybody(t, clients)
		everybody(t, clients)
		if a.issued != 1 || a.refused != 0 || s.trips-trips != len(clients) {
			t.Errorf("%d tokens, %d refused, store asked %d times", a.issued, a.refused, s.trips-trips)
		}
		time.Sleep(5 * time.Minute)
		for _, c := range clients {
			if _, err := c.User(t.Context(), "u"); zoomapi.ClassOf(err) != zoomapi.Retry {
				t.Errorf("token over: %v", err)
			}
		}
		s.cut(false)
		time.Sleep(3 * time.Second)
		everybody(t, clients)
		if a.issued != 2 {
			t.Errorf("%d tokens, want 2", a.issued)
		}
	})
}

// TestLateRefusal: an old token that is refused after a new one came costs
// nothing.
func TestLateRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		a := &authority{lifetime: 3600}
		slow := newClient(t, zoomapi.Options{Pacer: nopPacer{}, Tokens: s, HTTPClient: &http.Client{
			Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/v2/users/slow" {
					time.Sleep(5 * time.Second)
				}
				return a.RoundTrip(r)
			}),
		}})
		if _, err := slow.User(t.Context(), "u"); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { _, err := slow.User(t.Context(), "slow"); done <- err }()
		time.Sleep(time.Second)
		a.issued++
		if _, err := slow.User(t.Context(), "u"); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil || a.issued != 3 {
			t.Errorf("error %v, %d tokens, want 3", err, a.issued)
		}
	})
}

// TestCredentialsRefusedToFleet: that is told at once, not taken for an outage.
func TestCredentialsRefusedToFleet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &authority{token: func() (*http.Response, error) {
			return answer(400, `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`), nil
		}}
		for _, c := range fleet(t, a, &shelf{}, 2) {
			if _, err := c.User(t.Context(), "u"); !errors.Is(err, zoomapi.ErrAuth) || zoomapi.ClassOf(err) != zoomapi.Fatal {
				t.Errorf("error %v", err)
			}
		}
	})
}
