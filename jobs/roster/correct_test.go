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
	"golang.org/x/text/encoding/htmlindex"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

func TestCorrect(t *testing.T) {
	t.Parallel()
	emailOnly := roster.Options{Required: []roster.Field{roster.Email}}
	const plain = "Email,First Name,Last Name\nann@example.com,Ann,Lee\nbob@example.com,\"Bob\",Ray\n"
	for _, test := range []struct {
		name, encoding, in, want string
		wantEncoding             string // when another one than encoding
		opts                     roster.Options
		fixes                    []roster.Fix
	}{
		{name: "no fixes", in: plain, want: plain},
		{
			name: "cells and header, quotes kept", in: plain,
			want:  "E-mail,First Name,Last Name\nann@example.org,Ann,\"Lee, MD\"\nbob@example.com,\"Rob\",Ray\n",
			fixes: []roster.Fix{{Line: 3, Row: 2, Col: 2, Value: "Rob"}, {Line: 1, Col: 1, Value: "E-mail"}, {Line: 2, Row: 1, Col: 3, Value: "Lee, MD"}, {Line: 2, Row: 1, Col: 1, Value: "ann@example.org"}},
		},
		{
			name: "quirks stay", opts: emailOnly,
			in:    "\uFEFFsep=;\r\nStaff;\"of\"\n\r\n E-Mail ;\"Vorname\";x;;\n a@example.com ; \"A\" ;'=1;;;;\r\nb@example.com\n\n\"c@example.com\";\"C\"\"c\"\"\";y",
			want:  "\uFEFFsep=;\r\nStaff;\"of\"\n\r\n E-Mail ;\"Vorname\";x;;\n a@example.com ; \"A\" ;'=2;;;;\r\nb@example.com;;new\n\n\"c@example.com\";\"C\"\"c\"\"\";z",
			fixes: []roster.Fix{{Line: 5, Row: 1, Col: 3, Value: "=2"}, {Line: 6, Row: 2, Col: 3, Value: "new"}, {Line: 8, Row: 3, Col: 3, Value: "z"}},
		},
		{
			name: "rows that span lines", in: "Email,First Name,Last Name\r\na@example.com,\"A\r\nA\",B\r\nc@example.com,C,\"D\"\"\r\n",
			want:  "Email,First Name,Last Name\r\na@example.com,\"A\r\nA\",X\r\nc@example.com,Y,\"D\"\"\r\n",
			fixes: []roster.Fix{{Line: 4, Row: 2, Col: 2, Value: "Y"}, {Line: 2, Row: 1, Col: 3, Value: "X"}},
		},
		{
			name: "windows-1252", encoding: "windows-1252", in: "E-mail;Prénom;Nom\r\nzoe@example.com;Zoé;Müller\r\n",
			want:  "E-mail;Prénom;Nom\r\nzoe@example.com;Zoë;Müller\r\n",
			fixes: []roster.Fix{{Line: 2, Row: 1, Col: 2, Value: "Zoë"}},
		},
		{
			name: "not in windows-1252", encoding: "windows-1252", in: "E-mail;Prénom;Nom\r\nzoe@example.com;Zoé;Müller\r\n",
			want:         "\uFEFFE-mail;Prénom;Nom\r\nzoe@example.com;Łucja;Müller\r\n",
			wantEncoding: "utf-8",
			fixes:        []roster.Fix{{Line: 2, Row: 1, Col: 2, Value: "Łucja"}},
		},
		{
			name: "utf-16", encoding: "utf-16le", in: "\uFEFFEmail\tFirst Name\tLast Name\r\na@example.com\t漢\t😀b\r\n",
			want:  "\uFEFFEmail\tFirst Name\tLast Name\r\na@example.com\t字😀\t😀b\r\n",
			fixes: []roster.Fix{{Line: 2, Row: 1, Col: 2, Value: "字😀"}},
		},
		{
			name: "shift_jis", encoding: "shift_jis", in: "メールアドレス,名,姓\r\nhanako@example.com,花子,佐藤\r\ntaro@example.com,太郎\r\n",
			want:  "メールアドレス,名,姓\r\nhanako@example.com,華子,佐藤\r\ntaro@example.com,太郎,山田\r\n",
			fixes: []roster.Fix{{Line: 2, Row: 1, Col: 2, Value: "華子"}, {Line: 3, Row: 2, Col: 3, Value: "山田"}},
		},
		{
			name: "iso-2022-jp", encoding: "iso-2022-jp", in: "メールアドレス,名,姓\r\nhanako@example.com,花子,佐藤\r\ntaro@example.com,太郎\r\n",
			want:  "メールアドレス,名,姓\r\nhanako@example.com,華子,佐藤\r\ntaro@example.com,太郎,山田\r\n",
			fixes: []roster.Fix{{Line: 2, Row: 1, Col: 2, Value: "華子"}, {Line: 3, Row: 2, Col: 3, Value: "山田"}},
		},
		{
			// With its only accent gone the file would still be read; with a
			// new one in place it must not be taken for Windows-1252.
			name: "mac roman", encoding: "macintosh", in: "E-mail;Prénom;Nom;Service\rlea@example.com;Léa;Hervé;Création\rzoe@example.com;Zoe;Bo;Vente\r",
			want:  "E-mail;Prénom;Nom;Service\rlea@example.com;Léa;Hervé;Création\rzoe@example.com;Zoé;Bo;Vente\r",
			fixes: []roster.Fix{{Line: 3, Row: 2, Col: 2, Value: "Zoé"}},
		},
		{
			name: "formulas are made safe", in: plain, want: "Email,First Name,Last Name\nann@example.com,'=Ann,'@Lee\nbob@example.com,\"Bob\",''+1\n",
			fixes: []roster.Fix{{Line: 2, Row: 1, Col: 2, Value: "=Ann"}, {Line: 2, Row: 1, Col: 3, Value: "@Lee"}, {Line: 3, Row: 2, Col: 3, Value: "'+1"}},
		},
		{
			name: "groups", in: "Email,First Name,Last Name,User Group\nann@example.com,Ann,Lee,\"+Slaes; -\"\"A, B\"\" ;Labb\"\n",
			want: "Email,First Name,Last Name,User Group\nann@example.com,Ann,Lee,\"+Sales; -\"\"A; B\"\" ;Lab\"\n",
			fixes: []roster.Fix{
				{Line: 2, Row: 1, Col: 4, Value: "Lab", Group: "labb"},
				{Line: 2, Row: 1, Col: 4, Value: "Sales", Group: "Slaes"},
				{Line: 2, Row: 1, Col: 4, Value: `"A; B"`, Group: "A, B"},
			},
		},
		{
			name: "wrapped lines", in: "\"Email,First Name,Last Name\"\r\n\"ann@example.com,\"\"Ann\"\",Lee\"\r\n",
			want:         "\uFEFFEmail,First Name,Last Name\nann@example.com,\"Anne\",Lee\n",
			wantEncoding: "utf-8",
			fixes:        []roster.Fix{{Line: 2, Row: 1, Col: 2, Value: "Anne"}},
		},
		{
			name: "header given", in: "ann@example.com,Ann,Lee\n", want: "ann@example.com,Anne,Lee\n",
			opts:  roster.Options{Header: []string{"Email", "First Name", "Last Name"}},
			fixes: []roster.Fix{{Line: 1, Row: 1, Col: 2, Value: "Anne"}},
		},
		{
			name: "by position", in: "ann@example.com,Ann,Lee\n", want: "ann@example.com,Anne,Lee\n",
			opts:  roster.Options{Positional: true},
			fixes: []roster.Fix{{Line: 1, Row: 1, Col: 2, Value: "Anne"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			data := encodeAs(t, test.in, test.encoding)
			kept := slices.Clone(data)
			got, err := roster.Correct(data, test.opts, test.fixes)
			if err != nil {
				t.Fatal(err)
			}
			want := encodeAs(t, test.want, cmpOr(test.wantEncoding, test.encoding))
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("Correct (-want +got):\n%s", diff)
			}
			if !bytes.Equal(kept, data) {
				t.Error("Correct changed its input")
			}
		})
	}
}

func TestCorrectRefuses(t *testing.T) {
	t.Parallel()
	plain := []byte("Email,First Name,Last Name\nann@example.com,Ann,Lee\n\n")
	book := sheets{{"People", [][]any{{"Email", "First Name", "Last Name"}, {"ann@example.com", "Ann", "Lee"}}}}.save(t)
	for _, fix := range []roster.Fix{
		{Line: 3, Row: 2, Col: 1}, {Line: 2, Row: 2, Col: 1}, {Line: 2, Row: 1}, {Line: 2, Row: 1, Col: 1 << 20}, {Row: 1, Col: 1}, {Line: 9, Row: 8, Col: 1},
	} {
		for _, data := range [][]byte{plain, book} {
			if _, err := roster.Correct(data, roster.Options{}, []roster.Fix{fix}); !errors.Is(err, roster.ErrNoSuchCell) {
				t.Errorf("Correct with %+v: error %v, want ErrNoSuchCell", fix, err)
			}
		}
	}
	if _, err := roster.Correct([]byte("nothing"), roster.Options{}, []roster.Fix{{Line: 1, Row: 1, Col: 1}}); !errors.Is(err, &roster.RefusedError{Code: roster.NoHeader}) {
		t.Errorf("Correct of a file without header: %v", err)
	}
}

func TestCorrectWorkbook(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fixes []roster.Fix
		want  string
	}{
		{
			"titles",
			[]roster.Fix{{Line: 8, Row: 3, Col: 3, Value: "Young"}, {Line: 4, Col: 5, Value: "Phone"}, {Line: 5, Row: 1, Col: 4, Value: "=x"}, {Line: 8, Row: 3, Col: 5, Value: "x"}, {Line: 7, Row: 2, Col: 5, Value: "+33 612345678"}},
			"\uFEFFStaff of Example Ltd\r\nAs of,2026-03-05\r\nEmail,First Name,Last Name,Department,Phone\r\n" +
				"ann@example.com,Ann,Lee,'=x,33612345678\r\nbob@example.com,\"Bob\nJunior\",Ray,\"R&D; \"\"x\"\"\",'+33 612345678\r\n" +
				"cy@example.com,Cy,Young,#REF!,x\r\nann@example.com,Ann,Lee,Sales,33612345678\r\ndee@example.com,Dee,Jo,lost \uFFFD,,surplus\r\nTotal,4\r\n",
		},
		{
			"wrapped",
			[]roster.Fix{{Line: 3, Row: 2, Col: 2, Value: "Rob"}},
			"\uFEFFE-Mail;Vorname;Nachname;Abteilung\nann@example.com;Ann;Lee;Sales\nbob@example.com;Rob;Ray;Research, Lab\n",
		},
		{"plain", nil, "\uFEFFEmail,First Name,Last Name,Department,Phone Number\r\nann@example.com,Ann,Lee,Sales,33612345678\r\nBOB@example.com, Bob ,Ray,TRUE,'+33 6 12 34 56 79\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join("testdata", "workbook", test.name+".xlsx"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := roster.Correct(data, roster.Options{}, test.fixes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("Correct (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFixesOf(t *testing.T) {
	t.Parallel()
	issues := []roster.Issue{
		{Line: 1, Col: 2, Code: roster.UnknownColumn, Severity: roster.Warning, Suggestion: "First Name"},
		{Line: 2, Row: 1, Col: 1, Code: roster.EmailTypo, Severity: roster.Warning, Suggestion: "a@example.com"},
		{Line: 2, Row: 1, Col: 1, Code: roster.InvalidEmail, Severity: roster.Error, Suggestion: "b@example.com"},
		{Line: 2, Row: 1, Col: 1, Code: roster.ControlCharacter, Severity: roster.Error, Suggestion: "c@example.com"},
		{Line: 2, Row: 1, Code: roster.RaggedRow, Severity: roster.Error, Suggestion: "a,b,c"},
		{Line: 3, Row: 2, Col: 4, Code: "unknown_group", Severity: roster.Error, Params: map[string]string{"group": "Slaes"}, Suggestion: "Sales"},
		{Line: 3, Row: 2, Col: 4, Code: "unknown_group", Severity: roster.Error, Params: map[string]string{"group": "Labb"}, Suggestion: "Lab"},
		{Line: 3, Row: 2, Col: 4, Code: "unknown_group", Severity: roster.Error, Params: map[string]string{"group": "Labb"}, Suggestion: "Lab"},
		{Line: 3, Row: 2, Col: 3, Code: roster.MissingLastName, Severity: roster.Error},
		{Col: 3, Code: roster.UnknownColumn, Suggestion: "Last Name"},
	}
	want := []roster.Fix{
		{Line: 1, Col: 2, Value: "First Name"},
		{Line: 2, Row: 1, Col: 1, Value: "b@example.com"},
		{Line: 3, Row: 2, Col: 4, Value: "Sales", Group: "Slaes"},
		{Line: 3, Row: 2, Col: 4, Value: "Lab", Group: "Labb"},
	}
	if diff := cmp.Diff(want, roster.FixesOf(issues)); diff != "" {
		t.Errorf("FixesOf (-want +got):\n%s", diff)
	}
}

// TestCorrectCorpus corrects every file of the corpus: without fixes the bytes
// stay; with what Read suggests and with a fix of every cell of some row, the
// other cells stay.
func TestCorrectCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			data, opts := corpusInput(t, archive)
			r, err := roster.Read(data, opts)
			if err != nil {
				return
			}
			checkCorrect(t, data, opts, nil)
			checkCorrect(t, data, opts, roster.FixesOf(r.Issues))
			for i := range r.Rows {
				if i > 20 {
					break
				}
				row := &r.Rows[i]
				fixes := []roster.Fix{{Line: row.Line, Row: row.Number, Col: 1, Value: "new@example.com"}}
				if last := len(r.Header); last > 1 {
					fixes = append(fixes, roster.Fix{Line: row.Line, Row: row.Number, Col: last, Value: `"é", 漢`})
				}
				checkCorrect(t, data, opts, fixes)
			}
		})
	}
}

// checkCorrect corrects and reads again: cells that were not fixed are as they
// were, fixed ones have their value.
func checkCorrect(t interface {
	Fatalf(format string, args ...any)
	Helper()
}, data []byte, opts roster.Options, fixes []roster.Fix,
) {
	t.Helper()
	before, err := roster.Read(data, opts)
	if err != nil {
		return
	}
	out, err := roster.Correct(data, opts, fixes)
	if errors.Is(err, roster.ErrUncorrectable) && bytes.Count(data, []byte{'"'}) > 0 {
		return
	}
	if err != nil {
		t.Fatalf("Correct %+v: %v", fixes, err)
	}
	if len(fixes) == 0 {
		if !bytes.Equal(data, out) {
			t.Fatalf("Correct without fixes changed the file")
		}
		return
	}
	opts.MaxBytes = 1 << 30
	after, err := roster.Read(out, opts)
	if err != nil {
		if slices.ContainsFunc(fixes, func(f roster.Fix) bool { return f.Row == 0 }) {
			return // another header is another file
		}
		t.Fatalf("Read of the corrected file: %v\n%q", err, out)
	}
	want := cellsOf(before)
	for _, f := range fixes {
		row := &want[f.Row]
		for len(*row) < f.Col {
			*row = append(slices.Clone(*row), "")
		}
		if f.Group == "" {
			*row = slices.Clone(*row)
			(*row)[f.Col-1] = f.Value
		}
	}
	if diff := cmp.Diff(want, cellsOf(after)); diff != "" {
		t.Fatalf("cells after Correct %+v of %q (-want +got):\n%s", fixes, data, diff)
	}
}

func cellsOf(r *roster.Roster) [][]string {
	out := [][]string{r.Header}
	for i := range r.Rows {
		out = append(out, r.Rows[i].Cells)
	}
	return out
}

// TestCorrectAnything corrects files made of odd pieces, in several encodings.
func TestCorrectAnything(t *testing.T) {
	t.Parallel()
	encodings := []string{"utf-8", "utf-16le", "utf-16be", "windows-1252", "macintosh", "shift_jis", "euc-jp", "iso-2022-jp", "gb18030"}
	rapid.Check(t, func(rt *rapid.T) {
		piece := rapid.SampledFrom([]string{
			"ann@example.com", "b@example.org", "Ann", "Zoé", "佐藤", "=1", "'=1", "'t", "\"", "\"\"", "\"a\"", "\"a,b\"", "\"x\ny\"", " ", ",", ";", "\n", "\r\n", "\n", ",", ",", ",", "\uFFFD", "x",
		})
		body := strings.Join(rapid.SliceOfN(piece, 1, 40).Draw(rt, "body"), "")
		text := rapid.SampledFrom([]string{"", "\uFEFF", "sep=,\n", "Staff\n\n"}).Draw(rt, "head") + "Email,First Name,Last Name,User Group\n" + body
		data := []byte(text)
		if enc := rapid.SampledFrom(encodings).Draw(rt, "encoding"); enc != "utf-8" {
			encoded, ok := tryEncode(text, enc)
			if !ok {
				return
			}
			data = encoded
		}
		opts := roster.Options{Required: []roster.Field{roster.Email}}
		r, err := roster.Read(data, opts)
		if err != nil {
			return
		}
		checkCorrect(rt, data, opts, nil)
		row := rapid.SampledFrom(r.Rows).Draw(rt, "row")
		value := rapid.SampledFrom([]string{"new@example.com", "Zoë", "漢字", "=2", "'=2", "a,b;c", `say "x"`, "x", "\uFFFD"})
		var fixes []roster.Fix
		for _, col := range rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 1, 3, rapid.ID[int]).Draw(rt, "columns") {
			fixes = append(fixes, roster.Fix{Line: row.Line, Row: row.Number, Col: col, Value: value.Draw(rt, "value")})
		}
		checkCorrect(rt, data, opts, fixes)
	})
}

// tryEncode encodes a text if the encoding has all of it.
func tryEncode(text, name string) ([]byte, bool) {
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil, false
	}
	if name == "utf-16le" || name == "utf-16be" {
		text = "\uFEFF" + text
	}
	out, err := enc.NewEncoder().Bytes([]byte(text))
	return out, err == nil
}
