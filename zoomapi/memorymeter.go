package zoomapi

import (
	"context"
	"sync"
	"time"
)

// memoryMeter is the [Meter] of one process. It never fails.
type memoryMeter struct {
	now func() time.Time // For the day only; pacing follows the real clock.

	mu    sync.Mutex
	next  map[Class]time.Time // First free place.
	paces map[Class]Pace
	days  map[Class]*dayCount
}

// dayCount is the count of one pool.
type dayCount struct {
	day         int64 // Days since 1970 in UTC.
	used, total int
	limit       int // Zoom's word on the cap, 0 for none.
	closed      time.Time
}

func newMemoryMeter(now func() time.Time) *memoryMeter {
	if now == nil {
		now = time.Now
	}
	return &memoryMeter{
		now: now, next: make(map[Class]time.Time), paces: make(map[Class]Pace), days: make(map[Class]*dayCount),
	}
}

// today is the pool's count, started anew at 00:00 UTC. m.mu is held.
func (m *memoryMeter) today(pool Class) *dayCount {
	d := m.days[pool]
	if d == nil {
		d = new(dayCount)
		m.days[pool] = d
	}
	if day := m.now().Unix() / int64((24 * time.Hour).Seconds()); day > d.day {
		d.day, d.used, d.total = day, 0, 0
	}
	return d
}

// Reserve implements [Meter].
func (m *memoryMeter) Reserve(_ context.Context, line Line, n, prepaid int) (Places, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, pace, d := time.Now(), m.paces[line.Class], m.today(line.Pool)
	p := Places{Standing: line.Standing(d.used, d.total, d.limit)}
	p.Speed, p.HeldUntil = pace.SpeedAt(now), pace.HeldUntil
	if p.ClosedUntil = d.closed; d.closed.After(m.now()) || n == 0 || p.HeldUntil.After(now) {
		return p, nil
	}
	paid := p.Left(max(n-prepaid, 0))
	if p.N = paid + min(n, prepaid); p.N == 0 {
		p.ClosedUntil = nextMidnight(m.now())
		return p, nil
	}
	d.used += paid
	d.total += paid
	after := line.Standing(d.used, d.total, d.limit)
	p.Used, p.Total = after.Used, after.Total
	p.Every = time.Duration(float64(line.Every) / p.Speed)
	// A place that is due for less than the slack is still good.
	p.First = now.Add(-min(paceSlack, line.Every))
	if next := m.next[line.Class]; next.After(p.First) {
		p.First = next
	} else if next.IsZero() {
		p.First = now
	}
	p.First = later(p.First, p.HeldUntil)
	m.next[line.Class] = p.First.Add(time.Duration(p.N) * p.Every)
	return p, nil
}

// Refund implements [Meter].
func (m *memoryMeter) Refund(_ context.Context, line Line) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.today(line.Pool)
	d.used, d.total = max(d.used-1, 0), max(d.total-1, 0)
	return nil
}

// Penalize implements [Meter].
func (m *memoryMeter) Penalize(_ context.Context, class Class, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paces[class] = m.paces[class].After(time.Now(), until)
	return nil
}

// Correct implements [Meter].
func (m *memoryMeter) Correct(_ context.Context, line Line, word DailyWord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.today(line.Pool)
	d.total = max(d.total, word.Used)
	if word.Limit > 0 {
		d.limit = word.Limit
	}
	if word.ClosedUntil.After(d.closed) {
		d.closed = word.ClosedUntil
	}
	return nil
}

// Reopen implements [Meter].
func (m *memoryMeter) Reopen(_ context.Context, line Line) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.today(line.Pool).closed = time.Time{}
	return nil
}
