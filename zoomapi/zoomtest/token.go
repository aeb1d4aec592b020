package zoomtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

type token struct {
	index   int
	expires time.Time
	scopes  []string
}

type tokenError struct {
	Reason string `json:"reason"`
	Error  string `json:"error"`
}

type tokenBody struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
	APIURL      string `json:"api_url"`
}

// issueToken serves POST /oauth/token; parameters come in the form or the
// query.
func issueToken(a *Account, c *call) answer {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return tokenRefused("Bad Request", "invalid_request")
	}
	value := func(name string) string { return or(form.Get(name), c.query.Get(name)) }
	id, secret, basic := c.r.BasicAuth()
	switch {
	case !basic || id != a.opts.ClientID || secret != a.opts.ClientSecret:
		return tokenRefused("Invalid client_id or client_secret", "invalid_client")
	case value("grant_type") == "":
		return tokenRefused("Missing grant type", "invalid_request")
	case value("grant_type") != "account_credentials":
		return tokenRefused("unsupported grant type", "unsupported_grant_type")
	case value("account_id") != a.opts.AccountID:
		return tokenRefused("Bad Request", "invalid_request")
	}
	a.tokenMu.Lock()
	defer a.tokenMu.Unlock()
	for old, t := range a.tokens {
		if a.opts.SingleToken || !c.now.Before(t.expires) {
			delete(a.tokens, old)
		}
	}
	a.issued++
	c.token = a.issued
	text := a.newID("token", int64(a.issued))
	a.tokens[text] = token{index: a.issued, expires: c.now.Add(a.opts.TokenLifetime), scopes: a.scopes}
	return ok(http.StatusOK, tokenBody{
		AccessToken: text,
		TokenType:   "bearer",
		// Real answers are sometimes a second short of the hour; so is this one.
		ExpiresIn: max(int(a.opts.TokenLifetime/time.Second)-1, 1),
		Scope:     strings.Join(a.scopes, " "),
		APIURL:    or(a.opts.APIURL, baseOf(c.r)),
	})
}

func tokenRefused(reason, kind string) answer {
	return answer{status: http.StatusBadRequest, body: tokenError{Reason: reason, Error: kind}}
}

func baseOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// authorize checks the bearer token and its scopes.
func (a *Account) authorize(c *call) (answer, bool) {
	kind, text, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	a.tokenMu.Lock()
	t, known := a.tokens[strings.TrimSpace(text)]
	a.tokenMu.Unlock()
	if !known || !strings.EqualFold(kind, "Bearer") {
		return refuse(http.StatusUnauthorized, 124, "Invalid access token."), false
	}
	c.token = t.index
	if !c.now.Before(t.expires) {
		return refuse(http.StatusUnauthorized, 124, "Access token is expired."), false
	}
	for _, scope := range c.route.scopes {
		if slices.Contains(t.scopes, scope) {
			return answer{}, true
		}
	}
	return badRequest(4711, "Invalid access token, does not contain scopes:["+strings.Join(c.route.scopes, ", ")+"]."), false
}

// RevokeTokens makes every token issued so far invalid (401/124).
func (a *Account) RevokeTokens() {
	a.tokenMu.Lock()
	defer a.tokenMu.Unlock()
	clear(a.tokens)
}

// SetScopes changes what tokens issued from now on may do. Tokens out already
// keep their scopes.
func (a *Account) SetScopes(scopes ...string) {
	a.tokenMu.Lock()
	defer a.tokenMu.Unlock()
	a.scopes = slices.Clone(scopes)
}
