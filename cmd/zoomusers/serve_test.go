package main

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// shortRoster has five rows that can be used and two that cannot.
const shortRoster = `E-mail,First name,Last name,Department,User group
ada.berg@example.org,Ada,Berg,Engineering,Engineering
bo.castel@example.org,Bo,Castel,Sales,Sales
cleo.dahl@example.org,Cléo,Dahl,Sales,"Sales; Marketing"
dan.eklund@example.org,Dan,Eklund,Support,
eva.falk@example.org,Eva,Falk,Support,Support
fritz@example,Fritz,Gall,Support,
gil.haas@example.org,Gil,,Support,
`

func shortRosterRows() map[string]int { return map[string]int{"succeeded.csv": 5, "failed.csv": 2} }

// TestServeBesideSandbox runs the sandbox and the bot as two processes that know of each other only what the sandbox
// prints.
func TestServeBesideSandbox(t *testing.T) {
	t.Parallel()
	sandbox := startProgram(t, nil, "demo", "--no-bot", "--slack-addr", "127.0.0.1:0", "--zoom-addr", "127.0.0.1:0",
		"--latency", "20ms", "--plan", "business")
	sandbox.out.wait(t, "Press Ctrl-C")
	env := make(map[string]string)
	for line := range strings.Lines(sandbox.out.String()) {
		if rest, ok := strings.CutPrefix(line, "export "); ok {
			name, value, _ := strings.Cut(strings.TrimSpace(rest), "=")
			env[name] = value
		}
	}
	p := page{t: t, url: strings.TrimSuffix(env["SLACK_API_URL"], "/api/")}
	zoom := strings.TrimSuffix(env["ZOOM_API_URL"], "/v2")
	serve := startProgram(t, env, "serve", "--finish-interval", "1s", "--listen", "127.0.0.1:0")
	p.waitBot()

	health := "http://" + strings.Trim(serve.log.wait(t, "msg=listening address="), `"`)
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _ := request(t, http.MethodGet, health+path, "", nil); status != http.StatusOK {
			t.Errorf("%s: status %d, want 200", path, status)
		}
	}

	ts := p.upload(slacktest.UserAda, slacktest.ChannelAdmins, "new people.csv", []byte(shortRoster))
	card := p.waitCard(ts, jobs.StateAwaitingApproval)
	for _, want := range []string{"fritz@example", "Last name", `"action_id":"job_approve"`, `"action_id":"job_reject"`} {
		if !strings.Contains(card.words(), want) {
			t.Errorf("the card does not have %s:\n%s", want, card.words())
		}
	}
	if a := p.click(slacktest.UserBen, &card, bot.ActionApprove); !a.OK {
		t.Fatalf("approve: %s", a.Error)
	}
	card = p.waitCard(ts, jobs.StateFinishing)
	if strings.Contains(card.words(), bot.ActionApprove) || !strings.Contains(card.words(), "<@"+slacktest.UserBen+">") {
		t.Errorf("after the decision the card still has its buttons, or does not say who decided:\n%s", card.words())
	}
	p.waitReport(ts)
	if _, data := request(t, http.MethodPost, zoom+"/sandbox/activate", "application/json", strings.NewReader(`{"all":true}`)); !strings.Contains(string(data), "{") {
		t.Fatalf("activate: %s", data)
	}
	p.waitCard(ts, jobs.StateDone)
	rows, perFile := p.resultRows(ts)
	if diff := cmp.Diff(shortRosterRows(), perFile); diff != "" {
		t.Errorf("rows in the result files (-want +got):\n%s", diff)
	}
	if len(rows) != 7 || len(slices.Compact(slices.Clone(rows))) != 7 {
		t.Errorf("the result files hold %v, want each of 7 rows once", rows)
	}

	var account struct{ Users []zoomtest.User }
	fetch(t, zoom+"/sandbox/users?"+url.Values{"email": {"cleo.dahl@example.org"}}.Encode(), &account)
	if len(account.Users) != 1 {
		t.Fatalf("the account has %d people for one address", len(account.Users))
	}
	if u := account.Users[0]; u.FirstName != "Cléo" || u.Dept != "Sales" || u.Status != zoomtest.Active || len(u.GroupIDs) != 2 {
		t.Errorf("the account has %+v", u)
	}

	serve.end()
	if code := sandbox.stop(os.Interrupt); code != exitOK {
		t.Errorf("the sandbox ends with status %d", code)
	}
}

// TestOnce hands the same thing in twice in every way there is: one job, one effect, and a word about it.
func TestOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, demoOptions{})
	s.realRedis(t)
	serve := s.serve(t)
	ctx := waitingTime(t)

	first := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "roster.csv", []byte(shortRoster))
	card := s.waitCard(first, jobs.StateAwaitingApproval)
	id := card.Metadata.EventPayload["job_id"]

	// The same event again, as after a lost acknowledgement.
	for _, d := range s.slack.Events() {
		if d.Kind == slacktest.KindEvent && d.Channel == slacktest.ChannelAdmins {
			if err := s.slack.Redeliver(d.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.slack.Wait(ctx, s.slack.Idle); err != nil {
		t.Fatal(err)
	}

	// The same bytes in a message of somebody else.
	second := s.upload(slacktest.UserChiara, slacktest.ChannelAdmins, "again.csv", []byte(shortRoster))
	eventually(t, "a word about the file that was posted twice", func() bool {
		m := s.thread(slacktest.UserChiara, second)
		return slices.ContainsFunc(m.Replies, func(r pageMessage) bool { return strings.Contains(r.words(), id) })
	})
	if cards := s.cards(second); len(cards) > 0 {
		t.Errorf("the second message has a job of its own: %s", cards[0].words())
	}

	// Two approvers at the same moment.
	var clicks sync.WaitGroup
	for _, who := range []string{slacktest.UserBen, slacktest.UserChiara} {
		clicks.Go(func() {
			if err := s.slack.Click(who, slacktest.ChannelAdmins, card.TS, bot.ActionApprove); err != nil {
				t.Errorf("click: %v", err)
			}
		})
	}
	clicks.Wait()
	s.waitCard(first, jobs.StateFinishing)
	s.waitReport(first)
	late := func() int {
		return len(s.slack.Ephemerals(slacktest.UserBen)) + len(s.slack.Ephemerals(slacktest.UserChiara))
	}
	if err := s.slack.Wait(ctx, func() bool { return late() > 0 }); err != nil {
		t.Errorf("the later of two approvers hears nothing: %v", err)
	}
	s.zoom.ActivateAll()
	card = s.waitCard(first, jobs.StateDone)

	// A third click, on a card that a browser has not redrawn, changes nothing either.
	before := late()
	if err := s.slack.Act(slacktest.UserBen, slacktest.Action{
		Channel: slacktest.ChannelAdmins, MessageTS: card.TS, ActionID: bot.ActionApprove,
		Value: id + " " + card.Metadata.EventPayload["digest"], Stale: true,
	}); err != nil {
		t.Errorf("a late click: %v", err)
	}
	if err := s.slack.Wait(ctx, func() bool { return late() > before }); err != nil {
		t.Errorf("a late click is answered with nothing: %v", err)
	}

	if got := s.created(); got != 5 {
		t.Errorf("%d people were added, want 5", got)
	}
	eventually(t, "the word that nobody is waited for", func() bool { return len(s.cards(first)) >= 3 })
	if got := len(s.cards(first)); got != 3 {
		t.Errorf("the thread has %d messages about the job, want the card, the report and the end", got)
	}
	if _, perFile := s.resultRows(first); cmp.Diff(shortRosterRows(), perFile) != "" {
		t.Errorf("rows in the result files (-want +got):\n%s", cmp.Diff(shortRosterRows(), perFile))
	}
	serve.end()
}
