package zoomtest_test

import (
	"sync"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func TestDelete(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		path   string
		status int
		code   int
		gone   string
	}{
		{"unlink", "/users/ann@example.com", 204, 0, "ann@example.com"},
		{"delete", "/users/ann@example.com?action=delete", 204, 0, "ann@example.com"},
		{"with transfer", "/users/ann@example.com?action=delete&transfer_email=bob@example.com&transfer_meeting=true", 204, 0, "ann@example.com"},
		{"cancel an invitation", "/users/guest@example.org?action=disassociate", 204, 0, "guest@example.org"},
		{"managed deleted", "/users/man@example.org?action=delete", 204, 0, "man@example.org"},
		{"managed unlinked", "/users/man@example.org", 400, 1107, ""},
		{"admin unlinked", "/users/admin@example.com", 400, 1117, ""},
		{"owner", "/users/owner@example.com?action=delete", 400, 200, ""},
		{"unknown", "/users/who@example.com", 404, 1001, ""},
		{"unknown heir", "/users/ann@example.com?transfer_email=who@example.com", 404, 1001, ""},
		{"heir is the same", "/users/ann@example.com?transfer_email=ann@example.com", 400, 300, ""},
		{"bad action", "/users/ann@example.com?action=remove", 400, 300, ""},
		{"bad flag", "/users/ann@example.com?transfer_meeting=yes", 400, 300, ""},
		{"me", "/users/me", 400, 300, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, zoomtest.Options{ManagedDomains: []string{"example.org"}})
			g := r.acct.AddGroup("Sales")
			for _, email := range []string{"ann@example.com", "bob@example.com", "man@example.org"} {
				r.add(email, zoomtest.Licensed)
				r.acct.Join(g.ID, email)
			}
			r.invite("guest@example.org")
			r.acct.AddUser(zoomtest.User{Email: "owner@example.com", RoleID: zoomtest.RoleOwner})
			r.acct.AddUser(zoomtest.User{Email: "admin@example.com", RoleID: zoomtest.RoleAdmin})
			r.want(r.do("DELETE", tt.path, nil), tt.status, tt.code)
			left := 6
			if tt.gone != "" {
				left = 5
				if _, known := r.acct.User(tt.gone); known {
					t.Errorf("%s is still there", tt.gone)
				}
				r.want(r.do("DELETE", tt.path, nil), 404, 1001)
			}
			if got := len(r.acct.Users()); got != left {
				t.Errorf("%d people left, want %d", got, left)
			}
			for _, email := range r.acct.Members(g.ID) {
				if email == tt.gone {
					t.Errorf("%s is still in a group", email)
				}
			}
		})
	}
}

func TestDeleteTwiceAtOnce(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	r.add("ann@example.com", zoomtest.Basic)
	r.add("bob@example.com", zoomtest.Basic)
	// The first deletion is held until its client gives up, so the second one
	// finds it at work whatever the timing.
	r.acct.Inject(zoomtest.Fault{Method: "DELETE", Path: "/users/ann@example.com", Delay: time.Hour})
	ctx, cancel := contextWithCancel(t)
	var first sync.WaitGroup
	first.Go(func() { _, _ = r.try(ctx, "DELETE", "/users/ann@example.com", nil) })
	waitFor(t, func() bool { return r.acct.Fired("slow") == 1 })
	var ans reply
	waitFor(t, func() bool {
		ans = r.do("DELETE", "/users/ann@example.com", nil)
		return ans.Status == 429
	})
	r.want(ans, 429, 429)
	if ans.Header.Get("X-RateLimit-Type") != "" || ans.Header.Get("Retry-After") != "" {
		t.Errorf("headers of a concurrency refusal = %v", ans.Header)
	}
	r.want(r.do("DELETE", "/users/bob@example.com", nil), 204, 0)
	cancel()
	first.Wait()
	// The first client is gone; its deletion happens all the same.
	waitFor(t, func() bool { _, known := r.acct.User("ann@example.com"); return !known })
	waitFor(t, func() bool { return r.do("DELETE", "/users/ann@example.com", nil).Status == 404 })
}

func TestStatus(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{Seats: zoomtest.Seats{Licensed: 1, Basic: 2}})
	put := func(email, action string) reply {
		return r.do("PUT", "/users/"+email+"/status", obj{"action": action})
	}
	r.acct.AddUser(zoomtest.User{Email: "owner@example.com", RoleID: zoomtest.RoleOwner})
	r.acct.AddUser(zoomtest.User{
		Email: "ann@example.com", Type: zoomtest.Licensed,
		Feature: zoomtest.Features{Webinar: true, WebinarCapacity: 500, ZoomPhone: true},
	})
	r.invite("guest@example.com")
	ans := put("ann@example.com", "deactivate")
	r.want(ans, 200, 0)
	if len(ans.Body) != 0 {
		t.Errorf("body = %q, want none", ans.Body)
	}
	u := r.user("ann@example.com")
	if u.Status != zoomtest.Inactive || u.Type != zoomtest.Basic || u.Feature.Webinar || u.Feature.ZoomPhone {
		t.Errorf("after deactivation: %+v", u)
	}
	usage := r.acct.Usage()
	if usage.Licensed.Used != 0 || usage.Webinar["500"].Used != 0 || usage.Phone.Used != 0 {
		t.Errorf("deactivation freed too little: %+v", usage)
	}
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "b@example.com", "type": 2})), 201, 0)
	r.want(put("ann@example.com", "activate"), 400, 2033) // the owner and the guest have both Basic seats
	r.acct.Remove("guest@example.com")
	r.want(put("ann@example.com", "activate"), 200, 0)
	r.want(put("ann@example.com", "activate"), 200, 0)
	r.want(put("ann@example.com", "clock_in"), 200, 0)
	r.want(put("ann@example.com", "delete"), 400, 300)
	r.want(put("owner@example.com", "deactivate"), 400, 200)
	r.want(put("b@example.com", "deactivate"), 400, 300) // pending
	r.want(put("who@example.com", "activate"), 404, 1001)
	if got := r.user("ann@example.com"); got.Status != zoomtest.Active || got.Type != zoomtest.Basic {
		t.Errorf("after activation: status %s, type %d", got.Status, got.Type)
	}
}

func TestEmailChange(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now, ManagedDomains: []string{"example.org"}, Elsewhere: []string{"rich@example.org"}, TokenLifetime: 48 * time.Hour})
	put := func(from, to string) reply { return r.do("PUT", "/users/"+from+"/email", obj{"email": to}) }
	id := r.add("ann@example.org", zoomtest.Basic).ID
	r.add("bob@example.com", zoomtest.Basic)
	r.add("taken@example.org", zoomtest.Basic)
	r.acct.AddUser(zoomtest.User{Email: "admin@example.org", RoleID: zoomtest.RoleAdmin})
	r.want(put("bob@example.com", "bob@example.org"), 400, 200)
	r.want(put("ann@example.org", "ann@example.com"), 400, 200)
	r.want(put("ann@example.org", "taken@example.org"), 409, 1005)
	r.want(put("ann@example.org", "rich@example.org"), 409, 1005)
	r.want(put("ann@example.org", "ann"), 400, 300)
	r.want(put("admin@example.org", "a2@example.org"), 400, 1000)
	r.want(put("who@example.org", "a2@example.org"), 404, 1001)
	r.want(put("ann@example.org", "a1@example.org"), 204, 0)
	r.want(r.do("GET", "/users/ann@example.org", nil), 404, 1001)
	if got := r.user("a1@example.org").ID; got != id {
		t.Errorf("id changed from %s to %s", id, got)
	}
	r.want(put("a1@example.org", "a2@example.org"), 204, 0)
	r.want(put("a2@example.org", "a3@example.org"), 204, 0)
	r.want(put("a3@example.org", "a4@example.org"), 429, 429)
	clk.Advance(24 * time.Hour)
	r.want(put("a3@example.org", "a4@example.org"), 204, 0)
}
