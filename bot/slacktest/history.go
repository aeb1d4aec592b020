package slacktest

import "slices"

func (w *Workspace) conversationsHistory(c *call) (object, error) {
	ch, err := w.botChannel(c.str("channel"))
	if err != nil {
		return nil, err
	}
	all := []*Message{}
	for _, m := range w.messages[ch.ID] {
		if !m.IsReply() || m.broadcast {
			all = append(all, m)
		}
	}
	slices.Reverse(all)
	return w.page(all, c)
}

func (w *Workspace) conversationsReplies(c *call) (object, error) {
	ch, err := w.botChannel(c.str("channel"))
	if err != nil {
		return nil, err
	}
	m := w.find(ch.ID, c.str("ts"))
	if m == nil {
		return nil, refuse("thread_not_found")
	}
	if m.IsReply() {
		return w.page([]*Message{m}, c)
	}
	return w.page(append([]*Message{m}, w.replies(m)...), c)
}

// page answers with the messages that oldest, latest, limit and cursor choose.
func (w *Workspace) page(all []*Message, c *call) (object, error) {
	oldest, latest := c.str("oldest"), c.str("latest")
	ids := []string{}
	byTS := map[string]*Message{}
	for _, m := range all {
		inside := (oldest == "" || m.TS > oldest) && (latest == "" || m.TS < latest)
		if inside || c.flag("inclusive") && (m.TS == oldest || m.TS == latest) {
			ids = append(ids, m.TS)
			byTS[m.TS] = m
		}
	}
	chosen, next, err := paged(ids, c)
	if err != nil {
		return nil, err
	}
	out := []object{}
	for _, ts := range chosen {
		m := w.json(byTS[ts])
		if !c.flag("include_all_metadata") {
			delete(m, "metadata")
		}
		out = append(out, m)
	}
	return object{"messages": out, "has_more": next != "", "response_metadata": object{"next_cursor": next}}, nil
}
