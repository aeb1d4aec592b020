package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// UndoRoster tells what of the account has to be read before [Undo], in the form in which a file tells it: the rows are the
// people whom the job touched, with the address that they were left with and with something in each column that matters. It
// is for reading alone, and asks for nothing that a plan could be built of.
func UndoRoster(done []Done) *roster.Roster {
	r := &roster.Roster{}
	columns := make(map[roster.Field]bool)
	for i := range done {
		d := &done[i]
		if d.nothing() || d.Change.Key == "" {
			continue
		}
		cells := d.cells()
		for f := range cells {
			columns[f] = true
		}
		r.Rows = append(r.Rows, roster.NewRow(d.Change.Line, d.Change.Row, cells))
	}
	for i, f := range slices.Sorted(maps.Keys(columns)) {
		header := roster.HeaderName(f, "")
		r.Header = append(r.Header, header)
		r.Columns = append(r.Columns, roster.Column{Index: i, Header: header, Field: f})
	}
	return r
}

// cells names what has to be known of the person of a row.
func (d *Done) cells() map[roster.Field]string {
	cells := map[roster.Field]string{roster.Email: d.key()}
	if d.invited() || d.Removed || d.Withdrawn {
		return cells
	}
	put := func(f roster.Field, value string) {
		cells[f] = cmp.Or(roster.EscapeCell(f, value), roster.ClearMarker)
	}
	for _, f := range d.Change.Fields {
		if !slices.Contains(d.Fields, f.Field) {
			continue
		}
		switch {
		case f.Field == roster.Manager && strings.Contains(f.New, "@"):
			// Zoom may show a manager by name, so that person is looked up too.
			put(f.Field, f.New)
		default:
			// That of the address is who has the old one by now.
			put(f.Field, f.Old)
		}
	}
	for _, l := range d.Change.Loses {
		put(l.Field, l.Value)
	}
	if d.Status && d.Change.Action == ActionActivate {
		// What goes with the access is read as for a row that takes it.
		cells[roster.Action] = string(ActionDeactivate)
	}
	names := make(map[roster.Field][]string)
	for _, g := range slices.Concat(d.Joined, d.Left) {
		names[g.Kind.column()] = append(names[g.Kind.column()], g.Name)
	}
	for f, all := range names {
		cells[f] = roster.JoinGroups(all)
	}
	return cells
}
