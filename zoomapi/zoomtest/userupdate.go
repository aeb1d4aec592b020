package zoomtest

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

type updateBody struct {
	FirstName        *string            `json:"first_name"`
	LastName         *string            `json:"last_name"`
	DisplayName      *string            `json:"display_name"`
	Type             *int               `json:"type"`
	PlanUnitedType   *string            `json:"plan_united_type"`
	ZoomOneType      *int64             `json:"zoom_one_type"`
	LicenseInfo      *[]LicenseInfo     `json:"license_info_list"`
	Dept             *string            `json:"dept"`
	JobTitle         *string            `json:"job_title"`
	Location         *string            `json:"location"`
	Company          *string            `json:"company"`
	Manager          *string            `json:"manager"`
	CostCenter       *string            `json:"cost_center"`
	Language         *string            `json:"language"`
	Timezone         *string            `json:"timezone"`
	PhoneNumbers     *[]phoneBody       `json:"phone_numbers"`
	PhoneNumber      *string            `json:"phone_number"`
	PhoneCountry     *string            `json:"phone_country"`
	CustomAttributes *[]CustomAttribute `json:"custom_attributes"`
	DivisionIDs      *[]string          `json:"division_ids"`
	GroupID          *string            `json:"group_id"`
	PMI              *int64             `json:"pmi"`
	UsePMI           *bool              `json:"use_pmi"`
	VanityName       *string            `json:"vanity_name"`
	HostKey          *string            `json:"host_key"`
	Pronouns         *string            `json:"pronouns"`
	PronounsOption   *int               `json:"pronouns_option"`
	AboutMe          *string            `json:"about_me"`
	LinkedInURL      *string            `json:"linkedin_url"`
	CMSUserID        *string            `json:"cms_user_id"`
	Feature          *struct {
		ZoomPhone *bool `json:"zoom_phone"`
	} `json:"feature"`
}

type phoneBody struct {
	Country string `json:"country"`
	Code    string `json:"code"`
	Number  string `json:"number"`
	Label   string `json:"label"`
}

var (
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,4})?$`)
	timezoneForm = regexp.MustCompile(`^[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}$`)
	hostKeyForm  = regexp.MustCompile(`^[0-9]{6,10}$`)
	vanityForm   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.]{4,39}$`)
	codeForm     = regexp.MustCompile(`^\+[0-9]{1,4}$`)
	numberForm   = regexp.MustCompile(`^[0-9][0-9 ()-]{2,24}$`)
	linkOrHTML   = regexp.MustCompile(`(?i)https?://|www\.|<[a-z/!]`)
)

// updateUser serves PATCH /users/{userId}.
func updateUser(a *Account, c *call) answer {
	var body updateBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if refusal, good := queryBool(c, "remove_tsp_credentials"); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p, refusal, found := a.find(c.param(0))
	if !found {
		return refusal
	}
	if refusal, good := a.checkUpdate(body); !good {
		return refusal
	}
	if id, taken := a.vanity[text(body.VanityName)]; taken && id != p.ID {
		return badRequest(4100, "The personal link name is already taken.")
	}
	next := p.clone()
	if p.Status == Pending {
		// The rest is dropped without a word.
		body.applyPlan(&next)
		if body.GroupID != nil {
			if *body.GroupID != "" && a.groups.byID[*body.GroupID] == nil {
				return noGroup(*body.GroupID)
			}
			next.PendingGroupID = *body.GroupID
		}
	} else {
		if body.Manager != nil && *body.Manager != "" {
			manager, known := a.managerNamed(*body.Manager)
			if !known {
				return invalidField("manager", "Invalid field.")
			}
			body.Manager = &manager
		}
		if refusal, good := a.mayCall(p.User, body.PhoneNumbers); !good {
			return refusal
		}
		body.applyPlan(&next)
		body.applyProfile(&next, a.opts.CustomAttributes)
	}
	if key, is := a.short(p.User, next); is {
		return a.shortage(key, false)
	}
	a.update(p, next)
	if p.Status != Pending {
		a.tell("user.updated", p.User)
	}
	return done()
}

// checkUpdate looks at the body and at what the account as a whole knows.
func (a *Account) checkUpdate(body updateBody) (answer, bool) {
	plans := 0
	for _, there := range []bool{body.Type != nil, body.PlanUnitedType != nil, body.ZoomOneType != nil} {
		if there {
			plans++
		}
	}
	if plans > 1 {
		return badRequest(300, "Only one of type, plan_united_type and zoom_one_type can be set in a request."), false
	}
	var k checks
	k.check(body.Type == nil || validType(*body.Type) || (*body.Type == NoMeetings && a.opts.SSO), "type")
	k.check(body.PlanUnitedType == nil || *body.PlanUnitedType == "none" || validUnited(*body.PlanUnitedType), "plan_united_type")
	k.check(body.ZoomOneType == nil || *body.ZoomOneType == 0 || validZoomOne(*body.ZoomOneType), "zoom_one_type")
	k.name(body.FirstName, 64, 5, "first_name")
	k.name(body.LastName, 64, 5, "last_name")
	k.name(body.DisplayName, 128, 10, "display_name")
	k.length(body.JobTitle, 128, "job_title")
	k.length(body.Location, 256, "location")
	k.length(body.Company, 255, "company")
	k.length(body.AboutMe, 150, "about_me")
	k.check(body.AboutMe == nil || !linkOrHTML.MatchString(*body.AboutMe), "about_me")
	k.pattern(body.Language, languageForm, "language")
	k.pattern(body.Timezone, timezoneForm, "timezone")
	k.pattern(body.HostKey, hostKeyForm, "host_key")
	k.pattern(body.VanityName, vanityForm, "vanity_name")
	k.check(body.PMI == nil || (*body.PMI >= 1_000_000_000 && *body.PMI <= 9_999_999_999), "pmi")
	k.check(body.PronounsOption == nil || (*body.PronounsOption >= 1 && *body.PronounsOption <= 3), "pronouns_option")
	if body.LinkedInURL != nil && *body.LinkedInURL != "" {
		u, err := url.Parse(*body.LinkedInURL)
		k.check(err == nil && u.Host != "", "linkedin_url")
	}
	if body.PhoneNumbers != nil {
		checkPhones(&k, *body.PhoneNumbers)
	}
	if body.CustomAttributes != nil {
		k.check(len(*body.CustomAttributes) <= 5, "custom_attributes")
		for _, attr := range *body.CustomAttributes {
			_, known := a.opts.CustomAttributes[attr.Key]
			k.check(known, "custom_attributes.key")
		}
	}
	if body.DivisionIDs != nil {
		k.check(len(*body.DivisionIDs) <= 1, "division_ids")
		for _, id := range *body.DivisionIDs {
			k.check(a.division(id) != nil, "division_ids")
		}
	}
	if body.LicenseInfo != nil {
		checkLicenseInfo(&k, *body.LicenseInfo, "license_info_list")
	}
	return k.result()
}

func (b updateBody) applyPlan(u *User) {
	switch {
	case b.Type != nil:
		*u = u.withType(*b.Type)
	case b.PlanUnitedType != nil && *b.PlanUnitedType == "none":
		*u = u.withPlan(0, "")
	case b.PlanUnitedType != nil:
		*u = u.withPlan(0, *b.PlanUnitedType)
	case b.ZoomOneType != nil:
		*u = u.withPlan(*b.ZoomOneType, "")
	}
	set(&u.LicenseInfo, b.LicenseInfo)
}

// applyProfile writes everything that is not a licence. Empty texts clear; the
// phone list replaces; custom attributes merge by key.
func (b updateBody) applyProfile(u *User, names map[string]string) {
	built := u.DisplayName == u.fullName()
	set(&u.FirstName, b.FirstName)
	set(&u.LastName, b.LastName)
	set(&u.DisplayName, b.DisplayName)
	if u.DisplayName == "" || (built && b.DisplayName == nil) {
		u.DisplayName = u.fullName()
	}
	set(&u.Dept, b.Dept)
	set(&u.JobTitle, b.JobTitle)
	set(&u.Location, b.Location)
	set(&u.Company, b.Company)
	set(&u.Manager, b.Manager)
	set(&u.CostCenter, b.CostCenter)
	set(&u.Language, b.Language)
	set(&u.Timezone, b.Timezone)
	set(&u.DivisionIDs, b.DivisionIDs)
	set(&u.PMI, b.PMI)
	set(&u.UsePMI, b.UsePMI)
	set(&u.VanityName, b.VanityName)
	set(&u.HostKey, b.HostKey)
	set(&u.Pronouns, b.Pronouns)
	set(&u.PronounsOption, b.PronounsOption)
	set(&u.AboutMe, b.AboutMe)
	set(&u.LinkedInURL, b.LinkedInURL)
	set(&u.CMSUserID, b.CMSUserID)
	if b.Feature != nil {
		set(&u.Feature.ZoomPhone, b.Feature.ZoomPhone)
	}
	if b.PhoneNumbers != nil {
		u.PhoneNumbers = nil
		for _, p := range *b.PhoneNumbers {
			u.PhoneNumbers = append(u.PhoneNumbers, PhoneNumber{Country: p.Country, Code: p.Code, Number: p.Number, Label: p.Label})
		}
	}
	if b.PhoneNumber != nil { // deprecated: one number without a label
		u.PhoneNumbers = nil
		if *b.PhoneNumber != "" {
			u.PhoneNumbers = []PhoneNumber{{Country: text(b.PhoneCountry), Number: *b.PhoneNumber}}
		}
	}
	if b.CustomAttributes != nil {
		u.CustomAttributes = mergeAttributes(u.CustomAttributes, *b.CustomAttributes, names)
	}
}

func mergeAttributes(old, changes []CustomAttribute, names map[string]string) []CustomAttribute {
	out := slices.Clone(old)
	for _, ch := range changes {
		ch.Name = names[ch.Key]
		i := slices.IndexFunc(out, func(o CustomAttribute) bool { return o.Key == ch.Key })
		switch {
		case i >= 0 && ch.Value == "":
			out = slices.Delete(out, i, i+1)
		case i >= 0:
			out[i] = ch
		case ch.Value != "":
			out = append(out, ch)
		}
	}
	return out
}

// managerNamed finds a manager by address or display name and returns the
// address. Managers must be in the account.
func (a *Account) managerNamed(ref string) (string, bool) {
	if p := a.byEmail[emailKey(ref)]; p != nil {
		return p.Email, !p.Lapsed
	}
	if strings.Contains(ref, "@") {
		return "", false
	}
	for _, p := range a.lists[Active] {
		if strings.EqualFold(p.DisplayName, ref) {
			return p.Email, true
		}
	}
	return "", false
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
