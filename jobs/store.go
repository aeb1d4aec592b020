package jobs

import (
	"context"
	"errors"
	"time"
)

// Errors of a store and of the service.
var (
	// ErrNotFound: no such job.
	ErrNotFound = errors.New("no such job")
	// ErrExists: a job with this id is already stored.
	ErrExists = errors.New("job exists")
	// ErrFenced: a newer worker has taken over; stop.
	ErrFenced = errors.New("a newer worker has taken over")
	// ErrLeased: another worker holds the lease.
	ErrLeased = errors.New("another worker holds the job")
)

// Blob names the large things that are stored beside a job.
type Blob string

// The blobs of a job.
const (
	// BlobFile is the file as it was handed in.
	BlobFile Blob = "file"
	// BlobPlan is the stored plan.
	BlobPlan Blob = "plan"
	// BlobReplaced is the plan that was shown before the stored one.
	BlobReplaced Blob = "replaced"
	// BlobExport is the file of an export.
	BlobExport Blob = "export"
)

// Lease is a worker's expiring claim on one job.
type Lease struct {
	JobID string
	// Token tells the holder apart; Fence grows with every lease of the job.
	Token string
	Fence int64
}

// Store keeps jobs. Every method is atomic for one job.
type Store interface {
	// Create stores a new job under its id; [ErrExists] if the id is taken.
	// The entries begin its audit log.
	Create(ctx context.Context, j Job, entries ...Entry) error
	// Get returns a job; [ErrNotFound].
	Get(ctx context.Context, id string) (Job, error)
	// Update compares and sets: change gets the stored job and edits it; it may be called again if somebody else was
	// faster. The entries that it returns are appended to the audit log together with the new record. When change
	// returns an error, nothing is stored and that error comes back.
	Update(ctx context.Context, id string, change func(*Job) ([]Entry, error)) (Job, error)
	// UpdateHeld is Update by a worker: [ErrFenced], and nothing stored, once its lease has passed to another.
	UpdateHeld(ctx context.Context, l Lease, change func(*Job) ([]Entry, error)) (Job, error)
	// List returns the newest jobs first, at most limit.
	List(ctx context.Context, limit int) ([]Job, error)
	// Open returns the jobs that have not ended, or whose end has not been announced.
	Open(ctx context.Context) ([]Job, error)
	// Audit returns the audit log of a job, oldest first.
	Audit(ctx context.Context, id string) ([]Entry, error)

	// PutBlob, PutBlobHeld and Blob store and return what is large. PutBlobHeld stores nothing and gives [ErrFenced] once
	// the lease has passed to another; Blob gives [ErrNotFound].
	PutBlob(ctx context.Context, id string, b Blob, data []byte) error
	PutBlobHeld(ctx context.Context, l Lease, b Blob, data []byte) error
	Blob(ctx context.Context, id string, b Blob) ([]byte, error)

	// Claim makes owner the holder of key unless somebody holds it, and returns who does. ttl 0 keeps it until released.
	Claim(ctx context.Context, key, owner string, ttl time.Duration) (holder string, err error)
	// Keep prolongs a claim of owner's to ttl from now, also one that ran out while nobody else took it; false when it is
	// another's by now.
	Keep(ctx context.Context, key, owner string, ttl time.Duration) (bool, error)
	// Release gives up a claim if owner holds it.
	Release(ctx context.Context, key, owner string) error

	// Lease takes the job's lease for ttl; [ErrLeased] while another holds it.
	Lease(ctx context.Context, id string, ttl time.Duration) (Lease, error)
	// Extend prolongs a lease, also one that ran out while nobody else took the job; [ErrFenced] when it is lost.
	Extend(ctx context.Context, l Lease, ttl time.Duration) error
	// Drop ends a lease early.
	Drop(ctx context.Context, l Lease) error
	// Leased reports whether somebody holds the job's lease.
	Leased(ctx context.Context, id string) (bool, error)

	// PutRows stores rows of the ledger under a lease; [ErrFenced] stores nothing.
	PutRows(ctx context.Context, l Lease, rows ...RowState) (Receipt, error)
	// Rows returns the ledger's rows by line.
	Rows(ctx context.Context, id string) (map[int]RowState, error)
	// Seq returns the number of the newest write to the ledger of a job; 0 when there was none.
	Seq(ctx context.Context, id string) (int64, error)
	// Epoch names the run of the server that holds a job. Within one run nothing is lost; a server that was started again,
	// or that took over from another, has another name and may lack the newest writes. Empty when that cannot be told.
	Epoch(ctx context.Context, id string) (string, error)

	// Engage makes a job the one that works on these people, given by key, or on none of them: then it returns which job
	// holds how many of them. Who is engaged already stays so.
	Engage(ctx context.Context, id string, people []string) (holder string, held int, err error)
	// Disengage lets other jobs work on these people of a job, on all of its people when none is named.
	Disengage(ctx context.Context, id string, people ...string) error
}

// Receipt is what the store says about a write to the ledger.
type Receipt struct {
	// Wish is what a person, by an Update of [Job.Stop] or [Job.Held], wants of the job.
	Wish Wish
	// Seq is the number of the write. It grows with each one; a number that was seen before, or one below the newest that
	// was there when the work began, says that the store has lost writes.
	Seq int64
}

// Wish is what a person wants of a job that is being worked on.
type Wish string

// The wishes.
const (
	WishNone Wish = ""
	// WishStop is that the job ends, WishRest that it rests.
	WishStop Wish = "stop"
	WishRest Wish = "rest"
)

// Wish is what a person wants of the job.
func (j *Job) Wish() Wish {
	switch {
	case j.Stop != nil:
		return WishStop
	case j.Held != nil:
		return WishRest
	}
	return WishNone
}

// Task is a kind of work on one job.
type Task string

// The kinds of task.
const (
	TaskPlan     Task = "plan"
	TaskApply    Task = "apply"
	TaskFinish   Task = "finish"
	TaskExport   Task = "export"
	TaskAnnounce Task = "announce"
)

// Queue distributes tasks among the processes that run the service. It may deliver a task more than once.
type Queue interface {
	Enqueue(ctx context.Context, t Task, jobID string, delay time.Duration) error
}
