package zoomtest

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// maxGroups is the most user groups an account can have.
const maxGroups = 5_000

func noGroup(id string) answer { return notFound(4130, "Group does not exist: "+id+".") }

type groupBody struct {
	Name string `json:"name"`
}

type groupPage struct {
	Groups        []Group `json:"groups"`
	TotalRecords  int     `json:"total_records"`
	PageSize      int     `json:"page_size"`
	NextPageToken string  `json:"next_page_token"`
}

// listGroups serves GET /groups.
func listGroups(a *Account, c *call) answer {
	ask, refusal, good := askPage(c, "groups", 30, 300)
	if !good {
		return refusal
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	page, next := cutPage(a.groups.order, ask, groupSeq)
	items := make([]Group, 0, len(page))
	for _, g := range page {
		items = append(items, g.public())
	}
	return ok(http.StatusOK, groupPage{
		Groups: items, TotalRecords: len(a.groups.order) + c.faults.totalOffset, PageSize: ask.size, NextPageToken: next,
	})
}

func validGroupName(name string) bool {
	return strings.TrimSpace(name) != "" && utf8.RuneCountInString(name) < 128
}

// createGroup serves POST /groups.
func createGroup(a *Account, c *call) answer {
	var body groupBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if !validGroupName(body.Name) {
		return invalidField("name", "Invalid field.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	limit := a.perDay(a.limits().GroupsPerDay)
	switch {
	case a.groups.named(body.Name) != nil:
		return nameTaken(body.Name)
	case len(a.groups.order) >= maxGroups:
		return badRequest(300, "The account has reached the maximum number of groups.")
	case !a.opts.NoLimits && limit >= 0 && a.newGroups.today(c.now) >= limit:
		return dailyRefusal(Light, limit, c.now)
	}
	a.newGroups.today(c.now)
	a.newGroups.used++
	return ok(http.StatusCreated, a.groups.add(a, body.Name).public())
}

func nameTaken(name string) answer {
	return refuse(http.StatusConflict, 4132, "Group name "+name+" is already in use.")
}

// getGroup serves GET /groups/{groupId}.
func getGroup(a *Account, c *call) answer {
	a.mu.RLock()
	defer a.mu.RUnlock()
	g := a.groups.byID[c.param(0)]
	if g == nil {
		return noGroup(c.param(0))
	}
	return ok(http.StatusOK, g.public())
}

// renameGroup serves PATCH /groups/{groupId}.
func renameGroup(a *Account, c *call) answer {
	var body groupBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if !validGroupName(body.Name) {
		return invalidField("name", "Invalid field.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.groups.byID[c.param(0)]
	if g == nil {
		return noGroup(c.param(0))
	}
	if other := a.groups.named(body.Name); other != nil && other != g {
		return nameTaken(body.Name)
	}
	a.groups.rename(g, body.Name)
	return done()
}

// deleteGroup serves DELETE /groups/{groupId}.
func deleteGroup(a *Account, c *call) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.groups.byID[c.param(0)]
	if g == nil {
		return noGroup(c.param(0))
	}
	for len(g.members) > 0 {
		p := g.members[len(g.members)-1]
		next := p.clone()
		next.GroupIDs = without(next.GroupIDs, g.ID)
		a.update(p, next)
	}
	a.groups.remove(g)
	a.contacts.forget(g.ID)
	return done()
}

type memberItem struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Type      int    `json:"type"`
}

type memberPage struct {
	PageCount     int          `json:"page_count"`
	PageNumber    int          `json:"page_number"`
	PageSize      int          `json:"page_size"`
	TotalRecords  int          `json:"total_records"`
	NextPageToken string       `json:"next_page_token"`
	Members       []memberItem `json:"members"`
}

// listMembers serves GET /groups/{groupId}/members.
func listMembers(a *Account, c *call) answer { return membersOf(a, c, a.groups, 2000) }

func membersOf(a *Account, c *call, set *groupSet, limit int) answer {
	ask, refusal, good := askPage(c, "members "+c.param(0), 30, limit)
	if !good {
		return refusal
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	g := set.byID[c.param(0)]
	if g == nil {
		return noGroup(c.param(0))
	}
	page, next := cutPage(g.members, ask, personSeq)
	items := make([]memberItem, 0, len(page))
	for _, p := range page {
		items = append(items, memberItem{ID: p.ID, Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, Type: p.Type})
	}
	return ok(http.StatusOK, memberPage{
		PageCount: pageCount(len(g.members), ask.size), PageNumber: ask.number, PageSize: ask.size,
		TotalRecords: len(g.members) + c.faults.totalOffset, NextPageToken: next, Members: items,
	})
}

type membersBody struct {
	Members []memberRef `json:"members"`
}

type addedBody struct {
	IDs     string `json:"ids"`
	AddedAt string `json:"added_at"`
}

// addMembers serves POST /groups/{groupId}/members. Pending people and unknown
// ones are missing from ids, without an error; those who are in the group
// already are named.
func addMembers(a *Account, c *call) answer {
	return join(a, c, a.groups, 30, func(u *User, id string) { u.GroupIDs = appendNew(u.GroupIDs, id) })
}

func join(a *Account, c *call, set *groupSet, limit int, add func(*User, string)) answer {
	var body membersBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	var k checks
	k.check(len(body.Members) > 0 && len(body.Members) <= limit, "members")
	for _, m := range body.Members {
		k.check(m.ref() != "", "members")
	}
	if refusal, good := k.result(); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := set.byID[c.param(0)]
	if g == nil {
		return noGroup(c.param(0))
	}
	var ids []string
	for _, m := range body.Members {
		p := a.lookup(m.ref())
		if p == nil || p.Lapsed || p.Status == Pending {
			continue
		}
		next := p.clone()
		add(&next, g.ID)
		a.update(p, next)
		ids = appendNew(ids, p.ID)
	}
	return ok(http.StatusCreated, addedBody{IDs: strings.Join(ids, ","), AddedAt: c.now.Format(time.RFC3339)})
}

// member finds a group and one of its members.
func (a *Account) member(c *call, set *groupSet) (*group, *person, answer, bool) {
	g := set.byID[c.param(0)]
	if g == nil {
		return nil, nil, noGroup(c.param(0)), false
	}
	p := a.lookup(c.param(1))
	if p != nil {
		if _, in := findSeq(g.members, p.seq, personSeq); in {
			return g, p, answer{}, true
		}
	}
	return g, nil, notFound(4131, "The group member does not exist: "+c.param(1)+"."), false
}

// removeMember serves DELETE /groups/{groupId}/members/{memberId}.
func removeMember(a *Account, c *call) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	g, p, refusal, found := a.member(c, a.groups)
	if !found {
		return refusal
	}
	next := p.clone()
	next.GroupIDs = without(next.GroupIDs, g.ID)
	a.update(p, next)
	return done()
}

// updateMember serves PATCH /groups/{groupId}/members/{memberId}.
func updateMember(a *Account, c *call) answer {
	var body struct {
		Action string `json:"action"`
		Target string `json:"target_group_id"`
	}
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g, p, refusal, found := a.member(c, a.groups)
	if !found {
		return refusal
	}
	next := p.clone()
	switch body.Action {
	case "set_primary":
		next.GroupIDs = append([]string{g.ID}, without(next.GroupIDs, g.ID)...)
	case "move":
		if a.groups.byID[body.Target] == nil {
			return noGroup(body.Target)
		}
		next.GroupIDs = appendNew(without(next.GroupIDs, g.ID), body.Target)
	default:
		return invalidField("action", "Invalid field.")
	}
	a.update(p, next)
	return done()
}
