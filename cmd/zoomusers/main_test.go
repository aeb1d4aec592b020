package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets tests run the program as a process of its own, by the name zoomusers.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"zoomusers": main, "demo-leaks": demoLeaks})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("zoomusers")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// Somebody's own settings must not reach the program under test.
			for _, kv := range os.Environ() {
				name, _, _ := strings.Cut(kv, "=")
				if strings.HasPrefix(name, "SLACK_") || strings.HasPrefix(name, "ZOOM") || name == "REDIS_URL" {
					env.Setenv(name, "")
				}
			}
			env.Setenv("ONLY_ZOOMUSERS", filepath.Dir(program))
			return nil
		},
	})
}

// strict reports whether a missing program fails a test instead of skipping it.
func strict() bool { return os.Getenv("ZOOMUSERS_TEST_STRICT") == "1" }

// findProgram finds the first of some programs, or else skips the test, or fails it where everything must be there.
func findProgram(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if strict() {
		t.Fatalf("none of %s is installed", strings.Join(names, ", "))
	}
	t.Skipf("none of %s is installed", strings.Join(names, ", "))
	return ""
}
