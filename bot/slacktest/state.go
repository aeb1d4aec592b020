package slacktest

import (
	"maps"
	"net/http"
	"slices"
)

// serveState answers with everything the page needs to draw one channel for
// one person.
func (w *Workspace) serveState(rw http.ResponseWriter, r *http.Request) {
	as, channel := r.URL.Query().Get("as"), r.URL.Query().Get("channel")
	w.mu.Lock()
	out, err := w.state(as, channel)
	var body []byte
	if err == nil {
		body = encode(out, w.baseOf(r))
	}
	w.mu.Unlock()
	if err != nil {
		pageAnswer(rw, nil, err)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	_, _ = rw.Write(body) //nolint:gosec // JSON, and served as JSON
}

func (w *Workspace) state(as, channel string) (object, error) {
	if as == "" {
		as = w.firstPerson()
	}
	u, err := w.person(as)
	if err != nil {
		return nil, err
	}
	if !u.IsStranger {
		w.dm(as)
	}
	if ch := w.channels[channel]; ch == nil || !ch.has(as) {
		channel = w.firstChannel(as)
	}
	if list := w.messages[channel]; len(list) > 0 {
		w.lastRead[as+channel] = list[len(list)-1].TS
	}
	people := []object{}
	for _, id := range w.userOrder {
		people = append(people, w.pagePerson(w.users[id]))
	}
	commands := []object{}
	for _, c := range w.opts.Commands {
		commands = append(commands, object{"command": c.Command, "description": c.Description, "usage_hint": c.UsageHint})
	}
	shortcuts := []object{}
	for _, s := range w.opts.Shortcuts {
		shortcuts = append(shortcuts, object{"name": s.Name, "type": s.Type, "callback_id": s.CallbackID})
	}
	views := []object{}
	for _, v := range w.views[as] {
		o := w.viewJSON(v)
		if len(v.Errors) > 0 {
			o["errors"] = v.Errors
		}
		views = append(views, o)
	}
	groups := []object{}
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		groups = append(groups, object{"id": id, "handle": w.groups[id].Handle})
	}
	out := object{
		"ok": true, "groups": groups, "team": object{"id": TeamID, "name": w.opts.TeamName}, "me": w.pagePerson(u), "people": people,
		"conversations": w.conversations(as), "channel": channel, "commands": commands, "shortcuts": shortcuts,
		"messages": w.pageMessages(as, channel), "views": views, "connected": w.connected(),
	}
	if home := w.homes[as]; home != nil {
		out["home"] = w.viewJSON(home)
	}
	return out, nil
}

func (w *Workspace) firstPerson() string {
	for _, id := range w.userOrder {
		if u := w.users[id]; !u.IsBot && !u.Deleted {
			return id
		}
	}
	return ""
}

func (w *Workspace) firstChannel(as string) string {
	for _, id := range w.channelOrder {
		if w.channels[id].has(as) {
			return id
		}
	}
	return ""
}

func (w *Workspace) pagePerson(u *User) object {
	return object{
		"id": u.ID, "name": u.Name, "real_name": u.RealName, "locale": u.Locale, "is_admin": u.IsAdmin, "role": u.Role,
		"color": "#" + u.Color, "is_bot": u.IsBot, "is_guest": u.IsGuest(), "is_stranger": u.IsStranger,
	}
}

// conversations lists what a person sees at the side: channels, then the
// direct message with the bot.
func (w *Workspace) conversations(as string) []object {
	out, direct := []object{}, []object{}
	u := w.users[as]
	for _, id := range w.channelOrder {
		ch := w.channels[id]
		member := ch.has(as)
		if !member && (ch.IsPrivate || u.IsGuest() || u.IsStranger) {
			continue
		}
		unread := 0
		for _, m := range w.messages[id] {
			if member && m.User != as && m.TS > w.lastRead[as+id] {
				unread++
			}
		}
		o := object{"id": id, "name": ch.Name, "type": "channel", "member": member, "unread": unread}
		if ch.IsIM {
			o["type"], o["name"] = "dm", w.users[BotUserID].Name
			direct = append(direct, o)
			continue
		}
		out = append(out, o)
	}
	return append(out, direct...)
}

// pageMessages are the messages of a channel that a person sees, with their
// threads.
func (w *Workspace) pageMessages(as, channel string) []object {
	all := slices.Clone(w.messages[channel])
	for _, m := range w.ephemerals {
		if m.Channel == channel && m.EphemeralTo == as {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b *Message) int {
		switch {
		case a.TS < b.TS:
			return -1
		case a.TS > b.TS:
			return 1
		}
		return 0
	})
	threads := map[string][]object{}
	for _, m := range all {
		if m.IsReply() {
			threads[m.ThreadTS] = append(threads[m.ThreadTS], w.pageMessage(as, m, nil))
		}
	}
	out := []object{}
	for _, m := range all {
		if !m.IsReply() || m.broadcast {
			out = append(out, w.pageMessage(as, m, threads[m.TS]))
		}
	}
	return out
}

func (w *Workspace) pageMessage(as string, m *Message, replies []object) object {
	out := w.json(m)
	out["ephemeral"] = m.Ephemeral
	if replies == nil {
		replies = []object{}
	}
	out["replies"] = replies
	if files, ok := out["files"].([]object); ok {
		for _, o := range files {
			id, _ := o["id"].(string)
			o["sandbox_url"] = "/sandbox/file/" + id + "?as=" + as
			o["preview"] = w.files[id].preview()
		}
	}
	return out
}
