package jobs

import (
	"context"
	"errors"
	"time"
)

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
		s.renew(ctx, l, cancel)
	}()
	// Also when f panics, so that another worker can go on.
	defer func() {
		lost := errors.Is(context.Cause(ctx), ErrFenced)
		cancel(nil)
		<-done
		if lost {
			return
		}
		if err := s.o.Store.Drop(context.WithoutCancel(ctx), l); err != nil {
			s.log.WarnContext(ctx, "lease not dropped, it will end by itself", "job_id", id, "err", err)
		}
	}()
	err = f(ctx, l)
	if errors.Is(context.Cause(ctx), ErrFenced) {
		return ErrFenced
	}
	return err
}

// renew prolongs a lease until ctx ends, and ends it with ErrFenced once the lease is lost or may be.
func (s *Service) renew(ctx context.Context, l Lease, cancel context.CancelCauseFunc) {
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
		err := s.o.Store.Extend(ctx, l, s.o.LeaseTTL)
		switch {
		case err == nil:
			renewed = begun
		case errors.Is(err, ErrFenced), time.Since(renewed) > s.o.LeaseTTL:
			cancel(ErrFenced)
			return
		}
	}
}
