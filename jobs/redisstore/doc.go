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
//	<prefix>:{<id>}:meta     hash    rev, write (token of the newest write), fence, owner (token of the newest lease), wish
//	                                 (what a person wants of the job), seq (number of the newest write to the ledger)
//	<prefix>:{<id>}:lease    string  token of the worker that holds the job, expiring
//	<prefix>:{<id>}:file     string  the file as it was handed in
//	<prefix>:{<id>}:plan     string  the plan
//	<prefix>:{<id>}:replaced string  the plan before
//	<prefix>:{<id>}:people   set     marks of the people that the job is working on
//	<prefix>:jobs            zset    job ids by time of creation (ms)
//	<prefix>:open            set     ids of jobs that have not ended or whose end has not been shown
//	<prefix>:claim:<key>     string  who holds a claim
//	<prefix>:engaged         hash    mark of a person -> job that is working on them
//
// The two indexes are written beside the job, not with it (they live in other slots). Each is written so that a crash in
// between leaves an entry too many, never one too few; readers drop what they find stale. An id without a job is dropped
// after an hour, since it may belong to a job that is just being stored.
//
// # Decisions
//
// Compare-and-set is by a revision in the meta hash, checked and raised in one script together with the record and its
// audit entries. Each write carries a token: the client repeats commands whose answer was lost, and a repetition must not
// look like somebody else's write. Scripts that write ledger rows, plans and a worker's changes of the job compare the token
// of its lease with that of the newest one: a number alone could be given out twice by a server that lost its last second.
// What a person wants of the job is a field of its own beside it, written by the same script, so that the script that writes
// rows can tell it without reading the job. The clock of Redis is not used, except through the expiry of keys.
//
// Where a server throws away the meta hash for want of memory, it is made again of the record; leases from before are lost.
//
// Writes to the ledger are numbered. A server that comes back without its newest writes gives out numbers that its clients
// have seen, and has another run id; see [jobs.Store] for what is made of that.
//
// People that a job works on are marked in one hash, by one script that takes all of them or none, so that two jobs with
// the same people never both begin. The marks are hashes of addresses.
//
// A claim without a time to live stays until it is released: whoever finds one whose job has ended takes it over.
//
// When a job ends, everything of it expires after the retention time.
package redisstore
