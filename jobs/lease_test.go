package jobs_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// stoppedStore is that of a process which cannot renew its lease, as one that was stopped.
type stoppedStore struct{ jobs.Store }

func (stoppedStore) Extend(context.Context, jobs.Lease, time.Duration) error {
	return errors.New("not reached")
}

// TestLeaseOver: a worker whose lease may have ended sends nothing any more, not even what a row in hand still lacks.
func TestLeaseOver(t *testing.T) {
	t.Parallel()
	const ttl = 300 * time.Millisecond
	var sent atomic.Int32
	r := newRig(t, rigOptions{
		memory: true, action: zoomapi.ActionSSOCreate, wrapStore: func(s jobs.Store) jobs.Store { return stoppedStore{s} },
		edit: func(o *jobs.Options) { o.InFlight, o.LeaseTTL = 4, ttl },
	})
	j := r.planned(people(8))
	r.watch.before = func(method, _ string) {
		if method != http.MethodGet && sent.Add(1) <= 3 {
			time.Sleep(ttl + 100*time.Millisecond)
		}
	}
	r.approve(j)
	r.queue.drain(t.Context())
	// Those that were on their way when the time was over, and nothing after them.
	if n := sent.Load(); n == 0 || n > 4 {
		t.Errorf("%d requests were sent", n)
	}
	r.want(j.ID, jobs.StateApplying)
}
