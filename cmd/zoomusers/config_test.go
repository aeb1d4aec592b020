package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// world is what a configuration is read from.
type world struct {
	args  []string
	env   map[string]string
	files map[string]string
}

func (w world) getenv(name string) string { return w.env[name] }

func (w world) readFile(path string) ([]byte, error) {
	if text, ok := w.files[path]; ok {
		return []byte(text), nil
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

// load reads the configuration as a command does that needs nothing.
func (w world) load() (Config, error) {
	set := flag.NewFlagSet("test", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return loadConfigFor(set, 0, w.args, w.getenv, w.readFile)
}

func compareConfigs() cmp.Option {
	return cmp.Comparer(func(a, b zoomapi.Secret) bool { return a.Equal(b) })
}

func credentials() map[string]string {
	return map[string]string{
		"SLACK_BOT_TOKEN":    "xoxb-sample-bot",
		"SLACK_APP_TOKEN":    "xapp-sample-app",
		"ZOOM_ACCOUNT_ID":    "sample-account",
		"ZOOM_CLIENT_ID":     "sample-client",
		"ZOOM_CLIENT_SECRET": "sample-client-secret",
	}
}

func TestLoadConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		world world
		want  func(*Config)
	}{
		{name: "nothing given", want: func(*Config) {}},
		{
			name: "the default file is read when it is there",
			world: world{files: map[string]string{
				"zoomusers.yaml": "zoom: {plan: business, share: 1}\nslack:\n  channels: ['#admins', C0123ABC]\n",
			}},
			want: func(c *Config) {
				c.File = "zoomusers.yaml"
				c.Zoom.Plan, c.Zoom.Share = zoomapi.PlanBusiness, 1
				c.Slack.Channels = []string{"admins", "C0123ABC"}
			},
		},
		{
			name: "a variable names the file",
			world: world{
				env:   map[string]string{"ZOOMUSERS_CONFIG": "other.yaml"},
				files: map[string]string{"zoomusers.yaml": "zoom: {plan: free}", "other.yaml": "report: {to: dm}"},
			},
			want: func(c *Config) { c.File, c.ReportTo = "other.yaml", "dm" },
		},
		{
			name: "a flag names the file before the variable",
			world: world{
				args:  []string{"--config", "flag.yaml"},
				env:   map[string]string{"ZOOMUSERS_CONFIG": "other.yaml"},
				files: map[string]string{"flag.yaml": "zoom: {plan: free}", "other.yaml": "zoom: {plan: business}"},
			},
			want: func(c *Config) { c.File, c.Zoom.Plan = "flag.yaml", zoomapi.PlanFree },
		},
		{
			name: "a flag wins over a variable over the file over the default",
			world: world{
				args: []string{"-log-level=error", "--redis-url", "redis://flag:6379/1"},
				env: map[string]string{
					"ZOOMUSERS_LOG_LEVEL": "warn", "ZOOMUSERS_LOG_FORMAT": "json", "REDIS_URL": "redis://variable:6379",
				},
				files: map[string]string{"zoomusers.yaml": "log: {level: debug, format: text}\nfinish: {interval: 1m}\n"},
			},
			want: func(c *Config) {
				c.File = "zoomusers.yaml"
				c.LogLevel, c.LogFormat, c.FinishInterval = slog.LevelError, "json", time.Minute
				c.Redis.URL = zoomapi.NewSecret("redis://flag:6379/1")
			},
		},
		{
			name: "lists in flags and variables",
			world: world{
				args: []string{"--slack-channels", "a, #b", "--slack-channels=c", "--approval-self-approve"},
				env:  map[string]string{"ZOOMUSERS_APPROVAL_APPROVERS": "U01ABC, S02DEF,@zoom-admins,lee@example.com"},
			},
			want: func(c *Config) {
				c.Slack.Channels = []string{"a", "b", "c"}
				c.Approval.Approvers = []string{"U01ABC", "S02DEF", "@zoom-admins", "lee@example.com"}
				c.Approval.SelfApprove = true
			},
		},
		{
			name: "addresses get the ending they need and lose the one they do not",
			world: world{env: map[string]string{
				"SLACK_API_URL":  "http://127.0.0.1:4000/api",
				"ZOOM_API_URL":   "http://127.0.0.1:4001/v2/",
				"ZOOM_OAUTH_URL": "http://127.0.0.1:4001/oauth/token",
			}},
			want: func(c *Config) {
				c.Slack.APIURL = "http://127.0.0.1:4000/api/"
				c.Zoom.APIURL = "http://127.0.0.1:4001/v2"
				c.Zoom.OAuthURL = "http://127.0.0.1:4001/oauth/token"
			},
		},
		{
			name: "secrets from files lose one line break",
			world: world{
				env: map[string]string{
					"SLACK_BOT_TOKEN_FILE": "/run/bot", "ZOOM_CLIENT_SECRET_FILE": "/run/zoom", "REDIS_URL_FILE": "/run/redis",
					"SLACK_SIGNING_SECRET": "signing",
				},
				files: map[string]string{"/run/bot": "xoxb-1\n", "/run/zoom": "abc\r\n", "/run/redis": "rediss://u:p@redis.example.com:6380"},
			},
			want: func(c *Config) {
				c.Slack.BotToken = zoomapi.NewSecret("xoxb-1")
				c.Slack.SigningSecret = zoomapi.NewSecret("signing")
				c.Zoom.ClientSecret = zoomapi.NewSecret("abc")
				c.Redis.URL = zoomapi.NewSecret("rediss://u:p@redis.example.com:6380")
			},
		},
		{
			name: "every other key of the file",
			world: world{files: map[string]string{"zoomusers.yaml": `
approval: {approvers: [], self_approve: true, expires: 90m}
zoom: {create_action: ssoCreate, user_type: licensed, share: 0.25}
limits: {max_rows: 500, max_bytes: 1_000, allow_delete: true}
job: {retention: 48h}
redis: {key_prefix: "team:a"}
listen: ":8080"
`}},
			want: func(c *Config) {
				c.File = "zoomusers.yaml"
				c.Approval = ApprovalConfig{Approvers: []string{}, SelfApprove: true, Expires: 90 * time.Minute}
				c.Zoom.CreateAction, c.Zoom.UserType, c.Zoom.Share = "ssoCreate", "licensed", 0.25
				c.MaxRows, c.MaxBytes, c.AllowDelete = 500, 1000, true
				c.Retention, c.Redis.KeyPrefix, c.Listen = 48*time.Hour, "team:a", ":8080"
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := defaultConfig()
			tt.want(&want)
			got, err := tt.world.load()
			if err != nil {
				t.Fatalf("load: %v", err)
			}
			if diff := cmp.Diff(want, got, compareConfigs()); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadConfigForServe(t *testing.T) {
	t.Parallel()
	w := world{env: credentials()}
	c, err := loadConfig(nil, w.getenv, w.readFile)
	if err != nil {
		t.Fatalf("load with credentials: %v", err)
	}
	if got := c.Slack.AppToken.Reveal(); got != "xapp-sample-app" {
		t.Errorf("app token = %q", got)
	}
	if _, err := loadConfig([]string{"-h"}, w.getenv, w.readFile); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h gives %v, want flag.ErrHelp", err)
	}

	w.env = map[string]string{"REDIS_URL": "nonsense", "ZOOM_CLIENT_ID": "two words", "ZOOMUSERS_ZOOM_SHARE": "2"}
	_, err = loadConfig([]string{"--zoom-plan=gold"}, w.getenv, w.readFile)
	// Everything at once, and nothing twice: the client id was given.
	want := []string{
		`ZOOMUSERS_ZOOM_SHARE: "2" is not a number above 0 and at most 1, such as 0.8`,
		"ZOOM_CLIENT_ID: the value has a space, a line break or a control character in it; copy it again",
		"REDIS_URL: the value is not a Redis URL such as redis://localhost:6379/0 (rediss for TLS)",
		`--zoom-plan: "gold" is not one of free, pro, business`,
		"SLACK_BOT_TOKEN is not set; put the app's bot token (xoxb-…) there, or the path of a file with it in SLACK_BOT_TOKEN_FILE",
		"SLACK_APP_TOKEN is not set; put the app-level token with connections:write (xapp-…) there, or the path of a file with it in SLACK_APP_TOKEN_FILE",
		"ZOOM_ACCOUNT_ID is not set; put the account id of the server-to-server app there, or the path of a file with it in ZOOM_ACCOUNT_ID_FILE",
		"ZOOM_CLIENT_SECRET is not set; put the client secret of the server-to-server app there, or the path of a file with it in ZOOM_CLIENT_SECRET_FILE",
	}
	if diff := cmp.Diff(want, strings.Split(fmt.Sprint(err), "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestLoadConfigRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		world world
		want  string
	}{
		{"unknown flag", world{args: []string{"--zoom-pln=pro"}}, "flag provided but not defined: -zoom-pln; -h lists the flags"},
		{"argument", world{args: []string{"people.csv"}}, `"people.csv" is no flag; flags begin with - and come before anything else`},
		{"bool flag", world{args: []string{"--approval-self-approve=maybe"}}, `--approval-self-approve: "maybe" is not true or false`},
		{"rows", world{args: []string{"--limits-max-rows=0"}}, `--limits-max-rows: "0" is not a whole number from 1 to 1000000`},
		{"bytes", world{args: []string{"--limits-max-bytes=10MB"}}, `--limits-max-bytes: "10MB" is not a whole number from 1 to 1073741824`},
		{"share of nothing", world{args: []string{"--zoom-share=NaN"}}, `--zoom-share: "NaN" is not a number above 0 and at most 1, such as 0.8`},
		{"duration", world{args: []string{"--approval-expires=1d"}}, `--approval-expires: "1d" is not a duration such as 90m or 24h`},
		{"short duration", world{args: []string{"--finish-interval=1ms"}}, "--finish-interval: 1ms is too short; give at least 1s"},
		{"expiry after retention", world{args: []string{"--approval-expires=48h", "--job-retention=24h"}}, "approval.expires (48h0m0s) is longer than job.retention (24h0m0s): a job would be gone before its decision; shorten the one or lengthen the other"},
		{"listen", world{args: []string{"--listen=8080"}}, `--listen: "8080" is not an address; write host:port, or :8080 for every interface`},
		{"listen port", world{args: []string{"--listen=:http"}}, `--listen: "http" is not a port from 0 to 65535`},
		{"key prefix", world{args: []string{"--redis-key-prefix={a}"}}, `--redis-key-prefix: "{a}" is not a key prefix; use up to 64 letters, digits and - _ . : and begin with a letter or digit`},
		{"channel", world{args: []string{"--slack-channels=a,b c"}}, "--slack-channels: item 2 is not a channel's name or id; write it as Slack shows it, without the #"},
		{"approver", world{env: map[string]string{"ZOOMUSERS_APPROVAL_APPROVERS": "U1,Sarah"}}, "ZOOMUSERS_APPROVAL_APPROVERS: item 2 is not a user id (U…), an e-mail address, a user group's id (S…) or its @handle"},
		{"Slack URL", world{env: map[string]string{"SLACK_API_URL": "https://slack.com/"}}, "SLACK_API_URL: the URL does not end in /api/"},
		{"Zoom URL", world{env: map[string]string{"ZOOM_API_URL": "https://api.zoom.us"}}, "ZOOM_API_URL: the URL does not end in /v2"},
		{"no URL", world{env: map[string]string{"ZOOM_OAUTH_URL": "zoom.us/oauth/token"}}, "ZOOM_OAUTH_URL: the value is not a URL that begins with https:// (or http://) and a host"},
		{"URL with a password", world{env: map[string]string{"ZOOM_API_URL": "https://a:secretword@api.zoom.us/v2"}}, "ZOOM_API_URL: the URL has a user name, a query or a fragment; leave those out"},
		{"Redis URL", world{env: map[string]string{"REDIS_URL": "redis://:secretword@host:port"}}, "REDIS_URL: the value is not a Redis URL such as redis://localhost:6379/0 (rediss for TLS)"},
		{"secret twice", world{env: map[string]string{"SLACK_APP_TOKEN": "xapp-1", "SLACK_APP_TOKEN_FILE": "f"}}, "SLACK_APP_TOKEN: set together with SLACK_APP_TOKEN_FILE; keep one"},
		{"secret file missing", world{env: map[string]string{"SLACK_APP_TOKEN_FILE": "f"}}, "SLACK_APP_TOKEN: read the file of SLACK_APP_TOKEN_FILE: open f: file does not exist"},
		{"secret file empty", world{env: map[string]string{"SLACK_APP_TOKEN_FILE": "f"}, files: map[string]string{"f": "\n"}}, "SLACK_APP_TOKEN: the file of SLACK_APP_TOKEN_FILE (f) is empty"},
		{"two line breaks", world{env: map[string]string{"SLACK_APP_TOKEN_FILE": "f"}, files: map[string]string{"f": "secretword\n\n"}}, "SLACK_APP_TOKEN: the value has a space, a line break or a control character in it; copy it again"},
		{"app token as bot token", world{env: map[string]string{"SLACK_BOT_TOKEN": "xapp-secretword"}}, "SLACK_BOT_TOKEN holds an app-level token (xapp-); put the bot token there, which begins with xoxb-"},
		{"bot token as app token", world{env: map[string]string{"SLACK_APP_TOKEN": "xoxb-secretword"}}, "SLACK_APP_TOKEN holds a bot token (xoxb-); put the app-level token there, which begins with xapp-"},
		{"named file missing", world{env: map[string]string{"ZOOMUSERS_CONFIG": "gone.yaml"}}, "read the configuration file of ZOOMUSERS_CONFIG: open gone.yaml: file does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := tt.world.load()
			if err == nil {
				t.Fatalf("accepted: %v", c)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), "secretword") {
				t.Errorf("the problem repeats a secret: %v", err)
			}
		})
	}
}

// TestConfigLeaksNothing prints a full configuration in every way a log or an
// error may, and looks for what must not be there.
func TestConfigLeaksNothing(t *testing.T) {
	t.Parallel()
	w := world{env: map[string]string{
		"SLACK_BOT_TOKEN": "xoxb-leak", "SLACK_APP_TOKEN": "xapp-leak", "SLACK_SIGNING_SECRET": "signing-leak",
		"ZOOM_ACCOUNT_ID": "account-leak", "ZOOM_CLIENT_ID": "client-leak", "ZOOM_CLIENT_SECRET": "secret-leak",
		"ZOOM_WEBHOOK_SECRET": "webhook-leak",
		"REDIS_URL":           "redis://:password-leak@localhost:6379/0", "ZOOMUSERS_APPROVAL_APPROVERS": "leak@example.com",
	}}
	c, err := loadConfig(nil, w.getenv, w.readFile)
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		printed[verb] = fmt.Sprintf(verb, c)
		printed[verb+" pointer"] = fmt.Sprintf(verb, &c)
		printed[verb+" wrapped"] = fmt.Sprintf(verb, struct{ C Config }{c})
		printed[verb+" parts"] = fmt.Sprintf(verb, []any{c.Slack, c.Zoom, c.Redis, c.Approval})
	}
	for name, handler := range map[string]func(io.Writer) slog.Handler{
		"slog text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
		"slog json": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).InfoContext(t.Context(), "start", slog.Any("config", c), slog.Any("config_pointer", &c))
		printed[name] = b.String()
	}
	asJSON, err := json.Marshal(c) //nolint:musttag // Nobody stores it; this looks for leaks.
	if err != nil {
		t.Fatal(err)
	}
	printed["json"] = string(asJSON)
	for how, text := range printed {
		if strings.Contains(text, "leak") {
			t.Errorf("%s shows a secret or an address: %s", how, text)
		}
		if text == "" {
			t.Errorf("%s shows nothing at all", how)
		}
	}
	for _, shown := range []string{"ZOOM_CLIENT_SECRET", "ZOOM_WEBHOOK_SECRET", "zoom_plan=pro", "approvers=1"} {
		if !strings.Contains(printed["%v"], shown) {
			t.Errorf("%%v does not show %s: %s", shown, printed["%v"])
		}
	}
}

func TestConfigWarnings(t *testing.T) {
	t.Parallel()
	c := defaultConfig()
	c.Slack.Channels, c.Approval.Approvers = []string{"admins"}, []string{"U1"}
	c.Zoom.APIURL = "http://127.0.0.1:4000/v2"
	if got := c.warnings(); len(got) != 0 {
		t.Errorf("warnings about a good configuration: %q", got)
	}
	c.Slack.Channels, c.Approval.Approvers = nil, nil
	c.Zoom.APIURL = "http://zoom.example.com/v2"
	want := []string{
		"slack.channels is empty: files are taken in every channel that the bot was invited to",
		"approval.approvers is empty: nobody can approve a job",
		"ZOOM_API_URL is http, not https: credentials travel in the clear",
	}
	if diff := cmp.Diff(want, c.warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// TestSettingsHaveNames keeps the list of settings whole.
func TestSettingsHaveNames(t *testing.T) {
	t.Parallel()
	flags := map[string]bool{"config": true}
	for _, s := range settings() {
		if s.flag == "" || s.usage == "" || flags[s.flag] {
			t.Errorf("setting %+v has no flag, no usage or another's flag", s)
		}
		flags[s.flag] = true
		if (s.kind == kindList) != (s.setList != nil) || (s.kind == kindList) == (s.set != nil) {
			t.Errorf("setting %s cannot store its kind", s.flag)
		}
	}
}
