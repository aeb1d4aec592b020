package bot

import (
	"maps"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// problemLines lists the first problems: errors first, then warnings. What is the same in many lines is said once.
func (b *Bot) problemLines(p *text.Printer, v view) string {
	var found []*problem
	var errs, warnings, told int
	for _, severity := range []roster.Severity{roster.Error, roster.Warning} {
		same := make(map[string]*problem)
		for i := range v.issues {
			is := &v.issues[i]
			if is.Severity != severity || aboutPlan(is) || undoCode(is.Code) || (is.Code == roster.PositionalHeader && !v.asking && unconfirmed(&v.job)) {
				// It stands elsewhere on the card.
				continue
			}
			if severity == roster.Error {
				errs++
			} else {
				warnings++
			}
			one := problemOf(p, shown(*is, v.private))
			if known := same[one.key()]; known != nil && one.line > 0 {
				known.more = append(known.more, one.line)
				continue
			}
			same[one.key()] = one
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return ""
	}
	head := "*" + p.T("ui.problems.errors", "count", errs) + "*"
	switch {
	case errs == 0:
		head = "*" + p.T("ui.problems.warnings", "count", warnings) + "*"
	case warnings > 0:
		head += " · " + p.T("ui.problems.warnings", "count", warnings)
	}
	lines := []string{head}
	for _, one := range found[:min(len(found), shownIssues)] {
		lines = append(lines, one.words(p))
		told += 1 + len(one.more)
	}
	if more := errs + warnings - told; more > 0 {
		lines = append(lines, "_"+p.T("ui.problems.more", "count", more)+"_")
	}
	return cutLines(strings.Join(lines, "\n"), problemsLimit)
}

// problem is an issue as it is told, with the other lines of which the same is true.
type problem struct {
	where, column, said string
	line                int
	more                []int
}

func problemOf(p *text.Printer, is roster.Issue) *problem {
	one := &problem{where: p.IssueWhere(is), said: p.Issue(is)}
	if is.Row > 0 {
		one.line = is.Line
		one.column = p.IssueColumn(is)
	}
	return one
}

func (one *problem) key() string {
	if one.line == 0 {
		return one.where + "\x00" + one.said
	}
	return one.column + "\x00" + one.said
}

// linesShown is of how many lines the numbers are listed.
const linesShown = 8

// words are where, what, and what to do.
func (one *problem) words(p *text.Printer) string {
	where := one.where
	if len(one.more) > 0 {
		numbers := []string{strconv.Itoa(one.line)}
		for _, n := range one.more[:min(len(one.more), linesShown-1)] {
			numbers = append(numbers, strconv.Itoa(n))
		}
		if len(one.more) >= linesShown {
			numbers = append(numbers, "…")
		}
		list := strings.Join(numbers, p.T("list.separator"))
		where = p.T("where.lines", "lines", list)
		if one.column != "" {
			where = p.T("where.cells", "lines", list, "column", one.column)
		}
	}
	line := "• "
	if where != "" {
		line += "*" + esc(cut(where, nameLimit)) + "*: "
	}
	return cutMarks(line+esc(one.said), 600)
}

// shown is an issue as a card may show it.
func shown(is roster.Issue, private bool) roster.Issue {
	if private {
		return hideValues(is)
	}
	return is
}

// hideValues leaves of an issue only what is not from the rows of the file.
func hideValues(is roster.Issue) roster.Issue {
	is.Value, is.Suggestion = "", ""
	is.Params = maps.Clone(is.Params)
	delete(is.Params, "nearest")
	for _, key := range []string{"name", "group", "manager", "text", "domain", "first", "division", "attribute", "number"} {
		if _, ok := is.Params[key]; ok {
			is.Params[key] = "…"
		}
	}
	return is
}
