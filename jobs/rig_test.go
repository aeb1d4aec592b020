package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// rig is a service with everything around it: a sandbox account over HTTP, a store, a queue that works when it is told to,
// and a front that remembers.
type rig struct {
	t      testing.TB
	clock  *clock
	zoom   *zoomtest.Account
	watch  *watcher
	client *zoomapi.Client
	redis  *miniredis.Miniredis
	store  jobs.Store
	queue  *taskList
	front  *front
	svc    *jobs.Service
	logs   *logBuffer
	// last is the job that check looks at.
	last string
}

type rigOptions struct {
	zoom zoomtest.Options
	// memory keeps jobs in the twin and not in miniredis, which is quicker; store is one of the test's own. The wraps put
	// something around what the service gets.
	memory    bool
	store     jobs.Store
	wrapStore func(jobs.Store) jobs.Store
	wrapDir   func(jobs.Directory) jobs.Directory
	action    zoomapi.CreateAction
	licensed  bool
	// timeout bounds one request; 30 seconds by default.
	timeout time.Duration
	edit    func(*jobs.Options)
}

// unlimited lifts the per-second limits; the account's clock stands still here.
func unlimited() zoomtest.Limits {
	free := zoomtest.Limit{PerSecond: -1, PerDay: -1}
	return zoomtest.Limits{Light: free, Medium: free, Heavy: free}
}

func newRig(tb testing.TB, o rigOptions) *rig {
	tb.Helper()
	r := &rig{t: tb, clock: newClock(), queue: &taskList{}, front: &front{}, logs: &logBuffer{}, store: o.store}
	o.zoom.Now = r.clock.Now
	if o.zoom.Limits == (zoomtest.Limits{}) {
		o.zoom.Limits = unlimited()
	}
	o.zoom.IMGroups = true
	o.zoom.SSO = true
	o.zoom.ManagedDomains = append(o.zoom.ManagedDomains, "example.com")
	r.zoom = zoomtest.New(o.zoom)
	r.watch = &watcher{zoom: r.zoom, busy: map[string][]*http.Request{}, created: map[string]int{}}
	srv := httptest.NewServer(r.watch)
	tb.Cleanup(srv.Close)
	r.client = dial(tb, srv, func(zo *zoomapi.Options) {
		zo.Pacer, zo.MaxAttempts = noPace{}, 2
		if o.timeout > 0 {
			zo.RequestTimeout = o.timeout
		}
	})
	if o.memory {
		r.store = newTwin(r.clock.Now)
	}
	if r.store == nil {
		m, rdb := redistest.Embedded(tb)
		r.redis, r.store = m, redisstore.New(rdb, redisstore.Options{})
	}
	jo := jobs.Options{
		Store: r.store, Queue: r.queue, Directory: r.client, Front: r.front, Now: r.clock.Now,
		Logger:    slog.New(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		AccountID: r.zoom.AccountID(), SettleAfter: time.Millisecond,
		Settings: jobs.Settings{CreateAction: o.action},
		// The guards have tests of their own.
		Guards: jobs.Guards{Canary: -1, FailedShare: -1, TouchedShare: -1, RemovedShare: -1},
	}
	if o.licensed {
		jo.Settings.UserType = zoomapi.TypeLicensed
	}
	if o.wrapStore != nil {
		jo.Store = o.wrapStore(r.store)
	}
	if o.wrapDir != nil {
		jo.Directory = o.wrapDir(r.client)
	}
	if o.edit != nil {
		o.edit(&jo)
	}
	r.svc, r.queue.clock = jobs.New(jo), r.clock
	r.queue.work = r.svc.Work
	for _, name := range []string{"Sales", "Support", "Paris"} {
		r.zoom.AddGroup(name)
	}
	r.zoom.AddIMGroup("Lunch")
	r.zoom.AddUser(zoomtest.User{Email: "boss@example.com", FirstName: "Bo", LastName: "Ss"})
	return r
}

// dial makes a client for a sandbox behind a server.
func dial(tb testing.TB, srv *httptest.Server, edit func(*zoomapi.Options)) *zoomapi.Client {
	tb.Helper()
	o := zoomapi.Options{
		BaseURL: srv.URL + "/v2", TokenURL: srv.URL + "/oauth/token", AccountID: zoomtest.DefaultAccountID,
		ClientID: zoomtest.DefaultClientID, ClientSecret: zoomapi.NewSecret(zoomtest.DefaultClientSecret),
		RequestTimeout: 30 * time.Second,
	}
	if edit != nil {
		edit(&o)
	}
	c, err := zoomapi.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

type noPace struct{}

func (noPace) Wait(ctx context.Context, _ zoomapi.Class) error { return ctx.Err() }
func (noPace) Penalize(zoomapi.Class, time.Time)               {}

// person is a row of a sample file.
type person struct{ email, dept, groups, chats, title string }

func (p person) record() []string {
	name, _, _ := strings.Cut(p.email, "@")
	return []string{p.email, name, "Sample", p.dept, p.groups, p.chats, p.title}
}

// people makes n rows that ask for everything.
func people(n int) []person {
	out := make([]person, n)
	for i := range out {
		out[i] = person{fmt.Sprintf("p%03d@example.com", i), "Field", "Sales", "Lunch", "Rep"}
		if i%2 == 0 {
			out[i].groups = "Support; Sales"
		}
		if i%5 == 0 {
			out[i].groups = "Sales; Paris; Support"
		}
	}
	return out
}

func csvOf(tb testing.TB, rows []person) []byte {
	tb.Helper()
	records := make([][]string, len(rows))
	for i, p := range rows {
		records[i] = p.record()
	}
	var b bytes.Buffer
	header := []string{"Email", "First name", "Last name", "Department", "User group", "Chat group", "Job title"}
	if err := roster.Write(&b, header, records, roster.WriteOptions{}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

var (
	requester = jobs.Actor{ID: "U-requester", Name: "Rita"}
	approver  = jobs.Actor{ID: "U-approver", Name: "Ada"}
)

func (r *rig) submit(rows []person) jobs.Job {
	r.t.Helper()
	j, created, err := r.svc.Submit(r.t.Context(), jobs.Submission{
		Key: uuid.NewString(), Kind: jobs.KindImport, Requester: requester, Source: jobs.Source{Name: "sample.csv"},
		Data: csvOf(r.t, rows),
	})
	if err != nil || !created {
		r.t.Fatalf("submit: created %v, error %v", created, err)
	}
	return j
}

// file submits a file as it is.
func (r *rig) file(kind jobs.Kind, lines ...string) jobs.Job {
	r.t.Helper()
	j, created, err := r.svc.Submit(r.t.Context(), jobs.Submission{
		Key: uuid.NewString(), Kind: kind, Requester: requester, Source: jobs.Source{Name: "sample.csv"},
		Data: []byte(strings.Join(lines, "\n") + "\n"),
	})
	if err != nil || !created {
		r.t.Fatalf("submit: created %v, error %v", created, err)
	}
	r.settle()
	return r.get(j.ID)
}

// carry takes a file through approval as far as it goes now.
func (r *rig) carry(kind jobs.Kind, lines ...string) jobs.Job {
	r.t.Helper()
	j := r.file(kind, lines...)
	if j.State != jobs.StateAwaitingApproval {
		p, err := r.svc.Plan(r.t.Context(), j.ID)
		if err != nil {
			r.t.Fatalf("job is %s (%+v): %v", j.State, j.Reason, err)
		}
		r.t.Fatalf("job is %s (%+v):\n%s", j.State, j.Reason, p.Text())
	}
	r.approve(j)
	r.settle()
	return r.get(j.ID)
}

// settle works until nothing is due.
func (r *rig) settle() {
	r.t.Helper()
	for range 1000 {
		if err := r.svc.Sweep(r.t.Context()); err != nil {
			r.t.Fatalf("sweep: %v", err)
		}
		if r.queue.drain(r.t.Context()) == 0 {
			return
		}
	}
	r.t.Fatal("the queue does not come to rest")
}

// pass lets time go by and works on what is due then.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	r.clock.Advance(d)
	if r.redis != nil {
		r.redis.FastForward(d)
	}
	r.settle()
}

func (r *rig) get(id string) jobs.Job {
	r.t.Helper()
	j, err := r.svc.Get(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

func (r *rig) want(id string, state jobs.State) jobs.Job {
	r.t.Helper()
	j := r.get(id)
	if j.State != state {
		r.t.Fatalf("job is %s (reason %+v), want %s", j.State, j.Reason, state)
	}
	return j
}

// planned submits rows and returns the job that waits for approval.
func (r *rig) planned(rows []person) jobs.Job {
	r.t.Helper()
	j := r.submit(rows)
	r.settle()
	return r.want(j.ID, jobs.StateAwaitingApproval)
}

func (r *rig) approve(j jobs.Job) {
	r.t.Helper()
	if _, err := r.svc.Approve(r.t.Context(), j.ID, j.Plan.Digest, approver); err != nil {
		r.t.Fatalf("approve: %v", err)
	}
}

// apply takes rows through approval as far as they go now.
func (r *rig) apply(rows []person) jobs.Job {
	r.t.Helper()
	j := r.planned(rows)
	r.approve(j)
	r.settle()
	return r.get(j.ID)
}

// outcomes are the outcomes of a job's rows by address.
func (r *rig) outcomes(id string) map[string]jobs.Outcome {
	r.t.Helper()
	_, results, err := r.svc.Results(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	out := make(map[string]jobs.Outcome, len(results))
	for i := range results {
		out[results[i].Row.Get(roster.Email)] = results[i].Outcome
	}
	return out
}

func (r *rig) result(id, email string) jobs.Result {
	r.t.Helper()
	_, results, err := r.svc.Results(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, res := range results {
		if res.Row.Get(roster.Email) == email {
			return res
		}
	}
	r.t.Fatalf("no row of %s", email)
	return jobs.Result{}
}

// check compares account, ledger, counts and log of a job: promises 2 and 3, and what an outcome says about the account.
func (r *rig) check(id string) {
	r.t.Helper()
	r.last = id
	j := r.get(id)
	_, results, err := r.svc.Results(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	var got jobs.Counts
	for i := range results {
		res := &results[i]
		email := res.Row.Get(roster.Email)
		switch res.Outcome {
		case jobs.OutcomeCreated:
			got.Created++
			r.complete(email, res.Change)
		case jobs.OutcomeUpdated:
			got.Updated++
			r.holds(email, res.Change)
		case jobs.OutcomeDeactivated:
			got.Deactivated++
			if u, _ := r.zoom.User(email); u.Status != zoomtest.Inactive {
				r.t.Errorf("line %d is deactivated, the person is %s", res.Row.Line, u.Status)
			}
		case jobs.OutcomeWithdrawn:
			got.Withdrawn++
			if _, there := r.zoom.User(email); there {
				r.t.Errorf("line %d is withdrawn and the invitation is there", res.Row.Line)
			}
		case jobs.OutcomeDeleted:
			got.Deleted++
			if _, there := r.zoom.User(email); there {
				r.t.Errorf("line %d is deleted and the person is there", res.Row.Line)
			}
		case jobs.OutcomeConflict:
			got.Conflict++
		case jobs.OutcomeReversed:
			got.Reversed++
		case jobs.OutcomeKept:
			got.Kept++
		case jobs.OutcomeIrreversible:
			got.Irreversible++
		case jobs.OutcomeWaiting:
			got.Waiting++
			if u, ok := r.zoom.User(email); !ok || u.Status == zoomtest.Inactive {
				r.t.Errorf("line %d is waiting and nobody is invited", res.Row.Line)
			}
		case jobs.OutcomeIncomplete:
			got.Incomplete++
			if u, ok := r.zoom.User(email); !ok || u.Status == zoomtest.Inactive || len(res.State.Outstanding) == 0 {
				r.t.Errorf("line %d is invited and not completed: %+v, lacks %v", res.Row.Line, u.Status, res.State.Outstanding)
			}
		case jobs.OutcomeLapsed:
			got.Lapsed++
		case jobs.OutcomeUnchanged:
			got.Unchanged++
		case jobs.OutcomeSkipped:
			got.Skipped++
		case jobs.OutcomeFailed:
			got.Failed++
		case jobs.OutcomeUnprocessed:
			got.Unprocessed++
			if n := r.watch.timesCreated(email); n != 0 {
				r.t.Errorf("line %d is unprocessed and was created", res.Row.Line)
			}
		default:
			r.t.Errorf("line %d has outcome %q", res.Row.Line, res.Outcome)
		}
	}
	if got.Total() != len(results) || got.Total() != j.Plan.Counts.Rows {
		r.t.Errorf("outcomes add up to %d, the file has %d rows, the plan %d", got.Total(), len(results), j.Plan.Counts.Rows)
	}
	if !j.StartedAt.IsZero() && (j.State.Terminal() || j.State == jobs.StateFinishing || j.State == jobs.StatePaused) {
		got.Invited, got.Activated, got.Finished = j.Counts.Invited, j.Counts.Activated, j.Counts.Finished
		if diff := cmp.Diff(got, j.Counts); diff != "" {
			r.t.Errorf("counts of the job against its rows (-rows +job):\n%s", diff)
		}
		if c := j.Counts; c.Finished > c.Activated || c.Activated > c.Invited || c.Waiting > c.Invited {
			r.t.Errorf("invited, activated and finished do not fit: %+v", c)
		}
	}
	entries, err := r.svc.Audit(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	if at := jobs.Verify(entries); at != -1 {
		r.t.Errorf("audit log is broken at %d", at)
	}
	r.watch.check(r.t)
	if log := r.logs.String(); strings.Contains(log, "@") {
		i := strings.Index(log, "@")
		r.t.Errorf("an address is in the log: …%s…", log[max(0, i-80):min(len(log), i+40)])
	}
}

// complete checks that the account holds everything that a row asks for.
func (r *rig) complete(email string, c plan.Change) {
	r.t.Helper()
	u, ok := r.zoom.User(email)
	if !ok || u.Status != zoomtest.Active {
		r.t.Errorf("line %d is created and nobody is there", c.Line)
		return
	}
	if v, set := c.Value(roster.Department); set && u.Dept != v {
		r.t.Errorf("line %d: department %q, want %q", c.Line, u.Dept, v)
	}
	if v, set := c.Value(roster.JobTitle); set && u.JobTitle != v {
		r.t.Errorf("line %d: job title %q, want %q", c.Line, u.JobTitle, v)
	}
	for i, g := range c.Groups {
		in := slices.Contains(u.GroupIDs, g.ID) || slices.Contains(u.IMGroupIDs, g.ID)
		if g.Kind == plan.ContactGroup {
			in = slices.Contains(r.contactMembers(g.ID), u.ID)
		}
		if !in {
			r.t.Errorf("line %d: not in group %s", c.Line, g.Name)
		}
		if i == 0 && g.Kind == plan.UserGroup && u.GroupIDs[0] != g.ID {
			r.t.Errorf("line %d: the primary group is not %s", c.Line, g.Name)
		}
	}
}

// holds checks that the account has every value and group of an update.
func (r *rig) holds(email string, c plan.Change) {
	r.t.Helper()
	if to, moved := c.Value(roster.NewEmail); moved {
		email = to
	}
	u, err := r.client.User(r.t.Context(), email)
	if err != nil || u.Status != zoomapi.StatusActive {
		r.t.Errorf("line %d is updated; the person: %q, error %v", c.Line, u.Status, err)
		return
	}
	set, err := r.client.Settings(r.t.Context(), email)
	if err != nil {
		r.t.Errorf("line %d: settings: %v", c.Line, err)
	}
	p, err := r.svc.Plan(r.t.Context(), r.last)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range c.Fields {
		if now, known := p.Current(f.Field, &u, &set.Feature); !known || !plan.Same(f.Field, now, f.New) {
			r.t.Errorf("line %d: %s is %q, want %q", c.Line, f.Field, now, f.New)
		}
	}
	in := slices.Concat(u.GroupIDs, u.IMGroupIDs)
	for _, g := range c.Groups {
		if g.Kind != plan.ContactGroup && !slices.Contains(in, g.ID) {
			r.t.Errorf("line %d: not in group %s", c.Line, g.Name)
		}
	}
	for _, g := range c.Leaves {
		if slices.Contains(in, g.ID) {
			r.t.Errorf("line %d: still in group %s", c.Line, g.Name)
		}
	}
}

func (r *rig) contactMembers(groupID string) []string {
	r.t.Helper()
	var out []string
	for m, err := range r.client.ContactGroupMembers(r.t.Context(), groupID) {
		if err != nil {
			r.t.Fatal(err)
		}
		out = append(out, m.ID)
	}
	return out
}

// taskList is a queue that works when it is told to, one task after another.
type taskList struct {
	clock *clock
	work  func(context.Context, jobs.Task, string) error

	mu sync.Mutex
	// drop loses every task that is queued from now on.
	drop  bool
	tasks []queued
}

type queued struct {
	task jobs.Task
	id   string
	due  time.Time
}

func (q *taskList) Enqueue(_ context.Context, t jobs.Task, id string, delay time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.drop {
		return errors.New("the queue is away")
	}
	q.tasks = append(q.tasks, queued{t, id, q.clock.Now().Add(delay)})
	return nil
}

func (q *taskList) lose(lose bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop, q.tasks = lose, nil
}

func (q *taskList) next() (queued, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, t := range q.tasks {
		if !t.due.After(q.clock.Now()) {
			q.tasks = slices.Delete(q.tasks, i, i+1)
			return t, true
		}
	}
	return queued{}, false
}

// drain works on what is due and returns how many tasks that were. A task whose work fails is lost, as after the last
// repetition by a queue.
func (q *taskList) drain(ctx context.Context) int {
	n := 0
	for {
		t, ok := q.next()
		if !ok {
			return n
		}
		n++
		_ = q.work(ctx, t.task, t.id)
	}
}

// front remembers what it was told to show.
type front struct {
	mu    sync.Mutex
	shown []jobs.Job
	steps []jobs.Progress
	// What the front does; nil is success.
	fetch    func(jobs.Job) ([]byte, error)
	announce func(jobs.Job) error
	approve  func(jobs.Actor) error
}

func (f *front) Fetch(_ context.Context, j jobs.Job) ([]byte, error) {
	if f.fetch == nil {
		return nil, errors.New("nothing to fetch")
	}
	return f.fetch(j)
}

func (f *front) Announce(_ context.Context, j jobs.Job) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.announce != nil {
		if err := f.announce(j); err != nil {
			return err
		}
	}
	f.shown = append(f.shown, j)
	return nil
}

func (f *front) Progress(_ context.Context, _ jobs.Job, p jobs.Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps = append(f.steps, p)
}

func (f *front) MayApprove(_ context.Context, a jobs.Actor) error {
	if f.approve != nil {
		return f.approve(a)
	}
	if a.ID != approver.ID && a.ID != "U-approver-2" {
		return jobs.ErrNotApprover
	}
	return nil
}

// seen are the states that were shown of a job, in order.
func (f *front) seen(id string) []jobs.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []jobs.State
	for _, j := range f.shown {
		if j.ID == id {
			out = append(out, j.State)
		}
	}
	return out
}

// watcher stands before the account. It sees who is worked on by several calls at once, who is created how often, and how
// many people a call puts into a group.
type watcher struct {
	zoom *zoomtest.Account
	// before is called ahead of each call, with the method and path; nil does nothing.
	before func(method, path string)

	mu       sync.Mutex
	known    map[string]string // id -> address
	busy     map[string][]*http.Request
	created  map[string]int
	batches  []int
	problems []string
}

func (w *watcher) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	path := strings.TrimPrefix(req.URL.Path, "/v2")
	if req.Method == http.MethodGet || strings.HasPrefix(path, "/oauth") {
		if w.before != nil {
			w.before(req.Method, path)
		}
		w.zoom.ServeHTTP(rw, req)
		return
	}
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(rw, "body", http.StatusBadRequest)
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(raw))
	who := w.persons(path, raw)
	w.enter(req, who)
	defer w.leave(req, who)
	if w.before != nil {
		w.before(req.Method, path)
	}
	existed := true
	if path == "/users" {
		_, existed = w.zoom.User(who[0])
	}
	defer func() {
		if path != "/users" {
			return
		}
		if _, now := w.zoom.User(who[0]); now && !existed {
			w.mu.Lock()
			w.created[who[0]]++
			w.mu.Unlock()
		}
	}()
	w.zoom.ServeHTTP(rw, req)
}

// persons are the addresses of the people that a write is about.
func (w *watcher) persons(path string, raw []byte) []string {
	type ref struct {
		ID    string `json:"id"`
		Email string `json:"email"`
	}
	var body struct {
		UserInfo ref   `json:"user_info"`
		Members  []ref `json:"members"`
		Contacts []ref `json:"group_members"`
	}
	_ = json.Unmarshal(raw, &body)
	var names []string
	switch {
	case path == "/users":
		names = []string{body.UserInfo.Email}
	case strings.HasPrefix(path, "/users/"):
		name, _, _ := strings.Cut(strings.TrimPrefix(path, "/users/"), "/")
		names = []string{name}
	case strings.Contains(path, "/members/"):
		names = []string{path[strings.LastIndex(path, "/")+1:]}
	}
	for _, m := range append(body.Members, body.Contacts...) {
		names = append(names, m.ID+m.Email)
	}
	for i, name := range names {
		if !strings.Contains(name, "@") {
			names[i] = w.address(name)
		}
	}
	return names
}

// address is the address of a person by id; the id itself when nobody has it.
func (w *watcher) address(id string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if email, ok := w.known[id]; ok {
		return email
	}
	w.known = map[string]string{}
	for _, u := range w.zoom.Users() {
		w.known[u.ID] = u.Email
	}
	if email, ok := w.known[id]; ok {
		return email
	}
	return id
}

func (w *watcher) enter(req *http.Request, who []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasSuffix(req.URL.Path, "/members") {
		w.batches = append(w.batches, len(who))
	}
	for _, name := range who {
		for _, other := range slices.Clone(w.busy[name]) {
			if !w.over(name, other) {
				w.problems = append(w.problems, "two writes at once on one person: "+other.URL.Path+" and "+req.URL.Path)
			}
		}
		w.busy[name] = append(w.busy[name], req)
	}
}

// over reports whether a former call on a person is over for the client. The server may learn a little later that a client
// has given a call up, or that a connection was reset.
func (w *watcher) over(name string, other *http.Request) bool {
	for range 200 {
		if other.Context().Err() != nil || !slices.Contains(w.busy[name], other) {
			return true
		}
		w.mu.Unlock()
		select {
		case <-other.Context().Done():
		case <-time.After(5 * time.Millisecond):
		}
		w.mu.Lock()
	}
	return false
}

func (w *watcher) leave(req *http.Request, who []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range who {
		w.busy[name] = slices.DeleteFunc(w.busy[name], func(r *http.Request) bool { return r == req })
	}
}

func (w *watcher) timesCreated(email string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.created[email]
}

func (w *watcher) check(tb testing.TB) {
	tb.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.problems {
		tb.Error(p)
	}
	for email, n := range w.created {
		if n > 1 {
			tb.Errorf("%s was created %d times", email, n)
		}
	}
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
