package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Buttons that mend a file in place; their value is the job id.
const (
	ActionFixColumns   = "fix_columns"
	ActionFixGroups    = "fix_groups"
	ActionCreateGroups = "create_groups"
	ActionCorrected    = "corrected_file"
	ActionColumnsRight = "columns_right"
	ActionColumnsWrong = "columns_wrong"
)

const (
	// mendLimit bounds the section of suggestions, in characters; shownFixes is how many it lists of each kind.
	mendLimit  = 1500
	shownFixes = 8
)

// canMend reports whether a job stands where its file can still be read in another way.
func canMend(j *jobs.Job) bool {
	return j.State == jobs.StateInvalid || (choosable(j) && j.Plan != nil)
}

// mendable reports whether a click can mend something of the file.
func mendable(j *jobs.Job) bool {
	f := j.Fixes
	return len(f.Columns)+len(f.Groups) > 0 || (len(f.Missing) > 0 && !j.Revision.CreateGroups)
}

// unconfirmed reports whether the columns of a file without a header wait for the requester's word.
func unconfirmed(j *jobs.Job) bool { return j.Plan != nil && len(j.Plan.Header) > 0 && choosable(j) }

// mendBlocks ask about the columns of a file without a header, and offer the suggestions that one click applies.
func mendBlocks(p *text.Printer, v view) []slack.Block {
	j := &v.job
	if !canMend(j) {
		return nil
	}
	var blocks []slack.Block
	if unconfirmed(j) {
		blocks = append(blocks, section(columnLines(p, v)), slack.NewActionBlock("columns",
			mendButton(p, j, ActionColumnsRight), mendButton(p, j, ActionColumnsWrong)))
	}
	var parts []string
	var buttons []slack.BlockElement
	f := j.Fixes
	if len(f.Columns) > 0 {
		parts = append(parts, fixLines(p.T("ui.mend.columns"), slices.Sorted(maps.Keys(f.Columns)),
			func(header string) string { return p.Field(f.Columns[header]) }, false))
		buttons = append(buttons, mendButton(p, j, ActionFixColumns))
	}
	if len(f.Groups) > 0 {
		parts = append(parts, fixLines(p.T("ui.mend.groups"), slices.Sorted(maps.Keys(f.Groups)),
			func(name string) string { return f.Groups[name] }, v.private))
		buttons = append(buttons, mendButton(p, j, ActionFixGroups))
	}
	if len(f.Missing) > 0 && !j.Revision.CreateGroups {
		names := p.Number(len(f.Missing))
		if !v.private {
			names = nameList(p, f.Missing)
		}
		parts = append(parts, esc(p.T("ui.mend.missing", "groups", names)))
		buttons = append(buttons, createButton(p, v))
	}
	if j.Plan != nil && j.Plan.Correctable > 0 {
		parts = append(parts, p.T("ui.mend.corrected", "count", j.Plan.Correctable))
		buttons = append(buttons, mendButton(p, j, ActionCorrected))
	}
	if len(buttons) == 0 {
		return blocks
	}
	return append(blocks, section(cutLines(strings.Join(parts, "\n"), mendLimit)), slack.NewActionBlock("mend", buttons...))
}

// fixesUsed is how many suggestions for headers and groups were taken over.
func fixesUsed(j *jobs.Job) int { return len(j.Revision.Columns) + len(j.Revision.Groups) }

// revisers are who changed how the file of a job is read.
func (b *Bot) revisers(ctx context.Context, j *jobs.Job) ([]jobs.Actor, error) {
	entries, err := b.jobs.Audit(ctx, j.ID)
	if err != nil && !errors.Is(err, jobs.ErrNotFound) {
		return nil, fmt.Errorf("look up who used suggestions: %w", err)
	}
	var who []jobs.Actor
	for i := range entries {
		e := &entries[i]
		known := slices.ContainsFunc(who, func(a jobs.Actor) bool { return a.ID == e.Actor.ID })
		if e.Note == "revision" && e.Actor.ID != "" && !known {
			who = append(who, e.Actor)
		}
	}
	return who, nil
}

// usedFixes says in small print which suggestions were taken over, and by whom.
func usedFixes(p *text.Printer, v view) string {
	n := fixesUsed(&v.job)
	if n == 0 {
		return ""
	}
	who := make([]string, 0, len(v.revisers))
	for _, a := range v.revisers {
		who = append(who, mention(a))
	}
	if len(who) == 0 {
		who = []string{mention(v.job.Requester)}
	}
	names := strings.Join(who, p.T("list.separator"))
	if v.private {
		return p.T("ui.mend.used_bare", "count", n, "who", names)
	}
	r := v.job.Revision
	var parts []string
	for _, header := range slices.Sorted(maps.Keys(r.Columns)) {
		parts = append(parts, cut(header, valueLimit)+" → "+orElse(p.Field(r.Columns[header]), "–"))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Groups)) {
		parts = append(parts, cut(name, valueLimit)+" → "+cut(r.Groups[name], valueLimit))
	}
	if len(parts) > shownFixes {
		parts = append(parts[:shownFixes], "…")
	}
	return cutMarks(p.T("ui.mend.used", "count", n, "who", names, "what", esc(strings.Join(parts, p.T("list.separator")))), mendLimit)
}

// fixLines list suggestions, old to new; on private cards only how many there are.
func fixLines(title string, old []string, now func(string) string, private bool) string {
	lines := []string{"*" + title + "*"}
	if private {
		return lines[0] + " " + strconv.Itoa(len(old))
	}
	for _, s := range old[:min(len(old), shownFixes)] {
		lines = append(lines, "• "+esc(cut(s, valueLimit))+" → "+esc(cut(now(s), valueLimit)))
	}
	if len(old) > shownFixes {
		lines = append(lines, "• …")
	}
	return strings.Join(lines, "\n")
}

func mendButton(p *text.Printer, j *jobs.Job, action string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, j.ID, plain(cut(p.T("ui.button."+action), 75)))
}

// createButton creates groups that may only be misspelt, so it asks.
func createButton(p *text.Printer, v view) *slack.ButtonBlockElement {
	j := &v.job
	create := mendButton(p, j, ActionCreateGroups)
	create.Confirm = slack.NewConfirmationBlockObject(
		plain(cut(p.T("ui.button.create_groups"), 100)), plain(createQuestion(p, v)),
		plain(cut(p.T("ui.mend.create_yes"), 30)), plain(cut(p.T("ui.button.back"), 30)))
	return create
}

// createQuestion names the groups as far as there is room, so that a slip is seen before it becomes a group.
func createQuestion(p *text.Printer, v view) string {
	missing := v.job.Fixes.Missing
	words := p.T("ui.mend.create_text", "count", len(missing))
	if v.private {
		return cut(words, questionLimit)
	}
	for n := min(len(missing), namesShown); n > 0; n-- {
		names := make([]string, n)
		for i, name := range missing[:n] {
			names[i] = p.T("quote", "value", cut(name, valueLimit))
		}
		list := strings.Join(names, p.T("list.separator"))
		if more := len(missing) - n; more > 0 {
			list = p.T("ui.names.more", "names", list, "count", more)
		}
		if all := p.T("ui.mend.create_names", "groups", list) + " " + words; length(all) <= questionLimit {
			return all
		}
	}
	return cut(words, questionLimit)
}

// columnLines say which column of a file without a header was taken as what, with the values of its first row.
func columnLines(p *text.Printer, v view) string {
	lines := []string{"*" + p.T("ui.columns.title") + "*"}
	for i, header := range v.job.Plan.Header {
		name := header
		if f := roster.FieldOf(header); f != "" {
			name = p.Field(f)
		}
		line := "• " + p.T("ui.columns.line", "number", strconv.Itoa(i+1), "column", esc(cut(name, valueLimit)))
		if i < len(v.example) && strings.TrimSpace(v.example[i]) != "" && !v.private {
			line += " " + esc(p.T("ui.columns.example", "value", cut(v.example[i], valueLimit)))
		}
		lines = append(lines, line)
	}
	lines = append(lines, p.T("ui.columns.ask"))
	return cutLines(strings.Join(lines, "\n"), mendLimit)
}

// onMend reads the file of a job in another way, as somebody agreed to by a button.
func (b *Bot) onMend(ctx context.Context, c click) error {
	j, err := b.jobs.Get(ctx, c.value)
	if err != nil {
		return err
	}
	var r jobs.Revision
	switch c.action {
	case ActionFixColumns:
		r.Columns = j.Fixes.Columns
	case ActionFixGroups:
		r.Groups = j.Fixes.Groups
	case ActionCreateGroups:
		r.CreateGroups = !j.Revision.CreateGroups
	case ActionColumnsRight:
		if unconfirmed(&j) {
			r.Header = j.Plan.Header
		}
	}
	switch {
	case remaking(&j):
		// A second press of the same button: the first one is at work.
		return nil
	case r.IsZero():
		return b.whisper(ctx, c, b.printer(ctx, c.user).T("ui.mend.nothing"))
	}
	_, err = b.jobs.Revise(ctx, j.ID, b.people.actor(ctx, c.user), r)
	return err
}

// onColumnsWrong ends a job whose columns were guessed wrong, and says how to name them.
func (b *Bot) onColumnsWrong(ctx context.Context, c click) error {
	p := b.printer(ctx, c.user)
	_, err := b.jobs.Cancel(ctx, c.value, b.people.actor(ctx, c.user))
	var ended *jobs.StateError
	if err != nil && !errors.As(err, &ended) {
		return err
	}
	return b.whisper(ctx, c, p.T("ui.columns.wrong"))
}

// sendCorrected sends the file of a job, with every suggestion applied, to whoever asks and may see it.
func (b *Bot) sendCorrected(ctx context.Context, c click) error {
	j, err := b.jobs.Get(ctx, c.value)
	if err != nil {
		return err
	}
	if c.user != j.Requester.ID {
		if err := b.MayApprove(ctx, b.people.actor(ctx, c.user)); err != nil {
			return errors.Join(jobs.ErrNotYours, err)
		}
	}
	p := b.printer(ctx, c.user)
	data, fixes, err := b.jobs.Corrected(ctx, j.ID)
	if err != nil {
		return err
	}
	if fixes == 0 {
		return b.whisper(ctx, c, p.T("ui.mend.nothing"))
	}
	channel, err := b.direct(ctx, c.user)
	if err != nil {
		return err
	}
	name := correctedName(fileName(&j), data)
	if err := b.upload(ctx, upload{channel: channel, name: name, data: data, comment: p.T("ui.mend.comment", "count", fixes)}); err != nil {
		return err
	}
	return b.whisper(ctx, c, p.T("ui.mend.sent", "name", esc(cut(name, nameLimit))))
}

// correctedName is the name of a corrected file: that of the file, with a word more.
func correctedName(name string, data []byte) string {
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	if !bytes.HasPrefix(data, []byte("PK")) {
		// The corrected form of a workbook may be a CSV.
		ext = ".csv"
	}
	return tidy(cut(base, nameLimit)) + "-corrected" + ext
}
