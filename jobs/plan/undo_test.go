package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// undoable is an account with everybody whom an undo can meet.
func undoable() plan.Account {
	a := fullAccount()
	a.Features["ada@example.com"] = zoomapi.Features{LargeMeeting: true, LargeMeetingCapacity: 500}
	return a
}

func with(edit func(u *zoomapi.User)) func(a *plan.Account, key string) {
	return func(a *plan.Account, key string) {
		u := a.Users[key]
		edit(&u)
		a.Users[key] = u
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	gone := func(a *plan.Account, key string) { delete(a.Users, key) }
	moved := func(a *plan.Account, key string) {
		u := a.Users[key]
		delete(a.Users, key)
		a.Users["new@example.com"], a.Detailed["new@example.com"] = u, true
	}
	field := func(f roster.Field, old, now string) plan.FieldChange {
		return plan.FieldChange{Field: f, Old: old, New: now}
	}
	admin := with(func(u *zoomapi.User) { u.RoleID = "1" })
	all := func(edits ...func(*plan.Account, string)) func(*plan.Account, string) {
		return func(a *plan.Account, key string) {
			for _, e := range edits {
				e(a, key)
			}
		}
	}
	dept := func(v string) func(*plan.Account, string) { return with(func(u *zoomapi.User) { u.Department = v }) }
	groups := func(ids ...string) func(*plan.Account, string) {
		return with(func(u *zoomapi.User) { u.GroupIDs = ids })
	}
	licence := with(func(u *zoomapi.User) { u.Type = zoomapi.TypeLicensed })
	noAddOns := func(a *plan.Account, key string) { a.Features[key] = zoomapi.Features{} }
	for _, tt := range []struct {
		name   string
		key    string // who, "na" when empty
		change plan.Change
		did    plan.Done // all fields and groups of the change when it says nothing else
		now    func(a *plan.Account, key string)
		admins bool
		invite bool
		want   string
		codes  string
	}{
		{name: "untouched", change: plan.Change{Action: plan.ActionUpdate}, want: "unchanged"},
		{
			name: "a field goes back", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New")}},
			now: dept("New"), want: "update department:New>Old",
		},
		{
			name: "a field is emptied again", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "", "New")}},
			now: dept("New"), want: "update department:New>",
		},
		{
			name: "a field is back already", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New")}},
			now: dept("Old"), want: "unchanged",
		},
		{
			name: "a field was changed since", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New")}},
			now: dept("Hand"), want: "kept", codes: "warning undo_changed",
		},
		{
			name: "one of two was changed since", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{
				field(roster.Department, "Old", "New"), field(roster.LastName, "Y", "X"),
			}},
			now: dept("Hand"), want: "update last_name:X>Y", codes: "note undo_partly",
		},
		{
			name: "a field of which nobody knows what it was", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{
				{Field: roster.Department, New: "New", Unread: true}, field(roster.LastName, "Y", "X"),
			}},
			now: dept("New"), want: "update last_name:X>Y", codes: "note undo_unread",
		},
		{
			name: "nothing is known of before", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{{Field: roster.Department, New: "New", Unread: true}}},
			now: dept("New"), want: "irreversible", codes: "warning undo_unread",
		},
		{
			name: "a field that was not written", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{
				field(roster.Department, "Old", "New"), field(roster.LastName, "Y", "X"),
			}},
			did: plan.Done{Fields: []roster.Field{roster.LastName}}, now: dept("New"), want: "update last_name:X>Y",
		},
		{
			name: "groups", change: plan.Change{Action: plan.ActionUpdate, Groups: []plan.Group{userGroup("g1", "Sales")}, Leaves: []plan.Group{userGroup("g2", "Lab")}},
			now: groups("g1"), want: "update +Lab -Sales",
		},
		{
			name: "groups that are as before", change: plan.Change{Action: plan.ActionUpdate, Groups: []plan.Group{userGroup("g1", "Sales")}, Leaves: []plan.Group{userGroup("g2", "Lab")}},
			now: groups("g2"), want: "unchanged",
		},
		{
			name: "a group that is gone", change: plan.Change{Action: plan.ActionUpdate, Leaves: []plan.Group{userGroup("g9", "Lost")}},
			want: "kept", codes: "warning undo_changed",
		},
		{
			name: "chat groups that cannot be read", change: plan.Change{Action: plan.ActionUpdate, Groups: []plan.Group{imGroup("m1", "Lunch")}},
			now: func(a *plan.Account, _ string) { a.ChatGroupsUnreadable = true }, want: "irreversible", codes: "warning undo_unread",
		},
		{
			name: "the address", key: "new", change: plan.Change{Key: "na@example.com", Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.NewEmail, "na@example.com", "new@example.com")}},
			now: func(a *plan.Account, _ string) { moved(a, "na@example.com") }, want: "update new_email:new@example.com>na@example.com",
		},
		{
			name: "the address is somebody else's by now", key: "new",
			change: plan.Change{Key: "na@example.com", Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.NewEmail, "na@example.com", "new@example.com")}},
			now: func(a *plan.Account, _ string) {
				moved(a, "na@example.com")
				a.Users["na@example.com"] = zoomapi.User{ID: "other", Email: "na@example.com"}
			},
			want: "kept", codes: "warning undo_changed",
		},
		{
			name: "the address was changed by hand", key: "new", change: plan.Change{Key: "na@example.com", Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New")}},
			now: func(a *plan.Account, _ string) { dept("New")(a, "na@example.com"); moved(a, "na@example.com") }, want: "update department:New>Old",
		},
		{
			name: "the licence is taken, and what was given with it", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{
				field(roster.UserType, "basic", "licensed"), field(roster.Webinar, "0", "500"),
			}},
			now: all(licence, func(a *plan.Account, key string) {
				a.Features[key] = zoomapi.Features{Webinar: true, WebinarCapacity: 500}
			}),
			want: "update user_type:licensed>basic webinar:500>0", codes: "warning takes_licences",
		},
		{
			name: "the licence has something on it that somebody gave since", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{
				field(roster.UserType, "basic", "licensed"), field(roster.Webinar, "0", "500"),
			}},
			now: all(licence, func(a *plan.Account, key string) {
				a.Features[key] = zoomapi.Features{Webinar: true, WebinarCapacity: 500, LargeMeeting: true, LargeMeetingCapacity: 500}
			}),
			want: "update webinar:500>0", codes: "note undo_partly",
		},
		{
			name: "the licence comes back with its add-ons", change: plan.Change{
				Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.UserType, "licensed", "basic")},
				Loses: []plan.Loss{{Field: roster.LargeMeeting, Value: "500"}, {Field: roster.Webinar, Unread: true}},
			},
			want: "update user_type:basic>licensed large_meeting:0>500", codes: "note undo_unread",
		},
		{
			name: "a user type that cannot be set", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.UserType, "3", "basic")}},
			want: "irreversible", codes: "warning undo_unread",
		},
		{
			name: "shut out since", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New")}},
			now: all(dept("New"), with(func(u *zoomapi.User) { u.Status = zoomapi.StatusInactive })), want: "kept", codes: "warning undo_changed",
		},
		{
			name: "gone since", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New")}},
			now: gone, want: "kept", codes: "warning undo_gone",
		},
		{
			name: "somebody else has the address", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New")}},
			now: all(dept("New"), with(func(u *zoomapi.User) { u.ID = "other" })), want: "kept", codes: "warning undo_gone",
		},
		{
			name: "let in again, with what was lost", change: plan.Change{
				Action: plan.ActionDeactivate, Loses: []plan.Loss{{Field: roster.UserType, Value: "licensed"}, {Field: roster.LargeMeeting, Value: "500"}},
			},
			now: with(func(u *zoomapi.User) { u.Status = zoomapi.StatusInactive }), want: "activate user_type:basic>licensed large_meeting:0>500",
		},
		{
			name: "let in by somebody else", change: plan.Change{Action: plan.ActionDeactivate, Loses: []plan.Loss{{Field: roster.UserType, Value: "basic"}}},
			want: "unchanged",
		},
		{
			name: "let in by somebody else without the licence", change: plan.Change{Action: plan.ActionDeactivate, Loses: []plan.Loss{{Field: roster.UserType, Value: "licensed"}}},
			want: "kept", codes: "warning undo_changed",
		},
		{
			name: "shut out again", change: plan.Change{Action: plan.ActionActivate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New"), field(roster.UserType, "basic", "licensed")}},
			now: all(dept("New"), licence, noAddOns), want: "deactivate", codes: "note undo_partly,warning takes_licences",
		},
		{
			name: "shut out already", change: plan.Change{Action: plan.ActionActivate},
			now: with(func(u *zoomapi.User) { u.Status = zoomapi.StatusInactive }), want: "unchanged",
		},
		{
			name: "licensed since", change: plan.Change{Action: plan.ActionActivate, Fields: []plan.FieldChange{field(roster.UserType, "licensed", "basic")}},
			now: all(licence, noAddOns), want: "kept", codes: "warning undo_changed",
		},
		{name: "invited", key: "pend", change: plan.Change{Action: plan.ActionCreate}, did: plan.Done{Created: true}, invite: true, want: "withdraw"},
		{name: "invited, and accepted", change: plan.Change{Action: plan.ActionCreate}, did: plan.Done{Created: true}, invite: true, want: "irreversible", codes: "warning undo_activated"},
		{name: "invited, and lapsed", change: plan.Change{Action: plan.ActionCreate}, did: plan.Done{Created: true}, invite: true, now: gone, want: "unchanged"},
		{name: "added at once", change: plan.Change{Action: plan.ActionCreate}, did: plan.Done{Created: true}, want: "irreversible", codes: "warning undo_added"},
		{
			name: "invited again while invited", key: "pend", change: plan.Change{Action: plan.ActionResend, Status: zoomapi.StatusPending},
			did: plan.Done{Created: true, Withdrawn: true}, invite: true, want: "unchanged",
		},
		{name: "invited again after it lapsed", key: "pend", change: plan.Change{Action: plan.ActionResend}, did: plan.Done{Created: true}, invite: true, want: "withdraw"},
		{name: "withdrawn", change: plan.Change{Action: plan.ActionWithdraw}, did: plan.Done{Withdrawn: true}, now: gone, want: "irreversible", codes: "warning undo_withdrawn"},
		{name: "withdrawn, and invited by hand", key: "pend", change: plan.Change{Action: plan.ActionWithdraw}, did: plan.Done{Withdrawn: true}, want: "unchanged"},
		{name: "deleted", change: plan.Change{Action: plan.ActionDelete}, did: plan.Done{Removed: true}, now: gone, want: "irreversible", codes: "warning undo_removed"},
		{
			name: "deleted, and somebody else has the address", change: plan.Change{Action: plan.ActionDelete}, did: plan.Done{Removed: true},
			now: with(func(u *zoomapi.User) { u.ID = "other" }), want: "irreversible", codes: "warning undo_removed",
		},
		{name: "unlinked, and linked again", change: plan.Change{Action: plan.ActionUnlink}, did: plan.Done{Removed: true}, want: "unchanged"},
		{
			name: "an administrator keeps the licence", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.UserType, "basic", "licensed")}},
			now: all(licence, admin, noAddOns), want: "irreversible", codes: "warning undo_protected",
		},
		{
			name: "an administrator whose licence may be taken", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.UserType, "basic", "licensed")}},
			now: all(licence, admin, noAddOns), admins: true, want: "update user_type:licensed>basic",
			codes: "warning admin,warning takes_licences,warning touches_admins",
		},
		{
			name: "an administrator stays in", change: plan.Change{Action: plan.ActionActivate}, now: admin, want: "irreversible", codes: "warning undo_protected",
		},
		{
			name: "an administrator's department goes back", change: plan.Change{Action: plan.ActionUpdate, Fields: []plan.FieldChange{field(roster.Department, "Old", "New")}},
			now: all(admin, dept("New")), want: "update department:New>Old", codes: "warning admin,warning touches_admins",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key := plan.Key(orName(tt.key, "na") + "@example.com")
			a := undoable()
			d := tt.did
			d.Change = tt.change
			d.Change.Line, d.Change.Row = 2, 1
			if d.Change.Key == "" {
				d.Change.Key = key
			}
			d.Change.UserID = a.Users[d.Change.Key].ID
			if tt.now != nil {
				tt.now(&a, key)
			}
			switch {
			case tt.change.Action == plan.ActionActivate, tt.change.Action == plan.ActionDeactivate:
				d.Status = true
				fallthrough
			case !d.Created && !d.Withdrawn && !d.Removed && len(d.Fields) == 0:
				for _, f := range tt.change.Fields {
					d.Fields = append(d.Fields, f.Field)
				}
				d.Joined, d.Left = tt.change.Groups, tt.change.Leaves
			}
			o := basic()
			o.AllowAdmins = tt.admins
			if tt.invite {
				o.CreateAction = zoomapi.ActionCreate
			}
			p := plan.Undo("first", []plan.Done{d}, a, o)
			c := p.Changes[0]
			if diff := cmp.Diff(tt.want, effects(c)); diff != "" {
				t.Errorf("effects mismatch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(sortedWords(tt.codes), sortedWords(strings.Join(codes(p), ","))); diff != "" {
				t.Errorf("issues mismatch (-want +got):\n%s", diff)
			}
			if c.Line != 2 || c.Row != 1 || p.Undoes != "first" || p.Counts.Rows != 1 {
				t.Errorf("change of line %d, row %d; the plan undoes %q, %d rows", c.Line, c.Row, p.Undoes, p.Counts.Rows)
			}
		})
	}
}

func orName(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// TestUndoSeats: a licence that goes back to somebody is needed, one that is taken again is freed.
func TestUndoSeats(t *testing.T) {
	t.Parallel()
	a := undoable()
	done := []plan.Done{
		{
			Change: plan.Change{
				Line: 2, Row: 1, Key: "na@example.com", UserID: a.Users["na@example.com"].ID, Action: plan.ActionUpdate,
				Fields: []plan.FieldChange{{Field: roster.UserType, Old: "licensed", New: "basic"}}, Loses: []plan.Loss{{Field: roster.LargeMeeting, Value: "500"}},
			},
			Fields: []roster.Field{roster.UserType},
		},
		{Change: plan.Change{Line: 3, Row: 2, Key: "ada@example.com", UserID: a.Users["ada@example.com"].ID, Action: plan.ActionActivate}, Status: true},
	}
	p := plan.Undo("first", done, a, basic())
	if c := p.Changes[1]; !c.Frees() {
		t.Errorf("%s frees nothing", c.Verdict)
	}
	for _, s := range p.Seats {
		if s.Licence == plan.LicenceBase && (s.Needed != 1 || s.Freed != 1) {
			t.Errorf("licences: %d needed, %d freed, want 1 and 1", s.Needed, s.Freed)
		}
		if s.Licence == plan.AddOn(roster.LargeMeeting, 500) && (s.Needed != 1 || s.Freed != 1) {
			t.Errorf("large meetings: %d needed, %d freed, want 1 and 1", s.Needed, s.Freed)
		}
	}
	want := []plan.Loss{{Field: roster.UserType, Value: "licensed"}, {Field: roster.LargeMeeting, Value: "500"}}
	if diff := cmp.Diff(want, p.Changes[1].Loses); diff != "" {
		t.Errorf("losses mismatch (-want +got):\n%s", diff)
	}
}

// TestLosses: what goes with a licence or access is recorded, whatever the row says of it.
func TestLosses(t *testing.T) {
	t.Parallel()
	var unread []plan.Loss
	for _, f := range []roster.Field{roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions} {
		unread = append(unread, plan.Loss{Field: f, Unread: true})
	}
	for _, tt := range []struct {
		name string
		row  values
		read bool
		want []plan.Loss
	}{
		{"deactivated", cells("ada", "action", "deactivate"), true, []plan.Loss{{Field: roster.UserType, Value: "licensed"}, {Field: roster.LargeMeeting, Value: "500"}}},
		{"deactivated and unread", cells("ada", "action", "deactivate"), false, append([]plan.Loss{{Field: roster.UserType, Value: "licensed"}}, unread...)},
		{"deactivated without a licence", cells("na", "action", "deactivate"), true, []plan.Loss{{Field: roster.UserType, Value: "basic"}}},
		{"licence taken", cells("ada", "user_type", "basic"), true, []plan.Loss{{Field: roster.LargeMeeting, Value: "500"}}},
		{"licence taken, add-on named", cells("ada", "user_type", "basic", "large_meeting", "0"), true, nil},
		{"licence kept", cells("ada", "department", "Elsewhere"), true, nil},
		{"deleted", cells("ada", "action", "delete"), true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, o := undoable(), changing()
			if !tt.read {
				a.Features = nil
			}
			p := build(t, rosterOf(tt.row), a, o)
			if diff := cmp.Diff(tt.want, p.Changes[0].Loses); diff != "" {
				t.Errorf("losses mismatch (-want +got):\n%s", diff)
			}
			if text := p.Text(); strings.Contains(text, "loses") {
				t.Errorf("text tells losses:\n%s", text)
			}
		})
	}
}

// TestRecall: an attribute that nobody has any more is known from the plan that emptied it.
func TestRecall(t *testing.T) {
	t.Parallel()
	a := fullAccount()
	first := build(t, rosterOf(cells("ada", "custom:Badge", "(clear)")), a, changing())
	now := apply(a, first)
	now.Attributes = []plan.Attribute{{Key: "k2", Name: "Shoe size"}}
	now.Recall(first)
	done := []plan.Done{{Change: first.Changes[0], Fields: []roster.Field{roster.CustomField("Badge")}}}
	p := plan.Undo("first", done, now, changing())
	if got, want := effects(p.Changes[0]), "update custom:Badge:>7"; got != want {
		t.Errorf("undo is %q, want %q", got, want)
	}
	if diff := cmp.Diff([]plan.Attribute{{Key: "k1", Name: "Badge"}}, p.Attributes); diff != "" {
		t.Errorf("attributes mismatch (-want +got):\n%s", diff)
	}
}

// TestUndoRoster: what has to be read is what the job touched, under the address that people have now.
func TestUndoRoster(t *testing.T) {
	t.Parallel()
	done := []plan.Done{
		{Change: plan.Change{Line: 2, Row: 1, Key: "left@example.com", Fields: []plan.FieldChange{{Field: roster.JobTitle, New: "x"}}}},
		{
			Change: plan.Change{Line: 3, Row: 2, Key: "moved@example.com", Action: plan.ActionUpdate, Fields: []plan.FieldChange{
				{Field: roster.JobTitle, New: "T"},
				{Field: roster.Location, Old: "(clear)", New: "L"},
				{Field: roster.Department, New: "D"},
				{Field: roster.NewEmail, Old: "moved@example.com", New: "now@example.com"},
				{Field: roster.UserType, Old: "basic", New: "licensed"},
			}},
			Fields: []roster.Field{roster.JobTitle, roster.Location, roster.NewEmail, roster.UserType},
			Joined: []plan.Group{imGroup("m1", "-Lunch; =Tea")}, Left: []plan.Group{userGroup("g1", "Sales")},
		},
		{Change: plan.Change{Line: 4, Row: 3, Key: "off@example.com", Action: plan.ActionDeactivate, Loses: []plan.Loss{{Field: roster.Webinar, Value: "500"}}}, Status: true},
		{Change: plan.Change{Line: 5, Row: 4, Key: "on@example.com", Action: plan.ActionActivate}, Status: true},
		{Change: plan.Change{Line: 6, Row: 5, Key: "new@example.com", Action: plan.ActionCreate}, Created: true, Fields: []roster.Field{roster.JobTitle}},
	}
	r := plan.UndoRoster(done)
	var keys []string
	for i := range r.Rows {
		keys = append(keys, r.Rows[i].Key())
	}
	if diff := cmp.Diff([]string{"now@example.com", "off@example.com", "on@example.com", "new@example.com"}, keys); diff != "" {
		t.Errorf("people mismatch (-want +got):\n%s", diff)
	}
	moved := &r.Rows[0]
	if edit, _ := moved.GroupEdit(roster.ChatGroup); !slices.Equal(edit.Join, []string{"-Lunch; =Tea"}) {
		t.Errorf("chat groups to read: %+v", edit)
	}
	if !moved.Clears(roster.JobTitle) || moved.Get(roster.Location) != "(clear)" || moved.Get(roster.NewEmail) != "moved@example.com" {
		t.Errorf("columns to read: %v", moved.Values())
	}
	if r.Has(roster.Department) || !r.Has(roster.UserGroup) {
		t.Errorf("columns %v, want those that were written", r.Fields())
	}
	licensed := zoomapi.User{Type: zoomapi.TypeLicensed, Status: zoomapi.StatusActive}
	for i, want := range []bool{true, true, true, false} {
		if got := plan.NeedsFeatures(&r.Rows[i], &licensed); got != want {
			t.Errorf("add-ons of %s are read: %v, want %v", keys[i], got, want)
		}
	}
}
