package roster

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// GroupEdit is what a group cell asks for.
type GroupEdit struct {
	// Replace makes Join the whole of the person's groups; Leave is then empty.
	Replace bool
	// Join and Leave are names of groups, in the order of the cell.
	Join, Leave []string
}

// Kinds of invalid_groups.
const (
	groupsNoName    = "no_name"           // a sign with nothing after it
	groupsBothWays  = "join_and_leave"    // a group is joined and left
	groupsLeaveAll  = "replace_and_leave" // "=A; -B": what is not named is left anyway
	groupsLateEqual = "late_equals"       // "A; =B": the sign belongs before the first name
	groupsClear     = "clear_and_names"   // "A; (clear)"
)

// groupFault is what is wrong with a group cell; kind is empty when nothing is.
type groupFault struct{ kind, name string }

// parseGroups takes a group cell apart, as far as it can when there is a fault.
func parseGroups(cell string) (GroupEdit, groupFault) {
	var e GroupEdit
	if cell == "" {
		return e, groupFault{}
	}
	if !strings.ContainsAny(cell, ";,\n\"") && !signed(cell) {
		if cell = trimSpace(cell); cell != "" {
			e.Join = []string{cell}
		}
		return e, groupFault{}
	}
	// A semicolon or line break outside of quotes makes commas part of names.
	items, met := splitGroupItems(cell, ",;\n")
	if strings.ContainsAny(met, ";\n") {
		items, _ = splitGroupItems(cell, ";\n")
	}
	var fault groupFault
	found := func(kind, name string) {
		if fault.kind == "" {
			fault = groupFault{kind, name}
		}
	}
	var join, leave nameList
	for i, it := range items {
		switch {
		case it.sign == '=' && i > 0:
			found(groupsLateEqual, it.name)
			continue
		case it.sign == '=':
			e.Replace = true
		case it.name != "" && !it.quoted && len(items) > 1 && saysClear(it.name):
			found(groupsClear, it.name)
			continue
		}
		switch {
		case it.name == "" && it.sign != 0:
			found(groupsNoName, string(it.sign))
		case it.name == "":
		case it.sign == '-':
			leave.add(it.name)
		default:
			join.add(it.name)
		}
	}
	e.Join, e.Leave = join.names, leave.names
	for _, name := range e.Leave {
		if join.has(name) {
			found(groupsBothWays, name)
		}
	}
	if e.Replace && len(e.Leave) > 0 {
		found(groupsLeaveAll, e.Leave[0])
	}
	return e, fault
}

// nameList holds names that differ in more than case.
type nameList struct {
	names  []string
	folded map[string]bool // once there are many
}

// manyNames is the length from which a list is no longer searched name by name.
const manyNames = 32

func (l *nameList) has(name string) bool {
	if l.folded != nil {
		return l.folded[strings.ToLower(strings.ToUpper(name))]
	}
	return slices.ContainsFunc(l.names, func(s string) bool { return strings.EqualFold(s, name) })
}

func (l *nameList) add(name string) {
	if l.has(name) {
		return
	}
	l.names = append(l.names, name)
	switch {
	case l.folded != nil:
		l.folded[strings.ToLower(strings.ToUpper(name))] = true
	case len(l.names) == manyNames:
		l.folded = make(map[string]bool)
		for _, n := range l.names {
			l.folded[strings.ToLower(strings.ToUpper(n))] = true
		}
	}
}

// edits reports whether a cell may say more than the names of groups to join.
func edits(cell string) bool {
	for i := range len(cell) {
		switch cell[i] {
		case '+', '-', '=', '(', "–"[0], "（"[0]:
			return true
		}
	}
	return false
}

// cutSign takes the sign off the front of a name, 0 when there is none. The
// dashes and the full-width forms that text programs and other keyboards make
// of a sign mean the same; a name that starts with one is quoted.
func cutSign(s string) (sign byte, rest string) {
	r, n := utf8.DecodeRuneInString(s)
	switch r {
	case '+', '＋', '﹢':
		return '+', s[n:]
	case '-', '‐', '‑', '‒', '–', '—', '−', '－', '﹣':
		return '-', s[n:]
	case '=', '＝', '﹦':
		return '=', s[n:]
	}
	return 0, s
}

// signed reports whether a cell starts like an edit.
func signed(cell string) bool {
	sign, _ := cutSign(strings.TrimLeft(cell, " "))
	return sign != 0
}

// SplitGroups lists the groups that a cell joins. Names stand between
// semicolons or line breaks; a cell without a semicolon may use commas. A name
// that itself has one of these is put in double quotes, with a quote inside
// doubled, as [JoinGroups] does. Names are trimmed, blank ones dropped, and of
// names that differ in case only the first is kept.
func SplitGroups(cell string) []string {
	e, _ := parseGroups(cell)
	return e.Join
}

// JoinGroups writes names into one cell that [SplitGroups] takes apart again.
func JoinGroups(names []string) string {
	parts := make([]string, 0, len(names))
	for _, n := range names {
		if quotedInGroups(n) {
			n = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
		}
		parts = append(parts, n)
	}
	return strings.Join(parts, "; ")
}

// quotedInGroups reports whether a name would mean something else without
// quotes.
func quotedInGroups(name string) bool {
	// Tidying can make separators of what was none.
	t := Clean(UserGroup, name)
	if strings.ContainsAny(name, ";,\"\n") || strings.ContainsAny(t, ";,\"\n") {
		return true
	}
	return t != "" && (signed(t) || strings.IndexByte(`(\`, t[0]) >= 0 || strings.HasPrefix(t, "（"))
}

// groupItem is one name of a group cell and the sign before it.
type groupItem struct {
	sign   byte // + - = or 0
	quoted bool
	name   string
}

// splitGroupItems cuts s at any byte of seps outside of quoted names and tells
// which separators it met.
func splitGroupItems(s, seps string) (items []groupItem, met string) {
	for {
		var it groupItem
		s = strings.TrimLeft(s, " ")
		if sign, rest := cutSign(s); sign != 0 {
			it.sign, s = sign, strings.TrimLeft(rest, " ")
		}
		name, rest, ok := cutQuoted(s, seps)
		if !ok {
			i := strings.IndexAny(s, seps)
			if i < 0 {
				i = len(s)
			}
			name, rest = trimSpace(s[:i]), s[i:]
		}
		it.name, it.quoted = name, ok
		items = append(items, it)
		if rest == "" {
			return items, met
		}
		if strings.IndexByte(met, rest[0]) < 0 {
			met += rest[:1]
		}
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
		return trimSpace(strings.ReplaceAll(s[1:i], `""`, `"`)), rest, true
	}
	return "", "", false
}
