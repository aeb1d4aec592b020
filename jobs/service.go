package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Front is where people see jobs: Slack, or a command line.
type Front interface {
	// Fetch returns the bytes of the file that a job was made from. A [*roster.RefusedError] ends the job as invalid;
	// any other error is tried again.
	Fetch(ctx context.Context, j Job) ([]byte, error)
	// Announce brings what people see in line with the job. It may be called again for the same job and state, also by
	// another process, and must then change nothing.
	Announce(ctx context.Context, j Job) error
	// Progress shows how far a running job is; best effort.
	Progress(ctx context.Context, j Job, p Progress)
	// MayApprove returns nil if the actor has the right to decide at this moment, else [ErrNotApprover] or the reason
	// why the right could not be looked up.
	MayApprove(ctx context.Context, a Actor) error
}

// Progress is a moment of a running job.
type Progress struct {
	Counts Counts
	// Done and Total are half rows: each row to be worked on counts one when its person is added and one when it has its
	// outcome for now. What was done before an interruption is included.
	Done, Total int
	// PerSecond is the rate in rows since the work began or went on; Left the expected time, 0 when unknown.
	PerSecond float64
	Left      time.Duration
}

// Options configure a [Service]. Zero values mean the documented defaults.
type Options struct {
	Store     Store
	Queue     Queue
	Directory Directory
	Front     Front
	Logger    *slog.Logger
	// Now is the clock; time.Now by default.
	Now func() time.Time

	// AccountID names the Zoom account in digests.
	AccountID string
	// Tier and Share are the rate limits to reckon with; Share 0 means 1.
	Tier  zoomapi.Plan
	Share float64
	// Settings are the defaults for jobs that choose nothing.
	Settings Settings
	// SelfApprove lets requesters approve their own jobs.
	SelfApprove bool
	// Expires is how long a plan waits for a decision; 24 hours by default.
	Expires time.Duration
	// AllowDelete lets files delete and unlink people.
	AllowDelete bool
	// Limits bound the files.
	Limits roster.Options
	// InFlight is how many Zoom calls a running job makes at once; 48 by default. A quarter of them is for group joins.
	InFlight int
	// LeaseTTL is how long a worker's claim lasts without being renewed; 15 seconds by default.
	LeaseTTL time.Duration
	// ProgressEvery is the least time between two Progress calls; 2 seconds by default.
	ProgressEvery time.Duration
	// FinishEvery is how often people who were only invited are looked at; 5 minutes by default.
	FinishEvery time.Duration
	// SweepEvery is how often jobs that ought to move are looked for; 5 seconds by default.
	SweepEvery time.Duration
	// SeatsEvery is how often a job that lacks licences tries again; 10 minutes by default. After SeatsFor (24 hours by
	// default) without any it ends.
	SeatsEvery time.Duration
	SeatsFor   time.Duration
	// Guards stop jobs that go wrong.
	Guards Guards
	// Overlap says what becomes of jobs that have people in common with one that is running; they wait by default. A
	// waiting job looks every BehindEvery, 30 seconds by default, besides being told.
	Overlap     Overlap
	BehindEvery time.Duration
	// SettleAfter is how long an unknown outcome is left before it is read; 1 second by default.
	SettleAfter time.Duration
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Settings.UserType == 0 {
		o.Settings.UserType = zoomapi.TypeBasic
	}
	if o.Settings.CreateAction == "" {
		o.Settings.CreateAction = zoomapi.ActionCreate
	}
	if o.Tier == "" {
		o.Tier = zoomapi.PlanPro
	}
	o.Share = orDefault(o.Share, 1)
	o.Expires = orDefault(o.Expires, 24*time.Hour)
	o.InFlight = orDefault(o.InFlight, 48)
	o.LeaseTTL = orDefault(o.LeaseTTL, 15*time.Second)
	o.ProgressEvery = orDefault(o.ProgressEvery, 2*time.Second)
	o.FinishEvery = orDefault(o.FinishEvery, 5*time.Minute)
	o.SweepEvery = orDefault(o.SweepEvery, 5*time.Second)
	o.SeatsEvery = orDefault(o.SeatsEvery, 10*time.Minute)
	o.SeatsFor = orDefault(o.SeatsFor, 24*time.Hour)
	o.SettleAfter = orDefault(o.SettleAfter, time.Second)
	o.Guards = o.Guards.withDefaults()
	o.Overlap = orDefault(o.Overlap, OverlapQueue)
	o.BehindEvery = orDefault(o.BehindEvery, 30*time.Second)
	return o
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Service is the one pipeline behind every front.
type Service struct {
	o       Options
	log     *slog.Logger
	running running
	columns columnsCache
}

// New makes a service. Store, Queue and Directory are required; Front may be set later with [Service.SetFront].
func New(o Options) *Service {
	o = o.withDefaults()
	return &Service{o: o, log: o.Logger}
}

// SetFront connects the front; call it before any work is done.
func (s *Service) SetFront(f Front) { s.o.Front = f }

func (s *Service) now() time.Time { return s.o.Now().UTC().Round(0) }

// Errors of decisions.
var (
	// ErrNotApprover: the actor may not decide.
	ErrNotApprover = errors.New("not an approver")
	// ErrNoApprovers: nobody may decide, because no approver is configured.
	ErrNoApprovers = errors.New("no approvers are configured")
	// ErrOwnJob: requesters may not approve their own jobs.
	ErrOwnJob = errors.New("requesters may not approve their own job")
	// ErrStale: the decision is about a plan that is not the current one.
	ErrStale = errors.New("the plan has changed since")
	// ErrDecided: the job has been decided already.
	ErrDecided = errors.New("already decided")
	// ErrExpired: the plan waited too long.
	ErrExpired = errors.New("the plan has expired")
	// ErrNotYours: only the requester or an approver may do this.
	ErrNotYours = errors.New("neither the requester nor an approver")
)

// Submission is a roster handed in.
type Submission struct {
	// Key makes deliveries of the same thing one job; required.
	Key       string
	Kind      Kind
	DryRun    bool
	Requester Actor
	Source    Source
	// Settings override the defaults where not zero.
	Settings Settings
	// Revision is how the file is to be read, where that is known already.
	Revision Revision
	// Front are the front's first references.
	Front map[string]string
	// Data is the file where the front already has it; otherwise it is fetched later.
	Data []byte

	// of is the job that this one follows, ofKind what that one's file asked for.
	of     string
	ofKind Kind
}

// deliveryMemory is how long a delivery is remembered: longer than Slack's latest retry of an event (24 hours).
const deliveryMemory = 48 * time.Hour

// Submit stores a new job and queues its planning. It returns created false and the earlier job when the same delivery
// was handed in before.
func (s *Service) Submit(ctx context.Context, sub Submission) (j Job, created bool, err error) {
	if sub.Key == "" {
		return Job{}, false, errors.New("submission without a key")
	}
	id, j, err := s.claimDelivery(ctx, sub.Key)
	if err != nil || j.ID != "" {
		return j, false, err
	}
	// The file comes before the job: a job whose file is not there would have to fetch what nobody can give it again.
	if sub.Data != nil {
		if err := s.o.Store.PutBlob(ctx, id, BlobFile, sub.Data); err != nil {
			return Job{}, false, fmt.Errorf("store file: %w", err)
		}
	}
	now := s.now()
	j = Job{
		ID: id, Delivery: deliveryHash(sub.Key), State: StateReceived, Kind: orDefault(sub.Kind, KindAuto), DryRun: sub.DryRun, Requester: sub.Requester,
		Source: sub.Source, CreatedAt: now, Front: maps.Clone(sub.Front), Changed: 1,
		Settings: Settings{
			UserType:     orDefault(sub.Settings.UserType, s.o.Settings.UserType),
			CreateAction: orDefault(sub.Settings.CreateAction, s.o.Settings.CreateAction),
			LargeMeeting: sub.Settings.LargeMeeting, Webinar: sub.Settings.Webinar,
		},
		Revision: sub.Revision, Of: sub.of, OfKind: sub.ofKind,
	}
	entries := []Entry{{At: now, Actor: sub.Requester, Event: "submitted", To: StateReceived}}
	if err := s.o.Store.Create(ctx, j, entries...); err != nil {
		if !errors.Is(err, ErrExists) {
			return Job{}, false, fmt.Errorf("store job: %w", err)
		}
		j, err = s.o.Store.Get(ctx, id)
		return j, false, err
	}
	s.enqueue(ctx, TaskAnnounce, id, firstCard)
	s.enqueue(ctx, TaskPlan, id, 0)
	return j, true, nil
}

// claimDelivery finds the id for a delivery: of the job that it is already, which is then returned too, or a new one. A
// claim without a job is what a crash between the two leaves: its id is used again.
func (s *Service) claimDelivery(ctx context.Context, delivery string) (string, Job, error) {
	key := "delivery:" + delivery
	for range 3 {
		id, err := s.o.Store.Claim(ctx, key, NewID(), deliveryMemory)
		if err != nil {
			return "", Job{}, fmt.Errorf("claim delivery: %w", err)
		}
		j, err := s.o.Store.Get(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			return id, Job{}, nil
		case err != nil:
			return "", Job{}, err
		case j.Delivery == deliveryHash(delivery):
			return id, j, nil
		}
		// The id belongs to a job of another delivery.
		if err := s.o.Store.Release(ctx, key, id); err != nil {
			return "", Job{}, fmt.Errorf("release delivery: %w", err)
		}
	}
	return "", Job{}, errors.New("claim delivery: no id is free")
}

func deliveryHash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}

// enqueue queues a task. A failure is only logged: the sweep finds jobs that do not move.
func (s *Service) enqueue(ctx context.Context, t Task, id string, delay time.Duration) {
	if err := s.o.Queue.Enqueue(ctx, t, id, delay); err != nil {
		s.log.WarnContext(ctx, "task not queued, the sweep will", "job_id", id, "task", string(t), "err", err)
	}
}

// Get returns a job.
func (s *Service) Get(ctx context.Context, id string) (Job, error) { return s.o.Store.Get(ctx, id) }

// List returns the newest jobs first, at most limit, without those that only were copies of another.
func (s *Service) List(ctx context.Context, limit int) ([]Job, error) {
	// Copies are few; reading some more leaves enough in nearly every case.
	all, err := s.o.Store.List(ctx, 2*limit)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, j := range all {
		if j.Reason.Code != ReasonDuplicate && len(out) < limit {
			out = append(out, j)
		}
	}
	return out, nil
}

// Audit returns a job's audit log, oldest first.
func (s *Service) Audit(ctx context.Context, id string) ([]Entry, error) {
	return s.o.Store.Audit(ctx, id)
}

// SaveFront stores references of the front; an empty value removes a key.
func (s *Service) SaveFront(ctx context.Context, id string, refs map[string]string) (Job, error) {
	return s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
		if j.Front == nil {
			j.Front = make(map[string]string)
		}
		for k, v := range refs {
			if v == "" {
				delete(j.Front, k)
				continue
			}
			j.Front[k] = v
		}
		return nil, nil
	})
}

// Roster reads the stored file of a job again.
func (s *Service) Roster(ctx context.Context, id string) (*roster.Roster, error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	data, err := s.o.Store.Blob(ctx, id, BlobFile)
	if err != nil {
		return nil, fmt.Errorf("get file of job: %w", err)
	}
	return roster.Read(data, s.readOptions(&j))
}

// Plan returns the stored plan of a job.
func (s *Service) Plan(ctx context.Context, id string) (*plan.Plan, error) {
	data, err := s.o.Store.Blob(ctx, id, BlobPlan)
	if err != nil {
		return nil, fmt.Errorf("get plan of job: %w", err)
	}
	return decodePlan(data)
}

// Results returns every row of a job with what became of it, in the order of the file.
func (s *Service) Results(ctx context.Context, id string) (*roster.Roster, []Result, error) {
	r, err := s.Roster(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.Plan(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.o.Store.Rows(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	return r, results(r, p, rows), nil
}

func results(r *roster.Roster, p *plan.Plan, rows map[int]RowState) []Result {
	issues := make(map[int][]roster.Issue)
	for _, is := range p.Issues {
		issues[is.Line] = append(issues[is.Line], is)
	}
	out := make([]Result, 0, len(p.Changes))
	for i := range p.Changes {
		c := &p.Changes[i]
		res := Result{Change: *c, State: rows[c.Line], Issues: issues[c.Line]}
		if i < len(r.Rows) {
			res.Row = r.Rows[i]
		}
		res.Outcome = outcomeIn(p, c, res.State)
		out = append(out, res)
	}
	return out
}

// transition is one change of a job's state.
type transition struct {
	to    State
	actor Actor
	note  string
	// lease is set for changes that a worker makes: they count only while it holds the job.
	lease *Lease
	// check may refuse the change, given the job as it is at that moment; edit adjusts the record. Both may be nil.
	check func(*Job) error
	edit  func(*Job)
}

// update changes a job, under a lease where there is one.
func (s *Service) update(ctx context.Context, id string, l *Lease, change func(*Job) ([]Entry, error)) (Job, error) {
	if l != nil {
		return s.o.Store.UpdateHeld(ctx, *l, change)
	}
	return s.o.Store.Update(ctx, id, change)
}

// move is the one way in which jobs change state: it checks, tests the arrow, lets the transition adjust the record, and
// writes the audit entry.
func (s *Service) move(ctx context.Context, id string, t transition) (Job, error) {
	j, err := s.update(ctx, id, t.lease, func(j *Job) ([]Entry, error) {
		if t.check != nil {
			if err := t.check(j); err != nil {
				return nil, err
			}
		}
		from := j.State
		if !from.CanBecome(t.to) || (from == t.to && from.Terminal()) {
			return nil, &StateError{ID: id, From: from, To: t.to}
		}
		j.State, j.Attempts, j.RetryAt, j.FinishedAt = t.to, 0, time.Time{}, time.Time{}
		j.clockRest(from, s.now())
		if t.edit != nil {
			t.edit(j)
		}
		if t.to.Terminal() {
			j.FinishedAt, j.ResumeAt = s.now(), time.Time{}
		}
		j.Changed++
		e := Entry{At: s.now(), Actor: t.actor, Event: "state", From: from, To: t.to, Note: t.note}
		if j.Decision != nil && (t.to == StateApproved || t.to == StateRejected) {
			e.Event, e.Digest = "decision", j.Decision.Digest
		}
		return []Entry{e}, nil
	})
	if err != nil {
		return Job{}, err
	}
	s.log.InfoContext(ctx, "job moved", "job_id", id, "state", string(t.to))
	if t.to.Terminal() {
		s.releaseContent(ctx, j)
	}
	if j.Decision != nil && (t.to.Terminal() || t.to == StateFinishing) {
		s.disengage(ctx, id)
	}
	delay := time.Duration(0)
	if t.to == StateReading {
		delay = firstCard
	}
	s.enqueue(ctx, TaskAnnounce, id, delay)
	return j, nil
}

// firstCard is how long the first showing of a job waits: a copy of another job is usually found out by then, and never
// looks like a job of its own. People are answered within three seconds all the same.
const firstCard = time.Second

// Once returns true the first time that it is called with a key, in any process, within [deliveryMemory].
func (s *Service) Once(ctx context.Context, key string) (bool, error) {
	me := NewID()
	holder, err := s.o.Store.Claim(ctx, "once:"+key, me, deliveryMemory)
	return holder == me, err
}

// Defaults are the settings of jobs that choose nothing.
func (s *Service) Defaults() Settings { return s.o.Settings }

// UserTypes are the user types that a job may choose for everybody in its file.
func UserTypes() []int { return []int{zoomapi.TypeBasic, zoomapi.TypeLicensed} }
