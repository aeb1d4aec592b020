package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Entry is one line of a job's audit log. Entries chain by hash: changing or removing one breaks all after it.
type Entry struct {
	At    time.Time `json:"at"`
	Actor Actor     `json:"actor,omitzero"`
	// Event is what happened: a state, or "decision", "stop_requested", "settings".
	Event string `json:"event"`
	From  State  `json:"from,omitempty"`
	To    State  `json:"to,omitempty"`
	// Digest is the plan that a decision was about.
	Digest string `json:"digest,omitempty"`
	Note   string `json:"note,omitempty"`
	// Prev and Hash chain the entries; both are set by [Seal].
	Prev string `json:"prev,omitempty"`
	Hash string `json:"hash,omitempty"`
}

// Seal chains entries to a log whose newest hash is head and returns the new head.
func Seal(head string, entries []Entry) (string, error) {
	for i := range entries {
		entries[i].Prev, entries[i].Hash = head, ""
		raw, err := json.Marshal(entries[i])
		if err != nil {
			return "", fmt.Errorf("encode audit entry: %w", err)
		}
		sum := sha256.Sum256(raw)
		entries[i].Hash = hex.EncodeToString(sum[:])
		head = entries[i].Hash
	}
	return head, nil
}

// Verify checks that entries are a whole, unchanged log; it returns the index of the first broken entry, or -1.
func Verify(entries []Entry) int {
	head := ""
	for i, e := range entries {
		want := e.Hash
		one := []Entry{e}
		got, err := Seal(head, one)
		if err != nil || e.Prev != head || got != want {
			return i
		}
		head = want
	}
	return -1
}
