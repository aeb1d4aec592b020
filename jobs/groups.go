package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// joiner collects people into full batches, one call for each, while others are still being added. A person waits for one
// group at a time: their calls never overlap, and the first user group of the row is joined first, which makes it their
// primary one.
type joiner struct {
	e     *engine
	g     *errgroup.Group
	ended <-chan struct{}
	ctx   context.Context //nolint:containedctx // The joiner lives as long as the call that made it.
	slots chan struct{}

	mu    sync.Mutex
	order []string // group ids as they were first seen
	queue map[string]*batch
	tried map[int][]string // line -> ids of groups that were tried
	// open batches are being joined; no new people come once the last was announced.
	open   int
	noMore bool
}

// batch is one call that puts people into a group.
type batch struct {
	group   plan.Group
	changes []*plan.Change
}

func newJoiner(e *engine, g *errgroup.Group, ended <-chan struct{}, ctx context.Context, slots int) *joiner { //nolint:revive // ctx is kept, and the group comes with its end.
	return &joiner{
		e: e, g: g, ended: ended, ctx: ctx, slots: make(chan struct{}, slots),
		queue: make(map[string]*batch), tried: make(map[int][]string),
	}
}

// ready puts a person in line for their next group. Nobody else works on the person.
func (j *joiner) ready(c *plan.Change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.enqueue(c)
}

func (j *joiner) enqueue(c *plan.Change) {
	joined := j.e.row(c.Line).Joined
	for _, g := range c.Groups {
		if slices.Contains(joined, g.ID) || slices.Contains(j.tried[c.Line], g.ID) {
			continue
		}
		b := j.queue[g.ID]
		if b == nil {
			b = &batch{group: g}
			j.queue[g.ID] = b
			j.order = append(j.order, g.ID)
		}
		b.changes = append(b.changes, c)
		if len(b.changes) >= g.Kind.BatchSize() {
			j.start(b)
		}
		return
	}
}

// start sends off what a queue holds.
func (j *joiner) start(b *batch) {
	sent := batch{group: b.group, changes: b.changes}
	b.changes = nil
	j.open++
	j.g.Go(func() error {
		select {
		case j.slots <- struct{}{}:
		case <-j.ended:
			return nil
		}
		select {
		case <-j.ended:
			return nil
		default:
		}
		err := j.e.join(j.ctx, sent)
		<-j.slots
		if err != nil {
			return err
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		for _, c := range sent.changes {
			j.tried[c.Line] = append(j.tried[c.Line], sent.group.ID)
			j.enqueue(c)
		}
		j.open--
		j.flush()
		return nil
	})
}

// last says that nobody else comes: what is left goes in smaller batches.
func (j *joiner) last() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.noMore = true
	j.flush()
}

// flush sends off incomplete batches once nothing can complete them. People in them are in no other one.
func (j *joiner) flush() {
	if !j.noMore || j.open > 0 {
		return
	}
	for _, id := range j.order {
		if b := j.queue[id]; len(b.changes) > 0 {
			j.start(b)
		}
	}
}

// codeNoGroup is Zoom's number for a group that does not exist.
const codeNoGroup = 4130

// join puts the people of a batch into its group. When Zoom refuses the call because of somebody, the batch is halved until
// it is clear whom, so that one person does not keep out the others.
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
	var ze *zoomapi.Error
	switch {
	case err == nil:
		return e.joined(ctx, b, members, added)
	case errors.Is(err, zoomapi.ErrUnknownOutcome):
		return e.settleJoin(ctx, b, err)
	case errors.Is(err, zoomapi.ErrGone), errors.As(err, &ze) && ze.Code == codeNoGroup:
		return e.notJoined(ctx, b, failure(StepGroups, err))
	case !isRowError(err):
		return err
	case len(b.changes) > 1:
		half := len(b.changes) / 2
		if err := e.join(ctx, batch{group: b.group, changes: b.changes[:half]}); err != nil {
			return err
		}
		return e.join(ctx, batch{group: b.group, changes: b.changes[half:]})
	}
	return e.notJoined(ctx, b, failure(StepGroups, err))
}

// notJoined ends the rows of people who could not be put into a group.
func (e *engine) notJoined(ctx context.Context, b batch, f Failure) error {
	rows := make([]RowState, 0, len(b.changes))
	for _, c := range b.changes {
		rs := e.row(c.Line)
		rs.Outcome, rs.Failure, rs.Outstanding = OutcomeFailed, &f, outstanding(c, rs)
		rows = append(rows, rs)
	}
	return e.put(ctx, rows...)
}

// joined records who of a batch is in the group now. Zoom names the ids that it added; whoever is missing there is read,
// since the answer is known to be incomplete at times.
func (e *engine) joined(ctx context.Context, b batch, members, added []string) error {
	rows := make([]RowState, 0, len(b.changes))
	for i, c := range b.changes {
		rs := e.row(c.Line)
		in := slices.Contains(added, members[i])
		if !in {
			u, found, err := lookup(ctx, e.dir, members[i])
			if err != nil && !isRowError(err) {
				return err
			}
			in = found && (member(u, b.group) || slices.Contains(added, u.ID))
			rs.UserID = orDefault(rs.UserID, u.ID)
		}
		e.enter(b.group, c, &rs, in, Failure{Step: StepGroups, Reason: FailureGroupNotSet, Message: b.group.Name})
		rows = append(rows, rs)
	}
	return e.put(ctx, rows...)
}

// settleJoin reads who is in a group after calls without an answer. Of contact groups that cannot be told.
func (e *engine) settleJoin(ctx context.Context, b batch, cause error) error {
	rows := make([]RowState, 0, len(b.changes))
	for _, c := range b.changes {
		rs := e.row(c.Line)
		u, found, err := lookup(ctx, e.dir, target(c, rs))
		if err != nil && !isRowError(err) {
			return err
		}
		e.enter(b.group, c, &rs, found && member(u, b.group), failure(StepGroups, cause))
		rows = append(rows, rs)
	}
	return e.put(ctx, rows...)
}

// enter notes in a row whether its person is in a group.
func (e *engine) enter(g plan.Group, c *plan.Change, rs *RowState, in bool, otherwise Failure) {
	if in {
		rs.Joined, rs.Wrote = append(slices.Clone(rs.Joined), g.ID), true
		e.conclude(c, rs)
		return
	}
	rs.Outcome, rs.Failure, rs.Outstanding = OutcomeFailed, &otherwise, outstanding(c, *rs)
}

// member reports whether a person's record shows a group. Records do not show contact groups.
func member(u zoomapi.User, g plan.Group) bool {
	return slices.Contains(u.GroupIDs, g.ID) || slices.Contains(u.IMGroupIDs, g.ID)
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
