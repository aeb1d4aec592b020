package workbook

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// place is a cell by its 1-based row and column.
type place struct{ row, col int }

// span is a merged range, both ends included.
type span struct{ from, to place }

// survey is what one walk through a sheet finds out about it.
type survey struct {
	values int // cells with a value
	rows   int // rows that have one
	last   int // number of the last row with a value
	// instead has texts that the library does not give: the digits of long
	// integers and formulas that were saved without a value.
	instead map[place]instead
	merged  []span
}

// instead is a text to give for a cell: always, or only in place of scientific
// notation.
type instead struct {
	text   string
	always bool
}

// surveyor walks a sheet.
type surveyor struct {
	book  *Book
	out   *survey
	first bool // stop at the first value

	inData, inRow, over bool
	at                  place
	filledRow           bool

	inCell, hasValue, hasFormula bool
	kind                         string
	inside                       string // v, f or t
	text, formula                strings.Builder
}

// look walks a sheet and checks it. With first set it stops at the first value.
func (b *Book) look(part []byte, first bool) (*survey, error) {
	s := &surveyor{book: b, out: &survey{instead: make(map[place]instead)}, first: first}
	err := walk(part, &b.budget, visitor{start: s.start, text: s.chars, end: s.end})
	if err == nil && !first && !s.over {
		err = damaged("a sheet has no data part")
	}
	return s.out, err
}

func (s *surveyor) start(e xml.StartElement, depth int) error {
	name := e.Name.Local
	if depth == 1 && name != "worksheet" {
		return damaged("a sheet is no worksheet")
	}
	if s.over {
		if name == "mergeCell" {
			return s.merge(attr(e, "ref"))
		}
		return nil
	}
	switch {
	case name == "sheetData":
		s.inData = true
	case !s.inData:
		if name == "row" || name == "c" {
			return damaged("a row stands outside of the data")
		}
	case name == "row":
		return s.startRow(e)
	case name == "c":
		return s.startCell(e)
	case s.inCell:
		switch name {
		case "v", "t":
			s.hasValue = true
			s.inside = name
		case "is":
			s.hasValue = true
		case "f":
			s.hasFormula = true
			s.inside = name
		case "rPh":
			s.inside = ""
		}
	}
	return nil
}

func (s *surveyor) startRow(e xml.StartElement) error {
	if s.inRow {
		return damaged("a row stands in a row")
	}
	number := s.at.row + 1
	if r := attr(e, "r"); r != "" {
		n, err := strconv.Atoi(r)
		if err != nil || n < number {
			return damaged("rows are out of order")
		}
		number = n
	}
	if number > 1<<20 {
		return damaged("a row has a number beyond those of a sheet")
	}
	s.inRow, s.filledRow = true, false
	s.at = place{row: number}
	return nil
}

func (s *surveyor) startCell(e xml.StartElement) error {
	if !s.inRow || s.inCell {
		return damaged("a cell stands outside of a row")
	}
	col := s.at.col + 1
	if r := attr(e, "r"); r != "" {
		at, ok := parsePlace(r)
		if !ok || at.col < col {
			return damaged("cells are out of order")
		}
		col = at.col
	}
	s.at.col = col
	s.inCell, s.hasValue, s.hasFormula, s.inside = true, false, false, ""
	s.kind = attr(e, "t")
	s.text.Reset()
	s.formula.Reset()
	return nil
}

func (s *surveyor) chars(text []byte) error {
	if !s.inCell || s.inside == "" {
		return nil
	}
	b := &s.text
	if s.inside == "f" {
		b = &s.formula
	}
	if err := s.book.checkLength(b.Len() + len(text)); err != nil {
		return err
	}
	_, _ = b.Write(text) // A strings.Builder does not fail.
	return nil
}

func (s *surveyor) end(name string) error {
	switch {
	case s.over:
	case name == "sheetData" && s.inData:
		s.over = true
		if s.inRow {
			return damaged("a row is not closed")
		}
	case name == "row":
		s.inRow = false
	case name == "c" && s.inCell:
		s.inCell = false
		return s.endCell()
	case name == "v", name == "f", name == "t":
		s.inside = ""
	}
	return nil
}

func (s *surveyor) endCell() error {
	text := s.text.String()
	if s.kind != "str" && s.kind != "inlineStr" {
		text = strings.TrimSpace(text)
	}
	switch {
	case s.hasFormula && !s.hasValue:
		text = "=" + s.formula.String()
		s.out.instead[s.at] = instead{text: text, always: true}
	case text == "":
		// A formula whose value is blank makes the library give a cell.
		if s.hasFormula {
			return s.bounds()
		}
		return nil
	case s.kind == "s":
		if n, err := strconv.Atoi(text); err != nil || n < 0 || n >= s.book.stringCount {
			return damaged("a cell names a string that is not there")
		}
	case s.kind == "" || s.kind == "n":
		if digits := integer(text); digits != "" {
			s.out.instead[s.at] = instead{text: digits}
		}
	}
	if s.first {
		s.out.values++
		return errEnough
	}
	if s.out.values++; s.out.values > maxCells {
		return tooLarge("cells", maxCells, s.out.values)
	}
	s.out.last = s.at.row
	if !s.filledRow {
		s.filledRow = true
		s.out.rows++
	}
	return s.bounds()
}

func (s *surveyor) bounds() error {
	if limit := s.book.limits.Columns; s.at.col > limit {
		return &Error{Code: TooManyColumns, Max: int64(limit), Size: int64(s.at.col)}
	}
	return nil
}

// merge notes a merged range of more than one row.
func (s *surveyor) merge(ref string) error {
	from, to, ok := strings.Cut(ref, ":")
	if !ok {
		return nil
	}
	a, okA := parsePlace(from)
	z, okZ := parsePlace(to)
	if !okA || !okZ || a.row >= z.row || a.col > z.col {
		return nil
	}
	if len(s.out.merged) == maxMerged {
		return tooLarge("merged", maxMerged, maxMerged+1)
	}
	s.out.merged = append(s.out.merged, span{a, z})
	return nil
}

// parsePlace reads a reference such as AB12.
func parsePlace(ref string) (place, bool) {
	ref = strings.ReplaceAll(ref, "$", "")
	i, col := 0, 0
	for ; i < len(ref) && i < 3; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		col = col*26 + int(c-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	if err != nil || col == 0 || col > 16384 || row < 1 || row > 1<<20 {
		return place{}, false
	}
	return place{row, col}, true
}

// integer gives the digits of a number that is whole and so long that a
// spreadsheet shows it in scientific notation, empty for other numbers. The
// digits must be in the file: a number beyond fifteen digits that is written
// with an exponent has lost its last ones.
func integer(v string) string {
	digits := strings.TrimPrefix(v, "-")
	if len(digits) > 5 && strings.Trim(digits, "0123456789") == "" {
		return v
	}
	if !strings.ContainsAny(v, "eE.") {
		return ""
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.Abs(f) < 1e5 || math.Abs(f) >= 1e15 || f != math.Trunc(f) {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
