package zoomapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	tokenPattern = "/oauth/token" //nolint:gosec // A path, not a credential.
	// tokenEarly is how long before its end a token is replaced, plus up to
	// tokenEarlyJitter so that replicas do not all do it at once. Short-lived
	// tokens are replaced after three quarters of their life.
	tokenEarly       = 5 * time.Minute
	tokenEarlyJitter = time.Minute
	// tokenLifetime is assumed when the answer does not say.
	tokenLifetime = time.Hour
	// tokenPatience is how long a token that still works is used after an
	// attempt to replace it did not succeed.
	tokenPatience = 10 * time.Second
	// tokenGrace is how long a caller waits for a new token while the old one
	// still works.
	tokenGrace = time.Second
	// tokenFailed is how long an attempt to get a token that did not succeed
	// is the answer to whoever comes: one outage is asked about once and not
	// by each who needs a token.
	tokenFailed = 3 * time.Second
)

// tokenSource keeps the one token of a client. Zoom may end a token when
// another is issued, so there is never more than one request for it, by this
// process or, with a [TokenStore], by all.
type tokenSource struct {
	url         string
	accountID   string
	clientID    string
	secret      Secret
	http        *http.Client
	log         *slog.Logger
	userAgent   string
	timeout     time.Duration
	maxAttempts int
	store       TokenStore // Nil for none.

	mu      sync.Mutex
	flight  *tokenFlight // Nil while no token is asked for.
	current Secret
	renewAt time.Time
	endsAt  time.Time
	refused Secret // The last token that Zoom refused.
	failure error  // Why there is none, since failedAt; nil after a success.

	failedAt time.Time
}

// get returns a token to use now, for a caller who came at the time given and
// may have waited since: an attempt that failed meanwhile is one for it too.
func (s *tokenSource) get(ctx context.Context, came time.Time) (string, error) {
	if token, ok := s.cached(time.Now()); ok {
		return token, nil
	}
	if err := s.failed(came, time.Now()); err != nil {
		return "", err
	}
	var grace <-chan time.Time
	if s.lasts(time.Now()) {
		timer := time.NewTimer(tokenGrace)
		defer timer.Stop()
		grace = timer.C
	}
	flight := s.join(ctx)
	for {
		select {
		case <-ctx.Done():
			s.leave(flight)
			return "", fmt.Errorf("zoom: POST %s: %w", tokenPattern, ctx.Err())
		case <-grace:
			// The class waits for this caller; the new token can be had later,
			// so the attempt goes on.
			if s.keep(time.Now()) {
				if token, ok := s.cached(time.Now()); ok {
					return token, nil
				}
			}
			grace = nil
		case <-flight.done:
			if flight.err != nil {
				return "", flight.err
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.current.Reveal(), nil
		}
	}
}

// failed is the last attempt's error, if that was lately or while the caller
// waited, but not so long ago that another attempt would have ended since.
func (s *tokenSource) failed(came, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := now.Sub(s.failedAt)
	if s.failure == nil || since >= tokenFailed && (came.After(s.failedAt) || since >= tokenWait) {
		return nil
	}
	return s.failure
}

// lasts reports whether the present token works, as far as is known.
func (s *tokenSource) lasts(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.current.IsZero() && now.Before(s.endsAt)
}

// cached returns the token while it need not be replaced.
func (s *tokenSource) cached(now time.Time) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.IsZero() || !now.Before(s.renewAt) {
		return "", false
	}
	return s.current.Reveal(), true
}

// drop forgets a token that Zoom refused, unless it was replaced already.
func (s *tokenSource) drop(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token != "" && s.current.Reveal() == token {
		s.current, s.refused = Secret{}, s.current
	}
}

// renew replaces the token. While the old one works, only a refusal of the
// credentials is an error.
func (s *tokenSource) renew(ctx context.Context) error {
	if _, ok := s.cached(time.Now()); ok {
		// Another flight ended between the caller's look and this one.
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, tokenWait)
	defer cancel()
	var err error
	if s.store != nil {
		err = s.share(bounded)
	} else {
		var t Token
		if t, err = s.fetch(bounded); err == nil {
			s.adopt(t)
		}
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, ErrAuth) && s.keep(time.Now()) {
		s.log.WarnContext(ctx, "zoom token not renewed yet", "err", err)
		return nil
	}
	if ctx.Err() != nil {
		// Nobody waited any more, which says nothing about the next attempt.
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure, s.failedAt = err, time.Now()
	return err
}

// adopt takes a token into use.
func (s *tokenSource) adopt(t Token) {
	lifetime := t.Expires.Sub(t.Issued)
	early := min(tokenEarly+jitter(tokenEarlyJitter), lifetime/4)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.endsAt, s.failure = t.Value, t.Expires, nil
	s.renewAt = t.Expires.Add(-early)
}

// keep goes on with the present token for a while, if it lasts.
func (s *tokenSource) keep(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.IsZero() || !now.Before(s.endsAt) {
		return false
	}
	s.renewAt = now.Add(tokenPatience)
	return true
}

// fetch asks for a token, again after errors that may pass. Asking changes
// nothing that a repetition could harm.
func (s *tokenSource) fetch(ctx context.Context) (Token, error) {
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return Token{}, err
		}
		token, lifetime, err := s.fetchOnce(ctx)
		if err == nil {
			now := time.Now()
			return Token{Value: NewSecret(token), Issued: now, Expires: now.Add(lifetime)}, nil
		}
		e, refused := errors.AsType[*Error](err)
		again, wait := true, backoff(attempt)
		switch {
		case refused && e.Class() != Retry, permanent(err):
			again = false
		case refused:
			wait = max(wait, clampWait(e.RetryAfter, time.Now(), 0))
		}
		if !again || attempt >= s.maxAttempts {
			return Token{}, err
		}
		if sleepErr := sleep(ctx, wait); sleepErr != nil {
			return Token{}, err
		}
	}
}

func (s *tokenSource) fetchOnce(ctx context.Context) (string, time.Duration, error) {
	// A request that has begun is not called off: Zoom may have ended the token
	// before, and nobody would have the new one.
	end := time.Now().Add(s.timeout)
	if at, ok := ctx.Deadline(); ok && at.Before(end) {
		end = at
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), end)
	defer cancel()
	cl := call{method: http.MethodPost, pattern: tokenPattern}
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {s.accountID}}
	req, err := http.NewRequestWithContext(ctx, cl.method, s.url, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, invalid(cl.op(), "request cannot be made")
	}
	req.SetBasicAuth(s.clientID, s.secret.Reveal())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", s.userAgent)
	start := time.Now()
	resp, err := s.http.Do(req)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return "", 0, &transportError{op: cl.op(), err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	s.log.DebugContext(ctx, "zoom token request", "status", resp.StatusCode,
		"duration_ms", time.Since(start).Milliseconds())
	body, err := readBody(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return "", 0, s.refusal(cl, resp, body)
	}
	if err != nil {
		return "", 0, &transportError{op: cl.op(), err: err}
	}
	return s.read(cl, resp, body)
}

// read takes the token out of an answer. The api_url in it is not used.
func (s *tokenSource) read(cl call, resp *http.Response, body []byte) (string, time.Duration, error) {
	var w struct {
		AccessToken flexString `json:"access_token"`
		ExpiresIn   flexInt    `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		// The text of the error could quote the token.
		return "", 0, &transportError{op: cl.op(), err: errNotJSON}
	}
	if w.AccessToken == "" {
		return "", 0, s.refusal(cl, resp, body)
	}
	lifetime := tokenLifetime
	if w.ExpiresIn > 0 && w.ExpiresIn < 1<<30 {
		lifetime = time.Duration(w.ExpiresIn) * time.Second
	}
	return string(w.AccessToken), lifetime, nil
}

// refusal makes an error of an answer without a token. Refusals that cannot
// pass by themselves match [ErrAuth], with Zoom's word as the reason.
func (s *tokenSource) refusal(cl call, resp *http.Response, body []byte) *Error {
	e := readRefusal(cl, resp.StatusCode, resp.Header, body, time.Now())
	if e.Limit != "" || e.Class() == Retry {
		return e
	}
	var w map[string]json.RawMessage
	_ = json.Unmarshal(body, &w) // Any body will do; readRefusal has judged it.
	e.Message = clean(strings.NewReplacer(s.nonEmpty(s.secret.Reveal())...).Replace(
		firstText(w, "reason", "message", "errorMessage", "error_description")))
	e.Reason = clean(firstText(w, "error"))
	if e.Reason == "" {
		e.Reason = "no token"
	}
	return e
}

// nonEmpty is a replacement of text by the word for secrets, if there is any.
func (*tokenSource) nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text, redacted}
}
