package zoomtest_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

type userPage struct {
	PageCount    int              `json:"page_count"`
	PageNumber   int              `json:"page_number"`
	PageSize     int              `json:"page_size"`
	TotalRecords int              `json:"total_records"`
	Next         string           `json:"next_page_token"`
	Users        []map[string]any `json:"users"`
}

func (r *rig) page(query string) userPage {
	r.t.Helper()
	ans := r.do("GET", "/users?"+query, nil)
	r.want(ans, 200, 0)
	var p userPage
	ans.into(r.t, &p)
	return p
}

// everyone walks all pages and returns the addresses.
func (r *rig) everyone(query string) []string {
	r.t.Helper()
	var out []string
	for next := ""; ; {
		p := r.page(query + "&next_page_token=" + url.QueryEscape(next))
		for _, u := range p.Users {
			out = append(out, fmt.Sprint(u["email"]))
		}
		if next = p.Next; next == "" {
			return out
		}
	}
}

func full(email string) zoomtest.User {
	return zoomtest.User{
		Email: email, FirstName: "Ann", LastName: "Lee", Dept: "Sales", JobTitle: "Lead", Location: "Paris",
		Company: "Example", Manager: "boss@example.com", CostCenter: "CC", Language: "fr-FR", Timezone: "Europe/Paris",
		PhoneNumbers:     []zoomtest.PhoneNumber{{Country: "FR", Code: "+33", Number: "612345678", Label: "Mobile"}},
		CustomAttributes: []zoomtest.CustomAttribute{{Key: "cbf_site", Name: "Site", Value: "North"}},
		ZoomOneType:      16, Type: 2, EmployeeUniqueID: "e1", HostKey: "123456",
		LastLogin: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	}
}

func TestListFields(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{})
	r.acct.AddUser(full("ann@example.com"))
	missing := []string{
		"job_title", "location", "company", "manager", "phone_numbers", "phone_number", "cost_center", "language",
		"role_name", "zoom_one_type", "custom_attributes", "host_key",
	}
	item := r.page("").Users[0]
	for _, name := range missing {
		if _, there := item[name]; there {
			t.Errorf("the list shows %s", name)
		}
	}
	for _, name := range []string{"id", "email", "dept", "timezone", "role_id", "employee_unique_id", "last_login_time", "pmi"} {
		if _, there := item[name]; !there {
			t.Errorf("the list lacks %s", name)
		}
	}
	body := r.do("GET", "/users/ann@example.com", nil).object(t)
	for _, name := range []string{"job_title", "location", "company", "manager", "phone_numbers", "cost_center", "language", "role_name", "zoom_one_type", "custom_attributes"} {
		if _, there := body[name]; !there {
			t.Errorf("GET lacks %s", name)
		}
	}
	if _, there := r.page("include_fields=custom_attributes").Users[0]["custom_attributes"]; !there {
		t.Error("include_fields=custom_attributes is ignored")
	}
	if _, there := r.page("include_fields=host_key").Users[0]["host_key"]; !there {
		t.Error("include_fields=host_key is ignored")
	}
}

func TestListPending(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now})
	r.invite("ann@example.com")
	clk.Advance(time.Hour)
	r.login()
	item := r.page("status=pending").Users[0]
	want := map[string]any{
		"email": "ann@example.com", "first_name": "Test", "last_name": "Guest", "type": 1.0, "status": "pending",
		"verified": 0.0, "role_id": "2", "created_at": "2026-03-02T11:00:00Z",
	}
	if diff := cmp.Diff(want, item); diff != "" {
		t.Errorf("pending item (-want +got):\n%s", diff)
	}
	body := r.do("GET", "/users/ann@example.com", nil).object(t)
	if body["id"] == nil || body["status"] != "pending" {
		t.Errorf("GET of a pending person: id %v, status %v", body["id"], body["status"])
	}
	shy := start(t, zoomtest.Options{PendingWithoutID: true})
	shy.invite("ann@example.com")
	if id := shy.do("GET", "/users/ann@example.com", nil).object(t)["id"]; id != nil {
		t.Errorf("PendingWithoutID: id = %v", id)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	r.acct.Seed(500)
	byStatus := map[string][]string{}
	for _, u := range r.acct.Users() {
		byStatus[u.Status] = append(byStatus[u.Status], u.Email)
	}
	for status, want := range byStatus {
		got := r.everyone("page_size=17&status=" + status)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", status, diff)
		}
	}
	if len(byStatus) != 3 {
		t.Errorf("seeded statuses = %v, want three", slices.Sorted(maps.Keys(byStatus)))
	}
	def := r.page("")
	if def.PageSize != 30 || len(def.Users) != 30 || def.Users[0]["status"] != "active" || def.TotalRecords != len(byStatus["active"]) {
		t.Errorf("defaults: size %d, %d items, status %v, total %d", def.PageSize, len(def.Users), def.Users[0]["status"], def.TotalRecords)
	}
	second := r.page("page_number=2&page_size=10")
	if got, want := second.Users[0]["email"], byStatus["active"][10]; got != want {
		t.Errorf("page_number=2 starts with %v, want %s", got, want)
	}
	admins := r.everyone("role_id=1")
	if diff := cmp.Diff([]string{"admin1@example.com", "admin2@example.com"}, admins); diff != "" {
		t.Errorf("role_id=1 (-want +got):\n%s", diff)
	}
	r.want(r.do("GET", "/users?page_size=2001", nil), 400, 300)
	r.want(r.do("GET", "/users?page_size=x", nil), 400, 300)
	r.want(r.do("GET", "/users?status=gone", nil), 400, 300)
	r.want(r.do("GET", "/users?include_fields=dept", nil), 400, 300)
	r.want(r.do("GET", "/users?license=pro", nil), 400, 300)
}

// A list that changes while it is walked neither repeats nor skips those who
// stay.
func TestListWhileChanging(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	for i := range 10 {
		r.add("u"+itoa(i)+"@example.com", zoomtest.Basic)
	}
	first := r.page("page_size=5")
	r.acct.Remove("u0@example.com")
	r.acct.Remove("u4@example.com")
	r.add("late@example.com", zoomtest.Basic)
	second := r.page("page_size=10&next_page_token=" + url.QueryEscape(first.Next))
	var got []string
	for _, u := range second.Users {
		got = append(got, fmt.Sprint(u["email"]))
	}
	want := []string{"u5@example.com", "u6@example.com", "u7@example.com", "u8@example.com", "u9@example.com", "late@example.com"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
}

func TestPageToken(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now})
	for i := range 3 {
		r.add("u"+itoa(i)+"@example.com", zoomtest.Basic)
	}
	next := "/users?page_size=1&next_page_token=" + url.QueryEscape(r.page("page_size=1").Next)
	r.want(r.do("GET", next, nil), 200, 0)
	r.want(r.do("GET", next+"&status=pending", nil), 400, 300)
	r.want(r.do("GET", "/users?next_page_token=junk", nil), 400, 300)
	clk.Advance(15*time.Minute - time.Second)
	r.want(r.do("GET", next, nil), 200, 0)
	clk.Advance(time.Second)
	r.want(r.do("GET", next, nil), 400, 300)
}

func TestSeed(t *testing.T) {
	t.Parallel()
	clk := newClock()
	one, two := zoomtest.New(zoomtest.Options{Now: clk.Now}), zoomtest.New(zoomtest.Options{Now: clk.Now})
	one.Seed(300)
	two.Seed(300)
	if diff := cmp.Diff(one.Users(), two.Users()); diff != "" {
		t.Errorf("seeds differ (-one +two):\n%s", diff)
	}
	counts := map[string]int{}
	for _, u := range one.Users() {
		counts[u.Status]++
		counts["type "+itoa(u.Type)]++
		counts["role "+u.RoleID]++
	}
	for _, key := range []string{"active", "pending", "inactive", "type 1", "type 2", "role 0", "role 1", "role 2"} {
		if counts[key] == 0 {
			t.Errorf("nobody is %s: %v", key, counts)
		}
	}
	usage := one.Usage().Licensed
	if usage.Used+usage.Pending > usage.Seats {
		t.Errorf("more licences than seats: %+v", usage)
	}
	if n := len(one.Groups()); n != 10 {
		t.Errorf("%d groups, want 10", n)
	}
	for _, g := range one.Groups() {
		if g.TotalMembers == 0 || g.TotalMembers != len(one.Members(g.ID)) {
			t.Errorf("group %s: total %d, members %d", g.Name, g.TotalMembers, len(one.Members(g.ID)))
		}
	}
}
