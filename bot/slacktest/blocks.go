package slacktest

import (
	"fmt"
	"unicode/utf8"
)

// content checks what a block of a kind holds; parent is the type of the block
// around it.
func (k *checker) content(kind string, o object, pointer, parent string) {
	switch kind {
	case "section":
		k.section(o, pointer)
	case "header":
		k.plain(o, "text", pointer, 150, true)
		if level, has := o["level"]; has {
			if n, ok := level.(float64); !ok || n < 1 || n > 4 || n != float64(int(n)) {
				k.fail(pointer+"/level", "must be between 1 and 4")
			}
		}
	case "context":
		k.contextBlock(o, pointer)
	case "actions":
		k.elements(o, pointer, 25, inActions)
	case "context_actions":
		k.elements(o, pointer, 5, inContextActions)
	case "image":
		k.image(o, pointer)
		k.plain(o, "title", pointer, 2000, false)
	case "input":
		k.input(o, pointer)
	case "rich_text":
		k.richText(o, pointer)
	case "video":
		k.plain(o, "title", pointer, 200, true)
		for _, key := range []string{"video_url", "thumbnail_url", "alt_text"} {
			k.bare(o, key, pointer, 3000)
		}
	case "markdown":
		s, ok := o["text"].(string)
		if !ok || s == "" {
			k.missing(pointer, "text")
		}
		k.markdown += utf8.RuneCountInString(s)
		k.text += utf8.RuneCountInString(s)
	case "alert":
		k.anyText(o, "text", pointer, 200, true)
		k.oneOf(o, "level", pointer, "default", "info", "warning", "error", "success")
	case "plan":
		k.bare(o, "title", pointer, 3000)
		for i, t := range k.list(o, "tasks", pointer, 0, 50) {
			k.block(t, fmt.Sprintf("%s/tasks/%d", pointer, i), kind)
		}
	case "task_card":
		states := []string{"in_progress", "complete", "error"}
		if parent == "plan" {
			states = append(states, "pending")
		}
		k.task(o, pointer, states...)
	case "table":
		k.tableBlock(o, pointer)
	case "data_table":
		k.dataTableBlock(o, pointer)
	case "data_visualization":
		k.charts++
		k.bare(o, "title", pointer, 50)
		if _, ok := o["chart"].(object); !ok {
			k.missing(pointer, "chart")
		}
	default:
		k.frame(kind, o, pointer)
	}
}

// frame checks the blocks that hold blocks or nothing.
func (k *checker) frame(kind string, o object, pointer string) {
	switch kind {
	case "card":
		k.anyText(o, "title", pointer, 150, false)
		k.anyText(o, "subtitle", pointer, 150, false)
		k.anyText(o, "body", pointer, 200, false)
		k.anyText(o, "subtext", pointer, 200, false)
		if o["title"] == nil && o["body"] == nil && o["hero_image"] == nil {
			k.fail(pointer, "must have one of hero_image, title or body")
		}
		if o["actions"] != nil {
			k.elementList(k.list(o, "actions", pointer, 1, 3), pointer+"/actions", inCard)
		}
	case "carousel":
		for i, e := range k.list(o, "elements", pointer, 1, 10) {
			k.block(e, fmt.Sprintf("%s/elements/%d", pointer, i), kind)
		}
	case "container":
		if o["title"] == nil && o["rich_text_title"] == nil {
			k.missing(pointer, "title")
		}
		k.plain(o, "title", pointer, 150, false)
		k.anyText(o, "subtitle", pointer, 150, false)
		k.oneOf(o, "width", pointer, "narrow", "standard", "wide", "full")
		if isTrue(o["default_collapsed"]) && !isTrue(o["is_collapsible"]) {
			k.fail(pointer+"/default_collapsed", "requires is_collapsible")
		}
		for i, e := range k.list(o, "child_blocks", pointer, 1, 10) {
			k.block(e, fmt.Sprintf("%s/child_blocks/%d", pointer, i), kind)
		}
	case "layout":
		k.bare(o, "label", pointer, 150)
		for i, row := range k.list(o, "rows", pointer, 1, 10) {
			at := fmt.Sprintf("%s/rows/%d", pointer, i)
			r, _ := row.(object)
			for j, item := range k.list(r, "items", at, 1, 3) {
				it, _ := item.(object)
				k.block(it["block"], fmt.Sprintf("%s/items/%d/block", at, j), kind)
			}
		}
	}
}

func (k *checker) section(o object, pointer string) {
	fields := k.list(o, "fields", pointer, 0, 10)
	if o["text"] == nil && len(fields) == 0 {
		k.missing(pointer, "text")
	}
	k.anyText(o, "text", pointer, 3000, false)
	for i, f := range fields {
		at := fmt.Sprintf("%s/fields/%d", pointer, i)
		if t, ok := f.(object); ok {
			k.textIn(t, at, 2000, typePlain, typeMrkdwn)
		} else {
			k.fail(at, "must be a text object")
		}
	}
	if o["accessory"] != nil {
		k.element(o["accessory"], pointer+"/accessory", inSection, map[string]bool{})
	}
}

func (k *checker) contextBlock(o object, pointer string) {
	for i, e := range k.list(o, "elements", pointer, 1, 10) {
		at := fmt.Sprintf("%s/elements/%d", pointer, i)
		el, _ := e.(object)
		switch el["type"] {
		case typePlain, typeMrkdwn:
			k.textIn(el, at, 3000, typePlain, typeMrkdwn)
		case "image":
			k.image(el, at)
		default:
			k.unsupported(at, fmt.Sprint(el["type"]))
		}
	}
}

func (k *checker) image(o object, pointer string) {
	if o["image_url"] == nil && o["slack_file"] == nil {
		k.missing(pointer, "image_url")
	}
	k.limit(o, "image_url", pointer, 3000)
	k.bare(o, "alt_text", pointer, 2000)
}

func (k *checker) input(o object, pointer string) {
	k.inputs++
	k.plain(o, "label", pointer, 2000, true)
	k.plain(o, "hint", pointer, 2000, false)
	if o["element"] == nil {
		k.missing(pointer, "element")
		return
	}
	k.element(o["element"], pointer+"/element", inInput, map[string]bool{})
}

func (k *checker) richText(o object, pointer string) {
	for i, e := range k.list(o, "elements", pointer, 0, 1000) {
		at := fmt.Sprintf("%s/elements/%d", pointer, i)
		el, _ := e.(object)
		kind, _ := el["type"].(string)
		switch kind {
		case "rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote":
		default:
			k.unsupported(at, kind)
		}
		k.text += textLength(el)
	}
	if o["elements"] == nil {
		k.missing(pointer, "elements")
	}
}

// textLength is the number of characters in the "text" fields under v.
func textLength(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += textLength(e)
		}
	case object:
		for key, e := range v {
			if s, ok := e.(string); ok && key == "text" {
				n += utf8.RuneCountInString(s)
			} else {
				n += textLength(e)
			}
		}
	}
	return n
}

func (k *checker) task(o object, pointer string, states ...string) {
	k.bare(o, "task_id", pointer, 255)
	k.bare(o, "title", pointer, 3000)
	k.oneOf(o, "status", pointer, states...)
	for _, key := range []string{"details", "output"} {
		if v, has := o[key]; has && v != nil {
			rt, ok := v.(object)
			if !ok || rt["type"] != "rich_text" {
				k.fail(pointer+"/"+key, "must be a rich_text object")
				continue
			}
			k.richText(rt, pointer+"/"+key)
		}
	}
}

func (k *checker) tableBlock(o object, pointer string) {
	for i, row := range k.list(o, "rows", pointer, 1, 100) {
		at := fmt.Sprintf("%s/rows/%d", pointer, i)
		cells, ok := row.([]any)
		if !ok || len(cells) == 0 {
			k.fail(at, "must be a list of cells")
			continue
		}
		if len(cells) > 20 {
			k.fail(at, errTooManyItems, 20)
		}
		for j, cell := range cells {
			k.table += k.cell(cell, fmt.Sprintf("%s/%d", at, j), "raw_text", "rich_text", "raw_number")
		}
	}
	k.list(o, "column_settings", pointer, 0, 20)
}

// cell checks a table cell and returns its number of characters.
func (k *checker) cell(v any, pointer string, kinds ...string) int {
	o, _ := v.(object)
	k.oneOf(o, "type", pointer, kinds...)
	switch o["type"] {
	case "raw_text":
		s, ok := o["text"].(string)
		if !ok {
			k.missing(pointer, "text")
		} else if s == "" {
			k.fail(pointer+"/text", errEmptyCharacter)
		}
		return utf8.RuneCountInString(s)
	case "raw_number":
		if _, ok := o["value"].(float64); !ok {
			k.missing(pointer, "value")
		}
	case "rich_text":
		k.list(o, "elements", pointer, 1, 1000)
	case "action_cell":
		k.element(o["element"], pointer+"/element", inCard, map[string]bool{})
	case nil:
		k.missing(pointer, "type")
	}
	return textLength(o)
}

func (k *checker) dataTableBlock(o object, pointer string) {
	k.bare(o, "caption", pointer, 2000)
	if v, has := o["page_size"]; has {
		if n, ok := v.(float64); !ok || n < 1 || n > 100 {
			k.fail(pointer+"/page_size", "must be between 1 and 100")
		}
	}
	columns := -1
	for i, row := range k.list(o, "rows", pointer, 2, 201) {
		at := fmt.Sprintf("%s/rows/%d", pointer, i)
		cells, _ := row.([]any)
		if len(cells) < 1 || len(cells) > 20 {
			k.fail(at, "must have between 1 and 20 items")
		}
		if columns >= 0 && len(cells) != columns {
			k.fail(at, "must have %d items like the first row", columns)
		}
		columns = len(cells)
		for j, cell := range cells {
			kinds := []string{"raw_text", "raw_number", "rich_text", "action_cell"}
			if i == 0 {
				kinds = kinds[:1]
			}
			k.dataTable += k.cell(cell, fmt.Sprintf("%s/%d", at, j), kinds...)
		}
	}
}
