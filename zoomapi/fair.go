package zoomapi

import (
	chain "container/list"
	"context"
	"sync"
)

// turns lets callers through one at a time and takes them from the flows in
// turn, so that a flow's wait depends on how many flows there are and not on
// how much the others have to do. Within a flow, first come is first served.
type turns struct {
	mu    sync.Mutex
	taken bool
	flows map[string]*chain.List // Of *turn; only flows in which somebody waits.
	round chain.List             // Of names of flows, the next one first.
	count int
}

// turn is one caller's place in its flow.
type turn struct {
	come  chan struct{}
	given bool
}

// take waits for the caller's turn, which lasts until pass is called.
func (q *turns) take(ctx context.Context, flow string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if !q.taken {
		q.taken = true
		q.mu.Unlock()
		return nil
	}
	mine := &turn{come: make(chan struct{})}
	waiting := q.flows[flow]
	if waiting == nil {
		if q.flows == nil {
			q.flows = make(map[string]*chain.List)
		}
		waiting = chain.New()
		q.flows[flow] = waiting
		q.round.PushBack(flow)
	}
	place := waiting.PushBack(mine)
	q.count++
	q.mu.Unlock()

	select {
	case <-mine.come:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	if mine.given {
		q.mu.Unlock()
		q.pass()
		return ctx.Err()
	}
	// The name of a flow that is empty now stays in the round; pass skips it.
	waiting.Remove(place)
	q.count--
	q.mu.Unlock()
	return ctx.Err()
}

// pass gives the turn to the next flow.
func (q *turns) pass() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for front := q.round.Front(); front != nil; front = q.round.Front() {
		name, _ := front.Value.(string)
		waiting := q.flows[name]
		if waiting.Len() == 0 {
			q.round.Remove(front)
			delete(q.flows, name)
			continue
		}
		next, _ := waiting.Remove(waiting.Front()).(*turn)
		q.count--
		q.round.MoveToBack(front)
		next.given = true
		close(next.come)
		return
	}
	q.taken = false
}

// waiting counts those whose turn has not come.
func (q *turns) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}
