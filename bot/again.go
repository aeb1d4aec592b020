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
	for _, id := range []string{j.Of, j.UndoneBy, j.RetriedBy} {
		if id != "" {
			ids = append(ids, id)
		}
	}
	if behind(j) && aheadOf(j) != "" {
		ids = append(ids, aheadOf(j))
	}
	return ids
}

// links are the addresses of the cards of a job's kin, as far as they are known.
func (b *Bot) links(ctx context.Context, j *jobs.Job) map[string]string {
	ids := kin(j)
	if len(ids) == 0 {
		return nil
	}
	out := make(map[string]string, len(ids))
	for _, id := range ids {
		other, err := b.jobs.Get(ctx, id)
		if err != nil {
			// It may be older than jobs are kept; the id still says which it was.
			continue
		}
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

// linkBack draws the card of the job that another follows once more, when the card of the other was posted just now: before,
// there was nothing to link to.
func (b *Bot) linkBack(ctx context.Context, before, now *jobs.Job) {
	posted := len(before.Front[refCard]) <= len(refPosting) && len(now.Front[refCard]) > len(refPosting)
	if now.Of == "" || !posted {
		return
	}
	// Jobs follow older ones only, so that no two of these wait for each other.
	defer b.cards.lock(now.Of)()
	of, err := b.jobs.Get(ctx, now.Of)
	if err != nil || len(of.Front[refCard]) <= len(refPosting) {
		// The link is a courtesy; the card names the job all the same.
		return
	}
	v, err := b.view(ctx, of)
	if err == nil {
		_, err = b.putCard(ctx, b.printer(ctx, of.Requester.ID), v)
	}
	if err != nil {
		b.log.InfoContext(ctx, "card of an earlier job not drawn again", "job_id", of.ID, "slack_error", slackError(err), "err", err)
	}
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
		add("control.line.retries", j.Of)
	case undoStatement(p, v) == "":
		add("control.line.undoes", j.Of)
	}
	if behind(j) && (v.links[aheadOf(j)] != "" || j.Reason.Code != jobs.ReasonBehind) {
		// The reason names it too, but cannot lead there.
		add("control.line.behind", aheadOf(j))
	}
	add("control.line.retried_by", j.RetriedBy)
	add("control.line.undone_by", j.UndoneBy)
	return lines
}
