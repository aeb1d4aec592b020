package plan_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

func base(l plan.Licences) map[plan.Licence]plan.Licences {
	return map[plan.Licence]plan.Licences{plan.LicenceBase: l}
}

// person is somebody of the account; edit changes them.
func person(name string, userType int, edit ...func(*zoomapi.User)) zoomapi.User {
	u := zoomapi.User{
		ID: "id-" + name, Email: name + "@example.com", FirstName: name, LastName: "X", DisplayName: name + " X", Type: userType,
		Status: zoomapi.StatusActive,
	}
	for _, f := range edit {
		f(&u)
	}
	return u
}

func inStatus(s zoomapi.UserStatus) func(*zoomapi.User) {
	return func(u *zoomapi.User) { u.Status = s }
}

// cells is a row of nothing but an address and the cells given.
func cells(name string, kv ...string) values {
	return changed(values{roster.Email: name + "@example.com"}, kv...)
}

func TestSeats(t *testing.T) {
	t.Parallel()
	const licensed = zoomapi.TypeLicensed
	seat := func(l plan.Licence, needed, freed int) plan.Seats {
		return plan.Seats{Licence: l, Needed: needed, Freed: freed}
	}
	known := func(s plan.Seats, l plan.Licences, free int) plan.Seats {
		s.Known, s.Total, s.Used, s.Reserved, s.Free = true, l.Total, l.Used, l.Reserved, free
		return s
	}
	large500, large1000, webinar500 := plan.AddOn(roster.LargeMeeting, 500), plan.AddOn(roster.LargeMeeting, 1000), plan.AddOn(roster.Webinar, 500)
	over := plan.Licences{Total: 5, Used: math.MaxInt, Reserved: math.MaxInt}
	negative := plan.Licences{Total: 5, Used: -3, Reserved: math.MinInt}
	withAddOns := map[string]zoomapi.Features{
		"lic@example.com":   {LargeMeeting: true, LargeMeetingCapacity: 500, Webinar: true, WebinarCapacity: 500},
		"plain@example.com": {},
	}
	users := []zoomapi.User{
		person("lic", licensed), person("plain", licensed), person("basic", zoomapi.TypeBasic),
		person("pend", licensed, inStatus(zoomapi.StatusPending)), person("pendbasic", zoomapi.TypeBasic, inStatus(zoomapi.StatusPending)),
		person("off", zoomapi.TypeBasic, inStatus(zoomapi.StatusInactive)), person("offlic", licensed, inStatus(zoomapi.StatusInactive)),
	}
	tests := []struct {
		name     string
		mode     plan.Mode
		userType int
		pools    map[plan.Licence]plan.Licences
		rows     []values
		want     []plan.Seats
		short    int
	}{
		{name: "basic people take none", userType: zoomapi.TypeBasic, rows: people(3)},
		{
			name: "what the account has is listed", userType: zoomapi.TypeBasic, rows: people(3),
			pools: map[plan.Licence]plan.Licences{large1000: {Total: 2}, plan.LicenceBase: {Total: 3, Used: 1}, large500: {Total: 1}, webinar500: {}},
			want: []plan.Seats{
				known(seat(plan.LicenceBase, 0, 0), plan.Licences{Total: 3, Used: 1}, 2), known(seat(large500, 0, 0), plan.Licences{Total: 1}, 1),
				known(seat(large1000, 0, 0), plan.Licences{Total: 2}, 2), known(seat(webinar500, 0, 0), plan.Licences{}, 0),
			},
		},
		{
			name: "enough", userType: licensed, pools: base(plan.Licences{Total: 10, Used: 5, Reserved: 2}), rows: people(3),
			want: []plan.Seats{known(seat(plan.LicenceBase, 3, 0), plan.Licences{Total: 10, Used: 5, Reserved: 2}, 3)},
		},
		{
			name: "short", userType: licensed, pools: base(plan.Licences{Total: 10, Used: 6, Reserved: 3}), rows: people(3),
			want: []plan.Seats{known(seat(plan.LicenceBase, 3, 0), plan.Licences{Total: 10, Used: 6, Reserved: 3}, 1)}, short: 2,
		},
		{
			name: "over-used", userType: licensed, pools: base(over), rows: people(1),
			want: []plan.Seats{known(seat(plan.LicenceBase, 1, 0), over, 0)}, short: 1,
		},
		{
			name: "negative numbers give nothing away", userType: licensed, pools: base(negative), rows: people(6),
			want: []plan.Seats{known(seat(plan.LicenceBase, 6, 0), negative, 5)}, short: 1,
		},
		{name: "unknown", userType: licensed, rows: people(2), want: []plan.Seats{seat(plan.LicenceBase, 2, 0)}},
		{name: "nobody is added", userType: licensed, rows: []values{cells("pend", "first_name", "a", "last_name", "b")}},
		{
			name: "only new people of usable rows take seats", userType: licensed,
			rows: append(people(1), cells("new", "first_name", "a", "last_name", "b", "user_group", "Nowhere")),
			want: []plan.Seats{seat(plan.LicenceBase, 1, 0)},
		},
		{
			name: "the row's type wins", userType: licensed,
			rows: append(people(2, "user_type", "basic"), cells("new", "first_name", "a", "last_name", "b", "user_type", "2")),
			want: []plan.Seats{seat(plan.LicenceBase, 1, 0)},
		},
		{
			name: "add-ons of new people", userType: licensed, rows: people(2, "large_meeting", "500"),
			want: []plan.Seats{seat(plan.LicenceBase, 2, 0), seat(large500, 2, 0)},
		},
		{
			name: "upgrade and downgrade", mode: plan.ModeUpdate, pools: base(plan.Licences{Total: 2, Used: 2}),
			rows: []values{cells("basic", "user_type", "licensed"), cells("plain", "user_type", "basic")},
			want: []plan.Seats{known(seat(plan.LicenceBase, 1, 1), plan.Licences{Total: 2, Used: 2}, 0)},
		},
		{
			name: "a downgrade takes the add-ons along", mode: plan.ModeUpdate, rows: []values{cells("lic", "user_type", "basic")},
			want: []plan.Seats{seat(plan.LicenceBase, 0, 1), seat(large500, 0, 1), seat(webinar500, 0, 1)},
		},
		{
			name: "shut out", mode: plan.ModeUpdate, rows: []values{cells("lic", "action", "deactivate"), cells("basic", "action", "deactivate")},
			want: []plan.Seats{seat(plan.LicenceBase, 0, 1), seat(large500, 0, 1), seat(webinar500, 0, 1)},
		},
		{
			name: "add-ons on, off and exchanged", mode: plan.ModeUpdate,
			rows: []values{cells("lic", "large_meeting", "1000", "webinar", "off"), cells("plain", "webinar", "500")},
			want: []plan.Seats{seat(large500, 0, 1), seat(large1000, 1, 0), seat(webinar500, 1, 1)},
		},
		{
			name: "a licence and an add-on at once", mode: plan.ModeUpdate, rows: []values{cells("basic", "user_type", "licensed", "webinar", "500")},
			want: []plan.Seats{seat(plan.LicenceBase, 1, 0), seat(webinar500, 1, 0)},
		},
		{
			name: "an invitation frees what it needs", mode: plan.ModeAuto, pools: base(plan.Licences{Total: 1, Reserved: 1}),
			rows: []values{cells("pend", "action", "resend")},
			want: []plan.Seats{known(seat(plan.LicenceBase, 1, 1), plan.Licences{Total: 1, Reserved: 1}, 0)},
		},
		{
			name: "a lapsed invitation needs a seat again", mode: plan.ModeAuto, userType: licensed, rows: []values{cells("gone", "action", "resend")},
			want: []plan.Seats{seat(plan.LicenceBase, 1, 0)},
		},
		{
			name: "invited with another type", mode: plan.ModeAuto,
			rows: []values{cells("pend", "action", "resend", "user_type", "basic"), cells("pendbasic", "action", "resend", "user_type", "licensed")},
			want: []plan.Seats{seat(plan.LicenceBase, 1, 1)},
		},
		{
			name: "withdrawn", mode: plan.ModeUpdate, rows: []values{cells("pend", "action", "withdraw"), cells("pendbasic", "action", "withdraw")},
			want: []plan.Seats{seat(plan.LicenceBase, 0, 1)},
		},
		{
			name: "let in again", mode: plan.ModeUpdate,
			rows: []values{cells("off", "action", "activate", "user_type", "licensed", "webinar", "500"), cells("offlic", "action", "activate")},
			want: []plan.Seats{seat(plan.LicenceBase, 2, 0), seat(webinar500, 1, 0)},
		},
		{
			name: "let in again without", mode: plan.ModeUpdate,
			rows: []values{cells("off", "action", "activate"), cells("offlic", "action", "activate", "user_type", "basic")},
		},
		{
			name: "rows that write nothing", mode: plan.ModeUpdate,
			rows: []values{cells("plain", "user_type", "licensed"), cells("off", "user_type", "licensed"), cells("gone", "user_type", "licensed")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := accountOf(users...)
			a.Pools, a.Features = tt.pools, withAddOns
			o := basic()
			o.Mode, o.UserType = tt.mode, tt.userType
			p := build(t, rosterOf(tt.rows...), a, o)
			if diff := cmp.Diff(tt.want, p.Seats); diff != "" {
				t.Errorf("seats mismatch (-want +got):\n%s\nissues %v", diff, codes(p))
			}
			if got := p.Short(); got != tt.short {
				t.Errorf("short = %d, want %d", got, tt.short)
			}
		})
	}
}

// TestSeatIssues looks at what is said about seats.
func TestSeatIssues(t *testing.T) {
	t.Parallel()
	o := basic()
	o.UserType = zoomapi.TypeLicensed
	large := plan.AddOn(roster.LargeMeeting, 500)
	a := accountOf(person("lic", zoomapi.TypeLicensed))
	a.Pools = map[plan.Licence]plan.Licences{plan.LicenceBase: {Total: 2, Used: 1}, large: {Total: 1, Used: 1}}
	a.Features = map[string]zoomapi.Features{"lic@example.com": {LargeMeeting: true, LargeMeetingCapacity: 500}}
	o.Mode = plan.ModeAuto
	rows := append(people(4, "large_meeting", "yes"), cells("lic", "action", "deactivate"))
	p := build(t, rosterOf(rows...), a, o)
	var got []map[string]string
	for _, is := range p.Issues {
		if is.Code == plan.CodeNotEnoughSeats {
			got = append(got, is.Params)
		}
	}
	want := []map[string]string{
		{"licence": "licensed", "needed": "4", "free": "2", "freed": "1", "short": "2"},
		{
			"licence": "large_meeting_500", "needed": "4", "free": "1", "freed": "1", "short": "3",
			"kind": "add_on", "fields": "large_meeting", "capacity": "500",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("params mismatch (-want +got):\n%s", diff)
	}
	a.Pools = nil
	p = build(t, rosterOf(people(2, "large_meeting", "500")...), a, o)
	if is := find(t, p, plan.CodeSeatsUnknown); is.Severity != roster.Note || is.Row != 0 {
		t.Errorf("issue = %+v", is)
	}
}
