package jobs_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
)

// TestIncomplete: people who were invited when their job was stopped have not failed. Another try completes those who have
// accepted by then, sending the invitation again the others.
func TestIncomplete(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	rows := people(4)
	j := r.apply(rows)
	if _, err := r.svc.Cancel(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateCanceled)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Incomplete: 4, Invited: 4}, j.Counts); diff != "" {
		t.Fatalf("counts (-want +got):\n%s", diff)
	}
	_, _, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Requester: requester})
	wantErr(t, "retry before anybody has accepted", err, jobs.ErrNotAccepted)
	for _, p := range rows[:2] {
		if err := r.zoom.Activate(p.email); err != nil {
			t.Fatal(err)
		}
	}
	again, created, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Requester: requester})
	if err != nil || !created {
		t.Fatalf("retry: %t, %v", created, err)
	}
	r.settle()
	again = r.want(again.ID, jobs.StateAwaitingApproval)
	r.approve(again)
	r.settle()
	again = r.want(again.ID, jobs.StateDone)
	r.check(again.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 2, Skipped: 2}, again.Counts); diff != "" {
		t.Errorf("counts of the retry (-want +got):\n%s", diff)
	}
	resend, n := r.invitations(plan.ActionResend, j.ID, "en-US")
	if n != 2 {
		t.Fatalf("%d people are invited again, want 2", n)
	}
	resend = r.want(resend.ID, jobs.StateAwaitingApproval)
	r.approve(resend)
	r.settle()
	for _, p := range rows[2:] {
		if err := r.zoom.Activate(p.email); err != nil {
			t.Fatal(err)
		}
	}
	r.pass(6 * time.Minute)
	resend = r.want(resend.ID, jobs.StateDone)
	if diff := cmp.Diff(jobs.Counts{Created: 2, Invited: 2, Activated: 2, Finished: 2}, resend.Counts); diff != "" {
		t.Errorf("counts of the second invitation (-want +got):\n%s", diff)
	}
	for _, p := range rows {
		if u, _ := r.zoom.User(p.email); u.Dept != p.dept {
			t.Errorf("somebody has the department %q, want %q", u.Dept, p.dept)
		}
	}
}

// TestIncompleteUndone: the invitations of a job that was stopped can be taken back.
func TestIncompleteUndone(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	rows := people(3)
	j := r.apply(rows)
	if _, err := r.svc.Cancel(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.want(j.ID, jobs.StateCanceled)
	undo := r.undo(j.ID)
	if undo.State != jobs.StateDone || undo.Counts.Reversed != 3 {
		t.Errorf("the undo is %s, %+v", undo.State, undo.Counts)
	}
	for _, p := range rows {
		if _, there := r.zoom.User(p.email); there {
			t.Error("an invitation is still open")
		}
	}
}
