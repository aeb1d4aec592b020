package zoomapi

import (
	"context"
	"time"
)

// Invitations is no rate class of Zoom's but the daily cap on people who are
// invited with [ActionCreate]; it has no rate per second.
const Invitations Class = "invitations"

// Allowance is what is granted and used of one class at a moment.
type Allowance struct {
	Class Class
	// Documented is Zoom's documented number of calls per second; Granted is
	// what is used of it now: the share, lowered where Zoom refused earlier.
	// Both are 0 for [Invitations].
	Documented, Granted float64
	// Used are calls since 00:00 UTC by all processes that share the budget,
	// PerDay the daily cap that is reckoned with; 0 where there is none.
	Used, PerDay int
	// SharedWith are the other classes that Used and PerDay are of as well,
	// nil for none.
	SharedWith []Class
	// HeldUntil is until when no call of the class leaves; zero if they do.
	HeldUntil time.Time
}

// Budget reports the allowances in a fixed order: the rate classes, then
// [Invitations]. Classes that share a daily allowance, as [Heavy] and
// [ResourceIntensive] do on paid plans, both report all of it and name each
// other in SharedWith. A client with a foreign [Pacer] has none to report. An
// error that the shared budget cannot be reached matches [ErrUnreachable].
func (c *Client) Budget(ctx context.Context) ([]Allowance, error) {
	if c.budget == nil {
		return nil, nil
	}
	return c.budget.Allowances(ctx)
}

// Reopen forgets until when Zoom said that it accepts no more calls of a day,
// so that the next ones reach it again and it decides: for a person who says
// "try now". It holds for all processes that share the budget within seconds,
// but for kinds of call with a cap that is not counted here, which only this
// process forgets. Counts stay, and what they close. An error that the shared
// budget cannot be reached matches [ErrUnreachable].
func (c *Client) Reopen(ctx context.Context) error {
	if c.budget == nil {
		return nil
	}
	return c.budget.reopen(ctx)
}

type flowKey struct{}

// WithFlow names the work that calls made with the context belong to, such
// as a job. Callers of different flows take turns, so that little work does
// not stand behind much.
func WithFlow(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, flowKey{}, name)
}

// flowOf is the name that [WithFlow] gave, empty for none.
func flowOf(ctx context.Context) string {
	name, _ := ctx.Value(flowKey{}).(string)
	return name
}

type checkKey struct{}

// WithCheck has check asked right before each request made with the context
// is sent, after all waiting, and once before, when the request's turn has come.
// An error of it keeps the request from being sent and is what the call returns,
// wrapped. Checks that the context has
// already are asked first.
func WithCheck(ctx context.Context, check func() error) context.Context {
	return context.WithValue(ctx, checkKey{}, func() error {
		if err := checkOf(ctx); err != nil {
			return err
		}
		return check()
	})
}

// checkOf asks what [WithCheck] gave.
func checkOf(ctx context.Context) error {
	if check, ok := ctx.Value(checkKey{}).(func() error); ok {
		return check()
	}
	return nil
}
