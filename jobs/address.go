package jobs

import (
	"context"
	"errors"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// newAddresses gives people their new addresses, once their rows have nothing else outstanding: whatever Zoom says about an
// address, the rest of the row is done, and until then people are found by the address that the file has.
func (e *engine) newAddresses(ctx context.Context) error {
	ready := func(c *plan.Change, rs RowState) bool {
		if _, moves := c.Value(roster.NewEmail); !moves || rs.Outcome != "" || !rs.Checked || rs.Address {
			return false
		}
		left := outstanding(c, rs)
		return len(left) == 1 && left[0] == string(roster.NewEmail)
	}
	return e.each(ctx, ready, func(ctx context.Context, c *plan.Change) error {
		if rs := e.row(c.Line); e.whyHalted() != nil && rs.Intent != StepAddress {
			return nil
		}
		return e.held(c, e.address(ctx, c))
	})
}

// address changes one person's address. Zoom counts the changes of a day, so one without an answer is read, not repeated.
func (e *engine) address(ctx context.Context, c *plan.Change) error {
	to, _ := c.Value(roster.NewEmail)
	for try := 0; ; try++ {
		rs := e.row(c.Line)
		if rs.Intent == StepAddress {
			if err := pause(ctx, e.s.o.SettleAfter); err != nil {
				return err
			}
			u, found, err := e.readdressed(ctx, c, to)
			switch {
			case err != nil && !isRowError(err):
				return err
			case err == nil && found && plan.Key(u.Email) == plan.Key(to) && (c.UserID == "" || u.ID == c.UserID):
				return e.moved(ctx, c, rs)
			}
		}
		if try == maxTries {
			return e.failAddress(ctx, c, rs, Failure{Step: StepAddress, Reason: FailureNoAnswer})
		}
		rs.Intent = StepAddress
		if err := e.put(ctx, rs); err != nil {
			return err
		}
		err := e.dir.SetUserEmail(ctx, target(c, rs), to)
		if errors.Is(err, zoomapi.ErrUnknownOutcome) {
			e.s.log.WarnContext(ctx, "outcome of a call is unknown", "job_id", e.lease.JobID, "line", c.Line, "attempt", try+1)
			continue
		}
		f := failure(StepAddress, err)
		ze, refused := errors.AsType[*zoomapi.Error](err)
		switch {
		case err == nil:
			return e.moved(ctx, c, rs)
		case refused && ze.Limit == zoomapi.LimitUserDaily:
			// It is this person's address that was changed too often today; others' can be.
			f.Reason = FailureTooOften
			return e.failAddress(ctx, c, rs, f)
		case isRowError(err):
			return e.failAddress(ctx, c, rs, f)
		default:
			return errors.Join(err, e.withdraw(ctx, rs))
		}
	}
}

// readdressed reads the person of a row whose address may have been changed.
func (e *engine) readdressed(ctx context.Context, c *plan.Change, to string) (zoomapi.User, bool, error) {
	if c.UserID != "" {
		return lookup(ctx, e.dir, c.UserID)
	}
	return lookup(ctx, e.dir, to)
}

func (e *engine) moved(ctx context.Context, c *plan.Change, rs RowState) error {
	rs.Intent, rs.Address, rs.Wrote = "", true, true
	e.conclude(c, &rs)
	return e.put(ctx, rs)
}

func (e *engine) failAddress(ctx context.Context, c *plan.Change, rs RowState, f Failure) error {
	rs.Outstanding = outstanding(c, rs)
	return e.fail(ctx, rs, f)
}
