package zoomapi

import (
	"context"
	"time"
)

// settleAfter is how long a place that was counted and not used waits for
// somebody who uses it.
const settleAfter = time.Second

// counted reports whether calls are only counted for the day. Such a line has
// places without a time. They are claimed when a caller has come to its turn,
// at most as many as are coming, and go back to the meter if they are not used
// after all.
func (l *pacedLine) counted() bool { return l.spec.Every == 0 }

// isShut is shut for who has not come to its turn.
func (l *pacedLine) isShut() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shut(time.Now())
}

// ofDay are the places that were claimed on a day: those before are counted
// for another one. l.mu is held.
func (l *pacedLine) ofDay(day int64) []time.Time {
	kept := l.places[:0]
	for _, at := range l.places {
		if utcDay(at) >= day {
			kept = append(kept, at)
		}
	}
	return kept
}

// giveBack takes a place off the day's count that a caller had on the day and
// did not use. Of one whose answer was lost nobody knows whether it went back:
// it is not given back again, since a count may be too high and never too low.
func (l *pacedLine) giveBack(ctx context.Context, day int64) error {
	if day != utcDay(time.Now()) {
		return nil // That count is over.
	}
	return l.meter.Refund(ctx, l.spec)
}

// settle gives back what nobody has used a while later.
func (l *pacedLine) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.counted() || l.settling || l.asking == nil && len(l.places)+l.spare == 0 {
		return
	}
	l.settling = true
	time.AfterFunc(settleAfter, l.settleNow)
}

func (l *pacedLine) settleNow() {
	l.mu.Lock()
	day := utcDay(time.Now())
	l.settling = false
	if l.asking != nil || l.coming() > 0 {
		// Somebody is about to use it.
		l.mu.Unlock()
		l.settle()
		return
	}
	unused := len(l.ofDay(day))
	l.places = nil
	if l.spareDay == day {
		unused += l.spare
	}
	l.spare = 0
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), meterTimeout)
	defer cancel()
	for range unused {
		_ = l.giveBack(ctx, day) // The count is too high by it then.
	}
}
