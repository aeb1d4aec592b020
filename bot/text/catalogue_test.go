package text

import (
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// strict loads the embedded catalogues so that a missing parameter is an error instead of a blank.
func strict(t *testing.T) *Catalogue {
	t.Helper()
	c, err := load(files, "missingkey=error")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// printers gives a strict printer for every language of the catalogue.
func printers(t *testing.T) []*Printer {
	t.Helper()
	return strict(t).printers
}

// forms are the plural forms of a message; a message without any has only "other".
type forms map[string]string

func (f forms) placeholders() []string {
	found := make(map[string]bool)
	for _, s := range f {
		for _, action := range regexp.MustCompile(`\{\{.*?\}\}`).FindAllString(s, -1) {
			for _, m := range regexp.MustCompile(`\.(\w+)`).FindAllStringSubmatch(action, -1) {
				found[m[1]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// raw reads one catalogue file without the library.
func raw(t *testing.T, name string) map[string]forms {
	t.Helper()
	b, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(b, &values); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	out := make(map[string]forms, len(values))
	for id, v := range values {
		var s string
		if json.Unmarshal(v, &s) == nil {
			out[id] = forms{"other": s}
			continue
		}
		var f forms
		if err := json.Unmarshal(v, &f); err != nil {
			t.Fatalf("%s: %s: %v", name, id, err)
		}
		out[id] = f
	}
	return out
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"en", "de", "es", "fr", "ja"}, c.Languages()); diff != "" {
		t.Errorf("languages (-want +got):\n%s", diff)
	}
	for locale, want := range map[string]string{
		"": "en", "en-US": "en", "en-GB": "en", "fr-FR": "fr", "fr-CA": "fr", "fr_FR": "fr", "FR": "fr", "de-DE": "de",
		"de-CH": "de", "es-ES": "es", "es-LA": "es", "es-419": "es", "ja-JP": "ja", "pt-BR": "en", "it-IT": "en", "zh-CN": "en",
		"und": "en", "xx": "en", "***": "en", "fr-FR; DROP": "en", strings.Repeat("a-", 500): "en",
	} {
		if got := c.For(locale).Language(); got != want {
			t.Errorf("For(%q) is %s, want %s", locale, got, want)
		}
	}
}

func TestFilesAgreeWithEnglish(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		set, lang, _ := strings.Cut(strings.TrimSuffix(name, ".json"), ".")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			english, own := raw(t, set+".en.json"), raw(t, name)
			for id, f := range own {
				if !strings.HasPrefix(id, "ui.") == (set == "ui") {
					t.Errorf("%s is in the wrong file", id)
				}
				e, ok := english[id]
				if !ok {
					t.Errorf("%s is not in English", id)
					continue
				}
				if diff := cmp.Diff(e.placeholders(), f.placeholders()); diff != "" {
					t.Errorf("placeholders of %s (-en +%s):\n%s", id, lang, diff)
				}
				if len(e) > 1 != (len(f) > 1) && lang != "ja" {
					t.Errorf("%s has plural forms in one language only", id)
				}
				if lang != "ja" && len(f) > 1 && (f["one"] == "" || f["other"] == "") {
					t.Errorf("%s has the forms %v, want one and other", id, slices.Sorted(maps.Keys(f)))
				}
			}
			for id := range english {
				if own[id] == nil {
					t.Errorf("%s is missing", id)
				}
			}
		})
	}
}

func TestTextsArePlainAndCalm(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "active.*.json")
	if err != nil {
		t.Fatal(err)
	}
	action := regexp.MustCompile(`\{\{\.\w+\}\}`)
	for _, name := range names {
		for id, f := range raw(t, name) {
			for form, s := range f {
				bare := action.ReplaceAllString(s, "x")
				if strings.ContainsAny(bare, "*_~`<>&{}!！\"'\n\t") {
					t.Errorf("%s: %s (%s) has markup, a straight quotation mark or an exclamation mark: %q", name, id, form, s)
				}
				if (strings.TrimSpace(s) != s && id != "list.separator") || s == "" || strings.Contains(s, "  ") {
					t.Errorf("%s: %s (%s) has blanks too many: %q", name, id, form, s)
				}
				if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.So, r) }) {
					t.Errorf("%s: %s (%s) has a symbol: %q", name, id, form, s)
				}
			}
		}
	}
}

func TestFrenchSpacing(t *testing.T) {
	t.Parallel()
	bad := regexp.MustCompile(`«[^\x{A0}]|[^\x{A0}]»| [:;?!%]|[^\x{202F}][;?!]|[^\x{A0}][:%]`)
	code := regexp.MustCompile("`[^`]*`")
	names, err := fs.Glob(files, "*.fr.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		for id, f := range raw(t, name) {
			for _, s := range f {
				// Code is what people type.
				s = code.ReplaceAllString(s, "x")
				if at := bad.FindString(s); at != "" {
					t.Errorf("%s: %q needs a no-break space: %q", id, at, s)
				}
			}
		}
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	c, err := load(fstest.MapFS{
		"active.en.json": {Data: []byte(`{"a": "A {{.name}}", "n": {"one": "{{.count}} row", "other": "{{.count}} rows"}}`)},
		"ui.en.json":     {Data: []byte(`{"ui.only": "only English, {{.count}}"}`)},
		"active.fr.json": {Data: []byte(`{"n": {"one": "{{.count}} ligne", "other": "{{.count}} lignes"}}`)},
		"ui.fr.json":     {Data: []byte("{}\n")},
	}, "missingkey=zero")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		locale, id string
		args       []any
		want       string
	}{
		{"en", "a", []any{"name", "x"}, "A x"},
		{"en", "a", nil, "A "},
		{"en", "a", []any{"name"}, "A "},
		{"en", "a", []any{"name", 12345}, "A 12,345"},
		{"en", "a", []any{"name", `<{{.name}}>&"'*_` + "\x00"}, `A <{{.name}}>&"'*_` + "\x00"},
		{"fr", "a", []any{"name", "x"}, "A x"},
		{"fr", "ui.only", []any{"count", 1}, "only English, 1"},
		{"en", "n", []any{"count", 0}, "0 rows"},
		{"en", "n", []any{"count", 1}, "1 row"},
		{"en", "n", []any{"count", -1}, "-1 row"},
		{"en", "n", []any{"count", 1000}, "1,000 rows"},
		{"fr", "n", []any{"count", 0}, "0 ligne"},
		{"fr", "n", []any{"count", 1}, "1 ligne"},
		{"fr", "n", []any{"count", 2}, "2 lignes"},
		{"fr", "n", []any{"count", 1000000}, "1\u00a0000\u00a0000 lignes"},
		{"en", "nope", nil, "[nope]"},
		{"fr", "nope", nil, "[nope]"},
	} {
		if got := c.For(test.locale).T(test.id, test.args...); got != test.want {
			t.Errorf("%s: T(%q, %v) is %q, want %q", test.locale, test.id, test.args, got, test.want)
		}
	}
	if fr := c.For("fr"); !fr.Has("a") || !fr.Has("n") || fr.Has("nope") {
		t.Error("Has does not tell the messages that exist from others")
	}
}

func TestBadCatalogues(t *testing.T) {
	t.Parallel()
	for name, fsys := range map[string]fstest.MapFS{
		"no language":  {"active.json": {Data: []byte(`{"a": "x"}`)}},
		"bad language": {"active.+.json": {Data: []byte(`{"a": "x"}`)}},
		"not JSON":     {"active.en.json": {Data: []byte(`{"a": `)}},
		"not texts":    {"active.en.json": {Data: []byte(`{"a": 3}`)}},
		"a list":       {"active.en.json": {Data: []byte(`["a"]`)}},
		"nested":       {"active.en.json": {Data: []byte(`{"a": {"b": "x", "c": "y"}}`)}},
		"twice": {
			"active.en.json": {Data: []byte(`{"a": "x"}`)},
			"ui.en.json":     {Data: []byte(`{"a": "y"}`)},
		},
	} {
		if _, err := load(fsys, "missingkey=zero"); err == nil {
			t.Errorf("%s: loaded without an error", name)
		}
	}
}
