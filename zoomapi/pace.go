package zoomapi

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Pacer decides when a call may leave. Implementations are safe for
// concurrent use and may be shared by several clients and processes.
type Pacer interface {
	// Wait blocks until a call of the class may leave, or until ctx ends.
	Wait(ctx context.Context, class Class) error
	// Penalize is told that Zoom refused a call of the class for coming too
	// fast, and that none should leave before until.
	Penalize(class Class, until time.Time)
}

const (
	// paceTarget is the part of the granted rate that is aimed at.
	paceTarget = 0.97
	// paceSlack is how far a late call may be behind its place without
	// losing it. With paceTarget below 1 it does not overfill any second.
	paceSlack = 15 * time.Millisecond
	// minSpeed is the lowest part of its rate that a lane slows down to.
	minSpeed = 0.5
	// speedLoss is the factor of one penalty, speedGain what a lane recovers
	// per speedGainEvery without one.
	speedLoss      = 0.85
	speedGain      = 0.05
	speedGainEvery = 5 * time.Second
	// penaltyEpisode: refusals this close together are one episode, since
	// calls already in flight cannot heed the first.
	penaltyEpisode = time.Second
)

// NewPacer returns a pacer for one process that grants the share (above 0, up
// to 1) of the plan's rate limits. Calls of a class leave one by one, evenly
// apart, in the order in which they asked. After a refusal the class stands
// still until the time given, then goes on more slowly and recovers.
func NewPacer(plan Plan, share float64) Pacer {
	p := &processPacer{lanes: make(map[Class]*lane)}
	for _, class := range classes() {
		if perSecond := plan.PerSecond(class) * share * paceTarget; perSecond > 0 {
			p.lanes[class] = newLane(time.Duration(float64(time.Second)/perSecond), paceSlack)
		}
	}
	return p
}

// processPacer is a fixed set of lanes.
type processPacer struct {
	lanes map[Class]*lane
}

// Wait implements [Pacer]. Unknown classes are not held back.
func (p *processPacer) Wait(ctx context.Context, class Class) error {
	if l := p.lanes[class]; l != nil {
		return l.wait(ctx)
	}
	return ctx.Err()
}

// Penalize implements [Pacer].
func (p *processPacer) Penalize(class Class, until time.Time) {
	if l := p.lanes[class]; l != nil {
		l.penalize(until)
	}
}

// lane lets callers through one at a time. Only the one whose turn it is
// looks at the clock, so a caller that gives up costs the others nothing and
// a penalty reaches everyone who waits.
type lane struct {
	turn     chan struct{}
	interval time.Duration
	slack    time.Duration

	mu        sync.Mutex
	next      time.Time // Earliest time for the next call.
	heldUntil time.Time // End of the last penalty.
	penalized time.Time // When the last penalty began.
	speed     float64   // Part of the full rate, minSpeed to 1.
	speedAt   time.Time // When speed was last adjusted.
}

func newLane(interval, slack time.Duration) *lane {
	return &lane{turn: make(chan struct{}, 1), interval: interval, slack: slack, speed: 1}
}

// wait returns when the caller may go.
func (l *lane) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	for {
		delay := l.take(time.Now())
		if delay <= 0 {
			return nil
		}
		if err := sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// take claims the next place if it is due, else says how long to wait.
func (l *lane) take(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	due := l.next
	if l.heldUntil.After(due) {
		due = l.heldUntil
	}
	if delay := due.Sub(now); delay > 0 {
		return delay
	}
	if l.speed < 1 {
		steps := float64(now.Sub(l.speedAt) / speedGainEvery)
		if steps >= 1 {
			l.speed = min(1, l.speed+steps*speedGain)
			l.speedAt = now
		}
	}
	if earliest := now.Add(-l.slack); due.Before(earliest) {
		due = earliest
	}
	l.next = due.Add(time.Duration(float64(l.interval) / l.speed))
	return 0
}

// penalize stops the lane until the given time and slows it down after.
func (l *lane) penalize(until time.Time) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.heldUntil) {
		l.heldUntil = until
	}
	if now.Sub(l.penalized) < penaltyEpisode {
		return
	}
	l.penalized = now
	l.speed = max(minSpeed, l.speed*speedLoss)
	l.speedAt = now
}

// sleep waits for the duration or the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// jitter returns a random duration from 0 up to d.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d) //nolint:gosec // Spreads load; nothing secret depends on it.
}
