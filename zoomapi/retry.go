package zoomapi

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	retryFirst = 500 * time.Millisecond // First wait after a server or network error.
	retryMost  = 20 * time.Second
	limitFirst = time.Second // First wait after a per-second limit.
	limitMost  = time.Minute
)

// verdict says what to do after a failed attempt.
type verdict struct {
	// err is what the caller gets if this was the last attempt.
	err   error
	again bool
	wait  time.Duration
	// penalty is how long the whole rate class should stand still.
	penalty time.Duration
	// dropToken says that the token should not be used again, renewToken
	// that the call deserves one attempt with a new one.
	dropToken  bool
	renewToken bool
}

// judge decides what a failed attempt means. A write is sent again only when
// Zoom has certainly not executed it.
func judge(cl call, r result, attempt int, now time.Time) verdict {
	e, refused := errors.AsType[*Error](r.err)
	switch {
	case r.stop && r.unsent:
		return verdict{err: r.err}
	case r.unsent:
		return verdict{err: r.err, again: true, wait: backoff(attempt)}
	case !refused && cl.isWrite():
		return verdict{err: &UnknownOutcomeError{Op: cl.op(), Err: r.err}}
	case !refused:
		return verdict{err: r.err, again: !r.stop, wait: backoff(attempt)}
	}
	switch e.Limit {
	case LimitPerSecond:
		wait := clampWait(e.RetryAfter, now, limitFirst<<min(attempt-1, 5))
		if e.RetryAfter.IsZero() {
			e.RetryAfter = now.Add(wait).UTC()
		}
		return verdict{err: e, again: true, wait: wait + jitter(limitFirst/2), penalty: wait}
	case LimitConcurrency:
		// One user's requests collide; others need not wait for that.
		wait := clampWait(e.RetryAfter, now, limitFirst<<min(attempt-1, 5))
		return verdict{err: e, again: true, wait: wait + jitter(limitFirst/2)}
	case LimitDaily, LimitUserDaily:
		return verdict{err: e}
	}
	if e.Class() == Retry {
		if cl.isWrite() {
			return verdict{err: &UnknownOutcomeError{Op: cl.op(), Err: e}}
		}
		wait := backoff(attempt)
		if !e.RetryAfter.IsZero() {
			wait = max(wait, clampWait(e.RetryAfter, now, 0))
		}
		return verdict{err: e, again: true, wait: wait}
	}
	switch {
	case errors.Is(e, ErrAuth):
		return verdict{err: e, dropToken: true, renewToken: e.Status == http.StatusUnauthorized || e.Code == 124}
	case errors.Is(e, ErrScope):
		// Scopes are fixed when a token is issued: the next call gets a token
		// with what was granted meanwhile.
		return verdict{err: e, dropToken: true}
	}
	return verdict{err: e}
}

// backoff is the wait after the given attempt: doubling from retryFirst up to
// retryMost, of which the upper half is random.
func backoff(attempt int) time.Duration {
	d := retryMost
	if attempt <= 16 {
		d = min(retryMost, retryFirst<<(attempt-1))
	}
	return d/2 + jitter(d/2)
}

// clampWait is the time from now to at, at most limitMost; fallback if at is
// unset or past.
func clampWait(at, now time.Time, fallback time.Duration) time.Duration {
	if d := at.Sub(now); !at.IsZero() && d > 0 {
		fallback = d
	}
	return min(fallback, limitMost)
}

// isDialError reports whether the connection was never made.
func isDialError(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

// permanent reports whether a network error comes from how things are set up
// rather than from the moment.
func permanent(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	_, ok := errors.AsType[tls.RecordHeaderError](err)
	return ok
}
