package zoomtest

import (
	"maps"
	"slices"
	"time"
)

// Additions is what POST /users was asked for one address since the start. It
// outlives the person: who was withdrawn and invited again counts as invited
// twice.
type Additions struct {
	// Asked are the calls that were carried out or refused for what they say.
	// Those that limits or faults kept from taking effect are not among them.
	Asked int `json:"asked"`
	// Invited are the calls that took effect with the action create.
	Invited int `json:"invited"`
	// Created are the calls that took effect with another action.
	Created int `json:"created"`
}

// Additions tells how often an address was invited and created.
func (a *Account) Additions(email string) Additions {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if t := a.additions[emailKey(email)]; t != nil {
		return *t
	}
	return Additions{}
}

// AllAdditions is Additions of every address that was asked for, by address in
// lower case.
func (a *Account) AllAdditions() map[string]Additions {
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := make(map[string]Additions, len(a.additions))
	for email, t := range a.additions {
		out[email] = *t
	}
	return out
}

// addition is the tally of an address. The caller holds the lock.
func (a *Account) addition(email string) *Additions {
	t := a.additions[emailKey(email)]
	if t == nil {
		t = &Additions{}
		a.additions[emailKey(email)] = t
	}
	return t
}

// Busiest is the fullest second of a rate class, wherever it begins.
type Busiest struct {
	Calls int `json:"calls"`
	// From is when the first of the calls came.
	From time.Time `json:"from,omitzero"`
}

// Busiest returns the most calls of a class that came within less than one
// second of the account's clock, with a valid token, whether they were let
// through or refused; also when there are no limits. A client that keeps a
// limit never has more than the limit here.
func (a *Account) Busiest(class Class) Busiest {
	a.limitMu.Lock()
	defer a.limitMu.Unlock()
	if w := a.windows[class]; w != nil {
		return w.rush.most
	}
	return Busiest{}
}

// rush is a second that slides with the calls.
type rush struct {
	calls []time.Time // of the last second, in order
	most  Busiest
}

// note takes a call in. Calls come nearly in order: each has its time from
// before it waited for its turn.
func (r *rush) note(now time.Time) {
	i := len(r.calls)
	for i > 0 && r.calls[i-1].After(now) {
		i--
	}
	r.calls = slices.Insert(r.calls, i, now)
	newest, old := r.calls[len(r.calls)-1], 0
	for newest.Sub(r.calls[old]) >= time.Second {
		old++
	}
	r.calls = slices.Delete(r.calls, 0, old)
	if len(r.calls) > r.most.Calls {
		r.most = Busiest{Calls: len(r.calls), From: r.calls[0]}
	}
}

// limits are those in force.
func (a *Account) limits() Limits { return *a.limit.Load() }

// SetLimits changes limits while calls go on, as an account that is moved to
// another plan, or one that refuses earlier than documented. Zero keeps the
// number in force, negative lifts it. What was used of a day stays used.
func (a *Account) SetLimits(l Limits) {
	for {
		now := a.limit.Load()
		next := l.over(*now)
		if a.limit.CompareAndSwap(now, &next) {
			return
		}
	}
}

// Spend counts calls that somebody else made at this moment: other
// integrations share the limits of the account.
func (a *Account) Spend(class Class, calls int) {
	now := a.now()
	a.limitMu.Lock()
	defer a.limitMu.Unlock()
	w := a.windowOf(class, now)
	w.used += calls
	w.day.today(now)
	w.day.used += calls
}

// allFired tells how many calls the faults hit, by name.
func (a *Account) allFired() map[string]int {
	a.faultMu.Lock()
	defer a.faultMu.Unlock()
	return maps.Clone(a.fired)
}
