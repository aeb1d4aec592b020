package bot

import (
	"context"
	"math"
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
	// sharedWith are the classes with which the limit of the day is shared.
	sharedWith []string
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
		one := allowance{
			class: string(a.Class), documented: a.Documented, granted: a.Granted, used: a.Used, perDay: a.PerDay, heldUntil: a.HeldUntil,
		}
		for _, class := range a.SharedWith {
			one.sharedWith = append(one.sharedWith, string(class))
		}
		out = append(out, one)
	}
	return out, nil
}

// restsForDay reports whether a job rests because a limit of the day is used up, also while its plan is being made.
func restsForDay(j *jobs.Job) bool {
	return j.Reason.Code == jobs.ReasonDailyLimit && (j.State == jobs.StatePaused || (!j.State.Terminal() && !j.RetryAt.IsZero()))
}

// needsBudget reports whether a card says how much of the day's limits is used.
func needsBudget(j *jobs.Job) bool {
	switch {
	case j.Kind == jobs.KindExport:
		return false
	case restsForDay(j):
		return true
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
	if !restsForDay(&v.job) {
		return nil
	}
	var lines []string
	named := false
	for _, a := range v.budget {
		usedUp := a.perDay > 0 && a.left() == 0
		unknown := a.perDay == 0 && a.heldUntil.Sub(goesOn(&v.job)).Abs() < time.Minute
		named = named || usedUp || unknown || (a.perDay > 0 && a.used*10 >= a.perDay*9)
		switch {
		case usedUp:
			lines = append(lines, p.T("control.line.used_up", "class", className(p, a.class), "used", p.Number(a.used), "per_day", p.Number(a.perDay)))
		case unknown:
			// Zoom says so, though no limit was known.
			lines = append(lines, p.T("control.line.used_up_unknown", "class", className(p, a.class)))
		case a.perDay > 0 && (a.class == invitationsClass || a.used*10 >= a.perDay*9):
			lines = append(lines, p.T("control.line.used", "class", className(p, a.class), "used", p.Number(a.used), "per_day", p.Number(a.perDay)))
		}
	}
	if !named && len(v.budget) > 0 {
		lines = append(lines, p.T("control.line.used_up_other"))
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
	if len(a.sharedWith) > 0 && a.perDay > 0 {
		names := make([]string, len(a.sharedWith))
		for i, class := range a.sharedWith {
			names[i] = className(p, class)
		}
		parts = append(parts, p.T("limits.shared", "classes", strings.Join(names, p.T("list.separator"))))
	}
	if a.heldUntil.After(now) {
		parts = append(parts, p.T("limits.held", "when", date(a.heldUntil)))
	}
	return parts
}

// rate writes how many calls are made in a second or, where that is less than one, in a minute or an hour.
func rate(p *text.Printer, perSecond float64) string {
	switch perMinute := perSecond * 60; {
	case perSecond >= 1 || perSecond <= 0:
		return p.T("limits.per_second", "number", amount(p, perSecond))
	case perMinute >= 0.95:
		return p.T("limits.per_minute", "number", amount(p, perMinute))
	}
	return p.T("limits.per_hour", "number", amount(p, perSecond*3600))
}

// amount writes a number with one digit after the point, whole numbers without.
func amount(p *text.Printer, n float64) string {
	if whole := math.Round(n); math.Abs(n-whole) < 0.05 {
		return p.Number(int(whole))
	}
	return p.Decimal(n, 1)
}
