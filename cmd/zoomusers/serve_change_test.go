package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// post hands in a file in the admins' channel.
func (s *stage) post(name string, lines ...string) string {
	return s.upload(slacktest.UserAda, slacktest.ChannelAdmins, name, []byte(strings.Join(lines, "\n")+"\n"))
}

// approve presses Approve as somebody else and waits for an end.
func (s *stage) approve(ts string, card pageMessage, want jobs.State) pageMessage {
	s.t.Helper()
	if a := s.click(slacktest.UserBen, &card, bot.ActionApprove); !a.OK {
		s.t.Fatalf("approve: %s", a.Error)
	}
	return s.waitCard(ts, want)
}

// digest is the plan that a card is about.
func digest(m pageMessage) string { return m.Metadata.EventPayload["digest"] }

// waitOther waits until a card shows another plan than before.
func (s *stage) waitOther(ts string, before pageMessage) pageMessage {
	s.t.Helper()
	var card pageMessage
	eventually(s.t, "another plan on the card", func() bool {
		if cards := s.cards(ts); len(cards) > 0 {
			card = cards[0]
		}
		return card.Metadata.EventPayload["state"] == string(jobs.StateAwaitingApproval) && digest(card) != digest(before)
	})
	return card
}

// directFile waits for a file in a person's direct messages and returns it.
func (s *stage) directFile(user, prefix string) (string, []byte) {
	s.t.Helper()
	var file slacktest.File
	eventually(s.t, "a file "+prefix+"… in the direct messages", func() bool {
		for _, f := range s.slack.Files(s.slack.DM(user)) {
			if strings.HasPrefix(f.Name, prefix) {
				file = f
			}
		}
		return file.ID != ""
	})
	return file.Name, s.slack.FileBytes(file.ID)
}

// command types a command in the admins' channel and waits for the answer that only the person sees.
func (s *stage) command(user, words string) string {
	s.t.Helper()
	before := len(s.slack.Ephemerals(user))
	if err := s.slack.Command(user, slacktest.ChannelAdmins, bot.Command, words); err != nil {
		s.t.Fatalf("%s: %v", words, err)
	}
	eventually(s.t, "an answer to "+words, func() bool { return len(s.slack.Ephemerals(user)) > before })
	m := s.slack.Ephemerals(user)[before]
	return m.Text + fmt.Sprint(m.Blocks)
}

// TestServeChanges runs the bot as a process of its own and takes it through everything that is not a plain import.
func TestServeChanges(t *testing.T) {
	t.Parallel()
	s := newStage(t, demoOptions{})
	s.realRedis(t)
	for i, name := range []string{"ann", "ben", "cy", "di"} {
		s.zoom.AddUser(zoomtest.User{
			Email: name + "@example.net", FirstName: strings.ToUpper(name), LastName: "Old", Dept: "Before", JobTitle: "Clerk",
			Type: 1 + i%2,
		})
	}
	serve := s.serve(t)
	// One after the other: they share the account and the channel.
	step := func(name string, do func()) {
		t.Log(name)
		do()
	}

	step("mixed file, choices, seats", func() {
		ts := s.post("mixed.csv",
			"Email,First Name,Last Name,Department,Job Title,Phone Number,User Group,User Type,Action",
			"ann@example.net,,,After,(clear),[Mobile] +33 612345678,+Sales,Licensed,",
			"ben@example.net,,,,,,,Basic,", "cy@example.net,,,,,,,,deactivate",
			"di@example.net,DI,Old,Before,Clerk,,,,", "new@example.net,Ne,W,Field,,,,,")
		card := s.waitCard(ts, jobs.StateAwaitingApproval)
		if !strings.Contains(card.words(), "Before") || !strings.Contains(card.words(), "After") {
			t.Errorf("the card shows no old and new value:\n%s", card.words())
		}
		first := card
		if err := s.slack.Select(slacktest.UserAda, slacktest.ChannelAdmins, card.TS, bot.ActionChooseMode,
			first.Metadata.EventPayload["job_id"]+" "+string(jobs.KindUpdate)); err != nil {
			t.Fatal(err)
		}
		card = s.waitOther(ts, card)
		if strings.Contains(card.words(), "new@example.net") && s.has("new@example.net") {
			t.Error("a dry run added somebody")
		}
		if err := s.slack.Act(slacktest.UserBen, slacktest.Action{
			Channel: slacktest.ChannelAdmins, MessageTS: card.TS, ActionID: bot.ActionApprove,
			Value: first.Metadata.EventPayload["job_id"] + " " + digest(first), Stale: true,
		}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a word about the outdated button", func() bool { return len(s.slack.Ephemerals(slacktest.UserBen)) > 0 })
		s.approve(ts, card, jobs.StateDone)
		s.waitReport(ts)
		ann, _ := s.zoom.User("ann@example.net")
		ben, _ := s.zoom.User("ben@example.net")
		cy, _ := s.zoom.User("cy@example.net")
		if ann.Dept != "After" || ann.JobTitle != "" || ann.Type != 2 || len(ann.PhoneNumbers) != 1 || len(ann.GroupIDs) != 1 {
			t.Errorf("ann is %+v", ann)
		}
		if ben.Type != 1 || cy.Status != zoomtest.Inactive || s.has("new@example.net") {
			t.Errorf("ben has type %d, cy is %s, the new person is there: %v", ben.Type, cy.Status, s.has("new@example.net"))
		}
	})

	step("export and back", func() {
		said := s.command(slacktest.UserAda, `export status:all columns:all`)
		if !strings.Contains(said, "job") {
			t.Errorf("the answer is %s", said)
		}
		name, data := s.directFile(slacktest.UserAda, "zoom-users")
		if n := bytes.Count(data, []byte("\n")); n < 34 {
			t.Errorf("the export has %d lines", n)
		}
		for _, m := range s.slack.Messages(slacktest.ChannelAdmins) {
			if slices.ContainsFunc(m.Files, func(f slacktest.File) bool { return strings.HasPrefix(f.Name, "zoom-users") }) {
				t.Error("the export is in the channel")
			}
		}
		ts := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, name, data)
		card := s.waitCard(ts, jobs.StateNoChanges)
		if strings.Contains(card.words(), "problem") && !strings.Contains(card.words(), "0 rows with problems") {
			t.Errorf("the card of an unchanged export:\n%s", card.words())
		}
	})

	step("template and columns", func() {
		s.command(slacktest.UserChiara, "template update fr")
		_, data := s.directFile(slacktest.UserChiara, "zoomusers")
		if !strings.Contains(string(data), "E-mail") || !strings.Contains(string(data), "Prénom") {
			t.Errorf("the French template:\n%s", data)
		}
		if said := s.command(slacktest.UserChiara, "columns"); !strings.Contains(said, "Sales") {
			t.Errorf("columns do not name the account's groups: %s", said)
		}
	})

	step("workbook", func() {
		book := excelize.NewFile()
		for i, row := range [][]any{{"Email", "Department"}, {"ann@example.net", "From a workbook"}} {
			if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		raw, err := book.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		ts := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "people.xlsx", raw.Bytes())
		s.approve(ts, s.waitCard(ts, jobs.StateAwaitingApproval), jobs.StateDone)
		if u, _ := s.zoom.User("ann@example.net"); u.Dept != "From a workbook" {
			t.Errorf("department %q", u.Dept)
		}
	})

	step("no header", func() {
		ts := s.post("bare.csv", "hal@example.net,Hal,Head,Field", "ida@example.net,Ida,Less,Field")
		card := s.waitCard(ts, jobs.StateAwaitingApproval)
		if !strings.Contains(card.words(), bot.ActionColumnsRight) {
			t.Fatalf("the card does not ask about the columns:\n%s", card.words())
		}
		if a := s.click(slacktest.UserAda, &card, bot.ActionColumnsRight); !a.OK {
			t.Fatalf("confirm: %s", a.Error)
		}
		eventually(t, "a card that asks no more", func() bool {
			card = s.cards(ts)[0]
			return card.Metadata.EventPayload["state"] == string(jobs.StateAwaitingApproval) && !strings.Contains(card.words(), bot.ActionColumnsRight)
		})
		s.approve(ts, card, jobs.StateFinishing)
	})

	step("mending", func() {
		ts := s.post("wrong.csv", "Email,Fist Name,Last Name,User Group", "jo@example.net,Jo,Doe,Sale", "kim@example.net,Kim,Doe,Marseille Office")
		card := s.waitCard(ts, jobs.StateNoChanges)
		if a := s.click(slacktest.UserAda, &card, bot.ActionCorrected); !a.OK {
			t.Fatalf("corrected file: %s", a.Error)
		}
		_, data := s.directFile(slacktest.UserAda, "wrong-corrected")
		if !strings.HasPrefix(string(data), "Email,First Name,Last Name,User Group\njo@example.net,Jo,Doe,Sales\n") {
			t.Errorf("the corrected file:\n%s", data)
		}
		for _, action := range []string{bot.ActionFixColumns, bot.ActionFixGroups, bot.ActionCreateGroups} {
			card = s.cards(ts)[0]
			if !strings.Contains(card.words(), action) {
				t.Fatalf("the card does not offer %s:\n%s", action, card.words())
			}
			if a := s.click(slacktest.UserAda, &card, action); !a.OK {
				t.Fatalf("%s: %s", action, a.Error)
			}
			eventually(t, "the plan after "+action, func() bool {
				now := s.cards(ts)[0]
				state := jobs.State(now.Metadata.EventPayload["state"])
				return (state == jobs.StateAwaitingApproval || state == jobs.StateNoChanges) && !strings.Contains(now.words(), action)
			})
		}
		s.approve(ts, s.waitCard(ts, jobs.StateAwaitingApproval), jobs.StateFinishing)
		if !slices.ContainsFunc(s.zoom.Groups(), func(g zoomtest.Group) bool { return g.Name == "Marseille Office" }) {
			t.Error("the missing group was not created")
		}
	})

	step("seats run out", func() {
		used := 0
		for _, u := range s.zoom.Users() {
			if u.Type == 2 && u.Status == zoomtest.Active {
				used++
			}
		}
		if err := s.zoom.SetSeats("licensed", 0, used); err != nil {
			t.Fatal(err)
		}
		ts := s.post("seats.csv", "Email,User Type,Department", "ben@example.net,Licensed,Waits", "di@example.net,,Goes on")
		card := s.approve(ts, s.waitCard(ts, jobs.StateAwaitingApproval), jobs.StatePaused)
		if ben, _ := s.zoom.User("ben@example.net"); ben.Type == 2 {
			t.Error("a seat was taken that is not there")
		}
		if di, _ := s.zoom.User("di@example.net"); di.Dept != "Goes on" {
			t.Errorf("a row that needs no licence has department %q", di.Dept)
		}
		if !strings.Contains(card.words(), "Licensed") {
			t.Errorf("the card does not name the licence:\n%s", card.words())
		}
		if a := s.click(slacktest.UserAda, &card, bot.ActionCancel); !a.OK {
			t.Fatalf("cancel: %s", a.Error)
		}
		s.waitCard(ts, jobs.StateCanceled)
	})

	step("pending, resend, withdraw", func() {
		if said := s.command(slacktest.UserAda, "pending"); !strings.Contains(said, "hal@example.net") {
			t.Errorf("pending people: %s", said)
		}
		before := s.created()
		s.command(slacktest.UserAda, "resend hal@example.net")
		card := s.lastCard(jobs.KindInvitations)
		if err := s.slack.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, bot.ActionApprove); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the new invitation", func() bool { return s.created() == before+1 })
		s.command(slacktest.UserAda, "withdraw ida@example.net")
		card = s.lastCard(jobs.KindInvitations, card.TS)
		if err := s.slack.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, bot.ActionApprove); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the invitation is gone", func() bool { return !s.has("ida@example.net") })
	})
	serve.end()
}

func (s *stage) has(email string) bool {
	_, ok := s.zoom.User(email)
	return ok
}

// lastCard waits for a card of a kind that can be decided, other than some.
func (s *stage) lastCard(kind jobs.Kind, but ...string) slacktest.Message {
	s.t.Helper()
	var card slacktest.Message
	eventually(s.t, "a card of kind "+string(kind), func() bool {
		for _, m := range s.slack.Messages(slacktest.ChannelAdmins) {
			if m.Metadata == nil || m.Metadata.EventPayload["kind"] != string(kind) || slices.Contains(but, m.TS) {
				continue
			}
			if m.Metadata.EventPayload["state"] == string(jobs.StateAwaitingApproval) {
				card = m
				return true
			}
		}
		return false
	})
	return card
}

// TestServeForty: of 40 invited people 25 accept; the bot is ended and started in between. Exactly those 25 are complete.
func TestServeForty(t *testing.T) {
	t.Parallel()
	s := newStage(t, demoOptions{})
	s.realRedis(t)
	lines := []string{"Email,First Name,Last Name,Department,User Group"}
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("p%02d@example.net,P,%d,Field,Sales", i, i))
	}
	serve := s.serve(t)
	ts := s.post("forty.csv", lines...)
	s.approve(ts, s.waitCard(ts, jobs.StateAwaitingApproval), jobs.StateFinishing)
	s.waitReport(ts)
	for i := range 12 {
		if err := s.zoom.Activate(fmt.Sprintf("p%02d@example.net", i)); err != nil {
			t.Fatal(err)
		}
	}
	if code := serve.stop(os.Kill); code == exitOK {
		t.Error("a killed process ends well")
	}
	for i := 12; i < 25; i++ {
		if err := s.zoom.Activate(fmt.Sprintf("p%02d@example.net", i)); err != nil {
			t.Fatal(err)
		}
	}
	serve = s.serve(t)
	complete := func() []string {
		var who []string
		for i := range 40 {
			if u, _ := s.zoom.User(fmt.Sprintf("p%02d@example.net", i)); u.Dept == "Field" && len(u.GroupIDs) == 1 && u.Status == zoomtest.Active {
				who = append(who, u.Email)
			}
		}
		return who
	}
	eventually(t, "25 complete people", func() bool { return len(complete()) == 25 })
	eventually(t, "the card counts them", func() bool {
		words := s.cards(ts)[0].words()
		return strings.Contains(words, "25 completed") && strings.Contains(words, "40 sent")
	})
	if diff := cmp.Diff(25, len(complete())); diff != "" || s.created() != 40 {
		t.Errorf("complete people (-want +got):\n%s, %d were added", diff, s.created())
	}
	serve.end()
}
