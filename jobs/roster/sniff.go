package roster

import "strings"

// layout is where the records are and how they are delimited.
type layout struct {
	text    string // with the sep= line taken off the front
	delim   byte
	loneCR  bool
	line    int // physical line of the start of text
	skip    int // records before the header, blank lines included
	score   int // names of columns in the header
	hasData bool
	wrapped bool
}

// delimiters in order of preference.
func delimiters() []byte { return []byte{',', ';', '\t', '|'} }

// lineEnding names the line ending of text and reports whether a CR alone ends
// a line.
func lineEnding(text string) (name string, loneCR bool) {
	cr := strings.Count(text, "\r")
	lf := strings.Count(text, "\n")
	crlf := 0
	if cr > 0 {
		crlf = strings.Count(text, "\r\n")
	}
	lone := cr - crlf
	loneCR = lone > 0 && lone > 2*lf
	switch {
	case cr == 0 && lf == 0:
		return "", false
	case cr == 0:
		return "lf", false
	case lf == 0:
		return "cr", true
	case lf == crlf && !loneCR:
		return "crlf", false
	default:
		return "mixed", loneCR
	}
}

// sniff finds the delimiter and the header. The delimiter is the one under
// which most names of columns come to light, for that says more than any
// counting; only without a header do counts decide.
func sniff(text string, k *known, opts Options) layout {
	_, loneCR := lineEnding(text)
	l := layout{text: text, loneCR: loneCR, line: 1}
	if d, rest, ok := sepLine(text); ok {
		l.text, l.delim, l.line = rest, d, 2
		l.judge(k, opts, []byte{d})
	} else {
		l.judge(k, opts, delimiters())
	}
	if l.score < 2 && opts.Header == nil && strings.Contains(l.text[:min(len(l.text), 4096)], `"`) {
		for _, outer := range delimiters() {
			inner := layout{text: unwrap(l.text, outer, loneCR), loneCR: loneCR, line: l.line, wrapped: true}
			if inner.text == "" {
				continue
			}
			inner.judge(k, opts, delimiters())
			if inner.score >= 3 {
				return inner
			}
		}
	}
	return l
}

// sepLine recognises the line sep=; that tells Excel the delimiter.
func sepLine(text string) (delim byte, rest string, ok bool) {
	line := text[:min(len(text), 12)]
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	} else if len(text) > len(line) {
		return 0, text, false
	}
	rest = text[len(line):]
	line = strings.Trim(line, `" `)
	if len(line) > 5 { // sep=,,,, where the line was padded to the width of the table
		line = line[:5] + strings.Trim(line[5:], ",;\"")
	}
	if len(line) != 5 || !strings.EqualFold(line[:4], "sep=") {
		return 0, text, false
	}
	d := line[4]
	if d >= 0x80 || d == '"' || d == '\n' || d == '\r' || d == ' ' ||
		'a' <= d && d <= 'z' || 'A' <= d && d <= 'Z' || '0' <= d && d <= '9' {
		return 0, text, false
	}
	rest = strings.TrimPrefix(rest, "\r")
	return d, strings.TrimPrefix(rest, "\n"), true
}

// judge tries delimiters on the first records.
func (l *layout) judge(k *known, opts Options, candidates []byte) {
	const sampleBytes, sampleRecords = 128 << 10, 12
	sample := l.text[:min(len(l.text), sampleBytes)]
	best := -1
	for _, d := range candidates {
		sc := newScanner(sample, d, l.loneCR)
		sc.cut = len(sample) < len(l.text)
		var widths []int
		score, at, skip, width := 0, 0, 0, 0
		data, clean := false, false
		for n := 0; len(widths) < sampleRecords && sc.next(); n++ {
			if blankRecord(sc.cells) {
				continue
			}
			w := filled(sc.cells)
			widths = append(widths, w)
			if opts.Header != nil {
				continue
			}
			address := hasAddress(sc.cells)
			data = data || (address && len(widths) == 1)
			if s := k.score(sc.cells) + decidedIn(opts.Columns, sc.cells); s > score && !address && (len(widths) == 1 || s >= 2) {
				score, at, skip, width = s, len(widths)-1, n, w
				clean = len(sc.quirks) == 0
			}
		}
		alike := 0
		if opts.Header != nil {
			width = len(opts.Header)
		} else if score == 0 && len(widths) > 0 {
			width = widths[0]
		}
		for _, w := range widths[min(at, len(widths)):] {
			if w == width {
				alike++
			}
		}
		rank := score*1000 - at*10
		if width > 1 || opts.Header != nil {
			rank += alike
		}
		switch {
		case score > 0 && clean:
			// Names of columns within a quoted cell come to light under the
			// wrong delimiter, but then the quotes break the rules.
			rank += 1_000_000
		case score == 0 && data:
			rank += 500
		}
		if rank > best || best < 0 {
			best = rank
			l.delim, l.skip, l.score, l.hasData = d, skip, score, data
		}
	}
}

// decidedIn counts the headers that a person has settled.
func decidedIn(decided map[string]Field, cells []string) int {
	n := 0
	for _, c := range cells {
		if len(decided) == 0 {
			break
		}
		if _, ok := decided[headerText(c)]; ok {
			n++
		}
	}
	return n
}

func hasAddress(cells []string) bool {
	for _, c := range cells {
		if strings.IndexByte(c, '@') > 0 && emailFault(trimSpace(c)) == "" {
			return true
		}
	}
	return false
}

// filled gives the width of a record without blank cells at its end.
func filled(cells []string) int {
	n := len(cells)
	for n > 0 && blank(cells[n-1]) {
		n--
	}
	return n
}

func blankRecord(cells []string) bool {
	for _, c := range cells {
		if !blank(c) {
			return false
		}
	}
	return true
}

// unwrap undoes what a spreadsheet does when it saves a file that it had
// opened as a single column: every line is one quoted cell. It returns nothing
// when the text is not such a file.
func unwrap(text string, outer byte, loneCR bool) string {
	sc := newScanner(text, outer, loneCR)
	var b strings.Builder
	records, wrapped := 0, 0
	for sc.next() {
		raw := text[sc.start:sc.pos]
		if filled(sc.cells) == 1 && len(sc.quirks) == 0 && strings.HasPrefix(raw, `"`) {
			wrapped++
			b.WriteString(sc.cells[0])
			b.WriteByte('\n')
		} else {
			b.WriteString(raw)
		}
		if !blankRecord(sc.cells) {
			records++
		}
		sc.drop()
	}
	if wrapped == 0 || wrapped*2 < records {
		return ""
	}
	return b.String()
}
