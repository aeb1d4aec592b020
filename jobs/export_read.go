package jobs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/unicode/norm"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// ExportReader is the right to look at everything that an export may show.
type ExportReader interface {
	Reader
	Roles(ctx context.Context) iter.Seq2[zoomapi.Role, error]
	Divisions(ctx context.Context) iter.Seq2[zoomapi.Division, error]
	ContactGroupMembers(ctx context.Context, groupID string) iter.Seq2[zoomapi.ContactMember, error]
	Settings(ctx context.Context, idOrEmail string) (zoomapi.Settings, error)
	Summary(ctx context.Context) (zoomapi.Summary, error)
}

// exporter reads what one query asks for, and no more.
type exporter struct {
	dir      ExportReader
	query    *Query
	needs    needs
	inFlight int
	// reckon says what reading n people one by one takes; told is called with it before that begins. Both may be nil.
	reckon func(people int) ExportCost
	told   func(context.Context, Exported) error

	// people are those who are asked for, by address; account is what else is known of them.
	people  []zoomapi.User
	account plan.Account
	roles   map[string]string
	found   Exported
	// done and total are people who were read and who are to be: of the lists first, then of those read one by one.
	done, total atomic.Int64
	// phase changes when people are begun to be read one by one.
	phase atomic.Int64
}

func newExporter(dir ExportReader, q *Query, inFlight int) *exporter {
	return &exporter{
		dir: dir, query: q, needs: q.needs(), inFlight: inFlight,
		account: plan.Account{
			Detailed: make(map[string]bool), Features: make(map[string]zoomapi.Features), Members: make(map[string]map[string]bool),
		},
	}
}

// read reads the account.
func (x *exporter) read(ctx context.Context) error {
	for _, part := range []func(context.Context) error{x.readRoles, x.readGroups, x.readDivisions, x.readUsers} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	x.found.People = len(x.people)
	if x.reckon != nil {
		x.found.Cost = x.reckon(len(x.people))
	}
	if x.told != nil {
		if err := x.told(ctx, x.found); err != nil {
			return err
		}
	}
	if x.needs.chats && len(x.people) > 0 {
		if err := x.readChats(ctx); err != nil {
			return err
		}
	}
	if x.needs.details || x.needs.addOns {
		if err := x.readEach(ctx); err != nil {
			return err
		}
	}
	x.found.People = len(x.people)
	x.settleColumns()
	return nil
}

// unreadable leaves columns out of the file.
func (x *exporter) unreadable(fields ...roster.Field) {
	for _, f := range fields {
		if slices.Contains(x.query.columns(), f) {
			x.found.Unreadable = added(x.found.Unreadable, f)
		}
	}
}

// settleColumns decides which columns the file has.
func (x *exporter) settleColumns() {
	for _, f := range x.query.columns() {
		switch {
		case f == AllAttributes:
			for _, a := range attributeColumns(attributesOf(x.people)) {
				x.found.Columns = added(x.found.Columns, a)
			}
		case !slices.Contains(x.found.Unreadable, f):
			x.found.Columns = added(x.found.Columns, f)
		}
	}
}

// readRoles reads the names of the roles. Those that every account has are known where Zoom does not show them.
func (x *exporter) readRoles(ctx context.Context) error {
	if !x.needs.roles {
		return nil
	}
	x.roles = map[string]string{
		zoomapi.RoleOwner: "Owner", zoomapi.RoleAdmin: "Admin", zoomapi.RoleMember: "Member",
	}
	for r, err := range x.dir.Roles(ctx) {
		switch {
		case unreadable(err):
			return nil
		case err != nil:
			return fmt.Errorf("list roles: %w", err)
		}
		x.roles[r.ID] = r.Name
	}
	return nil
}

func (x *exporter) readGroups(ctx context.Context) error {
	if !x.needs.groups {
		return nil
	}
	for g, err := range x.dir.Groups(ctx) {
		switch {
		case unreadable(err) && len(x.query.Groups) == 0:
			x.unreadable(roster.UserGroup)
			return nil
		case err != nil:
			return fmt.Errorf("list groups: %w", err)
		}
		x.account.Groups = append(x.account.Groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.UserGroup})
	}
	return nil
}

func (x *exporter) readDivisions(ctx context.Context) error {
	if !x.needs.divisions {
		return nil
	}
	for d, err := range x.dir.Divisions(ctx) {
		switch {
		case unreadable(err):
			x.unreadable(roster.Division)
			return nil
		case err != nil:
			return fmt.Errorf("list divisions: %w", err)
		}
		x.account.Divisions = append(x.account.Divisions, plan.Division{ID: d.ID, Name: d.Name})
	}
	return nil
}

// readUsers lists the people and keeps those who are asked for, in the order of their addresses.
func (x *exporter) readUsers(ctx context.Context) error {
	keep, roleID := x.filter()
	o := zoomapi.ListUsersOptions{RoleID: roleID}
	if x.needs.attributes {
		o.IncludeFields = "custom_attributes"
	}
	at := make(map[string]int)
	for _, status := range x.query.statuses() {
		o.Status = status
		before := x.done.Load()
		o.OnPage = func(have, total int) {
			x.done.Store(before + int64(have))
			x.total.Store(before + int64(max(have, total)))
		}
		for u, err := range x.dir.Users(ctx, o) {
			if err != nil {
				return fmt.Errorf("list %s users: %w", status, err)
			}
			u.Status = orDefault(u.Status, status)
			key := plan.Key(u.Email)
			x.found.Listed++
			i, met := at[key]
			switch {
			case key == "":
				// Nobody could be told by such a row.
			case met:
				x.people[i] = u
			default:
				at[key] = len(x.people)
				x.people = append(x.people, u)
			}
		}
	}
	if x.needs.attributes {
		// Of everybody: which of two attributes of one name a file means must not depend on who is in it.
		x.account.Attributes, x.account.AttributesListed = attributesOf(x.people), true
	}
	// Whoever was met in two lists counts as in the later one, so that only now is clear who is asked for.
	x.people = slices.DeleteFunc(x.people, func(u zoomapi.User) bool { return !keep(&u) })
	slices.SortFunc(x.people, func(a, b zoomapi.User) int { return strings.Compare(plan.Key(a.Email), plan.Key(b.Email)) })
	return nil
}

// filter is who is asked for. Names that the account does not have are noted. With one role only, Zoom can filter itself.
func (x *exporter) filter() (keep func(*zoomapi.User) bool, roleID string) {
	q := x.query
	names := make(map[string]string, len(x.account.Groups))
	for _, g := range x.account.Groups {
		names[g.ID] = g.Name
	}
	groups := x.idsOf(roster.UserGroup, q.Groups, names)
	roles := x.idsOf(roster.Role, q.Roles, x.roles)
	if len(roles) == 1 {
		roleID = roles[0]
	}
	var departments []string
	for _, d := range q.Departments {
		departments = append(departments, alike(d))
	}
	words := strings.Fields(alike(q.Text))
	return func(u *zoomapi.User) bool {
		return (len(q.Types) == 0 || slices.Contains(q.Types, plan.TypeName(u.Type))) &&
			(len(q.Groups) == 0 || slices.ContainsFunc(u.GroupIDs, func(id string) bool { return slices.Contains(groups, id) })) &&
			(len(q.Roles) == 0 || slices.Contains(roles, u.RoleID)) &&
			(len(departments) == 0 || slices.Contains(departments, alike(u.Department))) &&
			(q.Since.IsZero() || addedSince(u, q.Since)) &&
			(len(words) == 0 || mentions(u, words))
	}, roleID
}

// idsOf are the ids of everything that has one of the names.
func (x *exporter) idsOf(f roster.Field, wanted []string, names map[string]string) []string {
	var ids []string
	for _, w := range wanted {
		known := false
		for id, name := range names {
			if alike(name) == alike(w) {
				ids, known = added(ids, id), true
			}
		}
		if known {
			continue
		}
		var all []string
		for _, name := range names {
			all = append(all, name)
		}
		slices.Sort(all)
		x.found.Unknown = append(x.found.Unknown, UnknownName{Field: f, Name: w, Nearest: nearestOf(w, all)})
	}
	return ids
}

// alike makes texts equal that people take for the same: without accents, capitals and odd blanks.
func alike(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(plainSigns(roster.Clean(roster.DisplayName, s))))
	return strings.Join(strings.Fields(strings.ToLower(strings.ToUpper(s))), " ")
}

// addedSince reports whether somebody was added on a day or after it. Of people who are only invited Zoom does not tell when
// they were, so that they count.
func addedSince(u *zoomapi.User, since time.Time) bool {
	at, ok := parseMoment(createdAt(u))
	return !ok || !at.Before(since)
}

// mentions reports whether every word is in somebody's address or names.
func mentions(u *zoomapi.User, words []string) bool {
	all := alike(u.Email) + "\n" + alike(u.FirstName) + "\n" + alike(u.LastName) + "\n" + alike(u.DisplayName)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) })
}

// readChats reads the chat groups of whichever generation the account has.
func (x *exporter) readChats(ctx context.Context) error {
	var groups []plan.Group
	for g, err := range x.dir.IMGroups(ctx) {
		switch {
		case errors.Is(err, zoomapi.ErrGone):
			return x.readContacts(ctx)
		case unreadable(err):
			x.unreadable(roster.ChatGroup)
			return nil
		case err != nil:
			return fmt.Errorf("list chat groups: %w", err)
		}
		groups = append(groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.IMGroup})
	}
	x.account.Groups = append(x.account.Groups, groups...)
	return nil
}

// readContacts reads the contact groups and who is in them, which no user's record tells.
func (x *exporter) readContacts(ctx context.Context) error {
	var groups []plan.Group
	for g, err := range x.dir.ContactGroups(ctx) {
		switch {
		case unreadable(err):
			x.unreadable(roster.ChatGroup)
			return nil
		case err != nil:
			return fmt.Errorf("list contact groups: %w", err)
		}
		groups = append(groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.ContactGroup})
	}
	x.account.Groups = append(x.account.Groups, groups...)
	keys := make(map[string]string, 2*len(x.people))
	for i := range x.people {
		key := plan.Key(x.people[i].Email)
		keys[x.people[i].ID], keys[key] = key, key
	}
	delete(keys, "")
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, x.inFlight))
	for _, group := range groups {
		g.Go(func() error {
			members, err := x.members(ctx, group.ID, keys)
			mu.Lock()
			defer mu.Unlock()
			x.account.Members[group.ID] = members
			return err
		})
	}
	return g.Wait()
}

// members are the keys of those people of the export who are in a contact group.
func (x *exporter) members(ctx context.Context, groupID string, keys map[string]string) (map[string]bool, error) {
	members := make(map[string]bool)
	for m, err := range x.dir.ContactGroupMembers(ctx, groupID) {
		switch {
		case errors.Is(err, zoomapi.ErrNotFound):
			// The group was removed a moment ago.
			return members, nil
		case err != nil:
			return nil, fmt.Errorf("list the members of a contact group: %w", err)
		}
		key := orDefault(keys[m.ID], keys[plan.Key(m.ID)])
		if key != "" && m.Type != zoomapi.ContactNested {
			members[key] = true
		}
	}
	return members, nil
}

// readEach reads people one by one, many at once: one call for the fields that lists lack, one for the add-ons. People who
// are only invited have neither yet.
func (x *exporter) readEach(ctx context.Context) error {
	x.done.Store(0)
	x.total.Store(int64(len(x.people)))
	x.phase.Add(1)
	gone := make([]bool, len(x.people))
	detailed := make([]bool, len(x.people))
	features := make([]*zoomapi.Features, len(x.people))
	var details, addOns oneByOne
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, x.inFlight))
	for i := range x.people {
		g.Go(func() error {
			defer x.done.Add(1)
			u := &x.people[i]
			if x.needs.details && u.Status != zoomapi.StatusPending {
				read, got, err := ask(&details, func() (zoomapi.User, error) { return x.dir.User(ctx, nameOf(u)) })
				switch {
				case err != nil:
					return fmt.Errorf("get a user: %w", err)
				case got == answered:
					withDetails(u, &read)
					detailed[i] = true
				case got == notThere:
					// Who has left meanwhile must not be in the file: an update would miss them.
					gone[i] = true
					return nil
				}
			}
			if x.needs.addOns && mayHaveAddOns(u) {
				read, got, err := ask(&addOns, func() (zoomapi.Settings, error) { return x.dir.Settings(ctx, nameOf(u)) })
				if err != nil {
					return fmt.Errorf("get a user's settings: %w", err)
				}
				if got == answered {
					features[i] = &read.Feature
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	kept := x.people[:0]
	for i := range x.people {
		if gone[i] {
			continue
		}
		key := plan.Key(x.people[i].Email)
		if detailed[i] {
			x.account.Detailed[key] = true
		}
		if features[i] != nil {
			x.account.Features[key] = *features[i]
		}
		kept = append(kept, x.people[i])
	}
	x.people = kept
	if details.vain() {
		x.unreadable(detailColumns()...)
	}
	if addOns.vain() {
		x.unreadable(addOnColumns()...)
	}
	return nil
}

// mayHaveAddOns reports whether somebody's settings are worth a call: add-ons stand on the licence, and the settings of
// people who are only invited cannot be read.
func mayHaveAddOns(u *zoomapi.User) bool {
	return u.Status == zoomapi.StatusActive && (u.Type == zoomapi.TypeLicensed || u.Type == 0)
}

// oneByOne counts calls that are made for each person.
type oneByOne struct {
	asked, read atomic.Int64
	// closed says that the app has no right to any of them.
	closed atomic.Bool
}

// vain reports whether nobody could be read though somebody was asked for.
func (o *oneByOne) vain() bool { return o.asked.Load() > 0 && o.read.Load() == 0 }

// reply is what became of a call for one person.
type reply int

const (
	// answered: read. notThere: the person is not in the account. refused: Zoom does not tell.
	answered reply = iota
	notThere
	refused
)

// ask makes a call for one person. What Zoom does not tell of one is a blank cell, not the end of the export.
func ask[T any](o *oneByOne, call func() (T, error)) (v T, got reply, err error) {
	if o.closed.Load() {
		return v, refused, nil
	}
	o.asked.Add(1)
	v, err = call()
	switch {
	case err == nil:
		o.read.Add(1)
		return v, answered, nil
	case absent(err):
		return v, notThere, nil
	case errors.Is(err, zoomapi.ErrScope):
		o.closed.Store(true)
		return v, refused, nil
	case isRowError(err), errors.Is(err, zoomapi.ErrPending), errors.Is(err, zoomapi.ErrForbidden):
		return v, refused, nil
	}
	return v, refused, err
}

// nameOf is how Zoom is asked for somebody: people who are only invited have no id in lists.
func nameOf(u *zoomapi.User) string { return orDefault(u.ID, u.Email) }

// withDetails adds to what a list gave of somebody what lists lack.
func withDetails(u, read *zoomapi.User) {
	u.JobTitle, u.Location, u.Manager, u.Company = read.JobTitle, read.Location, read.Manager, read.Company
	u.CostCenter, u.PhoneNumbers, u.Language = read.CostCenter, read.PhoneNumbers, read.Language
	u.Pronouns, u.LoginTypes = orDefault(read.Pronouns, u.Pronouns), read.LoginTypes
}
