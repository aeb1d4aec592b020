package bot

import (
	"context"
	"errors"
	"strings"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// approve consumes the approval of a job. Whoever approves a plan that has waited too long is told what that leads to.
func (b *Bot) approve(ctx context.Context, c click) error {
	id, digest, _ := strings.Cut(c.value, " ")
	before, err := b.jobs.Get(ctx, id)
	if err != nil {
		return err
	}
	if now, err := b.jobs.Approve(ctx, id, digest, b.people.actor(ctx, c.user)); err != nil {
		return standsErr(err, now)
	}
	late := before.State == jobs.StateExpired ||
		(before.State == jobs.StateAwaitingApproval && !before.ExpiresAt.IsZero() && !b.o.Now().Before(before.ExpiresAt))
	if !late {
		return nil
	}
	return b.whisper(ctx, c, b.printer(ctx, c.user).T("control.approved_late", "id", id))
}

// standsError says where a job stands beside why nobody can decide about it.
type standsError struct {
	error
	id    string
	state jobs.State
}

func (e *standsError) Unwrap() error { return e.error }

// standsErr adds where a job stands to the answer that it was decided about already.
func standsErr(err error, j jobs.Job) error {
	if !errors.Is(err, jobs.ErrDecided) || j.ID == "" {
		return err
	}
	return &standsError{error: err, id: j.ID, state: j.State}
}

// onControl carries out a press of a button that steers a job.
func (b *Bot) onControl(ctx context.Context, c click) error {
	p := b.printer(ctx, c.user)
	var a answer
	var err error
	switch c.action {
	case ActionPause:
		a, err = b.pause(ctx, p, c.value, c.user)
	case ActionResume:
		a, err = b.resume(ctx, p, c.value, c.user)
	case ActionRetry:
		a, err = b.again(ctx, p, wishRetry, c.value, c.user)
	case ActionUndo:
		a, err = b.again(ctx, p, wishUndo, c.value, c.user)
	case ActionPlanAgain:
		a, err = b.planAgain(ctx, p, c.value, c.user)
	case ActionCancel:
		a, err = b.cancel(ctx, p, c.value, c.user)
	}
	if err != nil || a.text == "" {
		return err
	}
	return b.whisper(ctx, c, a.text)
}

// pause lets a job rest and says what comes of it.
func (b *Bot) pause(ctx context.Context, p *text.Printer, id, user string) (answer, error) {
	before, err := b.jobs.Get(ctx, id)
	if err != nil {
		return answer{}, err
	}
	j, err := b.jobs.Pause(ctx, id, b.people.actor(ctx, user))
	switch {
	case err != nil:
		return answer{}, err
	case before.Held != nil && j.Held != nil:
		return answer{text: p.T("control.paused_already", "id", id, "who", mention(j.Held.Actor), "when", date(j.Held.At))}, nil
	case j.State == jobs.StateApplying:
		return answer{text: p.T("control.pausing", "id", id)}, nil
	case j.State == jobs.StateApproved:
		return answer{text: p.T("control.paused_early", "id", id)}, nil
	}
	return answer{text: p.T("control.paused", "id", id)}, nil
}

// resume lets a job go on.
func (b *Bot) resume(ctx context.Context, p *text.Printer, id, user string) (answer, error) {
	before, err := b.jobs.Get(ctx, id)
	if err != nil {
		return answer{}, err
	}
	j, err := b.jobs.Resume(ctx, id, b.people.actor(ctx, user))
	lacks := before.Reason.Code
	switch {
	case err != nil:
		return answer{}, err
	case behind(&j):
		return answer{text: p.T("control.resumed_behind", "id", id, "job", aheadOf(&j))}, nil
	case lacks == jobs.ReasonDailyLimit && before.State != jobs.StateApplying:
		return answer{text: p.T("control.resumed_limit", "id", id)}, nil
	case lacks == jobs.ReasonSeats && before.State == jobs.StatePaused:
		return answer{text: p.T("control.resumed_seats", "id", id)}, nil
	}
	return answer{text: p.T("control.resumed", "id", id)}, nil
}

// planAgain makes the plan of an expired job anew. A second press finds it being made.
func (b *Bot) planAgain(ctx context.Context, p *text.Printer, id, user string) (answer, error) {
	_, err := b.jobs.PlanAgain(ctx, id, b.people.actor(ctx, user))
	if state, ok := errors.AsType[*jobs.StateError](err); ok && state.From == jobs.StatePlanning {
		err = nil
	}
	if err != nil {
		return answer{}, err
	}
	return answer{text: p.T("control.replanning", "id", id)}, nil
}

func (b *Bot) cmdPause(ctx context.Context, in invocation) (answer, error) {
	return b.steer(ctx, in, "pause", pausable, b.pause)
}

func (b *Bot) cmdResume(ctx context.Context, in invocation) (answer, error) {
	return b.steer(ctx, in, "resume", resumable, b.resume)
}

func (b *Bot) cmdRetry(ctx context.Context, in invocation) (answer, error) {
	return b.steer(ctx, in, string(wishRetry), retriable, func(ctx context.Context, p *text.Printer, id, user string) (answer, error) {
		return b.again(ctx, p, wishRetry, id, user)
	})
}

func (b *Bot) cmdUndo(ctx context.Context, in invocation) (answer, error) {
	return b.steer(ctx, in, string(wishUndo), undoable, func(ctx context.Context, p *text.Printer, id, user string) (answer, error) {
		return b.again(ctx, p, wishUndo, id, user)
	})
}

// steered is among how many of the newest jobs the one is looked for that a command means, and steeredListed how many are
// listed when several fit.
const (
	steered       = 50
	steeredListed = 5
)

// steer carries a command out for the job that it names or, when it names none, for the only one that fits.
func (b *Bot) steer(
	ctx context.Context, in invocation, name string, fits func(*jobs.Job) bool,
	do func(ctx context.Context, p *text.Printer, id, user string) (answer, error),
) (answer, error) {
	if len(in.args) > 0 {
		j, a, err := b.named(ctx, in)
		if err != nil || a.text != "" {
			return a, err
		}
		return do(ctx, in.p, j.ID, in.UserID)
	}
	found, others, err := b.fitting(ctx, in, fits)
	switch {
	case err != nil:
		return answer{}, err
	case len(found) == 0:
		return answer{text: in.p.T("control.none." + name)}, nil
	case len(found) == 1:
		return do(ctx, in.p, found[0].ID, in.UserID)
	}
	return which(in.p, name, found, others), nil
}

// fitting are the newest jobs that a command without an id can mean, and all of the newest by id. Whether the person may do
// it is judged again where it is done.
func (b *Bot) fitting(
	ctx context.Context, in invocation, fits func(*jobs.Job) bool,
) (found []jobs.Job, others map[string]jobs.Job, err error) {
	list, err := b.jobs.List(ctx, steered)
	if err != nil {
		return nil, nil, err
	}
	approver := b.people.mayApprove(ctx, in.UserID) == nil
	others = byID(list)
	for i := range list {
		if j := &list[i]; fits(j) && takenBackWhole(j, others) == nil && (approver || j.Requester.ID == in.UserID) {
			found = append(found, *j)
		}
	}
	return found, others, nil
}

// which asks for the id of one of several jobs.
func which(p *text.Printer, name string, found []jobs.Job, others map[string]jobs.Job) answer {
	lines := []string{p.T("control.which", "command", name, "id", found[0].ID)}
	for i := range found[:min(len(found), steeredListed)] {
		lines = append(lines, jobLine(p, &found[i], others, ""))
	}
	if len(found) > steeredListed {
		lines = append(lines, "…")
	}
	return answer{text: cutLines(strings.Join(lines, "\n"), sectionLimit)}
}
