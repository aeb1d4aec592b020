package text

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Severity names a severity: "Error".
func (p *Printer) Severity(s roster.Severity) string { return p.label("severity.", s.String()) }

// Outcome names what became of a row: "Created".
func (p *Printer) Outcome(o jobs.Outcome) string { return p.label("outcome.", string(o)) }

// Verdict names where a row stands in a plan: "Will be created".
func (p *Printer) Verdict(v plan.Verdict) string { return p.label("verdict.", string(v)) }

// State names where a job stands: "Waiting for approval".
func (p *Printer) State(s jobs.State) string { return p.label("state.", string(s)) }

// Kind says what the rows of a job may do: "add and change people".
func (p *Printer) Kind(k jobs.Kind) string { return p.label("kind.", string(k)) }

// Licence names what seats are counted for: "Licensed", "Large Meeting 500".
func (p *Printer) Licence(l plan.Licence) string {
	if field, capacity, ok := l.Split(); ok {
		return p.T("licence.add_on", "name", p.Field(field), "capacity", strconv.Itoa(capacity))
	}
	return p.Value(roster.UserType, string(l))
}

// Value puts a value of a plan into words where it is one of Zoom's: user types and the capacities of add-ons.
func (p *Printer) Value(f roster.Field, value string) string {
	switch {
	case f == roster.UserType:
		if t, ok := plan.ParseType(value); ok {
			return p.UserType(t)
		}
	case !isAddOn(f):
	case value == plan.AddOnOff || value == "":
		return p.T("value.off")
	case value == "yes":
		return p.T("value.on")
	default:
		return p.grouped(value)
	}
	return value
}

// isAddOn reports whether a field is a capacity, or on or off.
func isAddOn(f roster.Field) bool {
	return f == roster.LargeMeeting || f == roster.Webinar || f == roster.ZoomEvents || f == roster.TranslatedCaptions ||
		slices.Contains(roster.TransferFields(), f)
}

// Change says what becomes of a value: "Department: “Sales” → “Support”". Without before, as for people who are added, it
// is only the new value.
func (p *Printer) Change(c plan.FieldChange, before bool) string {
	named := c.Field == roster.UserType || isAddOn(c.Field)
	show := func(value, none string) string {
		switch {
		case named && (value != "" || c.Field != roster.UserType):
			return p.Value(c.Field, value)
		case value == "":
			return p.T(none)
		}
		return p.T("quote", "value", value)
	}
	if !before {
		return p.T("change.new", "field", p.Field(c.Field), "new", show(c.New, "value.empty"))
	}
	return p.T("change.old_new", "field", p.Field(c.Field), "old", show(c.Old, "value.empty"), "new", show(c.New, "value.cleared"))
}

// UserType names Zoom's user types: 1 is "Basic", 2 is "Licensed"; a number without a name is given as it is.
func (p *Printer) UserType(t int) string { return p.label("user_type.", strconv.Itoa(t)) }

// label gives the message of a stored value. A value that this version does not know is shown as it is.
func (p *Printer) label(prefix, value string) string {
	if value == "" {
		return ""
	}
	if id := prefix + value; p.Has(id) {
		return p.T(id)
	}
	return value
}

// Field names a column as files in this language head it: "First Name", "Prénom".
func (p *Printer) Field(f roster.Field) string {
	if name, ok := f.Custom(); ok {
		return name
	}
	if id := "field." + string(f); p.own[id] {
		return p.T(id)
	}
	return roster.HeaderName(f, p.language)
}

// statusKey stands among fields for whether somebody is let in, which is no column of a file.
const statusKey = "status"

// fields names columns from their stored list, "first_name,email".
func (p *Printer) fields(stored string) string {
	var names []string
	for key := range strings.SplitSeq(stored, ",") {
		if key = strings.TrimSpace(key); key == "" {
			continue
		}
		if key == statusKey {
			names = append(names, p.T("outstanding."+statusKey))
			continue
		}
		names = append(names, p.Field(roster.Field(key)))
	}
	return p.list(names)
}

// Outstanding lists what waits for a person's activation, from the items of [jobs.RowState]: "Department, User group “Sales”".
func (p *Printer) Outstanding(items []string) string {
	out := make([]string, 0, len(items))
	for _, item := range items {
		kind, name, isGroup := strings.Cut(item, ":")
		switch id := "outstanding." + kind; {
		case !isGroup && p.Has(id):
			out = append(out, p.T(id))
		case isGroup && p.Has(id):
			out = append(out, p.T(id, "name", name))
		case isGroup:
			out = append(out, name)
		default:
			out = append(out, p.Field(roster.Field(item)))
		}
	}
	return p.list(out)
}

// sentinels pairs the errors of jobs with their messages, the more telling ones first since errors are joined.
func sentinels() []struct {
	err error
	id  string
} {
	return []struct {
		err error
		id  string
	}{
		{jobs.ErrNoApprovers, "error.no_approvers"},
		{jobs.ErrNotYours, "error.not_yours"},
		{jobs.ErrNotApprover, "error.not_approver"},
		{jobs.ErrOwnJob, "error.own_job"},
		{jobs.ErrStale, "error.stale"},
		{jobs.ErrUnconfirmed, "error.unconfirmed"},
		{jobs.ErrDecided, "error.decided"},
		{jobs.ErrExpired, "error.expired"},
		{jobs.ErrNotAccepted, "error.not_accepted"},
		{jobs.ErrNothing, "error.nothing"},
		{jobs.ErrNotFound, "error.not_found"},
		{jobs.ErrExists, "error.exists"},
		{jobs.ErrLeased, "error.busy"},
		{jobs.ErrFenced, "error.busy"},
	}
}

// Stands says where a job stands, and what can be done about it there.
func (p *Printer) Stands(job string, s jobs.State) string {
	return p.sentences(p.T("error.stands", "job", job, "state", p.State(s)), p.nextIn(job, nextID(s, "")))
}

// nextIn says what can be done about a job; "" where there is nothing to say.
func (p *Printer) nextIn(job, next string) string {
	if next == "" {
		return ""
	}
	return p.T("error.next."+next, "job", job)
}

// nextID is the ending of the id of what can be done about a job in a state, where it cannot go to another one.
func nextID(from, to jobs.State) string {
	over := from.Terminal() || from == jobs.StateFinishing
	stopping := to == jobs.StatePaused && (from == jobs.StateApproved || from == jobs.StateApplying || from == jobs.StatePaused)
	switch {
	case to == jobs.StateReceived && over:
		// Exports have done nothing that could be tried again or taken back.
		return ""
	case stopping, to == jobs.StateApplying && from == jobs.StatePaused:
		return "stopping"
	}
	switch from {
	case jobs.StateReading:
		return string(jobs.StateReceived)
	case jobs.StateNoChanges, jobs.StatePlanned, jobs.StateRejected:
		return "again"
	case jobs.StateErrored:
		return string(jobs.StateCanceled)
	case jobs.StateReceived, jobs.StatePlanning, jobs.StateAwaitingApproval, jobs.StateApproved, jobs.StateApplying, jobs.StatePaused,
		jobs.StateFinishing, jobs.StateDone, jobs.StateInvalid, jobs.StateExpired, jobs.StateCanceled:
		return string(from)
	}
	return ""
}

// Error says why something that a person asked for was not done, and what to do next. Errors that are not about the
// person's request are called internal, without details.
func (p *Printer) Error(err error) string {
	var refused *roster.RefusedError
	var state *jobs.StateError
	var fetch *jobs.FetchError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return p.Reason(jobs.Reason{Code: jobs.ReasonCode(refused.Code), Params: refused.Params})
	case errors.As(err, &state):
		id := "error.state." + string(state.To)
		said := p.first(map[string]string{"job": state.ID, "state": p.State(state.From)}, nil, id, "error.state")
		return p.sentences(said, p.nextIn(state.ID, nextID(state.From, state.To)))
	case errors.As(err, &fetch):
		return p.T("error.fetch")
	}
	for _, s := range sentinels() {
		if errors.Is(err, s.err) {
			return p.T(s.id)
		}
	}
	return p.T("error.internal")
}
