package plan

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Difference is what sets two plans for the same rows apart.
type Difference struct {
	// Rows are the rows whose effect differs, in the order of the file.
	Rows []RowDifference
	// Before and After are rows by verdict.
	Before, After Counts
	// Otherwise says that the plans differ in what is none of their rows' own: the account, how people are added, or the job
	// that is undone.
	Otherwise bool
}

// RowDifference is one row in both plans. The zero Change stands for a row that the plan does not have.
type RowDifference struct {
	Line          int
	Before, After Change
}

// IsZero reports whether both plans do the same, whatever else they say: then they have the same digest.
func (d *Difference) IsZero() bool { return len(d.Rows) == 0 && !d.Otherwise }

// Compare tells two plans apart by what they do, not by their text, by when they were made or by the order of their rows.
// It finds nothing exactly when the digests are the same.
func Compare(before, after *Plan) Difference {
	d := Difference{
		Before: before.Counts, After: after.Counts,
		Otherwise: before.AccountID != after.AccountID || before.CreateAction != after.CreateAction || before.Undoes != after.Undoes,
	}
	old, now := indexChanges(before), indexChanges(after)
	v, w := effects{plan: before}, effects{plan: after}
	told := make(map[int]bool)
	for i := range after.Changes {
		c := &after.Changes[i]
		if c.Action == ActionNone {
			continue
		}
		at, known := old.writes[c.Key]
		if !known {
			was := before.at(old.lines, c.Line)
			// Whoever the row was about before is told here too, unless another row is about them by now.
			if _, elsewhere := now.writes[was.Key]; was.Action != ActionNone && !elsewhere {
				told[c.Line] = true
			}
			d.Rows = append(d.Rows, RowDifference{Line: c.Line, Before: was, After: *c})
			continue
		}
		if was := &before.Changes[at]; !bytes.Equal(v.of(was), w.of(c)) {
			d.Rows = append(d.Rows, RowDifference{Line: c.Line, Before: *was, After: *c})
		}
	}
	for i := range before.Changes {
		c := &before.Changes[i]
		if _, still := now.writes[c.Key]; c.Action != ActionNone && !still && !told[c.Line] {
			d.Rows = append(d.Rows, RowDifference{Line: c.Line, Before: *c, After: after.at(now.lines, c.Line)})
		}
	}
	slices.SortStableFunc(d.Rows, func(x, y RowDifference) int { return cmp.Compare(x.Line, y.Line) })
	return d
}

// changeIndex finds the changes of a plan: those that write something by key, all by line.
type changeIndex struct {
	writes map[string]int
	lines  map[int]int
}

func indexChanges(p *Plan) changeIndex {
	ix := changeIndex{writes: make(map[string]int), lines: make(map[int]int, len(p.Changes))}
	for i := range p.Changes {
		c := &p.Changes[i]
		ix.lines[c.Line] = i
		if c.Action != ActionNone {
			ix.writes[c.Key] = i
		}
	}
	return ix
}

// at is the change of a line, zero when the plan has none.
func (p *Plan) at(lines map[int]int, line int) Change {
	if i, ok := lines[line]; ok {
		return p.Changes[i]
	}
	return Change{}
}

// effects encodes what the changes of a plan do.
type effects struct {
	plan *Plan
	encoder
}

// of is everything that the digest holds of one change, with what the names of its fields stand for. It is valid until the
// next call.
func (w *effects) of(c *Change) []byte {
	w.buf = w.buf[:0]
	w.effect(c)
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Field == roster.Division {
			for _, d := range w.plan.Divisions {
				if d.Name == f.Old || d.Name == f.New {
					w.text(d.ID)
					w.text(d.Name)
				}
			}
		}
		if _, custom := f.Field.Custom(); custom {
			for _, a := range w.plan.Attributes {
				if roster.CustomField(a.Name) == f.Field {
					w.text(a.Key)
					w.text(a.Name)
				}
			}
		}
	}
	return w.buf
}
