package plan_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// past is a job that was carried out, at least in part.
type past struct {
	world
	roster        *roster.Roster
	plan          *plan.Plan
	done          []plan.Done
	before, after plan.Account
}

// drawPast plans, and carries out some of what the plan says.
func drawPast(t *rapid.T) past {
	w := drawWorld(t)
	// What is not read of somebody cannot be restored; half of the worlds are known whole.
	if rapid.Bool().Draw(t, "all read") {
		for k, u := range w.account.Users {
			w.account.Detailed[k] = true
			if _, read := w.account.Features[k]; !read && u.Status == zoomapi.StatusActive {
				w.account.Features[k] = zoomapi.Features{}
			}
		}
	}
	// Zoom shows nobody without a name.
	for k, u := range w.account.Users {
		u.DisplayName = cmp.Or(u.DisplayName, strings.TrimSpace(u.FirstName+" "+u.LastName), "Somebody")
		w.account.Users[k] = u
	}
	j := past{world: w, roster: rosterOf(w.rows...), before: w.account}
	j.plan = plan.Build(j.roster, w.account, w.options)
	part := *j.plan
	part.Changes = slices.Clone(part.Changes)
	for i := range part.Changes {
		c := &part.Changes[i]
		switch {
		case rapid.IntRange(0, 9).Draw(t, "reached") == 0:
			c.Action = plan.ActionNone
		case c.Action == plan.ActionUpdate && rapid.IntRange(0, 4).Draw(t, "whole") == 0:
			c.Fields = slices.DeleteFunc(slices.Clone(c.Fields), func(plan.FieldChange) bool { return rapid.Bool().Draw(t, "failed") })
			c.Groups = c.Groups[:rapid.IntRange(0, len(c.Groups)).Draw(t, "joined")]
			c.Leaves = c.Leaves[:rapid.IntRange(0, len(c.Leaves)).Draw(t, "left")]
		}
	}
	j.done = didOf(j.plan, &part)
	j.after = apply(j.before, &part)
	return j
}

// didOf says what carrying out a part of a plan did.
func didOf(p, part *plan.Plan) []plan.Done {
	ids := make(map[string]string)
	for i, name := range p.NewGroups {
		ids[name] = newGroupID(i)
	}
	done := make([]plan.Done, len(p.Changes))
	for i := range part.Changes {
		c := part.Changes[i]
		d := plan.Done{Change: p.Changes[i]}
		d.Change.Groups = slices.Clone(d.Change.Groups)
		switch c.Action {
		case plan.ActionNone:
			done[i] = d
			continue
		case plan.ActionCreate, plan.ActionResend:
			d.Created, d.Withdrawn = true, c.Action == plan.ActionResend && c.Status != ""
		case plan.ActionActivate, plan.ActionDeactivate:
			d.Status = true
		case plan.ActionDelete, plan.ActionUnlink:
			d.Removed = true
		case plan.ActionWithdraw:
			d.Withdrawn = true
		case plan.ActionUpdate:
		}
		d.UserID = c.UserID
		for _, f := range c.Fields {
			d.Fields = append(d.Fields, f.Field)
		}
		for _, g := range c.Groups {
			if g.ID == "" {
				g.ID = ids[g.Name]
			}
			d.Joined = append(d.Joined, g)
		}
		d.Left = c.Leaves
		done[i] = d
	}
	return done
}

// undo plans to take the job back, and checks what holds for every plan.
func (j *past) undo(t *rapid.T, a plan.Account) *plan.Plan {
	a.Recall(j.plan)
	p := plan.Undo("job", j.done, a, j.options)
	for _, fault := range faults(j.roster, p) {
		t.Error(fault)
	}
	return p
}

// stays are the fields of a row that its issues say are not restored; all when nothing of it is.
func stays(p *plan.Plan, row int) (fields map[string]bool, all bool) {
	fields = make(map[string]bool)
	for _, is := range p.Issues {
		if is.Row != row {
			continue
		}
		switch is.Code { //nolint:exhaustive // The others are not about what stays.
		case plan.CodeUndoUnread, plan.CodeUndoPartly, plan.CodeUndoChanged:
			for f := range strings.SplitSeq(is.Params["fields"], ",") {
				fields[f] = true
			}
		case plan.CodeUndoGone, plan.CodeUndoProtected, plan.CodeUndoAdded, plan.CodeUndoActivated, plan.CodeUndoRemoved, plan.CodeUndoWithdrawn:
			all = true
		}
	}
	return fields, all
}

// person is somebody by id, with the key that they have now.
func personOf(a plan.Account, id string) (string, zoomapi.User, bool) {
	for k, u := range a.Users {
		if u.ID == id {
			return k, u, true
		}
	}
	return "", zoomapi.User{}, false
}

// valuesOf is what an export says of somebody, as far as it was read, and whether they are let in.
func valuesOf(a plan.Account, key string, u zoomapi.User) map[string]string {
	u.Email = key
	out := map[string]string{"status": u.Status, "new_email": key}
	fields := []roster.Field{roster.LargeMeeting, roster.Webinar, roster.ZoomEvents, roster.TranslatedCaptions, roster.UserType, roster.Division}
	fields = append(
		fields, roster.FirstName, roster.LastName, roster.DisplayName, roster.Department, roster.JobTitle, roster.Location, roster.Company,
		roster.Manager, roster.CostCenter, roster.PhoneNumber, roster.Language, roster.Timezone, roster.Pronouns,
		roster.CustomField("Badge"), roster.CustomField("Shoe size"),
	)
	a.Detailed = map[string]bool{key: true}
	for _, f := range fields {
		if v, read := a.Current(&u, f); read {
			out[string(f)] = v
		}
	}
	for _, f := range []roster.Field{roster.UserGroup, roster.ChatGroup} {
		v, _ := a.Current(&u, f)
		names := roster.SplitGroups(v)
		slices.Sort(names)
		out[string(f)] = strings.Join(names, ";")
	}
	return out
}

// TestPropertyUndone: a job that is undone leaves the account as it was before, but for what the plan says stays.
func TestPropertyUndone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		j := drawPast(t)
		p := j.undo(t, j.after)
		end := apply(j.after, p)
		for i, c := range j.plan.Changes {
			kept, all := stays(p, c.Row)
			if all {
				continue
			}
			now, did := p.Changes[i], &j.done[i]
			untouched := !did.Created && !did.Status && !did.Removed && !did.Withdrawn && len(did.Fields)+len(did.Joined)+len(did.Left) == 0
			if untouched && (now.Action != plan.ActionNone || now.Verdict != plan.VerdictUnchanged) {
				t.Errorf("row %d was not touched and is %+v", c.Row, now)
			}
			if untouched {
				continue
			}
			switch c.Action {
			case plan.ActionUpdate, plan.ActionDeactivate, plan.ActionActivate:
				_, was, _ := personOf(j.before, c.UserID)
				key, is, found := personOf(end, c.UserID)
				if !found {
					t.Errorf("row %d: the person is gone", c.Row)
					continue
				}
				want, got := valuesOf(j.before, c.Key, was), valuesOf(end, key, is)
				maps.DeleteFunc(got, func(f, _ string) bool {
					_, read := want[f]
					return !read
				})
				for f := range want {
					if kept[f] || c.Action == plan.ActionActivate && f == "user_type" {
						delete(want, f)
						delete(got, f)
					}
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("row %d, %s undone by %s, is not as before (-before +after):\n%s\ndone: %+v\nundo: %+v", c.Row, c.Action, now.Action, diff, j.done[i], now)
				}
			case plan.ActionCreate, plan.ActionResend:
				_, was := j.before.Users[c.Key]
				if _, is := end.Users[c.Key]; was != is {
					t.Errorf("row %d: there before: %v, after: %v", c.Row, was, is)
				}
			case plan.ActionNone, plan.ActionWithdraw, plan.ActionDelete, plan.ActionUnlink:
				t.Errorf("row %d: %s cannot be taken back, and is %s", c.Row, c.Action, now.Verdict)
			}
		}
		again := j.undo(t, end)
		if again.Writes() {
			t.Errorf("undone twice, and something changes: %s", again.Text())
		}
	})
}

// edit is a change by hand of one field of one person.
type edit struct {
	id    string
	field roster.Field
	value string
}

// TestPropertyHandEdits: what people change by hand after a job is not overwritten by undoing it.
func TestPropertyHandEdits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		j := drawPast(t)
		now := apply(j.after, &plan.Plan{}) // a copy
		var edits []edit
		for i := range j.done {
			c := &j.done[i].Change
			key, u, found := personOf(now, c.UserID)
			if c.UserID == "" || !found || c.Action.Removes() || rapid.Bool().Draw(t, "left alone") {
				continue
			}
			fields := []roster.Field{
				roster.Department, roster.FirstName, roster.JobTitle, roster.LargeMeeting, roster.Webinar, roster.UserStatus, roster.NewEmail,
			}
			// Best of all something that the job wrote.
			wrote := slices.DeleteFunc(slices.Clone(fields), func(f roster.Field) bool { return !slices.Contains(j.done[i].Fields, f) })
			if len(wrote) > 0 && rapid.Bool().Draw(t, "what the job wrote") {
				fields = wrote
			}
			e := edit{id: c.UserID, field: rapid.SampledFrom(fields).Draw(t, "edited"), value: "By hand"}
			switch e.field { //nolint:exhaustive // These are the ones drawn.
			case roster.Department:
				u.Department = e.value
			case roster.FirstName:
				u.FirstName = e.value
			case roster.JobTitle:
				u.JobTitle = e.value
			case roster.LargeMeeting, roster.Webinar:
				if u.Type != zoomapi.TypeLicensed || u.Status != zoomapi.StatusActive || c.Action != plan.ActionUpdate {
					continue
				}
				f := now.Features[key]
				f.LargeMeeting, f.LargeMeetingCapacity, f.Webinar, f.WebinarCapacity = true, 3000, true, 5000
				now.Features[key] = f
				e.value = map[roster.Field]string{roster.LargeMeeting: "3000", roster.Webinar: "5000"}[e.field]
			case roster.UserStatus:
				if u.Status != zoomapi.StatusActive || c.Action == plan.ActionActivate {
					continue
				}
				u.Status, e.value = zoomapi.StatusInactive, zoomapi.StatusInactive
			case roster.NewEmail:
				delete(now.Users, key)
				now.Features["by.hand."+key] = now.Features[key]
				for _, m := range now.Members {
					if m[key] {
						delete(m, key)
						m["by.hand."+key] = true
					}
				}
				key = "by.hand." + key
				u.Email, e.value = key, key
			}
			now.Users[key] = u
			now.Detailed[key] = rapid.Bool().Draw(t, "read after the edit")
			edits = append(edits, e)
		}
		p := j.undo(t, now)
		end := apply(now, p)
		for _, e := range edits {
			key, u, found := personOf(end, e.id)
			if !found && u.Status != zoomapi.StatusPending {
				if at := slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.UserID == e.id }); at >= 0 && p.Changes[at].Action == plan.ActionWithdraw {
					continue
				}
				t.Errorf("whoever was changed by hand is gone")
				continue
			}
			got := valuesOf(end, key, u)
			got[string(roster.UserStatus)] = u.Status
			deactivated := u.Status == zoomapi.StatusInactive && (e.field == roster.LargeMeeting || e.field == roster.Webinar)
			if got[string(e.field)] != e.value && !deactivated {
				t.Errorf("%s was made %q by hand and is %q", e.field, e.value, got[string(e.field)])
			}
		}
	})
}

// TestPropertyUndoStored: what an undo needs comes back from storage, and the digest covers what is undone.
func TestPropertyUndoStored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		j := drawPast(t)
		want := j.undo(t, j.after)
		raw, err := json.Marshal(j.plan)
		if err != nil {
			t.Fatal(err)
		}
		var back plan.Plan
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		stored := j
		stored.plan = &back
		stored.done = slices.Clone(j.done)
		for i := range stored.done {
			stored.done[i].Change = back.Changes[i]
		}
		if diff := gocmp.Diff(want, stored.undo(t, j.after)); diff != "" {
			t.Errorf("undo of the stored plan (-kept +stored):\n%s", diff)
		}
		a := j.after
		a.Recall(j.plan)
		if other := plan.Undo("other", j.done, a, j.options); other.Digest == want.Digest {
			t.Error("the digest does not cover which job is undone")
		}
	})
}

// TestPropertyCompared: two plans differ exactly when their digests do.
func TestPropertyCompared(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		o, a := w.options, apply(w.account, &plan.Plan{})
		rows := slices.Clone(w.rows)
		for range rapid.IntRange(0, 3).Draw(t, "variations") {
			switch rapid.IntRange(0, 8).Draw(t, "what") {
			case 0:
				o.MadeAt = o.MadeAt.Add(1)
			case 1:
				rows = rapid.Permutation(rows).Draw(t, "order")
			case 2:
				o.CreateAction = zoomapi.ActionSSOCreate
			case 3:
				o.UserType = zoomapi.TypeBasic
			case 4:
				a.Divisions = []plan.Division{{ID: "d9", Name: "North"}, {ID: "d2", Name: "South\u00a0 "}}
			case 5:
				a.Attributes = []plan.Attribute{{Key: "k9", Name: "Badge"}, {Key: "k3", Name: "Shoe size"}}
			case 6:
				for _, k := range slices.Sorted(maps.Keys(a.Users)) {
					u := a.Users[k]
					u.Department, u.ID = word().Draw(t, "department"), u.ID+rapid.SampledFrom([]string{"", "x"}).Draw(t, "id")
					a.Users[k] = u
					break
				}
			case 7:
				if len(rows) > 0 {
					rows = append(slices.Clone(rows[1:]), changed(rows[0], string(roster.Department), "Elsewhere"))
				}
			case 8:
				o.Mode = plan.ModeAuto
			}
		}
		p, q := plan.Build(rosterOf(w.rows...), w.account, w.options), plan.Build(rosterOf(rows...), a, o)
		d := plan.Compare(p, q)
		if d.IsZero() != (p.Digest == q.Digest) {
			t.Errorf("digests same: %v, difference: %+v", p.Digest == q.Digest, d)
		}
		back := plan.Compare(q, p)
		if d.IsZero() != back.IsZero() || d.Before != back.After || d.After != back.Before {
			t.Errorf("the other way round: %+v, want the reverse of %+v", back, d)
		}
		if !slices.IsSortedFunc(d.Rows, func(x, y plan.RowDifference) int { return x.Line - y.Line }) {
			t.Error("rows are not in the order of the file")
		}
	})
}
