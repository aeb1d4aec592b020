package slacktest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Fault makes calls fail or slow. Zero fields do nothing, so a Fault with
// only a Delay slows.
type Fault struct {
	// Method is a Web API method, or "upload", "download" or "response_url";
	// empty means every one.
	Method string
	// Channel limits the fault to calls that name this channel.
	Channel string
	// Times is how many calls are hit; 0 means until ClearFaults.
	Times int
	// Probability that a call is hit; 0 means always.
	Probability float64

	Delay      time.Duration
	Status     int    // answer with this HTTP status and an HTML body
	RetryAfter int    // seconds, in the header; without Status it means 429
	Error      string // answer ok false with this code
	Drop       bool   // cut the connection without an answer
	// After carries the call out before it fails: the app cannot know that it
	// was done.
	After bool
}

// Inject adds a fault. Faults are tried in the order they were added; the
// first that fits a call hits it.
func (w *Workspace) Inject(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, &f)
}

// ClearFaults removes all faults, also those of DropAcks and SlowSockets.
func (w *Workspace) ClearFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults, w.dropAcks, w.slowFrames = nil, 0, 0
}

// DropAcks loses the next n acknowledgements of the app.
func (w *Workspace) DropAcks(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropAcks = n
}

// SlowSockets holds every frame to the app back for d.
func (w *Workspace) SlowSockets(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slowFrames = d
}

func (f *Fault) fails() bool { return f.Status != 0 || f.RetryAfter != 0 || f.Error != "" || f.Drop }

// fault picks and uses up the fault that hits a call, if any.
func (w *Workspace) fault(method, channel string) *Fault {
	for _, f := range w.faults {
		if f.Times < 0 || f.Method != "" && f.Method != method || f.Channel != "" && f.Channel != channel {
			continue
		}
		if f.Probability > 0 && rand.Float64() >= f.Probability { //nolint:gosec // a simulated fault needs no secrecy
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Times = -1
			}
		}
		hit := *f
		return &hit
	}
	return nil
}

// Call is one request of the app in the log of calls.
type Call struct {
	Method   string // or "upload", "download", "response_url"
	Channel  string
	Args     map[string]any // without the token
	Time     time.Time
	Duration time.Duration
	Status   int
	Error    string // code, when refused
}

// Calls returns the log of requests of the app, oldest first.
func (w *Workspace) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Call(nil), w.calls...)
}

// CallCount is the number of calls of a method so far, refused ones included.
func (w *Workspace) CallCount(method string) int {
	n := 0
	for _, c := range w.Calls() {
		if c.Method == method {
			n++
		}
	}
	return n
}

// perform carries out one request of the app: it applies a fault, runs do with
// the lock held, writes the answer and logs the call.
func (w *Workspace) perform(rw http.ResponseWriter, method string, c *call, start time.Time, do func() (answer, error)) {
	channel := c.str("channel") + c.str("channel_id")
	w.mu.Lock()
	f := w.fault(method, channel)
	w.mu.Unlock()
	if f != nil && f.Delay > 0 {
		time.Sleep(f.Delay)
	}
	var out answer
	var err error
	if f == nil || !f.fails() || f.After {
		w.mu.Lock()
		out, err = do()
		w.changed()
		w.mu.Unlock()
	}
	// The call is in the log before anybody can have seen its answer.
	w.mu.Lock()
	at := len(w.calls)
	w.calls = append(w.calls, Call{Method: method, Channel: channel, Args: maps.Clone(c.args), Time: start})
	w.mu.Unlock()
	seen := &statusWriter{ResponseWriter: rw, status: http.StatusOK}
	code := ""
	switch {
	case f != nil && f.fails():
		code = f.write(seen)
	case err != nil:
		code = codeOf(err)
		writeError(seen, err)
	default:
		out(seen)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[at].Duration, w.calls[at].Status, w.calls[at].Error = time.Since(start), seen.status, code
	w.changed()
}

// write answers with the fault.
func (f *Fault) write(rw *statusWriter) string {
	if f.Drop {
		rw.status = 0
		if h, ok := rw.ResponseWriter.(http.Hijacker); ok {
			if conn, _, err := h.Hijack(); err == nil {
				_ = conn.Close()
				return "dropped"
			}
		}
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	switch {
	case f.Status == http.StatusTooManyRequests, f.Status == 0 && f.RetryAfter > 0:
		writeJSON(rw, http.StatusTooManyRequests, object{"ok": false, "error": "ratelimited"})
		return "ratelimited"
	case f.Status != 0:
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		rw.WriteHeader(f.Status)
		_, _ = fmt.Fprintf(rw, "<html><body>%s</body></html>", http.StatusText(f.Status))
		return strconv.Itoa(f.Status)
	}
	writeError(rw, refuse(f.Error))
	return f.Error
}

// statusWriter remembers the status that was written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(code int) {
	s.status = code
	s.ResponseWriter.WriteHeader(code)
}
