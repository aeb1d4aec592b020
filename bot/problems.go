package bot

import (
	"maps"
	"strings"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// problemLines lists the first problems: errors first, then warnings.
func (b *Bot) problemLines(p *text.Printer, v view) string {
	var listed []string
	var errs, warnings int
	for _, severity := range []roster.Severity{roster.Error, roster.Warning} {
		for _, is := range v.issues {
			if is.Severity != severity || aboutPlan(&is) {
				continue
			}
			if severity == roster.Error {
				errs++
			} else {
				warnings++
			}
			if len(listed) < shownIssues {
				listed = append(listed, issueLine(p, is, v.private))
			}
		}
	}
	if len(listed) == 0 {
		return ""
	}
	head := "*" + p.T("ui.problems.errors", "count", errs) + "*"
	switch {
	case errs == 0:
		head = "*" + p.T("ui.problems.warnings", "count", warnings) + "*"
	case warnings > 0:
		head += " · " + p.T("ui.problems.warnings", "count", warnings)
	}
	if more := errs + warnings - len(listed); more > 0 {
		listed = append(listed, "_"+p.T("ui.problems.more", "count", more)+"_")
	}
	return cutLines(head+"\n"+strings.Join(listed, "\n"), problemsLimit)
}

// issueLine is one problem: where, what, what to do.
func issueLine(p *text.Printer, is roster.Issue, private bool) string {
	is = shown(is, private)
	where := p.IssueWhere(is)
	line := "• "
	if where != "" {
		line += "*" + esc(cut(where, nameLimit)) + "*: "
	}
	return cutMarks(line+esc(p.Issue(is)), 600)
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

