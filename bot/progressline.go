package bot

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// progressBlocks show what has been done so far, or in the end.
func progressBlocks(p *text.Printer, v view) []slack.Block {
	j := &v.job
	counts := j.Counts
	var blocks []slack.Block
	if pr := v.progress; pr != nil {
		counts = pr.Counts
		line := bar(pr.Done, pr.Total) + "  " + p.T("ui.progress.percent", "percent", p.Number(percent(pr.Done, pr.Total)))
		if pr.PerSecond > 0 {
			line += "  ·  " + p.T("ui.progress.rate", "rate", p.Decimal(pr.PerSecond, 1))
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
	for _, outcome := range jobs.Outcomes() {
		n := rowsOf(counts, outcome)
		if n == 0 {
			continue
		}
		name := p.Outcome(outcome)
		switch {
		case outcome == jobs.OutcomeUpdated && j.Plan != nil && j.Plan.Counts.Activate > 0:
			// People who are activated are counted with those who are changed.
			name = p.T("ui.progress.updated_activated")
		case ended:
		case outcome == jobs.OutcomeUnprocessed:
			name = p.T("ui.progress.open")
		case outcome == jobs.OutcomeWaiting:
			// Whether somebody has to accept first may not be known before the rows are through.
			name = p.T("ui.progress.added")
		}
		// A label and a number read the same in every language, whatever the number is.
		parts = append(parts, esc(name)+" *"+p.Number(n)+"*")
	}
	lines := []string{strings.Join(parts, "  ·  ")}
	if counts.Invited > 0 {
		lines = append(lines, p.T("ui.progress.invited", "invited", p.Number(counts.Invited),
			"activated", p.Number(counts.Activated), "finished", p.Number(counts.Finished), "lapsed", p.Number(counts.Lapsed)))
	}
	if ended && !j.StartedAt.IsZero() {
		if end := endOf(j); !end.IsZero() {
			took := max(end.Sub(j.StartedAt)-j.Rested, 0)
			if j.Rested >= time.Second {
				lines = append(lines, p.T("ui.report.took_rested", "duration", p.Measured(took), "rested", p.Measured(j.Rested)))
			} else {
				lines = append(lines, p.T("ui.report.took", "duration", p.Measured(took)))
			}
		}
	}
	return append(blocks, section(strings.Join(lines, "\n")))
}

// endOf is when the rows of a job were through; zero when that is not known.
func endOf(j *jobs.Job) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, j.Front[refAppliedAt]); err == nil {
		return t
	}
	return j.FinishedAt
}

// rowsOf is the number of rows with an outcome.
func rowsOf(c jobs.Counts, o jobs.Outcome) int {
	switch o {
	case jobs.OutcomeCreated:
		return c.Created
	case jobs.OutcomeUpdated:
		return c.Updated
	case jobs.OutcomeDeactivated:
		return c.Deactivated
	case jobs.OutcomeWithdrawn:
		return c.Withdrawn
	case jobs.OutcomeDeleted:
		return c.Deleted
	case jobs.OutcomeConflict:
		return c.Conflict
	case jobs.OutcomeWaiting:
		return c.Waiting
	case jobs.OutcomeIncomplete:
		return c.Incomplete
	case jobs.OutcomeLapsed:
		return c.Lapsed
	case jobs.OutcomeUnchanged:
		return c.Unchanged
	case jobs.OutcomeSkipped:
		return c.Skipped
	case jobs.OutcomeReversed:
		return c.Reversed
	case jobs.OutcomeKept:
		return c.Kept
	case jobs.OutcomeIrreversible:
		return c.Irreversible
	case jobs.OutcomeFailed:
		return c.Failed
	case jobs.OutcomeUnprocessed:
		return c.Unprocessed
	}
	return 0
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
