package roster_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

func mustRead(t *testing.T, data string, opts roster.Options) *roster.Roster {
	t.Helper()
	r, err := roster.Read([]byte(data), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSplitGroups(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, cell string
		want       []string
	}{
		{"blank", " ; ", nil},
		{"one", "Sales", []string{"Sales"}},
		{"commas", "Sales, EMEA", []string{"Sales", "EMEA"}},
		{"semicolons keep commas", "Sales, EMEA; Ops", []string{"Sales, EMEA", "Ops"}},
		{"lines", "Sales\nOps", []string{"Sales", "Ops"}},
		{"case folded, first kept", "sales;SALES;Ops", []string{"sales", "Ops"}},
		{"quoted comma", `"Sales, EMEA", Ops`, []string{"Sales, EMEA", "Ops"}},
		{"quoted semicolon", `"Sales; EMEA", Ops`, []string{"Sales; EMEA", "Ops"}},
		{"quoted quote", `"The ""A"" team"; Ops`, []string{`The "A" team`, "Ops"}},
		{"quote that encloses nothing", `6" pipes; Ops`, []string{`6" pipes`, "Ops"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, roster.SplitGroups(tt.cell)); diff != "" {
				t.Errorf("SplitGroups mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	groups := []string{"Marketing", "Sales EMEA", "Sales APAC", "IT", "HR", "Équipe Ventes", "Market Research", "sales emea"}
	for _, tt := range []struct {
		name, in string
		n        int
		want     []string
	}{
		{"slip", "Marketnig", 3, []string{"Marketing"}},
		{"case", "marketing", 1, []string{"Marketing"}},
		{"accents", "equipe ventes", 1, []string{"Équipe Ventes"}},
		{"equal but for case, in order", "SALES EMEA", 3, []string{"Sales EMEA", "sales emea"}},
		{"contained", "Sales", 2, []string{"Sales EMEA", "Sales APAC"}},
		{"short names are not guessed", "HT", 3, nil},
		{"nothing near", "Warehouse", 3, nil},
		{"blank", " ", 3, nil},
		{"none asked for", "Marketing", 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, roster.Nearest(tt.in, groups, tt.n)); diff != "" {
				t.Errorf("Nearest mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTemplate reads every template and expects not a word about it.
func TestTemplate(t *testing.T) {
	t.Parallel()
	for _, language := range append(roster.Languages(), "fr-CA", "tlh") {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			r := mustRead(t, string(roster.Template(roster.TemplateOptions{Language: language})), roster.Options{})
			if diff := cmp.Diff(roster.TemplateFields(), r.Fields()); diff != "" {
				t.Errorf("fields mismatch (-want +got):\n%s", diff)
			}
			if len(r.Rows) != 1 || len(r.Issues) != 0 || r.Changed.Total() != 0 {
				t.Errorf("template gives %d rows, issues %v, changes %+v", len(r.Rows), r.Issues, r.Changed)
			}
			want, _, _ := strings.Cut(language, "-")
			if want == "tlh" {
				want = "en"
			}
			if r.Language != want || r.Encoding != "utf-8-bom" {
				t.Errorf("template is %s in %s, want %s in utf-8-bom", r.Language, r.Encoding, want)
			}
		})
	}
}

// TestHeaderNames reads a header of the usual names of each language.
func TestHeaderNames(t *testing.T) {
	t.Parallel()
	fields := []roster.Field{
		roster.Email, roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.Manager,
		roster.UserGroup, roster.ChatGroup, roster.JobTitle, roster.Location, roster.Company, roster.PhoneNumber,
	}
	for _, language := range roster.Languages() {
		var header []string
		for _, f := range fields {
			header = append(header, strings.ToUpper(strings.ReplaceAll(roster.HeaderName(f, language), " ", "_"))+" *")
		}
		row := "a@example.com" + strings.Repeat("\tx", len(fields)-1)
		r := mustRead(t, strings.Join(header, "\t")+"\n"+row, roster.Options{})
		if diff := cmp.Diff(fields, r.Fields()); diff != "" || r.Language != language {
			t.Errorf("%s: language %s, fields mismatch (-want +got):\n%s", language, r.Language, diff)
		}
	}
}

func TestRowJSON(t *testing.T) {
	t.Parallel()
	r := mustRead(t, "Email,First Name,Last Name,User Group,Junk\n A@example.com,Ann,Lee,x;y,1\n", roster.Options{})
	b, err := json.Marshal(r.Rows[0])
	if err != nil {
		t.Fatal(err)
	}
	var got roster.Row
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Rows[0], got); diff != "" {
		t.Errorf("row mismatch (-want +got):\n%s", diff)
	}
	if got.Key() != "a@example.com" || len(got.Groups()) != 2 {
		t.Errorf("stored row has key %q and groups %q", got.Key(), got.Groups())
	}
}

func TestIssueJSON(t *testing.T) {
	t.Parallel()
	want := roster.Issue{Line: 2, Row: 1, Col: 3, Field: roster.Email, Code: roster.TooLong, Severity: roster.Warning, Params: map[string]string{"max": "64"}}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got roster.Issue
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("issue mismatch (-want +got):\n%s", diff)
	}
}

// TestTextsLeakNothing reads the personal parts of a file back from no String
// or Error.
func TestTextsLeakNothing(t *testing.T) {
	t.Parallel()
	r := mustRead(t, "Email,First Name,Last Name,Notes,User Group\nsecret@example,Zaphod,#REF!,x,"+strings.Repeat("Heartofgold", 20)+
		"\nsecret2@gmial.com,Zaphod,Beeblebrox\nsecret2@gmial.com,Zaphod,Other\n", roster.Options{})
	var texts []string
	for _, i := range r.Issues {
		texts = append(texts, i.String())
	}
	_, err := roster.Read([]byte("Email,Zaphod\nsecret@example.com,x\n"), roster.Options{})
	texts = append(texts, err.Error())
	if len(texts) < 6 {
		t.Fatalf("only %d texts: %q", len(texts), texts)
	}
	for _, s := range texts {
		for _, word := range []string{"secret", "Zaphod", "Heart", "gmial", "gmail", "#REF", "Beeble"} {
			if strings.Contains(s, word) {
				t.Errorf("text %q contains %q", s, word)
			}
		}
	}
}

func TestIssueString(t *testing.T) {
	t.Parallel()
	i := roster.Issue{
		Line: 7, Row: 3, Col: 1, Field: roster.Email, Value: "x@example.com", Code: roster.DuplicateEmail,
		Severity: roster.Error, Params: map[string]string{"first_line": "2", "first_row": "1"},
	}
	const want = "line 7, row 3, email: error: duplicate email (first_line 2, first_row 1)"
	if got := i.String(); got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

func TestRefusedErrorIs(t *testing.T) {
	t.Parallel()
	_, err := roster.Read([]byte("Email,First Name,Last Name\na@example.com,A,B\nb@example.com,A,B\n"), roster.Options{MaxRows: 1})
	if !errors.Is(err, &roster.RefusedError{Code: roster.TooManyRows}) || errors.Is(err, &roster.RefusedError{Code: roster.EmptyFile}) {
		t.Errorf("Read error = %v, want too_many_rows alone", err)
	}
}

// TestLongestFile reads as many rows as are allowed and refuses one more.
func TestLongestFile(t *testing.T) {
	t.Parallel()
	if r := mustRead(t, string(sampleFile(roster.DefaultMaxRows)), roster.Options{}); len(r.Rows) != roster.DefaultMaxRows {
		t.Errorf("Read gave %d rows, want %d", len(r.Rows), roster.DefaultMaxRows)
	}
	_, err := roster.Read(sampleFile(roster.DefaultMaxRows+1), roster.Options{})
	if !errors.Is(err, &roster.RefusedError{Code: roster.TooManyRows}) {
		t.Errorf("Read error = %v, want too_many_rows", err)
	}
}

// TestHostileQuotes makes sure that files of nothing but trouble take time in
// proportion to their size: a square law would hang the test.
func TestHostileQuotes(t *testing.T) {
	t.Parallel()
	for name, unit := range map[string]string{
		"opened, never closed": "a@example.com,\"Ann,Lee\n",
		"lone quotes":          "\"a\"b",
		"quote after cell":     "\"a\"b,c\"d,",
		"quotes":               "\"",
		"returns":              "\r",
		"quoted lines":         "x,\"y\n\n\n",
		"commas":               ",",
		"spaces":               " ",
		"apostrophes":          "'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := "Email,First Name,Last Name\na@example.com,Ann,Lee\nx," + strings.Repeat(unit, (256<<10)/len(unit))
			r, err := roster.Read([]byte(data), roster.Options{MaxRows: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows[0].Key() != "a@example.com" {
				t.Errorf("first row has key %q", r.Rows[0].Key())
			}
		})
	}
}

// TestHostileCells makes sure of the same for cells that have a grammar.
func TestHostileCells(t *testing.T) {
	t.Parallel()
	for name, unit := range map[string]string{
		"groups": "%x;", "edits": "+%x;-%x;", "quoted groups": "\"\"%x\"\";", "quotes": "\"\"%x", "signs": "+-=", "phones": "+33 61234%x;",
		"labels": "[%x", "brackets": "(FR)(", "numbers": "5,00%x ", "words": "basic,%x;",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var cell strings.Builder
			for i := 0; cell.Len() < 256<<10; i++ {
				cell.WriteString(strings.ReplaceAll(unit, "%x", strconv.FormatInt(int64(i), 36)))
			}
			columns := []string{"User Group", "Chat Group", "Phone Number", "Licenses", "User Type", "Webinar", "Language", "Time Zone", "Action"}
			data := "Email," + strings.Join(columns, ",") + "\na@example.com" + strings.Repeat(",\""+cell.String()+"\"", len(columns)) + "\n"
			r := mustRead(t, data, roster.Options{Required: []roster.Field{roster.Email}})
			if len(r.Rows) != 1 || r.Rows[0].Key() != "a@example.com" {
				t.Errorf("Read gave %d rows", len(r.Rows))
			}
			if e, ok := r.Rows[0].GroupEdit(roster.UserGroup); !ok {
				t.Errorf("GroupEdit = %d, %d names", len(e.Join), len(e.Leave))
			}
		})
	}
}

// TestSwallowedRows breaks one quote anywhere in a long file and expects all
// other rows to be read and the broken one to be reported.
func TestSwallowedRows(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(string(sampleFile(200)), "\r\n")
	for n := 1; n <= 200; n += 3 {
		broken := slices.Clone(lines)
		broken[n] = strings.Replace(broken[n], ",", ",\"", 1)
		r := mustRead(t, strings.Join(broken, ""), roster.Options{})
		if len(r.Rows) != 200 {
			t.Errorf("quote on line %d: %d rows, want 200", n+1, len(r.Rows))
			continue
		}
		if !slices.ContainsFunc(r.RowIssues(n+1), func(i roster.Issue) bool { return i.Code == roster.BadQuote }) {
			t.Errorf("quote on line %d is not reported: %v", n+1, r.RowIssues(n+1))
		}
	}
}

func TestWriteRefusesDelimiter(t *testing.T) {
	t.Parallel()
	for _, d := range []rune{'"', '\n', '\r', 'é'} {
		if err := roster.Write(&bytes.Buffer{}, []string{"a"}, nil, roster.WriteOptions{Delimiter: d}); err == nil {
			t.Errorf("Write with delimiter %q: no error", d)
		}
	}
}

func TestWriteFormulaSafe(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	records := [][]string{{"=1", "+1", "-1", "@a", "\tx", "'=1", "'a", "a=1", "", "x,y"}}
	if err := roster.Write(&b, nil, records, roster.WriteOptions{FormulaSafe: true}); err != nil {
		t.Fatal(err)
	}
	const want = "'=1,'+1,'-1,'@a,\"'\tx\",''=1,'a,a=1,,\"x,y\"\r\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("Write mismatch (-want +got):\n%s", diff)
	}
}

// TestShortSamples decodes single words in the encodings that spreadsheets of
// Western Europe use.
func TestShortSamples(t *testing.T) {
	t.Parallel()
	words := []string{
		"Léa", "François", "Noël", "Müller", "Jörg", "Weiß", "Zoë", "Núñez", "Åse", "Søren", "João", "Éric", "Hélène",
		"Benoît", "Chloé", "Géraldine", "Lübke", "Größe", "Käthe", "Nicolò", "Conceição", "Été", "BÉATRICE",
	}
	for _, name := range []string{"windows-1252", "macintosh"} {
		for _, w := range words {
			data := encodeAs(t, "Email,First Name,Last Name\na@example.com,"+w+",Smith\n", name)
			r := mustRead(t, string(data), roster.Options{})
			if got := r.Rows[0].Get(roster.FirstName); got != w {
				t.Errorf("%s in %s read as %q in %s", w, name, got, r.Encoding)
			}
		}
	}
}
