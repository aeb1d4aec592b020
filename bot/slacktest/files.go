package slacktest

import (
	"cmp"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// File is a file in the workspace. Copies handed out have URLs with the
// address the app last used.
type File struct {
	ID, Name, Title, Mimetype, Filetype string
	User                                string
	Size                                int
	// Mode is "hosted", "snippet", "external", "tombstone" or
	// "hidden_by_limit".
	Mode string
	// FileAccess is "visible", "check_file_info", "access_denied" or
	// "file_not_found".
	FileAccess         string
	ExternalURL        string // for mode external
	URLPrivateDownload string
	Channels           []string

	created  int64
	data     []byte
	uploaded bool // bytes are there
	complete bool
	toApp    bool // chosen in a modal of the app
	shares   []share
}

// share is one place where a file was posted.
type share struct{ channel, ts, threadTS string }

// NewFile is a file that a person uploads. Data is kept byte for byte.
type NewFile struct {
	Name  string
	Data  []byte
	Title string // the name when empty
	// Mimetype, Mode and FileAccess are found out when empty.
	Mimetype, Mode, FileAccess string
	ExternalURL                string
}

// File returns a file.
func (w *Workspace) File(id string) (File, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	if f == nil {
		return File{}, false
	}
	return w.fileCopy(f), true
}

// FileBytes returns the bytes of a file, nil when there is none.
func (w *Workspace) FileBytes(id string) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.files[id]; f != nil {
		return slices.Clone(f.data)
	}
	return nil
}

// Files returns the files posted in a channel, oldest first.
func (w *Workspace) Files(channel string) []File {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []File{}
	for _, m := range w.messages[channel] {
		out = append(out, w.copyOf(m).Files...)
	}
	return out
}

func (w *Workspace) fileCopy(f *File) File {
	out := *f
	out.data = nil
	out.Channels = slices.Clone(f.Channels)
	out.URLPrivateDownload = strings.Replace(f.downloadURL(), baseMark, w.base(), 1)
	return out
}

// fileKinds are type, media type and name of the kinds that matter here.
func fileKinds(ext string) (filetype, mimetype, pretty string) {
	switch strings.ToLower(ext) {
	case ".csv":
		return "csv", "text/csv", "CSV"
	case ".txt":
		return "text", "text/plain", "Plain Text"
	case ".tsv":
		return "tsv", "text/tab-separated-values", "TSV"
	case ".xlsx":
		return "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel Spreadsheet"
	case ".xls":
		return "xls", "application/vnd.ms-excel", "Excel Spreadsheet"
	case ".json":
		return "json", "application/json", "JSON"
	case ".pdf":
		return "pdf", "application/pdf", "PDF"
	case ".png":
		return "png", "image/png", "PNG"
	case ".zip":
		return "zip", "application/zip", "Zip"
	}
	return "binary", "", "Binary"
}

// newFile stores a file of user.
func (w *Workspace) newFile(user string, n NewFile) *File {
	filetype, mimetype, _ := fileKinds(path.Ext(n.Name))
	if mimetype == "" {
		mimetype = http.DetectContentType(n.Data)
	}
	f := &File{
		ID: newID("F"), Name: n.Name, Title: cmp.Or(n.Title, n.Name), User: user, Size: len(n.Data),
		Filetype: filetype, Mimetype: cmp.Or(n.Mimetype, mimetype), Mode: cmp.Or(n.Mode, "hosted"),
		FileAccess: cmp.Or(n.FileAccess, "visible"), ExternalURL: n.ExternalURL,
		created: w.now().Unix(), data: slices.Clone(n.Data), uploaded: true, complete: true,
	}
	w.files[f.ID] = f
	return f
}

func (f *File) share(m *Message) {
	f.shares = append(f.shares, share{channel: m.Channel, ts: m.TS, threadTS: m.ThreadTS})
	if !slices.Contains(f.Channels, m.Channel) {
		f.Channels = append(f.Channels, m.Channel)
	}
}

// pathName is the name of f in a URL: lower case, letters, digits, dots and
// underscores.
func (f *File) pathName() string {
	clean := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}
	return strings.Map(clean, strings.ToLower(f.Name))
}

func (f *File) privateURL() string {
	return baseMark + "/files-pri/" + TeamID + "-" + f.ID + "/" + f.pathName()
}

func (f *File) downloadURL() string {
	if f.Mode == "external" {
		return f.ExternalURL
	}
	return baseMark + "/files-pri/" + TeamID + "-" + f.ID + "/download/" + f.pathName()
}

// fileJSON is f as Slack writes it.
func (w *Workspace) fileJSON(f *File) object {
	if f.Mode == "tombstone" {
		return object{"id": f.ID, "mode": "tombstone"}
	}
	_, _, pretty := fileKinds(path.Ext(f.Name))
	out := object{
		"id": f.ID, "created": f.created, "timestamp": f.created, "name": f.Name, "title": f.Title,
		"mimetype": f.Mimetype, "filetype": f.Filetype, "pretty_type": pretty, "user": f.User,
		"editable": f.Mode == "snippet", "size": f.Size, "mode": f.Mode, "is_external": f.Mode == "external",
		"external_type": "", "is_public": false, "public_url_shared": false, "display_as_bot": false, "username": "",
		"file_access": f.FileAccess, "permalink": baseMark + "/files/" + f.User + "/" + f.ID + "/" + f.pathName(),
		"channels": []string{}, "groups": []string{}, "ims": []string{}, "comments_count": 0,
	}
	if u := w.users[f.User]; u != nil {
		out["user_team"] = u.TeamID
	}
	if f.Mode == "external" {
		out["external_type"], out["url_private"] = "unknown", f.ExternalURL
		out["external_url"] = f.ExternalURL
	} else if f.Mode != "hidden_by_limit" {
		out["url_private"], out["url_private_download"] = f.privateURL(), f.downloadURL()
	}
	public, private := map[string][]object{}, map[string][]object{}
	for _, s := range f.shares {
		ch := w.channels[s.channel]
		place := object{"ts": s.ts, "channel_name": ch.Name, "team_id": TeamID, "reply_users": []string{}, "reply_count": 0}
		if s.threadTS != "" {
			place["thread_ts"] = s.threadTS
		}
		target, list := public, "channels"
		if ch.IsPrivate {
			target, list = private, "groups"
		}
		if ch.IsIM {
			list = "ims"
		}
		if ids, ok := out[list].([]string); ok && !slices.Contains(ids, s.channel) {
			out[list] = append(ids, s.channel)
		}
		target[s.channel] = append(target[s.channel], place)
	}
	out["shares"] = object{"public": public, "private": private}
	return out
}

// preview is the start of f as text, empty when f is no text.
func (f *File) preview() string {
	if !strings.HasPrefix(f.Mimetype, "text/") && f.Mimetype != "application/json" || f.Mode == "tombstone" {
		return ""
	}
	text := strings.ToValidUTF8(string(f.data[:min(len(f.data), 16000)]), "\uFFFD")
	if utf8.RuneCountInString(text) > 4000 {
		text = string([]rune(text)[:4000])
	}
	return text
}

// botSees reports whether the bot may read f.
func (w *Workspace) botSees(f *File) bool {
	if f.User == BotUserID || f.toApp {
		return true
	}
	return slices.ContainsFunc(f.shares, func(s share) bool {
		return w.channels[s.channel].has(BotUserID) && w.find(s.channel, s.ts) != nil
	})
}

func (w *Workspace) filesInfo(c *call) (object, error) {
	f := w.files[c.str("file")]
	switch {
	case f == nil || !f.complete || !w.botSees(f):
		return nil, refuse("file_not_found")
	case f.Mode == "tombstone":
		return nil, refuse("file_deleted")
	}
	out := w.fileJSON(f)
	if f.FileAccess == "check_file_info" {
		out["file_access"] = "visible"
	}
	return object{"file": out, "comments": []object{}, "response_metadata": object{"next_cursor": ""}}, nil
}

func (w *Workspace) filesDelete(c *call) (object, error) {
	f := w.files[c.str("file")]
	switch {
	case f == nil || !w.botSees(f):
		return nil, refuse("file_not_found")
	case f.Mode == "tombstone":
		return nil, refuse("file_deleted")
	case f.User != BotUserID:
		return nil, refuse("cant_delete_file")
	}
	f.Mode, f.data = "tombstone", nil
	w.changed()
	return object{}, nil
}

// filesCompleteUpload shares what was uploaded: once.
func (w *Workspace) filesCompleteUpload(c *call) (object, error) {
	files, err := w.announced(c)
	if err != nil {
		return nil, err
	}
	channels := []*Channel{}
	for id := range strings.SplitSeq(cmp.Or(c.str("channel_id"), c.str("channels")), ",") {
		if id == "" {
			continue
		}
		if w.channels[id] == nil {
			return nil, refuse("channel_not_found")
		}
		ch, err := w.botChannel(id)
		if err != nil {
			return nil, err
		}
		if err := w.thread(ch.ID, c.str("thread_ts")); err != nil {
			return nil, err
		}
		channels = append(channels, ch)
	}
	blocks, err := c.value("blocks")
	if err != nil {
		return nil, refuse("invalid_blocks_format")
	}
	var checked []object
	if blocks != nil {
		if checked, err = checkMessageBlocks(blocks); err != nil {
			return nil, err
		}
	}
	ids, summary := []string{}, []object{}
	for _, f := range files {
		f.complete = true
		ids = append(ids, f.ID)
	}
	for _, ch := range channels {
		// The app's own uploads carry no bot_id.
		w.add(&Message{
			Channel: ch.ID, User: BotUserID, Subtype: "file_share", Text: c.str("initial_comment"),
			Blocks: checked, ThreadTS: c.str("thread_ts"), fileIDs: ids,
		})
	}
	for _, f := range files {
		item := w.fileJSON(f)
		maps.DeleteFunc(item, func(k string, _ any) bool { return k != "id" && k != "title" })
		summary = append(summary, item)
	}
	return object{"files": summary}, nil
}

// announced finds the uploaded files that a call to complete names, and gives
// them their titles.
func (w *Workspace) announced(c *call) ([]*File, error) {
	v, err := c.value("files")
	list, ok := v.([]any)
	if err != nil || !ok || len(list) == 0 {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: files")
	}
	out := []*File{}
	for _, e := range list {
		o, _ := e.(object)
		id, _ := o["id"].(string)
		f := w.files[id]
		if f == nil || !f.uploaded || f.complete || f.User != BotUserID || slices.Contains(out, f) {
			return nil, refuse("file_not_found")
		}
		if title, _ := o["title"].(string); title != "" {
			f.Title = title
		}
		out = append(out, f)
	}
	return out, nil
}
