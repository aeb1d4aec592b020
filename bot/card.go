package bot

import (
	"fmt"
	"maps"
	"slices"
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
		if actions, ok := block.(*slack.ActionBlock); ok && onlyButtons(actions) {
			out.blocks = append(out.blocks, block)
		}
	}
	return out
}

// onlyButtons reports whether a block has nothing but buttons, which every Slack takes.
func onlyButtons(b *slack.ActionBlock) bool {
	return !slices.ContainsFunc(b.Elements.ElementSet, func(e slack.BlockElement) bool { return e.ElementType() != slack.METButton })
}

// view is everything that a card is drawn from.
type view struct {
	job    jobs.Job
	issues []roster.Issue
	// changes are those of the plan; nil when it is not at hand.
	changes []plan.Change
	// example is the first row of a file without a header.
	example  []string
	progress *jobs.Progress
	// private cards show no values from the file.
	private bool
	// asking cards stand in another conversation than the job.
	asking bool
	// approvers names who may decide, as mrkdwn.
	approvers string
	// links are the addresses of the cards of other jobs that the card names, by id.
	links map[string]string
	// others are those jobs themselves, by id.
	others map[string]jobs.Job
	// revisers are who took suggestions over.
	revisers []jobs.Actor
	// difference is between the plan and the one that it replaced; nil when none was replaced.
	difference *plan.Difference
	// failed are the rows that a job could not carry out by now, where the card lists them.
	failed []jobs.Result
	// budget is how much of Zoom's limits is used, where the card says it; at is when that was.
	budget []allowance
	at     time.Time
	// pauser is who asked the job to pause in vain, since all its rows had been begun; empty when nobody has.
	pauser jobs.Actor
}

const (
	// shownIssues is how many problems a card lists; the file has them all.
	shownIssues = 8
	// problemsLimit bounds the section of problems, so that the whole card stays within Slack's 13,200 characters.
	problemsLimit = 2600
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
	if v.job.Kind == jobs.KindExport {
		return b.drawExport(p, v)
	}
	j := &v.job
	name := tidy(title(p, j))
	if notAccepted(j) > 0 {
		// It says more than others.
		name = cut(name, 80)
	}
	headline := p.T(headlineOf(j), "name", name)
	c := card{text: b.summary(p, v)}
	c.blocks = append(c.blocks,
		slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, cut(headline, 150), false, false)),
		section(b.statement(p, v)),
	)
	if lines := differenceLines(p, v); lines != "" && j.State == jobs.StateAwaitingApproval {
		c.blocks = append(c.blocks, section(lines))
	}
	if j.Plan != nil && showsPlan(j.State) {
		c.blocks = append(c.blocks, planBlocks(p, v)...)
	}
	if !j.StartedAt.IsZero() {
		c.blocks = append(c.blocks, progressBlocks(p, v)...)
	}
	if lines := failedLines(p, v); lines != "" {
		c.blocks = append(c.blocks, section(lines))
	}
	if lines := whyLines(p, v); lines != "" && showsProblems(j.State) {
		c.blocks = append(c.blocks, section(lines))
	}
	if lines := b.problemLines(p, v); lines != "" && showsProblems(j.State) {
		c.blocks = append(c.blocks, section(lines))
	}
	if !v.asking {
		c.blocks = append(c.blocks, mendBlocks(p, v)...)
		c.blocks = append(c.blocks, choiceBlocks(p, v)...)
	}
	switch {
	case j.State != jobs.StateAwaitingApproval:
	case !unconfirmed(j):
		c.blocks = append(c.blocks, section(b.askLine(p, v)), decisionButtons(p, v))
	case v.asking:
		// The requester's card asks about the columns; until that is answered there is nothing to decide.
		c.blocks = append(c.blocks, section(p.T("ui.columns.ask")))
	}
	if !v.asking {
		c.blocks = append(c.blocks, controlBlocks(p, v)...)
	}
	if words := tidied(p, j); words != "" && showsProblems(j.State) {
		c.blocks = append(c.blocks, slack.NewContextBlock("", mrkdwn(words)))
	}
	if words := usedFixes(p, v); words != "" && showsPlan(j.State) {
		c.blocks = append(c.blocks, slack.NewContextBlock("", mrkdwn(words)))
	}
	c.blocks = append(c.blocks, slack.NewContextBlock("", mrkdwn(b.footer(p, v))))
	return c
}

// showsPlan reports whether the numbers of the dry run are shown: until there are better ones.
func showsPlan(s jobs.State) bool {
	switch s {
	case jobs.StateAwaitingApproval, jobs.StatePlanned, jobs.StateNoChanges, jobs.StateApproved, jobs.StateRejected, jobs.StateExpired:
		return true
	case jobs.StateReceived, jobs.StateReading, jobs.StatePlanning, jobs.StateApplying, jobs.StatePaused, jobs.StateFinishing,
		jobs.StateDone, jobs.StateInvalid, jobs.StateCanceled, jobs.StateErrored:
		return false
	}
	return false
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

// summary is the card in one sentence: what, how many, who asked, what next.
func (b *Bot) summary(p *text.Printer, v view) string {
	j := &v.job
	state := esc(stateWords(p, j))
	if more := noteBeside(p, j, v.others); more != "" {
		state += p.T("list.separator") + more
	}
	args := []any{"name", esc(title(p, j)), "id", j.ID, "requester", mention(j.Requester), "state", state}
	if j.Plan != nil {
		args = append(args, "what", planned(p, j.Kind, j.Plan.Counts), "rows", p.Number(j.Plan.Counts.Rows))
	}
	undo := j.Kind == jobs.KindUndo
	id := "ui.card.summary.other"
	switch {
	case j.State == jobs.StateAwaitingApproval && j.Plan != nil && undo:
		id = "undo.summary.awaiting_approval"
	case j.State == jobs.StateAwaitingApproval && j.Plan != nil:
		id = "ui.card.summary.awaiting_approval"
	case ended(j):
		id = "ui.card.summary.report"
		if undo {
			id = "undo.summary.report"
		}
		n := j.Counts
		args = append(args, "succeeded", p.Number(rowsDone(n)), "failed", p.Number(rowsFailed(n)), "unprocessed", p.Number(n.Unprocessed),
			"reversed", p.Number(n.Reversed), "kept", p.Number(n.Kept), "irreversible", p.Number(n.Irreversible))
	}
	return cutMarks(p.T(id, args...), textLimit)
}

// statement is the first thing to read: where the job stands, and why.
func (b *Bot) statement(p *text.Printer, v view) string {
	j := &v.job
	args := []any{"requester", mention(j.Requester), "name", esc(title(p, j)), "id", j.ID}
	if unusable(j) {
		args = append(args, "count", j.Plan.Counts.Invalid, "rows", p.Number(j.Plan.Counts.Rows))
	}
	lines := []string{orElse(orElse(undoStatement(p, v), nothingLeft(p, v, "")), p.T(standsAt(j), args...))}
	lines = append(lines, kinLines(p, v)...)
	if j.State == jobs.StateInvalid && mendable(j) {
		lines = append(lines, p.T("ui.card.mendable"))
	}
	switch {
	case j.State == jobs.StateApplying && j.Stop != nil:
		lines = append(lines, p.T("ui.card.stopping", "who", mention(j.Stop.Actor)))
	case j.State == jobs.StateCanceled && j.Stop != nil:
		lines = append(lines, p.T("ui.card.canceled_by", "who", mention(j.Stop.Actor), "when", date(j.FinishedAt)))
	}
	lines = append(lines, restLines(p, j)...)
	// Who has paused a job is said by name.
	if j.Reason.Code != "" && j.Reason.Code != jobs.ReasonHeld {
		lines = append(lines, "*"+esc(reasonWords(p, j))+"*")
	}
	if !j.State.Terminal() && j.Attempts >= 2 && !j.RetryAt.IsZero() {
		lines = append(lines, outageLine(p, j))
	}
	if j.State == jobs.StatePaused && j.Held == nil && !j.ResumeAt.IsZero() {
		lines = append(lines, p.T("ui.card.resumes", "when", date(j.ResumeAt)))
	}
	if words := givesUp(p, j); words != "" {
		lines = append(lines, words)
	}
	lines = append(lines, usedLines(p, v)...)
	if j.State == jobs.StateAwaitingApproval && j.Replaced != nil && j.Plan != nil {
		lines = append(lines, p.T("ui.card.replaced",
			"before", planned(p, j.Kind, j.Replaced.Counts), "now", planned(p, j.Kind, j.Plan.Counts)))
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

// outageLine says who does not answer while a job is tried again and again.
func outageLine(p *text.Printer, j *jobs.Job) string {
	id := "control.line.outage.zoom"
	if j.State == jobs.StateReceived || j.State == jobs.StateReading {
		id = "control.line.outage.file"
	}
	return p.T(id, "attempt", p.Number(j.Attempts), "when", date(j.RetryAt))
}

// unusable reports whether a file came to nothing because of its own errors, as against one that is done already.
func unusable(j *jobs.Job) bool {
	if j.State != jobs.StateNoChanges || j.Reason.Code != jobs.ReasonNobodyToAdd || j.Plan == nil {
		return false
	}
	n := j.Plan.Counts
	return n.Invalid > 0 && n.Existing()+n.Absent == 0
}

// headlineOf is the id of a card's headline.
func headlineOf(j *jobs.Job) string {
	if unusable(j) {
		return "ui.card.headline.no_usable"
	}
	if notAccepted(j) > 0 {
		return "control.card.not_accepted"
	}
	switch resting := rests(j); resting {
	case "", "held":
		return "ui.card.headline." + string(j.State)
	default:
		return "control.headline." + resting
	}
}

// stateWords name where a job stands.
func stateWords(p *text.Printer, j *jobs.Job) string {
	if unusable(j) {
		return p.T("ui.card.state.no_usable")
	}
	if notAccepted(j) > 0 {
		return p.T("control.state.not_accepted")
	}
	return p.State(j.State)
}

// reasonOf is a job's reason for its card. Where one click supplies every column that is missing, nothing has to be added
// by hand.
func reasonOf(j *jobs.Job) jobs.Reason {
	r := j.Reason
	switch {
	case halted(j):
		return guardReason(j, r)
	case j.Held != nil:
		return restReason(r)
	}
	if r.Code != jobs.ReasonCode(roster.MissingColumn) || j.State != jobs.StateInvalid {
		return r
	}
	offered := slices.Collect(maps.Values(j.Fixes.Columns))
	for key := range strings.SplitSeq(r.Params["columns"], ",") {
		if !slices.Contains(offered, roster.Field(strings.TrimSpace(key))) {
			return r
		}
	}
	r.Params = maps.Clone(r.Params)
	r.Params["mend"] = "click"
	return r
}

// standsAt is the id of a job's statement. A job that ended before it began has changed nothing.
func standsAt(j *jobs.Job) string {
	if (j.State == jobs.StateCanceled || j.State == jobs.StateErrored) && j.StartedAt.IsZero() {
		return "ui.card.statement." + string(j.State) + "_early"
	}
	if j.State == jobs.StateCanceled && untouched(j) {
		return "ui.card.statement.canceled_untouched"
	}
	if (j.State == jobs.StatePlanning || j.State == jobs.StateReading) && (j.Plan != nil || !j.Revision.IsZero()) {
		return "ui.card.statement.planning_again"
	}
	if unusable(j) {
		return "ui.card.statement.no_usable"
	}
	if resting := rests(j); resting != "" {
		return "control.statement." + resting
	}
	return "ui.card.statement." + string(j.State)
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

// footer says what the card is, in small print.
func (b *Bot) footer(p *text.Printer, v view) string {
	j := &v.job
	parts := []string{
		p.T("ui.footer.job", "id", "`"+j.ID+"`"),
		esc(p.Kind(j.Kind)),
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

// field is a number with its name; line breaks of the value stay.
func field(name, value string) *slack.TextBlockObject {
	lines := strings.Split(value, "\n")
	for i, line := range lines {
		lines[i] = esc(line)
	}
	return mrkdwn(cutMarks("*"+esc(name)+"*\n"+strings.Join(lines, "\n"), 2000))
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
