package bot

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// References that the bot keeps with a job.
const (
	refChannel   = "channel"    // conversation of the card
	refThread    = "thread"     // parent message; empty when the card itself is the parent
	refFile      = "file"       // Slack's id of the roster
	refFileURL   = "file_url"   // where the event said that the file is
	refFileName  = "file_name"  // the file's name, when the event did not tell it
	refCard      = "card"       // ts of the card, or refPosting while it is being posted
	refDeleted   = "deleted"    // how often somebody deleted the card
	refReposted  = "reposted"   // ts of the card that was posted again because Slack did not let it be edited
	refPlanFile  = "plan_file"  // digests of the plans whose files are there, by blanks
	refPlanID    = "plan_id"    // Slack's id of that file
	refUploading = "uploading"  // title of the file that is being uploaded
	refReport    = "report"     // ts of the report message, or refPosting
	refFinished  = "finished"   // ts of the message that nobody is waited for any more, or refPosting
	refResults   = "results"    // names of result files that were uploaded
	refNoFiles   = "no_files"   // Slack's word for why result files could not be attached
	refNamed     = "named"      // lines of invited people's rows that the result files have as failed, or namedAll
	refLateFile  = "late_file"  // set once the rows that failed after the report were named
	refAsked     = "asked"      // cards in other conversations that ask for approval: "user:channel/ts" by blanks
	refWish      = "wish"       // which people's invitations the job is about; empty when it was not asked for by addresses
	refDuplicate = "told"       // set once the poster was pointed to the earlier job
	refTakenBack = "taken_back" // set on an undo once the card of the first job says that it is taken back
	refStanding  = "standing"   // how the job stood when the cards of jobs that wait for it were last drawn
	refAppliedAt = "applied_at" // when the rows were through, which is before the end of a job that waits for people

	// refPosting stands for the ts of a message that is being posted.
	refPosting = "?"
)

// message is what the bot needs of a message event.
type message struct {
	channel, channelType, user, ts, thread string
	files                                  []slack.File
}

// root is the message under which a thread about m stands.
func (m message) root() string { return orElse(m.thread, m.ts) }

// onMessage takes the files of a message. It returns an error only when nothing was recorded, so that Slack delivers the
// event again.
func (b *Bot) onMessage(ctx context.Context, ev *slackevents.MessageEvent) error {
	m := message{
		channel: ev.Channel, channelType: ev.ChannelType, user: ev.User, ts: ev.TimeStamp, thread: ev.ThreadTimeStamp,
	}
	if ev.Message != nil {
		m.files = ev.Message.Files
		m.user = orElse(m.user, ev.Message.User)
		m.ts = orElse(m.ts, ev.Message.Timestamp)
		m.thread = orElse(m.thread, ev.Message.ThreadTimestamp)
	}
	switch ev.SubType {
	case "", slack.MsgSubTypeFileShare, slack.MsgSubTypeThreadBroadcast:
	case slack.MsgSubTypeMessageDeleted, slack.MsgSubTypeMessageChanged:
		return b.onGone(ctx, ev)
	default:
		// Comings and goings have no files.
		return nil
	}
	// The bot's own result files come back as messages of its user.
	if ev.BotID != "" || m.user == b.me.userID || m.user == "" || len(m.files) == 0 {
		return nil
	}
	allowed, err := b.allowed(ctx, m.channel, m.channelType)
	if err != nil {
		return err
	}
	var errs []error
	for i := range m.files {
		errs = append(errs, b.takeOrRefuse(ctx, m, &m.files[i], allowed))
	}
	return errors.Join(errs...)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// takeOrRefuse makes a job of one file of a message, or says once in its thread why not.
func (b *Bot) takeOrRefuse(ctx context.Context, m message, f *slack.File, allowed bool) error {
	reason := b.unfit(f)
	switch {
	case !allowed && reason != "":
		// Files that are nothing for the bot, in channels that are not its own, are none of its business.
		return nil
	case !allowed:
		reason = refuseChannel
	}
	if reason != "" {
		first, err := b.jobs.Once(ctx, "refusal:"+m.channel+":"+m.ts+":"+f.ID)
		if err != nil || !first {
			return err
		}
		b.background(ctx, "refuse", func(ctx context.Context) error {
			_, err := b.reply(ctx, m.channel, m.root(), b.refusal(b.printer(ctx, m.user), reason, f))
			return err
		})
		return nil
	}
	_, created, err := b.take(ctx, m, f)
	if err != nil {
		return err
	}
	if created {
		// The mark is a courtesy: without the scope for it nothing else is missing.
		b.background(ctx, "react", func(ctx context.Context) error {
			err := b.api.AddReactionContext(ctx, "eyes", slack.NewRefToMessage(m.channel, m.ts))
			if slackError(err) == "already_reacted" || unsupported(err) {
				return nil
			}
			return err
		})
	}
	return nil
}

// take records one file of a message as a job.
func (b *Bot) take(ctx context.Context, m message, f *slack.File) (j jobs.Job, created bool, err error) {
	refs := map[string]string{refChannel: m.channel, refThread: m.root(), refFile: f.ID}
	noteFile(refs, f)
	j, created, err = b.jobs.Submit(ctx, jobs.Submission{
		Key:       "message:" + m.channel + ":" + m.ts + ":" + f.ID,
		Kind:      jobs.KindAuto,
		Requester: jobs.Actor{ID: m.user},
		Source:    jobs.Source{Name: orElse(f.Name, f.Title), Size: int64(f.Size)},
		Front:     refs,
	})
	if err != nil {
		return j, false, fmt.Errorf("record a file: %w", err)
	}
	return j, created, nil
}

// noteFile keeps where an event says that a file is, for a Slack that does not tell it again.
func noteFile(refs map[string]string, f *slack.File) {
	if url := orElse(f.URLPrivateDownload, f.URLPrivate); url != "" && !external(f) {
		refs[refFileURL] = url
	}
}

func external(f *slack.File) bool { return f.IsExternal || f.Mode == "external" }

// Reasons to refuse a file at first sight, as ids of texts.
const (
	refuseChannel = "ui.refuse.channel"
	refuseKind    = "ui.refuse.kind"
	refuseSize    = "ui.refuse.size"
)

// refusal puts into words why a file is not taken.
func (b *Bot) refusal(p *text.Printer, reason string, f *slack.File) string {
	name, size, limit := esc(cut(orElse(f.Name, f.Title), nameLimit)), p.Bytes(int64(f.Size)), p.Bytes(b.o.MaxBytes)
	switch reason {
	case refuseChannel:
		return cutMarks(p.T("ui.refuse.channel", "name", name, "channels", b.channelList()), sectionLimit)
	case refuseSize:
		return p.T("ui.refuse.size", "name", name, "size", size, "limit", limit)
	}
	return p.T("ui.refuse.kind", "name", name)
}

// unfit says at first sight why a file cannot be a roster, as the id of a text; "" when it may be one.
func (b *Bot) unfit(f *slack.File) string {
	switch {
	case stub(f):
		return ""
	case !tabular(f):
		return refuseKind
	case int64(f.Size) > b.o.MaxBytes:
		return refuseSize
	}
	return ""
}

// stub reports whether Slack shows no more than a file's id: Slack Connect does so at first, and deleted files are left
// like this. Whoever fetches the file asks for the rest.
func stub(f *slack.File) bool {
	return f.FileAccess == "check_file_info" || f.Mode == "tombstone" || f.Mode == "hidden_by_limit" ||
		(f.Name == "" && f.Mimetype == "" && f.Filetype == "")
}

// mimeWorkbook is the kind of an Excel workbook.
const mimeWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// tabular reports whether a file's name or kind lets it pass for a table of text or a workbook.
func tabular(f *slack.File) bool {
	ext := strings.ToLower(path.Ext(strings.TrimSpace(f.Name)))
	switch ext {
	case ".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm":
		return true
	}
	if f.Mode == "snippet" && !isExtension(ext) && strings.HasPrefix(f.Mimetype, "text/plain") {
		return true
	}
	switch f.Filetype {
	case "csv", "tsv", "xlsx", "xlsm":
		return true
	case "text", "plain_text", "":
	default:
		return false
	}
	if isExtension(ext) {
		return false
	}
	if f.Mimetype == mimeWorkbook {
		return true
	}
	return f.Filetype != "" || strings.HasPrefix(f.Mimetype, "text/csv") || strings.HasPrefix(f.Mimetype, "text/plain") ||
		strings.HasPrefix(f.Mimetype, "text/tab-separated-values")
}

// isExtension tells the end of a name that says what a file is from one that only has a dot in it: "Team 1.2", "v. new".
func isExtension(ext string) bool {
	return len(ext) > 2 && len(ext) <= 6 && strings.Trim(ext[1:], "abcdefghijklmnopqrstuvwxyz0123456789") == "" &&
		strings.Trim(ext[1:], "0123456789") != ""
}
