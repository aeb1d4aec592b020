package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/bot/text"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Selects on a card whose job waits for a decision. The values of their options are "<job id> <choice>".
const (
	ActionChooseMode         = "choose_mode"
	ActionChooseType         = "choose_user_type"
	ActionChooseLargeMeeting = "choose_large_meeting"
	ActionChooseWebinar      = "choose_webinar"
)

// choosable reports whether the requester may still choose: nothing was done, and the file decides about people.
func choosable(j *jobs.Job) bool {
	switch j.State {
	case jobs.StateAwaitingApproval, jobs.StatePlanned, jobs.StateNoChanges:
	case jobs.StateReceived, jobs.StateReading, jobs.StatePlanning, jobs.StateApproved, jobs.StateApplying, jobs.StatePaused,
		jobs.StateFinishing, jobs.StateDone, jobs.StateInvalid, jobs.StateRejected, jobs.StateExpired, jobs.StateCanceled,
		jobs.StateErrored:
		return false
	}
	return j.Plan != nil && (j.Kind == jobs.KindAuto || j.Kind == jobs.KindImport || j.Kind == jobs.KindUpdate)
}

// choiceBlocks are the selects for what the file may do and what new people get.
func choiceBlocks(p *text.Printer, v view) []slack.Block {
	j := &v.job
	if !choosable(j) {
		return nil
	}
	elements := []slack.BlockElement{modeSelect(p, j)}
	if j.Kind != jobs.KindUpdate && addsPeople(v) {
		elements = append(elements, typeSelect(p, j))
		if isLicensed(j.Settings.UserType) {
			for _, add := range []struct {
				action string
				field  roster.Field
				chosen int
			}{
				{ActionChooseLargeMeeting, roster.LargeMeeting, j.Settings.LargeMeeting},
				{ActionChooseWebinar, roster.Webinar, j.Settings.Webinar},
			} {
				if s := addOnSelect(p, j, add.action, add.field, add.chosen); s != nil {
					elements = append(elements, s)
				}
			}
		}
	}
	// Slack keeps what somebody picked in a block that it has seen: a new plan gets a new block.
	return []slack.Block{
		section(p.T("ui.choice.title")), slack.NewActionBlock("choose-"+short(j.Plan.Digest), elements...),
	}
}

// addsPeople reports whether what is chosen for new people matters: somebody is added, or would be with another user type.
func addsPeople(v view) bool {
	return v.job.Plan.Counts.Create > 0 || slices.ContainsFunc(v.issues, func(is roster.Issue) bool {
		return is.Code == plan.CodeTypeNeedsSSO || is.Code == plan.CodeNeedsLicence
	})
}

// isLicensed reports whether people of a user type take a base licence.
func isLicensed(userType int) bool { return plan.TypeName(userType) == string(plan.LicenceBase) }

// choices is a select under construction.
type choices struct {
	id      string
	options []*slack.OptionBlockObject
	initial *slack.OptionBlockObject
}

func (c *choices) add(value, label string, chosen bool) {
	o := slack.NewOptionBlockObject(c.id+" "+value, plain(cut(label, 75)), nil)
	c.options = append(c.options, o)
	if chosen {
		c.initial = o
	}
}

func (c *choices) element(action, placeholder string) *slack.SelectBlockElement {
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(cut(placeholder, 150)), action, c.options...)
	s.InitialOption = c.initial
	return s
}

func modeSelect(p *text.Printer, j *jobs.Job) *slack.SelectBlockElement {
	c := choices{id: j.ID}
	for _, k := range modes() {
		c.add(string(k), p.T("ui.choice.mode."+string(k)), k == j.Kind)
	}
	return c.element(ActionChooseMode, p.T("ui.choice.mode"))
}

// modes are what a file may be restricted to.
func modes() []jobs.Kind { return []jobs.Kind{jobs.KindAuto, jobs.KindImport, jobs.KindUpdate} }

// typeSelect offers the user types that the account has, with the seats that are left.
func typeSelect(p *text.Printer, j *jobs.Job) *slack.SelectBlockElement {
	c := choices{id: j.ID}
	for _, t := range jobs.UserTypes() {
		label := p.T("ui.choice.type", "type", p.UserType(t))
		if isLicensed(t) {
			s, known := seatsOf(j, plan.LicenceBase)
			if known && s.Total == 0 && j.Settings.UserType != t {
				continue
			}
			if known {
				label = p.T("ui.choice.type_seats", "type", p.UserType(t), "free", p.Number(s.Free))
			}
		}
		c.add(strconv.Itoa(t), label, t == j.Settings.UserType)
	}
	return c.element(ActionChooseType, p.T("ui.choice.type_title"))
}

// addOnSelect offers the capacities of an add-on that the account has; nil when it has none.
func addOnSelect(p *text.Printer, j *jobs.Job, action string, field roster.Field, chosen int) *slack.SelectBlockElement {
	c := choices{id: j.ID}
	name := p.Field(field)
	c.add(plan.AddOnOff, p.T("ui.choice.no_add_on", "name", name), chosen == 0)
	offered := false
	for _, s := range j.Plan.Seats {
		f, capacity, ok := s.Licence.Split()
		if !ok || f != field || (s.Known && s.Total == 0 && capacity != chosen) {
			continue
		}
		offered = true
		label := p.T("ui.choice.add_on", "name", p.Licence(s.Licence))
		if s.Known {
			label = p.T("ui.choice.add_on_seats", "name", p.Licence(s.Licence), "free", p.Number(s.Free))
		}
		c.add(strconv.Itoa(capacity), label, capacity == chosen)
	}
	if !offered {
		return nil
	}
	return c.element(action, name)
}

// seatsOf finds the seats of a licence, and whether Zoom told them.
func seatsOf(j *jobs.Job, l plan.Licence) (plan.Seats, bool) {
	for _, s := range j.Plan.Seats {
		if s.Licence == l {
			return s, s.Known
		}
	}
	return plan.Seats{}, false
}

// choiceOf reads what was selected; ok is false for what no card offers.
func choiceOf(action, value string) (c jobs.Choices, ok bool) {
	if action == ActionChooseMode {
		k := jobs.Kind(value)
		return jobs.Choices{Kind: &k}, true
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return c, false
	}
	switch action {
	case ActionChooseType:
		c.UserType = &n
	case ActionChooseLargeMeeting:
		c.LargeMeeting = &n
	case ActionChooseWebinar:
		c.Webinar = &n
	default:
		return c, false
	}
	return c, true
}

// chosen reports whether a job stands as a choice asks already.
func chosen(j *jobs.Job, c jobs.Choices) bool {
	same := func(want *int, have int) bool { return want == nil || *want == have }
	return (c.Kind == nil || *c.Kind == j.Kind) && same(c.UserType, j.Settings.UserType) &&
		same(c.LargeMeeting, j.Settings.LargeMeeting) && same(c.Webinar, j.Settings.Webinar)
}

// onChoice has the plan made anew with what somebody selected. Selecting what is so already does nothing.
func (b *Bot) onChoice(ctx context.Context, c click) error {
	id, value, _ := strings.Cut(c.value, " ")
	choice, ok := choiceOf(c.action, value)
	if !ok {
		return nil
	}
	j, err := b.jobs.Get(ctx, id)
	if err != nil {
		return err
	}
	if chosen(&j, choice) && (choosable(&j) || remaking(&j)) {
		return nil
	}
	_, err = b.jobs.Choose(ctx, id, b.people.actor(ctx, c.user), choice)
	return err
}

// remaking reports whether a job's file is being read or compared at this moment.
func remaking(j *jobs.Job) bool { return j.State == jobs.StateReading || j.State == jobs.StatePlanning }
