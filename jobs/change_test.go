package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// staff adds people who have been there for long.
func (r *rig) staff(names ...string) {
	for _, n := range names {
		r.zoom.AddUser(zoomtest.User{
			Email: n + "@example.com", FirstName: strings.ToUpper(n), LastName: "Old", Dept: "Before", JobTitle: "Clerk",
			Type: zoomapi.TypeBasic,
		})
	}
}

// writes counts the calls that changed something, by method and the kind of path.
func (r *rig) writes() map[string]int {
	out := map[string]int{}
	for _, c := range r.zoom.Calls() {
		if c.Method == http.MethodGet || strings.Contains(c.Path, "oauth") {
			continue
		}
		parts := strings.Split(strings.Trim(strings.TrimPrefix(c.Path, "/v2"), "/"), "/")
		kind := parts[0]
		if len(parts) > 2 {
			kind += "/" + parts[2]
		}
		out[c.Method+" "+kind]++
	}
	return out
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann", "ben", "cy")
	before := r.writes()
	j := r.carry(jobs.KindUpdate,
		"Email,Last Name,Department,Job Title,Location,Manager,Phone Number,Cost center,Timezone",
		"ann@example.com,New,After,(clear),Paris,boss@example.com,[Mobile] +33 612345678,CC1,Europe/Paris",
		"ben@example.com,Old,Before,Clerk,,,,,",
		"cy@example.com,,,Chief,,,,,",
		"nobody@example.com,X,Y,,,,,,",
	)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 2, Unchanged: 1, Skipped: 1}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	ann, _ := r.zoom.User("ann@example.com")
	if ann.JobTitle != "" || ann.FirstName != "ANN" || ann.LastName != "New" || len(ann.PhoneNumbers) != 1 {
		t.Errorf("ann is %+v", ann)
	}
	after := r.writes()
	if n := after["PATCH users"] - before["PATCH users"]; n != 2 {
		t.Errorf("%d PATCH calls for two people who change, all writes: %v", n, after)
	}
	// Posting it again changes nothing.
	again := r.file(jobs.KindUpdate, "Email,Last Name,Department", "ann@example.com,New,After")
	if again.State != jobs.StateNoChanges {
		t.Errorf("the same again is %s with %+v", again.State, again.Plan.Counts)
	}
}

// TestMixed: one file adds, changes, shuts out and lets in.
func TestMixed(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
	r.staff("ann", "ben")
	r.zoom.AddUser(zoomtest.User{Email: "out@example.com", FirstName: "O", LastName: "Ut", Status: zoomtest.Inactive})
	j := r.carry(jobs.KindAuto,
		"Email,First Name,Last Name,Department,User Group,Action",
		"ann@example.com,,,After,,",
		"ben@example.com,,,,,deactivate",
		"out@example.com,,,Back,Sales,activate",
		"new@example.com,Ne,W,Field,Paris,",
	)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Created: 1, Updated: 2, Deactivated: 1}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestGroupEdits(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann", "ben", "cy", "di")
	for _, g := range r.zoom.Groups() {
		if g.Name == "Support" {
			r.zoom.Join(g.ID, "ann@example.com", "ben@example.com", "cy@example.com", "di@example.com")
		}
	}
	j := r.carry(jobs.KindUpdate,
		"Email,User Group",
		"ann@example.com,Sales",
		"ben@example.com,+Sales; -Support",
		"cy@example.com,=Paris; Sales",
		"di@example.com,(clear)",
	)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	names := map[string]string{}
	for _, g := range r.zoom.Groups() {
		names[g.ID] = g.Name
	}
	got := map[string][]string{}
	for _, who := range []string{"ann", "ben", "cy", "di"} {
		u, _ := r.zoom.User(who + "@example.com")
		for _, id := range u.GroupIDs {
			got[who] = append(got[who], names[id])
		}
		slices.Sort(got[who])
	}
	want := map[string][]string{"ann": {"Sales", "Support"}, "ben": {"Sales"}, "cy": {"Paris", "Sales"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

// editing changes a person by hand right before a call.
type editing struct {
	jobs.Directory

	before func(who string)
}

func (d *editing) UpdateUser(ctx context.Context, who string, p zoomapi.UserPatch) error {
	d.before(who)
	return d.Directory.UpdateUser(ctx, who, p)
}

// TestConflict: somebody who was changed by hand after the plan is left alone, and the others are not.
func TestConflict(t *testing.T) {
	t.Parallel()
	var r *rig
	r = newRig(t, rigOptions{
		memory: true, edit: func(o *jobs.Options) { o.InFlight = 2 },
		wrapDir: func(d jobs.Directory) jobs.Directory {
			return &editing{d, func(string) {
				_ = r.zoom.Edit("ben@example.com", func(u *zoomtest.User) { u.Dept = "By hand" })
			}}
		},
	})
	r.staff("ann", "ben", "cy")
	j := r.carry(jobs.KindUpdate, "Email,Department", "ann@example.com,After", "ben@example.com,After", "cy@example.com,After")
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 2, Conflict: 1}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	res := r.result(j.ID, "ben@example.com")
	if f := res.State.Failure; f == nil || f.Reason != jobs.FailureChanged || f.Message != string(roster.Department) {
		t.Errorf("failure %+v", f)
	}
	if u, _ := r.zoom.User("ben@example.com"); u.Dept != "By hand" {
		t.Errorf("department %q was overwritten", u.Dept)
	}
}

// TestPhoneRefused: a number that Zoom does not take does not keep back the rest of its row.
func TestPhoneRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, wrapDir: func(d jobs.Directory) jobs.Directory { return &phoneHater{d} }})
	r.staff("ann")
	j := r.carry(jobs.KindUpdate, "Email,Department,Phone Number", "ann@example.com,After,+33 612345678")
	j = r.want(j.ID, jobs.StateDone)
	res := r.result(j.ID, "ann@example.com")
	if res.Outcome != jobs.OutcomeFailed || res.State.Failure == nil || res.State.Failure.Reason != jobs.FailurePhone {
		t.Errorf("row: %s, %+v", res.Outcome, res.State.Failure)
	}
	if diff := cmp.Diff([]string{"phone_number"}, res.State.Outstanding); diff != "" {
		t.Errorf("outstanding (-want +got):\n%s", diff)
	}
	if u, _ := r.zoom.User("ann@example.com"); u.Dept != "After" {
		t.Errorf("department %q", u.Dept)
	}
}

// phoneHater refuses phone numbers as Zoom does.
type phoneHater struct{ jobs.Directory }

func (d *phoneHater) UpdateUser(ctx context.Context, who string, p zoomapi.UserPatch) error {
	if p.PhoneNumbers != nil {
		return &zoomapi.Error{Status: http.StatusBadRequest, Code: 300, Message: "Validation Failed."}
	}
	return d.Directory.UpdateUser(ctx, who, p)
}

// TestSeatsFreedFirst: a seat that the file gives back can be used by a row further up.
func TestSeatsFreedFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: 1}}})
	r.staff("ann")
	r.zoom.AddUser(zoomtest.User{Email: "ben@example.com", FirstName: "B", LastName: "En", Type: zoomapi.TypeLicensed})
	j := r.carry(jobs.KindUpdate, "Email,User Type", "ann@example.com,Licensed", "ben@example.com,Basic")
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Updated != 2 {
		t.Errorf("counts %+v", j.Counts)
	}
	for _, s := range j.Plan.Seats {
		if s.Licence == "licensed" && (s.Needed != 1 || s.Freed != 1 || s.Short() != 0) {
			t.Errorf("seats %+v", s)
		}
	}
}

// TestSeatsPause: a licence that is used up holds back its own rows only; the job goes on by itself once there are seats.
func TestSeatsPause(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: 1}}})
	r.staff("ann", "ben", "cy", "di")
	j := r.carry(jobs.KindUpdate,
		"Email,User Type,Department",
		"ann@example.com,Licensed,After", "ben@example.com,Licensed,After", "cy@example.com,,After", "di@example.com,,After")
	j = r.want(j.ID, jobs.StatePaused)
	r.check(j.ID)
	if j.Reason.Code != jobs.ReasonSeats || j.Reason.Params["licence"] != "licensed" || j.Reason.Params["rows"] != "1" {
		t.Errorf("reason %+v", j.Reason)
	}
	if diff := cmp.Diff(jobs.Counts{Updated: 3, Unprocessed: 1}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	r.pass(10 * time.Minute)
	r.want(j.ID, jobs.StatePaused)
	// Somebody gives a seat back by hand.
	for _, who := range []string{"ann@example.com", "ben@example.com"} {
		if u, _ := r.zoom.User(who); u.Type == zoomapi.TypeLicensed {
			if err := r.zoom.Edit(who, func(u *zoomtest.User) { u.Type = zoomapi.TypeBasic }); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.pass(10 * time.Minute)
	j = r.want(j.ID, jobs.StateDone)
	if j.Counts.Updated != 4 {
		t.Errorf("counts %+v", j.Counts)
	}
}

// TestSeatsPauseHeld: a person who keeps a job from going on by itself does not hide what it lacks.
func TestSeatsPauseHeld(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: -1}}})
	r.staff("ann", "ben")
	j := r.carry(jobs.KindUpdate, "Email,User Type,Department", "ann@example.com,Licensed,After", "ben@example.com,,After")
	j = r.want(j.ID, jobs.StatePaused)
	if _, err := r.svc.Pause(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.pass(72 * time.Hour)
	held := r.want(j.ID, jobs.StatePaused)
	want := maps.Clone(j.Reason.Params)
	delete(want, "until")
	delete(want, "gives_up")
	if diff := cmp.Diff(jobs.Reason{Code: jobs.ReasonSeats, Params: want}, held.Reason); diff != "" || held.Held == nil || !held.ResumeAt.IsZero() {
		t.Errorf("held %+v, goes on at %v, reason (-want +got):\n%s", held.Held, held.ResumeAt, diff)
	}
	if _, err := r.svc.Resume(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StatePaused)
	if j.Held != nil || j.Reason.Params["until"] == "" || j.Rested < 72*time.Hour {
		t.Errorf("held %+v, reason %+v, rested for %v", j.Held, j.Reason, j.Rested)
	}
}

// TestSeatsNeverCome: a job does not wait for licences for ever.
func TestSeatsNeverCome(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: -1}}})
	r.staff("ann", "ben")
	j := r.carry(jobs.KindUpdate, "Email,User Type,Department", "ann@example.com,Licensed,After", "ben@example.com,,After")
	r.want(j.ID, jobs.StatePaused)
	for range 20 {
		r.pass(3 * time.Hour)
	}
	j = r.want(j.ID, jobs.StateErrored)
	r.check(j.ID)
	if j.Reason.Code != jobs.ReasonSeats || j.Counts.Updated != 1 {
		t.Errorf("%+v, %+v", j.Reason, j.Counts)
	}
}

// TestSeatsNeverComeForSome: rows that no licence comes for do not cost those their profile who have been invited.
func TestSeatsNeverComeForSome(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, licensed: true, zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: 3}}})
	rows := people(5)
	j := r.apply(rows)
	j = r.want(j.ID, jobs.StatePaused)
	if until, err := time.Parse(time.RFC3339, j.Reason.Params["gives_up"]); err != nil || !until.After(r.clock.Now()) {
		t.Errorf("it gives up at %q, %v", j.Reason.Params["gives_up"], err)
	}
	for range 20 {
		r.pass(3 * time.Hour)
	}
	j = r.want(j.ID, jobs.StateFinishing)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Waiting: 3, Unprocessed: 2, Invited: 3}, j.Counts); diff != "" || j.Reason.Code != jobs.ReasonSeats {
		t.Errorf("reason %+v, counts (-want +got):\n%s", j.Reason, diff)
	}
	// A licence that comes now is too late for the job: its rows were given back.
	if err := r.zoom.SetSeats("licensed", 0, 10); err != nil {
		t.Fatal(err)
	}
	for _, p := range rows {
		if _, there := r.zoom.User(p.email); there {
			if err := r.zoom.Activate(p.email); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.pass(10 * time.Minute)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Created: 3, Unprocessed: 2, Invited: 3, Activated: 3, Finished: 3}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	again, created, err := r.svc.Retry(t.Context(), j.ID, jobs.Submission{Requester: requester})
	if err != nil || !created {
		t.Fatalf("retry: %t, %v", created, err)
	}
	r.settle()
	if again = r.get(again.ID); again.Plan == nil || again.Plan.Counts.Create != 2 {
		t.Errorf("the rest is %s, %+v", again.State, again.Plan)
	}
}

func TestAddOns(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, licensed: true, action: zoomapi.ActionSSOCreate})
	r.staff("ann")
	r.zoom.AddUser(zoomtest.User{Email: "ben@example.com", FirstName: "B", LastName: "En", Type: zoomapi.TypeLicensed})
	j := r.carry(jobs.KindAuto,
		"Email,First Name,Last Name,User Type,Large Meeting,Webinar",
		"ann@example.com,,,Licensed,500,",
		"ben@example.com,,,,no,1000",
		"new@example.com,Ne,W,,,500")
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Created: 1, Updated: 2}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	set, err := r.client.Settings(t.Context(), "new@example.com")
	if err != nil || !set.Feature.Webinar || set.Feature.WebinarCapacity != 500 {
		t.Errorf("the new person's add-ons: %+v, error %v", set.Feature, err)
	}
	// The licence goes, and the add-ons with it.
	j = r.carry(jobs.KindUpdate, "Email,User Type", "ann@example.com,Basic")
	r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
}

func TestInvitationsAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	for _, who := range []string{"again", "gone", "back", "accepted"} {
		r.zoom.AddUser(zoomtest.User{Email: who + "@example.com", FirstName: "F", LastName: "L", Status: zoomtest.Pending})
	}
	if err := r.zoom.Lapse("gone@example.com"); err != nil {
		t.Fatal(err)
	}
	j := r.file(jobs.KindInvitations,
		"Email,First Name,Last Name,Department,Action",
		"again@example.com,F,L,Field,resend", "gone@example.com,F,L,,resend", "back@example.com,F,L,,withdraw",
		"accepted@example.com,F,L,,withdraw")
	r.want(j.ID, jobs.StateAwaitingApproval)
	r.watch.before = func(method, path string) {
		if method == http.MethodDelete && strings.Contains(path, "accepted") {
			t.Error("an invitation that was accepted is taken back")
		}
	}
	r.approve(j)
	// The very last moment: after the plan was confirmed, before the row's turn.
	if err := r.zoom.Activate("accepted@example.com"); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.get(j.ID)
	if j.State == jobs.StateAwaitingApproval {
		// The plan was made anew before anything was done; the decision is about the rest.
		r.approve(j)
		r.settle()
	}
	j = r.want(j.ID, jobs.StateFinishing)
	r.check(j.ID)
	for _, who := range []string{"again@example.com", "gone@example.com"} {
		if u, ok := r.zoom.User(who); !ok || u.Status != zoomtest.Pending {
			t.Errorf("%s is %+v, want invited", who, u.Status)
		}
	}
	if n := r.watch.timesCreated("again@example.com"); n != 1 {
		t.Errorf("invited again %d times", n)
	}
	r.zoom.ActivateAll()
	r.pass(5 * time.Minute)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if u, _ := r.zoom.User("again@example.com"); u.Dept != "Field" {
		t.Errorf("department %q after the new invitation was accepted", u.Dept)
	}
	if j.Counts.Created != 2 || j.Counts.Withdrawn != 1 {
		t.Errorf("counts %+v", j.Counts)
	}
}

// TestFortyInvited: exactly those who accept are completed, however often the service is restarted.
func TestFortyInvited(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	j := r.apply(people(40))
	r.want(j.ID, jobs.StateFinishing)
	for i := range 25 {
		if i == 12 {
			// A new process finds what the old one left.
			r.queue.lose(false)
			r.pass(5 * time.Minute)
		}
		if err := r.zoom.Activate(fmt.Sprintf("p%03d@example.com", i)); err != nil {
			t.Fatal(err)
		}
	}
	r.queue.lose(false)
	r.pass(5 * time.Minute)
	j = r.want(j.ID, jobs.StateFinishing)
	r.check(j.ID)
	want := jobs.Counts{Created: 25, Waiting: 15, Invited: 40, Activated: 25, Finished: 25}
	if diff := cmp.Diff(want, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// TestHasten: a word that somebody accepted makes the job look at once.
func TestHasten(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	j := r.apply(people(2))
	r.want(j.ID, jobs.StateFinishing)
	r.zoom.ActivateAll()
	r.settle()
	r.want(j.ID, jobs.StateFinishing)
	if err := r.svc.Hasten(t.Context(), "stranger@example.org"); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.want(j.ID, jobs.StateFinishing)
	if err := r.svc.Hasten(t.Context(), "P001@example.com"); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	if j.Counts.Created != 2 {
		t.Errorf("counts %+v", j.Counts)
	}
}

func TestNewGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{action: zoomapi.ActionSSOCreate})
	lines := []string{"Email,First Name,Last Name,User Group"}
	for i := range 4 {
		lines = append(lines, fmt.Sprintf("n%d@example.com,N,%d,Sales; Marseille", i, i))
	}
	j := r.file(jobs.KindAuto, lines...)
	j = r.want(j.ID, jobs.StateNoChanges)
	if diff := cmp.Diff([]string{"Marseille"}, j.Fixes.Missing); diff != "" {
		t.Errorf("missing groups (-want +got):\n%s", diff)
	}
	if _, err := r.svc.Revise(t.Context(), j.ID, requester, jobs.Revision{CreateGroups: true}); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateAwaitingApproval)
	r.approve(j)
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Created != 4 {
		t.Errorf("counts %+v", j.Counts)
	}
	if n := r.writes()["POST groups"]; n != 1 {
		t.Errorf("%d groups were created", n)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann")
	j := r.file(jobs.KindAuto, "Email,First Name,Last Name,Department", "ann@example.com,ANN,Old,After", "new@example.com,Ne,W,Field")
	r.want(j.ID, jobs.StateAwaitingApproval)
	old := j.Plan.Digest
	only, licensed := jobs.KindImport, zoomapi.TypeLicensed
	r.front.approve = func(a jobs.Actor) error {
		if a.ID != approver.ID {
			return jobs.ErrNotApprover
		}
		return nil
	}
	if _, err := r.svc.Choose(t.Context(), j.ID, jobs.Actor{ID: "U-stranger"}, jobs.Choices{Kind: &only}); !errors.Is(err, jobs.ErrNotYours) {
		t.Errorf("a stranger chooses: %v", err)
	}
	if _, err := r.svc.Choose(t.Context(), j.ID, requester, jobs.Choices{Kind: &only, UserType: &licensed}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.svc.Approve(t.Context(), j.ID, old, approver); err == nil {
		t.Error("the old plan can still be approved while the new one is made")
	}
	r.settle()
	j = r.want(j.ID, jobs.StateAwaitingApproval)
	if j.Plan.Digest == old || j.Plan.Counts.Create != 1 || j.Plan.Counts.Update != 0 || j.Plan.Counts.Differs != 1 {
		t.Errorf("plan %+v", j.Plan.Counts)
	}
	if _, err := r.svc.Approve(t.Context(), j.ID, old, approver); !errors.Is(err, jobs.ErrStale) {
		t.Errorf("the old digest gives %v", err)
	}
	r.approve(j)
	r.settle()
	if u, _ := r.zoom.User("new@example.com"); u.Type != zoomapi.TypeLicensed {
		t.Errorf("the new person has type %d", u.Type)
	}
}

// TestHeaderless: nobody can approve a file without a header before its requester has confirmed the columns.
func TestHeaderless(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	j := r.file(jobs.KindAuto, "a@example.com,Ann,Able,Field", "b@example.com,Ben,Bold,Field")
	j = r.want(j.ID, jobs.StateAwaitingApproval)
	if len(j.Plan.Header) != 4 {
		t.Fatalf("assumed header %q", j.Plan.Header)
	}
	if _, err := r.svc.Approve(t.Context(), j.ID, j.Plan.Digest, approver); !errors.Is(err, jobs.ErrUnconfirmed) {
		t.Errorf("approve gives %v", err)
	}
	if _, err := r.svc.Revise(t.Context(), j.ID, requester, jobs.Revision{Header: j.Plan.Header}); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateAwaitingApproval)
	if len(j.Plan.Header) != 0 || j.Plan.Counts.Create != 2 {
		t.Errorf("plan %+v", j.Plan)
	}
	r.approve(j)
	r.settle()
	r.want(j.ID, jobs.StateFinishing)
}

// TestMendedHeader: a file that was refused because of a misspelt column is read again with the suggestion.
func TestMendedHeader(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	j := r.file(jobs.KindAuto, "Emial,First Name,Last Name", "a@example.com,Ann,Able")
	j = r.want(j.ID, jobs.StateInvalid)
	if diff := cmp.Diff(map[string]roster.Field{"Emial": roster.Email}, j.Fixes.Columns); diff != "" {
		t.Fatalf("fixes (-want +got):\n%s", diff)
	}
	if _, err := r.svc.Revise(t.Context(), j.ID, requester, jobs.Revision{Columns: j.Fixes.Columns}); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateAwaitingApproval)
	if j.Plan.Counts.Create != 1 {
		t.Errorf("plan %+v", j.Plan.Counts)
	}
}

// TestKilledWhileChanging kills the service at every call of a file that adds, changes, shuts out, invites again and takes
// back. The account in the end is that of a job without a crash.
func TestKilledWhileChanging(t *testing.T) {
	t.Parallel()
	lines := []string{
		"Email,First Name,Last Name,Department,User Group,User Type,Webinar,Action",
		"ann@example.com,,,After,=Paris,Licensed,500,", "ben@example.com,,,,,,,deactivate", "out@example.com,,,Back,Marseille,,,activate",
		"new@example.com,Ne,W,Field,Paris,,,", "again@example.com,Ag,Ain,Field,,,,resend", "back@example.com,,,,,,,withdraw",
	}
	stage := func() (*rig, *killer) {
		r, k := crashRig(t, zoomapi.ActionCreate)
		r.staff("ann", "ben")
		for _, g := range r.zoom.Groups() {
			if g.Name == "Support" {
				r.zoom.Join(g.ID, "ann@example.com")
			}
		}
		r.zoom.AddUser(zoomtest.User{Email: "out@example.com", FirstName: "O", LastName: "Ut", Status: zoomtest.Inactive})
		for _, who := range []string{"again", "back"} {
			r.zoom.AddUser(zoomtest.User{Email: who + "@example.com", FirstName: "F", LastName: "L", Status: zoomtest.Pending})
		}
		return r, k
	}
	data := []byte(strings.Join(lines, "\n"))
	revision := jobs.Revision{CreateGroups: true}
	killEverywhere(t, stage, data, revision, jobs.Counts{Created: 2, Updated: 2, Deactivated: 1, Withdrawn: 1, Invited: 2, Activated: 2, Finished: 2})
}

// TestUntidyAttribute: an attribute whose name in Zoom has odd blanks is written and compared all the same.
func TestUntidyAttribute(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, zoom: zoomtest.Options{CustomAttributes: map[string]string{"cbf_n": "Employee\u00a0 No"}}})
	r.staff("ann", "ben")
	one := []zoomapi.CustomAttribute{{Key: "cbf_n", Name: "Employee\u00a0 No", Value: "1"}}
	if err := r.client.UpdateUser(t.Context(), "ben@example.com", zoomapi.UserPatch{CustomAttributes: &one}); err != nil {
		t.Fatal(err)
	}
	lines := []string{"Email,Custom: Employee  No", "ann@example.com,7", "ben@example.com,2"}
	j := r.carry(jobs.KindUpdate, lines...)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Updated != 2 {
		t.Errorf("counts %+v", j.Counts)
	}
	for who, want := range map[string]string{"ann": "7", "ben": "2"} {
		u, err := r.client.User(t.Context(), who+"@example.com")
		if err != nil || len(u.CustomAttributes) != 1 || u.CustomAttributes[0].Value != want {
			t.Errorf("%s has %+v (%v), want %s", who, u.CustomAttributes, err, want)
		}
	}
	if again := r.file(jobs.KindUpdate, append(lines, "")...); again.State != jobs.StateNoChanges {
		t.Errorf("the same again is %s with %+v", again.State, again.Plan.Counts)
	}
}

// TestDivisions: a division that somebody has is changed and cleared.
func TestDivisions(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann", "ben")
	one := r.zoom.AddDivision("North")
	r.zoom.AddDivision("South")
	for _, who := range []string{"ann", "ben"} {
		if err := r.client.UpdateUser(t.Context(), who+"@example.com", zoomapi.UserPatch{DivisionIDs: &[]string{one}}); err != nil {
			t.Fatal(err)
		}
	}
	j := r.carry(jobs.KindUpdate, "Email,Division", "ann@example.com,South", "ben@example.com,(clear)")
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if j.Counts.Updated != 2 {
		t.Errorf("counts %+v", j.Counts)
	}
}
