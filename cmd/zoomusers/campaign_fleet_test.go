package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// fleet is several processes of the bot under a supervisor that starts again what ends, as a cluster does.
type fleet struct {
	program, dir string
	env          []map[string]string // for each member
	redis        *redisServer

	mu      sync.Mutex
	members []*member
	closing bool
	kills   int
	starts  int
	// oddities are ends that nobody brought about.
	oddities []string
	work     sync.WaitGroup
}

// member is a place in the fleet with the process that fills it.
type member struct {
	cmd     *exec.Cmd
	logFile string
	begun   time.Time
	gone    chan struct{}
	asked   bool // to end, by a signal of ours
	frozen  bool
}

// backInFlight is how long a supervisor takes to start a process again.
const backInFlight = 300 * time.Millisecond

func (f *fleet) start() error {
	f.members = make([]*member, len(f.env))
	for i := range f.env {
		if err := f.launch(i); err != nil {
			return err
		}
	}
	return nil
}

// launch fills a place. The lock is not held.
func (f *fleet) launch(i int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		return nil
	}
	f.starts++
	m := &member{
		gone: make(chan struct{}), begun: time.Now(),
		logFile: filepath.Join(f.dir, fmt.Sprintf("serve-%d-%03d.log", i, f.starts)),
	}
	log, err := os.Create(m.logFile)
	if err != nil {
		return err
	}
	home := filepath.Join(f.dir, fmt.Sprintf("home-%d", i))
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	m.cmd = exec.Command(f.program, "serve") //nolint:noctx // It is ended by hand, in several ways.
	m.cmd.Dir, m.cmd.Stdout, m.cmd.Stderr = home, log, log
	m.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	for _, name := range slices.Sorted(maps.Keys(f.env[i])) {
		m.cmd.Env = append(m.cmd.Env, name+"="+f.env[i][name])
	}
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := m.cmd.Start(); err != nil {
		return err
	}
	f.members[i] = m
	f.work.Go(func() {
		_ = m.cmd.Wait()
		_ = log.Close()
		close(m.gone)
		f.ended(i, m)
	})
	return nil
}

// ended judges the end of a process and fills its place again.
func (f *fleet) ended(i int, m *member) {
	ended := time.Now()
	f.mu.Lock()
	code := m.cmd.ProcessState.ExitCode()
	switch {
	case m.asked && (code == exitOK || code == -1):
	case f.redis.away(ended.Add(-30*time.Second), ended):
		// Without Redis a process may give up, as long as the next one goes on.
	default:
		f.oddities = append(f.oddities, fmt.Sprintf("process %s ended by itself with status %d: %s", filepath.Base(m.logFile), code, tail(m.logFile)))
	}
	f.mu.Unlock()
	time.Sleep(backInFlight)
	if err := f.launch(i); err != nil {
		f.mu.Lock()
		f.oddities = append(f.oddities, "start: "+err.Error())
		f.mu.Unlock()
	}
}

// tail is the end of a log.
func tail(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-1500):])
}

// kill ends a process as a crash of its machine does.
func (f *fleet) kill(i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.members[i]
	if f.closing || m.asked {
		return
	}
	m.asked = true
	f.kills++
	_ = m.cmd.Process.Kill()
}

// killed is how many processes were killed so far.
func (f *fleet) killed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kills
}

// term asks a process to end, as a new release does.
func (f *fleet) term(i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.members[i]
	if f.closing || m.asked || m.frozen {
		return
	}
	m.asked = true
	_ = m.cmd.Process.Signal(syscall.SIGTERM)
}

// freeze stops a process without ending it; the function it returns lets it go on.
func (f *fleet) freeze(i int) (thaw func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.members[i]
	if f.closing || m.asked || m.frozen {
		return func() {}
	}
	m.frozen = true
	_ = m.cmd.Process.Signal(syscall.SIGSTOP)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		m.frozen = false
		_ = m.cmd.Process.Signal(syscall.SIGCONT)
	}
}

// close asks all to end and waits; what does not end is an oddity.
func (f *fleet) close() {
	f.mu.Lock()
	f.closing = true
	members := slices.Clone(f.members)
	for _, m := range members {
		if m == nil {
			continue
		}
		m.asked = true
		_ = m.cmd.Process.Signal(syscall.SIGCONT)
		_ = m.cmd.Process.Signal(syscall.SIGTERM)
	}
	f.mu.Unlock()
	deadline := time.NewTimer(40 * time.Second)
	defer deadline.Stop()
	for _, m := range members {
		if m == nil {
			continue
		}
		select {
		case <-m.gone:
		case <-deadline.C:
			f.mu.Lock()
			f.oddities = append(f.oddities, "a process does not end within 40 seconds when it is asked to: "+tail(m.logFile))
			f.mu.Unlock()
			_ = m.cmd.Process.Kill()
			<-m.gone
		}
	}
	f.work.Wait()
}

// checkLogs looks for what no log may hold.
func (f *fleet) checkLogs(secrets map[string]string) []string {
	f.mu.Lock()
	found := slices.Clone(f.oddities)
	f.mu.Unlock()
	names, _ := filepath.Glob(filepath.Join(f.dir, "serve-*.log"))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			found = append(found, err.Error())
			continue
		}
		for what, secret := range secrets {
			if secret != "" && bytes.Contains(data, []byte(secret)) {
				found = append(found, filepath.Base(name)+" holds "+what)
			}
		}
		for _, mark := range []string{"@example.", "DATA RACE", "panic:", "fatal error:"} {
			if at := strings.Index(string(data), mark); at >= 0 {
				found = append(found, fmt.Sprintf("%s holds %q: …%s…", filepath.Base(name), mark,
					data[max(0, at-300):min(len(data), at+1200)]))
			}
		}
	}
	return found
}
