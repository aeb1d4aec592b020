package main

import (
	"context"
	"slices"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
)

// leftOver reports whether a row is one that trying again is for.
func leftOver(res *jobs.Result) bool {
	return res.Change.Verdict != plan.VerdictInvalid && slices.Contains([]jobs.Outcome{
		jobs.OutcomeFailed, jobs.OutcomeConflict, jobs.OutcomeIncomplete, jobs.OutcomeLapsed, jobs.OutcomeUnprocessed,
	}, res.Outcome)
}

// checkFollows: a job that tries another one's rows again has those that did not go through, as they were, and no others. One
// that takes another job back has nobody whom that job does not have.
func (v *verdicts) checkFollows(ctx context.Context, j *jobs.Job, results []jobs.Result) {
	if j.Of == "" {
		return
	}
	of, err := v.reader.Get(ctx, j.Of)
	if err != nil {
		v.bad("job %s follows %s: %v", j.ID, j.Of, err)
		return
	}
	_, before, err := v.reader.Results(ctx, j.Of)
	if err != nil {
		v.bad("job %s follows %s, whose results cannot be read: %v", j.ID, j.Of, err)
		return
	}
	rows := make(map[string]*jobs.Result)
	for i := range before {
		// A row without a key is wrong in itself, and nobody tries it again.
		if key := before[i].Change.Key; key != "" {
			rows[key] = &before[i]
		}
	}
	// While it waited for people, and where Redis forgot how it went, the first job's rows were others than they are now.
	settled := of.State.Terminal() && of.FinishedAt.Before(j.CreatedAt) && len(v.redis.lost()) == 0
	seen := make(map[string]bool)
	for i := range results {
		key := results[i].Change.Key
		first, there := rows[key]
		switch {
		case !there:
			v.bad("job %s (%s) has %s, whom job %s does not have", j.ID, j.Kind, key, of.ID)
		case j.Kind == jobs.KindUndo:
		case seen[key]:
			v.bad("job %s has %s twice", j.ID, key)
		case !slices.Equal(first.Row.Cells, results[i].Row.Cells):
			v.bad("job %s has %q for %s, job %s had %q", j.ID, results[i].Row.Cells, key, of.ID, first.Row.Cells)
		case settled && !leftOver(first):
			v.bad("job %s tries %s again, who is %s in job %s", j.ID, key, first.Outcome, of.ID)
		}
		seen[key] = true
	}
	if j.Kind == jobs.KindUndo || !settled {
		return
	}
	for key, first := range rows {
		if leftOver(first) && !seen[key] {
			v.bad("job %s does not try %s again, who is %s in job %s", j.ID, key, first.Outcome, of.ID)
		}
	}
}

// sum tells how many jobs there were of each kind, how they ended, and what their rows came to.
func (v *verdicts) sum() {
	kinds, outcomes := make(map[string]int), make(map[jobs.Outcome]int)
	for i := range v.jobs {
		kind := string(v.jobs[i].Kind)
		if v.jobs[i].Of != "" && v.jobs[i].Kind != jobs.KindUndo {
			kind = "again"
		}
		kinds[kind+" "+string(v.jobs[i].State)]++
	}
	for _, all := range v.touches {
		for i := range all {
			outcomes[all[i].result.Outcome]++
		}
	}
	v.tell("jobs: %v; rows: %v", kinds, outcomes)
}
