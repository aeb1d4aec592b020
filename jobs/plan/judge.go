package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// intent is what would be done about a row without errors.
type intent int

const (
	intendCreate     intent = iota // add the person
	intendUpdate                   // change the person
	intendActivate                 // let the person in again, and change them
	intendDeactivate               // shut the person out
	intendResend                   // invite the person again
	intendWithdraw                 // take the invitation back
	intendDelete                   // remove the person for good
	intendUnlink                   // take the person out of the account
	intendCompare                  // only say how the person stands: an import
	intendWait                     // the person has not accepted
	intendRest                     // the person is deactivated
	intendAbsent                   // the person is not there
	intendNothing                  // what the row asks for is so already
)

// adds reports whether the person comes into the account by it.
func (n intent) adds() bool { return n == intendCreate || n == intendResend }

// writes reports whether the cells of the row are written.
func (n intent) writes() bool { return n.adds() || n == intendUpdate || n == intendActivate }

// removes reports whether the person leaves the account by it.
func (n intent) removes() bool { return n == intendDelete || n == intendUnlink }

// quiet reports whether the cells do not matter, so that what is wrong with them in view of the account is no error.
func (n intent) quiet() bool {
	switch n {
	case intendDeactivate, intendWithdraw, intendDelete, intendUnlink, intendAbsent, intendNothing:
		return true
	case intendCreate, intendUpdate, intendActivate, intendResend, intendCompare, intendWait, intendRest:
	}
	return false
}

// asked is what the row's Action column says, in the words of [roster.Action].
func asked(r *roster.Row) Action { return Action(r.Get(roster.Action)) }

// judge finds what a row asks for and what makes it unusable.
func (b *builder) judge(i int) {
	e := &b.entries[i]
	e.row = &b.roster.Rows[i]
	e.key = e.row.Key()
	if e.key != "" {
		e.user = b.person(e.key)
	}
	issues := b.issuesOf(e.row.Number)
	for _, n := range issues {
		if is := &b.roster.Issues[n]; is.Severity == roster.Error {
			if ofCell(is) {
				e.refused = append(e.refused, is.Field)
			} else {
				e.bad = true
			}
		}
	}
	contradicted := b.contradicted(e)
	b.identify(e, i)
	b.intend(e)
	if e.intent.adds() {
		b.values(e)
	} else if e.user != nil {
		b.compare(e)
	}
	b.protect(e)
	for _, n := range issues {
		is := &b.roster.Issues[n]
		// A group cell with a fault says more than what could be read of it, whatever the account has of that.
		faulty := is.Code == roster.InvalidGroups
		if ofCell(is) && !faulty && (slices.Contains(e.settled, is.Field) || slices.Contains(b.ignored, is.Field)) {
			continue
		}
		if contradicted && (is.Code == roster.DuplicateEmail || is.Code == roster.DuplicateRow) {
			continue // not even the first of them is used
		}
		e.bad = e.bad || is.Severity == roster.Error
		b.kept = append(b.kept, *is)
	}
	delete(b.perRow, e.row.Number)
	if !e.bad && e.intent.adds() {
		b.created[e.key] = true
	}
}

// person is a copy of somebody in the account, nil when nobody has that key.
func (b *builder) person(key string) *zoomapi.User {
	if _, known := b.account.Users[key]; !known {
		return nil
	}
	u := b.account.Users[key]
	return &u
}

// ofCell reports whether an issue is about one value, so that it does not matter where the account has that value already.
func ofCell(is *roster.Issue) bool {
	switch is.Code {
	case roster.DuplicateEmail, roster.DuplicateRow, roster.RaggedRow, roster.MissingEmail, roster.MissingFirstName,
		roster.MissingLastName, roster.MissingValue, roster.TypesDiffer:
		return false
	case roster.BadQuote:
		// A well-formed cell that only looks odd is believed when the account has it so.
		return is.Field != "" && is.Params["kind"] != "unterminated"
	default:
		return is.Field != ""
	}
}

// issuesOf gives the indexes of the roster's issues about a row.
func (b *builder) issuesOf(number int) []int {
	if b.perRow == nil {
		b.perRow = make(map[int][]int)
		for i := range b.roster.Issues {
			if n := b.roster.Issues[i].Row; n > 0 {
				b.perRow[n] = append(b.perRow[n], i)
			}
		}
	}
	return b.perRow[number]
}

// contradicted reports whether other rows of the same person ask for another action; none of them is used then, whichever
// comes first.
func (b *builder) contradicted(e *entry) bool {
	rows := b.several[e.key]
	if e.key == "" || len(rows) < 2 {
		return false
	}
	actions, known := b.actions[e.key]
	if !known {
		for _, i := range rows {
			if a := shorten(string(b.meant(&b.roster.Rows[i]))); len(actions) < maxNamed && !slices.Contains(actions, a) {
				actions = append(actions, a)
			}
		}
		slices.Sort(actions)
		b.actions[e.key] = actions
	}
	if len(actions) < 2 {
		return false
	}
	var lines []string
	for _, i := range rows {
		if len(lines) == maxNamed {
			break
		}
		if r := &b.roster.Rows[i]; r.Number != e.row.Number {
			lines = append(lines, strconv.Itoa(r.Line))
		}
	}
	b.fault(e, roster.Action, string(asked(e.row)), CodeRowsContradict, map[string]string{
		"lines": strings.Join(lines, ", "), "actions": strings.Join(actions, ", "),
	})
	return true
}

// maxNamed is how many lines and actions an issue names.
const maxNamed = 5

// meant is the action of a row, that of the file's mode where it says none.
func (b *builder) meant(r *roster.Row) Action {
	switch a := asked(r); {
	case a != "":
		return a
	case b.options.Mode == ModeImport:
		return ActionCreate
	default:
		return ActionUpdate
	}
}

// identify sees to it that a row has an address, and no other row has it.
func (b *builder) identify(e *entry, i int) {
	broken := e.bad || slices.Contains(e.refused, roster.Email)
	if e.user != nil {
		// The address is right: somebody has it.
		e.settled = append(e.settled, roster.Email)
		broken = e.bad
	}
	first := b.first[e.key]
	switch {
	case e.key == "" && !broken:
		b.fault(e, roster.Email, "", roster.MissingEmail, nil)
	case e.key == "", first == i:
	case !broken:
		// Reading a file already reports these. A plan that adds somebody twice must not come of other rosters either.
		f := &b.roster.Rows[first]
		b.fault(e, roster.Email, e.key, roster.DuplicateEmail, map[string]string{
			"first_line": strconv.Itoa(f.Line), "first_row": strconv.Itoa(f.Number),
		})
	}
}

// intend finds what the row asks for, by its Action column or by the mode of the file.
func (b *builder) intend(e *entry) {
	action, mode := asked(e.row), b.options.Mode
	if !b.allowed(e, action) {
		e.intent = intendAbsent
		if e.user != nil {
			e.intent = intendCompare
		}
		return
	}
	if e.user == nil {
		switch {
		case b.moved(e):
			e.intent = intendNothing
		case action == ActionResend:
			e.intent = intendResend
		case action == ActionCreate, action == "" && mode != ModeUpdate && !e.row.Has(roster.NewEmail):
			e.intent = intendCreate
		default:
			e.intent = intendAbsent
		}
		return
	}
	status := e.user.Status
	switch action {
	case ActionCreate:
		e.intent = intendCompare
		b.fault(e, roster.Action, string(action), CodeExistsForCreate, map[string]string{"status": status})
	case ActionDeactivate:
		b.intendDeactivate(e)
	case ActionDelete, ActionUnlink:
		b.intendRemove(e, action)
	case ActionActivate:
		e.intent = byStatus(status, intendUpdate, intendWait, intendActivate)
	case ActionResend:
		e.intent = byStatus(status, intendNothing, intendResend, intendNothing)
	case ActionWithdraw:
		e.intent = byStatus(status, intendNothing, intendWithdraw, intendNothing)
	default:
		e.intent = byStatus(status, intendUpdate, intendWait, intendRest)
		if e.intent == intendUpdate && mode == ModeImport {
			e.intent = intendCompare
		}
	}
}

func byStatus(status string, active, pending, inactive intent) intent {
	switch status {
	case zoomapi.StatusPending:
		return pending
	case zoomapi.StatusInactive:
		return inactive
	}
	return active
}

func (b *builder) intendDeactivate(e *entry) {
	e.intent = byStatus(e.user.Status, intendDeactivate, intendNothing, intendNothing)
	if e.user.Status == zoomapi.StatusPending {
		b.fault(e, roster.Action, string(ActionDeactivate), CodeCannotDeactivate, map[string]string{"kind": "pending"})
	}
}

// allowed reports whether the file may ask for the action; it is a fault if not.
func (b *builder) allowed(e *entry, action Action) bool {
	switch action {
	case "":
		return true
	case ActionCreate, ActionUpdate, ActionDeactivate, ActionActivate, ActionResend, ActionWithdraw:
	case ActionDelete, ActionUnlink:
		if !b.options.AllowDelete {
			b.fault(e, roster.Action, string(action), CodeDeleteNotAllowed, map[string]string{"action": string(action)})
			return false
		}
	default:
		// The roster reports words that it does not know.
		if !slices.Contains(e.refused, roster.Action) {
			b.fault(e, roster.Action, string(action), roster.UnknownAction, nil)
		}
		return false
	}
	mode := b.options.Mode
	if (mode == ModeImport && action != ActionCreate) || (mode == ModeUpdate && action == ActionCreate) {
		b.fault(e, roster.Action, string(action), CodeActionNotAllowed, map[string]string{"kind": string(mode), "action": string(action)})
		return false
	}
	return true
}

// manager warns about a manager nobody knows, where the row sets one, and about one whom the file sends away.
func (b *builder) manager(e *entry) {
	if !e.intent.writes() && e.intent != intendCompare {
		return
	}
	if m := e.row.Get(roster.Manager); b.some(Key(m), func(o *entry) bool { return leaves(o) && !o.bad }) {
		b.issue(e.row, roster.Manager, m, CodeManagerLeaves, roster.Warning, map[string]string{"manager": shorten(m)})
		return
	}
	at := slices.IndexFunc(e.fields, func(f FieldChange) bool { return f.Field == roster.Manager && f.New != "" })
	if at < 0 {
		return
	}
	b.knownManager(e, e.fields[at].New)
}

// knownManager warns about a manager whom neither the account nor the file has.
func (b *builder) knownManager(e *entry, m string) {
	if m == "" {
		return
	}
	key := Key(m)
	isAddress := strings.Contains(m, "@")
	if _, ok := b.account.Users[key]; (ok || b.created[key]) && isAddress {
		return
	}
	if b.account.Absent[key] && isAddress || b.account.Complete && !b.isDisplayed(m) {
		b.issue(e.row, roster.Manager, m, CodeUnknownManager, roster.Warning, map[string]string{"manager": shorten(m)})
	}
}

// isDisplayed reports whether somebody of the account, or somebody whom the file adds, goes by that name.
func (b *builder) isDisplayed(name string) bool {
	if b.displayed == nil {
		b.displayed = make(map[string]bool, len(b.account.Users))
		for _, u := range b.account.Users {
			b.displayed[readBack(roster.DisplayName, u.DisplayName)] = true
		}
		for i := range b.entries {
			if e := &b.entries[i]; e.intent.adds() && !e.bad {
				b.displayed[e.row.Get(roster.DisplayName)] = true
				b.displayed[strings.TrimSpace(e.row.Get(roster.FirstName)+" "+e.row.Get(roster.LastName))] = true
			}
		}
		delete(b.displayed, "")
	}
	return b.displayed[name]
}

// absent says that nobody has the address, and who may have been meant.
func (b *builder) absent(e *entry) {
	severity := roster.Warning
	if asked(e.row) == ActionWithdraw {
		severity = roster.Note
	}
	near := b.like(e.key)
	is := b.issue(e.row, roster.Email, e.key, CodeAbsent, severity, map[string]string{"nearest": strings.Join(near, "; ")})
	if len(near) > 0 && !asked(e.row).Removes() {
		// Whom to delete is for people to say.
		is.Suggestion = near[0]
	}
}

// maxSearches is for how many addresses a like one is sought.
const maxSearches = 500

// like gives the addresses of the account that differ from one by a slip, and that no row of the file has.
func (b *builder) like(key string) []string {
	if !b.account.Complete || b.searched == maxSearches {
		return nil
	}
	b.searched++
	var found []string
	slips(key, func(k string) {
		if _, known := b.account.Users[k]; !known || slices.Contains(found, k) {
			return
		}
		if _, named := b.first[k]; !named {
			found = append(found, k)
		}
	})
	slices.Sort(found)
	return found[:min(len(found), nearestNames)]
}
