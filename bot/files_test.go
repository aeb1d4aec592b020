package bot

import (
	"strings"
	"testing"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// TestSurplusCells: a row with more cells than the header keeps them in failed.csv, and is refused again when that file is
// posted as it is.
func TestSurplusCells(t *testing.T) {
	t.Parallel()
	catalogue, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	const file = "Email,First Name,Last Name,Department\nana@example.com,Ana,Lima,Sales,Lisbon\n"
	for round := range 2 {
		data := []byte(file)
		if round > 0 {
			data = failedFile(t, catalogue, data)
			if !strings.Contains(string(data), "Lisbon") {
				t.Fatalf("the surplus cell is lost:\n%s", data)
			}
		}
		r, err := roster.Read(data, roster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Invalid(1) {
			t.Errorf("round %d: the row passes:\n%s", round, data)
		}
	}
}

func failedFile(t *testing.T, c *text.Catalogue, data []byte) []byte {
	t.Helper()
	r, err := roster.Read(data, roster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	results := []jobs.Result{{
		Row: r.Rows[0], Change: plan.Change{Line: 2, Verdict: plan.VerdictInvalid}, Outcome: jobs.OutcomeFailed, Issues: r.Issues,
	}}
	files := resultFiles(c.For("en"), &jobs.Job{}, r, results)
	if len(files) != 1 || files[0].name != "failed.csv" {
		t.Fatalf("files = %v", files)
	}
	out, err := files[0].data()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCommandsOfOutsiders: guests and people of other organisations learn nothing about jobs.
func TestCommandsOfOutsiders(t *testing.T) {
	t.Parallel()
	w := start(t)
	for user, channel := range map[string]string{slacktest.UserGus: slacktest.ChannelGeneral, slacktest.UserSasha: slacktest.ChannelPartner} {
		if err := w.Invite(channel, user); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"jobs", "status", "import"} {
			got := w.command(user, channel, typed)
			if !strings.Contains(got.Text, "member") || strings.Contains(got.Text, "hand in") {
				t.Errorf("%s: answer = %q", typed, got.Text)
			}
		}
		if n := len(w.Views(user)); n != 0 {
			t.Errorf("%d forms opened", n)
		}
	}
}
