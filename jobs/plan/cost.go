package plan

import (
	"math"
	"slices"
	"time"

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

// reckon counts the calls and the time that they take at the share of Zoom's limits that may be used. Times of the rate
// classes add up, since groups are joined after everybody exists.
func reckon(p *Plan, o Options) Cost {
	var c Cost
	members := make(map[Group]int)
	for i := range p.Changes {
		ch := &p.Changes[i]
		if ch.Action != ActionCreate {
			continue
		}
		c.Light++
		// People who are only invited take nothing but their first user group now; the rest waits for them.
		if p.CreateAction == zoomapi.ActionCreate {
			if slices.ContainsFunc(ch.Groups, func(g Group) bool { return g.Kind == UserGroup }) {
				c.Light++
			}
			continue
		}
		if len(ch.ProfileFields()) > 0 {
			c.Light++
		}
		for _, g := range ch.Groups {
			members[g]++
		}
	}
	for g, n := range members {
		calls := (n + g.Kind.BatchSize() - 1) / g.Kind.BatchSize()
		if g.Kind.Class() == zoomapi.Heavy {
			c.Heavy += calls
		} else {
			c.Medium += calls
		}
	}
	c.Duration = expected(c, o)
	c.Days = 1
	// Zoom counts invitations only; people who are active at once come on top.
	if p.CreateAction == zoomapi.ActionCreate {
		c.PerDay = o.Tier.DailyCreates()
	}
	if c.PerDay > 0 && p.Counts.Create > c.PerDay {
		c.Days = (p.Counts.Create + c.PerDay - 1) / c.PerDay
	}
	return c
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
