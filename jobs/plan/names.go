package plan

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// named is something of the account that files call by its name: a group, a division or an attribute.
type named struct {
	id, name string
	kind     GroupKind
}

func (n named) group() Group { return Group{ID: n.id, Name: n.name, Kind: n.kind} }

// nameIndex finds such things by name.
type nameIndex struct {
	exact  map[string][]named  // by tidied name; several of one name by id
	folded map[string][]string // tidied names
	// plain are the names without accents and capitals, in the account's order, and plainNames those that look so: a
	// search for the nearest names has less to do for each of many candidates then.
	plain      []string
	plainNames map[string][]string
}

func indexNames(all []named) nameIndex {
	ix := nameIndex{exact: make(map[string][]named), folded: make(map[string][]string), plainNames: make(map[string][]string)}
	for _, n := range all {
		name := tidyName(n.name)
		if name == "" {
			continue
		}
		before := ix.exact[name]
		// Two of one name cannot be told apart in a file. Always the same one is taken, in whatever order Zoom lists them, so
		// that the digest does not waver.
		at, _ := slices.BinarySearchFunc(before, n, func(x, y named) int { return strings.Compare(x.id, y.id) })
		ix.exact[name] = slices.Insert(before, at, n)
		if len(before) > 0 {
			continue
		}
		folded := foldName(name)
		ix.folded[folded] = append(ix.folded[folded], name)
		plain := plainName(folded)
		if len(ix.plainNames[plain]) == 0 {
			ix.plain = append(ix.plain, plain)
		}
		ix.plainNames[plain] = append(ix.plainNames[plain], name)
	}
	return ix
}

func indexGroups(groups []Group, kinds ...GroupKind) nameIndex {
	var all []named
	for _, g := range groups {
		if slices.Contains(kinds, g.Kind) {
			all = append(all, named{g.ID, g.Name, g.Kind})
		}
	}
	return indexNames(all)
}

// find returns those of that name, else those of the only name that differs in nothing but letter case and blanks.
func (ix nameIndex) find(name string) []named {
	name = tidyName(name)
	if all, ok := ix.exact[name]; ok {
		return all
	}
	if like := ix.folded[foldName(name)]; len(like) == 1 {
		return ix.exact[like[0]]
	}
	return nil
}

// ambiguous reports whether there are several names that differ from this one in letter case and blanks alone.
func (ix nameIndex) ambiguous(name string) bool { return len(ix.folded[foldName(name)]) > 1 }

// nearest gives up to n names that a name was probably meant to be, the nearest first.
func (ix nameIndex) nearest(name string, n int) []string {
	var out []string
	for _, plain := range roster.Nearest(name, ix.plain, n) {
		out = append(out, ix.plainNames[plain]...)
	}
	return out[:min(n, len(out))]
}

// tidyName tidies a name as a cell of a file is. Line breaks stay, as in cells that hold several names.
func tidyName(s string) string { return roster.Clean(roster.UserGroup, s) }

// foldName makes names equal that differ in letter case, the form of their accents, or blanks. By way of the upper case,
// since some letters have two lower-case forms.
func foldName(s string) string {
	s = strings.Join(strings.Fields(tidyName(s)), " ")
	return strings.ToLower(strings.ToUpper(s))
}

// plainName takes the accents off a folded name.
func plainName(folded string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(folded))
}

// typoRunes are what slips of the pen put into addresses.
const typoRunes = "abcdefghijklmnopqrstuvwxyz0123456789.-_"

// slips calls yield with every address that differs from key by one slip: a letter too many, too few, wrong, or two
// exchanged; before the @ as well as after it.
func slips(key string, yield func(string)) {
	runes := []rune(key)
	for i := range runes {
		yield(string(runes[:i]) + string(runes[i+1:]))
		if i+1 < len(runes) && runes[i] != runes[i+1] {
			yield(string(runes[:i]) + string(runes[i+1]) + string(runes[i]) + string(runes[i+2:]))
		}
	}
	for i := range len(runes) + 1 {
		front := string(runes[:i])
		back := string(runes[i:])
		var next string
		if i < len(runes) {
			next = string(runes[i+1:])
		}
		for _, c := range typoRunes {
			yield(front + string(c) + back)
			if i < len(runes) && runes[i] != '@' {
				yield(front + string(c) + next)
			}
		}
	}
}
