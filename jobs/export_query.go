package jobs

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// QueryProblem is something in the words of a query that cannot be understood.
type QueryProblem struct {
	Code ProblemCode
	// Key is the filter as it was typed, Value what was typed for it, Suggestion what was probably meant; the last two may
	// be empty.
	Key, Value, Suggestion string
}

// ProblemCode names a kind of [QueryProblem]. Fronts put it into words.
type ProblemCode string

// The kinds of problem.
const (
	// ProblemKey: no such filter.
	ProblemKey ProblemCode = "unknown_filter"
	// ProblemEmpty: a filter without a value.
	ProblemEmpty ProblemCode = "empty_filter"
	// ProblemStatus and ProblemType: not a status, not a user type.
	ProblemStatus ProblemCode = "unknown_status"
	ProblemType   ProblemCode = "unknown_type"
	// ProblemColumn: no such column; ProblemUnreadable: a column that files have and the account does not.
	ProblemColumn     ProblemCode = "unknown_column"
	ProblemUnreadable ProblemCode = "unreadable_column"
	// ProblemDate: not a date; ProblemFuture: a date that is still to come.
	ProblemDate   ProblemCode = "bad_date"
	ProblemFuture ProblemCode = "future_date"
)

// ProblemCodes lists all kinds of problem.
func ProblemCodes() []ProblemCode {
	return []ProblemCode{
		ProblemKey, ProblemEmpty, ProblemStatus, ProblemType, ProblemColumn, ProblemUnreadable, ProblemDate, ProblemFuture,
	}
}

// The filters of a query, as they are typed before a colon.
const (
	keyStatus  = "status"
	keyType    = "type"
	keyGroup   = "group"
	keyDept    = "dept"
	keyRole    = "role"
	keySince   = "since"
	keyColumns = "columns"
)

func queryKeys() []string {
	return []string{keyStatus, keyType, keyGroup, keyDept, keyRole, keySince, keyColumns}
}

// ParseQuery understands the words of an export, in any order:
//
//	status:active|inactive|pending|all    several with commas
//	type:basic|licensed|unassigned|none
//	group:"Sales EMEA",Support   dept:Sales   role:Admin
//	since:2026-01-31|2026-01|2026|30d|6w|3m|1y   added on or after
//	columns:email,first name|all|minimal         headers in any language
//
// Everything else is looked for in addresses and names. A value with blanks or commas stands in double quotes, unless it is
// a list of columns, which may go on over several words. All problems are told at once.
func ParseQuery(words []string, now time.Time) (Query, []QueryProblem) {
	p := queryParser{
		now: now.UTC(), fields: make(map[string]roster.Field), nearest: make(map[string]string), headers: make(map[string][]string),
	}
	var text []string
	for i := 0; i < len(words); i++ {
		typed, value, ok := cutKey(words[i])
		if !ok {
			if w := strings.TrimSpace(unquote(words[i])); w != "" {
				text = append(text, w)
			}
			continue
		}
		key := p.canonicalKey(typed)
		if key == "" {
			p.problem(ProblemKey, typed, "", nearestOf(typed, queryKeys()))
			continue
		}
		// A list goes on behind a comma, whoever puts a blank there.
		for i+1 < len(words) && !hasKey(words[i+1]) &&
			(strings.HasSuffix(value, ",") || strings.HasPrefix(words[i+1], ",")) {
			i++
			value += " " + words[i]
		}
		if key == keyColumns {
			i += p.columns(typed, value, following(words[i+1:]))
			continue
		}
		p.filter(key, typed, value)
	}
	p.q.Text = strings.Join(text, " ")
	return p.q, p.problems
}

type queryParser struct {
	now      time.Time
	q        Query
	problems []QueryProblem
	// What was looked up once: headers in all languages are many to go through.
	fields  map[string]roster.Field
	nearest map[string]string
	headers map[string][]string
}

// fieldOf is the column with that header.
func (p *queryParser) fieldOf(header string) roster.Field {
	f, ok := p.fields[header]
	if !ok {
		f = roster.FieldOf(header)
		p.fields[header] = f
	}
	return f
}

func (p *queryParser) problem(code ProblemCode, key, value, suggestion string) {
	p.problems = append(p.problems, QueryProblem{Code: code, Key: key, Value: value, Suggestion: suggestion})
}

// cutKey takes a word such as status:active apart. Addresses of pages and times of the day are no filters.
func cutKey(word string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(word, ":")
	if !ok || key == "" || strings.HasPrefix(value, "//") {
		return "", "", false
	}
	letters := strings.TrimFunc(key, unicode.IsLetter) == ""
	for _, r := range key {
		letters = letters || unicode.IsLetter(r)
		if !unicode.IsLetter(r) && r != '-' && r != '_' && r != '\'' && r != '’' {
			return "", "", false
		}
	}
	return key, value, letters
}

func hasKey(word string) bool {
	_, _, ok := cutKey(word)
	return ok
}

// following are the words up to the next filter.
func following(words []string) []string {
	if i := slices.IndexFunc(words, hasKey); i >= 0 {
		return words[:i]
	}
	return words
}

// canonicalKey is the filter that somebody means, "" for none. Headers of the columns do too, in any language.
func (p *queryParser) canonicalKey(typed string) string {
	key := strings.ToLower(strings.TrimLeft(typed, "-"))
	switch key {
	case keyStatus, keyType, keyGroup, keyDept, keyRole, keySince, keyColumns:
		return key
	case "state":
		return keyStatus
	case "column", "cols", "col", "fields", "field":
		return keyColumns
	case "types":
		return keyType
	case "roles":
		return keyRole
	case "added", "after", "from":
		return keySince
	}
	switch p.fieldOf(key) { //nolint:exhaustive // The other columns are no filters.
	case roster.UserStatus:
		return keyStatus
	case roster.UserType, roster.Licenses:
		return keyType
	case roster.UserGroup:
		return keyGroup
	case roster.Department:
		return keyDept
	case roster.Role:
		return keyRole
	case roster.CreationDate:
		return keySince
	}
	return ""
}

func (p *queryParser) filter(key, typed, value string) {
	values := splitList(value)
	if len(values) == 0 {
		p.problem(ProblemEmpty, typed, "", "")
		return
	}
	for _, v := range values {
		switch key {
		case keyStatus:
			p.status(typed, v)
		case keyType:
			if name, ok := ParseUserType(v); ok {
				p.q.Types = added(p.q.Types, name)
				continue
			}
			p.problem(ProblemType, typed, v, nearestOf(v, UserTypeNames()))
		case keyGroup:
			p.q.Groups = added(p.q.Groups, v)
		case keyDept:
			p.q.Departments = added(p.q.Departments, v)
		case keyRole:
			p.q.Roles = added(p.q.Roles, v)
		case keySince:
			p.since(typed, v)
		}
	}
}

func (p *queryParser) status(typed, v string) {
	switch word := strings.ToLower(v); word {
	case "all", "any", "*", "tous", "toutes", "alle", "todos", "todas", "tutti", "全て", "すべて":
		p.q.Statuses = statuses()
	default:
		for status, names := range map[string][]string{
			zoomapi.StatusActive:   {"active", "actif", "actifs", "aktiv", "aktive", "activo", "activos", "ativo", "attivo", "actief", "有効", "アクティブ"},
			zoomapi.StatusInactive: {"inactive", "inactif", "inactifs", "deactivated", "inaktiv", "inactivo", "inativo", "inattivo", "inactief", "無効"},
			zoomapi.StatusPending:  {"pending", "invited", "en attente", "ausstehend", "pendiente", "pendente", "in sospeso", "in behandeling", "保留中", "保留"},
		} {
			if slices.Contains(names, word) {
				p.q.Statuses = added(p.q.Statuses, status)
				return
			}
		}
		p.problem(ProblemStatus, typed, v, nearestOf(v, append(statuses(), "all")))
	}
}

// UserTypeNames are the user types that a query knows.
func UserTypeNames() []string {
	return []string{
		plan.TypeName(zoomapi.TypeBasic), plan.TypeName(zoomapi.TypeLicensed), plan.TypeName(zoomapi.TypeUnassigned),
		plan.TypeName(zoomapi.TypeNone),
	}
}

// ParseUserType reads a user type as people write it in a file, in any language.
func ParseUserType(s string) (name string, ok bool) {
	name = roster.Clean(roster.UserType, s)
	_, ok = plan.ParseType(name)
	return name, ok
}

// since reads a date, or how long ago it was. An earlier one of two counts.
func (p *queryParser) since(typed, v string) {
	at, ok := parseSince(v, p.now)
	switch {
	case !ok:
		p.problem(ProblemDate, typed, v, "")
	case at.After(p.now):
		p.problem(ProblemFuture, typed, v, "")
	case p.q.Since.IsZero() || at.Before(p.q.Since):
		p.q.Since = at
	}
}

// plainSigns undoes what apps make of hyphens and apostrophes while people type.
func plainSigns(s string) string {
	return strings.NewReplacer("–", "-", "—", "-", "‑", "-", "−", "-", "’", "'", "‘", "'").Replace(s)
}

func parseSince(v string, now time.Time) (time.Time, bool) {
	v = plainSigns(strings.ToLower(strings.TrimSpace(v)))
	for _, layout := range []string{time.DateOnly, "2006/01/02", "2006.01.02", "20060102", "2006-01", "2006/01", "2006"} {
		if at, err := time.Parse(layout, v); err == nil {
			return at, at.Year() > 0
		}
	}
	if at, err := time.Parse(time.RFC3339, strings.ToUpper(v)); err == nil {
		return at.UTC(), true
	}
	day := now.Truncate(24 * time.Hour)
	if v == "today" {
		return day, true
	}
	digits := strings.TrimRight(v, "abcdefghijklmnopqrstuvwxyz ")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > 36500 || digits == "" || digits[0] == '+' {
		return time.Time{}, false
	}
	switch strings.TrimSpace(v[len(digits):]) {
	case "d", "day", "days":
		return day.AddDate(0, 0, -n), true
	case "w", "week", "weeks":
		return day.AddDate(0, 0, -7*n), true
	case "m", "month", "months":
		return day.AddDate(0, -n, 0), true
	case "y", "year", "years":
		return day.AddDate(-n, 0, 0), n <= 1000
	}
	return time.Time{}, false
}

// columns reads a list of columns and returns how many of the following words belong to it: as many as make the list
// better, since names of columns have blanks in them.
func (p *queryParser) columns(typed, value string, more []string) int {
	read := func(n int) columnList { return p.resolveColumns(splitList(value + " " + strings.Join(more[:n], " "))) }
	// A comma further on is one of the list.
	taken := 0
	for i, word := range more {
		if strings.ContainsAny(word, ",，、") || (i > 0 && taken == i && strings.HasSuffix(more[i-1], ",")) {
			taken = i + 1
		}
	}
	best := read(taken)
	most := min(len(more), taken+longestName)
	for n := taken + 1; n <= most; n++ {
		// Of two readings that are equally good the longer name wins: first name rather than first, with name as a text to
		// look for.
		r := read(n)
		if r.unknown < best.unknown || (r.named == best.named && r.unknown == best.unknown && r.suggested >= best.suggested) {
			best, taken = r, n
		}
	}
	if best.named == 0 {
		p.problem(ProblemEmpty, typed, "", "")
	}
	for _, f := range best.fields {
		p.q.Columns = added(p.q.Columns, f)
	}
	for _, pr := range best.problems {
		p.problem(pr.Code, typed, pr.Value, pr.Suggestion)
	}
	return taken
}

const (
	// longestName is how many words the rest of a column's name may have.
	longestName = 5
	// maxSuggestions bounds the search for what was meant by names that nobody knows.
	maxSuggestions = 5
)

// columnList is what a list of columns means.
type columnList struct {
	named, unknown, suggested int
	fields                    []roster.Field
	problems                  []QueryProblem
}

func (p *queryParser) resolveColumns(names []string) columnList {
	l := columnList{named: len(names)}
	for _, name := range names {
		switch strings.ToLower(name) {
		case "all", "*", "tous", "toutes", "alle", "todas", "tutte", "すべて", "全て":
			l.fields = append(l.fields, AllColumns()...)
			continue
		case "minimal", "min":
			l.fields = append(l.fields, MinimalColumns()...)
			continue
		case "default", "usual":
			l.fields = append(l.fields, DefaultColumns()...)
			continue
		case "custom":
			l.fields = append(l.fields, AllAttributes)
			continue
		}
		f := p.fieldOf(name)
		if f == roster.Licenses {
			// One licence, two names of its column.
			f = roster.UserType
		}
		_, custom := f.Custom()
		switch {
		case custom, slices.Contains(AllColumns(), f):
			l.fields = append(l.fields, f)
		case f != "":
			l.unknown++
			l.problems = append(l.problems, QueryProblem{Code: ProblemUnreadable, Value: name})
		default:
			near := ""
			if l.unknown < maxSuggestions {
				near = p.nearestColumn(name)
			}
			l.unknown++
			if near != "" {
				l.suggested++
			}
			l.problems = append(l.problems, QueryProblem{Code: ProblemColumn, Value: name, Suggestion: near})
		}
	}
	return l
}

// nearestColumn is the header, in any language, that a name was probably meant to be. Short words are near to too many words
// of other languages.
func (p *queryParser) nearestColumn(name string) string {
	if near, ok := p.nearest[name]; ok {
		return near
	}
	languages := roster.Languages()
	if utf8.RuneCountInString(name) <= shortWord {
		languages = languages[:1]
	}
	for _, language := range languages {
		if p.headers[language] == nil {
			for _, f := range AllColumns() {
				if f != AllAttributes {
					p.headers[language] = append(p.headers[language], roster.HeaderName(f, language))
				}
			}
		}
		if p.nearest[name] = nearestOf(name, p.headers[language]); p.nearest[name] != "" {
			break
		}
	}
	return p.nearest[name]
}

// shortWord is up to how many letters a word is taken for English.
const shortWord = 5

func nearestOf(name string, candidates []string) string {
	if len(name) > 100 {
		return ""
	}
	if near := roster.Nearest(strings.ToLower(name), lowered(candidates), 1); len(near) > 0 {
		at := slices.IndexFunc(candidates, func(c string) bool { return strings.EqualFold(c, near[0]) })
		if at >= 0 {
			return candidates[at]
		}
	}
	return ""
}

func lowered(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}

// splitList takes a value apart at its commas, those in quotes aside. Blank parts do not count.
func splitList(value string) []string {
	var out []string
	var part strings.Builder
	end := func() {
		if v := strings.TrimSpace(part.String()); v != "" {
			out = append(out, v)
		}
		part.Reset()
	}
	quoted := false
	for _, r := range value {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ',' || r == '，' || r == '、' || r == ';'):
			end()
		default:
			part.WriteRune(r)
		}
	}
	end()
	return out
}

func unquote(word string) string { return strings.ReplaceAll(word, `"`, "") }

// added appends what is not there yet.
func added[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}
