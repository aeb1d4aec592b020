package jobs_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// queueing holds the calls back that begin a row, as a limit of Zoom does, until as many as are to wait are there. The last
// of them calls whole and goes on; the others when its row has gone on to its next call.
type queueing struct {
	jobs.Directory

	// changes says that rows begin with a change of somebody who is there, and not with a creation.
	changes bool
	whole   func()
	open    chan struct{}

	mu     sync.Mutex
	left   int
	opened bool
}

func (d *queueing) wait() {
	d.mu.Lock()
	d.left--
	last := d.left == 0
	d.mu.Unlock()
	if last {
		d.whole()
		return
	}
	<-d.open
}

func (d *queueing) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opened {
		d.opened = true
		close(d.open)
	}
}

func (d *queueing) CreateUser(ctx context.Context, a zoomapi.CreateAction, u zoomapi.NewUser) (zoomapi.User, error) {
	if !d.changes {
		d.wait()
	}
	return d.Directory.CreateUser(ctx, a, u)
}

func (d *queueing) UpdateUser(ctx context.Context, who string, p zoomapi.UserPatch) error {
	// A new person's profile comes after the creation, somebody's licence after the profile.
	if d.changes && p.Type == nil {
		d.wait()
	} else {
		d.release()
	}
	return d.Directory.UpdateUser(ctx, who, p)
}

// TestNothingBeginsAfterAWish: when a person cancels or pauses a job, rows whose first call only waits for its turn are not
// begun any more. After a pause they are, once.
func TestNothingBeginsAfterAWish(t *testing.T) {
	t.Parallel()
	const rows, waiting = 40, 30
	kinds := []struct {
		name string
		kind jobs.Kind
		line func(r *rig, name string) string
		done func(n int) jobs.Counts
		// first is the call that begins a row, perRow how many such calls a row makes in all.
		first  string
		perRow int
	}{
		{
			"creations", jobs.KindImport,
			func(_ *rig, name string) string { return name + "@example.com,F,L,Field," },
			func(n int) jobs.Counts { return jobs.Counts{Created: n} }, "POST users", 1,
		},
		{
			"changes", jobs.KindUpdate,
			func(r *rig, name string) string {
				r.staff(name)
				return name + "@example.com,,New,,Licensed"
			},
			func(n int) jobs.Counts { return jobs.Counts{Updated: n} }, "PATCH users", 2,
		},
	}
	for _, tt := range kinds {
		for _, canceled := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, canceled %v", tt.name, canceled), func(t *testing.T) {
				t.Parallel()
				d := &queueing{changes: tt.kind == jobs.KindUpdate, open: make(chan struct{}), left: waiting}
				r := newRig(t, rigOptions{
					memory: true, action: zoomapi.ActionSSOCreate,
					wrapDir: func(inner jobs.Directory) jobs.Directory {
						d.Directory = inner
						return d
					},
					// A quarter is for joins.
					edit: func(o *jobs.Options) { o.InFlight = waiting * 4 / 3 },
				})
				lines := []string{"Email,First Name,Last Name,Department,User Type"}
				for i := range rows {
					lines = append(lines, tt.line(r, fmt.Sprintf("n%03d", i)))
				}
				j := r.file(tt.kind, lines...)
				wish := r.svc.Pause
				state := jobs.StatePaused
				if canceled {
					wish, state = r.svc.Cancel, jobs.StateCanceled
				}
				d.whole = func() {
					if _, err := wish(t.Context(), j.ID, requester); err != nil {
						t.Error(err)
					}
				}
				before := r.writes()[tt.first]
				r.approve(j)
				r.settle()
				j = r.want(j.ID, state)
				want := tt.done(1)
				want.Unprocessed = rows - 1
				if diff := cmp.Diff(want, j.Counts); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				if n := r.writes()[tt.first] - before; n != tt.perRow {
					t.Errorf("%d calls %s, want %d", n, tt.first, tt.perRow)
				}
				r.check(j.ID)
				if canceled {
					return
				}
				if j = r.resume(j); j.State != jobs.StateDone {
					t.Fatalf("job is %s (%+v)", j.State, j.Reason)
				}
				if diff := cmp.Diff(tt.done(rows), j.Counts); diff != "" {
					t.Errorf("counts at the end (-want +got):\n%s", diff)
				}
				if n := r.writes()[tt.first] - before; n != tt.perRow*rows {
					t.Errorf("%d calls %s in all, want %d", n, tt.first, tt.perRow*rows)
				}
				r.check(j.ID)
			})
		}
	}
}
