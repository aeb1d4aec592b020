package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// AccountColumns is what a file may say about people of this account.
type AccountColumns struct {
	// Groups and ChatGroups are sorted by name. GroupsUnreadable and ChatGroupsUnreadable say that the account or the app
	// does not let us see them.
	Groups, ChatGroups                     []GroupSize
	GroupsUnreadable, ChatGroupsUnreadable bool
	// Pools are the seats by licence; nil when Zoom does not tell.
	Pools map[plan.Licence]plan.Licences
	// Divisions are names, sorted; empty on accounts without any.
	Divisions []string
	// Attributes are names of the fields that the account defined, sorted, as far as somebody has a value.
	Attributes []string
	// AllowDelete says that files may delete and unlink people.
	AllowDelete bool
	// ReadAt is when the account was read.
	ReadAt time.Time
}

// GroupSize is a group and how many people are in it.
type GroupSize struct {
	Name    string
	Members int
}

// Licences lists the licences that the account has: the base licence first, then large meetings, webinars and Zoom Events by
// capacity.
func (a *AccountColumns) Licences() []plan.Licence {
	rank := func(l plan.Licence) int {
		switch field, n, _ := l.Split(); field { //nolint:exhaustive // The others are no add-ons.
		case roster.LargeMeeting:
			return n
		case roster.Webinar:
			return n + 1<<20
		case roster.ZoomEvents:
			return n + 2<<20
		}
		return 0
	}
	out := make([]plan.Licence, 0, len(a.Pools))
	for l := range a.Pools {
		out = append(out, l)
	}
	slices.SortFunc(out, func(x, y plan.Licence) int { return cmp.Compare(rank(x), rank(y)) })
	return out
}

// columnsCache keeps what was read for a moment: people ask for a template and then for the columns.
type columnsCache struct {
	mu sync.Mutex
	AccountColumns
}

// columnsMemory is how long what the account allows is believed.
const columnsMemory = time.Minute

// attributePeople bounds through how many people attributes are looked for. Zoom has no list of them.
const attributePeople = 5 * zoomapi.MaxPageSize

// Columns reads what files may say on this account, in a handful of calls, at most once a minute. What the account or the app
// does not offer is left out; the caller must not change the result.
func (s *Service) Columns(ctx context.Context) (AccountColumns, error) {
	s.columns.mu.Lock()
	defer s.columns.mu.Unlock()
	if read := s.columns.ReadAt; !read.IsZero() && s.now().Sub(read) < columnsMemory {
		return s.columns.AccountColumns, nil
	}
	a := AccountColumns{AllowDelete: s.o.AllowDelete}
	for _, part := range []func(context.Context, Reader, *AccountColumns) error{
		readGroupSizes, readChatGroupSizes, readDivisions, readAttributes, readPools,
	} {
		if err := part(ctx, s.o.Directory, &a); err != nil {
			return AccountColumns{}, err
		}
	}
	byName := func(x, y GroupSize) int {
		return cmp.Or(cmp.Compare(plan.FoldName(x.Name), plan.FoldName(y.Name)), cmp.Compare(x.Name, y.Name))
	}
	slices.SortFunc(a.Groups, byName)
	slices.SortFunc(a.ChatGroups, byName)
	slices.Sort(a.Divisions)
	slices.Sort(a.Attributes)
	a.ReadAt = s.now()
	s.columns.AccountColumns = a
	return a, nil
}

func readGroupSizes(ctx context.Context, dir Reader, a *AccountColumns) error {
	for g, err := range dir.Groups(ctx) {
		switch {
		case unreadable(err):
			a.GroupsUnreadable = true
			return nil
		case err != nil:
			return fmt.Errorf("list groups: %w", err)
		}
		a.Groups = append(a.Groups, GroupSize{g.Name, g.TotalMembers})
	}
	return nil
}

// readChatGroupSizes reads the chat groups of whichever generation the account has.
func readChatGroupSizes(ctx context.Context, dir Reader, a *AccountColumns) error {
	for g, err := range dir.IMGroups(ctx) {
		switch {
		case errors.Is(err, zoomapi.ErrGone):
			return readContactGroupSizes(ctx, dir, a)
		case unreadable(err):
			a.ChatGroupsUnreadable = true
			return nil
		case err != nil:
			return fmt.Errorf("list chat groups: %w", err)
		}
		a.ChatGroups = append(a.ChatGroups, GroupSize{g.Name, g.TotalMembers})
	}
	return nil
}

func readContactGroupSizes(ctx context.Context, dir Reader, a *AccountColumns) error {
	for g, err := range dir.ContactGroups(ctx) {
		switch {
		case unreadable(err):
			a.ChatGroupsUnreadable = true
			return nil
		case err != nil:
			return fmt.Errorf("list contact groups: %w", err)
		}
		a.ChatGroups = append(a.ChatGroups, GroupSize{g.Name, g.TotalMembers})
	}
	return nil
}

func readDivisions(ctx context.Context, dir Reader, a *AccountColumns) error {
	for d, err := range dir.Divisions(ctx) {
		switch {
		case unreadable(err):
			return nil
		case err != nil:
			return fmt.Errorf("list divisions: %w", err)
		}
		a.Divisions = append(a.Divisions, d.Name)
	}
	return nil
}

func readAttributes(ctx context.Context, dir Reader, a *AccountColumns) error {
	n := 0
	for u, err := range dir.Users(ctx, zoomapi.ListUsersOptions{IncludeFields: "custom_attributes"}) {
		if err != nil {
			return fmt.Errorf("list active users: %w", err)
		}
		for _, at := range u.CustomAttributes {
			if name := strings.TrimSpace(at.Name); name != "" && !slices.Contains(a.Attributes, name) {
				a.Attributes = append(a.Attributes, name)
			}
		}
		if n++; n == attributePeople {
			break
		}
	}
	return nil
}

func readPools(ctx context.Context, dir Reader, a *AccountColumns) error {
	usage, err := dir.PlanUsage(ctx)
	switch {
	case unreadable(err), zoomapi.ClassOf(err) == zoomapi.Fatal && !errors.Is(err, zoomapi.ErrAuth):
		return nil
	case err != nil:
		return fmt.Errorf("get plan usage: %w", err)
	}
	a.Pools = pools(usage)
	return nil
}
