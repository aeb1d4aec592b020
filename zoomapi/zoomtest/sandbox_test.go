package zoomtest_test

import (
	"bytes"
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// sandbox calls the control surface.
func (r *rig) sandbox(method, path, kind, body string) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	noFollow := http.Client{
		Transport:     r.client.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := noFollow.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return reply{Status: resp.StatusCode, Header: resp.Header, Body: data}
}

func TestSandbox(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json"
	r := unlimited(t, zoomtest.Options{})
	g := r.acct.AddGroup("Sales")
	r.add("ann@example.com", zoomtest.Basic)
	r.acct.Join(g.ID, "ann@example.com")
	for _, email := range []string{"g1@example.com", "g2@example.com", "g3@example.com"} {
		r.invite(email)
	}
	check := func(status int, ans reply) reply {
		t.Helper()
		if ans.Status != status {
			t.Fatalf("answer = %d %s, want %d", ans.Status, ans.Body, status)
		}
		return ans
	}
	check(200, r.sandbox("POST", "/sandbox/activate", jsonType, `{"email":"g1@example.com"}`))
	check(409, r.sandbox("POST", "/sandbox/activate", jsonType, `{"email":"g1@example.com"}`))
	check(404, r.sandbox("POST", "/sandbox/activate", jsonType, `{"email":"who@example.com"}`))
	check(400, r.sandbox("POST", "/sandbox/activate", jsonType, `{"mail":"x"}`))
	check(204, r.sandbox("POST", "/sandbox/lapse", jsonType, `{"email":"g2@example.com"}`))
	if got := string(check(200, r.sandbox("POST", "/sandbox/activate", jsonType, `{"all":true}`)).Body); got != "{\"activated\":1}\n" {
		t.Errorf("activate all = %s, want one", got)
	}
	check(200, r.sandbox("POST", "/sandbox/edit", jsonType, `{"email":"ann@example.com","set":{"dept":"Sales","feature":{"zoom_phone":true}}}`))
	check(400, r.sandbox("POST", "/sandbox/edit", jsonType, `{"email":"ann@example.com","set":{"dept":5}}`))
	check(404, r.sandbox("POST", "/sandbox/edit", jsonType, `{"email":"who@example.com","set":{}}`))
	check(204, r.sandbox("POST", "/sandbox/remove", jsonType, `{"email":"g3@example.com"}`))
	check(404, r.sandbox("POST", "/sandbox/remove", jsonType, `{"email":"g3@example.com"}`))
	check(404, r.sandbox("GET", "/sandbox/nothing", jsonType, ""))

	var users struct{ Users []zoomtest.User }
	check(200, r.sandbox("GET", "/sandbox/users", jsonType, "")).into(t, &users)
	got := map[string]string{}
	for _, u := range users.Users {
		got[u.Email] = u.Status
		if u.Lapsed {
			got[u.Email] = "lapsed"
		}
	}
	want := map[string]string{"ann@example.com": "active", "g1@example.com": "active", "g2@example.com": "lapsed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	if u := r.user("ann@example.com"); u.Dept != "Sales" || u.FirstName != "Test" || !u.Feature.ZoomPhone || len(u.GroupIDs) != 1 {
		t.Errorf("edited person = %+v", u)
	}
	var groups struct {
		Groups []struct {
			Name    string
			Members []string
		}
	}
	check(200, r.sandbox("GET", "/sandbox/groups", jsonType, "")).into(t, &groups)
	if len(groups.Groups) != 1 || groups.Groups[0].Name != "Sales" || !cmp.Equal(groups.Groups[0].Members, []string{"ann@example.com"}) {
		t.Errorf("groups = %+v", groups)
	}
	check(200, r.sandbox("GET", "/sandbox/usage", jsonType, ""))

	check(204, r.sandbox("POST", "/sandbox/faults", jsonType, `{"method":"GET","path":"/users","status":503,"times":-1,"delay":"1ms"}`))
	check(400, r.sandbox("POST", "/sandbox/faults", jsonType, `{"effect":"nonsense"}`))
	check(400, r.sandbox("POST", "/sandbox/faults", jsonType, `{"status":500,"delay":"soon"}`))
	r.offSpec = true
	r.want(r.do("GET", "/users", nil), 503, 0)
	check(204, r.sandbox("DELETE", "/sandbox/faults", jsonType, ""))
	r.want(r.do("GET", "/users", nil), 200, 0)
	var calls struct {
		Calls  []zoomtest.Call
		Counts zoomtest.Counts
	}
	check(200, r.sandbox("GET", "/sandbox/calls", jsonType, "")).into(t, &calls)
	if len(calls.Calls) != 3 || calls.Counts.Total != 3 {
		t.Errorf("calls = %+v, want the token call and two lists", calls)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	r.acct.AddUser(zoomtest.User{Email: "guest@example.com", FirstName: `<script>alert(1)</script>`, LastName: `"Quote"`, Status: zoomtest.Pending, Type: zoomtest.Licensed})
	r.acct.AddGroup(`<b>Sales</b>`)
	r.do("GET", "/users/%3Cimg%20src=x%3E", nil)
	ans := r.sandbox("GET", "/?q=%22%3E%3Cscript%3E", "", "")
	if ans.Status != 200 || strings.Contains(string(ans.Body), "guest@example.com") {
		t.Errorf("search answer = %d, or it shows somebody who does not match", ans.Status)
	}
	page := r.sandbox("GET", "/", "", "")
	for _, html := range []string{string(ans.Body), string(page.Body)} {
		for _, bad := range []string{"<script", "<img", "<b>Sales"} {
			if strings.Contains(html, bad) {
				t.Errorf("the page contains %q unescaped", bad)
			}
		}
		if strings.Contains(html, "http://") || strings.Contains(html, "https://") {
			t.Error("the page refers to something outside")
		}
	}
	for _, want := range []string{"guest@example.com", "Accept invitation", "1 pending of 120", "&lt;script&gt;"} {
		if !strings.Contains(string(page.Body), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	pressed := r.sandbox("POST", "/sandbox/activate", "application/x-www-form-urlencoded", "email=guest%40example.com")
	if pressed.Status != http.StatusSeeOther || pressed.Header.Get("Location") != "/" {
		t.Errorf("button answer = %d to %q", pressed.Status, pressed.Header.Get("Location"))
	}
	if got := r.user("guest@example.com").Status; got != zoomtest.Active {
		t.Errorf("status after the button = %s", got)
	}
	if got := r.sandbox("POST", "/", "", "").Status; got != http.StatusMethodNotAllowed {
		t.Errorf("POST / = %d", got)
	}
}

func TestSandboxRefusesOtherSites(t *testing.T) {
	t.Parallel()
	r := unlimited(t, zoomtest.Options{})
	r.invite("guest@example.com")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.base+"/sandbox/activate", strings.NewReader("all=true"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusForbidden || r.user("guest@example.com").Status != zoomtest.Pending {
		t.Errorf("a form of another site was answered %d", resp.StatusCode)
	}
}

// The JSON form of a fault must know every knob of Fault.
func TestFaultJSON(t *testing.T) {
	t.Parallel()
	knobs := map[string]any{
		"name": "n", "method": "GET", "path": "/x", "path_regexp": "x", "nth": 1, "times": 1, "probability": 0.5,
		"effect": "respond", "after": true, "status": 500, "code": 1, "message": "m", "body": "b",
		"headers": map[string]string{"A": "b"}, "no_headers": true, "delay": "1s", "shift": 2,
	}
	data, err := json.Marshal(knobs)
	if err != nil {
		t.Fatal(err)
	}
	r := unlimited(t, zoomtest.Options{})
	if ans := r.sandbox("POST", "/sandbox/faults", "application/json", string(data)); ans.Status != http.StatusNoContent {
		t.Errorf("answer = %d %s", ans.Status, ans.Body)
	}
}

// The fake must not lean on the client it tests, nor on testing packages.
func TestImports(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if strings.Contains(path, ".") || path == "testing" || path == "net/http/httptest" {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}
