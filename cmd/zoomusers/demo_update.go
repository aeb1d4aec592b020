package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

//go:embed sample/update.csv
var sampleUpdate []byte

// change is the second act: people who are there are changed, then exported, and the export is posted back.
func (st *story) change(ctx context.Context) error {
	st.t.scene("Ada posts an update: five people, one of them to be deactivated.")
	post, _, err := st.s.slack.UploadFile(slacktest.UserAda, st.channel, "update.csv", sampleUpdate)
	if err != nil {
		return err
	}
	card, err := st.waitState(ctx, post, jobs.StateAwaitingApproval)
	if err != nil {
		return err
	}
	st.t.scene("Ben presses Approve.")
	if err := st.s.slack.Click(slacktest.UserBen, st.channel, card.TS, bot.ActionApprove); err != nil {
		return err
	}
	if _, err := st.waitState(ctx, post, jobs.StateDone); err != nil {
		return err
	}
	if err := st.waitReport(ctx, post); err != nil {
		return err
	}
	if err := compareUpdate(st.s.zoom); err != nil {
		return err
	}
	st.t.say("The five people are as the update asks.")
	return st.roundTrip(ctx)
}

// roundTrip exports people and posts the file back, which changes nothing.
func (st *story) roundTrip(ctx context.Context) error {
	st.t.scene("Ada types /zoomusers export status:all columns:all dept:Research,Support,Sales")
	err := st.s.slack.Command(slacktest.UserAda, st.channel, bot.Command, "export status:all columns:all dept:Research,Support,Sales")
	if err != nil {
		return err
	}
	var file slacktest.File
	err = st.s.slack.Wait(ctx, func() bool {
		for _, f := range st.s.slack.Files(st.s.slack.DM(slacktest.UserAda)) {
			if strings.HasPrefix(f.Name, "zoom-users") {
				file = f
				return true
			}
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("no export in the direct message: %w", err)
	}
	data := st.s.slack.FileBytes(file.ID)
	st.t.say("Ada finds %s in her direct messages: %d lines.", file.Name, strings.Count(string(data), "\n"))
	st.t.scene("She posts it back unchanged.")
	post, _, err := st.s.slack.UploadFile(slacktest.UserAda, st.channel, file.Name, data)
	if err != nil {
		return err
	}
	_, err = st.waitState(ctx, post, jobs.StateNoChanges)
	return err
}

// compareUpdate checks the account against the sample update.
func compareUpdate(zoom *zoomtest.Account) error {
	groups := make(map[string]string)
	for _, g := range zoom.Groups() {
		groups[g.ID] = g.Name
	}
	var errs []error
	for _, want := range []struct {
		email string
		holds func(zoomtest.User) bool
	}{
		{"mara.lindgren@example.com", func(u zoomtest.User) bool {
			in := slices.ContainsFunc(u.GroupIDs, func(id string) bool { return groups[id] == "Design" })
			return u.Dept == "Research" && u.Location == "Göteborg" && u.JobTitle == "Staff Engineer" && in && len(u.GroupIDs) == 2
		}},
		{"tomas.vidal@example.com", func(u zoomtest.User) bool { return u.JobTitle == "" && u.Dept == "Engineering" }},
		{"noor.haddad@example.com", func(u zoomtest.User) bool {
			return u.JobTitle == "Head of Sales" && len(u.PhoneNumbers) == 1 && u.PhoneNumbers[0].Number == "612345678"
		}},
		{"felix.oduya@example.com", func(u zoomtest.User) bool { return u.Status == zoomtest.Inactive }},
		{"ines.ferreira@example.com", func(u zoomtest.User) bool { return u.JobTitle == "Support Specialist" }},
	} {
		u, found := zoom.User(want.email)
		if !found || !want.holds(u) {
			errs = append(errs, fmt.Errorf("%s is not as the update asks", want.email))
		}
	}
	return errors.Join(errs...)
}
