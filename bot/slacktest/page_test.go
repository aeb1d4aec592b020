package slacktest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

// get fetches a path of the page.
func (w *workspace) get(t *testing.T, path string) (status int, header http.Header, content string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

// act posts a JSON body to the page's interface.
func (w *workspace) act(t *testing.T, path string, body object) object {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/sandbox/"+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return post(t, req)
}

// form posts a multipart form to the page's interface.
func (w *workspace) form(t *testing.T, path string, fields map[string]string, name string, data []byte) object {
	t.Helper()
	var body bytes.Buffer
	mw := multipart.NewWriter(&body)
	for k, v := range fields {
		if err := mw.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	part, err := mw.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(data)
	_ = mw.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/sandbox/"+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", mw.FormDataContentType())
	return post(t, req)
}

type pageState struct {
	Me            pageItem      `json:"me"`
	People        []pageItem    `json:"people"`
	Channel       string        `json:"channel"`
	Connected     bool          `json:"connected"`
	Conversations []pageItem    `json:"conversations"`
	Messages      []pageMessage `json:"messages"`
	Views         []pageItem    `json:"views"`
}

type pageItem struct {
	ID     string            `json:"id"`
	Unread int               `json:"unread"`
	Errors map[string]string `json:"errors"`
}

type pageMessage struct {
	Text      string        `json:"text"`
	Ephemeral bool          `json:"ephemeral"`
	Replies   []pageMessage `json:"replies"`
	Files     []struct {
		Preview string `json:"preview"`
		URL     string `json:"sandbox_url"`
	} `json:"files"`
}

func (w *workspace) state(t *testing.T, as, channel string) pageState {
	t.Helper()
	_, _, body := w.get(t, "/sandbox/state?as="+as+"&channel="+channel)
	var out pageState
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatalf("decode state: %v in %s", err, body)
	}
	return out
}

func TestPage(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	b := w.connect(t, func(b *bot, e socketmode.Event) (bool, any) {
		if d, ok := e.Data.(slack.SlashCommand); ok && d.Text == "import" {
			if _, err := b.api.OpenViewContext(t.Context(), d.TriggerID, modal("Check")); err != nil {
				t.Errorf("views.open: %v", err)
			}
		}
		return true, nil
	})
	if status, _, body := w.get(t, "/"); status != http.StatusOK || !strings.Contains(strings.ToLower(body), "<html") {
		t.Errorf("the page: %d", status)
	}
	data := []byte("E-mail\nz\xe9@example.com\n\x00")
	up := w.form(t, "upload", map[string]string{"as": slacktest.UserAda, "channel": slacktest.ChannelAdmins, "text": "here"}, "é.csv", data)
	if !isOK(up) {
		t.Fatalf("upload: %v", up)
	}
	id := up["files"].([]any)[0].(string)
	if diff := cmp.Diff(data, w.FileBytes(id)); diff != "" {
		t.Errorf("uploaded bytes (-want +got):\n%s", diff)
	}
	ts := up["ts"].(string)
	if got := w.act(t, "message", object{"as": slacktest.UserBen, "channel": slacktest.ChannelAdmins, "thread_ts": ts, "text": "thanks"}); !isOK(got) {
		t.Errorf("message: %v", got)
	}
	if _, err := b.api.PostEphemeralContext(t.Context(), slacktest.ChannelAdmins, slacktest.UserAda, slack.MsgOptionText("only Ada", false)); err != nil {
		t.Fatal(err)
	}
	s := w.state(t, slacktest.UserAda, slacktest.ChannelAdmins)
	if !s.Connected || s.Me.ID != slacktest.UserAda || len(s.People) != 8 || s.Channel != slacktest.ChannelAdmins {
		t.Errorf("state: %+v", s)
	}
	if len(s.Messages) != 2 || s.Messages[0].Text != "here" || len(s.Messages[0].Replies) != 1 || !s.Messages[1].Ephemeral {
		t.Fatalf("messages: %+v", s.Messages)
	}
	f := s.Messages[0].Files[0]
	if !strings.HasPrefix(f.Preview, "E-mail\nz") {
		t.Errorf("preview: %q", f.Preview)
	}
	if _, header, body := w.get(t, f.URL); body != string(data) || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		t.Errorf("download: %q, %v", body, header)
	}
	if status, _, _ := w.get(t, "/sandbox/file/"+id+"?as="+slacktest.UserSasha); status != http.StatusNotFound {
		t.Errorf("download by an outsider: %d", status)
	}
	if got := len(w.state(t, slacktest.UserBen, slacktest.ChannelAdmins).Messages); got != 1 {
		t.Errorf("Ben sees %d messages, want 1", got)
	}
	if got := w.act(t, "command", object{"as": slacktest.UserAda, "channel": slacktest.ChannelAdmins, "command": "/zoomusers", "text": "import"}); !isOK(got) {
		t.Fatalf("command: %v", got)
	}
	view := w.state(t, slacktest.UserAda, slacktest.ChannelAdmins).Views[0].ID
	chosen := w.form(t, "viewfile", map[string]string{"as": slacktest.UserAda}, "r.csv", data)
	values := object{"file": object{"csv": object{"type": "file_input", "files": chosen["files"]}}}
	submitted := w.act(t, "view/submit", object{"as": slacktest.UserAda, "view_id": view, "values": values})
	if _, refused := submitted["errors"].(object)["kind"]; !isOK(submitted) || !refused {
		t.Errorf("submission without a type: %v", submitted)
	}
	if errs := w.state(t, slacktest.UserAda, slacktest.ChannelAdmins).Views[0].Errors; len(errs) != 1 {
		t.Errorf("errors in the state: %v", errs)
	}
	if got := w.act(t, "view/close", object{"as": slacktest.UserAda, "view_id": view}); !isOK(got) {
		t.Errorf("close: %v", got)
	}
	if got := w.act(t, "action", object{"as": slacktest.UserAda, "channel": slacktest.ChannelAdmins, "message_ts": ts, "action_id": "x"}); got["error"] != "action_not_found" {
		t.Errorf("action: %v", got)
	}
}

func TestPageStream(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/sandbox/stream?as="+slacktest.UserAda, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				return name
			}
		}
		return ""
	}
	if got := next(); got != "hello" {
		t.Errorf("first event: %q", got)
	}
	if _, err := w.Post(slacktest.UserAda, slacktest.ChannelAdmins, "x"); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "change" {
		t.Errorf("second event: %q", got)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{})
	if _, err := w.Post(slacktest.UserBen, slacktest.ChannelGeneral, "x"); err != nil {
		t.Fatal(err)
	}
	unread := func(channel string) int {
		for _, c := range w.state(t, slacktest.UserAda, channel).Conversations {
			if c.ID == slacktest.ChannelGeneral {
				return c.Unread
			}
		}
		return -1
	}
	got := []int{unread(slacktest.ChannelAdmins), unread(slacktest.ChannelGeneral), unread(slacktest.ChannelAdmins)}
	if diff := cmp.Diff([]int{1, 0, 0}, got); diff != "" {
		t.Errorf("unread before, while and after reading (-want +got):\n%s", diff)
	}
}
