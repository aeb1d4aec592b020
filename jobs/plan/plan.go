package plan

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Version is the layout of a stored [Plan]; a stored plan of another version is made again.
const Version = 3

// Action is what a change does to one person.
type Action string

// The actions of a plan.
const (
	// ActionNone writes nothing.
	ActionNone Action = "none"
	// ActionCreate adds the person to the account.
	ActionCreate Action = "create"
	// ActionUpdate changes somebody who is in the account.
	ActionUpdate Action = "update"
	// ActionActivate lets a deactivated person in again, and then changes them like an update.
	ActionActivate Action = "activate"
	// ActionDeactivate shuts a person out without removing them; it takes their licences.
	ActionDeactivate Action = "deactivate"
	// ActionResend withdraws an invitation, or finds it lapsed, and sends a new one.
	ActionResend Action = "resend"
	// ActionWithdraw takes an invitation back.
	ActionWithdraw Action = "withdraw"
	// ActionDelete removes a person and their login for good, ActionUnlink takes them out of the account with a login of their
	// own. The Fields of these say who gets what they leave.
	ActionDelete Action = "delete"
	ActionUnlink Action = "unlink"
)

// Removes reports whether the action takes somebody out of the account who has been in it.
func (a Action) Removes() bool { return a == ActionDelete || a == ActionUnlink }

// Mode restricts what a file may do.
type Mode string

// The modes.
const (
	// ModeAuto adds people who are new and changes those who are known.
	ModeAuto Mode = "auto"
	// ModeImport only adds people.
	ModeImport Mode = "import"
	// ModeUpdate only changes people.
	ModeUpdate Mode = "update"
)

// Verdict says where a row stands before anything is done. Each row has exactly one.
type Verdict string

// The verdicts of a row.
const (
	// VerdictCreate: the person will be added.
	VerdictCreate Verdict = "create"
	// VerdictUpdate: the person is there and will be changed.
	VerdictUpdate Verdict = "update"
	// VerdictActivate, VerdictDeactivate, VerdictResend and VerdictWithdraw: the row asks for it and it will be done.
	VerdictActivate   Verdict = "activate"
	VerdictDeactivate Verdict = "deactivate"
	VerdictResend     Verdict = "resend"
	VerdictWithdraw   Verdict = "withdraw"
	// VerdictDelete and VerdictUnlink: the person will be taken out of the account.
	VerdictDelete Verdict = "delete"
	VerdictUnlink Verdict = "unlink"
	// VerdictUnchanged: already in the account, with what the row asks for as far as the account was read; the param unread
	// of [CodeExists] names what was not compared.
	VerdictUnchanged Verdict = "unchanged"
	// VerdictDiffers: already in the account, with other values than the row; a file that only adds people leaves them.
	VerdictDiffers Verdict = "differs"
	// VerdictPending: already invited, has not accepted yet.
	VerdictPending Verdict = "pending"
	// VerdictInactive: in the account, deactivated.
	VerdictInactive Verdict = "inactive"
	// VerdictAbsent: not in the account, and the file only changes people.
	VerdictAbsent Verdict = "absent"
	// VerdictInvalid: the row has an error and is left out.
	VerdictInvalid Verdict = "invalid"
	// VerdictKept: of a plan that undoes another; somebody changed the person since, so nothing is taken back.
	VerdictKept Verdict = "kept"
	// VerdictIrreversible: of a plan that undoes another; what was done to the person cannot be taken back.
	VerdictIrreversible Verdict = "irreversible"
)

// FieldChange is one value of one person, before and after, in the form that [roster.Row.Get] gives and an export writes.
// Old is empty for a person who is not there yet. An empty New clears the field. User types are "basic", "licensed",
// "unassigned" and "none"; add-ons are capacities or "yes", "0" being off.
type FieldChange struct {
	Field roster.Field `json:"field"`
	Old   string       `json:"old,omitempty"`
	New   string       `json:"new"`
	// Unread says that nobody looked what the account has, so that Old says nothing.
	Unread bool `json:"unread,omitempty"`
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

// Group is a group of the account. A group that the job is to create has no ID yet.
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
	Key     string  `json:"key,omitempty"`
	Action  Action  `json:"action"`
	Verdict Verdict `json:"verdict"`
	// UserID is Zoom's id where it was read, and Status the state that the person was in; both are empty for new people.
	UserID string `json:"user_id,omitempty"`
	Status string `json:"status,omitempty"`
	// UserType is the type of people who are added or invited again.
	UserType int           `json:"user_type,omitempty"`
	Fields   []FieldChange `json:"fields,omitempty"`
	// Groups are joined in this order; the first user group becomes the person's primary one.
	Groups []Group `json:"groups,omitempty"`
	// Leaves are groups that the person is taken out of.
	Leaves []Group `json:"leaves,omitempty"`
	// Loses is what goes with a licence or access that the change takes and that Fields do not name: the user type of
	// somebody who is shut out, and add-ons. It is recorded for [Undo] and part of neither the text nor the digest.
	Loses []Loss `json:"loses,omitempty"`
}

// Loss is a value that somebody has before a change and not after it, in the form of [FieldChange.Old].
type Loss struct {
	Field roster.Field `json:"field"`
	Value string       `json:"value,omitempty"`
	// Unread says that nobody looked what the person has.
	Unread bool `json:"unread,omitempty"`
}

// Frees reports whether the change gives licences back, so that it has to come before those that need some.
func (c Change) Frees() bool {
	switch c.Action {
	case ActionDeactivate, ActionWithdraw, ActionDelete, ActionUnlink:
		return true
	case ActionNone, ActionCreate, ActionUpdate, ActionActivate, ActionResend:
	}
	for _, f := range c.Fields {
		switch {
		case f.Field == roster.UserType && f.Old == TypeName(zoomapi.TypeLicensed):
			return true
		case isAddOn(f.Field) && f.Old != "" && f.Old != AddOnOff:
			return true
		}
	}
	return false
}

// AddOnOff is the value of an add-on that a person does not have.
const AddOnOff = "0"

// TypeName is how rosters and plans write a user type; the number where it has no name.
func TypeName(userType int) string {
	switch userType {
	case zoomapi.TypeBasic:
		return "basic"
	case zoomapi.TypeLicensed:
		return "licensed"
	case zoomapi.TypeUnassigned:
		return "unassigned"
	case zoomapi.TypeNone:
		return "none"
	}
	return strconv.Itoa(userType)
}

// ParseType reads what [TypeName] wrote.
func ParseType(name string) (int, bool) {
	for _, t := range []int{zoomapi.TypeBasic, zoomapi.TypeLicensed, zoomapi.TypeUnassigned, zoomapi.TypeNone} {
		if TypeName(t) == name {
			return t, true
		}
	}
	return 0, false
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
	Rows       int `json:"rows"`
	Create     int `json:"create"`
	Update     int `json:"update"`
	Activate   int `json:"activate"`
	Deactivate int `json:"deactivate"`
	Resend     int `json:"resend"`
	Withdraw   int `json:"withdraw"`
	Delete     int `json:"delete"`
	Unlink     int `json:"unlink"`
	Unchanged  int `json:"unchanged"`
	Differs    int `json:"differs"`
	Pending    int `json:"pending"`
	Inactive   int `json:"inactive"`
	Absent     int `json:"absent"`
	Invalid    int `json:"invalid"`
	// Kept and Irreversible are of plans that undo another.
	Kept         int `json:"kept,omitempty"`
	Irreversible int `json:"irreversible,omitempty"`
}

// Existing is the number of rows whose person is already in the account in any state and is left as they are.
func (c Counts) Existing() int { return c.Unchanged + c.Differs + c.Pending + c.Inactive }

// Writes is the number of rows that change something.
func (c Counts) Writes() int {
	return c.Create + c.Update + c.Activate + c.Deactivate + c.Resend + c.Withdraw + c.Delete + c.Unlink
}

// Licence names what seats are counted for: "licensed" for the base licence, "large_meeting_500", "webinar_1000" for add-ons.
type Licence string

// LicenceBase is the licence of [zoomapi.TypeLicensed].
const LicenceBase Licence = "licensed"

// AddOn is the licence of an add-on of some capacity; field is [roster.LargeMeeting], [roster.Webinar] or
// [roster.ZoomEvents].
func AddOn(field roster.Field, capacity int) Licence {
	return Licence(string(field) + "_" + strconv.Itoa(capacity))
}

// Split tells an add-on and its capacity apart; ok is false for the base licence.
func (l Licence) Split() (field roster.Field, capacity int, ok bool) {
	for _, f := range sizedFields() {
		if digits, found := strings.CutPrefix(string(l), string(f)+"_"); found {
			n, err := strconv.Atoi(digits)
			return f, n, err == nil
		}
	}
	return "", 0, false
}

// Seats says what the plan needs of one licence. Known is false when Zoom did not tell.
type Seats struct {
	Licence Licence `json:"licence"`
	// Needed are new seats, Freed those that the plan gives back before.
	Needed int  `json:"needed"`
	Freed  int  `json:"freed,omitempty"`
	Known  bool `json:"known"`
	// Total, Used and Reserved are Zoom's hosts, usage and pending; Free is what is left of them, never negative.
	Total    int `json:"total,omitempty"`
	Used     int `json:"used,omitempty"`
	Reserved int `json:"reserved,omitempty"`
	Free     int `json:"free,omitempty"`
}

// Short is how many seats are missing; 0 when enough or unknown.
func (s Seats) Short() int {
	if !s.Known {
		return 0
	}
	return max(0, s.Needed-s.Free-s.Freed)
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
	// PerDay is that daily limit; 0 when people are not invited but active at once. Left is what is left of it today.
	PerDay int `json:"per_day,omitempty"`
	Left   int `json:"left,omitempty"`
}

// Options are what the requester and the settings decide beside the file.
type Options struct {
	// AccountID is part of the digest: an approval is for one account.
	AccountID string
	// Mode is [ModeImport] when empty.
	Mode Mode
	// UserType is the type of everybody who is added and whose row says no other; LargeMeeting and Webinar are the
	// capacities of their add-ons, 0 for none.
	UserType     int
	LargeMeeting int
	Webinar      int
	// GroupNames replaces names of groups in the file by others, as the requester chose.
	GroupNames map[string]string
	// CreateGroups lets the plan create user groups that do not exist.
	CreateGroups bool
	// AllowDelete lets rows delete and unlink people.
	AllowDelete bool
	// AllowAdmins lets rows take licences, access or addresses from administrators; never from the owner.
	AllowAdmins bool
	// InvitedToday is how many people have been invited already on the day of MadeAt (UTC).
	InvitedToday int
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
	Mode         Mode                 `json:"mode"`
	UserType     int                  `json:"user_type"`
	LargeMeeting int                  `json:"large_meeting,omitempty"`
	Webinar      int                  `json:"webinar,omitempty"`
	CreateAction zoomapi.CreateAction `json:"create_action"`
	// Undoes is the job that the plan takes back; empty for a plan made from a roster.
	Undoes  string   `json:"undoes,omitempty"`
	Changes []Change `json:"changes"`
	// Issues are the roster's and the plan's own, by line.
	Issues []roster.Issue `json:"issues,omitempty"`
	Counts Counts         `json:"counts"`
	// People is how many people are active in the account; 0 when that is not known, or when the plan changes none of them.
	People int `json:"people,omitempty"`
	// Seats has the licences that the plan needs or frees, and those that the account has, the base licence first.
	Seats []Seats `json:"seats,omitempty"`
	// NewGroups are user groups that are created before anybody joins them.
	NewGroups []string `json:"new_groups,omitempty"`
	// Divisions and Attributes are those that Fields name.
	Divisions  []Division  `json:"divisions,omitempty"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Cost       Cost        `json:"cost"`
	Digest     string      `json:"digest"`
}

// Writes reports whether carrying out the plan would change anything.
func (p *Plan) Writes() bool { return p.Counts.Writes() > 0 }

// Short is how many seats are missing over all licences.
func (p *Plan) Short() int { return Short(p.Seats) }

// Short is how many seats are missing over all of some licences.
func Short(seats []Seats) int {
	n := 0
	for _, s := range seats {
		n += s.Short()
	}
	return n
}
