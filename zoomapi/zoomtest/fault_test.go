package zoomtest_test

import (
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func TestFaultAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   zoomtest.Fault
		status  int
		code    int
		text    string
		headers map[string]string
		created bool
	}{
		{"500 before", zoomtest.Fault{Status: 500}, 500, 0, "Internal Server Error", nil, false},
		{"503 after", zoomtest.Fault{Status: 503, Code: 5, Message: "later", After: true}, 503, 5, "later", nil, true},
		{"html", zoomtest.Fault{Status: 502, Body: "<html>bad gateway</html>", Headers: map[string]string{"Content-Type": "text/html"}}, 502, 0, "", nil, false},
		{"business code", zoomtest.Fault{Status: 400, Code: 2034, Message: "full"}, 400, 2034, "full", nil, false},
		{"per second", zoomtest.Fault{Effect: zoomtest.LimitPerSecond}, 429, 429, "per-second", map[string]string{
			"X-RateLimit-Category": "Light", "X-RateLimit-Type": "QPS", "X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "0",
		}, false},
		{"daily", zoomtest.Fault{Effect: zoomtest.LimitDaily}, 429, 429, "maximum daily", map[string]string{
			"X-RateLimit-Category": "Light", "X-RateLimit-Type": "Daily-limit", "X-RateLimit-Limit": "1500", "X-RateLimit-Remaining": "0",
			"Retry-After": "2026-03-03T00:00:00Z",
		}, false},
		{"user daily", zoomtest.Fault{Effect: zoomtest.LimitUserDaily}, 429, 429, "GMT 00:00:00", map[string]string{
			"X-RateLimit-Category": "Light", "X-RateLimit-Limit": "1500", "X-RateLimit-Remaining": "1483",
		}, false},
		{"concurrency", zoomtest.Fault{Effect: zoomtest.LimitConcurrent}, 429, 429, "concurrent", map[string]string{}, false},
		{"without headers", zoomtest.Fault{Effect: zoomtest.LimitDaily, NoHeaders: true}, 429, 429, "maximum daily", map[string]string{}, false},
		{"own header", zoomtest.Fault{Effect: zoomtest.LimitPerSecond, NoHeaders: true, Headers: map[string]string{"Retry-After": "2"}}, 429, 429, "per-second", map[string]string{"Retry-After": "2"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clk := newClock()
			r := start(t, zoomtest.Options{Now: clk.Now})
			r.offSpec = true
			tt.fault.Method, tt.fault.Path = "POST", "/users"
			r.acct.Inject(tt.fault)
			body := createBody("create", obj{"email": "ann@example.com", "type": 1})
			ans := r.do("POST", "/users", body)
			r.want(ans, tt.status, tt.code)
			if !strings.Contains(ans.message(), tt.text) {
				t.Errorf("message = %q, want %q in it", ans.message(), tt.text)
			}
			if tt.headers != nil {
				if diff := cmp.Diff(tt.headers, rateHeaders(ans.Header)); diff != "" {
					t.Errorf("headers (-want +got):\n%s", diff)
				}
			}
			if _, created := r.acct.User("ann@example.com"); created != tt.created {
				t.Errorf("created = %v, want %v", created, tt.created)
			}
			next := 201
			if tt.created {
				next = 409
			}
			if again := r.do("POST", "/users", body); again.Status != next {
				t.Errorf("the call after the fault = %d, want %d", again.Status, next)
			}
		})
	}
}

func TestFaultConnections(t *testing.T) {
	t.Parallel()
	for _, effect := range []zoomtest.Effect{zoomtest.Reset, zoomtest.Truncate, zoomtest.Hang} {
		for _, after := range []bool{false, true} {
			t.Run(string(effect)+map[bool]string{false: " before", true: " after"}[after], func(t *testing.T) {
				t.Parallel()
				r := unlimited(t, zoomtest.Options{})
				r.acct.Inject(zoomtest.Fault{Method: "POST", Path: "/users", Effect: effect, After: after})
				ctx, cancel := contextWithCancel(t)
				if effect == zoomtest.Hang {
					r.acct.OnCall(func(zoomtest.Call) { cancel() }) // the client gives up once the call is in
				}
				_, err := r.try(ctx, "POST", "/users", createBody("create", obj{"email": "ann@example.com", "type": 1}))
				ends := map[zoomtest.Effect][]error{
					zoomtest.Hang:     {context.Canceled},
					zoomtest.Truncate: {io.ErrUnexpectedEOF},
					zoomtest.Reset:    {syscall.ECONNRESET, io.EOF},
				}
				if !slices.ContainsFunc(ends[effect], func(want error) bool { return errors.Is(err, want) }) {
					t.Errorf("error = %v, want one of %v", err, ends[effect])
				}
				if _, created := r.acct.User("ann@example.com"); created != after {
					t.Errorf("created = %v, want %v", created, after)
				}
			})
		}
	}
}

func TestTruncatedRead(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	r.add("ann@example.com", zoomtest.Basic)
	r.acct.Inject(zoomtest.Fault{Method: "GET", Effect: zoomtest.Truncate})
	ans, err := r.try(t.Context(), "GET", "/users/ann@example.com", nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(ans.Body) == 0 {
		t.Errorf("answer %q, error %v, want a part of the answer and an unexpected end", ans.Body, err)
	}
}

func TestFaultMatching(t *testing.T) {
	t.Parallel()
	calls := []string{"GET /users", "GET /users/ann@example.com", "GET /groups/g/members", "PATCH /users/ann@example.com", "GET /users/ann@example.com", "GET /users/bob@example.com"}
	tests := []struct {
		name  string
		fault zoomtest.Fault
		hits  []int
	}{
		{"everything once", zoomtest.Fault{}, []int{0}},
		{"everything", zoomtest.Fault{Times: -1}, []int{0, 1, 2, 3, 4, 5}},
		{"method", zoomtest.Fault{Method: "patch", Times: -1}, []int{3}},
		{"path", zoomtest.Fault{Path: "/users", Times: -1}, []int{0}},
		{"star", zoomtest.Fault{Path: "/users/*", Times: -1}, []int{1, 3, 4, 5}},
		{"two stars", zoomtest.Fault{Path: "/**", Method: "GET", Times: -1}, []int{0, 1, 2, 4, 5}},
		{"pattern", zoomtest.Fault{Path: "/groups/{groupId}/members", Times: -1}, []int{2}},
		{"one person", zoomtest.Fault{Path: "/users/ANN@example.com", Method: "GET", Times: -1}, []int{1, 4}},
		{"regexp", zoomtest.Fault{PathRegexp: `bob|groups`, Times: -1}, []int{2, 5}},
		{"second", zoomtest.Fault{Path: "/users/*", Nth: 2}, []int{3}},
		{"second and third", zoomtest.Fault{Path: "/users/*", Nth: 2, Times: 2}, []int{3, 4}},
		{"never", zoomtest.Fault{Path: "/users/*", Nth: 9}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := unlimited(t, zoomtest.Options{})
			r.offSpec = true
			tt.fault.Status, tt.fault.Name = 599, "it"
			r.acct.Inject(tt.fault)
			var hits []int
			for i, call := range calls {
				method, path, _ := strings.Cut(call, " ")
				if r.do(method, path, nil).Status == 599 {
					hits = append(hits, i)
				}
			}
			if diff := cmp.Diff(tt.hits, hits); diff != "" {
				t.Errorf("calls hit (-want +got):\n%s", diff)
			}
			if got := r.acct.Fired("it"); got != len(tt.hits) {
				t.Errorf("Fired = %d, want %d", got, len(tt.hits))
			}
			r.acct.Clear()
			r.want(r.do("GET", "/users", nil), 200, 0)
		})
	}
}

func TestFaultProbability(t *testing.T) {
	t.Parallel()
	hits := func(seed uint64) string {
		r := unlimited(t, zoomtest.Options{RandSeed: seed})
		r.offSpec = true
		r.acct.Inject(zoomtest.Fault{Status: 500, Probability: 0.3, Times: -1})
		var out strings.Builder
		for range 60 {
			if r.do("GET", "/users", nil).Status == 500 {
				out.WriteByte('x')
			} else {
				out.WriteByte('.')
			}
		}
		return out.String()
	}
	one, again, other := hits(7), hits(7), hits(8)
	if one != again {
		t.Errorf("the same seed gives %s and %s", one, again)
	}
	if one == other {
		t.Errorf("two seeds give the same faults: %s", one)
	}
	if n := strings.Count(one, "x"); n < 6 || n > 32 {
		t.Errorf("%d of 60 calls hit at 30 %%", n)
	}
}

func TestFaultStates(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	for i := range 6 {
		r.add("u"+itoa(i)+"@example.com", zoomtest.Basic)
	}
	r.acct.Inject(zoomtest.Fault{Effect: zoomtest.ExpirePageToken})
	first := r.page("page_size=2") // carries no token: not hit
	next := "page_size=2&next_page_token=" + url.QueryEscape(first.Next)
	r.want(r.do("GET", "/users?"+next, nil), 400, 300)
	if got := r.page(next).Users[0]["email"]; got != "u2@example.com" {
		t.Errorf("second page starts with %v", got)
	}
	r.acct.Inject(zoomtest.Fault{Effect: zoomtest.OverlapPages})
	if got := r.page(next).Users[0]["email"]; got != "u1@example.com" {
		t.Errorf("overlapping page starts with %v, want the last one of the page before", got)
	}
	r.acct.Inject(zoomtest.Fault{Effect: zoomtest.WrongTotal, Shift: 5})
	if got := r.page("").TotalRecords; got != 11 {
		t.Errorf("total_records = %d, want 6 and 5", got)
	}
	r.acct.Inject(zoomtest.Fault{Effect: zoomtest.RevokeTokens, Path: "/users/*", Delay: time.Millisecond})
	r.want(r.do("GET", "/users/u1@example.com", nil), 401, 124)
	r.login()
	r.want(r.do("GET", "/users/u1@example.com", nil), 200, 0)
}

func TestInjectPanics(t *testing.T) {
	t.Parallel()
	for _, f := range []zoomtest.Fault{{PathRegexp: "("}, {Effect: "nonsense"}, {}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Inject(%+v) did not panic", f)
				}
			}()
			zoomtest.New(zoomtest.Options{}).Inject(f)
		}()
	}
}

func TestCallLog(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now, CallLog: 3})
	r.add("ann@example.com", zoomtest.Basic)
	var seen []zoomtest.Call
	r.acct.OnCall(func(c zoomtest.Call) { seen = append(seen, c) })
	r.acct.Inject(zoomtest.Fault{Method: "PATCH", Status: 503})
	r.do("GET", "/users/ann%40example.com", nil)
	r.offSpec = true
	r.do("PATCH", "/users/ann@example.com", obj{"dept": "x"})
	r.do("GET", "/nowhere", nil)
	want := []zoomtest.Call{
		{Time: clk.Now(), Method: "GET", Pattern: "/users/{userId}", Path: "/users/ann@example.com", Class: "Light", Status: 200, Token: 1},
		{Time: clk.Now(), Method: "PATCH", Pattern: "/users/{userId}", Path: "/users/ann@example.com", Class: "Light", Status: 503, Token: 1, Faults: []zoomtest.Effect{zoomtest.Respond}},
		{Time: clk.Now(), Method: "GET", Path: "/nowhere", Status: 400, Code: 2300},
	}
	if diff := cmp.Diff(want, r.acct.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("hook (-want +got):\n%s", diff)
	}
	counts := r.acct.Counts()
	if counts.Total != 4 || counts.ByPattern["GET /users/{userId}"] != 1 || counts.ByPattern["POST /oauth/token"] != 1 || counts.ByStatus[503] != 1 {
		t.Errorf("counts = %+v", counts)
	}
}
