package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// shownCard is a job's card as people see it.
type shownCard struct {
	slacktest.Message

	id, digest string
	kind       jobs.Kind
	state      jobs.State
}

// shown are all messages about jobs, by job: the card first.
func (th *theatre) shown() map[string][]shownCard {
	out := make(map[string][]shownCard)
	for _, top := range th.slack.Messages(slacktest.ChannelAdmins) {
		for _, m := range th.slack.Thread(slacktest.ChannelAdmins, top.TS) {
			if m.Metadata == nil || m.Metadata.EventType != bot.CardEvent {
				continue
			}
			get := func(key string) string {
				s, _ := m.Metadata.EventPayload[key].(string)
				return s
			}
			c := shownCard{Message: m, id: get("job_id"), digest: get("digest"), kind: jobs.Kind(get("kind")), state: jobs.State(get("state"))}
			out[c.id] = append(out[c.id], c)
		}
	}
	return out
}

// cardOf is the card among the messages about a job: the last one with buttons, since one that was posted again, or by a bot
// whose Redis had forgotten the first, stands later. Reports have none.
func cardOf(messages []shownCard) shownCard {
	for _, m := range slices.Backward(messages) {
		if len(m.ActionIDs()) > 0 {
			return m
		}
	}
	return messages[0]
}

// button finds what a card offers by the end of its name.
func (c *shownCard) button(name string) string {
	for _, id := range c.ActionIDs() {
		if id == name || strings.HasSuffix(id, "_"+name) {
			return id
		}
	}
	return ""
}

// crowd is the people of the workspace, who hand files in and press buttons.
type crowd struct {
	*theatre

	mu      sync.Mutex
	busy    map[string]bool
	first   map[string]time.Time // when a job's state was first seen
	missed  map[string]time.Time // since when a job that people know of has no card
	ordered map[string]int       // how often a job was asked to be undone, tried again or planned anew
	digests map[string][]string  // all that were ever shown of a job
	work    sync.WaitGroup
}

func (th *theatre) crowd() *crowd {
	return &crowd{
		theatre: th, busy: make(map[string]bool), first: make(map[string]time.Time), ordered: make(map[string]int),
		missed: make(map[string]time.Time), digests: make(map[string][]string),
	}
}

// act has the crowd do its part until ctx ends.
func (c *crowd) act(ctx context.Context) {
	for _, s := range c.specs {
		c.work.Go(func() { c.handIn(ctx, s) })
	}
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			c.work.Wait()
			return
		case <-tick.C:
		}
		shown := c.shown()
		for id, messages := range shown {
			c.look(ctx, id, cardOf(messages))
		}
		c.ask(shown)
	}
}

// missesCard is how long people wait for a card that is gone until they ask for the job.
const missesCard = 4 * time.Second

// ask asks by command for jobs whose card is gone.
func (c *crowd) ask(shown map[string][]shownCard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range shown {
		c.missed[id] = time.Time{}
	}
	for id, since := range c.missed {
		switch _, there := shown[id]; {
		case there:
		case since.IsZero():
			c.missed[id] = time.Now()
		case time.Since(since) > missesCard:
			c.missed[id] = time.Time{}
			c.tell("somebody asks where %s is", id)
			c.work.Go(func() { _ = c.slack.Command(slacktest.UserAda, slacktest.ChannelAdmins, bot.Command, "status "+id) })
		}
	}
}

// handIn posts a file; while nobody takes it, Slack delivers the message again.
func (c *crowd) handIn(ctx context.Context, s *spec) {
	wait(ctx, s.at)
	ts, _, err := c.slack.UploadFile(slacktest.UserAda, slacktest.ChannelAdmins, s.name, s.file())
	if err != nil {
		c.tell("hand in %s: %v", s.name, err)
		return
	}
	c.tell("%s handed in with %d rows", s.name, len(s.rows))
	s.mu.Lock()
	s.ts = ts
	s.mu.Unlock()
}

// look decides what somebody does about a card, if anything.
func (c *crowd) look(ctx context.Context, id string, card shownCard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := id + " " + string(card.state) + " " + card.digest
	if _, seen := c.first[key]; !seen {
		c.first[key] = time.Now()
		c.tell("card of %s (%s): %s %s, with %v", id, card.kind, card.state, short12(card.digest), card.ActionIDs())
	}
	if card.digest != "" && !slices.Contains(c.digests[id], card.digest) {
		c.digests[id] = append(c.digests[id], card.digest)
	}
	if c.busy[id] {
		return
	}
	if do := c.choose(id, &card, time.Since(c.first[key])); do != nil {
		c.busy[id] = true
		c.work.Go(func() {
			do()
			wait(ctx, 1500*time.Millisecond)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.busy[id] = false
		})
	}
}

func short12(s string) string { return s[:min(12, len(s))] }

// choose picks a deed. The lock is held.
func (c *crowd) choose(id string, card *shownCard, since time.Duration) func() {
	calm := c.calm.Load()
	press := func(who, name string) func() {
		action := card.button(name)
		if action == "" {
			return nil
		}
		return func() { c.press(who, card, action) }
	}
	switch card.state {
	case jobs.StateAwaitingApproval:
		if !calm && (since < time.Duration(c.random.n(1500))*time.Millisecond) {
			return nil
		}
		old := ""
		if all := c.digests[id]; len(all) > 1 {
			old = all[0]
		}
		return func() { c.decide(id, card, old) }
	case jobs.StateApproved, jobs.StateApplying:
		switch n := c.random.n(400); {
		case calm || n < 20:
			// The card of a job that is to rest offers to go on.
			return press(slacktest.UserBen, "resume")
		case n < 24:
			return press(slacktest.UserBen, "pause")
		case n < 26 && c.run.cancels:
			return press(slacktest.UserAda, "cancel")
		}
	case jobs.StatePaused:
		if calm || c.random.chance(5) {
			if do := press(slacktest.UserBen, "resume"); do != nil {
				return do
			}
		}
	case jobs.StateFinishing:
		if c.run.cancels && (!calm || c.run.late()) && c.random.n(20) == 0 {
			// Who has not accepted by then is left with a part of their row.
			return press(slacktest.UserAda, "cancel")
		}
		if !calm && c.run.again && c.ordered[id] == 0 && c.random.n(40) == 0 {
			return c.deed(id, press)
		}
	case jobs.StateDone, jobs.StateCanceled, jobs.StateErrored:
		if !c.run.again || c.ordered[id] > 1 || c.random.n(3) != 0 || (calm && time.Since(c.calmFrom()) > secondThoughts) {
			return nil
		}
		return c.deed(id, press)
	case jobs.StateExpired:
		if c.ordered[id] > 3 || !c.random.chance(20) {
			return nil
		}
		c.ordered[id]++
		if do := press(slacktest.UserAda, "plan_again"); do != nil && c.random.chance(30) {
			return do
		}
		// The button of a browser that has not redrawn the card.
		return func() { c.decide(id, card, "") }
	case jobs.StateReceived, jobs.StateReading, jobs.StatePlanning, jobs.StateNoChanges, jobs.StatePlanned, jobs.StateInvalid,
		jobs.StateRejected:
	}
	return nil
}

// deed is what somebody thinks of about a job that is through: mostly what failed is tried again, and then some of it is taken
// back. The lock is held.
func (c *crowd) deed(id string, press func(who, name string) func()) func() {
	wishes := []string{"retry_failed", "undo"}
	switch c.random.n(4) {
	case 0:
		wishes = []string{"undo", "retry_failed"}
	case 1:
		wishes = []string{"invitations_resend", "retry_failed", "undo"}
	}
	for _, name := range wishes {
		if do := press(slacktest.UserAda, name); do != nil {
			c.ordered[id]++
			return do
		}
	}
	return nil
}

// acceptLate is how long after the trouble invited people accept in runs in which they are late.
const acceptLate = 8 * time.Second

// secondThoughts is how long after the trouble somebody may still think of undoing a job; longThought is when the jobs of that
// are there for sure.
const (
	secondThoughts = 18 * time.Second
	longThought    = 22 * time.Second
)

// press presses a button once, or in a hurry several times.
func (c *crowd) press(who string, card *shownCard, action string) {
	times := 1
	if c.random.chance(30) {
		times = 3
	}
	c.tell("%s of %s is pressed %d times", action, card.id, times)
	var clicks sync.WaitGroup
	for range times {
		clicks.Go(func() { _ = c.slack.Click(who, slacktest.ChannelAdmins, card.TS, action) })
	}
	clicks.Wait()
}

// decide approves in one of several ways. What people are told is theirs to hear; a click that was lost is made again.
func (c *crowd) decide(id string, card *shownCard, old string) {
	click := func(who, action, value string) {
		_ = c.slack.Act(who, slacktest.Action{
			Channel: slacktest.ChannelAdmins, MessageTS: card.TS, ActionID: action, Value: value, Stale: true,
		})
	}
	approve := func(who string) { click(who, bot.ActionApprove, id+" "+card.digest) }
	together := func(all ...func()) {
		var clicks sync.WaitGroup
		for _, do := range all {
			clicks.Go(do)
		}
		clicks.Wait()
	}
	ben := func() { approve(slacktest.UserBen) }
	chiara := func() { approve(slacktest.UserChiara) }
	way := c.random.n(10)
	switch {
	case c.calm.Load() || way < 3:
		c.tell("%s approved once", id)
		ben()
	case way < 5:
		c.tell("%s approved three times by one", id)
		together(ben, ben, ben)
	case way < 7:
		c.tell("%s approved by two", id)
		together(ben, chiara)
	case way < 8 && c.run.cancels:
		c.tell("%s approved and canceled", id)
		together(ben, func() { click(slacktest.UserAda, bot.ActionCancel, id) })
	case way < 9 && old != "":
		c.tell("%s approved by an old button", id)
		click(slacktest.UserChiara, bot.ActionApprove, id+" "+old)
		ben()
	default:
		c.tell("%s approved by its requester, then by another", id)
		approve(slacktest.UserAda)
		chiara()
	}
}
