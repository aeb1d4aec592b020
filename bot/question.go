package bot

import (
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// decisionButtons are Approve and Reject. Their labels are the same in every language.
func decisionButtons(p *text.Printer, v view) slack.Block {
	j := &v.job
	value := decisionValue(j.ID, j.Plan.Digest)
	approve := slack.NewButtonBlockElement(ActionApprove, value, plain("Approve"))
	approve.Style = slack.StylePrimary
	approve.Confirm = slack.NewConfirmationBlockObject(
		plain(cut(p.T("ui.confirm.title"), 100)), plain(question(p, v)), plain("Approve"), plain(cut(p.T("ui.button.back"), 30)))
	if loses := lossesOf(v.changes); j.Plan.Counts.Delete+j.Plan.Counts.Unlink+j.Plan.Counts.Deactivate+j.Plan.Counts.Withdraw+loses.licences+loses.addOns > 0 {
		approve.Confirm.Style = slack.StyleDanger
	}
	reject := slack.NewButtonBlockElement(ActionReject, value, plain("Reject"))
	reject.Style = slack.StyleDanger
	return slack.NewActionBlock("decide", approve, reject)
}

// questionLimit is Slack's limit for the text of a dialog, in characters.
const questionLimit = 300

// question says in one sentence what an approval makes happen to how many people, and in others what is lost by it and what
// is missing for it. When it gets too long, what loses least is left out of the first sentence.
func question(p *text.Printer, v view) string {
	j := &v.job
	n := j.Plan.Counts
	create := "ui.confirm.create"
	if j.Settings.CreateAction != actionInvite && j.Settings.CreateAction != "" {
		create = "ui.confirm.create_active"
	}
	names := p.T("ui.confirm.types")
	if types := typesOf(v); len(types) == 1 {
		names = p.UserType(types[0].userType)
	}
	// What takes something away stands in front, since the end may be left out.
	away := plan.Counts{Delete: n.Delete, Unlink: n.Unlink, Deactivate: n.Deactivate}
	n.Delete, n.Unlink, n.Deactivate = 0, 0, 0
	parts := clauseList(p, away, "")
	if taken := max(lossesOf(v.changes).licences, warnedOf(v.issues, plan.CodeTakesLicences)); taken > 0 {
		parts = append(parts, p.T("ui.confirm.licences", "count", taken))
	}
	if groups := len(j.Plan.NewGroups); groups > 0 {
		parts = append(parts, p.T("ui.confirm.groups", "count", groups))
	}
	parts = append(parts, clauseList(p, n, p.T(create, "count", n.Create, "type", names))...)
	if j.Kind == jobs.KindUndo {
		parts = undoes(p, j.Plan.Counts)
	}
	var tail string
	if freed := freedSeats(j.Plan.Seats); freed > 0 {
		tail += " " + p.T("ui.confirm.freed", "freed", p.Number(freed))
	}
	if admins := warnedOf(v.issues, plan.CodeTouchesAdmins); admins > 0 {
		tail += " " + p.T("ui.confirm.admins", "count", p.Number(admins))
	}
	if left := j.Plan.Counts; left.Kept+left.Irreversible > 0 {
		tail += " " + p.T("undo.confirm.left", "kept", p.Number(left.Kept), "irreversible", p.Number(left.Irreversible))
	}
	if short := plan.Short(j.Plan.Seats); short > 0 {
		tail += " " + p.T("ui.confirm.short", "short", p.Number(short))
	}
	if len(parts) == 0 {
		parts = []string{p.T("ui.what.nothing")}
	}
	said := func(parts []string) string {
		return strings.Replace(p.T("ui.confirm.text", "what", strings.Join(parts, p.T("list.separator"))), "….", "…", 1) + tail
	}
	words := said(parts)
	for kept := len(parts) - 1; kept > 0 && length(words) > questionLimit; kept-- {
		words = said(append(slices.Clone(parts[:kept]), "…"))
	}
	// What is said elsewhere on the card as well is said here if there is room.
	for _, more := range further(p, j.Plan) {
		if all := words + " " + more; length(all) <= questionLimit {
			words = all
		}
	}
	return cut(words, questionLimit)
}

// further are sentences of a question that say in sum what a plan takes: access, and licences.
func further(p *text.Printer, summary *jobs.PlanSummary) []string {
	var out []string
	if n := summary.Counts; n.Deactivate+n.Delete+n.Unlink > 0 {
		out = append(out, p.T("ui.confirm.access", "count", n.Deactivate+n.Delete+n.Unlink))
	}
	needed, free := 0, 0
	for _, s := range summary.Seats {
		if s.Needed > 0 && s.Licence == plan.LicenceBase && s.Known && s.Short() == 0 {
			needed, free = needed+s.Needed, free+s.Free
		}
	}
	if needed > 0 {
		out = append(out, p.T("ui.confirm.seats", "needed", p.Number(needed), "free", p.Number(free)))
	}
	return out
}

// freedSeats is how many seats a plan gives back, of all licences together.
func freedSeats(all []plan.Seats) int {
	freed := 0
	for _, s := range all {
		freed += s.Freed
	}
	return freed
}

// warnedOf is the number in a warning about the whole plan; 0 when it is not there.
func warnedOf(issues []roster.Issue, code roster.Code) int {
	for i := range issues {
		if is := &issues[i]; is.Code == code && aboutPlan(is) {
			n, err := strconv.Atoi(is.Params["count"])
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}
