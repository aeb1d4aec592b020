package zoomtest

import (
	"net/http"
	"strconv"
)

type featuresBody struct {
	FeatureType    string      `json:"feature_type"`
	FeatureValue   string      `json:"feature_value"`
	Users          []memberRef `json:"users"`
	SubscriptionID string      `json:"subscription_id"`
}

// memberRef names a person; the id wins over the address.
type memberRef struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

func (m memberRef) ref() string { return or(m.ID, m.Email) }

type failDetail struct {
	UserIDs []string `json:"user_ids"`
	Reason  string   `json:"reason"`
}

type featuresAnswer struct {
	Success []string     `json:"success_user_ids"`
	Fail    []failDetail `json:"fail_details"`
}

// bulkFeatures serves POST /users/features.
func bulkFeatures(a *Account, c *call) answer {
	var body featuresBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	var k checks
	k.check(len(body.Users) > 0 && len(body.Users) <= 30, "users")
	for _, u := range body.Users {
		k.check(u.ref() != "", "users")
	}
	change := featureChange(&k, body.FeatureType, body.FeatureValue)
	if refusal, good := k.result(); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	out := featuresAnswer{Success: []string{}, Fail: []failDetail{}}
	for _, ref := range body.Users {
		p := a.lookup(ref.ref())
		if p == nil || p.Lapsed || p.Status != Active {
			out.fail(ref.ref(), "Users not found")
			continue
		}
		if reason := a.changeFeature(p, body.FeatureType, change); reason != "" {
			out.fail(p.ID, reason)
			continue
		}
		out.Success = append(out.Success, p.ID)
	}
	return ok(http.StatusCreated, out)
}

func (f *featuresAnswer) fail(id, reason string) {
	for i := range f.Fail {
		if f.Fail[i].Reason == reason {
			f.Fail[i].UserIDs = append(f.Fail[i].UserIDs, id)
			return
		}
	}
	f.Fail = append(f.Fail, failDetail{UserIDs: []string{id}, Reason: reason})
}

// changeFeature applies one change to one person and returns why it cannot.
func (a *Account) changeFeature(p *person, kind string, change func(User) User) string {
	next := change(p.clone())
	switch kind {
	case "user_type":
		if p.ZoomOneType != 0 {
			return "Can't update for Zoom One users"
		}
		if p.PlanUnitedType != "" {
			return "Can't update for Zoom United users"
		}
		if p.Type == next.Type {
			return "No need to update"
		}
	case "large_meeting":
		if p.Feature.LargeMeeting == next.Feature.LargeMeeting && p.Feature.LargeMeetingCapacity == next.Feature.LargeMeetingCapacity {
			return "No need to update"
		}
	case "webinar":
		if p.Feature.Webinar == next.Feature.Webinar && p.Feature.WebinarCapacity == next.Feature.WebinarCapacity {
			return "No need to update"
		}
	}
	host := next.Feature.Webinar || next.Feature.LargeMeeting || next.Feature.ZoomEvents
	if kind != "user_type" && host && !p.mayHost() {
		return "Unpaid user"
	}
	if _, is := a.short(p.User, next); is {
		return "Not enough seats"
	}
	a.update(p, next)
	return ""
}

// featureChange turns type and value of a bulk change into a function on a
// person, or notes what is wrong with them.
func featureChange(k *checks, kind, value string) func(User) User {
	n, err := strconv.ParseInt(value, 10, 64)
	number := err == nil
	same := func(u User) User { return u }
	sized := func(sizes map[int64]int) (int, bool) {
		size, known := sizes[n]
		return size, number && (known || n == 0)
	}
	valid := true
	change := same
	switch kind {
	case "user_type":
		valid = number && (n == Basic || n == Licensed)
		change = func(u User) User { return u.withType(int(n)) }
	case "large_meeting":
		var size int
		size, valid = sized(map[int64]int{1: 100, 32: 200, 64: 300, 128: 500, 256: 1000, 1024: 3000, 2048: 5000})
		change = func(u User) User {
			u.Feature.LargeMeeting, u.Feature.LargeMeetingCapacity = n != 0, size
			return u
		}
	case "webinar":
		var size int
		size, valid = sized(map[int64]int{16: 100, 1: 500, 64: 1000, 128: 3000, 256: 5000, 512: 10_000})
		change = func(u User) User {
			u.Feature.Webinar, u.Feature.WebinarCapacity = n != 0, size
			return u
		}
	case "concurrent_meeting":
		valid = value == "Basic" || value == "Plus" || value == "None"
		change = func(u User) User { u.Feature.ConcurrentMeeting = value; return u }
	case "zoom_one_type":
		valid = number && (n == 0 || validZoomOne(n))
		change = func(u User) User { return u.withPlan(n, "") }
	case "plan_united_type":
		valid = value == "none" || validUnited(value)
		change = func(u User) User {
			if value == "none" {
				return u.withPlan(0, "")
			}
			return u.withPlan(0, value)
		}
	case "zoom_events":
		valid = number
		change = func(u User) User { u.Feature.ZoomEvents = n != 0; return u }
	case "zoom_whiteboard", "zoom_iq_for_sales", "zoom_revenue_accelerator", "zoom_clips_plus":
		valid = value != ""
		change = func(u User) User {
			on := map[string]bool{kind: value != "0"}
			for name, was := range u.Feature.On {
				if name != kind {
					on[name] = was
				}
			}
			u.Feature.On = on
			return u
		}
	default:
		k.fail("feature_type", "Invalid field.")
	}
	k.check(valid, "feature_value")
	return change
}
