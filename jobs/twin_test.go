package jobs_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/zoomusers/zoomusers/jobs"
)

// twin is a store in memory. The store suite keeps it in line with the real one.
type twin struct {
	mu     sync.Mutex
	now    func() time.Time
	jobs   map[string][]byte
	order  []string
	audit  map[string][]jobs.Entry
	blobs  map[string][]byte
	rows   map[string]map[int]jobs.RowState
	claims map[string]held
	leases map[string]held
	fences map[string]int64
	seqs   map[string]int64
	// engaged says which job works on whom.
	engaged map[string]string
	epoch   string
}

// held is a claim or lease; until is zero for one without an end.
type held struct {
	by    string
	until time.Time
}

var _ jobs.Store = (*twin)(nil)

func newTwin(now func() time.Time) *twin {
	return &twin{
		now: now, jobs: map[string][]byte{}, audit: map[string][]jobs.Entry{}, blobs: map[string][]byte{},
		rows: map[string]map[int]jobs.RowState{}, claims: map[string]held{}, leases: map[string]held{}, fences: map[string]int64{},
		seqs: map[string]int64{}, engaged: map[string]string{}, epoch: "run 1",
	}
}

func (s *twin) put(j *jobs.Job, entries []jobs.Entry) error {
	head, err := jobs.Seal(j.AuditHead, entries)
	if err != nil {
		return err
	}
	j.AuditHead = head
	raw, err := json.Marshal(j)
	if err != nil {
		return err
	}
	s.jobs[j.ID] = raw
	s.audit[j.ID] = append(s.audit[j.ID], entries...)
	return nil
}

func (s *twin) get(id string) (jobs.Job, error) {
	raw, ok := s.jobs[id]
	if !ok {
		return jobs.Job{}, jobs.ErrNotFound
	}
	var j jobs.Job
	err := json.Unmarshal(raw, &j)
	return j, err
}

func (s *twin) Create(_ context.Context, j jobs.Job, entries ...jobs.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.jobs[j.ID]; taken {
		return jobs.ErrExists
	}
	j.Rev = 1
	s.order = append(s.order, j.ID)
	return s.put(&j, entries)
}

func (s *twin) Get(_ context.Context, id string) (jobs.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(id)
}

func (s *twin) Update(ctx context.Context, id string, change func(*jobs.Job) ([]jobs.Entry, error)) (jobs.Job, error) {
	return s.update(ctx, id, 0, change)
}

func (s *twin) UpdateHeld(ctx context.Context, l jobs.Lease, change func(*jobs.Job) ([]jobs.Entry, error)) (jobs.Job, error) {
	return s.update(ctx, l.JobID, l.Fence, change)
}

func (s *twin) update(ctx context.Context, id string, fence int64, change func(*jobs.Job) ([]jobs.Entry, error)) (jobs.Job, error) {
	for {
		// The change runs outside of the lock, as it does with a server.
		j, err := s.Get(ctx, id)
		if err != nil {
			return jobs.Job{}, err
		}
		read := j.Rev
		entries, err := change(&j)
		if err != nil {
			return jobs.Job{}, err
		}
		j.ID, j.Rev = id, read+1
		done, err := s.swap(&j, read, fence, entries)
		if err != nil || done {
			return j, err
		}
	}
}

func (s *twin) swap(j *jobs.Job, read, fence int64, entries []jobs.Entry) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.get(j.ID)
	switch {
	case err != nil:
		return false, err
	case fence != 0 && s.fences[j.ID] != fence:
		*j = jobs.Job{}
		return false, jobs.ErrFenced
	case now.Rev != read:
		return false, nil
	}
	return true, s.put(j, entries)
}

func (s *twin) List(_ context.Context, limit int) ([]jobs.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []jobs.Job
	for _, id := range s.order {
		j, err := s.get(id)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	slices.SortStableFunc(out, func(x, y jobs.Job) int { return y.CreatedAt.Compare(x.CreatedAt) })
	return out[:min(limit, len(out))], nil
}

func (s *twin) Open(context.Context) ([]jobs.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []jobs.Job
	for _, id := range s.order {
		j, err := s.get(id)
		if err != nil {
			return nil, err
		}
		if !j.State.Terminal() || j.Announced < j.Changed {
			out = append(out, j)
		}
	}
	return out, nil
}

func (s *twin) Audit(_ context.Context, id string) ([]jobs.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.audit[id]), nil
}

func (s *twin) PutBlob(_ context.Context, id string, b jobs.Blob, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[id+"/"+string(b)] = slices.Clone(data)
	return nil
}

func (s *twin) Blob(_ context.Context, id string, b jobs.Blob) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.blobs[id+"/"+string(b)]
	if !ok {
		return nil, jobs.ErrNotFound
	}
	return slices.Clone(data), nil
}

// live returns who holds a key now.
func (s *twin) live(m map[string]held, key string) string {
	h := m[key]
	if !h.until.IsZero() && !s.now().Before(h.until) {
		return ""
	}
	return h.by
}

func (s *twin) until(ttl time.Duration) time.Time {
	if ttl <= 0 {
		return time.Time{}
	}
	return s.now().Add(ttl)
}

func (s *twin) Claim(_ context.Context, key, owner string, ttl time.Duration) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if by := s.live(s.claims, key); by != "" {
		return by, nil
	}
	s.claims[key] = held{owner, s.until(ttl)}
	return owner, nil
}

func (s *twin) Keep(_ context.Context, key, owner string, ttl time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if by := s.live(s.claims, key); by != "" && by != owner {
		return false, nil
	}
	s.claims[key] = held{owner, s.until(ttl)}
	return true, nil
}

func (s *twin) Release(_ context.Context, key, owner string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live(s.claims, key) == owner {
		delete(s.claims, key)
	}
	return nil
}

func (s *twin) Lease(_ context.Context, id string, ttl time.Duration) (jobs.Lease, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.get(id); err != nil {
		return jobs.Lease{}, err
	}
	if s.live(s.leases, id) != "" {
		return jobs.Lease{}, jobs.ErrLeased
	}
	l := jobs.Lease{JobID: id, Token: uuid.NewString()}
	s.fences[id]++
	l.Fence = s.fences[id]
	s.leases[id] = held{l.Token, s.until(ttl)}
	return l, nil
}

func (s *twin) Extend(_ context.Context, l jobs.Lease, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if by := s.live(s.leases, l.JobID); s.fences[l.JobID] != l.Fence || (by != "" && by != l.Token) {
		return jobs.ErrFenced
	}
	s.leases[l.JobID] = held{l.Token, s.until(ttl)}
	return nil
}

func (s *twin) Drop(_ context.Context, l jobs.Lease) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live(s.leases, l.JobID) == l.Token {
		delete(s.leases, l.JobID)
	}
	return nil
}

func (s *twin) Leased(_ context.Context, id string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live(s.leases, id) != "", nil
}

func (s *twin) PutRows(_ context.Context, l jobs.Lease, rows ...jobs.RowState) (jobs.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fences[l.JobID] != l.Fence {
		return jobs.Receipt{}, jobs.ErrFenced
	}
	if s.rows[l.JobID] == nil {
		s.rows[l.JobID] = map[int]jobs.RowState{}
	}
	for _, rs := range rows {
		rs.Joined, rs.Outstanding = slices.Clone(rs.Joined), slices.Clone(rs.Outstanding)
		s.rows[l.JobID][rs.Line] = rs
	}
	s.seqs[l.JobID]++
	j, err := s.get(l.JobID)
	return jobs.Receipt{Wish: j.Wish(), Seq: s.seqs[l.JobID]}, err
}

func (s *twin) Seq(_ context.Context, id string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seqs[id], nil
}

func (s *twin) Epoch(context.Context, string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch, nil
}

func (s *twin) PutBlobHeld(_ context.Context, l jobs.Lease, b jobs.Blob, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fences[l.JobID] != l.Fence {
		return jobs.ErrFenced
	}
	s.blobs[l.JobID+"/"+string(b)] = slices.Clone(data)
	return nil
}

func (s *twin) Engage(_ context.Context, id string, people []string) (holder string, held int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range people {
		by := s.engaged[p]
		if by == "" || by == id || (holder != "" && by != holder) {
			continue
		}
		holder = by
		held++
	}
	if holder != "" {
		return holder, held, nil
	}
	for _, p := range people {
		s.engaged[p] = id
	}
	return "", 0, nil
}

func (s *twin) Disengage(_ context.Context, id string, people ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.engaged, func(p, by string) bool {
		return by == id && (len(people) == 0 || slices.Contains(people, p))
	})
	return nil
}

func (s *twin) Rows(_ context.Context, id string) (map[int]jobs.RowState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.rows[id]), nil
}

// past is what a twin held at a moment.
type past struct {
	jobs    map[string][]byte
	audit   map[string][]jobs.Entry
	blobs   map[string][]byte
	rows    map[string]map[int]jobs.RowState
	seqs    map[string]int64
	engaged map[string]string
}

// snapshot keeps what the twin holds, without leases: those are renewed all the time.
func (s *twin) snapshot() past {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := past{
		jobs: maps.Clone(s.jobs), audit: map[string][]jobs.Entry{}, blobs: maps.Clone(s.blobs),
		rows: map[string]map[int]jobs.RowState{}, seqs: maps.Clone(s.seqs), engaged: maps.Clone(s.engaged),
	}
	for id, rows := range s.rows {
		p.rows[id] = maps.Clone(rows)
	}
	for id, entries := range s.audit {
		p.audit[id] = slices.Clone(entries)
	}
	return p
}

// rollBack makes the twin a server that was started again without its newest writes.
func (s *twin) rollBack(p past) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs, s.audit, s.blobs, s.rows, s.seqs, s.engaged = p.jobs, p.audit, p.blobs, p.rows, p.seqs, p.engaged
	s.epoch += "+"
}
