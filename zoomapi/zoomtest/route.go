package zoomtest

import (
	"net/http"
	"slices"
	"strings"
)

// route is one operation.
type route struct {
	method   string
	pattern  string
	segments []string
	class    Class
	scopes   []string // any one of them is enough; granular first
	handle   func(*Account, *call) answer

	open      bool // no token needed
	paged     bool // a list
	paid      bool // not for free accounts
	exclusive bool // one at a time per person
	spaced    bool // one call per Limits.FeatureInterval
	create    bool // under the daily cap of new people
}

// routes is the table of operations. Literal segments stand before
// placeholders, because the first match wins.
func routes() []route {
	const (
		userRead, userWrite   = "user:read:admin", "user:write:admin"
		groupRead, groupWrite = "group:read:admin", "group:write:admin"
		imRead, imWrite       = "imgroup:read:admin", "imgroup:write:admin"
		conRead, conWrite     = "contact_group:read:admin", "contact_group:write:admin"
		divRead, divWrite     = "division:read:admin", "division:write:admin"
	)
	r := func(method, pattern string, class Class, handle func(*Account, *call) answer, scopes ...string) route {
		return route{
			method: method, pattern: pattern, segments: strings.Split(strings.Trim(pattern, "/"), "/"),
			class: class, handle: handle, scopes: scopes,
		}
	}
	token := r("POST", "/oauth/token", "", issueToken)
	token.open = true
	list := func(rt route) route { rt.paged = true; return rt }
	paid := func(rt route) route { rt.paid = true; return rt }

	create := r("POST", "/users", Light, createUser, "user:write:user:admin", userWrite)
	create.create = true
	features := r("POST", "/users/features", Medium, bulkFeatures, "user:write:feature:admin", userWrite)
	features.spaced = true
	remove := r("DELETE", "/users/{userId}", Light, deleteUser, "user:delete:user:admin", userWrite)
	remove.exclusive = true

	return []route{
		token,

		list(r("GET", "/users", Medium, listUsers, "user:read:list_users:admin", userRead)),
		create,
		r("GET", "/users/email", Light, emailExists, "user:read:email:admin", userRead),
		r("GET", "/users/summary", Medium, userSummary, "user:read:summary:admin", userRead),
		features,
		r("GET", "/users/{userId}", Light, getUser, "user:read:user:admin", userRead),
		r("PATCH", "/users/{userId}", Light, updateUser, "user:update:user:admin", userWrite),
		remove,
		r("PUT", "/users/{userId}/status", Light, setStatus, "user:update:status:admin", userWrite),
		r("PUT", "/users/{userId}/email", Light, setEmail, "user:update:email:admin", userWrite),
		r("GET", "/users/{userId}/settings", Medium, getSettings, "user:read:settings:admin", userRead),
		r("PATCH", "/users/{userId}/settings", Medium, updateSettings, "user:update:settings:admin", userWrite),

		r("GET", "/accounts/{accountId}/plans/usage", Heavy, planUsage, "billing:read:plan_usage:admin", "account:read:admin", "billing:master"),

		paid(list(r("GET", "/groups", Medium, listGroups, "group:read:list_groups:admin", groupRead))),
		paid(r("POST", "/groups", Light, createGroup, "group:write:group:admin", groupWrite)),
		paid(r("GET", "/groups/{groupId}", Light, getGroup, "group:read:group:admin", groupRead)),
		paid(r("PATCH", "/groups/{groupId}", Light, renameGroup, "group:update:group:admin", groupWrite)),
		paid(r("DELETE", "/groups/{groupId}", Light, deleteGroup, "group:delete:group:admin", groupWrite)),
		paid(list(r("GET", "/groups/{groupId}/members", Medium, listMembers, "group:read:list_members:admin", groupRead))),
		paid(r("POST", "/groups/{groupId}/members", Medium, addMembers, "group:write:member:admin", groupWrite)),
		paid(r("DELETE", "/groups/{groupId}/members/{memberId}", Light, removeMember, "group:delete:member:admin", groupWrite)),
		paid(r("PATCH", "/groups/{groupId}/members/{memberId}", Medium, updateMember, "group:update:member:admin", groupWrite)),

		r("GET", "/im/groups", Medium, listIMGroups, "contact_group:read:list_groups:admin", imRead),
		r("POST", "/im/groups", Light, createIMGroup, "contact_group:write:group:admin", imWrite),
		r("GET", "/im/groups/{groupId}", Light, getIMGroup, "contact_group:read:group:admin", imRead),
		r("PATCH", "/im/groups/{groupId}", Light, updateIMGroup, "contact_group:update:group:admin", imWrite),
		r("DELETE", "/im/groups/{groupId}", Light, deleteIMGroup, "contact_group:delete:group:admin", imWrite),
		list(r("GET", "/im/groups/{groupId}/members", Medium, listIMMembers, "contact_group:read:list_members:admin", imRead)),
		r("POST", "/im/groups/{groupId}/members", Medium, addIMMembers, "contact_group:write:member:admin", imWrite),
		r("DELETE", "/im/groups/{groupId}/members/{memberId}", Light, removeIMMember, "contact_group:delete:member:admin", imWrite),

		list(r("GET", "/contacts/groups", Medium, listContactGroups, "contact_group:read:list_groups:admin", conRead)),
		r("POST", "/contacts/groups", Heavy, createContactGroup, "contact_group:write:group:admin", conWrite),
		r("GET", "/contacts/groups/{groupId}", Light, getContactGroup, "contact_group:read:group:admin", conRead, conWrite),
		r("PATCH", "/contacts/groups/{groupId}", Heavy, updateContactGroup, "contact_group:update:group:admin", conWrite),
		r("DELETE", "/contacts/groups/{groupId}", Heavy, deleteContactGroup, "contact_group:delete:group:admin", conWrite),
		list(r("GET", "/contacts/groups/{groupId}/members", Medium, listContactMembers, "contact_group:read:list_members:admin", conRead)),
		r("POST", "/contacts/groups/{groupId}/members", Heavy, addContactMembers, "contact_group:write:member:admin", conWrite),
		r("DELETE", "/contacts/groups/{groupId}/members", Heavy, removeContactMembers, "contact_group:delete:member:admin", conWrite),

		list(r("GET", "/divisions", Light, listDivisions, "division:read:list_divisions:admin", divRead)),
		r("POST", "/divisions", Light, createDivision, "division:write:division:admin", divWrite),
		list(r("GET", "/divisions/{divisionId}/users", Light, listDivisionUsers, "division:read:member:admin", divRead)),
		r("POST", "/divisions/{divisionId}/users", Medium, assignDivision, "division:write:member:admin", divWrite),

		r("GET", "/roles", Medium, listRoles, "role:read:list_roles:admin", "role:read:admin"),
		r("POST", "/roles/{roleId}/members", Medium, addRoleMembers, "role:write:member:admin", "role:write:admin"),
	}
}

// AllScopes lists every scope an operation here accepts, classic and granular,
// sorted.
func AllScopes() []string {
	var all []string
	for _, rt := range routes() {
		all = append(all, rt.scopes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// match finds the operation for a path and the values of its placeholders.
func (a *Account) match(method string, segments []string) (route, []string, bool) {
	for _, rt := range a.routes {
		if rt.method != method || len(rt.segments) != len(segments) {
			continue
		}
		var params []string
		matched := true
		for i, want := range rt.segments {
			switch {
			case strings.HasPrefix(want, "{"):
				params = append(params, segments[i])
				matched = segments[i] != ""
			case want != segments[i]:
				matched = false
			}
			if !matched {
				break
			}
		}
		if matched {
			return rt, params, true
		}
	}
	return route{method: http.MethodGet}, nil, false
}
