package bot

import (
	"context"
	"errors"
	"sync"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// wish is what somebody wants to be done about an earlier job by a job of its own.
type wish string

const (
	wishRetry wish = "retry"
	wishUndo  wish = "undo"
)

// again makes a job that tries the failed rows of another again, or takes back what it did.
func (b *Bot) again(ctx context.Context, p *text.Printer, w wish, id, user string) (answer, error) {
	if err := b.mayHandIn(ctx, user); err != nil {
		return answer{}, err
	}
	of, err := b.jobs.Get(ctx, id)
	if err != nil {
		return answer{}, err
	}
	if w == wishRetry && of.Kind == jobs.KindUndo {
		return answer{text: p.T("control.retry_of_undo", "id", id, "of", of.Of)}, nil
	}
	if by := takenBackWhole(&of, b.others(ctx, &of)); by != nil {
		return answer{text: p.T("control.taken_back", "id", id, "by", by.ID)}, nil
	}
	refs, where, err := b.placeBeside(ctx, p, &of, user)
	if err != nil {
		return answer{}, err
	}
	submit, newest := b.jobs.Retry, of.RetriedBy
	if w == wishUndo {
		submit, newest = b.jobs.Undo, of.UndoneBy
	}
	j, created, err := submit(ctx, id, jobs.Submission{
		// Presses of the same button are one wish until a job has come of it, also when they come at once.
		Key: string(w) + ":" + id + ":" + newest, Requester: b.people.actor(ctx, user), Front: refs,
		Source: jobs.Source{Name: fileName(&of)},
	})
	switch {
	case errors.Is(err, jobs.ErrNotAccepted):
		return answer{text: p.T("control.nothing.not_accepted", "resend", p.T("ui.button.resend"))}, nil
	case errors.Is(err, jobs.ErrNothing):
		return answer{text: p.T("control.nothing."+string(w), "id", id)}, nil
	case errors.Is(err, jobs.ErrNotFound):
		// The job is there, but not its rows.
		return answer{text: p.T("control.forgotten", "id", id)}, nil
	case err != nil:
		return answer{}, err
	case !created:
		words := p.T("control.in_hand", "id", j.ID, "state", esc(p.State(j.State)))
		if link := b.link(ctx, &j); link != "" {
			words += " <" + link + "|" + esc(p.T("ui.card.link")) + ">"
		}
		return answer{text: words}, nil
	}
	return answer{text: p.T("control."+string(w)+"_made", "id", j.ID, "of", id) + " " + where}, nil
}

// placeBeside says where the card of a job comes that is about another one: into the same thread, if whoever asks for it can
// see that. Else it goes where cards of the form go.
func (b *Bot) placeBeside(ctx context.Context, p *text.Printer, of *jobs.Job, user string) (refs map[string]string, where string, err error) {
	channel := of.Front[refChannel]
	if channel != "" && (!isDirect(channel) || user == of.Requester.ID) {
		where = p.T("cmd.invitations.where_dm")
		if !isDirect(channel) {
			where = p.T("cmd.invitations.where", "channel", "<#"+channel+">")
		}
		return map[string]string{refChannel: channel, refThread: thread(of)}, where, nil
	}
	if channel, err = b.direct(ctx, user); err != nil {
		return nil, "", err
	}
	return map[string]string{refChannel: channel}, p.T("cmd.invitations.where_dm"), nil
}

// kin are the jobs that a card names: the one that it is about, those that are about it, and the one that it waits for.
func kin(j *jobs.Job) []string {
	var ids []string
	for _, id := range []string{j.Of, j.UndoneBy, j.RetriedBy, inviter(j)} {
		if id != "" {
			ids = append(ids, id)
		}
	}
	if behind(j) && aheadOf(j) != "" {
		ids = append(ids, aheadOf(j))
	}
	return ids
}

// others are the jobs that a card names, as they are now and as far as they are kept, by id.
func (b *Bot) others(ctx context.Context, j *jobs.Job) map[string]jobs.Job {
	ids := kin(j)
	if len(ids) == 0 {
		return nil
	}
	out := make(map[string]jobs.Job, len(ids))
	for _, id := range ids {
		// It may be older than jobs are kept; the id still says which it was.
		if other, err := b.jobs.Get(ctx, id); err == nil {
			out[id] = other
		}
	}
	return out
}

// links are the addresses of the cards of other jobs, as far as they are known.
func (b *Bot) links(ctx context.Context, others map[string]jobs.Job) map[string]string {
	if len(others) == 0 {
		return nil
	}
	out := make(map[string]string, len(others))
	for id, other := range others {
		place := other.Front[refChannel] + "/" + other.Front[refCard]
		link, known := b.places.get(place)
		if !known {
			if link = b.link(ctx, &other); link != "" {
				b.places.put(place, link)
			}
		}
		if link != "" {
			out[id] = link
		}
	}
	return out
}

// linkBack draws the card of the job that another follows once more: when the card of the other was posted just now, since
// before there was nothing to link to, and when the other has taken back what the first job did.
func (b *Bot) linkBack(ctx context.Context, before *jobs.Job, now jobs.Job) (jobs.Job, error) {
	posted := !hasCard(before) && hasCard(&now)
	over := now.Kind == jobs.KindUndo && ended(&now) && now.Front[refTakenBack] == ""
	if now.Of == "" || (!posted && !over) {
		return now, nil
	}
	// Jobs follow older ones only, so that no two of these wait for each other.
	b.drawAgain(ctx, now.Of)
	if !over {
		return now, nil
	}
	return b.jobs.SaveFront(ctx, now.ID, map[string]string{refTakenBack: "1"})
}

// drawAgain brings the card of a job up to date about another one. That is a courtesy: the card names the other all the same.
func (b *Bot) drawAgain(ctx context.Context, id string) {
	defer b.cards.lock(id)()
	j, err := b.jobs.Get(ctx, id)
	if err != nil || !hasCard(&j) {
		return
	}
	v, err := b.view(ctx, j)
	if err == nil {
		_, err = b.putCard(ctx, b.printer(ctx, j.Requester.ID), v)
	}
	if err != nil {
		b.log.InfoContext(ctx, "card of another job not drawn again", "job_id", j.ID, "slack_error", slackError(err), "err", err)
	}
}

// takenBack is the job that has taken back what another did; nil when none has.
func takenBack(j *jobs.Job, others map[string]jobs.Job) *jobs.Job {
	by, ok := others[j.UndoneBy]
	if !ok || by.Counts.Reversed == 0 || (by.State != jobs.StateDone && by.State != jobs.StateFinishing) {
		return nil
	}
	return &by
}

// takenBackWhole is like takenBack, for jobs of which another undo would not take back any more.
func takenBackWhole(j *jobs.Job, others map[string]jobs.Job) *jobs.Job {
	by := takenBack(j, others)
	if by == nil || failedRows(by)+by.Counts.Unprocessed > 0 {
		return nil
	}
	return by
}

// placeMemory remembers the addresses of cards, which never change.
type placeMemory struct {
	mu    sync.Mutex
	links map[string]string
}

// placesKept bounds the memory; what is forgotten is asked for again.
const placesKept = 1000

func (m *placeMemory) get(place string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	link, ok := m.links[place]
	return link, ok
}

func (m *placeMemory) put(place, link string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.links == nil || len(m.links) >= placesKept {
		m.links = make(map[string]string)
	}
	m.links[place] = link
}

// jobRef names another job on a card, with a link to its card where there is one.
func jobRef(v view, id string) string {
	if link := v.links[id]; link != "" {
		return "<" + link + "|" + id + ">"
	}
	return "`" + id + "`"
}

// kinLines say on a card how a job hangs together with others.
func kinLines(p *text.Printer, v view) []string {
	j := &v.job
	var lines []string
	add := func(id, other string) {
		if other != "" {
			lines = append(lines, p.T(id, "job", jobRef(v, other)))
		}
	}
	switch {
	case j.Kind != jobs.KindUndo:
		id := "control.line.retries"
		if of, ok := v.others[j.Of]; ok && retriedLine(&of) == "control.line.completed_by" {
			id = "control.line.completes"
		}
		add(id, j.Of)
	case undoStatement(p, v) == "":
		add("control.line.undoes", j.Of)
	}
	if behind(j) {
		lines = append(lines, aheadLines(p, v)...)
	}
	add(retriedLine(j), j.RetriedBy)
	if by := takenBack(j, v.others); by != nil {
		lines = append(lines, p.T("control.line.taken_back", "job", jobRef(v, by.ID), "when", date(endOf(by))))
	} else {
		add("control.line.undone_by", j.UndoneBy)
	}
	return lines
}
