package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// finish completes people who were only invited and have accepted since. Who is still invited is told by Zoom's list of
// pending people, so that waiting costs one call and not one for each person.
func (e *engine) finish(ctx context.Context) error {
	pending := make(map[string]bool)
	for u, err := range e.dir.Users(ctx, zoomapi.ListUsersOptions{Status: zoomapi.StatusPending}) {
		if err != nil {
			return fmt.Errorf("list pending users: %w", err)
		}
		pending[plan.Key(u.Email)] = true
	}
	accepted := func(c *plan.Change, rs RowState) bool { return rs.Outcome == OutcomeWaiting && !pending[c.Key] }
	if err := e.each(ctx, accepted, e.welcome); err != nil {
		return err
	}
	return e.complete(ctx)
}

// welcome looks at somebody who is not pending any more and opens their row again.
func (e *engine) welcome(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	u, found, err := lookup(ctx, e.dir, c.Key)
	switch {
	case errors.Is(err, zoomapi.ErrInvitationExpired), err == nil && !found:
		rs.Outcome = OutcomeLapsed
		return e.put(ctx, rs)
	case err != nil:
		return err
	case u.Status == zoomapi.StatusPending:
		return nil
	}
	rs.Presence, rs.UserID, rs.Outcome = PresenceActive, orDefault(u.ID, rs.UserID), ""
	// What Zoom kept of the group that was set ahead is seen now, not assumed.
	rs.Placed = false
	for _, g := range c.Groups {
		member := slices.Contains(u.GroupIDs, g.ID) || slices.Contains(u.IMGroupIDs, g.ID)
		if member && !slices.Contains(rs.Joined, g.ID) {
			rs.Joined = append(slices.Clone(rs.Joined), g.ID)
		}
	}
	e.conclude(c, &rs)
	return e.put(ctx, rs)
}
