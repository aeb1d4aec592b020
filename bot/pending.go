package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// ActionResendInvitations is the button that sends invitations again. Its value is a target of
// [jobs.Service.SubmitInvitations]: the id of a job on its card, [jobs.AllInvited] under the list of pending people.
const ActionResendInvitations = "invitations_resend"

// How many people the list shows; the rest is in the file.
const (
	pendingListed = 20
	lapsedListed  = 10
)

// cmdPending lists who has not accepted, or passes on to resend and withdraw, which people look for here as well.
func (b *Bot) cmdPending(ctx context.Context, in invocation) (answer, error) {
	if len(in.args) > 0 {
		switch strings.ToLower(in.args[0]) {
		case "resend", "again":
			in.args = in.args[1:]
			return b.cmdResend(ctx, in)
		case "withdraw", "cancel":
			in.args = in.args[1:]
			return b.cmdWithdraw(ctx, in)
		}
	}
	filter := strings.Join(in.args, " ")
	waiting, lapsed, err := b.jobs.Pending(ctx, filter)
	if err != nil {
		return answer{}, err
	}
	p := in.p
	if len(waiting)+len(lapsed) == 0 {
		if filter != "" {
			return answer{text: p.T("cmd.pending.no_match", "text", esc(cut(filter, 60)))}, nil
		}
		return answer{text: p.T("cmd.pending.nobody")}, nil
	}
	head := p.T("cmd.pending.waiting", "count", len(waiting))
	a := answer{text: head}
	if lines := b.inviteeLines(p, waiting, pendingListed); lines != "" {
		a.blocks = append(a.blocks, section("*"+head+"*"), section(lines))
	} else {
		a.blocks = append(a.blocks, section(head))
	}
	if len(lapsed) > 0 {
		head := p.T("cmd.pending.lapsed", "count", len(lapsed))
		a.text += "\n" + head
		a.blocks = append(a.blocks, section("*"+head+"*"), section(b.inviteeLines(p, lapsed, lapsedListed)))
	}
	if len(waiting) > pendingListed || len(lapsed) > lapsedListed {
		said := b.sendPending(ctx, in, append(waiting, lapsed...))
		a.text += "\n" + said
		a.blocks = append(a.blocks, section(said))
	}
	if filter == "" && len(waiting) > 0 {
		again := slack.NewButtonBlockElement(ActionResendInvitations, jobs.AllInvited, plain(cut(p.T("cmd.pending.button"), 75)))
		a.blocks = append(a.blocks, slack.NewActionBlock("", again))
	}
	how := p.T("cmd.pending.how")
	a.text += "\n" + how
	a.blocks = append(a.blocks, slack.NewContextBlock("", mrkdwn(how)))
	return a, nil
}

// inviteeLines lists people for one section, at most n of them.
func (b *Bot) inviteeLines(p *text.Printer, people []jobs.Invitee, n int) string {
	lines := make([]string, 0, n+1)
	used := 0
	for i := range people {
		line := b.inviteeLine(p, &people[i])
		if i == n || used+length(line)+100 > sectionLimit {
			lines = append(lines, p.T("cmd.pending.more", "count", len(people)-i))
			break
		}
		used += length(line) + 1
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (b *Bot) inviteeLine(p *text.Printer, i *jobs.Invitee) string {
	line := "• " + esc(cut(i.Email, 80))
	if name := strings.TrimSpace(i.FirstName + " " + i.LastName); name != "" {
		line += " (" + esc(cut(name, 60)) + ")"
	}
	if i.Since.IsZero() {
		return line + " · " + p.T("cmd.pending.unknown")
	}
	line += " · " + p.T("cmd.pending.since", "date", date(i.Since)) + " · `" + i.JobID + "` " + mention(i.Requester)
	if i.Lapsed {
		return line
	}
	return line + " · " + p.T("cmd.pending.left", "count", daysLeft(i, b.o.Now()))
}

// daysLeft is how many whole days an invitation still has.
func daysLeft(i *jobs.Invitee, now time.Time) int {
	return max(0, int(i.Until().Sub(now)/(24*time.Hour)))
}

// sendPending sends the whole list as a file, and says so or that it did not work.
func (b *Bot) sendPending(ctx context.Context, in invocation, people []jobs.Invitee) string {
	data, err := b.pendingFile(in.p, people)
	if err == nil {
		err = b.sendFile(ctx, in.UserID, upload{
			name: "pending-" + b.o.Now().UTC().Format(time.DateOnly) + ".csv", data: data,
			comment: in.p.T("cmd.pending.file", "count", len(people)),
		})
	}
	if err != nil {
		b.log.WarnContext(ctx, "list of pending people not sent", "err", err)
		return in.p.T("cmd.no_file")
	}
	return in.p.T("cmd.pending.sent")
}

// sendFile uploads a file for one person's eyes.
func (b *Bot) sendFile(ctx context.Context, user string, u upload) error {
	var err error
	if u.channel, err = b.direct(ctx, user); err != nil {
		return err
	}
	return b.upload(ctx, u)
}

func (b *Bot) pendingFile(p *text.Printer, people []jobs.Invitee) ([]byte, error) {
	header := []string{
		p.Field(roster.Email), p.Field(roster.FirstName), p.Field(roster.LastName), p.Field(roster.UserType),
		p.T("cmd.pending.column.state"), p.T("cmd.pending.column.since"), p.T("cmd.pending.column.until"),
		p.T("cmd.pending.column.left"), p.T("cmd.pending.column.job"), p.T("cmd.pending.column.requester"),
	}
	records := make([][]string, 0, len(people))
	for i := range people {
		person := &people[i]
		record := []string{person.Email, person.FirstName, person.LastName, "", p.State(jobs.StateFinishing), "", "", "", "", ""}
		if person.UserType != 0 {
			record[3] = p.UserType(person.UserType)
		}
		record[4] = p.Outcome(jobs.OutcomeWaiting)
		if person.Lapsed {
			record[4] = p.Outcome(jobs.OutcomeLapsed)
		}
		if !person.Since.IsZero() {
			record[5], record[6] = person.Since.UTC().Format("2006-01-02 15:04"), person.Until().UTC().Format("2006-01-02 15:04")
			record[8], record[9] = person.JobID, orElse(person.Requester.Name, person.Requester.ID)
			if !person.Lapsed {
				record[7] = strconv.Itoa(daysLeft(person, b.o.Now()))
			}
		}
		records = append(records, record)
	}
	return encodeCSV(header, records, delimiterOf(p.Language()))
}

// delimiterOf is what spreadsheets of a language expect between cells.
func delimiterOf(language string) rune {
	switch language {
	case "fr", "de", "es":
		return ';'
	}
	return ','
}

func (b *Bot) cmdResend(ctx context.Context, in invocation) (answer, error) {
	return b.cmdInvitations(ctx, in, plan.ActionResend)
}

func (b *Bot) cmdWithdraw(ctx context.Context, in invocation) (answer, error) {
	return b.cmdInvitations(ctx, in, plan.ActionWithdraw)
}

func (b *Bot) cmdInvitations(ctx context.Context, in invocation, action plan.Action) (answer, error) {
	return b.invitations(ctx, in.p, invitationsWish{
		user: in.UserID, channel: in.ChannelID, action: action, target: strings.Join(in.args, " "), key: "command:" + in.TriggerID,
	})
}

// invitationsWish is what somebody wants to be done with invitations, and where they said so.
type invitationsWish struct {
	user, channel string
	action        plan.Action
	target        string
	// key tells deliveries of one wish from a second wish.
	key string
}

// invitations makes a job of a wish. Its card comes where cards of the form come; see importChannel.
func (b *Bot) invitations(ctx context.Context, p *text.Printer, w invitationsWish) (answer, error) {
	target, kind := readTarget(w.target)
	if kind == targetNone {
		id := "cmd.invitations.which." + string(w.action)
		if target != "" {
			return answer{text: p.T("cmd.invitations.unclear", "word", esc(cut(target, 60))) + " " + p.T(id)}, nil
		}
		return answer{text: p.T(id)}, nil
	}
	channel := b.importChannel(ctx, w.channel)
	where := p.T("cmd.invitations.where_dm")
	if channel == "" {
		var err error
		if channel, err = b.direct(ctx, w.user); err != nil {
			return answer{}, err
		}
	} else {
		where = p.T("cmd.invitations.where", "channel", "<#"+channel+">")
	}
	name := string(w.action)
	wish := ""
	if kind == targetPeople {
		wish = wishOf(w.action, target)
		switch open, err := b.openWish(ctx, wish); {
		case err != nil:
			return answer{}, err
		case open != nil:
			return answer{text: b.known(ctx, p, open, open.ID, fileName(open))}, nil
		}
	} else {
		name += "-" + target
	}
	j, people, err := b.jobs.SubmitInvitations(ctx, jobs.Submission{
		Key: w.key, Requester: b.people.actor(ctx, w.user), Source: jobs.Source{Name: name + ".csv"},
		Front: map[string]string{refChannel: channel, refWish: wish},
	}, w.action, target)
	switch {
	case errors.Is(err, jobs.ErrNotFound) && kind == targetJob:
		return answer{text: p.T("ui.command.no_such_job", "id", target)}, nil
	case err != nil:
		return answer{}, err
	case people == 0:
		return answer{text: p.T("cmd.invitations.nobody."+string(kind), "target", esc(cut(target, 200)))}, nil
	}
	return answer{text: p.T("cmd.invitations.made."+string(w.action), "id", j.ID, "count", people) + " " + where}, nil
}

// openWishes is among how many of the newest jobs one for the same people is looked for.
const openWishes = 200

// wishOf is the same for the same people in any order, and does not name them.
func wishOf(action plan.Action, target string) string {
	keys := strings.Fields(target)
	for i, address := range keys {
		keys[i] = plan.Key(address)
	}
	slices.Sort(keys)
	sum := sha256.Sum256([]byte(string(action) + "\n" + strings.Join(slices.Compact(keys), "\n")))
	return hex.EncodeToString(sum[:16])
}

// openWish is the job that was made of the same wish and is not applied yet, nil when there is none.
func (b *Bot) openWish(ctx context.Context, wish string) (*jobs.Job, error) {
	all, err := b.jobs.List(ctx, openWishes)
	if err != nil {
		return nil, fmt.Errorf("look for a job about the same invitations: %w", err)
	}
	for i := range all {
		if j := &all[i]; j.Kind == jobs.KindInvitations && j.Front[refWish] == wish && !j.State.Terminal() && j.State != jobs.StateFinishing {
			return j, nil
		}
	}
	return nil, nil //nolint:nilnil // No job is an answer, not an error.
}

// targetKind is what the target of a wish names.
type targetKind string

const (
	targetNone   targetKind = ""
	targetAll    targetKind = "all"
	targetJob    targetKind = "job"
	targetPeople targetKind = "people"
)

// readTarget understands what people type for whom they mean: one address or several, the id of a job, or all. Slack may
// have made links of addresses.
func readTarget(typed string) (string, targetKind) {
	words := strings.FieldsFunc(typed, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	addresses := len(words) > 0
	for i, word := range words {
		word = strings.TrimSuffix(strings.TrimPrefix(word, "<"), ">")
		word, _, _ = strings.Cut(strings.TrimPrefix(word, "mailto:"), "|")
		words[i] = word
		addresses = addresses && strings.Contains(word, "@")
	}
	typed = strings.Join(words, " ")
	switch id, isID := jobs.ParseID(typed); {
	case addresses:
		return typed, targetPeople
	case strings.EqualFold(typed, jobs.AllInvited):
		return jobs.AllInvited, targetAll
	case isID:
		return id, targetJob
	}
	return typed, targetNone
}

// resendJob sends the invitations of a job again whose card, or the list of pending people, has the button. Its value is the
// target.
func (b *Bot) resendJob(ctx context.Context, c click) error {
	if err := b.mayHandIn(ctx, c.user); err != nil {
		return err
	}
	// A second press on the same button is another wish; while the job of the first is open, it is told to be the same.
	a, err := b.invitations(ctx, b.printer(ctx, c.user), invitationsWish{
		user: c.user, channel: c.channel, action: plan.ActionResend, target: c.value,
		key: "click:" + c.channel + ":" + c.message + ":" + c.trigger,
	})
	if err != nil {
		return err
	}
	return b.whisper(ctx, c, a.text)
}
