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
// # Acting by HTTP
//
// What the page does, any program can do. Requests are JSON whatever their
// Content-Type says; "as" is the id of the person who acts and "channel" that of
// the conversation. The answer is {"ok":true,…}, or {"ok":false,"error":code}
// with a code of Slack's, in both cases with status 200 and once the app has
// acknowledged or missed its time; what the app does then, it does later.
//
//	GET  /sandbox/state?as=&channel=  what a person sees; without as the first one, without channel
//	                                  their first conversation:
//	                                  me and people, groups, conversations ([{"id","name","type":"channel" or
//	                                  "dm",…}]), messages with blocks, files and replies, views (open modals,
//	                                  the topmost last), home, shortcuts ([{"name","type","callback_id"}]) and
//	                                  commands ([{"command","description","usage_hint"}])
//	GET  /sandbox/stream              server-sent events: "change" whenever the state has changed
//	GET  /sandbox/file/<id>?as=       a file, for a person who may see it
//	POST /sandbox/message             {"as","channel","text"}, in a thread with "thread_ts"; answers "ts"
//	POST /sandbox/upload              a multipart form: as, channel, text, thread_ts and any number of files;
//	                                  answers "ts" and "files", the ids
//	POST /sandbox/command             {"as","channel","command","text"}: a slash command
//	POST /sandbox/action              {"as","channel","message_ts","action_id"}: presses a button; "view_id" in
//	                                  the place of the message for modals and the Home tab, "block_id" where an
//	                                  action_id stands twice, and for other elements "value",
//	                                  "selected_option", "selected_options" or Slack's other selected_… fields;
//	                                  "values" as below are what else was entered
//	POST /sandbox/shortcut            {"as","callback_id"}, of a message with "channel" and "message_ts"
//	POST /sandbox/viewfile            a multipart form: as and files, chosen in a modal; answers "files"
//	POST /sandbox/view/submit         {"as","view_id","values":{block_id:{action_id:value}}}, values as for
//	                                  [Workspace.SubmitView]; answers "errors" by block if something is wrong
//	POST /sandbox/view/close          {"as","view_id"}
//	POST /sandbox/home                {"as"}: opens the Home tab
//
// A command has the slash with it and everything after it in text. The app has
// the commands of Options.Commands and no others (unknown_command); usage_hint is
// what Slack shows while one types, of no effect, and tells what the text may be:
// "help | import | …" means that text is one of these words, followed by what
// that word takes.
//
//	curl http://127.0.0.1:8765/sandbox/command \
//	  -d '{"as":"U0ADA000001","channel":"C0ZOOMADMIN","command":"/zoomusers","text":"jobs"}'
//	curl http://127.0.0.1:8765/sandbox/upload \
//	  -F as=U0ADA000001 -F channel=C0ZOOMADMIN -F text=import -F file=@people.csv
//	curl 'http://127.0.0.1:8765/sandbox/state?as=U0BEN000002&channel=C0ZOOMADMIN'
//
// What only the person sees of an answer is among their messages with
// "ephemeral": true. Faults are planned in Go alone ([Workspace.Inject]).
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
