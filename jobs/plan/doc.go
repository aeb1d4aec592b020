// Package plan computes what has to change so that a Zoom account holds what a roster asks for.
//
// [Build] is a pure function of a [roster.Roster], an [Account] (what was read from Zoom) and [Options]. Its result, a
// [Plan], is data: it is stored, shown, approved by its digest and later carried out, possibly by another process.
//
//	roster (what should be) ─┐
//	                         ├─► Build ─► Plan{Changes, Counts, Seats, Cost, Digest}
//	account (what is) ───────┘
//
// Every row of the roster has exactly one [Change], in the order of the file, also the rows that change nothing or cannot
// be used; so counting the changes by [Verdict] always adds up to the rows of the file.
//
// # Digest
//
// The digest is what people approve. It covers the account, and for every change that writes something: the person, the
// action, each field with its old and new value, the groups by id, and the user type. It does not cover the order of the
// rows, line numbers, the words of issues, or the time: two files that ask for the same have the same digest.
//
// # Comparing
//
// What Zoom holds is tidied as the cells of a file are before the two are compared, so blanks, invisible characters and
// the two ways to write an accent are no difference; letter case is one. A manager may be an address on one side and that
// person's display name on the other. Groups are found by their exact name, else by the only name that differs in letter
// case and blanks alone. What was not read of a person is not compared, and the issue about the row names it.
//
// # Decisions
//
// A row that names a group which does not exist is left out with an error instead of being created without the group: an
// import never touches people who are already there, so the forgotten group could not be caught up by posting the file
// again.
//
// People who are already in the account are left as they are by an import; the plan says whether the file would differ
// and in which fields.
//
// A column that an import does not write, such as a user type for each row, is warned about when it holds anything: the
// type is chosen for the whole file, and a cell that silently does nothing would be believed.
//
// A second row for one person is an error here too, though reading a file already reports it: no roster, however it was
// made, may add somebody twice.
package plan
