package zoomapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
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
	// lineAhead is for how long places may be claimed ahead; it must hold a
	// batch of each process.
	lineAhead = 2 * time.Second
)

// featuresClass is the line of POST /users/features, which Zoom wants ten
// seconds apart whoever sends it. It comes on top of the rate class.
const featuresClass Class = "features"

// PacerOptions say what a [Pacer] grants. Zero values mean the documented
// default.
type PacerOptions struct {
	// Plan is the tier of the account. Default [PlanPro].
	Plan Plan
	// Share is the part of the account's limits on calls to use, above 0 and
	// up to 1. It does not lessen the cap on [Invitations]. Default 1.
	Share float64
	// Meter keeps the places and counts. Default: the memory of this pacer.
	Meter Meter
	// PerDay are other daily caps than the plan's; negative for none. The
	// share applies to them as well.
	PerDay map[Class]int
	// Speed multiplies the rates, for an account whose clock is faster.
	// Default 1.
	Speed float64
	// Now tells the day for counts in memory. Default [time.Now].
	Now func() time.Time
	// Logger hears when a penalty could not be told to the meter. Default:
	// none.
	Logger *slog.Logger
}

// NewPacer returns a pacer for one process that grants the share (above 0, up
// to 1) of the plan's rate limits. Calls of a class leave one by one, evenly
// apart, in turns by flow (see [WithFlow]). After a refusal the class stands
// still until the time given, then goes on more slowly and recovers.
func NewPacer(plan Plan, share float64) Pacer {
	return newBudget(PacerOptions{Plan: plan, Share: share})
}

// NewPacerWith is [NewPacer] with all options. It does not reach the meter.
func NewPacerWith(o PacerOptions) (Pacer, error) {
	var errs []error
	if o.Plan == "" {
		o.Plan = PlanPro
	}
	if o.Plan.PerSecond(Light) == 0 {
		errs = append(errs, fmt.Errorf("plan %q is unknown", string(o.Plan)))
	}
	if o.Share == 0 {
		o.Share = 1
	}
	if !(o.Share > 0 && o.Share <= 1) {
		errs = append(errs, fmt.Errorf("share %v is not above 0 and up to 1", o.Share))
	}
	if o.Speed < 0 {
		errs = append(errs, errors.New("speed is negative"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("zoom pacer options: %w", err)
	}
	return newBudget(o), nil
}

// budget is the [Pacer] of this package: fair turns in each process, on top
// of a [Meter] that may be shared.
type budget struct {
	plan  Plan
	share float64
	speed float64
	meter Meter
	log   *slog.Logger
	lines map[Class]*pacedLine
	// invited is the daily count of invitations.
	invited *pacedLine
	coming  atomic.Int64 // Callers that are to be counted there.
	shut    shutCalls
}

func newBudget(o PacerOptions) *budget {
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Meter == nil {
		o.Meter = newMemoryMeter(o.Now)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &budget{
		plan: o.Plan, share: o.Share, speed: o.Speed, meter: o.Meter, log: o.Logger, lines: make(map[Class]*pacedLine),
	}
	perDay := func(class Class, documented int) int {
		if n, ok := o.PerDay[class]; ok {
			return max(n, 0)
		}
		return documented
	}
	for _, class := range classes() {
		perSecond := o.Plan.PerSecond(class) * o.Share * o.Speed * paceTarget
		if !(perSecond > 0) {
			continue
		}
		pool := class
		if class == ResourceIntensive && o.Plan != PlanFree {
			pool = Heavy
		}
		line := Line{
			Class: class, Pool: pool, Every: time.Duration(float64(time.Second) / perSecond),
			Cap: perDay(pool, o.Plan.PerDay(class)),
		}
		line.PerDay = int(float64(line.Cap) * o.Share)
		line.Ahead = max(4, int(lineAhead/line.Every))
		b.lines[class] = newPacedLine(line, o.Meter)
	}
	b.lines[featuresClass] = newPacedLine(Line{
		Class: featuresClass, Pool: featuresClass, Every: time.Duration(float64(featureInterval) / o.Speed), Ahead: 4,
	}, o.Meter)
	creates := perDay(Invitations, o.Plan.DailyCreates())
	b.invited = newPacedLine(Line{Class: Invitations, Pool: Invitations, PerDay: creates, Cap: creates}, o.Meter)
	b.invited.coming = func() int { return int(b.coming.Load()) }
	return b
}

// Wait implements [Pacer]. Unknown classes are not held back.
func (b *budget) Wait(ctx context.Context, class Class) error { return b.pass(ctx, class, nil) }

// pass is Wait with something to do when the caller's turn has come.
func (b *budget) pass(ctx context.Context, class Class, ready func(context.Context) error) error {
	if l := b.lines[class]; l != nil {
		return l.pass(ctx, ready)
	}
	if err := ctx.Err(); err != nil || ready == nil {
		return err
	}
	return ready(ctx)
}

// Penalize implements [Pacer]. This process stops at once, the others when
// they next ask the meter.
func (b *budget) Penalize(class Class, until time.Time) {
	l := b.lines[class]
	if l == nil {
		return
	}
	l.hold(until)
	b.tell(context.Background(), "penalty", func(ctx context.Context) error { return b.meter.Penalize(ctx, class, until) })
}

// tell changes something in the meter, even if the caller has left; what the
// meter cannot take in is logged.
func (b *budget) tell(ctx context.Context, what string, change func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), meterTimeout)
	defer cancel()
	if err := change(ctx); err != nil {
		b.log.WarnContext(ctx, "call budget not told", "what", what, "err", err)
	}
}

// Allowances reports how each class stands, as [Client.Budget] says.
func (b *budget) Allowances(ctx context.Context) ([]Allowance, error) {
	all := make([]Allowance, 0, len(classes())+1)
	lines := make([]*pacedLine, 0, cap(all))
	for _, class := range classes() {
		if l := b.lines[class]; l != nil {
			lines = append(lines, l)
		}
	}
	for _, l := range append(lines, b.invited) {
		p, err := b.meter.Reserve(ctx, l.spec, 0, 0)
		if err != nil {
			return nil, &transportError{op: "call budget", err: err}
		}
		a := Allowance{
			Class: l.spec.Class, Documented: b.plan.PerSecond(l.spec.Class),
			Granted: b.plan.PerSecond(l.spec.Class) * b.share * p.Speed, Used: p.Used, PerDay: p.PerDay,
			SharedWith: b.sharers(l.spec),
		}
		switch closed := p.ClosedUntil.After(time.Now()); {
		case closed:
			// Zoom says so, whatever we counted.
			a.Used = max(a.Used, a.PerDay)
		case p.Left(1) == 0:
			p.ClosedUntil = nextMidnight(time.Now())
		}
		if held := later(p.HeldUntil, p.ClosedUntil); held.After(time.Now()) {
			a.HeldUntil = held.UTC()
		}
		all = append(all, a)
	}
	return all, nil
}

// sharers are the other rate classes whose calls count in the line's pool.
func (b *budget) sharers(line Line) []Class {
	var others []Class
	for _, class := range classes() {
		if l := b.lines[class]; l != nil && class != line.Class && l.spec.Pool == line.Pool {
			others = append(others, class)
		}
	}
	return others
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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
