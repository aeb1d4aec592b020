package plan

import (
	"slices"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// standing is how a field that a job wrote stands now.
type standing int

const (
	standsBack    standing = iota // it has the old value again
	standsOurs                    // it has what the job wrote
	standsChanged                 // it has something else: somebody changed it since
	standsUnread                  // nobody knows what it has, or had
)

// standing compares a field with what the job saw and wrote.
func (u *undoing) standing(e *entry, f *FieldChange) standing {
	cell, read := u.now(e, f.Field)
	is := func(value string) bool {
		return u.account.same(f.Field, cell, value) || (f.Field == roster.DisplayName && value == "" && rebuiltNow(e.user, cell))
	}
	switch {
	case !read:
		return standsUnread
	case !f.Unread && is(f.Old) && readBack(f.Field, cell) != f.New:
		// An add-on of a capacity that nobody told is the same as one of any, also of the one that the job wrote.
		return standsBack
	case !is(f.New):
		return standsChanged
	case f.Unread, !writable(f.Field, f.Old):
		return standsUnread
	}
	return standsOurs
}

// now is what the account has of a field, as an export writes it.
func (u *undoing) now(e *entry, f roster.Field) (cell string, read bool) {
	switch {
	case f == roster.NewEmail:
		return e.key, true
	case f == roster.Division && u.account.DivisionsUnreadable:
		return "", false
	}
	return u.account.cell(e.key, e.user, f)
}

// rebuiltNow reports whether a display name is the one that Zoom makes of the names.
func rebuiltNow(u *zoomapi.User, cell string) bool {
	first, last := readBack(roster.FirstName, u.FirstName), readBack(roster.LastName, u.LastName)
	return readBack(roster.DisplayName, cell) == strings.TrimSpace(first+" "+last)
}

// restore gives somebody who was changed what they had before, field by field, unless somebody changed the field since.
func (u *undoing) restore(e *entry, d *Done, c *Change) {
	var changed, unread []roster.Field
	unlicensed := d.tookLicence()
	// What becomes of the licence is settled first, since the add-ons stand on it.
	stays := u.userTypeBack(e, d)
	licensed := e.userType == zoomapi.TypeLicensed || e.userType == 0
	for i := range d.Change.Fields {
		f := &d.Change.Fields[i]
		// An add-on that was to be taken went with the licence, whether it had its own call or not.
		went := unlicensed && isAddOn(f.Field) && f.New == AddOnOff
		if !went && !slices.Contains(d.Fields, f.Field) {
			continue
		}
		s := u.standing(e, f)
		if s == standsOurs {
			switch {
			case f.Field == roster.UserType && stays,
				f.Field == roster.NewEmail && u.inUse(f.Old),
				f.Field == roster.Division && !u.hasDivision(f.Old),
				isAddOn(f.Field) && f.Old != AddOnOff && !licensed:
				s = standsChanged
			}
		}
		switch s {
		case standsBack:
		case standsChanged:
			changed = append(changed, f.Field)
		case standsUnread:
			unread = append(unread, f.Field)
		case standsOurs:
			cell, _ := u.now(e, f.Field)
			c.Fields = append(c.Fields, FieldChange{Field: f.Field, Old: readBack(f.Field, cell), New: f.Old})
		}
	}
	if e.userType == zoomapi.TypeLicensed && e.user.Type != zoomapi.TypeLicensed {
		c.Fields, unread = u.giveBack(e, d, c.Fields, unread)
	}
	joins, leaves, blind, gone := u.groupsBack(e, d)
	c.Groups, c.Leaves = joins, leaves
	for _, f := range gone {
		changed = withField(changed, f)
	}
	for _, f := range blind {
		unread = withField(unread, f)
	}
	u.restored(e, c, changed, unread)
}

// tookLicence reports whether the job made somebody unlicensed.
func (d *Done) tookLicence() bool {
	return slices.Contains(d.Fields, roster.UserType) && slices.ContainsFunc(d.Change.Fields, func(f FieldChange) bool {
		return f.Field == roster.UserType && f.Old == TypeName(zoomapi.TypeLicensed)
	})
}

// restored says how a row ends of which the effects are known.
func (u *undoing) restored(e *entry, c *Change, changed, unread []roster.Field) {
	if u.options.protects(e.user) != "" {
		if at := slices.IndexFunc(c.Fields, func(f FieldChange) bool { return takes(&f) }); at >= 0 {
			u.protected(e, c, string(c.Fields[at].Field))
			return
		}
	}
	switch {
	case len(c.Fields)+len(c.Groups)+len(c.Leaves) > 0:
		c.Action, c.Verdict = ActionUpdate, VerdictUpdate
		if len(changed) > 0 {
			u.tell(e, CodeUndoPartly, roster.Note, changed)
		}
	case len(changed) > 0:
		u.kept(e, c, CodeUndoChanged, changed)
	case len(unread) > 0:
		c.Verdict = VerdictIrreversible
		u.tell(e, CodeUndoUnread, roster.Warning, unread)
		return
	}
	if len(unread) > 0 {
		u.tell(e, CodeUndoUnread, roster.Note, unread)
	}
}

// userTypeBack sets the user type that the person has after the change; stays says that it is not taken back though it is
// as the job left it: taking the licence would take add-ons that somebody gave since.
func (u *undoing) userTypeBack(e *entry, d *Done) (stays bool) {
	at := slices.IndexFunc(d.Change.Fields, func(f FieldChange) bool { return f.Field == roster.UserType })
	if at < 0 || !slices.Contains(d.Fields, roster.UserType) || u.standing(e, &d.Change.Fields[at]) != standsOurs {
		return false
	}
	t, _ := ParseType(d.Change.Fields[at].Old)
	if t != zoomapi.TypeLicensed && e.user.Type == zoomapi.TypeLicensed && u.addedSince(e, d) {
		return true
	}
	e.userType = t
	return false
}

// addedSince reports whether a person has an add-on that the job did not give them.
func (u *undoing) addedSince(e *entry, d *Done) bool {
	for _, f := range addOnFields() {
		cell, read := u.account.cell(e.key, e.user, f)
		if !read || cell == "" || cell == AddOnOff {
			continue
		}
		given, wrote := d.Change.Value(f)
		if !wrote || !slices.Contains(d.Fields, f) || !u.account.same(f, cell, given) {
			return true
		}
	}
	return false
}

// inUse reports whether somebody has an address.
func (u *undoing) inUse(key string) bool {
	_, taken := u.account.Users[key]
	return taken
}

// hasDivision reports whether the account has a division that somebody is to be put into again; none is always there.
func (u *undoing) hasDivision(name string) bool { return name == "" || len(u.divisions.find(name)) > 0 }

// groupsBack are the groups that somebody joins and leaves to be where they were. Unread are columns of groups that the
// account does not show any more, gone those of groups that do not exist any more.
func (u *undoing) groupsBack(e *entry, d *Done) (joins, leaves []Group, unread, gone []roster.Field) {
	for _, g := range d.Joined {
		switch in, read := u.member(e, named{id: g.ID, name: g.Name, kind: g.Kind}); {
		case g.ID == "":
		case g.Kind != UserGroup && u.account.ChatGroupsUnreadable:
			unread = withField(unread, roster.ChatGroup)
		case in, !read && u.hasGroup(g):
			leaves = append(leaves, g)
		}
	}
	for _, g := range d.Left {
		switch in, _ := u.member(e, named{id: g.ID, name: g.Name, kind: g.Kind}); {
		case in, g.ID == "":
		case g.Kind != UserGroup && u.account.ChatGroupsUnreadable:
			unread = withField(unread, roster.ChatGroup)
		case !u.hasGroup(g):
			gone = withField(gone, g.Kind.column())
		default:
			joins = append(joins, g)
		}
	}
	return joins, leaves, unread, gone
}

// column is the field of a file that names groups of the kind.
func (k GroupKind) column() roster.Field {
	if k == UserGroup {
		return roster.UserGroup
	}
	return roster.ChatGroup
}

// hasGroup reports whether the account has a group.
func (u *undoing) hasGroup(g Group) bool {
	return slices.ContainsFunc(u.account.Groups, func(o Group) bool { return o.ID == g.ID && o.Kind == g.Kind })
}
