// Package jobs takes one roster from the moment it is handed in to its report.
//
// A [Job] is one roster's life. [Service] is what fronts use: Submit, Approve, Reject, Cancel and the readers. Everything
// after Submit happens in tasks of a [Queue], so that a restart at any point goes on from the last record:
//
//	TaskPlan      fetch the file, read it, read the account, build the plan
//	TaskApply     carry out an approved plan, row by row
//	TaskFinish    look after people who were only invited and have accepted since
//	TaskExport    read the account and write it as a roster
//	TaskAnnounce  bring what people see in line with the job
//
// The queue is a messenger, never the truth: it may deliver a task twice, late, or lose it. The truth is in the [Store];
// [Service.Sweep] compares jobs that ought to be moving with what is going on and queues what is missing. A task that
// finds the job's lease taken, or nothing to do, ends without effect.
//
// # Ledger
//
// Before each call that creates somebody, the row's intent is stored; after it, the outcome. A row found with an intent
// and no outcome is settled by reading Zoom, never by a blind repeat. Writes to the ledger carry the fence of the lease
// under which they are made; the store refuses a fence that is no longer the newest, so a worker that was paused and woke
// up late cannot write.
//
// The same fence guards a worker's changes of the job. A person's changes carry none: they win by compare-and-set.
//
// # Promises
//
// Each has tests that try to break it:
//
//  1. Killed anywhere, a job reaches an end by itself: TestKilledAnywhere, TestKilledAgainAndAgain, TestLostTasks.
//  2. No row is lost: every scenario ends in a comparison of rows, counts and plan; TestCancel, TestFatal, TestCloseRows.
//  3. Nobody is created twice: TestUnknownOutcomes, TestTakenByOurselves, TestKilledAnywhere, TestWorkerThatWakesUpLate.
//  4. An approval is consumed once: TestRefusedDecisions, TestOneDecision, TestApproveAgainstCancel.
//  5. What was shown is what is done: TestDrift, TestOtherPlanIsNotApplied.
//  6. Nobody is deleted on doubt, and nothing else than was approved: TestEraseChanged, TestEraseUnanswered,
//     TestKilledWhileRemoving, TestStoppedWhileRemoving.
//  7. Daily limits pause a job, which goes on by itself: TestDailyLimit; the rate in use: BenchmarkApply.
//
// # States
//
// See [State]; the arrows between them are in one table, [State.CanBecome].
//
// # Decisions
//
// People are added, completed and put into groups in one flow, not phase after phase: every rate class is used all the time,
// and a job that ends early leaves few people half done. Whatever keeps further people from being added (a person's wish,
// seats, the limit of the day) still lets the rows in hand be completed.
//
// A failed attempt is tried again after a delay that is stored with the job, so that doubled tasks cannot use up the
// attempts; after progress, counting begins anew.
//
// The plan is made anew when an approved job starts: only if its digest is still the one that was approved does anything
// happen. Otherwise the job waits for a new decision and shows what is different.
//
// Fatal errors (credentials, scopes, no seats left) end a job as errored with the untouched rows reported as unprocessed:
// that file can be posted again once the reason is gone. A daily limit pauses the job, which goes on by itself.
package jobs
