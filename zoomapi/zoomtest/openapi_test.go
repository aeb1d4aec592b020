package zoomtest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// operations are all calls the OpenAPI documents describe, "GET /users".
func operations(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "testdata", "openapi", "*.json"))
	if err != nil || len(files) != 3 {
		t.Fatalf("documents: %v, %v", files, err)
	}
	var out []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Paths map[string]map[string]json.RawMessage `json:"paths"`
		}
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		for path, ops := range doc.Paths {
			for method := range ops {
				out = append(out, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Every described operation succeeds once, and every answer fits its schema
// (the rig validates them all).
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{IMGroups: true, ManagedDomains: []string{"example.org"}})
	r.acct.Seed(60)
	r.acct.AddUser(full("ann@example.org"))
	id := func(ans reply, name string) string {
		t.Helper()
		text, _ := ans.object(t)[name].(string)
		if text == "" {
			t.Fatalf("no %s in %d %s", name, ans.Status, ans.Body)
		}
		return text
	}
	do := func(status int, method, path string, body any) reply {
		t.Helper()
		ans := r.do(method, path, body)
		if ans.Status != status {
			t.Errorf("%s %s = %d %s, want %d", method, path, ans.Status, ans.Body, status)
		}
		return ans
	}
	ann := "/users/ann@example.org"
	for _, status := range []string{"active", "inactive", "pending"} {
		do(200, "GET", "/users?page_size=2000&include_fields=custom_attributes&status="+status, nil)
	}
	for _, u := range r.acct.Users() {
		do(200, "GET", "/users/"+u.ID, nil)
	}
	do(200, "GET", ann, nil)
	do(200, "GET", "/users/email?email=ann@example.org", nil)
	do(200, "GET", "/users/summary", nil)
	do(200, "GET", "/accounts/me/plans/usage", nil)
	do(204, "PATCH", ann, obj{"dept": "Sales", "custom_attributes": list{obj{"key": "cbf_site", "value": "South"}}})
	do(204, "PATCH", ann+"/settings", obj{"feature": obj{"webinar": true, "webinar_capacity": 500}})
	do(200, "GET", ann+"/settings", nil)
	do(201, "POST", "/users/features", obj{"feature_type": "zoom_whiteboard", "feature_value": "1", "users": list{obj{"email": "ann@example.org"}, obj{"email": "who@example.org"}}})
	do(204, "PUT", ann+"/email", obj{"email": "ann.lee@example.org"})
	ann = "/users/ann.lee@example.org"

	do(200, "GET", "/groups", nil)
	group := "/groups/" + id(do(201, "POST", "/groups", obj{"name": "New"}), "id")
	do(200, "GET", group, nil)
	do(204, "PATCH", group, obj{"name": "Newer"})
	do(201, "POST", group+"/members", refs("ann.lee@example.org"))
	do(200, "GET", group+"/members", nil)
	do(204, "PATCH", group+"/members/ann.lee@example.org", obj{"action": "set_primary"})
	do(204, "DELETE", group+"/members/ann.lee@example.org", nil)
	do(204, "DELETE", group, nil)

	do(200, "GET", "/im/groups", nil)
	chat := "/im/groups/" + id(do(201, "POST", "/im/groups", obj{"name": "Chat"}), "id")
	do(200, "GET", chat, nil)
	do(204, "PATCH", chat, obj{"name": "Talk"})
	do(201, "POST", chat+"/members", refs("ann.lee@example.org"))
	do(200, "GET", chat+"/members", nil)
	do(204, "DELETE", chat+"/members/ann.lee@example.org", nil)
	do(204, "DELETE", chat, nil)

	one, two := r.user("owner@example.com").ID, r.user("ann.lee@example.org").ID
	contacts := "/contacts/groups/" + id(do(201, "POST", "/contacts/groups", obj{"group_name": "Friends", "group_members": list{obj{"type": 1, "id": one}}}), "group_id")
	do(200, "GET", "/contacts/groups", nil)
	do(200, "GET", contacts, nil)
	do(204, "PATCH", contacts, obj{"description": "d"})
	do(201, "POST", contacts+"/members", obj{"group_members": list{obj{"type": 1, "id": two}}})
	do(200, "GET", contacts+"/members", nil)
	do(204, "DELETE", contacts+"/members?member_ids="+two, nil)
	do(204, "DELETE", contacts, nil)

	division := "/divisions/" + id(do(201, "POST", "/divisions", obj{"division_name": "North"}), "division_id")
	do(200, "GET", "/divisions", nil)
	do(201, "POST", division+"/users", obj{"users": list{obj{"user_id": two}}})
	do(200, "GET", division+"/users", nil)
	do(200, "GET", "/roles", nil)
	do(201, "POST", "/roles/1/members", refs("ann.lee@example.org"))

	do(201, "POST", "/users", createBody("create", obj{"email": "new@example.com", "type": 1}))
	do(200, "PUT", "/users/"+one+"/status", obj{"action": "activate"})
	do(204, "DELETE", ann+"?action=delete&transfer_email=owner@example.com", nil)

	var done []string
	for _, c := range r.acct.Calls() {
		if c.Status < 300 {
			done = append(done, c.Method+" "+c.Pattern)
		}
	}
	slices.Sort(done)
	if diff := cmp.Diff(operations(t), slices.Compact(done)); diff != "" {
		t.Errorf("operations (-described +succeeded):\n%s", diff)
	}
}
