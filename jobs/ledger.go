package jobs

import (
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Outcome is what became of a row.
type Outcome string

// The outcomes. Every row of a job that has ended has exactly one.
const (
	// OutcomeCreated: the person is in the account with everything the row asks for.
	OutcomeCreated Outcome = "created"
	// OutcomeUpdated: the person has everything that the row asks for; people who were let in again count here too.
	OutcomeUpdated Outcome = "updated"
	// OutcomeDeactivated: the person was shut out.
	OutcomeDeactivated Outcome = "deactivated"
	// OutcomeWithdrawn: the invitation was taken back.
	OutcomeWithdrawn Outcome = "withdrawn"
	// OutcomeDeleted: the person is not in the account any more: deleted, or unlinked from it.
	OutcomeDeleted Outcome = "deleted"
	// OutcomeConflict: somebody else changed the person since the plan was made, so nothing was done.
	OutcomeConflict Outcome = "conflict"
	// OutcomeWaiting: the person is invited; the rest follows when they accept.
	OutcomeWaiting Outcome = "waiting"
	// OutcomeIncomplete: the person was invited, and the job ended before they accepted and got the rest of the row.
	OutcomeIncomplete Outcome = "incomplete"
	// OutcomeLapsed: the invitation is gone without having been accepted.
	OutcomeLapsed Outcome = "lapsed"
	// OutcomeUnchanged: the account already held what the row asks for.
	OutcomeUnchanged Outcome = "unchanged"
	// OutcomeSkipped: nothing was done on purpose: the person is already there.
	OutcomeSkipped Outcome = "skipped"
	// OutcomeReversed: what another job did to the person was taken back.
	OutcomeReversed Outcome = "reversed"
	// OutcomeKept: it was left, because somebody changed the person since.
	OutcomeKept Outcome = "kept"
	// OutcomeIrreversible: it cannot be taken back; the row's issue says why.
	OutcomeIrreversible Outcome = "irreversible"
	// OutcomeFailed: the row is wrong, or Zoom refused it.
	OutcomeFailed Outcome = "failed"
	// OutcomeUnprocessed: the job ended before the row's turn.
	OutcomeUnprocessed Outcome = "unprocessed"
)

// Outcomes lists all outcomes in the order in which reports show them.
func Outcomes() []Outcome {
	return []Outcome{
		OutcomeCreated, OutcomeUpdated, OutcomeDeactivated, OutcomeWithdrawn, OutcomeDeleted, OutcomeWaiting, OutcomeIncomplete,
		OutcomeLapsed, OutcomeReversed, OutcomeKept, OutcomeIrreversible, OutcomeUnchanged, OutcomeSkipped, OutcomeConflict,
		OutcomeFailed, OutcomeUnprocessed,
	}
}

// Counts are rows by outcome.
type Counts struct {
	Created     int `json:"created"`
	Updated     int `json:"updated"`
	Deactivated int `json:"deactivated"`
	Withdrawn   int `json:"withdrawn"`
	Deleted     int `json:"deleted"`
	Conflict    int `json:"conflict"`
	Waiting     int `json:"waiting"`
	Incomplete  int `json:"incomplete,omitempty"`
	Lapsed      int `json:"lapsed"`
	Unchanged   int `json:"unchanged"`
	Skipped     int `json:"skipped"`
	Failed      int `json:"failed"`
	// Reversed, Kept and Irreversible are of jobs that undo another.
	Reversed     int `json:"reversed,omitempty"`
	Kept         int `json:"kept,omitempty"`
	Irreversible int `json:"irreversible,omitempty"`
	Unprocessed  int `json:"unprocessed"`
	// Invited, Activated and Finished follow the people who were only invited: Invited is all of them, Activated those
	// who have accepted, Finished those whose profile was completed afterwards.
	Invited   int `json:"invited"`
	Activated int `json:"activated"`
	Finished  int `json:"finished"`
}

// Total is the number of rows counted.
func (c Counts) Total() int {
	return c.Succeeded() + c.Incomplete + c.Lapsed + c.Unchanged + c.Skipped + c.Conflict + c.Kept + c.Irreversible + c.Failed + c.Unprocessed
}

// Succeeded are the rows that the job carried out, invited people included.
func (c Counts) Succeeded() int {
	return c.Created + c.Updated + c.Deactivated + c.Withdrawn + c.Deleted + c.Waiting + c.Reversed
}

// Step is one kind of call that a row needs.
type Step string

// The steps of a row, in their order.
const (
	StepCreate  Step = "create"
	StepProfile Step = "profile"
	StepGroups  Step = "groups"
	// StepCheck reads the person and compares them with the plan.
	StepCheck Step = "check"
	// StepStatus activates or deactivates.
	StepStatus Step = "status"
	// StepLicence sets the user type, StepAddOns what is in the settings.
	StepLicence Step = "licence"
	StepAddOns  Step = "add_ons"
	// StepWithdraw takes an invitation back.
	StepWithdraw Step = "withdraw"
	// StepDelete takes a person out of the account.
	StepDelete Step = "delete"
	// StepAddress gives a person another address.
	StepAddress Step = "address"
)

// Presence is what is known of a person who was created.
type Presence string

// What is known of a created person.
const (
	PresenceUnknown Presence = ""
	PresencePending Presence = "pending"
	PresenceActive  Presence = "active"
)

// RowState is the ledger's record of one row that has been worked on. Rows without a record have not been touched.
type RowState struct {
	Line int `json:"line"`
	// Intent is the step that was about to be called when this was written; empty once its outcome is known.
	Intent Step `json:"intent,omitempty"`
	// Created says that the person is in the account by our doing; UserID is Zoom's id where known.
	Created  bool     `json:"created,omitempty"`
	UserID   string   `json:"user_id,omitempty"`
	Presence Presence `json:"presence,omitempty"`
	// Invited stays true for people who were pending when the job left them.
	Invited bool `json:"invited,omitempty"`
	// Placed says that a pending person was given their first group ahead of activation.
	Placed bool `json:"placed,omitempty"`
	// Checked says that somebody who was there before was compared with the plan; from then on the row is begun.
	Checked bool `json:"checked,omitempty"`
	// Withdrawn says that an earlier invitation was taken back, Cleared that Zoom shows it no more: until then somebody who
	// is found invited proves nothing about a new invitation.
	Withdrawn bool `json:"withdrawn,omitempty"`
	Cleared   bool `json:"cleared,omitempty"`
	// Began says that something was about to be written for somebody who was there before, Wrote that it was. Found names
	// what the person had already before: "status", names of fields, ids of groups, "leave_<id>"; none of it is the job's.
	Began bool     `json:"began,omitempty"`
	Wrote bool     `json:"wrote,omitempty"`
	Found []string `json:"found,omitempty"`
	// Status, Profile, Licence, AddOns and Address say that these steps are done; Joined and Left list ids of groups.
	Status  bool `json:"status,omitempty"`
	Profile bool `json:"profile,omitempty"`
	Licence bool `json:"licence,omitempty"`
	AddOns  bool `json:"add_ons,omitempty"`
	// Had are the add-ons that were set, while others of the row may be missing.
	Had     []roster.Field `json:"had,omitempty"`
	Address bool           `json:"address,omitempty"`
	Joined  []string       `json:"joined,omitempty"`
	Left    []string       `json:"left,omitempty"`
	// Outstanding names what the row asks for and the account does not hold yet: field names, "status",
	// "<kind of group>:<name>", "leave_<kind of group>:<name>".
	Outstanding []string `json:"outstanding,omitempty"`
	// Outcome is empty while the row is being worked on.
	Outcome Outcome `json:"outcome,omitempty"`
	// Failure says why the row failed, or what of it did.
	Failure *Failure  `json:"failure,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// Failure is why Zoom did not take a step.
type Failure struct {
	Step Step `json:"step"`
	// Status and Code are HTTP's and Zoom's; 0 when there was no answer.
	Status int `json:"status,omitempty"`
	Code   int `json:"code,omitempty"`
	// Message is Zoom's, without addresses.
	Message string `json:"message,omitempty"`
	// Reason is a code of ours for causes that deserve better words than Zoom's.
	Reason FailureReason `json:"reason,omitempty"`
}

// FailureReason names causes of failed rows that fronts explain.
type FailureReason string

// The causes.
const (
	FailureExists      FailureReason = "exists"
	FailureForeign     FailureReason = "foreign_account"
	FailureDomain      FailureReason = "domain"
	FailureValidation  FailureReason = "validation"
	FailureGroup       FailureReason = "group"
	FailureGone        FailureReason = "gone"
	FailureNoAnswer    FailureReason = "no_answer"
	FailureGroupNotSet FailureReason = "group_not_joined"
	FailureStopped     FailureReason = "stopped"
	// FailurePhone: Zoom refused the phone numbers; the rest of the row went through.
	FailurePhone FailureReason = "phone"
	// FailureChanged: somebody changed the person meanwhile. Message names the fields, comma separated.
	FailureChanged FailureReason = "changed"
	// FailureAccepted: the invitation was accepted meanwhile.
	FailureAccepted FailureReason = "accepted"
	// FailureSeats: no licence was left.
	FailureSeats FailureReason = "seats"
	// FailureNotSet: Zoom said yes and did not do it. Message names the fields.
	FailureNotSet FailureReason = "not_set"
	// FailureHeir: whoever was to get the data of a person who is deleted is not there, or not active.
	FailureHeir FailureReason = "heir"
	// FailureTooOften: Zoom changes somebody's address only so often a day.
	FailureTooOften FailureReason = "too_often"
	FailureOther    FailureReason = "other"
)

// Result is one row with everything that reports need.
type Result struct {
	Row     roster.Row
	Change  plan.Change
	State   RowState
	Outcome Outcome
	Issues  []roster.Issue
}

// verdictOutcome is the outcome of rows that the plan leaves alone.
func verdictOutcome(v plan.Verdict) Outcome {
	switch v {
	case plan.VerdictUnchanged:
		return OutcomeUnchanged
	case plan.VerdictDiffers, plan.VerdictPending, plan.VerdictInactive, plan.VerdictAbsent:
		return OutcomeSkipped
	case plan.VerdictInvalid:
		return OutcomeFailed
	case plan.VerdictKept:
		return OutcomeKept
	case plan.VerdictIrreversible:
		return OutcomeIrreversible
	case plan.VerdictCreate, plan.VerdictUpdate, plan.VerdictActivate, plan.VerdictDeactivate, plan.VerdictResend,
		plan.VerdictWithdraw, plan.VerdictDelete, plan.VerdictUnlink:
		return OutcomeUnprocessed
	}
	return OutcomeUnprocessed
}

// reversed is the outcome of a row of a job that takes back what another did.
func reversed(o Outcome) Outcome {
	switch o {
	case OutcomeUpdated, OutcomeDeactivated, OutcomeWithdrawn, OutcomeCreated:
		return OutcomeReversed
	case OutcomeConflict:
		return OutcomeKept
	case OutcomeDeleted, OutcomeWaiting, OutcomeIncomplete, OutcomeLapsed, OutcomeUnchanged, OutcomeSkipped, OutcomeReversed,
		OutcomeKept, OutcomeIrreversible, OutcomeFailed, OutcomeUnprocessed:
	}
	return o
}

// outcomeIn is the outcome of a row of a plan.
func outcomeIn(p *plan.Plan, c *plan.Change, rs RowState) Outcome {
	if p.Undoes != "" {
		return reversed(outcomeOf(c, rs))
	}
	return outcomeOf(c, rs)
}

// outcomeOf is the outcome of a row: the ledger's, or the plan's where nothing was to be done. A row that is being worked
// on counts as unprocessed, or as waiting once its person is invited.
func outcomeOf(c *plan.Change, rs RowState) Outcome {
	switch {
	case rs.Outcome != "":
		return rs.Outcome
	case rs.Created && rs.Presence != PresenceActive:
		return OutcomeWaiting
	}
	return verdictOutcome(c.Verdict)
}

// unsettled reports whether a call that was to add the person, to take them out of the account or to give them another
// address has no known outcome.
func (rs *RowState) unsettled() bool {
	return (rs.Intent == StepCreate || rs.Intent == StepDelete || rs.Intent == StepAddress) && !rs.Created && rs.Outcome == ""
}

// inDoubt reports whether something may have been written for somebody who was there before, and nobody has looked since.
func (rs *RowState) inDoubt() bool { return rs.Began && !rs.Wrote && !rs.Withdrawn && rs.Outcome == "" }

// closeAt gives a row that was begun its final outcome, because the job ends here. It reports whether the row changed.
func (rs *RowState) closeAt(c *plan.Change, now time.Time) bool {
	switch {
	case rs.Outcome == OutcomeWaiting && len(rs.Outstanding) > 0:
	case rs.Outcome != "":
		return false
	case rs.unsettled():
		rs.Intent, rs.Outcome, rs.Failure = "", OutcomeFailed, &Failure{Step: rs.Intent, Reason: FailureNoAnswer}
	case rs.Withdrawn && !rs.Created:
		// The old invitation is gone and there is no new one.
		rs.Outcome, rs.Failure = OutcomeFailed, &Failure{Step: StepCreate, Reason: FailureStopped}
	case !rs.Created && (c.Action == plan.ActionUpdate || c.Action == plan.ActionActivate) && rs.begun():
		if rs.Outstanding = outstanding(c, *rs); len(rs.Outstanding) == 0 {
			rs.Outcome = OutcomeUpdated
		} else {
			rs.halfDone()
		}
	case rs.inDoubt():
		rs.Outcome, rs.Failure = OutcomeFailed, &Failure{Step: StepCheck, Reason: FailureNoAnswer}
	case !rs.Created:
		return false
	case rs.Presence == PresenceActive:
		if rs.Outstanding = outstanding(c, *rs); len(rs.Outstanding) == 0 {
			rs.Outcome = OutcomeCreated
		} else {
			// The person is there, but not with everything that the row asks for.
			rs.halfDone()
		}
	default:
		rs.Outstanding, rs.Outcome, rs.Invited = outstanding(c, *rs), OutcomeWaiting, true
	}
	if rs.Outcome == OutcomeWaiting && len(rs.Outstanding) > 0 {
		// Nobody completes people of a job that has ended, so nothing may be promised.
		rs.Outcome = OutcomeIncomplete
	}
	rs.At = now
	return true
}

// begun reports whether something was written for somebody who was there before.
func (rs *RowState) begun() bool { return rs.Wrote }

// halfDone ends the row of somebody who has a part of it.
func (rs *RowState) halfDone() {
	step := StepProfile
	if !slices.ContainsFunc(rs.Outstanding, func(item string) bool { return !isGroupItem(item) }) {
		step = StepGroups
	}
	rs.Outcome, rs.Failure = OutcomeFailed, &Failure{Step: step, Reason: FailureStopped}
}

// isGroupItem reports whether something outstanding is a group to join or to leave.
func isGroupItem(item string) bool {
	kind, _, named := strings.Cut(strings.TrimPrefix(item, leavePrefix), ":")
	return named && slices.Contains([]plan.GroupKind{plan.UserGroup, plan.IMGroup, plan.ContactGroup}, plan.GroupKind(kind))
}

// tally counts the rows of a plan by outcome.
func tally(p *plan.Plan, rows map[int]RowState) Counts {
	var c Counts
	for i := range p.Changes {
		rs := rows[p.Changes[i].Line]
		switch outcomeIn(p, &p.Changes[i], rs) {
		case OutcomeCreated:
			c.Created++
		case OutcomeUpdated:
			c.Updated++
		case OutcomeDeactivated:
			c.Deactivated++
		case OutcomeWithdrawn:
			c.Withdrawn++
		case OutcomeDeleted:
			c.Deleted++
		case OutcomeConflict:
			c.Conflict++
		case OutcomeWaiting:
			c.Waiting++
		case OutcomeIncomplete:
			c.Incomplete++
		case OutcomeLapsed:
			c.Lapsed++
		case OutcomeUnchanged:
			c.Unchanged++
		case OutcomeSkipped:
			c.Skipped++
		case OutcomeReversed:
			c.Reversed++
		case OutcomeKept:
			c.Kept++
		case OutcomeIrreversible:
			c.Irreversible++
		case OutcomeFailed:
			c.Failed++
		case OutcomeUnprocessed:
			c.Unprocessed++
		}
		if rs.Invited {
			c.Invited++
			if rs.Presence == PresenceActive {
				c.Activated++
				if len(rs.Outstanding) == 0 {
					c.Finished++
				}
			}
		}
	}
	return c
}
