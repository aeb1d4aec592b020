// Package slacktest is a Slack workspace that lives in memory: an
// [net/http.Handler] that answers Slack's Web API, holds Socket Mode
// connections, keeps files, and shows a page where one can act as several
// people. Tests and the demo use it; the bot reaches it by base URL alone.
//
// # Surface
//
//	/api/<method>    Web API; the URL ending in /api/ is the bot's API URL
//	/socket          Socket Mode, at the one-time URL of apps.connections.open
//	/upload/…        where files.getUploadURLExternal points
//	/files-pri/…     downloads, with the bot token
//	/response/…      response_url of commands and interactions
//	/signin          where a download without access ends, as HTML
//	/ and /sandbox/… the page and its JSON interface
//
// A Workspace has one app installed. The app is reached over its sockets or,
// with Options.HTTP, by signed requests. What people do is done through
// methods ([Workspace.Post], [Workspace.Upload], [Workspace.Command],
// [Workspace.Click], [Workspace.SubmitView], …) or on the page; both go the
// same way. What came of it is read back with [Workspace.Messages],
// [Workspace.Thread], [Workspace.Ephemerals], [Workspace.Views] and
// [Workspace.FileBytes]; [Workspace.Wait] waits for a condition without
// polling.
//
// It refuses what Slack refuses: limits of blocks and texts, unknown tokens,
// missing scopes, channels without the bot, rates. [Workspace.Inject] and the
// other fault methods make it fail on demand.
//
// # Delivery
//
// An event goes to one open socket, has the acknowledgement time (3 s) to be
// acknowledged and is else delivered again: at once, after a minute, after
// five (Options.RetryDelays). A socket that closes fails what it had not
// acknowledged at once. An attempt without any open socket waits for one as
// long as it would wait for the acknowledgement. Commands and interactions
// have one attempt; then the person sees an error.
//
// # Decisions
//
//   - URLs are written with the address the reader used: a Web API answer with
//     the Host of its request, a frame with the Host of its socket. So the
//     handler works behind any address. Options.BaseURL overrides.
//   - A frame of 20 KB or more from the app counts as never sent, also as an
//     acknowledgement.
//   - An acknowledgement after its time is ignored, and a new attempt has a new
//     envelope_id but the same event_id.
//   - apps.connections.open allows twenty calls a minute: Slack's tier says
//     "one and more", and reconnecting clients are never refused in practice.
//   - An unknown thread_ts is refused with thread_not_found, and a reply as
//     parent with cannot_reply_to_message, though Slack is milder: both are
//     mistakes of the app.
//   - Views that break a limit give invalid_arguments, messages invalid_blocks,
//     both with Slack's message and JSON pointer.
//   - The length of an upload must be the one announced.
package slacktest
