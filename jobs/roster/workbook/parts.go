package workbook

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// sheet is an entry of the list of sheets.
type sheet struct {
	name   string
	part   string
	hidden bool
	filled bool // known for visible sheets
}

// relation is a reference from one part to another.
type relation struct {
	id, kind, part string
}

// relations reads the references of a part; a part without any has none.
func (b *Book) relations(of string) ([]relation, error) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if b.zip.parts[partName(name)] == nil {
		return nil, nil
	}
	part, err := b.zip.read(name)
	if err != nil {
		return nil, err
	}
	var out []relation
	err = walk(part, &b.budget, visitor{start: func(e xml.StartElement, _ int) error {
		if e.Name.Local != "Relationship" || strings.EqualFold(attr(e, "TargetMode"), "External") {
			return nil
		}
		if len(out) > 10*maxSheets {
			return tooLarge("sheets", 10*maxSheets, len(out))
		}
		target := strings.ReplaceAll(attr(e, "Target"), "\\", "/")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", dir, target)
		}
		kind := attr(e, "Type")
		out = append(out, relation{attr(e, "Id"), kind[strings.LastIndexByte(kind, '/')+1:], partName(target)})
		return nil
	}})
	return out, err
}

// readParts finds the sheets, the shared strings and the styles.
func (b *Book) readParts() error {
	main := "xl/workbook.xml"
	roots, err := b.relations("")
	if err != nil {
		return err
	}
	for _, r := range roots {
		if r.kind == "officeDocument" {
			main = r.part
			break
		}
	}
	if strings.HasSuffix(main, ".bin") {
		return &Error{Code: NotWorkbook, Kind: "xlsb"}
	}
	relations, err := b.relations(main)
	if err != nil {
		return err
	}
	byID := make(map[string]relation, len(relations))
	for _, r := range relations {
		byID[r.id] = r
		switch r.kind {
		case "sharedStrings":
			err = b.readStrings(r.part)
		case "styles":
			err = b.readStyles(r.part)
		}
		if err != nil {
			return err
		}
	}
	return b.readSheetList(main, byID)
}

// readSheetList reads the names of the worksheets, in the order of their tabs.
func (b *Book) readSheetList(main string, byID map[string]relation) error {
	part, err := b.zip.read(main)
	if err != nil {
		return err
	}
	root := ""
	err = walk(part, &b.budget, visitor{start: func(e xml.StartElement, depth int) error {
		if depth == 1 {
			root = e.Name.Local
		}
		switch e.Name.Local {
		case "workbookPr":
			v := attr(e, "date1904")
			b.date1904 = v == "1" || v == "true"
		case "sheet":
			id := ""
			for _, a := range e.Attr {
				if a.Name.Local == "id" {
					id = a.Value
				}
			}
			r, ok := byID[id]
			if !ok || r.kind != "worksheet" {
				return nil // a chart, a dialog or a sheet of macros
			}
			if len(b.sheets) == maxSheets {
				return tooLarge("sheets", maxSheets, maxSheets+1)
			}
			state := attr(e, "state")
			b.sheets = append(b.sheets, sheet{
				name: attr(e, "name"), part: r.part, hidden: state == "hidden" || state == "veryHidden",
			})
		}
		return nil
	}})
	if err != nil {
		return err
	}
	if root != "workbook" {
		return &Error{Code: NotWorkbook, Kind: "zip"}
	}
	return nil
}

// readStrings unpacks the shared strings and counts them.
func (b *Book) readStrings(name string) error {
	part, err := b.zip.read(name)
	if err != nil {
		return err
	}
	length := 0
	err = walk(part, &b.budget, visitor{
		start: func(e xml.StartElement, depth int) error {
			switch {
			case depth == 1 && e.Name.Local != "sst":
				return damaged("the shared strings are none")
			case depth == 2 && e.Name.Local == "si":
				length = 0
				if b.stringCount++; b.stringCount > maxStrings {
					return tooLarge("strings", maxStrings, b.stringCount)
				}
			}
			return nil
		},
		text: func(text []byte) error {
			length += len(text)
			return b.checkLength(length)
		},
	})
	b.strings = part
	return err
}

// readStyles unpacks the styles and keeps of them what says how numbers look:
// the formats of the file's own and which one each style of a cell has.
func (b *Book) readStyles(name string) error {
	part, err := b.zip.read(name)
	if err != nil {
		return err
	}
	var formats, styles strings.Builder
	elements, count := 0, 0
	list := ""
	err = walk(part, &b.budget, visitor{start: func(e xml.StartElement, depth int) error {
		if elements++; elements > maxStyleXML {
			return tooLarge("styles", maxStyleXML, elements)
		}
		switch {
		case depth == 1 && e.Name.Local != "styleSheet":
			return damaged("the styles are none")
		case depth == 2:
			list = e.Name.Local
		case depth == 3 && list == "cellXfs" && e.Name.Local == "xf":
			styles.WriteString(`<xf numFmtId="` + strconv.Itoa(number(attr(e, "numFmtId"))) + `"/>`)
		case depth == 3 && list == "numFmts" && e.Name.Local == "numFmt":
			code := attr(e, "formatCode16")
			if code == "" {
				code = attr(e, "formatCode")
			}
			if count++; count > maxFormats {
				return tooLarge("styles", maxFormats, count)
			}
			if len(code) > maxFormatLength {
				return tooLarge("styles", maxFormatLength, len(code))
			}
			formats.WriteString(`<numFmt numFmtId="` + strconv.Itoa(number(attr(e, "numFmtId"))) + `" formatCode="`)
			// A strings.Builder does not fail.
			_ = xml.EscapeText(&formats, []byte(code))
			formats.WriteString(`"/>`)
		}
		return nil
	}})
	b.styles = []byte(`<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>` + formats.String() +
		`</numFmts><cellXfs>` + styles.String() + `</cellXfs></styleSheet>`)
	return err
}

// number reads the id of a number format; 0, which is no format, when it is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1<<20 {
		return 0
	}
	return n
}

// checkLength refuses a text that is longer in bytes than any cell can be.
func (b *Book) checkLength(bytes int) error {
	if bytes > 4*b.limits.CellLength {
		return tooLarge("cell_length", b.limits.CellLength, bytes/4)
	}
	return nil
}
