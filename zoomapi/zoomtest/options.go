package zoomtest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Credentials of the made-up Server-to-Server app that an Account with zero
// Options accepts.
const (
	DefaultAccountID    = "SbxAccount0001"
	DefaultClientID     = "SbxClient0001"
	DefaultClientSecret = "SbxSecret0001"
)

// Names of the plans that decide limits and caps.
const (
	PlanFree     = "free"
	PlanPro      = "pro"
	PlanBusiness = "business"
)

// Class is a rate class (the label of an operation). The token endpoint has
// the empty class.
type Class string

// The rate classes in use. No operation served here is resource-intensive.
const (
	Light  Class = "Light"
	Medium Class = "Medium"
	Heavy  Class = "Heavy"
)

// Options describe an account. The zero value of every field means the default
// named beside it, so New(Options{}) is a Pro account with all scopes.
type Options struct {
	AccountID    string // DefaultAccountID
	ClientID     string // DefaultClientID
	ClientSecret string // DefaultClientSecret

	Plan     string        // PlanPro
	Limits   Limits        // those of the plan
	NoLimits bool          // limits are kept
	Latency  time.Duration // none; divided by Speed
	Jitter   time.Duration // none; a random part added to Latency, divided by Speed
	// Speed scales limits: per-second limits are multiplied by it, waits
	// (Latency, Limits.FeatureInterval) divided. Daily limits stay unless
	// ScaleDays multiplies them too; lifetimes of tokens stay. 1 when zero.
	Speed     float64
	ScaleDays bool

	Seats          Seats
	ManagedDomains []string // none: autoCreate and e-mail changes are refused
	BlockedDomains []string // none; create answers 400/1107 for these
	Elsewhere      []string // none; addresses that hold another paid account: 400/1009
	SSO            bool     // off: ssoCreate answers 400/2002
	IMGroups       bool     // off: /im/groups answers 410/4137 as on migrated accounts

	Scopes        []string      // all, classic and granular; fixed in a token when it is issued
	TokenLifetime time.Duration // one hour
	SingleToken   bool          // off; on: a new token kills the one before
	APIURL        string        // the scheme and host the token was asked at

	// CustomAttributes maps the keys made in the portal to their names.
	// Default: cbf_employee_no, cbf_site and cbf_badge.
	CustomAttributes map[string]string
	// PendingWithoutID hides the id of a pending person in GET /users/{email}
	// too. Default: only the list hides it.
	PendingWithoutID bool
	// NoRateHeaders leaves out the X-RateLimit headers of successful answers.
	NoRateHeaders bool
	// RefusedPhones are profile numbers with their country's code that PATCH
	// refuses with 400/300, as Zoom does with some. Default:
	// DefaultRefusedPhone.
	RefusedPhones []string

	// WebhookURL gets the events about people, signed with WebhookSecret,
	// after it proved that it knows that secret. None: nothing is posted.
	WebhookURL    string
	WebhookSecret string

	Now      func() time.Time // time.Now
	RandSeed uint64           // 1; drives ids, jitter and fault probabilities
	CallLog  int              // 20,000 newest calls kept for Calls
}

// Limit caps one rate class. Zero keeps the plan's number, negative lifts it.
type Limit struct {
	PerSecond int
	PerDay    int
}

// Limits override the plan's rate limits. Zero keeps the plan's number,
// negative lifts the limit.
type Limits struct {
	Light, Medium, Heavy Limit

	CreatePerDay    int           // POST /users that succeed: Free 50, Pro 1,500, Business 10,000
	GroupsPerDay    int           // POST /groups that succeed: 100
	FeatureInterval time.Duration // between two POST /users/features: 10 s
}

// Seats are the licences the account has bought. Zero keeps the default,
// negative means none.
type Seats struct {
	Licensed int // 120
	Basic    int // no limit
	Phone    int // 20
	// Pools by size: webinar and large meeting by capacity, Zoom Workplace by
	// zoom_one_type, Zoom United by plan_united_type. A nil map takes the
	// default (webinar 500:10 and 1000:2, large meeting 500:10, zoom one 16:20,
	// united 1:20), an empty one means none.
	Webinar      map[int]int
	LargeMeeting map[int]int
	ZoomOne      map[int64]int
	United       map[int64]int
}

func (o Options) withDefaults() Options {
	o.AccountID = or(o.AccountID, DefaultAccountID)
	o.ClientID = or(o.ClientID, DefaultClientID)
	o.ClientSecret = or(o.ClientSecret, DefaultClientSecret)
	o.Plan = or(o.Plan, PlanPro)
	o.Limits = o.Limits.over(planLimits(o.Plan))
	o.Speed = or(o.Speed, 1)
	o.Seats = o.Seats.withDefaults()
	o.ManagedDomains = lowered(o.ManagedDomains)
	o.BlockedDomains = lowered(o.BlockedDomains)
	o.Elsewhere = lowered(o.Elsewhere)
	if o.Scopes == nil {
		o.Scopes = AllScopes()
	}
	o.TokenLifetime = or(o.TokenLifetime, time.Hour)
	if o.CustomAttributes == nil {
		o.CustomAttributes = map[string]string{
			"cbf_employee_no": "Employee number",
			"cbf_site":        "Site",
			"cbf_badge":       "Badge",
		}
	}
	o.CustomAttributes = maps.Clone(o.CustomAttributes)
	if o.RefusedPhones == nil {
		o.RefusedPhones = []string{DefaultRefusedPhone}
	}
	refused := make([]string, 0, len(o.RefusedPhones))
	for _, number := range o.RefusedPhones {
		refused = append(refused, digits(number))
	}
	o.RefusedPhones = refused
	if o.Now == nil {
		o.Now = time.Now
	}
	o.RandSeed = or(o.RandSeed, 1)
	o.CallLog = or(o.CallLog, 20_000)
	return o
}

// planLimits holds the numbers of the public rate limit page.
func planLimits(plan string) Limits {
	l := Limits{GroupsPerDay: 100, FeatureInterval: 10 * time.Second}
	switch plan {
	case PlanFree:
		l.Light = Limit{PerSecond: 4, PerDay: 6_000}
		l.Medium = Limit{PerSecond: 2, PerDay: 2_000}
		l.Heavy = Limit{PerSecond: 1, PerDay: 1_000}
		l.CreatePerDay = 50
	case PlanBusiness:
		l.Light = Limit{PerSecond: 80, PerDay: -1}
		l.Medium = Limit{PerSecond: 60, PerDay: -1}
		l.Heavy = Limit{PerSecond: 40, PerDay: 60_000}
		l.CreatePerDay = 10_000
	default:
		l.Light = Limit{PerSecond: 30, PerDay: -1}
		l.Medium = Limit{PerSecond: 20, PerDay: -1}
		l.Heavy = Limit{PerSecond: 10, PerDay: 30_000}
		l.CreatePerDay = 1_500
	}
	return l
}

func (l Limits) over(plan Limits) Limits {
	l.Light = l.Light.over(plan.Light)
	l.Medium = l.Medium.over(plan.Medium)
	l.Heavy = l.Heavy.over(plan.Heavy)
	l.CreatePerDay = or(l.CreatePerDay, plan.CreatePerDay)
	l.GroupsPerDay = or(l.GroupsPerDay, plan.GroupsPerDay)
	l.FeatureInterval = or(l.FeatureInterval, plan.FeatureInterval)
	return l
}

func (l Limit) over(plan Limit) Limit {
	return Limit{PerSecond: or(l.PerSecond, plan.PerSecond), PerDay: or(l.PerDay, plan.PerDay)}
}

func (s Seats) withDefaults() Seats {
	s.Licensed = max(or(s.Licensed, 120), 0)
	s.Phone = max(or(s.Phone, 20), 0)
	if s.Webinar == nil {
		s.Webinar = map[int]int{500: 10, 1000: 2}
	}
	if s.LargeMeeting == nil {
		s.LargeMeeting = map[int]int{500: 10}
	}
	if s.ZoomOne == nil {
		s.ZoomOne = map[int64]int{16: 20}
	}
	if s.United == nil {
		s.United = map[int64]int{1: 20}
	}
	s.Webinar, s.LargeMeeting = maps.Clone(s.Webinar), maps.Clone(s.LargeMeeting)
	s.ZoomOne, s.United = maps.Clone(s.ZoomOne), maps.Clone(s.United)
	return s
}

// or returns v, or def when v is the zero value.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func lowered(in []string) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, strings.ToLower(strings.TrimSpace(s)))
	}
	slices.Sort(out)
	return out
}
