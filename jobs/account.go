package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// fewRows is up to how many rows reading people one by one is cheaper than listing the account.
const fewRows = 10

// accountReader reads what planning needs and counts the calls, as far as they can be counted from outside.
type accountReader struct {
	dir      Reader
	inFlight int
	reads    atomic.Int64
	mu       sync.Mutex
	a        *plan.Account
}

// readAccount reads as much of the account as one roster needs, in the cheapest sufficient way.
func readAccount(ctx context.Context, dir Reader, r *roster.Roster, mode plan.Mode, inFlight int) (plan.Account, error) {
	a := plan.Account{
		Users: make(map[string]zoomapi.User), Detailed: make(map[string]bool), Features: make(map[string]zoomapi.Features),
		Absent: make(map[string]bool),
	}
	ar := &accountReader{dir: dir, inFlight: max(1, inFlight), a: &a}
	// These say nothing about one another, so they are asked at once.
	g, together := errgroup.WithContext(ctx)
	for _, part := range []func(context.Context, *roster.Roster, plan.Mode) error{ar.people, ar.groups, ar.divisions, ar.licences} {
		g.Go(func() error { return part(together, r, mode) })
	}
	if err := g.Wait(); err != nil {
		return plan.Account{}, err
	}
	for _, part := range []func(context.Context, *roster.Roster, plan.Mode) error{ar.settings, ar.chatGroups} {
		if err := part(ctx, r, mode); err != nil {
			return plan.Account{}, err
		}
	}
	ar.attributes()
	a.Reads = int(ar.reads.Load())
	return a, nil
}

// people reads those whom the file names.
func (ar *accountReader) people(ctx context.Context, r *roster.Roster, mode plan.Mode) error {
	keys := rosterKeys(r)
	// Attributes are known only from the people who have them, so all are listed for their sake.
	if len(keys) <= fewRows && customFields(r) == "" {
		if err := ar.one(ctx, keys); err != nil {
			return err
		}
		return ar.managers(ctx, r)
	}
	if err := ar.all(ctx, customFields(r)); err != nil {
		return err
	}
	return ar.details(ctx, r, mode)
}

func rosterKeys(r *roster.Roster) []string {
	keys := make([]string, 0, len(r.Rows))
	for i := range r.Rows {
		// Rows with an error too: it may be about a value that the person has anyway.
		if k := r.Rows[i].Key(); k != "" && !slices.Contains(keys[:min(len(keys), fewRows+1)], k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// detailFields are those that Zoom's list lacks.
func detailFields() []roster.Field {
	return []roster.Field{
		roster.JobTitle, roster.Location, roster.Manager, roster.Company, roster.CostCenter, roster.PhoneNumber, roster.Language,
		roster.Pronouns,
	}
}

// customFields is what Zoom's list has to be asked for so that it holds the attributes of a file; "" when it needs none.
// A column that nobody knows may be one too.
func customFields(r *roster.Roster) string {
	for _, c := range r.Columns {
		if _, custom := c.Field.Custom(); custom || (c.Field == "" && c.Header != "") {
			return "custom_attributes"
		}
	}
	return ""
}

// statuses are the three lists that together hold everybody.
func statuses() []string {
	return []string{zoomapi.StatusActive, zoomapi.StatusInactive, zoomapi.StatusPending}
}

// list reads everybody in a status and tells how many they are.
func (ar *accountReader) list(ctx context.Context, status, include string) (n int, err error) {
	for u, err := range ar.dir.Users(ctx, zoomapi.ListUsersOptions{Status: status, IncludeFields: include}) {
		if err != nil {
			return n, fmt.Errorf("list %s users: %w", status, err)
		}
		u.Status = orDefault(u.Status, status)
		ar.put(&u)
		n++
	}
	ar.reads.Add(int64(1 + n/zoomapi.MaxPageSize))
	return n, nil
}

// put takes note of a person of a list. Of somebody who goes from one list to another meanwhile the status counts that
// comes later in a person's life, in whatever order the lists come: nobody who has accepted is only invited again.
func (ar *accountReader) put(u *zoomapi.User) {
	rank := func(status string) int {
		return slices.Index([]string{zoomapi.StatusPending, zoomapi.StatusActive, zoomapi.StatusInactive}, status)
	}
	key := plan.Key(u.Email)
	ar.mu.Lock()
	defer ar.mu.Unlock()
	if other, there := ar.a.Users[key]; !there || rank(other.Status) <= rank(u.Status) {
		ar.a.Users[key] = *u
	}
}

func (ar *accountReader) all(ctx context.Context, include string) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, status := range statuses() {
		g.Go(func() error {
			n, err := ar.list(ctx, status, include)
			if status == zoomapi.StatusActive {
				ar.a.People = n
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	ar.a.Complete, ar.a.AttributesListed = true, include != ""
	return nil
}

// one reads the people of a small file one by one. People who are only invited cannot always be read that way, so those
// are listed.
func (ar *accountReader) one(ctx context.Context, keys []string) error {
	if _, err := ar.list(ctx, zoomapi.StatusPending, ""); err != nil {
		return err
	}
	var missing []string
	for _, k := range keys {
		if _, pending := ar.a.Users[k]; !pending {
			missing = append(missing, k)
		}
	}
	return ar.each(ctx, missing, ar.detail)
}

// managers looks up others whom a small file names and who are not known otherwise: managers, people who get the data of
// somebody who goes, and whoever has an address that somebody is to get.
func (ar *accountReader) managers(ctx context.Context, r *roster.Roster) error {
	var keys []string
	for i := range r.Rows {
		for _, f := range []roster.Field{roster.Manager, roster.TransferTo, roster.NewEmail} {
			m := r.Rows[i].Get(f)
			key := plan.Key(m)
			_, known := ar.a.Users[key]
			if strings.Contains(m, "@") && !known && !ar.a.Absent[key] && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return ar.each(ctx, keys, ar.detail)
}

// maxDetails bounds the reads that only make a plan more precise about people whom the file leaves alone anyway.
const maxDetails = 500

// details reads the fields that Zoom's list lacks, of the people whose row names one.
func (ar *accountReader) details(ctx context.Context, r *roster.Roster, mode plan.Mode) error {
	fields := slices.DeleteFunc(detailFields(), func(f roster.Field) bool { return !r.Has(f) })
	if len(fields) == 0 {
		return nil
	}
	var known []string
	for i := range r.Rows {
		row := &r.Rows[i]
		names := slices.ContainsFunc(fields, func(f roster.Field) bool { return row.Has(f) || row.Clears(f) })
		if u, ok := ar.a.Users[row.Key()]; ok && names && u.Status != zoomapi.StatusPending {
			known = append(known, row.Key())
		}
	}
	if mode == plan.ModeImport && len(known) > maxDetails {
		return nil
	}
	return ar.each(ctx, known, ar.detail)
}

// each reads several people at once; the client keeps to Zoom's limits.
func (ar *accountReader) each(ctx context.Context, keys []string, read func(context.Context, string) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(ar.inFlight)
	for _, k := range keys {
		g.Go(func() error { return read(ctx, k) })
	}
	return g.Wait()
}

func (ar *accountReader) detail(ctx context.Context, key string) error {
	ar.reads.Add(1)
	u, err := ar.dir.User(ctx, key)
	ar.mu.Lock()
	defer ar.mu.Unlock()
	switch {
	case absent(err), isRowError(err):
		// Not there, or there in a way that only the creation can tell more about, such as in another account.
		delete(ar.a.Users, key)
		ar.a.Absent[key] = true
		return nil
	case err != nil:
		return fmt.Errorf("get a user of the file: %w", err)
	}
	listed := ar.a.Users[key]
	u.Status = orDefault(u.Status, orDefault(listed.Status, zoomapi.StatusActive))
	// Zoom may answer with the address in the form in which the person signed up; the file's form is the key.
	u.Email = key
	if len(u.CustomAttributes) == 0 {
		u.CustomAttributes = listed.CustomAttributes
	}
	ar.a.Users[key], ar.a.Detailed[key] = u, true
	return nil
}

// settings reads the add-ons of the people whose row names one, or takes their licence and the add-ons with it.
func (ar *accountReader) settings(ctx context.Context, r *roster.Roster, mode plan.Mode) error {
	if mode == plan.ModeImport {
		return nil
	}
	var keys []string
	for i := range r.Rows {
		row := &r.Rows[i]
		u, known := ar.a.Users[row.Key()]
		if known && u.Status == zoomapi.StatusActive && plan.NeedsFeatures(row, &u) {
			keys = append(keys, row.Key())
		}
	}
	return ar.each(ctx, keys, func(ctx context.Context, key string) error {
		ar.reads.Add(1)
		set, err := ar.dir.Settings(ctx, key)
		switch {
		case isRowError(err), absent(err):
			return nil
		case err != nil:
			return fmt.Errorf("get settings of a user: %w", err)
		}
		ar.mu.Lock()
		defer ar.mu.Unlock()
		ar.a.Features[key] = set.Feature
		return nil
	})
}

func (ar *accountReader) groups(ctx context.Context, r *roster.Roster, _ plan.Mode) error {
	if !r.Has(roster.UserGroup) {
		return nil
	}
	ar.reads.Add(1)
	for g, err := range ar.dir.Groups(ctx) {
		if err != nil {
			return fmt.Errorf("list groups: %w", err)
		}
		ar.a.Groups = append(ar.a.Groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.UserGroup})
	}
	return nil
}

// chatEdits are what the rows ask for of chat groups.
func chatEdits(r *roster.Roster) (names map[string]bool, all, used bool) {
	names = make(map[string]bool)
	if !r.Has(roster.ChatGroup) {
		return names, false, false
	}
	for i := range r.Rows {
		edit, ok := r.Rows[i].GroupEdit(roster.ChatGroup)
		if !ok {
			continue
		}
		used = true
		all = all || edit.Replace
		for _, n := range slices.Concat(edit.Join, edit.Leave) {
			names[plan.FoldName(n)] = true
		}
	}
	return names, all, used
}

// chatGroups reads the chat groups of whichever generation the account has.
func (ar *accountReader) chatGroups(ctx context.Context, r *roster.Roster, mode plan.Mode) error {
	names, all, used := chatEdits(r)
	if !used {
		return nil
	}
	ar.reads.Add(1)
	for g, err := range ar.dir.IMGroups(ctx) {
		switch {
		case errors.Is(err, zoomapi.ErrGone):
			return ar.contactGroups(ctx, func(g plan.Group) bool {
				return mode != plan.ModeImport && (all || names[plan.FoldName(g.Name)])
			})
		case unreadable(err):
			ar.a.ChatGroupsUnreadable = true
			return nil
		case err != nil:
			return fmt.Errorf("list chat groups: %w", err)
		}
		ar.a.Groups = append(ar.a.Groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.IMGroup})
	}
	return nil
}

// contactGroups reads the groups, and the members of those that are wanted: a person's record does not show them.
func (ar *accountReader) contactGroups(ctx context.Context, wanted func(plan.Group) bool) error {
	ar.reads.Add(1)
	for g, err := range ar.dir.ContactGroups(ctx) {
		switch {
		case unreadable(err):
			ar.a.ChatGroupsUnreadable = true
			return nil
		case err != nil:
			return fmt.Errorf("list contact groups: %w", err)
		}
		ar.a.Groups = append(ar.a.Groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.ContactGroup})
	}
	byID := make(map[string]string, len(ar.a.Users))
	for key, u := range ar.a.Users {
		if u.ID != "" {
			byID[u.ID] = key
		}
	}
	ar.a.Members = make(map[string]map[string]bool)
	for _, g := range ar.a.Groups {
		if g.Kind != plan.ContactGroup || !wanted(g) {
			continue
		}
		members := make(map[string]bool)
		ar.reads.Add(1)
		for m, err := range ar.dir.ContactGroupMembers(ctx, g.ID) {
			if err != nil {
				return fmt.Errorf("list members of a contact group: %w", err)
			}
			if key, ok := byID[m.ID]; ok {
				members[key] = true
			}
		}
		ar.a.Members[g.ID] = members
	}
	return nil
}

// divisions reads the divisions if the file names any. Accounts without them are told by the plan.
func (ar *accountReader) divisions(ctx context.Context, r *roster.Roster, _ plan.Mode) error {
	if !r.Has(roster.Division) {
		return nil
	}
	ar.reads.Add(1)
	for d, err := range ar.dir.Divisions(ctx) {
		switch {
		case unreadable(err):
			ar.a.DivisionsUnreadable = true
			return nil
		case err != nil:
			return fmt.Errorf("list divisions: %w", err)
		}
		ar.a.Divisions = append(ar.a.Divisions, plan.Division{ID: d.ID, Name: d.Name})
	}
	return nil
}

// attributes collects the fields that the account defined, as far as somebody has a value: Zoom has no list of them.
func (ar *accountReader) attributes() {
	seen := make(map[string]bool)
	for _, u := range ar.a.Users {
		for _, at := range u.CustomAttributes {
			if at.Key != "" && at.Name != "" && !seen[at.Key] {
				seen[at.Key] = true
				ar.a.Attributes = append(ar.a.Attributes, plan.Attribute{Key: at.Key, Name: at.Name})
			}
		}
	}
	slices.SortFunc(ar.a.Attributes, func(x, y plan.Attribute) int { return strings.Compare(x.Key, y.Key) })
}

// licences reads the seats. An app without the scope for it still plans; the card then says that the seats are unknown.
func (ar *accountReader) licences(ctx context.Context, _ *roster.Roster, _ plan.Mode) error {
	ar.reads.Add(1)
	usage, err := ar.dir.PlanUsage(ctx)
	switch {
	case unreadable(err), zoomapi.ClassOf(err) == zoomapi.Fatal && !errors.Is(err, zoomapi.ErrAuth):
		return nil
	case err != nil:
		return fmt.Errorf("get plan usage: %w", err)
	}
	ar.a.Pools = pools(usage)
	return nil
}

// pools sorts Zoom's numbers by licence.
func pools(usage zoomapi.PlanUsage) map[plan.Licence]plan.Licences {
	out := make(map[plan.Licence]plan.Licences)
	if base, ok := usage.Base(); ok {
		out[plan.LicenceBase] = plan.Licences{Total: base.Hosts, Used: base.Usage, Reserved: base.Pending}
	}
	for name, field := range map[string]roster.Field{
		"plan_large_meeting": roster.LargeMeeting, "plan_webinar": roster.Webinar, "plan_zoom_events": roster.ZoomEvents,
	} {
		for _, p := range usage.Pools[name] {
			if n := p.Capacity(); n > 0 {
				l := plan.AddOn(field, n)
				sum := out[l]
				out[l] = plan.Licences{Total: sum.Total + p.Hosts, Used: sum.Used + p.Usage, Reserved: sum.Reserved + p.Pending}
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
