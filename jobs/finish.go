package jobs

import (
	"context"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// finish completes people who were only invited and have accepted since. Who is still invited is told by Zoom's list of
// pending people, so that waiting costs one call and not one for each person.
func (e *engine) finish(ctx context.Context) error {
	pending, err := listPending(ctx, e.dir)
	if err != nil {
		return err
	}
	accepted := func(c *plan.Change, rs RowState) bool {
		return rs.Outcome == OutcomeWaiting && !pending[c.Key] && !e.stopped()
	}
	busy, err := e.engageAccepted(ctx, accepted)
	if err != nil {
		return err
	}
	mine := func(c *plan.Change, rs RowState) bool { return accepted(c, rs) && !busy[c.Key] }
	if err := e.makeGroups(ctx); err != nil {
		return err
	}
	if err := e.each(ctx, mine, e.welcome); err != nil {
		return err
	}
	// Rows that no licence came for are given back already.
	if err := e.flow(ctx, func(c *plan.Change) bool { return e.row(c.Line).Created }); err != nil {
		return err
	}
	if e.whyHalted() != nil {
		return e.whyHalted()
	}
	return e.lacking()
}

// welcome looks at somebody who is not pending any more and opens their row again.
func (e *engine) welcome(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	u, found, err := e.find(ctx, c, rs)
	switch {
	case isRowError(err):
		return e.fail(ctx, rs, failure(StepProfile, err))
	case err != nil:
		return err
	case !found:
		rs.Outcome = OutcomeLapsed
		if e.undone {
			// Taken back, and not lapsed.
			rs.Outcome, rs.Outstanding = OutcomeWithdrawn, nil
		}
		return e.put(ctx, rs)
	case u.Status == zoomapi.StatusPending:
		// The list lagged behind.
		return nil
	case u.Status == zoomapi.StatusInactive:
		// Somebody has deactivated the person: not for us to touch.
		return e.fail(ctx, rs, Failure{Step: StepProfile, Reason: FailureGone})
	}
	rs.Presence, rs.UserID, rs.Outcome = PresenceActive, orDefault(u.ID, rs.UserID), ""
	// What Zoom kept of the group that was set ahead is seen now, not assumed.
	rs.Placed, rs.Joined = false, nil
	for _, g := range c.Groups {
		if member(u, g) {
			rs.Joined = append(rs.Joined, g.ID)
		}
	}
	e.conclude(c, &rs)
	return e.put(ctx, rs)
}

// find reads a created person by address, or else by the id that Zoom gave: the address may have been changed since.
func (e *engine) find(ctx context.Context, c *plan.Change, rs RowState) (zoomapi.User, bool, error) {
	u, found, err := lookup(ctx, e.dir, c.Key)
	if err == nil && !found && rs.UserID != "" {
		return lookup(ctx, e.dir, rs.UserID)
	}
	return u, found, err
}

// engageAccepted claims the people who have accepted, and tells whom another job is working on: they have to wait for the next
// look.
func (e *engine) engageAccepted(ctx context.Context, accepted func(*plan.Change, RowState) bool) (busy map[string]bool, err error) {
	var keys []string
	for i := range e.plan.Changes {
		if c := &e.plan.Changes[i]; c.Action != plan.ActionNone && accepted(c, e.row(c.Line)) {
			keys = append(keys, c.Key)
		}
	}
	holder, _, err := e.s.claimPeople(ctx, e.lease.JobID, keys)
	if err != nil || holder == "" {
		return nil, err
	}
	busy = make(map[string]bool)
	for _, key := range keys {
		if holder, _, err = e.s.claimPeople(ctx, e.lease.JobID, []string{key}); err != nil {
			return nil, err
		}
		busy[key] = holder != ""
	}
	return busy, nil
}
