//go:build table

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// clockTick is the unit of times in /proc, the same on every Linux.
const clockTick = 10 * time.Millisecond

// cpuTimes is what the machine's CPUs have done so far.
type cpuTimes struct{ busy, all float64 }

func machineTime(t *testing.T) cpuTimes {
	t.Helper()
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Fatalf("the table needs Linux: %v", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	var c cpuTimes
	for i, field := range strings.Fields(line)[1:] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			t.Fatal(err)
		}
		if i > 7 {
			break // Guests are counted as users too.
		}
		c.all += n
		if i != 3 && i != 4 { // Neither idle nor waiting for a disk.
			c.busy += n
		}
	}
	return c
}

// since is the part of the time that the CPUs were busy.
func (c cpuTimes) since(before cpuTimes) float64 {
	return (c.busy - before.busy) / max(c.all-before.all, 1)
}

// cpu is the processor time that a process has used.
func (p *process) cpu(t *testing.T) time.Duration {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// The name in parentheses may hold blanks; what follows does not.
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	var sum time.Duration
	for _, at := range []int{11, 12} { // In user mode, in system mode.
		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(n) * clockTick
	}
	return sum
}

// memory is a number of MiB from a process's status: VmRSS now, VmHWM at most.
func (p *process) memory(t *testing.T, which string) float64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, which+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib / 1024
		}
	}
	t.Fatalf("no %s in the status of the process", which)
	return 0
}

// redisTraffic is what a server has seen so far.
type redisTraffic struct{ trips, commands, bytes float64 }

// traffic reads the server's own counters. A pipeline is one trip.
func traffic(t *testing.T, rdb redis.UniversalClient) redisTraffic {
	t.Helper()
	text, err := rdb.Info(t.Context(), "stats").Result()
	if err != nil {
		t.Fatal(err)
	}
	number := func(name string) float64 {
		_, rest, ok := strings.Cut(text, "\n"+name+":")
		line, _, _ := strings.Cut(rest, "\r")
		n, err := strconv.ParseFloat(line, 64)
		if !ok || err != nil {
			t.Fatalf("INFO has no %s: %v", name, err)
		}
		return n
	}
	return redisTraffic{
		trips: number("total_reads_processed"), commands: number("total_commands_processed"),
		bytes: number("total_net_input_bytes") + number("total_net_output_bytes"),
	}
}

func (r redisTraffic) minus(o redisTraffic) redisTraffic {
	return redisTraffic{trips: r.trips - o.trips, commands: r.commands - o.commands, bytes: r.bytes - o.bytes}
}

func (r redisTraffic) times(f float64) redisTraffic {
	return redisTraffic{trips: r.trips * f, commands: r.commands * f, bytes: r.bytes * f}
}

// quiet is for how long nothing but what is asked of a server all the time has to be asked until work counts as over. Open
// jobs are looked at every five seconds.
const quiet = 6 * time.Second

// idleTraffic is what bots that have nothing to do ask of a server in a second.
func idleTraffic(t *testing.T, rdb redis.UniversalClient) redisTraffic {
	t.Helper()
	rest(t, 2*time.Second)
	seen := traffic(t, rdb)
	rest(t, 2*quiet)
	return traffic(t, rdb).minus(seen).times(1 / (2 * quiet.Seconds()))
}

// awaitQuiet waits until bots have done what is left to do after a plan was shown, such as to show it once more.
func awaitQuiet(t *testing.T, rdb redis.UniversalClient, idle redisTraffic) {
	t.Helper()
	began, calm := time.Now(), time.Now()
	for time.Since(calm) < quiet {
		if time.Since(began) > hours {
			t.Fatal("the bots do not come to rest")
		}
		seen := traffic(t, rdb)
		rest(t, time.Second)
		if traffic(t, rdb).minus(seen).bytes > 4*idle.bytes {
			calm = time.Now()
		}
	}
}

// tableStage is a stage with a sandbox of any kind and a redis-server.
type tableStage struct {
	*stage

	rdb   redis.UniversalClient
	meter *meter
	// address is where Slack finds the bot over HTTP; nil in Socket Mode.
	address chan<- string
}

// newTableStage serves a sandbox at full share until the test ends.
func newTableStage(t *testing.T, zo zoomtest.Options, overHTTP bool) *tableStage {
	t.Helper()
	findProgram(t, "redis-server")
	st := &tableStage{meter: &meter{}}
	so := slacktest.Options{}
	if overHTTP {
		so.HTTP, st.address = httpDelivery(t)
	}
	zo.ManagedDomains, zo.CallLog = []string{"example.com"}, 1000
	s := &sandbox{slack: slacktest.New(so), zoom: zoomtest.New(zo), share: "1", finishEvery: "5m"}
	s.zoom.OnCall(st.meter.note)
	var err error
	if s.slackNet, err = listenLoopback(t.Context(), "127.0.0.1:0", ""); err != nil {
		t.Fatal(err)
	}
	if s.zoomNet, err = listenLoopback(t.Context(), "127.0.0.1:0", ""); err != nil {
		t.Fatal(err)
	}
	if s.redis, err = startMemoryRedis(); err != nil {
		t.Fatal(err)
	}
	s.slackURL, s.zoomURL = "http://"+s.slackNet.Addr().String(), "http://"+s.zoomNet.Addr().String()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve the sandbox: %v", err)
		}
		s.close()
	})
	st.stage = &stage{page: page{t: t, url: s.slackURL}, sandbox: s, environment: make(map[string]string)}
	for _, kv := range s.env() {
		st.environment[kv[0]] = kv[1]
	}
	st.environment["ZOOMUSERS_ZOOM_CREATE_ACTION"] = "autoCreate"
	if overHTTP {
		delete(st.environment, "SLACK_APP_TOKEN")
	}
	st.realRedis(t)
	dial, err := redisDialer(st.environment["REDIS_URL"])
	if err != nil {
		t.Fatal(err)
	}
	st.rdb = dial()
	t.Cleanup(func() { _ = st.rdb.Close() })
	return st
}

// start runs one more bot and returns it once it is ready, with the time that took.
func (s *tableStage) start(t *testing.T) (*process, time.Duration) {
	t.Helper()
	began := time.Now()
	p := startProgram(t, s.environment, "serve", "--listen", "127.0.0.1:0")
	where := strings.Trim(p.log.wait(t, "msg=listening address="), `"`)
	if s.address != nil {
		p.log.wait(t, "msg=started")
		took := time.Since(began)
		s.address <- where
		return p, took
	}
	p.log.wait(t, `"connected to Slack"`)
	return p, time.Since(began)
}

// hours bounds the waits of the table, which are longer than those of tests.
const hours = 15 * time.Minute

// await asks again and again for a condition of a job.
func (s *tableStage) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hours)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

// awaitState waits until the card under a message shows a state, and returns its ts.
func (s *tableStage) awaitState(t *testing.T, ts string, want jobs.State) string {
	t.Helper()
	var card string
	s.await(t, "the card shows "+string(want), func() bool {
		for _, m := range s.slack.Thread(slacktest.ChannelAdmins, ts) {
			if m.Metadata == nil || m.Metadata.EventType != bot.CardEvent {
				continue
			}
			state, _ := m.Metadata.EventPayload["state"].(string)
			if jobs.State(state).Terminal() && jobs.State(state) != want {
				t.Fatalf("the job is %s, not %s: %s", state, want, m.AllText())
			}
			card = m.TS
			return jobs.State(state) == want
		}
		return false
	})
	return card
}

// plan posts a file and waits for its plan; it returns the ts of the message and of the card.
func (s *tableStage) plan(t *testing.T, file []byte, want jobs.State) (ts, card string) {
	t.Helper()
	ts = s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "roster.csv", file)
	return ts, s.awaitState(t, ts, want)
}

// press approves a plan; the click ends with its acknowledgement.
func (s *tableStage) press(t *testing.T, card string) {
	t.Helper()
	if err := s.slack.Click(slacktest.UserBen, slacktest.ChannelAdmins, card, bot.ActionApprove); err != nil {
		t.Fatalf("approve: %v", err)
	}
}

// rest lets a time pass in which nothing is to be done.
func rest(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
		t.Fatal(errors.New("the table is interrupted"))
	}
}
