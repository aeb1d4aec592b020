package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"math"
	"path"
	"strings"
)

// Looks reports whether data starts like a zip or like the container of older
// Office files, so that Open says best what it is.
func Looks(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06")) ||
		bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0"))
}

// archive is the zip with its directory checked.
type archive struct {
	parts map[string]*zip.File // by lower-case name without a leading slash
}

// openArchive checks the directory of the zip; nothing is unpacked.
func openArchive(data []byte, l Limits) (*archive, error) {
	if bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")) {
		if bytes.Contains(data, wide("EncryptedPackage")) {
			return nil, &Error{Code: Encrypted}
		}
		return nil, &Error{Code: NotWorkbook, Kind: "xls"}
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		if bytes.Contains(data, []byte("xl/")) || bytes.Contains(data, []byte("[Content_Types].xml")) {
			return nil, damaged("the zip directory cannot be read")
		}
		return nil, &Error{Code: NotWorkbook, Kind: "zip"}
	}
	if len(z.File) > l.Parts {
		return nil, tooLarge("parts", l.Parts, len(z.File))
	}
	a := &archive{parts: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		name := partName(f.Name)
		if _, twice := a.parts[name]; !twice {
			a.parts[name] = f
		}
	}
	if kind := a.kind(); kind != "" {
		return nil, &Error{Code: NotWorkbook, Kind: kind}
	}
	return a, a.checkSizes(z.File, l)
}

// checkSizes compares what the directory says of the sizes with the limits.
// Unpacking holds a part to what is said of it.
func (a *archive) checkSizes(files []*zip.File, l Limits) error {
	var packed, unpacked uint64
	for _, f := range files {
		if f.Flags&1 != 0 {
			return &Error{Code: Encrypted}
		}
		packed += min(f.CompressedSize64, 1<<40)
		unpacked += min(f.UncompressedSize64, 1<<40)
		if err := checkRatio(f.CompressedSize64, f.UncompressedSize64, l); err != nil {
			return err
		}
	}
	if size := int64(min(unpacked, math.MaxInt64)); size > l.UnzipSize {
		return tooLarge("unzip_size", l.UnzipSize, size)
	}
	return checkRatio(packed, unpacked, l)
}

func checkRatio(packed, unpacked uint64, l Limits) error {
	if ratio := int64(min(unpacked/max(packed, 1), math.MaxInt64)); unpacked > ratioFrom && ratio >= l.UnzipRatio {
		return tooLarge("unzip_ratio", l.UnzipRatio, ratio)
	}
	return nil
}

// kind names what a zip is that is no workbook of Excel's XML, empty when it is
// one.
func (a *archive) kind() string {
	has := func(prefix string) bool {
		for name := range a.parts {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		}
		return false
	}
	switch {
	case a.parts["xl/workbook.bin"] != nil:
		return "xlsb"
	case a.parts["xl/workbook.xml"] != nil:
		return ""
	case has("word/"):
		return "docx"
	case has("ppt/"):
		return "pptx"
	case a.parts["mimetype"] != nil && a.parts["content.xml"] != nil:
		return "ods"
	case has("index/") && (has("metadata/") || a.parts["index/document.iwa"] != nil), a.parts["index.zip"] != nil:
		return "numbers"
	case a.parts["[content_types].xml"] != nil && a.parts["_rels/.rels"] != nil:
		return ""
	default:
		return "zip"
	}
}

// read unpacks a part; a part that is not there is an error.
func (a *archive) read(name string) ([]byte, error) {
	f := a.parts[partName(name)]
	if f == nil {
		return nil, damaged("a part is missing")
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged("a part cannot be unpacked: %v", err)
	}
	defer r.Close()
	// The reader of the zip gives no more than the directory says, whose sum
	// was checked; a part that has less is found out by its checksum.
	part, err := io.ReadAll(r)
	if err != nil {
		return nil, damaged("a part cannot be unpacked: %v", err)
	}
	return part, nil
}

// partName brings the name of a part into the form in which parts are kept:
// names differ in case between the programs that write them, some use
// backslashes, some an absolute path.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, "\\", "/")), "/"))
}

// wide gives s in UTF-16, as the older container has its names.
func wide(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}
