package plan

import (
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Current is what a person has of a field now, in the form of [FieldChange.Old]. It is not known when what was read does not
// hold the field; features may be nil.
func (p *Plan) Current(f roster.Field, u *zoomapi.User, features *zoomapi.Features) (value string, known bool) {
	return valueOf(f, u, features, p.Divisions, p.Attributes)
}

// Same reports whether two values of a field are the same once they are tidied as cells are: what the account has, and what
// a plan asks for.
func Same(f roster.Field, a, b string) bool {
	switch {
	case a == b:
		return true
	case isAddOn(f) && b == addOnUnsized:
		// Whatever capacity Zoom chose.
		return a != "" && a != AddOnOff
	}
	return roster.Clean(f, a) == roster.Clean(f, b)
}

// FoldName makes names of groups equal that differ in letter case, the form of their accents, or blanks only.
func FoldName(s string) string { return foldName(s) }

// valueOf is the one place that knows where Zoom keeps which field.
func valueOf(f roster.Field, u *zoomapi.User, features *zoomapi.Features, divisions []Division, attributes []Attribute) (value string, known bool) {
	if _, custom := f.Custom(); custom {
		return attributeValue(f, u, attributes), true
	}
	switch f { //nolint:exhaustive // Groups are compared by id, and the rest is not in a person's record.
	case roster.Email, roster.NewEmail:
		return u.Email, true
	case roster.FirstName:
		return u.FirstName, true
	case roster.LastName:
		return u.LastName, true
	case roster.DisplayName:
		return u.DisplayName, true
	case roster.Department:
		return u.Department, true
	case roster.JobTitle:
		return u.JobTitle, true
	case roster.Location:
		return u.Location, true
	case roster.Company:
		return u.Company, true
	case roster.Manager:
		return u.Manager, true
	case roster.CostCenter:
		return u.CostCenter, true
	case roster.Language:
		return u.Language, true
	case roster.Timezone:
		return u.Timezone, true
	case roster.Pronouns:
		return u.Pronouns, true
	case roster.UserType:
		return TypeName(u.Type), true
	case roster.PhoneNumber:
		return FormatPhones(u.PhoneNumbers), true
	case roster.Division:
		return divisionName(u, divisions), true
	case roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions:
		if features == nil {
			return "", false
		}
		return capacityName(feature(f, features)), true
	}
	return "", false
}

// FormatPhones writes phone numbers of a profile as a cell.
func FormatPhones(numbers []zoomapi.PhoneNumber) string {
	phones := make([]roster.Phone, 0, len(numbers))
	for _, n := range numbers {
		phones = append(phones, roster.Phone{Country: n.Country, Code: n.Code, Number: n.Number, Label: n.Label})
	}
	return roster.FormatPhones(phones)
}

func divisionName(u *zoomapi.User, divisions []Division) string {
	if len(u.DivisionIDs) == 0 {
		return ""
	}
	for _, d := range divisions {
		if d.ID == u.DivisionIDs[0] {
			return d.Name
		}
	}
	// A division that cannot be named is still one.
	return u.DivisionIDs[0]
}

// attributeValue is what a person has of an attribute. Names in Zoom need not be tidy and several attributes may have one
// name, so attributes tells which one the field means: the first by key. Without it, it is the first of those that the
// person has.
func attributeValue(f roster.Field, u *zoomapi.User, attributes []Attribute) string {
	meant := ""
	for _, at := range attributes {
		if roster.CustomField(at.Name) == f && (meant == "" || at.Key < meant) {
			meant = at.Key
		}
	}
	var found *zoomapi.CustomAttribute
	for i := range u.CustomAttributes {
		v := &u.CustomAttributes[i]
		switch {
		case v.Key != "" && v.Key == meant:
			return v.Value
		case v.Key != "" && meant != "", roster.CustomField(v.Name) != f:
		case found == nil || v.Key < found.Key:
			found = v
		}
	}
	if found == nil {
		return ""
	}
	return found.Value
}
