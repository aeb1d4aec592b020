package plan

import (
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
	// Absent are keys that were looked up, for a manager's sake or as rows of the file, and that nobody in the account has.
	Absent map[string]bool
	// AttributesListed says that Users have their attributes also where they were not read one by one.
	AttributesListed bool
	// Groups are all groups of the account, user groups and chat groups.
	Groups []Group
	// ChatGroupsUnreadable says that the account does not let us see chat groups.
	ChatGroupsUnreadable bool
	// Pools are the seats of the licences and add-ons that the account has; nil when Zoom did not tell.
	Pools map[Licence]Licences
	// Features are people's add-ons, by key, of those whose settings were read.
	Features map[string]zoomapi.Features
	// Members are the members of contact groups that were read, by id of the group: keys of addresses.
	Members map[string]map[string]bool
	// Divisions and Attributes are those of the account; Attributes only as far as somebody has them.
	Divisions  []Division
	Attributes []Attribute
	// DivisionsUnreadable says that the account does not let us see divisions.
	DivisionsUnreadable bool
	// People is how many people are active in the account. With 0, Build counts them where Users has everybody; whoever lists
	// them does that at less cost.
	People int
	// Reads is the number of calls that it took.
	Reads int
}

// Division is a part of the account.
type Division struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Attribute is a field that the account defined for its people.
type Attribute struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// Licences are Zoom's numbers for the seats of one licence.
type Licences struct {
	Total    int `json:"total"`
	Used     int `json:"used"`
	Reserved int `json:"reserved"`
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
