package roster

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
)

// decoded is the file as text. Bytes that the encoding does not have stand in
// it as U+FFFD.
type decoded struct {
	text     string
	encoding string
	replaced bool // some U+FFFD come from this decoding, not from the file
}

// decode finds out the encoding and decodes. Marks come first, then UTF-16 by
// its zeros, then UTF-8, which real text of another encoding never happens to
// be, and only then guesses.
func decode(data []byte) (decoded, *RefusedError) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(data, []byte{0, 0, 0xfe, 0xff}):
		return decoded{}, refuse(Undecodable, "encoding", "utf-32")
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		d, ok := decodeUTF8(data[3:], true)
		if !ok {
			return decoded{}, refuse(Undecodable, "encoding", "utf-8-bom")
		}
		d.encoding = "utf-8-bom"
		return d, nil
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return decodeUTF16(data[2:], binary.LittleEndian, "utf-16le"), nil
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return decodeUTF16(data[2:], binary.BigEndian, "utf-16be"), nil
	}
	if kind := foreignFormat(data); kind != "" {
		return decoded{}, refuse(NotCSV, "kind", kind)
	}
	if bytes.IndexByte(data[:min(len(data), 4096)], 0) >= 0 {
		switch zeros(data) {
		case 1:
			return decodeUTF16(data, binary.LittleEndian, "utf-16le"), nil
		case 0:
			return decodeUTF16(data, binary.BigEndian, "utf-16be"), nil
		}
	}
	if manyControls(data) {
		return decoded{}, refuse(NotCSV, "kind", "binary")
	}
	if bytes.Contains(data, []byte("\x1b$")) && utf8.Valid(data) {
		if d, ok := decodeWith(data, japanese.ISO2022JP, "iso-2022-jp"); ok && !d.replaced {
			return d, nil
		}
	}
	if d, ok := decodeUTF8(data, false); ok {
		return d, nil
	}
	return decodeGuessed(data)
}

// zeros tells UTF-16 without a mark by the side on which the zero bytes of
// Latin letters, delimiters and line breaks stand: 1 little endian, 0 big
// endian, -1 not UTF-16.
func zeros(data []byte) int {
	if len(data)%2 != 0 {
		return -1
	}
	head := data[:min(len(data), 8192)]
	var n [2]int
	for i, c := range head {
		if c == 0 {
			n[i&1]++
		}
	}
	switch {
	case n[1] >= 2 && n[0]*20 <= n[1]:
		return 1
	case n[0] >= 2 && n[1]*20 <= n[0]:
		return 0
	default:
		return -1
	}
}

// manyControls reports whether data has more control characters than any text.
func manyControls(data []byte) bool {
	head := data[:min(len(data), 8192)]
	n := 0
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != 0x1b && c != 0x0b && c != 0x0c || c == 0x7f {
			n++
		}
	}
	return n > 4 && n*50 > len(head)
}

// foreignFormat names the format of files that people post by mistake.
func foreignFormat(data []byte) string {
	has := func(prefix string) bool { return bytes.HasPrefix(data, []byte(prefix)) }
	head := data[:min(len(data), 4096)]
	switch {
	case has("PK\x03\x04"), has("PK\x05\x06"):
		switch {
		case bytes.Contains(head, []byte("[Content_Types].xml")), bytes.Contains(head, []byte("xl/")), bytes.Contains(data, []byte("xl/workbook.xml")):
			return "xlsx"
		case bytes.Contains(head, []byte("opendocument.spreadsheet")):
			return "ods"
		case bytes.Contains(head, []byte("Index/")):
			return "numbers"
		default:
			return "zip"
		}
	case has("\xd0\xcf\x11\xe0"):
		return "xls"
	case has("%PDF-"):
		return "pdf"
	case has(`{\rtf`):
		return "rtf"
	case has("\x1f\x8b"):
		return "gzip"
	case has("\x89PNG"), has("\xff\xd8\xff"), has("GIF8"):
		return "image"
	}
	text := bytes.ToLower(bytes.TrimLeft(head, " \t\r\n"))
	switch {
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<table")):
		return "html"
	case bytes.HasPrefix(text, []byte("<?xml")):
		return "xml"
	case bytes.HasPrefix(text, []byte("{")) && bytes.ContainsAny(text, ":}"), bytes.HasPrefix(text, []byte("[{")), bytes.HasPrefix(text, []byte("[[")):
		return "json"
	}
	return ""
}

// decodeUTF8 takes UTF-8 and also text that is UTF-8 but for a few bytes.
func decodeUTF8(data []byte, marked bool) (decoded, bool) {
	if utf8.Valid(data) {
		return decoded{text: string(data), encoding: "utf-8"}, true
	}
	good, bad := 0, 0
	for b := data; len(b) > 0; {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		b = b[n:]
	}
	if bad > good && !marked {
		return decoded{}, false
	}
	return decoded{strings.ToValidUTF8(string(data), "\uFFFD"), "utf-8", true}, true
}

func decodeUTF16(data []byte, order binary.ByteOrder, name string) decoded {
	d := decoded{encoding: name}
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	var b strings.Builder
	b.Grow(len(units))
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			pair := utf8.RuneError
			if i+1 < len(units) {
				pair = utf16.DecodeRune(r, rune(units[i+1]))
			}
			if pair == utf8.RuneError {
				d.replaced = true
			} else {
				i++
			}
			r = pair
		}
		if r == 0xfeff && i == 0 {
			continue
		}
		b.WriteRune(r)
	}
	if len(data)%2 != 0 {
		d.replaced = true
		b.WriteRune(utf8.RuneError)
	}
	d.text = b.String()
	return d
}

// decodeWith decodes strictly enough to tell whether anything was replaced.
func decodeWith(data []byte, enc encoding.Encoding, name string) (decoded, bool) {
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return decoded{}, false
	}
	text := string(out)
	return decoded{text, name, strings.ContainsRune(text, utf8.RuneError)}, true
}

// decodeGuessed decodes text that is not Unicode. The guess is made by what
// the bytes would mean, see guess; chardet is asked only about text that is
// dense with high bytes, where it is good, and never about a few accents,
// where it is not.
func decodeGuessed(data []byte) (decoded, *RefusedError) {
	sample := sampleHigh(data)
	name, enc := guess(sample)
	if cm, ok := enc.(*charmap.Charmap); ok {
		return decodeCharmap(data, cm, name), nil
	}
	d, ok := decodeWith(data, enc, name)
	if !ok {
		return decoded{}, refuse(Undecodable, "encoding", name)
	}
	return d, nil
}

func decodeCharmap(data []byte, cm *charmap.Charmap, name string) decoded {
	d := decoded{encoding: name}
	var b strings.Builder
	b.Grow(len(data) + len(data)/8)
	for _, c := range data {
		r := cm.DecodeByte(c)
		if c >= 0x80 && unicode.IsControl(r) {
			r = utf8.RuneError // 0x81 in Windows-1252
		}
		if r == utf8.RuneError {
			d.replaced = true
		}
		b.WriteRune(r)
	}
	d.text = b.String()
	return d
}

// sampleHigh gives the part of data that says something about the encoding:
// high bytes with a few bytes on either side, up to 32 KiB.
func sampleHigh(data []byte) []byte {
	const limit = 32 << 10
	if len(data) <= limit {
		return data
	}
	var out []byte
	for i := 0; i < len(data) && len(out) < limit; i++ {
		if data[i] < 0x80 {
			continue
		}
		from, to := max(0, i-4), i
		for to < len(data) && to-i < 256 && data[to] != '\n' && data[to] != '\r' {
			to++
		}
		out = append(out, data[from:to]...)
		out = append(out, '\n')
		i = to
	}
	return out
}

// guess chooses the encoding of text that is not Unicode. Windows-1252 wins
// unless another one makes clearly more sense.
func guess(data []byte) (string, encoding.Encoding) {
	if dense(data) {
		if s, ok := shiftJISScore(data); ok && s*4 > len(data)/8 {
			return "shift_jis", japanese.ShiftJIS
		}
		if name, enc := askDetector(data); enc != nil {
			return name, enc
		}
	}
	name, enc := "windows-1252", encoding.Encoding(charmap.Windows1252)
	best := latinScore(data, charmap.Windows1252) + 2
	for _, c := range []struct {
		name string
		cm   *charmap.Charmap
	}{
		{"macintosh", charmap.Macintosh}, {"ibm850", charmap.CodePage850}, {"windows-1250", charmap.Windows1250},
	} {
		if s := latinScore(data, c.cm); s > best {
			name, enc, best = c.name, c.cm, s
		}
	}
	if s, ok := shiftJISScore(data); ok && s > best {
		return "shift_jis", japanese.ShiftJIS
	}
	return name, enc
}

// latinScore says how well data reads as a Western European text in cm.
func latinScore(data []byte, cm *charmap.Charmap) int {
	score := 0
	for i, c := range data {
		if c < 0x80 {
			continue
		}
		before, after := ' ', ' '
		if i > 0 {
			before = cm.DecodeByte(data[i-1])
		}
		if i+1 < len(data) {
			after = cm.DecodeByte(data[i+1])
		}
		score += latinWeight(cm.DecodeByte(c), before, after, cm == charmap.Windows1250)
	}
	return score
}

func latinWeight(r, before, after rune, eastern bool) int {
	inWord := unicode.IsLetter(before) && unicode.IsLetter(after)
	switch {
	case r == utf8.RuneError || unicode.IsControl(r):
		return -6
	case unicode.IsUpper(r) && (unicode.IsLower(before) || (unicode.IsLetter(before) && unicode.IsLower(after))):
		return -3 // a capital inside a word
	case strings.ContainsRune("éèêëàâäáãåçîïíìôöóòõøùûüúñßæœÿ", r),
		eastern && strings.ContainsRune("ąćęłńśźżčďěňřšťůýžőű", r):
		if unicode.IsUpper(before) && unicode.IsUpper(after) {
			return -1
		}
		return 2
	case strings.ContainsRune("ÉÈÊËÀÂÄÁÃÅÇÎÏÍÔÖÓÕØÙÛÜÚÑÆŒŸ", r),
		eastern && strings.ContainsRune("ĄĆĘŁŃŚŹŻČĎŇŘŠŤŮŽŐŰ", r):
		return 2
	case r == '’':
		return 2
	case strings.ContainsRune("‘“«", r) && unicode.IsLetter(before), r == 'ƒ':
		return -3
	case strings.ContainsRune("“”‘–—…€«»°·•ªº\u00a0", r):
		if inWord {
			return -2
		}
		return 1
	case unicode.IsLetter(r):
		return -1 // possible, but rare
	case inWord:
		return -4
	default:
		return -2
	}
}

// shiftJISScore says how well data reads as Japanese; ok is false when it
// cannot be Shift_JIS.
func shiftJISScore(data []byte) (score int, ok bool) {
	d, ok := decodeWith(data, japanese.ShiftJIS, "shift_jis")
	if !ok {
		return 0, false
	}
	runes := []rune(d.text)
	isJapanese := func(r rune) bool {
		return r < 0xff00 && (unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) || r == 'ー' || r == '・')
	}
	for i, r := range runes {
		if r < utf8.RuneSelf {
			continue
		}
		before, after := ' ', ' '
		if i > 0 {
			before = runes[i-1]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		latin := func(r rune) bool { return r < utf8.RuneSelf && unicode.IsLetter(r) }
		switch {
		case r == utf8.RuneError:
			score -= 8
		case isJapanese(r) && (latin(before) || latin(after)):
			score -= 3
		case isJapanese(r) && (isJapanese(before) || isJapanese(after)):
			score += 4
		case isJapanese(r):
			score++
		case r > 0xff00 && r < 0xff5f:
			score++
		case r > 0xff60 && r < 0xffa0:
			score-- // half-width kana: possible, but what Chinese looks like
		default:
			score--
		}
	}
	return score, true
}

// dense reports whether high bytes mostly stand side by side, as in scripts
// other than Latin.
func dense(data []byte) bool {
	high, beside := 0, 0
	for i, c := range data {
		if c < 0x80 {
			continue
		}
		high++
		if (i > 0 && data[i-1] >= 0x80) || (i+1 < len(data) && data[i+1] >= 0x80) {
			beside++
		}
	}
	return high >= 6 && beside*10 >= high*6
}

// askDetector asks chardet and takes a confident answer under which every byte
// has a meaning.
func askDetector(data []byte) (string, encoding.Encoding) {
	for _, r := range chardet.DetectAll(data) {
		if r.Confidence < 0.6 {
			continue
		}
		enc, err := htmlindex.Get(strings.ToLower(r.Encoding))
		if err != nil {
			continue
		}
		if d, ok := decodeWith(data, enc, ""); !ok || strings.Count(d.text, "\uFFFD")*50 > len(data) {
			continue
		}
		name, err := htmlindex.Name(enc)
		if err != nil || !otherScript(name) {
			continue
		}
		return name, enc
	}
	return "", nil
}

// otherScript reports whether an encoding is for another script than Latin.
// For Latin ones the detector's answers are worse than latinScore.
func otherScript(name string) bool {
	switch name {
	case "gbk", "gb18030", "big5", "euc-jp", "euc-kr", "shift_jis", "windows-1251", "koi8-r", "koi8-u", "iso-8859-5",
		"ibm866", "x-mac-cyrillic", "windows-1253", "iso-8859-7", "windows-1255", "iso-8859-8", "windows-1256",
		"iso-8859-6", "windows-874":
		return true
	default:
		return false
	}
}

// windows1252Byte gives the byte of r in Windows-1252, with the five bytes
// that it leaves undefined standing for themselves.
func windows1252Byte(r rune) (byte, bool) {
	if c, ok := charmap.Windows1252.EncodeRune(r); ok {
		return c, true
	}
	switch r {
	case 0x81, 0x8d, 0x8f, 0x90, 0x9d:
		return byte(r), true
	default:
		return 0, false
	}
}
