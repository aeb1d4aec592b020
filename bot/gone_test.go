package bot

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// remove deletes one of the bot's messages, as an administrator of the workspace may.
func (w *world) remove(channel, ts string) {
	w.t.Helper()
	if err := w.DeleteMessage(slacktest.BotUserID, channel, ts); err != nil {
		w.t.Fatal(err)
	}
}

// reposted waits for another card of the same job.
func (w *world) reposted(old *slacktest.Message) slacktest.Message {
	w.t.Helper()
	var found slacktest.Message
	w.until("the card to be posted again", func() bool {
		all := w.about(old.Channel, CardEvent)
		for i := range all {
			if m := &all[i]; jobOf(m) == jobOf(old) && m.TS > old.TS && len(m.ActionIDs()) > 0 {
				found = *m
				return true
			}
		}
		return false
	})
	return found
}

// TestCardDeletedAtRest: a job that waits for somebody gets its card back as often as it is deleted, and can be decided on it.
func TestCardDeletedAtRest(t *testing.T) {
	t.Parallel()
	// The answer to a posting is slow, so that the card is deleted before the bot knows where it stands.
	w := start(t, func(s *settings) {
		s.wrap = func(slack http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				slack.ServeHTTP(rw, r)
				if strings.HasSuffix(r.URL.Path, "/chat.postMessage") {
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
	})
	card := w.proposed()
	for range 3 {
		w.remove(card.Channel, card.TS)
		again := w.reposted(&card)
		if again.ThreadTS != card.ThreadTS || stateOf(&again) != jobs.StateAwaitingApproval {
			t.Fatalf("posted in thread %q as %s, want %q", again.ThreadTS, stateOf(&again), card.ThreadTS)
		}
		card = again
	}
	w.press(slacktest.UserBen, &card, ActionApprove)
	w.jobCard(jobOf(&card), jobs.StateDone)
	if n := w.events(jobOf(&card), "decision"); n != 1 {
		t.Errorf("decisions in the audit log = %d, want 1", n)
	}
}

// TestCardDeletedEveryTime: who deletes the card each time is not fought, and whoever asks for it gets it.
func TestCardDeletedEveryTime(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	for range maxDeleted {
		w.remove(card.Channel, card.TS)
		card = w.reposted(&card)
	}
	w.settled(jobOf(&card))
	w.remove(card.Channel, card.TS)
	w.quiet()
	w.settled(jobOf(&card))
	if left, ok := w.card(card.Channel, card.ThreadTS); ok {
		t.Fatalf("posted again at %s", left.TS)
	}
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, "status "+jobOf(&card))
	w.reposted(&card)
}

// alone submits the sample without a message that brought it, so that its card is the head of a thread.
func (w *world) alone() slacktest.Message {
	w.t.Helper()
	j, _, err := w.jobs.Submit(w.t.Context(), jobs.Submission{
		Key: "form", Kind: jobs.KindImport, Requester: jobs.Actor{ID: slacktest.UserAda}, Source: jobs.Source{Name: "team.csv"},
		Data: []byte(sample), Front: map[string]string{refChannel: slacktest.ChannelAdmins},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	card := w.jobCard(j.ID, jobs.StateAwaitingApproval)
	w.until("the plan under the card", func() bool { return len(w.Thread(card.Channel, card.TS)) > 1 })
	w.settled(j.ID)
	return card
}

// TestCardWithRepliesDeleted: a card that is the head of its thread leaves a tombstone.
func TestCardWithRepliesDeleted(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.alone()
	w.remove(card.Channel, card.TS)
	again := w.reposted(&card)
	w.until("the plan under the new card", func() bool {
		replies := w.Thread(again.Channel, again.TS)
		return len(replies) > 1 && len(replies[1].Files) > 0 && strings.HasPrefix(replies[1].Files[0].Name, "plan-")
	})
	w.press(slacktest.UserBen, &again, ActionApprove)
	if done := w.jobCard(jobOf(&card), jobs.StateDone); done.TS != again.TS {
		t.Errorf("the card stands at %s, want %s", done.TS, again.TS)
	}
}

// TestCardDeletedUnheard: where no event told that a card is gone, whoever asks for the job gets it back.
func TestCardDeletedUnheard(t *testing.T) {
	t.Parallel()
	deaf := func(s *settings) { s.slack.Events = []string{"message.im"} }
	t.Run("the message is gone", func(t *testing.T) {
		t.Parallel()
		w := start(t, deaf)
		ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample)
		if err := w.Shortcut(slacktest.UserAda, ShortcutMessage, slacktest.ChannelAdmins, ts); err != nil {
			t.Fatal(err)
		}
		card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
		for range 2 {
			w.settled(jobOf(&card))
			w.remove(card.Channel, card.TS)
			answer := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "status "+jobOf(&card))
			lacking(t, "the answer", answer.AllText(), "The job’s card was deleted. It is being posted again.")
			card = w.reposted(&card)
		}
	})
	t.Run("a tombstone stands", func(t *testing.T) {
		t.Parallel()
		w := start(t, deaf)
		card := w.alone()
		for range 3 {
			w.until("a reply under the card", func() bool { return len(w.Thread(card.Channel, card.TS)) > 1 })
			w.settled(jobOf(&card))
			w.remove(card.Channel, card.TS)
			w.command(slacktest.UserAda, slacktest.ChannelAdmins, "status "+jobOf(&card))
			card = w.reposted(&card)
			if stateOf(&card) != jobs.StateAwaitingApproval {
				t.Errorf("the card is %s", stateOf(&card))
			}
		}
	})
	t.Run("nothing is gone", func(t *testing.T) {
		t.Parallel()
		w := start(t, deaf)
		card := w.alone()
		w.settled(jobOf(&card))
		before := len(w.everything(card.Channel))
		w.command(slacktest.UserAda, slacktest.ChannelAdmins, "status "+jobOf(&card))
		w.settled(jobOf(&card))
		if n := len(w.everything(card.Channel)); n != before {
			t.Errorf("messages = %d, want %d", n, before)
		}
	})
}

// TestApproversCardDeleted: an approver who was asked in a direct message and deletes the card is asked again.
func TestApproversCardDeleted(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.Approvers = []string{slacktest.UserBen} })
	dm, bens := w.DM(slacktest.UserAda), w.DM(slacktest.UserBen)
	ts := w.post(slacktest.UserAda, dm, "team.csv", sample)
	own := w.cardIn(dm, ts, jobs.StateAwaitingApproval)
	asked := w.cardIn(bens, "", jobs.StateAwaitingApproval)
	w.until("the plan under the card", func() bool { return len(w.Thread(bens, asked.TS)) > 1 })
	w.settled(jobOf(&own))
	w.remove(bens, asked.TS)
	again := w.reposted(&asked)
	if err := w.Click(slacktest.UserBen, bens, again.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(dm, ts, jobs.StateDone)
}

// TestApproversCardUnheard: the same where only the edit tells.
func TestApproversCardUnheard(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.Approvers = []string{slacktest.UserBen} })
	dm, bens := w.DM(slacktest.UserAda), w.DM(slacktest.UserBen)
	own := w.cardIn(dm, w.post(slacktest.UserAda, dm, "team.csv", sample), jobs.StateAwaitingApproval)
	asked := w.cardIn(bens, "", jobs.StateAwaitingApproval)
	w.settled(jobOf(&own))
	w.Inject(slacktest.Fault{Method: "chat.update", Channel: bens, Error: "message_not_found", Times: 1})
	if err := w.jobs.ShowJobAgain(t.Context(), jobOf(&own), func(*jobs.Job) bool { return true }); err != nil {
		t.Fatal(err)
	}
	w.reposted(&asked)
}

// TestNothingWithoutItsCard: while the card at the head of a thread is replaced, nothing is posted outside of one.
func TestNothingWithoutItsCard(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.alone()
	w.Inject(slacktest.Fault{Method: "chat.update", Error: "message_not_found", Times: 1})
	w.press(slacktest.UserBen, &card, ActionApprove)
	w.inState(jobOf(&card), jobs.StateDone)
	w.settled(jobOf(&card))
	for _, m := range w.Messages(slacktest.ChannelAdmins) {
		if m.User == slacktest.BotUserID && len(m.Files) > 0 {
			t.Errorf("a file stands outside of the thread: %s", m.Files[0].Name)
		}
	}
}

// TestDeletedElsewhere: nothing is posted again for a job that is over, nor for messages that are no cards.
func TestDeletedElsewhere(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	file, ok := w.replyWithFile(&card)
	if !ok {
		t.Fatal("no plan file in the thread")
	}
	w.remove(card.Channel, file)
	w.press(slacktest.UserBen, &card, ActionApprove)
	done := w.jobCard(jobOf(&card), jobs.StateDone)
	w.settled(jobOf(&card))
	w.quiet()
	before := len(w.everything(done.Channel))
	w.remove(done.Channel, done.TS)
	w.quiet()
	answer := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "status "+jobOf(&card))
	w.settled(jobOf(&card))
	if n := len(w.everything(done.Channel)); n != before-1 {
		t.Errorf("messages = %d, want %d", n, before-1)
	}
	if said := answer.AllText(); strings.Contains(said, "was deleted") {
		t.Errorf("answer: %s", said)
	}
}

// replyWithFile is the ts of the message with the plan of a card.
func (w *world) replyWithFile(card *slacktest.Message) (ts string, ok bool) {
	w.t.Helper()
	w.until("the plan file", func() bool {
		for _, m := range w.Thread(card.Channel, card.ThreadTS) {
			if m.User == slacktest.BotUserID && len(m.Files) > 0 {
				ts, ok = m.TS, true
			}
		}
		return ok
	})
	return ts, ok
}
