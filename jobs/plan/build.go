package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// nearestGroups is how many similar names an issue about an unknown group offers.
const nearestGroups = 3

// maxComparisons bounds the search for similar names, counted in pairs of names. Beyond it names get no suggestion: a file
// with thousands of different wrong names is not mended one by one, and shall not keep others waiting.
const maxComparisons = 2_000_000

// Build makes the plan. It does not keep or change its arguments.
func Build(r *roster.Roster, a Account, o Options) *Plan {
	b := builder{
		roster:  r,
		account: a,
		options: o,
		columns: columns(),
		groups:  indexGroups(a.Groups, UserGroup),
		chats:   indexGroups(a.Groups, IMGroup, ContactGroup),
		nearest: make(map[string][]string),
		first:   make(map[string]int, len(r.Rows)),
		bad:     make([]bool, len(r.Rows)),
		joins:   make([][]Group, len(r.Rows)),
		plan: &Plan{
			// As it will be read back from where it is stored.
			Version: Version, MadeAt: o.MadeAt.Round(0).UTC(), AccountID: o.AccountID, UserType: o.UserType,
			CreateAction: o.CreateAction,
			Changes:      make([]Change, 0, len(r.Rows)),
			Issues:       slices.Clone(r.Issues),
		},
	}
	b.leftOut()
	bad := make(map[int]bool)
	for i := range r.Issues {
		if r.Issues[i].Severity == roster.Error && r.Issues[i].Row > 0 {
			bad[r.Issues[i].Row] = true
		}
	}
	// Which rows can be used is settled for all of them first: a manager may stand further down.
	for i := range r.Rows {
		b.bad[i] = bad[r.Rows[i].Number]
		b.judge(i)
	}
	for i := range r.Rows {
		b.change(i)
	}
	b.finish()
	return b.plan
}

type builder struct {
	roster  *roster.Roster
	account Account
	options Options
	columns []column
	groups  groupIndex
	chats   groupIndex
	nearest map[string][]string
	first   map[string]int // key -> index of the first row with it
	// By index of the row: whether it has an error, and the groups that it names.
	bad     []bool
	joins   [][]Group
	noChats bool
	// compared is how many pairs of names were compared so far.
	compared int
	plan     *Plan
}

// issue adds one to the plan; r is nil when it is about the whole file.
func (b *builder) issue(r *roster.Row, f roster.Field, value string, code roster.Code, sev roster.Severity, params map[string]string) *roster.Issue {
	is := roster.Issue{Field: f, Value: shorten(value), Code: code, Severity: sev, Params: params}
	if r != nil {
		is.Line, is.Row = r.Line, r.Number
	}
	for i := range b.roster.Columns {
		if c := &b.roster.Columns[i]; f != "" && c.Field == f {
			is.Col, is.Column = c.Index+1, c.Header
			break
		}
	}
	b.plan.Issues = append(b.plan.Issues, is)
	return &b.plan.Issues[len(b.plan.Issues)-1]
}

// fault is an issue that leaves out the row with that index.
func (b *builder) fault(i int, f roster.Field, value string, code roster.Code, params map[string]string) *roster.Issue {
	b.bad[i] = true
	return b.issue(&b.roster.Rows[i], f, value, code, roster.Error, params)
}

// leftOut warns about columns that have values and that an import does not write: nobody shall believe that they had an
// effect. Columns that no file can set are the roster's to tell.
func (b *builder) leftOut() {
	for _, c := range b.roster.Columns {
		switch {
		case !roster.Importable(c.Field), c.Field == roster.UserGroup, c.Field == roster.ChatGroup,
			slices.ContainsFunc(b.columns, func(w column) bool { return w.field == c.Field }):
			continue
		case slices.ContainsFunc(b.roster.Rows, func(r roster.Row) bool { return r.Has(c.Field) }):
			b.issue(nil, c.Field, "", roster.IgnoredColumn, roster.Warning, nil)
		}
	}
}

// judge finds what makes a row unusable, and the groups that it names.
func (b *builder) judge(i int) {
	r := &b.roster.Rows[i]
	key := r.Key()
	first, dup := b.first[key]
	switch {
	case key == "" && !b.bad[i]:
		b.fault(i, roster.Email, "", roster.MissingEmail, nil)
	case key == "":
	case !dup:
		b.first[key] = i
	case !b.bad[i]:
		// Reading a file already reports these. A plan that adds somebody twice must not come of other rosters either.
		f := &b.roster.Rows[first]
		b.fault(i, roster.Email, key, roster.DuplicateEmail, map[string]string{
			"first_line": strconv.Itoa(f.Line), "first_row": strconv.Itoa(f.Number),
		})
	}
	b.resolve(i, r.Groups(), roster.UserGroup, CodeUnknownGroup, b.groups)
	chats := r.ChatGroups()
	if len(chats) == 0 || !b.account.ChatGroupsUnreadable {
		b.resolve(i, chats, roster.ChatGroup, CodeUnknownChatGroup, b.chats)
		return
	}
	if !b.noChats {
		b.noChats = true
		b.issue(nil, roster.ChatGroup, "", CodeChatGroupsUnavailable, roster.Warning, nil)
	}
}

// resolve finds the groups of a row by their names; unknown ones become issues.
func (b *builder) resolve(i int, names []string, f roster.Field, code roster.Code, ix groupIndex) {
	for _, name := range names {
		g, ok := ix.find(name)
		if !ok {
			b.unknownGroup(i, f, name, code, ix)
			continue
		}
		// Two spellings of one name are one group.
		if !slices.ContainsFunc(b.joins[i], func(o Group) bool { return o.Kind == g.Kind && o.ID == g.ID }) {
			b.joins[i] = append(b.joins[i], g)
		}
	}
}

func (b *builder) unknownGroup(i int, f roster.Field, name string, code roster.Code, ix groupIndex) {
	key := string(f) + "\x00" + foldName(name)
	near, seen := b.nearest[key]
	if !seen && b.compared < maxComparisons {
		b.compared += len(ix.plain)
		near = ix.nearest(name, nearestGroups)
		b.nearest[key] = near
	}
	is := b.fault(i, f, name, code, map[string]string{"group": shorten(name), "nearest": strings.Join(near, "; ")})
	if len(near) > 0 {
		is.Suggestion = roster.JoinGroups(near[:1])
	}
}

// change decides what becomes of a row.
func (b *builder) change(i int) {
	r := &b.roster.Rows[i]
	c := Change{Line: r.Line, Row: r.Number, Key: r.Key(), Action: ActionNone}
	b.manager(r)
	switch user, exists := b.account.Users[c.Key]; {
	case b.bad[i]:
		c.Verdict = VerdictInvalid
		b.plan.Counts.Invalid++
	case exists:
		b.existing(r, &c, user, b.joins[i])
	default:
		c.Action, c.Verdict, c.UserType, c.Groups = ActionCreate, VerdictCreate, b.options.UserType, b.joins[i]
		c.Fields = b.newFields(r)
		b.plan.Counts.Create++
	}
	b.plan.Changes = append(b.plan.Changes, c)
}

func (b *builder) newFields(r *roster.Row) []FieldChange {
	var out []FieldChange
	for _, col := range b.columns {
		if v := r.Get(col.field); v != "" {
			out = append(out, FieldChange{Field: col.field, New: v})
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
	differing, unread := b.differing(r, c, user, groups)
	var params map[string]string
	if len(unread) > 0 {
		params = map[string]string{"unread": joinFields(unread)}
	}
	if len(differing) == 0 {
		c.Verdict = VerdictUnchanged
		b.plan.Counts.Unchanged++
		b.issue(r, roster.Email, "", CodeExists, roster.Note, params)
		return
	}
	if params == nil {
		params = make(map[string]string, 1)
	}
	params["fields"] = joinFields(differing)
	c.Verdict = VerdictDiffers
	b.plan.Counts.Differs++
	b.issue(r, roster.Email, "", CodeExistsDiffers, roster.Note, params)
}

func joinFields(fields []roster.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return strings.Join(names, ",")
}

// differing records in c what the row would have changed, and names those fields and the ones that could not be compared.
func (b *builder) differing(r *roster.Row, c *Change, user zoomapi.User, groups []Group) (differing, unread []roster.Field) {
	for _, col := range b.columns {
		f := col.field
		want := r.Get(f)
		if want == "" || f == roster.Email {
			continue
		}
		have := col.value(&user)
		switch {
		case !col.listed && !b.account.Detailed[c.Key]:
			unread = append(unread, f)
		case !b.account.same(f, have, want):
			c.Fields = append(c.Fields, FieldChange{Field: f, Old: have, New: want})
			differing = append(differing, f)
		}
	}
	for _, g := range groups {
		list, field, ids := &differing, roster.UserGroup, user.GroupIDs
		switch g.Kind {
		case UserGroup:
		case IMGroup:
			field, ids = roster.ChatGroup, user.IMGroupIDs
		case ContactGroup:
			// Membership of contact groups is not part of a user record; it cannot be compared cheaply.
			list, field = &unread, roster.ChatGroup
		}
		if g.Kind != ContactGroup {
			if slices.Contains(ids, g.ID) {
				continue
			}
			c.Groups = append(c.Groups, g)
		}
		if !slices.Contains(*list, field) {
			*list = append(*list, field)
		}
	}
	return differing, unread
}

// manager warns about a manager nobody knows. Zoom also takes a display name, so only addresses are judged.
func (b *builder) manager(r *roster.Row) {
	m := r.Get(roster.Manager)
	if !b.account.Complete || !strings.Contains(m, "@") {
		return
	}
	key := Key(m)
	if _, ok := b.account.Users[key]; ok {
		return
	}
	if i, ok := b.first[key]; ok && !b.bad[i] {
		return
	}
	b.issue(r, roster.Manager, m, CodeUnknownManager, roster.Warning, map[string]string{"manager": shorten(m)})
}

func (b *builder) finish() {
	p := b.plan
	p.Counts.Rows = len(p.Changes)
	b.seats()
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
	if len(p.Issues) == 0 {
		p.Issues = nil
	}
	p.Digest = digest(p)
}

func (b *builder) seats() {
	p, l := b.plan, b.account.Licences
	p.Seats = Seats{Type: b.options.UserType}
	if !p.Seats.Paid() {
		return
	}
	p.Seats.Needed = p.Counts.Create
	p.Seats.Known, p.Seats.Total, p.Seats.Used, p.Seats.Reserved = l.Known, l.Total, l.Used, l.Reserved
	p.Seats.Free = l.Free()
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
