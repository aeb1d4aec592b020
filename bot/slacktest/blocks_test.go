package slacktest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

// TestClientBlocks posts what the client builds for each kind of block that
// the bot may use, and reads it back.
func TestClientBlocks(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, true, false)
	}
	option := func(v string) *slack.OptionBlockObject { return slack.NewOptionBlockObject(v, plain("Option "+v), nil) }
	words := slack.NewRichTextBlock("", slack.NewRichTextSection(slack.NewRichTextSectionTextElement("12 of 40", nil)))
	table := slack.NewTableBlock("").AddRow(slack.NewTableRawTextCell("a"), slack.NewTableRawTextCell("b"))
	rows := slack.NewDataTableBlock("Rows").WithPageSize(5).
		AddRow(slack.NewDataTableRawTextCell("E-mail")).AddRow(slack.NewDataTableRawTextCell("a@example.com"))
	blocks := []slack.Block{
		slack.NewHeaderBlock(plain("Import")), section("*Plan*"), slack.NewDividerBlock(), words, table, rows,
		slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, "by Ada", false, false)),
		slack.NewMarkdownBlock("", "**bold**"),
		slack.NewPlanBlock("Import").WithTasks(
			slack.NewTaskCardBlock("read", "Read").WithStatus(slack.TaskCardStatusComplete).WithDetails(words),
			slack.NewTaskCardBlock("apply", "Apply").WithStatus(slack.TaskCardStatusPending)),
		slack.NewCardBlock().WithTitle(plain("Card")).WithActions(button("in_card", "1", "Open")),
		slack.NewContainerBlock(section("inside")).WithTitle(plain("More")).WithCollapsible(true, true),
		slack.NewActionBlock("pick",
			slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Type"), "kind", option("1"), option("2")),
			slack.NewOverflowBlockElement("more", option("x")),
			slack.NewCheckboxGroupsBlockElement("boxes", option("y"))),
	}
	_, ts, err := b.api.PostMessageContext(t.Context(), slacktest.ChannelAdmins, slack.MsgOptionText("Import", false), slack.MsgOptionBlocks(blocks...))
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.api.GetConversationHistoryContext(t.Context(), &slack.GetConversationHistoryParameters{ChannelID: slacktest.ChannelAdmins})
	if err != nil || len(got.Messages) != 1 {
		t.Fatalf("history: %+v, %v", got, err)
	}
	want, have := []string{}, []string{}
	for _, bl := range blocks {
		want = append(want, string(bl.BlockType()))
	}
	for _, bl := range got.Messages[0].Blocks.BlockSet {
		have = append(have, string(bl.BlockType()))
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("blocks read back (-want +got):\n%s", diff)
	}
	for action, value := range map[string]string{"kind": "2", "more": "x", "boxes": "y"} {
		if err := w.Select(slacktest.UserAda, slacktest.ChannelAdmins, ts, action, value); err != nil {
			t.Errorf("select %s: %v", action, err)
			continue
		}
		a := last[slack.InteractionCallback](t, b).ActionCallback.BlockActions[0]
		chosen := a.SelectedOption.Value
		if len(a.SelectedOptions) > 0 {
			chosen = a.SelectedOptions[0].Value
		}
		if a.ActionID != action || chosen != value || a.BlockID != "pick" {
			t.Errorf("select %s: %+v", action, a)
		}
	}
	if err := w.Select(slacktest.UserAda, slacktest.ChannelAdmins, ts, "kind", "3"); err == nil {
		t.Error("an option that is not there was chosen")
	}
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, ts, "in_card"); err != nil {
		t.Errorf("button in a card: %v", err)
	}
}

func TestDirectMessage(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	dm := w.DM(slacktest.UserAda)
	if _, _, err := w.UploadFile(slacktest.UserAda, dm, "a.csv", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.OpenHome(slacktest.UserAda); err != nil {
		t.Fatal(err)
	}
	w.SetGroup(slacktest.Group{ID: slacktest.GroupApprovers, Handle: "zoom-approvers", Users: []string{slacktest.UserChiara, slacktest.UserDelphine}})
	w.until(t, "the events", func() bool { return len(b.events()) == 3 })
	kinds := []string{}
	for _, e := range b.events() {
		inner := e.Data.(slackevents.EventsAPIEvent).InnerEvent
		kinds = append(kinds, inner.Type)
		switch d := inner.Data.(type) {
		case *slackevents.MessageEvent:
			if d.ChannelType != "im" || d.Channel != dm || d.SubType != "file_share" {
				t.Errorf("message: %+v", d)
			}
		case *slackevents.SubteamMembersChangedEvent:
			if diff := cmp.Diff([]string{slacktest.UserBen}, d.RemovedUsers); diff != "" {
				t.Errorf("removed users (-want +got):\n%s", diff)
			}
		}
	}
	if diff := cmp.Diff([]string{"message", "app_home_opened", "subteam_members_changed"}, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if _, err := w.Post(slacktest.UserBen, dm, "not mine"); err == nil {
		t.Error("somebody else wrote into a direct message")
	}
}

func TestNobodyHears(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelRandom, "without the bot"); err != nil {
		t.Fatal(err)
	}
	if got := w.Events(); len(got) != 0 {
		t.Errorf("events of a channel without the bot: %+v", got)
	}
	if err := w.Invite(slacktest.ChannelRandom, slacktest.BotUserID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelRandom, "with the bot"); err != nil {
		t.Fatal(err)
	}
	if got := w.Events(); len(got) != 1 || got[0].Channel != slacktest.ChannelRandom {
		t.Errorf("events: %+v", got)
	}
}

func TestClosedWorkspace(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	failed := make(chan error)
	go func() { failed <- w.Command(slacktest.UserAda, slacktest.ChannelAdmins, "/zoomusers", "help") }()
	w.until(t, "the command", func() bool { return len(w.Events()) == 1 })
	w.Close()
	if err := <-failed; err == nil {
		t.Error("a command ended well though nobody was there")
	}
}

func TestStateOfMessage(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	kinds := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "kind",
		slack.NewOptionBlockObject("basic", plain("Basic"), nil), slack.NewOptionBlockObject("licensed", plain("Licensed"), nil))
	reason := slack.NewInputBlock("why", plain("Reason"), nil, slack.NewPlainTextInputBlockElement(nil, "text"))
	person := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, nil, "who")
	_, ts, err := b.api.PostMessageContext(t.Context(), slacktest.ChannelAdmins, slack.MsgOptionText("x", false),
		slack.MsgOptionBlocks(slack.NewActionBlock("pick", kinds, person, button("go", "1", "Go")), reason))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Select(slacktest.UserAda, slacktest.ChannelAdmins, ts, "kind", "licensed"); err != nil {
		t.Fatal(err)
	}
	who := slacktest.Action{Channel: slacktest.ChannelAdmins, MessageTS: ts, ActionID: "who", Picked: map[string]any{"selected_user": slacktest.UserBen}}
	if err := w.Act(slacktest.UserAda, who); err != nil {
		t.Fatal(err)
	}
	press := slacktest.Action{
		Channel: slacktest.ChannelAdmins, MessageTS: ts, ActionID: "go",
		Values: map[string]map[string]any{"why": {"text": map[string]any{"value": "growth"}}, "gone": {"x": "y"}},
	}
	if err := w.Act(slacktest.UserAda, press); err != nil {
		t.Fatal(err)
	}
	state := last[slack.InteractionCallback](t, b).BlockActionState.Values
	got := []string{state["pick"]["kind"].SelectedOption.Value, state["pick"]["who"].SelectedUser, state["why"]["text"].Value}
	if diff := cmp.Diff([]string{"licensed", slacktest.UserBen, "growth"}, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, ts, "go"); err != nil {
		t.Fatal(err)
	}
	if other := last[slack.InteractionCallback](t, b).BlockActionState.Values["pick"]["kind"].SelectedOption.Value; other != "" {
		t.Errorf("Ben's state has what Ada chose: %q", other)
	}
}
