package zoomredis

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bsm/redislock"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// tokenForm names the form in which tokens are kept; another form is another
// key, so that one is never read as the other.
const tokenForm = "zoomusers token 1"

// TokenOptions say whose token is kept.
type TokenOptions struct {
	// Prefix begins the names of all keys. Default "zoomusers".
	Prefix string
	// AccountID, ClientID and ClientSecret are the credentials of the app. All
	// are required: who has no secret cannot read the token.
	AccountID    string
	ClientID     string
	ClientSecret zoomapi.Secret
}

// Tokens is a [zoomapi.TokenStore] in Redis. Make it with [NewTokens].
type Tokens struct {
	rdb   redis.UniversalClient
	locks *redislock.Client
	drop  *redis.Script
	seal  cipher.AEAD
	token string // Key of the token.
	lock  string // Key of the right to fetch it.
}

// NewTokens returns a store on the server. It does not reach it.
func NewTokens(rdb redis.UniversalClient, o TokenOptions) (*Tokens, error) {
	if rdb == nil || o.AccountID == "" || o.ClientID == "" || o.ClientSecret.IsZero() {
		return nil, errors.New("zoom token options: server or credentials are missing")
	}
	key, err := hkdf.Key(sha256.New, []byte(o.ClientSecret.Reveal()), []byte(o.AccountID+"\x00"+o.ClientID), tokenForm, 32)
	if err != nil {
		return nil, fmt.Errorf("derive key for tokens: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive key for tokens: %w", err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive key for tokens: %w", err)
	}
	app := sha256.Sum256([]byte(o.ClientID))
	k, name := newKeys(o.Prefix, o.AccountID), hex.EncodeToString(app[:8])
	return &Tokens{rdb: rdb, locks: redislock.New(rdb), drop: dropScript(), seal: seal, token: k.token(name), lock: k.lock(name)}, nil
}

// plainToken is what is encrypted.
type plainToken struct {
	Token     string `json:"token"`
	IssuedMS  int64  `json:"issued_ms"`
	ExpiresMS int64  `json:"expires_ms"`
}

// Load implements [zoomapi.TokenStore].
func (s *Tokens) Load(ctx context.Context) (zoomapi.Token, error) {
	t, _, err := s.load(ctx)
	return t, err
}

// load returns the token and how it is kept.
func (s *Tokens) load(ctx context.Context) (zoomapi.Token, string, error) {
	box, err := s.rdb.Get(ctx, s.token).Result()
	if errors.Is(err, redis.Nil) {
		return zoomapi.Token{}, "", nil
	}
	if err != nil {
		return zoomapi.Token{}, "", fmt.Errorf("load token: %w", err)
	}
	t, _ := s.open(box)
	return t, box, nil
}

// open decrypts a token. False means that it is not one of this app.
func (s *Tokens) open(box string) (zoomapi.Token, bool) {
	n := s.seal.NonceSize()
	if len(box) < n {
		return zoomapi.Token{}, false
	}
	text, err := s.seal.Open(nil, []byte(box[:n]), []byte(box[n:]), []byte(s.token))
	if err != nil {
		return zoomapi.Token{}, false
	}
	var p plainToken
	if err := json.Unmarshal(text, &p); err != nil {
		return zoomapi.Token{}, false
	}
	return zoomapi.Token{
		Value: zoomapi.NewSecret(p.Token), Issued: time.UnixMilli(p.IssuedMS), Expires: time.UnixMilli(p.ExpiresMS),
	}, true
}

// Save implements [zoomapi.TokenStore].
func (s *Tokens) Save(ctx context.Context, t zoomapi.Token) error {
	left := time.Until(t.Expires)
	if left <= 0 {
		return nil
	}
	text, err := json.Marshal(plainToken{
		Token: t.Value.Reveal(), IssuedMS: t.Issued.UnixMilli(), ExpiresMS: t.Expires.UnixMilli(),
	})
	if err != nil {
		return fmt.Errorf("save token: %w", err)
	}
	nonce := make([]byte, s.seal.NonceSize())
	_, _ = rand.Read(nonce) // It never fails.
	box := s.seal.Seal(nonce, nonce, text, []byte(s.token))
	if err := s.rdb.Set(ctx, s.token, box, left).Err(); err != nil {
		return fmt.Errorf("save token: %w", err)
	}
	return nil
}

// Drop implements [zoomapi.TokenStore].
func (s *Tokens) Drop(ctx context.Context, t zoomapi.Token) error {
	kept, box, err := s.load(ctx)
	if err != nil || !kept.Value.Equal(t.Value) || t.Value.IsZero() {
		return err
	}
	if err := s.drop.Run(ctx, s.rdb, []string{s.token}, box).Err(); err != nil {
		return fmt.Errorf("drop token: %w", err)
	}
	return nil
}

// Lock implements [zoomapi.TokenStore].
func (s *Tokens) Lock(ctx context.Context, ttl time.Duration) (func(context.Context), bool, error) {
	held, err := s.locks.Obtain(ctx, s.lock, ttl, nil)
	if errors.Is(err, redislock.ErrNotObtained) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("lock token: %w", err)
	}
	// If it cannot be released, it ends by itself.
	return func(ctx context.Context) { _ = held.Release(ctx) }, true, nil
}
