package workbook

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Book is a workbook that was opened. It is for one goroutine.
type Book struct {
	zip      *archive
	limits   Limits
	budget   int // elements that may still be walked
	sheets   []sheet
	date1904 bool

	strings     []byte
	stringCount int
	styles      []byte

	file *excelize.File
}

// Row is a row of a sheet that has something in it.
type Row struct {
	// Number is the 1-based number of the row, as the spreadsheet shows it.
	Number int
	// Cells go up to the last one that is not blank.
	Cells []string
}

// Open checks a workbook and reads the list of its sheets. The error is an
// [*Error].
func Open(data []byte, l Limits) (b *Book, err error) {
	l = l.withDefaults()
	b = &Book{limits: l, budget: l.Elements}
	if b.zip, err = openArchive(data, l); err != nil {
		return nil, err
	}
	if err := b.readParts(); err != nil {
		return nil, err
	}
	for i := range b.sheets {
		s := &b.sheets[i]
		if s.hidden {
			continue
		}
		if s.filled, err = b.hasData(s.part); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// hasData reports whether a sheet has a value. Of a sheet that is damaged
// before its first value it says so too: asking for its rows tells why.
func (b *Book) hasData(part string) (bool, error) {
	data, err := b.zip.read(part)
	if err == nil {
		var seen *survey
		if seen, err = b.look(data, true); err == nil {
			return seen.values > 0, nil
		}
	}
	if errors.Is(err, &Error{Code: Damaged}) {
		return true, nil
	}
	return false, err
}

// Sheets lists the visible worksheets in the order of their tabs.
func (b *Book) Sheets() []string {
	return b.names(func(s sheet) bool { return !s.hidden })
}

// Filled lists the visible worksheets that have data.
func (b *Book) Filled() []string {
	return b.names(func(s sheet) bool { return s.filled })
}

func (b *Book) names(which func(sheet) bool) []string {
	var out []string
	for _, s := range b.sheets {
		if which(s) {
			out = append(out, s.name)
		}
	}
	return out
}

// Find gives the name of a sheet as the workbook writes it, visible or not;
// case and blanks around it do not matter.
func (b *Book) Find(name string) (string, bool) {
	i := b.find(name)
	if i < 0 {
		return "", false
	}
	return b.sheets[i].name, true
}

func (b *Book) find(name string) int {
	if i := slices.IndexFunc(b.sheets, func(s sheet) bool { return s.name == name }); i >= 0 {
		return i
	}
	name = strings.TrimSpace(name)
	return slices.IndexFunc(b.sheets, func(s sheet) bool { return strings.EqualFold(strings.TrimSpace(s.name), name) })
}

// Rows reads the rows of a sheet, see [Book.Find]. The error is an [*Error].
func (b *Book) Rows(name string) ([]Row, error) {
	i := b.find(name)
	if i < 0 {
		return nil, &Error{Code: NoSuchSheet}
	}
	part, err := b.zip.read(b.sheets[i].part)
	if err != nil {
		return nil, err
	}
	seen, err := b.look(part, false)
	if err != nil {
		return nil, err
	}
	rows, err := b.cells(part, seen)
	if err != nil {
		return nil, err
	}
	unmerge(rows, seen.merged)
	return rows, nil
}

// hand gives the library the parts that it needs, with a sheet in the place of
// its own.
func (b *Book) hand(part []byte) (*excelize.File, error) {
	const ownSheet, ownStyles, ownStrings = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"
	if b.file == nil {
		f := excelize.NewFile(excelize.Options{
			// As much as there may be, so that nothing goes by way of the disk.
			UnzipSizeLimit: b.limits.UnzipSize, UnzipXMLSizeLimit: b.limits.UnzipSize,
			ShortDatePattern: "yyyy-mm-dd",
		})
		if b.date1904 {
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &b.date1904}); err != nil {
				return nil, damaged("the settings cannot be read: %v", err)
			}
		}
		if b.styles != nil {
			f.Pkg.Store(ownStyles, b.styles)
			f.Styles = nil
		}
		if b.strings != nil {
			f.Pkg.Store(ownStrings, b.strings)
		}
		b.file = f
	}
	b.file.Sheet.Delete(ownSheet)
	b.file.Pkg.Store(ownSheet, part)
	return b.file, nil
}

// cells has the library read the cells of a sheet that was surveyed.
func (b *Book) cells(part []byte, seen *survey) (out []Row, err error) {
	defer func() {
		// The library is given checked parts only; should it stumble all the
		// same, the file is to blame and not the program.
		if p := recover(); p != nil {
			out, err = nil, damaged("the sheet cannot be read")
		}
	}()
	f, err := b.hand(part)
	if err != nil {
		return nil, err
	}
	rows, err := f.Rows("Sheet1")
	if err != nil {
		return nil, damaged("the sheet cannot be read: %v", err)
	}
	defer rows.Close()
	text := 0
	for number := 1; number <= seen.last && rows.Next(); number++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, damaged("a row cannot be read")
		}
		for i, c := range cells {
			if cells[i], err = b.cell(c, place{number, i + 1}, seen); err != nil {
				return nil, err
			}
			if text += len(cells[i]); text > maxText {
				return nil, tooLarge("text", maxText, text)
			}
		}
		for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) == 0 {
			continue
		}
		if len(out) == b.limits.Rows {
			return nil, &Error{Code: TooManyRows, Max: int64(b.limits.Rows), Size: int64(seen.rows)}
		}
		out = append(out, Row{Number: number, Cells: slices.Clip(cells)})
	}
	return out, nil
}

// cell gives the text of a cell that the library shows as s.
func (b *Book) cell(s string, at place, seen *survey) (string, error) {
	if i, ok := seen.instead[at]; ok && (i.always || scientific(s)) {
		s = i.text
	}
	if len(s) > b.limits.CellLength && utf8.RuneCountInString(s) > b.limits.CellLength {
		return "", tooLarge("cell_length", b.limits.CellLength, utf8.RuneCountInString(s))
	}
	if strings.ContainsRune(s, '\r') {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	}
	return s, nil
}

// scientific reports a number such as 3.36E+10.
func scientific(s string) bool {
	i := strings.IndexAny(s, "eE")
	return i > 0 && strings.Trim(s[:i], " -.,0123456789") == "" && strings.Trim(s[i+1:], "+-0123456789") == "" && i+1 < len(s)
}

// unmerge repeats the first cell of ranges merged downwards in the cells of its
// column, where there are rows.
func unmerge(rows []Row, merged []span) {
	filled := 0
	for _, m := range merged {
		i, ok := slices.BinarySearchFunc(rows, m.from.row, func(r Row, n int) int { return r.Number - n })
		if !ok || m.from.col > len(rows[i].Cells) {
			continue
		}
		value := rows[i].Cells[m.from.col-1]
		for i++; value != "" && i < len(rows) && rows[i].Number <= m.to.row; i++ {
			r := &rows[i]
			if filled++; filled > maxCells {
				return
			}
			for len(r.Cells) < m.from.col {
				r.Cells = append(r.Cells, "")
			}
			if r.Cells[m.from.col-1] == "" {
				r.Cells[m.from.col-1] = value
			}
		}
	}
}
