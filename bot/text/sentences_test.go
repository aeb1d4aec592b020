package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// weird is a value as files have them at times: it must come through as it is.
const weird = "<!channel> *a* & “b” {{.c}} %d [x]\u202e"

// sample is an issue or a reason with the parameters that its code documents, and what must be seen of them.
type sample struct {
	params map[string]string
	issue  roster.Issue
	want   []string
}

func params(kv ...string) map[string]string {
	m := make(map[string]string)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

// with is a copy of params with one more.
func with(params map[string]string, key, value string) map[string]string {
	params = maps.Clone(params)
	params[key] = value
	return params
}

// emailReasons are the reasons of invalid_email.
func emailReasons() []string {
	return []string{
		"no_at", "several_at", "no_local", "no_domain", "no_dot", "space", "bad_local", "bad_domain", "several_addresses",
	}
}

func issueSamples() map[roster.Code][]sample {
	value := roster.Issue{Value: weird}
	suggested := roster.Issue{Value: weird, Suggestion: "<b>&" + weird}
	column := roster.Issue{Column: weird}
	none := []sample{{}}
	seen := []string{weird}
	samples := map[roster.Code][]sample{
		roster.MissingEmail: none, roster.MissingFirstName: none, roster.MissingLastName: none,
		roster.MissingValue:    {{issue: roster.Issue{Column: weird}, want: seen}, {issue: roster.Issue{Field: roster.Department}}},
		roster.EmailTypo:       {{params("domain", "example.org"), suggested, []string{weird, "example.org", "<b>&"}}},
		roster.DuplicateEmail:  {{params("first_line", "1207", "first_row", "1206"), value, []string{"1207"}}},
		roster.DuplicateRow:    {{params("first_line", "1207", "first_row", "1206"), value, []string{"1207"}}},
		roster.TooLong:         {{params("max", "64", "length", "65"), value, []string{"64", "65"}}, {params("max", "64", "length", "65", "name", weird), value, []string{"64", "65", weird}}},
		roster.TooManyChinese:  {{params("max", "5", "count", "6"), value, []string{"5", "6", weird}}},
		roster.SelfManager:     {{issue: value}},
		roster.InvalidEmail:    nil,
		roster.InvalidManager:  nil,
		roster.UnknownColumn:   {{issue: column, want: seen}, {nil, roster.Issue{Column: weird, Suggestion: "Department"}, []string{"Department"}}},
		roster.IgnoredColumn:   {{issue: column, want: seen}},
		roster.DuplicateColumn: {{params("first", "<first>", "first_column", "3"), column, []string{weird, "<first>", "3"}}},
		roster.ControlCharacter: {
			{params("character", "U+0007", "count", "1"), suggested, []string{"U+0007", "<b>&"}},
			{params("character", "U+0007", "count", "3"), suggested, []string{"U+0007", "3", "<b>&"}},
		},
		roster.SpreadsheetError:   {{params("text", "#REF!"), value, []string{"#REF!"}}},
		roster.ScientificNotation: {{issue: value, want: seen}},
		roster.Formula:            {{issue: value, want: seen}},
		roster.GarbledText:        {{issue: suggested, want: []string{weird, "<b>&"}}},
		roster.RaggedRow: {
			{params("cells", "9", "columns", "8"), roster.Issue{Suggestion: weird}, []string{"9", "8", weird}},
			{params("cells", "1", "columns", "0"), roster.Issue{}, []string{"1", "0"}},
		},
		roster.SkippedLines: {{params("count", "1"), roster.Issue{}, []string{"1"}}, {params("count", "4"), roster.Issue{}, []string{"4"}}},
		roster.TotalsLine:   none, roster.WrappedLines: none,

		plan.CodeUnknownGroup: {
			{params("group", weird, "nearest", ""), value, seen},
			{params("group", weird, "nearest", "Sales EMEA"), roster.Issue{Suggestion: "Sales EMEA"}, []string{weird, "Sales EMEA"}},
			{params("group", weird, "nearest", "Sales EMEA; Sales"), roster.Issue{Suggestion: "Sales EMEA"}, []string{weird, "Sales EMEA", "Sales"}},
		},
		plan.CodeUnknownChatGroup:      {{params("group", weird, "nearest", ""), value, seen}},
		plan.CodeChatGroupsUnavailable: {{issue: roster.Issue{Field: roster.ChatGroup}}},
		plan.CodeUnknownManager:        {{params("manager", weird), roster.Issue{}, seen}},
		plan.CodeExists:                none, plan.CodeExistsPending: none, plan.CodeExistsInactive: none, plan.CodeSeatsUnknown: none,
		plan.CodeExistsDiffers: {{params: params("fields", "department,user_group")}},
		plan.CodeNotEnoughSeats: {
			{params("needed", "10", "free", "9", "short", "1"), roster.Issue{}, []string{"10", "9", "1"}},
			{params("needed", "10", "free", "7", "short", "3"), roster.Issue{}, []string{"10", "7", "3"}},
		},
		plan.CodeDailyCap: {
			{params("days", "3", "per_day", "50", "left", "7"), roster.Issue{}, []string{"3", "50", "7"}},
			{params("days", "3", "per_day", "50"), roster.Issue{}, []string{"3", "50"}},
		},
	}
	for code, all := range newerSamples() {
		samples[code] = append(samples[code], all...)
	}
	for _, reason := range append(emailReasons(), "some_new_one") {
		s := sample{params("reason", reason), suggested, []string{weird, "<b>&"}}
		samples[roster.InvalidEmail] = append(samples[roster.InvalidEmail], s)
		samples[roster.InvalidManager] = append(samples[roster.InvalidManager], s)
	}
	for _, kind := range []string{"unterminated", "unescaped", "bare", "spanning", "some_new_one"} {
		samples[roster.BadQuote] = append(samples[roster.BadQuote], sample{params("kind", kind, "at_line", "1208"), value, []string{"1208"}})
	}
	for _, kind := range []string{"invalid", "lost"} {
		for _, count := range []string{"1", "2"} {
			samples[roster.BadEncoding] = append(samples[roster.BadEncoding], sample{
				params("kind", kind, "at_line", "1208", "at_column", "17", "count", count, "byte", "0x81"), value, []string{"1208", "17"},
			})
		}
	}
	return samples
}

// newerSamples are those of the columns that an update has, and of workbooks.
func newerSamples() map[roster.Code][]sample {
	value := roster.Issue{Value: weird}
	none := []sample{{}}
	seen := []string{weird}
	samples := map[roster.Code][]sample{
		roster.CannotClear:      {{issue: roster.Issue{Field: roster.FirstName, Value: roster.ClearMarker}}},
		roster.UnknownUserType:  {{nil, roster.Issue{Value: weird, Suggestion: "licensed"}, seen}},
		roster.UnknownLicenses:  {{params("name", weird), value, nil}},
		roster.TypesDiffer:      {{params("type", "basic", "licences", "licensed"), value, nil}},
		roster.UnknownCapacity:  {{params("allowed", "500,1000"), value, []string{"500"}}},
		roster.UnknownAction:    {{nil, roster.Issue{Value: weird, Suggestion: "update"}, seen}},
		roster.UnknownLanguage:  {{nil, roster.Issue{Value: weird, Suggestion: "fr-FR"}, seen}},
		roster.UnknownTimezone:  {{nil, roster.Issue{Value: weird, Suggestion: "Europe/Paris"}, seen}},
		roster.TooManyPhones:    {{params("max", "3", "count", "4"), value, []string{"3"}}},
		roster.PositionalHeader: {{params: params("columns", "email,first_name,last_name")}},
		roster.SeveralSheets:    {{params: params("sheet", weird, "sheets", "A, B"), want: []string{weird}}},

		plan.CodeUnknownDivision:      {{params("division", weird, "nearest", ""), value, seen}},
		plan.CodeDivisionsUnavailable: {{issue: roster.Issue{Field: roster.Division}}},
		plan.CodeUnknownAttribute:     {{params("attribute", weird, "nearest", ""), roster.Issue{Column: "Custom: " + weird}, nil}},
		plan.CodeAbsent:               {{params("nearest", ""), value, nil}, {params("nearest", "a@example.com"), roster.Issue{Suggestion: "a@example.com"}, []string{"a@example.com"}}},
		plan.CodeNotCompared:          {{params: params("fields", "department")}},
		plan.CodeExistsForCreate:      {{params: params("status", "pending")}, {params: params("status", "new_one"), want: nil}},
		plan.CodeActionNotAllowed:     {{params: params("action", "update", "kind", "import")}, {params: params("action", "create", "kind", "update")}},
		plan.CodeCannotDeactivate:     {{params: params("kind", "pending")}, {params: params("kind", "owner")}},
		plan.CodeNothingToDo: {
			{params: params("kind", "deactivate", "status", "inactive")},
			{params: params("kind", "resend", "status", "active")},
			{params: params("kind", "withdraw", "status", "active")},
			{params("kind", "new_email"), value, seen},
		},
		plan.CodeDeleteNotAllowed: {{params: params("action", "delete")}},
		plan.CodeTransferIdle:     none,
		roster.UnknownSwitch:      {{nil, value, seen}, {params("kind", "sized"), value, seen}},
		plan.CodeOtherCells:       {{params: params("fields", "department,user_group")}},
		plan.CodeNeedsLicence:     {{params: params("fields", "large_meeting", "type", "basic")}, {params: params("fields", "webinar", "type", "basic", "kind", "chosen")}},
		plan.CodeNoSuchCapacity: {
			{params: params("fields", "large_meeting", "capacity", "700", "capacities", "500,1000"), want: []string{"700", "500"}},
			{params: params("fields", "large_meeting", "capacity", "700", "capacities", "", "kind", "none")},
			{params: params("fields", "webinar", "capacity", "yes", "capacities", "500,1000", "kind", "several"), want: []string{"500"}},
			{params: params("fields", "webinar", "capacity", "yes", "capacities", "", "kind", "unsized")},
		},
		plan.CodeTypeNeedsSSO: none,
		plan.CodeRowsContradict: {
			{params("lines", "4, 7", "actions", "delete, update"), roster.Issue{Value: "delete"}, []string{"4, 7", "delete", "update"}},
		},
		plan.CodeManagerLeaves: {{params("manager", weird), value, seen}},
		plan.CodeLicenceTaken: {
			{params: params("licences", "licensed")},
			{params: params("licences", "licensed,large_meeting_500", "kind", "add_ons", "fields", "large_meeting")},
		},
		plan.CodeAdmin:         {{params: params("role", "1")}},
		plan.CodeRole:          {{params: params("role", "R1")}},
		plan.CodeUndoChanged:   {{params: params("fields", "department,user_group,status")}},
		plan.CodeUndoActivated: none, plan.CodeUndoAdded: none, plan.CodeUndoRemoved: none, plan.CodeUndoWithdrawn: none,
		plan.CodeUndoGone:      none,
		plan.CodeUndoProtected: {{params: params("field", "user_type", "role", "1")}},
		plan.CodeUndoUnread:    {{params: params("fields", "department")}},
		plan.CodeUndoPartly:    {{params: params("fields", "department,job_title")}, {params: params("fields", "department", "kind", "deactivate")}},
		plan.CodeProtectedAdmin: {
			{params: params("field", "user_type")}, {params: params("field", "status")}, {params: params("field", "new_email")}, {},
		},
		plan.CodeProtectedOwner: {{params: params("field", "status")}},
		plan.CodeTouchesMany:    {{params: params("touched", "300", "people", "1000", "percent", "30"), want: []string{"300"}}},
		plan.CodeTouchesAdmins:  {{params: params("count", "1")}, {params: params("count", "12"), want: []string{"12"}}},
		plan.CodeTakesLicences:  {{params: params("count", "1")}, {params: params("count", "12"), want: []string{"12"}}},
		plan.CodeNotEnoughSeats: {
			{params: params("licence", "licensed", "needed", "10", "free", "7", "freed", "2", "short", "3"), want: []string{"10", "7", "3"}},
			{params: params("licence", "webinar_1000", "needed", "10", "free", "7", "freed", "2", "short", "3", "kind", "add_on", "fields", "webinar", "capacity", "1000"), want: []string{"10", "7", "3"}},
		},
	}
	for _, kind := range []string{"no_name", "join_and_leave", "replace_and_leave", "late_equals", "clear_and_names"} {
		samples[roster.InvalidGroups] = append(samples[roster.InvalidGroups], sample{params("kind", kind, "name", weird), value, nil})
	}
	for _, kind := range []string{"pending", "owner", "admin", "unknown", "some_new_one"} {
		samples[plan.CodeCannotDelete] = append(samples[plan.CodeCannotDelete], sample{params: params("kind", kind, "action", "delete")})
	}
	for _, kind := range []string{"nobody", "self", "absent", "inactive", "leaves", "moves", "nothing", "some_new_one"} {
		samples[plan.CodeTransferTo] = append(samples[plan.CodeTransferTo], sample{params("kind", kind), value, nil})
	}
	for _, kind := range []string{"adds", "twice", "row", "freed", "taken", "some_new_one"} {
		samples[plan.CodeNewEmail] = append(samples[plan.CodeNewEmail], sample{params("kind", kind), value, nil})
	}
	for _, reason := range []string{
		"no_country", "unknown_country", "country_mismatch", "too_short", "too_long", "extension", "characters", "unknown_label", "some_new_one",
	} {
		samples[roster.InvalidPhone] = append(samples[roster.InvalidPhone], sample{params("reason", reason, "number", weird), value, nil})
	}
	return samples
}

func TestIssues(t *testing.T) {
	t.Parallel()
	samples := issueSamples()
	refusals := reasonSamples()
	declared := append(constants(t, "../../jobs/roster", "Code"), constants(t, "../../jobs/plan", "Code")...)
	for _, code := range declared {
		if samples[roster.Code(code)] == nil && refusals[jobs.ReasonCode(code)] == nil {
			t.Errorf("%s has no sample", code)
		}
	}
	listed := append(roster.Codes(), plan.Codes()...)
	slices.Sort(listed)
	var want []roster.Code
	for _, code := range declared {
		want = append(want, roster.Code(code))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("codes as declared and as listed (-want +got):\n%s", diff)
	}
	for _, p := range printers(t) {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			for code, all := range samples {
				if !p.own["issue."+string(code)] {
					t.Errorf("issue.%s is missing", code)
				}
				for _, s := range all {
					is := s.issue
					is.Code, is.Params = code, s.params
					before := maps.Clone(s.params)
					got := p.Issue(is)
					checkSentences(t, p, fmt.Sprintf("%s %v", code, s.params), got, s.want)
					if diff := cmp.Diff(before, is.Params); diff != "" {
						t.Errorf("%s: the issue was changed:\n%s", code, diff)
					}
				}
			}
		})
	}
}

// checkSentences fails unless got is whole sentences that show all of want.
func checkSentences(t *testing.T, p *Printer, what, got string, want []string) {
	t.Helper()
	// What came from the sample may look like anything; the rest must be fit.
	checkText(t, what, strings.ReplaceAll(got, weird, "w"))
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s: %q does not show %q", what, got, w)
		}
	}
	last := strings.TrimRight(got, "”«»「」『』“ \u00a0\u202f")
	if !strings.HasSuffix(last, ".") && !strings.HasSuffix(last, "?") && !strings.HasSuffix(last, "。") && !strings.HasSuffix(last, "？") &&
		!strings.HasSuffix(got, weird) {
		t.Errorf("%s: %q is not a sentence in %s", what, got, p.Language())
	}
}

func TestIssueInWords(t *testing.T) {
	t.Parallel()
	c := strict(t)
	email := roster.Issue{
		Line: 1207, Row: 1206, Col: 1, Column: "E-mail", Field: roster.Email, Value: "ann.example.com", Code: roster.InvalidEmail,
		Params: params("reason", "no_at"), Suggestion: "ann@example.com",
	}
	group := roster.Issue{
		Line: 7, Row: 6, Field: roster.UserGroup, Code: plan.CodeUnknownGroup, Params: params("group", "Sale", "nearest", "Sales; Sales EMEA"),
		Suggestion: "Sales",
	}
	for _, test := range []struct{ locale, got, want string }{
		{"en", c.For("en").IssueWhere(email), "Line 1207, column “E-mail”"},
		{"fr", c.For("fr").IssueWhere(email), "Ligne 1207, colonne «\u00a0E-mail\u00a0»"},
		{"fr", c.For("fr").IssueWhere(group), "Ligne 7, colonne «\u00a0Groupe d’utilisateurs\u00a0»"},
		{"en", c.For("en").IssueWhere(roster.Issue{Line: 3}), "Line 3"},
		{"en", c.For("en").IssueWhere(roster.Issue{Line: 3, Col: 9}), "Line 3, column 9"},
		{"en", c.For("en").IssueWhere(roster.Issue{Col: 9}), "Column 9"},
		{"en", c.For("en").IssueWhere(roster.Issue{Line: 1, Col: 2, Column: "Fist Name"}), "Column “Fist Name”"},
		{"en", c.For("en").IssueWhere(roster.Issue{Field: roster.ChatGroup}), "Column “IM Group”"},
		{"en", c.For("en").IssueWhere(roster.Issue{}), ""},
		{
			"en", c.For("en").Issue(email),
			"“ann.example.com” is not a valid e-mail address: it has no @. Did you mean “ann@example.com”?",
		},
		{
			"fr", c.For("fr").Issue(email),
			"«\u00a0ann.example.com\u00a0» n’est pas une adresse e-mail valide\u00a0: il n’y a pas de @. " +
				"Vouliez-vous écrire «\u00a0ann@example.com\u00a0»\u202f?",
		},
		{
			"en", c.For("en").Issue(group),
			"The user group “Sale” does not exist in Zoom. Create it there or correct the name. " +
				"Names that come close: “Sales”, “Sales EMEA”.",
		},
		{
			"en", c.For("en").Issue(roster.Issue{Code: plan.CodeExistsDiffers, Params: params("fields", "department,user_group")}),
			"The person is already in Zoom with other values (Department, User Group). A file that only adds people leaves them " +
				"as they are; allow changes on the card if the file is right.",
		},
		{
			"en", c.For("en").Issue(roster.Issue{Code: plan.CodeDailyCap, Params: params("days", "1200", "per_day", "9999", "left", "1000")}),
			"Zoom takes 9,999 new people a day (left today: 1,000), so the work is spread over 1,200 days. It goes on by itself.",
		},
		{
			"en", c.For("en").Issue(roster.Issue{Code: "brand_new", Value: "x"}),
			"Something is wrong with this value (brand_new). Check it and post the row again.",
		},
	} {
		if test.got != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.locale, test.got, test.want)
		}
	}
}

func reasonSamples() map[jobs.ReasonCode][]sample {
	none := []sample{{}}
	guard := params("failed", "6", "rows", "10", "percent", "60", "limit", "20")
	many := params("people", "1200", "account", "4000", "percent", "30", "limit", "20")
	detail := []sample{{params: params("detail", weird), want: []string{weird}}, {params: params("detail", "")}, {}}
	samples := map[jobs.ReasonCode][]sample{
		jobs.ReasonDuplicate: {
			{params: params("job", "k7m2-9xqd"), want: []string{"k7m2-9xqd"}},
			{params: params("job", "k7m2-9xqd", "state", "applying"), want: []string{"k7m2-9xqd"}},
		},
		jobs.ReasonNobodyToAdd: none, jobs.ReasonAccountChanged: none, jobs.ReasonInternal: none,
		jobs.ReasonGuest: none, jobs.ReasonOutsider: none, jobs.ReasonExternalFile: none,
		jobs.ReasonHeld:          none,
		jobs.ReasonIncomplete:    none,
		jobs.ReasonCanary:        {{params: guard, want: []string{"6", "10", "60", "20"}}, {params: with(guard, "open", "4213"), want: []string{"6", "10"}}},
		jobs.ReasonErrors:        {{params: guard, want: []string{"6", "10", "60", "20"}}, {params: with(guard, "open", "4213"), want: []string{"6", "10"}}},
		jobs.ReasonBehind:        {{params: params("job", "k7m2-9xqd", "people", "12"), want: []string{"k7m2-9xqd", "12"}}},
		jobs.ReasonOverlap:       {{params: params("job", "k7m2-9xqd", "people", "12"), want: []string{"k7m2-9xqd", "12"}}},
		jobs.ReasonTouched:       {{params: many, want: []string{"30", "20"}}},
		jobs.ReasonRemoved:       {{params: many, want: []string{"30", "20"}}},
		jobs.ReasonNothingToUndo: {{params: params("job", "k7m2-9xqd"), want: []string{"k7m2-9xqd"}}},
		jobs.ReasonCredentials:   detail, jobs.ReasonForbidden: detail, jobs.ReasonZoomUnavailable: detail,
		jobs.ReasonScope: {
			{params: params("scopes", "user:write:user:admin, group:read:admin"), want: []string{"user:write:user:admin"}},
			{params: params("detail", weird), want: []string{weird}},
		},
		jobs.ReasonSeats: {
			{params: params("licence", "licensed", "rows", "3", "until", "2026-03-05T01:00:10+01:00"), want: []string{"3", "2026-03-05 00:00 UTC"}},
			{params: params("licence", "large_meeting_500", "rows", "3", "detail", weird), want: []string{"500", weird}},
			{params: params("detail", weird), want: []string{weird}},
			{},
		},
		jobs.ReasonDailyLimit:                     {{params: params("until", "2026-03-05T01:00:10+01:00"), want: []string{"2026-03-05 00:00 UTC"}}, {}},
		jobs.ReasonCode(roster.NoSuchSheet):       {{params: params("sheet", weird, "sheets", "A, B"), want: []string{weird, "A, B"}}},
		jobs.ReasonCode(roster.WorkbookTooLarge):  {{params: params("what", "unzip_size", "max", "100000000", "size", "200000000")}, {params: params("what", "cells", "max", "1000", "size", "2000")}},
		jobs.ReasonCode(roster.WorkbookDamaged):   none,
		jobs.ReasonCode(roster.WorkbookEncrypted): none,
		jobs.ReasonFileGone:                       {{params: params("detail", "fetch file: 404")}},
		jobs.ReasonSlackScope: {
			{params: params("scope", "files:read", "error", "missing_scope"), want: []string{"files:read"}},
			{params: params("error", "token_revoked"), want: []string{"token_revoked"}},
			{},
		},

		jobs.ReasonCode(roster.MissingColumn): {{params: params("columns", "email,last_name", "headers", "a,"+weird), want: []string{"a", weird}}},
		jobs.ReasonCode(roster.NoHeader):      {{params: params("line", "1")}, {params: params("line", "1", "data", "true")}},
		jobs.ReasonCode(roster.EmptyFile):     none, jobs.ReasonCode(roster.NoRows): none,
		jobs.ReasonCode(roster.TooManyRows):    {{params: params("max", "500", "rows", "501"), want: []string{"500", "501"}}},
		jobs.ReasonCode(roster.TooManyColumns): {{params: params("max", "500"), want: []string{"500"}}},
		jobs.ReasonCode(roster.TooLarge):       {{params: params("max", "10485760", "size", "20971520"), want: []string{"10", "20"}}},
		jobs.ReasonCode(roster.Undecodable):    {{params: params("encoding", "Shift_JIS"), want: []string{"Shift_JIS"}}},
	}
	for _, kind := range []string{
		"xlsx", "xls", "ods", "numbers", "zip", "pdf", "html", "xml", "json", "rtf", "gzip", "image", "binary", "some_new_one",
	} {
		code := jobs.ReasonCode(roster.NotCSV)
		samples[code] = append(samples[code], sample{params: params("kind", kind), want: []string{"CSV"}})
	}
	return samples
}

func TestReasons(t *testing.T) {
	t.Parallel()
	samples := reasonSamples()
	for _, code := range constants(t, "../../jobs", "ReasonCode") {
		if samples[jobs.ReasonCode(code)] == nil {
			t.Errorf("%s has no sample", code)
		}
	}
	for _, p := range printers(t) {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			for code, all := range samples {
				if !p.own["reason."+string(code)] {
					t.Errorf("reason.%s is missing", code)
				}
				for _, s := range all {
					checkSentences(t, p, fmt.Sprintf("%s %v", code, s.params), p.Reason(jobs.Reason{Code: code, Params: s.params}), s.want)
				}
			}
			if got := p.Reason(jobs.Reason{}); got != "" {
				t.Errorf("no reason: %q", got)
			}
			checkSentences(t, p, "unknown", p.Reason(jobs.Reason{Code: "brand_new"}), []string{"brand_new"})
			if got := p.Reason(jobs.Reason{Code: jobs.ReasonFileGone, Params: params("detail", "fetch file: 404")}); strings.Contains(got, "404") {
				t.Errorf("the log's detail is shown: %q", got)
			}
		})
	}
	en := strict(t).For("en")
	for _, test := range []struct {
		reason jobs.Reason
		want   string
	}{
		{
			jobs.Reason{Code: "missing_column", Params: params("columns", "email,last_name", "headers", "Mel,Nme")},
			"The file has no column for: Email, Last Name. It has these columns: Mel, Nme. " +
				"Add what is missing to the header line and post the file again.",
		},
		{
			jobs.Reason{Code: "not_csv", Params: params("kind", "xlsx")},
			"This looks like an Excel workbook (.xlsx), not a CSV file. Open it, save it as CSV (UTF-8) and post that file.",
		},
		{
			jobs.Reason{Code: jobs.ReasonDuplicate, Params: params("job", "k7m2-9xqd", "state", "awaiting_approval")},
			"The same file is already being handled as job k7m2-9xqd (Waiting for approval). Go on there; nothing was started here.",
		},
	} {
		if diff := cmp.Diff(test.want, en.Reason(test.reason)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason.Code, diff)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	reasons := append(constants(t, "../../jobs", "FailureReason"), "", "some_new_one")
	steps := append(constants(t, "../../jobs", "Step"), "")
	for _, p := range printers(t) {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			for _, r := range reasons {
				if r != "" && r != "some_new_one" && !p.own["failure."+r] {
					t.Errorf("failure.%s is missing", r)
				}
				for _, step := range steps {
					for _, message := range []string{"", weird} {
						checkFailure(t, p, jobs.Failure{
							Step: jobs.Step(step), Status: 400, Code: 300, Message: message, Reason: jobs.FailureReason(r),
						})
					}
				}
			}
		})
	}
	en := strict(t).For("en")
	if diff := cmp.Diff(
		"Somebody changed this person in Zoom after the plan was made (Department, Badge), so nothing was done. "+
			"Look at the person in Zoom; if the file is right, post the row again.",
		en.Failure(jobs.Failure{Step: jobs.StepCheck, Reason: jobs.FailureChanged, Message: "department,custom:Badge"}, false),
	); diff != "" {
		t.Errorf("a conflict (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		failure jobs.Failure
		want    string
	}{
		{
			jobs.Failure{Step: jobs.StepCreate, Status: 400, Code: 300, Message: "no such “field”", Reason: jobs.FailureValidation},
			"Zoom did not accept a value of this row. Correct it and post the row again. Zoom says: no such “field”.",
		},
		{
			jobs.Failure{Step: jobs.StepProfile, Reason: jobs.FailureStopped},
			"The person was added, but not everything else in the row. The job ended before everything in the row could be set. " +
				"Complete the person in Zoom, or post the row again as an update.",
		},
		{
			jobs.Failure{Step: jobs.StepCreate, Status: 400, Code: 300, Message: "Invalid field.", Reason: jobs.FailureValidation},
			"Zoom did not accept a value of this row. Correct it and post the row again. Zoom says: Invalid field.",
		},
		{
			jobs.Failure{Step: jobs.StepGroups, Message: "Sales", Reason: jobs.FailureGroupNotSet},
			"The person was added, but not to every group. Zoom took the request, but the person is not in the group “Sales”. " +
				"Add the person to the group in Zoom, or post the row again as an update.",
		},
		{
			jobs.Failure{Step: jobs.StepProfile, Status: 429, Reason: jobs.FailureOther},
			"The person was added, but not everything else in the row. Zoom refused. Zoom answered with status 429. " +
				"Complete the person in Zoom, or post the row again as an update.",
		},
	} {
		if diff := cmp.Diff(test.want, en.Failure(test.failure, true)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.failure.Reason, diff)
		}
	}
}

func TestZoomSaysEndsLikeASentence(t *testing.T) {
	t.Parallel()
	c := strict(t)
	for _, tt := range []struct{ language, message, want string }{
		{"en", "no seat", "Zoom says: no seat."},
		{"en", " no seat! ", "Zoom says: no seat!"},
		{"en", "it said “no.”", "Zoom says: it said “no.”"},
		{"en", "席がありません。", "Zoom says: 席がありません。"},
		{"ja", "no seat", "Zoom からのメッセージ: no seat。"},
		{"en", " ", ""},
	} {
		if got := c.For(tt.language).zoomSays(tt.message); got != tt.want {
			t.Errorf("%s: %q became %q, want %q", tt.language, tt.message, got, tt.want)
		}
	}
}

// checkFailure looks at the words for a failure, of somebody who is added and of somebody who is changed.
func checkFailure(t *testing.T, p *Printer, f jobs.Failure) {
	t.Helper()
	var want []string
	switch f.Reason {
	case jobs.FailureExists, jobs.FailureGone, jobs.FailureAccepted:
	case jobs.FailureGroupNotSet, jobs.FailureChanged, jobs.FailureNotSet:
		if f.Message != "" && f.Reason == jobs.FailureGroupNotSet {
			want = []string{f.Message}
		}
	default:
		want = []string{"400", "300"}
		if f.Message != "" {
			want = []string{f.Message}
		}
	}
	whole := slices.Contains([]jobs.FailureReason{
		jobs.FailurePhone, jobs.FailureChanged, jobs.FailureAccepted, jobs.FailureNotSet, jobs.FailureHeir,
	}, f.Reason)
	early := slices.Contains([]jobs.Step{"", jobs.StepCreate, jobs.StepCheck, jobs.StepWithdraw}, f.Step)
	for _, added := range []bool{true, false} {
		got := p.Failure(f, added)
		checkSentences(t, p, fmt.Sprintf("%s at %s, added %v", f.Reason, f.Step, added), got, want)
		next := "failure.next.profile"
		switch {
		case f.Step == jobs.StepDelete:
			next = "failure.next.delete"
		case !added:
			next = "failure.next.changed"
		case f.Step == jobs.StepGroups:
			next = "failure.next.groups"
		}
		if (whole || early) == strings.Contains(got, p.T(next)) {
			t.Errorf("%s at %s: %q does not say what is left to do, or twice", f.Reason, f.Step, got)
		}
	}
}

func FuzzIssueKeepsValues(f *testing.F) {
	c, err := load(files, "missingkey=error")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(weird, weird)
	f.Add("a@b", "{{")
	f.Fuzz(func(t *testing.T, value, suggestion string) {
		for _, lang := range c.Languages() {
			got := c.For(lang).Issue(roster.Issue{
				Code: roster.InvalidEmail, Value: value, Suggestion: suggestion, Params: map[string]string{"reason": "space"},
			})
			if !strings.Contains(got, value) || !strings.Contains(got, suggestion) {
				t.Errorf("%s: %q does not hold %q and %q", lang, got, value, suggestion)
			}
		}
	})
}

// TestUndoFailures: nobody is told to post a row of an undo again, which would do what was to be taken back.
func TestUndoFailures(t *testing.T) {
	t.Parallel()
	for _, p := range printers(t) {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			for _, r := range append(constants(t, "../../jobs", "FailureReason"), "", "some_new_one") {
				for _, message := range []string{"", weird} {
					got := p.UndoFailure(jobs.Failure{Step: jobs.StepProfile, Status: 400, Code: 300, Message: message, Reason: jobs.FailureReason(r)})
					checkSentences(t, p, "undo, "+r, got, []string{p.T("failure.next.undo")})
				}
			}
		})
	}
	en := strict(t).For("en")
	if diff := cmp.Diff(
		"Somebody changed this person in Zoom after the plan was made (Department), so nothing was taken back. "+
			"Look at the person in Zoom; what is left can be done there, or by undoing the first job once more.",
		en.UndoFailure(jobs.Failure{Step: jobs.StepCheck, Reason: jobs.FailureChanged, Message: "department"}),
	); diff != "" {
		t.Errorf("a conflict (-want +got):\n%s", diff)
	}
	if got := en.UndoFailure(jobs.Failure{Reason: jobs.FailureValidation, Message: "no"}); strings.Contains(got, "post the row") {
		t.Errorf("a refusal: %q", got)
	}
}
