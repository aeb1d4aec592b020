package bot

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// reported waits for the report under a message and returns what it says.
func (w *world) reported(under string) string {
	w.t.Helper()
	found := ""
	w.until("the report", func() bool {
		all := slices.DeleteFunc(w.about(slacktest.ChannelAdmins, CardEvent), func(m slacktest.Message) bool { return m.ThreadTS != under })
		if len(all) < 2 {
			return false
		}
		found = all[1].AllText()
		return true
	})
	return found
}

// inviting makes a world in which people are added by an invitation.
func inviting(s *settings) { s.jobs.Settings.CreateAction = zoomapi.ActionCreate }

// TestNotAccepted: a plan that comes to nothing because its people were invited meanwhile says so, and not that all is done.
func TestNotAccepted(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	for _, email := range []string{"nora.new@example.com", "omar.new@example.com"} {
		w.zoom.AddUser(zoomtest.User{Email: email, FirstName: "Some", LastName: "New", Type: zoomtest.Basic, Status: zoomtest.Pending})
	}
	w.press(slacktest.UserBen, &card, ActionApprove)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateNoChanges)
	lacking(t, "the card", card.AllText(), "team.csv: not carried out: people have not accepted yet", "2 of its people have been invited meanwhile",
		"The values of this file are not set for them", "`/zoomusers pending`")
	got := w.noticed(slacktest.ChannelAdmins, newsNothing, 1)
	lacking(t, "the message", got.AllText(), ada+": team.csv (", "could not be carried out: 2 of its people", "Post it again once they have accepted")
	for _, said := range []string{card.AllText(), got.AllText()} {
		if strings.Contains(said, "nothing is left to do") || strings.Contains(said, "There is nothing to change") {
			t.Errorf("it says that all is done: %s", said)
		}
	}
}

// TestAllAccepted: invitations that are not sent again because everybody has accepted say what may be missing.
func TestAllAccepted(t *testing.T) {
	t.Parallel()
	w := start(t, inviting)
	card := w.proposed()
	w.press(slacktest.UserBen, &card, ActionApprove)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateFinishing)
	id := jobOf(&card)
	lacking(t, "the answer", w.answered("cancel "+id), "no longer waits")
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
	lacking(t, "a completion before anybody has accepted", w.answered("retry "+id), "None of them has accepted yet", "“Send invitations again”")
	lacking(t, "the answer", w.answered("resend "+id), "send 2 invitations again")
	var resend slacktest.Message
	w.until("the card of the new job", func() bool {
		for _, m := range w.about(slacktest.ChannelAdmins, CardEvent) {
			if jobOf(&m) != id && stateOf(&m) == jobs.StateAwaitingApproval {
				resend = m
				return true
			}
		}
		return false
	})
	if n := w.zoom.ActivateAll(); n < 2 {
		t.Fatalf("%d people have accepted, want 2", n)
	}
	w.press(slacktest.UserBen, &resend, ActionApprove)
	over := w.jobCard(jobOf(&resend), jobs.StateNoChanges)
	lacking(t, "the card", over.AllText(), "all 2 people have accepted meanwhile", "“Complete invited people” on the card of job <", "|"+id+">")
	got := w.noticed(slacktest.ChannelAdmins, newsNothing, 1)
	lacking(t, "the message", got.AllText(), "all 2 people have accepted meanwhile, so no invitation is sent", "|"+id+">")

	w.press(slacktest.UserAda, &card, ActionRetry)
	again := w.follower(id, func(j *jobs.Job) string { return j.RetriedBy })
	next := w.jobCard(again, jobs.StateAwaitingApproval)
	lacking(t, "the card of the completion", next.AllText(), "Completes people whom job")
	w.until("a word on the first card", func() bool {
		m, _ := w.Message(slacktest.ChannelAdmins, card.TS)
		return strings.Contains(m.AllText(), "Completion of its invited people: job")
	})
}

// TestNothingLeftNoPlanFile: a plan that has nothing to do needs no file.
func TestNothingLeftNoPlanFile(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.zoom.AddUser(zoomtest.User{Email: "nora.new@example.com", FirstName: "Nora", LastName: "New", Type: zoomtest.Basic})
	card := w.posted("team.csv", "Email,First Name,Last Name\nnora.new@example.com,Nora,New\n", jobs.StateNoChanges)
	w.settled(jobOf(&card))
	if files := w.filesNamed(slacktest.ChannelAdmins); len(files) > 0 {
		t.Errorf("files = %v, want none", files)
	}
}

// TestPauseTooLate: a job that ends although somebody asked for a pause says why, and asked before it stops what that means.
func TestPauseTooLate(t *testing.T) {
	t.Parallel()
	w := start(t, inviting)
	w.zoom.Inject(zoomtest.Fault{Name: "slow", Method: http.MethodPost, Path: "/users", Times: -1, Delay: 500 * time.Millisecond})
	card := w.posted("team.csv", roll(1), jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &card, ActionApprove)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateApplying)
	_, question, _, _, _ := card.ConfirmDialog(ActionCancel)
	lacking(t, "the question", question, "What was done stays", "keep their invitation", "completed later")
	w.eventually("the only call", func() bool { return w.zoom.Fired("slow") > 0 })
	w.press(slacktest.UserBen, &card, ActionPause)
	lacking(t, "the answer", w.told(slacktest.UserBen), "is asked to pause", "the rows already begun are finished first", "it ends instead")
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateFinishing)
	lacking(t, "the report", w.reported(card.ThreadTS), "ben had asked to pause it, but all its rows had been begun")
}

// TestSeatsGivenUp: rows for which no licence came are given back, while those who were invited are waited for.
func TestSeatsGivenUp(t *testing.T) {
	t.Parallel()
	w := start(t, inviting, func(s *settings) {
		s.jobs.Settings.UserType, s.jobs.SeatsEvery, s.jobs.SeatsFor = zoomapi.TypeLicensed, 20*time.Millisecond, 200*time.Millisecond
		s.zoom.Seats.Licensed = 50
	})
	taken := w.zoom.Usage().Licensed
	card := w.posted("team.csv", roll(6), jobs.StateAwaitingApproval)
	if err := w.zoom.SetSeats("licensed", 0, taken.Used+taken.Pending+2); err != nil {
		t.Fatal(err)
	}
	w.press(slacktest.UserBen, &card, ActionApprove)
	told := w.noticed(slacktest.ChannelAdmins, newsSeats, 1)
	lacking(t, "the message", told.AllText(), "What has no license by <!date^")
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateFinishing)
	for what, said := range map[string]string{"the card": card.AllText(), "the report": w.reported(card.ThreadTS)} {
		lacking(t, what, said, "No license came free in time, so 4 rows were not done (unprocessed.csv)", "Invited people are completed when they accept, as planned")
	}
	if !slices.Contains(card.ActionIDs(), ActionRetry) {
		t.Error("the rows that were not done cannot be tried again")
	}
}

// TestStopWaitingByAnother: whose report has been posted learns by a message who stopped waiting.
func TestStopWaitingByAnother(t *testing.T) {
	t.Parallel()
	w := start(t, inviting)
	card := w.proposed()
	w.press(slacktest.UserBen, &card, ActionApprove)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateFinishing)
	w.reported(card.ThreadTS)
	w.press(slacktest.UserBen, &card, ActionCancel)
	got := w.noticed(slacktest.ChannelAdmins, newsCanceled, 1)
	lacking(t, "the message", got.AllText(), ada+": ben stopped waiting for the invited people of team.csv", "stay valid")
	w.settled(jobOf(&card))
	w.wantNotices(slacktest.ChannelAdmins, map[newsKind]int{newsCanceled: 1})
}

// TestPlanFileOnce: a plan that comes out as one before, whose file is there, gets no second file.
func TestPlanFileOnce(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	name := "plan-" + jobOf(&card) + ".csv"
	files := func(n int) {
		t.Helper()
		w.settled(jobOf(&card))
		if got := w.filesNamed(slacktest.ChannelAdmins)[name]; got != n {
			t.Errorf("plan files = %d, want %d", got, n)
		}
	}
	files(1)
	w.zoom.AddUser(zoomtest.User{Email: "nora.new@example.com", FirstName: "Nora", LastName: "New", Type: zoomtest.Basic, Dept: "Sales"})
	w.press(slacktest.UserBen, &card, ActionApprove)
	second := w.again(card, jobs.StateAwaitingApproval)
	files(2)
	w.zoom.Remove("nora.new@example.com")
	w.press(slacktest.UserBen, &second, ActionApprove)
	w.noticed(slacktest.ChannelAdmins, newsAnew, 2)
	files(2)
}

// TestRejectNames: whoever rejects a plan sees which.
func TestRejectNames(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.posted("rej.csv", roll(1), jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &card, ActionReject)
	w.until("the form", func() bool { return len(w.Views(slacktest.UserBen)) == 1 })
	_, catalogue := testBot(t, nil)
	if got := rejectModal(catalogue.For("en"), click{}, "rej.csv").Title.Text; got != "Reject rej.csv" {
		t.Errorf("title = %q", got)
	}
}

// TestSpread: how the limit of a day on invitations divides a plan.
func TestSpread(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	for _, tt := range []struct {
		create, used, perDay int
		words, warning       string
	}{
		{create: 50, used: 0, perDay: 50},
		{create: 51, used: 0, perDay: 0},
		{60, 10, 50, "40 today, the rest from 2025-03-02 00:00 UTC on\n2 days, since Zoom takes 50 new people a day", "suffice for 40 people only; the rest are invited from 2025-03-02 00:00 UTC on"},
		{60, 50, 100, "50 today, the rest from 2025-03-02 00:00 UTC on\n2 days, since Zoom takes 100 new people a day", "suffice for 50 people only"},
		{60, 100, 100, "begins on 2025-03-02 00:00 UTC, since today’s invitations are used up", "nobody is invited before 2025-03-02 00:00 UTC"},
		{101, 120, 100, "begins on 2025-03-02 00:00 UTC, since today’s invitations are used up\n2 days", "nobody is invited before"},
	} {
		t.Run(fmt.Sprintf("%d with %d of %d", tt.create, tt.used, tt.perDay), func(t *testing.T) {
			t.Parallel()
			j := sampleJob(jobs.StateAwaitingApproval)
			j.Plan.Counts, j.Plan.Cost = plan.Counts{Create: tt.create, Rows: tt.create}, plan.Cost{PerDay: tt.perDay}
			v := view{job: j, budget: []allowance{{class: invitationsClass, used: tt.used, perDay: tt.perDay}}, at: j.CreatedAt}
			s, ok := spreadOf(v)
			if ok != (tt.words != "") {
				t.Fatalf("divided: %t", ok)
			}
			if !ok {
				return
			}
			p := catalogue.For("en")
			if got := duration(p, v); !strings.HasPrefix(got, tt.words) {
				t.Errorf("expected time = %q, want %q", got, tt.words)
			}
			lacking(t, "the warnings", warningLines(p, v), "Look at this before you approve", tt.warning)
			lacking(t, "the warning", s.warning(p), tt.warning)
		})
	}
}

// TestUsedUp: a message about the limit of the day names it where it is known.
func TestUsedUp(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	for _, tt := range []struct {
		name   string
		budget []allowance
		want   string
	}{
		{"unknown", nil, "Zoom’s limit for today is used up. équipe.csv"},
		{"invitations", []allowance{{class: "heavy", used: 10, perDay: 10}, {class: invitationsClass, used: 50, perDay: 50}}, "Zoom takes no more invitations today. équipe.csv"},
		{"another", []allowance{{class: "heavy", used: 10, perDay: 10}, {class: invitationsClass, used: 5, perDay: 50}}, "Zoom’s limit for today is used up (Heavy calls). équipe.csv"},
	} {
		j := sampleJob(jobs.StatePaused)
		j.Counts = jobs.Counts{Unprocessed: 60}
		f := facts{p: catalogue.For("en"), view: view{job: j, budget: tt.budget}, news: news{kind: newsDaily}}
		got := f.words([]string{ada})
		lacking(t, tt.name, got, ada+": "+tt.want, "0 of 60 done; it goes on by itself at <!date^", "; there is nothing to do.")
	}
}
