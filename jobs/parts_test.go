package jobs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// evict takes a part of a job out of the store, as a server does that runs out of memory.
func (r *rig) evict(id, part string) {
	r.t.Helper()
	for _, key := range r.redis.Keys() {
		if strings.HasSuffix(key, "{"+id+"}:"+part) {
			r.redis.Del(key)
			return
		}
	}
	r.t.Fatalf("the store has no %s of the job", part)
}

// TestPartGone: a job of which a part is not stored any more ends, says so, and lets its people go.
func TestPartGone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		part string
		// lose takes the part away at the moment when the job can no longer do without it.
		lose func(r *rig, j jobs.Job)
	}{
		{"file", func(r *rig, j jobs.Job) {
			r.evict(j.ID, "file")
			r.approve(j)
			r.settle()
		}},
		{"plan", func(r *rig, j jobs.Job) {
			j = r.pauseAtWrite(j, 1)
			r.evict(j.ID, "plan")
			r.resume(j)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.part, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{edit: func(o *jobs.Options) { o.InFlight = 1 }})
			j := r.file(jobs.KindUpdate, r.departments(6)...)
			tt.lose(r, j)
			j = r.want(j.ID, jobs.StateErrored)
			if j.Reason.Code != jobs.ReasonIncomplete {
				t.Errorf("reason %+v", j.Reason)
			}
			states := r.front.seen(j.ID)
			if states[len(states)-1] != jobs.StateErrored {
				t.Errorf("people have seen %v", states)
			}
			other := r.carry(jobs.KindUpdate, "Email,Location", "d005@example.com,Here")
			if other.State != jobs.StateDone {
				t.Errorf("another job for one of its people is %s (%+v)", other.State, other.Reason)
			}
		})
	}
}

// TestRowsGone: a ledger that is gone altogether is made anew from the account. Whom the job created, it has created, and
// nobody is created twice: promise 8.
func TestRowsGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate, edit: func(o *jobs.Options) { o.InFlight = 2 }})
	j := r.pauseAtWrite(r.planned(people(12)), 9)
	if j.Counts.Created == 0 || j.Counts.Unprocessed == 0 {
		t.Fatalf("counts %+v", j.Counts)
	}
	r.evict(j.ID, "rows")
	if j = r.resume(j); j.State != jobs.StateDone {
		t.Fatalf("job is %s (%+v)", j.State, j.Reason)
	}
	if diff := cmp.Diff(jobs.Counts{Created: 12}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	r.check(j.ID)
}

// TestDailyLimitBeforeApplying: a job that cannot even read the account before tomorrow says so, and goes on then or when
// somebody resumes it.
func TestDailyLimitBeforeApplying(t *testing.T) {
	t.Parallel()
	for _, approved := range []bool{false, true} {
		for _, resumed := range []bool{false, true} {
			t.Run(fmt.Sprintf("approved %v, resumed %v", approved, resumed), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, rigOptions{memory: true})
				lines := r.departments(3)
				state, next := jobs.StatePlanning, jobs.StateAwaitingApproval
				var j jobs.Job
				if approved {
					state, next = jobs.StateApproved, jobs.StateDone
					j = r.file(jobs.KindUpdate, lines...)
				}
				r.zoom.Inject(zoomtest.Fault{Path: "/users*", Effect: zoomtest.LimitDaily, Times: -1})
				if approved {
					r.approve(j)
					r.settle()
				} else {
					j = r.file(jobs.KindUpdate, lines...)
				}
				j = r.want(j.ID, state)
				if j.Reason.Code != jobs.ReasonDailyLimit || !j.RetryAt.After(r.clock.Now().Add(time.Minute)) || j.Attempts != 0 {
					t.Errorf("reason %+v, next attempt at %v after %d", j.Reason, j.RetryAt, j.Attempts)
				}
				r.front.mu.Lock()
				last := r.front.shown[len(r.front.shown)-1]
				r.front.mu.Unlock()
				if last.ID != j.ID || last.Reason.Code != jobs.ReasonDailyLimit {
					t.Errorf("people see %s with reason %+v", last.State, last.Reason)
				}
				r.zoom.Clear()
				r.pass(30 * time.Second)
				r.want(j.ID, state)
				if resumed {
					j = r.resume(j)
				} else {
					r.pass(j.RetryAt.Sub(r.clock.Now()))
				}
				if j = r.want(j.ID, next); j.Reason.Code != "" {
					t.Errorf("reason %+v", j.Reason)
				}
			})
		}
	}
}

// TestFinishingBehindAPausedJob: of the people who have accepted, only those wait whom another job is at work on, and no
// longer than that.
func TestFinishingBehindAPausedJob(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 1 }})
	first := r.apply(people(6))
	r.want(first.ID, jobs.StateFinishing)
	if err := r.zoom.Activate("p000@example.com"); err != nil {
		t.Fatal(err)
	}
	r.staff("zed", "zoe")
	other := r.file(jobs.KindUpdate, "Email,Location", "zed@example.com,Here", "zoe@example.com,Here", "p000@example.com,Here")
	other = r.pauseAtWrite(other, 1)
	r.zoom.ActivateAll()
	r.pass(6 * time.Minute)
	first = r.want(first.ID, jobs.StateFinishing)
	want := jobs.Counts{Created: 5, Waiting: 1, Invited: 6, Activated: 5, Finished: 5}
	if diff := cmp.Diff(want, first.Counts); diff != "" {
		t.Errorf("counts behind the paused job (-want +got):\n%s", diff)
	}
	r.resume(other)
	r.want(other.ID, jobs.StateDone)
	r.pass(6 * time.Minute)
	if first = r.want(first.ID, jobs.StateDone); first.Counts.Finished != 6 {
		t.Errorf("counts %+v", first.Counts)
	}
	r.check(first.ID)
}

// TestEngagedWhileAwaiting: a job that waits for another approval is at work on nobody, even when the process died before it
// could let its people go.
func TestEngagedWhileAwaiting(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann")
	first := r.file(jobs.KindUpdate, "Email,Department", "ann@example.com,After")
	r.change("ann@example.com", func(u *zoomtest.User) { u.Dept = "By hand" })
	r.approve(first)
	r.settle()
	r.want(first.ID, jobs.StateAwaitingApproval)
	// What a kill between the two writes leaves.
	if _, _, err := r.store.Engage(t.Context(), first.ID, []string{plan.Key("ann@example.com")}); err != nil {
		t.Fatal(err)
	}
	second := r.carry(jobs.KindUpdate, "Email,Location", "ann@example.com,Here")
	if second.State != jobs.StateDone {
		t.Errorf("the second job is %s (%+v), behind %q", second.State, second.Reason, second.Behind)
	}
}

// TestRetryWhileFinishing: failed rows need not wait until everybody else has accepted.
func TestRetryWhileFinishing(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.zoom.Inject(zoomtest.Fault{Method: "POST", Path: "/users", Times: 2, Status: 400, Code: 300, Message: "Validation Failed."})
	j := r.apply(people(6))
	r.want(j.ID, jobs.StateFinishing)
	if j.Counts.Failed != 2 {
		t.Fatalf("counts %+v", j.Counts)
	}
	again, created, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Requester: requester})
	if err != nil || !created {
		t.Fatalf("retry: created %v, %v", created, err)
	}
	r.settle()
	again = r.want(again.ID, jobs.StateAwaitingApproval)
	r.approve(again)
	r.settle()
	if again = r.want(again.ID, jobs.StateFinishing); again.Counts.Waiting != 2 {
		t.Errorf("counts %+v", again.Counts)
	}
	r.check(again.ID)
}

// TestRetryLeavesOutInvalidRows: a row that was wrong in the file can only be wrong again.
func TestRetryLeavesOutInvalidRows(t *testing.T) {
	t.Parallel()
	for _, refused := range []int{0, 1} {
		t.Run(fmt.Sprint(refused, " refused by Zoom"), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true})
			lines := append(r.departments(3), "no address,After")
			for i := range refused {
				u, _ := r.zoom.User(fmt.Sprintf("d%03d@example.com", i))
				r.refuse("/users/" + u.ID)
			}
			j := r.carry(jobs.KindUpdate, lines...)
			if j.Counts.Failed != 1+refused {
				t.Fatalf("counts %+v", j.Counts)
			}
			r.zoom.Clear()
			again, created, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Requester: requester})
			if refused == 0 {
				wantErr(t, "retry of rows that were wrong", err, jobs.ErrNothing)
				return
			}
			if err != nil || !created {
				t.Fatalf("retry: created %v, %v", created, err)
			}
			r.settle()
			if again = r.get(again.ID); again.Plan == nil || again.Plan.Counts.Rows != refused || again.Plan.Counts.Update != refused {
				t.Errorf("job is %s (%+v), plan %+v", again.State, again.Reason, again.Plan)
			}
		})
	}
}

// TestFollowedOnce: two people who ask for the same at the same moment get one job.
func TestFollowedOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ask  func(r *rig, id string, sub jobs.Submission) (jobs.Job, bool, error)
		// forget makes the job as it was when the second one looked.
		forget func(j *jobs.Job)
		note   func(j jobs.Job) string
	}{
		{
			name: "undo",
			ask: func(r *rig, id string, sub jobs.Submission) (jobs.Job, bool, error) {
				return r.svc.Undo(r.t.Context(), id, sub)
			},
			forget: func(j *jobs.Job) { j.UndoneBy = "" },
			note:   func(j jobs.Job) string { return j.UndoneBy },
		},
		{
			name: "retry",
			ask: func(r *rig, id string, sub jobs.Submission) (jobs.Job, bool, error) {
				return r.svc.Retry(r.t.Context(), id, sub)
			},
			forget: func(j *jobs.Job) { j.RetriedBy = "" },
			note:   func(j jobs.Job) string { return j.RetriedBy },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true})
			lines := r.departments(4)
			u, _ := r.zoom.User("d000@example.com")
			r.refuse("/users/" + u.ID)
			j := r.carry(jobs.KindUpdate, lines...)
			r.want(j.ID, jobs.StateDone)
			first, created, err := tt.ask(r, j.ID, jobs.Submission{Key: "one", Requester: requester})
			if err != nil || !created {
				t.Fatalf("first: created %v, %v", created, err)
			}
			if _, err := r.store.Update(t.Context(), j.ID, func(j *jobs.Job) ([]jobs.Entry, error) {
				tt.forget(j)
				return nil, nil
			}); err != nil {
				t.Fatal(err)
			}
			second, created, err := tt.ask(r, j.ID, jobs.Submission{Key: "two", Requester: approver})
			if err != nil || created || second.ID != first.ID {
				t.Errorf("second: created %v, job %s, %v; want %s", created, second.ID, err, first.ID)
			}
			r.settle()
			r.want(first.ID, jobs.StateAwaitingApproval)
			if noted := tt.note(r.get(j.ID)); noted != first.ID {
				t.Errorf("the job points at %q, want %q", noted, first.ID)
			}
		})
	}
}
