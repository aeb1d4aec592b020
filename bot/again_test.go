package bot

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestRetry: the rows that failed are tried again by one job, in the same thread, with an approval of its own.
func TestRetry(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.zoom.Inject(zoomtest.Fault{
		Name: "refuse", Method: http.MethodPost, Path: "/users", Times: 2, Effect: zoomtest.Respond, Status: http.StatusBadRequest, Code: 300, Message: "no",
	})
	card := w.posted("team.csv", roll(5), jobs.StateAwaitingApproval)
	id := jobOf(&card)
	w.press(slacktest.UserBen, &card, ActionApprove)
	done := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	if diff := cmp.Diff([]string{ActionRetry, ActionUndo}, done.ActionIDs()); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	w.press(slacktest.UserDelphine, &done, ActionRetry)
	if got := w.told(slacktest.UserDelphine); !strings.Contains(got, "approbateurs") {
		t.Errorf("somebody else is told %q", got)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { w.pressLate(slacktest.UserAda, &done, ActionRetry) })
	}
	wg.Wait()
	w.whispered(slacktest.UserAda, 3)
	made := 0
	for _, m := range w.Ephemerals(slacktest.UserAda) {
		made += strings.Count(m.Text, "is made of the rows of job")
		if !strings.Contains(m.Text, "is made of") && !strings.Contains(m.Text, "does this already") {
			t.Errorf("answer = %q", m.Text)
		}
	}
	if made != 1 {
		t.Errorf("%d clicks made a job, want 1", made)
	}
	again := w.follower(id, func(j *jobs.Job) string { return j.RetriedBy })
	next := w.jobCard(again, jobs.StateAwaitingApproval)
	if next.ThreadTS != card.ThreadTS {
		t.Errorf("the card stands in thread %s, want %s", next.ThreadTS, card.ThreadTS)
	}
	lacking(t, "the card", next.AllText(), "Tries the rows of job", id, "2 people", "|"+id+">")
	w.until("a word on the first card", func() bool {
		m, _ := w.Message(slacktest.ChannelAdmins, done.TS)
		return strings.Contains(m.AllText(), "Another try of its failed rows") && strings.Contains(m.AllText(), "|"+again+">")
	})
	w.press(slacktest.UserBen, &next, ActionApprove)
	w.jobCard(again, jobs.StateDone)
	if n := w.added("p"); n != 5 {
		t.Errorf("%d people were added, want 5", n)
	}
	lacking(t, "a retry of the second job", w.answered("retry "+again), "there is nothing to try again")
	lacking(t, "a retry of nothing", w.answered("retry 0000-0000"), "There is no job")
}

// TestUndo: a job is taken back by another, previewed, approved and reported, and told apart from it everywhere.
func TestUndo(t *testing.T) {
	t.Parallel()
	w := start(t)
	known(w)
	card := w.posted("mixed.csv", mixed, jobs.StateAwaitingApproval)
	id := jobOf(&card)
	w.press(slacktest.UserBen, &card, ActionApprove)
	done := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	title, words, _, _, asks := done.ConfirmDialog(ActionUndo)
	if !asks || title != "Undo this job?" || !strings.Contains(words, "before somebody approves") {
		t.Errorf("Undo asks %q, %q", title, words)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { w.pressLate(slacktest.UserAda, &done, ActionUndo) })
	}
	wg.Wait()
	w.whispered(slacktest.UserAda, 3)
	undo := w.follower(id, func(j *jobs.Job) string { return j.UndoneBy })
	next := w.jobCard(undo, jobs.StateAwaitingApproval)
	if next.ThreadTS != card.ThreadTS {
		t.Errorf("the card stands in thread %s, want %s", next.ThreadTS, card.ThreadTS)
	}
	lacking(t, "the card", next.AllText(), "asks to take back what job", "mixed.csv (undo)", "Department: “Design” → “Sales”",
		"*ben.known@example.com*: is activated", "1 person was added at once", "What is put back for 3 people")
	for _, action := range []string{ActionChooseMode, ActionChooseType} {
		if slices.Contains(next.ActionIDs(), action) {
			t.Errorf("an undo offers %s", action)
		}
	}
	lacking(t, "the list", w.answered("jobs"), "mixed.csv (undo)", "take back what was done to 3 people")
	w.press(slacktest.UserBen, &next, ActionApprove)
	over := w.jobCard(undo, jobs.StateDone)
	lacking(t, "the card", over.AllText(), "Taken back *3*", "Cannot be taken back *1*")
	w.until("the files", func() bool { return w.filesNamed(slacktest.ChannelAdmins)["irreversible.csv"] == 1 })
	lacking(t, "the rows that stay", w.fileText(slacktest.ChannelAdmins, "irreversible.csv"), "nora.new@example.com", "added at once")
	ann, _ := w.zoom.User("ann.known@example.com")
	ben, _ := w.zoom.User("ben.known@example.com")
	if diff := cmp.Diff([]any{"Sales", zoomapi.TypeLicensed, zoomtest.Active}, []any{ann.Dept, ann.Type, ben.Status}); diff != "" {
		t.Errorf("the account (-want +got):\n%s", diff)
	}
	w.until("a word on the first card", func() bool {
		m, _ := w.Message(slacktest.ChannelAdmins, done.TS)
		return strings.Contains(m.AllText(), "Taken back by job") && strings.Contains(m.AllText(), "|"+undo+">")
	})
	m, _ := w.Message(slacktest.ChannelAdmins, done.TS)
	if got := append(m.ActionIDs(), over.ActionIDs()...); len(got) > 0 {
		t.Errorf("buttons of the job that is taken back, and of its undo: %v, want none", got)
	}
	lacking(t, "the list", w.answered("jobs"), "taken back by job `"+undo+"`")
	lacking(t, "the status", w.answered("status "+id), "Taken back by job")
	for _, words := range []string{"undo " + id, "retry " + id} {
		lacking(t, words, w.answered(words), "was taken back by job `"+undo+"`")
	}
	lacking(t, "an undo without an id", w.answered("undo"), "None of the newest jobs")
	lacking(t, "a retry of the undo", w.answered("retry "+undo), "was itself an undo", id)
}

// TestUndoByApprover: the card of an undo comes where whoever asked for it can see it.
func TestUndoByApprover(t *testing.T) {
	t.Parallel()
	w := start(t)
	dm := w.DM(slacktest.UserAda)
	ts := w.post(slacktest.UserAda, dm, "team.csv", "Email,First Name,Last Name\nnora.new@example.com,Nora,New\n")
	card := w.cardIn(dm, ts, jobs.StateAwaitingApproval)
	asked := w.cardIn(w.DM(slacktest.UserBen), "", jobs.StateAwaitingApproval)
	if err := w.Click(slacktest.UserBen, w.DM(slacktest.UserBen), asked.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(dm, ts, jobs.StateDone)
	got := w.command(slacktest.UserBen, slacktest.ChannelAdmins, "undo "+jobOf(&card))
	lacking(t, "the answer", got.Text, "is to take back what job `"+jobOf(&card)+"` did", "as a direct message")
	undo := w.follower(jobOf(&card), func(j *jobs.Job) string { return j.UndoneBy })
	w.until("the card of the undo", func() bool {
		return slices.ContainsFunc(w.about(w.DM(slacktest.UserBen), CardEvent), func(m slacktest.Message) bool { return jobOf(&m) == undo })
	})
}
