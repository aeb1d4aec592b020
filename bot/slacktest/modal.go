package slacktest

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxInputFile is the largest file in bytes that a modal takes.
const maxInputFile = 10 << 20

// initialState is what a fresh view holds: the initial values of its inputs.
func initialState(blocks []object) State {
	s := State{}
	walk(blocks, "", func(o object, block string) bool {
		id, _ := o["action_id"].(string)
		kind, _ := o["type"].(string)
		if id == "" || kind == "button" || kind == "overflow" {
			return true
		}
		v := object{"type": kind}
		for initial, key := range map[string]string{
			"initial_value": "value", "initial_option": "selected_option", "initial_options": "selected_options",
			"initial_user": "selected_user", "initial_users": "selected_users", "initial_channel": "selected_channel",
			"initial_conversation": "selected_conversation", "initial_date": "selected_date", "initial_time": "selected_time",
		} {
			if o[initial] != nil {
				v[key] = o[initial]
			}
		}
		switch kind {
		case "static_select", "radio_buttons":
			if _, has := v["selected_option"]; !has {
				v["selected_option"] = nil
			}
		case "checkboxes", "multi_static_select":
			if _, has := v["selected_options"]; !has {
				v["selected_options"] = []any{}
			}
		case "plain_text_input", "email_text_input", "url_text_input", "number_input":
			if _, has := v["value"]; !has {
				v["value"] = nil
			}
		case "file_input":
			v["files"] = []any{}
		}
		enter(s, block, id, v)
		return true
	})
	return s
}

// ViewFile chooses a file in a modal as a person and returns its id, to be
// named in the values of SubmitView. The app may read it once submitted.
func (w *Workspace) ViewFile(as string, n NewFile) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.person(as); err != nil {
		return "", err
	}
	f := w.newFile(as, n)
	w.changed()
	return f.ID, nil
}

// SubmitView submits a modal as a person. Values are by block id and action
// id in Slack's shape; what is left out keeps its initial or entered value. A
// text may stand for {"value": text}, and for selects for the option's value;
// file inputs take {"files": [ids]}.
//
// The map it returns are errors that the person sees at the fields, from
// Slack's own checks or from the app; it is nil once the app accepted.
func (w *Workspace) SubmitView(as, viewID string, values map[string]map[string]any) (map[string]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.view(func(v *View) bool { return v.ID == viewID && v.User == as })
	fail := func(err error) (map[string]string, error) {
		return nil, fmt.Errorf("submit view as %s: %w", as, err)
	}
	switch {
	case v == nil:
		return fail(refuse("view_not_found"))
	case v.submitting:
		return fail(refuse("already_submitting"))
	}
	for block, actions := range values {
		for action, value := range actions {
			if err := w.fillIn(v.State, v.Blocks, as, block, action, value); err != nil {
				return fail(err)
			}
		}
	}
	if v.Errors = w.fieldErrors(v); len(v.Errors) > 0 {
		w.changed()
		return v.Errors, nil
	}
	payload := w.interaction(as, v.ID)
	payload["type"], payload["view"], payload["response_urls"] = "view_submission", w.viewJSON(v), []any{}
	v.submitting = true
	answer, err := w.ask(KindInteraction, "view_submission", "", payload)
	v.submitting = false
	if err == nil {
		err = w.answerView(v, answer)
	}
	w.changed()
	if err != nil {
		return fail(err)
	}
	return v.Errors, nil
}

// fillIn puts one value that user entered into the state of blocks.
func (w *Workspace) fillIn(s State, blocks []object, user, block, action string, value any) error {
	el, in := findElement(blocks, block, action)
	if el == nil {
		return refuse("input_not_found", block+"/"+action)
	}
	kind, _ := el["type"].(string)
	o, isObject := value.(object)
	if text, isText := value.(string); isText {
		isObject = true
		switch kind {
		case "static_select", "radio_buttons":
			o = object{"selected_option": object{"value": text}}
		default:
			o = object{"value": text}
		}
	}
	if !isObject {
		return refuse("invalid_value", block+"/"+action)
	}
	out := object{"type": kind}
	for k, e := range o {
		if k != "type" {
			out[k] = e
		}
	}
	if option, ok := out["selected_option"].(object); ok {
		found, err := chosen(el, option)
		if err != nil {
			return err
		}
		out["selected_option"] = found
	}
	if kind == "file_input" {
		files, err := w.chosenFiles(user, out["files"])
		if err != nil {
			return err
		}
		out["files"] = files
	}
	enter(s, in, action, out)
	return nil
}

// chosenFiles turns ids, or objects with ids, into file objects.
func (w *Workspace) chosenFiles(user string, list any) ([]any, error) {
	var ids []any
	switch l := list.(type) {
	case []any:
		ids = l
	case []string:
		for _, id := range l {
			ids = append(ids, id)
		}
	}
	out := []any{}
	for _, e := range ids {
		id, _ := e.(string)
		if o, ok := e.(object); ok {
			id, _ = o["id"].(string)
		}
		f := w.files[id]
		if f == nil || f.User != user {
			return nil, refuse("file_not_found")
		}
		f.toApp = true
		out = append(out, w.fileJSON(f))
	}
	return out, nil
}

// fieldErrors are the errors that Slack shows without asking the app.
func (w *Workspace) fieldErrors(v *View) map[string]string {
	errs := map[string]string{}
	for _, b := range v.Blocks {
		el, _ := b["element"].(object)
		id, _ := b["block_id"].(string)
		action, _ := el["action_id"].(string)
		if b["type"] != "input" || el == nil {
			continue
		}
		value := v.State[id][action]
		if blank(value) {
			if !isTrue(b["optional"]) {
				errs[id] = "Please complete this required field."
			}
			continue
		}
		if problem := w.fieldError(el, value); problem != "" {
			errs[id] = problem
		}
	}
	return errs
}

func (w *Workspace) fieldError(el, value object) string {
	if text, ok := value["value"].(string); ok {
		n := float64(utf8.RuneCountInString(text))
		if most, has := el["max_length"].(float64); has && n > most {
			return fmt.Sprintf("This entry must be at most %.0f characters.", most)
		}
		if least, has := el["min_length"].(float64); has && n < least {
			return fmt.Sprintf("This entry must be at least %.0f characters.", least)
		}
	}
	files, _ := value["files"].([]any)
	if most, has := el["max_files"].(float64); has && float64(len(files)) > most {
		return fmt.Sprintf("At most %.0f files can be chosen.", most)
	}
	types, _ := el["filetypes"].([]any)
	for _, e := range files {
		o, _ := e.(object)
		id, _ := o["id"].(string)
		f := w.files[id]
		ext := strings.TrimPrefix(strings.ToLower(path.Ext(f.Name)), ".")
		if len(types) > 0 && !slices.Contains(types, any(ext)) && !slices.Contains(types, any(f.Filetype)) {
			return "This file type is not allowed."
		}
		if f.Size > maxInputFile {
			return "This file is too large."
		}
	}
	return ""
}

// blank reports whether a value holds nothing.
func blank(value object) bool {
	for k, v := range value {
		list, isList := v.([]any)
		if k != "type" && v != nil && v != "" && (!isList || len(list) > 0) {
			return false
		}
	}
	return true
}

// answerView does what the acknowledgement of a submission asks for.
func (w *Workspace) answerView(v *View, answer []byte) error {
	c := &call{args: map[string]any{"answer": string(answer)}}
	decoded, err := c.value("answer")
	if err != nil {
		return refuse("invalid_response")
	}
	o, _ := decoded.(object)
	switch o["response_action"] {
	case nil, "":
		w.closeView(v)
		return nil
	case "clear":
		delete(w.views, v.User)
		return nil
	case "errors":
		return v.takeErrors(o["errors"])
	}
	fresh, err := w.newView(o["view"], surfaceModal, v.User)
	if err != nil {
		return err
	}
	switch o["response_action"] {
	case "update":
		w.replaceView(v, fresh)
		return nil
	case "push":
		return w.push(fresh)
	}
	return refuse("invalid_response_action")
}

// takeErrors shows errors of the app; each must name an input block.
func (v *View) takeErrors(list any) error {
	o, _ := list.(object)
	if len(o) == 0 {
		return refuse("invalid_response", "errors are missing")
	}
	errs := map[string]string{}
	for block, e := range o {
		input := slices.ContainsFunc(v.Blocks, func(b object) bool { return b["type"] == "input" && b["block_id"] == block })
		text, isText := e.(string)
		if !input || !isText {
			return refuse("invalid_response", "no input block "+block)
		}
		errs[block] = text
	}
	v.Errors = errs
	return nil
}

// closeView takes v and what lies on it off the stack.
func (w *Workspace) closeView(v *View) {
	stack := w.views[v.User]
	if i := slices.Index(stack, v); i >= 0 {
		w.views[v.User] = slices.Clone(stack[:i])
	}
	if len(w.views[v.User]) == 0 {
		delete(w.views, v.User)
	}
}

// CloseView closes a modal as a person, with its Cancel button. The app hears
// of it if the view asked for notify_on_close.
func (w *Workspace) CloseView(as, viewID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.view(func(v *View) bool { return v.ID == viewID && v.User == as })
	if v == nil {
		return fmt.Errorf("close view as %s: %w", as, refuse("view_not_found"))
	}
	w.closeView(v)
	if v.clearOnClose {
		delete(w.views, as)
	}
	w.changed()
	if !v.notifyOnClose {
		return nil
	}
	payload := w.interaction(as, "")
	delete(payload, "trigger_id")
	payload["type"], payload["view"], payload["is_cleared"] = "view_closed", w.viewJSON(v), v.clearOnClose
	_, err := w.ask(KindInteraction, "view_closed", "", payload)
	return err
}
