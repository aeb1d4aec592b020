package bot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

const (
	// shownFailures is how many kinds of failure a card lists; failedLimit bounds their section, in characters.
	shownFailures = 5
	failedLimit   = 2000
)

// failedOnly are the rows that a job began and could not carry out.
func failedOnly(results []jobs.Result) []jobs.Result {
	return slices.DeleteFunc(results, func(res jobs.Result) bool {
		return res.State.Outcome != jobs.OutcomeFailed && res.State.Outcome != jobs.OutcomeConflict
	})
}

// failedLines say why rows failed so far, what is the same of many rows once. A job that a guard has stopped shows them, since
// its result files come only at its end.
func failedLines(p *text.Printer, v view) string {
	if len(v.failed) == 0 {
		return ""
	}
	same := make(map[string]*cause)
	var found []*cause
	for i := range v.failed {
		res := v.failed[i]
		if v.private {
			res = withoutValues(res)
		}
		said := detail(p, &res, v.job.Kind)
		key := causeKey(&res, said)
		one := same[key]
		switch {
		case one == nil:
			one = &cause{said: said}
			same[key] = one
			found = append(found, one)
		case one.said != said:
			// Zoom names somebody else each time; what is the same is what it is about.
			res = withoutValues(res)
			one.said = detail(p, &res, v.job.Kind)
		}
		one.lines = append(one.lines, res.Change.Line)
	}
	// What is wrong with most rows is what to look at first.
	slices.SortStableFunc(found, func(a, b *cause) int { return len(b.lines) - len(a.lines) })
	lines := []string{"*" + p.T("control.failed.title", "count", len(v.failed)) + "*"}
	told := 0
	for _, one := range found[:min(len(found), shownFailures)] {
		lines = append(lines, one.words(p))
		told += len(one.lines)
	}
	shown := cutLines(strings.Join(lines, "\n"), failedLimit)
	if more := len(v.failed) - told; more > 0 {
		shown += "\n_" + p.T("control.failed.more", "count", more) + "_"
	}
	return shown
}

// cause is why some rows failed.
type cause struct {
	said  string
	lines []int
}

// causeKey is the same for rows that failed for the same cause. Where Zoom's message is all there is, its words decide.
func causeKey(res *jobs.Result, said string) string {
	f := res.State.Failure
	if f == nil || len(res.Issues) > 0 || f.Status == 0 || ourMessage(f.Reason) {
		return said
	}
	return fmt.Sprint(f.Reason, " ", f.Step, " ", f.Status, " ", f.Code)
}

// ourMessage reports whether the message of a failure is none of Zoom's: it names fields, or a group.
func ourMessage(r jobs.FailureReason) bool {
	return r == jobs.FailureChanged || r == jobs.FailureNotSet || r == jobs.FailureGroupNotSet
}

// words are how many rows it is about, which, and what is the matter.
func (c *cause) words(p *text.Printer) string {
	numbers := make([]string, 0, linesShown)
	for _, n := range c.lines[:min(len(c.lines), linesShown)] {
		numbers = append(numbers, strconv.Itoa(n))
	}
	if len(c.lines) > linesShown {
		numbers = append(numbers, "…")
	}
	head := p.T("control.failed.cause", "count", len(c.lines), "lines", strings.Join(numbers, p.T("list.separator")))
	return cutMarks("• *"+esc(head)+"*: "+esc(c.said), 600)
}

// withoutValues leaves of a result only what is not from the rows of the file.
func withoutValues(res jobs.Result) jobs.Result {
	res.Issues = nil
	if f := res.State.Failure; f != nil && f.Reason != jobs.FailureChanged && f.Reason != jobs.FailureNotSet {
		bare := *f
		bare.Message = ""
		res.State.Failure = &bare
	}
	return res
}
