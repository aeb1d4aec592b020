package zoomapi

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// UserStatus is the state of a user in the account.
type UserStatus = string

// The states of users. A list has users of one state only.
const (
	StatusActive   UserStatus = "active"
	StatusInactive UserStatus = "inactive"
	StatusPending  UserStatus = "pending"
)

// The types of users, which decide the base licence.
const (
	TypeBasic      = 1
	TypeLicensed   = 2
	TypeUnassigned = 4  // No Meetings Basic.
	TypeNone       = 99 // Only with [ActionSSOCreate].
)

// MaxPageSize is the largest page of a user or member list.
const MaxPageSize = 2000

// User is a person in the account. Lists leave out JobTitle, Location,
// Company, Manager, CostCenter, Language, PhoneNumbers and ZoomOneType, and
// fill CustomAttributes only on request; pending users have no ID there.
// JSON uses Zoom's names; decoding also accepts numbers written as strings,
// strings written as numbers, null, and fields that are not known here.
type User struct {
	ID                string            `json:"id,omitempty"`
	Email             string            `json:"email,omitempty"`
	FirstName         string            `json:"first_name,omitempty"`
	LastName          string            `json:"last_name,omitempty"`
	DisplayName       string            `json:"display_name,omitempty"`
	Type              int               `json:"type,omitempty"`
	Status            UserStatus        `json:"status,omitempty"`
	Department        string            `json:"dept,omitempty"`
	JobTitle          string            `json:"job_title,omitempty"`
	Location          string            `json:"location,omitempty"`
	Company           string            `json:"company,omitempty"`
	Manager           string            `json:"manager,omitempty"`
	CostCenter        string            `json:"cost_center,omitempty"`
	Language          string            `json:"language,omitempty"`
	Timezone          string            `json:"timezone,omitempty"`
	Pronouns          string            `json:"pronouns,omitempty"`
	PhoneNumbers      []PhoneNumber     `json:"phone_numbers,omitempty"`
	GroupIDs          []string          `json:"group_ids,omitempty"` // The first is the primary group.
	IMGroupIDs        []string          `json:"im_group_ids,omitempty"`
	DivisionIDs       []string          `json:"division_ids,omitempty"`
	CustomAttributes  []CustomAttribute `json:"custom_attributes,omitempty"`
	RoleID            string            `json:"role_id,omitempty"`
	RoleName          string            `json:"role_name,omitempty"`
	Verified          int               `json:"verified,omitempty"`
	PMI               int64             `json:"pmi,omitempty"`
	UsePMI            bool              `json:"use_pmi,omitempty"`
	PlanUnitedType    string            `json:"plan_united_type,omitempty"`
	ZoomOneType       int64             `json:"zoom_one_type,omitempty"` // A bit set beyond 2^53.
	EmployeeUniqueID  string            `json:"employee_unique_id,omitempty"`
	AccountID         string            `json:"account_id,omitempty"`
	LoginTypes        []int             `json:"login_types,omitempty"`
	CreatedAt         string            `json:"created_at,omitempty"`
	UserCreatedAt     string            `json:"user_created_at,omitempty"`
	LastLoginTime     string            `json:"last_login_time,omitempty"` // Up to three days late.
	LastClientVersion string            `json:"last_client_version,omitempty"`
}

// PhoneNumber is a number in a user's profile. It is not a Zoom Phone number.
type PhoneNumber struct {
	Country  string `json:"country,omitempty"` // Two letters, e.g. FR.
	Code     string `json:"code,omitempty"`    // With the plus sign, e.g. +33.
	Number   string `json:"number,omitempty"`
	Label    string `json:"label,omitempty"`    // Mobile, Office, Home or Fax.
	Verified bool   `json:"verified,omitempty"` // Reported only, never sent.
}

// CustomAttribute is a field that the account defined for its users.
type CustomAttribute struct {
	Key   string `json:"key,omitempty"`
	Name  string `json:"name,omitempty"`
	Value string `json:"value"`
}

// LicenseInfo picks a licence on accounts that hold one plan several times.
type LicenseInfo struct {
	LicenseType    string `json:"license_type"`
	LicenseOption  int    `json:"license_option"`
	SubscriptionID string `json:"subscription_id"`
}

// documentedUser is a User that is decoded as Zoom documents it.
type documentedUser User

// decodeUsers decodes many users, all at once if they are as documented.
func decodeUsers(data json.RawMessage) ([]User, error) {
	var documented []documentedUser
	if err := json.Unmarshal(data, &documented); err == nil {
		users := make([]User, len(documented))
		for i := range documented {
			users[i] = User(documented[i])
			users[i].Status = strings.ToLower(users[i].Status)
		}
		return users, nil
	}
	var users []User
	err := json.Unmarshal(data, &users)
	return users, err
}

// UnmarshalJSON implements [json.Unmarshaler]. What Zoom documents is decoded
// directly; only what deviates from it takes the slower, tolerant way.
func (u *User) UnmarshalJSON(data []byte) error {
	var d documentedUser
	if err := json.Unmarshal(data, &d); err == nil {
		*u = User(d)
		u.Status = strings.ToLower(u.Status)
		return nil
	}
	return u.unmarshalTolerant(data)
}

func (u *User) unmarshalTolerant(data []byte) error {
	var w struct {
		ID                flexString   `json:"id"`
		Email             flexString   `json:"email"`
		FirstName         flexString   `json:"first_name"`
		LastName          flexString   `json:"last_name"`
		DisplayName       flexString   `json:"display_name"`
		Type              flexInt      `json:"type"`
		Status            flexString   `json:"status"`
		Department        flexString   `json:"dept"`
		JobTitle          flexString   `json:"job_title"`
		Location          flexString   `json:"location"`
		Company           flexString   `json:"company"`
		Manager           flexString   `json:"manager"`
		CostCenter        flexString   `json:"cost_center"`
		Language          flexString   `json:"language"`
		Timezone          flexString   `json:"timezone"`
		Pronouns          flexString   `json:"pronouns"`
		PhoneNumbers      []phoneWire  `json:"phone_numbers"`
		GroupIDs          flexStrings  `json:"group_ids"`
		IMGroupIDs        flexStrings  `json:"im_group_ids"`
		DivisionIDs       flexStrings  `json:"division_ids"`
		CustomAttributes  []customWire `json:"custom_attributes"`
		RoleID            flexString   `json:"role_id"`
		RoleName          flexString   `json:"role_name"`
		Verified          flexInt      `json:"verified"`
		PMI               flexInt      `json:"pmi"`
		UsePMI            flexBool     `json:"use_pmi"`
		PlanUnitedType    flexString   `json:"plan_united_type"`
		ZoomOneType       flexInt      `json:"zoom_one_type"`
		EmployeeUniqueID  flexString   `json:"employee_unique_id"`
		AccountID         flexString   `json:"account_id"`
		LoginTypes        flexInts     `json:"login_types"`
		CreatedAt         flexString   `json:"created_at"`
		UserCreatedAt     flexString   `json:"user_created_at"`
		LastLoginTime     flexString   `json:"last_login_time"`
		LastClientVersion flexString   `json:"last_client_version"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*u = User{
		ID: string(w.ID), Email: string(w.Email), FirstName: string(w.FirstName), LastName: string(w.LastName),
		DisplayName: string(w.DisplayName), Type: int(w.Type), Status: strings.ToLower(string(w.Status)),
		Department: string(w.Department), JobTitle: string(w.JobTitle), Location: string(w.Location),
		Company: string(w.Company), Manager: string(w.Manager), CostCenter: string(w.CostCenter),
		Language: string(w.Language), Timezone: string(w.Timezone), Pronouns: string(w.Pronouns),
		GroupIDs: w.GroupIDs, IMGroupIDs: w.IMGroupIDs, DivisionIDs: w.DivisionIDs,
		RoleID: string(w.RoleID), RoleName: string(w.RoleName), Verified: int(w.Verified),
		PMI: int64(w.PMI), UsePMI: bool(w.UsePMI), PlanUnitedType: string(w.PlanUnitedType),
		ZoomOneType: int64(w.ZoomOneType), EmployeeUniqueID: string(w.EmployeeUniqueID),
		AccountID: string(w.AccountID), LoginTypes: w.LoginTypes, CreatedAt: string(w.CreatedAt),
		UserCreatedAt: string(w.UserCreatedAt), LastLoginTime: string(w.LastLoginTime),
		LastClientVersion: string(w.LastClientVersion),
	}
	for _, p := range w.PhoneNumbers {
		u.PhoneNumbers = append(u.PhoneNumbers, PhoneNumber{
			Country: string(p.Country), Code: string(p.Code), Number: string(p.Number),
			Label: string(p.Label), Verified: bool(p.Verified),
		})
	}
	for _, a := range w.CustomAttributes {
		u.CustomAttributes = append(u.CustomAttributes, CustomAttribute{
			Key: string(a.Key), Name: string(a.Name), Value: string(a.Value),
		})
	}
	return nil
}

type phoneWire struct {
	Country  flexString `json:"country"`
	Code     flexString `json:"code"`
	Number   flexString `json:"number"`
	Label    flexString `json:"label"`
	Verified flexBool   `json:"verified"`
}

type customWire struct {
	Key   flexString `json:"key"`
	Name  flexString `json:"name"`
	Value flexString `json:"value"`
}

// ListUsersOptions narrow a list of users.
type ListUsersOptions struct {
	// Status is one of the user states. Default [StatusActive].
	Status UserStatus
	// PageSize is the number of users per call, default and at most
	// [MaxPageSize].
	PageSize int
	// RoleID keeps only users with this role.
	RoleID string
	// IncludeFields asks for "custom_attributes" or "host_key" as well.
	IncludeFields string
	// OnPage is told after each page how many users were read and how many
	// there are as Zoom says, -1 when it does not; nil is not told.
	OnPage func(read, total int)
}

// Users lists the users of one state, proven complete (see the package
// documentation). One [Medium] call per page.
// API: GET /users.
func (c *Client) Users(ctx context.Context, o ListUsersOptions) iter.Seq2[User, error] {
	if o.Status == "" {
		o.Status = StatusActive
	}
	if o.PageSize <= 0 || o.PageSize > MaxPageSize {
		o.PageSize = MaxPageSize
	}
	if err := o.check("list users"); err != nil {
		return func(yield func(User, error) bool) { yield(User{}, err) }
	}
	q := url.Values{"status": {o.Status}, "page_size": {strconv.Itoa(o.PageSize)}}
	if o.RoleID != "" {
		q.Set("role_id", o.RoleID)
	}
	if o.IncludeFields != "" {
		q.Set("include_fields", o.IncludeFields)
	}
	return list(ctx, c, listing[User]{
		call:  call{method: http.MethodGet, pattern: "/users", query: q, class: Medium},
		items: "users", onPage: o.OnPage,
		key: userKey, decode: decodeUsers,
		fix: func(u *User) {
			if u.Status == "" {
				u.Status = o.Status
			}
		},
	})
}

// Reach tells whether the account can be read at all: it asks for one invited
// user and forgets the answer. One [Medium] call, of the kind that every
// listing of users begins with. API: GET /users.
func (c *Client) Reach(ctx context.Context) error {
	_, err := readPage(ctx, c, call{
		method: http.MethodGet, pattern: "/users", class: Medium,
		query: url.Values{"status": {StatusPending}, "page_size": {"1"}},
	}, listing[User]{items: "users"})
	return err
}

// userKey tells users apart: by id, and by address where there is none.
func userKey(u *User) string {
	if u.ID != "" {
		return u.ID
	}
	return strings.ToLower(u.Email)
}

// User returns one user with all fields, whatever their status, or an error
// that matches [ErrNotFound]. A pending user may come without an ID, and with
// a lapsed invitation the error matches [ErrInvitationExpired].
// API: GET /users/{userId}, [Light].
func (c *Client) User(ctx context.Context, idOrEmail string) (User, error) {
	var u User
	err := c.do(ctx, call{
		method: http.MethodGet, pattern: "/users/{userId}", args: []string{idOrEmail}, class: Light, out: &u,
	})
	return u, err
}
