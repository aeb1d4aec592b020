package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// removable is an account of people who can be removed, and of those who cannot.
func removable() plan.Account {
	a := fullAccount()
	a.Users["heir@example.com"] = person("heir", zoomapi.TypeLicensed)
	a.Users["lost@example.com"] = person("lost", zoomapi.TypeBasic, func(u *zoomapi.User) { u.ID = "" })
	return a
}

// TestBuildRemovals judges one row at a time that deletes or unlinks.
func TestBuildRemovals(t *testing.T) {
	t.Parallel()
	row := func(email, action string, kv ...string) values {
		return changed(values{roster.Email: email, roster.Action: action}, kv...)
	}
	tests := []struct {
		name  string
		rows  []values
		want  string
		codes []string
		kind  string
	}{
		{"delete", []values{row("ada@example.com", "delete")}, "delete", []string{"warning takes_licences"}, ""},
		{"unlink somebody shut out", []values{row("off@example.com", "unlink")}, "unlink", nil, ""},
		{
			"with what they leave",
			[]values{row("ada@example.com", "delete", "transfer_to", "Heir@example.com", "transfer_meetings", "Yes", "transfer_webinars", "no", "transfer_docs", "x")},
			"delete transfer_to:>heir@example.com transfer_meetings:>yes transfer_docs:>yes",
			[]string{"warning takes_licences"},
			"",
		},
		{"a receiver of nothing", []values{row("na@example.com", "delete", "transfer_to", "heir@example.com")}, "delete transfer_to:>heir@example.com", []string{"warning transfer_to"}, "nothing"},
		{"no receiver", []values{row("na@example.com", "delete", "transfer_notes", "yes")}, "invalid", []string{"error transfer_to"}, "nobody"},
		{"to themselves", []values{row("na@example.com", "delete", "transfer_to", "na@example.com", "transfer_notes", "yes")}, "invalid", []string{"error transfer_to"}, "self"},
		{"to nobody who is there", []values{row("na@example.com", "delete", "transfer_to", "x@example.com", "transfer_notes", "yes")}, "invalid", []string{"error transfer_to"}, "absent"},
		{"to somebody shut out", []values{row("na@example.com", "delete", "transfer_to", "off@example.com", "transfer_notes", "yes")}, "invalid", []string{"error transfer_to"}, "inactive"},
		{"to somebody invited", []values{row("na@example.com", "delete", "transfer_to", "pend@example.com", "transfer_notes", "yes")}, "invalid", []string{"error transfer_to"}, "inactive"},
		{"to somebody who goes too", []values{row("na@example.com", "delete", "transfer_to", "heir@example.com", "transfer_notes", "yes"), row("heir@example.com", "unlink")}, "invalid", []string{"warning takes_licences", "error transfer_to"}, "leaves"},
		{"to somebody who is shut out", []values{row("na@example.com", "delete", "transfer_to", "heir@example.com", "transfer_notes", "yes"), row("heir@example.com", "deactivate")}, "invalid", []string{"warning takes_licences", "error transfer_to"}, "leaves"},
		{"to somebody who gets another address", []values{row("na@example.com", "delete", "transfer_to", "heir@example.com", "transfer_notes", "yes"), row("heir@example.com", "", "new_email", "h@example.com")}, "invalid", []string{"error transfer_to"}, "moves"},
		{"invited", []values{row("pend@example.com", "delete")}, "invalid", []string{"error cannot_delete"}, "pending"},
		{"owner", []values{row("owner@example.com", "delete")}, "invalid", []string{"error cannot_delete"}, "owner"},
		{"administrator", []values{row("boss@example.com", "unlink")}, "invalid", []string{"error cannot_delete"}, "admin"},
		{"no id", []values{row("lost@example.com", "unlink")}, "invalid", []string{"error cannot_delete"}, "unknown"},
		{"not there", []values{row("nobody@example.com", "delete")}, "absent", []string{"warning absent"}, ""},
		{"other cells", []values{row("na@example.com", "delete", "department", "New")}, "delete", []string{"note other_cells"}, ""},
		{"nothing is deleted", []values{row("na@example.com", "", "transfer_meetings", "yes", "transfer_to", "heir@example.com")}, "unchanged", []string{"warning transfer_idle", "note exists"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := basic()
			o.Mode, o.AllowDelete = plan.ModeAuto, true
			p := build(t, rosterOf(tt.rows...), removable(), o)
			if got := effects(p.Changes[0]); got != tt.want {
				t.Errorf("row: %s, want %s", got, tt.want)
			}
			if diff := cmp.Diff(tt.codes, codes(p)); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
			if tt.kind != "" {
				for _, is := range p.Issues {
					if is.Row == 1 && is.Params["kind"] != tt.kind {
						t.Errorf("kind %q, want %q", is.Params["kind"], tt.kind)
					}
				}
			}
		})
	}
}

// TestBuildRemovalsForbidden: without the setting a file deletes nobody, whatever its mode.
func TestBuildRemovalsForbidden(t *testing.T) {
	t.Parallel()
	r := rosterOf(values{roster.Email: "na@example.com", roster.Action: "delete"}, values{roster.Email: "nb@example.com", roster.Action: "unlink"})
	for _, mode := range []plan.Mode{plan.ModeAuto, plan.ModeUpdate, plan.ModeImport} {
		o := basic()
		o.Mode = mode
		p := build(t, r, removable(), o)
		if diff := cmp.Diff([]string{"error delete_not_allowed", "error delete_not_allowed"}, codes(p)); diff != "" {
			t.Errorf("%s: issues (-want +got):\n%s", mode, diff)
		}
		o.AllowDelete = true
		p = build(t, r, removable(), o)
		if removed := p.Counts.Delete + p.Counts.Unlink; (removed == 2) != (mode != plan.ModeImport) {
			t.Errorf("%s: %d people are removed", mode, removed)
		}
	}
}

// TestRemovalSlip: whom to delete is not guessed.
func TestRemovalSlip(t *testing.T) {
	t.Parallel()
	o := basic()
	o.Mode, o.AllowDelete = plan.ModeAuto, true
	p := build(t, rosterOf(values{roster.Email: "had@example.com", roster.Action: "delete"}, values{roster.Email: "heri@example.com", roster.Action: "update"}), removable(), o)
	for _, is := range p.Issues {
		if deletes := is.Row == 1; deletes != (is.Suggestion == "") {
			t.Errorf("row %d has the suggestion %q", is.Row, is.Suggestion)
		}
	}
}

// TestRemovalDigest: an approval is for who gets what, too.
func TestRemovalDigest(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, row := range []values{
		{roster.Action: "delete"},
		{roster.Action: "unlink"},
		{roster.Action: "delete", roster.TransferTo: "heir@example.com", roster.TransferDocs: "yes"},
		{roster.Action: "delete", roster.TransferTo: "heir@example.com", roster.TransferNotes: "yes"},
		{roster.Action: "delete", roster.TransferTo: "nb@example.com", roster.TransferNotes: "yes"},
		{roster.NewEmail: "x@example.com"},
		{roster.NewEmail: "y@example.com"},
	} {
		o := basic()
		o.Mode, o.AllowDelete = plan.ModeAuto, true
		p := build(t, rosterOf(changed(row, "email", "na@example.com")), removable(), o)
		if !p.Writes() {
			t.Fatalf("%v writes nothing: %v", row, codes(p))
		}
		what := effects(p.Changes[0])
		if other, same := seen[p.Digest]; same {
			t.Errorf("%s has the digest of %s", what, other)
		}
		seen[p.Digest] = what
	}
}

// TestRemovalFreesSeats: licences of people who go can be given to others by the same file.
func TestRemovalFreesSeats(t *testing.T) {
	t.Parallel()
	o := basic()
	o.Mode, o.AllowDelete = plan.ModeAuto, true
	p := build(t, rosterOf(values{roster.Email: "ada@example.com", roster.Action: "delete"}, values{roster.Email: "na@example.com", roster.UserType: "licensed"}), removable(), o)
	for _, s := range p.Seats {
		if s.Licence == plan.LicenceBase && (s.Needed != 1 || s.Freed != 1) || s.Licence == plan.AddOn(roster.LargeMeeting, 500) && s.Freed != 1 {
			t.Errorf("seats %+v", s)
		}
	}
	if !p.Changes[0].Frees() {
		t.Error("a deletion does not free")
	}
}

// TestBuildNewAddresses judges rows that give somebody another address.
func TestBuildNewAddresses(t *testing.T) {
	t.Parallel()
	row := func(email, to string, kv ...string) values {
		return changed(values{roster.Email: email, roster.NewEmail: to}, kv...)
	}
	tests := []struct {
		name  string
		mode  plan.Mode
		rows  []values
		want  string
		codes []string
		kind  string
	}{
		{"another", plan.ModeAuto, []values{row("ada@example.com", "Ada.King@example.com")}, "update new_email:ada@example.com>ada.king@example.com", nil, ""},
		{"the same", plan.ModeUpdate, []values{row("ada@example.com", "ADA@example.com")}, "unchanged", []string{"note exists"}, ""},
		{"with other changes", plan.ModeUpdate, []values{row("ada@example.com", "a@example.com", "department", "Lab")}, "update department:Engines>Lab new_email:ada@example.com>a@example.com", nil, ""},
		{"done before", plan.ModeAuto, []values{row("old@example.com", "ada@example.com", "department", "Lab")}, "unchanged", []string{"note nothing_to_do"}, "new_email"},
		{"nobody", plan.ModeAuto, []values{row("old@example.com", "new@example.com", "first_name", "A", "last_name", "B")}, "absent", []string{"warning absent"}, ""},
		{"somebody who is added", plan.ModeAuto, []values{row("old@example.com", "new@example.com", "first_name", "A", "last_name", "B", "action", "create")}, "invalid", []string{"error new_email"}, "adds"},
		{"taken", plan.ModeAuto, []values{row("ada@example.com", "off@example.com")}, "invalid", []string{"error new_email"}, "taken"},
		{"twice", plan.ModeAuto, []values{row("ada@example.com", "x@example.com"), row("na@example.com", "x@example.com")}, "invalid", []string{"error new_email", "error new_email"}, "twice"},
		{"of another row", plan.ModeAuto, []values{row("ada@example.com", "x@example.com"), {roster.Email: "x@example.com", roster.FirstName: "X", roster.LastName: "Y"}}, "invalid", []string{"error new_email"}, "row"},
		{"freed", plan.ModeAuto, []values{row("ada@example.com", "na@example.com"), row("na@example.com", "x@example.com")}, "invalid", []string{"error new_email"}, "freed"},
		{"invited", plan.ModeAuto, []values{row("pend@example.com", "x@example.com")}, "pending", []string{"warning exists_pending"}, ""},
		{"let in again", plan.ModeAuto, []values{row("off@example.com", "x@example.com", "action", "activate")}, "activate new_email:off@example.com>x@example.com", nil, ""},
		{"import", plan.ModeImport, []values{row("ada@example.com", "x@example.com")}, "differs new_email:ada@example.com>x@example.com", []string{"note exists_differs"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := basic()
			o.Mode = tt.mode
			p := build(t, rosterOf(tt.rows...), removable(), o)
			if got := effects(p.Changes[0]); got != tt.want {
				t.Errorf("row: %s, want %s", got, tt.want)
			}
			if diff := cmp.Diff(tt.codes, codes(p)); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
			for _, is := range p.Issues {
				if tt.kind != "" && is.Row == 1 && is.Params["kind"] != tt.kind {
					t.Errorf("kind %q, want %q", is.Params["kind"], tt.kind)
				}
			}
		})
	}
}

// TestBuildEventsAndCaptions: Zoom Events with or without a capacity, captions on or off, licensed people only.
func TestBuildEventsAndCaptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, email string
		row         values
		pool        bool
		want        string
	}{
		{"captions", "ada@example.com", values{roster.TranslatedCaptions: "Yes"}, false, "update translated_captions:0>yes"},
		{"captions off", "ada@example.com", values{roster.TranslatedCaptions: "no"}, false, "unchanged"},
		{"events", "ada@example.com", values{roster.ZoomEvents: "yes"}, false, "update zoom_events:0>yes"},
		{"events of a size", "ada@example.com", values{roster.ZoomEvents: "1,000"}, false, "update zoom_events:0>1000"},
		{"events of the one size", "ada@example.com", values{roster.ZoomEvents: "yes"}, true, "update zoom_events:0>500"},
		{"events of a size that is not there", "ada@example.com", values{roster.ZoomEvents: "1000"}, true, "invalid"},
		{"cleared", "ada@example.com", values{roster.ZoomEvents: "(clear)", roster.TranslatedCaptions: "(clear)"}, false, "unchanged"},
		{"no licence", "na@example.com", values{roster.TranslatedCaptions: "yes"}, false, "invalid"},
		{"no licence for events", "na@example.com", values{roster.ZoomEvents: "500"}, false, "invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := removable()
			if tt.pool {
				a.Pools[plan.AddOn(roster.ZoomEvents, 500)] = plan.Licences{Total: 3}
			}
			o := basic()
			o.Mode = plan.ModeUpdate
			p := build(t, rosterOf(changed(tt.row, "email", tt.email)), a, o)
			if got := effects(p.Changes[0]); got != tt.want {
				t.Errorf("row: %s, want %s", got, tt.want)
			}
		})
	}
	for _, now := range []string{"500", "yes"} {
		if !plan.Same(roster.ZoomEvents, now, "yes") {
			t.Errorf("%q is not what yes asks for", now)
		}
	}
	if plan.Same(roster.ZoomEvents, "0", "yes") || plan.Same(roster.TranslatedCaptions, "", "yes") {
		t.Error("off is taken for on")
	}
}
