package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// locate finds out who of the created people is active at once and who is only invited. Zoom's answer to the creation
// does not tell, but its list of pending people does.
func (e *engine) locate(ctx context.Context) error {
	unknown := func(_ *plan.Change, rs RowState) bool {
		return rs.Created && rs.Outcome == "" && rs.Presence == PresenceUnknown
	}
	var lines []*plan.Change
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		if c.Action == plan.ActionCreate && unknown(c, e.row(c.Line)) {
			lines = append(lines, c)
		}
	}
	if len(lines) == 0 {
		return context.Cause(ctx)
	}
	pending := make(map[string]bool)
	// A handful of people is read one by one more cheaply than a list of everybody who was ever invited.
	if len(lines) > fewRows {
		for u, err := range e.dir.Users(ctx, zoomapi.ListUsersOptions{Status: zoomapi.StatusPending}) {
			if err != nil {
				return fmt.Errorf("list pending users: %w", err)
			}
			pending[plan.Key(u.Email)] = true
		}
	}
	var rows []RowState
	for _, c := range lines {
		if !pending[c.Key] {
			continue
		}
		rs := e.row(c.Line)
		rs.Presence = PresencePending
		e.conclude(c, &rs)
		rows = append(rows, rs)
	}
	for chunk := range slices.Chunk(rows, ledgerChunk) {
		if err := e.put(ctx, chunk...); err != nil {
			return err
		}
	}
	return e.each(ctx, unknown, func(ctx context.Context, c *plan.Change) error {
		rs := e.row(c.Line)
		u, found, err := lookup(ctx, e.dir, c.Key)
		switch {
		case err != nil && !isRowError(err):
			return err
		case found && u.Status != zoomapi.StatusPending:
			rs.Presence = PresenceActive
			rs.UserID = orDefault(u.ID, rs.UserID)
		default:
			// Invited people cannot always be read.
			rs.Presence = PresencePending
		}
		e.conclude(c, &rs)
		return e.put(ctx, rs)
	})
}

// ledgerChunk is how many rows go to the ledger at once.
const ledgerChunk = 500

// profile writes what Zoom takes only after the person exists. Of people who are only invited Zoom keeps nothing but one
// group, so they get that.
func (e *engine) profile(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	var patch zoomapi.UserPatch
	if rs.Presence == PresencePending {
		if g := firstUserGroup(c); g != nil && !rs.Placed {
			patch.GroupID = &g.ID
		}
	} else if !rs.Profile {
		patch = profilePatch(c)
	}
	if patch.IsZero() {
		rs.Profile = rs.Profile || rs.Presence == PresenceActive
		e.conclude(c, &rs)
		return e.put(ctx, rs)
	}
	err := repeat(ctx, e.s.o.SettleAfter, func() error { return e.dir.UpdateUser(ctx, target(c, rs), patch) })
	switch {
	case err == nil && rs.Presence == PresencePending:
		rs.Placed = true
	case err == nil:
		rs.Profile = true
	case isRowError(err) && rs.Presence == PresencePending:
		// The group then waits for the activation like everything else.
		rs.Outstanding, rs.Outcome, rs.Invited = outstanding(c, rs), OutcomeWaiting, true
		return e.put(ctx, rs)
	case isRowError(err) || errors.Is(err, zoomapi.ErrUnknownOutcome):
		rs.Outstanding = outstanding(c, rs)
		return e.fail(ctx, rs, failure(StepProfile, err))
	default:
		return err
	}
	e.conclude(c, &rs)
	return e.put(ctx, rs)
}

// target is how calls about a created person name them: by id where Zoom gave one.
func target(c *plan.Change, rs RowState) string {
	if rs.UserID != "" && rs.Presence == PresenceActive {
		return rs.UserID
	}
	return c.Key
}

// repeat makes a call that may be made twice, because it sets what it sets, again while its outcome is unknown.
func repeat(ctx context.Context, wait time.Duration, call func() error) error {
	var err error
	for try := range maxTries {
		if try > 0 {
			if stopped := pause(ctx, wait); stopped != nil {
				return stopped
			}
		}
		if err = call(); !errors.Is(err, zoomapi.ErrUnknownOutcome) {
			return err
		}
	}
	return err
}

// batch is one call that puts people into a group.
type batch struct {
	group   plan.Group
	changes []*plan.Change
}

// groups makes the joins that are left, in batches as large as Zoom takes. Batches of one wave have nobody in common.
func (e *engine) groups(ctx context.Context) error {
	for _, wave := range e.waves() {
		g, phase := errgroup.WithContext(ctx)
		g.SetLimit(e.s.o.InFlight)
		for _, b := range wave {
			g.Go(func() error {
				if phase.Err() != nil {
					return nil
				}
				return e.join(context.WithoutCancel(phase), b)
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// waves cuts the open joins into batches and puts those that share a person into different waves.
func (e *engine) waves() [][]batch {
	var order []string
	byGroup := make(map[string]*batch)
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		rs := e.row(c.Line)
		if c.Action != plan.ActionCreate || !rs.Created || rs.Outcome != "" || rs.Presence != PresenceActive {
			continue
		}
		for _, g := range c.Groups {
			if slices.Contains(rs.Joined, g.ID) {
				continue
			}
			b := byGroup[g.ID]
			if b == nil {
				b = &batch{group: g}
				byGroup[g.ID] = b
				order = append(order, g.ID)
			}
			b.changes = append(b.changes, c)
		}
	}
	var waves [][]batch
	lastWave := make(map[int]int) // line -> the first wave that is free for it
	for _, id := range order {
		b := byGroup[id]
		for part := range slices.Chunk(b.changes, b.group.Kind.BatchSize()) {
			w := 0
			for _, c := range part {
				w = max(w, lastWave[c.Line])
			}
			for _, c := range part {
				lastWave[c.Line] = w + 1
			}
			for len(waves) <= w {
				waves = append(waves, nil)
			}
			waves[w] = append(waves[w], batch{group: b.group, changes: part})
		}
	}
	return waves
}

// join puts the people of a batch into its group. When Zoom refuses the whole call because of somebody, they are put in
// one by one, so that one person does not keep out the others.
func (e *engine) join(ctx context.Context, b batch) error {
	members := make([]string, 0, len(b.changes))
	for _, c := range b.changes {
		members = append(members, target(c, e.row(c.Line)))
	}
	var added []string
	err := repeat(ctx, e.s.o.SettleAfter, func() (err error) {
		added, err = e.add(ctx, b.group, members)
		return err
	})
	switch {
	case err == nil:
	case (isRowError(err) || errors.Is(err, zoomapi.ErrUnknownOutcome)) && len(b.changes) > 1:
		for i := range b.changes {
			if err := e.join(ctx, batch{group: b.group, changes: b.changes[i : i+1]}); err != nil {
				return err
			}
		}
		return nil
	case isRowError(err) || errors.Is(err, zoomapi.ErrUnknownOutcome):
		c := b.changes[0]
		rs := e.row(c.Line)
		rs.Outstanding = outstanding(c, rs)
		return e.fail(ctx, rs, failure(StepGroups, err))
	default:
		return err
	}
	rows := make([]RowState, 0, len(b.changes))
	for i, c := range b.changes {
		rs := e.row(c.Line)
		ok, err := e.joined(ctx, b.group, rs, members[i], added)
		if err != nil {
			return err
		}
		if !ok {
			rs.Outstanding = outstanding(c, rs)
			rs.Outcome, rs.Failure = OutcomeFailed, &Failure{Step: StepGroups, Reason: FailureGroupNotSet, Message: b.group.Name}
		} else {
			rs.Joined = append(slices.Clone(rs.Joined), b.group.ID)
			e.conclude(c, &rs)
		}
		rows = append(rows, rs)
	}
	return e.put(ctx, rows...)
}

func (e *engine) add(ctx context.Context, g plan.Group, members []string) ([]string, error) {
	switch g.Kind {
	case plan.IMGroup:
		return e.dir.AddIMGroupMembers(ctx, g.ID, members)
	case plan.ContactGroup:
		return e.dir.AddContactGroupMembers(ctx, g.ID, members)
	case plan.UserGroup:
		return e.dir.AddGroupMembers(ctx, g.ID, members)
	}
	return nil, fmt.Errorf("unknown kind of group %q", g.Kind)
}

// joined reports whether one of a batch really is in the group now. Zoom names the ids that it added; whoever is missing
// there is read, since the answer is known to be incomplete at times.
func (e *engine) joined(ctx context.Context, g plan.Group, rs RowState, member string, added []string) (bool, error) {
	if slices.Contains(added, member) || (rs.UserID != "" && slices.Contains(added, rs.UserID)) {
		return true, nil
	}
	if g.Kind == plan.ContactGroup {
		// Membership of contact groups is not part of a user record; without an error it counts as done.
		return true, nil
	}
	u, found, err := lookup(ctx, e.dir, member)
	if err != nil || !found {
		return false, err
	}
	return slices.Contains(u.GroupIDs, g.ID) || slices.Contains(u.IMGroupIDs, g.ID), nil
}
