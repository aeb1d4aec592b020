package bot

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// namedView is a view with the name of its golden file.
type namedView struct {
	name string
	view view
}

const (
	otherJob = "p4vz-1c8e"
	thirdJob = "9t3m-k2wd"
)

// sampleLinks lead to the cards of the other jobs.
func sampleLinks() map[string]string {
	return map[string]string{otherJob: "https://example.slack.com/archives/C0ZOOMADMIN/p13?thread_ts=1.1&cid=C0ZOOMADMIN"}
}

// held lets a job rest at somebody's wish, or at a guard's.
func held(j jobs.Job, who string, reason jobs.ReasonCode, params ...string) jobs.Job {
	j.Held = &jobs.Hold{Actor: jobs.Actor{ID: who}, At: j.CreatedAt.Add(3 * time.Hour)}
	j.ResumeAt = time.Time{}
	j.Reason = jobs.Reason{Code: reason, Params: make(map[string]string)}
	for i := 0; i+1 < len(params); i += 2 {
		j.Reason.Params[params[i]] = params[i+1]
	}
	return j
}

// failedSamples are rows that failed for reasons of which some are the same.
func failedSamples() []jobs.Result {
	result := func(line int, f jobs.Failure) jobs.Result {
		return jobs.Result{
			Change: plan.Change{Line: line, Key: "a@example.com", Action: plan.ActionCreate}, Outcome: jobs.OutcomeFailed,
			State: jobs.RowState{Line: line, Outcome: jobs.OutcomeFailed, Failure: &f},
		}
	}
	out := []jobs.Result{result(2, jobs.Failure{Step: jobs.StepCreate, Status: 400, Code: 300, Message: hostile, Reason: jobs.FailureValidation})}
	for line := 3; line < 15; line++ {
		out = append(out, result(line, jobs.Failure{Step: jobs.StepCreate, Status: 400, Code: 1108, Reason: jobs.FailureDomain}))
	}
	return out
}

// undoView is a job that takes back what another did.
func undoView(state jobs.State) view {
	j := sampleJob(state)
	j.Kind, j.Of, j.Source.Name = jobs.KindUndo, otherJob, "mixed.csv"
	if j.Plan != nil {
		j.Plan = &jobs.PlanSummary{
			Digest: "00112233445566778899aabbccddeeff", MadeAt: j.CreatedAt.Add(time.Second),
			Counts: plan.Counts{Rows: 60, Update: 30, Activate: 2, Deactivate: 3, Withdraw: 5, Unchanged: 4, Kept: 6, Irreversible: 10},
			Seats:  []plan.Seats{{Licence: plan.LicenceBase, Needed: 4, Freed: 1, Known: true, Total: 50, Used: 45, Free: 5}},
			Cost:   plan.Cost{Light: 80, Duration: 5 * time.Second, Days: 1},
		}
	}
	if !j.StartedAt.IsZero() {
		j.Counts = jobs.Counts{Reversed: 36, Kept: 7, Irreversible: 10, Unchanged: 4, Failed: 1, Conflict: 1, Unprocessed: 1}
		if state == jobs.StateApplying {
			j.Counts = jobs.Counts{Reversed: 20, Kept: 6, Irreversible: 10, Unchanged: 4, Unprocessed: 20}
		}
	}
	v := view{job: j, links: sampleLinks(), changes: []plan.Change{
		{Line: 3, Row: 2, Key: "ann@example.com", Action: plan.ActionUpdate, Verdict: plan.VerdictUpdate, Fields: []plan.FieldChange{
			{Field: roster.Department, Old: hostile, New: "Sales"}, {Field: roster.UserType, Old: "basic", New: "licensed"},
		}, Leaves: []plan.Group{{ID: "g1", Name: "Sales & Ops", Kind: plan.UserGroup}}},
		{Line: 5, Row: 4, Key: "cem@example.com", Action: plan.ActionActivate, Verdict: plan.VerdictActivate},
		{Line: 6, Row: 5, Key: "dora@example.com", Action: plan.ActionDeactivate, Verdict: plan.VerdictDeactivate},
		{Line: 7, Row: 6, Key: "eve@example.com", Action: plan.ActionWithdraw, Verdict: plan.VerdictWithdraw},
		{Line: 8, Row: 7, Key: "finn@example.com", Action: plan.ActionNone, Verdict: plan.VerdictKept},
	}}
	for i, code := range undoReasons() {
		for n := range i + 1 {
			v.issues = append(v.issues, roster.Issue{
				Code: code, Severity: roster.Warning, Line: 8 + n, Row: 7 + n, Params: map[string]string{"fields": "department,job_title"},
			})
		}
	}
	v.issues = append(v.issues, roster.Issue{
		Code: plan.CodeUndoPartly, Severity: roster.Note, Line: 40, Row: 39, Params: map[string]string{"fields": "department", "kind": "deactivate"},
	})
	return v
}

// differing are two plans that treat rows otherwise.
func differing() *plan.Difference {
	update := func(line int, key string, fields ...plan.FieldChange) plan.Change {
		return plan.Change{Line: line, Key: key, Action: plan.ActionUpdate, Verdict: plan.VerdictUpdate, Fields: fields}
	}
	dept := func(old string) plan.FieldChange {
		return plan.FieldChange{Field: roster.Department, Old: old, New: "Support"}
	}
	job := plan.FieldChange{Field: roster.JobTitle, Old: "Agent", New: "Lead"}
	create := plan.Change{Line: 4, Key: "new@example.com", Action: plan.ActionCreate, Verdict: plan.VerdictCreate, UserType: 2}
	d := &plan.Difference{Rows: []plan.RowDifference{
		{Line: 2, Before: update(2, "ann@example.com", dept("Sales"), job), After: update(2, "ann@example.com", dept(hostile), job)},
		{Line: 3, Before: update(3, "ben@example.com", job), After: plan.Change{Line: 3, Key: "ben@example.com", Action: plan.ActionNone, Verdict: plan.VerdictUnchanged}},
		{Line: 4, Before: create, After: update(4, "new@example.com", dept("Sales"))},
		{Line: 5, After: plan.Change{Line: 5, Key: "eve@example.com", Action: plan.ActionDeactivate, Verdict: plan.VerdictDeactivate}},
		{Line: 6, Before: update(6, "finn@example.com", job), After: func() plan.Change {
			c := update(6, "finn@example.com", job)
			c.Groups = []plan.Group{{Name: "Sales & Ops"}}
			return c
		}()},
		{Line: 7, Before: update(7, "gil@example.com", job), After: update(7, "gil@example.com", job)},
	}}
	for line := 8; line < 20; line++ {
		d.Rows = append(d.Rows, plan.RowDifference{Line: line, Before: create, After: update(line, "x@example.com", job)})
	}
	return d
}

// resting is a job that rests until a time, since it lacks something.
func resting(reason jobs.ReasonCode) jobs.Job {
	j := sampleJob(jobs.StatePaused)
	j.Held, j.Reason = nil, jobs.Reason{Code: reason}
	return j
}

// waiting is a job that waits for another itself.
func waiting() jobs.Job {
	j := sampleJob(jobs.StateApproved)
	j.Behind = thirdJob
	return j
}

// outage is a job whose account cannot be read.
func outage() jobs.Job {
	j := sampleJob(jobs.StatePlanning)
	j.Attempts, j.RetryAt = 3, j.CreatedAt.Add(time.Minute)
	return j
}

// joining are new people who come into groups, of which two are called the same.
func joining() []plan.Change {
	var out []plan.Change
	for i := range 12 {
		c := plan.Change{Line: i + 2, Row: i + 1, Key: "x@example.com", Action: plan.ActionCreate, Verdict: plan.VerdictCreate, UserType: 2}
		for n := range i%6 + 1 {
			c.Groups = append(c.Groups, plan.Group{ID: "g" + strconv.Itoa(n), Name: "Group " + strconv.Itoa(n), Kind: plan.UserGroup})
		}
		c.Groups = append(c.Groups, plan.Group{ID: "c0", Name: "Group 0", Kind: plan.IMGroup})
		out = append(out, c)
	}
	return out
}

// controlViews are cards of jobs that rest, wait, were made again or hang together with others.
func controlViews() []namedView {
	var out []namedView
	add := func(name string, v view) { out = append(out, namedView{name, v}) }
	guard := []string{"failed", "13", "rows", "16", "percent", "82", "limit", "50"}

	behind := sampleJob(jobs.StateApproved)
	behind.Behind, behind.Reason = otherJob, jobs.Reason{Code: jobs.ReasonBehind, Params: map[string]string{"job": otherJob, "people": "12"}}
	add("approved_behind", view{job: behind, links: sampleLinks()})
	for _, ahead := range []struct {
		name string
		job  jobs.Job
	}{
		{"halted", held(sampleJob(jobs.StatePaused), "", jobs.ReasonCanary, guard...)},
		{"held", held(sampleJob(jobs.StatePaused), "U0BEN000002", jobs.ReasonHeld)},
		{"seats", resting(jobs.ReasonSeats)},
		{"limit", resting(jobs.ReasonDailyLimit)},
		{"waiting", waiting()},
	} {
		ahead.job.ID = otherJob
		add("approved_behind_"+ahead.name, view{job: behind, links: sampleLinks(), others: map[string]jobs.Job{otherJob: ahead.job}})
	}
	add("paused_held_seats", view{job: held(sampleJob(jobs.StatePaused), "U0BEN000002", jobs.ReasonSeats, "licence", "licensed", "rows", "12")})
	add("paused_held_limit", view{job: held(sampleJob(jobs.StatePaused), "U0BEN000002", jobs.ReasonDailyLimit)})
	add("paused_limit_used_up", view{job: sampleJob(jobs.StatePaused), budget: []allowance{
		{class: "heavy", used: 6000, perDay: 6000, sharedWith: []string{"resource_intensive"}}, {class: invitationsClass, used: 8, perDay: 50},
	}})
	add("planning_outage", view{job: outage()})
	incomplete := sampleJob(jobs.StateCanceled)
	incomplete.Counts = jobs.Counts{Created: 1180, Incomplete: 20, Failed: 50}
	incomplete.Rested = 90 * time.Minute
	add("canceled_incomplete", view{job: incomplete})
	back := sampleJob(jobs.StateDone)
	back.UndoneBy = otherJob
	by := undoView(jobs.StateDone).job
	by.ID, by.Counts = otherJob, jobs.Counts{Reversed: 36}
	add("done_taken_back", view{job: back, links: sampleLinks(), others: map[string]jobs.Job{otherJob: by}})
	partly := by
	partly.Counts.Failed = 2
	add("done_taken_back_partly", view{job: back, links: sampleLinks(), others: map[string]jobs.Job{otherJob: partly}})
	mended := sampleJob(jobs.StateAwaitingApproval)
	mended.Revision = jobs.Revision{Columns: map[string]roster.Field{"Abteilng": roster.Department, hostile: ""}, Groups: map[string]string{"Sals": "Sales & Ops"}}
	add("awaiting_approval_mended", view{job: mended, revisers: []jobs.Actor{{ID: "U0ADA000001"}, {ID: "U0BEN000002"}}, changes: joining()})
	add("awaiting_approval_mended_private", view{job: mended, private: true, changes: joining()})
	add("approved_held", view{job: held(sampleJob(jobs.StateApproved), "U0BEN000002", "")})
	add("applying_pausing", view{job: held(sampleJob(jobs.StateApplying), "U0BEN000002", "")})
	add("applying_halting", view{job: held(sampleJob(jobs.StateApplying), "", jobs.ReasonCanary, guard...)})
	add("paused_held", view{job: held(sampleJob(jobs.StatePaused), "U0BEN000002", jobs.ReasonHeld)})
	canary := held(sampleJob(jobs.StatePaused), "", jobs.ReasonCanary, guard...)
	add("paused_halted", view{job: canary, failed: failedSamples()})
	add("paused_halted_private", view{job: canary, failed: failedSamples(), private: true})
	add("paused_limit", view{job: sampleJob(jobs.StatePaused), budget: []allowance{
		{class: "light", documented: 80, granted: 72, used: 1234},
		{class: "heavy", used: 5900, perDay: 6000},
		{class: invitationsClass, used: 48, perDay: 50},
	}})
	overlap := sampleJob(jobs.StateAwaitingApproval)
	overlap.Reason = jobs.Reason{Code: jobs.ReasonOverlap, Params: map[string]string{"job": otherJob, "people": "12"}}
	add("awaiting_approval_overlap", view{job: overlap, links: sampleLinks()})
	large := sampleJob(jobs.StateInvalid)
	large.Reason = jobs.Reason{Code: jobs.ReasonRemoved, Params: map[string]string{"people": "1200", "account": "4000", "percent": "30", "limit": "20"}}
	add("invalid_too_large", view{job: large})
	spread := sampleJob(jobs.StateAwaitingApproval)
	spread.Plan.Cost.Days, spread.Plan.Cost.PerDay = 25, 50
	add("awaiting_approval_invitations", view{job: spread, budget: []allowance{{class: invitationsClass, used: 12, perDay: 50}}})

	used := sampleJob(jobs.StateAwaitingApproval)
	used.Plan.Cost.Days, used.Plan.Cost.PerDay = 25, 50
	add("awaiting_approval_used_up", view{job: used, budget: []allowance{{class: invitationsClass, used: 50, perDay: 50}}, at: used.CreatedAt})
	short := sampleJob(jobs.StateFinishing)
	short.Reason = jobs.Reason{Code: jobs.ReasonSeats, Params: map[string]string{"licence": "licensed", "rows": "100"}}
	add("finishing_seats", view{job: short})
	short.State = jobs.StateDone
	add("done_seats", view{job: short})
	waits := sampleJob(jobs.StatePaused)
	waits.Reason = jobs.Reason{Code: jobs.ReasonSeats, Params: map[string]string{
		"licence": "licensed", "rows": "100", "until": "2025-03-01T10:00:00Z", "gives_up": "2025-03-02T10:00:00Z",
	}}
	add("paused_seats_until", view{job: waits})
	invited := sampleJob(jobs.StateNoChanges)
	invited.Reason, invited.Replaced = jobs.Reason{}, &jobs.PlanSummary{}
	add("no_changes_not_accepted", view{job: invited})
	resent := sampleJob(jobs.StateNoChanges)
	resent.Reason, resent.Kind, resent.Source.Name, resent.Plan.Counts = jobs.Reason{}, jobs.KindInvitations, "resend-"+otherJob+".csv", plan.Counts{Rows: 2, Unchanged: 2}
	add("no_changes_accepted", view{job: resent, links: sampleLinks()})
	early := sampleJob(jobs.StateCanceled)
	early.Counts = jobs.Counts{Unprocessed: 40}
	add("canceled_untouched", view{job: early})
	mixed := sampleJob(jobs.StateCanceled)
	mixed.Counts, mixed.RetriedBy = jobs.Counts{Incomplete: 3, Unprocessed: 40}, otherJob
	add("canceled_both", view{job: mixed, links: sampleLinks()})

	related := sampleJob(jobs.StateDone)
	related.UndoneBy, related.RetriedBy = otherJob, thirdJob
	add("done_followed", view{job: related, links: sampleLinks()})
	rest := sampleJob(jobs.StateCanceled)
	rest.Counts = jobs.Counts{Created: 1100, Failed: 50, Unprocessed: 150}
	add("canceled_rest", view{job: rest})
	again := sampleJob(jobs.StateAwaitingApproval)
	again.Of = otherJob
	add("retry_awaiting_approval", view{job: again, links: sampleLinks()})

	replaced := sampleJob(jobs.StateAwaitingApproval)
	replaced.Replaced, replaced.Reason = replaced.Plan, jobs.Reason{Code: jobs.ReasonAccountChanged}
	add("difference", view{job: replaced, difference: differing()})
	add("difference_private", view{job: replaced, difference: differing(), private: true})

	for _, s := range []jobs.State{jobs.StateReceived, jobs.StatePlanning, jobs.StateAwaitingApproval, jobs.StateApplying, jobs.StateDone, jobs.StateExpired} {
		add("undo_"+string(s), undoView(s))
	}
	private := undoView(jobs.StateAwaitingApproval)
	private.private = true
	add("undo_private", private)
	none := undoView(jobs.StateNoChanges)
	none.job.Reason = jobs.Reason{Code: jobs.ReasonNothingToUndo, Params: map[string]string{"job": otherJob}}
	none.job.Plan.Counts, none.changes = plan.Counts{Rows: 20, Kept: 8, Irreversible: 12}, nil
	add("undo_no_changes", none)
	return out
}

// TestControls: which buttons a job offers at each point of its life, at most five and each once.
func TestControls(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	p := catalogue.For("en")
	changed := func(s jobs.State, change func(*jobs.Job)) jobs.Job {
		j := sampleJob(s)
		if change != nil {
			change(&j)
		}
		return j
	}
	hold := func(j *jobs.Job) { j.Held = &jobs.Hold{Actor: jobs.Actor{ID: "U1"}} }
	stop := func(j *jobs.Job) { j.Stop = &jobs.Stop{Actor: jobs.Actor{ID: "U1"}} }
	for _, tt := range []struct {
		name string
		job  jobs.Job
		want []string
	}{
		{"awaiting approval", changed(jobs.StateAwaitingApproval, nil), nil},
		{"approved", changed(jobs.StateApproved, nil), []string{ActionPause, ActionCancel}},
		{"approved and held", changed(jobs.StateApproved, hold), []string{ActionResume, ActionCancel}},
		{"applying", changed(jobs.StateApplying, nil), []string{ActionPause, ActionCancel}},
		{"pausing", changed(jobs.StateApplying, hold), []string{ActionResume, ActionCancel}},
		{"stopping", changed(jobs.StateApplying, stop), nil},
		{"paused by a person", changed(jobs.StatePaused, hold), []string{ActionResume, ActionCancel}},
		{"paused by a limit", changed(jobs.StatePaused, nil), []string{ActionResume, ActionPause, ActionCancel}},
		{"paused and stopping", changed(jobs.StatePaused, stop), nil},
		{"finishing", changed(jobs.StateFinishing, nil), []string{ActionRetry, ActionResendInvitations, ActionUndo, ActionCancel}},
		{"finishing and stopping", changed(jobs.StateFinishing, stop), []string{ActionRetry, ActionResendInvitations, ActionUndo}},
		{"done", changed(jobs.StateDone, nil), []string{ActionRetry, ActionResendInvitations, ActionUndo}},
		{"done, only wrong rows failed", changed(jobs.StateDone, func(j *jobs.Job) {
			j.Counts = jobs.Counts{Created: 10, Failed: 50}
		}), []string{ActionUndo}},
		{"done, nothing was done", changed(jobs.StateDone, func(j *jobs.Job) {
			j.Counts = jobs.Counts{Skipped: 10, Failed: 50}
		}), nil},
		{"canceled", changed(jobs.StateCanceled, nil), []string{ActionRetry, ActionUndo}},
		{"canceled before it began", changed(jobs.StateCanceled, func(j *jobs.Job) { j.StartedAt, j.Counts = time.Time{}, jobs.Counts{} }), nil},
		{"errored", changed(jobs.StateErrored, nil), []string{ActionRetry, ActionUndo}},
		{"expired", changed(jobs.StateExpired, nil), []string{ActionPlanAgain}},
		{"rejected", changed(jobs.StateRejected, nil), nil},
		{"dry run", changed(jobs.StatePlanned, nil), nil},
		{"undo that left rows", undoView(jobs.StateDone).job, nil},
		{"export", jobs.Job{Kind: jobs.KindExport, State: jobs.StateDone, StartedAt: time.Unix(1, 0), Counts: jobs.Counts{Created: 1}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, block := range controlBlocks(p, view{job: tt.job}) {
				if actions, ok := block.(*slack.ActionBlock); ok {
					for _, e := range actions.Elements.ElementSet {
						button, isButton := e.(*slack.ButtonBlockElement)
						if !isButton || button.Value != tt.job.ID {
							t.Errorf("element %+v, want a button with the job's id", e)
							continue
						}
						got = append(got, button.ActionID)
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("buttons (-want +got):\n%s", diff)
			}
			if len(got) > 5 {
				t.Errorf("%d buttons in a row", len(got))
			}
		})
	}
}

// TestUndoOffersNoChoices: what an undo does is decided by what the first job did.
func TestUndoOffersNoChoices(t *testing.T) {
	t.Parallel()
	b, catalogue := testBot(t, nil)
	v := undoView(jobs.StateAwaitingApproval)
	v.job.Fixes = mixedView(jobs.StateAwaitingApproval).job.Fixes
	raw, err := json.Marshal(b.draw(catalogue.For("en"), v).blocks)
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{ActionChooseMode, ActionChooseType, ActionFixColumns, ActionCreateGroups} {
		if strings.Contains(string(raw), action) {
			t.Errorf("the card of an undo offers %s", action)
		}
	}
	for _, words := range []string{ActionApprove, "asks to take back what job", "What stays as it is, and why", "“Sales”"} {
		if !strings.Contains(string(raw), words) {
			t.Errorf("the card of an undo lacks %q", words)
		}
	}
}

// TestUndoFiles: no result file of an undo invites to be posted back, and each row says why.
func TestUndoFiles(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	data := "Email,Department\na@example.com,Sales\nb@example.com,Sales\nc@example.com,Sales\nd@example.com,Sales\ne@example.com,Sales\n"
	r, err := roster.Read([]byte(data), roster.Options{Update: true, Required: []roster.Field{roster.Email}})
	if err != nil {
		t.Fatal(err)
	}
	j := jobs.Job{ID: "k7m2-9xqd", Kind: jobs.KindUndo, Of: otherJob}
	outcomes := []jobs.Outcome{jobs.OutcomeReversed, jobs.OutcomeKept, jobs.OutcomeIrreversible, jobs.OutcomeConflict, jobs.OutcomeUnprocessed}
	issues := [][]roster.Issue{
		{{Code: plan.CodeUndoPartly, Severity: roster.Note, Params: map[string]string{"fields": "job_title"}}},
		{{Code: plan.CodeUndoChanged, Severity: roster.Warning, Params: map[string]string{"fields": "department"}}},
		{{Code: plan.CodeUndoActivated, Severity: roster.Warning}},
		nil, nil,
	}
	var results []jobs.Result
	for i, o := range outcomes {
		res := jobs.Result{Row: r.Rows[i], Outcome: o, Issues: issues[i], Change: plan.Change{Line: i + 2, Action: plan.ActionUpdate}}
		if o == jobs.OutcomeConflict {
			res.State.Failure = &jobs.Failure{Step: jobs.StepCheck, Reason: jobs.FailureChanged, Message: "department"}
		}
		results = append(results, res)
	}
	for _, language := range []string{"en", "fr", "de", "es", "ja"} {
		p := catalogue.For(language)
		var names []string
		for _, f := range resultFiles(p, &j, r, results) {
			names = append(names, f.name)
			if !strings.Contains(f.comment, p.T("undo.file.do_not_post")) {
				t.Errorf("%s: the comment of %s does not say that it must not be posted: %q", language, f.name, f.comment)
			}
			last := f.records[0][len(f.records[0])-1]
			if (last == "") != (f.kind == "unprocessed") {
				t.Errorf("%s: %s says %q of its row", language, f.name, last)
			}
		}
		want := []string{"succeeded.csv", "undo-failed.csv", "undo-unprocessed.csv", "kept.csv", "irreversible.csv"}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
	}
	en := catalogue.For("en")
	if got := detail(en, &results[0], j.Kind); !strings.Contains(got, "stay as they are now: Job Title") {
		t.Errorf("what was left of a row that was taken back: %q", got)
	}
	if got := detail(en, &results[3], j.Kind); strings.Contains(got, "post the row") {
		t.Errorf("a conflict: %q", got)
	}
}

// TestDifference: the card says what is different in the new plan, without names where it must not, and the plan file says
// for each such row what was planned before.
func TestDifference(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	p := catalogue.For("en")
	got := differenceLines(p, view{difference: differing()})
	for _, words := range []string{
		"*18 rows are different now*",
		"*Line 3, ben@example.com*: before: Will be changed (Job Title: “Agent” → “Lead”) – now: Already there, nothing to change",
		"*Line 4, new@example.com*: before: Will be created (Licensed) – now: Will be changed (Department: “Sales” → “Support”)",
		"*Line 5, eve@example.com*: before: Not in the plan – now: Will be deactivated",
		"*Line 6, finn@example.com*: Will be changed; now also: joins “Sales &amp; Ops”",
		"*Line 7, gil@example.com*: Will be changed, with other values",
		"and 10 more rows in the plan file",
	} {
		if !strings.Contains(got, words) {
			t.Errorf("the difference lacks %q:\n%s", words, got)
		}
	}
	private := differenceLines(p, view{difference: differing(), private: true})
	for _, value := range []string{"example.com", "Sales", "Agent", "Support"} {
		if strings.Contains(private, value) {
			t.Errorf("a private difference shows %q:\n%s", value, private)
		}
	}
	if got := differenceLines(p, view{difference: &plan.Difference{}}); got != "" {
		t.Errorf("no difference: %q", got)
	}

	r, err := roster.Read([]byte("Email,Department\nann@example.com,Sales\nben@example.com,Sales\n"), roster.Options{Update: true, Required: []roster.Field{roster.Email}})
	if err != nil {
		t.Fatal(err)
	}
	results := []jobs.Result{
		{Row: r.Rows[0], Change: plan.Change{Line: 2, Key: "ann@example.com", Verdict: plan.VerdictUnchanged}},
		{Row: r.Rows[1], Change: plan.Change{Line: 3, Key: "ben@example.com", Verdict: plan.VerdictUnchanged}},
	}
	data, err := planFile(p, r, results, map[int]string{3: formerWords(p, &differing().Rows[1])})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if !strings.HasSuffix(strings.TrimSpace(lines[0]), p.T("control.diff.column")) || !strings.Contains(lines[2], "Will be changed (Job Title") ||
		strings.Contains(lines[1], "Will be") {
		t.Errorf("plan file:\n%s", data)
	}
}

// TestNotes: a list says of each job what its state does not.
func TestNotes(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	want := map[string]string{
		"approved_behind":  "waits for job `" + otherJob + "`",
		"approved_held":    "held by <@U0BEN000002>",
		"applying_pausing": "is being paused by <@U0BEN000002>",
		"applying_halting": "halted, too many rows failed",
		"paused_held":      "held by <@U0BEN000002>",
		"paused_halted":    "halted, too many rows failed",
		"paused_limit":     "goes on at <!date^",
		"undo_done":        "taken back 36, left 7, cannot be taken back 10, unchanged 4, failed 2, not processed 1",
	}
	for _, c := range controlViews() {
		words, ok := want[c.name]
		if !ok {
			continue
		}
		delete(want, c.name)
		line := jobLine(catalogue.For("en"), &c.view.job, nil, "")
		if !strings.Contains(line, words) {
			t.Errorf("%s: %q lacks %q", c.name, line, words)
		}
	}
	if len(want) > 0 {
		t.Errorf("no such cards: %v", want)
	}
}

// TestCardsInEveryLanguage: cards of jobs that rest or undo keep Slack's limits and lack no text in any language.
func TestCardsInEveryLanguage(t *testing.T) {
	t.Parallel()
	b, catalogue := testBot(t, nil)
	for _, language := range []string{"de", "es", "ja"} {
		for _, c := range controlViews() {
			t.Run(language+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				checkAnyLanguage(t, b, catalogue.For(language), c.view)
			})
		}
	}
}

func checkAnyLanguage(t *testing.T, b *Bot, p *text.Printer, v view) {
	t.Helper()
	drawn := b.draw(p, v)
	raw, err := json.Marshal(drawn.blocks)
	if err != nil {
		t.Fatal(err)
	}
	for _, missing := range []string{"[ui.", "[control.", "[undo.", "[limits.", "[reason.", "[issue.", "<no value>", "{{"} {
		if strings.Contains(string(raw)+drawn.text, missing) {
			t.Errorf("a text is missing: %s", missing)
		}
	}
	checkMarks(t, drawn.text)
}
