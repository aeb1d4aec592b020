package jobs_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestCancelWhileLeaving: a person's wish ends the job also when it only takes people out of groups.
func TestCancelWhileLeaving(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, edit: func(o *jobs.Options) { o.InFlight = 2 }})
	lines := []string{"Email,User Group"}
	var sales string
	for _, g := range r.zoom.Groups() {
		if g.Name == "Sales" {
			sales = g.ID
		}
	}
	for i := range 30 {
		name := fmt.Sprintf("s%02d", i)
		r.staff(name)
		r.zoom.Join(sales, name+"@example.com")
		lines = append(lines, name+"@example.com,-Sales")
	}
	j := r.file(jobs.KindUpdate, lines...)
	var removals atomic.Int32
	r.watch.before = func(method, _ string) {
		if method == http.MethodDelete && removals.Add(1) == 5 {
			if _, err := r.svc.Cancel(t.Context(), j.ID, requester); err != nil {
				t.Error(err)
			}
		}
	}
	r.approve(j)
	r.settle()
	j = r.want(j.ID, jobs.StateCanceled)
	r.check(j.ID)
	if n := removals.Load(); n > 8 || j.Counts.Updated != int(n) || j.Counts.Unprocessed != 30-int(n) {
		t.Errorf("%d people were taken out, counts %+v", n, j.Counts)
	}
}

// TestHandEditDuringPause: whoever was changed by hand while the job rested is left alone.
func TestHandEditDuringPause(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, zoom: zoomtest.Options{Seats: zoomtest.Seats{Licensed: -1}}})
	r.staff("ann", "ben", "cy")
	j := r.carry(jobs.KindUpdate, "Email,User Type,Department",
		"ann@example.com,Licensed,After", "ben@example.com,Licensed,After", "cy@example.com,Licensed,")
	r.want(j.ID, jobs.StatePaused)
	for who, change := range map[string]func(*zoomtest.User){
		"ann": func(u *zoomtest.User) { u.Status = zoomtest.Inactive },
		"ben": func(u *zoomtest.User) { u.Type = 4 },
	} {
		if err := r.zoom.Edit(who+"@example.com", change); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.zoom.SetSeats("licensed", 0, 10); err != nil {
		t.Fatal(err)
	}
	r.pass(10 * time.Minute)
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 1, Conflict: 2}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if u, _ := r.zoom.User("ann@example.com"); u.Status != zoomtest.Inactive || u.Type == zoomapi.TypeLicensed {
		t.Errorf("ann is %s with type %d", u.Status, u.Type)
	}
	if u, _ := r.zoom.User("ben@example.com"); u.Type != 4 {
		t.Errorf("ben has type %d", u.Type)
	}
}

// TestReusedAddress: an address that somebody else has by now is not the person of the plan.
func TestReusedAddress(t *testing.T) {
	t.Parallel()
	var r *rig
	var once sync.Once
	r = newRig(t, rigOptions{
		memory: true, edit: func(o *jobs.Options) { o.InFlight = 2 },
		wrapDir: func(d jobs.Directory) jobs.Directory {
			return &editing{d, func(string) {
				once.Do(func() {
					r.zoom.Remove("ben@example.com")
					r.zoom.AddUser(zoomtest.User{Email: "ben@example.com", FirstName: "Str", LastName: "Anger", Dept: "Before"})
				})
			}}
		},
	})
	r.staff("ann", "ben")
	j := r.carry(jobs.KindUpdate, "Email,Department", "ann@example.com,After", "ben@example.com,After")
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 1, Conflict: 1}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if u, _ := r.zoom.User("ben@example.com"); u.Dept != "Before" {
		t.Errorf("a stranger was changed: %+v", u)
	}
}

// lagging shows an invitation for some looks after it was taken back, and refuses a new one until then.
type lagging struct {
	jobs.Directory

	mu    sync.Mutex
	who   string
	looks int
}

func (d *lagging) DeleteUser(ctx context.Context, who string, o zoomapi.DeleteOptions) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.looks > 0 && d.who == "" {
		d.who = who
		return nil
	}
	return d.Directory.DeleteUser(ctx, who, o)
}

func (d *lagging) User(ctx context.Context, who string) (zoomapi.User, error) {
	d.mu.Lock()
	if d.who == who {
		if d.looks--; d.looks == 0 {
			d.who = ""
			if err := d.Directory.DeleteUser(ctx, who, zoomapi.DeleteOptions{}); err != nil {
				d.mu.Unlock()
				return zoomapi.User{}, err
			}
		}
	}
	d.mu.Unlock()
	return d.Directory.User(ctx, who)
}

// TestResendLag: an old invitation that Zoom still shows is not taken for the new one.
func TestResendLag(t *testing.T) {
	t.Parallel()
	for _, looks := range []int{1, 3, 5} {
		t.Run(fmt.Sprintf("%d looks", looks), func(t *testing.T) {
			t.Parallel()
			lag := &lagging{looks: looks}
			r := newRig(t, rigOptions{memory: true, wrapDir: func(d jobs.Directory) jobs.Directory {
				lag.Directory = d
				return lag
			}})
			r.zoom.AddUser(zoomtest.User{Email: "again@example.com", FirstName: "F", LastName: "L", Status: zoomtest.Pending})
			j := r.carry(jobs.KindInvitations, "Email,First Name,Last Name,Action", "again@example.com,F,L,resend")
			r.want(j.ID, jobs.StateFinishing)
			if n := r.watch.timesCreated("again@example.com"); n != 1 {
				t.Errorf("invited %d times after the old invitation was taken back", n)
			}
			r.check(j.ID)
		})
	}
}

// mute carries nothing out that adds somebody, and does not say so.
type mute struct {
	*lagging

	calls atomic.Int32
}

func (d *mute) CreateUser(context.Context, zoomapi.CreateAction, zoomapi.NewUser) (zoomapi.User, error) {
	d.calls.Add(1)
	return zoomapi.User{}, &zoomapi.UnknownOutcomeError{}
}

// TestResendUncertain: while the old invitation is still shown, a new one without an answer is neither believed nor repeated.
func TestResendUncertain(t *testing.T) {
	t.Parallel()
	d := &mute{lagging: &lagging{looks: 1000}}
	r := newRig(t, rigOptions{memory: true, wrapDir: func(dir jobs.Directory) jobs.Directory {
		d.Directory = dir
		return d
	}})
	r.zoom.AddUser(zoomtest.User{Email: "again@example.com", FirstName: "F", LastName: "L", Status: zoomtest.Pending})
	j := r.carry(jobs.KindInvitations, "Email,First Name,Last Name,Action", "again@example.com,F,L,resend")
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	res := r.result(j.ID, "again@example.com")
	if n := d.calls.Load(); n != 1 || res.Outcome != jobs.OutcomeFailed || res.State.Failure.Reason != jobs.FailureNoAnswer {
		t.Errorf("%d calls, outcome %s, %+v", n, res.Outcome, res.State.Failure)
	}
}

// TestAddOnsApart: an add-on that is used up keeps back neither another one of the same row nor other rows.
func TestAddOnsApart(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true, zoom: zoomtest.Options{Seats: zoomtest.Seats{
		Webinar: map[int]int{500: 1}, LargeMeeting: map[int]int{500: 50},
	}}})
	r.zoom.AddUser(zoomtest.User{Email: "holder@example.com", FirstName: "H", LastName: "O", Type: zoomapi.TypeLicensed})
	on, size := true, 500
	if err := r.client.UpdateSettings(t.Context(), "holder@example.com", zoomapi.FeaturesPatch{Webinar: &on, WebinarCapacity: &size}); err != nil {
		t.Fatal(err)
	}
	lines := []string{"Email,Large Meeting,Webinar,Department"}
	for i := range 12 {
		name := fmt.Sprintf("s%02d", i)
		r.zoom.AddUser(zoomtest.User{Email: name + "@example.com", FirstName: "S", LastName: "T", Type: zoomapi.TypeLicensed})
		webinar := ""
		if i == 0 {
			webinar = "500"
		}
		lines = append(lines, name+"@example.com,500,"+webinar+",After")
	}
	j := r.carry(jobs.KindUpdate, lines...)
	j = r.want(j.ID, jobs.StatePaused)
	r.check(j.ID)
	for i := range 12 {
		set, err := r.client.Settings(t.Context(), fmt.Sprintf("s%02d@example.com", i))
		if err != nil || !set.Feature.LargeMeeting {
			t.Errorf("person %d has no large meeting (%v)", i, err)
		}
	}
	if j.Reason.Params["licence"] != "webinar_500" || j.Reason.Params["rows"] != "1" || j.Counts.Updated != 11 {
		t.Errorf("reason %+v, counts %+v", j.Reason, j.Counts)
	}
}

// TestGroupRefused: a group that Zoom does not make keeps back its own rows only.
func TestGroupRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{memory: true})
	r.staff("ann", "ben")
	r.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Path: "/groups", Status: 400, Code: 300, Message: "No such name.", Times: -1})
	j := r.file(jobs.KindUpdate, "Email,User Group,Department", "ann@example.com,Bad,After", "ben@example.com,,After")
	if _, err := r.svc.Revise(t.Context(), j.ID, requester, jobs.Revision{CreateGroups: true}); err != nil {
		t.Fatal(err)
	}
	r.settle()
	j = r.want(j.ID, jobs.StateAwaitingApproval)
	r.approve(j)
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	r.check(j.ID)
	if diff := cmp.Diff(jobs.Counts{Updated: 1, Failed: 1}, j.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}
