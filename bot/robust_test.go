package bot

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestSparseSlack: the way of a file on a Slack that lacks methods or scopes that are not essential.
func TestSparseSlack(t *testing.T) {
	t.Parallel()
	unknown := slacktest.Fault{Error: "unknown_method"}
	for _, tt := range []struct {
		name     string
		methods  []string
		fault    slacktest.Fault
		channels []string
	}{
		{name: "no channel names", methods: []string{"conversations.info", "conversations.list"}, fault: unknown, channels: []string{"elsewhere", slacktest.ChannelAdmins}},
		{name: "names by the list", methods: []string{"conversations.info"}, fault: unknown},
		{name: "names by the list after an HTTP error", methods: []string{"conversations.info"}, fault: slacktest.Fault{Status: http.StatusNotFound}},
		{name: "no reactions, links and file details", methods: []string{"reactions.add", "chat.getPermalink", "files.info"}, fault: unknown},
		{name: "the same as HTTP errors", methods: []string{"reactions.add", "chat.getPermalink", "files.info"}, fault: slacktest.Fault{Status: http.StatusNotFound}},
		{name: "file details fail once", methods: []string{"files.info"}, fault: slacktest.Fault{Error: "internal_error", Times: 1}},
		{name: "no reading back", methods: []string{"conversations.replies", "conversations.history"}, fault: unknown},
		{name: "no e-mail addresses", methods: []string{"users.lookupByEmail"}, fault: slacktest.Fault{Error: "missing_scope"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) {
				if tt.channels != nil {
					s.bot.Channels = tt.channels
				}
				s.bot.Approvers = []string{"chiara@example.com", slacktest.UserBen}
			})
			for _, m := range tt.methods {
				f := tt.fault
				f.Method = m
				w.Inject(f)
			}
			card := w.proposed()
			if strings.Contains(card.AllText(), "chiara@") {
				t.Errorf("the channel sees an approver's address:\n%s", card.AllText())
			}
			if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
				t.Fatal(err)
			}
			w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
			w.until("the result", func() bool { return w.filesNamed(slacktest.ChannelAdmins)["succeeded.csv"] == 1 })
		})
	}
}

// TestUnknownPeople: without users.info files are taken, since the approver guards the account, but nobody can decide.
func TestUnknownPeople(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.Inject(slacktest.Fault{Method: "users.info", Error: "unknown_method"})
	card := w.proposed()
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	if got := w.whispered(slacktest.UserBen, 1); !strings.Contains(got.Text, "(unknown_method)") || strings.Contains(got.Text, "minute") {
		t.Errorf("answer = %q", got.Text)
	}
}

// TestChannelLookupFails: a file is not lost while Slack cannot say what channel it is in.
func TestChannelLookupFails(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) {
		s.slack.AckTimeout, s.slack.RetryDelays = 300*time.Millisecond, []time.Duration{0, 0, 0}
	})
	w.Inject(slacktest.Fault{Method: "conversations.info", Error: "internal_error", Times: 1})
	w.Inject(slacktest.Fault{Method: "conversations.list", Error: "internal_error", Times: 1})
	w.proposed()
	for _, d := range w.Events() {
		if d.Subtype == "file_share" {
			if len(d.Attempts) != 2 || !d.Acked {
				t.Errorf("attempts = %d, acknowledged %v; want the second to be", len(d.Attempts), d.Acked)
			}
			return
		}
	}
	t.Error("no file was shared")
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.Channels = []string{"#Zoom-Admins", "C0ELSEWHERE"} })
	w.Inject(slacktest.Fault{Method: "conversations.info", Channel: "C0ELSEWHERE", Error: "internal_error"})
	for _, tt := range []struct {
		channel, kind string
		want          bool
	}{
		{channel: slacktest.ChannelAdmins, kind: "channel", want: true},
		{channel: slacktest.ChannelAdmins, want: true},
		{channel: "C0ELSEWHERE", want: true},
		{channel: "D0123456", want: true},
		{channel: "X1", kind: "im", want: true},
		{channel: slacktest.ChannelGeneral, kind: "channel"},
	} {
		if got, err := w.bot.allowed(t.Context(), tt.channel, tt.kind); err != nil || got != tt.want {
			t.Errorf("allowed(%q, %q) = %v, %v; want %v", tt.channel, tt.kind, got, err, tt.want)
		}
	}
}

// TestEventShapes: events as other senders write them.
func TestEventShapes(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.Channels = nil })
	file := slack.File{ID: "F0NOWHERE", Name: "team.csv", Filetype: "csv", Mode: "hosted"}
	event := func(change func(*slackevents.MessageEvent)) *slackevents.MessageEvent {
		ev := &slackevents.MessageEvent{Channel: "C1", User: "W012345678", TimeStamp: "1700000000.000100", Message: &slack.Msg{Files: []slack.File{file}}}
		change(ev)
		return ev
	}
	for _, tt := range []struct {
		name   string
		change func(*slackevents.MessageEvent)
		want   int
	}{
		{name: "no subtype and no channel type", change: func(*slackevents.MessageEvent) {}, want: 1},
		{name: "shared to the channel too", change: func(ev *slackevents.MessageEvent) { ev.SubType = "thread_broadcast"; ev.TimeStamp = "2.1" }, want: 1},
		{name: "sender inside the message only", change: func(ev *slackevents.MessageEvent) {
			ev.User, ev.TimeStamp, ev.Message.User, ev.Message.Timestamp = "", "", "U0ADA000001", "3.1"
		}, want: 1},
		{name: "edit", change: func(ev *slackevents.MessageEvent) { ev.SubType = "message_changed"; ev.TimeStamp = "4.1" }},
		{name: "deletion", change: func(ev *slackevents.MessageEvent) { ev.SubType = "message_deleted"; ev.TimeStamp = "5.1" }},
		{name: "another bot", change: func(ev *slackevents.MessageEvent) { ev.BotID = "B1"; ev.TimeStamp = "6.1" }},
		{name: "the bot itself", change: func(ev *slackevents.MessageEvent) { ev.User = slacktest.BotUserID; ev.TimeStamp = "7.1" }},
		{name: "no sender", change: func(ev *slackevents.MessageEvent) { ev.User = ""; ev.TimeStamp = "8.1" }},
		{name: "no message", change: func(ev *slackevents.MessageEvent) { ev.Message = nil; ev.TimeStamp = "9.1" }},
	} {
		before, err := w.jobs.List(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.bot.onMessage(t.Context(), event(tt.change)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		after, err := w.jobs.List(t.Context(), 100)
		if err != nil || len(after)-len(before) != tt.want {
			t.Errorf("%s: %d jobs, %v; want %d", tt.name, len(after)-len(before), err, tt.want)
		}
	}
}

func TestTabular(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file slack.File
		want bool
	}{
		{slack.File{Name: "a.CSV"}, true},
		{slack.File{Name: "a.tsv "}, true},
		{slack.File{Name: "a.txt", Filetype: "text"}, true},
		{slack.File{Name: "Team 1.2", Filetype: "csv"}, true},
		{slack.File{Name: "Team v.new", Filetype: "text"}, false},
		{slack.File{Name: "Team 1.2", Filetype: "text"}, true},
		{slack.File{Name: "export", Mimetype: "text/csv; charset=utf-8"}, true},
		{slack.File{Name: "-", Mode: "snippet", Filetype: "python", Mimetype: "text/plain"}, true},
		{slack.File{Name: "a.json", Mode: "snippet", Filetype: "json", Mimetype: "text/plain"}, false},
		{slack.File{Name: "a.xlsx", Filetype: "xlsx"}, true},
		{slack.File{Name: "Team", Mimetype: mimeWorkbook}, true},
		{slack.File{Name: "a.xls", Filetype: "xls"}, false},
		{slack.File{Name: "a.png", Filetype: "png", Mimetype: "image/png"}, false},
		{slack.File{Name: "README", Mimetype: "application/octet-stream"}, false},
	} {
		if got := tabular(&tt.file); got != tt.want {
			t.Errorf("tabular(%q, %q) = %v, want %v", tt.file.Name, tt.file.Filetype, got, tt.want)
		}
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	p := newPeople(nil, nil, time.Now, nil)
	p.home("T1", "E1")
	for _, tt := range []struct {
		name string
		user slack.User
		want standing
	}{
		{"member", slack.User{TeamID: "T1"}, member},
		{"no team told", slack.User{}, member},
		{"same organisation", slack.User{TeamID: "T2", Enterprise: slack.EnterpriseUser{EnterpriseID: "E1"}}, member},
		{"organisation as team", slack.User{TeamID: "E1"}, member},
		{"other organisation", slack.User{TeamID: "T2", Enterprise: slack.EnterpriseUser{EnterpriseID: "E2"}}, outsider},
		{"stranger", slack.User{TeamID: "T1", IsStranger: true}, outsider},
		{"guest", slack.User{TeamID: "T1", IsRestricted: true}, guest},
		{"single-channel guest", slack.User{TeamID: "T1", IsUltraRestricted: true}, guest},
		{"deactivated", slack.User{TeamID: "T1", Deleted: true}, gone},
		{"bot", slack.User{TeamID: "T1", IsBot: true}, gone},
	} {
		if got := p.standing(&tt.user); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestNoResponseURL: answers find their way without one.
func TestNoResponseURL(t *testing.T) {
	t.Parallel()
	w := start(t)
	cmd := slack.SlashCommand{Text: "help", UserID: slacktest.UserAda, ChannelID: slacktest.ChannelAdmins}
	if err := w.bot.onCommand(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	w.whispered(slacktest.UserAda, 1)
	// Where the bot is not a member, only a direct message is left.
	cmd.ChannelID = slacktest.ChannelRandom
	if err := w.bot.onCommand(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	if got := w.Messages(w.DM(slacktest.UserAda)); len(got) != 1 || !strings.Contains(got[0].AllText(), "/zoomusers help") {
		t.Errorf("direct messages: %d", len(got))
	}
}

func TestCardDeleted(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	w.Inject(slacktest.Fault{Method: "chat.update", Error: "message_not_found", Times: 1})
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, "cancel "+jobOf(&card))
	w.until("a new card", func() bool {
		all := w.about(slacktest.ChannelAdmins, CardEvent)
		return len(all) == 2 && all[1].ThreadTS == card.ThreadTS && stateOf(&all[1]) == jobs.StateCanceled
	})
}

// TestChannelGone: a job whose channel cannot be written to goes on in a direct message.
func TestChannelGone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		gone func(*world)
	}{
		{name: "archived", gone: func(w *world) {
			for _, m := range []string{"chat.postMessage", "chat.update", "files.completeUploadExternal"} {
				w.Inject(slacktest.Fault{Method: m, Channel: slacktest.ChannelAdmins, Error: "is_archived"})
			}
		}},
		{name: "bot removed", gone: func(w *world) { w.Kick(slacktest.ChannelAdmins, slacktest.BotUserID) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			card := w.proposed()
			tt.gone(w)
			if _, err := w.jobs.Approve(t.Context(), jobOf(&card), card.Metadata.EventPayload["digest"].(string), jobs.Actor{ID: slacktest.UserBen}); err != nil {
				t.Fatal(err)
			}
			dm := w.DM(slacktest.UserAda)
			w.cardIn(dm, "", jobs.StateDone)
			w.until("the result", func() bool { return w.filesNamed(dm)["succeeded.csv"] == 1 })
		})
	}
}

func TestBlocksRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.Inject(slacktest.Fault{Method: "chat.postMessage", Error: "invalid_blocks", Times: 1})
	w.Inject(slacktest.Fault{Method: "chat.update", Error: "invalid_blocks", Times: 1})
	card := w.proposed()
	for _, id := range []string{ActionApprove, ActionReject} {
		if _, ok := card.Button(id); !ok {
			t.Errorf("the card has no %s: %v", id, card.ActionIDs())
		}
	}
}

// TestPlainCard: what a Slack may not take goes, the buttons stay.
func TestPlainCard(t *testing.T) {
	t.Parallel()
	b, catalogue := testBot(t, nil)
	var kinds []string
	for _, block := range b.draw(catalogue.For("en"), mixedView(jobs.StateAwaitingApproval)).plain().blocks {
		kinds = append(kinds, string(block.BlockType())+" "+block.ID())
	}
	if diff := cmp.Diff([]string{"section ", "actions mend", "actions decide"}, kinds); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
}

// TestProgress: the card is edited while the job runs, and refused edits do no harm.
func TestProgress(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) {
		s.zoom.Latency = 30 * time.Millisecond
		s.jobs.InFlight = 1
		s.jobs.Tier = "business"
	})
	var data strings.Builder
	data.WriteString("Email,First Name,Last Name,Department\n")
	for i := range 60 {
		data.WriteString("p" + strconv.Itoa(i) + ".new@example.com,P,Number " + strconv.Itoa(i) + ",Sales\n")
	}
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", data.String())
	card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.until("a bar", func() bool {
		m, _ := w.Message(slacktest.ChannelAdmins, card.TS)
		return stateOf(&m) == jobs.StateApplying && strings.Contains(m.AllText(), "█") && strings.Contains(m.AllText(), "steps/s")
	})
	// A limited edit delays others, and the job and its last card all the same come through.
	w.Inject(slacktest.Fault{Method: "chat.update", RetryAfter: 1, Times: 2})
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionCancel); err != nil {
		t.Fatal(err)
	}
	if got := w.whispered(slacktest.UserBen, 1); !strings.Contains(got.Text, "stops after the calls") {
		t.Errorf("answer = %q", got.Text)
	}
	card = w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateCanceled)
	if diff := cmp.Diff([]string{ActionRetry, ActionUndo}, card.ActionIDs()); diff != "" {
		t.Errorf("buttons of a canceled job (-want +got):\n%s", diff)
	}
	if !strings.Contains(card.AllText(), "Canceled by <@"+slacktest.UserBen+">") {
		t.Errorf("card:\n%s", card.AllText())
	}
	w.until("the files", func() bool {
		files := w.filesNamed(slacktest.ChannelAdmins)
		return files["succeeded.csv"] == 1 && files["unprocessed.csv"] == 1
	})
}

// TestInvited: people who are only invited are counted on the card until nobody is waited for.
func TestInvited(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.jobs.Settings.CreateAction = "create" })
	card := w.proposed()
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateFinishing)
	w.until("the report", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) == 2 })
	w.zoom.ActivateAll()
	done := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	if !strings.Contains(done.AllText(), "2 sent, 2 accepted") {
		t.Errorf("card:\n%s", done.AllText())
	}
	w.until("a word at the end", func() bool {
		all := w.about(slacktest.ChannelAdmins, CardEvent)
		return len(all) == 3 && strings.Contains(all[2].Text, "nobody is waited for")
	})
	if u, ok := w.zoom.User("nora.new@example.com"); !ok || u.Dept != "Sales" || u.Status != zoomtest.Active {
		t.Errorf("Zoom has %+v, %v", u, ok)
	}
	if n := w.filesNamed(slacktest.ChannelAdmins)["succeeded.csv"]; n != 1 {
		t.Errorf("result files = %d, want 1", n)
	}
}

func TestPanicIsContained(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.bot.background(t.Context(), "test", func(context.Context) error { panic("a defect") })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	w.bot.Wait(ctx)
	if ctx.Err() != nil {
		t.Error("the handler did not end")
	}
	w.proposed()
}

// TestRefusedToken: a refused app-level token ends the socket with an error instead of hanging.
func TestRefusedToken(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.idle = true })
	w.Inject(slacktest.Fault{Method: "apps.connections.open", Error: "invalid_auth"})
	b := New(Options{API: slack.New(slacktest.BotToken, slack.OptionAppLevelToken("xapp-1"), slack.OptionAPIURL(w.slack+"/api/"))})
	if err := b.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.RunSocket(t.Context()); err == nil || !strings.Contains(err.Error(), "invalid_auth") {
		t.Errorf("RunSocket = %v, want invalid_auth", err)
	}
	w.Inject(slacktest.Fault{Method: "auth.test", Error: "invalid_auth"})
	if err := b.Connect(t.Context()); err == nil {
		t.Error("Connect took a refused token")
	}
}

// TestBadMessage: what cannot be decoded is acknowledged, so that it does not come again.
func TestBadMessage(t *testing.T) {
	t.Parallel()
	b := New(Options{API: slack.New("xoxb-1")})
	var said bytes.Buffer
	client := socketmode.New(b.api, socketmode.OptionDebug(true), socketmode.OptionLog(log.New(&said, "", 0)))
	for _, data := range []any{
		&socketmode.ErrorBadMessage{Message: []byte(`{"envelope_id":"e-readable","type":"events_api","payload":1}`)},
		&socketmode.ErrorBadMessage{Message: []byte(`{"type":`)},
		&socketmode.ErrorBadMessage{Message: []byte(`{"type":"hello"}`)},
		"something else",
	} {
		b.onBadMessage(t.Context(), client, socketmode.Event{Data: data})
	}
	b.Wait(t.Context())
	// The client queues acknowledgements while it has no connection, and says so.
	if n := strings.Count(said.String(), "Scheduling Socket Mode response"); n != 1 || !strings.Contains(said.String(), "e-readable") {
		t.Errorf("acknowledgements = %d, want one for the message with an envelope:\n%s", n, said.String())
	}
}

func TestHTTPMode(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.http = true })
	if err := w.VerifyURL(t.Context()); err != nil {
		t.Errorf("challenge: %v", err)
	}
	card := w.proposed()
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionReject); err != nil {
		t.Fatal(err)
	}
	w.until("a form", func() bool { return len(w.Views(slacktest.UserBen)) == 1 })
	view := w.Views(slacktest.UserBen)[0]
	if said, err := w.SubmitView(slacktest.UserBen, view.ID, map[string]map[string]any{blockReason: {actionReason: "  "}}); err != nil || said[blockReason] == "" {
		t.Errorf("an empty reason: %v, %v", said, err)
	}
	if err := w.Click(slacktest.UserChiara, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateDone)
	if got := w.command(slacktest.UserAda, slacktest.ChannelRandom, "jobs"); !strings.Contains(got.AllText(), jobOf(&card)) {
		t.Errorf("jobs: %s", got.AllText())
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	const secret = "a-signing-secret"
	b := New(Options{API: slack.New("xoxb-1")})
	h := b.Handler(secret)
	challenge := `{"type":"url_verification","challenge":"c0ffee","token":"x"}`
	now := time.Now()
	for _, tt := range []struct {
		name   string
		secret string
		at     time.Time
		kind   string
		body   string
		change func(*http.Request)
		want   int
		answer string
	}{
		{name: "challenge", body: challenge, want: http.StatusOK, answer: "c0ffee"},
		{name: "certificate check", kind: "application/x-www-form-urlencoded", body: url.Values{"ssl_check": {"1"}}.Encode(), want: http.StatusOK},
		{name: "wrong secret", secret: "another", body: challenge, want: http.StatusUnauthorized},
		{name: "old", at: now.Add(-6 * time.Minute), body: challenge, want: http.StatusUnauthorized},
		{name: "from the future", at: now.Add(time.Hour), body: challenge, want: http.StatusUnauthorized},
		{name: "unsigned", body: challenge, change: func(r *http.Request) { r.Header.Del("X-Slack-Signature") }, want: http.StatusUnauthorized},
		{name: "not understood", body: `{"type":"event_callback","event":{"type":7}}`, want: http.StatusOK},
		{name: "bad payload", kind: "application/x-www-form-urlencoded", body: url.Values{"payload": {"{"}}.Encode(), want: http.StatusBadRequest},
		{name: "get", body: challenge, change: func(r *http.Request) { r.Method = http.MethodGet }, want: http.StatusMethodNotAllowed},
		{name: "too large", body: strings.Repeat("x", maxRequest+1), want: http.StatusRequestEntityTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := tt.at
			if at.IsZero() {
				at = now
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, PathEvents, bytes.NewReader([]byte(tt.body)))
			r.Header.Set("Content-Type", orElse(tt.kind, "application/json"))
			r.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(at.Unix(), 10))
			r.Header.Set("X-Slack-Signature", sign(orElse(tt.secret, secret), at, tt.body))
			if tt.change != nil {
				tt.change(r)
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			if rec.Code != tt.want || (tt.answer != "" && rec.Body.String() != tt.answer) {
				t.Errorf("answer = %d %q, want %d %q", rec.Code, rec.Body.String(), tt.want, tt.answer)
			}
		})
	}
}

// TestSocketLost: the bot connects again and goes on.
func TestSocketLost(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	w.Disconnect("refresh_requested")
	w.until("the socket to come back", func() bool { return w.Connections() == 1 })
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, "cancel "+jobOf(&card))
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
	if !w.bot.Ready() {
		t.Error("not ready after connecting again")
	}
}

// sign makes the signature that Slack would.
func sign(secret string, at time.Time, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte("v0:" + strconv.FormatInt(at.Unix(), 10) + ":" + body))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
