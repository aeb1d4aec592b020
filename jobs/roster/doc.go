// Package roster reads the CSV files that say what the users of a Zoom account
// should be, and writes such files. It is pure: bytes in, values out; it knows
// neither Zoom nor Slack.
//
// # Reading
//
// [Read] takes the bytes of a file and returns a [Roster]: the columns, every
// data row whether good or bad, and every [Issue]. A file that cannot be used
// at all is refused with a [*RefusedError]. Read works in this order:
//
//  1. Size; formats that are not CSV (workbooks, PDF, HTML, …).
//  2. Encoding: byte order marks, UTF-16 by its zeros, UTF-8, ISO-2022-JP, and
//     then a guess between Windows-1252, Mac Roman, code page 850,
//     Windows-1250, Shift_JIS and what a detector says of dense text.
//  3. Delimiter and header: a sep= line, else the delimiter under which most
//     names of columns come to light. Titles above the header are skipped.
//     Lines that a spreadsheet saved as one quoted cell each are unwrapped.
//  4. Columns: names in English, French, German, Spanish, Portuguese, Italian,
//     Dutch and Japanese, in any order; the language follows from the whole
//     row, since Nom is a last name and Nombre a first name. Case, accents,
//     apostrophes, hyphens, underscores, spaces, asterisks and remarks such as
//     (optional) do not matter. Unknown columns stay in Row.Cells.
//  5. Rows: cells are tidied by [Clean], counted in [Changes], and checked.
//
// Row.Cells has the original cells, Row.Get the tidied values. Lines are
// physical lines of the file, so that people find them in an editor.
//
// # Codes
//
// Issues about a row; err, warn and note are severities:
//
//	missing_email, missing_first_name, missing_last_name   err
//	missing_value        err   another required field is blank
//	invalid_email        err   reason (see InvalidEmail); suggests the address
//	email_typo           warn  domain; suggests the address
//	duplicate_email      err   first_line, first_row: same address, other values
//	duplicate_row        err   first_line, first_row: nothing differs
//	too_long             err   max, length, name (of one group among several)
//	too_many_chinese     err   max, count
//	invalid_manager      err   reason; suggests the address
//	self_manager         warn
//	control_character    err   character, count; suggests the value without
//	spreadsheet_error    err   text
//	scientific_notation  err
//	formula              note
//	garbled_text         warn  suggests the value mended
//	ragged_row           err   cells, columns; suggests the whole line
//	bad_quote            err   kind unterminated or spanning, at_line
//	                     warn  kind unescaped or bare, at_line
//	bad_encoding         err   kind invalid or lost, at_line, at_column, count;
//	                           warn in a column that is not imported
//
// Issues about the header or the file, with Row 0:
//
//	unknown_column       warn  suggests the nearest header
//	duplicate_column     warn  first, first_column: the first one counts
//	ignored_column       note  a column of the export that cannot be imported
//	skipped_lines        note  count: lines above the header
//	totals_line          note
//	wrapped_lines        note
//
// Refusals:
//
//	missing_column       columns, headers; Issues has the unknown columns
//	no_header            line, data (true when the line looks like a person)
//	empty_file
//	no_rows
//	too_many_rows        max, rows
//	too_many_columns     max
//	too_large            max, size
//	not_csv              kind: xlsx xls ods numbers zip pdf html xml json rtf
//	                     gzip image binary
//	undecodable          encoding
//
// Parameters are strings; numbers are decimal. There are no sentences for
// users here: fronts put codes into words, in the language of the reader.
// Issue.String and RefusedError.Error are for logs and quote nothing of the
// file.
//
// # Groups
//
// A group cell holds one name or several, between semicolons or line breaks,
// or between commas when there is no semicolon. A name that has one of these
// stands in double quotes; see [SplitGroups] and [JoinGroups].
//
// # Writing
//
// [Write] and [Template] write CSV. What a spreadsheet would run as a formula
// gets a leading apostrophe when WriteOptions.FormulaSafe is set. Read takes
// one apostrophe off cells that, less their apostrophes, start with = + - @, a
// tab or a CR. Write puts one more before cells that have such an apostrophe
// by themselves, so that Write and Read undo each other for any content:
//
//	cell    plain   formula-safe
//	=1      =1      '=1
//	'=1     ''=1    ''=1
//	't Hof  't Hof  't Hof
//
// # Decisions
//
// A tokenizer of our own rather than encoding/csv: a quote that is opened and
// not closed makes encoding/csv, lazy or not, swallow the file up to the next
// quote. Here a quoted cell that seems to have swallowed records costs its own
// line only and is reported. A file that follows the CSV rules to the letter
// is believed, but the odd cell is still an error of its row.
//
// Full-width letters become plain in names and addresses, but not in groups,
// departments, titles and places: those are compared with the account, where
// a full-width name may be the real one.
//
// Our own scoring rather than a detector for Latin encodings: on the few
// accents of a short file, detectors answer with whatever language has the
// rarest letters. The detector is asked about other scripts only.
//
// A domain that differs from the file's usual one by a letter is a warning and
// not an error: both may exist.
//
// Duplicates: the first row stays. Merging two rows would be a guess.
package roster
