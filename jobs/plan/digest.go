package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

// digestDomain separates these hashes from any other and names their layout.
const digestDomain = "zoomusers plan 2\n"

// effect is the part of a change that people approve.
type effect struct {
	Key string `json:"key"`
	// ID tells somebody else apart who has the address by the time the plan is made anew.
	ID     string        `json:"id,omitempty"`
	Action Action        `json:"action"`
	Type   int           `json:"type"`
	Fields []effectValue `json:"fields"`
	// Joins are in the order of the row, since the first user group becomes the primary one.
	Joins  []string `json:"joins"`
	Leaves []string `json:"leaves"`
}

type effectValue struct {
	Field roster.Field `json:"field"`
	Old   string       `json:"old"`
	New   string       `json:"new"`
}

// digest is the SHA-256, in hex, of the semantic effects of a plan.
func digest(p *Plan) string {
	effects := make([]effect, 0, p.Counts.Writes())
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Action == ActionNone {
			continue
		}
		e := effect{Key: c.Key, ID: c.UserID, Action: c.Action, Type: c.UserType}
		for _, f := range c.Fields {
			e.Fields = append(e.Fields, effectValue{f.Field, f.Old, f.New})
		}
		slices.SortFunc(e.Fields, func(x, y effectValue) int { return cmp.Compare(x.Field, y.Field) })
		for _, g := range c.Groups {
			e.Joins = append(e.Joins, groupRef(g))
		}
		for _, g := range c.Leaves {
			e.Leaves = append(e.Leaves, groupRef(g))
		}
		slices.Sort(e.Leaves)
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
		Divisions    []Division           `json:"divisions"`
		Attributes   []Attribute          `json:"attributes"`
	}{p.AccountID, p.CreateAction, effects, p.Divisions, p.Attributes})
	return hex.EncodeToString(h.Sum(nil))
}

// groupRef names a group by its id, or by its name while it has none.
func groupRef(g Group) string {
	if g.ID == "" {
		return string(g.Kind) + ":new:" + g.Name
	}
	return string(g.Kind) + ":" + g.ID
}
