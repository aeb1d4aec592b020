package bot

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
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
	head := "ui.sample.title"
	if v.job.Kind == jobs.KindUndo {
		head = "undo.sample.title"
	}
	lines := []string{"*" + p.T(head, "count", len(changed)) + "*"}
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

// changeParts are what happens to one person, in the order in which it is read best: what is done, what costs,
// the groups, the other values.
func changeParts(p *text.Printer, c *plan.Change, private bool) []string {
	var parts []string
	switch {
	case c.Action.Removes():
		parts = append(parts, p.T("remove.sample."+string(c.Action)))
	case c.Action != plan.ActionUpdate:
		parts = append(parts, p.T("ui.sample."+string(c.Action)))
	}
	if c.Action == plan.ActionResend {
		// What an invitation carries is no change of the person.
		return parts
	}
	var paid, others []string
	for _, f := range c.Fields {
		if f.Field == roster.Email {
			continue
		}
		words := p.Field(f.Field)
		if !private {
			f.Old, f.New = cut(f.Old, valueLimit), cut(f.New, valueLimit)
			words = p.Change(f, !c.Action.Removes())
		}
		if costs(f.Field) {
			paid = append(paid, words)
		} else {
			others = append(others, words)
		}
	}
	parts = append(parts, paid...)
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
	shown := min(len(others), max(shownValues-len(paid), 1))
	parts = append(parts, others[:shown]...)
	if more := len(others) - shown; more > 0 {
		parts = append(parts, p.T("ui.sample.values", "count", more))
	}
	return parts
}

// costs reports whether a field takes or frees a seat, or decides how a person signs in: it is always shown.
func costs(f roster.Field) bool {
	switch f { //nolint:exhaustive // The others cost nothing.
	case roster.UserType, roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions, roster.NewEmail:
		return true
	}
	return false
}

func groupNames(groups []plan.Group) []string {
	names := make([]string, 0, len(groups))
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}
