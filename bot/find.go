package bot

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/jobs"
)

// searchPages bounds how far back a message is looked for, in pages of searchPage messages.
const (
	searchPages = 5
	searchPage  = 200
)

// findPosted looks for a message of a job that was posted and not remembered; "" when there is none. It is told apart from
// the job's other messages by those being remembered.
func (b *Bot) findPosted(ctx context.Context, j *jobs.Job, ref string) (string, error) {
	under := j.Front[refThread]
	if ref != refCard {
		under = thread(j)
	}
	return b.search(ctx, j, j.Front[refChannel], under, func(m *slack.Message) bool {
		switch m.Timestamp {
		case j.Front[refCard], j.Front[refReport], j.Front[refFinished], j.Front[refThread], j.Front[refReposted]:
			return false
		}
		return m.Metadata.EventType == CardEvent && m.Metadata.EventPayload["job_id"] == j.ID
	})
}

// findUploaded reports whether a file with a title was uploaded already.
func (b *Bot) findUploaded(ctx context.Context, j *jobs.Job, channel, under, title string) (bool, error) {
	ts, err := b.search(ctx, j, channel, under, func(m *slack.Message) bool {
		for i := range m.Files {
			if m.Files[i].Title == title {
				return true
			}
		}
		return false
	})
	return ts != "", err
}

// search returns the ts of the first message of the bot that fits, in a thread or at the top of a conversation, not older
// than the job; "" when there is none. Where the bot may not read back, it is taken for not being there.
func (b *Bot) search(ctx context.Context, j *jobs.Job, channel, under string, fits func(*slack.Message) bool) (string, error) {
	// Clocks differ a little.
	oldest := strconv.FormatInt(j.CreatedAt.Add(-time.Minute).Unix(), 10) + ".000000"
	cursor := ""
	for range searchPages {
		var (
			msgs []slack.Message
			next string
			err  error
		)
		if under != "" {
			msgs, _, next, err = b.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: channel, Timestamp: under, Oldest: oldest, Cursor: cursor, Limit: searchPage, IncludeAllMetadata: true,
			})
		} else {
			var h *slack.GetConversationHistoryResponse
			h, err = b.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
				ChannelID: channel, Oldest: oldest, Cursor: cursor, Limit: searchPage, IncludeAllMetadata: true,
			})
			if h != nil {
				msgs, next = h.Messages, h.ResponseMetaData.NextCursor
			}
		}
		switch {
		case unsupported(err), slackError(err) == "thread_not_found":
			return "", nil
		case err != nil:
			return "", fmt.Errorf("look for a message: %w", err)
		}
		for i := range msgs {
			if (msgs[i].User == b.me.userID || (b.me.botID != "" && msgs[i].BotID == b.me.botID)) && fits(&msgs[i]) {
				return msgs[i].Timestamp, nil
			}
		}
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	return "", nil
}
