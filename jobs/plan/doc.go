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
// # Undo
//
// [Undo] makes the plan that takes back what a job did, of the job's changes, of what its ledger says was done of them
// ([Done]), and of the account as it is now. It has one change for each row of the job, with the same line and row. Its key is
// the address that the person has now, and Old and New of its fields are what the person has now and had before the job.
//
//	the job            now                            becomes
//	did nothing        -                              unchanged
//	changed somebody   as the job left them           update: fields, groups and licences as before
//	                   in part as it left them        update of that part, with undo_partly
//	                   changed since, or shut out     kept, undo_changed
//	                   as before                      unchanged
//	                   gone, or somebody else's id    kept, undo_gone
//	deactivated        inactive                       activate, with the user type and add-ons of before
//	                   let in since                   unchanged, or kept where they are others
//	activated          active                         deactivate
//	                   active, with a newer licence   kept, undo_changed
//	invited            invited                        withdraw
//	                   accepted                       irreversible, undo_activated
//	                   gone                           unchanged
//	added at once      there                          irreversible, undo_added
//	deleted, unlinked  gone                           irreversible, undo_removed
//	withdrew           gone                           irreversible, undo_withdrawn
//
// What the plan of the job did not see it cannot give back: such fields stay, with undo_unread. A field goes back only if it
// still has what the job wrote, so that nothing is overwritten which people did since. What taking a licence or access takes
// with it is recorded in [Change.Loses] when the first plan is made. An undo can be undone alike.
//
// [UndoRoster] says what has to be read of the account for it, and [Account.Recall] adds what only the first plan knows.
// TestPropertyUndone and TestPropertyHandEdits hold this against an account in memory.
//
// # Guards
//
// Rows that take the user type down, access or the address from an administrator are errors unless [Options.AllowAdmins]; from
// the owner they always are, and no row removes either. An undo leaves such people as they are, with undo_protected.
// [Plan.Touched], [Plan.Removed] and [Plan.People] are what limits on the part of the account compare.
//
// # Digest
//
// The digest is what people approve. It covers the account, the job that is undone, and for every change that writes
// something: the person, the action, each field with its old and new value, the groups that are joined and left by kind and
// id (by name while they have to be created), the user type, and the ids of divisions and attributes. It does not cover the
// mode, the order of the rows, line numbers, the words of issues, or the time: two files that ask for the same have the same
// digest. [Compare] tells row by row what sets two digests apart, and finds nothing exactly when they are the same.
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
//
// An undo leaves the order of somebody's groups, and with it the primary one, where Zoom puts it. Groups that the job created
// stay, since people may use them by now.
//
// Undoing an activation does nothing but deactivate, for the same reason as a row that shuts somebody out; the fields that stay
// are named. A licence that somebody else gave since keeps the person in.
//
// A licence is not taken back from somebody who got an add-on since: Zoom would take that with it.
//
// Somebody who was invited when a job sent the invitation again stays invited: they were before.
//
// Somebody who is gone after having been invited or added is as before, whoever it was who removed them.
//
// A deactivation reads the add-ons of licensed people, one call each, though it does not need them: without that an undo could
// not give them back, and the seats that become free would not be counted.
package plan
