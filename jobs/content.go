package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
)

// claimContent makes one job of one file: while a job with the same bytes is open, another one for them ends as its
// duplicate.
func (s *Service) claimContent(ctx context.Context, l Lease, j Job, data []byte) (Job, error) {
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	key := contentKey(j, digest)
	for {
		holder, err := s.o.Store.Claim(ctx, key, j.ID, 0)
		if err != nil {
			return j, err
		}
		if holder == j.ID {
			break
		}
		other, err := s.o.Store.Get(ctx, holder)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return j, err
		}
		if err == nil && !other.State.Terminal() {
			return s.end(ctx, l, StateInvalid, Reason{
				Code: ReasonDuplicate, Params: map[string]string{"job": holder, "state": string(other.State)},
			})
		}
		if err := s.o.Store.Release(ctx, key, holder); err != nil {
			return j, err
		}
	}
	return s.o.Store.UpdateHeld(ctx, l, func(j *Job) ([]Entry, error) {
		j.Source.Size, j.Source.SHA256 = int64(len(data)), digest
		return nil, nil
	})
}

// releaseContent lets the same file become a new job.
func (s *Service) releaseContent(ctx context.Context, j Job) {
	if j.Source.SHA256 == "" {
		return
	}
	if err := s.o.Store.Release(ctx, contentKey(j, j.Source.SHA256), j.ID); err != nil {
		s.log.WarnContext(ctx, "content claim not released, the next reader will", "job_id", j.ID, "err", err)
	}
}

func contentKey(j Job, digest string) string {
	if j.Kind == KindUndo {
		// The file is the other job's, which may be handed in again meanwhile.
		return "undo:" + j.Of
	}
	return "content:" + strconv.FormatBool(j.DryRun) + ":" + digest
}
