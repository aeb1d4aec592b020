package plan

import "github.com/zoomusers/zoomusers/jobs/roster"

// Done is what a job did to the person of one row.
type Done struct {
	// Change is the row of the job's plan.
	Change Change
	// Created says that the job added or invited the person.
	Created bool
	// UserID is Zoom's id, where the job learned it.
	UserID string
	// Status says that the job activated or deactivated the person, as Change.Action says; Removed that it deleted or
	// unlinked them; Withdrawn that it took their invitation back.
	Status, Removed, Withdrawn bool
	// Fields are those of Change.Fields that the job has written.
	Fields []roster.Field
	// Joined and Left are the groups of the change that the job put the person into and took them out of.
	Joined, Left []Group
}

// Undo makes the plan that takes back what a job did. It does not keep or change its arguments.
func Undo(job string, done []Done, a Account, o Options) *Plan {
	return &Plan{Version: Version, Undoes: job, Changes: make([]Change, len(done)), AccountID: o.AccountID, MadeAt: o.MadeAt, Cost: Cost{Reads: a.Reads}}
}
