package zoomtest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Status values of a person.
const (
	Active   = "active"
	Inactive = "inactive"
	Pending  = "pending"
)

// Values of User.Type.
const (
	Basic      = 1
	Licensed   = 2
	Unassigned = 4
	NoMeetings = 99
)

// Values of User.RoleID.
const (
	RoleOwner  = "0"
	RoleAdmin  = "1"
	RoleMember = "2"
)

// User is one person of the account, with everything the account knows. The
// JSON names are Zoom's; the control surface under /sandbox/ uses this shape,
// the API itself shows less.
type User struct {
	ID          string `json:"id"`
	Email       string `json:"email"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	DisplayName string `json:"display_name"`
	Type        int    `json:"type"`
	Status      string `json:"status"`
	RoleID      string `json:"role_id"`
	Verified    int    `json:"verified"`

	Dept       string `json:"dept"`
	JobTitle   string `json:"job_title"`
	Location   string `json:"location"`
	Company    string `json:"company"`
	Manager    string `json:"manager"`
	CostCenter string `json:"cost_center"`
	Language   string `json:"language"`
	Timezone   string `json:"timezone"`

	PhoneNumbers     []PhoneNumber     `json:"phone_numbers,omitempty"`
	CustomAttributes []CustomAttribute `json:"custom_attributes,omitempty"`
	EmployeeUniqueID string            `json:"employee_unique_id,omitempty"`

	// GroupIDs are the groups joined; the first one is primary.
	GroupIDs    []string `json:"group_ids,omitempty"`
	IMGroupIDs  []string `json:"im_group_ids,omitempty"`
	DivisionIDs []string `json:"division_ids,omitempty"`
	// PendingGroupID is the group a pending person joins on activation.
	PendingGroupID string `json:"pending_group_id,omitempty"`

	PMI            int64  `json:"pmi,omitempty"`
	UsePMI         bool   `json:"use_pmi,omitempty"`
	VanityName     string `json:"vanity_name,omitempty"`
	HostKey        string `json:"host_key,omitempty"`
	Pronouns       string `json:"pronouns,omitempty"`
	PronounsOption int    `json:"pronouns_option,omitempty"`
	AboutMe        string `json:"about_me,omitempty"`
	LinkedInURL    string `json:"linkedin_url,omitempty"`
	CMSUserID      string `json:"cms_user_id,omitempty"`

	PlanUnitedType string        `json:"plan_united_type,omitempty"`
	ZoomOneType    int64         `json:"zoom_one_type,omitempty"`
	LicenseInfo    []LicenseInfo `json:"license_info_list,omitempty"`
	Feature        Features      `json:"feature"`
	LoginTypes     []int         `json:"login_types,omitempty"`

	CreatedAt         time.Time `json:"user_created_at"`
	InvitedAt         time.Time `json:"invited_at,omitzero"`
	LastLogin         time.Time `json:"last_login_time,omitzero"`
	LastClientVersion string    `json:"last_client_version,omitempty"`

	// Lapsed marks a pending person whose invitation ran out: gone from the
	// list, 400/1120 on every call, free to be invited again.
	Lapsed bool `json:"lapsed,omitempty"`
	// EmailChanges are the times of the last e-mail changes through the API.
	EmailChanges []time.Time `json:"email_changes,omitempty"`
}

// PhoneNumber is one profile number.
type PhoneNumber struct {
	Country  string `json:"country"`
	Code     string `json:"code"`
	Number   string `json:"number"`
	Label    string `json:"label,omitempty"`
	Verified bool   `json:"verified"`
}

// CustomAttribute is the value of one attribute defined in the portal.
type CustomAttribute struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// LicenseInfo names a subscription on accounts with several plans of a kind.
type LicenseInfo struct {
	LicenseType    string `json:"license_type"`
	LicenseOption  int64  `json:"license_option"`
	SubscriptionID string `json:"subscription_id"`
}

// Features are the add-ons of a person: the feature object of the settings.
type Features struct {
	MeetingCapacity      int    `json:"meeting_capacity"`
	LargeMeeting         bool   `json:"large_meeting"`
	LargeMeetingCapacity int    `json:"large_meeting_capacity,omitempty"`
	Webinar              bool   `json:"webinar"`
	WebinarCapacity      int    `json:"webinar_capacity,omitempty"`
	ConcurrentMeeting    string `json:"concurrent_meeting,omitempty"`
	ZoomPhone            bool   `json:"zoom_phone"`
	ZoomEvents           bool   `json:"zoom_events"`
	ZoomEventsCapacity   int    `json:"zoom_events_capacity,omitempty"`
	// On holds the add-ons that are plain switches (zoom_whiteboard,
	// zoom_scheduler, …) by name.
	On map[string]bool `json:"on,omitempty"`
}

// Group is a user group, chat (IM) group or contact group as it is now.
type Group struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	TotalMembers int    `json:"total_members"`
}

func (u User) clone() User {
	u.PhoneNumbers = slices.Clone(u.PhoneNumbers)
	u.CustomAttributes = slices.Clone(u.CustomAttributes)
	u.GroupIDs = slices.Clone(u.GroupIDs)
	u.IMGroupIDs = slices.Clone(u.IMGroupIDs)
	u.DivisionIDs = slices.Clone(u.DivisionIDs)
	u.LicenseInfo = slices.Clone(u.LicenseInfo)
	u.LoginTypes = slices.Clone(u.LoginTypes)
	u.EmailChanges = slices.Clone(u.EmailChanges)
	u.Feature.On = maps.Clone(u.Feature.On)
	return u
}

// fullName is the display name Zoom builds when none is given.
func (u User) fullName() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// withoutLicences is what deactivation leaves of a person.
func (u User) withoutLicences() User {
	u.Type, u.ZoomOneType, u.PlanUnitedType, u.LicenseInfo = Basic, 0, "", nil
	u.Feature = Features{MeetingCapacity: 100}
	return u
}

func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func domainOf(email string) string {
	_, domain, _ := strings.Cut(emailKey(email), "@")
	return domain
}
