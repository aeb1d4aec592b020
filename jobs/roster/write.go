package roster

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteOptions say how a CSV is written.
type WriteOptions struct {
	// Delimiter separates cells; 0 means a comma. It must be ASCII.
	Delimiter rune
	// BOM starts the file with the UTF-8 byte order mark, without which
	// spreadsheets garble accents.
	BOM bool
	// FormulaSafe puts an apostrophe before every cell that a spreadsheet
	// would run: those that start with = + - @, a tab or a CR, and those that
	// start so after apostrophes of their own. Read takes one apostrophe away
	// again.
	FormulaSafe bool
}

// Write writes a header and records as CSV: UTF-8, CRLF, quotes only where one
// of the delimiters that Read knows, a quote or a line break needs them.
// Records may be of any width. Reading the result back gives the same cells,
// with and without FormulaSafe; only records of nothing but blanks are lost.
func Write(w io.Writer, header []string, records [][]string, opts WriteOptions) error {
	delim := opts.Delimiter
	if delim == 0 {
		delim = ','
	}
	if delim >= utf8.RuneSelf || delim == '"' || delim == '\n' || delim == '\r' {
		return fmt.Errorf("write roster: %q cannot be a delimiter", delim)
	}
	b := bufio.NewWriter(w)
	if opts.BOM {
		b.WriteString("\uFEFF") //nolint:errcheck // Flush reports it.
	}
	special := ",;\t|\"\r\n" + string(delim)
	if len(header) > 0 {
		writeRecord(b, header, byte(delim), special, opts.FormulaSafe)
	}
	for _, r := range records {
		writeRecord(b, r, byte(delim), special, opts.FormulaSafe)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write roster: %w", err)
	}
	return nil
}

// writeRecord leaves errors to the Flush of its caller.
func writeRecord(b *bufio.Writer, cells []string, delim byte, special string, safe bool) {
	for i, c := range cells {
		if i > 0 {
			_ = b.WriteByte(delim)
		}
		if needsGuard(c, safe) {
			c = "'" + c
		}
		if !strings.ContainsAny(c, special) && (c != "" || len(cells) > 1) {
			_, _ = b.WriteString(c)
			continue
		}
		_ = b.WriteByte('"')
		for {
			q := strings.IndexByte(c, '"')
			if q < 0 {
				break
			}
			_, _ = b.WriteString(c[:q+1])
			_ = b.WriteByte('"')
			c = c[q+1:]
		}
		_, _ = b.WriteString(c)
		_ = b.WriteByte('"')
	}
	_, _ = b.WriteString("\r\n")
}

// needsGuard reports whether a cell gets an apostrophe: when it would run as a
// formula and that is to be prevented, and always when Read would take the
// apostrophe that it has by itself for one of ours.
func needsGuard(c string, safe bool) bool {
	if c == "" {
		return false
	}
	if !runsAfterApostrophes(c) {
		return false
	}
	return safe || c[0] == '\''
}

// runsAfterApostrophes reports whether c, less its leading apostrophes, starts
// like a formula.
func runsAfterApostrophes(c string) bool {
	switch c[0] {
	case '\'':
		c = strings.TrimLeft(c, "'")
		if c == "" {
			return false
		}
	case '=', '+', '-', '@', '\t', '\r':
		return true
	}
	switch c[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return true
	}
	r, _ := utf8.DecodeRuneInString(c)
	return r == '＝' || r == '＋' || r == '－' || r == '＠'
}

// unguard takes the apostrophe of a formula-safe cell away.
func unguard(c string) (string, bool) {
	if len(c) < 2 || c[0] != '\'' || !runsAfterApostrophes(c) {
		return c, false
	}
	return c[1:], true
}

// TemplateFields lists the columns of a template, in the portal's order.
func TemplateFields() []Field {
	return []Field{Email, FirstName, LastName, Department, Manager, UserGroup, ChatGroup, JobTitle, Location}
}

// Template gives a file to fill in: the header in a language (a tag such as
// fr-CA will do; English when it is not known) and one example row. It starts
// with a byte order mark and uses the delimiter that spreadsheets of that
// language expect.
func Template(language string) []byte {
	language, _, _ = strings.Cut(strings.ToLower(strings.ReplaceAll(language, "_", "-")), "-")
	delim := ';'
	switch language {
	case "fr", "de", "es", "pt", "it", "nl":
	case "ja":
		delim = ','
	default:
		language, delim = "en", ','
	}
	var header []string
	for _, f := range TemplateFields() {
		header = append(header, HeaderName(f, language))
	}
	var b strings.Builder
	// A strings.Builder does not fail.
	_ = Write(&b, header, [][]string{exampleRow(language)}, WriteOptions{Delimiter: delim, BOM: true})
	return []byte(b.String())
}

// exampleRow is made up, in the order of TemplateFields.
func exampleRow(language string) []string {
	switch language {
	case "fr":
		return []string{"camille.martin@example.com", "Camille", "Martin", "Ventes", "chef.ventes@example.com", "Ventes; Formation", "Ventes Europe", "Ingénieure commerciale", "Lyon"}
	case "de":
		return []string{"jana.becker@example.com", "Jana", "Becker", "Vertrieb", "leitung@example.com", "Vertrieb; Schulung", "Vertrieb Europa", "Kundenberaterin", "München"}
	case "es":
		return []string{"lucia.gomez@example.com", "Lucía", "Gómez", "Ventas", "jefe@example.com", "Ventas; Formación", "Ventas Europa", "Asesora comercial", "Sevilla"}
	case "pt":
		return []string{"ines.souza@example.com", "Inês", "Souza", "Vendas", "gerente@example.com", "Vendas; Treinamento", "Vendas Europa", "Analista comercial", "São Paulo"}
	case "it":
		return []string{"giulia.conti@example.com", "Giulia", "Conti", "Vendite", "capo@example.com", "Vendite; Formazione", "Vendite Europa", "Consulente", "Torino"}
	case "nl":
		return []string{"sanne.devries@example.com", "Sanne", "de Vries", "Verkoop", "leiding@example.com", "Verkoop; Training", "Verkoop Europa", "Consulent", "Utrecht"}
	case "ja":
		return []string{"hanako.sato@example.com", "花子", "佐藤", "営業部", "kacho@example.com", "営業; 研修", "営業チーム", "主任", "大阪"}
	default:
		return []string{"jane.doe@example.com", "Jane", "Doe", "Sales", "head.of.sales@example.com", "Sales; Training", "Sales Europe", "Account executive", "Leeds"}
	}
}
