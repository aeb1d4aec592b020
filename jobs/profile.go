package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// locate finds out who of the created people is active at once and who is only invited; it reports whether there were any
// to locate. Zoom's answer to the creation does not tell, but its list of pending people does. Whoever is missing there is
// read, since lists lag behind.
func (e *engine) locate(ctx context.Context) (bool, error) {
	unknown := func(_ *plan.Change, rs RowState) bool {
		return rs.Created && rs.Outcome == "" && rs.Presence == PresenceUnknown
	}
	var lines []*plan.Change
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		if c.Action != plan.ActionNone && unknown(c, e.row(c.Line)) {
			lines = append(lines, c)
		}
	}
	if len(lines) == 0 {
		return false, context.Cause(ctx)
	}
	var pending map[string]bool
	// A handful of people is read one by one more cheaply than a list of everybody who was ever invited.
	if len(lines) > fewRows {
		var err error
		if pending, err = listPending(ctx, e.dir); err != nil {
			return true, err
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
			return true, err
		}
	}
	return true, e.each(ctx, unknown, e.look)
}

// look reads one created person to see whether they are active.
func (e *engine) look(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	u, found, err := e.find(ctx, c, rs)
	switch {
	case err != nil && !isRowError(err):
		return err
	case found && u.Status == zoomapi.StatusActive:
		rs.Presence = PresenceActive
		rs.UserID = orDefault(u.ID, rs.UserID)
	default:
		// Invited people cannot always be read. If this one turns out to be there, finishing will see it.
		rs.Presence = PresencePending
	}
	e.conclude(c, &rs)
	return e.put(ctx, rs)
}

// ledgerChunk is how many rows go to the ledger at once.
const ledgerChunk = 500

// profile writes what Zoom takes only after the person exists. Of people who are only invited Zoom keeps nothing but one
// group, so they get that.
func (e *engine) profile(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	pending := rs.Presence == PresencePending
	var patch zoomapi.UserPatch
	switch g := firstUserGroup(c); {
	case pending && g != nil && !rs.Placed:
		patch.GroupID = &g.ID
	case !pending && !rs.Profile:
		patch = e.profilePatch(c, nil)
	}
	if patch.IsZero() {
		if e.conclude(c, &rs); rs.Outcome == "" {
			return nil
		}
		return e.put(ctx, rs)
	}
	err := e.patch(ctx, c, &rs, patch)
	refused := isRowError(err) || errors.Is(err, zoomapi.ErrUnknownOutcome)
	switch {
	case err == nil && pending:
		rs.Placed = true
	case err == nil:
		rs.Profile = true
	case refused && pending:
		// The group then waits for the activation like everything else.
		rs.Outstanding, rs.Outcome, rs.Invited = outstanding(c, rs), OutcomeWaiting, true
	case refused:
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

// outstanding names what the row asks for and the account does not hold yet.
func outstanding(c *plan.Change, rs RowState) []string {
	var out []string
	if c.Action == plan.ActionActivate && !rs.Status {
		out = append(out, "status")
	}
	for _, f := range c.Fields {
		done := rs.Profile
		switch {
		case addOn(f.Field):
			done = rs.AddOns || slices.Contains(rs.Had, f.Field)
		case f.Field == roster.UserType:
			done = rs.Licence || rs.Created
		case f.Field == roster.NewEmail:
			done = rs.Address
		case rs.Created && createField(f.Field):
			done = true
		}
		if !done {
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
	for _, g := range c.Leaves {
		if !slices.Contains(rs.Left, g.ID) {
			out = append(out, leavePrefix+string(g.Kind)+":"+g.Name)
		}
	}
	return out
}

// leavePrefix begins the names of outstanding things that are groups to leave.
const leavePrefix = "leave_"

// createField reports whether people are added with the field already.
func createField(f roster.Field) bool {
	return slices.Contains([]roster.Field{roster.Email, roster.FirstName, roster.LastName, roster.DisplayName}, f)
}

func addOn(f roster.Field) bool { return slices.Contains(addOnColumns(), f) }

func firstUserGroup(c *plan.Change) *plan.Group {
	for i := range c.Groups {
		if c.Groups[i].Kind == plan.UserGroup {
			return &c.Groups[i]
		}
	}
	return nil
}
