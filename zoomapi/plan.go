package zoomapi

import (
	"fmt"
	"strings"
)

// Plan is the tier of the Zoom account. Zoom's API does not tell an app which
// one it is, so it is a setting. It decides the rate limits.
type Plan string

// The tiers that differ in their limits.
const (
	PlanFree     Plan = "free"
	PlanPro      Plan = "pro"
	PlanBusiness Plan = "business" // Business, Education, Enterprise and Partner.
)

// ParsePlan reads a plan name, in any case and with spaces around it. The
// names of tiers with Business limits are accepted for [PlanBusiness].
func ParsePlan(name string) (Plan, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "free", "basic":
		return PlanFree, nil
	case "pro":
		return PlanPro, nil
	case "business", "business+", "education", "enterprise", "partner":
		return PlanBusiness, nil
	default:
		return "", fmt.Errorf("plan %q is not one of free, pro, business", name)
	}
}

// Class is a rate class, called label in Zoom's documentation. Limits are
// per account and class, shared by all apps and users of the account.
type Class string

// The rate classes.
const (
	Light             Class = "light"
	Medium            Class = "medium"
	Heavy             Class = "heavy"
	ResourceIntensive Class = "resource_intensive"
)

// classes lists all rate classes.
func classes() []Class { return []Class{Light, Medium, Heavy, ResourceIntensive} }

// PerSecond returns how many calls of the class Zoom accepts per second. It
// is below one for [ResourceIntensive], which Zoom counts per minute, and zero
// for an unknown plan or class.
func (p Plan) PerSecond(class Class) float64 {
	type rates struct{ light, medium, heavy, intensive float64 }
	var r rates
	switch p {
	case PlanFree:
		r = rates{4, 2, 1, 10.0 / 60}
	case PlanPro:
		r = rates{30, 20, 10, 10.0 / 60}
	case PlanBusiness:
		r = rates{80, 60, 40, 20.0 / 60}
	}
	switch class {
	case Light:
		return r.light
	case Medium:
		return r.medium
	case Heavy:
		return r.heavy
	case ResourceIntensive:
		return r.intensive
	case Invitations, featuresClass:
	}
	return 0
}

// PerDay returns how many calls of the class Zoom accepts per day (00:00 to
// 24:00 UTC), zero if there is no such limit. On paid plans [Heavy] and
// [ResourceIntensive] share one allowance, returned for both.
func (p Plan) PerDay(class Class) int {
	switch p {
	case PlanFree:
		switch class {
		case Light:
			return 6000
		case Medium:
			return 2000
		case Heavy:
			return 1000
		case ResourceIntensive:
			return 30000
		case Invitations, featuresClass:
		}
	case PlanPro:
		if class == Heavy || class == ResourceIntensive {
			return 30000
		}
	case PlanBusiness:
		if class == Heavy || class == ResourceIntensive {
			return 60000
		}
	}
	return 0
}

// DailyCreates returns how many users [ActionCreate] may invite per day.
func (p Plan) DailyCreates() int {
	switch p {
	case PlanFree:
		return 50
	case PlanPro:
		return 1500
	case PlanBusiness:
		return 10000
	}
	return 0
}
