//go:build mutants

package jobs_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMutants builds each mutant beside the sources and runs its tests, which have to fail: not to compile does not count.
func TestMutants(t *testing.T) { //nolint:tparallel // One build after the other is enough for any machine.
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants() { //nolint:paralleltest // As above.
		t.Run(m.name, func(t *testing.T) {
			path := filepath.Join(root, filepath.FromSlash(m.file))
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			changed := filepath.Join(dir, "mutant.go")
			if err := os.WriteFile(changed, []byte(strings.Replace(string(source), m.old, m.by, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
			if err != nil {
				t.Fatal(err)
			}
			list := filepath.Join(dir, "overlay.json")
			if err := os.WriteFile(list, overlay, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-failfast", "-overlay", list, "-run", m.run, m.pkg)
			cmd.Dir = root
			out, err := cmd.CombinedOutput()
			if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
				t.Fatal(err)
			}
			switch said := string(out); {
			case err == nil:
				t.Errorf("nobody noticed:\n%s", said)
			case !strings.Contains(said, "--- FAIL"):
				t.Errorf("the tests were not run:\n%s", said)
			}
		})
	}
}
