package roster

import (
	"slices"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster/workbook"
)

// Read reads a CSV file into rows and everything there is to say about them.
// It reports every issue, never only the first, and returns a *RefusedError
// when the file as a whole cannot be used. It does not keep data.
func Read(data []byte, opts Options) (*Roster, error) {
	opts = opts.withDefaults()
	if len(data) > opts.MaxBytes {
		return nil, refuse(TooLarge, "max", itoa(opts.MaxBytes), "size", itoa(len(data)))
	}
	if workbook.Looks(data) {
		return readWorkbook(data, opts)
	}
	d, refused := decode(data)
	if refused != nil {
		return nil, refused
	}
	if trimSpace(d.text) == "" {
		return nil, refuse(EmptyFile)
	}
	r := &reader{
		opts:  opts,
		known: newKnown(),
		out:   &Roster{Encoding: d.encoding},
		lost:  strings.Contains(d.text, "\uFFFD"),
	}
	if r.lost {
		r.lossKind = "lost"
		if d.replaced {
			r.lossKind = "invalid"
		}
	}
	if refused := r.read(d.text); refused != nil {
		return nil, refused
	}
	return r.out, nil
}

func (o Options) withDefaults() Options {
	if o.MaxRows <= 0 {
		o.MaxRows = DefaultMaxRows
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Required == nil {
		o.Required = []Field{Email, FirstName, LastName}
	}
	return o
}

// slot is a recognised column.
type slot struct {
	col   int
	field Field
	limit int
	han   int // limit of Chinese characters
	want  Code
	group bool
	canon bool
}

// reader is the work of one Read.
type reader struct {
	opts  Options
	known *known
	out   *Roster

	lost     bool
	lossKind string

	sc      *scanner
	width   int // of the header, without blank cells at its end
	slots   []slot
	fields  []Field
	emailAt int // index in slots
	// typeAt and licensesAt are indexes in slots, -1 without the column.
	typeAt, licensesAt int
	arena              []string
	seen               map[string]int // key → index in out.Rows
	domains            map[string]int
	domain             string // of the row before
	manager            string // the last one found good
	headLine           int

	domainRun int // rows in a row with that domain
	mend      []mending
	canons    map[canonKey]canonValue
}

// mending is an issue that waits for its suggestion.
type mending struct{ issue, row, slot int }

func (r *reader) read(text string) *RefusedError {
	r.out.LineEnding, _ = lineEnding(text)
	l := sniff(text, r.known, r.opts)
	r.out.Delimiter = rune(l.delim)
	if l.score == 0 && r.opts.Header == nil && !r.position(&l) {
		return r.noHeader(l)
	}
	r.sc = newScanner(l.text, l.delim, l.loneCR)
	r.sc.line = l.line
	if refused := r.header(l); refused != nil {
		return refused
	}
	rows := r.rows()
	if rows > r.opts.MaxRows {
		return refuse(TooManyRows, "max", itoa(r.opts.MaxRows), "rows", itoa(rows))
	}
	if rows == 0 {
		return refuse(NoRows)
	}
	r.suggest()
	r.finish()
	return nil
}

func (r *reader) noHeader(l layout) *RefusedError {
	params := []string{"line", "1"}
	if l.hasData {
		params = append(params, "data", "true")
	}
	return refuse(NoHeader, params...)
}

// header reads up to and including the header and settles the columns.
func (r *reader) header(l layout) *RefusedError {
	if r.opts.Header != nil {
		r.out.Header = slices.Clone(r.opts.Header)
	} else {
		skipped := 0
		for range l.skip {
			r.sc.next()
			if blankRecord(r.sc.cells) {
				r.out.Changed.EmptyLines++
			} else {
				skipped++
			}
			r.sc.drop()
		}
		r.sc.next()
		r.headLine = r.sc.first
		r.out.Header = slices.Clone(r.sc.cells)
		for i, c := range r.out.Header {
			r.out.Header[i], _ = unguard(c)
		}
		r.headerQuirks()
		r.sc.drop()
		if skipped > 0 {
			r.add(Issue{Line: r.headLine, Code: SkippedLines, Severity: Note, Params: paramMap("count", itoa(skipped))})
		}
	}
	if l.wrapped {
		r.add(Issue{Line: max(r.headLine, 1), Code: WrappedLines, Severity: Note})
	}
	r.width = filled(r.out.Header)
	if r.width > maxColumns || r.sc.total > maxStoredCells {
		return refuse(TooManyColumns, "max", itoa(maxColumns))
	}
	columns, language, dropped := r.known.resolve(r.out.Header, r.opts.Columns)
	r.out.Columns, r.out.Language = columns, language
	if r.out.Positional != nil {
		r.out.Language = ""
	}
	r.columnIssues(dropped)
	if refused := r.missingColumns(); refused != nil {
		return refused
	}
	r.typeAt, r.licensesAt = -1, -1
	for _, c := range r.out.Columns {
		if c.Field == "" {
			continue
		}
		s := slot{col: c.Index, field: c.Field, limit: Limit(c.Field), han: chineseLimit(c.Field)}
		s.group, s.canon = c.Field == UserGroup || c.Field == ChatGroup, canonical(c.Field)
		if slices.Contains(r.opts.Required, c.Field) || c.Field == Email {
			s.want = missingCode(c.Field)
		}
		if c.Field == Email {
			r.emailAt = len(r.slots)
			r.sc.emailCol = c.Index
		}
		switch c.Field { //nolint:exhaustive // These two are compared with each other.
		case UserType:
			r.typeAt = len(r.slots)
		case Licenses:
			r.licensesAt = len(r.slots)
		}
		r.slots = append(r.slots, s)
		r.fields = append(r.fields, c.Field)
	}
	r.sc.columns = len(r.out.Header)
	return nil
}

func missingCode(f Field) Code {
	if code, ok := map[Field]Code{Email: MissingEmail, FirstName: MissingFirstName, LastName: MissingLastName}[f]; ok {
		return code
	}
	return MissingValue
}

func (r *reader) headerQuirks() {
	for _, q := range r.sc.quirks {
		if q.kind == quoteBare || q.cell >= len(r.out.Header) {
			continue
		}
		r.add(Issue{
			Line: r.headLine, Col: q.cell + 1, Column: headerText(r.out.Header[q.cell]), Code: BadQuote, Severity: Warning,
			Params: paramMap("kind", q.kind, "at_line", itoa(q.line)),
		})
	}
}

// columnIssues says what is to be said about the header.
func (r *reader) columnIssues(dropped []bool) {
	first := make(map[Field]int)
	suggested := 0
	for i := range r.out.Columns {
		c := &r.out.Columns[i]
		issue := Issue{Line: r.headLine, Col: i + 1, Column: c.Header, Field: c.Field, Value: shorten(c.Header)}
		switch {
		case dropped[i] || i >= r.width:
			continue
		case c.Field == "":
			issue.Code, issue.Severity = UnknownColumn, Warning
			if suggested < 50 {
				suggested++
				issue.Suggestion = r.known.suggestHeader(c.Header, r.out.Language, r.out.Columns)
			}
		default:
			if at, ok := first[c.Field]; ok {
				issue.Code, issue.Severity = DuplicateColumn, Warning
				issue.Params = paramMap("first", r.out.Columns[at].Header, "first_column", itoa(at+1))
				c.Field = ""
				break
			}
			first[c.Field] = i
			if Importable(c.Field) || own(c.Field) || r.opts.Columns[c.Header] != "" {
				continue
			}
			issue.Code, issue.Severity = IgnoredColumn, Note
		}
		r.add(issue)
	}
}

func (r *reader) missingColumns() *RefusedError {
	var missing []string
	for _, f := range r.opts.Required {
		if !r.out.Has(f) {
			missing = append(missing, string(f))
		}
	}
	if !r.out.Has(Email) && !slices.Contains(missing, string(Email)) {
		missing = append(missing, string(Email))
	}
	if len(missing) == 0 {
		return nil
	}
	var headers []string
	for _, c := range r.out.Columns {
		if c.Header != "" {
			headers = append(headers, c.Header)
		}
	}
	e := refuse(MissingColumn, "columns", strings.Join(missing, ","), "headers", shorten(strings.Join(headers, ",")))
	e.Issues = r.out.Issues
	return e
}

// add appends an issue; its column and field follow from the slot for rows.
func (r *reader) add(i Issue) int {
	r.out.Issues = append(r.out.Issues, i)
	return len(r.out.Issues) - 1
}

// rows reads the data rows and returns their number. Beyond the greatest
// number allowed it only counts.
func (r *reader) rows() int {
	sc, out := r.sc, r.out
	guess := min(strings.Count(sc.s[sc.pos:], "\n")+1, r.opts.MaxRows)
	out.Rows = make([]Row, 0, guess)
	r.seen = make(map[string]int, guess)
	r.domains = make(map[string]int)
	n := 0
	for sc.next() {
		if blankRecord(sc.cells) {
			out.Changed.EmptyLines++
			sc.drop()
			continue
		}
		if r.totals(sc.cells) {
			r.add(Issue{Line: sc.first, Code: TotalsLine, Severity: Note})
			sc.drop()
			continue
		}
		n++
		if n > r.opts.MaxRows {
			sc.drop()
			continue
		}
		r.row(n)
	}
	r.countDomain()
	return n
}

// totals recognises the line of sums under a table.
func (r *reader) totals(cells []string) bool {
	first := ""
	filled := 0
	for _, c := range cells {
		if c == "" || blank(c) {
			continue
		}
		if strings.IndexByte(c, '@') >= 0 {
			return false
		}
		if first == "" {
			first = c
		}
		filled++
	}
	if filled > 3 || len(first) > 40 {
		return false
	}
	word, _, _ := strings.Cut(first, ":")
	switch strings.TrimRight(foldHeader(word), "0123456789") {
	case "total", "totals", "totalusers", "grandtotal", "totalgeneral", "totaux", "summe", "gesamt", "gesamtsumme", "totale",
		"totaal", "sum", "count", "合計", "総計", "計":
		return true
	default:
		return false
	}
}

// row takes the record at hand.
func (r *reader) row(number int) {
	sc, out := r.sc, r.out
	cells := sc.cells
	for i, c := range cells {
		if c != "" && c[0] == '\'' {
			if v, ok := unguard(c); ok {
				cells[i] = v
				out.Changed.Apostrophes++
			}
		}
	}
	if cap(r.arena)-len(r.arena) < len(r.slots) {
		r.arena = make([]string, 0, max(4096, len(r.slots)))
	}
	at := len(r.arena)
	r.arena = r.arena[:at+len(r.slots)]
	values := r.arena[at:len(r.arena):len(r.arena)]
	out.Rows = append(out.Rows, Row{Line: sc.first, Number: number, Cells: cells, fields: r.fields, values: values})
	if sc.total > r.width {
		r.ragged(cells)
	}
	for i := range r.slots {
		s := &r.slots[i]
		cell := ""
		if s.col < len(cells) {
			cell = cells[s.col]
		}
		v, t := clean(s.field, cell, &out.Changed)
		if t&maybeClear != 0 {
			if v = r.marked(i, v); v == "" {
				continue
			}
		}
		values[i] = v
		switch {
		case v == "":
			if s.want != "" {
				r.issue(i, s.want, Error, "")
			}
		case s.canon:
			values[i] = r.vocabulary(i, v, t)
		case t != 0 || (s.limit > 0 && len(v) > s.limit) || s.field == Manager || s.field == NewEmail || s.field == TransferTo || s.group && edits(v):
			r.check(i, v, t)
		}
	}
	for _, q := range sc.quirks {
		r.quirk(q)
	}
	if r.lost {
		r.losses(cells)
	}
	r.types(values)
	r.address(values)
}

// types checks that the columns of the user type and of licences of the last
// row do not contradict each other.
func (r *reader) types(values []string) {
	if r.typeAt < 0 || r.licensesAt < 0 {
		return
	}
	t, l := values[r.typeAt], values[r.licensesAt]
	if t != l && isUserType(t) && isUserType(l) {
		r.issue(r.licensesAt, TypesDiffer, Error, l, "type", t, "licences", l)
	}
}

// issue adds an issue about the cell of a slot in the last row.
func (r *reader) issue(i int, code Code, severity Severity, value string, params ...string) int {
	row := &r.out.Rows[len(r.out.Rows)-1]
	c := r.out.Columns[r.slots[i].col]
	if severity == Error && !Importable(c.Field) {
		// A cell that nobody writes does not keep the rest of its row back.
		severity = Warning
	}
	return r.add(Issue{
		Line: row.Line, Row: row.Number, Col: c.Index + 1, Column: c.Header, Field: c.Field,
		Value: shorten(value), Code: code, Severity: severity, Params: paramMap(params...),
	})
}

// address checks the key of the last row and whether it was there before.
func (r *reader) address(values []string) {
	key := values[r.emailAt]
	if key == "" {
		return
	}
	last := len(r.out.Rows) - 1
	if fault := r.keyFault(key); fault != "" {
		i := r.issue(r.emailAt, InvalidEmail, Error, key, "reason", fault)
		r.mend = append(r.mend, mending{i, last, r.emailAt})
	}
	before, ok := r.seen[key]
	if !ok {
		r.seen[key] = last
		return
	}
	first := &r.out.Rows[before]
	code := DuplicateEmail
	if slices.Equal(first.values, values) && slices.Equal(first.clears, r.out.Rows[last].clears) {
		code = DuplicateRow
	}
	r.issue(r.emailAt, code, Error, key, "first_line", itoa(first.Line), "first_row", itoa(first.Number))
}

// keyFault is emailFault with the domain of the row before taken as checked,
// and counts domains.
func (r *reader) keyFault(key string) string {
	at := strings.IndexByte(key, '@')
	if at > 0 && r.domain != "" && key[at+1:] == r.domain && validLocal(key[:at]) {
		r.domainRun++
		return ""
	}
	fault := emailFault(key)
	if fault == "" {
		r.countDomain()
		r.domain, r.domainRun = key[at+1:], 1
	}
	return fault
}

// countDomain books the run of rows with the same domain.
func (r *reader) countDomain() {
	if r.domainRun > 0 {
		r.domains[r.domain] += r.domainRun
	}
	r.domainRun = 0
}

// finish sorts the issues and remembers the rows with errors.
func (r *reader) finish() {
	byPlace := func(a, b Issue) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	}
	if !slices.IsSortedFunc(r.out.Issues, byPlace) {
		slices.SortStableFunc(r.out.Issues, byPlace)
	}
	r.out.invalid = make(map[int]bool)
	for _, i := range r.out.Issues {
		if i.Row > 0 && i.Severity == Error {
			r.out.invalid[i.Row] = true
		}
	}
}
