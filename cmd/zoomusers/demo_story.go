package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

//go:embed sample/roster.csv
var sampleRoster []byte

// story plays the main job with made-up people and writes down what they see.
type story struct {
	s       *sandbox
	channel string
	t       *transcript
}

func newStory(s *sandbox, w io.Writer) *story {
	return &story{s: s, channel: slacktest.ChannelAdmins, t: newTranscript(s.slack, slacktest.ChannelAdmins, w)}
}

// storyTime bounds the whole story.
const storyTime = 3 * time.Minute

// play runs the story to its end and compares the account with the roster.
func (st *story) play(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	watching, stopWatching := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		st.t.watch(watching)
	}()
	err := st.acts(ctx)
	stopWatching()
	<-watched
	if err != nil {
		return fmt.Errorf("story: %w", err)
	}
	return nil
}

func (st *story) acts(ctx context.Context) error {
	st.t.scene("Ada posts a roster of %d rows in #zoom-admins.", strings.Count(string(sampleRoster), "\n")-1)
	post, _, err := st.s.slack.UploadFile(slacktest.UserAda, st.channel, "roster.csv", sampleRoster)
	if err != nil {
		return err
	}
	card, err := st.waitState(ctx, post, jobs.StateAwaitingApproval)
	if err != nil {
		return err
	}
	if err := st.waitFile(ctx, post, "plan-"); err != nil {
		return err
	}
	st.t.scene("Ada presses Approve on her own job.")
	if err := st.s.slack.Click(slacktest.UserAda, st.channel, card.TS, bot.ActionApprove); err != nil {
		return err
	}
	if err := st.s.slack.Wait(ctx, func() bool { return len(st.s.slack.Ephemerals(slacktest.UserAda)) > 0 }); err != nil {
		return fmt.Errorf("no answer to the requester's click: %w", err)
	}
	st.t.scene("Ben, an approver, presses Approve.")
	if err := st.s.slack.Click(slacktest.UserBen, st.channel, card.TS, bot.ActionApprove); err != nil {
		return err
	}
	if _, err := st.waitState(ctx, post, jobs.StateFinishing, jobs.StateDone); err != nil {
		return err
	}
	if err := st.waitReport(ctx, post); err != nil {
		return err
	}
	st.t.scene("The invited people accept their invitations in Zoom.")
	st.s.zoom.ActivateAll()
	if _, err := st.waitState(ctx, post, jobs.StateDone); err != nil {
		return err
	}
	st.t.settle(ctx)
	st.t.scene("The account is compared with the roster.")
	good, left, err := compareAccount(st.s.zoom, sampleRoster)
	if err != nil {
		return err
	}
	st.t.say("%d people are in the account exactly as the roster asks; %d rows were left out, as the dry run said.", good, left)
	return st.change(ctx)
}

// waitState waits until the card in a thread shows a job in one of the states. A job that ended otherwise fails at once.
func (st *story) waitState(ctx context.Context, thread string, want ...jobs.State) (slacktest.Message, error) {
	var (
		card  slacktest.Message
		state jobs.State
	)
	err := st.s.slack.Wait(ctx, func() bool {
		for _, m := range st.s.slack.Thread(st.channel, thread) {
			if m.Metadata == nil || m.Metadata.EventType != bot.CardEvent {
				continue
			}
			said, _ := m.Metadata.EventPayload["state"].(string)
			card, state = m, jobs.State(said)
			break
		}
		return slices.Contains(want, state) || state.Terminal() && state != ""
	})
	if err != nil {
		return card, fmt.Errorf("the card says %q, not %v: %w", state, want, err)
	}
	if !slices.Contains(want, state) {
		return card, fmt.Errorf("the card says %q, not %v", state, want)
	}
	return card, nil
}

// waitFile waits for a file in a thread by the beginning of its name.
func (st *story) waitFile(ctx context.Context, thread, name string) error {
	err := st.s.slack.Wait(ctx, func() bool {
		for _, m := range st.s.slack.Thread(st.channel, thread) {
			if slices.ContainsFunc(m.Files, func(f slacktest.File) bool { return strings.HasPrefix(f.Name, name) }) {
				return true
			}
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("no file %s… in the thread: %w", name, err)
	}
	return nil
}

// waitReport waits for the report, which is the second message about the job after its card.
func (st *story) waitReport(ctx context.Context, thread string) error {
	err := st.s.slack.Wait(ctx, func() bool {
		n := 0
		for _, m := range st.s.slack.Thread(st.channel, thread) {
			if m.Metadata != nil && m.Metadata.EventType == bot.CardEvent {
				n++
			}
		}
		return n >= 2
	})
	if err != nil {
		return fmt.Errorf("no report in the thread: %w", err)
	}
	return nil
}

// compareAccount checks every row of a roster that can be used against the account. It returns how many people are as the
// roster asks, and how many rows ask for nothing.
func compareAccount(zoom *zoomtest.Account, data []byte) (good, left int, err error) {
	r, err := roster.Read(data, roster.Options{})
	if err != nil {
		return 0, 0, err
	}
	groups := make(map[string]string)
	for _, g := range zoom.Groups() {
		groups[g.ID] = g.Name
	}
	var errs []error
	for i := range r.Rows {
		row := &r.Rows[i]
		u, found := zoom.User(row.Key())
		switch {
		case r.Invalid(row.Number) || !knownGroups(row, groups):
			left++
			if found && !r.Invalid(row.Number) {
				errs = append(errs, fmt.Errorf("row %d is in the account though it names an unknown group", row.Number))
			}
			continue
		case !found:
			errs = append(errs, fmt.Errorf("row %d is not in the account", row.Number))
			continue
		}
		if wrong := mismatch(row, &u, groups); len(wrong) > 0 {
			errs = append(errs, fmt.Errorf("row %d differs in %s", row.Number, strings.Join(wrong, ", ")))
			continue
		}
		good++
	}
	return good, left, errors.Join(errs...)
}

func knownGroups(row *roster.Row, groups map[string]string) bool {
	for _, name := range row.Groups() {
		known := false
		for _, g := range groups {
			known = known || strings.EqualFold(g, name)
		}
		if !known {
			return false
		}
	}
	return true
}

// mismatch names the fields in which the account is not what the row asks for.
func mismatch(row *roster.Row, u *zoomtest.User, groups map[string]string) []string {
	var wrong []string
	for f, have := range map[roster.Field]string{
		roster.FirstName: u.FirstName, roster.LastName: u.LastName, roster.Department: u.Dept, roster.JobTitle: u.JobTitle,
		roster.Location: u.Location, roster.Manager: u.Manager,
	} {
		if want := row.Get(f); want != "" && want != have {
			wrong = append(wrong, string(f))
		}
	}
	for _, name := range row.Groups() {
		if !slices.ContainsFunc(u.GroupIDs, func(id string) bool { return strings.EqualFold(groups[id], name) }) {
			wrong = append(wrong, "group "+name)
		}
	}
	if u.Status != zoomtest.Active {
		wrong = append(wrong, "status")
	}
	return wrong
}
