package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// page acts in a Slack sandbox through the interface of its page, over HTTP: it need not be in this process.
type page struct {
	t   *testing.T
	url string
}

// pageMessage is what these tests read of a message.
type pageMessage struct {
	TS        string           `json:"ts"`
	User      string           `json:"user"`
	Text      string           `json:"text"`
	Blocks    []map[string]any `json:"blocks"`
	Files     []pageFile       `json:"files"`
	Ephemeral bool             `json:"ephemeral"`
	Replies   []pageMessage    `json:"replies"`
	Metadata  struct {
		EventType    string            `json:"event_type"`
		EventPayload map[string]string `json:"event_payload"`
	} `json:"metadata"`
}

type pageFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  string `json:"sandbox_url"`
}

type pageState struct {
	Connected bool          `json:"connected"`
	Messages  []pageMessage `json:"messages"`
}

// answer is what acts are answered with.
type answer struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"`
	TS    string `json:"ts"`
}

// words is everything that a message says.
func (m *pageMessage) words() string {
	var blocks strings.Builder
	enc := json.NewEncoder(&blocks)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m.Blocks); err != nil {
		return m.Text
	}
	return m.Text + " " + blocks.String()
}

func request(t *testing.T, method, address, contentType string, body io.Reader) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(waitingTime(t), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, data
}

// fetch reads JSON from a sandbox.
func fetch(t *testing.T, address string, into any) {
	t.Helper()
	status, data := request(t, http.MethodGet, address, "", nil)
	if status != http.StatusOK {
		t.Fatalf("GET %s: status %d: %s", address, status, data)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
}

func (p page) post(path string, body any) answer {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	_, data := request(p.t, http.MethodPost, p.url+"/sandbox/"+path, "application/json", bytes.NewReader(raw))
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		p.t.Fatalf("POST %s: %v: %s", path, err, data)
	}
	return a
}

// upload posts a message with a file and returns its ts.
func (p page) upload(as, channel, name string, file []byte) string {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("as", as)
	_ = form.WriteField("channel", channel)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = part.Write(file)
	_ = form.Close()
	_, data := request(p.t, http.MethodPost, p.url+"/sandbox/upload", form.FormDataContentType(), &body)
	var a answer
	if err := json.Unmarshal(data, &a); err != nil || !a.OK {
		p.t.Fatalf("upload: %v: %s", err, data)
	}
	return a.TS
}

func (p page) state(as string) pageState {
	p.t.Helper()
	var s pageState
	fetch(p.t, p.url+"/sandbox/state?"+url.Values{"as": {as}, "channel": {slacktest.ChannelAdmins}}.Encode(), &s)
	return s
}

// waitBot waits until the bot is connected.
func (p page) waitBot() {
	p.t.Helper()
	eventually(p.t, "the bot connects", func() bool { return p.state(slacktest.UserAda).Connected })
}

// thread is a message with its replies, as a person sees them.
func (p page) thread(as, ts string) pageMessage {
	p.t.Helper()
	for _, m := range p.state(as).Messages {
		if m.TS == ts {
			return m
		}
	}
	p.t.Fatalf("no message %s", ts)
	return pageMessage{}
}

// cards are the messages of a thread that belong to a job: the card first, then the report.
func (p page) cards(ts string) []pageMessage {
	p.t.Helper()
	var out []pageMessage
	for _, m := range p.thread(slacktest.UserAda, ts).Replies {
		if m.Metadata.EventType == bot.CardEvent {
			out = append(out, m)
		}
	}
	return out
}

// waitCard waits until the card under a message shows one of the states. Another end fails the test.
func (p page) waitCard(ts string, want ...jobs.State) pageMessage {
	p.t.Helper()
	var card pageMessage
	eventually(p.t, "the card shows "+string(want[0]), func() bool {
		cards := p.cards(ts)
		if len(cards) == 0 {
			return false
		}
		card = cards[0]
		state := jobs.State(card.Metadata.EventPayload["state"])
		if state.Terminal() && !slices.Contains(want, state) {
			p.t.Fatalf("the card shows %s, not %v: %s", state, want, card.Text)
		}
		return slices.Contains(want, state)
	})
	return card
}

// click presses a decisive button of a card.
func (p page) click(as string, card *pageMessage, action string) answer {
	p.t.Helper()
	payload := card.Metadata.EventPayload
	return p.post("action", map[string]any{
		"as": as, "channel": slacktest.ChannelAdmins, "message_ts": card.TS, "action_id": action,
		"value": payload["job_id"] + " " + payload["digest"],
	})
}

// files are the files in a thread by name; the same name twice fails the test.
func (p page) files(ts string) map[string]pageFile {
	p.t.Helper()
	out := make(map[string]pageFile)
	for _, m := range p.thread(slacktest.UserAda, ts).Replies {
		for _, f := range m.Files {
			if _, again := out[f.Name]; again {
				p.t.Errorf("the thread has %s twice", f.Name)
			}
			out[f.Name] = f
		}
	}
	return out
}

// waitReport waits for the report of a job, which comes after its files.
func (p page) waitReport(ts string) pageMessage {
	p.t.Helper()
	var report pageMessage
	eventually(p.t, "the report", func() bool {
		cards := p.cards(ts)
		if len(cards) < 2 {
			return false
		}
		report = cards[1]
		return true
	})
	return report
}

func (p page) download(f pageFile) []byte {
	p.t.Helper()
	status, data := request(p.t, http.MethodGet, p.url+f.URL, "", nil)
	if status != http.StatusOK {
		p.t.Fatalf("download %s: status %d", f.Name, status)
	}
	return data
}

// records reads a result file without its header.
func (p page) records(f pageFile) [][]string {
	p.t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(p.download(f)), "\ufeff")))
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		p.t.Fatalf("%s: %v", f.Name, err)
	}
	return all[1:]
}

// resultRows are the first cells of all result files in a thread, sorted: each row of the roster once.
func (p page) resultRows(ts string) (rows []string, perFile map[string]int) {
	p.t.Helper()
	perFile = make(map[string]int)
	for name, f := range p.files(ts) {
		if strings.HasPrefix(name, "plan-") {
			continue
		}
		for _, record := range p.records(f) {
			rows = append(rows, record[0])
			perFile[name]++
		}
	}
	slices.Sort(rows)
	return rows, perFile
}
