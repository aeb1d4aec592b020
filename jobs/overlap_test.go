package jobs_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
)

// TestOverlap: of two jobs with people in common the second waits until the first is through, and then compares again.
func TestOverlap(t *testing.T) {
	t.Parallel()
	for _, overlap := range []jobs.Overlap{jobs.OverlapQueue, jobs.OverlapRefuse} {
		t.Run(string(overlap), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.Overlap, o.InFlight = overlap, 2 }})
			lines := r.departments(12)
			first := r.file(jobs.KindUpdate, lines...)
			second := r.file(jobs.KindUpdate, "Email,Job Title", "d011@example.com,Lead", "d010@example.com,Lead", "boss@example.com,Lead")
			apart := r.file(jobs.KindUpdate, "Email,Job Title", "boss@example.com,Chief")
			var patches atomic.Int32
			r.watch.before = func(method, _ string) {
				if method == http.MethodPatch && patches.Add(1) == 3 {
					if _, err := r.svc.Pause(t.Context(), first.ID, requester); err != nil {
						t.Error(err)
					}
				}
			}
			r.approve(first)
			r.settle()
			r.want(first.ID, jobs.StatePaused)
			r.approve(second)
			r.settle()
			second = r.get(second.ID)
			if overlap == jobs.OverlapRefuse {
				if second.State != jobs.StateAwaitingApproval || second.Reason.Code != jobs.ReasonOverlap || second.Decision != nil {
					t.Errorf("the second job is %s (%+v), decision %+v", second.State, second.Reason, second.Decision)
				}
			} else if second.State != jobs.StateApproved || second.Reason.Code != jobs.ReasonBehind || second.Behind != first.ID {
				t.Errorf("the second job is %s (%+v), behind %q", second.State, second.Reason, second.Behind)
			}
			if p := second.Reason.Params; p["job"] != first.ID || p["people"] != "2" {
				t.Errorf("params %v", p)
			}
			// Who has nobody in common does not wait.
			r.approve(apart)
			r.settle()
			r.want(apart.ID, jobs.StateDone)

			if _, err := r.svc.Resume(t.Context(), first.ID, requester); err != nil {
				t.Fatal(err)
			}
			r.settle()
			if first = r.want(first.ID, jobs.StateDone); first.Counts.Updated != 12 {
				t.Errorf("counts of the first %+v", first.Counts)
			}
			if overlap == jobs.OverlapRefuse {
				r.approve(r.get(second.ID))
				r.settle()
			}
			// The one who is in all three has another title by now, so the plan was made anew.
			second = r.want(second.ID, jobs.StateAwaitingApproval)
			r.approve(second)
			r.settle()
			if second = r.want(second.ID, jobs.StateDone); second.Counts.Updated != 3 || second.Behind != "" {
				t.Errorf("counts of the second %+v, behind %q", second.Counts, second.Behind)
			}
			r.check(first.ID)
			r.check(second.ID)
			for _, name := range []string{"d010@example.com", "d011@example.com"} {
				if u, _ := r.zoom.User(name); u.Dept != "After" || u.JobTitle != "Lead" {
					t.Errorf("%s has %q, %q", name, u.Dept, u.JobTitle)
				}
			}
		})
	}
}

// TestOverlapGoesOn: a job that waits goes on by itself when the other ends, and need not be told.
func TestOverlapGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 2 }})
	first := r.file(jobs.KindUpdate, r.departments(12)...)
	second := r.file(jobs.KindUpdate, "Email,Job Title", "d011@example.com,Lead")
	third := r.file(jobs.KindUpdate, "Email,Company", "d011@example.com,Here")
	var patches atomic.Int32
	r.watch.before = func(method, _ string) {
		if method == http.MethodPatch && patches.Add(1) == 3 {
			if _, err := r.svc.Pause(t.Context(), first.ID, requester); err != nil {
				t.Error(err)
			}
		}
	}
	for _, j := range []jobs.Job{first, second, third} {
		r.approve(j)
		r.settle()
	}
	if j := r.get(third.ID); j.Behind != first.ID {
		t.Errorf("the third waits behind %q", j.Behind)
	}
	// A job that waits can be called off.
	if _, err := r.svc.Cancel(t.Context(), third.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.want(third.ID, jobs.StateCanceled)
	if _, err := r.svc.Cancel(t.Context(), first.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.want(first.ID, jobs.StateCanceled)
	r.want(second.ID, jobs.StateDone)
	r.check(second.ID)
}

// TestOverlapLeftBehind: marks of a job that ended without taking them away keep nobody waiting.
func TestOverlapLeftBehind(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	first := r.carry(jobs.KindUpdate, r.departments(3)...)
	if first.State != jobs.StateDone {
		t.Fatal(first.State)
	}
	for _, id := range []string{first.ID, "gone-0000"} {
		if _, _, err := r.store.Engage(t.Context(), id, []string{"d001@example.com"}); err != nil {
			t.Fatal(err)
		}
		j := r.carry(jobs.KindUpdate, "Email,Job Title", "d001@example.com,"+id)
		if j.State != jobs.StateDone || j.Counts.Updated != 1 {
			t.Errorf("after %s: job is %s (%+v)", id, j.State, j.Reason)
		}
	}
}

// TestOverlapWhileWaitingForPeople: a job that only waits for invited people holds up nobody.
func TestOverlapWhileWaitingForPeople(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	first := r.apply(people(4))
	if first.State != jobs.StateFinishing {
		t.Fatal(first.State)
	}
	r.zoom.ActivateAll()
	j := r.carry(jobs.KindUpdate, "Email,Company", "p000@example.com,Here")
	if j.State != jobs.StateDone || j.Counts.Updated != 1 {
		t.Fatalf("job is %s (%+v)", j.State, j.Reason)
	}
	r.pass(time.Hour)
	if first = r.want(first.ID, jobs.StateDone); first.Counts.Created != 4 {
		t.Errorf("counts %+v", first.Counts)
	}
	if u, _ := r.zoom.User("p000@example.com"); u.Company != "Here" || u.Dept != "Field" {
		t.Errorf("company %q, department %q", u.Company, u.Dept)
	}
}
