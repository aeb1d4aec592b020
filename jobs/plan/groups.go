package plan

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// sameGroup reports whether two groups are one; new ones have nothing but a name.
func sameGroup(x, y Group) bool {
	if x.ID == "" && y.ID == "" {
		return x.Kind == y.Kind && foldName(x.Name) == foldName(y.Name)
	}
	return x.Kind == y.Kind && x.ID == y.ID
}

func hasGroup(groups []Group, g Group) bool {
	return slices.ContainsFunc(groups, func(o Group) bool { return sameGroup(o, g) })
}

// memberships finds the groups that a row joins and leaves.
func (b *builder) memberships(e *entry) {
	b.membership(e, roster.UserGroup, &b.groups)
	if edit, ok := b.edit(e.row, roster.ChatGroup); ok && b.account.ChatGroupsUnreadable {
		if edit.Replace || len(edit.Join)+len(edit.Leave) > 0 {
			b.tellOnce(roster.ChatGroup, CodeChatGroupsUnavailable, roster.Warning, nil)
		}
		return
	}
	b.membership(e, roster.ChatGroup, &b.chats)
}

// edit reads a cell of groups, the same one once. The result must not be changed.
func (b *builder) edit(r *roster.Row, f roster.Field) (roster.GroupEdit, bool) {
	cell := r.Get(f)
	if cell == "" {
		return r.GroupEdit(f)
	}
	if edit, known := b.edits[f][cell]; known {
		return edit, true
	}
	edit, ok := r.GroupEdit(f)
	if !ok {
		return edit, false
	}
	if b.edits[f] == nil {
		b.edits[f] = make(map[string]roster.GroupEdit)
	}
	b.edits[f][cell] = edit
	return edit, true
}

// member tells whether the person is in a group, and whether that was read.
func (b *builder) member(e *entry, g named) (in, read bool) {
	if e.user == nil {
		return false, true
	}
	switch g.kind {
	case UserGroup:
		return slices.Contains(e.user.GroupIDs, g.id), true
	case IMGroup:
		return slices.Contains(e.user.IMGroupIDs, g.id), true
	case ContactGroup:
		members := b.account.Members[g.id]
		return members[e.key], members != nil
	}
	return false, false
}

func (b *builder) membership(e *entry, f roster.Field, ix *nameIndex) {
	edit, ok := b.edit(e.row, f)
	if !ok {
		if e.intent == intendResend {
			b.rejoin(e, f, nil)
		}
		return
	}
	joins, leaves, unread := len(e.joins), len(e.leaves), false
	complete := true
	var kept []named
	for _, name := range edit.Join {
		all := ix.find(b.renamed(name))
		if len(all) == 0 {
			complete = b.unknownGroup(e, f, name, ix) && complete
			continue
		}
		at, blind := b.holds(e, all)
		unread = unread || blind
		if at >= 0 {
			kept = append(kept, all[at])
		}
		// Somebody who is invited again was taken out of all groups.
		if at < 0 || e.intent == intendResend {
			b.join(e, all[max(0, at)].group(), blind)
		}
	}
	for _, name := range edit.Leave {
		all := ix.find(b.renamed(name))
		if len(all) == 0 && !b.unknownLeft(e, f, name, ix) {
			complete = false
		}
		for _, g := range all {
			in, read := b.member(e, g)
			unread = unread || !read
			if !e.intent.adds() && (in || !read && e.intent.writes()) {
				e.leaves = append(e.leaves, g.group())
			}
		}
	}
	switch {
	case e.intent == intendCreate:
	case e.intent == intendResend && !edit.Replace:
		b.rejoin(e, f, edit.Leave)
	case edit.Replace && !e.intent.adds():
		unread = b.leaveOthers(e, f, kept) || unread
	}
	if e.intent.adds() {
		return
	}
	changed := len(e.joins) > joins || len(e.leaves) > leaves || (!complete && e.intent.quiet())
	if changed {
		e.differing = append(e.differing, f)
	}
	if unread {
		e.unread = append(e.unread, f)
	}
	if complete && !changed && !unread {
		e.settled = append(e.settled, f)
	}
}

// holds is the index of the first of several groups of one name that the person is in, -1 when it is none; blind says that
// nobody knows.
func (b *builder) holds(e *entry, all []named) (at int, blind bool) {
	for i, g := range all {
		in, read := b.member(e, g)
		if in {
			return i, false
		}
		blind = blind || !read
	}
	return -1, blind
}

// join notes that the row joins a group. What was not read is joined all the same, if anything is written.
func (b *builder) join(e *entry, g Group, blind bool) {
	if (!blind || e.intent.writes()) && !hasGroup(e.joins, g) {
		e.joins = append(e.joins, g)
	}
}

// rejoin keeps the groups of somebody who is invited again, but for those that the row leaves.
func (b *builder) rejoin(e *entry, f roster.Field, leave []string) {
	if e.user == nil {
		return
	}
	for _, g := range b.groupsOf(e, f) {
		if !slices.ContainsFunc(leave, func(name string) bool { return foldName(b.renamed(name)) == foldName(g.Name) }) && !hasGroup(e.joins, g) {
			e.joins = append(e.joins, g)
		}
	}
}

// leaveOthers takes the person out of all groups of the column but those kept; blind says that some were not read.
func (b *builder) leaveOthers(e *entry, f roster.Field, kept []named) (blind bool) {
	for _, g := range b.groupsOf(e, f) {
		if !slices.ContainsFunc(kept, func(k named) bool { return sameGroup(k.group(), g) }) {
			e.leaves = append(e.leaves, g)
		}
	}
	return f == roster.ChatGroup && !b.account.contactGroupsRead()
}

// groupsOf are the groups of a column that the person is in, as far as the account shows them, in the person's order.
func (b *builder) groupsOf(e *entry, f roster.Field) []Group {
	if b.byID == nil {
		b.byID = make(map[Group]Group, len(b.account.Groups))
		for _, g := range b.account.Groups {
			b.byID[Group{ID: g.ID, Kind: g.Kind}] = g
			if g.Kind == ContactGroup {
				b.contactGroups = append(b.contactGroups, g)
			}
		}
		// Zoom lists them in whatever order.
		slices.SortFunc(b.contactGroups, func(x, y Group) int { return cmp.Compare(x.ID, y.ID) })
	}
	var out []Group
	add := func(ids []string, kind GroupKind) {
		for _, id := range ids {
			if g, ok := b.byID[Group{ID: id, Kind: kind}]; ok && !hasGroup(out, g) {
				out = append(out, g)
			}
		}
	}
	if f == roster.UserGroup {
		add(e.user.GroupIDs, UserGroup)
		return out
	}
	add(e.user.IMGroupIDs, IMGroup)
	for _, g := range b.contactGroups {
		if b.account.Members[g.ID][e.key] {
			out = append(out, g)
		}
	}
	return out
}

// unknownGroup creates a user group that does not exist, where that was chosen, or makes it a fault; ok says that the
// group will be there.
func (b *builder) unknownGroup(e *entry, f roster.Field, name string, ix *nameIndex) bool {
	to := tidyName(b.renamed(name))
	if f != roster.UserGroup || !b.options.CreateGroups || ix.ambiguous(to) || foldName(to) == "" {
		b.unknown(e, f, name, ix)
		return false
	}
	if most, n := roster.Limit(roster.UserGroup), utf8.RuneCountInString(to); n > most {
		b.wrong(e, f, to, roster.TooLong, map[string]string{
			"max": strconv.Itoa(most), "length": strconv.Itoa(n), "name": shorten(to),
		}, "")
		return false
	}
	b.join(e, Group{Name: to, Kind: UserGroup}, false)
	return true
}

// unknownLeft reports a group that a row leaves and that does not exist. Where groups are created, another row may create
// it, and leaving it changes nothing either way; then it is no error, and ok.
func (b *builder) unknownLeft(e *entry, f roster.Field, name string, ix *nameIndex) (ok bool) {
	if f != roster.UserGroup || !b.options.CreateGroups || ix.ambiguous(b.renamed(name)) {
		b.unknown(e, f, name, ix)
		return false
	}
	b.unknownAs(e, f, name, ix, roster.Warning)
	return true
}

// unknown is the fault of naming a group that does not exist.
func (b *builder) unknown(e *entry, f roster.Field, name string, ix *nameIndex) {
	if !e.intent.quiet() {
		e.bad = true
		b.unknownAs(e, f, name, ix, roster.Error)
	}
}

func (b *builder) unknownAs(e *entry, f roster.Field, name string, ix *nameIndex, severity roster.Severity) {
	if e.intent.quiet() {
		return
	}
	code := CodeUnknownGroup
	if f == roster.ChatGroup {
		code = CodeUnknownChatGroup
	}
	to := b.renamed(name)
	near := b.near(f, to, ix)
	is := b.issue(e.row, f, name, code, severity, map[string]string{"group": shorten(to), "nearest": strings.Join(near, "; ")})
	if len(near) > 0 && is.Params["group"] != "" {
		// Without the name it would be put in the place of the whole cell, signs and all.
		is.Suggestion = roster.JoinGroups(near[:1])
	}
}

// newGroups lists the groups that the plan creates. Of several spellings all changes get the same one, whichever row comes
// first.
func (b *builder) newGroups() {
	names := make(map[string]string)
	each := func(do func(g *Group)) {
		for i := range b.plan.Changes {
			if c := &b.plan.Changes[i]; c.Action != ActionNone {
				for n := range c.Groups {
					if c.Groups[n].ID == "" {
						do(&c.Groups[n])
					}
				}
			}
		}
	}
	each(func(g *Group) {
		folded := foldName(g.Name)
		if before, seen := names[folded]; !seen || g.Name < before {
			names[folded] = g.Name
		}
	})
	if len(names) == 0 {
		return
	}
	each(func(g *Group) { g.Name = names[foldName(g.Name)] })
	b.plan.NewGroups = slices.Sorted(maps.Values(names))
}

// lookups lists the divisions and attributes that the plan's fields name, by the names that they have there. The divisions
// that people leave are among them, or what they have before the change could not be named; see [Plan.Current].
func (b *builder) lookups() {
	p := b.plan
	divisions, attributes := make(map[Division]bool), make(map[roster.Field]bool)
	for i := range p.Changes {
		if p.Changes[i].Action == ActionNone {
			continue
		}
		for _, f := range p.Changes[i].Fields {
			if f.Field == roster.Division {
				if found := b.divisions.find(f.New); f.New != "" && len(found) > 0 {
					divisions[Division{ID: found[0].id, Name: f.New}] = true
				}
				if d, ok := b.left(b.entries[i].user, f.Old); ok {
					divisions[d] = true
				}
			} else if _, ok := f.Field.Custom(); ok {
				attributes[f.Field] = true
			}
		}
	}
	// Of several of one name the first by id is the one that people are put into.
	p.Divisions = slices.SortedFunc(maps.Keys(divisions), func(x, y Division) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID))
	})
	all := slices.Clone(b.account.Attributes)
	slices.SortFunc(all, func(x, y Attribute) int {
		return cmp.Or(cmp.Compare(roster.CustomField(x.Name), roster.CustomField(y.Name)), cmp.Compare(x.Key, y.Key))
	})
	for _, at := range all {
		if f := roster.CustomField(at.Name); attributes[f] {
			p.Attributes = append(p.Attributes, at)
			delete(attributes, f)
		}
	}
}

// left is the division that somebody has and that their row changes; ok is false when there is none that has a name.
func (b *builder) left(u *zoomapi.User, name string) (d Division, ok bool) {
	if u == nil || len(u.DivisionIDs) == 0 || name == "" || name == u.DivisionIDs[0] {
		return Division{}, false
	}
	return Division{ID: u.DivisionIDs[0], Name: name}, true
}
