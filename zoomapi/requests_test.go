package zoomapi_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// drain reads a list.
func drain[T any](seq func(func(T, error) bool)) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

func second[T any](_ T, err error) error { return err }

func long(n int) string { return strings.Repeat("é", n) }

// richPatches set every field of a patch, each at its largest.
func richPatches() []zoomapi.UserPatch {
	licences := []zoomapi.LicenseInfo{
		{LicenseType: "MEETING", LicenseOption: 2, SubscriptionID: "s1"},
		{LicenseType: "ZOOM_WORKPLACE_BUNDLE", LicenseOption: 16, SubscriptionID: "s2"},
	}
	everything := zoomapi.UserPatch{
		FirstName: new(long(64)), LastName: new(long(64)), DisplayName: new(long(128)), Department: new(long(300)),
		JobTitle: new(long(128)), Location: new(long(256)), Company: new(long(255)), Manager: new(testEmail),
		CostCenter: new("CC"), Language: new("fr-FR"), Timezone: new("Europe/Paris"), Pronouns: new("she/her"),
		PronounsOption: new(3), Type: new(zoomapi.TypeNone), GroupID: new("g"),
		PhoneNumbers: &[]zoomapi.PhoneNumber{
			{Country: "FR", Code: "+33", Number: "612345678", Label: "Mobile", Verified: true},
			{Country: "US", Code: "+1", Number: "5550100", Label: "Fax"},
			{Number: "1"},
		},
		CustomAttributes: &[]zoomapi.CustomAttribute{{Key: "cbf_1", Name: "Badge", Value: "1"}, {Key: "a"}, {Key: "b"}, {Key: "c"}, {Key: "d"}},
		DivisionIDs:      &[]string{"d"}, PMI: new(int64(9_999_999_999)), UsePMI: new(true), VanityName: new("ada"),
		AboutMe: new(long(150)), LinkedInURL: new("https://example.com/ada"), CMSUserID: new("c"),
		Feature: &zoomapi.PatchFeature{ZoomPhone: new(true)}, LicenseInfo: &licences,
	}
	cleared := zoomapi.UserPatch{
		FirstName: new(""), LastName: new(""), DisplayName: new(""), Department: new(""), JobTitle: new(""), Location: new(""),
		Company: new(""), Manager: new(""), CostCenter: new(""), Language: new(""), Timezone: new(""), Pronouns: new(""),
		GroupID: new(""), PhoneNumbers: new([]zoomapi.PhoneNumber{}), CustomAttributes: new([]zoomapi.CustomAttribute{}),
		DivisionIDs: new([]string{}), UsePMI: new(false), VanityName: new(""), AboutMe: new(""), LinkedInURL: new(""),
		CMSUserID: new(""), Feature: &zoomapi.PatchFeature{}, LicenseInfo: new([]zoomapi.LicenseInfo{}), PlanUnitedType: new("none"),
	}
	null := zoomapi.UserPatch{
		PhoneNumbers: new([]zoomapi.PhoneNumber), CustomAttributes: new([]zoomapi.CustomAttribute),
		DivisionIDs: new([]string), LicenseInfo: new([]zoomapi.LicenseInfo),
	}
	patches := []zoomapi.UserPatch{everything, cleared, null, {ZoomOneType: new(int64(0))}, {ZoomOneType: new(int64(1 << 57))}, {PlanUnitedType: new("131072")}}
	for _, typ := range []int{zoomapi.TypeBasic, zoomapi.TypeLicensed, zoomapi.TypeUnassigned} {
		patches = append(patches, zoomapi.UserPatch{Type: new(typ)})
	}
	for i := range reflect.TypeFor[zoomapi.UserPatch]().NumField() {
		patches = append(patches, zoomapi.UserPatch{})
		reflect.ValueOf(&patches[len(patches)-1]).Elem().Field(i).Set(reflect.ValueOf(everything).Field(i))
	}
	return patches
}

// exercises call each method of the client, with each way to call it.
func exercises(seen shown) map[string]func(context.Context, *zoomapi.Client) []error {
	type (
		ctx    = context.Context
		client = *zoomapi.Client
	)
	people := func(n int) []string {
		ids := []string{testEmail}
		for i := range n - 1 {
			ids = append(ids, fmt.Sprintf("id-%d", i))
		}
		return ids
	}
	one := func(err error) []error { return []error{err} }
	return map[string]func(ctx, client) []error{
		"Users": func(ctx ctx, c client) (errs []error) {
			for _, o := range []zoomapi.ListUsersOptions{
				{},
				{Status: zoomapi.StatusPending, PageSize: 1, RoleID: "2", IncludeFields: "custom_attributes", OnPage: func(int, int) {}},
				{Status: zoomapi.StatusInactive, PageSize: 5000, IncludeFields: "host_key"},
			} {
				seen.see(o)
				errs = append(errs, drain(c.Users(ctx, o)))
			}
			return errs
		},
		"User": func(ctx ctx, c client) (errs []error) {
			for _, id := range []string{testEmail, "id", "a b?c#d%"} {
				errs = append(errs, second(c.User(ctx, id)))
			}
			return errs
		},
		"CreateUser": func(ctx ctx, c client) (errs []error) {
			full := zoomapi.NewUser{
				Email: testEmail, FirstName: long(64), LastName: long(64), DisplayName: long(128), Type: zoomapi.TypeLicensed,
				Password: zoomapi.NewSecret("Pa55word" + long(24)), DivisionIDs: []string{"d"}, ZoomPhone: true, ZoomOneType: 1 << 57,
				PlanUnitedType: "1", LicenseInfo: []zoomapi.LicenseInfo{{LicenseType: "MEETING", LicenseOption: 2, SubscriptionID: "s"}},
			}
			seen.see(full)
			errs = append(errs, second(c.CreateUser(ctx, zoomapi.ActionAutoCreate, full)))
			for _, action := range []zoomapi.CreateAction{zoomapi.ActionCreate, zoomapi.ActionSSOCreate, zoomapi.ActionCustCreate} {
				for _, typ := range []int{zoomapi.TypeBasic, zoomapi.TypeLicensed, zoomapi.TypeUnassigned, zoomapi.TypeNone} {
					if typ != zoomapi.TypeNone || action == zoomapi.ActionSSOCreate {
						errs = append(errs, second(c.CreateUser(ctx, action, zoomapi.NewUser{Email: testEmail, Type: typ})))
					}
				}
			}
			return errs
		},
		"UpdateUser": func(ctx ctx, c client) (errs []error) {
			for _, p := range richPatches() {
				seen.see(p)
				errs = append(errs, c.UpdateUser(ctx, testEmail, p))
			}
			return errs
		},
		"DeleteUser": func(ctx ctx, c client) (errs []error) {
			for _, o := range []zoomapi.DeleteOptions{
				{},
				{
					Action: zoomapi.DeletePermanently, TransferEmail: testEmail, TransferMeetings: true, TransferWebinars: true,
					TransferRecordings: true, TransferWhiteboard: true, TransferClips: true, TransferNotes: true,
					TransferVisitors: true, TransferDocs: true,
				},
			} {
				seen.see(o)
				errs = append(errs, c.DeleteUser(ctx, testEmail, o))
			}
			return errs
		},
		"SetUserStatus": func(ctx ctx, c client) []error {
			return []error{c.SetUserStatus(ctx, "id", true), c.SetUserStatus(ctx, testEmail, false)}
		},
		"SetUserEmail": func(ctx ctx, c client) []error { return one(c.SetUserEmail(ctx, "id", testEmail)) },
		"Summary":      func(ctx ctx, c client) []error { return one(second(c.Summary(ctx))) },
		"PlanUsage":    func(ctx ctx, c client) []error { return one(second(c.PlanUsage(ctx))) },
		"Reach":        func(ctx ctx, c client) []error { return one(c.Reach(ctx)) },
		"Settings":     func(ctx ctx, c client) []error { return one(second(c.Settings(ctx, testEmail))) },
		"UpdateSettings": func(ctx ctx, c client) (errs []error) {
			patches := []zoomapi.FeaturesPatch{{
				MeetingCapacity: new(300), LargeMeeting: new(true), LargeMeetingCapacity: new(500), Webinar: new(true),
				WebinarCapacity: new(500), ConcurrentMeeting: new("Plus"), ZoomPhone: new(true), ZoomEvents: new(true),
				ZoomEventsCapacity: new(500), ZoomWhiteboard: new(true), ZoomScheduler: new(true), ZoomClipsPlus: new(true),
				TranslatedCaptions: new(true), RevenueAccelerator: new(true),
			}, {LargeMeeting: new(false), Webinar: new(false)}}
			for _, n := range zoomapi.WebinarCapacities() {
				patches = append(patches, zoomapi.FeaturesPatch{Webinar: new(true), WebinarCapacity: new(n)})
			}
			for _, n := range zoomapi.LargeMeetingCapacities() {
				patches = append(patches, zoomapi.FeaturesPatch{LargeMeeting: new(true), LargeMeetingCapacity: new(n)})
			}
			for _, p := range patches {
				seen.see(p)
				errs = append(errs, c.UpdateSettings(ctx, "id", p))
			}
			return errs
		},
		"SetUserFeatures": func(ctx ctx, c client) (errs []error) {
			for _, f := range []zoomapi.FeatureChange{
				{Type: "user_type", Value: "2", Users: people(30), SubscriptionID: "s"},
				{Type: "webinar", Value: "0", Users: []string{"id"}},
				{Type: "large_meeting", Value: "128", Users: []string{testEmail}},
			} {
				seen.see(f)
				errs = append(errs, second(c.SetUserFeatures(ctx, f)))
			}
			return errs
		},

		"Groups":       func(ctx ctx, c client) []error { return one(drain(c.Groups(ctx))) },
		"Group":        func(ctx ctx, c client) []error { return one(second(c.Group(ctx, "g"))) },
		"CreateGroup":  func(ctx ctx, c client) []error { return one(second(c.CreateGroup(ctx, long(127)))) },
		"RenameGroup":  func(ctx ctx, c client) []error { return one(c.RenameGroup(ctx, "g", "New")) },
		"DeleteGroup":  func(ctx ctx, c client) []error { return one(c.DeleteGroup(ctx, "g")) },
		"GroupMembers": func(ctx ctx, c client) []error { return one(drain(c.GroupMembers(ctx, "g"))) },
		"AddGroupMembers": func(ctx ctx, c client) []error {
			return one(second(c.AddGroupMembers(ctx, "g", people(zoomapi.MaxGroupMembers))))
		},
		"RemoveGroupMember": func(ctx ctx, c client) []error { return one(c.RemoveGroupMember(ctx, "g", testEmail)) },
		"SetPrimaryGroup":   func(ctx ctx, c client) []error { return one(c.SetPrimaryGroup(ctx, "g", "u")) },
		"MoveGroupMember":   func(ctx ctx, c client) []error { return one(c.MoveGroupMember(ctx, "g", "h", "u")) },

		"IMGroups":       func(ctx ctx, c client) []error { return one(drain(c.IMGroups(ctx))) },
		"IMGroupMembers": func(ctx ctx, c client) []error { return one(drain(c.IMGroupMembers(ctx, "g"))) },
		"AddIMGroupMembers": func(ctx ctx, c client) []error {
			return one(second(c.AddIMGroupMembers(ctx, "g", people(zoomapi.MaxIMGroupMembers))))
		},
		"RemoveIMGroupMember": func(ctx ctx, c client) []error { return one(c.RemoveIMGroupMember(ctx, "g", testEmail)) },

		"ContactGroups":       func(ctx ctx, c client) []error { return one(drain(c.ContactGroups(ctx))) },
		"ContactGroupMembers": func(ctx ctx, c client) []error { return one(drain(c.ContactGroupMembers(ctx, "g"))) },
		"CreateContactGroup": func(ctx ctx, c client) []error {
			return []error{second(c.CreateContactGroup(ctx, "New", 3, people(50))), second(c.CreateContactGroup(ctx, "Empty", 1, nil))}
		},
		"AddContactGroupMembers": func(ctx ctx, c client) []error {
			return one(second(c.AddContactGroupMembers(ctx, "g", people(zoomapi.MaxContactGroupMembers))))
		},
		"RemoveContactGroupMembers": func(ctx ctx, c client) []error {
			return one(c.RemoveContactGroupMembers(ctx, "g", people(20)))
		},

		"Divisions": func(ctx ctx, c client) []error { return one(drain(c.Divisions(ctx))) },
		"AddDivisionMembers": func(ctx ctx, c client) []error {
			return one(second(c.AddDivisionMembers(ctx, "d", people(zoomapi.MaxDivisionMembers))))
		},
		"Roles": func(ctx ctx, c client) []error { return one(drain(c.Roles(ctx))) },
	}
}

// TestRequestsAreDescribed makes every request the client can make and holds
// it against Zoom's description of its API: path, method, query and body.
func TestRequestsAreDescribed(t *testing.T) {
	t.Parallel()
	seen := shown{}
	all := exercises(seen)
	var methods []string
	for m := range reflect.TypeFor[*zoomapi.Client]().Methods() {
		if m.Name != "Budget" && m.Name != "Reopen" { // They ask nobody.
			methods = append(methods, m.Name)
		}
	}
	if diff := cmp.Diff(methods, slices.Sorted(maps.Keys(all))); diff != "" {
		t.Fatalf("exercises (-methods of the client +exercised):\n%s", diff)
	}
	if _, err := described(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { // Bulk changes are ten seconds apart.
		for _, name := range methods {
			w := &wire{t: t}
			client := newClient(t, zoomapi.Options{HTTPClient: &http.Client{Transport: w}})
			for _, err := range all[name](t.Context(), client) {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if len(w.ops) < 2 {
				t.Errorf("%s sent nothing", name)
			}
		}
	})
	if left := seen.unset(); len(left) > 0 {
		t.Errorf("arguments never given: %v", left)
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[zoomapi.UserPatch](), reflect.TypeFor[zoomapi.FeaturesPatch](), reflect.TypeFor[zoomapi.NewUser](),
		reflect.TypeFor[zoomapi.DeleteOptions](), reflect.TypeFor[zoomapi.ListUsersOptions](), reflect.TypeFor[zoomapi.FeatureChange](),
		reflect.TypeFor[zoomapi.PhoneNumber](), reflect.TypeFor[zoomapi.CustomAttribute](), reflect.TypeFor[zoomapi.LicenseInfo](),
		reflect.TypeFor[zoomapi.PatchFeature](),
	} {
		if len(seen[typ]) != typ.NumField() {
			t.Errorf("%s was not looked at", typ)
		}
	}
}

// TestPatchesFitOrAreRefused sends whatever can be written into a patch: what
// Zoom's description does not allow must not leave.
func TestPatchesFitOrAreRefused(t *testing.T) {
	t.Parallel()
	text := func(r *rapid.T, name string, around int) *string {
		if rapid.Bool().Draw(r, name+" there") {
			return new(strings.Repeat("x", rapid.IntRange(max(0, around-2), around+2).Draw(r, name)))
		}
		return nil
	}
	sent, refused := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		p := zoomapi.UserPatch{
			FirstName: text(r, "first", 64), DisplayName: text(r, "display", 128), JobTitle: text(r, "title", 128),
			Location: text(r, "location", 256), Company: text(r, "company", 255), AboutMe: text(r, "about", 150),
		}
		if rapid.Bool().Draw(r, "lists") {
			p.DivisionIDs = new(rapid.SliceOfN(rapid.Just("d"), 0, 2).Draw(r, "divisions"))
			p.CustomAttributes = new(rapid.SliceOfN(rapid.Just(zoomapi.CustomAttribute{Key: "k"}), 0, 6).Draw(r, "attributes"))
			p.PhoneNumbers = new(rapid.SliceOfN(rapid.Custom(func(r *rapid.T) zoomapi.PhoneNumber {
				return zoomapi.PhoneNumber{Number: "1", Label: rapid.SampledFrom([]string{"", "Mobile", "Home", "Desk", "mobile"}).Draw(r, "label")}
			}), 0, 4).Draw(r, "phones"))
			p.LicenseInfo = new(rapid.SliceOfN(rapid.Custom(func(r *rapid.T) zoomapi.LicenseInfo {
				return zoomapi.LicenseInfo{LicenseType: rapid.SampledFrom([]string{"MEETING", "Meeting", ""}).Draw(r, "licence")}
			}), 0, 3).Draw(r, "licences"))
		}
		switch rapid.IntRange(0, 4).Draw(r, "plan") {
		case 0:
			p.Type = new(rapid.IntRange(0, 100).Draw(r, "type"))
		case 1:
			p.PlanUnitedType = new(rapid.SampledFrom([]string{"", "none", "1", "3", "131072", "262144", "01"}).Draw(r, "united"))
		case 2:
			p.PronounsOption, p.PMI = new(rapid.IntRange(0, 4).Draw(r, "option")), new(rapid.Int64Range(1, 1e11).Draw(r, "pmi"))
		}
		w := &wire{t: t}
		client, err := zoomapi.New(zoomapi.Options{
			AccountID: "acc", ClientID: "cid", ClientSecret: zoomapi.NewSecret(testSecret), HTTPClient: &http.Client{Transport: w},
		})
		if err != nil {
			r.Fatal(err)
		}
		switch err := client.UpdateUser(t.Context(), "id", p); {
		case err == nil:
			sent++
		case errors.Is(err, zoomapi.ErrInvalid) && len(w.ops) == 0:
			refused++
		default:
			r.Errorf("error %v after %v", err, w.ops)
		}
	})
	if sent == 0 || refused == 0 {
		t.Errorf("%d sent, %d refused: both should happen", sent, refused)
	}
}
