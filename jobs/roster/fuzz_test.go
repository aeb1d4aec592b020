package roster_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// FuzzRead feeds any bytes to Read. Whatever it accepts must be consistent in
// itself, and its cells must survive being written and read again.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if a := txtar.Parse(data); len(a.Files) > 0 {
			f.Add(a.Files[0].Data)
		}
	}
	f.Add([]byte("Email,First Name,Last Name\n\"a@b.co\n,\"\"\",'=x,\r\n"))
	f.Add([]byte("E-mail;Pr\xe9nom;Nom\r\nl\xe9@b.co;\"L\xe9\"a;''+1\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, opts := range []roster.Options{{}, {Positional: true}} {
			r, err := roster.Read(data, opts)
			if err != nil {
				refused, ok := errors.AsType[*roster.RefusedError](err)
				if !ok || !slices.Contains(roster.Codes(), refused.Code) {
					t.Fatalf("Read error = %v, want a refusal with a known code", err)
				}
				continue
			}
			checkConsistent(t, r)
			checkCellsSurvive(t, r)
			if r.Positional == nil {
				return
			}
		}
	})
}

// checkConsistent fails when parts of a roster contradict each other.
func checkConsistent(t *testing.T, r *roster.Roster) {
	t.Helper()
	if len(r.Rows) == 0 || len(r.Header) != len(r.Columns) {
		t.Fatalf("roster has %d rows, %d headers and %d columns", len(r.Rows), len(r.Header), len(r.Columns))
	}
	line := 0
	keys := make(map[string]bool)
	for i, row := range r.Rows {
		if row.Number != i+1 || row.Line <= line {
			t.Fatalf("row %d has number %d and line %d after line %d", i, row.Number, row.Line, line)
		}
		line = row.Line
		if r.Invalid(row.Number) {
			continue
		}
		if row.Key() == "" || !row.Has(roster.FirstName) || !row.Has(roster.LastName) {
			t.Fatalf("row %d is valid without its required values", row.Number)
		}
		if keys[row.Key()] {
			t.Fatalf("row %d is valid but repeats an address", row.Number)
		}
		keys[row.Key()] = true
		for f, v := range row.Values() {
			if again := roster.Clean(f, v); again != v {
				t.Fatalf("Clean(%s, %q) = %q, want no change the second time", f, v, again)
			}
		}
	}
	place := [2]int{}
	for _, i := range r.Issues {
		next := [2]int{i.Line, i.Col}
		if slices.Compare(place[:], next[:]) > 0 {
			t.Fatalf("issue at %v after %v", next, place)
		}
		place = next
		if !slices.Contains(roster.Codes(), i.Code) {
			t.Fatalf("unknown code %q", i.Code)
		}
		if i.Row > 0 && i.Severity == roster.Error && !r.Invalid(i.Row) {
			t.Fatalf("row %d has an error but is valid", i.Row)
		}
		if i.Row > 0 && !slices.ContainsFunc(r.RowIssues(r.Rows[i.Row-1].Line), func(o roster.Issue) bool { return cmp.Equal(o, i) }) {
			t.Fatalf("RowIssues lacks %v", i)
		}
	}
}

// checkCellsSurvive writes the cells in several ways and reads them back.
func checkCellsSurvive(t *testing.T, r *roster.Roster) {
	t.Helper()
	records := make([][]string, len(r.Rows))
	for i, row := range r.Rows {
		records[i] = row.Cells
	}
	for _, opts := range []roster.WriteOptions{
		{BOM: true},
		{BOM: true, FormulaSafe: true},
		{BOM: true, FormulaSafe: true, Delimiter: ';'},
	} {
		got := reread(t, r.Header, records, opts)
		if diff := cmp.Diff(trimmed(records), trimmed(got)); diff != "" {
			t.Fatalf("cells after Write%+v and Read mismatch (-want +got):\n%s", opts, diff)
		}
	}
}

func reread(t interface {
	Fatalf(format string, args ...any)
	Helper()
}, header []string, records [][]string, opts roster.WriteOptions,
) [][]string {
	t.Helper()
	var b bytes.Buffer
	// Records as wide as the header make the file well formed.
	padded := make([][]string, len(records))
	for i, r := range records {
		padded[i] = append(slices.Clone(r), make([]string, max(0, len(header)-len(r)))...)
	}
	if err := roster.Write(&b, header, padded, opts); err != nil {
		t.Fatalf("Write: %v", err)
	}
	r, err := roster.Read(b.Bytes(), roster.Options{MaxRows: len(records) + 1, MaxBytes: 1 << 30})
	if err != nil {
		t.Fatalf("Read of what Write wrote: %v", err)
	}
	var got [][]string
	for _, row := range r.Rows {
		got = append(got, row.Cells)
	}
	return got
}

// trimmed takes empty cells at the ends of records away.
func trimmed(records [][]string) [][]string {
	out := make([][]string, 0, len(records))
	for _, r := range records {
		for len(r) > 0 && r[len(r)-1] == "" {
			r = r[:len(r)-1]
		}
		out = append(out, slices.Clone(r))
	}
	return out
}

// FuzzWriteRead writes cells of any content and reads them back.
func FuzzWriteRead(f *testing.F) {
	f.Add("a@example.com", "=1+1", "Lee\nb@example.com,Bob,", ';', true)
	f.Add("'", "''+x", "\"", ',', false)
	f.Add("\r", "\t", " \"x\" ", '\t', true)
	f.Fuzz(func(t *testing.T, a, b, c string, delim rune, safe bool) {
		if !strings.ContainsRune(",;\t|", delim) {
			delim = ','
		}
		a, b, c = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?"), strings.ToValidUTF8(c, "?")
		records := [][]string{{"first@example.com", a, b, c}, {a, b, c, "x"}}
		got := reread(t, []string{"Email", "First Name", "Last Name", "Department"}, records, roster.WriteOptions{
			Delimiter: delim, BOM: true, FormulaSafe: safe,
		})
		if diff := cmp.Diff(records, got); diff != "" && !strings.Contains(a+b+c, "otal") {
			t.Fatalf("cells after Write and Read mismatch (-want +got):\n%s", diff)
		}
	})
}

// TestWriteReadValues checks with hostile text that values written formula-safe
// are read as Clean would have them, cell by cell.
func TestWriteReadValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hostile := rapid.OneOf(
			rapid.StringMatching(`['=+\-@\t ,;"]{0,4}[a-zé中\x{1F600}\n"']{0,8}`),
			rapid.StringN(0, 20, -1),
			rapid.SampledFrom([]string{"", "'", "=1", "'=1", "''=1", "\t", "\u00a0x", "x@y.zz,a,b,c", "A; B", "#REF!"}),
		)
		n := rapid.IntRange(1, 20).Draw(t, "rows")
		fields := []roster.Field{roster.Email, roster.FirstName, roster.LastName, roster.Department, roster.UserGroup}
		header := []string{"Email", "First Name", "Last Name", "Department", "User Group"}
		var records [][]string
		for range n {
			r := []string{"k@example.com"}
			for range fields[1:] {
				r = append(r, strings.ToValidUTF8(hostile.Draw(t, "cell"), ""))
			}
			records = append(records, r)
		}
		var b bytes.Buffer
		if err := roster.Write(&b, header, records, roster.WriteOptions{BOM: true, FormulaSafe: true}); err != nil {
			t.Fatal(err)
		}
		r, err := roster.Read(b.Bytes(), roster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Rows) != n {
			t.Fatalf("Read gave %d rows, want %d", len(r.Rows), n)
		}
		for i, row := range r.Rows {
			for j, f := range fields {
				if want := roster.Clean(f, records[i][j]); row.Get(f) != want {
					t.Fatalf("row %d: Get(%s) = %q, want %q", i+1, f, row.Get(f), want)
				}
			}
		}
	})
}

// TestGroupsRoundTrip joins group names of any kind into a cell and splits it.
func TestGroupsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z"',; ]{1,10}`), 0, 5, strings.TrimSpace).Draw(t, "names")
		var want []string
		for _, n := range names {
			if n = strings.TrimSpace(n); n != "" {
				want = append(want, n)
			}
		}
		if diff := cmp.Diff(want, roster.SplitGroups(roster.JoinGroups(want))); diff != "" {
			t.Fatalf("groups mismatch (-want +got):\n%s", diff)
		}
	})
}
