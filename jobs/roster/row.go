package roster

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Row is one data row. Copying a Row is cheap; its parts must not be changed.
type Row struct {
	// Line is the 1-based physical line where the record starts.
	Line int
	// Number is the 1-based data row.
	Number int
	// Cells has the original cells as decoded, untouched but for the one
	// apostrophe of a formula-safe cell, which Write puts back. A row may
	// have fewer or more cells than the header.
	Cells []string

	fields []Field  // shared by all rows of a file
	values []string // cleaned, parallel to fields
}

// NewRow makes a row out of values alone, as Read would have cleaned them. Its
// Cells are the values in the order of their keys.
func NewRow(line, number int, values map[Field]string) Row {
	r := Row{Line: line, Number: number}
	for _, f := range slices.Sorted(maps.Keys(values)) {
		r.fields = append(r.fields, f)
		r.values = append(r.values, Clean(f, values[f]))
		r.Cells = append(r.Cells, values[f])
	}
	return r
}

// Get gives the cleaned value of f, empty when the cell is blank or the file
// has no such column. Addresses are lower case.
func (r Row) Get(f Field) string {
	for i, have := range r.fields {
		if have == f {
			return r.values[i]
		}
	}
	return ""
}

// Has reports whether the cell of f is there and not blank.
func (r Row) Has(f Field) bool { return r.Get(f) != "" }

// Key identifies the person: the trimmed, lower-case address.
func (r Row) Key() string { return r.Get(Email) }

// Groups lists the user groups of the row; see [SplitGroups].
func (r Row) Groups() []string { return SplitGroups(r.Get(UserGroup)) }

// ChatGroups lists the chat groups of the row; see [SplitGroups].
func (r Row) ChatGroups() []string { return SplitGroups(r.Get(ChatGroup)) }

// Values gives the cleaned values that are not blank, in a new map.
func (r Row) Values() map[Field]string {
	m := make(map[Field]string, len(r.fields))
	for i, f := range r.fields {
		if r.values[i] != "" {
			m[f] = r.values[i]
		}
	}
	return m
}

// Equal reports whether both rows stand in the same place with the same cells
// and values.
func (r Row) Equal(o Row) bool {
	return r.Line == o.Line && r.Number == o.Number &&
		slices.Equal(r.Cells, o.Cells) && maps.Equal(r.Values(), o.Values())
}

// rowJSON is the stored form of a Row.
type rowJSON struct {
	Line   int              `json:"line"`
	Number int              `json:"number"`
	Cells  []string         `json:"cells"`
	Values map[Field]string `json:"values"`
}

// MarshalJSON stores the row with its cleaned values.
func (r Row) MarshalJSON() ([]byte, error) {
	return json.Marshal(rowJSON{r.Line, r.Number, r.Cells, r.Values()})
}

// UnmarshalJSON reads what MarshalJSON wrote, without cleaning again.
func (r *Row) UnmarshalJSON(b []byte) error {
	var v rowJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*r = Row{Line: v.Line, Number: v.Number, Cells: v.Cells}
	for _, f := range slices.Sorted(maps.Keys(v.Values)) {
		r.fields = append(r.fields, f)
		r.values = append(r.values, v.Values[f])
	}
	return nil
}

// SplitGroups takes a group cell apart. Names stand between semicolons or line
// breaks; a cell without a semicolon may use commas. A name that itself has one
// of these is put in double quotes, with a quote inside doubled, as
// [JoinGroups] does. Names are trimmed, blank ones dropped, and of names that
// differ in case only the first is kept.
func SplitGroups(cell string) []string {
	if cell == "" {
		return nil
	}
	if !strings.ContainsAny(cell, ";,\n\"") {
		if cell = strings.TrimSpace(cell); cell == "" {
			return nil
		}
		return []string{cell}
	}
	// A semicolon or line break outside of quotes makes commas part of names.
	names, met := splitNames(cell, ",;\n")
	if strings.ContainsAny(met, ";\n") {
		names, _ = splitNames(cell, ";\n")
	}
	var out []string
	for _, n := range names {
		if n == "" || slices.ContainsFunc(out, func(s string) bool { return strings.EqualFold(s, n) }) {
			continue
		}
		out = append(out, n)
	}
	return out
}

// JoinGroups writes names into one cell that [SplitGroups] takes apart again.
func JoinGroups(names []string) string {
	parts := make([]string, 0, len(names))
	for _, n := range names {
		if strings.ContainsAny(n, ";,\"\n") {
			n = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
		}
		parts = append(parts, n)
	}
	return strings.Join(parts, "; ")
}

// splitNames cuts s at any byte of seps outside of quoted names and tells the
// separators that it met.
func splitNames(s, seps string) (names []string, met string) {
	for {
		s = strings.TrimLeft(s, " ")
		name, rest, ok := cutQuoted(s, seps)
		if !ok {
			i := strings.IndexAny(s, seps)
			if i < 0 {
				i = len(s)
			}
			name, rest = strings.TrimSpace(s[:i]), s[i:]
		}
		names = append(names, name)
		if rest == "" {
			return names, met
		}
		met += rest[:1]
		s = rest[1:]
	}
}

// cutQuoted takes a quoted name off the front of s; rest starts with the
// separator or is empty. It refuses quotes that do not enclose a whole name.
func cutQuoted(s, seps string) (name, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		rest = strings.TrimLeft(s[i+1:], " ")
		if rest != "" && !strings.ContainsRune(seps, rune(rest[0])) {
			return "", "", false
		}
		return strings.TrimSpace(strings.ReplaceAll(s[1:i], `""`, `"`)), rest, true
	}
	return "", "", false
}
