package roster

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// maxPhones is how many numbers Zoom takes for a person.
const maxPhones = 3

// maxPhoneParts is from how many on the numbers of a cell are not read to see
// whether some are the same.
const maxPhoneParts = 20

// Phone is a phone number of a person as Zoom has it.
type Phone struct {
	// Country is the two-letter code of the country, FR.
	Country string
	// Code is the calling code with its plus, +33.
	Code string
	// Number has the digits after the calling code, without a trunk 0.
	Number string
	// Label is Mobile, Office, Home or Fax.
	Label string
}

// Labels of phone numbers.
const (
	labelMobile = "Mobile"
	labelOffice = "Office"
	labelHome   = "Home"
	labelFax    = "Fax"
)

// Kinds of invalid_phone.
const (
	phoneNoCountry  = "no_country"       // no calling code, which is never guessed
	phoneCountry    = "unknown_country"  // no such calling code
	phoneMismatch   = "country_mismatch" // the country in brackets has another calling code
	phoneShort      = "too_short"
	phoneLong       = "too_long"
	phoneExtension  = "extension"
	phoneCharacters = "characters"
	phoneLabel      = "unknown_label"
)

// PhoneError says why a cell is not a list of phone numbers.
type PhoneError struct {
	// Reason is one of those of [InvalidPhone], or empty when there are too
	// many numbers.
	Reason string
	// Number is the part of the cell that is wrong.
	Number string
	// Count is how many numbers the cell has.
	Count int
}

// Error gives the reason without the number.
func (e *PhoneError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("%d phone numbers, Zoom takes %d", e.Count, maxPhones)
	}
	return "phone number: " + strings.ReplaceAll(e.Reason, "_", " ")
}

// ParsePhones reads a cell of phone numbers, at most three, between semicolons
// or commas:
//
//	[Mobile] +33 612345678; [Office] +1 4165550123 (CA)
//	Mobile:+33 6 12 34 56 78
//	0033 6 12 34 56 78
//
// The label is Mobile when there is none, the country the main one of the
// calling code unless one stands in brackets. A number without a calling code
// is an error. The same number twice is one. Errors are *[PhoneError].
func ParsePhones(cell string) ([]Phone, error) {
	phones, fault := readPhones(cell)
	if fault != nil {
		return nil, fault
	}
	return phones, nil
}

func readPhones(cell string) ([]Phone, *PhoneError) {
	var phones []Phone
	parts := splitPhones(cell)
	if len(parts) > maxPhoneParts {
		return nil, &PhoneError{Count: len(parts)}
	}
	for _, part := range parts {
		p, reason := parsePhone(part)
		switch {
		case reason != "" && len(parts) > maxPhones:
			return nil, &PhoneError{Count: len(parts)}
		case reason != "":
			return nil, &PhoneError{Reason: reason, Number: part}
		case !slices.Contains(phones, p):
			phones = append(phones, p)
		}
	}
	if len(phones) > maxPhones {
		return nil, &PhoneError{Count: len(phones)}
	}
	return phones, nil
}

// FormatPhones writes numbers into one cell that [ParsePhones] reads.
func FormatPhones(phones []Phone) string {
	var b strings.Builder
	for i, p := range phones {
		if i > 0 {
			b.WriteString("; ")
		}
		label := p.Label
		if label == "" {
			label = labelMobile
		}
		b.WriteString("[" + label + "] ")
		code := strings.TrimPrefix(p.Code, "+")
		if code != "" {
			b.WriteString("+" + code + " ")
		}
		b.WriteString(p.Number)
		if p.Country != "" && p.Country != mainCountry(code) {
			b.WriteString(" (" + p.Country + ")")
		}
	}
	return b.String()
}

// mainCountry gives the main country of a calling code, empty when there is no
// such code or it belongs to no country.
func mainCountry(code string) string {
	n := 0
	for _, c := range code {
		if c < '0' || c > '9' || n > 9999 {
			return ""
		}
		n = n*10 + int(c-'0')
	}
	if region := phonenumbers.GetRegionCodeForCountryCode(n); len(region) == 2 && region != "ZZ" {
		return region
	}
	return ""
}

// splitPhones cuts a cell at its separators, and before a label or a plus that
// follows a number.
func splitPhones(cell string) []string {
	var parts []string
	add := func(s string) {
		if s = trimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	from, digits := 0, 0
	for i := range len(cell) {
		switch c := cell[i]; {
		case c == ';', c == ',', c == '\n', c == '|':
			add(cell[from:i])
			from, digits = i+1, 0
		case (c == '[' || c == '+') && digits > 3:
			add(strings.TrimRight(cell[from:i], " /&"))
			from, digits = i, 0
		case c >= '0' && c <= '9':
			digits++
		}
	}
	add(cell[from:])
	return parts
}

// parsePhone reads one number.
func parsePhone(s string) (Phone, string) {
	p := Phone{Label: labelMobile}
	label, rest := cutLabel(s)
	if label != "" {
		if p.Label = phoneLabelOf(label); p.Label == "" {
			return Phone{}, phoneLabel
		}
	}
	rest, country := cutCountry(rest)
	digits, reason := internationalDigits(rest)
	if reason != "" {
		return Phone{}, reason
	}
	code := callingCode(digits)
	if code == "" {
		return Phone{}, phoneCountry
	}
	number, reason := nationalNumber(code, digits[len(code):])
	if reason != "" {
		return Phone{}, reason
	}
	p.Code, p.Number, p.Country = "+"+code, number, mainCountry(code)
	if country != "" {
		if itoa(phonenumbers.GetCountryCodeForRegion(country)) != code {
			return Phone{}, phoneMismatch
		}
		p.Country = country
	}
	return p, ""
}

// nationalNumber drops a trunk prefix and checks the length.
func nationalNumber(code, number string) (national, reason string) {
	if possible(code, number) {
		return number, ""
	}
	// A number that still has something like a trunk prefix after the first
	// one went is read again, so that its canonical form stays what it is.
	for range 4 {
		parsed, err := phonenumbers.Parse("+"+code+number, "ZZ")
		switch {
		case err != nil && len(number) > 12:
			return "", phoneLong
		case err != nil:
			return "", phoneShort
		}
		switch phonenumbers.IsPossibleNumberWithReason(parsed) { //nolint:exhaustive // The others are possible numbers.
		case phonenumbers.TOO_SHORT, phonenumbers.INVALID_LENGTH, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
			return "", phoneShort
		case phonenumbers.TOO_LONG:
			return "", phoneLong
		case phonenumbers.INVALID_COUNTRY_CODE:
			return "", phoneCountry
		}
		national = phonenumbers.GetNationalSignificantNumber(parsed)
		if national == number {
			return national, ""
		}
		number = national
	}
	return "", phoneLong
}

// possible reports whether a number without a trunk zero has a length that its
// country has. It spares most numbers the parser, which costs ten times more.
func possible(code, number string) bool {
	c, err := strconv.ParseInt(code, 10, 32)
	if err != nil || number == "" || number[0] == '0' {
		return false
	}
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return false
	}
	country := int32(c)
	return phonenumbers.IsPossibleNumberWithReason(&phonenumbers.PhoneNumber{CountryCode: &country, NationalNumber: &n}) == phonenumbers.IS_POSSIBLE
}

// cutLabel takes [Mobile], Mobile: or Mobile off the front.
func cutLabel(s string) (label, rest string) {
	if in, ok := strings.CutPrefix(s, "["); ok {
		if label, rest, ok = strings.Cut(in, "]"); ok {
			return trimSpace(label), trimSpace(strings.TrimPrefix(trimSpace(rest), ":"))
		}
		return "", s
	}
	i := strings.IndexAny(s, "+0123456789(")
	if i <= 0 || !strings.ContainsFunc(s[:i], unicode.IsLetter) {
		return "", s
	}
	return strings.TrimRight(s[:i], " :.-"), s[i:]
}

// phoneLabelOf reads the words for labels in the header languages.
func phoneLabelOf(label string) string {
	switch foldHeader(label) {
	case "mobile", "mobilephone", "cell", "cellphone", "cellular", "portable", "mob", "gsm", "handy", "mobil", "mobiltelefon", "movil", "celular",
		"telemovel", "cellulare", "mobiel", "携帯", "携帯電話", "モハイル", "m":
		return labelMobile
	case "office", "work", "business", "desk", "phone", "tel", "telephone", "bureau", "travail", "professionnel", "fixe", "buro", "buero", "arbeit",
		"geschaftlich", "telefon", "telefono", "telefone", "oficina", "trabajo", "escritorio", "trabalho", "ufficio", "lavoro", "kantoor", "werk",
		"会社", "勤務先", "オフィス", "職場", "電話":
		return labelOffice
	case "home", "private", "domicile", "maison", "personnel", "prive", "privat", "zuhause", "festnetz", "casa", "residencia", "domicilio", "particular",
		"abitazione", "thuis", "自宅", "home phone":
		return labelHome
	case "fax", "telecopie", "telecopieur", "telefax", "ファックス", "ファクス", "faks":
		return labelFax
	default:
		return ""
	}
}

// cutCountry takes (FR) off the end.
func cutCountry(s string) (rest, country string) {
	s = trimSpace(s)
	if !strings.HasSuffix(s, ")") {
		return s, ""
	}
	i := strings.LastIndexByte(s, '(')
	if i < 0 {
		return s, ""
	}
	in := trimSpace(s[i+1 : len(s)-1])
	if len(in) != 2 || strings.Trim(strings.ToUpper(in), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return s, ""
	}
	return trimSpace(s[:i]), strings.ToUpper(in)
}

// internationalDigits gives the digits after the plus or 00.
func internationalDigits(s string) (number, reason string) {
	var digits []byte
	plus := false
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case r == '+' && len(digits) == 0 && !plus:
			plus = true
		case strings.ContainsRune(" .-/()\u2010\u2011\u2012\u2013\u2014\u2212", r):
		case r == 'x' || r == 'X' || r == '#' || (r == 'e' || r == 'E') && i > 0 && strings.HasPrefix(strings.ToLower(s[i:]), "ext"):
			if len(digits) > 3 {
				return "", phoneExtension
			}
			return "", phoneCharacters
		default:
			return "", phoneCharacters
		}
	}
	number = string(digits)
	if !plus {
		var ok bool
		if number, ok = strings.CutPrefix(number, "00"); !ok {
			return "", phoneNoCountry
		}
	}
	switch {
	case number == "":
		return "", phoneShort
	case number[0] == '0':
		return "", phoneCountry
	case len(number) > 17:
		return "", phoneLong
	default:
		return number, ""
	}
}

// callingCode gives the calling code at the front of digits, empty when there
// is none. No code is the beginning of another.
func callingCode(digits string) string {
	for n := 1; n <= min(3, len(digits)); n++ {
		if mainCountry(digits[:n]) != "" {
			return digits[:n]
		}
	}
	return ""
}

// canonPhones writes the numbers of a cell in one way.
func canonPhones(v string) (string, fault) {
	if scientific(v) {
		return v, fault{code: ScientificNotation, severity: Error}
	}
	phones, err := readPhones(v)
	switch {
	case err == nil && len(phones) > 0:
		return FormatPhones(phones), fault{}
	case err == nil:
		err = &PhoneError{Reason: phoneCharacters, Number: v}
	}
	if err.Reason != "" {
		return v, fault{code: InvalidPhone, severity: Error, params: []string{"kind", err.Reason, "number", shorten(err.Number)}}
	}
	return v, fault{code: TooManyPhones, severity: Error, params: []string{"max", itoa(maxPhones), "count", itoa(err.Count)}}
}
