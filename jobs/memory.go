package jobs

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// memory tells whether the store has lost records while an engine is at work: the numbers of its writes never repeat
// otherwise. The engine's lock guards it.
type memory struct {
	// top is the highest number seen, gaps are those below it that were not seen yet: answers overtake one another.
	top  int64
	gaps map[int64]bool
	// first are the rows as they were found; wasLost says that records were lost since.
	first   map[int]RowState
	wasLost bool
}

// lost takes the number of a write and reports whether records before it are gone.
func (m *memory) lost(seq int64) bool {
	switch {
	case seq > m.top:
		for n := m.top + 1; n < seq && len(m.gaps) < maxGaps; n++ {
			if m.gaps == nil {
				m.gaps = make(map[int64]bool)
			}
			m.gaps[n] = true
		}
		m.top = seq
		return false
	case m.gaps[seq]:
		delete(m.gaps, seq)
		return false
	}
	m.top, m.gaps, m.wasLost = seq, nil, true
	return true
}

// maxGaps bounds the memory: as many answers are never on their way at once.
const maxGaps = 10_000

// restore writes again what this engine has recorded, because the store has lost some of it.
func (e *engine) restore(ctx context.Context) error {
	e.mu.Lock()
	var rows []RowState
	for _, line := range slices.Sorted(maps.Keys(e.rows)) {
		if rs := e.rows[line]; !reflect.DeepEqual(rs, e.memory.first[line]) {
			rows = append(rows, rs)
		}
	}
	e.mu.Unlock()
	e.s.log.WarnContext(ctx, "the store has lost records of the ledger, they are written again", "job_id", e.lease.JobID, "rows", len(rows))
	for chunk := range slices.Chunk(rows, ledgerChunk) {
		receipt, err := e.s.o.Store.PutRows(ctx, e.lease, chunk...)
		if err != nil {
			return fmt.Errorf("write the ledger again: %w", err)
		}
		e.mu.Lock()
		e.memory.top = max(e.memory.top, receipt.Seq)
		e.mu.Unlock()
	}
	return nil
}

// secure makes sure at the end of an attempt that the store has what this engine recorded.
func (e *engine) secure(ctx context.Context) error {
	seq, err := e.s.o.Store.Seq(ctx, e.lease.JobID)
	if err != nil {
		return err
	}
	e.mu.Lock()
	whole := !e.memory.wasLost && seq >= e.memory.top
	e.memory.wasLost = false
	e.mu.Unlock()
	if whole {
		return nil
	}
	return e.restore(ctx)
}

// recall reads the account after the store may have lost records with nobody there who remembers them: people whom the job
// was to add and who are there were added by it, and nothing is written unread.
func (e *engine) recall(ctx context.Context) error {
	var missing []*plan.Change
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		adds := c.Action == plan.ActionCreate || c.Action == plan.ActionResend
		if rs := e.row(c.Line); adds && rs.Outcome == "" && !rs.Created {
			missing = append(missing, c)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	e.s.log.WarnContext(ctx, "the store may have lost records, the account is read again", "job_id", e.lease.JobID, "rows", len(missing))
	if err := pause(ctx, e.s.o.SettleAfter); err != nil {
		return err
	}
	there, err := e.present(ctx, missing)
	if err != nil {
		return err
	}
	for _, c := range missing {
		u, found := there[c.Key]
		if !found {
			continue
		}
		rs := e.row(c.Line)
		if c.Action == plan.ActionResend && !rs.Withdrawn && rs.Intent == "" {
			if u.Status != zoomapi.StatusPending {
				continue
			}
			// Whether this is the old invitation or the new one, nobody knows, and nobody is invited twice.
			if err := e.fail(ctx, rs, Failure{Step: StepCreate, Reason: FailureNoAnswer}); err != nil {
				return err
			}
			continue
		}
		if rs.Withdrawn && !rs.Cleared {
			continue
		}
		if err := e.created(ctx, c, rs, u); err != nil {
			return err
		}
	}
	return nil
}

// present reads which of the people are in the account.
func (e *engine) present(ctx context.Context, changes []*plan.Change) (map[string]zoomapi.User, error) {
	there := make(map[string]zoomapi.User)
	if len(changes) <= fewRows {
		for _, c := range changes {
			u, found, err := lookup(ctx, e.dir, c.Key)
			if err != nil && !isRowError(err) {
				return nil, err
			}
			if found {
				there[c.Key] = u
			}
		}
	}
	for _, status := range []string{zoomapi.StatusPending, zoomapi.StatusActive} {
		if status == zoomapi.StatusActive && len(changes) <= fewRows {
			break
		}
		for u, err := range e.dir.Users(ctx, zoomapi.ListUsersOptions{Status: status}) {
			if err != nil {
				return nil, fmt.Errorf("list %s users: %w", status, err)
			}
			if key := plan.Key(u.Email); there[key].Email == "" {
				u.Status = orDefault(u.Status, status)
				there[key] = u
			}
		}
	}
	return there, nil
}
