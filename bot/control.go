package bot

import (
	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// controlBlocks are what can be done with a job that has begun: stop it, and send lapsed invitations again.
func controlBlocks(p *text.Printer, j *jobs.Job) []slack.Block {
	var blocks []slack.Block
	var buttons []slack.BlockElement
	if j.Counts.Lapsed > 0 && (j.State == jobs.StateFinishing || j.State == jobs.StateDone) {
		resend := slack.NewButtonBlockElement(ActionResendInvitations, j.ID, plain(cut(p.T("ui.button.resend"), 75)))
		resend.Confirm = slack.NewConfirmationBlockObject(
			plain(cut(p.T("ui.resend.title"), 100)), plain(cut(p.T("ui.resend.text", "lapsed", p.Number(j.Counts.Lapsed), "waiting", p.Number(j.Counts.Waiting)), 300)),
			plain(cut(p.T("ui.resend.confirm"), 30)), plain(cut(p.T("ui.button.back"), 30)))
		buttons = append(buttons, resend)
	}
	if j.Counts.Lapsed > 0 || (j.State == jobs.StateFinishing && j.Counts.Waiting > 0) {
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(p.T("ui.card.pending_hint", "id", j.ID))))
	}
	if stoppable(j) {
		buttons = append(buttons, stopButton(p, j))
	}
	if len(buttons) > 0 {
		blocks = append(blocks, slack.NewActionBlock("control", buttons...))
	}
	return blocks
}

func stoppable(j *jobs.Job) bool {
	switch j.State {
	case jobs.StateApplying, jobs.StateFinishing:
		return j.Stop == nil
	case jobs.StatePaused:
		return true
	case jobs.StateReceived, jobs.StateReading, jobs.StatePlanning, jobs.StateAwaitingApproval, jobs.StateApproved, jobs.StateDone,
		jobs.StateNoChanges, jobs.StatePlanned, jobs.StateInvalid, jobs.StateRejected, jobs.StateExpired, jobs.StateCanceled,
		jobs.StateErrored:
		return false
	}
	return false
}

// stopButton ends a job. What that means differs once nothing but invitations is waited for.
func stopButton(p *text.Printer, j *jobs.Job) *slack.ButtonBlockElement {
	label, title, words := p.T("ui.button.cancel"), p.T("ui.cancel.title"), p.T("ui.cancel.text")
	if j.State == jobs.StateFinishing {
		label, title = p.T("ui.button.stop_waiting"), p.T("ui.cancel.waiting_title")
		words = p.T("ui.cancel.waiting_text", "count", j.Counts.Waiting)
	}
	stop := slack.NewButtonBlockElement(ActionCancel, j.ID, plain(cut(label, 75)))
	stop.Style = slack.StyleDanger
	stop.Confirm = slack.NewConfirmationBlockObject(
		plain(cut(title, 100)), plain(cut(words, 300)), plain(cut(label, 30)), plain(cut(p.T("ui.button.back"), 30)))
	stop.Confirm.Style = slack.StyleDanger
	return stop
}
