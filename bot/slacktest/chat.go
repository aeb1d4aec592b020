package slacktest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Longest texts in characters, and the largest metadata in bytes.
const (
	maxPostText   = 40000
	maxUpdateText = 4000
	maxMetadata   = 16 << 10
)

// content is what a request says a message shall hold.
type content struct {
	text        string
	blocks      []object
	hasBlocks   bool // also when the list is empty
	attachments []object
	metadata    *Metadata
	hasMetadata bool // also when it is empty, which removes
	fileIDs     []string
	hasFiles    bool
}

func (p *content) empty() bool { return p.text == "" && len(p.blocks) == 0 && len(p.attachments) == 0 }

// contentOf decodes and checks text, blocks, attachments and metadata.
func (w *Workspace) contentOf(c *call, maxText int) (*content, error) {
	p := &content{text: c.str("text")}
	if utf8.RuneCountInString(p.text) > maxText {
		return nil, refuse("msg_too_long")
	}
	blocks, err := c.value("blocks")
	if err != nil {
		return nil, refuse("invalid_blocks_format")
	}
	if blocks != nil {
		p.hasBlocks = true
		if p.blocks, err = checkMessageBlocks(blocks); err != nil {
			return nil, err
		}
	}
	attachments, err := c.value("attachments")
	if err != nil {
		return nil, refuse("invalid_attachments")
	}
	if attachments != nil {
		if p.attachments, err = checkAttachments(attachments); err != nil {
			return nil, err
		}
	}
	if err := p.readMetadata(c); err != nil {
		return nil, err
	}
	ids, err := c.value("file_ids")
	if err != nil {
		return nil, refuse("invalid_arguments")
	}
	if list, ok := ids.([]any); ok {
		p.hasFiles = true
		for _, id := range list {
			s, isText := id.(string)
			if !isText || w.files[s] == nil {
				return nil, refuse("file_not_found")
			}
			p.fileIDs = append(p.fileIDs, s)
		}
	}
	return p, nil
}

func (p *content) readMetadata(c *call) error {
	v, err := c.value("metadata")
	if err != nil {
		return refuse("invalid_metadata_format")
	}
	o, ok := v.(object)
	switch {
	case v == nil:
		return nil
	case !ok:
		return refuse("invalid_metadata_format")
	}
	p.hasMetadata = true
	eventType, hasType := o["event_type"].(string)
	payload, hasPayload := o["event_payload"].(object)
	if len(o) == 0 || eventType == "" && len(payload) == 0 {
		return nil
	}
	if !hasType || eventType == "" || !hasPayload {
		return refuse("invalid_metadata_schema")
	}
	if raw, err := json.Marshal(o); err != nil || len(raw) > maxMetadata {
		return refuse("metadata_too_large")
	}
	p.metadata = &Metadata{EventType: eventType, EventPayload: payload}
	return nil
}

// botMessage is a new message of the app with p in it.
func (p *content) botMessage(channel string) *Message {
	return &Message{
		Channel: channel, User: BotUserID, BotID: BotID, Text: p.text,
		Blocks: p.blocks, Attachments: p.attachments, Metadata: p.metadata, fileIDs: p.fileIDs,
	}
}

// apply edits m as chat.update does.
func (p *content) apply(m *Message, edit string) {
	m.Updates++
	switch {
	case p.hasBlocks:
		m.Blocks = p.blocks
	case p.text != "":
		m.Blocks, m.Edited = nil, edit
	}
	if p.text != "" {
		m.Text = p.text
	}
	if p.attachments != nil {
		m.Attachments = p.attachments
	} else if p.hasBlocks || p.text != "" {
		m.Attachments = nil
	}
	if p.hasMetadata {
		m.Metadata = p.metadata
	}
	if p.hasFiles {
		m.fileIDs = p.fileIDs
	}
}

// thread checks a thread_ts of the app.
func (w *Workspace) thread(channel, ts string) error {
	if ts == "" {
		return nil
	}
	parent := w.find(channel, ts)
	switch {
	case parent == nil:
		return refuse("thread_not_found")
	case parent.IsReply():
		return refuse("cannot_reply_to_message")
	}
	return nil
}

func (w *Workspace) chatPostMessage(c *call) (object, error) {
	ch, err := w.botChannel(c.str("channel"))
	if err != nil && (codeOf(err) != "not_in_channel" || !w.scopes["chat:write.public"]) {
		return nil, err
	}
	p, err := w.contentOf(c, maxPostText)
	if err != nil {
		return nil, err
	}
	if p.empty() {
		return nil, refuse("no_text")
	}
	if err := w.thread(ch.ID, c.str("thread_ts")); err != nil {
		return nil, err
	}
	m := p.botMessage(ch.ID)
	m.ThreadTS = c.str("thread_ts")
	m.broadcast = c.flag("reply_broadcast")
	m.username = c.str("username")
	w.add(m)
	return object{"channel": ch.ID, "ts": m.TS, "message": w.json(m)}, nil
}

// ownMessage finds a message that the app may change.
func (w *Workspace) ownMessage(c *call, foreign string) (*Message, error) {
	ch := w.channels[c.str("channel")]
	if ch == nil || ch.IsPrivate && !ch.has(BotUserID) {
		return nil, refuse("channel_not_found")
	}
	m := w.find(ch.ID, c.str("ts"))
	switch {
	case m == nil:
		return nil, refuse("message_not_found")
	case m.User != BotUserID:
		return nil, refuse(foreign)
	}
	return m, nil
}

func (w *Workspace) chatUpdate(c *call) (object, error) {
	m, err := w.ownMessage(c, "cant_update_message")
	if err != nil {
		return nil, err
	}
	p, err := w.contentOf(c, maxUpdateText)
	if err != nil {
		return nil, err
	}
	if p.empty() && !p.hasBlocks && !p.hasFiles {
		return nil, refuse("no_text")
	}
	w.edit(m, p)
	return object{"channel": m.Channel, "ts": m.TS, "text": m.Text, "message": w.json(m)}, nil
}

// edit changes a stored message and tells the app.
func (w *Workspace) edit(m *Message, p *content) {
	before := w.json(m)
	p.apply(m, w.ts())
	w.emitHidden(m, object{
		"subtype": "message_changed", "message": w.json(m), "previous_message": before,
	})
	w.changed()
}

func (w *Workspace) chatDelete(c *call) (object, error) {
	m, err := w.ownMessage(c, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	w.remove(m)
	return object{"channel": m.Channel, "ts": m.TS}, nil
}

// remove deletes a stored message and tells the app. Of a message with replies a tombstone is left, which goes with the last
// of them.
func (w *Workspace) remove(m *Message) {
	before := w.json(m)
	if !m.IsReply() && len(w.replies(m)) > 0 {
		*m = Message{
			Channel: m.Channel, TS: m.TS, ThreadTS: m.TS, User: SlackbotID, Subtype: subtypeTombstone, Text: "This message was deleted.",
		}
		w.emitHidden(m, object{"subtype": "message_changed", "message": w.json(m), "previous_message": before})
		w.changed()
		return
	}
	w.messages[m.Channel] = slices.DeleteFunc(w.messages[m.Channel], func(o *Message) bool { return o == m })
	w.emitHidden(m, object{"subtype": "message_deleted", "deleted_ts": m.TS, "previous_message": before})
	w.changed()
	if !m.IsReply() {
		return
	}
	if parent := w.find(m.Channel, m.ThreadTS); parent != nil && parent.Subtype == subtypeTombstone && len(w.replies(parent)) == 0 {
		w.remove(parent)
	}
}

// subtypeTombstone marks what is left of a deleted message that has replies.
const subtypeTombstone = "tombstone"

func (w *Workspace) chatPostEphemeral(c *call) (object, error) {
	ch, err := w.botChannel(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if w.users[c.str("user")] == nil || !ch.has(c.str("user")) {
		return nil, refuse("user_not_in_channel")
	}
	p, err := w.contentOf(c, maxPostText)
	if err != nil {
		return nil, err
	}
	if p.empty() {
		return nil, refuse("no_text")
	}
	if err := w.thread(ch.ID, c.str("thread_ts")); err != nil {
		return nil, err
	}
	m := w.addEphemeral(p.botMessage(ch.ID), c.str("user"), c.str("thread_ts"))
	return object{"message_ts": m.TS}, nil
}

func (w *Workspace) addEphemeral(m *Message, user, threadTS string) *Message {
	m.TS, m.ThreadTS = w.ts(), threadTS
	m.Ephemeral, m.EphemeralTo = true, user
	w.ephemerals = append(w.ephemerals, m)
	w.changed()
	return m
}

func (w *Workspace) chatGetPermalink(c *call) (object, error) {
	ch, err := w.visibleChannel(c.str("channel"))
	if err != nil {
		return nil, err
	}
	ts := cmp.Or(c.str("message_ts"), c.str("ts"))
	m := w.find(ch.ID, ts)
	if m == nil {
		return nil, refuse("message_not_found")
	}
	link := baseMark + "/archives/" + ch.ID + "/p" + strings.ReplaceAll(ts, ".", "")
	if m.IsReply() {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + ch.ID
	}
	return object{"channel": ch.ID, "permalink": link}, nil
}

func (w *Workspace) reactionTarget(c *call) (*Message, error) {
	name := c.str("name")
	if name == "" || strings.ContainsAny(name, ": ") {
		return nil, refuse("invalid_name")
	}
	ch, err := w.botChannel(c.str("channel"))
	if err != nil {
		return nil, err
	}
	m := w.find(ch.ID, c.str("timestamp"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return m, nil
}

func (w *Workspace) reactionsAdd(c *call) (object, error) {
	m, err := w.reactionTarget(c)
	if err != nil {
		return nil, err
	}
	return object{}, w.react(m, BotUserID, c.str("name"))
}

func (w *Workspace) react(m *Message, user, name string) error {
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	if i < 0 {
		m.Reactions = append(m.Reactions, Reaction{Name: name})
		i = len(m.Reactions) - 1
	}
	if slices.Contains(m.Reactions[i].Users, user) {
		return refuse("already_reacted")
	}
	m.Reactions[i].Users = append(m.Reactions[i].Users, user)
	m.Reactions[i].Count++
	w.emit("reaction_added", object{
		"type": "reaction_added", "user": user, "reaction": name, "item_user": m.User,
		"item": object{"type": "message", "channel": m.Channel, "ts": m.TS}, "event_ts": w.ts(),
	}, false)
	w.changed()
	return nil
}

func (w *Workspace) reactionsRemove(c *call) (object, error) {
	m, err := w.reactionTarget(c)
	if err != nil {
		return nil, err
	}
	for i, r := range m.Reactions {
		if r.Name != c.str("name") || !slices.Contains(r.Users, BotUserID) {
			continue
		}
		r.Users = without(r.Users, []string{BotUserID})
		r.Count--
		m.Reactions[i] = r
		m.Reactions = slices.DeleteFunc(m.Reactions, func(r Reaction) bool { return r.Count == 0 })
		w.changed()
		return object{}, nil
	}
	return nil, refuse("no_reaction")
}
