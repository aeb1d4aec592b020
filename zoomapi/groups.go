package zoomapi

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// How many members one call takes.
const (
	MaxGroupMembers        = 30
	MaxIMGroupMembers      = 10
	MaxContactGroupMembers = 50
	MaxDivisionMembers     = 30
)

// maxGroupPage is the largest page of a list of groups.
const maxGroupPage = 300

// Group is a user group, or a chat group of old.
type Group struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	TotalMembers int    `json:"total_members"`
	// Type is normal, shared or restricted for a chat group, else empty.
	Type string `json:"type,omitempty"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (g *Group) UnmarshalJSON(data []byte) error {
	var w struct {
		ID           flexString `json:"id"`
		Name         flexString `json:"name"`
		TotalMembers flexInt    `json:"total_members"`
		Type         flexString `json:"type"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*g = Group{ID: string(w.ID), Name: string(w.Name), TotalMembers: int(w.TotalMembers), Type: string(w.Type)}
	return nil
}

func groupKey(g *Group) string { return g.ID }

// Groups lists the groups of the account, proven complete.
// API: GET /groups, one [Medium] call per 300.
func (c *Client) Groups(ctx context.Context) iter.Seq2[Group, error] {
	return list(ctx, c, listing[Group]{
		call: call{
			method: http.MethodGet, pattern: "/groups", class: Medium,
			query: url.Values{"page_size": {strconv.Itoa(maxGroupPage)}},
		},
		items: "groups",
		key:   groupKey,
	})
}

// Group returns one group, or an error that matches [ErrNotFound].
// API: GET /groups/{groupId}, [Light].
func (c *Client) Group(ctx context.Context, groupID string) (Group, error) {
	var g Group
	err := c.do(ctx, call{
		method: http.MethodGet, pattern: "/groups/{groupId}", args: []string{groupID}, class: Light, out: &g,
	})
	return g, err
}

// CreateGroup makes a group, at most 100 a day. An error that matches
// [ErrExists] means that the name is in use: list the groups and use it.
// API: POST /groups, [Light].
func (c *Client) CreateGroup(ctx context.Context, name string) (Group, error) {
	if err := checkGroupName("create group", name); err != nil {
		return Group{}, err
	}
	var g Group
	err := c.do(ctx, call{
		method: http.MethodPost, pattern: "/groups", class: Light, capped: true, body: map[string]string{"name": name}, out: &g,
	})
	return g, err
}

// RenameGroup gives a group a new name.
// API: PATCH /groups/{groupId}, [Light].
func (c *Client) RenameGroup(ctx context.Context, groupID, name string) error {
	if err := checkGroupName("rename group", name); err != nil {
		return err
	}
	return c.do(ctx, call{
		method: http.MethodPatch, pattern: "/groups/{groupId}", args: []string{groupID}, class: Light,
		body: map[string]string{"name": name},
	})
}

// DeleteGroup removes a group; its members stay in the account.
// API: DELETE /groups/{groupId}, [Light].
func (c *Client) DeleteGroup(ctx context.Context, groupID string) error {
	return c.do(ctx, call{
		method: http.MethodDelete, pattern: "/groups/{groupId}", args: []string{groupID}, class: Light,
	})
}

// GroupMembers lists the members of a group with id, address, names and type,
// proven complete.
// API: GET /groups/{groupId}/members, one [Medium] call per 2,000.
func (c *Client) GroupMembers(ctx context.Context, groupID string) iter.Seq2[User, error] {
	return c.members(ctx, "/groups/{groupId}/members", groupID, MaxPageSize)
}

func (c *Client) members(ctx context.Context, pattern, groupID string, pageSize int) iter.Seq2[User, error] {
	return list(ctx, c, listing[User]{
		call: call{
			method: http.MethodGet, pattern: pattern, args: []string{groupID}, class: Medium,
			query: url.Values{"page_size": {strconv.Itoa(pageSize)}},
		},
		items: "members",
		key:   userKey, decode: decodeUsers,
	})
}

// AddGroupMembers puts up to [MaxGroupMembers] users, given by id or address,
// into a group. It returns the ids that Zoom names as added: always ids, also
// for users given by address. Pending users are left out without an error.
// If Zoom names none at all, everything given is returned.
// API: POST /groups/{groupId}/members, [Medium].
func (c *Client) AddGroupMembers(ctx context.Context, groupID string, ids []string) (added []string, err error) {
	return c.addMembers(ctx, "/groups/{groupId}/members", groupID, ids, MaxGroupMembers)
}

// memberRef names a user by id or by address.
type memberRef struct {
	ID    string `json:"id,omitempty"`
	Email string `json:"email,omitempty"`
}

func memberRefs(ids []string) []memberRef {
	refs := make([]memberRef, len(ids))
	for i, id := range ids {
		if strings.Contains(id, "@") {
			refs[i].Email = id
		} else {
			refs[i].ID = id
		}
	}
	return refs
}

func (c *Client) addMembers(ctx context.Context, pattern, groupID string, ids []string, most int) ([]string, error) {
	cl := call{method: http.MethodPost, pattern: pattern, args: []string{groupID}, class: Medium, mayBeEmpty: true}
	if err := checkBatch(cl.op(), ids, most); err != nil || len(ids) == 0 {
		return nil, err
	}
	cl.body = map[string][]memberRef{"members": memberRefs(ids)}
	var w addedWire
	cl.out = &w
	if err := c.do(ctx, cl); err != nil {
		return nil, err
	}
	return w.added(w.IDs, ids), nil
}

// addedWire is what Zoom says after members were added: a text with commas,
// or a list.
type addedWire struct {
	IDs       *flexStrings `json:"ids"`
	MemberIDs *flexStrings `json:"member_ids"`
}

// added returns what was named, or everyone if nothing was said.
func (addedWire) added(named *flexStrings, asked []string) []string {
	if named == nil {
		return append([]string(nil), asked...)
	}
	return *named
}

// checkBatch checks how many members are given and that none is empty.
func checkBatch(op string, ids []string, most int) error {
	if len(ids) > most {
		return invalid(op, fmt.Sprintf("%d members, at most %d", len(ids), most))
	}
	for _, id := range ids {
		if strings.TrimSpace(id) == "" {
			return invalid(op, "a member without id or address")
		}
	}
	return nil
}

// RemoveGroupMember takes a user out of a group.
// API: DELETE /groups/{groupId}/members/{memberId}, [Light].
func (c *Client) RemoveGroupMember(ctx context.Context, groupID, idOrEmail string) error {
	return c.do(ctx, call{
		method: http.MethodDelete, pattern: "/groups/{groupId}/members/{memberId}",
		args: []string{groupID, idOrEmail}, class: Light,
	})
}

// SetPrimaryGroup makes a group, of which the user is a member already, the
// user's primary one.
// API: PATCH /groups/{groupId}/members/{memberId}, [Medium].
func (c *Client) SetPrimaryGroup(ctx context.Context, groupID, userID string) error {
	return c.do(ctx, call{
		method: http.MethodPatch, pattern: "/groups/{groupId}/members/{memberId}",
		args: []string{groupID, userID}, class: Medium, body: map[string]string{"action": "set_primary"},
	})
}

// MoveGroupMember moves a user from one group to another.
// API: PATCH /groups/{groupId}/members/{memberId}, [Medium].
func (c *Client) MoveGroupMember(ctx context.Context, fromGroupID, toGroupID, userID string) error {
	if toGroupID == "" {
		return invalid("move group member", "no target group")
	}
	return c.do(ctx, call{
		method: http.MethodPatch, pattern: "/groups/{groupId}/members/{memberId}",
		args: []string{fromGroupID, userID}, class: Medium,
		body: map[string]string{"action": "move", "target_group_id": toGroupID},
	})
}
