package zoomapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxMessage bounds how much of a message is kept.
const maxMessage = 500

// longWait: a refusal of no stated kind that asks for more is a daily limit.
const longWait = 2 * time.Minute

// readRefusal makes an [*Error] of an answer. It accepts any body.
func readRefusal(cl call, status int, header http.Header, body []byte, now time.Time) *Error {
	e := &Error{
		Status: status, Method: cl.method, Path: cl.pattern,
		TrackingID: header.Get("X-Zm-Trackingid"),
	}
	var w map[string]json.RawMessage
	if err := json.Unmarshal(body, &w); err != nil || w == nil {
		e.plain = true
	}
	e.Code = code(w)
	e.Message = clean(firstText(w, "message", "errorMessage", "error_description", "reason", "error"))
	var fields []struct {
		Field   flexString `json:"field"`
		Message flexString `json:"message"`
	}
	if err := decodeField(w, "errors", &fields); err == nil {
		for _, f := range fields {
			e.Fields = append(e.Fields, FieldError{Field: clean(string(f.Field)), Message: clean(string(f.Message))})
		}
	}
	if e.Code == 4700 || e.Code == 4711 {
		e.Scopes = parseScopes(e.Message)
	}
	if status == http.StatusTooManyRequests || e.Code == http.StatusTooManyRequests {
		e.Limit, e.RetryAfter = readLimit(header, e.Message, now)
	} else if t, ok := ParseRetryAfter(header.Get("Retry-After"), now); ok {
		e.RetryAfter = t
	}
	return e
}

// readLimit tells the kinds of rate limit apart: by headers, and where they
// are missing by the message.
func readLimit(header http.Header, message string, now time.Time) (LimitKind, time.Time) {
	limitType, text := strings.ToLower(header.Get("X-Ratelimit-Type")), strings.ToLower(message)
	after, hasAfter := ParseRetryAfter(header.Get("Retry-After"), now)
	limit := LimitPerSecond
	switch {
	case strings.Contains(limitType, "daily"):
		limit = LimitDaily
	case strings.Contains(limitType, "qps"), strings.Contains(limitType, "second"):
	case strings.Contains(text, "concurrent"), strings.Contains(text, "already been made"):
		limit = LimitConcurrency
	case strings.Contains(text, "per-second"), strings.Contains(text, "per second"):
	case strings.Contains(text, "daily"):
		limit = LimitDaily
	case hasAfter && after.Sub(now) > longWait:
		limit = LimitDaily
	}
	if limit == LimitDaily && (strings.Contains(text, "gmt") || strings.Contains(text, "daily rate limit (")) {
		limit = LimitUserDaily
	}
	if limit == LimitPerSecond && !hasAfter {
		if reset, err := strconv.ParseInt(header.Get("X-Ratelimit-Reset"), 10, 64); err == nil && reset >= unixFrom {
			after, hasAfter = time.Unix(reset, 0).UTC(), true
		}
	}
	switch {
	case limit != LimitDaily && limit != LimitUserDaily:
		if !hasAfter {
			return limit, time.Time{}
		}
		return limit, after
	case !hasAfter:
		return limit, nextMidnight(now)
	case !after.After(now):
		// The limit ended while the answer was on its way, or the clocks
		// differ: a short wait finds out, the next midnight would lose a day.
		return limit, now.Add(time.Minute).UTC()
	}
	return limit, dailyEnd(after, now)
}

// code reads the code of a body, 0 if there is none.
func code(w map[string]json.RawMessage) int {
	var n flexInt
	if err := decodeField(w, "code", &n); err != nil {
		return 0
	}
	return int(n)
}

// firstText returns the first field that is a non-empty text.
func firstText(w map[string]json.RawMessage, names ...string) string {
	for _, name := range names {
		var text flexString
		if err := decodeField(w, name, &text); err == nil && text != "" {
			return string(text)
		}
	}
	return ""
}

// clean makes a text of Zoom fit to be kept: one line, bounded, masked.
func clean(text string) string {
	text = mask(strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage]) + "…"
	}
	return text
}
