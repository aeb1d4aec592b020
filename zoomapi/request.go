package zoomapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody bounds an answer. The largest real ones, pages of 2,000 users with
// custom attributes, are a few megabytes.
const maxBody = 32 << 20

// call is one call of the API.
type call struct {
	method  string
	pattern string   // Path with {names} in the place of arguments.
	args    []string // One per name, unescaped.
	query   url.Values
	class   Class
	body    any // Nil for none.
	out     any // Nil if the answer does not matter.
	// mayBeEmpty accepts an empty answer although out is set.
	mayBeEmpty bool
	// spaced says that calls of this kind are also kept apart as
	// [featuresClass] says.
	spaced bool
	// cap is the daily count of its own that the call falls under, empty for
	// none. capped says that there is one that is not counted here, perPerson
	// that there is one for each person.
	cap       Class
	capped    bool
	perPerson bool
}

func (cl call) op() string    { return cl.method + " " + cl.pattern }
func (cl call) isWrite() bool { return cl.method != http.MethodGet }

// url fills the pattern with the escaped arguments.
func (cl call) url(base string) (string, error) {
	var b strings.Builder
	b.WriteString(base)
	rest := cl.pattern
	for _, arg := range cl.args {
		before, after, found := strings.Cut(rest, "{")
		if !found {
			return "", invalid(cl.op(), "more arguments than names")
		}
		if strings.TrimSpace(arg) == "" || arg == "." || arg == ".." {
			return "", invalid(cl.op(), "empty or relative id")
		}
		_, rest, _ = strings.Cut(after, "}")
		b.WriteString(before + escapeID(arg))
	}
	b.WriteString(rest)
	if len(cl.query) > 0 {
		b.WriteString("?" + cl.query.Encode())
	}
	return b.String(), nil
}

// escapeID escapes an id or address for a path. Zoom wants ids that begin
// with a slash or hold two in a row escaped twice; a plus sign is escaped
// since some servers read it as a space.
func escapeID(id string) string {
	escaped := url.PathEscape(id)
	if strings.HasPrefix(id, "/") || strings.Contains(id, "//") {
		escaped = url.PathEscape(escaped)
	}
	return strings.ReplaceAll(escaped, "+", "%2B")
}

// do sends a call until it has a result, within the bounds that the package
// documentation gives.
func (c *Client) do(ctx context.Context, cl call) error {
	target, err := cl.url(c.base)
	if err != nil {
		return err
	}
	var payload []byte
	if cl.body != nil {
		if payload, err = json.Marshal(cl.body); err != nil {
			return fmt.Errorf("%s: encode request: %w", cl.op(), err)
		}
	}
	renewed := false
	for attempt := 1; ; attempt++ {
		token, result := c.try(ctx, cl, target, payload, attempt)
		if result.err == nil {
			c.heed(ctx, cl, result)
			return nil
		}
		v := judge(cl, result, attempt, time.Now())
		if result.undo != nil && !errors.Is(v.err, ErrUnknownOutcome) {
			result.undo()
		}
		c.heed(ctx, cl, result)
		if v.dropToken {
			c.tokens.drop(token)
		}
		if v.renewToken && !renewed {
			renewed = true
			attempt--
			continue
		}
		if v.penalty > 0 {
			c.pacer.Penalize(cl.class, time.Now().Add(v.penalty))
		}
		if !v.again || attempt >= c.maxAttempts || ctx.Err() != nil {
			return v.err
		}
		if err := sleep(ctx, v.wait); err != nil {
			return fmt.Errorf("zoom: %s: %w", cl.op(), err)
		}
	}
}

// result is what one attempt came to.
type result struct {
	// err is nil for success, an [*Error] for a refusal, else a network or
	// decoding error.
	err error
	// unsent says that Zoom has certainly not seen the request.
	unsent bool
	// stop says that trying again is pointless, e.g. after ctx ended.
	stop bool
	// header is that of the answer, nil if there was none.
	header http.Header
	// undo takes the call off the day's count; may be nil.
	undo func()
}

// heed lets the budget learn from an answer.
func (c *Client) heed(ctx context.Context, cl call, r result) {
	if c.budget != nil && r.header != nil {
		c.budget.heed(ctx, cl, r.header, r.err)
	}
}

// try makes one attempt and returns the token that it used.
func (c *Client) try(ctx context.Context, cl call, target string, payload []byte, attempt int) (string, result) {
	var token string
	var tokenErr error
	came, taken := time.Now(), false
	// ready takes a slot and a token when the call's turn has come. A call
	// that waits for its turn takes up no slot, so that those who wait cannot
	// stand in the way of other classes or of other flows; and none gets a
	// place in the line before it can use it.
	ready := func(ctx context.Context) error {
		select {
		case c.slots <- struct{}{}:
			taken = true
		case <-ctx.Done():
			return ctx.Err()
		}
		if token, tokenErr = c.tokens.get(ctx, came); tokenErr != nil {
			return tokenErr
		}
		// What is not to be sent shall not take a place.
		return checkOf(ctx)
	}
	defer func() {
		if taken {
			<-c.slots
		}
	}()
	undo, err := c.enter(ctx, cl, came, ready)
	switch {
	case tokenErr != nil:
		// The token source has made its own attempts.
		return "", result{err: tokenErr, unsent: true, stop: true, undo: undo}
	case err != nil:
		if e, ok := errors.AsType[*Error](err); ok && e.Method == "" {
			named := *e
			named.Method, named.Path = cl.method, cl.pattern
			return "", result{err: &named, unsent: true, stop: true, undo: undo}
		}
		return "", result{err: fmt.Errorf("zoom: %s: %w", cl.op(), err), unsent: true, stop: true, undo: undo}
	}
	if err := checkOf(ctx); err != nil {
		return "", result{err: fmt.Errorf("zoom: %s: %w", cl.op(), err), unsent: true, stop: true, undo: undo}
	}
	start := time.Now()
	res, status := c.send(ctx, cl, target, payload, token)
	attrs := []any{
		"method", cl.method, "path", cl.pattern, "status", status, "attempt", attempt,
		"duration_ms", time.Since(start).Milliseconds(),
	}
	if e, ok := errors.AsType[*Error](res.err); ok {
		attrs = append(attrs, "code", e.Code, "tracking_id", e.TrackingID)
	}
	if res.err != nil {
		attrs = append(attrs, "err", res.err)
	}
	c.log.DebugContext(ctx, "zoom request", attrs...)
	res.undo = undo
	return token, res
}

// enter returns when the call may leave, with ready done and the call counted.
func (c *Client) enter(
	ctx context.Context, cl call, came time.Time, ready func(context.Context) error,
) (undo func(), err error) {
	if cl.spaced {
		if err := c.features.pass(ctx, nil); err != nil {
			return nil, err
		}
	}
	if c.budget == nil {
		if err := ready(ctx); err != nil {
			return nil, err
		}
		return nil, c.pacer.Wait(ctx, cl.class)
	}
	if err := c.budget.mayBegin(cl); err != nil {
		return nil, err
	}
	if cl.cap != "" {
		c.budget.coming.Add(1)
		defer func() {
			c.budget.coming.Add(-1)
			c.budget.invited.settle()
		}()
	}
	err = c.budget.pass(ctx, cl.class, func(ctx context.Context) error {
		if err := ready(ctx); err != nil {
			return err
		}
		// Only now, so that calls that wait for their turn are not counted.
		undo, err = c.budget.count(ctx, cl, came)
		return err
	})
	return undo, err
}

// send sends one request and reads the answer.
func (c *Client) send(ctx context.Context, cl call, target string, payload []byte, token string) (result, int) {
	reqCtx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	sent := new(sendTrace)
	req, err := http.NewRequestWithContext(sent.attach(reqCtx), cl.method, target, bodyReader(payload))
	if err != nil {
		return result{err: invalid(cl.op(), "request cannot be made"), unsent: true, stop: true}, 0
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return result{err: c.lost(ctx, cl, err), unsent: sent.nothing(err), stop: ctx.Err() != nil || permanent(err)}, 0
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := readBody(resp.Body)
	if err != nil && resp.StatusCode == http.StatusNotFound {
		// Its text would tell who is missing: a person, or the whole path.
		return result{err: c.lost(ctx, cl, err), stop: ctx.Err() != nil || errors.Is(err, errTooLarge)}, resp.StatusCode
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		// A refusal stays one even if its text did not arrive whole.
		refusal := readRefusal(cl, resp.StatusCode, resp.Header, body, time.Now())
		return result{err: refusal, header: resp.Header}, resp.StatusCode
	}
	if err != nil {
		return result{err: c.lost(ctx, cl, err), stop: ctx.Err() != nil || errors.Is(err, errTooLarge)}, resp.StatusCode
	}
	res := readAnswer(cl, resp, body)
	res.header = resp.Header
	return res, resp.StatusCode
}

func bodyReader(payload []byte) io.Reader {
	if payload == nil {
		return nil
	}
	return bytes.NewReader(payload)
}

// lost makes an error of a failed request, without the URL that [url.Error]
// holds. After the end of ctx that is the reason, whatever else it led to.
func (*Client) lost(ctx context.Context, cl call, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("zoom: %s: %w", cl.op(), ctx.Err())
	}
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return &transportError{op: cl.op(), err: err}
}

// Why an answer cannot be used.
var (
	errTooLarge = errors.New("answer is too large")
	errEmpty    = errors.New("answer is empty")
	errNotJSON  = errors.New("answer is not JSON")
)

func readBody(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	return body, err
}

// readAnswer reads the body of a 2xx answer, which may still be a refusal.
func readAnswer(cl call, resp *http.Response, body []byte) result {
	unusable := func(err error, stop bool) result {
		return result{err: &transportError{op: cl.op(), err: err}, stop: stop}
	}
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) == 0 {
		if cl.out == nil || cl.mayBeEmpty {
			return result{}
		}
		return unusable(errEmpty, false)
	}
	if body[0] != '{' {
		// A web page in the place of an answer comes from a proxy. A bare
		// word is no harm where nothing was asked for.
		if cl.out == nil && body[0] != '<' && body[0] != '[' {
			return result{}
		}
		return unusable(errNotJSON, false)
	}
	var w map[string]json.RawMessage
	if err := json.Unmarshal(body, &w); err != nil {
		return unusable(fmt.Errorf("answer is cut off or not JSON: %w", err), false)
	}
	if code(w) != 0 {
		return result{err: readRefusal(cl, resp.StatusCode, resp.Header, body, time.Now())}
	}
	if cl.out == nil {
		return result{}
	}
	if raw, ok := cl.out.(*map[string]json.RawMessage); ok {
		*raw = w
		return result{}
	}
	if err := json.Unmarshal(body, cl.out); err != nil {
		return unusable(fmt.Errorf("answer cannot be read: %w", err), true)
	}
	return result{}
}

// sendTrace watches how far a request got. The transport may go on after it
// returned, hence the atomics.
type sendTrace struct {
	asked, connected, wrote atomic.Bool
}

func (s *sendTrace) attach(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { s.asked.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { s.connected.Store(true) },
		WroteHeaders: func() { s.wrote.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) { s.wrote.Store(true) },
	})
}

// nothing reports whether it is certain that no byte of the request left:
// the transport asked for a connection and never got one, or the error is
// one of making it.
func (s *sendTrace) nothing(err error) bool {
	if s.connected.Load() || s.wrote.Load() {
		return false
	}
	return s.asked.Load() || isDialError(err) || permanent(err)
}
