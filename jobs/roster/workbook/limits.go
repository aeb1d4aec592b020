package workbook

import (
	"fmt"
	"strconv"
	"strings"
)

// Limits bound what a workbook may take. Zero fields have the defaults.
type Limits struct {
	// UnzipSize is the greatest sum of the sizes of all parts once they are
	// unpacked, in bytes; 0 means 128 MiB.
	UnzipSize int64
	// UnzipRatio is how many times larger than packed a part of more than a
	// megabyte may be, and all of them together; 0 means 100.
	UnzipRatio int64
	// Parts is the greatest number of files in the zip; 0 means 5,000.
	Parts int
	// Rows is the greatest number of rows that are not blank; 0 means 100,000.
	Rows int
	// Columns is the last column that may have a value; 0 means 500.
	Columns int
	// CellLength is the greatest length of a cell in characters; 0 means
	// 32,767, which is Excel's.
	CellLength int
	// Elements is the greatest number of XML elements in the parts that are
	// read; 0 means 6,000,000.
	Elements int
}

// Bounds that need no setting: no spreadsheet makes more than these.
const (
	maxStrings      = 300_000  // shared strings
	maxStyleXML     = 500_000  // elements in the styles
	maxFormats      = 1_000    // number formats of the file's own
	maxFormatLength = 1_024    // bytes of one of them
	maxMerged       = 50_000   // merged ranges
	maxCells        = 2 << 20  // cells with a value
	maxText         = 64 << 20 // bytes of text returned for a sheet
	maxDepth        = 64       // XML elements within each other
	maxSheets       = 1_000
	ratioFrom       = 1 << 20 // a part smaller than this cannot do harm
)

func (l Limits) withDefaults() Limits {
	if l.UnzipSize <= 0 {
		l.UnzipSize = 128 << 20
	}
	if l.UnzipRatio <= 0 {
		l.UnzipRatio = 100
	}
	if l.Parts <= 0 {
		l.Parts = 5_000
	}
	if l.Rows <= 0 {
		l.Rows = 100_000
	}
	if l.Columns <= 0 {
		l.Columns = 500
	}
	if l.CellLength <= 0 {
		l.CellLength = 32_767
	}
	if l.Elements <= 0 {
		l.Elements = 6_000_000
	}
	return l
}

// Code says why a workbook cannot be read.
type Code string

// Codes of [Error].
const (
	// NotWorkbook: the bytes are something else; Kind says what.
	NotWorkbook Code = "not_workbook"
	// Encrypted: a password is needed.
	Encrypted Code = "encrypted"
	// Damaged: the file breaks off or contradicts itself.
	Damaged Code = "damaged"
	// TooLarge: What says of what there is too much, Max and Size how much.
	TooLarge Code = "too_large"
	// TooManyRows: Max and Size.
	TooManyRows Code = "too_many_rows"
	// TooManyColumns: Max and Size (the column).
	TooManyColumns Code = "too_many_columns"
	// NoSuchSheet: no sheet has the name that was asked for.
	NoSuchSheet Code = "no_such_sheet"
)

// Error says why a workbook cannot be read. It quotes nothing of the file.
type Error struct {
	Code Code
	// Kind of a file that is no workbook: xls, xlsb, ods, numbers, docx, pptx or
	// zip.
	Kind string
	// What there is too much of: unzip_size, unzip_ratio, parts, elements,
	// strings, styles, merged, cells, sheets, cell_length or text.
	What string
	// Max is the greatest value allowed, Size the one found (or more).
	Max, Size int64

	detail string
}

// Error gives the reason in plain English, for logs.
func (e *Error) Error() string {
	says := []string{"read workbook", strings.ReplaceAll(string(e.Code), "_", " ")}
	for _, part := range []string{e.Kind, strings.ReplaceAll(e.What, "_", " "), e.detail} {
		if part != "" {
			says = append(says, part)
		}
	}
	s := strings.Join(says, ": ")
	if e.Max > 0 {
		s += " (max " + strconv.FormatInt(e.Max, 10) + ", found " + strconv.FormatInt(e.Size, 10) + ")"
	}
	return s
}

// Is matches another *Error with the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

func damaged(format string, args ...any) *Error {
	return &Error{Code: Damaged, detail: fmt.Sprintf(format, args...)}
}

func tooLarge[N int | int64](what string, limit, size N) *Error {
	return &Error{Code: TooLarge, What: what, Max: int64(limit), Size: int64(size)}
}
