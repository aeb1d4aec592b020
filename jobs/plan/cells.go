package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// profileFields are the columns of a person's profile that a file may write, in the order in which changes list them.
// Attributes, the user type and the add-ons follow after them.
func profileFields() []roster.Field {
	return []roster.Field{
		roster.Email, roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.JobTitle, roster.Location,
		roster.Company, roster.Manager, roster.CostCenter, roster.PhoneNumber, roster.Language, roster.Timezone, roster.Pronouns,
		roster.Division,
	}
}

// addOnFields are the columns of add-ons.
func addOnFields() [4]roster.Field {
	return [...]roster.Field{roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions}
}

// sizedFields are those that come in capacities.
func sizedFields() [3]roster.Field {
	return [...]roster.Field{roster.LargeMeeting, roster.Webinar, roster.ZoomEvents}
}

// isAddOn reports whether f is one of them.
func isAddOn(f roster.Field) bool {
	switch f {
	case roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions:
		return true
	default:
		return false
	}
}

// mayBeUnsized reports whether an add-on can be had without naming a capacity: captions have none, and Zoom seldom tells
// which ones of Zoom Events there are.
func mayBeUnsized(f roster.Field) bool {
	return f == roster.TranslatedCaptions || f == roster.ZoomEvents
}

// Detailed reports whether Zoom's list of users lacks the field, so that it is known only of people who were read one by
// one.
func Detailed(f roster.Field) bool {
	switch f {
	case roster.JobTitle, roster.Location, roster.Company, roster.Manager, roster.CostCenter, roster.PhoneNumber, roster.Language,
		roster.Pronouns:
		return true
	default:
		return false
	}
}

// Cell is what an export writes for a field of a person, before [roster.EscapeCell], and whether the field was read. A
// group that the account does not list has no name and is left out.
func (a *Account) Cell(u *zoomapi.User, f roster.Field) (cell string, read bool) {
	return a.cell(Key(u.Email), u, f)
}

// Current is what a file says that was exported with [Account.Cell]: the form of [FieldChange]. Somebody who compares the
// account with FieldChange.Old compares this.
func (a *Account) Current(u *zoomapi.User, f roster.Field) (value string, read bool) {
	cell, read := a.Cell(u, f)
	return readBack(f, cell), read
}

// readBack is what a row says whose cell was exported.
func readBack(f roster.Field, cell string) string {
	if cell == "" || plainCell(f, cell) {
		return cell
	}
	return roster.NewRow(0, 0, map[roster.Field]string{f: roster.EscapeCell(f, cell)}).Get(f)
}

// plainCell reports whether a cell reads as it is: printable ASCII text without anything at its ends that has a meaning.
func plainCell(f roster.Field, s string) bool {
	switch f {
	case roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.JobTitle, roster.Location, roster.Company:
	default:
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case i > 0 && i < len(s)-1 && (c == ' ' || c == '.' || c == '-' || c == '\''):
		default:
			return false
		}
	}
	return true
}

func (a *Account) cell(key string, u *zoomapi.User, f roster.Field) (string, bool) {
	switch f { //nolint:exhaustive // The others are in a person's record.
	case roster.NewEmail:
		return "", false
	case roster.UserType:
		return TypeName(u.Type), u.Type != 0
	case roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions:
		return a.addOn(key, u, f)
	case roster.UserGroup:
		return roster.JoinGroups(a.groupNames(key, u, UserGroup)), true
	case roster.ChatGroup:
		names := append(a.groupNames(key, u, IMGroup), a.groupNames(key, u, ContactGroup)...)
		return roster.JoinGroups(names), a.contactGroupsRead()
	}
	if _, ok := f.Custom(); ok {
		return a.attribute(key, u, f)
	}
	v, known := valueOf(f, u, nil, a.Divisions, nil)
	return v, known && (!Detailed(f) || a.Detailed[key])
}

// attribute is the person's value of an attribute. Of several attributes of one name it is the first by key.
func (a *Account) attribute(key string, u *zoomapi.User, f roster.Field) (string, bool) {
	return attributeValue(f, u, a.Attributes), a.AttributesListed || a.Detailed[key]
}

// addOnUnsized is an add-on of which Zoom does not tell the capacity.
const addOnUnsized = "yes"

// addOn is the capacity of a person's add-on. People without the licence have none.
func (a *Account) addOn(key string, u *zoomapi.User, f roster.Field) (string, bool) {
	features, read := a.Features[key]
	switch {
	case !read && ((u.Type != zoomapi.TypeLicensed && u.Type != 0) || u.Status == zoomapi.StatusInactive || u.Status == zoomapi.StatusPending):
		return AddOnOff, true
	case !read:
		return "", false
	}
	on, capacity := feature(f, &features)
	return capacityName(on, capacity), true
}

// feature is what a person's settings say of an add-on.
func feature(f roster.Field, features *zoomapi.Features) (on bool, capacity int) {
	switch f { //nolint:exhaustive // Only these are add-ons.
	case roster.LargeMeeting:
		return features.LargeMeeting, features.LargeMeetingCapacity
	case roster.Webinar:
		return features.Webinar, features.WebinarCapacity
	case roster.ZoomEvents:
		return features.ZoomEvents, features.ZoomEventsCapacity
	case roster.TranslatedCaptions:
		return features.TranslatedCaptions, 0
	}
	return false, 0
}

func capacityName(on bool, capacity int) string {
	switch {
	case !on:
		return AddOnOff
	case capacity <= 0:
		return addOnUnsized
	}
	return strconv.Itoa(capacity)
}

// groupNames are the names of the person's groups of a kind, in the person's order.
func (a *Account) groupNames(key string, u *zoomapi.User, kind GroupKind) []string {
	var out []string
	add := func(has func(*Group) bool) {
		for i := range a.Groups {
			if g := &a.Groups[i]; g.Kind == kind && g.Name != "" && has(g) {
				out = append(out, g.Name)
			}
		}
	}
	switch kind {
	case UserGroup, IMGroup:
		ids := u.GroupIDs
		if kind == IMGroup {
			ids = u.IMGroupIDs
		}
		for _, id := range ids {
			add(func(g *Group) bool { return g.ID == id })
		}
	case ContactGroup:
		add(func(g *Group) bool { return a.Members[g.ID][key] })
	}
	return out
}

// contactGroupsRead reports whether the members of all contact groups are known.
func (a *Account) contactGroupsRead() bool {
	return !slices.ContainsFunc(a.Groups, func(g Group) bool { return g.Kind == ContactGroup && a.Members[g.ID] == nil })
}

// same reports whether a cell of the account is what a row asks for. It takes the way of an export and back, or a no-break
// space or a loose accent would be a difference for ever.
func (a *Account) same(f roster.Field, cell, want string) bool {
	if cell == want {
		return true
	}
	have := readBack(f, cell)
	if have == want {
		return true
	}
	switch f {
	case roster.Manager:
		// Zoom takes a manager as an address or as the display name of somebody in the account.
		if strings.Contains(want, "@") && Key(have) == Key(want) {
			return true
		}
		return a.isNamed(have, want) || a.isNamed(want, have)
	case roster.PhoneNumber:
		return samePhones(have, want)
	case roster.LargeMeeting, roster.Webinar, roster.ZoomEvents:
		return want == addOnUnsized && have != AddOnOff && have != ""
	default:
		return false
	}
}

// isNamed reports whether the person with that address has that display name.
func (a *Account) isNamed(address, name string) bool {
	if name == "" || !strings.Contains(address, "@") {
		return false
	}
	u, ok := a.Users[Key(address)]
	return ok && readBack(roster.DisplayName, u.DisplayName) == name
}

// samePhones reports whether both cells have the same numbers, in whatever order.
func samePhones(x, y string) bool {
	p, err := roster.ParsePhones(x)
	if err != nil {
		return false
	}
	q, err := roster.ParsePhones(y)
	if err != nil || len(p) != len(q) {
		return false
	}
	for _, n := range p {
		i := slices.Index(q, n)
		if i < 0 {
			return false
		}
		q = slices.Delete(q, i, i+1)
	}
	return true
}
