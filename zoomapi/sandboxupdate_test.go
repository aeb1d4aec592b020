package zoomapi_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// TestSandboxUpdate writes and reads back everything an update is about.
func TestSandboxUpdate(t *testing.T) {
	t.Parallel()
	c, account := sandbox(t, zoomtest.Options{NoLimits: true})
	ctx := t.Context()
	account.Seed(60)
	account.AddUser(zoomtest.User{Email: testEmail, FirstName: "Ada", LastName: "L"})
	var division zoomapi.Division
	for d, err := range c.Divisions(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		division = d
	}
	phones := []zoomapi.PhoneNumber{{Country: "FR", Code: "+33", Number: "612345678", Label: "Mobile"}}
	patch := zoomapi.UserPatch{
		FirstName: new("Augusta"), DisplayName: new("Ada K"), Department: new("R&D"), JobTitle: new("Countess"), Location: new("London"),
		Company: new("Engines"), Manager: new("owner@example.com"), CostCenter: new("1815"), Language: new("en-US"),
		Timezone: new("Europe/London"), Pronouns: new("she/her"), Type: new(zoomapi.TypeLicensed), PhoneNumbers: &phones,
		CustomAttributes: &[]zoomapi.CustomAttribute{{Key: "cbf_site", Value: "North"}, {Key: "cbf_badge", Value: "Blue"}},
		DivisionIDs:      &[]string{division.ID},
	}
	if err := c.UpdateUser(ctx, testEmail, patch); err != nil {
		t.Fatal(err)
	}
	if err := c.UpdateUser(ctx, testEmail, zoomapi.UserPatch{
		JobTitle: new(""), PhoneNumbers: &[]zoomapi.PhoneNumber{}, CustomAttributes: &[]zoomapi.CustomAttribute{{Key: "cbf_site"}},
	}); err != nil {
		t.Fatal(err)
	}
	got := must[zoomapi.User](t)(c.User(ctx, testEmail))
	want := zoomapi.User{
		FirstName: "Augusta", LastName: "L", DisplayName: "Ada K", Department: "R&D", Location: "London", Company: "Engines",
		Manager: "owner@example.com", CostCenter: "1815", Language: "en-US", Timezone: "Europe/London", Pronouns: "she/her",
		Type: zoomapi.TypeLicensed, DivisionIDs: []string{division.ID}, Email: testEmail,
		CustomAttributes: []zoomapi.CustomAttribute{{Key: "cbf_badge", Name: "Badge", Value: "Blue"}},
	}
	profile := zoomapi.User{
		FirstName: got.FirstName, LastName: got.LastName, DisplayName: got.DisplayName, Department: got.Department,
		JobTitle: got.JobTitle, Location: got.Location, Company: got.Company, Manager: got.Manager, CostCenter: got.CostCenter,
		Language: got.Language, Timezone: got.Timezone, Pronouns: got.Pronouns, Type: got.Type, PhoneNumbers: got.PhoneNumbers,
		DivisionIDs: got.DivisionIDs, CustomAttributes: got.CustomAttributes, Email: got.Email,
	}
	if diff := cmp.Diff(want, profile); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	for u, err := range c.Users(ctx, zoomapi.ListUsersOptions{IncludeFields: "custom_attributes"}) {
		if err != nil {
			t.Fatal(err)
		}
		if u.Email == testEmail && (len(u.CustomAttributes) != 1 || u.JobTitle+u.Location+u.Company+u.Manager+u.Language != "") {
			t.Errorf("in the list: %+v", u)
		}
	}
	refused := zoomapi.UserPatch{PhoneNumbers: &[]zoomapi.PhoneNumber{{Country: "US", Code: "+1", Number: "5005550001", Label: "Mobile"}}}
	err := c.UpdateUser(ctx, testEmail, refused)
	if e, ok := errors.AsType[*zoomapi.Error](err); !ok || e.Class() != zoomapi.RowError || len(e.Fields) != 1 || e.Fields[0].Field != "phone_numbers" {
		t.Errorf("refused phone: %v", err)
	}
	if err := c.UpdateUser(ctx, testEmail, zoomapi.UserPatch{Manager: new("nobody@example.net")}); !errors.Is(err, zoomapi.ErrInvalid) {
		t.Errorf("manager who is not there: %v", err)
	}

	// Add-ons take the seats that the plan names, and go with the licence.
	free := func() int {
		for _, p := range must[zoomapi.PlanUsage](t)(c.PlanUsage(ctx)).Pools["plan_webinar"] {
			if p.Capacity() == 1000 {
				return p.Free()
			}
		}
		return -1
	}
	if err := account.SetSeats("webinar", 1000, account.Usage().Webinar["1000"].Used+1); err != nil {
		t.Fatal(err)
	}
	on := zoomapi.FeaturesPatch{Webinar: new(true), WebinarCapacity: new(1000)}
	if err := c.UpdateSettings(ctx, testEmail, on); err != nil || free() != 0 {
		t.Errorf("webinar: %v, %d seats free", err, free())
	}
	if s := must[zoomapi.Settings](t)(c.Settings(ctx, testEmail)); !s.Feature.Webinar || s.Feature.WebinarCapacity != 1000 {
		t.Errorf("settings %+v", s)
	}
	account.AddUser(zoomtest.User{Email: "next@example.com", Type: zoomtest.Licensed})
	if err := c.UpdateSettings(ctx, "next@example.com", on); !errors.Is(err, zoomapi.ErrNoSeats) || zoomapi.ClassOf(err) != zoomapi.Pause {
		t.Errorf("no webinar seat left: %v", err)
	}
	if err := c.UpdateUser(ctx, testEmail, zoomapi.UserPatch{Type: new(zoomapi.TypeBasic)}); err != nil || free() != 1 {
		t.Errorf("downgrade: %v, %d seats free", err, free())
	}
	if err := c.UpdateSettings(ctx, testEmail, on); zoomapi.ClassOf(err) != zoomapi.RowError {
		t.Errorf("webinar for a Basic person: %v", err)
	}
	if err := c.SetUserStatus(ctx, testEmail, false); err != nil {
		t.Fatal(err)
	}
	if got := people(t, c, zoomapi.ListUsersOptions{Status: zoomapi.StatusInactive}); !slices.Contains(got, testEmail) {
		t.Errorf("inactive: %v", got)
	}
	if err := c.SetUserStatus(ctx, testEmail, true); err != nil {
		t.Fatal(err)
	}
}

// TestSandboxChats joins and leaves chat groups of both generations.
func TestSandboxChats(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	t.Run("IM groups", func(t *testing.T) {
		t.Parallel()
		c, account := sandbox(t, zoomtest.Options{NoLimits: true, IMGroups: true})
		account.Seed(20)
		ada := account.AddUser(zoomtest.User{Email: testEmail})
		id := account.IMGroups()[1].ID
		if added, err := c.AddIMGroupMembers(ctx, id, []string{testEmail}); err != nil || !slices.Equal(added, []string{ada.ID}) {
			t.Fatalf("added %v, %v", added, err)
		}
		if got := must[zoomapi.User](t)(c.User(ctx, testEmail)).IMGroupIDs; !slices.Equal(got, []string{id}) {
			t.Errorf("groups %v", got)
		}
		if err := c.RemoveIMGroupMember(ctx, id, testEmail); err != nil || slices.Contains(account.ChatMembers(id), testEmail) {
			t.Errorf("leave: %v, %v", err, account.ChatMembers(id))
		}
	})
	t.Run("contact groups", func(t *testing.T) {
		t.Parallel()
		c, account := sandbox(t, zoomtest.Options{NoLimits: true})
		account.Seed(20)
		ada := account.AddUser(zoomtest.User{Email: testEmail})
		for _, err := range c.IMGroups(ctx) {
			if !errors.Is(err, zoomapi.ErrGone) {
				t.Errorf("IM groups of a migrated account: %v", err)
			}
		}
		var id string
		for g, err := range c.ContactGroups(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if g.Name == "Watercooler" {
				id = g.ID
			}
		}
		if added, err := c.AddContactGroupMembers(ctx, id, []string{ada.ID}); err != nil || !slices.Equal(added, []string{ada.ID}) {
			t.Fatalf("added %v, %v", added, err)
		}
		found := false
		for m, err := range c.ContactGroupMembers(ctx, id) {
			if err != nil {
				t.Fatal(err)
			}
			found = found || m.ID == ada.ID && m.Type == zoomapi.ContactUser
		}
		if err := c.RemoveContactGroupMembers(ctx, id, []string{ada.ID}); err != nil || !found || slices.Contains(account.ChatMembers(id), testEmail) {
			t.Errorf("found %v, leave: %v, %v", found, err, account.ChatMembers(id))
		}
	})
}

// TestSandboxWebhook has the sandbox tell a handler that somebody accepted.
func TestSandboxWebhook(t *testing.T) {
	t.Parallel()
	joined := make(chan zoomapi.Webhook, 10)
	handler := zoomapi.WebhookHandler(zoomapi.WebhookOptions{
		Secret: zoomapi.NewSecret(testSecret), AccountID: zoomtest.DefaultAccountID,
		Callback: func(_ context.Context, w zoomapi.Webhook) {
			if w.Joined() {
				joined <- w
			}
		},
	})
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, account := sandbox(t, zoomtest.Options{WebhookURL: server.URL, WebhookSecret: testSecret})
	user := must[zoomapi.User](t)(c.CreateUser(t.Context(), zoomapi.ActionCreate, zoomapi.NewUser{Email: testEmail, Type: zoomapi.TypeBasic}))
	if err := account.Activate(testEmail); err != nil {
		t.Fatal(err)
	}
	for _, event := range []string{zoomapi.EventInvitationAccepted, zoomapi.EventActivated} {
		select {
		case w := <-joined:
			if w.Event != event || w.Email != testEmail || w.UserID != user.ID || w.Time.IsZero() {
				t.Errorf("webhook %s %s of %s, want %s of %s", w.Event, w.Email, w.UserID, event, user.ID)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no %s; deliveries: %+v", event, account.Deliveries())
		}
	}
	account.SetWebhook(server.URL, "wrong")
	if err := account.ValidateWebhook(t.Context()); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("wrong secret: %v", err)
	}
}
