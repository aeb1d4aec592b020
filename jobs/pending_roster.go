package jobs

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// invitationRoster writes the roster of a job about invitations. The values are those that the earlier files had when they
// were read, with what their requesters decided about columns, so one header serves for people of several files.
func (s *Service) invitationRoster(ctx context.Context, action plan.Action, people []Invitee, locale string) ([]byte, Revision, error) {
	var (
		rev     Revision
		fields  = []roster.Field{roster.Email, roster.FirstName, roster.LastName}
		records = make([]map[roster.Field]string, 0, len(people))
		sources = make(map[string]*invitationSource)
	)
	for i := range people {
		person := &people[i]
		cells := map[roster.Field]string{}
		if src, err := s.invitationSource(ctx, sources, person.JobID); err != nil {
			return nil, Revision{}, err
		} else if src != nil && action == plan.ActionResend {
			var order []roster.Field
			cells, order = src.cells(person.line)
			for _, f := range order {
				if !slices.Contains(fields, f) {
					fields = append(fields, f)
				}
			}
			// Names of groups that were settled by hand then are settled now.
			rev.Groups = merged(rev.Groups, src.job.Revision.Groups)
		}
		own := map[roster.Field]string{
			roster.Email: person.Email, roster.FirstName: person.FirstName, roster.LastName: person.LastName,
		}
		if name := plan.TypeName(person.UserType); action == plan.ActionResend {
			if _, known := plan.ParseType(name); known {
				own[roster.UserType] = name
			}
		}
		for f, v := range own {
			if cells[f] == "" && v != "" {
				cells[f] = roster.EscapeCell(f, v)
			}
		}
		cells[roster.Action] = string(action)
		cells[roster.Detail] = origin(person)
		records = append(records, cells)
	}
	if action == plan.ActionResend && !slices.Contains(fields, roster.UserType) {
		fields = append(fields, roster.UserType)
	}
	fields = append(fields, roster.Action, roster.Detail)

	language, _, _ := strings.Cut(locale, "-")
	header := make([]string, 0, len(fields))
	for _, f := range fields {
		name := roster.HeaderName(f, language)
		if f == roster.Detail {
			name = roster.DetailHeader
		}
		header = append(header, name)
	}
	rows := make([][]string, 0, len(records))
	for _, cells := range records {
		row := make([]string, 0, len(fields))
		for _, f := range fields {
			row = append(row, cells[f])
		}
		rows = append(rows, row)
	}
	var buf bytes.Buffer
	err := roster.Write(&buf, header, rows, roster.WriteOptions{})
	return buf.Bytes(), rev, err
}

// origin tells in the file where an invitation comes from. It also makes the file of a second repetition another one than
// that of the first, whose job may still be open.
func origin(i *Invitee) string {
	if i.JobID == "" {
		return ""
	}
	return "job " + i.JobID + ", " + i.Since.UTC().Format(time.RFC3339)
}

// invitationSource is the file of a job that invited people, with its plan.
type invitationSource struct {
	job     Job
	roster  *roster.Roster
	rows    map[int]int // line → index in roster.Rows
	changes map[int]*plan.Change
}

// invitationSource reads the file of a job once; nil when there is none, or it is not kept any more.
func (s *Service) invitationSource(ctx context.Context, read map[string]*invitationSource, id string) (*invitationSource, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // No job, no file.
	}
	if src, ok := read[id]; ok {
		return src, nil
	}
	j, r, p, err := s.readPlanned(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		read[id] = nil
		return nil, nil //nolint:nilnil // As above.
	case err != nil:
		return nil, err
	}
	src := &invitationSource{job: j, roster: r, rows: make(map[int]int, len(r.Rows)), changes: make(map[int]*plan.Change, len(p.Changes))}
	for i := range r.Rows {
		src.rows[r.Rows[i].Line] = i
	}
	for i := range p.Changes {
		src.changes[p.Changes[i].Line] = &p.Changes[i]
	}
	read[id] = src
	return src, nil
}

// readPlanned reads a job with its file and its plan.
func (s *Service) readPlanned(ctx context.Context, id string) (Job, *roster.Roster, *plan.Plan, error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return j, nil, nil, err
	}
	r, err := s.Roster(ctx, id)
	if err != nil {
		return j, nil, nil, err
	}
	p, err := s.Plan(ctx, id)
	return j, r, p, err
}

// cells are what a row said, as cells of a new file, and its columns in the order of the file. What the job chose for
// everybody in it is written into the row.
func (src *invitationSource) cells(line int) (map[roster.Field]string, []roster.Field) {
	cells := make(map[roster.Field]string)
	var order []roster.Field
	set := func(f roster.Field, cell string) {
		if _, again := cells[f]; !again {
			order = append(order, f)
		}
		cells[f] = cell
	}
	at, ok := src.rows[line]
	if !ok {
		return cells, order
	}
	row := src.roster.Rows[at]
	for _, f := range src.roster.Fields() {
		switch f { //nolint:exhaustive // The others are kept.
		case roster.Action, roster.Result, roster.Detail, roster.Licenses:
			// The first is ours to say, the second and third were ours, and the last is in the user type.
			continue
		}
		switch v := row.Get(f); {
		case !roster.Importable(f):
		case row.Clears(f):
			set(f, roster.ClearMarker)
		case v != "":
			set(f, roster.EscapeCell(f, v))
		}
	}
	c := src.changes[line]
	if c == nil {
		return cells, order
	}
	if name := plan.TypeName(c.UserType); c.UserType != 0 {
		set(roster.UserType, name)
	}
	for _, f := range addOnColumns() {
		if v, planned := c.Value(f); planned && v != "" {
			set(f, v)
		}
	}
	return cells, order
}
