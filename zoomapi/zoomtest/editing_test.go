package zoomtest_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func TestPhones(t *testing.T) {
	t.Parallel()
	phone := func(country, code, number string) obj {
		return obj{"country": country, "code": code, "number": number, "label": "Mobile"}
	}
	tests := []struct {
		name   string
		phones list
		field  string
	}{
		{"three", list{phone("FR", "+33", "612345678"), phone("US", "+1", "2025550100"), phone("GB", "+44", "2079460000")}, ""},
		{"none", list{}, ""},
		{"unknown country", list{phone("ZZ", "+33", "612345678")}, "phone_numbers.country"},
		{"two countries", list{phone("FR DE", "+33", "612345678")}, "phone_numbers.country"},
		{"unassigned code", list{phone("FR", "+999", "612345678")}, "phone_numbers.code"},
		{"code without plus", list{phone("FR", "33", "612345678")}, "phone_numbers.code"},
		{"letters", list{phone("FR", "+33", "six one two")}, "phone_numbers.number"},
		{"refused by default", list{phone("US", "+1", "500 555 0001")}, "phone_numbers"},
		{"refused by hand", list{phone("FR", "+33", "699999999")}, "phone_numbers"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, zoomtest.Options{})
			r.add("ann@example.com", zoomtest.Basic)
			r.acct.RefusePhone("+33 6 99 99 99 99")
			r.offSpec = tt.field != "" // What is refused need not fit the schema.
			ans := r.do("PATCH", "/users/ann@example.com", obj{"phone_numbers": tt.phones, "dept": "Sales"})
			if tt.field == "" {
				r.want(ans, 204, 0)
				if got := len(r.user("ann@example.com").PhoneNumbers); got != len(tt.phones) {
					t.Errorf("%d numbers, want %d", got, len(tt.phones))
				}
				return
			}
			r.want(ans, 400, 300)
			if diff := cmp.Diff([]string{tt.field}, ans.fields()); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if got := r.user("ann@example.com").Dept; got != "" {
				t.Errorf("the rest of a refused request took effect: dept %q", got)
			}
		})
	}
}

// Who has a number keeps it, whatever is refused for others.
func TestPhoneKept(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{RefusedPhones: []string{"+33612345678"}})
	r.acct.AddUser(full("ann@example.com"))
	body := obj{"phone_numbers": list{obj{"country": "FR", "code": "+33", "number": "612345678", "label": "Office"}}}
	r.want(r.do("PATCH", "/users/ann@example.com", body), 204, 0)
	r.add("bob@example.com", zoomtest.Basic)
	r.want(r.do("PATCH", "/users/bob@example.com", body), 400, 300)
}

// Licences come and go with types, add-ons, status and deletion.
func TestSeatsComeAndGo(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{Seats: zoomtest.Seats{
		Licensed: 1, Basic: 2, Webinar: map[int]int{500: 1, 1000: 1}, LargeMeeting: map[int]int{500: 1},
	}})
	r.add("ann@example.com", zoomtest.Licensed)
	r.add("bob@example.com", zoomtest.Basic)
	patch := func(who string, body obj) reply { return r.do("PATCH", "/users/"+who+"@example.com", body) }
	addOn := func(who string, feature obj) reply {
		return r.do("PATCH", "/users/"+who+"@example.com/settings", obj{"feature": feature})
	}
	status := func(who, action string) reply {
		return r.do("PUT", "/users/"+who+"@example.com/status", obj{"action": action})
	}
	seats := func(name string, got zoomtest.Pool, used, free int) {
		t.Helper()
		if got.Used != used || got.Free() != free {
			t.Errorf("%s: %d used, %d free, want %d, %d", name, got.Used, got.Free(), used, free)
		}
	}
	r.want(addOn("ann", obj{"webinar": true, "webinar_capacity": 500, "large_meeting": true, "large_meeting_capacity": 500, "zoom_events": false}), 204, 0)
	r.want(addOn("bob", obj{"large_meeting": true}), 400, 1108)
	r.want(addOn("bob", obj{"webinar": true}), 400, 1122)
	seats("webinar 500", r.acct.Usage().Webinar["500"], 1, 0)
	r.want(addOn("ann", obj{"webinar_capacity": 1000}), 204, 0)
	seats("webinar 500 after the change of size", r.acct.Usage().Webinar["500"], 0, 1)
	seats("webinar 1000", r.acct.Usage().Webinar["1000"], 1, 0)
	r.want(patch("bob", obj{"type": 2}), 400, 2034)

	r.want(patch("ann", obj{"type": 1}), 204, 0) // The last Basic seat.
	usage := r.acct.Usage()
	seats("licensed", usage.Licensed, 0, 1)
	seats("webinar 1000 of a Basic person", usage.Webinar["1000"], 0, 1)
	seats("large meeting of a Basic person", usage.LargeMeeting["500"], 0, 1)
	if f := r.user("ann@example.com").Feature; f.Webinar || f.LargeMeeting || f.ZoomEvents {
		t.Errorf("a Basic person has add-ons: %+v", f)
	}
	r.want(patch("bob", obj{"type": 2}), 204, 0)
	r.want(addOn("bob", obj{"large_meeting": true}), 204, 0)
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "cat@example.com", "type": 2})), 400, 2034)
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "cat@example.com", "type": 1})), 201, 0)
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "dan@example.com", "type": 1})), 400, 2033)
	ans := r.do("POST", "/users", createBody("create", obj{"email": "dan@example.com", "type": 1}))
	if !strings.Contains(ans.message(), "limit of 2 Basic") {
		t.Errorf("message = %q", ans.message())
	}

	r.want(status("bob", "deactivate"), 200, 0)
	seats("licensed after deactivation", r.acct.Usage().Licensed, 0, 1)
	seats("large meeting after deactivation", r.acct.Usage().LargeMeeting["500"], 0, 1)
	r.want(status("bob", "activate"), 400, 2033) // Comes back as Basic, of which none is left.
	r.want(r.do("DELETE", "/users/cat@example.com?action=disassociate", nil), 204, 0)
	r.want(status("bob", "activate"), 200, 0)
	r.want(r.do("POST", "/users", createBody("create", obj{"email": "cat@example.com", "type": 2})), 201, 0)
	if pool := r.acct.Usage().Licensed; pool.Pending != 1 || pool.Free() != 0 {
		t.Errorf("an invited Licensed person takes no seat: %+v", pool)
	}
}

// Invitations are withdrawn, sent again, and lapse.
func TestInvitations(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := unlimited(t, zoomtest.Options{Now: clk.Now, TokenLifetime: 100 * 24 * time.Hour})
	invite := func() reply {
		return r.do("POST", "/users", createBody("create", obj{"email": "ann@example.com", "type": 1, "first_name": "Ann"}))
	}
	pending := func() int { return r.page("status=pending").TotalRecords }
	r.want(invite(), 201, 0)
	r.want(invite(), 409, 1005)
	clk.Advance(20 * 24 * time.Hour)
	r.want(r.do("DELETE", "/users/ann@example.com?action=disassociate", nil), 204, 0)
	r.want(r.do("GET", "/users/ann@example.com", nil), 404, 1001)
	r.want(invite(), 201, 0)
	clk.Advance(20 * 24 * time.Hour)
	if got := pending(); got != 1 {
		t.Errorf("%d pending, want the one whose clock was started again", got)
	}
	if err := r.acct.Age("ann@example.com", 9*24*time.Hour); err != nil || pending() != 1 {
		t.Errorf("29 days: %v, %d pending", err, pending())
	}
	r.acct.AgeAll(24 * time.Hour)
	if got := pending(); got != 0 {
		t.Errorf("30 days: %d pending", got)
	}
	for _, call := range []string{"GET ", "GET /settings", "DELETE "} {
		method, path, _ := strings.Cut(call, " ")
		r.want(r.do(method, "/users/ann@example.com"+path, nil), 400, 1120)
	}
	r.want(r.do("PATCH", "/users/ann@example.com", obj{"dept": "x"}), 400, 1120)
	if err := r.acct.Age("ann@example.com", time.Hour); err == nil {
		t.Error("a lapsed invitation aged")
	}
	r.want(invite(), 201, 0)
	r.want(r.do("GET", "/users/ann@example.com/settings", nil), 400, 1000)
}

func TestSetSeats(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{Seats: zoomtest.Seats{Licensed: 1}})
	r.add("ann@example.com", zoomtest.Licensed)
	r.add("bob@example.com", zoomtest.Basic)
	post := func(body string) reply { return r.sandbox("POST", "/sandbox/seats", "application/json", body) }
	if ans := post(`{"licence":"licensed","add":1}`); ans.Status != 200 {
		t.Fatalf("answer = %d %s", ans.Status, ans.Body)
	}
	r.want(r.do("PATCH", "/users/bob@example.com", obj{"type": 2}), 204, 0)
	post(`{"licence":"licensed","add":-5}`)
	if pool := r.acct.Usage().Licensed; pool.Seats != 0 || pool.Used != 2 || pool.Free() != 0 {
		t.Errorf("after taking seats away: %+v", pool)
	}
	post(`{"licence":"webinar","size":3000,"seats":4}`)
	post(`{"licence":"large_meeting","size":500,"seats":0}`)
	r.want(r.do("PATCH", "/users/ann@example.com/settings", obj{"feature": obj{"webinar": true, "webinar_capacity": 3000}}), 204, 0)
	r.want(r.do("PATCH", "/users/ann@example.com/settings", obj{"feature": obj{"large_meeting": true}}), 400, 200)
	for _, bad := range []string{
		`{"licence":"webinar","add":1}`, `{"licence":"licensed","size":5,"add":1}`, `{"licence":"toaster","add":1}`,
		`{"licence":"basic","add":1}`,
	} {
		if ans := post(bad); ans.Status != 400 {
			t.Errorf("%s: answer %d", bad, ans.Status)
		}
	}
	for _, seats := range []int{0, 5, -1} {
		if err := r.acct.SetSeats("basic", 0, seats); err != nil {
			t.Fatal(err)
		}
		if got := r.acct.Usage().Basic.Free(); got != seats {
			t.Errorf("%d Basic seats: %d free", seats, got)
		}
	}
}

// The page does what the control surface does.
func TestPageByHand(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	g, division := r.acct.AddGroup("Sales"), r.acct.AddDivision("North")
	chat := r.acct.AddContactGroup("Watercooler")
	r.acct.AddUser(full("ann@example.com"))
	for _, email := range []string{"g1@example.com", "g2@example.com"} {
		r.invite(email)
	}
	press := func(status int, path string, form url.Values) string {
		t.Helper()
		ans := r.sandbox("POST", "/sandbox/"+path, "application/x-www-form-urlencoded", form.Encode())
		if ans.Status != status {
			t.Errorf("%s: answer %d %s", path, ans.Status, ans.Body)
		}
		return ans.Header.Get("Location")
	}
	edit := url.Values{
		"email": {"ann@example.com"}, "back": {"person"}, "address": {"ann.lee@example.com"}, "job_title": {"Boss"},
		"manager": {""}, "type": {"2"}, "webinar": {"500"}, "phones": {"Office DE +49 30 23125000\r\n+1 2025550100\r\nnonsense"},
		"groups": {"1"}, "group": {g.ID}, "chats": {"1"}, "chat": {chat.ID}, "division": {division}, "custom:cbf_site": {""},
		"custom:cbf_badge": {"Blue"},
	}
	if got := press(303, "edit", edit); got != "/?person=ann.lee%40example.com" {
		t.Errorf("back to %q", got)
	}
	want := full("ann.lee@example.com")
	want.JobTitle, want.Manager, want.GroupIDs, want.DivisionIDs = "Boss", "", []string{g.ID}, []string{division}
	want.PhoneNumbers = []zoomtest.PhoneNumber{
		{Label: "Office", Country: "DE", Code: "+49", Number: "30 23125000"}, {Code: "+1", Number: "2025550100"},
	}
	want.CustomAttributes = []zoomtest.CustomAttribute{{Key: "cbf_badge", Name: "Badge", Value: "Blue"}}
	got := r.user("ann.lee@example.com")
	shown := func(u zoomtest.User) []any {
		return []any{u.FirstName, u.JobTitle, u.Manager, u.Location, u.PhoneNumbers, u.CustomAttributes, u.GroupIDs, u.DivisionIDs, u.ZoomOneType}
	}
	if diff := cmp.Diff(shown(want), shown(got)); diff != "" {
		t.Errorf("edited person (-want +got):\n%s", diff)
	}
	if !got.Feature.Webinar || got.Feature.WebinarCapacity != 500 {
		t.Errorf("webinar = %+v", got.Feature)
	}
	if diff := cmp.Diff([]string{"ann.lee@example.com"}, r.acct.ChatMembers(chat.ID)); diff != "" {
		t.Errorf("chat group (-want +got):\n%s", diff)
	}
	page := string(r.sandbox("GET", "/?person=ann.lee%40example.com", "", "").Body)
	for _, want := range []string{`value="Boss"`, "Office DE &#43;49 30 23125000", "North", "Watercooler", `value="Blue"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the person's page lacks %q", want)
		}
	}
	press(303, "age", url.Values{"email": {"g1@example.com"}, "days": {"31"}})
	press(303, "lapse", url.Values{"email": {"g2@example.com"}})
	if !r.user("g1@example.com").Lapsed || !r.user("g2@example.com").Lapsed {
		t.Error("an invitation did not lapse")
	}
	press(303, "seats", url.Values{"licence": {"webinar"}, "size": {"500"}, "add": {"10"}})
	if seats := r.acct.Usage().Webinar["500"].Seats; seats != 20 {
		t.Errorf("%d seats", seats)
	}
	press(303, "phones", url.Values{"refuse": {"+33 1"}})
	press(303, "edit", url.Values{"email": {"ann.lee@example.com"}, "status": {"inactive"}})
	if u := r.user("ann.lee@example.com"); u.Status != zoomtest.Inactive || u.Feature.Webinar || u.JobTitle != "Boss" {
		t.Errorf("deactivated by hand: %+v", u)
	}
	press(409, "lapse", url.Values{"email": {"ann.lee@example.com"}})
	press(303, "remove", url.Values{"email": {"ann.lee@example.com"}})
	press(404, "remove", url.Values{"email": {"ann.lee@example.com"}})
	press(404, "dance", url.Values{})
	if page := string(r.sandbox("GET", "/?person=nobody", "", "").Body); !strings.Contains(page, "Recent calls") {
		t.Error("an unknown person does not lead to the account's page")
	}
}

func TestActivateSome(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	for _, email := range []string{"g1@example.com", "g2@example.com", "g3@example.com"} {
		r.invite(email)
	}
	ans := r.sandbox("POST", "/sandbox/activate", "application/json", `{"emails":["g1@example.com","g3@example.com"]}`)
	if string(ans.Body) != "{\"activated\":2}\n" || r.user("g2@example.com").Status != zoomtest.Pending {
		t.Errorf("answer %s", ans.Body)
	}
	for path, body := range map[string]string{"age": `{"all":true,"days":30}`, "phones": `{"refuse":"+33 1"}`} {
		if ans := r.sandbox("POST", "/sandbox/"+path, "application/json", body); ans.Status != 204 {
			t.Errorf("%s: answer %d %s", path, ans.Status, ans.Body)
		}
	}
	if !r.user("g2@example.com").Lapsed {
		t.Error("30 days did not lapse an invitation")
	}
}

// The sample has everything that updates and exports are about.
func TestSeedVariety(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := unlimited(t, zoomtest.Options{Now: clk.Now, Plan: zoomtest.PlanBusiness})
	r.acct.Seed(120)
	count, days := map[string]int{}, map[int]bool{}
	attributes := map[string]bool{}
	for _, u := range r.acct.Users() {
		count[u.Status]++
		if u.Status == zoomtest.Pending {
			days[int(clk.Now().Sub(u.InvitedAt).Hours())/24] = true
			continue
		}
		count["phones "+itoa(len(u.PhoneNumbers))]++
		count["divisions "+itoa(len(u.DivisionIDs))]++
		count["language "+u.Language]++
		count["zone "+u.Timezone]++
		for _, attr := range u.CustomAttributes {
			attributes[attr.Name] = true
		}
	}
	if count["pending"] < 12 || len(days) < 8 || count["inactive"] < 3 || len(attributes) != 3 {
		t.Errorf("%v, invited on %d days, attributes %v", count, len(days), attributes)
	}
	for _, key := range []string{"phones 0", "phones 1", "phones 2", "phones 3", "divisions 0", "divisions 1", "language fr-FR", "zone Asia/Tokyo"} {
		if count[key] == 0 {
			t.Errorf("nobody with %s", key)
		}
	}
	usage := r.acct.Usage()
	for name, pool := range map[string]zoomtest.Pool{
		"webinar 500": usage.Webinar["500"], "webinar 1000": usage.Webinar["1000"], "large meeting": usage.LargeMeeting["500"], "phone": usage.Phone,
	} {
		if pool.Used == 0 || pool.Free() == 0 {
			t.Errorf("%s: %+v, want some used and some left", name, pool)
		}
	}
	chats := r.acct.ContactGroups()
	if len(chats) != 3 || len(r.acct.ChatMembers(chats[1].ID)) == 0 {
		t.Errorf("chat groups: %+v", chats)
	}
	// What people have can be written back.
	for _, u := range r.acct.Users() {
		if u.Status != zoomtest.Pending && len(u.PhoneNumbers) > 0 {
			phones := list{}
			for _, p := range u.PhoneNumbers {
				phones = append(phones, obj{"country": p.Country, "code": p.Code, "number": p.Number, "label": p.Label})
			}
			r.want(r.do("PATCH", "/users/"+u.ID, obj{"phone_numbers": phones, "timezone": u.Timezone, "language": u.Language}), 204, 0)
		}
	}
	old := zoomtest.New(zoomtest.Options{IMGroups: true})
	old.Seed(30)
	if groups := old.IMGroups(); len(groups) != 3 || len(old.ChatMembers(groups[0].ID)) == 0 || len(old.ContactGroups()) != 0 {
		t.Errorf("chat groups of an account that was not migrated: %+v", groups)
	}
}
