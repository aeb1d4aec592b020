package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Reasons of invalid_email and invalid_manager.
const (
	reasonNoAt      = "no_at"
	reasonSeveralAt = "several_at"
	reasonNoLocal   = "no_local"
	reasonNoDomain  = "no_domain"
	reasonNoDot     = "no_dot"
	reasonSpace     = "space"
	reasonBadLocal  = "bad_local"
	reasonBadDomain = "bad_domain"
	reasonSeveral   = "several_addresses"
)

// emailFault says what is wrong with an address, empty when nothing is. It is
// stricter than the standard where the standard allows what no directory has
// (quoted local parts, comments, address literals) and takes internationalised
// domains as they are written.
func emailFault(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return reasonNoAt
	}
	if strings.IndexByte(domain, '@') >= 0 {
		if strings.ContainsAny(s, ",; \n/") {
			return reasonSeveral
		}
		return reasonSeveralAt
	}
	if hasSpace(s) {
		return reasonSpace
	}
	switch {
	case local == "":
		return reasonNoLocal
	case domain == "":
		return reasonNoDomain
	case !validLocal(local):
		return reasonBadLocal
	case strings.IndexByte(domain, '.') < 0:
		return reasonNoDot
	case !validDomain(domain):
		return reasonBadDomain
	default:
		return ""
	}
}

func hasSpace(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ', c >= '\t' && c <= '\r':
			return true
		case c >= utf8.RuneSelf:
			return strings.ContainsFunc(s[i:], unicode.IsSpace)
		}
	}
	return false
}

func validLocal(s string) bool {
	if len(s) > 64 || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte(".!#$%&'*+-/=?^_`{|}~", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func validDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	label, rest, more := strings.Cut(s, ".")
	for more && validLabel(label) {
		label, rest, more = strings.Cut(rest, ".")
	}
	// The last label is a name, not a number.
	return !more && validLabel(label) && utf8.RuneCountInString(label) >= 2 && strings.ContainsFunc(label, unicode.IsLetter)
}

func validLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, c := range s {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		case c >= utf8.RuneSelf && c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsDigit(c)):
		default:
			return false
		}
	}
	return true
}

// mendEmail proposes the address that a faulty one was probably meant to be,
// empty when it cannot tell. home is the domain most used in the file.
func mendEmail(s, home string) string {
	if open := strings.IndexByte(s, '<'); open >= 0 {
		if inner, _, ok := strings.Cut(s[open+1:], ">"); ok {
			s = inner // Jane Doe <jane@example.com>
		}
	}
	s = strings.TrimPrefix(strings.ToLower(s), "mailto:")
	if addr, ok := firstAddress(s); ok {
		return addr
	}
	s = strings.Trim(s, " \t\n.,;:<>()[]{}\"'`")
	for _, at := range []string{"(at)", "[at]", "{at}", " at ", "＠"} {
		if !strings.Contains(s, "@") {
			s = strings.Replace(s, at, "@", 1)
		}
	}
	for _, dot := range []string{"(dot)", "[dot]", " dot "} {
		s = strings.ReplaceAll(s, dot, ".")
	}
	s = strings.Join(strings.Fields(s), "")
	for strings.Contains(s, "@@") {
		s = strings.ReplaceAll(s, "@@", "@")
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || strings.Contains(domain, "@") {
		return ""
	}
	local = plainLocal(local)
	domain = strings.Trim(strings.NewReplacer(",", ".", ";", ".", ":", ".", "_", "-").Replace(domain), ".-")
	for strings.Contains(domain, "..") {
		domain = strings.ReplaceAll(domain, "..", ".")
	}
	if domain != "" && !strings.Contains(domain, ".") {
		domain = completeDomain(domain, home)
	}
	if better := knownDomain(domain); better != "" {
		domain = better
	}
	if home != "" && (slipOf(domain, home) || (!validDomain(domain) && levenshtein.ComputeDistance(domain, home) <= 2)) {
		domain = home
	}
	mended := local + "@" + domain
	if emailFault(mended) != "" {
		return ""
	}
	return mended
}

// firstAddress takes the first of several addresses in one cell.
func firstAddress(s string) (string, bool) {
	if strings.Count(s, "@") < 2 {
		return "", false
	}
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",; \n\t/|", r) }) {
		if emailFault(part) == "" {
			return part, true
		}
	}
	return "", false
}

// plainLocal rids a local part of accents and stray dots.
func plainLocal(s string) string {
	s = strings.Trim(strings.ReplaceAll(stripMarks(s), ",", "."), ".")
	for strings.Contains(s, "..") {
		s = strings.ReplaceAll(s, "..", ".")
	}
	return s
}

// completeDomain adds the ending that was left out: that of the file's usual
// domain or of a well-known provider.
func completeDomain(domain, home string) string {
	if name, _, _ := strings.Cut(home, "."); name != "" && name == domain {
		return home
	}
	switch domain {
	case "gmail", "outlook", "hotmail", "yahoo", "icloud":
		return domain + ".com"
	}
	for _, end := range []string{"com", "org", "net"} {
		// examplecom: the dot was forgotten.
		if stem, ok := strings.CutSuffix(domain, end); ok && len(stem) > 2 && stem+"."+end == home {
			return home
		}
	}
	return domain
}

// knownDomain gives the domain that a well-known slip stands for, empty when
// it is none.
func knownDomain(domain string) string {
	switch domain {
	case "gmial.com", "gmai.com", "gmal.com", "gamil.com", "gmali.com", "gnail.com", "gmil.com",
		"gmail.co", "gmail.cm", "gmail.om", "gmaill.com", "ggmail.com", "gmailcom", "gmail.comm":
		return "gmail.com"
	case "hotmial.com", "hotmal.com", "hotmai.com", "hotmil.com", "hotmali.com", "homtail.com", "hotmail.co":
		return "hotmail.com"
	case "outlok.com", "outllok.com", "outloo.com", "outlook.co", "otlook.com", "oulook.com":
		return "outlook.com"
	case "yaho.com", "yahooo.com", "yhoo.com", "yahoo.co", "yaoo.com":
		return "yahoo.com"
	case "iclod.com", "icloud.co", "icoud.com", "iclould.com":
		return "icloud.com"
	}
	for _, end := range []string{".con", ".cmo", ".ocm", ".vom", ".xom", ".comm", ".coom"} {
		if stem, ok := strings.CutSuffix(domain, end); ok && stem != "" {
			return stem + ".com"
		}
	}
	return ""
}
