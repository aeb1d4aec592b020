package zoomapi

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// redacted is what every way of printing a [Secret] gives.
const redacted = "[redacted]"

// Secret holds a text that must not be printed. The text sits in a closure,
// so that reflection by formatting and encoding packages cannot reach it. The
// zero value holds the empty text.
type Secret struct {
	reveal func() string
}

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret {
	return Secret{reveal: func() string { return text }}
}

// Reveal returns the text. Callers send it, and never keep or print it.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether the text is empty.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// Equal reports whether both hold the same text, in constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String implements [fmt.Stringer] without the text.
func (Secret) String() string { return redacted }

// GoString implements [fmt.GoStringer] without the text.
func (Secret) GoString() string { return redacted }

// Format implements [fmt.Formatter] without the text, for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements [slog.LogValuer] without the text.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler] without the text.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
