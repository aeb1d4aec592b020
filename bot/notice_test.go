package bot

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

const (
	ada    = "<@" + slacktest.UserAda + ">"
	ben    = "<@" + slacktest.UserBen + ">"
	chiara = "<@" + slacktest.UserChiara + ">"
)

// notices are the messages about an event of a kind in a channel.
func (w *world) notices(channel string, kind newsKind) []slacktest.Message {
	return slices.DeleteFunc(w.about(channel, NoticeEvent), func(m slacktest.Message) bool {
		event, _ := m.Metadata.EventPayload["event"].(string)
		return !strings.HasPrefix(event, string(kind)+":")
	})
}

// noticed waits for the nth message about an event of a kind and returns it.
func (w *world) noticed(channel string, kind newsKind, n int) slacktest.Message {
	w.t.Helper()
	var all []slacktest.Message
	w.until(fmt.Sprintf("message %d about %s", n, kind), func() bool {
		all = w.notices(channel, kind)
		return len(all) >= n
	})
	return all[n-1]
}

// settled waits until what has happened to a job was shown.
func (w *world) settled(id string) {
	w.t.Helper()
	w.quiet()
	j, err := w.jobs.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	w.inState(id, j.State)
}

// wantNotices compares how many messages about each kind of event are in a channel. What a dry run says depends on how fast
// it is, and is left out.
func (w *world) wantNotices(channel string, want map[newsKind]int) {
	w.t.Helper()
	got := make(map[newsKind]int)
	for _, m := range w.about(channel, NoticeEvent) {
		event, _ := m.Metadata.EventPayload["event"].(string)
		kind, _, _ := strings.Cut(event, ":")
		if newsKind(kind) != newsAsk {
			got[newsKind(kind)]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("messages about events in %s (-want +got):\n%s", channel, diff)
	}
}

// restarted ends the process and starts another, which shows the job once more.
func (w *world) restarted(id string) {
	w.t.Helper()
	w.stop()
	w.redis.FastForward(2 * time.Minute)
	w.process = w.run()
	j, err := w.jobs.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.bot.Announce(w.t.Context(), j); err != nil {
		w.t.Fatal(err)
	}
}

// refusals makes Zoom refuse people.
func refusals(times int) zoomtest.Fault {
	return zoomtest.Fault{
		Name: "refuse", Method: http.MethodPost, Path: "/users", Times: times, Effect: zoomtest.Respond,
		Status: http.StatusBadRequest, Code: 300, Message: "Wrong somehow",
	}
}

// TestNoticeHalted: whoever asked for a job and whoever approved it learn that it was halted, each time once, and the
// requester learns who let it go on.
func TestNoticeHalted(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.zoom.Inject(refusals(-1))
	card := w.posted("team.csv", roll(60), jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &card, ActionApprove)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	first := w.noticed(slacktest.ChannelAdmins, newsHalted, 1)
	lacking(t, "the message", first.AllText(), ada+", "+ben+": ", "halted team.csv", "10 of the 10 rows tried so far failed",
		"“Resume”", "“Stop the job”", "|"+jobOf(&card)+">")
	if first.ThreadTS != card.ThreadTS {
		t.Errorf("the message stands in thread %s, the card in %s", first.ThreadTS, card.ThreadTS)
	}
	w.restarted(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsHalted: 1})
	w.press(slacktest.UserBen, &card, ActionResume)
	second := w.noticed(slacktest.ChannelAdmins, newsHalted, 2)
	lacking(t, "the second message", second.AllText(), "20 of the 20 rows tried so far failed")
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	w.press(slacktest.UserAda, &card, ActionCancel)
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
	w.settled(jobOf(&card))
	if n := len(w.notices(slacktest.ChannelAdmins, newsHalted)); n != 2 {
		t.Errorf("messages that the job was halted = %d, want 2", n)
	}
	if n := len(w.notices(slacktest.ChannelAdmins, newsCanceled)); n != 0 {
		t.Error("the requester is told what the requester did")
	}
}

// TestNoticePause: the requester learns who paused a job and who let it go on, unless that was the requester.
func TestNoticePause(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	card := w.running(roll(60))
	w.press(slacktest.UserAda, &card, ActionPause)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	w.press(slacktest.UserBen, &card, ActionResume)
	resumed := w.noticed(slacktest.ChannelAdmins, newsResumed, 1)
	if want := ada + ": ben let team.csv ("; !strings.HasPrefix(resumed.Text, want) {
		t.Errorf("message = %q, want it to begin with %q", resumed.Text, want)
	}
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateApplying)
	w.press(slacktest.UserBen, &card, ActionPause)
	held := w.noticed(slacktest.ChannelAdmins, newsHeld, 1)
	lacking(t, "the message", held.AllText(), ada+": ben paused team.csv", "“Resume”")
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	w.restarted(jobOf(&card))
	w.press(slacktest.UserAda, &card, ActionResume)
	// Whoever had paused it learns that it goes on, and the requester did it.
	lifted := w.noticed(slacktest.ChannelAdmins, newsResumed, 2)
	if want := ben + ": ada let team.csv ("; !strings.HasPrefix(lifted.Text, want) || strings.Contains(lifted.Text, ada) {
		t.Errorf("message = %q, want it to begin with %q", lifted.Text, want)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	w.settled(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsHeld: 1, newsResumed: 2})
}

// TestNoticeSeats: the first time that licences are lacking is told, and not each time that the job looks again.
func TestNoticeSeats(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) {
		s.jobs.Settings.UserType, s.jobs.SeatsEvery = zoomapi.TypeLicensed, 20*time.Millisecond
		s.zoom.Seats.Licensed = 50
	})
	taken := w.zoom.Usage().Licensed
	used := taken.Used + taken.Pending
	card := w.posted("team.csv", roll(6), jobs.StateAwaitingApproval)
	if err := w.zoom.SetSeats("licensed", 0, used+2); err != nil {
		t.Fatal(err)
	}
	w.press(slacktest.UserBen, &card, ActionApprove)
	got := w.noticed(slacktest.ChannelAdmins, newsSeats, 1)
	lacking(t, "the message", got.AllText(), ada+", "+ben+": ", "No license (Licensed) is left in Zoom for 4 rows of team.csv", "looks again at <!date^")
	// A look that gets further, and some that do not.
	if err := w.zoom.SetSeats("licensed", 0, used+3); err != nil {
		t.Fatal(err)
	}
	w.eventually("a look that gets further", func() bool { return w.added("p") == 3 })
	looks := w.events(jobOf(&card), "state")
	w.eventually("some looks", func() bool { return w.events(jobOf(&card), "state") > looks+6 })
	if err := w.zoom.SetSeats("licensed", 0, used+6); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	w.settled(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsSeats: 1})
}

// eventually waits for a condition of the store, of which the workspace does not know.
func (w *world) eventually(what string, done func() bool) {
	w.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// TestNoticeDaily: the requester learns that the limit of the day is used up, and that nothing has to be done.
func TestNoticeDaily(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.posted("team.csv", roll(6), jobs.StateAwaitingApproval)
	w.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Path: "/users", Times: -1, Effect: zoomtest.LimitDaily})
	w.press(slacktest.UserBen, &card, ActionApprove)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	got := w.noticed(slacktest.ChannelAdmins, newsDaily, 1)
	lacking(t, "the message", got.AllText(), ada+": Zoom’s limit for today is used up", "0 of 6 done; it goes on by itself at <!date^", "there is nothing to do")
	if strings.Contains(got.AllText(), ben) {
		t.Error("the approver is called for what needs nobody")
	}
	// Zoom still refuses.
	before := w.events(jobOf(&card), "state")
	w.press(slacktest.UserAda, &card, ActionResume)
	w.eventually("another try", func() bool { return w.events(jobOf(&card), "state") >= before+2 })
	w.settled(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsDaily: 1})
}

// TestNoticeExpired: the requester learns that nobody decided; a plan that is made again calls the approvers again.
func TestNoticeExpired(t *testing.T) {
	t.Parallel()
	var days atomic.Int64
	w := start(t, func(s *settings) {
		s.jobs.Now = func() time.Time { return time.Now().Add(time.Duration(days.Load()) * 24 * time.Hour) }
	})
	card := w.proposed()
	days.Add(1)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateExpired)
	got := w.noticed(slacktest.ChannelAdmins, newsExpired, 1)
	lacking(t, "the message", got.AllText(), ada+": Nobody decided about team.csv", "“Make the plan again”")
	w.restarted(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsExpired: 1})
	asked := len(w.notices(slacktest.ChannelAdmins, newsAsk))
	w.press(slacktest.UserAda, &card, ActionPlanAgain)
	again := w.noticed(slacktest.ChannelAdmins, newsAsk, asked+1)
	lacking(t, "the message", again.AllText(), "The dry run of team.csv", "is ready: add 2 people", ben+", "+chiara)
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateAwaitingApproval)
	days.Add(1)
	w.noticed(slacktest.ChannelAdmins, newsExpired, 2)
}

// TestNoticeAnew: when the plan has to be decided anew, those who decide are called, and the requester.
func TestNoticeAnew(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	w.zoom.AddUser(zoomtest.User{Email: "nora.new@example.com", FirstName: "Nora", LastName: "New", Type: zoomtest.Basic, Dept: "Design"})
	w.press(slacktest.UserBen, &card, ActionApprove)
	got := w.noticed(slacktest.ChannelAdmins, newsAnew, 1)
	lacking(t, "the message", got.AllText(), ada+", "+ben+", "+chiara+": ", "changed after team.csv", "1 row is different now")
	if strings.Contains(got.AllText(), "nora") {
		t.Errorf("the message names people: %s", got.AllText())
	}
	w.restarted(jobOf(&card))
	// The second time it is another event.
	w.zoom.AddUser(zoomtest.User{Email: "omar.new@example.com", FirstName: "Omar", LastName: "New", Type: zoomtest.Basic, Dept: "Design"})
	now := w.again(card, jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &now, ActionApprove)
	w.noticed(slacktest.ChannelAdmins, newsAnew, 2)
	w.settled(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsAnew: 2})
}

// TestNoticeDecided: the requester learns that somebody else rejected or canceled a job.
func TestNoticeDecided(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	j, err := w.jobs.Get(t.Context(), jobOf(&card))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.jobs.Reject(t.Context(), j.ID, j.Plan.Digest, jobs.Actor{ID: slacktest.UserBen}, "Two <!channel> have left"); err != nil {
		t.Fatal(err)
	}
	got := w.noticed(slacktest.ChannelAdmins, newsRejected, 1)
	lacking(t, "the message", got.AllText(), ada+": "+ben+" rejected the plan of team.csv", "\n> Two &lt;!channel&gt; have left")

	other := w.posted("other.csv", rollOf("q", 2), jobs.StateAwaitingApproval)
	lacking(t, "the answer", w.command(slacktest.UserBen, slacktest.ChannelAdmins, "cancel "+jobOf(&other)).Text, "canceled")
	got = w.noticed(slacktest.ChannelAdmins, newsCanceled, 1)
	lacking(t, "the message", got.AllText(), ada+": ben canceled other.csv", "before it began")
	w.restarted(jobOf(&other))
	w.restarted(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsRejected: 1, newsCanceled: 1})
}

// TestNoticeStopped: the requester learns who stopped a job that was at work from its report, and from that alone.
func TestNoticeStopped(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	card := w.running(roll(60))
	w.press(slacktest.UserBen, &card, ActionCancel)
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
	lacking(t, "the report", w.reported(card.ThreadTS), ada+": ben stopped the work on team.csv")
	w.settled(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{})
}

// TestNoticeBehind: the requester of a job that waits for another learns for which, and how that one stands.
func TestNoticeBehind(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	first := w.running(roll(60))
	w.press(slacktest.UserBen, &first, ActionPause)
	first = w.cardIn(slacktest.ChannelAdmins, first.ThreadTS, jobs.StatePaused)
	second := w.posted("other.csv", "Email,First Name,Last Name,Department\np59.new@example.com,P,Number 59,Design\n", jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &second, ActionApprove)
	got := w.noticed(slacktest.ChannelAdmins, newsBehind, 1)
	lacking(t, "the message", got.AllText(), ada+": other.csv", "waits for job <", "|"+jobOf(&first)+">", "Paused", "held by "+ben, "(in both: 1)")
	w.restarted(jobOf(&second))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsHeld: 1, newsBehind: 1})
}

// TestNoticeAsk: the buttons of a slow dry run come by an edit, so that approvers are called by a message.
func TestNoticeAsk(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.ReportTo = ReportDM })
	w.zoom.Inject(zoomtest.Fault{Method: http.MethodGet, Times: -1, Delay: 300 * time.Millisecond})
	card := w.posted("team.csv", sample+"broken(at)example.com,Bad,Row,Sales\n", jobs.StateAwaitingApproval)
	got := w.noticed(slacktest.ChannelAdmins, newsAsk, 1)
	lacking(t, "the message", got.AllText(), "The dry run of team.csv (<", "is ready: add 2 people. It waits for approval by "+ben+", "+chiara+" until <!date^")
	if text := got.AllText(); strings.Contains(text, "example.com") || got.ThreadTS != card.ThreadTS {
		t.Errorf("the message in thread %s: %s", got.ThreadTS, text)
	}
	w.restarted(jobOf(&card))
	// What is chosen makes the plan anew, for which nobody is called again.
	licensed := zoomapi.TypeLicensed
	if _, err := w.jobs.Choose(t.Context(), jobOf(&card), jobs.Actor{ID: slacktest.UserAda}, jobs.Choices{UserType: &licensed}); err != nil {
		t.Fatal(err)
	}
	w.again(card, jobs.StateAwaitingApproval)
	w.settled(jobOf(&card))
	if n := len(w.notices(slacktest.ChannelAdmins, newsAsk)); n != 1 {
		t.Errorf("approvers were called %d times, want once", n)
	}
}

// TestNoNoticeWithTheCard: what a card says when it is posted needs no other message.
func TestNoNoticeWithTheCard(t *testing.T) {
	t.Parallel()
	w := start(t, slow)
	// The card cannot be posted at first, and the dry run is ready when it can.
	w.Inject(slacktest.Fault{Method: "chat.postMessage", Error: "internal_error", Times: 1})
	w.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Path: "/users", Times: -1, Delay: 20 * time.Millisecond})
	card := w.posted("team.csv", roll(60), jobs.StateAwaitingApproval)
	w.settled(jobOf(&card))
	if n := len(w.notices(slacktest.ChannelAdmins, newsAsk)); n != 0 {
		t.Errorf("approvers were called %d times besides the card", n)
	}
	// A card that is posted once more says who has paused the job.
	w.press(slacktest.UserBen, &card, ActionApprove)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateApplying)
	// It is not posted before the job is paused.
	w.Inject(slacktest.Fault{Method: "chat.postMessage", Error: "internal_error", Times: 1})
	if err := w.DeleteMessage(slacktest.BotUserID, slacktest.ChannelAdmins, card.TS); err != nil {
		t.Fatal(err)
	}
	if _, err := w.jobs.Pause(t.Context(), jobOf(&card), jobs.Actor{ID: slacktest.UserBen}); err != nil {
		t.Fatal(err)
	}
	w.jobCard(jobOf(&card), jobs.StatePaused)
	w.settled(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{})
}

// TestNoticeToApproversElsewhere: approvers do not see the direct message of a requester, so they are told under the cards
// that asked them.
func TestNoticeToApproversElsewhere(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.Approvers = []string{slacktest.UserBen, slacktest.UserDelphine} })
	w.zoom.Inject(refusals(-1))
	dm := w.DM(slacktest.UserAda)
	ts := w.post(slacktest.UserAda, dm, "team.csv", roll(30))
	own := w.cardIn(dm, ts, jobs.StateAwaitingApproval)
	asked := w.cardIn(w.DM(slacktest.UserDelphine), "", jobs.StateAwaitingApproval)
	w.cardIn(w.DM(slacktest.UserBen), "", jobs.StateAwaitingApproval)
	if err := w.Click(slacktest.UserDelphine, w.DM(slacktest.UserDelphine), asked.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	got := w.noticed(dm, newsHalted, 1)
	lacking(t, "the message to the requester", got.AllText(), ada+": The bot halted team.csv")
	if text := got.AllText(); strings.Contains(text, slacktest.UserDelphine) {
		t.Errorf("it names somebody who is not there: %s", text)
	}
	theirs := w.noticed(w.DM(slacktest.UserDelphine), newsHalted, 1)
	lacking(t, "the message to the approver", theirs.AllText(), "<@"+slacktest.UserDelphine+">\u00a0: Le bot a suspendu team.csv", "«\u00a0Reprendre\u00a0»")
	if theirs.ThreadTS != asked.TS {
		t.Errorf("the message stands in thread %s, the card is %s", theirs.ThreadTS, asked.TS)
	}
	w.restarted(jobOf(&own))
	w.wantNotices(dm, map[newsKind]int{newsHalted: 1})
	w.wantNotices(w.DM(slacktest.UserDelphine), map[newsKind]int{newsHalted: 1})
	w.wantNotices(w.DM(slacktest.UserBen), map[newsKind]int{})
	for _, place := range []string{dm, w.DM(slacktest.UserDelphine), w.DM(slacktest.UserBen)} {
		if n := len(w.notices(place, newsAsk)); n != 0 {
			t.Errorf("a call for approval besides the card that asks, in %s", place)
		}
	}
}

// TestNoticeCrash ends the process when Slack has posted a message about an event and before that is remembered: another
// process finds it. Where it was not posted, the other one does.
func TestNoticeCrash(t *testing.T) {
	t.Parallel()
	for _, posted := range []bool{true, false} {
		t.Run(fmt.Sprintf("posted %t", posted), func(t *testing.T) {
			t.Parallel()
			var dead, before atomic.Bool
			died := make(chan struct{})
			w := start(t, func(s *settings) {
				s.wrap = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
						api := strings.HasPrefix(r.URL.Path, "/api/")
						if api && dead.Load() {
							panic(http.ErrAbortHandler)
						}
						if r.URL.Path == "/api/chat.postMessage" {
							body, err := io.ReadAll(r.Body)
							if err != nil {
								panic(http.ErrAbortHandler)
							}
							r.Body = io.NopCloser(bytes.NewReader(body))
							if bytes.Contains(body, []byte(NoticeEvent)) && bytes.Contains(body, []byte(newsHalted)) && before.CompareAndSwap(false, true) {
								dead.Store(true)
								if posted {
									next.ServeHTTP(&deaf{header: make(http.Header)}, r)
								}
								close(died)
								panic(http.ErrAbortHandler)
							}
						}
						next.ServeHTTP(rw, r)
					})
				}
			})
			w.zoom.Inject(refusals(-1))
			card := w.posted("team.csv", roll(30), jobs.StateAwaitingApproval)
			w.press(slacktest.UserBen, &card, ActionApprove)
			<-died
			w.stop()
			w.redis.FastForward(2 * time.Minute)
			dead.Store(false)
			w.process = w.run()
			w.noticed(slacktest.ChannelAdmins, newsHalted, 1)
			w.inState(jobOf(&card), jobs.StatePaused)
			w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsHalted: 1})
		})
	}
}

// TestNoticeAfterUpgrade: of a job that an earlier version showed, only what has just happened is told.
func TestNoticeAfterUpgrade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		late time.Duration
		want map[newsKind]int
	}{
		{"just now", 0, map[newsKind]int{newsCanceled: 1}},
		{"long ago", time.Hour, map[newsKind]int{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) { s.bot.Now = func() time.Time { return time.Now().Add(tt.late) } })
			card := w.proposed()
			w.settled(jobOf(&card))
			if _, err := w.jobs.SaveFront(t.Context(), jobOf(&card), map[string]string{refNoticed: ""}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.jobs.Cancel(t.Context(), jobOf(&card), jobs.Actor{ID: slacktest.UserBen}); err != nil {
				t.Fatal(err)
			}
			w.inState(jobOf(&card), jobs.StateCanceled)
			w.restarted(jobOf(&card))
			w.wantNotices(slacktest.ChannelAdmins, tt.want)
		})
	}
}

// dailyLimit lets a job wait for another day.
func dailyLimit(until string) func(*jobs.Job) {
	return func(j *jobs.Job) {
		j.Reason, j.ResumeAt = jobs.Reason{Code: jobs.ReasonDailyLimit, Params: map[string]string{"until": until}}, j.CreatedAt
	}
}

// TestNewsOf: which states are events, and which are not.
func TestNewsOf(t *testing.T) {
	t.Parallel()
	other, own := jobs.Actor{ID: slacktest.UserBen}, sampleJob(jobs.StateDone).Requester
	with := func(state jobs.State, change func(*jobs.Job)) jobs.Job {
		j := sampleJob(state)
		j.ExpiresAt, j.FinishedAt = j.CreatedAt.Add(time.Hour), j.CreatedAt.Add(2*time.Hour)
		j.Front = nil
		if change != nil {
			change(&j)
		}
		return j
	}
	for _, tt := range []struct {
		name string
		job  jobs.Job
		want newsKind
	}{
		{"done", with(jobs.StateDone, nil), ""},
		{"planning", with(jobs.StatePlanning, nil), ""},
		{"applying", with(jobs.StateApplying, nil), ""},
		{"approved", with(jobs.StateApproved, nil), ""},
		{"finishing", with(jobs.StateFinishing, nil), ""},
		{"planned", with(jobs.StatePlanned, func(j *jobs.Job) { j.DryRun = true }), ""},
		{"an export", with(jobs.StateInvalid, func(j *jobs.Job) { j.Kind = jobs.KindExport }), ""},
		{"ask", with(jobs.StateAwaitingApproval, func(j *jobs.Job) { j.Reason = jobs.Reason{} }), newsAsk},
		{"columns to confirm", with(jobs.StateAwaitingApproval, func(j *jobs.Job) { j.Plan.Header = []string{"Email"} }), ""},
		{"anew", with(jobs.StateAwaitingApproval, func(j *jobs.Job) { j.Reason.Code = jobs.ReasonAccountChanged }), newsAnew},
		{"overlap", with(jobs.StateAwaitingApproval, func(j *jobs.Job) { j.Reason.Code = jobs.ReasonOverlap }), newsOverlap},
		{"expired", with(jobs.StateExpired, nil), newsExpired},
		{"rejected", with(jobs.StateRejected, func(j *jobs.Job) { j.Decision = &jobs.Decision{Verdict: jobs.Rejected, Actor: other} }), newsRejected},
		{"rejected by the requester", with(jobs.StateRejected, func(j *jobs.Job) { j.Decision = &jobs.Decision{Verdict: jobs.Rejected, Actor: own} }), ""},
		{"canceled", with(jobs.StateCanceled, func(j *jobs.Job) { j.Stop = &jobs.Stop{Actor: other} }), ""},
		{"canceled before it began", with(jobs.StateCanceled, func(j *jobs.Job) { j.Stop, j.StartedAt = &jobs.Stop{Actor: other}, time.Time{} }), newsCanceled},
		{"canceled while people were waited for", with(jobs.StateCanceled, func(j *jobs.Job) {
			j.Stop, j.Front = &jobs.Stop{Actor: other, At: j.CreatedAt.Add(time.Hour)}, map[string]string{refAppliedAt: j.CreatedAt.Format(time.RFC3339Nano)}
		}), newsCanceled},
		{"canceled by the requester", with(jobs.StateCanceled, func(j *jobs.Job) { j.Stop = &jobs.Stop{Actor: own} }), ""},
		{"refused", with(jobs.StateInvalid, nil), newsRefused},
		{"given up before it began", with(jobs.StateErrored, func(j *jobs.Job) { j.StartedAt = time.Time{} }), newsErrored},
		// Its report is a message.
		{"given up", with(jobs.StateErrored, nil), ""},
		{"nothing to do", with(jobs.StateNoChanges, func(j *jobs.Job) { j.Replaced = nil }), ""},
		{"nothing left to do", with(jobs.StateNoChanges, func(j *jobs.Job) { j.Replaced = &jobs.PlanSummary{} }), newsNothing},
		{"behind", with(jobs.StateApproved, func(j *jobs.Job) { j.Behind = otherJob }), newsBehind},
		{"held", held(with(jobs.StatePaused, nil), slacktest.UserBen, jobs.ReasonHeld), newsHeld},
		{"held without licences", held(with(jobs.StatePaused, nil), slacktest.UserBen, jobs.ReasonSeats), newsHeld},
		{"about to rest", held(with(jobs.StateApplying, nil), slacktest.UserBen, ""), newsHeld},
		{"halted", held(with(jobs.StatePaused, nil), "", jobs.ReasonErrors), newsHalted},
		{"halted and to be stopped", held(with(jobs.StatePaused, func(j *jobs.Job) { j.Stop = &jobs.Stop{Actor: other} }), "", jobs.ReasonErrors), ""},
		{"seats", with(jobs.StatePaused, func(j *jobs.Job) { j.Reason.Code, j.SeatsSince = jobs.ReasonSeats, j.CreatedAt }), newsSeats},
		{"limit of the day", with(jobs.StatePaused, dailyLimit("2025-03-02T00:00:10Z")), newsDaily},
		{"limit of the day while planning", with(jobs.StatePlanning, dailyLimit("2025-03-02T00:00:10Z")), newsDaily},
		// Somebody has resumed it after a pause.
		{"limit of the day that is tried", with(jobs.StatePaused, dailyLimit("")), ""},
		{"licences that are tried", with(jobs.StatePaused, func(j *jobs.Job) { j.Reason.Code, j.SeatsSince = jobs.ReasonSeats, time.Time{} }), ""},
	} {
		got, ok := newsOf(&tt.job)
		if got.kind != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: event %q (%t), want %q", tt.name, got.kind, ok, tt.want)
		}
		if !ok {
			continue
		}
		// A card that is posted like this tells it.
		refs := postedRefs(&tt.job, refCard, "1.1")
		front := map[string]string{refAppliedAt: tt.job.Front[refAppliedAt]}
		maps.Copy(front, refs)
		tt.job.Front = front
		if again, _ := newsOf(&tt.job); !toldOf(&tt.job).knows(again) {
			t.Errorf("%s: %s is not known after the card was posted: %v", tt.name, again, tt.job.Front)
		}
		if refs = postedRefs(&tt.job, refReport, "1.1"); refs[refNoticed] != "" {
			t.Errorf("%s: a report counts as a message about it", tt.name)
		}
	}
}

// TestSeatsApart: licences that come one by one are not told one by one.
func TestSeatsApart(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700000000000)
	seats := func(at time.Time) news { return news{kind: newsSeats, id: stamp(at), at: at} }
	known := told{}.with(seats(at))
	for after, want := range map[time.Duration]bool{0: true, 10 * time.Minute: true, time.Hour: false, 24 * time.Hour: false} {
		if got := known.knows(seats(at.Add(after))); got != want {
			t.Errorf("after %s it is known: %t, want %t", after, got, want)
		}
	}
}

// TestNoticeWords: every message says all it has to in every language, in few words, and nothing from the file.
func TestNoticeWords(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	ahead := held(sampleJob(jobs.StatePaused), slacktest.UserBen, jobs.ReasonHeld)
	base := sampleJob(jobs.StatePaused)
	base.Source.Name = "a <!channel> & b.csv"
	base.Reason = jobs.Reason{Params: map[string]string{"failed": "1200", "rows": "1", "people": "3", "licence": "licensed", "job": otherJob, "until": "2025-03-02T00:00:10Z"}}
	base.ResumeAt, base.ExpiresAt = base.CreatedAt, base.CreatedAt
	base.Decision = &jobs.Decision{Verdict: jobs.Rejected, Reason: "No <@U1>"}
	plan := sampleJob(jobs.StateAwaitingApproval).Plan
	for _, language := range catalogue.Languages() {
		for _, kind := range []newsKind{
			newsAsk, newsAnew, newsOverlap, newsExpired, newsRejected, newsCanceled, newsRefused, newsErrored, newsNothing, newsBehind, newsHeld,
			newsResumed, newsHalted, newsSeats, newsDaily,
		} {
			for _, begun := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%s/%t", language, kind, begun), func(t *testing.T) {
					t.Parallel()
					f := facts{
						p: catalogue.For(language), news: news{kind: kind, actor: jobs.Actor{ID: slacktest.UserChiara}},
						view: view{job: base, approvers: ben, difference: differing()}, card: "https://example.slack.com/p1", ahead: &ahead,
						aheadCard: "https://example.slack.com/p2",
					}
					f.view.job.Plan = plan
					if !begun {
						f.view.job.StartedAt, f.view.difference, f.ahead, f.aheadCard, f.card = time.Time{}, nil, nil, "", ""
						f.view.job.Reason.Params = map[string]string{"job": otherJob, "licence": "licensed", "rows": "4", "until": "2025-03-02T00:00:10Z"}
					}
					got := f.words([]string{ada, ben})
					checkMarks(t, got)
					lacking(t, "the message", got, ada+", "+ben, ":", "a &lt;!channel&gt; &amp; b.csv", base.ID)
					for _, bad := range []string{"[notice", "<no value>", "{{", "“”", "()", "  ", "[control", "[ui"} {
						if strings.Contains(got, bad) {
							t.Errorf("the message has %q: %s", bad, got)
						}
					}
					if n := len([]rune(got)); n > 700 {
						t.Errorf("the message is long (%d): %s", n, got)
					}
				})
			}
		}
	}
}
