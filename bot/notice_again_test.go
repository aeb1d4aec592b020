package bot

import (
	"net/http"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestNoticeForApproverAgain: a message under an approver's own card that Slack does not take for the moment comes later, and
// the requester's does not come twice for it.
func TestNoticeForApproverAgain(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]slacktest.Fault{
		"refused": {Status: http.StatusBadGateway}, "cut": {Drop: true}, "taken and cut": {Drop: true, After: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.zoom.Inject(refusals(-1))
			dm, ben := w.DM(slacktest.UserAda), w.DM(slacktest.UserBen)
			ts := w.post(slacktest.UserAda, dm, "team.csv", roll(60))
			w.cardIn(dm, ts, jobs.StateAwaitingApproval)
			card := w.cardIn(ben, "", jobs.StateAwaitingApproval)
			f.Method, f.Channel, f.Times = "chat.postMessage", ben, 1
			w.Inject(f)
			if err := w.Click(slacktest.UserBen, ben, card.TS, ActionApprove); err != nil {
				t.Fatal(err)
			}
			w.cardIn(dm, ts, jobs.StatePaused)
			w.noticed(dm, newsHalted, 1)
			w.noticed(ben, newsHalted, 1)
			w.settled(jobOf(&card))
			if own, his := len(w.notices(dm, newsHalted)), len(w.notices(ben, newsHalted)); own != 1 || his != 1 {
				t.Errorf("the requester was told %d times, the approver %d times", own, his)
			}
		})
	}
}

// TestNoticeHoldsUpNothing: while nobody knows whether a message is there, files come all the same, and afterwards it is there
// once.
func TestNoticeHoldsUpNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.zoom.Inject(zoomtest.Fault{Method: http.MethodGet, Path: "/users", Times: -1, Delay: time.Second})
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", roll(60))
	card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StatePlanning)
	w.Inject(slacktest.Fault{Method: "chat.postMessage", Times: 1, Drop: true, After: true})
	w.Inject(slacktest.Fault{Method: "conversations.replies", Status: http.StatusInternalServerError})
	w.until("the plan file", func() bool {
		return w.filesNamed(slacktest.ChannelAdmins)["plan-"+jobOf(&card)+".csv"] == 1
	})
	w.ClearFaults()
	w.settled(jobOf(&card))
	if n := len(w.notices(slacktest.ChannelAdmins, newsAsk)); n != 1 {
		t.Errorf("approvers were called %d times", n)
	}
}
