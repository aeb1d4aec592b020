package jobs

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// moving is an account whose lists are read at once, while a person goes from one to the other.
type moving struct {
	Reader

	// in is the status that is answered first, and after that one the others.
	in    string
	first chan struct{}
}

func (m *moving) Users(ctx context.Context, o zoomapi.ListUsersOptions) iter.Seq2[zoomapi.User, error] {
	return func(yield func(zoomapi.User, error) bool) {
		if o.Status == zoomapi.StatusInactive {
			return
		}
		if o.Status == m.in {
			defer close(m.first)
		} else {
			select {
			case <-m.first:
			case <-ctx.Done():
				yield(zoomapi.User{}, ctx.Err())
				return
			}
		}
		yield(zoomapi.User{Email: "eve@example.com", Type: 1, Status: o.Status}, nil)
	}
}

func (m *moving) PlanUsage(context.Context) (zoomapi.PlanUsage, error) {
	return zoomapi.PlanUsage{}, nil
}

// TestAcceptedMeanwhile: somebody who accepts while the lists are read is in the account, whichever list is read first.
func TestAcceptedMeanwhile(t *testing.T) {
	t.Parallel()
	// More people than are read one by one.
	var file bytes.Buffer
	file.WriteString("Email,First Name,Last Name\neve@example.com,Eve,New\n")
	for i := range fewRows + 2 {
		fmt.Fprintf(&file, "p%d@example.com,A,B\n", i)
	}
	r, err := roster.Read(file.Bytes(), roster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{zoomapi.StatusPending, zoomapi.StatusActive} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			a, err := readAccount(t.Context(), &moving{in: in, first: make(chan struct{})}, r, plan.ModeUpdate, 4)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Users["eve@example.com"].Status; got != zoomapi.StatusActive {
				t.Errorf("she is %s, want active", got)
			}
		})
	}
}
