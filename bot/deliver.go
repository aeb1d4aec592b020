package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
)

// destination is the conversation for files: the thread, or a direct message to the requester.
func (b *Bot) destination(ctx context.Context, j *jobs.Job) (channel, ts string, err error) {
	if b.o.ReportTo != ReportDM || isDirect(j.Front[refChannel]) {
		return j.Front[refChannel], thread(j), nil
	}
	channel, err = b.direct(ctx, j.Requester.ID)
	return channel, "", err
}

// putPlanFile uploads the whole plan once for each plan, also when somebody was faster to decide about it.
func (b *Bot) putPlanFile(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	if j.Plan == nil || idle(&j) || slices.Contains(strings.Fields(j.Front[refPlanFile]), j.Plan.Digest) {
		return j, nil
	}
	channel, ts, err := b.destination(ctx, &j)
	if err != nil {
		return j, err
	}
	data, err := b.planData(ctx, p, &j)
	if err != nil {
		return j, err
	}
	// A plan that somebody may have decided about before the account changed stays.
	old, files := j.Front[refPlanID], j.Plan.Digest
	if j.Replaced != nil {
		files = strings.TrimSpace(j.Front[refPlanFile] + " " + files)
	}
	j, err = b.uploadOnce(ctx, j, upload{
		channel: channel, thread: ts, name: planName(&j), title: planName(&j) + " (" + short(j.Plan.Digest) + ")", data: data,
		comment: p.T("ui.plan_file", "id", j.ID), idRef: refPlanID,
	}, refPlanFile, files)
	if err == nil && old != "" && old != j.Front[refPlanID] && j.Replaced == nil {
		b.dropFile(ctx, &j, channel, ts, old)
	}
	return j, err
}

// idle reports whether a plan has nothing to do, and no more to tell than its card does.
func idle(j *jobs.Job) bool {
	n := j.Plan.Counts
	return n.Writes() == 0 && n.Kept+n.Irreversible == 0 && j.Plan.Errors+j.Plan.Warnings <= shownIssues
}

// dropFile deletes a plan that does not count any more, and the message that it came with, lest somebody takes it for the
// one to decide about. It is no harm when that does not work: the title says which plan a file is of.
func (b *Bot) dropFile(ctx context.Context, j *jobs.Job, channel, under, file string) {
	ts, err := b.search(ctx, j, channel, under, func(m *slack.Message) bool {
		return slices.ContainsFunc(m.Files, func(f slack.File) bool { return f.ID == file })
	})
	if err == nil {
		err = b.api.DeleteFileContext(ctx, file)
	}
	if err == nil && ts != "" {
		_, _, err = b.api.DeleteMessageContext(ctx, channel, ts)
	}
	if err != nil {
		b.log.InfoContext(ctx, "file of an earlier plan not deleted", "job_id", j.ID, "slack_error", slackError(err), "err", err)
	}
}

func planName(j *jobs.Job) string { return "plan-" + j.ID + ".csv" }

func (b *Bot) planData(ctx context.Context, p *text.Printer, j *jobs.Job) ([]byte, error) {
	r, results, err := b.jobs.Results(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	d, err := b.difference(ctx, j)
	if err != nil {
		return nil, err
	}
	var former map[int]string
	if d != nil {
		former = make(map[int]string, len(d.Rows))
		for i := range d.Rows {
			former[d.Rows[i].Line] = formerWords(p, &d.Rows[i])
		}
	}
	return planFile(p, r, results, former)
}

// difference is what sets the plan of a job apart from the one that it replaced; nil when none was replaced, or it is not kept
// any more.
func (b *Bot) difference(ctx context.Context, j *jobs.Job) (*plan.Difference, error) {
	if j.Replaced == nil {
		return nil, nil //nolint:nilnil // No difference is an answer, not an error.
	}
	d, err := b.jobs.Difference(ctx, j.ID)
	switch {
	case errors.Is(err, jobs.ErrNotFound):
		return nil, nil //nolint:nilnil // As above.
	case err != nil:
		return nil, fmt.Errorf("compare the plans of a job: %w", err)
	}
	return &d, nil
}

// upload is a file on its way to a conversation. The title tells it apart from files of other jobs with the same name.
type upload struct {
	channel, thread, name, title, comment string
	data                                  []byte
	// idRef is the reference under which the id of the file is remembered; none when empty.
	idRef string
}

func (b *Bot) upload(ctx context.Context, u upload) error {
	_, err := b.uploadFile(ctx, u)
	return err
}

// uploadFile uploads a file and returns Slack's id of it.
func (b *Bot) uploadFile(ctx context.Context, u upload) (string, error) {
	f, err := b.api.UploadFileContext(ctx, slack.UploadFileParameters{
		Filename: u.name, Title: orElse(u.title, u.name), FileSize: len(u.data), Content: string(u.data), Channel: u.channel,
		ThreadTimestamp: u.thread, InitialComment: u.comment,
	})
	if err != nil {
		return "", &uploadError{name: u.name, err: err}
	}
	return f.ID, nil
}

// uploadError says that a file was not uploaded.
type uploadError struct {
	name string
	err  error
}

func (e *uploadError) Error() string { return "upload " + e.name + ": " + e.err.Error() }

func (e *uploadError) Unwrap() error { return e.err }

// uploadOnce uploads a file and remembers it under a reference. A crash may have come between the two: then the
// conversation tells whether the file is there.
func (b *Bot) uploadOnce(ctx context.Context, j jobs.Job, u upload, ref, value string) (jobs.Job, error) {
	there, fileID := false, ""
	var err error
	if j.Front[refUploading] == u.title {
		if there, err = b.findUploaded(ctx, &j, u.channel, u.thread, u.title); err != nil {
			return j, err
		}
	} else if j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refUploading: u.title}); err != nil {
		return j, err
	}
	if !there {
		if fileID, err = b.uploadFile(ctx, u); err != nil {
			return j, err
		}
	}
	refs := map[string]string{ref: value, refUploading: ""}
	if u.idRef != "" {
		refs[u.idRef] = fileID
	}
	return b.jobs.SaveFront(ctx, j.ID, refs)
}

// putReport uploads the result files and posts the report, each once. People who were only invited may still change the
// numbers; the card keeps those.
func (b *Bot) putReport(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	if !ended(&j) {
		return j, nil
	}
	j, err := b.noteEnd(ctx, j)
	if err != nil {
		return j, err
	}
	if j, err = b.putResults(ctx, p, j); err != nil {
		return j, err
	}
	others := b.others(ctx, &j)
	if ts := j.Front[refReport]; len(ts) <= len(refPosting) {
		v := view{job: j, others: others, links: b.links(ctx, others), pauser: b.pauser(ctx, &j)}
		if j, err = b.postOnce(ctx, j, refReport, metadata(&j), b.drawReport(p, v, b.link(ctx, &j))); err != nil {
			return j, err
		}
	}
	if takenBack(&j, others) != nil {
		// What became of people after that is not the job's doing any more; the undo has reported them.
		return j, nil
	}
	if j, err = b.putLateFile(ctx, p, j); err != nil {
		return j, err
	}
	if ts := j.Front[refFinished]; j.State == jobs.StateDone && j.Counts.Invited > 0 && len(ts) <= len(refPosting) {
		return b.postOnce(ctx, j, refFinished, metadata(&j), drawFinished(p, &j))
	}
	return j, nil
}

// noteEnd keeps when the rows of a job were through.
func (b *Bot) noteEnd(ctx context.Context, j jobs.Job) (jobs.Job, error) {
	if !ended(&j) || j.Front[refAppliedAt] != "" {
		return j, nil
	}
	return b.jobs.SaveFront(ctx, j.ID, map[string]string{refAppliedAt: b.o.Now().UTC().Format(time.RFC3339Nano)})
}

// namedAll says that the result files are of the job's end, so that no row can fail after them.
const namedAll = "all"

// putResults uploads the result files that are not there yet. Where Slack refuses one for good the report says so.
func (b *Bot) putResults(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	if j.Front[refReport] != "" {
		// The report comes after the files.
		return j, nil
	}
	r, results, err := b.jobs.Results(ctx, j.ID)
	if err != nil {
		return j, err
	}
	if j.Front[refNamed] == "" {
		named := namedAll
		if !j.State.Terminal() {
			named = "- " + strings.Join(lateLines(results), " ")
		}
		if j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refNamed: named}); err != nil {
			return j, err
		}
	}
	word := ""
	for _, f := range resultFiles(p, &j, r, results) {
		sent := strings.Fields(j.Front[refResults])
		if slices.Contains(sent, f.name) {
			continue
		}
		next, refused, err := b.putResultFile(ctx, j, f, refResults, strings.Join(append(sent, f.name), " "))
		if err != nil {
			return j, err
		}
		j, word = next, orElse(word, refused)
	}
	return b.noteRefused(ctx, j, word)
}

// putResultFile uploads a result file once. It returns Slack's word when Slack refuses the file for good.
func (b *Bot) putResultFile(ctx context.Context, j jobs.Job, f resultFile, ref, value string) (_ jobs.Job, word string, err error) {
	data, err := f.data()
	if err != nil {
		return j, "", err
	}
	next := j
	channel, ts, err := b.destination(ctx, &j)
	if err == nil {
		next, err = b.uploadOnce(ctx, j, upload{
			channel: channel, thread: ts, name: f.name, title: f.name + " (" + j.ID + ")", data: data, comment: f.comment,
		}, ref, value)
	}
	if err != nil && lasting(&next, err) {
		b.log.ErrorContext(ctx, "result file refused", "job_id", j.ID, "slack_error", refusal(err), "err", err)
		return next, refusal(err), nil
	}
	return next, "", err
}

// noteRefused keeps Slack's word for why files could not be attached, for the message that follows them.
func (b *Bot) noteRefused(ctx context.Context, j jobs.Job, word string) (jobs.Job, error) {
	if j.Front[refNoFiles] == word {
		return j, nil
	}
	return b.jobs.SaveFront(ctx, j.ID, map[string]string{refNoFiles: word})
}

// late reports whether a row failed while its person was waited for.
func late(res *jobs.Result) bool {
	return res.State.Invited && (res.Outcome == jobs.OutcomeFailed || res.Outcome == jobs.OutcomeLapsed)
}

// lateLines are the lines of the rows that failed while their people were waited for.
func lateLines(results []jobs.Result) []string {
	var lines []string
	for i := range results {
		if late(&results[i]) {
			lines = append(lines, strconv.Itoa(results[i].State.Line))
		}
	}
	return lines
}

// putLateFile uploads, once a job has ended, the rows that failed after the result files were made, and those of the people
// whom it no longer waits for.
func (b *Bot) putLateFile(ctx context.Context, p *text.Printer, j jobs.Job) (jobs.Job, error) {
	if !j.State.Terminal() || j.Counts.Invited == 0 || j.Front[refLateFile] != "" || j.Front[refNamed] == namedAll {
		return j, nil
	}
	r, results, err := b.jobs.Results(ctx, j.ID)
	if err != nil {
		return j, err
	}
	named := strings.Fields(j.Front[refNamed])
	incomplete := slices.DeleteFunc(slices.Clone(results), func(res jobs.Result) bool { return res.Outcome != jobs.OutcomeIncomplete })
	results = slices.DeleteFunc(results, func(res jobs.Result) bool {
		return !late(&res) || slices.Contains(named, strconv.Itoa(res.State.Line))
	})
	word := ""
	for _, f := range resultFiles(p, &j, r, incomplete) {
		sent := strings.Fields(j.Front[refResults])
		if slices.Contains(sent, f.name) {
			continue
		}
		if j, word, err = b.putResultFile(ctx, j, f, refResults, strings.Join(append(sent, f.name), " ")); err != nil {
			return j, err
		}
	}
	if len(results) > 0 {
		var refused string
		if j, refused, err = b.putResultFile(ctx, j, lateFile(p, &j, r, results), refLateFile, "1"); err != nil {
			return j, err
		}
		word = orElse(word, refused)
	}
	if j, err = b.noteRefused(ctx, j, word); err != nil || j.Front[refLateFile] != "" {
		return j, err
	}
	return b.jobs.SaveFront(ctx, j.ID, map[string]string{refLateFile: "1"})
}

// maxAsked bounds how many approvers are asked by direct message.
const maxAsked = 10

// askElsewhere lets approvers decide about a job whose card they cannot see, because it stands in a direct message: each
// gets a card of their own with the plan, which is edited with the first one.
func (b *Bot) askElsewhere(ctx context.Context, j jobs.Job, v view) (jobs.Job, error) {
	if !isDirect(j.Front[refChannel]) {
		return j, nil
	}
	v.job, v.asking, v.private = j, true, false
	asked := strings.Fields(j.Front[refAsked])
	for _, ref := range slices.Clone(asked) {
		user, place, _ := strings.Cut(ref, ":")
		channel, ts, ok := strings.Cut(place, "/")
		if !ok {
			continue
		}
		err := b.editCard(ctx, channel, ts, metadata(&j), b.draw(b.printer(ctx, user), v))
		if err != nil {
			b.log.WarnContext(ctx, "card of an approver not edited", "job_id", j.ID, "err", err)
		}
		if slackError(err) == "message_not_found" {
			// Who is still to decide is asked once more.
			asked = slices.DeleteFunc(asked, func(other string) bool { return other == ref })
		}
	}
	if j.State != jobs.StateAwaitingApproval {
		return j, nil
	}
	for _, user := range b.people.approverIDs(ctx) {
		known := slices.ContainsFunc(asked, func(ref string) bool { return strings.HasPrefix(ref, user+":") })
		if known || user == j.Requester.ID || len(asked) >= maxAsked {
			continue
		}
		ref, err := b.ask(ctx, v, user)
		if err != nil {
			b.log.WarnContext(ctx, "approver not asked", "job_id", j.ID, "err", err)
			continue
		}
		asked = append(asked, ref)
		if j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refAsked: strings.Join(asked, " ")}); err != nil {
			return j, err
		}
	}
	return j, nil
}

// ask posts the card of an approver with the plan under it.
func (b *Bot) ask(ctx context.Context, v view, user string) (ref string, err error) {
	channel, err := b.direct(ctx, user)
	if err != nil {
		return "", err
	}
	p := b.printer(ctx, user)
	ts, err := b.postCard(ctx, channel, "", metadata(&v.job), b.draw(p, v))
	if err != nil {
		return "", err
	}
	ref = user + ":" + channel + "/" + ts
	data, err := b.planData(ctx, p, &v.job)
	if err == nil {
		err = b.upload(ctx, upload{channel: channel, thread: ts, name: planName(&v.job), data: data, comment: p.T("ui.plan_file", "id", v.job.ID)})
	}
	if err != nil {
		// The card is there, which is what has to be remembered.
		b.log.WarnContext(ctx, "plan not shown to an approver", "job_id", v.job.ID, "err", err)
	}
	return ref, nil
}
