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

// The roles of people who run the account.
const (
	roleOwner = "0"
	roleAdmin = "1"
)

func isAdmin(u *zoomapi.User) bool { return u.RoleID == roleOwner || u.RoleID == roleAdmin }

// RunsAccount reports whether a person is the owner or an administrator, whom no file removes.
func RunsAccount(u *zoomapi.User) bool { return isAdmin(u) }

// licenceSet are licences of one person.
type licenceSet map[Licence]bool

func (s licenceSet) addOn(f roster.Field, capacity string) {
	if n, err := strconv.Atoi(capacity); err == nil && n > 0 {
		s[AddOn(f, n)] = true
	}
}

// held are the licences that a person has now, as far as they were read. Somebody who is only invited has one reserved.
func (b *builder) held(e *entry) licenceSet {
	out := make(licenceSet)
	if e.user == nil || e.user.Status == zoomapi.StatusInactive {
		return out
	}
	if e.user.Type == zoomapi.TypeLicensed {
		out[LicenceBase] = true
	}
	for _, f := range addOnFields() {
		if cell, read := b.account.cell(e.key, e.user, f); read {
			out.addOn(f, cell)
		}
	}
	return out
}

// wanted are the licences that a person has after a change.
func (b *builder) wanted(e *entry, c *Change, held licenceSet) licenceSet {
	out := make(licenceSet)
	switch c.Action {
	case ActionNone:
		return held
	case ActionDeactivate, ActionWithdraw, ActionDelete, ActionUnlink:
		return out
	case ActionUpdate:
		maps.Copy(out, held)
	case ActionCreate, ActionResend, ActionActivate:
	}
	for _, fc := range c.Fields {
		if isAddOn(fc.Field) {
			maps.DeleteFunc(out, func(l Licence, _ bool) bool { f, _, ok := l.Split(); return ok && f == fc.Field })
			out.addOn(fc.Field, fc.New)
		}
	}
	switch {
	case e.userType == zoomapi.TypeLicensed:
		out[LicenceBase] = true
	case e.userType != 0:
		// Add-ons stand on the licence.
		clear(out)
	}
	return out
}

// NeedsFeatures reports whether planning a row needs the person's add-ons: it names one, or takes the licence, and with it
// the add-ons that its blank cells do not name.
func NeedsFeatures(row *roster.Row, u *zoomapi.User) bool {
	if slices.ContainsFunc(addOnFields(), func(f roster.Field) bool { return row.Has(f) || row.Clears(f) }) {
		return true
	}
	if u == nil || u.Type != zoomapi.TypeLicensed {
		return false
	}
	t, ok := ParseType(row.UserType())
	return ok && t != zoomapi.TypeLicensed
}

// seats counts what the plan needs and frees of each licence.
func (b *builder) seats() {
	p := b.plan
	needed, freed := make(map[Licence]int), make(map[Licence]int)
	all := make(licenceSet)
	for i := range b.entries {
		c := &p.Changes[i]
		if c.Action == ActionNone {
			continue
		}
		held := b.held(&b.entries[i])
		wanted := b.wanted(&b.entries[i], c, held)
		for l := range wanted {
			// An invitation that is sent again is withdrawn first.
			if !held[l] || c.Action == ActionResend {
				needed[l]++
				all[l] = true
			}
		}
		for l := range held {
			if !wanted[l] || c.Action == ActionResend {
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
	if !held[LicenceBase] || b.wanted(e, c, held)[LicenceBase] {
		return
	}
	b.taken++
	if c.Action == ActionDeactivate || c.Action.Removes() {
		return // that is what was asked for
	}
	var addOns, licences []string
	for _, l := range slices.SortedFunc(maps.Keys(held), byLicence) {
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

// touched warns about plans that change much.
func (b *builder) touched() {
	n, admins := 0, 0
	for i := range b.entries {
		e, c := &b.entries[i], &b.plan.Changes[i]
		if c.Action == ActionNone || e.user == nil {
			continue
		}
		if isAdmin(e.user) {
			admins++
		}
		if byStatus(e.user.Status, intendUpdate, intendWait, intendRest) == intendUpdate {
			n++
		}
	}
	if n > 0 && b.account.Complete {
		people := 0
		for _, u := range b.account.Users {
			if byStatus(u.Status, intendUpdate, intendWait, intendRest) == intendUpdate {
				people++
			}
		}
		if n*100 > people*manyPercent {
			b.issue(nil, "", "", CodeTouchesMany, roster.Warning, map[string]string{
				"touched": strconv.Itoa(n), "people": strconv.Itoa(people), "percent": strconv.Itoa(n * 100 / people),
			})
		}
	}
	if admins > 0 {
		b.issue(nil, "", "", CodeTouchesAdmins, roster.Warning, map[string]string{"count": strconv.Itoa(admins)})
	}
	if b.taken > 0 {
		b.issue(nil, "", "", CodeTakesLicences, roster.Warning, map[string]string{"count": strconv.Itoa(b.taken)})
	}
}
