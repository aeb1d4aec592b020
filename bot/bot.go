package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// CardEvent is the event_type of the metadata that every card carries.
const CardEvent = "zoomusers_job"

// Ids that others script against.
const (
	// Command is the slash command.
	Command = "/zoomusers"
	// ActionApprove and ActionReject are the decisive buttons; their value is "<job id> <digest>".
	ActionApprove = "job_approve"
	ActionReject  = "job_reject"
	// ActionCancel ends a job; its value is the job id.
	ActionCancel = "job_cancel"
	// CallbackImport and CallbackReject are the modals, ShortcutMessage and ShortcutGlobal the shortcuts.
	CallbackImport  = "import_roster"
	CallbackReject  = "reject_job"
	ShortcutMessage = "import_message"
	ShortcutGlobal  = "import_users"
)

// Report destinations.
const (
	ReportThread = "thread"
	ReportDM     = "dm"
)

// Options configure a [Bot].
type Options struct {
	// API is the Slack client with the bot token, and the app-level token for Socket Mode.
	API *slack.Client
	// HTTP is used for answers to response URLs; a client with a timeout of 10 seconds by default.
	HTTP *http.Client
	Jobs *jobs.Service
	Text *text.Catalogue
	// Channels are names or ids where files are taken; all that the bot is in when empty.
	Channels []string
	// Approvers are user ids, e-mail addresses, user group ids (S…) or handles (@…).
	Approvers []string
	// SelfApprove is shown on cards; the service enforces it.
	SelfApprove bool
	// ReportTo is where plans and result files go: [ReportThread] (default) or [ReportDM].
	ReportTo string
	// MaxBytes is the largest file that is taken; 10 MiB by default.
	MaxBytes int64
	// MaxRows is told to people in the help.
	MaxRows int
	// Ephemeral makes cards say that jobs are lost when the process ends.
	Ephemeral bool
	// EditEvery is the least time between two edits of one card; 2 seconds by default.
	EditEvery time.Duration
	// PingInterval is how long Socket Mode waits for a ping before it reconnects; slack-go's default when 0.
	PingInterval time.Duration
	Logger       *slog.Logger
	Now          func() time.Time
}

// Bot is the Slack front. It implements [jobs.Front].
type Bot struct {
	o      Options
	api    *slack.Client
	jobs   *jobs.Service
	log    *slog.Logger
	people *people

	// me is who the bot is; known after Connect.
	me identity
	// cards keeps edits of one card in order within the process.
	cards keyedMutex
	pace  editPace
	// places are the addresses of cards that others name.
	places placeMemory
	// work counts handlers that go on after their acknowledgement.
	work sync.WaitGroup

	ready readiness
}

type identity struct {
	userID, botID, teamID, enterpriseID string
}

var _ jobs.Front = (*Bot)(nil)

// New makes a bot. Call [Bot.Connect] before anything else.
func New(o Options) *Bot {
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if o.ReportTo == "" {
		o.ReportTo = ReportThread
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 10 << 20
	}
	if o.MaxRows <= 0 {
		o.MaxRows = 9999
	}
	if o.EditEvery <= 0 {
		o.EditEvery = 2 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	b := &Bot{o: o, api: o.API, jobs: o.Jobs, log: o.Logger}
	b.pace.every = o.EditEvery
	b.people = newPeople(o.API, o.Approvers, o.Now, o.Logger)
	return b
}

// Connect learns who the bot is. It fails when Slack refuses the token.
func (b *Bot) Connect(ctx context.Context) error {
	who, err := b.api.AuthTestContext(ctx)
	if err != nil {
		return fmt.Errorf("sign in to Slack: %w", err)
	}
	b.me = identity{userID: who.UserID, botID: who.BotID, teamID: who.TeamID, enterpriseID: who.EnterpriseID}
	b.people.home(b.me.teamID, b.me.enterpriseID)
	if lacking := lackingScopes(who.Header.Get("X-Oauth-Scopes")); len(lacking) > 0 {
		b.log.WarnContext(ctx, "the Slack app lacks scopes, parts of the bot will not work", "scopes", strings.Join(lacking, ","))
	}
	if len(b.o.Approvers) == 0 {
		b.log.WarnContext(ctx, "no approvers are configured: nobody can approve a job")
	}
	return nil
}

// lackingScopes names the scopes that the bot cannot do without and the token does not have, as far as Slack tells.
func lackingScopes(granted string) []string {
	if granted == "" {
		return nil
	}
	has := strings.FieldsFunc(granted, func(r rune) bool { return r == ',' || r == ' ' })
	var lacking []string
	for _, s := range []string{"chat:write", "commands", "files:read", "files:write", "im:write", "users:read"} {
		if !slices.Contains(has, s) {
			lacking = append(lacking, s)
		}
	}
	return lacking
}

// allowed reports whether files are taken in a conversation. Channels are configured by name or id. The error says that
// Slack could not be asked.
func (b *Bot) allowed(ctx context.Context, channelID, channelType string) (bool, error) {
	if channelType == "im" || strings.HasPrefix(channelID, "D") || len(b.o.Channels) == 0 || slices.Contains(b.o.Channels, channelID) {
		return true, nil
	}
	if !slices.ContainsFunc(b.o.Channels, isName) {
		return false, nil
	}
	name, err := b.people.channelName(ctx, channelID)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(b.o.Channels, func(c string) bool {
		return name != "" && strings.EqualFold(strings.TrimPrefix(c, "#"), name)
	}), nil
}

// isName reports whether an entry of the configured channels is a name, not an id.
func isName(channel string) bool { return !looksLikeID(channel, "CG") }

// channelList names the configured channels for people.
func (b *Bot) channelList() string {
	names := make([]string, 0, len(b.o.Channels))
	for _, c := range b.o.Channels {
		if looksLikeID(c, "CG") {
			names = append(names, "<#"+c+">")
			continue
		}
		names = append(names, "#"+esc(strings.TrimPrefix(c, "#")))
	}
	return strings.Join(names, ", ")
}

// looksLikeID reports whether s is an id of Slack that begins with one of the letters.
func looksLikeID(s, letters string) bool {
	if len(s) < 6 || !strings.ContainsRune(letters, rune(s[0])) {
		return false
	}
	return strings.Trim(s[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// background runs f after an acknowledgement, detached from the delivery's context. A panic in one handler must not end
// the process.
func (b *Bot) background(ctx context.Context, what string, f func(context.Context) error) {
	ctx = context.WithoutCancel(ctx)
	b.work.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, handlerTimeout)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				b.log.ErrorContext(ctx, "handler panicked", "handler", what, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			}
		}()
		if err := f(ctx); err != nil {
			b.log.WarnContext(ctx, "handler failed", "handler", what, "err", err)
		}
	})
}

// handlerTimeout bounds what follows an acknowledgement; the long work is in tasks.
const handlerTimeout = time.Minute

// Wait returns when handlers that are still at work have ended, or ctx has.
func (b *Bot) Wait(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		b.work.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// keyedMutex is a mutex for each key.
type keyedMutex struct {
	mu    sync.Mutex
	locks map[string]*lock
}

type lock struct {
	sync.Mutex
	users int
}

// lock locks key and returns how to unlock it.
func (k *keyedMutex) lock(key string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = make(map[string]*lock)
	}
	l := k.locks[key]
	if l == nil {
		l = &lock{}
		k.locks[key] = l
	}
	l.users++
	k.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(k.locks, key)
		}
	}
}

// unsupported reports whether Slack does not know a method or does not let the app use it, so that asking again is vain.
func unsupported(err error) bool {
	switch slackError(err) {
	case "unknown_method", "method_not_supported_for_channel_type", "missing_scope", "not_allowed_token_type", "method_deprecated",
		"deprecated_endpoint", "not_implemented":
		return true
	}
	var status slack.StatusCodeError
	return errors.As(err, &status) &&
		(status.Code == http.StatusNotFound || status.Code == http.StatusMethodNotAllowed || status.Code == http.StatusNotImplemented)
}

// neededScope is the scope that Slack says the app lacks; "" when it does not say so.
func neededScope(err error) string {
	if se, ok := errors.AsType[slack.SlackErrorResponse](err); ok && se.Err == "missing_scope" {
		return se.Needed
	}
	return ""
}

// slackError returns Slack's word for a refusal, or "".
func slackError(err error) string {
	if se, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return se.Err
	}
	return ""
}
