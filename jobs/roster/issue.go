package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Severity ranks issues.
type Severity int

// A Note is worth knowing; a Warning may be a mistake but the row is used; an
// Error leaves the row out.
const (
	Note Severity = iota
	Warning
	Error
)

// String gives the lower-case word: note, warning or error.
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case Error:
		return "error"
	default:
		return fmt.Sprintf("severity(%d)", int(s))
	}
}

// MarshalText stores a severity by its word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word that MarshalText wrote.
func (s *Severity) UnmarshalText(b []byte) error {
	for _, v := range []Severity{Note, Warning, Error} {
		if v.String() == string(b) {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("unknown severity %q", b)
}

// Issue is one thing to say about the file. Texts are the front's business:
// an issue carries a code and its parameters only.
type Issue struct {
	// Line is the 1-based physical line where the record starts.
	Line int `json:"line"`
	// Row is the 1-based data row, 0 for the header and the file as a whole.
	Row int `json:"row,omitempty"`
	// Col is the 1-based position of the column, 0 when the issue is about
	// the whole row.
	Col int `json:"col,omitempty"`
	// Column is the header as in the file.
	Column string `json:"column,omitempty"`
	Field  Field  `json:"field,omitempty"`
	// Value is the offending cell, cut to 80 characters.
	Value    string            `json:"value,omitempty"`
	Code     Code              `json:"code"`
	Severity Severity          `json:"severity"`
	Params   map[string]string `json:"params,omitempty"`
	// Suggestion is a machine value: what the cell (for ragged_row the whole
	// line, for unknown_column the header) probably ought to be. It may be
	// empty.
	Suggestion string `json:"suggestion,omitempty"`
}

// String describes the issue in plain English for logs and tests. It leaves
// out the value and the suggestion, which may be personal data.
func (i Issue) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d", i.Line)
	if i.Row > 0 {
		fmt.Fprintf(&b, ", row %d", i.Row)
	}
	switch {
	case i.Field != "":
		fmt.Fprintf(&b, ", %s", i.Field)
	case i.Col > 0:
		fmt.Fprintf(&b, ", column %d", i.Col)
	}
	fmt.Fprintf(&b, ": %s: %s", i.Severity, strings.ReplaceAll(string(i.Code), "_", " "))
	if p := paramText(i.Params); p != "" {
		b.WriteString(" (" + p + ")")
	}
	return b.String()
}

// paramText lists the parameters in a fixed order. Only parameters whose
// values this package makes up are shown; those that quote the file are not.
func paramText(params map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(params)) {
		if quotesFile(k) {
			continue
		}
		parts = append(parts, k+" "+params[k])
	}
	return strings.Join(parts, ", ")
}

// quotesFile reports whether the parameter's value is taken from the file.
func quotesFile(param string) bool {
	switch param {
	case "name", "domain", "first", "header", "headers", "text", "manager", "group", "nearest", "number", "sheet", "sheets":
		return true
	default:
		return false
	}
}

// maxValueRunes is the length to which Issue.Value is cut.
const maxValueRunes = 80

// shorten cuts s to maxValueRunes characters, the last one an ellipsis.
func shorten(s string) string {
	if len(s) <= maxValueRunes {
		return s
	}
	n := 0
	cut := 0
	for i := range s {
		n++
		if n == maxValueRunes {
			cut = i
		}
		if n > maxValueRunes {
			return s[:cut] + "…"
		}
	}
	return s
}
