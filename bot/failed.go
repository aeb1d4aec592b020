package bot

import (
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
	same := make(map[string]*problem)
	var found []*problem
	for i := range v.failed {
		res := v.failed[i]
		if v.private {
			res = withoutValues(res)
		}
		one := &problem{where: p.T("where.line", "line", strconv.Itoa(res.Change.Line)), said: detail(p, &res, v.job.Kind), line: res.Change.Line}
		if known := same[one.said]; known != nil {
			known.more = append(known.more, one.line)
			continue
		}
		same[one.said] = one
		found = append(found, one)
	}
	// What is wrong with most rows is what to look at first.
	slices.SortStableFunc(found, func(a, b *problem) int { return len(b.more) - len(a.more) })
	lines := []string{"*" + p.T("control.failed.title", "count", len(v.failed)) + "*"}
	told := 0
	for _, one := range found[:min(len(found), shownFailures)] {
		lines = append(lines, one.words(p))
		told += 1 + len(one.more)
	}
	shown := cutLines(strings.Join(lines, "\n"), failedLimit)
	if more := len(v.failed) - told; more > 0 {
		shown += "\n_" + p.T("control.failed.more", "count", more) + "_"
	}
	return shown
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
