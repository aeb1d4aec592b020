package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// engine works on the rows of one plan under one lease. Its phases follow one another and each works on many rows at
// once, but on one person only once at a time:
//
//	create   every person who is to be added, intent first
//	locate   who of them is active at once and who is only invited
//	profile  what Zoom takes only after the person exists; invited people get their first group
//	groups   the other joins, in full batches
//
// Every phase skips what the ledger says is done, so running an engine again after a crash goes on where it stopped.
type engine struct {
	s     *Service
	dir   Directory
	lease Lease
	plan  *plan.Plan

	mu   sync.Mutex
	rows map[int]RowState
	// steps done since this engine began, of all that it has to do; for the progress display.
	begun       time.Time
	steps, work int
}

// errStopped says that a person asked the job to stop.
var errStopped = errors.New("stopped by a person")

func newEngine(s *Service, l Lease, p *plan.Plan, rows map[int]RowState) *engine {
	if rows == nil {
		rows = make(map[int]RowState)
	}
	e := &engine{s: s, dir: s.o.Directory, lease: l, plan: p, rows: rows, begun: time.Now()}
	e.work = e.open()
	return e
}

// open counts the steps that are left: one to create a person and one to complete them.
func (e *engine) open() int {
	n := 0
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		if c.Action != plan.ActionCreate {
			continue
		}
		rs := e.rows[c.Line]
		if rs.Outcome == "" {
			n++
			if !rs.Created {
				n++
			}
		}
	}
	return n
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

// put records rows in the ledger. It returns errStopped when a person asked the job to stop; the rows are stored then too.
func (e *engine) put(ctx context.Context, rows ...RowState) error {
	if len(rows) == 0 {
		return nil
	}
	now := e.s.now()
	for i := range rows {
		rows[i].At = now
	}
	stop, err := e.s.o.Store.PutRows(ctx, e.lease, rows...)
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	e.mu.Lock()
	for _, rs := range rows {
		before := e.rows[rs.Line]
		if rs.Created && !before.Created {
			e.steps++
		}
		if rs.Outcome != "" && before.Outcome == "" {
			e.steps++
			if !rs.Created {
				e.steps++
			}
		}
		e.rows[rs.Line] = rs
	}
	e.mu.Unlock()
	if stop {
		return errStopped
	}
	return nil
}

// each runs f for the changes that want it, several at once. The first error ends the phase after the calls in flight:
// f gets a context that is not canceled with the phase, so that a call is never torn off between its two records.
func (e *engine) each(ctx context.Context, want func(*plan.Change, RowState) bool, f func(context.Context, *plan.Change) error) error {
	g, phase := errgroup.WithContext(ctx)
	g.SetLimit(e.s.o.InFlight)
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		if c.Action != plan.ActionCreate || !want(c, e.row(c.Line)) {
			continue
		}
		if phase.Err() != nil {
			break
		}
		g.Go(func() error {
			if phase.Err() != nil {
				return nil
			}
			return f(context.WithoutCancel(phase), c)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// run takes the rows as far as they can go now.
func (e *engine) run(ctx context.Context) error {
	if err := e.each(ctx, func(_ *plan.Change, rs RowState) bool { return !rs.Created && rs.Outcome == "" }, e.create); err != nil {
		return err
	}
	if err := e.locate(ctx); err != nil {
		return err
	}
	return e.complete(ctx)
}

// complete brings the rows of people who are there to their end.
func (e *engine) complete(ctx context.Context) error {
	open := func(_ *plan.Change, rs RowState) bool { return rs.Created && rs.Outcome == "" }
	if err := e.each(ctx, open, e.profile); err != nil {
		return err
	}
	if err := e.groups(ctx); err != nil {
		return err
	}
	return e.each(ctx, open, func(ctx context.Context, c *plan.Change) error {
		rs := e.row(c.Line)
		e.conclude(c, &rs)
		return e.put(ctx, rs)
	})
}

// maxTries is how often one call with an unknown outcome is made for a row.
const maxTries = 3

// create adds one person. The intent is stored before each call and its outcome after it.
func (e *engine) create(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	tried := rs.Intent == StepCreate
	for try := 0; ; try++ {
		if tried {
			// The outcome of a former call is unknown: it is read, not repeated.
			found, err := e.settle(ctx, c, &rs)
			if err != nil || found {
				return err
			}
		}
		if try == maxTries {
			return e.fail(ctx, rs, Failure{Step: StepCreate, Reason: FailureNoAnswer})
		}
		rs.Intent = StepCreate
		if err := e.put(ctx, rs); err != nil {
			if errors.Is(err, errStopped) {
				return e.withdraw(ctx, rs, err)
			}
			return err
		}
		u, err := e.dir.CreateUser(ctx, e.plan.CreateAction, newUser(c))
		switch {
		case err == nil:
			return e.created(ctx, c, rs, u)
		case errors.Is(err, zoomapi.ErrUnknownOutcome):
			e.s.log.WarnContext(ctx, "outcome of a call is unknown", "job_id", e.lease.JobID, "line", c.Line, "attempt", try+1)
			tried = true
		case errors.Is(err, zoomapi.ErrExists) && tried:
			// Our own unanswered attempt had succeeded.
			return e.created(ctx, c, rs, zoomapi.User{})
		case isRowError(err):
			return e.fail(ctx, rs, failure(StepCreate, err))
		default:
			return e.withdraw(ctx, rs, err)
		}
	}
}

// settle reads whether an unanswered attempt to add somebody succeeded.
func (e *engine) settle(ctx context.Context, c *plan.Change, rs *RowState) (bool, error) {
	if err := pause(ctx, e.s.o.SettleAfter); err != nil {
		return false, err
	}
	u, found, err := lookup(ctx, e.dir, c.Key)
	if err != nil || !found {
		return false, err
	}
	return true, e.created(ctx, c, *rs, u)
}

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

// withdraw takes back an intent whose call was not made or was refused before it did anything.
func (e *engine) withdraw(ctx context.Context, rs RowState, cause error) error {
	rs.Intent = ""
	if err := e.put(ctx, rs); err != nil && !errors.Is(err, errStopped) {
		return errors.Join(cause, err)
	}
	return cause
}

func (e *engine) created(ctx context.Context, c *plan.Change, rs RowState, u zoomapi.User) error {
	rs.Intent, rs.Created, rs.UserID = "", true, u.ID
	switch {
	case e.plan.CreateAction != zoomapi.ActionCreate, u.Status == zoomapi.StatusActive:
		rs.Presence = PresenceActive
	case u.Status == zoomapi.StatusPending:
		rs.Presence = PresencePending
	}
	if rs.Presence == PresenceActive {
		e.conclude(c, &rs)
	}
	return e.put(ctx, rs)
}

// fail ends a row.
func (e *engine) fail(ctx context.Context, rs RowState, f Failure) error {
	rs.Intent, rs.Outcome, rs.Failure = "", OutcomeFailed, &f
	return e.put(ctx, rs)
}

// conclude gives a row its outcome if nothing is left to do for now, and lists what is outstanding.
func (e *engine) conclude(c *plan.Change, rs *RowState) {
	if rs.Outcome != "" || !rs.Created {
		return
	}
	rs.Outstanding = outstanding(c, *rs)
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

// outstanding names what the row asks for and the account does not hold yet.
func outstanding(c *plan.Change, rs RowState) []string {
	var out []string
	if !rs.Profile {
		for _, f := range c.ProfileFields() {
			out = append(out, string(f.Field))
		}
	}
	first := firstUserGroup(c)
	for i := range c.Groups {
		g := &c.Groups[i]
		if slices.Contains(rs.Joined, g.ID) || (rs.Placed && g == first) {
			continue
		}
		out = append(out, string(g.Kind)+":"+g.Name)
	}
	return out
}

func firstUserGroup(c *plan.Change) *plan.Group {
	for i := range c.Groups {
		if c.Groups[i].Kind == plan.UserGroup {
			return &c.Groups[i]
		}
	}
	return nil
}

func newUser(c *plan.Change) zoomapi.NewUser {
	nu := zoomapi.NewUser{Email: c.Key, Type: c.UserType}
	nu.FirstName, _ = c.Value(roster.FirstName)
	nu.LastName, _ = c.Value(roster.LastName)
	nu.DisplayName, _ = c.Value(roster.DisplayName)
	return nu
}

func profilePatch(c *plan.Change) zoomapi.UserPatch {
	var p zoomapi.UserPatch
	for _, fc := range c.ProfileFields() {
		v := fc.New
		switch fc.Field {
		case roster.Department:
			p.Department = &v
		case roster.JobTitle:
			p.JobTitle = &v
		case roster.Location:
			p.Location = &v
		case roster.Manager:
			p.Manager = &v
		}
	}
	return p
}

// isRowError reports whether an error is about this row alone.
func isRowError(err error) bool {
	return !errors.Is(err, zoomapi.ErrNoSeats) && zoomapi.ClassOf(err) == zoomapi.RowError
}

func failure(step Step, err error) Failure {
	f := Failure{Step: step, Reason: FailureOther, Message: zoomDetail(err)}
	var ze *zoomapi.Error
	if errors.As(err, &ze) {
		f.Status, f.Code = ze.Status, ze.Code
	}
	switch {
	case errors.Is(err, zoomapi.ErrUnknownOutcome):
		f.Reason = FailureNoAnswer
	case errors.Is(err, zoomapi.ErrExists):
		f.Reason = FailureExists
	case errors.Is(err, zoomapi.ErrOtherAccount):
		f.Reason = FailureForeign
	case errors.Is(err, zoomapi.ErrDomain):
		f.Reason = FailureDomain
	case errors.Is(err, zoomapi.ErrNotFound) && step == StepGroups:
		f.Reason = FailureGroup
	case errors.Is(err, zoomapi.ErrNotFound):
		f.Reason = FailureGone
	case errors.Is(err, zoomapi.ErrInvalid):
		f.Reason = FailureValidation
	}
	return f
}
