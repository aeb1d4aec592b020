package jobs_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func allowDelete(o *jobs.Options) { o.AllowDelete = true }

// outsider adds somebody of a domain that the account does not manage, so that they can be unlinked.
func (r *rig) outsider(name string) {
	r.zoom.AddUser(zoomtest.User{Email: name + "@example.org", FirstName: name, LastName: "Out"})
}

func TestErase(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: allowDelete, zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: 1}}})
	r.staff("ann", "ben")
	r.outsider("olga")
	r.zoom.AddUser(zoomtest.User{Email: "off@example.com", FirstName: "O", LastName: "Ff", Status: zoomtest.Inactive})
	r.zoom.AddUser(zoomtest.User{Email: "rich@example.com", FirstName: "R", LastName: "Ich", Type: zoomapi.TypeLicensed})
	var mu sync.Mutex
	queries := map[string]string{}
	r.watch.before = func(method, path string) {
		if method == http.MethodDelete {
			mu.Lock()
			defer mu.Unlock()
			queries[path] = method
		}
	}
	j := r.carry(jobs.KindAuto,
		"Email,Action,Data transfer to Email (optional),Transfer Meetings (Yes or No),Transfer Recordings (Yes or No),User Type",
		"ben@example.com,,,,,Licensed",
		"ann@example.com,delete,boss@example.com,Yes,No,",
		"olga@example.org,unlink,,,,",
		"off@example.com,delete,,,,",
		"rich@example.com,delete,,,,",
	)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 1, Deleted: 4}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(queries) != 4 {
		t.Errorf("people were deleted by %v", queries)
	}
	// Posting it again deletes nobody, and asks for nothing.
	again := r.file(jobs.KindAuto, "Email,Action", "ann@example.com,delete", "olga@example.org,unlink")
	if again.State != jobs.StateNoChanges || again.Plan.Counts.Absent != 2 {
		t.Errorf("the same again is %s with %+v", again.State, again.Plan.Counts)
	}
}

// TestEraseNotAllowed: without the setting nobody is deleted.
func TestEraseNotAllowed(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann")
	j := r.file(jobs.KindAuto, "Email,Action", "ann@example.com,delete")
	if j.State != jobs.StateNoChanges || j.Plan.Counts.Invalid != 1 {
		t.Errorf("job is %s with %+v", j.State, j.Plan.Counts)
	}
}

// spy sees what a service asks Zoom to do.
type spy struct {
	jobs.Directory

	mu      sync.Mutex
	options map[string]zoomapi.DeleteOptions
	// before happens ahead of a deletion; lost loses the answers to the first ones.
	before func()
	lost   int
	skip   bool
}

func (s *spy) DeleteUser(ctx context.Context, who string, o zoomapi.DeleteOptions) error {
	s.mu.Lock()
	if s.options == nil {
		s.options = make(map[string]zoomapi.DeleteOptions)
	}
	s.options[who] = o
	s.lost--
	lost, skip, before := s.lost >= 0, s.skip, s.before
	s.mu.Unlock()
	if before != nil {
		before()
	}
	if lost && skip {
		return &zoomapi.UnknownOutcomeError{Op: "DELETE /users/{userId}", Err: context.DeadlineExceeded}
	}
	err := s.Directory.DeleteUser(ctx, who, o)
	if lost {
		return &zoomapi.UnknownOutcomeError{Op: "DELETE /users/{userId}", Err: context.DeadlineExceeded}
	}
	return err
}

func spied(t *testing.T, s *spy) *rig {
	t.Helper()
	return newRig(t, rigOptions{memory: true, edit: allowDelete, wrapDir: func(d jobs.Directory) jobs.Directory {
		s.Directory = d
		return s
	}})
}

// TestEraseOptions: what a row says of the data is what Zoom is asked, by the id of the person.
func TestEraseOptions(t *testing.T) {
	t.Parallel()
	s := &spy{}
	r := spied(t, s)
	r.staff("ann", "ben")
	r.outsider("olga")
	ids := map[string]string{}
	for _, u := range r.zoom.Users() {
		ids[u.Email] = u.ID
	}
	j := r.carry(jobs.KindAuto,
		"Email,Action,Transfer To,Transfer Meetings,Transfer Webinars,Transfer Recordings,Transfer Whiteboards,Transfer Clips,Transfer Notes,Transfer Visitors,Transfer Docs",
		"ann@example.com,delete,boss@example.com,yes,yes,yes,yes,yes,yes,yes,yes",
		"ben@example.com,delete,boss@example.com,no,,no,,,x,,",
		"olga@example.org,unlink,,,,,,,,,")
	r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	want := map[string]zoomapi.DeleteOptions{
		ids["ann@example.com"]: {
			Action: zoomapi.DeletePermanently, TransferEmail: "boss@example.com", TransferMeetings: true, TransferWebinars: true,
			TransferRecordings: true, TransferWhiteboard: true, TransferClips: true, TransferNotes: true, TransferVisitors: true,
			TransferDocs: true,
		},
		ids["ben@example.com"]:  {Action: zoomapi.DeletePermanently, TransferEmail: "boss@example.com", TransferNotes: true},
		ids["olga@example.org"]: {Action: zoomapi.DeleteDisassociate},
	}
	if diff := cmp.Diff(want, s.options); diff != "" {
		t.Errorf("deletions (-want +got):\n%s", diff)
	}
}

// TestEraseUnanswered: a deletion without an answer is settled by reading, whether it was made or not.
func TestEraseUnanswered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		lost int
		skip bool
		want jobs.Counts
	}{
		{"made", 1, false, jobs.Counts{Deleted: 1}},
		{"not made", 1, true, jobs.Counts{Deleted: 1}},
		{"never made", 99, true, jobs.Counts{Failed: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := spied(t, &spy{lost: tt.lost, skip: tt.skip})
			r.staff("ann")
			j := r.carry(jobs.KindAuto, "Email,Action", "ann@example.com,delete")
			j = r.want(j.ID, jobs.StateDone)
			r.check(j.ID)
			if diff := cmp.Diff(tt.want, j.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEraseChanged: whoever is not as the plan saw them any more is not deleted.
func TestEraseChanged(t *testing.T) {
	t.Parallel()
	const ann, heir = "ann@example.com", "heir@example.com"
	for _, tt := range []struct {
		name   string
		change func(*rig) error
		want   jobs.FailureReason
		what   jobs.Outcome
	}{
		{"gone", func(r *rig) error { r.zoom.Remove(ann); return nil }, jobs.FailureGone, jobs.OutcomeConflict},
		{"another person with the address", func(r *rig) error {
			r.zoom.Remove(ann)
			r.staff("ann")
			return nil
		}, jobs.FailureGone, jobs.OutcomeConflict},
		{"shut out", func(r *rig) error {
			return r.zoom.Edit(ann, func(u *zoomtest.User) { u.Status = zoomtest.Inactive })
		}, jobs.FailureChanged, jobs.OutcomeConflict},
		{"an administrator now", func(r *rig) error {
			return r.zoom.Edit(ann, func(u *zoomtest.User) { u.RoleID = zoomtest.RoleAdmin })
		}, jobs.FailureChanged, jobs.OutcomeConflict},
		{"no receiver", func(r *rig) error { r.zoom.Remove(heir); return nil }, jobs.FailureHeir, jobs.OutcomeFailed},
		{"a receiver who is shut out", func(r *rig) error {
			return r.zoom.Edit(heir, func(u *zoomtest.User) { u.Status = zoomtest.Inactive })
		}, jobs.FailureHeir, jobs.OutcomeFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var r *rig
			s := &spy{}
			first := make(chan struct{})
			var once sync.Once
			s.before = func() { once.Do(func() { close(first) }) }
			r = spied(t, s)
			r.staff("ann", "heir", "zoe")
			j := r.file(jobs.KindAuto, "Email,Action,Transfer To,Transfer Docs", "ann@example.com,delete,heir@example.com,yes")
			r.want(j.ID, jobs.StateAwaitingApproval)
			// After the plan was confirmed, before the row's turn: the row's own read is the first by id.
			var changed sync.Once
			var fault error
			id := ""
			if u, ok := r.zoom.User(ann); ok {
				id = u.ID
			}
			r.watch.before = func(method, path string) {
				if method == http.MethodGet && strings.HasSuffix(path, "/users/"+id) {
					changed.Do(func() { fault = tt.change(r) })
				}
			}
			r.approve(j)
			r.settle()
			j = r.want(j.ID, jobs.StateDone)
			if fault != nil {
				t.Fatal(fault)
			}
			r.check(j.ID)
			res := r.result(j.ID, ann)
			if res.Outcome != tt.what || res.State.Failure == nil || res.State.Failure.Reason != tt.want {
				t.Errorf("row: %s, %+v", res.Outcome, res.State.Failure)
			}
			select {
			case <-first:
				t.Error("somebody was deleted")
			default:
			}
		})
	}
}

func TestNewEmail(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann", "ben", "cy")
	r.outsider("olga")
	j := r.carry(jobs.KindAuto,
		"Email,New Email,Department,User Group",
		"ann@example.com,Anna@Example.com,After,=Paris",
		"ben@example.com,,After,",
		"cy@example.com,cy@elsewhere.example,After,",
		"olga@example.org,olga@example.com,,")
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 2, Failed: 2}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if u, ok := r.zoom.User("anna@example.com"); !ok || u.Dept != "After" || len(u.GroupIDs) != 1 {
		t.Errorf("anna is there: %v, %+v", ok, u)
	}
	// What Zoom says about an address does not keep back the rest of the row.
	res := r.result(j.ID, "cy@example.com")
	if u, _ := r.zoom.User("cy@example.com"); u.Dept != "After" {
		t.Errorf("department %q", u.Dept)
	}
	if diff := cmp.Diff([]string{string(roster.NewEmail)}, res.State.Outstanding); diff != "" || res.State.Failure.Step != jobs.StepAddress || res.State.Failure.Message == "" {
		t.Errorf("failure %+v, outstanding (-want +got):\n%s", res.State.Failure, diff)
	}
	again := r.file(jobs.KindAuto, "Email,New Email,Department,User Group", "ann@example.com,anna@example.com,After,=Paris")
	if again.State != jobs.StateNoChanges || again.Plan.Counts.Unchanged != 1 {
		t.Errorf("the same again is %s with %+v", again.State, again.Plan.Counts)
	}
}

// TestNewEmailTooOften: a limit of one person's is that row's, and nobody waits for tomorrow.
func TestNewEmailTooOften(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann", "ben")
	for i := range 3 {
		from, to := fmt.Sprintf("ann%d@example.com", i), fmt.Sprintf("ann%d@example.com", i+1)
		if i == 0 {
			from = "ann@example.com"
		}
		if err := r.client.SetUserEmail(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
	}
	j := r.carry(jobs.KindUpdate, "Email,New Email", "ann3@example.com,ann4@example.com", "ben@example.com,bennie@example.com")
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 1, Failed: 1}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if f := r.result(j.ID, "ann3@example.com").State.Failure; f == nil || f.Reason != jobs.FailureTooOften {
		t.Errorf("failure %+v", f)
	}
}

// TestEventsAndCaptions: the two are set, compared and exported.
func TestEventsAndCaptions(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, licensed: true, action: zoomapi.ActionSSOCreate})
	r.zoom.AddUser(zoomtest.User{Email: "ann@example.com", FirstName: "A", LastName: "Nn", Type: zoomapi.TypeLicensed})
	r.zoom.AddUser(zoomtest.User{Email: "ben@example.com", FirstName: "B", LastName: "En", Type: zoomapi.TypeLicensed})
	lines := []string{
		"Email,First Name,Last Name,Zoom Events,Zoom Translated Captions",
		"ann@example.com,,,1000,yes", "ben@example.com,,,yes,", "new@example.com,Ne,W,,yes",
	}
	j := r.carry(jobs.KindAuto, lines...)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Created: 1, Updated: 2}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	set, err := r.client.Settings(t.Context(), "ann@example.com")
	if err != nil || !set.Feature.ZoomEvents || set.Feature.ZoomEventsCapacity != 1000 || !set.Feature.TranslatedCaptions {
		t.Errorf("ann has %+v, error %v", set.Feature, err)
	}
	if again := r.file(jobs.KindAuto, lines...); again.State != jobs.StateNoChanges {
		t.Errorf("the same again is %s with %+v", again.State, again.Plan.Counts)
	}
	j = r.carry(jobs.KindUpdate, "Email,Zoom Events,Zoom Translated Captions", "ann@example.com,no,(clear)")
	r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
}

// TestKilledWhileRemoving kills the service at every call of a file that deletes, unlinks and gives new addresses. The
// account in the end is that of a job without a crash.
func TestKilledWhileRemoving(t *testing.T) {
	t.Parallel()
	data := []byte(strings.Join([]string{
		"Email,New Email,Department,User Group,Action,Transfer To,Transfer Docs",
		"ann@example.com,,,,delete,boss@example.com,yes", "olga@example.org,,,,unlink,,", "ben@example.com,bennie@example.com,After,=Paris,,,",
		"cy@example.com,cyril@example.com,,,,,",
	}, "\n"))
	stage := func() (*rig, *killer) {
		r, k := crashRig(t, zoomapi.ActionCreate, allowDelete)
		r.staff("ann", "ben", "cy")
		r.outsider("olga")
		return r, k
	}
	killEverywhere(t, stage, data, jobs.Revision{}, jobs.Counts{Deleted: 2, Updated: 2})
}

// TestStoppedWhileRemoving: a job that is stopped deletes nobody any more, and knows of everybody whether they are there.
func TestStoppedWhileRemoving(t *testing.T) {
	t.Parallel()
	s := &spy{}
	r := spied(t, s)
	lines := []string{"Email,Action"}
	for i := range 120 {
		name := fmt.Sprintf("p%03d", i)
		r.staff(name)
		lines = append(lines, name+"@example.com,delete")
	}
	j := r.file(jobs.KindAuto, lines...)
	r.want(j.ID, jobs.StateAwaitingApproval)
	var once sync.Once
	s.before = func() {
		once.Do(func() {
			if _, err := r.svc.Cancel(context.WithoutCancel(t.Context()), j.ID, requester); err != nil {
				t.Error(err)
			}
		})
	}
	r.approve(j)
	r.settle()
	r.pass(time.Minute)
	j = r.want(j.ID, jobs.StateCanceled)
	r.check(j.ID)
	there := 0
	for _, u := range r.zoom.Users() {
		if strings.HasPrefix(u.Email, "p") {
			there++
		}
	}
	if there == 0 || j.Counts.Deleted != 120-there || j.Counts.Unprocessed != there {
		t.Errorf("%d people are there, counts %+v", there, j.Counts)
	}
}
