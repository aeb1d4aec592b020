package zoomapi_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// leakFree walks an error and all that it wraps, in every form of print, for
// texts that must not be there.
func leakFree(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	texts := []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)}
	if e, ok := errors.AsType[*zoomapi.Error](err); ok {
		texts = append(texts, fmt.Sprintf("%+v", *e), slog.AnyValue(*e).String())
	}
	for _, text := range texts {
		for _, bad := range []string{testSecret, testToken, "ada.lovelace", "ada%2elovelace", "a@example.com", "?"} {
			if strings.Contains(strings.ToLower(text), bad) {
				t.Errorf("error text holds %q: %s", bad, text)
			}
		}
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, inner := range joined.Unwrap() {
			leakFree(t, inner)
		}
	}
	leakFree(t, errors.Unwrap(err))
}

// refusalOf makes a client get one answer to a read that is never repeated,
// and returns the error.
func refusalOf(t *testing.T, status int, body string, header ...string) *zoomapi.Error {
	t.Helper()
	client := newClient(t, zoomapi.Options{
		MaxAttempts: 1, HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(status, body, header...), nil
		})},
	})
	_, err := client.User(t.Context(), testEmail)
	leakFree(t, err)
	e, ok := errors.AsType[*zoomapi.Error](err)
	if !ok {
		t.Fatalf("error %v is no *Error", err)
	}
	return e
}

func sentinels() map[string]error {
	return map[string]error{
		"not_found": zoomapi.ErrNotFound, "exists": zoomapi.ErrExists, "rate": zoomapi.ErrRateLimited,
		"daily": zoomapi.ErrDailyLimit, "auth": zoomapi.ErrAuth, "scope": zoomapi.ErrScope,
		"forbidden": zoomapi.ErrForbidden, "seats": zoomapi.ErrNoSeats, "gone": zoomapi.ErrGone,
		"invalid": zoomapi.ErrInvalid, "pending": zoomapi.ErrPending, "lapsed": zoomapi.ErrInvitationExpired,
		"other_account": zoomapi.ErrOtherAccount, "domain": zoomapi.ErrDomain, "server": zoomapi.ErrServer,
		"unreachable": zoomapi.ErrUnreachable, "unknown": zoomapi.ErrUnknownOutcome,
	}
}

func TestErrorClasses(t *testing.T) {
	t.Parallel()
	const (
		retry, pause, row, fatal = zoomapi.Retry, zoomapi.Pause, zoomapi.RowError, zoomapi.Fatal
	)
	tests := []struct {
		status, code int
		message      string
		class        zoomapi.ErrorClass
		is           string // Sentinels that match, and no others.
	}{
		{401, 124, "Invalid access token.", fatal, "auth"},
		{400, 124, "Access token is expired.", fatal, "auth"},
		{401, 0, "", fatal, "auth"},
		{401, 30031002, "Token is invalid.", fatal, "auth"},
		{401, 30031004, "Token is expired.", fatal, "auth"},
		{400, 4741, "The token has been revoked.", fatal, "auth"},
		{400, 4700, "Token cannot be empty.", fatal, "scope"},
		{400, 4711, "Invalid access token, does not contain scopes:[a, b].", fatal, "scope"},
		{403, 0, "Forbidden", fatal, "forbidden"},
		{403, 403, "API denied", fatal, "forbidden"},
		{429, 429, "You have reached the maximum per-second rate limit for this API.", retry, "rate"},
		{429, 429, "You have reached the maximum daily rate limit for this API.", pause, "rate daily"},
		{429, 429, "You have exceeded the daily rate limit (100) of this user. Resume at GMT 00:00:00.", pause, "rate daily"},
		{429, 429, "Too many concurrent requests. A request to disassociate this user has already been made.", retry, "rate"},
		{429, 0, "", retry, "rate"},
		{500, 0, "", retry, "server"},
		{502, 0, "Bad gateway", retry, "server"},
		{503, 1005, "", retry, "server"},
		{504, 0, "", retry, "server"},
		{408, 0, "", retry, ""},
		{400, 2300, "This API endpoint is not recognized.", fatal, ""},
		{400, 300, "Validation Failed.", row, "invalid"},
		{400, 300, "The next page token is invalid or expired.", row, "invalid"},
		{422, 0, "", row, "invalid"},
		{400, 200, "No permission.", fatal, "forbidden"},
		{400, 200, "No privilege.", fatal, "forbidden"},
		{400, 200, "Only available for paid account: ada.lovelace@example.com", fatal, "forbidden"},
		{200, 200, "Only available for Paid account", fatal, "forbidden"},
		{400, 200, "You can add max 10 webinar users.", pause, "seats"},
		{400, 200, "You do not have permission to update an admin user.", row, "forbidden"},
		{400, 200, "Zoom Rooms cannot be changed here.", row, "forbidden"},
		{400, 200, "Something else.", row, ""},
		{404, 1001, "User does not exist: ada.lovelace@example.com.", row, "not_found"},
		{400, 1001, "User not exist.", row, "not_found"},
		{404, 0, "", row, "not_found"},
		{404, 404, "Not found", row, "not_found"},
		{400, 1010, "User does not belong to this account.", row, "other_account"},
		{409, 1005, "User already in the account: ada.lovelace@example.com", row, "exists"},
		{409, 0, "", row, "exists"},
		{400, 1009, "Email has been used in another account.", row, "other_account"},
		{400, 1120, "Invite is not found or has expired.", row, "lapsed"},
		{400, 1000, "User is a call queue manager.", row, ""},
		{400, 1000, "This user is still in pending state.", row, "pending"},
		{400, 1107, "Domain blocked.", row, "domain"},
		{400, 1116, "Not in the allowed list.", row, "domain"},
		{400, 11321, "Blocked.", row, "domain"},
		{400, 1117, "Admins cannot be unlinked.", row, ""},
		{400, 1108, "", row, ""},
		{400, 1109, "", row, ""},
		{400, 1122, "", row, ""},
		{400, 1204, "", row, ""},
		{400, 1206, "", row, ""},
		{400, 2033, "Basic limit.", pause, "seats"},
		{400, 2034, "Paid limit.", pause, "seats"},
		{400, 2038, "", pause, "seats"},
		{400, 3412, "", pause, "seats"},
		{404, 1102, "No Zoom Phone licence.", pause, "seats"},
		{400, 2002, "", fatal, "forbidden"},
		{400, 2032, "", fatal, "forbidden"},
		{400, 2016, "", fatal, "forbidden"},
		{400, 2035, "", fatal, "forbidden"},
		{400, 2036, "", row, "other_account"},
		{400, 2037, "", row, ""},
		{400, 4100, "", row, "exists"},
		{404, 4130, "", row, "not_found"},
		{404, 4131, "", row, "not_found"},
		{409, 4132, "", row, "exists"},
		{410, 4137, "", fatal, "gone"},
		{410, 0, "", fatal, "gone"},
		{400, 40005, "", row, "invalid"},
		{400, 42006, "", row, ""},
		{404, 40406, "", row, "not_found"},
		{405, 0, "", fatal, ""},
		{302, 0, "", fatal, ""},
		{400, 999999, "Who knows.", row, ""},
		{418, 0, "", row, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d_%d_%.20s", tt.status, tt.code, tt.message), func(t *testing.T) {
			t.Parallel()
			e := refusalOf(t, tt.status, fmt.Sprintf(`{"code":%d,"message":%q}`, tt.code, tt.message))
			if got := e.Class(); got != tt.class {
				t.Errorf("class %q, want %q", got, tt.class)
			}
			if got := zoomapi.ClassOf(fmt.Errorf("wrapped: %w", e)); got != tt.class {
				t.Errorf("class when wrapped %q, want %q", got, tt.class)
			}
			for name, sentinel := range sentinels() {
				want := strings.Contains(" "+tt.is+" ", " "+name+" ")
				if got := errors.Is(e, sentinel); got != want {
					t.Errorf("matches %q: %v, want %v", name, got, want)
				}
			}
			if e.Status != tt.status || e.Code != tt.code || e.Method != "GET" || e.Path != "/users/{userId}" {
				t.Errorf("fields %+v", *e)
			}
		})
	}
}

// TestRefusalThatIsNotZooms: a page of a proxy must not look like an account
// in which a user does not exist.
func TestRefusalThatIsNotZooms(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "404 page not found", "<html>user a@example.com</html>", `"x"`, `[1]`, `{"code":1`} {
		e := refusalOf(t, http.StatusNotFound, body)
		if errors.Is(e, zoomapi.ErrNotFound) || e.Class() != zoomapi.Fatal {
			t.Errorf("body %q: %v of class %q, want a fatal error", body, e, e.Class())
		}
	}
}

func TestErrorFields(t *testing.T) {
	t.Parallel()
	got := refusalOf(t, http.StatusBadRequest,
		`{"code":"300","message":"Validation\n Failed.","errors":[{"field":"user_info.email","message":"Invalid a@example.com."}]}`,
		"x-zm-trackingid", "v=2.0;rid=WEB_1")
	want := zoomapi.Error{
		Status: 400, Code: 300, Message: "Validation Failed.", TrackingID: "v=2.0;rid=WEB_1",
		Method: "GET", Path: "/users/{userId}",
		Fields: []zoomapi.FieldError{{Field: "user_info.email", Message: "Invalid [address]"}},
	}
	if diff := cmp.Diff(want, *got, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "plain" }, cmp.Ignore())); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	const text = "zoom: GET /users/{userId}: status 400 code 300: Validation Failed.; user_info.email: Invalid [address]"
	if got.Error() != text {
		t.Errorf("text %q, want %q", got.Error(), text)
	}
}

func TestErrorScopes(t *testing.T) {
	t.Parallel()
	for message, want := range map[string][]string{
		"Invalid access token, does not contain scopes:[user:read:admin, user:read:user:admin].": {
			"user:read:admin", "user:read:user:admin",
		},
		"does not contain scopes: [a b,c]": {"a", "b", "c"},
		"does not contain scope:[]":        nil,
		"no brackets":                      nil,
	} {
		e := refusalOf(t, http.StatusBadRequest, fmt.Sprintf(`{"code":4711,"message":%q}`, message))
		if diff := cmp.Diff(want, e.Scopes); diff != "" {
			t.Errorf("%s: scopes (-want +got):\n%s", message, diff)
		}
	}
}

func TestLimitKinds(t *testing.T) {
	t.Parallel()
	const daily = "2099-05-31T00:00:00Z"
	tests := []struct {
		name    string
		message string
		header  []string
		limit   zoomapi.LimitKind
	}{
		{"header says per second", "x", []string{"X-RateLimit-Type", "QPS"}, zoomapi.LimitPerSecond},
		{"header wins over message", "daily rate limit", []string{"X-RateLimit-Type", "QPS"}, zoomapi.LimitPerSecond},
		{"header says daily", "x", []string{"X-RateLimit-Type", "Daily-limit"}, zoomapi.LimitDaily},
		{"message says per second", "the maximum per-second rate limit", nil, zoomapi.LimitPerSecond},
		{"message says daily", "the maximum daily rate limit", nil, zoomapi.LimitDaily},
		{
			"user-level", "exceeded the daily rate limit (100) for the User. Resume at GMT 00:00:00.",
			[]string{"X-RateLimit-Category", "Light", "X-RateLimit-Limit", "6000", "X-RateLimit-Remaining", "9983"},
			zoomapi.LimitUserDaily,
		},
		{"concurrency", "Too many concurrent requests.", nil, zoomapi.LimitConcurrency},
		{"nothing but a long wait", "", []string{"Retry-After", "7200"}, zoomapi.LimitDaily},
		{"nothing but a short wait", "", []string{"Retry-After", "2"}, zoomapi.LimitPerSecond},
		{"nothing at all", "", nil, zoomapi.LimitPerSecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := refusalOf(t, http.StatusTooManyRequests, fmt.Sprintf(`{"code":429,"message":%q}`, tt.message), tt.header...)
			if e.Limit != tt.limit {
				t.Errorf("limit %q, want %q", e.Limit, tt.limit)
			}
			if isDaily := errors.Is(e, zoomapi.ErrDailyLimit); isDaily && !e.RetryAfter.After(time.Now()) {
				t.Errorf("daily limit until %v", e.RetryAfter)
			}
		})
	}
	if e := refusalOf(t, http.StatusOK, `{"code":429,"message":"maximum daily rate limit"}`); e.Limit != zoomapi.LimitDaily {
		t.Errorf("limit in a 200: %q", e.Limit)
	}
	e := refusalOf(t, http.StatusTooManyRequests, `{}`, "X-RateLimit-Type", "Daily-limit", "Retry-After", daily)
	if e.RetryAfter.IsZero() {
		t.Error("no time to retry after")
	}
}

func TestClassOf(t *testing.T) {
	t.Parallel()
	plain := errors.New("from elsewhere")
	for _, tt := range []struct {
		err  error
		want zoomapi.ErrorClass
	}{
		{nil, ""},
		{plain, ""},
		{&zoomapi.ListingError{}, zoomapi.Retry},
		{fmt.Errorf("w: %w", zoomapi.ErrUnreachable), zoomapi.Retry},
		{fmt.Errorf("w: %w", zoomapi.ErrInvalid), zoomapi.RowError},
		{fmt.Errorf("w: %w", &zoomapi.UnknownOutcomeError{Op: "x", Err: &zoomapi.Error{Status: 500}}), zoomapi.Unknown},
	} {
		if got := zoomapi.ClassOf(tt.err); got != tt.want {
			t.Errorf("class of %v is %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"User a.b+c@example.com not found":           "User [address] not found",
		"a@example.com,b@example.org":                "[address],[address]",
		"<ada@example.com>: (b@example.com)":         "<[address]>: ([address])",
		`user "ada l"@example.com`:                   "user [address]",
		"ada%40example.com":                          "[address]",
		"é.ü@exämple.com":                            "[address]",
		"ada@localhost":                              "[address]",
		"Bearer abcdefghijkl.mnop":                   "[redacted]",
		"token eyJhbGciOiJIUzI1NiJ9.e30.x rejected":  "token [redacted] rejected",
		"proxy http://me:pw@proxy.example.com:80 up": "proxy http://[redacted]@proxy.example.com:80 up",
		"get https://zoom.example.com/x?a=b failed":  "get https://zoom.example.com/x?[redacted] failed",
		"scopes:[user:read:admin]":                   "scopes:[user:read:admin]",
		"meet @ noon":                                "meet @ noon",
	} {
		e := &zoomapi.Error{Method: "GET", Path: "/", Status: 400, Message: in}
		if got := strings.TrimPrefix(e.Error(), "zoom: GET /: status 400: "); got != want {
			t.Errorf("mask(%q) = %q, want %q", in, got, want)
		}
	}
}
