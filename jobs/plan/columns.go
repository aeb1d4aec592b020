package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// attributeColumn is a column of the file that holds values of an attribute of the account.
type attributeColumn struct {
	// field is the attribute's.
	field roster.Field
	// source is the field of the column; it may be spelt otherwise. A column whose header the roster does not know has
	// none, and its cells are the index-th ones.
	source roster.Field
	index  int
}

// value is what a row says of the attribute: an empty value keeps, or clears.
func (c attributeColumn) value(r *roster.Row) (value string, clears bool) {
	if c.source != "" {
		return r.Get(c.source), r.Clears(c.source)
	}
	if c.index >= len(r.Cells) || r.Cells[c.index] == "" {
		return "", false
	}
	cell := roster.NewRow(0, 0, map[roster.Field]string{c.field: r.Cells[c.index]})
	return cell.Get(c.field), cell.Clears(c.field)
}

// wholeFile finds the columns of attributes, keeps the roster's issues about the whole file, and warns about what is left
// out.
func (b *builder) wholeFile() {
	adopted := b.attributeColumns()
	for i := range b.roster.Issues {
		is := &b.roster.Issues[i]
		if is.Row <= 0 && (is.Code != roster.UnknownColumn || !adopted[is.Col-1]) {
			b.kept = append(b.kept, *is)
		}
	}
	b.leftOut()
	b.choices()
}

// attributeColumns fills b.attributes; the result are the indexes of columns that the roster did not know.
func (b *builder) attributeColumns() map[int]bool {
	adopted := make(map[int]bool)
	all := make([]named, 0, len(b.account.Attributes))
	byField := make(map[roster.Field]bool)
	for _, at := range b.account.Attributes {
		all = append(all, named{id: at.Key, name: at.Name})
		byField[roster.CustomField(at.Name)] = true
	}
	ix := indexNames(all)
	find := func(name string) (roster.Field, bool) {
		if f := roster.CustomField(name); byField[f] {
			return f, true
		}
		if found := ix.find(name); len(found) > 0 {
			return roster.CustomField(found[0].name), true
		}
		return "", false
	}
	used := func(f roster.Field) bool {
		return slices.ContainsFunc(b.attributes, func(c attributeColumn) bool { return c.field == f })
	}
	for _, c := range b.roster.Columns {
		name, custom := c.Field.Custom()
		if !custom {
			continue
		}
		if f, ok := find(name); ok && !used(f) {
			b.attributes = append(b.attributes, attributeColumn{field: f, source: c.Field})
			continue
		}
		b.ignored = append(b.ignored, c.Field)
		if b.says(c.Field) {
			near := b.near("custom", name, &ix)
			is := b.issue(nil, c.Field, "", CodeUnknownAttribute, roster.Warning, map[string]string{
				"attribute": shorten(name), "nearest": strings.Join(near, "; "),
			})
			if len(near) > 0 {
				is.Suggestion = roster.HeaderName(roster.CustomField(near[0]), b.roster.Language)
			}
		}
	}
	for _, c := range b.roster.Columns {
		if c.Field != "" || !slices.ContainsFunc(b.roster.Issues, func(is roster.Issue) bool {
			return is.Code == roster.UnknownColumn && is.Col == c.Index+1
		}) {
			continue
		}
		if f, ok := find(c.Header); ok && !used(f) {
			b.attributes = append(b.attributes, attributeColumn{field: f, index: c.Index})
			adopted[c.Index] = true
		}
	}
	slices.SortFunc(b.attributes, func(x, y attributeColumn) int { return strings.Compare(string(x.field), string(y.field)) })
	return adopted
}

// says reports whether any row says something in a column.
func (b *builder) says(f roster.Field) bool {
	return slices.ContainsFunc(b.roster.Rows, func(r roster.Row) bool { return r.Has(f) || r.Clears(f) })
}

// leftOut warns about columns that have values and that are not written: nobody shall believe that they had an effect.
// Columns that no file can set are the roster's to tell, and so are names of licences that are no user types.
func (b *builder) leftOut() {
	addOns := addOnFields()
	known := append(profileFields(), addOns[:]...)
	known = append(append(known, roster.NewEmail, roster.TransferTo), roster.TransferFields()...)
	known = append(known, roster.UserType, roster.Licenses, roster.UserGroup, roster.ChatGroup, roster.Action)
	for _, c := range b.roster.Columns {
		_, custom := c.Field.Custom()
		if custom || !roster.Importable(c.Field) || slices.Contains(known, c.Field) || !b.says(c.Field) {
			continue
		}
		b.issue(nil, c.Field, "", roster.IgnoredColumn, roster.Warning, nil)
	}
}

// choices checks the add-ons that were chosen for everybody who is added.
func (b *builder) choices() {
	b.chosen = make(map[roster.Field]string)
	for f, n := range map[roster.Field]int{roster.LargeMeeting: b.options.LargeMeeting, roster.Webinar: b.options.Webinar} {
		if n > 0 {
			b.chosen[f] = strconv.Itoa(n)
		}
	}
	for _, f := range addOnFields() {
		v := b.chosen[f]
		if v == "" {
			continue
		}
		have, known := b.capacities(f)
		switch {
		case known && !slices.Contains(have, v):
			delete(b.chosen, f)
			params := map[string]string{"fields": string(f), "capacity": v, "capacities": strings.Join(have, ", ")}
			if len(have) == 0 {
				params["kind"] = "none"
			}
			b.issue(nil, f, "", CodeNoSuchCapacity, roster.Warning, params)
		case b.options.UserType != zoomapi.TypeLicensed:
			// Rows may name the licence themselves.
			b.issue(nil, f, "", CodeNeedsLicence, roster.Warning, map[string]string{
				"fields": string(f), "type": TypeName(b.options.UserType), "kind": "chosen",
			})
		}
	}
}
