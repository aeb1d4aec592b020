package workbook_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// save gives the bytes of a workbook that a test has filled.
func save(tb testing.TB, f *excelize.File) []byte {
	tb.Helper()
	b, err := f.WriteToBuffer()
	if err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// set fills cells; values are as excelize takes them.
func set(tb testing.TB, f *excelize.File, sheet string, cells map[string]any) {
	tb.Helper()
	for at, v := range cells {
		if err := f.SetCellValue(sheet, at, v); err != nil {
			tb.Fatal(err)
		}
	}
}

// format gives a cell a number format.
func format(tb testing.TB, f *excelize.File, sheet, cell, code string) {
	tb.Helper()
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
	if err != nil {
		tb.Fatal(err)
	}
	if err := f.SetCellStyle(sheet, cell, cell, style); err != nil {
		tb.Fatal(err)
	}
}

const (
	mainNS  = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relType = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
)

// parts are the files of a workbook written by hand, for what no program
// writes.
type parts map[string]string

// byHand makes the parts of a workbook with one sheet. data stands in
// sheetData.
func byHand(data string) parts {
	return parts{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":         relations("officeDocument", "xl/workbook.xml"),
		"xl/workbook.xml": `<workbook ` + mainNS + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
			`<sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": relations("worksheet", "worksheets/sheet1.xml"),
		"xl/worksheets/sheet1.xml":   `<worksheet ` + mainNS + `><sheetData>` + data + `</sheetData></worksheet>`,
	}
}

// relations writes references: kind and target in turn.
func relations(kindsAndTargets ...string) string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i := 0; i < len(kindsAndTargets); i += 2 {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s" Target="%s"/>`, i/2+1, relType+kindsAndTargets[i], kindsAndTargets[i+1])
	}
	b.WriteString(`</Relationships>`)
	return b.String()
}

// with replaces or adds a part.
func (p parts) with(name, content string) parts {
	p[name] = content
	return p
}

func (p parts) without(name string) parts {
	delete(p, name)
	return p
}

// withStrings adds shared strings.
func (p parts) withStrings(sst string) parts {
	p["xl/_rels/workbook.xml.rels"] = relations("worksheet", "worksheets/sheet1.xml", "sharedStrings", "sharedStrings.xml")
	p["xl/sharedStrings.xml"] = sst
	return p
}

// withStyles adds styles.
func (p parts) withStyles(styles string) parts {
	p["xl/_rels/workbook.xml.rels"] = relations("worksheet", "worksheets/sheet1.xml", "styles", "styles.xml")
	p["xl/styles.xml"] = styles
	return p
}

// pack writes the zip.
func (p parts) pack(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := f.Write([]byte(p[name])); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
