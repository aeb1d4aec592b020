package bot

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// card is what a job's message shows.
type card struct {
	// text is the whole in a sentence, for notifications and screen readers.
	text   string
	blocks []slack.Block
}

// plain is the card without what some Slack may refuse: its sentence and its buttons.
func (c card) plain() card {
	out := card{text: c.text, blocks: []slack.Block{section(cutMarks(c.text, sectionLimit))}}
	for _, block := range c.blocks {
		if block.BlockType() == slack.MBTAction {
			out.blocks = append(out.blocks, block)
		}
	}
	return out
}

// view is everything that a card is drawn from.
type view struct {
	job      jobs.Job
	issues   []roster.Issue
	progress *jobs.Progress
	// private cards show no values from the file.
	private bool
	// asking cards stand in another conversation than the job.
	asking bool
	// approvers names who may decide, as mrkdwn.
	approvers string
}

const (
	// shownIssues is how many problems a card lists; the file has them all.
	shownIssues = 8
	// sectionLimit is Slack's limit for the text of a section, in characters.
	sectionLimit = 3000
	// textLimit keeps the sentence beside the blocks short: it is read aloud.
	textLimit = 1500
	// nameLimit is how much of a file's name is shown.
	nameLimit = 120
)

// fileName is what people call a job's file.
func fileName(j *jobs.Job) string { return orElse(j.Source.Name, orElse(j.Front[refFileName], "CSV")) }

// draw makes the card of a job. It depends on nothing but its arguments.
func (b *Bot) draw(p *text.Printer, v view) card {
	j := &v.job
	headline := p.T("ui.card.headline."+string(j.State), "name", tidy(cut(fileName(j), nameLimit)))
	c := card{text: b.summary(p, v)}
	c.blocks = append(c.blocks,
		slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, cut(headline, 150), false, false)),
		section(b.statement(p, v)),
	)
	if j.Plan != nil && (j.State == jobs.StateAwaitingApproval || j.State == jobs.StatePlanned || j.State == jobs.StateNoChanges ||
		j.State == jobs.StateApproved || j.State == jobs.StateRejected || j.State == jobs.StateExpired) {
		c.blocks = append(c.blocks, planFields(p, j))
	}
	if !j.StartedAt.IsZero() {
		c.blocks = append(c.blocks, progressBlocks(p, v)...)
	}
	if lines := b.problemLines(p, v); lines != "" && showsProblems(j.State) {
		c.blocks = append(c.blocks, section(lines))
	}
	if j.State == jobs.StateAwaitingApproval {
		c.blocks = append(c.blocks, section(b.askLine(p, v)), decisionButtons(p, j))
	}
	if stoppable(j) && !v.asking {
		c.blocks = append(c.blocks, stopButton(p, j))
	}
	c.blocks = append(c.blocks, slack.NewContextBlock("", mrkdwn(b.footer(p, v))))
	return c
}

func showsProblems(s jobs.State) bool {
	switch s {
	case jobs.StateAwaitingApproval, jobs.StatePlanned, jobs.StateNoChanges:
		return true
	case jobs.StateReceived, jobs.StateReading, jobs.StatePlanning, jobs.StateApproved, jobs.StateApplying, jobs.StatePaused,
		jobs.StateFinishing, jobs.StateDone, jobs.StateInvalid, jobs.StateRejected, jobs.StateExpired, jobs.StateCanceled,
		jobs.StateErrored:
		return false
	}
	return false
}

func stoppable(j *jobs.Job) bool {
	return (j.State == jobs.StateApplying && j.Stop == nil) || j.State == jobs.StatePaused
}

// summary is the card in one sentence: what, how many, who asked, what next.
func (b *Bot) summary(p *text.Printer, v view) string {
	j := &v.job
	args := []any{
		"name", esc(cut(fileName(j), nameLimit)), "id", j.ID, "requester", mention(j.Requester), "state", esc(p.State(j.State)),
	}
	if j.Plan != nil {
		args = append(args, "create", p.Number(j.Plan.Counts.Create), "rows", p.Number(j.Plan.Counts.Rows))
	}
	id := "ui.card.summary.other"
	switch {
	case j.State == jobs.StateAwaitingApproval && j.Plan != nil:
		id = "ui.card.summary.awaiting_approval"
	case !j.StartedAt.IsZero() && (j.State.Terminal() || j.State == jobs.StateFinishing):
		id = "ui.card.summary.report"
		args = append(args, "succeeded", p.Number(rowsDone(j.Counts)), "failed", p.Number(j.Counts.Failed),
			"unprocessed", p.Number(j.Counts.Unprocessed))
	}
	return cutMarks(p.T(id, args...), textLimit)
}

// statement is the first thing to read: where the job stands, and why.
func (b *Bot) statement(p *text.Printer, v view) string {
	j := &v.job
	args := []any{"requester", mention(j.Requester), "name", esc(cut(fileName(j), nameLimit)), "id", j.ID}
	lines := []string{p.T("ui.card.statement."+standsAt(j), args...)}
	switch {
	case j.State == jobs.StateApplying && j.Stop != nil:
		lines = append(lines, p.T("ui.card.stopping", "who", mention(j.Stop.Actor)))
	case j.State == jobs.StateCanceled && j.Stop != nil:
		lines = append(lines, p.T("ui.card.canceled_by", "who", mention(j.Stop.Actor), "when", date(j.FinishedAt)))
	}
	if j.Reason.Code != "" {
		lines = append(lines, "*"+esc(p.Reason(j.Reason))+"*")
	}
	if !j.State.Terminal() && j.Attempts >= 2 && !j.RetryAt.IsZero() {
		lines = append(lines, p.T("ui.card.retry", "attempt", p.Number(j.Attempts), "when", date(j.RetryAt)))
	}
	if j.State == jobs.StatePaused && !j.ResumeAt.IsZero() {
		lines = append(lines, p.T("ui.card.resumes", "when", date(j.ResumeAt)))
	}
	if j.State == jobs.StateAwaitingApproval && j.Replaced != nil && j.Plan != nil {
		lines = append(lines, p.T("ui.card.replaced",
			"before", p.Number(j.Replaced.Counts.Create), "now", p.Number(j.Plan.Counts.Create)))
	}
	if d := j.Decision; d != nil {
		id := "ui.card.approved_by"
		if d.Verdict == jobs.Rejected {
			id = "ui.card.rejected_by"
		}
		lines = append(lines, p.T(id, "who", mention(d.Actor), "when", date(d.At)))
		if d.Reason != "" {
			lines = append(lines, quote(d.Reason))
		}
	}
	return cutMarks(strings.Join(lines, "\n"), sectionLimit)
}

// standsAt is the ending of the id of a job's statement. A job that ended before it began has changed nothing.
func standsAt(j *jobs.Job) string {
	if (j.State == jobs.StateCanceled || j.State == jobs.StateErrored) && j.StartedAt.IsZero() {
		return string(j.State) + "_early"
	}
	return string(j.State)
}

// planFields are the numbers of a dry run.
func planFields(p *text.Printer, j *jobs.Job) slack.Block {
	n, s, cost := j.Plan.Counts, j.Plan.Seats, j.Plan.Cost
	fields := []*slack.TextBlockObject{
		field(p.T("ui.field.create"), p.T("ui.value.create", "count", n.Create, "type", p.UserType(j.Settings.UserType))),
		field(p.T("ui.field.existing"), existing(p, n)),
		field(p.T("ui.field.invalid"), p.T("ui.value.invalid", "count", n.Invalid)),
		field(p.T("ui.field.seats"), seats(p, s)),
	}
	if n.Create > 0 {
		took := p.T("ui.value.duration", "duration", p.Duration(cost.Duration), "calls", p.Number(cost.Light+cost.Medium+cost.Heavy))
		if cost.Days > 1 {
			took = p.T("ui.value.days", "days", p.Number(cost.Days), "per_day", p.Number(cost.PerDay))
		}
		fields = append(fields, field(p.T("ui.field.duration"), took))
	}
	fields = append(fields, field(p.T("ui.field.rows"), p.Number(n.Rows)))
	return slack.NewSectionBlock(nil, fields, nil)
}

func existing(p *text.Printer, n plan.Counts) string {
	if n.Existing() == 0 {
		return p.Number(0)
	}
	var parts []string
	for _, part := range []struct {
		id string
		n  int
	}{
		{"ui.value.unchanged", n.Unchanged},
		{"ui.value.differs", n.Differs},
		{"ui.value.pending", n.Pending},
		{"ui.value.inactive", n.Inactive},
	} {
		if part.n > 0 {
			parts = append(parts, p.T(part.id, "count", part.n))
		}
	}
	return p.Number(n.Existing()) + " (" + strings.Join(parts, ", ") + ")"
}

func seats(p *text.Printer, s plan.Seats) string {
	switch {
	case !s.Paid():
		return p.T("ui.value.no_seats")
	case !s.Known:
		return p.T("ui.value.seats_unknown", "needed", p.Number(s.Needed))
	case s.Short() > 0:
		return p.T("ui.value.seats_short", "needed", p.Number(s.Needed), "free", p.Number(s.Free), "short", p.Number(s.Short()))
	}
	return p.T("ui.value.seats", "needed", p.Number(s.Needed), "free", p.Number(s.Free))
}

// progressBlocks show what has been done so far, or in the end.
func progressBlocks(p *text.Printer, v view) []slack.Block {
	j := &v.job
	counts := j.Counts
	var blocks []slack.Block
	if pr := v.progress; pr != nil {
		counts = pr.Counts
		line := bar(pr.Done, pr.Total) + "  " + p.T("ui.progress.percent", "percent", p.Number(percent(pr.Done, pr.Total)))
		if pr.PerSecond > 0 {
			line += "  ·  " + p.T("ui.progress.rate", "rate", fmt.Sprintf("%.1f", pr.PerSecond))
		}
		if pr.Left > 0 {
			line += "  ·  " + p.T("ui.progress.left", "duration", p.Duration(pr.Left))
		}
		blocks = append(blocks, section(line))
	}
	if counts.Total() == 0 {
		return blocks
	}
	ended := j.State.Terminal() || j.State == jobs.StateFinishing
	var parts []string
	for _, part := range []struct {
		outcome jobs.Outcome
		n       int
	}{
		{jobs.OutcomeCreated, counts.Created},
		{jobs.OutcomeWaiting, counts.Waiting},
		{jobs.OutcomeLapsed, counts.Lapsed},
		{jobs.OutcomeUnchanged, counts.Unchanged},
		{jobs.OutcomeSkipped, counts.Skipped},
		{jobs.OutcomeFailed, counts.Failed},
		{jobs.OutcomeUnprocessed, counts.Unprocessed},
	} {
		if part.n == 0 {
			continue
		}
		name := p.Outcome(part.outcome)
		switch {
		case ended:
		case part.outcome == jobs.OutcomeUnprocessed:
			name = p.T("ui.progress.open")
		case part.outcome == jobs.OutcomeWaiting:
			// Whether somebody has to accept first may not be known before the rows are through.
			name = p.T("ui.progress.added")
		}
		// A label and a number read the same in every language, whatever the number is.
		parts = append(parts, esc(name)+" *"+p.Number(part.n)+"*")
	}
	lines := []string{strings.Join(parts, "  ·  ")}
	if counts.Invited > 0 {
		lines = append(lines, p.T("ui.progress.invited", "invited", p.Number(counts.Invited),
			"activated", p.Number(counts.Activated), "finished", p.Number(counts.Finished), "lapsed", p.Number(counts.Lapsed)))
	}
	if ended && !j.StartedAt.IsZero() {
		end := j.FinishedAt
		if at, ok := j.Front[refAppliedAt]; ok {
			if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
				end = t
			}
		}
		if !end.IsZero() {
			lines = append(lines, p.T("ui.report.took", "duration", exact(max(end.Sub(j.StartedAt), 0))))
		}
	}
	return append(blocks, section(strings.Join(lines, "\n")))
}

// exact is a measured time, as against an expected one.
func exact(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// barCells is how many characters a progress bar has.
const barCells = 20

func bar(done, total int) string {
	full := percent(done, total) * barCells / 100
	return strings.Repeat("█", full) + strings.Repeat("░", barCells-full)
}

func percent(done, total int) int {
	if total <= 0 {
		return 100
	}
	// A job that goes on after a restart may do more than it knew of.
	return min(max(done, 0)*100/total, 100)
}

// problemLines lists the first problems: errors first, then warnings.
func (b *Bot) problemLines(p *text.Printer, v view) string {
	var shown []string
	var errs, warnings int
	for _, severity := range []roster.Severity{roster.Error, roster.Warning} {
		for _, is := range v.issues {
			if is.Severity != severity {
				continue
			}
			if severity == roster.Error {
				errs++
			} else {
				warnings++
			}
			if len(shown) < shownIssues {
				shown = append(shown, issueLine(p, is, v.private))
			}
		}
	}
	if len(shown) == 0 {
		return ""
	}
	head := "*" + p.T("ui.problems.errors", "count", errs) + "*"
	switch {
	case errs == 0:
		head = "*" + p.T("ui.problems.warnings", "count", warnings) + "*"
	case warnings > 0:
		head += " · " + p.T("ui.problems.warnings", "count", warnings)
	}
	if more := errs + warnings - len(shown); more > 0 {
		shown = append(shown, "_"+p.T("ui.problems.more", "count", more)+"_")
	}
	return cutLines(head+"\n"+strings.Join(shown, "\n"), sectionLimit)
}

// issueLine is one problem: where, what, what to do.
func issueLine(p *text.Printer, is roster.Issue, private bool) string {
	if private {
		is = hideValues(is)
	}
	where := p.IssueWhere(is)
	line := "• "
	if where != "" {
		line += "*" + esc(cut(where, nameLimit)) + "*: "
	}
	return cutMarks(line+esc(p.Issue(is)), 600)
}

// hideValues leaves of an issue only what is not from the rows of the file.
func hideValues(is roster.Issue) roster.Issue {
	is.Value, is.Suggestion = "", ""
	is.Params = maps.Clone(is.Params)
	delete(is.Params, "nearest")
	for _, key := range []string{"name", "group", "manager", "text", "domain", "first"} {
		if _, ok := is.Params[key]; ok {
			is.Params[key] = "…"
		}
	}
	return is
}

func (b *Bot) askLine(p *text.Printer, v view) string {
	if len(b.o.Approvers) == 0 {
		return p.T("ui.ask.nobody")
	}
	id := "ui.ask.other"
	if b.o.SelfApprove {
		id = "ui.ask.any"
	}
	return p.T(id, "approvers", cutMarks(v.approvers, sectionLimit/2), "until", date(v.job.ExpiresAt))
}

// actionInvite is the way of adding people that sends them an invitation.
const actionInvite = "create"

// decisionButtons are Approve and Reject. Their labels are the same in every language.
func decisionButtons(p *text.Printer, j *jobs.Job) slack.Block {
	value := decisionValue(j.ID, j.Plan.Digest)
	approve := slack.NewButtonBlockElement(ActionApprove, value, plain("Approve"))
	approve.Style = slack.StylePrimary
	question := p.T("ui.confirm.text", "count", j.Plan.Counts.Create, "type", p.UserType(j.Settings.UserType))
	if j.Settings.CreateAction != actionInvite && j.Settings.CreateAction != "" {
		question = p.T("ui.confirm.active", "count", j.Plan.Counts.Create, "type", p.UserType(j.Settings.UserType))
	}
	if j.Plan.Seats.Short() > 0 {
		question += " " + p.T("ui.confirm.short", "short", p.Number(j.Plan.Seats.Short()))
	}
	approve.Confirm = slack.NewConfirmationBlockObject(
		plain(cut(p.T("ui.confirm.title"), 100)), plain(cut(question, 300)), plain("Approve"), plain(cut(p.T("ui.button.back"), 30)))
	reject := slack.NewButtonBlockElement(ActionReject, value, plain("Reject"))
	reject.Style = slack.StyleDanger
	return slack.NewActionBlock("decide", approve, reject)
}

func stopButton(p *text.Printer, j *jobs.Job) slack.Block {
	stop := slack.NewButtonBlockElement(ActionCancel, j.ID, plain(cut(p.T("ui.button.cancel"), 30)))
	stop.Style = slack.StyleDanger
	stop.Confirm = slack.NewConfirmationBlockObject(
		plain(cut(p.T("ui.cancel.title"), 100)), plain(cut(p.T("ui.cancel.text"), 300)), plain(cut(p.T("ui.button.cancel"), 30)),
		plain(cut(p.T("ui.button.back"), 30)))
	return slack.NewActionBlock("control", stop)
}

// footer says what the card is, in small print.
func (b *Bot) footer(p *text.Printer, v view) string {
	j := &v.job
	parts := []string{
		p.T("ui.footer.job", "id", "`"+j.ID+"`"),
		p.T("ui.footer.requester", "who", mention(j.Requester)),
	}
	if j.Plan != nil {
		parts = append(parts, p.T("ui.footer.plan", "digest", "`"+short(j.Plan.Digest)+"`", "when", date(j.Plan.MadeAt)))
	}
	if j.DryRun {
		parts = append(parts, p.T("ui.footer.dry_run"))
	}
	if b.o.Ephemeral {
		parts = append(parts, p.T("ui.footer.ephemeral"))
	}
	return strings.Join(parts, "  ·  ")
}

func short(digest string) string { return digest[:min(len(digest), 12)] }

// decisionValue is what the decisive buttons carry.
func decisionValue(id, digest string) string { return id + " " + digest }

// metadata marks a message as belonging to a job.
func metadata(j *jobs.Job) slack.SlackMetadata {
	digest := ""
	if j.Plan != nil {
		digest = j.Plan.Digest
	}
	return slack.SlackMetadata{EventType: CardEvent, EventPayload: map[string]any{
		"job_id": j.ID, "kind": string(j.Kind), "state": string(j.State), "digest": digest,
	}}
}

func section(mrkdwnText string) *slack.SectionBlock {
	return slack.NewSectionBlock(mrkdwn(mrkdwnText), nil, nil)
}

func mrkdwn(s string) *slack.TextBlockObject {
	// Verbatim: Slack makes links and mentions only of what is marked as such here, never of words from a file.
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}

func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func field(name, value string) *slack.TextBlockObject {
	return mrkdwn(cutMarks("*"+esc(name)+"*\n"+esc(value), 2000))
}

func mention(a jobs.Actor) string {
	if a.ID == "" {
		return "zoomusers"
	}
	return "<@" + a.ID + ">"
}

// date is a time that Slack shows in the reader's zone.
func date(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
}
