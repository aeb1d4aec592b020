package zoomapi

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxContactPage is the largest page of contact groups and their members.
const maxContactPage = 50

// maxContactRemovals is how many members one call removes.
const maxContactRemovals = 20

// ContactGroup is a group of contacts in chat, the successor of chat groups.
type ContactGroup struct {
	ID           string `json:"group_id"`
	Name         string `json:"group_name"`
	Privacy      int    `json:"group_privacy"` // 1 to 3.
	Description  string `json:"description,omitempty"`
	TotalMembers int    `json:"total_members,omitempty"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (g *ContactGroup) UnmarshalJSON(data []byte) error {
	var w struct {
		ID           flexString `json:"group_id"`
		Name         flexString `json:"group_name"`
		Privacy      flexInt    `json:"group_privacy"`
		Description  flexString `json:"description"`
		TotalMembers flexInt    `json:"total_members"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*g = ContactGroup{
		ID: string(w.ID), Name: string(w.Name), Privacy: int(w.Privacy),
		Description: string(w.Description), TotalMembers: int(w.TotalMembers),
	}
	return nil
}

// What a member of a contact group is.
const (
	ContactUser   = 1
	ContactNested = 2
)

// ContactMember is a user or a group in a contact group.
type ContactMember struct {
	Type int    `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *ContactMember) UnmarshalJSON(data []byte) error {
	var w struct {
		Type flexInt    `json:"type"`
		ID   flexString `json:"id"`
		Name flexString `json:"name"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*m = ContactMember{Type: int(w.Type), ID: string(w.ID), Name: string(w.Name)}
	return nil
}

// ContactGroups lists the contact groups. Zoom reports no total for them, so
// only overlaps can be found.
// API: GET /contacts/groups, one [Medium] call per 50.
func (c *Client) ContactGroups(ctx context.Context) iter.Seq2[ContactGroup, error] {
	return list(ctx, c, listing[ContactGroup]{
		call: call{
			method: http.MethodGet, pattern: "/contacts/groups", class: Medium,
			query: url.Values{"page_size": {strconv.Itoa(maxContactPage)}},
		},
		items: "groups",
		key:   func(g *ContactGroup) string { return g.ID },
	})
}

// ContactGroupMembers lists the members of a contact group.
// API: GET /contacts/groups/{groupId}/members, one [Medium] call per 50.
func (c *Client) ContactGroupMembers(ctx context.Context, groupID string) iter.Seq2[ContactMember, error] {
	return list(ctx, c, listing[ContactMember]{
		call: call{
			method: http.MethodGet, pattern: "/contacts/groups/{groupId}/members", args: []string{groupID},
			class: Medium, query: url.Values{"page_size": {strconv.Itoa(maxContactPage)}},
		},
		items: "members",
		key:   func(m *ContactMember) string { return m.ID },
	})
}

// CreateContactGroup makes a contact group with the given members.
// API: POST /contacts/groups, [Heavy].
func (c *Client) CreateContactGroup(
	ctx context.Context, name string, privacy int, userIDs []string,
) (ContactGroup, error) {
	cl := call{method: http.MethodPost, pattern: "/contacts/groups", class: Heavy}
	if err := checkGroupName(cl.op(), name); err != nil {
		return ContactGroup{}, err
	}
	if privacy < 1 || privacy > 3 {
		return ContactGroup{}, invalid(cl.op(), "privacy is not 1 to 3")
	}
	if err := checkBatch(cl.op(), userIDs, MaxContactGroupMembers); err != nil {
		return ContactGroup{}, err
	}
	var g ContactGroup
	cl.out = &g
	cl.body = struct {
		Name    string          `json:"group_name"`
		Privacy int             `json:"group_privacy"`
		Members []ContactMember `json:"group_members,omitempty"`
	}{name, privacy, contactUsers(userIDs)}
	err := c.do(ctx, cl)
	return g, err
}

// AddContactGroupMembers puts up to [MaxContactGroupMembers] users into a
// contact group and returns the ids that Zoom names as added, or everything
// given if it names none.
// API: POST /contacts/groups/{groupId}/members, [Heavy].
func (c *Client) AddContactGroupMembers(
	ctx context.Context, groupID string, userIDs []string,
) (added []string, err error) {
	cl := call{
		method: http.MethodPost, pattern: "/contacts/groups/{groupId}/members", args: []string{groupID},
		class: Heavy, mayBeEmpty: true,
	}
	if err := checkBatch(cl.op(), userIDs, MaxContactGroupMembers); err != nil || len(userIDs) == 0 {
		return nil, err
	}
	var w addedWire
	cl.out = &w
	cl.body = map[string][]ContactMember{"group_members": contactUsers(userIDs)}
	if err := c.do(ctx, cl); err != nil {
		return nil, err
	}
	return w.added(w.MemberIDs, userIDs), nil
}

// RemoveContactGroupMembers takes up to 20 members out of a contact group, of
// which one must stay.
// API: DELETE /contacts/groups/{groupId}/members, [Heavy].
func (c *Client) RemoveContactGroupMembers(ctx context.Context, groupID string, ids []string) error {
	cl := call{
		method: http.MethodDelete, pattern: "/contacts/groups/{groupId}/members", args: []string{groupID},
		class: Heavy, query: url.Values{"member_ids": {strings.Join(ids, ",")}},
	}
	if err := checkBatch(cl.op(), ids, maxContactRemovals); err != nil || len(ids) == 0 {
		return err
	}
	return c.do(ctx, cl)
}

func contactUsers(ids []string) []ContactMember {
	members := make([]ContactMember, len(ids))
	for i, id := range ids {
		members[i] = ContactMember{Type: ContactUser, ID: id}
	}
	return members
}
