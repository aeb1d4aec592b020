package zoomapi_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// TestReach: whether Zoom lets the client read is told by one call, however many people there are.
func TestReach(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   error
	}{
		{"nobody is invited", 200, `{"users":[],"total_records":0,"next_page_token":""}`, nil},
		{"many are", 200, `{"users":[{"id":"u","email":"a@example.com"}],"total_records":900,"next_page_token":"more"}`, nil},
		{"a scope is missing", 400, `{"code":4711,"message":"Invalid access token, does not contain scopes:[user:read:list_users:admin]."}`, zoomapi.ErrScope},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			client := virtual(t, func(r *http.Request) (*http.Response, error) {
				calls++
				if q := r.URL.Query(); r.Method != http.MethodGet || q.Get("status") != "pending" || q.Get("page_size") != "1" {
					t.Errorf("request %s %s", r.Method, r.URL)
				}
				return answer(tt.status, tt.body), nil
			})
			if err := client.Reach(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if calls != 1 {
				t.Errorf("%d calls, want 1", calls)
			}
		})
	}
}
