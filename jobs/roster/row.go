package roster

import (
	"encoding/json"
	"maps"
	"slices"
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
	clears []Field  // emptied by the marker
}

// NewRow makes a row out of cells by field, as Read would have made it of a
// file: [ClearMarker] clears, and [EscapeCell] is undone. Its Cells are in the
// order of their keys.
func NewRow(line, number int, cells map[Field]string) Row {
	r := Row{Line: line, Number: number}
	for _, f := range slices.Sorted(maps.Keys(cells)) {
		var ignored Changes
		v, t := clean(f, cells[f], &ignored)
		emptied := false
		if t&maybeClear != 0 {
			v, emptied = unescape(f, v)
		}
		if emptied && clearable(f) {
			if v = cleared(f); v == "" {
				r.clears = append(r.clears, f)
			}
		} else if !emptied && canonical(f) {
			v, _ = canon(f, v)
		}
		r.fields = append(r.fields, f)
		r.values = append(r.values, v)
		r.Cells = append(r.Cells, cells[f])
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

// Clears reports whether the cell of f empties the field; see [ClearMarker].
// Get then gives "". Add-ons are switched off instead: their value is "0".
func (r Row) Clears(f Field) bool { return len(r.clears) > 0 && slices.Contains(r.clears, f) }

// Groups lists the user groups that the row joins; see [Row.GroupEdit].
func (r Row) Groups() []string { return SplitGroups(r.Get(UserGroup)) }

// ChatGroups lists the chat groups that the row joins; see [Row.GroupEdit].
func (r Row) ChatGroups() []string { return SplitGroups(r.Get(ChatGroup)) }

// GroupEdit gives what the cell of f, UserGroup or ChatGroup, asks for; ok is
// false when it is blank. Of a cell with an error it is what could be read.
func (r Row) GroupEdit(f Field) (e GroupEdit, ok bool) {
	if r.Clears(f) {
		return GroupEdit{Replace: true}, true
	}
	v := r.Get(f)
	if v == "" {
		return GroupEdit{}, false
	}
	e, _ = parseGroups(v)
	return e, true
}

// UserType gives basic, licensed, unassigned or none: that of the column
// UserType, else that of Licenses. It is empty when neither says one of them.
func (r Row) UserType() string {
	for _, f := range []Field{UserType, Licenses} {
		if v := r.Get(f); isUserType(v) {
			return v
		}
	}
	return ""
}

// Phones gives the phone numbers of the row, nil when there are none or the
// cell has an error.
func (r Row) Phones() []Phone {
	phones, err := ParsePhones(r.Get(PhoneNumber))
	if err != nil {
		return nil
	}
	return phones
}

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
		slices.Equal(r.Cells, o.Cells) && slices.Equal(r.clears, o.clears) && maps.Equal(r.Values(), o.Values())
}

// rowJSON is the stored form of a Row.
type rowJSON struct {
	Line   int              `json:"line"`
	Number int              `json:"number"`
	Cells  []string         `json:"cells"`
	Values map[Field]string `json:"values"`
	Clears []Field          `json:"clears,omitempty"`
}

// MarshalJSON stores the row with its cleaned values.
func (r Row) MarshalJSON() ([]byte, error) {
	return json.Marshal(rowJSON{r.Line, r.Number, r.Cells, r.Values(), r.clears})
}

// UnmarshalJSON reads what MarshalJSON wrote, without cleaning again.
func (r *Row) UnmarshalJSON(b []byte) error {
	var v rowJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*r = Row{Line: v.Line, Number: v.Number, Cells: v.Cells, clears: v.Clears}
	for _, f := range slices.Sorted(maps.Keys(v.Values)) {
		r.fields = append(r.fields, f)
		r.values = append(r.values, v.Values[f])
	}
	return nil
}
