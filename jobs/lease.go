package jobs

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// withLease runs f under the job's lease, which is renewed meanwhile. f's context ends when the lease is lost.
func (s *Service) withLease(ctx context.Context, id string, f func(context.Context, Lease) error) error {
	l, err := s.o.Store.Lease(ctx, id, s.o.LeaseTTL)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var held holding
	held.renewed(time.Now())
	// A process that was stopped and goes on may send nothing that it had ready: somebody else may be at work.
	ctx = zoomapi.WithCheck(ctx, func() error {
		if held.over(s.o.LeaseTTL) {
			return ErrFenced
		}
		return nil
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.renew(ctx, l, &held, cancel)
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
func (s *Service) renew(ctx context.Context, l Lease, held *holding, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(s.o.LeaseTTL / 3)
	defer tick.Stop()
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
			held.renewed(begun)
		case errors.Is(err, ErrFenced), held.over(s.o.LeaseTTL):
			cancel(ErrFenced)
			return
		}
	}
}

// holding is since when a lease is certainly held.
type holding struct{ since atomic.Pointer[time.Time] }

func (h *holding) renewed(at time.Time) { h.since.Store(&at) }

// over reports whether the lease may have ended.
func (h *holding) over(ttl time.Duration) bool { return time.Since(*h.since.Load()) > ttl }
