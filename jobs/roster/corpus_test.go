package roster_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

var update = flag.Bool("update", false, "write the goldens of testdata/*.txtar anew")

// TestCorpus reads every file of testdata. The comment of an archive says how
// the bytes are made of the part input (encoding, eol, bom, escape, final) and
// with which options they are read (required, header, columns, positional, rows, bytes);
// the part want is everything that Read makes of them.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 60 {
		t.Errorf("corpus has %d files, want at least 60", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			data, opts := corpusInput(t, archive)
			got := describe(roster.Read(data, opts))
			want := ""
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
				}
			}
			if *update {
				archive.Files = []txtar.File{archive.Files[0], {Name: "want", Data: []byte(got)}}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Read mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// corpusInput makes the bytes and options that an archive describes.
func corpusInput(t *testing.T, archive *txtar.Archive) ([]byte, roster.Options) {
	t.Helper()
	set := make(map[string]string)
	for line := range strings.Lines(string(archive.Comment)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(k, "#") {
			set[k] = v
		}
	}
	if len(archive.Files) == 0 || archive.Files[0].Name != "input" {
		t.Fatal("archive has no part input")
	}
	text := string(archive.Files[0].Data)
	if set["final"] == "none" {
		text = strings.TrimSuffix(text, "\n")
	}
	text = strings.NewReplacer("\n", map[string]string{"crlf": "\r\n", "cr": "\r", "crcrlf": "\r\r\n", "": "\n"}[set["eol"]]).Replace(text)
	if set["escape"] == "true" {
		text = unescape(t, text)
	}
	data := encodeAs(t, text, set["encoding"])
	if set["bom"] == "true" {
		data = append(encodeAs(t, "\uFEFF", set["encoding"]), data...)
	}
	number := func(key string) int {
		n, err := strconv.Atoi(cmpOr(set[key], "0"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	opts := roster.Options{MaxRows: number("rows"), MaxBytes: number("bytes")}
	for f := range strings.SplitSeq(set["required"], ",") {
		if f != "" {
			opts.Required = append(opts.Required, roster.Field(f))
		}
	}
	if set["header"] != "" {
		opts.Header = strings.Split(set["header"], ",")
	}
	opts.Positional = set["positional"] == "true"
	for pair := range strings.SplitSeq(set["columns"], ",") {
		if name, field, ok := strings.Cut(pair, "="); ok {
			if opts.Columns == nil {
				opts.Columns = make(map[string]roster.Field)
			}
			opts.Columns[name] = roster.Field(field)
		}
	}
	return data, opts
}

func cmpOr(s, or string) string {
	if s == "" {
		return or
	}
	return s
}

// unescape turns \x00, \u00a0 and the like into what they stand for; \x80 and
// above become single bytes.
func unescape(t *testing.T, s string) string {
	t.Helper()
	var b strings.Builder
	for s != "" {
		if s[0] != '\\' {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		r, multi, rest, err := strconv.UnquoteChar(s, 0)
		if err != nil {
			t.Fatal(err)
		}
		if multi || r < 0x80 {
			b.WriteRune(r)
		} else {
			b.WriteByte(byte(r))
		}
		s = rest
	}
	return b.String()
}

func encodeAs(t *testing.T, text, name string) []byte {
	t.Helper()
	encodings := map[string]encoding.Encoding{
		"windows-1252": charmap.Windows1252,
		"windows-1250": charmap.Windows1250,
		"windows-1251": charmap.Windows1251,
		"macintosh":    charmap.Macintosh,
		"ibm850":       charmap.CodePage850,
		"shift_jis":    japanese.ShiftJIS,
		"euc-jp":       japanese.EUCJP,
		"iso-2022-jp":  japanese.ISO2022JP,
		"gb18030":      simplifiedchinese.GB18030,
		"euc-kr":       korean.EUCKR,
	}
	switch name {
	case "", "utf-8", "bytes":
		return []byte(text)
	case "utf-16le", "utf-16be":
		var out []byte
		for _, u := range utf16.Encode([]rune(text)) {
			if name == "utf-16le" {
				out = append(out, byte(u), byte(u>>8))
			} else {
				out = append(out, byte(u>>8), byte(u))
			}
		}
		return out
	}
	enc, ok := encodings[name]
	if !ok {
		t.Fatalf("unknown encoding %q", name)
	}
	out, err := enc.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}

// describe writes everything that Read returned, in a form that is good to
// read and to compare.
func describe(r *roster.Roster, err error) string {
	var b strings.Builder
	if refused, ok := errors.AsType[*roster.RefusedError](err); ok {
		fmt.Fprintf(&b, "refused %s%s\n", refused.Code, params(refused.Params))
		for _, i := range refused.Issues {
			b.WriteString(describeIssue(i))
		}
		return b.String()
	}
	if err != nil {
		return "error " + err.Error() + "\n"
	}
	fmt.Fprintf(&b, "encoding %s, delimiter %q, language %s, lines %s\n", r.Encoding, r.Delimiter, cmpOr(r.Language, "-"), cmpOr(r.LineEnding, "-"))
	for _, c := range r.Columns {
		fmt.Fprintf(&b, "column %d %q %s\n", c.Index, c.Header, cmpOr(string(c.Field), "-"))
	}
	if r.Positional != nil {
		fmt.Fprintf(&b, "positional %s\n", r.Positional)
	}
	for _, row := range r.Rows {
		mark := ""
		if r.Invalid(row.Number) {
			mark = " invalid"
		}
		fmt.Fprintf(&b, "row %d line %d%s %q\n", row.Number, row.Line, mark, row.Cells)
		values := row.Values()
		for _, f := range slices.Sorted(maps.Keys(values)) {
			fmt.Fprintf(&b, "\t%s %q\n", f, values[f])
		}
		for _, f := range slices.Sorted(slices.Values(r.Fields())) {
			if row.Clears(f) {
				fmt.Fprintf(&b, "\tclears %s\n", f)
			}
		}
		describeGroups(&b, row)
	}
	for _, i := range r.Issues {
		b.WriteString(describeIssue(i))
	}
	if r.Changed.Total() > 0 {
		fmt.Fprintf(&b, "changed %+v\n", r.Changed)
	}
	return b.String()
}

func describeGroups(b *strings.Builder, row roster.Row) {
	if g := row.Groups(); len(g) > 1 {
		fmt.Fprintf(b, "\tgroups %q\n", g)
	}
	if g := row.ChatGroups(); len(g) > 1 {
		fmt.Fprintf(b, "\tchat groups %q\n", g)
	}
	for _, f := range []roster.Field{roster.UserGroup, roster.ChatGroup} {
		if e, _ := row.GroupEdit(f); e.Replace || len(e.Leave) > 0 {
			fmt.Fprintf(b, "\t%s edit replace %v join %q leave %q\n", f, e.Replace, e.Join, e.Leave)
		}
	}
}

func describeIssue(i roster.Issue) string {
	s := fmt.Sprintf("%s %s line %d row %d col %d", i.Severity, i.Code, i.Line, i.Row, i.Col)
	if i.Field != "" {
		s += " " + string(i.Field)
	}
	if i.Column != "" {
		s += fmt.Sprintf(" column %q", i.Column)
	}
	if i.Value != "" {
		s += fmt.Sprintf(" value %q", i.Value)
	}
	s += params(i.Params)
	if i.Suggestion != "" {
		s += fmt.Sprintf(" suggestion %q", i.Suggestion)
	}
	return s + "\n"
}

func params(m map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, " %s=%q", k, m[k])
	}
	return b.String()
}

// TestCorpusHasEveryCode makes sure that no code goes without an example.
func TestCorpusHasEveryCode(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var wants strings.Builder
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wants.Write(archive.Files[len(archive.Files)-1].Data)
	}
	workbooks, err := filepath.Glob("testdata/workbook/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range workbooks {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wants.Write(data)
	}
	for _, code := range roster.Codes() {
		if !strings.Contains(wants.String(), " "+string(code)+" ") && !strings.Contains(wants.String(), "refused "+string(code)+"\n") {
			t.Errorf("no golden has code %s", code)
		}
	}
}
