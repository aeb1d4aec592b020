package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// engine works on the rows of one plan under one lease, on many at once, but on one person only once at a time. A row goes
// through these steps:
//
//	create   the person is added, intent first
//	locate   is the person active at once, or only invited
//	profile  what Zoom takes only after the person exists; invited people get their first group
//	add-ons  what is in the settings
//	groups   the other joins, in full batches
//
// People who were there before are compared with the plan instead of being added; see change.go. Rows that give licences
// back come before those that may need them. Deletions (erase.go) record an intent first, as creations do, and new addresses
// (address.go) are the last step of their rows.
//
// Rows flow through them independently, so that every rate class is used from the first moment to the last; only people
// who are invited wait until all are, since one list tells about all of them. Every step skips what the ledger says is
// done, so running an engine again after a crash goes on where it stopped.
//
// A reason to stop adding people (a person's wish, no seat left, the limit of the day) does not leave those who were added
// half done: their rows are completed, as far as they can be.
type engine struct {
	s     *Service
	dir   Directory
	lease Lease
	plan  *plan.Plan

	mu     sync.Mutex
	rows   map[int]RowState
	halted error
	// steps done since this engine began, before that, and of all; for the progress display.
	begun               time.Time
	steps, before, work int

	invited invitedList
	// compared are the rows that this engine has compared with the account; noGroup says why a group could not be made.
	compared map[int]bool
	noGroup  map[string]Failure
	// spent are the licences that are used up, with what Zoom said.
	spent map[plan.Licence]error
	// guard watches how many rows go wrong; nil when nobody does.
	guard *guard
	// memory compares the ledger with what was written into it.
	memory memory
	// undone says that another job takes back what this one did.
	undone bool
	// doubtful says that the store may have lost its newest records before this engine began.
	doubtful bool
}

// errStopped says that a person asked the job to stop, errHeld that it is to rest.
var (
	errStopped = errors.New("stopped by a person")
	errHeld    = errors.New("held by a person")
	// errNotBegun keeps a call from being sent whose row nobody has begun when the job is halted.
	errNotBegun = errors.New("the job was halted before the row was begun")
)

// unlessHalted keeps the calls of a row back that were waiting for their turn when the job was halted, unless something was
// done for its person already.
func (e *engine) unlessHalted(ctx context.Context, c *plan.Change) context.Context {
	if rs := e.row(c.Line); rs.unsettled() || rs.inDoubt() {
		// What happened has to be read first, also when the job is to stop.
		return ctx
	}
	return zoomapi.WithCheck(ctx, func() error {
		if rs := e.row(c.Line); e.whyHalted() == nil || rs.Created || rs.Wrote || rs.Withdrawn {
			return nil
		}
		return errNotBegun
	})
}

func newEngine(s *Service, l Lease, p *plan.Plan, rows map[int]RowState, seq int64) *engine {
	if rows == nil {
		rows = make(map[int]RowState)
	}
	e := &engine{
		s: s, dir: s.o.Directory, lease: l, plan: p, rows: rows, begun: time.Now(), memory: memory{top: seq, first: maps.Clone(rows)},
	}
	for i := range p.Changes {
		if p.Changes[i].Action != plan.ActionNone {
			e.work += stepsPerRow
			e.before += stepsDone(rows[p.Changes[i].Line])
		}
	}
	return e
}

// stepsPerRow: one to add a person and one to complete them.
const stepsPerRow = 2

func stepsDone(rs RowState) int {
	switch {
	case rs.Outcome != "":
		return stepsPerRow
	case rs.Created, rs.Checked, rs.Withdrawn:
		return 1
	}
	return 0
}

func (e *engine) counts() Counts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return tally(e.plan, e.rows)
}

func (e *engine) row(line int) RowState {
	e.mu.Lock()
	defer e.mu.Unlock()
	rs := e.rows[line]
	rs.Line = line
	return rs
}

// halt keeps further rows from being begun. A person's wish is the reason that counts most, else the first one.
func (e *engine) halt(reason error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.halted == nil || weight(reason) > weight(e.halted) {
		e.halted = reason
	}
}

// weight orders the reasons to halt.
func weight(reason error) int {
	switch {
	case errors.Is(reason, errStopped):
		return 2
	case errors.Is(reason, errHeld):
		return 1
	}
	return 0
}

// whyHalted is why nobody else is added, nil while people are.
func (e *engine) whyHalted() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.halted
}

func (e *engine) stopped() bool { return errors.Is(e.whyHalted(), errStopped) }

// progressed reports whether this engine has brought a row further.
func (e *engine) progressed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.steps > 0
}

// put records rows in the ledger, and learns there whether a person asked the job to stop.
func (e *engine) put(ctx context.Context, rows ...RowState) error {
	if len(rows) == 0 {
		return nil
	}
	now := e.s.now()
	for i := range rows {
		rows[i].At = now
	}
	receipt, err := e.s.o.Store.PutRows(ctx, e.lease, rows...)
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	e.mu.Lock()
	for _, rs := range rows {
		e.steps += stepsDone(rs) - stepsDone(e.rows[rs.Line])
		e.guard.count(e.rows[rs.Line].Outcome, rs.Outcome)
		e.rows[rs.Line] = rs
	}
	lost := e.memory.lost(receipt.Seq)
	alarm := e.guard.alarm()
	e.mu.Unlock()
	switch receipt.Wish {
	case WishStop:
		e.halt(errStopped)
	case WishRest:
		e.halt(errHeld)
	case WishNone:
	}
	if alarm != nil {
		e.halt(alarm)
	}
	if lost {
		return e.restore(ctx)
	}
	return nil
}

// run takes the rows as far as they can go now. It returns nil when all are through, why no more people were added when
// that is the only reason, and otherwise what kept it from going on.
func (e *engine) run(ctx context.Context) error {
	if err := e.makeGroups(ctx); err != nil {
		return err
	}
	err := e.canary(ctx)
	if err == nil {
		err = e.flow(ctx, (*plan.Change).Frees)
	}
	// What was refused while others were still giving back may be there now.
	e.forgetSpent()
	if err == nil {
		err = e.flow(ctx, anyChange)
	}
	if err == nil {
		err = e.leaveGroups(ctx)
	}
	if err == nil {
		err = e.newAddresses(ctx)
	}
	if err != nil && !isFatal(err) {
		return err
	}
	if err != nil {
		// Nobody else can be added, but those who were are not left half done if that can be helped.
		e.halt(err)
	}
	located, laterErr := e.locate(ctx)
	if laterErr == nil && located {
		laterErr = e.flow(ctx, anyChange)
	}
	switch {
	case err != nil:
		return err
	case laterErr != nil:
		return laterErr
	case e.whyHalted() != nil:
		return e.whyHalted()
	}
	return e.lacking()
}

func anyChange(*plan.Change) bool { return true }

// isFatal reports whether no repetition can help.
func isFatal(err error) bool {
	_, fatal := fatalReason(err)
	return fatal
}

// wants reports whether something can be done for a row now.
func (e *engine) wants(c *plan.Change) bool {
	rs := e.row(c.Line)
	switch {
	case c.Action == plan.ActionNone || rs.Outcome != "":
		return false
	case rs.Created:
		return rs.Presence != PresenceUnknown
	case rs.unsettled(), rs.inDoubt():
		return true
	case e.blocked(c):
		return false
	}
	return e.whyHalted() == nil || (rs.Checked && rs.begun()) || rs.Withdrawn
}

// flow sends the rows through their steps, several at once. The first error ends it after the calls in flight: rows are
// worked on with a context that does not end with the others, so that a call is never torn off between its two records.
func (e *engine) flow(ctx context.Context, which func(*plan.Change) bool) error {
	joins := max(1, e.s.o.InFlight/4)
	slots := make(chan struct{}, max(1, e.s.o.InFlight-joins))
	g, phase := errgroup.WithContext(ctx)
	j := newJoiner(e, g, phase.Done(), context.WithoutCancel(ctx), joins)
	var rows sync.WaitGroup
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		if !which(c) || !e.wants(c) {
			continue
		}
		select {
		case slots <- struct{}{}:
		case <-phase.Done():
		}
		if phase.Err() != nil {
			break
		}
		rows.Add(1)
		g.Go(func() error {
			defer rows.Done()
			defer func() { <-slots }()
			if phase.Err() != nil {
				return nil
			}
			return e.advance(context.WithoutCancel(ctx), c, j)
		})
	}
	rows.Wait()
	j.last()
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// advance takes one row up to its group joins.
func (e *engine) advance(ctx context.Context, c *plan.Change, j *joiner) error {
	if why, lacks := e.lacksGroup(c); lacks {
		if why == nil {
			return nil
		}
		return e.fail(ctx, e.row(c.Line), *why)
	}
	ctx = e.unlessHalted(ctx, c)
	switch c.Action {
	case plan.ActionCreate, plan.ActionResend:
	case plan.ActionUpdate, plan.ActionActivate, plan.ActionDeactivate, plan.ActionWithdraw,
		plan.ActionDelete, plan.ActionUnlink:
		return e.held(c, e.change(ctx, c, j))
	case plan.ActionNone:
		return nil
	}
	rs := e.row(c.Line)
	if c.Action == plan.ActionResend && !rs.Created && !rs.Withdrawn {
		if err := e.takeBack(ctx, c); err != nil {
			return e.held(c, err)
		}
		if rs = e.row(c.Line); rs.Outcome != "" {
			return nil
		}
	}
	if !rs.Created {
		if err := e.create(ctx, c); err != nil {
			return e.held(c, err)
		}
		rs = e.row(c.Line)
	}
	switch {
	case !rs.Created, rs.Outcome != "", rs.Presence == PresenceUnknown:
		return nil
	case rs.Presence == PresencePending && e.stopped():
		// The end of the job closes the row.
		return nil
	}
	if err := e.profile(ctx, c); err != nil {
		return err
	}
	if rs = e.row(c.Line); rs.Outcome == "" && rs.Presence == PresenceActive {
		if err := e.held(c, e.addOns(ctx, c)); err != nil {
			return err
		}
	}
	if rs = e.row(c.Line); rs.Outcome == "" && rs.Presence == PresenceActive {
		j.ready(c)
	}
	return nil
}

// each runs f for the changes whose row wants it, several at once. The first error ends it after the calls in flight.
func (e *engine) each(ctx context.Context, want func(*plan.Change, RowState) bool, f func(context.Context, *plan.Change) error) error {
	g, phase := errgroup.WithContext(ctx)
	g.SetLimit(e.s.o.InFlight)
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		if c.Action == plan.ActionNone || !want(c, e.row(c.Line)) {
			continue
		}
		if phase.Err() != nil {
			break
		}
		g.Go(func() error {
			if phase.Err() != nil {
				return nil //nolint:nilerr // The error that ended the others is what is returned.
			}
			return f(context.WithoutCancel(ctx), c)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// fail ends a row.
func (e *engine) fail(ctx context.Context, rs RowState, f Failure) error {
	rs.Intent, rs.Outcome, rs.Failure = "", OutcomeFailed, &f
	return e.put(ctx, rs)
}

// conclude gives a row its outcome if nothing is left to do for now, and lists what is outstanding.
func (e *engine) conclude(c *plan.Change, rs *RowState) {
	if !rs.Created && c.Action != plan.ActionUpdate && c.Action != plan.ActionActivate {
		return
	}
	rs.Outstanding = outstanding(c, *rs)
	if rs.Outcome != "" {
		return
	}
	if phoneRefused(rs) && len(rs.Outstanding) == 0 && (rs.Presence == PresenceActive || !rs.Created) {
		// The row has everything else, but is not what was asked for.
		rs.Outstanding, rs.Outcome = []string{string(roster.PhoneNumber)}, OutcomeFailed
		return
	}
	if !rs.Created {
		if rs.Checked && len(rs.Outstanding) == 0 {
			rs.Outcome = OutcomeUpdated
		}
		return
	}
	switch rs.Presence {
	case PresencePending:
		if rs.Placed || firstUserGroup(c) == nil {
			rs.Outcome, rs.Invited = OutcomeWaiting, true
		}
	case PresenceActive:
		if len(rs.Outstanding) == 0 {
			rs.Outcome = OutcomeCreated
		}
	case PresenceUnknown:
	}
}

func phoneRefused(rs *RowState) bool { return rs.Failure != nil && rs.Failure.Reason == FailurePhone }

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// isRowError reports whether an error is about this row alone.
func isRowError(err error) bool {
	return !errors.Is(err, zoomapi.ErrNoSeats) && zoomapi.ClassOf(err) == zoomapi.RowError
}

func failure(step Step, err error) Failure {
	f := Failure{Step: step, Reason: FailureOther, Message: zoomDetail(err)}
	if ze, ok := errors.AsType[*zoomapi.Error](err); ok {
		f.Status, f.Code = ze.Status, ze.Code
	}
	switch {
	case errors.Is(err, zoomapi.ErrUnknownOutcome):
		f.Reason = FailureNoAnswer
	case errors.Is(err, zoomapi.ErrNoSeats):
		f.Reason = FailureSeats
	case errors.Is(err, zoomapi.ErrExists):
		f.Reason = FailureExists
	case errors.Is(err, zoomapi.ErrOtherAccount):
		f.Reason = FailureForeign
	case errors.Is(err, zoomapi.ErrDomain):
		f.Reason = FailureDomain
	case errors.Is(err, zoomapi.ErrGone), errors.Is(err, zoomapi.ErrNotFound) && step == StepGroups:
		f.Reason = FailureGroup
	case errors.Is(err, zoomapi.ErrNotFound):
		f.Reason = FailureGone
	case errors.Is(err, zoomapi.ErrInvalid):
		f.Reason = FailureValidation
	}
	return f
}
