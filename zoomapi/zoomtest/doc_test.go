package zoomtest_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestDocumentedFaults sends what the package comment says about faults to the control surface, which refuses names and
// effects that it does not know.
func TestDocumentedFaults(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	samples := map[string]any{"string": "", "number": 0, "bool": false, "object": map[string]string{}}
	field := regexp.MustCompile(`(?m)^//\t([a-z_]+) +(string|number|bool|object)  `)
	fields, effects := map[string]any{}, []string{}
	for _, m := range field.FindAllSubmatch(source, -1) {
		fields[string(m[1])] = samples[string(m[2])]
	}
	if _, list, ok := strings.Cut(string(source), "effect       string   "); ok {
		list, _, _ = strings.Cut(list, "; may be left out")
		effects = regexp.MustCompile(`[a-z]+(?:_[a-z]+)*`).FindAllString(strings.ReplaceAll(list, " or ", ", "), -1)
	}
	if len(fields) != 17 || len(effects) != 13 {
		t.Fatalf("the package comment names the fields %v and the effects %q", fields, effects)
	}
	r := unlimited(t, zoomtest.Options{})
	send := func(body any) {
		t.Helper()
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if ans := r.sandbox("POST", "/sandbox/faults", "application/json", string(data)); ans.Status != 204 {
			t.Errorf("%s: answer = %d %s", data, ans.Status, ans.Body)
		}
	}
	for _, effect := range effects {
		fields["effect"] = effect
		send(fields)
	}
	// The examples.
	for _, m := range regexp.MustCompile(`/sandbox/faults \\\n//\t  -d '(.*)'`).FindAllSubmatch(source, -1) {
		send(json.RawMessage(m[1]))
	}
	if ans := r.sandbox("POST", "/sandbox/faults", "application/x-www-form-urlencoded", `{"effect":"hang"}`); ans.Status != 415 {
		t.Errorf("a body without its kind: answer = %d %s", ans.Status, ans.Body)
	}
}
