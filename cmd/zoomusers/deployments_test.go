package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot"
)

func deployment(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "deployments", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestManifest reads the app manifest as Slack's own model of one, and holds
// it against what the bot calls and listens to.
func TestManifest(t *testing.T) {
	t.Parallel()
	asJSON, err := yaml.YAMLToJSON(deployment(t, "slack-manifest.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var m slack.Manifest
	dec := json.NewDecoder(bytes.NewReader(asJSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		t.Fatalf("decode the manifest: %v", err)
	}

	scopes := []string{
		"channels:history", "channels:read", "chat:write", "commands", "files:read", "files:write",
		"groups:history", "groups:read", "im:history", "im:write", "reactions:write", "usergroups:read",
		"users:read", "users:read.email",
	}
	if diff := cmp.Diff(scopes, m.OAuthConfig.Scopes.Bot); diff != "" {
		t.Errorf("bot scopes (-want +got):\n%s", diff)
	}
	events := []string{"app_home_opened", "message.channels", "message.groups", "message.im", "subteam_members_changed"}
	if m.Settings.EventSubscriptions == nil {
		t.Fatal("no events are subscribed to")
	}
	if diff := cmp.Diff(events, m.Settings.EventSubscriptions.BotEvents); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if !m.Settings.SocketModeEnabled {
		t.Error("Socket Mode is off")
	}
	if m.Settings.Interactivity == nil || !m.Settings.Interactivity.IsEnabled {
		t.Error("interactivity is off: buttons and forms would not work")
	}
	if !m.Features.AppHome.HomeTabEnabled || !m.Features.AppHome.MessagesTabEnabled {
		t.Errorf("app home = %+v, want both tabs", m.Features.AppHome)
	}
	shortcuts := make(map[string]string)
	for _, s := range m.Features.Shortcuts {
		shortcuts[s.CallbackID] = string(s.Type)
		if len([]rune(s.Name)) > 24 {
			t.Errorf("the name of shortcut %s is longer than 24 characters", s.CallbackID)
		}
	}
	if diff := cmp.Diff(map[string]string{bot.ShortcutMessage: "message", bot.ShortcutGlobal: "global"}, shortcuts); diff != "" {
		t.Errorf("shortcuts (-want +got):\n%s", diff)
	}
	if len(m.Features.SlashCommands) != 1 || m.Features.SlashCommands[0].Command != bot.Command {
		t.Fatalf("slash commands = %+v, want /zoomusers alone", m.Features.SlashCommands)
	}
	for _, word := range bot.Subcommands() {
		if !strings.Contains(m.Features.SlashCommands[0].UsageHint, word) {
			t.Errorf("the usage hint does not name %s", word)
		}
	}
}

// TestDeploymentVariables keeps the compose file and the unit from setting
// variables that nobody reads, and from leaving out one that is needed.
func TestDeploymentVariables(t *testing.T) {
	t.Parallel()
	known := []string{"ZOOMUSERS_CONFIG"}
	var needed []string
	for _, s := range settings() {
		known = append(known, s.env)
	}
	for _, s := range secretSettings() {
		known = append(known, s.env, s.env+"_FILE")
		if s.need != 0 {
			needed = append(needed, s.env+"_FILE")
		}
	}
	for name, pattern := range map[string]*regexp.Regexp{
		"compose.yaml":      regexp.MustCompile(`(?m)^      ([A-Z_]*(?:SLACK|ZOOM|REDIS)[A-Z_]*): `),
		"zoomusers.service": regexp.MustCompile(`(?m)^Environment=([A-Z_]+)=`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var set []string
			for _, match := range pattern.FindAllSubmatch(deployment(t, name), -1) {
				set = append(set, string(match[1]))
			}
			for _, v := range set {
				if !slices.Contains(known, v) {
					t.Errorf("%s is set but never read", v)
				}
			}
			for _, v := range needed {
				if !slices.Contains(set, v) {
					t.Errorf("%s is not set", v)
				}
			}
		})
	}
}
