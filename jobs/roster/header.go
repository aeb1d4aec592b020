package roster

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// known maps folded header names to fields, one map per language.
type known struct {
	languages []string
	byName    []map[string]Field
	tables    []headerNames
}

func newKnown() *known {
	k := &known{tables: allHeaderNames()}
	for _, t := range k.tables {
		m := make(map[string]Field, 160)
		for f, names := range t.names {
			if t.language == "en" {
				m[foldHeader(string(f))] = f
			}
			for _, n := range names {
				m[foldHeader(n)] = f
			}
		}
		delete(m, foldHeader(string(nameField)))
		for _, n := range t.names[nameField] {
			m[foldHeader(n)] = nameField
		}
		k.languages = append(k.languages, t.language)
		k.byName = append(k.byName, m)
	}
	return k
}

// foldHeader makes headers comparable: case, accents, apostrophes, hyphens,
// underscores, spaces, marks such as * and words such as (optional) do not
// count.
func foldHeader(s string) string {
	if v, ok := foldPlainHeader(s); ok {
		return v
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "（", "("), "）", ")")
	s = dropRemarks(strings.ToLower(stripMarks(s)))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '+' {
			return r
		}
		return -1
	}, s)
}

// foldPlainHeader folds the common case, ASCII without brackets.
func foldPlainHeader(s string) (string, bool) {
	var buf [64]byte
	out := buf[:0]
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '+':
			out = append(out, c)
		case 'A' <= c && c <= 'Z':
			out = append(out, c+'a'-'A')
		case c >= utf8.RuneSelf, c == '(', c == '[':
			return "", false
		}
	}
	return string(out), true
}

// dropRemarks takes bracketed remarks about the column, not its name, away.
func dropRemarks(s string) string {
	for _, pair := range []string{"()", "[]"} {
		from := strings.IndexByte(s, pair[0])
		to := strings.LastIndexByte(s, pair[1])
		if from < 0 || to < from {
			continue
		}
		remark := strings.Trim(s[from+1:to], " *.")
		for _, word := range []string{
			"optional", "required", "mandatory", "facultatif", "optionnel", "obligatoire", "requis", "pflicht",
			"erforderlich", "opcional", "obligatorio", "obrigatorio", "facoltativo", "opzionale", "obbligatorio",
			"optioneel", "verplicht", "任意", "必須", "max", "yes", "format",
		} {
			if strings.HasPrefix(remark, word) {
				return s[:from] + s[to+1:]
			}
		}
	}
	return s
}

// inLanguage looks a folded header up in one language.
func (k *known) inLanguage(i int, folded string) (Field, bool) {
	f, ok := k.byName[i][folded]
	return f, ok
}

// any reports whether any language knows the folded header.
func (k *known) any(folded string) bool {
	for i := range k.byName {
		if _, ok := k.byName[i][folded]; ok {
			return true
		}
	}
	return false
}

// score counts the cells of a record that are names of columns, at most one
// per name.
func (k *known) score(cells []string) int {
	n := 0
	var seen []string
	for _, c := range cells {
		if c == "" || len(c) > 200 {
			continue
		}
		folded := foldHeader(c)
		if !k.any(folded) {
			if folded = string(customOf(c)); folded == "" {
				continue
			}
		}
		if folded != "" && !slices.Contains(seen, folded) {
			seen = append(seen, folded)
			n++
		}
	}
	return n
}

// resolve names the columns of a header. The language is the one that knows
// most of them; a header that it does not know is looked up in the others, the
// better fitting ones first.
func (k *known) resolve(header []string, decided map[string]Field) (columns []Column, language string, dropped []bool) {
	folded := make([]string, len(header))
	for i, h := range header {
		folded[i] = foldHeader(h)
	}
	order := k.rank(folded)
	columns = make([]Column, len(header))
	dropped = make([]bool, len(header))
	for i, h := range header {
		h = headerText(h)
		columns[i] = Column{Index: i, Header: h}
		if f, ok := decided[h]; ok {
			columns[i].Field, dropped[i] = f, f == ""
			continue
		}
		if folded[i] == "" {
			continue
		}
		for _, l := range order {
			if f, ok := k.inLanguage(l, folded[i]); ok {
				columns[i].Field = f
				break
			}
		}
		if columns[i].Field == "" {
			columns[i].Field = customOf(h)
		}
	}
	settleName(columns)
	if len(order) > 0 && k.hits(order[0], folded) > 0 {
		language = k.languages[order[0]]
	}
	return columns, language, dropped
}

func (k *known) hits(language int, folded []string) int {
	n := 0
	var seen []Field
	for _, h := range folded {
		if f, ok := k.inLanguage(language, h); ok && !slices.Contains(seen, f) {
			seen = append(seen, f)
			n++
		}
	}
	return n
}

// rank orders the languages by how many columns they name.
func (k *known) rank(folded []string) []int {
	order := make([]int, len(k.languages))
	hits := make([]int, len(k.languages))
	for i := range order {
		order[i], hits[i] = i, k.hits(i, folded)
	}
	slices.SortStableFunc(order, func(a, b int) int { return hits[b] - hits[a] })
	return order
}

// settleName decides what a column called just "name" is.
func settleName(columns []Column) {
	has := func(f Field) bool {
		return slices.ContainsFunc(columns, func(c Column) bool { return c.Field == f })
	}
	for i := range columns {
		if columns[i].Field != nameField {
			continue
		}
		if has(FirstName) && !has(LastName) {
			columns[i].Field = LastName
		} else {
			columns[i].Field = DisplayName
		}
	}
}

// headerText is the header as people would write it: on one line and trimmed.
func headerText(h string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, h)), " ")
}

// FieldOf gives the field of a header in any language, empty when it is not
// known. English wins where languages disagree.
func FieldOf(header string) Field {
	columns, _, _ := newKnown().resolve([]string{header}, nil)
	return columns[0].Field
}

// HeaderName gives the usual header of f in a language, the English one when
// the language has none, and f itself when nobody has. That of a custom
// attribute is the same in every language.
func HeaderName(f Field, language string) string {
	if name, ok := f.Custom(); ok {
		return customHeader + name
	}
	english := string(f)
	for _, t := range allHeaderNames() {
		names := t.names[f]
		if len(names) == 0 {
			continue
		}
		if t.language == language {
			return names[0]
		}
		if t.language == "en" {
			english = names[0]
		}
	}
	return english
}

// Languages lists the languages whose headers are known, English first.
func Languages() []string {
	var out []string
	for _, t := range allHeaderNames() {
		out = append(out, t.language)
	}
	return out
}

// suggestHeader gives the header that an unknown one was probably meant to be,
// among the fields that the file does not have yet.
func (k *known) suggestHeader(header, language string, columns []Column) string {
	folded := foldHeader(header)
	if folded == "" || len(folded) > 60 {
		return ""
	}
	present := make(map[Field]bool, len(columns))
	for _, c := range columns {
		present[c.Field] = true
	}
	fieldOf := make(map[string]Field)
	var candidates []string
	for _, i := range k.rankFor(language) {
		for name, f := range k.byName[i] {
			if _, ok := fieldOf[name]; ok || present[f] || f == nameField {
				continue
			}
			fieldOf[name] = f
			candidates = append(candidates, name)
		}
	}
	slices.Sort(candidates)
	best := nearestWithin(folded, candidates, 1)
	if len(best) == 0 {
		return ""
	}
	if language == "" {
		language = "en"
	}
	return HeaderName(fieldOf[best[0]], language)
}

// rankFor puts the given language first.
func (k *known) rankFor(language string) []int {
	order := []int{}
	if i := slices.Index(k.languages, language); i >= 0 {
		order = append(order, i)
	}
	for i := range k.languages {
		if !slices.Contains(order, i) {
			order = append(order, i)
		}
	}
	return order
}
