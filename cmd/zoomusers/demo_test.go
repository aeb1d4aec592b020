package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// onMark calls f once when a mark is written.
type onMark struct {
	w    io.Writer
	mark string
	f    func()
	buf  bytes.Buffer
	done bool
}

// Write implements io.Writer.
func (o *onMark) Write(p []byte) (int, error) {
	if !o.done {
		o.buf.Write(p)
		if strings.Contains(o.buf.String(), o.mark) {
			o.done = true
			o.f()
		}
	}
	return o.w.Write(p)
}

// demoLeaks is a program of its own for a script: it runs a command until it invites to press Ctrl-C, cancels it as
// Ctrl-C does, and fails if goroutines of ours are left.
func demoLeaks() {
	ctx, cancel := context.WithCancel(context.Background())
	p := program{
		stdout: &onMark{w: os.Stdout, mark: "Ctrl-C to end", f: cancel}, stderr: os.Stderr,
		getenv: os.Getenv, readFile: os.ReadFile,
	}
	code := p.run(ctx, os.Args[1:])
	cancel()
	if code != exitOK {
		os.Exit(code)
	}
	var left []string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); runtime.Gosched() {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		left = left[:0]
		for _, stack := range strings.Split(string(buf), "\n\n")[1:] {
			if strings.Contains(stack, "zoomusers") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return
		}
	}
	fmt.Fprintln(os.Stderr, strings.Join(left, "\n\n"))
	os.Exit(exitError)
}

// TestDemoQuiet starts the sandbox without its story and ends it with Ctrl-C.
func TestDemoQuiet(t *testing.T) {
	t.Parallel()
	p := startProgram(t, nil, "demo", "--no-story", "--slack-addr", "127.0.0.1:0", "--zoom-addr", "127.0.0.1:0")
	at := page{t: t, url: strings.Fields(p.out.wait(t, "Slack workspace"))[0]}
	p.out.wait(t, "The sandbox stays up")
	if s := at.state(slacktest.UserAda); !s.Connected || len(s.Messages) > 0 {
		t.Errorf("the channel has %d messages and a bot connected %t, want a quiet channel with a bot", len(s.Messages), s.Connected)
	}
	if code := p.stop(os.Interrupt); code != exitOK {
		t.Errorf("Ctrl-C ends the demo with status %d, want %d; its log:\n%s", code, exitOK, p.log)
	}
	if text := p.out.String(); strings.Contains(text, "Ada") {
		t.Errorf("the story was played:\n%s", text)
	}
}

// TestDemoInterrupted ends the demo in the middle of its story: the account is not what the roster asks for.
func TestDemoInterrupted(t *testing.T) {
	t.Parallel()
	p := startProgram(t, nil, "demo", "--exit", "--slack-addr", "127.0.0.1:0", "--zoom-addr", "127.0.0.1:0")
	p.out.wait(t, "Ben, an approver")
	if code := p.stop(syscall.SIGTERM); code != exitError {
		t.Errorf("an interrupted demo --exit ends with status %d, want %d", code, exitError)
	}
	if !strings.Contains(p.log.String(), "interrupted before the story ended") {
		t.Errorf("the reason is not told: %s", p.log)
	}
}

// asTheRosterAsks is an account that holds what the sample roster asks for.
func asTheRosterAsks(t *testing.T) *zoomtest.Account {
	t.Helper()
	a := zoomtest.New(zoomtest.Options{})
	a.Seed(20)
	groups := make(map[string]string)
	for _, g := range a.Groups() {
		groups[g.ID] = g.Name
	}
	r, err := roster.Read(sampleRoster, roster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		if _, there := a.User(row.Key()); there && !r.Invalid(row.Number) {
			if err := a.Edit(row.Key(), func(u *zoomtest.User) {
				u.FirstName, u.LastName = row.Get(roster.FirstName), row.Get(roster.LastName)
			}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if r.Invalid(row.Number) || !knownGroups(row, groups) {
			continue
		}
		a.AddUser(zoomtest.User{
			Email: row.Key(), FirstName: row.Get(roster.FirstName), LastName: row.Get(roster.LastName),
			Dept: row.Get(roster.Department), JobTitle: row.Get(roster.JobTitle), Location: row.Get(roster.Location),
			Manager: row.Get(roster.Manager),
		})
		for id, name := range groups {
			for _, want := range row.Groups() {
				if strings.EqualFold(name, want) {
					a.Join(id, row.Key())
				}
			}
		}
	}
	return a
}

// TestCompareAccount breaks an account in one way after the other: each must be noticed.
func TestCompareAccount(t *testing.T) {
	t.Parallel()
	const someone = "felix.oduya@example.com"
	edit := func(change func(*zoomtest.User)) func(*testing.T, *zoomtest.Account) {
		return func(t *testing.T, a *zoomtest.Account) {
			t.Helper()
			if err := a.Edit(someone, change); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name      string
		breakIt   func(*testing.T, *zoomtest.Account)
		wantError string
	}{
		{"nothing", func(*testing.T, *zoomtest.Account) {}, ""},
		{"gone", func(_ *testing.T, a *zoomtest.Account) { a.Remove(someone) }, "row 5 is not in the account"},
		{"first name", edit(func(u *zoomtest.User) { u.FirstName = "F." }), "row 5 differs in first_name"},
		{"last name", edit(func(u *zoomtest.User) { u.LastName = "" }), "row 5 differs in last_name"},
		{"department", edit(func(u *zoomtest.User) { u.Dept = "sales" }), "row 5 differs in department"},
		{"job title", edit(func(u *zoomtest.User) { u.JobTitle = "" }), "row 5 differs in job_title"},
		{"location", edit(func(u *zoomtest.User) { u.Location = "" }), "row 5 differs in location"},
		{"manager", edit(func(u *zoomtest.User) { u.Manager = "" }), "row 5 differs in manager"},
		{"group", edit(func(u *zoomtest.User) { u.GroupIDs = nil }), "row 5 differs in group Sales"},
		{"not accepted", edit(func(u *zoomtest.User) { u.Status = zoomtest.Pending }), "row 5 differs in status"},
		{"a row that was to be left out", func(_ *testing.T, a *zoomtest.Account) {
			a.AddUser(zoomtest.User{Email: "omar.benali@example.com"})
		}, "row 60 is in the account though it names an unknown group"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := asTheRosterAsks(t)
			tt.breakIt(t, a)
			good, left, err := compareAccount(a, sampleRoster)
			if got := fmt.Sprint(err); err != nil && got != tt.wantError || err == nil && tt.wantError != "" {
				t.Errorf("error %q, want %q", got, tt.wantError)
			}
			if want := 59; tt.wantError == "" && (good != want || left != 4) {
				t.Errorf("%d good and %d left, want %d and 4", good, left, want)
			}
		})
	}
}

// TestStoryFails plays the story in an account that misbehaves: it must not end well.
func TestStoryFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		sabotage func(*stage, *onMark)
		want     string
	}{
		{
			name: "somebody is edited behind the bot's back",
			sabotage: func(s *stage, w *onMark) {
				w.mark, w.f = "── The account is compared", func() { s.zoom.Remove("felix.oduya@example.com") }
			},
			want: "story: row 5 is not in the account",
		},
		{
			name: "Zoom refuses a profile",
			sabotage: func(s *stage, _ *onMark) {
				s.zoom.Inject(zoomtest.Fault{Method: "PATCH", Path: "/users/*", Nth: 60, Status: 400, Code: 300, Message: "Validation Failed."})
			},
			want: "story: row ",
		},
		{
			name:     "Zoom's app may do nothing",
			sabotage: func(s *stage, _ *onMark) { s.zoom.SetScopes("nothing:at:all") },
			want:     `story: the card says "errored"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, demoOptions{})
			var transcript bytes.Buffer
			w := &onMark{w: &transcript, mark: "\x00"}
			tt.sabotage(s, w)
			a, closeBot, err := program{stderr: io.Discard}.demoBot(s.sandbox, demoOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer closeBot()
			ctx, stop := context.WithCancel(t.Context())
			ran := make(chan error, 1)
			go func() { ran <- a.run(ctx) }()
			s.awaitBot(t)
			if err := newStory(s.sandbox, w).play(ctx); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("the story ends with %v, want %s…; the transcript:\n%s", err, tt.want, &transcript)
			}
			stop()
			if err := <-ran; err != nil {
				t.Errorf("run the bot: %v", err)
			}
		})
	}
}
