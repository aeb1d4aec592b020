//go:build campaign

package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// How long the long part of the fault campaign is.
var (
	campaignRuns     = flag.Int("campaign.runs", 10, "how many runs of the fault campaign to make")
	campaignKills    = flag.Int("campaign.kills", 0, "go on until so many processes of the bot were killed")
	campaignSeed     = flag.Uint64("campaign.seed", 0, "seed of the first run, the next ones count on from it; 0: a random one")
	campaignThemes   = flag.String("campaign.themes", "", "what may go wrong, separated by commas; by chance when empty")
	campaignParallel = flag.Int("campaign.parallel", 2, "how many runs are made at once")
)

// TestCampaign is the long part.
func TestCampaign(t *testing.T) {
	t.Parallel()
	seed := *campaignSeed
	if seed == 0 {
		seed = rand.Uint64() >> 16
	}
	t.Logf("-campaign.seed=%d repeats this", seed)
	var next, kills, bad atomic.Int64
	var players sync.WaitGroup
	for range max(1, *campaignParallel) {
		players.Go(func() {
			for {
				n := next.Add(1) - 1
				if int(n) >= *campaignRuns && int(kills.Load()) >= *campaignKills {
					return
				}
				run := drawRun(seed+uint64(n), *campaignThemes)
				begun := time.Now()
				ok := t.Run(fmt.Sprintf("seed %d", run.seed), func(t *testing.T) { kills.Add(int64(run.play(t))) })
				if !ok {
					bad.Add(1)
				}
				fmt.Fprintf(os.Stderr, "campaign: run %d (seed %d, %v, %d members, rows %v) %v in %s; %d kills so far\n",
					n+1, run.seed, run.themes, run.members, run.sizes, map[bool]string{true: "ok", false: "VIOLATED"}[ok],
					time.Since(begun).Round(time.Second), kills.Load())
			}
		})
	}
	players.Wait()
	t.Logf("%d runs, %d kills, %d runs with violations", next.Load(), kills.Load(), bad.Load())
}
