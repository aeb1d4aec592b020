package jobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mutant is a mechanism taken away, and the tests that have to notice. The tagged test of this package runs them: make
// mutants.
type mutant struct {
	name string
	// file is relative to the root of the module; old, which is in it once, is replaced.
	file, old, by string
	// pkg and run are the tests that fail then.
	pkg, run string
}

func mutants() []mutant {
	return []mutant{
		{
			name: "no intent before somebody is created", file: "jobs/create.go", pkg: "./jobs", run: "TestKilledAnywhere|TestUnknownOutcomes",
			old: "rs.Intent = StepCreate\n\t\tif err := e.put(ctx, rs); err != nil {", by: "if err := error(nil); err != nil {",
		},
		{
			name: "an unknown outcome is not settled by reading", file: "jobs/create.go", pkg: "./jobs", run: "TestUnknownOutcomes|TestKilledAnywhere",
			old: "settled, err := e.settle(ctx, c, rs)\n\t\t\tif err != nil || settled {\n\t\t\t\treturn err\n\t\t\t}\n\t\t}\n\t\tswitch {",
			by:  "}\n\t\tswitch {",
		},
		{
			name: "no fence around the ledger", file: "jobs/redisstore/scripts.go", pkg: "./jobs", run: "TestStore",
			old: `if redis.call("HGET", KEYS[2], "owner") ~= ARGV[1] then return {0, ""} end`, by: "",
		},
		{
			name: "no fence around a worker's changes of the job", file: "jobs/redisstore/scripts.go", pkg: "./jobs", run: "TestStore",
			old: `if ARGV[5] ~= "" and redis.call("HGET", KEYS[2], "owner") ~= ARGV[5] then return -2 end`, by: "",
		},
		{
			name: "no fence around the plan", file: "jobs/redisstore/scripts.go", pkg: "./jobs", run: "TestStore",
			old: `if redis.call("HGET", KEYS[2], "owner") ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2])`, by: `redis.call("SET", KEYS[1], ARGV[2])`,
		},
		{
			name: "the digest is not compared when the job begins", file: "jobs/apply.go", pkg: "./jobs", run: "TestDrift|TestExpiredApproval",
			old: "if p.Digest == j.Decision.Digest {", by: "if p.Digest != \"\" {",
		},
		{
			name: "the digest is not compared with the click", file: "jobs/decide.go", pkg: "./jobs", run: "TestRefusedDecisions",
			old: "case j.Plan == nil || j.Plan.Digest != digest:", by: "case j.Plan == nil:",
		},
		{
			name: "a stored plan is not compared with the decision", file: "jobs/apply.go", pkg: "./jobs", run: "TestOtherPlanIsNotApplied",
			old: "if j.Decision == nil || p.Digest != j.Decision.Digest {", by: "if j.Decision == nil {",
		},
		{
			name: "an approval can be used again", file: "jobs/decide.go", pkg: "./jobs", run: "TestOneDecision|TestApproveAgainstCancel|TestRefusedDecisions",
			old: "check: func(j *Job) error { return s.decidable(j, d.Digest, d.Verdict) },", by: "",
		},
		{
			name: "old values are not compared", file: "jobs/change.go", pkg: "./jobs", run: "TestConflict|TestHandEditDuringPause",
			old: "case !f.Unread && !plan.Same(f.Field, now, f.Old):", by: "case false:",
		},
		{
			name: "lost tasks are not looked for", file: "jobs/sweep.go", pkg: "./jobs", run: "TestLostTasks|TestKilledAnywhere",
			old: "s.enqueue(ctx, t, j.ID, 0)\n\treturn nil", by: "return nil",
		},
		{
			name: "the account is not read after the store lost records", file: "jobs/apply.go", pkg: "./jobs", run: "TestNobodyRemembers|TestInvitationRecordLost",
			old: "if err := e.recall(ctx); err != nil {", by: "if err := error(nil); err != nil {",
		},
		{
			name: "lost records are not noticed", file: "jobs/memory.go", pkg: "./jobs", run: "TestStoreRolledBack",
			old: "m.top, m.gaps, m.wasLost = seq, nil, true\n\treturn true", by: "return false",
		},
		{
			name: "lost records at the end are not noticed", file: "jobs/memory.go", pkg: "./jobs", run: "TestStoreRolledBack",
			old: "whole := !e.memory.wasLost && seq >= e.memory.top", by: "whole := seq >= 0",
		},
		{
			name: "two jobs work on the same people", file: "jobs/overlap.go", pkg: "./jobs", run: "TestOverlap",
			old: "holder, held, err = s.o.Store.Engage(ctx, id, people)", by: `holder, held, err = "", 0, error(nil)`,
		},
		{
			name: "a running job is not told to rest", file: "jobs/engine.go", pkg: "./jobs", run: "TestPause",
			old: "case WishRest:\n\t\te.halt(errHeld)\n\tcase WishNone:\n\t}\n\tif alarm", by: "case WishRest, WishNone:\n\t}\n\tif alarm",
		},
		{
			name: "rows that wait for their turn begin after a halt", file: "jobs/engine.go", pkg: "./jobs", run: "TestNothingBeginsAfterAWish",
			old: "e.whyHalted() == nil || rs.Created || rs.Wrote || rs.Withdrawn {", by: "e != nil || rs.Created {",
		},
		{
			name: "what a killed attempt wrote is taken for somebody else's", file: "jobs/change.go", pkg: "./jobs", run: "TestKilledAfterAWrite",
			old: "rs.Wrote = rs.Wrote || slices.ContainsFunc(found, ours)", by: "rs.Wrote = rs.Wrote && slices.ContainsFunc(found, ours)",
		},
		{
			name: "what somebody else did is undone", file: "jobs/undo.go", pkg: "./jobs", run: "TestUndoLeavesWhatOthersDid",
			old: "missing := append(outstanding(c, rs), rs.Found...)", by: "missing := outstanding(c, rs)",
		},
		{
			name: "a lease that is over keeps nothing from being sent", file: "jobs/lease.go", pkg: "./jobs", run: "TestLeaseOver",
			old: "if held.over(s.o.LeaseTTL) {\n\t\t\treturn ErrFenced", by: "if held.over(s.o.LeaseTTL) && s == nil {\n\t\t\treturn ErrFenced",
		},
		{
			name: "no canary", file: "jobs/guard.go", pkg: "./jobs", run: "TestCanary",
			old: "if float64(failed) >= e.guard.share*float64(n) {", by: "if failed < 0 {",
		},
		{
			name: "errors do not stop a job", file: "jobs/guard.go", pkg: "./jobs", run: "TestTooManyErrors",
			old: "g.failed < leastFailures", by: "g.failed >= 0",
		},
		{
			name: "a job that is opened meanwhile is not looked after", file: "jobs/redisstore/index.go", pkg: "./jobs/redisstore",
			run: "TestReopenedMeanwhile",
			old: "if now, err := s.Get(ctx, j.ID); err == nil && !closed(&now) {\n\t\treturn s.reopen(ctx, j.ID)\n\t}", by: "",
		},
		{
			name: "a job whose fence was thrown away is lost", file: "jobs/redisstore/scripts.go", pkg: "./jobs/redisstore", run: "TestMetaGone",
			old: "if not raw then return nil end", by: "do return nil end",
		},
		{
			name: "people are told again", file: "bot/notice.go", pkg: "./bot", run: "TestNotice",
			old: "return ok && (id == n.id ||", by: "return ok && (id == \"\" ||",
		},
		{
			name: "invitations that never left stay counted", file: "zoomapi/count.go", pkg: "./zoomapi", run: "TestPlaceOfWhoLeft",
			old: "return l.meter.Refund(ctx, l.spec)", by: "return nil",
		},
	}
}

// TestMutantsFit: what the mutants replace is there, so that the list does not rot between two runs.
func TestMutantsFit(t *testing.T) {
	t.Parallel()
	for _, m := range mutants() {
		source, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(m.file)))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), m.old); n != 1 {
			t.Errorf("%s: what it replaces is %d times in %s", m.name, n, m.file)
		}
	}
}
