package plan

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Account is what was read of the Zoom account: enough to judge one roster, not necessarily everything.
type Account struct {
	// Users are the people by [Key] of their address. People who are not in the roster may be missing unless Complete.
	Users map[string]zoomapi.User
	// Complete says that Users holds everybody, so that an absent manager is really absent.
	Complete bool
	// Detailed are the keys whose users were read one by one, with the fields that Zoom's list lacks.
	Detailed map[string]bool
	// Groups are all groups of the account, user groups and chat groups.
	Groups []Group
	// ChatGroupsUnreadable says that the account does not let us see chat groups.
	ChatGroupsUnreadable bool
	// Licences are the seats of the paid type.
	Licences Licences
	// Reads is the number of calls that it took.
	Reads int
}

// Licences are Zoom's numbers for the seats of the licensed type.
type Licences struct {
	Known                 bool
	Total, Used, Reserved int
}

// Free is what is left of the seats, whatever the numbers are: never negative and never more than Total.
func (l Licences) Free() int {
	free := max(0, l.Total)
	free -= min(free, max(0, l.Used))
	free -= min(free, max(0, l.Reserved))
	return free
}

// Key is how people are told apart: the address as [roster.Row.Key] has it, in lower case without blanks around it.
func Key(email string) string { return roster.Clean(roster.Email, email) }

// column is a column whose values go to Zoom.
type column struct {
	field roster.Field
	// listed: Zoom's list of users has the field; the others are known of people in Detailed only.
	listed bool
	value  func(*zoomapi.User) string
}

// columns are those that an import writes, in the order in which changes list them.
func columns() []column {
	return []column{
		{roster.Email, true, func(u *zoomapi.User) string { return u.Email }},
		{roster.FirstName, true, func(u *zoomapi.User) string { return u.FirstName }},
		{roster.LastName, true, func(u *zoomapi.User) string { return u.LastName }},
		{roster.DisplayName, true, func(u *zoomapi.User) string { return u.DisplayName }},
		{roster.Department, true, func(u *zoomapi.User) string { return u.Department }},
		{roster.JobTitle, false, func(u *zoomapi.User) string { return u.JobTitle }},
		{roster.Location, false, func(u *zoomapi.User) string { return u.Location }},
		{roster.Manager, false, func(u *zoomapi.User) string { return u.Manager }},
	}
}

// same reports whether the account's value of a field is what a row asks for. What Zoom has is tidied as the cells of
// files are, or a no-break space or a loose accent would be a difference for ever.
func (a Account) same(f roster.Field, have, want string) bool {
	have = roster.Clean(f, have)
	if have == want {
		return true
	}
	if f != roster.Manager {
		return false
	}
	// Zoom takes a manager as an address or as the display name of somebody in the account.
	if strings.Contains(want, "@") && Key(have) == Key(want) {
		return true
	}
	return a.isNamed(have, want) || a.isNamed(want, have)
}

// isNamed reports whether the person with that address has that display name.
func (a Account) isNamed(address, name string) bool {
	u, ok := a.Users[Key(address)]
	return ok && name != "" && roster.Clean(roster.DisplayName, u.DisplayName) == name
}

// groupIndex finds groups by name.
type groupIndex struct {
	exact  map[string]Group
	folded map[string][]string // tidied names
	// plain are the names without accents and capitals, in the account's order, and plainNames those that look so: a
	// search for the nearest names has less to do for each of many candidates then.
	plain      []string
	plainNames map[string][]string
}

func indexGroups(groups []Group, kinds ...GroupKind) groupIndex {
	ix := groupIndex{exact: make(map[string]Group), folded: make(map[string][]string), plainNames: make(map[string][]string)}
	for _, g := range groups {
		name := roster.Clean(roster.UserGroup, g.Name)
		if name == "" || !slices.Contains(kinds, g.Kind) {
			continue
		}
		before, dup := ix.exact[name]
		switch {
		case !dup:
			ix.exact[name] = g
			folded := foldName(name)
			ix.folded[folded] = append(ix.folded[folded], name)
			plain := plainName(folded)
			if len(ix.plainNames[plain]) == 0 {
				ix.plain = append(ix.plain, plain)
			}
			ix.plainNames[plain] = append(ix.plainNames[plain], name)
		case g.ID < before.ID:
			// Two groups of one name cannot be told apart in a file. Always the same one is taken, in whatever order Zoom
			// lists them, so that the digest does not waver.
			ix.exact[name] = g
		}
	}
	return ix
}

// find returns the group of that name, else the only one whose name differs in nothing but letter case and blanks.
func (ix groupIndex) find(name string) (Group, bool) {
	if g, ok := ix.exact[name]; ok {
		return g, true
	}
	if like := ix.folded[foldName(name)]; len(like) == 1 {
		return ix.exact[like[0]], true
	}
	return Group{}, false
}

// nearest gives up to n names that a name was probably meant to be, the nearest first.
func (ix groupIndex) nearest(name string, n int) []string {
	var out []string
	for _, plain := range roster.Nearest(name, ix.plain, n) {
		out = append(out, ix.plainNames[plain]...)
	}
	return out[:min(n, len(out))]
}

// foldName makes names equal that differ in letter case, the form of their accents, or blanks. By way of the upper case,
// since some letters have two lower-case forms.
func foldName(s string) string {
	s = strings.Join(strings.Fields(roster.Clean(roster.UserGroup, s)), " ")
	return strings.ToLower(strings.ToUpper(s))
}

// plainName takes the accents off a folded name.
func plainName(folded string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(folded))
}
