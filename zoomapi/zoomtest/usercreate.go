package zoomtest

import (
	"net/http"
	"slices"
	"strconv"
)

type createBody struct {
	Action   string      `json:"action"`
	UserInfo *createInfo `json:"user_info"`
}

type createInfo struct {
	Email          string        `json:"email"`
	Type           *int          `json:"type"`
	FirstName      *string       `json:"first_name"`
	LastName       *string       `json:"last_name"`
	DisplayName    *string       `json:"display_name"`
	Password       *string       `json:"password"`
	DivisionIDs    []string      `json:"division_ids"`
	PlanUnitedType *string       `json:"plan_united_type"`
	LicenseInfo    []LicenseInfo `json:"license_info_list"`
	Feature        *struct {
		ZoomPhone   *bool  `json:"zoom_phone"`
		ZoomOneType *int64 `json:"zoom_one_type"`
	} `json:"feature"`
}

type createdBody struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Type      int    `json:"type"`
}

// createUser serves POST /users.
func createUser(a *Account, c *call) answer {
	var body createBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if refusal, good := a.checkCreate(body); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	tally := a.addition(body.UserInfo.Email)
	tally.Asked++
	limit := a.perDay(a.limits().CreatePerDay)
	if !a.opts.NoLimits && limit >= 0 && a.created.today(c.now) >= limit {
		return dailyRefusal(Light, limit, c.now)
	}
	if refusal, good := a.mayCreate(body); !good {
		return refusal
	}
	u := a.newUser(c, body)
	if key, is := a.short(User{}, u); is {
		return a.shortage(key, false)
	}
	if old := a.byEmail[emailKey(u.Email)]; old != nil {
		a.remove(old) // lapsed: mayCreate refused all others
	}
	p := a.insert(u)
	a.created.today(c.now)
	a.created.used++
	if p.Status == Pending {
		tally.Invited++
	} else {
		tally.Created++
	}
	a.tell("user.created", p.User, func(h *hookPayload) { h.CreationType, h.Object.DisplayName = body.Action, p.DisplayName })
	ans := ok(http.StatusCreated, createdBody{ID: p.ID, Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, Type: p.Type})
	if !a.opts.NoLimits && !a.opts.NoRateHeaders && limit >= 0 {
		// Seen on real accounts: the cap on new people, without a type.
		ans.header = map[string]string{
			headType: "", headLimit: strconv.Itoa(limit), headRemaining: strconv.Itoa(limit - a.created.used),
		}
	}
	return ans
}

// checkCreate looks at the body alone.
func (a *Account) checkCreate(body createBody) (answer, bool) {
	var k checks
	actions := []string{"create", "autoCreate", "custCreate", "ssoCreate"}
	k.check(slices.Contains(actions, body.Action), "action")
	info := body.UserInfo
	if info == nil {
		k.fail("user_info", "Invalid field.")
		return k.result()
	}
	k.check(validEmail(info.Email), "user_info.email")
	k.check(info.Type != nil && (validType(*info.Type) || (*info.Type == NoMeetings && body.Action == "ssoCreate")), "user_info.type")
	k.name(info.FirstName, 64, 5, "user_info.first_name")
	k.name(info.LastName, 64, 5, "user_info.last_name")
	k.name(info.DisplayName, 128, 10, "user_info.display_name")
	if info.Password != nil {
		k.check(body.Action == "autoCreate" && validPassword(*info.Password), "user_info.password")
	}
	k.check(len(info.DivisionIDs) <= 1, "user_info.division_ids")
	k.check(info.PlanUnitedType == nil || validUnited(*info.PlanUnitedType), "user_info.plan_united_type")
	if info.Feature != nil && info.Feature.ZoomOneType != nil {
		k.check(validZoomOne(*info.Feature.ZoomOneType), "user_info.feature.zoom_one_type")
		k.check(info.PlanUnitedType == nil, "user_info.plan_united_type")
	}
	checkLicenseInfo(&k, info.LicenseInfo, "user_info.license_info_list")
	return k.result()
}

// mayCreate holds the rules that need the account.
func (a *Account) mayCreate(body createBody) (answer, bool) {
	email := body.UserInfo.Email
	switch body.Action {
	case "autoCreate":
		if !a.isManaged(email) {
			return badRequest(1116, "The domain of this e-mail is not in the account's list of managed domains."), false
		}
	case "ssoCreate":
		if !a.opts.SSO {
			return badRequest(2002, "Single sign-on is not enabled for this account."), false
		}
	case "custCreate":
		return badRequest(200, "No permission. This action is for ISV partners."), false
	}
	if slices.Contains(a.opts.BlockedDomains, domainOf(email)) {
		return badRequest(1107, "The domain of this e-mail is blocked."), false
	}
	if slices.Contains(a.opts.Elsewhere, emailKey(email)) {
		return badRequest(1009, "This user already belongs to another paid account: "+email+"."), false
	}
	if p := a.byEmail[emailKey(email)]; p != nil && !p.Lapsed {
		return refuse(http.StatusConflict, 1005, "User already in the account: "+email), false
	}
	for _, id := range body.UserInfo.DivisionIDs {
		if a.division(id) == nil {
			return invalidField("user_info.division_ids", "Invalid field."), false
		}
	}
	return answer{}, true
}

func (a *Account) newUser(c *call, body createBody) User {
	info := body.UserInfo
	u := User{
		Email: info.Email, Type: *info.Type, RoleID: RoleMember, Status: Active, CreatedAt: c.now,
		Language: "en-US", DivisionIDs: info.DivisionIDs, LicenseInfo: info.LicenseInfo,
		Feature: Features{MeetingCapacity: 100},
		PMI:     1_000_000_000 + (a.seq*7_919)%8_999_999_999,
	}
	set(&u.FirstName, info.FirstName)
	set(&u.LastName, info.LastName)
	set(&u.DisplayName, info.DisplayName)
	u.DisplayName = or(u.DisplayName, u.fullName())
	if info.PlanUnitedType != nil {
		u = u.withPlan(0, *info.PlanUnitedType)
	}
	if f := info.Feature; f != nil {
		set(&u.Feature.ZoomPhone, f.ZoomPhone)
		if f.ZoomOneType != nil {
			u = u.withPlan(*f.ZoomOneType, "")
		}
	}
	switch body.Action {
	case "autoCreate":
		u.LoginTypes, u.Verified = []int{loginEmail}, 1
	case "ssoCreate":
		u.LoginTypes, u.Verified = []int{loginSSO}, 1
	default:
		u.Status, u.InvitedAt = Pending, c.now
	}
	return u
}

// withPlan gives a Zoom Workplace (one) or Zoom United licence, which makes
// the person Licensed, or takes both away, which makes those who had one Basic.
func (u User) withPlan(one int64, united string) User {
	if one == 0 && united == "" && u.ZoomOneType == 0 && u.PlanUnitedType == "" {
		return u
	}
	if one == 0 && united == "" {
		return u.withType(Basic)
	}
	u.ZoomOneType, u.PlanUnitedType, u.Type = one, united, Licensed
	return u
}

// withType sets the plain user type and takes plan licences away.
func (u User) withType(t int) User {
	u.Type, u.ZoomOneType, u.PlanUnitedType = t, 0, ""
	if t != Licensed {
		u.Feature.Webinar, u.Feature.WebinarCapacity = false, 0
		u.Feature.LargeMeeting, u.Feature.LargeMeetingCapacity = false, 0
		u.Feature.ZoomEvents, u.Feature.ZoomEventsCapacity = false, 0
	}
	return u
}

func validType(t int) bool { return t == Basic || t == Licensed || t == Unassigned }

// validUnited accepts the powers of two from 1 to 131072.
func validUnited(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n >= 1 && n <= 131_072 && n&(n-1) == 0
}

// validZoomOne accepts powers of two from 16 on. Numbers rounded by a client
// that keeps them as floating point are none.
func validZoomOne(n int64) bool { return n >= 16 && n <= 1<<59 && n&(n-1) == 0 }

func checkLicenseInfo(k *checks, list []LicenseInfo, field string) {
	k.check(len(list) <= 2, field)
	for _, l := range list {
		k.check(l.LicenseType == "MEETING" || l.LicenseType == "ZOOM_WORKPLACE_BUNDLE", field+".license_type")
		k.check(l.LicenseOption > 0, field+".license_option")
		k.check(l.SubscriptionID != "", field+".subscription_id")
	}
}
