package zoomredis_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

func newTokens(tb testing.TB, rdb redis.UniversalClient, prefix, secret string) *zoomredis.Tokens {
	tb.Helper()
	s, err := zoomredis.NewTokens(rdb, zoomredis.TokenOptions{
		Prefix: prefix, AccountID: "acc", ClientID: "cid", ClientSecret: zoomapi.NewSecret(secret),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// TestTokensAreKept: for who has the credentials, and nobody else.
func TestTokensAreKept(t *testing.T) {
	t.Parallel()
	for kind, server := range servers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			connect := server(t)
			rdb, name := connect(), prefix(t)
			s := newTokens(t, rdb, name, "secret")
			load := func(s *zoomredis.Tokens) string {
				t.Helper()
				got, err := s.Load(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return got.Value.Reveal()
			}
			if got := load(s); got != "" {
				t.Errorf("token %q at first", got)
			}
			const text = "token-of-the-account"
			now := time.Now()
			token := zoomapi.Token{Value: zoomapi.NewSecret(text), Issued: now, Expires: now.Add(time.Hour)}
			if err := s.Save(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			got, err := newTokens(t, connect(), name, "secret").Load(t.Context())
			if err != nil || got.Value.Reveal() != text || got.Issued.UnixMilli() != now.UnixMilli() ||
				got.Expires.UnixMilli() != token.Expires.UnixMilli() {
				t.Errorf("token %q of %v to %v, %v", got.Value.Reveal(), got.Issued, got.Expires, err)
			}
			key := rdb.Keys(t.Context(), name+"*").Val()[0]
			kept := rdb.Get(t.Context(), key).Val()
			if strings.Contains(kept, text) {
				t.Error("the token is readable")
			}
			if ttl := rdb.PTTL(t.Context(), key).Val(); ttl <= 59*time.Minute || ttl > time.Hour {
				t.Errorf("kept for %v, want an hour", ttl)
			}
			if got := load(newTokens(t, rdb, name, "another")); got != "" {
				t.Errorf("read with another secret: %q", got)
			}

			if err := s.Drop(t.Context(), zoomapi.Token{Value: zoomapi.NewSecret("another token")}); err != nil || load(s) != text {
				t.Errorf("another token dropped ours: %v", err)
			}
			if err := s.Drop(t.Context(), zoomapi.Token{}); err != nil || load(s) != text {
				t.Errorf("no token dropped ours: %v", err)
			}
			if err := s.Drop(t.Context(), token); err != nil || load(s) != "" {
				t.Errorf("not dropped: %v", err)
			}

			spoiled := []byte(kept)
			spoiled[len(spoiled)-1] ^= 1
			for _, nonsense := range []string{"", "x", text, string(spoiled), kept[:20], strings.Repeat("x", 400)} {
				if err := rdb.Set(t.Context(), key, nonsense, time.Hour).Err(); err != nil {
					t.Fatal(err)
				}
				if got := load(s); got != "" {
					t.Errorf("token %q read from nonsense", got)
				}
			}
			if err := rdb.Set(t.Context(), key, kept, time.Hour).Err(); err != nil || load(s) != text {
				t.Errorf("not read back: %v", err)
			}
			token.Expires = time.Now().Add(-time.Second)
			token.Value = zoomapi.NewSecret("over")
			if err := s.Save(t.Context(), token); err != nil || load(s) != text {
				t.Errorf("a token that is over took the place of ours: %v", err)
			}
		})
	}
}

func TestRightToFetch(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	defer func() { _ = rdb.Close() }()
	one, other := newTokens(t, rdb, "p", "secret"), newTokens(t, rdb, "p", "secret")
	unlock, ok, err := one.Lock(t.Context(), 20*time.Second)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, ok, err := other.Lock(t.Context(), 20*time.Second); ok || err != nil {
		t.Errorf("taken twice: %v, %v", ok, err)
	}
	server.FastForward(21 * time.Second) // The first one died.
	again, ok, err := other.Lock(t.Context(), 20*time.Second)
	if !ok || err != nil {
		t.Fatalf("not free after its time: %v, %v", ok, err)
	}
	unlock(t.Context()) // It woke up late.
	if _, ok, err := one.Lock(t.Context(), 20*time.Second); ok || err != nil {
		t.Errorf("taken from who has it: %v, %v", ok, err)
	}
	again(t.Context())
	if _, ok, err := one.Lock(t.Context(), 20*time.Second); !ok || err != nil {
		t.Errorf("not free after use: %v, %v", ok, err)
	}
	server.SetError("LOADING")
	if _, ok, err := one.Lock(t.Context(), time.Second); ok || err == nil {
		t.Errorf("unreachable: %v, %v", ok, err)
	}
	if _, err := one.Load(t.Context()); err == nil {
		t.Error("unreachable: loaded")
	}
	if err := one.Save(t.Context(), zoomapi.Token{Expires: time.Now().Add(time.Hour)}); err == nil {
		t.Error("unreachable: saved")
	}
	if err := one.Drop(t.Context(), zoomapi.Token{}); err == nil {
		t.Error("unreachable: dropped")
	}
}

func TestTokenOptions(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{})
	defer func() { _ = rdb.Close() }()
	good := zoomredis.TokenOptions{AccountID: "acc", ClientID: "cid", ClientSecret: zoomapi.NewSecret("secret")}
	if _, err := zoomredis.NewTokens(rdb, good); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*zoomredis.TokenOptions){
		"account": func(o *zoomredis.TokenOptions) { o.AccountID = "" },
		"client":  func(o *zoomredis.TokenOptions) { o.ClientID = "" },
		"secret":  func(o *zoomredis.TokenOptions) { o.ClientSecret = zoomapi.Secret{} },
	} {
		o := good
		change(&o)
		if _, err := zoomredis.NewTokens(rdb, o); err == nil {
			t.Errorf("no %s: accepted", name)
		}
	}
	if _, err := zoomredis.NewTokens(nil, good); err == nil {
		t.Error("no server: accepted")
	}
}

// accountClients are clients of one made-up account, each with a connection
// to Redis of its own.
func accountClients(
	t *testing.T, account *zoomtest.Account, connect func() *redis.Client, n int,
) []*zoomapi.Client {
	t.Helper()
	server := httptest.NewServer(account)
	t.Cleanup(server.Close)
	name := prefix(t)
	clients := make([]*zoomapi.Client, n)
	for i := range clients {
		rdb := connect()
		tokens, err := zoomredis.NewTokens(rdb, zoomredis.TokenOptions{
			Prefix: name, AccountID: account.AccountID(), ClientID: account.ClientID(),
			ClientSecret: zoomapi.NewSecret(account.ClientSecret()),
		})
		if err != nil {
			t.Fatal(err)
		}
		clients[i], err = zoomapi.New(zoomapi.Options{
			BaseURL: server.URL + "/v2", TokenURL: server.URL + "/oauth/token", HTTPClient: &http.Client{},
			AccountID: account.AccountID(), ClientID: account.ClientID(), ClientSecret: zoomapi.NewSecret(account.ClientSecret()),
			Plan: zoomapi.Plan(account.Plan()), Tokens: tokens, Meter: newMeter(t, rdb, name),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return clients
}

// fetches counts the tokens that the account issued.
func fetches(account *zoomtest.Account) int {
	n := 0
	for _, c := range account.Calls() {
		if strings.HasSuffix(c.Path, "/oauth/token") {
			n++
		}
	}
	return n
}

// TestFleetWithOneToken: ten processes that start at once fetch one token;
// where a new token kills the old one, each end of it costs one more, and no
// call is lost.
func TestFleetWithOneToken(t *testing.T) {
	t.Parallel()
	for kind, server := range servers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			connect := server(t)
			account := zoomtest.New(zoomtest.Options{Plan: zoomtest.PlanBusiness, SingleToken: true, NoLimits: true})
			clients := accountClients(t, account, connect, 10)
			everybody := func(clients []*zoomapi.Client) {
				t.Helper()
				var all sync.WaitGroup
				for _, c := range clients {
					for range 3 {
						all.Go(func() {
							if _, err := c.Summary(t.Context()); err != nil {
								t.Error(err)
							}
						})
					}
				}
				all.Wait()
			}
			everybody(clients)
			if got := fetches(account); got != 1 {
				t.Fatalf("%d tokens fetched by ten clients, want 1", got)
			}
			const ends = 5
			for range ends {
				account.RevokeTokens()
				everybody(clients[:3])
			}
			if got := fetches(account); got != 1+ends {
				t.Errorf("%d tokens fetched, want %d", got, 1+ends)
			}
		})
	}
}
