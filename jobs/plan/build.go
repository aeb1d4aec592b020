package plan

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// nearestNames is how many similar names an issue about an unknown one offers.
const nearestNames = 3

// maxComparisons bounds the search for similar names, counted in pairs of names. Beyond it names get no suggestion: a file
// with thousands of different wrong names is not mended one by one, and shall not keep others waiting.
const maxComparisons = 2_000_000

// Build makes the plan. It does not keep or change its arguments.
func Build(r *roster.Roster, a Account, o Options) *Plan {
	if o.Mode == "" {
		o.Mode = ModeImport
	}
	b := newBuilder(r, &a, o, len(r.Rows))
	b.wholeFile()
	for i := range r.Rows {
		b.name(r.Rows[i].Key(), i)
	}
	// Which rows can be used is settled for all of them first: a manager may stand further down.
	for i := range r.Rows {
		b.judge(i)
	}
	b.across()
	for _, n := range slices.Sorted(maps.Keys(b.perRow)) {
		for _, i := range b.perRow[n] {
			b.kept = append(b.kept, r.Issues[i]) // about rows that are not there
		}
	}
	for i := range r.Rows {
		b.change(&b.entries[i])
	}
	b.finish()
	return b.plan
}

// newBuilder begins a plan of so many rows.
func newBuilder(r *roster.Roster, a *Account, o Options, rows int) *builder {
	return &builder{
		roster:    r,
		account:   a,
		options:   o,
		profile:   presentFields(r),
		addOns:    presentAddOns(r, o),
		groups:    indexGroups(a.Groups, UserGroup),
		chats:     indexGroups(a.Groups, IMGroup, ContactGroup),
		divisions: indexDivisions(a.Divisions),
		renames:   foldRenames(o.GroupNames),
		nearest:   make(map[string][]string),
		first:     make(map[string]int, rows),
		several:   make(map[string][]int),
		actions:   make(map[string][]string),
		edits:     make(map[roster.Field]map[string]roster.GroupEdit),
		created:   make(map[string]bool),
		once:      make(map[roster.Code]bool),
		entries:   make([]entry, rows),
		plan: &Plan{
			// As it will be read back from where it is stored.
			Version: Version, MadeAt: o.MadeAt.Round(0).UTC(), AccountID: o.AccountID, Mode: o.Mode, UserType: o.UserType,
			LargeMeeting: o.LargeMeeting, Webinar: o.Webinar, CreateAction: o.CreateAction,
			Changes: make([]Change, 0, rows),
		},
	}
}

// name notes that a row is about the person with a key.
func (b *builder) name(key string, i int) {
	before, dup := b.first[key]
	if !dup {
		b.first[key] = i
		return
	}
	if b.several[key] == nil {
		b.several[key] = []int{before}
	}
	b.several[key] = append(b.several[key], i)
}

type builder struct {
	roster  *roster.Roster
	account *Account
	options Options
	// profile are the fields of the profile that the file may name, attributes the columns of attributes.
	profile    []roster.Field
	attributes []attributeColumn
	// addOns are the add-ons that the file may name, or that were chosen.
	addOns []roster.Field
	// ignored are columns that are left out, so that nothing in them is an error.
	ignored []roster.Field
	// chosen are the capacities of add-ons for people who are added.
	chosen    map[roster.Field]string
	groups    nameIndex
	chats     nameIndex
	divisions nameIndex
	renames   map[string]string
	nearest   map[string][]string
	first     map[string]int // key -> index of the first row with it
	// several are the indexes of all rows with a key, of those that more than one row has.
	several map[string][]int
	// edits are cells of groups that were read: many rows have the same.
	edits map[roster.Field]map[string]roster.GroupEdit
	// actions are what the rows of people with several ask for, by key, made when first needed.
	actions map[string][]string
	// created are the keys of people who will be invited or added.
	created map[string]bool
	// displayed are the display names of the account and of the file, made when first needed.
	displayed map[string]bool
	// once are the codes of issues of the whole file that were told.
	once    map[roster.Code]bool
	entries []entry
	// byID has the groups by id and kind, made when first needed.
	byID          map[Group]Group
	contactGroups []Group
	// kept are the roster's issues that stand, own those of the plan.
	kept, own []roster.Issue
	// perRow are the indexes of the roster's issues by the number of the row.
	perRow map[int][]int
	// compared is how many pairs of names were compared so far, and searched for how many addresses a like one was sought.
	compared, searched int
	// taken counts people who lose the licence.
	taken int
	plan  *Plan
}

// entry is a row while it is judged.
type entry struct {
	row  *roster.Row
	key  string
	user *zoomapi.User // nil for people who are not in the account
	// intent is what would be done about the row, if there is no error in it.
	intent intent
	// bad rows are left out.
	bad bool
	// refused are the fields of which the roster says that their values are wrong.
	refused []roster.Field
	// settled are the fields in which the row says what the account has already.
	settled []roster.Field
	// fields, joins and leaves are what the row asks for beyond what is there.
	fields []FieldChange
	joins  []Group
	leaves []Group
	// transfer is who gets what of somebody who is removed.
	transfer []FieldChange
	// differing names the fields of these, unread those that the row names and that were not read.
	differing, unread []roster.Field
	// userType is the type of the person after the change.
	userType int
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
	b.own = append(b.own, is)
	return &b.own[len(b.own)-1]
}

// fault is an issue that leaves the row out.
func (b *builder) fault(e *entry, f roster.Field, value string, code roster.Code, params map[string]string) *roster.Issue {
	e.bad = true
	return b.issue(e.row, f, value, code, roster.Error, params)
}

// tellOnce adds an issue about the whole file unless there is one of that code.
func (b *builder) tellOnce(f roster.Field, code roster.Code, sev roster.Severity, params map[string]string) {
	if !b.once[code] {
		b.once[code] = true
		b.issue(nil, f, "", code, sev, params)
	}
}

// near gives names that a name was probably meant to be. The same question is not worked out twice.
func (b *builder) near(f roster.Field, name string, ix *nameIndex) []string {
	key := string(f) + "\x00" + foldName(name)
	near, seen := b.nearest[key]
	if !seen && b.compared < maxComparisons {
		b.compared += len(ix.plain)
		near = ix.nearest(name, nearestNames)
		b.nearest[key] = near
	}
	return near
}

// presentFields are the profile's fields that a file may name: those of its columns, or all where it has no columns.
func presentFields(r *roster.Roster) []roster.Field {
	fields := profileFields()
	if len(r.Columns) == 0 {
		return fields
	}
	return slices.DeleteFunc(fields, func(f roster.Field) bool { return !r.Has(f) })
}

// presentAddOns are the add-ons that a file may name, or that were chosen for everybody.
func presentAddOns(r *roster.Roster, o Options) []roster.Field {
	var out []roster.Field
	for _, f := range addOnFields() {
		chosen := (f == roster.LargeMeeting && o.LargeMeeting > 0) || (f == roster.Webinar && o.Webinar > 0)
		if len(r.Columns) == 0 || chosen || r.Has(f) {
			out = append(out, f)
		}
	}
	return out
}

func indexDivisions(divisions []Division) nameIndex {
	all := make([]named, len(divisions))
	for i, d := range divisions {
		all[i] = named{id: d.ID, name: d.Name}
	}
	return indexNames(all)
}

// foldRenames makes the requester's names of groups comparable.
func foldRenames(names map[string]string) map[string]string {
	out := make(map[string]string, 2*len(names))
	for from, to := range names {
		// Of two that differ in letter case only, the one that sorts last wins, whatever the order of the map.
		if before, dup := out[foldName(from)]; !dup || before < to {
			out[foldName(from)] = to
		}
	}
	for from, to := range names {
		out["="+tidyName(from)] = to
	}
	return out
}

// renamed is the name that the requester chose for one in the file.
func (b *builder) renamed(name string) string {
	if len(b.renames) == 0 {
		return name
	}
	if to, ok := b.renames["="+tidyName(name)]; ok {
		return to
	}
	if to, ok := b.renames[foldName(name)]; ok {
		return to
	}
	return name
}

// change decides what becomes of a row.
func (b *builder) change(e *entry) {
	p := b.plan
	c := Change{Line: e.row.Line, Row: e.row.Number, Key: e.key, Action: ActionNone}
	if e.user != nil && !e.bad {
		c.UserID, c.Status = e.user.ID, e.user.Status
	}
	switch {
	case e.bad:
		c.Verdict = VerdictInvalid
	default:
		b.decide(e, &c)
	}
	b.count(c.Verdict)
	if e.bad {
		// Whoever mends the row shall not learn of this only the next time.
		b.knownManager(e, e.row.Get(roster.Manager))
	} else {
		b.manager(e)
	}
	p.Changes = append(p.Changes, c)
}

// decide sets what is done about a usable row, and says why nothing is done.
func (b *builder) decide(e *entry, c *Change) {
	effects := func() { c.Fields, c.Groups, c.Leaves = e.fields, e.joins, e.leaves }
	switch e.intent {
	case intendCreate:
		c.Action, c.Verdict, c.UserType = ActionCreate, VerdictCreate, e.userType
		effects()
	case intendResend:
		c.Action, c.Verdict, c.UserType = ActionResend, VerdictResend, e.userType
		effects()
	case intendUpdate:
		effects()
		c.Action, c.Verdict = ActionUpdate, VerdictUpdate
		if len(c.Fields)+len(c.Groups)+len(c.Leaves) == 0 {
			c.Action, c.Verdict = ActionNone, VerdictUnchanged
			b.issue(e.row, roster.Email, "", CodeExists, roster.Note, nil)
		}
		b.unread(e)
	case intendActivate:
		c.Action, c.Verdict = ActionActivate, VerdictActivate
		effects()
		b.unread(e)
	case intendDeactivate:
		c.Action, c.Verdict = ActionDeactivate, VerdictDeactivate
		b.otherCells(e)
	case intendWithdraw:
		c.Action, c.Verdict = ActionWithdraw, VerdictWithdraw
		b.otherCells(e)
	case intendDelete:
		c.Action, c.Verdict, c.Fields = ActionDelete, VerdictDelete, e.transfer
		b.otherCells(e)
	case intendUnlink:
		c.Action, c.Verdict, c.Fields = ActionUnlink, VerdictUnlink, e.transfer
		b.otherCells(e)
	case intendCompare:
		effects()
		b.exists(e, c)
	case intendWait:
		b.standing(e, c, VerdictPending, CodeExistsPending)
	case intendRest:
		b.standing(e, c, VerdictInactive, CodeExistsInactive)
	case intendAbsent:
		c.Verdict = VerdictAbsent
		b.absent(e)
	case intendNothing:
		c.Verdict = VerdictUnchanged
		b.nothingToDo(e)
	}
	if c.Action == ActionUpdate || c.Action == ActionDeactivate || c.Action.Removes() {
		b.licenceTaken(e, c)
	}
	b.losses(e, c)
	b.warn(e, c)
}

// exists says how somebody stands whom an import leaves alone.
func (b *builder) exists(e *entry, c *Change) {
	params := make(map[string]string)
	if len(e.unread) > 0 {
		params["unread"] = joinFields(e.unread)
	}
	code := CodeExists
	c.Verdict = VerdictUnchanged
	if len(e.differing) > 0 {
		params["fields"] = joinFields(e.differing)
		c.Verdict, code = VerdictDiffers, CodeExistsDiffers
	}
	if len(params) == 0 {
		params = nil
	}
	b.issue(e.row, roster.Email, "", code, roster.Note, params)
}

// standing says what can be done for somebody whom Zoom lets nobody change now. It is a warning when the row asks for
// something.
func (b *builder) standing(e *entry, c *Change, v Verdict, code roster.Code) {
	c.Verdict = v
	if b.options.Mode == ModeImport {
		b.issue(e.row, roster.Email, "", code, roster.Note, nil)
		return
	}
	severity, params := roster.Note, map[string]string{"kind": "update"}
	if len(e.differing) > 0 || asked(e.row) != "" {
		severity = roster.Warning
	}
	if len(e.differing) > 0 {
		params["fields"] = joinFields(e.differing)
	}
	b.issue(e.row, roster.Email, "", code, severity, params)
}

// unread says which fields are written without having been compared.
func (b *builder) unread(e *entry) {
	if len(e.unread) > 0 {
		b.issue(e.row, roster.Email, "", CodeNotCompared, roster.Note, map[string]string{"fields": joinFields(e.unread)})
	}
}

// otherCells says which cells of a row are not written because the row asks for something else.
func (b *builder) otherCells(e *entry) {
	if len(e.differing) > 0 {
		b.issue(e.row, roster.Action, string(asked(e.row)), CodeOtherCells, roster.Note, map[string]string{"fields": joinFields(e.differing)})
	}
}

func joinFields(fields []roster.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return strings.Join(names, ",")
}

func (b *builder) count(v Verdict) {
	n := &b.plan.Counts
	n.Rows++
	switch v {
	case VerdictCreate:
		n.Create++
	case VerdictUpdate:
		n.Update++
	case VerdictActivate:
		n.Activate++
	case VerdictDeactivate:
		n.Deactivate++
	case VerdictResend:
		n.Resend++
	case VerdictWithdraw:
		n.Withdraw++
	case VerdictDelete:
		n.Delete++
	case VerdictUnlink:
		n.Unlink++
	case VerdictUnchanged:
		n.Unchanged++
	case VerdictDiffers:
		n.Differs++
	case VerdictPending:
		n.Pending++
	case VerdictInactive:
		n.Inactive++
	case VerdictAbsent:
		n.Absent++
	case VerdictInvalid:
		n.Invalid++
	case VerdictKept:
		n.Kept++
	case VerdictIrreversible:
		n.Irreversible++
	}
}

func (b *builder) finish() {
	p := b.plan
	b.newGroups()
	b.lookups()
	b.seats()
	b.touched()
	p.Cost = reckon(p, b.options)
	p.Cost.Reads = b.account.Reads
	if p.Cost.Days > 1 {
		b.issue(nil, "", "", CodeDailyCap, roster.Note, map[string]string{
			"days": strconv.Itoa(p.Cost.Days), "per_day": strconv.Itoa(p.Cost.PerDay), "left": strconv.Itoa(p.Cost.Left),
		})
	}
	p.Issues = slices.Concat(b.kept, b.own)
	slices.SortStableFunc(p.Issues, func(x, y roster.Issue) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(int(y.Severity), int(x.Severity)))
	})
	if len(p.Issues) == 0 {
		p.Issues = nil
	}
	p.Digest = digest(p)
}
