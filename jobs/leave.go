package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// leaveGroups takes people out of groups, after they have joined the ones that the row asks for: nobody is without a group
// in between.
func (e *engine) leaveGroups(ctx context.Context) error {
	ready := func(c *plan.Change, rs RowState) bool {
		if len(c.Leaves) == 0 || rs.Outcome != "" || !rs.Checked || !rs.Profile {
			return false
		}
		left := outstanding(c, rs)
		return !slices.ContainsFunc(left, func(item string) bool { return !isLeave(item) && item != string(roster.NewEmail) })
	}
	return e.each(ctx, ready, func(ctx context.Context, c *plan.Change) error {
		if rs := e.row(c.Line); e.whyHalted() != nil && !rs.begun() {
			// Nothing was written for the person yet, and nothing is to be.
			return nil
		}
		return e.held(c, e.leave(ctx, c))
	})
}

func isLeave(item string) bool {
	return len(item) > len(leavePrefix) && item[:len(leavePrefix)] == leavePrefix
}

func (e *engine) leave(ctx context.Context, c *plan.Change) error {
	for _, g := range c.Leaves {
		rs := e.row(c.Line)
		if slices.Contains(rs.Left, g.ID) {
			continue
		}
		err := repeat(ctx, e.s.o.SettleAfter, func() error { return e.remove(ctx, g, target(c, rs)) })
		switch {
		case errors.Is(err, zoomapi.ErrNotFound):
			// Not a member any more, or the group is gone: what was asked for.
		case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
			rs.Outstanding = outstanding(c, rs)
			f := failure(StepGroups, err)
			f.Message = orDefault(f.Message, g.Name)
			return e.fail(ctx, rs, f)
		case err != nil:
			return err
		}
		rs.Left, rs.Wrote = append(slices.Clone(rs.Left), g.ID), true
		e.conclude(c, &rs)
		if err := e.put(ctx, rs); err != nil {
			return err
		}
	}
	return e.finishRow(ctx, c)
}

func (e *engine) remove(ctx context.Context, g plan.Group, member string) error {
	switch g.Kind {
	case plan.IMGroup:
		return e.dir.RemoveIMGroupMember(ctx, g.ID, member)
	case plan.ContactGroup:
		return e.dir.RemoveContactGroupMembers(ctx, g.ID, []string{member})
	case plan.UserGroup:
		return e.dir.RemoveGroupMember(ctx, g.ID, member)
	}
	return fmt.Errorf("unknown kind of group %q", g.Kind)
}

// makeGroups creates the groups that the plan adds, or finds them if that happened before, and gives them their ids.
func (e *engine) makeGroups(ctx context.Context) error {
	if !e.groupsMissing() || !e.anythingToDo() {
		return nil
	}
	ids, err := e.groupIDs(ctx)
	if err != nil {
		return err
	}
	for _, name := range e.plan.NewGroups {
		if ids[plan.FoldName(name)] != "" || e.whyHalted() != nil {
			continue
		}
		g, err := e.dir.CreateGroup(ctx, name)
		if isRowError(err) && !errors.Is(err, zoomapi.ErrExists) {
			// The rows that need this group are told so; the others go on.
			if e.noGroup == nil {
				e.noGroup = make(map[string]Failure)
			}
			f := failure(StepGroups, err)
			f.Message = strings.TrimSpace(name + ": " + f.Message)
			e.noGroup[plan.FoldName(name)] = f
			continue
		}
		if errors.Is(err, zoomapi.ErrExists) || errors.Is(err, zoomapi.ErrUnknownOutcome) {
			if ids, err = e.groupIDs(ctx); err == nil && ids[plan.FoldName(name)] == "" {
				err = fmt.Errorf("create a group: %w", zoomapi.ErrUnknownOutcome)
			}
			g.ID = ids[plan.FoldName(name)]
		}
		if err != nil {
			return fmt.Errorf("create a group: %w", err)
		}
		ids[plan.FoldName(name)] = g.ID
	}
	for i := range e.plan.Changes {
		groups := e.plan.Changes[i].Groups
		for k := range groups {
			if groups[k].ID == "" {
				groups[k].ID = ids[plan.FoldName(groups[k].Name)]
			}
		}
	}
	// From now on the stored plan knows them by id, as the ledger does.
	return e.s.putPlan(ctx, e.lease, e.plan)
}

// lacksGroup tells why a row cannot be carried out: a group that it names could not be made.
// Without a reason the group was not made because the job is to stop.
func (e *engine) lacksGroup(c *plan.Change) (why *Failure, lacks bool) {
	for _, g := range c.Groups {
		if g.ID != "" {
			continue
		}
		if f, known := e.noGroup[plan.FoldName(g.Name)]; known {
			return &f, true
		}
		return nil, true
	}
	return nil, false
}

// groupsMissing reports whether the plan joins groups that have no id yet.
func (e *engine) groupsMissing() bool {
	if len(e.plan.NewGroups) == 0 {
		return false
	}
	for i := range e.plan.Changes {
		if slices.ContainsFunc(e.plan.Changes[i].Groups, func(g plan.Group) bool { return g.ID == "" }) {
			return true
		}
	}
	return false
}

// anythingToDo reports whether a row is still open.
func (e *engine) anythingToDo() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.plan.Changes, func(c plan.Change) bool {
		rs := e.rows[c.Line]
		return c.Action != plan.ActionNone && (rs.Outcome == "" || rs.Outcome == OutcomeWaiting)
	})
}

func (e *engine) groupIDs(ctx context.Context) (map[string]string, error) {
	ids := make(map[string]string)
	for g, err := range e.dir.Groups(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list groups: %w", err)
		}
		ids[plan.FoldName(roster.Clean(roster.UserGroup, g.Name))] = g.ID
	}
	return ids, nil
}
