package plan

import (
	"slices"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Zoom's ids of the roles that every account has. Others are roles of the account's own making.
const (
	roleOwner  = "0"
	roleAdmin  = "1"
	roleMember = "2"
)

// RunsAccount reports whether a person is the owner or an administrator, whom no file removes.
func RunsAccount(u *zoomapi.User) bool { return u.RoleID == roleOwner || u.RoleID == roleAdmin }

// protects is the code of what keeps a change from somebody who runs the account; empty when nothing does.
func (o *Options) protects(u *zoomapi.User) roster.Code {
	switch {
	case u.RoleID == roleOwner:
		return CodeProtectedOwner
	case u.RoleID == roleAdmin && !o.AllowAdmins:
		return CodeProtectedAdmin
	}
	return ""
}

// protect makes rows errors that take the user type down, access or the address from somebody who runs the account. Rows
// that remove them are errors anyway.
func (b *builder) protect(e *entry) {
	if e.user == nil {
		return
	}
	code := b.options.protects(e.user)
	if code == "" {
		return
	}
	if e.intent == intendDeactivate {
		b.fault(e, roster.Action, string(ActionDeactivate), code, map[string]string{"field": paramStatus})
		return
	}
	if e.intent != intendUpdate && e.intent != intendActivate {
		return
	}
	for i := range e.fields {
		if f := &e.fields[i]; takes(f) {
			b.fault(e, f.Field, f.New, code, map[string]string{"field": string(f.Field)})
		}
	}
}

// Takes reports whether the change would take the licence, the access or the address from somebody who runs the account,
// against what [Options] AllowAdmins says. Roles may change between the plan and the write.
func (c Change) Takes(u *zoomapi.User, allowAdmins bool) bool {
	o := Options{AllowAdmins: allowAdmins}
	return o.protects(u) != "" && c.taking()
}

// taking reports whether the change takes a licence, the access or the address.
func (c Change) taking() bool {
	return c.Action == ActionDeactivate || c.Action.Removes() ||
		slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return takes(&f) })
}

// warn asks to look twice at a change of somebody who runs the account, or who may do so in part by a role of its own.
func (b *builder) warn(e *entry, c *Change) {
	if c.Action == ActionNone || e.user == nil {
		return
	}
	role := map[string]string{"role": e.user.RoleID}
	switch e.user.RoleID {
	case roleOwner, roleAdmin:
		b.issue(e.row, roster.Email, "", CodeAdmin, roster.Warning, role)
	case roleMember, "":
	default:
		if c.taking() {
			b.issue(e.row, roster.Email, "", CodeRole, roster.Warning, role)
		}
	}
}

// paramStatus stands for being let in, which is no field of a file.
const paramStatus = "status"

// takes reports whether a change of a field takes what nobody shall take from those who run the account by a slip.
func takes(f *FieldChange) bool {
	switch f.Field {
	case roster.NewEmail:
		return true
	case roster.UserType:
		return typeRank(f.New) < typeRank(f.Old) || (f.Unread && f.New != TypeName(zoomapi.TypeLicensed))
	default:
		return false
	}
}

// typeRank orders user types by what they can do. Types without a name are taken for some kind of licence.
func typeRank(name string) int {
	switch t, named := ParseType(name); {
	case !named:
		return 2
	case t == zoomapi.TypeLicensed:
		return 3
	case t == zoomapi.TypeBasic:
		return 1
	}
	return 0
}

// Touched is the number of people who are in the account and whom the plan changes; invited people are not counted.
func (p *Plan) Touched() int {
	n := p.Counts
	return n.Update + n.Activate + n.Removed()
}

// Removed is the number of people who lose their access to the account by the plan. Those who have none already do not
// count.
func (p *Plan) Removed() int {
	n := 0
	for i := range p.Changes {
		c := &p.Changes[i]
		if (c.Action == ActionDeactivate || c.Action.Removes()) && c.Status != zoomapi.StatusInactive {
			n++
		}
	}
	return n
}

// Removed is the number of rows that shut somebody out or take them out of the account.
func (c Counts) Removed() int { return c.Deactivate + c.Delete + c.Unlink }
