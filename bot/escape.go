package bot

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// esc makes user data safe inside mrkdwn: a cell "<!channel>" must not notify everybody, and one with line breaks or marks
// that turn the direction of writing must not rearrange the card.
func esc(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(tidy(s))
}

// tidy makes one line of a text and removes what is invisible and changes how the rest is shown.
func tidy(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return ' '
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
}

// length counts as the stricter of those who keep Slack's limits: characters beyond the basic plane twice.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// cut shortens to at most n characters, never inside one.
func cut(s string, n int) string {
	if length(s) <= n {
		return s
	}
	kept := 0
	for i, r := range s {
		if kept += max(utf16.RuneLen(r), 1); kept > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// longestEscape is the length of "&amp;".
const longestEscape = 5

// cutMarks shortens mrkdwn to at most n characters, never inside an escape, a mention or a link.
func cutMarks(s string, n int) string {
	short := cut(s, n)
	if short == s {
		return s
	}
	kept := strings.TrimSuffix(short, "…")
	if open := strings.LastIndexByte(kept, '<'); open > strings.LastIndexByte(kept, '>') {
		kept = kept[:open]
	}
	if amp := strings.LastIndexByte(kept, '&'); amp >= 0 && len(kept)-amp < longestEscape && !strings.ContainsAny(kept[amp:], ";>") {
		kept = kept[:amp]
	}
	return kept + "…"
}

// cutLines shortens mrkdwn to at most n characters by leaving out whole lines from the end.
func cutLines(s string, n int) string {
	if length(s) <= n {
		return s
	}
	lines := strings.Split(s, "\n")
	for len(lines) > 1 && length(strings.Join(lines, "\n"))+2 > n {
		lines = lines[:len(lines)-1]
	}
	return cutMarks(strings.Join(lines, "\n")+"\n…", n)
}

// quote shows the words of a person.
func quote(s string) string {
	lines := strings.Split(cut(strings.TrimSpace(s), 500), "\n")
	for i, line := range lines {
		lines[i] = "> " + esc(line)
	}
	return strings.Join(lines, "\n")
}
