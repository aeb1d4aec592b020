package zoomapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func TestListingIsProven(t *testing.T) {
	t.Parallel()
	const (
		page1   = `{"total_records":3,"next_page_token":"t1","users":[{"id":"1"},{"id":"2"}]}`
		page2   = `{"total_records":3,"next_page_token":"","users":[{"id":"3"}]}`
		overlap = `{"total_records":3,"users":[{"id":"2"}]}`
		short   = `{"total_records":3,"users":[]}`
		expired = `{"code":300,"message":"The next page token is invalid or expired."}`
	)
	tests := []struct {
		name    string
		answers []string
		want    []string
		reason  string // Of the *ListingError, if one is expected.
	}{
		{"two pages", []string{page1, page2}, []string{"1", "2", "3"}, ""},
		{"overlap once", []string{page1, overlap, page1, page2}, []string{"1", "2", "3"}, ""},
		{"overlap twice", []string{page1, overlap, page1, overlap}, nil, "rows delivered twice"},
		{"short once", []string{page1, short, page1, page2}, []string{"1", "2", "3"}, ""},
		{"short twice", []string{page1, short, page1, short}, nil, "rows do not add up to the reported total"},
		{"expired once", []string{page1, expired, page1, page2}, []string{"1", "2", "3"}, ""},
		{"expired twice", []string{page1, expired, page1, expired}, nil, "page token refused"},
		{"token comes back", []string{page1, page1, page1, page1}, nil, "page token came back"},
		{"grew behind the cursor", []string{page1, `{"total_records":4,"users":[{"id":"3"},{"id":"4"}]}`}, []string{"1", "2", "3", "4"}, ""},
		{
			"grew before the cursor",
			[]string{page1, `{"total_records":4,"users":[{"id":"3"}]}`, page1, page2},
			[]string{"1", "2", "3"},
			"",
		},
		{"total of zero with rows", []string{`{"total_records":0,"users":[{"id":"1"}]}`}, []string{"1"}, ""},
		{"no total", []string{`{"next_page_token":"t1","users":[{"id":"1"}]}`, `{"users":[{"id":"2"}]}`}, []string{"1", "2"}, ""},
		{"nobody", []string{`{"total_records":0,"users":[]}`}, nil, ""},
		{"same address in other case", []string{
			`{"total_records":2,"users":[{"email":"A@example.com"},{"email":"a@example.com"}]}`,
			`{"total_records":2,"users":[{"email":"A@example.com"},{"email":"a@example.com"}]}`,
		}, nil, "rows delivered twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			client := virtual(t, func(r *http.Request) (*http.Response, error) {
				if n >= len(tt.answers) {
					t.Errorf("request %d of %d", n+1, len(tt.answers))
					return answer(http.StatusForbidden, `{}`), nil
				}
				body := tt.answers[n]
				n++
				if token := r.URL.Query().Get("next_page_token"); token != "" && token != "t1" {
					t.Errorf("token %q", token)
				}
				if body == expired {
					return answer(http.StatusBadRequest, body), nil
				}
				return answer(http.StatusOK, body), nil
			})
			var got []string
			var failure error
			for u, err := range client.Users(t.Context(), zoomapi.ListUsersOptions{}) {
				if err != nil {
					failure = err
					break
				}
				got = append(got, u.ID+u.Email)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if n != len(tt.answers) {
				t.Errorf("%d requests, want %d", n, len(tt.answers))
			}
			e, _ := errors.AsType[*zoomapi.ListingError](failure)
			switch {
			case tt.reason == "" && failure != nil:
				t.Errorf("error %v", failure)
			case tt.reason != "" && e == nil:
				t.Errorf("error %v, want a *ListingError", failure)
			case tt.reason != "" && e.Reason != tt.reason:
				t.Errorf("reason %q, want %q", e.Reason, tt.reason)
			}
		})
	}
}

// TestListingStopsEarly: who leaves a list gets no more of it.
func TestListingStopsEarly(t *testing.T) {
	t.Parallel()
	client := virtual(t, func(*http.Request) (*http.Response, error) {
		return answer(http.StatusOK, `{"total_records":2,"users":[{"id":"1"},{"id":"2"}]}`), nil
	})
	n := 0
	for _, err := range client.Users(t.Context(), zoomapi.ListUsersOptions{PageSize: 9999}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d rows after leaving at the first", n)
	}
}

// TestListingRefusesShapes: an answer of another shape is an error, never an
// empty list.
func TestListingRefusesShapes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{}`, `{"users":{}}`, `{"users":[{"id":{}}]}`, `{"total_records":"many","users":[]}`, `{"people":[]}`,
		`{"users":[],"next_page_token":{}}`, `{"users":[{"type":"two","email":"a@example.com"}]}`,
	} {
		client := virtual(t, func(*http.Request) (*http.Response, error) { return answer(http.StatusOK, body), nil })
		_, err := collect(client.Users(t.Context(), zoomapi.ListUsersOptions{}))
		if !errors.Is(err, zoomapi.ErrUnreachable) {
			t.Errorf("%s: error %v, want ErrUnreachable", body, err)
		}
		leakFree(t, err)
	}
}

func BenchmarkUsers(b *testing.B) {
	const people = 2000
	body := fmt.Appendf(nil, `{"total_records":%d,"users":[`, people)
	for i := range people {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"id":"user-%d","email":"user-%d@example.com","first_name":"Ada","last_name":"Lovelace",
			"display_name":"Ada Lovelace","type":2,"status":"active","dept":"Research","pmi":1234567890,"verified":1,
			"timezone":"Europe/Paris","role_id":"2","group_ids":["g1","g2"],"im_group_ids":[],
			"last_login_time":"2026-01-01T00:00:00Z","user_created_at":"2025-01-01T00:00:00Z"}`, i, i)
	}
	body = append(body, "]}"...)
	client, err := zoomapi.New(zoomapi.Options{
		AccountID: "a", ClientID: "c", ClientSecret: zoomapi.NewSecret("s"), Pacer: nopPacer{},
		HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(http.StatusOK, string(body)), nil
		})},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		n := 0
		for _, err := range client.Users(b.Context(), zoomapi.ListUsersOptions{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != people {
			b.Fatalf("%d users", n)
		}
	}
}

func TestOnPage(t *testing.T) {
	t.Parallel()
	c, account := sandbox(t, zoomtest.Options{NoLimits: true})
	for i := range 5 {
		account.AddUser(zoomtest.User{Email: fmt.Sprintf("user-%d@example.com", i)})
	}
	var told [][2]int
	o := zoomapi.ListUsersOptions{PageSize: 2, OnPage: func(read, total int) { told = append(told, [2]int{read, total}) }}
	people(t, c, o)
	if diff := cmp.Diff([][2]int{{2, 5}, {4, 5}, {5, 5}}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
