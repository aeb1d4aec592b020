package bot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// sample is a roster of two new people.
const sample = "Email,First Name,Last Name,Department\nnora.new@example.com,Nora,New,Sales\nomar.new@example.com,Omar,New,Support\n"

// settings are what a test changes of the usual world.
type settings struct {
	bot   Options
	jobs  jobs.Options
	slack slacktest.Options
	zoom  zoomtest.Options
	// http receives by signed requests instead of a socket.
	http bool
	// idle starts no bot.
	idle bool
	// wrap stands between the bot and the workspace.
	wrap func(http.Handler) http.Handler
	// asynq uses the product's queue instead of one in memory.
	asynq bool
}

// world is a workspace, an account and a Redis, with a bot between them.
type world struct {
	*slacktest.Workspace

	t     *testing.T
	zoom  *zoomtest.Account
	redis *miniredis.Miniredis
	set   settings
	slack string // address of the workspace
	zurl  string // address of the account
	log   *slog.Logger

	*process
}

// process is one run of the bot.
type process struct {
	bot  *Bot
	jobs *jobs.Service
	stop func()
}

// testLog writes to the test's output, as long as there is one.
type testLog struct {
	mu sync.Mutex
	t  *testing.T
}

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.t != nil {
		_, _ = l.t.Output().Write(p)
	}
	return len(p), nil
}

func start(t *testing.T, change ...func(*settings)) *world {
	t.Helper()
	set := settings{
		bot: Options{
			Channels: []string{"zoom-admins"}, Approvers: []string{slacktest.UserBen, slacktest.UserChiara}, PingInterval: time.Hour,
			EditEvery: time.Nanosecond,
		},
		jobs: jobs.Options{
			Settings: jobs.Settings{UserType: zoomapi.TypeBasic, CreateAction: zoomapi.ActionAutoCreate}, AccountID: zoomtest.DefaultAccountID,
			ProgressEvery: 10 * time.Millisecond, FinishEvery: 20 * time.Millisecond, SweepEvery: 50 * time.Millisecond,
			SettleAfter: time.Millisecond, Tier: zoomapi.PlanBusiness,
		},
		slack: slacktest.Options{RateOff: true, PingInterval: time.Minute},
		zoom:  zoomtest.Options{NoLimits: true, ManagedDomains: []string{"example.com"}, Plan: zoomtest.PlanBusiness},
	}
	for _, c := range change {
		c(&set)
	}
	logs := &testLog{t: t}
	t.Cleanup(func() {
		logs.mu.Lock()
		defer logs.mu.Unlock()
		logs.t = nil
	})
	w := &world{t: t, set: set, log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelInfo})), redis: miniredis.RunT(t)}
	w.zoom = zoomtest.New(set.zoom)
	w.zoom.Seed(20)
	zoom := httptest.NewServer(w.zoom)
	t.Cleanup(zoom.Close)
	w.zurl = zoom.URL

	if set.http {
		set.slack.HTTP = &slacktest.HTTPDelivery{}
		w.set.slack = set.slack
	}
	w.Workspace = slacktest.New(w.set.slack)
	var handler http.Handler = w.Workspace
	if set.wrap != nil {
		handler = set.wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		w.Close()
		server.Close()
	})
	w.slack = server.URL
	if !set.idle {
		w.process = w.run()
	}
	return w
}

// run starts the bot, as a process would after a restart.
func (w *world) run() *process {
	w.t.Helper()
	t, set := w.t, w.set
	catalogue, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: w.redis.Addr()})
	zoom, err := zoomapi.New(zoomapi.Options{
		BaseURL: w.zurl + "/v2", TokenURL: w.zurl + "/oauth/token", AccountID: zoomtest.DefaultAccountID,
		ClientID: zoomtest.DefaultClientID, ClientSecret: zoomapi.NewSecret(zoomtest.DefaultClientSecret), Plan: zoomapi.PlanBusiness,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var (
		wg    sync.WaitGroup
		queue jobs.Queue
		serve func(context.Context, func(context.Context, jobs.Task, string) error) error
	)
	if set.asynq {
		q := redisstore.NewQueue(rdb, redisstore.QueueOptions{Logger: w.log, PollEvery: 10 * time.Millisecond, StopWithin: time.Second})
		queue, serve = q, q.Run
	} else {
		q := &memoryQueue{tasks: make(chan task, 10000)}
		queue, serve = q, q.run
	}
	o := set.jobs
	o.Store, o.Queue, o.Directory, o.Logger = redisstore.New(rdb, redisstore.Options{}), queue, zoom, w.log
	o.SelfApprove = set.bot.SelfApprove
	service := jobs.New(o)
	bo := set.bot
	bo.API = slack.New(slacktest.BotToken, slack.OptionAppLevelToken(slacktest.AppToken), slack.OptionAPIURL(w.slack+"/api/"), slack.OptionRetry(1))
	bo.Jobs, bo.Text, bo.Logger = service, catalogue, w.log
	front := New(bo)
	service.SetFront(front)
	if err := front.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	wg.Go(func() { _ = serve(ctx, service.Work) })
	wg.Go(func() { _ = service.Run(ctx) })
	if set.http {
		receiver := httptest.NewServer(front.Handler(slacktest.SigningSecret))
		t.Cleanup(receiver.Close)
		w.set.slack.HTTP.RequestURL = receiver.URL + PathEvents
	} else {
		before := w.Connections()
		wg.Go(func() {
			if err := front.RunSocket(ctx); err != nil {
				t.Errorf("RunSocket: %v", err)
			}
		})
		w.until("connect", func() bool { return w.Connections() > before })
	}
	p := &process{bot: front, jobs: service}
	p.stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		waiting, done := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer done()
		front.Wait(waiting)
		if waiting.Err() != nil {
			t.Error("handlers did not end")
		}
		_ = rdb.Close()
	})
	t.Cleanup(p.stop)
	return p
}

type task struct {
	kind jobs.Task
	id   string
}

// memoryQueue distributes tasks in the process; the sweep makes up for what it loses at its end.
type memoryQueue struct{ tasks chan task }

func (q *memoryQueue) Enqueue(_ context.Context, t jobs.Task, id string, delay time.Duration) error {
	// Tests do not wait: what comes too early has no effect, and the sweep repeats it.
	if delay > 50*time.Millisecond {
		delay = 50 * time.Millisecond
	}
	if delay > 0 {
		time.AfterFunc(delay, func() { q.put(task{t, id}) })
		return nil
	}
	q.put(task{t, id})
	return nil
}

func (q *memoryQueue) put(t task) {
	select {
	case q.tasks <- t:
	default:
	}
}

func (q *memoryQueue) run(ctx context.Context, work func(context.Context, jobs.Task, string) error) error {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case t := <-q.tasks:
					if err := work(ctx, t.kind, t.id); err != nil && ctx.Err() == nil {
						_ = q.Enqueue(ctx, t.kind, t.id, 20*time.Millisecond)
					}
				}
			}
		})
	}
	wg.Wait()
	return nil
}

// until waits for a condition of the workspace.
func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeoutCause(w.t.Context(), 30*time.Second, errors.New("not within 30 s"))
	defer cancel()
	if err := w.Wait(ctx, done); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
}

// post uploads a file to a channel as a person and returns the message's ts.
func (w *world) post(user, channel, name, data string) string {
	w.t.Helper()
	ts, _, err := w.UploadFile(user, channel, name, []byte(data))
	if err != nil {
		w.t.Fatal(err)
	}
	return ts
}

// about returns the messages of the bot with a kind of metadata in a channel and its threads.
func (w *world) about(channel, event string) []slacktest.Message {
	var out []slacktest.Message
	for _, m := range w.everything(channel) {
		if m.User == slacktest.BotUserID && m.Metadata != nil && m.Metadata.EventType == event {
			out = append(out, m)
		}
	}
	return out
}

// everything is all messages of a channel, replies under their parents.
func (w *world) everything(channel string) []slacktest.Message {
	var out []slacktest.Message
	for _, m := range w.Messages(channel) {
		replies := w.Thread(channel, m.TS)
		if len(replies) == 0 {
			replies = []slacktest.Message{m}
		}
		out = append(out, replies...)
	}
	return out
}

// card returns the first card in a channel, or under a message.
func (w *world) card(channel, under string) (slacktest.Message, bool) {
	for _, m := range w.about(channel, CardEvent) {
		if under == "" || m.ThreadTS == under || m.TS == under {
			return m, true
		}
	}
	return slacktest.Message{}, false
}

func stateOf(m *slacktest.Message) jobs.State {
	if m.Metadata == nil {
		return ""
	}
	s, _ := m.Metadata.EventPayload["state"].(string)
	return jobs.State(s)
}

func jobOf(m *slacktest.Message) string {
	id, _ := m.Metadata.EventPayload["job_id"].(string)
	return id
}

// cardIn waits for the card in a channel, or under a message, to be in one of the states.
func (w *world) cardIn(channel, under string, states ...jobs.State) slacktest.Message {
	w.t.Helper()
	var found slacktest.Message
	last := ""
	defer func() {
		if found.TS == "" {
			w.t.Logf("last seen: %s", last)
		}
	}()
	w.until("a card in state "+joined(states), func() bool {
		m, ok := w.card(channel, under)
		last = string(stateOf(&m)) + ": " + m.AllText()
		if ok && slices.Contains(states, stateOf(&m)) {
			found = m
			return true
		}
		return false
	})
	return found
}

func joined(states []jobs.State) string {
	words := make([]string, 0, len(states))
	for _, s := range states {
		words = append(words, string(s))
	}
	return strings.Join(words, " or ")
}

// proposed posts the sample in #zoom-admins as Ada and waits for the dry run.
func (w *world) proposed() slacktest.Message {
	w.t.Helper()
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample)
	return w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
}

// whispered waits for a message that only user sees, and returns the newest.
func (w *world) whispered(user string, n int) slacktest.Message {
	w.t.Helper()
	w.until("an answer that only one person sees", func() bool { return len(w.Ephemerals(user)) >= n })
	all := w.Ephemerals(user)
	return all[len(all)-1]
}

// command types a slash command and returns the answer.
func (w *world) command(user, channel, words string) slacktest.Message {
	w.t.Helper()
	before := len(w.Ephemerals(user))
	if err := w.Command(user, channel, Command, words); err != nil {
		w.t.Fatal(err)
	}
	return w.whispered(user, before+1)
}

// filesNamed counts the files that the bot posted in a channel by name.
func (w *world) filesNamed(channel string) map[string]int {
	out := make(map[string]int)
	for _, f := range w.Files(channel) {
		if f.User == slacktest.BotUserID {
			out[f.Name]++
		}
	}
	return out
}

// quiet waits until every delivery is settled and the jobs have nothing left to announce.
func (w *world) quiet() {
	w.t.Helper()
	w.until("rest", w.Idle)
	waiting, done := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer done()
	w.bot.Wait(waiting)
}

// fast is a clock on which an hour passes in a few seconds, for what is tried again later.
func fast() func() time.Time {
	begun := time.Now()
	return func() time.Time { return begun.Add(1000 * time.Since(begun)) }
}
