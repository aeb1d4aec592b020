// Package redisstore keeps jobs in Redis and distributes their tasks through asynq. It is the one store of the product:
// the same code runs on a single server, Sentinel, a cluster, and on the embedded server of the demo.
//
// # Keys
//
// All keys begin with a prefix. What belongs to one job carries the job's id in braces, so that a cluster keeps it in one
// slot and one script can touch all of it.
//
//	<prefix>:{<id>}:job      string  the job as JSON
//	<prefix>:{<id>}:audit    list    audit entries as JSON, oldest first
//	<prefix>:{<id>}:rows     hash    line -> ledger row as JSON
//	<prefix>:{<id>}:meta     hash    rev, write (token of the newest write), fence, stop
//	<prefix>:{<id>}:lease    string  token of the worker that holds the job, expiring
//	<prefix>:{<id>}:file     string  the file as it was handed in
//	<prefix>:{<id>}:plan     string  the plan
//	<prefix>:jobs            zset    job ids by time of creation (ms)
//	<prefix>:open            set     ids of jobs that have not ended or whose end has not been shown
//	<prefix>:claim:<key>     string  who holds a claim
//
// The two indexes are written beside the job, not with it (they live in other slots). Each is written so that a crash in
// between leaves an entry too many, never one too few; readers drop what they find stale. An id without a job is dropped
// after an hour, since it may belong to a job that is just being stored.
//
// # Decisions
//
// Compare-and-set is by a revision in the meta hash, checked and raised in one script together with the record and its
// audit entries. Each write carries a token: the client repeats commands whose answer was lost, and a repetition must not
// look like somebody else's write. Fences are checked in the scripts that write ledger rows and a worker's changes of the
// job. The wish to stop is a field of its own beside the job, written by the same script, so that the script that writes
// rows can tell it without reading the job. The clock of Redis is not used, except through the expiry of keys.
//
// A claim without a time to live stays until it is released: whoever finds one whose job has ended takes it over.
//
// When a job ends, everything of it expires after the retention time.
package redisstore
