package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// theatre is everything that one run of the campaign happens in: the sandbox in this process, a redis-server, and a fleet of
// bots as processes of their own.
type theatre struct {
	run       campaignRun
	random    *dice
	begun     time.Time
	slack     *slacktest.Workspace
	zoom      *zoomtest.Account
	witness   *witness
	redis     *redisServer
	fleet     *fleet
	reader    *jobs.Service // reads what the bots have stored, and does nothing
	specs     []*spec
	calm      atomic.Bool // nothing goes wrong any more, and people see to it that jobs end
	strangers map[string]zoomtest.User

	mu     sync.Mutex
	calmed time.Time
	story  []string
	hands  map[string][]handEdit
	marred map[string]int // how often somebody deleted the card of a job by hand
}

// handEdit is what somebody did in Zoom's portal.
type handEdit struct {
	at      time.Time
	value   string // the department that was set
	removed bool
	added   bool
}

// dice is a source of chance for several goroutines.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newDice(seed uint64) *dice { return &dice{r: rand.New(rand.NewPCG(seed, seed^0x5eed))} }

// n is a number below a bound.
func (d *dice) n(bound int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(bound)
}

// chance is true in so many of a hundred cases.
func (d *dice) chance(percent int) bool { return d.n(100) < percent }

// between is a stretch of time.
func (d *dice) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.n(int(most-least)+1))
}

// newTheatre sets the scene. Everything ends with the test.
func newTheatre(ctx context.Context, t *testing.T, run campaignRun, dir string) *theatre {
	t.Helper()
	th := &theatre{
		run: run, random: newDice(run.seed), begun: time.Now(), hands: make(map[string][]handEdit), marred: make(map[string]int),
		slack: slacktest.New(slacktest.Options{
			TeamName: "Campaign", RetryDelays: []time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second},
			RateScale: 4, AckTimeout: 3 * time.Second,
		}),
		strangers: make(map[string]zoomtest.User),
	}
	t.Cleanup(th.slack.Close)
	options := zoomtest.Options{Plan: zoomtest.PlanBusiness, Latency: run.latency, Jitter: run.latency, RandSeed: run.seed | 1}
	if run.active {
		options.ManagedDomains = []string{"example.org"}
	}
	th.zoom = zoomtest.New(options)
	th.zoom.Seed(run.people)
	th.witness = newWitness(th.zoom, th.slack)
	th.redis = startRedisServer(t) //nolint:contextcheck // It lives as long as the test.
	th.fleet = &fleet{program: findProgram(t, "zoomusers"), dir: dir, redis: th.redis}
	for i := range run.members {
		slackURL, zoomURL := th.listen(ctx, t, th.witness.forSlack(i)), th.listen(ctx, t, th.witness.forZoom(i))
		th.fleet.env = append(th.fleet.env, th.environment(slackURL, zoomURL))
	}
	zoomURL := th.listen(ctx, t, th.zoom)
	client, err := zoomapi.New(zoomapi.Options{
		BaseURL: zoomURL + "/v2", TokenURL: zoomURL + "/oauth/token", AccountID: th.zoom.AccountID(), ClientID: th.zoom.ClientID(),
		ClientSecret: zoomapi.NewSecret(th.zoom.ClientSecret()), Plan: zoomapi.PlanBusiness, Share: 1, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	th.reader = jobs.New(jobs.Options{
		Store: redisstore.New(th.redis.rdb, redisstore.Options{}), Queue: redisstore.NewQueue(th.redis.rdb, redisstore.QueueOptions{}),
		Directory: client, Logger: slog.New(slog.DiscardHandler), AllowDelete: true,
	})
	th.populate()
	return th
}

// listen serves a handler on loopback.
func (th *theatre) listen(ctx context.Context, t *testing.T, h http.Handler) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	return "http://" + l.Addr().String()
}

// environment configures a member. Times are as short as the program lets them be.
func (th *theatre) environment(slackURL, zoomURL string) map[string]string {
	env := map[string]string{
		"SLACK_API_URL": slackURL + "/api/", "SLACK_BOT_TOKEN": slacktest.BotToken, "SLACK_APP_TOKEN": slacktest.AppToken,
		"ZOOM_API_URL": zoomURL + "/v2", "ZOOM_OAUTH_URL": zoomURL + "/oauth/token", "ZOOM_ACCOUNT_ID": th.zoom.AccountID(),
		"ZOOM_CLIENT_ID": th.zoom.ClientID(), "ZOOM_CLIENT_SECRET": th.zoom.ClientSecret(),
		"REDIS_URL": th.redis.server.URL(), "ZOOMUSERS_SLACK_CHANNELS": "zoom-admins",
		"ZOOMUSERS_APPROVAL_APPROVERS": slacktest.GroupApprovers, "ZOOMUSERS_ZOOM_PLAN": zoomtest.PlanBusiness,
		"ZOOMUSERS_ZOOM_SHARE": "0.9", "ZOOMUSERS_FINISH_INTERVAL": "1s",
	}
	if th.run.hasty {
		env["ZOOMUSERS_APPROVAL_EXPIRES"] = "3s"
	}
	if th.run.active {
		env["ZOOMUSERS_ZOOM_CREATE_ACTION"] = "autoCreate"
	}
	short := map[string]string{
		"job.lease": "4s", "zoom.timeout": "5s", "seats.interval": "2s", "guards.canary": "0", "guards.failed_share": "0",
		"guards.touched_share": "0", "guards.removed_share": "0",
	}
	if !slices.Contains(th.run.themes, themeZoom) {
		// Who is stopped for a while shall still get the answers that came meanwhile.
		delete(short, "zoom.timeout")
	}
	if th.run.guarded {
		short["guards.canary"], short["guards.failed_share"] = "10", "0.3"
	}
	for _, s := range settings() {
		if value, ok := short[s.key]; ok {
			env[s.env] = value
		}
	}
	return env
}

// tell adds a line to the story of the run.
func (th *theatre) tell(format string, args ...any) {
	th.mu.Lock()
	defer th.mu.Unlock()
	th.story = append(th.story, fmt.Sprintf("%7.2fs ", time.Since(th.begun).Seconds())+fmt.Sprintf(format, args...))
}

// calmFrom is since when nothing goes wrong any more.
func (th *theatre) calmFrom() time.Time {
	th.mu.Lock()
	defer th.mu.Unlock()
	return th.calmed
}

func (th *theatre) told() string {
	th.mu.Lock()
	defer th.mu.Unlock()
	return strings.Join(th.story, "\n")
}

// spec is a file that is handed in.
type spec struct {
	name   string
	header []string
	rows   [][]string
	// at is when it is handed in, after the start.
	at time.Duration

	mu sync.Mutex
	ts string
}

func (s *spec) file() []byte {
	var b strings.Builder
	b.WriteString(strings.Join(s.header, ",") + "\n")
	for _, row := range s.rows {
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	return []byte(b.String())
}

func (s *spec) thread() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ts
}

// populate fills the account with people to change and writes the files.
func (th *theatre) populate() {
	groups := th.zoom.Groups()
	for k, size := range th.run.sizes {
		s := &spec{
			name:   fmt.Sprintf("people-%d.csv", k),
			header: []string{"Email", "First Name", "Last Name", "Department", "Job Title", "User Group", "User Type", "Action"},
			at:     th.random.between(0, th.run.chaos/2),
		}
		for i := range size {
			group := groups[th.random.n(len(groups))].Name
			who := fmt.Sprintf("%d-%d", k, i)
			if th.run.overlap && k > 0 && i < 5 {
				who = fmt.Sprintf("0-%d", i)
			}
			field := fmt.Sprintf("Field %d", k)
			switch p := th.random.n(100); {
			case p < 45:
				s.rows = append(s.rows, []string{"new-" + who + "@example.org", "Nia", "Number " + who, field, "", group, "", ""})
			case p < 75:
				email := "old-" + who + "@example.net"
				th.settle(email, zoomtest.Basic)
				s.rows = append(s.rows, []string{email, "", "", field, "Chief", "", "", ""})
			case p < 85:
				email := "gone-" + who + "@example.net"
				th.settle(email, zoomtest.Basic)
				s.rows = append(s.rows, []string{email, "", "", "", "", "", "", "deactivate"})
			case p < 90:
				email := "rise-" + who + "@example.net"
				th.settle(email, zoomtest.Basic)
				s.rows = append(s.rows, []string{email, "", "", "", "Head", "+" + group, "Licensed", ""})
			case p < 95:
				email := "same-" + who + "@example.net"
				th.settle(email, zoomtest.Basic)
				s.rows = append(s.rows, []string{email, "", "", "Before", "Clerk", "", "", ""})
			default:
				s.rows = append(s.rows, []string{"wrong-" + who + "@nowhere", "No", "Body", "", "", "", "", ""})
			}
		}
		th.specs = append(th.specs, s)
	}
	named := make(map[string]bool)
	for _, s := range th.specs {
		for _, row := range s.rows {
			named[row[0]] = true
		}
	}
	for _, u := range th.zoom.Users() {
		if !named[u.Email] && u.Status != zoomtest.Pending {
			th.strangers[u.Email] = u
		}
	}
}

// settle puts somebody into the account who was there before.
func (th *theatre) settle(email string, kind int) {
	if _, there := th.zoom.User(email); !there {
		th.zoom.AddUser(zoomtest.User{Email: email, FirstName: "Old", LastName: "Timer", Dept: "Before", JobTitle: "Clerk", Type: kind})
	}
}

// byHand notes what somebody did in the portal.
func (th *theatre) byHand(email string, e handEdit) {
	th.mu.Lock()
	defer th.mu.Unlock()
	e.at = time.Now()
	th.hands[email] = append(th.hands[email], e)
}

func (th *theatre) handsOn(email string) []handEdit {
	th.mu.Lock()
	defer th.mu.Unlock()
	return append([]handEdit(nil), th.hands[email]...)
}
