package roster

import (
	"slices"
	"strings"
)

// canonLicenses reads the portal's column Licenses, which names products. It
// becomes a user type when it says one; what else it says cannot be written.
func canonLicenses(v string) (string, fault) {
	if isUserType(v) {
		return v, fault{}
	}
	found, other := "", ""
	for item := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune(",;\n|、，；", r) }) {
		t := licenseType(trimSpace(item))
		switch {
		case trimSpace(item) == "" || t == found && t != "":
		case t == "":
			other = trimSpace(item)
		case found == "" || found == typeBasic || found == typeNone:
			found = t // a licence says more than Basic beside it
		case t != typeBasic && t != typeNone:
			return v, unknown(Licenses, v)
		}
	}
	switch {
	case found == "":
		return v, unknown(Licenses, v)
	case other != "":
		return found, fault{code: UnknownLicenses, severity: Warning, params: []string{"name", shorten(other)}}
	default:
		return found, fault{}
	}
}

// licenseType gives the user type that one name of a licence stands for.
func licenseType(item string) string {
	folded := foldHeader(item)
	if t := wordsOf(userTypes(), folded); t != "" {
		return t
	}
	product, ok := "", false
	for _, name := range []string{"zoomworkplace", "workplace", "zoommeetings", "zoommeeting", "zoomone", "meetings"} {
		if product, ok = strings.CutPrefix(folded, name); ok {
			break
		}
	}
	switch {
	case !ok:
		return ""
	case strings.HasPrefix(product, "basic"):
		return typeBasic
	case slices.ContainsFunc([]string{"pro", "business", "enterprise", "education", "licensed", "standard", "premier"}, func(p string) bool {
		return strings.HasPrefix(product, p)
	}):
		return typeLicensed
	default:
		return ""
	}
}

// Values of add-ons that are no capacities.
const (
	addOnOff = "0"
	addOnYes = "yes"
)

// Capacities lists the capacities of an add-on, LargeMeeting or Webinar, in
// rising order; nil for other fields.
func Capacities(f Field) []string {
	switch f {
	case LargeMeeting:
		return []string{"500", "1000", "3000", "5000"}
	case Webinar:
		return []string{"100", "500", "501", "1000", "1001", "3000", "5000", "10000"}
	default:
		return nil
	}
}

// switches are the words that turn an add-on on or off.
func switches() []vocabulary {
	return []vocabulary{
		{addOnYes, []string{
			"y", "true", "on", "x", "enabled", "oui", "vrai", "activé", "activée", "ja", "j", "wahr", "aktiviert", "ein",
			"sí", "verdadero", "activado", "sim", "verdadeiro", "ativado", "sì", "vero", "attivo", "attivato", "waar", "aan", "ingeschakeld",
			"はい", "有", "あり", "有り", "有効", "オン", "vrai", "o",
		}},
		{addOnOff, []string{
			"no", "n", "false", "off", "none", "disabled", "without", "non", "faux", "aucun", "aucune", "désactivé", "désactivée", "sans",
			"nein", "falsch", "keine", "kein", "keiner", "aus", "deaktiviert", "ohne",
			"falso", "ninguno", "ninguna", "desactivado", "sin", "não", "nenhum", "nenhuma", "desativado", "sem",
			"nessuno", "nessuna", "disattivato", "disattivo", "senza", "nee", "onwaar", "geen", "uit", "uitgeschakeld", "zonder",
			"いいえ", "無", "なし", "無し", "無効", "オフ", "n/a",
		}},
	}
}

// canonSwitch reads a cell that is just on or off.
func canonSwitch(f Field, v string) (string, fault) {
	if v == addOnOff || v == addOnYes {
		return v, fault{}
	}
	if v == "1" {
		return addOnYes, fault{}
	}
	if said := canonMark(v); said != "" {
		return said, fault{}
	}
	folded := foldHeader(v)
	if found := wordsOf(switches(), folded); found != "" {
		return found, fault{}
	}
	if f == TranslatedCaptions && namesAddOn(f, folded) {
		return addOnYes, fault{}
	}
	return v, unknown(f, v)
}

// canonMark reads dashes and ticks, empty when v is none.
func canonMark(v string) string {
	if strings.Trim(v, "-–—−") == "" {
		return addOnOff
	}
	switch v {
	case "✓", "✔", "☑", "○", "◯":
		return addOnYes
	case "✗", "✘", "×", "☐":
		return addOnOff
	}
	return ""
}

func canonAddOn(f Field, v string) (string, fault) {
	allowed := Capacities(f)
	if v == addOnOff || v == addOnYes || slices.Contains(allowed, v) {
		return v, fault{}
	}
	if said := canonMark(v); said != "" {
		return said, fault{}
	}
	numbers := capacityNumbers(v)
	if len(numbers) == 0 {
		folded := foldHeader(v)
		if found := wordsOf(switches(), folded); found != "" {
			return found, fault{}
		}
		if !namesAddOn(f, folded) {
			return v, unknown(f, v)
		}
		return addOnYes, fault{} // the portal's Zoom Webinars without a number
	}
	if len(numbers) == 1 && (numbers[0] == addOnOff || slices.Contains(allowed, numbers[0]) || f == ZoomEvents && eventSize(numbers[0])) {
		return numbers[0], fault{}
	}
	return v, unknown(f, v)
}

// eventSize reports whether n may be a capacity of Zoom Events, of which Zoom
// documents no list: at least 100 people, at most 100,000.
func eventSize(n string) bool { return len(n) >= 3 && len(n) <= 5 || n == "100000" }

// namesAddOn reports whether a cell holds just the name of its own add-on.
func namesAddOn(f Field, folded string) bool {
	for _, t := range allHeaderNames() {
		for _, name := range t.names[f] {
			if foldHeader(name) == folded {
				return true
			}
		}
	}
	return false
}

// capacityNumbers finds the numbers of a cell such as "Large Meeting 1,000".
func capacityNumbers(v string) []string {
	var out []string
	for i := 0; i < len(v); {
		if v[i] < '0' || v[i] > '9' {
			i++
			continue
		}
		var digits []byte
		for i < len(v) {
			switch c := v[i]; {
			case c >= '0' && c <= '9':
				digits = append(digits, c)
				i++
				continue
			case strings.IndexByte(", .'", c) >= 0 && len(digits) <= 2 && thousand(v[i+1:]):
				i++
				continue
			}
			break
		}
		n := strings.TrimLeft(string(digits), "0")
		if n == "" {
			n = addOnOff
		}
		out = append(out, n)
	}
	return out
}

// thousand reports whether s starts with exactly three digits.
func thousand(s string) bool {
	for i := range 3 {
		if i >= len(s) || s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 3 || s[3] < '0' || s[3] > '9'
}
