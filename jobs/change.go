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
	return e.settleDoubt(ctx, c, e.alter(ctx, c, j))
}

// settleDoubt takes the doubt from a row of which nothing was written because Zoom refused, or the job is to stop.
func (e *engine) settleDoubt(ctx context.Context, c *plan.Change, err error) error {
	rs := e.row(c.Line)
	refused := err != nil && !errors.Is(err, zoomapi.ErrUnknownOutcome) && !errors.Is(err, ErrFenced)
	if !rs.inDoubt() || (!refused && e.whyHalted() == nil) || (err != nil && !refused) {
		return err
	}
	rs.Began, rs.Found = false, nil
	return errors.Join(err, e.put(ctx, rs))
}

// clearDoubts takes the doubt from the rows that this engine has compared and then not come to write: its calls are all over,
// and their outcomes known.
func (e *engine) clearDoubts(ctx context.Context) error {
	e.mu.Lock()
	var rows []RowState
	for line := range e.compared {
		if rs := e.rows[line]; rs.inDoubt() {
			rs.Began, rs.Found = false, nil
			rows = append(rows, rs)
		}
	}
	e.mu.Unlock()
	for chunk := range slices.Chunk(rows, ledgerChunk) {
		if err := e.put(ctx, chunk...); err != nil {
			return err
		}
	}
	return nil
}

// alter takes a row through its steps, up to its group joins.
func (e *engine) alter(ctx context.Context, c *plan.Change, j *joiner) error {
	have, err := e.check(ctx, c)
	if err != nil {
		return err
	}
	rs := e.row(c.Line)
	if halted := e.whyHalted() != nil; halted && rs.Outcome == "" && !rs.Wrote {
		// Nothing was written for the person yet, and nothing is to be.
		return nil
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
	if rs = e.row(c.Line); rs.Outcome != "" {
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
	if rs.Outcome != "" {
		return nil
	}
	if e.conclude(c, &rs); rs.Outcome == "" {
		return nil
	}
	return e.put(ctx, rs)
}

// check compares a person with what the plan saw, once in every attempt: a job may have rested for long. What the ledger
// says is done is not compared again. It returns which fields have their new values already.
func (e *engine) check(ctx context.Context, c *plan.Change) (func(plan.FieldChange) bool, error) {
	rs := e.row(c.Line)
	u, found, err := e.findKnown(ctx, c)
	switch {
	case err != nil && !isRowError(err):
		return nil, err
	case err != nil:
		return nil, e.fail(ctx, rs, failure(StepCheck, err))
	case !found:
		return nil, e.gone(ctx, c, rs)
	case u.Status != "" && u.Status != c.Status && (c.Action != plan.ActionActivate || u.Status != zoomapi.StatusActive),
		rs.Status && u.Status == zoomapi.StatusInactive:
		return nil, e.conflict(ctx, c, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: string(roster.UserStatus)})
	}
	if !rs.Wrote && c.Takes(&u, e.s.o.Guards.AllowAdmins) {
		return nil, e.conflict(ctx, c, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: string(roster.Role)})
	}
	var features *zoomapi.Features
	if hasAddOns(c) && !rs.AddOns && u.Status == zoomapi.StatusActive {
		set, err := e.dir.Settings(ctx, orDefault(u.ID, c.Key))
		if err != nil && !isRowError(err) {
			return nil, err
		}
		if err == nil {
			features = &set.Feature
		}
	}
	done, changed := e.compare(c, &rs, &u, features)
	if len(changed) > 0 {
		return nil, e.conflict(ctx, c, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: fieldNames(changed)})
	}
	rs.Checked, rs.UserID, rs.Presence = true, orDefault(u.ID, c.UserID), PresenceActive
	rs.Licence = rs.Licence || done[roster.UserType]
	rs.Address = rs.Address || done[roster.NewEmail]
	rs.Status = rs.Status || (c.Action == plan.ActionActivate && u.Status == zoomapi.StatusActive)
	for _, f := range c.Fields {
		if addOn(f.Field) && done[f.Field] && !slices.Contains(rs.Had, f.Field) {
			rs.Had = append(slices.Clone(rs.Had), f.Field)
		}
	}
	for _, g := range c.Groups {
		if g.ID != "" && member(u, g) && !slices.Contains(rs.Joined, g.ID) {
			rs.Joined = append(slices.Clone(rs.Joined), g.ID)
		}
	}
	for _, g := range c.Leaves {
		if g.Kind != plan.ContactGroup && !member(u, g) && !slices.Contains(rs.Left, g.ID) {
			rs.Left = append(slices.Clone(rs.Left), g.ID)
		}
	}
	e.noteFound(c, &rs, &u, done)
	e.mu.Lock()
	if e.compared == nil {
		e.compared = make(map[int]bool)
	}
	e.compared[c.Line] = true
	e.mu.Unlock()
	return func(f plan.FieldChange) bool { return done[f.Field] }, e.put(ctx, rs)
}

// noteFound keeps what a person had before the first write, and notices what was written by an attempt that could not record
// it any more.
func (e *engine) noteFound(c *plan.Change, rs *RowState, u *zoomapi.User, done map[roster.Field]bool) {
	var found []string
	if c.Action == plan.ActionActivate && u.Status == zoomapi.StatusActive {
		found = append(found, string(StepStatus))
	}
	for _, f := range c.Fields {
		if done[f.Field] {
			found = append(found, string(f.Field))
		}
	}
	for _, g := range c.Groups {
		if g.ID != "" && member(*u, g) {
			found = append(found, g.ID)
		}
	}
	for _, g := range c.Leaves {
		if g.Kind != plan.ContactGroup && !member(*u, g) {
			found = append(found, leavePrefix+g.ID)
		}
	}
	if !rs.Began && !rs.Wrote {
		rs.Began, rs.Found = true, found
		return
	}
	ours := func(item string) bool { return !slices.Contains(rs.Found, item) }
	rs.Wrote = rs.Wrote || slices.ContainsFunc(found, ours)
}

// compare tells the fields of a row that have their new values, and those that neither have them nor the old ones.
func (e *engine) compare(c *plan.Change, rs *RowState, u *zoomapi.User, features *zoomapi.Features) (done map[roster.Field]bool, changed []roster.Field) {
	done = make(map[roster.Field]bool)
	missing := outstanding(c, *rs)
	for _, f := range c.Fields {
		now, known := e.plan.Current(f.Field, u, features)
		switch {
		case !known || !slices.Contains(missing, string(f.Field)):
		case plan.Same(f.Field, now, f.New):
			done[f.Field] = true
		case !f.Unread && !plan.Same(f.Field, now, f.Old):
			changed = append(changed, f.Field)
		}
	}
	return done, changed
}

// findKnown reads somebody who was there before. Whoever has the address by now but another id is somebody else.
func (e *engine) findKnown(ctx context.Context, c *plan.Change) (zoomapi.User, bool, error) {
	if c.UserID == "" {
		return lookup(ctx, e.dir, c.Key)
	}
	u, found, err := lookup(ctx, e.dir, c.UserID)
	if err != nil || (found && (u.ID == "" || u.ID == c.UserID)) {
		return u, found, err
	}
	u, found, err = lookup(ctx, e.dir, c.Key)
	return u, found && u.ID == c.UserID, err
}

// conflict ends a row because somebody else was there first.
func (e *engine) conflict(ctx context.Context, c *plan.Change, rs RowState, f Failure) error {
	rs.Intent, rs.Outcome, rs.Failure = "", OutcomeConflict, &f
	if rs.Wrote {
		rs.Outstanding = outstanding(c, rs)
	}
	return e.put(ctx, rs)
}

// gone ends a row whose person is not there any more. Where a call for them was not recorded nobody can tell any more whether
// it was carried out, so that it must not be reported as a conflict, of which nothing was done.
func (e *engine) gone(ctx context.Context, c *plan.Change, rs RowState) error {
	if rs.inDoubt() {
		return e.fail(ctx, rs, Failure{Step: StepCheck, Reason: FailureNoAnswer})
	}
	return e.conflict(ctx, c, rs, Failure{Step: StepCheck, Reason: FailureGone})
}

// activate lets a person in again.
func (e *engine) activate(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	if c.Action != plan.ActionActivate || rs.Status {
		return nil
	}
	err := e.setStatus(ctx, target(c, rs), true)
	switch {
	case errors.Is(err, zoomapi.ErrNoSeats):
		return err
	case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
		rs.Outstanding = outstanding(c, rs)
		return e.fail(ctx, rs, failure(StepStatus, err))
	case err != nil:
		return err
	}
	rs.Status, rs.Wrote = true, true
	return e.put(ctx, rs)
}

// setStatus activates or deactivates. What is refused, or was not answered, may have happened before: a look tells.
func (e *engine) setStatus(ctx context.Context, who string, activate bool) error {
	want := zoomapi.StatusInactive
	if activate {
		want = zoomapi.StatusActive
	}
	err := repeat(ctx, e.s.o.SettleAfter, func() error { return e.dir.SetUserStatus(ctx, who, activate) })
	if isRowError(err) || errors.Is(err, zoomapi.ErrUnknownOutcome) {
		if u, found, lookErr := lookup(ctx, e.dir, who); lookErr == nil && found && u.Status == want {
			return nil
		}
	}
	return err
}

// edit writes the fields of the profile that do not have their values yet.
func (e *engine) edit(ctx context.Context, c *plan.Change, have func(plan.FieldChange) bool) error {
	rs := e.row(c.Line)
	if rs.Profile {
		return nil
	}
	if p := e.profilePatch(c, have); !p.IsZero() {
		err := e.patch(ctx, c, &rs, p)
		if errors.Is(err, zoomapi.ErrUnknownOutcome) && e.took(ctx, c, rs) {
			err = nil
		}
		switch {
		case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
			rs.Outstanding = outstanding(c, rs)
			return e.fail(ctx, rs, failure(StepProfile, err))
		case err != nil:
			return err
		}
		rs.Wrote = true
	}
	rs.Profile = true
	return e.put(ctx, rs)
}

// took reports whether the account has what a call without an answer was to set in the profile.
func (e *engine) took(ctx context.Context, c *plan.Change, rs RowState) bool {
	u, found, err := lookup(ctx, e.dir, target(c, rs))
	if err != nil || !found {
		return false
	}
	for _, f := range c.Fields {
		if addOn(f.Field) || f.Field == roster.UserType || f.Field == roster.NewEmail {
			continue
		}
		if now, known := e.plan.Current(f.Field, &u, nil); known && !plan.Same(f.Field, now, f.New) {
			return false
		}
	}
	return true
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
	rs.Licence, rs.Wrote = true, true
	if userType != zoomapi.TypeLicensed && !takesAddOns(c) {
		// Zoom takes the add-ons away with the licence.
		rs.AddOns = true
	}
	return e.put(ctx, rs)
}

// deactivate shuts a person out.
func (e *engine) deactivate(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	u, found, err := e.findKnown(ctx, c)
	switch {
	case err != nil && !isRowError(err):
		return err
	case err != nil:
		return e.fail(ctx, rs, failure(StepCheck, err))
	case !found:
		return e.gone(ctx, c, rs)
	case u.Status == zoomapi.StatusPending:
		return e.conflict(ctx, c, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: string(roster.UserStatus)})
	case u.Status == zoomapi.StatusInactive:
		// Whoever was not when this began is by our doing.
		rs.Status, rs.Checked, rs.Outcome = rs.Began, true, OutcomeDeactivated
		return e.put(ctx, rs)
	case c.Takes(&u, e.s.o.Guards.AllowAdmins):
		return e.conflict(ctx, c, rs, Failure{Step: StepCheck, Reason: FailureChanged, Message: string(roster.Role)})
	case e.whyHalted() != nil:
		if !rs.Began {
			return nil
		}
		rs.Began, rs.Checked = false, false
		return e.put(ctx, rs)
	}
	if !rs.Began {
		rs.Began, rs.Checked, rs.UserID, rs.Presence = true, true, orDefault(u.ID, c.UserID), PresenceActive
		if err := e.put(ctx, rs); err != nil {
			return err
		}
		if e.whyHalted() != nil {
			rs.Began, rs.Checked = false, false
			return e.put(ctx, rs)
		}
	}
	err = e.setStatus(ctx, target(c, rs), false)
	switch {
	case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
		return e.fail(ctx, rs, failure(StepStatus, err))
	case err != nil:
		return e.settleDoubt(ctx, c, err)
	}
	rs.Status, rs.Outcome = true, OutcomeDeactivated
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
		return e.conflict(ctx, c, rs, Failure{Step: StepWithdraw, Reason: FailureAccepted})
	case !found:
		// Invited people cannot always be read; the list has them all.
		if found, err = e.invited.has(ctx, e.dir, c.Key, e.begun); err != nil {
			return err
		}
	}
	if found && e.whyHalted() != nil {
		if !rs.Began {
			return nil
		}
		rs.Began = false
		return e.put(ctx, rs)
	}
	if found {
		rs.Began = true
		if err := e.put(ctx, rs); err != nil {
			return err
		}
		err := repeat(ctx, e.s.o.SettleAfter, func() error {
			return e.dir.DeleteUser(ctx, c.Key, zoomapi.DeleteOptions{Action: zoomapi.DeleteDisassociate})
		})
		switch {
		case absent(err):
		case errors.Is(err, zoomapi.ErrUnknownOutcome):
			shown, lookErr := e.shown(ctx, c)
			if lookErr != nil {
				return lookErr
			}
			if shown {
				return e.fail(ctx, rs, failure(StepWithdraw, err))
			}
		case isRowError(err):
			return e.fail(ctx, rs, failure(StepWithdraw, err))
		case err != nil:
			return e.settleDoubt(ctx, c, err)
		}
	}
	rs.Withdrawn, rs.Cleared = true, !found
	if c.Action == plan.ActionWithdraw {
		rs.Outcome = OutcomeWithdrawn
	}
	return e.put(ctx, rs)
}

// maxLooks is how often it is looked whether an invitation that was taken back is gone; the pauses double.
const maxLooks = 7

// clear waits until Zoom shows an invitation no more that was taken back.
func (e *engine) clear(ctx context.Context, c *plan.Change) error {
	rs := e.row(c.Line)
	if !rs.Withdrawn || rs.Cleared || rs.Created {
		return nil
	}
	for look := range maxLooks {
		if look > 0 {
			if err := pause(ctx, e.s.o.SettleAfter<<(look-1)); err != nil {
				return err
			}
		}
		shown, err := e.shown(ctx, c)
		if err != nil {
			return err
		}
		if !shown {
			rs.Cleared = true
			return e.put(ctx, rs)
		}
	}
	return nil
}

// shown reports whether Zoom has the person of a row in any state.
func (e *engine) shown(ctx context.Context, c *plan.Change) (bool, error) {
	begun := time.Now()
	_, found, err := lookup(ctx, e.dir, c.Key)
	if err != nil && !isRowError(err) {
		return false, err
	}
	if found {
		return true, nil
	}
	return e.invited.has(ctx, e.dir, c.Key, begun)
}
