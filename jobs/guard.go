package jobs

import (
	"context"
	"fmt"
	"strconv"

	"github.com/zoomusers/zoomusers/jobs/plan"
)

// Guards keep a job that goes wrong from going on, and a plan that is out of proportion from being approved. A negative
// number takes a guard away.
type Guards struct {
	// Canary is how many rows are carried out before the others are begun, in plans that change more than twice as many;
	// 10 by default.
	Canary int
	// FailedShare is the share of rows that may fail, above 0 and up to 1; 0.5 by default. Fewer than twenty in all never
	// stop a job.
	FailedShare float64
	// TouchedShare is the share of the people in the account that one plan may change; 1 by default, which is no limit.
	// RemovedShare is the share that it may take the access from: deactivate, delete or unlink; 0.2 by default. Plans for
	// no more than twenty people are never too large.
	TouchedShare float64
	RemovedShare float64
	// AllowAdmins lets plans take licences, access and addresses from administrators.
	AllowAdmins bool
}

const (
	defaultCanary  = 10
	defaultFailed  = 0.5
	defaultTouched = 1
	defaultRemoved = 0.2
	// leastFailures is how many rows have to fail before their share says something.
	leastFailures = 20
	// leastTouched is up to how many people a plan is never too large.
	leastTouched = 20
)

func (g Guards) withDefaults() Guards {
	g.Canary = orDefault(g.Canary, defaultCanary)
	g.FailedShare = orDefault(g.FailedShare, defaultFailed)
	g.TouchedShare = orDefault(g.TouchedShare, defaultTouched)
	g.RemovedShare = orDefault(g.RemovedShare, defaultRemoved)
	return g
}

// guard counts how the rows of a running job end. All methods can be called on nil. The engine's lock guards it.
type guard struct {
	share         float64
	failed, ended int
	// done says that the alarm was given, waived that a person has let the job go on regardless.
	done, waived bool
}

// newGuard counts from where a person has let the job go on regardless.
func newGuard(share float64, rows map[int]RowState, waived Waiver) *guard {
	if share < 0 {
		return nil
	}
	now := endings(rows)
	return &guard{share: share, failed: now.Failed - waived.Failed, ended: now.Ended - waived.Ended, waived: waived != Waiver{}}
}

// endings counts the rows that were worked on and are over. Rows that were wrong in the file have not been worked on.
func endings(rows map[int]RowState) Waiver {
	var w Waiver
	for _, rs := range rows {
		if rs.Outcome == "" {
			continue
		}
		w.Ended++
		if bad(rs.Outcome) {
			w.Failed++
		}
	}
	return w
}

// bad reports whether an outcome says that something is wrong.
func bad(o Outcome) bool { return o == OutcomeFailed || o == OutcomeConflict }

// count takes note of a row that goes from one outcome to another.
func (g *guard) count(from, to Outcome) {
	if g == nil || from == to {
		return
	}
	if from == "" {
		g.ended++
	}
	if bad(to) && !bad(from) {
		g.failed++
	}
}

// alarm says once that too many rows went wrong; nil otherwise.
func (g *guard) alarm() error {
	if g == nil || g.done || g.failed < leastFailures || float64(g.failed) <= g.share*float64(g.ended) {
		return nil
	}
	g.done = true
	return &guardError{code: ReasonErrors, failed: g.failed, rows: g.ended, limit: g.share}
}

// guardError says that a guard has stopped a job.
type guardError struct {
	code         ReasonCode
	failed, rows int
	limit        float64
}

// Error implements error.
func (e *guardError) Error() string { return fmt.Sprintf("%d of %d rows failed", e.failed, e.rows) }

func (e *guardError) reason() Reason {
	return Reason{Code: e.code, Params: map[string]string{
		"failed": strconv.Itoa(e.failed), "rows": strconv.Itoa(e.rows), "percent": percent(float64(e.failed) / float64(max(1, e.rows))),
		"limit": percent(e.limit),
	}}
}

// percent is a share in whole percent, rounded up so that a share above a limit never looks like it.
func percent(share float64) string {
	n := int(share * 100)
	if float64(n) < share*100-1e-9 {
		n++
	}
	return strconv.Itoa(n)
}

// canary carries out the first rows and looks how they went before any other is begun.
func (e *engine) canary(ctx context.Context) error {
	n := e.s.o.Guards.Canary
	var first map[int]bool
	if e.guard != nil && n > 0 && !e.guard.waived && e.whyHalted() == nil {
		first = e.firstRows(n)
	}
	if len(first) == 0 {
		return nil
	}
	if err := e.flow(ctx, func(c *plan.Change) bool { return first[c.Line] }); err != nil {
		return err
	}
	failed := 0
	for line := range first {
		if bad(e.row(line).Outcome) {
			failed++
		}
	}
	if float64(failed) >= e.guard.share*float64(n) {
		e.halt(&guardError{code: ReasonCanary, failed: failed, rows: n, limit: e.guard.share})
	}
	return nil
}

// firstRows are the first lines in the order in which rows are begun; none when the plan is too small for a canary.
func (e *engine) firstRows(n int) map[int]bool {
	var lines []int
	for _, frees := range []bool{true, false} {
		for i := range e.plan.Changes {
			if c := &e.plan.Changes[i]; c.Action != plan.ActionNone && c.Frees() == frees {
				lines = append(lines, c.Line)
			}
		}
	}
	if len(lines) <= 2*n {
		return nil
	}
	first := make(map[int]bool, n)
	for _, line := range lines[:n] {
		first[line] = true
	}
	return first
}

// tooLarge says whether a plan is out of proportion to the account.
func (g Guards) tooLarge(p *plan.Plan) (Reason, bool) {
	inAccount := p.People
	if p.Undoes != "" || inAccount <= 0 {
		return Reason{}, false
	}
	for _, limit := range []struct {
		code   ReasonCode
		people int
		share  float64
	}{{ReasonRemoved, p.Removed(), g.RemovedShare}, {ReasonTouched, p.Touched(), g.TouchedShare}} {
		share := float64(limit.people) / float64(inAccount)
		if limit.share < 0 || limit.share >= 1 || limit.people <= leastTouched || share <= limit.share {
			continue
		}
		return Reason{Code: limit.code, Params: map[string]string{
			"people": strconv.Itoa(limit.people), "account": strconv.Itoa(inAccount), "percent": percent(share), "limit": percent(limit.share),
		}}, true
	}
	return Reason{}, false
}
