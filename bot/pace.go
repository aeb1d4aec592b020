package bot

import (
	"context"
	"sync"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
)

// editPace keeps edits of one card apart, within the process: Slack allows 50 edits a minute for all jobs together, and
// nobody reads faster.
type editPace struct {
	every time.Duration

	mu       sync.Mutex
	last     map[string]time.Time     // by job
	progress map[string]jobs.Progress // of jobs that this process applies
}

// wait returns when the card of a job may be edited, and whether that took any time; an error when ctx ended first.
func (e *editPace) wait(ctx context.Context, jobID string) (waited bool, err error) {
	e.mu.Lock()
	left := e.every - time.Since(e.last[jobID])
	e.mu.Unlock()
	if left <= 0 {
		return false, nil
	}
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case <-t.C:
		return true, nil
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
}

// edited notes that the card of a job was edited, and forgets cards that may be edited again.
func (e *editPace) edited(jobID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last == nil {
		e.last = make(map[string]time.Time)
	}
	for id, at := range e.last {
		if time.Since(at) > e.every {
			delete(e.last, id)
		}
	}
	e.last[jobID] = time.Now()
}

// keep remembers how far a running job is, so that every drawing of its card shows it.
func (e *editPace) keep(jobID string, p jobs.Progress) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.progress == nil {
		e.progress = make(map[string]jobs.Progress)
	}
	e.progress[jobID] = p
}

// of returns how far a job is, nil when that is not known here. Jobs that do not run are forgotten.
func (e *editPace) of(j *jobs.Job) *jobs.Progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !inProgress(j) {
		delete(e.progress, j.ID)
		return nil
	}
	p, ok := e.progress[j.ID]
	if !ok {
		return nil
	}
	return &p
}
