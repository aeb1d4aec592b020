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
// Each has tests that try to break it. TestMutants (make mutants) takes the mechanisms away one by one and sees that they
// notice; TestCampaignShort in cmd/zoomusers (make campaign for long) breaks all of them at once, from outside, with processes and a server that are killed.
//
//  1. Killed anywhere, a job reaches an end by itself: TestKilledAnywhere, TestKilledAgainAndAgain,
//     TestKilledWhileChanging, TestLostTasks.
//  2. No row is lost: every scenario ends in a comparison of rows, counts and plan; TestCancel, TestPauseThenCancel, TestFatal,
//     TestCloseRows, TestPartGone.
//  3. Nobody is created or invited twice: TestUnknownOutcomes, TestTakenByOurselves, TestKilledAnywhere,
//     TestWorkerThatWakesUpLate, TestLeaseOver, TestResendLag, TestKilledAfterAWrite.
//  4. An approval is consumed once: TestRefusedDecisions, TestOneDecision, TestApproveAgainstCancel.
//  5. What was shown is what is done: TestDrift, TestOtherPlanIsNotApplied, TestExpiredApproval, TestChoose, TestConflict,
//     TestHandEditDuringPause, TestReusedAddress, TestOverlap.
//  6. Nobody is deleted on doubt, and nothing else than was approved: TestEraseChanged, TestEraseUnanswered,
//     TestKilledWhileRemoving, TestStoppedWhileRemoving.
//  7. Zoom's limits are kept: the package zoomapi; daily limits pause a job, which goes on by itself: TestDailyLimit.
//  8. A store that loses its newest records makes us read Zoom again, never write unread: TestStoreRolledBack,
//     TestNobodyRemembers, TestInvitationRecordLost, TestRowsGone.
//  9. What a job did can be taken back, as far as nobody changed it since: TestUndo, TestUndoImport, TestKilledWhileUndoing,
//     TestUndoLeavesWhatOthersDid.
//  10. A job that goes wrong stops: TestCanary, TestTooManyErrors, TestTouchesTooMany; and it rests when a person says so:
//     TestPause, TestNothingBeginsAfterAWish.
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
// happen. Otherwise the job waits for a new decision and shows what is different. That is why a plan that has expired can
// still be approved: what counts is not its age but that the account says the same.
//
// Writes to the ledger are numbered, so that a running job notices when the store has lost some, and writes them again from
// memory. When nobody remembers (the process was killed as well), the run of the store's server is not the one that the job
// noted, and the account is read: people whom the job was to add and who are there were added by it. Whoever was to be
// invited again is not: nobody can tell the old invitation from the new one.
//
// Two jobs never work on the same people at once. The later one waits, keeping its approval, and is compared with the account
// when its turn comes. A job that only waits for invited people holds up nobody.
//
// Guards pause a job and leave the decision to a person: resuming it waives what has failed so far.
//
// Undoing a job is a job: planned against the account as it is, shown, approved, recorded and reported like any other. Its
// file is that of the job that it takes back, so that rows keep their lines.
//
// Fatal errors (credentials, scopes) end a job as errored with the untouched rows reported as unprocessed: that file can be
// posted again once the reason is gone. A daily limit pauses the job, which goes on by itself.
//
// A licence that is used up holds back the rows that need it and no others; rows that give licences back come first. What is
// left waits in a paused job that tries again by itself for a day: licences are bought, or freed by hand.
//
// People who were there before are compared with the plan right before the first write in every attempt, so a job that
// rested for hours does not write over what somebody changed by hand; such a row ends as a conflict. Every call that changes
// somebody sets what it sets and may be repeated; only creations, new addresses and deletions need an intent before each call.
// What a person had before the first write is noted, so that what a killed attempt wrote and could not record is told from
// what somebody else did, in the report and when it is undone.
//
// Sending an invitation again and taking one back are rows of a roster that the service makes, so that they are shown,
// approved, recorded and reported like everything else.
//
// After an invitation was taken back, Zoom may show it for a while. Until it is gone, somebody who is found invited proves
// nothing about the new invitation.
package jobs
