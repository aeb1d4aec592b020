//go:build table

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// TestTable prints the figures of the README: how fast files are read and planned, how much of Zoom's limits is used, and
// what the bot needs meanwhile. It asserts no time and is built only for make bench, since it takes minutes.
//
// Everything runs at real speed against sandboxes with Zoom's own limits, the bot as a process with a redis-server of its
// own. Several jobs run side by side, each with its sandbox, since each of them mostly waits. What could not be awaited so
// says "limits times …" in its name: there the limits of the sandbox and of the client are raised alike.
func TestTable(t *testing.T) { //nolint:paralleltest // It sets the environment and wants the machine for itself.
	buildProgram(t)
	tab := newTable()
	began, busy := time.Now(), machineTime(t)
	for _, part := range []struct {
		name    string
		measure func(*testing.T, *table)
	}{
		{"file to verdict", measureReading},
		{"plan against an account of 100,000", measurePlanning},
		{"the bot at rest", measureRest},
		{"people who are as the file says", measureUnchanged},
		{"apply", measureApplying},
		{"apply, alone and hurried", measureHurried},
	} {
		fmt.Fprintf(os.Stderr, "%s measuring: %s\n", time.Now().Format(time.TimeOnly), part.name)
		if !t.Run(part.name, func(t *testing.T) { part.measure(t, tab) }) {
			tab.add(part.name, figure{name: "not everything could be measured", met: yes(false)})
		}
	}
	tab.print(began, machineTime(t).since(busy))
}

// buildProgram puts the program as it is shipped, not the test binary, where startProgram finds it.
func buildProgram(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "zoomusers"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// figure is one line of the table. Aim and met are empty where nothing is aimed at.
type figure struct{ name, value, aim, met string }

// yes says whether an aim is met.
func yes(met bool) string {
	if met {
		return "yes"
	}
	return "NO"
}

// table collects figures by part, in the order of their first figure.
type table struct {
	mu     sync.Mutex
	parts  []string
	byPart map[string][]figure
}

func newTable() *table { return &table{byPart: make(map[string][]figure)} }

// add puts figures at the end of a part.
func (tab *table) add(part string, all ...figure) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	if _, known := tab.byPart[part]; !known {
		tab.parts = append(tab.parts, part)
	}
	tab.byPart[part] = append(tab.byPart[part], all...)
}

// print writes the table to the standard output, with one width for each column.
func (tab *table) print(began time.Time, busy float64) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	var width [3]int
	for _, all := range tab.byPart {
		for _, f := range all {
			for i, cell := range []string{"  " + f.name, f.value, f.aim} {
				width[i] = max(width[i], utf8.RuneCountInString(cell))
			}
		}
	}
	var out strings.Builder
	line := func(cells ...string) {
		for i, cell := range cells {
			out.WriteString(cell)
			if i < len(width) && i < len(cells)-1 {
				out.WriteString(strings.Repeat(" ", 2+max(0, width[i]-utf8.RuneCountInString(cell))))
			}
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "\nzoomusers %s, measured on %s in %s\n", revision(), began.UTC().Format(time.DateOnly), time.Since(began).Round(time.Second))
	fmt.Fprintf(&out, "%s, %d CPUs, %s %s/%s; the CPUs were busy for %.0f %% of the time\n\n",
		processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, 100*busy)
	line("what", "figure", "aim", "met?")
	for _, part := range tab.parts {
		line(part)
		for _, f := range tab.byPart[part] {
			line("  "+f.name, f.value, f.aim, f.met)
		}
	}
	fmt.Fprintln(os.Stdout, strings.ReplaceAll(out.String(), " \n", "\n"))
}

// revision is the commit that is measured, as far as that is known.
func revision() string {
	out, err := exec.Command("git", "describe", "--tags", "--always", "--dirty").Output() //nolint:noctx // It ends at once.
	if err != nil {
		return "of an unknown commit"
	}
	return strings.TrimSpace(string(out))
}

// processor is the name of the machine's CPU.
func processor() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown CPU"
	}
	for line := range strings.Lines(string(raw)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown CPU"
}
