package jobs_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestInvitations is the way of a file by default: invited, accepted, completed.
func TestInvitations(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 25} {
		r := newRig(t, rigOptions{})
		rows := people(n)
		j := r.apply(rows)
		r.want(j.ID, jobs.StateFinishing)
		r.check(j.ID)
		if diff := cmp.Diff(jobs.Counts{Waiting: n, Invited: n}, j.Counts); diff != "" {
			t.Errorf("counts while everybody is invited (-want +got):\n%s", diff)
		}
		for _, p := range rows {
			if u, _ := r.zoom.User(p.email); u.PendingGroupID == "" {
				t.Errorf("%s has no group ahead of activation", p.email)
			}
		}
		if err := r.zoom.Activate(rows[1].email); err != nil {
			t.Fatal(err)
		}
		r.pass(6 * time.Minute)
		j = r.want(j.ID, jobs.StateFinishing)
		r.check(j.ID)
		if diff := cmp.Diff(jobs.Counts{Created: 1, Waiting: n - 1, Invited: n, Activated: 1, Finished: 1}, j.Counts); diff != "" {
			t.Errorf("counts after one has accepted (-want +got):\n%s", diff)
		}
		r.zoom.ActivateAll()
		r.pass(6 * time.Minute)
		j = r.want(j.ID, jobs.StateDone)
		r.check(j.ID)
		if diff := cmp.Diff(jobs.Counts{Created: n, Invited: n, Activated: n, Finished: n}, j.Counts); diff != "" {
			t.Errorf("counts at the end (-want +got):\n%s", diff)
		}
	}
}

// TestActiveAtOnce creates people that need no invitation, with groups in full batches.
func TestActiveAtOnce(t *testing.T) {
	t.Parallel()
	for _, action := range []zoomapi.CreateAction{zoomapi.ActionSSOCreate, zoomapi.ActionAutoCreate} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{action: action})
			const n = 100
			j := r.apply(people(n))
			r.want(j.ID, jobs.StateDone)
			r.check(j.ID)
			if diff := cmp.Diff(jobs.Counts{Created: n}, j.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			calls := r.zoom.Counts().ByPattern
			if calls["POST /users"] != n || calls["PATCH /users/{userId}"] != n {
				t.Errorf("calls %v, want one POST and one PATCH for each of %d", calls, n)
			}
			// Sales 100, Support 60, Paris 20 in thirties and Lunch 100 in tens; an incomplete batch more for each rank.
			if got := calls["POST /groups/{groupId}/members"]; got > 4+2+1+3*2 {
				t.Errorf("%d calls for user groups: batches are not full", got)
			}
			if got := calls["POST /im/groups/{groupId}/members"]; got > 10+3 {
				t.Errorf("%d calls for chat groups: batches are not full", got)
			}
			want := []jobs.State{jobs.StateAwaitingApproval, jobs.StateDone}
			seen := r.front.seen(j.ID)
			if seen[len(seen)-1] != want[1] {
				t.Errorf("shown states %v", seen)
			}
		})
	}
}

func TestContactGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
	r.zoom.Inject(zoomtest.Fault{Path: "/im/**", Status: 410, Code: 4137, Message: "gone", Times: -1})
	boss, _ := r.zoom.User("boss@example.com")
	if _, err := r.client.CreateContactGroup(t.Context(), "Lunch", 1, []string{boss.ID}); err != nil {
		t.Fatal(err)
	}
	// The first call succeeds and its answer is lost: the second is refused, and the person's id has to be read.
	r.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Path: "/users", Effect: zoomtest.Reset, After: true})
	j := r.apply(people(12))
	r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Created != 12 {
		t.Errorf("counts %+v, want 12 created", j.Counts)
	}
}

// TestUnknownOutcomes loses answers, before and after the call took effect: promise 3.
func TestUnknownOutcomes(t *testing.T) {
	t.Parallel()
	effects := map[string]zoomtest.Fault{
		"reset":    {Effect: zoomtest.Reset},
		"truncate": {Effect: zoomtest.Truncate},
		"500":      {Status: 500},
		"502 html": {Status: 502, Body: "<html>bad gateway</html>"},
		"hang":     {Effect: zoomtest.Hang},
	}
	calls := map[string]zoomtest.Fault{
		"create": {Method: http.MethodPost, Path: "/users"}, "profile": {Method: http.MethodPatch, Path: "/users/*"},
		"groups": {Method: http.MethodPost, Path: "/groups/*/members"}, "chat": {Method: http.MethodPost, Path: "/im/groups/*/members"},
	}
	for effectName, effect := range effects {
		for callName, call := range calls {
			for _, after := range []bool{false, true} {
				for _, action := range []zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionSSOCreate} {
					name := effectName + " on " + callName + " " + string(action)
					if after {
						name += " after commit"
					}
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						r := newRig(t, rigOptions{action: action, memory: true, timeout: 250 * time.Millisecond})
						f := effect
						f.Method, f.Path, f.After, f.Name, f.Times = call.Method, call.Path, after, "it", 2
						r.zoom.Inject(f)
						j := r.apply(people(5))
						if action == zoomapi.ActionCreate {
							r.zoom.ActivateAll()
							r.pass(6 * time.Minute)
						}
						j = r.want(j.ID, jobs.StateDone)
						r.check(j.ID)
						if j.Counts.Created != 5 {
							t.Errorf("counts %+v, want 5 created", j.Counts)
						}
						if r.zoom.Fired("it") == 0 {
							t.Error("the fault never came to pass")
						}
						for _, p := range people(5) {
							// Whoever is there by then is found by reading, not by asking again.
							if n := r.zoom.Additions(p.email).Asked; n != 1 {
								t.Errorf("Zoom was asked %d times to add %s", n, p.email)
							}
						}
					})
				}
			}
		}
	}
}

// TestTakenByOurselves: after an unanswered creation the person cannot be read yet, and the second attempt is told that the
// address is taken: by us.
func TestTakenByOurselves(t *testing.T) {
	t.Parallel()
	for _, action := range []zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionSSOCreate} {
		lag := &slowToAppear{}
		r := newRig(t, rigOptions{action: action, memory: true, wrapDir: func(d jobs.Directory) jobs.Directory {
			lag.Directory = d
			return lag
		}})
		r.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Path: "/users", Effect: zoomtest.Reset, After: true, Times: -1, Probability: 0.5})
		j := r.apply(people(8))
		if action == zoomapi.ActionCreate {
			r.zoom.ActivateAll()
			r.pass(6 * time.Minute)
		}
		j = r.want(j.ID, jobs.StateDone)
		r.check(j.ID)
		if j.Counts.Created != 8 || lag.hidden == 0 {
			t.Errorf("%s: counts %+v after %d people could not be read, want 8 created", action, j.Counts, lag.hidden)
		}
	}
}

// slowToAppear is an account that shows a person whose creation was not answered only when asked a second time.
type slowToAppear struct {
	jobs.Directory

	mu     sync.Mutex
	hide   map[string]bool
	hidden int
}

func (d *slowToAppear) CreateUser(ctx context.Context, a zoomapi.CreateAction, u zoomapi.NewUser) (zoomapi.User, error) {
	created, err := d.Directory.CreateUser(ctx, a, u)
	if errors.Is(err, zoomapi.ErrUnknownOutcome) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.hide == nil {
			d.hide = map[string]bool{}
		}
		d.hide[u.Email] = true
	}
	return created, err
}

func (d *slowToAppear) User(ctx context.Context, who string) (zoomapi.User, error) {
	d.mu.Lock()
	hide := d.hide[who]
	delete(d.hide, who)
	if hide {
		d.hidden++
	}
	d.mu.Unlock()
	if hide {
		return zoomapi.User{}, &zoomapi.Error{Status: http.StatusNotFound, Code: 1001, Message: "User does not exist."}
	}
	return d.Directory.User(ctx, who)
}
