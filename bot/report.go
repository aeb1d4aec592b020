package bot

import (
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// drawReport is the message that ends the work on the rows: an edit of the card would notify nobody.
// Of the view, the job and what it names of others count; link leads to the card, which goes on counting; "" when there is none.
func (b *Bot) drawReport(p *text.Printer, v view, link string) card {
	j := &v.job
	approver := jobs.Actor{}
	if j.Decision != nil {
		approver = j.Decision.Actor
	}
	c := card{text: b.summary(p, v)}
	c.blocks = append(c.blocks, section(cutMarks(reportHead(p, j, approver), sectionLimit)))
	if v.pauser.ID != "" {
		c.blocks = append(c.blocks, section(p.T("control.report.not_paused", "who", called(v.pauser))))
	}
	if lines := kinLines(p, v); len(lines) > 0 {
		c.blocks = append(c.blocks, section(strings.Join(lines, "\n")))
	}
	if j.Reason.Code != "" {
		c.blocks = append(c.blocks, section(cutMarks("*"+esc(reasonWords(p, j))+"*", sectionLimit)))
	}
	c.blocks = append(c.blocks, progressBlocks(p, v)...)
	if j.State == jobs.StateFinishing {
		words := p.T("ui.report.later")
		if link != "" {
			words += " <" + link + "|" + esc(p.T("ui.card.link")) + ">"
		}
		c.blocks = append(c.blocks, section(words))
	}
	if line := noFiles(p, j); line != "" {
		c.text = cutMarks(c.text+" "+line, textLimit)
		c.blocks = append(c.blocks, section(line))
	}
	c.blocks = append(c.blocks, slack.NewContextBlock("", mrkdwn(b.footer(p, v))))
	return c
}

// reportHead says for whom the report is, how the work ended and, where a person ended it, who.
func reportHead(p *text.Printer, j *jobs.Job, approver jobs.Actor) string {
	id, who, by := "ui.report.head."+string(j.State), "", mention(approver)
	if j.State == jobs.StateCanceled && j.Stop != nil && byOther(j, j.Stop.Actor) {
		id, who = "ui.report.head.canceled_by", called(j.Stop.Actor)
		if approver.ID == j.Stop.Actor.ID {
			// Whoever stopped it need not be called for that.
			by = called(approver)
		}
	}
	words := p.T(id, "requester", mention(j.Requester), "approver", by, "name", esc(title(p, j)), "who", who)
	if j.State == jobs.StateCanceled && untouched(j) {
		words += " " + p.T("control.report.untouched")
	}
	return words
}

// noFiles says that result files could not be attached; "" when they were.
func noFiles(p *text.Printer, j *jobs.Job) string {
	word := j.Front[refNoFiles]
	if word == "" {
		return ""
	}
	return p.T("ui.report.no_files", "word", esc(cut(word, nameLimit)))
}

// drawFinished says that nobody is waited for any more.
func drawFinished(p *text.Printer, j *jobs.Job) card {
	words := p.T("ui.report.finished", "id", j.ID, "finished", p.Number(j.Counts.Finished), "lapsed", p.Number(j.Counts.Lapsed))
	words = esc(words)
	if line := noFiles(p, j); line != "" {
		words += " " + line
	}
	return card{text: words, blocks: []slack.Block{section(mention(j.Requester) + " " + words)}}
}
