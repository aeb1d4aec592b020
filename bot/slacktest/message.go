package slacktest

import (
	"maps"
	"slices"
	"strings"
)

// Message is a message of a conversation. What the methods of Workspace return
// are copies; their blocks must not be changed.
type Message struct {
	Channel  string
	TS       string
	ThreadTS string // of the parent; equal to TS for a parent with replies, empty without
	User     string
	BotID    string
	Subtype  string
	Text     string

	Blocks      []object
	Attachments []object
	Files       []File
	Reactions   []Reaction
	Metadata    *Metadata
	Edited      string // ts of the edit that Slack marks, or empty
	Deleted     bool   // only in copies handed out by Message

	Ephemeral   bool
	EphemeralTo string // the person who sees it

	// Updates is how often the app changed the message.
	Updates int

	broadcast bool
	fileIDs   []string
	username  string
}

// Metadata is message metadata.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// Reaction is an emoji on a message.
type Reaction struct {
	Name  string   `json:"name"`
	Count int      `json:"count"`
	Users []string `json:"users"`
}

// IsReply reports whether m stands in a thread and is not its parent.
func (m *Message) IsReply() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

// Button finds an interactive element in m's blocks by its action id.
func (m *Message) Button(actionID string) (map[string]any, bool) {
	found, _ := findElement(m.Blocks, "", actionID)
	return found, found != nil
}

// ActionIDs lists the action ids in m's blocks in their order.
func (m *Message) ActionIDs() []string {
	ids := []string{}
	walk(m.Blocks, "", func(o object, _ string) bool {
		if id, ok := o["action_id"].(string); ok {
			ids = append(ids, id)
		}
		return true
	})
	return ids
}

// AllText is the text of m and of all its blocks, a line each.
func (m *Message) AllText() string {
	lines := []string{m.Text}
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				collect(e)
			}
		case []object:
			for _, e := range v {
				collect(e)
			}
		case object:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				switch s, isText := v[k].(string); {
				case !isText:
					collect(v[k])
				case k == "text" || k == "title" || k == "caption" || k == "name":
					lines = append(lines, s)
				}
			}
		}
	}
	collect(m.Blocks)
	return strings.Join(lines, "\n")
}

// Messages returns the top-level messages of a channel, oldest first.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.copies(channel, func(m *Message) bool { return !m.IsReply() || m.broadcast })
}

// Thread returns a message and its replies, oldest first.
func (w *Workspace) Thread(channel, ts string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.copies(channel, func(m *Message) bool { return m.TS == ts || m.ThreadTS == ts })
}

// Message returns one message, also an ephemeral one.
func (w *Workspace) Message(channel, ts string) (Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		m = w.findEphemeral(channel, ts)
	}
	if m == nil {
		return Message{}, false
	}
	return w.copyOf(m), true
}

// Ephemerals returns the messages that only user sees, oldest first.
func (w *Workspace) Ephemerals(user string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Message{}
	for _, m := range w.ephemerals {
		if m.EphemeralTo == user {
			out = append(out, w.copyOf(m))
		}
	}
	return out
}

func (w *Workspace) copies(channel string, want func(*Message) bool) []Message {
	out := []Message{}
	for _, m := range w.messages[channel] {
		if want(m) {
			out = append(out, w.copyOf(m))
		}
	}
	return out
}

func (w *Workspace) copyOf(m *Message) Message {
	out := *m
	out.Files = nil
	for _, id := range m.fileIDs {
		if f := w.files[id]; f != nil {
			out.Files = append(out.Files, w.fileCopy(f))
		}
	}
	out.Reactions = make([]Reaction, 0, len(m.Reactions))
	for _, r := range m.Reactions {
		out.Reactions = append(out.Reactions, Reaction{Name: r.Name, Count: r.Count, Users: slices.Clone(r.Users)})
	}
	return out
}

func (w *Workspace) find(channel, ts string) *Message {
	for _, m := range w.messages[channel] {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

func (w *Workspace) findEphemeral(channel, ts string) *Message {
	for _, m := range w.ephemerals {
		if m.Channel == channel && m.TS == ts {
			return m
		}
	}
	return nil
}

func (w *Workspace) replies(parent *Message) []*Message {
	out := []*Message{}
	for _, m := range w.messages[parent.Channel] {
		if m.IsReply() && m.ThreadTS == parent.TS {
			out = append(out, m)
		}
	}
	return out
}

// add stores m with a new ts and tells the app.
func (w *Workspace) add(m *Message) {
	m.TS = w.ts()
	w.messages[m.Channel] = append(w.messages[m.Channel], m)
	if m.IsReply() {
		if parent := w.find(m.Channel, m.ThreadTS); parent != nil {
			parent.ThreadTS = parent.TS
		}
	}
	for _, id := range m.fileIDs {
		w.files[id].share(m)
	}
	w.emitMessage(m)
	w.changed()
}

// json is m as Slack writes it.
func (w *Workspace) json(m *Message) object {
	out := object{"type": "message", "ts": m.TS, "text": m.Text}
	set := func(key, value string) {
		if value != "" {
			out[key] = value
		}
	}
	set("user", m.User)
	set("subtype", m.Subtype)
	set("thread_ts", m.ThreadTS)
	set("bot_id", m.BotID)
	set("username", m.username)
	if u := w.users[m.User]; u != nil {
		out["team"] = u.TeamID
		if u.IsStranger {
			out["user_team"], out["source_team"] = u.TeamID, u.TeamID
		}
	}
	if m.BotID != "" {
		out["app_id"] = AppID
		out["bot_profile"] = object{
			"id": BotID, "app_id": AppID, "name": w.users[BotUserID].Name, "deleted": false,
			"updated": w.born.Unix(), "team_id": TeamID, "icons": object{},
		}
	}
	if m.Blocks != nil {
		out["blocks"] = m.Blocks
	}
	if len(m.Attachments) > 0 {
		out["attachments"] = m.Attachments
	}
	if len(m.fileIDs) > 0 {
		files := []object{}
		for _, id := range m.fileIDs {
			if f := w.files[id]; f != nil {
				files = append(files, w.fileJSON(f))
			}
		}
		out["files"] = files
		out["upload"] = false
		out["display_as_bot"] = false
	}
	if len(m.Reactions) > 0 {
		out["reactions"] = m.Reactions
	}
	if m.Edited != "" {
		out["edited"] = object{"user": m.User, "ts": m.Edited}
	}
	if m.Metadata != nil {
		out["metadata"] = m.Metadata
	}
	w.threadFields(m, out)
	return out
}

func (w *Workspace) threadFields(m *Message, out object) {
	if m.IsReply() {
		if parent := w.find(m.Channel, m.ThreadTS); parent != nil {
			out["parent_user_id"] = parent.User
		}
		return
	}
	replies := w.replies(m)
	if len(replies) == 0 {
		return
	}
	users := []string{}
	for _, r := range replies {
		if !slices.Contains(users, r.User) {
			users = append(users, r.User)
		}
	}
	out["reply_count"] = len(replies)
	out["reply_users_count"] = len(users)
	out["reply_users"] = users
	out["latest_reply"] = replies[len(replies)-1].TS
}

// isTrue reports whether a JSON value is true.
func isTrue(v any) bool {
	b, _ := v.(bool)
	return b
}

// walk visits every object under v, with the block id it stands in, until
// visit returns false.
func walk(v any, blockID string, visit func(o object, blockID string) bool) bool {
	switch v := v.(type) {
	case []object:
		for _, e := range v {
			if !walk(e, blockID, visit) {
				return false
			}
		}
	case []any:
		for _, e := range v {
			if !walk(e, blockID, visit) {
				return false
			}
		}
	case object:
		if id, ok := v["block_id"].(string); ok {
			blockID = id
		}
		if !visit(v, blockID) {
			return false
		}
		for _, k := range []string{
			"elements", "accessory", "element", "actions", "child_blocks", "rows", "items", "block", "fallback",
		} {
			if child, ok := v[k]; ok && !walk(child, blockID, visit) {
				return false
			}
		}
	}
	return true
}

// findElement finds an element by action id, and by block id unless that is
// empty.
func findElement(blocks []object, blockID, actionID string) (object, string) {
	var found object
	var in string
	walk(blocks, "", func(o object, id string) bool {
		if o["action_id"] == actionID && (blockID == "" || blockID == id) {
			found, in = o, id
			return false
		}
		return true
	})
	return found, in
}
