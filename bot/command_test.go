package bot

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// near is an id that differs from another in its last letter.
func near(id string) string {
	if strings.HasSuffix(id, "2") {
		return id[:len(id)-1] + "3"
	}
	return id[:len(id)-1] + "2"
}

func TestCommands(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	id := jobOf(&card)
	loud := strings.ToUpper(strings.ReplaceAll(id, "-", ""))
	// In #random the bot is not a member: the answers come all the same.
	for _, tt := range []struct {
		user, words string
		want, lacks []string
		buttons     []string
	}{
		{words: "", want: []string{"`/zoomusers help`", "`/zoomusers import`"}},
		{words: "help", want: []string{"`/zoomusers status k7m2-9xqd`", "`/zoomusers cancel k7m2-9xqd`", "`/zoomusers template fr`", "<@" + slacktest.UserBen + ">"}},
		{words: "—help", want: []string{"`/zoomusers help`"}},
		{words: "“HELP”", want: []string{"`/zoomusers help`"}},
		{words: "frobnicate <!channel>", want: []string{"“frobnicate” is not a command. `/zoomusers help` lists them."}, lacks: []string{"Did you mean", "/zoomusers import"}},
		{words: "approve " + id, want: []string{"is done with the buttons on the card; `/zoomusers jobs` links to it"}, lacks: []string{"not a command"}},
		{words: "Reject", want: []string{"is done with the buttons on the card"}},
		{words: "aprove", want: []string{"“aprove” is not a command", "is done with the buttons on the card"}},
		{words: "stopp", want: []string{"Did you mean `/zoomusers cancel`?"}},
		{words: "stop", want: []string{"Is it this job", "`" + id + "`"}, buttons: []string{ActionCancel}},
		{user: slacktest.UserDelphine, words: "abort " + id, want: []string{"approbateur"}},
		{words: "stauts", want: []string{"“stauts” is not a command", "Did you mean `/zoomusers status`? `/zoomusers help` lists them."}},
		{words: "template-fr", want: []string{"Did you mean `/zoomusers template`?"}},
		{words: "help", want: []string{
			"*Steering:*", "Guards halt a job", "stopping leaves invitations open", "completes invited people who have accepted since",
			"the same file posted again is that one job", "done with the buttons on the job’s card", "`/zoomusers cancel [job]`", "`stop` and `abort`",
		}},
		{words: "status " + near(id), want: []string{"Did you mean `" + id + "`?"}},
		{words: "status " + id[:8], want: []string{"is not a job ID", "Did you mean `" + id + "`?"}},
		{user: slacktest.UserBen, words: "status " + near(id), want: []string{"Did you mean `" + id + "`?"}},
		{words: "<!channel>", want: []string{"“&lt;!channel&gt;” is not a command"}},
		{user: slacktest.UserDelphine, words: "help", want: []string{"`/zoomusers status k7m2-9xqd`", "CSV"}},
		{words: "status " + id, want: []string{id, "dry run"}},
		{words: "status `" + strings.ReplaceAll(id, "-", "–") + "`", want: []string{id, "dry run"}},
		{words: "STATUS " + strings.NewReplacer("0", "O", "1", "l").Replace(loud), want: []string{id, "dry run"}},
		{words: "status", want: []string{id}},
		{user: slacktest.UserBen, words: "status", want: []string{"You have no jobs"}},
		{words: "status 0000-0000", want: []string{"There is no job 0000-0000"}},
		{words: "status hello", want: []string{"“hello” is not a job"}},
		{words: "retry nonsense", want: []string{"There is no job nonsense."}},
		{words: "retry NONS ENSE", want: []string{"There is no job NONS ENSE."}},
		{words: "jobs", want: []string{"`" + id + "`", "team.csv", "add 2 people"}},
		{words: "template fr", want: []string{"direct message"}},
		{words: "cancel", want: []string{"Is it this job", "`" + id + "`"}, buttons: []string{ActionCancel}},
		{user: slacktest.UserDelphine, words: "cancel " + id, want: []string{"approbateur"}},
		{words: "cancel " + id, want: []string{"is canceled"}},
		{user: slacktest.UserBen, words: "cancel " + id, want: []string{"cannot be canceled any more. It is canceled already."}},
	} {
		user := orElse(tt.user, slacktest.UserAda)
		got := w.command(user, slacktest.ChannelRandom, tt.words)
		for _, want := range tt.want {
			if !strings.Contains(got.AllText(), want) {
				t.Errorf("%q by %s lacks %q:\n%s", tt.words, user, want, got.AllText())
			}
		}
		for _, not := range tt.lacks {
			if strings.Contains(got.AllText(), not) {
				t.Errorf("%q by %s has %q:\n%s", tt.words, user, not, got.AllText())
			}
		}
		if got.Text == "" || !slices.Equal(got.ActionIDs(), tt.buttons) {
			t.Errorf("%q: text %q, buttons %v", tt.words, got.Text, got.ActionIDs())
		}
	}
	for _, m := range w.Messages(slacktest.ChannelRandom) {
		if m.User == slacktest.BotUserID {
			t.Errorf("everybody sees %q", m.Text)
		}
	}
	w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
	files := w.Files(w.DM(slacktest.UserAda))
	if len(files) != 1 || !strings.Contains(string(w.FileBytes(files[0].ID)), "Prénom") {
		t.Errorf("template: %+v", files)
	}
}

// TestCancelByApprover: approvers may stop what others asked for.
func TestCancelByApprover(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	w.command(slacktest.UserBen, slacktest.ChannelGeneral, "cancel "+jobOf(&card))
	card = w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
	if !strings.Contains(card.AllText(), "Canceled by <@"+slacktest.UserBen+">") {
		t.Errorf("card:\n%s", card.AllText())
	}
}

func TestNoJobs(t *testing.T) {
	t.Parallel()
	w := start(t)
	if got := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "jobs"); !strings.Contains(got.Text, "no jobs") {
		t.Errorf("answer = %q", got.Text)
	}
}

func TestImportForm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		channels []string
		typed    string // where the command is typed
		open     func(*world) error
		mode     string
		want     string // where the card comes
		state    jobs.State
	}{
		{name: "in its channel", channels: []string{"zoom-admins"}, typed: slacktest.ChannelAdmins, want: slacktest.ChannelAdmins, state: jobs.StateAwaitingApproval},
		{name: "elsewhere, by name", channels: []string{"zoom-admins"}, typed: slacktest.ChannelRandom, want: "D", state: jobs.StateAwaitingApproval},
		{name: "elsewhere, by id", channels: []string{slacktest.ChannelAdmins}, typed: slacktest.ChannelGeneral, want: "D", state: jobs.StateAwaitingApproval},
		{name: "where the bot is not", typed: slacktest.ChannelRandom, want: "D", state: jobs.StateAwaitingApproval},
		{name: "dry run", channels: []string{"zoom-admins"}, typed: slacktest.ChannelAdmins, mode: modeDryRun, want: slacktest.ChannelAdmins, state: jobs.StatePlanned},
		{name: "by the shortcut", open: func(w *world) error { return w.Shortcut(slacktest.UserAda, ShortcutGlobal, "", "") }, want: "D", state: jobs.StateAwaitingApproval},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(s *settings) { s.bot.Channels = tt.channels })
			open := tt.open
			if open == nil {
				open = func(w *world) error { return w.Command(slacktest.UserAda, tt.typed, Command, "import") }
			}
			if err := open(w); err != nil {
				t.Fatal(err)
			}
			w.until("the form", func() bool { return len(w.Views(slacktest.UserAda)) == 1 })
			view := w.Views(slacktest.UserAda)[0]
			picture, err := w.ViewFile(slacktest.UserAda, slacktest.NewFile{Name: "notes.txt", Data: []byte(sample)})
			if err != nil {
				t.Fatal(err)
			}
			values := map[string]map[string]any{blockFile: {actionFile: map[string]any{"files": []any{picture}}}, blockType: {actionType: "2"}}
			if tt.mode != "" {
				values[blockDryRun] = map[string]any{actionDryRun: map[string]any{"selected_options": []any{map[string]any{"value": tt.mode}}}}
			}
			said, err := w.SubmitView(slacktest.UserAda, view.ID, values)
			if err != nil || len(said) > 0 {
				t.Fatalf("submit: %v, %v", said, err)
			}
			channel := tt.want
			if channel == "D" {
				channel = w.DM(slacktest.UserAda)
			}
			card := w.cardIn(channel, "", tt.state)
			if card.IsReply() {
				t.Errorf("the card stands in thread %q", card.ThreadTS)
			}
			if !strings.Contains(card.AllText(), "Licensed") {
				t.Errorf("the chosen type is not shown:\n%s", card.AllText())
			}
			if _, decisive := card.Button(ActionApprove); decisive != (tt.state == jobs.StateAwaitingApproval) {
				t.Errorf("buttons: %v", card.ActionIDs())
			}
			w.until("the plan under the card", func() bool { return w.filesNamed(channel)["plan-"+jobOf(&card)+".csv"] == 1 })
			// The dry run may have been slower than the card.
			if n := len(w.Thread(channel, card.TS)) - len(w.notices(channel, newsAsk)); n != 2 {
				t.Errorf("messages in the card's thread = %d, want 2", n)
			}
		})
	}
}

func TestImportFormRefuses(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.bot.MaxBytes = 50 })
	if err := w.Command(slacktest.UserAda, slacktest.ChannelAdmins, Command, "import"); err != nil {
		t.Fatal(err)
	}
	w.until("the form", func() bool { return len(w.Views(slacktest.UserAda)) == 1 })
	large, err := w.ViewFile(slacktest.UserAda, slacktest.NewFile{Name: "team.csv", Data: []byte(sample)})
	if err != nil {
		t.Fatal(err)
	}
	said, err := w.SubmitView(slacktest.UserAda, w.Views(slacktest.UserAda)[0].ID,
		map[string]map[string]any{blockFile: {actionFile: map[string]any{"files": []any{large}}}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said[blockFile], "more than the") {
		t.Errorf("the form says %v", said)
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	w := start(t)
	card := w.proposed()
	if err := w.OpenHome(slacktest.UserAda); err != nil {
		t.Fatal(err)
	}
	w.until("the Home tab", func() bool { _, ok := w.Home(slacktest.UserAda); return ok })
	home, _ := w.Home(slacktest.UserAda)
	m := slacktest.Message{Blocks: home.Blocks}
	if !strings.Contains(m.AllText(), jobOf(&card)) || !strings.Contains(m.AllText(), "/zoomusers help") {
		t.Errorf("home:\n%s", m.AllText())
	}
}

func TestSplitWords(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]string{
		"":                                {},
		"  status\u00a0 k7m2–9xqd ":       {"status", "k7m2-9xqd"},
		"“cancel” ‘k7m2—9xqd’":            {"cancel", "k7m2-9xqd"},
		"a &amp;lt; b":                    {"a", "&lt;", "b"},
		"status\tK7M2\n9XQD":              {"status", "K7M2", "9XQD"},
		"\u200bhelp\ufeff":                {"help"},
		"template\u2003fr \u202fde `es` ": {"template", "fr", "de", "es"},
	} {
		if diff := cmp.Diff(want, splitWords(typed)); diff != "" {
			t.Errorf("splitWords(%q) (-want +got):\n%s", typed, diff)
		}
	}
}

func FuzzSplitWords(f *testing.F) {
	for _, s := range []string{"", "help", "status k7m2–9xqd", "“x” &amp;lt;", "\xff\xfe", "cancel  \u202e1"} {
		f.Add(s)
	}
	spaces := regexp.MustCompile(`[\s"“”` + "`" + `]`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, word := range splitWords(s) {
			if word == "" || spaces.MatchString(word) {
				t.Errorf("word %q", word)
			}
			if utf8.ValidString(s) && !utf8.ValidString(word) {
				t.Errorf("torn word %q", word)
			}
			if id, ok := jobs.ParseID(word); ok && len(id) != len("k7m2-9xqd") {
				t.Errorf("id %q", id)
			}
		}
	})
}
