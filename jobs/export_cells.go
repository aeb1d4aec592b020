package jobs

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// exportCell is what a file says of somebody in a column, so that an update reads it as what the account has. What the
// account does not have, and what was not read, is a blank cell: that changes nothing.
func exportCell(f roster.Field, a *plan.Account, u *zoomapi.User, roles map[string]string) string {
	cell, read := a.Cell(u, f)
	_, settings := a.Features[plan.Key(u.Email)]
	if !read || (!settings && slices.Contains(addOnColumns(), f)) {
		cell = ""
	}
	if !roster.Importable(f) {
		cell = note(noteValue(f, u, roles))
	}
	return strings.ToValidUTF8(roster.EscapeCell(f, cell), "\uFFFD")
}

// note makes a text harmless that is only for people to read: nobody compares it, so what a reader of the file would take for
// damage may go.
func note(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	if strings.HasPrefix(strings.TrimSpace(s), "#") || strings.Contains(strings.ToUpper(s), "E+") {
		// What a spreadsheet leaves of a formula that failed, or of a long number.
		return strings.NewReplacer("#", "", "E+", "E", "e+", "e").Replace(s)
	}
	return s
}

// noteValue is what the account has in a field that only an export shows.
func noteValue(f roster.Field, u *zoomapi.User, roles map[string]string) string {
	switch f { //nolint:exhaustive // The others are what an update reads; see exportCell.
	case roster.Role:
		return orDefault(roles[u.RoleID], u.RoleName)
	case roster.UserStatus:
		return u.Status
	case roster.LastLogin:
		return moment(u.LastLoginTime, time.DateTime)
	case roster.CreationDate:
		return moment(createdAt(u), time.DateOnly)
	case roster.LastClientVersion:
		return u.LastClientVersion
	case roster.LoginType:
		return loginTypes(u.LoginTypes)
	case roster.PMI:
		if u.PMI != 0 {
			return strconv.FormatInt(u.PMI, 10)
		}
	case roster.UserID:
		return u.ID
	case roster.EmployeeID:
		return u.EmployeeUniqueID
	case roster.Verified:
		if u.Verified != 0 {
			return "yes"
		}
		return "no"
	}
	return ""
}

// attributesOf are the custom attributes that somebody has, by key.
func attributesOf(people []zoomapi.User) []plan.Attribute {
	var out []plan.Attribute
	seen := make(map[plan.Attribute]bool)
	for i := range people {
		for _, v := range people[i].CustomAttributes {
			if a := (plan.Attribute{Key: v.Key, Name: v.Name}); !seen[a] {
				seen[a] = true
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, func(x, y plan.Attribute) int {
		return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(x.Name, y.Name))
	})
	return out
}

// attributeColumns are the columns of attributes, by name. An attribute whose name a header cannot carry is left out.
func attributeColumns(attributes []plan.Attribute) []roster.Field {
	var out []roster.Field
	for _, a := range attributes {
		if f := roster.CustomField(a.Name); f != AllAttributes && roster.FieldOf(roster.HeaderName(f, "en")) == f {
			out = added(out, f)
		}
	}
	slices.SortFunc(out, func(a, b roster.Field) int {
		return cmp.Or(cmp.Compare(strings.ToLower(string(a)), strings.ToLower(string(b))), cmp.Compare(a, b))
	})
	return out
}

// createdAt is when somebody was added. Of people who are only invited Zoom gives the time of the call.
func createdAt(u *zoomapi.User) string {
	if u.Status == zoomapi.StatusPending {
		return u.UserCreatedAt
	}
	return orDefault(u.UserCreatedAt, u.CreatedAt)
}

// parseMoment reads a time as Zoom writes it.
func parseMoment(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// moment writes a time of Zoom's as the portal's export does; what is not one stays as it is.
func moment(s, layout string) string {
	t, ok := parseMoment(s)
	if !ok {
		return s
	}
	return t.Format(layout)
}

// loginTypes names the ways in which somebody signs in.
func loginTypes(types []int) string {
	names := map[int]string{
		0: "Facebook", 1: "Google", 11: "Phone number", 21: "WeChat", 23: "Alipay", 24: "Apple", 27: "Microsoft",
		97: "Mobile device", 98: "RingCentral", 99: "API", 100: "Work email", 101: "SSO",
	}
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = orDefault(names[t], strconv.Itoa(t))
	}
	return strings.Join(out, "; ")
}

// exportFile writes people as a roster that an update accepts, with headers of a language.
func exportFile(columns []roster.Field, people []zoomapi.User, a *plan.Account, roles map[string]string, language string) ([]byte, error) {
	header := make([]string, len(columns))
	for i, f := range columns {
		header[i] = roster.HeaderName(f, language)
	}
	records := make([][]string, len(people))
	for i := range people {
		records[i] = make([]string, len(columns))
		for c, f := range columns {
			records[i][c] = exportCell(f, a, &people[i], roles)
		}
	}
	var b bytes.Buffer
	err := roster.Write(&b, header, records, roster.WriteOptions{Delimiter: delimiterOf(language), BOM: true, FormulaSafe: true})
	return b.Bytes(), err
}

// delimiterOf is what spreadsheets of a language take for the end of a cell.
func delimiterOf(language string) rune {
	switch language {
	case "fr", "de", "es", "pt", "it", "nl":
		return ';'
	}
	return ','
}

// languageOf is the language of headers for a person's locale: "fr" for fr-CA, English for what has no headers.
func languageOf(locale string) string {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(locale, "_", "-")), "-")
	if slices.Contains(roster.Languages(), base) {
		return base
	}
	return "en"
}
