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
// The pacer of this package keeps calls evenly apart, so that no window of one
// second, however it is placed, holds more than the share of the account's
// limit that [Options] grants. Callers of different flows, as named by
// [WithFlow], take turns: how long one waits depends on how many flows there
// are and not on how much the others have to do. What waits takes up none of
// the slots of [Options.Concurrency].
//
// Places and daily counts come from a [Meter]: the memory of the process, or
// Redis (package zoomredis) for all processes of an account. A meter that
// cannot be reached for ten seconds is an error that matches [ErrUnreachable];
// nothing is sent without it.
//
// After a refusal for coming too fast the class stands still, then goes on at
// 85 % and recovers by 5 % every five seconds, more slowly the more often it
// is refused, as [Pace] says: so a limit below the documented one is learned.
//
// Calls are counted per UTC day and class, invitations of their own. When the
// share of a daily limit is used up, or Zoom says that the day is over, a call
// comes back at once as an [*Error] that matches [ErrDailyLimit] and says in
// RetryAfter when to go on; Zoom is not asked. The cap on invitations counts
// whole, whatever the share. An invitation counts when it has come to its turn,
// before it is sent, and no more if Zoom certainly did not execute it: so what
// counts, once nothing is on its way, is what Zoom has accepted, and what it may
// have accepted without saying so. Zoom's counters correct
// what is shown upwards where it is certain what they count; they close
// nothing. [Client.Budget] tells how all of it stands.
//
// A daily refusal closes what it is about: the class if the counters are those
// of its documented limit, the invitations if it was one, nothing if the limit
// is one person's, the kind of call in this process if it has some other cap,
// and else the class. It is believed for the rest of the day and the next one
// at most. [Client.Reopen] forgets it, so that Zoom is asked again.
//
// # The token
//
// There is one access token, replaced a few minutes before its end and after
// Zoom refused it, by one request however many callers need it. With a
// [TokenStore] that holds for all processes: one fetches, the others take what
// it saved. A process whose token is refused takes the stored one if it is
// another, and only else fetches. Without the store, the token in memory is
// used while it lasts; nobody fetches then.
//
// While the token works, a call waits a second for its successor and then goes
// on with it. Without one, all callers who wait share one attempt and its
// failure, and who comes within three seconds after is told the same.
//
// # Promises and their tests
//
//   - No window of a second overfilled, 95 % of the share used:
//     TestPacerUsesItsShare, TestPacerUnderJitter.
//   - Flows take turns: TestFlowsTakeTurns, TestManyFlows, TestSlowZoomIsFair,
//     TestWhoWaitsTakesNoSlot.
//   - Limits are learned downwards: TestPaceLearns, TestLowerLimitIsLearned.
//   - Days are not overspent: TestDailyShareOfCalls, TestInvitationCap,
//     TestInvitationsAreCounted, TestWordsOfZoom, TestDailyRefusals.
//   - What is not sent is not counted: TestWhoWaitsIsNotCounted,
//     TestPlaceOfWhoLeft, TestPlaceThatCannotGoBack, and in package zoomredis
//     TestHaltedInvitationsAreNotCounted.
//   - Nor closed without need: TestCountersCloseNothing, TestFarDailyLimit,
//     TestReopen, TestMeterGrantsNothing.
//   - One token: TestTokenIsFetchedOnce, TestFleetFetchesOneToken,
//     TestDeadFetcher, TestTokenStoreCutOff.
//   - One outage of the token's place: TestTokenOutageIsAskedAboutOnce,
//     TestOldTokenIsUsedWhileRenewalHangs.
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
//
// Places belong to the line and not to callers: the caller whose turn it is
// uses the next one. So places can be claimed for several at once without
// undoing the order of flows, and who gives up leaves its place to the next.
//
// An invitation is counted while its call waits for its place among those of
// its class. With a meter elsewhere, places are claimed for several that are
// coming, or each would hold up its class for a round trip; what they do not
// use, as when they are halted, is given back a second later. A process that
// dies takes a batch of them along, so that the count is too high by that.
//
// A call gets its slot and its token when its turn has come and before its
// place is decided. In any other order calls that have their place would wait
// for a slot or for a new token and then leave together.
//
// Penalties of several refusals within a second are one: calls in flight
// cannot heed the first. Recovery slows down with every episode within ten
// minutes, since an account that takes half of what is documented would
// otherwise be tried at full speed every minute.
//
// Counters in headers close nothing. A single wrong one would end the day for
// all processes, and to find out that it was right costs one refusal. A cap
// that they give as higher than the documented one is believed, since to
// believe it too costs one refusal; a lower one is shown.
//
// Counts of a day are corrected upwards only. Answers overtake each other, and
// an answer that says less may be older. What a write with an unknown outcome
// cost too much is known at midnight.
//
// Kinds of call with a cap of their own that is not counted here, such as new
// groups, are closed in the process that was refused and not in all: it would
// cost every call a question, to save one refusal a day and process.
//
// Without its store a process does not fetch a token: with Redis away, each of
// a fleet would, and where a new token ends the old one they would take it
// from each other.
package zoomapi
