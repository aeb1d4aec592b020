package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// verdicts is the check of one run against the promises.
type verdicts struct {
	*theatre

	found   []string
	calls   []zoomCall
	byWho   map[string][]zoomCall
	jobs    []jobs.Job
	touches map[string][]touch
	// unsettled are the people of jobs that have not ended.
	unsettled map[string]bool
}

// touch is what a job says that it did to a person.
type touch struct {
	job    *jobs.Job
	result jobs.Result
}

func (v *verdicts) bad(format string, args ...any) {
	v.found = append(v.found, fmt.Sprintf(format, args...))
}

// judge holds account, ledger and reports against one another and returns the violations.
func (th *theatre) judge(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	v := &verdicts{
		theatre: th, calls: th.witness.log(), byWho: make(map[string][]zoomCall), touches: make(map[string][]touch),
		unsettled: make(map[string]bool),
	}
	slices.SortStableFunc(v.calls, func(a, b zoomCall) int { return a.start.Compare(b.start) })
	for i := range v.calls {
		if who := v.calls[i].who; who != "" {
			v.byWho[who] = append(v.byWho[who], v.calls[i])
		}
	}
	var err error
	if v.jobs, err = th.reader.List(ctx, 1000); err != nil {
		return []string{"the jobs cannot be listed: " + err.Error()}
	}
	shown := th.shown()
	for i := range v.jobs {
		j := &v.jobs[i]
		v.checkAudit(ctx, j)
		if j.State == jobs.StateErrored {
			th.tell("job %s was given up: %v", j.ID, j.Reason)
		}
		troubled := slices.Contains(th.run.themes, themeZoom) || slices.Contains(th.run.themes, themePages)
		fatal := j.Reason.Code == jobs.ReasonInternal || j.Reason.Code == jobs.ReasonForbidden || j.Reason.Code == jobs.ReasonScope
		if j.State == jobs.StateErrored && (!troubled || fatal) {
			v.bad("job %s was given up: %v", j.ID, j.Reason)
		}
		if j.Plan == nil {
			continue
		}
		_, results, err := th.reader.Results(ctx, j.ID)
		if err != nil {
			v.bad("job %s (%s): its results cannot be read: %v", j.ID, j.State, err)
			continue
		}
		v.checkRows(j, results)
		v.checkFollows(ctx, j, results)
		if !j.StartedAt.IsZero() && j.State.Terminal() {
			v.checkFiles(j, results)
		}
		if n := len(shown[j.ID]); n > 3 && !th.spoiled(j.ID) {
			v.bad("job %s has %d messages, want the card, the report and the end at most", j.ID, n)
		}
		if !j.State.Terminal() {
			// What is still going on has been reported as stuck; nobody can say yet what it did.
			for _, res := range results {
				v.unsettled[res.Change.Key] = true
			}
			continue
		}
		for _, res := range results {
			v.touches[res.Change.Key] = append(v.touches[res.Change.Key], touch{j, res})
		}
	}
	v.sum()
	for email := range v.touches {
		v.checkPerson(email)
	}
	for email := range v.byWho {
		v.checkCreations(email)
		if !v.unsettled[email] {
			v.checkOverwritten(email)
		}
	}
	v.checkStrangers()
	if !slices.ContainsFunc(v.calls, func(c zoomCall) bool { return c.creates() && c.after.there }) && !th.run.cancels &&
		!slices.Contains(th.run.themes, themeFiles) {
		v.bad("nobody was added, so this run proves nothing")
	}
	return v.found
}

// spoiled reports whether messages of a job may stand twice: somebody deleted some, or Redis forgot that they were posted.
func (th *theatre) spoiled(id string) bool {
	th.mu.Lock()
	defer th.mu.Unlock()
	return th.marred[id] > 0 || len(th.redis.lost()) > 0
}

// checkAudit: one decision for one plan, by somebody who may, and a log that nobody changed.
func (v *verdicts) checkAudit(ctx context.Context, j *jobs.Job) {
	entries, err := v.reader.Audit(ctx, j.ID)
	if err != nil {
		v.bad("job %s: audit log: %v", j.ID, err)
		return
	}
	if at := jobs.Verify(entries); at >= 0 {
		v.bad("job %s: audit log broken at entry %d", j.ID, at)
	}
	if n := len(entries); n > 0 && entries[n-1].Hash != j.AuditHead {
		v.bad("job %s: the audit log does not end at the job's head", j.ID)
	}
	var state jobs.State
	for i, e := range entries {
		if e.To == "" {
			continue
		}
		if e.From != state && i > 0 {
			v.bad("job %s: audit entry %d goes from %s to %s after %s", j.ID, i, e.From, e.To, state)
		}
		if e.To == jobs.StateApproved && state != jobs.StateApproved {
			approvers := []string{slacktest.UserBen, slacktest.UserChiara}
			if !slices.Contains(approvers, e.Actor.ID) {
				v.bad("job %s was approved by %q", j.ID, e.Actor.ID)
			}
		}
		state = e.To
	}
	if state != j.State {
		v.bad("job %s is %s, its audit log ends at %s", j.ID, j.State, state)
	}
	if j.State.Applied() && j.Plan != nil && (j.Decision == nil || j.Decision.Digest != j.Plan.Digest) {
		v.bad("job %s was applied, and its plan is not the one that was decided about", j.ID)
	}
}

// checkRows: no row is lost, and the counts are those of the rows.
func (v *verdicts) checkRows(j *jobs.Job, results []jobs.Result) {
	if s := v.specOf(j); s != nil && j.Of == "" && len(results) != len(s.rows) {
		v.bad("job %s has %d rows, its file %d", j.ID, len(results), len(s.rows))
	}
	if j.StartedAt.IsZero() || !j.State.Terminal() {
		return
	}
	if j.Counts.Total() != len(results) {
		v.bad("job %s (%s): the counts %+v add up to %d, its file has %d rows", j.ID, j.State, j.Counts, j.Counts.Total(), len(results))
	}
	got := make(map[jobs.Outcome]int)
	for _, res := range results {
		got[res.Outcome]++
		if res.Outcome == "" {
			v.bad("job %s line %d has no outcome", j.ID, res.Row.Line)
		}
		open := res.Outcome == jobs.OutcomeWaiting || res.Outcome == jobs.OutcomeIncomplete || res.Outcome == jobs.OutcomeUnprocessed
		if open && j.State == jobs.StateDone {
			v.bad("job %s is done while line %d is %s", j.ID, res.Row.Line, res.Outcome)
		}
		if res.Outcome == jobs.OutcomeWaiting && len(res.State.Outstanding) > 0 {
			v.bad("job %s is %s and promises line %d the rest: %v", j.ID, j.State, res.Row.Line, res.State.Outstanding)
		}
		if res.Outcome == jobs.OutcomeIncomplete && (len(res.State.Outstanding) == 0 || !res.State.Created) {
			v.bad("job %s: line %d is %s, and nothing of it is missing: %+v", j.ID, res.Row.Line, res.Outcome, res.State)
		}
	}
	c := j.Counts
	for o, n := range map[jobs.Outcome]int{
		jobs.OutcomeCreated: c.Created, jobs.OutcomeUpdated: c.Updated, jobs.OutcomeDeactivated: c.Deactivated,
		jobs.OutcomeWithdrawn: c.Withdrawn, jobs.OutcomeDeleted: c.Deleted, jobs.OutcomeConflict: c.Conflict,
		jobs.OutcomeWaiting: c.Waiting, jobs.OutcomeIncomplete: c.Incomplete, jobs.OutcomeLapsed: c.Lapsed, jobs.OutcomeUnchanged: c.Unchanged,
		jobs.OutcomeSkipped: c.Skipped, jobs.OutcomeFailed: c.Failed, jobs.OutcomeReversed: c.Reversed,
		jobs.OutcomeKept: c.Kept, jobs.OutcomeIrreversible: c.Irreversible, jobs.OutcomeUnprocessed: c.Unprocessed,
	} {
		if got[o] != n {
			v.bad("job %s (%s): %d rows are %s, its counts say %d", j.ID, j.State, got[o], o, n)
		}
	}
}

// specOf is the file that a job was made from.
func (v *verdicts) specOf(j *jobs.Job) *spec {
	for _, s := range v.specs {
		if j.Source.Name == s.name {
			return s
		}
	}
	return nil
}

// checkFiles: the result files hold every row once, and each file what belongs there. Who was waited for in vain stands in a file
// of the end beside the one of the report.
func (v *verdicts) checkFiles(j *jobs.Job, results []jobs.Result) {
	want := make(map[string]int)
	outcome := make(map[string]jobs.Result)
	for _, res := range results {
		first := ""
		if len(res.Row.Cells) > 0 {
			first = res.Row.Cells[0]
		}
		want[first]++
		outcome[first] = res
	}
	got, incomplete := make(map[string]int), make(map[string]int)
	titles := make(map[string]int)
	for _, f := range v.slack.Files(slacktest.ChannelAdmins) {
		if !strings.HasSuffix(f.Title, "("+j.ID+")") || f.User != slacktest.BotUserID {
			continue
		}
		if titles[f.Title]++; titles[f.Title] > 1 {
			if !v.spoiled(j.ID) {
				v.bad("job %s: %s was uploaded %d times", j.ID, f.Title, titles[f.Title])
			}
			continue
		}
		if strings.HasPrefix(f.Name, "failed-after") {
			continue
		}
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(v.slack.FileBytes(f.ID)), "\ufeff")))
		r.FieldsPerRecord = -1
		records, err := r.ReadAll()
		if err != nil || len(records) == 0 {
			v.bad("job %s: %s: %v", j.ID, f.Name, err)
			continue
		}
		for _, record := range records[1:] {
			res := outcome[record[0]]
			if strings.HasSuffix(f.Name, "incomplete.csv") {
				if incomplete[record[0]]++; res.Outcome != jobs.OutcomeIncomplete {
					v.bad("job %s: line %d is %s and stands in %s", j.ID, res.Row.Line, res.Outcome, f.Name)
				}
				continue
			}
			got[record[0]]++
			// What an undo left has a name of its own, so that nobody posts it as the rows of the first job.
			if file := fileFor(res.Outcome); file != "" && file != strings.TrimPrefix(f.Name, "undo-") && !res.State.Invited {
				v.bad("job %s: line %d is %s and stands in %s", j.ID, res.Row.Line, res.Outcome, f.Name)
			}
		}
	}
	for first, res := range outcome {
		if res.Outcome != jobs.OutcomeIncomplete {
			continue
		}
		if incomplete[first] != 1 {
			v.bad("job %s (%s): %s is %s and stands %d times in the file of those", j.ID, j.State, first, res.Outcome, incomplete[first])
		}
		if got[first] == 0 {
			got[first] = 1
		}
	}
	for first, n := range want {
		if got[first] != n {
			v.bad("job %s (%s): %s stands %d times in the result files, want %d", j.ID, j.State, first, got[first], n)
		}
	}
	for first := range got {
		if want[first] == 0 {
			v.bad("job %s: the result files have %s, which is none of its rows", j.ID, first)
		}
	}
}

// fileFor is the result file of an outcome; empty where it is not settled.
func fileFor(o jobs.Outcome) string {
	switch o {
	case jobs.OutcomeCreated, jobs.OutcomeUpdated, jobs.OutcomeDeactivated, jobs.OutcomeWithdrawn, jobs.OutcomeDeleted,
		jobs.OutcomeWaiting, jobs.OutcomeUnchanged, jobs.OutcomeReversed:
		return "succeeded.csv"
	case jobs.OutcomeFailed, jobs.OutcomeConflict, jobs.OutcomeLapsed:
		return "failed.csv"
	case jobs.OutcomeUnprocessed:
		return "unprocessed.csv"
	case jobs.OutcomeSkipped, jobs.OutcomeKept, jobs.OutcomeIrreversible, jobs.OutcomeIncomplete:
	}
	return ""
}

// ledgerOfCalls is a line for each call that wrote something, for reports.
func (th *theatre) ledgerOfCalls() string {
	calls := th.witness.log()
	slices.SortStableFunc(calls, func(a, b zoomCall) int { return cmp.Compare(a.start.UnixNano(), b.start.UnixNano()) })
	var b strings.Builder
	for i := range calls {
		c := &calls[i]
		fmt.Fprintf(&b, "%9.3fs %9.3fs process %d %-6s %-40s %3d %-30s %+v -> %+v\n", c.start.Sub(th.begun).Seconds(), c.end.Sub(th.begun).Seconds(),
			c.member, c.method, c.path, c.status, c.who, c.before, c.after)
	}
	return b.String()
}
