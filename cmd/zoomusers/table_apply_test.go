//go:build table

package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// tableGroups is how many groups the people of an import are spread over.
const tableGroups = 20

// meter counts the calls that a sandbox answers. The zero value counts from the start.
type meter struct {
	mu  sync.Mutex
	now metered
}

// metered is what was counted since the last reset.
type metered struct {
	calls, refused, writes int
	lastWrite              time.Time
}

func (m *meter) note(c zoomtest.Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Class == "" {
		return // A token.
	}
	m.now.calls++
	if c.Status == http.StatusTooManyRequests {
		m.now.refused++
	}
	if c.Method != http.MethodGet {
		m.now.writes++
		m.now.lastWrite = c.Time
	}
}

func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = metered{}
}

func (m *meter) read() metered {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// importFile asks for n people who are complete only with a profile and a group each.
func importFile(team, n int) []byte {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	_ = out.Write([]string{"Email", "First Name", "Last Name", "Department", "User Group", "Job Title", "Location"})
	for i := range n {
		_ = out.Write([]string{
			fmt.Sprintf("p%d.%05d@example.com", team, i), "First" + strconv.Itoa(i), "Last" + strconv.Itoa(i), "Field",
			"Group " + strconv.Itoa(i%tableGroups), "Account executive", "Leeds",
		})
	}
	out.Flush()
	return b.Bytes()
}

// needed is the least that has to be asked of Zoom to add, complete and put into groups n people: two light calls each, and
// the groups in full batches of 30, which are medium.
func needed(n int) (light, medium int) {
	for g := range tableGroups {
		medium += ((n+tableGroups-1-g)/tableGroups + 29) / 30
	}
	return 2 * n, medium
}

// neededTime is the least time that Zoom's limits leave for the calls that are needed.
func neededTime(plan zoomapi.Plan, n int) time.Duration {
	light, medium := needed(n)
	seconds := math.Max(float64(light)/plan.PerSecond(zoomapi.Light), float64(medium)/plan.PerSecond(zoomapi.Medium))
	return time.Duration(seconds * float64(time.Second))
}

// complete counts the people of an import who are in the account as the file asks.
func complete(zoom *zoomtest.Account) int {
	n := 0
	for _, u := range zoom.Users() {
		if u.Status == zoomtest.Active && u.Dept == "Field" && u.JobTitle == "Account executive" && u.Location == "Leeds" && len(u.GroupIDs) == 1 {
			n++
		}
	}
	return n
}

// applying is one import, or several side by side, to be measured.
type applying struct {
	name    string
	plan    zoomapi.Plan
	latency time.Duration
	// jobs are as many files of rows people each, approved at once.
	jobs, rows int
	replicas   int
	overHTTP   bool
	// times raises the limits, 1 for Zoom's own. Above that the engine runs in this process.
	times float64
	// aimless says that nothing is aimed at, since the machine's CPUs become the limit.
	aimless bool
}

func measureApplying(t *testing.T, tab *table) {
	t.Helper()
	all := []applying{
		{name: "Business limits, 100 ms", plan: zoomapi.PlanBusiness, latency: 100 * time.Millisecond, jobs: 1, rows: roster.DefaultMaxRows, replicas: 1, times: 1},
		{name: "Business limits, 250 ms", plan: zoomapi.PlanBusiness, latency: 250 * time.Millisecond, jobs: 1, rows: roster.DefaultMaxRows, replicas: 1, overHTTP: true, times: 1},
		{name: "Business limits, 100 ms, three replicas, six jobs", plan: zoomapi.PlanBusiness, latency: 100 * time.Millisecond, jobs: 6, rows: 1666, replicas: 3, times: 1},
		{name: "Pro limits, 100 ms, what a day allows", plan: zoomapi.PlanPro, latency: 100 * time.Millisecond, jobs: 1, rows: 1500, replicas: 1, times: 1},
		{name: "Pro limits times 2.5 without a daily cap, 100 ms", plan: zoomapi.PlanPro, latency: 100 * time.Millisecond, jobs: 1, rows: roster.DefaultMaxRows, times: 2.5},
	}
	figures := make([][]figure, len(all))
	t.Cleanup(func() {
		for i, a := range all {
			tab.add("apply: "+a.name+": "+thousands(a.jobs*a.rows)+" people", figures[i]...)
		}
	})
	for i, a := range all {
		figures[i] = []figure{{name: "not measured", met: "NO"}}
		t.Run(a.name, func(t *testing.T) {
			t.Parallel() // Each mostly waits; see TestTable.
			s := newApplyStage(t, a)
			if a.times > 1 {
				figures[i] = s.applyHere(t, a)
			} else {
				figures[i] = s.applyServed(t, a)
			}
		})
	}
}

// measureHurried raises the limits so far that the engine shows what it can do, with the machine for itself.
func measureHurried(t *testing.T, tab *table) {
	t.Helper()
	a := applying{plan: zoomapi.PlanBusiness, latency: 100 * time.Millisecond, jobs: 1, rows: roster.DefaultMaxRows, times: 5, aimless: true}
	tab.add("apply: Business limits times 5, 100 ms: 9,999 people", newApplyStage(t, a).applyHere(t, a)...)
}

// newApplyStage is a stage whose account has the groups of the imports and nobody in them.
func newApplyStage(t *testing.T, a applying) *tableStage {
	t.Helper()
	zo := zoomtest.Options{Plan: string(a.plan), Latency: a.latency, Speed: a.times}
	if a.times > 1 {
		zo.Limits.CreatePerDay = -1
	}
	s := newTableStage(t, zo, a.overHTTP)
	for g := range tableGroups {
		s.zoom.AddGroup("Group " + strconv.Itoa(g))
	}
	return s
}

// speed are the figures that every import has.
func (s *tableStage) speed(a applying, began time.Time, m metered) []figure {
	people := a.jobs * a.rows
	took := m.lastWrite.Add(time.Duration(float64(a.latency) / a.times)).Sub(began)
	least := time.Duration(float64(neededTime(a.plan, people)) / a.times)
	share := 100 * least.Seconds() / took.Seconds()
	refused := 100 * float64(m.refused) / float64(max(m.calls, 1))
	good := complete(s.zoom)
	light, medium := 0, 0
	for range a.jobs {
		l, m := needed(a.rows)
		light, medium = light+l, medium+m
	}
	perPerson, fewest := float64(m.calls)/float64(people), float64(light+medium)/float64(people)
	reached := figure{name: "share of what the limits allow", value: fmt.Sprintf("%.1f %% (%.1f s)", share, took.Seconds())}
	if !a.aimless {
		reached.aim, reached.met = fmt.Sprintf(">= 95 %% (%.1f s)", least.Seconds()/0.95), yes(share >= 95)
	}
	return []figure{
		reached,
		{name: "refused with 429", value: fmt.Sprintf("%d of %s (%.2f %%)", m.refused, thousands(m.calls), refused), aim: "< 0.1 %", met: yes(refused < 0.1)},
		{name: "calls a person", value: fmt.Sprintf("%.3f", perPerson), aim: fmt.Sprintf("<= %.3f (2 %% above the fewest)", 1.02*fewest), met: yes(perPerson <= 1.02*fewest)},
		{name: "people complete", value: thousands(good), aim: thousands(people), met: yes(good == people)},
	}
}

// applyServed has bots, as processes, apply files that people post.
func (s *tableStage) applyServed(t *testing.T, a applying) []figure {
	t.Helper()
	bots := make([]*process, a.replicas)
	for i := range bots {
		bots[i], _ = s.start(t)
	}
	idle := idleTraffic(t, s.rdb)
	threads, cards := make([]string, a.jobs), make([]string, a.jobs)
	for i := range a.jobs {
		threads[i], cards[i] = s.plan(t, importFile(i, a.rows), jobs.StateAwaitingApproval)
	}
	awaitQuiet(t, s.rdb, idle)

	s.meter.reset()
	cpu := make([]time.Duration, len(bots))
	for i, b := range bots {
		cpu[i] = b.cpu(t)
	}
	seen, all, began := traffic(t, s.rdb), machineTime(t), time.Now()
	for _, card := range cards {
		s.press(t, card)
		if len(bots) > 1 {
			// Else the first bot that looks for work takes all.
			rest(t, 330*time.Millisecond)
		}
	}
	bother := s.bother(t)
	for _, ts := range threads {
		s.awaitState(t, ts, jobs.StateDone)
	}
	acks := bother()
	used, took, machine := traffic(t, s.rdb).minus(seen), time.Since(began), machineTime(t).since(all)
	// What is asked of Redis all the time is not the job's.
	used = used.minus(idle.times(took.Seconds()))
	rows := float64(a.jobs * a.rows)

	out := s.speed(a, began, s.meter.read())
	over := "Socket Mode"
	if a.overHTTP {
		over = "signed HTTP"
	}
	p50, p99 := percentile(acks, 50), percentile(acks, 99)
	out = append(out,
		figure{
			name:  "meanwhile acknowledged over " + over + ", p50 and p99 of " + thousands(len(acks)),
			value: millis(p50) + ", " + millis(p99), aim: "p99 < 100 ms", met: yes(p99 < 100*time.Millisecond),
		},
		figure{name: "round trips to Redis, commands and bytes a row", value: fmt.Sprintf("%.1f, %.1f, %.0f B", used.trips/rows, used.commands/rows, used.bytes/rows)},
	)
	var peaks, busy []string
	for i, b := range bots {
		peaks = append(peaks, fmt.Sprintf("%.0f", b.memory(t, "VmHWM")))
		busy = append(busy, fmt.Sprintf("%.1f", 100*(b.cpu(t)-cpu[i]).Seconds()/took.Seconds()))
	}
	return append(out,
		figure{name: "peak memory of the bot, or of each", value: strings.Join(peaks, ", ") + " MiB"},
		figure{name: "CPU of the bot, or of each", value: strings.Join(busy, ", ") + " % of one CPU"},
		figure{name: "all CPUs, for all that ran meanwhile", value: fmt.Sprintf("%.0f %% busy", 100*machine)},
	)
}

// bother writes messages and commands until the returned function is called, which gives the times to all their
// acknowledgements.
func (s *tableStage) bother(t *testing.T) func() []time.Duration {
	t.Helper()
	first := len(s.slack.Events())
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	every := func(d time.Duration, do func() error) {
		all.Go(func() {
			tick := time.NewTicker(d)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					if err := do(); err != nil {
						t.Errorf("Slack shows an error: %v", err)
						return
					}
				}
			}
		})
	}
	every(250*time.Millisecond, func() error {
		_, err := s.slack.Post(slacktest.UserChiara, slacktest.ChannelGeneral, "a message that is no file")
		return err
	})
	every(time.Second, func() error {
		return s.slack.Command(slacktest.UserChiara, slacktest.ChannelAdmins, bot.Command, "help")
	})
	return func() []time.Duration {
		stop()
		all.Wait()
		s.await(t, "all is acknowledged", s.slack.Idle)
		var out []time.Duration
		for _, d := range s.slack.Events()[first:] {
			for _, a := range d.Attempts {
				if a.Outcome != "acked" {
					t.Errorf("%s %s was not acknowledged: %s", d.Kind, d.Type, a.Outcome)
					continue
				}
				out = append(out, a.AckAfter)
			}
		}
		return out
	}
}

// percentile is the value that p of a hundred do not exceed.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min((len(sorted)*p+99)/100, len(sorted))-1]
}

// applyHere runs the engine in this process with a pacer whose rates are raised like the sandbox's: the program has no
// setting for that, and needs none.
func (s *tableStage) applyHere(t *testing.T, a applying) []figure {
	t.Helper()
	pacer, err := zoomapi.NewPacerWith(zoomapi.PacerOptions{Plan: a.plan, Speed: a.times, PerDay: map[zoomapi.Class]int{zoomapi.Invitations: -1}})
	if err != nil {
		t.Fatal(err)
	}
	client, err := zoomapi.New(zoomapi.Options{
		BaseURL: s.zoomURL + "/v2", TokenURL: s.zoomURL + "/oauth/token", AccountID: s.zoom.AccountID(), ClientID: s.zoom.ClientID(),
		ClientSecret: zoomapi.NewSecret(s.zoom.ClientSecret()), Plan: a.plan, Pacer: pacer,
	})
	if err != nil {
		t.Fatal(err)
	}
	q := &dueTasks{}
	service := jobs.New(jobs.Options{
		Store: redisstore.New(s.rdb, redisstore.Options{}), Queue: q, Directory: client, Front: blindFront{},
		Tier: a.plan, Settings: jobs.Settings{CreateAction: zoomapi.ActionAutoCreate},
	})
	j, _, err := service.Submit(t.Context(), jobs.Submission{Key: "table", Requester: jobs.Actor{ID: "U-1"}, Data: importFile(0, a.rows)})
	if err != nil {
		t.Fatal(err)
	}
	q.work(t, service)
	if j, err = service.Get(t.Context(), j.ID); err != nil || j.State != jobs.StateAwaitingApproval {
		t.Fatalf("the job is %s: %v", j.State, err)
	}
	s.meter.reset()
	all, began := machineTime(t), time.Now()
	if _, err := service.Approve(t.Context(), j.ID, j.Plan.Digest, jobs.Actor{ID: "U-2"}); err != nil {
		t.Fatal(err)
	}
	q.work(t, service)
	if j, err = service.Get(t.Context(), j.ID); err != nil || j.State != jobs.StateDone {
		t.Fatalf("the job is %s: %v", j.State, err)
	}
	return append(s.speed(a, began, s.meter.read()),
		figure{name: "all CPUs, for all that ran meanwhile", value: fmt.Sprintf("%.0f %% busy", 100*machineTime(t).since(all))})
}

// dueTasks is a queue that keeps what is due at once and works on it when it is told to.
type dueTasks struct {
	mu    sync.Mutex
	tasks []dueTask
}

type dueTask struct {
	task jobs.Task
	id   string
}

// Enqueue implements [jobs.Queue].
func (q *dueTasks) Enqueue(_ context.Context, task jobs.Task, id string, delay time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if delay == 0 {
		q.tasks = append(q.tasks, dueTask{task, id})
	}
	return nil
}

func (q *dueTasks) work(t *testing.T, service *jobs.Service) {
	t.Helper()
	for {
		q.mu.Lock()
		if len(q.tasks) == 0 {
			q.mu.Unlock()
			return
		}
		next := q.tasks[0]
		q.tasks = q.tasks[1:]
		q.mu.Unlock()
		if err := service.Work(t.Context(), next.task, next.id); err != nil {
			t.Fatalf("%s: %v", next.task, err)
		}
	}
}

// blindFront shows nothing and lets everybody approve.
type blindFront struct{}

// Fetch implements [jobs.Front].
func (blindFront) Fetch(context.Context, jobs.Job) ([]byte, error) {
	return nil, errors.New("there is nothing to fetch")
}

// Announce implements [jobs.Front].
func (blindFront) Announce(context.Context, jobs.Job) error { return nil }

// Progress implements [jobs.Front].
func (blindFront) Progress(context.Context, jobs.Job, jobs.Progress) {}

// MayApprove implements [jobs.Front].
func (blindFront) MayApprove(context.Context, jobs.Actor) error { return nil }

// measureUnchanged posts a file that says of everybody what is so, and one that differs in one cell.
func measureUnchanged(t *testing.T, tab *table) {
	t.Helper()
	const part, rows = "people who are as the file says", roster.DefaultMaxRows
	s := newTableStage(t, zoomtest.Options{Plan: zoomtest.PlanBusiness, Latency: 20 * time.Millisecond}, false)
	group := s.zoom.AddGroup("Group 0")
	file := func(other int) []byte {
		var b bytes.Buffer
		out := csv.NewWriter(&b)
		_ = out.Write([]string{"Email", "First Name", "Last Name", "Department", "User Group"})
		for i := range rows {
			department := "Field"
			if i == other {
				department = "Elsewhere"
			}
			_ = out.Write([]string{fmt.Sprintf("p%05d@example.com", i), "First" + strconv.Itoa(i), "Last", department, group.Name})
		}
		out.Flush()
		return b.Bytes()
	}
	for i := range rows {
		s.zoom.AddUser(zoomtest.User{Email: fmt.Sprintf("p%05d@example.com", i), FirstName: "First" + strconv.Itoa(i), LastName: "Last", Dept: "Field", GroupIDs: []string{group.ID}})
	}
	s.start(t)
	s.meter.reset()
	s.plan(t, file(-1), jobs.StateNoChanges)
	m := s.meter.read()
	tab.add(part, figure{name: "writes for 9,999 unchanged people", value: strconv.Itoa(m.writes), aim: "0", met: yes(m.writes == 0)})
	ts, card := s.plan(t, file(rows/2), jobs.StateAwaitingApproval)
	s.press(t, card)
	s.awaitState(t, ts, jobs.StateDone)
	m = s.meter.read()
	tab.add(part, figure{name: "… when one cell of the file differs", value: strconv.Itoa(m.writes), aim: "1", met: yes(m.writes == 1)})
}
