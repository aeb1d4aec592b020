package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Config is everything the program can be told. It is put together from, in
// this order, flags, the environment, the configuration file and defaults, and
// is checked whole: loadConfig returns every problem, not the first.
//
// It prints neither its secrets nor anybody's e-mail address, whatever verb or
// log handler it meets.
//
//nolint:recvcheck // Readers fill it through a pointer; printing must work on a copy as well.
type Config struct {
	// File is the configuration file that was read; empty when there was none.
	File string

	Slack    SlackConfig
	Zoom     ZoomConfig
	Redis    RedisConfig
	Approval ApprovalConfig

	// ReportTo says where a job's report goes: thread or dm.
	ReportTo string
	// MaxRows and MaxBytes bound a roster file; a larger one is refused whole.
	MaxRows  int
	MaxBytes int64
	// AllowDelete lets files delete and unlink people.
	AllowDelete bool
	// Retention is how long a finished job is kept.
	Retention time.Duration
	// FinishInterval is the pause between two looks at invited people.
	FinishInterval time.Duration
	// Lease is how long a job stays with a process that has died.
	Lease time.Duration
	// Overlap is queue or refuse: what becomes of a job that has people in common with a running one.
	Overlap string
	// SeatsInterval and SeatsPatience are how often, and for how long, a job tries again that lacks licences.
	SeatsInterval, SeatsPatience time.Duration
	// Guards stop jobs that go wrong; 0 takes one away.
	Guards GuardsConfig

	LogLevel slog.Level
	// LogFormat is text or json.
	LogFormat string
	// Listen is the address for health checks, Zoom's events and, in HTTP mode, Slack; empty turns them off.
	Listen string
}

// SlackConfig is the workspace the bot lives in.
type SlackConfig struct {
	BotToken, AppToken zoomapi.Secret
	// SigningSecret is only needed where Slack calls the bot over HTTP.
	SigningSecret zoomapi.Secret
	// APIURL ends in /api/.
	APIURL string
	// Channels are names without # or ids of channels where files are taken.
	Channels []string
}

// ZoomConfig is the account that is changed.
type ZoomConfig struct {
	AccountID, ClientID, ClientSecret zoomapi.Secret
	// WebhookSecret verifies Zoom's events; without one they are not received.
	WebhookSecret zoomapi.Secret
	// APIURL ends in /v2, without a slash after it.
	APIURL, OAuthURL string
	// Plan decides the rate limits; no call tells an app its account's plan.
	Plan zoomapi.Plan
	// Share is the part of the rate limits to use, above 0 and at most 1.
	Share float64
	// Timeout bounds one attempt of a call.
	Timeout time.Duration
	// CreateAction is create, autoCreate, ssoCreate or custCreate.
	CreateAction string
	// UserType is basic or licensed, for files that do not say.
	UserType string
}

// RedisConfig is where jobs are kept. The URL may hold a password.
type RedisConfig struct {
	URL       zoomapi.Secret
	KeyPrefix string
}

// ApprovalConfig says who may let a plan pass.
type ApprovalConfig struct {
	// Approvers are user ids (U…, W…), e-mail addresses, user group ids (S…) or
	// user group handles (@…).
	Approvers   []string
	SelfApprove bool
	Expires     time.Duration
}

// GuardsConfig says when a job is stopped that goes wrong; see [jobs.Guards]. Here 0 takes a guard away.
type GuardsConfig struct {
	Canary                                  int
	FailedShare, TouchedShare, RemovedShare float64
	AllowAdmins                             bool
}

// options are the guards as the service wants them.
func (g GuardsConfig) options() jobs.Guards {
	out := jobs.Guards{
		Canary: g.Canary, FailedShare: g.FailedShare, TouchedShare: g.TouchedShare, RemovedShare: g.RemovedShare, AllowAdmins: g.AllowAdmins,
	}
	if out.Canary == 0 {
		out.Canary = -1
	}
	for _, share := range []*float64{&out.FailedShare, &out.TouchedShare, &out.RemovedShare} {
		if *share == 0 {
			*share = -1
		}
	}
	return out
}

// need is what a command cannot do without.
type need uint8

const (
	needSlack need = 1 << iota
	needZoom
)

// loadConfig is the configuration of serve, which needs both Slack and Zoom.
// With -h among args the error is flag.ErrHelp.
func loadConfig(args []string, getenv func(string) string, readFile func(string) ([]byte, error)) (Config, error) {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return loadConfigFor(fs, needSlack|needZoom, args, getenv, readFile)
}

// loadConfigFor adds the configuration's flags to fs, which may have some of
// its command's own, parses args and puts the configuration together.
func loadConfigFor(
	fs *flag.FlagSet, needs need, args []string,
	getenv func(string) string, readFile func(string) ([]byte, error),
) (Config, error) {
	given := addConfigFlags(fs)
	var problems []error
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return Config{}, err
	} else if err != nil {
		problems = append(problems, fmt.Errorf("%w; -h lists the flags", err))
	}
	if fs.NArg() > 0 {
		problems = append(problems, fmt.Errorf("%q is no flag; flags begin with - and come before anything else", fs.Arg(0)))
	}

	c := defaultConfig()
	problems = append(problems,
		c.readFile(given, getenv, readFile),
		c.readEnv(getenv),
		c.readSecrets(getenv, readFile),
		c.readFlags(given),
	)
	// What is missing or does not fit together is only known when every source
	// could be read; the checks say nothing about values already refused.
	problems = append(problems, c.check(needs, problems))
	if err := errors.Join(problems...); err != nil {
		return Config{}, err
	}
	return c, nil
}

// defaultConfig is what holds where nothing else is said.
func defaultConfig() Config {
	return Config{
		Slack: SlackConfig{APIURL: "https://slack.com/api/"},
		Zoom: ZoomConfig{
			APIURL:       "https://api.zoom.us/v2",
			OAuthURL:     "https://zoom.us/oauth/token",
			Plan:         zoomapi.PlanPro,
			Share:        0.8,
			Timeout:      time.Minute,
			CreateAction: "create",
			UserType:     "basic",
		},
		Redis:          RedisConfig{KeyPrefix: "zoomusers"},
		Approval:       ApprovalConfig{Expires: 24 * time.Hour},
		ReportTo:       "thread",
		MaxRows:        9999,
		MaxBytes:       10 << 20,
		Retention:      720 * time.Hour,
		FinishInterval: 5 * time.Minute,
		Lease:          15 * time.Second,
		Overlap:        string(jobs.OverlapQueue),
		SeatsInterval:  10 * time.Minute,
		SeatsPatience:  24 * time.Hour,
		Guards:         GuardsConfig{Canary: 10, FailedShare: 0.5, TouchedShare: 1, RemovedShare: 0.2},
		LogLevel:       slog.LevelInfo,
		LogFormat:      "text",
	}
}

// check finds what no single value shows: credentials that are missing or in
// each other's place, and times that contradict each other.
func (c Config) check(needs need, refused []error) error {
	var problems []error
	for _, s := range secretSettings() {
		if needs&s.need == 0 || !s.dst(&c).IsZero() {
			continue
		}
		if slices.ContainsFunc(flatten(refused), func(err error) bool {
			e, ok := errors.AsType[*settingError](err)
			return ok && e.name == s.env
		}) {
			continue // Given, but refused: that has been said.
		}
		if s.env == "SLACK_APP_TOKEN" && c.overHTTP() {
			continue // Slack calls the bot, no socket is needed.
		}
		problems = append(problems, fmt.Errorf("%s is not set; put %s there, or the path of a file with it in %s_FILE%s", s.env, s.what, s.env, c.httpHint(s.env)))
	}
	if strings.HasPrefix(c.Slack.BotToken.Reveal(), "xapp-") {
		problems = append(problems, errors.New("SLACK_BOT_TOKEN holds an app-level token (xapp-); put the bot token there, which begins with xoxb-"))
	}
	if strings.HasPrefix(c.Slack.AppToken.Reveal(), "xoxb-") {
		problems = append(problems, errors.New("SLACK_APP_TOKEN holds a bot token (xoxb-); put the app-level token there, which begins with xapp-"))
	}
	if c.Approval.Expires > c.Retention {
		problems = append(problems, fmt.Errorf("approval.expires (%s) is longer than job.retention (%s): a job would be gone before its decision; shorten the one or lengthen the other", c.Approval.Expires, c.Retention))
	}
	return errors.Join(problems...)
}

// overHTTP reports whether Slack reaches the bot by signed requests instead of
// a socket: there is no app-level token, but all that requests need.
func (c Config) overHTTP() bool {
	return c.Slack.AppToken.IsZero() && !c.Slack.SigningSecret.IsZero() && c.Listen != ""
}

// httpHint tells somebody who has set one half of what requests over HTTP need
// about the other half.
func (c Config) httpHint(env string) string {
	switch {
	case env != "SLACK_APP_TOKEN":
	case !c.Slack.SigningSecret.IsZero():
		return "; or, to have Slack call the bot over HTTP, say with --listen (ZOOMUSERS_LISTEN) where it listens"
	case c.Listen != "":
		return "; or, to have Slack call the bot over HTTP, put the signing secret in SLACK_SIGNING_SECRET"
	}
	return ""
}

// warnings are settings that work but are seldom meant, each as a sentence for
// the log at start.
func (c Config) warnings() []string {
	var out []string
	if len(c.Slack.Channels) == 0 {
		out = append(out, "slack.channels is empty: files are taken in every channel that the bot was invited to")
	}
	if len(c.Approval.Approvers) == 0 {
		out = append(out, "approval.approvers is empty: nobody can approve a job")
	}
	if !c.Zoom.WebhookSecret.IsZero() && c.Listen == "" {
		out = append(out, "ZOOM_WEBHOOK_SECRET is set and listen is empty: Zoom's events cannot reach the bot")
	}
	for _, u := range []struct{ name, value string }{
		{"SLACK_API_URL", c.Slack.APIURL}, {"ZOOM_API_URL", c.Zoom.APIURL}, {"ZOOM_OAUTH_URL", c.Zoom.OAuthURL},
	} {
		if p, err := url.Parse(u.value); err == nil && p.Scheme == "http" && !isLoopback(p.Hostname()) {
			out = append(out, u.name+" is http, not https: credentials travel in the clear")
		}
	}
	return out
}

// LogValue shows what may be shown: of secrets whether they are set, of people
// how many. It makes Config safe to log and to print.
func (c Config) LogValue() slog.Value {
	set := make([]string, 0, len(secretSettings()))
	for _, s := range secretSettings() {
		if !s.dst(&c).IsZero() {
			set = append(set, s.env)
		}
	}
	return slog.GroupValue(
		slog.String("file", c.File),
		slog.Any("secrets_set", set),
		slog.String("slack_api_url", c.Slack.APIURL),
		slog.Any("slack_channels", c.Slack.Channels),
		slog.String("zoom_api_url", c.Zoom.APIURL),
		slog.String("zoom_oauth_url", c.Zoom.OAuthURL),
		slog.String("zoom_plan", string(c.Zoom.Plan)),
		slog.Float64("zoom_share", c.Zoom.Share),
		slog.String("zoom_create_action", c.Zoom.CreateAction),
		slog.String("zoom_user_type", c.Zoom.UserType),
		slog.String("redis_key_prefix", c.Redis.KeyPrefix),
		slog.Int("approvers", len(c.Approval.Approvers)),
		slog.Bool("self_approve", c.Approval.SelfApprove),
		slog.Duration("approval_expires", c.Approval.Expires),
		slog.String("report_to", c.ReportTo),
		slog.Int("max_rows", c.MaxRows),
		slog.Int64("max_bytes", c.MaxBytes),
		slog.Bool("allow_delete", c.AllowDelete),
		slog.Duration("job_retention", c.Retention),
		slog.Duration("finish_interval", c.FinishInterval),
		slog.String("log_level", c.LogLevel.String()),
		slog.String("log_format", c.LogFormat),
		slog.String("listen", c.Listen),
	)
}

// Format prints what LogValue shows, for every verb.
func (c Config) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.LogValue().String())
}

// Format counts the approvers, who may be given by e-mail address.
func (a ApprovalConfig) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "{approvers:%d self_approve:%t expires:%s}", len(a.Approvers), a.SelfApprove, a.Expires)
}

// MarshalJSON leaves the approvers to Format's count as well.
func (a ApprovalConfig) MarshalJSON() ([]byte, error) { return json.Marshal(fmt.Sprint(a)) }

// flatten lists the errors inside joined ones.
func flatten(errs []error) []error {
	var out []error
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			out = append(out, flatten(joined.Unwrap())...)
		} else if err != nil {
			out = append(out, err)
		}
	}
	return out
}
