package zoomapi_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// collect reads a list to its end or first error.
func collect[T any](seq iter.Seq2[T, error]) (any, error) {
	var all []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// callCase is one call: what it sends, what comes back, what it returns.
type callCase struct {
	name   string
	call   func(context.Context, *zoomapi.Client) (any, error)
	method string
	uri    string // Path as sent and query.
	body   string // JSON, "" for none.
	status int
	answer string
	want   any
}

func nothing(err error) (any, error) { return nil, err }

func userCalls() []callCase {
	const u = "/users/ada.lovelace%2Bx@example.com"
	type client = *zoomapi.Client
	return []callCase{
		{
			"list users", func(ctx context.Context, c client) (any, error) {
				return collect(c.Users(ctx, zoomapi.ListUsersOptions{}))
			},
			"GET", "/users?page_size=2000&status=active", "", 200,
			`{"total_records":"1","next_page_token":null,"users":[{"id":"u1","email":"a@example.com","type":2,
			"zoom_one_type":144115188075855872,"group_ids":["g1"],"dept":"Ops","unknown":{"x":1}}]}`,
			[]zoomapi.User{{
				ID: "u1", Email: "a@example.com", Type: 2, Status: "active", ZoomOneType: 144115188075855872,
				GroupIDs: []string{"g1"}, Department: "Ops",
			}},
		},
		{
			"list pending with options", func(ctx context.Context, c client) (any, error) {
				return collect(c.Users(ctx, zoomapi.ListUsersOptions{
					Status: zoomapi.StatusPending, PageSize: 30, RoleID: "2", IncludeFields: "custom_attributes",
				}))
			},
			"GET", "/users?include_fields=custom_attributes&page_size=30&role_id=2&status=pending", "", 200,
			`{"total_records":2,"users":[{"email":"a@example.com"},{"email":"b@example.com"}]}`,
			[]zoomapi.User{{Email: "a@example.com", Status: "pending"}, {Email: "b@example.com", Status: "pending"}},
		},
		{
			"get user, tolerant", func(ctx context.Context, c client) (any, error) { return c.User(ctx, testEmail) },
			"GET", u, "", 200,
			`{"id":7,"type":"2","manager":null,"pmi":"1234567890","verified":true,"role_id":2,"status":"Active",
			"group_ids":"g1, g2","zoom_one_type":"144115188075855872","use_pmi":"true","login_types":["100",1],
			"phone_numbers":[{"country":"FR","code":33,"number":"123","label":null,"verified":"false"}],
			"custom_attributes":[{"key":"cbf_1","name":"Badge","value":12}]}`,
			zoomapi.User{
				ID: "7", Type: 2, PMI: 1234567890, Verified: 1, RoleID: "2", Status: "active",
				GroupIDs: []string{"g1", "g2"}, ZoomOneType: 144115188075855872, UsePMI: true, LoginTypes: []int{100, 1},
				PhoneNumbers:     []zoomapi.PhoneNumber{{Country: "FR", Code: "33", Number: "123"}},
				CustomAttributes: []zoomapi.CustomAttribute{{Key: "cbf_1", Name: "Badge", Value: "12"}},
			},
		},
		{
			"get user, slash ids", func(ctx context.Context, c client) (any, error) { return c.User(ctx, "/a//b c") },
			"GET", "/users/%252Fa%252F%252Fb%2520c", "", 200, `{"id":"/a//b c"}`,
			zoomapi.User{ID: "/a//b c"},
		},
		{
			"get user, one slash and a question mark", func(ctx context.Context, c client) (any, error) {
				return c.User(ctx, "a/b?c#d%")
			},
			"GET", "/users/a%2Fb%3Fc%23d%25", "", 200, `{"id":"x","code":0}`,
			zoomapi.User{ID: "x"},
		},
		{
			"invite", func(ctx context.Context, c client) (any, error) {
				return c.CreateUser(ctx, zoomapi.ActionCreate, zoomapi.NewUser{
					Email: testEmail, FirstName: "Ada", LastName: "L", Type: zoomapi.TypeLicensed,
				})
			},
			"POST", "/users",
			`{"action":"create","user_info":{"email":"` + testEmail + `","first_name":"Ada","last_name":"L","type":2}}`,
			201, `{"id":"u9","email":"` + testEmail + `","first_name":"Ada","last_name":"L","type":2}`,
			zoomapi.User{ID: "u9", Email: testEmail, FirstName: "Ada", LastName: "L", Type: 2},
		},
		{
			"create with password and plans, empty answer", func(ctx context.Context, c client) (any, error) {
				return c.CreateUser(ctx, zoomapi.ActionAutoCreate, zoomapi.NewUser{
					Email: testEmail, Type: zoomapi.TypeBasic, Password: zoomapi.NewSecret("Pa55word<>"),
					DivisionIDs: []string{"d"}, ZoomPhone: true, ZoomOneType: 1 << 57, DisplayName: "A", PlanUnitedType: "1",
					LicenseInfo: []zoomapi.LicenseInfo{{LicenseType: "MEETING", LicenseOption: 2, SubscriptionID: "s"}},
				})
			},
			"POST", "/users",
			`{"action":"autoCreate","user_info":{"email":"` + testEmail + `","type":1,"display_name":"A",
			"password":"Pa55word<>","division_ids":["d"],"plan_united_type":"1",
			"feature":{"zoom_phone":true,"zoom_one_type":144115188075855872},
			"license_info_list":[{"license_type":"MEETING","license_option":2,"subscription_id":"s"}]}}`,
			201, ``,
			zoomapi.User{Email: testEmail, Type: 1},
		},
		{
			"update user", func(ctx context.Context, c client) (any, error) {
				return nothing(c.UpdateUser(ctx, testEmail, zoomapi.UserPatch{
					Department: new("R&D"), JobTitle: new(""), Manager: new("b@example.com"), Type: new(2), GroupID: new("g"),
					PhoneNumbers:     &[]zoomapi.PhoneNumber{{Country: "FR", Code: "+33", Number: "1", Label: "Office", Verified: true}},
					CustomAttributes: &[]zoomapi.CustomAttribute{{Key: "k", Name: "n"}}, DivisionIDs: &[]string{},
				}))
			},
			"PATCH", u,
			`{"dept":"R&D","job_title":"","manager":"b@example.com","type":2,"group_id":"g",
			"phone_numbers":[{"country":"FR","code":"+33","number":"1","label":"Office"}],
			"custom_attributes":[{"key":"k","name":"n","value":""}],"division_ids":[]}`,
			204, ``, nil,
		},
		{
			"update user, large plan number", func(ctx context.Context, c client) (any, error) {
				return nothing(c.UpdateUser(ctx, "u1", zoomapi.UserPatch{
					ZoomOneType: new(int64(1 << 57)), Feature: &zoomapi.PatchFeature{ZoomPhone: new(false)},
				}))
			},
			"PATCH", "/users/u1", `{"zoom_one_type":144115188075855872,"feature":{"zoom_phone":false}}`, 204, ``, nil,
		},
		{
			"delete user", func(ctx context.Context, c client) (any, error) {
				return nothing(c.DeleteUser(ctx, testEmail, zoomapi.DeleteOptions{}))
			},
			"DELETE", u + "?action=disassociate", "", 204, ``, nil,
		},
		{
			"delete user with transfer", func(ctx context.Context, c client) (any, error) {
				return nothing(c.DeleteUser(ctx, "u1", zoomapi.DeleteOptions{
					Action: zoomapi.DeletePermanently, TransferEmail: "b@example.com",
					TransferMeetings: true, TransferRecordings: true, TransferWebinars: true,
				}))
			},
			"DELETE",
			"/users/u1?action=delete&transfer_email=b%40example.com&transfer_meeting=true&transfer_recording=true" +
				"&transfer_webinar=true",
			"", 204, ``, nil,
		},
		{
			"deactivate", func(ctx context.Context, c client) (any, error) {
				return nothing(c.SetUserStatus(ctx, "u1", false))
			},
			"PUT", "/users/u1/status", `{"action":"deactivate"}`, 200, `{}`, nil,
		},
		{
			"activate", func(ctx context.Context, c client) (any, error) {
				return nothing(c.SetUserStatus(ctx, "u1", true))
			},
			"PUT", "/users/u1/status", `{"action":"activate"}`, 204, ``, nil,
		},
		{
			"set address", func(ctx context.Context, c client) (any, error) {
				return nothing(c.SetUserEmail(ctx, "u1", "b@example.com"))
			},
			"PUT", "/users/u1/email", `{"email":"b@example.com"}`, 204, ``, nil,
		},
		{
			"summary", func(ctx context.Context, c client) (any, error) { return c.Summary(ctx) },
			"GET", "/users/summary", "", 200, `{"licensed_users_count":3,"pending_users_count":"1","total_users_count":9}`,
			zoomapi.Summary{Licensed: 3, Pending: 1, Total: 9},
		},
		{
			"settings", func(ctx context.Context, c client) (any, error) { return c.Settings(ctx, "u1") },
			"GET", "/users/u1/settings", "", 200,
			`{"feature":{"webinar":true,"webinar_capacity":"500","concurrent_meeting":"Plus","large_meeting":0},"x":{}}`,
			zoomapi.Settings{Feature: zoomapi.Features{Webinar: true, WebinarCapacity: 500, ConcurrentMeeting: "Plus"}},
		},
		{
			"update settings", func(ctx context.Context, c client) (any, error) {
				return nothing(c.UpdateSettings(ctx, "u1", zoomapi.FeaturesPatch{
					LargeMeeting: new(true), LargeMeetingCapacity: new(500), Webinar: new(false),
				}))
			},
			"PATCH", "/users/u1/settings",
			`{"feature":{"large_meeting":true,"large_meeting_capacity":500,"webinar":false}}`, 204, ``, nil,
		},
		{
			"features", func(ctx context.Context, c client) (any, error) {
				return c.SetUserFeatures(ctx, zoomapi.FeatureChange{
					Type: "user_type", Value: "2", Users: []string{"u1", "b@example.com"},
				})
			},
			"POST", "/users/features", `{"feature_type":"user_type","feature_value":"2","users":[{"id":"u1"},{"email":"b@example.com"}]}`,
			201, `{"success_user_ids":["u1"],"fail_details":[{"user_ids":["u2"],"reason":"Not enough seats"}]}`,
			zoomapi.FeatureResult{
				Succeeded: []string{"u1"},
				Failed:    []zoomapi.FeatureFailure{{UserIDs: []string{"u2"}, Reason: "Not enough seats"}},
			},
		},
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	for _, tt := range append(userCalls(), groupCalls()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, mux := setup(t)
			requests := 0
			mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
				requests++
				type request struct{ Method, URI, Body, Auth, Accept, Agent, Type string }
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				got := request{
					r.Method, r.RequestURI, string(body), r.Header.Get("Authorization"), r.Header.Get("Accept"),
					r.Header.Get("User-Agent"), r.Header.Get("Content-Type"),
				}
				want := request{
					tt.method, basePath + "/v2" + tt.uri, "", "Bearer " + testToken, "application/json", "zoomusers/dev", "",
				}
				if tt.body != "" {
					got.Body, want.Body, want.Type = compact(t, got.Body), compact(t, tt.body), "application/json"
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
				if tt.answer == "" {
					w.WriteHeader(tt.status)
					return
				}
				writeJSON(w, tt.status, tt.answer)
			})
			got, err := tt.call(t.Context(), client)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if requests != 1 {
				t.Errorf("%d requests, want 1", requests)
			}
		})
	}
}

// TestCallsFail makes every call fail in the three ways that a call can.
func TestCallsFail(t *testing.T) {
	t.Parallel()
	for _, tt := range append(userCalls(), groupCalls()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := virtual(t, func(*http.Request) (*http.Response, error) {
				return answer(http.StatusForbidden, `{"code":403,"message":"no `+testEmail+` for you"}`), nil
			})
			_, err := tt.call(t.Context(), client)
			if zoomapi.ClassOf(err) != zoomapi.Fatal {
				t.Errorf("refused: error %v, want a fatal one", err)
			}
			leakFree(t, err)

			canceled, cancel := context.WithCancel(t.Context())
			cancel()
			_, err = tt.call(canceled, client)
			if err == nil {
				t.Error("canceled: no error")
			}
			leakFree(t, err)

			client = virtual(t, func(*http.Request) (*http.Response, error) {
				return answer(http.StatusOK, `{"code":"200","message":"Only paid accounts."}`), nil
			})
			if _, err = tt.call(t.Context(), client); zoomapi.ClassOf(err) != zoomapi.Fatal {
				t.Errorf("refused with 200: error %v, want a fatal one", err)
			}
		})
	}
}

func TestPlanPool(t *testing.T) {
	t.Parallel()
	u := zoomapi.PlanUsage{Pools: map[string][]zoomapi.PlanPool{
		"plan_base":    {{Type: "a", Hosts: 10, Usage: 4, Pending: 1}, {Type: "b", Hosts: 5, Usage: 1}},
		"plan_webinar": {{Hosts: 1, Usage: 2}},
	}}
	base, ok := u.Base()
	if want := (zoomapi.PlanPool{Type: "a", Hosts: 15, Usage: 5, Pending: 1}); !ok || base != want || base.Free() != 9 {
		t.Errorf("base %+v with %d free, %v", base, base.Free(), ok)
	}
	if webinar, ok := u.Pool("plan_webinar"); !ok || webinar.Free() != 0 {
		t.Errorf("webinar has %d free, %v", webinar.Free(), ok)
	}
	if _, ok := u.Pool("plan_zoom_one"); ok {
		t.Error("found a pool that is not there")
	}
}
