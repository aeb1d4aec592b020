package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// valuesListed is how many values of a column are named in the message; the file has them all.
const valuesListed = 12

// columnGroups are the columns that a file may have, in the sections in which they are shown.
func columnGroups(a *jobs.AccountColumns) [][]roster.Field {
	other := []roster.Field{roster.Division}
	for _, name := range a.Attributes {
		other = append(other, roster.CustomField(name))
	}
	other = append(other, roster.NewEmail, roster.Action)
	if a.AllowDelete {
		other = append(append(other, roster.TransferTo), roster.TransferFields()...)
	}
	return [][]roster.Field{
		{roster.Email, roster.FirstName, roster.LastName, roster.DisplayName},
		{
			roster.Department, roster.JobTitle, roster.Location, roster.Company, roster.Manager, roster.CostCenter, roster.PhoneNumber,
			roster.Language, roster.Timezone, roster.Pronouns,
		},
		{roster.UserType, roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions},
		{roster.UserGroup, roster.ChatGroup},
		other,
	}
}

// exportOnly are the columns that Zoom's own files or exports have and no file can change by way of the API.
func exportOnly() []roster.Field {
	return []roster.Field{
		roster.UserStatus, roster.Role, roster.LoginType, roster.LastLogin, roster.LastClientVersion, roster.CreationDate, roster.PMI,
		roster.UserID, roster.EmployeeID, roster.Verified, roster.TransferEvents,
	}
}

// columnValue is a value that a column takes on this account, with a remark such as the seats that are free.
type columnValue struct{ value, note string }

// columnInfo is everything that is told of a column.
type columnInfo struct {
	field        roster.Field
	header       string
	about        string
	limit        int
	example      string
	values       []columnValue
	unreadable   bool
	valuesMatter bool
}

func describeColumn(p *text.Printer, a *jobs.AccountColumns, f roster.Field) columnInfo {
	c := columnInfo{field: f, header: p.Field(f), limit: roster.Limit(f), example: columnExample(a, f)}
	key := string(f)
	if _, custom := f.Custom(); custom {
		key = "custom"
		// As a file has to write it, not only what people call it.
		c.header = roster.HeaderName(f, p.Language())
	}
	if slices.Contains(roster.TransferFields(), f) {
		key = "transfer"
	}
	c.about = p.T("cmd.columns.about." + key)
	groups := func(list []jobs.GroupSize) {
		c.valuesMatter = true
		for _, g := range list {
			v := columnValue{value: g.Name}
			// Zoom tells the size of some kinds of chat groups only: none known is not none there.
			if f == roster.UserGroup || g.Members > 0 {
				v.note = p.T("cmd.columns.people", "count", g.Members)
			}
			c.values = append(c.values, v)
		}
	}
	switch f { //nolint:exhaustive // The others take any text.
	case roster.UserGroup:
		groups(a.Groups)
		c.unreadable = a.GroupsUnreadable
	case roster.ChatGroup:
		groups(a.ChatGroups)
		c.unreadable = a.ChatGroupsUnreadable
	case roster.Division:
		c.valuesMatter = true
		for _, name := range a.Divisions {
			c.values = append(c.values, columnValue{value: name})
		}
	case roster.UserType:
		for _, t := range []string{"basic", "licensed", "unassigned", "none"} {
			v := columnValue{value: t}
			if t == string(plan.LicenceBase) {
				v.note = seatsNote(p, a, plan.LicenceBase)
			}
			c.values = append(c.values, v)
		}
	case roster.LargeMeeting, roster.Webinar:
		c.valuesMatter, c.unreadable = true, a.Pools == nil
		for _, l := range a.Licences() {
			if field, n, ok := l.Split(); ok && field == f {
				c.values = append(c.values, columnValue{strconv.Itoa(n), seatsNote(p, a, l)})
			}
		}
		if len(c.values) > 0 {
			c.values = append(c.values, columnValue{value: plan.AddOnOff})
		}
	case roster.ZoomEvents:
		for _, l := range a.Licences() {
			if field, n, ok := l.Split(); ok && field == f {
				c.values = append(c.values, columnValue{strconv.Itoa(n), seatsNote(p, a, l)})
			}
		}
	case roster.Language:
		for _, code := range roster.ZoomLanguages() {
			c.values = append(c.values, columnValue{value: code})
		}
	case roster.Timezone:
		for _, id := range roster.Timezones() {
			c.values = append(c.values, columnValue{value: id})
		}
	case roster.Action:
		actions := []plan.Action{
			plan.ActionCreate, plan.ActionUpdate, plan.ActionDeactivate, plan.ActionActivate, plan.ActionResend, plan.ActionWithdraw,
		}
		if a.AllowDelete {
			actions = append(actions, plan.ActionDelete, plan.ActionUnlink)
		}
		for _, action := range actions {
			c.values = append(c.values, columnValue{value: string(action)})
		}
	}
	return c
}

func seatsNote(p *text.Printer, a *jobs.AccountColumns, l plan.Licence) string {
	seats, ok := a.Pools[l]
	if !ok {
		return ""
	}
	return p.T("cmd.columns.seats", "count", seats.Free(), "total", p.Number(seats.Total))
}

// columnExample is a cell that would be accepted on this account.
func columnExample(a *jobs.AccountColumns, f roster.Field) string {
	switch f { //nolint:exhaustive // The others are not to be filled in.
	case roster.Email:
		return "jane.doe@example.com"
	case roster.FirstName:
		return "Jane"
	case roster.LastName:
		return "Doe"
	case roster.DisplayName:
		return "Jane Doe (Sales)"
	case roster.Department:
		return "Sales"
	case roster.JobTitle:
		return "Account executive"
	case roster.Location:
		return "Leeds"
	case roster.Company:
		return "Example Ltd"
	case roster.Manager:
		return "head.of.sales@example.com"
	case roster.CostCenter:
		return "CC-4711"
	case roster.PhoneNumber:
		return "+44 7912345678; [Office] +33 142345678"
	case roster.Language:
		return "fr-FR"
	case roster.Timezone:
		return "Europe/Paris"
	case roster.Pronouns:
		return "she/her"
	case roster.UserType:
		return "licensed"
	case roster.LargeMeeting, roster.Webinar:
		for _, l := range a.Licences() {
			if field, n, ok := l.Split(); ok && field == f {
				return strconv.Itoa(n)
			}
		}
		return ""
	case roster.ZoomEvents, roster.TranslatedCaptions:
		return "yes"
	case roster.NewEmail:
		return "jane.smith@example.com"
	case roster.TransferTo:
		return "head.of.sales@example.com"
	case roster.UserGroup:
		return exampleGroups(a.Groups)
	case roster.ChatGroup:
		return exampleGroups(a.ChatGroups)
	case roster.Division:
		if len(a.Divisions) > 0 {
			return a.Divisions[0]
		}
		return ""
	case roster.Action:
		return string(plan.ActionUpdate)
	}
	return ""
}

// exampleGroups joins the account's own names of two groups as a cell holds them.
func exampleGroups(groups []jobs.GroupSize) string {
	names := make([]string, 0, 2)
	for _, g := range groups[:min(len(groups), 2)] {
		names = append(names, g.Name)
	}
	return roster.JoinGroups(names)
}

func (b *Bot) cmdColumns(ctx context.Context, in invocation) (answer, error) {
	account, err := b.jobs.Columns(ctx)
	if err != nil {
		return answer{}, err
	}
	p, a := in.p, &account
	intro := p.T("cmd.columns.intro")
	body := []slack.Block{section(intro)}
	var all []columnInfo
	names := make([]string, 0, 30)
	for _, fields := range columnGroups(a) {
		lines := make([]string, 0, len(fields))
		for _, f := range fields {
			c := describeColumn(p, a, f)
			all = append(all, c)
			names = append(names, c.header)
			lines = append(lines, c.line(p))
		}
		body = append(body, sections(lines)...)
	}
	export := make([]string, 0, 10)
	for _, f := range exportOnly() {
		export = append(export, esc(p.Field(f)))
	}
	how := strings.Join([]string{
		p.T("cmd.columns.clear"), p.T("cmd.columns.groups"), p.T("cmd.columns.export_only", "columns", strings.Join(export, ", ")),
	}, "\n")
	said := b.sendColumns(ctx, in, all)
	body = append(body, section(how), slack.NewContextBlock("", mrkdwn(said)))
	return answer{text: intro + "\n" + esc(cut(strings.Join(names, ", "), 1500)) + "\n" + how + "\n" + said, blocks: body}, nil
}

// sections puts lines into as few sections as their limit allows.
func sections(lines []string) []slack.Block {
	var out []slack.Block
	for len(lines) > 0 {
		n, used := 0, 0
		for n < len(lines) && (n == 0 || used+length(lines[n]) < sectionLimit) {
			used += length(lines[n]) + 1
			n++
		}
		out = append(out, section(cutMarks(strings.Join(lines[:n], "\n"), sectionLimit)))
		lines = lines[n:]
	}
	return out
}

// line tells of a column in one line of a message.
func (c *columnInfo) line(p *text.Printer) string {
	parts := []string{c.about}
	if c.limit > 0 {
		parts = append(parts, p.T("cmd.columns.limit", "count", c.limit))
	}
	switch {
	case c.unreadable:
		parts = append(parts, p.T("cmd.columns.unreadable"))
	case c.valuesMatter && len(c.values) == 0:
		parts = append(parts, p.T("cmd.columns.none_here"))
	case len(c.values) > 0:
		parts = append(parts, p.T("cmd.columns.values", "values", esc(c.shortValues(p))))
	}
	if c.example != "" {
		parts = append(parts, p.T("cmd.columns.example", "example", esc(strings.ReplaceAll(c.example, "`", "'"))))
	}
	return cutMarks("• *"+esc(strings.ReplaceAll(c.header, "*", ""))+"* – "+strings.Join(parts, " "), 900)
}

// shortValues names the first of the values.
func (c *columnInfo) shortValues(p *text.Printer) string {
	n := valuesListed
	if c.field == roster.Timezone {
		n = 0 // Nobody reads zones from the beginning of the alphabet.
	}
	if n >= len(c.values)-1 {
		n = len(c.values)
	}
	words := make([]string, 0, n+1)
	for _, v := range c.values[:n] {
		word := cut(v.value, 40)
		if v.note != "" {
			word += " (" + v.note + ")"
		}
		words = append(words, word)
	}
	list := strings.Join(words, ", ")
	switch more := len(c.values) - n; {
	case more == 0:
	case n == 0:
		list = p.T("cmd.columns.in_file", "count", more)
	default:
		list += " " + p.T("cmd.columns.more", "count", more)
	}
	return list
}

// sendColumns sends every column with every value as a file, and says so or that it did not work.
func (b *Bot) sendColumns(ctx context.Context, in invocation, columns []columnInfo) string {
	data, err := columnsFile(in.p, columns)
	if err == nil {
		err = b.sendFile(ctx, in.UserID, upload{name: "zoomusers-columns.csv", data: data, comment: in.p.T("cmd.columns.file")})
	}
	if err != nil {
		b.log.WarnContext(ctx, "list of columns not sent", "err", err)
		return in.p.T("cmd.no_file")
	}
	return in.p.T("cmd.columns.sent")
}

// columnsFile lists each column, followed by a line for each of its values.
func columnsFile(p *text.Printer, columns []columnInfo) ([]byte, error) {
	header := []string{
		p.T("cmd.columns.head.column"), p.T("cmd.columns.head.about"), p.T("cmd.columns.head.limit"), p.T("cmd.columns.head.value"),
		p.T("cmd.columns.head.note"), p.T("cmd.columns.head.example"),
	}
	var records [][]string
	for i := range columns {
		c := &columns[i]
		limit, note := "", ""
		if c.limit > 0 {
			limit = strconv.Itoa(c.limit)
		}
		switch {
		case c.unreadable:
			note = p.T("cmd.columns.unreadable")
		case c.valuesMatter && len(c.values) == 0:
			note = p.T("cmd.columns.none_here")
		}
		records = append(records, []string{c.header, c.about, limit, "", note, c.example})
		for _, v := range c.values {
			records = append(records, []string{c.header, "", "", v.value, v.note, ""})
		}
	}
	for _, f := range exportOnly() {
		records = append(records, []string{p.Field(f), p.T("cmd.columns.only_export"), "", "", "", ""})
	}
	return encodeCSV(header, slices.Clip(records), delimiterOf(p.Language()))
}
