package roster_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// headerFields are the columns that ought to have a name in every language.
func headerFields() []roster.Field {
	fields := append(roster.UpdateFields(), roster.TransferFields()...)
	return append(fields, roster.NewEmail, roster.TransferTo, roster.TransferEvents,
		roster.Licenses, roster.Role, roster.UserStatus, roster.LoginType, roster.LastLogin, roster.LastClientVersion,
		roster.CreationDate, roster.PMI, roster.UserID, roster.EmployeeID, roster.Verified)
}

// TestHeaderNamesAreRead reads the header of all columns back in every language.
func TestHeaderNamesAreRead(t *testing.T) {
	t.Parallel()
	for _, language := range roster.Languages() {
		fields := append(headerFields(), roster.CustomField("Badge colour"))
		var header []string
		for _, f := range fields {
			header = append(header, `"`+roster.HeaderName(f, language)+`"`)
		}
		r := mustRead(t, strings.Join(header, ",")+"\na@example.com\n", roster.Options{Required: []roster.Field{roster.Email}})
		for i, f := range fields {
			if r.Columns[i].Field != f {
				t.Errorf("%s: header %q is read as %q, want %q", language, r.Columns[i].Header, r.Columns[i].Field, f)
			}
		}
	}
}

// TestHeaderNamesTranslated finds columns whose name falls back to English.
func TestHeaderNamesTranslated(t *testing.T) {
	t.Parallel()
	same := []roster.Field{roster.Manager, roster.Webinar, roster.PMI, roster.Action, roster.Division, roster.ZoomEvents}
	for _, language := range roster.Languages()[1:] {
		for _, f := range headerFields() {
			if roster.HeaderName(f, language) == roster.HeaderName(f, "en") && !slices.Contains(same, f) {
				t.Errorf("%s: %s has the English name %q", language, f, roster.HeaderName(f, language))
			}
		}
	}
}

func TestFieldOf(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]roster.Field{
		"Department": roster.Department, "prénom": roster.FirstName, "Telefonnummer": roster.PhoneNumber, "ウェビナー": roster.Webinar,
		"Custom: Badge": "custom:Badge", "Personnalisé : Badge": "custom:Badge", "カスタム：社員区分": "custom:社員区分",
		"custom:  Badge \u200b colour": "custom:Badge colour", "Custom:": "", "Favourite colour": "",
	} {
		if got := roster.FieldOf(header); got != want {
			t.Errorf("FieldOf(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestCustomField(t *testing.T) {
	t.Parallel()
	f := roster.CustomField(" Cafe\u0301\tno. ")
	if name, ok := f.Custom(); f != "custom:Café no." || name != "Café no." || !ok {
		t.Errorf("CustomField = %q with name %q, %v", f, name, ok)
	}
	if name, ok := roster.Email.Custom(); name != "email" && ok {
		t.Errorf("Email.Custom() = %q, %v", name, ok)
	}
	if _, ok := roster.CustomField(" ").Custom(); ok {
		t.Error("a field without a name is custom")
	}
}

// TestFieldOfSuggestions makes sure that a header which is suggested says its
// field by itself.
func TestFieldOfSuggestions(t *testing.T) {
	t.Parallel()
	for _, language := range roster.Languages() {
		for _, f := range headerFields() {
			if got := roster.FieldOf(roster.HeaderName(f, language)); got != f {
				t.Errorf("FieldOf(%q) = %q, want %q", roster.HeaderName(f, language), got, f)
			}
		}
	}
}
