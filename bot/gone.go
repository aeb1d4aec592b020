package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/zoomusers/zoomusers/jobs"
)

// onGone posts the card of an open job again that somebody deleted. A job at rest has nothing else to show: without its card
// it would wait for a decision that nobody can take. An error means that the event should be delivered again.
func (b *Bot) onGone(ctx context.Context, ev *slackevents.MessageEvent) error {
	ts := goneMessage(ev)
	if ts == "" || !b.maybeOwn(ev.PreviousMessage) {
		return nil
	}
	for pause := postingPause; ; pause *= 2 {
		posting, found := false, false
		err := b.jobs.ShowAgain(ctx, func(j *jobs.Job) bool {
			posting = posting || j.Front[refChannel] == ev.Channel && j.Front[refCard] == refPosting && needsCard(j)
			mine := b.lose(j, ev.Channel, ts)
			found = found || mine
			return mine
		})
		if err != nil || found || !posting || !isYoung(ev, ts) {
			return err
		}
		// It may be a card of which it is not known yet where it stands.
		select {
		case <-ctx.Done():
			return errPosting
		case <-time.After(pause):
		}
	}
}

// errPosting has an event delivered again.
var errPosting = errors.New("a card is being posted, it is not known whether it is the one deleted")

// postingPause is how long the posting of a card is given at first until it is looked at again.
const postingPause = 50 * time.Millisecond

// isYoung reports whether a message was deleted so soon that its posting may not have been answered yet, by Slack's clock.
func isYoung(ev *slackevents.MessageEvent, ts string) bool {
	deleted, err := strconv.ParseFloat(ev.EventTimeStamp, 64)
	posted, err2 := strconv.ParseFloat(ts, 64)
	return err != nil || err2 != nil || deleted-posted < time.Minute.Seconds()
}

// lose takes a card that was deleted from a job, its own or that of an approver, if it is to be posted once more.
func (b *Bot) lose(j *jobs.Job, channel, ts string) bool {
	own := j.Front[refChannel] == channel && j.Front[refCard] == ts
	asked := forgetAsked(j.Front[refAsked], channel, ts)
	if !needsCard(j) || (!own && asked == j.Front[refAsked]) || !mayReturn(j) {
		return false
	}
	if own {
		return b.forgetCard(j, ts)
	}
	j.Front[refAsked] = asked
	return true
}

// forgetAsked is the list of the cards in other conversations without one.
func forgetAsked(asked, channel, ts string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(asked), func(ref string) bool {
		return strings.HasSuffix(ref, ":"+channel+"/"+ts)
	}), " ")
}

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

// forgetCard takes the card at ts from a job; false when that is not the job's card. What stood in the thread under it is
// not seen any more, so that the plan is shown again.
func (b *Bot) forgetCard(j *jobs.Job, ts string) bool {
	if ts == "" || j.Front[refCard] != ts {
		return false
	}
	delete(j.Front, refCard)
	// It is known to be gone, so that there is no danger of posting it again and again.
	delete(j.Front, refReposted)
	elsewhere := b.o.ReportTo == ReportDM && !isDirect(j.Front[refChannel])
	if j.Front[refThread] == "" && needsCard(j) && !elsewhere {
		delete(j.Front, refPlanFile)
	}
	return true
}

// replaceCard has the card of a job posted again that Slack does not let be edited. Only what announces a job posts its card,
// so that several processes cannot post it at once.
func (b *Bot) replaceCard(ctx context.Context, j jobs.Job, ts string) (jobs.Job, error) {
	if err := b.jobs.ShowJobAgain(ctx, j.ID, func(now *jobs.Job) bool {
		if !b.forgetCard(now, ts) {
			return false
		}
		now.Front[refReposted] = ts
		return true
	}); err != nil {
		return j, err
	}
	return b.jobs.Get(ctx, j.ID)
}

// needsCard reports whether something goes on about a job, or can be decided on its card.
func needsCard(j *jobs.Job) bool { return !j.State.Terminal() || j.State == jobs.StateExpired }

// hasCard reports whether it is known where the card of a job stands.
func hasCard(j *jobs.Job) bool { return len(j.Front[refCard]) > len(refPosting) }

// linkOrRepost is the address of a job's card for somebody who asks about the job. A card that is gone is posted again, of
// which reposted tells; one that is no card any more shows itself when it is drawn once more.
func (b *Bot) linkOrRepost(ctx context.Context, j *jobs.Job) (link string, reposted bool) {
	link, err := b.permalink(ctx, j)
	ts := j.Front[refCard]
	switch {
	case !needsCard(j):
		return link, false
	case slackError(err) == "message_not_found":
		err = b.jobs.ShowJobAgain(ctx, j.ID, func(now *jobs.Job) bool { return b.forgetCard(now, ts) })
		reposted = err == nil
	default:
		err = nil
		if j.Front[refReposted] != "" {
			// Whoever asks may have it posted more than once.
			_, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refReposted: ""})
		}
		b.background(ctx, "card", func(ctx context.Context) error {
			b.drawAgain(ctx, j.ID)
			return nil
		})
	}
	if err != nil {
		b.log.WarnContext(ctx, "card not shown again", "job_id", j.ID, "err", err)
	}
	return link, reposted
}
