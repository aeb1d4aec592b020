package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
)

// The fault campaign runs the bot as one to three processes beside a real redis-server and the sandbox, has people hand in
// files and press buttons, lets things go wrong by a plot that a seed draws, and then holds account, ledger and result files
// against one another:
//
//   - every job ends by itself once nothing goes wrong any more, and its card says so;
//   - the counts add up to the rows of the file, and the result files hold each row once;
//   - nobody is added twice, and nobody is asked to be added again before somebody looked what became of the first time;
//   - trying a job again takes the rows that did not go through, and taking it back only people of its own;
//   - the people are what the reports say: done is done, and who was left out was not touched;
//   - what was set by hand is not written over unless the approved plan showed it as the old value;
//   - only approvers' decisions count, for the plan that is applied, and the audit log is whole;
//   - the processes end only when they are told to, and log neither secrets nor addresses.
//
// A run that violates one of these keeps its logs, and a report with the story of the run, in a directory that it names.

// campaignRun is what a seed stands for.
type campaignRun struct {
	seed    uint64
	members int
	// sizes are the rows of the files.
	sizes  []int
	chaos  time.Duration
	themes []theme
	// overlap lets files name the same people, cancels lets people cancel jobs, again has them undo jobs and try them again.
	overlap, cancels, again bool
	// active adds people active at once in place of inviting them.
	active bool
	// guarded has jobs pause when many of their rows fail.
	guarded bool
	// hasty has plans expire after seconds.
	hasty bool
	// people are in the account beside those of the files; latency is how long Zoom takes.
	people  int
	latency time.Duration
}

// drawRun makes a run of a seed.
func drawRun(seed uint64, only string) campaignRun {
	d := newDice(seed ^ 0xca3ba169)
	run := campaignRun{
		seed: seed, members: 1 + d.n(3), chaos: d.between(10*time.Second, 22*time.Second),
		overlap: d.chance(15), cancels: d.chance(35), again: d.chance(50), active: d.chance(30), guarded: d.chance(20), hasty: d.chance(10),
		people: []int{30, 30, 700}[d.n(3)], latency: d.between(5*time.Millisecond, 150*time.Millisecond),
	}
	for range 2 + d.n(4) {
		run.sizes = append(run.sizes, []int{5, 30, 60, 120, 200}[d.n(5)])
	}
	run.themes = []theme{themeKill}
	for _, t := range themes() {
		if t != themeKill && d.chance(35) && ((t != themeCut && t != themeFiles) || d.chance(50)) {
			run.themes = append(run.themes, t)
		}
	}
	if only != "" {
		run.themes = nil
		for name := range strings.SplitSeq(only, ",") {
			run.themes = append(run.themes, theme(name))
		}
	}
	return run
}

// late reports whether invited people take their time, so that jobs are canceled that wait for them.
func (run campaignRun) late() bool { return run.cancels && run.again }

// TestCampaignShort is the part of the fault campaign that belongs to every test run: few runs, chosen so that each kind of
// trouble has its turn.
func TestCampaignShort(t *testing.T) {
	t.Parallel()
	runs := []campaignRun{
		{
			seed: 1, members: 2, sizes: []int{60, 20, 40}, chaos: 10 * time.Second, themes: []theme{themeKill, themeHands, themeSlack},
			people: 30, latency: 60 * time.Millisecond, again: true,
		},
		{
			seed: 2, members: 2, sizes: []int{40, 60}, chaos: 10 * time.Second, themes: []theme{themeKill, themeRedis, themeZoom, themePages},
			people: 400, latency: 40 * time.Millisecond,
		},
	}
	for _, run := range runs {
		t.Run(fmt.Sprintf("seed %d", run.seed), func(t *testing.T) {
			t.Parallel()
			run.play(t)
		})
	}
}

// calmPatience is how long jobs get to end once nothing goes wrong any more. It is longer than a lease and the longest delay
// between two attempts together.
const calmPatience = 150 * time.Second

// play makes a run and returns how many processes it killed.
func (run campaignRun) play(t *testing.T) (kills int) {
	t.Helper()
	dir, err := os.MkdirTemp("", fmt.Sprintf("campaign-%d-", run.seed)) //nolint:usetesting // It stays when the run fails.
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), run.chaos+calmPatience+2*time.Minute)
	defer cancel()
	th := newTheatre(ctx, t, run, dir)
	plot := th.plot()
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	go th.redis.watch(watching)
	if err := th.fleet.start(); err != nil {
		t.Fatal(err)
	}
	th.begun = time.Now()
	if err := th.slack.Wait(ctx, th.slack.Connected); err != nil {
		t.Errorf("no bot connects: %v", err)
	}
	th.begun = time.Now()

	acting, stopActing := context.WithCancel(ctx)
	crowd := th.crowd()
	var stage sync.WaitGroup
	stage.Go(func() { crowd.act(acting) })
	chaos, endChaos := context.WithTimeout(ctx, run.chaos)
	th.unleash(chaos, plot)
	<-chaos.Done()
	endChaos()
	th.soothe()
	stuck := th.awaitEnd(ctx)
	stopActing()
	stage.Wait()

	found := stuck
	found = append(found, th.judge(ctx)...)
	th.fleet.close()
	secrets := th.witness.secrets()
	for name, value := range th.fleet.env[0] {
		if strings.HasSuffix(name, "_TOKEN") || strings.HasSuffix(name, "_SECRET") {
			secrets[name] = value
		}
	}
	found = append(found, th.fleet.checkLogs(secrets)...)
	if len(found) == 0 {
		t.Logf("%d processes started, %d killed, %d calls; the story:\n%s", th.fleet.starts, th.fleet.kills, len(th.witness.log()), th.told())
		_ = os.RemoveAll(dir)
		return th.fleet.killed()
	}
	report := fmt.Sprintf("%+v\n\nVIOLATIONS\n%s\n\nSTORY\n%s\n\nCALLS\n%s", run, strings.Join(found, "\n"), th.told(), th.ledgerOfCalls())
	_ = os.WriteFile(filepath.Join(dir, "report.txt"), []byte(report), 0o600)
	t.Errorf("run %+v: %d violations; logs and story are in %s:\n%s\nThe story:\n%s", run, len(found), dir, strings.Join(found, "\n"), th.told())
	return th.fleet.killed()
}

// soothe takes all troubles away.
func (th *theatre) soothe() {
	th.mu.Lock()
	th.calmed = time.Now()
	th.mu.Unlock()
	th.calm.Store(true)
	th.witness.relent()
	th.zoom.Clear()
	th.slack.ClearFaults()
	if err := th.zoom.AddSeats("licensed", 0, 1000); err != nil {
		th.tell("seats: %v", err)
	}
	th.tell("calm from here on")
}

// awaitEnd waits until every job has ended, and says which have not.
func (th *theatre) awaitEnd(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, calmPatience)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		if !th.run.late() || time.Since(th.calmFrom()) > acceptLate {
			th.zoom.ActivateAll()
		}
		open := th.unended(ctx)
		if len(open) == 0 && (!th.run.again || time.Since(th.calmFrom()) > longThought) {
			th.tell("every job has ended")
			return nil
		}
		select {
		case <-ctx.Done():
			return open
		case <-tick.C:
		}
	}
}

// unended says what is still going on.
func (th *theatre) unended(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	all, err := th.reader.List(ctx, 1000)
	if err != nil {
		return []string{"the jobs cannot be listed: " + err.Error()}
	}
	var open []string
	shown := th.shown()
	for i := range all {
		j := &all[i]
		messages := shown[j.ID]
		switch {
		case !j.State.Terminal():
			open = append(open, fmt.Sprintf("job %s is stuck: state %s, reason %v, attempts %d, retry at %s, resume at %s, held %v, behind %q",
				j.ID, j.State, j.Reason, j.Attempts, j.RetryAt, j.ResumeAt, j.Held != nil, j.Behind))
		case j.Announced < j.Changed:
			open = append(open, fmt.Sprintf("job %s: state %s is not shown: %d of %d, failures %d", j.ID, j.State, j.Announced, j.Changed, j.Unshown))
		case len(messages) > 0 && !slices.ContainsFunc(messages, func(c shownCard) bool { return c.state == j.State }):
			open = append(open, fmt.Sprintf("job %s is %s, its card says %s", j.ID, j.State, messages[0].state))
		}
	}
	for _, s := range th.specs {
		if ts := s.thread(); ts == "" || !th.answered(ctx, ts, all) {
			open = append(open, "nobody took "+s.name)
		}
	}
	return open
}

// answered reports whether a message became a job. What no bot acknowledged, however often Slack delivered it, and what
// Redis forgot is lost to anybody.
func (th *theatre) answered(_ context.Context, ts string, all []jobs.Job) bool {
	if slices.ContainsFunc(all, func(j jobs.Job) bool { return j.Front["thread"] == ts }) || len(th.redis.lost()) > 0 {
		return true
	}
	for _, d := range th.slack.Events() {
		if d.Type == "message" && d.GivenUp && !d.Acked && strings.Contains(string(d.Payload), ts) {
			return true
		}
	}
	return false
}
