package bot

import (
	"fmt"
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

func TestWhoMayApprove(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		approvers []string
		self      bool
		as        string
		fault     slacktest.Fault
		want      string // what the clicker is told; empty when approved
	}{
		{name: "user id", approvers: []string{slacktest.UserBen}, as: slacktest.UserBen},
		{name: "e-mail", approvers: []string{"BEN@example.com"}, as: slacktest.UserBen},
		{name: "user group", approvers: []string{slacktest.GroupApprovers}, as: slacktest.UserChiara},
		{name: "handle", approvers: []string{"@zoom-approvers"}, as: slacktest.UserBen},
		{name: "bare handle", approvers: []string{"zoom-approvers"}, as: slacktest.UserBen},
		{name: "self", approvers: []string{slacktest.UserAda}, self: true, as: slacktest.UserAda},
		{name: "own job", approvers: []string{slacktest.UserAda, slacktest.UserBen}, as: slacktest.UserAda, want: "somebody else has to approve"},
		{name: "not an approver", approvers: []string{slacktest.UserBen}, as: slacktest.UserDelphine, want: "Seul un approbateur"},
		{name: "guest", approvers: []string{slacktest.UserGus}, as: slacktest.UserGus, want: "Only an approver"},
		{name: "nobody", as: slacktest.UserBen, want: "No approver is set up"},
		{name: "unknown handle", approvers: []string{"@nobody"}, as: slacktest.UserBen, want: "Slack did not say"},
		{
			name: "groups fail", approvers: []string{slacktest.GroupApprovers}, as: slacktest.UserBen,
			fault: slacktest.Fault{Method: "usergroups.users.list", Error: "internal_error"}, want: "Slack did not say",
		},
		{
			name: "groups are unknown", approvers: []string{"@zoom-approvers"}, as: slacktest.UserBen,
			fault: slacktest.Fault{Method: "usergroups.list", Status: 404}, want: "Slack does not let the bot",
		},
		{
			name: "named by id beside a group that fails", approvers: []string{slacktest.GroupApprovers, slacktest.UserBen}, as: slacktest.UserBen,
			fault: slacktest.Fault{Method: "usergroups.users.list", Error: "internal_error"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) { s.bot.Approvers, s.bot.SelfApprove = tt.approvers, tt.self })
			card := w.proposed()
			if tt.fault.Method != "" {
				w.Inject(tt.fault)
			}
			if err := w.Click(tt.as, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
				return
			}
			if got := w.whispered(tt.as, 1); !strings.Contains(got.Text, tt.want) || got.ThreadTS != card.ThreadTS {
				t.Errorf("answer in %q: %q, want %q in it", got.ThreadTS, got.Text, tt.want)
			}
			if j, err := w.jobs.Get(t.Context(), jobOf(&card)); err != nil || j.State != jobs.StateAwaitingApproval {
				t.Errorf("job is %s, %v", j.State, err)
			}
		})
	}
}

// TestRightsOfTheMoment: who has left the group a moment ago does not decide, who has joined does.
func TestRightsOfTheMoment(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) {
		s.bot.Approvers = []string{slacktest.GroupApprovers}
		s.slack.Events = []string{"message.channels", "message.groups", "message.im"} // no word of changed groups
	})
	card := w.proposed()
	w.SetGroup(slacktest.Group{ID: slacktest.GroupApprovers, Handle: "zoom-approvers", Name: "Approvers", Users: []string{slacktest.UserChiara}})
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.whispered(slacktest.UserBen, 1)
	w.SetGroup(slacktest.Group{ID: slacktest.GroupApprovers, Handle: "zoom-approvers", Name: "Approvers", Users: []string{slacktest.UserBen}})
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
}

func TestManyClicksOneEffect(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	if _, question, _, _, ok := card.ConfirmDialog(ActionApprove); !ok || !strings.Contains(question, "2 people (Basic), active at once") {
		t.Errorf("the dialog asks %q", question)
	}
	approve, _ := card.Button(ActionApprove)
	var wg sync.WaitGroup
	for _, user := range []string{slacktest.UserBen, slacktest.UserBen, slacktest.UserChiara, slacktest.UserChiara} {
		wg.Go(func() {
			// All of them crossed the edit that takes the buttons away.
			if err := w.Act(user, slacktest.Action{
				Channel: slacktest.ChannelAdmins, MessageTS: card.TS, ActionID: ActionApprove, BlockID: "decide", Stale: true,
				Value: fmt.Sprint(approve["value"]),
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	w.until("a word to the late ones", func() bool {
		return len(w.Ephemerals(slacktest.UserBen))+len(w.Ephemerals(slacktest.UserChiara)) == 3
	})
	for _, user := range []string{slacktest.UserBen, slacktest.UserChiara} {
		for _, m := range w.Ephemerals(user) {
			if !strings.Contains(m.Text, "decided already") && !strings.Contains(m.Text, "not waiting for a decision") {
				t.Errorf("%s is told %q", user, m.Text)
			}
		}
	}
	entries, err := w.jobs.Audit(t.Context(), jobOf(&card))
	if err != nil {
		t.Fatal(err)
	}
	decisions := 0
	for _, e := range entries {
		if e.Event == "decision" {
			decisions++
		}
	}
	if decisions != 1 {
		t.Errorf("decisions in the audit log = %d, want 1", decisions)
	}
}

func TestStaleClick(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	old, _ := card.Button(ActionApprove)
	// The account changes under the plan.
	w.zoom.AddUser(zoomtest.User{Email: "nora.new@example.com", FirstName: "Nora", LastName: "New", Type: zoomtest.Basic})
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.until("a new plan", func() bool {
		m, ok := w.Message(slacktest.ChannelAdmins, card.TS)
		return ok && stateOf(&m) == jobs.StateAwaitingApproval && m.Metadata.EventPayload["digest"] != card.Metadata.EventPayload["digest"]
	})
	now, _ := w.Message(slacktest.ChannelAdmins, card.TS)
	if !strings.Contains(now.AllText(), "has changed since the last dry run") {
		t.Errorf("the card does not say what happened:\n%s", now.AllText())
	}
	if err := w.Act(slacktest.UserBen, slacktest.Action{
		Channel: slacktest.ChannelAdmins, MessageTS: card.TS, BlockID: "decide", ActionID: ActionApprove, Value: fmt.Sprint(old["value"]), Stale: true,
	}); err != nil {
		t.Fatal(err)
	}
	if got := w.whispered(slacktest.UserBen, 1); !strings.Contains(got.Text, "plan has changed") {
		t.Errorf("answer = %q", got.Text)
	}
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	if n := w.filesNamed(slacktest.ChannelAdmins)["plan-"+jobOf(&card)+".csv"]; n != 2 {
		t.Errorf("plan files = %d, want one for each plan", n)
	}
}

func TestClickAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		set   func(*settings)
		end   func(*world, *slacktest.Message)
		state jobs.State
		left  []string
		want  string
		after jobs.State
	}{
		{
			name: "expired", set: func(s *settings) { s.jobs.Expires = time.Millisecond }, end: func(*world, *slacktest.Message) {},
			// The plan is made anew; since it comes out the same, the job goes on.
			state: jobs.StateExpired, left: []string{ActionPlanAgain}, want: "was too old", after: jobs.StateDone,
		},
		{name: "canceled", end: func(w *world, card *slacktest.Message) {
			w.command(slacktest.UserAda, slacktest.ChannelAdmins, "cancel "+jobOf(card))
		}, state: jobs.StateCanceled, want: "not waiting for a decision", after: jobs.StateCanceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) {
				if tt.set != nil {
					tt.set(s)
				}
			})
			ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample)
			card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval, tt.state)
			digest := card.Metadata.EventPayload["digest"]
			tt.end(w, &card)
			card = w.cardIn(slacktest.ChannelAdmins, ts, tt.state)
			if got := card.ActionIDs(); !slices.Equal(got, tt.left) {
				t.Errorf("buttons = %v, want %v", got, tt.left)
			}
			if err := w.Act(slacktest.UserBen, slacktest.Action{
				Channel: slacktest.ChannelAdmins, MessageTS: card.TS, BlockID: "decide", ActionID: ActionApprove, Stale: true,
				Value: fmt.Sprint(jobOf(&card), " ", digest),
			}); err != nil {
				t.Fatal(err)
			}
			if got := w.whispered(slacktest.UserBen, 1); !strings.Contains(got.Text, tt.want) {
				t.Errorf("answer = %q, want %q in it", got.Text, tt.want)
			}
			w.cardIn(slacktest.ChannelAdmins, ts, tt.after)
		})
	}
}

func TestReject(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	if err := w.Click(slacktest.UserDelphine, slacktest.ChannelAdmins, card.TS, ActionReject); err != nil {
		t.Fatal(err)
	}
	w.whispered(slacktest.UserDelphine, 1)
	if n := len(w.Views(slacktest.UserDelphine)); n != 0 {
		t.Errorf("somebody who may not decide gets %d forms", n)
	}
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionReject); err != nil {
		t.Fatal(err)
	}
	w.until("a form", func() bool { return len(w.Views(slacktest.UserBen)) == 1 })
	view := w.Views(slacktest.UserBen)[0]
	said, err := w.SubmitView(slacktest.UserBen, view.ID, map[string]map[string]any{blockReason: {actionReason: "  \n "}})
	if err != nil {
		t.Fatal(err)
	}
	if said[blockReason] == "" {
		t.Errorf("an empty reason was taken: %v", said)
	}
	said, err = w.SubmitView(slacktest.UserBen, view.ID, map[string]map[string]any{blockReason: {actionReason: "two of them <!here>\nhave left"}})
	if err != nil || len(said) > 0 {
		t.Fatalf("reject: %v, %v", said, err)
	}
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateRejected)
	for _, words := range []string{"Rejected by <@" + slacktest.UserBen + ">, <!date^", "> two of them &lt;!here&gt;\n> have left"} {
		if !strings.Contains(card.AllText(), words) {
			t.Errorf("the card lacks %q:\n%s", words, card.AllText())
		}
	}
	if len(card.ActionIDs()) > 0 {
		t.Errorf("buttons are left: %v", card.ActionIDs())
	}
	if _, ok := w.zoom.User("nora.new@example.com"); ok {
		t.Error("a rejected plan was applied")
	}
}

// TestRejectTooLate: the form was open while somebody else approved.
func TestRejectTooLate(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionReject); err != nil {
		t.Fatal(err)
	}
	w.until("a form", func() bool { return len(w.Views(slacktest.UserBen)) == 1 })
	if err := w.Click(slacktest.UserChiara, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	said, err := w.SubmitView(slacktest.UserBen, w.Views(slacktest.UserBen)[0].ID, map[string]map[string]any{blockReason: {actionReason: "no"}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said[blockReason], "decided already") {
		t.Errorf("the form says %v", said)
	}
}

// TestDirectMessageJob: approvers cannot see the requester's conversation, so each gets a card.
func TestDirectMessageJob(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.Approvers = []string{slacktest.GroupApprovers, "delphine@example.com"} })
	dm := w.DM(slacktest.UserAda)
	ts := w.post(slacktest.UserAda, dm, "team.csv", sample)
	own := w.cardIn(dm, ts, jobs.StateAwaitingApproval)
	approvers := []string{slacktest.UserBen, slacktest.UserChiara, slacktest.UserDelphine}
	var asked []slacktest.Message
	for _, user := range approvers {
		card := w.cardIn(w.DM(user), "", jobs.StateAwaitingApproval)
		if diff := cmp.Diff(own.Metadata.EventPayload, card.Metadata.EventPayload); diff != "" {
			t.Errorf("metadata of the card of %s (-own +theirs):\n%s", user, diff)
		}
		asked = append(asked, card)
		w.until("the plan", func() bool { return w.filesNamed(w.DM(user))["plan-"+jobOf(&own)+".csv"] == 1 })
	}
	if text := asked[2].AllText(); !strings.Contains(text, "Approbation") && !strings.Contains(text, "approbation") {
		t.Errorf("a French approver gets:\n%s", text)
	}
	if err := w.Click(slacktest.UserChiara, w.DM(slacktest.UserChiara), asked[1].TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(dm, ts, jobs.StateDone)
	for i, user := range approvers {
		w.until("every card to be edited", func() bool {
			m, ok := w.Message(w.DM(user), asked[i].TS)
			return ok && stateOf(&m) == jobs.StateDone && len(m.ActionIDs()) == 0
		})
		if n := len(w.about(w.DM(user), CardEvent)); n != 1 {
			t.Errorf("%s got %d cards, want 1", user, n)
		}
	}
}

// TestReportByDirectMessage: with report.to dm, nothing from the file is shown in the channel.
func TestReportByDirectMessage(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.ReportTo = ReportDM })
	data := sample + "broken(at)example.com,Bad,Row,Sales\npat@example.con,Pat,Typo,Sales\n"
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", data)
	card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.until("the report", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) == 2 })
	dm := w.DM(slacktest.UserAda)
	want := map[string]int{"plan-" + jobOf(&card) + ".csv": 1, "succeeded.csv": 1, "failed.csv": 1}
	if diff := cmp.Diff(want, w.filesNamed(dm)); diff != "" {
		t.Errorf("files in the direct message (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{}, w.filesNamed(slacktest.ChannelAdmins)); diff != "" {
		t.Errorf("files in the channel (-want +got):\n%s", diff)
	}
	for _, m := range append(w.about(slacktest.ChannelAdmins, CardEvent), card) {
		for _, value := range []string{"broken", "example.co", "Nora", "Typo"} {
			if strings.Contains(m.AllText(), value) {
				t.Errorf("the channel sees %q:\n%s", value, m.AllText())
			}
		}
	}
}
