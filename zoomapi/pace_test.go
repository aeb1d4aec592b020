package zoomapi_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// crowd lets workers pass the pacer until the time is over and returns when
// each call left.
func crowd(t *testing.T, p zoomapi.Pacer, class zoomapi.Class, workers int, length time.Duration) []time.Time {
	t.Helper()
	var mu sync.Mutex
	var passed []time.Time
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for p.Wait(ctx, class) == nil {
				mu.Lock()
				passed = append(passed, time.Now())
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return passed
}

// unbounded is a pacer of the plan's rates without its daily caps.
func unbounded(t *testing.T, plan zoomapi.Plan, share float64) zoomapi.Pacer {
	t.Helper()
	p, err := zoomapi.NewPacerWith(zoomapi.PacerOptions{Plan: plan, Share: share, PerDay: map[zoomapi.Class]int{
		zoomapi.Light: -1, zoomapi.Medium: -1, zoomapi.Heavy: -1, zoomapi.ResourceIntensive: -1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fullest is the largest number of calls in any window of one second.
func fullest(at []time.Time) int {
	most, from := 0, 0
	for to := range at {
		for at[to].Sub(at[from]) >= time.Second {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

func TestPacerUsesItsShare(t *testing.T) {
	t.Parallel()
	for _, plan := range []zoomapi.Plan{zoomapi.PlanFree, zoomapi.PlanPro, zoomapi.PlanBusiness} {
		for _, class := range []zoomapi.Class{zoomapi.Light, zoomapi.Medium, zoomapi.Heavy, zoomapi.ResourceIntensive} {
			for _, share := range []float64{1, 0.5} {
				t.Run(fmt.Sprintf("%s_%s_%v", plan, class, share), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						length := 2 * time.Minute
						if class == zoomapi.ResourceIntensive {
							length = 20 * time.Minute
						}
						granted := plan.PerSecond(class) * share
						at := crowd(t, unbounded(t, plan, share), class, 8, length)
						if got := float64(len(at)) / (granted * length.Seconds()); got < 0.95 || got > 1 {
							t.Errorf("used %.4f of the share", got)
						}
						if got, limit := fullest(at), max(1, int(granted)); got > limit {
							t.Errorf("%d calls within a second, granted %d", got, limit)
						}
					})
				})
			}
		}
	}
}

// TestPacerUnderJitter sends with an uneven network to a server that counts
// in windows of one second that begin whenever they like.
func TestPacerUnderJitter(t *testing.T) {
	t.Parallel()
	for _, offset := range []time.Duration{0, 250 * time.Millisecond, 990 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			const plan, class = zoomapi.PlanBusiness, zoomapi.Light
			random := rand.New(rand.NewPCG(1, uint64(offset)))
			at := crowd(t, zoomapi.NewPacer(plan, 1), class, 32, 2*time.Minute)
			for i := range at {
				at[i] = at[i].Add(90*time.Millisecond + rand10ms(random))
			}
			slices.SortFunc(at, time.Time.Compare)
			counts := make(map[int64]int)
			refused := 0
			for _, moment := range at {
				window := moment.Add(offset).Unix()
				if counts[window]++; counts[window] > int(plan.PerSecond(class)) {
					refused++
				}
			}
			if refused*1000 >= len(at) {
				t.Errorf("%d of %d calls refused", refused, len(at))
			}
		})
	}
}

// rand10ms is up to ten milliseconds.
func rand10ms(r *rand.Rand) time.Duration { return time.Duration(r.IntN(10_000)) * time.Microsecond }

// TestPacerAfterIdleness: time not used is not caught up with.
func TestPacerAfterIdleness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanBusiness, 1)
		time.Sleep(time.Hour)
		if got := fullest(crowd(t, p, zoomapi.Light, 200, 3*time.Second)); got > 80 {
			t.Errorf("%d calls within a second", got)
		}
	})
}

func TestPenaltyStopsAndSlows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanPro, 1)
		start := time.Now()
		time.AfterFunc(time.Second, func() {
			// One episode, told by several calls that were in flight.
			for range 5 {
				p.Penalize(zoomapi.Light, time.Now().Add(2*time.Second))
			}
		})
		at := crowd(t, p, zoomapi.Light, 4, 200*time.Second)
		count := func(from, to time.Duration) int {
			n := 0
			for _, moment := range at {
				if d := moment.Sub(start); d >= from && d < to {
					n++
				}
			}
			return n
		}
		if n := count(1001*time.Millisecond, 3*time.Second); n != 0 {
			t.Errorf("%d calls during the penalty", n)
		}
		if n := count(3*time.Second, 7*time.Second); n < 90 || n > 110 {
			t.Errorf("%d calls in the four seconds after it, want about 100 (85 %%)", n)
		}
		if n := count(100*time.Second, 200*time.Second); n < 2850 {
			t.Errorf("%d calls in 100 s after recovery, want 2850 or more", n)
		}
	})
}

// TestPenaltyReachesThoseWhoWait: also a caller that is already waiting.
func TestPenaltyReachesThoseWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanFree, 1)
		start := time.Now()
		done := make(chan int64)
		for range 2 {
			go func() {
				if err := p.Wait(t.Context(), zoomapi.Heavy); err != nil {
					t.Error(err)
				}
				done <- since(start)
			}()
		}
		if first := <-done; first != 0 {
			t.Errorf("first left after %d ms", first)
		}
		p.Penalize(zoomapi.Heavy, start.Add(10*time.Second))
		if second := <-done; second != 10_000 {
			t.Errorf("second left after %d ms, want 10 s", second)
		}
		if err := p.Wait(t.Context(), zoomapi.Light); err != nil || since(start) != 10_000 {
			t.Errorf("another class waited, %d ms, %v", since(start), err)
		}
	})
}

// TestPacerGivesUp: who leaves takes no place away.
func TestPacerGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanFree, 1)
		start := time.Now()
		if err := p.Wait(t.Context(), zoomapi.Heavy); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		done := make(chan error)
		for range 100 {
			go func() { done <- p.Wait(ctx, zoomapi.Heavy) }()
		}
		for range 100 {
			if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		}
		if err := p.Wait(t.Context(), zoomapi.Heavy); err != nil {
			t.Fatal(err)
		}
		if ms := since(start); ms > 1100 {
			t.Errorf("second call left after %d ms, want about one second", ms)
		}
		if err := p.Wait(ctx, "unknown class"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("unknown class: %v", err)
		}
	})
}
