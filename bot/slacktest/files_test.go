package slacktest_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

func TestUploadByPerson(t *testing.T) {
	t.Parallel()
	events := append(slacktest.DefaultEvents(), "file_shared")
	w := start(t, slacktest.Options{Events: events})
	b := w.connect(t, nil)
	data := []byte("\xef\xbb\xbfE-mail;Pr\xe9nom\r\na@example.com;Zo\xeb\r\n\x00")
	ts, id, err := w.UploadFile(slacktest.UserAda, slacktest.ChannelAdmins, "Liste Été.csv", data)
	if err != nil {
		t.Fatal(err)
	}
	w.until(t, "both events", func() bool { return len(b.events()) == 2 && w.Idle() })
	kinds := []string{}
	for _, e := range b.events() {
		switch d := e.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(type) {
		case *slackevents.MessageEvent:
			kinds = append(kinds, d.SubType)
			if d.TimeStamp != ts || d.User != slacktest.UserAda || d.ChannelType != "channel" || len(d.Message.Files) != 1 || d.Message.Files[0].ID != id {
				t.Errorf("message event: %+v", d)
			}
		case *slackevents.FileSharedEvent:
			kinds = append(kinds, d.Type)
		}
	}
	if diff := cmp.Diff([]string{"file_share", "file_shared"}, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	info, _, _, err := b.api.GetFileInfoContext(t.Context(), id, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode != "hosted" || info.Size != len(data) || info.Filetype != "csv" || info.Name != "Liste Été.csv" || info.Shares.Public[slacktest.ChannelAdmins][0].Ts != ts {
		t.Errorf("files.info: %+v", info)
	}
	var got bytes.Buffer
	if err := b.api.GetFileContext(t.Context(), info.URLPrivateDownload, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(data, got.Bytes()); diff != "" {
		t.Errorf("download (-want +got):\n%s", diff)
	}
	if err := b.api.DeleteFileContext(t.Context(), id); codeOf(err) != "cant_delete_file" {
		t.Errorf("files.delete of somebody else's file: %v", err)
	}
}

func TestDownloadWithoutAccess(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	_, id, err := w.UploadFile(slacktest.UserAda, slacktest.ChannelRandom, "a.csv", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := w.client().GetFileInfoContext(t.Context(), id, 0, 0); codeOf(err) != "file_not_found" {
		t.Errorf("files.info: %v", err)
	}
	f, _ := w.File(id)
	var got bytes.Buffer
	err = w.client().GetFileContext(t.Context(), f.URLPrivateDownload, &got)
	if err == nil || !strings.Contains(err.Error(), "sign-in page") {
		t.Errorf("download: %v, %q", err, got.String())
	}
}

func TestUploadByBot(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	parent, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "please")
	if err != nil {
		t.Fatal(err)
	}
	data := "E-mail,Outcome\na@example.com,created\n"
	up, err := b.api.UploadFileContext(t.Context(), slack.UploadFileParameters{
		Filename: "succeeded.csv", FileSize: len(data), Reader: strings.NewReader(data), Title: "Succeeded",
		Channel: slacktest.ChannelAdmins, ThreadTimestamp: parent, InitialComment: "Here it is",
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(data, string(w.FileBytes(up.ID))); diff != "" {
		t.Errorf("stored bytes (-want +got):\n%s", diff)
	}
	thread := w.Thread(slacktest.ChannelAdmins, parent)
	if len(thread) != 2 || thread[1].Text != "Here it is" || thread[1].Files[0].Title != "Succeeded" {
		t.Errorf("thread: %+v", thread)
	}
	w.until(t, "the own upload", func() bool { return len(b.events()) == 2 })
	own := last[slackevents.EventsAPIEvent](t, b).InnerEvent.Data.(*slackevents.MessageEvent)
	if own.SubType != "file_share" || own.User != slacktest.BotUserID || own.BotID != "" {
		t.Errorf("event of the own upload: %+v", own)
	}
	_, err = b.api.CompleteUploadExternalContext(t.Context(), slack.CompleteUploadExternalParameters{
		Files: []slack.FileSummary{{ID: up.ID}}, Channel: slacktest.ChannelAdmins,
	})
	if codeOf(err) != "file_not_found" {
		t.Errorf("completing twice: %v", err)
	}
	if err := b.api.DeleteFileContext(t.Context(), up.ID); err != nil {
		t.Error(err)
	}
	_, err = b.api.UploadFileContext(t.Context(), slack.UploadFileParameters{
		Filename: "a.csv", FileSize: 1, Content: "a", Channel: slacktest.ChannelRandom,
	})
	if err == nil || !strings.Contains(err.Error(), "not_in_channel") {
		t.Errorf("upload to a channel without the bot: %v", err)
	}
	_, err = b.api.UploadFileContext(t.Context(), slack.UploadFileParameters{
		Filename: "a.csv", FileSize: 5, Content: "a", Channel: slacktest.ChannelAdmins,
	})
	if err == nil {
		t.Error("an upload of another length than announced was taken")
	}
}

func TestRawUploadAndEmpty(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	api := w.client()
	got, err := api.GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: "a.csv", FileSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, got.UploadURL, strings.NewReader("a,b"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || string(w.FileBytes(got.FileID)) != "a,b" {
		t.Errorf("raw upload: %s, %q", resp.Status, w.FileBytes(got.FileID))
	}
	req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/api/files.getUploadURLExternal",
		strings.NewReader("filename=a.csv&length=0&token="+slacktest.BotToken))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if code := post(t, req)["error"]; code != "invalid_arguments" {
		t.Errorf("length 0: %v", code)
	}
}

func TestForeignFile(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, nil)
	_, id, err := w.UploadFile(slacktest.UserSasha, slacktest.ChannelPartner, "theirs.csv", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	w.until(t, "the event", func() bool { return len(b.events()) == 1 })
	outer := last[slackevents.EventsAPIEvent](t, b)
	e := outer.InnerEvent.Data.(*slackevents.MessageEvent)
	if !outer.IsExtSharedChannel || e.UserTeam != slacktest.ForeignTeamID || e.Message.Files[0].FileAccess != "check_file_info" || e.Message.Files[0].Name != "" {
		t.Errorf("event: %+v", e)
	}
	info, _, _, err := b.api.GetFileInfoContext(t.Context(), id, 0, 0)
	if err != nil || info.Name != "theirs.csv" {
		t.Errorf("files.info: %+v, %v", info, err)
	}
}
