package zoomapi_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// TestFlowsTakeTurns: 20 calls of a small job do not stand behind 10,000 of a
// large one.
func TestFlowsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanBusiness, 1)
		const large, small = 10_000, 20
		var mu sync.Mutex
		turns, last := 0, 0
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		wait := func(flow string, done func()) {
			all.Go(func() {
				err := p.Wait(zoomapi.WithFlow(ctx, flow), zoomapi.Light)
				if errors.Is(err, context.Canceled) {
					return
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				turns++
				done()
			})
		}
		for range large {
			wait("large", func() {})
		}
		synctest.Wait()
		mu.Lock()
		before := turns
		mu.Unlock()
		left := small
		finished := make(chan struct{})
		for range small {
			wait("small", func() {
				if left--; left == 0 {
					last = turns
					close(finished)
				}
			})
		}
		<-finished
		cancel()
		all.Wait()
		t.Logf("%d calls took %d turns beside %d others", small, last-before, large)
		if got, most := last-before, 2*small+1; got > most {
			t.Errorf("%d calls took %d turns, want %d at most", small, got, most)
		}
	})
}

// TestManyFlows: each of many flows gets the same.
func TestManyFlows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanBusiness, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var mu sync.Mutex
		passed := make(map[string]int)
		var all sync.WaitGroup
		for flow, callers := range map[string]int{"a": 64, "b": 16, "c": 2} {
			for range callers {
				all.Go(func() {
					for p.Wait(zoomapi.WithFlow(ctx, flow), zoomapi.Light) == nil {
						mu.Lock()
						passed[flow]++
						mu.Unlock()
					}
				})
			}
		}
		all.Wait()
		for flow, n := range passed {
			if n < 1500 || n > 1600 {
				t.Errorf("flow %s: %d calls of %v, want a third", flow, n, passed)
			}
		}
	})
}

// TestWhoWaitsTakesNoSlot: calls of a class that stands still do not keep
// another class from leaving, and a flow whose calls take long does not keep
// another from taking its turn.
func TestWhoWaitsTakesNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanBusiness, 1)
		client := newClient(t, zoomapi.Options{
			Pacer: p, Concurrency: 4,
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return answer(200, `{"id":"u","total_records":0,"groups":[]}`), nil
			})},
		})
		start := time.Now()
		p.Penalize(zoomapi.Light, start.Add(time.Hour))
		ctx, cancel := context.WithCancel(zoomapi.WithFlow(t.Context(), "large"))
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if _, err := client.User(ctx, "u"+strconv.Itoa(i)); !errors.Is(err, context.Canceled) {
					t.Errorf("large flow: %v", err)
				}
			})
		}
		synctest.Wait()
		for _, err := range client.Groups(zoomapi.WithFlow(t.Context(), "small")) {
			if err != nil {
				t.Error(err)
			}
		}
		if ms := since(start); ms > 1500 {
			t.Errorf("another class waited %d ms", ms)
		}
		cancel()
		all.Wait()
	})
}

// TestSlowZoomIsFair: where slots and not rates are short, flows take turns
// at the slots.
func TestSlowZoomIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, zoomapi.Options{
			Concurrency: 4,
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return answer(200, `{"id":"u"}`), nil
			})},
		})
		ctx, cancel := context.WithCancel(zoomapi.WithFlow(t.Context(), "large"))
		var all, few sync.WaitGroup
		for range 1000 {
			all.Go(func() { _, _ = client.User(ctx, "u") })
		}
		synctest.Wait()
		start := time.Now()
		for range 8 {
			few.Go(func() {
				if _, err := client.User(zoomapi.WithFlow(t.Context(), "small"), "u"); err != nil {
					t.Error(err)
				}
			})
		}
		few.Wait()
		if ms := since(start); ms > 6000 {
			t.Errorf("8 calls took %d ms beside 1,000 others, want about 5 s at 4 slots of a second", ms)
		}
		cancel()
		all.Wait()
	})
}

// TestGivingUpInTheQueue: callers that leave while they wait take nothing
// along, wherever they are.
func TestGivingUpInTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanFree, 1)
		start := time.Now()
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Millisecond)
				defer cancel()
				_ = p.Wait(zoomapi.WithFlow(ctx, strconv.Itoa(i%7)), zoomapi.Heavy)
			})
		}
		all.Wait()
		if err := p.Wait(t.Context(), zoomapi.Heavy); err != nil {
			t.Fatal(err)
		}
		if ms := since(start); ms > 4200 {
			t.Errorf("a call after all others left at %d ms, want its place at about 4 s at most", ms)
		}
	})
}
