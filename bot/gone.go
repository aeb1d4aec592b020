package bot

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/zoomusers/zoomusers/jobs"
)

// onGone posts the card of a job again that somebody deleted. A job at rest has nothing else to show: without its card it
// would wait for a decision that nobody can take. An error means that the event should be delivered again.
func (b *Bot) onGone(ctx context.Context, ev *slackevents.MessageEvent) error {
	ts := goneMessage(ev)
	if ts == "" || !b.maybeOwn(ev.PreviousMessage) {
		return nil
	}
	for {
		posting := false
		err := b.jobs.ShowAgain(ctx, func(j *jobs.Job) bool {
			if j.Front[refChannel] != ev.Channel {
				return false
			}
			posting = posting || j.Front[refCard] == refPosting && needsCard(j)
			return j.Front[refCard] == ts && mayReturn(j) && forgetCard(j, ts)
		})
		if err != nil || !posting {
			return err
		}
		// What was deleted may be a card of which it is not known yet where it stands.
		select {
		case <-ctx.Done():
			return errPosting
		case <-time.After(postingPause):
		}
	}
}

// errPosting has an event delivered again.
var errPosting = errors.New("a card is being posted, it is not known whether it is the one deleted")

// postingPause is how long the posting of a card is given until it is looked at again.
const postingPause = 50 * time.Millisecond

// mayReturn counts the deletions of a job's card, and reports whether it is to be posted once more. Something that deletes it
// every time, as a guard against leaks does, must not be fought: the card comes back when somebody asks for it.
func mayReturn(j *jobs.Job) bool {
	n, _ := strconv.Atoi(j.Front[refDeleted]) // absent is none
	if n >= maxDeleted {
		return false
	}
	j.Front[refDeleted] = strconv.Itoa(n + 1)
	return true
}

// maxDeleted is how many deletions of a job's card are made up for unasked.
const maxDeleted = 5

// goneMessage is the ts of the message that an event says is deleted; "" when it says something else. Of a message with
// replies Slack leaves a tombstone, and calls that a change.
func goneMessage(ev *slackevents.MessageEvent) string {
	switch {
	case ev.SubType == slack.MsgSubTypeMessageDeleted:
		return ev.DeletedTimeStamp
	case ev.SubType == slack.MsgSubTypeMessageChanged && ev.Message != nil && ev.Message.SubType == subtypeTombstone:
		return ev.Message.Timestamp
	}
	return ""
}

// subtypeTombstone marks what is left of a deleted message that has replies.
const subtypeTombstone = "tombstone"

// maybeOwn reports whether a deleted message may have been one of the bot's, as far as Slack tells.
func (b *Bot) maybeOwn(m *slack.Msg) bool {
	return m == nil || m.User == "" || m.User == b.me.userID || (m.BotID != "" && m.BotID == b.me.botID)
}

// forgetCard takes the card at ts from a job that still needs one; false when that is not the job's card, or nobody waits
// for it any more.
func forgetCard(j *jobs.Job, ts string) bool {
	if ts == "" || j.Front[refCard] != ts || !needsCard(j) {
		return false
	}
	delete(j.Front, refCard)
	// It is known to be gone, so that there is no danger of posting it again and again.
	delete(j.Front, refReposted)
	return true
}

// needsCard reports whether something goes on about a job, or can be decided on its card.
func needsCard(j *jobs.Job) bool { return !j.State.Terminal() || j.State == jobs.StateExpired }

// linkOrRepost is the address of a job's card for somebody who asks about the job. A card that is gone is posted again, of
// which reposted tells; one that cannot be edited shows itself when it is drawn once more.
func (b *Bot) linkOrRepost(ctx context.Context, j *jobs.Job) (link string, reposted bool) {
	link, err := b.permalink(ctx, j)
	if !needsCard(j) {
		return link, false
	}
	ts := j.Front[refCard]
	gone := slackError(err) == "message_not_found"
	err = b.jobs.ShowJobAgain(ctx, j.ID, func(now *jobs.Job) bool {
		return !gone || forgetCard(now, ts)
	})
	if err != nil {
		b.log.WarnContext(ctx, "card not shown again", "job_id", j.ID, "err", err)
	}
	return link, gone && err == nil
}
