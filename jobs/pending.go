package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// InvitationLife is how long Zoom keeps an invitation that nobody accepts.
const InvitationLife = 30 * 24 * time.Hour

// Invitee is somebody who was invited and has not accepted.
type Invitee struct {
	Email, FirstName, LastName string
	// UserType is the type that the person is to get; 0 when unknown.
	UserType int
	// Since is when a job of ours sent the invitation, as well as the ledger knows. Zoom does not tell, so it is zero for
	// people who were invited elsewhere, or by a job that is not kept any more.
	Since time.Time
	// JobID is the newest job that invited the person, Requester who had asked for it; empty when it was none of ours.
	JobID     string
	Requester Actor
	// Lapsed says that the invitation is gone: it ran out, or was taken back outside of the bot.
	Lapsed bool

	// line is the person's row in the file of that job, by all the jobs that invited them.
	line int
	by   []string
}

// Until is when Zoom forgets the invitation; zero when it is not known when it was sent.
func (i *Invitee) Until() time.Time {
	if i.Since.IsZero() {
		return time.Time{}
	}
	return i.Since.Add(InvitationLife)
}

// matches reports whether the address or a name contains the lower-case text.
func (i *Invitee) matches(text string) bool {
	for _, s := range []string{i.Email, i.FirstName + " " + i.LastName, i.LastName + " " + i.FirstName, i.JobID} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

// Pending says who has not accepted their invitation: those who still can, the oldest invitation first and those of whom
// nothing is known last, and those of our jobs whose invitation lapsed. Text, where there is some, is looked for in addresses,
// names and ids of jobs.
func (s *Service) Pending(ctx context.Context, text string) (waiting, lapsed []Invitee, err error) {
	all, err := s.invitees(ctx)
	if err != nil {
		return nil, nil, err
	}
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	for i := range all {
		switch {
		case text != "" && !all[i].matches(text):
		case all[i].Lapsed:
			lapsed = append(lapsed, all[i])
		default:
			waiting = append(waiting, all[i])
		}
	}
	return waiting, lapsed, nil
}

// invitees joins Zoom's list of pending people with what the ledgers know of their invitations.
func (s *Service) invitees(ctx context.Context) ([]Invitee, error) {
	known, err := s.invitations(ctx)
	if err != nil {
		return nil, err
	}
	var out []Invitee
	pending := make(map[string]bool)
	for u, err := range s.o.Directory.Users(ctx, zoomapi.ListUsersOptions{Status: zoomapi.StatusPending}) {
		if err != nil {
			return nil, fmt.Errorf("list pending users: %w", err)
		}
		key := plan.Key(u.Email)
		pending[key] = true
		i := Invitee{Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, UserType: u.Type}
		if inv, ok := known[key]; ok && !inv.withdrawn {
			i.Since, i.JobID, i.Requester, i.line, i.by = inv.since, inv.job.ID, inv.job.Requester, inv.line, inv.by
		}
		out = append(out, i)
	}
	lapsed, err := s.lapsed(ctx, known, pending)
	if err != nil {
		return nil, err
	}
	out = append(out, lapsed...)
	slices.SortFunc(out, func(a, b Invitee) int {
		switch {
		case a.Since.IsZero() != b.Since.IsZero():
			if a.Since.IsZero() {
				return 1
			}
			return -1
		case !a.Since.Equal(b.Since):
			return a.Since.Compare(b.Since)
		}
		return cmp.Compare(a.Email, b.Email)
	})
	return out, nil
}

// lapsed finds the people whom we invited, who are not pending any more and who are not in the account either.
func (s *Service) lapsed(ctx context.Context, known map[string]invitation, pending map[string]bool) ([]Invitee, error) {
	gone := make(map[string]invitation)
	for key, inv := range known {
		if !inv.withdrawn && !pending[key] {
			gone[key] = inv
		}
	}
	if len(gone) > fewRows {
		for _, status := range []string{zoomapi.StatusActive, zoomapi.StatusInactive} {
			for u, err := range s.o.Directory.Users(ctx, zoomapi.ListUsersOptions{Status: status}) {
				if err != nil {
					return nil, fmt.Errorf("list %s users: %w", status, err)
				}
				delete(gone, plan.Key(u.Email))
			}
		}
	} else {
		for key := range gone {
			_, found, err := lookup(ctx, s.o.Directory, key)
			if err != nil && !isRowError(err) {
				return nil, err
			}
			if found {
				delete(gone, key)
			}
		}
	}
	out := make([]Invitee, 0, len(gone))
	for key, inv := range gone {
		out = append(out, Invitee{
			Email: key, FirstName: inv.first, LastName: inv.last, UserType: inv.userType, Since: inv.since,
			JobID: inv.job.ID, Requester: inv.job.Requester, Lapsed: true, line: inv.line, by: inv.by,
		})
	}
	return out, nil
}

// invitation is what the ledgers know of a person's newest invitation.
type invitation struct {
	job  *Job
	line int
	// since is when it was sent, or taken back if it was withdrawn by one of our jobs.
	since       time.Time
	withdrawn   bool
	first, last string
	userType    int
	// by are all the jobs that invited the person.
	by []string
}

// invitationJobs is through how many of the newest jobs invitations are looked for. An invitation lives for thirty days.
const invitationJobs = 1000

// invitations reads from the ledgers of recent jobs whom they invited and who had not accepted when the job last looked, by
// key of the person.
func (s *Service) invitations(ctx context.Context) (map[string]invitation, error) {
	all, err := s.o.Store.List(ctx, invitationJobs)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	known := make(map[string]invitation)
	for i := range all {
		j := &all[i]
		if j.StartedAt.IsZero() || (j.State.Terminal() && j.Counts.Invited == 0 && j.Counts.Withdrawn == 0) {
			continue
		}
		if err := s.invitationsOf(ctx, j, known); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// invitationsOf adds the invitations of one job to those that are known.
func (s *Service) invitationsOf(ctx context.Context, j *Job, known map[string]invitation) error {
	p, err := s.Plan(ctx, j.ID)
	if errors.Is(err, ErrNotFound) {
		return nil // It has expired between two reads.
	}
	if err != nil {
		return err
	}
	rows, err := s.o.Store.Rows(ctx, j.ID)
	if err != nil {
		return err
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		rs, begun := rows[c.Line]
		if !begun || c.Key == "" {
			continue
		}
		inv := invitation{job: j, line: c.Line, since: sentAt(j, &rs), userType: c.UserType}
		inv.first, _ = c.Value(roster.FirstName)
		inv.last, _ = c.Value(roster.LastName)
		before := known[c.Key]
		switch {
		case rs.Outcome == OutcomeWithdrawn:
			inv.withdrawn, inv.by = true, before.by
		case invited(&rs):
			inv.by = append(slices.Clone(before.by), j.ID)
		default:
			continue
		}
		if before.job != nil && before.since.After(inv.since) {
			// What is known is newer; only the job is added.
			before.by = inv.by
			inv = before
		}
		known[c.Key] = inv
	}
	return nil
}

// invited reports whether a row's person was invited and had not accepted when the job last looked.
func invited(rs *RowState) bool {
	return rs.Presence != PresenceActive && (rs.Invited || (rs.Created && rs.Presence == PresencePending))
}

// sentAt is when the invitation of a row was sent. What happened to a row afterwards has its own time in the ledger; then it
// is known only that the job had begun.
func sentAt(j *Job, rs *RowState) time.Time {
	later := rs.Outcome == OutcomeLapsed || rs.Outcome == OutcomeIncomplete || rs.Outcome == OutcomeFailed
	if later || rs.At.IsZero() {
		return j.StartedAt
	}
	return rs.At
}

// AllInvited is the target of [Service.SubmitInvitations] that stands for everybody whose invitation is open.
const AllInvited = "all"

// SubmitInvitations makes a job that sends invitations again ([plan.ActionResend]) or takes them back
// ([plan.ActionWithdraw]). The target is e-mail addresses with blanks between them, the id of a job that invited people, or
// [AllInvited]. Invitations that lapsed can be sent again; for [AllInvited] only open ones count.
//
// The job's roster is made here: what the files of the earlier jobs say about the people is kept, so that their profile is
// completed when they accept this time. It returns how many people that is; with nobody there is no job and no error. A target
// that is no job gives [ErrNotFound].
func (s *Service) SubmitInvitations(ctx context.Context, sub Submission, action plan.Action, target string) (Job, int, error) {
	all, err := s.invitees(ctx)
	if err != nil {
		return Job{}, 0, err
	}
	fits, err := s.targeted(ctx, action, target)
	if err != nil {
		return Job{}, 0, err
	}
	chosen := slices.DeleteFunc(all, func(i Invitee) bool { return !fits(&i) })
	if len(chosen) == 0 {
		return Job{}, 0, nil
	}
	// In the order of the addresses: the same people make the same file, whoever asks.
	slices.SortFunc(chosen, func(a, b Invitee) int { return cmp.Compare(plan.Key(a.Email), plan.Key(b.Email)) })
	if sub.Data, sub.Revision, err = s.invitationRoster(ctx, action, chosen, sub.Requester.Locale); err != nil {
		return Job{}, 0, err
	}
	sub.Kind = KindInvitations
	// Whatever way of adding people is set up: this is about invitations.
	sub.Settings.CreateAction = zoomapi.ActionCreate
	j, _, err := s.Submit(ctx, sub)
	return j, len(chosen), err
}

// targeted says which people a target means.
func (s *Service) targeted(ctx context.Context, action plan.Action, target string) (func(*Invitee) bool, error) {
	target = strings.TrimSpace(target)
	open := func(i *Invitee) bool { return !i.Lapsed || action == plan.ActionResend }
	switch id, isID := ParseID(target); {
	case strings.EqualFold(target, AllInvited):
		return func(i *Invitee) bool { return !i.Lapsed }, nil
	case strings.Contains(target, "@"):
		keys := make(map[string]bool)
		for address := range strings.FieldsSeq(target) {
			keys[plan.Key(address)] = true
		}
		return func(i *Invitee) bool { return keys[plan.Key(i.Email)] && open(i) }, nil
	case !isID:
		return nil, ErrNotFound
	default:
		if _, err := s.o.Store.Get(ctx, id); err != nil {
			return nil, err
		}
		return func(i *Invitee) bool { return slices.Contains(i.by, id) && open(i) }, nil
	}
}
