package plan

import (
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
		for _, f := range c.Fields {
			if f.Field == roster.Email {
				continue
			}
			fmt.Fprintf(&b, "\t%s: ", f.Field)
			if c.Action != ActionCreate {
				fmt.Fprintf(&b, "%q -> ", f.Old)
			}
			fmt.Fprintf(&b, "%q\n", f.New)
		}
		for _, g := range c.Groups {
			fmt.Fprintf(&b, "\tjoin %s %q (%s)\n", g.Kind, g.Name, g.ID)
		}
		for _, is := range issues[c.Row] {
			writeIssue(&b, "\t", is)
		}
	}
	return b.String()
}

// head writes what is true of the whole plan.
func (p *Plan) head(b *strings.Builder) {
	fmt.Fprintf(b, "plan for account %s, made %s\n", orDash(p.AccountID), p.MadeAt.Format(time.RFC3339))
	n := p.Counts
	fmt.Fprintf(b, "rows: %d = %d create + %d unchanged + %d differs + %d pending + %d inactive + %d invalid\n",
		n.Rows, n.Create, n.Unchanged, n.Differs, n.Pending, n.Inactive, n.Invalid)
	fmt.Fprintf(b, "users: type %d, action %s\n", p.UserType, orDash(string(p.CreateAction)))
	if s := p.Seats; s.Paid() {
		fmt.Fprintf(b, "seats: %d needed, ", s.Needed)
		if s.Known {
			fmt.Fprintf(b, "%d free of %d (%d used, %d reserved), %d short\n", s.Free, s.Total, s.Used, s.Reserved, s.Short())
		} else {
			b.WriteString("free unknown\n")
		}
	}
	c := p.Cost
	fmt.Fprintf(b, "calls: %d read, %d light, %d medium, %d heavy; %s", c.Reads, c.Light, c.Medium, c.Heavy, c.Duration)
	if c.Days > 1 {
		fmt.Fprintf(b, ", over %d days at %d a day", c.Days, c.PerDay)
	}
	fmt.Fprintf(b, "\ndigest: %s\n", p.Digest)
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
