package zoomtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxDivisions is the most divisions an account can have.
const maxDivisions = 500

type division struct {
	ID    string `json:"division_id"`
	Name  string `json:"division_name"`
	About string `json:"division_description"`
	Main  bool   `json:"is_main_division"`
	Total int    `json:"total_members"`

	seq int64
}

func divisionSeq(d division) int64 { return d.seq }

func (a *Account) division(id string) *division {
	i := slices.IndexFunc(a.divisions, func(d division) bool { return d.ID == id })
	if i < 0 {
		return nil
	}
	return &a.divisions[i]
}

func noDivision() answer { return notFound(40406, "The division does not exist.") }

// AddDivision makes a division and returns its id.
func (a *Account) AddDivision(name string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.addDivision(name, "").ID
}

func (a *Account) addDivision(name, about string) division {
	a.seq++
	d := division{ID: a.newID("division", a.seq), Name: name, About: about, seq: a.seq}
	a.divisions = append(a.divisions, d)
	return d
}

func (a *Account) divisionMembers(id string) []*person {
	var in []*person
	for _, p := range a.lists[Active] {
		if slices.Contains(p.DivisionIDs, id) {
			in = append(in, p)
		}
	}
	return in
}

// listDivisions serves GET /divisions.
func listDivisions(a *Account, c *call) answer {
	ask, refusal, good := askPage(c, "divisions", 30, 300)
	if !good {
		return refusal
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	page, next := cutPage(a.divisions, ask, divisionSeq)
	items := append([]division{}, page...)
	for i := range items {
		items[i].Total = len(a.divisionMembers(items[i].ID))
	}
	return ok(http.StatusOK, map[string]any{
		"divisions": items, "page_size": ask.size, "next_page_token": next,
		"total_records": len(a.divisions) + c.faults.totalOffset,
	})
}

// createDivision serves POST /divisions.
func createDivision(a *Account, c *call) answer {
	var body struct {
		Name  string `json:"division_name"`
		About string `json:"division_description"`
	}
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if !validGroupName(body.Name) {
		return badRequest(40005, "Invalid field division_name.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.ContainsFunc(a.divisions, func(d division) bool { return nameKey(d.Name) == nameKey(body.Name) }) {
		return refuse(http.StatusConflict, 40905, "Division name "+body.Name+" is already in use.")
	}
	if len(a.divisions) >= maxDivisions {
		return badRequest(42006, "The account has reached the maximum number of divisions.")
	}
	d := a.addDivision(body.Name, body.About)
	return ok(http.StatusCreated, map[string]string{
		"division_id": d.ID, "division_name": d.Name, "division_description": d.About,
	})
}

// listDivisionUsers serves GET /divisions/{divisionId}/users.
func listDivisionUsers(a *Account, c *call) answer {
	ask, refusal, good := askPage(c, "division users "+c.param(0), 30, 300)
	if !good {
		return refusal
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.division(c.param(0)) == nil {
		return noDivision()
	}
	all := a.divisionMembers(c.param(0))
	page, next := cutPage(all, ask, personSeq)
	items := []map[string]string{}
	for _, p := range page {
		items = append(items, map[string]string{"user_id": p.ID, "user_display_name": p.DisplayName, "user_email": p.Email})
	}
	return ok(http.StatusOK, map[string]any{
		"users": items, "page_size": ask.size, "next_page_token": next, "total_records": len(all) + c.faults.totalOffset,
	})
}

// assignDivision serves POST /divisions/{divisionId}/users; a person is in one
// division at most.
func assignDivision(a *Account, c *call) answer {
	var body struct {
		Users []struct {
			ID    string `json:"user_id"`
			Email string `json:"user_email"`
		} `json:"users"`
	}
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if len(body.Users) == 0 || len(body.Users) > 30 {
		return invalidField("users", "Invalid field.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.division(c.param(0)) == nil {
		return noDivision()
	}
	var ids []string
	for _, u := range body.Users {
		p := a.lookup(or(u.ID, u.Email))
		if p == nil || p.Lapsed || p.Status == Pending {
			continue
		}
		next := p.clone()
		next.DivisionIDs = []string{c.param(0)}
		a.update(p, next)
		ids = appendNew(ids, p.ID)
	}
	return ok(http.StatusCreated, addedBody{IDs: strings.Join(ids, ","), AddedAt: c.now.Format(time.RFC3339)})
}

// listRoles serves GET /roles.
func listRoles(a *Account, _ *call) answer {
	a.mu.RLock()
	defer a.mu.RUnlock()
	totals := map[string]int{}
	for _, p := range a.lists[Active] {
		totals[p.RoleID]++
	}
	roles := []map[string]any{}
	for _, id := range []string{RoleOwner, RoleAdmin, RoleMember} {
		roles = append(roles, map[string]any{"id": id, "name": roleName(id), "description": "", "type": "common", "total_members": totals[id]})
	}
	return ok(http.StatusOK, map[string]any{"total_records": len(roles), "roles": roles})
}

// addRoleMembers serves POST /roles/{roleId}/members. The owner's role cannot
// be given.
func addRoleMembers(a *Account, c *call) answer {
	var body membersBody
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if len(body.Members) == 0 || len(body.Members) > 30 {
		return invalidField("members", "Invalid field.")
	}
	role := c.param(0)
	if role != RoleAdmin && role != RoleMember {
		return badRequest(300, "Role does not exist or cannot be assigned: "+role+".")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []string
	for _, m := range body.Members {
		p := a.lookup(m.ref())
		if p == nil || p.Lapsed || p.Status != Active || p.RoleID == RoleOwner {
			continue
		}
		next := p.clone()
		next.RoleID = role
		a.update(p, next)
		ids = appendNew(ids, p.ID)
	}
	return ok(http.StatusCreated, map[string]string{"ids": strings.Join(ids, ","), "add_at": c.now.Format(time.RFC3339)})
}
