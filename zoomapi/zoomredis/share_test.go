package zoomredis_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis"
)

func newMeter(tb testing.TB, rdb redis.UniversalClient, prefix string) *zoomredis.Meter {
	tb.Helper()
	m, err := zoomredis.NewMeter(rdb, zoomredis.MeterOptions{Prefix: prefix, AccountID: "acc"})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func newPacer(tb testing.TB, o zoomapi.PacerOptions) zoomapi.Pacer {
	tb.Helper()
	p, err := zoomapi.NewPacerWith(o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// fullest is the largest number of calls in any window of one second.
func fullest(at []time.Time) int {
	slices.SortFunc(at, time.Time.Compare)
	most, from := 0, 0
	for to := range at {
		for at[to].Sub(at[from]) >= time.Second {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// TestThreeProcessesShareOneRate: together they use what one would, and no
// second, wherever it begins, holds more than Zoom accepts.
func TestThreeProcessesShareOneRate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		redis   time.Duration // Up to so long each way to the server.
		network time.Duration // Up to so long to Zoom.
		class   zoomapi.Class
		share   float64
		length  time.Duration
	}{
		{"near", 0, 0, zoomapi.Light, 1, 30 * time.Second},
		{"jitter", time.Millisecond, 10 * time.Millisecond, zoomapi.Light, 1, 30 * time.Second},
		{"slow", 4 * time.Millisecond, 10 * time.Millisecond, zoomapi.Heavy, 1, 30 * time.Second},
		{"half", time.Millisecond, 5 * time.Millisecond, zoomapi.Medium, 0.5, 30 * time.Second},
		{"minute", time.Millisecond, 5 * time.Millisecond, zoomapi.ResourceIntensive, 1, 20 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(1, 2))
				var mu sync.Mutex
				upTo := func(d time.Duration) time.Duration {
					mu.Lock()
					defer mu.Unlock()
					if d == 0 {
						return 0
					}
					return time.Duration(random.Int64N(int64(d)))
				}
				connect, trips := bubbled(t, server, func() time.Duration { return upTo(tt.redis) })
				ctx, cancel := context.WithTimeout(t.Context(), tt.length)
				defer cancel()
				var at []time.Time
				var perProcess [3]int
				var all sync.WaitGroup
				for process := range perProcess {
					rdb := connect()
					p := newPacer(t, zoomapi.PacerOptions{
						Plan: zoomapi.PlanBusiness, Share: tt.share, Meter: newMeter(t, rdb, "p"),
						PerDay: map[zoomapi.Class]int{zoomapi.Heavy: -1, zoomapi.ResourceIntensive: -1},
					})
					for range 16 {
						all.Go(func() {
							for p.Wait(ctx, tt.class) == nil {
								moment := time.Now().Add(upTo(tt.network))
								mu.Lock()
								at = append(at, moment)
								perProcess[process]++
								mu.Unlock()
							}
						})
					}
				}
				all.Wait()
				synctest.Wait()
				granted := zoomapi.PlanBusiness.PerSecond(tt.class) * tt.share
				used := float64(len(at)) / (granted * tt.length.Seconds())
				t.Logf("%d calls, %.3f of the share, per process %v, fullest second %d, %.2f round trips a call",
					len(at), used, perProcess, fullest(at), float64(trips.Load())/float64(len(at)))
				if used < 0.95 || used > 1 {
					t.Errorf("used %.3f of the share", used)
				}
				if got, limit := fullest(at), max(1, int(granted)); got > limit {
					t.Errorf("%d calls within a second, granted %d", got, limit)
				}
				if slices.Min(perProcess[:])*2 < len(at)/3 {
					t.Errorf("calls per process %v", perProcess)
				}
			})
		})
	}
}

// TestFarServer: who is far from the server is slower, and not stopped.
func TestFarServer(t *testing.T) {
	t.Parallel()
	for _, far := range []time.Duration{8 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond} {
		t.Run(far.String(), func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			synctest.Test(t, func(t *testing.T) {
				connect, _ := bubbled(t, server, func() time.Duration { return far })
				p := newPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Meter: newMeter(t, connect(), "p")})
				// A question is two round trips.
				length, trips := 10*time.Second, 4*far
				ctx, cancel := context.WithTimeout(t.Context(), length)
				defer cancel()
				alone := 0
				for p.Wait(ctx, zoomapi.Light) == nil {
					alone++
				}
				if least := int(length/trips) - 5; alone < least {
					t.Errorf("a lone caller made %d calls in %v, want %d", alone, length, least)
				}
				// Many share what a question brings.
				many := crowd(t, p, zoomapi.Light, length)
				time.Sleep(5 * time.Second) // The last questions are answered.
				if got := fullest(many); got > 80 {
					t.Errorf("%d calls within a second, granted 80", got)
				}
				// Sixteen callers cannot have more than sixteen places for a question.
				least := min(0.9, 0.9*16/trips.Seconds()/80)
				if used := float64(len(many)) / (80 * length.Seconds()); used < least {
					t.Errorf("many callers used %.3f of the share, want %.3f", used, least)
				}
			})
		})
	}
}
