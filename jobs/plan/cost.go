package plan

import (
	"math"
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

// reckon counts the calls and the time that they take at the share of Zoom's limits that may be used.
func reckon(p *Plan, o Options) Cost {
	var c Cost
	members := make(map[Group]int)
	for i := range p.Changes {
		ch := &p.Changes[i]
		if ch.Action != ActionCreate {
			continue
		}
		c.Light++
		// People who are only invited take nothing but their first group now; the rest waits for them.
		if p.CreateAction == zoomapi.ActionCreate {
			if len(ch.Groups) > 0 && ch.Groups[0].Kind == UserGroup {
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
	share := o.Share
	if share <= 0 || share > 1 {
		share = 1
	}
	seconds := 0.0
	for class, calls := range map[zoomapi.Class]int{zoomapi.Light: c.Light, zoomapi.Medium: c.Medium, zoomapi.Heavy: c.Heavy} {
		if rate := o.Tier.PerSecond(class) * share; rate > 0 {
			seconds = math.Max(seconds, float64(calls)/rate)
		}
	}
	c.Duration = time.Duration(math.Ceil(seconds)) * time.Second
	c.Days = 1
	if c.PerDay = o.Tier.DailyCreates(); c.PerDay > 0 && p.Counts.Create > c.PerDay {
		c.Days = (p.Counts.Create + c.PerDay - 1) / c.PerDay
	}
	return c
}
