package bot

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs/plan"
)

const (
	// shownDifferences is how many rows a card lists that a new plan treats otherwise; the plan file has them all.
	shownDifferences = 8
	// differenceLimit bounds their section, in characters.
	differenceLimit = 2000
)

// differenceLines say which rows the plan treats otherwise than the one that was shown before.
func differenceLines(p *text.Printer, v view) string {
	if v.difference == nil || len(v.difference.Rows) == 0 {
		return ""
	}
	rows := v.difference.Rows
	lines := []string{"*" + p.T("control.diff.title", "count", len(rows)) + "*"}
	for i := range rows[:min(len(rows), shownDifferences)] {
		lines = append(lines, differenceLine(p, &rows[i], v.private))
	}
	shown := cutLines(strings.Join(lines, "\n"), differenceLimit)
	if more := len(rows) - shownDifferences; more > 0 {
		shown += "\n_" + p.T("control.diff.more", "count", more) + "_"
	}
	return shown
}

// differenceLine is one row in both plans. On private cards neither the person nor a value is named.
func differenceLine(p *text.Printer, row *plan.RowDifference, private bool) string {
	where := p.T("where.line", "line", strconv.Itoa(row.Line))
	if key := orElse(row.After.Key, row.Before.Key); key != "" && !private {
		where += ", " + cut(key, nameLimit)
	}
	return cutMarks("• *"+esc(where)+"*: "+esc(differenceWords(p, row, private)), 500)
}

// differenceWords say what becomes of a row otherwise than before: both ends where it is treated in another way, else only
// what came and went.
func differenceWords(p *text.Printer, row *plan.RowDifference, private bool) string {
	before, after := &row.Before, &row.After
	was, is := effects(p, before, private), effects(p, after, private)
	if before.Verdict != after.Verdict || before.Action != after.Action {
		return p.T("control.diff.row", "before", effectWords(p, before, was), "now", effectWords(p, after, is))
	}
	var parts []string
	for _, side := range []struct {
		id        string
		own, both []string
	}{{"control.diff.gone", was, is}, {"control.diff.added", is, was}} {
		only := slices.DeleteFunc(slices.Clone(side.own), func(s string) bool { return slices.Contains(side.both, s) })
		if len(only) > 0 {
			parts = append(parts, p.T(side.id, "what", strings.Join(only, p.T("list.separator"))))
		}
	}
	if len(parts) == 0 {
		return p.T("control.diff.same", "verdict", p.Verdict(after.Verdict))
	}
	return p.Parts(append([]string{p.Verdict(after.Verdict)}, parts...))
}

// effectWords are a verdict and what comes with it.
func effectWords(p *text.Printer, c *plan.Change, effects []string) string {
	switch {
	case c.Verdict == "":
		return p.T("control.diff.absent")
	case len(effects) == 0:
		return p.Verdict(c.Verdict)
	}
	return p.T("control.diff.verdict", "verdict", p.Verdict(c.Verdict), "what", strings.Join(effects, p.T("list.separator")))
}

// effects are all that a change does to somebody beside its verdict: values and groups.
func effects(p *text.Printer, c *plan.Change, private bool) []string {
	if c.Action == plan.ActionNone {
		return nil
	}
	var parts []string
	adding := adds(c.Action)
	if adding && c.UserType != 0 {
		parts = append(parts, p.UserType(c.UserType))
	}
	for _, f := range c.Fields {
		words := p.Field(f.Field)
		if !private {
			f.Old, f.New = cut(f.Old, valueLimit), cut(f.New, valueLimit)
			words = p.Change(f, !adding && !c.Action.Removes())
		}
		parts = append(parts, words)
	}
	for _, groups := range []struct {
		id   string
		list []plan.Group
	}{{"ui.sample.joins", c.Groups}, {"ui.sample.leaves", c.Leaves}} {
		for _, g := range groups.list {
			name := "…"
			if !private {
				name = p.T("quote", "value", cut(g.Name, valueLimit))
			}
			parts = append(parts, p.T(groups.id, "groups", name))
		}
	}
	return parts
}

// formerWords says for the plan file what the plan before had in mind for a row that is different now.
func formerWords(p *text.Printer, row *plan.RowDifference) string {
	return effectWords(p, &row.Before, effects(p, &row.Before, false))
}
