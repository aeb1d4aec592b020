// Package text holds every word that the product says to people, in the reader's language.
//
// A [Catalogue] is read once from the JSON files beside this text and hands out a [Printer] for each language:
//
//	catalogue, err := text.New()
//	p := catalogue.For("fr-FR")
//	p.T("ui.card.title", "name", "roster.csv")
//	p.Issue(issue)
//
// Everything below jobs speaks in codes and parameters ([roster.Issue], [jobs.Reason], [jobs.Failure], …); here they become
// sentences. The texts of the domain are plain: no markup, nothing escaped; those of the Slack surface may carry the marks
// * and ` of mrkdwn, the same ones in every language. Values from files and from Zoom are passed through unchanged, so
// whoever shows a text must escape it for where it goes.
//
// # Files
//
// active.<language>.json has the words of the domain, ui.<language>.json those of the Slack surface. Keys are flat and
// dotted; a value is a text or an object of plural forms ("one", "other"):
//
//	issue.<code>, issue.<code>.<kind>   what is wrong with a value; <code> is a roster.Code
//	suggest.value, suggest.<code>       what was probably meant
//	reason.<code>                       why a job was refused, stopped or waits; a jobs.ReasonCode
//	failure.<reason>                    why Zoom did not take a row; a jobs.FailureReason. With ".later", ".profile" or
//	                                    ".groups": the words for when the person is in the account already
//	error.<name>                        why a request of a person was not carried out
//	kind.…, word.action.…, word.status.…      what a file may do, what its Action column says, the state of a person
//	value.…, change.…, licence.…, measured.…  values of plans, and how they change
//	control.…, undo.…, limits.…         what is said about pausing, undoing and trying again, and about Zoom's limits
//	state.…, outcome.…, verdict.…, severity.…, field.…, user_type.…   names
//
// A placeholder is {{.name}}. Conditions are not used: where a sentence depends on a value it is a message of its own, so
// that a translator sees whole sentences.
//
// # Decisions
//
// Every language has every message; the tests see to it. Should one be missing all the same, it is given in English rather
// than not at all.
//
// The labels of the two decisive buttons are not here: they are the same in every language, so that people can talk about
// them. Amounts that come without a plural form stand after a colon ("People to add: 1"), where every number is right.
//
// Zoom's own names (the user types, the headers of its import file) are those of Zoom's help pages in each language, since
// people look for them in Zoom's portal. The reader of rosters accepts every name of a field as a header.
//
// Numbers that count are grouped as the language does; numbers of lines and rows are not, since people type them into an
// editor.
package text
