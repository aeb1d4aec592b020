package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis"
)

// app is the running bot: the parts and how they hang together.
type app struct {
	cfg   *Config
	log   *slog.Logger
	rdb   redis.UniversalClient
	zoom  *zoomapi.Client
	queue *redisstore.Queue
	jobs  *jobs.Service
	bot   *bot.Bot
}

// newApp wires the parts. Nothing is contacted yet.
func newApp(cfg *Config, rdb redis.UniversalClient, ephemeral bool, log *slog.Logger) (*app, error) {
	// All processes share one token and one budget of calls.
	tokens, err := zoomredis.NewTokens(rdb, zoomredis.TokenOptions{
		Prefix: cfg.Redis.KeyPrefix, AccountID: cfg.Zoom.AccountID.Reveal(), ClientID: cfg.Zoom.ClientID.Reveal(),
		ClientSecret: cfg.Zoom.ClientSecret,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the shared token: %w", err)
	}
	meter, err := zoomredis.NewMeter(rdb, zoomredis.MeterOptions{Prefix: cfg.Redis.KeyPrefix, AccountID: cfg.Zoom.AccountID.Reveal()})
	if err != nil {
		return nil, fmt.Errorf("set up the shared budget: %w", err)
	}
	zoom, err := zoomapi.New(zoomapi.Options{
		Tokens: tokens, Meter: meter, BaseURL: cfg.Zoom.APIURL, TokenURL: cfg.Zoom.OAuthURL, AccountID: cfg.Zoom.AccountID.Reveal(),
		ClientID: cfg.Zoom.ClientID.Reveal(), ClientSecret: cfg.Zoom.ClientSecret, Plan: cfg.Zoom.Plan, Share: cfg.Zoom.Share,
		RequestTimeout: cfg.Zoom.Timeout, Logger: log.With("part", "zoom"), Version: buildVersion(),
	})
	if err != nil {
		return nil, fmt.Errorf("set up the Zoom client: %w", err)
	}
	action, err := zoomapi.ParseCreateAction(cfg.Zoom.CreateAction)
	if err != nil {
		return nil, err
	}
	catalogue, err := text.New()
	if err != nil {
		return nil, err
	}
	userType := zoomapi.TypeBasic
	if cfg.Zoom.UserType == "licensed" {
		userType = zoomapi.TypeLicensed
	}
	queue := redisstore.NewQueue(rdb, redisstore.QueueOptions{Prefix: cfg.Redis.KeyPrefix, Logger: log.With("part", "queue")})
	service := jobs.New(jobs.Options{
		Store:     redisstore.New(rdb, redisstore.Options{Prefix: cfg.Redis.KeyPrefix, Retention: cfg.Retention}),
		Queue:     queue,
		Directory: zoom,
		Logger:    log.With("part", "jobs"),
		AccountID: cfg.Zoom.AccountID.Reveal(),
		Tier:      cfg.Zoom.Plan, Share: cfg.Zoom.Share,
		Settings:    jobs.Settings{UserType: userType, CreateAction: action},
		SelfApprove: cfg.Approval.SelfApprove, Expires: cfg.Approval.Expires,
		Limits:      roster.Options{MaxRows: cfg.MaxRows, MaxBytes: int(cfg.MaxBytes)},
		AllowDelete: cfg.AllowDelete,
		FinishEvery: cfg.FinishInterval,
		LeaseTTL:    cfg.Lease, SweepEvery: cfg.Lease / 3,
		SeatsEvery: cfg.SeatsInterval, SeatsFor: cfg.SeatsPatience,
		Guards: cfg.Guards.options(), Overlap: jobs.Overlap(cfg.Overlap),
	})
	// The default client of slack-go has no timeout; retries come after it, since they wrap it.
	client := &http.Client{Timeout: 30 * time.Second}
	api := slack.New(cfg.Slack.BotToken.Reveal(),
		slack.OptionAppLevelToken(cfg.Slack.AppToken.Reveal()), slack.OptionAPIURL(cfg.Slack.APIURL),
		slack.OptionHTTPClient(client), slack.OptionRetry(3))
	front := bot.New(bot.Options{
		API: api, HTTP: client, Jobs: service, Text: catalogue, Channels: cfg.Slack.Channels, Approvers: cfg.Approval.Approvers,
		SelfApprove: cfg.Approval.SelfApprove, ReportTo: cfg.ReportTo, MaxBytes: cfg.MaxBytes, MaxRows: cfg.MaxRows,
		Ephemeral: ephemeral, Logger: log.With("part", "slack"),
	})
	service.SetFront(front)
	return &app{cfg: cfg, log: log, rdb: rdb, zoom: zoom, queue: queue, jobs: service, bot: front}, nil
}

// run works until ctx ends, then finishes what is in hand.
func (a *app) run(ctx context.Context) error {
	if err := a.rdb.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("reach Redis: %w", err)
	}
	if err := a.bot.Connect(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.queue.Run(ctx, a.jobs.Work) })
	g.Go(func() error { return a.jobs.Run(ctx) })
	if a.cfg.Slack.AppToken.Reveal() != "" {
		g.Go(func() error { return a.bot.RunSocket(ctx) })
	}
	if a.cfg.Listen != "" {
		g.Go(func() error { return a.listen(ctx) })
	}
	a.log.InfoContext(ctx, "started", "version", buildVersion(), "zoom_plan", string(a.cfg.Zoom.Plan), "zoom_share", a.cfg.Zoom.Share,
		"lease", a.cfg.Lease.String(), "channels", len(a.cfg.Slack.Channels), "approvers", len(a.cfg.Approval.Approvers))
	g.Go(func() error {
		a.checkZoom(ctx)
		return nil
	})
	err := g.Wait()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	a.bot.Wait(stopping)
	a.log.InfoContext(stopping, "stopped")
	return err
}

// checkZoom tells the operator at once what a first job would find out, for the price of one call. Whatever is wrong, the bot
// runs on: jobs wait for an outage, and say what is wrong with credentials.
func (a *app) checkZoom(ctx context.Context) {
	err := a.zoom.Reach(ctx)
	switch {
	case err == nil:
		a.log.InfoContext(ctx, "zoom answers")
	case ctx.Err() != nil:
	case errors.Is(err, zoomapi.ErrScope):
		a.log.ErrorContext(ctx, "the Zoom app lacks a scope; add it and activate the app again", "err", err)
	case zoomapi.ClassOf(err) == zoomapi.Fatal:
		a.log.ErrorContext(ctx, "Zoom refuses the bot; check account id, client id and client secret, and that the app is active", "err", err)
	default:
		a.log.WarnContext(ctx, "Zoom does not answer usefully yet; jobs wait for it", "err", err)
	}
}

// pathZoomEvents is where Zoom's events are received.
const pathZoomEvents = "/zoom/events"

// listen serves health checks, with a secret for them Zoom's events, and with a signing secret and no app-level token
// Slack's requests.
func (a *app) listen(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.rdb.Ping(r.Context()).Err(); err != nil || (a.cfg.Slack.AppToken.Reveal() != "" && !a.bot.Ready()) {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
	if secret := a.cfg.Slack.SigningSecret.Reveal(); secret != "" {
		mux.Handle("/slack/", a.bot.Handler(secret))
	}
	if secret := a.cfg.Zoom.WebhookSecret; !secret.IsZero() {
		mux.Handle(pathZoomEvents, zoomapi.WebhookHandler(zoomapi.WebhookOptions{
			Secret: secret, Callback: a.zoomEvent, Logger: a.log.With("part", "zoom"),
		}))
	}
	return serveHTTP(ctx, a.cfg.Listen, mux, a.log)
}

// zoomEvent completes people at once who have just accepted. What goes wrong here costs nothing but time: invited people are
// looked at anyway.
func (a *app) zoomEvent(ctx context.Context, event zoomapi.Webhook) {
	if !event.Joined() || event.Email == "" {
		return
	}
	if err := a.jobs.Hasten(ctx, event.Email); err != nil {
		a.log.WarnContext(ctx, "people who were invited not looked at early", "err", err)
	}
}

// serveHTTP serves until ctx ends.
func serveHTTP(ctx context.Context, addr string, h http.Handler, log *slog.Logger) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	log.InfoContext(ctx, "listening", "address", l.Addr().String())
	return serveOn(ctx, l, h, log)
}

// serveOn serves on a listener until ctx ends.
func serveOn(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if srv.Shutdown(closing) != nil {
			_ = srv.Close()
		}
	}()
	err := srv.Serve(l)
	if ctx.Err() != nil {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
