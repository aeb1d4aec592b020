package bot

import (
	"context"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// invitationsClass is the allowance of invitations a day.
const invitationsClass = "invitations"

// allowance is what is used and granted of one kind of call to Zoom.
type allowance struct {
	class               string
	documented, granted float64
	used, perDay        int
	heldUntil           time.Time
}

// left is how many of the day are left.
func (a allowance) left() int { return max(a.perDay-a.used, 0) }

// allowances are those of all kinds of call; nil when they are not known.
func (b *Bot) allowances(ctx context.Context) ([]allowance, error) {
	all, err := b.jobs.Budget(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]allowance, 0, len(all))
	for _, a := range all {
		out = append(out, allowance{
			class: string(a.Class), documented: a.Documented, granted: a.Granted, used: a.Used, perDay: a.PerDay, heldUntil: a.HeldUntil,
		})
	}
	return out, nil
}

// needsBudget reports whether a card says how much of the day's limits is used.
func needsBudget(j *jobs.Job) bool {
	switch {
	case j.Kind == jobs.KindExport:
		return false
	case j.State == jobs.StatePaused:
		return j.Reason.Code == jobs.ReasonDailyLimit
	case j.State == jobs.StateAwaitingApproval || j.State == jobs.StatePlanned:
		return j.Plan != nil && j.Plan.Cost.PerDay > 0 && j.Plan.Counts.Create+j.Plan.Counts.Resend > 0
	}
	return false
}

// invitationsLeft is how many people can still be invited today, and out of how many; ok is false when that is not known.
func invitationsLeft(v view) (left, perDay int, ok bool) {
	for _, a := range v.budget {
		if a.class == invitationsClass && a.perDay > 0 {
			return a.left(), a.perDay, true
		}
	}
	// When the plan was made it was known as well.
	if v.job.Plan != nil && v.job.Plan.Cost.PerDay > 0 {
		return v.job.Plan.Cost.Left, v.job.Plan.Cost.PerDay, true
	}
	return 0, 0, false
}

// usedLines say of a job that rests for a limit of the day how much of which is used: of invitations, and of what is nearly
// used up.
func usedLines(p *text.Printer, v view) []string {
	if v.job.State != jobs.StatePaused || v.job.Reason.Code != jobs.ReasonDailyLimit {
		return nil
	}
	var lines []string
	for _, a := range v.budget {
		if a.perDay > 0 && (a.class == invitationsClass || a.used*10 >= a.perDay*9) {
			lines = append(lines, p.T("control.line.used", "class", className(p, a.class), "used", p.Number(a.used), "per_day", p.Number(a.perDay)))
		}
	}
	return lines
}

// className names a kind of call.
func className(p *text.Printer, class string) string {
	if id := "limits.class." + class; p.Has(id) {
		return p.T(id)
	}
	return esc(class)
}

// cmdLimits shows how much of Zoom's limits is used and left.
func (b *Bot) cmdLimits(ctx context.Context, in invocation) (answer, error) {
	all, err := b.allowances(ctx)
	if err != nil {
		return answer{}, err
	}
	p := in.p
	if len(all) == 0 {
		return answer{text: p.T("limits.unknown")}, nil
	}
	lines := []string{"*" + p.T("limits.title") + "*"}
	for _, a := range all {
		lines = append(lines, "• *"+className(p, a.class)+"*: "+strings.Join(allowanceParts(p, a, b.o.Now()), "  ·  "))
	}
	return answer{text: cutLines(strings.Join(append(lines, p.T("limits.how")), "\n"), sectionLimit)}, nil
}

// allowanceParts are what there is to say about one kind of call.
func allowanceParts(p *text.Printer, a allowance, now time.Time) []string {
	var parts []string
	if a.documented > 0 || a.granted > 0 {
		parts = append(parts, p.T("limits.rate", "granted", rate(p, a.granted), "documented", rate(p, a.documented)))
	}
	if a.perDay > 0 {
		parts = append(parts, p.T("limits.used_of", "used", p.Number(a.used), "per_day", p.Number(a.perDay), "left", p.Number(a.left())))
	} else {
		parts = append(parts, p.T("limits.used", "used", p.Number(a.used)))
	}
	if a.heldUntil.After(now) {
		parts = append(parts, p.T("limits.held", "when", date(a.heldUntil)))
	}
	return parts
}

// rate writes calls a second, whole numbers without a fraction.
func rate(p *text.Printer, perSecond float64) string {
	if perSecond == float64(int(perSecond)) {
		return p.Number(int(perSecond))
	}
	return p.Decimal(perSecond, 1)
}
