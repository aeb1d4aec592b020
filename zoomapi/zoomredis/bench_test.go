package zoomredis_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// tripHook counts round trips.
type tripHook struct{ trips *atomic.Int64 }

func (h tripHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h tripHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		h.trips.Add(1)
		return next(ctx, cmd)
	}
}

func (h tripHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// BenchmarkWait is what a call's place costs when rates are no obstacle, with
// one caller and with 64.
func BenchmarkWait(b *testing.B) {
	for name, callers := range map[string]int{"callers=1": 1, "callers=64": 64} {
		b.Run("memory/"+name, func(b *testing.B) { benchmarkWait(b, nil, callers) })
		b.Run("redis/"+name, func(b *testing.B) {
			var trips atomic.Int64
			rdb := realServer(b)()
			rdb.AddHook(tripHook{&trips})
			benchmarkWait(b, newMeter(b, rdb, prefix(b)), callers)
			b.ReportMetric(float64(trips.Load())/float64(b.N), "trips/call")
		})
	}
}

func benchmarkWait(b *testing.B, m zoomapi.Meter, callers int) {
	b.Helper()
	p := newPacer(b, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Speed: 1e5, Meter: m})
	b.ReportAllocs()
	b.SetParallelism(max(1, callers/2))
	b.ResetTimer()
	if callers == 1 {
		for range b.N {
			if err := p.Wait(b.Context(), zoomapi.Light); err != nil {
				b.Fatal(err)
			}
		}
		return
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := p.Wait(b.Context(), zoomapi.Light); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkPacedWait is the same at the documented rate of a Business account:
// round trips for each call, and how much of the rate is used.
func BenchmarkPacedWait(b *testing.B) {
	var trips atomic.Int64
	rdb := realServer(b)()
	rdb.AddHook(tripHook{&trips})
	p := newPacer(b, zoomapi.PacerOptions{Plan: zoomapi.PlanBusiness, Meter: newMeter(b, rdb, prefix(b))})
	b.SetParallelism(16)
	start := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := p.Wait(b.Context(), zoomapi.Light); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(trips.Load())/float64(b.N), "trips/call")
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds()/80, "share")
}

// BenchmarkReserve is one question to the meter.
func BenchmarkReserve(b *testing.B) {
	m := newMeter(b, realServer(b)(), prefix(b))
	line := zoomapi.Line{Class: zoomapi.Light, Pool: zoomapi.Light, Every: time.Nanosecond, Ahead: 1 << 30}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Reserve(b.Context(), line, 8, 0); err != nil {
			b.Fatal(err)
		}
	}
}
