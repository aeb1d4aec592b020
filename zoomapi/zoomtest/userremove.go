package zoomtest

import (
	"net/http"
	"slices"
	"time"
)

// deleteUser serves DELETE /users/{userId}.
func deleteUser(a *Account, c *call) answer {
	action := or(c.query.Get("action"), "disassociate")
	if action != "disassociate" && action != "delete" {
		return invalidField("action", "Invalid field.")
	}
	for _, what := range []string{"meeting", "webinar", "recording", "whiteboard", "clipfiles", "notes", "visitors", "docs"} {
		if refusal, good := queryBool(c, "transfer_"+what); !good {
			return refusal
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p, refusal, found := a.find(c.param(0))
	if !found {
		return refusal
	}
	if to := c.query.Get("transfer_email"); to != "" {
		heir := a.byEmail[emailKey(to)]
		if heir == nil || heir.Status != Active {
			return noUser(to)
		}
		if heir == p {
			return invalidField("transfer_email", "Invalid field.")
		}
	}
	switch {
	case p.RoleID == RoleOwner:
		return badRequest(200, "No permission. The account owner cannot be removed.")
	case action == "disassociate" && p.isAdmin():
		return badRequest(1117, "Administrators cannot be unlinked from the account.")
	case action == "disassociate" && p.Status != Pending && a.isManaged(p.Email):
		return badRequest(1107, "A user of a managed domain cannot be unlinked. Use the action delete.")
	}
	a.remove(p)
	event := "user.disassociated"
	if action == "delete" {
		event = "user.deleted"
	}
	a.tell(event, p.User)
	return done()
}

// setStatus serves PUT /users/{userId}/status.
func setStatus(a *Account, c *call) answer {
	var body struct {
		Action string `json:"action"`
	}
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if !slices.Contains([]string{"activate", "deactivate", "clock_in", "clock_out"}, body.Action) {
		return invalidField("action", "Invalid field.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p, refusal, found := a.find(c.param(0))
	if !found {
		return refusal
	}
	if p.Status == Pending {
		return badRequest(300, "The user is still in pending state.")
	}
	next := p.clone()
	switch body.Action {
	case "activate":
		next.Status = Active
	case "deactivate":
		if p.RoleID == RoleOwner {
			return badRequest(200, "No permission. The account owner cannot be deactivated.")
		}
		next = next.withoutLicences()
		next.Status = Inactive
	}
	if key, is := a.short(p.User, next); is {
		return a.shortage(key, true)
	}
	before := p.Status
	a.update(p, next)
	switch {
	case before == Inactive && p.Status == Active:
		a.tell("user.activated", p.User)
	case before == Active && p.Status == Inactive:
		a.tell("user.deactivated", p.User)
	}
	return ok(http.StatusOK, nil)
}

// setEmail serves PUT /users/{userId}/email.
func setEmail(a *Account, c *call) answer {
	var body struct {
		Email string `json:"email"`
	}
	if refusal, good := decode(c, &body); !good {
		return refusal
	}
	if !validEmail(body.Email) || len(body.Email) >= 128 {
		return invalidField("email", "Invalid field.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p, refusal, found := a.find(c.param(0))
	if !found {
		return refusal
	}
	taken := a.byEmail[emailKey(body.Email)]
	recent := slices.DeleteFunc(slices.Clone(p.EmailChanges), func(t time.Time) bool {
		return c.now.Sub(t) >= 24*time.Hour
	})
	switch {
	case p.isAdmin():
		return badRequest(1000, "An admin cannot change the e-mail of another admin.")
	case !a.isManaged(p.Email) || !a.isManaged(body.Email):
		return badRequest(200, "Domain name doesn't match your account's managed domains.")
	case (taken != nil && taken != p) || slices.Contains(a.opts.Elsewhere, emailKey(body.Email)):
		return refuse(http.StatusConflict, 1005, "Email already in use: "+body.Email)
	case len(recent) >= 3 && !a.opts.NoLimits:
		return userDailyRefusal(Light, 3, 1)
	}
	next := p.clone()
	next.Email = body.Email
	recent = append(recent, c.now)
	next.EmailChanges = recent
	old := hookPerson{ID: p.ID, Email: p.Email}
	a.update(p, next)
	a.tell("user.updated", p.User, func(h *hookPayload) { h.Old = &old })
	return done()
}
