package slacktest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// HTTPDelivery delivers by requests signed with Options.SigningSecret.
type HTTPDelivery struct {
	// RequestURL takes events, and what the other two do not name.
	RequestURL string
	// CommandsURL and InteractionsURL default to RequestURL.
	CommandsURL, InteractionsURL string
	// Client defaults to one that follows no redirects.
	Client *http.Client
}

// sendHTTP makes one attempt of d; number and reason are those of a retry. The
// lock is not held.
func (w *Workspace) sendHTTP(d *delivery, number int, reason, base string) {
	body := []byte(strings.ReplaceAll(string(d.Payload), baseMark, base))
	target, kind := w.opts.HTTP.RequestURL, "application/json"
	switch d.Kind {
	case KindCommand:
		target = cmp.Or(w.opts.HTTP.CommandsURL, target)
		kind = "application/x-www-form-urlencoded"
		body = []byte(commandForm(body))
	case KindInteraction:
		target = cmp.Or(w.opts.HTTP.InteractionsURL, target)
		kind = "application/x-www-form-urlencoded"
		body = []byte(url.Values{"payload": {string(body)}}.Encode())
	}
	ctx, cancel := context.WithTimeout(context.Background(), w.opts.AckTimeout)
	defer cancel()
	header := http.Header{}
	if number > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(number))
		header.Set("X-Slack-Retry-Reason", reason)
	}
	answer, respHeader, outcome := w.request(ctx, target, kind, body, header)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case d.finished:
	case outcome == "" && w.dropAcks > 0:
		w.dropAcks--
		w.failed(d, "http_timeout")
	case outcome != "":
		d.noRetry = d.noRetry || respHeader.Get("X-Slack-No-Retry") == "1"
		w.failed(d, outcome)
	default:
		w.acked(d, answerPayload(answer))
	}
}

// request posts a signed body and returns the answer; outcome is empty for a
// 2xx, else a retry reason.
func (w *Workspace) request(ctx context.Context, target, kind string, body []byte, header http.Header) ([]byte, http.Header, string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, "connection_failed"
	}
	req.Header = header
	at := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "Slackbot 1.0")
	req.Header.Set("X-Slack-Request-Timestamp", at)
	req.Header.Set("X-Slack-Signature", sign(w.opts.SigningSecret, at, body))
	client := w.opts.HTTP.Client
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	resp, err := client.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, nil, "http_timeout"
		}
		return nil, nil, "connection_failed"
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case err != nil:
		return nil, resp.Header, "http_timeout"
	case resp.StatusCode/100 == 3:
		return nil, resp.Header, "too_many_redirects"
	case resp.StatusCode/100 != 2:
		return nil, resp.Header, "http_error"
	}
	return answer, resp.Header, ""
}

// sign is the v0 signature of a request.
func sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", at, body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// commandForm is the payload of a command as the form that Slack sends.
func commandForm(payload []byte) string {
	var fields map[string]any
	if json.Unmarshal(payload, &fields) != nil {
		return ""
	}
	form := url.Values{}
	for k, v := range fields {
		form.Set(k, fmt.Sprint(v))
	}
	return form.Encode()
}

// answerPayload is the body of an answer as the payload of an
// acknowledgement: JSON stays, other text becomes a message.
func answerPayload(body []byte) json.RawMessage {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return nil
	case json.Valid(body) && body[0] == '{':
		return body
	}
	return raw(object{"text": string(body)})
}

// VerifyURL does what Slack does when a request URL is saved: it sends a
// challenge and wants it back.
func (w *Workspace) VerifyURL(ctx context.Context) error {
	if w.opts.HTTP == nil {
		return errors.New("verify request url: delivery is by Socket Mode")
	}
	challenge := newID("challenge")
	body, _, outcome := w.request(ctx, w.opts.HTTP.RequestURL, "application/json", raw(object{
		"token": verificationToken, "challenge": challenge, "type": "url_verification",
	}), http.Header{})
	if outcome != "" {
		return fmt.Errorf("verify request url: %s", outcome)
	}
	var answer struct {
		Challenge string `json:"challenge"`
	}
	text := strings.TrimSpace(string(body))
	if text == challenge || text == "challenge="+challenge || json.Unmarshal(body, &answer) == nil && answer.Challenge == challenge {
		return nil
	}
	return errors.New("verify request url: the answer is not the challenge")
}
