package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Fetch implements [jobs.Front]: it checks who handed the file in and downloads it.
func (b *Bot) Fetch(ctx context.Context, j jobs.Job) ([]byte, error) {
	if err := b.mayHandIn(ctx, j.Requester.ID); err != nil {
		return nil, lackingRight(err)
	}
	f, doubt, err := b.file(ctx, &j)
	if err != nil {
		return nil, lackingRight(err)
	}
	var buf bytes.Buffer
	w := &limitedWriter{buf: &buf, left: b.o.MaxBytes}
	if err := b.api.GetFileContext(ctx, orElse(f.URLPrivateDownload, f.URLPrivate), w); err != nil {
		if w.left < 0 {
			return nil, b.tooLarge(b.o.MaxBytes - w.left)
		}
		return nil, outOfReach(&j, fmt.Errorf("download the file: %w", err), doubt)
	}
	if data := buf.Bytes(); !webPage(data) || len(data) == f.Size {
		// A web page of the file's own size is what was posted: the reader of rosters says what is wrong with it.
		return data, nil
	}
	// Slack answers with its sign-in page when the bot may not see a file.
	return nil, outOfReach(&j, errSignIn, doubt)
}

// lackingRight turns Slack's word that the bot lacks a right into a refusal, since repetition does not help. Other errors are
// returned as they are.
func lackingRight(err error) error {
	word := slackError(err)
	if word != "missing_scope" && !signedOut(err) {
		return err
	}
	params := map[string]string{"error": word}
	if scope := neededScope(err); scope != "" {
		params["scope"] = scope
	}
	return &roster.RefusedError{Code: roster.Code(jobs.ReasonSlackScope), Params: params}
}

// errSignIn says that Slack wants somebody to sign in before it hands a file out.
var errSignIn = errors.New("slack sent a web page instead of the file")

// mayHandIn refuses guests and people of other organisations.
func (b *Bot) mayHandIn(ctx context.Context, userID string) error {
	u, err := b.people.user(ctx, userID, personMemory)
	switch {
	case slackError(err) == "user_not_found", slackError(err) == "user_not_visible":
		return refused(jobs.ReasonOutsider)
	case unsupported(err) && slackError(err) != "missing_scope":
		// Where people cannot be looked up, the approver is who keeps strangers out.
		b.log.WarnContext(ctx, "requester not looked up", "err", err)
		return nil
	case err != nil:
		return err
	}
	switch b.people.standing(u) {
	case guest:
		return refused(jobs.ReasonGuest)
	case outsider, gone:
		return refused(jobs.ReasonOutsider)
	case member:
	}
	return nil
}

// file asks Slack about a job's file and judges it. Where Slack cannot be asked the event's word is taken, and doubt is why.
func (b *Bot) file(ctx context.Context, j *jobs.Job) (f *slack.File, doubt, err error) {
	f, _, _, err = b.api.GetFileInfoContext(ctx, j.Front[refFile], 0, 0)
	switch word := slackError(err); {
	case word == "file_not_found" || word == "file_deleted":
		return nil, nil, refused(jobs.ReasonFileGone)
	case err != nil && j.Front[refFileURL] != "" && (unsupported(err) || j.Attempts > 0):
		b.log.WarnContext(ctx, "file not looked up, the event's word is taken", "job_id", j.ID, "err", err)
		return &slack.File{Name: j.Source.Name, Size: int(j.Source.Size), URLPrivate: j.Front[refFileURL]}, err, nil
	case err != nil:
		return nil, nil, fmt.Errorf("look up the file: %w", err)
	}
	switch {
	case f.Mode == "tombstone" || f.Mode == "hidden_by_limit" || f.FileAccess == "file_not_found" || f.FileAccess == "access_denied":
		return nil, nil, refused(jobs.ReasonFileGone)
	case external(f):
		return nil, nil, refused(jobs.ReasonExternalFile)
	case !tabular(f):
		return nil, nil, &roster.RefusedError{Code: roster.NotCSV, Params: map[string]string{"kind": f.Filetype}}
	case int64(f.Size) > b.o.MaxBytes:
		return nil, nil, b.tooLarge(int64(f.Size))
	case f.URLPrivateDownload == "" && f.URLPrivate == "":
		if j.Front[refFileURL] == "" {
			return nil, nil, outOfReach(j, errors.New("the file has no download address"), nil)
		}
		f.URLPrivate = j.Front[refFileURL]
	}
	if name := orElse(f.Name, f.Title); j.Source.Name == "" && name != "" {
		if _, err := b.jobs.SaveFront(ctx, j.ID, map[string]string{refFileName: name}); err != nil {
			return nil, nil, err
		}
	}
	return f, nil, nil
}

// fetchTries is how often a file that the bot is not let see is asked for: a membership may be a moment behind.
const fetchTries = 3

// outOfReach turns an error that repetition does not help into a refusal, so that nobody waits for long. doubt is why Slack
// could not be asked about the file, if so: a right that the bot lacks there explains the error.
func outOfReach(j *jobs.Job, err, doubt error) error {
	if why, lacks := errors.AsType[*roster.RefusedError](lackingRight(doubt)); lacks && !passing(err) {
		return why
	}
	if j.Attempts+1 < fetchTries || passing(err) {
		return err
	}
	return refused(jobs.ReasonFileGone)
}

// passing reports whether an error is of the network or of a busy server.
func passing(err error) bool {
	var (
		status  slack.StatusCodeError
		limited *slack.RateLimitedError
		network *url.Error
	)
	switch word := slackError(err); {
	case word == "ratelimited" || word == "rate_limited" || word == "message_limit_exceeded":
		return true
	case errors.As(err, &status):
		return status.Code >= http.StatusInternalServerError || status.Code == http.StatusTooManyRequests
	case errors.As(err, &limited), errors.As(err, &network), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, io.ErrUnexpectedEOF):
		return true
	}
	return false
}

func webPage(data []byte) bool {
	head := strings.TrimSpace(strings.ToLower(strings.TrimPrefix(string(data[:min(len(data), 128)]), "\ufeff")))
	return strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html")
}

func refused(code jobs.ReasonCode) error { return &roster.RefusedError{Code: roster.Code(code)} }

func (b *Bot) tooLarge(size int64) error {
	return &roster.RefusedError{Code: roster.TooLarge, Params: map[string]string{
		"size": strconv.FormatInt(size, 10), "max": strconv.FormatInt(b.o.MaxBytes, 10),
	}}
}

// limitedWriter refuses more than it was made for: Slack's word about a file's size is not relied on.
type limitedWriter struct {
	buf  *bytes.Buffer
	left int64
}

// errTooLarge ends a download.
var errTooLarge = errors.New("larger than allowed")

// Write implements io.Writer.
func (w *limitedWriter) Write(p []byte) (int, error) {
	w.left -= int64(len(p))
	if w.left < 0 {
		return 0, errTooLarge
	}
	return w.buf.Write(p)
}
