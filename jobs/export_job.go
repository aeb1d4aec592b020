package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// SubmitExport stores a new job of [KindExport] and queues it. It returns created false and the earlier job when the same
// delivery was handed in before.
func (s *Service) SubmitExport(ctx context.Context, sub Submission, q Query) (j Job, created bool, err error) {
	if sub.Key == "" {
		return Job{}, false, errors.New("submission without a key")
	}
	id, j, err := s.claimDelivery(ctx, sub.Key)
	if err != nil || j.ID != "" {
		return j, false, err
	}
	now := s.now()
	j = Job{
		ID: id, Delivery: deliveryHash(sub.Key), State: StateReceived, Kind: KindExport, Requester: sub.Requester,
		Source: Source{Name: orDefault(sub.Source.Name, ExportName(now))}, Export: &q, CreatedAt: now,
		Front: maps.Clone(sub.Front), Changed: 1,
	}
	if err := s.o.Store.Create(ctx, j, Entry{At: now, Actor: sub.Requester, Event: "submitted", To: StateReceived}); err != nil {
		if !errors.Is(err, ErrExists) {
			return Job{}, false, fmt.Errorf("store job: %w", err)
		}
		j, err = s.o.Store.Get(ctx, id)
		return j, false, err
	}
	s.enqueue(ctx, TaskAnnounce, id, firstCard)
	s.enqueue(ctx, TaskExport, id, 0)
	return j, true, nil
}

// ExportName is the name of an export's file.
func ExportName(at time.Time) string { return "zoom-users-" + at.UTC().Format(time.DateOnly) + ".csv" }

// ExportData returns the file of an export that is done; [ErrNotFound] when nobody was found, or the job is not done.
func (s *Service) ExportData(ctx context.Context, id string) ([]byte, error) {
	return s.o.Store.Blob(ctx, id, BlobExport)
}

// GroupNames are the names of the account's user groups, for a front that offers them.
func (s *Service) GroupNames(ctx context.Context) ([]string, error) {
	var names []string
	for g, err := range s.o.Directory.Groups(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list groups: %w", err)
		}
		names = added(names, g.Name)
	}
	return names, nil
}

// ExportCost says before an export begins what it will take at most, without looking at the filters. People stays 0 when
// Zoom does not tell how many there are.
func (s *Service) ExportCost(ctx context.Context, q Query) ExportCost {
	need := q.needs()
	if !need.details && !need.addOns {
		return ExportCost{}
	}
	people := 0
	if sum, err := s.o.Directory.Summary(ctx); err == nil {
		for _, status := range q.statuses() {
			switch status {
			case zoomapi.StatusActive:
				people += sum.Licensed + sum.Basic + sum.OnPrem + sum.JoinOnly
			case zoomapi.StatusPending:
				people += sum.Pending
			}
		}
	} else {
		s.log.DebugContext(ctx, "people not counted", "err", err)
	}
	return s.exportCost(need, people)
}

// exportCost is what reading people one by one takes. The two kinds of call go on side by side.
func (s *Service) exportCost(n needs, people int) ExportCost {
	c := ExportCost{Days: 1}
	longest := 0.0
	for _, part := range []struct {
		wanted bool
		class  zoomapi.Class
	}{{n.details, zoomapi.Light}, {n.addOns, zoomapi.Medium}} {
		if !part.wanted {
			continue
		}
		c.PerPerson++
		if rate := s.o.Tier.PerSecond(part.class) * s.o.Share; rate > 0 {
			longest = max(longest, float64(people)/rate)
		}
		if perDay := int(float64(s.o.Tier.PerDay(part.class)) * s.o.Share); perDay > 0 {
			c.Days = max(c.Days, (people+perDay-1)/perDay)
		}
	}
	if c.PerPerson == 0 {
		return ExportCost{}
	}
	c.People, c.Calls = people, people*c.PerPerson
	c.Duration = time.Duration(math.Ceil(min(longest, 1e9))) * time.Second
	return c
}

// worthTelling is from which expected time on people are told what an export takes before it begins.
const worthTelling = 5 * time.Second

// export reads the account and stores the file. It changes nothing, so that after a crash it simply begins again.
func (s *Service) export(ctx context.Context, l Lease, j Job) error {
	switch {
	case j.Kind != KindExport || j.Export == nil, j.State != StateReceived && j.State != StateReading:
		return &StateError{ID: j.ID, From: j.State, To: StateReading}
	case j.State == StateReceived:
		var err error
		if j, err = s.move(ctx, j.ID, transition{to: StateReading, lease: &l}); err != nil {
			return err
		}
	case j.Reason.Code != "":
		// The pause is over.
		var err error
		if j, err = s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
			j.Reason = Reason{}
			j.Changed++
			return nil, nil
		}); err != nil {
			return err
		}
		s.enqueue(ctx, TaskAnnounce, j.ID, 0)
	}
	x := newExporter(s.o.Directory, j.Export, s.o.InFlight)
	x.reckon = func(people int) ExportCost { return s.exportCost(x.needs, people) }
	x.told = func(ctx context.Context, e Exported) error { return s.tellCost(ctx, l, e) }
	begun := s.now()
	reading, stop := s.watchExport(ctx, j, x)
	err := x.read(reading)
	stop()
	switch {
	case errors.Is(context.Cause(reading), errSuperseded):
		// A person has ended the job.
		return nil
	case err != nil:
		return s.exportFailed(ctx, l, err)
	}
	x.found.At = begun
	if len(x.people) > 0 {
		data, err := exportFile(x.found.Columns, x.people, &x.account, x.roles, languageOf(j.Requester.Locale))
		if err != nil {
			return fmt.Errorf("write export: %w", err)
		}
		if err := s.o.Store.PutBlob(ctx, j.ID, BlobExport, data); err != nil {
			return fmt.Errorf("store export: %w", err)
		}
		x.found.Bytes = int64(len(data))
	}
	_, err = s.move(ctx, j.ID, transition{to: StateDone, lease: &l, edit: func(j *Job) {
		j.Exported, j.Reason = &x.found, Reason{}
	}})
	return err
}

// tellCost shows what is ahead when that takes a while.
func (s *Service) tellCost(ctx context.Context, l Lease, e Exported) error {
	if e.Cost.Duration < worthTelling {
		return nil
	}
	if _, err := s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
		if j.State.Terminal() {
			return nil, errSuperseded
		}
		j.Exported = &e
		j.Changed++
		return nil, nil
	}); err != nil {
		return err
	}
	s.enqueue(ctx, TaskAnnounce, l.JobID, 0)
	return nil
}

// exportFailed notes why an export stands still when that is until tomorrow; [Service.Work] does the rest.
func (s *Service) exportFailed(ctx context.Context, l Lease, cause error) error {
	until, daily := pauseUntil(cause, s.now())
	if !daily || ctx.Err() != nil {
		return cause
	}
	if _, err := s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
		j.Reason = Reason{Code: ReasonDailyLimit, Params: map[string]string{"until": until.Format(time.RFC3339)}}
		j.Changed++
		return nil, nil
	}); err != nil {
		return errors.Join(cause, err)
	}
	s.enqueue(ctx, TaskAnnounce, l.JobID, 0)
	return cause
}

// watchExport shows how far an export is, and ends its context when a person has ended the job. The returned function ends
// the watching and waits for its last showing.
func (s *Service) watchExport(ctx context.Context, j Job, x *exporter) (reading context.Context, stop func()) {
	reading, cancel := context.WithCancelCause(ctx)
	watching, end := context.WithCancel(ctx)
	s.running.n.Add(1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer s.running.n.Add(-1)
		var shown Progress
		var phase int64
		begun, every := time.Now(), s.o.ProgressEvery/4
		for {
			if pause(watching, every) != nil {
				return
			}
			every = max(s.o.ProgressEvery, progressShare*time.Duration(s.running.n.Load()))
			if now, err := s.o.Store.Get(watching, j.ID); err == nil && now.State.Terminal() {
				cancel(errSuperseded)
				return
			}
			if at := x.phase.Load(); at != phase {
				begun, phase = time.Now(), at
			}
			p := x.progress(time.Since(begun))
			if p.Done == shown.Done && p.Total == shown.Total {
				continue
			}
			shown = p
			s.o.Front.Progress(watching, j, p)
		}
	}()
	return reading, func() {
		end()
		<-done
		cancel(nil)
	}
}

// progress is how many of the people were read, at a rate reckoned since the present kind of reading began.
func (x *exporter) progress(took time.Duration) Progress {
	p := Progress{Done: int(x.done.Load()), Total: int(x.total.Load())}
	if took > 0 && p.Done > 0 && p.Total >= p.Done {
		p.PerSecond = float64(p.Done) / took.Seconds()
		p.Left = time.Duration(float64(p.Total-p.Done) / p.PerSecond * float64(time.Second)).Round(time.Second)
	}
	return p
}
