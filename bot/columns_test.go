package bot

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// furnished is a world whose account has one of everything that a file can name.
func furnished(t *testing.T, change ...func(*settings)) *world {
	t.Helper()
	w := start(t, append([]func(*settings){func(s *settings) { s.zoom.IMGroups = true }}, change...)...)
	w.zoom.AddGroup("Orchard; North")
	w.zoom.AddIMGroup("Lunch `club`")
	w.zoom.AddDivision("Meadow")
	w.zoom.AddUser(zoomtest.User{
		Email: "site@example.com", FirstName: "Si", LastName: "Te",
		CustomAttributes: []zoomtest.CustomAttribute{{Key: "cbf_site", Name: "Site", Value: "Harbour"}},
	})
	return w
}

// lastFile is the newest file that the bot sent to a person, read as a table.
func (w *world) lastFile(user string) (slacktest.File, [][]string) {
	w.t.Helper()
	files := slices.DeleteFunc(w.Files(w.DM(user)), func(f slacktest.File) bool { return f.User != slacktest.BotUserID })
	if len(files) == 0 {
		w.t.Fatal("no file was sent")
	}
	f := files[len(files)-1]
	data := strings.TrimPrefix(string(w.FileBytes(f.ID)), "\ufeff")
	table := csv.NewReader(strings.NewReader(data))
	table.FieldsPerRecord = -1
	if first, _, _ := strings.Cut(data, "\n"); strings.Contains(first, ";") {
		table.Comma = ';'
	}
	rows, err := table.ReadAll()
	if err != nil {
		w.t.Fatalf("%s: %v\n%s", f.Name, err, data)
	}
	return f, rows
}

func TestColumns(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	got := w.command(slacktest.UserAda, slacktest.ChannelRandom, "columns")
	wantIn(t, "the answer", got.AllText(),
		"*First Name* – Needed for new people. At most 64 characters.", "*User Group*", "Orchard; North (0 people)",
		"Lunch `club`", "Meadow", "*Custom: Site*", " of 120 seats free)", " of 10 seats free)", "fr-FR",
		"values, all in the file", "`Europe/Paris`", "`(clear)`", "`+Sales; -Support`", "Never written:", "direct message",
		"deactivate, activate, resend, withdraw")
	f, rows := w.lastFile(slacktest.UserAda)
	if f.Name != "zoomusers-columns.csv" {
		t.Errorf("file %q", f.Name)
	}
	want := map[string]string{
		"User Group": "Orchard; North", "Time Zone": "Asia/Tokyo", "Language": "jp-JP", "Division": "Meadow", "Webinar": "1000",
	}
	for column, value := range want {
		if !slices.ContainsFunc(rows, func(r []string) bool { return foldedColumn(r[0]) == foldedColumn(column) && r[3] == value }) {
			t.Errorf("the file has no value %s for %s", value, column)
		}
	}

	got = w.command(slacktest.UserDelphine, slacktest.ChannelRandom, "columns")
	wantIn(t, "the answer in French", got.AllText(), "*Prénom*", "Au plus 64 caractères", " places libres sur 120", "message direct")
	if _, rows := w.lastFile(slacktest.UserDelphine); rows[0][0] != "Colonne" {
		t.Errorf("the French file begins with %q", rows[0])
	}
}

// TestColumnExamples: what is shown as an example is taken as it stands.
func TestColumnExamples(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	a, err := w.jobs.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var header, row []string
	for _, f := range slices.Concat(columnGroups(&a)...) {
		if example := columnExample(&a, f); example != "" {
			header, row = append(header, roster.HeaderName(f, "en")), append(row, example)
		}
	}
	var file strings.Builder
	if err := roster.Write(&file, header, [][]string{row}, roster.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	r, err := roster.Read([]byte(file.String()), roster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Issues) > 0 || len(r.Rows) != 1 || len(header) < 20 {
		t.Errorf("%d columns, issues %+v", len(header), r.Issues)
	}
}

func foldedColumn(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

// TestColumnsCost: the account is read once for several questions, in few calls.
func TestColumnsCost(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	before := len(w.zoom.Calls())
	for _, words := range []string{"columns", "columns", "template update", "template"} {
		w.command(slacktest.UserAda, slacktest.ChannelRandom, words)
	}
	if n := len(w.zoom.Calls()) - before; n > 6 {
		t.Errorf("%d calls to Zoom, want one for the token and five for the account", n)
	}
}

// TestColumnsWithout: what the app may not see is said, and the rest is there.
func TestColumnsWithout(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	for _, path := range []string{"/groups", "/im/groups", "/divisions", "/accounts/me/plans/usage"} {
		w.zoom.Inject(zoomtest.Fault{Path: path, Times: -1, Effect: zoomtest.Respond, Status: 400, Code: 4711, Message: "Invalid access token, does not contain scopes:[some:scope]."})
	}
	got := w.command(slacktest.UserAda, slacktest.ChannelRandom, "columns")
	wantIn(t, "the answer", got.AllText(), "*User Group*", "Zoom does not let me see", "This account has none", "*Custom: Site*")
	wantNotIn(t, "the answer", got.AllText(), "Orchard", "seats free")
}

// TestColumnsOfLargeAccounts keeps to Slack's limits whatever the account has.
func TestColumnsOfLargeAccounts(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	for i := range 300 {
		w.zoom.AddGroup(fmt.Sprintf("%03d <!channel> *%s*", i, strings.Repeat("長い", 40)))
	}
	got := w.command(slacktest.UserAda, slacktest.ChannelRandom, "columns")
	wantIn(t, "the answer", got.AllText(), "more in the file", "&lt;!channel&gt;")
	wantNotIn(t, "the answer", got.AllText(), "<!channel>")
	if _, rows := w.lastFile(slacktest.UserAda); len(rows) < 700 {
		t.Errorf("the file has %d rows", len(rows))
	}
}

func TestTemplateOfTheAccount(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	for _, tt := range []struct {
		words, name string
		want        []string // cells of the header and of the example
		without     []string
	}{
		{words: "template", name: "zoomusers-import-template.csv", want: []string{"Email", "First Name", "User Group", "Custom: Site"}},
		{words: "template import fr-CA", name: "zoomusers-import-template.csv", want: []string{"Prénom", "Custom: Site"}, without: []string{"First Name"}},
		{words: "template update", name: "zoomusers-update-template.csv", want: []string{"Email", "Custom: Site", "Main Division", "1000", "licensed"}},
		{words: "template JA Update", name: "zoomusers-update-template.csv", want: []string{"Custom: Site", "Main Division"}, without: []string{"Email"}},
	} {
		got := w.command(slacktest.UserAda, slacktest.ChannelRandom, tt.words)
		wantIn(t, tt.words, got.Text, "direct message")
		f, rows := w.lastFile(slacktest.UserAda)
		if f.Name != tt.name || len(rows) != 2 {
			t.Fatalf("%s: %q with %d rows", tt.words, f.Name, len(rows))
		}
		cells := slices.Concat(rows[0], rows[1])
		for _, want := range tt.want {
			if !slices.Contains(cells, want) {
				t.Errorf("%s: no cell %q in %q", tt.words, want, cells)
			}
		}
		for _, other := range tt.without {
			if slices.Contains(cells, other) {
				t.Errorf("%s: a cell %q in %q", tt.words, other, cells)
			}
		}
		groups := exampleGroups([]jobs.GroupSize{{Name: w.firstGroups(2)[0]}, {Name: w.firstGroups(2)[1]}})
		if !slices.Contains(cells, groups) {
			t.Errorf("%s: the example does not name the account's groups %q: %q", tt.words, groups, cells)
		}
	}
	for _, words := range []string{"template klingon", "template fr export"} {
		got := w.command(slacktest.UserAda, slacktest.ChannelRandom, words)
		wantIn(t, words, got.Text, "neither a kind of template nor a language", "import, update", "en, fr, de, es, pt, it, nl, ja")
	}
	got := w.command(slacktest.UserDelphine, slacktest.ChannelRandom, "template")
	wantIn(t, "the answer in French", got.Text, "le modèle")
	if _, rows := w.lastFile(slacktest.UserDelphine); !slices.Contains(rows[0], "Prénom") {
		t.Errorf("the French template has %q", rows[0])
	}
}

// firstGroups are the first names of the account's groups as they are sorted for people.
func (w *world) firstGroups(n int) []string {
	w.t.Helper()
	a, err := w.jobs.Columns(w.t.Context())
	if err != nil || len(a.Groups) < n {
		w.t.Fatalf("%d groups, %v", len(a.Groups), err)
	}
	names := make([]string, 0, n)
	for _, g := range a.Groups[:n] {
		names = append(names, g.Name)
	}
	return names
}

// TestTemplateIsTaken: a template that is posted as it is makes a plan without any word about its columns.
func TestTemplateIsTaken(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	for i, words := range []string{"template import", "template update de"} {
		w.command(slacktest.UserAda, slacktest.ChannelRandom, words)
		f, _ := w.lastFile(slacktest.UserAda)
		r, err := roster.Read(w.FileBytes(f.ID), roster.Options{Required: []roster.Field{roster.Email}})
		if err != nil {
			t.Fatalf("%s: %v", words, err)
		}
		if len(r.Issues) > 0 || len(r.Rows) != 1 {
			t.Errorf("%s: %d rows, issues %+v", words, len(r.Rows), r.Issues)
		}
		if i == 1 && (!r.Has(roster.Action) || !r.Has(roster.CustomField("Site")) || !r.Has(roster.Division)) {
			t.Errorf("columns: %q", r.Header)
		}
	}
}

// TestTemplateWithoutZoom: when Zoom cannot be read there still is a template.
func TestTemplateWithoutZoom(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	w.zoom.Inject(zoomtest.Fault{Path: "/groups", Times: -1, Effect: zoomtest.Respond, Status: 401, Code: 124, Message: "Invalid access token."})
	got := w.command(slacktest.UserAda, slacktest.ChannelRandom, "template")
	wantIn(t, "the answer", got.Text, "general columns")
	_, rows := w.lastFile(slacktest.UserAda)
	header := make([]string, 0, 9)
	for _, f := range roster.TemplateFields() {
		header = append(header, roster.HeaderName(f, "en"))
	}
	if diff := cmp.Diff(header, rows[0]); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}
