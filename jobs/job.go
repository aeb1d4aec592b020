package jobs

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Job is one roster's life, as it is stored. What is large (the file, the plan, the rows) is stored beside it.
type Job struct {
	ID string `json:"id"`
	// Delivery is a hash of the key of the submission, which tells a second delivery from a clash of ids.
	Delivery string `json:"delivery,omitempty"`
	// Rev counts the changes of this record; the store uses it to compare and set.
	Rev   int64 `json:"rev"`
	State State `json:"state"`
	// Reason says why the job is in a state that needs a reason; empty otherwise.
	Reason Reason `json:"reason,omitzero"`
	// Kind is what the file asks for.
	Kind Kind `json:"kind"`
	// DryRun jobs end at their plan and can never be approved.
	DryRun    bool     `json:"dry_run,omitempty"`
	Requester Actor    `json:"requester"`
	Source    Source   `json:"source"`
	Settings  Settings `json:"settings"`
	Revision  Revision `json:"revision,omitzero"`
	// Fixes are suggestions that one click applies, also for files that were refused.
	Fixes Fixes `json:"fixes,omitzero"`
	// Export is what a job of [KindExport] writes.
	Export *Query `json:"export,omitempty"`
	// Exported is what it found.
	Exported *Exported    `json:"exported,omitempty"`
	Plan     *PlanSummary `json:"plan,omitempty"`
	// Replaced is the plan that was shown before, when the account changed under it.
	Replaced *PlanSummary `json:"replaced,omitempty"`
	Decision *Decision    `json:"decision,omitempty"`
	// Stop is set when a person asked a job to stop that has begun to apply; whoever holds the job ends it.
	Stop *Stop `json:"stop,omitempty"`
	// Held is set when a person, or a guard, wants the job to rest until somebody resumes it. A job that is applying and
	// held finishes the rows in hand and is paused then.
	Held *Hold `json:"held,omitempty"`
	// Of is the job that this one undoes, or whose failed rows it tries again.
	Of string `json:"of,omitempty"`
	// OfKind is what that job's file asked for, where this one has the same file.
	OfKind Kind `json:"of_kind,omitempty"`
	// UndoneBy and RetriedBy are the newest jobs that do that to this one.
	UndoneBy  string `json:"undone_by,omitempty"`
	RetriedBy string `json:"retried_by,omitempty"`
	// Behind is the job that has to be through first, since both work on some of the same people.
	Behind string `json:"behind,omitempty"`
	// Waived are the outcomes that the guards do not count any more, because a person let the job go on regardless.
	Waived Waiver `json:"waived,omitzero"`
	// Epoch names the run of the store's server that the ledger was last known to be complete in.
	Epoch string `json:"epoch,omitempty"`
	// Counts are the outcomes so far, once the job has begun to apply.
	Counts Counts `json:"counts,omitzero"`

	CreatedAt  time.Time `json:"created_at"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	StartedAt  time.Time `json:"started_at,omitzero"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// RestsSince is since when a paused job rests; Rested is for how long altogether it did before, since it began to apply.
	RestsSince time.Time     `json:"rests_since,omitzero"`
	Rested     time.Duration `json:"rested,omitempty"`
	// ResumeAt is when a paused job goes on, or when invited people are looked at again.
	ResumeAt time.Time `json:"resume_at,omitzero"`
	// SeatsSince is when the job last got further before it ran out of licences.
	SeatsSince time.Time `json:"seats_since,omitzero"`
	// Changed counts what people ought to see; Announced is how far they have been shown.
	Changed   int64 `json:"changed"`
	Announced int64 `json:"announced"`
	// Unshown counts failures to show the job in a row; the next attempt is not before ShowAt.
	Unshown int       `json:"unshown,omitempty"`
	ShowAt  time.Time `json:"show_at,omitzero"`
	// Attempts counts failures of the current step in a row; the next attempt is not before RetryAt.
	Attempts int       `json:"attempts,omitempty"`
	RetryAt  time.Time `json:"retry_at,omitzero"`
	// Front are references of the front to what it has posted (channel, thread, card, files); opaque here.
	Front map[string]string `json:"front,omitempty"`
	// AuditHead is the hash of the newest audit entry.
	AuditHead string `json:"audit_head,omitempty"`
}

// Kind is what a file asks for.
type Kind string

// The kinds of job. Kinds that read a roster say what its rows may do; see [plan.Mode].
const (
	// KindAuto adds people who are new and changes those who are known.
	KindAuto Kind = "auto"
	// KindImport only adds people.
	KindImport Kind = "import"
	// KindUpdate only changes people.
	KindUpdate Kind = "update"
	// KindInvitations sends invitations again or takes them back; its roster is made by the service.
	KindInvitations Kind = "invitations"
	// KindUndo takes back what another job did ([Job.Of]); its plan is made by the service.
	KindUndo Kind = "undo"
	// KindExport writes the account as a roster. It changes nothing and needs no approval.
	KindExport Kind = "export"
)

// Mode is what the rows of a job of this kind may do.
func (k Kind) Mode() plan.Mode {
	switch k {
	case KindImport:
		return plan.ModeImport
	case KindUpdate:
		return plan.ModeUpdate
	case KindAuto, KindInvitations, KindUndo, KindExport:
		return plan.ModeAuto
	}
	return plan.ModeAuto
}

// Source is the file that a job was made from.
type Source struct {
	Name string `json:"name"`
	// Size is in bytes, SHA256 in hex; both are known once the file was fetched.
	Size   int64  `json:"size,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// Settings are what the requester and the configuration chose for a job.
type Settings struct {
	UserType     int                  `json:"user_type"`
	CreateAction zoomapi.CreateAction `json:"create_action"`
	// LargeMeeting and Webinar are capacities of add-ons for everybody who is added; 0 for none.
	LargeMeeting int `json:"large_meeting,omitempty"`
	Webinar      int `json:"webinar,omitempty"`
}

// Revision is what the requester decided about how the file is to be read.
type Revision struct {
	// Header stands in for the header of a file that has none.
	Header []string `json:"header,omitempty"`
	// Columns settles headers: text in the file → field, empty to leave the column out.
	Columns map[string]roster.Field `json:"columns,omitempty"`
	// Groups replaces names of groups in the file by others.
	Groups map[string]string `json:"groups,omitempty"`
	// CreateGroups lets the job create user groups that do not exist.
	CreateGroups bool `json:"create_groups,omitempty"`
	// Sheet is the sheet of a workbook to read; the first one when empty.
	Sheet string `json:"sheet,omitempty"`
}

// IsZero reports whether nothing was decided.
func (r Revision) IsZero() bool {
	return len(r.Header)+len(r.Columns)+len(r.Groups)+len(r.Sheet) == 0 && !r.CreateGroups
}

// Actor is a person, or the service itself when ID is empty.
type Actor struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	// Locale is the person's language as the front knows it, such as "fr-FR".
	Locale string `json:"locale,omitempty"`
}

// PlanSummary is what a job keeps of its plan.
type PlanSummary struct {
	Digest string       `json:"digest"`
	MadeAt time.Time    `json:"made_at"`
	Counts plan.Counts  `json:"counts"`
	Seats  []plan.Seats `json:"seats,omitempty"`
	Cost   plan.Cost    `json:"cost"`
	// Errors and Warnings are numbers of issues.
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	// Header is the header that was assumed for a file without one; nobody can approve before the requester has confirmed
	// it by a [Revision].
	Header []string `json:"header,omitempty"`
	// Correctable is how many cells and headers have a suggestion.
	Correctable int `json:"correctable,omitempty"`
	// Tidied counts cells that were changed without an issue, such as by trimming.
	Tidied roster.Changes `json:"tidied,omitzero"`
	// NewGroups are groups that the job will create.
	NewGroups []string `json:"new_groups,omitempty"`
}

// Fixes are suggestions for the whole file that one click applies.
type Fixes struct {
	// Columns are suggestions for headers, Groups for names of groups: as in the file → as suggested.
	Columns map[string]roster.Field `json:"columns,omitempty"`
	Groups  map[string]string       `json:"groups,omitempty"`
	// Missing are user groups that do not exist and could be created.
	Missing []string `json:"missing,omitempty"`
}

// Verdict is what was decided about a plan.
type Verdict string

// The verdicts.
const (
	Approved Verdict = "approved"
	Rejected Verdict = "rejected"
)

// Decision is who decided what, when, and about which plan.
type Decision struct {
	Verdict Verdict   `json:"verdict"`
	Actor   Actor     `json:"actor"`
	At      time.Time `json:"at"`
	Digest  string    `json:"digest"`
	// Reason is the words that came with a rejection.
	Reason string `json:"reason,omitempty"`
}

// Stop is a person's wish that a running job ends.
type Stop struct {
	Actor Actor     `json:"actor"`
	At    time.Time `json:"at"`
}

// Hold is the wish that a job rests until somebody resumes it. The actor is empty for a guard's.
type Hold struct {
	Actor Actor     `json:"actor,omitzero"`
	At    time.Time `json:"at"`
}

// Waiver are rows that ended badly, and all that ended, at the moment when a person let a job go on.
type Waiver struct {
	Failed int `json:"failed"`
	Ended  int `json:"ended"`
}

// Reason says why a job stopped, waits or was refused. Code is stable; fronts put it into words.
type Reason struct {
	Code   ReasonCode        `json:"code,omitempty"`
	Params map[string]string `json:"params,omitempty"`
}

// ReasonCode names a reason. Codes of refused files (see roster) are used as they are.
type ReasonCode string

// Reasons that do not come from reading a file.
const (
	// ReasonDuplicate: the same file is already another job. Params: job.
	ReasonDuplicate ReasonCode = "duplicate"
	// ReasonNobodyToAdd: no row can be created. Params: none.
	ReasonNobodyToAdd ReasonCode = "nobody_to_add"
	// ReasonAccountChanged: the plan was made anew because the account changed.
	ReasonAccountChanged ReasonCode = "account_changed"
	// ReasonHeld: a person has paused the job; [Job.Held] says who. Params: none.
	ReasonHeld ReasonCode = "held"
	// ReasonCanary: too many of the first rows failed, so the others were not begun. Params: failed, rows (that ended),
	// percent (of failures), limit (in percent).
	ReasonCanary ReasonCode = "canary"
	// ReasonErrors: too large a share of the rows failed, so no others were begun. Params: as for ReasonCanary.
	ReasonErrors ReasonCode = "too_many_errors"
	// ReasonBehind: the job waits because another works on some of the same people. Params: job, people (their number).
	ReasonBehind ReasonCode = "behind"
	// ReasonOverlap: as ReasonBehind where such jobs are not let wait; the plan waits for a new approval. Params: job, people.
	ReasonOverlap ReasonCode = "overlap"
	// ReasonTouched: the plan changes a larger part of the account than is allowed. Params: people, account (people in it),
	// percent, limit (in percent).
	ReasonTouched ReasonCode = "touches_too_many"
	// ReasonRemoved: as ReasonTouched, of people who lose their access: deactivated, deleted, unlinked.
	ReasonRemoved ReasonCode = "removes_too_many"
	// ReasonNothingToUndo: nothing of what the job did can be taken back. Params: job.
	ReasonNothingToUndo ReasonCode = "nothing_to_undo"
	// ReasonCredentials: Zoom refuses the credentials. Params: detail.
	ReasonCredentials ReasonCode = "credentials"
	// ReasonScope: the Zoom app lacks scopes. Params: scopes.
	ReasonScope ReasonCode = "scope"
	// ReasonForbidden: Zoom denies the account or the app what it asks. Params: detail.
	ReasonForbidden ReasonCode = "forbidden"
	// ReasonSeats: no licence is left for some rows. Params: licence (see [plan.Licence]; "basic" for the number of Basic
	// people), rows, detail; while the job waits for them also until and gives_up (RFC 3339: when it tries again by itself,
	// and when for the last time); only detail once the job was given up.
	ReasonSeats ReasonCode = "seats"
	// ReasonDailyLimit: Zoom's limit for today is used up. Params: until (RFC 3339).
	ReasonDailyLimit ReasonCode = "daily_limit"
	// ReasonZoomUnavailable: Zoom did not answer usefully for long. Params: detail.
	ReasonZoomUnavailable ReasonCode = "zoom_unavailable"
	// ReasonInternal: a defect. Params: none.
	ReasonInternal ReasonCode = "internal"
	// ReasonIncomplete: a part of what was stored of the job (its file, its plan) is gone. Params: none.
	ReasonIncomplete ReasonCode = "incomplete"
	// ReasonGuest: the requester is a guest of the workspace.
	ReasonGuest ReasonCode = "guest"
	// ReasonOutsider: the requester belongs to another organisation.
	ReasonOutsider ReasonCode = "outsider"
	// ReasonExternalFile: the file only is a link to somewhere else.
	ReasonExternalFile ReasonCode = "external_file"
	// ReasonSlackScope: the front's app lacks a right. Params: scope.
	ReasonSlackScope ReasonCode = "slack_scope"
	// ReasonFileGone: the file cannot be fetched any more. Params: detail.
	ReasonFileGone ReasonCode = "file_gone"
)

// idAlphabet is Crockford's base 32 without letters that read like others: no i, l, o, u.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// idLength gives 40 bits: short enough to type, and Submit notices the rare clash.
const idLength = 8

// NewID makes a job id from a random uuid: eight characters as "k7m2-9xqd", with no letter that looks like another.
func NewID() string {
	u := uuid.New()
	// The first and last bytes of a version 4 uuid are random throughout.
	random := slices.Concat(u[0:4], u[12:16])
	var b strings.Builder
	for i, c := range random[:idLength] {
		if i == idLength/2 {
			b.WriteByte('-')
		}
		b.WriteByte(idAlphabet[int(c)%len(idAlphabet)])
	}
	return b.String()
}

// ParseID reads a job id as people type it: any case, with or without the hyphen, o for 0 and i or l for 1.
func ParseID(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.Trim(s, "`'\"“”<>#.")
	s = strings.Map(func(r rune) rune {
		switch r {
		case '-', '–', '—', '‑', ' ', '_':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		case 'u':
			return 'v'
		}
		return r
	}, s)
	if len(s) != idLength || strings.Trim(s, idAlphabet) != "" {
		return "", false
	}
	return s[:idLength/2] + "-" + s[idLength/2:], true
}
