package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// References that the bot keeps with a job.
const (
	refChannel   = "channel"   // conversation of the card
	refThread    = "thread"    // parent message; empty when the card itself is the parent
	refFile      = "file"      // Slack's id of the roster
	refCard      = "card"      // ts of the card, or refPosting while it is being posted
	refPlanFile  = "plan_file" // digest of the plan whose file was uploaded
	refReport    = "report"    // ts of the report message
	refResults   = "results"   // names of result files that were uploaded
	refAsked     = "asked"     // cards in other conversations that ask for approval: "channel/ts" by blanks
	refDuplicate = "told"      // set once the poster was pointed to the earlier job
)

// message is what the bot needs of a message event.
type message struct {
	channel, channelType, user, team, ts, thread string
	files                                        []slack.File
}

// onMessage takes the files of a message. It returns an error only when nothing was recorded, so that Slack delivers the
// event again.
func (b *Bot) onMessage(ctx context.Context, ev *slackevents.MessageEvent) error {
	m := message{
		channel: ev.Channel, channelType: ev.ChannelType, user: ev.User, team: ev.UserTeam, ts: ev.TimeStamp,
		thread: ev.ThreadTimeStamp,
	}
	if ev.Message != nil {
		m.files = ev.Message.Files
		m.user = orElse(m.user, ev.Message.User)
		m.ts = orElse(m.ts, ev.Message.Timestamp)
		m.thread = orElse(m.thread, ev.Message.ThreadTimestamp)
	}
	// The bot's own result files come back as messages of its user.
	if (ev.SubType != "" && ev.SubType != slack.MsgSubTypeFileShare) || ev.BotID != "" || m.user == b.me.userID || m.user == "" {
		return nil
	}
	if len(m.files) == 0 {
		return nil
	}
	allowed, err := b.allowed(ctx, m.channel, m.channelType)
	if err != nil {
		return err
	}
	var errs []error
	for i := range m.files {
		errs = append(errs, b.take(ctx, m, &m.files[i], allowed))
	}
	return errors.Join(errs...)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// take makes a job of one file of a message, or says why not.
func (b *Bot) take(ctx context.Context, m message, f *slack.File, allowed bool) error {
	root := orElse(m.thread, m.ts)
	reason := b.unfit(f)
	switch {
	case !allowed && reason == "":
		reason = "ui.refuse.channel"
	case !allowed:
		// Files that are nothing for the bot, in channels that are not its own, are none of its business.
		return nil
	}
	if reason != "" {
		first, err := b.jobs.Once(ctx, "refusal:"+m.channel+":"+m.ts+":"+f.ID)
		if err != nil || !first {
			return err
		}
		b.background(ctx, "refuse", func(ctx context.Context) error {
			p := b.printer(ctx, m.user)
			return b.reply(ctx, m.channel, root, p.T(reason,
				"name", esc(f.Name), "channels", b.channelList(), "limit", p.Bytes(b.o.MaxBytes), "size", p.Bytes(int64(f.Size))))
		})
		return nil
	}
	_, created, err := b.jobs.Submit(ctx, jobs.Submission{
		Key:       "message:" + m.channel + ":" + m.ts + ":" + f.ID,
		Kind:      jobs.KindImport,
		Requester: jobs.Actor{ID: m.user},
		Source:    jobs.Source{Name: orElse(f.Name, f.Title), Size: int64(f.Size)},
		Front:     map[string]string{refChannel: m.channel, refThread: root, refFile: f.ID},
	})
	if err != nil {
		return fmt.Errorf("record a file: %w", err)
	}
	if created {
		b.background(ctx, "react", func(ctx context.Context) error {
			err := b.api.AddReactionContext(ctx, "eyes", slack.NewRefToMessage(m.channel, m.ts))
			if slackError(err) == "already_reacted" {
				return nil
			}
			return err
		})
	}
	return nil
}

// unfit says at first sight why a file cannot be a roster, as the id of a text; "" when it may be one.
func (b *Bot) unfit(f *slack.File) string {
	// Slack Connect may show only an id at first; the task that fetches the file asks for the rest.
	if f.Name == "" && f.Mimetype == "" && f.Filetype == "" {
		return ""
	}
	if int64(f.Size) > b.o.MaxBytes {
		if tabular(f) {
			return "ui.refuse.size"
		}
		return "ui.refuse.kind"
	}
	if !tabular(f) {
		return "ui.refuse.kind"
	}
	return ""
}

// tabular reports whether a file's name or kind lets it pass for a table of text.
func tabular(f *slack.File) bool {
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".csv", ".tsv", ".tab", ".txt":
		return true
	case "":
	default:
		return false
	}
	switch f.Filetype {
	case "csv", "tsv", "text", "plain_text":
		return true
	}
	return strings.HasPrefix(f.Mimetype, "text/csv") || strings.HasPrefix(f.Mimetype, "text/tab-separated-values") ||
		strings.HasPrefix(f.Mimetype, "text/plain")
}

// Fetch implements [jobs.Front]: it checks who handed the file in and downloads it.
func (b *Bot) Fetch(ctx context.Context, j jobs.Job) ([]byte, error) {
	u, err := b.people.user(ctx, j.Requester.ID, personMemory)
	if err != nil {
		return nil, err
	}
	switch b.people.standing(u) {
	case guest:
		return nil, refused(jobs.ReasonGuest)
	case outsider, gone:
		return nil, refused(jobs.ReasonOutsider)
	case member:
	}
	f, _, _, err := b.api.GetFileInfoContext(ctx, j.Front[refFile], 0, 0)
	switch slackError(err) {
	case "file_not_found", "file_deleted":
		return nil, refused(jobs.ReasonFileGone)
	}
	if err != nil {
		return nil, fmt.Errorf("look up the file: %w", err)
	}
	switch {
	case f.Mode == "tombstone" || f.Mode == "hidden_by_limit":
		return nil, refused(jobs.ReasonFileGone)
	case f.IsExternal || f.Mode == "external":
		return nil, refused(jobs.ReasonExternalFile)
	case !tabular(f):
		return nil, refused(jobs.ReasonCode(roster.NotCSV))
	case int64(f.Size) > b.o.MaxBytes:
		return nil, b.tooLarge(int64(f.Size))
	}
	url := orElse(f.URLPrivateDownload, f.URLPrivate)
	if url == "" {
		return nil, errors.New("the file has no download address")
	}
	var buf bytes.Buffer
	w := &limitedWriter{buf: &buf, left: b.o.MaxBytes}
	if err := b.api.GetFileContext(ctx, url, w); err != nil {
		if w.left < 0 {
			return nil, b.tooLarge(b.o.MaxBytes - w.left)
		}
		return nil, fmt.Errorf("download the file: %w", err)
	}
	data := buf.Bytes()
	if head := strings.ToLower(string(data[:min(len(data), 64)])); strings.HasPrefix(strings.TrimSpace(head), "<!doctype html") ||
		strings.HasPrefix(strings.TrimSpace(head), "<html") {
		// Slack answers with its sign-in page when the bot may not see a file.
		return nil, errors.New("slack sent a web page instead of the file")
	}
	return data, nil
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

// Write implements io.Writer.
func (w *limitedWriter) Write(p []byte) (int, error) {
	w.left -= int64(len(p))
	if w.left < 0 {
		return 0, errors.New("larger than allowed")
	}
	return w.buf.Write(p)
}
