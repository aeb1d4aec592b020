package plan

import (
	"strings"

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

// Key is how people are told apart: the address in lower case without blanks around it.
func Key(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// current returns the value that the account holds for a field, and whether it is known from what was read.
func (a Account) current(u zoomapi.User, f roster.Field) (string, bool) {
	switch f {
	case roster.Email:
		return u.Email, true
	case roster.FirstName:
		return u.FirstName, true
	case roster.LastName:
		return u.LastName, true
	case roster.DisplayName:
		return u.DisplayName, true
	case roster.Department:
		return u.Department, true
	}
	if !a.Detailed[Key(u.Email)] {
		return "", false
	}
	switch f {
	case roster.JobTitle:
		return u.JobTitle, true
	case roster.Location:
		return u.Location, true
	case roster.Manager:
		return u.Manager, true
	default:
		return "", false
	}
}

// groupIndex finds groups by name, letter case and outer blanks aside.
type groupIndex struct {
	byName map[string]Group
	names  []string
}

func indexGroups(groups []Group, kinds ...GroupKind) groupIndex {
	ix := groupIndex{byName: make(map[string]Group)}
	for _, g := range groups {
		for _, k := range kinds {
			if g.Kind != k {
				continue
			}
			folded := foldName(g.Name)
			if _, dup := ix.byName[folded]; !dup {
				ix.byName[folded] = g
				ix.names = append(ix.names, g.Name)
			}
		}
	}
	return ix
}

func (ix groupIndex) find(name string) (Group, bool) {
	g, ok := ix.byName[foldName(name)]
	return g, ok
}

func foldName(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
