package roster

import (
	_ "embed"
	"slices"
	"strings"
)

// zones are the names of the IANA time zone database, links included, one a
// line and sorted. Every id that Zoom documents is one of them.
//
//go:embed timezones.txt
var zones string

// Timezones lists the ids of time zones, sorted.
func Timezones() []string { return strings.Fields(zones) }

// canonTimezone reads an id in any case and with any blanks, and the spelling
// with blanks for underscores.
func canonTimezone(v string) (string, fault) {
	if isZone(v) {
		return v, fault{}
	}
	squeezed := strings.ReplaceAll(strings.Join(strings.Fields(v), "_"), "_/_", "/")
	squeezed = strings.ReplaceAll(strings.ReplaceAll(squeezed, "/_", "/"), "_/", "/")
	for z := range strings.FieldsSeq(zones) {
		if len(z) == len(squeezed) && strings.EqualFold(z, squeezed) {
			return z, fault{}
		}
	}
	return v, fault{code: UnknownTimezone, severity: Error, suggestion: suggestZone(v)}
}

func isZone(v string) bool {
	if v == "" || strings.ContainsAny(v, " \n\r\t") {
		return false
	}
	i := strings.Index(zones, "\n"+v+"\n")
	return i >= 0
}

// suggestZone gives the zone that a text probably means: its city, or an id
// with a few slips.
func suggestZone(v string) string {
	folded := foldHeader(v)
	if folded == "" || len(v) > 100 {
		return ""
	}
	if bareOffset(folded) {
		// An offset is no zone, and the zones whose names look like one count the other way round.
		return ""
	}
	all := Timezones()
	if z := windowsZone(folded); z != "" {
		return z
	}
	// (UTC+01:00) Brussels, Copenhagen, Madrid, Paris: the first city that is
	// the name of a zone.
	text := v
	if _, after, ok := strings.Cut(v, ")"); ok && after != "" {
		text = after
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;/&()", r) }) {
		if city := foldHeader(part); city != "" {
			for _, z := range all {
				if area := strings.LastIndexByte(z, '/'); area >= 0 && foldHeader(z[area+1:]) == city {
					return z
				}
			}
		}
	}
	names := make([]string, len(all))
	for i, z := range all {
		names[i] = foldHeader(z)
	}
	if best := nearestWithin(folded, names, 1); len(best) > 0 {
		return all[slices.Index(names, best[0])]
	}
	return ""
}

// bareOffset reports whether a folded text is nothing but a distance from UTC, such as GMT+1 or +01:00.
func bareOffset(folded string) bool {
	rest := strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(folded, "gmt"), "utc"), "+")
	return rest != "" && strings.Trim(rest, "0123456789") == ""
}

// windowsZone translates the names that Windows directories use most, folded.
func windowsZone(folded string) string {
	switch folded {
	case "romancestandardtime":
		return "Europe/Paris"
	case "weuropestandardtime":
		return "Europe/Berlin"
	case "centraleuropestandardtime":
		return "Europe/Budapest"
	case "centraleuropeanstandardtime":
		return "Europe/Warsaw"
	case "gmtstandardtime", "britishsummertime":
		return "Europe/London"
	case "gtbstandardtime":
		return "Europe/Bucharest"
	case "flestandardtime":
		return "Europe/Kiev"
	case "russianstandardtime":
		return "Europe/Moscow"
	case "easternstandardtime", "easterntime":
		return "America/New_York"
	case "centralstandardtime", "centraltime":
		return "America/Chicago"
	case "mountainstandardtime", "mountaintime":
		return "America/Denver"
	case "usmountainstandardtime":
		return "America/Phoenix"
	case "pacificstandardtime", "pacifictime":
		return "America/Los_Angeles"
	case "atlanticstandardtime":
		return "America/Halifax"
	case "esouthamericastandardtime":
		return "America/Sao_Paulo"
	case "argentinastandardtime":
		return "America/Buenos_Aires"
	case "tokyostandardtime", "japanstandardtime", "jst":
		return "Asia/Tokyo"
	case "koreastandardtime":
		return "Asia/Seoul"
	case "chinastandardtime":
		return "Asia/Shanghai"
	case "singaporestandardtime":
		return "Asia/Singapore"
	case "indiastandardtime", "ist":
		return "Asia/Kolkata"
	case "arabianstandardtime":
		return "Asia/Dubai"
	case "israelstandardtime":
		return "Asia/Jerusalem"
	case "auseasternstandardtime":
		return "Australia/Sydney"
	case "newzealandstandardtime":
		return "Pacific/Auckland"
	case "southafricastandardtime":
		return "Africa/Johannesburg"
	default:
		return ""
	}
}
