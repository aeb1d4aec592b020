package slacktest

import (
	"fmt"
	"time"
)

// Rates of chat.postMessage: one a second and channel with short bursts, and a
// cap for the whole workspace.
const (
	postBurst     = 6
	postPerSecond = 1
	postPerMinute = 300
)

// slowDownError is a call over its rate.
type slowDownError struct{ wait time.Duration }

func (e *slowDownError) Error() string { return fmt.Sprintf("ratelimited for %s", e.wait) }

// seconds is Retry-After: whole seconds, at least one.
func (e *slowDownError) seconds() int {
	return max(1, int((e.wait+time.Second-1)/time.Second))
}

// limitCall counts c against its method and refuses it over the limit. A
// refused call does not count.
func (w *Workspace) limitCall(c *call, m apiMethod) error {
	if w.opts.RateOff {
		return nil
	}
	if c.method != "chat.postMessage" {
		return w.limit(c.method, m.perMinute, time.Minute)
	}
	if err := w.limit(c.method+" "+c.str("channel"), postBurst, postBurst*time.Second/postPerSecond); err != nil {
		return err
	}
	return w.limit(c.method, postPerMinute, time.Minute)
}

// limit allows n calls of key in every window.
func (w *Workspace) limit(key string, n int, window time.Duration) error {
	if n <= 0 {
		return nil
	}
	n = max(1, int(float64(n)*w.opts.RateScale))
	now := w.now()
	recent := w.windows[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= window {
		recent = recent[1:]
	}
	if len(recent) >= n {
		w.windows[key] = recent
		return &slowDownError{wait: window - now.Sub(recent[len(recent)-n])}
	}
	w.windows[key] = append(recent, now)
	return nil
}
