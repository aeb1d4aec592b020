package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// secretSetting is a value that only comes from the environment, either itself
// or as the path of a file that holds it (the variable with _FILE at its end).
type secretSetting struct {
	env  string
	what string // what belongs there, for the person who left it out
	need need   // commands that cannot do without it
	dst  func(*Config) *zoomapi.Secret
	// check looks at the value's form; nil where there is none to look at.
	check func(*Config, string) error
}

func secretSettings() []secretSetting {
	return []secretSetting{
		{
			env: "SLACK_BOT_TOKEN", what: "the app's bot token (xoxb-…)", need: needSlack,
			dst: func(c *Config) *zoomapi.Secret { return &c.Slack.BotToken },
		},
		{
			env: "SLACK_APP_TOKEN", what: "the app-level token with connections:write (xapp-…)", need: needSlack,
			dst: func(c *Config) *zoomapi.Secret { return &c.Slack.AppToken },
		},
		{
			env: "SLACK_SIGNING_SECRET", what: "the app's signing secret",
			dst: func(c *Config) *zoomapi.Secret { return &c.Slack.SigningSecret },
		},
		{
			env: "ZOOM_ACCOUNT_ID", what: "the account id of the server-to-server app", need: needZoom,
			dst: func(c *Config) *zoomapi.Secret { return &c.Zoom.AccountID },
		},
		{
			env: "ZOOM_CLIENT_ID", what: "the client id of the server-to-server app", need: needZoom,
			dst: func(c *Config) *zoomapi.Secret { return &c.Zoom.ClientID },
		},
		{
			env: "ZOOM_CLIENT_SECRET", what: "the client secret of the server-to-server app", need: needZoom,
			dst: func(c *Config) *zoomapi.Secret { return &c.Zoom.ClientSecret },
		},
		{
			env: "ZOOM_WEBHOOK_SECRET", what: "the secret token of the Zoom app's event subscription",
			dst: func(c *Config) *zoomapi.Secret { return &c.Zoom.WebhookSecret },
		},
		{
			env: "REDIS_URL", what: "the URL of Redis",
			dst:   func(c *Config) *zoomapi.Secret { return &c.Redis.URL },
			check: setRedisURL,
		},
	}
}

func (c *Config) readSecrets(getenv func(string) string, readFile func(string) ([]byte, error)) error {
	var problems []error
	for _, s := range secretSettings() {
		text, err := secretText(s.env, getenv, readFile)
		if err == nil && text != "" && s.check != nil {
			err = s.check(c, text)
		}
		if err != nil {
			problems = append(problems, &settingError{s.env, err})
		} else if text != "" {
			*s.dst(c) = zoomapi.NewSecret(text)
		}
	}
	return errors.Join(problems...)
}

// secretText returns the secret itself, or "" when neither variable is set.
func secretText(env string, getenv func(string) string, readFile func(string) ([]byte, error)) (string, error) {
	text, path := getenv(env), getenv(env+"_FILE")
	switch {
	case text != "" && path != "":
		return "", fmt.Errorf("set together with %s_FILE; keep one", env)
	case path != "":
		data, err := readFile(path)
		if err != nil {
			return "", fmt.Errorf("read the file of %s_FILE: %w", env, err)
		}
		// Editors and echo end a file with a line break that is no part of it.
		text = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
		if text == "" {
			return "", fmt.Errorf("the file of %s_FILE (%s) is empty", env, path)
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", errors.New("the value has a space, a line break or a control character in it; copy it again")
	}
	return text, nil
}
