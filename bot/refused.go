package bot

import (
	"errors"
	"strconv"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/jobs"
)

// homeless reports whether the bot cannot write where it tried to. A conversation that only takes no files is still a home.
func homeless(err error) bool {
	switch slackError(err) {
	case "channel_not_found", "not_in_channel", "is_archived":
		return true
	case "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
		"restricted_action_non_threadable_channel", "posting_to_channel_denied":
		_, file := errors.AsType[*uploadError](err)
		return !file
	}
	return false
}

// threadGone reports whether the thread that was posted to does not take replies.
func threadGone(err error) bool {
	switch slackError(err) {
	case "thread_not_found", "invalid_thread_ts", "cannot_reply_to_message":
		return true
	}
	return false
}

// patience is how often a job's announcement must have failed in a row until words of Slack that are not known here are
// taken for lasting.
const patience = 3

// lasting reports whether Slack has refused something for good, in the place where the job is now.
func lasting(j *jobs.Job, err error) bool {
	switch {
	case threadGone(err):
		return j.Front[refThread] == ""
	case homeless(err):
		return isDirect(j.Front[refChannel])
	case blocksRefused(err), uneditable(err), unsupported(err) && slackError(err) != "", signedOut(err):
		return true
	}
	switch slackError(err) {
	case "user_not_found", "users_not_found", "cannot_dm_bot", "user_disabled", "no_permission", "access_denied", "restricted_action",
		"restricted_action_read_only_channel", "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel",
		"posting_to_channel_denied", "file_uploads_disabled", "file_uploads_except_images_disabled", "storage_limit_reached",
		"blocked_file_type", "file_type_not_allowed", "slack_connect_file_upload_sharing_blocked", "slack_connect_blocked_file_type",
		"slack_connect_file_link_sharing_blocked", "messages_tab_disabled", "ekm_access_denied", "team_access_not_granted":
		return true
	}
	var status slack.StatusCodeError
	return j.Unshown >= patience && !passing(err) && (refusedBySlack(err) || errors.As(err, &status))
}

// refusal is a word for why Slack refused something: its own, or the status of its answer.
func refusal(err error) string {
	var status slack.StatusCodeError
	if word := slackError(err); word != "" || !errors.As(err, &status) {
		return word
	}
	return "HTTP " + strconv.Itoa(status.Code)
}

// uneditable reports whether Slack does not let the bot edit a message any more.
func uneditable(err error) bool {
	switch slackError(err) {
	case "message_not_found", "cant_update_message", "edit_window_closed":
		return true
	}
	return false
}

// signedOut reports whether Slack refuses the bot's token.
func signedOut(err error) bool {
	switch slackError(err) {
	case "not_authed", "invalid_auth", "token_revoked", "token_expired", "account_inactive":
		return true
	}
	return false
}

// refusedBySlack reports whether an error says for sure that nothing was posted.
func refusedBySlack(err error) bool {
	if _, limited := errors.AsType[*slack.RateLimitedError](err); limited {
		return true
	}
	switch slackError(err) {
	case "", "internal_error", "fatal_error", "service_unavailable", "request_timeout":
		return false
	}
	return true
}

// blocksRefused reports whether Slack does not take the blocks of a card.
func blocksRefused(err error) bool {
	switch slackError(err) {
	case "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "block_mismatch":
		return true
	}
	return false
}
