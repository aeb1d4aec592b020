package zoomapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// MaxFeatureUsers is how many users one call of [Client.SetUserFeatures] takes.
const MaxFeatureUsers = 30

// featureInterval is the least time between two such calls: Zoom asks for ten
// seconds, and the rest keeps calls apart that travel for unequal times.
const featureInterval = 10*time.Second + 250*time.Millisecond

// Features are the add-ons in a user's settings.
type Features struct {
	MeetingCapacity      int    `json:"meeting_capacity,omitempty"`
	LargeMeeting         bool   `json:"large_meeting,omitempty"`
	LargeMeetingCapacity int    `json:"large_meeting_capacity,omitempty"`
	Webinar              bool   `json:"webinar,omitempty"`
	WebinarCapacity      int    `json:"webinar_capacity,omitempty"`
	ConcurrentMeeting    string `json:"concurrent_meeting,omitempty"` // Basic, Plus or None.
	ZoomPhone            bool   `json:"zoom_phone,omitempty"`
	ZoomEvents           bool   `json:"zoom_events,omitempty"`
	ZoomEventsCapacity   int    `json:"zoom_events_capacity,omitempty"`
	ZoomWhiteboard       bool   `json:"zoom_whiteboard,omitempty"`
	ZoomScheduler        bool   `json:"zoom_scheduler,omitempty"`
	ZoomClipsPlus        bool   `json:"zoom_clips_plus,omitempty"`
	TranslatedCaptions   bool   `json:"zoom_translated_captions,omitempty"`
	RevenueAccelerator   bool   `json:"zoom_revenue_accelerator,omitempty"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Features) UnmarshalJSON(data []byte) error {
	var w struct {
		MeetingCapacity      flexInt    `json:"meeting_capacity"`
		LargeMeeting         flexBool   `json:"large_meeting"`
		LargeMeetingCapacity flexInt    `json:"large_meeting_capacity"`
		Webinar              flexBool   `json:"webinar"`
		WebinarCapacity      flexInt    `json:"webinar_capacity"`
		ConcurrentMeeting    flexString `json:"concurrent_meeting"`
		ZoomPhone            flexBool   `json:"zoom_phone"`
		ZoomEvents           flexBool   `json:"zoom_events"`
		ZoomEventsCapacity   flexInt    `json:"zoom_events_capacity"`
		ZoomWhiteboard       flexBool   `json:"zoom_whiteboard"`
		ZoomScheduler        flexBool   `json:"zoom_scheduler"`
		ZoomClipsPlus        flexBool   `json:"zoom_clips_plus"`
		TranslatedCaptions   flexBool   `json:"zoom_translated_captions"`
		RevenueAccelerator   flexBool   `json:"zoom_revenue_accelerator"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*f = Features{
		MeetingCapacity: int(w.MeetingCapacity), LargeMeeting: bool(w.LargeMeeting),
		LargeMeetingCapacity: int(w.LargeMeetingCapacity), Webinar: bool(w.Webinar),
		WebinarCapacity: int(w.WebinarCapacity), ConcurrentMeeting: string(w.ConcurrentMeeting),
		ZoomPhone: bool(w.ZoomPhone), ZoomEvents: bool(w.ZoomEvents), ZoomEventsCapacity: int(w.ZoomEventsCapacity),
		ZoomWhiteboard: bool(w.ZoomWhiteboard), ZoomScheduler: bool(w.ZoomScheduler),
		ZoomClipsPlus: bool(w.ZoomClipsPlus), TranslatedCaptions: bool(w.TranslatedCaptions),
		RevenueAccelerator: bool(w.RevenueAccelerator),
	}
	return nil
}

// Settings is the part of a user's settings that is about licences.
type Settings struct {
	Feature Features `json:"feature"`
}

// FeaturesPatch changes add-ons; nil leaves one as it is.
type FeaturesPatch struct {
	MeetingCapacity      *int    `json:"meeting_capacity,omitempty"`
	LargeMeeting         *bool   `json:"large_meeting,omitempty"`
	LargeMeetingCapacity *int    `json:"large_meeting_capacity,omitempty"`
	Webinar              *bool   `json:"webinar,omitempty"`
	WebinarCapacity      *int    `json:"webinar_capacity,omitempty"`
	ConcurrentMeeting    *string `json:"concurrent_meeting,omitempty"`
	ZoomPhone            *bool   `json:"zoom_phone,omitempty"`
	ZoomEvents           *bool   `json:"zoom_events,omitempty"`
	ZoomEventsCapacity   *int    `json:"zoom_events_capacity,omitempty"`
	ZoomWhiteboard       *bool   `json:"zoom_whiteboard,omitempty"`
	ZoomScheduler        *bool   `json:"zoom_scheduler,omitempty"`
	ZoomClipsPlus        *bool   `json:"zoom_clips_plus,omitempty"`
	TranslatedCaptions   *bool   `json:"zoom_translated_captions,omitempty"`
	RevenueAccelerator   *bool   `json:"zoom_revenue_accelerator,omitempty"`
}

// IsZero reports whether the patch changes nothing.
func (p FeaturesPatch) IsZero() bool { return p == FeaturesPatch{} }

// Settings returns a user's add-ons. For a pending user the error matches
// [ErrPending].
// API: GET /users/{userId}/settings, [Medium].
func (c *Client) Settings(ctx context.Context, idOrEmail string) (Settings, error) {
	var s Settings
	err := c.do(ctx, call{
		method: http.MethodGet, pattern: "/users/{userId}/settings", args: []string{idOrEmail}, class: Medium, out: &s,
	})
	return s, err
}

// UpdateSettings changes a licensed user's add-ons. A patch that changes
// nothing is not sent.
// API: PATCH /users/{userId}/settings, [Medium].
func (c *Client) UpdateSettings(ctx context.Context, idOrEmail string, p FeaturesPatch) error {
	if p.IsZero() {
		return nil
	}
	if err := p.check("update settings"); err != nil {
		return err
	}
	return c.do(ctx, call{
		method: http.MethodPatch, pattern: "/users/{userId}/settings", args: []string{idOrEmail}, class: Medium,
		body: map[string]FeaturesPatch{"feature": p},
	})
}

// FeatureChange sets one licence or add-on for many users at once.
type FeatureChange struct {
	// Type is e.g. user_type, webinar or zoom_one_type; Value is Zoom's
	// number for what to set it to, as text.
	Type  string
	Value string
	// Users are ids or addresses, at most [MaxFeatureUsers].
	Users          []string
	SubscriptionID string
}

// FeatureResult says for whom a [FeatureChange] worked.
type FeatureResult struct {
	Succeeded []string
	Failed    []FeatureFailure
}

// FeatureFailure is why a [FeatureChange] did not work for some users.
type FeatureFailure struct {
	UserIDs []string
	Reason  string
}

// SetUserFeatures sets a licence for up to [MaxFeatureUsers] users. It is the
// only bulk write on users, and waits ten seconds between calls as Zoom asks.
// API: POST /users/features, [Medium].
func (c *Client) SetUserFeatures(ctx context.Context, f FeatureChange) (FeatureResult, error) {
	cl := call{method: http.MethodPost, pattern: "/users/features", class: Medium, spaced: true}
	if !slices.Contains(featureTypes(), f.Type) || f.Value == "" || len(f.Users) == 0 {
		return FeatureResult{}, invalid(cl.op(), "no known type, no value or no users")
	}
	if err := checkBatch(cl.op(), f.Users, MaxFeatureUsers); err != nil {
		return FeatureResult{}, err
	}
	cl.body = struct {
		Type           string      `json:"feature_type"`
		Value          string      `json:"feature_value"`
		Users          []memberRef `json:"users"`
		SubscriptionID string      `json:"subscription_id,omitempty"`
	}{f.Type, f.Value, memberRefs(f.Users), f.SubscriptionID}
	var w struct {
		Succeeded flexStrings `json:"success_user_ids"`
		Failed    []struct {
			UserIDs flexStrings `json:"user_ids"`
			Reason  flexString  `json:"reason"`
		} `json:"fail_details"`
	}
	cl.out = &w
	if err := c.do(ctx, cl); err != nil {
		return FeatureResult{}, fmt.Errorf("set %s: %w", f.Type, err)
	}
	r := FeatureResult{Succeeded: w.Succeeded}
	for _, fail := range w.Failed {
		r.Failed = append(r.Failed, FeatureFailure{UserIDs: fail.UserIDs, Reason: clean(string(fail.Reason))})
	}
	return r, nil
}
