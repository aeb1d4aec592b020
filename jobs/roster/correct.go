package roster

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster/workbook"
)

// Fix is a new value for a cell.
type Fix struct {
	// Line is that of an [Issue]: the physical line where the record starts,
	// or the row in the sheet of a workbook.
	Line int
	// Row is the 1-based data row, 0 for the header.
	Row int
	// Col is the 1-based column of the header. A row that is too short is made
	// longer.
	Col int
	// Value is the cell as Read would give it in Row.Cells. It is quoted and
	// made safe from being run as a formula where that is needed.
	Value string
	// Group, when it is not empty, narrows the fix to that name in a cell of
	// groups: Value takes its place and the other names stay.
	Group string
}

// Errors of Correct.
var (
	// ErrNoSuchCell: a fix names a record or a column that the file does not
	// have.
	ErrNoSuchCell = errors.New("no such cell")
	// ErrUncorrectable: the quotes of the file are so broken that its other
	// cells would be read otherwise afterwards.
	ErrUncorrectable = errors.New("the file cannot be corrected")
)

// FixesOf lists the suggestions that are values of cells or, for groups, of
// names in them. Of several for one cell the first error counts, then the first
// warning; fixes of group names are all kept.
func FixesOf(issues []Issue) []Fix {
	type cell struct{ line, col int }
	severity := make(map[cell]Severity)
	at := make(map[cell]int)
	var out []Fix
	for _, i := range issues {
		if i.Suggestion == "" || i.Line < 1 || i.Col < 1 || i.Code == RaggedRow {
			continue
		}
		f := Fix{Line: i.Line, Row: i.Row, Col: i.Col, Value: i.Suggestion, Group: i.Params["group"]}
		if f.Group != "" {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
			continue
		}
		c := cell{i.Line, i.Col}
		n, seen := at[c]
		switch {
		case !seen:
			at[c], severity[c] = len(out), i.Severity
			out = append(out, f)
		case i.Severity > severity[c]:
			out[n], severity[c] = f, i.Severity
		}
	}
	return out
}

// Correct gives the file with new values in some cells. All other bytes of a
// CSV stay exactly as they were: encoding, delimiter, quotes, line ends, the
// lines above the header. Where a new value cannot be written in the encoding
// of the file, or would make it be taken for another one, the whole file
// becomes UTF-8 with a byte order mark, and the untouched cells have the same
// characters. A file whose lines were wrapped in quotes comes out unwrapped, in
// the same form.
//
// A workbook becomes a CSV of its sheet: UTF-8 with a byte order mark, commas,
// formula-safe.
//
// The options must be those with which the issues were found. The error is a
// [*RefusedError] when Read would refuse the file, and wraps [ErrNoSuchCell]
// when a fix fits no record, or [ErrUncorrectable].
func Correct(data []byte, o Options, fixes []Fix) ([]byte, error) {
	if workbook.Looks(data) {
		return correctSheet(data, o, fixes)
	}
	if len(fixes) == 0 {
		return slices.Clone(data), nil
	}
	before, err := Read(data, o)
	if err != nil {
		return nil, err
	}
	d, refused := decode(data)
	if refused != nil {
		return nil, refused
	}
	return correctText(data, d, before, o, fixes)
}

func correctText(data []byte, d decoded, before *Roster, o Options, fixes []Fix) ([]byte, error) {
	l := sniff(d.text, newKnown(), o)
	edits, err := locateFixes(l, before, o, fixes)
	if err != nil {
		return nil, err
	}
	want := cellsWith(before, edits)
	head := ""
	if !l.wrapped {
		head = d.text[:len(d.text)-len(l.text)]
	}
	text := head + splice(l.text, edits)
	if !l.wrapped {
		if out, ok := spliceBytes(data, d, len(head), edits); ok && readsAs(out, text, o, want) {
			return out, nil
		}
	}
	if out := []byte("\uFEFF" + text); readsAs(out, text, o, want) {
		return out, nil
	}
	// Quotes that were never closed can make a file be read otherwise when one
	// of them goes. Written anew, its cells are as they were.
	var b strings.Builder
	header, rows := want[0], want[1:]
	if headerless(before, o) {
		header = nil
	}
	// A strings.Builder does not fail.
	_ = Write(&b, header, rows, WriteOptions{Delimiter: before.Delimiter, BOM: true, FormulaSafe: true})
	out := []byte(b.String())
	if !readsAs(out, strings.TrimPrefix(b.String(), "\uFEFF"), o, want) {
		return nil, fmt.Errorf("correct %d cells: %w", len(fixes), ErrUncorrectable)
	}
	return out, nil
}

// headerless reports whether the first record is a row already.
func headerless(r *Roster, o Options) bool { return o.Header != nil || len(r.Positional) > 0 }

// edit puts text in the place of [from:to] of the file's text.
type edit struct {
	from, to int
	text     string
	// What it changes: the 1-based row, 0 for the header, the 0-based column,
	// and the cell as Read will give it.
	row, col int
	value    string
}

// locateFixes goes through the records as Read did and makes edits of the
// fixes, in the order of the text.
func locateFixes(l layout, before *Roster, o Options, fixes []Fix) ([]edit, error) {
	byLine := make(map[int][]Fix)
	for _, f := range fixes {
		if f.Col < 1 {
			return nil, noSuchCell(f)
		}
		byLine[f.Line] = append(byLine[f.Line], f)
	}
	rows := make(map[int]int, len(before.Rows)) // number by line
	for i := range before.Rows {
		rows[before.Rows[i].Line] = before.Rows[i].Number
	}
	header := l.skip
	if headerless(before, o) {
		header = -1
	}
	sc := newScanner(l.text, l.delim, l.loneCR)
	sc.line = l.line
	var edits []edit
	for record := 0; len(byLine) > 0; record++ {
		if record == header+1 {
			// From here on the scanner of Read knew the header.
			sc.columns = len(before.Header)
			if i := slices.IndexFunc(before.Columns, func(c Column) bool { return c.Field == Email }); i >= 0 {
				sc.emailCol = before.Columns[i].Index
			}
		}
		cells := nextSpans(sc)
		if cells == nil {
			break
		}
		wanted := byLine[sc.first]
		if len(wanted) == 0 {
			continue
		}
		delete(byLine, sc.first)
		number, isRow := rows[sc.first]
		for _, f := range wanted {
			if f.Row != number || (!isRow && record != header) || f.Col > max(len(before.Header), len(cells)) {
				return nil, noSuchCell(f)
			}
		}
		edits = append(edits, editRecord(cells, l.delim, number, wanted)...)
	}
	for _, fixes := range byLine {
		return nil, noSuchCell(fixes[0])
	}
	return edits, nil
}

func noSuchCell(f Fix) error {
	return fmt.Errorf("correct line %d, row %d, column %d: %w", f.Line, f.Row, f.Col, ErrNoSuchCell)
}

// cellSpan is a cell and where it stands in the text, quotes included.
type cellSpan struct {
	from, to int
	text     string
	quoted   bool
}

// nextSpans is [scanner.next] with the places of the cells; nil at the end.
func nextSpans(sc *scanner) []cellSpan {
	if sc.pos >= len(sc.s) {
		return nil
	}
	sc.start, sc.first, sc.total = sc.pos, sc.line, 0
	sc.quirks = sc.quirks[:0]
	var cells []cellSpan
	for {
		from := sc.pos
		text := sc.cell()
		sc.total++
		raw := strings.TrimLeft(sc.s[from:sc.pos], " ")
		cells = append(cells, cellSpan{from, sc.pos, text, strings.HasPrefix(raw, `"`) && text != raw})
		if sc.pos >= len(sc.s) {
			return cells
		}
		if sc.s[sc.pos] == sc.delim {
			sc.pos++
			continue
		}
		sc.pos += sc.eol(sc.s, sc.pos)
		sc.line++
		return cells
	}
}

// editRecord makes the edits of one record, by column.
func editRecord(cells []cellSpan, delim byte, number int, fixes []Fix) []edit {
	fixes = slices.Clone(fixes)
	slices.SortStableFunc(fixes, func(a, b Fix) int { return cmp.Compare(a.Col, b.Col) })
	end := cells[len(cells)-1].to
	width := len(cells)
	var out []edit
	for len(fixes) > 0 {
		col := fixes[0].Col - 1
		n := 0
		for n < len(fixes) && fixes[n].Col-1 == col {
			n++
		}
		e := edit{from: end, to: end, row: number, col: col}
		old := cellSpan{}
		if col < len(cells) {
			old = cells[col]
			e.from, e.to = old.from, old.to
		} else {
			e.text = strings.Repeat(string(delim), col+1-width)
			width = col + 1
		}
		was, guarded := unguard(old.text)
		e.value = fixedValue(was, fixes[:n])
		// A cell that starts with a sign as it is, such as an edit of groups,
		// is not made safe in a file that does not do so.
		safe := guarded || !needsGuard(was, true)
		e.text += cellText(e.value, delim, safe, old.quoted, len(cells) == 1)
		out = append(out, e)
		fixes = fixes[n:]
	}
	return out
}

// fixedValue applies the fixes of one cell: the first that is for the whole
// cell, then those of names of groups.
func fixedValue(value string, fixes []Fix) string {
	for _, f := range fixes {
		if f.Group == "" {
			value = strings.ToValidUTF8(f.Value, "\uFFFD")
			break
		}
	}
	for _, f := range fixes {
		if f.Group != "" {
			value = replaceGroup(value, f.Group, strings.ToValidUTF8(f.Value, "\uFFFD"))
		}
	}
	return value
}

// replaceGroup puts with, which is quoted as a group cell needs it, in the
// place of a name in a group cell. Signs, other names and separators stay.
func replaceGroup(cell, name, with string) string {
	seps := ",;\n"
	if _, met := splitGroupItems(cell, seps); strings.ContainsAny(met, ";\n") {
		seps = ";\n"
	}
	name = Clean(UserGroup, name)
	var b strings.Builder
	for rest := cell; ; {
		body := strings.TrimLeft(rest, " ")
		if sign, unsigned := cutSign(body); sign != 0 {
			body = strings.TrimLeft(unsigned, " ")
		}
		b.WriteString(rest[:len(rest)-len(body)])
		have, after, ok := cutQuoted(body, seps)
		if !ok {
			i := strings.IndexAny(body, seps)
			if i < 0 {
				i = len(body)
			}
			have, after = body[:i], body[i:]
		}
		token := strings.TrimRight(body[:len(body)-len(after)], " ")
		if strings.EqualFold(Clean(UserGroup, have), name) {
			b.WriteString(with)
		} else {
			b.WriteString(token)
		}
		b.WriteString(body[len(token) : len(body)-len(after)])
		if after == "" {
			return b.String()
		}
		b.WriteByte(after[0])
		rest = after[1:]
	}
}

// cellText writes a value as a cell that Read takes for the same value.
func cellText(value string, delim byte, safe, quoted, alone bool) string {
	if needsGuard(value, safe) {
		value = "'" + value
	}
	special := ",;\t|\"\r\n" + string(delim)
	if !quoted && !strings.ContainsAny(value, special) && (value != "" || !alone) {
		return value
	}
	return `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
}

// splice applies edits, which are in order and do not overlap.
func splice(text string, edits []edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.WriteString(text[at:])
	return b.String()
}

// cellsWith gives the header and the rows as they should be read after the
// edits.
func cellsWith(r *Roster, edits []edit) [][]string {
	out := [][]string{r.Header}
	for i := range r.Rows {
		out = append(out, r.Rows[i].Cells)
	}
	touched := make(map[int]bool)
	for _, e := range edits {
		if !touched[e.row] {
			touched[e.row] = true
			out[e.row] = slices.Clone(out[e.row])
		}
		for len(out[e.row]) <= e.col {
			out[e.row] = append(out[e.row], "")
		}
		out[e.row][e.col] = e.value
	}
	return out
}

// readsAs reports whether data is decoded to text and read to these cells.
func readsAs(data []byte, text string, o Options, want [][]string) bool {
	if d, refused := decode(data); refused != nil || d.text != text {
		return false
	}
	o = o.withDefaults()
	o.MaxBytes = max(o.MaxBytes, len(data))
	r, err := Read(data, o)
	if err != nil {
		// A new header can make the file be refused; the bytes are right.
		return true
	}
	same := len(r.Rows) == len(want)-1 && slices.Equal(r.Header, want[0])
	for i := 0; same && i < len(r.Rows); i++ {
		same = slices.Equal(r.Rows[i].Cells, want[i+1])
	}
	return same
}

// correctSheet writes the sheet of a workbook as CSV.
func correctSheet(data []byte, o Options, fixes []Fix) ([]byte, error) {
	o = o.withDefaults()
	if len(data) > o.MaxBytes {
		return nil, refuse(TooLarge, "max", itoa(o.MaxBytes), "size", itoa(len(data)))
	}
	before, t, err := openSheet(data, o)
	if err != nil {
		return nil, err
	}
	if t.wrapped {
		return correctWrapped(t, o, fixes)
	}
	rows := make(map[int]int, len(before.Rows)) // number by row of the sheet
	for i := range before.Rows {
		rows[before.Rows[i].Line] = before.Rows[i].Number
	}
	byLine := make(map[int][]Fix)
	for _, f := range fixes {
		byLine[f.Line] = append(byLine[f.Line], f)
	}
	records := make([][]string, 0, len(t.rows))
	for _, row := range t.rows {
		cells := make([]string, len(row.Cells))
		for i, c := range row.Cells {
			cells[i], _ = unguard(c)
		}
		wanted := byLine[row.Number]
		delete(byLine, row.Number)
		spans := make([]cellSpan, len(cells))
		for i, c := range cells {
			spans[i].text = c
		}
		for _, f := range wanted {
			if f.Row != rows[row.Number] || f.Col < 1 || f.Col > max(len(before.Header), len(cells)) {
				return nil, noSuchCell(f)
			}
		}
		for _, e := range editRecord(spans, ',', 0, wanted) {
			for len(cells) <= e.col {
				cells = append(cells, "")
			}
			cells[e.col] = e.value
		}
		records = append(records, cells)
	}
	for _, fixes := range byLine {
		return nil, noSuchCell(fixes[0])
	}
	var b strings.Builder
	// A strings.Builder does not fail.
	_ = Write(&b, nil, records, WriteOptions{BOM: true, FormulaSafe: true})
	return []byte(b.String()), nil
}

// correctWrapped gives a sheet whose rows are lines of CSV as that CSV.
func correctWrapped(t table, o Options, fixes []Fix) ([]byte, error) {
	data := []byte("\uFEFF" + t.text)
	lines := make(map[int]int) // of the text, by row of the sheet
	for i, row := range t.lines {
		if _, seen := lines[row]; !seen {
			lines[row] = i + 1
		}
	}
	inText := slices.Clone(fixes)
	for i := range inText {
		line, ok := lines[inText[i].Line]
		if !ok {
			return nil, noSuchCell(inText[i])
		}
		inText[i].Line = line
	}
	o.MaxBytes = max(o.MaxBytes, len(data))
	return Correct(data, o, inText)
}
