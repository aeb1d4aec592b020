package slacktest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

func TestAuth(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	got, err := w.client().AuthTestContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.UserID != slacktest.BotUserID || got.BotID != slacktest.BotID || got.TeamID != slacktest.TeamID || got.URL != w.url+"/" {
		t.Errorf("auth.test: %+v", got)
	}
	tests := []struct{ name, token, want string }{
		{"wrong", "xoxb-wrong", "invalid_auth"},
		{"none", "", "not_authed"},
		{"of the app", slacktest.AppToken, "not_allowed_token_type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := slack.New(tt.token, slack.OptionAPIURL(w.url+"/api/")).AuthTestContext(t.Context())
			if err == nil || err.Error() != tt.want {
				t.Errorf("auth.test: got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{Scopes: []string{"chat:write"}})
	_, err := w.client().GetUserInfoContext(t.Context(), slacktest.UserAda)
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) {
		t.Fatalf("users.info: %v", err)
	}
	if refused.Err != "missing_scope" || refused.Needed != "users:read" || refused.Provided != "chat:write" {
		t.Errorf("users.info: %+v", refused)
	}
}

func TestPostAndUpdate(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	meta := slack.SlackMetadata{EventType: "zoomusers_job", EventPayload: map[string]any{"job": "j1"}}
	_, ts, err := b.api.PostMessageContext(t.Context(), slacktest.ChannelAdmins,
		slack.MsgOptionText("Plan ready", false), slack.MsgOptionBlocks(section("*Plan*")), slack.MsgOptionMetadata(meta))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := b.api.UpdateMessageContext(t.Context(), slacktest.ChannelAdmins, ts, slack.MsgOptionText("Done", false)); err != nil {
		t.Fatal(err)
	}
	m, ok := w.Message(slacktest.ChannelAdmins, ts)
	if !ok || m.Text != "Done" || m.Blocks != nil || m.Edited == "" || m.Updates != 1 {
		t.Errorf("after a text without blocks: %+v", m)
	}
	want := &slacktest.Metadata{EventType: "zoomusers_job", EventPayload: map[string]any{"job": "j1"}}
	if diff := cmp.Diff(want, m.Metadata); diff != "" {
		t.Errorf("metadata is lost (-want +got):\n%s", diff)
	}
	history, err := b.api.GetConversationHistoryContext(t.Context(), &slack.GetConversationHistoryParameters{
		ChannelID: slacktest.ChannelAdmins, IncludeAllMetadata: true,
	})
	if err != nil || len(history.Messages) != 1 || history.Messages[0].Metadata.EventType != "zoomusers_job" {
		t.Errorf("history: %+v, %v", history, err)
	}
	w.until(t, "events of the own message", func() bool { return len(b.events()) == 2 })
	changed := last[slackevents.EventsAPIEvent](t, b).InnerEvent.Data.(*slackevents.MessageEvent)
	if changed.SubType != "message_changed" || changed.Message.Text != "Done" || changed.Message.User != slacktest.BotUserID {
		t.Errorf("message_changed: %+v", changed)
	}
	if _, _, err := b.api.DeleteMessageContext(t.Context(), slacktest.ChannelAdmins, ts); err != nil {
		t.Fatal(err)
	}
	if got := w.Messages(slacktest.ChannelAdmins); len(got) != 0 {
		t.Errorf("after chat.delete: %+v", got)
	}
}

// TestTombstone: of a message with replies a tombstone is left, until the last reply goes.
func TestTombstone(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	say := func(under string) string {
		_, ts, err := b.api.PostMessageContext(t.Context(), slacktest.ChannelAdmins, slack.MsgOptionText("words", false), slack.MsgOptionTS(under))
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	head := say("")
	reply := say(head)
	if err := w.DeleteMessage(slacktest.BotUserID, slacktest.ChannelAdmins, head); err != nil {
		t.Fatal(err)
	}
	w.until(t, "the events", func() bool { return len(b.events()) == 3 })
	changed := last[slackevents.EventsAPIEvent](t, b).InnerEvent.Data.(*slackevents.MessageEvent)
	if changed.SubType != "message_changed" || changed.Message.SubType != "tombstone" || changed.Message.Timestamp != head ||
		changed.PreviousMessage.User != slacktest.BotUserID {
		t.Errorf("event: %+v", changed)
	}
	if got := w.Thread(slacktest.ChannelAdmins, head); len(got) != 2 || got[0].User == slacktest.BotUserID {
		t.Errorf("thread: %+v", got)
	}
	if _, _, _, err := b.api.UpdateMessageContext(t.Context(), slacktest.ChannelAdmins, head, slack.MsgOptionText("Done", false)); err == nil {
		t.Error("a tombstone was edited")
	}
	if err := w.DeleteMessage(slacktest.BotUserID, slacktest.ChannelAdmins, reply); err != nil {
		t.Fatal(err)
	}
	w.until(t, "the events", func() bool { return len(b.events()) == 5 })
	deleted := last[slackevents.EventsAPIEvent](t, b).InnerEvent.Data.(*slackevents.MessageEvent)
	if deleted.SubType != "message_deleted" || deleted.DeletedTimeStamp != head {
		t.Errorf("event: %+v", deleted)
	}
	if got := w.Messages(slacktest.ChannelAdmins); len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	w.AddChannel(slacktest.Channel{ID: "C0PRIVATE", Name: "secret", IsPrivate: true, Members: []string{slacktest.UserAda}})
	api := w.client()
	tests := []struct{ name, channel, want string }{
		{"member", slacktest.ChannelAdmins, ""},
		{"by name", "#general", ""},
		{"a person", slacktest.UserBen, ""},
		{"without the bot", slacktest.ChannelRandom, "not_in_channel"},
		{"private without the bot", "C0PRIVATE", "channel_not_found"},
		{"unknown", "C0NOWHERE", "channel_not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := api.PostMessageContext(t.Context(), tt.channel, slack.MsgOptionText("hello", false))
			if got := codeOf(err); got != tt.want {
				t.Errorf("chat.postMessage: got %q, want %q", got, tt.want)
			}
		})
	}
	if _, err := api.PostEphemeralContext(t.Context(), slacktest.ChannelGeneral, slacktest.UserSasha, slack.MsgOptionText("x", false)); codeOf(err) != "user_not_in_channel" {
		t.Errorf("chat.postEphemeral to an outsider: %v", err)
	}
	if _, err := api.PostEphemeralContext(t.Context(), slacktest.ChannelGeneral, slacktest.UserAda, slack.MsgOptionText("only you", false)); err != nil {
		t.Fatal(err)
	}
	if got := w.Ephemerals(slacktest.UserAda); len(got) != 1 || got[0].Text != "only you" {
		t.Errorf("ephemerals: %+v", got)
	}
}

// codeOf is the text of an error of the API, empty for none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestLookups(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	api, ctx := w.client(), t.Context()
	u, err := api.GetUserInfoContext(ctx, slacktest.UserDelphine)
	if err != nil || u.Locale != "fr-FR" || u.Profile.Email != "delphine@example.com" {
		t.Errorf("users.info: %+v, %v", u, err)
	}
	stranger, err := api.GetUserInfoContext(ctx, slacktest.UserSasha)
	if err != nil || !stranger.IsStranger || stranger.TeamID != slacktest.ForeignTeamID {
		t.Errorf("users.info of a stranger: %+v, %v", stranger, err)
	}
	members, err := api.GetUserGroupMembersContext(ctx, slacktest.GroupApprovers)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{slacktest.UserBen, slacktest.UserChiara}, members); diff != "" {
		t.Errorf("usergroups.users.list (-want +got):\n%s", diff)
	}
	groups, err := api.GetUserGroupsContext(ctx)
	if err != nil || len(groups) != 1 || groups[0].Handle != "zoom-approvers" {
		t.Errorf("usergroups.list: %+v, %v", groups, err)
	}
	people, err := api.GetUsersContext(ctx, slack.GetUsersOptionLimit(2))
	if err != nil || len(people) != 7 {
		t.Errorf("users.list gave %d people, %v", len(people), err)
	}
	byMail, err := api.GetUserByEmailContext(ctx, "BEN@example.com")
	if err != nil || byMail.ID != slacktest.UserBen {
		t.Errorf("users.lookupByEmail: %+v, %v", byMail, err)
	}
	shared, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: slacktest.ChannelPartner})
	if err != nil || !shared.IsExtShared || !shared.IsMember {
		t.Errorf("conversations.info: %+v, %v", shared, err)
	}
	channels, _, err := api.GetConversationsContext(ctx, &slack.GetConversationsParameters{})
	if err != nil || len(channels) != 4 {
		t.Errorf("conversations.list: %+v, %v", channels, err)
	}
	dm, _, _, err := api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{slacktest.UserAda}})
	if err != nil || dm.ID != w.DM(slacktest.UserAda) {
		t.Errorf("conversations.open: %+v, %v", dm, err)
	}
	team, err := api.GetTeamInfoContext(ctx)
	if err != nil || team.ID != slacktest.TeamID {
		t.Errorf("team.info: %+v, %v", team, err)
	}
	self, err := api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: slacktest.BotID})
	if err != nil || self.UserID != slacktest.BotUserID {
		t.Errorf("bots.info: %+v, %v", self, err)
	}
	ts, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "hello")
	if err != nil {
		t.Fatal(err)
	}
	link, err := api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: slacktest.ChannelAdmins, Ts: ts})
	if err != nil || !strings.HasPrefix(link, w.url+"/archives/"+slacktest.ChannelAdmins+"/p") {
		t.Errorf("chat.getPermalink: %s, %v", link, err)
	}
	item := slack.NewRefToMessage(slacktest.ChannelAdmins, ts)
	if err := api.AddReactionContext(ctx, "eyes", item); err != nil {
		t.Fatal(err)
	}
	if err := api.AddReactionContext(ctx, "eyes", item); codeOf(err) != "already_reacted" {
		t.Errorf("second reaction: %v", err)
	}
	if err := api.RemoveReactionContext(ctx, "eyes", item); err != nil {
		t.Error(err)
	}
}

func TestThreads(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	api := w.client()
	parent, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "a < b & <@"+slacktest.BotUserID+">")
	if err != nil {
		t.Fatal(err)
	}
	_, reply, err := api.PostMessageContext(t.Context(), slacktest.ChannelAdmins, slack.MsgOptionText("yes", false), slack.MsgOptionTS(parent))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{}
	for _, m := range w.Thread(slacktest.ChannelAdmins, parent) {
		texts = append(texts, m.Text)
	}
	if diff := cmp.Diff([]string{"a &lt; b &amp; <@" + slacktest.BotUserID + ">", "yes"}, texts); diff != "" {
		t.Errorf("thread (-want +got):\n%s", diff)
	}
	got, _, _, err := api.GetConversationRepliesContext(t.Context(), &slack.GetConversationRepliesParameters{
		ChannelID: slacktest.ChannelAdmins, Timestamp: parent,
	})
	if err != nil || len(got) != 2 || got[0].ReplyCount != 1 || got[1].ParentUserId != slacktest.UserAda {
		t.Errorf("conversations.replies: %+v, %v", got, err)
	}
	_, _, err = api.PostMessageContext(t.Context(), slacktest.ChannelAdmins, slack.MsgOptionText("x", false), slack.MsgOptionTS(reply))
	if codeOf(err) != "cannot_reply_to_message" {
		t.Errorf("reply to a reply: %v", err)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{RateScale: 0.1}) // chat.update 5 a minute
	api := w.client()
	_, ts, err := api.PostMessageContext(t.Context(), slacktest.ChannelAdmins, slack.MsgOptionText("0", false))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if _, _, _, err := api.UpdateMessageContext(t.Context(), slacktest.ChannelAdmins, ts, slack.MsgOptionText("n", false)); err != nil {
			t.Fatalf("update %d: %v", i, err)
		}
	}
	_, _, _, err = api.UpdateMessageContext(t.Context(), slacktest.ChannelAdmins, ts, slack.MsgOptionText("n", false))
	var slow *slack.RateLimitedError
	if !errors.As(err, &slow) || slow.RetryAfter < time.Second || slow.RetryAfter > time.Minute {
		t.Errorf("sixth update: %v", err)
	}
	if _, err := api.AuthTestContext(t.Context()); err != nil {
		t.Errorf("another method: %v", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	api := w.client()
	post := func() error {
		_, _, err := api.PostMessageContext(t.Context(), slacktest.ChannelAdmins, slack.MsgOptionText("x", false))
		return err
	}
	w.Inject(slacktest.Fault{Method: "chat.postMessage", Status: 503, Times: 1})
	w.Inject(slacktest.Fault{Method: "chat.postMessage", Error: "fatal_error", Times: 1})
	w.Inject(slacktest.Fault{Method: "chat.postMessage", RetryAfter: 7, Times: 1})
	w.Inject(slacktest.Fault{Method: "chat.postMessage", Drop: true, After: true, Times: 1})
	var status slack.StatusCodeError
	if err := post(); !errors.As(err, &status) || status.Code != 503 {
		t.Errorf("status: %v", err)
	}
	if err := post(); codeOf(err) != "fatal_error" {
		t.Errorf("error: %v", err)
	}
	var slow *slack.RateLimitedError
	if err := post(); !errors.As(err, &slow) || slow.RetryAfter != 7*time.Second {
		t.Errorf("retry after: %v", err)
	}
	if err := post(); err == nil {
		t.Error("a cut connection gave no error")
	}
	if got := len(w.Messages(slacktest.ChannelAdmins)); got != 1 {
		t.Errorf("%d messages, want the one whose answer was lost", got)
	}
	if err := post(); err != nil {
		t.Errorf("after the faults: %v", err)
	}
	if got := w.CallCount("chat.postMessage"); got != 5 {
		t.Errorf("%d calls in the log, want 5", got)
	}
}
