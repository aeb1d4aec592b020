package zoomredis_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis"
)

// crowd lets callers pass the pacer until the time is over.
func crowd(t *testing.T, p zoomapi.Pacer, class zoomapi.Class, length time.Duration) []time.Time {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var mu sync.Mutex
	var at []time.Time
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for p.Wait(ctx, class) == nil {
				mu.Lock()
				at = append(at, time.Now())
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return at
}

// TestPenaltyStopsAllProcesses: those who were not refused stop and slow down
// too, and so does one that starts later.
func TestPenaltyStopsAllProcesses(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	synctest.Test(t, func(t *testing.T) {
		connect, _ := bubbled(t, server, nil)
		start := time.Now()
		pacer := func() zoomapi.Pacer {
			return newPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Meter: newMeter(t, connect(), "p")})
		}
		refused, other := pacer(), pacer()
		time.AfterFunc(2*time.Second, func() { refused.Penalize(zoomapi.Light, start.Add(7*time.Second)) })
		at := crowd(t, other, zoomapi.Light, 11*time.Second)
		during, after := 0, 0
		for _, moment := range at {
			switch d := moment.Sub(start); {
			case d >= 2300*time.Millisecond && d < 7*time.Second:
				during++
			case d >= 7*time.Second:
				after++
			}
		}
		if during != 0 {
			t.Errorf("%d calls of another process during the penalty", during)
		}
		// 85 % at first, 90 % five seconds after the refusal.
		if after < 260 || after > 285 {
			t.Errorf("%d calls of another process in the four seconds after, want about 90 %% of 310", after)
		}
		// A new process, three seconds after one more refusal.
		other.Penalize(zoomapi.Light, time.Now().Add(3*time.Second))
		began := time.Now()
		at = crowd(t, pacer(), zoomapi.Light, 5*time.Second)
		if len(at) == 0 || at[0].Sub(began) < 3*time.Second || len(at) > 130 {
			t.Errorf("%d calls of a new process, the first after %v", len(at), at[0].Sub(began))
		}
	})
}

// TestRestartKeepsTheLine: a process that starts anew does not begin with
// places that others have.
func TestRestartKeepsTheLine(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	synctest.Test(t, func(t *testing.T) {
		connect, _ := bubbled(t, server, nil)
		var at []time.Time
		for range 20 {
			p := newPacer(t, zoomapi.PacerOptions{Plan: zoomapi.PlanPro, Meter: newMeter(t, connect(), "p")})
			at = append(at, crowd(t, p, zoomapi.Light, 300*time.Millisecond)...)
		}
		if got := fullest(at); got > 30 {
			t.Errorf("%d calls within a second, want 30 at most", got)
		}
		if len(at) < 120 {
			t.Errorf("%d calls in six seconds", len(at))
		}
	})
}

// TestDailyCapOfAllProcesses: three processes spend one day's calls, to the
// last, and the next day's after midnight.
func TestDailyCapOfAllProcesses(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	synctest.Test(t, func(t *testing.T) {
		connect, _ := bubbled(t, server, nil)
		time.Sleep(time.Until(midnight(time.Now())) - time.Minute)
		end := midnight(time.Now())
		var pacers []zoomapi.Pacer
		for range 3 {
			pacers = append(pacers, newPacer(t, zoomapi.PacerOptions{
				Plan: zoomapi.PlanBusiness, Share: 0.5, PerDay: map[zoomapi.Class]int{zoomapi.Heavy: 400},
				Meter: newMeter(t, connect(), "p"),
			}))
		}
		spend := func() int {
			var mu sync.Mutex
			passed := 0
			var all sync.WaitGroup
			for _, p := range pacers {
				for i := range 8 {
					class := zoomapi.Heavy
					if i == 0 {
						class = zoomapi.ResourceIntensive // Of the same allowance.
					}
					all.Go(func() {
						for {
							err := p.Wait(t.Context(), class)
							if err == nil {
								mu.Lock()
								passed++
								mu.Unlock()
								continue
							}
							e, ok := errors.AsType[*zoomapi.Error](err)
							if !ok || !errors.Is(err, zoomapi.ErrDailyLimit) || !e.RetryAfter.Equal(end) {
								t.Errorf("error %v, want a daily limit until %v", err, end)
							}
							return
						}
					})
				}
			}
			all.Wait()
			return passed
		}
		// Places claimed for the last calls of one class may come too late.
		if got := spend(); got < 190 || got > 200 {
			t.Errorf("%d calls, want 200", got)
		}
		time.Sleep(time.Until(end) + time.Second)
		end = midnight(time.Now())
		if got := spend(); got < 190 || got > 200 {
			t.Errorf("%d calls the next day, want 200", got)
		}
	})
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// TestMeterKeepsCounts: what one process counts, corrects or closes holds for
// another.
func TestMeterKeepsCounts(t *testing.T) {
	t.Parallel()
	for kind, server := range servers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			connect := server(t)
			name := prefix(t)
			now := time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC)
			meter := func() *zoomredis.Meter {
				m, err := zoomredis.NewMeter(connect(), zoomredis.MeterOptions{
					Prefix: name, AccountID: "acc", Now: func() time.Time { return now },
				})
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			one, other := meter(), meter()
			line := zoomapi.Line{Class: zoomapi.Invitations, Pool: zoomapi.Invitations, PerDay: 10, Cap: 10}
			take := func(n, prepaid, want, used int) {
				t.Helper()
				p, err := one.Reserve(t.Context(), line, n, prepaid)
				if err != nil {
					t.Fatal(err)
				}
				if p.N != want || p.Used != used {
					t.Errorf("%d granted with %d used, want %d with %d", p.N, p.Used, want, used)
				}
				one, other = other, one
			}
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			take(3, 0, 3, 3)
			take(3, 2, 3, 4)
			must(other.Refund(t.Context(), line))
			take(1, 0, 1, 4)
			must(other.Correct(t.Context(), line, zoomapi.DailyWord{Used: 8}))
			take(0, 0, 0, 8)
			must(other.Correct(t.Context(), line, zoomapi.DailyWord{Used: 2})) // Late news.
			take(5, 0, 5, 10)
			take(3, 0, 1, 10) // Nine were ours.
			take(1, 0, 0, 10)
			must(other.Correct(t.Context(), line, zoomapi.DailyWord{Used: 10, Limit: 12})) // The cap is another.
			take(9, 0, 2, 12)
			now = now.Add(2 * time.Hour) // Midnight.
			take(1, 0, 1, 1)
			must(other.Correct(t.Context(), line, zoomapi.DailyWord{Used: 4, Limit: 4})) // Zoom decides whether that is so.
			take(2, 0, 2, 4)
			closed := time.Now().Add(5 * time.Hour)
			must(other.Correct(t.Context(), line, zoomapi.DailyWord{ClosedUntil: closed}))
			p, err := one.Reserve(t.Context(), line, 1, 0)
			if err != nil || p.N != 0 || p.ClosedUntil.Sub(closed).Abs() > 5*time.Second {
				t.Errorf("closed: %+v, %v; want until %v", p, err, closed)
			}
			must(one.Reopen(t.Context(), line))
			take(1, 0, 1, 4)
			must(other.Correct(t.Context(), line, zoomapi.DailyWord{ClosedUntil: time.Now().Add(300 * 24 * time.Hour)}))
			take(1, 0, 1, 5) // No limit of a day lasts as long.
		})
	}
}

// TestMeterIsUnreachable: an error, no places.
func TestMeterIsUnreachable(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	defer func() { _ = rdb.Close() }()
	m := newMeter(t, rdb, "p")
	line := zoomapi.Line{Class: zoomapi.Light, Pool: zoomapi.Light, Every: time.Millisecond, Ahead: 10}
	if p, err := m.Reserve(t.Context(), line, 1, 0); err != nil || p.N != 1 {
		t.Fatal(p, err)
	}
	server.SetError("LOADING Redis is loading the dataset in memory")
	for what, err := range map[string]error{
		"reserve":  second(m.Reserve(t.Context(), line, 1, 0)),
		"look":     second(m.Reserve(t.Context(), line, 0, 0)),
		"refund":   m.Refund(t.Context(), line),
		"correct":  m.Correct(t.Context(), line, zoomapi.DailyWord{}),
		"penalize": m.Penalize(t.Context(), zoomapi.Light, time.Now()),
		"reopen":   m.Reopen(t.Context(), line),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	server.SetError("")
	if p, err := m.Reserve(t.Context(), line, 1, 0); err != nil || p.N != 1 {
		t.Errorf("afterwards: %+v, %v", p, err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestMeterSurvivesNonsense: a clock that jumped back and keys that hold
// something else stop nobody for long.
func TestMeterSurvivesNonsense(t *testing.T) {
	t.Parallel()
	for kind, server := range servers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			connect := server(t)
			rdb, name := connect(), prefix(t)
			m := newMeter(t, rdb, name)
			line := zoomapi.Line{Class: zoomapi.Light, Pool: zoomapi.Light, Every: time.Millisecond, Ahead: 10}
			reserve := func() {
				t.Helper()
				if p, err := m.Reserve(t.Context(), line, 1, 0); err != nil || p.N != 1 || time.Until(p.First) > time.Second {
					t.Errorf("places %+v, %v", p, err)
				}
			}
			reserve()
			for _, key := range rdb.Keys(t.Context(), name+"*").Val() {
				switch {
				case strings.Contains(key, ":line:"):
					// Hours ahead: the end of the line by a clock that was wrong.
					end := rdb.Get(t.Context(), key)
					f, err := end.Float64()
					if err != nil {
						t.Fatal(err)
					}
					if err := rdb.Set(t.Context(), key, f+7200, 0).Err(); err != nil {
						t.Fatal(err)
					}
				case strings.Contains(key, ":day:"):
					if err := rdb.HSet(t.Context(), key, "used", "many", "closed", "soon").Err(); err != nil {
						t.Fatal(err)
					}
				}
			}
			reserve()
			if err := m.Penalize(t.Context(), zoomapi.Light, time.Now()); err != nil {
				t.Fatal(err)
			}
			for _, key := range rdb.Keys(t.Context(), name+"*:pace:*").Val() {
				if err := rdb.Set(t.Context(), key, "not JSON", 0).Err(); err != nil {
					t.Fatal(err)
				}
			}
			m = newMeter(t, rdb, name)
			reserve()
			if err := m.Penalize(t.Context(), zoomapi.Light, time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if p, err := m.Reserve(t.Context(), line, 1, 0); err != nil || p.N != 0 || p.Speed != 0.85 {
				t.Errorf("penalized: %+v, %v", p, err)
			}
		})
	}
}

// TestPenaltiesAtOnce: many refusals told at once are one episode.
func TestPenaltiesAtOnce(t *testing.T) {
	t.Parallel()
	for kind, server := range servers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			connect := server(t)
			name := prefix(t)
			until := time.Now().Add(time.Minute)
			var all sync.WaitGroup
			for range 4 {
				m := newMeter(t, connect(), name)
				all.Go(func() {
					if err := m.Penalize(t.Context(), zoomapi.Light, until); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			p, err := newMeter(t, connect(), name).Reserve(t.Context(), zoomapi.Line{Class: zoomapi.Light, Pool: zoomapi.Light}, 0, 0)
			if err != nil || p.Speed != 0.85 || p.HeldUntil.Sub(until).Abs() > 5*time.Second {
				t.Errorf("standing %+v, %v; want 85 %% until %v", p, err, until)
			}
		})
	}
}

// TestKeys: all begin with the prefix and live in one slot of a cluster, and
// say neither account nor client.
func TestKeys(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer func() { _ = rdb.Close() }()
	m, tokens := newMeter(t, rdb, "corp:zu"), newTokens(t, rdb, "corp:zu", "secret")
	line := zoomapi.Line{Class: zoomapi.Heavy, Pool: zoomapi.Heavy, Every: time.Second, Ahead: 4}
	unlock, ok, err := tokens.Lock(t.Context(), time.Minute)
	if err := errors.Join(
		err, second(m.Reserve(t.Context(), line, 1, 0)), m.Penalize(t.Context(), zoomapi.Heavy, time.Now()),
		tokens.Save(t.Context(), zoomapi.Token{Value: zoomapi.NewSecret("t"), Expires: time.Now().Add(time.Hour)}),
	); err != nil || !ok {
		t.Fatal(err, ok)
	}
	got := server.Keys()
	var parts []string
	for _, key := range got {
		rest, ok := strings.CutPrefix(key, "corp:zu:{zoom:")
		_, part, closed := strings.Cut(rest, "}:")
		if !ok || !closed || strings.Contains(key, "acc") || strings.Contains(key, "cid") {
			t.Errorf("key %q", key)
		}
		parts = append(parts, strings.Split(part, ":")[0])
	}
	if diff := cmp.Diff([]string{"day", "line", "pace", "token", "token"}, parts); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	unlock(t.Context())
	if left := len(server.Keys()); left != len(got)-1 {
		t.Errorf("%d keys after the lock", left)
	}
}

func TestMeterOptions(t *testing.T) {
	t.Parallel()
	if _, err := zoomredis.NewMeter(nil, zoomredis.MeterOptions{AccountID: "acc"}); err == nil {
		t.Error("no server accepted")
	}
	rdb := redis.NewClient(&redis.Options{})
	defer func() { _ = rdb.Close() }()
	if _, err := zoomredis.NewMeter(rdb, zoomredis.MeterOptions{}); err == nil {
		t.Error("no account accepted")
	}
}
