package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// More references that the bot keeps with a job.
const (
	// refAppliedAt is when the rows were through, which is before the end of a job that waits for people.
	refAppliedAt = "applied_at"
	// refPosting stands for the ts of a message that is being posted.
	refPosting = "?"
)

// printer speaks the language of a person.
func (b *Bot) printer(ctx context.Context, userID string) *text.Printer {
	return b.o.Text.For(b.people.locale(ctx, userID))
}

// Announce implements [jobs.Front]: it draws the card, uploads the files that are due, and never does either twice.
func (b *Bot) Announce(ctx context.Context, j jobs.Job) error {
	defer b.cards.lock(j.ID)()
	p := b.printer(ctx, j.Requester.ID)
	if j.Reason.Code == jobs.ReasonDuplicate {
		return b.tellDuplicate(ctx, p, j)
	}
	if ended(&j) && j.Front[refAppliedAt] == "" {
		var err error
		if j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refAppliedAt: b.o.Now().UTC().Format(time.RFC3339)}); err != nil {
			return err
		}
	}
	v, err := b.view(ctx, j)
	if err != nil {
		return err
	}
	if j, err = b.putCard(ctx, p, v); err != nil {
		return b.giveUp(ctx, j, err)
	}
	if j, err = b.putPlanFile(ctx, p, j); err != nil {
		return b.giveUp(ctx, j, err)
	}
	if j, err = b.putReport(ctx, p, j); err != nil {
		return b.giveUp(ctx, j, err)
	}
	return b.giveUp(ctx, j, b.askElsewhere(ctx, j, v))
}

// ended reports whether a job has outcomes to report.
func ended(j *jobs.Job) bool {
	return !j.StartedAt.IsZero() && (j.State.Terminal() || j.State == jobs.StateFinishing)
}

// giveUp decides whether a failed announcement can ever succeed. A card whose channel is gone must not hold up the job.
func (b *Bot) giveUp(ctx context.Context, j jobs.Job, err error) error {
	switch slackError(err) {
	case "channel_not_found", "not_in_channel", "is_archived", "account_inactive", "message_not_found", "cant_update_message",
		"restricted_action", "posting_to_channel_denied", "invalid_blocks", "msg_too_long", "msg_blocks_too_long", "missing_scope":
		b.log.ErrorContext(ctx, "job cannot be shown", "job_id", j.ID, "slack_error", slackError(err))
		return nil
	}
	return err
}

// view collects what a card shows.
func (b *Bot) view(ctx context.Context, j jobs.Job) (view, error) {
	v := view{job: j, private: b.o.ReportTo == ReportDM && !strings.HasPrefix(j.Front[refChannel], "D")}
	if j.Plan == nil || !showsProblems(j.State) {
		return v, nil
	}
	pl, err := b.jobs.Plan(ctx, j.ID)
	if err != nil {
		return v, err
	}
	v.issues = pl.Issues
	return v, nil
}

// putCard posts the card or edits it.
func (b *Bot) putCard(ctx context.Context, p *text.Printer, v view) (jobs.Job, error) {
	j := v.job
	if j.Front[refCard] == refPosting {
		// A crash may have come between posting and remembering: the thread tells.
		ts, err := b.findCard(ctx, &j)
		if err != nil {
			return j, err
		}
		if j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refCard: ts}); err != nil {
			return j, err
		}
	}
	if ts := j.Front[refCard]; ts != "" {
		return j, b.editCard(ctx, j.Front[refChannel], ts, &v.job, b.draw(p, v))
	}
	j, err := b.jobs.SaveFront(ctx, j.ID, map[string]string{refCard: refPosting})
	if err != nil {
		return j, err
	}
	ts, err := b.postCard(ctx, j.Front[refChannel], j.Front[refThread], &v.job, b.draw(p, v))
	if err != nil {
		_, saveErr := b.jobs.SaveFront(ctx, j.ID, map[string]string{refCard: ""})
		return j, errors.Join(err, saveErr)
	}
	return b.jobs.SaveFront(ctx, j.ID, map[string]string{refCard: ts})
}

func (b *Bot) postCard(ctx context.Context, channel, thread string, j *jobs.Job, c card) (string, error) {
	opts := []slack.MsgOption{
		slack.MsgOptionText(c.text, false), slack.MsgOptionBlocks(c.blocks...), slack.MsgOptionMetadata(metadata(j)),
		slack.MsgOptionDisableLinkUnfurl(),
	}
	if thread != "" {
		opts = append(opts, slack.MsgOptionTS(thread))
	}
	_, ts, err := b.api.PostMessageContext(ctx, channel, opts...)
	if err != nil {
		return "", fmt.Errorf("post card: %w", err)
	}
	return ts, nil
}

func (b *Bot) editCard(ctx context.Context, channel, ts string, j *jobs.Job, c card) error {
	_, _, _, err := b.api.UpdateMessageContext(ctx, channel, ts,
		slack.MsgOptionText(c.text, false), slack.MsgOptionBlocks(c.blocks...), slack.MsgOptionMetadata(metadata(j)))
	if err != nil {
		return fmt.Errorf("edit card: %w", err)
	}
	return nil
}

// findCard looks for a card that was posted and not remembered; "" when there is none.
func (b *Bot) findCard(ctx context.Context, j *jobs.Job) (string, error) {
	var (
		msgs []slack.Message
		err  error
	)
	if thread := j.Front[refThread]; thread != "" {
		msgs, _, _, err = b.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: j.Front[refChannel], Timestamp: thread, IncludeAllMetadata: true, Limit: 200,
		})
	} else {
		var h *slack.GetConversationHistoryResponse
		h, err = b.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: j.Front[refChannel], IncludeAllMetadata: true, Limit: 100,
		})
		if h != nil {
			msgs = h.Messages
		}
	}
	if err != nil {
		return "", fmt.Errorf("look for the card: %w", err)
	}
	for _, m := range msgs {
		if m.Metadata.EventType == CardEvent && m.Metadata.EventPayload["job_id"] == j.ID && m.User == b.me.userID {
			return m.Timestamp, nil
		}
	}
	return "", nil
}

// thread is where files and the report of a job go: under the message that brought the roster, or under the card.
func thread(j *jobs.Job) string { return orElse(j.Front[refThread], j.Front[refCard]) }

// destination is the conversation for files: the thread, or a direct message to the requester.
func (b *Bot) destination(ctx context.Context, j *jobs.Job) (channel, ts string, err error) {
	if b.o.ReportTo != ReportDM || strings.HasPrefix(j.Front[refChannel], "D") {
		return j.Front[refChannel], thread(j), nil
	}
	channel, err = b.direct(ctx, j.Requester.ID)
	return channel, "", err
}

func (b *Bot) direct(ctx context.Context, userID string) (string, error) {
	c, _, _, err := b.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{userID}, ReturnIM: true})
	if err != nil {
		return "", fmt.Errorf("open a direct message: %w", err)
	}
	return c.ID, nil
}

// putPlanFile uploads the whole plan once for each plan.
func (b *Bot) putPlanFile(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	due := j.State == jobs.StateAwaitingApproval || j.State == jobs.StatePlanned || j.State == jobs.StateNoChanges
	if !due || j.Plan == nil || j.Front[refPlanFile] == j.Plan.Digest {
		return j, nil
	}
	r, results, err := b.jobs.Results(ctx, j.ID)
	if err != nil {
		return j, err
	}
	data, err := planFile(p, r, results)
	if err != nil {
		return j, err
	}
	channel, ts, err := b.destination(ctx, &j)
	if err != nil {
		return j, err
	}
	name := "plan-" + j.ID + ".csv"
	if err := b.upload(ctx, channel, ts, name, data, p.T("ui.plan_file", "id", j.ID)); err != nil {
		return j, err
	}
	return b.jobs.SaveFront(ctx, j.ID, map[string]string{refPlanFile: j.Plan.Digest})
}

func (b *Bot) upload(ctx context.Context, channel, ts, name string, data []byte, comment string) error {
	_, err := b.api.UploadFileContext(ctx, slack.UploadFileParameters{
		Filename: name, Title: name, FileSize: len(data), Content: string(data), Channel: channel, ThreadTimestamp: ts,
		InitialComment: comment,
	})
	if err != nil {
		return fmt.Errorf("upload %s: %w", name, err)
	}
	return nil
}

// putReport posts the report and uploads the result files, each once. People who were only invited may still change
// the numbers; the card keeps those.
func (b *Bot) putReport(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	if !ended(&j) {
		return j, nil
	}
	r, results, err := b.jobs.Results(ctx, j.ID)
	if err != nil {
		return j, err
	}
	channel, ts, err := b.destination(ctx, &j)
	if err != nil {
		return j, err
	}
	sent := strings.Fields(j.Front[refResults])
	for _, f := range resultFiles(p, r, results) {
		if slices.Contains(sent, f.name) {
			continue
		}
		data, err := f.data()
		if err != nil {
			return j, err
		}
		if err := b.upload(ctx, channel, ts, f.name, data, f.comment); err != nil {
			return j, err
		}
		sent = append(sent, f.name)
		if j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refResults: strings.Join(sent, " ")}); err != nil {
			return j, err
		}
	}
	if j.Front[refReport] == "" {
		c := b.drawReport(p, &j)
		ts, err := b.postCard(ctx, j.Front[refChannel], thread(&j), &j, c)
		if err != nil {
			return j, err
		}
		if j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refReport: ts}); err != nil {
			return j, err
		}
	}
	if j.State == jobs.StateDone && j.Counts.Invited > 0 && j.Front[refFinished] == "" {
		c := card{text: esc(p.T("ui.report.finished", "id", j.ID, "finished", p.Number(j.Counts.Finished), "lapsed", p.Number(j.Counts.Lapsed)))}
		c.blocks = []slack.Block{section(mention(j.Requester) + " " + c.text)}
		if _, err := b.postCard(ctx, j.Front[refChannel], thread(&j), &j, c); err != nil {
			return j, err
		}
		return b.jobs.SaveFront(ctx, j.ID, map[string]string{refFinished: "1"})
	}
	return j, nil
}

// refFinished is set once people were told that nobody is waited for any more.
const refFinished = "finished"

// drawReport is the message that ends the work on the rows: an edit of the card would notify nobody.
func (b *Bot) drawReport(p *text.Printer, j *jobs.Job) card {
	v := view{job: *j}
	approver := jobs.Actor{}
	if j.Decision != nil {
		approver = j.Decision.Actor
	}
	c := card{text: b.summary(p, v)}
	c.blocks = append(c.blocks, section(p.T("ui.report.head."+string(j.State),
		"requester", mention(j.Requester), "approver", mention(approver), "name", esc(j.Source.Name))))
	if j.Reason.Code != "" {
		c.blocks = append(c.blocks, section("*"+esc(p.Reason(j.Reason))+"*"))
	}
	c.blocks = append(c.blocks, progressBlocks(p, v)...)
	c.blocks = append(c.blocks, slack.NewContextBlock("", mrkdwn(b.footer(p, v))))
	return c
}

// Progress implements [jobs.Front].
func (b *Bot) Progress(ctx context.Context, j jobs.Job, pr jobs.Progress) {
	defer b.cards.lock(j.ID)()
	now, err := b.jobs.Get(ctx, j.ID)
	if err != nil || now.State != jobs.StateApplying || len(now.Front[refCard]) <= len(refPosting) {
		return
	}
	p := b.printer(ctx, j.Requester.ID)
	c := b.draw(p, view{job: now, progress: &pr})
	err = b.editCard(ctx, now.Front[refChannel], now.Front[refCard], &now, c)
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
func (b *Bot) tellDuplicate(ctx context.Context, p *text.Printer, j jobs.Job) error {
	if j.Front[refDuplicate] != "" {
		return nil
	}
	other, err := b.jobs.Get(ctx, j.Reason.Params["job"])
	if err != nil && !errors.Is(err, jobs.ErrNotFound) {
		return err
	}
	words := p.T("ui.duplicate", "id", j.Reason.Params["job"], "state", p.State(other.State), "name", esc(j.Source.Name))
	if link := b.link(ctx, &other); link != "" {
		words += " <" + link + "|" + esc(p.T("ui.card.link")) + ">"
	}
	if ts := j.Front[refCard]; len(ts) > len(refPosting) {
		// The first card of this delivery becomes the answer; it must not look like a job of its own.
		_, _, _, err = b.api.UpdateMessageContext(ctx, j.Front[refChannel], ts, slack.MsgOptionText(words, false),
			slack.MsgOptionBlocks(section(words)), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: CardEvent + "_duplicate",
				EventPayload: map[string]any{"job_id": other.ID}}))
	} else {
		err = b.reply(ctx, j.Front[refChannel], j.Front[refThread], words)
	}
	if err != nil {
		return b.giveUp(ctx, j, err)
	}
	_, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refDuplicate: "1"})
	return err
}

// link is the permanent address of a job's card; "" when there is none.
func (b *Bot) link(ctx context.Context, j *jobs.Job) string {
	ts := j.Front[refCard]
	if len(ts) <= len(refPosting) {
		return ""
	}
	link, err := b.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: j.Front[refChannel], Ts: ts})
	if err != nil {
		return ""
	}
	return link
}

func (b *Bot) reply(ctx context.Context, channel, thread, words string) error {
	opts := []slack.MsgOption{slack.MsgOptionText(words, false), slack.MsgOptionDisableLinkUnfurl()}
	if thread != "" {
		opts = append(opts, slack.MsgOptionTS(thread))
	}
	if _, _, err := b.api.PostMessageContext(ctx, channel, opts...); err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	return nil
}

// maxAsked bounds how many approvers are asked by direct message.
const maxAsked = 10

// askElsewhere lets approvers decide about a job whose card they cannot see, because it stands in a direct message: each
// gets a card of their own, which is edited with the first one.
func (b *Bot) askElsewhere(ctx context.Context, j jobs.Job, v view) error {
	if !strings.HasPrefix(j.Front[refChannel], "D") {
		return nil
	}
	asked := strings.Fields(j.Front[refAsked])
	v.job, v.asking, v.private = j, true, false
	if len(asked) == 0 {
		if j.State != jobs.StateAwaitingApproval {
			return nil
		}
		for _, id := range b.people.approverIDs(ctx) {
			if id == j.Requester.ID || len(asked) == maxAsked {
				continue
			}
			channel, err := b.direct(ctx, id)
			if err != nil {
				b.log.WarnContext(ctx, "approver not asked", "job_id", j.ID, "err", err)
				continue
			}
			ts, err := b.postCard(ctx, channel, "", &j, b.draw(b.printer(ctx, id), v))
			if err != nil {
				b.log.WarnContext(ctx, "approver not asked", "job_id", j.ID, "err", err)
				continue
			}
			asked = append(asked, channel+"/"+ts)
		}
		if len(asked) == 0 {
			return nil
		}
		_, err := b.jobs.SaveFront(ctx, j.ID, map[string]string{refAsked: strings.Join(asked, " ")})
		return err
	}
	for _, ref := range asked {
		channel, ts, ok := strings.Cut(ref, "/")
		if !ok {
			continue
		}
		if err := b.editCard(ctx, channel, ts, &j, b.draw(b.printer(ctx, j.Requester.ID), v)); err != nil {
			b.log.WarnContext(ctx, "card of an approver not edited", "job_id", j.ID, "err", err)
		}
	}
	return nil
}

