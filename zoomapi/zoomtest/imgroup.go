package zoomtest

import (
	"net/http"
	"slices"
)

// imSearch says who can find an IM group.
type imSearch struct {
	ByDomain    bool `json:"search_by_domain"`
	ByAccount   bool `json:"search_by_account"`
	ByMAAccount bool `json:"search_by_ma_account"`
}

type imItem struct {
	Group
	imSearch

	Type string `json:"type"`
}

type imBody struct {
	Name        *string `json:"name"`
	Type        *string `json:"type"`
	ByDomain    *bool   `json:"search_by_domain"`
	ByAccount   *bool   `json:"search_by_account"`
	ByMAAccount *bool   `json:"search_by_ma_account"`
}

// AddIMGroup makes an IM (chat) group, or returns the one of that name. The
// API shows it only with Options.IMGroups.
func (a *Account) AddIMGroup(name string) Group {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.imGroups.named(name)
	if g == nil {
		g = a.imGroups.add(a, name)
		g.kind = "normal"
	}
	return g.public()
}

// IMGroups returns the IM groups in order of arrival.
func (a *Account) IMGroups() []Group {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.imGroups.public()
}

// migrated is the answer of accounts whose chat groups became user groups.
func (a *Account) migrated() (answer, bool) {
	if a.opts.IMGroups {
		return answer{}, true
	}
	return refuse(http.StatusGone, 4137, "The IM group API is no longer available to this account. Use contact groups."), false
}

func (g *group) imItem() imItem {
	return imItem{Group: g.public(), imSearch: g.search, Type: g.kind}
}

// listIMGroups serves GET /im/groups.
func listIMGroups(a *Account, _ *call) answer {
	if refusal, good := a.migrated(); !good {
		return refusal
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	items := make([]imItem, 0, len(a.imGroups.order))
	for _, g := range a.imGroups.order {
		items = append(items, g.imItem())
	}
	return ok(http.StatusOK, map[string]any{"total_records": len(items), "groups": items})
}

func (b imBody) check(nameNeeded bool) (answer, bool) {
	var k checks
	k.check((b.Name == nil && !nameNeeded) || (b.Name != nil && validGroupName(*b.Name)), "name")
	k.check(b.Type == nil || slices.Contains([]string{"normal", "shared", "restricted"}, *b.Type), "type")
	return k.result()
}

func (b imBody) apply(g *group) {
	set(&g.kind, b.Type)
	set(&g.search.ByDomain, b.ByDomain)
	set(&g.search.ByAccount, b.ByAccount)
	set(&g.search.ByMAAccount, b.ByMAAccount)
}

// createIMGroup serves POST /im/groups.
func createIMGroup(a *Account, c *call) answer {
	if refusal, good := a.migrated(); !good {
		return refusal
	}
	var body imBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if refusal, good := body.check(true); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.imGroups.named(*body.Name) != nil {
		return nameTaken(*body.Name)
	}
	g := a.imGroups.add(a, *body.Name)
	g.kind = "normal"
	body.apply(g)
	return ok(http.StatusCreated, g.imItem())
}

// getIMGroup serves GET /im/groups/{groupId}.
func getIMGroup(a *Account, c *call) answer {
	if refusal, good := a.migrated(); !good {
		return refusal
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	g := a.imGroups.byID[c.param(0)]
	if g == nil {
		return noGroup(c.param(0))
	}
	return ok(http.StatusOK, g.imItem())
}

// updateIMGroup serves PATCH /im/groups/{groupId}.
func updateIMGroup(a *Account, c *call) answer {
	if refusal, good := a.migrated(); !good {
		return refusal
	}
	var body imBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if refusal, good := body.check(false); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.imGroups.byID[c.param(0)]
	if g == nil {
		return noGroup(c.param(0))
	}
	if body.Name != nil {
		if other := a.imGroups.named(*body.Name); other != nil && other != g {
			return nameTaken(*body.Name)
		}
		a.imGroups.rename(g, *body.Name)
	}
	body.apply(g)
	return done()
}

// deleteIMGroup serves DELETE /im/groups/{groupId}.
func deleteIMGroup(a *Account, c *call) answer {
	if refusal, good := a.migrated(); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.imGroups.byID[c.param(0)]
	if g == nil {
		return noGroup(c.param(0))
	}
	for len(g.members) > 0 {
		a.leaveIM(g.members[len(g.members)-1], g.ID)
	}
	a.imGroups.remove(g)
	return done()
}

func (a *Account) leaveIM(p *person, id string) {
	next := p.clone()
	next.IMGroupIDs = without(next.IMGroupIDs, id)
	a.update(p, next)
}

// listIMMembers serves GET /im/groups/{groupId}/members.
func listIMMembers(a *Account, c *call) answer {
	if refusal, good := a.migrated(); !good {
		return refusal
	}
	return membersOf(a, c, a.imGroups, 300)
}

// addIMMembers serves POST /im/groups/{groupId}/members, ten at a time.
func addIMMembers(a *Account, c *call) answer {
	if refusal, good := a.migrated(); !good {
		return refusal
	}
	return join(a, c, a.imGroups, 10, func(u *User, id string) { u.IMGroupIDs = appendNew(u.IMGroupIDs, id) })
}

// removeIMMember serves DELETE /im/groups/{groupId}/members/{memberId}.
func removeIMMember(a *Account, c *call) answer {
	if refusal, good := a.migrated(); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g, p, refusal, found := a.member(c, a.imGroups)
	if !found {
		return refusal
	}
	a.leaveIM(p, g.ID)
	return done()
}
