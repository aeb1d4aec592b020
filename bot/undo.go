package bot

import (
	"maps"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// title is what people call what a job does: its file, with a word more where it takes back what was done with the file,
// or tries rows of it again.
func title(p *text.Printer, j *jobs.Job) string {
	name := cut(fileName(j), nameLimit)
	switch {
	case j.Kind == jobs.KindUndo:
		return p.T("undo.name", "name", name)
	case j.Of != "":
		return p.T("control.name.retry", "name", name)
	}
	return name
}

// undoStatement is the first sentence on the card of a job that undoes another; "" where that of any job fits.
func undoStatement(p *text.Printer, v view) string {
	j := &v.job
	state := j.State
	if state == jobs.StateReading {
		state = jobs.StatePlanning
	}
	id := "undo.statement." + string(state)
	if j.Kind != jobs.KindUndo || !p.Has(id) {
		return ""
	}
	return p.T(id, "requester", mention(j.Requester), "of", jobRef(v, j.Of))
}

// undoFields are the numbers of a dry run that undoes another job.
func undoFields(p *text.Printer, v view) []*slack.TextBlockObject {
	n := v.job.Plan.Counts
	var fields []*slack.TextBlockObject
	for _, part := range []struct {
		label string
		n     int
	}{
		{p.T("undo.field.update"), n.Update},
		{p.T("undo.field.activate"), n.Activate},
		{p.T("undo.field.deactivate"), n.Deactivate},
		{p.T("undo.field.withdraw"), n.Withdraw},
		{p.T("remove.field.delete"), n.Delete},
		{p.T("remove.field.unlink"), n.Unlink},
		{p.T("ui.field.create"), n.Create},
		{p.T("ui.field.resend"), n.Resend},
		{p.T("undo.field.kept"), n.Kept},
		{p.T("undo.field.irreversible"), n.Irreversible},
		{p.T("undo.field.existing"), n.Existing() + n.Absent},
	} {
		if part.n > 0 {
			fields = append(fields, field(part.label, p.T("ui.value.people", "count", part.n)))
		}
	}
	if n.Invalid > 0 {
		fields = append(fields, field(p.T("ui.field.invalid"), p.T("ui.value.invalid", "count", n.Invalid)))
	}
	if words := seats(p, v.job.Plan.Seats); words != "" {
		fields = append(fields, field(p.T("ui.field.seats"), words))
	}
	if n.Writes() > 0 {
		fields = append(fields, field(p.T("ui.field.duration"), duration(p, v)))
	}
	return append(fields, field(p.T("undo.field.rows"), p.Number(n.Rows)))
}

// undoes are what an undo does, one item for each kind of change; what takes access away stands in front.
func undoes(p *text.Printer, n plan.Counts) []string {
	return clauses(p,
		counted{"undo.does.deactivate", n.Deactivate},
		counted{"undo.does.withdraw", n.Withdraw},
		counted{"undo.does.update", n.Update},
		counted{"undo.does.activate", n.Activate},
		counted{"ui.what.create", n.Create},
		counted{"ui.what.resend", n.Resend},
		counted{"remove.what.delete", n.Delete},
		counted{"remove.what.unlink", n.Unlink},
	)
}

// undoAtMost says what an undo of a job can take back at most, before anybody has compared that with the account.
func undoAtMost(p *text.Printer, j *jobs.Job) string {
	n := j.Counts
	parts := clauses(p,
		counted{"undo.does.withdraw", n.Waiting + n.Incomplete},
		counted{"undo.does.update", n.Updated},
		counted{"undo.does.activate", n.Deactivated},
		counted{"undo.most.stay", n.Created},
		counted{"undo.most.gone", n.Deleted + n.Withdrawn},
	)
	if len(parts) == 0 {
		return ""
	}
	return p.T("control.undo.most", "what", strings.Join(parts, p.T("list.separator")))
}

// undoClauses say in a few words what an undo does, and what it leaves.
func undoClauses(p *text.Printer, n plan.Counts) []string {
	return clauses(p, counted{"undo.what.back", n.Writes()}, counted{"undo.what.kept", n.Kept}, counted{"undo.what.irreversible", n.Irreversible})
}

// why is a reason to leave something as it is, as the ending of the id of its text.
type why string

// undoReasons are the codes of issues that say what an undo leaves, in the order in which cards list them.
func undoReasons() []roster.Code {
	return []roster.Code{
		plan.CodeUndoChanged, plan.CodeUndoActivated, plan.CodeUndoAdded, plan.CodeUndoRemoved, plan.CodeUndoWithdrawn, plan.CodeUndoGone,
		plan.CodeUndoProtected, plan.CodeUndoPartly, plan.CodeUndoUnread,
	}
}

// undoCode reports whether an issue says what an undo leaves, and why.
func undoCode(c roster.Code) bool { return slices.Contains(undoReasons(), c) }

// whyOf is the reason that an issue gives: its code, or a kind of it that has words of its own.
func whyOf(p *text.Printer, is *roster.Issue) why {
	if kind := is.Params["kind"]; kind != "" && p.Has("undo.why."+string(is.Code)+"_"+kind) {
		return why(string(is.Code) + "_" + kind)
	}
	return why(is.Code)
}

// whyLines say what an undo leaves as it is, and why, with the number of people for each reason.
func whyLines(p *text.Printer, v view) string {
	count := make(map[why]int)
	for i := range v.issues {
		if is := &v.issues[i]; undoCode(is.Code) {
			count[whyOf(p, is)]++
		}
	}
	if len(count) == 0 {
		return ""
	}
	lines := []string{"*" + p.T("undo.why.title") + "*"}
	for _, code := range undoReasons() {
		for _, w := range slices.Sorted(maps.Keys(count)) {
			if w == why(code) || strings.HasPrefix(string(w), string(code)+"_") {
				lines = append(lines, "• "+esc(p.T("undo.why."+string(w), "count", count[w])))
			}
		}
	}
	return cutLines(strings.Join(lines, "\n"), problemsLimit)
}

// undoFileComment stands over a result file of an undo. Whoever posted one of these would do the first job again.
func undoFileComment(p *text.Printer, j *jobs.Job, kind string, rows int) string {
	id := "undo.file." + kind
	if !p.Has(id) {
		id = "ui.file." + kind
	}
	return p.T(id, "count", rows, "of", j.Of) + " " + p.T("undo.file.do_not_post")
}
