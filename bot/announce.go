package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// printer speaks the language of a person.
func (b *Bot) printer(ctx context.Context, userID string) *text.Printer {
	return b.o.Text.For(b.people.locale(ctx, userID))
}

// Announce implements [jobs.Front]: it draws the card, uploads the files that are due, and never does either twice.
func (b *Bot) Announce(ctx context.Context, j jobs.Job) error {
	if err := b.announce(ctx, j); err != nil {
		return err
	}
	b.tellBehind(ctx, j.ID)
	return nil
}

// announce shows a job while nobody else draws its card.
func (b *Bot) announce(ctx context.Context, j jobs.Job) error {
	defer b.cards.lock(j.ID)()
	waited, err := b.pace.wait(ctx, j.ID)
	if err == nil && waited {
		// What happened meanwhile is shown by the same edit.
		j, err = b.jobs.Get(ctx, j.ID)
	}
	if err != nil {
		return err
	}
	p := b.printer(ctx, j.Requester.ID)
	if j, err = b.noteEnd(ctx, j); err != nil {
		return err
	}
	for {
		shown, err := b.show(ctx, p, j)
		if err == nil {
			return nil
		}
		if shown.ID == j.ID {
			j = shown
		}
		moved, ok, moveErr := b.relocate(ctx, j, err)
		if moveErr != nil {
			return b.giveUp(ctx, j, errors.Join(err, moveErr))
		}
		if !ok {
			return b.giveUp(ctx, j, err)
		}
		j = moved
	}
}

// show posts or edits everything that a job has to show now.
func (b *Bot) show(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	if j.Reason.Code == jobs.ReasonDuplicate {
		return b.tellDuplicate(ctx, p, j)
	}
	if j.Kind == jobs.KindExport {
		return b.showExport(ctx, p, j)
	}
	v, err := b.view(ctx, j)
	if err != nil {
		return j, err
	}
	var untold error
	stood := hasCard(&j)
	for _, part := range []func(jobs.Job) (jobs.Job, error){
		func(jobs.Job) (jobs.Job, error) { return b.putCard(ctx, p, v) },
		func(j jobs.Job) (jobs.Job, error) { return b.linkBack(ctx, &v.job, j) },
		func(j jobs.Job) (jobs.Job, error) {
			told, err := b.putNotice(ctx, v, j)
			if err == nil || homeless(err) || threadGone(err) || lasting(&j, err) {
				return told, err
			}
			// It is tried again; files and reports do not wait for it.
			untold = err
			return told, nil
		},
		func(j jobs.Job) (jobs.Job, error) { return b.putPlanFile(ctx, p, j) },
		func(j jobs.Job) (jobs.Job, error) { return b.putReport(ctx, p, j) },
		func(j jobs.Job) (jobs.Job, error) { return b.askElsewhere(ctx, j, v) },
	} {
		shown, err := part(j)
		if shown.ID == j.ID {
			j = shown
		}
		if err == nil && stood && !hasCard(&j) {
			// The card is gone, so the job is shown anew at once, and the rest goes under the next card.
			return j, untold
		}
		stood = stood || hasCard(&j)
		if err == nil {
			continue
		}
		if !lasting(&j, err) {
			return j, err
		}
		// What Slack refuses for good must not hold up the rest.
		b.log.ErrorContext(ctx, "part of a job cannot be shown", "job_id", j.ID, "slack_error", refusal(err), "err", err)
	}
	return j, untold
}

// ended reports whether a job has outcomes to report.
func ended(j *jobs.Job) bool {
	return !j.StartedAt.IsZero() && (j.State.Terminal() || j.State == jobs.StateFinishing)
}

// relocate finds another place for a job whose own is gone: out of a thread that is gone into its channel, and out of a
// channel where the bot cannot write into a direct message to the requester. It returns false when that does not apply.
func (b *Bot) relocate(ctx context.Context, j jobs.Job, cause error) (jobs.Job, bool, error) {
	if threadGone(cause) {
		if j.Front[refThread] == "" {
			return j, false, nil
		}
		j, err := b.jobs.SaveFront(ctx, j.ID, map[string]string{refThread: ""})
		return j, err == nil, err
	}
	if !homeless(cause) || isDirect(j.Front[refChannel]) {
		return j, false, nil
	}
	channel, err := b.direct(ctx, j.Requester.ID)
	if err != nil {
		return j, false, err
	}
	b.log.WarnContext(ctx, "job moves to a direct message", "job_id", j.ID, "slack_error", slackError(cause))
	j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refChannel: channel, refThread: "", refCard: ""})
	return j, err == nil, err
}

// isDirect reports whether a conversation is a direct message.
func isDirect(channel string) bool { return strings.HasPrefix(channel, "D") }

// giveUp decides whether a failed announcement can ever succeed. A card whose channel is gone must not hold up the job.
func (b *Bot) giveUp(ctx context.Context, j jobs.Job, err error) error {
	if homeless(err) || lasting(&j, err) {
		b.log.ErrorContext(ctx, "job cannot be shown", "job_id", j.ID, "slack_error", slackError(err))
		return nil
	}
	return err
}

// view collects what a card shows.
func (b *Bot) view(ctx context.Context, j jobs.Job) (view, error) {
	others := b.others(ctx, &j)
	v := view{
		job: j, progress: b.pace.of(&j), private: b.o.ReportTo == ReportDM && !isDirect(j.Front[refChannel]), approvers: b.people.mentions(ctx),
		others: others, links: b.links(ctx, others), at: b.o.Now(),
	}
	if needsBudget(&j) {
		var err error
		if v.budget, err = b.allowances(ctx); err != nil {
			// The card is of use without it.
			b.log.WarnContext(ctx, "limits not looked up", "job_id", j.ID, "err", err)
		}
	}
	if fixesUsed(&j) > 0 && showsPlan(j.State) {
		var err error
		if v.revisers, err = b.revisers(ctx, &j); err != nil {
			return v, err
		}
	}
	if halted(&j) {
		_, results, err := b.jobs.Results(ctx, j.ID)
		if err != nil && !errors.Is(err, jobs.ErrNotFound) {
			return v, err
		}
		v.failed = failedOnly(results)
	}
	if j.Plan == nil || !showsProblems(j.State) {
		return v, nil
	}
	pl, err := b.jobs.Plan(ctx, j.ID)
	switch {
	case errors.Is(err, jobs.ErrNotFound):
	case err != nil:
		return v, err
	default:
		v.issues, v.changes = pl.Issues, pl.Changes
	}
	if j.State == jobs.StateAwaitingApproval {
		if v.difference, err = b.difference(ctx, &j); err != nil {
			return v, err
		}
	}
	if unconfirmed(&j) && !v.private {
		r, err := b.jobs.Roster(ctx, j.ID)
		switch {
		case errors.Is(err, jobs.ErrNotFound):
		case err != nil:
			return v, err
		case len(r.Rows) > 0:
			v.example = r.Rows[0].Cells
		}
	}
	return v, nil
}

// putCard posts the card or edits it. A card that somebody deleted, or that Slack does not let be edited any more, is posted
// once more.
func (b *Bot) putCard(ctx context.Context, p *text.Printer, v view) (jobs.Job, error) {
	// What is drawn and what it is marked with are of one moment, though the stored job may go on meanwhile.
	j, c, md := v.job, b.draw(p, v), metadata(&v.job)
	if hasCard(&j) {
		ts := j.Front[refCard]
		err := b.editCard(ctx, j.Front[refChannel], ts, md, c)
		b.pace.edited(j.ID)
		if !uneditable(err) || j.Front[refReposted] != "" {
			return j, err
		}
		return b.replaceCard(ctx, j, ts)
	}
	found := j.Front[refCard] == refPosting
	j, err := b.postOnce(ctx, j, refCard, md, c)
	if err == nil && found {
		// What was found may have been drawn before the crash.
		err = b.editCard(ctx, j.Front[refChannel], j.Front[refCard], md, c)
	}
	return j, err
}

// postOnce posts a message of a job and remembers it under a reference. A crash may have come between posting and
// remembering: then the conversation tells whether it is there.
func (b *Bot) postOnce(ctx context.Context, j jobs.Job, ref string, md slack.SlackMetadata, c card) (jobs.Job, error) {
	shown := j
	save := func(ts string) (jobs.Job, error) { return b.jobs.SaveFront(ctx, j.ID, postedRefs(&shown, ref, ts)) }
	var err error
	if j.Front[ref] == refPosting {
		ts, err := b.findPosted(ctx, &j, ref)
		if err != nil {
			return j, err
		}
		if ts != "" {
			return b.jobs.SaveFront(ctx, j.ID, map[string]string{ref: ts})
		}
	} else if j, err = save(refPosting); err != nil {
		return j, err
	}
	channel, under := j.Front[refChannel], j.Front[refThread]
	if ref != refCard {
		under = thread(&j)
	}
	ts, err := b.postCard(ctx, channel, under, md, c)
	if err == nil {
		return save(ts)
	}
	if refusedBySlack(err) {
		if undone, saveErr := save(""); saveErr == nil {
			j = undone
		}
	}
	return j, err
}

func (b *Bot) postCard(ctx context.Context, channel, thread string, md slack.SlackMetadata, c card) (string, error) {
	post := func(c card) (string, error) {
		opts := []slack.MsgOption{
			slack.MsgOptionText(c.text, false), slack.MsgOptionBlocks(c.blocks...), slack.MsgOptionMetadata(md),
			slack.MsgOptionDisableLinkUnfurl(),
		}
		if thread != "" {
			opts = append(opts, slack.MsgOptionTS(thread))
		}
		_, ts, err := b.api.PostMessageContext(ctx, channel, opts...)
		return ts, err
	}
	ts, err := post(c)
	if blocksRefused(err) {
		b.log.ErrorContext(ctx, "card refused, a plain one is posted", "slack_error", slackError(err))
		ts, err = post(c.plain())
	}
	if err != nil {
		return "", fmt.Errorf("post card: %w", err)
	}
	return ts, nil
}

func (b *Bot) editCard(ctx context.Context, channel, ts string, md slack.SlackMetadata, c card) error {
	edit := func(c card) error {
		_, _, _, err := b.api.UpdateMessageContext(ctx, channel, ts,
			slack.MsgOptionText(c.text, false), slack.MsgOptionBlocks(c.blocks...), slack.MsgOptionMetadata(md))
		return err
	}
	err := edit(c)
	if blocksRefused(err) {
		b.log.ErrorContext(ctx, "card refused, a plain one is shown", "slack_error", slackError(err))
		err = edit(c.plain())
	}
	if err != nil {
		return fmt.Errorf("edit card: %w", err)
	}
	return nil
}

// thread is where files and the report of a job go: under the message that brought the roster, or under the card.
func thread(j *jobs.Job) string {
	if ts := j.Front[refThread]; ts != "" {
		return ts
	}
	if ts := j.Front[refCard]; ts != refPosting {
		return ts
	}
	return ""
}

func (b *Bot) direct(ctx context.Context, userID string) (string, error) {
	c, _, _, err := b.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{userID}, ReturnIM: true})
	if err != nil {
		return "", fmt.Errorf("open a direct message: %w", err)
	}
	return c.ID, nil
}

// Progress implements [jobs.Front].
func (b *Bot) Progress(ctx context.Context, j jobs.Job, pr jobs.Progress) {
	// Whoever draws the card next shows it, also when this edit has to wait for its turn.
	b.pace.keep(j.ID, pr)
	defer b.cards.lock(j.ID)()
	if _, err := b.pace.wait(ctx, j.ID); err != nil {
		return
	}
	now, err := b.jobs.Get(ctx, j.ID)
	if err != nil || !inProgress(&now) || !hasCard(&now) {
		return
	}
	p := b.printer(ctx, j.Requester.ID)
	others := b.others(ctx, &now)
	v := view{job: now, progress: &pr, others: others, links: b.links(ctx, others)}
	err = b.editCard(ctx, now.Front[refChannel], now.Front[refCard], metadata(&now), b.draw(p, v))
	b.pace.edited(j.ID)
	var limited *slack.RateLimitedError
	switch {
	case errors.As(err, &limited):
		// Others on the workspace use the same budget: stay quiet for as long as Slack asks.
		wait := time.NewTimer(limited.RetryAfter)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
		}
	case err != nil && ctx.Err() == nil:
		b.log.WarnContext(ctx, "progress not shown", "job_id", j.ID, "err", err)
	}
}

// tellDuplicate points whoever handed in a file again to the job that it already is.
func (b *Bot) tellDuplicate(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	if j.Front[refDuplicate] != "" {
		return j, nil
	}
	other, err := b.jobs.Get(ctx, j.Reason.Params["job"])
	if err != nil && !errors.Is(err, jobs.ErrNotFound) {
		return j, err
	}
	words := b.known(ctx, p, &other, j.Reason.Params["job"], fileName(&j))
	c := card{text: words, blocks: []slack.Block{section(words)}}
	// The answer must not look like the card of a job of its own.
	md := slack.SlackMetadata{EventType: CardEvent + "_duplicate", EventPayload: map[string]any{"job_id": other.ID}}
	ts := j.Front[refCard]
	if ts == refPosting {
		if ts, err = b.findPosted(ctx, &j, refCard); err != nil {
			return j, err
		}
	}
	if ts != "" {
		err = b.editCard(ctx, j.Front[refChannel], ts, md, c)
	}
	if ts == "" || uneditable(err) {
		_, err = b.postCard(ctx, j.Front[refChannel], j.Front[refThread], md, c)
	}
	if err != nil {
		return j, err
	}
	return b.jobs.SaveFront(ctx, j.ID, map[string]string{refDuplicate: "1"})
}

// known says that a file is a job already, with a link to its card.
func (b *Bot) known(ctx context.Context, p *text.Printer, other *jobs.Job, id, name string) string {
	words := p.T("ui.duplicate", "id", id, "state", esc(p.State(other.State)), "name", esc(cut(name, nameLimit)))
	if other.Kind == jobs.KindInvitations {
		// Nobody posted a file: a command made it.
		words = p.T("ui.duplicate.invitations", "id", id, "state", esc(p.State(other.State)))
	}
	if link := b.link(ctx, other); link != "" {
		words += " <" + link + "|" + esc(p.T("ui.card.link")) + ">"
	}
	return words
}

// link is the permanent address of a job's card; "" when there is none.
func (b *Bot) link(ctx context.Context, j *jobs.Job) string {
	link, err := b.permalink(ctx, j)
	if err != nil {
		return ""
	}
	return link
}

// permalink is like link, and tells why there is none.
func (b *Bot) permalink(ctx context.Context, j *jobs.Job) (string, error) {
	if !hasCard(j) {
		return "", nil
	}
	return b.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: j.Front[refChannel], Ts: j.Front[refCard]})
}

func (b *Bot) reply(ctx context.Context, channel, thread, words string) (string, error) {
	opts := []slack.MsgOption{slack.MsgOptionText(words, false), slack.MsgOptionDisableLinkUnfurl()}
	if thread != "" {
		opts = append(opts, slack.MsgOptionTS(thread))
	}
	_, ts, err := b.api.PostMessageContext(ctx, channel, opts...)
	if err != nil {
		return "", fmt.Errorf("reply: %w", err)
	}
	return ts, nil
}
