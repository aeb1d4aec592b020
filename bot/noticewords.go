package bot

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
)

// facts are what a message about an event is made of.
type facts struct {
	p    *text.Printer
	view view
	news news
	// card is the address of the job's card; "" where the message stands right under it.
	card string
	// ahead is the job that this one waits for, nil when it is not known; aheadCard is the address of its card.
	ahead     *jobs.Job
	aheadCard string
}

// factsOf collects what a message about an event says.
func (b *Bot) factsOf(ctx context.Context, v view, n news) facts {
	f := facts{view: v, news: n}
	if n.kind == newsBehind || n.kind == newsOverlap {
		if ahead, err := b.jobs.Get(ctx, aheadOf(&v.job)); err == nil {
			f.ahead = &ahead
			if !isDirect(ahead.Front[refChannel]) || ahead.Requester.ID == v.job.Requester.ID {
				// Nobody can follow a link into somebody else's direct message.
				f.aheadCard = b.link(ctx, &ahead)
			}
		}
	}
	return f
}

// words put an event into a sentence or two: what happened, what that means, what to do.
func (f *facts) words(to []string) string {
	said := f.sentence()
	if len(to) == 0 {
		return said
	}
	return f.p.T("notice.to", "who", strings.Join(to, ", "), "said", said)
}

func (f *facts) sentence() string {
	p, j := f.p, &f.view.job
	name := f.name()
	who := called(f.news.actor)
	switch f.news.kind {
	case newsAsk:
		return p.T("notice.ask", "name", name, "what", planned(p, j.Kind, j.Plan.Counts),
			"approvers", cutMarks(f.view.approvers, sectionLimit/2), "until", date(j.ExpiresAt))
	case newsAnew:
		if d := f.view.difference; d != nil && len(d.Rows) > 0 {
			return p.T("notice.anew", "name", name, "count", len(d.Rows))
		}
		return p.T("notice.anew_unknown", "name", name)
	case newsOverlap:
		return p.T("notice.overlap", "name", name, "job", f.other(), "stands", f.stands(), "people", f.number("people"))
	case newsExpired:
		return p.T("notice.expired", "name", name, "again", p.T("control.button.plan_again"))
	case newsRejected:
		said := p.T("notice.rejected", "name", name, "who", who)
		if reason := j.Decision.Reason; reason != "" {
			said += "\n" + quote(reason)
		}
		return said
	case newsCanceled:
		if j.StartedAt.IsZero() {
			return p.T("notice.canceled_early", "name", name, "who", who)
		}
		return p.T("notice.canceled", "name", name, "who", who)
	case newsRefused:
		return p.T("notice.refused", "name", name)
	case newsErrored:
		return p.T("notice.errored", "name", name)
	case newsNothing:
		if words := nothingLeft(p, f.view, name); words != "" {
			return words
		}
		return p.T("notice.nothing", "name", name)
	case newsBehind:
		return p.T("notice.behind", "name", name, "job", f.other(), "stands", f.stands(), "people", f.number("people"))
	case newsHeld:
		return p.T("notice.held", "name", name, "who", who, "resume", p.T("control.button.resume"))
	case newsResumed:
		return p.T("notice.resumed", "name", name, "who", who)
	case newsHalted:
		return p.T("notice.halted", "name", name, "failed", f.number("failed"), "rows", f.number("rows"),
			"resume", p.T("control.button.resume"), "stop", p.T("ui.button.cancel"))
	case newsSeats:
		said := p.T("notice.seats", "name", name, "count", f.amount("rows"),
			"licence", esc(p.Licence(plan.Licence(j.Reason.Params["licence"]))), "when", date(j.ResumeAt))
		if until := givesUp(p, j); until != "" {
			said += " " + until
		}
		return said
	case newsDaily:
		why := f.usedUp()
		if n := j.Counts; n.Total() > 0 {
			return p.T("notice.daily_far", "why", why, "name", name, "when", date(goesOn(j)), "done", p.Number(n.Total()-n.Unprocessed), "rows", p.Number(n.Total()))
		}
		return p.T("notice.daily", "why", why, "name", name, "when", date(goesOn(j)))
	}
	return ""
}

// usedUp says which limit of the day is used up, as far as that is known.
func (f *facts) usedUp() string {
	var classes []string
	for _, a := range f.view.budget {
		switch {
		case a.perDay > 0 && a.left() == 0, a.perDay == 0 && a.heldUntil.Sub(goesOn(&f.view.job)).Abs() < time.Minute:
		default:
			continue
		}
		if a.class == invitationsClass {
			return f.p.T("notice.used_up.invitations")
		}
		classes = append(classes, className(f.p, a.class))
	}
	if len(classes) == 0 {
		return f.p.T("notice.used_up.any")
	}
	return f.p.T("notice.used_up.class", "classes", strings.Join(classes, f.p.T("list.separator")))
}

// name is what the job is called, with the way to its card.
func (f *facts) name() string {
	return esc(title(f.p, &f.view.job)) + " (" + linked(f.view.job.ID, f.card) + ")"
}

// other names the job that this one waits for.
func (f *facts) other() string { return linked(aheadOf(&f.view.job), f.aheadCard) }

// linked is the id of a job, as the way to its card where there is one.
func linked(id, card string) string { return jobRef(view{links: map[string]string{id: card}}, id) }

// stands says how the job stands that this one waits for.
func (f *facts) stands() string {
	if f.ahead == nil {
		return "…"
	}
	said := esc(stateWords(f.p, f.ahead))
	if more := note(f.p, f.ahead); more != "" {
		said += f.p.T("list.separator") + more
	}
	return said
}

// amount is a number of the job's reason.
func (f *facts) amount(param string) int {
	n, err := strconv.Atoi(f.view.job.Reason.Params[param])
	if err != nil {
		return 0
	}
	return n
}

// number is the same, as people write it.
func (f *facts) number(param string) string { return f.p.Number(f.amount(param)) }
