package slacktest

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Limits on blocks, in characters unless said otherwise.
const (
	maxMessageBlocks  = 50
	maxViewBlocks     = 100
	maxBlockText      = 13200 // over all blocks of a message, tables apart
	maxMarkdown       = 12000
	maxTableText      = 10000
	maxDataTableText  = 20000
	maxPrivate        = 3000
	maxViewTitle      = 24
	maxAttachments    = 100
	surfaceMessage    = "message"
	surfaceModal      = "modal"
	surfaceHome       = "home"
	errBlocksPointer  = "/blocks"
	typePlain         = "plain_text"
	typeMrkdwn        = "mrkdwn"
	errTooLong        = "must be less than %d characters"
	errTooManyItems   = "no more than %d items allowed"
	errTooFewItems    = "no less than %d items allowed"
	errEmptyCharacter = "must be more than 0 characters"
)

// checker collects what is wrong with the blocks of one message or view.
type checker struct {
	surface  string
	messages []string
	blockIDs map[string]bool

	markdown, table, dataTable, text, charts, inputs int
}

func (k *checker) fail(pointer, format string, args ...any) {
	k.messages = append(k.messages, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+pointer+"]")
}

func (k *checker) missing(pointer, key string) { k.fail(pointer, "missing required field: %s", key) }

func (k *checker) unsupported(pointer, kind string) {
	k.fail(pointer+"/type", "unsupported type: %s", kind)
}

// checkMessageBlocks checks the blocks of a message and gives ids to those
// without.
func checkMessageBlocks(v any) ([]object, error) {
	k := &checker{surface: surfaceMessage, blockIDs: map[string]bool{}}
	blocks, ok := k.all(v, errBlocksPointer, maxMessageBlocks)
	if !ok {
		return nil, refuse("invalid_blocks_format")
	}
	if len(k.messages) > 0 {
		return nil, refuse("invalid_blocks", k.messages...)
	}
	if k.text > maxBlockText {
		return nil, refuse("msg_blocks_too_long")
	}
	return blocks, nil
}

func checkAttachments(v any) ([]object, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, refuse("invalid_attachments")
	}
	if len(list) > maxAttachments {
		return nil, refuse("too_many_attachments")
	}
	out := []object{}
	for _, e := range list {
		o, isObject := e.(object)
		if !isObject {
			return nil, refuse("invalid_attachments")
		}
		if blocks, has := o["blocks"]; has && blocks != nil {
			if _, err := checkMessageBlocks(blocks); err != nil {
				return nil, err
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// checkView checks a modal or Home tab and gives ids to its blocks.
func checkView(o object, surface string) ([]object, error) {
	k := &checker{surface: surface, blockIDs: map[string]bool{}}
	if o["type"] != surface {
		k.fail("/view/type", "must be %s", surface)
	}
	k.limit(o, "private_metadata", "/view", maxPrivate)
	k.limit(o, "callback_id", "/view", 255)
	k.limit(o, "external_id", "/view", 255)
	if surface == surfaceModal {
		k.plain(o, "title", "/view", maxViewTitle, true)
		k.plain(o, "submit", "/view", maxViewTitle, false)
		k.plain(o, "close", "/view", maxViewTitle, false)
	}
	blocks, ok := k.all(o["blocks"], "/view/blocks", maxViewBlocks)
	if !ok {
		k.missing("/view", "blocks")
	}
	if k.inputs > 0 && surface == surfaceModal && o["submit"] == nil {
		k.missing("/view", "submit")
	}
	if len(k.messages) > 0 {
		return nil, refuse("invalid_arguments", k.messages...)
	}
	return blocks, nil
}

// all checks a list of top-level blocks.
func (k *checker) all(v any, pointer string, most int) ([]object, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	if len(list) > most {
		k.fail(pointer, errTooManyItems, most)
	}
	blocks := []object{}
	for i, e := range list {
		o := k.block(e, fmt.Sprintf("%s/%d", pointer, i), "")
		blocks = append(blocks, o)
	}
	if k.markdown > maxMarkdown {
		k.fail(pointer, "markdown text must be less than %d characters in total", maxMarkdown+1)
	}
	if k.table > maxTableText {
		k.fail(pointer, "tables must be less than %d characters in total", maxTableText+1)
	}
	if k.dataTable > maxDataTableText {
		k.fail(pointer, "data tables must be less than %d characters in total", maxDataTableText+1)
	}
	if k.charts > 2 {
		k.fail(pointer, "no more than 2 data_visualization blocks allowed")
	}
	return blocks, true
}

// block checks one block; parent is the type of the block it stands in.
func (k *checker) block(v any, pointer, parent string) object {
	o, ok := v.(object)
	if !ok {
		k.fail(pointer, "should be an object")
		return object{}
	}
	kind, _ := o["type"].(string)
	if kind == "" {
		k.missing(pointer, "type")
		return o
	}
	if !blockAllowed(kind, k.surface, parent) {
		k.unsupported(pointer, kind)
		return o
	}
	if id, has := o["block_id"]; has {
		k.blockID(id, pointer)
	}
	if id, _ := o["block_id"].(string); id == "" {
		o["block_id"] = newID("b")
	}
	k.content(kind, o, pointer, parent)
	return o
}

func (k *checker) blockID(v any, pointer string) {
	id, isText := v.(string)
	switch {
	case !isText:
		k.fail(pointer+"/block_id", "must be a string")
	case id == "":
	case utf8.RuneCountInString(id) > 255:
		k.fail(pointer+"/block_id", errTooLong, 256)
	case k.blockIDs[id]:
		k.fail(pointer+"/block_id", "`block_id` already exists")
	}
	k.blockIDs[id] = true
}

// blockAllowed reports whether a block may stand on a surface, and in a parent
// block when it is nested.
func blockAllowed(kind, surface, parent string) bool {
	everywhere := []string{
		"section", "header", "divider", "context", "actions", "image", "input", "rich_text", "video", "card", "layout",
	}
	only := map[string][]string{
		surfaceMessage: {
			"markdown", "task_card", "plan", "context_actions", "data_visualization", "table", "data_table", "container", "carousel",
		},
		surfaceHome:  {"table", "data_table", "container", "carousel"},
		surfaceModal: {"alert"},
	}
	if !slices.Contains(everywhere, kind) && !slices.Contains(only[surface], kind) {
		return false
	}
	switch parent {
	case "container":
		return slices.Contains([]string{
			"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table", "video", "layout",
		}, kind)
	case "plan":
		return kind == "task_card"
	case "carousel":
		return kind == "card"
	}
	return true
}

// limit checks the length of a text field that is no text object.
func (k *checker) limit(o object, key, pointer string, most int) string {
	v, has := o[key]
	if !has || v == nil {
		return ""
	}
	s, isText := v.(string)
	if !isText {
		k.fail(pointer+"/"+key, "must be a string")
		return ""
	}
	if utf8.RuneCountInString(s) > most {
		k.fail(pointer+"/"+key, errTooLong, most+1)
	}
	return s
}

// bare checks a required field that must be a bare string, not a text object.
func (k *checker) bare(o object, key, pointer string, most int) {
	if o[key] == nil || o[key] == "" {
		k.missing(pointer, key)
		return
	}
	k.limit(o, key, pointer, most)
}

// oneOf checks a field against its values; an absent field is fine.
func (k *checker) oneOf(o object, key, pointer string, values ...string) {
	v, has := o[key]
	if !has || v == nil || v == "" {
		return
	}
	if s, _ := v.(string); !slices.Contains(values, s) {
		k.fail(pointer+"/"+key, "must be one of %v", values)
	}
}

// plain checks a plain_text object.
func (k *checker) plain(o object, key, pointer string, most int, required bool) {
	k.textObject(o, key, pointer, most, required, typePlain)
}

// anyText checks a plain_text or mrkdwn object.
func (k *checker) anyText(o object, key, pointer string, most int, required bool) {
	k.textObject(o, key, pointer, most, required, typePlain, typeMrkdwn)
}

func (k *checker) textObject(o object, key, pointer string, most int, required bool, types ...string) {
	v := o[key]
	if v == nil {
		if required {
			k.missing(pointer, key)
		}
		return
	}
	t, ok := v.(object)
	if !ok {
		k.fail(pointer+"/"+key, "must be a text object")
		return
	}
	k.textIn(t, pointer+"/"+key, most, types...)
}

// textIn checks a text object.
func (k *checker) textIn(t object, pointer string, most int, types ...string) {
	kind, _ := t["type"].(string)
	if !slices.Contains(types, kind) {
		k.unsupported(pointer, cmp.Or(kind, "none"))
	}
	s, isText := t["text"].(string)
	switch n := utf8.RuneCountInString(s); {
	case !isText:
		k.missing(pointer, "text")
	case n == 0:
		k.fail(pointer+"/text", errEmptyCharacter)
	case n > most:
		k.fail(pointer+"/text", errTooLong, most+1)
	default:
		k.text += n
	}
	if _, has := t["emoji"]; has && kind == typeMrkdwn {
		k.fail(pointer+"/emoji", "invalid additional property: emoji")
	}
	if _, has := t["verbatim"]; has && kind == typePlain {
		k.fail(pointer+"/verbatim", "invalid additional property: verbatim")
	}
}

// list checks the length of a list field and returns its elements.
func (k *checker) list(o object, key, pointer string, least, most int) []any {
	list, ok := o[key].([]any)
	switch {
	case !ok && least == 0 && o[key] == nil:
	case !ok:
		k.missing(pointer, key)
	case len(list) < least:
		k.fail(pointer+"/"+key, errTooFewItems, least)
	case len(list) > most:
		k.fail(pointer+"/"+key, errTooManyItems, most)
	}
	return list
}
