package slacktest

import (
	"encoding/json"
	"slices"
	"time"
)

// Kinds of deliveries, named as the envelopes are.
const (
	KindEvent       = "events_api"
	KindCommand     = "slash_commands"
	KindInteraction = "interactive"
)

// Delivery is one event, command or interaction in the log of what was sent to
// the app.
type Delivery struct {
	Kind    string
	ID      string // event_id; empty for commands and interactions
	Type    string // "message", "file_shared", "/zoomusers", "block_actions", …
	Subtype string
	Channel string
	Payload json.RawMessage

	Attempts []Attempt
	Acked    bool
	GivenUp  bool            // no further attempt will be made
	Answer   json.RawMessage // payload of the acknowledgement
}

// Attempt is one try to deliver.
type Attempt struct {
	EnvelopeID string
	Reason     string // retry_reason; empty for the first
	Sent       time.Time
	AckAfter   time.Duration // time to the acknowledgement, 0 without
	// Outcome is "", "acked", "timeout", "closed", "no_connection" or, over
	// HTTP, the retry reason.
	Outcome string
}

// delivery is a Delivery under way.
type delivery struct {
	Delivery
	result   chan error // commands and interactions: nil once acknowledged
	socket   *socket
	timer    *time.Timer
	noRetry  bool
	finished bool
}

// Events returns the log of deliveries, oldest first, commands and
// interactions included.
func (w *Workspace) Events() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Delivery, 0, len(w.log))
	for _, d := range w.log {
		copied := d.Delivery
		copied.Attempts = slices.Clone(d.Attempts)
		out = append(out, copied)
	}
	return out
}

// Idle reports whether every delivery was acknowledged or given up.
func (w *Workspace) Idle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !slices.ContainsFunc(w.log, func(d *delivery) bool { return !d.finished })
}

// Redeliver sends an event again as if its acknowledgement had been lost, with
// the same event_id. An empty id means the last event.
func (w *Workspace) Redeliver(eventID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range slices.Backward(w.log) {
		if d.Kind != KindEvent || eventID != "" && d.ID != eventID {
			continue
		}
		again := &delivery{Delivery: d.Delivery}
		again.Attempts = nil
		again.Acked, again.GivenUp = false, false
		w.log = append(w.log, again)
		w.attempt(again, "timeout", 1)
		return nil
	}
	return refuse("event_not_found")
}

// deliver logs d and makes the first attempt. The lock is held.
func (w *Workspace) deliver(d *delivery) {
	w.log = append(w.log, d)
	w.attempt(d, "", 0)
}

// attempt tries to deliver d; number counts the retries that the app is told of.
func (w *Workspace) attempt(d *delivery, reason string, number int) {
	d.Attempts = append(d.Attempts, Attempt{Reason: reason, Sent: w.now()})
	switch {
	case w.closed:
		d.noRetry = true
		w.failed(d, "closed")
	case w.opts.HTTP != nil:
		go w.send(d, number, reason, w.base())
	default:
		if s := w.pick(); s != nil {
			w.sendOn(s, d, reason, number)
			break
		}
		w.waiting = append(w.waiting, d)
		d.timer = w.later(w.opts.AckTimeout, func() { w.failed(d, "no_connection") })
	}
	w.changed()
}

// last is the attempt under way.
func (d *delivery) last() *Attempt { return &d.Attempts[len(d.Attempts)-1] }

// number is the retry_attempt of the attempt under way.
func (d *delivery) number() int {
	n := len(d.Attempts) - 1
	if d.Attempts[0].Reason != "" {
		n++
	}
	return n
}

// acked ends d well.
func (w *Workspace) acked(d *delivery, payload json.RawMessage) {
	if d.finished {
		return
	}
	w.settle(d, "acked")
	d.last().AckAfter = w.now().Sub(d.last().Sent)
	d.Acked, d.Answer, d.finished = true, payload, true
	if d.result != nil {
		d.result <- nil
	}
	w.changed()
}

// failed ends an attempt of d and plans the next one, if there is one.
func (w *Workspace) failed(d *delivery, outcome string) {
	if d.finished {
		return
	}
	w.settle(d, outcome)
	tries := len(d.Attempts) - 1
	if d.Kind == KindEvent && !d.noRetry && tries < len(w.opts.RetryDelays) {
		reason := outcome
		if w.opts.HTTP == nil {
			reason = "timeout"
		}
		d.timer = w.later(w.opts.RetryDelays[tries], func() { w.attempt(d, reason, d.number()+1) })
		w.changed()
		return
	}
	d.GivenUp, d.finished = true, true
	if d.result != nil {
		if outcome == "timeout" || outcome == "http_timeout" {
			d.result <- refuse("operation_timeout")
		} else {
			d.result <- refuse("dispatch_failed")
		}
	}
	w.changed()
}

// settle ends the attempt under way.
func (w *Workspace) settle(d *delivery, outcome string) {
	w.stop(d.timer)
	d.timer, d.socket = nil, nil
	delete(w.inFlight, d.last().EnvelopeID)
	w.waiting = slices.DeleteFunc(w.waiting, func(o *delivery) bool { return o == d })
	d.last().Outcome = outcome
}

// flush gives what waits for a socket to the open ones.
func (w *Workspace) flush() {
	for len(w.waiting) > 0 {
		s := w.pick()
		if s == nil {
			return
		}
		d := w.waiting[0]
		w.waiting = w.waiting[1:]
		w.stop(d.timer)
		w.sendOn(s, d, d.last().Reason, d.number())
	}
}

// sendOn puts d on a socket and starts its time.
func (w *Workspace) sendOn(s *socket, d *delivery, reason string, number int) {
	d.last().EnvelopeID = newID("") + "-" + newID("")
	d.socket = s
	w.inFlight[d.last().EnvelopeID] = d
	frame := object{
		"type": d.Kind, "envelope_id": d.last().EnvelopeID, "payload": d.Payload,
		"accepts_response_payload": d.Kind != KindEvent,
	}
	if d.Kind == KindEvent {
		frame["retry_attempt"], frame["retry_reason"] = number, reason
	}
	d.timer = w.later(w.opts.AckTimeout, func() { w.failed(d, "timeout") })
	s.push(encode(frame, s.base))
}

// ask delivers a command or an interaction and waits, without the lock, until
// the app acknowledged it. The lock is held before and after.
func (w *Workspace) ask(kind, name, channel string, payload object) (json.RawMessage, error) {
	d := &delivery{
		Delivery: Delivery{Kind: kind, Type: name, Channel: channel, Payload: raw(payload)},
		result:   make(chan error, 1),
	}
	w.deliver(d)
	w.mu.Unlock()
	err := <-d.result
	w.mu.Lock()
	return d.Answer, err
}

// raw is o as JSON with the address left open.
func raw(o any) json.RawMessage { return encode(o, baseMark) }
