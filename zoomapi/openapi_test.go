package zoomapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// described loads the OpenAPI documents once per test binary.
var described = sync.OnceValues(func() ([]routers.Router, error) {
	files, err := filepath.Glob(filepath.Join("testdata", "openapi", "*.json"))
	if err != nil || len(files) != 3 {
		return nil, fmt.Errorf("want three documents, have %v: %w", files, err)
	}
	var out []routers.Router
	for _, file := range files {
		doc, err := openapi3.NewLoader().LoadFromFile(file)
		if err != nil {
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

// fits says what is wrong with a request to the API, whose path is below /v2.
func fits(ctx context.Context, method string, target *url.URL, header http.Header, body []byte) error {
	all, err := described()
	if err != nil {
		return err
	}
	probe, err := http.NewRequestWithContext(ctx, method, (&url.URL{Path: target.Path, RawPath: target.RawPath, RawQuery: target.RawQuery}).String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	probe.Header = header.Clone()
	for _, router := range all {
		route, params, err := router.FindRoute(probe)
		if err != nil {
			continue
		}
		op := route.Operation
		for name, values := range target.Query() {
			if op.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
				return fmt.Errorf("query parameter %q is not described", name)
			}
			if len(values) != 1 {
				return fmt.Errorf("query parameter %q appears %d times", name, len(values))
			}
		}
		if len(body) > 0 && op.RequestBody == nil {
			return errors.New("a body where none is described")
		}
		return openapi3filter.ValidateRequest(ctx, &openapi3filter.RequestValidationInput{
			Request: probe, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true},
		})
	}
	return errors.New("not described")
}

// wire validates every request, notes it, and gives an answer that every
// call can use. The first page of a list has a next one.
type wire struct {
	t   *testing.T
	mu  sync.Mutex
	ops []string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	target := *r.URL
	target.Path, target.RawPath = strings.TrimPrefix(target.Path, "/v2"), strings.TrimPrefix(target.RawPath, "/v2")
	w.mu.Lock()
	w.ops = append(w.ops, r.Method+" "+target.Path)
	w.mu.Unlock()
	if err := fits(r.Context(), r.Method, &target, r.Header, body); err != nil {
		w.t.Errorf("%s %s %s: %v", r.Method, target.RequestURI(), body, err)
	}
	switch {
	case strings.HasSuffix(target.Path, "/oauth/token"):
		return answer(http.StatusOK, `{"access_token":"`+testToken+`","token_type":"bearer","expires_in":3599}`), nil
	case r.Method != http.MethodGet:
		return answer(http.StatusOK, `{}`), nil
	case target.Query().Get("next_page_token") == "" && target.Query().Has("page_size"):
		return answer(http.StatusOK, `{"next_page_token":"N/+ =x","users":[],"members":[],"groups":[],"divisions":[]}`), nil
	}
	return answer(http.StatusOK, `{"users":[],"members":[],"groups":[],"divisions":[],"roles":[]}`), nil
}

// shown remembers which fields of the argument types were set.
type shown map[reflect.Type]map[string]bool

// see notes the fields of v that are set, and of the structs in it.
func (s shown) see(v any) { s.value(reflect.ValueOf(v)) }

func (s shown) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			s.value(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			s.value(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[zoomapi.Secret]() {
			return
		}
		if s[v.Type()] == nil {
			s[v.Type()] = map[string]bool{}
		}
		for f, field := range v.Fields() {
			set := s[v.Type()][f.Name] || !field.IsZero()
			s[v.Type()][f.Name] = set
			s.value(field)
		}
	default:
	}
}

// unset lists the fields that were never set, "UserPatch.Type".
func (s shown) unset() []string {
	var out []string
	for typ, fields := range s {
		for name, set := range fields {
			if !set {
				out = append(out, typ.Name()+"."+name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestFitsNotices makes sure that the judge of the tests above is awake.
func TestFitsNotices(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, uri, body string
		good                    bool
	}{
		{"fine", "PATCH", "/users/u", `{"dept":"x"}`, true},
		{"unknown path", "GET", "/nobody", "", false},
		{"unknown method", "PUT", "/users/u", `{}`, false},
		{"unknown query parameter", "GET", "/users?colour=red", "", false},
		{"query parameter twice", "GET", "/users?status=active&status=pending", "", false},
		{"value not in the list", "GET", "/users?status=lapsed", "", false},
		{"page too large", "GET", "/users?page_size=2001", "", false},
		{"unknown field", "PATCH", "/users/u", `{"department":"x"}`, false},
		{"too long", "PATCH", "/users/u", `{"first_name":"` + long(65) + `"}`, false},
		{"null", "PATCH", "/users/u", `{"division_ids":null}`, false},
		{"wrong kind", "PATCH", "/users/u", `{"type":"2"}`, false},
		{"required field missing", "POST", "/users", `{"action":"create","user_info":{"email":"a@example.com"}}`, false},
		{"body where none is", "GET", "/users", `{}`, false},
		{"no body where one is", "PATCH", "/users/u", ``, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target, err := url.Parse(tt.uri)
			if err != nil {
				t.Fatal(err)
			}
			err = fits(t.Context(), tt.method, target, http.Header{"Content-Type": {"application/json"}}, []byte(tt.body))
			if (err == nil) != tt.good {
				t.Errorf("error %v, want good %v", err, tt.good)
			}
		})
	}
}
