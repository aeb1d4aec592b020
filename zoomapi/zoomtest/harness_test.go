package zoomtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// specs loads the three OpenAPI documents once per test binary.
var specs = sync.OnceValues(func() ([]routers.Router, error) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "openapi", "*.json"))
	if err != nil {
		return nil, err
	}
	var out []routers.Router
	for _, file := range files {
		doc, err := openapi3.NewLoader().LoadFromFile(file)
		if err != nil {
			return nil, err
		}
		if err := doc.Validate(context.Background()); err != nil {
			return nil, err
		}
		doc.Servers = nil
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				op.Servers = nil
			}
		}
		router, err := gorillamux.NewRouter(doc)
		if err != nil {
			return nil, err
		}
		out = append(out, router)
	}
	return out, nil
})

// reply is an answer that was read whole.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// code is Zoom's number, 0 when there is none.
func (r reply) code() int {
	var body struct {
		Code int `json:"code"`
	}
	_ = json.Unmarshal(r.Body, &body)
	return body.Code
}

func (r reply) message() string {
	var body struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(r.Body, &body)
	return body.Message
}

// fields are the names of the fields a validation refusal complains of.
func (r reply) fields() []string {
	var body struct {
		Errors []struct {
			Field string `json:"field"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(r.Body, &body)
	var out []string
	for _, e := range body.Errors {
		out = append(out, e.Field)
	}
	return out
}

func (r reply) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		t.Fatalf("read answer %d %q: %v", r.Status, r.Body, err)
	}
}

func (r reply) object(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	r.into(t, &out)
	return out
}

// rig is an account behind a server, and a client with a token.
type rig struct {
	t     *testing.T
	acct  *zoomtest.Account
	base  string
	token string
	// client has connections of its own: the end of any test server closes the
	// idle ones of the default client.
	client *http.Client
	// offSpec turns the validation against the OpenAPI documents off, for
	// answers they do not know.
	offSpec bool
}

func start(t *testing.T, opts zoomtest.Options) *rig {
	t.Helper()
	acct := zoomtest.New(opts)
	server := httptest.NewServer(acct)
	t.Cleanup(server.Close)
	r := &rig{t: t, acct: acct, base: server.URL, client: server.Client()}
	r.login()
	return r
}

// unlimited is start without limits.
func unlimited(t *testing.T, opts zoomtest.Options) *rig {
	t.Helper()
	opts.NoLimits = true
	return start(t, opts)
}

func (r *rig) login() {
	r.t.Helper()
	ans := r.askToken(url.Values{"grant_type": {"account_credentials"}, "account_id": {r.acct.AccountID()}}, nil, r.acct.ClientSecret())
	var body struct {
		AccessToken string `json:"access_token"`
	}
	ans.into(r.t, &body)
	if body.AccessToken == "" {
		r.t.Fatalf("no token: %d %s", ans.Status, ans.Body)
	}
	r.token = body.AccessToken
}

func (r *rig) askToken(form, query url.Values, secret string) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.base+"/oauth/token?"+query.Encode(), strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(r.acct.ClientID(), secret)
	ans, err := r.send(req, []byte(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	return ans
}

// do makes a call below /v2. The body is sent as JSON; a string is sent as it
// is.
func (r *rig) do(method, path string, body any) reply {
	r.t.Helper()
	ans, err := r.try(r.t.Context(), method, path, body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return ans
}

func (r *rig) try(ctx context.Context, method, path string, body any) (reply, error) {
	r.t.Helper()
	var data []byte
	switch b := body.(type) {
	case nil:
	case string:
		data = []byte(b)
	default:
		var err error
		if data, err = json.Marshal(b); err != nil {
			r.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, r.base+"/v2"+path, bytes.NewReader(data))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	return r.send(req, data)
}

// send makes the call and validates the answer against the OpenAPI documents.
func (r *rig) send(req *http.Request, data []byte) (reply, error) {
	r.t.Helper()
	resp, err := r.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	ans := reply{Status: resp.StatusCode, Header: resp.Header, Body: body}
	if err == nil && !r.offSpec {
		r.validate(req.Context(), req, data, ans)
	}
	return ans, err
}

func (r *rig) validate(ctx context.Context, req *http.Request, data []byte, ans reply) {
	r.t.Helper()
	all, err := specs()
	if err != nil {
		r.t.Fatalf("load schemas: %v", err)
	}
	probe := req.Clone(ctx)
	probe.URL = &url.URL{Path: strings.TrimPrefix(req.URL.Path, "/v2"), RawQuery: req.URL.RawQuery}
	probe.Body = io.NopCloser(bytes.NewReader(data))
	for _, router := range all {
		route, params, err := router.FindRoute(probe)
		if err != nil {
			continue
		}
		// The documents do not list every refusal that Zoom gives.
		opts := &openapi3filter.Options{IncludeResponseStatus: ans.Status < 400, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
		input := &openapi3filter.RequestValidationInput{Request: probe, PathParams: params, Route: route, Options: opts}
		if ans.Status < 300 {
			if err := openapi3filter.ValidateRequest(ctx, input); err != nil {
				r.t.Errorf("%s %s: accepted a request that the schema does not allow: %v", req.Method, req.URL.Path, err)
			}
		}
		err = openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: ans.Status, Header: ans.Header,
			Body: io.NopCloser(bytes.NewReader(ans.Body)), Options: opts,
		})
		if err != nil {
			r.t.Errorf("%s %s: answer %d %s: %v", req.Method, req.URL.Path, ans.Status, ans.Body, err)
		}
		return
	}
}

// want fails the test unless the answer has this status and Zoom number.
func (r *rig) want(ans reply, status, code int) {
	r.t.Helper()
	if ans.Status != status || ans.code() != code {
		r.t.Fatalf("answer = %d, code %d (%s), want %d, code %d", ans.Status, ans.code(), ans.Body, status, code)
	}
}

// user is what the account knows of a person.
func (r *rig) user(email string) zoomtest.User {
	r.t.Helper()
	u, known := r.acct.User(email)
	if !known {
		r.t.Fatalf("nobody has the address %s", email)
	}
	return u
}

// add puts an active person into the account.
func (r *rig) add(email string, userType int) zoomtest.User {
	r.t.Helper()
	return r.acct.AddUser(zoomtest.User{Email: email, FirstName: "Test", LastName: "Person", Type: userType})
}

// invite puts a pending person into the account.
func (r *rig) invite(email string) zoomtest.User {
	r.t.Helper()
	return r.acct.AddUser(zoomtest.User{Email: email, FirstName: "Test", LastName: "Guest", Status: zoomtest.Pending})
}

type obj = map[string]any

type list = []any
