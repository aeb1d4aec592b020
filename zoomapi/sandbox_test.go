package zoomapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// sandbox returns a client of a made-up account over real connections.
func sandbox(t *testing.T, o zoomtest.Options) (*zoomapi.Client, *zoomtest.Account) {
	t.Helper()
	account := zoomtest.New(o)
	server := httptest.NewServer(account)
	t.Cleanup(server.Close)
	return sandboxClient(t, account, server.URL, server.Client()), account
}

func sandboxClient(t *testing.T, a *zoomtest.Account, address string, hc *http.Client) *zoomapi.Client {
	t.Helper()
	client, err := zoomapi.New(zoomapi.Options{
		BaseURL: address + "/v2", TokenURL: address + "/oauth/token", HTTPClient: hc,
		AccountID: a.AccountID(), ClientID: a.ClientID(), ClientSecret: zoomapi.NewSecret(a.ClientSecret()),
		Plan: zoomapi.Plan(a.Plan()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func people(t *testing.T, c *zoomapi.Client, o zoomapi.ListUsersOptions) []string {
	t.Helper()
	var emails []string
	for u, err := range c.Users(t.Context(), o) {
		if err != nil {
			t.Fatal(err)
		}
		emails = append(emails, u.Email)
	}
	slices.Sort(emails)
	return emails
}

// TestSandboxStory takes a person from invitation to removal.
func TestSandboxStory(t *testing.T) {
	t.Parallel()
	c, account := sandbox(t, zoomtest.Options{Plan: zoomtest.PlanBusiness})
	ctx := t.Context()
	group := must[zoomapi.Group](t)(c.CreateGroup(ctx, "Crew"))
	if _, err := c.CreateGroup(ctx, "Crew"); !errors.Is(err, zoomapi.ErrExists) {
		t.Errorf("same group again: %v", err)
	}
	if _, err := c.User(ctx, testEmail); !errors.Is(err, zoomapi.ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	ada := zoomapi.NewUser{Email: testEmail, FirstName: "Ada", LastName: "Lovelace", Type: zoomapi.TypeLicensed}
	must[zoomapi.User](t)(c.CreateUser(ctx, zoomapi.ActionCreate, ada))
	_, err := c.CreateUser(ctx, zoomapi.ActionCreate, ada)
	if !errors.Is(err, zoomapi.ErrExists) {
		t.Errorf("same user again: %v", err)
	}
	leakFree(t, err)
	if got := people(t, c, zoomapi.ListUsersOptions{Status: zoomapi.StatusPending}); !slices.Equal(got, []string{testEmail}) {
		t.Errorf("pending: %v", got)
	}
	if _, err := c.Settings(ctx, testEmail); !errors.Is(err, zoomapi.ErrPending) {
		t.Errorf("settings while pending: %v", err)
	}
	if err := account.Activate(testEmail); err != nil {
		t.Fatal(err)
	}
	if err := c.UpdateUser(ctx, testEmail, zoomapi.UserPatch{
		Department: new("Engines"), JobTitle: new("Countess"), Location: new("London"),
		PhoneNumbers: &[]zoomapi.PhoneNumber{{Country: "GB", Code: "+44", Number: "2071234567", Label: "Office"}},
	}); err != nil {
		t.Fatal(err)
	}
	added := must[[]string](t)(c.AddGroupMembers(ctx, group.ID, []string{testEmail}))
	u := must[zoomapi.User](t)(c.User(ctx, testEmail))
	if u.Department != "Engines" || u.JobTitle != "Countess" || len(u.PhoneNumbers) != 1 ||
		!slices.Equal(u.GroupIDs, []string{group.ID}) || !slices.Equal(added, []string{u.ID}) {
		t.Errorf("user %+v, added %v", u, added)
	}
	for m, err := range c.GroupMembers(ctx, group.ID) {
		if err != nil || m.ID != u.ID {
			t.Errorf("member %v, error %v", m, err)
		}
	}
	if s := must[zoomapi.Summary](t)(c.Summary(ctx)); s.Licensed != 1 || s.Total != 1 {
		t.Errorf("summary %+v", s)
	}
	if base, ok := must[zoomapi.PlanUsage](t)(c.PlanUsage(ctx)).Base(); !ok || base.Usage != 1 || base.Free() == 0 {
		t.Errorf("licences %+v, %v", base, ok)
	}
	if _, err := collect(c.IMGroups(ctx)); !errors.Is(err, zoomapi.ErrGone) {
		t.Errorf("chat groups: %v", err)
	}
	r := must[zoomapi.FeatureResult](t)(c.SetUserFeatures(ctx, zoomapi.FeatureChange{
		Type: "user_type", Value: "1", Users: []string{u.ID},
	}))
	if !slices.Equal(r.Succeeded, []string{u.ID}) {
		t.Errorf("feature result %+v", r)
	}
	if err := c.RemoveGroupMember(ctx, group.ID, u.ID); err != nil {
		t.Error(err)
	}
	for _, activate := range []bool{false, true} {
		if err := c.SetUserStatus(ctx, u.ID, activate); err != nil {
			t.Error(err)
		}
	}
	if err := c.DeleteUser(ctx, testEmail, zoomapi.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := c.User(ctx, testEmail); !errors.Is(err, zoomapi.ErrNotFound) {
		t.Errorf("after: %v", err)
	}
}

// TestSandboxFaults breaks the account in every way that it knows.
func TestSandboxFaults(t *testing.T) {
	t.Parallel()
	create := func(t *testing.T, c *zoomapi.Client) error {
		t.Helper()
		_, err := c.CreateUser(t.Context(), zoomapi.ActionCreate, zoomapi.NewUser{Email: testEmail, Type: 1})
		return err
	}
	list := func(t *testing.T, c *zoomapi.Client) error {
		t.Helper()
		_, err := collect(c.Users(t.Context(), zoomapi.ListUsersOptions{PageSize: 30}))
		return err
	}
	tests := []struct {
		name   string
		fault  zoomtest.Fault
		call   func(*testing.T, *zoomapi.Client) error
		want   error // Sentinel, nil for success.
		exists bool  // Whether the person is there afterwards.
	}{
		{"revoked tokens", zoomtest.Fault{Effect: zoomtest.RevokeTokens}, create, nil, true},
		{"per second", zoomtest.Fault{Effect: zoomtest.LimitPerSecond}, create, nil, true},
		{"per second, bare", zoomtest.Fault{Effect: zoomtest.LimitPerSecond, NoHeaders: true}, create, nil, true},
		{"daily", zoomtest.Fault{Effect: zoomtest.LimitDaily}, create, zoomapi.ErrDailyLimit, false},
		{"daily, bare", zoomtest.Fault{Effect: zoomtest.LimitDaily, NoHeaders: true}, create, zoomapi.ErrDailyLimit, false},
		{"user daily", zoomtest.Fault{Effect: zoomtest.LimitUserDaily}, create, zoomapi.ErrDailyLimit, false},
		{"concurrent", zoomtest.Fault{Effect: zoomtest.LimitConcurrent}, create, nil, true},
		{"reset before", zoomtest.Fault{Effect: zoomtest.Reset}, create, zoomapi.ErrUnknownOutcome, false},
		{"reset after", zoomtest.Fault{Effect: zoomtest.Reset, After: true}, create, zoomapi.ErrUnknownOutcome, true},
		{"cut off after", zoomtest.Fault{Effect: zoomtest.Truncate, After: true}, create, zoomapi.ErrUnknownOutcome, true},
		{"502 after", zoomtest.Fault{Effect: zoomtest.Respond, Status: 502, After: true}, create, zoomapi.ErrUnknownOutcome, true},
		{"502", zoomtest.Fault{Effect: zoomtest.Respond, Status: 502}, list, nil, false},
		{"reset", zoomtest.Fault{Effect: zoomtest.Reset}, list, nil, false},
		{"cut off", zoomtest.Fault{Effect: zoomtest.Truncate}, list, nil, false},
		{"expired page", zoomtest.Fault{Effect: zoomtest.ExpirePageToken}, list, nil, false},
		{"overlap", zoomtest.Fault{Effect: zoomtest.OverlapPages}, list, nil, false},
		{"wrong total", zoomtest.Fault{Effect: zoomtest.WrongTotal, Nth: 4}, list, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, account := sandbox(t, zoomtest.Options{Plan: zoomtest.PlanBusiness})
			for i := range 100 {
				account.AddUser(zoomtest.User{Email: fmt.Sprintf("user-%d@example.com", i)})
			}
			tt.fault.Name, tt.fault.Path = "it", "/users"
			account.Inject(tt.fault)
			err := tt.call(t, c)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			leakFree(t, err)
			if account.Fired("it") == 0 {
				t.Error("the fault was not met")
			}
			if _, exists := account.User(testEmail); exists != tt.exists {
				t.Errorf("person is there: %v, want %v", exists, tt.exists)
			}
			n := 0
			for _, call := range account.Calls() {
				if call.Method == http.MethodPost && call.Pattern == "/users" && call.Status != 429 && call.Status != 401 {
					n++
				}
			}
			if n > 1 {
				t.Errorf("written %d times", n)
			}
		})
	}
}

// direct serves requests without a network, after an uneven delay, so that
// virtual time can pass.
type direct struct{ account http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	delay := 40 * time.Millisecond
	if len(r.URL.Path)%3 == 0 {
		delay += 5 * time.Millisecond
	}
	time.Sleep(delay)
	served := r.Clone(r.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.account.ServeHTTP(w, served)
	time.Sleep(delay)
	return w.Result(), nil
}

// TestSandboxRate measures, in virtual time, how much of the limit is used
// and how much is refused.
func TestSandboxRate(t *testing.T) {
	t.Parallel()
	for _, plan := range []string{zoomtest.PlanPro, zoomtest.PlanBusiness} {
		t.Run(plan, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				account := zoomtest.New(zoomtest.Options{Plan: plan})
				for i := range 10 {
					account.AddUser(zoomtest.User{ID: strings.Repeat("u", i+1), Email: fmt.Sprintf("user-%d@example.com", i)})
				}
				c := sandboxClient(t, account, "http://zoom.example.com", &http.Client{Transport: direct{account}})
				const calls = 3000
				start := time.Now()
				next := make(chan int, calls)
				for i := range calls {
					next <- i
				}
				close(next)
				var wg sync.WaitGroup
				for range 32 {
					wg.Go(func() {
						for i := range next {
							if _, err := c.User(t.Context(), strings.Repeat("u", i%10+1)); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				used := calls / (zoomapi.Plan(plan).PerSecond(zoomapi.Light) * time.Since(start).Seconds())
				refused := account.Counts().Refused
				if used < 0.95 || refused*1000 >= calls {
					t.Errorf("used %.4f of the limit, %d of %d calls refused", used, refused, calls)
				}
			})
		})
	}
}
