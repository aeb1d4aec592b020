package zoomapi

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is how far ahead a Retry-After can be and still be believed.
const maxRetryAfter = 366 * 24 * time.Hour

// unixFrom: bare numbers from here on are Unix times, not durations.
const unixFrom = 1_000_000_000

// ParseRetryAfter reads the value of a Retry-After header: an ISO-8601
// instant as Zoom sends it (without a zone it is UTC), a number of seconds, a
// Unix time, or an HTTP date. The result is in UTC and may be in the past;
// false means that there is none, or none to believe.
func ParseRetryAfter(value string, now time.Time) (time.Time, bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return time.Time{}, false
	}
	t, ok := parseSeconds(value, now)
	if !ok {
		t, ok = parseInstant(value)
	}
	if !ok || t.Year() < 1970 || t.Sub(now) > maxRetryAfter {
		return time.Time{}, false
	}
	return t.UTC(), true
}

func parseSeconds(value string, now time.Time) (time.Time, bool) {
	if strings.Trim(value, "0123456789.") != "" {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || seconds < 0 || math.IsInf(seconds, 0) {
		return time.Time{}, false
	}
	if seconds >= unixFrom {
		if seconds > math.MaxInt32*8 {
			return time.Time{}, false
		}
		return time.Unix(int64(seconds), 0), true
	}
	return now.Add(time.Duration(seconds * float64(time.Second))), true
}

func parseInstant(value string) (time.Time, bool) {
	layouts := []string{
		time.RFC3339, // Accepts fractions of a second as well.
		"2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04:05",
		"2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05",
		"2006-01-02T15:04Z07:00",
		"2006-01-02",
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, value); err == nil {
			return t, true
		}
	}
	if t, err := http.ParseTime(value); err == nil {
		return t, true
	}
	return time.Time{}, false
}

// dailyEnd is the end of a daily limit that Zoom gives: no later than the
// second 00:00 UTC from now, since no limit of a day lasts longer and a wrong
// date would stop all work until somebody notices.
func dailyEnd(at, now time.Time) time.Time {
	if last := nextMidnight(now).Add(24 * time.Hour); at.After(last) {
		return last
	}
	return at
}

// nextMidnight is the next 00:00 UTC, when daily limits start anew.
func nextMidnight(now time.Time) time.Time {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}
