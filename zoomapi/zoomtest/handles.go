package zoomtest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNoUser is returned by the direct handles for an address nobody here has.
var ErrNoUser = errors.New("zoomtest: no such user")

// ErrNotPending is returned by Activate and Lapse for people who are not
// waiting for an invitation.
var ErrNotPending = errors.New("zoomtest: user is not pending")

// errTaken: an address or an id that somebody has, or no address at all.
var errTaken = errors.New("zoomtest: needs an address and an id that are not taken")

// AddUser puts a person into the account, past all rules, and returns what is
// stored: missing id, status (active), type (Basic), role (member), display
// name and times are filled in. It panics on a missing or taken address.
func (a *Account) AddUser(u User) User {
	added, err := a.addUser(u)
	if err != nil {
		panic("zoomtest: AddUser needs an address and an id that are not taken")
	}
	return added
}

func (a *Account) addUser(u User) (User, error) {
	now := a.now()
	u = u.clone()
	u.Status = or(u.Status, Active)
	u.Type = or(u.Type, Basic)
	u.RoleID = or(u.RoleID, RoleMember)
	u.DisplayName = or(u.DisplayName, u.fullName())
	u.Language = or(u.Language, "en-US")
	u.Feature.MeetingCapacity = or(u.Feature.MeetingCapacity, 100)
	u.CreatedAt = or(u.CreatedAt, now)
	if u.Status == Pending {
		u.InvitedAt = or(u.InvitedAt, now)
	} else if u.LoginTypes == nil {
		u.LoginTypes, u.Verified = []int{100}, 1
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := emailKey(u.Email)
	if key == "" || a.byEmail[key] != nil || (u.ID != "" && a.byID[u.ID] != nil) {
		return User{}, errTaken
	}
	if u.PMI == 0 {
		u.PMI = 1_000_000_000 + (a.seq*7_919)%8_999_999_999
	}
	return a.insert(u).clone(), nil
}

// AddGroup makes a user group, or returns the one of that name.
func (a *Account) AddGroup(name string) Group {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g := a.groups.named(name); g != nil {
		return g.public()
	}
	return a.groups.add(a, name).public()
}

// Join puts active people into a group. Unknown addresses and groups are left
// out.
func (a *Account) Join(groupID string, emails ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, email := range emails {
		p, g := a.byEmail[emailKey(email)], a.groups.byID[groupID]
		if p == nil || g == nil {
			continue
		}
		next := p.clone()
		next.GroupIDs = appendNew(next.GroupIDs, g.ID)
		a.update(p, next)
	}
}

// User returns a copy of one person, lapsed ones too.
func (a *Account) User(email string) (User, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	p := a.byEmail[emailKey(email)]
	if p == nil {
		return User{}, false
	}
	return p.clone(), true
}

// Users returns everybody in order of arrival, pending and lapsed ones too.
func (a *Account) Users() []User {
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := make([]User, 0, len(a.byID))
	for _, p := range a.everybody() {
		out = append(out, p.clone())
	}
	return out
}

// everybody is all people in order of arrival.
func (a *Account) everybody() []*person {
	all := make([]*person, 0, len(a.byID))
	for _, p := range a.byID {
		all = append(all, p)
	}
	slices.SortFunc(all, func(x, y *person) int { return cmp.Compare(x.seq, y.seq) })
	return all
}

// Groups returns the user groups in order of arrival.
func (a *Account) Groups() []Group {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.groups.public()
}

// Members returns the addresses of a user group's members in order of arrival.
func (a *Account) Members(groupID string) []string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	g := a.groups.byID[groupID]
	if g == nil {
		return nil
	}
	out := make([]string, 0, len(g.members))
	for _, p := range g.members {
		out = append(out, p.Email)
	}
	return out
}

// Activate makes a pending person accept the invitation: active, listed with
// an id, in the group that PATCH group_id named.
func (a *Account) Activate(email string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.byEmail[emailKey(email)]
	if p == nil {
		return ErrNoUser
	}
	if p.Status != Pending || p.Lapsed {
		return ErrNotPending
	}
	a.accept(p, a.now())
	return nil
}

// ActivateAll makes every pending person accept and returns how many did.
func (a *Account) ActivateAll() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	pending := slices.Clone(a.lists[Pending])
	for _, p := range pending {
		a.accept(p, a.now())
	}
	return len(pending)
}

// Lapse lets the invitation of a pending person run out.
func (a *Account) Lapse(email string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.byEmail[emailKey(email)]
	if p == nil {
		return ErrNoUser
	}
	if p.Status != Pending {
		return ErrNotPending
	}
	next := p.clone()
	next.Lapsed = true
	a.update(p, next)
	return nil
}

// Age makes the invitation of a pending person older, as if that much time had
// gone by for it; 30 days make it lapse.
func (a *Account) Age(email string, by time.Duration) error {
	if err := a.age(email, by); err != nil {
		return err
	}
	a.lapseDue(a.now())
	return nil
}

// AgeAll is Age for everybody who is pending.
func (a *Account) AgeAll(by time.Duration) {
	a.mu.RLock()
	pending := slices.Clone(a.lists[Pending])
	emails := make([]string, 0, len(pending))
	for _, p := range pending {
		emails = append(emails, p.Email)
	}
	a.mu.RUnlock()
	for _, email := range emails {
		_ = a.age(email, by) // Who accepted meanwhile has no invitation left.
	}
	a.lapseDue(a.now())
}

func (a *Account) age(email string, by time.Duration) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.byEmail[emailKey(email)]
	if p == nil {
		return ErrNoUser
	}
	if p.Status != Pending || p.Lapsed {
		return ErrNotPending
	}
	next := p.clone()
	next.InvitedAt = next.InvitedAt.Add(-by)
	a.update(p, next)
	return nil
}

// Edit changes a person past all rules, as somebody in the portal might. The
// function gets a copy; a changed address must be free.
func (a *Account) Edit(email string, change func(*User)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.byEmail[emailKey(email)]
	if p == nil {
		return ErrNoUser
	}
	next := p.clone()
	change(&next)
	next = next.clone() // the caller may keep what it put in
	if other := a.byEmail[emailKey(next.Email)]; other != nil && other != p {
		return fmt.Errorf("zoomtest: edit user %s: address taken", p.ID)
	}
	if other := a.byID[next.ID]; other != nil && other != p {
		return fmt.Errorf("zoomtest: edit user %s: id taken", p.ID)
	}
	a.update(p, next)
	a.tell("user.updated", p.User)
	return nil
}

// Remove takes a person out of the account, as somebody in the portal might.
func (a *Account) Remove(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.byEmail[emailKey(email)]; p != nil {
		a.remove(p)
		a.tell("user.deleted", p.User)
	}
}

// Pool tells how many seats of one kind there are and who takes them. Seats is
// -1 when there is no limit.
type Pool struct {
	Seats   int `json:"seats"`
	Used    int `json:"used"`
	Pending int `json:"pending"`
}

// Free is the number of seats left, or -1 when there is no limit.
func (p Pool) Free() int {
	if p.Seats < 0 {
		return -1
	}
	return max(p.Seats-p.Used-p.Pending, 0)
}

// Usage is what the account's seats are taken by. The maps are keyed by size
// as in Seats.
type Usage struct {
	Licensed     Pool            `json:"licensed"`
	Basic        Pool            `json:"basic"`
	Phone        Pool            `json:"phone"`
	Webinar      map[string]Pool `json:"webinar"`
	LargeMeeting map[string]Pool `json:"large_meeting"`
	ZoomOne      map[string]Pool `json:"zoom_one"`
	United       map[string]Pool `json:"united"`
}

// Usage counts the seats taken.
func (a *Account) Usage() Usage {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return Usage{
		Licensed:     a.pool(poolKey{poolLicensed, 0}),
		Basic:        a.pool(poolKey{poolBasic, 0}),
		Phone:        a.pool(poolKey{poolPhone, 0}),
		Webinar:      poolsBySize(a, poolWebinar, a.opts.Seats.Webinar),
		LargeMeeting: poolsBySize(a, poolLarge, a.opts.Seats.LargeMeeting),
		ZoomOne:      poolsBySize(a, poolZoomOne, a.opts.Seats.ZoomOne),
		United:       poolsBySize(a, poolUnited, a.opts.Seats.United),
	}
}

func (a *Account) pool(key poolKey) Pool {
	seats, limited := a.seats(key)
	if !limited {
		seats = -1
	}
	c := a.pools[key]
	return Pool{Seats: seats, Used: c.used, Pending: c.pending}
}

func poolsBySize[K int | int64](a *Account, kind poolKind, seats map[K]int) map[string]Pool {
	out := make(map[string]Pool, len(seats))
	for size := range seats {
		out[strconv.FormatInt(int64(size), 10)] = a.pool(poolKey{kind, int64(size)})
	}
	return out
}

// isManaged tells whether the address is in a managed domain.
func (a *Account) isManaged(email string) bool {
	return slices.Contains(a.opts.ManagedDomains, domainOf(email))
}

// isAdmin tells whether a person is the owner or an administrator.
func (u User) isAdmin() bool { return u.RoleID == RoleOwner || u.RoleID == RoleAdmin }

// matches tells whether a person's address or name contains the lower-case
// text.
func (u User) matches(text string) bool {
	return strings.Contains(emailKey(u.Email), text) || strings.Contains(strings.ToLower(u.fullName()), text)
}
