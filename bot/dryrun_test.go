package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// wholePlan is a plan of which an approver must know a lot, of n people or groups each.
func wholePlan(n int) view {
	v := mixedView(jobs.StateAwaitingApproval)
	v.job.Plan.Counts = plan.Counts{
		Rows: 9 * n, Create: n, Update: n, Activate: n, Deactivate: n, Resend: n, Withdraw: n, Delete: n, Unlink: n,
	}
	v.job.Plan.Seats = []plan.Seats{{Licence: plan.LicenceBase, Needed: 4 * n, Freed: n, Known: true}}
	v.job.Plan.NewGroups = slices.Repeat([]string{"Moon Base"}, n)
	v.issues = []roster.Issue{
		{Code: plan.CodeTouchesAdmins, Severity: roster.Warning, Params: map[string]string{"count": strconv.Itoa(n)}},
		{Code: plan.CodeTakesLicences, Severity: roster.Warning, Params: map[string]string{"count": strconv.Itoa(n)}},
	}
	return v
}

// TestQuestion: the question before an approval says what is lost and made by it, and fits into Slack's dialog.
func TestQuestion(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	small := wholePlan(2)
	small.job.Plan.Counts = plan.Counts{Rows: 2, Update: 2}
	small.job.Plan.Seats = []plan.Seats{{Licence: plan.LicenceBase, Freed: 2, Known: true}}
	want := "This will happen in Zoom: take the license from 2 people, create 2 user groups, change 2 people. " +
		"Licenses given back: 2. Owners and administrators changed: 2."
	if got := question(catalogue.For("en"), small); got != want {
		t.Errorf("question = %q, want %q", got, want)
	}
	for _, language := range []string{"en", "fr", "de", "es", "ja"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			p := catalogue.For(language)
			for _, n := range []int{1, 2, 9999} {
				got := question(p, wholePlan(n))
				if length(got) > questionLimit {
					t.Errorf("%d characters: %q", length(got), got)
				}
				lacking(t, "the question", got,
					p.T("remove.what.delete", "count", n), p.T("remove.what.unlink", "count", n), p.T("ui.what.deactivate", "count", n),
					p.T("ui.confirm.freed", "freed", p.Number(n)), p.T("ui.confirm.admins", "count", p.Number(n)),
					p.T("ui.confirm.short", "short", p.Number(3*n)))
			}
		})
	}
}

// TestCreateQuestion: the names of the groups that are to be created are read before they are.
func TestCreateQuestion(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	for _, language := range []string{"en", "fr", "de", "es", "ja"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			p := catalogue.For(language)
			v := view{job: jobs.Job{Fixes: jobs.Fixes{Missing: []string{"Sales", "Saels"}}}}
			lacking(t, "the question", createQuestion(p, v), "Sales", "Saels", p.T("ui.mend.create_text", "count", 2))
			private := v
			private.private = true
			if got := createQuestion(p, private); strings.Contains(got, "Saels") {
				t.Errorf("a private question names a group: %q", got)
			}
			for i := range 40 {
				v.job.Fixes.Missing = append(v.job.Fixes.Missing, fmt.Sprintf("%d %s", i, strings.Repeat("x", 200)))
			}
			got := createQuestion(p, v)
			if length(got) > questionLimit {
				t.Errorf("%d characters: %q", length(got), got)
			}
			lacking(t, "the question", got, "Sales", "Saels", p.T("ui.mend.create_text", "count", 42))
		})
	}
}

// TestChangeParts: what costs and the groups stand before values that may be left out, and an invitation changes nobody.
func TestChangeParts(t *testing.T) {
	t.Parallel()
	_, catalogue := testBot(t, nil)
	p := catalogue.For("en")
	fields := []plan.FieldChange{
		{Field: roster.Department, Old: "A", New: "B"},
		{Field: roster.Location, Old: "A", New: "B"},
		{Field: roster.Company, Old: "A", New: "B"},
		{Field: roster.JobTitle, Old: "A", New: "B"},
		{Field: roster.Webinar, Old: "", New: "500"},
		{Field: roster.UserType, Old: "basic", New: "licensed"},
	}
	for _, tt := range []struct {
		name   string
		change plan.Change
		want   string
	}{
		{
			"update",
			plan.Change{Action: plan.ActionUpdate, Fields: fields, Groups: []plan.Group{{Name: "Sales"}}},
			"Webinar: off → 500 | User Type: Basic → Licensed | joins “Sales” | Department: “A” → “B” | Location: “A” → “B” | 2 more values",
		},
		{"resend", plan.Change{Action: plan.ActionResend, Fields: fields}, "is invited again"},
	} {
		if got := strings.Join(changeParts(p, &tt.change, false), " | "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestProgressActivated: people who are activated are counted with those who are changed, and that is said.
func TestProgressActivated(t *testing.T) {
	t.Parallel()
	b, catalogue := testBot(t, nil)
	j := jobs.Job{
		ID: "k7m2-9xqd", State: jobs.StateDone, Kind: jobs.KindAuto, StartedAt: time.Unix(1, 0), FinishedAt: time.Unix(2, 0),
		Counts: jobs.Counts{Updated: 3}, Plan: &jobs.PlanSummary{Counts: plan.Counts{Rows: 3, Update: 2, Activate: 1}},
	}
	raw, err := json.Marshal(b.drawReport(catalogue.For("en"), view{job: j}, "").blocks)
	if err != nil {
		t.Fatal(err)
	}
	lacking(t, "the report", string(raw), "Changed or activated *3*")
}
