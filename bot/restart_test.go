package bot

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
)

// dying cuts the process off from Slack's answer to the nth call of a method: Slack has carried the call out, and
// whoever made it never knows. From then on nothing goes through until the next process.
type dying struct {
	method string
	nth    int32
	calls  atomic.Int32
	dead   atomic.Bool
	died   chan struct{}
}

func (d *dying) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		api := strings.HasPrefix(r.URL.Path, "/api/")
		if api && d.dead.Load() {
			panic(http.ErrAbortHandler)
		}
		if r.URL.Path == "/api/"+d.method && d.calls.Add(1) == d.nth {
			d.dead.Store(true)
			next.ServeHTTP(&deaf{header: make(http.Header)}, r)
			close(d.died)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(rw, r)
	})
}

// deaf swallows an answer.
type deaf struct{ header http.Header }

func (d *deaf) Header() http.Header         { return d.header }
func (d *deaf) Write(p []byte) (int, error) { return len(p), nil }
func (d *deaf) WriteHeader(int)             {}

// TestRestart ends the process between what Slack has done and what the bot remembers of it, and starts another on the
// same Redis: everything is there once.
func TestRestart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		method string
		nth    int32
		direct bool
	}{
		{name: "card", method: "chat.postMessage", nth: 1},
		{name: "plan file", method: "files.completeUploadExternal", nth: 1},
		{name: "result file", method: "files.completeUploadExternal", nth: 2},
		{name: "second result file", method: "files.completeUploadExternal", nth: 3},
		{name: "report", method: "chat.postMessage", nth: 2},
		{name: "edit", method: "chat.update", nth: 3},
		{name: "card of a form", method: "chat.postMessage", nth: 1, direct: true},
		{name: "result file of a form", method: "files.completeUploadExternal", nth: 2, direct: true},
		{name: "report of a form", method: "chat.postMessage", nth: 2, direct: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &dying{method: tt.method, nth: tt.nth, died: make(chan struct{})}
			w := start(t, func(s *settings) { s.wrap = d.wrap })
			data := sample + "broken(at)example.com,Bad,Row,Sales\n"
			id := ""
			if tt.direct {
				// A form has no message of its own: the card is the parent of the thread.
				j, _, err := w.jobs.Submit(t.Context(), jobs.Submission{
					Key: "form", Requester: jobs.Actor{ID: slacktest.UserAda}, Source: jobs.Source{Name: "team.csv"},
					Front: map[string]string{refChannel: slacktest.ChannelAdmins}, Data: []byte(data),
				})
				if err != nil {
					t.Fatal(err)
				}
				id = j.ID
			} else {
				w.post(slacktest.UserAda, slacktest.ChannelAdmins, "team.csv", data)
			}
			approve := func() {
				w.until("the death or the dry run", func() bool {
					if d.dead.Load() {
						return true
					}
					m, ok := w.card(slacktest.ChannelAdmins, "")
					return ok && stateOf(&m) == jobs.StateAwaitingApproval
				})
				list, err := w.jobs.List(t.Context(), 1)
				if err != nil || len(list) != 1 {
					t.Fatalf("jobs: %v, %v", list, err)
				}
				id = list[0].ID
				if list[0].State == jobs.StateAwaitingApproval {
					if _, err := w.jobs.Approve(t.Context(), id, list[0].Plan.Digest, jobs.Actor{ID: slacktest.UserBen}); err != nil && !d.dead.Load() {
						t.Fatal(err)
					}
				}
			}
			approve()
			<-d.died
			w.stop()
			// Whoever crashed while announcing leaves a claim that has to run out.
			w.redis.FastForward(2 * time.Minute)
			d.dead.Store(false)
			w.process = w.run()
			w.until("the dry run or more", func() bool {
				m, ok := w.card(slacktest.ChannelAdmins, "")
				return ok && (stateOf(&m) == jobs.StateAwaitingApproval || stateOf(&m) == jobs.StateDone)
			})
			if m, _ := w.card(slacktest.ChannelAdmins, ""); stateOf(&m) == jobs.StateAwaitingApproval {
				if j, err := w.jobs.Get(t.Context(), id); err == nil && j.State == jobs.StateAwaitingApproval {
					approve()
				}
			}
			w.cardIn(slacktest.ChannelAdmins, "", jobs.StateDone)
			w.until("the report", func() bool { return len(w.about(slacktest.ChannelAdmins, CardEvent)) >= 2 })
			w.quiet()
			if n := len(w.about(slacktest.ChannelAdmins, CardEvent)); n != 2 {
				t.Errorf("cards and reports = %d, want one of each", n)
			}
			want := map[string]int{"plan-" + id + ".csv": 1, "succeeded.csv": 1, "failed.csv": 1}
			if diff := cmp.Diff(want, w.filesNamed(slacktest.ChannelAdmins)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}
