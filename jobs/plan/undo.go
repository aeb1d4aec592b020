package plan

import (
	"cmp"
	"slices"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Done is what a job did to the person of one row.
type Done struct {
	// Change is the row of the job's plan.
	Change Change
	// Created says that the job added or invited the person.
	Created bool
	// UserID is Zoom's id, where the job learned it.
	UserID string
	// Status says that the job activated or deactivated the person, as Change.Action says; Removed that it deleted or
	// unlinked them; Withdrawn that it took their invitation back.
	Status, Removed, Withdrawn bool
	// Fields are those of Change.Fields that the job has written.
	Fields []roster.Field
	// Joined and Left are the groups of the change that the job put the person into and took them out of.
	Joined, Left []Group
}

// nothing reports whether the job left the person as they were.
func (d *Done) nothing() bool {
	return !d.Created && !d.Status && !d.Removed && !d.Withdrawn && len(d.Fields)+len(d.Joined)+len(d.Left) == 0
}

// id is Zoom's id of the person, empty when nobody learned it.
func (d *Done) id() string { return cmp.Or(d.UserID, d.Change.UserID) }

// key is that of the address with which the job left the person.
func (d *Done) key() string {
	if to, moves := d.Change.Value(roster.NewEmail); moves && slices.Contains(d.Fields, roster.NewEmail) {
		return to
	}
	return d.Change.Key
}

// invited reports whether the job added the person or sent an invitation.
func (d *Done) invited() bool {
	return d.Created || (d.Change.Action == ActionResend && len(d.Fields)+len(d.Joined) > 0)
}

// Recall adds to an account that was read anew what only the plan of an earlier job knows: which attributes its fields
// mean. Zoom shows an attribute only while somebody has a value of it, and the job may have emptied the last one.
func (a *Account) Recall(p *Plan) {
	attributes := slices.Clone(p.Attributes)
	for _, at := range a.Attributes {
		field := roster.CustomField(at.Name)
		if !slices.ContainsFunc(p.Attributes, func(o Attribute) bool { return roster.CustomField(o.Name) == field }) {
			attributes = append(attributes, at)
		}
	}
	a.Attributes = attributes
}

// Undo makes the plan that takes back what a job did, one change for each row of the job, in the same order and about the
// same row. See the package's part about it. Of the options it takes those that tell what may be done and at what pace;
// CreateAction is the one of the job. It does not keep or change its arguments.
func Undo(job string, done []Done, a Account, o Options) *Plan {
	o.Mode = cmp.Or(o.Mode, ModeAuto)
	u := undoing{builder: newBuilder(&roster.Roster{}, &a, o, len(done)), ids: make(map[string]bool), byID: make(map[string]string)}
	u.plan.Undoes = job
	u.index(done)
	for i := range done {
		u.row(&u.entries[i], &done[i])
	}
	u.finish()
	return u.plan
}

// undoing is a plan that undoes a job while it is made.
type undoing struct {
	*builder
	// ids are those of the people whom the job touched, byID the keys of those who have another address now than the job
	// left them with.
	ids  map[string]bool
	byID map[string]string
}

// index finds the people whose address changed since.
func (u *undoing) index(done []Done) {
	moved := make(map[string]bool)
	for i := range done {
		id := done[i].id()
		if id == "" || done[i].nothing() {
			continue
		}
		u.ids[id] = true
		if u.account.Users[done[i].key()].ID != id {
			moved[id] = true
		}
	}
	if len(moved) == 0 {
		return
	}
	for key, p := range u.account.Users {
		if moved[p.ID] {
			u.byID[p.ID] = key
		}
	}
}

// find gives the person of a row as they are now, nil when the account does not have them any more.
func (u *undoing) find(d *Done) (string, *zoomapi.User) {
	key, id := d.key(), d.id()
	if now, moved := u.byID[id]; moved {
		return now, u.person(now)
	}
	p := u.person(key)
	switch {
	case p == nil:
		return key, nil
	case p.ID == id, p.ID == "":
		return key, p
	case d.invited():
		// Zoom does not tell the id of somebody who is only invited, so it may not be the same later.
		return key, p
	case id == "" && !u.ids[p.ID]:
		return key, p
	}
	// Somebody else has the address by now.
	return key, nil
}

// row decides what becomes of one row.
func (u *undoing) row(e *entry, d *Done) {
	c := Change{Line: d.Change.Line, Row: d.Change.Row, Key: d.key(), Action: ActionNone, Verdict: VerdictUnchanged}
	e.row = &roster.Row{Line: c.Line, Number: c.Row}
	e.key = c.Key
	if !d.nothing() {
		e.key, e.user = u.find(d)
		if e.user != nil {
			c.Key, c.UserID, c.Status, e.userType = e.key, e.user.ID, e.user.Status, e.user.Type
		}
		u.takeBack(e, d, &c)
	}
	if c.Action != ActionNone {
		// The rows need no word about it: that a licence goes back is what is asked for.
		held := u.held(e)
		if c.Action != ActionWithdraw && held.has(LicenceBase) && !u.wanted(e, &c, held).has(LicenceBase) {
			u.taken++
		}
		u.losses(e, &c)
		u.warn(e, &c)
	}
	u.count(c.Verdict)
	u.plan.Changes = append(u.plan.Changes, c)
}

// takeBack takes back what was done to somebody, by what it was.
func (u *undoing) takeBack(e *entry, d *Done, c *Change) {
	switch {
	case d.Removed:
		if e.user == nil || e.user.ID == "" || e.user.ID != d.id() {
			c.UserID, c.Status = "", ""
			u.irreversible(e, c, CodeUndoRemoved, nil)
		}
	case d.invited():
		u.uninvite(e, d, c)
	case d.Withdrawn:
		if e.user == nil {
			u.irreversible(e, c, CodeUndoWithdrawn, nil)
		}
	case e.user == nil:
		u.kept(e, c, CodeUndoGone, nil)
	case d.Status && d.Change.Action == ActionDeactivate:
		u.letIn(e, d, c)
	case d.Status:
		u.shutOut(e, d, c)
	case !isActive(e.user.Status):
		u.kept(e, c, CodeUndoChanged, []roster.Field{roster.UserStatus})
	default:
		u.restore(e, d, c)
	}
}

// kept leaves a row as it is, since somebody changed the person.
func (u *undoing) kept(e *entry, c *Change, code roster.Code, fields []roster.Field) {
	c.Action, c.Verdict = ActionNone, VerdictKept
	u.tell(e, code, roster.Warning, fields)
}

// irreversible leaves a row as it is, since there is no way back.
func (u *undoing) irreversible(e *entry, c *Change, code roster.Code, params map[string]string) {
	c.Action, c.Verdict = ActionNone, VerdictIrreversible
	u.issue(e.row, roster.Email, "", code, roster.Warning, params)
}

// tell adds an issue about fields.
func (u *undoing) tell(e *entry, code roster.Code, severity roster.Severity, fields []roster.Field) {
	var params map[string]string
	if len(fields) > 0 {
		params = map[string]string{"fields": joinFields(fields)}
	}
	u.issue(e.row, roster.Email, "", code, severity, params)
}

// uninvite takes an invitation back as long as nobody accepted it. Somebody who was invited before keeps the newer
// invitation; who is gone is as before.
func (u *undoing) uninvite(e *entry, d *Done, c *Change) {
	switch {
	case e.user == nil:
	case e.user.Status == zoomapi.StatusPending:
		if d.Change.Action != ActionResend || d.Change.Status != zoomapi.StatusPending {
			c.Action, c.Verdict = ActionWithdraw, VerdictWithdraw
		}
	case u.options.CreateAction == zoomapi.ActionCreate:
		u.irreversible(e, c, CodeUndoActivated, nil)
	default:
		u.irreversible(e, c, CodeUndoAdded, nil)
	}
}

// shutOut deactivates somebody again. What else the job wrote stays: a person who is shut out is not changed, and changing
// and deactivating in one step would leave a state that nobody has seen when the second step fails.
func (u *undoing) shutOut(e *entry, d *Done, c *Change) {
	var stays, changed []roster.Field
	for i := range d.Change.Fields {
		f := &d.Change.Fields[i]
		if !slices.Contains(d.Fields, f.Field) {
			continue
		}
		s := u.standing(e, f)
		cell, _ := u.now(e, f.Field)
		switch licensed := f.Field == roster.UserType || isAddOn(f.Field); {
		case licensed && (s == standsChanged || (s == standsBack && cell != AddOnOff && cell != TypeName(zoomapi.TypeBasic))):
			// Shutting the person out would take a licence that somebody gave since.
			changed = append(changed, f.Field)
		case !licensed && s != standsBack:
			stays = append(stays, f.Field)
		}
	}
	joins, leaves, unread, gone := u.groupsBack(e, d)
	for _, g := range slices.Concat(joins, leaves) {
		stays = withField(stays, g.Kind.column())
	}
	for _, f := range append(unread, gone...) {
		stays = withField(stays, f)
	}
	switch {
	case e.user.Status == zoomapi.StatusPending:
		u.kept(e, c, CodeUndoChanged, []roster.Field{roster.UserStatus})
		return
	case e.user.Status == zoomapi.StatusInactive:
	case len(changed) > 0:
		u.kept(e, c, CodeUndoChanged, changed)
		return
	default:
		if code := u.options.protects(e.user); code != "" {
			u.protected(e, c, paramStatus)
			return
		}
		c.Action, c.Verdict = ActionDeactivate, VerdictDeactivate
	}
	if len(stays) > 0 {
		u.issue(e.row, roster.Email, "", CodeUndoPartly, roster.Note, map[string]string{"fields": joinFields(stays), "kind": string(ActionDeactivate)})
	}
}

// protected leaves somebody who runs the account.
func (u *undoing) protected(e *entry, c *Change, field string) {
	c.Fields, c.Groups, c.Leaves = nil, nil, nil
	u.irreversible(e, c, CodeUndoProtected, map[string]string{"field": field, "role": e.user.RoleID})
}

// letIn activates somebody again and gives back what access took with it, as far as that was read.
func (u *undoing) letIn(e *entry, d *Done, c *Change) {
	switch e.user.Status {
	case zoomapi.StatusInactive:
	case zoomapi.StatusPending:
		u.kept(e, c, CodeUndoChanged, []roster.Field{roster.UserStatus})
		return
	default:
		// Somebody did that already, and decided what the person is to have.
		var changed []roster.Field
		for _, l := range d.Change.Loses {
			if cell, read := u.account.cell(e.key, e.user, l.Field); read && !l.Unread && !u.account.same(l.Field, cell, l.Value) {
				changed = append(changed, l.Field)
			}
		}
		if len(changed) > 0 {
			u.kept(e, c, CodeUndoChanged, changed)
		}
		return
	}
	c.Action, c.Verdict = ActionActivate, VerdictActivate
	var unread []roster.Field
	for _, l := range d.Change.Loses {
		if l.Field == roster.UserType {
			t, named := ParseType(l.Value)
			switch {
			case l.Unread, !named:
				unread = append(unread, l.Field)
			case t != e.user.Type:
				c.Fields = append(c.Fields, FieldChange{Field: l.Field, Old: TypeName(e.user.Type), New: l.Value})
				e.userType = t
			}
		}
	}
	c.Fields, unread = u.giveBack(e, d, c.Fields, unread)
	if len(unread) > 0 {
		u.tell(e, CodeUndoUnread, roster.Note, unread)
	}
}

// giveBack adds the add-ons that went with a licence or access to the fields of somebody who gets that back.
func (u *undoing) giveBack(e *entry, d *Done, fields []FieldChange, unread []roster.Field) ([]FieldChange, []roster.Field) {
	for _, l := range d.Change.Loses {
		if !isAddOn(l.Field) {
			continue
		}
		cell, read := u.account.cell(e.key, e.user, l.Field)
		switch {
		case l.Unread, !read, !writable(l.Field, l.Value), e.userType != zoomapi.TypeLicensed:
			unread = append(unread, l.Field)
		case !u.account.same(l.Field, cell, l.Value):
			fields = append(fields, FieldChange{Field: l.Field, Old: readBack(l.Field, cell), New: l.Value})
		}
	}
	return fields, unread
}

// writable reports whether a value that was read can be written: some add-ons need a capacity, which Zoom does not always
// tell, and some user types cannot be set.
func writable(f roster.Field, value string) bool {
	switch {
	case f == roster.UserType:
		_, named := ParseType(value)
		return named
	case isAddOn(f) && value == addOnUnsized:
		return mayBeUnsized(f)
	}
	return true
}

func withField(fields []roster.Field, f roster.Field) []roster.Field {
	if slices.Contains(fields, f) {
		return fields
	}
	return append(fields, f)
}
