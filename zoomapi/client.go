package zoomapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
)

// Where Zoom is, unless [Options] say otherwise.
const (
	DefaultBaseURL  = "https://api.zoom.us/v2"
	DefaultTokenURL = "https://zoom.us/oauth/token" //nolint:gosec // An address, not a credential.
)

const (
	defaultMaxAttempts    = 6
	defaultConcurrency    = 64
	defaultRequestTimeout = time.Minute
)

// Options say how a [Client] reaches its account. Zero values mean the
// documented default.
type Options struct {
	// BaseURL is the root of the API, usually ending in /v2. A path in front
	// of that is kept. Default [DefaultBaseURL].
	BaseURL string
	// TokenURL is where tokens are fetched. Default [DefaultTokenURL].
	TokenURL string
	// AccountID, ClientID and ClientSecret are the credentials of a
	// Server-to-Server OAuth app. All are required.
	AccountID    string
	ClientID     string
	ClientSecret Secret
	// HTTPClient sends the requests; it is copied, and the copy follows no
	// redirects. Default: a client with time-outs, 64 idle connections per
	// host and the proxy of the environment.
	HTTPClient *http.Client
	// Plan is the tier of the account. Default [PlanPro].
	Plan Plan
	// Share is the part of the account's rate limits to use, above 0 and up
	// to 1. Default 1.
	Share float64
	// Pacer decides when a call may leave. Default [NewPacerWith] with Plan,
	// Share, Meter and Logger.
	Pacer Pacer
	// Meter keeps the rate budget and the daily counts. Default: in memory,
	// for this process alone.
	Meter Meter
	// Tokens keeps the access token where other processes find it. Default:
	// in memory, for this process alone.
	Tokens TokenStore
	// Logger gets one debug record per request. Default: none.
	Logger *slog.Logger
	// MaxAttempts bounds how often one call is sent. Default 6.
	MaxAttempts int
	// Concurrency bounds how many calls are in flight. Default 64.
	Concurrency int
	// RequestTimeout bounds one attempt, without the waits before it.
	// Default one minute.
	RequestTimeout time.Duration
	// Version is what the User-Agent header says after "zoomusers/".
	// Default: the version of the main module.
	Version string
}

// Client speaks to one Zoom account. Make it with [New].
type Client struct {
	base        string
	http        *http.Client
	tokens      *tokenSource
	pacer       Pacer
	budget      *budget    // The pacer if it is of this package, else nil.
	features    *pacedLine // See [featuresClass].
	slots       chan struct{}
	log         *slog.Logger
	maxAttempts int
	timeout     time.Duration
	userAgent   string
}

// New checks the options and returns a client. It does not reach Zoom.
func New(o Options) (*Client, error) {
	base, baseErr := checkURL("base URL", o.BaseURL, DefaultBaseURL)
	tokenURL, tokenErr := checkURL("token URL", o.TokenURL, DefaultTokenURL)
	if base != nil && base.RawQuery != "" {
		baseErr = errors.New("base URL has a query")
	}
	errs := []error{baseErr, tokenErr}
	if o.AccountID == "" {
		errs = append(errs, errors.New("account id is missing"))
	}
	if o.ClientID == "" {
		errs = append(errs, errors.New("client id is missing"))
	}
	if o.ClientSecret.IsZero() {
		errs = append(errs, errors.New("client secret is missing"))
	}
	if o.Plan == "" {
		o.Plan = PlanPro
	}
	if o.Plan.PerSecond(Light) == 0 {
		errs = append(errs, fmt.Errorf("plan %q is unknown", string(o.Plan)))
	}
	if o.Share == 0 {
		o.Share = 1
	}
	if !(o.Share > 0 && o.Share <= 1) {
		errs = append(errs, fmt.Errorf("share %v is not above 0 and up to 1", o.Share))
	}
	if o.MaxAttempts < 0 || o.Concurrency < 0 || o.RequestTimeout < 0 {
		errs = append(errs, errors.New("attempts, concurrency and time-out must not be negative"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("zoom client options: %w", err)
	}
	if o.MaxAttempts == 0 {
		o.MaxAttempts = defaultMaxAttempts
	}
	if o.Concurrency == 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = defaultRequestTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Pacer == nil {
		o.Pacer = newBudget(PacerOptions{Plan: o.Plan, Share: o.Share, Meter: o.Meter, Logger: o.Logger})
	}
	if o.HTTPClient == nil {
		o.HTTPClient = defaultHTTPClient()
	}
	if o.Version == "" {
		o.Version = buildVersion()
	}
	hc := *o.HTTPClient
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{
		base:        strings.TrimRight(base.String(), "/"),
		http:        &hc,
		pacer:       o.Pacer,
		slots:       make(chan struct{}, o.Concurrency),
		log:         o.Logger,
		maxAttempts: o.MaxAttempts,
		timeout:     o.RequestTimeout,
		userAgent:   "zoomusers/" + o.Version,
	}
	if c.budget, _ = o.Pacer.(*budget); c.budget != nil {
		c.features = c.budget.lines[featuresClass]
	} else {
		c.features = newPacedLine(Line{Class: featuresClass, Every: featureInterval}, newMemoryMeter(nil))
	}
	c.tokens = &tokenSource{
		store:       o.Tokens,
		url:         tokenURL.String(),
		accountID:   o.AccountID,
		clientID:    o.ClientID,
		secret:      o.ClientSecret,
		http:        &hc,
		log:         o.Logger,
		userAgent:   c.userAgent,
		timeout:     o.RequestTimeout,
		maxAttempts: o.MaxAttempts,
	}
	return c, nil
}

// checkURL parses raw, or fallback when raw is empty, and insists on an
// absolute HTTP address without a user. The error does not repeat the
// address, which may hold a password.
func checkURL(what, raw, fallback string) (*url.URL, error) {
	if raw == "" {
		raw = fallback
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil:
		return nil, errors.New(what + " cannot be read")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New(what + " does not begin with http:// or https://")
	case u.Host == "":
		return nil, errors.New(what + " has no host")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New(what + " has a user or a fragment")
	}
	return u, nil
}

// defaultHTTPClient has no overall time-out: each attempt carries its own.
func defaultHTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		ExpectContinueTimeout: time.Second,
	}}
}

// buildVersion is the version of the program this package is linked into.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
