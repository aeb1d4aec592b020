package zoomtest

import (
	"slices"
	"strings"
)

// group is a user group, an IM group (kind is set) or a contact group (its
// members are entries).
type group struct {
	ID      string
	name    string
	seq     int64
	members []*person // ordered by seq

	kind    string // IM groups: normal, shared or restricted
	search  imSearch
	privacy int // contact groups: 1 to 3
	about   string
	entries []contactEntry
}

func groupSeq(g *group) int64 { return g.seq }

func (g *group) public() Group {
	return Group{ID: g.ID, Name: g.name, TotalMembers: len(g.members) + len(g.entries)}
}

// groupSet is all groups of one sort. Names are unique whatever their case.
type groupSet struct {
	byID  map[string]*group
	names map[string]*group
	order []*group // by seq
}

func newGroupSet() *groupSet {
	return &groupSet{byID: map[string]*group{}, names: map[string]*group{}}
}

func nameKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func (s *groupSet) named(name string) *group { return s.names[nameKey(name)] }

func (s *groupSet) add(a *Account, name string) *group {
	a.seq++
	g := &group{ID: a.newID("group", a.seq), seq: a.seq, name: name}
	s.byID[g.ID], s.names[nameKey(name)] = g, g
	s.order = append(s.order, g)
	return g
}

func (s *groupSet) rename(g *group, name string) {
	delete(s.names, nameKey(g.name))
	g.name = name
	s.names[nameKey(name)] = g
}

func (s *groupSet) remove(g *group) {
	delete(s.byID, g.ID)
	delete(s.names, nameKey(g.name))
	s.order = dropSeq(s.order, g.seq, groupSeq)
}

// reseat brings the member lists in line with a person's changed group ids.
func (s *groupSet) reseat(p *person, before, after []string) {
	for _, id := range before {
		if g := s.byID[id]; g != nil && !slices.Contains(after, id) {
			g.members = dropSeq(g.members, p.seq, personSeq)
		}
	}
	for _, id := range after {
		if g := s.byID[id]; g != nil && !slices.Contains(before, id) {
			g.members = addSeq(g.members, p, personSeq)
		}
	}
}

// forget takes a person or a group out of all entries.
func (s *groupSet) forget(id string) {
	for _, g := range s.order {
		g.entries = slices.DeleteFunc(slices.Clone(g.entries), func(e contactEntry) bool { return e.ID == id })
	}
}

func (s *groupSet) public() []Group {
	out := make([]Group, 0, len(s.order))
	for _, g := range s.order {
		out = append(out, g.public())
	}
	return out
}
