package zoomapi_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// brittle is a meter that grants one call a second and can be cut off.
type brittle struct {
	mu       sync.Mutex
	down     bool
	empty    bool // It grants nothing.
	asked    int
	told     int
	next     time.Time
	standing zoomapi.Standing
}

var errCut = errors.New("connection cut")

func (m *brittle) cut(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

func (m *brittle) tell() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told++
	if m.down {
		return errCut
	}
	return nil
}

func (m *brittle) Reserve(_ context.Context, _ zoomapi.Line, n, _ int) (zoomapi.Places, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.down {
		return zoomapi.Places{}, errCut
	}
	p := zoomapi.Places{Standing: m.standing}
	if n > 0 && !m.empty {
		if now := time.Now(); m.next.Before(now) {
			m.next = now
		}
		p.N, p.First = 1, m.next
		m.next = m.next.Add(time.Second)
	}
	return p, nil
}

func (m *brittle) Refund(context.Context, zoomapi.Line) error { return m.tell() }

func (m *brittle) Penalize(context.Context, zoomapi.Class, time.Time) error { return m.tell() }

func (m *brittle) Correct(context.Context, zoomapi.Line, zoomapi.DailyWord) error { return m.tell() }

func (m *brittle) Reopen(context.Context, zoomapi.Line) error { return m.tell() }

func meteredPacer(t *testing.T, o zoomapi.PacerOptions) zoomapi.Pacer {
	t.Helper()
	p, err := zoomapi.NewPacerWith(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestUnreachableMeter: nothing leaves without it; a short outage is waited
// for, a long one is told, to all who wait at once.
func TestUnreachableMeter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &brittle{down: true}
		p := meteredPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Meter: m})
		start := time.Now()
		time.AfterFunc(4*time.Second, func() { m.cut(false) })
		if err := p.Wait(t.Context(), zoomapi.Light); err != nil {
			t.Errorf("short outage: %v", err)
		}
		if ms := since(start); ms < 4000 || ms > 8000 {
			t.Errorf("left after %d ms, want soon after 4 s", ms)
		}
		m.cut(true)
		start = time.Now()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				err := p.Wait(t.Context(), zoomapi.Light)
				if !errors.Is(err, zoomapi.ErrUnreachable) || zoomapi.ClassOf(err) != zoomapi.Retry || !errors.Is(err, errCut) {
					t.Errorf("long outage: %v", err)
				}
			})
		}
		all.Wait()
		if ms := since(start); ms < 10_000 || ms > 16_000 {
			t.Errorf("told after %d ms, want about 10 s for all", ms)
		}
		if m.asked > 60 {
			t.Errorf("asked %d times, want with growing waits", m.asked)
		}
		m.cut(false)
		if err := p.Wait(t.Context(), zoomapi.Light); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	})
}

// TestMeterGrantsNothing: who is told no moment to wait for asks again in a
// second, not at once.
func TestMeterGrantsNothing(t *testing.T) {
	t.Parallel()
	for name, standing := range map[string]func(time.Time) zoomapi.Standing{
		"closed until a moment ago": func(now time.Time) zoomapi.Standing {
			return zoomapi.Standing{ClosedUntil: now.Add(-time.Minute)}
		},
		"held until a moment ago": func(now time.Time) zoomapi.Standing {
			return zoomapi.Standing{HeldUntil: now.Add(-time.Minute)}
		},
		"no reason": func(time.Time) zoomapi.Standing { return zoomapi.Standing{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := &brittle{standing: standing(time.Now()), empty: true}
				p := meteredPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Meter: m})
				start := time.Now()
				time.AfterFunc(9500*time.Millisecond, func() {
					m.mu.Lock()
					defer m.mu.Unlock()
					m.empty = false
				})
				if err := p.Wait(t.Context(), zoomapi.Light); err != nil {
					t.Fatal(err)
				}
				if ms := since(start); ms != 10_000 || m.asked != 11 {
					t.Errorf("left after %d ms and %d questions, want 10 s and 11", ms, m.asked)
				}
			})
		})
	}
}

// TestPenaltyWhileCutOff: this process stops even if nobody can be told.
func TestPenaltyWhileCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &brittle{}
		p := meteredPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Meter: m})
		if err := p.Wait(t.Context(), zoomapi.Light); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		m.cut(true)
		p.Penalize(zoomapi.Light, start.Add(5*time.Second))
		m.cut(false)
		if err := p.Wait(t.Context(), zoomapi.Light); err != nil {
			t.Error(err)
		}
		if ms := since(start); ms < 5000 || m.told != 1 {
			t.Errorf("left after %d ms, meter told %d times", ms, m.told)
		}
	})
}

// TestPenaltyOfAnotherProcess: a place that was claimed long before its time
// is not used in a penalty that began since.
func TestPenaltyOfAnotherProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		m := &brittle{next: start.Add(30 * time.Second)}
		p := meteredPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Meter: m})
		time.AfterFunc(10*time.Second, func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.standing.HeldUntil = start.Add(time.Minute)
		})
		if err := p.Wait(t.Context(), zoomapi.Light); err != nil {
			t.Fatal(err)
		}
		if ms := since(start); ms < 60_000 || ms > 61_000 {
			t.Errorf("left after %d ms, want 60 s", ms)
		}
	})
}

// TestCutOffBeforeAPlace: who has a place of long ago asks again before using
// it, with growing waits while nobody answers.
func TestCutOffBeforeAPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		m := &brittle{next: start.Add(30 * time.Second)}
		p := meteredPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Meter: m})
		time.AfterFunc(10*time.Second, func() { m.cut(true) })
		if err := p.Wait(t.Context(), zoomapi.Light); !errors.Is(err, zoomapi.ErrUnreachable) {
			t.Errorf("error %v", err)
		}
		if ms := since(start); ms < 30_000 || ms > 45_000 || m.asked > 60 {
			t.Errorf("told after %d ms and %d questions", ms, m.asked)
		}
	})
}

func TestPaceLearns(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var p zoomapi.Pace
	check := func(what string, at time.Duration, low, high float64) {
		t.Helper()
		if got := p.SpeedAt(start.Add(at)); got < low || got > high {
			t.Errorf("%s: speed %.3f, want %.2f to %.2f", what, got, low, high)
		}
	}
	check("at first", 0, 1, 1)
	p = p.After(start, start.Add(time.Second))
	p = p.After(start.Add(900*time.Millisecond), start.Add(3*time.Second))
	check("one episode", time.Second, 0.85, 0.85)
	if want := start.Add(3 * time.Second); !p.HeldUntil.Equal(want) {
		t.Errorf("held until %v, want %v", p.HeldUntil, want)
	}
	check("recovering", 6*time.Second, 0.9, 0.9)
	check("recovered", 15*time.Second, 1, 1)
	at := 20 * time.Second
	for range 30 {
		p = p.After(start.Add(at), start.Add(at+time.Second))
		at += 2 * time.Second
	}
	check("refused all the time", at, 0.1, 0.1)
	check("not tried at once", at+50*time.Second, 0.1, 0.1)
	check("tried slowly", at+5*time.Minute, 0.3, 0.4)
	check("recovered at last", at+20*time.Minute, 1, 1)
	p = p.After(start.Add(time.Hour), start.Add(time.Hour))
	check("much later", time.Hour, 0.85, 0.85)
	check("an old episode is forgotten", time.Hour+15*time.Second, 1, 1)
}

// TestLowerLimitIsLearned: an account that accepts half of what is documented
// is refused rarely after a while, and used well.
func TestLowerLimitIsLearned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := zoomapi.NewPacer(zoomapi.PlanBusiness, 1)
		const accepts = 40
		var mu sync.Mutex
		var second int64
		inSecond, accepted, refused := 0, 0, 0
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
		defer cancel()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for p.Wait(ctx, zoomapi.Light) == nil {
					mu.Lock()
					if now := time.Now().Unix(); now != second {
						second, inSecond = now, 0
					}
					inSecond++
					ok := inSecond <= accepts
					if ok {
						accepted++
					} else {
						refused++
					}
					mu.Unlock()
					if !ok {
						p.Penalize(zoomapi.Light, time.Now().Add(time.Second))
					}
				}
			})
		}
		all.Wait()
		share := float64(accepted) / (accepts * 15 * 60)
		t.Logf("%d accepted, %.3f of what the account takes, %d refused", accepted, share, refused)
		if refused*1000 > accepted {
			t.Errorf("%d refused of %d, want less than 0.1 %%", refused, accepted)
		}
		if share < 0.85 {
			t.Errorf("used %.3f of what the account takes", share)
		}
	})
}

func TestPacerOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]zoomapi.PacerOptions{
		"plan":  {Plan: "gold"},
		"share": {Share: 1.5},
		"speed": {Speed: -1},
	} {
		if _, err := zoomapi.NewPacerWith(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := zoomapi.NewPacerWith(zoomapi.PacerOptions{}); err != nil {
		t.Errorf("defaults: %v", err)
	}
}

// TestPacerSpeed: an account whose clock runs faster takes more.
func TestPacerSpeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := meteredPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanPro, Share: 0.5, Speed: 20})
		if got := len(crowd(t, p, zoomapi.Light, 4, 10*time.Second)); got < 2850 || got > 3000 {
			t.Errorf("%d calls in 10 s, want just under 20 times 150", got)
		}
	})
}
