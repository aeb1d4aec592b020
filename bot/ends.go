package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
)

// This file says of jobs that ended, or came to nothing, what their state alone does not: why, and what is still to be done.

// notAccepted is how many people keep an approved job from being carried out, because they were invited since by another
// and have not accepted: what the file says of them is not set.
func notAccepted(j *jobs.Job) int {
	if j.State != jobs.StateNoChanges || j.Replaced == nil || j.Plan == nil || j.Kind == jobs.KindInvitations || j.Kind == jobs.KindUndo {
		return 0
	}
	return max(j.Plan.Counts.Pending-j.Replaced.Counts.Pending, 0)
}

// allAccepted is how many people were to be invited again by a job of which everybody has accepted meanwhile; 0 for other jobs.
func allAccepted(j *jobs.Job) int {
	if j.State != jobs.StateNoChanges || j.Kind != jobs.KindInvitations || j.Plan == nil || !strings.HasPrefix(fileName(j), string(plan.ActionResend)) {
		return 0
	}
	n := j.Plan.Counts
	if n.Pending+n.Absent+n.Invalid+n.Inactive > 0 {
		return 0
	}
	return n.Existing()
}

// inviter is the job whose invitations another sends again; "" when that is not about one job.
func inviter(j *jobs.Job) string {
	if j.Kind != jobs.KindInvitations {
		return ""
	}
	name, _ := strings.CutPrefix(strings.TrimSuffix(fileName(j), ".csv"), string(plan.ActionResend)+"-")
	id, ok := jobs.ParseID(name)
	if !ok {
		return ""
	}
	return id
}

// nothingLeft says of a job that came to nothing what that means for its people; "" where there is nothing to do for good.
// Where it stands on a card, name is "".
func nothingLeft(p *text.Printer, v view, name string) string {
	j := &v.job
	count, id := notAccepted(j), "notice.not_accepted"
	if count == 0 {
		count, id = allAccepted(j), "notice.all_accepted"
	}
	if count == 0 {
		return ""
	}
	args := []any{"count", count, "name", orElse(name, esc(title(p, j))), "id", j.ID, "complete", p.T("control.button.retry_invited")}
	by := inviter(j)
	if by == "" || id == "notice.not_accepted" {
		return p.T(id, args...)
	}
	args = append(args, "job", jobRef(v, by))
	if other, ok := v.others[by]; ok && (!other.State.Terminal() || other.Counts.Incomplete == 0) {
		// It still waits for them, and completes them by itself, or has done so.
		return p.T("notice.all_accepted_waits", args...)
	}
	return p.T("notice.all_accepted_of", args...)
}

// untouched reports whether a job ended before it did anything to anybody. A row that failed may have been done in part.
func untouched(j *jobs.Job) bool {
	n := j.Counts
	return j.StartedAt.IsZero() || (n.Total() > 0 && n.Invited+n.Succeeded()+n.Incomplete+n.Lapsed+n.Conflict+n.Failed == invalidRows(j))
}

// invalidRows is how many rows of a job were wrong from the beginning, which count as failed.
func invalidRows(j *jobs.Job) int {
	if j.Plan == nil {
		return 0
	}
	return min(j.Plan.Counts.Invalid, j.Counts.Failed)
}

// seatsGivenUp reports whether a job gave rows back for which no licence came, while it goes on with others, or went on.
func seatsGivenUp(j *jobs.Job) bool {
	return j.Reason.Code == jobs.ReasonSeats && j.Counts.Unprocessed > 0 && (j.State == jobs.StateFinishing || j.State == jobs.StateDone)
}

// reasonWords say why a job is where it is; "" when it has no reason.
func reasonWords(p *text.Printer, j *jobs.Job) string {
	if !seatsGivenUp(j) {
		return p.Reason(reasonOf(j))
	}
	if j.State == jobs.StateFinishing {
		return p.T("control.seats.given_up_waiting", "count", j.Counts.Unprocessed)
	}
	return p.T("control.seats.given_up", "count", j.Counts.Unprocessed, "rest", p.T(retryLabel(j)))
}

// givesUp says until when a job tries to get licences; "" when that is not known, or somebody lets it rest.
func givesUp(p *text.Printer, j *jobs.Job) string {
	at, err := time.Parse(time.RFC3339, j.Reason.Params["gives_up"])
	if err != nil || j.Reason.Code != jobs.ReasonSeats || j.State != jobs.StatePaused || j.Held != nil {
		return ""
	}
	return p.T("control.line.gives_up", "when", date(at))
}

// retryLabel names what another job of the rows that are left would do, by the id of a button.
func retryLabel(j *jobs.Job) string {
	switch n := j.Counts; {
	case failedRows(j) > 0:
		return "control.button.retry_failed"
	case n.Unprocessed > 0 && n.Incomplete > 0:
		return "control.label.retry_both"
	case n.Unprocessed > 0:
		return "control.button.retry_rest"
	}
	return "control.button.retry_invited"
}

// retriedLine is the id of what the card of a job says of the job that follows it up.
func retriedLine(j *jobs.Job) string {
	switch {
	case failedRows(j) > 0:
		return "control.line.retried_by"
	case j.Counts.Unprocessed > 0:
		return "control.line.rest_by"
	case j.Counts.Incomplete > 0:
		return "control.line.completed_by"
	}
	return "control.line.retried_by"
}

// called names a person without calling them: whoever did something knows of it.
func called(a jobs.Actor) string {
	if a.Name == "" {
		return mention(a)
	}
	return esc(cut(tidy(a.Name), 80))
}

// stoppedWaiting reports whether a job was stopped whose rows had been through and reported before that.
func stoppedWaiting(j *jobs.Job) bool {
	through, err := time.Parse(time.RFC3339Nano, j.Front[refAppliedAt])
	return err == nil && j.Stop != nil && through.Before(j.Stop.At)
}

// pauser is who asked a job to pause that then came to its end without a rest, since all its rows had been begun.
func (b *Bot) pauser(ctx context.Context, j *jobs.Job) jobs.Actor {
	if j.State != jobs.StateFinishing && j.State != jobs.StateDone {
		return jobs.Actor{}
	}
	entries, err := b.jobs.Audit(ctx, j.ID)
	if err != nil {
		b.log.WarnContext(ctx, "audit log of a job not read", "job_id", j.ID, "err", err)
		return jobs.Actor{}
	}
	for _, e := range slices.Backward(entries) {
		switch {
		case e.Event == "pause_requested":
			return e.Actor
		case e.To == jobs.StatePaused, e.Event == "resumed":
			return jobs.Actor{}
		}
	}
	return jobs.Actor{}
}

// spread is how the limit of the day on invitations divides the work.
type spread struct {
	// today is how many people are invited today, of whom perDay could be on any day; days is over how many days it goes.
	today, perDay, days int
	// from is when the next are invited.
	from time.Time
}

// spreadOf divides the invitations of a plan; false where those of today suffice.
func spreadOf(v view) (spread, bool) {
	n := v.job.Plan.Counts.Create + v.job.Plan.Counts.Resend
	left, perDay, ok := invitationsLeft(v)
	if !ok || v.job.Plan.Cost.PerDay == 0 || n <= left {
		return spread{}, false
	}
	now := v.at
	if now.IsZero() {
		now = v.job.Plan.MadeAt
	}
	return spread{
		today: left, perDay: perDay, days: one(left > 0) + (n-left+perDay-1)/perDay, from: now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour),
	}, true
}

// begin is the day on which the next people are invited. Zoom's day begins at midnight UTC for everybody.
func (s spread) begin() string { return s.from.Format("2006-01-02 15:04 UTC") }

// words say how long it takes and when it goes on.
func (s spread) words(p *text.Printer) string {
	said := p.T("control.spread.later", "from", s.begin())
	if s.today > 0 {
		said = p.T("control.spread.part", "today", p.Number(s.today), "from", s.begin())
	}
	if s.days > 1 {
		said += "\n" + p.T("ui.value.days", "days", p.Number(s.days), "per_day", p.Number(s.perDay))
	}
	return said
}

// warning says the same before somebody approves.
func (s spread) warning(p *text.Printer) string {
	if s.today == 0 {
		return p.T("control.spread.warn_later", "from", s.begin())
	}
	return p.T("control.spread.warn_part", "count", s.today, "from", s.begin())
}
