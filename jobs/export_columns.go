package jobs

import (
	"slices"
	"time"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// AllAttributes stands in a [Query] for every custom attribute that somebody in the account has.
const AllAttributes roster.Field = "custom:"

// AllColumns are the columns that an export can have, in their usual order, [AllAttributes] last.
func AllColumns() []roster.Field {
	return []roster.Field{
		roster.Email, roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.JobTitle, roster.Location,
		roster.Manager, roster.Company, roster.CostCenter, roster.PhoneNumber, roster.UserGroup, roster.ChatGroup, roster.Division,
		roster.UserType, roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions, roster.Language, roster.Timezone, roster.Pronouns, roster.Role,
		roster.UserStatus, roster.LoginType, roster.LastLogin, roster.LastClientVersion, roster.CreationDate, roster.PMI,
		roster.EmployeeID, roster.UserID, roster.Verified, AllAttributes,
	}
}

// DefaultColumns are those of an export that names none: what Zoom's list gives, at no further cost.
func DefaultColumns() []roster.Field {
	return []roster.Field{
		roster.Email, roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.UserGroup, roster.UserType,
		roster.Role, roster.UserStatus, roster.LastLogin, roster.CreationDate, roster.Timezone,
	}
}

// MinimalColumns say who somebody is, and no more.
func MinimalColumns() []roster.Field {
	return []roster.Field{roster.Email, roster.FirstName, roster.LastName}
}

// detailColumns are fields that Zoom's list of users lacks: one call for each person gives them all.
func detailColumns() []roster.Field {
	return []roster.Field{
		roster.JobTitle, roster.Location, roster.Manager, roster.Company, roster.CostCenter, roster.PhoneNumber, roster.Language,
		roster.Pronouns, roster.LoginType,
	}
}

// addOnColumns are in the settings of each person.
func addOnColumns() []roster.Field {
	return []roster.Field{roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions}
}

// columns are the columns of the query, the address always among them: without it nobody could be told from others.
func (q *Query) columns() []roster.Field {
	columns := q.Columns
	if len(columns) == 0 {
		columns = DefaultColumns()
	}
	if !slices.Contains(columns, roster.Email) {
		columns = append([]roster.Field{roster.Email}, columns...)
	}
	return columns
}

// needs is what has to be read for a query.
type needs struct {
	groups, chats, divisions, roles, attributes, details, addOns bool
}

func (q *Query) needs() needs {
	columns := q.columns()
	has := func(fields ...roster.Field) bool {
		return slices.ContainsFunc(columns, func(f roster.Field) bool { return slices.Contains(fields, f) })
	}
	return needs{
		groups: has(roster.UserGroup) || len(q.Groups) > 0,
		chats:  has(roster.ChatGroup), divisions: has(roster.Division),
		roles: has(roster.Role) || len(q.Roles) > 0,
		attributes: slices.ContainsFunc(columns, func(f roster.Field) bool {
			_, custom := f.Custom()
			return custom || f == AllAttributes
		}),
		details: has(detailColumns()...), addOns: has(addOnColumns()...),
	}
}

// statuses are the lists of people to read, in an order in which people who move on meanwhile are met rather than missed:
// who accepts or is shut out between two lists is in both of them, and the later one counts.
func (q *Query) statuses() []string {
	if len(q.Statuses) == 0 {
		return statuses()[:1]
	}
	var out []string
	for _, s := range []string{statuses()[2], statuses()[0], statuses()[1]} {
		if slices.Contains(q.Statuses, s) {
			out = append(out, s)
		}
	}
	return out
}

// Exported is what a job of [KindExport] found.
type Exported struct {
	// People is how many are in the file, or will be; Listed how many were looked through.
	People int `json:"people"`
	Listed int `json:"listed"`
	// Bytes is the size of the file, 0 when there is none because nobody was found.
	Bytes int64 `json:"bytes,omitempty"`
	// At is when the account was read.
	At time.Time `json:"at,omitzero"`
	// Columns are those of the file. Unreadable were asked for and are left out: the account or the app does not show them.
	Columns    []roster.Field `json:"columns,omitempty"`
	Unreadable []roster.Field `json:"unreadable,omitempty"`
	// Unknown are names in the query that the account does not have.
	Unknown []UnknownName `json:"unknown,omitempty"`
	// Cost is what reading people one by one takes.
	Cost ExportCost `json:"cost,omitzero"`
}

// UnknownName is the name of a group or role that the account does not have.
type UnknownName struct {
	// Field is [roster.UserGroup] or [roster.Role].
	Field roster.Field `json:"field"`
	Name  string       `json:"name"`
	// Nearest is what was probably meant; it may be empty.
	Nearest string `json:"nearest,omitempty"`
}

// ExportCost is what an export takes beyond Zoom's lists.
type ExportCost struct {
	// People is how many are read one by one, at most; 0 when nobody is, or Zoom does not tell how many there are.
	People int `json:"people,omitempty"`
	// PerPerson is how many calls each of them takes: none, one or two.
	PerPerson int `json:"per_person,omitempty"`
	// Calls is their product, Duration the time that they take at the share of Zoom's limits that may be used.
	Calls    int           `json:"calls,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
	// Days is how many days Zoom's daily limits spread the work over.
	Days int `json:"days,omitempty"`
}
