package zoomapi

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The events about people that Zoom posts to a subscribed address. A person
// who accepts an invitation is [EventInvitationAccepted]; [EventActivated] is
// documented for people who were deactivated before, and stand-ins send it for
// both.
const (
	EventCreated            = "user.created"
	EventInvitationAccepted = "user.invitation_accepted"
	EventActivated          = "user.activated"
	EventUpdated            = "user.updated"
	EventDeactivated        = "user.deactivated"
	EventDisassociated      = "user.disassociated"
	EventDeleted            = "user.deleted"
	// EventURLValidation asks the receiver to prove that it knows the secret,
	// when an address is subscribed and every 72 hours after.
	EventURLValidation = "endpoint.url_validation"
)

// Headers of a webhook.
const (
	WebhookSignatureHeader = "X-Zm-Signature"
	WebhookTimestampHeader = "X-Zm-Request-Timestamp"
)

// WebhookSkew is how far the time of a webhook may be from the receiver's.
const WebhookSkew = 5 * time.Minute

// Why a webhook is refused.
var (
	// ErrWebhookSignature says that a webhook is not signed with the secret,
	// or was signed too long ago.
	ErrWebhookSignature = errors.New("zoom: webhook signature refused")
	// ErrWebhookBody says that a webhook cannot be read.
	ErrWebhookBody = errors.New("zoom: webhook cannot be read")
)

// signatureVersion is the only version of signatures there is.
const signatureVersion = "v0"

// Webhook is one notification. Fields that an event does not have are zero.
type Webhook struct {
	// Event is the name of the event, such as [EventActivated].
	Event string
	// Time is when it happened, in UTC.
	Time time.Time
	// AccountID is the account it happened in.
	AccountID string
	// UserID and Email name the person. Either may be missing.
	UserID string
	Email  string
	// OldEmail is the address before an [EventUpdated] that changed it.
	OldEmail  string
	FirstName string
	LastName  string
	// Type is a type of users such as [TypeBasic].
	Type int
	// PlainToken is what an [EventURLValidation] wants to have signed.
	PlainToken string
}

// LogValue implements [slog.LogValuer] without name and address.
func (w Webhook) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", w.Event), slog.String("user_id", w.UserID))
}

// Joined reports whether the event says that a person can be worked with from
// now on: they accepted the invitation, or were activated.
func (w Webhook) Joined() bool {
	return w.Event == EventInvitationAccepted || w.Event == EventActivated
}

// VerifyWebhook checks that a webhook comes from Zoom: x-zm-signature is "v0="
// and the hexadecimal HMAC-SHA256 of "v0:<x-zm-request-timestamp>:<body>", and
// that time is within [WebhookSkew] of now. The body is as it came, before any
// decoding. The error matches [ErrWebhookSignature]; an empty secret verifies
// nothing. Signatures are compared in constant time.
func VerifyWebhook(header http.Header, body []byte, secret Secret, now time.Time) error {
	refused := func(why string) error { return fmt.Errorf("%w: %s", ErrWebhookSignature, why) }
	if secret.IsZero() {
		return refused("no secret is set")
	}
	// Two values would leave open which of them counts.
	stamps, signatures := header.Values(WebhookTimestampHeader), header.Values(WebhookSignatureHeader)
	if len(stamps) != 1 || len(signatures) != 1 {
		return refused("not exactly one signature and one timestamp")
	}
	want := signature(stamps[0], body, secret)
	if !hmac.Equal([]byte(want), []byte(signatures[0])) {
		return refused("it does not fit the body")
	}
	signed, ok := webhookTime(stamps[0])
	if !ok {
		return refused("the timestamp is not a number")
	}
	if age := now.Sub(signed); age > WebhookSkew || age < -WebhookSkew {
		return refused("the timestamp is too far from now")
	}
	return nil
}

// signature is what x-zm-signature must be.
func signature(stamp string, body []byte, secret Secret) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(signatureVersion + ":" + stamp + ":"))
	mac.Write(body)
	return signatureVersion + "=" + hex.EncodeToString(mac.Sum(nil))
}

// webhookTime reads a Unix time in seconds or milliseconds.
func webhookTime(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(time.Second) {
		return time.Time{}, false
	}
	return unixTime(n), true
}

// millisFrom is the first number that counts milliseconds: as seconds it is
// the year 5138, as milliseconds it is 1973.
const millisFrom = 100_000_000_000

func unixTime(n int64) time.Time {
	if n >= millisFrom {
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}

// ParseWebhook reads the body of a webhook, of any event. The error matches
// [ErrWebhookBody] and does not repeat the body.
func ParseWebhook(body []byte) (Webhook, error) {
	unreadable := func(why string) error { return fmt.Errorf("%w: %s", ErrWebhookBody, why) }
	type object struct {
		ID        flexString `json:"id"`
		Email     flexString `json:"email"`
		FirstName flexString `json:"first_name"`
		LastName  flexString `json:"last_name"`
		Type      flexInt    `json:"type"`
	}
	var w struct {
		Event   flexString `json:"event"`
		Time    flexInt    `json:"event_ts"`
		Payload struct {
			AccountID  flexString      `json:"account_id"`
			PlainToken flexString      `json:"plainToken"`
			Object     json.RawMessage `json:"object"`
			Old        json.RawMessage `json:"old_object"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &w); err != nil {
		return Webhook{}, unreadable("not JSON, or not of the shape of an event")
	}
	if w.Event == "" {
		return Webhook{}, unreadable("no event")
	}
	out := Webhook{
		Event: string(w.Event), AccountID: string(w.Payload.AccountID), PlainToken: string(w.Payload.PlainToken),
	}
	if w.Time > 0 {
		out.Time = unixTime(int64(w.Time))
	}
	if !strings.HasPrefix(out.Event, "user.") {
		return out, nil // Objects of other events have fields of other kinds.
	}
	var now, old object
	if len(w.Payload.Object) > 0 && json.Unmarshal(w.Payload.Object, &now) != nil {
		return Webhook{}, unreadable("the object is not a person")
	}
	if len(w.Payload.Old) > 0 && json.Unmarshal(w.Payload.Old, &old) != nil {
		return Webhook{}, unreadable("the old object is not a person")
	}
	out.UserID, out.Email, out.Type = string(now.ID), string(now.Email), int(now.Type)
	out.FirstName, out.LastName = string(now.FirstName), string(now.LastName)
	if !strings.EqualFold(string(old.Email), out.Email) {
		out.OldEmail = string(old.Email)
	}
	return out, nil
}

// plainTokenRE is the form of the tokens of Zoom. What else could be signed on
// demand, such as "v0:…", must not be.
var plainTokenRE = regexp.MustCompile(`^[A-Za-z0-9_+/=.-]{1,256}$`)

// ValidationAnswer is the body that answers an [EventURLValidation]: the plain
// token, and its hexadecimal HMAC-SHA256 under the secret. Verify the webhook
// first. A token of an unusual form gives an error that matches
// [ErrWebhookBody].
func (w Webhook) ValidationAnswer(secret Secret) ([]byte, error) {
	if w.Event != EventURLValidation || !plainTokenRE.MatchString(w.PlainToken) {
		return nil, fmt.Errorf("%w: nothing to validate, or a token of an unusual form", ErrWebhookBody)
	}
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(w.PlainToken))
	return json.Marshal(struct {
		Plain     string `json:"plainToken"`
		Encrypted string `json:"encryptedToken"`
	}{w.PlainToken, hex.EncodeToString(mac.Sum(nil))})
}
