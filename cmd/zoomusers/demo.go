package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// demo runs a sandbox of Slack, Zoom and Redis on loopback, and the bot in it. The bot is configured as anywhere else and
// knows nothing of this: only its addresses differ.
func (p program) demo(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("demo", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	o := demoOptions{}
	fs.BoolVar(&o.exit, "exit", false, "end after the story, with status 0 only if the account is what the roster asked for")
	fs.BoolVar(&o.quiet, "no-story", false, "start with a quiet channel")
	fs.BoolVar(&o.noBot, "no-bot", false, "serve the sandbox alone and print the environment for zoomusers serve")
	fs.StringVar(&o.slackAddr, "slack-addr", "", "loopback address of the Slack sandbox and its page (default 127.0.0.1:8765, or any free port)")
	fs.StringVar(&o.zoomAddr, "zoom-addr", "", "loopback address of the Zoom sandbox (default 127.0.0.1:8766, or any free port)")
	fs.IntVar(&o.people, "people", 120, "how many people the Zoom account has at first")
	fs.DurationVar(&o.latency, "latency", 100*time.Millisecond, "how long the Zoom sandbox takes to answer")
	fs.StringVar(&o.plan, "plan", "pro", "plan of the Zoom sandbox: free, pro or business")
	fs.BoolVar(&o.verbose, "v", false, "show the bot's log")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			p.help(fs)
			return err
		}
		return &usageError{fmt.Errorf("%w; -h lists the flags", err)}
	}
	if fs.NArg() > 0 {
		return &usageError{fmt.Errorf("unexpected %q", fs.Arg(0))}
	}
	if o.exit && (o.quiet || o.noBot) {
		return &usageError{errors.New("--exit ends after the story, which --no-story and --no-bot leave out")}
	}
	if err := o.check(); err != nil {
		return &usageError{err}
	}
	return p.runDemo(ctx, o)
}

type demoOptions struct {
	exit, quiet, noBot, verbose bool
	slackAddr, zoomAddr, plan   string
	people                      int
	latency                     time.Duration
	// http makes the Slack sandbox call the bot instead of holding sockets; no flag sets it.
	http *slacktest.HTTPDelivery
}

// check looks at the values of flags; addresses are looked at where they are used.
func (o demoOptions) check() error {
	var problems []error
	if !slices.Contains([]string{zoomtest.PlanFree, zoomtest.PlanPro, zoomtest.PlanBusiness}, o.plan) {
		problems = append(problems, fmt.Errorf("--plan: %q is not one of free, pro, business", o.plan))
	}
	if o.people < 1 || o.people > maxPeople {
		problems = append(problems, fmt.Errorf("--people: %d is not a number from 1, the account's owner, to %d", o.people, maxPeople))
	}
	if o.latency < 0 {
		problems = append(problems, fmt.Errorf("--latency: %s is less than nothing", o.latency))
	}
	return errors.Join(problems...)
}

// maxPeople keeps the made-up account within the memory of a laptop.
const maxPeople = 200_000

// sandbox is the surroundings of the bot.
type sandbox struct {
	slack              *slacktest.Workspace
	zoom               *zoomtest.Account
	redis              *memoryRedis
	slackURL, zoomURL  string
	slackNet, zoomNet  net.Listener
	finishEvery, share string
}

// startSandbox listens; serve answers.
func startSandbox(ctx context.Context, o demoOptions) (*sandbox, error) {
	s := &sandbox{
		slack: slacktest.New(slacktest.Options{TeamName: "Sandbox", HTTP: o.http}),
		zoom:  zoomtest.New(zoomtest.Options{Plan: o.plan, Latency: o.latency}),
		share: "0.8", finishEvery: "3s",
	}
	s.zoom.Seed(o.people)
	var err error
	if s.slackNet, err = listenLoopback(ctx, o.slackAddr, "127.0.0.1:8765"); err != nil {
		return nil, err
	}
	if s.zoomNet, err = listenLoopback(ctx, o.zoomAddr, "127.0.0.1:8766"); err != nil {
		_ = s.slackNet.Close()
		return nil, err
	}
	if s.redis, err = startMemoryRedis(); err != nil {
		return nil, errors.Join(err, s.slackNet.Close(), s.zoomNet.Close())
	}
	s.slackURL, s.zoomURL = "http://"+s.slackNet.Addr().String(), "http://"+s.zoomNet.Addr().String()
	return s, nil
}

// listenLoopback listens on the address that was asked for, or else on the usual one, or else on any. Other machines
// never reach a sandbox: everybody may act as anybody in it.
func listenLoopback(ctx context.Context, asked, usual string) (net.Listener, error) {
	var lc net.ListenConfig
	addr := asked
	if addr == "" {
		addr = usual
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &usageError{fmt.Errorf("%q is not an address; write host:port, such as %s", addr, usual)}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &usageError{fmt.Errorf("the sandbox listens on loopback only, such as 127.0.0.1:8765, not on %q", addr)}
	}
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil && asked == "" {
		l, err = lc.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// serve answers until ctx ends.
func (s *sandbox) serve(ctx context.Context) error {
	quiet := slog.New(slog.DiscardHandler)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveOn(ctx, s.slackNet, s.slack, quiet) })
	g.Go(func() error { return serveOn(ctx, s.zoomNet, s.zoom, quiet) })
	return g.Wait()
}

func (s *sandbox) close() {
	s.slack.Close()
	s.redis.close()
}

// env is the environment of a bot in the sandbox, in the order in which it is printed.
func (s *sandbox) env() [][2]string {
	return [][2]string{
		{"SLACK_API_URL", s.slackURL + "/api/"},
		{"SLACK_BOT_TOKEN", slacktest.BotToken},
		{"SLACK_APP_TOKEN", slacktest.AppToken},
		{"SLACK_SIGNING_SECRET", slacktest.SigningSecret},
		{"ZOOM_API_URL", s.zoomURL + "/v2"},
		{"ZOOM_OAUTH_URL", s.zoomURL + "/oauth/token"},
		{"ZOOM_ACCOUNT_ID", s.zoom.AccountID()},
		{"ZOOM_CLIENT_ID", s.zoom.ClientID()},
		{"ZOOM_CLIENT_SECRET", s.zoom.ClientSecret()},
		{"REDIS_URL", "redis://" + s.redis.addr() + "/0"},
		{"ZOOMUSERS_SLACK_CHANNELS", "zoom-admins"},
		{"ZOOMUSERS_APPROVAL_APPROVERS", slacktest.GroupApprovers},
		{"ZOOMUSERS_ZOOM_PLAN", s.zoom.Plan()},
		{"ZOOMUSERS_ZOOM_SHARE", s.share},
		{"ZOOMUSERS_FINISH_INTERVAL", s.finishEvery},
	}
}

func (p program) runDemo(ctx context.Context, o demoOptions) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s, err := startSandbox(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.serve(ctx) })
	p.printWhere(s, o)
	if o.noBot {
		fmt.Fprintln(p.stdout, "Press Ctrl-C to end.")
		return g.Wait()
	}
	a, closeBot, err := p.demoBot(s, o)
	if err != nil {
		stop()
		return errors.Join(err, g.Wait())
	}
	defer closeBot()
	g.Go(func() error { return a.run(ctx) })
	told := false
	g.Go(func() error {
		if err := s.slack.Wait(ctx, s.slack.Connected); err != nil {
			return ignoreStop(ctx, err)
		}
		if !o.quiet {
			if err := newStory(s, p.stdout).play(ctx); err != nil {
				return ignoreStop(ctx, err)
			}
			told = true
		}
		if o.exit {
			stop()
			return nil
		}
		fmt.Fprintf(p.stdout, "\nThe sandbox stays up: go on at %s, or press Ctrl-C to end.\n", s.slackURL)
		return nil
	})
	if err := g.Wait(); err != nil || told || !o.exit {
		return err
	}
	return errors.New("interrupted before the story ended")
}

// ignoreStop drops an error that comes from being asked to stop.
func ignoreStop(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// demoBot wires the bot from the sandbox's environment, in the same way as serve does.
func (p program) demoBot(s *sandbox, o demoOptions) (*app, func(), error) {
	env := make(map[string]string)
	for _, kv := range s.env() {
		env[kv[0]] = kv[1]
	}
	// A configuration file beside the reader is for the real bot; it must not change the sandbox.
	noFile := func(path string) ([]byte, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	cfg, err := loadConfig(nil, func(key string) string { return env[key] }, noFile)
	if err != nil {
		return nil, nil, err
	}
	w := io.Discard
	if o.verbose {
		w = p.stderr
	}
	rdb := redis.NewClient(&redis.Options{Addr: s.redis.addr()})
	a, err := newApp(&cfg, rdb, true, logger(w, &cfg))
	if err != nil {
		return nil, nil, errors.Join(err, rdb.Close())
	}
	return a, func() { _ = rdb.Close() }, nil
}

func (p program) printWhere(s *sandbox, o demoOptions) {
	var b strings.Builder
	fmt.Fprintf(&b, "zoomusers sandbox, on this machine only\n\n")
	fmt.Fprintf(&b, "  Slack workspace   %s   (open it in a browser; choose there whom you act as)\n", s.slackURL)
	fmt.Fprintf(&b, "  Zoom account      %s   (%d people, plan %s)\n", s.zoomURL, o.people, s.zoom.Plan())
	fmt.Fprintf(&b, "  Redis             %s   (in memory)\n\n", s.redis.addr())
	if o.noBot {
		b.WriteString("Environment for zoomusers serve, in another terminal:\n\n")
		for _, kv := range s.env() {
			fmt.Fprintf(&b, "export %s=%s\n", kv[0], kv[1])
		}
		b.WriteString("\n")
	}
	fmt.Fprint(p.stdout, b.String())
}
