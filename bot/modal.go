package bot

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
)

// Blocks and actions of the modals.
const (
	blockFile    = "file"
	actionFile   = "file"
	blockType    = "user_type"
	actionType   = "user_type"
	blockMode    = "mode"
	actionMode   = "mode"
	blockReason  = "reason"
	actionReason = "reason"

	blockDryRun  = "dry_run"
	actionDryRun = "dry_run"
	blockSheet   = "sheet"
	actionSheet  = "sheet"

	// modeDryRun is the one option of its block.
	modeDryRun = "dry_run"
)

// importChannel is where the dry run of a modal is posted: the channel of the command if files are taken there, else "" for
// a direct message to the requester, who may not be in any channel of the bot. What Slack does not tell in time counts as
// no, since the modal must open within three seconds.
func (b *Bot) importChannel(ctx context.Context, channel string) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	// A direct message in which a command is typed may be one between two people.
	if channel != "" && !isDirect(channel) {
		allowed, err := b.allowed(ctx, channel, "")
		if err != nil {
			b.log.WarnContext(ctx, "channel of a command not looked up", "err", err)
		}
		if allowed {
			return channel
		}
	}
	return ""
}

// poolsWithin bounds how long the form waits for the seats: it must open within three seconds.
const poolsWithin = time.Second

// pools are the seats of the account; nil when Zoom does not tell them in time.
func (b *Bot) pools(ctx context.Context) map[plan.Licence]plan.Licences {
	ctx, cancel := context.WithTimeout(ctx, poolsWithin)
	defer cancel()
	a, err := b.jobs.Columns(ctx)
	if err != nil {
		b.log.InfoContext(ctx, "seats not read for the form", "err", err)
		return nil
	}
	return a.Pools
}

// importForm is what the form of a file is made from.
type importForm struct {
	// channel is where the dry run goes; "" for a direct message.
	channel string
	// kind is preselected.
	kind  jobs.Kind
	pools map[plan.Licence]plan.Licences
}

// importModal hands in a file with choices that a message cannot carry.
func (b *Bot) importModal(p *text.Printer, form importForm) slack.ModalViewRequest {
	file := slack.NewFileInputBlockElement(actionFile)
	file.FileTypes, file.MaxFiles = []string{"csv", "tsv", "txt", "xlsx"}, 1

	var kinds []*slack.OptionBlockObject
	var kind *slack.OptionBlockObject
	for _, k := range modes() {
		o := slack.NewOptionBlockObject(string(k), plain(cut(p.T("ui.choice.mode."+string(k)), 75)), nil)
		if k == form.kind {
			kind = o
		}
		kinds = append(kinds, o)
	}
	mode := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actionMode, kinds...)
	mode.InitialOption = kind

	dry := slack.NewOptionBlockObject(modeDryRun, plain(cut(p.T("ui.modal.dry_run.only"), 75)), nil)
	sheet := slack.NewPlainTextInputBlockElement(plain(cut(p.T("ui.modal.sheet_placeholder"), 150)), actionSheet)
	sheet.MaxLength = 100

	where := p.T("ui.modal.where_dm")
	if form.channel != "" {
		where = p.T("ui.modal.where", "channel", "<#"+form.channel+">")
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: CallbackImport, PrivateMetadata: form.channel,
		Title: plain(cut(p.T("ui.modal.title."+string(form.kind)), 24)), Submit: plain(cut(p.T("ui.modal.submit"), 24)), Close: plain(cut(p.T("ui.button.back"), 24)),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			section(p.T("ui.modal.intro")),
			slack.NewInputBlock(blockFile, plain(p.T("ui.modal.file")), plain(p.T("ui.modal.file_hint", "max_rows", p.Number(b.o.MaxRows))), file),
			slack.NewInputBlock(blockMode, plain(p.T("ui.modal.mode")), nil, mode),
			slack.NewInputBlock(blockType, plain(p.T("ui.modal.type")), plain(p.T("ui.modal.type_hint")), b.modalTypes(p, form)),
			slack.NewInputBlock(blockSheet, plain(p.T("ui.modal.sheet")), nil, sheet).WithOptional(true),
			slack.NewInputBlock(blockDryRun, plain(p.T("ui.modal.dry_run")), nil, slack.NewCheckboxGroupsBlockElement(actionDryRun, dry)).WithOptional(true),
			slack.NewContextBlock("", mrkdwn(where)),
		}},
	}
}

// modalTypes are the user types that the account has, with the seats that are left as far as Zoom tells.
func (b *Bot) modalTypes(p *text.Printer, form importForm) *slack.SelectBlockElement {
	defaults := b.jobs.Defaults()
	var types []*slack.OptionBlockObject
	var chosen *slack.OptionBlockObject
	for _, t := range jobs.UserTypes() {
		label := p.UserType(t)
		if pool, known := form.pools[plan.LicenceBase]; known && isLicensed(t) {
			if pool.Total == 0 && t != defaults.UserType {
				continue
			}
			label = p.T("ui.choice.seats_left", "type", label, "free", p.Number(pool.Free()))
		}
		o := slack.NewOptionBlockObject(strconv.Itoa(t), plain(cut(label, 75)), nil)
		if t == defaults.UserType {
			chosen = o
		}
		types = append(types, o)
	}
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actionType, types...)
	s.InitialOption = chosen
	return s
}

// submitImport makes a job of the modal's file. Submissions are not delivered twice, so what goes wrong is said in the
// modal, where it can be tried again.
func (b *Bot) submitImport(ctx context.Context, cb slack.InteractionCallback) (payload any, after func(context.Context) error) {
	p := b.printer(ctx, cb.User.ID)
	refuse := func(said string) (any, func(context.Context) error) {
		return slack.NewErrorsViewSubmissionResponse(map[string]string{blockFile: cut(said, 500)}), nil
	}
	values := cb.View.State.Values
	files := values[blockFile][actionFile].Files
	if len(files) == 0 {
		return refuse(p.T("ui.modal.no_file"))
	}
	f := files[0]
	if reason := b.unfit(&f); reason != "" {
		return refuse(b.refusal(p, reason, &f))
	}
	channel := cb.View.PrivateMetadata
	if channel == "" {
		var err error
		if channel, err = b.direct(ctx, cb.User.ID); err != nil {
			b.logUnexpected(ctx, "import", err)
			return refuse(words(p, err))
		}
	}
	userType := b.jobs.Defaults().UserType
	for _, t := range jobs.UserTypes() {
		if values[blockType][actionType].SelectedOption.Value == strconv.Itoa(t) {
			userType = t
		}
	}
	kind := jobs.Kind(values[blockMode][actionMode].SelectedOption.Value)
	if !slices.Contains(modes(), kind) {
		kind = jobs.KindAuto
	}
	refs := map[string]string{refChannel: channel, refFile: f.ID}
	noteFile(refs, &f)
	_, _, err := b.jobs.Submit(ctx, jobs.Submission{
		Key: "view:" + cb.View.ID + ":" + f.ID, Kind: kind,
		DryRun:    len(values[blockDryRun][actionDryRun].SelectedOptions) > 0,
		Requester: jobs.Actor{ID: cb.User.ID},
		Source:    jobs.Source{Name: orElse(f.Name, f.Title), Size: int64(f.Size)},
		Settings:  jobs.Settings{UserType: userType},
		Revision:  jobs.Revision{Sheet: strings.TrimSpace(values[blockSheet][actionSheet].Value)},
		Front:     refs,
	})
	if err != nil {
		b.logUnexpected(ctx, "import", err)
		return refuse(words(p, err))
	}
	return nil, nil
}

// rejectModal asks for the words that the requester of a file will read.
func rejectModal(p *text.Printer, c click, name string) slack.ModalViewRequest {
	reason := slack.NewPlainTextInputBlockElement(plain(cut(p.T("ui.reject.placeholder"), 150)), actionReason)
	reason.Multiline, reason.MaxLength = true, 500
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: CallbackReject, PrivateMetadata: encodeClick(c),
		Title: plain(cut(p.T("ui.reject.title", "name", name), 24)), Submit: plain("Reject"), Close: plain(cut(p.T("ui.button.back"), 24)),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock(blockReason, plain(p.T("ui.reject.label")), nil, reason),
		}},
	}
}

// encodeClick and decodeClick carry a click through a modal.
func encodeClick(c click) string {
	raw, err := json.Marshal([]string{c.value, c.channel, c.message, c.thread})
	if err != nil {
		return ""
	}
	return string(raw)
}

func decodeClick(s string) click {
	var parts []string
	if json.Unmarshal([]byte(s), &parts) != nil || len(parts) != 4 {
		return click{}
	}
	return click{value: parts[0], channel: parts[1], message: parts[2], thread: parts[3]}
}
