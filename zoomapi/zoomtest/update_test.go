package zoomtest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestUpdate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		body   any
		status int
		code   int
		fields []string
		want   func(*zoomtest.User)
	}{
		{"profile", obj{
			"first_name": "Zoë", "last_name": "Öztürk", "dept": "Sales", "job_title": "Lead", "location": "Paris",
			"company": "Example", "cost_center": "CC-1", "language": "fr-FR", "timezone": "Europe/Paris",
		}, 204, 0, nil, func(u *zoomtest.User) {
			u.FirstName, u.LastName, u.DisplayName = "Zoë", "Öztürk", "Zoë Öztürk"
			u.Dept, u.JobTitle, u.Location, u.Company, u.CostCenter = "Sales", "Lead", "Paris", "Example", "CC-1"
			u.Language, u.Timezone = "fr-FR", "Europe/Paris"
		}},
		{"display name", obj{"display_name": "Z"}, 204, 0, nil, func(u *zoomtest.User) { u.DisplayName = "Z" }},
		{"nothing", obj{}, 204, 0, nil, func(*zoomtest.User) {}},
		{"clears", obj{"language": ""}, 204, 0, nil, func(u *zoomtest.User) { u.Language = "" }},
		{"manager by address", obj{"manager": "BOSS@example.com"}, 204, 0, nil, func(u *zoomtest.User) { u.Manager = "boss@example.com" }},
		{"manager by name", obj{"manager": "Bea Boss"}, 204, 0, nil, func(u *zoomtest.User) { u.Manager = "boss@example.com" }},
		{"phones", obj{"phone_numbers": list{obj{"country": "FR", "code": "+33", "number": "612345678", "label": "Mobile"}}}, 204, 0, nil, func(u *zoomtest.User) {
			u.PhoneNumbers = []zoomtest.PhoneNumber{{Country: "FR", Code: "+33", Number: "612345678", Label: "Mobile"}}
		}},
		{"attributes", obj{"custom_attributes": list{obj{"key": "cbf_site", "value": "North"}}}, 204, 0, nil, func(u *zoomtest.User) {
			u.CustomAttributes = []zoomtest.CustomAttribute{{Key: "cbf_site", Name: "Site", Value: "North"}}
		}},
		{"licensed", obj{"type": 2}, 204, 0, nil, func(u *zoomtest.User) { u.Type = 2 }},
		{"zoom one", obj{"zoom_one_type": 16}, 204, 0, nil, func(u *zoomtest.User) { u.Type, u.ZoomOneType = 2, 16 }},
		{"zoom one off", obj{"zoom_one_type": 0}, 204, 0, nil, func(*zoomtest.User) {}},
		{"united", obj{"plan_united_type": "1"}, 204, 0, nil, func(u *zoomtest.User) { u.Type, u.PlanUnitedType = 2, "1" }},
		{"group of an active person", obj{"group_id": "whatever"}, 204, 0, nil, func(*zoomtest.User) {}},
		{"phone", obj{"feature": obj{"zoom_phone": true}}, 204, 0, nil, func(u *zoomtest.User) { u.Feature.ZoomPhone = true }},

		{"two plans", obj{"type": 2, "zoom_one_type": 16}, 400, 300, nil, nil},
		{"bad type", obj{"type": 5}, 400, 300, []string{"type"}, nil},
		{"stranger as manager", obj{"manager": "who@example.com"}, 400, 300, []string{"manager"}, nil},
		{"too long", obj{
			"first_name": strings.Repeat("x", 65), "display_name": strings.Repeat("x", 129), "job_title": strings.Repeat("x", 129),
			"location": strings.Repeat("x", 257), "company": strings.Repeat("x", 256), "about_me": strings.Repeat("x", 151),
		}, 400, 300, []string{"first_name", "display_name", "job_title", "location", "company", "about_me"}, nil},
		{"link in about me", obj{"about_me": "see https://example.com"}, 400, 300, []string{"about_me"}, nil},
		{"odd forms", obj{"language": "french", "timezone": "+01:00", "host_key": "12", "vanity_name": "a b", "pmi": 12, "pronouns_option": 4}, 400, 300, []string{"language", "timezone", "host_key", "vanity_name", "pmi", "pronouns_option"}, nil},
		{"four phones", obj{"phone_numbers": list{obj{"number": "1234"}, obj{"number": "1234"}, obj{"number": "1234"}, obj{"number": "1234"}}}, 400, 300, []string{"phone_numbers"}, nil},
		{"odd phone", obj{"phone_numbers": list{obj{"number": "", "country": "fr", "code": "33", "label": "Desk"}}}, 400, 300, []string{"phone_numbers.number", "phone_numbers.country", "phone_numbers.code", "phone_numbers.label"}, nil},
		{"unknown attribute", obj{"custom_attributes": list{obj{"key": "site", "value": "x"}}}, 400, 300, []string{"custom_attributes.key"}, nil},
		{"six attributes", obj{"custom_attributes": list{
			obj{"key": "cbf_site"}, obj{"key": "cbf_site"}, obj{"key": "cbf_site"}, obj{"key": "cbf_site"}, obj{"key": "cbf_site"}, obj{"key": "cbf_site"},
		}}, 400, 300, []string{"custom_attributes"}, nil},
		{"department in full", obj{"department": "Sales"}, 400, 300, []string{"department"}, nil},
		{"wrong kind", obj{"dept": 5}, 400, 300, []string{"dept"}, nil},
		{"vanity taken", obj{"vanity_name": "big.boss"}, 400, 4100, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, zoomtest.Options{})
			r.acct.AddUser(zoomtest.User{Email: "boss@example.com", FirstName: "Bea", LastName: "Boss", VanityName: "big.boss"})
			want := r.add("ann@example.com", zoomtest.Basic)
			ans := r.do("PATCH", "/users/ann@example.com", tt.body)
			r.want(ans, tt.status, tt.code)
			if diff := cmp.Diff(tt.fields, ans.fields()); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if tt.want != nil {
				tt.want(&want)
				if len(ans.Body) != 0 {
					t.Errorf("body = %q, want none", ans.Body)
				}
			}
			if diff := cmp.Diff(want, r.user("ann@example.com"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("user (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpdatePending(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{})
	g := r.acct.AddGroup("Sales")
	r.invite("ann@example.com")
	r.want(r.do("PATCH", "/users/ann@example.com", obj{"dept": "Sales", "job_title": "Lead", "first_name": "New", "type": 2, "group_id": g.ID}), 204, 0)
	r.want(r.do("PATCH", "/users/ann@example.com", obj{"group_id": "nope"}), 404, 4130)
	added := r.do("POST", "/groups/"+g.ID+"/members", obj{"members": list{obj{"email": "ann@example.com"}}})
	r.want(added, 201, 0)
	if ids := added.object(t)["ids"]; ids != "" {
		t.Errorf("ids = %q, want none", ids)
	}
	u := r.user("ann@example.com")
	if u.Dept != "" || u.JobTitle != "" || u.FirstName != "Test" {
		t.Errorf("profile fields stuck on a pending person: %+v", u)
	}
	if u.Type != zoomtest.Licensed || u.PendingGroupID != g.ID || len(r.acct.Members(g.ID)) != 0 {
		t.Errorf("type %d, group %q, members %v, want type and group kept, no member yet", u.Type, u.PendingGroupID, r.acct.Members(g.ID))
	}
	if err := r.acct.Activate("ann@example.com"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ann@example.com"}, r.acct.Members(g.ID)); diff != "" {
		t.Errorf("members after activation (-want +got):\n%s", diff)
	}
	r.want(r.do("PATCH", "/users/ann@example.com", obj{"dept": "Sales"}), 204, 0)
	if got := r.user("ann@example.com").Dept; got != "Sales" {
		t.Errorf("dept after activation = %q", got)
	}
}

func TestUpdateSeats(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{Seats: zoomtest.Seats{Licensed: 1, Phone: -1, ZoomOne: map[int64]int{16: 1}, United: map[int64]int{1: 1}}})
	r.add("a@example.com", zoomtest.Licensed)
	r.add("b@example.com", zoomtest.Basic)
	r.want(r.do("PATCH", "/users/b@example.com", obj{"type": 2}), 400, 2034)
	r.want(r.do("PATCH", "/users/b@example.com", obj{"zoom_one_type": 32}), 400, 2038)
	r.want(r.do("PATCH", "/users/b@example.com", obj{"plan_united_type": "2"}), 400, 3412)
	r.want(r.do("PATCH", "/users/b@example.com", obj{"feature": obj{"zoom_phone": true}}), 404, 1102)
	r.want(r.do("PATCH", "/users/a@example.com", obj{"type": 2}), 204, 0) // has it already
	r.want(r.do("PATCH", "/users/a@example.com", obj{"zoom_one_type": 16}), 204, 0)
	r.want(r.do("PATCH", "/users/b@example.com", obj{"type": 2}), 204, 0)
	usage := r.acct.Usage()
	if usage.Licensed.Used != 1 || usage.ZoomOne["16"].Used != 1 {
		t.Errorf("usage = %+v, want one base seat and one Zoom One seat", usage)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{})
	u := r.add("Ann+tag@Example.com", zoomtest.Basic)
	for _, ref := range []string{u.ID, "ann+tag@example.com", "ann%2Btag%40example.com", "ANN%2BTAG@EXAMPLE.COM"} {
		ans := r.do("GET", "/users/"+ref, nil)
		r.want(ans, 200, 0)
		if got := ans.object(t)["email"]; got != "Ann+tag@Example.com" {
			t.Errorf("%s: email = %v", ref, got)
		}
	}
	r.want(r.do("GET", "/users/nobody@example.com", nil), 404, 1001)
	r.want(r.do("GET", "/users/me", nil), 400, 300)
	r.want(r.do("PATCH", "/users/me", obj{"dept": "x"}), 400, 300)
}
