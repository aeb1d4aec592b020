package roster

import "strings"

// fault is what is wrong with a value that ought to be one of a vocabulary.
type fault struct {
	code       Code // empty when nothing is
	severity   Severity
	suggestion string
	params     []string
}

// canonical reports whether canon knows the field.
func canonical(f Field) bool {
	switch f {
	case UserType, Licenses, LargeMeeting, Webinar, ZoomEvents, Action, Language, Timezone, PhoneNumber:
		return true
	default:
		return isSwitch(f)
	}
}

// canon gives the canonical form of a tidied value that is not blank. What it
// does not recognise it leaves and finds fault with.
func canon(f Field, v string) (string, fault) {
	if len(v) > maxVocabulary {
		return v, unknown(f, v)
	}
	switch f {
	case UserType:
		return canonUserType(v)
	case Licenses:
		return canonLicenses(v)
	case LargeMeeting, Webinar, ZoomEvents:
		return canonAddOn(f, v)
	case Action:
		return canonAction(v)
	case Language:
		return canonLanguage(v)
	case Timezone:
		return canonTimezone(v)
	case PhoneNumber:
		return canonPhones(v)
	default:
		if isSwitch(f) {
			return canonSwitch(f, v)
		}
		return v, fault{}
	}
}

// maxVocabulary is the length in bytes beyond which a value is none of any
// vocabulary, so that hostile cells cost nothing.
const maxVocabulary = 1000

// unknown is the fault of a value that could not be read at all.
func unknown(f Field, v string) fault {
	switch f {
	case UserType:
		return fault{code: UnknownUserType, severity: Error}
	case Licenses:
		return fault{code: UnknownLicenses, severity: Warning, params: []string{"name", shorten(v)}}
	case ZoomEvents:
		return fault{code: UnknownSwitch, severity: Error, params: []string{"kind", "sized"}}
	case LargeMeeting, Webinar:
		return fault{code: UnknownCapacity, severity: Error, params: []string{"allowed", strings.Join(Capacities(f), ", ")}}
	case Action:
		return fault{code: UnknownAction, severity: Error}
	case Language:
		return fault{code: UnknownLanguage, severity: Error}
	case Timezone:
		return fault{code: UnknownTimezone, severity: Error}
	case PhoneNumber:
		return fault{code: InvalidPhone, severity: Error, params: []string{"kind", phoneCharacters, "number", shorten(v)}}
	default:
		if isSwitch(f) {
			return fault{code: UnknownSwitch, severity: Error}
		}
		return fault{}
	}
}
