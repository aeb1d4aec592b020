package plan

import "github.com/zoomusers/zoomusers/jobs/roster"

// Codes of issues that only the account can tell. Params are of the form that [roster.Issue] describes; "fields" are keys
// of fields, comma separated, and "nearest" are names joined by "; ".
const (
	// CodeUnknownGroup (error; a warning about a group to leave where groups are created): the user group does not exist, or
	// only groups whose names differ from it and from each other in letter case alone. Value is the name in the file. Params:
	// group (after [Options.GroupNames]), nearest.
	CodeUnknownGroup roster.Code = "unknown_group"
	// CodeUnknownChatGroup (error): the same for a chat group. Params: group, nearest.
	CodeUnknownChatGroup roster.Code = "unknown_chat_group"
	// CodeChatGroupsUnavailable (warning, whole file): the account does not offer chat groups to the bot; the column is left
	// out.
	CodeChatGroupsUnavailable roster.Code = "chat_groups_unavailable"
	// CodeUnknownManager (warning): the manager is neither in the account nor in a usable row of the file. Params: manager.
	CodeUnknownManager roster.Code = "unknown_manager"
	// CodeManagerLeaves (warning): the file deletes, unlinks or deactivates the manager whom the row names. Params: manager.
	CodeManagerLeaves roster.Code = "manager_leaves"
	// CodeUnknownDivision (error): the account has no such division. Params: division, nearest.
	CodeUnknownDivision roster.Code = "unknown_division"
	// CodeDivisionsUnavailable (warning, whole file): the account does not offer divisions to the bot; the column is left out.
	CodeDivisionsUnavailable roster.Code = "divisions_unavailable"
	// CodeUnknownAttribute (warning, whole file): nobody has such an attribute; the column is left out. Suggestion is a
	// header. Params: attribute, nearest.
	CodeUnknownAttribute roster.Code = "unknown_attribute"

	// CodeExists (note): the person is already in the account as the row asks. Params: unread (fields that the row names and
	// that were not compared, because what was read of the account does not hold them); often absent.
	CodeExists roster.Code = "exists"
	// CodeExistsDiffers (note): the person is already in the account with other values, and an import leaves them. Params:
	// fields, unread as above.
	CodeExistsDiffers roster.Code = "exists_differs"
	// CodeExistsPending (note; a warning when the row asks for something): the person is invited and has not accepted. Params:
	// kind update when the file might change people, then also fields.
	CodeExistsPending roster.Code = "exists_pending"
	// CodeExistsInactive (note; a warning when the row asks for something): the person is in the account, deactivated. Params
	// as for CodeExistsPending.
	CodeExistsInactive roster.Code = "exists_inactive"
	// CodeAbsent (warning; a note for an invitation that is to be withdrawn): nobody in the account has the address, and the
	// row does not add people. Suggestion is an address that differs by a slip. Params: nearest.
	CodeAbsent roster.Code = "absent"
	// CodeNotCompared (note): fields are written without having been compared with the account. Params: fields.
	CodeNotCompared roster.Code = "not_compared"

	// CodeExistsForCreate (error): the row asks to create somebody who is there. Params: status (Zoom's).
	CodeExistsForCreate roster.Code = "exists_for_create"
	// CodeActionNotAllowed (error): the mode of the file forbids the action. Params: action, kind (import or update).
	CodeActionNotAllowed roster.Code = "action_not_allowed"
	// CodeRowsContradict (error): several rows are about the person and ask for different actions, so that none of them is
	// used. Params: lines (of the others, joined by ", "; the first five), actions (joined by ", ", a blank one as what
	// the mode of the file makes of it).
	CodeRowsContradict roster.Code = "rows_contradict"
	// CodeCannotDeactivate (error): params kind: pending (the invitation can be withdrawn instead).
	CodeCannotDeactivate roster.Code = "cannot_deactivate"
	// CodeProtectedAdmin (error): the row takes the user type down, access or the address from an administrator, and the
	// settings do not let a file do that; see [Options.AllowAdmins]. Params: field (user_type, status or new_email).
	CodeProtectedAdmin roster.Code = "protected_admin"
	// CodeProtectedOwner (error): the same for the owner, which no setting allows. Params: field.
	CodeProtectedOwner roster.Code = "protected_owner"
	// CodeDeleteNotAllowed (error): the settings do not let a file delete or unlink anybody; see [Options.AllowDelete].
	// Params: action.
	CodeDeleteNotAllowed roster.Code = "delete_not_allowed"
	// CodeCannotDelete (error): params action; kind: pending (the invitation can be withdrawn instead), owner, admin, or unknown
	// when Zoom did not tell the person's id.
	CodeCannotDelete roster.Code = "cannot_delete"
	// CodeTransferTo (error): whoever is to get the data cannot. Params kind: nobody (something is to be transferred and no
	// receiver named), self, absent, inactive (or only invited), leaves (the file removes or deactivates them), moves (the
	// file changes their address). A warning with kind nothing: a receiver is named, and nothing to transfer.
	CodeTransferTo roster.Code = "transfer_to"
	// CodeTransferIdle (warning, whole file): rows say what is to be transferred, and delete nobody.
	CodeTransferIdle roster.Code = "transfer_idle"
	// CodeNewEmail (error): the person cannot get the address. Params kind: adds (the row adds somebody), twice (several rows
	// give it), row (another row is about that address), freed (another row would free it first), taken (somebody has it).
	CodeNewEmail roster.Code = "new_email"
	// CodeNothingToDo (note): what the Action column asks for is so already, or cannot be done for somebody of that status.
	// Params: kind (deactivate, resend, withdraw; new_email where somebody has the new address), status (Zoom's).
	CodeNothingToDo roster.Code = "nothing_to_do"
	// CodeOtherCells (note): the row shuts somebody out or withdraws an invitation, so its other cells, which say something
	// else than the account, are not written. Params: fields.
	CodeOtherCells roster.Code = "other_cells"

	// CodeNeedsLicence (error; a warning about the whole file with kind chosen): an add-on is asked for somebody whose user
	// type is not licensed. Params: fields (the add-on), type (a name of a user type).
	CodeNeedsLicence roster.Code = "needs_licence"
	// CodeNoSuchCapacity (error; a warning about the whole file for what was chosen): the account does not have the add-on in
	// that capacity. Params: fields (the add-on), capacity, capacities (comma separated); kind none when the account has no
	// such add-on, several when a capacity has to be named, unsized when Zoom did not tell which there are.
	CodeNoSuchCapacity roster.Code = "no_such_capacity"
	// CodeTypeNeedsSSO (error): people with the user type none can only be added by single sign-on.
	CodeTypeNeedsSSO roster.Code = "type_needs_sso"
	// CodeLicenceTaken (warning): the row takes the licence away, which frees the seats of all the person's licences. Params:
	// licences (comma separated); kind add_ons and fields when add-ons go with it.
	CodeLicenceTaken roster.Code = "licence_taken"
	// CodeAdmin (warning): the row changes an owner or administrator. Params: role (Zoom's id).
	CodeAdmin roster.Code = "admin"
	// CodeRole (warning): the row takes the licence, the access or the address from somebody with a role that the account
	// has made itself and that may give rights to administer it. Params: role (Zoom's id).
	CodeRole roster.Code = "own_role"

	// CodeNotEnoughSeats (warning, whole file): fewer seats are free than needed. Params: licence, needed, free (with those
	// that the file frees), freed, short; kind add_on, fields and capacity for add-ons.
	CodeNotEnoughSeats roster.Code = "not_enough_seats"
	// CodeSeatsUnknown (note, whole file): Zoom did not tell how many seats are free.
	CodeSeatsUnknown roster.Code = "seats_unknown"
	// CodeDailyCap (note, whole file): the daily limit on new people spreads the work over days. Params: days, per_day, left
	// (of today).
	CodeDailyCap roster.Code = "daily_cap"
	// CodeTouchesMany (warning, whole file): more than a fifth of the active people are changed or shut out. Params: touched,
	// people, percent.
	CodeTouchesMany roster.Code = "touches_many"
	// CodeTouchesAdmins (warning, whole file): owners or administrators are changed. Params: count.
	CodeTouchesAdmins roster.Code = "touches_admins"
	// CodeTakesLicences (warning, whole file): people lose the licence. Params: count.
	CodeTakesLicences roster.Code = "takes_licences"
)

// Codes of issues of a plan that undoes a job; see [Undo].
const (
	// CodeUndoChanged (warning, of [VerdictKept]): somebody changed what the job wrote since, so nothing is taken back. Params:
	// fields ([roster.UserStatus] where the person was shut out, let in or invited anew since).
	CodeUndoChanged roster.Code = "undo_changed"
	// CodeUndoGone (warning, of [VerdictKept]): the person is not in the account any more, or somebody else has the address.
	CodeUndoGone roster.Code = "undo_gone"
	// CodeUndoActivated (warning, of [VerdictIrreversible]): the invited person has accepted.
	CodeUndoActivated roster.Code = "undo_activated"
	// CodeUndoAdded (warning, of [VerdictIrreversible]): the person was added at once, not invited.
	CodeUndoAdded roster.Code = "undo_added"
	// CodeUndoRemoved (warning, of [VerdictIrreversible]): the person was deleted or unlinked.
	CodeUndoRemoved roster.Code = "undo_removed"
	// CodeUndoWithdrawn (warning, of [VerdictIrreversible]): the invitation was taken back; it can be sent again.
	CodeUndoWithdrawn roster.Code = "undo_withdrawn"
	// CodeUndoProtected (warning, of [VerdictIrreversible]): taking it back would take the user type down, access or the address
	// from somebody who runs the account. Params: field (user_type, status or new_email), role (Zoom's id).
	CodeUndoProtected roster.Code = "undo_protected"
	// CodeUndoUnread (note; a warning where nothing else can be taken back): what these fields were before was not read, or
	// cannot be written, so they stay. Params: fields.
	CodeUndoUnread roster.Code = "undo_unread"
	// CodeUndoPartly (note): these fields were changed since and stay, while others go back. Params: fields. With kind
	// deactivate nobody changed them: they stay because the person is shut out again and nothing else is done about them.
	CodeUndoPartly roster.Code = "undo_partly"
)

// Codes lists every code that Build and Undo can add beside those of [roster], for the catalogue of messages.
func Codes() []roster.Code {
	return []roster.Code{
		CodeUnknownGroup, CodeUnknownChatGroup, CodeChatGroupsUnavailable, CodeUnknownManager, CodeManagerLeaves, CodeUnknownDivision,
		CodeDivisionsUnavailable, CodeUnknownAttribute, CodeExists, CodeExistsDiffers, CodeExistsPending, CodeExistsInactive,
		CodeAbsent, CodeNotCompared, CodeExistsForCreate, CodeActionNotAllowed, CodeCannotDeactivate,
		CodeDeleteNotAllowed, CodeCannotDelete, CodeTransferTo, CodeTransferIdle, CodeNewEmail, CodeNothingToDo, CodeOtherCells,
		CodeNeedsLicence, CodeNoSuchCapacity, CodeTypeNeedsSSO, CodeLicenceTaken, CodeAdmin, CodeRole, CodeRowsContradict,
		CodeNotEnoughSeats, CodeSeatsUnknown, CodeDailyCap, CodeTouchesMany, CodeTouchesAdmins, CodeTakesLicences,
		CodeProtectedAdmin, CodeProtectedOwner, CodeUndoChanged, CodeUndoGone, CodeUndoActivated, CodeUndoAdded, CodeUndoRemoved,
		CodeUndoWithdrawn, CodeUndoProtected, CodeUndoUnread, CodeUndoPartly,
	}
}

// maxValueRunes is the length to which values in issues are cut, as [roster.Issue] promises.
const maxValueRunes = 80

// shorten cuts s to maxValueRunes characters, the last one an ellipsis.
func shorten(s string) string {
	if len(s) <= maxValueRunes {
		return s
	}
	n, cut := 0, 0
	for i := range s {
		n++
		if n == maxValueRunes {
			cut = i
		}
		if n > maxValueRunes {
			return s[:cut] + "…"
		}
	}
	return s
}
