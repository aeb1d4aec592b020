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
	raw, log, err := sealed(&j, entries)
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
	done, err := createScript.Run(ctx, s.rdb, s.record(j.ID), append([]any{raw, j.Rev, uuid.NewString()}, log...)...).Int()
	switch {
	case err != nil:
		return fmt.Errorf("store job: %w", err)
	case done == 0:
		return jobs.ErrExists
	}
	return nil
}

// record names the keys that are written together with a job.
func (s *Store) record(id string) []string {
	return []string{s.keys.job(id), s.keys.meta(id), s.keys.audit(id)}
}

// sealed chains a job's new entries and encodes both.
func sealed(j *jobs.Job, entries []jobs.Entry) (raw []byte, log []any, err error) {
	if j.AuditHead, err = jobs.Seal(j.AuditHead, entries); err != nil {
		return nil, nil, err
	}
	if raw, err = json.Marshal(j); err != nil {
		return nil, nil, fmt.Errorf("encode job: %w", err)
	}
	for _, e := range entries {
		line, err := json.Marshal(e)
		if err != nil {
			return nil, nil, fmt.Errorf("encode audit entry: %w", err)
		}
		log = append(log, line)
	}
	return raw, log, nil
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
	return s.update(ctx, id, "", change)
}

// UpdateHeld implements [jobs.Store].
func (s *Store) UpdateHeld(
	ctx context.Context, l jobs.Lease, change func(*jobs.Job) ([]jobs.Entry, error),
) (jobs.Job, error) {
	return s.update(ctx, l.JobID, l.Token, change)
}

func (s *Store) update(
	ctx context.Context, id, owner string, change func(*jobs.Job) ([]jobs.Entry, error),
) (jobs.Job, error) {
	for {
		j, err := s.Get(ctx, id)
		if err != nil {
			return jobs.Job{}, err
		}
		read, ended := j.Rev, closed(&j)
		entries, err := change(&j)
		if err != nil {
			return jobs.Job{}, err
		}
		j.ID, j.Rev = id, read+1
		raw, log, err := sealed(&j, entries)
		if err != nil {
			return jobs.Job{}, err
		}
		if ended && !closed(&j) {
			// Before the record is written: an open job that nobody looks after would be worse than the other way round.
			if err := s.reopen(ctx, id); err != nil {
				return jobs.Job{}, err
			}
		}
		args := append([]any{read, j.Rev, raw, uuid.NewString(), owner, string(j.Wish())}, log...)
		done, err := updateScript.Run(ctx, s.rdb, s.record(id), args...).Int()
		switch {
		case err != nil:
			return jobs.Job{}, fmt.Errorf("update job: %w", err)
		case done == 1:
			// The record is written, and that decides. What fails here is made good by the next Open.
			if ended && !closed(&j) {
				// Whoever ended it may have taken it out meanwhile.
				_ = s.reopen(ctx, id)
			}
			_ = s.index(ctx, &j)
			return j, nil
		case done == -1:
			return jobs.Job{}, jobs.ErrNotFound
		case done < -1:
			return jobs.Job{}, jobs.ErrFenced
		}
		if err := ctx.Err(); err != nil {
			return jobs.Job{}, err
		}
	}
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

// PutBlobHeld implements [jobs.Store].
func (s *Store) PutBlobHeld(ctx context.Context, l jobs.Lease, b jobs.Blob, data []byte) error {
	done, err := blobScript.Run(ctx, s.rdb, []string{s.keys.blob(l.JobID, b), s.keys.meta(l.JobID)}, l.Token, data).Int()
	switch {
	case err != nil:
		return fmt.Errorf("store %s: %w", b, err)
	case done == 0:
		return jobs.ErrFenced
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
	ttl = max(ttl, 0)
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

// Keep implements [jobs.Store].
func (s *Store) Keep(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	kept, err := keepScript.Run(ctx, s.rdb, []string{s.keys.claim(key)}, owner, ttl.Milliseconds()).Int()
	if err != nil {
		return false, fmt.Errorf("keep claim: %w", err)
	}
	return kept == 1, nil
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
	fence, err := leaseScript.Run(ctx, s.rdb, []string{s.keys.lease(id), s.keys.meta(id), s.keys.job(id)}, l.Token, ttl.Milliseconds()).Int64()
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
		l.Token, ttl.Milliseconds()).Int()
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
func (s *Store) PutRows(ctx context.Context, l jobs.Lease, rows ...jobs.RowState) (jobs.Receipt, error) {
	args := make([]any, 0, 1+2*len(rows))
	args = append(args, l.Token)
	for i := range rows {
		raw, err := json.Marshal(&rows[i])
		if err != nil {
			return jobs.Receipt{}, fmt.Errorf("encode row: %w", err)
		}
		args = append(args, rows[i].Line, raw)
	}
	out, err := rowsScript.Run(ctx, s.rdb, []string{s.keys.rows(l.JobID), s.keys.meta(l.JobID)}, args...).Slice()
	if err != nil {
		return jobs.Receipt{}, fmt.Errorf("store rows: %w", err)
	}
	seq, _ := out[0].(int64)
	wish, _ := out[1].(string)
	if seq == 0 {
		return jobs.Receipt{}, jobs.ErrFenced
	}
	return jobs.Receipt{Wish: jobs.Wish(wish), Seq: seq}, nil
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

// Seq implements [jobs.Store].
func (s *Store) Seq(ctx context.Context, id string) (int64, error) {
	n, err := s.rdb.HGet(ctx, s.keys.meta(id), "seq").Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, fmt.Errorf("get number of the ledger: %w", err)
	}
	return n, nil
}
