package jobs

import (
	"errors"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// fatalReason says whether no repetition and no other row can help.
func fatalReason(err error) (Reason, bool) {
	seats := errors.Is(err, zoomapi.ErrNoSeats)
	if !seats && zoomapi.ClassOf(err) != zoomapi.Fatal {
		return Reason{}, false
	}
	detail := map[string]string{"detail": zoomDetail(err)}
	switch {
	case seats:
		return Reason{Code: ReasonSeats, Params: detail}, true
	case errors.Is(err, zoomapi.ErrScope):
		var ze *zoomapi.Error
		if errors.As(err, &ze) && len(ze.Scopes) > 0 {
			detail = map[string]string{"scopes": strings.Join(ze.Scopes, ", ")}
		}
		return Reason{Code: ReasonScope, Params: detail}, true
	case errors.Is(err, zoomapi.ErrAuth):
		// A token that does not hold may be one that somebody else's fetching has ended; the next one may. Credentials that are
		// wrong give no token at all.
		var ze *zoomapi.Error
		return Reason{Code: ReasonCredentials, Params: detail}, !errors.As(err, &ze) || ze.Code != codeToken
	}
	return Reason{Code: ReasonForbidden, Params: detail}, true
}

// codeToken is Zoom's number for a token that is invalid or has ended.
const codeToken = 124

// lastReason is the reason of a job that was given up after many attempts.
func lastReason(err error) Reason {
	var ze *zoomapi.Error
	if errors.As(err, &ze) || errors.Is(err, zoomapi.ErrUnknownOutcome) {
		return Reason{Code: ReasonZoomUnavailable, Params: map[string]string{"detail": zoomDetail(err)}}
	}
	if fe, ok := errors.AsType[*FetchError](err); ok {
		return Reason{Code: ReasonFileGone, Params: map[string]string{"detail": fe.Error()}}
	}
	return Reason{Code: ReasonInternal}
}

// FetchError says that the front could not get the file.
type FetchError struct{ Err error }

// Error implements error.
func (e *FetchError) Error() string { return "fetch file: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FetchError) Unwrap() error { return e.Err }

// pauseUntil returns until when Zoom refuses because a limit of the day is used up.
func pauseUntil(err error, now time.Time) (time.Time, bool) {
	if !errors.Is(err, zoomapi.ErrDailyLimit) {
		return time.Time{}, false
	}
	until := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	var ze *zoomapi.Error
	if errors.As(err, &ze) && ze.RetryAfter.After(now) {
		until = ze.RetryAfter.UTC()
	}
	// Clocks differ: a little later is sure to be the next day for Zoom too.
	return until.Add(10 * time.Second), true
}

// zoomDetail is what Zoom said, if it was Zoom.
func zoomDetail(err error) string {
	var ze *zoomapi.Error
	if !errors.As(err, &ze) {
		return ""
	}
	said := []string{orDefault(ze.Message, ze.Reason)}
	for _, f := range ze.Fields {
		said = append(said, "("+strings.TrimSpace(f.Field+": "+f.Message)+")")
	}
	return strings.Join(said, " ")
}
