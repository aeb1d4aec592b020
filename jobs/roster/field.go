package roster

import "slices"

// Field is the canonical key of a column: lower snake case, independent of the
// language and the spelling of the header. The set is open: a reader must
// expect keys that it does not know.
type Field string

// Columns of the portal's import file, plus the display name.
const (
	Email       Field = "email"
	FirstName   Field = "first_name"
	LastName    Field = "last_name"
	DisplayName Field = "display_name"
	Department  Field = "department"
	Manager     Field = "manager"
	UserGroup   Field = "user_group"
	ChatGroup   Field = "chat_group"
	JobTitle    Field = "job_title"
	Location    Field = "location"
)

// Columns that Zoom's API can write but the portal's import file lacks. Read
// recognises and cleans them; what is done with them is the plan's business.
const (
	Company      Field = "company"
	CostCenter   Field = "cost_center"
	PhoneNumber  Field = "phone_number"
	UserType     Field = "user_type"
	Licenses     Field = "licenses"
	LargeMeeting Field = "large_meeting"
	Webinar      Field = "webinar"
	Language     Field = "language"
	Timezone     Field = "timezone"
	Pronouns     Field = "pronouns"
	Division     Field = "division"
	Action       Field = "action"

	ZoomEvents         Field = "zoom_events"
	TranslatedCaptions Field = "translated_captions"
	// NewEmail is the address that a person gets in place of Email.
	NewEmail Field = "new_email"
)

// Columns of the portal's bulk delete file: who gets what the person of a row
// leaves, and what of it. They are for rows whose Action is delete or unlink.
const (
	TransferTo          Field = "transfer_to"
	TransferMeetings    Field = "transfer_meetings"
	TransferWebinars    Field = "transfer_webinars"
	TransferRecordings  Field = "transfer_recordings"
	TransferWhiteboards Field = "transfer_whiteboards"
	TransferClips       Field = "transfer_clips"
	TransferNotes       Field = "transfer_notes"
	TransferVisitors    Field = "transfer_visitors"
	TransferDocs        Field = "transfer_docs"
)

// TransferFields lists what can be handed over, without [TransferTo].
func TransferFields() []Field {
	return []Field{
		TransferMeetings, TransferWebinars, TransferRecordings, TransferWhiteboards, TransferClips, TransferNotes, TransferVisitors,
		TransferDocs,
	}
}

// Columns of the portal's files that are not written: Zoom's API cannot, or
// this product does not. Read recognises them, keeps their values and notes
// them with [IgnoredColumn].
const (
	// TransferEvents is in the portal's bulk delete file, and not in the API.
	TransferEvents Field = "transfer_events"

	Role              Field = "role"
	UserStatus        Field = "user_status"
	LoginType         Field = "login_type"
	LastLogin         Field = "last_login"
	LastClientVersion Field = "last_client_version"
	CreationDate      Field = "creation_date"
	PMI               Field = "pmi"
	UserID            Field = "user_id"
	EmployeeID        Field = "employee_id"
	Verified          Field = "verified"
)

// Columns that our own result files add. A result file can be corrected and
// read again; these columns then pass without an issue.
const (
	Result Field = "zoomusers_result"
	Detail Field = "zoomusers_detail"
)

// Headers of [Result] and [Detail], the same in every language.
const (
	ResultHeader = "zoomusers result"
	DetailHeader = "zoomusers detail"
)

// own reports whether f is a column of our result files.
func own(f Field) bool { return f == Result || f == Detail }

// Importable reports whether a file may set f. It is false for the columns
// that only the portal's export has, and for keys that this package does not
// know. Custom attributes are importable.
func Importable(f Field) bool {
	return f.isCustom() || slices.Contains([]Field{
		Email, FirstName, LastName, DisplayName, Department, Manager,
		UserGroup, ChatGroup, JobTitle, Location,
		Company, CostCenter, PhoneNumber, UserType, Licenses, LargeMeeting,
		Webinar, Language, Timezone, Pronouns, Division, Action,
		ZoomEvents, TranslatedCaptions, NewEmail, TransferTo,
	}, f) || slices.Contains(TransferFields(), f)
}

// Limit gives the greatest length of f in characters, 0 when there is none.
// The figures are those of Zoom's API; a group limit is for each name.
func Limit(f Field) int {
	return map[Field]int{
		FirstName: 64, LastName: 64, DisplayName: 128, Email: 128, NewEmail: 127, TransferTo: 128, Department: 128, JobTitle: 128, Manager: 128,
		UserGroup: 128, ChatGroup: 128, Location: 256, Company: 255,
	}[f]
}

// isAddress reports whether f holds one e-mail address, which is in lower case.
func isAddress(f Field) bool { return f == Email || f == NewEmail || f == TransferTo }

// isSwitch reports whether f is just on or off.
func isSwitch(f Field) bool {
	return f == TranslatedCaptions || slices.Contains(TransferFields(), f)
}

// chineseLimit gives the greatest number of Chinese characters in f, 0 when
// there is no such limit.
func chineseLimit(f Field) int {
	return map[Field]int{FirstName: 5, LastName: 5, DisplayName: 10}[f]
}
