package bot

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

const (
	// shownChanges is how many changed people a card lists, shownValues how many values of each; the file has them all.
	shownChanges = 5
	shownValues  = 4
	// sampleLimit bounds the section of changes, in characters.
	sampleLimit = 2200
	// valueLimit is how much of a value is shown.
	valueLimit = 60
)

// sampleLines list the first people who are changed: those first who lose something. People who are added need no list,
// since there is no value of theirs that could be wrong in Zoom.
func sampleLines(p *text.Printer, v view) string {
	var changed []*plan.Change
	for i := range v.changes {
		switch c := &v.changes[i]; c.Action {
		case plan.ActionUpdate, plan.ActionActivate, plan.ActionDeactivate, plan.ActionResend, plan.ActionWithdraw,
			plan.ActionDelete, plan.ActionUnlink:
			changed = append(changed, c)
		case plan.ActionNone, plan.ActionCreate:
		}
	}
	if len(changed) == 0 {
		return ""
	}
	slices.SortStableFunc(changed, func(a, b *plan.Change) int { return rank(b) - rank(a) })
	lines := []string{"*" + p.T("ui.sample.title", "count", len(changed)) + "*"}
	for _, c := range changed[:min(len(changed), shownChanges)] {
		lines = append(lines, sampleLine(p, c, v.private))
	}
	if more := len(changed) - shownChanges; more > 0 {
		lines = append(lines, "_"+p.T("ui.sample.more", "count", more)+"_")
	}
	return cutLines(strings.Join(lines, "\n"), sampleLimit)
}

// rank is higher for people who lose more.
func rank(c *plan.Change) int { return 2*one(c.Action.Removes()) + one(c.Frees()) }

// sampleLine is what happens to one person. On private cards neither the person nor a value is named.
func sampleLine(p *text.Printer, c *plan.Change, private bool) string {
	who := c.Key
	if private {
		who = p.T("where.line", "line", strconv.Itoa(c.Line))
	}
	return cutMarks("• *"+esc(cut(who, nameLimit))+"*: "+esc(p.Parts(changeParts(p, c, private))), 600)
}

// changeParts are what happens to one person, in the order in which it is read best: what is done, the values, the groups.
func changeParts(p *text.Printer, c *plan.Change, private bool) []string {
	var parts []string
	switch {
	case c.Action.Removes():
		parts = append(parts, p.T("remove.sample."+string(c.Action)))
	case c.Action != plan.ActionUpdate:
		parts = append(parts, p.T("ui.sample."+string(c.Action)))
	}
	values := 0
	for _, f := range c.Fields {
		if f.Field == roster.Email {
			continue
		}
		if values++; values > shownValues {
			continue
		}
		if private {
			parts = append(parts, p.Field(f.Field))
			continue
		}
		f.Old, f.New = cut(f.Old, valueLimit), cut(f.New, valueLimit)
		parts = append(parts, p.Change(f, c.Action != plan.ActionResend && !c.Action.Removes()))
	}
	if more := values - shownValues; more > 0 {
		parts = append(parts, p.T("ui.sample.values", "count", more))
	}
	for _, groups := range []struct {
		id   string
		list []plan.Group
	}{{"ui.sample.joins", c.Groups}, {"ui.sample.leaves", c.Leaves}} {
		if len(groups.list) == 0 {
			continue
		}
		names := p.Number(len(groups.list))
		if !private {
			names = nameList(p, groupNames(groups.list))
		}
		parts = append(parts, p.T(groups.id, "groups", names))
	}
	return parts
}

func groupNames(groups []plan.Group) []string {
	names := make([]string, 0, len(groups))
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}
