//go:build race

package jobs_test

// The race detector makes everything several times slower: the exhaustive tests take every raceStride-th case then. Without
// it they take all.
const raceStride = 3
