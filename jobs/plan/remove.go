package plan

import (
	"slices"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// intendRemove settles rows that delete or unlink somebody. The owner and administrators are left to people: Zoom protects
// some of them itself, and no slip in a file shall cost the account those who run it.
func (b *builder) intendRemove(e *entry, action Action) {
	e.intent = intendDelete
	if action == ActionUnlink {
		e.intent = intendUnlink
	}
	kind := ""
	switch {
	case e.user.Status == zoomapi.StatusPending:
		kind = "pending"
	case e.user.RoleID == roleOwner:
		kind = "owner"
	case e.user.RoleID == roleAdmin:
		kind = "admin"
	case e.user.ID == "":
		// Without the id nobody could tell later that it is still the same person.
		kind = "unknown"
	}
	if kind != "" {
		b.fault(e, roster.Action, string(action), CodeCannotDelete, map[string]string{"kind": kind, "action": string(action)})
		return
	}
	heir := e.row.Get(roster.TransferTo)
	if heir != "" {
		e.transfer = append(e.transfer, FieldChange{Field: roster.TransferTo, New: heir})
	}
	for _, f := range roster.TransferFields() {
		if v := e.row.Get(f); v == addOnUnsized {
			e.transfer = append(e.transfer, FieldChange{Field: f, New: v})
		}
	}
	switch {
	case heir == "" && len(e.transfer) > 0:
		b.heirFault(e, "nobody")
	case heir != "" && len(e.transfer) == 1:
		b.issue(e.row, roster.TransferTo, heir, CodeTransferTo, roster.Warning, map[string]string{"kind": "nothing"})
	}
}

func (b *builder) heirFault(e *entry, kind string) {
	b.fault(e, roster.TransferTo, e.row.Get(roster.TransferTo), CodeTransferTo, map[string]string{"kind": kind})
}

// across checks what only all rows together tell: who gets the data of people who go, and addresses that people get. Faults
// do not depend on those of other rows, or the order of the rows would matter.
func (b *builder) across() {
	idle := false
	wanted := make(map[string]int)
	for i := range b.entries {
		e := &b.entries[i]
		if b.setsAddress(e) {
			wanted[e.row.Get(roster.NewEmail)]++
		}
		idle = idle || (!e.intent.removes() && !asked(e.row).Removes() && handsOver(e.row))
	}
	if idle {
		b.issue(nil, roster.TransferTo, "", CodeTransferIdle, roster.Warning, nil)
	}
	for i := range b.entries {
		e := &b.entries[i]
		if kind := b.wrongHeir(e); kind != "" {
			b.heirFault(e, kind)
		}
		if kind := b.wrongAddress(e, wanted); kind != "" {
			v := e.row.Get(roster.NewEmail)
			b.fault(e, roster.NewEmail, v, CodeNewEmail, map[string]string{"kind": kind})
		}
	}
}

// handsOver reports whether a row says something about what somebody leaves.
func handsOver(r *roster.Row) bool {
	return r.Has(roster.TransferTo) || slices.ContainsFunc(roster.TransferFields(), func(f roster.Field) bool { return r.Get(f) == addOnUnsized })
}

// wrongHeir says what is wrong with the person who is to get the data; empty when nothing is.
func (b *builder) wrongHeir(e *entry) string {
	heir := e.row.Get(roster.TransferTo)
	if !e.intent.removes() || heir == "" || slices.Contains(e.refused, roster.TransferTo) {
		return ""
	}
	if heir == e.key {
		return "self"
	}
	u, known := b.account.Users[heir]
	switch {
	case !known:
		return "absent"
	case !isActive(u.Status):
		return "inactive"
	}
	switch {
	case b.some(heir, leaves):
		return "leaves"
	case b.some(heir, b.setsAddress):
		return "moves"
	}
	return ""
}

// some reports whether any row about a person is one that holds says something of: of several rows it does not matter which
// comes first.
func (b *builder) some(key string, holds func(*entry) bool) bool {
	if rows := b.several[key]; len(rows) > 0 {
		return slices.ContainsFunc(rows, func(i int) bool { return holds(&b.entries[i]) })
	}
	i, named := b.first[key]
	return named && holds(&b.entries[i])
}

// leaves reports whether a row takes the person out of the account or shuts them out.
func leaves(e *entry) bool { return e.intent.removes() || e.intent == intendDeactivate }

// moved reports whether somebody who is not there any more has the new address of the row: it was changed before.
func (b *builder) moved(e *entry) bool {
	action := asked(e.row)
	if to := e.row.Get(roster.NewEmail); to == "" || (action != "" && action != ActionUpdate && action != ActionActivate) {
		return false
	}
	_, there := b.account.Users[e.row.Get(roster.NewEmail)]
	return there
}

// newAddress compares the address that a person is to get.
func (b *builder) newAddress(e *entry) {
	want := e.row.Get(roster.NewEmail)
	if want == "" {
		return
	}
	if want == Key(e.user.Email) {
		e.settled = append(e.settled, roster.NewEmail)
		return
	}
	b.differs(e, roster.NewEmail, Key(e.user.Email), want, true)
}

// setsAddress reports whether a row gives somebody another address.
func (b *builder) setsAddress(e *entry) bool {
	return (e.intent == intendUpdate || e.intent == intendActivate) &&
		slices.ContainsFunc(e.fields, func(f FieldChange) bool { return f.Field == roster.NewEmail })
}

// wrongAddress says what is wrong with the address that a person is to get; empty when nothing is.
func (b *builder) wrongAddress(e *entry, wanted map[string]int) string {
	to := e.row.Get(roster.NewEmail)
	if e.intent.adds() && to != "" {
		return "adds"
	}
	if !b.setsAddress(e) || slices.Contains(e.refused, roster.NewEmail) {
		return ""
	}
	if wanted[to] > 1 {
		return "twice"
	}
	if _, named := b.first[to]; named {
		// In which order the two would be changed, nobody can promise.
		if b.some(to, func(o *entry) bool { return b.setsAddress(o) || o.intent.removes() }) {
			return "freed"
		}
		return "row"
	}
	if _, taken := b.account.Users[to]; taken {
		return "taken"
	}
	return ""
}

// nothingToDo says that what a row asks for is so already.
func (b *builder) nothingToDo(e *entry) {
	if e.user == nil {
		b.issue(e.row, roster.NewEmail, e.row.Get(roster.NewEmail), CodeNothingToDo, roster.Note, map[string]string{"kind": "new_email"})
		return
	}
	action := string(asked(e.row))
	b.issue(e.row, roster.Action, action, CodeNothingToDo, roster.Note, map[string]string{"kind": action, "status": e.user.Status})
}
