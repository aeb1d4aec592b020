package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
)

// digestDomain separates these hashes from any other and names their layout.
const digestDomain = "zoomusers plan 3\n"

// digest is the SHA-256, in hex, of what a plan does. Every text is preceded by its length and every list by its number of
// entries, so that no two plans give the same bytes.
func digest(p *Plan) string {
	var order []int
	for i := range p.Changes {
		if p.Changes[i].Action != ActionNone {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Compare(p.Changes[x].Key, p.Changes[y].Key) })
	w := encoder{to: sha256.New()}
	w.to.Write([]byte(digestDomain))
	w.text(p.AccountID)
	w.text(string(p.CreateAction))
	w.text(p.Undoes)
	w.number(len(order))
	for _, i := range order {
		w.effect(&p.Changes[i])
		w.flush(flushAt)
	}
	w.number(len(p.Divisions))
	for _, d := range p.Divisions {
		w.text(d.ID)
		w.text(d.Name)
	}
	w.number(len(p.Attributes))
	for _, a := range p.Attributes {
		w.text(a.Key)
		w.text(a.Name)
	}
	w.flush(0)
	return hex.EncodeToString(w.to.Sum(nil))
}

// flushAt is how many bytes are collected before they are hashed.
const flushAt = 4096

// encoder writes plans in the layout that is hashed.
type encoder struct {
	// to is nil when only the bytes are wanted.
	to  hash.Hash
	buf []byte
	// fields and groups are sorted here.
	fields []*FieldChange
	groups []*Group
}

func (w *encoder) number(n int) { w.buf = binary.AppendVarint(w.buf, int64(n)) }

func (w *encoder) text(s string) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(s)))
	w.buf = append(w.buf, s...)
}

// flush hashes what was collected if that is more than n bytes.
func (w *encoder) flush(n int) {
	if len(w.buf) > n {
		w.to.Write(w.buf)
		w.buf = w.buf[:0]
	}
}

// effect writes the part of a change that people approve. The id tells somebody else apart who has the address by the time
// the plan is made anew.
func (w *encoder) effect(c *Change) {
	w.text(c.Key)
	w.text(c.UserID)
	w.text(string(c.Action))
	w.number(c.UserType)
	w.fields = w.fields[:0]
	for i := range c.Fields {
		w.fields = append(w.fields, &c.Fields[i])
	}
	slices.SortFunc(w.fields, func(x, y *FieldChange) int { return cmp.Compare(x.Field, y.Field) })
	w.number(len(w.fields))
	for _, f := range w.fields {
		w.text(string(f.Field))
		w.text(f.Old)
		w.text(f.New)
	}
	// Groups are joined in the order of the row, since the first user group becomes the primary one. They are left in any.
	w.number(len(c.Groups))
	for i := range c.Groups {
		w.group(&c.Groups[i])
	}
	w.groups = w.groups[:0]
	for i := range c.Leaves {
		w.groups = append(w.groups, &c.Leaves[i])
	}
	slices.SortFunc(w.groups, func(x, y *Group) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Name, y.Name))
	})
	w.number(len(w.groups))
	for _, g := range w.groups {
		w.group(g)
	}
}

// group names a group by its id, or by its name while it has none.
func (w *encoder) group(g *Group) {
	w.text(string(g.Kind))
	w.text(g.ID)
	if g.ID == "" {
		w.text(g.Name)
	}
}
