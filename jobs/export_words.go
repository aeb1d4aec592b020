package jobs

import (
	"strings"
	"unicode"
)

// SplitQuery takes what people type apart into words. A phrase in double quotes, straight or smart ones, stays together with
// what it stands next to, quotes included: group:"Sales EMEA" is one word. A quote that nobody closes is left out.
func SplitQuery(s string) []string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '“' || r == '”' || r == '„' || r == '‟' || r == '«' || r == '»' || r == '＂' || r == '「' || r == '」':
			return '"'
		case r == '：':
			return ':'
		case r == '\u200b' || r == '\ufeff' || r == '\u2060':
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	if strings.Count(s, `"`)%2 == 1 {
		at := strings.LastIndexByte(s, '"')
		s = s[:at] + s[at+1:]
	}
	var words []string
	var word strings.Builder
	quoted := false
	for _, r := range s {
		if r == '"' {
			quoted = !quoted
		}
		if r == ' ' && !quoted {
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
			continue
		}
		word.WriteRune(r)
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}
