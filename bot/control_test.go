package bot

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// slow makes a job last long enough to be steered.
func slow(s *settings) {
	s.zoom.Latency = 30 * time.Millisecond
	s.jobs.InFlight = 1
}

// roll is a file of n new people.
func roll(n int) string { return rollOf("p", n) }

func rollOf(prefix string, n int) string {
	var b strings.Builder
	b.WriteString("Email,First Name,Last Name,Department\n")
	for i := range n {
		fmt.Fprintf(&b, "%s%d.new@example.com,P,Number %d,Sales\n", prefix, i, i)
	}
	return b.String()
}

// running posts a file, has it approved, and waits until work has begun.
func (w *world) running(data string) slacktest.Message {
	w.t.Helper()
	card := w.posted("team.csv", data, jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &card, ActionApprove)
	return w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateApplying)
}

// press clicks a button on a card.
func (w *world) press(user string, card *slacktest.Message, action string) {
	w.t.Helper()
	if err := w.Click(user, slacktest.ChannelAdmins, card.TS, action); err != nil {
		w.t.Fatal(err)
	}
}

// pressLate clicks a button that the card had a moment ago.
func (w *world) pressLate(user string, card *slacktest.Message, action string) {
	w.t.Helper()
	if err := w.Act(user, slacktest.Action{
		Channel: slacktest.ChannelAdmins, MessageTS: card.TS, BlockID: "control", ActionID: action, Value: jobOf(card), Stale: true,
	}); err != nil {
		w.t.Error(err)
	}
}

// jobCard waits for the card of a job, of several in one thread, to be in one of the states.
func (w *world) jobCard(id string, states ...jobs.State) slacktest.Message {
	w.t.Helper()
	var found slacktest.Message
	w.until("the card of job "+id+" in state "+joined(states), func() bool {
		for _, m := range w.about(slacktest.ChannelAdmins, CardEvent) {
			if jobOf(&m) == id {
				found = m
				return slices.Contains(states, stateOf(&m))
			}
		}
		return false
	})
	return found
}

// follower waits for the job that follows another one.
func (w *world) follower(id string, which func(*jobs.Job) string) string {
	w.t.Helper()
	next := ""
	w.until("a job that follows", func() bool {
		j, err := w.jobs.Get(w.t.Context(), id)
		if err == nil {
			next = which(&j)
		}
		return next != ""
	})
	return next
}

// added counts the people of a roll who are in the account, and reports who is there twice.
func (w *world) added(prefix string) int {
	w.t.Helper()
	seen := make(map[string]bool)
	for _, u := range w.zoom.Users() {
		if !strings.HasPrefix(u.Email, prefix) || !strings.HasSuffix(u.Email, ".new@example.com") {
			continue
		}
		if seen[u.Email] {
			w.t.Errorf("%s is there twice", u.Email)
		}
		seen[u.Email] = true
	}
	return len(seen)
}

// events counts the audit entries of a job with a name.
func (w *world) events(id, name string) int {
	w.t.Helper()
	entries, err := w.jobs.Audit(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if e.Event == name {
			n++
		}
	}
	return n
}

// TestPauseAndResume: an approver lets a job rest, its requester lets it go on, others may do neither, and every row is done
// once.
func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	card := w.running(roll(60))
	w.press(slacktest.UserDelphine, &card, ActionPause)
	if got := w.told(slacktest.UserDelphine); !strings.Contains(got, "approbateurs") {
		t.Errorf("somebody else is told %q", got)
	}
	w.press(slacktest.UserBen, &card, ActionPause)
	if got := w.told(slacktest.UserBen); !strings.Contains(got, "until somebody resumes it") {
		t.Errorf("answer = %q", got)
	}
	rested := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	lacking(t, "the card", rested.AllText(), "Paused by <@"+slacktest.UserBen+">", "rests until somebody resumes it")
	if diff := cmp.Diff([]string{ActionResume, ActionCancel}, rested.ActionIDs()); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	lacking(t, "the list", w.answered("jobs"), "held by <@"+slacktest.UserBen+">")
	lacking(t, "the status", w.answered("status "+jobOf(&card)), "Paused by <@"+slacktest.UserBen+">")
	lacking(t, "another pause", w.answered("pause"), "No job is at work")
	lacking(t, "a pause by id", w.answered("pause "+jobOf(&card)), "was paused already by <@"+slacktest.UserBen+">")
	w.press(slacktest.UserAda, &rested, ActionResume)
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	if n := w.added("p"); n != 60 {
		t.Errorf("%d people were added, want 60", n)
	}
	lacking(t, "a late resume", w.answered("resume "+jobOf(&card)), "is not paused, so there is nothing to resume")
	lacking(t, "a late pause", w.answered("pause "+jobOf(&card)), "cannot be paused now")
}

// TestPauseOnce: the same click three times, and a click by another process after a restart, are one effect.
func TestPauseOnce(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	card := w.running(roll(60))
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { w.pressLate(slacktest.UserBen, &card, ActionPause) })
	}
	wg.Wait()
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	w.whispered(slacktest.UserBen, 3)
	if n := w.events(jobOf(&card), "pause_requested"); n != 1 {
		t.Errorf("pauses in the audit log = %d, want 1", n)
	}
	w.stop()
	w.process = w.run()
	w.pressLate(slacktest.UserBen, &card, ActionPause)
	if got := w.whispered(slacktest.UserBen, 4); !strings.Contains(got.Text, "paused already") {
		t.Errorf("answer after a restart = %q", got.Text)
	}
	for range 3 {
		wg.Go(func() { w.pressLate(slacktest.UserAda, &card, ActionResume) })
	}
	wg.Wait()
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	if n := w.added("p"); n != 60 {
		t.Errorf("%d people were added, want 60", n)
	}
}

// TestCrossedClicks: clicks that cross each other end in one of their effects, and each gets a word or has its effect.
func TestCrossedClicks(t *testing.T) {
	t.Parallel()
	t.Run("approve and cancel", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		card := w.proposed()
		approve, _ := card.Button(ActionApprove)
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = w.Act(slacktest.UserBen, slacktest.Action{
				Channel: slacktest.ChannelAdmins, MessageTS: card.TS, BlockID: "decide", ActionID: ActionApprove, Value: fmt.Sprint(approve["value"]), Stale: true,
			})
		})
		wg.Go(func() { w.pressLate(slacktest.UserAda, &card, ActionCancel) })
		wg.Wait()
		w.whispered(slacktest.UserAda, 1)
		end := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone, jobs.StateCanceled)
		w.quiet()
		j, err := w.jobs.Get(t.Context(), jobOf(&card))
		if err != nil || j.State != stateOf(&end) {
			t.Errorf("the job stands at %s, the card at %s, %v", j.State, stateOf(&end), err)
		}
		if n := w.added("nora"); j.State == jobs.StateDone && n != 1 || (j.State == jobs.StateCanceled && j.StartedAt.IsZero() && n != 0) {
			t.Errorf("the job ended as %s with %d of its people added", j.State, n)
		}
	})
	t.Run("pause and cancel", func(t *testing.T) {
		t.Parallel()
		w := start(t, slow)
		card := w.running(roll(60))
		var wg sync.WaitGroup
		wg.Go(func() { w.pressLate(slacktest.UserBen, &card, ActionPause) })
		wg.Go(func() { w.pressLate(slacktest.UserAda, &card, ActionCancel) })
		wg.Wait()
		w.whispered(slacktest.UserBen, 1)
		end := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
		lacking(t, "the card", end.AllText(), "Canceled by <@"+slacktest.UserAda+">")
		if slices.Contains(end.ActionIDs(), ActionResume) {
			t.Errorf("a canceled job can be resumed: %v", end.ActionIDs())
		}
	})
}

// TestClickAfterRestart: a card from before a restart still decides.
func TestClickAfterRestart(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	w.stop()
	w.process = w.run()
	w.press(slacktest.UserBen, &card, ActionApprove)
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	if n := w.events(jobOf(&card), "decision"); n != 1 {
		t.Errorf("decisions in the audit log = %d, want 1", n)
	}
}

// TestPausedCardIsLost: edits that Slack limits and a card that somebody deletes do not take the way back from a job that
// rests.
func TestPausedCardIsLost(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	card := w.running(roll(60))
	w.Inject(slacktest.Fault{Method: "chat.update", RetryAfter: 1, Times: 1})
	w.press(slacktest.UserBen, &card, ActionPause)
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	if err := w.DeleteMessage(slacktest.BotUserID, slacktest.ChannelAdmins, card.TS); err != nil {
		t.Fatal(err)
	}
	if _, err := w.jobs.Resume(t.Context(), jobOf(&card), jobs.Actor{ID: slacktest.UserAda}); err != nil {
		t.Fatal(err)
	}
	done := w.jobCard(jobOf(&card), jobs.StateDone)
	if done.TS == card.TS || done.ThreadTS != card.ThreadTS {
		t.Errorf("the card stands at %s in thread %s", done.TS, done.ThreadTS)
	}
}

// TestPlanAgain: an expired plan is made anew on its card, once, by whom it concerns.
func TestPlanAgain(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.jobs.Expires = 300 * time.Millisecond })
	card := w.posted("team.csv", sample, jobs.StateExpired)
	w.press(slacktest.UserDelphine, &card, ActionPlanAgain)
	if got := w.told(slacktest.UserDelphine); !strings.Contains(got, "approbateurs") {
		t.Errorf("somebody else is told %q", got)
	}
	w.zoom.AddUser(zoomtest.User{Email: "nora.new@example.com", FirstName: "Nora", LastName: "New", Type: zoomtest.Basic, Dept: "Design"})
	w.press(slacktest.UserAda, &card, ActionPlanAgain)
	if got := w.whispered(slacktest.UserAda, 1); !strings.Contains(got.Text, "is being made again") {
		t.Errorf("answer = %q", got.Text)
	}
	again := w.again(card, jobs.StateAwaitingApproval, jobs.StateExpired)
	w.until("the new plan file", func() bool {
		return w.filesNamed(slacktest.ChannelAdmins)["plan-"+jobOf(&again)+".csv"] == 2
	})
	lacking(t, "the new plan file", w.fileText(slacktest.ChannelAdmins, "plan-"+jobOf(&again)+".csv"), "In the plan before", "Will be created")
}

// TestDriftIsShown: when the account has changed under a plan, the card says which rows are different now.
func TestDriftIsShown(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	w.zoom.AddUser(zoomtest.User{Email: "nora.new@example.com", FirstName: "Nora", LastName: "New", Type: zoomtest.Basic, Dept: "Design"})
	w.press(slacktest.UserBen, &card, ActionApprove)
	now := w.again(card, jobs.StateAwaitingApproval)
	lacking(t, "the card", now.AllText(), "1 row is different now",
		"*Line 2, nora.new@example.com*: before: Will be created", "now: Will be changed (Department: “Design” → “Sales”)")
}

// TestHalted: a job of which too many rows fail is halted with a word why, and a person lets it go on regardless.
func TestHalted(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.zoom.Inject(zoomtest.Fault{
		Name: "refuse", Method: http.MethodPost, Path: "/users", Times: 10, Effect: zoomtest.Respond, Status: http.StatusBadRequest, Code: 300, Message: "Wrong somehow",
	})
	card := w.posted("team.csv", roll(30), jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &card, ActionApprove)
	rested := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	lacking(t, "the card", rested.AllText(), "10 of the first 10 rows failed", "so the other 20 were not begun", "Why 10 rows failed",
		"Wrong somehow", "The bot halted the job")
	if _, words, _, _, asks := rested.ConfirmDialog(ActionResume); !asks || !strings.Contains(words, "not counted any more") {
		t.Errorf("Resume asks %q", words)
	}
	lacking(t, "the list", w.answered("jobs"), "halted, too many rows failed")
	lacking(t, "the answer", w.answered("resume"), "goes on")
	done := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	lacking(t, "the card", done.AllText(), "Created *20*", "Failed *10*")
}

// TestBehind: a job that has people in common with another one says for which it waits, and goes on by itself.
func TestBehind(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	first := w.running(roll(60))
	// A job that rests is not over: its people stay its own.
	w.press(slacktest.UserAda, &first, ActionPause)
	first = w.cardIn(slacktest.ChannelAdmins, first.ThreadTS, jobs.StatePaused)
	second := w.posted("other.csv", "Email,First Name,Last Name,Department\np59.new@example.com,P,Number 59,Design\n", jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &second, ActionApprove)
	w.until("a word for which job it waits", func() bool {
		m, _ := w.Message(slacktest.ChannelAdmins, second.TS)
		return stateOf(&m) == jobs.StateApproved && strings.Contains(m.AllText(), "Waits for job "+jobOf(&first)) &&
			strings.Contains(m.AllText(), "|"+jobOf(&first)+">")
	})
	lacking(t, "the list", w.answered("jobs"), "waits for job `"+jobOf(&first)+"`")
	lacking(t, "a resume without an id", w.answered("resume"), "Job `"+jobOf(&first)+"` goes on")
	w.cardIn(slacktest.ChannelAdmins, first.ThreadTS, jobs.StateDone)
	w.until("the second job to move on", func() bool {
		m, _ := w.Message(slacktest.ChannelAdmins, second.TS)
		return stateOf(&m) != jobs.StateApproved
	})
}

// TestSeveralFit: a command without an id lists the jobs that fit, when it cannot know which is meant.
func TestSeveralFit(t *testing.T) {
	t.Parallel()
	w := start(t)
	var ids []string
	for _, prefix := range []string{"q", "r"} {
		card := w.posted(prefix+".csv", rollOf(prefix, 2), jobs.StateAwaitingApproval)
		w.press(slacktest.UserBen, &card, ActionApprove)
		w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
		ids = append(ids, jobOf(&card))
	}
	lacking(t, "an undo without an id", w.answered("undo"), "Several jobs fit", ids[0], ids[1])
	lacking(t, "a retry without an id", w.answered("retry"), "has rows left to try again")
	got := w.command(slacktest.UserDelphine, slacktest.ChannelAdmins, "undo")
	lacking(t, "an undo by somebody whose jobs they are not", got.Text, "tâches récentes")
}

// TestLimitsCommand: the budget is told to whoever asks.
func TestLimitsCommand(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.proposed()
	got := w.answered("limits")
	if !strings.Contains(got, "Light calls") && !strings.Contains(got, "Nothing has been counted yet") {
		t.Errorf("answer = %q", got)
	}
	_, catalogue := testBot(t, nil)
	now := time.Unix(1700000000, 0)
	parts := strings.Join(allowanceParts(catalogue.For("en"), allowance{
		class: "heavy", documented: 40, granted: 7.5, used: 5900, perDay: 60000, heldUntil: now.Add(time.Minute),
	}, now), " | ")
	if want := "granted 7.5/s (documented 40/s) | today 5,900 of 60,000, left 54,100 | on hold until <!date^1700000060"; !strings.HasPrefix(parts, want) {
		t.Errorf("parts = %q, want them to begin with %q", parts, want)
	}
	over := strings.Join(allowanceParts(catalogue.For("en"), allowance{class: invitationsClass, used: 60, perDay: 50, heldUntil: now}, now), " | ")
	if want := "today 60 of 50, left 0"; over != want {
		t.Errorf("parts = %q, want %q", over, want)
	}
}
