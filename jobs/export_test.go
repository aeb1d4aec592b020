package jobs_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// exportRig is an account with a few people of every kind.
func exportRig(t *testing.T, edit ...func(*rigOptions)) *rig {
	t.Helper()
	o := rigOptions{memory: true}
	for _, e := range edit {
		e(&o)
	}
	r := newRig(t, o)
	sales := r.groupID("Sales")
	for _, u := range []zoomtest.User{
		{Email: "ann@example.com", FirstName: "Ann", LastName: "Lee", Type: zoomtest.Licensed, Dept: "Field", GroupIDs: []string{sales}, JobTitle: "=Chief", RoleID: zoomtest.RoleAdmin},
		{Email: "bob@example.com", FirstName: "Bob", LastName: "Müller", Type: zoomtest.Basic, Dept: "Desk"},
		{Email: "cat@example.com", FirstName: "Cat", LastName: "Off", Status: zoomtest.Inactive},
		{Email: "dan@example.com", FirstName: "Dan", LastName: "Invited", Status: zoomtest.Pending},
	} {
		r.zoom.AddUser(u)
	}
	return r
}

func (r *rig) groupID(name string) string {
	r.t.Helper()
	for g, err := range r.client.Groups(r.t.Context()) {
		if err != nil {
			r.t.Fatal(err)
		}
		if g.Name == name {
			return g.ID
		}
	}
	r.t.Fatalf("no group %s", name)
	return ""
}

func (r *rig) submitExport(q jobs.Query) jobs.Job {
	r.t.Helper()
	j, created, err := r.svc.SubmitExport(r.t.Context(), jobs.Submission{Key: uuid.NewString(), Requester: requester}, q)
	if err != nil || !created {
		r.t.Fatalf("submit export: created %v, error %v", created, err)
	}
	return j
}

// exported takes an export to its end and returns it with its records, the header first.
func (r *rig) exported(q jobs.Query) (jobs.Job, [][]string) {
	r.t.Helper()
	j := r.submitExport(q)
	r.settle()
	j = r.want(j.ID, jobs.StateDone)
	data, err := r.svc.ExportData(r.t.Context(), j.ID)
	if err != nil {
		if !errors.Is(err, jobs.ErrNotFound) || j.Exported.People > 0 {
			r.t.Fatal(err)
		}
		return j, nil
	}
	rest, ok := strings.CutPrefix(string(data), "\ufeff")
	if !ok {
		r.t.Error("no byte order mark")
	}
	records, err := csv.NewReader(strings.NewReader(rest)).ReadAll()
	if err != nil {
		r.t.Fatal(err)
	}
	return j, records
}

// reads counts the calls by method and pattern from now on.
func (r *rig) reads() func() map[string]int {
	var mu sync.Mutex
	calls := make(map[string]int)
	r.watch.before = func(method, path string) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case strings.HasPrefix(path, "/oauth"):
		case strings.HasSuffix(path, "/settings"):
			calls[method+" settings"]++
		case strings.HasPrefix(path, "/users/") && path != "/users/summary":
			calls[method+" user"]++
		default:
			calls[method+" "+path]++
		}
	}
	return func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(calls)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	everybody := []string{"active", "inactive", "pending"}
	mails := []roster.Field{roster.Email}
	for _, test := range []struct {
		name  string
		query jobs.Query
		want  [][]string
		calls map[string]int
	}{
		{
			name: "active people", query: jobs.Query{Columns: mails},
			want:  [][]string{{"Email"}, {"ann@example.com"}, {"bob@example.com"}, {"boss@example.com"}},
			calls: map[string]int{"GET /users": 1},
		},
		{
			name: "everybody", query: jobs.Query{Statuses: everybody, Columns: []roster.Field{roster.UserStatus}},
			want: [][]string{
				{"Email", "User Status"},
				{"ann@example.com", "active"},
				{"bob@example.com", "active"},
				{"boss@example.com", "active"},
				{"cat@example.com", "inactive"},
				{"dan@example.com", "pending"},
			},
			calls: map[string]int{"GET /users": 3},
		},
		{
			name: "groups and roles", query: jobs.Query{Columns: []roster.Field{roster.Email, roster.UserGroup, roster.Role}},
			want: [][]string{
				{"Email", "User Group", "Role"},
				{"ann@example.com", "Sales", "Admin"},
				{"bob@example.com", "", "Member"},
				{"boss@example.com", "", "Member"},
			},
			calls: map[string]int{"GET /users": 1, "GET /groups": 1, "GET /roles": 1},
		},
		{
			name: "details", query: jobs.Query{Statuses: everybody, Columns: []roster.Field{roster.Email, roster.JobTitle}, Text: "example"},
			want: [][]string{
				{"Email", "Job Title"},
				{"ann@example.com", "'=Chief"},
				{"bob@example.com", ""},
				{"boss@example.com", ""},
				{"cat@example.com", ""},
				{"dan@example.com", ""},
			},
			calls: map[string]int{"GET /users": 3, "GET user": 4},
		},
		{
			name: "add-ons", query: jobs.Query{Statuses: everybody, Columns: []roster.Field{roster.Email, roster.Webinar}, Types: []string{"licensed"}},
			want:  [][]string{{"Email", "Webinar"}, {"ann@example.com", "0"}},
			calls: map[string]int{"GET /users": 3, "GET settings": 1},
		},
		{
			name: "a group and a department", query: jobs.Query{Columns: mails, Groups: []string{"sales", "Support"}, Departments: []string{"FIELD"}},
			want:  [][]string{{"Email"}, {"ann@example.com"}},
			calls: map[string]int{"GET /users": 1, "GET /groups": 1},
		},
		{
			name: "a role", query: jobs.Query{Columns: mails, Roles: []string{"admin"}},
			want:  [][]string{{"Email"}, {"ann@example.com"}},
			calls: map[string]int{"GET /users": 1, "GET /roles": 1},
		},
		{
			name: "words without accents", query: jobs.Query{Columns: mails, Text: "muller bob"},
			want: [][]string{{"Email"}, {"bob@example.com"}}, calls: map[string]int{"GET /users": 1},
		},
		{
			name: "nobody", query: jobs.Query{Columns: []roster.Field{roster.Email, roster.JobTitle}, Text: "zebra"},
			calls: map[string]int{"GET /users": 1},
		},
		{
			name: "since a day", query: jobs.Query{Columns: mails, Since: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)},
			calls: map[string]int{"GET /users": 1},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := exportRig(t)
			calls := r.reads()
			j, got := r.exported(test.query)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.calls, calls()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if want := max(0, len(test.want)-1); j.Exported.People != want {
				t.Errorf("people = %d, want %d", j.Exported.People, want)
			}
		})
	}
}

func TestExportUnknownNames(t *testing.T) {
	t.Parallel()
	r := exportRig(t)
	j, records := r.exported(jobs.Query{Groups: []string{"Salse"}, Roles: []string{"Wizard"}})
	if records != nil {
		t.Errorf("there is a file: %q", records)
	}
	want := []jobs.UnknownName{{Field: roster.UserGroup, Name: "Salse", Nearest: "Sales"}, {Field: roster.Role, Name: "Wizard"}}
	if diff := cmp.Diff(want, j.Exported.Unknown); diff != "" {
		t.Errorf("unknown names (-want +got):\n%s", diff)
	}
}

// TestExportChatGroups: on a migrated account chat groups are contact groups, whose members no record of a user tells.
func TestExportChatGroups(t *testing.T) {
	t.Parallel()
	r := exportRig(t)
	r.zoom.AddContactGroup("Lunch; late", "bob@example.com", "boss@example.com")
	r.zoom.Inject(zoomtest.Fault{Path: "/im/groups", Effect: zoomtest.Respond, Status: 410, Code: 4137, Message: "moved", Times: -1})
	_, records := r.exported(jobs.Query{Columns: []roster.Field{roster.Email, roster.ChatGroup}, Text: "bob"})
	want := [][]string{{"Email", "IM Group"}, {"bob@example.com", `"Lunch; late"`}}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

// TestExportWithoutRights: what the app may not see is left out and named, and the rest is exported.
func TestExportWithoutRights(t *testing.T) {
	t.Parallel()
	r := exportRig(t)
	for _, path := range []string{"/divisions", "/users/*", "/users/*/settings", "/im/groups", "/roles"} {
		r.zoom.Inject(zoomtest.Fault{
			Method: "GET", Path: path, Effect: zoomtest.Respond, Status: 400, Code: 4711, Times: -1,
			Message: "Invalid access token, does not contain scopes:[x:read:admin].",
		})
	}
	j, records := r.exported(jobs.Query{Columns: []roster.Field{
		roster.Email, roster.Division, roster.JobTitle, roster.Webinar, roster.ChatGroup, roster.Role,
	}})
	want := [][]string{{"Email", "Role"}, {"ann@example.com", "Admin"}, {"bob@example.com", "Member"}, {"boss@example.com", "Member"}}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	slices.Sort(j.Exported.Unreadable)
	if diff := cmp.Diff([]roster.Field{roster.ChatGroup, roster.Division, roster.JobTitle, roster.Webinar}, j.Exported.Unreadable); diff != "" {
		t.Errorf("columns left out (-want +got):\n%s", diff)
	}
}

// TestExportFaults: Zoom stumbles and the export is whole all the same; a list that does not add up is not used.
func TestExportFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		faults []zoomtest.Fault
		large  bool // more than one page
		passes int  // how often time has to go by
	}{
		{name: "page token", large: true, faults: []zoomtest.Fault{{Path: "/users", Effect: zoomtest.ExpirePageToken}}},
		{name: "too many calls", faults: []zoomtest.Fault{{Path: "/users*", Effect: zoomtest.LimitPerSecond}}},
		{name: "server error", faults: []zoomtest.Fault{{Path: "/users/*", Effect: zoomtest.Respond, Status: 503}}},
		{name: "overlap", large: true, faults: []zoomtest.Fault{{Path: "/users", Effect: zoomtest.OverlapPages}}},
		{name: "wrong total for a while", faults: []zoomtest.Fault{{Path: "/users", Effect: zoomtest.WrongTotal, Times: 4}}, passes: 4},
		{name: "limit of the day", faults: []zoomtest.Fault{{Path: "/users/*", Effect: zoomtest.LimitDaily}}, passes: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := exportRig(t)
			people, columns := 60, []roster.Field{roster.Email, roster.JobTitle}
			if test.large {
				people, columns = 2010, columns[:1]
			}
			for i := range people {
				r.zoom.AddUser(zoomtest.User{Email: fmt.Sprintf("p%03d@example.com", i), FirstName: "P", LastName: "N"})
			}
			for _, f := range test.faults {
				r.zoom.Inject(f)
			}
			j := r.submitExport(jobs.Query{Columns: columns})
			r.settle()
			for range test.passes {
				if j = r.get(j.ID); j.State != jobs.StateReading {
					t.Fatalf("job is %s, want it to wait", j.State)
				}
				if _, err := r.svc.ExportData(t.Context(), j.ID); !errors.Is(err, jobs.ErrNotFound) {
					t.Errorf("data before the end: %v", err)
				}
				if strings.HasPrefix(test.name, "limit") && j.Reason.Code != jobs.ReasonDailyLimit {
					t.Errorf("reason %+v, want the daily limit", j.Reason)
				}
				r.pass(25 * time.Hour)
				if r.get(j.ID).State == jobs.StateDone {
					break
				}
			}
			j = r.want(j.ID, jobs.StateDone)
			if want := people + 3; j.Exported.People != want || j.Reason.Code != "" {
				t.Errorf("%d people, reason %+v; want %d and none", j.Exported.People, j.Reason, want)
			}
			for _, f := range test.faults {
				if r.zoom.Fired(string(f.Effect)) == 0 {
					t.Errorf("fault %s did not happen", f.Effect)
				}
			}
		})
	}
}

// TestExportGivenUp: an account that cannot be read ends the job in words, without a file.
func TestExportGivenUp(t *testing.T) {
	t.Parallel()
	r := exportRig(t)
	r.zoom.Inject(zoomtest.Fault{Path: "/users", Effect: zoomtest.WrongTotal, Times: -1})
	j := r.submitExport(jobs.Query{})
	r.settle()
	for range 20 {
		r.pass(time.Hour)
	}
	if j = r.want(j.ID, jobs.StateErrored); j.Exported != nil {
		t.Errorf("exported %+v", j.Exported)
	}
}

// TestExportAfterCrash: a worker that died leaves the job to the sweep, which begins it again.
func TestExportAfterCrash(t *testing.T) {
	t.Parallel()
	r := exportRig(t)
	j := r.submitExport(jobs.Query{})
	r.queue.lose(true)
	r.queue.lose(false)
	// A worker took the job and is gone; its claim runs out.
	if _, err := r.store.Lease(t.Context(), j.ID, time.Minute); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.want(j.ID, jobs.StateReceived)
	r.pass(2 * time.Minute)
	if got := r.want(j.ID, jobs.StateDone).Exported.People; got != 3 {
		t.Errorf("people = %d, want 3", got)
	}
}

// TestExportCanceled: who asked stops it in the middle; nothing is kept, and others may not.
func TestExportCanceled(t *testing.T) {
	t.Parallel()
	r := exportRig(t, func(o *rigOptions) { o.edit = func(jo *jobs.Options) { jo.ProgressEvery = 4 * time.Millisecond } })
	j := r.submitExport(jobs.Query{Columns: []roster.Field{roster.JobTitle}})
	reached, end := make(chan struct{}), make(chan struct{})
	var once sync.Once
	r.watch.before = func(_, path string) {
		if strings.HasPrefix(path, "/users/") {
			once.Do(func() { close(reached) })
			<-end
		}
	}
	worked := make(chan error, 1)
	go func() { worked <- r.svc.Work(t.Context(), jobs.TaskExport, j.ID) }()
	<-reached
	if _, err := r.svc.Cancel(t.Context(), j.ID, jobs.Actor{ID: "U-other"}); !errors.Is(err, jobs.ErrNotYours) {
		t.Errorf("somebody else cancels: %v", err)
	}
	if _, err := r.svc.Cancel(t.Context(), j.ID, requester); err != nil {
		t.Fatal(err)
	}
	// The worker notices by itself, while Zoom keeps it waiting.
	if err := <-worked; err != nil {
		t.Errorf("work: %v", err)
	}
	close(end)
	r.settle()
	if j = r.want(j.ID, jobs.StateCanceled); j.Stop == nil {
		t.Error("nobody is named")
	}
	if _, err := r.svc.ExportData(t.Context(), j.ID); !errors.Is(err, jobs.ErrNotFound) {
		t.Errorf("data of a canceled export: %v", err)
	}
}

func TestExportCost(t *testing.T) {
	t.Parallel()
	r := exportRig(t)
	for i := range 600 {
		r.zoom.AddUser(zoomtest.User{Email: fmt.Sprintf("p%03d@example.com", i), FirstName: "P", LastName: "N"})
	}
	if c := r.svc.ExportCost(t.Context(), jobs.Query{}); c != (jobs.ExportCost{}) {
		t.Errorf("cost of the usual columns: %+v", c)
	}
	c := r.svc.ExportCost(t.Context(), jobs.Query{Columns: []roster.Field{roster.JobTitle, roster.Webinar}})
	if c.PerPerson != 2 || c.Calls != 2*c.People || c.People < 600 || c.Duration < 30*time.Second || c.Duration > 40*time.Second {
		t.Errorf("cost: %+v", c)
	}
	// It is told on the card before the reading begins.
	told := make(chan jobs.Job, 100)
	r.watch.before = func(_, path string) {
		if strings.HasPrefix(path, "/users/") {
			if list, err := r.svc.List(t.Context(), 1); err == nil {
				select {
				case told <- list[0]:
				default:
				}
			}
		}
	}
	r.exported(jobs.Query{Columns: []roster.Field{roster.JobTitle}})
	j := <-told
	if e := j.Exported; e == nil || e.Cost.Calls != 603 || e.Cost.Duration < 20*time.Second {
		t.Errorf("before the first person: %+v", e)
	}
}

// TestExportTwice: a second delivery is the same job, and two exports do not disturb each other.
func TestExportTwice(t *testing.T) {
	t.Parallel()
	r := exportRig(t)
	sub := jobs.Submission{Key: "once", Requester: requester}
	first, created, err := r.svc.SubmitExport(t.Context(), sub, jobs.Query{})
	if err != nil || !created {
		t.Fatalf("created %v, error %v", created, err)
	}
	again, created, err := r.svc.SubmitExport(t.Context(), sub, jobs.Query{Text: "x"})
	if err != nil || created || again.ID != first.ID {
		t.Errorf("second delivery: job %s, created %v, error %v; want %s", again.ID, created, err, first.ID)
	}
	other, _ := r.exported(jobs.Query{})
	if other.ID == first.ID || r.want(first.ID, jobs.StateDone).Exported.People != 3 {
		t.Errorf("jobs %s and %s", first.ID, other.ID)
	}
}
