package jobs

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Reader is the right to look at a Zoom account. Planning gets nothing more: a dry run is a type, not a flag.
type Reader interface {
	Users(ctx context.Context, o zoomapi.ListUsersOptions) iter.Seq2[zoomapi.User, error]
	User(ctx context.Context, idOrEmail string) (zoomapi.User, error)
	Groups(ctx context.Context) iter.Seq2[zoomapi.Group, error]
	IMGroups(ctx context.Context) iter.Seq2[zoomapi.Group, error]
	ContactGroups(ctx context.Context) iter.Seq2[zoomapi.ContactGroup, error]
	PlanUsage(ctx context.Context) (zoomapi.PlanUsage, error)
}

// Directory is a Reader with the right to change the account; [*zoomapi.Client] is one.
type Directory interface {
	Reader
	CreateUser(ctx context.Context, a zoomapi.CreateAction, u zoomapi.NewUser) (zoomapi.User, error)
	UpdateUser(ctx context.Context, idOrEmail string, p zoomapi.UserPatch) error
	AddGroupMembers(ctx context.Context, groupID string, members []string) ([]string, error)
	AddIMGroupMembers(ctx context.Context, groupID string, members []string) ([]string, error)
	AddContactGroupMembers(ctx context.Context, groupID string, members []string) ([]string, error)
}

// fewRows is up to how many rows reading people one by one is cheaper than listing the account.
const fewRows = 10

// accountReader reads what planning needs and counts the calls, as far as they can be counted from outside.
type accountReader struct {
	dir   Reader
	reads int
}

// readAccount reads as much of the account as one roster needs, in the cheapest sufficient way.
func readAccount(ctx context.Context, dir Reader, r *roster.Roster, set Settings) (plan.Account, error) {
	ar := &accountReader{dir: dir}
	a := plan.Account{Users: make(map[string]zoomapi.User), Detailed: make(map[string]bool)}
	keys := rosterKeys(r)
	var err error
	if len(keys) <= fewRows {
		err = ar.one(ctx, &a, keys)
	} else {
		err = ar.all(ctx, &a)
		if err == nil && needsDetails(r) {
			err = ar.details(ctx, &a, keys)
		}
	}
	if err != nil {
		return plan.Account{}, err
	}
	if r.Has(roster.UserGroup) {
		for g, err := range dir.Groups(ctx) {
			if err != nil {
				return plan.Account{}, fmt.Errorf("list groups: %w", err)
			}
			a.Groups = append(a.Groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.UserGroup})
		}
		ar.reads++
	}
	if usesChatGroups(r) {
		if err := ar.chatGroups(ctx, &a); err != nil {
			return plan.Account{}, err
		}
	}
	if set.UserType == zoomapi.TypeLicensed {
		if err := ar.licences(ctx, &a); err != nil {
			return plan.Account{}, err
		}
	}
	a.Reads = ar.reads
	return a, nil
}

func rosterKeys(r *roster.Roster) []string {
	keys := make([]string, 0, len(r.Rows))
	for i := range r.Rows {
		if k := r.Rows[i].Key(); k != "" && !r.Invalid(r.Rows[i].Number) {
			keys = append(keys, k)
		}
	}
	return keys
}

func usesChatGroups(r *roster.Roster) bool {
	for i := range r.Rows {
		if len(r.Rows[i].ChatGroups()) > 0 {
			return true
		}
	}
	return false
}

// needsDetails reports whether the file names fields that Zoom's list lacks.
func needsDetails(r *roster.Roster) bool {
	return r.Has(roster.JobTitle) || r.Has(roster.Location) || r.Has(roster.Manager)
}

// statuses are the three lists that together hold everybody.
func statuses() []string {
	return []string{zoomapi.StatusActive, zoomapi.StatusInactive, zoomapi.StatusPending}
}

func (ar *accountReader) list(ctx context.Context, a *plan.Account, status string) error {
	n := 0
	for u, err := range ar.dir.Users(ctx, zoomapi.ListUsersOptions{Status: status}) {
		if err != nil {
			return fmt.Errorf("list %s users: %w", status, err)
		}
		if u.Status == "" {
			u.Status = status
		}
		a.Users[plan.Key(u.Email)] = u
		n++
	}
	ar.reads += 1 + n/zoomapi.MaxPageSize
	return nil
}

func (ar *accountReader) all(ctx context.Context, a *plan.Account) error {
	for _, status := range statuses() {
		if err := ar.list(ctx, a, status); err != nil {
			return err
		}
	}
	a.Complete = true
	return nil
}

// one reads the people of a small file one by one. People who are only invited cannot always be read that way, so those
// are listed.
func (ar *accountReader) one(ctx context.Context, a *plan.Account, keys []string) error {
	if err := ar.list(ctx, a, zoomapi.StatusPending); err != nil {
		return err
	}
	for _, k := range keys {
		if _, pending := a.Users[k]; pending {
			continue
		}
		if err := ar.detail(ctx, a, k); err != nil {
			return err
		}
	}
	return nil
}

// maxDetails bounds the reads that only make a plan more precise about people whom an import leaves alone anyway.
const maxDetails = 500

func (ar *accountReader) details(ctx context.Context, a *plan.Account, keys []string) error {
	var known []string
	for _, k := range keys {
		if u, ok := a.Users[k]; ok && u.Status == zoomapi.StatusActive {
			known = append(known, k)
		}
	}
	if len(known) > maxDetails {
		return nil
	}
	for _, k := range known {
		if err := ar.detail(ctx, a, k); err != nil {
			return err
		}
	}
	return nil
}

func (ar *accountReader) detail(ctx context.Context, a *plan.Account, key string) error {
	ar.reads++
	u, err := ar.dir.User(ctx, key)
	switch {
	case absent(err), isRowError(err):
		// Not there, or there in a way that only the creation can tell more about, such as in another account.
		delete(a.Users, key)
		return nil
	case err != nil:
		return fmt.Errorf("get a user of the file: %w", err)
	}
	if u.Status == "" {
		u.Status = zoomapi.StatusActive
	}
	// Zoom may answer with the address in the form in which the person signed up; the file's form is the key.
	u.Email = key
	a.Users[key], a.Detailed[key] = u, true
	return nil
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

// chatGroups reads the chat groups of whichever generation the account has.
func (ar *accountReader) chatGroups(ctx context.Context, a *plan.Account) error {
	ar.reads++
	for g, err := range ar.dir.IMGroups(ctx) {
		switch {
		case errors.Is(err, zoomapi.ErrGone):
			return ar.contactGroups(ctx, a)
		case unreadable(err):
			a.ChatGroupsUnreadable = true
			return nil
		case err != nil:
			return fmt.Errorf("list chat groups: %w", err)
		}
		a.Groups = append(a.Groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.IMGroup})
	}
	return nil
}

func (ar *accountReader) contactGroups(ctx context.Context, a *plan.Account) error {
	ar.reads++
	for g, err := range ar.dir.ContactGroups(ctx) {
		switch {
		case unreadable(err):
			a.ChatGroupsUnreadable = true
			return nil
		case err != nil:
			return fmt.Errorf("list contact groups: %w", err)
		}
		a.Groups = append(a.Groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.ContactGroup})
	}
	return nil
}

// licences reads the seats. An app without the scope for it still plans; the card then says that the seats are unknown.
func (ar *accountReader) licences(ctx context.Context, a *plan.Account) error {
	ar.reads++
	usage, err := ar.dir.PlanUsage(ctx)
	switch {
	case unreadable(err), zoomapi.ClassOf(err) == zoomapi.Fatal && !errors.Is(err, zoomapi.ErrAuth):
		return nil
	case err != nil:
		return fmt.Errorf("get plan usage: %w", err)
	}
	if base, ok := usage.Base(); ok {
		a.Licences = plan.Licences{Known: true, Total: base.Hosts, Used: base.Usage, Reserved: base.Pending}
	}
	return nil
}

// unreadable reports whether the account or the app simply does not offer what was asked for.
func unreadable(err error) bool {
	return errors.Is(err, zoomapi.ErrScope) || errors.Is(err, zoomapi.ErrForbidden) || errors.Is(err, zoomapi.ErrNotFound) ||
		errors.Is(err, zoomapi.ErrGone) || errors.Is(err, zoomapi.ErrInvalid)
}
