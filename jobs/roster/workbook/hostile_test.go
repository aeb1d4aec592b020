package workbook_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/zoomusers/zoomusers/jobs/roster/workbook"
)

func TestHostile(t *testing.T) {
	t.Parallel()
	const cell = `<row r="1"><c r="A1"><v>1</v></c></row>`
	good := byHand(cell).pack(t)
	sst := func(n int) string { return `<sst ` + mainNS + `>` + strings.Repeat("<si/>", n) + `</sst>` }
	style := func(formats string) string {
		return `<styleSheet ` + mainNS + `><numFmts>` + formats + `</numFmts></styleSheet>`
	}
	worksheet := func(s string) parts { return byHand("").with("xl/worksheets/sheet1.xml", s) }
	// random-looking text that does not pack well
	noise := func(n int) string {
		var b strings.Builder
		for x := uint32(1); b.Len() < n; x = x*1664525 + 1013904223 {
			fmt.Fprintf(&b, "%x", x)
		}
		return b.String()[:n]
	}
	loose := workbook.Limits{UnzipRatio: 1 << 40}
	for _, test := range []struct {
		name   string
		data   []byte
		limits workbook.Limits
		want   workbook.Error
	}{
		{"nothing of a zip", []byte("PK\x03\x04"), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "zip"}},
		{"cut off", good[:len(good)-30], workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"empty zip", parts{}.pack(t), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "zip"}},
		{"old workbook", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "xls"}},
		{"binary workbook", parts{"xl/workbook.bin": "x"}.pack(t), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "xlsb"}},
		{"ods", parts{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "x"}.pack(t), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "ods"}},
		{"numbers", parts{"Index/Document.iwa": "x"}.pack(t), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "numbers"}},
		{"slides", parts{"ppt/presentation.xml": "x", "ppt/embeddings/x.xlsx": "xl/workbook.xml"}.pack(t), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "pptx"}},
		{"workbook within a zip", parts{"people.xlsx": string(good)}.pack(t), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "zip"}},
		{"bit of encryption", encryptedZip(t, good), workbook.Limits{}, workbook.Error{Code: workbook.Encrypted}},
		{"claims to be huge", claims(t, 1<<40), workbook.Limits{}, workbook.Error{Code: workbook.TooLarge, What: "unzip_ratio"}},
		{"claims to be large", claims(t, 200<<20), loose, workbook.Error{Code: workbook.TooLarge, What: "unzip_size"}},
		{"is larger than it claims", claims(t, 10), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"bomb beside the sheet", byHand(cell).with("xl/media/image1.png", strings.Repeat("0", 20<<20)).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.TooLarge, What: "unzip_ratio"}},
		{"too many parts", manyParts(t, 5001), workbook.Limits{}, workbook.Error{Code: workbook.TooLarge, What: "parts"}},
		{"no sheets part", byHand(cell).without("xl/worksheets/sheet1.xml").pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"no list of sheets", byHand(cell).without("xl/workbook.xml").pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"wrong types and roots", byHand(cell).with("xl/workbook.xml", `<html/>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.NotWorkbook, Kind: "zip"}},
		{"sheet is no sheet", worksheet(`<chartsheet ` + mainNS + `/>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"sheet is blank", worksheet(``).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"sheet without data part", worksheet(`<worksheet ` + mainNS + `><row r="1"/></worksheet>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"sheet breaks off", worksheet(`<worksheet ` + mainNS + `><sheetData>` + cell + `<row r="2"><c r="A2"><v>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"tags cross", worksheet(`<worksheet ` + mainNS + `><sheetData>` + cell + `<row r="2"><c r="A2"></row></c></sheetData></worksheet>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"rows out of order", byHand(cell + cell).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"cells out of order", byHand(`<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"cell in a cell", byHand(`<row r="1"><c r="A1"><c r="B1"><v>1</v></c></c></row>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"row beyond the sheet", byHand(cell + `<row r="1048577"><c r="A1048577"><v>1</v></c></row>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"string that is not there", byHand(`<row r="1"><c r="A1" t="s"><v>7</v></c></row>`).withStrings(sst(7)).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"document type", worksheet(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet ` + mainNS + `><sheetData/></worksheet>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"deep", byHand(strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000)).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.Damaged}},
		{"all columns", byHand(`<row r="1"><c r="XFD1"><v>1</v></c></row>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.TooManyColumns, Max: 500, Size: 16384}},
		{"too many rows", byHand(`<row><c><v>1</v></c></row><row><c><v>1</v></c></row>`).pack(t), workbook.Limits{Rows: 1}, workbook.Error{Code: workbook.TooManyRows, Max: 1, Size: 2}},
		{"too many elements", byHand(strings.Repeat("<row><c/></row>", 5000)).pack(t), workbook.Limits{Elements: 5000}, workbook.Error{Code: workbook.TooLarge, What: "elements"}},
		{"too many strings", byHand(`<row r="1"><c r="A1" t="s"><v>7</v></c></row>`).withStrings(sst(300_001)).pack(t), loose, workbook.Error{Code: workbook.TooLarge, What: "strings"}},
		{"long string", byHand(cell).withStrings(`<sst ` + mainNS + `><si><t>` + noise(200_000) + `</t></si></sst>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.TooLarge, What: "cell_length"}},
		{"long cell", byHand(`<row r="1"><c r="A1" t="inlineStr"><is><t>` + noise(40_000) + `</t></is></c></row>`).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.TooLarge, What: "cell_length"}},
		{"long format", byHand(cell).withStyles(style(`<numFmt numFmtId="170" formatCode="` + strings.Repeat("0", 2000) + `"/>`)).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.TooLarge, What: "styles"}},
		{"many formats", byHand(cell).withStyles(style(strings.Repeat(`<numFmt numFmtId="170" formatCode="0"/>`, 1001))).pack(t), workbook.Limits{}, workbook.Error{Code: workbook.TooLarge, What: "styles"}},
		{"one string in every cell", byHand(strings.Repeat("<row>"+strings.Repeat(`<c t="s"><v>0</v></c>`, 500)+"</row>", 40)).
			withStrings(`<sst ` + mainNS + `><si><t>` + noise(30_000) + `</t></si></sst>`).pack(t), loose, workbook.Error{Code: workbook.TooLarge, What: "text"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rows, err := readFirst(test.data, test.limits)
			e, ok := errors.AsType[*workbook.Error](err)
			if !ok {
				t.Fatalf("%d rows, error %v, want an *Error", len(rows), err)
			}
			if e.Code != test.want.Code || e.Kind != test.want.Kind || e.What != test.want.What ||
				(test.want.Max > 0 && (e.Max != test.want.Max || e.Size != test.want.Size)) {
				t.Errorf("error = %+v (%v), want %+v", e, e, test.want)
			}
			if strings.Contains(err.Error(), "%!") {
				t.Errorf("error text is %q", err)
			}
		})
	}
}

// claims makes a workbook whose directory says that its list of sheets has
// size bytes.
func claims(tb testing.TB, size uint64) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "xl/workbook.xml", Method: zip.Store, CompressedSize64: 40, UncompressedSize64: size})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := f.Write(bytes.Repeat([]byte("<a/> "), 8)); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// encryptedZip sets the bit in the directory that says a part has a password.
func encryptedZip(tb testing.TB, data []byte) []byte {
	tb.Helper()
	data = bytes.Clone(data)
	at := bytes.Index(data, []byte("PK\x01\x02"))
	if at < 0 {
		tb.Fatal("no directory")
	}
	data[at+8] |= 1
	return data
}

func manyParts(tb testing.TB, n int) []byte {
	tb.Helper()
	p := byHand("")
	for i := range n {
		p.with(fmt.Sprintf("xl/media/%d.png", i), "")
	}
	return p.pack(tb)
}

// TestMemoryStaysBounded looks at what reading allocates in all, which is more
// than is ever held, in proportion to what is read.
//
//nolint:paralleltest // Others would be counted too.
func TestMemoryStaysBounded(t *testing.T) {
	// Blank cells with a format, which people do have, and many strings.
	const count = 20_000
	var rows strings.Builder
	for i := range count {
		fmt.Fprintf(&rows, `<row r="%d" s="1"><c r="A%[1]d" s="1"/></row>`, i+2)
	}
	data := byHand(`<row r="1"><c r="A1" t="s"><v>19999</v></c></row>` + rows.String()).
		withStrings(`<sst ` + mainNS + `>` + strings.Repeat("<si><t>x</t></si>", count) + `</sst>`).pack(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := readFirst(data, workbook.Limits{UnzipRatio: 1 << 20})
	runtime.ReadMemStats(&after)
	if err != nil || len(got) != 1 || got[0].Cells[0] != "x" {
		t.Fatalf("rows = %v, %v", got, err)
	}
	if each := (after.TotalAlloc - before.TotalAlloc) / count; each > 8<<10 {
		t.Errorf("reading allocated %d bytes for a row and a string", each)
	}
}

// FuzzOpen reads any bytes.
func FuzzOpen(f *testing.F) {
	book := excelize.NewFile()
	set(f, book, "Sheet1", map[string]any{"A1": "Email", "B1": 33612345678, "A2": "ann@example.com", "B2": true})
	f.Add(save(f, book))
	f.Add(byHand(`<row r="1"><c r="A1"><v>1</v></c></row>`).pack(f))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkRead(t, data)
	})
}

// FuzzParts reads any sheet, strings and styles within a sound zip.
func FuzzParts(f *testing.F) {
	f.Add(
		`<worksheet `+mainNS+`><sheetData><row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="C1" s="1"><f>A1</f><v>45000.5</v></c><c r="D1" t="d"><v>2026-03-05T10:00:00</v></c></row>`+
			`<row><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="inlineStr"><is><r><t>x</t></r></is></c></row></sheetData><mergeCells><mergeCell ref="A1:A2"/></mergeCells></worksheet>`,
		`<sst `+mainNS+`><si><t>one</t></si><si><r><t>two</t></r></si></sst>`,
		`<styleSheet `+mainNS+`><numFmts><numFmt numFmtId="170" formatCode="[$-409]d/m/yy\ h:mm;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>`,
	)
	for _, code := range []string{"0.00E+00", `# ?/?`, `[h]:mm:ss.000`, `_-* #,##0.00\ "x"_-;[Red]-0%;;@`, "[$-F800]dddd", "[<1]0;[>=2]#;General", "yyyy\"年\"", "@@@"} {
		f.Add(`<worksheet `+mainNS+`><sheetData><row><c s="0"><v>-1.5E3</v></c><c s="0"><v>44000.123</v></c><c s="0" t="str"><v>x</v></c></row></sheetData></worksheet>`, "",
			`<styleSheet `+mainNS+`><numFmts><numFmt numFmtId="170" formatCode="`+strings.NewReplacer(`"`, "&quot;", "<", "&lt;").Replace(code)+`"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs></styleSheet>`)
	}
	f.Fuzz(func(t *testing.T, sheet, sst, styles string) {
		p := byHand("").with("xl/worksheets/sheet1.xml", sheet)
		p["xl/_rels/workbook.xml.rels"] = relations("worksheet", "worksheets/sheet1.xml", "styles", "styles.xml", "sharedStrings", "sharedStrings.xml")
		p["xl/styles.xml"] = styles
		p["xl/sharedStrings.xml"] = sst
		if sst == "" {
			p["xl/_rels/workbook.xml.rels"] = relations("worksheet", "worksheets/sheet1.xml", "styles", "styles.xml")
		}
		checkRead(t, p.pack(t))
	})
}

func checkRead(t *testing.T, data []byte) {
	t.Helper()
	b, err := workbook.Open(data, workbook.Limits{})
	if err == nil {
		for _, name := range b.Sheets() {
			var rows []workbook.Row
			if rows, err = b.Rows(name); err != nil {
				break
			}
			last := 0
			for _, r := range rows {
				if r.Number <= last || len(r.Cells) == 0 || strings.TrimSpace(r.Cells[len(r.Cells)-1]) == "" {
					t.Fatalf("row %d after %d: %q", r.Number, last, r.Cells)
				}
				last = r.Number
			}
		}
	}
	if _, ok := errors.AsType[*workbook.Error](err); err != nil && !ok {
		t.Fatalf("error %v is not an *Error", err)
	}
}
