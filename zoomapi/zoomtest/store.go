package zoomtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sort"
	"strconv"
	"time"
)

// invitationLife is how long an invitation can be accepted.
const invitationLife = 30 * 24 * time.Hour

// person is a User in the store. Its slices and maps are never written in
// place, so answers may share them after the lock is gone.
type person struct {
	User

	seq int64 // order of arrival, the paging key
}

func personSeq(p *person) int64 { return p.seq }

// poolKey names one counted pool. Pools without sizes have size 0.
type poolKey struct {
	kind poolKind
	size int64
}

type poolKind string

const (
	poolLicensed poolKind = "licensed"
	poolBasic    poolKind = "basic"
	poolPhone    poolKind = "phone"
	poolWebinar  poolKind = "webinar"
	poolLarge    poolKind = "large_meeting"
	poolZoomOne  poolKind = "zoom_one"
	poolUnited   poolKind = "united"
	poolPending  poolKind = "pending"    // everybody invited, for the summary
	poolHosts    poolKind = "type_hosts" // everybody of type Licensed, for the summary
)

type poolCount struct{ used, pending int }

// pools lists what a person takes. Inactive and lapsed people take nothing.
func (u User) pools() []poolKey {
	if u.Lapsed || (u.Status != Active && u.Status != Pending) {
		return nil
	}
	keys := make([]poolKey, 0, 4)
	add := func(kind poolKind, size int64) { keys = append(keys, poolKey{kind, size}) }
	if u.Status == Pending {
		add(poolPending, 0)
	}
	united, _ := strconv.ParseInt(u.PlanUnitedType, 10, 64)
	switch {
	case u.ZoomOneType != 0:
		add(poolZoomOne, u.ZoomOneType)
	case united != 0:
		add(poolUnited, united)
	case u.Type == Licensed:
		add(poolLicensed, 0)
	case u.Type == Basic:
		add(poolBasic, 0)
	}
	if u.Type == Licensed {
		add(poolHosts, 0)
	}
	if u.Feature.Webinar {
		add(poolWebinar, int64(u.Feature.WebinarCapacity))
	}
	if u.Feature.LargeMeeting {
		add(poolLarge, int64(u.Feature.LargeMeetingCapacity))
	}
	if u.Feature.ZoomPhone {
		add(poolPhone, 0)
	}
	return keys
}

// count adds (n = 1) or takes away (n = -1) what u takes.
func (a *Account) count(u User, n int) {
	for _, key := range u.pools() {
		c := a.pools[key]
		if u.Status == Pending {
			c.pending += n
		} else {
			c.used += n
		}
		a.pools[key] = c
	}
}

// seats tells how many seats a pool has; false means no limit.
func (a *Account) seats(key poolKey) (int, bool) {
	s := a.opts.Seats
	switch key.kind {
	case poolLicensed:
		return s.Licensed, true
	case poolBasic:
		return max(s.Basic, 0), s.Basic != 0
	case poolPhone:
		return s.Phone, true
	case poolWebinar:
		return s.Webinar[int(key.size)], true
	case poolLarge:
		return s.LargeMeeting[int(key.size)], true
	case poolZoomOne:
		return s.ZoomOne[key.size], true
	case poolUnited:
		return s.United[key.size], true
	case poolPending, poolHosts:
		return 0, false
	default:
		return 0, false
	}
}

// free is the number of seats left in a pool, never below zero.
func (a *Account) free(key poolKey) int {
	seats, limited := a.seats(key)
	if !limited {
		return 1 << 30
	}
	c := a.pools[key]
	return max(seats-c.used-c.pending, 0)
}

// short returns the first pool that cannot take the step from before to after.
func (a *Account) short(before, after User) (poolKey, bool) {
	had := before.pools()
	for _, key := range after.pools() {
		if !slices.Contains(had, key) && a.free(key) < 1 {
			return key, true
		}
	}
	return poolKey{}, false
}

// list names the slice a person is listed in; empty when in none.
func (u User) list() string {
	if u.Lapsed {
		return ""
	}
	return u.Status
}

// insert puts a new person into every index. The caller holds the lock and has
// checked that the address is free.
func (a *Account) insert(u User) *person {
	a.seq++
	if u.ID == "" {
		u.ID = a.newID("user", a.seq)
	}
	p := &person{User: u, seq: a.seq}
	a.byID[u.ID] = p
	a.byEmail[emailKey(u.Email)] = p
	a.lists[u.list()] = addSeq(a.lists[u.list()], p, personSeq)
	if u.VanityName != "" {
		a.vanity[u.VanityName] = u.ID
	}
	a.count(u, 1)
	a.groups.reseat(p, nil, u.GroupIDs)
	a.imGroups.reseat(p, nil, u.IMGroupIDs)
	if u.Status == Pending && !u.Lapsed {
		a.watchLapse(u)
	}
	return p
}

// update replaces what is known of p and keeps every index right.
func (a *Account) update(p *person, next User) {
	old := p.User
	a.count(old, -1)
	a.count(next, 1)
	if old.list() != next.list() {
		a.lists[old.list()] = dropSeq(a.lists[old.list()], p.seq, personSeq)
		a.lists[next.list()] = addSeq(a.lists[next.list()], p, personSeq)
	}
	if from, to := emailKey(old.Email), emailKey(next.Email); from != to {
		delete(a.byEmail, from)
		a.byEmail[to] = p
	}
	if old.ID != next.ID {
		delete(a.byID, old.ID)
		a.byID[next.ID] = p
	}
	if old.VanityName != next.VanityName {
		delete(a.vanity, old.VanityName)
		if next.VanityName != "" {
			a.vanity[next.VanityName] = next.ID
		}
	}
	a.groups.reseat(p, old.GroupIDs, next.GroupIDs)
	a.imGroups.reseat(p, old.IMGroupIDs, next.IMGroupIDs)
	p.User = next
	if next.Status == Pending && !next.Lapsed {
		a.watchLapse(next)
	}
}

// remove takes a person out of every index.
func (a *Account) remove(p *person) {
	a.count(p.User, -1)
	a.lists[p.list()] = dropSeq(a.lists[p.list()], p.seq, personSeq)
	delete(a.byID, p.ID)
	delete(a.byEmail, emailKey(p.Email))
	delete(a.vanity, p.VanityName)
	a.groups.reseat(p, p.GroupIDs, nil)
	a.imGroups.reseat(p, p.IMGroupIDs, nil)
	a.contacts.forget(p.ID)
}

// accept is what happens when a pending person follows the invitation.
func (a *Account) accept(p *person, now time.Time) {
	next := p.clone()
	next.Status, next.Verified, next.Lapsed = Active, 1, false
	next.LastLogin = now
	next.LoginTypes = []int{100}
	if g := a.groups.byID[next.PendingGroupID]; g != nil {
		next.GroupIDs = appendNew(next.GroupIDs, g.ID)
	}
	next.PendingGroupID = ""
	a.update(p, next)
	a.tell("user.invitation_accepted", p.User)
	a.tell("user.activated", p.User)
}

func (a *Account) watchLapse(u User) {
	at := u.InvitedAt.Add(invitationLife)
	if a.nextLapse.IsZero() || at.Before(a.nextLapse) {
		a.nextLapse = at
	}
}

// lapseDue lets invitations run out. It only walks the pending people when one
// of them is due.
func (a *Account) lapseDue(now time.Time) {
	a.mu.RLock()
	due := !a.nextLapse.IsZero() && !now.Before(a.nextLapse)
	a.mu.RUnlock()
	if !due {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.nextLapse = time.Time{}
	for _, p := range slices.Clone(a.lists[Pending]) {
		if now.Before(p.InvitedAt.Add(invitationLife)) {
			a.watchLapse(p.User)
			continue
		}
		next := p.clone()
		next.Lapsed = true
		a.update(p, next)
	}
}

// newID makes a made-up id that looks like Zoom's: 22 characters, stable for
// the same seed and number.
func (a *Account) newID(kind string, n int64) string {
	sum := sha256.Sum256([]byte(kind + ":" + strconv.FormatUint(a.opts.RandSeed, 10) + ":" + strconv.FormatInt(n, 10)))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// addSeq inserts v into a slice ordered by seq.
func addSeq[T any](in []T, v T, seq func(T) int64) []T {
	if len(in) == 0 || seq(in[len(in)-1]) < seq(v) {
		return append(in, v)
	}
	i, found := findSeq(in, seq(v), seq)
	if found {
		return in
	}
	return slices.Insert(in, i, v)
}

// dropSeq takes the element with number n out of a slice ordered by seq.
func dropSeq[T any](in []T, n int64, seq func(T) int64) []T {
	i, found := findSeq(in, n, seq)
	if !found {
		return in
	}
	return slices.Delete(in, i, i+1)
}

func findSeq[T any](in []T, n int64, seq func(T) int64) (int, bool) {
	return sort.Find(len(in), func(i int) int { return cmp.Compare(n, seq(in[i])) })
}

// appendNew returns in with v at the end, unless it is there already. It never
// writes into in.
func appendNew(in []string, v string) []string {
	if slices.Contains(in, v) {
		return in
	}
	return append(slices.Clone(in), v)
}

// without returns in without v. It never writes into in.
func without(in []string, v string) []string {
	return slices.DeleteFunc(slices.Clone(in), func(s string) bool { return s == v })
}
