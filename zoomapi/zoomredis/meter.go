package zoomredis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi"
)

const (
	// dayKept is how long a day's count is kept after the last call.
	dayKept = 48 * time.Hour
	// paceKept is how long a pace is kept after the last refusal; it has
	// recovered long before.
	paceKept = 24 * time.Hour
	// paceFresh is how long a pace is used for claims without looking.
	paceFresh = 5 * time.Second
	// swapTries bounds how often a penalty is tried while others write too.
	swapTries = 10
	// clockSlack: clocks that differ by less count as the same, so that a
	// limit that ends at midnight is not said to end a little beside it.
	clockSlack = 5 * time.Second
)

// MeterOptions say where and for whom counts are kept.
type MeterOptions struct {
	// Prefix begins the names of all keys. Default "zoomusers".
	Prefix string
	// AccountID is the Zoom account whose limits are shared. Required.
	AccountID string
	// Now is the clock for days and penalties. Default: that of the server.
	Now func() time.Time
}

// Meter is a [zoomapi.Meter] in Redis. Make it with [NewMeter].
type Meter struct {
	rdb     redis.UniversalClient
	limiter *redis_rate.Limiter
	keys    keys
	now     func() time.Time
	scripts meterScripts

	mu    sync.Mutex
	paces map[zoomapi.Class]seenPace
}

// meterScripts are made once, since making one hashes its text.
type meterScripts struct{ count, correct, reopen, swap *redis.Script }

// seenPace is a pace when it was last read.
type seenPace struct {
	speed float64
	at    time.Time
}

// NewMeter returns a meter on the server. It does not reach it.
func NewMeter(rdb redis.UniversalClient, o MeterOptions) (*Meter, error) {
	if rdb == nil || o.AccountID == "" {
		return nil, errors.New("zoom meter options: server or account id is missing")
	}
	return &Meter{
		rdb: rdb, limiter: redis_rate.NewLimiter(plainKeys{rdb}), keys: newKeys(o.Prefix, o.AccountID), now: o.Now,
		scripts: meterScripts{countScript(), correctScript(), reopenScript(), swapScript()}, paces: make(map[zoomapi.Class]seenPace),
	}, nil
}

// plainKeys takes off what redis_rate puts in front of each key, so that all
// of ours begin with the prefix.
type plainKeys struct{ redis.UniversalClient }

func plain(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.TrimPrefix(name, "rate:")
	}
	return out
}

// Eval implements [redis.Scripter].
func (p plainKeys) Eval(ctx context.Context, script string, names []string, args ...any) *redis.Cmd {
	return p.UniversalClient.Eval(ctx, script, plain(names), args...)
}

// EvalSha implements [redis.Scripter].
func (p plainKeys) EvalSha(ctx context.Context, sha string, names []string, args ...any) *redis.Cmd {
	return p.UniversalClient.EvalSha(ctx, sha, plain(names), args...)
}

// Del implements what redis_rate resets with.
func (p plainKeys) Del(ctx context.Context, names ...string) *redis.IntCmd {
	return p.UniversalClient.Del(ctx, plain(names)...)
}

// Reserve implements [zoomapi.Meter]. It costs two round trips, one to claim
// places and one to count them, or one if there is nothing to claim.
func (m *Meter) Reserve(ctx context.Context, line zoomapi.Line, n, prepaid int) (zoomapi.Places, error) {
	if n <= 0 {
		r, err := m.count(ctx, line, 0)
		return zoomapi.Places{Standing: r.standing}, err
	}
	if line.Every == 0 {
		r, err := m.count(ctx, line, max(n-prepaid, 0))
		if err != nil {
			return zoomapi.Places{}, err
		}
		return granted(r, n, prepaid, time.Now(), 0), nil
	}
	speed, known := m.speed(line.Class)
	if !known {
		r, err := m.count(ctx, line, 0)
		if err != nil {
			return zoomapi.Places{}, err
		}
		if r.stopped() {
			return zoomapi.Places{Standing: r.standing}, nil
		}
		speed = r.standing.Speed
	}
	every := time.Duration(float64(line.Every) / speed)
	first, askAt, err := m.claim(ctx, line, every, n)
	if err != nil {
		return zoomapi.Places{}, err
	}
	if !askAt.IsZero() {
		return zoomapi.Places{AskAt: askAt, Standing: zoomapi.Standing{Speed: speed}}, nil
	}
	r, err := m.count(ctx, line, max(n-prepaid, 0))
	if err != nil {
		return zoomapi.Places{}, err
	}
	return granted(r, n, prepaid, first, every), nil
}

// granted makes places of what was counted.
func granted(r reading, n, prepaid int, first time.Time, every time.Duration) zoomapi.Places {
	p := zoomapi.Places{Standing: r.standing}
	if r.stopped() {
		return p
	}
	if p.N = r.counted + min(n, prepaid); p.N == 0 {
		p.ClosedUntil = r.here(r.midnight)
		return p
	}
	p.First, p.Every = first, every
	return p
}

// speed is the part of the full speed as last read, if that was lately.
func (m *Meter) speed(class zoomapi.Class) (float64, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen, ok := m.paces[class]
	return seen.speed, ok && time.Since(seen.at) < paceFresh
}

// claim takes n places, evenly apart. The limiter is a line that may run ahead
// of the clock: what it would let through as a burst has a place of its own,
// and each call waits for its place. Without room, askAt is when there will be
// some.
func (m *Meter) claim(
	ctx context.Context, line zoomapi.Line, every time.Duration, n int,
) (first, askAt time.Time, err error) {
	limit := redis_rate.Limit{Rate: 1, Period: every, Burst: max(line.Ahead, n)}
	for again := false; ; again = true {
		sent := time.Now()
		r, err := m.limiter.AllowN(ctx, m.keys.line(line.Class), limit, n)
		got := time.Now()
		if err != nil {
			return time.Time{}, time.Time{}, fmt.Errorf("claim %s: %w", line.Class, err)
		}
		// The server's clock may have jumped back: nobody can be so far ahead,
		// not even at the lowest speed.
		if r.ResetAfter > 20*time.Duration(limit.Burst)*line.Every+10*time.Second && !again {
			if err := m.limiter.Reset(ctx, m.keys.line(line.Class)); err != nil {
				return time.Time{}, time.Time{}, fmt.Errorf("reset %s: %w", line.Class, err)
			}
			continue
		}
		if r.Allowed == 0 {
			return time.Time{}, got.Add(max(r.RetryAfter, time.Millisecond)), nil
		}
		// The server spoke at some time between; nothing leaves in the past.
		first = sent.Add(got.Sub(sent)/2 + r.ResetAfter - time.Duration(n)*every)
		if first.Before(got) {
			first = got
		}
		return first, time.Time{}, nil
	}
}

// Refund implements [zoomapi.Meter].
func (m *Meter) Refund(ctx context.Context, line zoomapi.Line) error {
	return m.correct(ctx, line, zoomapi.DailyWord{}, 1)
}

// Correct implements [zoomapi.Meter].
func (m *Meter) Correct(ctx context.Context, line zoomapi.Line, word zoomapi.DailyWord) error {
	return m.correct(ctx, line, word, 0)
}

func (m *Meter) correct(ctx context.Context, line zoomapi.Line, word zoomapi.DailyWord, back int) error {
	closed := int64(0)
	if !word.ClosedUntil.IsZero() {
		closed = word.ClosedUntil.UnixMilli()
	}
	err := m.scripts.correct.Run(ctx, m.rdb, []string{m.keys.day(line.Pool)},
		m.clock(), word.Used, word.Limit, closed, back, int(dayKept.Seconds()),
		time.Now().UnixMilli(), clockSlack.Milliseconds()).Err()
	if err != nil {
		return fmt.Errorf("correct count of %s: %w", line.Pool, err)
	}
	return nil
}

// Reopen implements [zoomapi.Meter].
func (m *Meter) Reopen(ctx context.Context, line zoomapi.Line) error {
	if err := m.scripts.reopen.Run(ctx, m.rdb, []string{m.keys.day(line.Pool)}).Err(); err != nil {
		return fmt.Errorf("reopen %s: %w", line.Pool, err)
	}
	return nil
}

// clock is the time for scripts in ms, 0 for that of the server.
func (m *Meter) clock() int64 {
	if m.now == nil {
		return 0
	}
	return m.now().UnixMilli()
}

// reading is what a script told of a line.
type reading struct {
	now      time.Time     // On the server's clock.
	ahead    time.Duration // By how much ours is ahead of it; 0 within clockSlack.
	raw      string        // The pace as kept.
	pace     zoomapi.Pace
	counted  int
	closed   time.Time // On the server's clock.
	standing zoomapi.Standing
	midnight time.Time // On the server's clock.
}

// here is a moment of the server's clock on ours.
func (r reading) here(at time.Time) time.Time { return at.Add(r.ahead) }

// stopped reports whether nothing may leave now.
func (r reading) stopped() bool {
	return r.pace.HeldUntil.After(r.now) || r.closed.After(r.now)
}

// count counts up to n calls against the day, and reads how the line stands.
func (m *Meter) count(ctx context.Context, line zoomapi.Line, n int) (reading, error) {
	v, err := m.scripts.count.Run(ctx, m.rdb, []string{m.keys.pace(line.Class), m.keys.day(line.Pool)},
		m.clock(), n, line.PerDay, line.Cap, int(dayKept.Seconds())).Slice()
	got := time.Now()
	if err != nil {
		return reading{}, fmt.Errorf("count %s: %w", line.Class, err)
	}
	var numbers [7]int64
	raw := ""
	for i, part := range v {
		switch part := part.(type) {
		case int64:
			if i < len(numbers) {
				numbers[i] = part
			}
		case string:
			raw = part
		}
	}
	r := reading{now: time.UnixMilli(numbers[0]), raw: raw, pace: readPace(raw), counted: int(numbers[2])}
	r.standing = line.Standing(int(numbers[3]), int(numbers[4]), int(numbers[5]))
	r.standing.Speed = r.pace.SpeedAt(r.now)
	if !r.pace.HeldUntil.IsZero() {
		r.standing.HeldUntil = got.Add(r.pace.HeldUntil.Sub(r.now))
	}
	if ahead := got.Sub(r.now); ahead.Abs() > clockSlack {
		r.ahead = ahead
	}
	if closed := numbers[6]; closed > 0 {
		r.closed = time.UnixMilli(closed)
		r.standing.ClosedUntil = r.here(r.closed)
	}
	const day = 24 * time.Hour
	r.midnight = r.now.UTC().Truncate(day).Add(day)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paces[line.Class] = seenPace{speed: r.standing.Speed, at: got}
	return r, nil
}

// Penalize implements [zoomapi.Meter].
func (m *Meter) Penalize(ctx context.Context, class zoomapi.Class, until time.Time) error {
	line := zoomapi.Line{Class: class, Pool: class}
	for range swapTries {
		r, err := m.count(ctx, line, 0)
		if err != nil {
			return err
		}
		after := r.pace.After(r.now, r.now.Add(time.Until(until)))
		swapped, err := m.scripts.swap.Run(ctx, m.rdb, []string{m.keys.pace(class)},
			r.raw, writePace(after), paceKept.Milliseconds()).Int()
		if err != nil {
			return fmt.Errorf("penalize %s: %w", class, err)
		}
		if swapped == 1 {
			m.mu.Lock()
			delete(m.paces, class) // The next claim reads the new one.
			m.mu.Unlock()
			return nil
		}
	}
	return fmt.Errorf("penalize %s: too many penalties at once", class)
}

// storedPace is a [zoomapi.Pace] as it is kept. Scripts read held_ms.
type storedPace struct {
	Speed       float64 `json:"speed"`
	PenalizedMS int64   `json:"penalized_ms"`
	Episodes    int     `json:"episodes"`
	HeldMS      int64   `json:"held_ms"`
}

// readPace reads what [writePace] wrote; anything else is full speed.
func readPace(raw string) zoomapi.Pace {
	var s storedPace
	if err := json.Unmarshal([]byte(raw), &s); err != nil || s.HeldMS == 0 {
		return zoomapi.Pace{}
	}
	return zoomapi.Pace{
		Speed: s.Speed, Penalized: time.UnixMilli(s.PenalizedMS), Episodes: s.Episodes, HeldUntil: time.UnixMilli(s.HeldMS),
	}
}

func writePace(p zoomapi.Pace) string {
	b, err := json.Marshal(storedPace{
		Speed: p.Speed, PenalizedMS: p.Penalized.UnixMilli(), Episodes: p.Episodes, HeldMS: p.HeldUntil.UnixMilli(),
	})
	if err != nil {
		panic(err) // A struct of finite numbers.
	}
	return string(b)
}
