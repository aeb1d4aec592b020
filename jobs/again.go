package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// ErrNothing says that no row of the job is of the kind that is asked for.
var ErrNothing = errors.New("nothing to do")

// ErrNotAccepted says that nobody of those whose rows are left has accepted their invitation.
var ErrNotAccepted = errors.New("nobody has accepted yet")

// Retry makes a job from the rows of an ended job that failed, conflicted, lapsed or were not processed, with the cells of
// the original file; its requester and approvers may. sub gives Requester and Front; kind and settings are those of the
// job. created is false when there is such a job already that is not over. [ErrNothing]: every row went through;
// [ErrNotAccepted]: what is left are people who are still invited and whom nothing can be done for.
func (s *Service) Retry(ctx context.Context, id string, sub Submission) (j Job, created bool, err error) {
	of, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return Job{}, false, err
	}
	if err := s.mine(ctx, &of, sub.Requester); err != nil {
		return of, false, err
	}
	if (!of.State.Terminal() && of.State != StateFinishing) || of.StartedAt.IsZero() || of.Kind == KindExport || of.Kind == KindUndo {
		return of, false, &StateError{ID: id, From: of.State, To: StateReceived}
	}
	if before, open, err := s.openJob(ctx, of.RetriedBy); err != nil || open {
		return before, false, err
	}
	r, results, err := s.Results(ctx, id)
	if err != nil {
		return of, false, err
	}
	if sub.Data, err = rowsAgain(r, results); err != nil {
		return of, false, err
	}
	switch idle, err := s.stillInvited(ctx, results); {
	case err != nil:
		return of, false, err
	case idle:
		return of, false, ErrNotAccepted
	}
	sub.Kind, sub.Settings, sub.Revision, sub.DryRun = of.Kind, of.Settings, of.Revision, false
	if of.Kind == KindImport {
		// Some of them may have been added before they failed, and shall get the rest.
		sub.Kind = KindAuto
	}
	// The new file has a header and is no workbook.
	sub.Revision.Header, sub.Revision.Sheet = nil, ""
	sub.Source, sub.of = Source{Name: of.Source.Name}, id
	// Whoever asks, at once or again: it is one job until that is over.
	sub.Key = "retry:" + id + ":" + of.RetriedBy
	return s.submitAfter(ctx, of, sub, func(of *Job, id string) { of.RetriedBy = id })
}

// rowsAgain writes the rows that did not go through as a file, as they were.
func rowsAgain(r *roster.Roster, results []Result) ([]byte, error) {
	var rows [][]string
	for i := range results {
		if results[i].Change.Verdict == plan.VerdictInvalid {
			// As it is, the row can only be wrong again.
			continue
		}
		switch results[i].Outcome {
		case OutcomeFailed, OutcomeConflict, OutcomeIncomplete, OutcomeLapsed, OutcomeUnprocessed:
			rows = append(rows, results[i].Row.Cells)
		case OutcomeCreated, OutcomeUpdated, OutcomeDeactivated, OutcomeWithdrawn, OutcomeDeleted, OutcomeWaiting, OutcomeUnchanged,
			OutcomeSkipped, OutcomeReversed, OutcomeKept, OutcomeIrreversible:
		}
	}
	if len(rows) == 0 {
		return nil, ErrNothing
	}
	var buf bytes.Buffer
	if err := roster.Write(&buf, r.Header, rows, roster.WriteOptions{Delimiter: r.Delimiter}); err != nil {
		return nil, fmt.Errorf("write the rows again: %w", err)
	}
	return buf.Bytes(), nil
}

// stillInvited reports whether the rows that are left are all about people who have not accepted their invitation.
func (s *Service) stillInvited(ctx context.Context, results []Result) (bool, error) {
	left := make(map[string]bool)
	for i := range results {
		switch results[i].Outcome { //nolint:exhaustive // The others are not tried again.
		case OutcomeIncomplete:
			left[results[i].Change.Key] = true
		case OutcomeFailed, OutcomeConflict, OutcomeLapsed, OutcomeUnprocessed:
			if results[i].Change.Verdict != plan.VerdictInvalid {
				return false, nil
			}
		}
	}
	if len(left) == 0 {
		return false, nil
	}
	pending, err := listPending(ctx, s.o.Directory)
	if err != nil {
		return false, err
	}
	for key := range left {
		if !pending[key] {
			return false, nil
		}
	}
	return true, nil
}

// openJob returns a job that follows another, and whether it is not over yet.
func (s *Service) openJob(ctx context.Context, id string) (Job, bool, error) {
	if id == "" {
		return Job{}, false, nil
	}
	j, err := s.o.Store.Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Job{}, false, nil
	}
	return j, err == nil && !j.State.Terminal(), err
}

// submitAfter makes a job that follows another, which takes note of it.
func (s *Service) submitAfter(ctx context.Context, of Job, sub Submission, note func(of *Job, id string)) (Job, bool, error) {
	j, created, err := s.Submit(ctx, sub)
	if err != nil {
		return j, created, err
	}
	_, err = s.o.Store.Update(ctx, of.ID, func(of *Job) ([]Entry, error) {
		note(of, j.ID)
		of.Changed++
		return []Entry{{At: s.now(), Actor: sub.Requester, Event: "followed", Note: string(j.Kind) + " " + j.ID}}, nil
	})
	if err != nil {
		s.log.WarnContext(ctx, "job not noted in the one that it follows", "job_id", j.ID, "other_id", of.ID, "err", err)
		return j, created, nil
	}
	s.enqueue(ctx, TaskAnnounce, of.ID, 0)
	return j, created, nil
}
