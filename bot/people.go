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

// How long what Slack said about people is believed. Rights are asked for more often than names.
const (
	personMemory = 5 * time.Minute
	rightsMemory = time.Minute
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
	channels map[string]remembered[string]
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
		channels: make(map[string]remembered[string]),
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
	if u.TeamID == "" || p.team == "" || u.TeamID == p.team {
		return false
	}
	// Members of another workspace of the same organisation belong to us.
	return p.enterprise == "" || u.Enterprise.EnterpriseID != p.enterprise
}

// mayApprove returns nil for approvers. It fails closed: who cannot be looked up has no right.
func (p *people) mayApprove(ctx context.Context, id string) error {
	if len(p.approvers) == 0 {
		return jobs.ErrNoApprovers
	}
	u, err := p.user(ctx, id, rightsMemory)
	if err != nil {
		return errors.Join(jobs.ErrNotApprover, err)
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
			unknown = errors.Join(unknown, err)
		}
	}
	return errors.Join(jobs.ErrNotApprover, unknown)
}

// is reports whether a member is meant by one entry of the approvers.
func (p *people) is(ctx context.Context, u *slack.User, entry string) (bool, error) {
	switch {
	case looksLikeID(entry, "UW"):
		return u.ID == entry, nil
	case looksLikeID(entry, "S"), strings.HasPrefix(entry, "@"):
		members, err := p.group(ctx, entry)
		return slices.Contains(members, u.ID), err
	case strings.Contains(entry, "@"):
		return u.Profile.Email != "" && strings.EqualFold(u.Profile.Email, entry), nil
	}
	return false, nil
}

// group returns the members of a user group, given by id or @handle.
func (p *people) group(ctx context.Context, entry string) ([]string, error) {
	return recall(p, p.groups, entry, rightsMemory, func() ([]string, error) {
		id := entry
		if handle, ok := strings.CutPrefix(entry, "@"); ok {
			groups, err := p.api.GetUserGroupsContext(ctx)
			if err != nil {
				return nil, fmt.Errorf("list user groups: %w", err)
			}
			id = ""
			for _, g := range groups {
				if strings.EqualFold(g.Handle, handle) {
					id = g.ID
				}
			}
			if id == "" {
				return nil, fmt.Errorf("no user group @%s", handle)
			}
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
		switch {
		case looksLikeID(a, "UW"):
			add(a)
		case looksLikeID(a, "S"), strings.HasPrefix(a, "@"):
			members, err := p.group(ctx, a)
			if err != nil {
				p.log.WarnContext(ctx, "approvers not looked up", "err", err)
			}
			add(members...)
		case strings.Contains(a, "@"):
			u, err := p.api.GetUserByEmailContext(ctx, a)
			if err != nil {
				p.log.WarnContext(ctx, "approver not looked up", "err", err)
				continue
			}
			add(u.ID)
		}
	}
	return ids
}

// mentions names the approvers without notifying more people than needed.
func (p *people) mentions() string {
	out := make([]string, 0, len(p.approvers))
	for _, a := range p.approvers {
		switch {
		case looksLikeID(a, "UW"):
			out = append(out, "<@"+a+">")
		case looksLikeID(a, "S"):
			out = append(out, "<!subteam^"+a+">")
		default:
			out = append(out, esc(a))
		}
	}
	return strings.Join(out, ", ")
}

// channelName returns a channel's name.
func (p *people) channelName(ctx context.Context, id string) (string, error) {
	return recall(p, p.channels, id, personMemory, func() (string, error) {
		c, err := p.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		if err != nil {
			return "", fmt.Errorf("look up a channel: %w", err)
		}
		return c.Name, nil
	})
}

// MayApprove implements [jobs.Front].
func (b *Bot) MayApprove(ctx context.Context, a jobs.Actor) error { return b.people.mayApprove(ctx, a.ID) }
