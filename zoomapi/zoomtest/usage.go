package zoomtest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

type planPool struct {
	Type    string `json:"type"`
	Hosts   int    `json:"hosts"`
	Usage   int    `json:"usage"`
	Pending int    `json:"pending"`
}

type planBase struct {
	planPool

	ActiveHosts int `json:"active_hosts"`
}

type planBody struct {
	Base         planBase   `json:"plan_base"`
	Webinar      []planPool `json:"plan_webinar"`
	LargeMeeting []planPool `json:"plan_large_meeting"`
	ZoomOne      []planPool `json:"plan_zoom_one"`
	United       *planPool  `json:"plan_united,omitempty"`
}

// planUsage serves GET /accounts/{accountId}/plans/usage.
func planUsage(a *Account, c *call) answer {
	if id := c.param(0); id != "me" && id != a.opts.AccountID {
		return badRequest(200, "No permission to read this account's plans.")
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	base := a.pool(poolKey{poolLicensed, 0})
	body := planBody{
		Base: planBase{
			planPool:    planPool{Type: a.opts.Plan + "_monthly", Hosts: base.Seats, Usage: base.Used, Pending: base.Pending},
			ActiveHosts: base.Used,
		},
		Webinar:      planPools(a, poolWebinar, "webinar", "_monthly", a.opts.Seats.Webinar),
		LargeMeeting: planPools(a, poolLarge, "large", "_monthly", a.opts.Seats.LargeMeeting),
		ZoomOne:      planPools(a, poolZoomOne, "zoom_one_", "", a.opts.Seats.ZoomOne),
	}
	if united := planPools(a, poolUnited, "united_", "", a.opts.Seats.United); len(united) > 0 {
		body.United = &united[0]
	}
	return ok(http.StatusOK, body)
}

func planPools[K int | int64](a *Account, kind poolKind, prefix, suffix string, seats map[K]int) []planPool {
	sizes := make([]K, 0, len(seats))
	for size := range seats {
		sizes = append(sizes, size)
	}
	slices.SortFunc(sizes, cmp.Compare[K])
	out := []planPool{}
	for _, size := range sizes {
		p := a.pool(poolKey{kind, int64(size)})
		out = append(out, planPool{Type: prefix + strconv.FormatInt(int64(size), 10) + suffix, Hosts: p.Seats, Usage: p.Used, Pending: p.Pending})
	}
	return out
}

// userSummary serves GET /users/summary.
func userSummary(a *Account, _ *call) answer {
	a.mu.RLock()
	defer a.mu.RUnlock()
	pending := a.pools[poolKey{poolPending, 0}].pending
	return ok(http.StatusOK, map[string]int{
		"licensed_users_count":  a.pools[poolKey{poolHosts, 0}].used,
		"basic_users_count":     a.pools[poolKey{poolBasic, 0}].used,
		"on_prem_users_count":   0,
		"room_users_count":      0,
		"pending_users_count":   pending,
		"join_only_users_count": 0,
		"total_users_count":     len(a.lists[Active]) + len(a.lists[Inactive]) + pending,
	})
}
