package roster

// Code names a kind of issue or refusal. Codes are stable: they are stored and
// translated.
type Code string

// Issues of a row.
const (
	// MissingEmail: error, no params. The address is blank.
	MissingEmail Code = "missing_email"
	// MissingFirstName: error, no params.
	MissingFirstName Code = "missing_first_name"
	// MissingLastName: error, no params.
	MissingLastName Code = "missing_last_name"
	// MissingValue: error, no params. Another field that Options.Required
	// names is blank.
	MissingValue Code = "missing_value"
	// InvalidEmail: error; params reason: no_at, several_at, no_local,
	// no_domain, no_dot, space, bad_local, bad_domain, several_addresses. Suggestion: the
	// address with the usual slip mended.
	InvalidEmail Code = "invalid_email"
	// EmailTypo: warning; params domain (the one probably meant). The address
	// is well formed, but its domain looks like a slip of a well-known one or
	// of one that the file uses far more often. Suggestion: the address.
	EmailTypo Code = "email_typo"
	// DuplicateEmail: error; params first_line, first_row. An earlier row has
	// the same address with other values.
	DuplicateEmail Code = "duplicate_email"
	// DuplicateRow: error; params first_line, first_row. An earlier row says
	// exactly the same, so nothing is lost by leaving this one out.
	DuplicateRow Code = "duplicate_row"
	// TooLong: error; params max, length, and name when it is one group of
	// several. Suggestion: none.
	TooLong Code = "too_long"
	// TooManyChinese: error; params max, count. Zoom takes 5 Chinese
	// characters in a first or last name and 10 in a display name.
	TooManyChinese Code = "too_many_chinese"
	// InvalidManager: error; params reason as for invalid_email. The manager
	// is written as an address but is none.
	InvalidManager Code = "invalid_manager"
	// SelfManager: warning, no params. The manager is the person.
	SelfManager Code = "self_manager"
	// ControlCharacter: error; params character (U+0007), count. Suggestion:
	// the value without them.
	ControlCharacter Code = "control_character"
	// SpreadsheetError: error; params text (#REF!). The spreadsheet saved an
	// error in place of a value.
	SpreadsheetError Code = "spreadsheet_error"
	// ScientificNotation: error, no params. A spreadsheet turned a long
	// number into 3.36E+10 and lost digits.
	ScientificNotation Code = "scientific_notation"
	// Formula: note, no params. The cell looks like a formula; it is taken as
	// text.
	Formula Code = "formula"
	// GarbledText: warning, no params. UTF-8 was once read as Windows-1252
	// (Ã© for é). Suggestion: the text mended.
	GarbledText Code = "garbled_text"
	// RaggedRow: error; params cells, columns. The row has more filled cells
	// than the header. Suggestion: the line with the quotes it probably lacks.
	RaggedRow Code = "ragged_row"
	// BadQuote: params kind. Kind unterminated: error, a quote was opened and
	// not closed; the row was read up to the end of its line. Kind unescaped:
	// warning, a quote inside a quoted cell was not doubled. Kind bare:
	// warning, a quote in an unquoted cell. Kind spanning: error, a quoted cell
	// looks as if it had swallowed whole lines, though the file is well formed.
	// Param at_line is the line of the quote.
	BadQuote Code = "bad_quote"
	// BadEncoding: error; params kind (invalid: bytes that the encoding does
	// not have; lost: the file already has U+FFFD in place of a character),
	// at_line, at_column (1-based, in characters), count, and byte (0x81) of
	// the first when known.
	BadEncoding Code = "bad_encoding"
	// CannotClear: error, no params. The cell has [ClearMarker] in a column
	// that every person needs.
	CannotClear Code = "cannot_clear"
	// InvalidGroups: error; params kind and name. Kind no_name: a sign (the
	// name) has nothing after it. Kind join_and_leave: the group is joined and
	// left. Kind replace_and_leave: the cell starts with = and also leaves a
	// group. Kind late_equals: an = stands before another than the first name.
	// Kind clear_and_names: the marker stands among names.
	InvalidGroups Code = "invalid_groups"
	// UnknownUserType: error, no params. Suggestion: the nearest user type.
	UnknownUserType Code = "unknown_user_type"
	// UnknownLicenses: warning; params name. A licence of the column Licenses
	// says no user type; it is left as it is in the account.
	UnknownLicenses Code = "unknown_licenses"
	// TypesDiffer: error; params type (that of the column UserType), licences
	// (that of Licenses), both as Row.UserType has them. The two columns
	// contradict each other.
	TypesDiffer Code = "types_differ"
	// UnknownCapacity: error; params allowed (the capacities,
	// comma-separated). The cell of an add-on says no capacity that Zoom has.
	UnknownCapacity Code = "unknown_capacity"
	// UnknownSwitch: error; params kind sized where a capacity would do too.
	// The cell of a column that takes yes or no says neither.
	UnknownSwitch Code = "unknown_switch"
	// UnknownAction: error, no params. Suggestion: the nearest action.
	UnknownAction Code = "unknown_action"
	// UnknownLanguage: error, or warning when it is a language code that Zoom
	// does not document; no params. Suggestion: the nearest code.
	UnknownLanguage Code = "unknown_language"
	// UnknownTimezone: error, no params. Suggestion: the nearest id.
	UnknownTimezone Code = "unknown_timezone"
	// InvalidPhone: error; params kind: no_country, unknown_country,
	// country_mismatch, too_short, too_long, extension, characters,
	// unknown_label; and number, the one of the cell that is wrong.
	InvalidPhone Code = "invalid_phone"
	// TooManyPhones: error; params max, count.
	TooManyPhones Code = "too_many_phones"
)

// Issues of the header or of the file.
const (
	// UnknownColumn: warning, no params. Suggestion: the nearest known header.
	UnknownColumn Code = "unknown_column"
	// DuplicateColumn: warning; params first (header), first_column (1-based
	// position). The first one counts.
	DuplicateColumn Code = "duplicate_column"
	// IgnoredColumn: note, no params. A column of the portal's files that
	// cannot be imported.
	IgnoredColumn Code = "ignored_column"
	// SkippedLines: note; params count. Lines before the header were left out.
	SkippedLines Code = "skipped_lines"
	// TotalsLine: note, no params. A line of totals was left out.
	TotalsLine Code = "totals_line"
	// WrappedLines: note, no params. Every line was one quoted cell; the
	// lines were unwrapped.
	WrappedLines Code = "wrapped_lines"
	// PositionalHeader: warning; params columns (canonical keys,
	// comma-separated). The file has no header; its columns were taken by
	// position.
	PositionalHeader Code = "positional_header"
)

// Reasons to refuse a file whole. MissingColumn is one of them; its sisters
// below never stand in Roster.Issues.
const (
	// MissingColumn: params columns (canonical keys, comma-separated), headers
	// (those of the file, comma-separated). RefusedError.Issues has the
	// unknown columns with their suggestions.
	MissingColumn Code = "missing_column"
	// NoHeader: params line. The first line is no header; param data is true
	// when it looks like a row of people.
	NoHeader Code = "no_header"
	// EmptyFile: no params. There is nothing in the file but blanks.
	EmptyFile Code = "empty_file"
	// NoRows: no params. There is a header and nothing under it.
	NoRows Code = "no_rows"
	// TooManyRows: params max, rows.
	TooManyRows Code = "too_many_rows"
	// TooManyColumns: params max.
	TooManyColumns Code = "too_many_columns"
	// TooLarge: params max, size (bytes).
	TooLarge Code = "too_large"
	// NotCSV: params kind: xls, xlsb, ods, numbers, docx, pptx, zip, pdf, html, xml, json, rtf,
	// gzip, image, binary.
	NotCSV Code = "not_csv"
	// Undecodable: params encoding. The bytes are of no known encoding.
	Undecodable Code = "undecodable"
)

// Codes lists every code, for message catalogues and their tests.
func Codes() []Code {
	return append([]Code{
		MissingEmail, MissingFirstName, MissingLastName, MissingValue,
		InvalidEmail, EmailTypo, DuplicateEmail, DuplicateRow, TooLong,
		TooManyChinese, InvalidManager, SelfManager, ControlCharacter,
		SpreadsheetError, ScientificNotation, Formula, GarbledText, RaggedRow,
		BadQuote, BadEncoding, CannotClear, InvalidGroups, UnknownUserType,
		UnknownLicenses, TypesDiffer, UnknownCapacity, UnknownSwitch, UnknownAction, UnknownLanguage,
		UnknownTimezone, InvalidPhone, TooManyPhones,
		UnknownColumn, DuplicateColumn, IgnoredColumn, SkippedLines,
		TotalsLine, WrappedLines, PositionalHeader,
		MissingColumn, NoHeader, EmptyFile, NoRows, TooManyRows,
		TooManyColumns, TooLarge, NotCSV, Undecodable,
	}, workbookCodes()...)
}
