package main

import (
	"strings"
	"testing"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// mixedRoster changes two people, shuts one out, and adds two with a misspelt group and one that does not exist.
const mixedRoster = `Email,Fist Name,Last Name,Department,Job Title,Phone Number,User Group,User Type,Action
ann@example.net,,,Research,(clear),[Mobile] +33 612345678,+Sales,Licensed,
ben@example.net,,,Sales,Head of Sales,,,,
cy@example.net,,,,,,,,deactivate
new.one@example.net,Nora,One,Field,Rep,,Sale,,
new.two@example.net,Noel,Two,Field,Rep,,Lyon Office,,
`

// TestBrowserUpdate takes a mixed file through the page: suggestions, choices, approval, report; then exports.
func TestBrowserUpdate(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	s := newStage(t, demoOptions{})
	for _, name := range []string{"ann", "ben", "cy"} {
		s.zoom.AddUser(zoomtest.User{Email: name + "@example.net", FirstName: strings.ToUpper(name), LastName: "Old", Dept: "Before", JobTitle: "Clerk", Type: 1})
	}
	s.serve(t)
	b.open(s.slackURL + "/?as=" + slacktest.UserAda + "&channel=" + slacktest.ChannelAdmins)
	b.see(hook("channel-name"), "zoom-admins")
	b.drag(hook("messages"), "mixed.csv", []byte(mixedRoster), "dragenter", "dragover", "drop")
	b.see(hook("pending-file", "name", "mixed.csv"), "mixed")
	b.click(hook("send"))
	b.see(hook("messages")+" "+hook("file-card", "name", "mixed.csv"), "mixed.csv")
	b.click(hook("replies"))
	thread := hook("thread-messages") + " "
	b.see(thread+hook("button", "action-id", bot.ActionFixColumns), "")
	b.shot("21-mixed-first")

	b.click(thread + hook("button", "action-id", bot.ActionFixColumns))
	b.gone(thread + hook("button", "action-id", bot.ActionFixColumns))
	b.see(thread+hook("button", "action-id", bot.ActionFixGroups), "")
	b.click(thread + hook("button", "action-id", bot.ActionFixGroups))
	b.gone(thread + hook("button", "action-id", bot.ActionFixGroups))
	b.see(thread+hook("button", "action-id", bot.ActionCreateGroups), "")
	b.shot("22-groups-mended")
	b.click(thread + hook("button", "action-id", bot.ActionCreateGroups))
	b.see(hook("confirm"), "1 user group")
	b.click(hook("confirm-ok"))
	b.gone(hook("confirm"))
	b.gone(thread + hook("button", "action-id", bot.ActionCreateGroups))
	b.see(thread+hook("message"), "Lyon Office")
	b.shot("23-group-to-be-created")

	ts := s.lastUpload()
	card := s.waitCard(ts, jobs.StateAwaitingApproval)
	id := card.Metadata.EventPayload["job_id"]
	b.choose(thread+hook("select", "action-id", bot.ActionChooseType), id+" 2")
	card = s.waitOther(ts, card)
	b.see(thread+hook("select", "action-id", bot.ActionChooseWebinar), "")
	b.choose(thread+hook("select", "action-id", bot.ActionChooseWebinar), id+" 500")
	card = s.waitOther(ts, card)
	b.see(thread+hook("message"), digest(card)[:12])
	b.see(thread+hook("message"), "Before")
	b.see(thread+hook("button", "action-id", bot.ActionApprove), "Approve")
	b.shot("24-licensed-with-webinar")

	b.choose(hook("as-switch"), slacktest.UserBen)
	b.see(thread+hook("button", "action-id", bot.ActionApprove), "Approve")
	b.click(thread + hook("button", "action-id", bot.ActionApprove))
	b.see(hook("confirm"), "")
	b.shot("25-confirm")
	b.click(hook("confirm-ok"))
	b.wait("the report", all(thread+hook("file-download", "name", "succeeded.csv"))+".length > 0")
	s.zoom.ActivateAll()
	b.see(thread+hook("message"), "Every row has its result")
	b.shot("26-done")
	ann, _ := s.zoom.User("ann@example.net")
	two, _ := s.zoom.User("new.two@example.net")
	if ann.Dept != "Research" || ann.JobTitle != "" || len(ann.PhoneNumbers) != 1 || two.Type != 2 || len(two.GroupIDs) != 1 {
		t.Errorf("ann is %+v, the new person %+v", ann, two)
	}

	b.choose(hook("as-switch"), slacktest.UserAda)
	b.typeInto(hook("composer"), "/zoomusers export")
	b.click(hook("send"))
	b.see(hook("modal", "callback-id", bot.CallbackExport), "")
	b.shot("27-export-form")
	b.click(hook("modal-submit"))
	b.gone(hook("modal"))
	_, data := s.directFile(slacktest.UserAda, "zoom-users")
	if !strings.Contains(string(data), "ann@example.net") || strings.Contains(string(data), "cy@example.net") {
		t.Errorf("the export of active people:\n%.400s", data)
	}
	for _, c := range []struct{ shot, words, said string }{
		{"28-columns", "columns", "(clear)"}, {"29-pending", "pending", "invitation"}, {"30-help", "help", "/zoomusers export"},
	} {
		b.typeInto(hook("composer"), "/zoomusers "+c.words)
		b.click(hook("send"))
		b.see(hook("messages")+" "+hook("message", "ephemeral", "true"), c.said)
		b.shot(c.shot)
	}
}

// lastUpload is the newest message with a file in the admins' channel.
func (s *stage) lastUpload() string {
	ts := ""
	for _, m := range s.slack.Messages(slacktest.ChannelAdmins) {
		if len(m.Files) > 0 {
			ts = m.TS
		}
	}
	return ts
}
