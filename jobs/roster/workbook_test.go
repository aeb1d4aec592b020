package roster_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

var generate = flag.Bool("generate", false, "write the workbooks of testdata/workbook anew")

// sheets are the contents of a workbook: names and rows in turn. A name that
// starts with a dot is that of a hidden sheet.
type sheets []struct {
	name string
	rows [][]any
}

func (s sheets) save(tb testing.TB) []byte {
	tb.Helper()
	f := excelize.NewFile()
	for i, sheet := range s {
		name := strings.TrimPrefix(sheet.name, ".")
		if i == 0 {
			if err := f.SetSheetName("Sheet1", name); err != nil {
				tb.Fatal(err)
			}
		} else if _, err := f.NewSheet(name); err != nil {
			tb.Fatal(err)
		}
		for r, row := range sheet.rows {
			if len(row) == 0 {
				continue
			}
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", r+1), &row); err != nil {
				tb.Fatal(err)
			}
		}
	}
	f.SetActiveSheet(len(s) - 1)
	for _, sheet := range s {
		if name, hidden := strings.CutPrefix(sheet.name, "."); hidden {
			if err := f.SetSheetVisible(name, false); err != nil {
				tb.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func header() []any { return []any{"Email", "First Name", "Last Name", "Department", "Phone Number"} }

// fixtures are the workbooks of testdata/workbook. Their goldens have what Read
// makes of them.
func fixtures(tb testing.TB) map[string][]byte {
	tb.Helper()
	person := []any{"ann@example.com", "Ann", "Lee", "Sales", 33612345678}
	plain := sheets{{"People", [][]any{header(), person}}}.save(tb)
	return map[string][]byte{
		"cut-off":   plain[:len(plain)*2/3],
		"encrypted": encrypted(),
		"bomb":      zipOf(tb, "xl/workbook.xml", strings.Repeat(" ", 4<<20)),
		"plain":     sheets{{"People", [][]any{header(), person, {"BOB@example.com", " Bob ", "Ray", true, "'+33 6 12 34 56 79"}}}}.save(tb),
		"titles": sheets{{"People", [][]any{
			{"Staff of Example Ltd"},
			{},
			{"As of", "2026-03-05"},
			header(),
			person,
			{},
			{"bob@example.com", "Bob\nJunior", "Ray", "R&D; \"x\"", "3.36E+10"},
			{"cy@example.com", "Cy", "", "#REF!"},
			{"ann@example.com", "Ann", "Lee", "Sales", 33612345678},
			{"dee@example.com", "Dee", "Jo", "lost \uFFFD", "", "surplus"},
			{"Total", 4},
		}}}.save(tb),
		"several": sheets{
			{"Read me", [][]any{{"How to fill in the other sheet"}, {"Write one person a line."}}},
			{".Old", [][]any{header(), {"old@example.com", "Old", "One"}}},
			{"People", [][]any{header(), person}},
			{"Blank", nil},
		}.save(tb),
		"wrapped": sheets{{"export", [][]any{
			{"E-Mail;Vorname;Nachname;Abteilung"},
			{"ann@example.com;Ann;Lee;Sales"},
			{"bob@example.com;Bob;Ray;Research", " Lab"},
		}}}.save(tb),
		"no-header":   sheets{{"People", [][]any{{"just"}, {"some", "words"}}}}.save(tb),
		"no-rows":     sheets{{"People", [][]any{header()}}}.save(tb),
		"blank":       sheets{{"Sheet1", nil}}.save(tb),
		"only-hidden": sheets{{".Old", [][]any{header(), person}}, {"Blank", nil}}.save(tb),
	}
}

func TestReadWorkbooks(t *testing.T) {
	t.Parallel()
	if *generate {
		for name, data := range fixtures(t) {
			if err := os.WriteFile(filepath.Join("testdata", "workbook", name+".xlsx"), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name := range fixtures(t) {
		for _, sheet := range []string{"", "old"} {
			if sheet != "" && name != "several" && name != "plain" && name != "only-hidden" {
				continue
			}
			t.Run(name+sheet, func(t *testing.T) {
				t.Parallel()
				data, err := os.ReadFile(filepath.Join("testdata", "workbook", name+".xlsx"))
				if err != nil {
					t.Fatal(err)
				}
				r, err := roster.Read(data, roster.Options{Sheet: sheet})
				got := describe(r, err)
				if err == nil {
					got = fmt.Sprintf("sheet %q of %q\n%s", r.Sheet, r.Sheets, got)
					checkConsistent(t, r)
				}
				if name == "bomb" {
					got, _, _ = strings.Cut(got, " size=")
					got += "\n"
				}
				golden(t, filepath.Join("testdata", "workbook", name+sheet+".txt"), got)
			})
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *generate || *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", file, diff)
	}
}

func TestWorkbookRefusals(t *testing.T) {
	t.Parallel()
	person := []any{"ann@example.com", "Ann", "Lee"}
	plain := sheets{{"People", [][]any{header(), person}}, {"B, C", [][]any{person}}}.save(t)
	wide := sheets{{"People", [][]any{header(), person}}}
	wide[0].rows[1] = append(slices.Clone(person), make([]any, 600)...)
	wide[0].rows[1][600] = "x"
	for _, test := range []struct {
		name string
		data []byte
		opts roster.Options
		want roster.RefusedError
	}{
		{"no such sheet", plain, roster.Options{Sheet: "Nobody"}, roster.RefusedError{
			Code: roster.NoSuchSheet, Params: map[string]string{"sheet": "Nobody", "sheets": "People, B, C"},
		}},
		{"cut off", plain[:len(plain)/2], roster.Options{}, roster.RefusedError{Code: roster.WorkbookDamaged}},
		{"encrypted", encrypted(), roster.Options{}, roster.RefusedError{Code: roster.WorkbookEncrypted}},
		{"old", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), roster.Options{}, roster.RefusedError{Code: roster.NotCSV, Params: map[string]string{"kind": "xls"}}},
		{"document", zipOf(t, "word/document.xml", "x"), roster.Options{}, roster.RefusedError{Code: roster.NotCSV, Params: map[string]string{"kind": "docx"}}},
		{"zip with a CSV", zipOf(t, "people.csv", "x"), roster.Options{}, roster.RefusedError{Code: roster.NotCSV, Params: map[string]string{"kind": "zip"}}},
		{"bomb", zipOf(t, "xl/workbook.xml", strings.Repeat(" ", 4<<20)), roster.Options{}, roster.RefusedError{
			Code: roster.WorkbookTooLarge, Params: map[string]string{"what": "unzip_ratio", "max": "100"},
		}},
		{"too many rows", plain, roster.Options{MaxRows: 1, Header: []string{"Email", "First Name", "Last Name"}}, roster.RefusedError{
			Code: roster.TooManyRows, Params: map[string]string{"max": "1", "rows": "2"},
		}},
		{"too wide", wide.save(t), roster.Options{}, roster.RefusedError{Code: roster.TooManyColumns, Params: map[string]string{"max": "500"}}},
		{"too large", plain, roster.Options{MaxBytes: 10}, roster.RefusedError{
			Code: roster.TooLarge, Params: map[string]string{"max": "10", "size": strconv.Itoa(len(plain))},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := roster.Read(test.data, test.opts)
			refused, ok := errors.AsType[*roster.RefusedError](err)
			if !ok {
				t.Fatalf("Read error = %v, want a refusal", err)
			}
			refused.Issues = nil
			if test.name == "bomb" {
				delete(refused.Params, "size") // as the packing has it
			}
			if diff := cmp.Diff(test.want, *refused); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
		})
	}
}

// encrypted is the start of a workbook with a password: a container of the
// older kind with the packed workbook in it.
func encrypted() []byte {
	return []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
}

func zipOf(tb testing.TB, name, content string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := f.Write([]byte(content)); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestWorkbookReadsLikeCSV: the same rows as a workbook and as a CSV give the
// same roster, but for the places of its parts.
func TestWorkbookReadsLikeCSV(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(
			rapid.SampledFrom([]string{"", "", "Ann", "=1+1", "'=x", "'t Hof", "a@example.com", "B@EXAMPLE.com", "x\ny", "\"q\"", ";", "a,b", " lead", "#N/A", "Total"}),
			rapid.StringMatching(`[ -~éß漢]{0,12}`),
		)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 1, 6), 1, 8).Draw(t, "rows")
		head := []string{"Email", "First Name", "Last Name", "Department", "User Group"}
		f := excelize.NewFile()
		var kept [][]string
		for i, row := range append([][]string{head}, rows...) {
			if i > 0 && !slices.ContainsFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" }) {
				continue
			}
			kept = append(kept, row)
			for j, c := range row {
				at, err := excelize.CoordinatesToCellName(j+1, len(kept))
				if err != nil {
					t.Fatal(err)
				}
				if c != "" {
					if err := f.SetCellStr("Sheet1", at, c); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		book, err := f.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		var plain bytes.Buffer
		for _, row := range kept {
			for j, c := range row {
				if j > 0 {
					plain.WriteByte(',')
				}
				plain.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
			}
			plain.WriteString("\n")
		}
		got, gotErr := roster.Read(book.Bytes(), roster.Options{})
		want, wantErr := roster.Read(plain.Bytes(), roster.Options{})
		if diff := cmp.Diff(fmt.Sprint(wantErr), fmt.Sprint(gotErr)); diff != "" {
			t.Fatalf("error (-csv +xlsx):\n%s", diff)
		}
		if gotErr != nil {
			return
		}
		if diff := cmp.Diff(valuesOf(want), valuesOf(got)); diff != "" {
			t.Fatalf("values (-csv +xlsx):\n%s", diff)
		}
	})
}

func valuesOf(r *roster.Roster) []map[roster.Field]string {
	var out []map[roster.Field]string
	for i := range r.Rows {
		out = append(out, r.Rows[i].Values())
	}
	return out
}

func BenchmarkReadWorkbook(b *testing.B) {
	s := sheets{{"People", [][]any{{"Email", "First Name", "Last Name", "Department", "Manager", "User Group", "Job Title", "Location"}}}}
	for i := range 9999 {
		s[0].rows = append(s[0].rows, []any{
			fmt.Sprintf("person.%d@example.com", i), "Jane", "Doe", "Sales", "boss@example.com", "Europe", "Account executive", "Leeds",
		})
	}
	data := s.save(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := roster.Read(data, roster.Options{})
		if err != nil || len(r.Rows) != 9999 {
			b.Fatalf("Read: %v", err)
		}
	}
}
