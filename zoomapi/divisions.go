package zoomapi

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// Division is a part of the account; a user belongs to at most one.
type Division struct {
	ID           string `json:"division_id"`
	Name         string `json:"division_name"`
	Description  string `json:"division_description,omitempty"`
	Main         bool   `json:"is_main_division,omitempty"`
	TotalMembers int    `json:"total_members,omitempty"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (d *Division) UnmarshalJSON(data []byte) error {
	var w struct {
		ID           flexString `json:"division_id"`
		Name         flexString `json:"division_name"`
		Description  flexString `json:"division_description"`
		Main         flexBool   `json:"is_main_division"`
		TotalMembers flexInt    `json:"total_members"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*d = Division{
		ID: string(w.ID), Name: string(w.Name), Description: string(w.Description), Main: bool(w.Main),
		TotalMembers: int(w.TotalMembers),
	}
	return nil
}

// Divisions lists the divisions of the account, proven complete.
// API: GET /divisions, [Light].
func (c *Client) Divisions(ctx context.Context) iter.Seq2[Division, error] {
	return list(ctx, c, listing[Division]{
		call: call{
			method: http.MethodGet, pattern: "/divisions", class: Light,
			query: url.Values{"page_size": {strconv.Itoa(maxGroupPage)}},
		},
		items: "divisions",
		key:   func(d *Division) string { return d.ID },
	})
}

// AddDivisionMembers puts up to [MaxDivisionMembers] users, given by id or
// address, into a division, and returns as [Client.AddGroupMembers] does.
// API: POST /divisions/{divisionId}/users, [Medium].
func (c *Client) AddDivisionMembers(ctx context.Context, divisionID string, ids []string) (added []string, err error) {
	cl := call{
		method: http.MethodPost, pattern: "/divisions/{divisionId}/users", args: []string{divisionID},
		class: Medium, mayBeEmpty: true,
	}
	if err := checkBatch(cl.op(), ids, MaxDivisionMembers); err != nil || len(ids) == 0 {
		return nil, err
	}
	type divisionUser struct {
		ID    string `json:"user_id,omitempty"`
		Email string `json:"user_email,omitempty"`
	}
	users := make([]divisionUser, len(ids))
	for i, ref := range memberRefs(ids) {
		users[i] = divisionUser(ref)
	}
	var w addedWire
	cl.out = &w
	cl.body = map[string][]divisionUser{"users": users}
	if err := c.do(ctx, cl); err != nil {
		return nil, err
	}
	return w.added(w.IDs, ids), nil
}
