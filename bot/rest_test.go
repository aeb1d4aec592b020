package bot

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestPausedAndLacking: a job that rests for licences and is paused by a person says both, and does not promise to go on.
func TestPausedAndLacking(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) {
		s.jobs.Settings.UserType, s.jobs.SeatsEvery = zoomapi.TypeLicensed, time.Hour
		s.zoom.Seats.Licensed = 50
	})
	taken := w.zoom.Usage().Licensed
	used := taken.Used + taken.Pending
	card := w.posted("team.csv", roll(6), jobs.StateAwaitingApproval)
	if err := w.zoom.SetSeats("licensed", 0, used+2); err != nil {
		t.Fatal(err)
	}
	w.press(slacktest.UserBen, &card, ActionApprove)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	if button, _ := card.Button(ActionPause); !strings.Contains(labelOf(button), "Do not go on by itself") {
		t.Errorf("the button to pause is labelled %q", labelOf(button))
	}
	looks := w.events(jobOf(&card), "state")
	w.press(slacktest.UserAda, &card, ActionResume)
	if got := w.told(slacktest.UserAda); !strings.Contains(got, "looks for licenses now") {
		t.Errorf("answer = %q", got)
	}
	w.eventually("another look", func() bool { return w.events(jobOf(&card), "state") >= looks+2 })
	w.inState(jobOf(&card), jobs.StatePaused)
	w.press(slacktest.UserBen, &card, ActionPause)
	w.until("a card that says both", func() bool {
		m, _ := w.Message(slacktest.ChannelAdmins, card.TS)
		words := m.AllText()
		return strings.Contains(words, "Paused by <@"+slacktest.UserBen+">") && strings.Contains(words, "rows waiting: 4") &&
			strings.Contains(words, "then resume the job") && !strings.Contains(words, "by itself")
	})
}

// labelOf is what stands on a button.
func labelOf(button map[string]any) string {
	label, _ := button["text"].(map[string]any)
	words, _ := label["text"].(string)
	return words
}

// TestTryNow: the card of a job that rests for a limit of the day names the limit, and whoever lets it try is told that Zoom
// may still refuse.
func TestTryNow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		action zoomapi.CreateAction
		want   string
	}{
		{"invitations", zoomapi.ActionCreate, "Used up for today: Invitations (10,000 of 10,000)."},
		{"a limit that is not counted", zoomapi.ActionAutoCreate, "By the count kept here none of these is used up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) { s.jobs.Settings.CreateAction = tt.action })
			card := w.posted("team.csv", roll(6), jobs.StateAwaitingApproval)
			w.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Path: "/users", Times: -1, Effect: zoomtest.LimitDaily})
			w.press(slacktest.UserBen, &card, ActionApprove)
			card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
			lacking(t, "the card", card.AllText(), tt.want)
			w.press(slacktest.UserAda, &card, ActionResume)
			if got := w.told(slacktest.UserAda); !strings.Contains(got, "If Zoom still refuses, the job rests again") {
				t.Errorf("answer = %q", got)
			}
		})
	}
}

// TestAheadRests: the card of a job that waits for another says how that one stands, since it may not end by itself.
func TestAheadRests(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	first := w.running(roll(60))
	second := w.posted("other.csv", "Email,First Name,Last Name,Department\np59.new@example.com,P,Number 59,Design\n", jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &second, ActionApprove)
	waits := func(what string, want func(string) bool) {
		t.Helper()
		w.until(what, func() bool {
			m, _ := w.Message(slacktest.ChannelAdmins, second.TS)
			return stateOf(&m) == jobs.StateApproved && want(m.AllText())
		})
	}
	waits("a job that waits", func(s string) bool { return strings.Contains(s, "Waits for job "+jobOf(&first)) })
	w.press(slacktest.UserBen, &first, ActionPause)
	w.cardIn(slacktest.ChannelAdmins, first.ThreadTS, jobs.StatePaused)
	waits("a word that the first one is paused", func(s string) bool {
		return strings.Contains(s, "for which it waits, was paused by <@"+slacktest.UserBen+">") && strings.Contains(s, "resume or stop that one first")
	})
	lacking(t, "the list", w.answered("jobs"), "waits for job `"+jobOf(&first)+"` – held by <@"+slacktest.UserBen+">")
	lacking(t, "the status", w.answered("status "+jobOf(&second)), "was paused by <@"+slacktest.UserBen+">")
	lacking(t, "a resume of the first", w.answered("resume "+jobOf(&first)), "goes on")
	w.until("the card of the second to follow", func() bool {
		m, _ := w.Message(slacktest.ChannelAdmins, second.TS)
		return !strings.Contains(m.AllText(), "was paused by")
	})
}

// TestTakenBackWhileWaiting: nothing more is reported of people for whom a job waited when it was taken back.
func TestTakenBackWhileWaiting(t *testing.T) {
	t.Parallel()
	w := invitingOnly(t)
	id := w.imported(sample)
	card := w.jobCard(id, jobs.StateFinishing)
	_, words, _, _, _ := card.ConfirmDialog(ActionUndo)
	lacking(t, "the question", words, "At most: withdraw 2 open invitations")
	w.press(slacktest.UserAda, &card, ActionUndo)
	undo := w.follower(id, func(j *jobs.Job) string { return j.UndoneBy })
	next := w.jobCard(undo, jobs.StateAwaitingApproval)
	_, words, _, _, _ = next.ConfirmDialog(ActionApprove)
	lacking(t, "the question", words, "withdraw 2 open invitations")
	w.press(slacktest.UserBen, &next, ActionApprove)
	w.jobCard(undo, jobs.StateDone)
	w.eventually("the end of the first job", func() bool {
		j, err := w.jobs.Get(t.Context(), id)
		return err == nil && j.State.Terminal() && j.Announced >= j.Changed
	})
	w.until("a word on the first card", func() bool {
		m := w.cardNow(id)
		return strings.Contains(m.AllText(), "Taken back by job") && len(m.ActionIDs()) == 0
	})
	w.quiet()
	if n := w.filesNamed(slacktest.ChannelAdmins)["failed-after-invitation.csv"]; n != 0 {
		t.Error("the withdrawn invitations are reported as failures")
	}
	for _, m := range w.about(slacktest.ChannelAdmins, CardEvent) {
		if jobOf(&m) == id && strings.Contains(m.AllText(), "nobody is waited for any more") {
			t.Errorf("the end of the waiting is told: %s", m.Text)
		}
	}
}

// cardNow is the card of a job as it is now.
func (w *world) cardNow(id string) slacktest.Message {
	w.t.Helper()
	all := w.about(slacktest.ChannelAdmins, CardEvent)
	at := slices.IndexFunc(all, func(m slacktest.Message) bool { return jobOf(&m) == id })
	if at < 0 {
		return slacktest.Message{}
	}
	return all[at]
}

// TestWrongState: whoever asks a job for what it cannot do learns where it stands and what it can do.
func TestWrongState(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	id := jobOf(&card)
	for words, want := range map[string]string{
		"pause " + id:  "cannot be paused now. It stands at: Waiting for approval. An approver decides on its card",
		"resume " + id: "is not paused, so there is nothing to resume. It stands at: Waiting for approval. An approver decides",
		"retry " + id:  "cannot be tried again or undone now. It stands at: Waiting for approval. An approver decides",
		"undo " + id:   "cannot be tried again or undone now. It stands at: Waiting for approval. An approver decides",
	} {
		lacking(t, words, w.answered(words), want)
	}
	w.press(slacktest.UserBen, &card, ActionApprove)
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	for words, want := range map[string]string{
		"pause " + id:  "cannot be paused now. It is done already. What it did can be undone",
		"cancel " + id: "cannot be canceled any more. It is done already.",
	} {
		lacking(t, words, w.answered(words), want)
	}
	if err := w.Act(slacktest.UserChiara, slacktest.Action{
		Channel: slacktest.ChannelAdmins, MessageTS: card.TS, BlockID: "decide", ActionID: ActionApprove, Stale: true,
		Value: decisionValue(id, "00"),
	}); err != nil {
		t.Fatal(err)
	}
	if got := w.told(slacktest.UserChiara); !strings.Contains(got, "decided already") || !strings.Contains(got, "is done already. What it did can be undone") {
		t.Errorf("a late approval is told %q", got)
	}
}

// TestWhichToCancel: a job is not stopped because it is the only one; several are listed.
func TestWhichToCancel(t *testing.T) {
	t.Parallel()
	w := start(t)
	lacking(t, "a cancel of nothing", w.answered("cancel"), "nothing to stop")
	first := w.posted("q.csv", rollOf("q", 2), jobs.StateAwaitingApproval)
	got := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "cancel")
	if button, ok := got.Button(ActionCancel); !ok || button["value"] != jobOf(&first) {
		t.Errorf("the answer has no button for the job: %s", got.AllText())
	}
	if _, _, _, _, asks := got.ConfirmDialog(ActionCancel); !asks {
		t.Error("the button does not ask")
	}
	second := w.posted("r.csv", rollOf("r", 2), jobs.StateAwaitingApproval)
	several := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "cancel")
	lacking(t, "the answer", several.AllText(), "Several jobs fit", jobOf(&first), jobOf(&second))
	if len(several.ActionIDs()) > 0 {
		t.Errorf("buttons = %v, want none", several.ActionIDs())
	}
	j, err := w.jobs.Get(t.Context(), jobOf(&first))
	if err != nil || j.State != jobs.StateAwaitingApproval {
		t.Errorf("the job stands at %s, %v", j.State, err)
	}
}

// TestJobList: each job says what it is, where it stands, whose it is and what came of it, with a way to its card.
func TestJobList(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	w.press(slacktest.UserBen, &card, ActionApprove)
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	other := w.posted("q.csv", rollOf("q", 2), jobs.StateAwaitingApproval)
	got := w.answered("jobs")
	lacking(t, "the list", got, "`"+jobOf(&card)+"` *Done* · <http", "|team.csv> · adds and changes people", "<@"+slacktest.UserAda+"> · <!date^",
		"· added 2\n", "*Waiting for approval*", "add 2 people")
	if strings.Index(got, jobOf(&other)) > strings.Index(got, jobOf(&card)) {
		t.Errorf("the older job comes first: %s", got)
	}
	dm := w.DM(slacktest.UserAda)
	ts := w.post(slacktest.UserAda, dm, "secret.csv", rollOf("s", 2))
	w.cardIn(dm, ts, jobs.StateAwaitingApproval)
	for user, linked := range map[string]bool{slacktest.UserAda: true, slacktest.UserBen: false} {
		list := w.command(user, slacktest.ChannelAdmins, "jobs")
		if strings.Contains(list.AllText(), "|secret.csv>") != linked {
			t.Errorf("%s is led to a direct message: %v, want %v", user, !linked, linked)
		}
	}
}

// TestTook: the time that a job rested does not count as its work.
func TestTook(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	j := sampleJob(jobs.StateDone)
	j.Front = nil
	j.FinishedAt = j.StartedAt.Add(2*time.Hour + 5*time.Minute)
	j.Rested = 2 * time.Hour
	raw, err := json.Marshal(progressBlocks(catalogue.For("en"), view{job: j}))
	if err != nil {
		t.Fatal(err)
	}
	lacking(t, "the report", string(raw), "It took 5 min 0 s, without the time that it rested (2 h 0 min).")
	if diff := cmp.Diff("1 a minute", rate(catalogue.For("en"), 1.0/60)); diff != "" {
		t.Errorf("a slow rate (-want +got):\n%s", diff)
	}
}
