package slacktest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// kept are the sequences in typed text that Slack's clients make of mentions
// and links, and that stay as they are.
var kept = regexp.MustCompile(`<(?:@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|!subteam\^S[A-Z0-9]+|![a-z]+|https?://[^\s<>]+)(?:\|[^<>]*)?>`)

// escapeTyped writes & < > as entities, mentions and links apart.
func escapeTyped(text string) string {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	var out strings.Builder
	last := 0
	for _, at := range kept.FindAllStringIndex(text, -1) {
		out.WriteString(escape.Replace(text[last:at[0]]))
		out.WriteString(text[at[0]:at[1]])
		last = at[1]
	}
	out.WriteString(escape.Replace(text[last:]))
	return out.String()
}

// entering checks that a person may write in a channel.
func (w *Workspace) entering(as, channel string) (*Channel, error) {
	if _, err := w.person(as); err != nil {
		return nil, err
	}
	ch := w.channels[channel]
	switch {
	case ch == nil:
		return nil, refuse("channel_not_found")
	case !ch.has(as):
		return nil, refuse("not_in_channel")
	case ch.Archived:
		return nil, refuse("is_archived")
	}
	return ch, nil
}

// Post writes a message as a person and returns its ts.
func (w *Workspace) Post(as, channel, text string) (string, error) {
	return w.Reply(as, channel, "", text)
}

// Reply writes into a thread; without threadTS it is Post.
func (w *Workspace) Reply(as, channel, threadTS, text string) (string, error) {
	m, err := w.Upload(as, Upload{Channel: channel, ThreadTS: threadTS, Text: text})
	if err != nil {
		return "", err
	}
	return m.TS, nil
}

// Upload is a message of a person, with files or without.
type Upload struct {
	Channel, ThreadTS, Text string
	Files                   []NewFile
}

// UploadFile posts one file, byte for byte, and returns ts and file id.
func (w *Workspace) UploadFile(as, channel, name string, data []byte) (ts, fileID string, err error) {
	m, err := w.Upload(as, Upload{Channel: channel, Files: []NewFile{{Name: name, Data: data}}})
	if err != nil {
		return "", "", err
	}
	return m.TS, m.Files[0].ID, nil
}

// Upload posts a message with files as a person. The app gets one message
// event for all files and, if subscribed, a file_shared event for each.
func (w *Workspace) Upload(as string, up Upload) (Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.entering(as, up.Channel)
	if err == nil {
		err = w.thread(up.Channel, up.ThreadTS)
	}
	if err == nil && strings.TrimSpace(up.Text) == "" && len(up.Files) == 0 {
		err = refuse("no_text")
	}
	if err != nil {
		return Message{}, fmt.Errorf("post to %s as %s: %w", up.Channel, as, err)
	}
	m := &Message{Channel: ch.ID, User: as, Text: escapeTyped(up.Text), ThreadTS: up.ThreadTS}
	for _, n := range up.Files {
		m.Subtype = "file_share"
		m.fileIDs = append(m.fileIDs, w.newFile(as, n).ID)
	}
	w.add(m)
	return w.copyOf(m), nil
}

// React adds an emoji to a message as a person.
func (w *Workspace) React(as, channel, ts, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.entering(as, channel); err != nil {
		return err
	}
	m := w.find(channel, ts)
	if m == nil {
		return refuse("message_not_found")
	}
	return w.react(m, as, name)
}

// DeleteMessage deletes a person's own message.
func (w *Workspace) DeleteMessage(as, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil || m.User != as {
		return refuse("message_not_found")
	}
	w.remove(m)
	return nil
}

// Command runs a slash command as a person, in any conversation the person is
// in, also one without the bot. It returns once the app acknowledged it; an
// error is what Slack shows to the person.
func (w *Workspace) Command(as, channel, command, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.entering(as, channel)
	if err != nil {
		return fmt.Errorf("run %s as %s: %w", command, as, err)
	}
	if !slices.ContainsFunc(w.opts.Commands, func(c Command) bool { return c.Command == command }) || !w.scopes["commands"] {
		return fmt.Errorf("run %s as %s: %w", command, as, refuse("unknown_command"))
	}
	u := w.users[as]
	link := w.newResponse(ch.ID, as, "", nil)
	answer, err := w.ask(KindCommand, command, ch.ID, object{
		"token": verificationToken, "team_id": TeamID, "team_domain": "sandbox", "channel_id": ch.ID, "channel_name": ch.shownName(),
		"user_id": as, "user_name": u.Name, "command": command, "text": escapeTyped(text), "api_app_id": AppID,
		"is_enterprise_install": "false", "response_url": link, "trigger_id": w.newTrigger(as, ""),
	})
	if err == nil {
		err = w.answerCommand(ch, as, command+" "+escapeTyped(text), answer)
	}
	if err != nil {
		w.addEphemeral(&Message{
			Channel: ch.ID, User: SlackbotID,
			Text: fmt.Sprintf("%s failed with the error \"%s\"", command, codeOf(err)),
		}, as, "")
		return fmt.Errorf("run %s as %s: %w", command, as, err)
	}
	return nil
}

// answerCommand shows the answer that came with an acknowledgement.
func (w *Workspace) answerCommand(ch *Channel, as, line string, answer []byte) error {
	c := &call{args: map[string]any{"answer": string(answer)}}
	v, err := c.value("answer")
	o, _ := v.(object)
	switch {
	case err != nil:
		return refuse("invalid_command_response")
	case len(o) == 0:
		return nil
	}
	c.args = o
	p, err := w.contentOf(c, maxPostText)
	if err != nil {
		return refuse("invalid_command_response", err.Error())
	}
	inChannel := c.str("response_type") == "in_channel"
	if inChannel {
		w.add(&Message{Channel: ch.ID, User: as, Text: strings.TrimSpace(line)})
	}
	switch {
	case p.empty():
	case inChannel:
		w.add(p.botMessage(ch.ID))
	default:
		w.addEphemeral(p.botMessage(ch.ID), as, "")
	}
	return nil
}

// Shortcut runs a shortcut as a person: a message shortcut with channel and
// ts, a global one without.
func (w *Workspace) Shortcut(as, callbackID, channel, messageTS string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	fail := func(err error) error { return fmt.Errorf("run shortcut %s as %s: %w", callbackID, as, err) }
	if _, err := w.person(as); err != nil {
		return fail(err)
	}
	i := slices.IndexFunc(w.opts.Shortcuts, func(s Shortcut) bool { return s.CallbackID == callbackID })
	if i < 0 {
		return fail(refuse("unknown_shortcut"))
	}
	payload := w.interaction(as, "")
	payload["callback_id"], payload["action_ts"] = callbackID, w.ts()
	payload["type"] = "shortcut"
	if w.opts.Shortcuts[i].Type == "message" {
		ch, err := w.entering(as, channel)
		if err != nil {
			return fail(err)
		}
		m := w.find(channel, messageTS)
		if m == nil {
			return fail(refuse("message_not_found"))
		}
		payload["type"] = "message_action"
		payload["message_ts"], payload["message"] = m.TS, w.json(m)
		payload["channel"] = object{"id": ch.ID, "name": ch.shownName()}
		payload["response_url"] = w.newResponse(ch.ID, as, "", nil)
	}
	kind, _ := payload["type"].(string)
	if _, err := w.ask(KindInteraction, kind, channel, payload); err != nil {
		return fail(err)
	}
	return nil
}

// OpenHome opens the Home tab of the app as a person.
func (w *Workspace) OpenHome(as string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.person(as); err != nil {
		return err
	}
	event := object{"type": "app_home_opened", "user": as, "channel": w.dm(as).ID, "tab": "home"}
	if v := w.homes[as]; v != nil {
		event["view"] = w.viewJSON(v)
	}
	w.emit("app_home_opened", event, false)
	w.changed()
	return nil
}

// interaction is what all interactions of a person have in common.
func (w *Workspace) interaction(as, view string) object {
	u := w.users[as]
	return object{
		"team": object{"id": TeamID, "domain": "sandbox"}, "token": verificationToken, "api_app_id": AppID,
		"user":       object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID},
		"enterprise": nil, "is_enterprise_install": false, "trigger_id": w.newTrigger(as, view),
	}
}
