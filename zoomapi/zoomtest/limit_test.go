package zoomtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// rateHeaders are the headers that clients steer by.
func rateHeaders(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"X-RateLimit-Category", "X-RateLimit-Type", "X-RateLimit-Limit", "X-RateLimit-Remaining", "Retry-After"} {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}

func TestPerSecondLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		plan, call string
		class      string
		limit      int
	}{
		{zoomtest.PlanFree, "GET /users/summary", "Medium", 2},
		{zoomtest.PlanFree, "GET /users/ann@example.com", "Light", 4},
		{zoomtest.PlanFree, "GET /accounts/me/plans/usage", "Heavy", 1},
		{zoomtest.PlanPro, "GET /users", "Medium", 20},
		{zoomtest.PlanPro, "GET /users/ann@example.com", "Light", 30},
		{zoomtest.PlanPro, "GET /accounts/me/plans/usage", "Heavy", 10},
		{zoomtest.PlanBusiness, "GET /groups", "Medium", 60},
		{zoomtest.PlanBusiness, "PATCH /users/ann@example.com", "Light", 80},
		{zoomtest.PlanBusiness, "GET /accounts/me/plans/usage", "Heavy", 40},
	}
	for _, tt := range tests {
		t.Run(tt.plan+" "+tt.call, func(t *testing.T) {
			t.Parallel()
			clk := newClock()
			r := start(t, zoomtest.Options{Plan: tt.plan, Now: clk.Now})
			r.add("ann@example.com", zoomtest.Basic)
			method, path, _ := strings.Cut(tt.call, " ")
			call := func() reply {
				if method == "PATCH" {
					return r.do(method, path, obj{"dept": "x"})
				}
				return r.do(method, path, nil)
			}
			for range 2 {
				for i := range tt.limit {
					ans := call()
					if ans.Status >= 300 {
						t.Fatalf("call %d = %d %s, want it let through", i+1, ans.Status, ans.Body)
					}
					want := map[string]string{
						"X-RateLimit-Category": tt.class, "X-RateLimit-Type": "QPS",
						"X-RateLimit-Limit": itoa(tt.limit), "X-RateLimit-Remaining": itoa(tt.limit - i - 1),
					}
					if diff := cmp.Diff(want, rateHeaders(ans.Header)); diff != "" {
						t.Errorf("headers of call %d (-want +got):\n%s", i+1, diff)
					}
				}
				ans := call()
				r.want(ans, 429, 429)
				if !strings.Contains(ans.message(), "maximum per-second rate limit") {
					t.Errorf("message = %q", ans.message())
				}
				want := map[string]string{
					"X-RateLimit-Category": tt.class, "X-RateLimit-Type": "QPS",
					"X-RateLimit-Limit": itoa(tt.limit), "X-RateLimit-Remaining": "0",
				}
				if diff := cmp.Diff(want, rateHeaders(ans.Header)); diff != "" {
					t.Errorf("headers of the refusal (-want +got):\n%s", diff)
				}
				clk.Advance(time.Second)
			}
		})
	}
}

func TestClassesAreApart(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now, Limits: zoomtest.Limits{Medium: zoomtest.Limit{PerSecond: 1}}})
	r.want(r.do("GET", "/users", nil), 200, 0)
	r.want(r.do("GET", "/groups", nil), 429, 429)
	r.want(r.do("GET", "/users/who@example.com", nil), 404, 1001)
}

func TestDailyLimits(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{
		Now: clk.Now, TokenLifetime: 48 * time.Hour,
		Limits: zoomtest.Limits{Light: zoomtest.Limit{PerDay: 3}, Heavy: zoomtest.Limit{PerSecond: -1, PerDay: 1}},
	})
	for range 3 {
		r.want(r.do("GET", "/users/who@example.com", nil), 404, 1001)
	}
	ans := r.do("GET", "/users/who@example.com", nil)
	r.want(ans, 429, 429)
	if !strings.Contains(ans.message(), "maximum daily rate limit") || !strings.Contains(ans.message(), "response header") {
		t.Errorf("message = %q", ans.message())
	}
	want := map[string]string{
		"X-RateLimit-Category": "Light", "X-RateLimit-Type": "Daily-limit", "X-RateLimit-Limit": "3",
		"X-RateLimit-Remaining": "0", "Retry-After": "2026-03-03T00:00:00Z",
	}
	if diff := cmp.Diff(want, rateHeaders(ans.Header)); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	r.want(r.do("GET", "/users", nil), 200, 0)
	r.want(r.do("GET", "/accounts/me/plans/usage", nil), 200, 0)
	r.want(r.do("GET", "/accounts/me/plans/usage", nil), 429, 429)
	clk.Advance(14*time.Hour - time.Second)
	r.want(r.do("GET", "/users/who@example.com", nil), 429, 429)
	clk.Advance(time.Second)
	r.want(r.do("GET", "/users/who@example.com", nil), 404, 1001)
}

func TestSpeed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		speed float64
		want  string
	}{{0, "30"}, {2, "60"}, {10, "300"}, {0.1, "3"}, {0.001, "1"}} {
		clk := newClock()
		r := start(t, zoomtest.Options{Now: clk.Now, Speed: tt.speed})
		if got := r.do("GET", "/users/who@example.com", nil).Header.Get("X-RateLimit-Limit"); got != tt.want {
			t.Errorf("speed %v: limit %s, want %s", tt.speed, got, tt.want)
		}
	}
}

func TestLimitKnobs(t *testing.T) {
	t.Parallel()
	clk := newClock()
	off := start(t, zoomtest.Options{Now: clk.Now, Plan: zoomtest.PlanFree, NoLimits: true})
	for range 10 {
		ans := off.do("GET", "/users", nil)
		off.want(ans, 200, 0)
		if got := rateHeaders(ans.Header); len(got) != 0 {
			t.Errorf("NoLimits: headers %v", got)
		}
	}
	quiet := start(t, zoomtest.Options{Now: clk.Now, NoRateHeaders: true})
	if got := rateHeaders(quiet.do("GET", "/users", nil).Header); len(got) != 0 {
		t.Errorf("NoRateHeaders: headers %v", got)
	}
}
