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
