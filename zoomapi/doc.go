// Package zoomapi is a client of Zoom's user administration: users, groups,
// chat groups, contact groups, divisions, licences and the plan they come from.
//
// A [Client] speaks for one Zoom account through a Server-to-Server OAuth app.
// It is safe for concurrent use and imports nothing else of this module.
//
// # Reading
//
// Lists are [iter.Seq2] values. A list is read to its end and checked before
// the first element is yielded: the number of rows must equal the total that
// Zoom reported, no row may appear twice and no page token may come back. A
// list that fails the check, or whose page token expired, is read again once;
// if it fails again the iterator yields a [*ListingError] and nothing else.
// Reads are repeated on network errors, truncated answers, 408, 425 and 5xx
// with exponential, jittered waits, [Options.MaxAttempts] times in all.
//
// # Writing
//
// A write is sent again only when it is certain that Zoom did not execute it:
// the connection was never made, Zoom refused it with 429 (per second or
// concurrency), or Zoom refused the token (once, with a new one). A write
// whose result cannot be known (time-out or reset after sending, truncated
// answer, 5xx) returns an [*UnknownOutcomeError]; the caller must read Zoom
// before it decides anything.
//
// # Errors
//
// Every refusal by Zoom is an [*Error], whatever the HTTP status: Zoom also
// refuses with 200 and a code in the body. [Error.Is] matches the sentinels
// of this package and [Error.Class] says what to do next. No error text holds
// an address of a person, a token, a secret or a URL: addresses are replaced
// by "[address]" as soon as a message is read, paths appear as patterns.
//
// What Zoom documents as too long, too many or not one of its words is refused
// here with [ErrInvalid] before anything is sent, since Zoom refuses the whole
// request for one such field.
//
// # Webhooks
//
// [WebhookHandler] receives what Zoom posts about people: it checks the
// signature and its age, proves the secret when Zoom asks, drops what comes
// twice, answers within Zoom's three seconds, and tells a callback. An event is
// a hint to look sooner, never a fact to act on: some are lost, some come late.
//
// # Limits
//
// Every call names its rate class and waits for the [Pacer] before it leaves.
// The default pacer keeps the calls of one process evenly apart, so that no
// window of one second, however it is placed, holds more than the share of
// the account's limit that [Options] grants. A daily limit is not waited for:
// it comes back as an [*Error] that matches [ErrDailyLimit] and says in
// RetryAfter when to go on.
//
// # Decisions
//
// The api_url in the token's answer is not used: where requests go is decided
// by [Options.BaseURL] alone, so an answer can never redirect a token.
// Redirects are not followed for the same reason.
//
// Lists are held in memory before they are yielded, since a caller that acts
// on the first page of a list that later proves wrong cannot take it back.
//
// A 404 counts as [ErrNotFound] only when its body is a JSON object, as all
// of Zoom's are. A 404 from a proxy or a wrong base URL must not look like an
// account without users.
//
// An answer to a members call that has no list of ids says nothing about
// anyone being left out, so all asked-for members are returned as added.
//
// A webhook that asks for the proof of the secret must be signed like any
// other, and what is to be signed must look like Zoom's tokens. Else anybody
// could have a forged event signed by asking for its proof.
//
// The pacer aims at 97 % of the granted rate: the rest absorbs the jitter of
// the network, which moves calls closer together than they left.
package zoomapi
