package main

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestRestart ends the bot in the middle of a job and starts it again: the job goes on where it stopped, and nobody is
// added twice.
func TestRestart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		signal os.Signal
		times  int
		status int
	}{
		{"SIGTERM", syscall.SIGTERM, 2, exitOK},
		{"SIGKILL", syscall.SIGKILL, 3, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, demoOptions{})
			s.realRedis(t)
			serve := s.serve(t)
			ts := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "roster.csv", sampleRoster)
			card := s.waitCard(ts, jobs.StateAwaitingApproval)

			points := breakingPoints(t, tt.times)
			var (
				mu     sync.Mutex
				writes int // since the running process was started
				broken int
				victim = serve
			)
			s.zoom.OnCall(func(c zoomtest.Call) {
				mu.Lock()
				defer mu.Unlock()
				if c.Method == "GET" || c.Pattern == "" {
					return
				}
				writes++
				// The write has taken effect and its answer is not sent yet: the worst moment.
				if broken < len(points) && writes == points[broken] {
					_ = victim.cmd.Process.Signal(tt.signal)
				}
			})
			if a := s.click(slacktest.UserBen, &card, bot.ActionApprove); !a.OK {
				t.Fatalf("approve: %s", a.Error)
			}
			for i := range points {
				if status := serve.exitCode(); status != tt.status {
					t.Fatalf("end %d: status %d, want %d; the log:\n%s", i+1, status, tt.status, serve.log)
				}
				if tt.signal == syscall.SIGTERM && leased(t, s, card.Metadata.EventPayload["job_id"]) {
					t.Errorf("end %d: the lease is not given back, so the next process has to wait for its end", i+1)
				}
				mu.Lock()
				serve = startProgram(t, s.environment, "serve")
				victim, writes, broken = serve, 0, i+1
				mu.Unlock()
			}
			s.waitReport(ts)
			s.zoom.ActivateAll()
			s.waitCard(ts, jobs.StateDone)
			checkSampleApplied(t, s, ts)
			serve.end()
		})
	}
}

// leased reports whether a process claims to work on a job.
func leased(t *testing.T, s *stage, id string) bool {
	t.Helper()
	dial, err := redisDialer(s.environment["REDIS_URL"])
	if err != nil {
		t.Fatal(err)
	}
	rdb := dial()
	defer func() { _ = rdb.Close() }()
	held, err := redisstore.New(rdb, redisstore.Options{}).Leased(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// breakingPoints are how many writes each process may make before it is ended. Calls in flight are made all the same, so
// the sum stays below the hundred and more writes that the sample needs.
func breakingPoints(t *testing.T, n int) []int {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("ZOOMUSERS_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(seed, seed))
	points := make([]int, n)
	for i := range points {
		points[i] = 1 + random.IntN(15)
	}
	points[0] += random.IntN(30)
	t.Logf("ended after %v writes; ZOOMUSERS_TEST_SEED=%d repeats this", points, seed)
	return points
}

// checkSampleApplied holds account and thread against the sample roster: everybody once, every row in one result file,
// every message once.
func checkSampleApplied(t *testing.T, s *stage, ts string) {
	t.Helper()
	if good, _, err := compareAccount(s.zoom, sampleRoster); err != nil || good != 59 {
		t.Errorf("%d people are as the roster asks, want 59; %v", good, err)
	}
	if got := s.created(); got != 58 {
		t.Errorf("Zoom added people %d times, want 58", got)
	}
	all, err := csv.NewReader(strings.NewReader(string(sampleRoster))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := make([]string, 0, len(all))
	for _, record := range all[1:] {
		want = append(want, record[0])
	}
	slices.Sort(want)
	rows, perFile := s.resultRows(ts)
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows of all result files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"succeeded.csv": 59, "failed.csv": 4}, perFile); diff != "" {
		t.Errorf("rows in the result files (-want +got):\n%s", diff)
	}
	cards := s.cards(ts)
	states := make([]string, 0, len(cards))
	for _, c := range cards {
		states = append(states, c.Metadata.EventPayload["state"])
	}
	eventually(t, "the word that nobody is waited for", func() bool { return len(s.cards(ts)) >= 3 })
	if len(s.cards(ts)) != 3 {
		t.Errorf("the thread has %d messages about the job (%v), want the card, the report and the end", len(cards), states)
	}
}
