package zoomapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What went wrong, for [errors.Is]. An [*Error] may match several.
var (
	ErrNotFound          = errors.New("zoom: not found")
	ErrExists            = errors.New("zoom: already exists")
	ErrRateLimited       = errors.New("zoom: rate limited")
	ErrDailyLimit        = errors.New("zoom: daily limit reached")
	ErrAuth              = errors.New("zoom: credentials refused")
	ErrScope             = errors.New("zoom: scope missing")
	ErrForbidden         = errors.New("zoom: not permitted")
	ErrNoSeats           = errors.New("zoom: no licence left")
	ErrGone              = errors.New("zoom: call withdrawn for this account")
	ErrInvalid           = errors.New("zoom: invalid request")
	ErrPending           = errors.New("zoom: user is pending")
	ErrInvitationExpired = errors.New("zoom: invitation expired")
	ErrOtherAccount      = errors.New("zoom: belongs to another account")
	ErrDomain            = errors.New("zoom: e-mail domain not allowed")
	ErrServer            = errors.New("zoom: server error")

	// ErrUnreachable says that no usable answer came: network errors,
	// time-outs, truncated or unreadable answers.
	ErrUnreachable = errors.New("zoom: no usable answer")
	// ErrUnknownOutcome says that a write may or may not have happened.
	ErrUnknownOutcome = errors.New("zoom: outcome unknown")
)

// ErrorClass says what to do about an error.
type ErrorClass string

// What to do about an error.
const (
	// Retry: the same call may work a little later. The client has already
	// tried that a few times.
	Retry ErrorClass = "retry"
	// Pause: stop calls of this kind, until [Error.RetryAfter] when it is
	// set (a daily limit), else until a person has made room (licences).
	Pause ErrorClass = "pause"
	// RowError: this call can never work, others can.
	RowError ErrorClass = "row"
	// Fatal: no call of this kind can work until a person steps in.
	Fatal ErrorClass = "fatal"
	// Unknown: a write may have happened; read before deciding. Only
	// [ClassOf] returns it, for an [*UnknownOutcomeError].
	Unknown ErrorClass = "unknown"
)

// LimitKind tells Zoom's kinds of rate limit apart. It is empty for errors
// that are not about a limit.
type LimitKind string

// The kinds of rate limit.
const (
	LimitPerSecond   LimitKind = "per_second"
	LimitDaily       LimitKind = "daily"
	LimitUserDaily   LimitKind = "user_daily"  // Per user and day, e.g. e-mail changes.
	LimitConcurrency LimitKind = "concurrency" // Another request on the same user is running.
)

// FieldError is one entry of a validation error.
type FieldError struct {
	Field   string
	Message string
}

// Error is a refusal by Zoom.
type Error struct {
	// Status is the HTTP status, Code the number in the body (0 if none).
	// The same code has several meanings; Message tells them apart.
	Status  int
	Code    int
	Message string
	Fields  []FieldError
	// RetryAfter is when to try again, zero if unknown. For daily limits it
	// is always set.
	RetryAfter time.Time
	// TrackingID is Zoom's name for the request, for its support.
	TrackingID string
	// Method and Path say which call it was; Path is the pattern, e.g.
	// /users/{userId}.
	Method string
	Path   string
	// Limit is the kind of rate limit, empty if it was none.
	Limit LimitKind
	// Scopes are the missing scopes as Zoom names them.
	Scopes []string
	// Reason is the word of the token endpoint, e.g. invalid_client; empty
	// for all other calls.
	Reason string

	// plain says that the body was not Zoom's JSON.
	plain bool
}

// Error implements error. The text holds no address, token or URL.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "zoom: %s %s: status %d", e.Method, e.Path, e.Status)
	if e.Code != 0 {
		b.WriteString(" code " + strconv.Itoa(e.Code))
	}
	if e.Reason != "" {
		b.WriteString(" " + mask(e.Reason))
	}
	if e.Message != "" {
		b.WriteString(": " + mask(e.Message))
	}
	for _, f := range e.Fields {
		b.WriteString("; " + mask(f.Field) + ": " + mask(f.Message))
	}
	return b.String()
}

// Is matches the sentinels of this package.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrRateLimited:
		return e.Limit != ""
	case ErrDailyLimit:
		return e.Limit == LimitDaily || e.Limit == LimitUserDaily
	case ErrServer:
		return e.Limit == "" && e.Status >= 500
	}
	kind := e.kind()
	return kind.sentinel != nil && target == kind.sentinel
}

// Class says what to do next. It is never [Unknown].
func (e *Error) Class() ErrorClass { return e.kind().class }

// kind is what an error means.
type kind struct {
	class    ErrorClass
	sentinel error
}

// kind decides by limit, code and message, and last by status.
func (e *Error) kind() kind {
	switch e.Limit {
	case LimitDaily, LimitUserDaily:
		return kind{Pause, nil}
	case LimitPerSecond, LimitConcurrency:
		return kind{Retry, nil}
	}
	if e.Reason != "" {
		return kind{Fatal, ErrAuth}
	}
	if e.Status >= 500 || e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooEarly {
		return kind{Retry, nil}
	}
	if k, ok := e.kindByCode(); ok {
		return k
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return kind{Fatal, ErrAuth}
	case http.StatusForbidden, http.StatusPaymentRequired:
		return kind{Fatal, ErrForbidden}
	case http.StatusNotFound:
		if e.plain {
			return kind{Fatal, nil}
		}
		return kind{RowError, ErrNotFound}
	case http.StatusConflict:
		return kind{RowError, ErrExists}
	case http.StatusGone:
		return kind{Fatal, ErrGone}
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusProxyAuthRequired,
		http.StatusUnsupportedMediaType:
		return kind{Fatal, nil}
	case http.StatusUnprocessableEntity:
		return kind{RowError, ErrInvalid}
	}
	if e.Status >= 300 && e.Status < 400 {
		return kind{Fatal, nil}
	}
	return kind{RowError, nil}
}

// kindByCode knows Zoom's codes.
func (e *Error) kindByCode() (kind, bool) {
	switch e.Code {
	case 124, 30031002, 30031004, 4702, 4704, 4705, 4706, 4717, 4741:
		return kind{Fatal, ErrAuth}, true
	case 4700, 4711:
		return kind{Fatal, ErrScope}, true
	case 2300:
		return kind{Fatal, nil}, true
	case 200:
		return e.kindOf200(), true
	case 300, 40005:
		return kind{RowError, ErrInvalid}, true
	case 1001, 4130, 4131, 40406:
		return kind{RowError, ErrNotFound}, true
	case 1005:
		return kind{RowError, ErrExists}, true
	case 4132, 4100:
		return kind{RowError, ErrExists}, true
	case 1009, 1010, 2036:
		return kind{RowError, ErrOtherAccount}, true
	case 1120:
		return kind{RowError, ErrInvitationExpired}, true
	case 1000:
		if pendingRE.MatchString(e.Message) {
			return kind{RowError, ErrPending}, true
		}
		return kind{RowError, nil}, true
	case 1107, 1116, 11321:
		return kind{RowError, ErrDomain}, true
	case 1108, 1109, 1117, 1122, 1204, 1205, 1206, 2037, 42006:
		return kind{RowError, nil}, true
	case 2033, 2034, 2038, 3412, 1102:
		return kind{Pause, ErrNoSeats}, true
	case 2002, 2016, 2032, 2035:
		return kind{Fatal, ErrForbidden}, true
	case 4137:
		return kind{Fatal, ErrGone}, true
	}
	return kind{}, false
}

// kindOf200 tells apart what Zoom all reports as code 200: seats used up,
// protected users, and things the app or the account may not do.
func (e *Error) kindOf200() kind {
	switch {
	case seatsRE.MatchString(e.Message):
		return kind{Pause, ErrNoSeats}
	case protectedRE.MatchString(e.Message):
		return kind{RowError, ErrForbidden}
	case permissionRE.MatchString(e.Message):
		return kind{Fatal, ErrForbidden}
	}
	return kind{RowError, nil}
}

// ClassOf says what to do about any error of this package, wrapped or not.
// It is empty for nil and for errors of other packages.
func ClassOf(err error) ErrorClass {
	if err == nil {
		return ""
	}
	if errors.Is(err, ErrUnknownOutcome) {
		return Unknown
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class()
	}
	switch {
	case errors.Is(err, ErrInvalid):
		return RowError
	case errors.Is(err, ErrUnreachable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return Retry
	}
	if _, ok := errors.AsType[*ListingError](err); ok {
		return Retry
	}
	return ""
}

// UnknownOutcomeError says that a write was sent and nobody can tell from the
// answer whether Zoom executed it. It matches [ErrUnknownOutcome].
type UnknownOutcomeError struct {
	// Op is the call, e.g. "POST /users".
	Op string
	// Err is why the outcome is unknown.
	Err error
}

// Error implements error.
func (e *UnknownOutcomeError) Error() string {
	return "zoom: " + e.Op + ": outcome unknown: " + mask(e.Err.Error())
}

// Unwrap returns the reason.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// Is matches [ErrUnknownOutcome].
func (e *UnknownOutcomeError) Is(target error) bool { return target == ErrUnknownOutcome }

// ListingError says that a list could not be proven complete, twice.
type ListingError struct {
	// Path is the pattern of the list, e.g. /users.
	Path string
	// Total is what Zoom reported, -1 if nothing; Rows what it delivered.
	Total int
	Rows  int
	// Duplicates counts rows delivered more than once.
	Duplicates int
	// Reason says which check failed.
	Reason string
}

// Error implements error.
func (e *ListingError) Error() string {
	return fmt.Sprintf("zoom: GET %s: list is not usable: %s (%d rows, %d reported, %d twice)",
		e.Path, e.Reason, e.Rows, e.Total, e.Duplicates)
}

// transportError hides the text of network errors, in which URLs appear, and
// keeps what they are.
type transportError struct {
	op  string
	err error
}

func (e *transportError) Error() string   { return "zoom: " + e.op + ": " + mask(e.err.Error()) }
func (e *transportError) Unwrap() []error { return []error{e.err, ErrUnreachable} }

// invalid is an error found before anything was sent.
func invalid(op, why string) error { return fmt.Errorf("%s: %w: %s", op, ErrInvalid, why) }

// Message patterns, and what must not be printed.
var (
	seatsRE      = regexp.MustCompile(`(?i)\badd (a )?max|maximum (number )?of|\bmax \d`)
	protectedRE  = regexp.MustCompile(`(?i)zoom rooms?\b|\b(update|delete|modify|change|edit|remove|deactivate|disassociate|unlink)\w*\b.{0,30}\b(admin|owner)`)
	permissionRE = regexp.MustCompile(`(?i)privilege|permission|authori[sz]ed|paid|not have access|credential|not available`)
	pendingRE    = regexp.MustCompile(`(?i)\bpending\b`)
	scopesRE     = regexp.MustCompile(`(?i)scopes?\s*:?\s*\[([^\]]*)\]`)

	userinfoRE = regexp.MustCompile(`://[^/\s@]*@`)
	addressRE  = regexp.MustCompile(`(?i)(?:"[^"\s][^"]*"|[^\s<>"',;:()\[\]{}=|/\\]+)(?:@|%40)[^\s<>"',;()\[\]{}|/\\]+`)
	tokenRE    = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}|\beyJ[A-Za-z0-9._-]{10,}`)
	urlQueryRE = regexp.MustCompile(`(https?://[^\s?"]*)\?[^\s"]*`)
)

// mask takes out of a text what must not be printed: addresses of people,
// users and passwords in URLs, query strings of URLs, and tokens.
func mask(text string) string {
	text = tokenRE.ReplaceAllString(text, redacted)
	text = urlQueryRE.ReplaceAllString(text, "$1?"+redacted)
	text = userinfoRE.ReplaceAllString(text, "://"+redacted+"@")
	return addressRE.ReplaceAllString(text, "[address]")
}

// parseScopes reads the scopes that a message names in brackets.
func parseScopes(message string) []string {
	m := scopesRE.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	var scopes []string
	for s := range strings.FieldsFuncSeq(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
		scopes = append(scopes, s)
	}
	return scopes
}
