package zoomapi

import (
	"context"
	"iter"
	"net/http"
)

// IMGroups lists the chat groups of the account, proven complete. On accounts
// whose chat groups were merged into groups the error matches [ErrGone].
// API: GET /im/groups, [Medium].
func (c *Client) IMGroups(ctx context.Context) iter.Seq2[Group, error] {
	return list(ctx, c, listing[Group]{
		call:  call{method: http.MethodGet, pattern: "/im/groups", class: Medium},
		items: "groups",
		key:   groupKey,
	})
}

// IMGroupMembers lists the members of a chat group, proven complete.
// API: GET /im/groups/{groupId}/members, one [Medium] call per 300.
func (c *Client) IMGroupMembers(ctx context.Context, groupID string) iter.Seq2[User, error] {
	return c.members(ctx, "/im/groups/{groupId}/members", groupID, maxGroupPage)
}

// AddIMGroupMembers puts up to [MaxIMGroupMembers] users, given by id or
// address, into a chat group and returns as [Client.AddGroupMembers] does.
// API: POST /im/groups/{groupId}/members, [Medium].
func (c *Client) AddIMGroupMembers(ctx context.Context, groupID string, ids []string) (added []string, err error) {
	return c.addMembers(ctx, "/im/groups/{groupId}/members", groupID, ids, MaxIMGroupMembers)
}

// RemoveIMGroupMember takes a user out of a chat group.
// API: DELETE /im/groups/{groupId}/members/{memberId}, [Medium].
func (c *Client) RemoveIMGroupMember(ctx context.Context, groupID, idOrEmail string) error {
	return c.do(ctx, call{
		method: http.MethodDelete, pattern: "/im/groups/{groupId}/members/{memberId}",
		args: []string{groupID, idOrEmail}, class: Medium,
	})
}
