package zoomtest_test

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func TestAdditions(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{ManagedDomains: []string{"example.com"}})
	r.offSpec = true
	add := func(action, email string, status int) {
		t.Helper()
		if ans := r.do("POST", "/users", createBody(action, obj{"email": email, "type": 1})); ans.Status != status {
			t.Fatalf("%s = %d %s, want %d", action, ans.Status, ans.Body, status)
		}
	}
	want := func(email string, want zoomtest.Additions) {
		t.Helper()
		if diff := cmp.Diff(want, r.acct.Additions(email)); diff != "" {
			t.Errorf("additions of %s (-want +got):\n%s", email, diff)
		}
	}
	want("ann@example.com", zoomtest.Additions{})
	add("create", "Ann@example.com", 201)
	add("create", "ann@example.com", 409)
	want("ANN@example.com ", zoomtest.Additions{Asked: 2, Invited: 1})
	r.want(r.do("DELETE", "/users/ann@example.com", nil), 204, 0)
	add("create", "ann@example.com", 201)
	want("ann@example.com", zoomtest.Additions{Asked: 3, Invited: 2})

	r.acct.Inject(zoomtest.Fault{Method: "POST", Path: "/users", Status: 503})
	add("autoCreate", "bob@example.com", 503)
	want("bob@example.com", zoomtest.Additions{})
	r.acct.Inject(zoomtest.Fault{Method: "POST", Path: "/users", Status: 503, After: true})
	add("autoCreate", "bob@example.com", 503)
	want("bob@example.com", zoomtest.Additions{Asked: 1, Created: 1})
	// People who were there before were not added by a call.
	r.add("cleo@example.com", zoomtest.Basic)
	all := map[string]zoomtest.Additions{
		"ann@example.com": {Asked: 3, Invited: 2}, "bob@example.com": {Asked: 1, Created: 1},
	}
	if diff := cmp.Diff(all, r.acct.AllAdditions()); diff != "" {
		t.Errorf("all additions (-want +got):\n%s", diff)
	}

	var body struct{ Additions map[string]zoomtest.Additions }
	r.sandbox("GET", "/sandbox/additions", "", "").into(t, &body)
	if diff := cmp.Diff(all, body.Additions); diff != "" {
		t.Errorf("the control surface says (-want +got):\n%s", diff)
	}
	body.Additions = nil
	r.sandbox("GET", "/sandbox/additions?email=Bob%40example.com", "", "").into(t, &body)
	if diff := cmp.Diff(map[string]zoomtest.Additions{"bob@example.com": {Asked: 1, Created: 1}}, body.Additions); diff != "" {
		t.Errorf("of one address the control surface says (-want +got):\n%s", diff)
	}
}

func TestBusiest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		opts  zoomtest.Options
		waits []int // milliseconds before each call
		want  int
		from  int
	}{
		{"none", zoomtest.Options{}, nil, 0, 0},
		{"one", zoomtest.Options{}, []int{0}, 1, 0},
		{"across two calendar seconds", zoomtest.Options{}, []int{900, 0, 200, 300, 600}, 4, 900},
		{"the first of a second and of the next", zoomtest.Options{}, []int{0, 1000, 1000}, 1, 0},
		{"refused ones too", zoomtest.Options{Limits: zoomtest.Limits{Light: zoomtest.Limit{PerSecond: 2}}}, []int{0, 0, 0, 0}, 4, 0},
		{"without limits", zoomtest.Options{NoLimits: true}, []int{0, 5000, 10, 10}, 3, 5000},
		{"the fullest stays", zoomtest.Options{}, []int{0, 1, 1, 5000, 1}, 3, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clk := newClock()
			tt.opts.Now = clk.Now
			r := start(t, tt.opts)
			began := clk.Now()
			r.do("GET", "/users", nil) // Of another class.
			for _, wait := range tt.waits {
				clk.Advance(time.Duration(wait) * time.Millisecond)
				r.do("GET", "/users/who@example.com", nil)
			}
			want := zoomtest.Busiest{Calls: tt.want}
			if tt.want > 0 {
				want.From = began.Add(time.Duration(tt.from) * time.Millisecond)
			}
			if diff := cmp.Diff(want, r.acct.Busiest(zoomtest.Light)); diff != "" {
				t.Errorf("busiest second (-want +got):\n%s", diff)
			}
			if got := r.acct.Busiest(zoomtest.Medium).Calls; got != 1 {
				t.Errorf("busiest second of the other class has %d calls, want 1", got)
			}
			var body map[zoomtest.Class]zoomtest.Busiest
			r.sandbox("GET", "/sandbox/busiest", "", "").into(t, &body)
			if diff := cmp.Diff(want, body[zoomtest.Light]); diff != "" {
				t.Errorf("the control surface says (-want +got):\n%s", diff)
			}
		})
	}
}

// What a client did may be asked while it does it.
func TestWatchedByMany(t *testing.T) {
	t.Parallel()
	d := newDirect(t, zoomtest.Options{})
	const callers, each = 6, 30
	var all sync.WaitGroup
	for w := range callers {
		all.Go(func() {
			for i := range each {
				d.do(t.Context(), "POST", "/users", `{"action":"create","user_info":{"email":"w`+itoa(w)+"-"+itoa(i)+`@example.com","type":1}}`)
				d.acct.SetLimits(zoomtest.Limits{CreatePerDay: 1000 + i})
				d.acct.Spend(zoomtest.Light, 1)
				if got := d.acct.Additions("w" + itoa(w) + "-" + itoa(i) + "@example.com"); got.Invited != 1 {
					t.Errorf("additions = %+v", got)
				}
				if d.acct.Busiest(zoomtest.Light).Calls < 1 {
					t.Error("no call in the busiest second")
				}
			}
		})
	}
	all.Wait()
	if got := len(d.acct.AllAdditions()); got != callers*each {
		t.Errorf("%d addresses were added, want %d", got, callers*each)
	}
}

func TestSetLimits(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now})
	ask := func(status int) {
		t.Helper()
		if ans := r.do("GET", "/users/who@example.com", nil); ans.Status != status {
			t.Fatalf("answer = %d %s, want %d", ans.Status, ans.Body, status)
		}
	}
	ask(404)
	ask(404)
	r.acct.SetLimits(zoomtest.Limits{Light: zoomtest.Limit{PerSecond: 2}}) // What was used stays used.
	ask(429)
	r.acct.SetLimits(zoomtest.Limits{Light: zoomtest.Limit{PerSecond: -1, PerDay: 3}})
	ask(404)
	ask(429)
	r.acct.SetLimits(zoomtest.Limits{Heavy: zoomtest.Limit{PerSecond: 1}}) // Leaves the others.
	ask(429)

	const jsonType = "application/json"
	if ans := r.sandbox("POST", "/sandbox/limits", jsonType, `{"light":{"per_day":-1},"create_per_day":1}`); ans.Status != 204 {
		t.Fatalf("limits = %d %s", ans.Status, ans.Body)
	}
	ask(404)
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "ann@example.com", "type": 1})), 201, 0)
	ans := r.do("POST", "/users", createBody("create", obj{"email": "bob@example.com", "type": 1}))
	r.want(ans, 429, 429)
	if got := ans.Header.Get("Retry-After"); got != "2026-03-03T00:00:00Z" {
		t.Errorf("Retry-After = %q", got)
	}
	for _, wrong := range []string{`{"feature_interval":"soon"}`, `{"light":3}`, `{"dark":{}}`} {
		if ans := r.sandbox("POST", "/sandbox/limits", jsonType, wrong); ans.Status != 400 {
			t.Errorf("limits %s = %d, want 400", wrong, ans.Status)
		}
	}
}

func TestSpend(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now, Limits: zoomtest.Limits{Light: zoomtest.Limit{PerSecond: 5, PerDay: 20}}})
	r.acct.Spend(zoomtest.Light, 4)
	r.want(r.do("GET", "/users/who@example.com", nil), 404, 1001)
	r.want(r.do("GET", "/users/who@example.com", nil), 429, 429)
	clk.Advance(time.Second)
	if ans := r.sandbox("POST", "/sandbox/spend", "application/json", `{"class":"Light","calls":14}`); ans.Status != 204 {
		t.Fatalf("spend = %d %s", ans.Status, ans.Body)
	}
	clk.Advance(time.Second)
	r.want(r.do("GET", "/users/who@example.com", nil), 404, 1001)
	ans := r.do("GET", "/users/who@example.com", nil)
	r.want(ans, 429, 429)
	if got := ans.Header.Get("X-RateLimit-Type"); got != "Daily-limit" {
		t.Errorf("the limit refused by is %q, want the day's", got)
	}
	if got := r.acct.Busiest(zoomtest.Light).Calls; got != 2 {
		t.Errorf("the busiest second has %d calls, want the client's 2 alone", got)
	}
	if ans := r.sandbox("POST", "/sandbox/spend", "application/json", `{"class":"light","calls":1}`); ans.Status != 400 {
		t.Errorf("spend of an unknown class = %d, want 400", ans.Status)
	}
}

func TestScaleDays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		opts  zoomtest.Options
		added int
	}{
		{"at real speed", zoomtest.Options{ScaleDays: true}, 2},
		{"days stay", zoomtest.Options{Speed: 3}, 2},
		{"days scaled", zoomtest.Options{Speed: 3, ScaleDays: true}, 6},
		{"no limit", zoomtest.Options{Speed: 3, ScaleDays: true, Limits: zoomtest.Limits{CreatePerDay: -1}}, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clk := newClock()
			tt.opts.Now = clk.Now
			if tt.opts.Limits.CreatePerDay == 0 {
				tt.opts.Limits.CreatePerDay = 2
			}
			tt.opts.Limits.Light.PerDay = 100
			r := start(t, tt.opts)
			added := 0
			for i := range 8 {
				if r.do("POST", "/users", createBody("create", obj{"email": itoa(i) + "@example.com", "type": 1})).Status == 201 {
					added++
				}
			}
			if added != tt.added {
				t.Errorf("%d people were added, want %d", added, tt.added)
			}
		})
	}
}

func TestSkippedPeople(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	for i := range 5 {
		r.add("u"+itoa(i)+"@example.com", zoomtest.Basic)
	}
	next := "page_size=2&next_page_token=" + url.QueryEscape(r.page("page_size=2").Next)
	r.acct.Inject(zoomtest.Fault{Effect: zoomtest.OverlapPages, Shift: -1}, zoomtest.Fault{Effect: zoomtest.OverlapPages, Shift: -9, Nth: 2})
	if got := r.page(next).Users[0]["email"]; got != "u3@example.com" {
		t.Errorf("the page begins with %v, want one person left out", got)
	}
	if got := r.page(next); len(got.Users) != 0 || got.Next != "" || got.TotalRecords != 5 {
		t.Errorf("a page past the end = %+v", got)
	}
}

func TestRevokedInMidList(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	for i := range 3 {
		r.add("u"+itoa(i)+"@example.com", zoomtest.Basic)
	}
	r.acct.Inject(zoomtest.Fault{Effect: zoomtest.RevokeTokens, Method: "GET", Path: "/users", Nth: 2})
	next := "/users?page_size=2&next_page_token=" + url.QueryEscape(r.page("page_size=2").Next)
	r.want(r.do("GET", next, nil), 401, 124)
	r.want(r.do("GET", next, nil), 401, 124)
	r.login()
	r.want(r.do("GET", next, nil), 200, 0)
}

// Every kind of 429 comes with its headers, with none, and with a Retry-After of any form.
func TestEveryRefusal(t *testing.T) {
	t.Parallel()
	kinds := []zoomtest.Effect{zoomtest.LimitPerSecond, zoomtest.LimitDaily, zoomtest.LimitUserDaily, zoomtest.LimitConcurrent}
	for _, kind := range kinds {
		for _, retry := range []string{"", "3", "Mon, 02 Mar 2026 10:00:05 GMT", "2026-03-02T10:00:05Z", "2020-05-31T00:00:00Z"} {
			t.Run(string(kind)+" "+retry, func(t *testing.T) {
				t.Parallel()
				clk := newClock()
				r := start(t, zoomtest.Options{Now: clk.Now})
				fault := zoomtest.Fault{Effect: kind, Name: "it", Method: "PATCH", NoHeaders: true}
				want := map[string]string{}
				if retry != "" {
					fault.Headers, want["Retry-After"] = map[string]string{"Retry-After": retry}, retry
				}
				r.acct.Inject(fault)
				r.add("ann@example.com", zoomtest.Basic)
				ans := r.do("PATCH", "/users/ann@example.com", obj{"dept": "x"})
				r.want(ans, 429, 429)
				if diff := cmp.Diff(want, rateHeaders(ans.Header)); diff != "" {
					t.Errorf("headers (-want +got):\n%s", diff)
				}
				if got := r.user("ann@example.com").Dept; got != "" {
					t.Errorf("the refused call took effect: department %q", got)
				}
				var body struct{ Fired map[string]int }
				r.sandbox("GET", "/sandbox/faults", "", "").into(t, &body)
				if diff := cmp.Diff(map[string]int{"it": 1}, body.Fired); diff != "" {
					t.Errorf("fired (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestAddByHand(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json"
	r := unlimited(t, zoomtest.Options{})
	ans := r.sandbox("POST", "/sandbox/add", jsonType, `{"email":"ann@example.com","dept":"Sales","status":"inactive"}`)
	if ans.Status != 201 {
		t.Fatalf("add = %d %s", ans.Status, ans.Body)
	}
	var added zoomtest.User
	ans.into(t, &added)
	if u := r.user("ann@example.com"); added.ID == "" || added.ID != u.ID || u.Dept != "Sales" || u.Status != zoomtest.Inactive {
		t.Errorf("added %+v, the account has %+v", added, u)
	}
	for body, status := range map[string]int{`{"email":"ANN@example.com"}`: 409, `{}`: 409, `{"mail":"x"}`: 400} {
		if ans := r.sandbox("POST", "/sandbox/add", jsonType, body); ans.Status != status {
			t.Errorf("add %s = %d, want %d", body, ans.Status, status)
		}
	}
	if got := r.acct.Additions("ann@example.com"); got != (zoomtest.Additions{}) {
		t.Errorf("somebody added by hand counts as added by a call: %+v", got)
	}
}

// The token endpoint misbehaves like any other.
func TestTokenFaults(t *testing.T) {
	t.Parallel()
	form := func(r *rig) url.Values {
		return url.Values{"grant_type": {"account_credentials"}, "account_id": {r.acct.AccountID()}}
	}
	for _, tt := range []struct {
		name   string
		fault  zoomtest.Fault
		status int
		issued int // tokens, the rig's own included
	}{
		{"5xx before", zoomtest.Fault{Status: 503}, 503, 1},
		{"5xx after", zoomtest.Fault{Status: 503, After: true}, 503, 2},
		{"429", zoomtest.Fault{Effect: zoomtest.LimitPerSecond}, 429, 1},
		{"another method", zoomtest.Fault{Method: "GET", Status: 503}, 200, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := unlimited(t, zoomtest.Options{})
			r.offSpec = true
			tt.fault.Path = "/oauth/token"
			r.acct.Inject(tt.fault)
			if ans := r.askToken(form(r), nil, r.acct.ClientSecret()); ans.Status != tt.status {
				t.Errorf("answer = %d %s, want %d", ans.Status, ans.Body, tt.status)
			}
			issued := 0
			for _, c := range r.acct.Calls() {
				issued = max(issued, c.Token)
			}
			if issued != tt.issued {
				t.Errorf("%d tokens were issued, want %d", issued, tt.issued)
			}
		})
	}
}
