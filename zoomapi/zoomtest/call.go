package zoomtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Call is one answered request of the API or the token endpoint.
type Call struct {
	Time    time.Time `json:"time"`
	Method  string    `json:"method"`
	Pattern string    `json:"pattern"` // "/users/{userId}"; empty for unknown paths
	Path    string    `json:"path"`    // as asked for, unescaped, without /v2
	Class   Class     `json:"class,omitempty"`
	Status  int       `json:"status"`           // 0: no answer was sent
	Code    int       `json:"code,omitempty"`   // Zoom's error number
	Token   int       `json:"token,omitempty"`  // which token was used or issued, counting from 1
	Faults  []Effect  `json:"faults,omitempty"` // faults that fired
}

// Counts sums up all calls since the start, beyond what Calls keeps.
type Counts struct {
	Total     int            `json:"total"`
	Refused   int            `json:"refused"`    // answered 429
	ByPattern map[string]int `json:"by_pattern"` // "POST /users"
	ByClass   map[Class]int  `json:"by_class"`
	ByStatus  map[int]int    `json:"by_status"`
}

// call is a request on its way through the account.
type call struct {
	r      *http.Request
	route  route
	params []string // values of the pattern's placeholders
	query  url.Values
	body   []byte
	now    time.Time
	faults faultSet
	token  int
}

func (c *call) param(i int) string { return c.params[i] }

// callLog keeps the newest calls in a ring and counts all.
type callLog struct {
	ring   []Call
	next   int
	limit  int
	counts Counts
}

func newCallLog(limit int) callLog {
	return callLog{limit: limit, counts: Counts{
		ByPattern: map[string]int{}, ByClass: map[Class]int{}, ByStatus: map[int]int{},
	}}
}

func (l *callLog) add(c Call) {
	if len(l.ring) < l.limit {
		l.ring = append(l.ring, c)
	} else {
		l.ring[l.next] = c
	}
	l.next = (l.next + 1) % l.limit
	l.counts.Total++
	if c.Status == http.StatusTooManyRequests {
		l.counts.Refused++
	}
	l.counts.ByPattern[c.Method+" "+c.Pattern]++
	l.counts.ByClass[c.Class]++
	l.counts.ByStatus[c.Status]++
}

// newest returns up to n calls, oldest first.
func (l *callLog) newest(n int) []Call {
	if len(l.ring) < l.limit {
		return slices.Clone(l.ring[max(len(l.ring)-n, 0):])
	}
	all := append(slices.Clone(l.ring[l.next:]), l.ring[:l.next]...)
	return all[max(len(all)-n, 0):]
}

// Calls returns the newest calls (Options.CallLog of them), oldest first.
func (a *Account) Calls() []Call {
	a.callMu.Lock()
	defer a.callMu.Unlock()
	return a.calls.newest(a.opts.CallLog)
}

// Counts sums up all calls so far.
func (a *Account) Counts() Counts {
	a.callMu.Lock()
	defer a.callMu.Unlock()
	c := a.calls.counts
	c.ByPattern, c.ByClass, c.ByStatus = maps.Clone(c.ByPattern), maps.Clone(c.ByClass), maps.Clone(c.ByStatus)
	return c
}

// OnCall has f told of every call after it took effect and before its answer
// is sent. It must not block. Nil takes the hook away.
func (a *Account) OnCall(f func(Call)) {
	a.callMu.Lock()
	defer a.callMu.Unlock()
	a.hook = f
}

func (a *Account) record(c *call, path string, status, code int) {
	entry := Call{
		Time: c.now, Method: c.r.Method, Pattern: c.route.pattern, Path: path, Class: c.route.class,
		Status: status, Code: code, Token: c.token, Faults: c.faults.fired,
	}
	a.callMu.Lock()
	a.calls.add(entry)
	hook := a.hook
	a.callMu.Unlock()
	if hook != nil {
		hook(entry)
	}
}
