package roster

import "strings"

// A quoted cell that spans more than this is taken for a quote that was never
// closed, unless the whole file is well formed.
const (
	maxQuotedLines = 100
	maxQuotedBytes = 32 << 10
	// maxStoredCells bounds the memory that one line of delimiters can take.
	maxStoredCells = 4 * maxColumns
)

// Kinds of bad_quote.
const (
	quoteUnterminated = "unterminated"
	quoteUnescaped    = "unescaped"
	quoteBare         = "bare"
	quoteSpanning     = "spanning"
)

// quirk is a quote that does not follow the rules.
type quirk struct {
	cell int
	line int
	kind string
}

// scanner cuts text into records. It differs from encoding/csv in that it
// knows the physical line of each record, takes a lone CR as the end of a line
// where the file does so, and above all in that a quote which is opened and
// never closed costs one line and not the rest of the file.
type scanner struct {
	s      string
	delim  byte
	loneCR bool // a CR without LF ends a line
	cut    bool // s is only the beginning of a text

	// What the header says, so that lines swallowed by a quote are noticed.
	columns  int
	emailCol int // -1 when unknown

	pos     int
	line    int // of pos, 1-based
	waste   int // bytes looked at in vain
	wellSet bool
	well    bool

	// The record at hand.
	start  int
	first  int // line
	cells  []string
	total  int // cells in the record, also those not stored
	quirks []quirk

	arena []string
}

func newScanner(s string, delim byte, loneCR bool) *scanner {
	return &scanner{s: s, delim: delim, loneCR: loneCR, line: 1, emailCol: -1}
}

// next reads one record and reports whether there was one. A line without
// anything is a record of one empty cell.
func (sc *scanner) next() bool {
	if sc.pos >= len(sc.s) {
		return false
	}
	sc.start, sc.first, sc.total = sc.pos, sc.line, 0
	sc.quirks = sc.quirks[:0]
	if cap(sc.arena)-len(sc.arena) < 64 {
		sc.arena = make([]string, 0, 8192)
	}
	base := len(sc.arena)
	for {
		cell := sc.cell()
		sc.total++
		if sc.total <= maxStoredCells {
			if len(sc.arena) == cap(sc.arena) {
				grown := make([]string, len(sc.arena)-base, 8192+2*(len(sc.arena)-base))
				copy(grown, sc.arena[base:])
				sc.arena, base = grown, 0
			}
			sc.arena = append(sc.arena, cell)
		}
		if sc.pos >= len(sc.s) {
			break
		}
		if sc.s[sc.pos] == sc.delim {
			sc.pos++
			continue
		}
		sc.pos += sc.eol(sc.s, sc.pos)
		sc.line++
		break
	}
	sc.cells = sc.arena[base:len(sc.arena):len(sc.arena)]
	return true
}

// drop gives back the cells of the record at hand, which nobody keeps.
func (sc *scanner) drop() { sc.arena = sc.arena[:len(sc.arena)-len(sc.cells)] }

// eol gives the length of the line ending at s[p], 0 when there is none. CR CR
// LF, which some transfers make, is one ending.
func (sc *scanner) eol(s string, p int) int {
	switch {
	case p >= len(s):
		return 0
	case s[p] == '\n':
		return 1
	case s[p] != '\r':
		return 0
	case p+1 < len(s) && s[p+1] == '\n':
		return 2
	case sc.loneCR:
		return 1
	case p+2 < len(s) && s[p+1] == '\r' && s[p+2] == '\n':
		return 3
	default:
		return 0
	}
}

// cell reads one cell and stops at the delimiter or line ending after it.
func (sc *scanner) cell() string {
	p := sc.pos
	if p < len(sc.s) && sc.s[p] == '"' {
		if v, ok := sc.quoted(p + 1); ok {
			return v
		}
		sc.quirks = append(sc.quirks, quirk{sc.total, sc.line, quoteUnterminated})
		sc.pos = p + 1
		return sc.plain(false)
	}
	if p < len(sc.s) && sc.s[p] == ' ' {
		q := p
		for q < len(sc.s) && sc.s[q] == ' ' {
			q++
		}
		if q < len(sc.s) && sc.s[q] == '"' && sc.closesOnLine(q+1) {
			if v, ok := sc.quoted(q + 1); ok {
				return v
			}
			sc.pos = p
		}
	}
	return sc.plain(true)
}

// plain reads an unquoted cell.
func (sc *scanner) plain(report bool) string {
	s, delim, from := sc.s, sc.delim, sc.pos
	p := from
	for p < len(s) {
		c := s[p]
		if c == delim || c == '\n' {
			break
		}
		if c == '\r' && sc.eol(s, p) > 0 {
			break
		}
		if c == '"' && report {
			sc.quirks = append(sc.quirks, quirk{sc.total, sc.line, quoteBare})
			report = false
		}
		p++
	}
	sc.pos = p
	return s[from:p]
}

// closesOnLine reports whether a quoted cell that starts at p is closed, and
// closed properly, before the line ends.
func (sc *scanner) closesOnLine(p int) bool {
	for ; p < len(sc.s) && sc.eol(sc.s, p) == 0; p++ {
		if sc.s[p] != '"' {
			continue
		}
		if p+1 < len(sc.s) && sc.s[p+1] == '"' {
			p++
			continue
		}
		return sc.closes(p+1) >= 0
	}
	return false
}

// closes gives the position of the delimiter or line ending that follows p
// after spaces at most, -1 when something else does.
func (sc *scanner) closes(p int) int {
	for p < len(sc.s) && sc.s[p] == ' ' {
		p++
	}
	if p >= len(sc.s) || sc.s[p] == sc.delim || sc.eol(sc.s, p) > 0 {
		return p
	}
	return -1
}

// quoted reads a quoted cell whose content starts at from. It reports false,
// without having moved, when the quote was probably never meant to span what
// it spans.
func (sc *scanner) quoted(from int) (string, bool) {
	if sc.waste > 8*len(sc.s)+1<<20 {
		return "", false // hostile input; stay linear
	}
	s := sc.s
	escaped, unescaped := false, 0
	for p := from; ; {
		k := strings.IndexByte(s[p:], '"')
		if k < 0 {
			sc.waste += len(s) - from
			return "", false
		}
		q := p + k
		if end := sc.closes(q + 1); end >= 0 {
			return sc.finish(from, q, end, escaped, unescaped)
		}
		if s[q+1] == '"' {
			escaped = true
			p = q + 2
			continue
		}
		if strings.ContainsAny(s[p:q], "\r\n") || s[q-1] == sc.delim || q-from > maxQuotedBytes {
			// A quote that opens a later cell: ours was not closed.
			sc.waste += q - from
			return "", false
		}
		unescaped++
		if !sc.goesOn(q + 1) {
			// "Foo" Bar: the rest of the cell is unquoted.
			sc.quirks = append(sc.quirks, quirk{sc.total, sc.line, quoteUnescaped})
			head := s[from:q]
			sc.pos = q + 1
			tail := sc.plain(false)
			if escaped {
				head = strings.ReplaceAll(head, `""`, `"`)
			}
			return head + tail, true
		}
		p = q + 1
	}
}

// goesOn decides what a lone quote inside a quoted cell is, p being the
// position after it: true when the cell goes on to another quote of this line
// that does not look like the opening of the next cell.
func (sc *scanner) goesOn(p int) bool {
	for q := p; q < len(sc.s) && sc.eol(sc.s, q) == 0; q++ {
		if sc.s[q] == '"' {
			return sc.s[q-1] != sc.delim
		}
	}
	return false
}

// finish takes the quoted cell between from and the quote at q; end is where
// the delimiter or line ending stands.
func (sc *scanner) finish(from, q, end int, escaped bool, unescaped int) (string, bool) {
	v := sc.s[from:q]
	lines := 0
	if strings.ContainsAny(v, "\r\n") {
		var suspicious bool
		lines, suspicious = sc.spans(v)
		if unescaped > 0 {
			sc.waste += q - from
			return "", false
		}
		if suspicious {
			if !sc.wellFormed() {
				sc.waste += q - from
				return "", false
			}
			sc.quirks = append(sc.quirks, quirk{sc.total, sc.line, quoteSpanning})
		}
	}
	if unescaped > 0 {
		sc.quirks = append(sc.quirks, quirk{sc.total, sc.line, quoteUnescaped})
	}
	if escaped {
		v = strings.ReplaceAll(v, `""`, `"`)
	}
	sc.pos = end
	sc.line += lines
	return v, true
}

// spans counts the line endings in a quoted cell and reports whether it looks
// as if it had swallowed records: a line inside has as many delimiters as the
// header, or an address where the header has one, or there are too many lines.
func (sc *scanner) spans(v string) (lines int, suspicious bool) {
	suspicious = len(v) > maxQuotedBytes
	for p := 0; p < len(v); {
		n := sc.eol(v, p)
		if n == 0 {
			p++
			continue
		}
		p += n
		lines++
		if lines > maxQuotedLines {
			suspicious = true
		}
		if suspicious {
			continue
		}
		rest := v[p:]
		if i := strings.IndexAny(rest, "\r\n"); i >= 0 {
			rest = rest[:i]
		}
		suspicious = sc.likeRecord(rest)
	}
	return lines, suspicious
}

// likeRecord reports whether a line inside a quoted cell looks like a record.
func (sc *scanner) likeRecord(line string) bool {
	n := strings.Count(line, string(sc.delim))
	if sc.columns >= 4 && n >= sc.columns-1 {
		return true
	}
	if sc.emailCol < 0 {
		return sc.columns == 0 && strings.IndexByte(line, '@') >= 0
	}
	if n < sc.emailCol || strings.IndexByte(line, '@') < 0 {
		return false
	}
	for range sc.emailCol {
		line = line[strings.IndexByte(line, sc.delim)+1:]
	}
	last := true
	if i := strings.IndexByte(line, sc.delim); i >= 0 {
		line, last = line[:i], false
	}
	return emailFault(strings.Trim(line, " \"")) == "" && (!last || sc.columns <= 1)
}

// wellFormed reports whether the whole text follows the rules to the letter:
// every quote paired and doubled as it should be, and every record as wide as
// the header, or as the first one while the header is not known. Such a file
// means what it says, however odd a cell looks.
func (sc *scanner) wellFormed() bool {
	if sc.wellSet {
		return sc.well
	}
	sc.wellSet = true
	s := sc.s
	width, p := 1, 0
	blank := true
	columns := sc.columns
	check := func() bool {
		if columns == 0 && !blank {
			columns = width
		}
		ok := width == columns || (blank && width == 1)
		width, blank = 1, true
		return ok
	}
	for p < len(s) {
		switch {
		case s[p] == '"':
			blank = false
			p++
			for {
				k := strings.IndexByte(s[p:], '"')
				if k < 0 {
					sc.well = sc.cut
					return sc.well
				}
				p += k + 1
				if p >= len(s) || s[p] != '"' {
					break
				}
				p++
			}
			if p < len(s) && s[p] != sc.delim && sc.eol(s, p) == 0 {
				return false
			}
		case s[p] != sc.delim && sc.eol(s, p) == 0:
			blank = false
			for p < len(s) && s[p] != sc.delim && sc.eol(s, p) == 0 {
				if s[p] == '"' {
					return false
				}
				p++
			}
		}
		if p >= len(s) {
			break
		}
		if s[p] == sc.delim {
			width++
			blank = false
			p++
			continue
		}
		if !check() {
			return false
		}
		p += sc.eol(s, p)
	}
	sc.well = check() || sc.cut
	return sc.well
}
