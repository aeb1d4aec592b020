package zoomapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// PlanPool is a pool of licences of one kind.
type PlanPool struct {
	// Type is Zoom's name of the plan or its number, e.g. "corp" or "1".
	Type string `json:"type"`
	Name string `json:"name,omitempty"`
	// Hosts is how many licences were bought, Usage how many are in use, and
	// Pending how many are promised to people who have not accepted yet.
	Hosts   int `json:"hosts"`
	Usage   int `json:"usage"`
	Pending int `json:"pending,omitempty"`
}

// Free is how many licences are left, never below zero.
func (p PlanPool) Free() int { return max(0, p.Hosts-p.Usage-p.Pending) }

// Capacity is how many people a seat of an add-on pool admits, read from
// Zoom's name of the plan: 500 for large500_monthly, plan_webinar500_two_years
// and webinar_500, 1000 for "Webinar 1,000 Annual". Where the type says
// nothing, the name is read. It is 0 when neither tells, as for base licences.
func (p PlanPool) Capacity() int {
	for _, text := range []string{p.Type, p.Name} {
		if n := capacityIn(text); n > 0 {
			return n
		}
	}
	return 0
}

// Add-ons are sold in sizes of at least 100 and at most 100,000 people. Other
// numbers in a plan's name are years, or the number of the plan.
const (
	leastCapacity = 100
	mostCapacity  = 100_000
)

// capacityIn finds the first number of some size in the name of a plan. The
// digits may have separators of thousands, or a k in the place of three zeros.
func capacityIn(text string) int {
	for _, m := range capacityRE.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			continue
		}
		if m[2] != "" {
			n *= 1000
		}
		if n >= leastCapacity && n <= mostCapacity {
			return n
		}
	}
	return 0
}

var capacityRE = regexp.MustCompile(`(\d{1,3}(?:,\d{3})+|\d+)([kK]\b|[kK]_)?`)

// UnmarshalJSON implements [json.Unmarshaler]. Master accounts report
// active_hosts in the place of usage.
func (p *PlanPool) UnmarshalJSON(data []byte) error {
	var w struct {
		Type        flexString `json:"type"`
		Name        flexString `json:"name"`
		Hosts       flexInt    `json:"hosts"`
		Usage       *flexInt   `json:"usage"`
		ActiveHosts flexInt    `json:"active_hosts"`
		Pending     flexInt    `json:"pending"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.Usage == nil {
		w.Usage = &w.ActiveHosts
	}
	*p = PlanPool{
		Type: string(w.Type), Name: string(w.Name), Hosts: int(w.Hosts), Usage: int(*w.Usage), Pending: int(w.Pending),
	}
	return nil
}

// PlanUsage is what the account bought and uses, by Zoom's name of the pool:
// plan_base for the licences of [TypeLicensed], plan_webinar,
// plan_large_meeting, plan_zoom_one and others.
type PlanUsage struct {
	Pools map[string][]PlanPool `json:"pools"`
}

// Base returns the pool of the base licences, summed up where an account has
// several, and false if Zoom reported none.
func (u PlanUsage) Base() (PlanPool, bool) { return u.Pool("plan_base") }

// Pool returns the sum of the pools of one name, with the type of the first.
func (u PlanUsage) Pool(name string) (PlanPool, bool) {
	pools := u.Pools[name]
	if len(pools) == 0 {
		return PlanPool{}, false
	}
	sum := pools[0]
	for _, p := range pools[1:] {
		sum.Hosts += p.Hosts
		sum.Usage += p.Usage
		sum.Pending += p.Pending
	}
	return sum, true
}

// PlanUsage returns the licences of the account. It needs a billing scope,
// which many apps lack: expect errors that match [ErrScope] and go on without.
// API: GET /accounts/me/plans/usage, [Heavy].
func (c *Client) PlanUsage(ctx context.Context) (PlanUsage, error) {
	var raw map[string]json.RawMessage
	cl := call{method: http.MethodGet, pattern: "/accounts/me/plans/usage", class: Heavy, out: &raw}
	if err := c.do(ctx, cl); err != nil {
		return PlanUsage{}, err
	}
	u := PlanUsage{Pools: make(map[string][]PlanPool)}
	for name, value := range raw {
		if !strings.HasPrefix(name, "plan_") {
			continue
		}
		pools, err := readPools(value)
		if err != nil {
			return PlanUsage{}, &transportError{op: cl.op(), err: fmt.Errorf("%s: %w", name, err)}
		}
		if len(pools) > 0 {
			u.Pools[name] = pools
		}
	}
	return u, nil
}

// readPools reads one pool or a list of them, and leaves out what counts
// something else than licences, such as storage.
func readPools(value json.RawMessage) ([]PlanPool, error) {
	value = bytes.TrimSpace(value)
	var list []json.RawMessage
	switch {
	case bytes.HasPrefix(value, []byte("{")):
		list = []json.RawMessage{value}
	case bytes.HasPrefix(value, []byte("[")):
		if err := json.Unmarshal(value, &list); err != nil {
			return nil, err
		}
	}
	var pools []PlanPool
	for _, item := range list {
		var has struct {
			Hosts json.RawMessage `json:"hosts"`
		}
		if err := json.Unmarshal(item, &has); err != nil || has.Hosts == nil {
			continue
		}
		var p PlanPool
		if err := json.Unmarshal(item, &p); err != nil {
			return nil, err
		}
		pools = append(pools, p)
	}
	return pools, nil
}

// Summary counts the users of the account.
type Summary struct {
	Licensed int `json:"licensed_users_count"`
	Basic    int `json:"basic_users_count"`
	OnPrem   int `json:"on_prem_users_count"`
	Rooms    int `json:"room_users_count"`
	Pending  int `json:"pending_users_count"`
	JoinOnly int `json:"join_only_users_count"`
	Total    int `json:"total_users_count"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (s *Summary) UnmarshalJSON(data []byte) error {
	var w struct {
		Licensed flexInt `json:"licensed_users_count"`
		Basic    flexInt `json:"basic_users_count"`
		OnPrem   flexInt `json:"on_prem_users_count"`
		Rooms    flexInt `json:"room_users_count"`
		Pending  flexInt `json:"pending_users_count"`
		JoinOnly flexInt `json:"join_only_users_count"`
		Total    flexInt `json:"total_users_count"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*s = Summary{
		Licensed: int(w.Licensed), Basic: int(w.Basic), OnPrem: int(w.OnPrem), Rooms: int(w.Rooms),
		Pending: int(w.Pending), JoinOnly: int(w.JoinOnly), Total: int(w.Total),
	}
	return nil
}

// Summary counts the users of the account by kind.
// API: GET /users/summary, [Medium].
func (c *Client) Summary(ctx context.Context) (Summary, error) {
	var s Summary
	err := c.do(ctx, call{method: http.MethodGet, pattern: "/users/summary", class: Medium, out: &s})
	return s, err
}
