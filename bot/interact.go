package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
)

// onInteraction handles clicks, modals and shortcuts. It returns what to acknowledge with, and what is to be done after
// that.
func (b *Bot) onInteraction(ctx context.Context, cb slack.InteractionCallback) (payload any, after func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	switch cb.Type { //nolint:exhaustive // the others are of features that the app does not have
	case slack.InteractionTypeBlockActions:
		return nil, func(ctx context.Context) error { return b.onActions(ctx, cb) }
	case slack.InteractionTypeViewSubmission:
		switch cb.View.CallbackID {
		case CallbackImport:
			return b.submitImport(ctx, cb)
		case CallbackExport:
			return b.submitExport(ctx, cb)
		case CallbackReject:
			return b.submitReject(ctx, cb)
		}
	case slack.InteractionTypeShortcut:
		if cb.CallbackID == ShortcutGlobal {
			return nil, func(ctx context.Context) error {
				return b.openImport(ctx, b.printer(ctx, cb.User.ID), cb.TriggerID, "", jobs.KindAuto)
			}
		}
	case slack.InteractionTypeMessageAction:
		if cb.CallbackID == ShortcutMessage {
			return nil, func(ctx context.Context) error { return b.onMessageShortcut(ctx, cb) }
		}
	}
	return nil, nil
}

// click is one press of a button on a card, or one pick of a select.
type click struct {
	action            string
	value             string
	user              string
	channel, message  string
	thread            string
	trigger, response string
}

func (b *Bot) onActions(ctx context.Context, cb slack.InteractionCallback) error {
	for _, a := range cb.ActionCallback.BlockActions {
		if a == nil {
			continue
		}
		c := click{
			action: a.ActionID, value: orElse(a.Value, a.SelectedOption.Value), user: cb.User.ID, channel: orElse(cb.Channel.ID, cb.Container.ChannelID),
			message: orElse(cb.Message.Timestamp, cb.Container.MessageTs), thread: orElse(cb.Message.ThreadTimestamp, cb.Container.ThreadTs),
			trigger: cb.TriggerID, response: cb.ResponseURL,
		}
		if err := b.onClick(ctx, c); err != nil {
			b.logUnexpected(ctx, "click", err)
			p := b.printer(ctx, c.user)
			if err := b.whisper(ctx, c, esc(strangerWords(p, err))); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Bot) onClick(ctx context.Context, c click) error {
	switch c.action {
	case ActionApprove:
		return b.approve(ctx, c)
	case ActionReject:
		return b.openReject(ctx, c)
	case ActionChooseMode, ActionChooseType, ActionChooseLargeMeeting, ActionChooseWebinar:
		return b.onChoice(ctx, c)
	case ActionFixColumns, ActionFixGroups, ActionCreateGroups, ActionColumnsRight:
		return b.onMend(ctx, c)
	case ActionColumnsWrong:
		return b.onColumnsWrong(ctx, c)
	case ActionCorrected:
		return b.sendCorrected(ctx, c)
	case ActionResendInvitations:
		return b.resendJob(ctx, c)
	case ActionPause, ActionResume, ActionRetry, ActionUndo, ActionPlanAgain, ActionCancel:
		return b.onControl(ctx, c)
	}
	return nil
}

// whisper tells the person who clicked, and nobody else.
func (b *Bot) whisper(ctx context.Context, c click, said string) error {
	a := answer{text: cutMarks(said, 3500)}
	if c.channel != "" {
		opts := a.options()
		if c.thread != "" && c.thread != c.message {
			opts = append(opts, slack.MsgOptionTS(c.thread))
		}
		if _, err := b.api.PostEphemeralContext(ctx, c.channel, c.user, opts...); err == nil {
			return nil
		}
	}
	if c.response != "" {
		if err := b.respond(ctx, c.response, a); err == nil {
			return nil
		}
	}
	return b.tellDirectly(ctx, c.user, a)
}

// openReject asks for the reason, after looking whether the person could reject at all.
func (b *Bot) openReject(ctx context.Context, c click) error {
	id, digest, _ := strings.Cut(c.value, " ")
	now, err := b.jobs.MayDecide(ctx, id, digest, jobs.Rejected, jobs.Actor{ID: c.user})
	if err != nil {
		return standsErr(err, now)
	}
	p := b.printer(ctx, c.user)
	if _, err := b.api.OpenViewContext(ctx, c.trigger, rejectModal(p, c, tidy(title(p, &now)))); err != nil {
		b.log.WarnContext(ctx, "modal not opened", "err", err)
		return b.whisper(ctx, c, p.T("ui.modal.failed", "command", "Reject"))
	}
	return nil
}

// submitReject ends a job with the reason that was typed.
func (b *Bot) submitReject(ctx context.Context, cb slack.InteractionCallback) (payload any, after func(context.Context) error) {
	p := b.printer(ctx, cb.User.ID)
	reason := strings.TrimSpace(cb.View.State.Values[blockReason][actionReason].Value)
	if reason == "" {
		return slack.NewErrorsViewSubmissionResponse(map[string]string{blockReason: p.T("ui.reject.empty")}), nil
	}
	c := decodeClick(cb.View.PrivateMetadata)
	c.user = cb.User.ID
	id, digest, _ := strings.Cut(c.value, " ")
	if now, err := b.jobs.Reject(ctx, id, digest, b.people.actor(ctx, c.user), reason); err != nil {
		err = standsErr(err, now)
		b.logUnexpected(ctx, "reject", err)
		return slack.NewErrorsViewSubmissionResponse(map[string]string{blockReason: cut(words(p, err), 500)}), nil
	}
	return nil, nil
}

// onMessageShortcut imports the file of a message that was posted before the bot was there.
func (b *Bot) onMessageShortcut(ctx context.Context, cb slack.InteractionCallback) error {
	p := b.printer(ctx, cb.User.ID)
	c := click{
		user: cb.User.ID, channel: cb.Channel.ID, message: cb.Message.Timestamp, thread: cb.Message.ThreadTimestamp, response: cb.ResponseURL,
	}
	m := message{channel: c.channel, user: c.user, ts: c.message, thread: c.thread, files: cb.Message.Files}
	if len(m.files) == 0 {
		return b.whisper(ctx, c, p.T("ui.shortcut.no_file"))
	}
	allowed, err := b.allowed(ctx, m.channel, "")
	if err != nil {
		return errors.Join(err, b.whisper(ctx, c, esc(words(p, err))))
	}
	for i := range m.files {
		f := &m.files[i]
		reason := b.unfit(f)
		if reason == "" && !allowed {
			reason = refuseChannel
		}
		if reason != "" {
			if err := b.whisper(ctx, c, b.refusal(p, reason, f)); err != nil {
				return err
			}
			continue
		}
		j, created, err := b.take(ctx, m, f)
		if err != nil {
			return errors.Join(err, b.whisper(ctx, c, esc(words(p, err))))
		}
		if !created {
			if err := b.whisper(ctx, c, b.known(ctx, p, &j, j.ID, fileName(&j))); err != nil {
				return err
			}
		}
	}
	return nil
}

// openImport opens the form with a mode preselected.
func (b *Bot) openImport(ctx context.Context, p *text.Printer, trigger, channel string, kind jobs.Kind) error {
	form := importForm{channel: b.importChannel(ctx, channel), kind: kind, pools: b.pools(ctx)}
	_, err := b.api.OpenViewContext(ctx, trigger, b.importModal(p, form))
	if err != nil {
		return fmt.Errorf("open the form: %w", err)
	}
	return nil
}

// publishHome draws the app's home tab: what the bot does, and the person's jobs.
func (b *Bot) publishHome(ctx context.Context, user string) error {
	p := b.printer(ctx, user)
	help, err := b.cmdHelp(ctx, invocation{p: p})
	if err != nil {
		return err
	}
	blocks := append([]slack.Block{slack.NewHeaderBlock(plain("zoomusers"))}, help.blocks...)
	blocks = append(blocks, slack.NewDividerBlock(), section(b.homeJobs(ctx, p, user)))
	_, err = b.api.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: user, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}},
	})
	return err
}

func (b *Bot) homeJobs(ctx context.Context, p *text.Printer, user string) string {
	list, err := b.jobs.List(ctx, 50)
	if err != nil {
		return esc(words(p, err))
	}
	var lines []string
	others := byID(list)
	for i := range list {
		if j := &list[i]; j.Requester.ID == user && len(lines) < listed {
			lines = append(lines, jobLine(p, j, others, ""))
		}
	}
	if len(lines) == 0 {
		return p.T("ui.status.none")
	}
	return cutLines("*"+p.T("ui.home.jobs")+"*\n"+strings.Join(lines, "\n"), sectionLimit)
}
