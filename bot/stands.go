package bot

import (
	"maps"
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

// note says in a few words, as mrkdwn, what a list has to say beside the state of a job; "" when that says it all.
func note(p *text.Printer, j *jobs.Job) string {
	who := ""
	if j.Held != nil {
		who = mention(j.Held.Actor)
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
		return p.T("control.note.behind", "job", aheadOf(j))
	case j.State == jobs.StatePaused && !j.ResumeAt.IsZero():
		return p.T("control.note.resumes", "when", date(j.ResumeAt))
	}
	return ""
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
