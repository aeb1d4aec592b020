package jobs

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Work carries out one task. An error asks the queue to deliver the task again later.
func (s *Service) Work(ctx context.Context, t Task, id string) error {
	var err error
	switch t {
	case TaskPlan:
		err = s.withLease(ctx, id, s.plan)
	case TaskApply:
		err = s.withLease(ctx, id, s.apply)
	case TaskFinish:
		err = s.withLease(ctx, id, s.finish)
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
	if t == TaskAnnounce {
		return err
	}
	return s.failed(context.WithoutCancel(ctx), t, id, err)
}

// maxAttempts is after how many failures in a row a job is given up: with the delays of retryDelay, after some minutes.
const maxAttempts = 10

// retryDelay is how long the n-th failure in a row delays the next attempt.
func retryDelay(n int) time.Duration {
	return min(time.Second<<min(n, 10), 2*time.Minute)
}

// failed judges a failure of a whole step: fatal ones end the job, others are tried again for a while.
func (s *Service) failed(ctx context.Context, t Task, id string, cause error) error {
	reason, fatal := fatalReason(cause)
	until, daily := pauseUntil(cause, s.now())
	j, err := s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
		if j.State.Terminal() {
			return nil, errSuperseded
		}
		if !daily {
			j.Attempts++
			until = s.now().Add(retryDelay(j.Attempts))
		}
		j.RetryAt = until
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
			"job_id", id, "task", string(t), "attempt", j.Attempts, "until", until, "err", cause)
		s.enqueue(ctx, t, id, until.Sub(s.now()))
		return nil
	}
	if reason.Code == "" {
		reason = lastReason(cause)
	}
	s.log.ErrorContext(ctx, "job step given up", "job_id", id, "task", string(t), "reason", string(reason.Code), "err", cause)
	if j.State == StateFinishing {
		// What was applied stays applied; invited people are looked at again at the usual interval.
		return s.rest(ctx, id, nil)
	}
	if _, err := s.end(ctx, id, StateErrored, reason); err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// end moves a job to a terminal state with a reason and counts what became of its rows.
func (s *Service) end(ctx context.Context, id string, to State, reason Reason) (Job, error) {
	counts, counted := s.count(ctx, id)
	return s.move(ctx, id, to, Actor{}, string(reason.Code), func(j *Job) error {
		j.Reason = reason
		if counted && !j.StartedAt.IsZero() {
			j.Counts = counts
		}
		return nil
	})
}

// count tallies the rows of a job; false when it has no plan yet.
func (s *Service) count(ctx context.Context, id string) (Counts, bool) {
	p, err := s.Plan(ctx, id)
	if err != nil {
		return Counts{}, false
	}
	rows, err := s.o.Store.Rows(ctx, id)
	if err != nil {
		return Counts{}, false
	}
	return tally(p, rows), true
}

// fatalReason says whether no repetition and no other row can help.
func fatalReason(err error) (Reason, bool) {
	seats := errors.Is(err, zoomapi.ErrNoSeats)
	if !seats && zoomapi.ClassOf(err) != zoomapi.Fatal {
		return Reason{}, false
	}
	detail := map[string]string{"detail": zoomDetail(err)}
	switch {
	case seats:
		return Reason{Code: ReasonSeats, Params: detail}, true
	case errors.Is(err, zoomapi.ErrScope):
		var ze *zoomapi.Error
		if errors.As(err, &ze) && len(ze.Scopes) > 0 {
			detail = map[string]string{"scopes": strings.Join(ze.Scopes, ", ")}
		}
		return Reason{Code: ReasonScope, Params: detail}, true
	case errors.Is(err, zoomapi.ErrAuth):
		return Reason{Code: ReasonCredentials, Params: detail}, true
	}
	return Reason{Code: ReasonForbidden, Params: detail}, true
}

// lastReason is the reason of a job that was given up after many attempts.
func lastReason(err error) Reason {
	var ze *zoomapi.Error
	if errors.As(err, &ze) || errors.Is(err, zoomapi.ErrUnknownOutcome) {
		return Reason{Code: ReasonZoomUnavailable, Params: map[string]string{"detail": zoomDetail(err)}}
	}
	var fe *FetchError
	if errors.As(err, &fe) {
		return Reason{Code: ReasonFileGone, Params: map[string]string{"detail": fe.Error()}}
	}
	return Reason{Code: ReasonInternal}
}

// FetchError says that the front could not get the file.
type FetchError struct{ Err error }

// Error implements error.
func (e *FetchError) Error() string { return "fetch file: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FetchError) Unwrap() error { return e.Err }

// pauseUntil returns until when Zoom refuses because a limit of the day is used up.
func pauseUntil(err error, now time.Time) (time.Time, bool) {
	if !errors.Is(err, zoomapi.ErrDailyLimit) {
		return time.Time{}, false
	}
	until := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	var ze *zoomapi.Error
	if errors.As(err, &ze) && ze.RetryAfter.After(now) {
		until = ze.RetryAfter.UTC()
	}
	// Clocks differ: a little later is sure to be the next day for Zoom too.
	return until.Add(10 * time.Second), true
}

// zoomDetail is what Zoom said, if it was Zoom.
func zoomDetail(err error) string {
	var ze *zoomapi.Error
	if !errors.As(err, &ze) {
		return ""
	}
	said := orDefault(ze.Message, ze.Reason)
	for _, f := range ze.Fields {
		said += " (" + strings.TrimSpace(f.Field+": "+f.Message) + ")"
	}
	return said
}

// withLease runs f under the job's lease, which is renewed meanwhile. f's context ends when the lease is lost.
func (s *Service) withLease(ctx context.Context, id string, f func(context.Context, Lease) error) error {
	l, err := s.o.Store.Lease(ctx, id, s.o.LeaseTTL)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(s.o.LeaseTTL / 3)
		defer tick.Stop()
		renewed := time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := s.o.Store.Extend(ctx, l, s.o.LeaseTTL)
			switch {
			case err == nil:
				renewed = time.Now()
			case errors.Is(err, ErrFenced), time.Since(renewed) > s.o.LeaseTTL:
				cancel(ErrFenced)
				return
			}
		}
	}()
	err = f(ctx, l)
	lost := errors.Is(context.Cause(ctx), ErrFenced)
	cancel(nil)
	<-done
	if lost {
		return ErrFenced
	}
	if dropErr := s.o.Store.Drop(context.WithoutCancel(ctx), l); dropErr != nil {
		s.log.WarnContext(ctx, "lease not dropped, it will end by itself", "job_id", id, "err", dropErr)
	}
	return err
}

// plan takes a job from received to its dry run.
func (s *Service) plan(ctx context.Context, l Lease) error {
	j, err := s.o.Store.Get(ctx, l.JobID)
	if err != nil {
		return err
	}
	switch j.State {
	case StateReceived, StateReading, StatePlanning:
	default:
		return &StateError{ID: j.ID, From: j.State, To: StatePlanning}
	}
	if j.State == StateReceived {
		if j, err = s.move(ctx, j.ID, StateReading, Actor{}, "", nil); err != nil {
			return err
		}
	}
	data, err := s.file(ctx, j)
	if err == nil {
		j, err = s.claimContent(ctx, j, data)
	}
	var r *roster.Roster
	if err == nil && !j.State.Terminal() {
		r, err = roster.Read(data, s.o.Limits)
	}
	var refused *roster.RefusedError
	switch {
	case errors.As(err, &refused):
		_, err = s.end(ctx, j.ID, StateInvalid, Reason{Code: ReasonCode(refused.Code), Params: refused.Params})
		return err
	case err != nil || j.State.Terminal():
		return err
	}
	if j.State == StateReading {
		if j, err = s.move(ctx, j.ID, StatePlanning, Actor{}, "", nil); err != nil {
			return err
		}
	}
	p, err := s.build(ctx, r, j.Settings)
	if err != nil {
		return err
	}
	return s.propose(ctx, j, p)
}

// build reads the account and makes the plan.
func (s *Service) build(ctx context.Context, r *roster.Roster, set Settings) (*plan.Plan, error) {
	a, err := readAccount(ctx, s.o.Directory, r, set)
	if err != nil {
		return nil, fmt.Errorf("read the account: %w", err)
	}
	return plan.Build(r, a, plan.Options{
		AccountID: s.o.AccountID, UserType: set.UserType, CreateAction: set.CreateAction, Tier: s.o.Tier, Share: s.o.Share,
		MadeAt: s.now(),
	}), nil
}

// propose stores a plan and moves the job to where people can see and decide about it.
func (s *Service) propose(ctx context.Context, j Job, p *plan.Plan) error {
	if err := s.putPlan(ctx, j.ID, p); err != nil {
		return err
	}
	to, reason := StateAwaitingApproval, Reason{}
	switch {
	case !p.Writes():
		to = StateNoChanges
		if p.Counts.Invalid > 0 {
			reason = Reason{Code: ReasonNobodyToAdd}
		}
	case j.DryRun:
		to = StatePlanned
	}
	_, err := s.move(ctx, j.ID, to, Actor{}, p.Digest, func(j *Job) error {
		j.Plan, j.Reason = summarize(p), reason
		j.ExpiresAt = s.now().Add(s.o.Expires)
		return nil
	})
	return err
}

func (s *Service) putPlan(ctx context.Context, id string, p *plan.Plan) error {
	raw, err := encodePlan(p)
	if err != nil {
		return err
	}
	if err := s.o.Store.PutBlob(ctx, id, BlobPlan, raw); err != nil {
		return fmt.Errorf("store plan: %w", err)
	}
	return nil
}

func summarize(p *plan.Plan) *PlanSummary {
	sum := &PlanSummary{Digest: p.Digest, MadeAt: p.MadeAt, Counts: p.Counts, Seats: p.Seats, Cost: p.Cost}
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
	var refused *roster.RefusedError
	if errors.As(err, &refused) {
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
	if p.Version != plan.Version {
		return nil, fmt.Errorf("decode plan: layout %d, want %d", p.Version, plan.Version)
	}
	return &p, nil
}

// announce shows people a job as it is now. Two processes never announce the same job at once.
func (s *Service) announce(ctx context.Context, id string) error {
	key, me := "announce:"+id, uuid.NewString()
	holder, err := s.o.Store.Claim(ctx, key, me, announceTTL)
	if err != nil {
		return err
	}
	if holder != me {
		s.enqueue(ctx, TaskAnnounce, id, time.Second)
		return nil
	}
	defer func() {
		if err := s.o.Store.Release(context.WithoutCancel(ctx), key, me); err != nil {
			s.log.WarnContext(ctx, "claim not released, it will end by itself", "job_id", id, "err", err)
		}
	}()
	for {
		j, err := s.o.Store.Get(ctx, id)
		if err != nil {
			return err
		}
		if j.Announced >= j.Changed {
			return nil
		}
		if err := s.o.Front.Announce(ctx, j); err != nil {
			return fmt.Errorf("announce job: %w", err)
		}
		if _, err := s.o.Store.Update(ctx, id, func(now *Job) ([]Entry, error) {
			now.Announced = max(now.Announced, j.Changed)
			return nil, nil
		}); err != nil {
			return err
		}
	}
}

// announceTTL outlasts the upload of result files; a crashed announcer delays the next one by no more than this.
const announceTTL = time.Minute
