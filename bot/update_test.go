package bot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// known puts people into the account whom the files of these tests change.
func known(w *world) {
	for _, u := range []zoomtest.User{
		{Email: "ann.known@example.com", FirstName: "Ann", LastName: "Known", Type: zoomapi.TypeLicensed, Dept: "Sales", Status: zoomapi.StatusActive},
		{Email: "ben.known@example.com", FirstName: "Ben", LastName: "Known", Type: zoomapi.TypeBasic, Dept: "Sales", Status: zoomapi.StatusActive},
		{Email: "cem.known@example.com", FirstName: "Cem", LastName: "Known", Type: zoomapi.TypeBasic, Dept: "Support", Status: zoomapi.StatusActive},
	} {
		w.zoom.AddUser(u)
	}
}

// mixed changes Ann and Cem, shuts Ben out, and adds Nora.
const mixed = "Email,First Name,Last Name,Department,Job Title,User Type,Action\n" +
	"ann.known@example.com,Ann,Known,Design,,basic,\n" +
	"ben.known@example.com,,,,,,deactivate\n" +
	"cem.known@example.com,Cem,Known,Support,Lead,,\n" +
	"nora.new@example.com,Nora,New,Sales,,,\n"

// posted posts a file in #zoom-admins as Ada and waits for its card to be in one of the states.
func (w *world) posted(name, data string, states ...jobs.State) slacktest.Message {
	w.t.Helper()
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, name, data)
	return w.cardIn(slacktest.ChannelAdmins, ts, states...)
}

// again waits for the card of a message to show another plan than it did.
func (w *world) again(card slacktest.Message, states ...jobs.State) slacktest.Message {
	w.t.Helper()
	under := orElse(card.ThreadTS, card.TS)
	var found slacktest.Message
	w.until("another plan in state "+joined(states), func() bool {
		m, ok := w.card(slacktest.ChannelAdmins, under)
		if !ok || m.Metadata.EventPayload["digest"] == card.Metadata.EventPayload["digest"] {
			return false
		}
		found = m
		for _, s := range states {
			if stateOf(&m) == s {
				return true
			}
		}
		return false
	})
	return found
}

// told is what only a person was told.
func (w *world) told(user string) string {
	w.t.Helper()
	m := w.whispered(user, 1)
	return m.AllText()
}

// answered is what Ada is told to a command.
func (w *world) answered(words string) string {
	w.t.Helper()
	m := w.command(slacktest.UserAda, slacktest.ChannelAdmins, words)
	return m.AllText()
}

func lacking(t *testing.T, what, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, got)
		}
	}
}

// TestMixedFile: a posted file adds, changes and shuts out; the card shows it, the confirmation says it, the files report it.
func TestMixedFile(t *testing.T) {
	t.Parallel()
	w := start(t)
	known(w)
	card := w.posted("mixed.csv", mixed, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(),
		"Look at this before you approve", "1 person is deactivated", "ann.known@example.com", "Department: “Sales” → “Design”",
		"User Type: Licensed → Basic", "*ben.known@example.com*: is deactivated", "Job Title: (empty) → “Lead”",
		"adds and changes people")
	lacking(t, "the notification", card.Text, "add 1 person, change 2 people, deactivate 1 person")
	_, question, _, _, ok := card.ConfirmDialog(ActionApprove)
	if !ok {
		t.Error("Approve does not ask")
	}
	lacking(t, "the question", question, "add 1 person (Basic)", "change 2 people", "deactivate 1 person")

	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	lacking(t, "the card", card.AllText(), "Created *1*", "Changed *2*", "Deactivated *1*")
	w.until("the files", func() bool { return w.filesNamed(slacktest.ChannelAdmins)["succeeded.csv"] == 1 })
	ann, _ := w.zoom.User("ann.known@example.com")
	ben, _ := w.zoom.User("ben.known@example.com")
	if diff := cmp.Diff([]any{"Design", zoomapi.TypeBasic, zoomtest.Inactive}, []any{ann.Dept, ann.Type, ben.Status}); diff != "" {
		t.Errorf("the account (-want +got):\n%s", diff)
	}
	plan := w.fileText(slacktest.ChannelAdmins, "plan-"+jobOf(&card)+".csv")
	lacking(t, "the plan file", plan, "Department: “Sales” → “Design”", "User Type: Licensed → Basic", "Will be deactivated", "Will be changed", "Will be created")
	lacking(t, "the results", w.fileText(slacktest.ChannelAdmins, "succeeded.csv"), "Changed", "Deactivated", "Created")
}

// fileText is the newest file of the bot with a name.
func (w *world) fileText(channel, name string) string {
	w.t.Helper()
	text := ""
	for _, f := range w.Files(channel) {
		if f.User == slacktest.BotUserID && f.Name == name {
			text = string(w.FileBytes(f.ID))
		}
	}
	if text == "" {
		w.t.Errorf("there is no file %s", name)
	}
	return text
}

// TestChoices: what a file may do and what new people get is chosen on the card, by whom it concerns, and once.
func TestChoices(t *testing.T) {
	t.Parallel()
	w := start(t)
	known(w)
	card := w.posted("mixed.csv", mixed, jobs.StateAwaitingApproval)
	id := jobOf(&card)
	pick := func(user, action, value string) {
		t.Helper()
		if err := w.Select(user, slacktest.ChannelAdmins, card.TS, action, id+" "+value); err != nil {
			t.Fatal(err)
		}
	}
	// Somebody without the right is told so, and nothing happens.
	pick(slacktest.UserDelphine, ActionChooseMode, "import")
	lacking(t, "the refusal", w.told(slacktest.UserDelphine), "la personne qui a publié")

	pick(slacktest.UserAda, ActionChooseType, "2")
	card = w.again(card, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(), "1 person, Licensed")
	j, err := w.jobs.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	pick(slacktest.UserBen, ActionChooseType, "2")
	w.quiet()
	if same, err := w.jobs.Get(t.Context(), id); err != nil || same.Plan.MadeAt != j.Plan.MadeAt {
		t.Errorf("choosing what is so already made another plan, %v", err)
	}
	if said := w.Ephemerals(slacktest.UserBen); len(said) > 0 {
		t.Errorf("an approver who chose what is so already was told %q", said[0].Text)
	}

	pick(slacktest.UserBen, ActionChooseMode, "update")
	card = w.again(card, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(), "only changes people", "Not in Zoom")
	if _, ok := card.Button(ActionChooseType); ok {
		t.Error("a file that adds nobody still offers their user type")
	}

	pick(slacktest.UserAda, ActionChooseMode, "import")
	card = w.again(card, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(), "only adds people", "1 person, Licensed")
}

// TestAddOnChoices: add-ons are offered where the account has them and the type is Licensed.
func TestAddOnChoices(t *testing.T) {
	t.Parallel()
	w := start(t)
	if err := w.zoom.SetSeats("large_meeting", 500, 7); err != nil {
		t.Fatal(err)
	}
	card := w.proposed()
	id := jobOf(&card)
	if _, ok := card.Button(ActionChooseLargeMeeting); ok {
		t.Error("add-ons are offered for Basic people")
	}
	if err := w.Select(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionChooseType, id+" 2"); err != nil {
		t.Fatal(err)
	}
	card = w.again(card, jobs.StateAwaitingApproval)
	if err := w.Select(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionChooseLargeMeeting, id+" 500"); err != nil {
		t.Fatal(err)
	}
	card = w.again(card, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(), "Large Meeting 500: 2 needed")
}

// TestOnePlanFile: the file of a plan that was made anew takes the place of the one before.
func TestOnePlanFile(t *testing.T) {
	t.Parallel()
	w := start(t)
	known(w)
	card := w.posted("mixed.csv", mixed, jobs.StateAwaitingApproval)
	name := "plan-" + jobOf(&card) + ".csv"
	w.until("the plan file", func() bool { return w.filesNamed(slacktest.ChannelAdmins)[name] == 1 })
	if err := w.Select(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionChooseMode, jobOf(&card)+" import"); err != nil {
		t.Fatal(err)
	}
	card = w.again(card, jobs.StateAwaitingApproval)
	w.until("one plan file in the thread", func() bool {
		shown := 0
		for _, m := range w.Thread(slacktest.ChannelAdmins, card.ThreadTS) {
			for _, f := range m.Files {
				if m.User == slacktest.BotUserID && f.Name != "" {
					shown++
				}
			}
		}
		others := len(w.Thread(slacktest.ChannelAdmins, card.ThreadTS)) - len(w.about(slacktest.ChannelAdmins, NoticeEvent))
		return shown == 1 && others == 3 &&
			strings.Contains(w.fileText(slacktest.ChannelAdmins, name), "Already there, with other values")
	})
}

// TestProblemsOnce: what is the same in many lines is said once, with their numbers.
func TestProblemsOnce(t *testing.T) {
	t.Parallel()
	b, catalogue := testBot(t, nil)
	v := view{job: sampleJob(jobs.StateAwaitingApproval)}
	for line := range 12 {
		v.issues = append(v.issues, roster.Issue{
			Line: line + 2, Row: line + 1, Col: 2, Column: "Given name", Field: roster.FirstName, Code: roster.MissingFirstName, Severity: roster.Error,
		})
	}
	v.issues = append(v.issues, roster.Issue{Line: 5, Row: 4, Col: 1, Column: "Mail", Field: roster.Email, Code: roster.MissingEmail, Severity: roster.Error})
	want := "*13 problems*\n" +
		"• *Lines 2, 3, 4, 5, 6, 7, 8, 9, …, column “Given name”*: The first name is missing. Fill it in.\n" +
		"• *Line 5, column “Mail”*: The e-mail address is missing. Fill it in; Zoom needs one for each person."
	if diff := cmp.Diff(want, b.problemLines(catalogue.For("en"), v)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestMendInPlace: a misspelt header is corrected by a click, on a file that was refused for it.
func TestMendInPlace(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.posted("team.csv", strings.Replace(sample, "Email,First Name", "Emial,Fist Name", 1), jobs.StateInvalid)
	lacking(t, "the card", card.AllText(), "Emial → Email", "Fist Name → First Name")
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionFixColumns); err != nil {
		t.Fatal(err)
	}
	card = w.again(card, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(), "2 people")
}

// TestMendGroups: suggestions for groups are used, and missing ones created.
func TestMendGroups(t *testing.T) {
	t.Parallel()
	w := start(t)
	data := "Email,First Name,Last Name,User Group\nnora.new@example.com,Nora,New,Enginering\nomar.new@example.com,Omar,New,Moon Base\n"
	card := w.posted("team.csv", data, jobs.StateNoChanges)
	lacking(t, "the card", card.AllText(), "Enginering → Engineering", "Moon Base")
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionFixGroups); err != nil {
		t.Fatal(err)
	}
	card = w.again(card, jobs.StateAwaitingApproval)
	_, question, _, _, _ := card.ConfirmDialog(ActionCreateGroups)
	lacking(t, "the question", question, "1 user group is created", "Names: “Moon Base”.")
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionCreateGroups); err != nil {
		t.Fatal(err)
	}
	card = w.again(card, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(), "New user groups", "“Moon Base”", "2 people", "Groups of new people", "Engineering: 1", "Moon Base: 1",
		"1 suggestion used by <@"+slacktest.UserAda+">", "Enginering → Engineering")
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	found := map[string]int{}
	for _, g := range w.zoom.Groups() {
		found[g.Name] = len(w.zoom.Members(g.ID))
	}
	if found["Moon Base"] != 1 {
		t.Errorf("members of the new group = %d, want 1", found["Moon Base"])
	}
}

// TestCorrectedFile: the file with its suggestions goes to whoever may see it, and to nobody else.
func TestCorrectedFile(t *testing.T) {
	t.Parallel()
	w := start(t)
	data := "Email;First Name;Last Name\r\nnora.new@example.com;Nora;New\r\n\"omar.new@gmial.com\";Omar;New\r\n"
	card := w.posted("team.csv", data, jobs.StateAwaitingApproval)
	if err := w.Click(slacktest.UserDelphine, slacktest.ChannelAdmins, card.TS, ActionCorrected); err != nil {
		t.Fatal(err)
	}
	lacking(t, "the refusal", w.told(slacktest.UserDelphine), "la personne qui a publié")
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionCorrected); err != nil {
		t.Fatal(err)
	}
	dm := w.DM(slacktest.UserAda)
	w.until("the corrected file", func() bool { return w.filesNamed(dm)["team-corrected.csv"] == 1 })
	want := strings.Replace(data, "gmial", "gmail", 1)
	if diff := cmp.Diff(want, w.fileText(dm, "team-corrected.csv")); diff != "" {
		t.Errorf("corrected file (-want +got):\n%s", diff)
	}
}

// TestHeadlessFile: the columns of a file without a header are confirmed before anybody can approve.
func TestHeadlessFile(t *testing.T) {
	t.Parallel()
	w := start(t)
	data := strings.SplitN(sample, "\n", 2)[1]
	card := w.posted("team.csv", data, jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(), "no header", "1: Email (first row: “nora.new@example.com”)")
	for _, action := range []string{ActionApprove, ActionReject} {
		if _, offered := card.Button(action); offered {
			t.Errorf("%s is offered before the columns are confirmed", action)
		}
	}
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionColumnsRight); err != nil {
		t.Fatal(err)
	}
	w.until("a card that asks no more", func() bool {
		m, _ := w.card(slacktest.ChannelAdmins, card.ThreadTS)
		_, asks := m.Button(ActionColumnsRight)
		return stateOf(&m) == jobs.StateAwaitingApproval && !asks
	})
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
}

func TestColumnsWrong(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.posted("team.csv", strings.SplitN(sample, "\n", 2)[1], jobs.StateAwaitingApproval)
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionColumnsWrong); err != nil {
		t.Fatal(err)
	}
	lacking(t, "the advice", w.told(slacktest.UserAda), "first line that names the columns")
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
}

// TestUpdateForm: the form of /zoomusers update only changes people.
func TestUpdateForm(t *testing.T) {
	t.Parallel()
	w := start(t)
	known(w)
	if err := w.Command(slacktest.UserAda, slacktest.ChannelAdmins, Command, "update"); err != nil {
		t.Fatal(err)
	}
	w.until("the form", func() bool { return len(w.Views(slacktest.UserAda)) == 1 })
	view := w.Views(slacktest.UserAda)[0]
	file, err := w.ViewFile(slacktest.UserAda, slacktest.NewFile{Name: "mixed.csv", Data: []byte(mixed)})
	if err != nil {
		t.Fatal(err)
	}
	said, err := w.SubmitView(slacktest.UserAda, view.ID, map[string]map[string]any{
		blockFile: {actionFile: map[string]any{"files": []any{file}}},
	})
	if err != nil || len(said) > 0 {
		t.Fatalf("submit: %v, %v", said, err)
	}
	card := w.cardIn(slacktest.ChannelAdmins, "", jobs.StateAwaitingApproval)
	lacking(t, "the card", card.AllText(), "only changes people", "Not in Zoom")
}

// TestStopWaiting: whoever stops a job that only waits for invited people is told what that means.
func TestStopWaiting(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.jobs.Settings.CreateAction = zoomapi.ActionCreate })
	card := w.proposed()
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateFinishing)
	lacking(t, "the card", card.AllText(), "Invitations: 2 sent, 0 accepted", "/zoomusers pending "+jobOf(&card))
	_, question, _, _, ok := card.ConfirmDialog(ActionCancel)
	if !ok {
		t.Error("stopping does not ask")
	}
	lacking(t, "the question", question, "2 people have not accepted yet", "stay valid")
	w.until("the report", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) == 2 })
	report := w.about(slacktest.ChannelAdmins, CardEvent)[1]
	lacking(t, "the report", report.AllText(), "the card goes on counting", "Open the job’s card")
	lacking(t, "the list", w.answered("jobs"), "· invited 2")
	id := jobOf(&card)
	lacking(t, "the answer", w.answered("cancel "+id), "2 people had not accepted", "stay valid",
		"`/zoomusers retry "+id+"`", "`/zoomusers resend "+id+"`", "`/zoomusers undo "+id+"`")
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
	lacking(t, "the card", card.AllText(), "Invited, not completed *2*")
	if diff := cmp.Diff([]string{ActionRetry, ActionResendInvitations, ActionUndo}, card.ActionIDs()); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	lacking(t, "the list", w.answered("jobs"), "· invited but not completed 2")
	w.until("the rows that are not completed", func() bool { return w.filesNamed(slacktest.ChannelAdmins)["incomplete.csv"] == 1 })
	lacking(t, "the rows that are not completed", w.fileText(slacktest.ChannelAdmins, "incomplete.csv"),
		"nora.new@example.com", "Invited, not completed", "Not set: Department", "retry the job")
	w.settled(id)
	if n := w.filesNamed(slacktest.ChannelAdmins)["failed-after-invitation.csv"]; n != 0 {
		t.Error("people who were not waited for are reported as failed")
	}
	// Once somebody has accepted, another try does the rest.
	if err := w.zoom.Activate("nora.new@example.com"); err != nil {
		t.Fatal(err)
	}
	w.press(slacktest.UserAda, &card, ActionRetry)
	again := w.follower(id, func(j *jobs.Job) string { return j.RetriedBy })
	next := w.jobCard(again, jobs.StateAwaitingApproval)
	lacking(t, "the card", next.AllText(), "team.csv (retry)")
	w.press(slacktest.UserBen, &next, ActionApprove)
	w.jobCard(again, jobs.StateFinishing, jobs.StateDone)
	w.eventually("the rest of the row", func() bool {
		u, ok := w.zoom.User("nora.new@example.com")
		return ok && u.Dept == "Sales"
	})
}

// TestStoppedWhileInviting: a job that is stopped at its work reports whom it has invited in a file of their own.
func TestStoppedWhileInviting(t *testing.T) {
	t.Parallel()
	w := start(t, slow, func(s *settings) { s.jobs.Settings.CreateAction = zoomapi.ActionCreate })
	card := w.running(roll(60))
	w.eventually("invited people", func() bool { return w.added("p") > 2 })
	w.press(slacktest.UserAda, &card, ActionCancel)
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
	lacking(t, "the card", card.AllText(), "Invited, not completed *")
	w.until("the files", func() bool {
		files := w.filesNamed(slacktest.ChannelAdmins)
		return files["incomplete.csv"] == 1 && files["unprocessed.csv"] == 1
	})
	w.settled(jobOf(&card))
	if n := w.filesNamed(slacktest.ChannelAdmins)["incomplete.csv"]; n != 1 {
		t.Errorf("files of people who are not completed = %d, want 1", n)
	}
}

// TestLapsed: lapsed invitations are counted until nobody is waited for, and can be sent again by a button.
func TestLapsed(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.jobs.Settings.CreateAction = zoomapi.ActionCreate })
	card := w.proposed()
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateFinishing)
	if err := w.zoom.Activate("nora.new@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := w.zoom.Lapse("omar.new@example.com"); err != nil {
		t.Fatal(err)
	}
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	lacking(t, "the card", card.AllText(), "2 sent, 1 accepted, 1 completed, 1 lapsed")
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, ActionResendInvitations); err != nil {
		t.Fatal(err)
	}
	w.until("the job that sends again", func() bool {
		list, err := w.jobs.List(t.Context(), 10)
		return err == nil && len(list) == 2 && list[0].Kind == jobs.KindInvitations && list[0].State == jobs.StateAwaitingApproval
	})
}
