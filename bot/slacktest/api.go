package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 256 << 20

// Error is a refusal as Slack words it: the code of the "error" field and the
// messages of response_metadata.
type Error struct {
	Code     string
	Messages []string

	needed, provided string
}

func (e *Error) Error() string {
	if len(e.Messages) == 0 {
		return e.Code
	}
	return e.Code + ": " + strings.Join(e.Messages, "; ")
}

func refuse(code string, messages ...string) *Error { return &Error{Code: code, Messages: messages} }

// codeOf is the Slack code of err.
func codeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return "internal_error"
}

// call is one decoded Web API call.
type call struct {
	method string
	args   map[string]any // strings from a form, any JSON from a JSON body
	token  string
	base   string
}

// str is a parameter as text; numbers and booleans of a JSON body are written out.
func (c *call) str(name string) string {
	switch v := c.args[name].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		parts := []string{}
		for _, p := range v {
			parts = append(parts, fmt.Sprint(p))
		}
		return strings.Join(parts, ",")
	}
	return ""
}

func (c *call) flag(name string) bool {
	s := c.str(name)
	return s == "true" || s == "1"
}

func (c *call) num(name string) int {
	n, err := strconv.Atoi(c.str(name))
	if err != nil {
		return 0
	}
	return n
}

// value decodes a parameter that is JSON, also when it came as text. Nothing
// and an empty text are nil.
func (c *call) value(name string) (any, error) {
	v := c.args[name]
	s, isText := v.(string)
	if !isText {
		return v, nil
	}
	if s == "" {
		return nil, nil
	}
	var out any
	if err := json.Unmarshal([]byte(s), &out); err != nil {
		return nil, fmt.Errorf("decode %s: %w", name, err)
	}
	return out, nil
}

// apiMethod is one method of the Web API.
type apiMethod struct {
	do    func(*call) (object, error) // called with the lock held
	scope []string                    // any one of them suffices
	perMinute,
	appToken int
}

const (
	tier2 = 20
	tier3 = 50
	tier4 = 100
)

func (w *Workspace) apiMethods() map[string]apiMethod {
	read := []string{"channels:read", "groups:read", "im:read", "mpim:read"}
	history := []string{"channels:history", "groups:history", "im:history"}
	nothing := func(*call) (object, error) { return object{}, nil }
	return map[string]apiMethod{
		"api.test":                     {do: nothing, perMinute: tier4},
		"auth.test":                    {do: w.authTest, perMinute: 600},
		"apps.connections.open":        {do: w.connectionsOpen, perMinute: tier2, appToken: 1},
		"team.info":                    {do: w.teamInfo, scope: []string{"team:read"}, perMinute: tier3},
		"bots.info":                    {do: w.botsInfo, scope: []string{"users:read"}, perMinute: tier3},
		"chat.postMessage":             {do: w.chatPostMessage, scope: []string{"chat:write"}},
		"chat.update":                  {do: w.chatUpdate, scope: []string{"chat:write"}, perMinute: tier3},
		"chat.delete":                  {do: w.chatDelete, scope: []string{"chat:write"}, perMinute: tier3},
		"chat.postEphemeral":           {do: w.chatPostEphemeral, scope: []string{"chat:write"}, perMinute: tier4},
		"chat.getPermalink":            {do: w.chatGetPermalink, perMinute: 600},
		"reactions.add":                {do: w.reactionsAdd, scope: []string{"reactions:write"}, perMinute: tier3},
		"reactions.remove":             {do: w.reactionsRemove, scope: []string{"reactions:write"}, perMinute: tier2},
		"conversations.info":           {do: w.conversationsInfo, scope: read, perMinute: tier3},
		"conversations.list":           {do: w.conversationsList, scope: read, perMinute: tier2},
		"conversations.open":           {do: w.conversationsOpen, scope: []string{"im:write"}, perMinute: tier3},
		"conversations.members":        {do: w.conversationsMembers, scope: read, perMinute: tier4},
		"conversations.history":        {do: w.conversationsHistory, scope: history, perMinute: tier3},
		"conversations.replies":        {do: w.conversationsReplies, scope: history, perMinute: tier3},
		"users.info":                   {do: w.usersInfo, scope: []string{"users:read"}, perMinute: tier4},
		"users.list":                   {do: w.usersList, scope: []string{"users:read"}, perMinute: tier2},
		"users.lookupByEmail":          {do: w.usersLookupByEmail, scope: []string{"users:read.email"}, perMinute: tier3},
		"usergroups.list":              {do: w.usergroupsList, scope: []string{"usergroups:read"}, perMinute: tier2},
		"usergroups.users.list":        {do: w.usergroupsUsersList, scope: []string{"usergroups:read"}, perMinute: tier2},
		"files.getUploadURLExternal":   {do: w.filesGetUploadURL, scope: []string{"files:write"}, perMinute: tier4},
		"files.completeUploadExternal": {do: w.filesCompleteUpload, scope: []string{"files:write"}, perMinute: tier4},
		"files.info":                   {do: w.filesInfo, scope: []string{"files:read"}, perMinute: tier4},
		"files.delete":                 {do: w.filesDelete, scope: []string{"files:write"}, perMinute: tier3},
		"views.open":                   {do: w.viewsOpen, perMinute: tier4},
		"views.push":                   {do: w.viewsPush, perMinute: tier4},
		"views.update":                 {do: w.viewsUpdate, perMinute: tier4},
		"views.publish":                {do: w.viewsPublish, perMinute: tier4},
	}
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	start := time.Now()
	c := &call{method: r.PathValue("method"), base: w.baseOf(r)}
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	err := c.decode(r)
	w.perform(rw, c.method, c, start, func() (answer, error) {
		if err != nil {
			return nil, err
		}
		return w.answerAPI(rw, c)
	})
}

// answer writes a successful response.
type answer func(http.ResponseWriter)

// answerAPI checks and carries out c and returns how to answer. The lock is held.
func (w *Workspace) answerAPI(rw http.ResponseWriter, c *call) (answer, error) {
	m, known := w.api[c.method]
	if !known {
		return nil, refuse("unknown_method")
	}
	if err := w.authorize(c, m); err != nil {
		return nil, err
	}
	w.lastBase = c.base
	rw.Header().Set("X-OAuth-Scopes", w.provided())
	rw.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(m.scope, ","))
	if err := w.limitCall(c, m); err != nil {
		return nil, err
	}
	out, err := m.do(c)
	if err != nil {
		return nil, err
	}
	out["ok"] = true
	body := encode(out, c.base)
	return func(rw http.ResponseWriter) {
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = rw.Write(body)
	}, nil
}

// authorize checks token and scope.
func (w *Workspace) authorize(c *call, m apiMethod) error {
	if c.method == "api.test" {
		return nil
	}
	want, other := w.opts.BotToken, w.opts.AppToken
	if m.appToken > 0 {
		want, other = other, want
	}
	switch c.token {
	case want:
	case "":
		return refuse("not_authed")
	case other:
		return refuse("not_allowed_token_type")
	default:
		return refuse("invalid_auth")
	}
	if len(m.scope) > 0 && !slices.ContainsFunc(m.scope, func(s string) bool { return w.scopes[s] }) {
		return &Error{Code: "missing_scope", needed: strings.Join(m.scope, ","), provided: w.provided()}
	}
	return nil
}

func (w *Workspace) provided() string {
	return strings.Join(slices.Sorted(maps.Keys(w.scopes)), ",")
}

// writeError answers a refusal the way Slack does: status 200 and ok false,
// but 429 with Retry-After for a rate limit.
func writeError(rw http.ResponseWriter, err error) {
	if slow, ok := errors.AsType[*slowDownError](err); ok {
		rw.Header().Set("Retry-After", strconv.Itoa(slow.seconds()))
		writeJSON(rw, http.StatusTooManyRequests, object{"ok": false, "error": "ratelimited"})
		return
	}
	out := object{"ok": false, "error": codeOf(err)}
	if e, ok := errors.AsType[*Error](err); ok {
		if len(e.Messages) > 0 {
			out["response_metadata"] = object{"messages": e.Messages}
		}
		if e.needed != "" {
			out["needed"], out["provided"] = e.needed, e.provided
		}
	}
	writeJSON(rw, http.StatusOK, out)
}

func writeJSON(rw http.ResponseWriter, status int, v object) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = rw.Write(raw(v))
}

// decode reads the parameters: query, form, multipart form or JSON object.
func (c *call) decode(r *http.Request) error {
	c.args = map[string]any{}
	c.add(r.URL.Query())
	if auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		c.token = strings.TrimSpace(auth)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	switch kind {
	case "application/json":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return refuse("request_timeout")
		}
		if len(strings.TrimSpace(string(body))) == 0 {
			break
		}
		var args map[string]any
		if json.Unmarshal(body, &args) != nil {
			return refuse("invalid_json")
		}
		maps.Copy(c.args, args)
	case "multipart/form-data":
		values, err := formValues(r.Body, params["boundary"])
		if err != nil {
			return refuse("invalid_form_data")
		}
		c.add(values)
	default:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return refuse("request_timeout")
		}
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return refuse("invalid_form_data")
		}
		c.add(values)
	}
	if c.token == "" {
		c.token = c.str("token")
	}
	delete(c.args, "token")
	return nil
}

func (c *call) add(values url.Values) {
	for k, v := range values {
		c.args[k] = v[0]
	}
}

func (w *Workspace) authTest(c *call) (object, error) {
	return object{
		"url": baseMark + "/", "team": w.opts.TeamName, "user": w.users[BotUserID].Name, "team_id": TeamID,
		"user_id": BotUserID, "bot_id": BotID, "is_enterprise_install": false,
	}, nil
}

func (w *Workspace) teamInfo(*call) (object, error) {
	return object{"team": object{
		"id": TeamID, "name": w.opts.TeamName, "domain": "sandbox", "email_domain": "example.com", "icon": object{"image_default": true},
	}}, nil
}

func (w *Workspace) botsInfo(c *call) (object, error) {
	if id := c.str("bot"); id != "" && id != BotID {
		return nil, refuse("bot_not_found")
	}
	return object{"bot": object{
		"id": BotID, "deleted": false, "name": w.users[BotUserID].Name, "updated": w.born.Unix(),
		"app_id": AppID, "user_id": BotUserID, "icons": object{},
	}}, nil
}
