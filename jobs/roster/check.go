package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// check looks at a value that is not obviously fine. It reports false when
// there is no more to say about it.
func (r *reader) check(i int, v string, t traits) bool {
	s := &r.slots[i]
	if t&hasHash != 0 {
		if text := spreadsheetError(v); text != "" {
			r.issue(i, SpreadsheetError, Error, v, "text", text)
			return false
		}
	}
	if t&hasControl != 0 {
		r.control(i, v)
	}
	if t&hasFormula != 0 {
		r.issue(i, Formula, Note, v)
	}
	if t&nonASCII != 0 {
		r.nonASCII(i, v)
	}
	if s.limit > 0 && len(v) > s.limit {
		r.length(i, v)
	}
	switch {
	case s.field == Manager:
		r.checkManager(i, v)
	case s.field == NewEmail, s.field == TransferTo:
		if fault := emailFault(v); fault != "" {
			at := r.issue(i, InvalidEmail, Error, v, "reason", fault)
			r.mend = append(r.mend, mending{at, len(r.out.Rows) - 1, i})
		}
	case s.group && edits(v):
		if _, fault := parseGroups(v); fault.kind != "" {
			r.issue(i, InvalidGroups, Error, v, "kind", fault.kind, "name", shorten(fault.name))
		}
	}
	return t&(hasControl|hasReplacement) == 0
}

// marked reads a cell that says the marker. It gives the value that the cell
// escapes, or "" after having cleared the field.
func (r *reader) marked(i int, v string) string {
	s := &r.slots[i]
	v, emptied := unescape(s.field, v)
	if !emptied {
		return v
	}
	row := &r.out.Rows[len(r.out.Rows)-1]
	switch {
	case !clearable(s.field):
		r.issue(i, CannotClear, Error, v)
	case cleared(s.field) != "":
		row.values[i] = cleared(s.field)
	default:
		row.clears = append(row.clears, s.field)
	}
	return ""
}

// canonKey and canonValue remember what canon made of the cells of a file,
// where few values repeat over and over.
type canonKey struct {
	field Field
	value string
}

type canonValue struct {
	value string
	fault fault
}

// vocabulary gives the canonical form of a value and says what is wrong with
// it.
func (r *reader) vocabulary(i int, v string, t traits) string {
	s := &r.slots[i]
	key := canonKey{s.field, v}
	c, ok := r.canons[key]
	if !ok {
		c.value, c.fault = canon(s.field, v)
		if r.canons == nil {
			r.canons = make(map[canonKey]canonValue)
		}
		r.canons[key] = c
	}
	if c.fault.code == "" && t&^nonASCII == 0 {
		return c.value
	}
	if r.check(i, v, t) && c.fault.code != "" {
		at := r.issue(i, c.fault.code, c.fault.severity, v, c.fault.params...)
		r.out.Issues[at].Suggestion = c.fault.suggestion
	}
	return c.value
}

func (r *reader) checkManager(i int, v string) {
	if strings.IndexByte(v, '@') < 0 {
		return
	}
	if v != r.manager {
		if fault := emailFault(v); fault != "" {
			at := r.issue(i, InvalidManager, Error, v, "reason", fault)
			r.mend = append(r.mend, mending{at, len(r.out.Rows) - 1, i})
			return
		}
		r.manager = v
	}
	col := r.slots[r.emailAt].col
	if cells := r.sc.cells; col < len(cells) && len(cells[col]) >= len(v) && strings.EqualFold(v, trimSpace(cells[col])) {
		r.issue(i, SelfManager, Warning, v)
	}
}

func (r *reader) control(i int, v string) {
	first, n := rune(0), 0
	mended := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' {
			if n == 0 {
				first = c
			}
			n++
			return -1
		}
		return c
	}, v)
	at := r.issue(i, ControlCharacter, Error, v, "character", fmt.Sprintf("U+%04X", first), "count", itoa(n))
	r.out.Issues[at].Suggestion = mended
}

func (r *reader) nonASCII(i int, v string) {
	s := &r.slots[i]
	if s.han > 0 {
		n := 0
		for _, c := range v {
			if unicode.Is(unicode.Han, c) {
				n++
			}
		}
		if n > s.han {
			r.issue(i, TooManyChinese, Error, v, "max", itoa(s.han), "count", itoa(n))
		}
	}
	if mended := mendGarbled(v); mended != "" {
		at := r.issue(i, GarbledText, Warning, v)
		r.out.Issues[at].Suggestion = mended
	}
}

func (r *reader) length(i int, v string) {
	s := &r.slots[i]
	if !s.group {
		if n := utf8.RuneCountInString(v); n > s.limit {
			r.issue(i, TooLong, Error, v, "max", itoa(s.limit), "length", itoa(n))
		}
		return
	}
	e, _ := parseGroups(v)
	for _, name := range slices.Concat(e.Join, e.Leave) {
		if n := utf8.RuneCountInString(name); n > s.limit {
			r.issue(i, TooLong, Error, name, "max", itoa(s.limit), "length", itoa(n), "name", shorten(name))
		}
	}
}

// spreadsheetError names the error that a spreadsheet saved for a value, empty
// when it is none.
func spreadsheetError(v string) string {
	text := strings.ToUpper(v)
	if strings.Trim(text, "#") == "" && len(text) >= 3 {
		return "###"
	}
	switch strings.TrimRight(text, "!?") {
	case "#REF", "#N/A", "#N/D", "#NV", "#VALUE", "#NAME", "#NULL", "#NUM", "#DIV/0", "#SPILL", "#CALC", "#FIELD",
		"#GETTING_DATA", "#BLOCKED", "#CONNECT", "#BUSY", "#UNKNOWN", "#ERROR", "#VALEUR", "#NOM", "#NOMBRE", "#NUL",
		"#WERT", "#BEZUG", "#ZAHL", "#VALOR", "#¡VALOR", "#¡REF", "#¡DIV/0", "#¡NUM", "#¡NULO", "#¿NOMBRE", "#VALORE",
		"#RIF", "#NOME", "#WAARDE", "#VERW", "#NAAM", "#GETAL", "#ÜBERLAUF", "#PROPAGATION", "#EPARS", "#CHAMP":
		return text
	default:
		return ""
	}
}

// scientific reports a number such as 3.36E+10.
func scientific(v string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(v), "E+")
	return ok && exponent != "" && mantissa != "" &&
		strings.Trim(mantissa, "0123456789.,-") == "" && strings.Trim(exponent, "0123456789") == ""
}

// quirk reports a quote that broke the rules in the last row.
func (r *reader) quirk(q quirk) {
	row := &r.out.Rows[len(r.out.Rows)-1]
	i := Issue{
		Line: row.Line, Row: row.Number, Col: q.cell + 1, Code: BadQuote, Severity: Warning,
		Params: paramMap("kind", q.kind, "at_line", itoa(q.line)),
	}
	if q.kind == quoteUnterminated || q.kind == quoteSpanning {
		i.Severity = Error
	}
	if q.cell < len(r.out.Columns) {
		i.Column, i.Field = r.out.Columns[q.cell].Header, r.out.Columns[q.cell].Field
	}
	if q.cell < len(row.Cells) {
		i.Value = shorten(row.Cells[q.cell])
	}
	r.add(i)
}

// losses reports the characters that were lost in the last row.
func (r *reader) losses(cells []string) {
	row := &r.out.Rows[len(r.out.Rows)-1]
	before := 0
	for c, cell := range cells {
		n := strings.Count(cell, "\uFFFD")
		if n == 0 {
			continue
		}
		line, column := r.locate(before)
		before += n
		i := Issue{
			Line: row.Line, Row: row.Number, Col: c + 1, Value: shorten(cell), Code: BadEncoding, Severity: Warning,
			Params: paramMap("kind", r.lossKind, "at_line", itoa(line), "at_column", itoa(column), "count", itoa(n)),
		}
		if c < len(r.out.Columns) {
			i.Column, i.Field = r.out.Columns[c].Header, r.out.Columns[c].Field
		}
		if i.Field != "" && Importable(i.Field) {
			i.Severity = Error
		}
		r.add(i)
	}
}

// locate gives the physical line and column, in characters, of the n-th lost
// character of the record at hand.
func (r *reader) locate(n int) (line, column int) {
	record := r.sc.s[r.sc.start:r.sc.pos]
	line, column = r.sc.first, 1
	for p := 0; p < len(record); {
		if k := r.sc.eol(record, p); k > 0 {
			p += k
			line++
			column = 1
			continue
		}
		c, size := utf8.DecodeRuneInString(record[p:])
		if c == utf8.RuneError {
			if n == 0 {
				break
			}
			n--
		}
		p += size
		column++
	}
	return line, column
}

// ragged looks at a row that is wider than the header.
func (r *reader) ragged(cells []string) {
	n := filled(cells)
	if r.sc.total > len(cells) {
		n = r.sc.total
	}
	if n <= r.width {
		r.out.Changed.ExtraDelimiters++
		return
	}
	row := &r.out.Rows[len(r.out.Rows)-1]
	r.add(Issue{
		Line: row.Line, Row: row.Number, Code: RaggedRow, Severity: Error,
		Params:     paramMap("cells", itoa(n), "columns", itoa(r.width)),
		Suggestion: r.requote(cells[:min(n, len(cells))]),
	})
}

// requote proposes the line with the quotes that a cell with delimiters in it
// lacks: the one place where a cell starts with a space and joining it to the
// one before makes the row fit.
func (r *reader) requote(cells []string) string {
	extra := len(cells) - r.width
	if extra <= 0 || extra > 4 || len(cells) > 100 {
		return ""
	}
	found := -1
	for i := 0; i+extra < len(cells); i++ {
		fits := true
		for _, c := range cells[i+1 : i+1+extra] {
			fits = fits && strings.HasPrefix(c, " ")
		}
		if !fits {
			continue
		}
		if found >= 0 {
			return ""
		}
		found = i
	}
	if found < 0 {
		return ""
	}
	delim := string(r.sc.delim)
	joined := slices.Concat(cells[:found], []string{strings.Join(cells[found:found+extra+1], delim)}, cells[found+extra+1:])
	if col := r.slots[r.emailAt].col; emailFault(trimSpace(joined[col])) != "" {
		return ""
	}
	var b strings.Builder
	// A strings.Builder does not fail.
	_ = Write(&b, nil, [][]string{joined}, WriteOptions{Delimiter: r.out.Delimiter})
	return strings.TrimRight(b.String(), "\r\n")
}

// suggest mends addresses once the file's usual domains are known, and reports
// domains that look like slips of them.
func (r *reader) suggest() {
	home, slips := r.domainSlips()
	for _, m := range r.mend {
		r.out.Issues[m.issue].Suggestion = mendEmail(r.out.Rows[m.row].values[m.slot], home)
	}
	if len(slips) == 0 {
		return
	}
	for n := range r.out.Rows {
		row := &r.out.Rows[n]
		key := row.values[r.emailAt]
		local, domain, _ := strings.Cut(key, "@")
		better, ok := slips[domain]
		if !ok || emailFault(key) != "" {
			continue
		}
		c := r.out.Columns[r.slots[r.emailAt].col]
		r.add(Issue{
			Line: row.Line, Row: row.Number, Col: c.Index + 1, Column: c.Header, Field: Email, Value: shorten(key),
			Code: EmailTypo, Severity: Warning, Params: paramMap("domain", better), Suggestion: local + "@" + better,
		})
	}
}

// domainSlips gives the domain most used and the probable slips: well-known
// ones, and rare domains that are one letter or one swap from a frequent one.
func (r *reader) domainSlips() (home string, slips map[string]string) {
	const often, ratio, top = 20, 10, 5
	slips = make(map[string]string)
	var frequent []string
	for d, n := range r.domains {
		if better := knownDomain(d); better != "" {
			slips[d] = better
		}
		if n >= often {
			frequent = append(frequent, d)
		}
		if n > r.domains[home] || (n == r.domains[home] && d < home) {
			home = d
		}
	}
	slices.SortFunc(frequent, func(a, b string) int {
		if n := r.domains[b] - r.domains[a]; n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for _, f := range frequent[:min(top, len(frequent))] {
		for d, n := range r.domains {
			if n*ratio > r.domains[f] || slips[d] != "" || !slipOf(d, f) {
				continue
			}
			slips[d] = f
		}
	}
	return home, slips
}

// slipOf reports whether a differs from b by one letter or one swap of
// neighbours, other than in its ending alone.
func slipOf(a, b string) bool {
	if a == b || len(b) < 7 || max(len(a), len(b))-min(len(a), len(b)) > 1 {
		return false
	}
	stem := func(s string) string { return s[:max(0, strings.LastIndexByte(s, '.'))] }
	if stem(a) == stem(b) {
		return false
	}
	if levenshtein.ComputeDistance(a, b) == 1 {
		return true
	}
	if len(a) != len(b) {
		return false
	}
	i := 0
	for a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
