package zoomapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/zoomusers/zoomusers/zoomapi"
)

func TestRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	type client = *zoomapi.Client
	many := make([]string, 51)
	for i := range many {
		many[i] = "u"
	}
	valid := zoomapi.NewUser{Email: testEmail, Type: zoomapi.TypeBasic}
	tests := []struct {
		name string
		call func(context.Context, client) error
	}{
		{"empty id", func(ctx context.Context, c client) error { _, err := c.User(ctx, " "); return err }},
		{"id that climbs", func(ctx context.Context, c client) error {
			return c.DeleteUser(ctx, "..", zoomapi.DeleteOptions{})
		}},
		{"wrong case of action", func(ctx context.Context, c client) error {
			_, err := c.CreateUser(ctx, "Create", valid)
			return err
		}},
		{"no address", func(ctx context.Context, c client) error {
			_, err := c.CreateUser(ctx, zoomapi.ActionCreate, zoomapi.NewUser{Type: 1})
			return err
		}},
		{"no type", func(ctx context.Context, c client) error {
			_, err := c.CreateUser(ctx, zoomapi.ActionCreate, zoomapi.NewUser{Email: testEmail})
			return err
		}},
		{"type none without SSO", func(ctx context.Context, c client) error {
			_, err := c.CreateUser(ctx, zoomapi.ActionCreate, zoomapi.NewUser{Email: testEmail, Type: 99})
			return err
		}},
		{"password on invitation", func(ctx context.Context, c client) error {
			u := valid
			u.Password = zoomapi.NewSecret("Passw0rd")
			_, err := c.CreateUser(ctx, zoomapi.ActionCreate, u)
			return err
		}},
		{"two plans in one patch", func(ctx context.Context, c client) error {
			return c.UpdateUser(ctx, "u", zoomapi.UserPatch{Type: new(1), PlanUnitedType: new("1")})
		}},
		{"transfer to nobody", func(ctx context.Context, c client) error {
			return c.DeleteUser(ctx, "u", zoomapi.DeleteOptions{TransferMeetings: true})
		}},
		{"unknown way to delete", func(ctx context.Context, c client) error {
			return c.DeleteUser(ctx, "u", zoomapi.DeleteOptions{Action: "Delete"})
		}},
		{"no new address", func(ctx context.Context, c client) error { return c.SetUserEmail(ctx, "u", "") }},
		{"31 group members", func(ctx context.Context, c client) error {
			_, err := c.AddGroupMembers(ctx, "g", many[:31])
			return err
		}},
		{"11 chat group members", func(ctx context.Context, c client) error {
			_, err := c.AddIMGroupMembers(ctx, "g", many[:11])
			return err
		}},
		{"51 contact group members", func(ctx context.Context, c client) error {
			_, err := c.AddContactGroupMembers(ctx, "g", many)
			return err
		}},
		{"21 contact group removals", func(ctx context.Context, c client) error {
			return c.RemoveContactGroupMembers(ctx, "g", many[:21])
		}},
		{"31 division members", func(ctx context.Context, c client) error {
			_, err := c.AddDivisionMembers(ctx, "d", many[:31])
			return err
		}},
		{"a member without a name", func(ctx context.Context, c client) error {
			_, err := c.AddGroupMembers(ctx, "g", []string{"u", ""})
			return err
		}},
		{"31 users for a feature", func(ctx context.Context, c client) error {
			_, err := c.SetUserFeatures(ctx, zoomapi.FeatureChange{Type: "webinar", Value: "1", Users: many[:31]})
			return err
		}},
		{"unnamed group", func(ctx context.Context, c client) error { _, err := c.CreateGroup(ctx, " "); return err }},
		{"contact group without privacy", func(ctx context.Context, c client) error {
			_, err := c.CreateContactGroup(ctx, "N", 0, nil)
			return err
		}},
		{"move to nowhere", func(ctx context.Context, c client) error { return c.MoveGroupMember(ctx, "g", "", "u") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := virtual(t, func(r *http.Request) (*http.Response, error) {
				t.Errorf("sent %s %s", r.Method, r.URL.Path)
				return answer(http.StatusOK, `{}`), nil
			})
			err := tt.call(t.Context(), client)
			if zoomapi.ClassOf(err) != zoomapi.RowError {
				t.Errorf("error %v of class %q, want a row error", err, zoomapi.ClassOf(err))
			}
			leakFree(t, err)
		})
	}
}

func TestNothingToDoIsNotSent(t *testing.T) {
	t.Parallel()
	client := virtual(t, func(r *http.Request) (*http.Response, error) {
		t.Errorf("sent %s %s", r.Method, r.URL.Path)
		return answer(http.StatusOK, `{}`), nil
	})
	if err := client.UpdateUser(t.Context(), "u", zoomapi.UserPatch{}); err != nil {
		t.Error(err)
	}
	if err := client.UpdateSettings(t.Context(), "u", zoomapi.FeaturesPatch{}); err != nil {
		t.Error(err)
	}
	if added, err := client.AddGroupMembers(t.Context(), "g", nil); err != nil || added != nil {
		t.Errorf("added %v, error %v", added, err)
	}
}
