package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/jobs"
)

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
	// Somebody may have opened it again since it was read.
	if now, err := s.Get(ctx, j.ID); err == nil && !closed(&now) {
		return s.reopen(ctx, j.ID)
	}
	return nil
}

// reopen puts a job back into the set of open ones and keeps it from expiring.
func (s *Store) reopen(ctx context.Context, id string) error {
	pipe := s.rdb.Pipeline()
	for _, k := range s.keys.all(id) {
		pipe.Persist(ctx, k)
	}
	pipe.SAdd(ctx, s.keys.open(), id)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("reopen job: %w", err)
	}
	return nil
}

// strayAfter is how old an id without a job is before it is dropped from the indexes: younger ones may be between the two
// writes of Create.
const strayAfter = time.Hour

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
	return found, errors.Join(s.missed(ctx, found), s.dropStrays(ctx, missing))
}

// missed puts open jobs back into the set of them that a crash has kept from it.
func (s *Store) missed(ctx context.Context, found []jobs.Job) error {
	var (
		ids     []string
		members []any
	)
	for i := range found {
		if id := found[i].ID; !closed(&found[i]) {
			ids, members = append(ids, id), append(members, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	there, err := s.rdb.SMIsMember(ctx, s.keys.open(), members...).Result()
	if err != nil {
		return fmt.Errorf("look for open jobs: %w", err)
	}
	var errs []error
	for i, id := range ids {
		if !there[i] {
			errs = append(errs, s.reopen(ctx, id))
		}
	}
	return errors.Join(errs...)
}

// Open implements [jobs.Store].
func (s *Store) Open(ctx context.Context) ([]jobs.Job, error) {
	ids, err := s.rdb.SMembers(ctx, s.keys.open()).Result()
	if err != nil {
		return nil, fmt.Errorf("list open jobs: %w", err)
	}
	found, missing, err := s.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	open := found[:0]
	for i := range found {
		if closed(&found[i]) {
			// A crash or an error kept the end of the job from being indexed.
			if err := s.index(ctx, &found[i]); err != nil {
				return nil, err
			}
			continue
		}
		open = append(open, found[i])
	}
	return open, s.dropStrays(ctx, missing)
}

// dropStrays takes ids without a job out of the indexes once they are old enough.
func (s *Store) dropStrays(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	scores, err := s.rdb.ZMScore(ctx, s.keys.index(), ids...).Result()
	if err != nil {
		return fmt.Errorf("look at stray ids: %w", err)
	}
	young := float64(time.Now().Add(-strayAfter).UnixMilli())
	var old []any
	for i, id := range ids {
		if scores[i] < young {
			old = append(old, id)
		}
	}
	if len(old) == 0 {
		return nil
	}
	pipe := s.rdb.Pipeline()
	pipe.SRem(ctx, s.keys.open(), old...)
	pipe.ZRem(ctx, s.keys.index(), old...)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("drop stray ids: %w", err)
	}
	return nil
}

// load gets jobs by id, in that order, and says which do not exist. The ids may lie in several slots.
func (s *Store) load(ctx context.Context, ids []string) (found []jobs.Job, missing []string, err error) {
	if len(ids) == 0 {
		return nil, nil, nil
	}
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
