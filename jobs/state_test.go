package jobs_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs"
)

// TestArrows holds every pair of states against the drawing of a job's life.
func TestArrows(t *testing.T) {
	t.Parallel()
	drawing := map[jobs.State]string{
		jobs.StateReceived:         "reading invalid canceled errored",
		jobs.StateReading:          "planning done invalid canceled errored",
		jobs.StatePlanning:         "awaiting_approval no_changes planned invalid canceled errored",
		jobs.StateAwaitingApproval: "approved rejected expired canceled planning",
		jobs.StateApproved:         "applying awaiting_approval no_changes invalid canceled errored",
		jobs.StateApplying:         "finishing done paused canceled errored",
		jobs.StatePaused:           "applying done canceled errored",
		jobs.StateFinishing:        "done canceled errored",
		// Ends that the requester can take back, since nothing was done.
		jobs.StateNoChanges: "planning",
		jobs.StatePlanned:   "planning",
		jobs.StateInvalid:   "reading",
		jobs.StateExpired:   "approved planning",
	}
	open := []jobs.State{
		jobs.StateReceived, jobs.StateReading, jobs.StatePlanning, jobs.StateAwaitingApproval, jobs.StateApproved,
		jobs.StateApplying, jobs.StatePaused, jobs.StateFinishing,
	}
	for _, from := range jobs.States() {
		next := strings.Fields(drawing[from])
		if got, want := from.Terminal(), !slices.Contains(open, from); got != want {
			t.Errorf("%s: terminal %v, want %v", from, got, want)
		}
		for _, to := range jobs.States() {
			want := from == to || slices.Contains(next, string(to))
			if got := from.CanBecome(to); got != want {
				t.Errorf("%s can become %s: %v, want %v", from, to, got, want)
			}
		}
	}
	if len(jobs.States()) != 16 {
		t.Errorf("%d states, want 16", len(jobs.States()))
	}
}

// TestEveryStateCanEnd: from each state an end can be reached, and each state can be reached.
func TestEveryStateCanEnd(t *testing.T) {
	t.Parallel()
	reach := func(from jobs.State) map[jobs.State]bool {
		seen := map[jobs.State]bool{from: true}
		for todo := []jobs.State{from}; len(todo) > 0; todo = todo[1:] {
			for _, to := range jobs.States() {
				if todo[0].CanBecome(to) && !seen[to] {
					seen[to] = true
					todo = append(todo, to)
				}
			}
		}
		return seen
	}
	if got := reach(jobs.StateReceived); len(got) != len(jobs.States()) {
		t.Errorf("%d of %d states can be reached", len(got), len(jobs.States()))
	}
	for _, from := range jobs.States() {
		if !slices.ContainsFunc(jobs.States(), func(s jobs.State) bool { return reach(from)[s] && s.Terminal() }) {
			t.Errorf("no end can be reached from %s", from)
		}
	}
	if e := (&jobs.StateError{ID: "x", From: jobs.StateDone, To: jobs.StateApplying}).Error(); e != "job x cannot go from done to applying" {
		t.Errorf("words of a state error: %s", e)
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 5000 {
		id := jobs.NewID()
		if len(id) != 9 || id[4] != '-' || strings.ContainsAny(id, "ilouILOU") {
			t.Fatalf("id %q cannot be typed safely", id)
		}
		if got, ok := jobs.ParseID(id); !ok || got != id {
			t.Fatalf("id %q reads back as %q, %v", id, got, ok)
		}
		if seen[id] {
			t.Fatalf("id %q came twice", id)
		}
		seen[id] = true
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string
	}{
		{"k7m2-9xqd", "k7m2-9xqd"},
		{"K7M29XQD", "k7m2-9xqd"},
		{"  `k7m2-9xqd`. ", "k7m2-9xqd"},
		{"#k7m2 9xqd", "k7m2-9xqd"},
		{"“k7m2–9xqd”", "k7m2-9xqd"},
		{"oil0-uuuu", "0110-vvvv"},
		{"k7m2-9xq", ""},
		{"k7m2-9xqdd", ""},
		{"k7m!-9xqd", ""},
		{"k7mé-9xqd", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, ok := jobs.ParseID(tt.in)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q reads as %q, %v; want %q", tt.in, got, ok, tt.want)
		}
	}
}

func TestParseIDTypos(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := jobs.NewID()
		typed := []rune(id)
		for i, r := range typed {
			alike := map[rune][]rune{'0': {'o', 'O', '0'}, '1': {'i', 'I', 'l', 'L', '1'}, 'v': {'u', 'U', 'v'}, '-': {'-', ' ', '_'}}
			if forms := alike[r]; forms != nil {
				typed[i] = rapid.SampledFrom(forms).Draw(t, "form")
			} else if rapid.Bool().Draw(t, "upper") {
				typed[i] = []rune(strings.ToUpper(string(r)))[0]
			}
		}
		if got, ok := jobs.ParseID(string(typed)); !ok || got != id {
			t.Fatalf("%q reads as %q, %v; want %q", string(typed), got, ok, id)
		}
	})
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"k7m2-9xqd", "K7M2 9XQD", "`#”", "oilu", "\xff\xfe--------"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		id, ok := jobs.ParseID(in)
		if !ok {
			if id != "" {
				t.Errorf("%q is no id and gives %q", in, id)
			}
			return
		}
		if again, ok := jobs.ParseID(id); !ok || again != id || len(id) != 9 {
			t.Errorf("%q reads as %q, which reads as %q, %v", in, id, again, ok)
		}
	})
}
