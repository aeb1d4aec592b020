package roster

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Column is one column of the file.
type Column struct {
	// Index is the 0-based position in Row.Cells.
	Index int `json:"index"`
	// Header is the text in the file, trimmed.
	Header string `json:"header"`
	// Field is empty when the header was not recognised or repeats an
	// earlier column.
	Field Field `json:"field,omitempty"`
}

// Roster is a file that was read: every data row, good or bad, and everything
// there is to say about it.
type Roster struct {
	// Header is the header row as in the file.
	Header []string
	// Columns has one entry per header cell.
	Columns []Column
	// Rows has all data rows, in file order.
	Rows []Row
	// Issues is sorted by line, then column.
	Issues []Issue
	// Encoding is lower case: utf-8, utf-8-bom, utf-16le, utf-16be,
	// windows-1252, macintosh, shift_jis and so on.
	Encoding string
	// Delimiter is a comma, semicolon, tab or pipe.
	Delimiter rune
	// Language is the one whose names fit the header best (en, fr, …), empty
	// when none does.
	Language string
	// LineEnding is crlf, lf, cr, mixed, or empty when there is none.
	LineEnding string
	// Changed counts what was tidied without an issue.
	Changed Changes
	// Positional lists the columns that were assumed for a file without a
	// header, in file order; nil when there is a header or Options.Header.
	Positional []Field
	// Sheet is the sheet of a workbook that was read, Sheets all its visible
	// ones; empty for CSV.
	Sheet  string
	Sheets []string

	invalid map[int]bool // by row number
}

// Changes counts cells (or lines, where said) that were tidied on the way from
// Row.Cells to the cleaned values.
type Changes struct {
	// Trimmed cells had spaces at their ends.
	Trimmed int `json:"trimmed,omitempty"`
	// LowerCased addresses had capitals.
	LowerCased int `json:"lower_cased,omitempty"`
	// Spaces: no-break and other odd spaces became plain ones.
	Spaces int `json:"spaces,omitempty"`
	// Invisible: zero-width characters and direction marks went.
	Invisible int `json:"invisible,omitempty"`
	// FullWidth: full-width Latin forms became plain ones.
	FullWidth int `json:"full_width,omitempty"`
	// Composed: letters followed by loose accents became single letters.
	Composed int `json:"composed,omitempty"`
	// LineBreaks inside a cell became spaces.
	LineBreaks int `json:"line_breaks,omitempty"`
	// Apostrophes: the leading ' that keeps a formula from running went.
	Apostrophes int `json:"apostrophes,omitempty"`
	// EmptyLines were skipped (lines, not cells).
	EmptyLines int `json:"empty_lines,omitempty"`
	// ExtraDelimiters: rows that ended in delimiters beyond the header.
	ExtraDelimiters int `json:"extra_delimiters,omitempty"`
}

// Total adds up all counts.
func (c Changes) Total() int {
	return c.Trimmed + c.LowerCased + c.Spaces + c.Invisible + c.FullWidth +
		c.Composed + c.LineBreaks + c.Apostrophes + c.EmptyLines + c.ExtraDelimiters
}

// Fields lists the recognised columns in file order.
func (r *Roster) Fields() []Field {
	var fields []Field
	for _, c := range r.Columns {
		if c.Field != "" {
			fields = append(fields, c.Field)
		}
	}
	return fields
}

// Has reports whether the file has a column for f.
func (r *Roster) Has(f Field) bool {
	return f != "" && slices.ContainsFunc(r.Columns, func(c Column) bool { return c.Field == f })
}

// Invalid reports whether the data row with that 1-based number has an error.
func (r *Roster) Invalid(row int) bool {
	if r.invalid != nil {
		return r.invalid[row]
	}
	return slices.ContainsFunc(r.Issues, func(i Issue) bool { return i.Row == row && i.Severity == Error })
}

// RowIssues gives the issues of the record that starts on that physical line,
// by column. The result must not be changed.
func (r *Roster) RowIssues(line int) []Issue {
	from := sort.Search(len(r.Issues), func(i int) bool { return r.Issues[i].Line >= line })
	to := from
	for to < len(r.Issues) && r.Issues[to].Line == line {
		to++
	}
	return r.Issues[from:to:to]
}

// Count gives the number of issues of each severity.
func (r *Roster) Count() (notes, warnings, errors int) {
	for _, i := range r.Issues {
		switch i.Severity {
		case Note:
			notes++
		case Warning:
			warnings++
		case Error:
			errors++
		}
	}
	return notes, warnings, errors
}

// Options bound what Read takes. The zero value is the portal's import.
type Options struct {
	// MaxRows is the greatest number of data rows; 0 means 9,999.
	MaxRows int
	// MaxBytes is the greatest size of the file; 0 means 10 MiB.
	MaxBytes int
	// Required lists the columns that must be there and must not be blank;
	// nil means Email, FirstName and LastName. An update passes Email alone.
	Required []Field
	// Header stands in for the header of a file that has none: every line is
	// then data.
	Header []string
	// Columns settles headers by hand: header as in the file → field. It is
	// how a front applies the suggestion of an unknown column. An empty field
	// leaves the column out without an issue.
	Columns map[string]Field
	// Positional reads a file without a header whose first line looks like a
	// person by position, as the portal does; see [Roster.Positional]. Such a
	// file is refused otherwise.
	Positional bool
	// Update makes Positional expect the portal's file that changes people: its
	// order is taken for files that are wider than the one that adds people,
	// and where the fourth column, the one of phone numbers, is blank.
	Update bool
	// Sheet names the sheet of a workbook; the first one with rows when empty.
	Sheet string
}

// Defaults of Options.
const (
	DefaultMaxRows  = 9999
	DefaultMaxBytes = 10 << 20
	maxColumns      = 500
)

// RefusedError says why a file was refused whole.
type RefusedError struct {
	Code   Code
	Params map[string]string
	// Issues helps with the reason, for instance with the unknown headers and
	// their suggestions when columns are missing.
	Issues []Issue
}

// Error gives the reason in plain English without the file's content.
func (e *RefusedError) Error() string {
	s := "roster refused: " + strings.ReplaceAll(string(e.Code), "_", " ")
	if p := paramText(e.Params); p != "" {
		s += " (" + p + ")"
	}
	return s
}

// Is matches another *RefusedError with the same code, so that
// errors.Is(err, &RefusedError{Code: TooManyRows}) works.
func (e *RefusedError) Is(target error) bool {
	t, ok := target.(*RefusedError)
	return ok && t.Code == e.Code
}

func refuse(code Code, params ...string) *RefusedError {
	return &RefusedError{Code: code, Params: paramMap(params...)}
}

// paramMap makes a map of alternating keys and values; nil when there are none.
func paramMap(kv ...string) map[string]string {
	if len(kv) == 0 {
		return nil
	}
	m := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

func itoa(n int) string { return strconv.Itoa(n) }
