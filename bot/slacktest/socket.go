package slacktest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxSockets of one app.
	maxSockets = 10
	// maxAck is the size in bytes from which on a frame of the app is dropped.
	maxAck = 20 << 10
	// drainTime is how long a socket stays open after it was told to go.
	drainTime = 10 * time.Second
)

// socket is one Socket Mode connection.
type socket struct {
	conn     *websocket.Conn
	base     string
	out      chan []byte
	done     chan struct{}
	shutDown bool
	draining bool
}

func (w *Workspace) connectionsOpen(c *call) (object, error) {
	if w.opts.HTTP != nil {
		return nil, refuse("socket_mode_not_enabled")
	}
	ticket := newID("")
	w.tickets[ticket] = true
	return object{"url": "ws" + strings.TrimPrefix(c.base, "http") + "/socket?ticket=" + ticket + "&app_id=" + AppID}, nil
}

func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	valid := w.tickets[ticket] && !w.closed
	delete(w.tickets, ticket)
	w.mu.Unlock()
	if !valid {
		http.Error(rw, "ticket unknown or used", http.StatusForbidden)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	s := &socket{conn: conn, base: w.baseOf(r), out: make(chan []byte, 4096), done: make(chan struct{})}
	w.open(s)
	go w.write(s)
	w.read(s)
}

// open greets a new socket and gives it what waits.
func (w *Workspace) open(s *socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sockets = append(w.sockets, s)
	w.lastBase = s.base
	s.push(raw(object{
		"type": "hello", "num_connections": len(w.sockets),
		"connection_info": object{"app_id": AppID},
		"debug_info":      object{"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 18060},
	}))
	if len(w.sockets) > maxSockets {
		w.dismiss(s, "too_many_websockets", 0)
	}
	w.flush()
	w.changed()
}

// push queues a frame; a socket that takes nothing any more is shut.
func (s *socket) push(frame []byte) {
	select {
	case s.out <- frame:
	default:
		s.shut()
	}
}

// shut ends a socket. The lock is held.
func (s *socket) shut() {
	if !s.shutDown {
		s.shutDown = true
		close(s.done)
		_ = s.conn.Close()
	}
}

func (w *Workspace) write(s *socket) {
	ping := time.NewTicker(w.opts.PingInterval)
	defer ping.Stop()
	deadline := func() time.Time { return time.Now().Add(10 * time.Second) }
	_ = s.conn.WriteControl(websocket.PingMessage, []byte("hello"), deadline())
	for {
		select {
		case <-s.done:
			return
		case now := <-ping.C:
			if s.conn.WriteControl(websocket.PingMessage, []byte(now.UTC().Format(time.RFC3339)), deadline()) != nil {
				return
			}
		case frame := <-s.out:
			if !w.hold(s) {
				return
			}
			if s.conn.SetWriteDeadline(deadline()) != nil || s.conn.WriteMessage(websocket.TextMessage, frame) != nil {
				return
			}
		}
	}
}

// hold waits as SlowSockets asks; false when the socket ended meanwhile.
func (w *Workspace) hold(s *socket) bool {
	w.mu.Lock()
	d := w.slowFrames
	w.mu.Unlock()
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.done:
		return false
	}
}

func (w *Workspace) read(s *socket) {
	for {
		kind, frame, err := s.conn.ReadMessage()
		if err != nil {
			break
		}
		if kind == websocket.TextMessage && len(frame) < maxAck {
			w.receive(frame)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.shut()
	w.sockets = slices.DeleteFunc(w.sockets, func(o *socket) bool { return o == s })
	for _, d := range w.log {
		if d.socket == s && !d.finished {
			w.failed(d, "closed")
		}
	}
	w.changed()
}

// receive takes a frame of the app: an acknowledgement.
func (w *Workspace) receive(frame []byte) {
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(frame, &ack) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.inFlight[ack.EnvelopeID]
	switch {
	case d == nil:
	case w.dropAcks > 0:
		w.dropAcks--
		w.changed()
	default:
		w.acked(d, ack.Payload)
	}
}

// pick chooses a socket for the next payload: any one, in turn.
func (w *Workspace) pick() *socket {
	for range w.sockets {
		w.nextSocket++
		if s := w.sockets[w.nextSocket%len(w.sockets)]; !s.draining && !s.shutDown {
			return s
		}
	}
	return nil
}

// dismiss tells a socket to go and closes it after d.
func (w *Workspace) dismiss(s *socket, reason string, d time.Duration) {
	s.push(raw(object{
		"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-sandbox"},
	}))
	if reason == "warning" {
		w.later(d, func() { w.dismiss(s, "refresh_requested", d) })
		return
	}
	s.draining = true
	w.later(max(d, 100*time.Millisecond), s.shut)
}

// Disconnect sends a disconnect frame to every socket. Reason is "warning",
// after which the socket goes on for ten seconds, "refresh_requested" or
// "link_disabled".
func (w *Workspace) Disconnect(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range slices.Clone(w.sockets) {
		w.dismiss(s, reason, drainTime)
	}
	w.changed()
}

// KillSockets cuts every socket without a word.
func (w *Workspace) KillSockets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range slices.Clone(w.sockets) {
		s.shut()
	}
}

// Connections is the number of open sockets.
func (w *Workspace) Connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sockets)
}

// Connected reports whether the app can be reached: a socket is open, or
// delivery is by HTTP.
func (w *Workspace) Connected() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.connected()
}

func (w *Workspace) connected() bool {
	return w.opts.HTTP != nil || slices.ContainsFunc(w.sockets, func(s *socket) bool { return !s.shutDown })
}
