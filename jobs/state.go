package jobs

import (
	"fmt"
	"slices"
)

// State is where a job stands.
type State string

// The states of a job.
const (
	// StateReceived: handed in and stored; the file may not be fetched yet.
	StateReceived State = "received"
	// StateReading: a worker fetches and reads the file.
	StateReading State = "reading"
	// StatePlanning: a worker reads the account and builds the plan.
	StatePlanning State = "planning"
	// StateAwaitingApproval: the plan is shown; somebody with the right decides.
	StateAwaitingApproval State = "awaiting_approval"
	// StateApproved: decided; the plan is about to be compared with the account once more.
	StateApproved State = "approved"
	// StateApplying: rows are being worked on.
	StateApplying State = "applying"
	// StatePaused: rests. Without [Job.Held] it goes on by itself at [Job.ResumeAt]: the limit of the day, or licences that
	// are used up. With it a person resumes it: a person paused it, or a guard did.
	StatePaused State = "paused"
	// StateFinishing: everything that can be done now is done and reported; invited people are waited for.
	StateFinishing State = "finishing"

	// StateDone: every row has its final outcome.
	StateDone State = "done"
	// StateNoChanges: the account already holds what the file asks for, or no row can be used.
	StateNoChanges State = "no_changes"
	// StatePlanned: a dry run ended with its plan.
	StatePlanned State = "planned"
	// StateInvalid: the file was refused; [Job.Reason] says why.
	StateInvalid State = "invalid"
	// StateRejected: somebody with the right said no.
	StateRejected State = "rejected"
	// StateExpired: nobody decided in time.
	StateExpired State = "expired"
	// StateCanceled: stopped by a person; what was done stays and is reported.
	StateCanceled State = "canceled"
	// StateErrored: a reason that no row can help stopped it; what was done stays and is reported.
	StateErrored State = "errored"
)

// arrows returns the states that may follow s.
func (s State) arrows() []State {
	switch s {
	case StateReceived:
		return []State{StateReading, StateInvalid, StateCanceled, StateErrored}
	case StateReading:
		// An export is done with the reading; it has no plan.
		return []State{StatePlanning, StateDone, StateInvalid, StateCanceled, StateErrored}
	case StatePlanning:
		return []State{StateAwaitingApproval, StateNoChanges, StatePlanned, StateInvalid, StateCanceled, StateErrored}
	case StateAwaitingApproval:
		return []State{StateApproved, StateRejected, StateExpired, StateCanceled, StatePlanning}
	case StateApproved:
		return []State{StateApplying, StateAwaitingApproval, StateNoChanges, StateInvalid, StateCanceled, StateErrored}
	case StateApplying:
		return []State{StateFinishing, StateDone, StatePaused, StateCanceled, StateErrored}
	case StatePaused:
		return []State{StateApplying, StateDone, StateCanceled, StateErrored}
	case StateFinishing:
		return []State{StateDone, StateCanceled, StateErrored}
	case StateNoChanges, StatePlanned:
		// Nothing was done, so the requester may choose otherwise and have the plan made anew.
		return []State{StatePlanning}
	case StateInvalid:
		// What was wrong with the columns can be settled by the requester.
		return []State{StateReading}
	case StateExpired:
		// Whoever still wants it has the plan made anew: by approving it, or by asking for it.
		return []State{StateApproved, StatePlanning}
	case StateDone, StateRejected, StateCanceled, StateErrored:
		return nil
	}
	return nil
}

// CanBecome reports whether a job in state s may go to next. Staying is always allowed.
func (s State) CanBecome(next State) bool { return s == next || slices.Contains(s.arrows(), next) }

// Terminal reports whether a job in state s has ended. Some ends can be taken back by a person as long as nothing was done.
func (s State) Terminal() bool {
	switch s {
	case StateDone, StateNoChanges, StatePlanned, StateInvalid, StateRejected, StateExpired, StateCanceled, StateErrored:
		return true
	case StateReceived, StateReading, StatePlanning, StateAwaitingApproval, StateApproved, StateApplying, StatePaused,
		StateFinishing:
		return false
	}
	return false
}

// Applied reports whether the job has touched the account, so that it has outcomes to show.
func (s State) Applied() bool {
	switch s {
	case StateApplying, StatePaused, StateFinishing, StateDone:
		return true
	case StateReceived, StateReading, StatePlanning, StateAwaitingApproval, StateApproved, StateNoChanges, StatePlanned,
		StateInvalid, StateRejected, StateExpired, StateCanceled, StateErrored:
		return false
	}
	return false
}

// States lists all states in the order of a job's life.
func States() []State {
	return []State{
		StateReceived, StateReading, StatePlanning, StateAwaitingApproval, StateApproved, StateApplying, StatePaused,
		StateFinishing, StateDone, StateNoChanges, StatePlanned, StateInvalid, StateRejected, StateExpired, StateCanceled,
		StateErrored,
	}
}

// StateError says that a job cannot go from one state to another.
type StateError struct {
	ID       string
	From, To State
}

// Error implements error.
func (e *StateError) Error() string {
	return fmt.Sprintf("job %s cannot go from %s to %s", e.ID, e.From, e.To)
}
