package jobs

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Reader is the right to look at a Zoom account. Planning gets nothing more: a dry run is a type, not a flag.
type Reader interface {
	Users(ctx context.Context, o zoomapi.ListUsersOptions) iter.Seq2[zoomapi.User, error]
	User(ctx context.Context, idOrEmail string) (zoomapi.User, error)
	Groups(ctx context.Context) iter.Seq2[zoomapi.Group, error]
	IMGroups(ctx context.Context) iter.Seq2[zoomapi.Group, error]
	ContactGroups(ctx context.Context) iter.Seq2[zoomapi.ContactGroup, error]
	ContactGroupMembers(ctx context.Context, groupID string) iter.Seq2[zoomapi.ContactMember, error]
	Divisions(ctx context.Context) iter.Seq2[zoomapi.Division, error]
	Settings(ctx context.Context, idOrEmail string) (zoomapi.Settings, error)
	PlanUsage(ctx context.Context) (zoomapi.PlanUsage, error)
}

// Directory is a Reader with the right to change the account; [*zoomapi.Client] is one.
type Directory interface {
	Reader
	ExportReader
	Budget(ctx context.Context) ([]zoomapi.Allowance, error)
	// Reopen lets calls through again that Zoom refused for the rest of the day, so that it decides anew.
	Reopen(ctx context.Context) error
	CreateUser(ctx context.Context, a zoomapi.CreateAction, u zoomapi.NewUser) (zoomapi.User, error)
	UpdateUser(ctx context.Context, idOrEmail string, p zoomapi.UserPatch) error
	UpdateSettings(ctx context.Context, idOrEmail string, p zoomapi.FeaturesPatch) error
	SetUserStatus(ctx context.Context, idOrEmail string, activate bool) error
	DeleteUser(ctx context.Context, idOrEmail string, o zoomapi.DeleteOptions) error
	SetUserEmail(ctx context.Context, idOrEmail, email string) error
	CreateGroup(ctx context.Context, name string) (zoomapi.Group, error)
	AddGroupMembers(ctx context.Context, groupID string, members []string) ([]string, error)
	AddIMGroupMembers(ctx context.Context, groupID string, members []string) ([]string, error)
	AddContactGroupMembers(ctx context.Context, groupID string, members []string) ([]string, error)
	RemoveGroupMember(ctx context.Context, groupID, idOrEmail string) error
	RemoveIMGroupMember(ctx context.Context, groupID, idOrEmail string) error
	RemoveContactGroupMembers(ctx context.Context, groupID string, members []string) error
}

// absent reports whether Zoom says that a person is not in the account. Somebody whose invitation lapsed is not either.
func absent(err error) bool {
	return errors.Is(err, zoomapi.ErrNotFound) || errors.Is(err, zoomapi.ErrInvitationExpired)
}

// lookup reads one person who ought to be there. Absence is not an error.
func lookup(ctx context.Context, dir Reader, key string) (zoomapi.User, bool, error) {
	u, err := dir.User(ctx, key)
	switch {
	case absent(err):
		return zoomapi.User{}, false, nil
	case err != nil:
		return zoomapi.User{}, false, fmt.Errorf("look up a person: %w", err)
	}
	return u, true, nil
}

// listPending reads who is invited and has not accepted, by key.
func listPending(ctx context.Context, dir Reader) (map[string]bool, error) {
	pending := make(map[string]bool)
	for u, err := range dir.Users(ctx, zoomapi.ListUsersOptions{Status: zoomapi.StatusPending}) {
		if err != nil {
			return nil, fmt.Errorf("list pending users: %w", err)
		}
		pending[plan.Key(u.Email)] = true
	}
	return pending, nil
}

// unreadable reports whether the account or the app simply does not offer what was asked for.
func unreadable(err error) bool {
	return errors.Is(err, zoomapi.ErrScope) || errors.Is(err, zoomapi.ErrForbidden) || errors.Is(err, zoomapi.ErrNotFound) ||
		errors.Is(err, zoomapi.ErrGone) || errors.Is(err, zoomapi.ErrInvalid)
}
