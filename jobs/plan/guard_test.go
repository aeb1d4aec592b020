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

// TestProtected: nothing takes licences, access or addresses from those who run the account, unless settings allow it for
// administrators.
func TestProtected(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		row    values
		field  string
		admins bool
		want   plan.Verdict
		code   roster.Code
	}{
		{name: "licence of an administrator", row: cells("chief", "user_type", "basic"), field: "user_type", want: plan.VerdictInvalid, code: plan.CodeProtectedAdmin},
		{name: "less than basic", row: cells("boss", "user_type", "unassigned"), field: "user_type", want: plan.VerdictInvalid, code: plan.CodeProtectedAdmin},
		{name: "a licence for an administrator", row: cells("boss", "user_type", "licensed"), want: plan.VerdictUpdate},
		{name: "access of an administrator", row: cells("boss", "action", "deactivate"), field: "status", want: plan.VerdictInvalid, code: plan.CodeProtectedAdmin},
		{name: "address of an administrator", row: cells("boss", "new_email", "elsewhere@example.com"), field: "new_email", want: plan.VerdictInvalid, code: plan.CodeProtectedAdmin},
		{name: "anything else of an administrator", row: cells("boss", "department", "Lab"), want: plan.VerdictUpdate},
		{name: "licence of the owner", row: cells("owner", "user_type", "basic"), field: "user_type", want: plan.VerdictInvalid, code: plan.CodeProtectedOwner},
		{name: "access of the owner", row: cells("owner", "action", "deactivate"), field: "status", want: plan.VerdictInvalid, code: plan.CodeProtectedOwner},
		{name: "address of the owner", row: cells("owner", "new_email", "elsewhere@example.com"), field: "new_email", want: plan.VerdictInvalid, code: plan.CodeProtectedOwner},
		{name: "administrators may be changed", row: cells("chief", "user_type", "basic"), admins: true, want: plan.VerdictUpdate},
		{name: "administrators may be shut out", row: cells("boss", "action", "deactivate"), admins: true, want: plan.VerdictDeactivate},
		{name: "administrators may be deleted by nobody", row: cells("boss", "action", "delete"), admins: true, want: plan.VerdictInvalid, code: plan.CodeCannotDelete},
		{name: "the owner not even then", row: cells("owner", "user_type", "basic"), field: "user_type", admins: true, want: plan.VerdictInvalid, code: plan.CodeProtectedOwner},
		{name: "others are not", row: cells("na", "new_email", "elsewhere@example.com"), want: plan.VerdictUpdate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, o := fullAccount(), changing()
			chief := person("chief", zoomapi.TypeLicensed, func(u *zoomapi.User) { u.RoleID = "1" })
			a.Users["chief@example.com"] = chief
			o.AllowAdmins = tt.admins
			p := build(t, rosterOf(tt.row), a, o)
			if got := p.Changes[0].Verdict; got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if tt.code == "" {
				if got := strings.Join(codes(p), ","); strings.Contains(got, "protected") {
					t.Errorf("issues %s", got)
				}
				return
			}
			if is := find(t, p, tt.code); tt.field != "" {
				if diff := cmp.Diff(map[string]string{"field": tt.field}, is.Params); diff != "" {
					t.Errorf("params mismatch (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestOwnRole: a role that the account has made may give rights that nobody shall lose by a slip, so people look twice.
func TestOwnRole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, role string
		row        values
		want       bool
	}{
		{"access", "RhelpDesk", cells("chief", "action", "deactivate"), true},
		{"account", "RhelpDesk", cells("chief", "action", "delete"), true},
		{"licence", "RhelpDesk", cells("chief", "user_type", "basic"), true},
		{"address", "RhelpDesk", cells("chief", "new_email", "elsewhere@example.com"), true},
		{"anything else", "RhelpDesk", cells("chief", "department", "Lab"), false},
		{"nothing", "RhelpDesk", cells("chief", "user_type", "licensed"), false},
		{"a member", "2", cells("chief", "action", "deactivate"), false},
		{"somebody of whom Zoom does not tell", "", cells("chief", "action", "deactivate"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, o := fullAccount(), changing()
			a.Users["chief@example.com"] = person("chief", zoomapi.TypeLicensed, func(u *zoomapi.User) { u.ID, u.RoleID = "u-chief", tt.role })
			p := build(t, rosterOf(tt.row), a, o)
			if got := slices.Contains(codes(p), "warning "+string(plan.CodeRole)); got != tt.want {
				t.Errorf("issues %v, warned about the role: %t, want %t", codes(p), got, tt.want)
			}
		})
	}
}

// TestPeople: how many people a plan concerns is told with how many there are, as far as that is known.
func TestPeople(t *testing.T) {
	t.Parallel()
	rows := rosterOf(
		cells("na", "action", "deactivate"), cells("nb", "department", "Lab"), cells("off", "action", "activate"),
		cells("pend", "action", "withdraw"), cells("fresh", "first_name", "F", "last_name", "F"), cells("nc", "action", "delete"),
	)
	for _, tt := range []struct {
		name     string
		edit     func(*plan.Account)
		people   int
		tellsFew bool
	}{
		{"everybody was read", func(*plan.Account) {}, 23, false},
		{"few were read", func(a *plan.Account) { a.Complete = false }, 0, false},
		{"few were read, and their number told", func(a *plan.Account) { a.Complete, a.People = false, 9 }, 9, true},
	} {
		a := fullAccount()
		tt.edit(&a)
		p := build(t, rows, a, changing())
		if p.People != tt.people || p.Touched() != 4 || p.Removed() != 2 {
			t.Errorf("%s: %d of %d people touched, %d removed; want 4 of %d and 2", tt.name, p.Touched(), p.People, p.Removed(), tt.people)
		}
		if got := strings.Contains(strings.Join(codes(p), ","), string(plan.CodeTouchesMany)); got != tt.tellsFew {
			t.Errorf("%s: far-reaching: %v, want %v", tt.name, got, tt.tellsFew)
		}
	}
}
