package jobs_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// lossy is a store that forgets its newest writes at chosen moments, as a server does that is started again.
type lossy struct {
	*twin

	writes atomic.Int64
	// keepAt and loseAt count writes of rows: at the first the store is copied, at the second it is as it was then.
	keepAt, loseAt int64
	kept           past
}

func (s *lossy) PutRows(ctx context.Context, l jobs.Lease, rows ...jobs.RowState) (jobs.Receipt, error) {
	n := s.writes.Add(1)
	if n == s.keepAt {
		s.kept = s.snapshot()
	}
	receipt, err := s.twin.PutRows(ctx, l, rows...)
	if n == s.loseAt {
		s.rollBack(s.kept)
	}
	return receipt, err
}

// TestStoreRolledBack: a store that loses its newest records under a running job gets them again from the process that made
// them, wherever that happens: promise 8.
func TestStoreRolledBack(t *testing.T) {
	t.Parallel()
	const rows = 8
	stage := func(keep, lose int64) (*rig, *lossy) {
		var store *lossy
		r := newRig(t, rigOptions{
			memory: true, action: zoomapi.ActionSSOCreate, edit: func(o *jobs.Options) { o.InFlight = 1 },
			wrapStore: func(s jobs.Store) jobs.Store {
				store = &lossy{twin: s.(*twin), keepAt: keep, loseAt: lose}
				return store
			},
		})
		return r, store
	}
	whole, counted := stage(0, 0)
	whole.apply(people(rows))
	total := counted.writes.Load()
	for lose := int64(1); lose <= total; lose += raceStride {
		for _, back := range []int64{0, 1, 5} {
			keep := max(1, lose-back)
			r, _ := stage(keep, lose)
			j := r.apply(people(rows))
			if j.State != jobs.StateDone || j.Counts.Created != rows {
				t.Errorf("lost %d..%d: job is %s (%+v), counts %+v", keep, lose, j.State, j.Reason, j.Counts)
			}
			r.check(j.ID)
			for _, p := range people(rows) {
				if n := r.watch.timesCreated(p.email); n != 1 {
					t.Errorf("lost %d..%d: somebody was created %d times", keep, lose, n)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
}

// TestNobodyRemembers: the process is killed and the store loses its newest records, so that nobody knows what was done.
// Nothing is written that was not read before: nobody is created or invited twice.
func TestNobodyRemembers(t *testing.T) {
	t.Parallel()
	const rows = 6
	for _, action := range []zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionSSOCreate} {
		for keep := 1; keep <= 24; keep += raceStride {
			for _, later := range []int{14, 19, 25} {
				t.Run(fmt.Sprintf("%s, kept at %d, killed %d calls later", action, keep, later), func(t *testing.T) {
					t.Parallel()
					r, k := crashRig(t, action)
					store := r.store.(*twin)
					j := r.planned(people(rows))
					r.approve(j)
					// The first part of the job, up to where the store keeps it.
					k.arm(20+keep, true)
					r.settleDead()
					kept := store.snapshot()
					r.queue.lose(false)
					k.arm(later, true)
					r.clock.Advance(time.Minute)
					r.settleDead()
					store.rollBack(kept)
					r.queue.lose(false)
					k.arm(-1, false)
					asked := false
					for range 40 {
						r.clock.Advance(time.Minute)
						r.settle()
						j = r.get(j.ID)
						if j.State == jobs.StateAwaitingApproval {
							asked = true
							r.approve(j)
						}
						if j.State == jobs.StateFinishing {
							r.zoom.ActivateAll()
						}
						if j.State.Terminal() {
							break
						}
					}
					if !j.State.Terminal() {
						t.Fatalf("job is %s (%+v)", j.State, j.Reason)
					}
					for _, p := range people(rows) {
						if n := r.watch.timesCreated(p.email); n != 1 {
							t.Errorf("%s was created %d times", p.email, n)
						}
						u, ok := r.zoom.User(p.email)
						if !ok || (!asked && u.Dept != p.dept) {
							t.Errorf("%s is there: %v, department %q", p.email, ok, u.Dept)
						}
					}
					// A plan that was made anew leaves those alone who are there by then.
					if c := j.Counts; (!asked && c.Created != rows) || c.Failed > 0 {
						t.Errorf("counts %+v", c)
					}
					r.check(j.ID)
				})
			}
		}
	}
}

// settleDead works until nothing is due or the service is killed.
func (r *rig) settleDead() {
	for n := 1; n > 0; {
		_ = r.svc.Sweep(r.t.Context())
		n = r.queue.drain(r.t.Context())
	}
}

// TestInvitationRecordLost: whether an invitation is the old one or the new one cannot be read, so when the record is lost it
// is not sent again.
func TestInvitationRecordLost(t *testing.T) {
	t.Parallel()
	r, k := crashRig(t, zoomapi.ActionCreate)
	store := r.store.(*twin)
	r.zoom.AddUser(zoomtest.User{Email: "pen@example.com", FirstName: "Pen", LastName: "Ding", Status: zoomtest.Pending})
	j := r.file(jobs.KindAuto, "Email,First Name,Last Name,Action", "pen@example.com,Pen,Ding,resend")
	if j.State != jobs.StateAwaitingApproval {
		t.Fatalf("job is %s (%+v)", j.State, j.Reason)
	}
	var kept past
	r.watch.before = func(method, path string) {
		if method == http.MethodDelete {
			kept = store.snapshot()
		}
		if method == http.MethodPost && strings.HasSuffix(path, "/users") {
			k.arm(1, true)
		}
	}
	r.approve(j)
	r.settleDead()
	r.watch.before = nil
	store.rollBack(kept)
	r.queue.lose(false)
	k.arm(-1, false)
	r.clock.Advance(time.Minute)
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	if j.Counts.Failed != 1 {
		t.Errorf("counts %+v", j.Counts)
	}
	if diff := cmp.Diff(1, r.watch.timesCreated("pen@example.com")); diff != "" {
		t.Errorf("invitations sent (-want +got):\n%s", diff)
	}
}
