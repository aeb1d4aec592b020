package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// CallbackExport is the modal that asks what to export.
const CallbackExport = "export_users"

// Blocks of the modal; each has one element, whose action has the same name.
const (
	exportStatus  = "export_status"
	exportType    = "export_type"
	exportGroup   = "export_group"
	exportDept    = "export_dept"
	exportRole    = "export_role"
	exportSince   = "export_since"
	exportText    = "export_text"
	exportColumns = "export_columns"

	// exportAll is the option of all columns.
	exportAll = "all"
)

const (
	// groupsWithin bounds how long the form waits for the names of the groups: it must open within three seconds.
	groupsWithin = 800 * time.Millisecond
	// maxOptions and maxOption are Slack's limits for a select and for the value of an option.
	maxOptions = 100
	maxOption  = 150
)

func (b *Bot) openExport(ctx context.Context, p *text.Printer, trigger string) error {
	if _, err := b.api.OpenViewContext(ctx, trigger, exportModal(p, b.offeredGroups(ctx))); err != nil {
		return fmt.Errorf("open the form: %w", err)
	}
	return nil
}

// offeredGroups are the account's groups if a select can offer them all; otherwise names are typed.
func (b *Bot) offeredGroups(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, groupsWithin)
	defer cancel()
	names, err := b.jobs.GroupNames(ctx)
	if err != nil {
		b.log.InfoContext(ctx, "groups not read for the form", "err", err)
		return nil
	}
	unfit := func(name string) bool {
		return strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxOption
	}
	if len(names) > maxOptions || slices.ContainsFunc(names, unfit) {
		return nil
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return names
}

// exportModal offers the filters and columns of an export.
func exportModal(p *text.Printer, groups []string) slack.ModalViewRequest {
	option := func(value, label string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(value, plain(cut(tidy(label), 75)), nil)
	}
	input := func(block, label, hint string, el slack.BlockElement) *slack.InputBlock {
		var h *slack.TextBlockObject
		if hint != "" {
			h = plain(hint)
		}
		return slack.NewInputBlock(block, plain(label), h, el).WithOptional(true)
	}
	typed := func(action string) *slack.PlainTextInputBlockElement {
		el := slack.NewPlainTextInputBlockElement(nil, action)
		el.MaxLength = 500
		return el
	}

	var statuses, types []*slack.OptionBlockObject
	for _, s := range []string{"active", "inactive", "pending"} {
		statuses = append(statuses, option(s, p.T("export.status."+s)))
	}
	status := slack.NewCheckboxGroupsBlockElement(exportStatus, statuses...)
	status.InitialOptions = statuses[:1]
	for _, t := range jobs.UserTypeNames() {
		types = append(types, option(t, p.T("export.type."+t)))
	}
	hint := p.T("export.modal.list_hint")
	group := input(exportGroup, p.Field(roster.UserGroup), hint, typed(exportGroup))
	if len(groups) > 0 {
		var names []*slack.OptionBlockObject
		for _, g := range groups {
			names = append(names, option(g, g))
		}
		group = input(exportGroup, p.Field(roster.UserGroup), "",
			slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, nil, exportGroup, names...))
	}
	all := []*slack.OptionBlockObject{option(exportAll, p.T("export.modal.all_columns"))}
	var usual []*slack.OptionBlockObject
	for _, f := range jobs.AllColumns() {
		o := option(string(f), columnName(p, f))
		all = append(all, o)
		if slices.Contains(jobs.DefaultColumns(), f) {
			usual = append(usual, o)
		}
	}
	columns := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, nil, exportColumns, all...)
	columns.InitialOptions = usual
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: CallbackExport,
		Title: plain(cut(p.T("export.modal.title"), 24)), Submit: plain(cut(p.T("export.modal.submit"), 24)), Close: plain(cut(p.T("ui.button.back"), 24)),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			section(p.T("export.modal.intro")),
			slack.NewInputBlock(exportStatus, plain(p.Field(roster.UserStatus)), nil, status),
			input(exportType, p.Field(roster.UserType), "",
				slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, nil, exportType, types...)),
			group,
			input(exportDept, p.Field(roster.Department), hint, typed(exportDept)),
			input(exportRole, p.Field(roster.Role), hint, typed(exportRole)),
			input(exportSince, p.T("export.filter.since"), "", slack.NewDatePickerBlockElement(exportSince)),
			input(exportText, p.T("export.modal.text"), "", typed(exportText)),
			input(exportColumns, p.T("export.filter.columns"), p.T("export.modal.columns_hint"), columns),
		}},
	}
}

// submitExport makes a job of what the modal says. What cannot be understood is said at its field.
func (b *Bot) submitExport(ctx context.Context, cb slack.InteractionCallback) (payload any, after func(context.Context) error) {
	p := b.printer(ctx, cb.User.ID)
	refuse := func(block, said string) (any, func(context.Context) error) {
		return slack.NewErrorsViewSubmissionResponse(map[string]string{block: cut(said, 500)}), nil
	}
	if err := b.mayHandIn(ctx, cb.User.ID); err != nil {
		b.logUnexpected(ctx, "export", err)
		return refuse(exportStatus, words(p, err))
	}
	q, problems := exportQuery(cb.View.State, b.o.Now())
	if len(problems) > 0 {
		said := make(map[string]string)
		for block, list := range problems {
			var lines []string
			for _, pr := range list {
				lines = append(lines, queryProblem(p, pr))
			}
			said[block] = cut(strings.Join(lines, " "), 500)
		}
		return slack.NewErrorsViewSubmissionResponse(said), nil
	}
	if _, err := b.submitQuery(ctx, "view:"+cb.View.ID, cb.User.ID, q); err != nil {
		b.logUnexpected(ctx, "export", err)
		return refuse(exportStatus, words(p, err))
	}
	return nil, nil
}

// exportQuery reads the fields of the modal, those that are typed as the command reads them.
func exportQuery(state *slack.ViewState, now time.Time) (jobs.Query, map[string][]jobs.QueryProblem) {
	var q jobs.Query
	problems := make(map[string][]jobs.QueryProblem)
	if state == nil {
		return q, problems
	}
	value := func(block string) slack.BlockAction { return state.Values[block][block] }
	parse := func(block, key, typed string) jobs.Query {
		if strings.TrimSpace(typed) == "" {
			return jobs.Query{}
		}
		// One word, however many blanks are in it; quotes keep names with commas together.
		part, found := jobs.ParseQuery([]string{key + ":" + typed}, now)
		if len(found) > 0 {
			problems[block] = found
		}
		return part
	}
	chosen := func(block string) []string {
		var out []string
		for _, o := range value(block).SelectedOptions {
			out = append(out, o.Value)
		}
		return out
	}
	q.Statuses, q.Types, q.Groups = chosen(exportStatus), chosen(exportType), chosen(exportGroup)
	if len(q.Groups) == 0 {
		q.Groups = parse(exportGroup, "group", value(exportGroup).Value).Groups
	}
	q.Departments = parse(exportDept, "dept", value(exportDept).Value).Departments
	q.Roles = parse(exportRole, "role", value(exportRole).Value).Roles
	q.Since = parse(exportSince, "since", value(exportSince).SelectedDate).Since
	q.Text = strings.Join(strings.Fields(value(exportText).Value), " ")
	for _, c := range chosen(exportColumns) {
		if c == exportAll {
			q.Columns = jobs.AllColumns()
			break
		}
		if f := roster.Field(c); slices.Contains(jobs.AllColumns(), f) {
			q.Columns = append(q.Columns, f)
		}
	}
	if slices.Equal(q.Columns, jobs.DefaultColumns()) {
		q.Columns = nil
	}
	return q, problems
}
