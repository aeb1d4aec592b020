package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// benchGroups makes names as an organisation has them, alike enough for every suggestion to cost something.
func benchGroups(n int) []plan.Group {
	teams := []string{"Sales", "Engineering", "Customer Success", "Marketing", "Finance", "Human Resources", "Legal", "Operations", "Ventes", "Équipe produit"}
	places := []string{"EMEA", "APAC", "Paris", "London", "New York", "São Paulo", "Tokyo"}
	var groups []plan.Group
	for i := range n {
		name := fmt.Sprintf("%s %s %d", teams[i%len(teams)], places[i/len(teams)%len(places)], i/(len(teams)*len(places)))
		groups = append(groups, userGroup(fmt.Sprintf("g%05d", i), name))
	}
	return groups
}

// benchAccount makes an account of n people, each in two of the groups, with what Zoom's list tells of them.
func benchAccount(n int, groups []plan.Group) plan.Account {
	a := plan.Account{Users: make(map[string]zoomapi.User, n), Complete: true, Groups: groups}
	for i := range n {
		email := fmt.Sprintf("person.%06d@example.com", i)
		a.Users[plan.Key(email)] = zoomapi.User{
			ID: fmt.Sprintf("KdYKjnimT4KPd8FFg%05d", i), Email: email, FirstName: fmt.Sprintf("First%d", i%977), LastName: fmt.Sprintf("Last%d", i%4999),
			DisplayName: fmt.Sprintf("First%d Last%d", i%977, i%4999), Type: 1 + i%2, Status: zoomapi.StatusActive,
			Department: fmt.Sprintf("Department %d", i%60), Timezone: "Europe/Paris", RoleID: "2", PMI: int64(i),
			GroupIDs:  []string{groups[i%len(groups)].ID, groups[(i*7+1)%len(groups)].ID},
			CreatedAt: "2024-05-01T08:00:00Z", LastLoginTime: "2026-01-01T08:00:00Z",
		}
	}
	return a
}

// benchRoster makes a file of n rows: a fifth is already in the account, half of that with another department. Of every
// 100 rows, unknown name a group that does not exist: now misspelt, now made up, all of them different.
func benchRoster(tb testing.TB, n, unknown int, groups []plan.Group) *roster.Roster {
	tb.Helper()
	var records [][]string
	for i := range n {
		email, department := fmt.Sprintf("new.person.%06d@example.com", i), fmt.Sprintf("Department %d", i%60)
		first, last := fmt.Sprintf("First%d", i%977), fmt.Sprintf("Last%d", i%4999)
		if i%5 == 0 {
			email = fmt.Sprintf("Person.%06d@example.com", i)
			if i%10 == 0 {
				department = "Elsewhere"
			}
		}
		names := []string{groups[i%len(groups)].Name, groups[(i*7+1)%len(groups)].Name}
		if i%100 < unknown {
			names[1] = fmt.Sprintf("%s%d", groups[i%len(groups)].Name, i)
			if i%2 == 0 {
				names[1] = fmt.Sprintf("Something else altogether %d", i)
			}
		}
		records = append(records, []string{
			email, first, last, department, roster.JoinGroups(names), "Account executive", "Leeds", fmt.Sprintf("person.%06d@example.com", i%300),
		})
	}
	var b bytes.Buffer
	header := []string{"Email", "First Name", "Last Name", "Department", "User Group", "Job Title", "Location", "Manager"}
	if err := roster.Write(&b, header, records, roster.WriteOptions{}); err != nil {
		tb.Fatal(err)
	}
	r, err := roster.Read(b.Bytes(), roster.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// BenchmarkBuild plans the largest file against a large account.
func BenchmarkBuild(b *testing.B) {
	const rows, users = roster.DefaultMaxRows, 100_000
	for _, bb := range []struct {
		name            string
		groups, unknown int
	}{{"groups=500", 500, 0}, {"groups=500/unknown=20%", 500, 20}, {"groups=5000/unknown=20%", 5000, 20}} {
		b.Run(bb.name, func(b *testing.B) {
			groups := benchGroups(bb.groups)
			a := benchAccount(users, groups)
			r := benchRoster(b, rows, bb.unknown, groups)
			b.ReportAllocs()
			for b.Loop() {
				p := plan.Build(r, a, basic())
				if p.Counts.Invalid != rows/100*bb.unknown+min(rows%100, bb.unknown) {
					b.Fatalf("counts = %+v", p.Counts)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkUpdate plans the largest update of a large account: people with every column that Zoom's list has, of whom none,
// some or all change; and one of people whom nobody knows.
func BenchmarkUpdate(b *testing.B) {
	const rows, users = roster.DefaultMaxRows, 100_000
	groups := benchGroups(500)
	a := benchAccount(users, groups)
	names := make(map[string]string, len(groups))
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	for _, bb := range []struct {
		name            string
		changed, absent int // of every ten rows
	}{{"changed=0", 0, 0}, {"changed=10%", 1, 0}, {"changed=100%", 10, 0}, {"absent=100%", 0, 10}} {
		b.Run(bb.name, func(b *testing.B) {
			var records [][]string
			for i := range rows {
				u := a.Users[fmt.Sprintf("person.%06d@example.com", i)]
				department, email := u.Department, u.Email
				if i%10 < bb.changed {
					department = "Elsewhere"
				}
				if i%10 < bb.absent {
					email = "x" + email
				}
				records = append(records, []string{
					email, u.FirstName, u.LastName, u.DisplayName, department, plan.TypeName(u.Type), u.Timezone,
					roster.JoinGroups([]string{names[u.GroupIDs[0]], names[u.GroupIDs[1]]}),
				})
			}
			var data bytes.Buffer
			header := []string{"Email", "First Name", "Last Name", "Display Name", "Department", "User Type", "Time Zone", "User Group"}
			if err := roster.Write(&data, header, records, roster.WriteOptions{}); err != nil {
				b.Fatal(err)
			}
			r, err := roster.Read(data.Bytes(), roster.Options{Required: []roster.Field{roster.Email}})
			if err != nil {
				b.Fatal(err)
			}
			o := basic()
			o.Mode = plan.ModeUpdate
			b.ReportAllocs()
			for b.Loop() {
				p := plan.Build(r, a, o)
				if want := (rows*bb.changed + 9) / 10; p.Counts.Update != want || p.Counts.Invalid != 0 {
					b.Fatalf("counts = %+v, want %d updates", p.Counts, want)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkMemory tells what stays on the heap of a large account and of a plan against it.
func BenchmarkMemory(b *testing.B) {
	groups := benchGroups(500)
	r := benchRoster(b, roster.DefaultMaxRows, 20, groups)
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	for b.Loop() {
		before := heap()
		a := benchAccount(100_000, groups)
		withAccount := heap()
		p := plan.Build(r, a, basic())
		withPlan := heap()
		raw, err := json.Marshal(p)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(withAccount-before, "account-MiB")
		b.ReportMetric(withPlan-withAccount, "plan-MiB")
		b.ReportMetric(float64(len(raw))/(1<<20), "stored-MiB")
		runtime.KeepAlive(a)
		runtime.KeepAlive(p)
	}
}
