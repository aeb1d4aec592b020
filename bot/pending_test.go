package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// invitingOnly is a world in which people who are added have to accept an invitation.
func invitingOnly(t *testing.T, change ...func(*settings)) *world {
	t.Helper()
	return start(t, append([]func(*settings){func(s *settings) {
		s.jobs.Settings.CreateAction = zoomapi.ActionCreate
		s.zoom.Seats.Licensed = 50
	}}, change...)...)
}

// imported posts a file, approves it, and waits until its people are invited. It returns the job's id.
func (w *world) imported(data string) string {
	w.t.Helper()
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", data)
	card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
	w.approved(slacktest.ChannelAdmins, &card)
	w.inState(jobOf(&card), jobs.StateFinishing)
	return jobOf(&card)
}

// approved approves the plan of a card by way of its button.
func (w *world) approved(channel string, card *slacktest.Message) {
	w.t.Helper()
	if err := w.Click(slacktest.UserBen, channel, card.TS, ActionApprove); err != nil {
		w.t.Fatal(err)
	}
}

// inState waits until a job is in a state and that has been shown.
func (w *world) inState(id string, state jobs.State) {
	w.t.Helper()
	// The workspace does not tell when a job's record changes.
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		j, err := w.jobs.Get(ctx, id)
		if err != nil {
			w.t.Fatalf("job %s is not %s: %v", id, state, err)
		}
		if j.State == state && j.Announced >= j.Changed {
			return
		}
		<-tick.C
	}
}

// cardOf finds the card of a job in a channel.
func (w *world) cardOf(channel, id string, state jobs.State) slacktest.Message {
	w.t.Helper()
	var card slacktest.Message
	w.until("the card of job "+id, func() bool {
		for _, m := range w.about(channel, CardEvent) {
			if jobOf(&m) == id && stateOf(&m) == state {
				card = m
				return true
			}
		}
		return false
	})
	return card
}

// newest is the id of the newest job.
func (w *world) newest() string {
	w.t.Helper()
	list, err := w.jobs.List(w.t.Context(), 1)
	if err != nil || len(list) == 0 {
		w.t.Fatalf("jobs: %v, %v", list, err)
	}
	return list[0].ID
}

func wantIn(t *testing.T, what, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, got)
		}
	}
}

func wantNotIn(t *testing.T, what, got string, unwanted ...string) {
	t.Helper()
	for _, w := range unwanted {
		if strings.Contains(got, w) {
			t.Errorf("%s has %q:\n%s", what, w, got)
		}
	}
}

func TestPendingNobody(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, u := range w.zoom.Users() {
		if u.Status == zoomtest.Pending {
			w.zoom.Remove(u.Email)
		}
	}
	wantIn(t, "the answer", w.command(slacktest.UserAda, slacktest.ChannelRandom, "pending").Text, "Nobody is waiting")
	wantIn(t, "the answer", w.command(slacktest.UserAda, slacktest.ChannelRandom, "pending nora").Text, "matches “nora”")
	wantIn(t, "the answer", w.command(slacktest.UserDelphine, slacktest.ChannelRandom, "pending").Text, "Personne n’a d’invitation en attente")
	for _, words := range []string{"resend all", "withdraw all"} {
		wantIn(t, words, w.command(slacktest.UserAda, slacktest.ChannelRandom, words).Text, "nothing to do")
	}
	if list, err := w.jobs.List(t.Context(), 10); err != nil || len(list) > 0 {
		t.Errorf("jobs were made: %v, %v", list, err)
	}
}

func TestPendingList(t *testing.T) {
	t.Parallel()
	w := invitingOnly(t)
	w.zoom.AddUser(zoomtest.User{Email: "elsa.elsewhere@example.com", FirstName: "Elsa", LastName: "Elsewhere", Status: zoomtest.Pending})
	id := w.imported(sample)

	got := w.command(slacktest.UserAda, slacktest.ChannelRandom, "pending")
	wantIn(t, "the list", got.AllText(),
		"nora.new@example.com (Nora New)", "omar.new@example.com", "`"+id+"` <@"+slacktest.UserAda+">", "days left",
		"elsa.elsewhere@example.com (Elsa Elsewhere) · since when is unknown", "`/zoomusers resend`")
	if diff := cmp.Diff([]string{ActionResendInvitations}, got.ActionIDs()); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	got = w.command(slacktest.UserBen, slacktest.ChannelAdmins, "pending OMAR")
	wantIn(t, "the narrowed list", got.AllText(), "1 person", "omar.new@example.com")
	wantNotIn(t, "the narrowed list", got.AllText(), "nora.new@example.com", "elsa")
	got = w.command(slacktest.UserDelphine, slacktest.ChannelRandom, "pending new@")
	wantIn(t, "the list in French", got.AllText(), "2 personnes n’ont pas encore accepté", "encore 29 jours", "invitation du")

	// What is known survives the process, what happened since is seen.
	w.stop()
	w.process = w.run()
	if err := w.zoom.Lapse("nora.new@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := w.zoom.Activate("omar.new@example.com"); err != nil {
		t.Fatal(err)
	}
	got = w.command(slacktest.UserAda, slacktest.ChannelRandom, "pending")
	wantIn(t, "the list", got.AllText(), "has lapsed", "nora.new@example.com", "elsa.elsewhere@example.com")
	wantNotIn(t, "the list", got.AllText(), "omar.new@example.com")
	if at, lapsed := strings.Index(got.AllText(), "nora.new"), strings.Index(got.AllText(), "has lapsed"); at < lapsed {
		t.Errorf("the lapsed invitation stands among the open ones:\n%s", got.AllText())
	}
	for _, m := range w.Messages(slacktest.ChannelRandom) {
		if m.User == slacktest.BotUserID {
			t.Errorf("everybody sees %q", m.Text)
		}
	}
}

func TestPendingFile(t *testing.T) {
	t.Parallel()
	w := start(t)
	for i := range 45 {
		w.zoom.AddUser(zoomtest.User{Email: fmt.Sprintf("late%02d@example.com", i), FirstName: "=1+1", LastName: "<!channel>", Status: zoomtest.Pending})
	}
	got := w.command(slacktest.UserAda, slacktest.ChannelRandom, "pending late")
	wantIn(t, "the list", got.AllText(), "45 people", "late19@example.com", "and 25 more", "&lt;!channel&gt;", "direct message")
	wantNotIn(t, "the list", got.AllText(), "late20@example.com", "<!channel>")
	files := w.Files(w.DM(slacktest.UserAda))
	if len(files) != 1 || !strings.HasPrefix(files[0].Name, "pending-") {
		t.Fatalf("files: %+v", files)
	}
	r, err := roster.Read(w.FileBytes(files[0].ID), roster.Options{Required: []roster.Field{roster.Email}})
	if err != nil || len(r.Rows) != 45 {
		t.Fatalf("the file has %d rows, %v", len(r.Rows), err)
	}
	if first := r.Rows[0].Get(roster.FirstName); first != "=1+1" {
		t.Errorf("first name %q", first)
	}

	// The file may fail; the list is there all the same.
	w.Inject(slacktest.Fault{Method: "files.getUploadURLExternal", Error: "internal_error"})
	got = w.command(slacktest.UserAda, slacktest.ChannelRandom, "pending late")
	wantIn(t, "the list", got.AllText(), "late00@example.com", "could not be sent")
}

// TestResend sends the invitations of a job again; the person who accepts the second one gets what the first file says.
func TestResend(t *testing.T) {
	t.Parallel()
	w := invitingOnly(t)
	id := w.imported(sample)
	if err := w.zoom.Lapse("nora.new@example.com"); err != nil {
		t.Fatal(err)
	}
	got := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "resend "+strings.ToUpper(id))
	wantIn(t, "the answer", got.Text, "2 invitations again", "<#"+slacktest.ChannelAdmins+">")
	again := w.newest()
	if again == id {
		t.Fatal("no job was made")
	}
	card := w.cardOf(slacktest.ChannelAdmins, again, jobs.StateAwaitingApproval)
	// Whoever asks may not decide.
	before := len(w.Ephemerals(slacktest.UserAda))
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.whispered(slacktest.UserAda, before+1)
	w.approved(slacktest.ChannelAdmins, &card)
	w.inState(again, jobs.StateFinishing)
	if n := w.zoom.ActivateAll(); n < 2 {
		t.Errorf("%d people accepted, want the two who were invited again", n)
	}
	w.inState(again, jobs.StateDone)
	for email, dept := range map[string]string{"nora.new@example.com": "Sales", "omar.new@example.com": "Support"} {
		if u, _ := w.zoom.User(email); u.Status != zoomtest.Active || u.Dept != dept {
			t.Errorf("%s is %s with department %q", email, u.Status, u.Dept)
		}
	}
}

// TestResendTwice: while the job of a wish is open, the same wish makes no second one; once it is applied, it does.
func TestResendTwice(t *testing.T) {
	t.Parallel()
	w := invitingOnly(t)
	id := w.imported(sample)
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, "resend "+id)
	first := w.newest()
	card := w.cardOf(slacktest.ChannelAdmins, first, jobs.StateAwaitingApproval)
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, "resend "+id)
	w.until("the word that it is the same", func() bool {
		for _, m := range w.everything(slacktest.ChannelAdmins) {
			if m.Metadata != nil && m.Metadata.EventType == CardEvent+"_duplicate" {
				return true
			}
		}
		return false
	})
	w.approved(slacktest.ChannelAdmins, &card)
	w.inState(first, jobs.StateFinishing)
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, "resend "+id)
	second := w.newest()
	if second == first {
		t.Fatal("no second job was made")
	}
	w.cardOf(slacktest.ChannelAdmins, second, jobs.StateAwaitingApproval)
}

// TestResendPersonTwice: whoever asks again for the same people is told of the open job, in whatever order they are named.
func TestResendPersonTwice(t *testing.T) {
	t.Parallel()
	w := invitingOnly(t)
	w.imported(sample)
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, "resend nora.new@example.com omar.new@example.com")
	first := w.newest()
	w.cardOf(slacktest.ChannelAdmins, first, jobs.StateAwaitingApproval)
	got := w.command(slacktest.UserBen, slacktest.ChannelAdmins, "resend Omar.New@example.com, nora.new@example.com")
	wantIn(t, "the answer", got.AllText(), "Job `"+first+"` (Waiting for approval) does this already")
	wantNotIn(t, "the answer", got.AllText(), "This file", ".csv", "prepares")
	if now := w.newest(); now != first {
		t.Errorf("the newest job is %s, want %s", now, first)
	}
	got = w.command(slacktest.UserBen, slacktest.ChannelAdmins, "resend nora.new@example.com")
	wantIn(t, "the answer to another wish", got.AllText(), "prepares to send 1 invitation")
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	w := invitingOnly(t)
	w.zoom.AddUser(zoomtest.User{Email: "elsa.elsewhere@example.com", FirstName: "Elsa", LastName: "Elsewhere", Status: zoomtest.Pending})
	id := w.imported(sample)

	// In a channel that is not the bot's the card comes by direct message. `pending cancel` is the same.
	for _, words := range []string{"withdraw <mailto:OMAR.new@example.com|OMAR.new@example.com>", "pending cancel elsa.elsewhere@example.com"} {
		got := w.command(slacktest.UserAda, slacktest.ChannelRandom, words)
		wantIn(t, words, got.Text, "take 1 invitation back", "direct message")
		job := w.newest()
		w.cardOf(w.DM(slacktest.UserAda), job, jobs.StateAwaitingApproval)
		card := w.cardOf(w.DM(slacktest.UserBen), job, jobs.StateAwaitingApproval)
		w.approved(w.DM(slacktest.UserBen), &card)
		w.inState(job, jobs.StateDone)
	}
	for _, email := range []string{"omar.new@example.com", "elsa.elsewhere@example.com"} {
		if u, ok := w.zoom.User(email); ok {
			t.Errorf("%s is still %s", email, u.Status)
		}
	}
	got := w.command(slacktest.UserAda, slacktest.ChannelRandom, "pending")
	wantIn(t, "the list", got.AllText(), "nora.new@example.com")
	wantNotIn(t, "the list", got.AllText(), "omar.new@example.com", "elsa.elsewhere@example.com", "lapsed, or")

	// What was taken back is not sent again with the job.
	got = w.command(slacktest.UserAda, slacktest.ChannelAdmins, "pending resend "+id)
	wantIn(t, "the answer", got.Text, "1 invitation again")
}

func TestInvitationsRefuse(t *testing.T) {
	t.Parallel()
	w := invitingOnly(t)
	id := w.imported(sample)
	for words, want := range map[string]string{
		"resend":                        "Whose invitation is to be sent again?",
		"withdraw":                      "Whose invitation is to be taken back?",
		"pending resend":                "Whose invitation is to be sent again?",
		"resend everybody":              "“everybody” is neither an e-mail address nor the ID of a job. Whose",
		"resend 0000-0000":              "There is no job 0000-0000",
		"withdraw nobody@example.com":   "was found for nobody@example.com",
		"resend <!channel>@example.com": "was found for !channel&gt;@example.com",
	} {
		if got := w.command(slacktest.UserAda, slacktest.ChannelAdmins, words); !strings.Contains(got.Text, want) {
			t.Errorf("%q: %q, want %q in it", words, got.Text, want)
		}
	}
	if got := w.newest(); got != id {
		t.Errorf("job %s was made", got)
	}
	// Guests neither see the list nor ask for anything.
	for _, words := range []string{"pending", "resend all", "columns", "template"} {
		if got := w.command(slacktest.UserGus, slacktest.ChannelGeneral, words); strings.Contains(got.AllText(), "@example.com") {
			t.Errorf("%q by a guest: %s", words, got.AllText())
		}
	}
	w.zoom.ActivateAll()
	w.inState(id, jobs.StateDone)
	got := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "withdraw "+id)
	wantIn(t, "the answer", got.Text, "Nobody of job "+id)
}

// TestResendButton: the buttons of the list and of a card ask for the same as the command.
func TestResendButton(t *testing.T) {
	t.Parallel()
	w := invitingOnly(t)
	id := w.imported(sample)
	list := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "pending")
	before := len(w.Ephemerals(slacktest.UserAda))
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, list.TS, ActionResendInvitations); err != nil {
		t.Fatal(err)
	}
	said := w.whispered(slacktest.UserAda, before+1)
	wantIn(t, "the answer", said.Text, "invitations again")
	all := w.newest()
	if all == id {
		t.Fatal("no job was made")
	}
	w.cardOf(slacktest.ChannelAdmins, all, jobs.StateAwaitingApproval)
	for _, tt := range []struct{ who, want string }{{slacktest.UserAda, "2 invitations again"}, {slacktest.UserGus, ""}} {
		before := len(w.Ephemerals(tt.who))
		err := w.bot.onClick(t.Context(), click{action: ActionResendInvitations, value: id, user: tt.who, channel: slacktest.ChannelAdmins, trigger: "t" + tt.who})
		if (err == nil) != (tt.want != "") {
			t.Errorf("%s: %v", tt.who, err)
		}
		if tt.want != "" {
			wantIn(t, "the answer", w.whispered(tt.who, before+1).Text, tt.want)
		}
	}
}

func TestReadTarget(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]struct {
		target string
		kind   targetKind
	}{
		"":                                     {"", targetNone},
		"all":                                  {"all", targetAll},
		" ALL ":                                {"all", targetAll},
		"k7m2-9xqd":                            {"k7m2-9xqd", targetJob},
		"K7M2 9XQD":                            {"k7m2-9xqd", targetJob},
		"a@example.com":                        {"a@example.com", targetPeople},
		"<mailto:a@example.com|a@example.com>": {"a@example.com", targetPeople},
		"a@example.com, b@example.org":         {"a@example.com b@example.org", targetPeople},
		"a@example.com all":                    {"a@example.com all", targetNone},
		"someone":                              {"someone", targetNone},
	} {
		if target, kind := readTarget(typed); target != want.target || kind != want.kind {
			t.Errorf("readTarget(%q) = %q, %q, want %q, %q", typed, target, kind, want.target, want.kind)
		}
	}
}

func TestDaysLeft(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for since, want := range map[time.Duration]int{0: 30, time.Minute: 29, 29 * 24 * time.Hour: 1, 30 * 24 * time.Hour: 0, 40 * 24 * time.Hour: 0} {
		if got := daysLeft(&jobs.Invitee{Since: now.Add(-since)}, now); got != want {
			t.Errorf("after %s %d days are left, want %d", since, got, want)
		}
	}
}
