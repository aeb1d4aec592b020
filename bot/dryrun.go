package bot

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

const (
	// fieldsPerSection is Slack's limit.
	fieldsPerSection = 10
	// warningsLimit bounds the section of warnings, in characters.
	warningsLimit = 1200
	// manyPeople is from how many changed people on the card warns of their number.
	manyPeople = 100
	// namesShown is how many names of groups a card lists.
	namesShown = 6
)

// planBlocks are what a dry run found: first what to look at closely, then the numbers, then some of the changes.
func planBlocks(p *text.Printer, v view) []slack.Block {
	var blocks []slack.Block
	if lines := warningLines(p, v); lines != "" && showsProblems(v.job.State) {
		blocks = append(blocks, section(lines))
	}
	for fields := range slices.Chunk(planFields(p, v), fieldsPerSection) {
		blocks = append(blocks, slack.NewSectionBlock(nil, fields, nil))
	}
	if lines := sampleLines(p, v); lines != "" && showsProblems(v.job.State) {
		blocks = append(blocks, section(lines))
	}
	return blocks
}

// warningLines say what an approver must not overlook: who loses something, and whether it is many.
func warningLines(p *text.Printer, v view) string {
	n := v.job.Plan.Counts
	loses := lossesOf(v.changes)
	var lines []string
	warn := func(id string, count int) {
		if count > 0 {
			lines = append(lines, "• "+esc(p.T(id, "count", count)))
		}
	}
	warn("remove.warn.delete", n.Delete)
	warn("remove.warn.unlink", n.Unlink)
	warn("ui.warn.deactivate", n.Deactivate)
	warn("ui.warn.add_ons", loses.addOns)
	warn("remove.warn.features", loses.features)
	warn("ui.warn.withdraw", n.Withdraw)
	warn("ui.warn.cleared", loses.cleared)
	warn("ui.warn.leaves", loses.leaves)
	if changed := n.Update + n.Activate + n.Deactivate + n.Delete + n.Unlink; changed >= manyPeople && !saysMany(v.issues) {
		warn("ui.warn.many", changed)
	}
	if s, ok := spreadOf(v); ok && n.Writes() > 0 {
		lines = append(lines, "• "+esc(s.warning(p)))
	}
	for i := range v.issues {
		if is := &v.issues[i]; aboutPlan(is) {
			lines = append(lines, "• "+cutMarks(esc(p.Issue(shown(*is, v.private))), 400))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return cutLines("*"+p.T("ui.warn.title")+"*\n"+strings.Join(lines, "\n"), warningsLimit)
}

// saysMany reports whether the plan warns itself that it changes much of the account.
func saysMany(issues []roster.Issue) bool {
	return slices.ContainsFunc(issues, func(is roster.Issue) bool { return is.Code == plan.CodeTouchesMany })
}

// aboutPlan reports whether an issue is a warning about the plan as a whole, which stands above the numbers.
func aboutPlan(is *roster.Issue) bool {
	return is.Severity == roster.Warning && is.Row == 0 && is.Line == 0 && is.Column == "" && is.Field == ""
}

// losses count people who lose something by a plan.
type losses struct{ licences, addOns, features, cleared, leaves int }

func lossesOf(changes []plan.Change) losses {
	var out losses
	for i := range changes {
		c := &changes[i]
		if c.Action == plan.ActionNone || c.Action == plan.ActionCreate {
			continue
		}
		var licence, addOn, feature, cleared bool
		for _, f := range c.Fields {
			switch f.Field {
			case roster.UserType:
				licence = licence || (f.Old == string(plan.LicenceBase) && f.New != f.Old)
			case roster.LargeMeeting, roster.Webinar:
				addOn = addOn || (f.Old != "" && f.Old != plan.AddOnOff && (f.New == "" || f.New == plan.AddOnOff))
			case roster.ZoomEvents, roster.TranslatedCaptions:
				feature = feature || (f.Old != "" && f.Old != plan.AddOnOff && f.New == plan.AddOnOff)
			default:
				cleared = cleared || (f.Old != "" && f.New == "")
			}
		}
		out.licences += one(licence)
		out.addOns += one(addOn)
		out.features += one(feature)
		out.cleared += one(cleared)
		out.leaves += one(len(c.Leaves) > 0)
	}
	return out
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// planFields are the numbers of a dry run. What is not there is not shown.
func planFields(p *text.Printer, v view) []*slack.TextBlockObject {
	j := &v.job
	if j.Kind == jobs.KindUndo {
		return undoFields(p, v)
	}
	n := j.Plan.Counts
	var fields []*slack.TextBlockObject
	add := func(id, value string) { fields = append(fields, field(p.T("ui.field."+id), value)) }
	nothing := n.Writes()+n.Existing()+n.Absent+n.Invalid == 0
	if n.Create > 0 || nothing && j.Kind != jobs.KindUpdate && j.Kind != jobs.KindInvitations {
		add("create", creates(p, v))
	}
	for _, part := range []struct {
		label string
		n     int
	}{{p.T("remove.field.delete"), n.Delete}, {p.T("remove.field.unlink"), n.Unlink}} {
		if part.n > 0 {
			fields = append(fields, field(part.label, p.T("ui.value.people", "count", part.n)))
		}
	}
	for _, part := range []struct {
		id string
		n  int
	}{
		{"update", n.Update}, {"activate", n.Activate}, {"deactivate", n.Deactivate}, {"resend", n.Resend}, {"withdraw", n.Withdraw},
	} {
		if part.n > 0 {
			add(part.id, p.T("ui.value.people", "count", part.n))
		}
	}
	if n.Existing() > 0 {
		add("existing", existing(p, n))
	}
	if n.Absent > 0 {
		add("absent", p.T("ui.value.people", "count", n.Absent))
	}
	if n.Invalid > 0 {
		add("invalid", p.T("ui.value.invalid", "count", n.Invalid))
	}
	if words := seats(p, j.Plan.Seats); words != "" {
		add("seats", words)
	} else if n.Create > 0 {
		add("seats", p.T("ui.value.no_seats"))
	}
	if words := joins(p, v); words != "" {
		add("joins", words)
	}
	if len(j.Plan.NewGroups) > 0 {
		names := p.Number(len(j.Plan.NewGroups))
		if !v.private {
			names = nameList(p, j.Plan.NewGroups)
		}
		add("new_groups", names)
	}
	if n.Writes() > 0 {
		add("duration", duration(p, v))
	}
	if left, perDay, ok := invitationsLeft(v); ok && n.Create+n.Resend > 0 {
		fields = append(fields, field(p.T("limits.field.left"), p.T("limits.left", "left", p.Number(left), "per_day", p.Number(perDay))))
	}
	add("rows", p.Number(n.Rows))
	return fields
}

// groupsShown is how many groups of new people a card names.
const groupsShown = 5

// joins counts the groups into which people come who are added, a line for each; "" when they come into none.
func joins(p *text.Printer, v view) string {
	count := make(map[plan.Group]int)
	kinds := make(map[string]plan.GroupKind)
	twice := make(map[string]bool)
	var groups []plan.Group
	for i := range v.changes {
		c := &v.changes[i]
		if c.Action != plan.ActionCreate {
			continue
		}
		for _, g := range c.Groups {
			if count[g] == 0 {
				groups = append(groups, g)
				kind, known := kinds[g.Name]
				twice[g.Name] = twice[g.Name] || (known && kind != g.Kind)
				kinds[g.Name] = g.Kind
			}
			count[g]++
		}
	}
	if v.private && len(groups) > 0 {
		return p.Number(len(groups))
	}
	slices.SortStableFunc(groups, func(a, b plan.Group) int { return count[b] - count[a] })
	lines := make([]string, 0, groupsShown)
	for _, g := range groups[:min(len(groups), groupsShown)] {
		name := cut(g.Name, 60)
		if twice[g.Name] {
			// A chat group may be called like a user group.
			name = p.Outstanding([]string{string(g.Kind) + ":" + name})
		}
		lines = append(lines, p.T("ui.value.group_count", "group", name, "people", p.Number(count[g])))
	}
	words := strings.Join(lines, "\n")
	if more := len(groups) - len(lines); more > 0 {
		words = p.T("ui.names.more", "names", words, "count", more)
	}
	return words
}

// duration says how long the work takes: in days where a limit of the day decides.
func duration(p *text.Printer, v view) string {
	cost := v.job.Plan.Cost
	if s, ok := spreadOf(v); ok {
		return s.words(p)
	}
	if cost.Days > 1 {
		return p.T("ui.value.days", "days", p.Number(cost.Days), "per_day", p.Number(cost.PerDay))
	}
	return p.T("ui.value.duration", "duration", p.Duration(cost.Duration), "calls", p.Number(cost.Light+cost.Medium+cost.Heavy))
}

// nameList shows some names, each shortened.
func nameList(p *text.Printer, names []string) string {
	shown := make([]string, 0, namesShown)
	for _, name := range names[:min(len(names), namesShown)] {
		shown = append(shown, p.T("quote", "value", cut(name, 60)))
	}
	words := strings.Join(shown, p.T("list.separator"))
	if more := len(names) - len(shown); more > 0 {
		words = p.T("ui.names.more", "names", words, "count", more)
	}
	return words
}

// creates says how many people are added, and as what.
func creates(p *text.Printer, v view) string {
	n := v.job.Plan.Counts.Create
	types := typesOf(v)
	if len(types) == 1 {
		return p.T("ui.value.create", "count", n, "type", p.UserType(types[0].userType))
	}
	parts := make([]string, 0, len(types))
	for _, t := range types {
		parts = append(parts, p.UserType(t.userType)+" "+p.Number(t.count))
	}
	return p.T("ui.value.people", "count", n) + " (" + strings.Join(parts, p.T("list.separator")) + ")"
}

type typeCount struct{ userType, count int }

// typesOf counts the user types of the people who are added: that of the job when nothing else is known.
func typesOf(v view) []typeCount {
	var out []typeCount
	for i := range v.changes {
		c := &v.changes[i]
		if c.Action != plan.ActionCreate {
			continue
		}
		at := slices.IndexFunc(out, func(t typeCount) bool { return t.userType == c.UserType })
		if at < 0 {
			out, at = append(out, typeCount{userType: c.UserType}), len(out)
		}
		out[at].count++
	}
	if len(out) == 0 {
		return []typeCount{{v.job.Settings.UserType, v.job.Plan.Counts.Create}}
	}
	slices.SortFunc(out, func(a, b typeCount) int { return b.count - a.count })
	return out
}

func existing(p *text.Printer, n plan.Counts) string {
	parts := clauses(p,
		counted{"ui.value.unchanged", n.Unchanged},
		counted{"ui.value.differs", n.Differs},
		counted{"ui.value.pending", n.Pending},
		counted{"ui.value.inactive", n.Inactive},
	)
	return p.Number(n.Existing()) + " (" + strings.Join(parts, ", ") + ")"
}

// seats says what the plan needs of each licence, a line for each; "" when it needs and gives back nothing.
func seats(p *text.Printer, all []plan.Seats) string {
	var touched []plan.Seats
	for _, s := range all {
		if s.Needed > 0 || s.Freed > 0 {
			touched = append(touched, s)
		}
	}
	lines := make([]string, 0, len(touched))
	for _, s := range touched {
		words := seatWords(p, s)
		if len(touched) > 1 || s.Licence != plan.LicenceBase {
			words = p.T("ui.value.of_licence", "licence", p.Licence(s.Licence), "seats", words)
		}
		lines = append(lines, words)
	}
	return strings.Join(lines, "\n")
}

func seatWords(p *text.Printer, s plan.Seats) string {
	args := []any{
		"needed", p.Number(s.Needed), "free", p.Number(s.Free), "freed", p.Number(s.Freed), "short", p.Number(s.Short()),
	}
	switch {
	case !s.Known:
		return p.T("ui.value.seats_unknown", args...)
	case s.Short() > 0 && s.Freed > 0:
		return p.T("ui.value.seats_freed_short", args...)
	case s.Short() > 0:
		return p.T("ui.value.seats_short", args...)
	case s.Freed > 0:
		return p.T("ui.value.seats_freed", args...)
	}
	return p.T("ui.value.seats", args...)
}

// planned says in a few words what a plan does: "add 12 people, change 30 people".
func planned(p *text.Printer, k jobs.Kind, n plan.Counts) string {
	parts := clauseList(p, n, p.T("ui.what.create", "count", n.Create))
	if k == jobs.KindUndo {
		parts = undoClauses(p, n)
	}
	if len(parts) == 0 {
		return p.T("ui.what.nothing")
	}
	return strings.Join(parts, p.T("list.separator"))
}

// clauseList is what a plan does, one item for each kind of change.
func clauseList(p *text.Printer, n plan.Counts, create string) []string {
	var parts []string
	// What cannot be undone comes first: a long sentence is cut.
	if n.Delete > 0 {
		parts = append(parts, p.T("remove.what.delete", "count", n.Delete))
	}
	if n.Unlink > 0 {
		parts = append(parts, p.T("remove.what.unlink", "count", n.Unlink))
	}
	if n.Create > 0 {
		parts = append(parts, create)
	}
	parts = append(parts, clauses(p,
		counted{"ui.what.update", n.Update},
		counted{"ui.what.activate", n.Activate},
		counted{"ui.what.deactivate", n.Deactivate},
		counted{"ui.what.resend", n.Resend},
		counted{"ui.what.withdraw", n.Withdraw},
	)...)
	return parts
}

// actionInvite is the way of adding people that sends them an invitation.
const actionInvite = "create"

// tidied says in small print what was changed in the file without a word about each cell.
func tidied(p *text.Printer, j *jobs.Job) string {
	if j.Plan == nil || j.Plan.Tidied.Total() == 0 {
		return ""
	}
	t := j.Plan.Tidied
	parts := clauses(p,
		counted{"ui.tidied.trimmed", t.Trimmed},
		counted{"ui.tidied.lower_cased", t.LowerCased},
		counted{"ui.tidied.spaces", t.Spaces},
		counted{"ui.tidied.invisible", t.Invisible},
		counted{"ui.tidied.full_width", t.FullWidth},
		counted{"ui.tidied.composed", t.Composed},
		counted{"ui.tidied.line_breaks", t.LineBreaks},
		counted{"ui.tidied.apostrophes", t.Apostrophes},
		counted{"ui.tidied.empty_lines", t.EmptyLines},
		counted{"ui.tidied.extra_delimiters", t.ExtraDelimiters},
	)
	return esc(p.T("ui.tidied.title", "what", strings.Join(parts, p.T("list.separator"))))
}
