package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Undo makes a job that takes back what another did: previewed, approved and reported like any. The requester of the other
// job and approvers may, once it has ended or only waits for invited people. created is false when there is such a job
// already that is not over; of sub, Requester and Front count. [ErrNothing]: the job did nothing.
func (s *Service) Undo(ctx context.Context, id string, sub Submission) (j Job, created bool, err error) {
	of, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return Job{}, false, err
	}
	if err := s.mine(ctx, &of, sub.Requester); err != nil {
		return of, false, err
	}
	ended := of.State.Terminal() || of.State == StateFinishing
	if !ended || of.Kind == KindExport {
		return of, false, &StateError{ID: id, From: of.State, To: StateReceived}
	}
	if of.StartedAt.IsZero() {
		return of, false, ErrNothing
	}
	if before, open, err := s.openJob(ctx, of.UndoneBy); err != nil || open {
		return before, false, err
	}
	_, done, err := s.done(ctx, id)
	if err != nil {
		return of, false, err
	}
	if !slices.ContainsFunc(done, didSomething) {
		return of, false, ErrNothing
	}
	if sub.Data, err = s.o.Store.Blob(ctx, id, BlobFile); err != nil {
		return of, false, fmt.Errorf("get file of job: %w", err)
	}
	sub.Kind, sub.Settings, sub.Revision, sub.DryRun = KindUndo, of.Settings, of.Revision, false
	sub.Source, sub.of, sub.ofKind = Source{Name: of.Source.Name}, id, of.Kind
	sub.Key = "undo:" + id + ":" + of.UndoneBy
	if of.Kind == KindUndo {
		sub.ofKind = of.OfKind
	}
	return s.submitAfter(ctx, of, sub, func(of *Job, id string) { of.UndoneBy = id })
}

// isUndone reports whether another job has begun to take back what a job did.
func (s *Service) isUndone(ctx context.Context, j Job) (bool, error) {
	if j.UndoneBy == "" {
		return false, nil
	}
	by, err := s.o.Store.Get(ctx, j.UndoneBy)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && !by.StartedAt.IsZero(), err
}

func didSomething(d plan.Done) bool {
	return d.Created || d.Status || d.Removed || d.Withdrawn || len(d.Fields)+len(d.Joined)+len(d.Left) > 0
}

// buildUndo makes the plan that takes back what another job did.
func (s *Service) buildUndo(ctx context.Context, j *Job, o plan.Options) (*plan.Plan, error) {
	of, done, err := s.done(ctx, j.Of)
	if errors.Is(err, ErrNotFound) {
		return nil, &roster.RefusedError{Code: roster.Code(ReasonNothingToUndo), Params: map[string]string{"job": j.Of}}
	}
	if err != nil {
		return nil, err
	}
	a, err := readAccount(ctx, s.o.Directory, plan.UndoRoster(done), plan.ModeUpdate, s.o.InFlight)
	if err != nil {
		return nil, fmt.Errorf("read the account: %w", err)
	}
	a.Recall(of)
	return plan.Undo(j.Of, done, a, o), nil
}

// done tells what a job did, row by row, and gives its plan.
func (s *Service) done(ctx context.Context, id string) (*plan.Plan, []plan.Done, error) {
	p, err := s.Plan(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.o.Store.Rows(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	done := make([]plan.Done, 0, len(p.Changes))
	for i := range p.Changes {
		c := &p.Changes[i]
		done = append(done, doneTo(c, rows[c.Line]))
	}
	return p, done, nil
}

// doneTo tells what was done to the person of a row.
func doneTo(c *plan.Change, rs RowState) plan.Done {
	d := plan.Done{
		// An invitation that lapsed is over; one that is there now is another job's.
		Change: *c, UserID: orDefault(rs.UserID, c.UserID),
		Created:   rs.Created && c.Action == plan.ActionCreate && rs.Outcome != OutcomeLapsed,
		Withdrawn: rs.Withdrawn && c.Action == plan.ActionWithdraw, Removed: rs.Outcome == OutcomeDeleted,
	}
	switch c.Action {
	case plan.ActionDeactivate:
		d.Status = rs.Status && rs.Outcome == OutcomeDeactivated
		return d
	case plan.ActionActivate:
		d.Status = rs.Status && !slices.Contains(rs.Found, string(StepStatus))
	case plan.ActionUpdate, plan.ActionCreate, plan.ActionResend:
	case plan.ActionNone, plan.ActionWithdraw, plan.ActionDelete, plan.ActionUnlink:
		return d
	}
	if !rs.Wrote && (!rs.Created || rs.Outcome == OutcomeLapsed) {
		return d
	}
	// What somebody else did is not the job's to take back.
	missing := append(outstanding(c, rs), rs.Found...)
	for _, f := range c.Fields {
		if !slices.Contains(missing, string(f.Field)) {
			d.Fields = append(d.Fields, f.Field)
		}
	}
	for _, g := range c.Groups {
		if slices.Contains(rs.Joined, g.ID) && !slices.Contains(rs.Found, g.ID) {
			d.Joined = append(d.Joined, g)
		}
	}
	for _, g := range c.Leaves {
		if slices.Contains(rs.Left, g.ID) && !slices.Contains(rs.Found, leavePrefix+g.ID) {
			d.Left = append(d.Left, g)
		}
	}
	return d
}
