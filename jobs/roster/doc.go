// Package roster reads the CSV files and workbooks that say what the users of a
// Zoom account should be, corrects them, and writes such files. It is pure: bytes in, values out; it knows
// neither Zoom nor Slack.
//
// # Reading
//
// [Read] takes the bytes of a file and returns a [Roster]: the columns, every
// data row whether good or bad, and every [Issue]. A file that cannot be used
// at all is refused with a [*RefusedError]. Read works in this order:
//
//  1. Size; formats that are not CSV (PDF, HTML, …). The sheet of a workbook
//     (.xlsx) goes on at step 3; see package workbook.
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
//     (optional) do not matter. A column of a custom attribute is headed
//     "Custom: " and its name. Unknown columns stay in Row.Cells. A file
//     without a header is read by position when Options.Positional is set.
//  5. Rows: cells are tidied by [Clean], counted in [Changes], brought into
//     their canonical form, and checked.
//
// Row.Cells has the original cells, Row.Get the tidied values. Lines are
// physical lines of the file, so that people find them in an editor, and rows
// of the sheet in a workbook. Without Options.Sheet the first visible sheet that
// has data is read, or, when that is no list of people, the next that is.
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
//	cannot_clear         err   the marker in a column that everybody needs
//	invalid_groups       err   kind (see InvalidGroups), name
//	unknown_user_type    err   suggests the nearest
//	unknown_licenses     warn  name
//	types_differ         err   type, licences: UserType and Licenses contradict
//	                           each other
//	unknown_capacity     err   allowed
//	unknown_switch       err   neither yes nor no; kind sized where a capacity
//	                           would do too
//	unknown_action       err   suggests the nearest
//	unknown_language     err   suggests the nearest; warn when it is a code that
//	                           Zoom does not document
//	unknown_timezone     err   suggests the nearest
//	invalid_phone        err   kind (see InvalidPhone), number
//	too_many_phones      err   max, count
//
// Issues about the header or the file, with Row 0:
//
//	unknown_column       warn  suggests the nearest header
//	duplicate_column     warn  first, first_column: the first one counts
//	ignored_column       note  a column of the export that cannot be imported
//	skipped_lines        note  count: lines above the header
//	totals_line          note
//	wrapped_lines        note
//	positional_header    warn  columns: assumed by their position
//	several_sheets       note  sheet (the one that was read), sheets
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
//	not_csv              kind: xls xlsb ods numbers docx pptx zip pdf html xml
//	                     json rtf gzip image binary
//	undecodable          encoding
//	no_such_sheet        sheet (the one asked for), sheets
//	workbook_too_large   what, max, size: also once it is unpacked
//	workbook_damaged
//	workbook_encrypted
//
// Parameters are strings; numbers are decimal. There are no sentences for
// users here: fronts put codes into words, in the language of the reader.
// Issue.String and RefusedError.Error are for logs and quote nothing of the
// file.
//
// # Cells
//
// A blank cell keeps what the account has. The cell "(clear)", in any case,
// empties the field: [Row.Clears] is then true and [Row.Get] gives "". Email,
// FirstName, LastName, UserType, Licenses, Action, NewEmail and the columns
// about transfers cannot be emptied;
// add-ons are switched off instead, their value is "0". A value that says
// "(clear)" itself, or backslashes followed by it, is written with one more
// backslash in front; [EscapeCell] does that.
//
// A group cell holds one name or several, between semicolons or line breaks,
// or between commas when there is no semicolon:
//
//	A; B      joins both
//	+A; -B    joins A and leaves B
//	=A; B     makes these two the only groups
//	(clear)   leaves all groups
//
// Dashes, the minus sign and the full-width forms of the signs are read as the
// signs: spreadsheets and keyboards put them there unasked, and a leave that is
// taken for the name of a group is one that does not happen.
//
// A name that has a separator in it, or starts with a sign or a bracket,
// stands in double quotes, and quoted names are taken literally; see
// [Row.GroupEdit] and [JoinGroups].
//
// Row.Get gives these columns in their canonical form, which [Clean] makes
// too. What is not recognised stays as it was typed and is an issue.
//
//	UserType       basic, licensed, unassigned, none; read as Zoom's numbers
//	               1, 2, 4, 99 and as words of every header language
//	Licenses       the same when the products named say one of them
//	LargeMeeting   500, 1000, 3000, 5000, or 0 for off, or yes for the one
//	               capacity that the account has
//	Webinar        100, 500, 501, 1000, 1001, 3000, 5000, 10000, 0, yes
//	ZoomEvents     a capacity, 0, yes
//	TranslatedCaptions and the Transfer columns but TransferTo: yes, 0
//	Action         create, update, deactivate, activate, resend, withdraw,
//	               delete, unlink; read as words of every header language
//	Language       Zoom's code (fr-FR); read as other spellings and as names
//	Timezone       Zoom's id (Europe/Paris); read in any case, with blanks
//	PhoneNumber    [Mobile] +33 612345678; [Office] +1 4165550123 (CA); see
//	               [ParsePhones]
//
// # No header
//
// With Options.Positional, a file without a header whose first cell is an
// address is read by position: as the portal's import file, or as its update
// file when most of the fourth column is phone numbers. With Options.Update it
// is the update file as well when the fourth column is blank, or when most
// rows are wider than the import file. It must have three
// columns at least. Columns beyond the portal's are unknown ones; a few rows
// that are too wide are ragged.
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
// A file that Write made with a byte order mark, of the headers that
// [HeaderName] gives and of cells made by EscapeCell, [JoinGroups] and
// [FormatPhones], reads back whole, whatever the account holds: as many rows
// in the same order, and for every value v of a field f, Row.Get(f) is
// Clean(f, v). Issues there may be, about odd values; each names its field, so
// that a plan can drop those of cells that say what the account has.
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
//
// Phone numbers need their calling code. The country of the person, of the
// file or of the account would often be right, and silently wrong for the
// rest. The country of a number is the main one of its code unless the cell
// says another: telling Canada from the United States by the digits would
// change under people's hands as numbering plans do.
//
// Names of time zones are a list of our own that is part of the program; the
// machine may have no time zone data. Aliases stay what they are: an account
// that says Asia/Calcutta is not to be changed to Asia/Kolkata.
//
// A language code that Zoom does not document is a warning, since Zoom learns
// languages; Zoom refuses the value if it must.
package roster
