package zoomtest

import (
	"net/http"
	"strconv"
	"time"
)

// Texts of the four kinds of HTTP 429. Clients tell them apart by these words
// when headers are missing.
const (
	perSecondMessage  = "You have reached the maximum per-second rate limit for this API. Try again later."
	dailyMessage      = "You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."
	userDailyMessage  = "You have exceeded the daily rate limit (100) of API requests permitted for this particular user. You may resume these requests at GMT 00:00:00."
	concurrentMessage = "Too many concurrent requests. A request to disassociate this user has already been made."
)

// Names of the rate headers.
const (
	headCategory  = "X-Ratelimit-Category"
	headType      = "X-Ratelimit-Type"
	headLimit     = "X-Ratelimit-Limit"
	headRemaining = "X-Ratelimit-Remaining"
	headRetry     = "Retry-After"
)

// window counts the calls of one class in the running second and day.
type window struct {
	second int64
	used   int
	day    dayCount
	rush   rush
}

func (l Limits) of(class Class) Limit {
	switch class {
	case Light:
		return l.Light
	case Medium:
		return l.Medium
	case Heavy:
		return l.Heavy
	default:
		return Limit{PerSecond: -1, PerDay: -1}
	}
}

// perSecond is the limit of a class in one second of the account's clock;
// negative when there is none.
func (a *Account) perSecond(class Class) int {
	n := a.limits().of(class).PerSecond
	if n < 0 {
		return -1
	}
	return max(int(float64(n)*a.opts.Speed), 1)
}

// perDay is a limit of the day, scaled if that was asked for; negative when
// there is none.
func (a *Account) perDay(n int) int {
	if n < 0 || !a.opts.ScaleDays {
		return n
	}
	return max(int(float64(n)*a.opts.Speed), 1)
}

// admit counts a call against the limits of its class. Refused calls do not
// count.
func (a *Account) admit(c *call, h http.Header) (answer, bool) {
	if c.route.class == "" {
		return answer{}, true
	}
	a.limitMu.Lock()
	defer a.limitMu.Unlock()
	w := a.windowOf(c.route.class, c.now)
	w.rush.note(c.now)
	if a.opts.NoLimits {
		return answer{}, true
	}
	perSecond, perDay := a.perSecond(c.route.class), a.perDay(a.limits().of(c.route.class).PerDay)
	switch {
	case perDay >= 0 && w.day.today(c.now) >= perDay:
		return dailyRefusal(c.route.class, perDay, c.now), false
	case perSecond >= 0 && w.used >= perSecond:
		return perSecondRefusal(c.route.class, perSecond), false
	case c.route.spaced && c.now.Before(a.features.Add(a.featureInterval())):
		return perSecondRefusal(c.route.class, 1), false
	}
	w.day.today(c.now)
	w.day.used++
	w.used++
	if c.route.spaced {
		a.features = c.now
	}
	if perSecond >= 0 && !a.opts.NoRateHeaders {
		h.Set(headCategory, string(c.route.class))
		h.Set(headType, "QPS")
		h.Set(headLimit, strconv.Itoa(perSecond))
		h.Set(headRemaining, strconv.Itoa(perSecond-w.used))
	}
	return answer{}, true
}

// windowOf is what was counted of a class, at this second. limitMu is held.
func (a *Account) windowOf(class Class, now time.Time) *window {
	w := a.windows[class]
	if w == nil {
		w = &window{}
		a.windows[class] = w
	}
	if second := now.Unix(); w.second != second {
		w.second, w.used = second, 0
	}
	return w
}

func (a *Account) featureInterval() time.Duration {
	interval := a.limits().FeatureInterval
	if interval < 0 {
		return 0
	}
	return time.Duration(float64(interval) / a.opts.Speed)
}

func perSecondRefusal(class Class, limit int) answer {
	ans := refuse(http.StatusTooManyRequests, 429, perSecondMessage)
	ans.header = map[string]string{
		headCategory: string(class), headType: "QPS", headLimit: strconv.Itoa(limit), headRemaining: "0", headRetry: "",
	}
	return ans
}

func dailyRefusal(class Class, limit int, now time.Time) answer {
	ans := refuse(http.StatusTooManyRequests, 429, dailyMessage)
	ans.header = map[string]string{
		headCategory: string(class), headType: "Daily-limit", headLimit: strconv.Itoa(limit), headRemaining: "0",
		headRetry: midnight(now).Format(time.RFC3339),
	}
	return ans
}

// concurrentRefusal has no rate headers.
func concurrentRefusal() answer {
	ans := refuse(http.StatusTooManyRequests, 429, concurrentMessage)
	ans.header = noRateHeaders()
	return ans
}

func noRateHeaders() map[string]string {
	return map[string]string{headCategory: "", headType: "", headLimit: "", headRemaining: "", headRetry: ""}
}

// userDailyRefusal carries the account's counters, which are not zero: the cap
// that was hit is another one.
func userDailyRefusal(class Class, limit, remaining int) answer {
	ans := refuse(http.StatusTooManyRequests, 429, userDailyMessage)
	ans.header = map[string]string{
		headCategory: string(class), headType: "", headLimit: strconv.Itoa(limit), headRemaining: strconv.Itoa(remaining), headRetry: "",
	}
	return ans
}
