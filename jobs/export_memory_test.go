package jobs_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// memory is an account that can only be read, and that holds whatever a test puts into it. It shows as much as Zoom does: lists
// lack fields, people who are only invited have no id there.
type memory struct {
	// Nobody may write: a nil directory would panic.
	jobs.Directory

	users     []zoomapi.User
	features  map[string]zoomapi.Features // by address
	groups    []zoomapi.Group
	ims       []zoomapi.Group
	migrated  bool
	contacts  []zoomapi.ContactGroup
	members   map[string][]zoomapi.ContactMember
	divisions []zoomapi.Division
	roles     []zoomapi.Role
}

func each[T any](list []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func (*memory) Budget(context.Context) ([]zoomapi.Allowance, error) { return nil, nil }

func (m *memory) Users(_ context.Context, o zoomapi.ListUsersOptions) iter.Seq2[zoomapi.User, error] {
	var out []zoomapi.User
	for _, u := range m.users {
		if u.Status != o.Status || (o.RoleID != "" && u.RoleID != o.RoleID) {
			continue
		}
		u.JobTitle, u.Location, u.Company, u.Manager, u.CostCenter, u.Language, u.RoleName = "", "", "", "", "", "", ""
		u.PhoneNumbers, u.ZoomOneType, u.Pronouns = nil, 0, ""
		if o.IncludeFields != "custom_attributes" {
			u.CustomAttributes = nil
		}
		if u.Status == zoomapi.StatusPending {
			u.ID = ""
		}
		out = append(out, u)
	}
	if o.OnPage != nil {
		o.OnPage(len(out), len(out))
	}
	return each(out, nil)
}

func (m *memory) find(name string) (zoomapi.User, error) {
	for _, u := range m.users {
		if u.ID == name || strings.EqualFold(u.Email, name) {
			return u, nil
		}
	}
	return zoomapi.User{}, fmt.Errorf("get %d letters: %w", len(name), zoomapi.ErrNotFound)
}

func (m *memory) User(_ context.Context, name string) (zoomapi.User, error) {
	u, err := m.find(name)
	u.CustomAttributes = slices.Clone(u.CustomAttributes)
	return u, err
}

func (m *memory) Settings(_ context.Context, name string) (zoomapi.Settings, error) {
	u, err := m.find(name)
	if err == nil && u.Status == zoomapi.StatusPending {
		err = zoomapi.ErrPending
	}
	return zoomapi.Settings{Feature: m.features[u.Email]}, err
}

func (m *memory) Groups(context.Context) iter.Seq2[zoomapi.Group, error] { return each(m.groups, nil) }

func (m *memory) IMGroups(context.Context) iter.Seq2[zoomapi.Group, error] {
	if m.migrated {
		return each[zoomapi.Group](nil, zoomapi.ErrGone)
	}
	return each(m.ims, nil)
}

func (m *memory) ContactGroups(context.Context) iter.Seq2[zoomapi.ContactGroup, error] {
	return each(m.contacts, nil)
}

func (m *memory) ContactGroupMembers(_ context.Context, id string) iter.Seq2[zoomapi.ContactMember, error] {
	return each(m.members[id], nil)
}

func (m *memory) Divisions(context.Context) iter.Seq2[zoomapi.Division, error] {
	return each(m.divisions, nil)
}

func (m *memory) Roles(context.Context) iter.Seq2[zoomapi.Role, error] { return each(m.roles, nil) }

func (m *memory) PlanUsage(context.Context) (zoomapi.PlanUsage, error) {
	return zoomapi.PlanUsage{}, nil
}

func (m *memory) Summary(context.Context) (zoomapi.Summary, error) {
	return zoomapi.Summary{Total: len(m.users), Basic: len(m.users)}, nil
}
