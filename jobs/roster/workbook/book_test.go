package workbook_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/zoomusers/zoomusers/jobs/roster/workbook"
)

// read gives the rows of the first sheet with data.
func read(t *testing.T, data []byte) []workbook.Row {
	t.Helper()
	rows, err := readFirst(data, workbook.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func readFirst(data []byte, l workbook.Limits) ([]workbook.Row, error) {
	b, err := workbook.Open(data, l)
	if err != nil {
		return nil, err
	}
	if len(b.Filled()) == 0 {
		return nil, nil
	}
	return b.Rows(b.Filled()[0])
}

func TestCellsSayWhatPeopleSee(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	set(t, f, "Sheet1", map[string]any{
		"A1": "text", "A2": " spaces ", "A3": "two\nlines", "A4": "3.36E+10", "A5": true, "A6": "0612345678",
		"B1": 33612345678, "B2": 12.5, "B3": 33612345678, "B4": 0.1 + 0.2, "B5": 123456789012345, "B6": 1e20,
		"C1": time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), "C2": 45000, "C3": 0.25, "C4": 612345678, "C5": 33612345678, "C6": 1234.5,
	})
	format(t, f, "Sheet1", "B3", "General")
	format(t, f, "Sheet1", "C1", "dd/mm/yyyy")
	format(t, f, "Sheet1", "C3", "0%")
	format(t, f, "Sheet1", "C4", `0#" "##" "##" "##" "##`)
	format(t, f, "Sheet1", "C5", "0.00E+00")
	format(t, f, "Sheet1", "C6", "#,##0.00")
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStyle("Sheet1", "C2", "C2", style); err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellRichText("Sheet1", "D1", []excelize.RichTextRun{{Text: "Zo"}, {Text: "é", Font: &excelize.Font{Bold: true}}}); err != nil {
		t.Fatal(err)
	}
	want := []workbook.Row{
		{Number: 1, Cells: []string{"text", "33612345678", "05/03/2026", "Zoé"}},
		{Number: 2, Cells: []string{" spaces ", "12.5", "2023-03-15"}},
		{Number: 3, Cells: []string{"two\nlines", "33612345678", "25%"}},
		{Number: 4, Cells: []string{"3.36E+10", "0.3", "06 12 34 56 78"}},
		{Number: 5, Cells: []string{"TRUE", "123456789012345", "33612345678"}},
		{Number: 6, Cells: []string{"0612345678", "100000000000000000000", "1,234.50"}},
	}
	if diff := cmp.Diff(want, read(t, save(t, f))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestCellsByHand has what excelize does not write but other programs do.
func TestCellsByHand(t *testing.T) {
	t.Parallel()
	const sst = `<sst ` + mainNS + ` count="2"><si><t>one</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>x</t></rPh></si></sst>`
	for _, test := range []struct {
		name string
		file parts
		want []workbook.Row
	}{
		{
			"no references, gaps", byHand(`<row><c t="inlineStr"><is><t>a</t></is></c><c/><c><v>3</v></c></row><row r="5"><c><v>4</v></c></row><row><c><v>5</v></c></row>`),
			[]workbook.Row{{Number: 1, Cells: []string{"a", "", "3"}}, {Number: 5, Cells: []string{"4"}}, {Number: 6, Cells: []string{"5"}}},
		},
		{
			"shared strings", byHand(`<row r="2"><c r="B2" t="s"><v>1</v></c><c r="D2" t="s"><v>0</v></c></row>`).withStrings(sst),
			[]workbook.Row{{Number: 2, Cells: []string{"", "two runs", "", "one"}}},
		},
		{
			"errors, booleans and formulas", byHand(`<row r="1"><c r="A1" t="e"><v>#REF!</v></c><c r="B1" t="b"><v>0</v></c>` +
				`<c r="C1" t="str"><f>A2&amp;"x"</f><v>ax</v></c><c r="D1"><f>1+1</f><v>2</v></c><c r="E1"><f>A2&amp;B2</f></c>` +
				`<c r="F1" t="str"><f>IF(1,"")</f><v></v></c><c r="G1"><v>7</v></c></row>`),
			[]workbook.Row{{Number: 1, Cells: []string{"#REF!", "FALSE", "ax", "2", "=A2&B2", "", "7"}}},
		},
		{
			"numbers with exponents", byHand(`<row r="1"><c r="A1"><v>3.3612345678E10</v></c><c r="B1"><v>1.2345678901234568E+19</v></c>` +
				`<c r="C1" t="inlineStr"><is><t>3.36E+10</t></is></c><c r="D1"><v>33612345678901234567</v></c><c r="E1"><v>-33612345678</v></c></row>`),
			[]workbook.Row{{Number: 1, Cells: []string{"33612345678", "1.23456789012346E+19", "3.36E+10", "33612345678901234567", "-33612345678"}}},
		},
		{
			"line breaks and escapes", byHand(`<row r="1"><c r="A1" t="inlineStr"><is><t>a_x000D_` + "\n" + `b</t></is></c><c r="B1" t="inlineStr"><is><t xml:space="preserve"> c </t></is></c></row>`),
			[]workbook.Row{{Number: 1, Cells: []string{"a\nb", " c "}}},
		},
		{
			"formats without values are blank", byHand(`<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row><row r="2"><c r="A2" s="3"/></row><row r="1048576"/>`),
			[]workbook.Row{{Number: 1, Cells: []string{"1"}}},
		},
		{
			"merged", byHand(`<row r="1"><c r="A1"><v>1</v></c><c r="B1"/></row><row r="2"><c r="B2"><v>2</v></c></row><row r="4"><c r="C4"><v>4</v></c></row>`).
				with("xl/worksheets/sheet1.xml", `<worksheet `+mainNS+`><sheetData>`+
					`<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row><row r="4"><c r="C4"><v>4</v></c></row><row r="5"><c r="C5"><v>5</v></c></row>`+
					`</sheetData><mergeCells count="3"><mergeCell ref="A1:B4"/><mergeCell ref="C4:D4"/><mergeCell ref="nonsense"/></mergeCells></worksheet>`),
			[]workbook.Row{
				{Number: 1, Cells: []string{"1"}},
				{Number: 2, Cells: []string{"1", "2"}},
				{Number: 4, Cells: []string{"1", "", "4"}},
				{Number: 5, Cells: []string{"", "", "5"}},
			},
		},
		{
			"prefixes, strict namespaces, odd names",
			parts{
				"[Content_Types].xml": `<Types/>`,
				"_rels\\.rels":        `<Relationships><Relationship Id="x" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="/XL\book.xml"/></Relationships>`,
				"xl/Book.xml": `<x:workbook xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main" xmlns:q="http://purl.oclc.org/ooxml/officeDocument/relationships">` +
					`<x:workbookPr date1904="true"/><x:sheets><x:sheet name="A name of more than thirty-one letters: [x]" sheetId="7" q:id="b"/></x:sheets></x:workbook>`,
				"xl/_rels/book.xml.rels": `<Relationships><Relationship Id="b" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="../data/Tab.xml"/>` +
					`<Relationship Id="s" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/sharedStrings" Target="/data/s.xml"/>` +
					`<Relationship Id="t" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/styles" Target="looks.xml"/></Relationships>`,
				"data/s.xml":   `<x:sst xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:si><x:t>one</x:t></x:si></x:sst>`,
				"xl/looks.xml": `<x:styleSheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:numFmts><x:numFmt numFmtId="170" formatCode="yyyy&quot;y&quot;"/></x:numFmts><x:cellXfs><x:xf/><x:xf numFmtId="170"/></x:cellXfs></x:styleSheet>`,
				"data/Tab.xml": `<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" s="1"><x:v>100</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
			},
			[]workbook.Row{{Number: 1, Cells: []string{"one", "1904y"}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, read(t, test.file.pack(t))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSheets(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	for _, name := range []string{"Hidden", "Very hidden", "Notes", "People", "Chart"} {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Hidden", "Very hidden", "Notes", "People"} {
		set(t, f, name, map[string]any{"A1": "this is " + name})
	}
	if err := errors.Join(
		f.SetSheetVisible("Hidden", false), f.SetSheetVisible("Very hidden", false, true),
		f.SetRowVisible("People", 1, false),
	); err != nil {
		t.Fatal(err)
	}
	b, err := workbook.Open(save(t, f), workbook.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Sheet1", "Notes", "People", "Chart"}, b.Sheets()); diff != "" {
		t.Errorf("Sheets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Notes", "People"}, b.Filled()); diff != "" {
		t.Errorf("Filled (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"people": "this is People", " Notes ": "this is Notes", "Hidden": "this is Hidden", "very hidden": "this is Very hidden",
	} {
		rows, err := b.Rows(name)
		if err != nil {
			t.Errorf("Rows(%q): %v", name, err)
			continue
		}
		if diff := cmp.Diff([]workbook.Row{{Number: 1, Cells: []string{want}}}, rows); diff != "" {
			t.Errorf("Rows(%q) (-want +got):\n%s", name, diff)
		}
	}
	if rows, err := b.Rows("Sheet1"); err != nil || len(rows) != 0 {
		t.Errorf("Rows of a blank sheet = %v, %v, want none", rows, err)
	}
	if _, err := b.Rows("Nobody"); !errors.Is(err, &workbook.Error{Code: workbook.NoSuchSheet}) {
		t.Errorf("Rows of a sheet that is not there: %v", err)
	}
}

func BenchmarkRows(b *testing.B) {
	for _, rows := range []int{9_999} {
		data := people(b, rows)
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				got, err := readFirst(data, workbook.Limits{})
				if err != nil || len(got) != rows+1 {
					b.Fatalf("%d rows, %v", len(got), err)
				}
			}
		})
	}
}

// people makes a workbook of a header and rows.
func people(tb testing.TB, rows int) []byte {
	tb.Helper()
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		tb.Fatal(err)
	}
	for i := range rows + 1 {
		cells := []any{fmt.Sprintf("person.%d@example.com", i), "Jane", "Doe", "Sales", "boss@example.com", "Europe; Training", "Account executive", 33612345678 + i}
		if i == 0 {
			cells = []any{"Email", "First Name", "Last Name", "Department", "Manager", "User Group", "Job Title", "Phone"}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	return save(tb, f)
}
