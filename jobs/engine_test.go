package jobs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// TestPasswords: Zoom wants 8 to 32 characters with a digit, a capital and a small letter, and neither repeats nor runs.
func TestPasswords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 500 {
		secret, err := newPassword()
		if err != nil {
			t.Fatal(err)
		}
		p := secret.Reveal()
		if len(p) < 8 || len(p) > 32 || seen[p] {
			t.Fatalf("password of %d characters, seen before: %v", len(p), seen[p])
		}
		seen[p] = true
		for _, class := range []string{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"} {
			if !strings.ContainsAny(p, class) {
				t.Errorf("password without any of %s", class)
			}
		}
		for i := 1; i < len(p); i++ {
			if d := int(p[i]) - int(p[i-1]); d >= -1 && d <= 1 {
				t.Errorf("two neighbours repeat or run on at %d", i)
			}
		}
		if printed := fmt.Sprintf("%v %+v %#v %s", secret, secret, secret, secret); strings.Contains(printed, p) {
			t.Error("a password prints itself")
		}
	}
	c := &plan.Change{Key: "a@example.com", UserType: zoomapi.TypeBasic}
	for action, want := range map[zoomapi.CreateAction]bool{
		zoomapi.ActionCreate: false, zoomapi.ActionSSOCreate: false, zoomapi.ActionAutoCreate: true,
	} {
		nu, err := newUser(c, action)
		if err != nil || nu.Password.IsZero() == want {
			t.Errorf("%s: password is there: %v, want %v (%v)", action, !nu.Password.IsZero(), want, err)
		}
	}
}

// TestProgress: what was done before an interruption counts as done, and does not make the rate look better.
func TestProgress(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{}
	for line := 2; line < 12; line++ {
		p.Changes = append(p.Changes, plan.Change{Line: line, Action: plan.ActionCreate, Verdict: plan.VerdictCreate})
	}
	p.Changes = append(p.Changes, plan.Change{Line: 12, Action: plan.ActionNone, Verdict: plan.VerdictInvalid})
	e := newEngine(New(Options{}), Lease{}, p, map[int]RowState{
		2: {Line: 2, Created: true, Outcome: OutcomeCreated}, 3: {Line: 3, Created: true}, 4: {Line: 4, Outcome: OutcomeFailed},
	}, 0)
	if got := e.progress(); got.Done != 5 || got.Total != 20 || got.PerSecond != 0 || got.Left != 0 {
		t.Errorf("progress at the beginning: %+v", got)
	}
	e.begun = time.Now().Add(-10 * time.Second)
	e.steps = 5
	got := e.progress()
	if got.Done != 10 || got.PerSecond < 0.2 || got.PerSecond > 0.26 || got.Left < 19*time.Second || got.Left > 25*time.Second {
		t.Errorf("progress after five steps in ten seconds: %+v", got)
	}
}

// TestCloseRows gives the rows of a job that ends in the middle their outcomes.
func TestCloseRows(t *testing.T) {
	t.Parallel()
	c := &plan.Change{
		Line: 2, Action: plan.ActionCreate, Verdict: plan.VerdictCreate,
		Fields: []plan.FieldChange{{Field: roster.Department, New: "D"}}, Groups: []plan.Group{{ID: "g", Name: "G", Kind: plan.UserGroup}},
	}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		name     string
		row      RowState
		want     RowState
		changed  bool
		counted  Outcome
		finished Outcome
	}{
		{name: "not begun", counted: OutcomeUnprocessed, finished: OutcomeUnprocessed},
		{
			name: "call without an outcome", row: RowState{Intent: StepCreate}, changed: true, counted: OutcomeUnprocessed,
			finished: OutcomeFailed,
			want:     RowState{Outcome: OutcomeFailed, Failure: &Failure{Step: StepCreate, Reason: FailureNoAnswer}, At: now},
		},
		{
			name: "active, nothing more", row: RowState{Created: true, Presence: PresenceActive}, changed: true,
			counted: OutcomeUnprocessed, finished: OutcomeFailed,
			want: RowState{
				Created: true, Presence: PresenceActive, Outcome: OutcomeFailed, Outstanding: []string{"department", "user_group:G"},
				Failure: &Failure{Step: StepProfile, Reason: FailureStopped}, At: now,
			},
		},
		{
			name: "active, all of it", row: RowState{Created: true, Presence: PresenceActive, Profile: true, Joined: []string{"g"}},
			changed: true, counted: OutcomeUnprocessed, finished: OutcomeCreated,
			want: RowState{Created: true, Presence: PresenceActive, Profile: true, Joined: []string{"g"}, Outcome: OutcomeCreated, At: now},
		},
		{
			name: "invited", row: RowState{Created: true, Presence: PresencePending, Placed: true}, changed: true,
			counted: OutcomeWaiting, finished: OutcomeIncomplete,
			want: RowState{
				Created: true, Presence: PresencePending, Placed: true, Invited: true, Outcome: OutcomeIncomplete,
				Outstanding: []string{"department"}, At: now,
			},
		},
		{
			name: "invited, lacks a group only", row: RowState{Created: true, Presence: PresencePending, Profile: true}, changed: true,
			counted: OutcomeWaiting, finished: OutcomeIncomplete,
			want: RowState{
				Created: true, Presence: PresencePending, Profile: true, Invited: true, Outcome: OutcomeIncomplete,
				Outstanding: []string{"user_group:G"}, At: now,
			},
		},
		{
			name:    "waited for already",
			row:     RowState{Created: true, Presence: PresencePending, Invited: true, Outcome: OutcomeWaiting, Outstanding: []string{"department"}},
			changed: true, counted: OutcomeWaiting, finished: OutcomeIncomplete,
			want: RowState{
				Created: true, Presence: PresencePending, Invited: true, Outcome: OutcomeIncomplete, Outstanding: []string{"department"}, At: now,
			},
		},
		{
			name: "invited, lacks nothing", row: RowState{Created: true, Presence: PresencePending, Invited: true, Outcome: OutcomeWaiting},
			counted: OutcomeWaiting, finished: OutcomeWaiting,
			want: RowState{Created: true, Presence: PresencePending, Invited: true, Outcome: OutcomeWaiting},
		},
		{
			name: "done", row: RowState{Created: true, Outcome: OutcomeLapsed}, counted: OutcomeLapsed, finished: OutcomeLapsed,
			want: RowState{Created: true, Outcome: OutcomeLapsed},
		},
	}
	for _, tt := range tests {
		rs := tt.row
		if got := outcomeOf(c, rs); got != tt.counted {
			t.Errorf("%s: counts as %s while the job runs, want %s", tt.name, got, tt.counted)
		}
		if got := rs.closeAt(c, now); got != tt.changed {
			t.Errorf("%s: changed %v, want %v", tt.name, got, tt.changed)
		}
		if diff := cmp.Diff(tt.want, rs); diff != "" {
			t.Errorf("%s: row (-want +got):\n%s", tt.name, diff)
		}
		if got := outcomeOf(c, rs); got != tt.finished {
			t.Errorf("%s: ends as %s, want %s", tt.name, got, tt.finished)
		}
	}
}

// TestRetryDelay: attempts are spread over minutes.
func TestRetryDelay(t *testing.T) {
	t.Parallel()
	var all time.Duration
	for n := 1; n < maxAttempts; n++ {
		d := retryDelay(n)
		if d < time.Second || d > 2*time.Minute || d < retryDelay(n-1) {
			t.Errorf("delay %v after %d failures", d, n)
		}
		all += d
	}
	if all < 5*time.Minute || all > 30*time.Minute {
		t.Errorf("a job is given up after %v", all)
	}
}
