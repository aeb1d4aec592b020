// Package workbook reads the cells of Excel workbooks (.xlsx, .xlsm and their
// templates) as text. It is pure: bytes in, rows of text out. Nothing is ever
// run, looked up or written to a disk.
//
//	book, err := workbook.Open(data, workbook.Limits{})
//	filled := book.Filled()              // visible sheets that have data
//	rows, err := book.Rows(filled[0])
//
// Every error is an [*Error] with a [Code].
//
// # What a cell says
//
// Cells say what people see in the spreadsheet: numbers and dates as their
// format shows them, booleans as TRUE and FALSE, errors as their text (#REF!),
// formulas by the value that was saved with them. There are these differences:
//
//   - An integer that would be shown as 3.36E+10 is given by all its digits, as
//     far as the file has them. A spreadsheet keeps fifteen; a longer one stays
//     in scientific notation, so that the reader sees that digits are lost.
//   - The date format that follows the settings of the reader's computer gives
//     2026-03-05, for there is no such computer here.
//   - A formula that was saved without a value, which programs do that cannot
//     calculate, is given as its text, =A2&B2, rather than as a blank.
//   - A cell that is merged with cells below it is repeated in those of its
//     column: one department beside five people is the department of each.
//   - Line breaks in cells are LF.
//
// Hidden rows and columns count like others; hidden sheets are read only when
// they are named. Blank cells at the end of a row and rows without anything
// are left out; a row knows its number.
//
// # Hostile files
//
// The zip directory is looked at before anything is unpacked, see [Limits];
// only the parts that are needed are unpacked: the list of sheets, shared
// strings, styles and the sheet. Each is walked once, which bounds the number of
// elements and cells and finds files that break off, before the library sees
// it. DTDs are refused.
//
// # Decisions
//
// The library gets checked parts put in its hands rather than the file. It
// would unpack everything, ignore what comes after a fault in a sheet, which is
// the loss of people without a word, and go through large parts by way of the
// disk, which an image built on nothing does not have. As only three parts
// reach it, the names of parts and sheets may be any.
//
// Cells in the wrong order and references to strings that are not there are
// faults of the file. Guessing would move values to other columns.
package workbook
