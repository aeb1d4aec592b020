package plan

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// licenceSet are licences of one person.
type licenceSet []Licence

func (s licenceSet) has(l Licence) bool { return slices.Contains(s, l) }

// with is the set and a licence, or an add-on of a capacity if that is one.
func (s licenceSet) with(l Licence) licenceSet {
	if s.has(l) {
		return s
	}
	return append(s, l)
}

func (s licenceSet) withAddOn(f roster.Field, capacity string) licenceSet {
	if capacity == "" || capacity == AddOnOff {
		return s
	}
	if n, err := strconv.Atoi(capacity); err == nil && n > 0 {
		return s.with(AddOn(f, n))
	}
	return s
}

// without is the set without any capacity of an add-on.
func (s licenceSet) without(f roster.Field) licenceSet {
	return slices.DeleteFunc(s, func(l Licence) bool { of, _, ok := l.Split(); return ok && of == f })
}

// held are the licences that a person has now, as far as they were read. Somebody who is only invited has one reserved.
func (b *builder) held(e *entry) licenceSet {
	var out licenceSet
	if e.user == nil || e.user.Status == zoomapi.StatusInactive {
		return out
	}
	if e.user.Type == zoomapi.TypeLicensed {
		out = out.with(LicenceBase)
	}
	for _, f := range addOnFields() {
		if cell, read := b.account.cell(e.key, e.user, f); read {
			out = out.withAddOn(f, cell)
		}
	}
	return out
}

// wanted are the licences that a person has after a change.
func (b *builder) wanted(e *entry, c *Change, held licenceSet) licenceSet {
	var out licenceSet
	switch c.Action {
	case ActionNone:
		return held
	case ActionDeactivate, ActionWithdraw, ActionDelete, ActionUnlink:
		return nil
	case ActionUpdate:
		out = slices.Clone(held)
	case ActionCreate, ActionResend, ActionActivate:
	}
	for _, fc := range c.Fields {
		if isAddOn(fc.Field) {
			out = out.without(fc.Field).withAddOn(fc.Field, fc.New)
		}
	}
	switch {
	case e.userType == zoomapi.TypeLicensed:
		return out.with(LicenceBase)
	case e.userType != 0:
		// Add-ons stand on the licence.
		return nil
	}
	return out
}

// NeedsFeatures reports whether planning a row needs the person's add-ons: it names one, or takes the licence or access, and
// with it the add-ons that its blank cells do not name. These are counted as freed, and [Undo] gives them back.
func NeedsFeatures(row *roster.Row, u *zoomapi.User) bool {
	for _, f := range addOnFields() {
		if row.Has(f) || row.Clears(f) {
			return true
		}
	}
	if u == nil || u.Type != zoomapi.TypeLicensed {
		return false
	}
	if asked(row) == ActionDeactivate {
		return true
	}
	t, ok := ParseType(row.UserType())
	return ok && t != zoomapi.TypeLicensed
}

// seats counts what the plan needs and frees of each licence.
func (b *builder) seats() {
	p := b.plan
	needed, freed := make(map[Licence]int), make(map[Licence]int)
	all := make(map[Licence]bool)
	for i := range b.entries {
		c := &p.Changes[i]
		if c.Action == ActionNone {
			continue
		}
		held := b.held(&b.entries[i])
		wanted := b.wanted(&b.entries[i], c, held)
		for _, l := range wanted {
			// An invitation that is sent again is withdrawn first.
			if !held.has(l) || c.Action == ActionResend {
				needed[l]++
				all[l] = true
			}
		}
		for _, l := range held {
			if !wanted.has(l) || c.Action == ActionResend {
				freed[l]++
				all[l] = true
			}
		}
	}
	for l := range b.account.Pools {
		all[l] = true
	}
	for _, l := range slices.SortedFunc(maps.Keys(all), byLicence) {
		pool, known := b.account.Pools[l]
		s := Seats{
			Licence: l, Needed: needed[l], Freed: freed[l], Known: known,
			Total: pool.Total, Used: pool.Used, Reserved: pool.Reserved, Free: pool.Free(),
		}
		p.Seats = append(p.Seats, s)
		b.warnOfSeats(s)
	}
}

// byLicence puts the base licence first and add-ons in the order of their names and sizes.
func byLicence(x, y Licence) int {
	if x == y {
		return 0
	}
	f, n, addOnX := x.Split()
	g, m, addOnY := y.Split()
	switch {
	case x == LicenceBase:
		return -1
	case y == LicenceBase:
		return 1
	case addOnX && addOnY:
		return cmp.Or(cmp.Compare(f, g), cmp.Compare(n, m))
	}
	return cmp.Compare(x, y)
}

func (b *builder) warnOfSeats(s Seats) {
	switch {
	case s.Needed == 0:
	case !s.Known:
		b.tellOnce("", CodeSeatsUnknown, roster.Note, nil)
	case s.Short() > 0:
		params := map[string]string{
			"licence": string(s.Licence), "needed": strconv.Itoa(s.Needed), "free": strconv.Itoa(s.Free + s.Freed),
			"freed": strconv.Itoa(s.Freed), "short": strconv.Itoa(s.Short()),
		}
		if f, n, ok := s.Licence.Split(); ok {
			params["kind"], params["fields"], params["capacity"] = "add_on", string(f), strconv.Itoa(n)
		}
		b.issue(nil, "", "", CodeNotEnoughSeats, roster.Warning, params)
	}
}

// licenceTaken warns that somebody loses the licence, and which add-ons go with it.
func (b *builder) licenceTaken(e *entry, c *Change) {
	held := b.held(e)
	if !held.has(LicenceBase) || b.wanted(e, c, held).has(LicenceBase) {
		return
	}
	b.taken++
	if c.Action == ActionDeactivate || c.Action.Removes() {
		return // that is what was asked for
	}
	var addOns, licences []string
	for _, l := range slices.SortedFunc(slices.Values(held), byLicence) {
		licences = append(licences, string(l))
		if f, _, ok := l.Split(); ok {
			addOns = append(addOns, string(f))
		}
	}
	params := map[string]string{"licences": strings.Join(licences, ",")}
	if len(addOns) > 0 {
		params["kind"], params["fields"] = "add_ons", strings.Join(addOns, ",")
	}
	b.issue(e.row, roster.UserType, "", CodeLicenceTaken, roster.Warning, params)
}

// manyPercent is from what share of the people on the account's work is called far-reaching.
const manyPercent = 20

// people counts who is active in the account; 0 when nobody knows.
func (b *builder) people() int {
	if b.account.People > 0 || !b.account.Complete {
		return b.account.People
	}
	n := 0
	for _, u := range b.account.Users {
		if isActive(u.Status) {
			n++
		}
	}
	return n
}

// isActive reports whether somebody of a status can be changed; accounts do not always tell it.
func isActive(status string) bool {
	return status != zoomapi.StatusPending && status != zoomapi.StatusInactive
}

// touched warns about plans that change much.
func (b *builder) touched() {
	n, admins := 0, 0
	for i := range b.entries {
		e, c := &b.entries[i], &b.plan.Changes[i]
		if c.Action == ActionNone || e.user == nil {
			continue
		}
		if RunsAccount(e.user) {
			admins++
		}
		if isActive(e.user.Status) {
			n++
		}
	}
	if b.plan.Touched() > 0 {
		b.plan.People = b.people()
	}
	if people := b.plan.People; people > 0 && n*100 > people*manyPercent {
		b.issue(nil, "", "", CodeTouchesMany, roster.Warning, map[string]string{
			"touched": strconv.Itoa(n), "people": strconv.Itoa(people), "percent": strconv.Itoa(n * 100 / people),
		})
	}
	if admins > 0 {
		b.issue(nil, "", "", CodeTouchesAdmins, roster.Warning, map[string]string{"count": strconv.Itoa(admins)})
	}
	if b.taken > 0 {
		b.issue(nil, "", "", CodeTakesLicences, roster.Warning, map[string]string{"count": strconv.Itoa(b.taken)})
	}
}

// losses records what a change takes without naming it.
func (b *builder) losses(e *entry, c *Change) {
	if e.user == nil || !isActive(e.user.Status) {
		return
	}
	shutOut := c.Action == ActionDeactivate
	taken := c.Action == ActionUpdate && e.user.Type == zoomapi.TypeLicensed && e.userType != zoomapi.TypeLicensed
	if !shutOut && !taken {
		return
	}
	if cell, read := b.account.cell(e.key, e.user, roster.UserType); shutOut && read {
		c.Loses = append(c.Loses, Loss{Field: roster.UserType, Value: cell})
	}
	for _, f := range addOnFields() {
		if _, named := c.Value(f); named {
			continue
		}
		switch cell, read := b.account.cell(e.key, e.user, f); {
		case !read:
			c.Loses = append(c.Loses, Loss{Field: f, Unread: true})
		case cell != "" && cell != AddOnOff:
			c.Loses = append(c.Loses, Loss{Field: f, Value: cell})
		}
	}
}
