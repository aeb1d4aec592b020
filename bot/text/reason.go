package text

import (
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Reason says why a job was refused, stopped or waits, and what to do next. It covers the reasons of jobs and the codes of
// refused files. It is empty for an empty reason.
func (p *Printer) Reason(r jobs.Reason) string {
	if r.Code == "" {
		return ""
	}
	data := p.params(string(r.Code), r.Params)
	id := "reason." + string(r.Code)
	ids := []string{id, "reason.unknown"}
	switch r.Code {
	case jobs.ReasonCode(roster.NotCSV):
		kind := r.Params["kind"]
		data["kind"] = p.first(nil, nil, "kind."+kind, "kind.other")
		data["advice"] = p.T("advice." + advice(kind))
	case jobs.ReasonCode(roster.NoHeader):
		if r.Params["data"] != "" {
			ids = append([]string{id + ".data"}, ids...)
		}
	case jobs.ReasonDuplicate:
		if s := r.Params["state"]; s != "" {
			data["state"] = p.State(jobs.State(s))
			ids = append([]string{id + ".state"}, ids...)
		}
	case jobs.ReasonScope:
		if r.Params["scopes"] == "" {
			ids = append([]string{id + ".unnamed"}, ids...)
		}
	case jobs.ReasonDailyLimit:
		if r.Params["until"] == "" {
			ids = append([]string{id + ".open"}, ids...)
		}
	}
	data["code"] = string(r.Code)
	var says string
	switch r.Code {
	case jobs.ReasonFileGone, jobs.ReasonInternal, jobs.ReasonDuplicate:
		// Their detail, if any, is for the log.
	default:
		says = p.zoomSays(r.Params["detail"])
	}
	return p.sentences(p.first(data, nil, ids...), says)
}

// advice chooses what to tell somebody who posted another kind of file.
func advice(kind string) string {
	switch kind {
	case "xlsx", "xls", "ods", "numbers":
		return "spreadsheet"
	case "zip", "gzip":
		return "unpack"
	}
	return "csv"
}

// Failure says why Zoom did not take a row, or the rest of it, and what to do next. Zoom's own words are appended where
// they add something.
func (p *Printer) Failure(f jobs.Failure) string {
	reason := f.Reason
	if reason == "" {
		reason = jobs.FailureOther
	}
	data := map[string]string{"group": orEllipsis(f.Message)}
	id := "failure." + string(reason)
	ids := []string{id, "failure." + string(jobs.FailureOther)}
	later := f.Step == jobs.StepProfile || f.Step == jobs.StepGroups
	var lead, next string
	if later {
		ids = append([]string{id + "." + string(f.Step), id + ".later"}, ids...)
		lead, next = p.T("failure.lead."+string(f.Step)), p.T("failure.next."+string(f.Step))
	}
	var says string
	switch reason {
	case jobs.FailureExists, jobs.FailureGone, jobs.FailureGroupNotSet:
		// Ours says all that Zoom's says; the message of the last one is the name of the group.
	default:
		says = p.zoomSays(f.Message)
		if says == "" && f.Status != 0 {
			says = p.T("zoom.status", "status", strconv.Itoa(f.Status), "code", strconv.Itoa(f.Code))
			if f.Code == 0 {
				says = p.T("zoom.status_only", "status", strconv.Itoa(f.Status))
			}
		}
	}
	return p.sentences(lead, p.first(data, nil, ids...), says, next)
}

// zoomSays quotes Zoom; it is empty when Zoom said nothing.
func (p *Printer) zoomSays(message string) string {
	message = strings.TrimSpace(message)
	if message == "" {
		return ""
	}
	return p.T("zoom.says", "message", message)
}
