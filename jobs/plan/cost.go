package plan

import (
	"math"
	"slices"
	"time"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Batch sizes of Zoom's calls that put people into groups.
const (
	UserGroupBatch    = 30
	IMGroupBatch      = 10
	ContactGroupBatch = 50
)

// BatchSize is how many people one call adds to a group of the kind.
func (k GroupKind) BatchSize() int {
	switch k {
	case IMGroup:
		return IMGroupBatch
	case ContactGroup:
		return ContactGroupBatch
	case UserGroup:
		return UserGroupBatch
	}
	return 1
}

// Class is the rate class of a call that adds people to a group of the kind.
func (k GroupKind) Class() zoomapi.Class {
	if k == ContactGroup {
		return zoomapi.Heavy
	}
	return zoomapi.Medium
}

// maxDuration bounds what is reckoned for absurdly small shares.
const maxDuration = 10 * 365 * 24 * time.Hour

// ContactGroupRemovals is how many people one call takes out of a contact group. Other groups take one call for each.
const ContactGroupRemovals = 20

// calls are what work takes, before batches are made.
type calls struct {
	Cost
	joins, removals map[Group]int
}

// reckon counts the calls and the time that they take at the share of Zoom's limits that may be used. Times of the rate
// classes add up, since groups are joined after everybody exists.
func reckon(p *Plan, o Options) Cost {
	c := calls{joins: make(map[Group]int), removals: make(map[Group]int)}
	c.Light = len(p.NewGroups)
	for i := range p.Changes {
		c.add(&p.Changes[i], p.CreateAction)
	}
	for g, n := range c.joins {
		c.grouped(g, (n+g.Kind.BatchSize()-1)/g.Kind.BatchSize())
	}
	for _, n := range c.removals {
		c.Heavy += (n + ContactGroupRemovals - 1) / ContactGroupRemovals
	}
	out := c.Cost
	out.Duration = expected(out, o)
	out.Days = 1
	// Zoom counts invitations only; people who are active at once come on top.
	if p.CreateAction == zoomapi.ActionCreate {
		out.PerDay = o.Tier.DailyCreates()
	}
	if out.PerDay > 0 {
		out.Left = out.PerDay - min(out.PerDay, max(0, o.InvitedToday))
		if later := p.Counts.Create + p.Counts.Resend - out.Left; later > 0 {
			out.Days += (later + out.PerDay - 1) / out.PerDay
		}
	}
	return out
}

func (c *calls) grouped(g Group, n int) {
	if g.Kind.Class() == zoomapi.Heavy {
		c.Heavy += n
	} else {
		c.Medium += n
	}
}

// add counts the calls of one change.
func (c *calls) add(ch *Change, how zoomapi.CreateAction) {
	switch ch.Action {
	case ActionNone:
		return
	case ActionWithdraw:
		c.Light++
		return
	case ActionDeactivate:
		c.Light += 2 // read, status
		return
	case ActionDelete, ActionUnlink:
		c.Light += 2 // read, delete
		if _, handed := ch.Value(roster.TransferTo); handed {
			c.Light++ // read the one who gets it
		}
		return
	case ActionResend:
		c.Light += 2 // withdraw, create
	case ActionCreate:
		c.Light++
	case ActionActivate:
		c.Light += 2 // read, status
	case ActionUpdate:
		c.Light++ // read
	}
	adds := ch.Action == ActionCreate || ch.Action == ActionResend
	// People who are only invited take nothing but their first user group now; the rest waits for them.
	if adds && how == zoomapi.ActionCreate {
		if slices.ContainsFunc(ch.Groups, func(g Group) bool { return g.Kind == UserGroup }) {
			c.Light++
		}
		return
	}
	profile, userType, addOns := 0, 0, 0
	for _, f := range ch.Fields {
		switch {
		case f.Field == roster.UserType:
			userType = 1
		case f.Field == roster.NewEmail:
			c.Light++
		case isAddOn(f.Field):
			addOns = 2 // read, write
		case adds && createField(f.Field):
		default:
			profile = 1
		}
	}
	c.Light += profile + userType
	c.Medium += addOns
	for _, g := range ch.Groups {
		c.joins[g]++
	}
	for _, g := range ch.Leaves {
		switch g.Kind {
		case UserGroup:
			c.Light++
		case IMGroup:
			c.Medium++
		case ContactGroup:
			c.removals[g]++
		}
	}
}

// expected is the time that the calls of c take, in whole seconds.
func expected(c Cost, o Options) time.Duration {
	share := o.Share
	if !(share > 0 && share <= 1) {
		share = 1
	}
	seconds := 0.0
	for _, part := range []struct {
		class zoomapi.Class
		calls int
	}{{zoomapi.Light, c.Light}, {zoomapi.Medium, c.Medium}, {zoomapi.Heavy, c.Heavy}} {
		if rate := o.Tier.PerSecond(part.class) * share; rate > 0 {
			seconds += float64(part.calls) / rate
		}
	}
	// Less a hair, or rounding would make 9 calls at 3 % of 30 a second take eleven.
	seconds = math.Ceil(seconds - 1e-9)
	return time.Duration(min(seconds, maxDuration.Seconds())) * time.Second
}
