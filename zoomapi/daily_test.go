package zoomapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// allowance is that of a class.
func allowance(t *testing.T, c *zoomapi.Client, class zoomapi.Class) zoomapi.Allowance {
	t.Helper()
	all, err := c.Budget(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Class == class {
			return a
		}
	}
	t.Fatalf("no allowance of %s in %+v", class, all)
	return zoomapi.Allowance{}
}

func invite(ctx context.Context, c *zoomapi.Client) error {
	_, err := c.CreateUser(ctx, zoomapi.ActionCreate, zoomapi.NewUser{Email: testEmail, Type: zoomapi.TypeBasic})
	return err
}

// midnightAfter is the next 00:00 UTC.
func midnightAfter(t time.Time) time.Time {
	return t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}

// wantUsedUp checks that an error is that of a day used up until midnight.
func wantUsedUp(t *testing.T, err error, until time.Time) {
	t.Helper()
	e, ok := errors.AsType[*zoomapi.Error](err)
	if !ok || !errors.Is(err, zoomapi.ErrDailyLimit) || e.Class() != zoomapi.Pause || !e.RetryAfter.Equal(until) {
		t.Errorf("error %v, want a daily limit until %v", err, until)
	}
}

func TestBudgetAtFirst(t *testing.T) {
	t.Parallel()
	client := virtual(t, nil)
	got, err := client.Budget(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []zoomapi.Allowance{
		{Class: zoomapi.Light, Documented: 80, Granted: 80},
		{Class: zoomapi.Medium, Documented: 60, Granted: 60},
		{Class: zoomapi.Heavy, Documented: 40, Granted: 40, PerDay: 60000, SharedWith: []zoomapi.Class{zoomapi.ResourceIntensive}},
		{
			Class: zoomapi.ResourceIntensive, Documented: 20.0 / 60, Granted: 20.0 / 60, PerDay: 60000,
			SharedWith: []zoomapi.Class{zoomapi.Heavy},
		},
		{Class: zoomapi.Invitations, PerDay: 10000},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("budget (-want +got):\n%s", diff)
	}
	if got, err := newClient(t, zoomapi.Options{Pacer: nopPacer{}}).Budget(t.Context()); got != nil || err != nil {
		t.Errorf("foreign pacer: %v, %v", got, err)
	}
}

// TestDailyShareOfCalls: the share of a daily limit is not exceeded, Zoom is
// not asked, and the next day starts anew.
func TestDailyShareOfCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(20 * time.Hour)
		sent := 0
		client := newClient(t, zoomapi.Options{
			Plan: zoomapi.PlanFree, Share: 0.1,
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				sent++
				return answer(200, `{"plan_base":{"type":200,"hosts":10,"usage":1}}`), nil
			})},
		})
		for range 100 {
			if _, err := client.PlanUsage(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		midnight := midnightAfter(time.Now())
		start := time.Now()
		for range 5 {
			_, err := client.PlanUsage(t.Context())
			wantUsedUp(t, err, midnight)
			leakFree(t, err)
			if e, ok := errors.AsType[*zoomapi.Error](err); ok && e.Path != "/accounts/me/plans/usage" {
				t.Errorf("path %q", e.Path)
			}
		}
		if ms := since(start); sent != 100 || ms > 11_000 {
			t.Errorf("%d sent, refused after %d ms", sent, ms)
		}
		got := allowance(t, client, zoomapi.Heavy)
		want := zoomapi.Allowance{Class: zoomapi.Heavy, Documented: 1, Granted: 0.1, Used: 100, PerDay: 100, HeldUntil: midnight}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("allowance (-want +got):\n%s", diff)
		}
		time.Sleep(time.Until(midnight))
		if _, err := client.PlanUsage(t.Context()); err != nil || sent != 101 {
			t.Errorf("next day: %v, %d sent", err, sent)
		}
		if got := allowance(t, client, zoomapi.Heavy).Used; got != 1 {
			t.Errorf("%d used the next day", got)
		}
	})
}

// TestInvitationsAreCounted: those that Zoom accepted or may have accepted,
// by invitation only, against the whole cap.
func TestInvitationsAreCounted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		action zoomapi.CreateAction
		answer func() (*http.Response, error)
		used   int
	}{
		{"accepted", zoomapi.ActionCreate, func() (*http.Response, error) { return answer(201, `{"id":"u"}`), nil }, 1},
		{"empty answer", zoomapi.ActionCreate, func() (*http.Response, error) { return answer(201, ``), nil }, 1},
		{"server error", zoomapi.ActionCreate, func() (*http.Response, error) { return answer(502, ``), nil }, 1},
		{"connection lost", zoomapi.ActionCreate, func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 1},
		{"exists", zoomapi.ActionCreate, func() (*http.Response, error) { return answer(409, `{"code":1005}`), nil }, 0},
		{"refused with 200", zoomapi.ActionCreate, func() (*http.Response, error) { return answer(200, `{"code":200}`), nil }, 0},
		{"other action", zoomapi.ActionAutoCreate, func() (*http.Response, error) { return answer(201, `{"id":"u"}`), nil }, 0},
		{"too fast", zoomapi.ActionCreate, func() (*http.Response, error) { return answer(429, `{"code":429}`, "X-RateLimit-Type", "QPS"), nil }, 0},
		{"token refused", zoomapi.ActionCreate, func() (*http.Response, error) { return answer(401, `{"code":124}`), nil }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, zoomapi.Options{
					Share:      0.5,
					HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return tt.answer() })},
				})
				_, _ = client.CreateUser(t.Context(), tt.action, zoomapi.NewUser{Email: testEmail, Type: zoomapi.TypeBasic})
				want := zoomapi.Allowance{Class: zoomapi.Invitations, Used: tt.used, PerDay: 10000}
				if diff := cmp.Diff(want, allowance(t, client, zoomapi.Invitations)); diff != "" {
					t.Errorf("allowance (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestInvitationCap: the cap holds with many at once, and refused ones make
// room again.
func TestInvitationCap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked, accepted := 0, 0
		client := newClient(t, zoomapi.Options{
			Plan: zoomapi.PlanFree,
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				if asked++; asked%2 == 0 {
					return answer(409, `{"code":1005,"message":"exists"}`), nil
				}
				accepted++
				return answer(201, `{"id":"u"}`), nil
			})},
		})
		midnight := midnightAfter(time.Now())
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for {
					err := invite(t.Context(), client)
					if err == nil || errors.Is(err, zoomapi.ErrExists) {
						continue
					}
					wantUsedUp(t, err, midnight)
					return
				}
			})
		}
		all.Wait()
		// Those in hand at the end may leave a little unused.
		if accepted > 50 || accepted < 42 || asked > 100 {
			t.Errorf("%d accepted of %d asked, want up to 50", accepted, asked)
		}
		if got := allowance(t, client, zoomapi.Invitations); got.Used != accepted || got.PerDay != 50 {
			t.Errorf("allowance %+v, want %d of 50", got, accepted)
		}
		if _, err := client.User(t.Context(), "u"); err == nil && asked < 1 {
			t.Error("reads were held back")
		}
	})
}

// TestWordsOfZoom: what the headers say counts where it is certain what they
// are about.
func TestWordsOfZoom(t *testing.T) {
	t.Parallel()
	type used struct{ Light, Heavy, Invitations, Cap int }
	for _, tt := range []struct {
		name   string
		plan   zoomapi.Plan
		create bool
		header []string
		want   used
	}{
		{"none", "", true, nil, used{1, 0, 1, 10000}},
		{"as seen on create", "", true, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "9983"}, used{1, 0, 17, 10000}},
		{"less than counted", "", true, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "10000"}, used{1, 0, 1, 10000}},
		{"another tier", zoomapi.PlanPro, true, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "9983"}, used{1, 0, 17, 10000}},
		{"per second", "", true, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Type", "QPS", "X-RateLimit-Limit", "80", "X-RateLimit-Remaining", "3"}, used{1, 0, 1, 10000}},
		{"per second, as many", "", true, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Type", "QPS", "X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "3"}, used{1, 0, 1, 10000}},
		{"no known cap", "", true, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "80", "X-RateLimit-Remaining", "3"}, used{1, 0, 1, 10000}},
		{"another category", "", true, []string{"X-RateLimit-Category", "Heavy", "X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "3"}, used{1, 0, 1, 10000}},
		{"not numbers", "", true, []string{"X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "some"}, used{1, 0, 1, 10000}},
		{"more left than there are", "", true, []string{"X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "10001"}, used{1, 0, 1, 10000}},
		{"calls of a free account", zoomapi.PlanFree, true, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "6000", "X-RateLimit-Remaining", "5900"}, used{100, 0, 1, 50}},
		{"a read says nothing of invitations", "", false, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "10000", "X-RateLimit-Remaining", "9983"}, used{1, 0, 0, 10000}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, zoomapi.Options{
					Plan: tt.plan,
					HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
						return answer(201, `{"id":"u"}`, tt.header...), nil
					})},
				})
				if tt.create {
					if err := invite(t.Context(), client); err != nil {
						t.Fatal(err)
					}
				} else if _, err := client.User(t.Context(), "u"); err != nil {
					t.Fatal(err)
				}
				got := used{
					allowance(t, client, zoomapi.Light).Used, allowance(t, client, zoomapi.Heavy).Used,
					allowance(t, client, zoomapi.Invitations).Used, allowance(t, client, zoomapi.Invitations).PerDay,
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("used (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestDailyRefusals: what a daily 429 is about stands still until the time
// that Zoom names, and nothing else does.
func TestDailyRefusals(t *testing.T) {
	t.Parallel()
	const daily = `{"code":429,"message":"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."}`
	const perUser = `{"code":429,"message":"You have exceeded the daily rate limit (100) of API requests permitted for this particular user. You may resume these requests at GMT 00:00:00."}`
	head := func(category string, limit int) []string {
		return []string{"X-RateLimit-Category", category, "X-RateLimit-Type", "Daily-limit", "X-RateLimit-Limit", strconv.Itoa(limit), "X-RateLimit-Remaining", "0"}
	}
	calls := map[string]func(context.Context, *zoomapi.Client) error{
		"invite": invite,
		"add": func(ctx context.Context, c *zoomapi.Client) error {
			_, err := c.CreateUser(ctx, zoomapi.ActionSSOCreate, zoomapi.NewUser{Email: testEmail, Type: zoomapi.TypeBasic})
			return err
		},
		"update": func(ctx context.Context, c *zoomapi.Client) error { return c.SetUserStatus(ctx, "u", true) },
		"email": func(ctx context.Context, c *zoomapi.Client) error {
			return c.SetUserEmail(ctx, "u", "new@example.com")
		},
		"group": func(ctx context.Context, c *zoomapi.Client) error { _, err := c.CreateGroup(ctx, "Crew"); return err },
		"usage": func(ctx context.Context, c *zoomapi.Client) error { _, err := c.PlanUsage(ctx); return err },
	}
	for _, tt := range []struct {
		name    string
		plan    zoomapi.Plan
		refused string
		body    string
		header  []string
		closed  []string // Calls that are not sent any more.
	}{
		{"invitations", "", "invite", daily, head("Light", 10000), []string{"invite"}},
		{"invitations without headers", "", "invite", daily, nil, []string{"invite"}},
		{"invitations of another tier", "", "invite", daily, head("Light", 1500), []string{"invite"}},
		{"a free account's invitations", zoomapi.PlanFree, "invite", daily, head("Light", 50), []string{"invite"}},
		{"a free account's calls", zoomapi.PlanFree, "invite", daily, head("Light", 6000), []string{"invite", "add", "update", "email", "group"}},
		{"a free account's calls, no headers", zoomapi.PlanFree, "update", daily, nil, []string{"invite", "add", "update", "email", "group"}},
		{"a class", "", "update", daily, head("Light", 500), []string{"invite", "add", "update", "email", "group"}},
		{"no documented limit, no headers", "", "update", daily, nil, []string{"update"}},
		{"heavy", "", "usage", daily, head("Heavy", 60000), []string{"usage"}},
		{"heavy without headers", "", "usage", daily, nil, []string{"usage"}},
		{"other ways of adding", "", "add", daily, head("Light", 10000), []string{"add"}},
		{"groups", "", "group", daily, head("Light", 100), []string{"group"}},
		{"an address", "", "email", daily, head("Light", 3), nil},
		{"one person", "", "update", perUser, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "6000", "X-RateLimit-Remaining", "4000"}, nil},
		{"counters of something else", "", "update", daily, []string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "6000", "X-RateLimit-Remaining", "4000"}, []string{"update"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				refusing, sent := true, false
				until := time.Now().Add(5 * time.Hour).UTC()
				client := newClient(t, zoomapi.Options{
					Plan: tt.plan,
					HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
						sent = true
						if refusing {
							return answer(429, tt.body, append(tt.header, "Retry-After", until.Format(time.RFC3339))...), nil
						}
						return answer(200, `{"id":"u","plan_base":{"type":1,"hosts":1,"usage":1}}`), nil
					})},
				})
				wantUsedUp(t, calls[tt.refused](t.Context(), client), until)
				refusing = false
				closed := []string{}
				for _, name := range []string{"invite", "add", "update", "email", "group", "usage"} {
					sent = false
					err := calls[name](t.Context(), client)
					if err != nil {
						wantUsedUp(t, err, until)
						closed = append(closed, name)
					}
					if sent != (err == nil) {
						t.Errorf("%s: sent %v, error %v", name, sent, err)
					}
				}
				if diff := cmp.Diff(append([]string{}, tt.closed...), closed); diff != "" {
					t.Errorf("closed (-want +got):\n%s", diff)
				}
				time.Sleep(time.Until(until) + time.Millisecond)
				for name, call := range calls {
					if err := call(t.Context(), client); err != nil {
						t.Errorf("%s afterwards: %v", name, err)
					}
				}
			})
		})
	}
}

// TestRetryAfterForms: the instant is the same however Zoom, or something on
// the way, writes it.
func TestRetryAfterForms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(15*time.Hour + 30*time.Minute)
		want := midnightAfter(time.Now())
		east := time.FixedZone("", 5*3600+1800)
		for _, value := range []string{
			want.Format(time.RFC3339),
			want.In(east).Format(time.RFC3339),
			strings.Replace(want.In(east).Format(time.RFC3339), "+05:30", "+0530", 1),
			want.In(time.FixedZone("", -8*3600)).Format(time.RFC3339Nano),
			want.Format("2006-01-02T15:04:05.000Z"),
			want.Format("2006-01-02T15:04:05"),
			want.Format("2006-01-02 15:04:05"),
			want.Format(http.TimeFormat),
			strconv.Itoa(int(time.Until(want).Seconds())),
			strconv.FormatInt(want.Unix(), 10),
			"", "tomorrow",
		} {
			e := refusalOf(t, 429, `{"code":429,"message":"maximum daily rate limit"}`, "X-RateLimit-Type", "Daily-limit", "Retry-After", value)
			if !e.RetryAfter.Equal(want) || e.RetryAfter.Location() != time.UTC || e.Limit != zoomapi.LimitDaily {
				t.Errorf("%q: %v (%s), want %v", value, e.RetryAfter, e.Limit, want)
			}
		}
	})
}

// TestLimitsWithoutHeaders: the message tells the kinds apart.
func TestLimitsWithoutHeaders(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]zoomapi.LimitKind{
		"You have reached the maximum per-second rate limit for this API. Try again later.":                                                               zoomapi.LimitPerSecond,
		"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request.":      zoomapi.LimitDaily,
		"You have exceeded the daily rate limit (100) of API requests permitted for this particular user. You may resume these requests at GMT 00:00:00.": zoomapi.LimitUserDaily,
		"Too many concurrent requests. A request to disassociate this user has already been made.":                                                        zoomapi.LimitConcurrency,
		"Slow down.": zoomapi.LimitPerSecond,
		"":           zoomapi.LimitPerSecond,
	} {
		synctest.Test(t, func(t *testing.T) {
			if e := refusalOf(t, 429, fmt.Sprintf(`{"code":429,"message":%q}`, message)); e.Limit != want {
				t.Errorf("%q: %s, want %s", message, e.Limit, want)
			}
		})
	}
}
