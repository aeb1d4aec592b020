package zoomapi

import (
	"context"
	"sync"
	"time"
)

const (
	// paceSlack is how far a late call may be behind its place without
	// losing it. With paceTarget below 1 it does not overfill any second.
	paceSlack = 15 * time.Millisecond
	// batchSpan is the time for which places are claimed together, batchMost
	// how many they are at most. They save questions to a meter that is
	// elsewhere, and are the places that a penalty or a crash can waste. Where
	// an answer takes longer than the span, both grow with it.
	batchSpan = 100 * time.Millisecond
	batchMost = 8
	// fillLead is how long before the last claimed place more are asked for,
	// at least; twice the time of an answer if that is longer, at most
	// fillLeadMost.
	fillLead     = 50 * time.Millisecond
	fillLeadMost = 500 * time.Millisecond
	// lateMost is how late the meter's answer may be for its places to count.
	lateMost = time.Second
	// freshFor is how long a word of the meter on penalties is believed.
	freshFor = time.Second
	// closedFor is how long its word on a used-up day is.
	closedFor = 5 * time.Second
	// askEvery is how often it is asked while it grants nothing and names no
	// moment to wait for, as one whose clock is behind ours may.
	askEvery = time.Second
	// meterTimeout bounds one question to the meter, meterPatience the time
	// after which callers are told that it cannot be reached.
	meterTimeout  = 3 * time.Second
	meterPatience = 10 * time.Second
)

// pacedLine lets the callers of one class leave, one by one, at the places
// that the meter grants. The caller whose turn it is uses them; a caller that
// gives up leaves its place to the next. See count.go for lines without a rate.
type pacedLine struct {
	turns turns
	spec  Line
	meter Meter
	local bool // The meter answers at once.
	// coming is how many callers want a place, those included that have not come
	// to their turn; only of lines whose calls are only counted.
	coming func() int

	mu        sync.Mutex
	places    []time.Time // Claimed, the earliest first.
	end       time.Time   // Where those claimed here end.
	spare     int         // Counted for the day and then not used.
	spareDay  int64
	settling  bool // The spare ones are about to be given back.
	heldTo    time.Time
	askAt     time.Time
	answered  time.Time     // When the meter last told how the line stands.
	took      time.Duration // How long its last answer took.
	standing  Standing
	corrected time.Time     // When Zoom's word was last passed on.
	reopened  time.Time     // When a person last wanted calls to be tried.
	asking    chan struct{} // Closed when the question under way is answered; nil for none.

	failing time.Time // Since when the meter cannot be reached.
	tries   int
	gaveUp  time.Time
	failure error
}

func newPacedLine(spec Line, meter Meter) *pacedLine {
	_, local := meter.(*memoryMeter)
	return &pacedLine{spec: spec, meter: meter, local: local, coming: func() int { return 0 }}
}

// pass returns when the caller may leave. ready is called when its turn has
// come, before its place is decided: what may take long belongs there, so
// that nobody holds a place, or waits for one, without being able to use it.
func (l *pacedLine) pass(ctx context.Context, ready func(context.Context) error) error {
	return l.passSince(ctx, time.Now(), ready)
}

// passSince is pass for a caller that came at the time given.
func (l *pacedLine) passSince(ctx context.Context, came time.Time, ready func(context.Context) error) error {
	if err := l.turns.take(ctx, flowOf(ctx)); err != nil {
		return err
	}
	defer l.turns.pass()
	if ready != nil {
		if err := ready(ctx); err != nil {
			return err
		}
	}
	for {
		s := l.step(ctx, came)
		var err error
		switch {
		case s.err != nil || s.leave:
			return s.err
		case s.answer != nil:
			select {
			case <-s.answer:
			case <-ctx.Done():
				err = ctx.Err()
			}
		default:
			err = sleep(ctx, time.Until(s.until))
		}
		if err != nil {
			l.settle()
			return err
		}
	}
}

// step is what a caller in its turn does next: leave, fail, or wait for a
// moment or an answer.
type step struct {
	leave  bool
	err    error
	until  time.Time
	answer <-chan struct{}
}

func (l *pacedLine) step(ctx context.Context, came time.Time) step {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.failure != nil && came.Before(l.gaveUp) {
		return step{err: l.failure}
	}
	if err := l.shut(now); err != nil {
		return step{err: err}
	}
	l.discard(now)
	if l.heldTo.After(now) {
		return step{until: l.heldTo}
	}
	if len(l.places) == 0 {
		switch {
		case l.asking != nil:
		case l.askAt.After(now):
			return step{until: l.askAt}
		default:
			l.ask(ctx, l.wanted())
		}
		if l.asking == nil {
			// A meter in memory has answered.
			return step{until: now}
		}
		return step{answer: l.asking}
	}
	if place := l.places[0]; place.After(now) {
		l.askAhead(ctx, now)
		return step{until: place}
	}
	if !l.local && !l.counted() && now.Sub(l.answered) > freshFor {
		// The place was claimed long ago; others may have been refused since.
		switch {
		case l.asking != nil:
		case l.askAt.After(now):
			return step{until: l.askAt}
		default:
			l.ask(ctx, 0)
		}
		return step{answer: l.asking}
	}
	l.places = l.places[1:]
	l.askAhead(ctx, now)
	return step{leave: true}
}

// shut is the refusal of whoever comes while the day is known to be used up,
// nil while it is not. l.mu is held.
func (l *pacedLine) shut(now time.Time) error {
	if l.standing.ClosedUntil.After(now) && now.Sub(l.answered) < closedFor {
		return usedUp(l.standing.ClosedUntil)
	}
	return nil
}

// discard drops places that are too late or within a penalty.
func (l *pacedLine) discard(now time.Time) {
	if l.counted() {
		l.places = l.ofDay(utcDay(now))
		return
	}
	from := now.Add(-paceSlack)
	if l.heldTo.After(from) {
		from = l.heldTo
	}
	for len(l.places) > 0 && l.places[0].Before(from) {
		l.places = l.places[1:]
		l.keep(utcDay(now), 1)
	}
}

// keep notes that places that were counted on a day are not used. l.mu is held.
func (l *pacedLine) keep(day int64, n int) {
	if day != l.spareDay {
		l.spareDay, l.spare = day, 0
	}
	l.spare += n
}

// wanted is how many places to claim: one for each who waits, or is coming to
// where they are only counted, up to a batch.
func (l *pacedLine) wanted() int {
	if l.counted() {
		if l.local {
			return 1
		}
		return max(1, min(batchMost*int(max(batchSpan, min(l.took, fillLeadMost))/batchSpan), l.coming()))
	}
	span := max(batchSpan, 2*min(l.took, fillLeadMost))
	batch := max(1, min(batchMost*int(span/batchSpan), int(span/l.spec.Every)))
	return min(batch, 1+l.turns.waiting())
}

// askAhead claims more places before the last one is used, so that nobody
// waits for the meter's answer.
func (l *pacedLine) askAhead(ctx context.Context, now time.Time) {
	if l.local || l.asking != nil || l.askAt.After(now) {
		return
	}
	if l.counted() {
		// The caller itself is one of them still.
		if more := l.coming() - 1 - len(l.places); more > 0 && len(l.places) <= batchMost/2 {
			l.ask(ctx, min(l.wanted(), more))
		}
		return
	}
	if l.turns.waiting() <= len(l.places) {
		return
	}
	lead := min(max(fillLead, 2*l.took), fillLeadMost)
	if n := len(l.places); n > 0 && l.places[n-1].Sub(now) > lead {
		return
	}
	l.ask(ctx, l.wanted())
}

// ask puts a question to the meter. The answer serves all who wait, so it is
// not bound to the caller's ctx. l.mu is held.
func (l *pacedLine) ask(ctx context.Context, n int) {
	prepaid := 0
	if l.spareDay == utcDay(time.Now()) {
		prepaid = min(l.spare, n)
	}
	l.spare -= prepaid
	if l.local {
		asked := time.Now()
		p, err := l.meter.Reserve(ctx, l.spec, n, prepaid)
		l.answer(p, err, n, prepaid, asked)
		return
	}
	done := make(chan struct{})
	l.asking = done
	ctx = context.WithoutCancel(ctx)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, meterTimeout)
		defer cancel()
		asked := time.Now()
		p, err := l.meter.Reserve(ctx, l.spec, n, prepaid)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.answer(p, err, n, prepaid, asked)
		l.asking = nil
		close(done)
	}()
}

// answer takes in what the meter said when it was asked for n places, of which
// some were prepaid. l.mu is held.
func (l *pacedLine) answer(p Places, err error, n, prepaid int, asked time.Time) {
	now := time.Now()
	if p.N == 0 {
		l.spare += prepaid
	}
	if err != nil {
		if l.tries++; l.tries == 1 {
			l.failing = now
		}
		l.askAt = now.Add(backoff(min(l.tries, 3)) / 4)
		if now.Sub(l.failing) >= meterPatience {
			l.gaveUp = now
			l.failure = &transportError{op: "call budget", err: err}
		}
		return
	}
	l.tries, l.failure = 0, nil
	if !asked.After(l.reopened) {
		// It was asked before it was told.
		p.ClosedUntil = time.Time{}
	}
	l.answered, l.took, l.standing = now, now.Sub(asked), p.Standing
	l.askAt = p.AskAt
	if p.HeldUntil.After(l.heldTo) {
		l.heldTo = p.HeldUntil
	}
	if n > 0 && p.N == 0 && !later(p.AskAt, later(p.HeldUntil, p.ClosedUntil)).After(asked) {
		l.askAt = now.Add(askEvery)
	}
	at := l.begin(p, now)
	for range p.N {
		l.places = append(l.places, at)
		at = at.Add(p.Every)
	}
}

// begin is when the first of some places is, for those who wait here. It may
// have passed while the answer was on its way: then they begin now, or nobody
// would ever leave where the meter is further away than paceSlack; and those
// claimed next come after them.
func (l *pacedLine) begin(p Places, now time.Time) time.Time {
	if l.local || l.counted() || p.N == 0 {
		return p.First
	}
	at := p.First
	for _, earliest := range []time.Time{now, l.end} {
		if late := earliest.Sub(at); late > 0 && late < lateMost {
			at = earliest
		}
	}
	l.end = at.Add(time.Duration(p.N) * p.Every)
	return at
}

// hold stops the line until the time given, at once and without the meter.
func (l *pacedLine) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.heldTo) {
		l.heldTo = until
	}
}

// news reports whether Zoom's word on the day says more than is known. Counts
// of several processes run ahead of one another, so it asks for a correction
// once a second at most.
func (l *pacedLine) news(word DailyWord, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	otherCap := word.Limit > 0 && word.Limit != l.standing.PerDay
	if word.Used <= l.standing.Total && !otherCap || now.Sub(l.corrected) < freshFor {
		return false
	}
	l.corrected = now
	return true
}

// learn takes in Zoom's word on the day, at once and without the meter.
func (l *pacedLine) learn(word DailyWord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.standing.Total = max(l.standing.Total, word.Used)
	if word.ClosedUntil.After(l.standing.ClosedUntil) {
		l.standing.ClosedUntil, l.answered = word.ClosedUntil, time.Now()
	}
}

// reopen forgets until when Zoom said that it accepts no more.
func (l *pacedLine) reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.standing.ClosedUntil, l.reopened = time.Time{}, time.Now()
}

// usedUp is the refusal of a call for which the day has no room left, without
// asking Zoom.
func usedUp(until time.Time) *Error {
	return &Error{
		Status: 429, Code: 429, Limit: LimitDaily, RetryAfter: until.UTC(),
		Message: "the daily budget is used up; not sent",
	}
}

// utcDay numbers the days that daily limits are about.
func utcDay(t time.Time) int64 { return t.Unix() / int64((24 * time.Hour).Seconds()) }
