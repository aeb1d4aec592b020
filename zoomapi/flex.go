package zoomapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The types in this file decode what Zoom and its stand-ins really send where
// the documentation names one JSON type: numbers as strings, strings as
// numbers, null, and lists joined by commas.

// flexString accepts a string, number, boolean or null.
type flexString string

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flexString) UnmarshalJSON(data []byte) error {
	text, ok := scalar(data)
	if !ok {
		return fmt.Errorf("want a text, have %s", shape(data))
	}
	*f = flexString(text)
	return nil
}

// flexInt accepts a number, a number in a string, a boolean, "" or null.
// Numbers with a fraction are cut, as JavaScript may print integers that way.
type flexInt int64

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flexInt) UnmarshalJSON(data []byte) error {
	text, ok := scalar(data)
	if !ok {
		return fmt.Errorf("want a number, have %s", shape(data))
	}
	n, err := parseInt(strings.TrimSpace(text))
	if err != nil {
		return err
	}
	*f = flexInt(n)
	return nil
}

func parseInt(text string) (int64, error) {
	switch text {
	case "", "false":
		return 0, nil
	case "true":
		return 1, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x >= math.MaxInt64 || x <= math.MinInt64 {
		return 0, fmt.Errorf("want a number, have a text of %d bytes", len(text))
	}
	return int64(x), nil
}

// flexBool accepts a boolean, a number, "true", "false", "", or null.
type flexBool bool

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flexBool) UnmarshalJSON(data []byte) error {
	text, ok := scalar(data)
	if !ok {
		return fmt.Errorf("want true or false, have %s", shape(data))
	}
	n, err := parseInt(strings.ToLower(strings.TrimSpace(text)))
	if err != nil {
		return err
	}
	*f = n != 0
	return nil
}

// flexStrings accepts a list of scalars, one text with commas, or null.
// Empty elements are dropped.
type flexStrings []string

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flexStrings) UnmarshalJSON(data []byte) error {
	*f = nil
	if text, ok := scalar(data); ok {
		for s := range strings.SplitSeq(text, ",") {
			f.add(s)
		}
		return nil
	}
	var list []flexString
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	for _, s := range list {
		f.add(string(s))
	}
	return nil
}

func (f *flexStrings) add(s string) {
	if s = strings.TrimSpace(s); s != "" {
		*f = append(*f, s)
	}
}

// flexInts accepts what [flexStrings] does, with numbers.
type flexInts []int

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flexInts) UnmarshalJSON(data []byte) error {
	var list flexStrings
	if err := list.UnmarshalJSON(data); err != nil {
		return err
	}
	*f = nil
	for _, s := range list {
		n, err := parseInt(s)
		if err != nil {
			return err
		}
		*f = append(*f, int(n))
	}
	return nil
}

// scalar returns the text of a JSON scalar, "" for null.
func scalar(data []byte) (string, bool) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return "", false
	}
	switch data[0] {
	case '{', '[':
		return "", false
	case '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return "", false
		}
		return s, true
	}
	if string(data) == "null" {
		return "", true
	}
	return string(data), true
}

// shape names the kind of a JSON value without its content.
func shape(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '{' {
		return "an object"
	}
	if len(data) > 0 && data[0] == '[' {
		return "a list"
	}
	return "something else"
}
