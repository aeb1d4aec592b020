package zoomtest

import (
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Effect says what a fault does.
type Effect string

// The effects. Those marked "ends" decide the answer; of several faults that
// fire for one call only the first such one does.
const (
	// Respond answers with Status, Code, Message, Headers or Body. Ends. It is
	// the default when Status is set.
	Respond Effect = "respond"
	// The kinds of HTTP 429. End. With NoHeaders the rate headers are missing.
	LimitPerSecond  Effect = "limit_per_second"
	LimitDaily      Effect = "limit_daily"
	LimitUserDaily  Effect = "limit_user_daily"
	LimitConcurrent Effect = "limit_concurrent"
	// Hang never answers; the call ends when the client gives up. Ends.
	Hang Effect = "hang"
	// Reset cuts the connection without an answer. Ends.
	Reset Effect = "reset"
	// Truncate cuts the connection in the middle of the answer. Ends.
	Truncate Effect = "truncate"
	// Slow only waits for Delay. It is the default when Delay is set.
	Slow Effect = "slow"
	// RevokeTokens makes all tokens invalid before the call is looked at.
	RevokeTokens Effect = "revoke_tokens"
	// ExpirePageToken refuses the call's next_page_token with 400/300. It
	// matches only calls that carry one.
	ExpirePageToken Effect = "expire_page_token"
	// OverlapPages repeats the last Shift items of the page before; a negative
	// Shift skips that many. It matches only calls with a next_page_token.
	OverlapPages Effect = "overlap_pages"
	// WrongTotal adds Shift to total_records. It matches only lists.
	WrongTotal Effect = "wrong_total"
)

// Fault is one planned misbehaviour: which calls it hits, and what happens.
type Fault struct {
	Name   string // for Fired; the effect when empty
	Method string // any when empty
	// Path is matched against the path without /v2 and against the pattern
	// ("/users/{userId}"): * stands for anything but a slash, ** for anything.
	// Any when empty.
	Path string
	// PathRegexp is matched like Path when Path is empty.
	PathRegexp string

	Nth         int     // the first matching call to hit, from 1; 1 when zero
	Times       int     // how many calls to hit; 1 when zero, all when negative
	Probability float64 // chance that a matching call is hit; 1 when zero

	Effect  Effect
	After   bool              // ending effects: only after the call took effect
	Status  int               // Respond
	Code    int               // Respond: Zoom's number
	Message string            // Respond
	Body    string            // Respond: raw body in place of Code and Message
	Headers map[string]string // ending effects: set on the answer; empty values take a header away

	NoHeaders bool          // LimitPerSecond and the like
	Delay     time.Duration // wait before the call takes effect, with any effect
	Shift     int           // OverlapPages, WrongTotal; 1 when zero
}

// armed is a fault in place with its counters.
type armed struct {
	Fault

	path  *regexp.Regexp
	seen  int
	fired int
}

// faultSet is what the faults do to one call.
type faultSet struct {
	end         *armed
	delay       time.Duration
	revoke      bool
	expirePage  bool
	overlap     int
	totalOffset int
	fired       []Effect
}

// Inject puts faults in place. It panics on a pattern that does not compile or
// an unknown effect.
func (a *Account) Inject(faults ...Fault) {
	if err := a.inject(faults); err != nil {
		panic("zoomtest: inject: " + err.Error())
	}
}

func (a *Account) inject(faults []Fault) error {
	ready := make([]*armed, 0, len(faults))
	for _, f := range faults {
		x, err := f.arm()
		if err != nil {
			return err
		}
		ready = append(ready, x)
	}
	a.faultMu.Lock()
	defer a.faultMu.Unlock()
	a.faults = append(a.faults, ready...)
	return nil
}

// Clear takes all faults away and forgets how often they fired.
func (a *Account) Clear() {
	a.faultMu.Lock()
	defer a.faultMu.Unlock()
	a.faults = nil
	clear(a.fired)
}

// Fired tells how many calls the faults of that name hit.
func (a *Account) Fired(name string) int {
	a.faultMu.Lock()
	defer a.faultMu.Unlock()
	return a.fired[name]
}

func (f Fault) arm() (*armed, error) {
	if f.Effect == "" {
		switch {
		case f.Status != 0:
			f.Effect = Respond
		case f.Delay != 0:
			f.Effect = Slow
		}
	}
	if !f.Effect.valid() {
		return nil, errUnknownEffect
	}
	f.Name = or(f.Name, string(f.Effect))
	f.Nth = or(f.Nth, 1)
	f.Times = or(f.Times, 1)
	f.Probability = or(f.Probability, 1)
	f.Shift = or(f.Shift, 1)
	f.Status = or(f.Status, http.StatusInternalServerError)
	x := &armed{Fault: f}
	expr := f.PathRegexp
	if f.Path != "" {
		expr = globExpr(f.Path)
	}
	if expr == "" {
		return x, nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	x.path = re
	return x, nil
}

func (e Effect) valid() bool {
	switch e {
	case Slow, RevokeTokens, ExpirePageToken, OverlapPages, WrongTotal:
		return true
	case Respond, LimitPerSecond, LimitDaily, LimitUserDaily, LimitConcurrent, Hang, Reset, Truncate:
		return true
	default:
		return false
	}
}

// ends tells whether the effect decides the answer.
func (e Effect) ends() bool {
	switch e {
	case Respond, LimitPerSecond, LimitDaily, LimitUserDaily, LimitConcurrent, Hang, Reset, Truncate:
		return true
	case Slow, RevokeTokens, ExpirePageToken, OverlapPages, WrongTotal:
		return false
	default:
		return false
	}
}

// globExpr turns a glob into an anchored expression.
func globExpr(glob string) string {
	quoted := regexp.QuoteMeta(glob)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/]*`)
	return "(?i)^" + quoted + "$"
}

// pick finds the faults that hit a call and counts them.
func (a *Account) pick(c *call, path string) faultSet {
	var set faultSet
	a.faultMu.Lock()
	defer a.faultMu.Unlock()
	for _, f := range a.faults {
		if (f.Effect.ends() && set.end != nil) || !f.matches(c, path) {
			continue
		}
		f.seen++
		if f.seen < f.Nth || (f.Times > 0 && f.fired >= f.Times) {
			continue
		}
		if f.Probability < 1 && a.rng.Float64() >= f.Probability {
			continue
		}
		f.fired++
		a.fired[f.Name]++
		set.apply(f)
	}
	return set
}

func (s *faultSet) apply(f *armed) {
	s.fired = append(s.fired, f.Effect)
	s.delay += f.Delay
	switch f.Effect {
	case RevokeTokens:
		s.revoke = true
	case ExpirePageToken:
		s.expirePage = true
	case OverlapPages:
		s.overlap += f.Shift
	case WrongTotal:
		s.totalOffset += f.Shift
	case Slow:
	case Respond, LimitPerSecond, LimitDaily, LimitUserDaily, LimitConcurrent, Hang, Reset, Truncate:
		s.end = f
	}
}

func (f *armed) matches(c *call, path string) bool {
	if f.Method != "" && !strings.EqualFold(f.Method, c.r.Method) {
		return false
	}
	if f.path != nil && !f.path.MatchString(path) && !f.path.MatchString(c.route.pattern) {
		return false
	}
	if f.Effect == ExpirePageToken || f.Effect == OverlapPages {
		return c.query.Get("next_page_token") != ""
	}
	return f.Effect != WrongTotal || c.route.paged
}
