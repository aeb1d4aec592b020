package roster

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// spliceBytes applies edits to the bytes of a file. Their places are in its
// text less the first head bytes. It reports false when that cannot be done in
// the encoding of the file.
func spliceBytes(data []byte, d decoded, head int, edits []edit) ([]byte, bool) {
	c := newCodec(data, d)
	if c.step == nil {
		return nil, false
	}
	out := make([]byte, 0, len(data)+1024)
	at, text, byteAt := 0, 0, c.start
	// to walks to a place in the text; what stands there without being a
	// character, such as an escape sequence, is passed over when past is set.
	to := func(place int, past bool) bool {
		for byteAt < len(data) {
			if text >= place && !past {
				break
			}
			src, dst := c.step(data[byteAt:])
			if text >= place && dst > 0 {
				break
			}
			if src == 0 {
				return false
			}
			byteAt += src
			text += dst
		}
		return text == place
	}
	for _, e := range edits {
		// A cell that is added comes after everything of the one before.
		if !to(head+e.from, e.from == e.to) {
			return nil, false
		}
		out = append(out, data[at:byteAt]...)
		value, ok := c.encode(e.text)
		if !ok || !to(head+e.to, true) {
			return nil, false
		}
		out = append(out, value...)
		at = byteAt
	}
	return append(out, data[at:]...), true
}

// codec goes through the bytes of a file one character at a time.
type codec struct {
	start  int // after the byte order mark
	step   func(rest []byte) (src, dst int)
	encode func(s string) ([]byte, bool)
}

func newCodec(data []byte, d decoded) codec {
	switch d.encoding {
	case "utf-8", "utf-8-bom":
		c := codec{step: stepUTF8, encode: func(s string) ([]byte, bool) { return []byte(s), true }}
		if bytes.HasPrefix(data, []byte("\uFEFF")) {
			c.start = 3
		}
		return c
	case "utf-16le":
		return utf16Codec(data, binary.LittleEndian)
	case "utf-16be":
		return utf16Codec(data, binary.BigEndian)
	}
	enc := encodingNamed(d.encoding)
	if enc == nil {
		return codec{}
	}
	c := codec{encode: func(s string) ([]byte, bool) {
		b, err := enc.NewEncoder().Bytes([]byte(s))
		return b, err == nil
	}}
	if cm, ok := enc.(*charmap.Charmap); ok {
		c.step = func(rest []byte) (src, dst int) {
			r := cm.DecodeByte(rest[0])
			if rest[0] >= 0x80 && unicode.IsControl(r) {
				r = utf8.RuneError // as decodeCharmap has it
			}
			return 1, utf8.RuneLen(r)
		}
		return c
	}
	decoder := enc.NewDecoder()
	var buf [64]byte
	c.step = func(rest []byte) (src, dst int) {
		for n := 1; n <= min(len(rest), 8); n++ {
			// An error says no more than that n is too small.
			if dst, src, _ = decoder.Transform(buf[:], rest[:n], n == len(rest)); src > 0 {
				return src, dst
			}
		}
		return 0, 0
	}
	return c
}

// encodingNamed gives the encoding by the name that decode has for it.
func encodingNamed(name string) encoding.Encoding {
	if name == "ibm850" {
		return charmap.CodePage850
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return enc
}

// stepUTF8 takes a run of bytes that are no UTF-8 as one character, as decode
// does.
func stepUTF8(rest []byte) (src, dst int) {
	for src < len(rest) {
		r, n := utf8.DecodeRune(rest[src:])
		if r != utf8.RuneError || n > 1 {
			if src == 0 {
				return n, n
			}
			break
		}
		src++
	}
	return src, len("\uFFFD")
}

// byteOrder is what both orders of encoding/binary are.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func utf16Codec(data []byte, order byteOrder) codec {
	c := codec{
		step: func(rest []byte) (src, dst int) {
			if len(rest) < 2 {
				return len(rest), len("\uFFFD")
			}
			r := rune(order.Uint16(rest))
			if !utf16.IsSurrogate(r) {
				return 2, utf8.RuneLen(r)
			}
			if len(rest) >= 4 {
				if pair := utf16.DecodeRune(r, rune(order.Uint16(rest[2:]))); pair != utf8.RuneError {
					return 4, utf8.RuneLen(pair)
				}
			}
			return 2, len("\uFFFD")
		},
		encode: func(s string) ([]byte, bool) {
			var out []byte
			for _, u := range utf16.Encode([]rune(s)) {
				out = order.AppendUint16(out, u)
			}
			return out, strings.ToValidUTF8(s, "") == s
		},
	}
	// decode drops a byte order mark and, after it, one more character of the
	// same kind.
	for range 2 {
		if len(data) >= c.start+2 && order.Uint16(data[c.start:]) == 0xfeff {
			c.start += 2
		}
	}
	return c
}
