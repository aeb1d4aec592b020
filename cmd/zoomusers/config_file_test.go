package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConfigFileProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		file string
		want []string
	}{
		{
			name: "every problem at once",
			file: `slack:
  chanels: [a]
  channels: admins
approval:
  channels: [b]
  expires: 24
  self_approve: "true"
zoom:
  plan: pro
  share: 80%
  plan: free
  user_type: 2
report: dm
limits: {max_rows: 1.5}
zooom: {}
plan: pro
`,
			want: []string{
				"zoomusers.yaml:2: unknown key slack.chanels; did you mean slack.channels?",
				"zoomusers.yaml:3: slack.channels: the value is text, not a list; begin each item on its own line with a dash, or write []",
				"zoomusers.yaml:5: unknown key approval.channels; did you mean slack.channels?",
				"zoomusers.yaml:6: approval.expires: the value is a number, not a duration such as 90m or 24h",
				"zoomusers.yaml:7: approval.self_approve: the value is text, not true or false",
				"zoomusers.yaml:10: zoom.share: the value is text, not a number",
				"zoomusers.yaml:11: zoom.plan: set twice, first on line 9; keep one",
				"zoomusers.yaml:12: zoom.user_type: the value is a number, not text",
				"zoomusers.yaml:13: report: there is text where keys are expected, such as to:",
				"zoomusers.yaml:14: limits.max_rows: the value is a number, not a whole number",
				"zoomusers.yaml:15: unknown key zooom; did you mean zoom?",
				"zoomusers.yaml:16: unknown key plan; did you mean zoom.plan?",
			},
		},
		{
			name: "nothing is near",
			file: "colour: red",
			want: []string{
				"zoomusers.yaml:1: unknown key colour; the keys are approval.approvers, approval.expires, approval.self_approve, finish.interval, guards.allow_admins, guards.canary, guards.failed_share, guards.removed_share, guards.touched_share, job.lease, job.overlap, job.retention, limits.allow_delete, limits.max_bytes, limits.max_rows, listen, log.format, log.level, redis.key_prefix, report.to, seats.interval, seats.patience, slack.channels, zoom.create_action, zoom.plan, zoom.share, zoom.timeout, zoom.user_type",
			},
		},
		{
			name: "values out of range keep their line",
			file: "\n\nzoom:\n  share: 1.5\n  create_action: invite\napproval:\n  approvers:\n    - U1\n    - 12\n",
			want: []string{
				`zoomusers.yaml:4: zoom.share: "1.5" is not a number above 0 and at most 1, such as 0.8`,
				`zoomusers.yaml:5: zoom.create_action: "invite" is not one of create, autoCreate, ssoCreate, custCreate`,
				"zoomusers.yaml:9: approval.approvers: an item is a number, not text; put it in quotes",
			},
		},
		{
			name: "secrets do not belong here",
			file: "slack: {bot_token: xoxb-1}",
			want: []string{
				"zoomusers.yaml:1: unknown key slack.bot_token; it is a secret: put it in SLACK_BOT_TOKEN or SLACK_BOT_TOKEN_FILE",
			},
		},
		{
			name: "empty values, anchors, tags",
			file: "zoom:\n  plan:\n  share: &x 0.5\nreport:\n  to: !!str dm\n",
			want: []string{
				"zoomusers.yaml:2: zoom.plan: the value is empty, not text",
				"zoomusers.yaml:3: zoom.share: the value is an anchor or alias, which this file does not take, not a number",
				"zoomusers.yaml:5: report.to: the value is a tag, which this file does not take, not text",
			},
		},
		{name: "a list", file: "- a\n", want: []string{"zoomusers.yaml:1: there is a list where keys are expected, such as slack:"}},
		{name: "two documents", file: "zoom: {plan: pro}\n---\nzoom: {plan: free}\n", want: []string{"zoomusers.yaml:3: a second document begins; keep one"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := world{files: map[string]string{"zoomusers.yaml": tt.file}}.load()
			if err == nil {
				t.Fatal("accepted")
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfigFileNotYAML(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"tab":     "zoom:\n\tplan: pro\n",
		"bracket": "zoom: {plan: pro\n",
		"quote":   "zoom:\n  plan: \"pro\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := world{files: map[string]string{"zoomusers.yaml": file}}.load()
			if err == nil || !strings.HasPrefix(err.Error(), "zoomusers.yaml:") || !strings.Contains(err.Error(), "the file is not YAML") {
				t.Errorf("load gives %v", err)
			}
		})
	}
}

func TestConfigFileEmpty(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"nothing":           "",
		"comments":          "# zoom:\n#   plan: pro\n",
		"byte order mark":   "\ufeffzoom:\n  plan: pro\r\n",
		"section commented": "zoom:\n  # plan: free\nreport:\n",
		"document marks":    "---\nzoom: {plan: pro}\n...\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := defaultConfig()
			want.File = "zoomusers.yaml"
			got, err := world{files: map[string]string{"zoomusers.yaml": file}}.load()
			if err != nil {
				t.Fatalf("load: %v", err)
			}
			if diff := cmp.Diff(want, got, compareConfigs()); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
}

// TestExampleFile keeps the example whole and true: it names every key, and
// what it calls a default is one.
func TestExampleFile(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "deployments", "zoomusers.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := defaultConfig()
	want.File = "zoomusers.yaml"
	want.Slack.Channels = []string{"zoom-admins"}
	want.Approval.Approvers = []string{"@zoom-approvers", "approver@example.com"}
	got, err := world{files: map[string]string{"zoomusers.yaml": string(data)}}.load()
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	if diff := cmp.Diff(want, got, compareConfigs()); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	for _, s := range settings() {
		leaf := s.key[strings.LastIndex(s.key, ".")+1:]
		if s.key != "" && !strings.Contains(string(data), "\n"+leaf+":") && !strings.Contains(string(data), "\n  "+leaf+":") {
			t.Errorf("the example does not name %s", s.key)
		}
	}
}

// FuzzConfigFile looks for files that crash the reader, or that it takes with
// values out of their range.
func FuzzConfigFile(f *testing.F) {
	for _, seed := range []string{
		"", "zoom: {plan: pro, share: 0.5}", "slack:\n  channels:\n    - a\n    - '#b'\n", "zoom: &a\n  plan: *a\n", "? a\n: b\n",
		"a: |\n  text\n", "<<: {zoom: {}}", "zoom: !!map {plan: free}", "- a\n- b: [", "---\n---\n", "limits: {max_rows: 0x10}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := defaultConfig()
		if err := c.decodeFile("zoomusers.yaml", data); err != nil {
			return
		}
		if c.Zoom.Share <= 0 || c.Zoom.Share > 1 || c.MaxRows < 1 || c.Approval.Expires <= 0 || c.Redis.KeyPrefix == "" {
			t.Errorf("accepted %q as %v", data, c)
		}
	})
}
