package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

// transcript writes down what appears in a channel, as text.
type transcript struct {
	ws      *slacktest.Workspace
	channel string
	begun   time.Time
	names   map[string]string

	mu   sync.Mutex
	w    io.Writer
	seen map[string]string // message ts -> what was written of it
}

func newTranscript(ws *slacktest.Workspace, channel string, w io.Writer) *transcript {
	return &transcript{
		ws: ws, channel: channel, begun: time.Now(), w: w, seen: make(map[string]string),
		names: map[string]string{
			slacktest.UserAda: "Ada", slacktest.UserBen: "Ben", slacktest.UserChiara: "Chiara", slacktest.UserDelphine: "Delphine",
			slacktest.BotUserID: "zoomusers",
		},
	}
}

// scene writes a heading, after everything that came before it.
func (t *transcript) scene(format string, args ...any) {
	t.write()
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.w, "\n%s  ── %s\n", t.clock(), fmt.Sprintf(format, args...))
}

func (t *transcript) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.w, "\n%s  %s\n", t.clock(), fmt.Sprintf(format, args...))
}

func (t *transcript) clock() string { return fmt.Sprintf("%5.1fs", time.Since(t.begun).Seconds()) }

// watch writes what changes in the channel until ctx ends.
func (t *transcript) watch(ctx context.Context) {
	changes := t.ws.Subscribe()
	for {
		t.write()
		select {
		case <-ctx.Done():
			t.write()
			return
		case <-changes:
			changes = t.ws.Subscribe()
		}
	}
}

// settle waits until the app has nothing more to say.
func (t *transcript) settle(ctx context.Context) {
	for quiet := 0; quiet < 5; quiet++ {
		if t.write() {
			quiet = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// write writes what is new, and reports whether anything was.
func (t *transcript) write() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	wrote := false
	for _, top := range t.ws.Messages(t.channel) {
		for _, m := range t.ws.Thread(t.channel, top.TS) {
			wrote = t.message(m) || wrote
		}
	}
	for user := range t.names {
		for _, m := range t.ws.Ephemerals(user) {
			if m.Channel == t.channel {
				wrote = t.message(m) || wrote
			}
		}
	}
	return wrote
}

func (t *transcript) message(m slacktest.Message) bool {
	body := t.render(m)
	before, known := t.seen[m.TS]
	if body == before {
		return false
	}
	t.seen[m.TS] = body
	who := t.names[m.User]
	if who == "" {
		who = m.User
	}
	how := ""
	more, onlyMore := strings.CutPrefix(body, before)
	switch {
	case known && onlyMore:
		// A reaction or a file was added; the rest has been read.
		how, body = "’s message", strings.TrimPrefix(more, "\n")
	case m.Ephemeral:
		how = ", only to " + t.names[m.EphemeralTo]
	case known:
		how = ", edited"
	}
	fmt.Fprintf(t.w, "\n%s  %s%s\n", t.clock(), who, how)
	for line := range strings.Lines(body) {
		fmt.Fprintf(t.w, "        %s\n", strings.TrimRight(line, "\n"))
	}
	return true
}

// render makes text of a message: its blocks, or its text where it has none, its files and its reactions.
func (t *transcript) render(m slacktest.Message) string {
	var lines []string
	for _, b := range m.Blocks {
		lines = append(lines, t.block(b)...)
	}
	if len(m.Blocks) == 0 && m.Text != "" {
		lines = append(lines, t.plain(m.Text))
	}
	for _, f := range m.Files {
		lines = append(lines, fmt.Sprintf("[file] %s (%d bytes)", f.Name, f.Size))
	}
	for _, r := range m.Reactions {
		lines = append(lines, "[reaction] "+r.Name)
	}
	return strings.Join(lines, "\n")
}

func (t *transcript) block(b map[string]any) []string {
	var lines []string
	textOf := func(v any) string {
		o, _ := v.(map[string]any)
		s, _ := o["text"].(string)
		return t.plain(s)
	}
	switch b["type"] {
	case "header":
		lines = append(lines, "## "+textOf(b["text"]))
	case "section":
		if s := textOf(b["text"]); s != "" {
			lines = append(lines, s)
		}
		fields, _ := b["fields"].([]any)
		for _, f := range fields {
			name, value, _ := strings.Cut(textOf(f), "\n")
			lines = append(lines, fmt.Sprintf("  %-20s %s", name, value))
		}
	case "context":
		elements, _ := b["elements"].([]any)
		for _, e := range elements {
			lines = append(lines, textOf(e))
		}
	case "actions":
		elements, _ := b["elements"].([]any)
		var buttons []string
		for _, e := range elements {
			o, _ := e.(map[string]any)
			label := textOf(o["text"])
			if chosen, ok := o["initial_option"].(map[string]any); ok {
				label = textOf(chosen["text"]) + " ▾"
			} else if label == "" {
				label = textOf(o["placeholder"]) + " ▾"
			}
			buttons = append(buttons, "["+label+"]")
		}
		lines = append(lines, strings.Join(buttons, " "))
	}
	return lines
}

// Marks of Slack's text that a terminal does not know.
var (
	mentionMark = regexp.MustCompile(`<@([A-Z0-9]+)>`)
	groupMark   = regexp.MustCompile(`<!subteam\^([A-Z0-9]+)>`)
	dateMark    = regexp.MustCompile(`<!date\^[^|>]*\|([^>]*)>`)
	linkMark    = regexp.MustCompile(`<(https?://[^|>]*)\|([^>]*)>`)
)

// plain takes the marks out of a text.
func (t *transcript) plain(s string) string {
	s = mentionMark.ReplaceAllStringFunc(s, func(m string) string {
		if name := t.names[mentionMark.FindStringSubmatch(m)[1]]; name != "" {
			return "@" + name
		}
		return m
	})
	s = groupMark.ReplaceAllString(s, "@zoom-approvers")
	s = dateMark.ReplaceAllString(s, "$1")
	s = linkMark.ReplaceAllString(s, "$2")
	return strings.NewReplacer("*", "", "`", "", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
