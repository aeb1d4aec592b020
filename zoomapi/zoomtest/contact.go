package zoomtest

import (
	"net/http"
	"slices"
	"strings"
)

// Kinds of contact group members.
const (
	entryUser  = 1
	entryGroup = 2
)

// contactEntry is a person or a user group in a contact group. Pages are cut
// by seq.
type contactEntry struct {
	Type int    `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`

	seq int64
}

func entrySeq(e contactEntry) int64 { return e.seq }

type contactRef struct {
	Type int    `json:"type"`
	ID   string `json:"id"`
}

type contactItem struct {
	ID      string `json:"group_id"`
	Name    string `json:"group_name"`
	Privacy int    `json:"group_privacy"`
	About   string `json:"description"`
}

type contactBody struct {
	contactItem

	TotalMembers int `json:"total_members"`
}

func (g *group) contactItem() contactItem {
	return contactItem{ID: g.ID, Name: g.name, Privacy: g.privacy, About: g.about}
}

func noContactGroup(id string) answer {
	return badRequest(300, "Contact group does not exist: "+id+".")
}

// listContactGroups serves GET /contacts/groups.
func listContactGroups(a *Account, c *call) answer {
	ask, refusal, good := askPage(c, "contacts", 10, 50)
	if !good {
		return refusal
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	page, next := cutPage(a.contacts.order, ask, groupSeq)
	items := make([]contactItem, 0, len(page))
	for _, g := range page {
		items = append(items, g.contactItem())
	}
	return ok(http.StatusOK, map[string]any{"groups": items, "next_page_token": next, "page_size": ask.size})
}

// createContactGroup serves POST /contacts/groups.
func createContactGroup(a *Account, c *call) answer {
	var body struct {
		Name    string       `json:"group_name"`
		Privacy *int         `json:"group_privacy"`
		About   string       `json:"description"`
		Members []contactRef `json:"group_members"`
	}
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	var k checks
	k.check(validGroupName(body.Name), "group_name")
	k.check(body.Privacy == nil || (*body.Privacy >= 1 && *body.Privacy <= 3), "group_privacy")
	checkContactRefs(&k, body.Members)
	if refusal, good := k.result(); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.contacts.named(body.Name) != nil {
		return badRequest(300, "Contact group name "+body.Name+" is already in use.")
	}
	g := a.contacts.add(a, body.Name)
	g.privacy, g.about = 1, body.About
	set(&g.privacy, body.Privacy)
	a.enter(g, body.Members)
	return ok(http.StatusCreated, contactBody{contactItem: g.contactItem(), TotalMembers: len(g.entries)})
}

// checkContactRefs holds the limits of one call: 50 people and 3 groups.
func checkContactRefs(k *checks, refs []contactRef) {
	people, groups := 0, 0
	for _, m := range refs {
		k.check(m.ID != "" && (m.Type == entryUser || m.Type == entryGroup), "group_members")
		if m.Type == entryGroup {
			groups++
		} else {
			people++
		}
	}
	k.check(people <= 50 && groups <= 3, "group_members")
}

// enter puts people and groups into a contact group and returns their ids;
// unknown and pending ones are left out.
func (a *Account) enter(g *group, refs []contactRef) []string {
	ids := []string{}
	for _, m := range refs {
		e := contactEntry{Type: m.Type}
		if m.Type == entryGroup {
			sub := a.groups.byID[m.ID]
			if sub == nil {
				continue
			}
			e.ID, e.Name = sub.ID, sub.name
		} else {
			p := a.lookup(m.ID)
			if p == nil || p.Lapsed || p.Status == Pending {
				continue
			}
			e.ID, e.Name = p.ID, p.DisplayName
		}
		ids = append(ids, e.ID)
		if slices.ContainsFunc(g.entries, func(o contactEntry) bool { return o.ID == e.ID }) {
			continue
		}
		a.seq++
		e.seq = a.seq
		g.entries = append(slices.Clone(g.entries), e)
	}
	return ids
}

// getContactGroup serves GET /contacts/groups/{groupId}.
func getContactGroup(a *Account, c *call) answer {
	a.mu.RLock()
	defer a.mu.RUnlock()
	g := a.contacts.byID[c.param(0)]
	if g == nil {
		return noContactGroup(c.param(0))
	}
	return ok(http.StatusOK, contactBody{contactItem: g.contactItem(), TotalMembers: len(g.entries)})
}

// updateContactGroup serves PATCH /contacts/groups/{groupId}.
func updateContactGroup(a *Account, c *call) answer {
	var body struct {
		Name    *string `json:"name"`
		Privacy *int    `json:"privacy"`
		About   *string `json:"description"`
	}
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	var k checks
	k.check(body.Name == nil || validGroupName(*body.Name), "name")
	k.check(body.Privacy == nil || (*body.Privacy >= 1 && *body.Privacy <= 3), "privacy")
	if refusal, good := k.result(); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.contacts.byID[c.param(0)]
	if g == nil {
		return noContactGroup(c.param(0))
	}
	if body.Name != nil {
		if other := a.contacts.named(*body.Name); other != nil && other != g {
			return badRequest(300, "Contact group name "+*body.Name+" is already in use.")
		}
		a.contacts.rename(g, *body.Name)
	}
	set(&g.privacy, body.Privacy)
	set(&g.about, body.About)
	return done()
}

// deleteContactGroup serves DELETE /contacts/groups/{groupId}.
func deleteContactGroup(a *Account, c *call) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.contacts.byID[c.param(0)]
	if g == nil {
		return noContactGroup(c.param(0))
	}
	a.contacts.remove(g)
	return done()
}

// listContactMembers serves GET /contacts/groups/{groupId}/members.
func listContactMembers(a *Account, c *call) answer {
	ask, refusal, good := askPage(c, "contact members "+c.param(0), 10, 50)
	if !good {
		return refusal
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	g := a.contacts.byID[c.param(0)]
	if g == nil {
		return noContactGroup(c.param(0))
	}
	page, next := cutPage(g.entries, ask, entrySeq)
	return ok(http.StatusOK, map[string]any{
		"members": append([]contactEntry{}, page...), "next_page_token": next, "page_size": ask.size,
	})
}

// addContactMembers serves POST /contacts/groups/{groupId}/members.
func addContactMembers(a *Account, c *call) answer {
	var body struct {
		Members []contactRef `json:"group_members"`
	}
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	var k checks
	k.check(len(body.Members) > 0, "group_members")
	checkContactRefs(&k, body.Members)
	if refusal, good := k.result(); !good {
		return refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.contacts.byID[c.param(0)]
	if g == nil {
		return noContactGroup(c.param(0))
	}
	return ok(http.StatusCreated, map[string]any{"member_ids": a.enter(g, body.Members)})
}

// removeContactMembers serves DELETE /contacts/groups/{groupId}/members: at
// most 20 ids, and one member must stay.
func removeContactMembers(a *Account, c *call) answer {
	ids := strings.Split(c.query.Get("member_ids"), ",")
	if c.query.Get("member_ids") == "" || len(ids) > 20 {
		return invalidField("member_ids", "Invalid field.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.contacts.byID[c.param(0)]
	if g == nil {
		return noContactGroup(c.param(0))
	}
	left := slices.DeleteFunc(slices.Clone(g.entries), func(e contactEntry) bool { return slices.Contains(ids, e.ID) })
	if len(left) == 0 {
		return badRequest(300, "At least one member must stay in the contact group.")
	}
	g.entries = left
	return done()
}
