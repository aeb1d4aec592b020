package zoomtest

import (
	"html/template"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Account is one made-up Zoom account. It is an http.Handler, safe for
// concurrent use; make one with New.
type Account struct {
	opts   Options
	limit  atomic.Pointer[Limits] // those of opts until SetLimits
	routes []route
	page   *template.Template
	origin *http.CrossOriginProtection

	mu        sync.RWMutex // guards everything down to additions
	seq       int64
	byID      map[string]*person
	byEmail   map[string]*person
	lists     map[string][]*person // by status, ordered by seq
	pools     map[poolKey]poolCount
	vanity    map[string]string // personal link name to user id
	groups    *groupSet
	imGroups  *groupSet
	contacts  *groupSet
	divisions []division
	nextLapse time.Time
	created   dayCount        // people created today through the API
	newGroups dayCount        // groups created today through the API
	busy      map[string]bool // ids of people being deleted
	additions map[string]*Additions

	hooks *hooks

	tokenMu sync.Mutex
	scopes  []string
	tokens  map[string]token
	issued  int

	limitMu  sync.Mutex
	windows  map[Class]*window
	features time.Time // last POST /users/features

	faultMu sync.Mutex
	faults  []*armed
	fired   map[string]int
	rng     *rand.Rand

	callMu sync.Mutex
	calls  callLog
	hook   func(Call)
}

// New makes an empty account: no people, no groups. Seed fills it.
func New(opts Options) *Account {
	opts = opts.withDefaults()
	a := &Account{
		opts:      opts,
		routes:    routes(),
		page:      pageTemplate(),
		origin:    http.NewCrossOriginProtection(),
		byID:      map[string]*person{},
		byEmail:   map[string]*person{},
		lists:     map[string][]*person{},
		pools:     map[poolKey]poolCount{},
		vanity:    map[string]string{},
		groups:    newGroupSet(),
		imGroups:  newGroupSet(),
		contacts:  newGroupSet(),
		busy:      map[string]bool{},
		additions: map[string]*Additions{},
		scopes:    opts.Scopes,
		tokens:    map[string]token{},
		windows:   map[Class]*window{},
		fired:     map[string]int{},
		rng:       rand.New(rand.NewPCG(opts.RandSeed, 2)), //nolint:gosec // repeatable on purpose.
		calls:     newCallLog(opts.CallLog),
		hooks:     newHooks(opts),
	}
	a.limit.Store(&opts.Limits)
	a.divisions = []division{{ID: a.newID("division", 0), Name: "Main Division", Main: true}}
	return a
}

// ServeHTTP serves the token endpoint, the API with or without its /v2 prefix,
// the control surface under /sandbox/ and the page at /.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/" || path == "":
		a.servePage(w, r)
	case path == "/favicon.ico":
		w.WriteHeader(http.StatusNoContent)
	case strings.HasPrefix(path, "/sandbox/"):
		a.serveSandbox(w, r)
	default:
		a.serveAPI(w, r)
	}
}

// AccountID is the account id the token endpoint accepts.
func (a *Account) AccountID() string { return a.opts.AccountID }

// ClientID is the client id the token endpoint accepts.
func (a *Account) ClientID() string { return a.opts.ClientID }

// ClientSecret is the client secret the token endpoint accepts.
func (a *Account) ClientSecret() string { return a.opts.ClientSecret }

// Plan is the name of the account's plan.
func (a *Account) Plan() string { return a.opts.Plan }

func (a *Account) now() time.Time { return a.opts.Now().UTC() }

// dayCount counts events of one UTC day.
type dayCount struct {
	day  int64
	used int
}

func (d *dayCount) today(now time.Time) int {
	if day := dayOf(now); d.day != day {
		d.day, d.used = day, 0
	}
	return d.used
}

func dayOf(t time.Time) int64 { return t.Unix() / 86_400 }

// midnight is the next 00:00 UTC, when daily limits start anew.
func midnight(now time.Time) time.Time {
	return time.Unix((dayOf(now)+1)*86_400, 0).UTC()
}
