package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/jobs"
)

// How long what Slack said about people is believed. Whoever decides is looked up anew each time, since the right counts
// at that moment.
const (
	personMemory = 5 * time.Minute
	groupMemory  = time.Minute
	noMemory     = time.Duration(0)
)

// people knows the members of the workspace, its user groups and its channels, with a short memory.
type people struct {
	api       *slack.Client
	approvers []string
	now       func() time.Time
	log       *slog.Logger

	team, enterprise string

	mu       sync.Mutex
	users    map[string]remembered[*slack.User]
	groups   map[string]remembered[[]string]
	mails    map[string]remembered[string]
	channels map[string]remembered[string]
	lists    map[string]remembered[map[string]string]
}

type remembered[T any] struct {
	value T
	at    time.Time
}

func newPeople(api *slack.Client, approvers []string, now func() time.Time, log *slog.Logger) *people {
	return &people{
		api: api, approvers: approvers, now: now, log: log,
		users:    make(map[string]remembered[*slack.User]),
		groups:   make(map[string]remembered[[]string]),
		mails:    make(map[string]remembered[string]),
		channels: make(map[string]remembered[string]),
		lists:    make(map[string]remembered[map[string]string]),
	}
}

func (p *people) home(team, enterprise string) { p.team, p.enterprise = team, enterprise }

// recall returns what is remembered under key, or asks.
func recall[T any](p *people, m map[string]remembered[T], key string, memory time.Duration, ask func() (T, error)) (T, error) {
	p.mu.Lock()
	if r, ok := m[key]; ok && p.now().Sub(r.at) < memory {
		p.mu.Unlock()
		return r.value, nil
	}
	p.mu.Unlock()
	v, err := ask()
	if err != nil {
		return v, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	m[key] = remembered[T]{v, p.now()}
	return v, nil
}

func (p *people) user(ctx context.Context, id string, memory time.Duration) (*slack.User, error) {
	return recall(p, p.users, id, memory, func() (*slack.User, error) {
		u, err := p.api.GetUserInfoContext(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("look up a member: %w", err)
		}
		return u, nil
	})
}

// locale is a person's language; "" when unknown.
func (p *people) locale(ctx context.Context, id string) string {
	// A modal must open within three seconds, so the language is not waited for longer than one.
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	u, err := p.user(ctx, id, personMemory)
	if err != nil {
		return ""
	}
	return u.Locale
}

// actor describes a person to the service.
func (p *people) actor(ctx context.Context, id string) jobs.Actor {
	a := jobs.Actor{ID: id}
	u, err := p.user(ctx, id, personMemory)
	if err != nil {
		return a
	}
	a.Locale = u.Locale
	for _, name := range []string{u.Profile.DisplayName, u.RealName, u.Profile.RealName, u.Name} {
		if name != "" {
			a.Name = name
			break
		}
	}
	return a
}

// standing is what kind of member somebody is.
type standing string

const (
	member   standing = "member"
	guest    standing = "guest"
	outsider standing = "outsider"
	gone     standing = "gone"
)

func (p *people) standing(u *slack.User) standing {
	switch {
	case u.Deleted || u.IsBot:
		return gone
	case u.IsStranger:
		return outsider
	case p.foreign(u):
		return outsider
	case u.IsRestricted || u.IsUltraRestricted:
		return guest
	}
	return member
}

func (p *people) foreign(u *slack.User) bool {
	if u.TeamID == "" || p.team == "" || u.TeamID == p.team || (p.enterprise != "" && u.TeamID == p.enterprise) {
		return false
	}
	// Members of another workspace of the same organisation belong to us.
	return p.enterprise == "" || u.Enterprise.EnterpriseID != p.enterprise
}

// errRightsUnknown says that Slack could not be asked whether somebody has a right.
var errRightsUnknown = errors.New("rights could not be looked up")

// mayApprove returns nil for approvers. It fails closed: who cannot be looked up has no right.
func (p *people) mayApprove(ctx context.Context, id string) error {
	if len(p.approvers) == 0 {
		return jobs.ErrNoApprovers
	}
	u, err := p.user(ctx, id, noMemory)
	if err != nil {
		return errors.Join(jobs.ErrNotApprover, errRightsUnknown, err)
	}
	if p.standing(u) != member {
		return jobs.ErrNotApprover
	}
	var unknown error
	for _, a := range p.approvers {
		ok, err := p.is(ctx, u, a)
		if ok {
			return nil
		}
		if err != nil {
			unknown = errors.Join(unknown, errRightsUnknown, err)
		}
	}
	return errors.Join(jobs.ErrNotApprover, unknown)
}

// entryKind is what an entry of the approvers names.
type entryKind int

const (
	entryUser entryKind = iota
	entryGroup
	entryMail
)

// kindOf tells apart user ids, e-mail addresses, and user groups by id or handle (with or without @).
func kindOf(entry string) entryKind {
	switch {
	case looksLikeID(entry, "UW"):
		return entryUser
	case strings.Contains(strings.TrimPrefix(entry, "@"), "@"):
		return entryMail
	}
	return entryGroup
}

// is reports whether a member is meant by one entry of the approvers.
func (p *people) is(ctx context.Context, u *slack.User, entry string) (bool, error) {
	if u.ID == entry {
		return true, nil
	}
	switch kindOf(entry) {
	case entryUser:
		return false, nil
	case entryMail:
		if u.Profile.Email != "" {
			return strings.EqualFold(u.Profile.Email, entry), nil
		}
		// Without the scope users:read.email a profile has no address.
		id, err := p.byMail(ctx, entry, noMemory)
		return id == u.ID, err
	case entryGroup:
	}
	members, err := p.group(ctx, entry, noMemory)
	return slices.Contains(members, u.ID), err
}

// byMail returns the id of the member with an e-mail address, "" when there is none.
func (p *people) byMail(ctx context.Context, mail string, memory time.Duration) (string, error) {
	return recall(p, p.mails, mail, memory, func() (string, error) {
		u, err := p.api.GetUserByEmailContext(ctx, mail)
		if slackError(err) == "users_not_found" {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("look up an approver: %w", err)
		}
		return u.ID, nil
	})
}

// group returns the members of a user group, given by id or handle.
func (p *people) group(ctx context.Context, entry string, memory time.Duration) ([]string, error) {
	return recall(p, p.groups, entry, memory, func() ([]string, error) {
		id := entry
		if !looksLikeID(entry, "S") {
			handle := strings.TrimPrefix(entry, "@")
			groups, err := p.api.GetUserGroupsContext(ctx)
			if err != nil {
				return nil, fmt.Errorf("list user groups: %w", err)
			}
			at := slices.IndexFunc(groups, func(g slack.UserGroup) bool { return strings.EqualFold(g.Handle, handle) })
			if at < 0 {
				return nil, fmt.Errorf("no user group @%s", handle)
			}
			id = groups[at].ID
		}
		members, err := p.api.GetUserGroupMembersContext(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("list the members of a user group: %w", err)
		}
		return members, nil
	})
}

// forgetGroups makes the next decision ask again, after Slack said that a group changed.
func (p *people) forgetGroups() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.groups)
}

// approverIDs are the approvers as user ids, as far as they can be looked up.
func (p *people) approverIDs(ctx context.Context) []string {
	var ids []string
	add := func(more ...string) {
		for _, id := range more {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	for _, a := range p.approvers {
		switch kindOf(a) {
		case entryUser:
			add(a)
		case entryGroup:
			members, err := p.group(ctx, a, groupMemory)
			if err != nil {
				p.log.WarnContext(ctx, "approvers not looked up", "err", err)
			}
			add(members...)
		case entryMail:
			id, err := p.byMail(ctx, a, groupMemory)
			if err != nil {
				p.log.WarnContext(ctx, "approver not looked up", "err", err)
			}
			if id != "" {
				add(id)
			}
		}
	}
	return ids
}

// mentions names the approvers for people. Addresses are not shown in channels, unless there is nothing else to name
// somebody by.
func (p *people) mentions(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	out := make([]string, 0, len(p.approvers))
	for _, a := range p.approvers {
		switch kindOf(a) {
		case entryUser:
			out = append(out, "<@"+a+">")
		case entryGroup:
			if looksLikeID(a, "S") {
				out = append(out, "<!subteam^"+a+">")
				continue
			}
			out = append(out, "@"+esc(strings.TrimPrefix(a, "@")))
		case entryMail:
			if id, err := p.byMail(ctx, a, personMemory); err == nil && id != "" {
				out = append(out, "<@"+id+">")
				continue
			}
			out = append(out, esc(masked(a)))
		}
	}
	return strings.Join(out, ", ")
}

// masked leaves of an address only what its owner recognises.
func masked(mail string) string {
	at := strings.LastIndexByte(mail, '@')
	if at < 1 {
		return "…"
	}
	first := []rune(mail[:at])[0]
	return string(first) + "…" + mail[at:]
}

// channelName returns a channel's name; "" when Slack does not list it.
func (p *people) channelName(ctx context.Context, id string) (string, error) {
	return recall(p, p.channels, id, personMemory, func() (string, error) {
		c, err := p.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		if err == nil {
			return c.Name, nil
		}
		names, listErr := p.channelNames(ctx)
		if listErr != nil {
			return "", fmt.Errorf("look up a channel: %w", errors.Join(err, listErr))
		}
		return names[id], nil
	})
}

// channelNames are the channels that the bot can see, by id.
func (p *people) channelNames(ctx context.Context) (map[string]string, error) {
	return recall(p, p.lists, "", personMemory, func() (map[string]string, error) {
		names := make(map[string]string)
		params := &slack.GetConversationsParameters{
			Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Limit: 1000,
		}
		for {
			page, next, err := p.api.GetConversationsContext(ctx, params)
			if err != nil {
				return nil, fmt.Errorf("list channels: %w", err)
			}
			for i := range page {
				names[page[i].ID] = page[i].Name
			}
			if next == "" || next == params.Cursor {
				return names, nil
			}
			params.Cursor = next
		}
	})
}

// MayApprove implements [jobs.Front].
func (b *Bot) MayApprove(ctx context.Context, a jobs.Actor) error {
	return b.people.mayApprove(ctx, a.ID)
}
