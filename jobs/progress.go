package jobs

import (
	"context"
	"sync/atomic"
	"time"
)

// running counts the jobs that this process applies, which share the front's budget of edits.
type running struct{ n atomic.Int64 }

// progressShare is how much longer the pause between two edits gets for each job that runs: Slack allows 50 edits a
// minute for all of them together.
const progressShare = 1500 * time.Millisecond

// progress is the engine's present view of itself.
func (e *engine) progress() Progress {
	counts := e.counts()
	e.mu.Lock()
	defer e.mu.Unlock()
	p := Progress{Counts: counts, Done: e.before + e.steps, Total: e.work}
	if took := time.Since(e.begun); took > 0 && e.steps > 0 {
		perSecond := float64(e.steps) / took.Seconds()
		p.PerSecond = perSecond / stepsPerRow
		p.Left = time.Duration(float64(p.Total-p.Done) / perSecond * float64(time.Second)).Round(time.Second)
	}
	return p
}

// report shows the progress of an engine until the returned function is called, which waits for the last showing.
func (e *engine) report(ctx context.Context, j Job) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	e.s.running.n.Add(1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer e.s.running.n.Add(-1)
		var shown Progress
		// The first look comes early, so that the card of a short job shows one at all.
		every := e.s.o.ProgressEvery / 4
		for {
			if pause(ctx, every) != nil {
				return
			}
			every = max(e.s.o.ProgressEvery, progressShare*time.Duration(e.s.running.n.Load()))
			p := e.progress()
			if p.Counts == shown.Counts && p.Done == shown.Done {
				continue
			}
			shown = p
			e.s.o.Front.Progress(ctx, j, p)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
