package text

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Reason says why a job was refused, stopped or waits, and what to do next. It covers the reasons of jobs and the codes of
// refused files. It is empty for an empty reason.
func (p *Printer) Reason(r jobs.Reason) string {
	if r.Code == "" {
		return ""
	}
	data := p.params(string(r.Code), r.Params)
	data["code"], data["setting"] = string(r.Code), settingOf(string(r.Code))
	if kind := r.Params["kind"]; r.Code == jobs.ReasonCode(roster.NotCSV) {
		data["kind"] = p.first(nil, nil, "kind."+kind, "kind.other")
		data["advice"] = p.T("advice." + advice(kind))
	}
	if r.Code == jobs.ReasonSlackScope {
		data["error"] = orEllipsis(r.Params["error"])
	}
	id := "reason." + string(r.Code)
	ids := []string{id, "reason.unknown"}
	if variant := reasonVariant(r); variant != "" {
		ids = append([]string{id + "." + variant}, ids...)
	}
	if l := r.Params["licence"]; l != "" {
		data["licence"] = p.Licence(plan.Licence(l))
	}
	if s := r.Params["state"]; s != "" {
		data["state"] = p.State(jobs.State(s))
	}
	var says string
	if r.Code != jobs.ReasonFileGone {
		// Why a file could not be fetched is for the log; all other details are Zoom's words.
		says = p.zoomSays(r.Params["detail"])
	}
	// A list that was cut short ends in an ellipsis, after which no full stop stands.
	return p.sentences(strings.ReplaceAll(p.first(data, nil, ids...), "….", "…"), says)
}

// settingOf names the setting of whoever runs the bot that stands behind a refusal; "" where none does.
func settingOf(code string) string {
	switch code {
	case string(jobs.ReasonCanary), string(jobs.ReasonErrors):
		return "guards.failed_share"
	case string(jobs.ReasonTouched):
		return "guards.touched_share"
	case string(jobs.ReasonRemoved):
		return "guards.removed_share"
	case string(plan.CodeProtectedAdmin):
		return "guards.allow_admins"
	}
	return ""
}

// reasonVariant names the message for a reason whose sentence depends on which parameters there are.
func reasonVariant(r jobs.Reason) string {
	for _, v := range []struct {
		code    jobs.ReasonCode
		param   string
		present bool
		variant string
	}{
		{jobs.ReasonCode(roster.NoHeader), "data", true, "data"},
		{jobs.ReasonCode(roster.MissingColumn), "mend", true, "mend"},
		{jobs.ReasonDuplicate, "state", true, "state"},
		{jobs.ReasonScope, "scopes", false, "unnamed"},
		{jobs.ReasonSlackScope, "scope", false, "unnamed"},
		{jobs.ReasonDailyLimit, "held", true, "held"},
		{jobs.ReasonDailyLimit, "until", false, "open"},
		{jobs.ReasonSeats, "held", true, "held"},
		{jobs.ReasonSeats, "until", true, "waiting"},
		{jobs.ReasonSeats, "licence", true, "named"},
		{jobs.ReasonCanary, "open", true, "open"},
		{jobs.ReasonErrors, "open", true, "open"},
	} {
		if v.code == r.Code && (r.Params[v.param] != "") == v.present {
			return v.variant
		}
	}
	return ""
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
// they add something. added says that the row is about somebody who is added to the account, as against one who is changed.
func (p *Printer) Failure(f jobs.Failure, added bool) string {
	reason := f.Reason
	if reason == "" {
		reason = jobs.FailureOther
	}
	data := map[string]string{"group": orEllipsis(f.Message), "fields": orEllipsis(p.fields(f.Message))}
	id := "failure." + string(reason)
	ids := []string{id, "failure." + string(jobs.FailureOther)}
	var lead, next string
	if later(f.Step) && !wholeSentence(reason) {
		ids = append([]string{id + "." + string(f.Step), id + ".later"}, ids...)
		lead, next = p.around(f.Step, added)
	}
	var says string
	if !ownWords(reason) {
		says = p.zoomSays(f.Message)
		if says == "" {
			says = p.zoomStatus(f)
		}
	}
	return p.sentences(lead, p.first(data, nil, ids...), says, next)
}

// UndoFailure says why something was not taken back, and what to do next. Posting the row again is no way: it would do what
// was to be taken back.
func (p *Printer) UndoFailure(f jobs.Failure) string {
	data := map[string]string{"group": orEllipsis(f.Message), "fields": orEllipsis(p.fields(f.Message))}
	id := string(f.Reason)
	ids := []string{"failure.undo." + id, "failure." + id + ".later", "failure.undo"}
	if f.Reason == jobs.FailureGroupNotSet {
		ids = append([]string{"failure." + id}, ids...)
	}
	var says string
	if !ownWords(f.Reason) {
		says = p.zoomSays(f.Message)
		if says == "" {
			says = p.zoomStatus(f)
		}
	}
	return p.sentences(p.first(data, nil, ids...), says, p.T("failure.next.undo"))
}

// later reports whether a step comes after the person is known to be in the account.
func later(s jobs.Step) bool {
	switch s {
	case jobs.StepProfile, jobs.StepGroups, jobs.StepStatus, jobs.StepLicence, jobs.StepAddOns, jobs.StepAddress,
		jobs.StepDelete:
		return true
	case jobs.StepCreate, jobs.StepCheck, jobs.StepWithdraw:
		return false
	}
	return false
}

// wholeSentence reports whether the words for a reason say themselves what was done and what is left to do.
func wholeSentence(r jobs.FailureReason) bool {
	return slices.Contains([]jobs.FailureReason{
		jobs.FailurePhone, jobs.FailureChanged, jobs.FailureAccepted, jobs.FailureNotSet, jobs.FailureHeir,
	}, r)
}

// ownWords reports whether our words for a reason say all that Zoom's say, or its message is none of Zoom's.
func ownWords(r jobs.FailureReason) bool {
	return slices.Contains([]jobs.FailureReason{
		jobs.FailureExists, jobs.FailureGone, jobs.FailureGroupNotSet, jobs.FailureChanged, jobs.FailureAccepted, jobs.FailureNotSet,
	}, r)
}

// around are the sentences before and after the words for a failure of a later step.
func (p *Printer) around(step jobs.Step, added bool) (lead, next string) {
	where := "profile"
	if step == jobs.StepGroups {
		where = "groups"
	}
	if step == jobs.StepDelete {
		return p.T("failure.lead.delete"), p.T("failure.next.delete")
	}
	if !added {
		return p.T("failure.lead.changed"), p.T("failure.next.changed")
	}
	return p.T("failure.lead." + where), p.T("failure.next." + where)
}

// Unfinished says of a row that failed for no known cause what was done, what is not set, and what to do next. missing are
// sentences about what is not set; added is as for [Printer.Failure].
func (p *Printer) Unfinished(outstanding []string, missing string, added bool) string {
	step := jobs.StepGroups
	if slices.ContainsFunc(outstanding, func(item string) bool { return !aboutGroup(item) }) {
		step = jobs.StepProfile
	}
	lead, next := p.around(step, added)
	return p.sentences(lead, missing, next)
}

// aboutGroup reports whether an outstanding item is about a group.
func aboutGroup(item string) bool {
	kind, _, ok := strings.Cut(item, ":")
	return ok && strings.HasSuffix(kind, "_group")
}

// zoomSays quotes Zoom; it is empty when Zoom said nothing. Something follows, so the quotation ends like a sentence.
func (p *Printer) zoomSays(message string) string {
	message = strings.TrimSpace(message)
	if message == "" {
		return ""
	}
	stop := "."
	if p.language == "ja" {
		stop = "。"
	}
	if last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(message, "\"'”’»)]」）")); strings.ContainsRune(".!?…。！？", last) {
		stop = ""
	}
	return p.T("zoom.says", "message", message+stop)
}

// zoomStatus gives the numbers of an answer that had no words; it is empty when there was no answer.
func (p *Printer) zoomStatus(f jobs.Failure) string {
	switch {
	case f.Status == 0:
		return ""
	case f.Code == 0:
		return p.T("zoom.status_only", "status", strconv.Itoa(f.Status))
	}
	return p.T("zoom.status", "status", strconv.Itoa(f.Status), "code", strconv.Itoa(f.Code))
}
