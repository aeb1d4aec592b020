package zoomtest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody is the longest request body read.
const maxBody = 1 << 20

// serveAPI takes one call through all gates: route, faults, token, scopes,
// limits, busy person, latency, and then the handler.
func (a *Account) serveAPI(w http.ResponseWriter, r *http.Request) {
	// The whole body is read first: only then does net/http notice a client
	// that goes away while a fault holds the call.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	c := &call{r: r, query: r.URL.Query(), body: body, now: a.now()}
	path, segments := apiPath(r.URL)
	w.Header().Set("X-Zm-Trackingid", a.trackingID())
	var found bool
	c.route, c.params, found = a.match(r.Method, segments)
	switch {
	case !found:
		ans := badRequest(2300, "This API endpoint is not recognized.")
		a.record(c, path, ans.status, ans.code)
		ans.write(w)
		return
	case err != nil:
		ans := badRequest(300, "Request body cannot be read.")
		a.record(c, path, ans.status, ans.code)
		ans.write(w)
		return
	}
	a.lapseDue(c.now)
	c.faults = a.pick(c, path)
	if c.faults.revoke {
		a.RevokeTokens()
	}
	ans := a.gate(r.Context(), c, w.Header())
	status, code := ans.status, ans.code
	if c.faults.end != nil {
		status, code = c.faults.end.logged(ans)
	}
	a.record(c, path, status, code)
	if c.faults.end != nil {
		c.faults.end.deliver(w, r, ans)
		return
	}
	ans.write(w)
}

// gate decides the answer of a routed call. Rate headers go to h, which later
// answers may override.
func (a *Account) gate(ctx context.Context, c *call, h http.Header) answer {
	if !c.route.open {
		if ans, pass := a.authorize(c); !pass {
			return ans
		}
	}
	if ans, pass := a.admit(c, h); !pass {
		return ans
	}
	release, pass := a.occupy(c)
	if !pass {
		return concurrentRefusal()
	}
	defer release()
	a.sleep(ctx, c.faults.delay)
	if end := c.faults.end; end != nil && !end.commits(c) {
		return end.instead(c, a)
	}
	if a.opts.Plan == PlanFree && c.route.paid {
		// Documented for unpaid accounts: success in HTTP, refusal in the body.
		return answer{status: http.StatusOK, code: 200, body: errorBody{
			Code: 200, Message: "Only available for Paid account, please upgrade to a paid plan.",
		}}
	}
	ans := c.route.handle(a, c)
	if end := c.faults.end; end != nil {
		return end.insteadAfter(ans, c, a)
	}
	return ans
}

// occupy marks the person a DELETE is about, so that a second deletion at the
// same time is refused.
func (a *Account) occupy(c *call) (release func(), pass bool) {
	if !c.route.exclusive {
		return func() {}, true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.lookup(c.param(0))
	if p == nil {
		return func() {}, true
	}
	id := p.ID
	if a.busy[id] {
		return nil, false
	}
	a.busy[id] = true
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.busy, id)
	}, true
}

// sleep is the account's latency plus what a fault adds. A client that goes
// away ends the wait, not the call: the write still happens, as on a server
// that never learns of it.
func (a *Account) sleep(ctx context.Context, extra time.Duration) {
	wait := a.opts.Latency
	if a.opts.Jitter > 0 {
		a.faultMu.Lock()
		wait += time.Duration(a.rng.Int64N(int64(a.opts.Jitter)))
		a.faultMu.Unlock()
	}
	wait = time.Duration(float64(wait)/a.opts.Speed) + extra
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (a *Account) trackingID() string {
	a.callMu.Lock()
	n := a.calls.counts.Total
	a.callMu.Unlock()
	return "v=2.0;clid=sandbox;rid=WEB_" + a.newID("call", int64(n))
}

// apiPath returns the unescaped path without /v2 and its unescaped segments.
// Splitting comes before unescaping, so an escaped slash stays in its segment.
func apiPath(u *url.URL) (path string, segments []string) {
	escaped := strings.Trim(u.EscapedPath(), "/")
	escaped = strings.TrimPrefix(strings.TrimPrefix(escaped, "v2"), "/")
	for part := range strings.SplitSeq(escaped, "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		segments = append(segments, part)
	}
	return "/" + strings.Join(segments, "/"), segments
}

// lookup finds a person by id or address; nil when there is none.
func (a *Account) lookup(ref string) *person {
	if p := a.byID[ref]; p != nil {
		return p
	}
	return a.byEmail[emailKey(ref)]
}

// find is lookup with the refusals every call on one person shares.
func (a *Account) find(ref string) (*person, answer, bool) {
	if ref == "me" {
		return nil, badRequest(300, "The value me is not available to Server-to-Server OAuth apps."), false
	}
	p := a.lookup(ref)
	if p == nil {
		return nil, noUser(ref), false
	}
	if p.Lapsed {
		return nil, badRequest(1120, "A valid invitation for "+ref+" does not exist or has expired."), false
	}
	return p, answer{}, true
}

func queryInt(c *call, name string, def, lo, hi int) (int, answer, bool) {
	raw := c.query.Get(name)
	if raw == "" {
		return def, answer{}, true
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < lo || n > hi {
		return 0, invalidField(name, "Invalid field."), false
	}
	return n, answer{}, true
}

func queryBool(c *call, name string) (answer, bool) {
	switch c.query.Get(name) {
	case "", "true", "false":
		return answer{}, true
	default:
		return invalidField(name, "Invalid field."), false
	}
}
