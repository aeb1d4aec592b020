package roster

import (
	"strings"
	"testing"
	"time"
)

// TestWordsAreUnambiguous makes sure that no word means two things and that
// every one of them is read.
func TestWordsAreUnambiguous(t *testing.T) {
	t.Parallel()
	for field, tables := range map[Field][]vocabulary{
		UserType: userTypes(), Action: actions(), Language: languages(), LargeMeeting: switches(), TransferMeetings: switches(),
	} {
		meaning := make(map[string]string)
		for _, table := range tables {
			for _, w := range append(table.words, table.value) {
				folded := foldHeader(w)
				if folded == "" {
					t.Errorf("%s: word %q is nothing when folded", field, w)
				}
				if other, ok := meaning[folded]; ok && other != table.value {
					t.Errorf("%s: %q means %s and %s", field, w, other, table.value)
				}
				meaning[folded] = table.value
				for _, spelt := range []string{w, strings.ToUpper(w), " " + w + "\u00a0"} {
					if got := Clean(field, spelt); got != table.value {
						t.Errorf("Clean(%s, %q) = %q, want %q", field, spelt, got, table.value)
					}
				}
			}
		}
	}
}

// TestTimezonesExist loads every zone that the list has. The data are those of
// the Go distribution that runs the test.
func TestTimezonesExist(t *testing.T) {
	t.Parallel()
	all := Timezones()
	if len(all) < 500 {
		t.Fatalf("%d zones", len(all))
	}
	for i, z := range all {
		if i > 0 && all[i-1] >= z {
			t.Errorf("%s stands after %s", z, all[i-1])
		}
		if _, err := time.LoadLocation(z); err != nil {
			t.Errorf("zone %s: %v", z, err)
		}
		if got, fault := canonTimezone(strings.ToLower(strings.ReplaceAll(z, "_", " "))); got != z || fault.code != "" {
			t.Errorf("canonTimezone of %s in lower case = %q, %s", z, got, fault.code)
		}
	}
	for _, zone := range []string{
		"romance standard time", "GMT Standard Time", "eastern standard time", "Tokyo Standard Time", "India Standard Time", "FLE Standard Time",
		"Argentina Standard Time", "E. South America Standard Time", "W. Europe Standard Time",
	} {
		if z := suggestZone(zone); !isZone(z) {
			t.Errorf("suggestZone(%q) = %q, want a zone", zone, z)
		}
	}
}

// TestCanonicalValuesAreRead makes sure that canonical values need no second look.
func TestCanonicalValuesAreRead(t *testing.T) {
	t.Parallel()
	for field, values := range map[Field][]string{
		UserType: {typeBasic, typeLicensed, typeUnassigned, typeNone}, Licenses: {typeBasic, typeLicensed, typeUnassigned, typeNone},
		LargeMeeting: append(Capacities(LargeMeeting), addOnOff, addOnYes), Webinar: append(Capacities(Webinar), addOnOff, addOnYes),
		Action: {
			ActionCreate, ActionUpdate, ActionDeactivate, ActionActivate, ActionResend, ActionWithdraw, ActionDelete, ActionUnlink,
		},
		ZoomEvents: {"100", "700", "100000", addOnOff, addOnYes}, TranslatedCaptions: {addOnOff, addOnYes},
		TransferDocs: {addOnOff, addOnYes},
		Language:     ZoomLanguages(), Timezone: {"Europe/Paris", "UTC"},
		PhoneNumber: {"[Mobile] +33 612345678", "[Office] +1 4165550123 (CA); [Fax] +44 2079460000"},
	} {
		for _, v := range values {
			if got, fault := canon(field, v); got != v || fault.code != "" {
				t.Errorf("canon(%s, %q) = %q, %s", field, v, got, fault.code)
			}
		}
	}
}

// TestOffsetsAreNoZones: the sign of Etc/GMT+1 is the other way round, so it is nothing to suggest.
func TestOffsetsAreNoZones(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"GMT+1", "UTC-5", "+01:00", "gmt 2", "UTC+05:30"} {
		if got := suggestZone(v); got != "" {
			t.Errorf("%q suggests %q", v, got)
		}
	}
	if got := suggestZone("(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"); got != "Europe/Brussels" {
		t.Errorf("cities suggest %q", got)
	}
}
