package jobs_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// pending gives who is waiting and who lapsed, each with the job that is known.
func (r *rig) pending(text string) (waiting, lapsed map[string]string) {
	r.t.Helper()
	w, l, err := r.svc.Pending(r.t.Context(), text)
	if err != nil {
		r.t.Fatal(err)
	}
	jobsOf := func(people []jobs.Invitee) map[string]string {
		out := make(map[string]string, len(people))
		for i := range people {
			out[people[i].Email] = people[i].JobID
		}
		return out
	}
	return jobsOf(w), jobsOf(l)
}

// invitations submits a job about invitations and returns it with how many people it is about.
func (r *rig) invitations(action plan.Action, target, locale string) (jobs.Job, int) {
	r.t.Helper()
	who := requester
	who.Locale = locale
	j, n, err := r.svc.SubmitInvitations(r.t.Context(), jobs.Submission{
		Key: uuid.NewString(), Requester: who, Source: jobs.Source{Name: "invitations.csv"},
	}, action, target)
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return j, n
}

// TestPendingKnowsSince follows invitations through their life: who invited, since when, what lapsed and what was taken back.
func TestPendingKnowsSince(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionCreate})
	r.zoom.AddUser(zoomtest.User{Email: "other@example.com", FirstName: "Ot", Status: zoomtest.Pending})
	begun := r.clock.Now()
	first := r.apply(people(14))
	r.want(first.ID, jobs.StateFinishing)
	r.pass(48 * time.Hour)
	second := r.apply([]person{{email: "late@example.com"}})

	waiting, lapsed := r.pending("")
	want := map[string]string{"other@example.com": "", "late@example.com": second.ID}
	for _, p := range people(14) {
		want[p.email] = first.ID
	}
	if diff := cmp.Diff(want, waiting); diff != "" || len(lapsed) > 0 {
		t.Errorf("waiting (-want +got):\n%s\nlapsed: %v", diff, lapsed)
	}
	list, _, err := r.svc.Pending(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if since := list[0].Since; since.Before(begun) || since.After(begun.Add(time.Hour)) {
		t.Errorf("the oldest invitation is of %s, want about %s", since, begun)
	}
	if got := list[len(list)-2].Email; got != "late@example.com" {
		t.Errorf("the newest invitation is that of %s", got)
	}
	if last := list[len(list)-1]; !last.Since.IsZero() || !last.Until().IsZero() {
		t.Errorf("somebody invited elsewhere is known since %s", last.Since)
	}

	// More than few people lapse, so that the account is listed; one accepts, one is shut out afterwards.
	for _, p := range people(14)[2:] {
		if err := r.zoom.Lapse(p.email); err != nil {
			t.Fatal(err)
		}
	}
	for _, email := range []string{"p000@example.com", "p001@example.com"} {
		if err := r.zoom.Activate(email); err != nil {
			t.Fatal(err)
		}
	}
	r.pass(time.Hour)
	if err := r.zoom.Edit("p001@example.com", func(u *zoomtest.User) { u.Status = zoomtest.Inactive }); err != nil {
		t.Fatal(err)
	}
	waiting, lapsed = r.pending("")
	if diff := cmp.Diff([]string{"late@example.com", "other@example.com"}, slices.Sorted(maps.Keys(waiting))); diff != "" {
		t.Errorf("waiting (-want +got):\n%s", diff)
	}
	if len(lapsed) != 12 || lapsed["p002@example.com"] != first.ID {
		t.Errorf("lapsed: %v", lapsed)
	}
	if waiting, lapsed = r.pending("P00"); len(waiting) != 0 || len(lapsed) != 8 {
		t.Errorf("narrowed to P00: %v, %v", waiting, lapsed)
	}

	// What one of our jobs took back has not lapsed.
	j, n := r.invitations(plan.ActionWithdraw, "LATE@example.com", "")
	if n != 1 {
		t.Fatalf("%d people, want one", n)
	}
	r.approve(r.want(j.ID, jobs.StateAwaitingApproval))
	r.settle()
	r.want(j.ID, jobs.StateDone)
	r.pass(time.Hour)
	if waiting, lapsed = r.pending("late"); len(waiting)+len(lapsed) != 0 {
		t.Errorf("taken back and still there: %v, %v", waiting, lapsed)
	}
	if j, n := r.invitations(plan.ActionResend, second.ID, ""); n != 0 || j.ID != "" {
		t.Errorf("what was taken back is sent again: %d, %s", n, j.ID)
	}
}

// TestResendKeepsTheFile: who is invited again gets in the end what the first file says, in whatever language the new one is.
func TestResendKeepsTheFile(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"", "fr-FR", "de-DE", "es-ES", "ja-JP", "xx"} {
		t.Run("locale "+locale, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{action: zoomapi.ActionCreate, memory: true})
			r.zoom.AddUser(zoomtest.User{Email: "other@example.com", FirstName: "Ot", LastName: "(clear)", Type: zoomtest.Basic, Status: zoomtest.Pending})
			rows := people(3)
			rows[1].title, rows[1].dept = `\(clear)`, "'=1+1"
			first := r.apply(rows)
			if err := r.zoom.Lapse(rows[0].email); err != nil {
				t.Fatal(err)
			}
			r.pass(time.Hour)
			before := r.result(first.ID, rows[1].email).Change

			for _, target := range []string{first.ID, "other@example.com " + rows[2].email} {
				j, n := r.invitations(plan.ActionResend, target, locale)
				want := 3
				if target != first.ID {
					want = 2
				}
				got, results, err := r.svc.Results(t.Context(), j.ID)
				if err != nil || n != want || len(results) != want {
					t.Fatalf("%d people, %d rows, %v", n, len(results), err)
				}
				if len(got.Issues) > 0 {
					t.Errorf("issues of the file: %+v\n%q", got.Issues, got.Header)
				}
				for i := range results {
					if results[i].Change.Action != plan.ActionResend {
						t.Errorf("%s: action %s, issues %+v", results[i].Row.Key(), results[i].Change.Action, results[i].Issues)
					}
				}
				if target == first.ID {
					after := r.result(j.ID, rows[1].email).Change
					if diff := cmp.Diff(news(before), news(after)); diff != "" {
						t.Errorf("values of a person (-first +again):\n%s", diff)
					}
					if diff := cmp.Diff(before.Groups, after.Groups); diff != "" {
						t.Errorf("groups of a person (-first +again):\n%s", diff)
					}
				}
				r.approve(r.want(j.ID, jobs.StateAwaitingApproval))
				r.settle()
				r.want(j.ID, jobs.StateFinishing)
			}
			r.zoom.ActivateAll()
			r.pass(time.Hour)
			for _, p := range rows {
				u, _ := r.zoom.User(p.email)
				if u.Status != zoomtest.Active || u.Dept != p.dept || len(u.GroupIDs) == 0 || len(u.IMGroupIDs) == 0 {
					t.Errorf("%s ends as %+v", p.email, u)
				}
			}
		})
	}
}

// news are the values that a change writes.
func news(c plan.Change) map[roster.Field]string {
	out := make(map[roster.Field]string)
	for _, f := range c.Fields {
		out[f.Field] = f.New
	}
	return out
}

// TestResendAll takes everybody whose invitation is open, whatever file they come from.
func TestResendAll(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionCreate, memory: true})
	r.zoom.AddUser(zoomtest.User{Email: "other@example.com", FirstName: "Ot", LastName: "Her", Status: zoomtest.Pending})
	r.apply([]person{{email: "one@example.com", dept: "Field"}})
	r.apply([]person{{email: "two@example.com", title: "Rep"}})
	r.apply([]person{{email: "gone@example.com"}})
	if err := r.zoom.Lapse("gone@example.com"); err != nil {
		t.Fatal(err)
	}
	j, n := r.invitations(plan.ActionResend, "All", "")
	if n != 3 || r.get(j.ID).Plan.Counts.Resend != 3 {
		t.Errorf("%d people, plan %+v", n, r.get(j.ID).Plan)
	}
	if _, _, err := r.svc.SubmitInvitations(context.Background(), jobs.Submission{Key: "k"}, plan.ActionResend, "zzzz-zzzz"); err == nil {
		t.Error("a job that is not there has no error")
	}
}
