// Package zoomtest is a made-up Zoom account that behaves like the real one as
// far as user administration goes: an http.Handler with people, groups,
// licences, limits and fault knobs. Tests and the demo talk to it as they would
// to Zoom, by base URL alone.
//
// # What it serves
//
//   - POST /oauth/token: Server-to-Server tokens.
//   - /v2/…, or the same paths without /v2: users, settings, bulk features,
//     plan usage, summary, groups, IM groups, contact groups, divisions, roles.
//     Anything else answers 400 with code 2300.
//   - /sandbox/…: a control surface for other processes, without a token.
//   - /: the account as a page for a browser, with everybody's page at
//     /?person=<address>: what updates did is seen there, and can be done by
//     hand.
//
// # The control surface
//
//	GET    /sandbox/users?email=&status=  {"users":[User…]}, lapsed people too
//	GET    /sandbox/groups                groups, im_groups, contact_groups with members
//	GET    /sandbox/usage                 Usage
//	GET    /sandbox/calls                 {"calls":[Call…],"counts":Counts}
//	GET    /sandbox/additions?email=      {"additions":{address: Additions}}
//	GET    /sandbox/busiest               {class: Busiest}
//	POST   /sandbox/add                   a User, as far as wanted; answers the User
//	POST   /sandbox/activate              {"email":…}, {"emails":[…]} or {"all":true}
//	POST   /sandbox/lapse, /remove        {"email":…}
//	POST   /sandbox/age                   {"email":…,"days":n} or {"all":true,"days":n}:
//	                                      invitations become n days older
//	POST   /sandbox/edit                  {"email":…,"set":{User fields}}
//	POST   /sandbox/seats                 {"licence":…,"size":n,"add":n} or "seats":n in the
//	                                      place of add; licences as for SetSeats; answers Usage
//	POST   /sandbox/phones                {"refuse":"+33 612345678"}
//	POST   /sandbox/limits                {"light":{"per_second":n,"per_day":n},"medium":…,"heavy":…,
//	                                      "create_per_day":n,"groups_per_day":n,"feature_interval":"10s"}:
//	                                      as SetLimits, what is left out stays
//	POST   /sandbox/spend                 {"class":"Light","calls":n}: calls of other integrations
//	POST   /sandbox/webhook               {"url":…,"secret":…}: subscribes an address and has it
//	                                      prove itself, 502 if it cannot; an empty url ends it
//	GET    /sandbox/webhooks              {"deliveries":[Delivery…]}
//	GET    /sandbox/faults                {"fired":{name: calls hit}}, by the name of the fault or
//	                                      else its effect
//	POST   /sandbox/faults                one fault, see Faults for its fields
//	DELETE /sandbox/faults                Clear
//
// Bodies are JSON and say so: Content-Type application/json. Without it curl
// sends a form, and forms are for the buttons of the page. User fields are
// called as Zoom calls them (first_name, dept, type, status, group_ids, …). What
// is done answers 200, 201 or 204; else there is {"error":…} with 400 for a body
// that is not understood, unknown names included, 403 for a page of another
// origin, 404 for a person who is not there, 409 for what cannot be done.
//
//	curl -H 'Content-Type: application/json' http://127.0.0.1:8766/sandbox/activate -d '{"all":true}'
//
// # Rules kept
//
// Limits count per class in whole seconds of the account's clock and in UTC
// days; a refused call does not count. Headers are X-RateLimit-Category, -Type,
// -Limit and -Remaining; a per-second refusal has no Retry-After, a daily one
// has an ISO-8601 instant. The caps on new people and new groups count
// successes only.
//
// A person invited by create is pending: listed without an id and with the
// time of the call as created_at, counted against the seats. PATCH answers 204
// and keeps group_id, type and plan fields; the rest is dropped without a word.
// Adding them to a group answers 201 without their id. After 30 days, or by
// Lapse, the invitation lapses: gone from the list, 400/1120 on every call,
// free to be invited again.
//
// Licences are seats. A type, an add-on of some size or a plan takes one of its
// pool, pending people included; a change that needs a seat where none is left
// is refused whole: 400/2034 (Licensed), 2033 (Basic), 2038 (Zoom Workplace),
// 3412 (Zoom United, or on activation), 404/1102 (Zoom Phone), 400/200 with "You
// can add max N …" (large meeting, webinar). Add-ons need an active Licensed
// person (1108, 1122) and go with the licence.
//
// PATCH takes up to three phone numbers, with countries and codes that exist,
// and refuses the numbers in Options.RefusedPhones; up to five custom
// attributes by key; one division; a manager of the account; and one of type,
// plan_united_type and zoom_one_type.
//
// The list lacks what Zoom's list lacks (job title, location, company, manager,
// phone numbers, cost centre, language). Page tokens live 15 minutes and belong
// to one list with its filters.
//
// Deactivation takes every licence away; activation brings a person back as
// Basic. Two deletions of one person at the same time: the second is refused.
//
// # Webhooks
//
// With Options.WebhookURL or SetWebhook, events about people are posted there
// one after the other, in Zoom's form and signed: user.created,
// user.invitation_accepted, user.activated, user.updated, user.deactivated,
// user.disassociated and user.deleted. The address has to answer
// endpoint.url_validation with the proof first. Who accepts an invitation
// causes both user.invitation_accepted and user.activated. What the address
// does not take is not posted again, so a receiver that was away misses it.
//
// # Faults
//
// Inject plans what goes wrong; a Fault says which calls it hits (Method, Path,
// Nth, Times, Probability) and its Effect says what happens. Calls to the token
// endpoint are hit like any other by Path "/oauth/token".
//
//	LimitPerSecond, LimitDaily,      the four kinds of 429, with their headers, with none
//	LimitUserDaily, LimitConcurrent  (NoHeaders), or with others (Headers: Retry-After in seconds,
//	                                 as an HTTP date, in the past)
//	Respond                          any status and code, such as 5xx; with After once the call
//	                                 has taken effect
//	Hang, Reset                      no answer, before or with After
//	Truncate                         a part of the answer; a write has no effect without After
//	Slow                             Delay before the call takes effect
//	RevokeTokens                     401/124 from the call on that is hit: with Method "GET", Path
//	                                 "/users" and Nth 2 in the middle of a list
//	ExpirePageToken, OverlapPages,   lists that do not add up: a token refused, people twice or,
//	WrongTotal                       with a negative Shift, left out, another total
//
// On the control surface a fault is an object with these fields, all of them
// optional but for one that says what happens:
//
//	name         string   for GET /sandbox/faults; the effect when empty
//	method       string   "GET", "POST", …; any when empty
//	path         string   without /v2: the path of one call ("/users/ada@example.com"), the
//	                      pattern of a kind of calls ("/users/{userId}"), or either with *
//	                      for anything but a slash and ** for anything; any when empty
//	path_regexp  string   a regular expression in the place of path
//	nth          number   the first matching call that is hit, from 1; 1 when left out
//	times        number   how many calls are hit: 1 when left out, all when negative
//	probability  number   chance from 0 to 1 that a matching call is hit, 1 when left out
//	effect       string   limit_per_second, limit_daily, limit_user_daily, limit_concurrent,
//	                      respond, hang, reset, truncate, slow, revoke_tokens,
//	                      expire_page_token, overlap_pages or wrong_total; may be left out
//	                      with status (respond) or delay (slow)
//	after        bool     respond, limit_…, hang, reset, truncate: only once the call has
//	                      taken effect
//	status       number   respond: the HTTP status, 500 when left out
//	code         number   respond: Zoom's number
//	message      string   respond: Zoom's words
//	body         string   respond: the whole body in the place of code and message
//	headers      object   respond, limit_…: headers that are set, or with "" taken away
//	no_headers   bool     limit_…: without the headers about rates
//	delay        string   a wait before the call takes effect, as "250ms"; with any effect
//	shift        number   overlap_pages, wrong_total: 1 when left out
//
// Faults add up, but only one decides about the answer of a call: the one that
// was sent first. The others do not count that call.
//
// The next three calls to add somebody are refused for their rate; then the
// second one after them is carried out, and answered with an error all the same:
//
//	curl -H 'Content-Type: application/json' http://127.0.0.1:8766/sandbox/faults \
//	  -d '{"method":"POST","path":"/users","effect":"limit_per_second","times":3}'
//	curl -H 'Content-Type: application/json' http://127.0.0.1:8766/sandbox/faults \
//	  -d '{"method":"POST","path":"/users","nth":2,"status":502,"after":true}'
//
// SetLimits lowers and lifts limits while calls go on, those of the day too,
// and Spend uses them up as other integrations do. People are changed by hand,
// past all rules, by AddUser, Edit, Remove, Activate, Lapse and Age or by the
// control surface; OnCall lets a test do so at an exact call.
//
// # What a client did
//
// Calls and Counts are what was answered, Additions how often an address was
// invited and created, Busiest the fullest second of a rate class, whether its
// calls were let through or refused. All may be asked at any time.
//
// # Decisions
//
// Where Zoom's behaviour is unknown, the stricter reading is taken, so that a
// client that passes here is careful enough there:
//
//   - Unknown body fields, page_size above the maximum and bodies that are not
//     application/json are refused with 400/300.
//   - The value me as a user id is refused with 400/300.
//   - An empty text clears a field, phone_numbers replaces the list, custom
//     attributes merge by key and an empty value takes one away.
//   - group_id in PATCH does nothing for people who are not pending.
//   - Members already in a group are named in ids; unknown and pending ones are
//     not, and that is no error.
//   - A client that goes away does not stop a call: the write still happens.
//   - PUT status answers 200 with an empty body, the newer documentation.
//   - An e-mail held by a pending or inactive person is taken (409/1005).
//   - 409 with code 1005 is also what a taken address gets in an e-mail change.
//   - Granting a Zoom Workplace or Zoom United licence makes a person Licensed
//     without taking a base seat; taking it away makes them Basic.
//   - Passwords refuse runs of four equal or consecutive characters; Zoom's own
//     number depends on the account.
//   - In a free account group calls answer HTTP 200 with code 200 in the body,
//     as documented.
//
// The package imports nothing of ours, so that a mistake in the client cannot
// be mirrored here, and neither testing nor httptest, so that the demo can
// serve it.
package zoomtest
