package zoomapi_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// TestCountersCloseNothing: headers that say that nothing is left, or that the
// cap is lower, are shown, and Zoom decides.
func TestCountersCloseNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		plan zoomapi.Plan
		head []string
		want zoomapi.Allowance
	}{
		{
			"nothing left", "",
			[]string{"X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "0"},
			zoomapi.Allowance{Class: zoomapi.Invitations, Used: 10000, PerDay: 10000},
		},
		{
			"nothing left of a lower cap", "",
			[]string{"X-RateLimit-Limit", "50", "X-RateLimit-Remaining", "0"},
			zoomapi.Allowance{Class: zoomapi.Invitations, Used: 60, PerDay: 50},
		},
		{
			"more than documented", zoomapi.PlanFree,
			[]string{"X-RateLimit-Limit", "1500", "X-RateLimit-Remaining", "900"},
			zoomapi.Allowance{Class: zoomapi.Invitations, Used: 659, PerDay: 1500},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				full := false
				sent := 0
				until := time.Now().Add(3 * time.Hour).UTC()
				client := newClient(t, zoomapi.Options{
					Plan: tt.plan,
					HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
						sent++
						if full {
							return answer(429, `{"code":429}`, "X-RateLimit-Type", "Daily-limit", "Retry-After", until.Format(time.RFC3339)), nil
						}
						if sent > 1 {
							return answer(201, `{"id":"u"}`), nil
						}
						return answer(201, `{"id":"u"}`, append(tt.head, "X-RateLimit-Category", "Light")...), nil
					})},
				})
				for range 60 {
					if err := invite(t.Context(), client); err != nil {
						t.Fatal(err)
					}
				}
				got := allowance(t, client, zoomapi.Invitations)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("allowance (-want +got):\n%s", diff)
				}
				full = true
				for range 2 {
					wantUsedUp(t, invite(t.Context(), client), until)
				}
				if sent != 61 {
					t.Errorf("%d sent, want 60 and the one that Zoom refused", sent)
				}
			})
		})
	}
}

// TestFarDailyLimit: a wrong date does not stop work for longer than a day and
// what is left of this one.
func TestFarDailyLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(7 * time.Hour)
		refusing := true
		client := newClient(t, zoomapi.Options{
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				if refusing {
					return answer(429, `{"code":429}`, "X-RateLimit-Type", "Daily-limit",
						"Retry-After", time.Now().Add(300*24*time.Hour).UTC().Format(time.RFC3339)), nil
				}
				return answer(201, `{"id":"u"}`), nil
			})},
		})
		last := midnightAfter(time.Now()).Add(24 * time.Hour)
		wantUsedUp(t, invite(t.Context(), client), last)
		refusing = false
		wantUsedUp(t, invite(t.Context(), client), last)
		if got := allowance(t, client, zoomapi.Invitations).HeldUntil; !got.Equal(last) {
			t.Errorf("held until %v, want %v", got, last)
		}
		time.Sleep(time.Until(last) + time.Second)
		if err := invite(t.Context(), client); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// TestReopen: a person who says "try now" gets Zoom's own answer, whatever was
// closed; what our count closes stays closed.
func TestReopen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refusing, sent := true, 0
		until := time.Now().Add(5 * time.Hour).UTC()
		client := newClient(t, zoomapi.Options{
			Plan: zoomapi.PlanFree,
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				sent++
				if refusing {
					return answer(429, `{"code":429}`, "X-RateLimit-Type", "Daily-limit", "Retry-After", until.Format(time.RFC3339)), nil
				}
				return answer(201, `{"id":"u","plan_base":{"type":200,"hosts":10,"usage":1}}`), nil
			})},
		})
		calls := map[string]func() error{
			"invitation": func() error { return invite(t.Context(), client) },
			"group":      func() error { _, err := client.CreateGroup(t.Context(), "Crew"); return err },
			"usage":      func() error { _, err := client.PlanUsage(t.Context()); return err },
		}
		reopen := func() {
			t.Helper()
			if err := client.Reopen(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for round := range 3 {
			refusing = round < 2
			for name, call := range calls {
				before := sent
				switch err := call(); {
				case refusing:
					wantUsedUp(t, err, until)
				case err != nil:
					t.Errorf("%s after reopening: %v", name, err)
				}
				if sent != before+1 {
					t.Errorf("%s in round %d: not sent", name, round)
				}
			}
			if refusing {
				reopen()
			}
		}
		for allowance(t, client, zoomapi.Invitations).HeldUntil.IsZero() {
			if err := invite(t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
		reopen()
		wantUsedUp(t, invite(t.Context(), client), midnightAfter(time.Now()))
		if got := allowance(t, client, zoomapi.Invitations); got.Used != 50 {
			t.Errorf("%d used, want 50", got.Used)
		}
	})
}
