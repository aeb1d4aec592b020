package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// files are the catalogues: <set>.<language>.json, where the set is "active" for the words of the domain and "ui" for
// those of the Slack surface.
//
//go:embed *.json
var files embed.FS

// fallback is the language that has every message.
const fallback = "en"

// Catalogue is all messages in all languages. It is safe for concurrent use.
type Catalogue struct {
	// languages are the base languages, English first; printers has one for each.
	languages []string
	matcher   language.Matcher
	printers  []*Printer
}

// New reads the embedded catalogues.
func New() (*Catalogue, error) {
	// A parameter that a caller forgot is left blank; the tests are stricter.
	return load(files, "missingkey=zero")
}

func load(fsys fs.FS, option string) (*Catalogue, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	bundle := i18n.NewBundle(language.English)
	ids := map[string]map[string]bool{fallback: {}}
	for _, name := range names {
		_, lang, ok := strings.Cut(strings.TrimSuffix(name, path.Ext(name)), ".")
		if !ok {
			return nil, fmt.Errorf("catalogue %s: the name has no language", name)
		}
		if ids[lang] == nil {
			ids[lang] = make(map[string]bool)
		}
		if err := add(fsys, bundle, name, ids[lang]); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", name, err)
		}
	}
	c := &Catalogue{languages: []string{fallback}}
	for _, lang := range slices.Sorted(maps.Keys(ids)) {
		if lang != fallback {
			c.languages = append(c.languages, lang)
		}
	}
	tags := make([]language.Tag, 0, len(c.languages))
	for _, lang := range c.languages {
		tag, err := language.Parse(lang)
		if err != nil {
			return nil, fmt.Errorf("catalogue of language %q: %w", lang, err)
		}
		tags = append(tags, tag)
		c.printers = append(c.printers, &Printer{
			language: lang,
			own:      ids[lang],
			english:  ids[fallback],
			words:    i18n.NewLocalizer(bundle, lang),
			parser:   &template.TextParser{Option: option},
			numbers:  message.NewPrinter(tag),
		})
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

// add parses one file into the bundle and notes its ids. An id that two files of a language share is an error, since one
// of them would be lost without a word.
func add(fsys fs.FS, bundle *i18n.Bundle, name string, ids map[string]bool) error {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(raw)) == "{}" {
		return nil
	}
	// The library takes a file whose keys look like plural forms for a single message; flat keys never do.
	var flat map[string]any
	if err := json.Unmarshal(raw, &flat); err != nil {
		return err
	}
	file, err := bundle.ParseMessageFileBytes(raw, name)
	if err != nil {
		return err
	}
	if len(file.Messages) != len(flat) {
		return fmt.Errorf("%d keys made %d messages: keys must be flat, such as \"state.done\"", len(flat), len(file.Messages))
	}
	for _, m := range file.Messages {
		if ids[m.ID] {
			return fmt.Errorf("message %q is there twice", m.ID)
		}
		ids[m.ID] = true
	}
	return nil
}

// Languages lists the languages of the catalogue, English first: "en", "de", "es".
func (c *Catalogue) Languages() []string { return slices.Clone(c.languages) }

// For returns the printer for a person's locale as Slack gives it ("fr-FR"); English for an unknown or empty one.
func (c *Catalogue) For(locale string) *Printer {
	tag, err := language.Parse(locale)
	if err != nil || tag == language.Und {
		return c.printers[0]
	}
	_, i, confidence := c.matcher.Match(tag)
	if confidence < language.High {
		// The matcher offers related languages too; a reader is better served by English than by a guess.
		return c.printers[0]
	}
	return c.printers[i]
}
