package slacktest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// place is where an element stands.
type place int

const (
	inActions place = iota
	inSection
	inInput
	inCard
	inContextActions
)

// elementAllowed reports whether an element of a kind may stand in a place.
func elementAllowed(kind string, at place, surface string) bool {
	selects := []string{
		"static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select",
		"multi_channels_select", "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker",
	}
	switch at {
	case inInput:
		if kind == "file_input" {
			return surface == surfaceModal
		}
		return slices.Contains(selects, kind) || slices.Contains([]string{
			"plain_text_input", "rich_text_input", "email_text_input", "url_text_input", "number_input",
		}, kind)
	case inSection:
		return slices.Contains(selects, kind) || kind == "button" || kind == "overflow" || kind == "image" || kind == "workflow_button"
	case inActions:
		single := slices.Contains(selects, kind) && (!strings.HasPrefix(kind, "multi_") || surface != surfaceMessage)
		return single || kind == "button" || kind == "overflow" || kind == "workflow_button"
	case inCard:
		return kind == "button"
	case inContextActions:
		return kind == "feedback_buttons" || kind == "icon_button"
	}
	return false
}

func (k *checker) elements(o object, pointer string, most int, at place) {
	k.elementList(k.list(o, "elements", pointer, 1, most), pointer+"/elements", at)
}

func (k *checker) elementList(list []any, pointer string, at place) {
	ids := map[string]bool{}
	for i, e := range list {
		k.element(e, fmt.Sprintf("%s/%d", pointer, i), at, ids)
	}
}

// element checks a block element and gives it an action id when it has none.
func (k *checker) element(v any, pointer string, at place, ids map[string]bool) {
	o, ok := v.(object)
	if !ok {
		k.fail(pointer, "should be an object")
		return
	}
	kind, _ := o["type"].(string)
	if !elementAllowed(kind, at, k.surface) {
		k.unsupported(pointer, kind)
		return
	}
	if kind == "image" {
		k.image(o, pointer)
		return
	}
	id := k.limit(o, "action_id", pointer, 255)
	switch {
	case id == "":
		o["action_id"] = newID("a")
	case ids[id]:
		k.fail(pointer+"/action_id", "`action_id` already exists")
	}
	ids[id] = true
	if o["confirm"] != nil {
		k.confirm(o, pointer)
	}
	switch {
	case kind == "button" || kind == "workflow_button":
		k.button(o, pointer)
	case strings.HasSuffix(kind, "static_select"):
		k.options(o, kind, pointer, 100, typePlain)
	case kind == "overflow":
		k.options(o, kind, pointer, 5, typePlain)
	case kind == "checkboxes" || kind == "radio_buttons":
		k.options(o, kind, pointer, 10, typePlain, typeMrkdwn)
	case kind == "file_input":
		if n, has := o["max_files"].(float64); has && (n < 1 || n > 10) {
			k.fail(pointer+"/max_files", "must be between 1 and 10")
		}
	case kind == "plain_text_input":
		for _, key := range []string{"min_length", "max_length"} {
			if n, has := o[key].(float64); has && (n < 0 || n > 3000) {
				k.fail(pointer+"/"+key, "must be between 0 and 3000")
			}
		}
		k.limit(o, "initial_value", pointer, 3000)
	}
	k.plain(o, "placeholder", pointer, 150, false)
}

func (k *checker) button(o object, pointer string) {
	k.plain(o, "text", pointer, 75, true)
	k.limit(o, "value", pointer, 2000)
	k.limit(o, "url", pointer, 3000)
	k.limit(o, "accessibility_label", pointer, 75)
	k.oneOf(o, "style", pointer, "primary", "danger")
}

func (k *checker) confirm(o object, pointer string) {
	pointer += "/confirm"
	c, ok := o["confirm"].(object)
	if !ok {
		k.fail(pointer, "should be an object")
		return
	}
	k.plain(c, "title", pointer, 100, true)
	k.anyText(c, "text", pointer, 300, true)
	k.plain(c, "confirm", pointer, 30, false)
	k.plain(c, "deny", pointer, 30, false)
	k.oneOf(c, "style", pointer, "primary", "danger")
}

// options checks the options of a select, or their groups, and that the
// initial ones are among them.
func (k *checker) options(o object, kind, pointer string, most int, types ...string) {
	values := map[string]bool{}
	if groups, grouped := o["option_groups"].([]any); grouped {
		if len(groups) > 100 {
			k.fail(pointer+"/option_groups", errTooManyItems, 100)
		}
		for i, g := range groups {
			at := fmt.Sprintf("%s/option_groups/%d", pointer, i)
			group, _ := g.(object)
			k.plain(group, "label", at, 75, true)
			k.optionList(k.list(group, "options", at, 1, most), at+"/options", values, types...)
		}
	} else {
		k.optionList(k.list(o, "options", pointer, 1, most), pointer+"/options", values, types...)
	}
	initial, _ := o["initial_options"].([]any)
	if first := o["initial_option"]; first != nil {
		initial = append(initial, first)
	}
	for _, v := range initial {
		option, _ := v.(object)
		if s, _ := option["value"].(string); !values[s] {
			k.fail(pointer+"/initial_option", "must be one of the options of the %s", kind)
		}
	}
}

func (k *checker) optionList(list []any, pointer string, values map[string]bool, types ...string) {
	for i, v := range list {
		at := fmt.Sprintf("%s/%d", pointer, i)
		o, ok := v.(object)
		if !ok {
			k.fail(at, "should be an object")
			continue
		}
		k.textObject(o, "text", at, 75, true, types...)
		k.textObject(o, "description", at, 75, false, types...)
		value, isText := o["value"].(string)
		if !isText || value == "" {
			k.missing(at, "value")
		}
		if utf8.RuneCountInString(value) > 150 {
			k.fail(at+"/value", errTooLong, 151)
		}
		values[value] = true
	}
}
