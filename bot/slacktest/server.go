package slacktest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Credentials that a Workspace has unless Options name others.
const (
	BotToken      = "xoxb-sandbox-bot" //nolint:gosec // made up, opens nothing
	AppToken      = "xapp-sandbox-app" //nolint:gosec // made up, opens nothing
	SigningSecret = "sandbox-signing-secret"
)

// baseMark stands for the address of the workspace in stored and built JSON;
// it becomes the address that the reader used when the JSON leaves.
const baseMark = "http://slacktest-base.invalid"

// object is a JSON object.
type object = map[string]any

// Options say what a Workspace is like. The zero value is Slack with the
// manifest of the bot, over Socket Mode.
type Options struct {
	TeamName string // "Sandbox"

	BotToken      string // BotToken
	AppToken      string // AppToken
	SigningSecret string // SigningSecret; used with HTTP only

	// Scopes of the bot token; nil means DefaultScopes().
	Scopes []string
	// Events the app subscribes to; nil means DefaultEvents().
	Events []string
	// Commands and Shortcuts of the app; nil means the manifest's.
	Commands  []Command
	Shortcuts []Shortcut

	// HTTP delivers by signed requests; nil means Socket Mode.
	HTTP *HTTPDelivery

	// BaseURL is the address written into URLs, without a slash at the end;
	// empty means the address that the reader used.
	BaseURL string

	AckTimeout   time.Duration   // 3 s: for acknowledgements
	TriggerTTL   time.Duration   // 3 s: for trigger ids
	PingInterval time.Duration   // 5 s: between pings on a socket
	RetryDelays  []time.Duration // 0, 1 min, 5 min: before each further attempt of an event
	ResponseTTL  time.Duration   // 30 min: life of a response_url

	// RateOff switches rate limits off; RateScale multiplies the allowed
	// number of calls (0 means 1).
	RateOff   bool
	RateScale float64
}

// Command is a slash command of the app.
type Command struct {
	Command, Description, UsageHint string
}

// Shortcut is a shortcut of the app. Type is "message" or "global".
type Shortcut struct {
	Name, Type, CallbackID string
}

// DefaultScopes returns the bot scopes of the app's manifest with the optional
// reactions:write and users:read.email.
func DefaultScopes() []string {
	return []string{
		"commands", "chat:write", "files:read", "files:write", "users:read", "usergroups:read",
		"im:write", "im:history", "channels:history", "groups:history", "channels:read", "groups:read",
		"im:read", "team:read", "reactions:write", "users:read.email",
	}
}

// DefaultEvents returns the bot events of the app's manifest.
func DefaultEvents() []string {
	return []string{"message.channels", "message.groups", "message.im", "app_home_opened", "subteam_members_changed"}
}

// Workspace is a Slack workspace with one app. It is an http.Handler; all
// methods may be called from several goroutines.
type Workspace struct {
	opts   Options
	send   func(d *delivery, number int, reason, base string) // one attempt over HTTP
	scopes map[string]bool
	events map[string]bool
	api    map[string]apiMethod
	mux    *http.ServeMux
	born   time.Time

	mu        sync.Mutex
	broadcast chan struct{} // closed and replaced on every change
	closed    bool
	lastTS    int64 // microseconds
	lastBase  string

	users        map[string]*User
	userOrder    []string
	groups       map[string]*Group
	channels     map[string]*Channel
	channelOrder []string
	messages     map[string][]*Message // by channel, oldest first, threads included
	ephemerals   []*Message
	lastRead     map[string]string // user and channel to ts
	files        map[string]*File
	uploads      map[string]*File // upload ticket to the file announced
	responses    map[string]*responseURL
	triggers     map[string]*trigger
	views        map[string][]*View // open modals by user, bottom first
	inMessages   map[string]State   // what a person entered in a message
	homes        map[string]*View

	sockets    []*socket
	tickets    map[string]bool
	nextSocket int
	waiting    []*delivery          // attempts that wait for a socket
	inFlight   map[string]*delivery // by envelope id
	log        []*delivery
	calls      []Call
	windows    map[string][]time.Time // calls of the last minute, per rate key
	faults     []*Fault
	dropAcks   int
	slowFrames time.Duration
	timers     map[*time.Timer]bool
}

// New returns a workspace with the sample people, groups and channels.
func New(opts Options) *Workspace {
	setDefaults(&opts)
	w := &Workspace{
		opts: opts, born: time.Now(), broadcast: make(chan struct{}),
		scopes: setOf(opts.Scopes), events: setOf(opts.Events),
		users: map[string]*User{}, groups: map[string]*Group{}, channels: map[string]*Channel{},
		messages: map[string][]*Message{}, lastRead: map[string]string{},
		files: map[string]*File{}, uploads: map[string]*File{}, responses: map[string]*responseURL{},
		triggers: map[string]*trigger{}, views: map[string][]*View{}, homes: map[string]*View{}, inMessages: map[string]State{},
		tickets: map[string]bool{}, inFlight: map[string]*delivery{}, windows: map[string][]time.Time{},
		timers: map[*time.Timer]bool{},
	}
	for _, u := range sampleUsers() {
		w.addUser(u)
	}
	for _, ch := range sampleChannels() {
		w.addChannel(ch)
	}
	w.groups[GroupApprovers] = &Group{
		ID: GroupApprovers, Handle: "zoom-approvers", Name: "Zoom approvers",
		Users: []string{UserBen, UserChiara},
	}
	w.api = w.apiMethods()
	w.send = w.sendHTTP
	w.mux = http.NewServeMux()
	w.mux.HandleFunc("/api/{method...}", w.serveAPI)
	w.mux.HandleFunc("GET /socket", w.serveSocket)
	w.mux.HandleFunc("POST /upload/{ticket}", w.serveUpload)
	w.mux.HandleFunc("GET /files-pri/{path...}", w.serveDownload)
	w.mux.HandleFunc("GET /signin", serveSignIn)
	w.mux.HandleFunc("POST /response/{id}", w.serveResponse)
	w.routePage()
	return w
}

func setDefaults(o *Options) {
	orString(&o.TeamName, "Sandbox")
	orString(&o.BotToken, BotToken)
	orString(&o.AppToken, AppToken)
	orString(&o.SigningSecret, SigningSecret)
	if o.Scopes == nil {
		o.Scopes = DefaultScopes()
	}
	if o.Events == nil {
		o.Events = DefaultEvents()
	}
	if o.Commands == nil {
		o.Commands = []Command{{
			Command: "/zoomusers", Description: "Import, update and export Zoom users and follow the jobs",
			UsageHint: "help | import | update | export [filters] | template | columns | pending | resend | withdraw | status | jobs | cancel",
		}}
	}
	if o.Shortcuts == nil {
		o.Shortcuts = []Shortcut{
			{Name: "Import this CSV", Type: "message", CallbackID: "import_message"},
			{Name: "Import Zoom users", Type: "global", CallbackID: "import_users"},
		}
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	orDuration(&o.AckTimeout, 3*time.Second)
	orDuration(&o.TriggerTTL, 3*time.Second)
	orDuration(&o.PingInterval, 5*time.Second)
	orDuration(&o.ResponseTTL, 30*time.Minute)
	if o.RetryDelays == nil {
		o.RetryDelays = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if o.RateScale <= 0 {
		o.RateScale = 1
	}
}

func orString(p *string, value string) {
	if *p == "" {
		*p = value
	}
}

func orDuration(p *time.Duration, value time.Duration) {
	if *p <= 0 {
		*p = value
	}
}

func setOf(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, s := range list {
		out[s] = true
	}
	return out
}

// ServeHTTP implements http.Handler.
func (w *Workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.mux.ServeHTTP(rw, r) }

// Close ends sockets, event streams and pending deliveries. The workspace can
// still be read.
func (w *Workspace) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.closed = true
	for t := range w.timers {
		t.Stop()
	}
	for _, s := range slices.Clone(w.sockets) {
		s.shut()
	}
	for _, d := range w.log {
		if !d.finished {
			d.noRetry = true
			w.failed(d, "closed")
		}
	}
	w.changed()
}

// changed wakes everybody who waits for a change. The lock is held.
func (w *Workspace) changed() {
	close(w.broadcast)
	w.broadcast = make(chan struct{})
}

// Subscribe returns a channel that is closed at the next change of anything in
// the workspace; call again for the one after.
func (w *Workspace) Subscribe() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broadcast
}

// Wait returns nil once done reports true. It asks at the start and after
// every change of the workspace; done may use the workspace. When ctx ends
// first its cause is returned.
func (w *Workspace) Wait(ctx context.Context, done func() bool) error {
	for {
		next := w.Subscribe()
		if done() {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			if done() {
				return nil
			}
			return fmt.Errorf("wait for the workspace: %w", context.Cause(ctx))
		}
	}
}

// later runs f with the lock held after d, unless the workspace is closed.
func (w *Workspace) later(d time.Duration, f func()) *time.Timer {
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.timers, t)
		if !w.closed {
			f()
		}
	})
	w.timers[t] = true
	return t
}

func (w *Workspace) stop(t *time.Timer) {
	if t != nil {
		t.Stop()
		delete(w.timers, t)
	}
}

func (w *Workspace) now() time.Time { return time.Now() }

// ts returns a new message timestamp, later than every one before.
func (w *Workspace) ts() string {
	w.lastTS = max(w.now().UnixMicro(), w.lastTS+1)
	return fmt.Sprintf("%d.%06d", w.lastTS/1e6, w.lastTS%1e6)
}

// newID returns an id like Slack's: the prefix and ten letters or digits.
func newID(prefix string) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
	b := make([]byte, 10)
	for i := range b {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			panic(err) // never happens: crypto/rand does not fail
		}
		b[i] = letters[n.Int64()]
	}
	return prefix + string(b)
}

// baseOf is the address that r was sent to.
func (w *Workspace) baseOf(r *http.Request) string {
	if w.opts.BaseURL != "" {
		return w.opts.BaseURL
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// base is the address for readers outside a request.
func (w *Workspace) base() string {
	switch {
	case w.opts.BaseURL != "":
		return w.opts.BaseURL
	case w.lastBase != "":
		return w.lastBase
	}
	return "http://localhost"
}

// encode is v as JSON with the address of the reader in its URLs.
func encode(v any, base string) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // objects are built here or decoded from JSON
	}
	return bytes.ReplaceAll(b, []byte(baseMark), []byte(base))
}
