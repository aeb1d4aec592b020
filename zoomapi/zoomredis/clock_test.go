package zoomredis_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis"
)

// asked counts the questions to a meter.
type asked struct {
	zoomapi.Meter
	n atomic.Int64
}

func (a *asked) Reserve(ctx context.Context, line zoomapi.Line, n, prepaid int) (zoomapi.Places, error) {
	a.n.Add(1)
	return a.Meter.Reserve(ctx, line, n, prepaid)
}

// TestServerWithAnotherClock: a day that Zoom closed, or that is used up, ends
// for a process when it says so, and nobody asks on and on in between.
func TestServerWithAnotherClock(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{
		"behind": -3 * time.Minute, "a little behind": -2 * time.Second, "ahead": 3 * time.Minute, "right": 0,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(midnight(time.Now())) - time.Hour)
				connect, _ := bubbled(t, server, nil)
				m, err := zoomredis.NewMeter(connect(), zoomredis.MeterOptions{
					Prefix: "p", AccountID: "acc", Now: func() time.Time { return time.Now().Add(off) },
				})
				if err != nil {
					t.Fatal(err)
				}
				count := &asked{Meter: m}
				p := newPacer(t, zoomapi.PacerOptions{
					Plan: zoomapi.PlanBusiness, PerDay: map[zoomapi.Class]int{zoomapi.Heavy: 1}, Meter: count,
				})
				// closed waits for the end that a refusal names, and then for a place.
				closed := func(what string, class zoomapi.Class, want time.Time) {
					t.Helper()
					err := p.Wait(t.Context(), class)
					e, ok := errors.AsType[*zoomapi.Error](err)
					if !ok || e.RetryAfter.Sub(want).Abs() > time.Millisecond {
						t.Fatalf("%s: error %v, want a limit until %v", what, err, want)
					}
					time.Sleep(time.Until(e.RetryAfter))
					count.n.Store(0)
					begun := time.Now()
					if err := p.Wait(t.Context(), class); err != nil {
						t.Fatalf("%s, at its end: %v", what, err)
					}
					if took := time.Since(begun); took > 5*time.Second || count.n.Load() > 6 {
						t.Errorf("%s: another %v and %d questions", what, took, count.n.Load())
					}
				}
				until := time.Now().Add(10 * time.Second)
				line := zoomapi.Line{Class: zoomapi.Light, Pool: zoomapi.Light}
				if err := m.Correct(t.Context(), line, zoomapi.DailyWord{ClosedUntil: until}); err != nil {
					t.Fatal(err)
				}
				closed("closed by Zoom", zoomapi.Light, until)
				if err := p.Wait(t.Context(), zoomapi.Heavy); err != nil {
					t.Fatal(err)
				}
				end := midnight(time.Now())
				if off.Abs() > time.Minute {
					end = end.Add(-off) // The day is the server's.
				}
				closed("used up", zoomapi.Heavy, end)
			})
		})
	}
}
