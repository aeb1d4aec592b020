// Package bot is the Slack front of zoomusers: it takes files, shows dry runs, asks for approvals and reports.
//
// What comes from Slack arrives over Socket Mode or signed HTTP and ends in the same three functions: events, commands and
// interactions. An event is acknowledged as soon as what it asks for is recorded; Slack delivers again what was not
// acknowledged, and a delivery that was recorded before is recognised. Nothing slow happens before an acknowledgement,
// but for the deletion of a message while a card is being posted: that waits, within the time of an acknowledgement, until it is
// known where the card stands.
//
// # What people see of a job
//
// Every job has one card, edited in place, in the thread of the file or, for a file handed in by a modal, in the channel.
// Its metadata ([CardEvent]) carry the job's id, kind, state and digest. The card is always drawn from the stored job
// ([Bot.Announce]), so that any process can bring it up to date after a restart. Result files follow in the thread.
//
// While nothing has been done, the requester and approvers can choose on the card what the file may do and what new people
// get, agree to suggestions for headers and groups, have missing groups created, and confirm the columns of a file without a
// header. Each of that makes the plan anew in place, with a new digest, so that buttons of the plan before are void; its plan
// file takes the place of the one before. Pressing twice is one effect.
//
// # Steering
//
// A job that was approved can be paused, resumed and stopped on its card and by command, by its requester and by approvers.
// The card says who lets it rest and since when, for which other job it waits, or how much of the day's limits is used. One
// that a guard has halted shows why rows failed, since its result files come only at its end; resuming it asks first.
//
// An ended job can be tried again for the rows that did not go through, and taken back. Both make a job of its own, whose
// card stands in the same thread and which is approved like any other; the cards link to each other. Presses of one button
// are one wish until the job that came of them is over. Whoever asks for it from outside a direct message of somebody else
// gets the card directly. A job that was taken back says so, offers none of it any more, and reports nothing more of its
// people: what becomes of them is not its doing.
//
// The card of a job that waits for another says how that one stands, and is drawn again when that changes: the other may rest
// until somebody resumes it.
//
// An expired plan is made anew by a button, or by a late approval: if it comes out the same, the job goes on, else the card
// says row by row what is different and asks again. The plan file then has a column with what was planned before.
//
// The files of an undo have the columns of the first job's file. Posting one would do that job again, so that none is named
// failed.csv and each comment says so.
//
// # Rights
//
// Buttons can be pressed by everybody who sees them, so every click is judged on the server at its moment: the approvers
// of the configuration, named by user id, e-mail address or user group, without guests and people of other
// organisations. What cannot be looked up counts as no.
//
// # Once
//
// Before a message is posted or a file uploaded, the job remembers that it is about to be, and afterwards that it is. After
// a crash between the two the conversation is searched: messages are recognised by their metadata, files by their title,
// which holds the job id. Cards that ask approvers by direct message are the exception: at worst one of them comes twice.
//
// # Places
//
// A job whose channel the bot cannot write to any more (archived, removed, or a form filled in where the bot never was) goes
// on in a direct message to its requester. A Slack that refuses the blocks of a card gets its sentence and its
// buttons.
//
// The card of an open job that somebody deleted is posted again as soon as Slack tells of that, or when the card is to be
// edited, or when somebody asks for the job; so is the card of an approver who was asked directly. Only what announces a job
// posts its card. What deletes a card every time, as a guard against leaks may, is not fought: after some deletions it comes
// back only when somebody asks.
//
// Approvers do not see the direct messages of requesters: each of them gets a card and the plan of their own.
//
// # Decisions
//
// Approve and Reject are labelled in English in every language, since others script against the labels.
//
// With no channels configured the bot takes files in every channel that it was invited to: an invitation is a decision,
// and nothing happens without an approver. With no approvers configured nobody can approve.
//
// Whoever decides is looked up at that moment, with nothing remembered, and who cannot be looked up has no right. Requesters
// are only kept out when Slack says that they are guests or strangers: the approver is who guards the account.
//
// No button takes back an undo. What it withdrew or shut out does not come back by that, so a file says better what is wanted;
// by command it can still be asked for.
//
// People who were invited and not waited for any more are neither done nor failed: their rows have an outcome and a file of
// their own.
//
// Texts are sent as verbatim, so that Slack makes mentions and links of nothing that came from a file.
package bot
