package jobs_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestRowErrors: what Zoom refuses of one row does not keep the others.
func TestRowErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault zoomtest.Fault
		want  jobs.Failure
	}{
		{"taken", zoomtest.Fault{Status: 409, Code: 1005}, jobs.Failure{Step: jobs.StepCreate, Reason: jobs.FailureExists}},
		{"other account", zoomtest.Fault{Status: 400, Code: 1009}, jobs.Failure{Step: jobs.StepCreate, Reason: jobs.FailureForeign}},
		{"blocked domain", zoomtest.Fault{Status: 400, Code: 1107}, jobs.Failure{Step: jobs.StepCreate, Reason: jobs.FailureDomain}},
		{"validation", zoomtest.Fault{Status: 400, Code: 300}, jobs.Failure{Step: jobs.StepCreate, Reason: jobs.FailureValidation}},
		{"strange", zoomtest.Fault{Status: 400, Code: 987654}, jobs.Failure{Step: jobs.StepCreate, Reason: jobs.FailureOther}},
		{"200 with a code", zoomtest.Fault{Status: 200, Code: 300, Body: `{"code":300,"message":"no"}`}, jobs.Failure{Step: jobs.StepCreate, Reason: jobs.FailureValidation}},
		{"profile", zoomtest.Fault{Method: http.MethodPatch, Path: "/users/*", Status: 400, Code: 300}, jobs.Failure{Step: jobs.StepProfile, Reason: jobs.FailureValidation}},
		{"gone before the profile", zoomtest.Fault{Method: http.MethodPatch, Path: "/users/*", Status: 404, Code: 1001}, jobs.Failure{Step: jobs.StepProfile, Reason: jobs.FailureGone}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
			f := tt.fault
			if f.Path == "" {
				f.Method, f.Path = http.MethodPost, "/users"
			}
			r.zoom.Inject(f)
			j := r.apply(people(4))
			j = r.want(j.ID, jobs.StateDone)
			r.check(j.ID)
			if j.Counts.Created != 3 || j.Counts.Failed != 1 {
				t.Errorf("counts %+v, want 3 created and 1 failed", j.Counts)
			}
			for email, o := range r.outcomes(j.ID) {
				if o != jobs.OutcomeFailed {
					continue
				}
				got := r.result(j.ID, email).State.Failure
				if got == nil || got.Step != tt.want.Step || got.Reason != tt.want.Reason {
					t.Errorf("failure %+v, want %+v", got, tt.want)
				}
			}
		})
	}
}

// TestBadMember: Zoom refuses every batch that somebody is in; only that person's row fails, and the other groups go on.
func TestBadMember(t *testing.T) {
	t.Parallel()
	rows := people(40)
	var r *rig
	r = newRig(t, rigOptions{action: zoomapi.ActionSSOCreate, wrapDir: func(d jobs.Directory) jobs.Directory {
		return &pickyDirectory{Directory: d, refuse: func(members []string) bool {
			u, ok := r.zoom.User(rows[7].email)
			return ok && slices.Contains(members, u.ID)
		}}
	}})
	j := r.apply(rows)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Created != 39 || j.Counts.Failed != 1 {
		t.Errorf("counts %+v, want 39 created and 1 failed", j.Counts)
	}
	res := r.result(j.ID, rows[7].email)
	if f := res.State.Failure; f == nil || f.Step != jobs.StepGroups || f.Reason != jobs.FailureValidation {
		t.Errorf("failure of the bad member: %+v", f)
	}
	if diff := cmp.Diff([]string{"user_group:Sales"}, res.State.Outstanding); diff != "" {
		t.Errorf("outstanding of the bad member, who is in the chat group (-want +got):\n%s", diff)
	}
}

// pickyDirectory refuses user group calls.
type pickyDirectory struct {
	jobs.Directory

	refuse func(members []string) bool
}

func (d *pickyDirectory) AddGroupMembers(ctx context.Context, id string, members []string) ([]string, error) {
	if d.refuse(members) {
		return nil, &zoomapi.Error{Status: 400, Code: 300, Message: "Validation Failed.", Method: "POST", Path: "/groups/{groupId}/members"}
	}
	return d.Directory.AddGroupMembers(ctx, id, members)
}

// TestIDsMissing: the answer does not name everybody who was added, or names nobody; the account is read.
func TestIDsMissing(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": `{"ids":"","added_at":"2026-03-02T10:00:00Z"}`, "none": `{"added_at":"2026-03-02T10:00:00Z"}`, "no body": ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
			r.zoom.Inject(zoomtest.Fault{
				Method: http.MethodPost, Path: "/groups/*/members", Status: 201, Body: body + " ", After: true, Times: -1,
			})
			j := r.apply(people(4))
			j = r.want(j.ID, jobs.StateDone)
			r.check(j.ID)
			if j.Counts.Created != 4 {
				t.Errorf("counts %+v, want 4 created", j.Counts)
			}
		})
	}
	t.Run("not added", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
		r.zoom.Inject(zoomtest.Fault{
			Method: http.MethodPost, Path: "/groups/*/members", Status: 201, Body: `{"ids":"","added_at":""}`, Times: -1,
		})
		j := r.apply(people(4))
		j = r.want(j.ID, jobs.StateDone)
		r.check(j.ID)
		if j.Counts.Failed != 4 {
			t.Errorf("counts %+v, want 4 failed", j.Counts)
		}
		if f := r.result(j.ID, "p001@example.com").State.Failure; f == nil || f.Reason != jobs.FailureGroupNotSet {
			t.Errorf("failure %+v, want %s", f, jobs.FailureGroupNotSet)
		}
	})
}

// TestGroupGone: a group that was deleted meanwhile fails its rows with few calls.
func TestGroupGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
	r.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Path: "/groups/*/members", Status: 404, Code: 4130, Times: -1, Name: "it"})
	rows := people(30)
	for i := range rows {
		rows[i].groups = "Sales"
	}
	j := r.apply(rows)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Failed != 30 || r.zoom.Fired("it") != 1 {
		t.Errorf("counts %+v after %d calls, want 30 failed after one", j.Counts, r.zoom.Fired("it"))
	}
}

// TestFatal: a reason that no other row can help ends the job; the rest is unprocessed.
func TestFatal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault zoomtest.Fault
		want  jobs.ReasonCode
		param string
	}{
		{"scope", zoomtest.Fault{Status: 400, Code: 4711, Message: "Invalid access token, does not contain scopes:[user:write:admin]."}, jobs.ReasonScope, "user:write:admin"},
		{"credentials", zoomtest.Fault{Status: 401, Code: 4741, Message: "Invalid access token."}, jobs.ReasonCredentials, ""},
		{"forbidden", zoomtest.Fault{Status: 403, Message: "no"}, jobs.ReasonForbidden, ""},
		{"sso off", zoomtest.Fault{Status: 400, Code: 2002, Message: "no"}, jobs.ReasonForbidden, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate, edit: func(o *jobs.Options) { o.InFlight = 2 }})
			f := tt.fault
			f.Method, f.Path, f.Nth, f.Times = http.MethodPost, "/users", 6, -1
			r.zoom.Inject(f)
			j := r.apply(people(20))
			j = r.want(j.ID, jobs.StateErrored)
			r.check(j.ID)
			if j.Reason.Code != tt.want {
				t.Errorf("reason %+v, want %s", j.Reason, tt.want)
			}
			if tt.param != "" && j.Reason.Params["scopes"] != tt.param {
				t.Errorf("params %v, want scope %s", j.Reason.Params, tt.param)
			}
			if c := j.Counts; c.Created+c.Failed != 5 || c.Unprocessed != 15 {
				t.Errorf("counts %+v, want 5 that were worked on and 15 unprocessed", c)
			}
		})
	}
}

// TestTokenDoesNotHold: a token that Zoom refuses again and again is tried for some minutes, with the job's other failures, and
// ends the job only then.
func TestTokenDoesNotHold(t *testing.T) {
	t.Parallel()
	for _, mended := range []bool{true, false} {
		r := newRig(t, rigOptions{memory: true, action: zoomapi.ActionSSOCreate, edit: func(o *jobs.Options) { o.InFlight = 2 }})
		r.zoom.Inject(zoomtest.Fault{
			Method: http.MethodPost, Path: "/users", Nth: 6, Times: -1, Status: 401, Code: 124, Message: "Invalid access token.",
		})
		j := r.apply(people(20))
		if j.State != jobs.StateApplying || j.RetryAt.IsZero() {
			t.Errorf("job is %s (%+v), tried again at %v", j.State, j.Reason, j.RetryAt)
		}
		if mended {
			r.zoom.Clear()
		}
		for range 30 {
			r.pass(2 * time.Minute)
		}
		j = r.get(j.ID)
		switch {
		case mended && (j.State != jobs.StateDone || j.Counts.Created != 20):
			t.Errorf("job is %s (%+v), counts %+v", j.State, j.Reason, j.Counts)
		case !mended && (j.State != jobs.StateErrored || j.Reason.Code != jobs.ReasonCredentials || j.Counts.Unprocessed != 15):
			t.Errorf("job is %s (%+v), counts %+v", j.State, j.Reason, j.Counts)
		}
		r.check(j.ID)
	}
}

// TestSeatsExhausted: people who were added before the last seat went are completed; the others wait for seats.
func TestSeatsExhausted(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{
		zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: 7}}, action: zoomapi.ActionSSOCreate, licensed: true,
	})
	j := r.apply(people(20))
	j = r.want(j.ID, jobs.StatePaused)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Created: 7, Unprocessed: 13}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if j.Reason.Code != jobs.ReasonSeats {
		t.Errorf("reason %+v", j.Reason)
	}
}

// TestDailyLimit pauses a job until the next day; what was begun is completed first, and nothing is done twice.
func TestDailyLimit(t *testing.T) {
	t.Parallel()
	limits := unlimited()
	limits.CreatePerDay = 8
	r := newRig(t, rigOptions{zoom: zoomtest.Options{Limits: limits}, action: zoomapi.ActionSSOCreate})
	j := r.apply(people(20))
	j = r.want(j.ID, jobs.StatePaused)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Created: 8, Unprocessed: 12}, j.Counts); diff != "" {
		t.Errorf("counts of the first day (-want +got):\n%s", diff)
	}
	if j.Reason.Code != jobs.ReasonDailyLimit || !j.ResumeAt.After(r.clock.Now()) {
		t.Errorf("paused until %v for %+v", j.ResumeAt, j.Reason)
	}
	r.queue.lose(false) // Whatever was queued is gone; the sweep alone knows.
	r.pass(time.Second)
	r.want(j.ID, jobs.StatePaused)
	r.pass(j.ResumeAt.Sub(r.clock.Now()))
	j = r.want(j.ID, jobs.StatePaused)
	r.check(j.ID)
	if j.Counts.Created != 16 {
		t.Errorf("counts of the second day %+v, want 16 created", j.Counts)
	}
	r.pass(j.ResumeAt.Sub(r.clock.Now()))
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Created != 20 || j.Reason.Code != "" || !j.ResumeAt.IsZero() {
		t.Errorf("job at the end: %+v, reason %+v, resume at %v", j.Counts, j.Reason, j.ResumeAt)
	}
}

// TestRateStorm: per-second refusals cost time, not rows.
func TestRateStorm(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
	r.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Effect: zoomtest.LimitPerSecond, Path: "/users", Times: 10, Name: "it"})
	j := r.planned(people(10))
	r.approve(j)
	// The client gives up after its second attempt; the job comes back.
	for range 5 {
		r.pass(5 * time.Second)
	}
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Created != 10 || r.zoom.Fired("it") != 10 {
		t.Errorf("counts %+v after %d refusals", j.Counts, r.zoom.Fired("it"))
	}
}

// TestAttemptsAreBounded: Zoom is away for good.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate, edit: func(o *jobs.Options) { o.InFlight = 1 }})
	j := r.planned(people(3))
	r.zoom.Inject(zoomtest.Fault{Method: http.MethodGet, Path: "/users/*", Status: 503, Times: -1})
	r.approve(j)
	for range 15 {
		r.pass(2 * time.Minute)
	}
	j = r.want(j.ID, jobs.StateErrored)
	if j.Reason.Code != jobs.ReasonZoomUnavailable || j.Attempts != 0 {
		t.Errorf("reason %+v after %d attempts", j.Reason, j.Attempts)
	}
}

// TestDoubledTasksKeepAttempts: tasks that come early or doubled do not use up the attempts.
func TestDoubledTasksKeepAttempts(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	var fetched atomic.Int64
	r.front.fetch = func(jobs.Job) ([]byte, error) {
		fetched.Add(1)
		return nil, errors.New("not now")
	}
	j, _, err := r.svc.Submit(t.Context(), jobs.Submission{Key: "k", Requester: requester})
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if err := r.queue.Enqueue(t.Context(), jobs.TaskPlan, j.ID, 0); err != nil {
			t.Fatal(err)
		}
	}
	r.settle()
	if j = r.get(j.ID); fetched.Load() != 1 || j.Attempts != 1 {
		t.Errorf("fetched %d times, %d attempts counted; want 1 and 1", fetched.Load(), j.Attempts)
	}
}

// TestLapsedBefore: somebody whose invitation lapsed long ago is invited again.
func TestLapsedBefore(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 15} {
		r := newRig(t, rigOptions{})
		rows := people(n)
		r.zoom.AddUser(zoomtest.User{Email: rows[0].email, Status: zoomtest.Pending})
		if err := r.zoom.Lapse(rows[0].email); err != nil {
			t.Fatal(err)
		}
		j := r.apply(rows)
		r.want(j.ID, jobs.StateFinishing)
		r.check(j.ID)
		if j.Counts.Waiting != n {
			t.Errorf("counts %+v, want all %d waiting", j.Counts, n)
		}
	}
}

// TestWhileWaiting: what can become of an invited person before the job looks again.
func TestWhileWaiting(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	rows := people(7)
	rows[6].groups = "Paris"
	j := r.apply(rows)
	r.want(j.ID, jobs.StateFinishing)
	r.zoom.ActivateAll()
	edit := func(i int, f func(*zoomtest.User)) {
		t.Helper()
		if err := r.zoom.Edit(rows[i].email, f); err != nil {
			t.Fatal(err)
		}
	}
	edit(1, func(u *zoomtest.User) { u.Status = zoomtest.Inactive })
	r.zoom.Remove(rows[2].email)
	edit(3, func(u *zoomtest.User) { u.Status = zoomtest.Pending })
	edit(4, func(u *zoomtest.User) { u.Status, u.Lapsed = zoomtest.Pending, true })
	r.zoom.Inject(zoomtest.Fault{Method: http.MethodPatch, Path: "/users/" + userID(t, r, rows[5].email), Status: 400, Code: 300})
	edit(6, func(u *zoomtest.User) { u.GroupIDs = nil }) // Somebody took away the group that was set ahead.
	r.pass(6 * time.Minute)
	want := map[string]jobs.Outcome{
		rows[0].email: jobs.OutcomeCreated, rows[1].email: jobs.OutcomeFailed, rows[2].email: jobs.OutcomeLapsed,
		rows[3].email: jobs.OutcomeWaiting, rows[4].email: jobs.OutcomeLapsed, rows[5].email: jobs.OutcomeFailed,
		rows[6].email: jobs.OutcomeCreated,
	}
	if diff := cmp.Diff(want, r.outcomes(j.ID)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	j = r.want(j.ID, jobs.StateFinishing)
	r.check(j.ID)
	wantCounts := jobs.Counts{Created: 2, Waiting: 1, Lapsed: 2, Failed: 2, Invited: 7, Activated: 3, Finished: 2}
	if diff := cmp.Diff(wantCounts, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if u, _ := r.zoom.User(rows[1].email); u.Dept != "" {
		t.Error("a deactivated person was written")
	}
	r.zoom.ActivateAll()
	r.pass(6 * time.Minute)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
}

func userID(t *testing.T, r *rig, email string) string {
	t.Helper()
	u, ok := r.zoom.User(email)
	if !ok {
		t.Fatal("no such person")
	}
	return u.ID
}

// TestLaggingPendingList: people who are missing from the list of pending people are looked at before they count as active.
func TestLaggingPendingList(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{wrapDir: func(d jobs.Directory) jobs.Directory { return &laggingDirectory{d} }})
	j := r.apply(people(25))
	r.want(j.ID, jobs.StateFinishing)
	r.pass(6 * time.Minute)
	j = r.want(j.ID, jobs.StateFinishing)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Waiting: 25, Invited: 25}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// laggingDirectory leaves every second pending person out of the list.
type laggingDirectory struct{ jobs.Directory }

func (d *laggingDirectory) Users(ctx context.Context, o zoomapi.ListUsersOptions) iter.Seq2[zoomapi.User, error] {
	all := d.Directory.Users(ctx, o)
	if o.Status != zoomapi.StatusPending {
		return all
	}
	return func(yield func(zoomapi.User, error) bool) {
		n := 0
		for u, err := range all {
			if n++; n%2 == 0 && err == nil {
				continue
			}
			if !yield(u, err) {
				return
			}
		}
	}
}

// TestFew: rows that ask for nothing beyond the names need no call but the creation, and no group is no trouble.
func TestFew(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
	j := r.apply([]person{{email: "a@example.com"}, {email: "b@example.com", groups: "Sales"}, {email: "c@example.com", dept: "D"}})
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	calls := r.zoom.Counts().ByPattern
	if calls["PATCH /users/{userId}"] != 1 || calls["POST /groups/{groupId}/members"] != 1 {
		t.Errorf("calls %v, want one PATCH and one join", calls)
	}

	mixed := []person{{email: "a@example.com"}, {email: "not an address"}, {email: "new@example.com"}, {email: "boss@example.com", dept: "X"}}
	j = r.apply(mixed)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Created: 1, Unchanged: 1, Skipped: 1, Failed: 1}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got := j.Plan.Counts; got != (plan.Counts{Rows: 4, Create: 1, Unchanged: 1, Differs: 1, Invalid: 1}) {
		t.Errorf("plan %+v", got)
	}
}
