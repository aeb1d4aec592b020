package zoomapi_test

import (
	"context"

	"github.com/zoomusers/zoomusers/zoomapi"
)

func groupCalls() []callCase {
	type client = *zoomapi.Client
	return []callCase{
		{
			"list groups", func(ctx context.Context, c client) (any, error) { return collect(c.Groups(ctx)) },
			"GET", "/groups?page_size=300", "", 200, `{"total_records":1,"groups":[{"id":"g","name":"N","total_members":"4"}]}`,
			[]zoomapi.Group{{ID: "g", Name: "N", TotalMembers: 4}},
		},
		{
			"get group", func(ctx context.Context, c client) (any, error) { return c.Group(ctx, "g") },
			"GET", "/groups/g", "", 200, `{"id":"g","name":"N","total_members":4}`,
			zoomapi.Group{ID: "g", Name: "N", TotalMembers: 4},
		},
		{
			"create group", func(ctx context.Context, c client) (any, error) { return c.CreateGroup(ctx, "N") },
			"POST", "/groups", `{"name":"N"}`, 201, `{"id":"g","name":"N","total_members":0}`,
			zoomapi.Group{ID: "g", Name: "N"},
		},
		{
			"rename group", func(ctx context.Context, c client) (any, error) {
				return nothing(c.RenameGroup(ctx, "g", "M"))
			},
			"PATCH", "/groups/g", `{"name":"M"}`, 204, ``, nil,
		},
		{
			"delete group", func(ctx context.Context, c client) (any, error) { return nothing(c.DeleteGroup(ctx, "g")) },
			"DELETE", "/groups/g", "", 204, ``, nil,
		},
		{
			"group members", func(ctx context.Context, c client) (any, error) { return collect(c.GroupMembers(ctx, "g")) },
			"GET", "/groups/g/members?page_size=2000", "", 200,
			`{"total_records":1,"members":[{"id":"u","email":"a@example.com","type":1}]}`,
			[]zoomapi.User{{ID: "u", Email: "a@example.com", Type: 1}},
		},
		{
			"add group members", func(ctx context.Context, c client) (any, error) {
				return c.AddGroupMembers(ctx, "g", []string{"u1", "a@example.com"})
			},
			"POST", "/groups/g/members", `{"members":[{"id":"u1"},{"email":"a@example.com"}]}`, 201,
			`{"ids":"u1, u2,","added_at":"2026-01-01T00:00:00Z"}`,
			[]string{"u1", "u2"},
		},
		{
			"add group members, list of ids", func(ctx context.Context, c client) (any, error) {
				return c.AddGroupMembers(ctx, "g", []string{"u1"})
			},
			"POST", "/groups/g/members", `{"members":[{"id":"u1"}]}`, 201, `{"ids":["u1"]}`,
			[]string{"u1"},
		},
		{
			"add group members, nobody added", func(ctx context.Context, c client) (any, error) {
				return c.AddGroupMembers(ctx, "g", []string{"u1"})
			},
			"POST", "/groups/g/members", `{"members":[{"id":"u1"}]}`, 201, `{"ids":""}`, []string(nil),
		},
		{
			"add group members, nothing said", func(ctx context.Context, c client) (any, error) {
				return c.AddGroupMembers(ctx, "g", []string{"u1"})
			},
			"POST", "/groups/g/members", `{"members":[{"id":"u1"}]}`, 201, ``,
			[]string{"u1"},
		},
		{
			"remove group member", func(ctx context.Context, c client) (any, error) {
				return nothing(c.RemoveGroupMember(ctx, "g", "a@example.com"))
			},
			"DELETE", "/groups/g/members/a@example.com", "", 204, ``, nil,
		},
		{
			"set primary group", func(ctx context.Context, c client) (any, error) {
				return nothing(c.SetPrimaryGroup(ctx, "g", "u"))
			},
			"PATCH", "/groups/g/members/u", `{"action":"set_primary"}`, 204, ``, nil,
		},
		{
			"move group member", func(ctx context.Context, c client) (any, error) {
				return nothing(c.MoveGroupMember(ctx, "g", "h", "u"))
			},
			"PATCH", "/groups/g/members/u", `{"action":"move","target_group_id":"h"}`, 204, ``, nil,
		},
		{
			"list chat groups", func(ctx context.Context, c client) (any, error) { return collect(c.IMGroups(ctx)) },
			"GET", "/im/groups", "", 200, `{"total_records":1,"groups":[{"id":"g","name":"N","type":"shared"}]}`,
			[]zoomapi.Group{{ID: "g", Name: "N", Type: "shared"}},
		},
		{
			"chat group members", func(ctx context.Context, c client) (any, error) {
				return collect(c.IMGroupMembers(ctx, "g"))
			},
			"GET", "/im/groups/g/members?page_size=300", "", 200, `{"total_records":0,"members":null}`, []zoomapi.User(nil),
		},
		{
			"add chat group members", func(ctx context.Context, c client) (any, error) {
				return c.AddIMGroupMembers(ctx, "g", []string{"a@example.com"})
			},
			"POST", "/im/groups/g/members", `{"members":[{"email":"a@example.com"}]}`, 201, `{"ids":"u1"}`,
			[]string{"u1"},
		},
		{
			"remove chat group member", func(ctx context.Context, c client) (any, error) {
				return nothing(c.RemoveIMGroupMember(ctx, "g", "u"))
			},
			"DELETE", "/im/groups/g/members/u", "", 204, ``, nil,
		},
		{
			"list contact groups", func(ctx context.Context, c client) (any, error) { return collect(c.ContactGroups(ctx)) },
			"GET", "/contacts/groups?page_size=50", "", 200,
			`{"page_size":50,"next_page_token":"","groups":[{"group_id":"g","group_name":"N","group_privacy":2}]}`,
			[]zoomapi.ContactGroup{{ID: "g", Name: "N", Privacy: 2}},
		},
		{
			"contact group members", func(ctx context.Context, c client) (any, error) {
				return collect(c.ContactGroupMembers(ctx, "g"))
			},
			"GET", "/contacts/groups/g/members?page_size=50", "", 200, `{"members":[{"type":1,"id":"u","name":"Ada"}]}`,
			[]zoomapi.ContactMember{{Type: 1, ID: "u", Name: "Ada"}},
		},
		{
			"create contact group", func(ctx context.Context, c client) (any, error) {
				return c.CreateContactGroup(ctx, "N", 1, []string{"u"})
			},
			"POST", "/contacts/groups", `{"group_name":"N","group_privacy":1,"group_members":[{"type":1,"id":"u"}]}`, 201,
			`{"group_id":"g","group_name":"N","total_members":1}`,
			zoomapi.ContactGroup{ID: "g", Name: "N", TotalMembers: 1},
		},
		{
			"add contact group members", func(ctx context.Context, c client) (any, error) {
				return c.AddContactGroupMembers(ctx, "g", []string{"u1", "u2"})
			},
			"POST", "/contacts/groups/g/members", `{"group_members":[{"type":1,"id":"u1"},{"type":1,"id":"u2"}]}`, 201,
			`{"member_ids":["u1"]}`,
			[]string{"u1"},
		},
		{
			"remove contact group members", func(ctx context.Context, c client) (any, error) {
				return nothing(c.RemoveContactGroupMembers(ctx, "g", []string{"u1", "u2"}))
			},
			"DELETE", "/contacts/groups/g/members?member_ids=u1%2Cu2", "", 204, ``, nil,
		},
		{
			"list divisions", func(ctx context.Context, c client) (any, error) { return collect(c.Divisions(ctx)) },
			"GET", "/divisions?page_size=300", "", 200,
			`{"total_records":1,"divisions":[{"division_id":"d","division_name":"N","is_main_division":true}]}`,
			[]zoomapi.Division{{ID: "d", Name: "N", Main: true}},
		},
		{
			"add division members", func(ctx context.Context, c client) (any, error) {
				return c.AddDivisionMembers(ctx, "d", []string{"u1", "a@example.com"})
			},
			"POST", "/divisions/d/users", `{"users":[{"user_id":"u1"},{"user_email":"a@example.com"}]}`, 201,
			`{"ids":"u1,u2"}`,
			[]string{"u1", "u2"},
		},
		{
			"list roles", func(ctx context.Context, c client) (any, error) { return collect(c.Roles(ctx)) },
			"GET", "/roles", "", 200, `{"total_records":1,"roles":[{"id":0,"name":"Owner","total_members":1}]}`,
			[]zoomapi.Role{{ID: "0", Name: "Owner", TotalMembers: 1}},
		},
		{
			"plan usage, one pool", func(ctx context.Context, c client) (any, error) { return c.PlanUsage(ctx) },
			"GET", "/accounts/me/plans/usage", "", 200,
			`{"plan_base":{"type":"corp","hosts":10,"usage":4,"active_hosts":9,"pending":1},
			"plan_recording":{"type":"r","free_storage":"5 GB"},"plan_webinar":[],"plan_zoom_one":null,"other":3}`,
			zoomapi.PlanUsage{Pools: map[string][]zoomapi.PlanPool{
				"plan_base": {{Type: "corp", Hosts: 10, Usage: 4, Pending: 1}},
			}},
		},
		{
			"plan usage, master account", func(ctx context.Context, c client) (any, error) { return c.PlanUsage(ctx) },
			"GET", "/accounts/me/plans/usage", "", 200,
			`{"plan_base":[{"type":"a","hosts":"10","active_hosts":4},{"type":"b","hosts":5,"active_hosts":1}]}`,
			zoomapi.PlanUsage{Pools: map[string][]zoomapi.PlanPool{
				"plan_base": {{Type: "a", Hosts: 10, Usage: 4}, {Type: "b", Hosts: 5, Usage: 1}},
			}},
		},
	}
}
