package zoomapi

import (
	"context"
	"errors"
	"time"
)

// Token is an access token of the account.
type Token struct {
	Value Secret
	// Issued and Expires are times of the clock of the process that fetched
	// it.
	Issued, Expires time.Time
}

// TokenStore keeps the one token of an account where all processes find it,
// so that only one of them asks Zoom. It is safe for concurrent use. Package
// zoomredis has one; a client without any keeps its token to itself.
//
// An error says that the store could not be reached. No token is asked for
// then, however many processes are without one.
type TokenStore interface {
	// Load returns the token that is kept, the zero Token if there is none
	// or none that can be read.
	Load(ctx context.Context) (Token, error)
	// Lock takes the right to ask Zoom for a token. It ends with unlock, or
	// by itself after ttl. False means that another process has it.
	Lock(ctx context.Context, ttl time.Duration) (unlock func(context.Context), ok bool, err error)
	// Save keeps the token until it expires, in the place of any other.
	Save(ctx context.Context, t Token) error
	// Drop forgets the token if it is the one that is kept.
	Drop(ctx context.Context, t Token) error
}

const (
	// tokenLock is how long the right to ask lasts, tokenFetch how long the
	// one who has it asks: less, so that the right never ends under way.
	tokenLock  = 20 * time.Second
	tokenFetch = 15 * time.Second
	// tokenPoll is how often a process without a token looks whether another
	// has fetched it, tokenWait for how long: one who died is waited for.
	tokenPoll = 100 * time.Millisecond
	tokenWait = tokenLock + tokenFetch
	// tokenStoreTimeout bounds one question to the store.
	tokenStoreTimeout = 3 * time.Second
)

var errNoSharedToken = errors.New("another process has the right to fetch the token and has not done so")

// share gets a token by way of the store: another process's if there is one,
// else a new one, which only one process asks for at a time. The caller bounds
// it by tokenWait.
func (s *tokenSource) share(ctx context.Context) error {
	for {
		found, err := s.find(ctx)
		if found || err != nil {
			return err
		}
		unlock, ok, err := s.lock(ctx)
		if err != nil {
			return err
		}
		if ok {
			return s.fetchLocked(ctx, unlock)
		}
		if s.keep(time.Now()) {
			// Somebody is renewing; the present token lasts.
			return nil
		}
		if err := sleep(ctx, tokenPoll+jitter(tokenPoll)); err != nil {
			return storeError(errNoSharedToken)
		}
	}
}

// find takes a token of the store into use, if it has one that need not be
// renewed and that Zoom has not refused.
func (s *tokenSource) find(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenStoreTimeout)
	defer cancel()
	t, err := s.store.Load(ctx)
	if err != nil {
		return false, storeError(err)
	}
	if t.Value.IsZero() {
		return false, nil
	}
	s.mu.Lock()
	refused, same := s.refused.Equal(t.Value), s.current.Equal(t.Value)
	s.mu.Unlock()
	if refused {
		// It stays unless it is still that one: others may have replaced it.
		if err := s.store.Drop(ctx, t); err != nil {
			return false, storeError(err)
		}
		return false, nil
	}
	if same || !time.Now().Before(t.Expires) {
		return false, nil
	}
	s.adopt(t)
	_, fresh := s.cached(time.Now())
	return fresh, nil
}

func (s *tokenSource) lock(ctx context.Context) (func(context.Context), bool, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenStoreTimeout)
	defer cancel()
	unlock, ok, err := s.store.Lock(ctx, tokenLock)
	if err != nil {
		return nil, false, storeError(err)
	}
	return unlock, ok, nil
}

// fetchLocked asks Zoom, unless another did so before the right was taken.
func (s *tokenSource) fetchLocked(ctx context.Context, unlock func(context.Context)) error {
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenStoreTimeout)
		defer cancel()
		unlock(ctx)
	}()
	if found, err := s.find(ctx); found || err != nil {
		return err
	}
	fetchCtx, cancel := context.WithTimeout(ctx, tokenFetch)
	defer cancel()
	t, err := s.fetch(fetchCtx)
	if err != nil {
		return err
	}
	s.adopt(t)
	saveCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenStoreTimeout)
	defer cancel()
	if err := s.store.Save(saveCtx, t); err != nil {
		// The others will fetch one each when they must, or find this later.
		s.log.WarnContext(ctx, "zoom token not shared", "err", err)
	}
	return nil
}

// storeError is an error that may pass, like that of an unreachable Zoom.
func storeError(err error) error { return &transportError{op: "shared token", err: err} }
