package zoomapi

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// How much Zoom takes, in characters or elements. What is longer is refused
// here with [ErrInvalid] before it is sent, as Zoom would refuse the whole
// request for it.
const (
	MaxEmail            = 128
	MaxName             = 64
	MaxDisplayName      = 128
	MaxJobTitle         = 128
	MaxLocation         = 256
	MaxCompany          = 255
	MaxAboutMe          = 150
	MaxGroupName        = 127
	MaxPhoneNumbers     = 3
	MaxCustomAttributes = 5
)

const (
	minPassword    = 8
	maxPassword    = 32
	maxDivisions   = 1
	maxLicenceInfo = 2
	leastPMI       = 1_000_000_000
	mostPMI        = 9_999_999_999
)

// PhoneLabels are what a profile number can be.
func PhoneLabels() []string { return []string{"Mobile", "Office", "Home", "Fax"} }

// LargeMeetingCapacities are the sizes of the large meeting add-on.
func LargeMeetingCapacities() []int { return []int{500, 1000, 3000, 5000} }

// WebinarCapacities are the sizes of the webinar add-on that user settings
// take. 501 and 1001 are Zoom Events' kinds of 500 and 1000.
func WebinarCapacities() []int { return []int{100, 500, 501, 1000, 1001, 3000, 5000, 10000} }

// featureTypes are what [Client.SetUserFeatures] can set.
func featureTypes() []string {
	return []string{
		"user_type", "concurrent_meeting", "large_meeting", "webinar", "zoom_events", "zoom_whiteboard",
		"plan_united_type", "zoom_one_type", "zoom_iq_for_sales", "zoom_revenue_accelerator", "zoom_clips_plus",
	}
}

// limits collects the first thing that Zoom would not take.
type limits struct {
	op  string
	err error
}

func (l *limits) check(good bool, why string) {
	if !good && l.err == nil {
		l.err = invalid(l.op, why)
	}
}

// length checks a text; field is Zoom's name of it.
func (l *limits) length(text string, most int, field string) {
	l.check(utf8.RuneCountInString(text) <= most, field+" is longer than "+strconv.Itoa(most)+" characters")
}

func (l *limits) lengthOf(text *string, most int, field string) {
	if text != nil {
		l.length(*text, most, field)
	}
}

func (l *limits) licences(list []LicenseInfo) {
	l.check(len(list) <= maxLicenceInfo, "more than two entries in license_info_list")
	for _, info := range list {
		l.check(info.LicenseType == "MEETING" || info.LicenseType == "ZOOM_WORKPLACE_BUNDLE", "unknown license_type")
	}
}

func userTypes() []int { return []int{TypeBasic, TypeLicensed, TypeUnassigned, TypeNone} }

// validUnited reports whether text is one of Zoom's numbers of united plans,
// the powers of two up to 131072.
func validUnited(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= 131072 && n&(n-1) == 0 && strconv.Itoa(n) == text
}

func (n NewUser) check(op string) error {
	l := limits{op: op}
	l.length(n.Email, MaxEmail, "email")
	l.length(n.FirstName, MaxName, "first_name")
	l.length(n.LastName, MaxName, "last_name")
	l.length(n.DisplayName, MaxDisplayName, "display_name")
	l.check(len(n.DivisionIDs) <= maxDivisions, "more than one division")
	l.check(n.PlanUnitedType == "" || validUnited(n.PlanUnitedType), "unknown plan_united_type")
	l.licences(n.LicenseInfo)
	if !n.Password.IsZero() {
		length := utf8.RuneCountInString(n.Password.Reveal())
		l.check(length >= minPassword && length <= maxPassword, "password not of 8 to 32 characters")
	}
	return l.err
}

func (p UserPatch) check(op string) error {
	l := limits{op: op}
	plans := 0
	for _, set := range []bool{p.Type != nil, p.PlanUnitedType != nil, p.ZoomOneType != nil} {
		if set {
			plans++
		}
	}
	l.check(plans <= 1, "more than one of type, plan_united_type and zoom_one_type")
	l.check(p.Type == nil || slices.Contains(userTypes(), *p.Type), "unknown type")
	l.check(p.PlanUnitedType == nil || *p.PlanUnitedType == "none" || validUnited(*p.PlanUnitedType), "unknown plan_united_type")
	l.lengthOf(p.FirstName, MaxName, "first_name")
	l.lengthOf(p.LastName, MaxName, "last_name")
	l.lengthOf(p.DisplayName, MaxDisplayName, "display_name")
	l.lengthOf(p.JobTitle, MaxJobTitle, "job_title")
	l.lengthOf(p.Location, MaxLocation, "location")
	l.lengthOf(p.Company, MaxCompany, "company")
	l.lengthOf(p.AboutMe, MaxAboutMe, "about_me")
	l.check(p.PronounsOption == nil || (*p.PronounsOption >= 1 && *p.PronounsOption <= 3), "pronouns_option is not 1 to 3")
	l.check(p.PMI == nil || (*p.PMI >= leastPMI && *p.PMI <= mostPMI), "pmi has not ten digits")
	if p.PhoneNumbers != nil {
		l.check(len(*p.PhoneNumbers) <= MaxPhoneNumbers, "more than three phone_numbers")
		for _, n := range *p.PhoneNumbers {
			l.check(n.Label == "" || slices.Contains(PhoneLabels(), n.Label), "unknown label of a phone number")
		}
	}
	if p.CustomAttributes != nil {
		l.check(len(*p.CustomAttributes) <= MaxCustomAttributes, "more than five custom_attributes")
	}
	if p.DivisionIDs != nil {
		l.check(len(*p.DivisionIDs) <= maxDivisions, "more than one division")
	}
	if p.LicenseInfo != nil {
		l.licences(*p.LicenseInfo)
	}
	return l.err
}

func (p FeaturesPatch) check(op string) error {
	l := limits{op: op}
	l.check(p.WebinarCapacity == nil || slices.Contains(WebinarCapacities(), *p.WebinarCapacity), "unknown webinar_capacity")
	l.check(
		p.ConcurrentMeeting == nil || slices.Contains([]string{"Basic", "Plus", "None"}, *p.ConcurrentMeeting),
		"unknown concurrent_meeting",
	)
	return l.err
}

func (o ListUsersOptions) check(op string) error {
	l := limits{op: op}
	l.check(slices.Contains([]string{StatusActive, StatusInactive, StatusPending}, o.Status), "unknown status")
	l.check(slices.Contains([]string{"", "custom_attributes", "host_key"}, o.IncludeFields), "unknown include_fields")
	return l.err
}

// checkGroupName checks the name of a group of any kind.
func checkGroupName(op, name string) error {
	l := limits{op: op}
	l.check(strings.TrimSpace(name) != "", "no name")
	l.length(name, MaxGroupName, "name")
	return l.err
}
