package bot

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hostile is what a file may hold to harm a card.
const hostile = "<!channel> *`_~ & \u202e]evil[ a\u00a0b 🎉 שלום\nsecond\x07 line"

func sampleJob(state jobs.State) jobs.Job {
	at := time.Date(2025, 3, 1, 9, 30, 0, 0, time.UTC)
	j := jobs.Job{
		ID: "k7m2-9xqd", State: state, Kind: jobs.KindImport, Requester: jobs.Actor{ID: "U0ADA000001", Name: "Ada"},
		Source: jobs.Source{Name: "équipe.csv", Size: 4096}, Settings: jobs.Settings{UserType: 2}, CreatedAt: at,
		ExpiresAt: at.Add(24 * time.Hour), Front: map[string]string{refChannel: "C0ZOOMADMIN", refThread: "1.1", refCard: "1.2"},
	}
	summary := &jobs.PlanSummary{
		Digest: "0123456789abcdef0123456789abcdef", MadeAt: at.Add(time.Second),
		Counts: plan.Counts{Rows: 1300, Create: 1200, Unchanged: 40, Differs: 5, Pending: 3, Inactive: 2, Invalid: 50},
		Seats:  []plan.Seats{{Licence: plan.LicenceBase, Needed: 1200, Total: 1500, Used: 500, Free: 1000, Known: true}},
		Cost:   plan.Cost{Heavy: 1200, Medium: 41, Light: 12, Duration: 75 * time.Second},
		Errors: 50, Warnings: 250,
	}
	decision := &jobs.Decision{Verdict: jobs.Approved, Actor: jobs.Actor{ID: "U0BEN000002"}, At: at.Add(time.Hour), Digest: summary.Digest}
	counts := jobs.Counts{Created: 1100, Waiting: 20, Failed: 30, Skipped: 50, Unprocessed: 100}
	started := func() { j.Decision, j.StartedAt, j.Counts = decision, at.Add(2*time.Hour), counts }
	finished := func() { j.FinishedAt = at.Add(2*time.Hour + 90*time.Second) }
	switch state {
	case jobs.StateReceived, jobs.StateReading, jobs.StatePlanning:
		return j
	case jobs.StateInvalid:
		j.Reason = jobs.Reason{Code: jobs.ReasonCode(roster.TooManyRows), Params: map[string]string{"rows": "12000", "max": "9999"}}
		return j
	case jobs.StateAwaitingApproval:
	case jobs.StatePlanned:
		j.DryRun = true
	case jobs.StateNoChanges:
		j.Reason = jobs.Reason{Code: jobs.ReasonNobodyToAdd}
	case jobs.StateApproved:
		j.Decision = decision
	case jobs.StateRejected:
		j.Decision = &jobs.Decision{Verdict: jobs.Rejected, Actor: decision.Actor, At: decision.At, Reason: "no:\n" + hostile}
	case jobs.StateExpired:
	case jobs.StateApplying:
		started()
	case jobs.StatePaused:
		started()
		j.Reason = jobs.Reason{Code: jobs.ReasonDailyLimit, Params: map[string]string{"until": "2025-03-02T00:00:00Z"}}
		j.ResumeAt = at.Add(14 * time.Hour)
	case jobs.StateFinishing, jobs.StateDone:
		started()
		finished()
		j.Counts.Invited, j.Counts.Activated, j.Counts.Finished, j.Counts.Lapsed = 40, 20, 19, 1
	case jobs.StateCanceled:
		started()
		finished()
		j.Stop = &jobs.Stop{Actor: decision.Actor, At: j.FinishedAt}
	case jobs.StateErrored:
		started()
		finished()
		j.Reason = jobs.Reason{Code: jobs.ReasonSeats, Params: map[string]string{"detail": "no seat for " + hostile}}
	}
	j.Plan = summary
	return j
}

// mixedView is a file that does a bit of everything.
func mixedView(state jobs.State) view {
	j := sampleJob(state)
	j.Kind, j.Source.Name = jobs.KindAuto, "mixed.csv"
	at := j.CreatedAt
	long := make([]string, 0, 30)
	for i := range 30 {
		long = append(long, fmt.Sprintf("Group %d %s", i, strings.Repeat("x", 120)))
	}
	j.Plan = &jobs.PlanSummary{
		Digest: "fedcba9876543210fedcba9876543210", MadeAt: at.Add(time.Second),
		Counts: plan.Counts{
			Rows: 260, Create: 12, Update: 180, Activate: 2, Deactivate: 9, Resend: 4, Withdraw: 3, Unchanged: 30, Differs: 1,
			Pending: 5, Inactive: 4, Absent: 2, Invalid: 8,
		},
		Seats: []plan.Seats{
			{Licence: plan.LicenceBase, Needed: 14, Freed: 4, Known: true, Total: 50, Used: 45, Free: 5},
			{Licence: plan.AddOn(roster.LargeMeeting, 500), Needed: 2, Known: true, Total: 10, Used: 4, Free: 6},
			{Licence: plan.AddOn(roster.LargeMeeting, 1000), Known: true, Total: 2, Used: 2},
			{Licence: plan.AddOn(roster.Webinar, 1000), Freed: 1, Known: true, Total: 5, Used: 5},
		},
		Cost: plan.Cost{Light: 200, Medium: 20, Heavy: 30, Duration: 3 * time.Minute, Days: 2, PerDay: 50, Left: 7}, Errors: 8, Warnings: 3,
		Correctable: 5, NewGroups: long,
		Tidied: roster.Changes{Trimmed: 14, LowerCased: 1, EmptyLines: 3, LineBreaks: 2},
	}
	j.Fixes = jobs.Fixes{
		Columns: map[string]roster.Field{"Fist Name": roster.FirstName, "Departement " + hostile: roster.Department},
		Groups:  map[string]string{"Bärlin": "Berlin", "Sale": "Sales & Ops"}, Missing: append([]string{"Bärlin"}, long...),
	}
	sales, berlin := plan.Group{ID: "g1", Name: "Sales & Ops", Kind: plan.UserGroup}, plan.Group{ID: "g2", Name: "Berlin", Kind: plan.IMGroup}
	if !j.StartedAt.IsZero() {
		j.Counts = jobs.Counts{
			Created: 2, Updated: 170, Deactivated: 9, Withdrawn: 3, Waiting: 9, Lapsed: 5, Unchanged: 30, Skipped: 12, Conflict: 4,
			Failed: 10, Unprocessed: 6, Invited: 16, Activated: 2, Finished: 2,
		}
	}
	return view{job: j, changes: []plan.Change{
		{Line: 2, Row: 1, Key: "new@example.com", Action: plan.ActionCreate, Verdict: plan.VerdictCreate, UserType: 1},
		{Line: 3, Row: 2, Key: "ann@example.com", Action: plan.ActionUpdate, Verdict: plan.VerdictUpdate, Fields: []plan.FieldChange{
			{Field: roster.Department, Old: "Sales", New: hostile},
			{Field: roster.JobTitle, Old: "", New: strings.Repeat("very long ", 40)},
			{Field: roster.Location, Old: "Lyon", New: ""},
			{Field: roster.CustomField("Badge"), Old: "1", New: "2"},
			{Field: roster.Pronouns, Old: "", New: "they"},
		}, Groups: []plan.Group{sales, berlin}},
		{Line: 4, Row: 3, Key: "ben@example.com", Action: plan.ActionUpdate, Verdict: plan.VerdictUpdate, Fields: []plan.FieldChange{
			{Field: roster.UserType, Old: "licensed", New: "basic"}, {Field: roster.LargeMeeting, Old: "500", New: "0"},
		}, Leaves: []plan.Group{sales}},
		{Line: 5, Row: 4, Key: "cem@example.com", Action: plan.ActionDeactivate, Verdict: plan.VerdictDeactivate},
		{Line: 6, Row: 5, Key: "dora@example.com", Action: plan.ActionActivate, Verdict: plan.VerdictActivate, Fields: []plan.FieldChange{{Field: roster.UserType, Old: "basic", New: "licensed"}}},
		{Line: 7, Row: 6, Key: "eve@example.com", Action: plan.ActionResend, Verdict: plan.VerdictResend, UserType: 1},
		{Line: 8, Row: 7, Key: "finn@example.com", Action: plan.ActionWithdraw, Verdict: plan.VerdictWithdraw},
		{Line: 9, Row: 8, Key: "new2@example.com", Action: plan.ActionCreate, Verdict: plan.VerdictCreate, UserType: 2},
	}, issues: append(hostileIssues(), roster.Issue{
		Code: plan.CodeNotEnoughSeats, Severity: roster.Warning, Params: map[string]string{"needed": "14", "free": "9", "short": "5"},
	})}
}

// hostileIssues are more than a card can show, each with values that try to get out of it.
func hostileIssues() []roster.Issue {
	var out []roster.Issue
	for i := range 300 {
		is := roster.Issue{Line: i + 2, Row: i + 1, Col: 1, Field: roster.Email, Column: "E-mail " + hostile, Severity: roster.Warning}
		switch i % 4 {
		case 0:
			is.Code, is.Value, is.Severity = roster.InvalidEmail, hostile, roster.Error
			is.Params = map[string]string{"reason": "no_at"}
		case 1:
			is.Code, is.Field, is.Severity = plan.CodeUnknownGroup, roster.UserGroup, roster.Error
			is.Params = map[string]string{"group": hostile, "nearest": "Sales & Ops; <@U0BEN000002>"}
		case 2:
			is.Code, is.Value = roster.EmailTypo, "pat@example.con"
			is.Params, is.Suggestion = map[string]string{"domain": "example.com"}, "pat@example.com"
		case 3:
			is.Code, is.Field, is.Value = plan.CodeUnknownManager, roster.Manager, hostile
			is.Params = map[string]string{"manager": strings.Repeat("&<>", 400)}
		}
		out = append(out, is)
	}
	return out
}

func testBot(t *testing.T, change func(*Options)) (*Bot, *text.Catalogue) {
	t.Helper()
	catalogue, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{API: slack.New("xoxb-1"), Text: catalogue, Approvers: []string{"S0APPROVERS"}}
	if change != nil {
		change(&o)
	}
	return New(o), catalogue
}

type drawn struct {
	name string
	card card
	md   slack.SlackMetadata
}

// cards draws every kind of card.
func cards(t *testing.T, language string) []drawn {
	t.Helper()
	b, catalogue := testBot(t, nil)
	p := catalogue.For(language)
	var out []drawn
	add := func(name string, v view) {
		v.approvers = "<!subteam^S0APPROVERS>"
		out = append(out, drawn{name, b.draw(p, v), metadata(&v.job)})
	}
	for _, s := range jobs.States() {
		v := view{job: sampleJob(s)}
		if v.job.Plan != nil {
			v.issues = hostileIssues()
		}
		if s == jobs.StateApplying {
			v.progress = &jobs.Progress{Counts: v.job.Counts, Done: 1100, Total: 1200, PerSecond: 19.26, Left: 5 * time.Second}
		}
		add(string(s), v)
	}
	replanned := sampleJob(jobs.StateAwaitingApproval)
	replanned.Replaced, replanned.Reason = replanned.Plan, jobs.Reason{Code: jobs.ReasonAccountChanged}
	add("awaiting_approval_again", view{job: replanned, asking: true})
	add("awaiting_approval_private", view{job: sampleJob(jobs.StateAwaitingApproval), issues: hostileIssues(), private: true})
	stopping := sampleJob(jobs.StateApplying)
	stopping.Stop = &jobs.Stop{Actor: jobs.Actor{ID: "U0BEN000002"}, At: stopping.StartedAt}
	add("applying_stopping", view{job: stopping})
	long := sampleJob(jobs.StateAwaitingApproval)
	long.Source.Name = strings.Repeat(hostile+"👩‍👩‍👧 ", 200) + ".csv"
	add("awaiting_approval_long_name", view{job: long, issues: hostileIssues()})
	for _, s := range []jobs.State{jobs.StateDone, jobs.StateFinishing, jobs.StateCanceled, jobs.StateErrored} {
		j := sampleJob(s)
		out = append(out, drawn{"report_" + string(s), b.drawReport(p, view{job: j}, "https://example.slack.com/archives/C0ZOOMADMIN/p12"), metadata(&j)})
	}
	for _, s := range []jobs.State{jobs.StateAwaitingApproval, jobs.StatePlanned, jobs.StateApplying, jobs.StateDone, jobs.StatePlanning} {
		v := mixedView(s)
		add("mixed_"+string(s), v)
	}
	private := mixedView(jobs.StateAwaitingApproval)
	private.private = true
	add("mixed_private", private)
	asking := mixedView(jobs.StateAwaitingApproval)
	asking.asking = true
	add("mixed_asking", asking)
	update := mixedView(jobs.StateNoChanges)
	update.job.Kind, update.job.Plan.Counts, update.changes, update.issues = jobs.KindUpdate, plan.Counts{Rows: 3, Unchanged: 2, Absent: 1}, nil, nil
	update.job.Fixes = jobs.Fixes{}
	add("update_no_changes", update)
	headless := sampleJob(jobs.StateAwaitingApproval)
	headless.Plan.Header = []string{"Email", "First Name", "Last Name", "Department"}
	add("awaiting_approval_headless", view{job: headless, example: []string{"ann@example.com", "Ann", hostile}})
	add("awaiting_approval_headless_asking", view{job: headless, asking: true})
	unusable := sampleJob(jobs.StateNoChanges)
	unusable.Reason = jobs.Reason{Code: jobs.ReasonNobodyToAdd}
	unusable.Plan = &jobs.PlanSummary{Digest: unusable.Plan.Digest, MadeAt: unusable.Plan.MadeAt, Counts: plan.Counts{Rows: 5, Invalid: 5}, Errors: 5}
	add("no_usable", view{job: unusable})
	misspelt := sampleJob(jobs.StateInvalid)
	misspelt.Reason = jobs.Reason{Code: jobs.ReasonCode(roster.MissingColumn), Params: map[string]string{"columns": "email", "headers": "Emial,Fist Name,Last Name"}}
	misspelt.Fixes = jobs.Fixes{Columns: map[string]roster.Field{"Emial": roster.Email, "Fist Name": roster.FirstName}}
	add("invalid_mendable", view{job: misspelt})
	seats := sampleJob(jobs.StatePaused)
	seats.Reason = jobs.Reason{Code: jobs.ReasonSeats, Params: map[string]string{"licence": "large_meeting_500", "rows": "3", "until": "2025-03-01T12:00:00Z"}}
	add("paused_seats", view{job: seats})
	retried := sampleJob(jobs.StateReading)
	retried.Attempts, retried.RetryAt = 2, retried.CreatedAt.Add(time.Minute)
	add("reading_retried", view{job: retried})
	for _, s := range []jobs.State{jobs.StateCanceled, jobs.StateErrored} {
		j := sampleJob(s)
		j.StartedAt, j.Counts = time.Time{}, jobs.Counts{}
		add(string(s)+"_early", view{job: j})
	}
	bare := sampleJob(jobs.StateDone)
	bare.Front[refNoFiles], bare.Front[refAppliedAt] = "file_uploads_disabled", bare.StartedAt.Add(-time.Second).Format(time.RFC3339Nano)
	bare.Counts.Unchanged = 7
	out = append(out, drawn{"report_no_files", b.drawReport(p, view{job: bare}, ""), metadata(&bare)})
	for _, c := range controlViews() {
		add(c.name, c.view)
	}
	for _, name := range []string{"undo_done"} {
		v := controlViews()[slices.IndexFunc(controlViews(), func(c namedView) bool { return c.name == name })].view
		j := v.job
		out = append(out, drawn{"report_" + name, b.drawReport(p, view{job: j, links: v.links, others: v.others}, ""), metadata(&j)})
	}
	finished := sampleJob(jobs.StateDone)
	out = append(out, drawn{"report_finished", drawFinished(p, &finished), metadata(&finished)})
	return out
}

// TestCards holds every card against its golden file, and Slack's limits against every card.
func TestCards(t *testing.T) {
	t.Parallel()
	workspace := slacktest.New(slacktest.Options{RateOff: true})
	server := httptest.NewServer(workspace)
	t.Cleanup(func() {
		workspace.Close()
		server.Close()
	})
	poster, _ := testBot(t, func(o *Options) { o.API = slack.New(slacktest.BotToken, slack.OptionAPIURL(server.URL+"/api/")) })
	for _, language := range []string{"en", "fr"} {
		for _, d := range cards(t, language) {
			t.Run(language+"/"+d.name, func(t *testing.T) {
				t.Parallel()
				checkCard(t, d.card)
				var got bytes.Buffer
				enc := json.NewEncoder(&got)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				if err := enc.Encode(map[string]any{"text": d.card.text, "blocks": d.card.blocks, "metadata": d.md}); err != nil {
					t.Fatal(err)
				}
				golden(t, language+"_"+d.name+".golden", got.Bytes())
				ts, err := poster.postCard(t.Context(), slacktest.ChannelAdmins, "", d.md, d.card)
				if err != nil {
					t.Fatalf("Slack does not take it: %v", err)
				}
				if err := poster.editCard(t.Context(), slacktest.ChannelAdmins, ts, d.md, d.card); err != nil {
					t.Fatalf("Slack does not take it as an edit: %v", err)
				}
				if n := workspace.CallCount("chat.postMessage"); n > 400 {
					t.Errorf("%d posts: cards were refused and posted plainly", n)
				}
			})
		}
	}
	t.Cleanup(func() {
		for _, c := range workspace.Calls() {
			if c.Error != "" {
				t.Errorf("%s was refused: %s", c.Method, c.Error)
			}
		}
	})
}

// checkCard checks what every card promises.
func checkCard(t *testing.T, c card) {
	t.Helper()
	if n := utf8.RuneCountInString(c.text); n == 0 || n > 4000 || !strings.ContainsAny(c.text, ".") {
		t.Errorf("text of %d characters: %q", n, c.text)
	}
	raw, err := json.Marshal(c.blocks)
	if err != nil {
		t.Fatal(err)
	}
	var blocks any
	if err := json.Unmarshal(raw, &blocks); err != nil {
		t.Fatal(err)
	}
	checkMarks(t, c.text)
	walkMrkdwn(blocks, func(s string) { checkMarks(t, s) })
	for _, missing := range []string{"[ui.", "[reason.", "[issue.", "<no value>", "{{"} {
		if strings.Contains(string(raw)+c.text, missing) {
			t.Errorf("a text is missing: %s", missing)
		}
	}
}

func walkMrkdwn(v any, f func(string)) {
	switch v := v.(type) {
	case map[string]any:
		if v["type"] == "mrkdwn" {
			f(fmt.Sprint(v["text"]))
		}
		for _, inner := range v {
			walkMrkdwn(inner, f)
		}
	case []any:
		for _, inner := range v {
			walkMrkdwn(inner, f)
		}
	}
}

// checkMarks checks that a text has no torn escape or mark, and none that came from a file.
func checkMarks(t *testing.T, s string) {
	t.Helper()
	for rest := s; ; {
		i := strings.IndexAny(rest, "<>&")
		if i < 0 {
			break
		}
		rest = rest[i:]
		switch rest[0] {
		case '>':
			if i > 0 && !strings.HasPrefix(rest, "> ") {
				t.Errorf("stray > in %q", s)
				return
			}
			rest = rest[1:]
		case '&':
			end := strings.IndexByte(rest, ';')
			if end < 0 || (rest[:end+1] != "&amp;" && rest[:end+1] != "&lt;" && rest[:end+1] != "&gt;") {
				t.Errorf("torn escape in %q", s)
				return
			}
			rest = rest[end+1:]
		case '<':
			end := strings.IndexByte(rest, '>')
			if end < 0 {
				t.Errorf("torn mark in %q", s)
				return
			}
			mark := rest[1:end]
			ours := strings.HasPrefix(mark, "https://example.slack.com/") || strings.HasPrefix(mark, "@U") || strings.HasPrefix(mark, "!date^") || mark == "!subteam^S0APPROVERS"
			if !ours {
				t.Errorf("mark <%s> in %q", mark, s)
			}
			rest = rest[end+1:]
		}
	}
	if strings.ContainsAny(s, "\u202e\x07") {
		t.Errorf("invisible marks in %q", s)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got), renew with -update:\n%s", name, diff)
	}
}

func TestPrivateCardsShowNoValues(t *testing.T) {
	t.Parallel()
	b, catalogue := testBot(t, nil)
	issues := hostileIssues()
	for i := range issues {
		issues[i].Column = "E-mail"
	}
	c := b.draw(catalogue.For("en"), view{job: sampleJob(jobs.StateAwaitingApproval), issues: issues, private: true})
	raw, err := json.Marshal(c.blocks)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"pat@", "example.co", "Sales", "evil", "שלום"} {
		if strings.Contains(string(raw), value) {
			t.Errorf("a private card shows %q", value)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"a &amp; b", 6, "a …"},
		{"a &amp; b", 8, "a &amp;…"},
		{"see <https://example.com/?a=1&b=2|link> x", 20, "see …"},
		{"<https://example.com/?a=1&b|l> and more", 35, "<https://example.com/?a=1&b|l> and…"},
		{"🎉🎉🎉🎉", 5, "🎉🎉…"},
		{"hi <@U0ADA000001>", 12, "hi …"},
	} {
		if got := cutMarks(tt.s, tt.n); got != tt.want {
			t.Errorf("cutMarks(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

func FuzzCutMarks(f *testing.F) {
	f.Add("a <b> & c", uint8(5))
	f.Add(hostile, uint8(20))
	f.Fuzz(func(t *testing.T, s string, limit uint8) {
		n := 2 + int(limit)
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "")
		}
		got := cutMarks(esc(s), n)
		if length(got) > n {
			t.Errorf("cutMarks(%q, %d) has %d", s, n, length(got))
		}
		rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(got)
		if strings.ContainsAny(rest, "&<>") {
			t.Errorf("cutMarks(%q, %d) = %q is torn", s, n, got)
		}
	})
}

func TestBar(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ done, total, full int }{{0, 0, 20}, {0, 10, 0}, {5, 10, 10}, {10, 10, 20}, {12, 10, 20}, {-1, 10, 0}, {1, 1000, 0}} {
		if got := strings.Count(bar(tt.done, tt.total), "█"); got != tt.full {
			t.Errorf("bar(%d, %d) has %d full cells, want %d", tt.done, tt.total, got, tt.full)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	for mail, want := range map[string]string{"chiara@example.com": "c…@example.com", "élise@example.com": "é…@example.com", "@x": "…", "x": "…"} {
		if got := masked(mail); got != want {
			t.Errorf("masked(%q) = %q, want %q", mail, got, want)
		}
	}
}
