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
	column := is.Column
	if column == "" && is.Field != "" {
		column = p.Field(is.Field)
	}
	if column == "" && is.Col > 0 {
		column = strconv.Itoa(is.Col)
	}
	// Lines are shown as editors and spreadsheets show them, without digit grouping.
	line := strconv.Itoa(is.Line)
	switch {
	case is.Line > 0 && column != "":
		return p.T("where.cell", "line", line, "column", column)
	case is.Line > 0:
		return p.T("where.line", "line", line)
	case column != "":
		return p.T("where.column", "column", column)
	}
	return ""
}

// Issue says what is wrong and what to do next, with the suggestion where there is one, but not where it is.
func (p *Printer) Issue(is roster.Issue) string {
	data := p.params(string(is.Code), is.Params)
	data["value"] = orEllipsis(is.Value)
	data["column"] = is.Column
	if data["column"] == "" {
		data["column"] = p.Field(is.Field)
	}
	if why := is.Params["reason"]; why != "" {
		data["why"] = p.first(nil, nil, "email."+why, "email.other")
	} else {
		data["why"] = p.T("email.other")
	}
	id := "issue." + string(is.Code)
	ids := []string{id, "issue.unknown"}
	for _, variant := range []string{is.Params["kind"], presence(is.Params["name"], "named")} {
		if variant != "" {
			ids = append([]string{id + "." + variant}, ids...)
		}
	}
	data["code"] = string(is.Code)
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
		case "length", "count", "cells", "rows", "needed", "free", "short", "days", "per_day":
			data[key] = p.grouped(v)
		case "columns", "fields":
			if _, err := strconv.Atoi(v); err == nil {
				data[key] = p.grouped(v)
				continue
			}
			data[key] = p.fields(v)
		case "headers":
			data[key] = p.list(strings.Split(v, ","))
		case "until":
			data[key] = instant(v)
		}
	}
	return data
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
