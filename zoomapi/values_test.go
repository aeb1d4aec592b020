package zoomapi_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	s := zoomapi.NewSecret(testSecret)
	holder := struct {
		Public  zoomapi.Secret
		private zoomapi.Secret
		Options zoomapi.Options
		pointer *zoomapi.Secret
	}{s, s, zoomapi.Options{ClientSecret: s}, &s}
	var logged strings.Builder
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	log.Info("test", "secret", s, "holder", holder.Public, "any", []any{s})
	encoded, err := json.Marshal(map[string]any{"a": s, "b": &s, "u": zoomapi.NewUser{Password: s}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%+v", holder),
		fmt.Sprintf("%#v", holder), fmt.Sprint(holder.private), fmt.Sprint(*holder.pointer), logged.String(),
		string(encoded), s.String(), s.GoString(),
	} {
		if strings.Contains(text, testSecret) || strings.Contains(text, fmt.Sprintf("%x", testSecret)) {
			t.Errorf("printed: %s", text)
		}
	}
	if got := s.String(); got != "[redacted]" {
		t.Errorf("printed as %q", got)
	}
	if s.Reveal() != testSecret || s.IsZero() || !(zoomapi.Secret{}).IsZero() || (zoomapi.Secret{}).Reveal() != "" {
		t.Error("the text is not what was put in")
	}
	if !s.Equal(zoomapi.NewSecret(testSecret)) || s.Equal(zoomapi.NewSecret("x")) {
		t.Error("comparison is wrong")
	}
}

func TestParsePlan(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]zoomapi.Plan{
		"free": zoomapi.PlanFree, "Pro\n": zoomapi.PlanPro, "BUSINESS": zoomapi.PlanBusiness,
		"enterprise": zoomapi.PlanBusiness, "education": zoomapi.PlanBusiness,
	} {
		if got, err := zoomapi.ParsePlan(name); got != want || err != nil {
			t.Errorf("ParsePlan(%q) = %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "gold"} {
		if got, err := zoomapi.ParsePlan(name); got != "" || err == nil {
			t.Errorf("ParsePlan(%q) = %q, %v", name, got, err)
		}
	}
}

func TestPlanLimits(t *testing.T) {
	t.Parallel()
	type limits struct {
		PerMinute [4]float64
		PerDay    [4]int
		Creates   int
	}
	for plan, want := range map[zoomapi.Plan]limits{
		zoomapi.PlanFree:     {[4]float64{240, 120, 60, 10}, [4]int{6000, 2000, 1000, 30000}, 50},
		zoomapi.PlanPro:      {[4]float64{1800, 1200, 600, 10}, [4]int{0, 0, 30000, 30000}, 1500},
		zoomapi.PlanBusiness: {[4]float64{4800, 3600, 2400, 20}, [4]int{0, 0, 60000, 60000}, 10000},
		"none":               {},
	} {
		got := limits{Creates: plan.DailyCreates()}
		for i, class := range []zoomapi.Class{
			zoomapi.Light, zoomapi.Medium, zoomapi.Heavy, zoomapi.ResourceIntensive,
		} {
			got.PerMinute[i], got.PerDay[i] = plan.PerSecond(class)*60, plan.PerDay(class)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", plan, diff)
		}
	}
	if got := zoomapi.PlanPro.PerSecond("none"); got != 0 {
		t.Errorf("unknown class: %v", got)
	}
}

func TestParseCreateAction(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"create", "autoCreate", "ssoCreate", "custCreate"} {
		if got, err := zoomapi.ParseCreateAction(name); string(got) != name || err != nil {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := zoomapi.ParseCreateAction("autocreate"); err == nil {
		t.Error("wrong case accepted")
	}
}

func TestNewChecksOptions(t *testing.T) {
	t.Parallel()
	good := func() zoomapi.Options {
		return zoomapi.Options{AccountID: "a", ClientID: "c", ClientSecret: zoomapi.NewSecret(testSecret)}
	}
	if _, err := zoomapi.New(good()); err != nil {
		t.Errorf("defaults: %v", err)
	}
	for name, change := range map[string]func(*zoomapi.Options){
		"account id":    func(o *zoomapi.Options) { o.AccountID = "" },
		"client id":     func(o *zoomapi.Options) { o.ClientID = "" },
		"client secret": func(o *zoomapi.Options) { o.ClientSecret = zoomapi.Secret{} },
		"plan":          func(o *zoomapi.Options) { o.Plan = "gold" },
		"share":         func(o *zoomapi.Options) { o.Share = 1.1 },
		"base URL":      func(o *zoomapi.Options) { o.BaseURL = "api.example.com/v2" },
		"no host":       func(o *zoomapi.Options) { o.BaseURL = "https:///v2" },
		"query":         func(o *zoomapi.Options) { o.BaseURL = "https://api.example.com/v2?x=y" },
		"user":          func(o *zoomapi.Options) { o.BaseURL = "https://me:" + testSecret + "@example.com/v2" },
		"token URL":     func(o *zoomapi.Options) { o.TokenURL = "ftp://example.com" },
		"cannot be":     func(o *zoomapi.Options) { o.TokenURL = "https://exa mple.com/" + testSecret },
		"negative":      func(o *zoomapi.Options) { o.MaxAttempts = -1 },
	} {
		o := good()
		change(&o)
		_, err := zoomapi.New(o)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), testSecret) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestUserRoundTrip: a user that was stored reads back as it was.
func TestUserRoundTrip(t *testing.T) {
	t.Parallel()
	want := zoomapi.User{
		ID: "u", Email: testEmail, Type: 2, Status: zoomapi.StatusActive, Department: "Ops", PMI: 1234567890,
		ZoomOneType: 1<<59 + 1, GroupIDs: []string{"a,b", "c"}, LoginTypes: []int{1}, UsePMI: true,
		PhoneNumbers:     []zoomapi.PhoneNumber{{Country: "FR", Code: "+33", Number: "1", Label: "Office", Verified: true}},
		CustomAttributes: []zoomapi.CustomAttribute{{Key: "k", Name: "n", Value: "v"}}, LastClientVersion: "5",
	}
	encoded, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got zoomapi.User
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
}

func TestUserPatchIsZero(t *testing.T) {
	t.Parallel()
	if !(zoomapi.UserPatch{}).IsZero() {
		t.Error("an empty patch changes something")
	}
	for _, p := range []zoomapi.UserPatch{
		{FirstName: new("")}, {Type: new(0)}, {PhoneNumbers: &[]zoomapi.PhoneNumber{}}, {Feature: &zoomapi.PatchFeature{}},
	} {
		if p.IsZero() {
			t.Errorf("%+v changes nothing", p)
		}
	}
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2020, 5, 30, 13, 0, 0, 0, time.UTC)
	midnight := time.Date(2020, 5, 31, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Time{
		"2020-05-31T00:00:00Z":          midnight,
		"2020-05-31T00:00:00.000Z":      midnight,
		"2020-05-31T02:00:00+02:00":     midnight,
		"2020-05-31T02:00:00+0200":      midnight,
		"2020-05-31T00:00:00":           midnight,
		"2020-05-31 00:00:00":           midnight,
		"2020-05-31T00:00Z":             midnight,
		"2020-05-31":                    midnight,
		" 2020-05-31T00:00:00Z ":        midnight,
		"39600":                         midnight,
		"1590883200":                    midnight,
		"Sun, 31 May 2020 00:00:00 GMT": midnight,
		"0":                             now,
		"1.5":                           now.Add(1500 * time.Millisecond),
		"2019-01-01T00:00:00Z":          time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, ok := zoomapi.ParseRetryAfter(value, now); !ok || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("ParseRetryAfter(%q) = %v, %v; want %v", value, got, ok, want)
		}
	}
	for _, value := range []string{"", " ", "-1", "soon", "1e9", "9999-01-01T00:00:00Z", "99999999999999999999", "0001-01-01", ".", "1..2"} {
		if got, ok := zoomapi.ParseRetryAfter(value, now); ok {
			t.Errorf("ParseRetryAfter(%q) = %v, want none", value, got)
		}
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, value := range []string{
		"2020-05-31T00:00:00Z", "120", "1590883200", "Sun, 31 May 2020 00:00:00 GMT", "-5", "9999999999", "1.5", "2020-05-31",
	} {
		f.Add(value, int64(1590843600))
	}
	f.Fuzz(func(t *testing.T, value string, unix int64) {
		now := time.Unix(unix%(1<<33), 0)
		got, ok := zoomapi.ParseRetryAfter(value, now)
		if !ok {
			if !got.IsZero() {
				t.Errorf("%q: %v although there is none", value, got)
			}
			return
		}
		if got.Location() != time.UTC || got.Year() < 1970 || got.Sub(now) > 366*24*time.Hour {
			t.Errorf("%q: %v is not to be believed at %v", value, got, now)
		}
		if again, ok := zoomapi.ParseRetryAfter(got.Format(time.RFC3339Nano), now); !ok || !again.Equal(got) {
			t.Errorf("%q: %v reads back as %v, %v", value, got, again, ok)
		}
	})
}
