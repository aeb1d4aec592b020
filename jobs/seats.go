package jobs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// seatsError says that a licence is used up, so that some rows have to wait while the others go on.
type seatsError struct {
	licence plan.Licence
	rows    int
	err     error
}

// Error implements error.
func (e *seatsError) Error() string {
	return "no seat of " + string(e.licence) + " left for " + strconv.Itoa(e.rows) + " rows: " + e.err.Error()
}

// Unwrap returns what Zoom said.
func (e *seatsError) Unwrap() error { return e.err }

// held takes the end of a row's work. What only concerns a licence, or the limit of the day, does not end the others'.
func (e *engine) held(c *plan.Change, err error) error {
	switch {
	case err == nil, errors.Is(err, errShort), errors.Is(err, errNotBegun):
		return nil
	case errors.Is(err, zoomapi.ErrNoSeats):
		e.exhaust(baseLicence(c), err)
		return nil
	case errors.Is(err, zoomapi.ErrDailyLimit):
		e.halt(err)
		return nil
	}
	return err
}

func (e *engine) exhaust(l plan.Licence, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.spent == nil {
		e.spent = make(map[plan.Licence]error)
	}
	if e.spent[l] == nil {
		e.spent[l] = err
	}
}

func (e *engine) forgetSpent() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.spent = nil
}

func (e *engine) isSpent(l plan.Licence) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.spent[l] != nil
}

// blocked reports whether nothing can be done for a row because of a licence that is used up. A row that only lacks an
// add-on gets the rest first.
func (e *engine) blocked(c *plan.Change) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.spent) == 0 {
		return false
	}
	rs := e.rows[c.Line]
	if takesBase(c) && !rs.Licence && e.spent[baseLicence(c)] != nil {
		return true
	}
	return e.compared[c.Line] && slices.ContainsFunc(addOnLicences(c, &rs), func(l plan.Licence) bool { return e.spent[l] != nil })
}

// takesBase reports whether a change takes a seat of its user type.
func takesBase(c *plan.Change) bool {
	switch c.Action {
	case plan.ActionCreate, plan.ActionResend, plan.ActionActivate:
		return true
	case plan.ActionUpdate:
		_, typed := c.Value(roster.UserType)
		return typed
	case plan.ActionNone, plan.ActionDeactivate, plan.ActionWithdraw, plan.ActionDelete, plan.ActionUnlink:
	}
	return false
}

// baseLicence names the user type that a change needs; Basic can be limited too.
func baseLicence(c *plan.Change) plan.Licence {
	if name, ok := c.Value(roster.UserType); ok {
		return plan.Licence(name)
	}
	if c.UserType != 0 {
		return plan.Licence(plan.TypeName(c.UserType))
	}
	return plan.LicenceBase
}

// lacking tells which licence rows wait for; nil when none does.
func (e *engine) lacking() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var worst *seatsError
	for l, err := range e.spent {
		n := 0
		for i := range e.plan.Changes {
			c := &e.plan.Changes[i]
			rs := e.rows[c.Line]
			if c.Action == plan.ActionNone || rs.Outcome != "" {
				continue
			}
			if (takesBase(c) && !rs.Licence && !rs.Created && baseLicence(c) == l) || slices.Contains(addOnLicences(c, &rs), l) {
				n++
			}
		}
		if n > 0 && (worst == nil || n > worst.rows || (n == worst.rows && l < worst.licence)) {
			worst = &seatsError{licence: l, rows: n, err: err}
		}
	}
	if worst == nil {
		return nil
	}
	return worst
}

// reason is why a job pauses until then, and until when it will have done so; both are zero once it waits no more.
func (e *seatsError) reason(until, givesUp time.Time) Reason {
	r := Reason{Code: ReasonSeats, Params: map[string]string{
		"licence": string(e.licence), "rows": strconv.Itoa(e.rows), "detail": zoomDetail(e.err),
	}}
	if !until.IsZero() {
		r.Params["until"], r.Params["gives_up"] = until.Format(time.RFC3339), givesUp.Format(time.RFC3339)
	}
	return r
}

// giveBack ends the rows that were begun and lack a licence; those that were not begun stay as they are. People who are
// invited are still waited for.
func (e *engine) giveBack(ctx context.Context) error {
	var over []RowState
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		rs := e.row(c.Line)
		if rs.Outcome == "" && outcomeOf(c, rs) != OutcomeWaiting && rs.closeAt(c, e.s.now()) {
			over = append(over, rs)
		}
	}
	for chunk := range slices.Chunk(over, ledgerChunk) {
		if err := e.put(ctx, chunk...); err != nil {
			return err
		}
	}
	return nil
}
