package jobs_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/redisstore"
	"github.com/zoomusers/zoomusers/zoomapi"
	"github.com/zoomusers/zoomusers/zoomapi/zoomredis/redistest"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// BenchmarkApply applies 2,000 rows, each with a department and one of 20 groups, on the sandbox at Business limits with
// 100 ms latency, over HTTP, with the ledger in the embedded Redis:
//
//	go test -run - -bench Apply -benchtime 1x ./jobs/
//
// %ceiling is the rate of LIGHT calls against Zoom's 80 a second, from the first creation to the last row's outcome; the
// pacer itself aims at 97 %.
func BenchmarkApply(b *testing.B) {
	for b.Loop() {
		benchApply(b, 2000)
	}
}

func benchApply(b *testing.B, n int) {
	b.Helper()
	b.StopTimer()
	zoom := zoomtest.New(zoomtest.Options{Plan: zoomtest.PlanBusiness, Latency: 100 * time.Millisecond, SSO: true})
	rows := make([]person, n)
	for i := range rows {
		rows[i] = person{email: fmt.Sprintf("p%05d@example.com", i), dept: "Field", groups: fmt.Sprint("Group ", i%20)}
	}
	for i := range 20 {
		zoom.AddGroup(fmt.Sprint("Group ", i))
	}
	srv := httptest.NewServer(zoom)
	defer srv.Close()
	client := dial(b, srv, func(o *zoomapi.Options) { o.Plan = zoomapi.PlanBusiness })
	_, rdb := redistest.Embedded(b)
	q := &taskList{clock: newClock()}
	svc := jobs.New(jobs.Options{
		Store: redisstore.New(rdb, redisstore.Options{}), Queue: q, Directory: client, Front: &front{},
		Tier: zoomapi.PlanBusiness, Settings: jobs.Settings{CreateAction: zoomapi.ActionSSOCreate},
	})
	q.work = svc.Work
	j, _, err := svc.Submit(b.Context(), jobs.Submission{Key: uuid.NewString(), Requester: requester, Data: csvOf(b, rows)})
	if err != nil {
		b.Fatal(err)
	}
	q.drain(b.Context())
	if j, err = svc.Get(b.Context(), j.ID); err != nil || j.State != jobs.StateAwaitingApproval {
		b.Fatalf("job is %s: %v", j.State, err)
	}
	if _, err := svc.Approve(b.Context(), j.ID, j.Plan.Digest, approver); err != nil {
		b.Fatal(err)
	}
	before := zoom.Counts()
	b.StartTimer()
	if err := svc.Work(b.Context(), jobs.TaskApply, j.ID); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	if j, err = svc.Get(b.Context(), j.ID); err != nil || j.State != jobs.StateDone || j.Counts.Created != n {
		b.Fatalf("job is %s with %+v: %v", j.State, j.Counts, err)
	}
	after := zoom.Counts()
	light := after.ByClass[zoomtest.Light] - before.ByClass[zoomtest.Light]
	took := j.FinishedAt.Sub(j.StartedAt).Seconds()
	rate := float64(light) / took
	ceiling := zoomapi.PlanBusiness.PerSecond(zoomapi.Light)
	b.ReportMetric(100*rate/ceiling, "%ceiling")
	b.ReportMetric(rate, "light/s")
	b.ReportMetric(float64(after.Refused-before.Refused), "429s")
	b.ReportMetric(float64(after.Total-before.Total)/float64(n), "calls/person")
	b.StartTimer()
}
