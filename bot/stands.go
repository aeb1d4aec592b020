package bot

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// rests says what holds a job up that was approved, as the ending of the ids of texts; "" when nothing does.
func rests(j *jobs.Job) string {
	switch {
	case !atWork(j):
	case j.State == jobs.StateApproved && j.Held != nil:
		return "approved_held"
	case j.State == jobs.StateApproved && behind(j):
		return "approved_behind"
	case j.State == jobs.StatePaused && halted(j):
		return "halted"
	case j.State == jobs.StatePaused && j.Held != nil:
		return "held"
	}
	return ""
}

// behind reports whether a job waits for another that works on some of the same people.
func behind(j *jobs.Job) bool {
	return atWork(j) && (j.Behind != "" || (j.State == jobs.StateApproved && j.Reason.Code == jobs.ReasonBehind))
}

// aheadOf is the job that another waits for.
func aheadOf(j *jobs.Job) string { return orElse(j.Behind, j.Reason.Params["job"]) }

// aheadLines say on the card of a job that waits for another how that one stands, since it may not end by itself.
func aheadLines(p *text.Printer, v view) []string {
	j := &v.job
	ahead, ok := v.others[aheadOf(j)]
	words := ""
	if ok {
		words = aheadWords(p, &ahead, jobRef(v, ahead.ID))
	}
	switch {
	case words != "":
		return []string{words}
	case aheadOf(j) != "" && (v.links[aheadOf(j)] != "" || j.Reason.Code != jobs.ReasonBehind):
		// The reason names it too, but cannot lead there.
		return []string{p.T("control.line.behind", "job", jobRef(v, aheadOf(j)))}
	}
	return nil
}

// aheadWords say why a job that another waits for does not come to an end now; "" when it is on its way. ref names it.
func aheadWords(p *text.Printer, ahead *jobs.Job, ref string) string {
	paused := ahead.State == jobs.StatePaused
	switch {
	case !atWork(ahead):
		return ""
	case halted(ahead):
		return p.T("control.ahead.halted", "job", ref)
	case ahead.Held != nil:
		return p.T("control.ahead.held", "job", ref, "who", mention(ahead.Held.Actor), "when", date(ahead.Held.At))
	case paused && ahead.Reason.Code == jobs.ReasonSeats:
		return p.T("control.ahead.seats", "job", ref, "when", date(ahead.ResumeAt))
	case paused && ahead.Reason.Code == jobs.ReasonDailyLimit:
		return p.T("control.ahead.daily_limit", "job", ref, "when", date(ahead.ResumeAt))
	case behind(ahead):
		return p.T("control.ahead.behind", "job", ref, "other", "`"+aheadOf(ahead)+"`")
	}
	return ""
}

// restMark is what those who wait for a job have to know of it, for comparing; "" when it is on its way.
func restMark(j *jobs.Job) string {
	switch {
	case !atWork(j) || (j.Held == nil && j.State != jobs.StatePaused):
		return ""
	case j.Held != nil:
		return "held " + j.Held.Actor.ID + " " + string(j.Reason.Code)
	}
	return string(j.Reason.Code) + " " + strconv.FormatInt(j.ResumeAt.Unix(), 10)
}

// tellBehind draws the cards of jobs that wait for one again when that one has come to rest or goes on: theirs say so.
func (b *Bot) tellBehind(ctx context.Context, id string) {
	j, err := b.jobs.Get(ctx, id)
	if err != nil || restMark(&j) == j.Front[refStanding] {
		return
	}
	list, err := b.jobs.List(ctx, steered)
	if err == nil {
		for i := range list {
			if waits := &list[i]; behind(waits) && aheadOf(waits) == id {
				b.drawAgain(ctx, waits.ID)
			}
		}
		_, err = b.jobs.SaveFront(ctx, id, map[string]string{refStanding: restMark(&j)})
	}
	if err != nil {
		b.log.InfoContext(ctx, "jobs that wait for another not drawn again", "job_id", id, "err", err)
	}
}

// note says in a few words, as mrkdwn, what a list has to say beside the state of a job; "" when that says it all.
func note(p *text.Printer, j *jobs.Job) string { return noteBeside(p, j, nil) }

// noteBeside is like note, where other jobs are at hand that have to do with this one.
func noteBeside(p *text.Printer, j *jobs.Job, others map[string]jobs.Job) string {
	who := ""
	if j.Held != nil {
		who = mention(j.Held.Actor)
	}
	if by := takenBack(j, others); by != nil {
		return p.T("control.note.taken_back", "job", by.ID)
	}
	switch {
	case j.State.Terminal():
		return ""
	case j.Stop != nil:
		return p.T("control.note.stopping")
	case halted(j):
		return p.T("control.note.halted")
	case j.Held != nil && j.State == jobs.StateApplying:
		return p.T("control.note.pausing", "who", who)
	case j.Held != nil:
		return p.T("control.note.held", "who", who)
	case behind(j):
		words := p.T("control.note.behind", "job", aheadOf(j))
		if ahead, ok := others[aheadOf(j)]; ok && ahead.ID != j.ID && rests(&ahead) != "" {
			// One step is enough: that one may wait for another itself.
			words += " – " + note(p, &ahead)
		}
		return words
	case j.State == jobs.StatePaused && !j.ResumeAt.IsZero():
		return p.T("control.note.resumes", "when", date(j.ResumeAt))
	}
	return ""
}

// listNote is noteBeside for a list: a job that lacks licences does not go on at a time, but looks for them again.
func listNote(p *text.Printer, j *jobs.Job, others map[string]jobs.Job) string {
	if j.State == jobs.StatePaused && j.Stop == nil && j.Held == nil && j.Reason.Code == jobs.ReasonSeats && !j.ResumeAt.IsZero() {
		return p.T("cmd.jobs.tries_again", "when", date(j.ResumeAt))
	}
	return noteBeside(p, j, others)
}

// whyShort says in a few words why a job stands where it does; "" when its state or the note beside it says that.
func whyShort(p *text.Printer, j *jobs.Job) string {
	id := "cmd.jobs.why." + string(j.Reason.Code)
	given := []jobs.State{
		jobs.StatePlanning, jobs.StateAwaitingApproval, jobs.StatePaused, jobs.StateFinishing, jobs.StateDone, jobs.StateInvalid, jobs.StateErrored,
	}
	if !slices.Contains(given, j.State) || !p.Has(id) {
		return ""
	}
	return p.T(id)
}

// outcomeParts say what became of the rows of a job that has begun. Every row is in one of them, and none is empty.
func outcomeParts(p *text.Printer, j *jobs.Job) []string {
	n := j.Counts
	created, invited, open := n.Created, n.Waiting, "cmd.jobs.count.unprocessed"
	if atWork(j) {
		// Whether somebody has to accept first may not be known yet.
		invited = min(n.Waiting, n.Invited)
		created += n.Waiting - invited
		open = "cmd.jobs.count.open"
	}
	return clauses(p,
		counted{"cmd.jobs.count.created", created},
		counted{"cmd.jobs.count.updated", n.Updated},
		counted{"cmd.jobs.count.deactivated", n.Deactivated},
		counted{"cmd.jobs.count.deleted", n.Deleted},
		counted{"cmd.jobs.count.withdrawn", n.Withdrawn},
		counted{"cmd.jobs.count.invited", invited},
		counted{"cmd.jobs.count.incomplete", n.Incomplete},
		counted{"cmd.jobs.count.lapsed", n.Lapsed},
		counted{"cmd.jobs.count.reversed", n.Reversed},
		counted{"cmd.jobs.count.kept", n.Kept},
		counted{"cmd.jobs.count.irreversible", n.Irreversible},
		counted{"cmd.jobs.count.unchanged", n.Unchanged},
		counted{"cmd.jobs.count.skipped", n.Skipped},
		counted{"cmd.jobs.count.failed", n.Failed + n.Conflict},
		counted{open, n.Unprocessed},
	)
}

// restLines say on a card who lets a job rest and since when.
func restLines(p *text.Printer, j *jobs.Job) []string {
	if j.Held == nil || !atWork(j) {
		return nil
	}
	guard := j.Held.Actor.ID == ""
	switch {
	case j.State == jobs.StateApplying && guard:
		return []string{p.T("control.line.halting")}
	case j.State == jobs.StateApplying:
		return []string{p.T("control.line.pausing", "who", mention(j.Held.Actor))}
	case guard:
		return nil
	}
	return []string{p.T("control.line.held", "who", mention(j.Held.Actor), "when", date(j.Held.At))}
}

// restReason is the reason of a job that somebody lets rest and that lacks something as well: it does not go on by itself.
func restReason(r jobs.Reason) jobs.Reason {
	r.Params = maps.Clone(r.Params)
	if r.Params == nil {
		r.Params = make(map[string]string)
	}
	r.Params["held"] = "1"
	return r
}

// guardReason is the reason of a job that a guard has stopped, with how many rows were not begun.
func guardReason(j *jobs.Job, r jobs.Reason) jobs.Reason {
	if n := j.Counts.Unprocessed; n > 0 {
		r.Params = maps.Clone(r.Params)
		if r.Params == nil {
			r.Params = make(map[string]string)
		}
		r.Params["open"] = strconv.Itoa(n)
	}
	return r
}
