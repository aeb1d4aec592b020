package roster

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
	case UserType, Licenses, LargeMeeting, Webinar, Action, Language, Timezone, PhoneNumber:
		return true
	default:
		return false
	}
}

// canon gives the canonical form of a tidied value that is not blank. What it
// does not recognise it leaves and finds fault with.
func canon(f Field, v string) (string, fault) {
	switch f {
	case UserType:
		return canonUserType(v)
	case Licenses:
		return canonLicenses(v)
	case LargeMeeting, Webinar:
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
		return v, fault{}
	}
}
