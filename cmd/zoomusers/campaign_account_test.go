package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// untouched reports whether a row says that nothing was done to its person.
func (t *touch) untouched() bool {
	rs := &t.result.State
	switch t.result.Outcome {
	case jobs.OutcomeUnprocessed, jobs.OutcomeSkipped, jobs.OutcomeUnchanged, jobs.OutcomeKept, jobs.OutcomeIrreversible:
		return true
	case jobs.OutcomeConflict:
		return !rs.Wrote && !rs.Created
	case jobs.OutcomeFailed:
		return !rs.Wrote && !rs.Created && !rs.Withdrawn && (rs.Failure == nil || rs.Failure.Reason != jobs.FailureNoAnswer)
	case jobs.OutcomeCreated, jobs.OutcomeUpdated, jobs.OutcomeDeactivated, jobs.OutcomeWithdrawn, jobs.OutcomeDeleted,
		jobs.OutcomeWaiting, jobs.OutcomeIncomplete, jobs.OutcomeLapsed, jobs.OutcomeReversed:
	}
	return false
}

// checkPerson: the account is what the reports say.
func (v *verdicts) checkPerson(email string) {
	all := v.touches[email]
	if email == "" || v.unsettled[email] {
		return
	}
	slices.SortStableFunc(all, func(a, b touch) int { return a.result.State.At.Compare(b.result.State.At) })
	var last *touch
	idle := true
	for i := range all {
		if !all[i].untouched() {
			idle, last = false, &all[i]
		}
	}
	if idle {
		for _, c := range v.byWho[email] {
			if overlaps(v.redis.lost(), c.start.Add(-time.Second), c.end) {
				// Redis has forgotten that this was done; the plan that was made after it saw it as the account's own state.
				continue
			}
			if c.writes() && c.before != c.after && !v.touchedByHand(email, c.start.Add(-50*time.Millisecond), c.end.Add(50*time.Millisecond)) {
				v.bad("%s: the reports say that nothing was done (job %s: %s), yet %s %s was carried out at %s: %+v became %+v", email,
					all[0].job.ID, all[0].result.Outcome, c.method, c.path, v.when(c.start), c.before, c.after)
				return
			}
		}
		return
	}
	u, there := v.zoom.User(email)
	there = there && !u.Lapsed
	var lastWrite time.Time
	for _, c := range v.byWho[email] {
		if c.writes() && !c.refused() {
			lastWrite = c.start
		}
	}
	hands := v.handsOn(email)
	later := func(pick func(handEdit) bool) bool {
		return slices.ContainsFunc(hands, func(e handEdit) bool { return pick(e) && e.at.After(lastWrite) })
	}
	removed := slices.ContainsFunc(hands, func(e handEdit) bool { return e.removed })
	say := func(what string) {
		v.bad("%s: job %s line %d says %s, but %s; the person is %+v; by hand: %v", email, last.job.ID, last.result.Row.Line, last.result.Outcome, what,
			v.witness.look(email), hands)
	}
	switch o := last.result.Outcome; o {
	case jobs.OutcomeCreated, jobs.OutcomeUpdated:
		switch {
		case !there && !removed:
			say("nobody is there")
		case !there, later(func(e handEdit) bool { return e.removed || e.added }):
		case u.Status != zoomtest.Active:
			say("the person is " + u.Status)
		default:
			v.checkValues(last, &u, later(func(e handEdit) bool { return e.value != "" }), say)
		}
	case jobs.OutcomeWaiting, jobs.OutcomeIncomplete:
		if !there && !removed {
			say("nobody is there")
		}
	case jobs.OutcomeDeactivated:
		if (!there || u.Status != zoomtest.Inactive) && !removed {
			say("the person is not shut out")
		}
	case jobs.OutcomeWithdrawn, jobs.OutcomeDeleted:
		if there && !later(func(e handEdit) bool { return e.added }) {
			say("the person is still there")
		}
	case jobs.OutcomeReversed:
		v.checkReversed(last, &u, there, removed, later(func(e handEdit) bool { return e.value != "" }), say)
	case jobs.OutcomeConflict, jobs.OutcomeLapsed, jobs.OutcomeUnchanged, jobs.OutcomeSkipped, jobs.OutcomeKept,
		jobs.OutcomeIrreversible, jobs.OutcomeFailed, jobs.OutcomeUnprocessed:
	}
}

func (v *verdicts) checkReversed(last *touch, u *zoomtest.User, there, removed, edited bool, say func(string)) {
	switch last.result.Change.Action {
	case plan.ActionWithdraw, plan.ActionDelete, plan.ActionUnlink:
		if there {
			say("the person is still there")
		}
	case plan.ActionDeactivate:
		if there && u.Status != zoomtest.Inactive {
			say("the person is " + u.Status)
		}
	case plan.ActionActivate, plan.ActionUpdate:
		switch {
		case !there && !removed:
			say("nobody is there")
		case there:
			v.checkValues(last, u, edited, say)
		}
	case plan.ActionNone, plan.ActionCreate, plan.ActionResend:
	}
}

// checkValues: a person has what the plan was to set.
func (v *verdicts) checkValues(t *touch, u *zoomtest.User, edited bool, say func(string)) {
	for _, f := range t.result.Change.Fields {
		have, known := "", true
		switch f.Field {
		case roster.Department:
			have = u.Dept
		case roster.JobTitle:
			have = u.JobTitle
		case roster.UserType:
			have = plan.TypeName(u.Type)
		default:
			known = false
		}
		if known && have != f.New && (!edited || f.Field != roster.Department) {
			say(fmt.Sprintf("%s is %q, not %q", f.Field, have, f.New))
		}
	}
	for _, g := range t.result.Change.Groups {
		if g.Kind == plan.UserGroup && g.ID != "" && !slices.Contains(u.GroupIDs, g.ID) {
			say("the group " + g.Name + " is missing")
		}
	}
}

func (v *verdicts) touchedByHand(email string, from, to time.Time) bool {
	return slices.ContainsFunc(v.handsOn(email), func(e handEdit) bool { return e.at.After(from) && e.at.Before(to) })
}

// checkCreations: nobody is added twice, and nobody is asked to be added again before somebody looked what became of the
// first time.
func (v *verdicts) checkCreations(email string) {
	added, allowed := 0, 1
	for _, e := range v.handsOn(email) {
		if e.removed {
			allowed++
		}
	}
	var unclear *zoomCall
	calls := v.byWho[email]
	for i := range calls {
		c := &calls[i]
		if c.method == http.MethodDelete && c.before.there && !c.after.there {
			allowed++
		}
		if !c.creates() {
			continue
		}
		if !c.before.there && c.after.there {
			added++
		}
		if unclear != nil && !v.looked(email, unclear.start, c.start) {
			v.bad("%s: added again at %s by process %d (answer %d) after %s by process %d (answer %d), and nobody looked in between", email,
				v.when(c.start), c.member, c.status, v.when(unclear.start), unclear.member, unclear.status)
		}
		if !c.refused() {
			unclear = c
		}
	}
	if added > allowed {
		v.bad("%s was added %d times, want %d at most", email, added, allowed)
	}
}

// looked reports whether Zoom told about a person within a stretch of time.
func (v *verdicts) looked(email string, from, to time.Time) bool {
	return slices.ContainsFunc(v.calls, func(c zoomCall) bool {
		return c.start.After(from) && c.end.Before(to) && c.reads(email)
	})
}

// staleAfter is how old a look at a person may be when they are written to.
const staleAfter = 30 * time.Second

// checkOverwritten: what somebody set by hand is not written over by a job that could have seen it.
func (v *verdicts) checkOverwritten(email string) {
	var reads []zoomCall
	for _, c := range v.byWho[email] {
		if c.method == http.MethodGet && c.status == http.StatusOK && c.reads(email) {
			reads = append(reads, c)
		}
		if c.method != http.MethodPatch || !strings.HasPrefix(c.before.dept, "HAND-") || c.after.dept == c.before.dept {
			continue
		}
		value := c.before.dept
		at := slices.IndexFunc(v.handsOn(email), func(e handEdit) bool { return e.value == value })
		if at < 0 || v.shownOld(email, value) {
			continue
		}
		edited := v.handsOn(email)[at].at
		seen := slices.ContainsFunc(reads, func(r zoomCall) bool {
			return r.member == c.member && r.start.After(edited) && r.end.Before(c.start)
		})
		if seen || c.start.Sub(edited) > staleAfter {
			v.bad("%s: the department %s was set by hand at %s and written over at %s by process %d (seen before: %v)", email, value,
				v.when(edited), v.when(c.start), c.member, seen)
		}
	}
}

// shownOld reports whether a plan that was approved had a value as the old one: then it was meant to be replaced. So it is
// where a job adds the person, as it owns what it created.
func (v *verdicts) shownOld(email, value string) bool {
	for _, t := range v.touches[email] {
		if t.result.Change.Action == plan.ActionCreate {
			return true
		}
		for _, f := range t.result.Change.Fields {
			if f.Field == roster.Department && (f.Old == value || f.Unread) {
				return true
			}
		}
	}
	return false
}

// checkStrangers: nobody is changed whom no file names.
func (v *verdicts) checkStrangers() {
	for email, before := range v.strangers {
		now, there := v.zoom.User(email)
		if !there || now.Status != before.Status || now.Type != before.Type || now.Dept != before.Dept || now.JobTitle != before.JobTitle {
			v.bad("%s stands in no file and was changed", email)
		}
	}
}

func (v *verdicts) when(at time.Time) string { return fmt.Sprintf("%.3fs", at.Sub(v.begun).Seconds()) }
