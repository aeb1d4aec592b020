package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// apply does to the account in memory what a plan says, and reads everything of those whom it changes.
func apply(a plan.Account, p *plan.Plan) plan.Account {
	a.Users, a.Detailed, a.Features = maps.Clone(a.Users), maps.Clone(a.Detailed), maps.Clone(a.Features)
	members := make(map[string]map[string]bool)
	for id, m := range a.Members {
		members[id] = maps.Clone(m)
	}
	a.Members = members
	a.Groups = slices.Clone(a.Groups)
	created := make(map[string]string)
	for i, name := range p.NewGroups {
		created[name] = newGroupID(i)
		a.Groups = append(a.Groups, userGroup(created[name], name))
	}
	for i := range p.Changes {
		c := p.Changes[i]
		u := a.Users[c.Key]
		switch c.Action {
		case plan.ActionNone:
			continue
		case plan.ActionWithdraw, plan.ActionDelete, plan.ActionUnlink:
			delete(a.Users, c.Key)
			delete(a.Features, c.Key)
			continue
		case plan.ActionDeactivate:
			u.Status, u.Type = zoomapi.StatusInactive, zoomapi.TypeBasic
			a.Users[c.Key], a.Features[c.Key] = u, zoomapi.Features{}
			continue
		case plan.ActionCreate, plan.ActionResend:
			u = zoomapi.User{ID: "id-" + c.Key, Email: c.Key, Type: c.UserType, Status: zoomapi.StatusActive}
			if p.CreateAction == zoomapi.ActionCreate {
				// What the person gets later takes its seats now.
				u.Status = zoomapi.StatusPending
			}
			delete(a.Features, c.Key)
		case plan.ActionActivate:
			u.Status = zoomapi.StatusActive
			delete(a.Features, c.Key)
		case plan.ActionUpdate:
		}
		write(&a, &u, c, p)
		for _, g := range c.Groups {
			if g.ID == "" {
				g.ID = created[g.Name]
			}
			switch g.Kind {
			case plan.UserGroup:
				u.GroupIDs = append(slices.Clip(u.GroupIDs), g.ID)
			case plan.IMGroup:
				u.IMGroupIDs = append(slices.Clip(u.IMGroupIDs), g.ID)
			case plan.ContactGroup:
				a.Members[g.ID][c.Key] = true
			}
		}
		for _, g := range c.Leaves {
			gone := func(id string) bool { return id == g.ID }
			switch g.Kind {
			case plan.UserGroup:
				u.GroupIDs = slices.DeleteFunc(slices.Clone(u.GroupIDs), gone)
			case plan.IMGroup:
				u.IMGroupIDs = slices.DeleteFunc(slices.Clone(u.IMGroupIDs), gone)
			case plan.ContactGroup:
				delete(a.Members[g.ID], c.Key)
			}
		}
		a.Users[c.Key], a.Detailed[c.Key] = u, true
		if to, moves := c.Value(roster.NewEmail); moves {
			delete(a.Users, c.Key)
			u.Email = to
			a.Users[to], a.Detailed[to], a.Features[to] = u, true, a.Features[c.Key]
			delete(a.Features, c.Key)
			for _, m := range a.Members {
				if m[c.Key] {
					delete(m, c.Key)
					m[to] = true
				}
			}
		}
	}
	return a
}

// write sets what Zoom would set.
func write(a *plan.Account, u *zoomapi.User, c plan.Change, p *plan.Plan) {
	features := a.Features[c.Key]
	for _, f := range c.Fields {
		if name, ok := f.Field.Custom(); ok {
			key := ""
			for _, at := range p.Attributes {
				if roster.CustomField(at.Name) == f.Field {
					key = at.Key
				}
			}
			u.CustomAttributes = slices.DeleteFunc(slices.Clone(u.CustomAttributes), func(v zoomapi.CustomAttribute) bool { return v.Key == key })
			u.CustomAttributes = append(u.CustomAttributes, zoomapi.CustomAttribute{Key: key, Name: name, Value: f.New})
			continue
		}
		text := map[roster.Field]*string{
			roster.FirstName: &u.FirstName, roster.LastName: &u.LastName, roster.DisplayName: &u.DisplayName, roster.Department: &u.Department,
			roster.JobTitle: &u.JobTitle, roster.Location: &u.Location, roster.Manager: &u.Manager, roster.Company: &u.Company,
			roster.CostCenter: &u.CostCenter, roster.Pronouns: &u.Pronouns, roster.Language: &u.Language, roster.Timezone: &u.Timezone,
		}
		switch f.Field {
		case roster.Email, roster.NewEmail:
		case roster.ZoomEvents:
			n, _ := strconv.Atoi(f.New)
			features.ZoomEvents, features.ZoomEventsCapacity = f.New != plan.AddOnOff, n
		case roster.TranslatedCaptions:
			features.TranslatedCaptions = f.New != plan.AddOnOff
		case roster.UserType:
			u.Type, _ = plan.ParseType(f.New)
			if u.Type != zoomapi.TypeLicensed {
				features = zoomapi.Features{}
			}
		case roster.PhoneNumber:
			u.PhoneNumbers = nil
			numbers, _ := roster.ParsePhones(f.New)
			for _, n := range numbers {
				u.PhoneNumbers = append(u.PhoneNumbers, zoomapi.PhoneNumber{Country: n.Country, Code: n.Code, Number: n.Number, Label: n.Label})
			}
		case roster.Division:
			u.DivisionIDs = nil
			for _, d := range p.Divisions {
				if d.Name == f.New && u.DivisionIDs == nil {
					u.DivisionIDs = []string{d.ID}
				}
			}
		case roster.LargeMeeting, roster.Webinar:
			n, _ := strconv.Atoi(f.New)
			if f.Field == roster.Webinar {
				features.Webinar, features.WebinarCapacity = n > 0, n
			} else {
				features.LargeMeeting, features.LargeMeetingCapacity = n > 0, n
			}
		default:
			*text[f.Field] = f.New
		}
	}
	if u.DisplayName == "" {
		u.DisplayName = strings.TrimSpace(u.FirstName + " " + u.LastName)
	}
	a.Features[c.Key] = features
}

func newGroupID(i int) string { return fmt.Sprintf("new%d", i) }
