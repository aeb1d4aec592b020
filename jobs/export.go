package jobs

import (
	"time"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// Query says which people an export holds, and with which columns. Conditions of different kinds are all to be met; of
// several values of one kind, one is enough. What is empty asks for nothing.
type Query struct {
	// Statuses are active, inactive and pending; active when empty.
	Statuses []string `json:"statuses,omitempty"`
	// Types are names as [plan.TypeName] gives them.
	Types []string `json:"types,omitempty"`
	// Groups, Departments and Roles are names, compared without case.
	Groups      []string `json:"groups,omitempty"`
	Departments []string `json:"departments,omitempty"`
	Roles       []string `json:"roles,omitempty"`
	// Text is looked for in the address and the names.
	Text string `json:"text,omitempty"`
	// Since leaves out people who were added before.
	Since time.Time `json:"since,omitzero"`
	// Columns are the columns in their order; the usual ones when empty.
	Columns []roster.Field `json:"columns,omitempty"`
}
