package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// kind is how a value is written in the configuration file. In a flag or a
// variable everything is text, and lists are separated by commas.
type kind string

const (
	kindText     kind = "text"
	kindList     kind = "a list"
	kindBool     kind = "true or false"
	kindInt      kind = "a whole number"
	kindFloat    kind = "a number"
	kindDuration kind = "a duration such as 90m or 24h"
)

// setting is one value that is no secret: its names in the three sources, and
// what it accepts.
type setting struct {
	// key is its dotted name in the file; empty where the file has none.
	key string
	// env and flag follow from key unless given.
	env, flag string
	kind      kind
	usage     string
	// set checks and stores a scalar, setList a list.
	set     func(*Config, string) error
	setList func(*Config, []string) error
}

// settingError is a value that was refused, with where it was found.
type settingError struct {
	name string // the flag, the variable, or file:line and key
	err  error
}

func (e *settingError) Error() string { return e.name + ": " + e.err.Error() }

func (e *settingError) Unwrap() error { return e.err }

// settings is the one list that the file reader, the environment, the flags
// and their help are made from.
func settings() []setting {
	all := []setting{
		{
			key: "slack.channels", kind: kindList, setList: setChannels,
			usage: "names or ids of the `channels` where files are taken",
		},
		{
			key: "approval.approvers", kind: kindList, setList: setApprovers,
			usage: "`people` who may approve: user ids, e-mail addresses, user group ids or @handles",
		},
		{
			key: "approval.self_approve", kind: kindBool,
			set:   toBool(func(c *Config) *bool { return &c.Approval.SelfApprove }),
			usage: "let the person who asked approve as well",
		},
		{
			key: "approval.expires", kind: kindDuration,
			set:   toDuration(func(c *Config) *time.Duration { return &c.Approval.Expires }, time.Second),
			usage: "`time` after which an undecided job expires",
		},
		{
			key: "zoom.plan", kind: kindText, set: setPlan,
			usage: "Zoom `plan` of the account: free, pro or business",
		},
		{key: "zoom.share", kind: kindFloat, set: setShare, usage: "`part` of Zoom's rate limits to use, above 0 and at most 1"},
		{
			key: "zoom.timeout", kind: kindDuration,
			set:   toDuration(func(c *Config) *time.Duration { return &c.Zoom.Timeout }, time.Second),
			usage: "`time` after which a call of Zoom counts as unanswered",
		},
		{
			key: "zoom.create_action", kind: kindText,
			set:   toWord(func(c *Config) *string { return &c.Zoom.CreateAction }, "create", "autoCreate", "ssoCreate", "custCreate"),
			usage: "`way` of creating people: create, autoCreate, ssoCreate or custCreate",
		},
		{
			key: "zoom.user_type", kind: kindText,
			set:   toWord(func(c *Config) *string { return &c.Zoom.UserType }, "basic", "licensed"),
			usage: "`type` of new people where nothing else is chosen: basic or licensed",
		},
		{
			key: "report.to", kind: kindText,
			set:   toWord(func(c *Config) *string { return &c.ReportTo }, "thread", "dm"),
			usage: "`place` for reports: thread or dm",
		},
		{key: "limits.max_rows", kind: kindInt, set: setMaxRows, usage: "`rows` a file may have"},
		{key: "limits.max_bytes", kind: kindInt, set: setMaxBytes, usage: "`bytes` a file may have"},
		{
			key: "limits.allow_delete", kind: kindBool,
			set:   toBool(func(c *Config) *bool { return &c.AllowDelete }),
			usage: "let files delete and unlink people, which cannot be undone",
		},
		{
			key: "job.retention", kind: kindDuration,
			set:   toDuration(func(c *Config) *time.Duration { return &c.Retention }, time.Minute),
			usage: "`time` for which a finished job is kept",
		},
		{
			key: "finish.interval", kind: kindDuration,
			set:   toDuration(func(c *Config) *time.Duration { return &c.FinishInterval }, time.Second),
			usage: "`time` between two looks at invited people",
		},
		{
			key: "job.lease", kind: kindDuration,
			set:   toDuration(func(c *Config) *time.Duration { return &c.Lease }, time.Second),
			usage: "`time` after which another process takes over a job from one that has died",
		},
		{
			key: "job.overlap", kind: kindText,
			set:   toWord(func(c *Config) *string { return &c.Overlap }, string(jobs.OverlapQueue), string(jobs.OverlapRefuse)),
			usage: "`what` becomes of a job with people of a running one: queue or refuse",
		},
		{
			key: "seats.interval", kind: kindDuration,
			set:   toDuration(func(c *Config) *time.Duration { return &c.SeatsInterval }, time.Second),
			usage: "`time` between two attempts of a job that lacks licences",
		},
		{
			key: "seats.patience", kind: kindDuration,
			set:   toDuration(func(c *Config) *time.Duration { return &c.SeatsPatience }, time.Second),
			usage: "`time` after which a job that lacks licences ends",
		},
		{key: "guards.canary", kind: kindInt, set: setCanary, usage: "`rows` that are carried out and looked at before the others; 0 for none"},
		{
			key: "guards.failed_share", kind: kindFloat,
			set:   toShare(func(c *Config) *float64 { return &c.Guards.FailedShare }),
			usage: "`part` of the rows that may fail before a job is paused; 0 for no limit",
		},
		{
			key: "guards.touched_share", kind: kindFloat,
			set:   toShare(func(c *Config) *float64 { return &c.Guards.TouchedShare }),
			usage: "`part` of the account that one file may change; 0 for no limit",
		},
		{
			key: "guards.removed_share", kind: kindFloat,
			set:   toShare(func(c *Config) *float64 { return &c.Guards.RemovedShare }),
			usage: "`part` of the account that one file may take the access from; 0 for no limit",
		},
		{
			key: "guards.allow_admins", kind: kindBool,
			set:   toBool(func(c *Config) *bool { return &c.Guards.AllowAdmins }),
			usage: "let files take licences, access and addresses from administrators",
		},
		{key: "redis.key_prefix", kind: kindText, set: setKeyPrefix, usage: "`word` that all keys in Redis begin with"},
		{key: "log.level", kind: kindText, set: setLogLevel, usage: "least `level` that is logged: debug, info, warn or error"},
		{
			key: "log.format", kind: kindText,
			set:   toWord(func(c *Config) *string { return &c.LogFormat }, "text", "json"),
			usage: "`form` of the log: text or json",
		},
		{key: "listen", kind: kindText, set: setListen, usage: "`address` for health checks, Zoom's events and, in HTTP mode, Slack, such as :8080; empty for none"},

		{env: "SLACK_API_URL", flag: "slack-api-url", kind: kindText, set: setSlackAPIURL, usage: "base `URL` of Slack's Web API, ending in /api/"},
		{env: "ZOOM_API_URL", flag: "zoom-api-url", kind: kindText, set: setZoomAPIURL, usage: "base `URL` of Zoom's API, ending in /v2"},
		{env: "ZOOM_OAUTH_URL", flag: "zoom-oauth-url", kind: kindText, set: setZoomOAuthURL, usage: "`URL` of Zoom's token endpoint"},
		{flag: "redis-url", kind: kindText, set: setRedisURL, usage: "`URL` of Redis; with a password better in REDIS_URL, as flags show in process lists"},
	}
	for i, s := range all {
		if s.key == "" {
			continue
		}
		all[i].flag = strings.NewReplacer(".", "-", "_", "-").Replace(s.key)
		all[i].env = "ZOOMUSERS_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
	}
	return all
}

// apply stores a value that came as text.
func (s setting) apply(c *Config, text string) error {
	if s.kind != kindList {
		return s.set(c, strings.TrimSpace(text))
	}
	items := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return s.setList(c, items)
}

// givenFlags are the values of the flags that were given, by flag.
type givenFlags map[string]string

// addConfigFlags defines --config and a flag for each setting. Values are only
// collected: they are checked together with those of the other sources.
func addConfigFlags(fs *flag.FlagSet) givenFlags {
	given := givenFlags{}
	fs.Func("config", "configuration `file`; ./zoomusers.yaml when there is one", func(v string) error {
		given["config"] = v
		return nil
	})
	for _, s := range settings() {
		collect := func(v string) error {
			if before, again := given[s.flag]; again && s.kind == kindList {
				v = before + "," + v
			}
			given[s.flag] = v
			return nil
		}
		if s.kind == kindBool {
			fs.BoolFunc(s.flag, s.usage, collect)
		} else {
			fs.Func(s.flag, s.usage, collect)
		}
	}
	return given
}

func (c *Config) readFlags(given givenFlags) error {
	var problems []error
	for _, s := range settings() {
		if text, ok := given[s.flag]; ok {
			if err := s.apply(c, text); err != nil {
				problems = append(problems, &settingError{"--" + s.flag, err})
			}
		}
	}
	return errors.Join(problems...)
}

// readEnv reads the variables that hold no secret. An empty variable counts as
// none, since compose files and units pass those along.
func (c *Config) readEnv(getenv func(string) string) error {
	var problems []error
	for _, s := range settings() {
		if s.env == "" {
			continue
		}
		if text := getenv(s.env); text != "" {
			if err := s.apply(c, text); err != nil {
				problems = append(problems, &settingError{s.env, err})
			}
		}
	}
	return errors.Join(problems...)
}

func toWord(dst func(*Config) *string, words ...string) func(*Config, string) error {
	return func(c *Config, text string) error {
		for _, w := range words {
			if strings.EqualFold(w, text) {
				*dst(c) = w
				return nil
			}
		}
		return fmt.Errorf("%q is not one of %s", text, strings.Join(words, ", "))
	}
}

func toBool(dst func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, text string) error {
		v, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is not true or false", text)
		}
		*dst(c) = v
		return nil
	}
}

func toDuration(dst func(*Config) *time.Duration, least time.Duration) func(*Config, string) error {
	return func(c *Config, text string) error {
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not %s", text, kindDuration)
		}
		if d < least {
			return fmt.Errorf("%s is too short; give at least %s", d, least)
		}
		*dst(c) = d
		return nil
	}
}

// wholeNumber reads a number between 1 and most.
func wholeNumber(text string, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%q is not a whole number from 1 to %d", text, most)
	}
	return n, nil
}

func setMaxRows(c *Config, text string) error {
	n, err := wholeNumber(text, 1_000_000)
	if err == nil {
		c.MaxRows = int(n)
	}
	return err
}

func setCanary(c *Config, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1000 {
		return fmt.Errorf("%q is not a whole number from 0 to 1000", text)
	}
	c.Guards.Canary = n
	return nil
}

func toShare(dst func(*Config) *float64) func(*Config, string) error {
	return func(c *Config, text string) error {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || f < 0 || f > 1 {
			return fmt.Errorf("%q is not a number from 0 to 1, such as 0.2", text)
		}
		*dst(c) = f
		return nil
	}
}

func setMaxBytes(c *Config, text string) error {
	n, err := wholeNumber(text, 1<<30) // Slack's own ceiling for a file.
	if err == nil {
		c.MaxBytes = n
	}
	return err
}

// setPlan takes what zoomapi takes: the three words, and the names of plans
// with the limits of business.
func setPlan(c *Config, text string) error {
	plan, err := zoomapi.ParsePlan(text)
	if err != nil {
		return fmt.Errorf("%q is not one of free, pro, business", text)
	}
	c.Zoom.Plan = plan
	return nil
}

func setShare(c *Config, text string) error {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || f <= 0 || f > 1 {
		return fmt.Errorf("%q is not a number above 0 and at most 1, such as 0.8", text)
	}
	c.Zoom.Share = f
	return nil
}

func setChannels(c *Config, items []string) error {
	out := make([]string, 0, len(items))
	for i, item := range items {
		item = strings.TrimPrefix(item, "#")
		if item == "" || strings.ContainsAny(item, " \t\r\n<>|") {
			return fmt.Errorf("item %d is not a channel's name or id; write it as Slack shows it, without the #", i+1)
		}
		out = append(out, item)
	}
	c.Slack.Channels = out
	return nil
}

// The shapes of Slack's ids: a user, or a user group. The text after the first
// letter is Slack's own business.
var (
	slackPrincipalID = regexp.MustCompile(`^[UWS][A-Z0-9_]+$`)
	groupHandle      = regexp.MustCompile(`^@[^\s@<>|]+$`)
	emailAddress     = regexp.MustCompile(`^[^\s@<>|]+@[^\s@<>|]+$`)
)

func setApprovers(c *Config, items []string) error {
	for i, item := range items {
		if !slackPrincipalID.MatchString(item) && !groupHandle.MatchString(item) && !emailAddress.MatchString(item) {
			// The value is not repeated: it may be a person's address.
			return fmt.Errorf("item %d is not a user id (U…), an e-mail address, a user group's id (S…) or its @handle", i+1)
		}
	}
	c.Approval.Approvers = slices.Clone(items)
	return nil
}

func setKeyPrefix(c *Config, text string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$`).MatchString(text) {
		return fmt.Errorf("%q is not a key prefix; use up to 64 letters, digits and - _ . : and begin with a letter or digit", text)
	}
	c.Redis.KeyPrefix = text
	return nil
}

func setLogLevel(c *Config, text string) error {
	var word string
	if err := toWord(func(*Config) *string { return &word }, "debug", "info", "warn", "error")(c, text); err != nil {
		return err
	}
	return c.LogLevel.UnmarshalText([]byte(word))
}

func setListen(c *Config, text string) error {
	if text != "" {
		_, port, err := net.SplitHostPort(text)
		if err != nil {
			return fmt.Errorf("%q is not an address; write host:port, or :8080 for every interface", text)
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return fmt.Errorf("%q is not a port from 0 to 65535", port)
		}
	}
	c.Listen = text
	return nil
}

func setSlackAPIURL(c *Config, text string) error {
	u, err := baseURL(text)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(u.Path, "/api") {
		return errors.New("the URL does not end in /api/")
	}
	c.Slack.APIURL = u.String() + "/"
	return nil
}

func setZoomAPIURL(c *Config, text string) error {
	u, err := baseURL(text)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(u.Path, "/v2") {
		return errors.New("the URL does not end in /v2")
	}
	c.Zoom.APIURL = u.String()
	return nil
}

func setZoomOAuthURL(c *Config, text string) error {
	u, err := baseURL(text)
	if err != nil {
		return err
	}
	c.Zoom.OAuthURL = u.String()
	return nil
}

// setRedisURL does not repeat what it refuses: the URL may hold a password.
func setRedisURL(c *Config, text string) error {
	if _, err := redisDialer(text); err != nil {
		return err
	}
	c.Redis.URL = zoomapi.NewSecret(text)
	return nil
}

// baseURL reads an absolute http or https URL and drops slashes at its end.
// Its errors do not repeat the text, which may hold a password by mistake.
func baseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" {
		return nil, errors.New("the value is not a URL that begins with https:// (or http://) and a host")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the URL has a user name, a query or a fragment; leave those out")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && addr.IsLoopback())
}

var _ slog.LogValuer = Config{}
