package jobs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

var queryNow = time.Date(2026, 3, 31, 15, 4, 5, 0, time.UTC)

func TestSplitQuery(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]string{
		"":                              nil,
		"  status:all   ann ":           {"status:all", "ann"},
		`group:"Sales EMEA" x`:          {`group:"Sales EMEA"`, "x"},
		"group:“Sales EMEA” x":          {`group:"Sales EMEA"`, "x"},
		"groupe:«\u00a0Ventes\u00a0» x": {`groupe:" Ventes "`, "x"},
		"„de Vries“ status:active":      {`"de Vries"`, "status:active"},
		`group:"A, B",C\`:               {`group:"A, B",C\`},
		`dept:"open x`:                  {"dept:open", "x"},
		"status：active\u3000\u200btext": {"status:active", "text"},
		"group:'Sales'":                 {"group:'Sales'"},
	} {
		if diff := cmp.Diff(want, jobs.SplitQuery(typed)); diff != "" {
			t.Errorf("words of %q (-want +got):\n%s", typed, diff)
		}
	}
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		typed    string
		want     jobs.Query
		problems []jobs.QueryProblem
	}{
		{typed: ""},
		{typed: "ann müller", want: jobs.Query{Text: "ann müller"}},
		{typed: `"status:active"`, want: jobs.Query{Text: "status:active"}},
		{typed: "status:active,pending", want: jobs.Query{Statuses: []string{"active", "pending"}}},
		{typed: "STATUS:All", want: jobs.Query{Statuses: []string{"active", "inactive", "pending"}}},
		{typed: "statut:actif type:Licencié", want: jobs.Query{Statuses: []string{"active"}, Types: []string{"licensed"}}},
		{typed: "status:pending status:active,active", want: jobs.Query{Statuses: []string{"pending", "active"}}},
		{typed: "type:licensed, basic", want: jobs.Query{Types: []string{"licensed", "basic"}}},
		{typed: "type:1,2", want: jobs.Query{Types: []string{"basic", "licensed"}}},
		{typed: `group:"Sales EMEA",Support ann`, want: jobs.Query{Groups: []string{"Sales EMEA", "Support"}, Text: "ann"}},
		{typed: `group:"A, B" role:Admin dept:"Human Resources"`, want: jobs.Query{
			Groups: []string{"A, B"}, Roles: []string{"Admin"}, Departments: []string{"Human Resources"},
		}},
		{typed: "groupe:Ventes abteilung:Vertrieb", want: jobs.Query{Groups: []string{"Ventes"}, Departments: []string{"Vertrieb"}}},
		{typed: "since:2026-01-31", want: jobs.Query{Since: day(2026, 1, 31)}},
		{typed: "since:2026–01–31", want: jobs.Query{Since: day(2026, 1, 31)}},
		{typed: "since:2026-01", want: jobs.Query{Since: day(2026, 1, 1)}},
		{typed: "since:2025", want: jobs.Query{Since: day(2025, 1, 1)}},
		{typed: "since:30d", want: jobs.Query{Since: day(2026, 3, 1)}},
		{typed: "since:2w", want: jobs.Query{Since: day(2026, 3, 17)}},
		{typed: "since:1y", want: jobs.Query{Since: day(2025, 3, 31)}},
		{typed: "since:today", want: jobs.Query{Since: day(2026, 3, 31)}},
		{typed: "columns:email,first name,job title", want: jobs.Query{Columns: []roster.Field{roster.Email, roster.FirstName, roster.JobTitle}}},
		{typed: "columns:email, first name, job title müller", want: jobs.Query{
			Columns: []roster.Field{roster.Email, roster.FirstName, roster.JobTitle}, Text: "müller",
		}},
		{typed: "columns:email müller status:all", want: jobs.Query{
			Columns: []roster.Field{roster.Email}, Text: "müller", Statuses: []string{"active", "inactive", "pending"},
		}},
		{typed: "columns:e-mail,prénom,nom", want: jobs.Query{Columns: []roster.Field{roster.Email, roster.FirstName, roster.LastName}}},
		{typed: "columns:メール,姓", want: jobs.Query{Columns: []roster.Field{roster.Email, roster.LastName}}},
		{typed: "columns:minimal,licenses", want: jobs.Query{Columns: append(jobs.MinimalColumns(), roster.UserType)}},
		{typed: "columns:all", want: jobs.Query{Columns: jobs.AllColumns()}},
		{typed: `columns:"Custom: Badge no",email`, want: jobs.Query{Columns: []roster.Field{roster.CustomField("Badge no"), roster.Email}}},
		{typed: "columns:custom", want: jobs.Query{Columns: []roster.Field{jobs.AllAttributes}}},
		{typed: "stauts:active", problems: []jobs.QueryProblem{{Code: jobs.ProblemKey, Key: "stauts", Suggestion: "status"}}},
		{typed: "colour:red status:actve since:soon group: type:gold since:2027-01-01", problems: []jobs.QueryProblem{
			{Code: jobs.ProblemKey, Key: "colour"},
			{Code: jobs.ProblemStatus, Key: "status", Value: "actve", Suggestion: "active"},
			{Code: jobs.ProblemDate, Key: "since", Value: "soon"},
			{Code: jobs.ProblemEmpty, Key: "group"},
			{Code: jobs.ProblemType, Key: "type", Value: "gold"},
			{Code: jobs.ProblemFuture, Key: "since", Value: "2027-01-01"},
		}},
		{
			typed: "columns:email,frist name,job title,shoe size", want: jobs.Query{Columns: []roster.Field{roster.Email, roster.JobTitle}},
			problems: []jobs.QueryProblem{
				{Code: jobs.ProblemColumn, Key: "columns", Value: "frist name", Suggestion: "First Name"},
				{Code: jobs.ProblemColumn, Key: "columns", Value: "shoe size"},
			},
		},
		{typed: "columns:action", problems: []jobs.QueryProblem{{Code: jobs.ProblemUnreadable, Key: "columns", Value: "action"}}},
		{typed: "columns:", problems: []jobs.QueryProblem{{Code: jobs.ProblemEmpty, Key: "columns"}}},
		{typed: "since:0001-01-01,9999999d,-3d,+3d,99999y", want: jobs.Query{Since: day(1, 1, 1)}, problems: []jobs.QueryProblem{
			{Code: jobs.ProblemDate, Key: "since", Value: "9999999d"},
			{Code: jobs.ProblemDate, Key: "since", Value: "-3d"},
			{Code: jobs.ProblemDate, Key: "since", Value: "+3d"},
			{Code: jobs.ProblemDate, Key: "since", Value: "99999y"},
		}},
		{typed: "https://example.com/a 12:30 a@example.com", want: jobs.Query{Text: "https://example.com/a 12:30 a@example.com"}},
	} {
		got, problems := jobs.ParseQuery(jobs.SplitQuery(test.typed), queryNow)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("query of %q (-want +got):\n%s", test.typed, diff)
		}
		if diff := cmp.Diff(test.problems, problems); diff != "" {
			t.Errorf("problems of %q (-want +got):\n%s", test.typed, diff)
		}
	}
}

// TestLongQuery: what nobody types by hand is read in a moment too.
func TestLongQuery(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"ab,", "ab ", "emaill, ", "é,", "columns:emaill ", "abteilun:x ", "type:abcdef "} {
		words := jobs.SplitQuery("columns:" + strings.Repeat(part, 8000/len(part)))
		if _, problems := jobs.ParseQuery(words, queryNow); len(problems) == 0 {
			t.Errorf("%q is understood", part)
		}
	}
}

// FuzzParseQuery: whatever is typed, everything is understood or told, and nothing else is asked for.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{
		`status:all type:licensed group:"Sales EMEA",x since:30d columns:email,first name müller`, `group:“a”:b""`, "columns:,,,", "since:",
		"a:b:c", "：：", "columns:custom: x", "\"", "status:\x00\xff", "since:-0001-01-01",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		words := jobs.SplitQuery(typed)
		q, problems := jobs.ParseQuery(words, queryNow)
		for _, s := range q.Statuses {
			if !slices.Contains([]string{"active", "inactive", "pending"}, s) {
				t.Errorf("status %q", s)
			}
		}
		for _, name := range q.Types {
			if !slices.Contains(jobs.UserTypeNames(), name) {
				t.Errorf("type %q", name)
			}
		}
		for _, c := range q.Columns {
			if _, custom := c.Custom(); !custom && !slices.Contains(jobs.AllColumns(), c) {
				t.Errorf("column %q", c)
			}
		}
		for _, list := range [][]string{q.Groups, q.Departments, q.Roles} {
			for i, name := range list {
				if strings.TrimSpace(name) == "" || slices.Contains(list[:i], name) {
					t.Errorf("names %q", list)
				}
			}
		}
		if q.Since.After(queryNow) {
			t.Errorf("since %s", q.Since)
		}
		for _, p := range problems {
			if !slices.Contains(jobs.ProblemCodes(), p.Code) {
				t.Errorf("problem %q", p.Code)
			}
		}
		if len(words) > 0 && len(problems) == 0 && cmp.Equal(q, jobs.Query{}) && strings.Trim(strings.Join(words, ""), `" `) != "" {
			t.Errorf("nothing was understood of %q, and nothing is told", words)
		}
		again, _ := jobs.ParseQuery(words, queryNow)
		if diff := cmp.Diff(q, again); diff != "" {
			t.Errorf("another time (-first +second):\n%s", diff)
		}
	})
}
