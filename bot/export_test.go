package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// exportFile waits for the file of an export in a person's direct message and returns its content and what stands over it.
func (w *world) exportFile(user string) (data, comment string) {
	w.t.Helper()
	dm := w.DM(user)
	w.until("the file", func() bool {
		for _, f := range w.Files(dm) {
			if f.User == slacktest.BotUserID && strings.HasPrefix(f.Name, "zoom-users-") && strings.HasSuffix(f.Name, ".csv") {
				data = string(w.FileBytes(f.ID))
				return true
			}
		}
		return false
	})
	for _, m := range w.Messages(dm) {
		if len(m.Files) > 0 {
			comment = m.Text
		}
	}
	return data, comment
}

func lines(data string) int { return strings.Count(data, "\r\n") - 1 }

func TestExportCommand(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.zoom.AddUser(zoomtest.User{Email: "zoe@example.com", FirstName: "Zoé", LastName: "=Zed", Dept: "Ops", Status: zoomtest.Inactive})
	said := w.command(slacktest.UserAda, slacktest.ChannelRandom, "export status:all dept:“Ops” zoe")
	for _, want := range []string{"has begun", "direct message", "Deactivated", "Ops", "zoe", "the usual ones"} {
		if !strings.Contains(said.AllText(), want) {
			t.Errorf("the answer does not say %q: %s", want, said.AllText())
		}
	}
	data, comment := w.exportFile(slacktest.UserAda)
	if lines(data) != 1 || !strings.Contains(data, "zoe@example.com,Zoé,'=Zed") || !strings.HasPrefix(data, "\ufeffEmail,First Name") {
		t.Errorf("file: %q", data)
	}
	for _, want := range []string{"1 person", "Ops", "<!date^", "update"} {
		if !strings.Contains(comment, want) {
			t.Errorf("over the file stands %q, want %q in it", comment, want)
		}
	}
	card := w.cardIn(w.DM(slacktest.UserAda), "", jobs.StateDone)
	if ids := card.ActionIDs(); len(ids) != 0 {
		t.Errorf("a finished export has the buttons %v", ids)
	}
	w.quiet()
	for _, channel := range []string{slacktest.ChannelRandom, slacktest.ChannelAdmins} {
		if n := len(w.Files(channel)); n != 0 {
			t.Errorf("%d files in a channel", n)
		}
	}
	// What was exported can be posted right there.
	if _, _, err := w.UploadFile(slacktest.UserAda, w.DM(slacktest.UserAda), "zoom-users.csv", []byte(data)); err != nil {
		t.Fatal(err)
	}
	w.until("no changes", func() bool {
		for _, m := range w.about(w.DM(slacktest.UserAda), CardEvent) {
			if stateOf(&m) == jobs.StateNoChanges {
				return true
			}
		}
		return false
	})
}

func TestExportInOtherLanguages(t *testing.T) {
	t.Parallel()
	w := start(t)
	said := w.command(slacktest.UserDelphine, slacktest.ChannelAdmins, "export statut:actif colonnes:x columns:e-mail,prénom")
	if text := said.AllText(); !strings.Contains(text, "Rien n’a été exporté") || !strings.Contains(text, "colonnes") {
		t.Errorf("the answer: %s", text)
	}
	w.command(slacktest.UserDelphine, slacktest.ChannelAdmins, "export statut:actif columns:e-mail,prénom,nom")
	data, _ := w.exportFile(slacktest.UserDelphine)
	if !strings.HasPrefix(data, "\ufeffE-mail;Prénom;Nom\r\n") || lines(data) < 10 {
		t.Errorf("file: %q", data)
	}
}

func TestExportProblems(t *testing.T) {
	t.Parallel()
	w := start(t)
	answered := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "export stauts:active since:soon columns:emial,<script>")
	said := answered.AllText()
	for _, want := range []string{"Nothing was exported", "stauts", "Did you mean “status”", "soon", "emial", "&lt;script&gt;", "since:30d"} {
		if !strings.Contains(said, want) {
			t.Errorf("the answer does not say %q: %s", want, said)
		}
	}
	if list, err := w.jobs.List(t.Context(), 10); err != nil || len(list) != 0 {
		t.Errorf("jobs: %v, %v", list, err)
	}
	answered = w.command(slacktest.UserGus, slacktest.ChannelAdmins, "export status:all")
	if said = answered.AllText(); strings.Contains(said, "has begun") {
		t.Errorf("a guest is told: %s", said)
	}
}

func TestExportNobody(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, `export group:"No such <group>" zebra`)
	card := w.cardIn(w.DM(slacktest.UserAda), "", jobs.StateDone)
	for _, want := range []string{"Nobody fits", "No such &lt;group&gt;", "zebra"} {
		if !strings.Contains(card.AllText(), want) {
			t.Errorf("the card does not say %q: %s", want, card.AllText())
		}
	}
	w.quiet()
	if n := len(w.Files(w.DM(slacktest.UserAda))); n != 0 {
		t.Errorf("%d files, want none", n)
	}
}

// picked are options that somebody chose of several.
func picked(values ...string) map[string]any {
	options := make([]any, len(values))
	for i, v := range values {
		options[i] = map[string]any{"value": v}
	}
	return map[string]any{"selected_options": options}
}

func TestExportForm(t *testing.T) {
	t.Parallel()
	w := start(t)
	group := w.zoom.AddGroup("Sales; <EMEA>")
	w.zoom.AddUser(zoomtest.User{Email: "zoe@example.com", FirstName: "Zoé", LastName: "Zed", Dept: "Ops, Paris", JobTitle: "Chief", GroupIDs: []string{group.ID}})
	if err := w.Command(slacktest.UserAda, slacktest.ChannelRandom, Command, "export"); err != nil {
		t.Fatal(err)
	}
	w.until("the form", func() bool { return len(w.Views(slacktest.UserAda)) == 1 })
	view := w.Views(slacktest.UserAda)[0]
	values := map[string]map[string]any{
		exportStatus:  {exportStatus: picked("active", "pending")},
		exportGroup:   {exportGroup: picked("Sales; <EMEA>")},
		exportDept:    {exportDept: `"Ops, Paris", Other`},
		exportSince:   {exportSince: map[string]any{"selected_date": "2999-01-01"}},
		exportText:    {exportText: "zoe"},
		exportColumns: {exportColumns: picked(string(roster.JobTitle), string(roster.UserGroup), string(jobs.AllAttributes))},
	}
	said, err := w.SubmitView(slacktest.UserAda, view.ID, values)
	if err != nil || !strings.Contains(said[exportSince], "still to come") {
		t.Fatalf("a day to come: %v, %v", said, err)
	}
	values[exportSince] = map[string]any{exportSince: map[string]any{"selected_date": "2001-01-01"}}
	if said, err = w.SubmitView(slacktest.UserAda, view.ID, values); err != nil || len(said) > 0 {
		t.Fatalf("submit: %v, %v", said, err)
	}
	data, comment := w.exportFile(slacktest.UserAda)
	want := "\ufeffEmail,Job Title,User Group\r\nzoe@example.com,Chief,\"\"\"Sales; <EMEA>\"\"\"\r\n"
	if data != want {
		t.Errorf("file %q, want %q", data, want)
	}
	if !strings.Contains(comment, "Sales; &lt;EMEA&gt;") || !strings.Contains(comment, "2001-01-01") {
		t.Errorf("over the file stands %q", comment)
	}
}

// TestExportProgress: the card says what a large export takes, how far it is, and has a button that stops it.
func TestExportProgress(t *testing.T) {
	t.Parallel()
	w := start(t, func(s *settings) { s.jobs.Share = 0.01 })
	for i := range 100 {
		w.zoom.AddUser(zoomtest.User{Email: fmt.Sprintf("p%03d@example.com", i), FirstName: "P", LastName: "N"})
	}
	w.zoom.Inject(
		zoomtest.Fault{Method: "GET", Path: "/users/*", Nth: 60, Times: -1, Effect: zoomtest.Hang},
	)
	answered := w.command(slacktest.UserAda, slacktest.ChannelAdmins, "export columns:email,job title")
	said := answered.AllText()
	if !strings.Contains(said, "at most 11") || !strings.Contains(said, "calls to Zoom") {
		t.Errorf("the answer does not say what it takes: %s", said)
	}
	dm := w.DM(slacktest.UserAda)
	var card slacktest.Message
	w.until("progress", func() bool {
		m, ok := w.card(dm, "")
		card = m
		return ok && strings.Contains(m.AllText(), "person by person") && strings.Contains(m.AllText(), "█")
	})
	if err := w.Click(slacktest.UserDelphine, dm, card.TS, ActionCancel); err == nil {
		t.Error("somebody else can press the button")
	}
	if err := w.Click(slacktest.UserAda, dm, card.TS, ActionCancel); err != nil {
		t.Fatal(err)
	}
	card = w.cardIn(dm, "", jobs.StateCanceled)
	if !strings.Contains(card.AllText(), "There is no file") || len(card.ActionIDs()) > 0 {
		t.Errorf("card: %s, buttons %v", card.AllText(), card.ActionIDs())
	}
	w.quiet()
	if n := len(w.Files(dm)); n != 0 {
		t.Errorf("%d files, want none", n)
	}
}

// TestExportRestart ends the process where Slack has done something that the bot does not know of yet.
func TestExportRestart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method string
		nth    int32
	}{{"chat.postMessage", 1}, {"files.getUploadURLExternal", 1}, {"files.completeUploadExternal", 1}} {
		t.Run(tt.method, func(t *testing.T) {
			t.Parallel()
			d := &dying{method: tt.method, nth: tt.nth, died: make(chan struct{})}
			w := start(t, func(s *settings) { s.wrap = d.wrap })
			if err := w.Command(slacktest.UserAda, slacktest.ChannelAdmins, Command, "export status:all"); err != nil {
				t.Fatal(err)
			}
			<-d.died
			w.stop()
			w.redis.FastForward(2 * time.Minute)
			d.dead.Store(false)
			w.process = w.run()
			w.exportFile(slacktest.UserAda)
			dm := w.DM(slacktest.UserAda)
			w.cardIn(dm, "", jobs.StateDone)
			w.quiet()
			names := w.filesNamed(dm)
			if len(names) != 1 {
				t.Errorf("files %v, want one", names)
			}
			for name, n := range names {
				if n != 1 {
					t.Errorf("%s was uploaded %d times", name, n)
				}
			}
			if n := len(w.about(dm, CardEvent)); n != 1 {
				t.Errorf("%d cards, want one", n)
			}
		})
	}
}

// TestExportRefusedFile: the card says what Slack said.
func TestExportRefusedFile(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.Inject(slacktest.Fault{Method: "files.completeUploadExternal", Error: "file_uploads_disabled"})
	w.command(slacktest.UserAda, slacktest.ChannelAdmins, "export status:all")
	dm := w.DM(slacktest.UserAda)
	w.until("the word", func() bool {
		m, ok := w.card(dm, "")
		return ok && strings.Contains(m.AllText(), "file_uploads_disabled")
	})
}

func TestExportCard(t *testing.T) {
	t.Parallel()
	b, catalogue := testBot(t, func(o *Options) { o.MaxRows = 100 })
	english := catalogue.For("en")
	j := jobs.Job{
		ID: "k7m2-9xqd", Kind: jobs.KindExport, State: jobs.StateDone, Requester: jobs.Actor{ID: slacktest.UserAda},
		Export: &jobs.Query{Text: "ann@example.com", Columns: jobs.AllColumns()},
		Exported: &jobs.Exported{
			People: 101, Bytes: 1, Unreadable: []roster.Field{roster.Division, jobs.AllAttributes},
			Unknown: []jobs.UnknownName{{Field: roster.Role, Name: "<!channel>", Nearest: "Admin"}},
		},
	}
	words := func(v view) string {
		c := b.draw(english, v)
		var out strings.Builder
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode([]any{c.text, c.blocks}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	open, private := words(view{job: j}), words(view{job: j, private: true})
	for _, want := range []string{"101 people", "at most", "100", "Division, Custom attributes", "&lt;!channel&gt;", "Did you mean “Admin”", "ann@example.com"} {
		if !strings.Contains(open, want) {
			t.Errorf("the card does not say %q:\n%s", want, open)
		}
	}
	if strings.Contains(private, "ann@example.com") || strings.Contains(open, "<!channel>") {
		t.Errorf("a card shows what it must not:\n%s\n%s", open, private)
	}
	states := make(map[string]bool)
	for _, s := range jobs.States() {
		j.State = s
		states[exportStands(&j)] = true
		if words(view{job: j}) == "" {
			t.Errorf("no words for %s", s)
		}
	}
	if diff := cmp.Diff(map[string]bool{"running": true, "done": true, "canceled": true, "errored": true}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}
