package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// maxTries is how often one call with an unknown outcome is made for a row.
const maxTries = 3

// create adds one person. The intent is stored before each call and its outcome after it.
func (e *engine) create(ctx context.Context, c *plan.Change) error {
	if err := e.clear(ctx, c); err != nil {
		return err
	}
	rs := e.row(c.Line)
	tried := rs.unsettled()
	var refused error
	for try := 0; ; try++ {
		if tried && rs.Withdrawn && !rs.Cleared {
			// Zoom still shows the invitation that was taken back, so reading cannot tell, and nothing is repeated blindly.
			return e.fail(ctx, rs, Failure{Step: StepCreate, Reason: FailureNoAnswer})
		}
		if tried {
			// The outcome of a former call is unknown: it is read, not repeated.
			settled, err := e.settle(ctx, c, rs)
			if err != nil || settled {
				return err
			}
		}
		switch {
		case e.whyHalted() != nil:
			return e.withdraw(ctx, rs)
		case try == maxTries:
			if !tried {
				return e.fail(ctx, rs, failure(StepCreate, refused))
			}
			// Zoom may be slow to show somebody: one more look before the row is given up.
			settled, err := e.settle(ctx, c, rs)
			if err != nil || settled {
				return err
			}
			return e.fail(ctx, rs, Failure{Step: StepCreate, Reason: FailureNoAnswer})
		}
		rs.Intent = StepCreate
		if err := e.put(ctx, rs); err != nil {
			return err
		}
		if e.whyHalted() != nil {
			return e.withdraw(ctx, rs)
		}
		person, err := newUser(c, e.plan.CreateAction)
		if err != nil {
			return errors.Join(err, e.withdraw(ctx, rs))
		}
		u, err := e.dir.CreateUser(ctx, e.plan.CreateAction, person)
		switch {
		case err == nil:
			return e.created(ctx, c, rs, u)
		case errors.Is(err, errNotBegun):
			return e.withdraw(ctx, rs)
		case errors.Is(err, zoomapi.ErrUnknownOutcome):
			e.s.log.WarnContext(ctx, "outcome of a call is unknown", "job_id", e.lease.JobID, "line", c.Line, "attempt", try+1)
			tried = true
		case errors.Is(err, zoomapi.ErrExists) && rs.Withdrawn && !tried:
			// Zoom has not forgotten the old invitation yet.
			refused = err
			if err := errors.Join(e.withdraw(ctx, rs), pause(ctx, e.s.o.SettleAfter)); err != nil {
				return err
			}
		case errors.Is(err, zoomapi.ErrExists) && tried:
			// Our own unanswered attempt had succeeded. Who it is, the next steps find out if this does not tell.
			u, _, _ = lookup(ctx, e.dir, c.Key)
			return e.created(ctx, c, rs, u)
		case isRowError(err):
			return e.fail(ctx, rs, failure(StepCreate, err))
		default:
			return errors.Join(err, e.withdraw(ctx, rs))
		}
	}
}

// settle reads whether an unanswered attempt to add somebody succeeded, and records it if it did.
func (e *engine) settle(ctx context.Context, c *plan.Change, rs RowState) (bool, error) {
	if err := pause(ctx, e.s.o.SettleAfter); err != nil {
		return false, err
	}
	begun := time.Now()
	u, found, err := lookup(ctx, e.dir, c.Key)
	switch {
	case isRowError(err):
		return true, e.fail(ctx, rs, failure(StepCreate, err))
	case err != nil:
		return false, err
	case found:
		return true, e.created(ctx, c, rs, u)
	case e.plan.CreateAction != zoomapi.ActionCreate:
		return false, nil
	}
	// Invited people cannot always be read; the list has them all.
	invited, err := e.invited.has(ctx, e.dir, c.Key, begun)
	if err != nil || !invited {
		return false, err
	}
	return true, e.created(ctx, c, rs, zoomapi.User{Status: zoomapi.StatusPending})
}

// invitedList shares one list of pending people among rows that need it at about the same time.
type invitedList struct {
	mu   sync.Mutex
	read time.Time
	keys map[string]bool
}

// has reports whether somebody is in the list, as it was after a moment.
func (l *invitedList) has(ctx context.Context, dir Reader, key string, after time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.read.After(after) {
		now := time.Now()
		keys, err := listPending(ctx, dir)
		if err != nil {
			return false, err
		}
		l.keys, l.read = keys, now
	}
	return l.keys[key], nil
}

// withdraw takes back an intent whose call was not made, or was refused before it did anything.
func (e *engine) withdraw(ctx context.Context, rs RowState) error {
	if rs.Intent == "" {
		return nil
	}
	rs.Intent = ""
	return e.put(ctx, rs)
}

func (e *engine) created(ctx context.Context, c *plan.Change, rs RowState, u zoomapi.User) error {
	rs.Intent, rs.Created, rs.UserID = "", true, u.ID
	switch {
	case u.Status == zoomapi.StatusPending:
		rs.Presence = PresencePending
	case u.Status == zoomapi.StatusActive, e.plan.CreateAction != zoomapi.ActionCreate:
		rs.Presence = PresenceActive
	}
	if rs.Presence == PresenceActive {
		e.conclude(c, &rs)
	}
	return e.put(ctx, rs)
}

func newUser(c *plan.Change, action zoomapi.CreateAction) (zoomapi.NewUser, error) {
	nu := zoomapi.NewUser{Email: c.Key, Type: c.UserType}
	nu.FirstName, _ = c.Value(roster.FirstName)
	nu.LastName, _ = c.Value(roster.LastName)
	nu.DisplayName, _ = c.Value(roster.DisplayName)
	if nu.Type == 0 {
		nu.Type = zoomapi.TypeBasic
	}
	if action != zoomapi.ActionAutoCreate {
		return nu, nil
	}
	var err error
	nu.Password, err = newPassword()
	return nu, err
}

// newPassword makes a password that nobody is told: people set their own with Zoom's link for that. Capitals, small
// letters and digits follow one another in turn, which keeps every rule that Zoom has about repeats and runs.
func newPassword() (zoomapi.Secret, error) {
	classes := []string{"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789"}
	const length = 24
	b := make([]byte, 0, length)
	for i := range length {
		class := classes[i%len(classes)]
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(class))))
		if err != nil {
			return zoomapi.Secret{}, fmt.Errorf("make a password: %w", err)
		}
		b = append(b, class[n.Int64()])
	}
	return zoomapi.NewSecret(string(b)), nil
}
