package zoomapi

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
)

// The built-in roles. Accounts define others with longer ids.
const (
	RoleOwner  = "0"
	RoleAdmin  = "1"
	RoleMember = "2"
)

// Role is a set of privileges in the account.
type Role struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Description  string `json:"description,omitempty"`
	TotalMembers int    `json:"total_members,omitempty"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (r *Role) UnmarshalJSON(data []byte) error {
	var w struct {
		ID           flexString `json:"id"`
		Name         flexString `json:"name"`
		Description  flexString `json:"description"`
		TotalMembers flexInt    `json:"total_members"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = Role{
		ID: string(w.ID), Name: string(w.Name), Description: string(w.Description), TotalMembers: int(w.TotalMembers),
	}
	return nil
}

// Roles lists the roles of the account, proven complete.
// API: GET /roles, [Medium].
func (c *Client) Roles(ctx context.Context) iter.Seq2[Role, error] {
	return list(ctx, c, listing[Role]{
		call:  call{method: http.MethodGet, pattern: "/roles", class: Medium},
		items: "roles",
		key:   func(r *Role) string { return r.ID },
	})
}
