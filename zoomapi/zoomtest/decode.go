package zoomtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// decode reads a JSON body strictly: unknown fields, wrong types and trailing
// data are refused with 400/300, so that a misspelt field cannot pass a test.
func decode(c *call, into any) (answer, bool) {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return badRequest(300, "Unsupported Content Type. Use application/json."), false
	}
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			return badRequest(300, "Request Body should be a valid JSON object."), false
		}
		return answer{}, true
	}
	if wrong, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		return invalidField(wrong.Field, "Invalid field."), false
	}
	// The decoder has no type for this error; its text is stable.
	if _, name, is := strings.Cut(err.Error(), "unknown field "); is {
		return invalidField(strings.Trim(name, `"`), "Unknown field."), false
	}
	return badRequest(300, "Request Body should be a valid JSON object."), false
}

// checks collects what is wrong with the fields of a body.
type checks struct{ errs []fieldError }

func (k *checks) fail(field, message string) {
	k.errs = append(k.errs, fieldError{Field: field, Message: message})
}

// check notes an invalid field unless good is true.
func (k *checks) check(good bool, field string) {
	if !good {
		k.fail(field, "Invalid field.")
	}
}

// length notes a text longer than limit characters.
func (k *checks) length(v *string, limit int, field string) {
	if v != nil {
		k.check(utf8.RuneCountInString(*v) <= limit, field)
	}
}

// name notes a name longer than limit characters, or with more Chinese ones
// than han.
func (k *checks) name(v *string, limit, han int, field string) {
	k.length(v, limit, field)
	if v != nil {
		k.check(countHan(*v) <= han, field)
	}
}

func (k *checks) pattern(v *string, re *regexp.Regexp, field string) {
	if v != nil && *v != "" {
		k.check(re.MatchString(*v), field)
	}
}

// result is the refusal, when anything was wrong.
func (k *checks) result() (answer, bool) {
	if len(k.errs) > 0 {
		return invalid(k.errs...), false
	}
	return answer{}, true
}

func countHan(s string) int {
	n := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

// validEmail checks the form only, as Zoom does.
func validEmail(s string) bool {
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s && utf8.RuneCountInString(s) <= 128
}

// validPassword holds the rules for autoCreate: 8 to 32 characters with an
// upper-case letter, a lower-case letter and a digit, and no run of four equal
// or consecutive characters.
func validPassword(s string) bool {
	if n := utf8.RuneCountInString(s); n < 8 || n > 32 {
		return false
	}
	var upper, lower, digit bool
	runes := []rune(s)
	equal, rising := 1, 1
	for i, r := range runes {
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		digit = digit || unicode.IsDigit(r)
		if i == 0 {
			continue
		}
		equal, rising = extend(equal, r == runes[i-1]), extend(rising, r == runes[i-1]+1)
		if equal > 3 || rising > 3 {
			return false
		}
	}
	return upper && lower && digit
}

func extend(run int, goesOn bool) int {
	if goesOn {
		return run + 1
	}
	return 1
}

// set copies v into field when v is there.
func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}
