package plan_test

import (
	"testing"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// TestPlanCurrent: as long as nobody changes the person, what the plan reads of them is what it was made of.
func TestPlanCurrent(t *testing.T) {
	t.Parallel()
	division := func(id string) func(*zoomapi.User) {
		return func(u *zoomapi.User) { u.DivisionIDs = []string{id} }
	}
	attributes := func(all ...zoomapi.CustomAttribute) func(*zoomapi.User) {
		return func(u *zoomapi.User) { u.CustomAttributes = all }
	}
	for _, tt := range []struct {
		name string
		user func(*zoomapi.User)
		row  values
		want string
	}{
		{"another division", division("d1"), cells("pat", "division", "South"), "update division:North>South"},
		{"no division any more", division("d1"), cells("pat", "division", "(clear)"), "update division:North>"},
		{"from one of two of a name", division("d4"), cells("pat", "division", "South"), "update division:East Side>South"},
		{"a division without a name", division("d9"), cells("pat", "division", "South"), "update division:d9>South"},
		{
			"an attribute with an untidy name",
			attributes(zoomapi.CustomAttribute{Key: "k3", Name: "Desk\u00a0 no", Value: "4"}),
			cells("pat", "custom:Desk no", "5"), "update custom:Desk no:4>5",
		},
		{
			"two attributes of a name",
			attributes(zoomapi.CustomAttribute{Key: "k5", Name: "Shift", Value: "late"}, zoomapi.CustomAttribute{Key: "k4", Name: "Shift", Value: "early"}),
			cells("pat", "custom:Shift", "night"), "update custom:Shift:early>night",
		},
		{
			"only the other attribute of the name",
			attributes(zoomapi.CustomAttribute{Key: "k5", Name: "Shift", Value: "late"}),
			cells("pat", "custom:Shift", "night"), "update custom:Shift:>night",
		},
		{
			"an attribute without a key",
			attributes(zoomapi.CustomAttribute{Name: " Shift", Value: "late"}),
			cells("pat", "custom:Shift", "night"), "update custom:Shift:late>night",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := fullAccount()
			u := person("pat", zoomapi.TypeBasic, tt.user)
			a.Users["pat@example.com"], a.Detailed["pat@example.com"] = u, true
			a.Divisions = append(a.Divisions, plan.Division{ID: "d4", Name: "East Side"}, plan.Division{ID: "d3", Name: "East Side"})
			a.Attributes = append(a.Attributes, plan.Attribute{Key: "k5", Name: "Shift"}, plan.Attribute{Key: "k3", Name: "Desk\u00a0 no"}, plan.Attribute{Key: "k4", Name: "Shift"})
			o := basic()
			o.Mode = plan.ModeUpdate
			p := build(t, rosterOf(tt.row), a, o)
			if got := effects(p.Changes[0]); got != tt.want {
				t.Fatalf("row: %s, want %s", got, tt.want)
			}
			for _, f := range p.Changes[0].Fields {
				if now, known := p.Current(f.Field, &u, nil); !known || !plan.Same(f.Field, now, f.Old) {
					t.Errorf("the plan was made of %q and now reads %q (%v)", f.Old, now, known)
				}
			}
		})
	}
}

// TestPlanCurrentWithoutLookups: an attribute that the plan does not list is found by its tidied name.
func TestPlanCurrentWithoutLookups(t *testing.T) {
	t.Parallel()
	u := zoomapi.User{CustomAttributes: []zoomapi.CustomAttribute{{Key: "k2", Name: "A  b", Value: "2"}, {Key: "k1", Name: "A b", Value: "1"}}}
	if got, _ := (&plan.Plan{}).Current(roster.CustomField("A b"), &u, nil); got != "1" {
		t.Errorf("value %q, want that of the first key", got)
	}
}
