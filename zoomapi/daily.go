package zoomapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// shutCalls are kinds of call that Zoom refuses for the rest of the day for a
// cap of their own, such as that on new groups.
type shutCalls struct {
	mu    sync.Mutex
	until map[string]time.Time // By shutKey.
}

func (s *shutCalls) shut(op string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil {
		s.until = make(map[string]time.Time)
	}
	s.until[op] = until
}

func (s *shutCalls) reopen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.until)
}

func (s *shutCalls) check(op string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.until[op]; until.After(time.Now()) {
		return usedUp(until)
	}
	return nil
}

// shutKey tells kinds of call apart; invitations are not the only calls of
// their operation.
func shutKey(cl call) string { return cl.op() + " " + string(cl.cap) }

// mayBegin says at once why a call cannot leave today, as far as that is known.
func (b *budget) mayBegin(cl call) error {
	if err := b.shut.check(shutKey(cl)); err != nil {
		return err
	}
	if cl.cap == "" {
		return nil
	}
	return b.invited.isShut()
}

// count counts a call that has a daily cap of its own before it is sent, so
// that the cap holds however many processes send at once. It returns what to
// do if Zoom did certainly not execute the call, nil for nothing. The caller
// came at the time given.
func (b *budget) count(ctx context.Context, cl call, came time.Time) (undo func(), err error) {
	if cl.cap == "" {
		return nil, nil
	}
	if err := b.invited.passSince(ctx, came, nil); err != nil {
		return nil, err
	}
	day := utcDay(time.Now())
	return func() {
		b.tell(ctx, "refund", func(ctx context.Context) error { return b.invited.giveBack(ctx, day) })
	}, nil
}

// heed learns from an answer what Zoom says of daily counts.
func (b *budget) heed(ctx context.Context, cl call, header http.Header, err error) {
	w := readCounters(header)
	if e, ok := errors.AsType[*Error](err); ok && e.Limit == LimitDaily {
		b.close(ctx, cl, w, e.RetryAfter)
		return
	}
	if l, word, ok := b.attribute(cl, w); ok && l.news(word, time.Now()) {
		b.correct(ctx, l, word)
	}
}

// counters are the rate headers of an answer.
type counters struct {
	category  Class
	kind      string // Lower case; empty if not said.
	limit     int    // -1 if not said.
	remaining int    // -1 if not said.
}

func readCounters(h http.Header) counters {
	number := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(h.Get(name)))
		if err != nil || n < 0 {
			return -1
		}
		return n
	}
	return counters{
		category:  Class(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(strings.TrimSpace(h.Get("X-Ratelimit-Category"))))),
		kind:      strings.ToLower(h.Get("X-Ratelimit-Type")),
		limit:     number("X-Ratelimit-Limit"),
		remaining: number("X-Ratelimit-Remaining"),
	}
}

// daily reports whether the counters can be those of a day, of calls like cl.
func (w counters) daily(cl call) bool {
	return w.limit > 0 && w.remaining >= 0 && w.remaining <= w.limit &&
		(w.kind == "" || strings.Contains(w.kind, "daily")) && (w.category == "" || w.category == cl.class)
}

// attribute says which daily count an answer's counters are of, if that is
// certain: they say that they are daily, or nothing, and their limit is one
// that Zoom documents for just that count.
func (b *budget) attribute(cl call, w counters) (*pacedLine, DailyWord, bool) {
	word := DailyWord{Used: w.limit - w.remaining}
	if !w.daily(cl) {
		return nil, DailyWord{}, false
	}
	if cl.cap == Invitations && b.invited.spec.Cap > 0 && slices.Contains(inviteCaps(), w.limit) {
		word.Limit = w.limit
		return b.invited, word, true
	}
	if l := b.lines[cl.class]; l != nil && w.limit == l.spec.Cap {
		return l, word, true
	}
	return nil, DailyWord{}, false
}

// inviteCaps are the documented caps on invitations. An account may turn out
// to be of another tier than the settings say.
func inviteCaps() []int {
	return []int{PlanFree.DailyCreates(), PlanPro.DailyCreates(), PlanBusiness.DailyCreates()}
}

// close notes that Zoom accepts no more until the time given, of what its
// refusal is about: the class if the counters say so, else the cap of that
// kind of call, else the class for calls without a cap of their own.
func (b *budget) close(ctx context.Context, cl call, w counters, until time.Time) {
	l := b.lines[cl.class]
	word := DailyWord{ClosedUntil: until}
	switch {
	case l == nil || w.remaining > 0 && w.kind == "":
		// The counters of something that is not used up: another cap was hit.
		b.shut.shut(shutKey(cl), until)
	case l.spec.Cap > 0 && w.limit == l.spec.Cap:
		b.correct(ctx, l, word)
	case cl.cap == Invitations:
		if slices.Contains(inviteCaps(), w.limit) {
			word.Limit = w.limit
		}
		b.correct(ctx, b.invited, word)
	case cl.perPerson:
		// It is about one person; others are not held back.
	case cl.capped, l.spec.Cap == 0 && (w.kind == "" || w.category == ""):
		// No documented limit of the class, or one of the call's own.
		b.shut.shut(shutKey(cl), until)
	default:
		b.correct(ctx, l, word)
	}
}

// reopen forgets what close noted. The meter is told first, so that no line
// asks it in between and believes what it said before.
func (b *budget) reopen(ctx context.Context) error {
	lines := make([]*pacedLine, 0, len(b.lines)+1)
	for _, l := range b.lines {
		lines = append(lines, l)
	}
	lines = append(lines, b.invited)
	for _, l := range lines {
		if err := b.meter.Reopen(ctx, l.spec); err != nil {
			return &transportError{op: "call budget", err: err}
		}
	}
	for _, l := range lines {
		l.reopen()
	}
	b.shut.reopen()
	return nil
}

// correct tells the line and the meter.
func (b *budget) correct(ctx context.Context, l *pacedLine, word DailyWord) {
	l.learn(word)
	b.tell(ctx, "daily count", func(ctx context.Context) error { return b.meter.Correct(ctx, l.spec, word) })
}
