package slacktest

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

// streamPause is the least time between two changes told to the page.
const streamPause = 100 * time.Millisecond

func (w *Workspace) routePage() {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // the folder is embedded
	}
	w.mux.Handle("GET /page/", http.StripPrefix("/page/", http.FileServerFS(files)))
	w.mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(rw, r, files, "index.html")
	})
	w.mux.HandleFunc("GET /sandbox/state", w.serveState)
	w.mux.HandleFunc("GET /sandbox/stream", w.serveStream)
	w.mux.HandleFunc("GET /sandbox/file/{id}", w.servePageFile)
	w.mux.HandleFunc("POST /sandbox/upload", w.servePageUpload)
	w.mux.HandleFunc("POST /sandbox/viewfile", w.servePageViewFile)
	for path, act := range map[string]func(pageAct) (object, error){
		"message": func(a pageAct) (object, error) {
			ts, err := w.Reply(a.As, a.Channel, a.ThreadTS, a.Text)
			return object{"ts": ts}, err
		},
		"command": func(a pageAct) (object, error) { return object{}, w.Command(a.As, a.Channel, a.Command, a.Text) },
		"action":  func(a pageAct) (object, error) { return object{}, w.Act(a.As, a.action()) },
		"view/submit": func(a pageAct) (object, error) {
			errs, err := w.SubmitView(a.As, a.ViewID, a.Values)
			if len(errs) == 0 {
				return object{}, err
			}
			return object{"errors": errs}, err
		},
		"view/close": func(a pageAct) (object, error) { return object{}, w.CloseView(a.As, a.ViewID) },
		"shortcut": func(a pageAct) (object, error) {
			return object{}, w.Shortcut(a.As, a.CallbackID, a.Channel, a.MessageTS)
		},
		"home": func(a pageAct) (object, error) { return object{}, w.OpenHome(a.As) },
	} {
		w.mux.HandleFunc("POST /sandbox/"+path, func(rw http.ResponseWriter, r *http.Request) {
			var a pageAct
			if err := a.decode(http.MaxBytesReader(rw, r.Body, maxBody)); err != nil {
				pageAnswer(rw, nil, refuse("invalid_json"))
				return
			}
			out, err := act(a)
			pageAnswer(rw, out, err)
		})
	}
}

// pageAct is the body of an act on the page.
type pageAct struct {
	As         string                    `json:"as"`
	Channel    string                    `json:"channel"`
	ThreadTS   string                    `json:"thread_ts"`
	MessageTS  string                    `json:"message_ts"`
	Text       string                    `json:"text"`
	Command    string                    `json:"command"`
	CallbackID string                    `json:"callback_id"`
	ViewID     string                    `json:"view_id"`
	BlockID    string                    `json:"block_id"`
	ActionID   string                    `json:"action_id"`
	Value      string                    `json:"value"`
	Option     map[string]any            `json:"selected_option"`
	Options    []map[string]any          `json:"selected_options"`
	Values     map[string]map[string]any `json:"values"`

	picked map[string]any // the other selected_… fields
}

// decode reads an act from the body of a request.
func (a *pageAct) decode(body io.Reader) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("read act: %w", err)
	}
	var all map[string]any
	if err := errors.Join(json.Unmarshal(data, a), json.Unmarshal(data, &all)); err != nil {
		return fmt.Errorf("decode act: %w", err)
	}
	a.picked = map[string]any{}
	for k, v := range all {
		if strings.HasPrefix(k, "selected_") || k == "rich_text_value" {
			a.picked[k] = v
		}
	}
	return nil
}

func (a *pageAct) action() Action {
	return Action{
		Channel: a.Channel, MessageTS: a.MessageTS, ViewID: a.ViewID, BlockID: a.BlockID, ActionID: a.ActionID,
		Value: a.Value, SelectedOption: a.Option, SelectedOptions: a.Options,
		Picked: a.picked, Values: a.Values,
	}
}

// pageAnswer answers the page: ok with what came of it, or the error code.
func pageAnswer(rw http.ResponseWriter, out object, err error) {
	if err != nil {
		writeJSON(rw, http.StatusOK, object{"ok": false, "error": codeOf(err)})
		return
	}
	if out == nil {
		out = object{}
	}
	out["ok"] = true
	writeJSON(rw, http.StatusOK, out)
}

// pageForm reads a multipart form of the page.
func pageForm(rw http.ResponseWriter, r *http.Request) (map[string][]string, []NewFile, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, nil, refuse("invalid_form_data")
	}
	values, files, err := formParts(http.MaxBytesReader(rw, r.Body, maxBody), params["boundary"])
	if err != nil {
		return nil, nil, errors.Join(refuse("invalid_form_data"), err)
	}
	if len(files) == 0 {
		return nil, nil, refuse("no_file_data")
	}
	return values, files, nil
}

func (w *Workspace) servePageUpload(rw http.ResponseWriter, r *http.Request) {
	form, files, err := pageForm(rw, r)
	if err != nil {
		pageAnswer(rw, nil, err)
		return
	}
	m, err := w.Upload(first(form, "as"), Upload{
		Channel: first(form, "channel"), ThreadTS: first(form, "thread_ts"), Text: first(form, "text"), Files: files,
	})
	ids := []string{}
	for i := range m.Files {
		ids = append(ids, m.Files[i].ID)
	}
	pageAnswer(rw, object{"ts": m.TS, "files": ids}, err)
}

func (w *Workspace) servePageViewFile(rw http.ResponseWriter, r *http.Request) {
	form, files, err := pageForm(rw, r)
	ids := []string{}
	for _, n := range files {
		id, viewErr := w.ViewFile(first(form, "as"), n)
		err = errors.Join(err, viewErr)
		ids = append(ids, id)
	}
	pageAnswer(rw, object{"files": ids}, err)
}

func first(form map[string][]string, key string) string {
	if v := form[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// servePageFile downloads a file for a person who may see it.
func (w *Workspace) servePageFile(rw http.ResponseWriter, r *http.Request) {
	as := r.URL.Query().Get("as")
	w.mu.Lock()
	f := w.files[r.PathValue("id")]
	visible := f != nil && f.Mode != "tombstone" && f.complete && (f.User == as || w.personSees(as, f))
	var data []byte
	if visible {
		data = f.data
	}
	w.mu.Unlock()
	if !visible {
		http.Error(rw, "file_not_found", http.StatusNotFound)
		return
	}
	f.serve(rw, data, true)
}

func (w *Workspace) personSees(as string, f *File) bool {
	for _, s := range f.shares {
		if w.channels[s.channel].has(as) {
			return true
		}
	}
	return false
}

// serveStream tells the page of changes.
func (w *Workspace) serveStream(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-cache")
	stream := http.NewResponseController(rw)
	send := func(event string) bool {
		_, err := rw.Write([]byte("event: " + event + "\ndata: {}\n\n"))
		return err == nil && stream.Flush() == nil
	}
	next := w.Subscribe()
	if !send("hello") {
		return
	}
	pause := time.NewTicker(streamPause)
	defer pause.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-next:
		}
		w.mu.Lock()
		closed := w.closed
		w.mu.Unlock()
		if closed {
			return
		}
		next = w.Subscribe()
		if !send("change") {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-pause.C:
		}
	}
}
