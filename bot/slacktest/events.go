package slacktest

import (
	"html"
	"maps"
)

// verificationToken is the old token that payloads still carry; nobody should
// look at it.
const verificationToken = "sandbox-verification" //nolint:gosec // made up, opens nothing

// emit sends an event to the app if it subscribes to it. The lock is held.
func (w *Workspace) emit(subscription string, event object, shared bool) {
	if !w.events[subscription] {
		return
	}
	if _, ok := event["event_ts"]; !ok {
		event["event_ts"] = w.ts()
	}
	d := &delivery{Delivery: Delivery{Kind: KindEvent, ID: newID("Ev")}}
	d.Type, _ = event["type"].(string)
	d.Subtype, _ = event["subtype"].(string)
	d.Channel, _ = event["channel"].(string)
	d.Payload = raw(object{
		"token": verificationToken, "team_id": TeamID, "context_team_id": TeamID, "context_enterprise_id": nil,
		"api_app_id": AppID, "event": event, "type": "event_callback", "event_id": d.ID,
		"event_time": w.now().Unix(), "is_ext_shared_channel": shared, "event_context": "4-" + d.ID,
		"authorizations": []object{{
			"enterprise_id": nil, "team_id": TeamID, "user_id": BotUserID, "is_bot": true, "is_enterprise_install": false,
		}},
	})
	w.deliver(d)
}

// hears reports whether the app gets the messages of ch, by which subscription.
func (w *Workspace) hears(ch *Channel) (string, bool) {
	subscription := map[string]string{"im": "message.im", "group": "message.groups", "channel": "message.channels"}[ch.kind()]
	scope := map[string]string{"im": "im:history", "group": "groups:history", "channel": "channels:history"}[ch.kind()]
	return subscription, ch.has(BotUserID) && w.scopes[scope]
}

// emitMessage tells the app of a new message, its own ones included, and of
// its files.
func (w *Workspace) emitMessage(m *Message) {
	ch := w.channels[m.Channel]
	subscription, ok := w.hears(ch)
	if !ok {
		return
	}
	event := w.json(m)
	maps.DeleteFunc(event, func(k string, _ any) bool { return k == "reply_count" || k == "reply_users" || k == "latest_reply" })
	event["channel"], event["channel_type"], event["event_ts"] = m.Channel, ch.kind(), m.TS
	if m.BotID == "" && m.User != BotUserID {
		event["client_msg_id"] = newID("msg-")
		if m.Text != "" && m.Blocks == nil {
			event["blocks"] = []object{typed(m.Text)}
		}
	}
	w.stubForeign(m, event)
	w.emit(subscription, event, w.shared(ch))
	for _, id := range m.fileIDs {
		if w.scopes["files:read"] {
			w.emit("file_shared", object{
				"type": "file_shared", "channel_id": m.Channel, "file_id": id, "user_id": m.User,
				"file": object{"id": id}, "event_ts": w.ts(),
			}, w.shared(ch))
		}
	}
}

// stubForeign leaves of files from another organisation the id alone, as
// Slack Connect does.
func (w *Workspace) stubForeign(m *Message, event object) {
	u := w.users[m.User]
	if u == nil || !u.IsStranger || len(m.fileIDs) == 0 {
		return
	}
	stubs := []object{}
	for _, id := range m.fileIDs {
		stubs = append(stubs, object{"id": id, "created": 0, "timestamp": 0, "user": "", "mode": "file_access", "file_access": "check_file_info"})
	}
	event["files"] = stubs
}

// typed is the rich text that Slack makes of what a person typed.
func typed(text string) object {
	return object{"type": "rich_text", "block_id": newID("b"), "elements": []object{{
		"type": "rich_text_section", "elements": []object{{"type": "text", "text": html.UnescapeString(text)}},
	}}}
}

// emitHidden tells the app of a change of m: fields say which.
func (w *Workspace) emitHidden(m *Message, fields object) {
	ch := w.channels[m.Channel]
	subscription, ok := w.hears(ch)
	if !ok {
		return
	}
	ts := w.ts()
	event := object{
		"type": "message", "hidden": true, "channel": m.Channel, "channel_type": ch.kind(), "ts": ts, "event_ts": ts,
	}
	maps.Copy(event, fields)
	w.emit(subscription, event, w.shared(ch))
}
