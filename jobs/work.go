package jobs

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Work carries out one task. An error asks the queue to deliver the task again later.
func (s *Service) Work(ctx context.Context, t Task, id string) error {
	var err error
	// Jobs take turns at Zoom's limits.
	ctx = zoomapi.WithFlow(ctx, id)
	switch t {
	case TaskPlan:
		err = s.step(ctx, t, id, s.plan)
	case TaskApply:
		err = s.step(ctx, t, id, s.apply)
	case TaskFinish:
		err = s.step(ctx, t, id, s.finish)
	case TaskExport:
		err = s.step(ctx, t, id, s.export)
	case TaskAnnounce:
		err = s.announce(ctx, id)
	default:
		return fmt.Errorf("unknown task %q", t)
	}
	var wrongState *StateError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrLeased), errors.Is(err, ErrFenced), errors.Is(err, ErrNotFound), errors.As(err, &wrongState):
		// Somebody else does it, or has done it, or a person ended the job meanwhile.
		s.log.DebugContext(ctx, "task had nothing to do", "job_id", id, "task", string(t), "err", err)
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return err
}

// step works on a job under its lease and judges a failure under the same lease, so that nobody begins in between.
func (s *Service) step(ctx context.Context, t Task, id string, work func(context.Context, Lease, Job) error) error {
	return s.withLease(ctx, id, func(ctx context.Context, l Lease) error {
		j, err := s.o.Store.Get(ctx, id)
		if err != nil {
			return err
		}
		if s.now().Before(j.RetryAt) && j.Stop == nil {
			// A doubled or early task must not use up the attempts.
			return nil
		}
		err = work(ctx, l, j)
		if errors.Is(err, ErrNotFound) {
			return s.incomplete(context.WithoutCancel(ctx), l, err)
		}
		var wrongState *StateError
		switch {
		case err == nil, errors.Is(err, ErrFenced), errors.As(err, &wrongState):
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		return s.failed(context.WithoutCancel(ctx), t, l, err)
	})
}

// incomplete ends a job of which a part is not stored any more. A job that is gone itself needs no end.
func (s *Service) incomplete(ctx context.Context, l Lease, cause error) error {
	if _, err := s.o.Store.Get(ctx, l.JobID); err != nil {
		return errors.Join(cause, err)
	}
	s.log.ErrorContext(ctx, "a part of the job is not stored any more", "job_id", l.JobID, "err", cause)
	_, err := s.end(ctx, l, StateErrored, Reason{Code: ReasonIncomplete})
	return err
}

// maxAttempts is after how many failures in a row a job is given up: with the delays of retryDelay, after some minutes.
const maxAttempts = 10

// toldAttempts is from which failure in a row on people are told: one is often over before they could read it.
const toldAttempts = 2

// retryDelay is how long the n-th failure in a row delays the next attempt.
func retryDelay(n int) time.Duration {
	return min(time.Second<<min(n, 10), 2*time.Minute)
}

// progressError is a failure of an attempt that has got further than the one before, so that counting begins anew.
type progressError struct{ error }

// Unwrap returns the failure.
func (e *progressError) Unwrap() error { return e.error }

// failed judges a failure of a whole step: fatal ones end the job, others are tried again for a while.
func (s *Service) failed(ctx context.Context, t Task, l Lease, cause error) error {
	reason, fatal := fatalReason(cause)
	until, daily := pauseUntil(cause, s.now())
	j, err := s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
		if j.State.Terminal() {
			return nil, errSuperseded
		}
		if _, further := errors.AsType[*progressError](cause); further {
			j.Attempts = 0
		}
		if !daily {
			j.Attempts++
			until = s.now().Add(retryDelay(j.Attempts))
		}
		j.RetryAt = until
		if daily {
			j.Reason = Reason{Code: ReasonDailyLimit, Params: map[string]string{"until": until.Format(time.RFC3339)}}
			j.Changed++
		}
		if j.Attempts >= toldAttempts {
			j.Changed++
		}
		return nil, nil
	})
	if errors.Is(err, errSuperseded) {
		return nil
	}
	if err != nil {
		return errors.Join(cause, err)
	}
	if daily || (!fatal && j.Attempts < maxAttempts) {
		s.log.WarnContext(ctx, "task failed, will be tried again",
			"job_id", j.ID, "task", string(t), "attempt", j.Attempts, "until", until, "err", cause)
		s.enqueue(ctx, t, j.ID, until.Sub(s.now()))
		if daily || j.Attempts >= toldAttempts {
			s.enqueue(ctx, TaskAnnounce, j.ID, 0)
		}
		return nil
	}
	if reason.Code == "" {
		reason = lastReason(cause)
	}
	s.log.ErrorContext(ctx, "job step given up", "job_id", j.ID, "task", string(t), "reason", string(reason.Code), "err", cause)
	if j.State == StateFinishing && j.Stop == nil {
		// What was applied stays applied; invited people are looked at again at the usual interval.
		return s.rest(ctx, l, nil)
	}
	if _, err := s.end(ctx, l, StateErrored, reason); err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// end moves a job to a terminal state with a reason. Rows that were begun get their final outcome and all are counted.
func (s *Service) end(ctx context.Context, l Lease, to State, reason Reason) (Job, error) {
	j, err := s.o.Store.Get(ctx, l.JobID)
	if err != nil {
		return Job{}, err
	}
	var counts Counts
	if !j.StartedAt.IsZero() {
		counts, err = s.closeRows(ctx, l)
		if errors.Is(err, ErrNotFound) {
			// Without its plan nobody can tell more than was counted last.
			counts, err = j.Counts, nil
		}
		if err != nil {
			return Job{}, err
		}
	}
	t := transition{to: to, note: string(reason.Code), lease: &l, edit: func(j *Job) {
		j.Reason = reason
		if !j.StartedAt.IsZero() {
			j.Counts = counts
		}
	}}
	if to == StateCanceled && j.Stop != nil {
		t.actor = j.Stop.Actor
	}
	return s.move(ctx, j.ID, t)
}

// closeRows gives every row that was begun its final outcome, and counts.
func (s *Service) closeRows(ctx context.Context, l Lease) (Counts, error) {
	p, err := s.Plan(ctx, l.JobID)
	if err != nil {
		return Counts{}, err
	}
	rows, err := s.o.Store.Rows(ctx, l.JobID)
	if err != nil {
		return Counts{}, err
	}
	var changed []RowState
	for i := range p.Changes {
		rs, begun := rows[p.Changes[i].Line]
		if begun && rs.closeAt(&p.Changes[i], s.now()) {
			rows[rs.Line] = rs
			changed = append(changed, rs)
		}
	}
	for chunk := range slices.Chunk(changed, ledgerChunk) {
		if _, err := s.o.Store.PutRows(ctx, l, chunk...); err != nil {
			return Counts{}, err
		}
	}
	return tally(p, rows), nil
}

// plan takes a job from received to its dry run.
func (s *Service) plan(ctx context.Context, l Lease, j Job) error {
	switch j.State {
	case StateReceived, StateReading, StatePlanning:
	default:
		return &StateError{ID: j.ID, From: j.State, To: StatePlanning}
	}
	var err error
	if j.State == StateReceived {
		if j, err = s.move(ctx, j.ID, transition{to: StateReading, lease: &l}); err != nil {
			return err
		}
	}
	data, err := s.file(ctx, j)
	if err == nil {
		j, err = s.claimContent(ctx, l, j, data)
	}
	var r *roster.Roster
	if err == nil && !j.State.Terminal() {
		r, err = roster.Read(data, s.readOptions(&j))
	}
	var refused *roster.RefusedError
	switch {
	case errors.As(err, &refused):
		return s.refuse(ctx, l, refused)
	case err != nil || j.State.Terminal():
		return err
	}
	if j.State == StateReading {
		if j, err = s.move(ctx, j.ID, transition{to: StatePlanning, lease: &l}); err != nil {
			return err
		}
	}
	p, err := s.build(ctx, r, &j)
	if errors.As(err, &refused) {
		return s.refuse(ctx, l, refused)
	}
	if err != nil {
		return err
	}
	return s.propose(ctx, l, j, r, p)
}

// refuse ends a job whose file cannot be used, and keeps what would mend it.
func (s *Service) refuse(ctx context.Context, l Lease, refused *roster.RefusedError) error {
	if _, err := s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
		j.Fixes = fixesOf(refused.Issues)
		return nil, nil
	}); err != nil {
		return err
	}
	_, err := s.end(ctx, l, StateInvalid, Reason{Code: ReasonCode(refused.Code), Params: refused.Params})
	return err
}

// build reads the account and makes the plan.
func (s *Service) build(ctx context.Context, r *roster.Roster, j *Job) (*plan.Plan, error) {
	set := j.Settings
	o := plan.Options{
		AccountID: s.o.AccountID, Mode: j.Kind.Mode(), UserType: set.UserType, LargeMeeting: set.LargeMeeting, Webinar: set.Webinar,
		CreateAction: set.CreateAction, Tier: s.o.Tier, Share: s.o.Share, GroupNames: j.Revision.Groups,
		CreateGroups: j.Revision.CreateGroups, AllowDelete: s.o.AllowDelete, AllowAdmins: s.o.Guards.AllowAdmins, MadeAt: s.now(),
		InvitedToday: s.invitedToday(ctx),
	}
	if j.Kind == KindUndo {
		return s.buildUndo(ctx, j, o)
	}
	a, err := readAccount(ctx, s.o.Directory, r, j.Kind.Mode(), s.o.InFlight)
	if err != nil {
		return nil, fmt.Errorf("read the account: %w", err)
	}
	return plan.Build(r, a, o), nil
}

// propose stores a plan and moves the job to where people can see and decide about it.
func (s *Service) propose(ctx context.Context, l Lease, j Job, r *roster.Roster, p *plan.Plan) error {
	store := s.putPlan
	if j.Replaced != nil {
		store = func(ctx context.Context, l Lease, p *plan.Plan) error { return s.replacePlan(ctx, l, j, p) }
	}
	if err := store(ctx, l, p); err != nil {
		return err
	}
	to, reason := StateAwaitingApproval, Reason{}
	large, tooLarge := s.o.Guards.tooLarge(p)
	switch {
	case !p.Writes():
		to = StateNoChanges
		switch {
		case p.Undoes != "":
			reason = Reason{Code: ReasonNothingToUndo, Params: map[string]string{"job": p.Undoes}}
		case p.Counts.Invalid > 0:
			reason = Reason{Code: ReasonNobodyToAdd}
		}
	case tooLarge && !j.DryRun:
		to, reason = StateInvalid, large
	case j.DryRun:
		to = StatePlanned
	}
	_, err := s.move(ctx, j.ID, transition{to: to, note: p.Digest, lease: &l, edit: func(j *Job) {
		j.Plan, j.Reason, j.Fixes = summarize(r, p), reason, fixesOf(p.Issues)
		j.ExpiresAt = s.now().Add(s.o.Expires)
		if j.Replaced != nil && j.Replaced.Digest == p.Digest {
			j.Replaced = nil
		}
	}})
	return err
}

func (s *Service) putPlan(ctx context.Context, l Lease, p *plan.Plan) error {
	raw, err := encodePlan(p)
	if err != nil {
		return err
	}
	if err := s.o.Store.PutBlobHeld(ctx, l, BlobPlan, raw); err != nil {
		return fmt.Errorf("store plan: %w", err)
	}
	return nil
}

func summarize(r *roster.Roster, p *plan.Plan) *PlanSummary {
	sum := &PlanSummary{
		Digest: p.Digest, MadeAt: p.MadeAt, Counts: p.Counts, Seats: p.Seats, Cost: p.Cost, NewGroups: p.NewGroups,
		Tidied: r.Changed, Correctable: len(roster.FixesOf(p.Issues)),
	}
	for _, f := range r.Positional {
		sum.Header = append(sum.Header, roster.HeaderName(f, ""))
	}
	for _, is := range p.Issues {
		switch is.Severity {
		case roster.Error:
			sum.Errors++
		case roster.Warning:
			sum.Warnings++
		case roster.Note:
		}
	}
	return sum
}

// file returns the bytes of a job's file, fetching them once.
func (s *Service) file(ctx context.Context, j Job) ([]byte, error) {
	data, err := s.o.Store.Blob(ctx, j.ID, BlobFile)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return data, err
	}
	data, err = s.o.Front.Fetch(ctx, j)
	if _, refused := errors.AsType[*roster.RefusedError](err); refused {
		return nil, err
	}
	if err != nil {
		return nil, &FetchError{Err: err}
	}
	if err := s.o.Store.PutBlob(ctx, j.ID, BlobFile, data); err != nil {
		return nil, fmt.Errorf("store file: %w", err)
	}
	return data, nil
}

// encodePlan and decodePlan are the stored form: JSON, compressed, since a plan repeats itself a lot.
func encodePlan(p *plan.Plan) ([]byte, error) {
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	if err := errors.Join(json.NewEncoder(zw).Encode(p), zw.Close()); err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return buf.Bytes(), nil
}

func decodePlan(data []byte) (*plan.Plan, error) {
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("decode plan: %w", err)
	}
	raw, err := io.ReadAll(zr)
	if err != nil {
		return nil, fmt.Errorf("decode plan: %w", err)
	}
	var p plan.Plan
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("decode plan: %w", err)
	}
	if p.Version < oldestPlan || p.Version > plan.Version {
		return nil, fmt.Errorf("decode plan: layout %d, want %d to %d", p.Version, oldestPlan, plan.Version)
	}
	return &p, nil
}

// oldestPlan is the oldest layout that can still be read: later ones only added to it. Its digests are others, so that an
// approval of such a plan asks again.
const oldestPlan = 2
