package text

import (
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Printer puts things into the words of one language. It is safe for concurrent use.
type Printer struct {
	language     string
	own, english map[string]bool
	words        *i18n.Localizer
	parser       template.Parser
	numbers      *message.Printer
}

// Language is the language of the printer: "en", "fr".
func (p *Printer) Language() string { return p.language }

// Has reports whether a message exists in this language or in English.
func (p *Printer) Has(id string) bool { return p.own[id] || p.english[id] }

// countKey is the argument that selects the plural form.
const countKey = "count"

// T returns a message. The arguments are pairs of key and value: p.T("ui.card.title", "name", "roster.csv"). Integers are
// written as the language writes numbers, durations as [Printer.Duration], everything else as it is. An integer under the
// key "count" selects the plural form.
//
// A message that the language lacks is given in English, one that English lacks as its id in brackets.
func (p *Printer) T(id string, args ...any) string {
	if !p.Has(id) {
		return "[" + id + "]"
	}
	data := make(map[string]string, len(args)/2)
	var count any
	for i := 0; i+1 < len(args); i += 2 {
		key, ok := args[i].(string)
		if !ok {
			continue
		}
		data[key] = p.argument(args[i+1])
		if n, ok := args[i+1].(int); ok && key == countKey {
			// Plural rules are about amounts; a negative one has the form of its opposite.
			count = max(n, -n)
		}
	}
	return p.render(id, data, count)
}

func (p *Printer) argument(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return p.Number(v)
	case int64:
		return p.Number(int(v))
	case time.Duration:
		return p.Duration(v)
	case interface{ String() string }:
		return v.String()
	}
	return p.numbers.Sprint(v)
}

// render looks a message up and fills it in. count is nil or an int.
func (p *Printer) render(id string, data map[string]string, count any) string {
	// The library returns the English text beside an error where the language has none; the text is what counts.
	s, err := p.words.Localize(&i18n.LocalizeConfig{
		MessageID: id, TemplateData: data, PluralCount: count, TemplateParser: p.parser,
	})
	if s == "" && err != nil {
		return "[" + id + "]"
	}
	return s
}

// first renders the first of the ids that exists.
func (p *Printer) first(data map[string]string, count any, ids ...string) string {
	for _, id := range ids {
		if p.Has(id) {
			return p.render(id, data, count)
		}
	}
	return "[" + ids[len(ids)-1] + "]"
}

// Number writes an integer with the digit grouping of the language.
func (p *Printer) Number(n int) string { return p.numbers.Sprint(number.Decimal(n)) }

// Bytes writes a size: "10 MB", "640 kB". A megabyte is 1,048,576 bytes, as file managers mostly count.
func (p *Printer) Bytes(n int64) string {
	const k = 1024
	units := []string{"bytes.b", "bytes.kb", "bytes.mb", "bytes.gb"}
	v, unit := float64(n), 0
	for v >= k && unit < len(units)-1 {
		v /= k
		unit++
	}
	digits := 0
	if unit > 1 && v < 100 {
		digits = 1
	}
	return p.T(units[unit], "number", p.numbers.Sprint(number.Decimal(v, number.MaxFractionDigits(digits))))
}

// Decimal writes a number with so many digits after the point.
func (p *Printer) Decimal(v float64, digits int) string {
	return p.numbers.Sprint(number.Decimal(v, number.MaxFractionDigits(digits), number.MinFractionDigits(digits)))
}

// Measured writes a time that was measured, as against an expected one: "4.2 s", "2 min 5 s", "1 h 10 min".
func (p *Printer) Measured(d time.Duration) string {
	d = max(d, 0)
	if d < time.Minute-50*time.Millisecond {
		return p.T("measured.seconds", "seconds", p.Decimal(d.Seconds(), 1))
	}
	if d = d.Round(time.Second); d < time.Hour {
		return p.T("measured.minutes", "minutes", int(d/time.Minute), "seconds", int(d%time.Minute/time.Second))
	}
	d = d.Round(time.Minute)
	return p.T("measured.hours", "hours", int(d/time.Hour), "minutes", int(d%time.Hour/time.Minute))
}

// Duration writes an expected time as roughly as it is known: "about 40 seconds", "about 2 h 10 min".
func (p *Printer) Duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 5*time.Second:
		return p.T("duration.moment")
	case d < 90*time.Second:
		return p.T("duration.seconds", countKey, int(d.Round(5*time.Second)/time.Second))
	case d < 90*time.Minute:
		return p.T("duration.minutes", countKey, int(d.Round(time.Minute)/time.Minute))
	case d < 2*day:
		d = d.Round(5 * time.Minute)
		hours, minutes := int(d/time.Hour), int(d%time.Hour/time.Minute)
		if minutes == 0 {
			return p.T("duration.hours", countKey, hours)
		}
		return p.T("duration.hours_minutes", "hours", hours, "minutes", minutes)
	}
	return p.T("duration.days", countKey, int(d.Round(day)/day))
}

// sentences joins sentences that are not empty as the language does.
func (p *Printer) sentences(parts ...string) string {
	kept := parts[:0:0]
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	gap := " "
	if p.language == "ja" {
		gap = ""
	}
	return strings.Join(kept, gap)
}

// list joins the items of an enumeration.
func (p *Printer) list(items []string) string {
	return strings.Join(items, p.T("list.separator"))
}

// Either joins one or two things of which one is meant.
func (p *Printer) Either(names []string) string {
	if len(names) == 2 {
		return p.T("list.either", "one", names[0], "other", names[1])
	}
	return p.list(names)
}

// Parts joins parts of a sentence that may hold commas themselves.
func (p *Printer) Parts(parts []string) string {
	switch p.language {
	case "fr":
		return strings.Join(parts, "\u202f; ")
	case "ja":
		return strings.Join(parts, "、")
	}
	return strings.Join(parts, "; ")
}

// instant writes a moment that is stored as RFC 3339, in UTC, since the reader's zone is not known here.
func instant(stored string) string {
	t, err := time.Parse(time.RFC3339, stored)
	if err != nil {
		return stored
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// grouped writes a stored number as the language does, anything else as it is.
func (p *Printer) grouped(stored string) string {
	n, err := strconv.Atoi(stored)
	if err != nil {
		return stored
	}
	return p.Number(n)
}
