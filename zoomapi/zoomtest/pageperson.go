package zoomtest

import (
	"maps"
	"slices"
	"strconv"
)

// personPage is one person, to be looked at and changed.
type personPage struct {
	pagePerson

	Texts      []pageText
	Choices    []pageChoice
	Phones     string
	GroupBoxes []pageOption
	ChatBoxes  []pageOption
}

type pageChoice struct {
	Label, Name string
	Options     []pageOption
}

type pageOption struct {
	ID, Name string
	Chosen   bool
}

// personPage returns nil for an address nobody here has.
func (a *Account) personPage(email string) *personPage {
	a.mu.RLock()
	defer a.mu.RUnlock()
	p := a.byEmail[emailKey(email)]
	if p == nil {
		return nil
	}
	v := &personPage{pagePerson: a.pagePerson(p), Phones: writePhones(p.PhoneNumbers)}
	v.Texts = []pageText{
		{"First name", "first_name", p.FirstName},
		{"Last name", "last_name", p.LastName},
		{"Display name", "display_name", p.DisplayName},
		{"Department", "dept", p.Dept},
		{"Job title", "job_title", p.JobTitle},
		{"Location", "location", p.Location},
		{"Company", "company", p.Company},
		{"Manager", "manager", p.Manager},
		{"Cost centre", "cost_center", p.CostCenter},
		{"Language", "language", p.Language},
		{"Time zone", "timezone", p.Timezone},
		{"Pronouns", "pronouns", p.Pronouns},
	}
	for _, key := range slices.Sorted(maps.Keys(a.opts.CustomAttributes)) {
		value := ""
		for _, attr := range p.CustomAttributes {
			if attr.Key == key {
				value = attr.Value
			}
		}
		v.Texts = append(v.Texts, pageText{a.opts.CustomAttributes[key], "custom:" + key, value})
	}
	v.Choices = a.pageChoices(p)
	// Groups that were joined come first, in their order, so that saving keeps it.
	for _, id := range p.GroupIDs {
		if g := a.groups.byID[id]; g != nil {
			v.GroupBoxes = append(v.GroupBoxes, pageOption{g.ID, g.name, true})
		}
	}
	for _, g := range a.groups.order {
		if !slices.Contains(p.GroupIDs, g.ID) {
			v.GroupBoxes = append(v.GroupBoxes, pageOption{g.ID, g.name, false})
		}
	}
	in := a.chatNames(p)
	for _, g := range a.chats().order {
		v.ChatBoxes = append(v.ChatBoxes, pageOption{g.ID, g.name, slices.Contains(in, g.name)})
	}
	return v
}

func (a *Account) pageChoices(p *person) []pageChoice {
	choice := func(label, name, chosen string, options ...pageOption) pageChoice {
		known := false
		for i := range options {
			options[i].Chosen = options[i].ID == chosen
			known = known || options[i].Chosen
		}
		if !known {
			options = append(options, pageOption{chosen, chosen, true})
		}
		return pageChoice{label, name, options}
	}
	sizes := func(bought map[int]int) []pageOption {
		out := []pageOption{{ID: "0", Name: "none"}}
		for _, n := range sortedSizes(bought) {
			out = append(out, pageOption{ID: strconv.Itoa(n), Name: strconv.Itoa(n)})
		}
		return out
	}
	divisions := []pageOption{{ID: "", Name: "none"}}
	for _, d := range a.divisions {
		divisions = append(divisions, pageOption{ID: d.ID, Name: d.Name})
	}
	division := ""
	if len(p.DivisionIDs) > 0 {
		division = p.DivisionIDs[0]
	}
	var types []pageOption
	for _, t := range []int{Basic, Licensed, Unassigned, NoMeetings} {
		types = append(types, pageOption{ID: strconv.Itoa(t), Name: typeName(User{Type: t})})
	}
	choices := []pageChoice{
		choice("User type", "type", strconv.Itoa(p.Type), types...),
		choice("Webinar", "webinar", strconv.Itoa(p.Feature.WebinarCapacity), sizes(a.opts.Seats.Webinar)...),
		choice("Large meeting", "large_meeting", strconv.Itoa(p.Feature.LargeMeetingCapacity), sizes(a.opts.Seats.LargeMeeting)...),
		choice("Division", "division", division, divisions...),
		choice("Role", "role_id", p.RoleID,
			pageOption{ID: RoleOwner, Name: "Owner"}, pageOption{ID: RoleAdmin, Name: "Admin"}, pageOption{ID: RoleMember, Name: "Member"}),
	}
	if p.Status != Pending {
		choices = append(choices, choice("Status", "status", p.Status, pageOption{ID: Active, Name: Active}, pageOption{ID: Inactive, Name: Inactive}))
	}
	return choices
}
