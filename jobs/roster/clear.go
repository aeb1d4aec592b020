package roster

import (
	"slices"
	"strings"
)

// ClearMarker is the cell that empties a field. A blank cell keeps what the
// account has.
const ClearMarker = "(clear)"

// EscapeCell gives the cell that is read as the value v of f. It is v but for
// values that say [ClearMarker] themselves. Formula safety is the business of
// [Write].
func EscapeCell(f Field, v string) string {
	if !clears(f) {
		return v
	}
	if tidy := Clean(f, v); saysClear(tidy) {
		return `\` + tidy
	}
	return v
}

// saysClear reports whether a tidied value is the marker, with any number of
// backslashes before it.
func saysClear(v string) bool {
	v = strings.TrimLeft(v, `\`)
	if in, ok := strings.CutPrefix(v, "（"); ok {
		v = "(" + in
	}
	if in, ok := strings.CutSuffix(v, "）"); ok {
		v = in + ")"
	}
	return len(v) == len(ClearMarker) && strings.EqualFold(v, ClearMarker)
}

// clears reports whether the marker means something in a column.
func clears(f Field) bool { return Importable(f) }

// clearable reports whether a field may be emptied.
func clearable(f Field) bool {
	switch f {
	case Email, FirstName, LastName, UserType, Licenses, Action, NewEmail, TransferTo:
		return false
	default:
		return !slices.Contains(TransferFields(), f)
	}
}

// cleared is the value of a field that was emptied.
func cleared(f Field) string {
	if f == LargeMeeting || f == Webinar || f == ZoomEvents || f == TranslatedCaptions {
		return addOnOff
	}
	return ""
}

// unescape reads a cell that says the marker: either it clears, or it loses
// one backslash.
func unescape(f Field, v string) (string, bool) {
	if !clears(f) || !saysClear(v) {
		return v, false
	}
	if v[0] == '\\' {
		return v[1:], false
	}
	return v, true
}
