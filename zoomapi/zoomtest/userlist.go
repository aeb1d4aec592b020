package zoomtest

import (
	"net/http"
	"strings"
	"time"
)

// listItem is a person as GET /users shows them: without job title, location,
// company, manager, phone numbers, cost centre, language, role name and Zoom
// Workplace licence. A full export needs one GET per person.
type listItem struct {
	ID                string            `json:"id,omitempty"`
	FirstName         string            `json:"first_name,omitempty"`
	LastName          string            `json:"last_name,omitempty"`
	DisplayName       string            `json:"display_name,omitempty"`
	Email             string            `json:"email"`
	Type              int               `json:"type"`
	PMI               int64             `json:"pmi,omitempty"`
	Timezone          string            `json:"timezone,omitempty"`
	Verified          int               `json:"verified"`
	Dept              string            `json:"dept,omitempty"`
	CreatedAt         string            `json:"created_at,omitempty"`
	UserCreatedAt     string            `json:"user_created_at,omitempty"`
	LastLogin         string            `json:"last_login_time,omitempty"`
	LastClientVersion string            `json:"last_client_version,omitempty"`
	GroupIDs          []string          `json:"group_ids,omitempty"`
	IMGroupIDs        []string          `json:"im_group_ids,omitempty"`
	DivisionIDs       []string          `json:"division_ids,omitempty"`
	CustomAttributes  []CustomAttribute `json:"custom_attributes,omitempty"`
	HostKey           string            `json:"host_key,omitempty"`
	EmployeeUniqueID  string            `json:"employee_unique_id,omitempty"`
	PlanUnitedType    string            `json:"plan_united_type,omitempty"`
	LicenseInfo       []LicenseInfo     `json:"license_info_list,omitempty"`
	RoleID            string            `json:"role_id,omitempty"`
	Status            string            `json:"status"`
}

type userPage struct {
	PageCount     int        `json:"page_count"`
	PageNumber    int        `json:"page_number"`
	PageSize      int        `json:"page_size"`
	TotalRecords  int        `json:"total_records"`
	NextPageToken string     `json:"next_page_token"`
	Users         []listItem `json:"users"`
}

// listUsers serves GET /users.
func listUsers(a *Account, c *call) answer {
	status := or(c.query.Get("status"), Active)
	if status != Active && status != Inactive && status != Pending {
		return invalidField("status", "Invalid field.")
	}
	include := c.query.Get("include_fields")
	if include != "" && include != "custom_attributes" && include != "host_key" {
		return invalidField("include_fields", "Invalid field.")
	}
	license := c.query.Get("license")
	if license != "" && license != "zoom_workforce_management" && license != "zoom_compliance_management" {
		return invalidField("license", "Invalid field.")
	}
	role := c.query.Get("role_id")
	ask, refusal, good := askPage(c, "users "+status+" "+role+" "+license, 30, 2000)
	if !good {
		return refusal
	}
	a.mu.RLock()
	all := a.lists[status]
	if role != "" || license != "" {
		all = filtered(all, role, license)
	}
	page, next := cutPage(all, ask, personSeq)
	items := make([]listItem, 0, len(page))
	for _, p := range page {
		items = append(items, p.listItem(include, c.now))
	}
	total := len(all)
	a.mu.RUnlock()
	return ok(http.StatusOK, userPage{
		PageCount: pageCount(total, ask.size), PageNumber: ask.number, PageSize: ask.size,
		TotalRecords: total + c.faults.totalOffset, NextPageToken: next, Users: items,
	})
}

func filtered(all []*person, role, license string) []*person {
	var out []*person
	for _, p := range all {
		if (role == "" || p.RoleID == role) && (license == "" || p.Feature.On[license]) {
			out = append(out, p)
		}
	}
	return out
}

func (u User) listItem(include string, now time.Time) listItem {
	if u.Status == Pending {
		// No id, and a creation time that is the time of the call.
		return listItem{
			Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Type: u.Type, Status: Pending,
			CreatedAt: stamp(now), PlanUnitedType: u.PlanUnitedType, RoleID: u.RoleID,
		}
	}
	item := listItem{
		ID: u.ID, FirstName: u.FirstName, LastName: u.LastName, DisplayName: u.DisplayName, Email: u.Email,
		Type: u.Type, PMI: u.PMI, Timezone: u.Timezone, Verified: u.Verified, Dept: u.Dept,
		CreatedAt: stamp(u.CreatedAt), UserCreatedAt: stamp(u.CreatedAt), LastLogin: stamp(u.LastLogin),
		LastClientVersion: u.LastClientVersion, GroupIDs: u.GroupIDs, IMGroupIDs: u.IMGroupIDs,
		DivisionIDs: u.DivisionIDs, EmployeeUniqueID: u.EmployeeUniqueID, PlanUnitedType: u.PlanUnitedType,
		LicenseInfo: u.LicenseInfo, RoleID: u.RoleID, Status: u.Status,
	}
	switch include {
	case "custom_attributes":
		item.CustomAttributes = u.CustomAttributes
	case "host_key":
		item.HostKey = u.HostKey
	}
	return item
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// userBody is a person as GET /users/{userId} shows them.
type userBody struct {
	listItem

	AccountID          string        `json:"account_id"`
	AccountNumber      int64         `json:"account_number"`
	RoleName           string        `json:"role_name"`
	UsePMI             bool          `json:"use_pmi"`
	JID                string        `json:"jid,omitempty"`
	Dept               string        `json:"dept"`
	JobTitle           string        `json:"job_title"`
	Location           string        `json:"location"`
	Company            string        `json:"company"`
	CostCenter         string        `json:"cost_center"`
	Manager            string        `json:"manager,omitempty"`
	Language           string        `json:"language"`
	PhoneNumbers       []PhoneNumber `json:"phone_numbers,omitempty"`
	PhoneCountry       string        `json:"phone_country"`
	PhoneNumber        string        `json:"phone_number"`
	LoginTypes         []int         `json:"login_types,omitempty"`
	PersonalMeetingURL string        `json:"personal_meeting_url,omitempty"`
	VanityURL          string        `json:"vanity_url,omitempty"`
	Pronouns           string        `json:"pronouns,omitempty"`
	PronounsOption     int           `json:"pronouns_option,omitempty"`
	CMSUserID          string        `json:"cms_user_id"`
	ZoomOneType        int64         `json:"zoom_one_type,omitempty"`
	Cluster            string        `json:"cluster"`
}

// getUser serves GET /users/{userId}.
func getUser(a *Account, c *call) answer {
	a.mu.RLock()
	defer a.mu.RUnlock()
	p, refusal, found := a.find(c.param(0))
	if !found {
		return refusal
	}
	return ok(http.StatusOK, a.userBody(p.User))
}

func (a *Account) userBody(u User) userBody {
	status := u.Status
	item := u
	item.Status = Active // the list's way with pending people does not apply here
	body := userBody{
		listItem:  item.listItem("custom_attributes", u.CreatedAt),
		AccountID: a.opts.AccountID, AccountNumber: 7_000_001, RoleName: roleName(u.RoleID), UsePMI: u.UsePMI,
		Dept: u.Dept, JobTitle: u.JobTitle, Location: u.Location, Company: u.Company, CostCenter: u.CostCenter,
		Manager: u.Manager, Language: u.Language, PhoneNumbers: u.PhoneNumbers, LoginTypes: u.LoginTypes,
		Pronouns: u.Pronouns, PronounsOption: u.PronounsOption, CMSUserID: u.CMSUserID,
		ZoomOneType: u.ZoomOneType, Cluster: "sandbox",
	}
	body.Status = status
	if len(u.PhoneNumbers) > 0 {
		body.PhoneCountry, body.PhoneNumber = u.PhoneNumbers[0].Country, u.PhoneNumbers[0].Code+" "+u.PhoneNumbers[0].Number
	}
	if u.VanityName != "" {
		body.VanityURL = "https://zoom.example.com/my/" + u.VanityName
	}
	if status != Pending {
		body.JID = strings.ToLower(u.ID) + "@xmpp.example.com"
		return body
	}
	if a.opts.PendingWithoutID {
		body.ID = ""
	}
	if u.PendingGroupID != "" {
		body.GroupIDs = []string{u.PendingGroupID}
	}
	return body
}

func roleName(id string) string {
	switch id {
	case RoleOwner:
		return "Owner"
	case RoleAdmin:
		return "Admin"
	case RoleMember:
		return "Member"
	default:
		return "Role " + id
	}
}

// emailExists serves GET /users/email. Only e-mail sign-ups count, so people
// who came by single sign-on are not found.
func emailExists(a *Account, c *call) answer {
	email := c.query.Get("email")
	if !validEmail(email) {
		return invalidField("email", "Invalid field.")
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	p := a.byEmail[emailKey(email)]
	exists := p != nil && !p.Lapsed && p.Status != Pending
	if exists {
		exists = false
		for _, t := range p.LoginTypes {
			exists = exists || t == loginEmail
		}
	}
	return ok(http.StatusOK, map[string]bool{"existed_email": exists})
}

// Values of login_types.
const (
	loginEmail = 100
	loginSSO   = 101
)
