package roster

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zoomusers/zoomusers/jobs/roster/workbook"
)

// Codes about workbooks.
const (
	// SeveralSheets: note about the file; params sheet (the one that was read)
	// and sheets (all visible ones with data, joined by ", ").
	SeveralSheets Code = "several_sheets"
	// NoSuchSheet: refusal; params sheet (the one asked for), sheets (the
	// visible ones, joined by ", ").
	NoSuchSheet Code = "no_such_sheet"
	// WorkbookTooLarge: refusal; params what (unzip_size, unzip_ratio, parts,
	// elements, strings, styles, merged, cells, sheets, cell_length, text), max
	// and size.
	WorkbookTooLarge Code = "workbook_too_large"
	// WorkbookDamaged: refusal, no params. The file breaks off or contradicts
	// itself.
	WorkbookDamaged Code = "workbook_damaged"
	// WorkbookEncrypted: refusal, no params. A password is needed.
	WorkbookEncrypted Code = "workbook_encrypted"
)

func workbookCodes() []Code {
	return []Code{SeveralSheets, NoSuchSheet, WorkbookTooLarge, WorkbookDamaged, WorkbookEncrypted}
}

// EncodingXLSX is the Roster.Encoding of a workbook.
const EncodingXLSX = "xlsx"

// cellEnd stands between the cells of a sheet that is read as text. No cell of
// a spreadsheet can have it but by an escape, and then it is quoted.
const cellEnd = "\x1f"

// table is a sheet put into the text of a delimited file, so that it goes the
// same way as any other.
type table struct {
	rows  []workbook.Row
	text  string
	lines []int // row in the sheet by line of text, from 0
	gaps  int   // blank rows in between
	// wrapped: every row is one cell with a whole line of CSV in it, for
	// somebody opened a CSV that their spreadsheet could not take apart.
	wrapped bool
}

// readWorkbook reads the sheet that Options.Sheet names. Without a name it is
// the first visible one with data; where that is no list of people, as a sheet
// of instructions is not, the first one that is.
func readWorkbook(data []byte, opts Options) (*Roster, error) {
	r, _, err := openSheet(data, opts)
	return r, err
}

func openSheet(data []byte, opts Options) (*Roster, table, error) {
	book, err := workbook.Open(data, workbook.Limits{Rows: opts.MaxRows + 1000, Columns: maxColumns})
	if err != nil {
		return nil, table{}, refuseWorkbook(err, opts)
	}
	visible, filled := book.Sheets(), book.Filled()
	candidates := filled
	if opts.Sheet != "" {
		name, ok := book.Find(opts.Sheet)
		if !ok {
			return nil, table{}, refuse(NoSuchSheet, "sheet", shorten(opts.Sheet), "sheets", strings.Join(visible, ", "))
		}
		candidates = []string{name}
	}
	var first error
	const tries = 5
	for _, name := range candidates[:min(len(candidates), tries)] {
		r, t, err := oneSheet(book, name, opts)
		if err == nil {
			r.Sheet, r.Sheets = name, visible
			if opts.Sheet == "" && len(filled) > 1 {
				r.Issues = slices.Insert(r.Issues, 0, Issue{
					Code: SeveralSheets, Severity: Note, Params: paramMap("sheet", name, "sheets", strings.Join(filled, ", ")),
				})
			}
			return r, t, nil
		}
		if first == nil {
			first = err
		}
		if !errors.Is(err, &RefusedError{Code: NoHeader}) && !errors.Is(err, &RefusedError{Code: MissingColumn}) {
			break
		}
	}
	if first == nil {
		first = refuse(EmptyFile)
	}
	return nil, table{}, first
}

func oneSheet(book *workbook.Book, name string, opts Options) (*Roster, table, error) {
	rows, err := book.Rows(name)
	if err != nil {
		return nil, table{}, refuseWorkbook(err, opts)
	}
	if !slices.ContainsFunc(rows, func(r workbook.Row) bool { return !blankRecord(r.Cells) }) {
		return nil, table{}, refuse(EmptyFile)
	}
	r := &reader{opts: opts, known: newKnown(), out: &Roster{Encoding: EncodingXLSX}}
	t := newTable(rows, r.known)
	if r.lost = strings.Contains(t.text, "\uFFFD"); r.lost {
		r.lossKind = "lost"
	}
	if t.wrapped {
		r.add(Issue{Line: 1, Code: WrappedLines, Severity: Note})
	}
	if refused := r.read(t.text); refused != nil {
		t.place(refused.Params, refused.Issues)
		return nil, table{}, refused
	}
	out := r.out
	if !t.wrapped {
		out.Delimiter, out.LineEnding = ',', ""
	}
	out.Changed.EmptyLines += t.gaps
	for i := range out.Rows {
		out.Rows[i].Line = t.row(out.Rows[i].Line)
	}
	t.place(nil, out.Issues)
	for i := range out.Issues {
		is := &out.Issues[i]
		if is.Code == RaggedRow && !t.wrapped {
			is.Suggestion = "" // Quotes are no matter of a sheet.
		}
		if is.Code == BadEncoding && is.Row > 0 {
			before, _, _ := strings.Cut(out.Rows[is.Row-1].Cells[is.Col-1], "\uFFFD")
			is.Params["at_column"] = itoa(utf8.RuneCountInString(before) + 1)
		}
	}
	return out, t, nil
}

// newTable writes the rows of a sheet as the text of a delimited file.
func newTable(rows []workbook.Row, k *known) table {
	t := table{rows: rows, wrapped: wrappedRows(rows, k)}
	var b strings.Builder
	if !t.wrapped {
		b.WriteString("sep=" + cellEnd + "\n")
		t.lines = append(t.lines, rows[0].Number)
	}
	for i, r := range rows {
		if i > 0 {
			t.gaps += r.Number - rows[i-1].Number - 1
		}
		for j, c := range r.Cells {
			switch {
			case t.wrapped && j > 0:
				b.WriteByte(',')
			case j > 0:
				b.WriteString(cellEnd)
			}
			if !t.wrapped && (strings.ContainsAny(c, cellEnd+"\"\n\r") || strings.HasPrefix(c, " ") || (c == "" && len(r.Cells) == 1)) {
				b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
			} else {
				b.WriteString(c)
			}
			for range strings.Count(c, "\n") {
				t.lines = append(t.lines, r.Number)
			}
		}
		b.WriteByte('\n')
		t.lines = append(t.lines, r.Number)
	}
	t.text = b.String()
	return t
}

// wrappedRows reports whether the rows of a sheet are lines of CSV in one cell
// each. Where such a line had commas they have cut it into several cells.
func wrappedRows(rows []workbook.Row, k *known) bool {
	for _, r := range rows[:min(len(rows), 12)] {
		if filled(r.Cells) != 1 || r.Cells[0] == "" {
			continue
		}
		for _, d := range delimiters() {
			if cells := strings.Split(r.Cells[0], string(d)); len(cells) > 1 && k.score(cells) >= 2 {
				return true
			}
		}
	}
	return false
}

// row gives the row in the sheet of a line of the text.
func (t table) row(line int) int {
	if line < 1 || line > len(t.lines) {
		return line
	}
	return t.lines[line-1]
}

// place turns lines of the text into rows of the sheet.
func (t table) place(params map[string]string, issues []Issue) {
	turn := func(params map[string]string) {
		for _, key := range []string{"line", "at_line", "first_line"} {
			if n := atoi(params[key]); n > 0 {
				params[key] = itoa(t.row(n))
			}
		}
	}
	turn(params)
	for i := range issues {
		issues[i].Line = t.row(issues[i].Line)
		turn(issues[i].Params)
	}
}

// atoi reads a number that itoa wrote, 0 when it is none.
func atoi(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || n > 1<<30 {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// refuseWorkbook puts the reason of package workbook into ours.
func refuseWorkbook(err error, opts Options) *RefusedError {
	e, ok := errors.AsType[*workbook.Error](err)
	if !ok {
		return refuse(WorkbookDamaged)
	}
	switch e.Code {
	case workbook.NotWorkbook:
		return refuse(NotCSV, "kind", e.Kind)
	case workbook.Encrypted:
		return refuse(WorkbookEncrypted)
	case workbook.TooLarge:
		return refuse(WorkbookTooLarge, "what", e.What, "max", itoa(int(e.Max)), "size", itoa(int(e.Size)))
	case workbook.TooManyRows:
		return refuse(TooManyRows, "max", itoa(opts.MaxRows), "rows", itoa(int(e.Size)))
	case workbook.TooManyColumns:
		return refuse(TooManyColumns, "max", itoa(int(e.Max)))
	case workbook.Damaged, workbook.NoSuchSheet:
		return refuse(WorkbookDamaged)
	default:
		return refuse(WorkbookDamaged)
	}
}
