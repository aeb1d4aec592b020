package jobs

import (
	"context"
	"errors"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// erase deletes or unlinks a person. The intent is stored before the call; a call without an answer is settled by reading.
// Whoever is not exactly whom the plan saw is left alone: the person is found by id, and has to have the address and the
// status of then, and no role that runs the account.
func (e *engine) erase(ctx context.Context, c *plan.Change) error {
	for try := 0; ; try++ {
		rs := e.row(c.Line)
		called := rs.Intent == StepDelete
		if try > 0 {
			if err := pause(ctx, e.s.o.SettleAfter); err != nil {
				return err
			}
		}
		u, found, err := e.byID(ctx, c)
		switch {
		case err != nil && !isRowError(err):
			return err
		case err != nil:
			return e.fail(ctx, rs, failure(StepCheck, err))
		case !found && (called || e.doubtful):
			// Our own call has done it, whose answer is missing, or whose record may be lost.
			return e.erased(ctx, rs)
		case !found:
			return e.conflict(ctx, c, rs, Failure{Step: StepCheck, Reason: FailureGone})
		}
		if changed := e.differsFrom(c, &u); changed != "" {
			return e.conflict(ctx, c, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: string(changed)})
		}
		if stop, err := e.heirMissing(ctx, c, &rs); stop || err != nil {
			return err
		}
		switch {
		case e.whyHalted() != nil:
			return e.withdraw(ctx, rs)
		case try == maxTries:
			return e.fail(ctx, rs, Failure{Step: StepDelete, Reason: FailureNoAnswer})
		}
		rs.Intent, rs.UserID = StepDelete, c.UserID
		if err := e.put(ctx, rs); err != nil {
			return err
		}
		if e.whyHalted() != nil {
			return e.withdraw(ctx, rs)
		}
		err = e.dir.DeleteUser(ctx, c.UserID, deleteOptions(c))
		switch {
		case err == nil:
			return e.erased(ctx, rs)
		case errors.Is(err, errNotBegun):
			return e.withdraw(ctx, rs)
		case errors.Is(err, zoomapi.ErrUnknownOutcome):
			e.s.log.WarnContext(ctx, "outcome of a call is unknown", "job_id", e.lease.JobID, "line", c.Line, "attempt", try+1)
		case errors.Is(err, zoomapi.ErrNotFound):
			// The person or the one who gets the data: reading both tells.
		case isRowError(err):
			return e.fail(ctx, rs, failure(StepDelete, err))
		default:
			return errors.Join(err, e.withdraw(ctx, rs))
		}
	}
}

func (e *engine) erased(ctx context.Context, rs RowState) error {
	rs.Intent, rs.Outcome = "", OutcomeDeleted
	return e.put(ctx, rs)
}

// byID reads the person of a row by the id that the plan saw, never by the address, which may be somebody else's by now.
func (e *engine) byID(ctx context.Context, c *plan.Change) (zoomapi.User, bool, error) {
	if c.UserID == "" {
		return zoomapi.User{}, false, nil
	}
	return lookup(ctx, e.dir, c.UserID)
}

// differsFrom names what makes a person another than the plan saw; empty when nothing does.
func (e *engine) differsFrom(c *plan.Change, u *zoomapi.User) roster.Field {
	switch {
	case u.ID != c.UserID:
		return roster.UserID
	case plan.Key(u.Email) != c.Key:
		return roster.Email
	case orDefault(u.Status, zoomapi.StatusActive) != orDefault(c.Status, zoomapi.StatusActive):
		return roster.UserStatus
	case plan.RunsAccount(u):
		return roster.Role
	}
	return ""
}

// heirMissing ends a row whose data nobody can get; it reports whether it did.
func (e *engine) heirMissing(ctx context.Context, c *plan.Change, rs *RowState) (bool, error) {
	to, handed := c.Value(roster.TransferTo)
	if !handed {
		return false, nil
	}
	heir, found, err := lookup(ctx, e.dir, to)
	switch {
	case err != nil && !isRowError(err):
		return false, err
	case err == nil && found && heir.ID != c.UserID && orDefault(heir.Status, zoomapi.StatusActive) == zoomapi.StatusActive:
		return false, nil
	}
	return true, e.fail(ctx, *rs, Failure{Step: StepDelete, Reason: FailureHeir})
}

func deleteOptions(c *plan.Change) zoomapi.DeleteOptions {
	o := zoomapi.DeleteOptions{Action: zoomapi.DeleteDisassociate}
	if c.Action == plan.ActionDelete {
		o.Action = zoomapi.DeletePermanently
	}
	o.TransferEmail, _ = c.Value(roster.TransferTo)
	for f, flag := range map[roster.Field]*bool{
		roster.TransferMeetings: &o.TransferMeetings, roster.TransferWebinars: &o.TransferWebinars,
		roster.TransferRecordings: &o.TransferRecordings, roster.TransferWhiteboards: &o.TransferWhiteboard,
		roster.TransferClips: &o.TransferClips, roster.TransferNotes: &o.TransferNotes, roster.TransferVisitors: &o.TransferVisitors,
		roster.TransferDocs: &o.TransferDocs,
	} {
		v, set := c.Value(f)
		*flag = set && v != plan.AddOnOff
	}
	return o
}
