// Package zoomredis lets all processes that speak for one Zoom account share
// its access token and its budget of calls, in Redis.
//
// [Tokens] is a [zoomapi.TokenStore] and [Meter] a [zoomapi.Meter]; give both
// to [zoomapi.Options]. They run on a single server, on Sentinel and on a
// cluster, and on the embedded server of the demo.
//
// # The token
//
// The token rests under one key for as long as it lasts, encrypted with
// AES-256-GCM. The key comes from the app's client secret by HKDF-SHA256, with
// the account and the client as salt, so that Redis alone does not give access
// to Zoom, and who has a changed secret does not see tokens of the old one.
// What cannot be decrypted counts as no token.
//
// Who finds no token takes the right to fetch one: a lock that ends by itself,
// so a process that dies with it stops the others for that time at most, and
// what it fetched and did not save costs one more fetch. A token that Zoom
// refuses is dropped only if it is still the one that is kept.
//
// # The budget
//
// Three kinds of key for an account, all with one hash tag:
//
//	<prefix>:{zoom:<account>}:line:<class>  how far places are claimed
//	<prefix>:{zoom:<account>}:pace:<class>  the last penalty and what it cost
//	<prefix>:{zoom:<account>}:day:<pool>    calls since 00:00 UTC
//
// and <prefix>:{zoom:<account>}:token:<app> with its lock. Account and app
// appear as hashes.
//
// Places come from redis_rate, a GCRA limiter on the server's clock. Its burst
// is not used as one: it is how far ahead of the clock places may be claimed,
// and each call waits for the place it has. So calls of all processes form one
// evenly spaced line, at the rate that one process alone would have, and any
// window of one second holds no more than that rate; the network to Redis and
// to Zoom moves calls by its jitter only.
//
// A claim of up to eight places and the counting of them are one round trip
// each: a quarter of a trip per call where many wait, two where one does.
// Invitations have a count of their own, which is claimed alike.
// Every count reads the pace too, so all processes heed a penalty at the next
// one, and none goes on with a place that it claimed more than a second ago
// without asking again. A penalty is on the server's clock and outlives the
// process that met it.
//
// A process that is refused places, or cannot reach Redis, does not call Zoom.
//
// # Promises and their tests
//
//   - One line at the full rate, no second overfilled, whoever asks and
//     however the network jitters: TestThreeProcessesShareOneRate,
//     TestThreeClientsOnRealConnections, TestRestartKeepsTheLine.
//   - A server that is far away makes calls slower and stops none:
//     TestFarServer.
//   - A penalty stops and slows all: TestPenaltyStopsAllProcesses.
//   - A day's calls are spent once: TestDailyCapOfAllProcesses,
//     TestCountsOfAllClients, TestRefusalReachesOtherClients.
//   - Invitations that were not sent do not count:
//     TestHaltedInvitationsAreNotCounted.
//   - Another clock of the server's does no harm: TestServerWithAnotherClock.
//   - One fetch of the token: TestFleetWithOneToken, TestRightToFetch.
//
// # Decisions
//
// AllowN and not AllowAtMost claims places: where less is free than asked for,
// the latter takes the fraction of a place as well, which is lost. At eight
// places a claim that would be up to an eighth of the rate.
//
// Counting is a step of its own, after the claim. In the other order a process
// that is refused places would have to take back what it counted. Places that
// are claimed and then not counted, since the class is held, are lost for
// everybody; nobody could use them.
//
// redis_rate begins its keys with a word of its own. It is taken off, so that
// rights on the server can be given by prefix.
//
// The law of penalties is [zoomapi.Pace], in Go, and stored by compare and
// swap: a script would have to say it a second time.
//
// A line whose end is further away than any could claim comes from a clock
// that jumped, such as at a failover, and is started anew.
//
// Moments are given on the clock of who asks: what the server says is reckoned
// from the moment of its answer, and an end that Zoom gave is stored on the
// server's clock. Differences below five seconds are not reckoned with, so that
// midnight stays midnight.
//
// A day is kept with its number in one key and not under one key a day, since
// a script must know its keys and only the server knows the time.
package zoomredis

// defaultPrefix begins the names of keys.
const defaultPrefix = "zoomusers"
