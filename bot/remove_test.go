package bot

import (
	"strings"
	"testing"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// removals is a file as the portal takes it, with a column that says what to do.
const removals = `Email,Action,Data transfer to Email (optional),Transfer Meetings (Yes or No),New Email
ann.known@example.com,delete,cleo.known@example.com,Yes,
ben.known@example.com,Delete,,No,
out.known@example.org,unlink,,,
dan.known@example.com,,,,daniel.known@example.com
`

func removable(w *world) {
	for _, email := range []string{"ann.known@example.com", "ben.known@example.com", "cleo.known@example.com", "dan.known@example.com", "out.known@example.org"} {
		w.zoom.AddUser(zoomtest.User{Email: email, FirstName: "Kn", LastName: "Own", Type: zoomapi.TypeBasic})
	}
}

// TestRemovals: the card and the question say how many people are deleted before anything else, and the files report it.
func TestRemovals(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.jobs.AllowDelete = true })
	removable(w)
	card := w.posted("leavers.csv", removals, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(),
		"2 people are deleted from Zoom for good", "This cannot be undone", "1 person is unlinked from the account",
		"To be deleted for good", "*ann.known@example.com*: is deleted for good; Transfer To: “cleo.known@example.com”; Transfer Meetings: on",
		"*out.known@example.org*: is unlinked", "New Email: “dan.known@example.com” → “daniel.known@example.com”")
	_, question, _, _, ok := card.ConfirmDialog(ActionApprove)
	if !ok || !strings.Contains(question, "DELETE 2 people for good, unlink 1 person from the account, change 1 person") {
		t.Errorf("the question is %q", question)
	}
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	lacking(t, "the card", card.AllText(), "Deleted or unlinked *3*", "Changed *1*")
	w.until("the files", func() bool { return w.filesNamed(slacktest.ChannelAdmins)["succeeded.csv"] == 1 })
	lacking(t, "the results", w.fileText(slacktest.ChannelAdmins, "succeeded.csv"), "Deleted or unlinked", "Changed")
	for email, there := range map[string]bool{
		"ann.known@example.com": false, "ben.known@example.com": false, "out.known@example.org": false, "cleo.known@example.com": true,
		"dan.known@example.com": false, "daniel.known@example.com": true,
	} {
		if _, ok := w.zoom.User(email); ok != there {
			t.Errorf("%s is there: %v", email, ok)
		}
	}
	lacking(t, "the columns", w.answered("columns"), "Transfer To", "Transfer Docs", "withdraw, delete, unlink", "Zoom Translated Captions", "New Email")
}

// TestRemovalsNotAllowed: without the setting the card says who can change it, and nobody is deleted.
func TestRemovalsNotAllowed(t *testing.T) {
	t.Parallel()
	w := start(t)
	removable(w)
	card := w.posted("leavers.csv", "Email,Action\nann.known@example.com,delete\n", jobs.StateNoChanges)
	if text := card.AllText(); !strings.Contains(text, "limits.allow_delete") && !strings.Contains(w.threadText(card.ThreadTS), "limits.allow_delete") {
		t.Errorf("the card does not name the setting:\n%s", text)
	}
	if _, ok := w.zoom.User("ann.known@example.com"); !ok {
		t.Error("somebody was deleted")
	}
	if text := w.answered("columns"); strings.Contains(text, "Transfer To") || strings.Contains(text, "unlink") {
		t.Errorf("columns offers what is not allowed:\n%s", text)
	}
}

// threadText is all that was said in a thread.
func (w *world) threadText(ts string) string {
	w.t.Helper()
	var b strings.Builder
	for _, m := range w.Messages(slacktest.ChannelAdmins) {
		if m.ThreadTS == ts {
			b.WriteString(m.AllText())
		}
	}
	return b.String()
}
