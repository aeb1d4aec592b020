package roster

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// customPrefix starts the key of a custom attribute's column.
const customPrefix = "custom:"

// customHeader starts the header of a custom attribute's column, in every
// language.
const customHeader = "Custom: "

// CustomField is the column of the attribute that an account calls name. Names
// that differ in blanks, invisible characters or the way accents are composed
// only are one field.
func CustomField(name string) Field { return customPrefix + Field(customName(name)) }

// Custom gives the name of a custom attribute; ok is false for other fields.
func (f Field) Custom() (name string, ok bool) {
	s, ok := strings.CutPrefix(string(f), customPrefix)
	return s, ok && s != ""
}

// isCustom is Custom without the name.
func (f Field) isCustom() bool {
	return len(f) > len(customPrefix) && f[:len(customPrefix)] == customPrefix
}

// customName is what a header makes of the name of an attribute.
func customName(name string) string {
	if name = headerText(name); !norm.NFC.IsNormalString(name) {
		name = norm.NFC.String(name)
	}
	return name
}

// customOf recognises the header of a custom attribute, empty when it is none.
func customOf(header string) Field {
	word, name, ok := strings.Cut(header, ":")
	if wide, rest, found := strings.Cut(header, "："); found && (!ok || len(wide) < len(word)) {
		word, name, ok = wide, rest, true
	}
	if !ok || len(word) > 40 || strings.TrimSpace(name) == "" {
		return ""
	}
	switch foldHeader(word) {
	case "custom", "customattribute", "customfield", // en
		"personnalise", "attributpersonnalise", "champpersonnalise", // fr
		"benutzerdefiniert", "eigenesfeld", // de
		"personalizado", "atributopersonalizado", "campopersonalizado", // es, pt
		"personalizzato", "attributopersonalizzato", "campopersonalizzato", // it
		"aangepast", "aangepastveld", // nl
		"カスタム", "カスタム属性", "カスタムフィールト": // ja, folded
		if f := CustomField(name); f.isCustom() {
			return f
		}
	}
	return ""
}
