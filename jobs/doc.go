// Package jobs takes one roster from the moment it is handed in to its report.
//
// A [Job] is one roster's life. [Service] is what fronts use: Submit, Approve, Reject, Cancel and the readers. Everything
// after Submit happens in tasks of a [Queue], so that a restart at any point goes on from the last record:
//
//	TaskPlan      fetch the file, read it, read the account, build the plan
//	TaskApply     carry out an approved plan, row by row
//	TaskFinish    look after people who were only invited and have accepted since
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
// # States
//
// See [State]; the arrows between them are in one table, [State.CanBecome].
//
// # Decisions
//
// The plan is made anew when an approved job starts: only if its digest is still the one that was approved does anything
// happen. Otherwise the job waits for a new decision and shows what is different.
//
// Fatal errors (credentials, scopes, no seats left) end a job as errored with the untouched rows reported as unprocessed:
// that file can be posted again once the reason is gone. A daily limit pauses the job, which goes on by itself.
package jobs
