package plan

import (
	"slices"
	"time"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Version is the layout of a stored [Plan]; a stored plan of another version is made again.
const Version = 1

// Action is what a change does to one person.
type Action string

// The actions of a plan.
const (
	// ActionNone writes nothing.
	ActionNone Action = "none"
	// ActionCreate adds the person to the account.
	ActionCreate Action = "create"
)

// Verdict says where a row stands before anything is done. Each row has exactly one.
type Verdict string

// The verdicts of a row.
const (
	// VerdictCreate: the person will be added.
	VerdictCreate Verdict = "create"
	// VerdictUnchanged: already in the account, with what the row asks for as far as the account was read; the param unread
	// of [CodeExists] names what was not compared.
	VerdictUnchanged Verdict = "unchanged"
	// VerdictDiffers: already in the account, with other values than the row; an import leaves them.
	VerdictDiffers Verdict = "differs"
	// VerdictPending: already invited, has not accepted yet.
	VerdictPending Verdict = "pending"
	// VerdictInactive: in the account, deactivated.
	VerdictInactive Verdict = "inactive"
	// VerdictInvalid: the row has an error and is left out.
	VerdictInvalid Verdict = "invalid"
)

// FieldChange is one value of one person, before and after. Old is empty for a person who is not there yet.
type FieldChange struct {
	Field roster.Field `json:"field"`
	Old   string       `json:"old,omitempty"`
	New   string       `json:"new"`
}

// GroupKind tells user groups from the two generations of chat groups.
type GroupKind string

// The kinds of group.
const (
	// UserGroup is a group of Zoom's user management (/groups).
	UserGroup GroupKind = "user_group"
	// IMGroup is a chat group of accounts that have not been migrated (/im/groups).
	IMGroup GroupKind = "im_group"
	// ContactGroup is the successor of the IM group (/contacts/groups).
	ContactGroup GroupKind = "contact_group"
)

// Group is a group of the account.
type Group struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Kind GroupKind `json:"kind"`
}

// Change is what becomes of one row.
type Change struct {
	// Line is the physical line of the row in the file, Row its number among the data rows; both count from 1.
	Line int `json:"line"`
	Row  int `json:"row"`
	// Key is the e-mail address in lower case; empty when the row has none that can be used.
	Key      string        `json:"key,omitempty"`
	Action   Action        `json:"action"`
	Verdict  Verdict       `json:"verdict"`
	UserType int           `json:"user_type,omitempty"`
	Fields   []FieldChange `json:"fields,omitempty"`
	// Groups are joined in this order; the first user group becomes the person's primary one.
	Groups []Group `json:"groups,omitempty"`
}

// Value returns the new value of a field, and whether the change writes it.
func (c Change) Value(f roster.Field) (string, bool) {
	for _, fc := range c.Fields {
		if fc.Field == f {
			return fc.New, true
		}
	}
	return "", false
}

// ProfileFields are the fields that Zoom accepts only after the person exists (PATCH), in the order of Fields.
func (c Change) ProfileFields() []FieldChange {
	var out []FieldChange
	for _, fc := range c.Fields {
		if !createField(fc.Field) {
			out = append(out, fc)
		}
	}
	return out
}

// createField reports whether POST /users takes the field itself.
func createField(f roster.Field) bool {
	return slices.Contains([]roster.Field{roster.Email, roster.FirstName, roster.LastName, roster.DisplayName}, f)
}

// Counts are rows by verdict; they add up to Rows.
type Counts struct {
	Rows      int `json:"rows"`
	Create    int `json:"create"`
	Unchanged int `json:"unchanged"`
	Differs   int `json:"differs"`
	Pending   int `json:"pending"`
	Inactive  int `json:"inactive"`
	Invalid   int `json:"invalid"`
}

// Existing is the number of rows whose person is already in the account in any state.
func (c Counts) Existing() int { return c.Unchanged + c.Differs + c.Pending + c.Inactive }

// Seats says what the plan needs of the licences that it uses. Known is false when Zoom did not tell.
type Seats struct {
	Type   int  `json:"type"`
	Needed int  `json:"needed"`
	Known  bool `json:"known"`
	// Total, Used and Reserved are Zoom's hosts, usage and pending; Free is what is left of them, never negative.
	Total    int `json:"total,omitempty"`
	Used     int `json:"used,omitempty"`
	Reserved int `json:"reserved,omitempty"`
	Free     int `json:"free,omitempty"`
}

// Paid reports whether the user type takes licences at all.
func (s Seats) Paid() bool { return s.Type == zoomapi.TypeLicensed }

// Short is how many seats are missing; 0 when enough or unknown.
func (s Seats) Short() int {
	if !s.Known || s.Needed <= s.Free {
		return 0
	}
	return s.Needed - s.Free
}

// Cost is what carrying out the plan takes.
type Cost struct {
	// Light, Medium and Heavy are Zoom calls by rate class.
	Light  int `json:"light"`
	Medium int `json:"medium"`
	Heavy  int `json:"heavy"`
	// Reads is the number of calls that reading the account took.
	Reads int `json:"reads"`
	// Duration is the expected time of work in whole seconds, without pauses for daily limits.
	Duration time.Duration `json:"duration"`
	// Days is how many days the daily limit on new people spreads the work over; 1 is today.
	Days int `json:"days"`
	// PerDay is that daily limit; 0 when people are not invited but active at once.
	PerDay int `json:"per_day,omitempty"`
}

// Options are what the requester and the settings decide beside the file.
type Options struct {
	// AccountID is part of the digest: an approval is for one account.
	AccountID string
	// UserType is the type for everybody in the file: [zoomapi.TypeBasic] or [zoomapi.TypeLicensed].
	UserType int
	// CreateAction is how people are added; with [zoomapi.ActionCreate] they are only invited at first.
	CreateAction zoomapi.CreateAction
	// Tier and Share give the rate limits to reckon with. Share is in (0,1].
	Tier  zoomapi.Plan
	Share float64
	// MadeAt is recorded in UTC, not read from a clock.
	MadeAt time.Time
}

// Plan is the ordered changes that turn the account into what the roster asks for.
type Plan struct {
	Version      int                  `json:"version"`
	MadeAt       time.Time            `json:"made_at"`
	AccountID    string               `json:"account_id"`
	UserType     int                  `json:"user_type"`
	CreateAction zoomapi.CreateAction `json:"create_action"`
	Changes      []Change             `json:"changes"`
	// Issues are the roster's and the plan's own, by line.
	Issues []roster.Issue `json:"issues,omitempty"`
	Counts Counts         `json:"counts"`
	Seats  Seats          `json:"seats"`
	Cost   Cost           `json:"cost"`
	Digest string         `json:"digest"`
}

// Writes reports whether carrying out the plan would change anything.
func (p *Plan) Writes() bool { return p.Counts.Create > 0 }
