package zoomtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sort"
)

// switches are the add-ons that are on or off and take no counted seat here.
func switches() []string {
	return []string{
		"cn_meeting", "in_meeting", "zoom_events_unlimited", "zoom_sessions_unlimited",
		"zoom_events_pay_per_attendee", "zoom_sessions_pay_per_attendee", "zoom_iq_for_sales",
		"zoom_revenue_accelerator", "zoom_whiteboard", "zoom_whiteboard_plus", "zoom_translated_captions",
		"zoom_customer_managed_key", "zoom_huddles", "zoom_quality_management", "zoom_workforce_management",
		"zoom_scheduler", "zoom_clips_plus", "zoom_mail_calendar", "zoom_compliance_management", "zoom_docs",
	}
}

// settled finds an active or inactive person; pending ones have no settings.
func (a *Account) settled(ref string) (*person, answer, bool) {
	p, refusal, found := a.find(ref)
	if found && p.Status == Pending {
		return nil, badRequest(1000, "User "+ref+" is still in pending state."), false
	}
	return p, refusal, found
}

// getSettings serves GET /users/{userId}/settings, the feature object only.
func getSettings(a *Account, c *call) answer {
	a.mu.RLock()
	defer a.mu.RUnlock()
	p, refusal, found := a.settled(c.param(0))
	if !found {
		return refusal
	}
	return ok(http.StatusOK, map[string]any{"feature": p.Feature.shown()})
}

func (f Features) shown() map[string]any {
	out := map[string]any{
		"meeting_capacity":   f.MeetingCapacity,
		"large_meeting":      f.LargeMeeting,
		"webinar":            f.Webinar,
		"concurrent_meeting": or(f.ConcurrentMeeting, "None"),
		"zoom_phone":         f.ZoomPhone,
		"zoom_events":        f.ZoomEvents,
	}
	for _, name := range switches() {
		out[name] = f.On[name]
	}
	if f.LargeMeeting {
		out["large_meeting_capacity"] = f.LargeMeetingCapacity
	}
	if f.Webinar {
		out["webinar_capacity"] = f.WebinarCapacity
	}
	if f.ZoomEvents {
		out["zoom_events_capacity"] = f.ZoomEventsCapacity
	}
	return out
}

type settingsBody struct {
	Feature map[string]json.RawMessage `json:"feature"`
}

// updateSettings serves PATCH /users/{userId}/settings.
func updateSettings(a *Account, c *call) answer {
	var body settingsBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p, refusal, found := a.settled(c.param(0))
	if !found {
		return refusal
	}
	next := p.clone()
	var k checks
	a.applyFeatures(&k, &next.Feature, body.Feature)
	if refusal, good := k.result(); !good {
		return refusal
	}
	if refusal, good := a.mayHave(p.User, next); !good {
		return refusal
	}
	a.update(p, next)
	return done()
}

// applyFeatures writes the fields of a settings body into f.
func (a *Account) applyFeatures(k *checks, f *Features, body map[string]json.RawMessage) {
	plain := switches()
	for _, name := range slices.Sorted(maps.Keys(body)) {
		into := map[string]any{
			"meeting_capacity": &f.MeetingCapacity, "large_meeting": &f.LargeMeeting,
			"large_meeting_capacity": &f.LargeMeetingCapacity, "webinar": &f.Webinar,
			"webinar_capacity": &f.WebinarCapacity, "concurrent_meeting": &f.ConcurrentMeeting,
			"zoom_phone": &f.ZoomPhone, "zoom_events": &f.ZoomEvents, "zoom_events_capacity": &f.ZoomEventsCapacity,
		}[name]
		on := false
		isSwitch := slices.Contains(plain, name)
		switch {
		case isSwitch:
			into = &on
		case name == "zoom_events_unlimited_capacities" || name == "zoom_sessions_unlimited_capacities":
			into = &[]int{} // accepted and forgotten
		case into == nil:
			k.fail("feature."+name, "Unknown field.")
			continue
		}
		if json.Unmarshal(body[name], into) != nil {
			k.fail("feature."+name, "Invalid field.")
			continue
		}
		if isSwitch {
			f.On = maps.Clone(f.On)
			if f.On == nil {
				f.On = map[string]bool{}
			}
			f.On[name] = on
		}
	}
	a.settleCapacities(k, f)
}

// settleCapacities gives webinar and large meeting the smallest size the
// account has when none was named, and checks named ones.
func (a *Account) settleCapacities(k *checks, f *Features) {
	k.check(slices.Contains([]string{"", "Basic", "Plus", "None"}, f.ConcurrentMeeting), "feature.concurrent_meeting")
	f.WebinarCapacity = settleSize(k, "feature.webinar_capacity", f.Webinar, f.WebinarCapacity,
		a.opts.Seats.Webinar, []int{100, 500, 501, 1000, 1001, 3000, 5000, 10000})
	f.LargeMeetingCapacity = settleSize(k, "feature.large_meeting_capacity", f.LargeMeeting, f.LargeMeetingCapacity,
		a.opts.Seats.LargeMeeting, []int{500, 1000, 3000, 5000})
	if f.ZoomEvents && f.ZoomEventsCapacity == 0 {
		f.ZoomEventsCapacity = 500
	}
}

func settleSize(k *checks, field string, on bool, size int, bought map[int]int, sizes []int) int {
	if !on {
		return 0
	}
	if size == 0 {
		for _, s := range sortedSizes(bought) {
			return s
		}
		return sizes[0]
	}
	_, own := bought[size]
	k.check(own || slices.Contains(sizes, size), field)
	return size
}

func sortedSizes(m map[int]int) []int {
	sizes := make([]int, 0, len(m))
	for s := range m {
		sizes = append(sizes, s)
	}
	sort.Ints(sizes)
	return sizes
}

// mayHave holds the rules for add-ons that need the person and the account.
func (a *Account) mayHave(before, next User) (answer, bool) {
	f := next.Feature
	switch {
	case f.Webinar && !before.Feature.Webinar && !next.mayHost():
		return badRequest(1122, "Webinar needs a licensed user."), false
	case f.LargeMeeting && !before.Feature.LargeMeeting && !next.mayHost():
		return badRequest(1108, "Large meeting is not allowed for this type of user."), false
	case f.ZoomEvents && !before.Feature.ZoomEvents && !next.mayHost():
		return badRequest(1108, "Zoom Events is not allowed for this type of user."), false
	case f.Webinar && f.ZoomEvents && before.Feature.Webinar:
		return badRequest(1204, "Zoom Events cannot be enabled for a user with the webinar licence."), false
	case f.Webinar && f.ZoomEvents:
		return badRequest(1205, "Webinar cannot be enabled for a user with the Zoom Events licence."), false
	}
	if key, is := a.short(before, next); is {
		return a.shortage(key, false), false
	}
	return answer{}, true
}

// mayHost tells whether a person may get host add-ons.
func (u User) mayHost() bool { return u.Status == Active && u.Type == Licensed }
