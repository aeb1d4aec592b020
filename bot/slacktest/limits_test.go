package slacktest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
)

type (
	object = map[string]any
	list   = []any
)

func plainText(n int) object { return object{"type": "plain_text", "text": strings.Repeat("é", n)} }
func mrkdwn(n int) object    { return object{"type": "mrkdwn", "text": strings.Repeat("é", n)} }

func times(n int, v any) list {
	out := list{}
	for range n {
		out = append(out, v)
	}
	return out
}

func actionsBlock(elements ...any) object { return object{"type": "actions", "elements": elements} }

func buttonWith(key string, value any) object {
	b := object{"type": "button", "text": plainText(2)}
	b[key] = value
	return b
}

func options(n, text, value int) list {
	out := list{}
	for i := range n {
		v := fmt.Sprintf("%0*d", value, i)
		out = append(out, object{"text": plainText(text), "value": v})
	}
	return out
}

func selectOf(options list) object {
	return object{"type": "static_select", "options": options}
}

func rawCell(s string) object { return object{"type": "raw_text", "text": s} }

func dataTable(rows, columns int) object {
	return object{"type": "data_table", "caption": "Rows", "rows": times(rows, times(columns, rawCell("x")))}
}

func task(status string) object {
	return object{"type": "task_card", "task_id": "t", "title": "Create", "status": status}
}

// call posts a JSON body to a Web API method.
func (w *workspace) call(t *testing.T, method string, args object) object {
	t.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/api/"+method, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+slacktest.BotToken)
	return post(t, req)
}

// isOK reports whether an answer says ok.
func isOK(answer object) bool {
	ok, _ := answer["ok"].(bool)
	return ok
}

// outcome is the error of an answer with its first message.
func outcome(answer object) string {
	if isOK(answer) {
		return ""
	}
	out := fmt.Sprint(answer["error"])
	if meta, ok := answer["response_metadata"].(object); ok {
		out += " " + fmt.Sprint(meta["messages"].([]any)[0])
	}
	return out
}

func TestMessageLimits(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{RateOff: true})
	bad := func(message, pointer string) string {
		return "invalid_blocks [ERROR] " + message + " [json-pointer:/blocks" + pointer + "]"
	}
	divider := object{"type": "divider"}
	tests := []struct {
		name   string
		blocks list
		want   string
	}{
		{"50 blocks", times(50, divider), ""},
		{"51 blocks", times(51, divider), bad("no more than 50 items allowed", "")},
		{"section of 3000", list{object{"type": "section", "text": mrkdwn(3000)}}, ""},
		{"section of 3001", list{object{"type": "section", "text": mrkdwn(3001)}}, bad("must be less than 3001 characters", "/0/text/text")},
		{"section without text", list{object{"type": "section"}}, bad("missing required field: text", "/0")},
		{"empty text", list{object{"type": "section", "text": mrkdwn(0)}}, bad("must be more than 0 characters", "/0/text/text")},
		{"11 fields", list{object{"type": "section", "fields": times(11, mrkdwn(1))}}, bad("no more than 10 items allowed", "/0/fields")},
		{"field of 2001", list{object{"type": "section", "fields": times(1, mrkdwn(2001))}}, bad("must be less than 2001 characters", "/0/fields/0/text")},
		{"header of 151", list{object{"type": "header", "text": plainText(151)}}, bad("must be less than 151 characters", "/0/text/text")},
		{"header in mrkdwn", list{object{"type": "header", "text": mrkdwn(1)}}, bad("unsupported type: mrkdwn", "/0/text/type")},
		{"header level 5", list{object{"type": "header", "text": plainText(1), "level": 5}}, bad("must be between 1 and 4", "/0/level")},
		{"context of 11", list{object{"type": "context", "elements": times(11, mrkdwn(1))}}, bad("no more than 10 items allowed", "/0/elements")},
		{"26 buttons", list{actionsBlock(times(26, buttonWith("value", "v"))...)}, bad("no more than 25 items allowed", "/0/elements")},
		{"no buttons", list{actionsBlock()}, bad("missing required field: elements", "/0")},
		{"block id twice", list{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "a"}}, bad("`block_id` already exists", "/1/block_id")},
		{"block id of 256", list{object{"type": "divider", "block_id": strings.Repeat("a", 256)}}, bad("must be less than 256 characters", "/0/block_id")},
		{"unknown block", list{object{"type": "marquee"}}, bad("unsupported type: marquee", "/0/type")},
		{"alert", list{object{"type": "alert", "text": plainText(3)}}, bad("unsupported type: alert", "/0/type")},
		{"file block", list{object{"type": "file", "external_id": "x", "source": "remote"}}, bad("unsupported type: file", "/0/type")},
		{"button of 76", list{actionsBlock(buttonWith("text", plainText(76)))}, bad("must be less than 76 characters", "/0/elements/0/text/text")},
		{"button in mrkdwn", list{actionsBlock(buttonWith("text", mrkdwn(5)))}, bad("unsupported type: mrkdwn", "/0/elements/0/text/type")},
		{"value of 2000", list{actionsBlock(buttonWith("value", strings.Repeat("v", 2000)))}, ""},
		{"value of 2001", list{actionsBlock(buttonWith("value", strings.Repeat("v", 2001)))}, bad("must be less than 2001 characters", "/0/elements/0/value")},
		{"style", list{actionsBlock(buttonWith("style", "red"))}, bad("must be one of [primary danger]", "/0/elements/0/style")},
		{"action id twice", list{actionsBlock(buttonWith("action_id", "a"), buttonWith("action_id", "a"))}, bad("`action_id` already exists", "/0/elements/1/action_id")},
		{"confirm text of 301", list{actionsBlock(buttonWith("confirm", object{"title": plainText(1), "text": plainText(301)}))}, bad("must be less than 301 characters", "/0/elements/0/confirm/text/text")},
		{"confirm button of 31", list{actionsBlock(buttonWith("confirm", object{"title": plainText(1), "text": plainText(1), "confirm": plainText(31)}))}, bad("must be less than 31 characters", "/0/elements/0/confirm/confirm/text")},
		{"100 options", list{actionsBlock(selectOf(options(100, 75, 150)))}, ""},
		{"101 options", list{actionsBlock(selectOf(options(101, 5, 5)))}, bad("no more than 100 items allowed", "/0/elements/0/options")},
		{"option value of 151", list{actionsBlock(selectOf(options(1, 5, 151)))}, bad("must be less than 151 characters", "/0/elements/0/options/0/value")},
		{"file input", list{object{"type": "input", "label": plainText(3), "element": object{"type": "file_input"}}}, bad("unsupported type: file_input", "/0/element/type")},
		{"markdown", list{object{"type": "markdown", "text": strings.Repeat("a", 12000)}}, ""},
		{"markdown over two", times(2, object{"type": "markdown", "text": strings.Repeat("a", 6001)}), bad("markdown text must be less than 12001 characters in total", "")},
		{"plan", list{object{"type": "plan", "title": "Import", "tasks": list{task("pending"), task("complete")}}}, ""},
		{"plan with a text object", list{object{"type": "plan", "title": plainText(4)}}, bad("must be a string", "/0/title")},
		{"task in progress", list{task("in_progress")}, ""},
		{"pending task outside a plan", list{task("pending")}, bad("must be one of [in_progress complete error]", "/0/status")},
		{"card", list{object{"type": "card", "title": plainText(150), "body": mrkdwn(200)}}, ""},
		{"card with a bare title", list{object{"type": "card", "title": "bare"}}, bad("must be a text object", "/0/title")},
		{"card with 4 buttons", list{object{"type": "card", "title": plainText(1), "actions": times(4, buttonWith("value", "v"))}}, bad("no more than 3 items allowed", "/0/actions")},
		{"table", list{object{"type": "table", "rows": times(100, times(20, rawCell("x")))}}, ""},
		{"table of 101 rows", list{object{"type": "table", "rows": times(101, times(1, rawCell("x")))}}, bad("no more than 100 items allowed", "/0/rows")},
		{"table of 21 columns", list{object{"type": "table", "rows": times(1, times(21, rawCell("x")))}}, bad("no more than 20 items allowed", "/0/rows/0")},
		{"table of 10001 characters", list{object{"type": "table", "rows": times(1, times(1, rawCell(strings.Repeat("x", 10001))))}}, bad("tables must be less than 10001 characters in total", "")},
		{"empty cell", list{object{"type": "table", "rows": times(1, times(1, rawCell("")))}}, bad("must be more than 0 characters", "/0/rows/0/0/text")},
		{"data table", list{dataTable(201, 20)}, ""},
		{"data table of one row", list{dataTable(1, 2)}, bad("no less than 2 items allowed", "/0/rows")},
		{"data table of 202 rows", list{dataTable(202, 2)}, bad("no more than 201 items allowed", "/0/rows")},
		{"data table without caption", list{object{"type": "data_table", "rows": times(2, times(2, rawCell("x")))}}, bad("missing required field: caption", "/0")},
		{"uneven data table", list{object{"type": "data_table", "caption": "c", "rows": list{times(2, rawCell("x")), times(3, rawCell("x"))}}}, bad("must have 2 items like the first row", "/0/rows/1")},
		{"container", list{object{"type": "container", "title": plainText(3), "child_blocks": times(10, divider)}}, ""},
		{"container of 11", list{object{"type": "container", "title": plainText(3), "child_blocks": times(11, divider)}}, bad("no more than 10 items allowed", "/0/child_blocks")},
		{"plan in a container", list{object{"type": "container", "title": plainText(3), "child_blocks": list{object{"type": "plan", "title": "x"}}}}, bad("unsupported type: plan", "/0/child_blocks/0/type")},
		{"13201 characters", append(times(4, object{"type": "section", "text": mrkdwn(3000)}), object{"type": "section", "text": mrkdwn(1201)}), "msg_blocks_too_long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := outcome(w.call(t, "chat.postMessage", object{"channel": slacktest.ChannelAdmins, "text": "x", "blocks": tt.blocks}))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("chat.postMessage (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextLimits(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{RateOff: true})
	posted := w.call(t, "chat.postMessage", object{"channel": slacktest.ChannelAdmins, "text": strings.Repeat("a", 40000)})
	tests := []struct {
		name, method string
		args         object
		want         string
	}{
		{"40001", "chat.postMessage", object{"text": strings.Repeat("a", 40001)}, "msg_too_long"},
		{"nothing", "chat.postMessage", object{}, "no_text"},
		{"update of 4000", "chat.update", object{"text": strings.Repeat("a", 4000), "ts": posted["ts"]}, ""},
		{"update of 4001", "chat.update", object{"text": strings.Repeat("a", 4001), "ts": posted["ts"]}, "msg_too_long"},
		{"update of nothing", "chat.update", object{"text": "a", "ts": "1.000001"}, "message_not_found"},
		{"blocks no JSON", "chat.postMessage", object{"blocks": "["}, "invalid_blocks_format"},
		{"metadata without payload", "chat.postMessage", object{"text": "a", "metadata": object{"event_type": "x"}}, "invalid_metadata_schema"},
		{"unknown thread", "chat.postMessage", object{"text": "a", "thread_ts": "1.000001"}, "thread_not_found"},
		{"unknown method", "chat.shout", object{}, "unknown_method"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.args["channel"] = slacktest.ChannelAdmins
			if diff := cmp.Diff(tt.want, outcome(w.call(t, tt.method, tt.args))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.method, diff)
			}
		})
	}
}

func TestViewLimits(t *testing.T) {
	t.Parallel()
	w := start(t, slacktest.Options{RateOff: true})
	bad := func(message, pointer string) string {
		return "invalid_arguments [ERROR] " + message + " [json-pointer:/view" + pointer + "]"
	}
	input := object{"type": "input", "label": plainText(3), "element": object{"type": "plain_text_input"}}
	with := func(key string, value any) object {
		v := object{"type": "home", "blocks": times(1, object{"type": "divider"})}
		v[key] = value
		return v
	}
	modal := func(key string, value any) object {
		v := with(key, value)
		v["type"] = "modal"
		if v["title"] == nil {
			v["title"] = plainText(24)
		}
		return v
	}
	tests := []struct {
		name string
		view object
		want string
	}{
		{"title of 24", modal("callback_id", "c"), "invalid_trigger_id"},
		{"title of 25", modal("title", plainText(25)), bad("must be less than 25 characters", "/title/text")},
		{"submit of 25", modal("submit", plainText(25)), bad("must be less than 25 characters", "/submit/text")},
		{"private metadata", modal("private_metadata", strings.Repeat("p", 3001)), bad("must be less than 3001 characters", "/private_metadata")},
		{"101 blocks", modal("blocks", times(101, object{"type": "divider"})), bad("no more than 100 items allowed", "/blocks")},
		{"input without submit", modal("blocks", list{input}), bad("missing required field: submit", "")},
		{"markdown", modal("blocks", list{object{"type": "markdown", "text": "x"}}), bad("unsupported type: markdown", "/blocks/0/type")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			trigger := "none"
			if tt.want != "invalid_trigger_id" {
				trigger = freshTrigger(t, w)
			}
			got := outcome(w.call(t, "views.open", object{"trigger_id": trigger, "view": tt.view}))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("views.open (-want +got):\n%s", diff)
			}
		})
	}
	home := with("blocks", list{object{"type": "alert", "text": plainText(1)}})
	got := outcome(w.call(t, "views.publish", object{"user_id": slacktest.UserAda, "view": home}))
	if diff := cmp.Diff(bad("unsupported type: alert", "/blocks/0/type"), got); diff != "" {
		t.Errorf("views.publish (-want +got):\n%s", diff)
	}
}

// freshTrigger gets a trigger id from a command that nobody answers.
func freshTrigger(t *testing.T, w *workspace) string {
	t.Helper()
	before := len(w.Events())
	go func() { _ = w.Command(slacktest.UserAda, slacktest.ChannelRandom, "/zoomusers", "x") }()
	w.until(t, "the command", func() bool { return len(w.Events()) > before })
	var payload struct {
		TriggerID string `json:"trigger_id"`
	}
	events := w.Events()
	if err := json.Unmarshal(events[len(events)-1].Payload, &payload); err != nil {
		t.Fatal(err)
	}
	return payload.TriggerID
}
