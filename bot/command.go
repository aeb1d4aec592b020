package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// invocation is one use of the slash command.
type invocation struct {
	slack.SlashCommand
	p    *text.Printer
	args []string
}

// subcommand is one word after /zoomusers. Help is made from it, so that it cannot drift.
type subcommand struct {
	name string
	// also are other words for it.
	also []string
	// usage are the arguments, example a whole use.
	usage, example string
	run            func(b *Bot, ctx context.Context, in invocation) (answer, error)
}

// answer is what only the person who typed sees.
type answer struct {
	text   string
	blocks []slack.Block
}

func subcommands() []subcommand {
	return []subcommand{
		{name: "help", example: "help", run: (*Bot).cmdHelp},
		{name: "import", example: "import", run: (*Bot).cmdImport},
		{name: "update", example: "update", run: (*Bot).cmdUpdate},
		{name: "export", usage: "[filters]", example: exportExample, run: (*Bot).cmdExport},
		{name: "template", usage: "[import|update] [en|fr|de|es|…]", example: "template fr", run: (*Bot).cmdTemplate},
		{name: "columns", example: "columns", run: (*Bot).cmdColumns},
		{name: "pending", usage: "[text]", example: "pending example.com", run: (*Bot).cmdPending},
		{name: "resend", usage: "<email|job|all>", example: "resend k7m2-9xqd", run: (*Bot).cmdResend},
		{name: "withdraw", usage: "<email|job|all>", example: "withdraw jane.doe@example.com", run: (*Bot).cmdWithdraw},
		{name: "status", usage: "[job]", example: "status k7m2-9xqd", run: (*Bot).cmdStatus},
		{name: "jobs", example: "jobs", run: (*Bot).cmdJobs},
		{name: "pause", usage: "[job]", example: "pause k7m2-9xqd", run: (*Bot).cmdPause},
		{name: "resume", usage: "[job]", example: "resume k7m2-9xqd", run: (*Bot).cmdResume},
		{name: "cancel", also: []string{"stop", "abort"}, usage: "[job]", example: "cancel k7m2-9xqd", run: (*Bot).cmdCancel},
		{name: "retry", usage: "[job]", example: "retry k7m2-9xqd", run: (*Bot).cmdRetry},
		{name: "undo", usage: "[job]", example: "undo k7m2-9xqd", run: (*Bot).cmdUndo},
		{name: "limits", example: "limits", run: (*Bot).cmdLimits},
	}
}

// Subcommands names the words after the slash command, for the manifest's test.
func Subcommands() []string {
	var names []string
	for _, c := range subcommands() {
		names = append(names, c.name)
	}
	return names
}

// onCommand runs a slash command. It is acknowledged already; the answer goes to the response URL.
func (b *Bot) onCommand(ctx context.Context, cmd slack.SlashCommand) error {
	typed := splitWords(cmd.Text)
	name := ""
	if len(typed) > 0 {
		name = strings.TrimLeft(strings.ToLower(typed[0]), "-/?")
	}
	in := invocation{SlashCommand: cmd, p: b.printer(ctx, cmd.UserID)}
	for _, c := range subcommands() {
		if word := orElse(name, "help"); c.name != word && !slices.Contains(c.also, word) {
			continue
		}
		in.args = typed[min(1, len(typed)):]
		if err := b.mayHandIn(ctx, cmd.UserID); err != nil && c.name != "help" {
			// Who may not hand in files may not read about others' either.
			b.logUnexpected(ctx, "command", err)
			return b.answer(ctx, in, answer{text: esc(strangerWords(in.p, err))})
		}
		a, err := c.run(b, ctx, in)
		if err != nil {
			b.logUnexpected(ctx, "command", err)
			a = answer{text: esc(words(in.p, err))}
		}
		return b.answer(ctx, in, a)
	}
	return b.answer(ctx, in, answer{text: unknownWords(in.p, name, typed[0])})
}

// decisions are words that people look for among the commands. There is one place to decide, where the plan is seen.
func decisions() []string { return []string{"approve", "reject"} }

// unknownWords answer a word that is no command, with what was probably meant. name is what was typed, as commands are
// compared.
func unknownWords(p *text.Printer, name, typed string) string {
	if slices.Contains(decisions(), name) {
		return p.T("cmd.decide")
	}
	parts := []string{p.T("ui.command.unknown_near", "word", esc(cut(typed, 40)))}
	var all []string
	meant := make(map[string]string)
	for _, c := range subcommands() {
		for _, word := range append([]string{c.name}, c.also...) {
			all = append(all, word)
			meant[word] = "`" + Command + " " + c.name + "`"
		}
	}
	near := roster.Nearest(name, all, 2)
	for i := range near {
		near[i] = meant[near[i]]
	}
	near = slices.Compact(near)
	switch {
	case len(near) > 0:
		parts = append(parts, p.T("ui.command.did_you_mean", "commands", p.Either(near)))
	case len(roster.Nearest(name, decisions(), 1)) > 0:
		parts = append(parts, p.T("cmd.decide"))
	}
	return strings.Join(append(parts, p.T("cmd.unknown_help")), " ")
}

// strangerWords tell somebody for whom the bot does not work why it does nothing: they have not handed in a file.
func strangerWords(p *text.Printer, err error) string {
	refused, ok := errors.AsType[*roster.RefusedError](err)
	switch {
	case ok && refused.Code == roster.Code(jobs.ReasonGuest):
		return p.T("ui.command.guest")
	case ok && refused.Code == roster.Code(jobs.ReasonOutsider):
		return p.T("ui.command.outsider")
	}
	return words(p, err)
}

// words says in a person's language why something was not done.
func words(p *text.Printer, err error) string {
	if decided, ok := errors.AsType[*standsError](err); ok {
		if id := "cmd.stands." + string(decided.state); p.Has(id) {
			return p.Error(err) + " " + p.T(id, "job", decided.id)
		}
		return p.Error(err) + " " + p.Stands(decided.id, decided.state)
	}
	if state, ok := errors.AsType[*jobs.StateError](err); ok {
		if said := overWords(p, state); said != "" {
			return said
		}
	}
	if !errors.Is(err, errRightsUnknown) {
		return p.Error(err)
	}
	switch scope := neededScope(err); {
	case scope != "":
		return p.T("ui.rights.scope", "scope", scope)
	case unsupported(err), signedOut(err), slackError(err) == "no_permission":
		return p.T("ui.rights.refused", "word", refusal(err))
	}
	return p.T("ui.rights.unknown")
}

// overWords say what a job cannot do since it is over, and what can be done about it; "" where [text.Printer.Error] says it.
func overWords(p *text.Printer, err *jobs.StateError) string {
	cannot, over := "cmd.cannot."+string(err.To), "cmd.over."+string(err.From)
	if !p.Has(cannot) || !p.Has(over) {
		return ""
	}
	return p.T(cannot, "job", err.ID) + " " + p.T(over, "job", err.ID)
}

// splitWords undoes what typing in Slack does to a command: smart quotes and dashes, escapes, odd spaces.
func splitWords(s string) []string {
	s = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "“", "", "”", "", "„", "", "«", "", "»", "", "‘", "", "’", "",
		"\"", "", "'", "", "`", "", "–", "-", "—", "-", "‑", "-", "−", "-", "\u200b", "", "\ufeff", "").Replace(s)
	return strings.Fields(s)
}

// answer tells the person who typed, and nobody else.
func (b *Bot) answer(ctx context.Context, in invocation, a answer) error {
	if a.text == "" {
		return nil
	}
	a.text = cutMarks(a.text, 3500)
	if in.ResponseURL != "" {
		return b.respond(ctx, in.ResponseURL, a)
	}
	opts := a.options()
	if _, err := b.api.PostEphemeralContext(ctx, in.ChannelID, in.UserID, opts...); err == nil {
		return nil
	}
	return b.tellDirectly(ctx, in.UserID, a)
}

// options are an answer as a message.
func (a answer) options() []slack.MsgOption {
	opts := []slack.MsgOption{slack.MsgOptionText(a.text, false), slack.MsgOptionDisableLinkUnfurl()}
	if len(a.blocks) > 0 {
		opts = append(opts, slack.MsgOptionBlocks(a.blocks...))
	}
	return opts
}

// tellDirectly answers by direct message, where nothing else is left.
func (b *Bot) tellDirectly(ctx context.Context, user string, a answer) error {
	channel, err := b.direct(ctx, user)
	if err != nil {
		return err
	}
	if _, _, err := b.api.PostMessageContext(ctx, channel, a.options()...); err != nil {
		return fmt.Errorf("answer by direct message: %w", err)
	}
	return nil
}

// respond answers at a response URL, which works also where the bot is not a member.
func (b *Bot) respond(ctx context.Context, url string, a answer) error {
	msg := &slack.WebhookMessage{Text: a.text, ResponseType: slack.ResponseTypeEphemeral}
	if len(a.blocks) > 0 {
		msg.Blocks = &slack.Blocks{BlockSet: a.blocks}
	}
	if err := slack.PostWebhookCustomHTTPContext(ctx, url, b.o.HTTP, msg); err != nil {
		return fmt.Errorf("answer a command: %w", err)
	}
	return nil
}

func (b *Bot) cmdHelp(ctx context.Context, in invocation) (answer, error) {
	p := in.p
	intro := p.T("ui.help.intro", "channels", orElse(b.channelList(), p.T("ui.help.any_channel")), "max_rows", p.Number(b.o.MaxRows))
	var lines []string
	for _, c := range subcommands() {
		head := "`" + Command + " " + c.name
		if c.usage != "" {
			head += " " + esc(c.usage)
		}
		line := head + "` " + helpOf(p, c.name)
		if c.usage != "" {
			// Without arguments the command is its own example.
			line += " " + p.T("ui.help.example", "example", "`"+Command+" "+c.example+"`")
		}
		lines = append(lines, "• "+line)
	}
	columns, control := p.T("ui.help.columns"), p.T("cmd.help.steering")
	who := p.T("ui.help.approvers", "approvers", orElse(cutMarks(b.people.mentions(ctx), sectionLimit/2), p.T("ui.help.no_approvers")))
	blocks := append([]slack.Block{section(intro)}, sections(lines)...)
	return answer{
		text:   intro + "\n" + strings.Join(lines, "\n") + "\n" + columns + "\n" + control + "\n" + who,
		blocks: append(blocks, section(columns), section(control), slack.NewContextBlock("", mrkdwn(who))),
	}, nil
}

// helpOf says what a subcommand does.
func helpOf(p *text.Printer, name string) string {
	if id := "cmd.help." + name; p.Has(id) {
		return p.T(id)
	}
	return p.T("ui.help." + name)
}

func (b *Bot) cmdImport(ctx context.Context, in invocation) (answer, error) {
	return b.cmdForm(ctx, in, jobs.KindImport)
}

func (b *Bot) cmdUpdate(ctx context.Context, in invocation) (answer, error) {
	return b.cmdForm(ctx, in, jobs.KindUpdate)
}

// cmdForm opens the form with a mode preselected; the modes are named as the commands.
func (b *Bot) cmdForm(ctx context.Context, in invocation, kind jobs.Kind) (answer, error) {
	if err := b.openImport(ctx, in.p, in.TriggerID, in.ChannelID, kind); err != nil {
		b.log.WarnContext(ctx, "modal not opened", "err", err)
		return answer{text: in.p.T("ui.modal.failed", "command", "`"+Command+" "+string(kind)+"`")}, nil
	}
	return answer{}, nil
}

// listed is how many jobs a list shows.
const listed = 15

func (b *Bot) cmdJobs(ctx context.Context, in invocation) (answer, error) {
	list, err := b.jobs.List(ctx, listed)
	if err != nil {
		return answer{}, err
	}
	if len(list) == 0 {
		return answer{text: in.p.T("ui.jobs.none")}, nil
	}
	lines := []string{"*" + in.p.T("ui.jobs.title", "count", len(list)) + "*"}
	others := byID(list)
	links := b.links(ctx, others)
	for i := range list {
		j := &list[i]
		link := links[j.ID]
		if isDirect(j.Front[refChannel]) && j.Requester.ID != in.UserID {
			// Nobody else can follow it there.
			link = ""
		}
		if pr := b.pace.of(j); pr != nil {
			// What is stored is as of when the job last came to rest.
			j.Counts = pr.Counts
		}
		lines = append(lines, jobLine(in.p, j, others, link))
	}
	return answer{text: cutLines(strings.Join(lines, "\n"), sectionLimit), blocks: sections(lines)}, nil
}

// byID indexes jobs. What a job is taken back by is newer, and so in the same list.
func byID(list []jobs.Job) map[string]jobs.Job {
	out := make(map[string]jobs.Job, len(list))
	for _, j := range list {
		out[j.ID] = j
	}
	return out
}

// jobLine is a job in a list: what it is and where it stands, and under that whose it is, since when, and its numbers. link
// leads to its card; "" when there is none.
func jobLine(p *text.Printer, j *jobs.Job, others map[string]jobs.Job, link string) string {
	line := "`" + j.ID + "` *" + esc(stateWords(p, j)) + "*"
	if why := whyShort(p, j); why != "" {
		line += p.T("list.separator") + why
	}
	if more := listNote(p, j, others); more != "" {
		line += " (" + more + ")"
	}
	named := *j
	named.Source.Name = cut(fileName(j), 60)
	name := esc(title(p, &named))
	if link != "" {
		name = "<" + link + "|" + name + ">"
	}
	line += " · " + name + " · " + esc(p.Kind(j.Kind)) + "\n      " + mention(j.Requester) + " · " + date(j.CreatedAt)
	switch {
	case !j.StartedAt.IsZero() && j.Counts.Total() > 0:
		line += " · " + strings.Join(outcomeParts(p, j), p.T("list.separator"))
	case j.Plan != nil:
		line += " · " + planned(p, j.Kind, j.Plan.Counts)
	}
	return line
}

// cmdCancel stops the job that is named. Since that ends work, the only one that fits is not taken for the one that is meant.
func (b *Bot) cmdCancel(ctx context.Context, in invocation) (answer, error) {
	if len(in.args) == 0 {
		return b.askCancel(ctx, in)
	}
	j, a, err := b.named(ctx, in)
	if err != nil || a.text != "" {
		return a, err
	}
	return b.cancel(ctx, in.p, j.ID, in.UserID)
}

// askCancel asks which job is to be stopped: with a button when only one fits.
func (b *Bot) askCancel(ctx context.Context, in invocation) (answer, error) {
	found, others, err := b.fitting(ctx, in, func(j *jobs.Job) bool { return !j.State.Terminal() && j.Stop == nil })
	switch {
	case err != nil:
		return answer{}, err
	case len(found) == 0:
		return answer{text: in.p.T("control.none.cancel")}, nil
	case len(found) > 1:
		return which(in.p, "cancel", found, others), nil
	}
	words := in.p.T("control.cancel.ask") + "\n" + jobLine(in.p, &found[0], others, "")
	return answer{text: words, blocks: []slack.Block{section(words), slack.NewActionBlock("control", stopButton(in.p, &found[0]))}}, nil
}

func (b *Bot) cancel(ctx context.Context, p *text.Printer, id, userID string) (answer, error) {
	before, err := b.jobs.Get(ctx, id)
	if err != nil {
		return answer{}, err
	}
	j, err := b.jobs.Cancel(ctx, id, b.people.actor(ctx, userID))
	switch {
	case err != nil:
		return answer{}, err
	case before.State == jobs.StateFinishing && before.Counts.Waiting > 0:
		return answer{text: p.T("ui.cancel.waiting_done", "id", id, "count", before.Counts.Waiting)}, nil
	case j.State == jobs.StateApplying:
		words := p.T("ui.cancel.stopping", "id", id)
		if n := j.Counts.Waiting; n > 0 {
			words += " " + p.T("ui.cancel.stopping_invited", "count", n)
		}
		return answer{text: words}, nil
	}
	return answer{text: p.T("ui.cancel.done", "id", id)}, nil
}

// logUnexpected logs errors that are not simply an answer to what a person tried.
func (b *Bot) logUnexpected(ctx context.Context, what string, err error) {
	for _, known := range []error{
		jobs.ErrNotFound, jobs.ErrNotApprover, jobs.ErrNoApprovers, jobs.ErrOwnJob, jobs.ErrStale, jobs.ErrDecided,
		jobs.ErrExpired, jobs.ErrNotYours, jobs.ErrUnconfirmed, jobs.ErrNothing,
	} {
		if errors.Is(err, known) {
			b.log.InfoContext(ctx, "refused", "handler", what, "err", err)
			return
		}
	}
	if _, ok := errors.AsType[*jobs.StateError](err); ok {
		b.log.InfoContext(ctx, "refused", "handler", what, "err", err)
		return
	}
	b.log.ErrorContext(ctx, "handler failed", "handler", what, "err", err)
}
