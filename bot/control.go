package bot

import (
	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// Buttons that steer a job; their value is the job id.
const (
	// ActionPause lets a job rest, ActionResume lets it go on.
	ActionPause  = "pause"
	ActionResume = "resume"
	// ActionRetry makes a job of the rows that did not go through, ActionUndo one that takes back what the job did.
	ActionRetry = "retry_failed"
	ActionUndo  = "undo"
	// ActionPlanAgain makes the plan of an expired job anew.
	ActionPlanAgain = "plan_again"
)

// controlBlocks are what can be done with a job that was decided about: let it rest and go on, stop it, try again what
// failed, take it back, and send lapsed invitations again.
func controlBlocks(p *text.Printer, v view) []slack.Block {
	j := &v.job
	undone, whole := takenBack(j, v.others) != nil, takenBackWhole(j, v.others) != nil
	var blocks []slack.Block
	if !undone && (j.Counts.Lapsed+j.Counts.Incomplete > 0 || (j.State == jobs.StateFinishing && j.Counts.Waiting > 0)) {
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(p.T("ui.card.pending_hint", "id", j.ID))))
	}
	// What helps stands in front, what ends something at the end.
	var buttons []slack.BlockElement
	if resumable(j) {
		buttons = append(buttons, resumeButton(p, j))
	}
	if pausable(j) {
		label := "control.button.pause"
		if j.State == jobs.StatePaused {
			// It rests already, and would go on by itself.
			label = "control.button.pause_rest"
		}
		buttons = append(buttons, controlButton(p, j, ActionPause, label))
	}
	if expiredPlan(j) {
		again := controlButton(p, j, ActionPlanAgain, "control.button.plan_again")
		again.Style = slack.StylePrimary
		buttons = append(buttons, again)
	}
	if retriable(j) && !undone {
		buttons = append(buttons, controlButton(p, j, ActionRetry, retryLabel(j)))
	}
	if resendable(j) && !undone {
		buttons = append(buttons, resendButton(p, j))
	}
	if undoable(j) && !whole {
		buttons = append(buttons, undoButton(p, j))
	}
	if stoppable(j) {
		buttons = append(buttons, stopButton(p, j))
	}
	if len(buttons) > 0 {
		blocks = append(blocks, slack.NewActionBlock("control", buttons...))
	}
	return blocks
}

func controlButton(p *text.Printer, j *jobs.Job, action, label string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, j.ID, plain(cut(p.T(label), 75)))
}

// confirmed puts a question before a button does anything.
func confirmed(p *text.Printer, b *slack.ButtonBlockElement, title, words, yes string) *slack.ButtonBlockElement {
	b.Confirm = slack.NewConfirmationBlockObject(
		plain(cut(title, 100)), plain(cut(words, questionLimit)), plain(cut(yes, 30)), plain(cut(p.T("ui.button.back"), 30)))
	return b
}

// atWork reports whether a job is between its approval and its end.
func atWork(j *jobs.Job) bool {
	switch j.State {
	case jobs.StateApproved, jobs.StateApplying, jobs.StatePaused:
		return j.Kind != jobs.KindExport && j.Stop == nil
	case jobs.StateReceived, jobs.StateReading, jobs.StatePlanning, jobs.StateAwaitingApproval, jobs.StateFinishing, jobs.StateDone,
		jobs.StateNoChanges, jobs.StatePlanned, jobs.StateInvalid, jobs.StateRejected, jobs.StateExpired, jobs.StateCanceled,
		jobs.StateErrored:
		return false
	}
	return false
}

// pausable reports whether a job would rest if somebody asked for it.
func pausable(j *jobs.Job) bool { return atWork(j) && j.Held == nil }

// resumable reports whether a job rests, or is about to, and could go on.
func resumable(j *jobs.Job) bool {
	return (atWork(j) && (j.Held != nil || j.State == jobs.StatePaused)) || (restsForDay(j) && j.Stop == nil)
}

func stoppable(j *jobs.Job) bool {
	return atWork(j) || (j.State == jobs.StateFinishing && j.Stop == nil)
}

// halted reports whether a guard lets a job rest, because too many rows failed.
func halted(j *jobs.Job) bool {
	return j.Held != nil && (j.Reason.Code == jobs.ReasonCanary || j.Reason.Code == jobs.ReasonErrors)
}

// expiredPlan reports whether the plan of a job waited too long and can be made anew.
func expiredPlan(j *jobs.Job) bool { return j.State == jobs.StateExpired && !j.DryRun }

// failedRows is how many rows a job could not carry out, without those that were wrong from the beginning.
func failedRows(j *jobs.Job) int {
	n := rowsFailed(j.Counts)
	if j.Plan != nil {
		n -= j.Plan.Counts.Invalid
	}
	return max(n, 0)
}

// retriable reports whether a job that is through, but for invited people, has rows that another job could carry out. What an undo left is tried again by
// another undo of the first job.
func retriable(j *jobs.Job) bool {
	return j.Kind != jobs.KindExport && j.Kind != jobs.KindUndo && ended(j) &&
		(failedRows(j)+j.Counts.Unprocessed > 0 || (j.State.Terminal() && j.Counts.Incomplete > 0))
}

// undoable reports whether a job that is through, but for invited people, may have done something that can be taken back. A
// row that failed may have been carried out in part. Taking back an undo is not offered: what it withdrew or shut out does not
// come back by it, and a file says better what is wanted.
func undoable(j *jobs.Job) bool {
	return j.Kind != jobs.KindExport && j.Kind != jobs.KindUndo && ended(j) && j.Counts.Succeeded()+j.Counts.Incomplete+failedRows(j) > 0
}

// resendable reports whether invitations of a job can be sent again: those that lapsed, and those that it no longer waits for.
func resendable(j *jobs.Job) bool {
	return (j.Counts.Lapsed > 0 && (j.State == jobs.StateFinishing || j.State == jobs.StateDone)) ||
		(j.Counts.Incomplete > 0 && j.State.Terminal())
}

// resumeButton lets a job go on. Where a guard has stopped it, people are asked, since what failed does not count any more.
func resumeButton(p *text.Printer, j *jobs.Job) *slack.ButtonBlockElement {
	label := "control.button.resume"
	if j.Held == nil {
		// It goes on by itself anyway, only later.
		return controlButton(p, j, ActionResume, "control.button.resume_now")
	}
	resume := controlButton(p, j, ActionResume, label)
	resume.Style = slack.StylePrimary
	if halted(j) {
		resume.Style = slack.StyleDefault
		confirmed(p, resume, p.T("control.resume.title"), p.T("control.resume.text"), p.T(label))
	}
	return resume
}

func resendButton(p *text.Printer, j *jobs.Job) *slack.ButtonBlockElement {
	words := p.T("ui.resend.text", "lapsed", p.Number(j.Counts.Lapsed), "waiting", p.Number(j.Counts.Waiting+j.Counts.Incomplete))
	return confirmed(p, controlButton(p, j, ActionResendInvitations, "ui.button.resend"), p.T("ui.resend.title"), words, p.T("ui.resend.confirm"))
}

func undoButton(p *text.Printer, j *jobs.Job) *slack.ButtonBlockElement {
	words := p.T("control.undo.text")
	if most := undoAtMost(p, j); most != "" && length(words+" "+most) <= questionLimit {
		words = words + " " + most
	}
	return confirmed(p, controlButton(p, j, ActionUndo, "control.button.undo"), p.T("control.undo.title"), words, p.T("control.undo.confirm"))
}

// stopButton ends a job. What that means differs once nothing but invitations is waited for.
func stopButton(p *text.Printer, j *jobs.Job) *slack.ButtonBlockElement {
	label, title, words := "ui.button.cancel", p.T("ui.cancel.title"), p.T("ui.cancel.text")
	if j.State == jobs.StateFinishing {
		label, title = "ui.button.stop_waiting", p.T("ui.cancel.waiting_title")
		words = p.T("ui.cancel.waiting_text", "count", j.Counts.Waiting)
	} else if invites(j) {
		words += " " + p.T("ui.cancel.text_invited")
	}
	stop := confirmed(p, controlButton(p, j, ActionCancel, label), title, words, p.T(label))
	stop.Style = slack.StyleDanger
	stop.Confirm.Style = slack.StyleDanger
	return stop
}

// invites reports whether a job has invited people, or is to.
func invites(j *jobs.Job) bool {
	if j.Kind == jobs.KindUndo {
		return false
	}
	planned := j.Plan != nil && (j.Plan.Counts.Resend > 0 || (j.Plan.Counts.Create > 0 && j.Settings.CreateAction == actionInvite))
	return planned || j.Counts.Invited > 0
}
