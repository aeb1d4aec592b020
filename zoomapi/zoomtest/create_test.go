package zoomtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func createBody(action string, info obj) obj { return obj{"action": action, "user_info": info} }

func TestCreate(t *testing.T) {
	t.Parallel()
	opts := zoomtest.Options{
		ManagedDomains: []string{"example.org"},
		BlockedDomains: []string{"blocked.example.com"},
		Elsewhere:      []string{"rich@example.net"},
		Seats:          zoomtest.Seats{Licensed: 1, ZoomOne: map[int64]int{16: 1}, United: map[int64]int{1: 1}, Phone: 1},
	}
	sso := opts
	sso.SSO = true
	full := opts
	full.Seats = zoomtest.Seats{
		Licensed: -1, Basic: -1, Phone: -1, ZoomOne: map[int64]int{}, United: map[int64]int{},
	}
	long := func(n int) string { return strings.Repeat("é", n) }
	tests := []struct {
		name   string
		opts   zoomtest.Options
		body   any
		status int
		code   int
		fields []string
	}{
		{"basic", opts, createBody("create", obj{"email": "a@example.com", "type": 1}), 201, 0, nil},
		{"licensed", opts, createBody("create", obj{"email": "a@example.com", "type": 2, "first_name": "A", "last_name": "B"}), 201, 0, nil},
		{"unassigned", opts, createBody("create", obj{"email": "a@example.com", "type": 4}), 201, 0, nil},
		{"zoom one", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "feature": obj{"zoom_one_type": 16, "zoom_phone": true}}), 201, 0, nil},
		{"united", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "plan_united_type": "1"}), 201, 0, nil},
		{"licence info", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "license_info_list": list{obj{"license_type": "MEETING", "license_option": 1, "subscription_id": "s"}}}), 201, 0, nil},
		{"auto", opts, createBody("autoCreate", obj{"email": "a@example.org", "type": 1, "password": "Sandbox82x"}), 201, 0, nil},
		{"sso", sso, createBody("ssoCreate", obj{"email": "a@example.com", "type": 1}), 201, 0, nil},
		{"sso none", sso, createBody("ssoCreate", obj{"email": "a@example.com", "type": 99}), 201, 0, nil},
		{"names at the limit", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "first_name": long(64), "last_name": "佐藤佐藤佐", "display_name": long(128)}), 201, 0, nil},

		{"no body", opts, nil, 400, 300, nil},
		{"broken body", opts, `{"action":`, 400, 300, nil},
		{"two bodies", opts, `{"action":"create"} {}`, 400, 300, nil},
		{"no info", opts, obj{"action": "create"}, 400, 300, []string{"user_info"}},
		{"action in the wrong case", opts, createBody("autocreate", obj{"email": "a@example.org", "type": 1}), 400, 300, []string{"action"}},
		{"bad address", opts, createBody("create", obj{"email": "a.example.com", "type": 1}), 400, 300, []string{"user_info.email"}},
		{"address with a name", opts, createBody("create", obj{"email": "A <a@example.com>", "type": 1}), 400, 300, []string{"user_info.email"}},
		{"long address", opts, createBody("create", obj{"email": strings.Repeat("a", 120) + "@example.com", "type": 1}), 400, 300, []string{"user_info.email"}},
		{"no type", opts, createBody("create", obj{"email": "a@example.com"}), 400, 300, []string{"user_info.type"}},
		{"old type", opts, createBody("create", obj{"email": "a@example.com", "type": 3}), 400, 300, []string{"user_info.type"}},
		{"none without sso", opts, createBody("create", obj{"email": "a@example.com", "type": 99}), 400, 300, []string{"user_info.type"}},
		{"type as text", opts, createBody("create", obj{"email": "a@example.com", "type": "1"}), 400, 300, []string{"user_info.type"}},
		{"long names", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "first_name": long(65), "last_name": long(65), "display_name": long(129)}), 400, 300, []string{"user_info.first_name", "user_info.last_name", "user_info.display_name"}},
		{"six Chinese characters", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "last_name": "佐藤佐藤佐藤"}), 400, 300, []string{"user_info.last_name"}},
		{"misspelt", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "lastname": "B"}), 400, 300, []string{"lastname"}},
		{"department here", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "dept": "Sales"}), 400, 300, []string{"dept"}},
		{"password with create", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "password": "Sandbox82x"}), 400, 300, []string{"user_info.password"}},
		{"weak password", opts, createBody("autoCreate", obj{"email": "a@example.org", "type": 1, "password": "Aaaaaaaa1"}), 400, 300, []string{"user_info.password"}},
		{"running password", opts, createBody("autoCreate", obj{"email": "a@example.org", "type": 1, "password": "Xy1234zzz"}), 400, 300, []string{"user_info.password"}},
		{"rounded zoom one", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "feature": obj{"zoom_one_type": 72057594037927940}}), 400, 300, []string{"user_info.feature.zoom_one_type"}},
		{"bad united", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "plan_united_type": "3"}), 400, 300, []string{"user_info.plan_united_type"}},
		{"two divisions", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "division_ids": list{"a", "b"}}), 400, 300, []string{"user_info.division_ids"}},
		{"unknown division", opts, createBody("create", obj{"email": "a@example.com", "type": 1, "division_ids": list{"a"}}), 400, 300, []string{"user_info.division_ids"}},

		{"auto outside", opts, createBody("autoCreate", obj{"email": "a@example.com", "type": 1, "password": "Sandbox82x"}), 400, 1116, nil},
		{"sso off", opts, createBody("ssoCreate", obj{"email": "a@example.com", "type": 1}), 400, 2002, nil},
		{"isv", opts, createBody("custCreate", obj{"email": "a@example.com", "type": 1}), 400, 200, nil},
		{"blocked", opts, createBody("create", obj{"email": "a@blocked.example.com", "type": 1}), 400, 1107, nil},
		{"elsewhere", opts, createBody("create", obj{"email": "Rich@example.net", "type": 1}), 400, 1009, nil},
		{"here", opts, createBody("create", obj{"email": "HERE@example.com", "type": 1}), 409, 1005, nil},
		{"pending here", opts, createBody("create", obj{"email": "guest@example.com", "type": 1}), 409, 1005, nil},
		{"inactive here", opts, createBody("create", obj{"email": "gone@example.com", "type": 1}), 409, 1005, nil},
		{"no paid seat", full, createBody("create", obj{"email": "a@example.com", "type": 2}), 400, 2034, nil},
		{"no basic seat", full, createBody("create", obj{"email": "a@example.com", "type": 1}), 400, 2033, nil},
		{"no zoom one seat", full, createBody("create", obj{"email": "a@example.com", "type": 1, "feature": obj{"zoom_one_type": 16}}), 400, 2038, nil},
		{"no united seat", full, createBody("create", obj{"email": "a@example.com", "type": 1, "plan_united_type": "1"}), 400, 3412, nil},
		{"no phone seat", full, createBody("create", obj{"email": "a@example.com", "type": 4, "feature": obj{"zoom_phone": true}}), 404, 1102, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, tt.opts)
			r.add("here@example.com", zoomtest.Basic)
			r.invite("guest@example.com")
			r.acct.AddUser(zoomtest.User{Email: "gone@example.com", Status: zoomtest.Inactive})
			before := len(r.acct.Users())
			ans := r.do("POST", "/users", tt.body)
			r.want(ans, tt.status, tt.code)
			if diff := cmp.Diff(tt.fields, ans.fields()); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			want := before
			if tt.status == 201 {
				want++
			}
			if got := len(r.acct.Users()); got != want {
				t.Errorf("%d people afterwards, want %d", got, want)
			}
		})
	}
}

func TestCreateNeedsJSON(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{})
	ans := r.do("POST", "/users", nil)
	r.want(ans, 400, 300)
	if !strings.Contains(ans.message(), "Content Type") {
		t.Errorf("message = %q, want a word on the content type", ans.message())
	}
}

func TestCreateStatus(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{ManagedDomains: []string{"example.org"}, SSO: true})
	tests := []struct {
		action, email, status string
		existed               bool
	}{
		{"create", "a@example.com", zoomtest.Pending, false},
		{"autoCreate", "b@example.org", zoomtest.Active, true},
		{"ssoCreate", "c@example.com", zoomtest.Active, false},
	}
	for _, tt := range tests {
		ans := r.do("POST", "/users", createBody(tt.action, obj{"email": tt.email, "type": 1, "first_name": "Zoë"}))
		r.want(ans, 201, 0)
		u := r.user(tt.email)
		want := obj{"id": u.ID, "email": tt.email, "first_name": "Zoë", "last_name": "", "type": float64(1)}
		if diff := cmp.Diff(want, ans.object(t)); diff != "" {
			t.Errorf("%s answer (-want +got):\n%s", tt.action, diff)
		}
		if u.Status != tt.status {
			t.Errorf("%s: status %s, want %s", tt.action, u.Status, tt.status)
		}
		exists := r.do("GET", "/users/email?email="+tt.email, nil).object(t)
		if diff := cmp.Diff(obj{"existed_email": tt.existed}, exists); diff != "" {
			t.Errorf("%s existed_email (-want +got):\n%s", tt.action, diff)
		}
	}
}

func TestPendingTakesSeats(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{Seats: zoomtest.Seats{Licensed: 2}})
	for _, email := range []string{"a@example.com", "b@example.com"} {
		r.want(r.do("POST", "/users", createBody("create", obj{"email": email, "type": 2})), 201, 0)
	}
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "c@example.com", "type": 2})), 400, 2034)
	if diff := cmp.Diff(zoomtest.Pool{Seats: 2, Pending: 2}, r.acct.Usage().Licensed); diff != "" {
		t.Errorf("seats (-want +got):\n%s", diff)
	}
	r.want(r.do("DELETE", "/users/a@example.com", nil), 204, 0)
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "c@example.com", "type": 2})), 201, 0)
	if err := r.acct.Activate("c@example.com"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(zoomtest.Pool{Seats: 2, Used: 1, Pending: 1}, r.acct.Usage().Licensed); diff != "" {
		t.Errorf("seats (-want +got):\n%s", diff)
	}
}

func TestLapse(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := unlimited(t, zoomtest.Options{Now: clk.Now, Seats: zoomtest.Seats{Licensed: 1}, TokenLifetime: 90 * 24 * time.Hour})
	body := createBody("create", obj{"email": "a@example.com", "type": 2})
	r.want(r.do("POST", "/users", body), 201, 0)
	clk.Advance(30*24*time.Hour - time.Second)
	r.want(r.do("GET", "/users/a@example.com", nil), 200, 0)
	clk.Advance(time.Second)
	for _, call := range []string{"GET /users/a@example.com", "DELETE /users/a@example.com", "GET /users/a@example.com/settings"} {
		method, path, _ := strings.Cut(call, " ")
		r.want(r.do(method, path, nil), 400, 1120)
	}
	r.want(r.do("PATCH", "/users/a@example.com", obj{"dept": "Sales"}), 400, 1120)
	if total := r.do("GET", "/users?status=pending", nil).object(t)["total_records"]; total != float64(0) {
		t.Errorf("%v pending people listed, want none", total)
	}
	if used := r.acct.Usage().Licensed.Pending; used != 0 {
		t.Errorf("a lapsed invitation holds %d seats", used)
	}
	r.want(r.do("POST", "/users", body), 201, 0)
	r.want(r.do("GET", "/users/a@example.com", nil), 200, 0)
	clk.Advance(29 * 24 * time.Hour)
	r.want(r.do("GET", "/users/a@example.com", nil), 200, 0)
}

func TestCreateCap(t *testing.T) {
	t.Parallel()
	for plan, limit := range map[string]int{zoomtest.PlanFree: 50, zoomtest.PlanPro: 1500, zoomtest.PlanBusiness: 10_000} {
		t.Run(plan, func(t *testing.T) {
			t.Parallel()
			r := start(t, zoomtest.Options{Plan: plan})
			ans := r.do("POST", "/users", createBody("create", obj{"email": "a@example.com", "type": 1}))
			r.want(ans, 201, 0)
			got := [4]string{ans.Header.Get("X-RateLimit-Category"), ans.Header.Get("X-RateLimit-Type"), ans.Header.Get("X-RateLimit-Limit"), ans.Header.Get("X-RateLimit-Remaining")}
			if want := [4]string{"Light", "", itoa(limit), itoa(limit - 1)}; got != want {
				t.Errorf("rate headers = %q, want %q", got, want)
			}
		})
	}
	t.Run("reached", func(t *testing.T) {
		t.Parallel()
		clk := newClock()
		r := start(t, zoomtest.Options{Now: clk.Now, Limits: zoomtest.Limits{CreatePerDay: 2}, TokenLifetime: 48 * time.Hour})
		create := func(email string) reply {
			return r.do("POST", "/users", createBody("create", obj{"email": email, "type": 1}))
		}
		r.want(create("a@example.com"), 201, 0)
		r.want(create("a@example.com"), 409, 1005) // refusals do not count
		r.want(create("b@example.com"), 201, 0)
		ans := create("c@example.com")
		r.want(ans, 429, 429)
		if got := ans.Header.Get("Retry-After"); got != "2026-03-03T00:00:00Z" {
			t.Errorf("Retry-After = %q, want the next midnight UTC", got)
		}
		clk.Advance(14 * time.Hour)
		r.want(create("c@example.com"), 201, 0)
	})
}
