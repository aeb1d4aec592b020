package jobs

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// profilePatch is what one call sets of a row's fields: not the user type and the add-ons, which have calls of their own,
// and not those that have the value already.
func (e *engine) profilePatch(c *plan.Change, have func(plan.FieldChange) bool) zoomapi.UserPatch {
	var p zoomapi.UserPatch
	for _, fc := range c.Fields {
		if addOn(fc.Field) || fc.Field == roster.UserType || fc.Field == roster.Email || (have != nil && have(fc)) {
			continue
		}
		if name, custom := fc.Field.Custom(); custom {
			e.setAttribute(&p, name, fc.New)
			continue
		}
		if text := textField(&p, fc.Field); text != nil {
			if (c.Action == plan.ActionCreate || c.Action == plan.ActionResend) && createField(fc.Field) {
				continue
			}
			v := fc.New
			*text = &v
			continue
		}
		switch fc.Field { //nolint:exhaustive // The others are set elsewhere.
		case roster.PhoneNumber:
			p.PhoneNumbers = phoneNumbers(fc.New)
		case roster.Division:
			p.DivisionIDs = e.division(fc.New)
		}
	}
	return p
}

// textField is where a patch holds a field that is a text; nil for others.
func textField(p *zoomapi.UserPatch, f roster.Field) **string {
	switch f { //nolint:exhaustive // The others are not plain texts.
	case roster.FirstName:
		return &p.FirstName
	case roster.LastName:
		return &p.LastName
	case roster.DisplayName:
		return &p.DisplayName
	case roster.Department:
		return &p.Department
	case roster.JobTitle:
		return &p.JobTitle
	case roster.Location:
		return &p.Location
	case roster.Company:
		return &p.Company
	case roster.Manager:
		return &p.Manager
	case roster.CostCenter:
		return &p.CostCenter
	case roster.Language:
		return &p.Language
	case roster.Timezone:
		return &p.Timezone
	case roster.Pronouns:
		return &p.Pronouns
	}
	return nil
}

func phoneNumbers(cell string) *[]zoomapi.PhoneNumber {
	// The plan holds what could be read.
	phones, _ := roster.ParsePhones(cell)
	out := make([]zoomapi.PhoneNumber, 0, len(phones))
	for _, p := range phones {
		out = append(out, zoomapi.PhoneNumber{Country: p.Country, Code: p.Code, Number: p.Number, Label: p.Label})
	}
	return &out
}

func (e *engine) division(name string) *[]string {
	ids := []string{}
	for _, d := range e.plan.Divisions {
		if name != "" && d.Name == name {
			ids = append(ids, d.ID)
			break
		}
	}
	return &ids
}

func (e *engine) setAttribute(p *zoomapi.UserPatch, name, value string) {
	for _, a := range e.plan.Attributes {
		if roster.CustomField(a.Name) != roster.CustomField(name) {
			continue
		}
		if p.CustomAttributes == nil {
			p.CustomAttributes = &[]zoomapi.CustomAttribute{}
		}
		*p.CustomAttributes = append(*p.CustomAttributes, zoomapi.CustomAttribute{Key: a.Key, Name: a.Name, Value: value})
		return
	}
}

// patch changes a person. If Zoom refuses the call and it holds phone numbers, it is made again without them: whatever was
// wrong, a number does not keep back the rest. The row then says so.
func (e *engine) patch(ctx context.Context, c *plan.Change, rs *RowState, p zoomapi.UserPatch) error {
	call := func(p zoomapi.UserPatch) error {
		for _, part := range parts(p) {
			err := repeat(ctx, e.s.o.SettleAfter, func() error { return e.dir.UpdateUser(ctx, target(c, *rs), part) })
			if err != nil {
				return err
			}
		}
		return nil
	}
	err := call(p)
	if err == nil || p.PhoneNumbers == nil || !isRowError(err) || errors.Is(err, zoomapi.ErrNotFound) {
		return err
	}
	rest := p
	rest.PhoneNumbers = nil
	if !rest.IsZero() {
		if restErr := call(rest); restErr != nil {
			// The phone numbers were not to blame, or not alone.
			return restErr
		}
	}
	f := failure(StepProfile, err)
	f.Reason = FailurePhone
	rs.Failure = &f
	return nil
}

// parts splits a patch, since one call takes only so many attributes.
func parts(p zoomapi.UserPatch) []zoomapi.UserPatch {
	if p.CustomAttributes == nil || len(*p.CustomAttributes) <= zoomapi.MaxCustomAttributes {
		return []zoomapi.UserPatch{p}
	}
	all := *p.CustomAttributes
	first := all[:zoomapi.MaxCustomAttributes]
	p.CustomAttributes = &first
	out := []zoomapi.UserPatch{p}
	for chunk := range slices.Chunk(all[zoomapi.MaxCustomAttributes:], zoomapi.MaxCustomAttributes) {
		out = append(out, zoomapi.UserPatch{CustomAttributes: &chunk})
	}
	return out
}

// addOns sets what is in a person's settings, each add-on in a call of its own: one whose seats are used up keeps back no
// other.
func (e *engine) addOns(ctx context.Context, c *plan.Change) error {
	var short error
	for _, f := range c.Fields {
		rs := e.row(c.Line)
		if !addOn(f.Field) || rs.AddOns || slices.Contains(rs.Had, f.Field) {
			continue
		}
		if l := licenceOf(f); l != "" && e.isSpent(l) {
			short = errShort
			continue
		}
		err := repeat(ctx, e.s.o.SettleAfter, func() error {
			return e.dir.UpdateSettings(ctx, target(c, rs), featuresPatch(f))
		})
		switch {
		case errors.Is(err, zoomapi.ErrNoSeats):
			e.exhaust(licenceOf(f), err)
			short = errShort
			continue
		case isRowError(err), errors.Is(err, zoomapi.ErrUnknownOutcome):
			rs.Outstanding = outstanding(c, rs)
			return e.fail(ctx, rs, failure(StepAddOns, err))
		case err != nil:
			return err
		}
		rs.Had, rs.Wrote = append(slices.Clone(rs.Had), f.Field), true
		if err := e.put(ctx, rs); err != nil {
			return err
		}
	}
	if short != nil {
		return short
	}
	rs := e.row(c.Line)
	if rs.AddOns || !hasAddOns(c) {
		return nil
	}
	rs.AddOns = true
	e.conclude(c, &rs)
	return e.put(ctx, rs)
}

// errShort: seats that a row needs are used up; which ones is noted already.
var errShort = errors.New("a licence is used up")

func hasAddOns(c *plan.Change) bool {
	for _, f := range c.Fields {
		if addOn(f.Field) {
			return true
		}
	}
	return false
}

func featuresPatch(f plan.FieldChange) zoomapi.FeaturesPatch {
	var p zoomapi.FeaturesPatch
	on, capacity := f.New != plan.AddOnOff && f.New != "", parseCapacity(f.New)
	switch f.Field { //nolint:exhaustive // Only these are add-ons.
	case roster.LargeMeeting:
		p.LargeMeeting = &on
		if on {
			p.LargeMeetingCapacity = &capacity
		}
	case roster.Webinar:
		p.Webinar = &on
		if on {
			p.WebinarCapacity = &capacity
		}
	case roster.ZoomEvents:
		p.ZoomEvents = &on
		if on && capacity > 0 {
			p.ZoomEventsCapacity = &capacity
		}
	case roster.TranslatedCaptions:
		p.TranslatedCaptions = &on
	}
	return p
}

// licenceOf is the add-on licence that a change of a field takes; "" when it takes none.
func licenceOf(f plan.FieldChange) plan.Licence {
	switch {
	case !addOn(f.Field) || f.New == plan.AddOnOff || f.New == "":
		return ""
	case parseCapacity(f.New) > 0:
		return plan.AddOn(f.Field, parseCapacity(f.New))
	}
	return plan.Licence(f.Field)
}

// addOnLicences are the add-ons that a row still has to take.
func addOnLicences(c *plan.Change, rs *RowState) []plan.Licence {
	if rs.AddOns {
		return nil
	}
	var out []plan.Licence
	for _, f := range c.Fields {
		if l := licenceOf(f); l != "" && !slices.Contains(rs.Had, f.Field) {
			out = append(out, l)
		}
	}
	return out
}

// takesAddOns reports whether a change asks for an add-on.
func takesAddOns(c *plan.Change) bool { return len(addOnLicences(c, &RowState{})) > 0 }

// fieldNames joins names of fields for a [Failure].
func fieldNames(fields []roster.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return strings.Join(names, ",")
}
