// Package plan computes what has to change so that a Zoom account holds what a roster asks for.
//
// [Build] is a pure function of a [roster.Roster], an [Account] (what was read from Zoom) and [Options]. Its result, a
// [Plan], is data: it is stored, shown, approved by its digest and later carried out, possibly by another process.
//
//	roster (what should be) ─┐
//	                         ├─► Build ─► Plan{Changes, Counts, Seats, NewGroups, Cost, Digest}
//	account (what is) ───────┘
//
// Every row of the roster has exactly one [Change], in the order of the file, also the rows that change nothing or cannot
// be used; so counting the changes by [Verdict] always adds up to the rows of the file.
//
// # Modes and actions
//
// What is done about a row follows from where its person stands, from the mode of the file and from its Action cell:
//
//	                 not there   active     pending            inactive
//	mode import      create      leave      leave              leave
//	mode update      absent      update     leave              leave
//	mode auto        create      update     leave              leave
//	create           create      error      error              error
//	update           absent      update     leave              leave
//	activate         absent      update     leave              activate, update
//	deactivate       absent      deactivate error              nothing to do
//	resend           invite      nothing    invite again       nothing
//	withdraw         absent      nothing    take back          nothing
//	delete, unlink   absent      remove     error              remove
//
// An Action cell counts for its row in mode auto. An import takes no action but create, an update every action but that.
// Nobody is removed unless [Options.AllowDelete] says so, and the owner and administrators never are. A blank cell keeps what is there; [roster.ClearMarker] empties it.
//
// # Comparing
//
// A cell is compared with what an export would write for the person and would read back; see [Account.Cell] and
// [Account.Current]. So a file that was exported and comes back asks for nothing, whatever the account holds, and issues of
// the roster about a value that the account has already are dropped: it cannot be wrong enough to leave its row out. Issues
// about the row as a whole stay. Letter case is a difference; the order of phone numbers is none. A manager may be an address
// on one side and that person's display name on the other. Groups and divisions are found by their exact name, else by the
// only name that differs in letter case and blanks alone.
//
// What was not read of a person is not compared: an import names it in the issue about the row, an update writes it and marks
// the change as [FieldChange.Unread].
//
// # Digest
//
// The digest is what people approve. It covers the account, and for every change that writes something: the person, the
// action, each field with its old and new value, the groups that are joined and left by kind and id (by name while they have
// to be created), the user type, and the ids of divisions and attributes. It does not cover the mode, the order of the rows,
// line numbers, the words of issues, or the time: two files that ask for the same have the same digest.
//
// # Seats
//
// [Plan.Seats] compares the licences that people hold before and after, so that taking and giving cancel out where the same
// person keeps a licence. Invitations hold a seat, and one that is sent again is counted as freed and needed. Whoever loses
// the base licence, or is shut out, loses the add-ons with it. Work that frees seats ([Change.Frees]) has to come first.
//
// # Decisions
//
// A row that names a group which does not exist is left out with an error instead of being created without the group: the
// forgotten group would be noticed by nobody. [Options.CreateGroups] is the way to have it.
//
// People who are already in the account are left as they are by an import; the plan says whether the file would differ
// and in which fields.
//
// People who are only invited are not changed, since Zoom forgets what it is told about them; inviting them again is
// possible, and keeps what the list of invited people shows of the first invitation.
//
// A row with a new address never adds anybody: where nobody has the old one, somebody with the new one has been changed
// before, and somebody without either is absent. Two rows that change and take the same address are errors, since no order
// of the calls is safe for both.
//
// Whoever gets the data of somebody who is deleted has to be there, active, and left alone by the file: a deletion whose
// data has nowhere to go cannot be mended.
//
// Rows that shut somebody out do nothing else. Changing and deactivating a person in one step would leave the account in a
// state that nobody has seen when the second step fails.
//
// An add-on for somebody without the licence is an error and not an upgrade: a licence costs money.
//
// A user type or capacity that a row says wins over what was chosen for the whole file.
//
// A display name that is cleared counts as cleared when it is the one that Zoom makes of the names.
//
// Somebody whom nobody knows is looked for by single slips of the pen instead of by distance to everybody: that takes a few
// thousand look-ups however large the account is.
//
// A second row for one person is an error here too, though reading a file already reports it: no roster, however it was
// made, may write somebody twice. Where the rows of a person ask for different actions, none of them is used: which of a
// deletion and an update is meant cannot be told by which stands first.
//
// A group cell with a fault is an error even where everything that could be read of it is so already: what could not be read
// may ask for more.
package plan
