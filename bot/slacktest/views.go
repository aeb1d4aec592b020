package slacktest

import (
	"maps"
	"slices"
	"time"
)

// maxViews is how many modals may be stacked.
const maxViews = 3

// View is a modal, or a Home tab. What the methods of Workspace return are
// copies; their blocks must not be changed.
type View struct {
	ID, Type, CallbackID, ExternalID string
	User                             string // who sees it
	Title                            string
	PrivateMetadata                  string
	Hash                             string
	Blocks                           []object
	State                            State
	// Errors that the last submission was answered with, by block id.
	Errors map[string]string

	fields           object // title, submit, close as sent
	notifyOnClose    bool
	clearOnClose     bool
	rootID, previous string
	submitting       bool
}

// State holds what a person entered: block id, action id, Slack's value.
type State map[string]map[string]map[string]any

// trigger is a trigger_id: the right to open a view, once.
type trigger struct {
	user    string
	view    string // the view it came from
	expires time.Time
	used    bool
}

// newTrigger makes a trigger_id for user.
func (w *Workspace) newTrigger(user, view string) string {
	id := newID("") + "." + newID("")
	w.triggers[id] = &trigger{user: user, view: view, expires: w.now().Add(w.opts.TriggerTTL)}
	return id
}

func (w *Workspace) useTrigger(c *call) (*trigger, error) {
	t := w.triggers[c.str("trigger_id")]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case w.now().After(t.expires):
		return nil, refuse("expired_trigger_id")
	}
	return t, nil
}

// Views returns the modals open for user, bottom first.
func (w *Workspace) Views(user string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []View{}
	for _, v := range w.views[user] {
		out = append(out, v.copied())
	}
	return out
}

// Home returns the Home tab that the app published for user.
func (w *Workspace) Home(user string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.homes[user]
	if v == nil {
		return View{}, false
	}
	return v.copied(), true
}

func (v *View) copied() View {
	out := *v
	out.State = State{}
	for block, actions := range v.State {
		out.State[block] = maps.Clone(actions)
	}
	out.Errors = maps.Clone(v.Errors)
	return out
}

// newView checks and builds a view of the app.
func (w *Workspace) newView(raw any, surface string, user string) (*View, error) {
	o, ok := raw.(object)
	if !ok {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: view")
	}
	blocks, err := checkView(o, surface)
	if err != nil {
		return nil, err
	}
	text := func(key string) string { s, _ := o[key].(string); return s }
	flag := func(key string) bool { b, _ := o[key].(bool); return b }
	v := &View{
		ID: newID("V"), Type: surface, CallbackID: text("callback_id"), ExternalID: text("external_id"), User: user,
		PrivateMetadata: text("private_metadata"), Hash: newID(""), Blocks: blocks, State: initialState(blocks),
		fields: object{}, notifyOnClose: flag("notify_on_close"), clearOnClose: flag("clear_on_close"),
	}
	for _, k := range []string{"title", "submit", "close"} {
		v.fields[k] = o[k]
	}
	if title, ok := o["title"].(object); ok {
		v.Title, _ = title["text"].(string)
	}
	return v, nil
}

// json is v as Slack writes it.
func (w *Workspace) viewJSON(v *View) object {
	out := object{
		"id": v.ID, "team_id": TeamID, "type": v.Type, "blocks": v.Blocks, "private_metadata": v.PrivateMetadata,
		"callback_id": v.CallbackID, "state": object{"values": v.State}, "hash": v.Hash,
		"clear_on_close": v.clearOnClose, "notify_on_close": v.notifyOnClose, "root_view_id": v.rootID,
		"previous_view_id": nil, "app_id": AppID, "external_id": v.ExternalID, "bot_id": BotID, "app_installed_team_id": TeamID,
	}
	if v.previous != "" {
		out["previous_view_id"] = v.previous
	}
	maps.Copy(out, v.fields)
	return out
}

func (w *Workspace) viewsOpen(c *call) (object, error) {
	t, err := w.useTrigger(c)
	if err != nil {
		return nil, err
	}
	v, err := w.viewOf(c, "modal", t.user)
	if err != nil {
		return nil, err
	}
	t.used = true
	v.rootID = v.ID
	w.views[t.user] = []*View{v}
	w.changed()
	return object{"view": w.viewJSON(v)}, nil
}

func (w *Workspace) viewsPush(c *call) (object, error) {
	t, err := w.useTrigger(c)
	if err != nil {
		return nil, err
	}
	if len(w.views[t.user]) == 0 {
		return nil, refuse("view_not_found")
	}
	v, err := w.viewOf(c, "modal", t.user)
	if err != nil {
		return nil, err
	}
	t.used = true
	if err := w.push(v); err != nil {
		return nil, err
	}
	return object{"view": w.viewJSON(v)}, nil
}

// push puts v on the stack of its person.
func (w *Workspace) push(v *View) error {
	stack := w.views[v.User]
	if len(stack) >= maxViews {
		return refuse("push_limit_reached")
	}
	v.rootID = v.ID
	if len(stack) > 0 {
		v.rootID, v.previous = stack[0].ID, stack[len(stack)-1].ID
	}
	w.views[v.User] = append(slices.Clone(stack), v)
	w.changed()
	return nil
}

// viewOf builds the view of a call and checks that its external id is free.
func (w *Workspace) viewOf(c *call, surface, user string) (*View, error) {
	raw, err := c.value("view")
	if err != nil {
		return nil, refuse("invalid_arguments", "[ERROR] failed to parse view")
	}
	v, err := w.newView(raw, surface, user)
	if err != nil {
		return nil, err
	}
	if v.ExternalID != "" && surface == "modal" && w.view(func(o *View) bool { return o.ExternalID == v.ExternalID }) != nil {
		return nil, refuse("duplicate_external_id")
	}
	return v, nil
}

// view finds an open modal.
func (w *Workspace) view(fits func(*View) bool) *View {
	for _, stack := range w.views {
		for _, v := range stack {
			if fits(v) {
				return v
			}
		}
	}
	return nil
}

func (w *Workspace) viewsUpdate(c *call) (object, error) {
	id, external := c.str("view_id"), c.str("external_id")
	v := w.view(func(o *View) bool {
		return id != "" && o.ID == id || id == "" && external != "" && o.ExternalID == external
	})
	if v == nil {
		return nil, refuse("not_found")
	}
	if h := c.str("hash"); h != "" && h != v.Hash {
		return nil, refuse("hash_conflict")
	}
	raw, err := c.value("view")
	if err != nil {
		return nil, refuse("invalid_arguments", "[ERROR] failed to parse view")
	}
	fresh, err := w.newView(raw, "modal", v.User)
	if err != nil {
		return nil, err
	}
	w.replaceView(v, fresh)
	return object{"view": w.viewJSON(v)}, nil
}

// replaceView gives v the content of fresh. What was entered in blocks that
// stay, by block id and action id, is kept.
func (w *Workspace) replaceView(v, fresh *View) {
	for block, actions := range v.State {
		for action, value := range actions {
			if _, stays := fresh.State[block][action]; stays {
				fresh.State[block][action] = value
			}
		}
	}
	fresh.ID, fresh.rootID, fresh.previous, fresh.submitting = v.ID, v.rootID, v.previous, v.submitting
	*v = *fresh
	w.changed()
}

func (w *Workspace) viewsPublish(c *call) (object, error) {
	user := c.str("user_id")
	if w.users[user] == nil {
		return nil, refuse("user_not_found")
	}
	if old := w.homes[user]; old != nil && c.str("hash") != "" && c.str("hash") != old.Hash {
		return nil, refuse("hash_conflict")
	}
	v, err := w.viewOf(c, "home", user)
	if err != nil {
		return nil, err
	}
	v.rootID = v.ID
	w.homes[user] = v
	w.changed()
	return object{"view": w.viewJSON(v)}, nil
}
