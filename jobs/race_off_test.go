//go:build !race

package jobs_test

const raceStride = 1
