package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Text writes the whole plan as plain English lines, for terminals and tests: always the same for the same plan, one
// paragraph per row, values quoted. It holds personal data and does not belong in a log.
func (p *Plan) Text() string {
	var b strings.Builder
	p.head(&b)
	issues := make(map[int][]*roster.Issue)
	for i := range p.Issues {
		is := &p.Issues[i]
		if is.Row > 0 {
			issues[is.Row] = append(issues[is.Row], is)
			continue
		}
		writeIssue(&b, "", is)
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		fmt.Fprintf(&b, "\nline %d: %s %s\n", c.Line, c.Verdict, orDash(c.Key))
		c.effects(&b)
		for _, is := range issues[c.Row] {
			writeIssue(&b, "\t", is)
		}
	}
	return b.String()
}

// effects writes what a change does.
func (c Change) effects(b *strings.Builder) {
	adds := c.Action == ActionCreate || c.Action == ActionResend
	if adds {
		fmt.Fprintf(b, "\tuser_type: %q\n", TypeName(c.UserType))
	}
	for _, f := range c.Fields {
		if f.Field == roster.Email {
			continue
		}
		fmt.Fprintf(b, "\t%s: ", f.Field)
		switch {
		case adds:
		case f.Unread:
			b.WriteString("(not read) -> ")
		default:
			fmt.Fprintf(b, "%q -> ", f.Old)
		}
		fmt.Fprintf(b, "%q\n", f.New)
	}
	for _, g := range c.Groups {
		fmt.Fprintf(b, "\tjoin %s %q (%s)\n", g.Kind, g.Name, cmp.Or(g.ID, "new"))
	}
	for _, g := range c.Leaves {
		fmt.Fprintf(b, "\tleave %s %q (%s)\n", g.Kind, g.Name, g.ID)
	}
}

// head writes what is true of the whole plan.
func (p *Plan) head(b *strings.Builder) {
	fmt.Fprintf(b, "plan %d for account %s, made %s, mode %s\n", p.Version, orDash(p.AccountID), p.MadeAt.Format(time.RFC3339), orDash(string(p.Mode)))
	if p.Undoes != "" {
		fmt.Fprintf(b, "undoes job %s\n", p.Undoes)
	}
	fmt.Fprintf(b, "rows: %d", p.Counts.Rows)
	sign := " = "
	for _, v := range p.Counts.byVerdict() {
		if v.n > 0 {
			fmt.Fprintf(b, "%s%d %s", sign, v.n, v.verdict)
			sign = " + "
		}
	}
	fmt.Fprintf(b, "\nnew people: %s", TypeName(p.UserType))
	for _, a := range []struct {
		field    roster.Field
		capacity int
	}{{roster.LargeMeeting, p.LargeMeeting}, {roster.Webinar, p.Webinar}} {
		if a.capacity > 0 {
			fmt.Fprintf(b, ", %s", AddOn(a.field, a.capacity))
		}
	}
	fmt.Fprintf(b, ", action %s\n", orDash(string(p.CreateAction)))
	for _, s := range p.Seats {
		fmt.Fprintf(b, "seats %s: %d needed, %d freed, ", s.Licence, s.Needed, s.Freed)
		if s.Known {
			fmt.Fprintf(b, "%d free of %d (%d used, %d reserved), %d short\n", s.Free, s.Total, s.Used, s.Reserved, s.Short())
		} else {
			b.WriteString("free unknown\n")
		}
	}
	for _, name := range p.NewGroups {
		fmt.Fprintf(b, "new group: %q\n", name)
	}
	for _, d := range p.Divisions {
		fmt.Fprintf(b, "division: %q (%s)\n", d.Name, d.ID)
	}
	for _, a := range p.Attributes {
		fmt.Fprintf(b, "attribute: %q (%s)\n", a.Name, a.Key)
	}
	c := p.Cost
	fmt.Fprintf(b, "calls: %d read, %d light, %d medium, %d heavy; %s", c.Reads, c.Light, c.Medium, c.Heavy, c.Duration)
	if c.Days > 1 {
		fmt.Fprintf(b, ", over %d days at %d a day", c.Days, c.PerDay)
	}
	fmt.Fprintf(b, "\ndigest: %s\n", p.Digest)
}

// verdictCount is how many rows have a verdict.
type verdictCount struct {
	verdict Verdict
	n       int
}

// byVerdict lists the counts in their order.
func (c Counts) byVerdict() []verdictCount {
	return []verdictCount{
		{VerdictCreate, c.Create},
		{VerdictUpdate, c.Update},
		{VerdictActivate, c.Activate},
		{VerdictDeactivate, c.Deactivate},
		{VerdictResend, c.Resend},
		{VerdictWithdraw, c.Withdraw},
		{VerdictDelete, c.Delete},
		{VerdictUnlink, c.Unlink},
		{VerdictUnchanged, c.Unchanged},
		{VerdictDiffers, c.Differs},
		{VerdictPending, c.Pending},
		{VerdictInactive, c.Inactive},
		{VerdictAbsent, c.Absent},
		{VerdictInvalid, c.Invalid},
		{VerdictKept, c.Kept},
		{VerdictIrreversible, c.Irreversible},
	}
}

func writeIssue(b *strings.Builder, indent string, is *roster.Issue) {
	fmt.Fprintf(b, "%s%s: %s", indent, is.Severity, is.Code)
	switch {
	case is.Column != "":
		b.WriteString(" in " + strconv.Quote(is.Column))
	case is.Field != "":
		b.WriteString(" in " + string(is.Field))
	}
	if is.Value != "" {
		b.WriteString(" of " + strconv.Quote(is.Value))
	}
	for _, k := range slices.Sorted(maps.Keys(is.Params)) {
		b.WriteString(", " + k + " " + strconv.Quote(is.Params[k]))
	}
	if is.Suggestion != "" {
		b.WriteString("; perhaps " + strconv.Quote(is.Suggestion))
	}
	b.WriteByte('\n')
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
