package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// digestDomain separates these hashes from any other and names their layout.
const digestDomain = "zoomusers plan 1\n"

// effect is the part of a change that people approve.
type effect struct {
	Key    string        `json:"key"`
	Action Action        `json:"action"`
	Type   int           `json:"type"`
	Fields []FieldChange `json:"fields"`
	Groups []string      `json:"groups"`
}

// digest is the SHA-256, in hex, of the semantic effects of a plan.
func digest(p *Plan) string {
	effects := make([]effect, 0, p.Counts.Create)
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Action == ActionNone {
			continue
		}
		e := effect{Key: c.Key, Action: c.Action, Type: c.UserType, Fields: append([]FieldChange(nil), c.Fields...)}
		slices.SortFunc(e.Fields, func(x, y FieldChange) int { return cmp.Compare(x.Field, y.Field) })
		for _, g := range c.Groups {
			e.Groups = append(e.Groups, string(g.Kind)+":"+g.ID)
		}
		effects = append(effects, e)
	}
	slices.SortFunc(effects, func(x, y effect) int { return cmp.Compare(x.Key, y.Key) })
	h := sha256.New()
	h.Write([]byte(digestDomain))
	// Encoding these plain structs to a hash cannot fail.
	_ = json.NewEncoder(h).Encode(struct {
		AccountID    string               `json:"account_id"`
		CreateAction zoomapi.CreateAction `json:"create_action"`
		Effects      []effect             `json:"effects"`
	}{p.AccountID, p.CreateAction, effects})
	return hex.EncodeToString(h.Sum(nil))
}
