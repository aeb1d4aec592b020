package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for a condition. It is long because machines differ; nothing waits for it in a good run.
const patience = 120 * time.Second

// waitingTime is a context for waits.
func waitingTime(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// eventually asks again and again, for conditions of another process that nothing announces.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx := waitingTime(t)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

// record keeps what a process writes, and tells who waits for a part of it.
type record struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	news chan struct{}
}

func newRecord() *record { return &record{news: make(chan struct{})} }

// Write implements io.Writer.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.news)
	r.news = make(chan struct{})
	return r.buf.Write(p)
}

func (r *record) now() (text string, news <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String(), r.news
}

// String is everything so far.
func (r *record) String() string {
	text, _ := r.now()
	return text
}

// wait returns the rest of the line after a mark once it is written.
func (r *record) wait(t *testing.T, mark string) string {
	t.Helper()
	ctx := waitingTime(t)
	for {
		text, news := r.now()
		if _, rest, ok := strings.Cut(text, mark); ok && strings.Contains(rest, "\n") {
			rest, _, _ = strings.Cut(rest, "\n")
			return rest
		}
		select {
		case <-news:
		case <-ctx.Done():
			t.Fatalf("%q was not written, but:\n%s", mark, text)
		}
	}
}

// process is the program, started as a process of its own.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, log *record
	gone     chan struct{}
	err      error // once gone
}

// startProgram starts the program in a directory and a group of its own with nothing in its environment but env. What it logs must
// hold no secret and no address of a person.
func startProgram(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	p := &process{t: t, out: newRecord(), log: newRecord(), gone: make(chan struct{})}
	p.cmd = exec.Command(findProgram(t, "zoomusers"), args...) //nolint:noctx // It is ended by hand, in several ways.
	p.cmd.Dir = t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.cmd.Dir}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		p.cmd.Env = append(p.cmd.Env, name+"="+env[name])
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.gone)
	}()
	t.Cleanup(func() {
		p.kill()
		<-p.gone
		if t.Failed() {
			t.Logf("%s wrote:\n%s\nand logged:\n%s", strings.Join(args, " "), p.out, p.log)
		}
		for name, value := range env {
			secret := strings.HasSuffix(name, "_TOKEN") || strings.HasSuffix(name, "_SECRET")
			if secret && strings.Contains(p.log.String(), value) {
				t.Errorf("%s is in the log", name)
			}
		}
		if strings.Contains(p.log.String(), "@example.") {
			t.Error("a person's address is in the log")
		}
		if strings.Contains(p.log.String(), "DATA RACE") {
			t.Errorf("the process has a data race:\n%s", p.log)
		}
	})
	return p
}

// kill ends the process as a crash of the machine would.
func (p *process) kill() { _ = p.cmd.Process.Kill() }

// stop sends a signal and returns the exit code.
func (p *process) stop(sig os.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatalf("signal: %v", err)
	}
	return p.exitCode()
}

// end asks the process to end, as a supervisor does, and wants it to end well.
func (p *process) end() {
	p.t.Helper()
	if code := p.stop(syscall.SIGTERM); code != exitOK {
		p.t.Errorf("the process ended with status %d, want %d; its log:\n%s", code, exitOK, p.log)
	}
}

// exitCode waits for the end of the process.
func (p *process) exitCode() int {
	p.t.Helper()
	ctx := waitingTime(p.t)
	select {
	case <-p.gone:
	case <-ctx.Done():
		p.t.Fatalf("the process does not end; its log:\n%s", p.log)
	}
	return p.cmd.ProcessState.ExitCode()
}
