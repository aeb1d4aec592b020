package zoomapi

import "context"

// tokenFlight is one attempt to get a token, for everybody who waits for it.
// It does not end with the first one's ctx but with the last one's.
type tokenFlight struct {
	done   chan struct{}
	err    error // Set before done is closed.
	cancel context.CancelFunc
	// waiting counts who would still want the token.
	waiting int
}

// join gives the attempt that is under way, or begins one.
func (s *tokenSource) join(ctx context.Context) *tokenFlight {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flight; f != nil {
		f.waiting++
		return f
	}
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &tokenFlight{done: make(chan struct{}), cancel: cancel, waiting: 1}
	s.flight = f
	go func() {
		defer cancel()
		f.err = s.renew(shared)
		s.land(f)
		close(f.done)
	}()
	return f
}

// leave is for a caller whose ctx has ended.
func (s *tokenSource) leave(f *tokenFlight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	f.cancel()
	if s.flight == f {
		s.flight = nil
	}
}

// land makes room for the next attempt.
func (s *tokenSource) land(f *tokenFlight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == f {
		s.flight = nil
	}
}
