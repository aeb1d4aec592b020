package bot

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// exportExample is a whole use of the command, to be copied.
const exportExample = `export status:all type:licensed group:"Sales EMEA" dept:Sales role:Admin since:30d columns:email,first name,job title ann`

// refExport is set once the file of an export was uploaded.
const refExport = "export_file"

// typedQuery is what was typed after the subcommand, as it was meant: Slack escapes some signs, makes links of addresses, and
// its apps make other signs of quotes and hyphens.
func typedQuery(s string) []string {
	s = regexp.MustCompile(`<(?:mailto:|https?://)[^<>|]*\|([^<>]*)>`).ReplaceAllString(s, "$1")
	s = regexp.MustCompile(`<(?:mailto:)?([^<>|@#!]+(?:@[^<>|]+)?)>`).ReplaceAllString(s, "$1")
	s = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
	words := jobs.SplitQuery(s)
	return words[min(1, len(words)):]
}

// cmdExport writes the account, or the part of it that the filters ask for, as a CSV. Without filters it asks for them.
func (b *Bot) cmdExport(ctx context.Context, in invocation) (answer, error) {
	p := in.p
	words := typedQuery(in.Text)
	if len(words) == 0 {
		if err := b.openExport(ctx, p, in.TriggerID); err != nil {
			b.log.WarnContext(ctx, "modal not opened", "err", err)
			return answer{text: p.T("ui.modal.failed", "command", "`"+Command+" export`")}, nil
		}
		return answer{}, nil
	}
	q, problems := jobs.ParseQuery(words, b.o.Now())
	if len(problems) > 0 {
		lines := []string{p.T("export.answer.problems")}
		for _, pr := range problems {
			lines = append(lines, "• "+esc(queryProblem(p, pr)))
		}
		lines = append(lines, p.T("export.answer.example", "example", "`"+Command+" "+exportExample+"`"))
		return answer{text: cutLines(strings.Join(lines, "\n"), sectionLimit)}, nil
	}
	// What it takes is told before it begins.
	cost := costLine(p, b.jobs.ExportCost(ctx, q), "export.cost.most")
	j, err := b.submitQuery(ctx, "command:"+orElse(in.TriggerID, in.ChannelID+in.UserID+jobs.NewID()), in.UserID, q)
	if err != nil {
		return answer{}, err
	}
	lines := []string{p.T("export.answer.started", "id", j.ID), queryLine(p, &q, false)}
	if cost != "" {
		lines = append(lines, cost)
	}
	return answer{text: cutMarks(strings.Join(lines, "\n"), sectionLimit)}, nil
}

// submitQuery makes a job of a query. Everything that it shows goes to the person directly, since the file is about people.
func (b *Bot) submitQuery(ctx context.Context, key, userID string, q jobs.Query) (jobs.Job, error) {
	channel, err := b.direct(ctx, userID)
	if err != nil {
		return jobs.Job{}, err
	}
	j, _, err := b.jobs.SubmitExport(ctx, jobs.Submission{
		Key: key, Requester: b.people.actor(ctx, userID), Source: jobs.Source{Name: jobs.ExportName(b.o.Now())},
		Front: map[string]string{refChannel: channel},
	}, q)
	if err != nil {
		return j, fmt.Errorf("record an export: %w", err)
	}
	return j, nil
}

// queryProblem says what of a query was not understood.
func queryProblem(p *text.Printer, pr jobs.QueryProblem) string {
	said := p.T("export.problem."+string(pr.Code), "key", cut(pr.Key, 80), "value", cut(pr.Value, 80))
	if pr.Suggestion != "" {
		said += " " + p.T("export.suggest", "suggestion", pr.Suggestion)
	}
	return said
}

// queryLine says in words what an export holds. A label and its values read the same in every language. Private lines show
// nothing that may be about a person.
func queryLine(p *text.Printer, q *jobs.Query, private bool) string {
	var parts []string
	part := func(label string, values ...string) {
		if len(values) > 0 {
			parts = append(parts, "*"+esc(label)+"* "+esc(cut(strings.Join(values, ", "), 600)))
		}
	}
	statuses := q.Statuses
	if len(statuses) == 0 {
		statuses = []string{"active"}
	}
	part(p.Field(roster.UserStatus), labels(p, "export.status.", statuses)...)
	part(p.Field(roster.UserType), labels(p, "export.type.", q.Types)...)
	part(p.Field(roster.UserGroup), q.Groups...)
	part(p.Field(roster.Department), q.Departments...)
	part(p.Field(roster.Role), q.Roles...)
	if !q.Since.IsZero() {
		part(p.T("export.filter.since"), q.Since.Format(time.DateOnly))
	}
	switch {
	case q.Text == "":
	case private:
		part(p.T("export.filter.text"), "…")
	default:
		part(p.T("export.filter.text"), q.Text)
	}
	part(p.T("export.filter.columns"), columnWords(p, q.Columns)...)
	return strings.Join(parts, "  ·  ")
}

func labels(p *text.Printer, prefix string, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = p.T(prefix + v)
	}
	return out
}

func columnWords(p *text.Printer, columns []roster.Field) []string {
	switch {
	case len(columns) == 0, slices.Equal(columns, jobs.DefaultColumns()):
		return []string{p.T("export.columns.usual")}
	case slices.Equal(columns, jobs.AllColumns()):
		return []string{p.T("export.columns.all")}
	}
	out := make([]string, len(columns))
	for i, f := range columns {
		out[i] = columnName(p, f)
	}
	return out
}

func columnName(p *text.Printer, f roster.Field) string {
	if f == jobs.AllAttributes {
		return p.T("export.column.custom")
	}
	return p.Field(f)
}

// tellFrom is from which expected time on people are told what an export takes.
const tellFrom = 5 * time.Second

// costLine says what reading people one by one takes, "" when it is over in a moment.
func costLine(p *text.Printer, c jobs.ExportCost, id string) string {
	switch {
	case c.PerPerson == 0:
		return ""
	case c.People == 0:
		return p.T("export.cost.unknown")
	case c.Duration < tellFrom && c.Days <= 1:
		return ""
	}
	line := p.T(id, "count", c.People, "calls", p.Number(c.Calls), "duration", c.Duration)
	if c.Days > 1 {
		line += " " + p.T("export.cost.days", "days", p.Number(c.Days))
	}
	return line
}
