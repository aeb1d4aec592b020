package zoomtest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// direct calls the handler without a network.
type direct struct {
	acct  *zoomtest.Account
	token string
}

func newDirect(tb testing.TB, opts zoomtest.Options) *direct {
	tb.Helper()
	opts.NoLimits = true
	d := &direct{acct: zoomtest.New(opts)}
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {d.acct.AccountID()}}
	req := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/oauth/token", strings.NewReader(form.Encode()))
	req.SetBasicAuth(d.acct.ClientID(), d.acct.ClientSecret())
	rec := httptest.NewRecorder()
	d.acct.ServeHTTP(rec, req)
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil || body.AccessToken == "" {
		tb.Fatalf("no token: %s", rec.Body)
	}
	d.token = body.AccessToken
	return d
}

func (d *direct) do(ctx context.Context, method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(ctx, method, "/v2"+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+d.token)
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	d.acct.ServeHTTP(rec, req)
	return rec
}

// Many callers at once leave the account consistent: seats, lists, groups.
func TestManyCallers(t *testing.T) {
	t.Parallel()
	d := newDirect(t, zoomtest.Options{Seats: zoomtest.Seats{Licensed: 1 << 20}})
	d.acct.Seed(200)
	group := d.acct.Groups()[2].ID
	var all sync.WaitGroup
	const callers, each = 8, 40
	for w := range callers {
		all.Go(func() {
			for i := range each {
				email := "w" + itoa(w) + "-" + itoa(i) + "@example.com"
				d.do(t.Context(), "POST", "/users", `{"action":"create","user_info":{"email":"`+email+`","type":2}}`)
				d.do(t.Context(), "GET", "/users?page_size=100", "")
				d.do(t.Context(), "PATCH", "/users/"+email, `{"group_id":"`+group+`"}`)
				if i%2 == 0 {
					if err := d.acct.Activate(email); err != nil {
						t.Errorf("activate: %v", err)
					}
				}
				if i%4 == 0 {
					d.do(t.Context(), "DELETE", "/users/"+email, "")
				}
				d.do(t.Context(), "GET", "/groups/"+group+"/members?page_size=300", "")
			}
		})
	}
	all.Wait()
	var used, pending, members int
	for _, u := range d.acct.Users() {
		if u.Type == zoomtest.Licensed && u.Status == zoomtest.Active {
			used++
		}
		if u.Type == zoomtest.Licensed && u.Status == zoomtest.Pending {
			pending++
		}
		for _, id := range u.GroupIDs {
			if id == group {
				members++
			}
		}
	}
	usage := d.acct.Usage().Licensed
	if usage.Used != used || usage.Pending != pending {
		t.Errorf("usage %+v, counted %d used and %d pending", usage, used, pending)
	}
	if got := len(d.acct.Members(group)); got != members {
		t.Errorf("%d members, %d people say they are", got, members)
	}
	if want := 200 + callers*each - callers*each/4; len(d.acct.Users()) != want {
		t.Errorf("%d people, want %d", len(d.acct.Users()), want)
	}
}

func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		zoomtest.New(zoomtest.Options{}).Seed(100_000)
	}
}

func BenchmarkListAll(b *testing.B) {
	d := newDirect(b, zoomtest.Options{})
	d.acct.Seed(100_000)
	for b.Loop() {
		next := ""
		for {
			rec := d.do(b.Context(), "GET", "/users?page_size=2000&next_page_token="+next, "")
			var page struct {
				Next string `json:"next_page_token"`
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil {
				b.Fatal(err)
			}
			if next = page.Next; next == "" {
				break
			}
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	d := newDirect(b, zoomtest.Options{})
	d.acct.Seed(100_000)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if rec := d.do(b.Context(), "PATCH", "/users/owner@example.com", `{"dept":"Sales","job_title":"Lead"}`); rec.Code != http.StatusNoContent {
				b.Errorf("answer = %d %s", rec.Code, rec.Body)
			}
		}
	})
}
