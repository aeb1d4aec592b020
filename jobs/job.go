package jobs

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/zoomusers/zoomusers/jobs/plan"
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
	DryRun    bool         `json:"dry_run,omitempty"`
	Requester Actor        `json:"requester"`
	Source    Source       `json:"source"`
	Settings  Settings     `json:"settings"`
	Plan      *PlanSummary `json:"plan,omitempty"`
	// Replaced is the plan that was shown before, when the account changed under it.
	Replaced *PlanSummary `json:"replaced,omitempty"`
	Decision *Decision    `json:"decision,omitempty"`
	// Stop is set when a person asked a job to stop that has begun to apply; whoever holds the job ends it.
	Stop *Stop `json:"stop,omitempty"`
	// Counts are the outcomes so far, once the job has begun to apply.
	Counts Counts `json:"counts,omitzero"`

	CreatedAt  time.Time `json:"created_at"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	StartedAt  time.Time `json:"started_at,omitzero"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// ResumeAt is when a paused job goes on, or when invited people are looked at again.
	ResumeAt time.Time `json:"resume_at,omitzero"`
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

// KindImport adds people.
const KindImport Kind = "import"

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
	Digest string      `json:"digest"`
	MadeAt time.Time   `json:"made_at"`
	Counts plan.Counts `json:"counts"`
	Seats  plan.Seats  `json:"seats"`
	Cost   plan.Cost   `json:"cost"`
	// Errors and Warnings are numbers of issues.
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
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
	// ReasonCredentials: Zoom refuses the credentials. Params: detail.
	ReasonCredentials ReasonCode = "credentials"
	// ReasonScope: the Zoom app lacks scopes. Params: scopes.
	ReasonScope ReasonCode = "scope"
	// ReasonForbidden: Zoom denies the account or the app what it asks. Params: detail.
	ReasonForbidden ReasonCode = "forbidden"
	// ReasonSeats: no licence is left. Params: detail.
	ReasonSeats ReasonCode = "seats"
	// ReasonDailyLimit: Zoom's limit for today is used up. Params: until (RFC 3339).
	ReasonDailyLimit ReasonCode = "daily_limit"
	// ReasonZoomUnavailable: Zoom did not answer usefully for long. Params: detail.
	ReasonZoomUnavailable ReasonCode = "zoom_unavailable"
	// ReasonInternal: a defect. Params: none.
	ReasonInternal ReasonCode = "internal"
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
