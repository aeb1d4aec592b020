package bot

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// TestEditRefused: a card that Slack does not let be edited is posted once more, and the rest goes on.
func TestEditRefused(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"cant_update_message", "edit_window_closed"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			card := w.proposed()
			w.Inject(slacktest.Fault{Method: "chat.update", Error: word})
			if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
				t.Fatal(err)
			}
			w.until("the report", func() bool {
				all := w.about(slacktest.ChannelAdmins, CardEvent)
				return stateOf(&all[len(all)-1]) == jobs.StateDone
			})
			w.settled(jobOf(&card))
			if n := len(w.about(slacktest.ChannelAdmins, CardEvent)); n != 3 {
				t.Errorf("cards and reports = %d, want two cards and a report", n)
			}
			files := w.filesNamed(slacktest.ChannelAdmins)
			if files["plan-"+jobOf(&card)+".csv"] != 1 || files["succeeded.csv"] != 1 {
				t.Errorf("files = %v, want the plan and succeeded.csv once each", files)
			}
		})
	}
}

// TestUploadsRefused: without files there is a report all the same, in the same place, which says why they lack.
func TestUploadsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ method, word string }{
		{"files.getUploadURLExternal", "missing_scope"},
		{"files.getUploadURLExternal", "file_uploads_disabled"},
		{"files.getUploadURLExternal", "some_new_word"},
		{"files.completeUploadExternal", "storage_limit_reached"},
		{"files.completeUploadExternal", "posting_to_channel_denied"},
	} {
		t.Run(tt.word, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) { s.jobs.Now = fast() })
			w.Inject(slacktest.Fault{Method: tt.method, Error: tt.word})
			card := w.proposed()
			if _, err := w.jobs.Approve(t.Context(), jobOf(&card), card.Metadata.EventPayload["digest"].(string), jobs.Actor{ID: slacktest.UserBen}); err != nil {
				t.Fatal(err)
			}
			w.until("the report", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) == 2 })
			report := w.about(slacktest.ChannelAdmins, CardEvent)[1]
			if !strings.Contains(report.AllText(), "could not be attached") || !strings.Contains(report.AllText(), tt.word) {
				t.Errorf("the report does not say why there are no files:\n%s", report.AllText())
			}
			if stateOf(&report) != jobs.StateDone || len(w.about(w.DM(slacktest.UserAda), CardEvent)) > 0 {
				t.Errorf("report in state %s, want it in the channel only", stateOf(&report))
			}
		})
	}
}

// TestPassingUploadError: a busy Slack gets the files later, before the report.
func TestPassingUploadError(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.jobs.Now = fast() })
	card := w.proposed()
	w.until("the plan", func() bool { return len(w.filesNamed(slacktest.ChannelAdmins)) == 1 })
	w.Inject(slacktest.Fault{Method: "files.getUploadURLExternal", Error: "internal_error", Times: 2})
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.until("the report", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) == 2 })
	report := w.about(slacktest.ChannelAdmins, CardEvent)[1]
	if w.filesNamed(slacktest.ChannelAdmins)["succeeded.csv"] != 1 || strings.Contains(report.AllText(), "could not be attached") {
		t.Errorf("files = %v, report:\n%s", w.filesNamed(slacktest.ChannelAdmins), report.AllText())
	}
}

// TestLateFailures: rows that did not work out after the report are named at the end, and only those.
func TestLateFailures(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.jobs.Settings.CreateAction = "create" })
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample+"broken(at)example.com,Bad,Row,Sales\n")
	card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.until("the report", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) == 2 })
	if err := w.zoom.Lapse("omar.new@example.com"); err != nil {
		t.Fatal(err)
	}
	w.zoom.ActivateAll()
	done := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateDone)
	w.until("a word at the end", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) == 3 })
	w.quiet()
	if files := w.filesNamed(slacktest.ChannelAdmins); files["failed-after-invitation.csv"] != 1 || files["failed.csv"] != 1 {
		t.Fatalf("files = %v, want one of each", files)
	}
	for _, f := range w.Files(slacktest.ChannelAdmins) {
		data := string(w.FileBytes(f.ID))
		if f.Name == "failed-after-invitation.csv" &&
			(!strings.Contains(data, "omar.new@") || strings.Contains(data, "nora.new@") || strings.Contains(data, "broken")) {
			t.Errorf("late rows:\n%s", data)
		}
	}
	if !strings.Contains(done.Text, "Rows done: 1,") {
		t.Errorf("card = %q, want one row done", done.Text)
	}
}

// TestScopeRefused: a right that the bot lacks is named at once instead of trying for long.
func TestScopeRefused(t *testing.T) {
	t.Parallel()
	lacking := func(method string) func(*settings) {
		return func(s *settings) {
			s.wrap = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					switch {
					case r.URL.Path == "/api/"+method:
						rw.Header().Set("Content-Type", "application/json")
						_, _ = rw.Write([]byte(`{"ok":false,"error":"missing_scope","needed":"files:read","provided":"chat:write"}`))
					case method == "files.info" && strings.HasPrefix(r.URL.Path, "/files-pri/"):
						rw.WriteHeader(http.StatusForbidden)
					default:
						next.ServeHTTP(rw, r)
					}
				})
			}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*settings)
		fault  slacktest.Fault
		want   string
	}{
		{name: "people", change: lacking("users.info"), want: "lacks the scope files:read"},
		{name: "file", change: lacking("files.info"), want: "lacks the scope files:read"},
		{name: "token", fault: slacktest.Fault{Method: "files.info", Error: "token_revoked"}, want: "(token_revoked)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) {
				if tt.change != nil {
					tt.change(s)
				}
			})
			if tt.fault.Method != "" {
				w.Inject(tt.fault)
			}
			ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample)
			card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateInvalid)
			if !strings.Contains(card.AllText(), tt.want) {
				t.Errorf("the card lacks %q:\n%s", tt.want, card.AllText())
			}
		})
	}
}

func TestRightsWords(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	p := catalogue.For("en")
	for _, tt := range []struct {
		err  slack.SlackErrorResponse
		want string
	}{
		{slack.SlackErrorResponse{Err: "missing_scope", Needed: "usergroups:read"}, "scope usergroups:read"},
		{slack.SlackErrorResponse{Err: "missing_scope"}, "(missing_scope)"},
		{slack.SlackErrorResponse{Err: "unknown_method"}, "(unknown_method)"},
		{slack.SlackErrorResponse{Err: "token_revoked"}, "(token_revoked)"},
		{slack.SlackErrorResponse{Err: "internal_error"}, "Try again in a minute"},
	} {
		got := words(p, errors.Join(jobs.ErrNotApprover, errRightsUnknown, tt.err))
		if !strings.Contains(got, tt.want) {
			t.Errorf("%+v: %q lacks %q", tt.err, got, tt.want)
		}
	}
}

func TestLasting(t *testing.T) {
	t.Parallel()
	place := func(channel, thread string, unshown int) jobs.Job {
		return jobs.Job{Unshown: unshown, Front: map[string]string{refChannel: channel, refThread: thread}}
	}
	said := func(word string) error { return slack.SlackErrorResponse{Err: word} }
	for _, tt := range []struct {
		name string
		job  jobs.Job
		err  error
		want bool
	}{
		{"another place is left", place("C1", "1.1", 0), said("is_archived"), false},
		{"no other place is left", place("D1", "", 0), said("is_archived"), true},
		{"the channel is left", place("C1", "1.1", 0), said("thread_not_found"), false},
		{"nothing above the thread", place("C1", "", 0), said("thread_not_found"), true},
		{"a file is not at home", place("C1", "", 0), &uploadError{"a.csv", said("posting_to_channel_denied")}, true},
		{"passing", place("C1", "", 9), said("internal_error"), false},
		{"limited", place("C1", "", 9), said("ratelimited"), false},
		{"limited by header", place("C1", "", 9), &slack.RateLimitedError{RetryAfter: time.Second}, false},
		{"unknown at first", place("C1", "", 0), said("some_new_word"), false},
		{"unknown for long", place("C1", "", patience), said("some_new_word"), true},
		{"refused upload for long", place("C1", "", patience), &uploadError{"a.csv", slack.StatusCodeError{Code: http.StatusForbidden}}, true},
		{"broken server", place("C1", "", 9), &uploadError{"a.csv", slack.StatusCodeError{Code: http.StatusBadGateway}}, false},
		{"not of Slack", place("C1", "", 9), jobs.ErrNotFound, false},
	} {
		if got := lasting(&tt.job, tt.err); got != tt.want {
			t.Errorf("%s: lasting = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestDetailOfUnfinished: somebody who was added and lacks something must not look like somebody who was not added.
func TestDetailOfUnfinished(t *testing.T) {
	t.Parallel()
	catalogue, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		outstanding []string
		action      plan.Action
		want        string
	}{
		{[]string{string(roster.Department)}, plan.ActionCreate, "The person was added, but not everything else in the row. Not set: Department."},
		{[]string{"custom:Badge"}, plan.ActionCreate, "The person was added, but not everything else in the row. Not set: Badge."},
		{[]string{"user_group:Sales"}, plan.ActionCreate, "The person was added, but not to every group. Not set: User group “Sales”."},
		{
			[]string{"status", "user_type", "large_meeting", "leave_user_group:Sales", "leave_im_group:Chat"},
			plan.ActionUpdate,
			"Not everything in the row could be done. Not set: Status, User Type, Large Meeting, leaving the user group “Sales”, " +
				"leaving the chat group “Chat”.",
		},
	} {
		got := detail(catalogue.For("en"), &jobs.Result{
			Change: plan.Change{Action: tt.action}, Outcome: jobs.OutcomeFailed,
			State: jobs.RowState{Created: tt.action == plan.ActionCreate, Outstanding: tt.outstanding},
		}, jobs.KindAuto)
		if !strings.HasPrefix(got, tt.want) || !strings.Contains(strings.ToLower(got), "post the row again") {
			t.Errorf("detail = %q, want it to begin with %q and to say what is left to do", got, tt.want)
		}
	}
}
