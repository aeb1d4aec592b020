package text

import (
	"maps"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// IssueWhere says where in the file an issue is: "Line 7, column E-mail". It is empty for an issue about the whole file.
func (p *Printer) IssueWhere(is roster.Issue) string {
	column := p.IssueColumn(is)
	// Lines and positions are shown as editors and spreadsheets show them, without digit grouping.
	line, position := strconv.Itoa(is.Line), strconv.Itoa(is.Col)
	switch {
	case is.Row == 0 && column != "":
		// It is the column that has the problem, not a line of people.
		return p.T("where.column", "column", column)
	case is.Line > 0 && column != "":
		return p.T("where.cell", "line", line, "column", column)
	case is.Line > 0 && is.Col > 0:
		return p.T("where.position", "line", line, "number", position)
	case is.Line > 0:
		return p.T("where.line", "line", line)
	case is.Col > 0:
		return p.T("where.number", "number", position)
	}
	return ""
}

// IssueColumn names the column of an issue: as in the file, else as the language has it.
func (p *Printer) IssueColumn(is roster.Issue) string {
	if is.Column == "" && is.Field != "" {
		return p.Field(is.Field)
	}
	return is.Column
}

// Issue says what is wrong and what to do next, with the suggestion where there is one, but not where it is.
func (p *Printer) Issue(is roster.Issue) string {
	data := p.params(string(is.Code), is.Params)
	data["value"] = orEllipsis(is.Value)
	data["column"] = is.Column
	if data["column"] == "" {
		data["column"] = p.Field(is.Field)
	}
	if is.Code == plan.CodeDailyCap && is.Params["left"] == "" {
		// Nobody counted what was used of the day.
		data["left"] = data["per_day"]
	}
	why := is.Params["reason"]
	data["why"] = p.first(nil, nil, "phone."+why, "email."+why, "email.other")
	id := "issue." + string(is.Code)
	ids := []string{id, "issue.unknown"}
	for _, variant := range []string{why, is.Params["kind"], presence(is.Params["name"], "named"), is.Params["field"]} {
		if variant != "" {
			ids = append([]string{id + "." + variant}, ids...)
		}
	}
	data["code"], data["setting"] = string(is.Code), settingOf(string(is.Code))
	amount := amountOf(is)
	if n, ok := amount.(int); ok {
		data[countKey] = p.Number(n)
	}
	said := p.first(data, amount, ids...)
	return p.sentences(said, p.suggestion(is))
}

// suggestion says what was probably meant.
func (p *Printer) suggestion(is roster.Issue) string {
	if near := strings.Split(is.Params["nearest"], "; "); len(near) > 1 {
		for i, name := range near {
			near[i] = p.T("quote", "value", name)
		}
		return p.T("suggest.several", "names", p.list(near))
	}
	if is.Suggestion == "" {
		return ""
	}
	return p.first(map[string]string{"suggestion": is.Suggestion}, nil, "suggest."+string(is.Code), "suggest.value")
}

// amounts names the parameter that the sentence about an issue agrees with in number.
func amounts() map[roster.Code]string {
	return map[roster.Code]string{
		roster.TooManyChinese:   "count",
		roster.ControlCharacter: "count",
		roster.SkippedLines:     "count",
		roster.BadEncoding:      "count",
		roster.TooLong:          "length",
		roster.RaggedRow:        "cells",
		roster.TooManyPhones:    "count",
		plan.CodeTouchesMany:    "touched",
		plan.CodeTouchesAdmins:  "count",
		plan.CodeTakesLicences:  "count",
		plan.CodeNotEnoughSeats: "short",
		plan.CodeDailyCap:       "days",
	}
}

// amountOf is the number that an issue's sentence agrees with, an int; nil when there is none.
func amountOf(is roster.Issue) any {
	n, err := strconv.Atoi(is.Params[amounts()[is.Code]])
	if err != nil {
		return nil
	}
	return n
}

// params puts stored parameters into the form in which sentences show them.
func (p *Printer) params(code string, params map[string]string) map[string]string {
	data := maps.Clone(params)
	if data == nil {
		data = make(map[string]string)
	}
	for key, v := range params {
		switch key {
		case "max", "size":
			if n, err := strconv.ParseInt(v, 10, 64); err == nil && code == string(roster.TooLarge) {
				data[key] = p.Bytes(n)
				continue
			}
			data[key] = p.grouped(v)
		case "length", "count", "cells", "rows", "needed", "free", "freed", "short", "days", "per_day",
			"touched", "people", "percent", "account", "limit", "failed", "open", "left":
			data[key] = p.grouped(v)
		case "columns", "fields":
			if _, err := strconv.Atoi(v); err == nil {
				data[key] = p.grouped(v)
				continue
			}
			data[key] = p.fields(v)
		case "licence", "licences", "allowed", "capacities":
			data[key] = p.licences(v)
		case "type":
			data[key] = p.Value(roster.UserType, v)
		case "action", "status":
			data[key] = p.label("word."+key+".", v)
		case "headers":
			data[key] = p.list(strings.Split(v, ","))
		case "until":
			data[key] = instant(v)
		}
	}
	return data
}

// licences names licences, user types or capacities from their stored list, "licensed,large_meeting_500".
func (p *Printer) licences(stored string) string {
	var names []string
	for name := range strings.SplitSeq(stored, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, p.Licence(plan.Licence(name)))
		}
	}
	return p.list(names)
}

// orEllipsis keeps sentences whole whose value was not stored.
func orEllipsis(s string) string {
	if s == "" {
		return "…"
	}
	return s
}

// presence gives word if s is not empty.
func presence(s, word string) string {
	if s == "" {
		return ""
	}
	return word
}
