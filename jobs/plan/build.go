package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// Codes of issues that only the account can tell.
const (
	// CodeUnknownGroup (error): the user group does not exist. Params: group, nearest (names joined by "; ").
	CodeUnknownGroup roster.Code = "unknown_group"
	// CodeUnknownChatGroup (error): the chat group does not exist. Params: group, nearest.
	CodeUnknownChatGroup roster.Code = "unknown_chat_group"
	// CodeChatGroupsUnavailable (warning): the account does not offer chat groups to the bot; the column is left out.
	CodeChatGroupsUnavailable roster.Code = "chat_groups_unavailable"
	// CodeUnknownManager (warning): the manager is neither in the account nor in the file. Params: manager.
	CodeUnknownManager roster.Code = "unknown_manager"
	// CodeExists (note): the person is already in the account as the row asks.
	CodeExists roster.Code = "exists"
	// CodeExistsDiffers (note): the person is already in the account with other values. Params: fields (comma separated).
	CodeExistsDiffers roster.Code = "exists_differs"
	// CodeExistsPending (note): the person is invited and has not accepted.
	CodeExistsPending roster.Code = "exists_pending"
	// CodeExistsInactive (note): the person is in the account, deactivated.
	CodeExistsInactive roster.Code = "exists_inactive"
	// CodeNotEnoughSeats (warning, whole file): fewer seats are free than needed. Params: needed, free, short.
	CodeNotEnoughSeats roster.Code = "not_enough_seats"
	// CodeSeatsUnknown (note, whole file): Zoom did not tell how many seats are free.
	CodeSeatsUnknown roster.Code = "seats_unknown"
	// CodeDailyCap (note, whole file): the daily limit on new people spreads the work over days. Params: days, per_day.
	CodeDailyCap roster.Code = "daily_cap"
)

// nearestGroups is how many similar names an issue about an unknown group offers.
const nearestGroups = 3

// Codes lists every code that Build can add, for the catalogue of messages.
func Codes() []roster.Code {
	return []roster.Code{
		CodeUnknownGroup, CodeUnknownChatGroup, CodeChatGroupsUnavailable, CodeUnknownManager, CodeExists, CodeExistsDiffers,
		CodeExistsPending, CodeExistsInactive, CodeNotEnoughSeats, CodeSeatsUnknown, CodeDailyCap,
	}
}

// Build makes the plan. It does not keep or change its arguments.
func Build(r *roster.Roster, a Account, o Options) *Plan {
	b := builder{
		roster:  r,
		account: a,
		options: o,
		groups:  indexGroups(a.Groups, UserGroup),
		chats:   indexGroups(a.Groups, IMGroup, ContactGroup),
		nearest: make(map[string]string),
		inFile:  make(map[string]bool, len(r.Rows)),
		plan: &Plan{
			Version: Version, MadeAt: o.MadeAt, AccountID: o.AccountID, UserType: o.UserType, CreateAction: o.CreateAction,
			Changes: make([]Change, 0, len(r.Rows)),
			Issues:  slices.Clone(r.Issues),
		},
	}
	for i := range r.Issues {
		if r.Issues[i].Severity == roster.Error {
			b.bad(r.Issues[i].Line)
		}
	}
	for i := range r.Rows {
		b.inFile[r.Rows[i].Key()] = true
	}
	for i := range r.Rows {
		b.row(&r.Rows[i])
	}
	b.finish()
	return b.plan
}

type builder struct {
	roster   *roster.Roster
	account  Account
	options  Options
	groups   groupIndex
	chats    groupIndex
	nearest  map[string]string
	inFile   map[string]bool
	badLines map[int]bool
	noChats  bool
	plan     *Plan
}

func (b *builder) bad(line int) {
	if b.badLines == nil {
		b.badLines = make(map[int]bool)
	}
	b.badLines[line] = true
}

func (b *builder) issue(r *roster.Row, f roster.Field, value string, code roster.Code, sev roster.Severity, params map[string]string) {
	is := roster.Issue{Field: f, Value: value, Code: code, Severity: sev, Params: params, Column: b.header(f)}
	if r != nil {
		is.Line, is.Row = r.Line, r.Number
	}
	if params != nil {
		is.Suggestion, _, _ = strings.Cut(params["nearest"], "; ")
	}
	b.plan.Issues = append(b.plan.Issues, is)
	if sev == roster.Error && r != nil {
		b.bad(r.Line)
	}
}

func (b *builder) header(f roster.Field) string {
	if f == "" {
		return ""
	}
	for _, c := range b.roster.Columns {
		if c.Field == f {
			return c.Header
		}
	}
	return ""
}

func (b *builder) row(r *roster.Row) {
	c := Change{Line: r.Line, Row: r.Number, Key: r.Key(), Action: ActionNone}
	groups := b.joins(r)
	b.manager(r)
	switch user, exists := b.account.Users[c.Key]; {
	case b.badLines[r.Line] || c.Key == "":
		c.Verdict = VerdictInvalid
		b.plan.Counts.Invalid++
	case exists:
		b.existing(r, &c, user, groups)
	default:
		c.Action, c.Verdict, c.UserType, c.Groups = ActionCreate, VerdictCreate, b.options.UserType, groups
		c.Fields = b.newFields(r)
		b.plan.Counts.Create++
	}
	b.plan.Changes = append(b.plan.Changes, c)
}

// writableFields are the columns whose values go to Zoom, in the order in which changes list them.
func writableFields() []roster.Field {
	return []roster.Field{
		roster.Email, roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.JobTitle,
		roster.Location, roster.Manager,
	}
}

func (b *builder) newFields(r *roster.Row) []FieldChange {
	var out []FieldChange
	for _, f := range writableFields() {
		if v := r.Get(f); v != "" {
			out = append(out, FieldChange{Field: f, New: v})
		}
	}
	return out
}

func (b *builder) existing(r *roster.Row, c *Change, user zoomapi.User, groups []Group) {
	switch user.Status {
	case zoomapi.StatusPending:
		c.Verdict = VerdictPending
		b.plan.Counts.Pending++
		b.issue(r, roster.Email, "", CodeExistsPending, roster.Note, nil)
		return
	case zoomapi.StatusInactive:
		c.Verdict = VerdictInactive
		b.plan.Counts.Inactive++
		b.issue(r, roster.Email, "", CodeExistsInactive, roster.Note, nil)
		return
	}
	differing := b.differing(r, c, user, groups)
	if len(differing) == 0 {
		c.Verdict = VerdictUnchanged
		b.plan.Counts.Unchanged++
		b.issue(r, roster.Email, "", CodeExists, roster.Note, nil)
		return
	}
	c.Verdict = VerdictDiffers
	b.plan.Counts.Differs++
	b.issue(r, roster.Email, "", CodeExistsDiffers, roster.Note, map[string]string{"fields": strings.Join(differing, ",")})
}

// differing records in c what the row would have changed and names the fields.
func (b *builder) differing(r *roster.Row, c *Change, user zoomapi.User, groups []Group) []string {
	var names []string
	for _, f := range writableFields() {
		want := r.Get(f)
		if want == "" || f == roster.Email {
			continue
		}
		have, known := b.account.current(user, f)
		if !known || have == want {
			continue
		}
		c.Fields = append(c.Fields, FieldChange{Field: f, Old: have, New: want})
		names = append(names, string(f))
	}
	for _, g := range groups {
		member := slices.Contains(user.GroupIDs, g.ID) || slices.Contains(user.IMGroupIDs, g.ID)
		// Membership of contact groups is not part of a user record; it cannot be compared cheaply.
		if member || g.Kind == ContactGroup {
			continue
		}
		c.Groups = append(c.Groups, g)
		field := roster.UserGroup
		if g.Kind == IMGroup {
			field = roster.ChatGroup
		}
		if !slices.Contains(names, string(field)) {
			names = append(names, string(field))
		}
	}
	return names
}

// joins resolves the names of groups; unknown ones become issues.
func (b *builder) joins(r *roster.Row) []Group {
	var out []Group
	for _, name := range r.Groups() {
		if g, ok := b.groups.find(name); ok {
			out = append(out, g)
			continue
		}
		b.unknownGroup(r, roster.UserGroup, name, CodeUnknownGroup, b.groups)
	}
	chats := r.ChatGroups()
	if len(chats) > 0 && b.account.ChatGroupsUnreadable {
		if !b.noChats {
			b.noChats = true
			b.issue(nil, roster.ChatGroup, "", CodeChatGroupsUnavailable, roster.Warning, nil)
		}
		return out
	}
	for _, name := range chats {
		if g, ok := b.chats.find(name); ok {
			out = append(out, g)
			continue
		}
		b.unknownGroup(r, roster.ChatGroup, name, CodeUnknownChatGroup, b.chats)
	}
	return out
}

func (b *builder) unknownGroup(r *roster.Row, f roster.Field, name string, code roster.Code, ix groupIndex) {
	key := string(f) + "\x00" + foldName(name)
	near, seen := b.nearest[key]
	if !seen {
		near = strings.Join(roster.Nearest(name, ix.names, nearestGroups), "; ")
		b.nearest[key] = near
	}
	b.issue(r, f, name, code, roster.Error, map[string]string{"group": name, "nearest": near})
}

// manager warns about a manager nobody knows. Zoom also takes a display name, so only addresses are judged.
func (b *builder) manager(r *roster.Row) {
	m := Key(r.Get(roster.Manager))
	if !strings.Contains(m, "@") || !b.account.Complete {
		return
	}
	if _, ok := b.account.Users[m]; ok || b.inFile[m] {
		return
	}
	b.issue(r, roster.Manager, m, CodeUnknownManager, roster.Warning, map[string]string{"manager": m})
}

func (b *builder) finish() {
	p := b.plan
	p.Counts.Rows = len(p.Changes)
	p.Seats = Seats{Type: b.options.UserType}
	if b.options.UserType == zoomapi.TypeLicensed {
		l := b.account.Licences
		p.Seats.Needed = p.Counts.Create
		p.Seats.Known, p.Seats.Total, p.Seats.Used, p.Seats.Reserved = l.Known, l.Total, l.Used, l.Reserved
		p.Seats.Free = max(0, l.Total-l.Used-l.Reserved)
		switch {
		case p.Seats.Needed == 0:
		case !l.Known:
			b.issue(nil, "", "", CodeSeatsUnknown, roster.Note, nil)
		case p.Seats.Short() > 0:
			b.issue(nil, "", "", CodeNotEnoughSeats, roster.Warning, map[string]string{
				"needed": strconv.Itoa(p.Seats.Needed), "free": strconv.Itoa(p.Seats.Free), "short": strconv.Itoa(p.Seats.Short()),
			})
		}
	}
	p.Cost = reckon(p, b.options)
	p.Cost.Reads = b.account.Reads
	if p.Cost.Days > 1 {
		b.issue(nil, "", "", CodeDailyCap, roster.Note, map[string]string{
			"days": strconv.Itoa(p.Cost.Days), "per_day": strconv.Itoa(p.Cost.PerDay),
		})
	}
	slices.SortStableFunc(p.Issues, func(x, y roster.Issue) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(int(y.Severity), int(x.Severity)))
	})
	p.Digest = digest(p)
}
