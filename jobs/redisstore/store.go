package redisstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/jobs"
)

// Options configure a [Store].
type Options struct {
	// Prefix begins every key; "zoomusers" by default.
	Prefix string
	// Retention is how long ended jobs are kept; 30 days by default.
	Retention time.Duration
}

// Store keeps jobs in Redis; see the package documentation for its keys. It implements [jobs.Store].
type Store struct {
	rdb       redis.UniversalClient
	keys      keys
	retention time.Duration
}

// New makes a store on a client, which stays the caller's to close.
func New(rdb redis.UniversalClient, o Options) *Store {
	if o.Prefix == "" {
		o.Prefix = "zoomusers"
	}
	if o.Retention <= 0 {
		o.Retention = 30 * 24 * time.Hour
	}
	return &Store{rdb: rdb, keys: keys{o.Prefix}, retention: o.Retention}
}

var _ jobs.Store = (*Store)(nil)

// Create implements [jobs.Store].
func (s *Store) Create(ctx context.Context, j jobs.Job, entries ...jobs.Entry) error {
	j.Rev = 1
	args, err := sealed(&j, entries, j.Rev)
	if err != nil {
		return err
	}
	// The indexes first: a crash in between leaves an id without a job, which readers drop.
	pipe := s.rdb.Pipeline()
	pipe.SAdd(ctx, s.keys.open(), j.ID)
	pipe.ZAdd(ctx, s.keys.index(), redis.Z{Score: float64(j.CreatedAt.UnixMilli()), Member: j.ID})
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("index job: %w", err)
	}
	done, err := createScript.Run(ctx, s.rdb, []string{s.keys.job(j.ID), s.keys.meta(j.ID), s.keys.audit(j.ID)}, args...).Int()
	switch {
	case err != nil:
		return fmt.Errorf("store job: %w", err)
	case done == 0:
		return jobs.ErrExists
	}
	return nil
}

// sealed encodes a job and chains its entries: job, revision, entries.
func sealed(j *jobs.Job, entries []jobs.Entry, rev int64) ([]any, error) {
	head, err := jobs.Seal(j.AuditHead, entries)
	if err != nil {
		return nil, err
	}
	j.AuditHead = head
	raw, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("encode job: %w", err)
	}
	args := []any{raw, rev}
	for _, e := range entries {
		raw, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode audit entry: %w", err)
		}
		args = append(args, raw)
	}
	return args, nil
}

// Get implements [jobs.Store].
func (s *Store) Get(ctx context.Context, id string) (jobs.Job, error) {
	raw, err := s.rdb.Get(ctx, s.keys.job(id)).Bytes()
	if errors.Is(err, redis.Nil) {
		return jobs.Job{}, jobs.ErrNotFound
	}
	if err != nil {
		return jobs.Job{}, fmt.Errorf("get job: %w", err)
	}
	return decodeJob(raw)
}

func decodeJob(raw []byte) (jobs.Job, error) {
	var j jobs.Job
	if err := json.Unmarshal(raw, &j); err != nil {
		return jobs.Job{}, fmt.Errorf("decode job: %w", err)
	}
	return j, nil
}

// Update implements [jobs.Store].
func (s *Store) Update(ctx context.Context, id string, change func(*jobs.Job) ([]jobs.Entry, error)) (jobs.Job, error) {
	for {
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
		args, err := sealed(&j, entries, j.Rev)
		if err != nil {
			return jobs.Job{}, err
		}
		args[0], args[1] = args[1], args[0]
		done, err := updateScript.Run(ctx, s.rdb,
			[]string{s.keys.job(id), s.keys.meta(id), s.keys.audit(id)}, append([]any{read}, args...)...).Int()
		switch {
		case err != nil:
			return jobs.Job{}, fmt.Errorf("update job: %w", err)
		case done < 0:
			return jobs.Job{}, jobs.ErrNotFound
		case done == 1:
			return j, s.index(ctx, &j)
		}
		if err := ctx.Err(); err != nil {
			return jobs.Job{}, err
		}
	}
}

// closed reports whether nothing of a job is left to do.
func closed(j *jobs.Job) bool { return j.State.Terminal() && j.Announced >= j.Changed }

// index keeps the set of open jobs in line with a job and lets ended jobs expire.
func (s *Store) index(ctx context.Context, j *jobs.Job) error {
	if !closed(j) {
		return nil
	}
	pipe := s.rdb.Pipeline()
	for _, k := range s.keys.all(j.ID) {
		pipe.Expire(ctx, k, s.retention)
	}
	pipe.SRem(ctx, s.keys.open(), j.ID)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("close job: %w", err)
	}
	return nil
}

// List implements [jobs.Store].
func (s *Store) List(ctx context.Context, limit int) ([]jobs.Job, error) {
	ids, err := s.rdb.ZRevRange(ctx, s.keys.index(), 0, int64(limit)-1).Result()
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	found, missing, err := s.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		if err := s.rdb.ZRem(ctx, s.keys.index(), missing...).Err(); err != nil {
			return nil, fmt.Errorf("drop expired jobs: %w", err)
		}
	}
	return found, nil
}

// Open implements [jobs.Store].
func (s *Store) Open(ctx context.Context) ([]jobs.Job, error) {
	ids, err := s.rdb.SMembers(ctx, s.keys.open()).Result()
	if err != nil {
		return nil, fmt.Errorf("list open jobs: %w", err)
	}
	// Ids without a job stay: a submission may be between its two writes.
	found, _, err := s.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	open := found[:0]
	for i := range found {
		if closed(&found[i]) {
			// A crash kept the end of the job from being indexed.
			if err := s.index(ctx, &found[i]); err != nil {
				return nil, err
			}
			continue
		}
		open = append(open, found[i])
	}
	return open, nil
}

// load gets jobs by id, in that order, and says which do not exist. The ids may lie in several slots.
func (s *Store) load(ctx context.Context, ids []string) (found []jobs.Job, missing []any, err error) {
	pipe := s.rdb.Pipeline()
	cmds := make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		cmds[i] = pipe.Get(ctx, s.keys.job(id))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, nil, fmt.Errorf("get jobs: %w", err)
	}
	for i, cmd := range cmds {
		raw, err := cmd.Bytes()
		if errors.Is(err, redis.Nil) {
			missing = append(missing, ids[i])
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("get job: %w", err)
		}
		j, err := decodeJob(raw)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, j)
	}
	return found, missing, nil
}

// Audit implements [jobs.Store].
func (s *Store) Audit(ctx context.Context, id string) ([]jobs.Entry, error) {
	raws, err := s.rdb.LRange(ctx, s.keys.audit(id), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("get audit log: %w", err)
	}
	entries := make([]jobs.Entry, len(raws))
	for i, raw := range raws {
		if err := json.Unmarshal([]byte(raw), &entries[i]); err != nil {
			return nil, fmt.Errorf("decode audit entry: %w", err)
		}
	}
	return entries, nil
}

// PutBlob implements [jobs.Store].
func (s *Store) PutBlob(ctx context.Context, id string, b jobs.Blob, data []byte) error {
	if err := s.rdb.Set(ctx, s.keys.blob(id, b), data, 0).Err(); err != nil {
		return fmt.Errorf("store %s: %w", b, err)
	}
	return nil
}

// Blob implements [jobs.Store].
func (s *Store) Blob(ctx context.Context, id string, b jobs.Blob) ([]byte, error) {
	data, err := s.rdb.Get(ctx, s.keys.blob(id, b)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, jobs.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", b, err)
	}
	return data, nil
}

// Claim implements [jobs.Store].
func (s *Store) Claim(ctx context.Context, key, owner string, ttl time.Duration) (string, error) {
	if ttl <= 0 {
		// Claims that are kept until released end with the memory of the job at the latest.
		ttl = s.retention
	}
	k := s.keys.claim(key)
	for range 3 {
		got, err := s.rdb.SetNX(ctx, k, owner, ttl).Result()
		if err != nil {
			return "", fmt.Errorf("claim: %w", err)
		}
		if got {
			return owner, nil
		}
		holder, err := s.rdb.Get(ctx, k).Result()
		if err == nil {
			return holder, nil
		}
		if !errors.Is(err, redis.Nil) {
			return "", fmt.Errorf("claim: %w", err)
		}
		// The claim ended between the two calls.
	}
	return "", errors.New("claim: it keeps changing hands")
}

// Release implements [jobs.Store].
func (s *Store) Release(ctx context.Context, key, owner string) error {
	if err := releaseScript.Run(ctx, s.rdb, []string{s.keys.claim(key)}, owner).Err(); err != nil {
		return fmt.Errorf("release claim: %w", err)
	}
	return nil
}

// Lease implements [jobs.Store].
func (s *Store) Lease(ctx context.Context, id string, ttl time.Duration) (jobs.Lease, error) {
	l := jobs.Lease{JobID: id, Token: uuid.NewString()}
	fence, err := leaseScript.Run(ctx, s.rdb, []string{s.keys.lease(id), s.keys.meta(id)}, l.Token, ttl.Milliseconds()).Int64()
	switch {
	case err != nil:
		return jobs.Lease{}, fmt.Errorf("take lease: %w", err)
	case fence < 0:
		return jobs.Lease{}, jobs.ErrNotFound
	case fence == 0:
		return jobs.Lease{}, jobs.ErrLeased
	}
	l.Fence = fence
	return l, nil
}

// Extend implements [jobs.Store].
func (s *Store) Extend(ctx context.Context, l jobs.Lease, ttl time.Duration) error {
	held, err := extendScript.Run(ctx, s.rdb, []string{s.keys.lease(l.JobID), s.keys.meta(l.JobID)},
		l.Token, l.Fence, ttl.Milliseconds()).Int()
	switch {
	case err != nil:
		return fmt.Errorf("extend lease: %w", err)
	case held == 0:
		return jobs.ErrFenced
	}
	return nil
}

// Drop implements [jobs.Store].
func (s *Store) Drop(ctx context.Context, l jobs.Lease) error {
	if err := releaseScript.Run(ctx, s.rdb, []string{s.keys.lease(l.JobID)}, l.Token).Err(); err != nil {
		return fmt.Errorf("drop lease: %w", err)
	}
	return nil
}

// Leased implements [jobs.Store].
func (s *Store) Leased(ctx context.Context, id string) (bool, error) {
	n, err := s.rdb.Exists(ctx, s.keys.lease(id)).Result()
	if err != nil {
		return false, fmt.Errorf("look at lease: %w", err)
	}
	return n > 0, nil
}

// PutRows implements [jobs.Store].
func (s *Store) PutRows(ctx context.Context, l jobs.Lease, rows ...jobs.RowState) (bool, error) {
	args := make([]any, 0, 1+2*len(rows))
	args = append(args, l.Fence)
	for i := range rows {
		raw, err := json.Marshal(&rows[i])
		if err != nil {
			return false, fmt.Errorf("encode row: %w", err)
		}
		args = append(args, rows[i].Line, raw)
	}
	out, err := rowsScript.Run(ctx, s.rdb, []string{s.keys.rows(l.JobID), s.keys.meta(l.JobID)}, args...).Int()
	switch {
	case err != nil:
		return false, fmt.Errorf("store rows: %w", err)
	case out < 0:
		return false, jobs.ErrFenced
	}
	return out == 1, nil
}

// Rows implements [jobs.Store].
func (s *Store) Rows(ctx context.Context, id string) (map[int]jobs.RowState, error) {
	raws, err := s.rdb.HGetAll(ctx, s.keys.rows(id)).Result()
	if err != nil {
		return nil, fmt.Errorf("get rows: %w", err)
	}
	rows := make(map[int]jobs.RowState, len(raws))
	for key, raw := range raws {
		line, err := strconv.Atoi(key)
		if err != nil {
			return nil, fmt.Errorf("decode row %q: %w", key, err)
		}
		var rs jobs.RowState
		if err := json.Unmarshal([]byte(raw), &rs); err != nil {
			return nil, fmt.Errorf("decode row of line %d: %w", line, err)
		}
		rows[line] = rs
	}
	return rows, nil
}

// RequestStop implements [jobs.Store].
func (s *Store) RequestStop(ctx context.Context, id string) error {
	if err := s.rdb.HSet(ctx, s.keys.meta(id), "stop", 1).Err(); err != nil {
		return fmt.Errorf("request stop: %w", err)
	}
	return nil
}
