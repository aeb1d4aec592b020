package zoomtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func refs(emails ...string) obj {
	members := list{}
	for _, e := range emails {
		members = append(members, obj{"email": e})
	}
	return obj{"members": members}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	r := start(t, zoomtest.Options{})
	ans := r.do("POST", "/groups", obj{"name": "Sales"})
	r.want(ans, 201, 0)
	body := ans.object(t)
	id, _ := body["id"].(string)
	if diff := cmp.Diff(map[string]any{"id": id, "name": "Sales", "total_members": 0.0}, body); diff != "" {
		t.Errorf("created group (-want +got):\n%s", diff)
	}
	r.want(r.do("POST", "/groups", obj{"name": "SALES"}), 409, 4132)
	r.want(r.do("POST", "/groups", obj{"name": ""}), 400, 300)
	r.want(r.do("POST", "/groups", obj{"name": strings.Repeat("x", 128)}), 400, 300)
	r.want(r.do("POST", "/groups", obj{"title": "x"}), 400, 300)
	r.want(r.do("POST", "/groups", obj{"name": "Support"}), 201, 0)
	r.want(r.do("PATCH", "/groups/"+id, obj{"name": "support"}), 409, 4132)
	r.want(r.do("PATCH", "/groups/"+id, obj{"name": "Selling"}), 204, 0)
	r.want(r.do("GET", "/groups/"+id, nil), 200, 0)
	r.want(r.do("GET", "/groups?page_size=301", nil), 400, 300)
	r.add("ann@example.com", zoomtest.Basic)
	r.acct.Join(id, "ann@example.com")
	r.want(r.do("DELETE", "/groups/"+id, nil), 204, 0)
	for _, method := range []string{"GET", "DELETE"} {
		r.want(r.do(method, "/groups/"+id, nil), 404, 4130)
	}
	r.want(r.do("PATCH", "/groups/"+id, obj{"name": "x"}), 404, 4130)
	r.want(r.do("GET", "/groups/"+id+"/members", nil), 404, 4130)
	r.want(r.do("POST", "/groups/"+id+"/members", refs("ann@example.com")), 404, 4130)
	if got := r.user("ann@example.com").GroupIDs; len(got) != 0 {
		t.Errorf("groups of a member of a deleted group = %v", got)
	}
}

func TestGroupCaps(t *testing.T) {
	t.Parallel()
	clk := newClock()
	r := start(t, zoomtest.Options{Now: clk.Now, Limits: zoomtest.Limits{GroupsPerDay: 2}, TokenLifetime: 48 * time.Hour})
	r.want(r.do("POST", "/groups", obj{"name": "a"}), 201, 0)
	r.want(r.do("POST", "/groups", obj{"name": "b"}), 201, 0)
	r.want(r.do("POST", "/groups", obj{"name": "c"}), 429, 429)
	r.want(r.do("POST", "/groups", obj{"name": "b"}), 409, 4132)
	clk.Advance(14 * time.Hour)
	r.want(r.do("POST", "/groups", obj{"name": "c"}), 201, 0)

	many := unlimited(t, zoomtest.Options{})
	for i := range 5000 {
		many.acct.AddGroup("g" + itoa(i))
	}
	many.want(many.do("POST", "/groups", obj{"name": "one more"}), 400, 300)
}

func TestMembers(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	g, other := r.acct.AddGroup("Sales"), r.acct.AddGroup("Support")
	ann, bob := r.add("ann@example.com", zoomtest.Basic), r.add("bob@example.com", zoomtest.Basic)
	r.invite("guest@example.com")
	path := "/groups/" + g.ID + "/members"
	ans := r.do("POST", path, obj{"members": list{
		obj{"email": "ANN@example.com"}, obj{"id": bob.ID, "email": "ann@example.com"}, obj{"email": "guest@example.com"}, obj{"email": "who@example.com"},
	}})
	r.want(ans, 201, 0)
	if got, want := ans.object(t)["ids"], ann.ID+","+bob.ID; got != want {
		t.Errorf("ids = %v, want %s: the id wins, pending and unknown people are left out", got, want)
	}
	r.want(r.do("POST", path, obj{"members": list{}}), 400, 300)
	r.want(r.do("POST", path, obj{"members": list{obj{}}}), 400, 300)
	many := make([]string, 31)
	for i := range many {
		many[i] = "m" + itoa(i) + "@example.com"
	}
	r.want(r.do("POST", path, refs(many...)), 400, 300)
	r.want(r.do("POST", path, refs(many[:30]...)), 201, 0)

	listed := r.do("GET", path+"?page_size=1&page_number=2", nil).object(t)
	want := map[string]any{
		"page_count": 2.0, "page_number": 2.0, "page_size": 1.0, "total_records": 2.0, "next_page_token": "",
		"members": list{obj{"id": bob.ID, "email": "bob@example.com", "first_name": "Test", "last_name": "Person", "type": 1.0}},
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}

	r.want(r.do("POST", "/groups/"+other.ID+"/members", refs("ann@example.com")), 201, 0)
	r.want(r.do("PATCH", "/groups/"+other.ID+"/members/"+ann.ID, obj{"action": "set_primary"}), 204, 0)
	if diff := cmp.Diff([]string{other.ID, g.ID}, r.user("ann@example.com").GroupIDs); diff != "" {
		t.Errorf("groups after set_primary (-want +got):\n%s", diff)
	}
	r.want(r.do("PATCH", path+"/bob@example.com", obj{"action": "move", "target_group_id": other.ID}), 204, 0)
	if diff := cmp.Diff([]string{other.ID}, r.user("bob@example.com").GroupIDs); diff != "" {
		t.Errorf("groups after move (-want +got):\n%s", diff)
	}
	r.want(r.do("PATCH", path+"/ann@example.com", obj{"action": "move", "target_group_id": "nope"}), 404, 4130)
	r.want(r.do("PATCH", path+"/ann@example.com", obj{"action": "swap"}), 400, 300)
	r.want(r.do("DELETE", path+"/ann%40example.com", nil), 204, 0)
	r.want(r.do("DELETE", path+"/ann@example.com", nil), 404, 4131)
	r.want(r.do("DELETE", path+"/who@example.com", nil), 404, 4131)
	if got := r.acct.Members(g.ID); len(got) != 0 {
		t.Errorf("members left = %v", got)
	}
}

func TestGroupPages(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	r.acct.Seed(0)
	var got []string
	for next := ""; ; {
		var page struct {
			Groups []zoomtest.Group `json:"groups"`
			Total  int              `json:"total_records"`
			Next   string           `json:"next_page_token"`
		}
		r.do("GET", "/groups?page_size=3&next_page_token="+next, nil).into(t, &page)
		if page.Total != 10 {
			t.Errorf("total_records = %d, want 10", page.Total)
		}
		for _, g := range page.Groups {
			got = append(got, g.Name)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	var want []string
	for _, g := range r.acct.Groups() {
		want = append(want, g.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func TestFreePlanGroups(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{Plan: zoomtest.PlanFree})
	r.offSpec = true // HTTP 200 with a code is in the prose only
	for _, call := range []string{"GET /groups", "POST /groups"} {
		method, path, _ := strings.Cut(call, " ")
		r.want(r.do(method, path, obj{"name": "x"}), 200, 200)
	}
	if n := len(r.acct.Groups()); n != 0 {
		t.Errorf("%d groups made on a free account", n)
	}
}

func TestIMGroups(t *testing.T) {
	t.Parallel()
	gone := start(t, zoomtest.Options{})
	gone.acct.AddIMGroup("Chat")
	gone.want(gone.do("GET", "/im/groups", nil), 410, 4137)
	gone.want(gone.do("POST", "/im/groups/x/members", refs("ann@example.com")), 410, 4137)

	r := unlimited(t, zoomtest.Options{IMGroups: true})
	r.add("ann@example.com", zoomtest.Basic)
	ans := r.do("POST", "/im/groups", obj{"name": "Chat", "type": "shared", "search_by_domain": true})
	r.want(ans, 201, 0)
	id, _ := ans.object(t)["id"].(string)
	r.want(r.do("POST", "/im/groups", obj{"name": "chat"}), 409, 4132)
	r.want(r.do("POST", "/im/groups", obj{"name": "x", "type": "open"}), 400, 300)
	r.want(r.do("PATCH", "/im/groups/"+id, obj{"name": "Talk"}), 204, 0)
	listed := r.do("GET", "/im/groups", nil).object(t)
	want := obj{"total_records": 1.0, "groups": list{obj{
		"id": id, "name": "Talk", "type": "shared", "total_members": 0.0,
		"search_by_domain": true, "search_by_account": false, "search_by_ma_account": false,
	}}}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("IM groups (-want +got):\n%s", diff)
	}
	many := make([]string, 11)
	for i := range many {
		many[i] = "ann@example.com"
	}
	r.want(r.do("POST", "/im/groups/"+id+"/members", refs(many...)), 400, 300)
	r.want(r.do("POST", "/im/groups/"+id+"/members", refs(many[:10]...)), 201, 0)
	r.want(r.do("GET", "/im/groups/"+id+"/members", nil), 200, 0)
	if diff := cmp.Diff([]string{id}, r.user("ann@example.com").IMGroupIDs); diff != "" {
		t.Errorf("im_group_ids (-want +got):\n%s", diff)
	}
	r.want(r.do("DELETE", "/im/groups/"+id+"/members/ann@example.com", nil), 204, 0)
	r.want(r.do("GET", "/im/groups/nope", nil), 404, 4130)
	r.want(r.do("DELETE", "/im/groups/"+id, nil), 204, 0)
	r.want(r.do("GET", "/im/groups/"+id, nil), 404, 4130)
}

func TestContactGroups(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	ann, bob := r.add("ann@example.com", zoomtest.Basic), r.add("bob@example.com", zoomtest.Basic)
	sales := r.acct.AddGroup("Sales")
	person := func(id string) obj { return obj{"type": 1, "id": id} }
	ans := r.do("POST", "/contacts/groups", obj{"group_name": "Friends", "group_privacy": 2, "group_members": list{person(ann.ID)}})
	r.want(ans, 201, 0)
	body := ans.object(t)
	id, _ := body["group_id"].(string)
	if diff := cmp.Diff(obj{"group_id": id, "group_name": "Friends", "group_privacy": 2.0, "description": "", "total_members": 1.0}, body); diff != "" {
		t.Errorf("created contact group (-want +got):\n%s", diff)
	}
	path := "/contacts/groups/" + id
	added := r.do("POST", path+"/members", obj{"group_members": list{person(bob.ID), obj{"type": 2, "id": sales.ID}, person("who")}})
	r.want(added, 201, 0)
	if diff := cmp.Diff(obj{"member_ids": list{bob.ID, sales.ID}}, added.object(t)); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	people := func(n int) obj {
		members := list{}
		for range n {
			members = append(members, person(ann.ID))
		}
		return obj{"group_members": members}
	}
	groups := list{}
	for range 4 {
		groups = append(groups, obj{"type": 2, "id": sales.ID})
	}
	r.want(r.do("POST", path+"/members", people(51)), 400, 300)
	r.want(r.do("POST", path+"/members", people(50)), 201, 0)
	r.want(r.do("POST", path+"/members", obj{"group_members": groups}), 400, 300)
	r.want(r.do("POST", "/contacts/groups", obj{"group_name": "x", "group_privacy": 4}), 400, 300)
	r.want(r.do("GET", "/contacts/groups?page_size=51", nil), 400, 300)
	r.want(r.do("GET", "/contacts/groups?page_size=50", nil), 200, 0)
	r.want(r.do("PATCH", path, obj{"name": "Allies", "privacy": 3, "description": "d"}), 204, 0)
	r.want(r.do("GET", path, nil), 200, 0)
	r.want(r.do("GET", path+"/members?page_size=2", nil), 200, 0)
	r.want(r.do("DELETE", path+"/members", nil), 400, 300)
	r.want(r.do("DELETE", path+"/members?member_ids="+strings.Repeat("x,", 20)+"x", nil), 400, 300)
	r.want(r.do("DELETE", path+"/members?member_ids="+ann.ID+","+bob.ID+","+sales.ID, nil), 400, 300) // one must stay
	r.want(r.do("DELETE", path+"/members?member_ids="+ann.ID+","+bob.ID, nil), 204, 0)
	r.want(r.do("DELETE", path, nil), 204, 0)
	r.want(r.do("GET", path, nil), 400, 300)
}

func TestDivisionsAndRoles(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	ann := r.add("ann@example.com", zoomtest.Basic)
	r.invite("guest@example.com")
	ans := r.do("POST", "/divisions", obj{"division_name": "North"})
	r.want(ans, 201, 0)
	id, _ := ans.object(t)["division_id"].(string)
	r.want(r.do("POST", "/divisions", obj{"division_name": "north"}), 409, 40905)
	r.want(r.do("POST", "/divisions", obj{"division_name": ""}), 400, 40005)
	added := r.do("POST", "/divisions/"+id+"/users", obj{"users": list{obj{"user_email": "ann@example.com"}, obj{"user_email": "guest@example.com"}}})
	r.want(added, 201, 0)
	if got := added.object(t)["ids"]; got != ann.ID {
		t.Errorf("ids = %v, want %s", got, ann.ID)
	}
	r.want(r.do("POST", "/divisions/nope/users", obj{"users": list{obj{"user_id": ann.ID}}}), 404, 40406)
	users := r.do("GET", "/divisions/"+id+"/users", nil).object(t)
	if users["total_records"] != 1.0 {
		t.Errorf("people of the division = %v", users)
	}
	divisions := r.do("GET", "/divisions", nil).object(t)
	if divisions["total_records"] != 2.0 {
		t.Errorf("divisions = %v, want the main one and the new one", divisions)
	}
	r.want(r.do("PATCH", "/users/ann@example.com", obj{"division_ids": list{"nope"}}), 400, 300)

	r.want(r.do("POST", "/roles/1/members", refs("ann@example.com")), 201, 0)
	if got := r.user("ann@example.com").RoleID; got != zoomtest.RoleAdmin {
		t.Errorf("role = %s", got)
	}
	r.want(r.do("POST", "/roles/0/members", refs("ann@example.com")), 400, 300)
	r.want(r.do("POST", "/roles/1/members", obj{"members": list{}}), 400, 300)
	r.want(r.do("GET", "/roles", nil), 200, 0)
}
