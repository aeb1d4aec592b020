package jobs

import (
	"context"
	"errors"
	"slices"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// change works on somebody who was there before. Every call sets what it sets, so one without an answer may be repeated;
// what was done is recorded after each, and a row that was begun is not compared with the plan again.
func (e *engine) change(ctx context.Context, c *plan.Change, j *joiner) error {
	if c.Action == plan.ActionWithdraw {
		return e.takeBack(ctx, c)
	}
	if c.Action == plan.ActionDeactivate {
		return e.deactivate(ctx, c)
	}
	if c.Action.Removes() {
		return e.erase(ctx, c)
	}
	have, err := e.check(ctx, c)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, *plan.Change) error{
		e.activate,
		func(ctx context.Context, c *plan.Change) error { return e.edit(ctx, c, have) },
		e.licence,
		e.addOns,
	} {
		if e.row(c.Line).Outcome != "" {
			return nil
		}
		if err := step(ctx, c); err != nil {
			return err
		}
	}
	rs := e.row(c.Line)
	if rs.Outcome != "" {
		return nil
	}
	if slices.ContainsFunc(c.Groups, func(g plan.Group) bool { return !slices.Contains(rs.Joined, g.ID) }) {
		j.ready(c)
		return nil
	}
	return e.finishRow(ctx, c)
}

// finishRow concludes a row whose last step has been made.
func (e *engine) finishRow(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	if e.conclude(c, &rs); rs.Outcome == "" {
		return nil
	}
	return e.put(ctx, rs)
}

// check compares a person with what the plan saw. It returns which fields have their new values already.
func (e *engine) check(ctx context.Context, c *plan.Change) (func(plan.FieldChange) bool, error) {
	rs := e.row(c.Line)
	if rs.Checked {
		// Begun before: everything that is not recorded is set again.
		return nil, nil
	}
	u, found, err := e.findKnown(ctx, c)
	switch {
	case err != nil && !isRowError(err):
		return nil, err
	case err != nil:
		return nil, e.fail(ctx, rs, failure(StepCheck, err))
	case !found:
		return nil, e.conflict(ctx, rs, Failure{Step: StepCheck, Reason: FailureGone})
	case u.Status != "" && u.Status != c.Status && !(c.Action == plan.ActionActivate && u.Status == zoomapi.StatusActive):
		return nil, e.conflict(ctx, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: string(roster.UserStatus)})
	}
	var features *zoomapi.Features
	if hasAddOns(c) && u.Status == zoomapi.StatusActive {
		set, err := e.dir.Settings(ctx, u.ID)
		if err != nil && !isRowError(err) {
			return nil, err
		}
		if err == nil {
			features = &set.Feature
		}
	}
	var changed []roster.Field
	done := make(map[roster.Field]bool)
	for _, f := range c.Fields {
		now, known := e.plan.Current(f.Field, &u, features)
		switch {
		case !known:
		case plan.Same(f.Field, now, f.New):
			done[f.Field] = true
		case !f.Unread && !plan.Same(f.Field, now, f.Old):
			changed = append(changed, f.Field)
		}
	}
	if len(changed) > 0 {
		return nil, e.conflict(ctx, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: fieldNames(changed)})
	}
	rs.Checked, rs.UserID = true, orDefault(u.ID, c.UserID)
	rs.Presence = PresenceActive
	rs.Licence = done[roster.UserType]
	rs.AddOns = hasAddOns(c) && !slices.ContainsFunc(c.Fields, func(f plan.FieldChange) bool { return addOn(f.Field) && !done[f.Field] })
	rs.Address = done[roster.NewEmail]
	rs.Status = c.Action == plan.ActionActivate && u.Status == zoomapi.StatusActive
	for _, g := range c.Groups {
		if g.ID != "" && member(u, g) {
			rs.Joined = append(rs.Joined, g.ID)
		}
	}
	for _, g := range c.Leaves {
		if g.Kind != plan.ContactGroup && !member(u, g) {
			rs.Left = append(rs.Left, g.ID)
		}
	}
	return func(f plan.FieldChange) bool { return done[f.Field] }, e.put(ctx, rs)
}

// findKnown reads somebody who was there before: by id where the plan has one, since the address may be another by now.
func (e *engine) findKnown(ctx context.Context, c *plan.Change) (zoomapi.User, bool, error) {
	if c.UserID != "" {
		u, found, err := lookup(ctx, e.dir, c.UserID)
		if err != nil || found {
			return u, found, err
		}
	}
	return lookup(ctx, e.dir, c.Key)
}

// conflict ends a row because somebody else was there first.
func (e *engine) conflict(ctx context.Context, rs RowState, f Failure) error {
	rs.Intent, rs.Outcome, rs.Failure = "", OutcomeConflict, &f
	return e.put(ctx, rs)
}

// activate lets a person in again.
func (e *engine) activate(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	if c.Action != plan.ActionActivate || rs.Status {
		return nil
	}
	err := repeat(ctx, e.s.o.SettleAfter, func() error { return e.dir.SetUserStatus(ctx, target(c, rs), true) })
	switch {
	case errors.Is(err, zoomapi.ErrNoSeats):
		return err
	case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
		rs.Outstanding = outstanding(c, rs)
		return e.fail(ctx, rs, failure(StepStatus, err))
	case err != nil:
		return err
	}
	rs.Status = true
	return e.put(ctx, rs)
}

// edit writes the fields of the profile that do not have their values yet.
func (e *engine) edit(ctx context.Context, c *plan.Change, have func(plan.FieldChange) bool) error {
	rs := e.row(c.Line)
	if rs.Profile {
		return nil
	}
	if p := e.profilePatch(c, have); !p.IsZero() {
		err := e.patch(ctx, c, &rs, p)
		switch {
		case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
			rs.Outstanding = outstanding(c, rs)
			return e.fail(ctx, rs, failure(StepProfile, err))
		case err != nil:
			return err
		}
	}
	rs.Profile = true
	return e.put(ctx, rs)
}

// licence sets the user type, in a call of its own: a licence that is used up shall not keep back the profile.
func (e *engine) licence(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	name, asked := c.Value(roster.UserType)
	userType, ok := plan.ParseType(name)
	if !asked || !ok || rs.Licence {
		return nil
	}
	err := repeat(ctx, e.s.o.SettleAfter, func() error {
		return e.dir.UpdateUser(ctx, target(c, rs), zoomapi.UserPatch{Type: &userType})
	})
	switch {
	case errors.Is(err, zoomapi.ErrNoSeats):
		return err
	case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
		rs.Outstanding = outstanding(c, rs)
		return e.fail(ctx, rs, failure(StepLicence, err))
	case err != nil:
		return err
	}
	rs.Licence = true
	if userType != zoomapi.TypeLicensed && addOnLicence(c) == "" {
		// Zoom takes the add-ons away with the licence.
		rs.AddOns = true
	}
	return e.put(ctx, rs)
}

// deactivate shuts a person out.
func (e *engine) deactivate(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	if !rs.Checked {
		u, found, err := e.findKnown(ctx, c)
		switch {
		case err != nil && !isRowError(err):
			return err
		case err != nil:
			return e.fail(ctx, rs, failure(StepCheck, err))
		case !found:
			return e.conflict(ctx, rs, Failure{Step: StepCheck, Reason: FailureGone})
		case u.Status == zoomapi.StatusPending:
			return e.conflict(ctx, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: string(roster.UserStatus)})
		case u.Status == zoomapi.StatusInactive:
			rs.Checked, rs.Outcome = true, OutcomeDeactivated
			return e.put(ctx, rs)
		}
		rs.Checked, rs.UserID, rs.Presence = true, orDefault(u.ID, c.UserID), PresenceActive
		if err := e.put(ctx, rs); err != nil {
			return err
		}
	}
	err := repeat(ctx, e.s.o.SettleAfter, func() error { return e.dir.SetUserStatus(ctx, target(c, rs), false) })
	switch {
	case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
		return e.fail(ctx, rs, failure(StepStatus, err))
	case err != nil:
		return err
	}
	rs.Outcome = OutcomeDeactivated
	return e.put(ctx, rs)
}

// takeBack withdraws an invitation: for good, or because a new one follows.
func (e *engine) takeBack(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	u, found, err := lookup(ctx, e.dir, c.Key)
	if err != nil && !isRowError(err) {
		return err
	}
	switch {
	case found && u.Status != zoomapi.StatusPending && u.Status != "":
		return e.conflict(ctx, rs, Failure{Step: StepWithdraw, Reason: FailureAccepted})
	case !found:
		// Invited people cannot always be read; the list has them all.
		if found, err = e.invited.has(ctx, e.dir, c.Key, e.begun); err != nil {
			return err
		}
	}
	if found {
		err := repeat(ctx, e.s.o.SettleAfter, func() error {
			return e.dir.DeleteUser(ctx, c.Key, zoomapi.DeleteOptions{Action: zoomapi.DeleteDisassociate})
		})
		switch {
		case absent(err):
		case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
			return e.fail(ctx, rs, failure(StepWithdraw, err))
		case err != nil:
			return err
		}
	}
	rs.Withdrawn = true
	if c.Action == plan.ActionWithdraw {
		rs.Outcome = OutcomeWithdrawn
	}
	return e.put(ctx, rs)
}
