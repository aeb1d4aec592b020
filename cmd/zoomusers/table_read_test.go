//go:build table

package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// bigAccount is how many people the large account has.
const bigAccount = 100_000

// benchmarked is what one benchmark of a package came to, for each operation.
type benchmarked struct {
	took          time.Duration
	bytes, allocs float64
}

// benchmark runs the benchmarks of package roster that match, by name.
func benchmark(t *testing.T, match string) map[string]benchmarked {
	t.Helper()
	run := exec.CommandContext(t.Context(), "go", "test", "-run", "^$", "-benchmem", "-bench", match, "../../jobs/roster")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("run the benchmarks: %v\n%s", err, out)
	}
	found := make(map[string]benchmarked)
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		// A name, how often, and then values with their units.
		of := make(map[string]float64)
		for i := 2; i+1 < len(fields); i += 2 {
			if of[fields[i+1]], err = strconv.ParseFloat(fields[i], 64); err != nil {
				t.Fatalf("a benchmark says %q: %v", line, err)
			}
		}
		// The number of CPUs is put behind the name.
		name, _, _ := strings.Cut(strings.TrimPrefix(fields[0], "Benchmark"), "-")
		found[name] = benchmarked{
			took: time.Duration(of["ns/op"]), bytes: of["B/op"], allocs: of["allocs/op"],
		}
	}
	return found
}

// measureReading takes its figures from the benchmarks of package roster.
func measureReading(t *testing.T, tab *table) {
	t.Helper()
	const part = "file to verdict"
	found := benchmark(t, "^(BenchmarkRead|BenchmarkBareCSV)$")
	for _, rows := range []int{roster.DefaultMaxRows, 100_000} {
		read, bare := found[fmt.Sprintf("Read/rows=%d", rows)], found[fmt.Sprintf("BareCSV/rows=%d", rows)]
		if read.took == 0 || bare.took == 0 {
			t.Fatalf("no benchmark for %d rows among %v", rows, slices.Collect(maps.Keys(found)))
		}
		factor := float64(read.took) / float64(bare.took)
		f := figure{name: thousands(rows) + " rows, all checks", value: millis(read.took)}
		g := figure{name: "… times a bare encoding/csv pass (" + millis(bare.took) + ")", value: fmt.Sprintf("%.1f", factor)}
		if rows == roster.DefaultMaxRows {
			f.aim, f.met = "< 100 ms", yes(read.took < 100*time.Millisecond)
		} else {
			g.aim, g.met = "<= 4", yes(factor <= 4)
		}
		n := float64(rows)
		tab.add(part, f, g, figure{
			name:  "… bytes and allocations a row",
			value: fmt.Sprintf("%.0f B, %.2f (bare: %.0f B, %.2f)", read.bytes/n, read.allocs/n, bare.bytes/n, bare.allocs/n),
		})
	}
}

// bigFile has rows of which every twentieth is somebody in the account.
func bigFile(account []zoomtest.User, groups []zoomtest.Group, rows int) []byte {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	_ = out.Write([]string{"Email", "First Name", "Last Name", "Department", "User Group", "Job Title", "Location"})
	for i := range rows {
		email := fmt.Sprintf("new.%06d@example.com", i)
		if i%20 == 0 {
			email = account[(i*7)%len(account)].Email
		}
		_ = out.Write([]string{
			email, "First" + strconv.Itoa(i%977), "Last" + strconv.Itoa(i%4999), "Department " + strconv.Itoa(i%60),
			groups[i%len(groups)].Name, "Account executive", "Leeds",
		})
	}
	out.Flush()
	return b.Bytes()
}

// cheapest is the least number of calls that tells enough to judge a file with columns that Zoom's list lacks: everybody
// one by one, or all pages and those who are there one by one. People who are only invited have to be listed in any case,
// since Zoom does not always show them one by one, and have no such columns yet. The groups and the seats come on top.
func cheapest(t *testing.T, zoom *zoomtest.Account, file []byte) (calls int, how string) {
	t.Helper()
	count, known := make(map[string]int), make(map[string]string)
	for _, u := range zoom.Users() {
		count[u.Status]++
		known[strings.ToLower(u.Email)] = u.Status
	}
	pages := func(status string) int { return max(1, (count[status]+1999)/2000) }
	records, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	one, there := make(map[string]bool), 0
	for _, record := range records[1:] {
		key := strings.ToLower(record[0])
		if status := known[key]; status != zoomtest.Pending && !one[key] {
			one[key] = true
			if status != "" {
				there++
			}
		}
	}
	rest := pages(zoomtest.Pending) + max(1, (len(zoom.Groups())+299)/300) + 1
	if all := pages(zoomtest.Active) + pages(zoomtest.Inactive); all+there < len(one) {
		return all + there + rest, fmt.Sprintf("%d pages, %d people, %d others", all, there, rest)
	}
	return len(one) + rest, fmt.Sprintf("%d people, %d others", len(one), rest)
}

func measurePlanning(t *testing.T, tab *table) {
	t.Helper()
	const part = "plan against an account of 100,000"
	s := newTableStage(t, zoomtest.Options{Plan: zoomtest.PlanBusiness, Latency: 20 * time.Millisecond}, false)
	s.zoom.Seed(bigAccount)
	people, groups := s.zoom.Users(), s.zoom.Groups()
	p, _ := s.start(t)
	// Its look at Zoom is no part of a plan.
	p.log.wait(t, "zoom answers")
	for _, rows := range []int{5, 40, 500, roster.DefaultMaxRows} {
		file := bigFile(people, groups, rows)
		s.meter.reset()
		before, began := p.cpu(t), time.Now()
		s.plan(t, file, jobs.StateAwaitingApproval)
		m, took := s.meter.read(), time.Since(began)
		spent := p.cpu(t) - before
		least, how := cheapest(t, s.zoom, file)
		tab.add(part, figure{
			name: "calls spent on reading for " + thousands(rows) + " rows", value: strconv.Itoa(m.calls),
			aim: fmt.Sprintf("%d (%s)", least, how), met: yes(m.calls <= least),
		})
		if rows == roster.DefaultMaxRows {
			tab.add(part, figure{
				name:  "… from the file to the card, and CPU of the bot for it",
				value: fmt.Sprintf("%.1f s, %.2f s", took.Seconds(), spent.Seconds()),
			})
		}
	}
	peak := p.memory(t, "VmHWM")
	tab.add(part, figure{name: "peak memory of the bot after these plans", value: fmt.Sprintf("%.0f MiB", peak), aim: "< 300 MB", met: yes(peak*1.048576 < 300)})

	// The same plan without what reading costs.
	r, err := roster.Read(bigFile(people, groups, roster.DefaultMaxRows), roster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	account := plan.Account{Users: make(map[string]zoomapi.User, len(people)), Complete: true, Detailed: make(map[string]bool)}
	for _, u := range people {
		account.Users[plan.Key(u.Email)] = zoomapi.User{
			ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, DisplayName: u.DisplayName, Type: u.Type,
			Status: u.Status, Department: u.Dept, JobTitle: u.JobTitle, Location: u.Location, GroupIDs: u.GroupIDs, RoleID: u.RoleID,
		}
		account.Detailed[plan.Key(u.Email)] = true
	}
	for _, g := range groups {
		account.Groups = append(account.Groups, plan.Group{ID: g.ID, Name: g.Name, Kind: plan.UserGroup})
	}
	const times = 5
	before := ownCPU(t)
	for range times {
		plan.Build(r, account, plan.Options{
			AccountID: "a", Mode: plan.ModeAuto, UserType: zoomapi.TypeBasic, CreateAction: zoomapi.ActionAutoCreate, Tier: zoomapi.PlanBusiness, Share: 1,
		})
	}
	cpu := (ownCPU(t) - before) / times
	tab.add(part, figure{name: "CPU of the plan of 9,999 rows, beyond reading", value: millis(cpu), aim: "< 1 s", met: yes(cpu < time.Second)})
}

// ownCPU is the processor time of this process.
func ownCPU(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measureRest(t *testing.T, tab *table) {
	t.Helper()
	const part, times = "the bot at rest", 5
	s := newTableStage(t, zoomtest.Options{Plan: zoomtest.PlanBusiness}, false)
	var least, most time.Duration
	for i := range times {
		p, took := s.start(t)
		if i == 0 || took < least {
			least = took
		}
		most = max(most, took)
		p.end()
	}
	p, _ := s.start(t)
	rest(t, 10*time.Second)
	cpu, seen := p.cpu(t), traffic(t, s.rdb)
	rest(t, 10*time.Second)
	idle := traffic(t, s.rdb).minus(seen)
	tab.add(part,
		figure{name: "from the start to being connected to Slack, " + strconv.Itoa(times) + " times", value: millis(least) + " to " + millis(most)},
		figure{name: "memory after 10 s of rest", value: fmt.Sprintf("%.0f MiB", p.memory(t, "VmRSS"))},
		figure{name: "CPU in the next 10 s", value: millis(p.cpu(t) - cpu)},
		figure{name: "round trips to Redis and bytes a second", value: fmt.Sprintf("%.0f, %.1f kB", idle.trips/10, idle.bytes/1e4)},
	)
}

// millis writes a duration in milliseconds, with decimals only where they say something.
func millis(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	if n < 1000 {
		return text
	}
	return thousands(n/1000) + "," + text[len(text)-3:]
}
