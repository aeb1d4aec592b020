package workbook

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/htmlindex"
)

// errEnough ends a walk early.
var errEnough = errors.New("enough seen")

// visitor sees the tokens of a part. Each func may be nil.
type visitor struct {
	start func(e xml.StartElement, depth int) error
	text  func(text []byte) error
	end   func(name string) error
}

// walk goes through a whole part and makes sure that it is well formed, not
// deeper than maxDepth and has no DTD. It takes the elements off the budget.
func walk(part []byte, budget *int, v visitor) error {
	d := xml.NewDecoder(bytes.NewReader(part))
	d.CharsetReader = charsetReader
	depth, elements := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if elements == 0 {
				return damaged("a part is empty")
			}
			return nil
		}
		if err != nil {
			return damaged("a part is not well formed")
		}
		switch e := token.(type) {
		case xml.StartElement:
			depth++
			elements++
			if *budget--; *budget < 0 {
				return tooLarge("elements", elements-1, elements)
			}
			if depth > maxDepth {
				return damaged("elements are nested too deep")
			}
			if v.start != nil {
				err = v.start(e, depth)
			}
		case xml.EndElement:
			depth--
			if v.end != nil {
				err = v.end(e.Name.Local)
			}
		case xml.CharData:
			if v.text != nil {
				err = v.text(e)
			}
		case xml.Directive:
			err = damaged("a part has a document type")
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// charsetReader reads parts that are not in UTF-8, which is rare but allowed.
func charsetReader(label string, r io.Reader) (io.Reader, error) {
	enc, err := htmlindex.Get(label)
	if err != nil {
		return nil, fmt.Errorf("read a part in %q: %w", label, err)
	}
	return enc.NewDecoder().Reader(r), nil
}

// attr gives the value of an attribute by its local name.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
