package redisstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Engage implements [jobs.Store]. The job's own list is written first: a crash in between leaves a list that names too many.
func (s *Store) Engage(ctx context.Context, id string, people []string) (holder string, held int, err error) {
	if len(people) == 0 {
		return "", 0, nil
	}
	marks := marks(people)
	if err := s.rdb.SAdd(ctx, s.keys.people(id), marks...).Err(); err != nil {
		return "", 0, fmt.Errorf("engage people: %w", err)
	}
	out, err := engageScript.Run(ctx, s.rdb, []string{s.keys.engaged()}, append([]any{id}, marks...)...).Slice()
	if err != nil {
		return "", 0, fmt.Errorf("engage people: %w", err)
	}
	holder, _ = out[0].(string)
	n, _ := out[1].(int64)
	return holder, int(n), nil
}

// Disengage implements [jobs.Store].
func (s *Store) Disengage(ctx context.Context, id string, people ...string) error {
	list := marks(people)
	if len(people) == 0 {
		own, err := s.rdb.SMembers(ctx, s.keys.people(id)).Result()
		if err != nil {
			return fmt.Errorf("disengage people: %w", err)
		}
		for _, m := range own {
			list = append(list, m)
		}
	}
	for chunk := range slices.Chunk(list, engageChunk) {
		if err := disengageScript.Run(ctx, s.rdb, []string{s.keys.engaged()}, append([]any{id}, chunk...)...).Err(); err != nil {
			return fmt.Errorf("disengage people: %w", err)
		}
	}
	if len(people) > 0 {
		return nil
	}
	if err := s.rdb.Del(ctx, s.keys.people(id)).Err(); err != nil {
		return fmt.Errorf("disengage people: %w", err)
	}
	return nil
}

// engageChunk bounds how many people one script frees.
const engageChunk = 5000

// marks stand for people: no address needs to be kept for this.
func marks(people []string) []any {
	out := make([]any, len(people))
	for i, key := range people {
		sum := sha256.Sum256([]byte(key))
		out[i] = hex.EncodeToString(sum[:8])
	}
	return out
}
