package text

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// source parses the product files of a package.
func source(t *testing.T, dir string) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// constants returns the string values of all constants of a type, so that a new one cannot be forgotten here.
func constants(t *testing.T, dir, typ string) []string {
	t.Helper()
	var out []string
	for _, f := range source(t, dir) {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			switch x := spec.Type.(type) {
			case *ast.Ident:
				ok = x.Name == typ
			case *ast.SelectorExpr:
				ok = x.Sel.Name == typ
			default:
				ok = false
			}
			if !ok {
				return true
			}
			for _, v := range spec.Values {
				if lit, isLit := v.(*ast.BasicLit); isLit && lit.Kind == token.STRING {
					s, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, s)
				}
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatalf("no constants of type %s in %s", typ, dir)
	}
	return out
}

// checkText fails for a text that is not fit to be shown.
func checkText(t *testing.T, what, got string) {
	t.Helper()
	if got == "" || strings.HasPrefix(got, "[") || strings.Contains(got, "<no value>") || strings.Contains(got, "{{") ||
		strings.Contains(got, "}}") || strings.Contains(got, "“”") || strings.Contains(got, "  ") || strings.Contains(got, "%!") {
		t.Errorf("%s: unfit text %q", what, got)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, p := range printers(t) {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			for _, s := range constants(t, "../../jobs", "State") {
				checkLabel(t, p, "state."+s, p.State(jobs.State(s)))
			}
			for _, s := range constants(t, "../../jobs", "Outcome") {
				checkLabel(t, p, "outcome."+s, p.Outcome(jobs.Outcome(s)))
			}
			for _, s := range constants(t, "../../jobs/plan", "Verdict") {
				checkLabel(t, p, "verdict."+s, p.Verdict(plan.Verdict(s)))
			}
			for _, s := range constants(t, "../../jobs", "Kind") {
				checkLabel(t, p, "kind."+s, p.Kind(jobs.Kind(s)))
			}
			for _, s := range constants(t, "../../jobs/plan", "Action") {
				if s != string(plan.ActionNone) {
					checkLabel(t, p, "word.action."+s, p.T("word.action."+s))
				}
			}
			for _, s := range []roster.Severity{roster.Note, roster.Warning, roster.Error} {
				checkLabel(t, p, "severity."+s.String(), p.Severity(s))
			}
			for _, n := range []int{1, 2, 4, 99} {
				checkLabel(t, p, "user_type."+strconv.Itoa(n), p.UserType(n))
			}
		})
	}
}

// checkLabel fails unless the label is a message of the printer's own language.
func checkLabel(t *testing.T, p *Printer, id, got string) {
	t.Helper()
	checkText(t, id, got)
	if !p.own[id] {
		t.Errorf("%s is missing", id)
	}
}

func TestUnknownNamesAreShownAsTheyAre(t *testing.T) {
	t.Parallel()
	p := strict(t).For("fr")
	got := []string{
		p.State("later"), p.Outcome("odd"), p.Verdict("odd"), p.UserType(7), p.Field("badge"), p.State(""),
		p.Outstanding([]string{"badge", "queue:Tier 1"}),
	}
	want := []string{"later", "odd", "odd", "7", "badge", "", "badge, Tier 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// TestFieldsAreHeaders makes sure that people can use the names that they see as headers of their files.
func TestFieldsAreHeaders(t *testing.T) {
	t.Parallel()
	for _, p := range printers(t) {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			for _, key := range constants(t, "../../jobs/roster", "Field") {
				f := roster.Field(key)
				if key == "?name" {
					continue
				}
				if f == roster.Result || f == roster.Detail {
					// The columns that we add to a file have one name in every language.
					checkText(t, "field."+key, p.Field(f))
				} else {
					checkLabel(t, p, "field."+key, p.Field(f))
				}
				header := []string{p.Field(roster.Email), p.Field(roster.FirstName), p.Field(roster.LastName), p.Field(f)}
				if slices.Contains(header[:3], header[3]) {
					header = header[:3]
				}
				row := []string{"a@example.com", "Ann", "Lee", "x"}[:len(header)]
				r, err := roster.Read([]byte(strings.Join(header, ";")+"\n"+strings.Join(row, ";")+"\n"), roster.Options{})
				if err != nil {
					t.Errorf("header %q: %v", header, err)
					continue
				}
				if !slices.ContainsFunc(r.Columns, func(c roster.Column) bool { return c.Field == f }) {
					t.Errorf("%q is not read as %s", p.Field(f), f)
				}
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	known := sentinels()
	var names []string
	for _, f := range source(t, "../../jobs") {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				for _, n := range s.(*ast.ValueSpec).Names {
					if strings.HasPrefix(n.Name, "Err") {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	// The source names the sentinels, so a new one makes this fail until it has words.
	if len(names) != len(known) {
		t.Errorf("jobs exports the errors %v, %d of them have words", names, len(known))
	}
	for _, p := range printers(t) {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			internal := p.Error(errors.New("connect 10.0.0.1: refused"))
			checkText(t, "internal", internal)
			if internal != p.T("error.internal") {
				t.Errorf("unknown error: %q", internal)
			}
			for _, k := range known {
				checkLabel(t, p, k.id, p.Error(fmt.Errorf("decide about job: %w", k.err)))
				if got := p.Error(fmt.Errorf("a: %w", k.err)); got == internal {
					t.Errorf("%v is called internal", k.err)
				}
			}
			if got, want := p.Error(errors.Join(jobs.ErrNotYours, jobs.ErrNotApprover)), p.T("error.not_yours"); got != want {
				t.Errorf("joined errors: %q, want %q", got, want)
			}
			for _, to := range jobs.States() {
				got := p.Error(fmt.Errorf("move: %w", &jobs.StateError{ID: "k7m2-9xqd", From: jobs.StateDone, To: to}))
				checkText(t, "StateError", got)
				if !strings.Contains(got, "k7m2-9xqd") || !strings.Contains(got, p.State(jobs.StateDone)) {
					t.Errorf("to %s: %q does not say which job or where it stands", to, got)
				}
			}
			checkText(t, "FetchError", p.Error(&jobs.FetchError{Err: errors.New("gone")}))
			refused := &roster.RefusedError{Code: roster.TooManyRows, Params: map[string]string{"max": "10", "rows": "12"}}
			if got := p.Error(fmt.Errorf("read: %w", refused)); !strings.Contains(got, "12") {
				t.Errorf("refused file: %q", got)
			}
			if got := p.Error(nil); got != "" {
				t.Errorf("no error: %q", got)
			}
		})
	}
}

func TestOutstanding(t *testing.T) {
	t.Parallel()
	c := strict(t)
	items := []string{"department", "user_group:Sales: EMEA", "im_group:Café", "contact_group:", "job_title"}
	for lang, want := range map[string]string{
		"en": "Department, User group “Sales: EMEA”, Chat group “Café”, Chat group “”, Job Title",
		"fr": "Service, Groupe d’utilisateurs «\u00a0Sales: EMEA\u00a0», Groupe de discussion «\u00a0Café\u00a0», " +
			"Groupe de discussion «\u00a0\u00a0», Intitulé du poste",
	} {
		if diff := cmp.Diff(want, c.For(lang).Outstanding(items)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
	for _, kind := range constants(t, "../../jobs/plan", "GroupKind") {
		if !c.For("en").Has("outstanding." + kind) {
			t.Errorf("groups of kind %s have no words", kind)
		}
	}
	if got := c.For("en").Outstanding(nil); got != "" {
		t.Errorf("nothing outstanding: %q", got)
	}
}

func TestChangesInWords(t *testing.T) {
	t.Parallel()
	c := strict(t)
	en, fr := c.For("en"), c.For("fr")
	change := func(f roster.Field, before, after string) plan.FieldChange {
		return plan.FieldChange{Field: f, Old: before, New: after}
	}
	for _, test := range []struct{ got, want string }{
		{en.Change(change(roster.Department, "Sales", "Design"), true), "Department: “Sales” → “Design”"},
		{fr.Change(change(roster.Department, "Sales", ""), true), "Service\u00a0: «\u00a0Sales\u00a0» → (vidé)"},
		{en.Change(change(roster.Department, "", "Design"), true), "Department: (empty) → “Design”"},
		{en.Change(change(roster.Department, "", "Design"), false), "Department: “Design”"},
		{en.Change(change(roster.CustomField("Badge No"), "1", "2"), true), "Badge No: “1” → “2”"},
		{en.Change(change(roster.UserType, "licensed", "basic"), true), "User Type: Licensed → Basic"},
		{fr.Change(change(roster.UserType, "", "none"), true), "Type d’utilisateur\u00a0: (vide) → Aucun"},
		{en.Change(change(roster.LargeMeeting, "500", "0"), true), "Large Meeting: 500 → off"},
		{en.Change(change(roster.Webinar, "", "1000"), true), "Webinar: off → 1,000"},
		{en.Licence(plan.LicenceBase), "Licensed"},
		{en.Licence("basic"), "Basic"},
		{en.Licence(plan.AddOn(roster.LargeMeeting, 1000)), "Large Meeting 1000"},
		{en.Licence("odd"), "odd"},
		{fr.Measured(4230 * time.Millisecond), "4,2\u00a0s"},
		{en.Measured(59990 * time.Millisecond), "1 min 0 s"},
		{en.Measured(125 * time.Second), "2 min 5 s"},
		{en.Measured(70 * time.Minute), "1 h 10 min"},
		{en.Measured(-time.Second), "0.0 s"},
		{fr.Decimal(19.26, 1), "19,3"},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("words (-want +got):\n%s", diff)
		}
	}
}

func TestNumbersSizesAndDurations(t *testing.T) {
	t.Parallel()
	c := strict(t)
	en, fr := c.For("en"), c.For("fr")
	for _, test := range []struct{ name, got, want string }{
		{"number", en.Number(9999), "9,999"},
		{"number", en.Number(-1234567), "-1,234,567"},
		{"number", fr.Number(9999), "9\u00a0999"},
		{"number", c.For("de").Number(9999), "9.999"},
		{"number", c.For("ja").Number(9999), "9,999"},
		{"bytes", en.Bytes(0), "0 bytes"},
		{"bytes", en.Bytes(1023), "1,023 bytes"},
		{"bytes", en.Bytes(10 << 10), "10 kB"},
		{"bytes", en.Bytes(10 << 20), "10 MB"},
		{"bytes", en.Bytes(10<<20 + 300<<10), "10.3 MB"},
		{"bytes", en.Bytes(5 << 40), "5,120 GB"},
		{"bytes", fr.Bytes(10<<20 + 300<<10), "10,3\u00a0Mo"},
		{"duration", en.Duration(-time.Second), "a few seconds"},
		{"duration", en.Duration(0), "a few seconds"},
		{"duration", en.Duration(42 * time.Second), "about 40 seconds"},
		{"duration", en.Duration(89 * time.Second), "about 90 seconds"},
		{"duration", en.Duration(3 * time.Minute), "about 3 minutes"},
		{"duration", en.Duration(2*time.Hour + 9*time.Minute), "about 2 h 10 min"},
		{"duration", en.Duration(119 * time.Minute), "about 2 hours"},
		{"duration", en.Duration(47*time.Hour + 59*time.Minute), "about 48 hours"},
		{"duration", en.Duration(72 * time.Hour), "about 3 days"},
		{"duration", fr.Duration(40 * time.Second), "environ 40 secondes"},
		{"duration", fr.Duration(2*time.Hour + 9*time.Minute), "environ 2\u00a0h\u00a010\u00a0min"},
		{"argument", en.T("where.line", "line", 65*time.Second), "Line about 65 seconds"},
		{"argument", en.T("where.line", "line", roster.Warning), "Line warning"},
		{"argument", en.T("where.line", "line", int64(1500)), "Line 1,500"},
		{"argument", en.T("where.line", "line", 2.5), "Line 2.5"},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, test.got, test.want)
		}
	}
}

// TestPrinterIsShared uses one printer from many goroutines; the race detector is the judge.
func TestPrinterIsShared(t *testing.T) {
	t.Parallel()
	p := strict(t).For("fr")
	want := p.T("issue.skipped_lines", "count", 12345)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := p.T("issue.skipped_lines", "count", 12345); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if got := p.Bytes(10 << 20); got != "10\u00a0Mo" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	wg.Wait()
}
