package roster_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// TestResultColumns reads a result file again: our own columns pass without a word, and what was mended counts.
func TestResultColumns(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	header := []string{"E-mail", "First name", "Last name", roster.ResultHeader, roster.DetailHeader}
	records := [][]string{{"ana@example.com", "Ana", "Lima", "Failed", "=the group, “X”\ndoes not exist"}}
	if err := roster.Write(&buf, header, records, roster.WriteOptions{BOM: true, FormulaSafe: true}); err != nil {
		t.Fatal(err)
	}
	r, err := roster.Read(buf.Bytes(), roster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, is := range r.Issues {
		if is.Severity > roster.Note {
			t.Errorf("issue %v", is)
		}
	}
	if diff := cmp.Diff(header, r.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if got := r.Rows[0].Get(roster.Detail); got == "" {
		t.Error("the detail was not recognised")
	}
}
