package bot

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

func TestStory(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.asynq = true })
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample)
	card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
	if card.ThreadTS != ts {
		t.Errorf("the card stands in thread %q, want %q", card.ThreadTS, ts)
	}
	if diff := cmp.Diff([]string{ActionChooseMode, ActionChooseType, ActionApprove, ActionReject}, card.ActionIDs()); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	id, digest := jobOf(&card), card.Metadata.EventPayload["digest"]
	want := map[string]any{"job_id": id, "kind": "auto", "state": "awaiting_approval", "digest": digest}
	if diff := cmp.Diff(want, card.Metadata.EventPayload); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	approve, _ := card.Button(ActionApprove)
	if approve["value"] != id+" "+digest.(string) {
		t.Errorf("value of Approve = %v, want the job and the digest", approve["value"])
	}
	label, _ := approve["text"].(map[string]any)
	if label["text"] != "Approve" {
		t.Errorf("label = %v", label["text"])
	}
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, card.TS, ActionApprove); err != nil {
		t.Fatal(err)
	}
	done := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateDone)
	if diff := cmp.Diff([]string{ActionUndo}, done.ActionIDs()); diff != "" {
		t.Errorf("buttons of a job that is done (-want +got):\n%s", diff)
	}
	if !strings.Contains(done.AllText(), "Approved by <@"+slacktest.UserBen+">, <!date^") {
		t.Errorf("the card does not say who approved, and when:\n%s", done.AllText())
	}
	if u, ok := w.zoom.User("nora.new@example.com"); !ok || u.Dept != "Sales" {
		t.Errorf("Zoom has %+v, %v", u, ok)
	}
	w.until("the report", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) == 2 })
	report := w.about(slacktest.ChannelAdmins, CardEvent)[1]
	for _, words := range []string{"<@" + slacktest.UserAda + ">", "<@" + slacktest.UserBen + ">", "Created *2*"} {
		if !strings.Contains(report.AllText(), words) {
			t.Errorf("the report lacks %q:\n%s", words, report.AllText())
		}
	}
	if diff := cmp.Diff(map[string]int{"plan-" + id + ".csv": 1, "succeeded.csv": 1}, w.filesNamed(slacktest.ChannelAdmins)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	// The files of the bot came back as events and made no job.
	w.quiet()
	list, err := w.jobs.List(t.Context(), 10)
	if err != nil || len(list) != 1 {
		t.Errorf("jobs = %d, %v; want 1", len(list), err)
	}
	m, _ := w.Message(slacktest.ChannelAdmins, ts)
	if len(m.Reactions) != 1 {
		t.Errorf("reactions = %+v, want one", m.Reactions)
	}
}

func TestTakesFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		channels []string
		user     string
		channel  string
		upload   slacktest.Upload
		cards    int
	}{
		{name: "channel by name", channels: []string{"#zoom-admins"}},
		{name: "channel by id", channels: []string{slacktest.ChannelAdmins}},
		{name: "no channel configured"},
		{name: "direct message", channels: []string{"elsewhere"}, channel: "D"},
		{name: "several files", channels: []string{"zoom-admins"}, upload: slacktest.Upload{Files: []slacktest.NewFile{
			{Name: "one.csv", Data: []byte(sample)}, {Name: "two.csv", Data: []byte(strings.ReplaceAll(sample, "new@", "newer@"))},
		}}, cards: 2},
		{name: "snippet", channels: []string{"zoom-admins"}, upload: slacktest.Upload{Files: []slacktest.NewFile{
			{Name: "Untitled", Mode: "snippet", Mimetype: "text/plain", Data: []byte(sample)},
		}}},
		{name: "Slack Connect stub", channels: []string{"zoom-admins"}, upload: slacktest.Upload{Files: []slacktest.NewFile{
			{Name: "team.csv", FileAccess: "check_file_info", Data: []byte(sample)},
		}}},
		{name: "odd name", channels: []string{"zoom-admins"}, upload: slacktest.Upload{Files: []slacktest.NewFile{
			{Name: "Équipe 1.2.CSV", Data: []byte(sample)},
		}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) { s.bot.Channels = tt.channels })
			up := tt.upload
			up.Channel = slacktest.ChannelAdmins
			if tt.channel == "D" {
				up.Channel = w.DM(slacktest.UserAda)
			}
			if up.Files == nil {
				up.Files = []slacktest.NewFile{{Name: "team.csv", Data: []byte(sample)}}
			}
			m, err := w.Upload(slacktest.UserAda, up)
			if err != nil {
				t.Fatal(err)
			}
			w.until("cards", func() bool {
				n := 0
				for _, c := range w.about(up.Channel, CardEvent) {
					if stateOf(&c) == jobs.StateAwaitingApproval && c.ThreadTS == m.TS {
						n++
					}
				}
				return n == max(tt.cards, 1)
			})
		})
	}
}

func TestFileInThread(t *testing.T) {
	t.Parallel()
	w := start(t)
	root, err := w.Post(slacktest.UserBen, slacktest.ChannelAdmins, "who has the list?")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Upload(slacktest.UserAda, slacktest.Upload{
		Channel: slacktest.ChannelAdmins, ThreadTS: root, Files: []slacktest.NewFile{{Name: "team.csv", Data: []byte(sample)}},
	}); err != nil {
		t.Fatal(err)
	}
	if card := w.cardIn(slacktest.ChannelAdmins, root, jobs.StateAwaitingApproval); card.ThreadTS != root {
		t.Errorf("thread = %q, want %q", card.ThreadTS, root)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	big := "Email,First Name,Last Name\n" + strings.Repeat("a@example.com,A,B\n", 200)
	for _, tt := range []struct {
		name    string
		user    string
		channel string
		file    slacktest.NewFile
		want    string // in the thread
		card    bool   // as a card
	}{
		{name: "other channel", channel: slacktest.ChannelGeneral, file: slacktest.NewFile{Name: "team.csv", Data: []byte(sample)}, want: "#zoom-admins"},
		{name: "picture", file: slacktest.NewFile{Name: "cat.png", Data: []byte("\x89PNG\r\n\x1a\n")}, want: "cat.png is neither a CSV nor"},
		{name: "workbook", file: slacktest.NewFile{Name: "team.xlsx", Data: []byte("PK\x03\x04")}, want: "ZIP archive", card: true},
		{name: "pdf", file: slacktest.NewFile{Name: "<!channel>.pdf", Data: []byte("%PDF-1.7")}, want: "&lt;!channel&gt;.pdf is neither a CSV nor"},
		{name: "too large", file: slacktest.NewFile{Name: "big.csv", Data: []byte(big)}, want: "more than the"},
		{name: "guest", user: slacktest.UserGus, file: slacktest.NewFile{Name: "team.csv", Data: []byte(sample)}, want: "guest", card: true},
		{name: "stranger", user: slacktest.UserSasha, channel: slacktest.ChannelPartner, file: slacktest.NewFile{Name: "team.csv", Data: []byte(sample)}, want: "another organization", card: true},
		{name: "link", file: slacktest.NewFile{Name: "team.csv", Mode: "external", ExternalURL: "https://files.example.org/team.csv"}, want: "only a link", card: true},
		{name: "deleted", file: slacktest.NewFile{Name: "team.csv", Mode: "tombstone", Data: []byte(sample)}, want: "could not be fetched", card: true},
		{name: "hidden", file: slacktest.NewFile{Name: "team.csv", Mode: "hidden_by_limit", Data: []byte(sample)}, want: "could not be fetched", card: true},
		{name: "web page as csv", file: slacktest.NewFile{Name: "team.csv", Data: []byte("<!DOCTYPE html><html><body>no</body></html>")}, want: "not a CSV", card: true},
		{name: "workbook as csv", file: slacktest.NewFile{Name: "team.csv", Data: []byte("PK\x03\x04\x14\x00\x06\x00[Content_Types].xml")}, want: "Nothing was changed", card: true},
		{name: "empty", file: slacktest.NewFile{Name: "team.csv", Data: []byte("\n\n")}, want: "empty", card: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) {
				s.bot.MaxBytes = 2000
				s.bot.Channels = []string{"zoom-admins", slacktest.ChannelPartner}
			})
			user, channel := orElse(tt.user, slacktest.UserAda), orElse(tt.channel, slacktest.ChannelAdmins)
			m, err := w.Upload(user, slacktest.Upload{Channel: channel, Files: []slacktest.NewFile{tt.file}})
			if err != nil {
				t.Fatal(err)
			}
			if tt.card {
				card := w.cardIn(channel, m.TS, jobs.StateInvalid)
				if !strings.Contains(card.AllText(), tt.want) {
					t.Errorf("the card lacks %q:\n%s", tt.want, card.AllText())
				}
				if len(card.ActionIDs()) > 0 {
					t.Errorf("buttons on a refusal: %v", card.ActionIDs())
				}
				return
			}
			w.until("a refusal", func() bool { return len(w.Thread(channel, m.TS)) > 1 })
			if got := w.Thread(channel, m.TS)[1].Text; !strings.Contains(got, tt.want) {
				t.Errorf("answer = %q, want %q in it", got, tt.want)
			}
			// The same once more, as after a lost acknowledgement.
			if err := w.Redeliver(""); err != nil {
				t.Fatal(err)
			}
			w.quiet()
			if n := len(w.Thread(channel, m.TS)); n != 2 {
				t.Errorf("messages in the thread = %d, want 2", n)
			}
		})
	}
}

// downloads answers downloads with other bytes than were posted.
func downloads(body string) func(*settings) {
	return func(s *settings) {
		s.wrap = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.URL.Path, "/files-pri/") {
					next.ServeHTTP(rw, r)
					return
				}
				_, _ = io.WriteString(rw, body)
			})
		}
	}
}

func TestRefusesWhatComesDown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, want string }{
		{name: "larger than Slack said", body: sample + strings.Repeat("x", 3000), want: "too large"},
		{name: "sign-in page", body: "\ufeff <!DOCTYPE html><html><body>Sign in</body></html>", want: "could not be fetched"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, downloads(tt.body), func(s *settings) { s.bot.MaxBytes = 2000; s.jobs.Now = fast() })
			ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample)
			card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateInvalid)
			if !strings.Contains(card.AllText(), tt.want) {
				t.Errorf("the card lacks %q:\n%s", tt.want, card.AllText())
			}
		})
	}
}

func TestSameEventTwice(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) {
		s.slack.AckTimeout, s.slack.RetryDelays = 300*time.Millisecond, []time.Duration{0, 0, 0}
	})
	w.DropAcks(1)
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample)
	w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
	if err := w.Redeliver(""); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	if n := len(w.about(slacktest.ChannelAdmins, CardEvent)); n != 1 {
		t.Errorf("cards = %d, want 1", n)
	}
	if list, err := w.jobs.List(t.Context(), 10); err != nil || len(list) != 1 {
		t.Errorf("jobs = %d, %v; want 1", len(list), err)
	}
}

func TestSameFileTwice(t *testing.T) {
	t.Parallel()
	w := start(t)
	first := w.proposed()
	ts := w.post(slacktest.UserBen, slacktest.ChannelAdmins, "again <b>.csv", sample)
	var told []slacktest.Message
	w.until("a word about the duplicate", func() bool {
		told = w.about(slacktest.ChannelAdmins, CardEvent+"_duplicate")
		return len(told) == 1
	})
	if got := told[0]; got.ThreadTS != ts || !strings.Contains(got.Text, jobOf(&first)) || !strings.Contains(got.Text, "/archives/") ||
		!strings.Contains(got.Text, "&lt;b&gt;") {
		t.Errorf("answer in %s: %s", got.ThreadTS, got.Text)
	}
	if n := len(w.about(slacktest.ChannelAdmins, CardEvent)); n != 1 {
		t.Errorf("cards = %d, want 1", n)
	}
	if list, err := w.jobs.List(t.Context(), 10); err != nil || len(list) != 1 {
		t.Errorf("jobs = %d, %v; want 1", len(list), err)
	}
}

func TestIgnores(t *testing.T) {
	t.Parallel()
	w := start(t)
	ts, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "good morning")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.DeleteMessage(slacktest.UserAda, slacktest.ChannelAdmins, ts); err != nil {
		t.Fatal(err)
	}
	if err := w.Invite(slacktest.ChannelAdmins, slacktest.UserSasha); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Upload(slacktest.UserAda, slacktest.Upload{Channel: slacktest.ChannelGeneral, Files: []slacktest.NewFile{{Name: "cat.png", Data: []byte("x")}}}); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	for _, channel := range []string{slacktest.ChannelAdmins, slacktest.ChannelGeneral} {
		for _, m := range w.everything(channel) {
			if m.User == slacktest.BotUserID {
				t.Errorf("the bot said %q", m.Text)
			}
		}
	}
}

// TestPlaceholder: the first sign does not wait for the reading, nor for the scope of reactions.
func TestPlaceholder(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.Inject(slacktest.Fault{Method: "reactions.add", Error: "missing_scope"})
	w.Inject(slacktest.Fault{Method: "files.info", Error: "internal_error"})
	ts := w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", sample)
	card := w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateReceived, jobs.StateReading)
	if card.Metadata.EventPayload["digest"] != "" {
		t.Errorf("metadata: %v", card.Metadata.EventPayload)
	}
	w.ClearFaults()
	w.cardIn(slacktest.ChannelAdmins, ts, jobs.StateAwaitingApproval)
}

func TestMessageShortcut(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.Channels = nil })
	// A file from before the bot was there.
	ts := w.post(slacktest.UserAda, slacktest.ChannelRandom, "team.csv", sample)
	if err := w.Invite(slacktest.ChannelRandom, slacktest.BotUserID); err != nil {
		t.Fatal(err)
	}
	if err := w.Shortcut(slacktest.UserAda, ShortcutMessage, slacktest.ChannelRandom, ts); err != nil {
		t.Fatal(err)
	}
	card := w.cardIn(slacktest.ChannelRandom, ts, jobs.StateAwaitingApproval)
	if err := w.Shortcut(slacktest.UserAda, ShortcutMessage, slacktest.ChannelRandom, ts); err != nil {
		t.Fatal(err)
	}
	if got := w.whispered(slacktest.UserAda, 1); !strings.Contains(got.Text, jobOf(&card)) {
		t.Errorf("the second time: %q", got.Text)
	}
	plain, err := w.Post(slacktest.UserAda, slacktest.ChannelRandom, "no file here")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Shortcut(slacktest.UserAda, ShortcutMessage, slacktest.ChannelRandom, plain); err != nil {
		t.Fatal(err)
	}
	if got := w.whispered(slacktest.UserAda, 2); !strings.Contains(got.Text, "no file") {
		t.Errorf("without a file: %q", got.Text)
	}
}
