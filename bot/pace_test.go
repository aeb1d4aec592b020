package bot

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestEditPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := editPace{every: 2 * time.Second}
		if waited, err := e.wait(t.Context(), "a"); waited || err != nil {
			t.Errorf("first edit: waited %v, %v", waited, err)
		}
		e.edited("a")
		begun := time.Now()
		if waited, err := e.wait(t.Context(), "b"); waited || err != nil {
			t.Errorf("another card: waited %v, %v", waited, err)
		}
		time.Sleep(500 * time.Millisecond)
		if waited, err := e.wait(t.Context(), "a"); !waited || err != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("second edit: waited %v, %v, after %v", waited, err, time.Since(begun))
		}
		e.edited("a")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.wait(ctx, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want canceled", err)
		}
		time.Sleep(3 * time.Second)
		e.edited("b")
		if len(e.last) != 1 {
			t.Errorf("%d cards remembered, want 1", len(e.last))
		}
	})
}
