package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// announce shows people a job as it is now. Two processes never announce the same job at once.
func (s *Service) announce(ctx context.Context, id string) error {
	key, me := "announce:"+id, uuid.NewString()
	holder, err := s.o.Store.Claim(ctx, key, me, s.o.LeaseTTL)
	if err != nil {
		return err
	}
	if holder != me {
		// Whoever holds it looks again before it ends; if it crashes, the sweep is there.
		return nil
	}
	err = s.showClaimed(ctx, id, key, me)
	if err != nil {
		return err
	}
	// A task for a change that came after the last look may have found the claim held.
	if j, err := s.o.Store.Get(ctx, id); err != nil || !s.unshown(&j) {
		return err
	}
	return s.announce(ctx, id)
}

// showClaimed shows a job while the claim to do so is renewed; nothing is shown any more once it may have ended.
func (s *Service) showClaimed(ctx context.Context, id, key, me string) error {
	showing, cancel := context.WithTimeout(ctx, showWithin)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		s.keepClaim(showing, key, me)
	}()
	err := s.show(ctx, showing, id)
	cancel()
	<-done
	if relErr := s.o.Store.Release(context.WithoutCancel(ctx), key, me); relErr != nil {
		s.log.WarnContext(ctx, "claim not released, it will end by itself", "job_id", id, "err", relErr)
	}
	return err
}

// keepClaim renews a claim until ctx ends or the claim is lost, or may be.
func (s *Service) keepClaim(ctx context.Context, key, me string) {
	tick := time.NewTicker(s.o.LeaseTTL / 3)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		begun := time.Now()
		kept, err := s.o.Store.Keep(ctx, key, me, s.o.LeaseTTL)
		switch {
		case err == nil && kept:
			renewed = begun
		case err == nil, time.Since(renewed) > s.o.LeaseTTL*2/3:
			return
		}
	}
}

// unshown reports whether a job is due to be shown.
func (s *Service) unshown(j *Job) bool { return j.Announced < j.Changed && !s.now().Before(j.ShowAt) }

// show shows a job until nothing new is to be seen, or until showing ends.
func (s *Service) show(ctx, showing context.Context, id string) error {
	for showing.Err() == nil {
		j, err := s.o.Store.Get(ctx, id)
		if err != nil || !s.unshown(&j) {
			return err
		}
		shown := s.o.Front.Announce(showing, j)
		if shown != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := s.o.Store.Update(ctx, id, func(now *Job) ([]Entry, error) {
			s.markShown(now, j.Changed, shown)
			return nil, nil
		}); err != nil {
			return err
		}
		if shown != nil {
			s.log.WarnContext(ctx, "job not shown, will be tried again", "job_id", id, "attempt", j.Unshown+1, "err", shown)
			break
		}
	}
	return nil
}

// ShowAgain has open jobs shown once more that have not changed: those of which spoilt says that what was shown is gone. It may
// forget references of the front, and is called again when the job changes meanwhile.
func (s *Service) ShowAgain(ctx context.Context, spoilt func(*Job) bool) error {
	open, err := s.o.Store.Open(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for i := range open {
		if spoilt(&open[i]) {
			errs = append(errs, s.ShowJobAgain(ctx, open[i].ID, spoilt))
		}
	}
	return errors.Join(errs...)
}

// ShowJobAgain is [Service.ShowAgain] for one job, open or not.
func (s *Service) ShowJobAgain(ctx context.Context, id string, spoilt func(*Job) bool) error {
	_, err := s.o.Store.Update(ctx, id, func(j *Job) ([]Entry, error) {
		if !spoilt(j) {
			return nil, errNotSpoilt
		}
		j.Changed++
		j.Unshown, j.ShowAt = 0, time.Time{}
		return nil, nil
	})
	switch {
	case errors.Is(err, errNotSpoilt):
		return nil
	case err != nil:
		return err
	}
	s.enqueue(ctx, TaskAnnounce, id, 0)
	return nil
}

// errNotSpoilt leaves a job as it is.
var errNotSpoilt = errors.New("what is shown of the job still stands")

// markShown notes whether a job could be shown as it was at its changed-th change.
func (s *Service) markShown(j *Job, changed int64, err error) {
	if err != nil {
		j.Unshown++
		j.ShowAt = s.now().Add(retryDelay(j.Unshown))
		if j.Unshown < maxUnshown {
			return
		}
		// Nobody can be shown it, and it must not be kept for ever.
	}
	j.Announced, j.Unshown, j.ShowAt = max(j.Announced, changed), 0, time.Time{}
}

const (
	// showWithin bounds one showing, the upload of result files included.
	showWithin = 2 * time.Minute
	// maxUnshown is after how many failures in a row a change is not shown any more: after a day.
	maxUnshown = 720
)
