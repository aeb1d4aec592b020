package slacktest

import (
	"slices"
	"strings"
)

// Ids of the sample workspace, team and app.
const (
	TeamID        = "T0SANDBOX"
	ForeignTeamID = "T0FOREIGN"
	AppID         = "A0ZOOMUSERS"
	BotUserID     = "U0ZOOMUSERS"
	BotID         = "B0ZOOMUSERS"
	SlackbotID    = "USLACKBOT"
)

// Ids of the sample people. All of them are made up.
const (
	// UserAda is a Zoom admin, the usual requester.
	UserAda = "U0ADA000001"
	// UserBen is a Zoom admin and an approver.
	UserBen = "U0BEN000002"
	// UserChiara is a workspace admin and an approver.
	UserChiara = "U0CHIARA003"
	// UserDelphine is a Zoom admin whose locale is fr-FR.
	UserDelphine = "U0DELPHINE4"
	// UserGus is a multi-channel guest.
	UserGus = "U0GUS000005"
	// UserSasha is a stranger: somebody of another organisation.
	UserSasha = "U0SASHA0006"
)

// GroupApprovers is the user group @zoom-approvers: Ben and Chiara.
const GroupApprovers = "S0APPROVERS"

// User is a person or a bot user as the workspace knows them.
type User struct {
	ID, TeamID string
	Name       string // handle, like "ada"
	RealName   string
	Email      string
	Role       string // shown on the page and as the profile's title
	Locale     string // like "en-US"
	TZ         string // like "Europe/Paris"
	TZOffset   int    // seconds
	Color      string // without "#"

	IsAdmin, IsOwner, IsPrimaryOwner bool
	IsBot                            bool
	IsRestricted, IsUltraRestricted  bool // guest; single-channel guest (both true)
	IsStranger                       bool // of another organisation
	Deleted                          bool
}

// IsGuest reports whether u is a guest of either kind.
func (u User) IsGuest() bool { return u.IsRestricted || u.IsUltraRestricted }

// Group is a user group.
type Group struct {
	ID, Handle, Name string
	Users            []string
}

func sampleUsers() []User {
	return []User{
		{
			ID: UserAda, Name: "ada", RealName: "Ada Okafor", Email: "ada@example.com",
			Role: "Zoom admin (sample)", Color: "4b6cb7", TZ: "Europe/London",
		},
		{
			ID: UserBen, Name: "ben", RealName: "Ben Lindqvist", Email: "ben@example.com",
			Role: "Zoom admin, approver (sample)", Color: "2f855a", TZ: "Europe/Stockholm", TZOffset: 3600,
		},
		{
			ID: UserChiara, Name: "chiara", RealName: "Chiara Romano", Email: "chiara@example.com",
			Role: "Approver, workspace admin (sample)", Color: "b7791f", TZ: "Europe/Rome", TZOffset: 3600, IsAdmin: true,
		},
		{
			ID: UserDelphine, Name: "delphine", RealName: "Delphine Marchand", Email: "delphine@example.com",
			Role: "Administratrice Zoom (fictive)", Locale: "fr-FR", Color: "97266d", TZ: "Europe/Paris", TZOffset: 3600,
		},
		{
			ID: UserGus, Name: "gus", RealName: "Gus Petrov", Email: "gus@example.org",
			Role: "Guest (sample)", Color: "718096", TZ: "Europe/Sofia", TZOffset: 7200, IsRestricted: true,
		},
		{
			ID: UserSasha, TeamID: ForeignTeamID, Name: "sasha", RealName: "Sasha Quist", Email: "sasha@example.net",
			Role: "Other organisation (sample)", Color: "c53030", TZ: "Europe/Berlin", TZOffset: 3600, IsStranger: true,
		},
		{
			ID: BotUserID, Name: "zoomusers", RealName: "Zoom users",
			Role: "App", Color: "1d3557", TZ: "Etc/UTC", IsBot: true,
		},
		{ID: SlackbotID, Name: "slackbot", RealName: "Slackbot", Role: "Slackbot", Color: "757575", IsBot: true},
	}
}

// AddUser adds or replaces a user. ID and Name are required; the team, the
// locale (en-US) and the real name are filled in.
func (w *Workspace) AddUser(u User) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addUser(u)
	w.changed()
}

func (w *Workspace) addUser(u User) {
	if u.TeamID == "" {
		u.TeamID = TeamID
	}
	if u.Locale == "" {
		u.Locale = "en-US"
	}
	if u.TZ == "" {
		u.TZ = "Etc/UTC"
	}
	if u.RealName == "" {
		u.RealName = u.Name
	}
	if u.Color == "" {
		u.Color = "4a5568"
	}
	if _, known := w.users[u.ID]; !known {
		w.userOrder = append(w.userOrder, u.ID)
	}
	w.users[u.ID] = &u
}

// SetGroup adds a user group or changes its members. The app hears of a change
// when it subscribes to subteam_members_changed.
func (w *Workspace) SetGroup(g Group) {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.groups[g.ID]
	g.Users = slices.Clone(g.Users)
	w.groups[g.ID] = &g
	if old != nil {
		added := without(g.Users, old.Users)
		removed := without(old.Users, g.Users)
		w.emit("subteam_members_changed", object{
			"type": "subteam_members_changed", "subteam_id": g.ID, "team_id": TeamID,
			"date_previous_update": w.now().Unix(), "date_update": w.now().Unix(),
			"added_users": added, "added_users_count": len(added),
			"removed_users": removed, "removed_users_count": len(removed),
		}, false)
	}
	w.changed()
}

// without returns the elements of a that b lacks; never nil.
func without(a, b []string) []string {
	out := []string{}
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// person returns a user who may act: known, not the bot, not deactivated.
func (w *Workspace) person(id string) (*User, error) {
	u := w.users[id]
	switch {
	case u == nil:
		return nil, refuse("user_not_found")
	case u.IsBot || u.Deleted:
		return nil, refuse("user_not_allowed")
	}
	return u, nil
}

func (w *Workspace) userJSON(u *User, withLocale bool) object {
	first, last, _ := strings.Cut(u.RealName, " ")
	profile := object{
		"real_name": u.RealName, "real_name_normalized": u.RealName,
		"display_name": u.Name, "display_name_normalized": u.Name,
		"first_name": first, "last_name": last, "title": u.Role,
		"status_text": "sample data", "team": u.TeamID,
	}
	if u.Email != "" && w.scopes["users:read.email"] {
		profile["email"] = u.Email
	}
	if u.ID == BotUserID {
		profile["bot_id"] = BotID
		profile["api_app_id"] = AppID
	}
	out := object{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "deleted": u.Deleted, "color": u.Color,
		"real_name": u.RealName, "tz": u.TZ, "tz_label": u.TZ, "tz_offset": u.TZOffset,
		"profile": profile, "is_admin": u.IsAdmin, "is_owner": u.IsOwner, "is_primary_owner": u.IsPrimaryOwner,
		"is_restricted": u.IsRestricted, "is_ultra_restricted": u.IsUltraRestricted,
		"is_bot": u.IsBot, "is_app_user": false, "updated": w.born.Unix(), "is_email_confirmed": true,
	}
	if u.IsStranger {
		out["is_stranger"] = true
	}
	if withLocale {
		out["locale"] = u.Locale
	}
	return out
}

func (w *Workspace) usersInfo(c *call) (object, error) {
	u := w.users[c.str("user")]
	if u == nil {
		return nil, refuse("user_not_found")
	}
	return object{"user": w.userJSON(u, c.flag("include_locale"))}, nil
}

func (w *Workspace) usersList(c *call) (object, error) {
	ids, next, err := paged(w.userOrder, c)
	if err != nil {
		return nil, err
	}
	members := []object{}
	for _, id := range ids {
		if u := w.users[id]; !u.IsStranger {
			members = append(members, w.userJSON(u, c.flag("include_locale")))
		}
	}
	return object{"members": members, "cache_ts": w.now().Unix(), "response_metadata": object{"next_cursor": next}}, nil
}

func (w *Workspace) usersLookupByEmail(c *call) (object, error) {
	for _, id := range w.userOrder {
		if u := w.users[id]; u.Email != "" && strings.EqualFold(u.Email, c.str("email")) && !u.Deleted {
			return object{"user": w.userJSON(u, false)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

func (w *Workspace) groupIDs() []string {
	ids := make([]string, 0, len(w.groups))
	for id := range w.groups {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (w *Workspace) usergroupsList(c *call) (object, error) {
	groups := []object{}
	for _, id := range w.groupIDs() {
		g := w.groups[id]
		item := object{
			"id": g.ID, "team_id": TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name,
			"handle": g.Handle, "description": "Sample data", "is_external": false,
			"date_create": w.born.Unix(), "date_update": w.born.Unix(), "date_delete": 0,
			"user_count": len(g.Users), "prefs": object{"channels": []string{}, "groups": []string{}},
		}
		if c.flag("include_users") {
			item["users"] = slices.Clone(g.Users)
		}
		groups = append(groups, item)
	}
	return object{"usergroups": groups}, nil
}

func (w *Workspace) usergroupsUsersList(c *call) (object, error) {
	g := w.groups[c.str("usergroup")]
	if g == nil {
		return nil, refuse("no_such_subteam")
	}
	return object{"users": slices.Clone(g.Users)}, nil
}
