package slacktest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// filesGetUploadURL announces a file: its name and exact length.
func (w *Workspace) filesGetUploadURL(c *call) (object, error) {
	name, length := c.str("filename"), c.num("length")
	switch {
	case name == "":
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: filename")
	case length <= 0:
		return nil, refuse("invalid_arguments", "[ERROR] must be greater than 0 [json-pointer:/length]")
	case length > 1<<30:
		return nil, refuse("file_upload_size_restricted")
	}
	filetype, mimetype, _ := fileKinds(path.Ext(name))
	mode := "hosted"
	if c.str("snippet_type") != "" {
		mode, filetype = "snippet", c.str("snippet_type")
	}
	f := &File{
		ID: newID("F"), Name: name, Title: name, User: BotUserID, Size: length, Filetype: filetype,
		Mimetype: cmp.Or(mimetype, "application/octet-stream"), Mode: mode, FileAccess: "visible", created: w.now().Unix(),
	}
	ticket := newID("up")
	w.files[f.ID], w.uploads[ticket] = f, f
	return object{"upload_url": baseMark + "/upload/" + ticket, "file_id": f.ID}, nil
}

func (w *Workspace) serveUpload(rw http.ResponseWriter, r *http.Request) {
	start := time.Now()
	c := &call{method: "upload", args: map[string]any{}, base: w.baseOf(r)}
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	data, err := uploadBody(r)
	c.args["bytes"] = len(data)
	w.perform(rw, "upload", c, start, func() (answer, error) {
		ticket := r.PathValue("ticket")
		f := w.uploads[ticket]
		status, text := http.StatusOK, "OK"
		switch {
		case f == nil:
			status, text = http.StatusNotFound, "upload url unknown or used"
		case err != nil:
			status, text = http.StatusBadRequest, "body cannot be read"
		case len(data) != f.Size:
			status, text = http.StatusBadRequest, "the length is not the one announced"
		default:
			f.data, f.uploaded = data, true
			delete(w.uploads, ticket)
		}
		return func(rw http.ResponseWriter) {
			rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, text)
		}, nil
	})
}

// uploadBody returns the bytes of an upload: the first file of a multipart
// body, or the whole body. What follows the closing boundary is ignored:
// clients have been seen to write that boundary twice.
func uploadBody(r *http.Request) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return io.ReadAll(r.Body)
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return nil, fmt.Errorf("read multipart body: %w", err)
		}
		if part.FileName() == "" && part.FormName() != "file" {
			continue
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, fmt.Errorf("read file part: %w", err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		return data, nil
	}
}

// formValues reads the fields of a multipart form.
func formValues(body io.Reader, boundary string) (url.Values, error) {
	values, _, err := formParts(body, boundary)
	return values, err
}

// formParts reads fields and files of a multipart form.
func formParts(body io.Reader, boundary string) (url.Values, []NewFile, error) {
	values, files := url.Values{}, []NewFile{}
	parts := multipart.NewReader(body, boundary)
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return values, files, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read multipart form: %w", err)
		}
		var data bytes.Buffer
		if _, err := io.Copy(&data, part); err != nil {
			return nil, nil, fmt.Errorf("read form part: %w", err)
		}
		if name := part.FileName(); name != "" {
			files = append(files, NewFile{Name: name, Data: data.Bytes()})
			continue
		}
		values.Add(part.FormName(), data.String())
	}
}

// serveDownload serves a file to the bot token, and a redirect to the sign-in
// page to everybody else.
func (w *Workspace) serveDownload(rw http.ResponseWriter, r *http.Request) {
	start := time.Now()
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	rest := strings.TrimPrefix(r.PathValue("path"), TeamID+"-")
	id, rest, _ := strings.Cut(rest, "/")
	c := &call{method: "download", args: map[string]any{"file": id}, base: w.baseOf(r)}
	w.perform(rw, "download", c, start, func() (answer, error) {
		f := w.files[id]
		allowed := token == w.opts.BotToken && w.scopes["files:read"] && f != nil && f.complete && f.Mode != "tombstone" &&
			f.Mode != "hidden_by_limit" && f.FileAccess != "access_denied" && w.botSees(f)
		if !allowed {
			return func(rw http.ResponseWriter) {
				http.Redirect(rw, r, "/signin?redir="+url.QueryEscape(r.URL.Path), http.StatusFound)
			}, nil
		}
		data := f.data
		attachment := strings.HasPrefix(rest, "download/")
		return func(rw http.ResponseWriter) { f.serve(rw, data, attachment) }, nil
	})
}

// serve writes the bytes of f.
func (f *File) serve(rw http.ResponseWriter, data []byte, attachment bool) {
	rw.Header().Set("Content-Type", f.Mimetype)
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	if attachment {
		rw.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	}
	_, _ = rw.Write(data)
}

func serveSignIn(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(rw, "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in to the workspace.</body></html>")
}
