package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// values takes what a row says of somebody who comes into the account.
func (b *builder) values(e *entry) {
	fields := b.profile
	if e.user != nil {
		// An invitation that is sent again keeps what the account shows of the first one.
		fields = profileFields()
	}
	e.fields = make([]FieldChange, 0, len(fields)+len(b.attributes)+len(b.chosen))
	for _, f := range fields {
		v := e.row.Get(f)
		if v == "" && e.user != nil && isKept(f) {
			v, _ = b.account.Current(e.user, f)
		}
		if f == roster.Division && v != "" {
			v = b.division(e, v)
		}
		if v != "" {
			e.fields = append(e.fields, FieldChange{Field: f, New: v})
		}
	}
	if e.intent == intendCreate {
		b.needName(e, roster.FirstName, roster.MissingFirstName)
		b.needName(e, roster.LastName, roster.MissingLastName)
	}
	for _, c := range b.attributes {
		if v, _ := c.value(e.row); v != "" {
			e.fields = append(e.fields, FieldChange{Field: c.field, New: v})
		}
	}
	e.userType = b.options.UserType
	if e.user != nil && e.user.Type != 0 {
		e.userType = e.user.Type
	}
	if t, ok := ParseType(e.row.UserType()); ok {
		e.userType = t
	}
	if e.userType == zoomapi.TypeNone && b.options.CreateAction != zoomapi.ActionSSOCreate {
		b.fault(e, roster.UserType, TypeName(e.userType), CodeTypeNeedsSSO, nil)
	}
	for _, f := range b.addOns {
		b.newAddOn(e, f)
	}
	b.memberships(e)
}

// isKept reports whether the list of people who are only invited holds the field.
func isKept(f roster.Field) bool {
	return f == roster.Email || f == roster.FirstName || f == roster.LastName || f == roster.DisplayName || f == roster.Department
}

// needName reports a missing name unless reading the file did.
func (b *builder) needName(e *entry, f roster.Field, code roster.Code) {
	if e.row.Has(f) || slices.ContainsFunc(b.issuesOf(e.row.Number), func(n int) bool { return b.roster.Issues[n].Code == code }) {
		return
	}
	b.fault(e, f, "", code, nil)
}

// newAddOn sets an add-on of somebody who is added: that of the row, else the one chosen for the file. Whoever is invited
// again keeps to the first invitation.
func (b *builder) newAddOn(e *entry, f roster.Field) {
	licensed := e.userType == zoomapi.TypeLicensed
	v := e.row.Get(f)
	if v == "" && licensed && e.user == nil {
		v = b.chosen[f]
	}
	if v == "" || v == AddOnOff {
		return
	}
	capacity, ok := b.capacity(e, f, v)
	switch {
	case !ok:
	case !licensed:
		b.needsLicence(e, f, v)
	default:
		e.fields = append(e.fields, FieldChange{Field: f, New: capacity})
	}
}

// wrong is a fault in a cell, in view of the account. Cells that do not matter have none.
func (b *builder) wrong(e *entry, f roster.Field, value string, code roster.Code, params map[string]string, suggestion string) {
	if !e.intent.quiet() && !slices.Contains(e.refused, f) {
		b.fault(e, f, value, code, params).Suggestion = suggestion
	}
}

func (b *builder) needsLicence(e *entry, f roster.Field, v string) {
	b.wrong(e, f, v, CodeNeedsLicence, map[string]string{"fields": string(f), "type": TypeName(e.userType)}, "")
}

// capacity turns what a row says of an add-on into a capacity that the account has; it is a fault if there is none.
func (b *builder) capacity(e *entry, f roster.Field, v string) (string, bool) {
	have, known := b.capacities(f)
	switch {
	case f == roster.TranslatedCaptions:
		return addOnUnsized, v == addOnUnsized
	case v == addOnUnsized && len(have) == 0 && mayBeUnsized(f):
		return v, true
	case v == addOnUnsized && len(have) == 1:
		return have[0], true
	case v != addOnUnsized && (!known || slices.Contains(have, v) || len(have) == 0 && mayBeUnsized(f)):
		_, err := strconv.Atoi(v)
		return v, err == nil
	}
	kind, suggestion := "", ""
	switch {
	case !known:
		kind = "unsized"
	case len(have) == 0:
		kind = "none"
	case v == addOnUnsized:
		kind = "several"
	case len(have) == 1:
		suggestion = have[0]
	}
	params := map[string]string{"fields": string(f), "capacity": shorten(v), "capacities": strings.Join(have, ", ")}
	if kind != "" {
		params["kind"] = kind
	}
	b.wrong(e, f, v, CodeNoSuchCapacity, params, suggestion)
	return "", false
}

// capacities are those that the account has of an add-on, the smallest first, and whether Zoom told.
func (b *builder) capacities(f roster.Field) ([]string, bool) {
	var sizes []int
	for l, pool := range b.account.Pools {
		if field, n, ok := l.Split(); ok && field == f && pool.Total > 0 {
			sizes = append(sizes, n)
		}
	}
	slices.Sort(sizes)
	out := make([]string, len(sizes))
	for i, n := range sizes {
		out[i] = strconv.Itoa(n)
	}
	return out, b.account.Pools != nil
}

// division finds a division by its name; the result is empty when there is none, or when the account shows none.
func (b *builder) division(e *entry, name string) string {
	if b.account.DivisionsUnreadable {
		b.tellOnce(roster.Division, CodeDivisionsUnavailable, roster.Warning, nil)
		return ""
	}
	all := b.divisions.find(name)
	if len(all) == 0 {
		near := b.near(roster.Division, name, &b.divisions)
		params := map[string]string{"division": shorten(name), "nearest": strings.Join(near, "; ")}
		suggestion := ""
		if len(near) > 0 {
			suggestion = near[0]
		}
		b.wrong(e, roster.Division, name, CodeUnknownDivision, params, suggestion)
		return ""
	}
	return readBack(roster.Division, all[0].name)
}

// compare finds what a row asks for beyond what the account has of the person.
func (b *builder) compare(e *entry) {
	e.userType = e.user.Type
	for _, f := range b.profile {
		if want := e.row.Get(f); f != roster.Email && (want != "" || e.row.Clears(f)) {
			b.field(e, f, want)
		}
	}
	for _, c := range b.attributes {
		if want, clears := c.value(e.row); want != "" || clears {
			b.field(e, c.field, want)
		}
	}
	b.newAddress(e)
	b.userType(e)
	for _, f := range b.addOns {
		if want := e.row.Get(f); want != "" {
			b.addOn(e, f, want)
		}
	}
	b.memberships(e)
}

// field compares one value; an empty want clears.
func (b *builder) field(e *entry, f roster.Field, want string) {
	cell, read := b.account.cell(e.key, e.user, f)
	if read && (b.account.same(f, cell, want) || (f == roster.DisplayName && want == "" && rebuilt(e, cell))) {
		e.settled = append(e.settled, f)
		return
	}
	if f == roster.Division && want != "" {
		// Nothing but letter case may differ.
		if want = b.division(e, want); want == "" || b.account.same(f, cell, want) {
			return
		}
	}
	b.differs(e, f, cell, want, read)
}

// rebuilt reports whether a display name is the one that Zoom makes of the names where it is cleared.
func rebuilt(e *entry, cell string) bool {
	first, last := readBack(roster.FirstName, e.user.FirstName), readBack(roster.LastName, e.user.LastName)
	if v := e.row.Get(roster.FirstName); v != "" {
		first = v
	}
	if v := e.row.Get(roster.LastName); v != "" {
		last = v
	}
	return readBack(roster.DisplayName, cell) == strings.TrimSpace(first+" "+last)
}

// differs records a difference; what was not read is written all the same, if anything is.
func (b *builder) differs(e *entry, f roster.Field, cell, want string, read bool) {
	if read {
		e.differing = append(e.differing, f)
		e.fields = append(e.fields, FieldChange{Field: f, Old: readBack(f, cell), New: want})
		return
	}
	e.unread = append(e.unread, f)
	if e.intent.writes() {
		e.fields = append(e.fields, FieldChange{Field: f, New: want, Unread: true})
	}
}

// userType compares the type of the person, which may be said by either of two columns.
func (b *builder) userType(e *entry) {
	cell, read := b.account.cell(e.key, e.user, roster.UserType)
	for _, f := range []roster.Field{roster.UserType, roster.Licenses} {
		if v := e.row.Get(f); v != "" && read && v == cell {
			e.settled = append(e.settled, f)
		}
	}
	want := e.row.UserType()
	t, ok := ParseType(want)
	if !ok || (read && want == cell) {
		return
	}
	e.userType = t
	b.differs(e, roster.UserType, cell, want, read)
}

// addOn compares an add-on, which only people with the licence can have.
func (b *builder) addOn(e *entry, f roster.Field, want string) {
	cell, read := b.account.cell(e.key, e.user, f)
	unlicensed := e.userType != zoomapi.TypeLicensed && e.userType != 0
	if read && b.account.same(f, cell, want) {
		if want != AddOnOff && unlicensed && e.userType != e.user.Type {
			b.needsLicence(e, f, want)
			return
		}
		e.settled = append(e.settled, f)
		return
	}
	if want != AddOnOff {
		capacity, ok := b.capacity(e, f, want)
		switch {
		case !ok:
			return
		case unlicensed:
			b.needsLicence(e, f, want)
			return
		}
		want = capacity
	}
	b.differs(e, f, cell, want, read)
}
