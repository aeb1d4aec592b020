package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// inProgress reports whether a job has progress to show.
func inProgress(j *jobs.Job) bool {
	return j.State == jobs.StateApplying || (j.Kind == jobs.KindExport && j.State == jobs.StateReading)
}

// exportStands is the ending of the ids of an export's texts.
func exportStands(j *jobs.Job) string {
	switch j.State {
	case jobs.StateDone:
		if j.Exported == nil || j.Exported.People == 0 {
			return "empty"
		}
		return "done"
	case jobs.StateCanceled:
		return "canceled"
	case jobs.StateErrored, jobs.StateInvalid, jobs.StateRejected, jobs.StateExpired, jobs.StateNoChanges, jobs.StatePlanned:
		return "errored"
	case jobs.StateReceived, jobs.StateReading, jobs.StatePlanning, jobs.StateAwaitingApproval, jobs.StateApproved,
		jobs.StateApplying, jobs.StatePaused, jobs.StateFinishing:
	}
	return "running"
}

// drawExport makes the card of an export. It depends on nothing but its arguments.
func (b *Bot) drawExport(p *text.Printer, v view) card {
	j, stands := &v.job, exportStands(&v.job)
	c := card{text: cutMarks(p.T("export.summary."+stands, exportArgs(j)...), textLimit)}
	lines := []string{p.T("export.statement."+stands, exportArgs(j)...)}
	if j.Reason.Code != "" {
		lines = append(lines, "*"+esc(p.Reason(j.Reason))+"*")
	}
	if !j.State.Terminal() && j.Attempts >= 2 && !j.RetryAt.IsZero() {
		lines = append(lines, outageLine(p, j))
	}
	c.blocks = append(c.blocks,
		slack.NewHeaderBlock(plain(cut(p.T("export.headline."+stands), 150))),
		section(cutMarks(strings.Join(lines, "\n"), sectionLimit)),
	)
	if j.Export != nil {
		c.blocks = append(c.blocks, section(cutMarks(queryLine(p, j.Export, v.private), sectionLimit)))
	}
	if j.Exported != nil && !j.State.Terminal() {
		if line := costLine(p, j.Exported.Cost, "export.cost.people"); line != "" {
			c.blocks = append(c.blocks, section(line))
		}
	}
	if v.progress != nil && !j.State.Terminal() && v.progress.Total > 0 {
		c.blocks = append(c.blocks, section(exportProgress(p, v.progress)))
	}
	if notes := b.exportNotes(p, j); notes != "" {
		c.blocks = append(c.blocks, section(notes))
	}
	if !j.State.Terminal() {
		c.blocks = append(c.blocks, slack.NewActionBlock("control",
			slack.NewButtonBlockElement(ActionCancel, j.ID, plain(cut(p.T("export.button.cancel"), 75)))))
	}
	c.blocks = append(c.blocks, slack.NewContextBlock("", mrkdwn(b.footer(p, v))))
	return c
}

// exportArgs are what the texts of an export may name.
func exportArgs(j *jobs.Job) []any {
	args := []any{"requester", mention(j.Requester), "id", j.ID}
	if j.Stop != nil {
		args = append(args, "who", mention(j.Stop.Actor))
	} else {
		args = append(args, "who", mention(j.Requester))
	}
	if e := j.Exported; e != nil {
		count := e.People
		if count == 0 {
			count = e.Listed
		}
		return append(args, "count", count, "when", date(e.At))
	}
	return append(args, "count", 0, "when", "")
}

func exportProgress(p *text.Printer, pr *jobs.Progress) string {
	line := bar(pr.Done, pr.Total) + "  " + p.T("export.progress", "done", p.Number(pr.Done), "total", p.Number(pr.Total))
	if pr.Left > 0 {
		line += "  ·  " + p.T("ui.progress.left", "duration", p.Duration(pr.Left))
	}
	return line
}

// exportNotes are what people ought to know about the file.
func (b *Bot) exportNotes(p *text.Printer, j *jobs.Job) string {
	e := j.Exported
	if e == nil || !j.State.Terminal() {
		return ""
	}
	var lines []string
	for _, u := range e.Unknown {
		line := p.T("export.unknown."+string(u.Field), "name", esc(cut(u.Name, nameLimit)))
		if u.Nearest != "" {
			line += " " + p.T("export.suggest", "suggestion", esc(cut(u.Nearest, nameLimit)))
		}
		lines = append(lines, line)
	}
	if len(e.Unreadable) > 0 {
		names := make([]string, len(e.Unreadable))
		for i, f := range e.Unreadable {
			names[i] = columnName(p, f)
		}
		lines = append(lines, p.T("export.unreadable", "columns", esc(strings.Join(names, ", "))))
	}
	if j.State == jobs.StateDone && e.People > 0 {
		var names []string
		for _, f := range exportOnly() {
			if slices.Contains(e.Columns, f) {
				names = append(names, columnName(p, f))
			}
		}
		if len(names) > 0 {
			lines = append(lines, p.T("export.read_only", "columns", esc(strings.Join(names, p.T("list.separator")))))
		}
	}
	if j.State == jobs.StateDone && e.People > b.o.MaxRows {
		lines = append(lines, p.T("export.too_many", "max", p.Number(b.o.MaxRows)))
	}
	if word := j.Front[refNoFiles]; word != "" {
		lines = append(lines, p.T("export.no_file", "word", esc(cut(word, nameLimit))))
	}
	return cutLines(strings.Join(lines, "\n"), sectionLimit)
}

// showExport posts or edits the card of an export and uploads its file, once, into the direct message.
func (b *Bot) showExport(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	put := func(j jobs.Job) (jobs.Job, error) {
		v, err := b.view(ctx, j)
		if err != nil {
			return j, err
		}
		v.private = false
		shown, err := b.putCard(ctx, p, v)
		if shown.ID != j.ID {
			shown = j
		}
		if err != nil && lasting(&shown, err) {
			// What Slack refuses for good must not hold up the file.
			b.log.ErrorContext(ctx, "part of a job cannot be shown", "job_id", j.ID, "slack_error", refusal(err), "err", err)
			return shown, nil
		}
		return shown, err
	}
	j, err := put(j)
	if err != nil || j.State != jobs.StateDone || j.Exported == nil || j.Exported.Bytes == 0 || j.Front[refExport] != "" {
		return j, err
	}
	data, err := b.jobs.ExportData(ctx, j.ID)
	if errors.Is(err, jobs.ErrNotFound) {
		b.log.ErrorContext(ctx, "export is gone", "job_id", j.ID)
		return j, nil
	}
	if err != nil {
		return j, err
	}
	sent, err := b.uploadOnce(ctx, j, upload{
		channel: j.Front[refChannel], name: fileName(&j), title: fileName(&j) + " (" + j.ID + ")", data: data,
		comment: exportComment(p, &j),
	}, refExport, "1")
	if sent.ID == j.ID {
		j = sent
	}
	if err == nil || !lasting(&j, err) {
		return j, err
	}
	b.log.ErrorContext(ctx, "export refused", "job_id", j.ID, "slack_error", refusal(err), "err", err)
	if j, err = b.noteRefused(ctx, j, refusal(err)); err != nil {
		return j, err
	}
	return put(j)
}

// exportComment stands over the file: how many, who, as of when, and what can be done with it.
func exportComment(p *text.Printer, j *jobs.Job) string {
	lines := []string{p.T("export.statement.done", exportArgs(j)...)}
	if j.Export != nil {
		lines = append(lines, queryLine(p, j.Export, false))
	}
	return cutMarks(strings.Join(append(lines, p.T("export.again")), "\n"), sectionLimit)
}
