package slacktest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

// post sends a request and decodes the JSON answer.
func post(t *testing.T, req *http.Request) map[string]any {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatalf("decode the answer of %s: %v", req.URL.Path, err)
	}
	return out
}

func TestCommand(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, func(_ *bot, e socketmode.Event) (bool, any) {
		cmd := e.Data.(slack.SlashCommand)
		if cmd.Text == "loud" {
			return true, map[string]any{"response_type": "in_channel", "text": "for all"}
		}
		return true, map[string]any{"text": "help for " + cmd.Text}
	})
	if err := w.Command(slacktest.UserAda, slacktest.ChannelRandom, "/zoomusers", "a & b"); err != nil {
		t.Fatal(err)
	}
	cmd := last[slack.SlashCommand](t, b)
	if cmd.UserID != slacktest.UserAda || cmd.ChannelID != slacktest.ChannelRandom || cmd.ChannelName != "random" || cmd.Text != "a &amp; b" || cmd.TriggerID == "" {
		t.Errorf("command: %+v", cmd)
	}
	if got := w.Ephemerals(slacktest.UserAda); len(got) != 1 || got[0].Text != "help for a &amp; b" {
		t.Errorf("answer: %+v", got)
	}
	if err := w.Command(slacktest.UserAda, slacktest.ChannelRandom, "/zoomusers", "loud"); err != nil {
		t.Fatal(err)
	}
	texts := []string{}
	for _, m := range w.Messages(slacktest.ChannelRandom) {
		texts = append(texts, m.Text)
	}
	if diff := cmp.Diff([]string{"/zoomusers loud", "for all"}, texts); diff != "" {
		t.Errorf("in_channel answer (-want +got):\n%s", diff)
	}
	if err := w.Command(slacktest.UserAda, slacktest.ChannelRandom, "/other", ""); err == nil {
		t.Error("an unknown command was run")
	}
}

func TestResponseURL(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	if err := w.Command(slacktest.UserAda, slacktest.ChannelRandom, "/zoomusers", "jobs"); err != nil {
		t.Fatal(err)
	}
	url := last[slack.SlashCommand](t, b).ResponseURL
	answer := func(text string) error {
		_, _, err := b.api.PostMessageContext(t.Context(), "", slack.MsgOptionText(text, false), slack.MsgOptionResponseURL(url, ""))
		return err
	}
	for i := range 5 {
		if err := answer("n"); err != nil {
			t.Fatalf("use %d: %v", i, err)
		}
	}
	if err := answer("n"); err == nil {
		t.Error("a sixth use was allowed")
	}
	if got := len(w.Ephemerals(slacktest.UserAda)); got != 5 {
		t.Errorf("%d answers, want 5", got)
	}
}

func TestClick(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	approve := button("job_approve", "j1:digest", "Approve")
	approve.Confirm = slack.NewConfirmationBlockObject(
		slack.NewTextBlockObject(slack.PlainTextType, "Sure?", false, false),
		slack.NewTextBlockObject(slack.MarkdownType, "Create 12 users", false, false),
		slack.NewTextBlockObject(slack.PlainTextType, "Create", false, false),
		slack.NewTextBlockObject(slack.PlainTextType, "Back", false, false))
	_, ts, err := b.api.PostMessageContext(t.Context(), slacktest.ChannelAdmins, slack.MsgOptionText("Plan", false),
		slack.MsgOptionBlocks(section("Plan"), slack.NewActionBlock("decide", approve, button("job_reject", "j1", "Reject"))))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := w.Message(slacktest.ChannelAdmins, ts)
	if title, text, _, _, ok := m.ConfirmDialog("job_approve"); !ok || title != "Sure?" || text != "Create 12 users" {
		t.Errorf("confirm dialog: %q %q", title, text)
	}
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, ts, "job_approve"); err != nil {
		t.Fatal(err)
	}
	got := last[slack.InteractionCallback](t, b)
	action := got.ActionCallback.BlockActions[0]
	if got.Type != slack.InteractionTypeBlockActions || got.User.ID != slacktest.UserBen || got.Channel.ID != slacktest.ChannelAdmins ||
		got.Message.Timestamp != ts || action.Value != "j1:digest" || action.BlockID != "decide" || got.TriggerID == "" {
		t.Errorf("block_actions: %+v", got)
	}
	_, _, err = b.api.PostMessageContext(t.Context(), "", slack.MsgOptionText("Approved by Ben", false), slack.MsgOptionReplaceOriginal(got.ResponseURL))
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := w.Message(slacktest.ChannelAdmins, ts); m.Text != "Approved by Ben" || len(m.ActionIDs()) != 0 {
		t.Errorf("after replace_original: %+v", m)
	}
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, ts, "job_approve"); err == nil {
		t.Error("a button that is gone was pressed")
	}
	late := slacktest.Action{Channel: slacktest.ChannelAdmins, MessageTS: ts, BlockID: "decide", ActionID: "job_approve", Value: "j1:digest", Stale: true}
	if err := w.Act(slacktest.UserChiara, late); err != nil {
		t.Errorf("a click that crossed the edit: %v", err)
	}
	if err := w.Click(slacktest.UserSasha, slacktest.ChannelAdmins, ts, "job_approve"); err == nil {
		t.Error("somebody outside the channel pressed a button")
	}
}

func TestEphemeralClick(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	ts, err := b.api.PostEphemeralContext(t.Context(), slacktest.ChannelAdmins, slacktest.UserAda, slack.MsgOptionText("Pick", false),
		slack.MsgOptionBlocks(slack.NewActionBlock("b", button("go", "1", "Go"))))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Click(slacktest.UserBen, slacktest.ChannelAdmins, ts, "go"); err == nil {
		t.Error("another person pressed a button in an ephemeral message")
	}
	if err := w.Click(slacktest.UserAda, slacktest.ChannelAdmins, ts, "go"); err != nil {
		t.Fatal(err)
	}
	got := last[slack.InteractionCallback](t, b)
	if !got.Container.IsEphemeral || got.Container.MessageTs != ts {
		t.Errorf("container: %+v", got.Container)
	}
	if _, _, err := b.api.PostMessageContext(t.Context(), "", slack.MsgOptionDeleteOriginal(got.ResponseURL)); err != nil {
		t.Fatal(err)
	}
	if left := w.Ephemerals(slacktest.UserAda); len(left) != 0 {
		t.Errorf("after delete_original: %+v", left)
	}
}

func modal(submit string) slack.ModalViewRequest {
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	kinds := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "kind",
		slack.NewOptionBlockObject("basic", plain("Basic"), nil), slack.NewOptionBlockObject("licensed", plain("Licensed"), nil))
	reason := slack.NewInputBlock("reason", plain("Reason"), nil, slack.NewPlainTextInputBlockElement(nil, "text"))
	reason.Optional = true
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain("Import"), Submit: plain(submit), CallbackID: "import", PrivateMetadata: "p", NotifyOnClose: true,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("file", plain("File"), nil, slack.NewFileInputBlockElement("csv").WithFileTypes("csv").WithMaxFiles(1)),
			slack.NewInputBlock("kind", plain("Type"), nil, kinds),
			reason,
		}},
	}
}

func TestModal(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	var once sync.Once
	b := w.connect(t, func(b *bot, e socketmode.Event) (bool, any) {
		switch d := e.Data.(type) {
		case slack.SlashCommand:
			if _, err := b.api.OpenViewContext(t.Context(), d.TriggerID, modal("Check")); err != nil {
				t.Errorf("views.open: %v", err)
			}
			if _, err := b.api.OpenViewContext(t.Context(), d.TriggerID, modal("Check")); codeOf(err) != "exchanged_trigger_id" {
				t.Errorf("second use of a trigger: %v", err)
			}
		case slack.InteractionCallback:
			var answer any
			once.Do(func() { answer = slack.NewErrorsViewSubmissionResponse(map[string]string{"reason": "Say more"}) })
			return true, answer
		}
		return true, nil
	})
	if err := w.Command(slacktest.UserAda, slacktest.ChannelRandom, "/zoomusers", "import"); err != nil {
		t.Fatal(err)
	}
	views := w.Views(slacktest.UserAda)
	if len(views) != 1 || views[0].CallbackID != "import" || views[0].Title != "Import" {
		t.Fatalf("views: %+v", views)
	}
	id := views[0].ID
	submit := func(values map[string]map[string]any) map[string]string {
		t.Helper()
		errs, err := w.SubmitView(slacktest.UserAda, id, values)
		if err != nil {
			t.Fatal(err)
		}
		return errs
	}
	required := "Please complete this required field."
	if diff := cmp.Diff(map[string]string{"file": required, "kind": required}, submit(nil)); diff != "" {
		t.Errorf("empty modal (-want +got):\n%s", diff)
	}
	file, err := w.ViewFile(slacktest.UserAda, slacktest.NewFile{Name: "r.csv", Data: []byte("E-mail\n")})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]map[string]any{
		"file": {"csv": map[string]any{"files": []any{file}}}, "kind": {"kind": "licensed"}, "reason": {"text": "new team"},
	}
	if diff := cmp.Diff(map[string]string{"reason": "Say more"}, submit(values)); diff != "" {
		t.Errorf("errors of the app (-want +got):\n%s", diff)
	}
	if errs := submit(values); len(errs) != 0 {
		t.Errorf("second submission: %v", errs)
	}
	if left := w.Views(slacktest.UserAda); len(left) != 0 {
		t.Errorf("views after the submission: %+v", left)
	}
	got := last[slack.InteractionCallback](t, b)
	state := got.View.State.Values
	if got.Type != slack.InteractionTypeViewSubmission || got.View.PrivateMetadata != "p" ||
		state["kind"]["kind"].SelectedOption.Value != "licensed" || state["reason"]["text"].Value != "new team" || state["file"]["csv"].Files[0].ID != file {
		t.Errorf("view_submission: %+v", got.View)
	}
	var data strings.Builder
	if err := b.api.GetFileContext(t.Context(), state["file"]["csv"].Files[0].URLPrivateDownload, &data); err != nil || data.String() != "E-mail\n" {
		t.Errorf("download of the chosen file: %q, %v", data.String(), err)
	}
}

func TestModalClosedAndUpdated(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, func(b *bot, e socketmode.Event) (bool, any) {
		if d, ok := e.Data.(slack.InteractionCallback); ok && d.Type == slack.InteractionTypeShortcut {
			if _, err := b.api.OpenViewContext(t.Context(), d.TriggerID, modal("Check")); err != nil {
				t.Errorf("views.open: %v", err)
			}
		}
		return true, nil
	})
	if err := w.Shortcut(slacktest.UserAda, "import_users", "", ""); err != nil {
		t.Fatal(err)
	}
	v := w.Views(slacktest.UserAda)[0]
	if _, err := b.api.UpdateViewContext(t.Context(), modal("Again"), "", "old", v.ID); codeOf(err) != "hash_conflict" {
		t.Errorf("views.update with an old hash: %v", err)
	}
	if _, err := b.api.UpdateViewContext(t.Context(), modal("Again"), "", v.Hash, v.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.CloseView(slacktest.UserAda, v.ID); err != nil {
		t.Fatal(err)
	}
	if got := last[slack.InteractionCallback](t, b); got.Type != slack.InteractionTypeViewClosed {
		t.Errorf("last interaction: %s", got.Type)
	}
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{section("Hi")}}}
	if _, err := b.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: slacktest.UserAda, View: home}); err != nil {
		t.Fatal(err)
	}
	if got, ok := w.Home(slacktest.UserAda); !ok || len(got.Blocks) != 1 {
		t.Errorf("home: %+v", got)
	}
}

func TestMessageShortcut(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	ts, id, err := w.UploadFile(slacktest.UserAda, slacktest.ChannelAdmins, "a.csv", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Shortcut(slacktest.UserBen, "import_message", slacktest.ChannelAdmins, ts); err != nil {
		t.Fatal(err)
	}
	got := last[slack.InteractionCallback](t, b)
	if got.Type != slack.InteractionTypeMessageAction || got.CallbackID != "import_message" || got.Message.Files[0].ID != id || got.ResponseURL == "" {
		t.Errorf("message_action: %+v", got)
	}
}

func TestActionsInViews(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{TriggerTTL: time.Minute})
	b := w.connect(t, nil)
	blocks := slack.Blocks{BlockSet: []slack.Block{slack.NewActionBlock("b", button("template", "1", "Template"))}}
	home, err := b.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{
		UserID: slacktest.UserAda, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: blocks},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Act(slacktest.UserAda, slacktest.Action{ViewID: home.ID, ActionID: "template"}); err != nil {
		t.Fatal(err)
	}
	got := last[slack.InteractionCallback](t, b)
	if got.View.ID != home.ID || got.Container.Type != "view" || got.ActionCallback.BlockActions[0].ActionID != "template" {
		t.Errorf("action in the Home tab: %+v", got)
	}
	root, err := b.api.OpenViewContext(t.Context(), got.TriggerID, modal("Check"))
	if err != nil {
		t.Fatal(err)
	}
	parent := root.ID
	for range 2 {
		if err := w.Act(slacktest.UserAda, slacktest.Action{ViewID: parent, ActionID: "kind", SelectedOption: map[string]any{"value": "basic"}}); err != nil {
			t.Fatal(err)
		}
		got = last[slack.InteractionCallback](t, b)
		pushed, err := b.api.PushViewContext(t.Context(), got.TriggerID, modal("More"))
		if err != nil {
			t.Fatal(err)
		}
		if pushed.RootViewID != root.ID || pushed.PreviousViewID != parent {
			t.Errorf("pushed view: %+v", pushed.View)
		}
		parent = pushed.ID
	}
	if err := w.Act(slacktest.UserAda, slacktest.Action{ViewID: parent, ActionID: "kind", SelectedOption: map[string]any{"value": "basic"}}); err != nil {
		t.Fatal(err)
	}
	_, err = b.api.PushViewContext(t.Context(), last[slack.InteractionCallback](t, b).TriggerID, modal("Too much"))
	if codeOf(err) != "push_limit_reached" {
		t.Errorf("a fourth view: %v", err)
	}
}

func TestTriggerExpires(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{TriggerTTL: time.Nanosecond})
	b := w.connect(t, nil)
	if err := w.Shortcut(slacktest.UserAda, "import_users", "", ""); err != nil {
		t.Fatal(err)
	}
	_, err := b.api.OpenViewContext(t.Context(), last[slack.InteractionCallback](t, b).TriggerID, modal("Check"))
	if codeOf(err) != "expired_trigger_id" {
		t.Errorf("views.open too late: %v", err)
	}
}
