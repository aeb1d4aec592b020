package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// witness stands before the sandbox's two services, writes down what reaches Zoom, and strikes at chosen moments. Every
// member of the fleet has addresses of its own, so that the witness knows who calls.
type witness struct {
	zoom  *zoomtest.Account
	slack http.Handler

	mu     sync.Mutex
	calls  []zoomCall
	emails map[string]string // by Zoom's id of a person
	tokens map[string]bool
	points []*point
}

// zoomCall is a request to Zoom with what it did.
type zoomCall struct {
	member       int
	start, end   time.Time
	method, path string
	// who is the address of the person whom the call is about, in lower case; empty for lists and groups.
	who  string
	body string
	// status is 0 when no answer was sent.
	status int
	// before and after are the person around the call.
	before, after standing
}

// standing is what the checks need of a person.
type standing struct {
	there            bool
	status, id, dept string
	title            string
	kind             int
}

// writes reports whether the call was one that changes something.
func (c *zoomCall) writes() bool { return c.method != http.MethodGet }

// creates reports whether the call was to add a person.
func (c *zoomCall) creates() bool { return c.method == http.MethodPost && c.path == "/users" }

// refused reports whether Zoom said that it did nothing.
func (c *zoomCall) refused() bool { return c.status >= 400 && c.status < 500 }

// reads reports whether the call told about a person.
func (c *zoomCall) reads(email string) bool {
	switch {
	case c.method != http.MethodGet || (c.status != http.StatusOK && c.status != http.StatusNotFound && c.status != http.StatusBadRequest):
		return false
	case c.path == "/users":
		return c.status == http.StatusOK
	}
	return c.who == email && strings.Count(c.path, "/") == 2
}

// place is where a point strikes.
type place string

const (
	beforeZoom  place = "before Zoom is called"
	afterZoom   place = "after Zoom was called"
	beforeSlack place = "before Slack is called"
	afterSlack  place = "after Slack was called"
)

// point is a moment at which something is done to the member that calls.
type point struct {
	at     place
	method string // HTTP method for Zoom; any when empty
	path   string // the path holds it
	nth    int    // which such call, from 1
	// lost says that the call does not get through.
	lost bool
	do   func(member int)
}

func newWitness(zoom *zoomtest.Account, slack http.Handler) *witness {
	return &witness{zoom: zoom, slack: slack, emails: make(map[string]string), tokens: make(map[string]bool)}
}

// aim adds a point.
func (w *witness) aim(p point) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.points = append(w.points, &p)
}

// relent takes all points away.
func (w *witness) relent() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.points = nil
}

// strike does what a point asks for, and reports whether the call is lost.
func (w *witness) strike(at place, member int, method, path string) (lost bool) {
	w.mu.Lock()
	var hit *point
	for i, p := range w.points {
		if p.at != at || (p.method != "" && p.method != method) || !strings.Contains(path, p.path) {
			continue
		}
		if p.nth--; p.nth <= 0 {
			hit = p
			w.points = append(w.points[:i:i], w.points[i+1:]...)
			break
		}
	}
	w.mu.Unlock()
	if hit == nil {
		return false
	}
	hit.do(member)
	return hit.lost
}

// forSlack is Slack as a member of the fleet sees it.
func (w *witness) forSlack(member int) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.strike(beforeSlack, member, r.Method, r.URL.Path) {
			panic(http.ErrAbortHandler)
		}
		w.slack.ServeHTTP(rw, r)
		w.strike(afterSlack, member, r.Method, r.URL.Path)
	})
}

// statusWriter keeps the status of an answer, and its beginning.
type statusWriter struct {
	http.ResponseWriter
	status int
	keep   bool
	body   bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (s *statusWriter) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	if s.keep {
		s.body.Write(p)
	}
	return s.ResponseWriter.Write(p)
}

// Unwrap lets the sandbox take the connection over.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// forZoom is Zoom as a member of the fleet sees it.
func (w *witness) forZoom(member int) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/v2")
		if !strings.HasPrefix(r.URL.Path, "/v2/") {
			w.forToken(rw, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c := zoomCall{member: member, start: time.Now(), method: r.Method, path: path, body: string(body)}
		c.who = w.whom(r.Method, path, body)
		if w.strike(beforeZoom, member, r.Method, path) {
			panic(http.ErrAbortHandler)
		}
		c.before = w.look(c.who)
		answer := &statusWriter{ResponseWriter: rw}
		aborted := true
		defer func() {
			if aborted {
				answer.status = 0
			}
			c.status, c.end, c.after = answer.status, time.Now(), w.look(c.who)
			w.note(c)
			w.strike(afterZoom, member, r.Method, path)
		}()
		w.zoom.ServeHTTP(answer, r)
		aborted = false
	})
}

// forToken passes a request for a token on and keeps what was issued.
func (w *witness) forToken(rw http.ResponseWriter, r *http.Request) {
	answer := &statusWriter{ResponseWriter: rw, keep: true}
	w.zoom.ServeHTTP(answer, r)
	var issued struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(answer.body.Bytes(), &issued) == nil && issued.AccessToken != "" {
		w.mu.Lock()
		w.tokens[issued.AccessToken] = true
		w.mu.Unlock()
	}
}

func (w *witness) note(c zoomCall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range []standing{c.before, c.after} {
		if s.id != "" {
			w.emails[s.id] = c.who
		}
	}
	w.calls = append(w.calls, c)
}

// whom finds out whom a call is about.
func (w *witness) whom(method, path string, body []byte) string {
	if path == "/users" && method == http.MethodPost {
		var create struct {
			UserInfo struct {
				Email string `json:"email"`
			} `json:"user_info"`
		}
		_ = json.Unmarshal(body, &create)
		return strings.ToLower(create.UserInfo.Email)
	}
	rest, ok := strings.CutPrefix(path, "/users/")
	if !ok {
		if _, after, in := strings.Cut(path, "/members/"); in {
			rest, ok = after, true
		}
	}
	if !ok {
		return ""
	}
	who, _, _ := strings.Cut(rest, "/")
	return w.email(who)
}

// email is the address of a person named by id or address.
func (w *witness) email(who string) string {
	if plain, err := url.PathUnescape(who); err == nil {
		who = plain
	}
	if strings.Contains(who, "@") {
		return strings.ToLower(who)
	}
	w.mu.Lock()
	email, known := w.emails[who]
	w.mu.Unlock()
	if known {
		return email
	}
	w.learn()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.emails[who]
}

// learn notes who has which id.
func (w *witness) learn() {
	people := w.zoom.Users()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range people {
		w.emails[people[i].ID] = strings.ToLower(people[i].Email)
	}
}

func (w *witness) look(email string) standing {
	if email == "" {
		return standing{}
	}
	u, ok := w.zoom.User(email)
	if !ok || u.Lapsed {
		return standing{}
	}
	return standing{there: true, status: u.Status, id: u.ID, dept: u.Dept, title: u.JobTitle, kind: u.Type}
}

// log is a copy of all calls in the order of their ends.
func (w *witness) log() []zoomCall {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]zoomCall(nil), w.calls...)
}

// secrets are the tokens that were issued.
func (w *witness) secrets() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]string)
	for token := range maps.Keys(w.tokens) {
		out["a Zoom token issued as …"+token[max(0, len(token)-4):]] = token
	}
	return out
}
