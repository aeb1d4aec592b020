package text

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// surfaces reads the catalogues of the Slack surface, by language: all sets but that of the domain.
func surfaces(t *testing.T) map[string]map[string]forms {
	t.Helper()
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]map[string]forms)
	for _, name := range names {
		set, lang, _ := strings.Cut(strings.TrimSuffix(name, ".json"), ".")
		if set == "active" {
			continue
		}
		if out[lang] == nil {
			out[lang] = make(map[string]forms)
		}
		maps.Copy(out[lang], raw(t, name))
	}
	if diff := cmp.Diff([]string{"de", "en", "es", "fr", "ja"}, slices.Sorted(maps.Keys(out))); diff != "" {
		t.Fatalf("languages of the surface (-want +got):\n%s", diff)
	}
	return out
}

// codes are the parts of a text between backticks: what people type.
func codes(s string) []string {
	found := regexp.MustCompile("`[^`]*`").FindAllString(s, -1)
	slices.Sort(found)
	return found
}

func TestSurfaceHasTheMarksOfEnglish(t *testing.T) {
	t.Parallel()
	all := surfaces(t)
	for lang, messages := range all {
		for id, f := range messages {
			want := all["en"][id]["other"]
			for form, s := range f {
				if diff := cmp.Diff(codes(want), codes(s)); diff != "" {
					t.Errorf("%s: code in %s (%s) (-en +%s):\n%s", lang, id, form, lang, diff)
				}
				for _, mark := range []string{"*", "`"} {
					if strings.Count(s, mark) != strings.Count(want, mark) {
						t.Errorf("%s: %s (%s) has other marks %s than English: %q", lang, id, form, mark, s)
					}
				}
			}
		}
	}
}

func TestSurfaceIsPlainAndCalm(t *testing.T) {
	t.Parallel()
	// Code is what people type; it may have signs that words do not have.
	kept := regexp.MustCompile("`[^`]*`|\\{\\{\\.\\w+\\}\\}")
	for lang, messages := range surfaces(t) {
		for id, f := range messages {
			for form, s := range f {
				bare := kept.ReplaceAllString(s, "x")
				if strings.ContainsAny(bare, "_~<>&{}!！¡\"'\n\t") {
					t.Errorf("%s: %s (%s) has a sign that Slack acts on, a straight quotation mark or an exclamation mark: %q", lang, id, form, s)
				}
				if strings.TrimSpace(s) != s || s == "" || strings.Contains(s, "  ") {
					t.Errorf("%s: %s (%s) has blanks too many: %q", lang, id, form, s)
				}
				if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.So, r) }) {
					t.Errorf("%s: %s (%s) has a symbol: %q", lang, id, form, s)
				}
			}
		}
	}
}

// TestSurfaceKeepsSlacksLimits fills in the longest values: what is longer than this would be cut where people need it.
func TestSurfaceKeepsSlacksLimits(t *testing.T) {
	t.Parallel()
	limits := map[string]int{
		"ui.button.back": 24, "ui.modal.submit": 24, "ui.modal.title.": 24, "ui.reject.title": 24 + 110,
		"control.button.": 30, "control.label.retry_both": 75, "control.undo.title": 100, "control.undo.text": 300, "control.undo.confirm": 30,
		"control.resume.title": 100, "control.resume.text": 300, "control.headline.": 150, "control.statement.": 300,
		"undo.statement.": 300, "undo.summary.": 450,
		"ui.button.stop_waiting": 30, "ui.mend.create_yes": 30, "ui.resend.confirm": 30, "ui.button.": 60,
		"ui.cancel.waiting_title": 100, "ui.resend.title": 100, "ui.cancel.waiting_text": 300, "ui.resend.text": 300,
		"ui.mend.create_text": 300, "ui.choice.mode.": 75, "ui.choice.mode": 150, "ui.modal.sheet_placeholder": 150,
		"ui.button.cancel":        30,
		"ui.modal.dry_run.only":   75,
		"ui.cancel.title":         100,
		"ui.confirm.title":        100,
		"ui.reject.placeholder":   150,
		"ui.cancel.text":          300,
		"ui.modal.file_hint":      150,
		"ui.modal.intro":          300,
		"ui.modal.where_dm":       300,
		"ui.reject.empty":         150,
		"ui.modal.no_file":        150,
		"ui.reject.label":         150,
		"ui.modal.file":           150,
		"ui.modal.mode":           150,
		"ui.modal.type":           150,
		"ui.help.columns":         600,
		"ui.help.intro":           600,
		"ui.card.link":            75,
		"ui.footer.ephemeral":     75,
		"ui.card.headline.":       150,
		"ui.card.statement.":      300,
		"ui.card.summary.":        450,
		"ui.confirm.text + short": 300,
	}
	args := []any{
		"name", strings.Repeat("n", 120), "max_rows", 1_000_000, "channels", "#people", "requester", "<@U0123456789>",
		"id", "k7m2-9xqd", "create", 1_000_000, "rows", 1_000_000, "succeeded", 1_000_000, "failed", 1_000_000,
		"unprocessed", 1_000_000, "reversed", 1_000_000, "kept", 1_000_000, "irreversible", 1_000_000, "of", "k7m2-9xqd", "what", "",
	}
	for _, p := range printers(t) {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			check := func(name, s string, limit int) {
				t.Helper()
				if n := len(utf16.Encode([]rune(s))); n > limit {
					t.Errorf("%s has %d characters, at most %d fit: %q", name, n, limit, s)
				}
			}
			longest := ""
			for _, n := range []int{1, 2, 4, 99} {
				if name := p.UserType(n); len(name) > len(longest) {
					longest = name
				}
			}
			for key, limit := range limits {
				if key == "ui.confirm.text + short" {
					for _, create := range []string{"ui.confirm.create", "ui.confirm.create_active"} {
						parts := []string{p.T(create, "count", 9999, "type", longest)}
						for _, id := range []string{"update", "activate", "deactivate", "resend", "withdraw"} {
							parts = append(parts, p.T("ui.what."+id, "count", 9999))
						}
						check(key, p.T("ui.confirm.text", "what", strings.Join(parts, p.T("list.separator")))+" "+p.T("ui.confirm.short", "short", p.Number(9999)), limit)
					}
					continue
				}
				found := false
				for id := range p.own {
					if id != key && (!strings.HasSuffix(key, ".") || !strings.HasPrefix(id, key)) {
						continue
					}
					found = true
					check(id, p.T(id, append(slices.Clone(args), "state", p.State("awaiting_approval"))...), limit)
				}
				if !found {
					t.Errorf("there is no message %s", key)
				}
			}
		})
	}
}

// TestSurfaceIsFilled renders every message with all it needs, and expects to see all of it.
func TestSurfaceIsFilled(t *testing.T) {
	t.Parallel()
	for lang, messages := range surfaces(t) {
		p := strict(t).For(lang)
		for id, f := range messages {
			var args []any
			var want []string
			for _, name := range f.placeholders() {
				if name == countKey {
					continue
				}
				args, want = append(args, name, "<"+name+">"), append(want, "<"+name+">")
			}
			for _, n := range []int{0, 1, 2, 1_000_000} {
				given := args
				if len(f) > 1 || slices.Contains(f.placeholders(), countKey) {
					given = append(slices.Clone(args), countKey, n)
				}
				got := p.T(id, given...)
				checkText(t, lang+": "+id, got)
				for _, w := range want {
					if !strings.Contains(got, w) {
						t.Errorf("%s: %s does not show %s: %q", lang, id, w, got)
					}
				}
				if strings.Contains(f["other"], "{{."+countKey+"}}") && n > 1 && !strings.Contains(got, p.Number(n)) {
					t.Errorf("%s: %s does not show %d: %q", lang, id, n, got)
				}
			}
		}
	}
}

func TestSurfaceKnowsEveryState(t *testing.T) {
	t.Parallel()
	english := raw(t, "ui.en.json")
	for _, s := range constants(t, "../../jobs", "State") {
		for _, prefix := range []string{"ui.card.headline.", "ui.card.statement."} {
			if english[prefix+s] == nil {
				t.Errorf("%s%s is missing", prefix, s)
			}
		}
	}
}

// TestHelpNamesTheColumns: people copy the names that they read into their files.
func TestHelpNamesTheColumns(t *testing.T) {
	t.Parallel()
	required := []roster.Field{roster.Email, roster.FirstName, roster.LastName}
	all := append(slices.Clone(required), roster.Department, roster.Manager, roster.UserGroup, roster.ChatGroup, roster.JobTitle,
		roster.Location)
	for _, p := range printers(t) {
		columns, hint := p.T("ui.help.columns"), p.T("ui.modal.file_hint", "max_rows", 10)
		for _, f := range all {
			if !strings.Contains(columns, p.Field(f)) {
				t.Errorf("%s: the help does not name %q: %q", p.Language(), p.Field(f), columns)
			}
		}
		for _, f := range required {
			if !strings.Contains(hint, p.Field(f)) {
				t.Errorf("%s: the form does not name %q: %q", p.Language(), p.Field(f), hint)
			}
		}
	}
}
