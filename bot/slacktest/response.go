package slacktest

import (
	"net/http"
	"time"
)

// maxResponseUses is how often a response_url may be used.
const maxResponseUses = 5

// responseURL is where the app answers a command or an interaction.
type responseURL struct {
	channel, user, thread string
	origin                *Message // the message with the button; nil for a command
	uses                  int
	expires               time.Time
}

// newResponse makes a response_url, with the address left open.
func (w *Workspace) newResponse(channel, user, thread string, origin *Message) string {
	id := newID("R")
	w.responses[id] = &responseURL{
		channel: channel, user: user, thread: thread, origin: origin, expires: w.now().Add(w.opts.ResponseTTL),
	}
	return baseMark + "/response/" + id
}

func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request) {
	start := time.Now()
	c := &call{method: "response_url", base: w.baseOf(r)}
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	err := c.decode(r)
	if raw, ok := c.args["payload"].(string); ok && err == nil {
		c.args["payload"] = raw
		if v, e := c.value("payload"); e == nil {
			if o, isObject := v.(object); isObject {
				c.args = o
			}
		}
	}
	w.perform(rw, "response_url", c, start, func() (answer, error) {
		if err != nil {
			return nil, err
		}
		u := w.responses[r.PathValue("id")]
		status, code := http.StatusOK, ""
		switch {
		case u == nil || w.now().After(u.expires):
			status, code = http.StatusNotFound, "expired_url"
		case u.uses >= maxResponseUses:
			status, code = http.StatusNotFound, "used_url"
		default:
			u.uses++
			if err := w.respond(u, c); err != nil {
				return nil, err
			}
		}
		return func(rw http.ResponseWriter) {
			if code != "" {
				writeJSON(rw, status, object{"ok": false, "error": code})
				return
			}
			// The text that clients compare with, and a Content-Type, without
			// which some take a success for a failure.
			rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = rw.Write([]byte("ok"))
		}, nil
	})
}

// respond carries out an answer of the app to a command or an interaction.
func (w *Workspace) respond(u *responseURL, c *call) error {
	if c.flag("delete_original") {
		if u.origin != nil {
			w.dropOriginal(u.origin)
		}
		return nil
	}
	if blocks, ok := c.args["blocks"].([]any); ok && len(blocks) == 0 {
		delete(c.args, "blocks")
	}
	p, err := w.contentOf(c, maxPostText)
	if err != nil {
		return err
	}
	if p.empty() {
		return refuse("no_text")
	}
	if c.flag("replace_original") && u.origin != nil {
		return w.replaceOriginal(u.origin, p)
	}
	thread := c.str("thread_ts")
	if thread == "" {
		thread = u.thread
	}
	if w.find(u.channel, thread) == nil {
		thread = ""
	}
	m := p.botMessage(u.channel)
	if c.str("response_type") == "in_channel" {
		m.ThreadTS = thread
		w.add(m)
		return nil
	}
	w.addEphemeral(m, u.user, thread)
	return nil
}

func (w *Workspace) replaceOriginal(m *Message, p *content) error {
	switch {
	case m.Ephemeral && w.findEphemeral(m.Channel, m.TS) != nil:
		p.apply(m, "")
		w.changed()
	case w.find(m.Channel, m.TS) != nil:
		w.edit(m, p)
	default:
		return refuse("message_not_found")
	}
	return nil
}

func (w *Workspace) dropOriginal(m *Message) {
	if !m.Ephemeral {
		w.remove(m)
		return
	}
	kept := w.ephemerals[:0:0]
	for _, o := range w.ephemerals {
		if o != m {
			kept = append(kept, o)
		}
	}
	w.ephemerals = kept
	w.changed()
}
