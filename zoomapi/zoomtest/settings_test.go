package zoomtest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{Seats: zoomtest.Seats{Webinar: map[int]int{500: 1, 1000: 1}, LargeMeeting: map[int]int{500: 1}, Phone: 1}})
	r.add("ann@example.com", zoomtest.Licensed)
	r.add("bob@example.com", zoomtest.Licensed)
	r.add("basic@example.com", zoomtest.Basic)
	r.invite("guest@example.com")
	patch := func(who string, feature obj) reply {
		return r.do("PATCH", "/users/"+who+"@example.com/settings", obj{"feature": feature})
	}
	r.want(patch("ann", obj{"webinar": true, "webinar_capacity": 500, "large_meeting": true, "zoom_phone": true, "zoom_whiteboard": true}), 204, 0)
	got, _ := r.do("GET", "/users/ann@example.com/settings", nil).object(t)["feature"].(map[string]any)
	wanted := obj{
		"webinar": true, "webinar_capacity": 500.0, "large_meeting": true, "large_meeting_capacity": 500.0,
		"zoom_phone": true, "zoom_whiteboard": true, "zoom_scheduler": false, "meeting_capacity": 100.0, "concurrent_meeting": "None",
	}
	for name, want := range wanted {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("feature %s (-want +got):\n%s", name, diff)
		}
	}
	tests := []struct {
		name    string
		who     string
		feature obj
		status  int
		code    int
	}{
		{"nothing", "bob", obj{}, 204, 0},
		{"basic with webinar", "basic", obj{"webinar": true}, 400, 1122},
		{"basic with large meeting", "basic", obj{"large_meeting": true}, 400, 1108},
		{"seats of the size used up", "bob", obj{"webinar": true, "webinar_capacity": 500}, 400, 200},
		{"size never bought", "bob", obj{"webinar": true, "webinar_capacity": 3000}, 400, 200},
		{"no such size", "bob", obj{"webinar": true, "webinar_capacity": 42}, 400, 300},
		{"large meeting seats used up", "bob", obj{"large_meeting": true}, 400, 200},
		{"phone seats used up", "bob", obj{"zoom_phone": true}, 404, 1102},
		{"events with webinar", "ann", obj{"zoom_events": true}, 400, 1204},
		{"unknown field", "bob", obj{"webinars": true}, 400, 300},
		{"wrong kind", "bob", obj{"webinar": "yes"}, 400, 300},
		{"concurrent", "bob", obj{"concurrent_meeting": "Triple"}, 400, 300},
		{"pending", "guest", obj{"zoom_phone": true}, 400, 1000},
		{"unknown person", "who", obj{"webinar": true}, 404, 1001},
	}
	for _, tt := range tests {
		if ans := patch(tt.who, tt.feature); ans.Status != tt.status || ans.code() != tt.code {
			t.Errorf("%s: %d, code %d (%s), want %d, code %d", tt.name, ans.Status, ans.code(), ans.Body, tt.status, tt.code)
		}
	}
	r.want(r.do("GET", "/users/guest@example.com/settings", nil), 400, 1000)
	r.want(patch("ann", obj{"webinar": false}), 204, 0)
	r.want(patch("bob", obj{"webinar": true, "webinar_capacity": 500}), 204, 0)
	r.want(r.do("PATCH", "/users/bob@example.com", obj{"type": 1}), 204, 0)
	if used := r.acct.Usage().Webinar["500"].Used; used != 0 {
		t.Errorf("a Basic user holds %d webinar seats", used)
	}
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{Seats: zoomtest.Seats{Licensed: 2, Webinar: map[int]int{500: 1}}})
	ann, bob := r.add("ann@example.com", zoomtest.Licensed), r.add("bob@example.com", zoomtest.Basic)
	one := r.acct.AddUser(zoomtest.User{Email: "one@example.com", Type: zoomtest.Licensed, ZoomOneType: 16})
	cat := r.add("cat@example.com", zoomtest.Basic)
	r.invite("guest@example.com")
	post := func(kind, value string, emails ...string) reply {
		body := obj{"feature_type": kind, "feature_value": value}
		body["users"] = refs(emails...)["members"]
		return r.do("POST", "/users/features", body)
	}
	ans := post("user_type", "2", "ann@example.com", "bob@example.com", "one@example.com", "cat@example.com", "guest@example.com", "who@example.com")
	r.want(ans, 201, 0)
	want := obj{
		"success_user_ids": list{bob.ID},
		"fail_details": list{
			obj{"user_ids": list{ann.ID}, "reason": "No need to update"},
			obj{"user_ids": list{one.ID}, "reason": "Can't update for Zoom One users"},
			obj{"user_ids": list{cat.ID}, "reason": "Not enough seats"},
			obj{"user_ids": list{"guest@example.com", "who@example.com"}, "reason": "Users not found"},
		},
	}
	if diff := cmp.Diff(want, ans.object(t)); diff != "" {
		t.Errorf("user_type (-want +got):\n%s", diff)
	}
	ans = post("webinar", "1", "ann@example.com", "bob@example.com", "cat@example.com")
	want = obj{
		"success_user_ids": list{ann.ID},
		"fail_details": list{
			obj{"user_ids": list{bob.ID}, "reason": "Not enough seats"},
			obj{"user_ids": list{cat.ID}, "reason": "Unpaid user"},
		},
	}
	if diff := cmp.Diff(want, ans.object(t)); diff != "" {
		t.Errorf("webinar (-want +got):\n%s", diff)
	}
	if got := r.user("ann@example.com").Feature; !got.Webinar || got.WebinarCapacity != 500 {
		t.Errorf("webinar 1 gave %+v, want 500 seats", got)
	}
	for _, bad := range [][2]string{{"user_type", "3"}, {"webinar", "2"}, {"large_meeting", "x"}, {"zoom_phone", "1"}, {"concurrent_meeting", "2"}, {"zoom_one_type", "17"}, {"plan_united_type", "0"}, {"zoom_events", ""}} {
		r.want(post(bad[0], bad[1], "ann@example.com"), 400, 300)
	}
	for _, fine := range [][2]string{{"large_meeting", "0"}, {"webinar", "0"}, {"concurrent_meeting", "Plus"}, {"zoom_one_type", "0"}, {"plan_united_type", "none"}, {"zoom_events", "1"}, {"zoom_clips_plus", "1"}} {
		r.want(post(fine[0], fine[1], "ann@example.com"), 201, 0)
	}
	many := make([]string, 31)
	for i := range many {
		many[i] = "ann@example.com"
	}
	r.want(post("user_type", "2", many...), 400, 300)
	r.want(post("user_type", "2"), 400, 300)
}

func TestFeaturesSpacing(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now})
	r.add("ann@example.com", zoomtest.Basic)
	body := obj{"feature_type": "user_type", "feature_value": "2", "users": list{obj{"email": "ann@example.com"}}}
	r.want(r.do("POST", "/users/features", body), 201, 0)
	clk.Advance(9 * time.Second)
	r.want(r.do("POST", "/users/features", body), 429, 429)
	clk.Advance(time.Second)
	r.want(r.do("POST", "/users/features", body), 201, 0)
}

func TestUsageAndSummary(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{Seats: zoomtest.Seats{Licensed: 5}})
	r.acct.AddUser(zoomtest.User{Email: "a@example.com", Type: zoomtest.Licensed, Feature: zoomtest.Features{Webinar: true, WebinarCapacity: 500}})
	r.add("b@example.com", zoomtest.Basic)
	r.acct.AddUser(zoomtest.User{Email: "c@example.com", Type: zoomtest.Licensed, Status: zoomtest.Pending})
	r.acct.AddUser(zoomtest.User{Email: "d@example.com", Status: zoomtest.Inactive})
	r.acct.AddUser(zoomtest.User{Email: "e@example.com", Type: zoomtest.Licensed, ZoomOneType: 16})
	for _, id := range []string{"me", zoomtest.DefaultAccountID} {
		body := r.do("GET", "/accounts/"+id+"/plans/usage", nil).object(t)
		want := obj{
			"plan_base": obj{"type": "pro_monthly", "hosts": 5.0, "usage": 1.0, "active_hosts": 1.0, "pending": 1.0},
			"plan_webinar": list{
				obj{"type": "webinar500_monthly", "hosts": 10.0, "usage": 1.0, "pending": 0.0},
				obj{"type": "webinar1000_monthly", "hosts": 2.0, "usage": 0.0, "pending": 0.0},
			},
			"plan_large_meeting": list{obj{"type": "large500_monthly", "hosts": 10.0, "usage": 0.0, "pending": 0.0}},
			"plan_zoom_one":      list{obj{"type": "zoom_one_16", "hosts": 20.0, "usage": 1.0, "pending": 0.0}},
			"plan_united":        obj{"type": "united_1", "hosts": 20.0, "usage": 0.0, "pending": 0.0},
		}
		if diff := cmp.Diff(want, body); diff != "" {
			t.Errorf("plan usage of %s (-want +got):\n%s", id, diff)
		}
	}
	r.want(r.do("GET", "/accounts/other/plans/usage", nil), 400, 200)
	want := obj{
		"licensed_users_count": 2.0, "basic_users_count": 1.0, "pending_users_count": 1.0, "total_users_count": 5.0,
		"on_prem_users_count": 0.0, "room_users_count": 0.0, "join_only_users_count": 0.0,
	}
	if diff := cmp.Diff(want, r.do("GET", "/users/summary", nil).object(t)); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}
