package roster

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean gives the value that Read makes of a cell of column f: trimmed, odd
// spaces plain, invisible characters gone, line breaks as spaces (they stay in
// group cells, where they separate names), accents composed, addresses lower
// case, and full-width Latin forms plain in addresses, people's names, numbers
// and other codes (they stay in groups, departments, titles and places, which
// are compared with what the account has). Control characters stay; they are
// an issue, not an untidiness.
//
// Whoever compares a value with what Zoom has should pass that through Clean
// too, or a name with a no-break space would be a change for ever.
func Clean(f Field, s string) string {
	var ignored Changes
	v, _ := clean(f, s, &ignored)
	if v != "" && canonical(f) {
		v, _ = canon(f, v)
	}
	return v
}

// Things that clean saw on its way and that make issues.
type traits uint8

const (
	hasControl traits = 1 << iota
	hasReplacement
	hasHash    // could be a spreadsheet error
	hasFormula // starts like a formula
	nonASCII
	maybeClear // starts like the marker, or like one that was escaped
)

// clean tidies one cell and counts what it did.
func clean(f Field, s string, done *Changes) (string, traits) {
	if s == "" {
		return "", 0
	}
	plain := true
	upper := isAddress(f)
	for i := range len(s) {
		c := s[i]
		if c > ' ' && c < 0x7f && (!upper || c < 'A' || c > 'Z') {
			continue
		}
		if c == ' ' && i > 0 && i < len(s)-1 {
			continue
		}
		plain = false
		break
	}
	var t traits
	if !plain {
		s, t = cleanSlowly(f, s, done)
		if s == "" {
			return "", t
		}
	}
	switch s[0] {
	case '#', '=', '+', '-', '@':
		t |= leading(f, s)
	case '(', '\\', "（"[0]:
		if saysClear(s) && clears(f) {
			t |= maybeClear
		}
	case '\'':
		if v := s[1:]; textNumber(f, v) {
			s = v
			done.Apostrophes++
		}
	}
	return s, t
}

// textNumber reports whether v is a number to which a spreadsheet user gave a
// leading apostrophe, so that it stays text.
func textNumber(f Field, v string) bool {
	return (f == PhoneNumber || f == CostCenter || f == PMI || f == EmployeeID) &&
		v != "" && v[0] >= '0' && v[0] <= '9'
}

// leading tells formulas and spreadsheet errors by the first character.
func leading(f Field, s string) traits {
	switch {
	case s[0] == '#':
		return hasHash
	case isAddress(f), f == PhoneNumber && s[0] != '=' && s[0] != '@', len(s) == 1:
		return 0
	case (f == UserGroup || f == ChatGroup) && s[0] != '@':
		return 0 // an edit
	case s[0] == '+' || s[0] == '-':
		if strings.Trim(s[1:], "0123456789 .()-/") == "" {
			return 0 // a number
		}
		return hasFormula
	default:
		return hasFormula
	}
}

func cleanSlowly(f Field, s string, done *Changes) (string, traits) {
	var t traits
	if v := trimSpace(s); v != s {
		s = v
		done.Trimmed++
	}
	// Most cells that come here only had spaces at their ends or capitals.
	odd := false
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f {
			odd = true
			break
		}
	}
	if odd {
		s, t = cleanOdd(f, s, done)
	}
	if isAddress(f) {
		if v := strings.ToLower(s); v != s {
			s = v
			done.LowerCased++
		}
	}
	return s, t
}

// What cleanOdd met, one bit per count of Changes.
type oddities uint8

const (
	oddSpace oddities = 1 << iota
	oddInvisible
	oddFullWidth
	oddBreak
)

func cleanOdd(f Field, s string, done *Changes) (string, traits) {
	var t traits
	var seen oddities
	change := false
	for _, r := range s {
		if r >= utf8.RuneSelf {
			t |= nonASCII
		}
		if r == utf8.RuneError {
			t |= hasReplacement
		}
		to, what := tidyRune(f, r)
		seen |= what
		if to != r {
			change = true
		} else if what == 0 && unicode.IsControl(r) && r != '\n' {
			t |= hasControl
		}
	}
	if change {
		v := tidyString(f, s)
		v = trimSpace(v)
		s = v
	}
	count := func(bit oddities, n *int) {
		if seen&bit != 0 {
			*n++
		}
	}
	count(oddSpace, &done.Spaces)
	count(oddInvisible, &done.Invisible)
	count(oddFullWidth, &done.FullWidth)
	count(oddBreak, &done.LineBreaks)
	if t&nonASCII != 0 && !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
		done.Composed++
	}
	return s, t
}

// tidyString applies tidyRune; runs of line breaks, and the spaces around
// them, become one space.
func tidyString(f Field, s string) string {
	var b strings.Builder
	b.Grow(len(s))
	broke := false
	for _, r := range s {
		to, what := tidyRune(f, r)
		if to < 0 {
			continue
		}
		if what&oddBreak != 0 && to == ' ' {
			broke = true
			continue
		}
		if broke {
			broke = false
			if to == ' ' || (b.Len() > 0 && b.String()[b.Len()-1] == ' ') {
				b.WriteRune(to)
				continue
			}
			b.WriteByte(' ')
		}
		b.WriteRune(to)
	}
	return b.String()
}

// tidyRune gives what becomes of r, -1 when it goes.
func tidyRune(f Field, r rune) (rune, oddities) {
	switch {
	case r == '\t':
		return ' ', oddSpace
	case r == '\n', r == '\r', r == 0x0b, r == 0x0c, r == 0x85, r == 0x2028, r == 0x2029:
		if f == UserGroup || f == ChatGroup {
			if r == '\r' {
				return -1, 0
			}
			return '\n', 0
		}
		return ' ', oddBreak
	case r < utf8.RuneSelf:
		return r, 0
	case invisible(r):
		return -1, oddInvisible
	case (r == 0x200c || r == 0x200d) && isAddress(f):
		return -1, oddInvisible
	case r != 0x3000 && unicode.Is(unicode.Zs, r):
		return ' ', oddSpace
	case r == 0x3000:
		return ' ', oddFullWidth
	case r >= 0xff01 && r <= 0xff5e && foldsWidth(f):
		return r - 0xff01 + '!', oddFullWidth
	case (r == 0x3002 || r == 0xff61) && isAddress(f):
		return '.', oddFullWidth
	default:
		return r, 0
	}
}

// invisible reports characters that are never meant: zero-width spaces, byte
// order marks, soft hyphens and direction marks. Joiners are meant in some
// scripts and in emoji.
func invisible(r rune) bool {
	switch {
	case r == 0xfeff, r == 0x00ad, r == 0x200b, r == 0x2060, r == 0x180e,
		r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	default:
		return false
	}
}

// foldsWidth reports whether full-width Latin forms in f are slips of the
// keyboard rather than part of a name that the account has.
func foldsWidth(f Field) bool {
	return !f.isCustom() &&
		!slices.Contains([]Field{UserGroup, ChatGroup, Department, JobTitle, Location, Company, Division}, f)
}

// trimSpace trims spaces of any script and invisible characters.
func trimSpace(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || invisible(r) || r == 0x200c || r == 0x200d
	})
}

// blank reports whether a cell holds nothing that could be a value.
func blank(s string) bool {
	switch {
	case s == "":
		return true
	case s[0] > ' ' && s[0] < 0x7f:
		return false
	default:
		return trimSpace(s) == ""
	}
}

// stripMarks decomposes s and takes the accents away.
func stripMarks(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'ß':
			b.WriteString("ss")
		case r == 'œ' || r == 'Œ':
			b.WriteString("oe")
		case r == 'æ' || r == 'Æ':
			b.WriteString("ae")
		case r == 'ø' || r == 'Ø':
			b.WriteByte('o')
		case r == 'ł' || r == 'Ł':
			b.WriteByte('l')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// fold makes strings comparable that differ in case and accents only.
func fold(s string) string { return strings.ToLower(stripMarks(s)) }

// mendGarbled turns UTF-8 that was read as Windows-1252 back, empty when s is
// not that.
func mendGarbled(s string) string {
	if !strings.ContainsAny(s, "ÃÂâÅÄ") {
		return ""
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := windows1252Byte(r)
		if !ok {
			return ""
		}
		b = append(b, c)
	}
	if !utf8.Valid(b) {
		return ""
	}
	v := string(b)
	if strings.ContainsFunc(v, unicode.IsControl) {
		return ""
	}
	return v
}
