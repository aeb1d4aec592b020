package zoomapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"
)

// CreateAction says how a user comes into the account.
type CreateAction string

// The ways to create users. Zoom reads them with their exact case.
const (
	// ActionCreate invites by e-mail; the user is pending until they accept.
	ActionCreate CreateAction = "create"
	// ActionAutoCreate needs a managed domain; active at once, with a password.
	ActionAutoCreate CreateAction = "autoCreate"
	// ActionSSOCreate needs pre-provisioning by SSO; active at once.
	ActionSSOCreate CreateAction = "ssoCreate"
	// ActionCustCreate makes API-only users, for Zoom's partners.
	ActionCustCreate CreateAction = "custCreate"
)

// ParseCreateAction reads the exact name of an action.
func ParseCreateAction(name string) (CreateAction, error) {
	a := CreateAction(name)
	if !a.valid() {
		return "", invalid("create action", "not one of create, autoCreate, ssoCreate, custCreate")
	}
	return a, nil
}

func (a CreateAction) valid() bool {
	return slices.Contains([]CreateAction{ActionCreate, ActionAutoCreate, ActionSSOCreate, ActionCustCreate}, a)
}

// NewUser is what can be said of a user at creation. All other fields need
// [Client.UpdateUser] afterwards.
type NewUser struct {
	Email       string
	FirstName   string
	LastName    string
	DisplayName string
	Type        int
	// Password is for [ActionAutoCreate] only.
	Password       Secret
	DivisionIDs    []string // At most one.
	ZoomPhone      bool
	ZoomOneType    int64
	PlanUnitedType string
	LicenseInfo    []LicenseInfo
}

type newUserWire struct {
	Email          string        `json:"email"`
	Type           int           `json:"type"`
	FirstName      string        `json:"first_name,omitempty"`
	LastName       string        `json:"last_name,omitempty"`
	DisplayName    string        `json:"display_name,omitempty"`
	Password       string        `json:"password,omitempty"`
	DivisionIDs    []string      `json:"division_ids,omitempty"`
	Feature        *newFeature   `json:"feature,omitempty"`
	PlanUnitedType string        `json:"plan_united_type,omitempty"`
	LicenseInfo    []LicenseInfo `json:"license_info_list,omitempty"`
}

type newFeature struct {
	ZoomPhone   bool  `json:"zoom_phone,omitempty"`
	ZoomOneType int64 `json:"zoom_one_type,omitempty"`
}

// CreateUser adds or invites a user and returns what Zoom says of them: id,
// address, names and type. The id may be missing.
// API: POST /users, [Light]; for [ActionCreate] also [Plan.DailyCreates].
func (c *Client) CreateUser(ctx context.Context, action CreateAction, n NewUser) (User, error) {
	const op = "create user"
	switch {
	case !action.valid():
		return User{}, invalid(op, "unknown action")
	case n.Email == "":
		return User{}, invalid(op, "no address")
	case !slices.Contains([]int{TypeBasic, TypeLicensed, TypeUnassigned, TypeNone}, n.Type):
		return User{}, invalid(op, "unknown user type")
	case n.Type == TypeNone && action != ActionSSOCreate:
		return User{}, invalid(op, "user type none needs ssoCreate")
	case !n.Password.IsZero() && action != ActionAutoCreate:
		return User{}, invalid(op, "a password needs autoCreate")
	}
	if err := n.check(op); err != nil {
		return User{}, err
	}
	w := newUserWire{
		Email: n.Email, Type: n.Type, FirstName: n.FirstName, LastName: n.LastName, DisplayName: n.DisplayName,
		Password: n.Password.Reveal(), DivisionIDs: n.DivisionIDs, PlanUnitedType: n.PlanUnitedType,
		LicenseInfo: n.LicenseInfo,
	}
	if f := (newFeature{ZoomPhone: n.ZoomPhone, ZoomOneType: n.ZoomOneType}); f != (newFeature{}) {
		w.Feature = &f
	}
	var u User
	cl := call{
		method: http.MethodPost, pattern: "/users", class: Light, out: &u, mayBeEmpty: true, capped: true,
		body: struct {
			Action   CreateAction `json:"action"`
			UserInfo newUserWire  `json:"user_info"`
		}{action, w},
	}
	if action == ActionCreate {
		cl.cap = Invitations
	}
	if err := c.do(ctx, cl); err != nil {
		return User{}, err
	}
	if u.Email == "" {
		u.Email = n.Email
	}
	if u.Type == 0 {
		u.Type = n.Type
	}
	return u, nil
}

// UserPatch is a change to a user: nil leaves a field as it is, a pointer to
// an empty value clears it. Only one of Type, PlanUnitedType and ZoomOneType
// may be set. CustomAttributes holds the changed ones, at most
// [MaxCustomAttributes] in one patch; PhoneNumbers all of them.
type UserPatch struct {
	FirstName        *string            `json:"first_name,omitempty"`
	LastName         *string            `json:"last_name,omitempty"`
	DisplayName      *string            `json:"display_name,omitempty"`
	Department       *string            `json:"dept,omitempty"`
	JobTitle         *string            `json:"job_title,omitempty"`
	Location         *string            `json:"location,omitempty"`
	Company          *string            `json:"company,omitempty"`
	Manager          *string            `json:"manager,omitempty"`
	CostCenter       *string            `json:"cost_center,omitempty"`
	Language         *string            `json:"language,omitempty"`
	Timezone         *string            `json:"timezone,omitempty"`
	Pronouns         *string            `json:"pronouns,omitempty"`
	PronounsOption   *int               `json:"pronouns_option,omitempty"`
	Type             *int               `json:"type,omitempty"`
	PlanUnitedType   *string            `json:"plan_united_type,omitempty"` // "none" takes it away.
	ZoomOneType      *int64             `json:"zoom_one_type,omitempty"`    // 0 takes it away.
	GroupID          *string            `json:"group_id,omitempty"`         // Places a pending user in a group.
	PhoneNumbers     *[]PhoneNumber     `json:"phone_numbers,omitempty"`
	CustomAttributes *[]CustomAttribute `json:"custom_attributes,omitempty"`
	DivisionIDs      *[]string          `json:"division_ids,omitempty"`
	PMI              *int64             `json:"pmi,omitempty"`
	UsePMI           *bool              `json:"use_pmi,omitempty"`
	VanityName       *string            `json:"vanity_name,omitempty"`
	AboutMe          *string            `json:"about_me,omitempty"`
	LinkedInURL      *string            `json:"linkedin_url,omitempty"`
	CMSUserID        *string            `json:"cms_user_id,omitempty"`
	Feature          *PatchFeature      `json:"feature,omitempty"`
	LicenseInfo      *[]LicenseInfo     `json:"license_info_list,omitempty"`
}

// PatchFeature is the feature part of a [UserPatch].
type PatchFeature struct {
	ZoomPhone *bool `json:"zoom_phone,omitempty"`
}

// IsZero reports whether the patch changes nothing.
func (p UserPatch) IsZero() bool { return p == UserPatch{} }

// UpdateUser changes a user. A patch that changes nothing is not sent. On a
// pending user Zoom answers with success and keeps only GroupID and the
// licence fields; read the user back where that matters.
// API: PATCH /users/{userId}, [Light].
func (c *Client) UpdateUser(ctx context.Context, idOrEmail string, p UserPatch) error {
	if p.IsZero() {
		return nil
	}
	if err := p.check("update user"); err != nil {
		return err
	}
	if p.PhoneNumbers != nil {
		numbers := make([]PhoneNumber, len(*p.PhoneNumbers))
		for i, n := range *p.PhoneNumbers {
			n.Verified = false
			numbers[i] = n
		}
		p.PhoneNumbers = &numbers
	}
	p.CustomAttributes, p.DivisionIDs, p.LicenseInfo = notNull(p.CustomAttributes), notNull(p.DivisionIDs), notNull(p.LicenseInfo)
	return c.do(ctx, call{
		method: http.MethodPatch, pattern: "/users/{userId}", args: []string{idOrEmail}, class: Light, body: p,
	})
}

// notNull turns a nil list that is to be sent into an empty one: JSON's null
// is none of the values Zoom takes.
func notNull[T any](list *[]T) *[]T {
	if list == nil || *list != nil {
		return list
	}
	return &[]T{}
}

// DeleteAction says what becomes of a deleted user's Zoom login.
type DeleteAction string

// The ways to delete a user.
const (
	// DeleteDisassociate unlinks the user, who keeps a free login of their
	// own. It also withdraws an invitation.
	DeleteDisassociate DeleteAction = "disassociate"
	// DeletePermanently removes the login and all that belongs to it.
	DeletePermanently DeleteAction = "delete"
)

// DeleteOptions say how to delete a user and who gets what they leave.
type DeleteOptions struct {
	// Action defaults to [DeleteDisassociate].
	Action DeleteAction
	// TransferEmail is the address of the heir; the flags say what they get.
	TransferEmail      string
	TransferMeetings   bool
	TransferWebinars   bool
	TransferRecordings bool
	TransferWhiteboard bool
	TransferClips      bool
	TransferNotes      bool
	TransferVisitors   bool
	TransferDocs       bool
}

// DeleteUser takes a user out of the account. An error that matches
// [ErrNotFound] may mean the heir. Zoom runs one deletion per user at a time.
// API: DELETE /users/{userId}, [Light].
func (c *Client) DeleteUser(ctx context.Context, idOrEmail string, o DeleteOptions) error {
	if o.Action == "" {
		o.Action = DeleteDisassociate
	}
	if o.Action != DeleteDisassociate && o.Action != DeletePermanently {
		return invalid("delete user", "unknown action")
	}
	q := url.Values{"action": {string(o.Action)}}
	flags := []struct {
		name string
		set  bool
	}{
		{"transfer_meeting", o.TransferMeetings},
		{"transfer_webinar", o.TransferWebinars},
		{"transfer_recording", o.TransferRecordings},
		{"transfer_whiteboard", o.TransferWhiteboard},
		{"transfer_clipfiles", o.TransferClips},
		{"transfer_notes", o.TransferNotes},
		{"transfer_visitors", o.TransferVisitors},
		{"transfer_docs", o.TransferDocs},
	}
	for _, f := range flags {
		if !f.set {
			continue
		}
		if o.TransferEmail == "" {
			return invalid("delete user", "something to transfer and nobody to transfer it to")
		}
		q.Set(f.name, "true")
	}
	if o.TransferEmail != "" {
		q.Set("transfer_email", o.TransferEmail)
	}
	return c.do(ctx, call{
		method: http.MethodDelete, pattern: "/users/{userId}", args: []string{idOrEmail}, query: q, class: Light,
	})
}

// SetUserStatus activates or deactivates a user. Deactivating takes every
// licence away; activating needs a free one.
// API: PUT /users/{userId}/status, [Light].
func (c *Client) SetUserStatus(ctx context.Context, idOrEmail string, activate bool) error {
	action := "deactivate"
	if activate {
		action = "activate"
	}
	return c.do(ctx, call{
		method: http.MethodPut, pattern: "/users/{userId}/status", args: []string{idOrEmail}, class: Light,
		body: map[string]string{"action": action},
	})
}

// SetUserEmail changes a user's address, within the managed domains of the
// account and at most three times a day.
// API: PUT /users/{userId}/email, [Light].
func (c *Client) SetUserEmail(ctx context.Context, idOrEmail, email string) error {
	if email == "" || utf8.RuneCountInString(email) > MaxEmail {
		return invalid("set user address", "no address, or a longer one than Zoom takes")
	}
	return c.do(ctx, call{
		method: http.MethodPut, pattern: "/users/{userId}/email", args: []string{idOrEmail}, class: Light, perPerson: true,
		body: map[string]string{"email": email},
	})
}
