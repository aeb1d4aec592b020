package bot

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// resultFile is one of the files that end a job.
type resultFile struct {
	kind    string
	name    string
	comment string
	header  []string
	records [][]string
	delim   rune
}

func (f resultFile) data() ([]byte, error) { return encodeCSV(f.header, f.records, f.delim) }

// encodeCSV writes a file that a spreadsheet opens with the right letters and runs nothing of.
func encodeCSV(header []string, records [][]string, delim rune) ([]byte, error) {
	var buf bytes.Buffer
	err := roster.Write(&buf, header, records, roster.WriteOptions{Delimiter: delim, BOM: true, FormulaSafe: true})
	return buf.Bytes(), err
}

// resultFiles sorts the rows of an ended job into files, with the original columns and what happened. Files without rows
// are left out. failed.csv can be corrected and posted again.
//
// The files of an undo have the columns of the first job's file, so that posting one would do that job again: their names
// and comments say so.
func resultFiles(p *text.Printer, j *jobs.Job, r *roster.Roster, results []jobs.Result) []resultFile {
	kept := originalColumns(r)
	header := append(pickCells(r.Header, kept), roster.ResultHeader, roster.DetailHeader)
	files := []resultFile{
		{kind: "succeeded"},
		{kind: "failed"},
		{kind: "unprocessed"},
		{kind: "skipped"},
		{kind: "kept"},
		{kind: "irreversible"},
		{kind: incompleteKind},
	}
	for i := range results {
		res := &results[i]
		record := resultRecord(p, j.Kind, r, res, kept)
		f := &files[fileOf(res.Outcome)]
		f.records = append(f.records, record)
	}
	out := files[:0]
	for _, f := range files {
		if len(f.records) == 0 {
			continue
		}
		f.header, f.delim = header, r.Delimiter
		f.name = f.kind + ".csv"
		if j.Kind != jobs.KindUndo {
			f.comment = p.T("ui.file."+f.kind, "count", len(f.records), "id", j.ID)
		} else {
			f.comment = undoFileComment(p, j, f.kind, len(f.records))
			if f.kind == "failed" || f.kind == "unprocessed" || f.kind == incompleteKind {
				f.name = "undo-" + f.name
			}
		}
		out = append(out, f)
	}
	return out
}

// incompleteKind is the file of people who were invited and whom the job did not complete before it ended.
const incompleteKind = "incomplete"

// lateFile has the rows that failed after failed.csv was made.
func lateFile(p *text.Printer, j *jobs.Job, r *roster.Roster, results []jobs.Result) resultFile {
	kept := originalColumns(r)
	f := resultFile{
		name: "failed-after-invitation.csv", header: append(pickCells(r.Header, kept), roster.ResultHeader, roster.DetailHeader),
		delim: r.Delimiter, comment: p.T("ui.file.failed_after_invitation", "count", len(results)),
	}
	for i := range results {
		res := &results[i]
		f.records = append(f.records, resultRecord(p, j.Kind, r, res, kept))
	}
	return f
}

// resultRecord is a row as it was, with what happened to it. Cells beyond the header come last: nothing is lost, and the
// row is found wrong again when the file is posted as it is.
func resultRecord(p *text.Printer, k jobs.Kind, r *roster.Roster, res *jobs.Result, kept []int) []string {
	record := append(pickCells(res.Row.Cells, kept), p.Outcome(res.Outcome), detail(p, res, k))
	if len(res.Row.Cells) > len(r.Header) {
		record = append(record, res.Row.Cells[len(r.Header):]...)
	}
	return record
}

// originalColumns are the positions of the file's own columns: a result file that was posted again has ours already.
func originalColumns(r *roster.Roster) []int {
	kept := make([]int, 0, len(r.Header))
	for i := range r.Header {
		ours := slices.ContainsFunc(r.Columns, func(c roster.Column) bool {
			return c.Index == i && (c.Field == roster.Result || c.Field == roster.Detail)
		})
		if !ours {
			kept = append(kept, i)
		}
	}
	return kept
}

// pickCells returns the cells at the positions; what a short row lacks is blank.
func pickCells(cells []string, at []int) []string {
	out := make([]string, len(at), len(at)+2)
	for i, n := range at {
		if n < len(cells) {
			out[i] = cells[n]
		}
	}
	return out
}

// rowsDone is how many rows succeeded.csv holds, or would hold now.
func rowsDone(c jobs.Counts) int { return c.Succeeded() + c.Unchanged }

// rowsFailed is how many rows failed.csv holds, or would hold now.
func rowsFailed(c jobs.Counts) int { return c.Failed + c.Conflict + c.Lapsed }

// fileOf is the index in resultFiles of the file for an outcome.
func fileOf(o jobs.Outcome) int {
	switch o {
	case jobs.OutcomeCreated, jobs.OutcomeUpdated, jobs.OutcomeDeactivated, jobs.OutcomeWithdrawn, jobs.OutcomeDeleted,
		jobs.OutcomeWaiting, jobs.OutcomeUnchanged, jobs.OutcomeReversed:
		return 0
	case jobs.OutcomeFailed, jobs.OutcomeLapsed, jobs.OutcomeConflict:
		// A conflict is to be looked at, corrected and posted again, as a failure is.
		return 1
	case jobs.OutcomeUnprocessed:
		return 2
	case jobs.OutcomeSkipped:
		return 3
	case jobs.OutcomeKept:
		return 4
	case jobs.OutcomeIrreversible:
		return 5
	case jobs.OutcomeIncomplete:
		return 6
	}
	return 2
}

// detail says what happened to a row of a job of a kind in words.
func detail(p *text.Printer, res *jobs.Result, k jobs.Kind) string {
	var parts []string
	switch f := res.State.Failure; {
	case f == nil:
	case k == jobs.KindUndo:
		parts = append(parts, p.UndoFailure(*f))
	default:
		parts = append(parts, p.Failure(*f, adds(res.Change.Action)))
	}
	if len(res.State.Outstanding) > 0 {
		id := "ui.detail.outstanding"
		switch {
		case res.Outcome == jobs.OutcomeFailed:
			id = "ui.detail.missing"
		case res.Outcome == jobs.OutcomeIncomplete && k == jobs.KindUndo:
			id = "ui.detail.missing"
		case res.Outcome == jobs.OutcomeIncomplete:
			id = "ui.detail.incomplete"
		}
		words := p.T(id, "what", p.Outstanding(res.State.Outstanding))
		switch {
		case res.Outcome != jobs.OutcomeFailed || res.State.Failure != nil:
		case k == jobs.KindUndo:
			words += " " + p.T("failure.next.undo")
		default:
			words = p.Unfinished(res.State.Outstanding, words, adds(res.Change.Action))
		}
		parts = append(parts, words)
	}
	for _, is := range res.Issues {
		if res.Outcome == jobs.OutcomeFailed && is.Severity != roster.Error && res.State.Failure == nil {
			continue
		}
		if is.Severity == roster.Note && res.Change.Action != plan.ActionNone && !undoCode(is.Code) {
			continue
		}
		words := p.Issue(is)
		if is.Column != "" {
			words = is.Column + ": " + words
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, " ")
}

// adds reports whether an action adds a person to the account.
func adds(a plan.Action) bool { return a == plan.ActionCreate || a == plan.ActionResend }

// planFile lists every row of a plan: what would be done, old and new values, and what is wrong. former is what the plan
// that this one replaced had in mind for rows that are different now, by line; nil when none was replaced.
func planFile(p *text.Printer, r *roster.Roster, results []jobs.Result, former map[int]string) ([]byte, error) {
	header := []string{
		p.T("ui.plan.line"), p.Field(roster.Email), p.T("ui.plan.action"), p.T("ui.plan.changes"), p.T("ui.plan.groups"),
		p.T("ui.plan.leaves"), p.T("ui.plan.problems"),
	}
	if former != nil {
		header = append(header, p.T("control.diff.column"))
	}
	records := make([][]string, 0, len(results))
	for i := range results {
		res := &results[i]
		c := &res.Change
		var changes, problems []string
		typed := false
		for _, f := range c.Fields {
			if f.Field == roster.Email {
				continue
			}
			typed = typed || f.Field == roster.UserType
			changes = append(changes, p.Change(f, !adds(c.Action) && !c.Action.Removes()))
		}
		if adds(c.Action) && !typed {
			changes = append(changes, p.T("ui.plan.type", "type", p.UserType(c.UserType)))
		}
		for _, is := range res.Issues {
			words := p.Issue(is)
			if is.Column != "" {
				words = is.Column + ": " + words
			}
			problems = append(problems, words)
		}
		key := c.Key
		if key == "" {
			key = res.Row.Get(roster.Email)
		}
		record := []string{
			strconv.Itoa(c.Line), key, p.Verdict(c.Verdict), strings.Join(changes, "; "), strings.Join(groupNames(c.Groups), "; "),
			strings.Join(groupNames(c.Leaves), "; "), strings.Join(problems, " "),
		}
		if former != nil {
			record = append(record, former[c.Line])
		}
		records = append(records, record)
	}
	return encodeCSV(header, records, r.Delimiter)
}
