package slacktest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Ids of the sample channels.
const (
	// ChannelAdmins is #zoom-admins: the bot, Ada, Ben, Chiara, Delphine and the guest Gus.
	ChannelAdmins = "C0ZOOMADMIN"
	// ChannelGeneral is #general: everybody of the organisation and the bot.
	ChannelGeneral = "C0GENERAL"
	// ChannelRandom is #random: without the bot.
	ChannelRandom = "C0RANDOM"
	// ChannelPartner is #partner-desk, shared with Sasha's organisation; the bot is in it.
	ChannelPartner = "C0PARTNER"
)

// Channel is a public or private channel, or a direct message.
type Channel struct {
	ID, Name  string
	Members   []string
	IsPrivate bool
	IsIM      bool
	Archived  bool
}

func sampleChannels() []Channel {
	staff := []string{UserAda, UserBen, UserChiara, UserDelphine}
	return []Channel{
		{ID: ChannelAdmins, Name: "zoom-admins", Members: append(slices.Clone(staff), UserGus, BotUserID)},
		{ID: ChannelGeneral, Name: "general", Members: append(slices.Clone(staff), UserGus, BotUserID)},
		{ID: ChannelRandom, Name: "random", Members: slices.Clone(staff)},
		{ID: ChannelPartner, Name: "partner-desk", Members: []string{UserAda, UserSasha, BotUserID}},
	}
}

// AddChannel adds or replaces a channel. ID and Name are required.
func (w *Workspace) AddChannel(ch Channel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addChannel(ch)
	w.changed()
}

func (w *Workspace) addChannel(ch Channel) *Channel {
	ch.Members = slices.Clone(ch.Members)
	if _, known := w.channels[ch.ID]; !known {
		w.channelOrder = append(w.channelOrder, ch.ID)
	}
	w.channels[ch.ID] = &ch
	return &ch
}

// Invite makes users members of a channel. A channel with somebody of another
// organisation is shared (is_ext_shared) from then on.
func (w *Workspace) Invite(channel string, users ...string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channels[channel]
	if ch == nil {
		return fmt.Errorf("invite to %s: %w", channel, refuse("channel_not_found"))
	}
	for _, id := range users {
		if w.users[id] == nil {
			return fmt.Errorf("invite %s: %w", id, refuse("user_not_found"))
		}
		if slices.Contains(ch.Members, id) {
			continue
		}
		ch.Members = append(ch.Members, id)
		w.emit("member_joined_channel", object{
			"type": "member_joined_channel", "user": id, "channel": ch.ID,
			"channel_type": ch.typeLetter(), "team": w.users[id].TeamID,
		}, w.shared(ch))
	}
	w.changed()
	return nil
}

// Kick takes users out of a channel.
func (w *Workspace) Kick(channel string, users ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch := w.channels[channel]; ch != nil {
		ch.Members = without(ch.Members, users)
	}
	w.changed()
}

// DM returns the id of the direct message between user and the bot, opening it
// when needed.
func (w *Workspace) DM(user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dm(user).ID
}

func (w *Workspace) dm(user string) *Channel {
	id := "D" + strings.TrimLeft(user, "UW")
	if ch := w.channels[id]; ch != nil {
		return ch
	}
	return w.addChannel(Channel{ID: id, IsIM: true, IsPrivate: true, Members: []string{user, BotUserID}})
}

func (ch *Channel) has(user string) bool { return slices.Contains(ch.Members, user) }

// other is the person of a direct message.
func (ch *Channel) other() string {
	for _, id := range ch.Members {
		if id != BotUserID {
			return id
		}
	}
	return ""
}

// shownName is the name of ch in commands and interactions.
func (ch *Channel) shownName() string {
	switch {
	case ch.IsIM:
		return "directmessage"
	case ch.IsPrivate:
		return "privategroup"
	}
	return ch.Name
}

// kind is the channel_type of events.
func (ch *Channel) kind() string {
	switch {
	case ch.IsIM:
		return "im"
	case ch.IsPrivate:
		return "group"
	}
	return "channel"
}

func (ch *Channel) typeLetter() string {
	if ch.IsPrivate {
		return "G"
	}
	return "C"
}

// shared reports whether somebody of another organisation is in ch.
func (w *Workspace) shared(ch *Channel) bool {
	return slices.ContainsFunc(ch.Members, func(id string) bool { return w.users[id] != nil && w.users[id].IsStranger })
}

// channelFor finds a conversation the bot names by id or, as Slack allows for
// posting, by "#name" or by the id of a user.
func (w *Workspace) channelFor(ref string) *Channel {
	if ch := w.channels[ref]; ch != nil {
		return ch
	}
	if u := w.users[ref]; u != nil && !u.IsBot {
		return w.dm(u.ID)
	}
	name := strings.TrimPrefix(ref, "#")
	for _, id := range w.channelOrder {
		if ch := w.channels[id]; !ch.IsIM && ch.Name == name {
			return ch
		}
	}
	return nil
}

// botChannel finds a conversation that the bot may write to.
func (w *Workspace) botChannel(ref string) (*Channel, error) {
	ch := w.channelFor(ref)
	switch {
	case ch == nil:
		return nil, refuse("channel_not_found")
	case ch.Archived:
		return nil, refuse("is_archived")
	case ch.has(BotUserID):
		return ch, nil
	case ch.IsPrivate:
		return nil, refuse("channel_not_found")
	}
	return ch, refuse("not_in_channel")
}

// visibleChannel finds a conversation that the bot may know of.
func (w *Workspace) visibleChannel(id string) (*Channel, error) {
	ch := w.channels[id]
	if ch == nil || ch.IsPrivate && !ch.has(BotUserID) {
		return nil, refuse("channel_not_found")
	}
	return ch, nil
}

func (w *Workspace) channelJSON(ch *Channel) object {
	shared := w.shared(ch)
	out := object{
		"id": ch.ID, "created": w.born.Unix(), "is_channel": !ch.IsIM && !ch.IsPrivate, "is_group": !ch.IsIM && ch.IsPrivate,
		"is_im": ch.IsIM, "is_mpim": false, "is_private": ch.IsPrivate, "is_archived": ch.Archived,
		"is_shared": shared, "is_ext_shared": shared, "is_org_shared": false, "context_team_id": TeamID,
	}
	if shared {
		out["connected_team_ids"] = []string{ForeignTeamID}
		out["conversation_host_id"] = TeamID
	}
	if ch.IsIM {
		out["user"] = ch.other()
		out["is_open"] = true
		return out
	}
	out["name"] = ch.Name
	out["name_normalized"] = ch.Name
	out["is_general"] = ch.ID == ChannelGeneral
	out["is_member"] = ch.has(BotUserID)
	out["num_members"] = len(ch.Members)
	out["creator"] = UserChiara
	out["topic"] = object{"value": "", "creator": "", "last_set": 0}
	out["purpose"] = object{"value": "Sample data", "creator": "", "last_set": 0}
	return out
}

func (w *Workspace) conversationsInfo(c *call) (object, error) {
	ch, err := w.visibleChannel(c.str("channel"))
	if err != nil {
		return nil, err
	}
	return object{"channel": w.channelJSON(ch)}, nil
}

func (w *Workspace) conversationsList(c *call) (object, error) {
	types := c.str("types")
	if types == "" {
		types = "public_channel"
	}
	want := strings.Split(types, ",")
	all := []string{}
	for _, id := range w.channelOrder {
		ch := w.channels[id]
		kind := map[string]string{"im": "im", "group": "private_channel", "channel": "public_channel"}[ch.kind()]
		if !slices.Contains(want, kind) || ch.IsPrivate && !ch.has(BotUserID) || ch.Archived && c.flag("exclude_archived") {
			continue
		}
		all = append(all, id)
	}
	ids, next, err := paged(all, c)
	if err != nil {
		return nil, err
	}
	out := []object{}
	for _, id := range ids {
		out = append(out, w.channelJSON(w.channels[id]))
	}
	return object{"channels": out, "response_metadata": object{"next_cursor": next}}, nil
}

func (w *Workspace) conversationsOpen(c *call) (object, error) {
	if id := c.str("channel"); id != "" {
		ch := w.channels[id]
		if ch == nil || !ch.IsIM || !ch.has(BotUserID) {
			return nil, refuse("channel_not_found")
		}
		return object{"channel": w.channelJSON(ch), "no_op": true, "already_open": true}, nil
	}
	users := strings.Split(c.str("users"), ",")
	if len(users) != 1 {
		return nil, refuse("method_not_supported_for_channel_type")
	}
	u := w.users[strings.TrimSpace(users[0])]
	switch {
	case c.str("users") == "":
		return nil, refuse("users_list_not_supplied")
	case u == nil:
		return nil, refuse("user_not_found")
	case u.IsBot || u.Deleted:
		return nil, refuse("cannot_dm_bot")
	}
	_, open := w.channels["D"+strings.TrimLeft(u.ID, "UW")]
	ch := w.dm(u.ID)
	out := object{"channel": object{"id": ch.ID}, "no_op": open, "already_open": open}
	if c.flag("return_im") {
		out["channel"] = w.channelJSON(ch)
	}
	return out, nil
}

func (w *Workspace) conversationsMembers(c *call) (object, error) {
	ch, err := w.visibleChannel(c.str("channel"))
	if err != nil {
		return nil, err
	}
	ids, next, err := paged(ch.Members, c)
	if err != nil {
		return nil, err
	}
	return object{"members": slices.Clone(ids), "response_metadata": object{"next_cursor": next}}, nil
}

// paged cuts the part of all that limit and cursor of c ask for. A cursor is
// "at:" and the offset.
func paged(all []string, c *call) ([]string, string, error) {
	start := 0
	if cur := c.str("cursor"); cur != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(cur, "at:"))
		if err != nil || n < 0 || n > len(all) {
			return nil, "", refuse("invalid_cursor")
		}
		start = n
	}
	limit := c.num("limit")
	if limit <= 0 || limit > 1000 {
		limit = 100
	}
	end := min(start+limit, len(all))
	next := ""
	if end < len(all) {
		next = "at:" + strconv.Itoa(end)
	}
	return all[start:end], next, nil
}
