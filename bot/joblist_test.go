package bot

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// listedAs waits until the list of jobs says of one what it has to, and returns its lines.
func (w *world) listedAs(id string, wants ...string) string {
	w.t.Helper()
	var said string
	defer func() {
		if w.t.Failed() {
			w.t.Logf("listed last: %s", said)
		}
	}()
	w.eventually("job "+id+" to be listed with "+strings.Join(wants, " and "), func() bool {
		said = w.answered("jobs")
		if _, rest, ok := strings.Cut(said, "`"+id+"` *"); ok {
			// The next job begins on a line of its own.
			said, _, _ = strings.Cut(rest, "\n`")
		}
		for _, want := range wants {
			if !strings.Contains(said, want) {
				return false
			}
		}
		return true
	})
	return said
}

// numbers are those of a job's outcomes in the list.
func numbers(t *testing.T, said string) []int {
	t.Helper()
	parts, _, _ := strings.Cut(said[strings.LastIndex(said, " · "):], "\n")
	var all []int
	for _, digits := range regexp.MustCompile(`\d+`).FindAllString(parts, -1) {
		n, err := strconv.Atoi(digits)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

// TestJobListOutcomes: the list says why a job rests and what became of its rows, each of them once and nothing of none.
func TestJobListOutcomes(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, said string, rows int) {
		t.Helper()
		total := 0
		for _, n := range numbers(t, said) {
			total += n
			if n == 0 {
				t.Errorf("what is nothing is told: %s", said)
			}
		}
		if total != rows {
			t.Errorf("%d rows are told of, want %d: %s", total, rows, said)
		}
	}
	t.Run("no license", func(t *testing.T) {
		t.Parallel()
		w := start(t, func(s *settings) {
			s.jobs.Settings = jobs.Settings{UserType: zoomapi.TypeLicensed, CreateAction: zoomapi.ActionCreate}
			s.jobs.SeatsEvery, s.zoom.Seats.Licensed = time.Hour, 50
		})
		taken := w.zoom.Usage().Licensed
		card := w.posted("team.csv", roll(6), jobs.StateAwaitingApproval)
		if err := w.zoom.SetSeats("licensed", 0, taken.Used+taken.Pending+2); err != nil {
			t.Fatal(err)
		}
		w.press(slacktest.UserBen, &card, ActionApprove)
		w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
		check(t, w.listedAs(jobOf(&card), "Paused*, no license left (tries again at <!date^", "· invited 2, to do 4"), 6)
		// Whoever lets it rest is told of beside what it lacks.
		w.press(slacktest.UserBen, &card, ActionPause)
		w.listedAs(jobOf(&card), "Paused*, no license left (held by <@"+slacktest.UserBen+">)")
	})
	t.Run("used up for today", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		card := w.posted("team.csv", roll(6), jobs.StateAwaitingApproval)
		w.zoom.Inject(zoomtest.Fault{Method: http.MethodPost, Path: "/users", Times: -1, Effect: zoomtest.LimitDaily})
		w.press(slacktest.UserBen, &card, ActionApprove)
		w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
		check(t, w.listedAs(jobOf(&card), "Paused*, Zoom’s limit for the day is used up (goes on ", "· to do 6"), 6)
	})
	t.Run("stopped", func(t *testing.T) {
		t.Parallel()
		w := start(t, slow)
		card := w.running(roll(60))
		lacking(t, "the answer", w.answered("stop "+jobOf(&card)), jobOf(&card))
		w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StateCanceled)
		check(t, w.listedAs(jobOf(&card), "Canceled*", "not processed "), 60)
	})
	t.Run("invited, and taken back or stopped", func(t *testing.T) {
		t.Parallel()
		w := invitingOnly(t)
		id := w.imported(roll(3))
		check(t, w.listedAs(id, "Waiting for invited people*", "· invited 3"), 3)
		undoable := w.jobCard(id, jobs.StateFinishing)
		w.press(slacktest.UserAda, &undoable, ActionUndo)
		undo := w.follower(id, func(j *jobs.Job) string { return j.UndoneBy })
		next := w.jobCard(undo, jobs.StateAwaitingApproval)
		w.press(slacktest.UserBen, &next, ActionApprove)
		check(t, w.listedAs(id, "Done* (taken back by job `"+undo+"`)", "· invitation withdrawn 3"), 3)
		check(t, w.listedAs(undo, "Done*", "· taken back 3"), 3)

		card := w.posted("other.csv", rollOf("q", 2), jobs.StateAwaitingApproval)
		id = jobOf(&card)
		w.press(slacktest.UserBen, &card, ActionApprove)
		w.jobCard(id, jobs.StateFinishing)
		w.answered("abort " + id)
		check(t, w.listedAs(id, "· invited but not completed 2"), 2)
	})
}

// TestStatusCause: the status gives why rows failed in the words of the card, to those for whom the file is.
func TestStatusCause(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.zoom.Inject(zoomtest.Fault{
		Name: "refuse", Method: http.MethodPost, Path: "/users", Times: 10, Effect: zoomtest.Respond, Status: http.StatusBadRequest, Code: 300,
		Message: "Validation failed.",
	})
	card := w.posted("team.csv", roll(30), jobs.StateAwaitingApproval)
	w.press(slacktest.UserBen, &card, ActionApprove)
	rested := w.cardIn(slacktest.ChannelAdmins, card.ThreadTS, jobs.StatePaused)
	const words = "Zoom says: Validation failed."
	lacking(t, "the card", rested.AllText(), words)
	got := make(map[string]bool)
	for _, user := range []string{slacktest.UserAda, slacktest.UserBen, slacktest.UserDelphine} {
		m := w.command(user, slacktest.ChannelRandom, "status "+jobOf(&card))
		got[user] = strings.Contains(m.AllText(), words)
	}
	want := map[string]bool{slacktest.UserAda: true, slacktest.UserBen: true, slacktest.UserDelphine: false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who is told Zoom's words (-want +got):\n%s", diff)
	}
}
