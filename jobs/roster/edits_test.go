package roster_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

func TestGroupEdit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, cell string
		want       roster.GroupEdit
		ok         bool
	}{
		{"blank", " ", roster.GroupEdit{}, false},
		{"join one", "Sales", roster.GroupEdit{Join: []string{"Sales"}}, true},
		{"join several", "Sales; Ops", roster.GroupEdit{Join: []string{"Sales", "Ops"}}, true},
		{"join and leave", "+Sales; -Ops", roster.GroupEdit{Join: []string{"Sales"}, Leave: []string{"Ops"}}, true},
		{"commas", "+Sales, -Ops", roster.GroupEdit{Join: []string{"Sales"}, Leave: []string{"Ops"}}, true},
		{"leave one", "-Ops", roster.GroupEdit{Leave: []string{"Ops"}}, true},
		{"leave quoted", `-"A; B"`, roster.GroupEdit{Leave: []string{"A; B"}}, true},
		{"replace", "= Sales; Ops", roster.GroupEdit{Replace: true, Join: []string{"Sales", "Ops"}}, true},
		{"replace by nothing", "(clear)", roster.GroupEdit{Replace: true}, true},
		{"quoted signs", `"+A"; "-B"; "=C"; "(clear)"`, roster.GroupEdit{Join: []string{"+A", "-B", "=C", "(clear)"}}, true},
		{"hyphen inside", "Sales-EMEA; Ops+", roster.GroupEdit{Join: []string{"Sales-EMEA", "Ops+"}}, true},
		{"case folded", "-ops; -Ops", roster.GroupEdit{Leave: []string{"ops"}}, true},
		{"signs of text programs", "–Sales; ＋Ops; − Lab; —Shop; －Bar", roster.GroupEdit{Join: []string{"Ops"}, Leave: []string{"Sales", "Lab", "Shop", "Bar"}}, true},
		{"full-width equals", "＝Sales", roster.GroupEdit{Replace: true, Join: []string{"Sales"}}, true},
		{"quoted dash", `"–Sales"; －"－Ops"`, roster.GroupEdit{Join: []string{"–Sales"}, Leave: []string{"－Ops"}}, true},
		{"dash inside", "Sales – EMEA", roster.GroupEdit{Join: []string{"Sales – EMEA"}}, true},
		{"escaped marker", `\(clear)`, roster.GroupEdit{Join: []string{"(clear)"}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, f := range []roster.Field{roster.UserGroup, roster.ChatGroup} {
				got, ok := roster.NewRow(2, 1, map[roster.Field]string{f: tt.cell}).GroupEdit(f)
				if diff := cmp.Diff(tt.want, got); diff != "" || ok != tt.ok {
					t.Errorf("GroupEdit(%s) gives %v, want %v; mismatch (-want +got):\n%s", f, ok, tt.ok, diff)
				}
			}
		})
	}
}

func TestEscapeCell(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		field       roster.Field
		value, want string
	}{
		{roster.Department, "Sales", "Sales"},
		{roster.Department, "(clear)", `\(clear)`},
		{roster.Department, " (Clear)\u00a0", `\(Clear)`},
		{roster.Department, `\(clear)`, `\\(clear)`},
		{roster.Department, "（clear）", `\（clear）`},
		{roster.Department, `\share`, `\share`},
		{roster.Department, "(clear) the way", "(clear) the way"},
		{roster.FirstName, "（clear）", `\(clear)`},
		{roster.CustomField("x"), "(clear)", `\(clear)`},
		{roster.Role, "(clear)", "(clear)"},
	} {
		if got := roster.EscapeCell(tt.field, tt.value); got != tt.want {
			t.Errorf("EscapeCell(%s, %q) = %q, want %q", tt.field, tt.value, got, tt.want)
		}
	}
}

// TestClears stores rows that clear fields and compares them.
func TestClears(t *testing.T) {
	t.Parallel()
	r := mustRead(t, "Email,Department,Webinar,Location\na@example.com,(clear),(clear),\na@example.com,,0,\na@example.com,(clear),0,\n",
		roster.Options{Required: []roster.Field{roster.Email}})
	row := r.Rows[0]
	if !row.Clears(roster.Department) || row.Has(roster.Department) || row.Clears(roster.Webinar) || row.Get(roster.Webinar) != "0" || row.Clears(roster.Location) {
		t.Errorf("row clears %v, %v, %v", row.Clears(roster.Department), row.Clears(roster.Webinar), row.Clears(roster.Location))
	}
	b, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	var stored roster.Row
	if err := json.Unmarshal(b, &stored); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(row, stored); diff != "" || !stored.Clears(roster.Department) {
		t.Errorf("stored row mismatch (-want +got):\n%s", diff)
	}
	var codes []roster.Code
	for _, i := range r.Issues {
		codes = append(codes, i.Code)
	}
	// Keeping a department is not the same as clearing it.
	if diff := cmp.Diff([]roster.Code{roster.DuplicateEmail, roster.DuplicateRow}, codes); diff != "" {
		t.Errorf("codes mismatch (-want +got):\n%s", diff)
	}
	if row.Equal(r.Rows[1]) {
		t.Error("rows are equal")
	}
}

func TestUserType(t *testing.T) {
	t.Parallel()
	type cells map[roster.Field]string
	for _, tt := range []struct {
		name  string
		cells cells
		want  string
	}{
		{"neither", cells{}, ""},
		{"user type", cells{roster.UserType: "Basic", roster.Licenses: "Zoom Workplace Pro"}, "basic"},
		{"licences alone", cells{roster.Licenses: "Zoom Workplace Pro"}, "licensed"},
		{"no word for it", cells{roster.UserType: "VIP", roster.Licenses: "Zoom Phone"}, ""},
	} {
		if got := roster.NewRow(2, 1, tt.cells).UserType(); got != tt.want {
			t.Errorf("%s: UserType() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPhones(t *testing.T) {
	t.Parallel()
	want := []roster.Phone{
		{Country: "FR", Code: "+33", Number: "612345678", Label: "Mobile"},
		{Country: "CA", Code: "+1", Number: "4165550123", Label: "Office"},
	}
	row := roster.NewRow(2, 1, map[roster.Field]string{roster.PhoneNumber: "+33 6 12 34 56 78; Bureau: +1 (416) 555-0123 (ca)"})
	if diff := cmp.Diff(want, row.Phones()); diff != "" {
		t.Errorf("Phones mismatch (-want +got):\n%s", diff)
	}
	if got := roster.FormatPhones(want); got != row.Get(roster.PhoneNumber) || got != "[Mobile] +33 612345678; [Office] +1 4165550123 (CA)" {
		t.Errorf("FormatPhones = %q", got)
	}
	_, err := roster.ParsePhones("+33 612345678; 0612345678")
	fault, ok := errors.AsType[*roster.PhoneError](err)
	if !ok || fault.Reason != "no_country" || fault.Number != "0612345678" {
		t.Errorf("ParsePhones error = %#v, want no_country", err)
	}
	if phones, err := roster.ParsePhones(""); err != nil || phones != nil {
		t.Errorf("ParsePhones of nothing = %v, %v", phones, err)
	}
	if bad := roster.NewRow(2, 1, map[roster.Field]string{roster.PhoneNumber: "0612345678"}); bad.Phones() != nil {
		t.Errorf("Phones of a bad cell = %v", bad.Phones())
	}
}

// TestUpdateTemplate reads the template of an update in every language.
func TestUpdateTemplate(t *testing.T) {
	t.Parallel()
	for _, language := range roster.Languages() {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			data := roster.Template(roster.TemplateOptions{Language: language, Update: true})
			r := mustRead(t, string(data), roster.Options{Required: []roster.Field{roster.Email}})
			if diff := cmp.Diff(roster.UpdateFields(), r.Fields()); diff != "" {
				t.Errorf("fields mismatch (-want +got):\n%s", diff)
			}
			if len(r.Rows) != 1 || len(r.Issues) != 0 || r.Changed.Total() != 0 || r.Language != language {
				t.Errorf("template in %s gives %d rows, issues %v, changes %+v", r.Language, len(r.Rows), r.Issues, r.Changed)
			}
			for _, f := range roster.UpdateFields() {
				if !r.Rows[0].Has(f) {
					t.Errorf("the example has no %s", f)
				}
			}
		})
	}
}

func TestTemplateFieldsAndExample(t *testing.T) {
	t.Parallel()
	badge := roster.CustomField("Badge")
	data := roster.Template(roster.TemplateOptions{
		Language: "fr", Fields: []roster.Field{roster.UserGroup, badge},
		Example: map[roster.Field]string{roster.UserGroup: roster.JoinGroups([]string{"=Siège", "Ventes"}), badge: "=7"},
	})
	const want = "\uFEFFE-mail;Groupe d'utilisateurs;Custom: Badge\r\ncamille.martin@example.com;\"\"\"=Siège\"\"; Ventes\";'=7\r\n"
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("template mismatch (-want +got):\n%s", diff)
	}
}

// TestPositional reads by position only where it was asked for and only what
// has no header.
func TestPositional(t *testing.T) {
	t.Parallel()
	const file = "a@example.com,Ann,Lee,Sales\n"
	if _, err := roster.Read([]byte(file), roster.Options{}); !errors.Is(err, &roster.RefusedError{Code: roster.NoHeader}) {
		t.Errorf("Read error = %v, want no_header", err)
	}
	r := mustRead(t, file, roster.Options{Positional: true})
	want := []roster.Field{roster.Email, roster.FirstName, roster.LastName, roster.Department}
	if diff := cmp.Diff(want, r.Positional); diff != "" {
		t.Errorf("Positional mismatch (-want +got):\n%s", diff)
	}
	if !slices.Equal(r.Fields(), want) || r.Rows[0].Line != 1 || r.Rows[0].Get(roster.Department) != "Sales" {
		t.Errorf("fields %v, row %v", r.Fields(), r.Rows[0])
	}
	r = mustRead(t, file, roster.Options{Positional: true, Header: []string{"Email", "Last Name", "First Name", "Location"}})
	if r.Positional != nil || r.Rows[0].Get(roster.LastName) != "Ann" || len(r.Issues) != 0 {
		t.Errorf("with a header by hand: positional %v, issues %v", r.Positional, r.Issues)
	}
}

// TestPositionalUpdate: where a file changes people, what the portal's import cannot be is taken for its update.
func TestPositionalUpdate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file  string
		fourth      roster.Field
		ofAnyImport roster.Field
	}{
		{"wide", "a@example.com,Ann,Lee,x,Sales,,,licensed,,\"\",Boss,Leeds\n", roster.PhoneNumber, roster.Department},
		{"blank fourth", "a@example.com,Ann,Lee,,Sales,b@example.com\nb@example.com,Bob,Ray,,Sales,\n", roster.PhoneNumber, roster.Department},
		{"phones", "a@example.com,Ann,Lee,+33 612345678,Sales\n", roster.PhoneNumber, roster.PhoneNumber},
		{"departments", "a@example.com,Ann,Lee,Sales,b@example.com\nb@example.com,Bob,Ray,,\n", roster.Department, roster.Department},
		{"one row too wide", "a@example.com,Ann,Lee,Sales,,,,Leeds\nb@example.com,Bob,Ray,Ops,,,,Leeds\nc@example.com,Cy,Orr,Ops,,,,Leeds,x\n", roster.Department, roster.Department},
	} {
		for _, update := range []bool{true, false} {
			want := tt.ofAnyImport
			if update {
				want = tt.fourth
			}
			r := mustRead(t, tt.file, roster.Options{Positional: true, Update: update, Required: []roster.Field{roster.Email}})
			if got := r.Positional[3]; got != want {
				t.Errorf("%s, update %v: the fourth column is %s, want %s", tt.name, update, got, want)
			}
		}
	}
}

// TestPhonesTwice: the same number twice in a cell is one, and does not count as two.
func TestPhonesTwice(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"+33 612345678; 0033 6 12 34 56 78":                            "[Mobile] +33 612345678",
		"[Office] +33 612345678; +33 612345678":                        "[Office] +33 612345678; [Mobile] +33 612345678",
		"+33612345678, +33612345679, +33 612345678, +33 6 12 34 56 79": "[Mobile] +33 612345678; [Mobile] +33 612345679",
		"+33612345671; +33612345672; +33612345673; +33612345674":       "", // too many
		"+33612345671; +33612345671; +33612345671; 12":                 "", // one is none
		strings.Repeat("+33612345671; ", 21):                           "", // nobody reads that many
	} {
		phones, err := roster.ParsePhones(cell)
		if got := roster.FormatPhones(phones); got != want || (err != nil) != (want == "") {
			t.Errorf("%q is %q (%v), want %q", cell, got, err, want)
		}
	}
}

// TestCorrectKeepsSigns: a suggestion for the name of a group is put after its sign, however the sign is written.
func TestCorrectKeepsSigns(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"–Pariss": "–Paris", "－ Pariss; Lab": "－ Paris; Lab", "＝Pariss": "＝Paris", "-Pariss": "-Paris", "Lab; − \"Pariss\"": "Lab; − Paris",
	} {
		file := "Email,User Group\nann@example.com,\"" + strings.ReplaceAll(cell, `"`, `""`) + "\"\n"
		got, err := roster.Correct([]byte(file), roster.Options{Required: []roster.Field{roster.Email}}, []roster.Fix{{Line: 2, Row: 1, Col: 2, Value: "Paris", Group: "Pariss"}})
		if err != nil {
			t.Fatal(err)
		}
		r := mustRead(t, string(got), roster.Options{Required: []roster.Field{roster.Email}})
		if cell := r.Rows[0].Cells[1]; cell != want {
			t.Errorf("corrected cell %q, want %q", cell, want)
		}
	}
}
