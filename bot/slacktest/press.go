package slacktest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Action is a person's act on an interactive element of a message or, with
// ViewID, of a modal.
type Action struct {
	Channel, MessageTS string
	ViewID             string
	BlockID            string // may be empty when ActionID is unique
	ActionID           string

	Value           string // of a text input; buttons have their own
	SelectedOption  map[string]any
	SelectedOptions []map[string]any
	// Picked are other fields of Slack's value, like "selected_user".
	Picked map[string]any
	// Values are what the person entered elsewhere in the message or modal,
	// as for SubmitView; what does not fit any more is left out.
	Values map[string]map[string]any

	// Stale is a click that crossed an edit: the element need not be there
	// any more, and Value is taken for the button's.
	Stale bool
}

// Click presses a button as a person and confirms its confirm dialog, if it
// has one. It returns once the app acknowledged it.
func (w *Workspace) Click(as, channel, messageTS, actionID string) error {
	return w.Act(as, Action{Channel: channel, MessageTS: messageTS, ActionID: actionID})
}

// Select chooses the option with a value in a select, radio group, overflow
// menu or checkbox group.
func (w *Workspace) Select(as, channel, messageTS, actionID, value string) error {
	option := map[string]any{"value": value}
	return w.Act(as, Action{
		Channel: channel, MessageTS: messageTS, ActionID: actionID,
		SelectedOption: option, SelectedOptions: []map[string]any{option},
	})
}

// ConfirmDialog returns the confirm dialog of an element: title, text, labels.
func (m *Message) ConfirmDialog(actionID string) (title, text, confirm, deny string, ok bool) {
	b, found := m.Button(actionID)
	c, has := b["confirm"].(object)
	if !found || !has {
		return "", "", "", "", false
	}
	get := func(key string) string {
		t, _ := c[key].(object)
		s, _ := t["text"].(string)
		return s
	}
	return get("title"), get("text"), get("confirm"), get("deny"), true
}

// Act does what Action says as a person. It returns once the app acknowledged
// it; an error is what the person sees.
func (w *Workspace) Act(as string, a Action) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.act(as, a)
	if err != nil {
		return fmt.Errorf("act on %s as %s: %w", a.ActionID, as, err)
	}
	return nil
}

func (w *Workspace) act(as string, a Action) error {
	if _, err := w.person(as); err != nil {
		return err
	}
	payload := w.interaction(as, a.ViewID)
	payload["type"] = "block_actions"
	if a.ViewID != "" {
		v := w.view(func(v *View) bool { return v.ID == a.ViewID && v.User == as })
		if home := w.homes[as]; v == nil && home != nil && home.ID == a.ViewID {
			v = home
		}
		if v == nil {
			return refuse("view_not_found")
		}
		el, block, done, err := element(v.Blocks, a)
		if err != nil {
			return err
		}
		w.entered(v.State, v.Blocks, as, a)
		enter(v.State, block, a.ActionID, done)
		payload["container"] = object{"type": "view", "view_id": v.ID}
		payload["view"] = w.viewJSON(v)
		payload["actions"] = []object{w.actionJSON(el, block, done)}
		w.changed()
	} else {
		if err := w.actOnMessage(as, a, payload); err != nil {
			return err
		}
	}
	_, err := w.ask(KindInteraction, "block_actions", a.Channel, payload)
	return err
}

// actOnMessage fills in the payload of an action on a message.
func (w *Workspace) actOnMessage(as string, a Action, payload object) error {
	ch := w.channels[a.Channel]
	m := w.find(a.Channel, a.MessageTS)
	if m == nil {
		m = w.findEphemeral(a.Channel, a.MessageTS)
	}
	switch {
	case ch == nil:
		return refuse("channel_not_found")
	case !ch.has(as):
		return refuse("not_in_channel")
	case m == nil || m.Ephemeral && m.EphemeralTo != as:
		return refuse("message_not_found")
	}
	el, block, done, err := element(m.Blocks, a)
	if err != nil {
		return err
	}
	thread := m.ThreadTS
	container := object{"type": "message", "message_ts": m.TS, "channel_id": ch.ID, "is_ephemeral": m.Ephemeral}
	if thread != "" {
		container["thread_ts"] = thread
	}
	payload["container"] = container
	payload["channel"] = object{"id": ch.ID, "name": ch.shownName()}
	payload["state"] = object{"values": w.messageState(as, m, a, block, done)}
	payload["response_url"] = w.newResponse(ch.ID, as, thread, m)
	payload["actions"] = []object{w.actionJSON(el, block, done)}
	if !m.Ephemeral {
		payload["message"] = w.json(m)
	}
	return nil
}

// entered takes over what a person entered beside the action.
func (w *Workspace) entered(s State, blocks []object, as string, a Action) {
	for block, actions := range a.Values {
		for action, value := range actions {
			// A value of a block that was edited away is of no use.
			_ = w.fillIn(s, blocks, as, block, action, value)
		}
	}
}

// messageState is what a person has entered in a message so far, with the
// action that is being done.
func (w *Workspace) messageState(as string, m *Message, a Action, block string, done object) State {
	key := as + m.Channel + m.TS
	s := initialState(m.Blocks)
	for b, actions := range w.inMessages[key] {
		for action, value := range actions {
			if _, stays := s[b][action]; stays {
				s[b][action] = value
			}
		}
	}
	w.entered(s, m.Blocks, as, a)
	if kind := done["type"]; kind != "overflow" && kind != "icon_button" {
		enter(s, block, a.ActionID, done)
	}
	w.inMessages[key] = s
	return s
}

// element finds the element of an action, the block it is in and what the
// action makes of it.
func element(blocks []object, a Action) (el object, block string, done object, err error) {
	el, block = findElement(blocks, a.BlockID, a.ActionID)
	if el == nil && !a.Stale {
		return nil, "", nil, refuse("action_not_found")
	}
	if el == nil || a.Stale && a.Value != "" {
		el = object{"type": "button", "action_id": a.ActionID, "value": a.Value, "text": object{"type": typePlain, "text": a.ActionID}}
		block = cmp.Or(a.BlockID, block, "gone")
	}
	done, err = value(el, a)
	return el, block, done, err
}

// value is what an action makes of an element, as Slack writes it.
func value(el object, a Action) (object, error) {
	kind, _ := el["type"].(string)
	out := object{"type": kind}
	switch {
	case kind == "button" || kind == "icon_button" || kind == "workflow_button":
		if el["value"] != nil {
			out["value"] = el["value"]
		}
	case kind == "static_select" || kind == "radio_buttons" || kind == "overflow":
		option, err := chosen(el, a.SelectedOption)
		if err != nil {
			return nil, err
		}
		out["selected_option"] = option
	case kind == "multi_static_select" || kind == "checkboxes":
		options := []object{}
		for _, o := range a.SelectedOptions {
			option, err := chosen(el, o)
			if err != nil {
				return nil, err
			}
			options = append(options, option)
		}
		out["selected_options"] = options
	case strings.HasSuffix(kind, "_input"):
		out["value"] = a.Value
	}
	for k, v := range a.Picked {
		if _, has := out[k]; !has {
			out[k] = v
		}
	}
	return out, nil
}

// chosen finds the option of el with the value of option.
func chosen(el object, option object) (object, error) {
	var found object
	look := func(list any) {
		options, _ := list.([]any)
		for _, v := range options {
			if o, ok := v.(object); ok && o["value"] == option["value"] {
				found = o
			}
		}
	}
	look(el["options"])
	groups, _ := el["option_groups"].([]any)
	for _, g := range groups {
		if group, ok := g.(object); ok {
			look(group["options"])
		}
	}
	if found == nil {
		return nil, refuse("option_not_found")
	}
	return found, nil
}

// actionJSON is an entry of "actions".
func (w *Workspace) actionJSON(el object, block string, done object) object {
	out := object{"action_id": el["action_id"], "block_id": block, "action_ts": w.ts()}
	for _, k := range []string{"text", "style", "placeholder", "url"} {
		if el[k] != nil && (k != "text" || slices.Contains([]string{"button", "workflow_button"}, fmt.Sprint(el["type"]))) {
			out[k] = el[k]
		}
	}
	maps.Copy(out, done)
	return out
}

// enter puts a value into the state of a view; a button has none.
func enter(s State, block, action string, v object) {
	if v["type"] == "button" {
		return
	}
	if s[block] == nil {
		s[block] = map[string]map[string]any{}
	}
	s[block][action] = v
}
