package plan

import "github.com/zoomusers/zoomusers/jobs/roster"

// Codes of issues that only the account can tell.
const (
	// CodeUnknownGroup (error): the user group does not exist, or only groups whose names differ from it and from each other
	// in letter case alone. Params: group, nearest (names joined by "; ").
	CodeUnknownGroup roster.Code = "unknown_group"
	// CodeUnknownChatGroup (error): the same for a chat group. Params: group, nearest.
	CodeUnknownChatGroup roster.Code = "unknown_chat_group"
	// CodeChatGroupsUnavailable (warning, whole file): the account does not offer chat groups to the bot; the column is left
	// out.
	CodeChatGroupsUnavailable roster.Code = "chat_groups_unavailable"
	// CodeUnknownManager (warning): the manager is neither in the account nor in a usable row of the file. Params: manager.
	CodeUnknownManager roster.Code = "unknown_manager"
	// CodeExists (note): the person is already in the account as the row asks. Params: unread (comma separated fields that
	// the row names and that were not compared, because what was read of the account does not hold them); often absent.
	CodeExists roster.Code = "exists"
	// CodeExistsDiffers (note): the person is already in the account with other values. Params: fields (comma separated),
	// unread as above.
	CodeExistsDiffers roster.Code = "exists_differs"
	// CodeExistsPending (note): the person is invited and has not accepted.
	CodeExistsPending roster.Code = "exists_pending"
	// CodeExistsInactive (note): the person is in the account, deactivated.
	CodeExistsInactive roster.Code = "exists_inactive"
	// CodeNotEnoughSeats (warning, whole file): fewer seats are free than needed. Params: needed, free, short.
	CodeNotEnoughSeats roster.Code = "not_enough_seats"
	// CodeSeatsUnknown (note, whole file): Zoom did not tell how many seats are free.
	CodeSeatsUnknown roster.Code = "seats_unknown"
	// CodeDailyCap (note, whole file): the daily limit on new people spreads the work over days. Params: days, per_day.
	CodeDailyCap roster.Code = "daily_cap"
)

// Codes lists every code that Build can add beside those of [roster], for the catalogue of messages.
func Codes() []roster.Code {
	return []roster.Code{
		CodeUnknownGroup, CodeUnknownChatGroup, CodeChatGroupsUnavailable, CodeUnknownManager, CodeExists, CodeExistsDiffers,
		CodeExistsPending, CodeExistsInactive, CodeNotEnoughSeats, CodeSeatsUnknown, CodeDailyCap,
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
