package zoomapi

import (
	"context"
	"time"
)

// Meter keeps places in lines and daily counts, for one process or for all
// that share an account. [NewPacer] has one in memory; package zoomredis has
// one that processes share. It is safe for concurrent use.
//
// An error says that the meter could not be reached. Nothing leaves then.
type Meter interface {
	// Reserve claims up to n places of the line, the earliest that are free,
	// and counts them against the day; prepaid of them were counted before
	// and not used. With n of 0 it only reports how the line stands. It does
	// not wait.
	Reserve(ctx context.Context, line Line, n, prepaid int) (Places, error)
	// Refund takes one call off the day's count: Zoom has certainly not
	// executed it.
	Refund(ctx context.Context, line Line) error
	// Penalize stops a class until the time given and slows it down after,
	// as [Pace.After] says.
	Penalize(ctx context.Context, class Class, until time.Time) error
	// Correct is told what Zoom said of a daily count.
	Correct(ctx context.Context, line Line, word DailyWord) error
	// Reopen forgets until when Zoom said that it accepts no more of the
	// line's pool. Counts stay.
	Reopen(ctx context.Context, line Line) error
}

// Line is what a [Meter] has to know of a class.
type Line struct {
	Class Class
	// Every is how far apart calls are at full speed, at least. Zero means
	// that calls are only counted.
	Every time.Duration
	// Ahead is how many places may be claimed before their time.
	Ahead int
	// Pool names the daily count. Classes that share an allowance name the
	// same.
	Pool Class
	// PerDay is how many calls of the pool are granted per day, Cap how many
	// Zoom accepts from everybody. Zero means no limit; they count anyway.
	PerDay, Cap int
}

// Places are what [Meter.Reserve] granted.
type Places struct {
	// N calls may leave: one at First, the others each Every later. What is
	// not used in time is lost.
	N     int
	First time.Time
	Every time.Duration
	// AskAt is when to ask again, if N is 0 for the line being full. Without
	// any moment to wait for, who is granted nothing asks again in a second.
	AskAt time.Time
	Standing
}

// Standing is how a line stands. Its moments are on the clock of who asked,
// as those of [Places] are, whatever clock the meter goes by.
type Standing struct {
	// Speed is the part of the full speed that is used now, above 0 to 1.
	Speed float64
	// HeldUntil is the end of the last penalty, ClosedUntil the end of the
	// time for which the daily cap is used up. Both may be zero or past.
	HeldUntil, ClosedUntil time.Time
	// Used counts the pool's calls since 00:00 UTC, with what others seem to
	// have taken of the share. Total counts what Zoom says of everybody's
	// calls and ours since. PerDay is the share of the cap as Zoom's counters
	// have it, else of the documented one; 0 for none. These tell people how
	// the day stands; what is granted is for Left to say.
	Used, Total, PerDay int

	// ours are the calls that this account's processes made, most how many
	// they may make; 0 for no limit.
	ours, most int
}

// DailyWord is what Zoom said of a daily count.
type DailyWord struct {
	// Used are the calls of the day that Zoom counted, by anybody.
	Used int
	// Limit is Zoom's cap; 0 if it said nothing.
	Limit int
	// ClosedUntil is when Zoom accepts more; zero while it does.
	ClosedUntil time.Time
}

// Standing is how a count of total calls, of which used are ours, stands
// against the line's caps; limit is Zoom's own word on the cap, 0 for none.
func (l Line) Standing(used, total, limit int) Standing {
	perDay, most := l.PerDay, l.Cap
	if limit > 0 && most > 0 && limit != most {
		// The share of the other cap.
		perDay = int(float64(perDay) / float64(most) * float64(limit))
		most = limit
	}
	s := Standing{Used: used, Total: max(total, used), PerDay: perDay, ours: used, most: max(l.PerDay, perDay)}
	if perDay > 0 && most > 0 {
		s.Used = max(s.Used, perDay-max(most-s.Total, 0))
	}
	return s
}

// Left is how many more calls the day grants, at most n: what our own count
// leaves of the documented cap, or of a higher one that Zoom's counters have.
// Counters alone use up nothing, since one wrong header would end the day.
func (s Standing) Left(n int) int {
	if s.most <= 0 {
		return n
	}
	return min(n, max(s.most-s.ours, 0))
}

const (
	// minSpeed is the lowest part of its rate that a class slows down to.
	minSpeed = 0.1
	// speedLoss is the factor of one penalty, speedGain what a class recovers
	// per speedGainEvery without one.
	speedLoss      = 0.85
	speedGain      = 0.05
	speedGainEvery = 5 * time.Second
	// Each further episode within penaltyMemory doubles the time of a step,
	// up to speedGainMost: what Zoom refuses again and again is not tried
	// again and again.
	speedGainMost = time.Minute
	penaltyMemory = 10 * time.Minute
	// penaltyEpisode: refusals this close together are one episode, since
	// calls already in flight cannot heed the first.
	penaltyEpisode = time.Second
)

// Pace is how fast a class goes after refusals. The zero value is full speed.
// A [Meter] keeps it; its times are those of the meter's clock.
type Pace struct {
	// Speed was the part of the full speed at the last penalty, above 0.
	Speed float64
	// Penalized is when the last episode of refusals began, Episodes how many
	// there were with less than ten minutes between them.
	Penalized time.Time
	Episodes  int
	// HeldUntil is until when nothing leaves.
	HeldUntil time.Time
}

// SpeedAt is the part of the full speed to use now: it rises slowly after a
// penalty, and more slowly after several.
func (p Pace) SpeedAt(now time.Time) float64 {
	if p.Episodes == 0 || p.Speed <= 0 {
		return 1
	}
	every := min(speedGainMost, speedGainEvery<<min(p.Episodes-1, 10))
	steps := max(0, now.Sub(p.Penalized)/every)
	return max(minSpeed, min(1, p.Speed+float64(steps)*speedGain))
}

// After is the pace after one more refusal.
func (p Pace) After(now, until time.Time) Pace {
	if until.After(p.HeldUntil) {
		p.HeldUntil = until
	}
	since := now.Sub(p.Penalized)
	if p.Episodes > 0 && since >= 0 && since < penaltyEpisode {
		return p
	}
	p.Speed = max(minSpeed, p.SpeedAt(now)*speedLoss)
	if since > penaltyMemory {
		p.Episodes = 0
	}
	p.Episodes++
	p.Penalized = now
	return p
}
