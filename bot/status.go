package bot

import (
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

func (b *Bot) cmdStatus(ctx context.Context, in invocation) (answer, error) {
	if len(in.args) > 0 {
		j, a, err := b.named(ctx, in)
		if err != nil || a.text != "" {
			return a, err
		}
		return b.statusOf(ctx, in, j), nil
	}
	list, err := b.jobs.List(ctx, listed)
	if err != nil {
		return answer{}, err
	}
	for _, j := range list {
		if j.Requester.ID == in.UserID {
			return b.statusOf(ctx, in, j), nil
		}
	}
	return answer{text: in.p.T("ui.status.none")}, nil
}

// named finds the job that a command names.
func (b *Bot) named(ctx context.Context, in invocation) (jobs.Job, answer, error) {
	typed := strings.Join(in.args, "")
	id, ok := jobs.ParseID(typed)
	shown := esc(cut(strings.Join(in.args, " "), 40))
	if !ok {
		said := in.p.T("ui.command.not_an_id", "word", shown)
		return jobs.Job{}, answer{text: said + b.nearJobs(ctx, in, typed)}, nil
	}
	j, err := b.jobs.Get(ctx, id)
	if errors.Is(err, jobs.ErrNotFound) {
		// An id is read generously; people look for what they typed.
		return j, answer{text: in.p.T("ui.command.no_such_job", "id", shown) + b.nearJobs(ctx, in, id)}, nil
	}
	return j, answer{}, err
}

// nearJobs names the jobs of a person, of everybody for approvers, whose id was probably meant; "" when there is none.
func (b *Bot) nearJobs(ctx context.Context, in invocation, typed string) string {
	list, err := b.jobs.List(ctx, steered)
	if err != nil {
		b.log.WarnContext(ctx, "jobs not listed", "err", err)
		return ""
	}
	approver := b.people.mayApprove(ctx, in.UserID) == nil
	var ids []string
	for i := range list {
		if j := &list[i]; approver || j.Requester.ID == in.UserID {
			ids = append(ids, j.ID)
		}
	}
	near := roster.Nearest(typed, ids, 2)
	if len(near) == 0 {
		return ""
	}
	for i := range near {
		near[i] = "`" + near[i] + "`"
	}
	return " " + in.p.T("ui.command.near_job", "jobs", in.p.Either(near))
}

// statusOf is the card of a job for the person who asks: without values of the file unless they handed it in or may approve.
func (b *Bot) statusOf(ctx context.Context, in invocation, j jobs.Job) answer {
	p := in.p
	v, err := b.view(ctx, j)
	if err != nil {
		v = view{job: j}
	}
	// Others who ask may not be among those for whom the file was meant.
	v.private = j.Requester.ID != in.UserID && b.people.mayApprove(ctx, in.UserID) != nil
	// What can be chosen and mended stands on the card itself.
	v.asking = true
	// Answers to a command carry no decisive buttons: there is one place to decide.
	c := b.draw(p, v)
	blocks := make([]slack.Block, 0, len(c.blocks)+1)
	for _, block := range c.blocks {
		if block.BlockType() != slack.MBTAction {
			blocks = append(blocks, block)
		}
	}
	link, reposted := b.linkOrRepost(ctx, &j)
	switch {
	case reposted:
		blocks = append(blocks, section(p.T("ui.card.reposted")))
	case link != "" && !isDirect(j.Front[refChannel]):
		blocks = append(blocks, section("<"+link+"|"+esc(p.T("ui.card.link"))+">"))
	}
	return answer{text: c.text, blocks: blocks}
}
