package jobs

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// ErrUnconfirmed says that a decision has to wait: the file has no header, and the requester has not confirmed the columns yet.
var ErrUnconfirmed = errors.New("the columns of the file are not confirmed")

// Choices are what the requester may change of a job while its plan waits for a decision; nil leaves as it is.
type Choices struct {
	// Kind is one of [KindAuto], [KindImport] and [KindUpdate].
	Kind *Kind
	// UserType, LargeMeeting and Webinar are for everybody who is added.
	UserType     *int
	LargeMeeting *int
	Webinar      *int
}

// errChoice: a choice that does not exist.
var errChoice = errors.New("no such choice")

func (c Choices) check() error {
	switch {
	case c.Kind != nil && !slices.Contains([]Kind{KindAuto, KindImport, KindUpdate}, *c.Kind):
		return errChoice
	case c.UserType != nil && !slices.Contains(UserTypes(), *c.UserType):
		return errChoice
	case c.LargeMeeting != nil && *c.LargeMeeting < 0, c.Webinar != nil && *c.Webinar < 0:
		return errChoice
	}
	return nil
}

func (c Choices) apply(j *Job) {
	if c.Kind != nil {
		j.Kind = *c.Kind
	}
	for _, n := range []struct {
		chosen *int
		to     *int
	}{{c.UserType, &j.Settings.UserType}, {c.LargeMeeting, &j.Settings.LargeMeeting}, {c.Webinar, &j.Settings.Webinar}} {
		if n.chosen != nil {
			*n.to = *n.chosen
		}
	}
	if j.Settings.UserType != zoomapi.TypeLicensed {
		// Add-ons stand on the licence.
		j.Settings.LargeMeeting, j.Settings.Webinar = 0, 0
	}
}

// Choose changes the settings of a job that waits for a decision; its plan is made anew in place. Only the requester and
// approvers may. The old plan's digest, and with it every button that carries it, is void from this moment.
func (s *Service) Choose(ctx context.Context, id string, actor Actor, c Choices) (Job, error) {
	if err := c.check(); err != nil {
		return Job{}, err
	}
	return s.planAnew(ctx, id, actor, "settings", func(j *Job) error {
		if j.Kind == KindInvitations || j.Kind == KindUndo {
			return errChoice
		}
		c.apply(j)
		return nil
	})
}

// Revise adds to how the file of a job is read; the plan is made anew in place. Only the requester and approvers may. A
// file that was refused because of its columns can be read again this way too.
func (s *Service) Revise(ctx context.Context, id string, actor Actor, r Revision) (Job, error) {
	return s.planAnew(ctx, id, actor, "revision", func(j *Job) error {
		now := &j.Revision
		if len(r.Header) > 0 {
			now.Header = slices.Clone(r.Header)
		}
		now.Sheet = orDefault(r.Sheet, now.Sheet)
		now.CreateGroups = now.CreateGroups || r.CreateGroups
		now.Columns = merged(now.Columns, r.Columns)
		now.Groups = merged(now.Groups, r.Groups)
		return nil
	})
}

// PlanAgain makes the plan of an expired job anew. Only its requester and approvers may. What is different in the new plan
// is told by [Service.Difference].
func (s *Service) PlanAgain(ctx context.Context, id string, actor Actor) (Job, error) {
	return s.planAnew(ctx, id, actor, "again", func(j *Job) error {
		if j.State != StateExpired {
			return &StateError{ID: id, From: j.State, To: StatePlanning}
		}
		return nil
	})
}

func merged[V any](old, added map[string]V) map[string]V {
	if len(added) == 0 {
		return old
	}
	out := maps.Clone(old)
	if out == nil {
		out = make(map[string]V, len(added))
	}
	maps.Copy(out, added)
	return out
}

// planAnew sends a job back to planning with a change of its record.
func (s *Service) planAnew(ctx context.Context, id string, actor Actor, what string, change func(*Job) error) (Job, error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if err := s.mine(ctx, &j, actor); err != nil {
		return j, err
	}
	from, to := j.State, StatePlanning
	switch from {
	case StateAwaitingApproval, StateExpired, StatePlanned, StateNoChanges:
	case StateInvalid:
		to = StateReading
	default:
		return j, &StateError{ID: id, From: from, To: to}
	}
	now, err := s.move(ctx, id, transition{
		to: to, actor: actor, note: what,
		check: func(j *Job) error {
			switch {
			case j.State != from || j.Kind == KindExport:
				return &StateError{ID: id, From: j.State, To: to}
			case j.State == StateAwaitingApproval && !s.now().Before(j.ExpiresAt):
				return ErrExpired
			}
			next := *j
			if err := change(&next); err != nil {
				return err
			}
			*j = next
			return nil
		},
		edit: func(j *Job) {
			j.Replaced, j.Reason, j.Fixes = nil, Reason{}, Fixes{}
			if from == StateExpired {
				j.Replaced = j.Plan
			}
		},
	})
	if err != nil {
		return j, err
	}
	s.enqueue(ctx, TaskPlan, id, 0)
	return now, nil
}

// mine reports whether an actor may steer a job: its requester and approvers may.
func (s *Service) mine(ctx context.Context, j *Job, actor Actor) error {
	if actor.ID != "" && actor.ID == j.Requester.ID {
		return nil
	}
	if err := s.o.Front.MayApprove(ctx, actor); err != nil {
		return errors.Join(ErrNotYours, err)
	}
	return nil
}

// Corrected returns the file of a job with every suggestion applied, and how many there were. Cells without a suggestion
// are exactly as they were.
func (s *Service) Corrected(ctx context.Context, id string) (data []byte, fixes int, err error) {
	j, err := s.o.Store.Get(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	if data, err = s.o.Store.Blob(ctx, id, BlobFile); err != nil {
		return nil, 0, err
	}
	var issues []roster.Issue
	if p, err := s.Plan(ctx, id); err == nil {
		issues = p.Issues
	} else if !errors.Is(err, ErrNotFound) {
		return nil, 0, err
	}
	list := roster.FixesOf(issues)
	out, err := roster.Correct(data, s.readOptions(&j), list)
	return out, len(list), err
}

// readOptions say how the file of a job is read.
func (s *Service) readOptions(j *Job) roster.Options {
	kind := j.Kind
	if kind == KindUndo {
		// The file is that of the other job, and is read as that one reads it.
		kind = j.OfKind
	}
	o := s.o.Limits
	o.Header, o.Columns, o.Sheet = j.Revision.Header, j.Revision.Columns, j.Revision.Sheet
	// Without a header the columns are taken by position, and the requester has to confirm that.
	o.Positional, o.Update = true, kind == KindUpdate
	if kind != KindImport {
		// Whether a name is missing depends on whether the person is new, which the plan knows.
		o.Required = []roster.Field{roster.Email}
	}
	return o
}

// fixesOf collects what one click can mend.
func fixesOf(issues []roster.Issue) Fixes {
	var f Fixes
	for i := range issues {
		is := &issues[i]
		switch is.Code { //nolint:exhaustive // Only these have a fix for the whole file.
		case roster.UnknownColumn:
			field := roster.FieldOf(is.Suggestion)
			if is.Suggestion == "" || field == "" || len(f.Columns) >= maxFixes {
				continue
			}
			f.Columns = merged(f.Columns, map[string]roster.Field{is.Column: field})
		case plan.CodeUnknownGroup, plan.CodeUnknownChatGroup:
			name := is.Params["group"]
			if near := roster.SplitGroups(is.Suggestion); len(near) > 0 && len(f.Groups) < maxFixes {
				f.Groups = merged(f.Groups, map[string]string{name: near[0]})
			}
			if is.Code == plan.CodeUnknownGroup && len(f.Missing) < maxFixes && !slices.Contains(f.Missing, name) {
				f.Missing = append(f.Missing, name)
			}
		}
	}
	return f
}

// maxFixes bounds what a job keeps of suggestions; files with more are mended by the corrected file.
const maxFixes = 50

// parseCapacity reads a capacity of an add-on as plans write it.
func parseCapacity(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
