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

// tally is a meter without rates that is half a second away and counts the
// invitations of a day.
type tally struct {
	mu      sync.Mutex
	used    int
	prepaid int // Asked for in all.
	cut     bool
}

// counts returns how many invitations are counted, and how many were prepaid.
func (m *tally) counts() (used, prepaid int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used, m.prepaid
}

func (m *tally) disconnect(cut bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = cut
}

func (m *tally) Reserve(_ context.Context, line zoomapi.Line, n, prepaid int) (zoomapi.Places, error) {
	p := zoomapi.Places{N: n, First: time.Now(), Standing: zoomapi.Standing{Speed: 1}}
	if line.Class != zoomapi.Invitations {
		return p, nil
	}
	time.Sleep(500 * time.Millisecond)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used += n - prepaid
	m.prepaid += prepaid
	p.First = time.Now()
	return p, nil
}

func (m *tally) Refund(context.Context, zoomapi.Line) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut {
		return errCut
	}
	m.used--
	return nil
}

func (*tally) Penalize(context.Context, zoomapi.Class, time.Time) error { return nil }

func (*tally) Correct(context.Context, zoomapi.Line, zoomapi.DailyWord) error { return nil }

func (*tally) Reopen(context.Context, zoomapi.Line) error { return nil }

// tallied is a client whose invitations are counted by the meter, and how many
// requests it has sent.
func tallied(t *testing.T, m zoomapi.Meter) (c *zoomapi.Client, sent *int) {
	t.Helper()
	sent = new(int)
	return newClient(t, zoomapi.Options{
		Meter: m,
		HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			*sent++
			return answer(201, `{"id":"u"}`), nil
		})},
	}), sent
}

// TestPlaceOfWhoLeft: the place of a caller that left while it was counted is
// the next one's, or goes back when there is none within a second.
func TestPlaceOfWhoLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &tally{}
		client, sent := tallied(t, m)
		leave := func() {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := invite(ctx, client); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want the end of the context", err)
			}
		}
		leave()
		if err := invite(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if used, _ := m.counts(); used != 1 || *sent != 1 {
			t.Errorf("%d counted and %d sent, want the next caller to use the place", used, *sent)
		}
		leave()
		time.Sleep(700 * time.Millisecond)
		if used, _ := m.counts(); used != 2 {
			t.Errorf("%d counted at first, want 2", used)
		}
		time.Sleep(2 * time.Second)
		if used, _ := m.counts(); used != 1 || *sent != 1 {
			t.Errorf("%d counted and %d sent, want the place to be given back", used, *sent)
		}
	})
}

// TestPlaceThatMayHaveGoneBack: a place whose giving back has no answer is not
// given back again, since the count may be too high and never too low.
func TestPlaceThatMayHaveGoneBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &tally{}
		client, sent := tallied(t, m)
		halt := func() {
			asked := 0
			halted := errors.New("halted")
			ctx := zoomapi.WithCheck(t.Context(), func() error {
				if asked++; asked == 1 {
					return nil // Its turn has come; then it is counted.
				}
				return halted
			})
			m.disconnect(true)
			if err := invite(ctx, client); !errors.Is(err, halted) {
				t.Errorf("error %v, want that of the check", err)
			}
			m.disconnect(false)
		}
		halt()
		if err := invite(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if used, prepaid := m.counts(); used != 2 || prepaid != 0 || *sent != 1 {
			t.Errorf("%d counted, %d prepaid, %d sent, want 2, 0 and 1", used, prepaid, *sent)
		}
	})
}

// TestWhoWaitsIsNotCounted: invitations that wait for their turn are no
// invitations yet.
func TestWhoWaitsIsNotCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanPro, 1)
		client := newClient(t, zoomapi.Options{
			Plan: zoomapi.PlanPro, Pacer: p,
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return answer(201, `{"id":"u"}`), nil
			})},
		})
		p.Penalize(zoomapi.Light, time.Now().Add(time.Minute))
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				if err := invite(ctx, client); !errors.Is(err, context.Canceled) {
					t.Errorf("error %v, want the end of the context", err)
				}
			})
		}
		synctest.Wait()
		if used := allowance(t, client, zoomapi.Invitations).Used; used > 1 {
			t.Errorf("%d counted while 40 wait, want only the one whose turn it is", used)
		}
		cancel()
		all.Wait()
		if used := allowance(t, client, zoomapi.Invitations).Used; used != 0 {
			t.Errorf("%d counted, and nothing was sent", used)
		}
	})
}
